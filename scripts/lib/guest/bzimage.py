# SPDX-License-Identifier: GPL-2.0-or-later
"""From a bzImage to the ELF kernel inside it.

QEMU enters an ELF kernel with a PVH note directly in 32-bit mode.  Under TCG that saves the
guest from unpacking itself, which takes longer than all the rest of its boot.  Offsets are
those of the x86 boot protocol (Documentation/arch/x86/boot.rst, protocol 2.08 and later).
"""

import bz2
import lzma
import shutil
import struct
import subprocess
import zlib

from .common import Usage

PT_NOTE = 4
XEN_ELFNOTE_PHYS32_ENTRY = 18


def has_pvh_note(elf):
    """Does this 64-bit ELF kernel carry the note that QEMU boots it by?"""
    if elf[:5] != b"\x7fELF\x02":
        return False
    table, = struct.unpack_from("<Q", elf, 32)
    entry_size, entries = struct.unpack_from("<HH", elf, 54)
    for index in range(entries):
        kind, _, offset, _, _, size = struct.unpack_from("<IIQQQQ", elf, table + index * entry_size)
        if kind == PT_NOTE and _note_present(elf[offset:offset + size]):
            return True
    return False


def _note_present(notes):
    at = 0
    while at + 12 <= len(notes):
        name_size, data_size, kind = struct.unpack_from("<III", notes, at)
        name = notes[at + 12:at + 12 + name_size]
        if kind == XEN_ELFNOTE_PHYS32_ENTRY and name.rstrip(b"\0") == b"Xen":
            return True
        at += 12 + (name_size + 3 & ~3) + (data_size + 3 & ~3)
    return False


def is_bzimage(image):
    """Has this file the boot protocol's header?"""
    return len(image) > 0x260 and image[0x202:0x206] == b"HdrS"


def version(image):
    """The kernel's release (`uname -r`), as its boot header gives it, or ''."""
    if not is_bzimage(image):
        return ""
    at, = struct.unpack_from("<H", image, 0x20e)
    text = image[at + 0x200:at + 0x200 + 128].split(b"\0")[0].decode("ascii", "replace")
    return text.split(" ")[0] if at else ""


def vmlinux(image):
    """The ELF kernel within a bzImage, or None where it cannot be had or QEMU cannot enter it."""
    protocol, = struct.unpack_from("<H", image, 0x206)
    if protocol < 0x208:
        return None
    setup_sectors = image[0x1f1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = (setup_sectors + 1) * 512 + offset
    elf = _unpacked(image[start:start + length])
    return elf if elf and has_pvh_note(elf) else None


def _unpacked(payload):
    """Undo whichever compression the kernel was built with; four bytes of size may follow."""
    formats = (
        (b"\x7fELF", lambda data: data),
        (b"\x1f\x8b", lambda data: zlib.decompressobj(31).decompress(data)),
        (b"\xfd7zXZ\0", lambda data: lzma.LZMADecompressor().decompress(data)),
        (b"\x5d\0\0", lambda data: lzma.LZMADecompressor(lzma.FORMAT_ALONE).decompress(data)),
        (b"BZh", lambda data: bz2.BZ2Decompressor().decompress(data)),
        (b"\x28\xb5\x2f\xfd", lambda data: _through("zstd", data[:-4])),
        (b"\x02\x21\x4c\x18", lambda data: _through("lz4", data[:-4])),
        (b"\x89LZO", lambda data: _through("lzop", data[:-4])),
    )
    for magic, unpack in formats:
        if payload.startswith(magic):
            try:
                return unpack(payload)
            except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError):
                return None
    return None


def _through(name, data):
    """Formats that Python's library lacks go through their own program, where it is installed."""
    if not shutil.which(name):
        return None
    return subprocess.run([name, "-dc"], input=data, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=False).stdout


def check(image, path):
    """Refuse what is no x86 kernel at all."""
    if not is_bzimage(image) and not has_pvh_note(image):
        raise Usage(f"{path} is not an x86 kernel (neither a bzImage nor an ELF file with a PVH note)")
