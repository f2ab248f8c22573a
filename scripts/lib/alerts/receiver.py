# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs that nobody here wrote receive and decode alerts.

    with Receiver() as receiver:
        ... -device intel-mei,alert={receiver.subscriber} ...
        trap = receiver.take(timeout=30)
        print(describe(decode(trap)))

Packages: snmptrapd, freeipmi-tools. ipmi-pet insists on uid 0; unshare gives an ordinary user that.
"""
import csv
import os
import re
import select
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("snmptrapd", "freeipmi-tools", "snmp")
ENTERPRISE = ".1.3.6.1.4.1.3183.1.1"
START_TIMEOUT = 60

# An empty cache of sensors, as ipmi-pet keeps of a BMC: it wants one, for the option that says that
# there is none is in its manual only (FreeIPMI 1.6.10).
NO_SENSORS = bytes.fromhex("728c9d1f00010002 5100000000000000000000f219000000e7")


class AlertError(Exception):
    """One line: what did not work."""


@dataclass
class Trap:
    """One trap, as snmptrapd understood it."""

    specific: int
    value: bytes  # of the one variable
    agent: str
    uptime: str
    community: str

    @property
    def sequence(self):
        return int.from_bytes(self.value[16:18], "big")


def missing_programs():
    """Those that are needed and not there."""
    path = os.environ.get("PATH", "") + ":/usr/sbin"
    return [name for name in ("snmptrapd", "snmptrap", "ipmi-pet") if not shutil.which(name, path=path)]


def program(name):
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")
    if not found:
        raise AlertError(f"no {name}: apt-get install {' '.join(PACKAGES)}")
    return found


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Receiver:
    """snmptrapd on a port of 127.0.0.1, without any of the system's settings."""

    def __init__(self, community="public"):
        self.community = community
        self.folder = Path(tempfile.mkdtemp(prefix="swme-alerts-"))
        self.process = None
        self.buffer = ""
        fifo = self.folder / "traps"
        os.mkfifo(fifo)
        # Read-write: it neither waits for a writer nor ends with one.
        self.fifo = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
        (self.folder / "handler.sh").write_text(f"{{ cat; echo .; }} >'{fifo}'\n", encoding="ascii")
        (self.folder / "conf").write_text(
            f"doNotLogTraps yes\nauthCommunity log,execute {community}\n"
            f"traphandle default /bin/sh {self.folder}/handler.sh\n", encoding="ascii")

    @property
    def subscriber(self):
        """For the property alert=, or alert-add."""
        return f"127.0.0.1:{self.port}:{self.community}"

    def __enter__(self):
        self.port = free_port()
        self.process = subprocess.Popen(
            [program("snmptrapd"), "-f", "-Lo", "-C", "-c", str(self.folder / "conf"), "-On",
             f"udp:127.0.0.1:{self.port}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, "MIBS": "", "SNMP_PERSISTENT_DIR": str(self.folder / "state")})
        end = time.monotonic() + START_TIMEOUT
        output = self.process.stdout.fileno()
        said = b""
        while b"NET-SNMP version" not in said:  # once the port is bound
            ready = select.select([output], [], [], max(0, end - time.monotonic()))[0]
            more = os.read(output, 4096) if ready else b""
            if not more:
                self.__exit__()
                raise AlertError("snmptrapd did not start: "
                                 + said.decode("utf-8", "replace").strip().replace("\n", "; "))
            said += more
        return self

    def __exit__(self, *_):
        if self.process:
            self.process.terminate()
            self.process.communicate()
        os.close(self.fifo)
        shutil.rmtree(self.folder, ignore_errors=True)

    def take(self, timeout):
        """The next trap; None: none came within so many seconds."""
        end = time.monotonic() + timeout
        while "\n.\n" not in self.buffer:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.fifo], [], [], left)[0]:
                return None
            self.buffer += os.read(self.fifo, 65536).decode("ascii", "replace")
        text, _, self.buffer = self.buffer.partition("\n.\n")
        return parse(text)


def parse(text):
    """What snmptrapd gives a handler: host, address, then a variable a line, of which one spans two."""
    def variable(name, pattern):
        match = re.search(rf"^{re.escape(name)} {pattern}", text, re.M | re.S)
        if not match:
            raise AlertError(f"a trap without {name}: {text!r}")
        return match.group(1)

    value = variable(ENTERPRISE + ".1", '"([0-9A-F \n]*)"')
    return Trap(
        specific=int(variable(".1.3.6.1.6.3.1.1.4.1.0", re.escape(ENTERPRISE) + r"\.0\.(\d+)")),
        value=bytes.fromhex(value),
        agent=variable(".1.3.6.1.6.3.18.1.3.0", r"(\S+)"),
        uptime=variable(".1.3.6.1.2.1.1.3.0", r"(\S+)"),
        community=variable(".1.3.6.1.6.3.18.1.4.0", '"([^"]*)"'))


def decode(trap):
    """ipmi-pet's columns, by name."""
    with tempfile.TemporaryDirectory(prefix="swme-pet-") as folder:
        cache, traps = Path(folder, "sdr.cache"), Path(folder, "pets.txt")
        cache.write_bytes(NO_SENSORS)
        traps.write_text(f"{trap.specific} {trap.value.hex(' ')}\n", encoding="ascii")
        command = [program("ipmi-pet"), "-D", "INTELDCMI", "--driver-device=/dev/null",
                   f"--sdr-cache-file={cache}", "-vv", "--comma-separated-output",
                   "--output-event-severity", "--output-event-state", f"--file={traps}"]
        if os.getuid():
            command[:0] = ["unshare", "-r"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False,
                              stdin=subprocess.DEVNULL, env={**os.environ, "TZ": "UTC"})
    rows = list(csv.DictReader(done.stdout.splitlines()))
    if done.returncode or len(rows) != 1:
        raise AlertError(f"ipmi-pet: {(done.stderr or done.stdout).strip()!r}")
    return rows[0]


def describe(row):
    """A few words of that, one line."""
    return (f"{row['Date']} {row['Time']} UTC, {row['Severity'].lower()}: {row['Type']}, "
            f"{row['Event Direction'].lower()}, of {row['GUID']} ({row['Manufacturer ID']})")
