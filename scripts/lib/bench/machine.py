# SPDX-License-Identifier: GPL-2.0-or-later
"""A bare QEMU without a guest: the driver is here, at the other end of a qtest socket."""

import json
import select
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from . import process
from .figure import BUILD, Failed

TIMEOUT = 30
MEI_SLOT, EDU_SLOT = 0x16, 0x04
MEI_BAR, EDU_BAR = 0xE0000000, 0xE1000000
PCI_COMMAND, PCI_BAR0, PCI_BAR0_HIGH = 0x04, 0x10, 0x14
MEMORY_AND_MASTER = 6

H_CB_WW, H_CSR, ME_CB_RW, ME_CSR_HA = 0x00, 0x04, 0x08, 0x0C
IE, IS, IG, RDY, RST = 1, 2, 4, 8, 16  # bits of H_CSR and, but for IG, of ME_CSR_HA
START_REQUEST = (0x80040000, 0x02020001)  # header: 4 bytes, complete; HBM START, version 2.2
START_ANSWER = 0x81

# At the reset vector: cli; hlt; jmp back. The virtual clock runs and no guest does.
HALTED = b"\xf4" * 0xFFF0 + b"\xfa\xf4\xeb\xfd".ljust(16, b"\xf4")


def listener(path):
    """A socket that QEMU, or one of its devices, will connect to."""
    made = socket.socket(socket.AF_UNIX)
    made.bind(path)
    made.listen(1)
    return made


class Machine:
    """QEMU with those devices, which ends with the block that it is used in.

    There is no PIT, the one device of a halted machine that wakes QEMU up.
    """

    def __init__(self, devices, bios=HALTED, paused=True, console=False):
        self.scratch = Path(tempfile.mkdtemp(prefix="swme-bench."))
        self.process = None
        self.connections = []
        try:
            self._start(devices, bios, paused, console)
        except OSError as error:
            self.close()
            raise Failed(f"QEMU does not start: {error}") from error

    def _start(self, devices, bios, paused, console):
        image = self.scratch / "bios"
        image.write_bytes(bios)
        sockets = {name: listener(f"{self.scratch}/{name}")
                   for name in ["qtest", "qmp"] + (["console"] if console else [])}
        command = [BUILD / "swme", "qemu", "-accel", "tcg", "-machine", "q35,pit=off", "-m", "16",
                   "-nodefaults", "-no-user-config", "-display", "none", "-bios", image,
                   "-qtest-log", "none", "-qtest", f"unix:{self.scratch}/qtest",
                   "-qmp", f"unix:{self.scratch}/qmp"]
        if paused:
            command += ["-S"]
        if console:
            command += ["-chardev", f"socket,id=console,path={self.scratch}/console",
                        "-device", "isa-debugcon,iobase=0xe9,chardev=console"]
        for device in devices:
            command += ["-device", device]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        self.console = self._accept(sockets["console"]) if console else None
        self.socket = self._accept(sockets["qtest"])
        self.monitor_file = self._accept(sockets["qmp"]).makefile("rw")
        self.monitor_file.readline()  # the greeting
        self.qmp("qmp_capabilities")  # QEMU answers once every device is there

    def _accept(self, made):
        """A device's connection, and the listener closed."""
        while not select.select([made], [], [], 1)[0]:
            if self.process.poll() is not None:
                raise OSError("it has ended")
        connection, _ = made.accept()
        made.close()
        connection.settimeout(TIMEOUT)
        self.connections.append(connection)
        return connection

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """End QEMU, and leave nothing behind."""
        # First: a processor that waits for a full console to be read holds up QEMU's end.
        for connection in self.connections:
            connection.close()
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(TIMEOUT)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def qmp(self, command):
        """A monitor command's answer."""
        self.monitor_file.write(json.dumps({"execute": command}) + "\n")
        self.monitor_file.flush()
        while True:
            answer = json.loads(self.monitor_file.readline() or "{\"error\": \"QEMU is gone\"}")
            if "error" in answer:
                raise Failed(f"{command}: {answer['error']}")
            if "return" in answer:
                return answer["return"]

    # ---- qtest: a line asks, a line answers ----

    def batch(self, requests, count):
        """Send COUNT requests at once, and give back all answers."""
        self.socket.sendall(requests)
        answers = b""
        while answers.count(b"\n") < count:
            data = self.socket.recv(1 << 16)
            if not data:
                raise Failed("QEMU is gone")
            answers += data
        return answers

    def ask(self, request):
        """One request, one number."""
        words = self.batch(f"{request}\n".encode(), 1).split()
        if words[:1] != [b"OK"]:
            raise Failed(f"qtest {request}: {b' '.join(words).decode()}")
        return int(words[1], 0) if len(words) > 1 else None

    def place(self, slot, bar):
        """Give the function an address, and let it decode."""
        for offset, value in ((PCI_BAR0, bar), (PCI_BAR0_HIGH, 0),
                              (PCI_COMMAND, MEMORY_AND_MASTER)):
            self.ask(f"outl 0xcf8 {0x80000000 | slot << 11 | offset}")
            self.ask(f"outl 0xcfc {value}")

    # ---- the virtual ME's driver, in its smallest form ----

    def read(self, offset):
        """A register of the virtual ME."""
        return self.ask(f"readl {MEI_BAR + offset}")

    def write(self, offset, value):
        """Likewise."""
        self.ask(f"writel {MEI_BAR + offset} {value}")

    def _until(self, what, condition):
        """Each look is a round trip through QEMU's main loop, in which its timers run."""
        end = time.monotonic() + TIMEOUT
        while not condition():
            if time.monotonic() > end:
                raise Failed(f"the virtual ME: no {what} in {TIMEOUT} s")

    def start_link(self):
        """Reset, ready, and the bus protocol's START with its answer."""
        self.place(MEI_SLOT, MEI_BAR)
        self.write(H_CSR, IE | IS | RST | IG)
        self._until("readiness", lambda: self.read(ME_CSR_HA) & RDY)
        self.write(H_CSR, IE | IS | RDY | IG)
        for word in START_REQUEST:
            self.write(H_CB_WW, word)
        self.write(H_CSR, IE | RDY | IG)
        self._until("answer to START", lambda: self.read(H_CSR) & IS)
        self.write(H_CSR, IE | IS | RDY)
        self.read(ME_CB_RW)
        if self.read(ME_CB_RW) & 0xFF != START_ANSWER:
            raise Failed("the virtual ME's answer to START is none")
        self.write(H_CSR, IE | RDY | IG)
        # The firmware looks once more, and tells that the buffer was read: then nothing is left.
        self._until("end of the exchange", lambda: not self.read(ME_CSR_HA) & IS)
        self.write(H_CSR, IE | IS | RDY)

    def resident_kib(self):
        """Memory of the QEMU process."""
        return process.resident_kib(self.process.pid)

    def wakeups(self):
        """Of its main thread."""
        return process.wakeups(self.process.pid)


