# SPDX-License-Identifier: GPL-2.0-or-later
"""QEMU around one command: start it, carry the command's output, notice how it ended."""

import collections
import ctypes
import os
import re
import secrets
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import termios
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

from .common import ROOT, Failed, program

LAUNCHER = ROOT / "build/swme"
PR_SET_PDEATHSIG = 1
CHUNK = 1 << 18
TAIL = 25
DRAIN = 10
# Firmware and kernel take time to probe what no guest here uses.
MACHINE = "q35,sata=off,smbus=off,smm=off,vmport=off"
PANIC = re.compile(r"Kernel panic - not syncing: (.*)")
KMSG = re.compile(r"^(\d+),(\d+),(\d+),[^;]*;(.*)$")


@dataclass
class Machine:
    """Everything that decides QEMU's command line."""
    kernel: Path
    initrd: Path
    memory: int = 512
    cmdline: str = ""
    device: Optional[str] = None
    disk: Optional[Path] = None
    qemu: list = field(default_factory=list)

    def command(self):
        """The launcher or QEMU itself, with all that does not depend on how it is watched."""
        start = [LAUNCHER, "qemu"] if self.device else [program("qemu-system-x86_64", "qemu-system-x86")]
        words = [*start, "-nodefaults", "-no-user-config", "-display", "none", "-vga", "none",
                 "-net", "none", "-machine", MACHINE, "-accel", "tcg", "-m", str(self.memory),
                 "-no-reboot", "-kernel", self.kernel, "-initrd", self.initrd,
                 "-append", self.cmdline]
        if self.disk:
            words += ["-drive", f"file={self.disk},if=none,id=root,format=raw,snapshot=on",
                      "-device", "virtio-blk-pci,drive=root"]
        if self.device:
            words += ["-device", self.device]
        return [os.fspath(word) for word in words] + self.qemu


class WentOff(Failed):
    """The guest was reset or switched off."""


_LIBC = ctypes.CDLL(None)  # loaded before any fork


def _die_with_parent():
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def end(process):
    """End a QEMU that we started: politely, then surely."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Log:
    """What guest and QEMU said, for --keep-log and for the last lines when something breaks."""

    def __init__(self, path):
        self.file = open(path, "w", encoding="utf-8", errors="replace") if path else None
        self.tail = collections.deque(maxlen=TAIL)
        self.panic = None
        self.ended = False
        self._sequence = -1
        self._rest = {}

    def lines(self, source, data):
        """The complete lines of a stream so far."""
        text = self._rest.get(source, b"") + data
        *whole, self._rest[source] = text.split(b"\n")
        return [line.decode("utf-8", "replace").rstrip("\r") for line in whole]

    def add(self, line):
        """One line for the record."""
        self.tail.append(line)
        if self.file:
            print(line, file=self.file, flush=True)

    def kernel(self, data):
        """The kernel's log as /dev/kmsg has it, turned into what dmesg would print."""
        for line in self.lines("kmsg", data):
            match = KMSG.match(line)
            # A reader that fell behind starts again from the oldest line.
            if match and int(match[2]) > self._sequence:
                self._sequence, stamp, text = int(match[2]), int(match[3]), match[4]
                self.ended = self.ended or text.startswith("swme-guest: the command ended")
                self.add(f"[{stamp // 1000000:5}.{stamp % 1000000:06}] {text}")

    def console(self, line):
        """The serial console: with a quiet kernel only errors, and a panic's last words."""
        match = PANIC.search(line)
        if match:
            self.panic = self.panic or match[1]
        self.add(line)


class Watch:
    """One run of one command: QEMU's channels on one side, our own streams on the other."""

    def __init__(self, machine, log, timeout, source=None):
        # source: the descriptor that the command's standard input comes from.
        self.machine, self.log, self.timeout, self.source = machine, log, timeout, source
        # A word that nobody guesses, so that nothing in the output is taken for our own signs.
        self.marker = secrets.token_hex(8) + "-"
        self.status = None
        self.open = {1, 2}
        self.held = {1: b"", 2: b""}
        self.selector = selectors.PollSelector()
        self.readers = {}
        self.pending = b""
        self.input = []
        self.errors = collections.deque(maxlen=TAIL)

    def channels(self):
        """QEMU options for the ports, and the file descriptors that it inherits."""
        words, inherited = ["-device", "virtio-serial-pci"], []

        def channel(name, reader):
            ours, theirs = socket.socketpair()
            self.readers[name] = (ours, reader)
            inherited.append(theirs)
            words.extend(["-chardev", f"socket,id={name},fd={theirs.fileno()}"])
            return ours

        def port(name, reader):
            ours = channel(name, reader)
            words.extend(["-device", f"virtserialport,chardev={name},name=swme.{name}"])
            return ours

        channel("console", self.on_console)
        words += ["-serial", "chardev:console"]
        serial = channel("serial", lambda data: self.on_output(1, data))
        words += ["-serial", "chardev:serial"]
        port("stdout", lambda data: self.on_output(1, data))
        port("stderr", lambda data: self.on_output(2, data))
        port("control", self.on_control)
        port("log", self.log.kernel)
        if self.source is not None:
            self.input = [port("stdin", lambda data: None), serial]
        return words, inherited

    def on_output(self, stream, data):
        """The command's bytes, up to the mark that the guest's init puts behind the last.

        The kernel queues megabytes of a port's output, so that the exit status, on a port of
        its own, arrives long before the end of a large output.
        """
        data = self.held[stream] + data
        mark = f"{self.marker}end\n".encode()
        at = data.find(mark)
        if at >= 0:
            self.open.discard(stream)
        else:
            at = len(data) - next(size for size in range(min(len(mark), len(data)), -1, -1)
                                  if data.endswith(mark[:size]))
        self.held[stream] = data[at:] if stream in self.open else b""
        self.output(stream, data[:at])

    def output(self, stream, data):
        """Where the command's bytes go."""
        write_all(stream, data)

    def on_control(self, data):
        """The guest's init reports the command's exit status."""
        for line in self.log.lines("control", data):
            if line.startswith("exit "):
                self.status = int(line[5:])

    def on_console(self, data):
        """Without virtio ports errors and exit status come here, between the kernel's lines."""
        for line in self.log.lines("console", data):
            if f"{self.marker}exit " in line:
                self.status = int(line.split("exit ", 1)[1])
                self.open.discard(2)
            elif f"{self.marker}end" not in line:
                self.log.console(line)

    def on_errors(self, data):
        """QEMU's own complaints; that we ended it is none."""
        for line in self.log.lines("qemu", data):
            if "terminating on signal" not in line:
                self.errors.append(line)
                self.log.add(line)
                self.complain(line)

    def complain(self, line):
        """Where QEMU's complaints go."""
        print(line, file=sys.stderr, flush=True)

    def started(self):
        """QEMU runs; nothing was read yet."""

    def run(self):
        """The command's exit status."""
        words, inherited = self.channels()
        fds = [theirs.fileno() for theirs in inherited]
        process = subprocess.Popen(
            self.machine.command() + words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, pass_fds=fds, process_group=0, preexec_fn=_die_with_parent)
        for theirs in inherited:
            theirs.close()
        try:
            self.started()
            self._loop(process)
        finally:
            end(process)
            self.close()
        if self.status is None:
            self._explain(process.returncode)
        return self.status

    def _loop(self, process):
        self.selector.register(process.stdout, selectors.EVENT_READ, self.on_errors)
        for ours, reader in self.readers.values():
            ours.setblocking(False)
            self.selector.register(ours, selectors.EVENT_READ, reader)
        if self.source is not None:
            self.selector.register(self.source, selectors.EVENT_READ, None)
        deadline = time.monotonic() + self.timeout if self.timeout else None
        # QEMU's streams all end when it does, and only then is everything read.
        while self.selector.get_map().keys() - {self.source}:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                if self.status is None:
                    raise Failed(f"timed out after {self.timeout:g} s", 124)
                break
            ready = self.selector.select(left)
            for key, events in ready:
                if key.fileobj == self.source:
                    self._take_input()
                elif events & selectors.EVENT_WRITE:
                    self._give_input()
                elif events & selectors.EVENT_READ:
                    self._receive(key)
            if self.status is None or process.poll() is not None:
                continue
            # All that is left is what the guest's kernel has queued; a reader of ours may be slow.
            deadline = time.monotonic() + DRAIN
            self._stop_input()
            if not self.open and (self.log.ended or not ready):
                process.terminate()

    def _receive(self, key):
        try:
            data = os.read(key.fd, CHUNK)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        if data:
            key.data(data)
        else:
            self.selector.unregister(key.fileobj)

    # Standard input: one chunk at a time, so that a guest that does not read holds us up no more
    # than a pipe would.
    def _take_input(self):
        self.pending = os.read(self.source, CHUNK)
        self.selector.unregister(self.source)
        if self.pending:
            self.selector.modify(self.input[0], selectors.EVENT_READ | selectors.EVENT_WRITE,
                                 self.selector.get_key(self.input[0]).data)
        else:
            self.input[0].shutdown(socket.SHUT_WR)

    def _give_input(self):
        port = self.input[0]
        try:
            self.pending = self.pending[port.send(self.pending):]
        except BlockingIOError:
            return
        except ConnectionError:
            self.pending = b""
        if not self.pending:
            self.selector.modify(port, selectors.EVENT_READ, self.selector.get_key(port).data)
            self.selector.register(self.source, selectors.EVENT_READ, None)

    def _stop_input(self):
        if self.source is not None and self.source in self.selector.get_map():
            self.selector.unregister(self.source)
        self.pending = b""

    def close(self):
        """Our ends of the channels; a process that runs many guests would run out of descriptors."""
        self.selector.close()
        for ours, _ in self.readers.values():
            ours.close()

    def _explain(self, qemu_status):
        tail = "\n".join("  " + line for line in self.log.tail)
        if self.log.panic:
            raise Failed(f"the guest kernel panicked: {self.log.panic}; the last of its log:\n{tail}")
        if qemu_status:
            text = self.errors[-1] if self.errors else f"exit status {qemu_status}"
            raise Failed(f"QEMU failed: {text}")
        raise WentOff("the guest went off before the command ended; the last of its log:\n" + tail)


def write_all(descriptor, data):
    """All of it, also to a pipe that takes less at a time."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view):]


def interactive(machine, timeout):
    """A person at the guest's console; QEMU has our terminal."""
    words = ["-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"]
    saved = termios.tcgetattr(0)
    process = subprocess.Popen(machine.command() + words, preexec_fn=_die_with_parent)
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired as error:
        raise Failed(f"timed out after {timeout:g} s", 124) from error
    finally:
        end(process)
        termios.tcsetattr(0, termios.TCSANOW, saved)
    return process.returncode


def terminal_size():
    """Rows and columns of the terminal that we are on."""
    size = shutil.get_terminal_size()
    return size.lines, size.columns
