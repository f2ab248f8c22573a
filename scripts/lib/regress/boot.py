# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests that are booted once and used many times.

A machine that several cases ask for is booted to the moment before the driver is loaded and
saved; each case then starts from there, with a memory of its own that is written over the saved
one. Faults and latencies are set through the device's control socket before the case begins, which
the driver cannot tell from a device that came with them.
"""

import os
import shutil
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from guest import cli, kernels, machine
from guest.common import Failed, Usage

from .box import COMMAND, Guest, Restored, Saved, Saver

BOOT_TIMEOUT = 900  # seconds, on a busy machine
# An instruction takes 2 ns of the guest's own time; time in which it does nothing passes at once.
COUNTED = ("-icount", "shift=1,sleep=off")
MEMORY_MB = 512
ROOM = 2 << 30  # bytes, for the machines that are in use at one time
SWAP_SIZE = 1 << 30  # bytes, sparse


@dataclass(frozen=True)
class Boot:
    """All that must be the same for two cases to start from one saved machine."""

    kernel: str
    directory: str  # of modules, or None
    platform: str
    device: str = ""     # properties that cannot be set later
    append: str = ""
    modules: tuple = ()
    qemu: tuple = ()
    counted: bool = False
    bzimage: bool = False
    swap: bool = False


def settings(device):
    """The properties of a device that can be set later, as control commands, and the others."""
    later = {"fault": "fault-add", "latency": "latency"}
    pairs = [word.partition("=") for word in device.split(",") if word]
    return ([(later[key], value) for key, _, value in pairs if key in later],
            ",".join(f"{key}={value}" for key, _, value in pairs if key not in later))


def place():
    """A directory for saved machines: in memory where there is room, for a guest writes to them."""
    shared = "/dev/shm"
    if os.access(shared, os.W_OK) and shutil.disk_usage(shared).free > ROOM:
        return shared
    return None


class Boots:
    """The machines of one run, each booted when a case first asks for it."""

    def __init__(self, files, wanted):
        self.files = files
        self.left = dict(wanted)        # Boot -> how many cases are still to come
        self.shared = {boot for boot, count in wanted.items() if count > 1}
        self.locks = {boot: threading.Lock() for boot in wanted}
        self.parts = {}                 # Boot -> kernel, initrd, saved?, or what went wrong
        self.guard = threading.Lock()
        self.marker = os.urandom(8).hex() + "-"

    def directory(self, boot):
        """Where its files are."""
        path = Path(self.files, "boots", str(list(self.locks).index(boot)))
        path.mkdir(parents=True, exist_ok=True)
        return path

    def scratch(self):
        """A directory for one guest; it goes with the run's, however that ends."""
        return tempfile.TemporaryDirectory(prefix="guest.", dir=self.files)

    def prepare(self, boot):
        """The kernel and the guest's root; the saved machine where several cases share it."""
        with self.locks[boot]:
            if boot not in self.parts:
                try:
                    self.parts[boot] = self._prepare(boot)
                except (Failed, Usage) as error:
                    self.parts[boot] = error
            if isinstance(self.parts[boot], Exception):
                raise self.parts[boot]
            return self.parts[boot]

    def _prepare(self, boot):
        words = ["--kernel", boot.kernel, "--no-modprobe", "--stdin",
                 "--add", f"{self.files}/root"]
        if boot.directory:
            words += ["--modules", boot.directory]
        for name in boot.modules + (("virtio_blk",) if boot.swap else ()):
            words += ["--module", name]
        options = cli.parse([*words, "--", "sh", "-c", COMMAND])
        kernel = kernels.choose(boot.kernel, boot.directory, False, boot.bzimage)
        initrd = self.directory(boot) / "initrd"
        cli.build_initramfs(options, kernel, cli.guest_config(options, self.marker, False), initrd)
        if boot in self.shared:
            self._save(boot, kernel, initrd)
        return kernel, initrd

    def _save(self, boot, kernel, initrd):
        directory = self.directory(boot)
        with self.scratch() as scratch:
            log = machine.Log(f"{scratch}/log")
            box = self.machine(boot, kernel, initrd, scratch)
            box.qemu += self.memory(directory, "on")
            guest = Saver(box, log, BOOT_TIMEOUT, self.marker, scratch,
                          state=directory / "state")
            try:
                guest.run()
            except Saved:
                return
            raise Failed("the guest ended before it was ready: " + guest.told())

    @staticmethod
    def memory(directory, share):
        """Memory that a restored machine has for its own, from the saved one on."""
        return ["-object", f"memory-backend-file,id=ram,size={MEMORY_MB}M,"
                           f"mem-path={directory}/ram,share={share}",
                "-machine", "memory-backend=ram"]

    @staticmethod
    def machine(boot, kernel, initrd, scratch, device=""):
        """QEMU's side of it."""
        words = ["intel-mei", f"platform={boot.platform}", f"control={scratch}/control",
                 boot.device, device]
        qemu = list(boot.qemu) + (list(COUNTED) if boot.counted else [])
        if boot.swap:
            with open(f"{scratch}/swap", "wb") as disk:
                disk.truncate(SWAP_SIZE)
            qemu += ["-drive", f"file={scratch}/swap,if=virtio,format=raw"]
        return machine.Machine(
            kernel=kernel.image, initrd=initrd, device=",".join(filter(None, words)),
            memory=MEMORY_MB, cmdline=f"{cli.CMDLINE} {boot.append}".strip(), qemu=qemu)

    def guest(self, boot, device, log, timeout, scratch, unseen=""):
        """A guest for one case. unseen: properties that make no difference to it."""
        kernel, initrd = self.prepare(boot)
        later, _ = settings(device)
        if boot in self.shared:
            directory = self.directory(boot)
            box = self.machine(boot, kernel, initrd, scratch, unseen)
            box.qemu += [*self.memory(directory, "off"), "-incoming", "defer"]
            return Restored(box, log, timeout, self.marker, scratch,
                            state=directory / "state", settings=later)
        box = self.machine(boot, kernel, initrd, scratch,
                           ",".join([word for word in device.split(",")
                                     if word.startswith(("fault=", "latency="))] + [unseen]))
        return Guest(box, log, timeout, self.marker, scratch)

    def done(self, boot):
        """A case has ended; with the last one its machine's files go."""
        with self.guard:
            self.left[boot] -= 1
            last = self.left[boot] == 0
        if last:
            for path in self.directory(boot).iterdir():
                path.unlink()
