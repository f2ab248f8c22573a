# SPDX-License-Identifier: GPL-2.0-or-later
"""Whole machines with and without the virtual ME: booting, memory, and what wakes QEMU up."""

import functools
import re
import subprocess
import tempfile
import time
from pathlib import Path

from . import process
from .figure import ROOT, Aim, Failed, Figure, Measured, compare, median, ratios
from .machine import Machine

GUEST = ROOT / "scripts/guest"
KERNELS = ("6.1", "6.12")
BOOT_AIM = Aim(most=1.05)
MEMORY_AIM = Aim(most=5)
TIMEOUT = 180
# An instruction of the guest takes 2 ns of its own time, about what TCG needs for one here, and
# time in which it does nothing passes at once.
COUNTED = ["--qemu=-icount", "--qemu=shift=1,sleep=off"]
READY = re.compile(r"^\[ *([\d.]+)\] swme-guest: running the command", re.MULTILINE)

# The driver gates the link's power half a second after its last use, and nothing tells when it has.
SETTLE = """
echo ready
state=/sys/class/mei/mei0/device/power/runtime_status
[ ! -e $state ] || until grep -q suspended $state; do usleep 50000; done
echo idle
sleep 1000
"""
# Idle is the absence of events: this is the one thing here that only time can show.
CALM_S = 1.5  # after which a boot's own late work, and the clock chip's first second, are over
GUEST_WINDOW_S = 6
HALTED_WINDOW_S = 3


def counted_boot(kernel, with_me):
    """Seconds of the guest's own time from its kernel's start to the command."""
    with tempfile.TemporaryDirectory(prefix="swme-bench.") as scratch:
        log = Path(scratch, "log")
        command = [GUEST, "--kernel", kernel, "--timeout", str(TIMEOUT), "--keep-log", log,
                   *([] if with_me else ["--no-me"]), *COUNTED, "--", "true"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False)
        if done.returncode:
            raise Failed(f"scripts/guest: {done.stderr.strip()}")
        if with_me and "mei0 is ENABLED" not in log.read_text(encoding="utf-8"):
            raise Failed("the guest's mei0 did not come up")
        return float(READY.search(log.read_text(encoding="utf-8"))[1])


def boot_instructions(kernel, _):
    """One pair: the count is the same each time, to a thousandth."""
    ours, plain = counted_boot(kernel, True), counted_boot(kernel, False)
    return Measured(ours / plain, {"with_s": ours, "without_s": plain})


class Idle:
    """A booted guest that does nothing, looked at from outside."""

    def __init__(self, with_me):
        self.command = [GUEST, "--timeout", str(TIMEOUT), *([] if with_me else ["--no-me"]),
                        "--", "sh", "-c", SETTLE]
        self.script = None

    def __enter__(self):
        self.script = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, text=True,
                                       stdout=subprocess.PIPE)
        return self

    def __exit__(self, *_):
        self.script.terminate()
        self.script.communicate()

    def wait(self, word):
        """Until the guest says it."""
        if self.script.stdout.readline().strip() != word:
            raise Failed(f"the guest did not come to '{word}'")

    def look(self):
        """Everything that one boot tells."""
        self.wait("ready")
        pid = process.child(self.script.pid, "qemu-system-x86_64")
        if not pid:
            raise Failed("scripts/guest has no QEMU")
        seen = {"boot_s": process.age(pid), "boot_processor_s": process.processor_seconds(pid)}
        self.wait("idle")
        time.sleep(CALM_S)
        seen["memory"] = process.resident_kib(pid)
        seen["wakeups_per_s"] = wakeups_per_s(pid, GUEST_WINDOW_S)
        return seen


def wakeups_per_s(pid, window_s):
    """Of its main thread, over a while in which nothing is asked of it."""
    begin, before = time.monotonic(), process.wakeups(pid)
    time.sleep(window_s)
    return (process.wakeups(pid) - before) / (time.monotonic() - begin)


def guest_pairs(bench):
    """What guests with and without it told, in turns."""
    pairs = []
    for number in range(bench.runs):
        seen = {}
        for with_me in (True, False) if number % 2 == 0 else (False, True):
            with Idle(with_me) as guest:
                seen[with_me] = guest.look()
        pairs.append((seen[True], seen[False]))
    return pairs


def from_guests(name, bench):
    """The ratio of one of the things that each boot tells."""
    return compare([(a[name], b[name]) for a, b in bench.once(guest_pairs)])


def extra_mib(pairs):
    """The median of what the first has more than the second."""
    by_kind = {kind: median((a[kind] - b[kind]) / 1024 for a, b in pairs) for kind in pairs[0][0]}
    value = by_kind.pop("all")
    ratio, _ = ratios([(a["all"], b["all"]) for a, b in pairs])
    return Measured(value, {"ratio": ratio, "own_mib": by_kind["own"], "files_mib": by_kind["files"],
                            "with_mib": median(a["all"] for a, _ in pairs) / 1024,
                            "pairs": len(pairs)})


def memory_guest(bench):
    """Guest memory included: a guest that finds a device loads drivers for it."""
    return extra_mib([(a["memory"], b["memory"]) for a, b in bench.once(guest_pairs)])


def memory_stopped(bench):
    """A machine that has never run."""
    def look(devices):
        with Machine(devices) as box:
            return box.resident_kib()

    return extra_mib([(look(["intel-mei"]), look([])) for _ in range(bench.turns(5))])


def wakeups_halted(bench):
    """The link up and idle, the processor halted: whoever wakes QEMU up is QEMU itself."""
    def look(devices):
        with Machine(devices, paused=False) as box:
            if devices:
                box.start_link()
            time.sleep(CALM_S)
            return wakeups_per_s(box.process.pid, HALTED_WINDOW_S)

    pairs = [(look(["intel-mei"]), look([])) for _ in range(min(bench.runs, 2))]
    return Measured(median(a - b for a, b in pairs),
                    {"with_per_s": median(a for a, _ in pairs),
                     "without_per_s": median(b for _, b in pairs), "pairs": len(pairs)})


def boot_figure(kernel):
    """For one of Debian's kernels."""
    return Figure(f"boot-instructions-{kernel}",
                  f"Debian's kernel {kernel} until /dev/mei0 is ready, in counted instructions",
                  "× without", BOOT_AIM, functools.partial(boot_instructions, kernel))


FIGURES = [
    *map(boot_figure, KERNELS),
    Figure("boot-time", "the same (6.1) on the wall clock, from QEMU's start",
           "× without", Aim(), functools.partial(from_guests, "boot_s")),
    Figure("boot-processor", "the same (6.1) in processor time of QEMU",
           "× without", Aim(), functools.partial(from_guests, "boot_processor_s")),
    Figure("memory-stopped", "resident memory more than without, machine not started",
           "MiB", MEMORY_AIM, memory_stopped),
    Figure("memory-guest", "resident memory more than without, guest booted and idle",
           "MiB", MEMORY_AIM, memory_guest),
    Figure("wakeups-halted", "wake-ups of QEMU's main thread more than without, link up and idle, "
           "processor halted", "a second", Aim(most=0), wakeups_halted),
    Figure("wakeups-guest", "wake-ups of QEMU's main thread under an idle guest, ME suspended",
           "× without", Aim(), functools.partial(from_guests, "wakeups_per_s")),
]
