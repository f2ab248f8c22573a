# SPDX-License-Identifier: GPL-2.0-or-later
"""A Debian root with the packages that a command needs, as a disk image, cached by package set."""

import hashlib
import re
import subprocess
import tempfile
from pathlib import Path

from .apt import sources
from .common import Failed, Usage, cache_dir, locked, program, say

SUITES = ("bookworm", "bookworm-updates", "bookworm-security")
# What guests never read: it would be a third of the image.
LEFT_OUT = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/info/*", "/usr/share/locale/*")
SPARE_MB = 256


def choose(packages, refresh=False):
    """The image with these packages (a comma-separated list)."""
    names = sorted(set(filter(None, packages.split(","))))
    for name in names:
        if not re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", name):
            raise Usage(f"--debian: '{name}' is not a package name")
    if not names:
        raise Usage("--debian: no package named")
    base = cache_dir("debian")
    key = hashlib.sha256(",".join(names).encode()).hexdigest()[:16]
    image = base / f"{key}.ext4"
    if refresh or not image.exists():
        with locked(base / f".{key}.lock"):
            if refresh or not image.exists():
                _make(names, image)
    return image


def _make(names, image):
    say(f"making a Debian root with {', '.join(names)} (once; kept in {image.parent})")
    with tempfile.TemporaryDirectory(prefix=".making.", dir=image.parent) as scratch:
        tree, raw = Path(scratch, "root"), Path(scratch, "image")
        listing = Path(scratch, "swme.sources")
        listing.write_text(sources(SUITES), encoding="utf-8")
        options = [f"--dpkgopt=path-exclude={pattern}" for pattern in LEFT_OUT]
        _run("mmdebstrap", "mmdebstrap", "--variant=minbase", "--architectures=amd64", "--include=" + ",".join(names),
             *options, "--format=directory", SUITES[0], tree, listing)
        used = subprocess.run([program("du"), "-sm", tree], capture_output=True, text=True, check=True)
        size = int(int(used.stdout.split()[0]) * 1.1) + SPARE_MB
        _run("mke2fs", "e2fsprogs", "-q", "-t", "ext4", "-O", "^has_journal", "-d", tree, raw, f"{size}M")
        Path(str(image) + ".packages").write_text(" ".join(names) + "\n", encoding="utf-8")
        raw.rename(image)


def _run(tool, package, *arguments):
    result = subprocess.run([program(tool, package), *map(str, arguments)], stdin=subprocess.DEVNULL,
                            capture_output=True, text=True, check=False)
    if result.returncode:
        lines = [line for line in result.stderr.splitlines() if line.startswith("E:")]
        raise Failed(f"{tool}: {(lines or result.stderr.splitlines() or ['failed'])[0]}")
