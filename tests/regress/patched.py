# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's own mei and mei_me, built again with a mistake of ours in them.

All is kept in the cache: the driver's source, the headers, the modules. No kernel code stands here: an
edit is a place, told by one expression, and the words of ours that go there.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts/lib"), str(ROOT / "scripts/lib/test")]

from guest import kernels  # noqa: E402  (the path comes first)
from guest.apt import Apt  # noqa: E402
from guest.common import Failed, cache_dir, locked, program, staged  # noqa: E402

SERIES = "6.1"
DRIVER = "drivers/misc/mei"
MODULES = ("mei.ko", "mei-me.ko")


@dataclass(frozen=True)
class Bug:
    """A mistake of ours in the driver's copy."""

    name: str
    what: str       # for the reader
    file: str
    place: str      # regular expression that matches once
    edit: str       # what goes there
    fails: str      # the scenario of scripts/regress that must name it
    passes: str = ""  # one that the bug does not touch


def run(tool, *arguments, **more):
    """A program that must succeed."""
    result = subprocess.run([program(tool), *map(str, arguments)], stdin=subprocess.DEVNULL,
                            capture_output=True, text=True, errors="replace", check=False, **more)
    if result.returncode:
        lines = [line for line in result.stderr.splitlines() if "rror" in line]
        raise Failed(f"{tool}: {(lines or result.stderr.splitlines() or ['failed'])[0]}")
    return result.stdout


class Build:
    """The driver of one kernel, as often as it is wanted."""

    def __init__(self, kernel, work):
        self.work = Path(work, "mei")
        self.release = kernel.release
        self.tree = kernel.modules.path
        package = (self.tree.parents[2] / "package").read_text(encoding="utf-8").strip()
        self.version = package.split("_")[1].replace("%3a", ":")
        self.headers_now = self.source_now = None
        self.base = cache_dir("seeded", f"{self.release}_{self.version.replace(':', '_')}")

    def apt(self):
        """The suites of the kernel, with fresh indexes."""
        apt = Apt(kernels.SERIES[SERIES][0][1])
        apt.update()
        return apt

    def download(self, apt, package, version, directory):
        """A package file of just this version."""
        try:
            return apt.download(f"{package}={version}", directory)
        except Failed as error:
            raise Failed(f"{error}: is the cached kernel too old? scripts/guest --refresh") from error

    def part(self, name, fill):
        """A directory of the cache, filled once."""
        target = self.base / name
        if not target.is_dir():
            with locked(self.base / ".lock"):
                if not target.is_dir():
                    with staged(target) as scratch:
                        fill(scratch)
        return target

    def headers(self):
        """Where modules are built: the headers' packages, unpacked beside each other."""
        return self.part("headers", self._headers) / f"usr/src/linux-headers-{self.release}"

    def _headers(self, scratch):
        apt = self.apt()
        first = f"linux-headers-{self.release}"
        needs = re.findall(r"(linux-headers-\S+-common|linux-kbuild-\S+)",
                           apt.show(first).get("Depends", ""))
        for package in (first, *needs):
            archive = self.download(apt, package, self.version, scratch)
            run("dpkg-deb", "-x", archive, scratch)
            archive.unlink()
        makefile = scratch / f"usr/src/{first}/Makefile"
        # One absolute name leads from the first package to the second; the rest are relative.
        text = makefile.read_text(encoding="utf-8")
        makefile.write_text(text.replace("/usr/src/", "$(CURDIR)/../"), encoding="utf-8")

    def source(self):
        """The driver as Debian has it."""
        return self.part("source", self._source)

    def _source(self, scratch):
        archive = self.download(self.apt(), f"linux-source-{SERIES}", self.version, scratch)
        with subprocess.Popen([program("dpkg-deb"), "--fsys-tarfile", archive],
                              stdout=subprocess.PIPE) as package, \
                tarfile.open(fileobj=package.stdout, mode="r|") as outer:
            for member in outer:
                if member.name.endswith(".tar.xz"):
                    self._pick(outer.extractfile(member), scratch)
            package.stdout.read()
        archive.unlink()
        if not (scratch / "hw-me.c").is_file():
            raise Failed(f"{archive.name} has no {DRIVER}")

    @staticmethod
    def _pick(packed, scratch):
        """The driver's files out of the kernel's."""
        with tarfile.open(fileobj=packed, mode="r|xz") as kernel:
            seen = False
            for member in kernel:
                _, _, name = member.name.partition("/" + DRIVER + "/")
                if name and "/" not in name and member.isfile():
                    seen = True
                    (scratch / name).write_bytes(kernel.extractfile(member).read())
                elif seen and not name and f"/{DRIVER}" not in member.name:
                    break  # a tar has a directory in one piece; the rest is most of the time

    def modules(self, bug):
        """A directory for --modules, with the bug; None: as Debian has it."""
        key = hashlib.sha256(repr(bug).encode()).hexdigest()[:8]
        return self.part(f"{bug.name if bug else 'as-it-is'}-{key}",
                         lambda scratch: self._modules(bug, scratch))

    def _modules(self, bug, scratch):
        # One directory for all: make compiles only the file that differs from the last time.
        if not self.work.is_dir():
            shutil.copytree(self.source_now, self.work)
        if bug:
            edit(self.work / bug.file, bug)
        run("make", "-C", self.headers_now, f"-j{os.cpu_count()}", f"M={self.work}",
            *(f"CONFIG_INTEL_MEI_{part}=n" for part in ("TXE", "GSC", "HDCP", "PXP")), "modules")
        target = scratch / "lib/modules" / self.release
        # Links: the other modules are the same.
        shutil.copytree(self.tree, target, copy_function=os.link)
        for module in MODULES:
            for old in target.rglob(module + "*"):
                old.unlink()
            shutil.copy(self.work / module, target / "kernel" / DRIVER / module)
        if bug:
            shutil.copyfile(self.source_now / bug.file, self.work / bug.file)

    def prepare(self):
        """What every build needs, outside of the lock that a build holds."""
        self.headers_now, self.source_now = self.headers(), self.source()


def edit(path, bug):
    """Puts the bug in; its place must be there, once."""
    text = path.read_text(encoding="utf-8")
    places = len(re.findall(bug.place, text))
    if places != 1:
        raise Failed(f"{bug.name}: its place is {places} times in {bug.file} of this driver")
    path.write_text(re.sub(bug.place, bug.edit, text), encoding="utf-8")
