# SPDX-License-Identifier: GPL-2.0-or-later
"""Firmware in another process against the one in this: what the link costs."""

import contextlib
import json
import subprocess
import tempfile

from .figure import BUILD, Aim, Failed, Figure, compare, in_turns
from .inprocess import SWME, run

ROUND_TRIPS = 3000
TURNS = 4


@contextlib.contextmanager
def serving(path):
    """A `swme serve --link` that answers at once, as the other one does."""
    with subprocess.Popen([SWME, "serve", "--link", path, "--echo", "--latency", "0", "--listen", "127.0.0.1:0"],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as child:
        try:
            if not child.stdout.readline():
                raise Failed("swme serve --link did not start")
            yield
        finally:
            child.terminate()


def rate(transport, count):
    """Round trips a second."""
    said = json.loads(run([BUILD / "heci", transport, "bench", "--count", str(count), "--json"]))
    return 1e9 / said["wall_ns_per_round_trip"]


def external(bench):
    """In turns; both on registers in the tool's own process."""
    count = bench.turns(ROUND_TRIPS)
    with tempfile.TemporaryDirectory(prefix="swme-bench.") as scratch:
        path = f"{scratch}/link"
        with serving(path):
            return compare(in_turns(TURNS, lambda: rate(f"link:{path}", count),
                                    lambda: rate("sim:echo=on,latency=0", count)))


FIGURES = [
    Figure("link-round-trips", "round trips a second of 64 bytes, firmware in another process",
           "× the rate in one process", Aim(), external),
]
