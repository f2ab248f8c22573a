# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs one case: a guest, its shell script, and the verdict."""

import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from guest import machine
from guest.common import Failed, Usage

from .boot import Boot, settings

ROOT = Path(__file__).resolve().parents[3]
LIBRARY = ". /usr/share/regress/lib.sh\n"
# What mei and its bus devices log; the guest's own start script says swme-guest.
MEI = re.compile(r"\bmei(_me|_hdcp|_pxp|_wdt)?\b")
OURS = re.compile(r"swme-guest:")
# Not a complaint: that a device came up, what other drivers say of themselves, and what the kernel
# says of each module that was not built with it, as a user's own --modules may be.
HARMLESS = (r"enabling device \(", r"mei_hdcp .*bound", r"mei_pxp .*bound",
            r"resetting device", r"PM: ", r"wait hw ready",
            r"mei: module verification failed: ", r"mei: loading out-of-tree module taints")


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
    program = Path(directory, "usr/bin/mei-exercise")
    program.write_bytes((ROOT / "build/tests/mei-exercise").read_bytes())
    program.chmod(0o755)
    (share / "lib.sh").write_text((ROOT / "tests/regress/lib.sh").read_text())


def boot(case):
    """The machine that the case starts from."""
    scenario = case.scenario
    return Boot(kernel=case.kernel, directory=case.modules, platform=case.platform.name,
                device=settings(scenario.device)[1], append=scenario.append,
                modules=scenario.modules, qemu=scenario.qemu, counted=scenario.counted,
                bzimage=scenario.bzimage, swap=scenario.swap)


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


def run(case, boots):
    """Runs the case in a guest and gives the verdict."""
    failures, scenario, place = [], case.scenario, boot(case)
    begin = os.times().elapsed
    guest = None
    with boots.scratch() as scratch:
        log = machine.Log(f"{scratch}/log")
        try:
            guest = boots.guest(place, scenario.device, log, scenario.timeout, scratch)
            guest.give(LIBRARY + ("load\n" if scenario.modprobe else "") + scenario.guest)
            status = guest.run()
        except machine.WentOff as error:
            if not scenario.goes_off:
                failures.append(str(error))
        except (Failed, Usage) as error:
            failures.append(str(error))
        else:
            failures.extend(guest.wrong)
            # A fault that never comes to pass would let everything pass.
            if guest.faults and not any(fault["hits"] for fault in guest.faults):
                failures.append("the fault never struck")
            if scenario.goes_off:
                failures.append("the machine stayed on")
            if status:
                last = guest.told().strip().splitlines()[-1:] or ["no output"]
                failures.append(f"exit status {status}: {last[0]}")
        boots.done(place)
        text = Path(scratch, "log").read_text(errors="replace")
    failures.extend(judge_log(scenario, case.kernel, text))
    return Result(case, failures, guest.told() if guest else "", text,
                  os.times().elapsed - begin)


def again(case):
    """The command that runs just this case."""
    words = ["scripts/regress", "--scenario", case.scenario.name, "--platform",
             case.platform.name, "--kernel", case.kernel]
    if case.modules:
        words += ["--modules", case.modules]
    return shlex.join(words)
