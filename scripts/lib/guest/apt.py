# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian packages fetched with the machine's own apt, its configuration left as it is.

The machine's sources say where its Debian mirror is; a private sources list names other
suites of that same mirror, and private state keeps their indexes apart.  Signatures are
checked by apt as always.
"""

import os
import re
import shutil
import subprocess
import tarfile
import threading
from pathlib import Path

from .common import Failed, cache_dir, locked, program

SUITES = ("bullseye", "bookworm", "trixie", "forky", "sid",
          "oldoldstable", "oldstable", "stable", "testing", "unstable")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def _index_targets(*options):
    listing = subprocess.run([program("apt-get"), *options, "indextargets", "Created-By: Packages"],
                             capture_output=True, text=True, check=False)
    records = [dict(line.split(": ", 1) for line in record.splitlines() if ": " in line)
               for record in listing.stdout.split("\n\n")]
    return records, [line for line in listing.stderr.splitlines() if line.startswith("E:")]


def mirrors():
    """The machine's Debian archive and security archive, as {"archive": URI, "security": URI}."""
    found = {}
    # What apt has indexes of comes with its origin. A fresh machine has none: then all its sources.
    records, complaints = _index_targets()
    if not any(fields.get("Origin") == "Debian" for fields in records):
        records, complaints = _index_targets("--no-release-info")
    for fields in records:
        release, uri = fields.get("Release", ""), fields.get("Repo-URI")
        origin = fields.get("Origin")
        if origin not in (None, "Debian") or fields.get("Component") != "main" or not uri:
            continue
        likely = 2 * (origin == "Debian") + ("/debian" in uri)
        if release in SUITES:
            found.setdefault("archive", []).append((likely, uri))
        elif release.split("-")[0] in SUITES and release.endswith("-security"):
            found.setdefault("security", []).append((likely, uri))
    if "archive" not in found:
        why = f" ({complaints[0]})" if complaints else ""
        raise Failed(f"apt on this machine knows no Debian archive to fetch from{why}")
    # Of equally likely ones the first, as apt itself prefers it.
    return {kind: max(uris, key=lambda item: item[0])[1] for kind, uris in found.items()}


def sources(suites, types="deb"):
    """The text of a private sources list for these suites; '' when none can be had."""
    where = mirrors()
    signed = f"Signed-By: {KEYRING}\n" if KEYRING.exists() else ""
    text = ""
    for suite in suites:
        uri = where.get("security" if suite.endswith("-security") else "archive")
        if uri:
            text += f"Types: {types}\nURIs: {uri}\nSuites: {suite}\nComponents: main\n{signed}\n"
    return text


class Apt:
    """apt with its own sources and state; one call at a time, whoever makes it."""

    def __init__(self, suites, source=False):
        self.base = cache_dir("apt", "+".join(suites) + ("+source" if source else ""))
        self.parts = self.base / "sources.list.d"
        for path in (self.parts, self.base / "lists/partial", self.base / "archives/partial"):
            path.mkdir(parents=True, exist_ok=True)
        text = sources(suites, "deb-src" if source else "deb")
        if not text:
            raise Failed(f"this machine's apt sources have no archive for {', '.join(suites)}")
        fresh = self.base / f"swme.sources.{threading.get_native_id()}"  # another's apt may be reading it
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(self.parts / "swme.sources")

    def _run(self, tool, *arguments, cwd=None):
        private = {
            "Dir::Etc::SourceList": "/dev/null", "Dir::Etc::SourceParts": self.parts,
            "Dir::Etc::Preferences": "/dev/null", "Dir::Etc::PreferencesParts": "/dev/null",
            "Dir::State": self.base, "Dir::State::Lists": self.base / "lists",
            "Dir::State::Status": "/dev/null",
            "Dir::Cache": self.base, "Dir::Cache::Archives": self.base / "archives",
            # The guest is always a PC, whatever this machine is.
            "APT::Architecture": "amd64", "APT::Architectures": "amd64",
            # The cache is the user's own: apt's helper user could not write to it.
            "APT::Sandbox::User": "root",
            "APT::Update::Error-Mode": "any", "Acquire::Retries": "3",
        }
        options = [word for key, value in private.items() for word in ("-o", f"{key}={value}")]
        with locked(self.base / ".lock"):
            result = subprocess.run([program(tool), "-q", *options, *arguments], cwd=cwd,
                                    capture_output=True, text=True, check=False,
                                    env={**os.environ, "LC_ALL": "C"})
        if result.returncode:
            lines = [line for line in result.stderr.splitlines() if line.startswith("E:")]
            raise Failed(f"{tool} {arguments[0]}: {(lines or ['failed without a word'])[0]}")
        return result.stdout

    def update(self):
        """Fetch the suites' indexes."""
        self._run("apt-get", "update")

    def show(self, package):
        """The newest version's fields, or {} when the suites have no such package."""
        try:
            text = self._run("apt-cache", "show", "--no-all-versions", package)
        except Failed:
            return {}
        return dict(re.findall(r"^([A-Za-z0-9-]+): (.*)$", text, re.MULTILINE))

    def download(self, package, directory):
        """Fetch one package file into a directory; its path."""
        self._run("apt-get", "download", package, cwd=directory)
        return next(Path(directory).glob("*.deb"))

    def download_source(self, package, directory):
        """Fetch a source package's files into a directory (source=True); the one that describes it."""
        self._run("apt-get", "source", "--download-only", package, cwd=directory)
        return next(Path(directory).glob("*.dsc"))


def unpack(package, directory, place):
    """Write a package's regular files to where PLACE(name) says, below a directory, or nowhere."""
    with subprocess.Popen([program("dpkg-deb"), "--fsys-tarfile", package],
                          stdout=subprocess.PIPE) as unpacker:
        with tarfile.open(fileobj=unpacker.stdout, mode="r|") as members:
            for member in members:
                name = place(member.name.removeprefix("./"))
                if not name or not member.isfile():
                    continue
                path = Path(directory, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                with open(path, "wb") as output:
                    shutil.copyfileobj(members.extractfile(member), output)
        unpacker.stdout.read()
    if unpacker.returncode:
        raise Failed(f"dpkg-deb could not unpack {Path(package).name}")
