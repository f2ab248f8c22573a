# SPDX-License-Identifier: GPL-2.0-or-later
"""Every test of the tree, stage by stage: what scripts/test runs once the set-up is done.

Each stage's own lines are shown as they come; a failure shows its log. Counts are of single tests
where the test program tells them apart (TAP, Check), of programs where it does not.
"""

import argparse
import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CLOSING = re.compile(r"(\d+)%: Checks: (\d+), Failures: (\d+), Errors: (\d+)")
JOBS = str(os.cpu_count() or 1)


class Count:
    """What passed, failed and was skipped so far."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.failures = []

    def add(self, name, failed):
        if failed:
            self.failed += 1
            self.failures.append(name)
        else:
            self.passed += 1


def say(text):
    print(text, flush=True)


def run(command, **kwargs):
    return subprocess.run(command, cwd=ROOT, text=True, stdin=subprocess.DEVNULL, **kwargs)


def step(count, name, command, env=None):
    """One command that passes or fails as a whole; its output is shown only if it fails."""
    begin = time.monotonic()
    done = run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env)
    failed = done.returncode != 0
    say(f"{'not ok' if failed else 'ok'} - {name} ({time.monotonic() - begin:.0f} s)")
    if failed:
        say(done.stdout[-6000:])
    count.add(name, failed)
    return not failed


def build(count, directory, name, options=(), env=None):
    """Configures directory if need be, and compiles: any warning is a failure."""
    full_env = {**os.environ, **(env or {})}
    path = ROOT / directory
    if not (path / "build.ninja").exists():
        if not step(count, f"{name}: configure", ["meson", "setup", directory, *options],
                    full_env):
            return False
    return step(count, f"{name}: compile without a warning", ["ninja", "-C", directory], full_env)


def case_count(case):
    """Single tests in one JUnit case: Check says how many it ran in its closing line."""
    text = "".join(case.itertext())
    match = CLOSING.search(text)
    return int(match.group(2)) if match else 1


def count_junit(count, stage, path):
    for suite in ElementTree.parse(path).getroot().iter("testsuite"):
        for case in suite.iter("testcase"):
            name = f"{stage}: {suite.get('name')}: {case.get('name')}"
            if case.find("skipped") is not None:
                count.skipped += 1
                say(f"skipped - {name}: {case.find('skipped').get('message') or ''}")
            elif case.find("failure") is not None or case.find("error") is not None:
                count.add(name, True)
            else:
                count.passed += case_count(case)


def meson_tests(count, directory, stage):
    """All tests of one build directory; meson shows a line for each program."""
    log = ROOT / directory / "meson-logs" / "testlog.junit.xml"
    log.unlink(missing_ok=True)
    say(f"# {stage}")
    run(["meson", "test", "-C", directory, "--no-rebuild", "--print-errorlogs",
         "--num-processes", JOBS])
    if log.exists():
        count_junit(count, stage, log)
    else:
        count.add(f"{stage}: meson test left no log", True)


def count_tap(count, stage, lines):
    """Counts and shows the TAP lines of a stream."""
    plan = seen = 0
    for line in lines:
        line = line.rstrip("\n")
        say(line)
        if match := re.match(r"1\.\.(\d+)", line):
            plan = int(match.group(1))
        elif match := re.match(r"(not )?ok\b\s*\d*\s*-?\s*(.*)", line):
            seen += 1
            if re.search(r"#\s*skip", line, re.IGNORECASE):
                count.skipped += 1
            else:
                count.add(f"{stage}: {match.group(2)}", bool(match.group(1)))
    if seen != plan or plan == 0:
        count.add(f"{stage}: {seen} of {plan} planned tests ran", True)


def tap_program(count, stage, command):
    say(f"# {stage}")
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE) as child:
        count_tap(count, stage, child.stdout)
    if child.returncode not in (0, 1):
        count.add(f"{stage}: exit status {child.returncode}", True)


def shell_scripts():
    """The tracked files that a shell reads."""
    names = run(["git", "ls-files", "scripts", "tests", ".ci"], capture_output=True).stdout.split()
    for name in names:
        first = (ROOT / name).open("rb").readline()
        if name.endswith(".sh") or re.match(rb"#!.*\b(bash|sh)\b", first):
            yield name


def main():
    parser = argparse.ArgumentParser(prog="scripts/test")
    parser.add_argument("--quick", action="store_true", help="no guest boots")
    options = parser.parse_args()
    count = Count()

    step(count, "shell scripts: shellcheck", ["shellcheck", "-x", *shell_scripts()])
    build(count, "build-clang", "clang", ["--buildtype=debug"], {"CC": "clang"})
    # Optimised a little: the exhaustive ring tests are slow otherwise.
    if build(count, "build-asan", "gcc with ASan and UBSan",
             ["-Db_sanitize=address,undefined", "--optimization=1", "-Db_lundef=false"]):
        meson_tests(count, "build-asan", "unit and in-process tests under ASan and UBSan")
    meson_tests(count, "build", "tests of the build, with the module in Debian's QEMU")
    if not options.quick:
        for kernel in ("6.1", "6.12"):
            tap_program(count, f"guest, kernel {kernel}", ["tests/guest/run", "--kernel", kernel])
            tap_program(count, f"every platform, kernel {kernel}",
                        ["tests/guest/platforms", "--kernel", kernel])
            tap_program(count, f"AMTHI's clients, kernel {kernel}",
                        ["tests/guest/agents", "--kernel", kernel])
        tap_program(count, "driver regression, a slice of it", ["scripts/regress", "--slice"])

    for name in count.failures:
        say(f"FAILED: {name}")
    say(f"{count.passed} passed, {count.failed} failed, {count.skipped} skipped")
    return 1 if count.failed else 0


sys.exit(main())
