# SPDX-License-Identifier: GPL-2.0-or-later
"""Host driver, registers and firmware in one process: what tests/bench/exchange.c measures."""

import functools
import json
import os
import re
import subprocess
import tempfile

from .figure import BUILD, Aim, Failed, Figure, Measured

PROGRAM = BUILD / "tests/bench/bench-exchange"
SWME = BUILD / "swme"

# Instructions of one exchange as last looked at (gcc 12, debugoptimized, Debian 12). More than
# SLACK times as many is a failure; set it anew when it changes for a good reason.
INSTRUCTIONS = 401120
SLACK = 1.25

EXCHANGES = 200
ECHOES = 8000


def run(command):
    """What the command says."""
    # meson has malloc() fill what it gives, which counts too.
    env = {name: value for name, value in os.environ.items() if name != "MALLOC_PERTURB_"}
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False, env=env)
    if done.returncode:
        raise Failed(f"{os.path.basename(command[0])}: {(done.stderr or done.stdout).strip()}")
    return done.stdout + done.stderr


def instructions(program=PROGRAM):
    """Instructions of one exchange, by callgrind."""
    with tempfile.TemporaryDirectory(prefix="swme-bench.") as scratch:
        said = run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={scratch}/out",
                    "--toggle-collect=measured_exchange", program, "once"])
    counted = re.search(r"Collected : (\d+)", said)
    if not counted or int(counted[1]) == 0:
        raise Failed("callgrind counted nothing")
    return int(counted[1])


def platforms(swme=SWME):
    """The names of all generations."""
    return [entry["name"] for entry in json.loads(run([swme, "platforms", "--json"]))]


def armed_timers(platform, program=PROGRAM):
    """Timers that are armed once nothing is left to do: connected, disconnected, power-gated."""
    said = json.loads(run([program, "idle", platform]))
    return {state: count for state, count in said.items() if count is not None}


def timed(arguments):
    """The program's own comparison with its yardstick."""
    said = json.loads(run([PROGRAM, *map(str, arguments)]))
    return said["ours_ns"], said["yardstick_ns"]


def exchange_time(bench):
    """Milliseconds; the ratio goes along."""
    ours, tcp = timed(["time", bench.turns(EXCHANGES)])
    return Measured(ours / 1e6, {"loopback_tcp_ms": tcp / 1e6, "ratio": ours / tcp})


def exchange_instructions(_):
    """Against what is recorded here."""
    count = instructions()
    return Measured(count / INSTRUCTIONS, {"instructions": count, "recorded": INSTRUCTIONS})


def idle_timers(_):
    """Over all platforms and states."""
    names = platforms()
    armed = {name: armed_timers(name) for name in names}
    return Measured(sum(sum(states.values()) for states in armed.values()),
                    {"platforms": len(names),
                     "armed": {name: states for name, states in armed.items()
                               if any(states.values())}})


def echo(size, bench):
    """Round trips through the echo client against a Unix socket pair's."""
    ours, sockets = timed(["echo", bench.turns(ECHOES), size])
    return Measured(ours / sockets, {"ours_us": ours / 1e3, "socket_us": sockets / 1e3})


EXCHANGE = Figure("exchange-time", "start, enumerate, connect and 64 bytes there and back",
                  "ms", Aim(most=1), exchange_time)
FIGURES = [
    EXCHANGE,
    Figure("exchange-instructions", "the same in instructions (callgrind)",
           "× the recorded count", Aim(most=SLACK), exchange_instructions),
    Figure("echo-64", "round trips of 64 bytes through the echo client",
           "× a Unix socket's time", Aim(), functools.partial(echo, 64)),
    Figure("echo-2048", "round trips of 2048 bytes through the echo client",
           "× a Unix socket's time", Aim(), functools.partial(echo, 2048)),
    Figure("idle-timers", "timers the firmware has armed while idle, over all platforms",
           "timers", Aim(most=0), idle_timers),
]
