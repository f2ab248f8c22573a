# SPDX-License-Identifier: GPL-2.0-or-later
"""Line and branch coverage of firmware-sim/ and hw/heci.c in a build with --coverage, as gcov counts it.

The unit tests, the replay of every fuzz corpus, the end-to-end tests in one process and the quick
ones of the device in QEMU run first, on zeroed counters. What counts is what coverage.py counts.

    coverage_firmware.py BUILD [--missing NAME...]
"""

import collections
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import coverage

ROOT = Path(__file__).resolve().parents[3]
AIMS = {"lines": 95.0, "branches": 90.0}  # percent
LEAST = {"lines": 95.0, "branches": 93.0}  # what it has reached: it does not fall back
LIBRARIES = ("firmware-sim", "hw")
SUITES = {"swme:unit", "swme:fuzz", "swme:e2e"}
QEMU = {"qemu-control", "qemu-alerts", "qemu-server", "qemu-power", "qemu-link"}
# libheci's own, whose figures coverage.py prints, and what would be the same code once more, slowly.
OTHERS = re.compile(r"valgrind-|test-host-driver|docs-|e2e-(qtest|shared|heci-)")
JOBS = os.cpu_count() or 1


def is_ours(path):
    return path.suffix == ".c" and (path.is_relative_to("firmware-sim") or path == Path("hw/heci.c"))


def run_tests(build):
    for path in build.rglob("*.gcda"):
        path.unlink()
    tests = json.loads(subprocess.run(["meson", "introspect", "--tests", build], check=True, text=True,
                                      stdout=subprocess.PIPE).stdout)
    names = [test["name"] for test in tests
             if test["name"] in QEMU or (SUITES & set(test["suite"]) and not OTHERS.match(test["name"]))]
    done = subprocess.run(["meson", "test", "-C", build, "--no-rebuild", "--num-processes", str(JOBS), *names],
                          stdin=subprocess.DEVNULL, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        print(done.stdout[-3000:])
    return done.returncode == 0


def gcov(notes):
    """What gcov knows of one object: (file, line, count, branch counts)."""
    with tempfile.TemporaryDirectory() as where:
        done = subprocess.run(["gcov", "--stdout", "--json-format", "--branch-probabilities", notes],
                              cwd=where, text=True, capture_output=True, check=True)
    rows = []
    for document in done.stdout.splitlines():
        parsed = json.loads(document)
        base = Path(parsed["current_working_directory"])
        for entry in parsed["files"]:
            path = (base / entry["file"]).resolve()
            if path.is_relative_to(ROOT) and is_ours(path.relative_to(ROOT)):
                rows += [(path.relative_to(ROOT).as_posix(), line["line_number"], line["count"],
                          [b["count"] for b in line["branches"] if not b["throw"]])
                         for line in entry["lines"]]
    return rows


def collect(build):
    """Counts by file, line and branch; several copies of one source add up."""
    lines = collections.defaultdict(dict)
    branches = collections.defaultdict(dict)
    notes = sorted(path for name in LIBRARIES for path in (build / name).rglob("lib*.a.p/*.gcno"))
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        for rows in pool.map(gcov, notes):
            for name, number, count, taken in rows:
                lines[name][number] = lines[name].get(number, 0) + count
                for i, times in enumerate(taken):
                    branches[name][number, i] = branches[name].get((number, i), 0) + times
    return lines, branches


def main():
    build = Path(sys.argv[1]).resolve()
    wanted = sys.argv[3:]
    passed = run_tests(build)
    lines, branches = collect(build)
    for name in sorted(lines):
        coverage.row(name, list(lines[name].values()), list(branches[name].values()))
        if "--missing" in sys.argv and (not wanted or Path(name).name in wanted):
            print("    lines", [n for n, c in sorted(lines[name].items()) if not c])
            print("    branches", [k for k, c in sorted(branches[name].items()) if not c])
    all_lines = [count for counts in lines.values() for count in counts.values()]
    all_branches = [count for counts in branches.values() for count in counts.values()]
    coverage.row("firmware-sim/ and hw/heci.c", all_lines, all_branches)
    print("1..3")
    results = [passed]
    print(f"{'ok' if passed else 'not ok'} - the tests pass in a build that counts")
    for what, counts in (("lines", all_lines), ("branches", all_branches)):
        results.append(bool(counts) and coverage.percent(counts) >= LEAST[what])
        print(f"{'ok' if results[-1] else 'not ok'} - the tests reach {LEAST[what]:.0f} % of firmware-sim's and"
              f" hw/heci.c's {what}: {coverage.percent(counts):.1f} %, and {AIMS[what]:.0f} % is the aim")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
