# SPDX-License-Identifier: GPL-2.0-or-later
"""Line and branch coverage of host-driver/ in a build with --coverage, as gcov counts it.

The library's own tests, the replay of its fuzz corpus, and what runs the tool and the transports without a guest
run first, on zeroed counters. What counts: every line that gcov calls executable and every branch of it, compiled
with -O0 so that no branch is the optimiser's; but for those that gcov marks "throw", which C never takes. Nothing
in the sources is marked as not to be counted.

    coverage.py BUILD [--missing]
"""

import collections
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LEAST = 95.0  # percent of lines and of branches
UNIT = ("test-host-driver", "test-host-driver-connection", "test-host-driver-edges",
        "test-host-driver-kernel", "test-host-driver-memory", "test-host-driver-pci",
        "test-host-driver-power", "test-host-driver-qtest", "test-host-driver-queue",
        "test-host-driver-receive", "test-host-driver-share", "test-host-driver-tool",
        "test-apf-host-driver")
REPLAY = "tests/fuzz/fuzz-replay-hostile-firmware"
PROGRAMS = ("heci", "tests/conformance", "tests/echo-many", "tests/e2e/test-sim", "swme",
            "tests/e2e/failing-calls.so")
TARGETS = (*(f"host-driver/{name}" for name in UNIT), REPLAY, *PROGRAMS)


def commands(build):
    """What is run, each with its environment."""
    for name in UNIT:
        yield [build / "host-driver" / name], {}
    yield [build / REPLAY, ROOT / "tests/fuzz/corpus/hostile-firmware"], {}
    heci, conformance, echo_many, test_sim, swme, failing_calls = (build / name for name in PROGRAMS)
    yield [test_sim], {"CK_RUN_CASE": "once"}
    yield [test_sim], {"CK_RUN_CASE": "options"}
    yield [ROOT / "tests/e2e/heci_cli.py", heci], {}
    yield [ROOT / "tests/e2e/heci_faults.py", heci, "--short"], {}
    yield [ROOT / "tests/e2e/shared_test.py", heci, conformance, echo_many], {}
    yield [ROOT / "tests/e2e/failing_calls.py", heci, swme, failing_calls], {}


def run_tests(build):
    for path in build.rglob("*.gcda"):
        path.unlink()
    for command, env in commands(build):
        done = subprocess.run(command, cwd=build, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False, env={**os.environ, **env})
        if done.returncode:
            sys.exit(f"{command[0].name} failed:\n{done.stdout[-3000:]}")


def gcov(notes):
    """What gcov knows of one object: (file, line, count, branch counts)."""
    with tempfile.TemporaryDirectory() as where:
        done = subprocess.run(["gcov", "--stdout", "--json-format", "--branch-probabilities", notes],
                              cwd=where, text=True, capture_output=True, check=True)
    for document in done.stdout.splitlines():
        parsed = json.loads(document)
        base = Path(parsed["current_working_directory"])
        for entry in parsed["files"]:
            path = (base / entry["file"]).resolve()
            if path.is_relative_to(ROOT / "host-driver") and path.suffix == ".c":
                for line in entry["lines"]:
                    yield (path.relative_to(ROOT / "host-driver").as_posix(), line["line_number"],
                           line["count"],
                           [b["count"] for b in line["branches"] if not b["throw"]])


def collect(build):
    """Counts by file, line and branch; two copies of one source add up."""
    lines = collections.defaultdict(dict)
    branches = collections.defaultdict(dict)
    for notes in sorted([*(build / "host-driver").glob("*.p/*.gcno"), *build.glob("heci.p/*.gcno")]):
        for name, number, count, taken in gcov(notes):
            lines[name][number] = lines[name].get(number, 0) + count
            for i, times in enumerate(taken):
                key = (number, i)
                branches[name][key] = branches[name].get(key, 0) + times
    return lines, branches


def percent(counts):
    return 100.0 * sum(1 for count in counts if count) / len(counts) if counts else 100.0


def row(name, lines, branches):
    print(f"# {name:28} {percent(lines):6.1f} % of {len(lines):4} lines"
          f" {percent(branches):6.1f} % of {len(branches):4} branches")


def main():
    build = Path(sys.argv[1]).resolve()
    run_tests(build)
    lines, branches = collect(build)
    for name in sorted(lines):
        row(name, list(lines[name].values()), list(branches[name].values()))
        if "--missing" in sys.argv:
            print("    lines", [n for n, c in sorted(lines[name].items()) if not c])
            print("    branches", [k for k, c in sorted(branches[name].items()) if not c])
    good, number = True, 0
    print("1..4")
    # The library is what lies in host-driver/ itself; tool and transports are what is built on it.
    for part, names in (("libheci", [name for name in lines if "/" not in name]), ("host-driver/", list(lines))):
        for what, table in (("lines", lines), ("branches", branches)):
            counts = [count for name in names for count in table[name].values()]
            enough = bool(counts) and percent(counts) >= LEAST
            good = good and enough
            number += 1
            print(f"{'ok' if enough else 'not ok'} {number} - the tests reach {LEAST:.0f} % of the {what} of {part}:"
                  f" {percent(counts):.1f} % of {len(counts)}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
