# SPDX-License-Identifier: GPL-2.0-or-later
"""scripts/bench: options in, figures out."""

import argparse
import json
import os
import platform
import subprocess
import sys
import time

from guest.common import Parser, Usage

from . import capture, drivers, fuzzing, guests, inprocess, link, registers, services
from .figure import ROOT, Failed

FIGURES = (registers.FIGURES + inprocess.FIGURES + link.FIGURES + drivers.FIGURES + guests.FIGURES +
           capture.FIGURES + services.FIGURES + fuzzing.FIGURES)
RUNS = 3
PACKAGES = "binutils valgrind"  # beyond what scripts/setup sees to

EPILOG = """\
exit status: 0 each aim is met; 1 one is missed, or a figure could not be measured; 2 wrong use.
docs/performance.md says how each figure is taken.
"""


class Bench:
    """One run: how long to measure, and what several figures have in common."""

    def __init__(self, runs):
        self.runs = runs
        self._done = {}

    def turns(self, usual):
        """How often to repeat what is repeated USUAL times in a usual run."""
        return max(2, usual * self.runs // RUNS)

    def once(self, function):
        """function(self), called once for all figures."""
        if function not in self._done:
            self._done[function] = function(self)
        return self._done[function]


def parse(arguments):
    """The options."""
    parser = Parser(prog="scripts/bench", allow_abbrev=False, epilog=EPILOG,
                    formatter_class=argparse.RawDescriptionHelpFormatter,
                    description="Measures every figure of docs/performance.md, each as a ratio "
                                "within this run or as a count.")
    option = parser.add_argument
    option("--json", metavar="FILE", help="write all values and details to FILE (- is stdout)")
    option("--markdown", action="store_true", help="print the table of docs/performance.md")
    option("--list", action="store_true", help="print the figures' names")
    option("--only", metavar="NAME", action="append", default=[],
           help="only this figure, or the ones that begin with it (repeatable)")
    option("--runs", metavar="N", type=int, default=RUNS,
           help=f"pairs of guests, and all else in proportion (default {RUNS})")
    options = parser.parse_args(arguments)
    if not 1 <= options.runs <= 100:
        raise Usage("--runs is a number from 1 to 100")
    if options.json == "-" and options.markdown:
        raise Usage("--json - and --markdown both want stdout")
    return options


def chosen(names):
    """The figures for --only."""
    for name in names:
        if not any(figure.name.startswith(name) for figure in FIGURES):
            raise Usage(f"--only {name}: no such figure")
    return [figure for figure in FIGURES
            if not names or any(figure.name.startswith(name) for name in names)]


def prepare():
    """Packages, headers and build; next to nothing when all is there."""
    need = f'. "{ROOT}/scripts/lib/packages.sh" && need_packages {PACKAGES} && "{ROOT}/scripts/setup"'
    done = subprocess.run(["bash", "-c", need], stdin=subprocess.DEVNULL, stdout=sys.stderr,
                          check=False)
    if done.returncode:
        raise Failed("the set-up failed")


def machine_kind():
    """What the values were taken on."""
    text = open("/proc/cpuinfo", encoding="ascii", errors="replace").read()
    model = next((line.split(":")[1].strip() for line in text.splitlines()
                  if line.startswith("model name")), platform.machine())
    system = platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    qemu = subprocess.run(["qemu-system-x86_64", "--version"], capture_output=True, text=True,
                          check=False).stdout.split("\n")[0].removeprefix("QEMU emulator version ")
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"],
                            capture_output=True, text=True, check=False).stdout.strip()
    return {"processor": model, "processors": os.cpu_count(), "system": system, "qemu": qemu,
            "load_average": os.getloadavg()[0], "commit": commit}


def measure(figure, bench):
    """A figure's record for the output."""
    begin = time.monotonic()
    record = {"name": figure.name, "what": figure.what, "unit": figure.unit,
              "aim": figure.aim.text()}
    try:
        measured = figure.measure(bench)
        # As it is shown, so that 0.0004 too much is not a miss that nobody can see.
        record.update(value=measured.value, met=figure.aim.met(round(measured.value, 3)),
                      details=measured.details)
    except (Failed, OSError) as error:
        record.update(value=None, met=False, error=" ".join(str(error).split()))
    record["seconds"] = round(time.monotonic() - begin, 1)
    return record


def shown(value):
    """A number for people."""
    if isinstance(value, float):
        return f"{value:.3f}" if abs(value) < 10 else f"{value:,.{1 if abs(value) < 100 else 0}f}"
    if isinstance(value, (tuple, list)):
        return " to ".join(map(shown, value))
    return str(value)


def line(record):
    """A record for people."""
    if "error" in record:
        return f"FAILED  {record['name']:<22} {record['error']}"
    verdict = {True: "ok", False: "MISSED", None: ""}[record["met"]]
    aim = "" if record["met"] is None else f" (aim {record['aim']})"
    details = ", ".join(f"{key} {shown(value)}" for key, value in record["details"].items())
    return (f"{verdict:<7} {record['name']:<22} {shown(record['value'])} {record['unit']}{aim}"
            f"; {details}")


def markdown(records, kind):
    """The table of docs/performance.md."""
    yield (f"Taken on {time.strftime('%Y-%m-%d')}: {kind['processors']} × {kind['processor']}, "
           f"{kind['system']}, QEMU {kind['qemu']}, commit {kind['commit']}, load average "
           f"{kind['load_average']:.1f}.")
    yield ""
    yield "| figure | what | aim | value | |"
    yield "| --- | --- | --- | --- | --- |"
    for record in records:
        value = record.get("error") or f"{shown(record['value'])} {record['unit']}"
        verdict = {True: "met", False: "**missed**", None: ""}[record["met"]]
        yield (f"| `{record['name']}` | {record['what']} | {record['aim']} | {value} | {verdict} |")


def run(options):
    """The exit status."""
    if options.list:
        print("\n".join(figure.name for figure in FIGURES))
        return 0
    figures = chosen(options.only)
    # Opened first: nobody wants to learn after minutes that it cannot be written.
    try:
        output = sys.stdout if options.json == "-" else \
            options.json and open(options.json, "w", encoding="utf-8")
    except OSError as error:
        raise Usage(f"--json {options.json}: {error.strerror}") from error
    prepare()
    people = sys.stderr if options.markdown or options.json == "-" else sys.stdout
    bench, kind, records = Bench(options.runs), machine_kind(), []
    for figure in figures:
        records.append(measure(figure, bench))
        print(line(records[-1]), file=people, flush=True)
    if output:
        json.dump({"machine": kind, "runs": options.runs, "figures": records}, output, indent=2)
        output.write("\n")
        output.flush()
    if options.markdown:
        print("\n".join(markdown(records, kind)))
    return 1 if any(record["met"] is False for record in records) else 0


def main(arguments):
    """The whole script; its exit status."""
    try:
        return run(parse(arguments))
    except Usage as error:
        print(f"bench: {error} (see scripts/bench --help)", file=sys.stderr)
        return 2
    except Failed as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
