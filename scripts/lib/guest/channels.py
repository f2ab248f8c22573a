# SPDX-License-Identifier: GPL-2.0-or-later
"""QEMU and the firmware from outside, while a guest runs: QMP and the control socket."""

import json
import socket

from .common import Failed


def listen(path, timeout):
    """A Unix socket that QEMU is to connect to."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(1)
    listener.settimeout(timeout)
    return listener


class Lines:
    """Lines of a socket."""

    def __init__(self, sock):
        self.sock, self.file = sock, sock.makefile("rb")

    def send(self, value):
        """One object."""
        self.sock.sendall(json.dumps(value).encode() + b"\n")

    def read(self):
        """One object; None at the end."""
        line = self.file.readline()
        return json.loads(line) if line else None


class Control:
    """The firmware's control socket, and what it told of the watchdog's messages."""

    def __init__(self, path):
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(str(path))
        self.lines, self.messages = Lines(sock), []
        self.lines.read()
        self.ask("subscribe", events=["messages"])

    def ask(self, command, **members):
        """What a command returns; events before it are kept."""
        self.lines.send({"id": 1, "do": command, **members})
        while True:
            line = self.lines.read()
            if line is None:
                raise Failed(f"the control socket closed before it answered {command}")
            if "return" in line:
                return line["return"]
            if "error" in line:
                raise Failed(f"{command}: {line['error']}")
            if line.get("event") == "message" and line["what"] == "watchdog":
                self.messages.append(line)

    def last_start_ns(self):
        """When the driver's last start or ping came."""
        self.ask("status")  # what happened before it has been told once it answers
        starts = [line["time_ns"] for line in self.messages
                  if line["way"] == "to-firmware" and line["data"].startswith("02151310")]
        return starts[-1]

    def records(self, sensor=None):
        """The log, oldest first."""
        return [record for record in reversed(self.ask("log")["records"])
                if sensor is None or record["sensor_type"] == sensor]


class Monitor:
    """QEMU's machine protocol; QEMU connects to us: nothing has to be waited for."""

    def __init__(self, listener):
        sock, _ = listener.accept()
        self.lines, self.events = Lines(sock), []
        self.lines.read()
        self.do("qmp_capabilities")

    def do(self, command, **arguments):
        """What a command returns; events before it are kept."""
        self.lines.send({"execute": command, "arguments": arguments})
        while (line := self.lines.read()) is not None:
            if "return" in line:
                return line["return"]
            if "error" in line:
                raise Failed(f"{command}: {line['error']['desc']}")
            self.events.append(line)
        return None

    def wait(self, name):
        """Until that event has come."""
        while not any(event["event"] == name for event in self.events):
            line = self.lines.read()
            if line is None:
                raise Failed(f"QEMU ended before {name}")
            self.events.append(line)

    def named(self, *names):
        """The events of those names so far."""
        return [event for event in self.events if event["event"] in names]
