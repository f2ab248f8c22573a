#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The tool `heci` as people and scripts meet it: exit status, one-line errors, JSON that parses.

    heci_cli.py HECI

Prints TAP.
"""
import json
import re
import subprocess
import sys

HECI = sys.argv[1]
ONE_ERROR = r"\Aheci: [^\n]+\n\Z"

# arguments, exit status, what stdout matches, what stderr matches
CASES = [
    ("sim info", 0, r"(?m)^HBM version +2\.2$", r"\A\Z"),
    ("sim info", 0, r"(?m)^firmware status 1 90000245 \(state normal, mode normal, init com",
     r"\A\Z"),
    ("sim:platform=ppt-1 info", 0, r"(?m)^PCI id +8086:1e3a$", r"\A\Z"),
    ("sim clients", 0, r"12f80028-b4b7-4b2d-aca8-46e0ff65814c AMTHI\n", r"\A\Z"),
    ("sim amt", 0, r"(?m)^control mode +none \(0\)$", r"\A\Z"),
    ("sim amt info", 0, r"(?m)^provisioning state +not provisioned \(0\)$", r"\A\Z"),
    ("sim:amt=off amt info", 1, r"\A\Z", ONE_ERROR),
    ("sim echo", 1, r"\A\Z", ONE_ERROR),
    ("sim:echo=on echo", 0, r"^1 message of 64 bytes", r"\A\Z"),
    ("sim:echo=on echo --text Hello", 0, r"^Hello\n1 message of 5 bytes", r"\A\Z"),
    ("sim:echo=on echo --size=700 --count 3", 0, r"^3 messages of 700 bytes .* 2100 bytes$",
     r"\A\Z"),
    ("sim:echo=on echo --size 100000", 1, r"\A\Z", ONE_ERROR),
    ("sim:echo=on bench --count 10", 0, r"^10 round trips of 64 bytes", r"\A\Z"),
    ("sim reset", 0, r"enabled again", r"\A\Z"),
    ("--help", 0, r"(?s)transports:.*commands:", r"\A\Z"),
    ("", 2, r"\A\Z", ONE_ERROR),
    ("sim", 2, r"\A\Z", ONE_ERROR),
    ("sim frobnicate", 2, r"\A\Z", ONE_ERROR),
    ("sim info extra", 2, r"\A\Z", ONE_ERROR),
    ("sim amt frob", 2, r"\A\Z", ONE_ERROR),
    ("sim:platform=nope info", 2, r"\A\Z", ONE_ERROR),
    ("sim:nope=1 info", 2, r"\A\Z", ONE_ERROR),
    ("simulator info", 2, r"\A\Z", ONE_ERROR),
    ("warp info", 2, r"\A\Z", ONE_ERROR),
    ("qtest:/nonexistent/socket info", 2, r"\A\Z", ONE_ERROR),
    ("qtest: info", 2, r"\A\Z", ONE_ERROR),
    ("/dev/mei997 info", 2, r"\A\Z", ONE_ERROR),
    ("/dev/meix info", 2, r"\A\Z", ONE_ERROR),
    ("sim:echo=on echo --size 0", 2, r"\A\Z", ONE_ERROR),
    ("sim:echo=on echo --size -1", 2, r"\A\Z", ONE_ERROR),
    ("sim:echo=on echo --size 1x", 2, r"\A\Z", ONE_ERROR),
    ("sim:echo=on echo --size", 2, r"\A\Z", ONE_ERROR),
    ("sim:echo=on echo --count 99999999999999999999", 2, r"\A\Z", ONE_ERROR),
    ("sim:echo=on echo --text a --size 3", 2, r"\A\Z", ONE_ERROR),
    ("sim:echo=on echo --sizes 3", 2, r"\A\Z", ONE_ERROR),
    ("sim:echo=on bench --text a", 2, r"\A\Z", ONE_ERROR),
]

# arguments, a check of the parsed document
JSON_CASES = [
    ("sim info --json", lambda d: d["state"] == "ENABLED" and d["pci_id"] == "8086:a0e0"
     and d["hbm_version"] == "2.2" and len(d["fw_version"]) == 3 and len(d["fw_status"]) == 6),
    ("sim --json clients", lambda d: [c["id"] for c in d] == sorted(c["id"] for c in d)
     and any(c["name"] == "MKHI" and c["max_connections"] == 1 and not c["fixed"] for c in d)),
    ("--json sim amt info", lambda d: d["control_mode"] == {"value": 0, "name": "none"}
     and {"description": "AMT", "version": "15.0.45"} in d["code_versions"]),
    ("sim:echo=on echo --count 2 --json", lambda d: d == {"count": 2, "size": 64, "bytes": 128}),
    ("sim:echo=on echo --text \"\u00e9\\ --json",
     lambda d: d["size"] == 4 and d["text"] == "\"\u00e9\\"),
    ("sim:echo=on bench --count 5 --json", lambda d: d["device_ns_per_round_trip"] > 0),
    ("sim reset --json", lambda d: d == {"reset": True}),
]


def run(arguments):
    return subprocess.run([HECI] + arguments.split(), capture_output=True, text=True, timeout=60)


def report(number, ok, name, detail):
    print(("ok" if ok else "not ok"), number, "-", name)
    if not ok:
        print("#", "\n# ".join(repr(detail).split("\\n")))
    return ok


def main():
    good = True
    number = 0
    print("1..%d" % (len(CASES) + len(JSON_CASES)))
    for arguments, status, out, err in CASES:
        number += 1
        done = run(arguments)
        ok = (done.returncode == status and re.search(out, done.stdout) is not None
              and re.search(err, done.stderr) is not None)
        good &= report(number, ok, "heci " + arguments, done)
    for arguments, check in JSON_CASES:
        number += 1
        done = run(arguments)
        try:
            ok = done.returncode == 0 and done.stderr == "" and bool(check(json.loads(done.stdout)))
        except (ValueError, KeyError, TypeError):
            ok = False
        good &= report(number, ok, "heci " + arguments, done)
    return 0 if good else 1


sys.exit(main())
