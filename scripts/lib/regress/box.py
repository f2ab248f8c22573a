# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest that runs one case: booted, or gone on with from a saved machine."""

import json
import os
import shlex
import subprocess
from pathlib import Path

from guest import machine
from guest.common import Failed

from .qmp import Qmp

SWME = Path(__file__).resolve().parents[3] / "build/swme"
CONTROL_TIMEOUT = 300  # seconds, on a busy machine
READY = b"@ready\n"
# The case comes on standard input, its size in front; answers to its requests come behind it.
COMMAND = 'echo @ready; read -r size; head -c "$size" >/run/case; . /run/case'


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
