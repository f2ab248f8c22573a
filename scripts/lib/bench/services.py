# SPDX-License-Identifier: GPL-2.0-or-later
"""AMT's services by their doors: APF channels, the LAN, WS-Management, and what idleness costs."""

import functools
import json
import os
import re
import resource
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from . import process
from .figure import BUILD, ROOT, Aim, Failed, Figure, Measured, compare, in_turns, median

APF = BUILD / "tests/bench/bench-apf"
HTTP = BUILD / "tests/bench/bench-http"
TCP = BUILD / "tests/bench-tcp"
GUEST = ROOT / "scripts/guest"
SWME = BUILD / "swme"
PASSWORD = "P@ssw0rd"
MB = 1000000
ECHO = 7
TIMEOUT = 240

APF_BYTES = 64 << 20
REQUESTS = 500
TURNS = 8


class Child:
    """A process that answers a line with a line, and ends with the block."""

    def __init__(self, command):
        self.command = [str(word) for word in command]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate()

    def line(self, ask=None):
        """The next one."""
        if ask is not None:
            self.process.stdin.write(ask + "\n")
            self.process.stdin.flush()
        text = self.process.stdout.readline()
        if not text:
            name = os.path.basename(self.command[0])
            raise Failed(f"{name}: {self.process.stderr.read().strip() or 'it has ended'}")
        return text.split("\n")[0]


# ---- APF in one process ----

def apf(channels, bench):
    """Rates' ratio: the time there and back the other way round."""
    done = subprocess.run([APF, str(channels), str(APF_BYTES), str(bench.turns(9))],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(done.stderr.strip())
    said = json.loads(done.stdout)
    return Measured(said["yardstick_ns"] / said["ours_ns"],
                    {"ours_mb_s": APF_BYTES / said["ours_ns"] * 1e9 / MB,
                     "tcp_mb_s": APF_BYTES / said["yardstick_ns"] * 1e9 / MB})


# ---- from a guest, and to it ----

LMS_BYTES = 4 << 20
LMS_TURN = re.compile(r"^(lms|window|connections) (\d+)$", re.MULTILINE)
WINDOW_COUNT, WINDOW_SIZE = 512, 4096
LMS_LOOP = f"""
heci /dev/mei0 lms >/tmp/lms 2>&1 &
lms=$!
until grep -q 'listening: port {ECHO}$' /tmp/lms; do kill -0 $lms || exit 1; usleep 20000; done
for turn in $(seq %d); do
  echo "lms $(bench-tcp send 127.0.0.1 {ECHO} {LMS_BYTES} 1)" || exit 1
  echo "window $(bench-guest 1 {WINDOW_COUNT} 1x16 {WINDOW_SIZE} /dev/mei0 | tail -n 1 | sed 's/.* //')"
  echo "connections $(bench-guest 1 {WINDOW_COUNT} 16 {WINDOW_SIZE} /dev/mei0 | tail -n 1 | sed 's/.* //')"
done
kill $lms
"""
LMS_AIM_MB_S, LMS_AIM_WINDOW = 15, 0.6


def guest_command(scratch, *options):
    """scripts/guest with our programs in it."""
    os.makedirs(f"{scratch}/usr/bin")
    for program in (TCP, BUILD / "tests/bench-guest"):
        shutil.copy(program, f"{scratch}/usr/bin")
    return [GUEST, "--kernel", "6.1", "--timeout", str(TIMEOUT), "--add", scratch, *options]


def guest_lms(bench):
    """
    The rate through heci lms over what it is to be: a number, or a part of what the window carries on one
    connection, which LME is. All of 16 connections' is among the details.
    """
    with tempfile.TemporaryDirectory(prefix="swme-bench.") as scratch:
        command = guest_command(scratch, "--device-opts", "echo=on", "--", "sh", "-c",
                                LMS_LOOP % bench.turns(TURNS))
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False)
    taken = {"lms": [], "window": [], "connections": []}
    for kind, nanoseconds in LMS_TURN.findall(done.stdout):
        taken[kind].append(int(nanoseconds))
    if done.returncode or len(taken["lms"]) < 2 or len({len(times) for times in taken.values()}) != 1:
        raise Failed(f"the guest did not measure: {done.stdout[-300:]} {done.stderr[-300:]}")
    ours = LMS_BYTES / median(taken["lms"]) * 1e9 / MB
    window, connections = (WINDOW_COUNT * WINDOW_SIZE / median(taken[kind]) * 1e9 / MB
                           for kind in ("window", "connections"))
    return Measured(ours / min(LMS_AIM_MB_S, LMS_AIM_WINDOW * window),
                    {"ours_mb_s": ours, "window_mb_s": window, "of_the_window": ours / window,
                     "sixteen_connections_mb_s": connections})


LAN_BYTES = 8 << 20
LAN_READY = f"""
until ifconfig eth0 10.0.2.15 netmask 255.255.255.0 up 2>/dev/null; do usleep 20000; done
bench-tcp serve 0.0.0.0 {ECHO} &
sleep 1000
"""


def free_port():
    """Of this host."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def forwarded(name, port):
    """-netdev user with a forward to the echo service."""
    return ("--qemu=-netdev",
            f"--qemu=user,id={name},hostfwd=tcp:127.0.0.1:{port}-10.0.2.15:{ECHO}")


def one_transfer(port):
    """Nanoseconds."""
    done = subprocess.run([TCP, "send", "127.0.0.1", str(port), str(LAN_BYTES), "1"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=TIMEOUT, check=False)
    if done.returncode:
        raise Failed(done.stderr.strip())
    return int(done.stdout)


def lan(bench):
    """Rates' ratio: the ME's card and the guest's, each on a user network of its own in one QEMU."""
    mine, other = free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix="swme-bench.") as scratch:
        command = guest_command(
            scratch, "--module", "virtio_net", *forwarded("me", mine), *forwarded("nic", other),
            "--qemu=-device", "--qemu=virtio-net-pci,netdev=nic,romfile=",
            "--device-opts", "echo=on,netdev=me", "--", "sh", "-c", LAN_READY)
        with Child(command) as guest:
            guest.line()
            pairs = in_turns(bench.turns(TURNS), lambda: one_transfer(mine),
                             lambda: one_transfer(other))
    rates = [(LAN_BYTES / a * 1e9 / MB, LAN_BYTES / b * 1e9 / MB) for a, b in pairs]
    return compare(rates)


# ---- swme serve ----

class Serve(Child):
    """swme serve, set up."""

    def __init__(self, scratch, *options):
        secret = Path(scratch, "password")
        secret.write_text(PASSWORD + "\n", encoding="ascii")
        super().__init__([SWME, "serve", "--listen", "127.0.0.1:0", "--provision", "admin",
                          "--password-file", secret, *options])

    def __enter__(self):
        super().__enter__()
        self.ports = [instance["port"] for instance in json.loads(self.line())["instances"]]
        return self

    def resident_kib(self):
        """Its memory."""
        return process.resident_kib(self.process.pid)["all"]


def wsman(bench):
    """Rates' ratio: Gets of one class, and libsoup with as long an answer."""
    def rate(client):
        return REQUESTS / int(client.line("").split()[0]) * 1e9

    with tempfile.TemporaryDirectory(prefix="swme-bench.") as scratch, Serve(scratch) as serve, \
            Child([HTTP, "ask", serve.ports[0], PASSWORD, REQUESTS]) as ours:
        size = ours.line("").split()[1]
        with Child([HTTP, "serve", size]) as bare, \
                Child([HTTP, "ask", bare.line(), PASSWORD, REQUESTS]) as yardstick:
            rate(yardstick)
            return compare(in_turns(bench.turns(TURNS), lambda: rate(ours),
                                    lambda: rate(yardstick)))


IDLE = 1000
PER_INSTANCE = 50  # of the 64 connections that an instance takes


def more_files():
    """For that many sockets, here and in children."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def idle_connection(port):
    """One that has got an answer."""
    made = socket.create_connection(("127.0.0.1", port), 30)
    made.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    if not made.recv(4096).startswith(b"HTTP/1.1 "):
        raise Failed("swme serve gives no answer")
    return made


def memory_connection(_):
    """Of each, KiB."""
    more_files()
    with tempfile.TemporaryDirectory(prefix="swme-bench.") as scratch, \
            Serve(scratch, "--instances", IDLE // PER_INSTANCE) as serve:
        for port in serve.ports:
            idle_connection(port).close()
        before = serve.resident_kib()
        made = [idle_connection(port) for port in serve.ports for _ in range(PER_INSTANCE)]
        after = serve.resident_kib()
        for connection in made:
            connection.setblocking(False)
            try:
                if connection.recv(1) == b"":
                    raise Failed("a connection was closed before it was counted")
            except BlockingIOError:
                pass
            connection.close()
    return Measured((after - before) / len(made), {"connections": len(made), "kib": after - before})


def memory_instance(_):
    """Of each, KiB."""
    more_files()
    with tempfile.TemporaryDirectory(prefix="swme-bench.") as scratch:
        with Serve(scratch) as one:
            before = one.resident_kib()
        with Serve(scratch, "--instances", IDLE + 1) as many:
            after = many.resident_kib()
    return Measured((after - before) / IDLE, {"instances": IDLE, "one_kib": before})


FIGURES = [
    Figure("apf-1", "bytes through one APF channel and back, in one process",
           "× loopback TCP's rate", Aim(least=0.3), functools.partial(apf, 1)),
    Figure("apf-20", "bytes through 20 APF channels and back, in one process",
           "× loopback TCP's rate", Aim(least=0.3), functools.partial(apf, 20)),
    Figure("apf-guest", "bytes through heci lms in a guest and back (TCG)",
           "× 15 MB/s, or 0.6 of the window's rate where that is less", Aim(least=1), guest_lms),
    Figure("lan", "bytes to the ME's LAN and back, by -netdev user",
           "× the guest's rate by -netdev user", Aim(least=0.5), lan),
    Figure("wsman", "WS-Management Gets on one connection",
           "× bare libsoup's rate", Aim(least=0.3), wsman),
    Figure("memory-connection", "resident memory of each of 1,000 idle connections", "KiB", Aim(),
           memory_connection),
    Figure("memory-instance", "resident memory of each of 1,000 idle instances of swme serve",
           "KiB", Aim(), memory_instance),
]
