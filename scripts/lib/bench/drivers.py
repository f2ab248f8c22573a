# SPDX-License-Identifier: GPL-2.0-or-later
"""Messages through the guest's own drivers: /dev/mei0 beside /dev/ipmi0, DMA rings beside the window.

One guest has all devices, and tests/bench/guest.c in it lets them take turns.
"""

import functools
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import process
from .figure import BUILD, ROOT, Aim, Failed, Figure, compare

GUEST = ROOT / "scripts/guest"
PROGRAM = BUILD / "tests/bench-guest"
TIMEOUT = 240
RING_AIM = Aim(least=3)
MEMORY_MB = 512
# An instruction of the guest takes 2 ns of its own time, and time in which it waits passes at once.
COUNTED = ("--qemu=-icount", "--qemu=shift=1,sleep=off")

# Each in a slot of its own. Sunrise Point differs from Tiger Lake in what matters here by having
# no DMA ring: its buffers are as deep, and its link is gated alike.
FUNCTIONS = {
    "ring": (0x16, "platform=tgp-lp,latency=100us"),
    "ring_0": (0x17, "platform=tgp-lp,latency=0"),
    "window": (0x18, "platform=spt-h,latency=100us"),
    "window_0": (0x19, "platform=spt-h,latency=0"),
}
IPMI = ("--module", "ipmi_si", "--module", "ipmi_devintf", "--qemu=-device",
        "--qemu=ipmi-bmc-sim,id=bmc", "--qemu=-device", "--qemu=pci-ipmi-bt,bmc=bmc")

# Functions are probed all at once, so that names differ from boot to boot; and a link that is gated
# between turns would be measured with its waking up.
SCRIPT = """
for pair in {functions}; do
  pci=/sys/bus/pci/devices/0000:00:${{pair#*=}}.0
  # The kernel offers nothing to wait for until the device is there.
  until grep -q ENABLED $pci/mei/mei*/dev_state 2>/dev/null; do usleep 20000; done
  echo on >$pci/power/control
  set -- $pci/mei/mei*
  eval "${{pair%=*}}=/dev/${{1##*/}}"
done
ipmi=/dev/ipmi0
"""


@dataclass
class Turns:
    """What is measured at a time: DEVICES in turns of COUNT messages of SIZE, DEPTH under way."""
    name: str
    devices: tuple
    count: int
    depth: int
    size: int

    def command(self, rounds):
        """For the guest's shell; the names come first, for whoever reads its output."""
        words = [f"echo {self.name}", *(f"echo ${name}" for name in self.devices)]
        paths = " ".join(f"${name}" for name in self.devices)
        return "\n".join(words) + \
            f"\nbench-guest {rounds} {self.count} {self.depth} {self.size} {paths} || exit 1\n"


MEI_AND_IPMI = ("ring", "ring_0", "ipmi")
ALL_TURNS = (
    Turns("one", MEI_AND_IPMI, 100, 1, 16),
    Turns("many", MEI_AND_IPMI, 200, 16, 16),
    Turns("bulk", tuple(FUNCTIONS), 10, 1, 8192),
)


class Listener:
    """Reads what the guest says, and QEMU's processor time with it."""

    def __init__(self, script):
        self.script = script
        self.pid = None

    def line(self):
        """The next one; the guest's end is a failure."""
        text = self.script.stdout.readline()
        if not text:
            raise Failed("the guest has ended before its last turn")
        return text.split()

    def processor(self):
        """Seconds."""
        self.pid = self.pid or process.child(self.script.pid, "qemu-system-x86_64")
        if not self.pid:
            raise Failed("scripts/guest has no QEMU")
        return process.processor_seconds(self.pid)

    def turns(self, turns, rounds):
        """{device: [(seconds of a round trip, processor seconds of one), ...]}, in order."""
        if self.line() != [turns.name]:
            raise Failed("the guest says something unexpected")
        names = {self.line()[0]: device for device in turns.devices}
        seen = {device: [] for device in turns.devices}
        for _ in range(rounds * len(turns.devices)):
            self.line()
            before = self.processor()
            _, path, wall_ns = self.line()
            seen[names[path]].append((int(wall_ns) / 1e9 / turns.count,
                                      (self.processor() - before) / turns.count))
        return seen


def guest_turns(rounds, *more):
    """{name of turns: {device: [(seconds, processor seconds), ...]}}."""
    pairs = " ".join(f"{name}={slot:x}" for name, (slot, _) in FUNCTIONS.items())
    script = SCRIPT.format(functions=pairs) + "".join(t.command(rounds) for t in ALL_TURNS)
    first, *others = (f"echo=on,addr={slot:x}.0,{options}" for slot, options in FUNCTIONS.values())
    command = [GUEST, "--kernel", "6.1", "--timeout", str(TIMEOUT), "--memory", str(MEMORY_MB),
               *IPMI, *more, "--device-opts", first]
    for other in others:
        command += ["--qemu=-device", f"--qemu=intel-mei,{other}"]
    with tempfile.TemporaryDirectory(prefix="swme-bench.") as scratch:
        os.makedirs(f"{scratch}/usr/bin")
        shutil.copy(PROGRAM, f"{scratch}/usr/bin")
        with subprocess.Popen([*command, "--add", scratch, "--", "sh", "-c", script],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              text=True) as started:
            try:
                listener = Listener(started)
                return {turns.name: listener.turns(turns, rounds) for turns in ALL_TURNS}
            finally:
                started.terminate()
                started.communicate()


def counted(bench):
    """In counted instructions: the same each time, to some per cent."""
    return guest_turns(bench.turns(6), *COUNTED)


def on_the_wall(bench):
    """By the clock on the wall."""
    return guest_turns(bench.turns(12))


def rate(how, name, ours, yardstick, bench):
    """How many times as many round trips a second; processor time goes along."""
    seen = bench.once(how)[name]
    pairs = list(zip(seen[ours], seen[yardstick]))
    measured = compare([(1 / a[0], 1 / b[0]) for a, b in pairs])
    if how is on_the_wall:
        # Of QEMU's process, over all turns: one alone is too short for the kernel's accounting.
        measured.details["processor_ratio"] = \
            sum(a[1] for a, _ in pairs) / sum(b[1] for _, b in pairs)
    return measured


def figure(name, what, unit, aim, *sides):
    """A row."""
    return Figure(name, what, unit, aim, functools.partial(rate, *sides))


FIGURES = [
    figure("messages-16", "round trips through /dev/mei0, 16 under way, in counted instructions",
           "× IPMI's rate", Aim(least=1), counted, "many", "ring", "ipmi"),
    figure("messages-16-latency-0", "the same, and the firmware takes no time", "× IPMI's rate",
           Aim(), counted, "many", "ring_0", "ipmi"),
    figure("messages-1", "round trips one by one, in counted instructions", "× IPMI's rate",
           Aim(), counted, "one", "ring", "ipmi"),
    figure("messages-1-latency-0", "the same, and the firmware takes no time", "× IPMI's rate",
           Aim(), counted, "one", "ring_0", "ipmi"),
    figure("messages-16-wall", "16 under way, on the wall clock", "× IPMI's rate",
           Aim(), on_the_wall, "many", "ring", "ipmi"),
    figure("messages-1-wall", "one by one, no latency, on the wall clock", "× IPMI's rate",
           Aim(), on_the_wall, "one", "ring_0", "ipmi"),
    figure("bulk-ring", "8192-byte messages through the DMA rings, in counted instructions",
           "× the window's rate", RING_AIM, counted, "bulk", "ring", "window"),
    figure("bulk-ring-latency-0", "the same, and the firmware takes no time",
           "× the window's rate", RING_AIM, counted, "bulk", "ring_0", "window_0"),
    figure("bulk-ring-wall", "the same with the firmware's usual latency, on the wall clock",
           "× the window's rate", RING_AIM, on_the_wall, "bulk", "ring", "window"),
]
