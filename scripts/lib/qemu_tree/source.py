# SPDX-License-Identifier: GPL-2.0-or-later
"""QEMU's source as Debian has it, and the tools that it wants newer than Debian 12's."""

import re
import subprocess
import tempfile
from pathlib import Path

from guest.apt import Apt
from guest.common import Failed, cache_dir, locked, program, replace_link, staged

SUITES = ("trixie", "trixie-security")
# QEMU's configure wants meson 1.5, and pycotap unless Debian's patches are in. Both are Python.
TOOLS = ("meson", "python3-pycotap")


def base(*parts):
    """The part of the cache that all of this is in."""
    return cache_dir("qemu-tree", *parts)


def fetch(refresh, say):
    """The unpacked source package: VERSION/source in the cache, fetched once."""
    program("dpkg-source", "dpkg-dev")
    link = base() / SUITES[0]
    if link.is_dir() and not refresh:
        return link.resolve() / "source"
    with locked(base() / ".lock"):
        if link.is_dir() and not refresh:  # another run fetched it while this one waited
            return link.resolve() / "source"
        say(f"fetching QEMU's source of Debian's {SUITES[0]} (about 40 MB)")
        apt = Apt(SUITES, source=True)
        apt.update()
        with tempfile.TemporaryDirectory(prefix=".fetch.", dir=base()) as scratch:
            description = apt.download_source("qemu", scratch)
            version = re.search(r"^Version: (.*)$", description.read_text("utf-8"), re.MULTILINE)
            # Without the colon of the epoch: search paths treat it as special.
            home = base(version.group(1).replace(":", "_"))
            if not (home / "source").is_dir():
                _unpack(description, Path(scratch, "source"))
                Path(scratch, "source").rename(home / "source")
            replace_link(link, home)
        return home / "source"


def _unpack(description, place):
    result = subprocess.run([program("dpkg-source"), "--no-check", "-x", description, place],
                            capture_output=True, text=True, check=False)
    if result.returncode:
        raise Failed("dpkg-source: " + (result.stderr.strip().splitlines() or ["failed"])[-1], 1)


def tools(say):
    """A folder for PYTHONPATH with meson and pycotap: nothing of it is installed."""
    place = base() / "tools"
    with locked(base() / ".lock"):
        if not place.is_dir():
            say("fetching meson")
            apt = Apt(SUITES[:1])
            apt.update()
            with staged(place) as scratch:
                for name in TOOLS:
                    _lay_out(apt.download(name, scratch), scratch)
    return place / "usr/lib/python3/dist-packages"


def _lay_out(package, place):
    if subprocess.run([program("dpkg-deb"), "-x", package, place], check=False).returncode:
        raise Failed(f"dpkg-deb could not unpack {package.name}", 1)
    package.unlink()
