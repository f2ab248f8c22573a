# SPDX-License-Identifier: GPL-2.0-or-later
"""Executions a processor second of each fuzz target, beside a target that does nothing and beside qtest."""

import functools
import re
import resource
import subprocess
import tempfile
import time

from . import machine
from .figure import ROOT, Aim, Failed, Figure, Measured

SECONDS = 3  # of each target
LENGTH = 256  # bytes of an input at most
EXCHANGES = 300
KINDS = {"fuzz": ("build-fuzz-plain", ["--plain"], ""), "fuzz-asan": ("build-fuzz", [], ", ASan and UBSan")}
OPTIONS = {"fuzz": ["-print_funcs=0", "-entropic=0"], "fuzz-asan": ["-print_funcs=0"]}  # as scripts/fuzz has them
FAST = ("hbm", "clients")  # those that an aim is set for
NOTHING = "nothing"
TARGETS = sorted(path.stem.removeprefix("fuzz-") for path in (ROOT / "tests/fuzz").glob("fuzz-*.c"))
RUNS = re.compile(r"^Done (\d+) runs", re.MULTILINE)


def built(kind, _):
    """The folder with all targets, with or without sanitizers."""
    folder, options, _ = KINDS[kind]
    done = subprocess.run([ROOT / "scripts/fuzz", "--build", *options], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"the fuzz targets are not built: {done.stderr.strip()}")
    return ROOT / folder / "tests/fuzz"


BUILT = {kind: functools.partial(built, kind) for kind in KINDS}


def processor_seconds():
    """Of all that ran for us so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def rate(kind, name, bench):
    """Inputs a processor second, from the corpus on."""
    fuzzer = bench.once(BUILT[kind]) / f"fuzz-{name}"
    corpus = ROOT / "tests/fuzz/corpus" / name
    with tempfile.TemporaryDirectory(prefix="swme-bench.") as scratch:
        begin = processor_seconds()
        done = subprocess.run([fuzzer, *OPTIONS[kind], f"-max_len={LENGTH}", f"-max_total_time={bench.turns(SECONDS)}",
                               f"-artifact_prefix={scratch}/", scratch, *([corpus] if corpus.is_dir() else [])],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
                              check=False)
        seconds = processor_seconds() - begin
    runs = RUNS.search(done.stderr)
    if done.returncode or not runs:
        raise Failed(f"{fuzzer.name} ended with {done.returncode}: {done.stderr[-300:]}")
    return int(runs[1]) / seconds


NOTHINGS = {kind: functools.partial(rate, kind, NOTHING) for kind in KINDS}
HBM = functools.partial(rate, "fuzz", "hbm")


def beside_nothing(kind, name, bench):
    """Of the rate of one that does nothing."""
    nothing = bench.once(NOTHINGS[kind])
    ours = bench.once(HBM) if (kind, name) == ("fuzz", "hbm") else rate(kind, name, bench)
    return Measured(ours / nothing, {"a_second": ours, "nothing_a_second": nothing})


def exchanges(bench):
    """Link resets with START and its answer, a second, by a driver at a qtest socket."""
    count = bench.turns(EXCHANGES)
    with machine.Machine(("intel-mei,latency=0",)) as box:
        begin = time.perf_counter()
        for _ in range(count):
            box.start_link()
        return count / (time.perf_counter() - begin)


def beside_qtest(bench):
    """An input of hbm has two such exchanges at least, and what lies between them."""
    ours, by_qtest = bench.once(HBM), exchanges(bench)
    return Measured(ours / by_qtest, {"a_second": ours, "qtest_a_second": by_qtest})


FIGURES = [
    Figure(f"{kind}-{name}", f"executions of the fuzz target {name}{words}",
           "× those of one that does nothing", Aim(least=0.3) if name in FAST and kind == "fuzz" else Aim(),
           functools.partial(beside_nothing, kind, name))
    for kind, (_, _, words) in KINDS.items() for name in TARGETS
] + [
    Figure("fuzz-qtest", "executions of the fuzz target hbm", "× exchanges of START through qtest",
           Aim(least=50), beside_qtest),
]
