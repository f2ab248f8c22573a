# SPDX-License-Identifier: GPL-2.0-or-later
"""Which kernel to boot: a Debian series, fetched once and cached, or the user's own files.

A cached kernel is a directory kernels/RELEASE with vmlinux (or vmlinuz where the ELF kernel
cannot be had), its config and the modules that a guest may want; kernels/SERIES points at it.
"""

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from . import bzimage, modules
from .apt import Apt, unpack
from .common import Failed, Usage, cache_dir, locked, replace_link, say, staged

# Per series, where Debian has it: package and suites, the smallest index first.
SERIES = {
    "5.10": [("linux-image-amd64", ("bullseye", "bullseye-security"))],
    "6.1": [("linux-image-amd64", ("bookworm", "bookworm-security"))],
    "6.12": [("linux-image-6.12-amd64", ("bookworm-security",)),
             ("linux-image-amd64", ("bookworm-backports",)),
             ("linux-image-amd64", ("trixie", "trixie-security"))],
}
DEFAULT = "6.1"

# Of Debian's 300 MB of modules, the directories that a guest of this project may load from.
KEPT = tuple("kernel/" + name for name in (
    "arch/x86/crypto", "block", "crypto", "drivers/block", "drivers/char", "drivers/crypto/virtio",
    "drivers/firmware", "drivers/hwmon", "drivers/i2c", "drivers/misc", "drivers/mfd",
    "drivers/net/ethernet/intel", "drivers/net/virtio_net", "drivers/net/tun", "drivers/net/veth",
    "drivers/net/net_failover", "drivers/net/mii", "drivers/nfc", "drivers/pci", "drivers/platform/x86",
    "drivers/ptp", "drivers/pps", "drivers/rtc", "drivers/scsi/virtio_scsi", "drivers/scsi/sd_mod",
    "drivers/scsi/scsi_", "drivers/tty", "drivers/uio", "drivers/virtio", "drivers/watchdog", "fs/9p", "fs/ext4",
    "fs/fscache", "fs/fuse", "fs/jbd2", "fs/mbcache", "fs/netfs", "fs/overlayfs", "fs/squashfs",
    "lib", "net/9p", "net/core", "net/nfc", "net/packet", "net/unix"))

# What a cached kernel was made with: one that knew other directories is completed.
KEPT_STAMP = hashlib.sha256("\n".join(KEPT).encode()).hexdigest() + "\n"

USER_KERNELS_KEPT = 4


@dataclass
class Kernel:
    """What the machine boots."""
    image: Path
    release: str
    modules: Optional[modules.Tree]


def choose(name, modules_dir, refresh=False, whole=False):
    """The kernel for --kernel NAME --modules DIR; NAME is a file or a Debian series.

    WHOLE asks for the bzImage itself, not for the ELF kernel within.
    """
    name = name or DEFAULT
    if Path(name).is_file():
        return _own(Path(name), modules_dir, whole)
    if name in SERIES:
        if modules_dir:
            raise Usage("--modules goes with a --kernel FILE; Debian's kernels bring their own")
        return _debian(name, refresh, whole)
    raise Usage(f"--kernel {name}: no such file, nor one of Debian's series {', '.join(SERIES)}")


def _own(path, modules_dir, whole):
    try:
        image = path.read_bytes()
    except OSError as error:
        raise Usage(f"--kernel {path}: {error.strerror}") from error
    bzimage.check(image, path)
    release = bzimage.version(image)
    tree = None
    if modules_dir:
        found = modules.find_tree(modules_dir, release)
        release = release or found.name
        tree = modules.Tree(found, release)
    if whole or not bzimage.is_bzimage(image):
        return Kernel(path, release, tree)
    return Kernel(_elf_of(image) or path, release, tree)


def _elf_of(image):
    """The ELF kernel of a user's bzImage, kept by content: unpacking takes a second or two."""
    base = cache_dir("kernels", "own")
    target = base / hashlib.sha256(image).hexdigest()[:24]
    with locked(base / ".lock"):
        if not target.exists():
            elf = bzimage.vmlinux(image)
            if not elf:
                return None
            kept = sorted((entry for entry in base.iterdir() if not entry.name.startswith(".")),
                          key=lambda entry: entry.stat().st_mtime, reverse=True)
            for old in kept[USER_KERNELS_KEPT - 1:]:
                old.unlink()
            scratch = base / f".{target.name}"
            scratch.write_bytes(elf)
            scratch.rename(target)
        target.touch()
    return target


def _debian(series, refresh, whole):
    base = cache_dir("kernels")
    link = base / series
    if refresh or not _complete(link):
        with locked(base / f".{series}.lock"):
            if refresh or not _complete(link):
                _fetch(series, base, link)
    home = link.resolve()
    image = home / "vmlinux"
    tree = modules.Tree(home / "lib/modules" / home.name, home.name)
    return Kernel(image if image.exists() and not whole else home / "vmlinuz", home.name, tree)


def _complete(home):
    stamp = home / "kept"
    return stamp.exists() and stamp.read_text(encoding="utf-8") == KEPT_STAMP


def _fetch(series, base, link):
    """Fetch a series' newest kernel from the first place that has it."""
    say(f"fetching Debian's kernel {series} (once; kept in {base})")
    reasons = []
    for meta, suites in SERIES[series]:
        try:
            apt = Apt(suites)
            apt.update()
        except Failed as error:
            reasons.append(str(error))
            continue
        fields = apt.show(meta)
        image = fields.get("Depends", "").split(" ")[0].rstrip(",")
        if not fields.get("Version", "").startswith(series + "."):
            reasons.append(f"no {meta} {series} in {', '.join(suites)}")
            continue
        release = image.removeprefix("linux-image-")
        if not (base / release).is_dir():
            _unpack(apt, image, base / release)
        elif not _complete(base / release):
            _add_missing(apt, image, base / release)
        replace_link(link, release)
        return
    raise Failed(f"cannot fetch Debian's kernel {series}: " + "; ".join(reasons))


def _unpack(apt, package, target):
    with staged(target) as scratch:
        archive = apt.download(package, scratch)
        unpack(archive, scratch, lambda name: _place(name, target.name))
        (scratch / "package").write_text(archive.name + "\n", encoding="utf-8")
        (scratch / "kept").write_text(KEPT_STAMP, encoding="utf-8")
        archive.unlink()
        image = (scratch / "vmlinuz").read_bytes()
        elf = bzimage.vmlinux(image)
        if elf:
            (scratch / "vmlinux").write_bytes(elf)


def _add_missing(apt, package, target):
    """What an older version of this program left out. Guests may be reading the rest meanwhile."""
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".more-") as directory:
        scratch = Path(directory)
        archive = apt.download(package, scratch)
        unpack(archive, scratch, lambda name: _place(name, target.name))
        archive.unlink()
        for path in [path for path in sorted(scratch.rglob("*")) if path.is_file()]:
            place = target / path.relative_to(scratch)
            if not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                path.rename(place)
    (target / "kept").write_text(KEPT_STAMP, encoding="utf-8")


def _place(name, release):
    """Where in the cache a file of the package goes, if guests can have a use for it."""
    name = name.removeprefix("usr/")
    tree = f"lib/modules/{release}/"
    if name in (f"boot/vmlinuz-{release}", f"boot/config-{release}"):
        return name.removeprefix("boot/").removesuffix(f"-{release}")
    if name.startswith(tree) and (name[len(tree):].startswith(KEPT) or "/modules." in name):
        return name
    return None
