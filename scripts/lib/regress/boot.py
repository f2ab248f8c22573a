# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests that are booted once and used many times.

A machine that several cases ask for is booted to the moment before the driver is loaded and saved;
each case then starts from there, with a memory of its own that is written over the saved one. Faults
and latencies are set through the device's control socket before the case begins, which the driver
cannot tell from a device that came with them.
"""

import json
import os
import shlex
import shutil
import socket
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from guest import cli, kernels, machine
from guest.common import Failed, Usage

ROOT = Path(__file__).resolve().parents[3]
SWME = ROOT / "build/swme"
BOOT_TIMEOUT = 900
CONTROL_TIMEOUT = 300
READY = b"@ready\n"
# The case comes on standard input, its size in front; answers to its requests come behind it.
COMMAND = ('echo @ready; read -r size; head -c "$size" >/run/case; . /run/case')
# An instruction takes 2 ns of the guest's own time, and time in which it does nothing passes at once.
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


class Qmp:
    """QEMU's monitor on a socket pair."""

    def __init__(self):
        self.ours, self.theirs = socket.socketpair()
        self.ours.settimeout(BOOT_TIMEOUT)
        self.stream = None

    def arguments(self):
        """For QEMU's command line."""
        return ["-chardev", f"socket,id=qmp,fd={self.theirs.fileno()}",
                "-mon", "chardev=qmp,mode=control"]

    def connect(self):
        """Past the greeting, with news of migrations."""
        self.theirs.close()
        self.stream = self.ours.makefile("rw", encoding="utf-8")
        self._read()
        self("qmp_capabilities")
        self("migrate-set-capabilities",
             capabilities=[{"capability": name, "state": True}
                           for name in ("events", "x-ignore-shared")])

    def _read(self):
        line = self.stream.readline()
        if not line:
            raise Failed("QEMU ended while its machine was saved or restored")
        return json.loads(line)

    def __call__(self, name, **arguments):
        print(json.dumps({"execute": name, "arguments": arguments}), file=self.stream, flush=True)
        while True:
            reply = self._read()
            if "error" in reply:
                raise Failed(f"QEMU: {name}: {reply['error']['desc']}")
            if "return" in reply:
                return reply["return"]

    def migrated(self):
        """Until a migration has ended well."""
        while True:
            event = self._read()
            if event.get("event") == "MIGRATION":
                if event["data"]["status"] == "failed":
                    raise Failed("QEMU could not save or restore the machine")
                if event["data"]["status"] == "completed":
                    return

    def close(self):
        """Both ends."""
        if self.stream:
            self.stream.close()
        self.ours.close()
        self.theirs.close()


class Saved(Exception):
    """The machine was saved: no need to go on with this one."""


class Guest(machine.Watch):
    """A guest that runs a case, and may ask for something to be done outside it."""

    def __init__(self, box, log, timeout, marker, scratch):
        self.script, self.to_guest = os.pipe()
        super().__init__(box, log, timeout, self.script)
        self.marker = marker
        self.scratch = scratch
        self.qmp = None
        self.text = []
        self.line = b""
        self.wrong = []
        self.faults = None

    def output(self, stream, data):
        """The case's words; a line with an @ is for us."""
        if stream != 1:
            self.text.append(data)
            return
        *lines, self.line = (self.line + data).split(b"\n")
        for line in lines:
            if line.startswith(b"@host "):
                self.answer(line[6:].decode("utf-8", "replace"))
            elif line + b"\n" != READY:
                self.text.append(line + b"\n")

    def complain(self, line):
        """QEMU's own words are part of the output."""
        self.text.append(line.encode() + b"\n")

    def told(self):
        """All of it."""
        return b"".join([*self.text, self.line]).decode("utf-8", "replace")

    def control(self, *words):
        """`swme ctl`: what it returns as one line, and whether it went well."""
        done = subprocess.run([SWME, "ctl", f"{self.scratch}/control", *words],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=CONTROL_TIMEOUT, check=False)
        return " ".join((done.stdout if done.returncode == 0 else done.stderr).split()), \
            done.returncode == 0

    def on_control(self, data):
        """At the case's end: what each fault did."""
        super().on_control(data)
        if self.status is not None and self.faults is None:
            said, well = self.control("fault-list")
            self.faults = json.loads(said)["faults"] if well else []

    def answer(self, request):
        """Do what the guest asks for, and say what came of it."""
        said, well = self.control(*shlex.split(request))
        self.text.append(f"host: {request}: {said}\n".encode())
        if not well:
            self.wrong.append(f"swme ctl {request}: {said}")
        self.send(said + "\n")

    def send(self, text):
        """To the case's standard input."""
        data = text.encode()
        while data:
            data = data[os.write(self.to_guest, data):]

    def give(self, text):
        """The case itself."""
        self.send(f"{len(text.encode())}\n{text}")

    def close(self):
        """The pipe too."""
        super().close()
        os.close(self.script)
        os.close(self.to_guest)
        if self.qmp:
            self.qmp.close()

    def channels(self):
        """With a monitor, where the machine is to be saved or restored."""
        words, inherited = super().channels()
        if self.qmp:
            words += self.qmp.arguments()
            inherited.append(self.qmp.theirs)
        return words, inherited


class Saver(Guest):
    """Boots a machine and saves it when it is ready."""

    def __init__(self, *arguments, state):
        super().__init__(*arguments)
        self.qmp = Qmp()
        self.state = state

    def started(self):
        self.qmp.connect()

    def output(self, stream, data):
        super().output(stream, data)
        if stream == 1 and READY in data:
            self.qmp("stop")
            self.qmp("migrate", uri=f"exec:cat >{shlex.quote(str(self.state))}")
            self.qmp.migrated()
            raise Saved


class Restored(Guest):
    """Goes on from a saved machine."""

    def __init__(self, *arguments, state, settings):
        super().__init__(*arguments)
        self.qmp = Qmp()
        self.state = state
        self.settings = settings

    def started(self):
        self.qmp.connect()
        self.qmp("migrate-incoming", uri=f"exec:cat {shlex.quote(str(self.state))}")
        self.qmp.migrated()
        for command, value in self.settings:
            said, well = self.control(command, value)
            if not well:
                raise Failed(f"swme ctl {command} {value}: {said}")
        self.qmp("cont")  # it was saved standing still


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

    def guest(self, boot, device, log, timeout, scratch):
        """A guest for one case."""
        kernel, initrd = self.prepare(boot)
        later, _ = settings(device)
        if boot in self.shared:
            directory = self.directory(boot)
            box = self.machine(boot, kernel, initrd, scratch)
            box.qemu += [*self.memory(directory, "off"), "-incoming", "defer"]
            return Restored(box, log, timeout, self.marker, scratch,
                            state=directory / "state", settings=later)
        box = self.machine(boot, kernel, initrd, scratch,
                           ",".join(word for word in device.split(",")
                                    if word.startswith(("fault=", "latency="))))
        return Guest(box, log, timeout, self.marker, scratch)

    def done(self, boot):
        """A case has ended; with the last one its machine's files go."""
        with self.guard:
            self.left[boot] -= 1
            last = self.left[boot] == 0
        if last:
            for path in self.directory(boot).iterdir():
                path.unlink()
