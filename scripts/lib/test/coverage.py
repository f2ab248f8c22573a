# SPDX-License-Identifier: GPL-2.0-or-later
"""Line and branch coverage of host-driver/ in a build with --coverage, as gcov counts it.

The library's own tests and the replay of its fuzz corpus run first, on zeroed counters. What counts:
every line that gcov calls executable and every branch of it, compiled with -O0 so that no branch is
the optimiser's; but for those that gcov marks "throw", which C never takes. Nothing in the sources is
marked as not to be counted.

    coverage.py BUILD [--missing]
"""

import collections
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LEAST = 95.0  # percent of the library's lines
TESTS = ("test-host-driver", "test-host-driver-connection", "test-host-driver-edges",
         "test-host-driver-power", "test-host-driver-queue", "test-host-driver-receive",
         "test-host-driver-tool", "test-apf-host-driver")
REPLAY = "fuzz-replay-hostile-firmware"
TARGETS = tuple(f"host-driver/{name}" for name in TESTS) + (f"tests/fuzz/{REPLAY}",)


def run_tests(build):
    for path in build.rglob("*.gcda"):
        path.unlink()
    commands = [[build / "host-driver" / name] for name in TESTS]
    commands.append([build / "tests/fuzz" / REPLAY, ROOT / "tests/fuzz/corpus/hostile-firmware"])
    for command in commands:
        done = subprocess.run(command, cwd=build, text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
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
    for notes in sorted((build / "host-driver").glob("lib*.p/*.gcno")):
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
    # The library is what lies in host-driver/ itself; tool and transports have their tests elsewhere.
    library = sorted(name for name in lines if "/" not in name)
    for name in library:
        row(name, list(lines[name].values()), list(branches[name].values()))
        if "--missing" in sys.argv:
            print("    lines", [n for n, c in sorted(lines[name].items()) if not c])
            print("    branches", [k for k, c in sorted(branches[name].items()) if not c])
    all_lines = [count for name in library for count in lines[name].values()]
    all_branches = [count for name in library for count in branches[name].values()]
    row("libheci", all_lines, all_branches)
    print("1..2")
    results = []
    for what, counts in (("lines", all_lines), ("branches", all_branches)):
        good = bool(counts) and percent(counts) >= LEAST
        results.append(good)
        print(f"{'ok' if good else 'not ok'} - the tests reach {LEAST:.0f} % of libheci's {what}:"
              f" {percent(counts):.1f} %")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
