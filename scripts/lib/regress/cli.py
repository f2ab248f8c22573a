# SPDX-License-Identifier: GPL-2.0-or-later
"""scripts/regress: the scenarios, where they apply, run in guests; TAP on stdout."""

import collections
import concurrent.futures
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from guest import common, kernels

from . import boot, box, report, runner
from .faults import fault_scenarios
from .scenario import Case, Platform
from .scenarios import BASIC

KERNELS = ("6.1", "6.12")
# One for each way in which generations differ: the newest with everything, D0i3 without rings and
# tags, legacy isolation, none of it.
PLATFORMS = ("tgp-lp", "spt-h", "lpt-h", "ppt-1")
# New firmware behind ids for which the driver takes its PCH8 configuration, which has no DMA rings
# (Linux pci-me.c).
PCH8_ROWS = ("cdf", "mcc-4")
# What scripts/test has time for: each kind of thing once.
SLICE = ("probe-intx", "probe-zero-latency", "enumeration", "single-instance", "sizes", "pressure",
         "processes", "amthi-processes", "dma-ring", "vtag", "runtime-pm-traffic", "s2idle", "s3",
         "reload-in-traffic", "notification-gated", "firmware-reset-in-traffic", "firmware-stop",
         "client-added", "fault-while-running", "trap10-three-failures", "fault-credit-never",
         "fault-interrupt-lost-once", "fault-fw-reset-before-reply", "fault-hang-in-message",
         "fault-hbm-unknown-command", "fault-connect-busy", "fault-header-reserved-bits")


Parser = common.Parser
Usage = common.Usage


class Interrupted(BaseException):
    """A signal wants the run to end."""


def interrupted(_number, _frame):
    """Its handler."""
    raise Interrupted


def parse(arguments):
    """The options."""
    parser = Parser(prog="scripts/regress", allow_abbrev=False, description=(
        "Driver regression: scenarios x platforms x kernels. TAP on stdout; a failed case "
        "shows its log and the command that runs just that case."),
        epilog="exit status: 0 all passed, 1 some failed, 2 wrong use")
    option = parser.add_argument
    option("--list", action="store_true", help="the scenarios, with what a sound driver does")
    option("--scenario", action="append", metavar="NAME", help="only this one (repeatable)")
    option("--slice", action="store_true", help="the few that scripts/test runs")
    option("--platform", action="append", metavar="NAME",
           help=f"a generation, or 'all' (repeatable; default {', '.join(PLATFORMS)})")
    option("--kernel", action="append", metavar="FILE|SERIES",
           help=f"as scripts/guest takes it (repeatable; default {', '.join(KERNELS)})")
    option("--modules", metavar="DIR", help="the FILE's modules")
    option("--jobs", type=int, default=2, metavar="N", help="guests at once (default 2)")
    option("--shard", metavar="I/N", help="only the I-th of N parts, I from 1")
    option("--junit", metavar="FILE", help="write the results as JUnit XML too")
    option("--keep-logs", metavar="DIR", help="write each failed case's log there")
    return parser.parse_args(arguments)


def platforms(names):
    """The rows of `swme platforms` that were asked for."""
    rows = json.loads(subprocess.run([box.SWME, "platforms", "--json"], check=True,
                                     capture_output=True, text=True).stdout)
    names_of_all = {row["name"] for row in rows}
    known = {row["name"]: platform(row, names_of_all) for row in rows if row["linux_binds"]}
    if names == ["all"]:
        return list(known.values())
    for name in names:
        if name not in known:
            raise Usage(f"--platform {name}: not one that a driver binds; `swme platforms` has "
                        "their names")
    return [known[name] for name in names]


def platform(row, names):
    """What scenarios ask of a row. One whose other firmware Linux refuses has a row for that."""
    clients = row["clients"]
    hbm = tuple(int(n) for n in row["hbm"].split("."))
    return Platform(
        name=row["name"], hbm=hbm, power_gating=row["power_gating"],
        hfs_count=len(row["status_words"]), amt=row["amt"],
        mkhi="mkhi" in clients and "mkhi-fixed" in clients,
        refused=tuple(kind for kind in ("sps", "nm") if f"{row['name']}-{kind}" in names),
        dma=hbm >= (2, 1) and row["kind"] == "mei" and row["name"] not in PCH8_ROWS)


def shard(cases, text):
    """The part of the cases that --shard names."""
    if not text:
        return cases
    index, _, count = text.partition("/")
    if not (index.isdigit() and count.isdigit() and 1 <= int(index) <= int(count)):
        raise Usage(f"--shard {text}: write I/N with I from 1 to N")
    return cases[int(index) - 1::int(count)]


def choose(options):
    """All cases that the options leave."""
    scenarios = [*BASIC, *fault_scenarios()]
    names = options.scenario or (list(SLICE) if options.slice else None)
    if names:
        known = {s.name: s for s in scenarios}
        for name in names:
            if name not in known:
                raise Usage(f"--scenario {name}: there is none; --list has their names")
        scenarios = [known[name] for name in names]
    names = options.kernel or (["6.1"] if options.slice else list(KERNELS))
    rows = platforms(options.platform or ([PLATFORMS[0]] if options.slice else list(PLATFORMS)))
    cases = [Case(s, p, k, options.modules) for k in names for p in rows for s in scenarios
             if s.applies(p, k)]
    cases = shard(cases, options.shard)
    if not cases:
        raise Usage("no scenario applies to what was asked for")
    return cases


def list_scenarios():
    """--list."""
    for scenario in (*BASIC, *fault_scenarios()):
        print(f"{scenario.name:32} {scenario.expect}")
    return 0


def check(options):
    """What would be wrong in every case is said once: options, kernels, files to write."""
    if options.jobs < 1:
        raise Usage("--jobs needs a number above 0")
    cases = choose(options)
    for name in dict.fromkeys(case.kernel for case in cases):
        kernels.choose(name, options.modules)
    for option, make in (("junit", lambda path: open(path, "w", encoding="utf-8").close()),
                         ("keep_logs", lambda path: os.makedirs(path, exist_ok=True))):
        path = getattr(options, option)
        try:
            if path:
                make(path)
        except OSError as error:
            raise Usage(f"--{option.replace('_', '-')} {path}: {error.strerror}") from error
    return cases


def run_cases(cases, options):
    """All of them, shown as they end."""
    results = []
    with tempfile.TemporaryDirectory(prefix="swme-regress.", dir=boot.place()) as files:
        runner.overlay(f"{files}/root")
        boots = boot.Boots(files, collections.Counter(map(runner.boot, cases)))
        pool = concurrent.futures.ThreadPoolExecutor(options.jobs)
        try:
            for result in pool.map(lambda case: runner.run(case, boots), cases):
                results.append(result)
                report.show(len(results), result, options.keep_logs)
        except Interrupted:
            # Guests end with the threads that started them, and those with this process.
            shutil.rmtree(files, ignore_errors=True)
            sys.stdout.flush()
            os._exit(130)
    return results


def run(options):
    """Runs what was asked for."""
    if options.list:
        return list_scenarios()
    cases = check(options)
    begin = time.monotonic()
    print(f"1..{len(cases)}", flush=True)
    results = run_cases(cases, options)
    seconds = time.monotonic() - begin
    if options.junit:
        report.write_junit(options.junit, results, seconds)
    return report.summary(results, seconds)


def main(arguments):
    """The whole script; its exit status."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    try:
        return run(parse(arguments))
    except Usage as error:
        print(f"regress: {error}", file=sys.stderr)
        return 2
    except common.Failed as error:
        print(f"regress: {error}", file=sys.stderr)
        return 1
    except Interrupted:
        return 130
