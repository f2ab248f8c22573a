# SPDX-License-Identifier: GPL-2.0-or-later
"""What a capture costs: two MEs in one guest, of which one is recorded, and messages through both in turns."""

import re
import subprocess
import tempfile
from pathlib import Path

from .figure import ROOT, Aim, Failed, Figure, compare

AIM = Aim(most=1.1)
COUNT = 400  # round trips in one turn
TURNS = 16
# The device behind mei0 is scripts/guest's own, at 00:16.0; which number is whose, sysfs tells.
LOOP = """\
for turn in $(seq %d); do
  for node in /sys/class/mei/mei0 /sys/class/mei/mei1; do
    echo "$(basename "$(readlink -f "$node/device")") $(heci "/dev/$(basename "$node")" bench --count %d --json | tr -d '\\n')"
  done
done
"""
TIME = re.compile(r"^0000:00:(\S+) .*\"wall_ns_per_round_trip\": *([0-9.]+)")


def messages(bench):
    """Time with a capture over time without."""
    turns = bench.turns(TURNS)
    with tempfile.TemporaryDirectory(prefix="swme-bench.") as scratch:
        done = subprocess.run(
            [ROOT / "scripts/guest", "--device-opts", "echo=on,latency=0", "--record", Path(scratch, "capture"),
             "--qemu=-device", "--qemu=intel-mei,echo=on,latency=0,addr=1e.0", "--timeout", "300",
             "--", "sh", "-c", LOOP % (turns, COUNT)],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        size = Path(scratch, "capture").stat().st_size if done.returncode == 0 else 0
    taken = {"16.0": [], "1e.0": []}
    for line in done.stdout.splitlines():
        match = TIME.match(line)
        if match:
            taken[match[1]].append(float(match[2]))
    pairs = list(zip(taken["16.0"], taken["1e.0"]))
    if len(pairs) != turns or not size:
        raise Failed(f"the guest did not measure: {done.stdout[-300:]} {done.stderr[-300:]}")
    return compare(pairs)


FIGURES = [
    Figure("capture", "messages to the echo client and back while all is recorded (TCG)",
           "× the time without", AIM, messages),
]
