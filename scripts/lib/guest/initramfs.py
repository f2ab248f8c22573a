# SPDX-License-Identifier: GPL-2.0-or-later
"""The guest's first root: a "newc" cpio archive, written directly.

No external cpio: the archive needs root-owned files and device nodes whoever runs this, and a
few megabytes are written in some ten milliseconds.
"""

import os
import shutil
import stat
import subprocess
from pathlib import Path

from .apt import Apt, unpack
from .common import HERE, Usage, cache_dir, locked, say, staged

DIRECTORIES = ("bin", "sbin", "usr", "usr/bin", "usr/sbin", "etc", "dev", "proc", "sys", "run",
               "root", "mnt", "tmp", "var", "swme", "lib", "lib/modules")


class Archive:
    """A cpio archive in memory; a later file takes an earlier one's place."""

    def __init__(self):
        self.entries = {}

    def add(self, name, mode, data=b"", device=(0, 0)):
        """One entry; parents that are missing come into being."""
        parent = os.path.dirname(name)
        if parent and parent not in self.entries:
            self.directory(parent)
        self.entries[name] = (mode, data, device)

    def directory(self, name):
        """A directory that anyone may enter."""
        self.add(name, stat.S_IFDIR | (0o1777 if name == "tmp" else 0o755))

    def file(self, name, data, mode=0o644):
        """A regular file."""
        self.add(name, stat.S_IFREG | mode, data)

    def link(self, name, target):
        """A symbolic link."""
        self.add(name, stat.S_IFLNK | 0o777, os.fsencode(target))

    def lay_over(self, directory, place=""):
        """All that is in a directory, on top of what is there below PLACE."""
        base = Path(directory)
        if not base.is_dir():
            raise Usage(f"--add {directory}: no such directory")
        for parent, folders, names in os.walk(base):
            for name in folders + names:
                path = Path(parent, name)
                self._copy(path, os.path.join(place, path.relative_to(base)))

    def _copy(self, path, name):
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            self.link(name, os.readlink(path))
        elif stat.S_ISDIR(mode):
            # A link such as bin -> usr/bin must not be covered by a directory.
            if name not in self.entries:
                self.add(name, mode)
        elif stat.S_ISREG(mode):
            self.add(name, mode, path.read_bytes())

    def write(self, path):
        """Write the archive."""
        with open(path, "wb") as output:
            for number, name in enumerate(sorted(self.entries), start=1):
                mode, data, device = self.entries[name]
                output.write(_record(number, os.fsencode(name), mode, data, device))
            output.write(_record(0, b"TRAILER!!!", 0, b"", (0, 0)))


def _record(number, name, mode, data, device):
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name) + 1, 0)
    header = b"070701" + b"".join(b"%08X" % field for field in fields) + name + b"\0"
    return header + bytes(-len(header) % 4) + data + bytes(-len(data) % 4)


def _busybox():
    """A busybox that needs no libraries: the machine's, or one fetched and cached.

    Installing the static package would take the place of the ordinary one on a machine that has
    that, so it is only unpacked.
    """
    installed = shutil.which("busybox")
    if installed and b"/ld-linux" not in Path(installed).read_bytes():
        return Path(installed)
    target = cache_dir("busybox") / "bin"
    if not target.exists():
        with locked(target.parent / ".lock"):
            if not target.exists():
                _fetch_busybox(target)
    return target / "busybox"


def _fetch_busybox(target):
    say("fetching Debian's busybox-static (once)")
    apt = Apt(("bookworm", "bookworm-security"))
    apt.update()
    with staged(target) as scratch:
        archive = apt.download("busybox-static", scratch)
        unpack(archive, scratch, lambda name: "busybox" if name.endswith("bin/busybox") else None)
        (scratch / "busybox").chmod(0o755)
        archive.unlink()


def base(heci):
    """The busybox root, with the host driver's tool where that is built."""
    archive = Archive()
    for name in DIRECTORIES:
        archive.directory(name)
    archive.add("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))
    archive.add("dev/null", stat.S_IFCHR | 0o666, device=(1, 3))
    busybox = _busybox()
    archive.file("bin/busybox", busybox.read_bytes(), 0o755)
    listing = subprocess.run([busybox, "--list-full"], capture_output=True, text=True, check=True)
    for name in listing.stdout.split():
        if name not in archive.entries and name not in ("init", "linuxrc"):
            archive.link(name, "/bin/busybox")
    archive.file("init", (HERE / "init").read_bytes(), 0o755)
    archive.file("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n")
    archive.file("etc/group", b"root:x:0:\n")
    archive.file("etc/hosts", b"127.0.0.1 localhost\n::1 localhost\n")
    if heci:
        archive.file("usr/bin/heci", heci.read_bytes(), 0o755)
    return archive


def add_modules(archive, tree, wanted, extra):
    """Modules with all they depend on; a missing one of EXTRA is the caller's error."""
    for name in extra:
        if name not in tree.files and name not in tree.builtin:
            raise Usage(f"--module {name}: kernel {tree.release} has no such module here")
    names = tree.closure([name for name in dict.fromkeys(wanted + extra) if name in tree.files])
    base_name = f"lib/modules/{tree.release}"
    for name in names:
        archive.file(f"{base_name}/kernel/{name}.ko", tree.data(name))
    dependencies, aliases = tree.index(names)
    archive.file(f"{base_name}/modules.dep", dependencies.encode())
    archive.file(f"{base_name}/modules.alias", aliases.encode())
    builtin = tree.path / "modules.builtin"
    archive.file(f"{base_name}/modules.builtin", builtin.read_bytes() if builtin.is_file() else b"")
