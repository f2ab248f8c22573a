# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs one case: a guest, its shell script, and the verdict."""

import os
import re
import shlex
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TESTS = ROOT / "tests/regress"
# What mei and its bus devices log; the guest's own start script says swme-guest.
MEI = re.compile(r"\bmei(_me|_hdcp|_pxp|_wdt)?\b")
OURS = re.compile(r"swme-guest:")
# Not a complaint: that a device came up, what other drivers say of themselves, and what the kernel
# says of each module that was not built with it, as a user's own --modules may be.
HARMLESS = (r"enabling device \(", r"mei_hdcp .*bound", r"mei_pxp .*bound",
            r"resetting device", r"PM: ", r"wait hw ready",
            r"mei: module verification failed: ", r"mei: loading out-of-tree module taints")


SWAP_SIZE = 1 << 30  # bytes, sparse


@dataclass
class Result:
    """How a case ended."""

    case: object
    failures: list
    output: str
    log: str
    seconds: float

    @property
    def passed(self):
        """Whether nothing was wrong."""
        return not self.failures


def overlay(directory):
    """The files that every guest gets."""
    share = Path(directory, "usr/share/regress")
    share.mkdir(parents=True)
    Path(directory, "no-mei-bus").touch()  # a fault is to meet the scenario's own connection
    Path(directory, "usr/bin").mkdir(parents=True)
    for source, target in ((ROOT / "build/tests/mei-exercise", "usr/bin/mei-exercise"),
                           (ROOT / "tests/guest/cycle", "usr/share/regress/cycle")):
        path = Path(directory, target)
        path.write_bytes(source.read_bytes())
        path.chmod(0o755)
    (share / "lib.sh").write_text((TESTS / "lib.sh").read_text())
    return directory


def command(case, files, scratch):
    """scripts/guest's arguments for the case."""
    scenario = case.scenario
    words = [str(ROOT / "scripts/guest"), "--kernel", case.kernel,
             "--platform", case.platform.name,
             "--add", str(files), "--timeout", str(scenario.timeout),
             "--keep-log", f"{scratch}/log"]
    if scenario.device:
        words += ["--device-opts", scenario.device]
    if case.modules:
        words += ["--modules", case.modules]
    if scenario.append:
        words += ["--append", scenario.append]
    if not scenario.modprobe:
        words.append("--no-modprobe")
    if scenario.bzimage:
        words.append("--bzimage")
    if scenario.swap:
        with open(f"{scratch}/swap", "wb") as disk:
            disk.truncate(SWAP_SIZE)
        words += ["--module", "virtio_blk", "--qemu=-drive",
                  f"--qemu=file={scratch}/swap,if=virtio,format=raw"]
    for module in scenario.modules:
        words += ["--module", module]
    for word in scenario.qemu:
        words += [f"--qemu={word}"]
    return words + ["--", "sh", "-c", f". /usr/share/regress/lib.sh\n{scenario.guest}"]


def judge_log(scenario, kernel, log):
    """What is wrong with the lines that mei logged."""
    extra = scenario.kernels.get(kernel, (None, ()))[1]
    allowed = [re.compile(p) for p in (*scenario.allow, *scenario.require, *extra, *HARMLESS)]
    lines = [line for line in log.splitlines() if MEI.search(line) and not OURS.search(line)]
    for line in lines:
        if not any(p.search(line) for p in allowed):
            yield f"mei logged: {line.strip()}"
    for line in log.splitlines():
        if "WARNING: " in line and not any(p.search(line) for p in allowed[:-len(HARMLESS)]
                                           if p.pattern != "."):
            yield f"the kernel warned: {line.strip()}"
    for pattern in scenario.require:
        if not any(re.search(pattern, line) for line in lines):
            yield f"mei did not log: {pattern}"


def run(case, files):
    """Boots the guest and gives the verdict."""
    failures = []
    with tempfile.TemporaryDirectory(prefix="swme-regress.") as scratch:
        begin = os.times().elapsed
        process = subprocess.run(
            command(case, files, scratch), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
            env={**os.environ, "SWME_NO_SETUP": "1"})
        output = process.stdout
        path = Path(scratch, "log")
        log = path.read_text(errors="replace") if path.exists() else ""
        seconds = os.times().elapsed - begin
    if process.returncode == 124:
        failures.append(f"timed out after {case.scenario.timeout} s")
    elif process.returncode:
        last = output.strip().splitlines()[-1:] or ["no output"]
        failures.append(f"exit status {process.returncode}: {last[0]}")
    failures.extend(judge_log(case.scenario, case.kernel, log))
    return Result(case, failures, output, log, seconds)


def again(case):
    """The command that runs just this case."""
    words = ["scripts/regress", "--scenario", case.scenario.name, "--platform",
             case.platform.name, "--kernel", case.kernel]
    if case.modules:
        words += ["--modules", case.modules]
    return shlex.join(words)
