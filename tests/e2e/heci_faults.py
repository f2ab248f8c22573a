#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every command of `heci` on a firmware that fails it at each of its messages in turn.

    heci_faults.py HECI [--short]

A command either does what it does without the fault, or says in one line what went wrong and exits with 1:
no crash, no hang, no half an answer taken for a whole one. One TAP line for each command.
"""
import concurrent.futures
import json
import os
import re
import subprocess
import sys

HECI = sys.argv[1]
SHORT = "--short" in sys.argv  # a sanitizer's program takes its time to start
ONE_ERROR = re.compile(r"\Aheci: [^\n]+\n\Z")
MESSAGES_MAX = 3 if SHORT else 12  # of one command that are tried in turn
TIMEOUT_S = 120  # a hang, on however busy a machine: the sim's own time costs nothing

# What happens to the message that the run is about.
ANY_CLIENT = [
    "drop:type=DATA:dir=to-host",
    *(f"truncate:type=DATA:dir=to-host:length={length}" for length in (0, 3, 5, 14, 18, 26)),
    "corrupt:type=DATA:dir=to-host:offset=4:length=64:value=0xa5",
    "reset:type=DATA:dir=to-firmware",
    "set-status:type=CONNECT-REQ:value=1",
    "set-status:type=CONNECT-REQ:value=3",
    "reset:type=CONNECT-REQ",
]
# AMT's status is behind the header of 12 bytes; the numbers are those of include/swme/amthi.h.
AMT = [f"corrupt:type=DATA:dir=to-host:offset=16:data={status:08x}" for status in (
    0x01000000, 0x02000000, 0x03000000, 0x04000000, 0x05000000, 0x08000000, 0x10000000,
    0x24000000)] + ["corrupt:type=DATA:dir=to-host:offset=20:data=ffffffff"]
# MKHI's result is the header's last byte, and MCHI's.
MKHI = [f"corrupt:type=DATA:dir=to-host:offset=7:value={result}" for result in range(1, 12)] + [
    f"corrupt:type=DATA:dir=to-host:offset=7:value={result}" for result in (0x88, 0x89, 0x8d, 0x90)] + [
    "corrupt:type=DATA:dir=to-host:offset=8:data=ffffffff", "corrupt:type=DATA:dir=to-host:offset=12:value=9"]
WATCHDOG = ["extend:type=DATA:dir=to-host:length=4", "corrupt:type=DATA:dir=to-host:offset=5:value=9",
            "corrupt:type=DATA:dir=to-host:offset=6:value=0x77", "corrupt:type=DATA:dir=to-host:offset=7:value=9"]
# For the start itself: whatever is asked then, the device is disabled.
START = ["refuse-ready:count=all", "drop:type=START-RES:count=all"]

COMMANDS = [
    *(("sim", ["amt", name], AMT) for name in (
        "info", "uuid", "versions", "state", "control-mode", "hashes", "network", "dns", "remote-access",
        "features", "power", "lsa", "unprovision", "start-config", "stop-config")),
    *(("sim", ["mkhi", name], MKHI) for name in ("info", "version", "caps", "platform", "boot", "update", "pmc")),
    ("sim", ["mkhi", "raw", "ff", "02"], MKHI),
    ("sim:platform=spt-h", ["mkhi"], MKHI),
    ("sim", ["mca"], MKHI),
    ("sim", ["mca", "read", "0x40002300"], MKHI),
    ("sim", ["mca", "svn"], MKHI),
    ("sim", ["wd"], WATCHDOG),
    ("sim", ["wd", "start"], WATCHDOG),
    ("sim", ["wd", "stop"], WATCHDOG),
    ("sim", ["info"], MKHI),
    ("sim", ["clients"], []),
    ("sim", ["reset"], ["drop:type=START-RES:count=all:after=1", "stop-request"]),
    ("sim:echo=on", ["echo", "--count", "2"], []),
    ("sim:echo=on", ["bench", "--count", "2"], []),
]


def run(sim, words, rule):
    fault = f"fault={rule}" if rule else "fault=none"
    done = subprocess.run([HECI, f"{sim}{',' if ':' in sim else ':'}{fault}", *words], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    return done.returncode, done.stdout, done.stderr


def wrong(words, got):
    """Why that is no way to end, or nothing."""
    status, out, err = got
    if status not in (0, 1):
        return f"exit status {status}"
    if status == 1 and not ONE_ERROR.search(err):
        return "no one-line error"
    if status == 0 and err:
        return "an error, and exit status 0"
    if status == 0 and "--json" in words:
        try:
            json.loads(out)
        except ValueError:
            return "not JSON"
    return None


def command(row):
    """(name, what went wrong, how many runs)"""
    sim, words, own = row
    failed, runs, told = [], 0, 0
    for more in ([["--json"]] if SHORT else [[], ["--json"]]):
        clean = run(sim, words + more, None)
        for rule in ANY_CLIENT + own + START:
            same = 0  # two in a row: behind its last message
            for after in range(MESSAGES_MAX):
                text = rule if "count=" in rule or ":" not in rule else f"{rule}:after={after}"
                try:
                    got = run(sim, words + more, text)
                except subprocess.TimeoutExpired:
                    got = ("none: it hangs", "", "")
                runs += 1
                told += got[0] == 1
                why = wrong(words + more, got)
                if why:
                    failed.append(f"{sim} {' '.join(words + more)}, {text}: {why}: {got}")
                same = same + 1 if got == clean else 0
                if same == 2 or text == rule:
                    break
    if told == 0:
        failed.append("nothing of all that was noticed")
    return " ".join([sim, *words]), failed, runs


def main():
    good = True
    print(f"1..{len(COMMANDS)}", flush=True)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for number, (name, failed, runs) in enumerate(pool.map(command, COMMANDS), 1):
            print(f"{'not ok' if failed else 'ok'} {number} - heci {name}: {runs} runs", flush=True)
            for line in failed[:10]:
                print("#", line, flush=True)
            good = good and not failed
    return 0 if good else 1


sys.exit(main())
