# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernel modules: find them by name, with what they depend on, as the modules themselves say.

A package's module tree has no modules.dep before it is installed, and a depmod over a whole
tree takes seconds; reading the .modinfo of the dozen modules that are wanted takes none.
"""

import lzma
import os
import re
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

from .common import Failed, Usage

SUFFIX = re.compile(r"\.ko(\.xz|\.gz|\.zst)?$")


def find_tree(directory, release):
    """The directory lib/modules/RELEASE that DIRECTORY is or holds."""
    base = Path(directory)
    if not base.is_dir():
        raise Usage(f"--modules {directory}: no such directory")
    for parent in (base, base / "lib/modules", base / "usr/lib/modules"):
        if release and (parent / release).is_dir():
            return parent / release
        trees = [tree for tree in sorted(parent.iterdir()) if (tree / "kernel").is_dir()] \
            if parent.is_dir() else []
        if not release and len(trees) == 1:
            return trees[0]
        if trees:
            names = ", ".join(tree.name for tree in trees)
            raise Usage(f"--modules {directory} is for {names}, but the kernel is "
                        f"{release or 'of unknown release'}")
    if not (base / "kernel").is_dir():
        raise Usage(f"--modules {directory}: no kernel modules in it (neither lib/modules/RELEASE "
                    "nor kernel/)")
    if release and re.match(r"\d+\.\d+", base.name) and base.name != release:
        raise Usage(f"--modules {directory} is for {base.name}, but the kernel is {release}")
    return base


class Tree:
    """One kernel's modules."""

    def __init__(self, path, release):
        self.path = Path(path)
        self.release = release
        self.files = {}
        for directory, _, names in os.walk(self.path):
            for name in names:
                if SUFFIX.search(name):
                    self.files[plain(SUFFIX.sub("", name))] = Path(directory, name)
        self.builtin = {plain(SUFFIX.sub("", Path(line).name))
                        for line in _lines(self.path / "modules.builtin")}
        self._info = {}
        self._data = {}

    def data(self, name):
        """The module's ELF file, unpacked."""
        if name not in self._data:
            self._data[name] = unpacked(self.files[name])
        return self._data[name]

    def info(self, name):
        """The module's .modinfo as a list of (key, value)."""
        if name not in self._info:
            self._info[name] = modinfo(self.data(name))
        return self._info[name]

    def depends(self, name):
        """Direct dependencies that are modules too."""
        listed = [value for key, value in self.info(name) if key == "depends"]
        names = [plain(item) for value in listed for item in value.split(",") if item]
        return [item for item in names if item not in self.builtin]

    def closure(self, wanted):
        """The wanted modules and all they need, each after what it depends on."""
        order = []

        def visit(name):
            if name in order:
                return
            if name not in self.files:
                raise Failed(f"the kernel's modules lack {name}")
            for needed in self.depends(name):
                visit(needed)
            order.append(name)

        for name in wanted:
            visit(name)
        return order

    def index(self, names):
        """modules.dep and modules.alias for these modules, in depmod's format."""
        dependencies, aliases = [], []
        for name in names:
            needed = [item for item in reversed(self.closure([name])) if item != name]
            dependencies.append(f"{target(name)}:" + "".join(f" {target(item)}" for item in needed))
            aliases += [f"alias {value} {name}" for key, value in self.info(name) if key == "alias"]
        return "\n".join(dependencies) + "\n", "\n".join(aliases) + "\n"


def target(name):
    """Where a module goes in the guest, below lib/modules/RELEASE."""
    return f"kernel/{name}.ko"


def plain(name):
    """Module names are equal whether written with '-' or '_'."""
    return name.replace("-", "_")


def unpacked(path):
    """A module file's bytes, whatever it is compressed with."""
    data = path.read_bytes()
    if path.suffix == ".xz":
        return lzma.decompress(data)
    if path.suffix == ".gz":
        return zlib.decompress(data, 31)
    if path.suffix == ".zst":
        if not shutil.which("zstd"):
            raise Failed(f"{path.name} is compressed with zstd, and no zstd is installed")
        return subprocess.run(["zstd", "-dc"], input=data, capture_output=True, check=True).stdout
    return data


def modinfo(elf):
    """The key=value strings of an ELF64 module's .modinfo section."""
    table, = struct.unpack_from("<Q", elf, 40)
    size, count, names = struct.unpack_from("<HHH", elf, 58)
    headers = [struct.unpack_from("<IIQQQQ", elf, table + index * size) for index in range(count)]
    strings = headers[names][4]
    for name, _, _, _, offset, length in headers:
        if elf[strings + name:strings + name + 9] == b".modinfo\0":
            pairs = elf[offset:offset + length].decode("utf-8", "replace").split("\0")
            return [tuple(pair.split("=", 1)) for pair in pairs if "=" in pair]
    return []


def _lines(path):
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
