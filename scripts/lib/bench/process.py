# SPDX-License-Identifier: GPL-2.0-or-later
"""What Linux tells of a process: memory, context switches, processor time."""

import os
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def _fields(path):
    """"Name: value" lines as a dictionary."""
    lines = Path(path).read_text(encoding="ascii", errors="replace").splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)


def resident_kib(pid):
    """What is in memory of it, by kind: all, its own, files' (code and libraries)."""
    fields = _fields(f"/proc/{pid}/status")
    return {name: int(fields[key].split()[0])
            for name, key in (("all", "VmRSS"), ("own", "RssAnon"), ("files", "RssFile"))}


def wakeups(pid):
    """How often the main thread has gone to sleep of its own accord, and been woken again."""
    return int(_fields(f"/proc/{pid}/task/{pid}/status")["voluntary_ctxt_switches"])


def processor_seconds(pid):
    """Processor time of all its threads."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text(encoding="ascii").split()[0])
    return total / 1e9


def age(pid):
    """Seconds since it was started."""
    started = int(_stat(pid)[19]) / TICKS
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started


def child(parent, program):
    """The pid of PARENT's child that runs PROGRAM, or None."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if int(_stat(entry.name)[1]) == parent and \
                    Path(os.readlink(entry / "exe")).name == program:
                return int(entry.name)
        except OSError:
            continue  # it has ended meanwhile
    return None


def _stat(pid):
    """The fields of /proc/PID/stat behind the name, state first."""
    text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    return text.rsplit(")", 1)[1].split()
