# SPDX-License-Identifier: GPL-2.0-or-later
"""Every test of the tree, suite by suite: what scripts/test runs once the set-up is done.

Several suites run side by side, each in a process of its own. A failure shows its log. Counts are of single tests
where the test program tells them apart (TAP, Check), of programs where it does not.
"""

import argparse
import concurrent.futures
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CLOSING_LINE = re.compile(r"(\d+) passed, (\d+) failed, (\d+) skipped")
CLOSING = re.compile(r"(\d+)%: Checks: (\d+), Failures: (\d+), Errors: (\d+)")
JOBS = str(os.cpu_count() or 1)
SILENCE_S = 1800  # a program that says nothing for so long hangs
SKIPPED = 77  # exit status of a program that cannot run here, and says why in its last line


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


def build(count, directory, name, options=(), env=None, targets=()):
    """Configures directory if need be, and compiles all or targets: any warning is a failure."""
    full_env = {**os.environ, **(env or {})}
    path = ROOT / directory
    if not (path / "build.ninja").exists():
        if not step(count, f"{name}: configure", ["meson", "setup", directory, *options],
                    full_env):
            return False
    return step(count, f"{name}: compile without a warning", ["ninja", "-C", directory, *targets],
                full_env)


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
                # meson has the reason of a TAP line here.
                say(f"skipped - {name}: {case.findtext('system-out', 'no reason given').strip()}")
            elif case.find("failure") is not None or case.find("error") is not None:
                count.add(name, True)
            else:
                count.passed += case_count(case)


def meson_tests(count, directory, stage, *options):
    """The tests of one build directory; meson shows a line for each program."""
    log = ROOT / directory / "meson-logs" / "testlog.junit.xml"
    log.unlink(missing_ok=True)
    say(f"# {stage}")
    run(["meson", "test", "-C", directory, "--no-rebuild", "--print-errorlogs",
         "--num-processes", JOBS, *options])
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


def end_group(child, how):
    try:
        os.killpg(child.pid, how)
    except ProcessLookupError:
        pass


def lines_until_silent(child):
    """The lines of a child that leads a group; one that hangs is ended with all that it started."""
    def hangs():
        say(f"# it has said nothing for {SILENCE_S} s, and is ended")
        end_group(child, signal.SIGTERM)
        last = threading.Timer(30, end_group, (child, signal.SIGKILL))  # who does not listen
        last.daemon = True
        last.start()

    try:
        line = "first"
        while line:
            timer = threading.Timer(SILENCE_S, hangs)
            timer.daemon = True
            timer.start()
            line = child.stdout.readline()
            timer.cancel()
            if line:
                yield line
    except BaseException:  # interrupted: it is in no group that the terminal knows
        end_group(child, signal.SIGTERM)
        raise


def tap_program(count, stage, command, env=None):
    say(f"# {stage}")
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          env={**os.environ, **(env or {})}, start_new_session=True) as child:
        count_tap(count, stage, lines_until_silent(child))
    if child.returncode not in (0, 1):
        count.add(f"{stage}: exit status {child.returncode}", True)


def packages(*names):
    """What one suite needs beyond scripts/setup."""
    need = '. scripts/lib/packages.sh && [ $# = 0 ] || need_packages "$@"'
    if run(["bash", "-c", need, "bash", *names]).returncode:
        sys.exit(2)


def shell_scripts():
    """The tracked files that a shell reads."""
    names = run(["git", "ls-files", "scripts", "tests", ".ci"], capture_output=True).stdout.split()
    for name in filter(lambda name: (ROOT / name).is_file(), names):  # not so one that was just deleted
        first = (ROOT / name).open("rb").readline()
        if name.endswith(".sh") or re.match(rb"#!.*\b(bash|sh)\b", first):
            yield name


def show(lines):
    """Shows another run of this program, all but what add_run() adds to ours: that is returned."""
    failures, last = [], ""
    for line in lines:
        last = line.rstrip("\n")
        if match := re.match(r"FAILED: (.*)", last):
            failures.append(match.group(1))
        elif not CLOSING_LINE.fullmatch(last):
            # Only the block before the closing line is ours; ninja writes such lines, too.
            for name in failures:
                say(f"FAILED: {name}")
            failures.clear()
            say(last)
    return failures, last


def add_run(count, stage, shown, status):
    """Adds another run of this program to ours."""
    failures, last = shown
    closing = CLOSING_LINE.fullmatch(last)
    count.failures += [f"{stage}: {name}" for name in failures]
    if status == SKIPPED:
        count.skipped += 1
        say(f"skipped - {stage}: {last}")
    elif closing and status in (0, 1):
        count.passed += int(closing.group(1))
        count.failed += int(closing.group(2))
        count.skipped += int(closing.group(3))
    else:
        count.add(f"{stage}: exit status {status}, no closing line", True)


def nested(count, stage, command):
    """Another run of this program, elsewhere."""
    say(f"# {stage}")
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE) as child:
        shown = show(child.stdout)
    add_run(count, stage, shown, child.returncode)


def side_by_side(count, names):
    """Suites in processes of their own; what each says, in one piece."""
    packages(*sorted({package for name in names for package in PACKAGES.get(name, ())}))

    def alone(name):
        say(f"# suite {name} begins")
        return run([sys.executable, __file__, "--suite", name], stdout=subprocess.PIPE)

    # One more than there are processors: most of them wait for something now and then.
    with concurrent.futures.ThreadPoolExecutor((os.cpu_count() or 1) + 1) as pool:
        running = {pool.submit(alone, name): name for name in names}
        for done in concurrent.futures.as_completed(running):
            name, result = running[done], done.result()
            say(f"\n## {name}")
            add_run(count, name, show(result.stdout.splitlines()), result.returncode)


# ---- The suites ----

def suite_shell(count):
    """shellcheck over every shell script"""
    step(count, "shell scripts: shellcheck", ["shellcheck", "-x", *shell_scripts()])


def suite_clang(count):
    """a build with clang, and the tools for fuzzing, which want it"""
    build(count, "build-clang", "clang", ["--buildtype=debug", "-Ddebug=false"], {"CC": "clang"})
    tap_program(count, "scripts/fuzz itself", ["tests/fuzz/tools-test"])


def suite_asan(count):
    """unit and in-process tests under ASan and UBSan"""
    # Optimised a little: the exhaustive ring tests are slow otherwise.
    if build(count, "build-asan", "gcc with ASan and UBSan",
             ["-Db_sanitize=address,undefined", "--optimization=1", "-Db_lundef=false"]):
        # What is about the tree itself is the same with any build.
        meson_tests(count, "build-asan", "unit and in-process tests under ASan and UBSan",
                    "--no-suite", "tree")


def suite_module(count):
    """all tests of the build itself, with the module in the distribution's QEMU"""
    meson_tests(count, "build", "tests of the build, with the module in Debian's QEMU")


def boot(count, what, env=None):
    """One guest whose own driver reaches the firmware."""
    step(count, f"{what}: a guest's driver reaches the firmware",
         ["scripts/guest", "--timeout", "300", "--", "heci", "/dev/mei0", "info"],
         {**os.environ, **(env or {})})


def suite_small(count):
    """the build's own tests and one guest: what runs on Debian 13"""
    # What is about the tree itself is the same everywhere, and instructions are counted where the
    # budget was recorded, with Debian 12's gcc.
    meson_tests(count, "build", "tests of the build, with the module in Debian's QEMU",
                "--no-suite", "tree", "--no-suite", "bench")
    boot(count, "the module")


def guests(count, kernel):
    """What stock kernels make of each platform."""
    platforms = ("tgp-lp", "ppt-1") if kernel == "6.1" else ("tgp-lp",)
    tap_program(count, f"the reference driver in a guest, kernel {kernel}",
                ["tests/guest/driver", "--kernel", kernel,
                 *(word for name in platforms for word in ("--platform", name))])
    tap_program(count, f"guest, kernel {kernel}", ["tests/guest/run", "--kernel", kernel])
    tap_program(count, f"every platform, kernel {kernel}",
                ["tests/guest/platforms", "--kernel", kernel])
    tap_program(count, f"watchdog, kernel {kernel}", ["tests/guest/watchdog", "--kernel", kernel])
    if kernel == "6.1":
        tap_program(count, f"behind the guest's own card, kernel {kernel}",
                    ["tests/guest/share", "--kernel", kernel])
    tap_program(count, f"firmware in another process, kernel {kernel}", ["tests/guest/link", "--kernel", kernel])


def suite_guest_6_1(count):
    """Debian's 6.1 in guests, and one that is saved and restored"""
    guests(count, "6.1")
    tap_program(count, "a guest saved and restored", ["tests/guest/snapshot"])


def suite_guest_6_12(count):
    """Debian's 6.12 in guests"""
    guests(count, "6.12")


def suite_regress(count):
    """a slice of the driver regression"""
    tap_program(count, "driver regression, a slice of it", ["scripts/regress", "--slice"])
    tap_program(count, "intelmetool, a slice of it", ["tests/guest/intelmetool", "--slice"])


def suite_seeded(count):
    """bugs put into Debian's driver, each caught by name"""
    # One guest at a time: the other suites have theirs.
    tap_program(count, "seeded driver bugs", ["tests/regress/seeded", "--jobs", "1"])
    tap_program(count, "a seeded driver bug, by fuzzing", ["tests/fuzz/kernel-seeded"])


def suite_mutants(count):
    """each bug class has a test, which fails on a mistake put into a copy of the tree"""
    tap_program(count, "bug classes and their mutants", ["tests/mutants/run"])


def suite_clients(count):
    """programs that others wrote, as clients in guests"""
    for kernel in ("6.1", "6.12"):
        tap_program(count, f"AMTHI's clients, kernel {kernel}",
                    ["tests/guest/agents", "--kernel", kernel])
    tap_program(count, "Debian's fwupd", ["tests/guest/clients-fwupd"])
    tap_program(count, "curl through heci lms", ["tests/guest/lms"])
    tap_program(count, "boot error records and error record store", ["tests/guest/bridges"])


def suite_capture(count):
    """a boot recorded, replayed and dissected, and the driver's own log of it"""
    tap_program(count, "captures", ["tests/guest/capture"])


def suite_consoles(count):
    """management consoles that others wrote, and attackers, against AMT's services"""
    tap_program(count, "consoles against swme serve", ["tests/clients/consoles"])
    tap_program(count, "a browser", ["tests/clients/browser"])
    tap_program(count, "consoles and a guest's power", ["tests/clients/powered"])
    tap_program(count, "MeshCMD over its own APF stack", ["tests/guest/meshcmd"])


def option_of(directory, name):
    """What a build directory was configured with."""
    with open(ROOT / directory / "meson-info/intro-buildoptions.json", encoding="utf-8") as file:
        return next(option["value"] for option in json.load(file) if option["name"] == name)


def suite_coverage(count):
    """how much of the host driver, the firmware and the register block the tests and fuzz corpora reach"""
    headers = option_of("build", "qemu_headers")
    if build(count, "build-coverage", "gcc with --coverage",
             ["-Db_coverage=true", "--optimization=0", f"-Dqemu_headers={headers}"]):
        tap_program(count, "coverage of the host driver",
                    [sys.executable, "scripts/lib/test/coverage.py", "build-coverage"])
        tap_program(count, "coverage of firmware-sim/ and hw/heci.c",
                    [sys.executable, "scripts/lib/test/coverage_firmware.py", "build-coverage"])


def suite_qemu_tree(count):
    """the device built into QEMU 10.0's own tree"""
    qemu = ROOT / "build/qemu-tree/qemu-system-x86_64"
    if not step(count, "device in QEMU's tree: builds without a warning",
                ["scripts/qemu-tree", "--build", "--output", qemu]):
        return
    env = {"SWME_QEMU": str(qemu), "SWME_QEMU_MODULE": "none"}
    tap_program(count, "device in QEMU's tree: qtest list",
                ["build/tests/e2e/test-qtest", "build/swme"], env)
    tap_program(count, "device in QEMU's tree: PCI function",
                ["tests/qemu/module_test.py", "build"], env)
    tap_program(count, "device in QEMU's tree: control socket",
                ["tests/qemu/control_test.py", "build"], env)
    tap_program(count, "device in QEMU's tree: snapshots",
                ["tests/qemu/snapshot_test.py", "build"], env)
    boot(count, "device in QEMU's tree", env)


def suite_trixie(count):
    """set-up, the build's tests and a guest on Debian 13 with its QEMU 10.0"""
    nested(count, "Debian 13", ["tests/trixie/run", "scripts/test", "--suite", "small"])


# What takes longest begins first, for they run side by side.
FULL = {"qemu-tree": suite_qemu_tree, "guest-6.1": suite_guest_6_1, "trixie": suite_trixie,
        "guest-6.12": suite_guest_6_12, "asan": suite_asan, "module": suite_module,
        "clients": suite_clients, "seeded": suite_seeded, "mutants": suite_mutants,
        "consoles": suite_consoles, "clang": suite_clang, "regress": suite_regress,
        "capture": suite_capture, "coverage": suite_coverage, "shell": suite_shell}
QUICK = ("asan", "module", "clang", "coverage", "shell")
SUITES = {**FULL, "small": suite_small}
# They receive and decode what AMT sends, and read its log in other forms.
ALERTS = ("snmptrapd", "snmp", "freeipmi-tools", "ipmitool", "acpica-tools")
LAN = ("dnsmasq-base", "iputils-ping", "iproute2", "curl")  # at the other end of the ME's cable
PACKAGES = {"shell": ("shellcheck", "git"), "trixie": ("git", "mmdebstrap"), "mutants": ("git",),
            "qemu-tree": ("dpkg-dev", "python3-venv"),
            "clients": ("curl", "dmidecode"), "clang": ("clang",),
            "seeded": ("make", "gcc-12"), "capture": ("tshark",),
            "asan": ALERTS, "module": ("valgrind", *ALERTS, *LAN), "small": ("valgrind", *ALERTS, *LAN),
            "consoles": ("nodejs", "curl", "wsl", "uuid-runtime", "openssl", "iproute2",
                         "chromium", "chromium-driver"),
            "guest-6.1": ALERTS, "guest-6.12": ALERTS}


def main():
    parser = argparse.ArgumentParser(prog="scripts/test")
    parser.add_argument("--quick", action="store_true", help="no guest boots")
    parser.add_argument("--suite", action="append", choices=SUITES, metavar="NAME",
                        help="only this one (repeatable)")
    parser.add_argument("--list", action="store_true", help="name the suites")
    options = parser.parse_args()
    if options.list:
        for name, suite in SUITES.items():
            say(f"{name:10} {suite.__doc__}")
        return 0
    count = Count()

    names = options.suite or list(QUICK if options.quick else FULL)
    if len(names) > 1:
        side_by_side(count, names)
    else:
        begin = time.monotonic()
        packages(*PACKAGES.get(names[0], ()))
        SUITES[names[0]](count)
        say(f"# suite {names[0]}: {time.monotonic() - begin:.0f} s")

    for name in count.failures:
        say(f"FAILED: {name}")
    say(f"{count.passed} passed, {count.failed} failed, {count.skipped} skipped")
    return 1 if count.failed else 0


if __name__ == "__main__":
    sys.exit(main())
