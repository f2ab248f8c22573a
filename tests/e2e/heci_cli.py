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
import tempfile
from pathlib import Path

HECI = sys.argv[1]
ROOT = Path(__file__).resolve().parents[2]
COMPLETION, MANUAL = str(ROOT / "host-driver/heci.bash"), str(ROOT / "docs/man/heci.1")
ONE_ERROR = r"\Aheci: [^\n]+\n\Z"
# Rules on what the firmware answers: bytes are others, nothing comes, no connection is made.
WRITTEN = "fault=corrupt:type=DATA:dir=to-host:count=all"
LOST = "fault=drop:type=DATA:dir=to-host:count=all"
SHUT = "fault=set-status:type=CONNECT-RES:value=1:count=all"


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
    ("sim:platform=GM45 amt info", 0, r"(?m)^control mode +none \(0\)$", r"\A\Z"),
    ("sim:uuid=00112233-4455-6677-8899-aabbccddeeff amt uuid", 0,
     r"^uuid +00112233-4455-6677-8899-aabbccddeeff\n\Z", r"\A\Z"),
    ("sim amt state", 0, r"^state +not provisioned\n\Z", r"\A\Z"),
    ("sim amt control-mode", 0, r"^control mode +none\n\Z", r"\A\Z"),
    ("sim amt versions", 0, r"(?m)^AMT +15\.0\.45$", r"\A\Z"),
    ("sim amt hashes", 0, r"(?m)^Example Root 02 SHA-256 \(SHA-256, default\) [0-9a-f]{64}$", r"\A\Z"),
    ("sim amt network", 0, r"(?m)^mac +02(:[0-9a-f]{2}){5}$", r"\A\Z"),
    ("sim amt dns", 0, r"(?m)^shared +yes$", r"\A\Z"),
    ("sim amt remote-access", 0, r"(?m)^network +unknown$", r"\A\Z"),
    ("sim amt features", 0, r"(?m)^zero touch +yes$", r"\A\Z"),
    ("sim amt power", 0, r"(?m)^power policy +Desktop", r"\A\Z"),
    ("sim amt lsa", 0, r"(?m)^password +\(--show-secrets shows it\)$", r"\A\Z"),
    ("sim amt lsa --show-secrets", 0, r"(?m)^password +[A-Za-z0-9+/]{32}$", r"\A\Z"),
    ("sim amt unprovision", 0, r"^done +yes$", r"\A\Z"),
    ("sim amt start-config", 0, r"^done +yes$", r"\A\Z"),
    ("sim amt stop-config", 1, r"\A\Z", r"\Aheci: AMT refused to stop configuration: invalid AMT mode \(0x3\)\n\Z"),
    ("sim amt stop-config --json", 1, r"\A\Z", ONE_ERROR),
    ("link:/nonexistent info", 2, r"\A\Z", ONE_ERROR),
    ("link:/nonexistent,platform=i386 info", 2, r"\A\Z", ONE_ERROR),
    ("link:" + "x" * 200 + " info", 2, r"\A\Z", ONE_ERROR),
    ("sim:fault=truncate:type=PROPERTIES-RES:client=mkhi:length=12:count=all info", 1,
     r"(?m)^state +DISABLED \(.*\)$", ONE_ERROR),
    ("sim:fault=truncate:type=PROPERTIES-RES:client=mkhi:length=12:count=all info --json", 1,
     r'"reason": "a host bus message that is too short"', ONE_ERROR),
    ("sim amt uuid extra", 2, r"\A\Z", ONE_ERROR),
    ("sim:amt=off,nvm=/tmp/never amt info", 2, r"\A\Z", ONE_ERROR),
    ("sim:nvm=/nonexistent/amt.nvm amt info", 2, r"\A\Z", ONE_ERROR),
    ("sim mkhi info", 0, r"(?m)^end of post +yes$", r"\A\Z"),
    ("sim mkhi", 0, r"(?m)^code +0:15\.0\.45\.2411$", r"\A\Z"),
    ("sim:platform=spt-h mkhi version", 0, r"(?m)^fitc +0:11\.8\.93\.4323$", r"\A\Z"),
    ("sim:platform=spt-h,amt=off mkhi caps", 0,
     r"(?s)capable bits +31101140\ncapable +CLS, PAVP, DAL, PTT\nenabled bits +11101140\n", r"\A\Z"),
    ("sim mkhi platform", 0, r"(?s)image +corporate\nbrand +AMT\n", r"\A\Z"),
    ("sim:amt=off mkhi platform", 0, r"(?s)image +consumer\nbrand +none\n", r"\A\Z"),
    ("sim mkhi boot", 0, r"(?s)end of post +yes\nmeasured boot +no\nflash override +locked\n\Z",
     r"\A\Z"),
    ("sim:platform=ppt-1 mkhi boot", 0, r"\Aflash override +locked\n\Z", r"\A\Z"),
    ("sim mkhi update", 0, r"\Afirmware update +enabled\n\Z", r"\A\Z"),
    ("sim mkhi pmc", 0, r"\Apmc version +150\.", r"\A\Z"),
    ("sim mkhi raw ff 02", 0, r"(?s)result +0\nmeaning +success\ndata +(00000f006b092d00){3}\n",
     r"\A\Z"),
    ("sim:platform=spt-h,amt=off mkhi raw 03 02 00000000", 0, r"(?m)^data +000000000440111031$",
     r"\A\Z"),
    ("sim mkhi raw 42 01", 0, r"(?s)result +137\nmeaning +not supported\ndata +\n", r"\A\Z"),
    ("sim:platform=spt-h mkhi raw f0 1c", 1, r"\A\Z", ONE_ERROR),
    ("sim:platform=cnp-lp-3 mkhi", 1, r"\A\Z", ONE_ERROR),
    ("sim mkhi frob", 2, r"\A\Z", ONE_ERROR),
    ("sim mkhi caps extra", 2, r"\A\Z", ONE_ERROR),
    ("sim mkhi raw", 2, r"\A\Z", ONE_ERROR),
    ("sim mkhi raw ff", 2, r"\A\Z", ONE_ERROR),
    ("sim mkhi raw ff 82", 2, r"\A\Z", ONE_ERROR),
    ("sim mkhi raw ff 02 0", 2, r"\A\Z", ONE_ERROR),
    ("sim mkhi raw ff 02 zz", 2, r"\A\Z", ONE_ERROR),
    ("sim mkhi raw ff 02 " + "00" * 501, 2, r"\A\Z", ONE_ERROR),
    ("sim mca", 0, r"(?m)^oem key hash 2 +0{96}$", r"\A\Z"),
    ("sim mca info", 0, r"(?m)^brand entitlements +not there$", r"\A\Z"),
    ("sim:platform=rpl-s mca", 0, r"(?m)^oem key hash +not there$", r"\A\Z"),
    ("sim:platform=spt-h mca", 0, r"\Aoem credential +[0-9a-f]{64}\n\Z", r"\A\Z"),
    ("sim:platform=cnp-h mca", 0, r"\Aoem credential +not there\n\Z", r"\A\Z"),
    ("sim mca read 0x40002300 --offset 46 --size=9", 0,
     r"\Afile +0x40002300\nsize +2\ndata +f226\n\Z", r"\A\Z"),
    ("sim:platform=spt-h mca read /fpf/OemCred --flags 8", 0, r"(?m)^size +32$", r"\A\Z"),
    ("sim mca read 0x40009999", 1, r"\A\Z",
     r"\Aheci: the ME refused 0x40009999: invalid input \(0x0b\)\n\Z"),
    ("sim:platform=spt-h mca read 0x40002300", 1, r"\A\Z", ONE_ERROR),
    ("sim mca svn", 0, r"\Ausage 3 running +3\nusage 3 minimum +3\n\Z", r"\A\Z"),
    ("sim:platform=spt-h mca svn", 1, r"\A\Z", ONE_ERROR),
    ("sim mca frob", 2, r"\A\Z", ONE_ERROR),
    ("sim mca info extra", 2, r"\A\Z", ONE_ERROR),
    ("sim mca read", 2, r"\A\Z", ONE_ERROR),
    ("sim mca read 40002300", 2, r"\A\Z", ONE_ERROR),
    ("sim mca read 0x140002300", 2, r"\A\Z", ONE_ERROR),
    ("sim mca read 0x", 2, r"\A\Z", ONE_ERROR),
    ("sim mca read /" + "x" * 64, 2, r"\A\Z", ONE_ERROR),
    ("sim mca read 0x1 0x2", 2, r"\A\Z", ONE_ERROR),
    ("sim mca read 0x1 --size 0", 2, r"\A\Z", ONE_ERROR),
    ("sim mca read 0x1 --size 4089", 2, r"\A\Z", ONE_ERROR),
    ("sim mca read 0x1 --flags 256", 2, r"\A\Z", ONE_ERROR),
    ("sim wd", 0, r"(?m)^manageability +AMT \(1\)$", r"\A\Z"),
    ("sim:platform=ibxpk-1 wd", 0, r"(?m)^protocol version +1$", r"\A\Z"),
    ("sim:fault=corrupt:type=DATA:dir=to-host:offset=4:value=0xff wd state", 0,
     r"(?m)^TLS enforced locally +yes$", r"\A\Z"),
    ("sim:fault=corrupt:type=DATA:dir=to-host:offset=4:value=0x81:count=1 wd state", 0,
     r"(?m)^AMT is switched on +no$", r"\A\Z"),
    ("sim:fault=corrupt:type=DATA:dir=to-host:offset=12:data=07000000:after=1 wd", 0,
     r"(?m)^manageability +another \(7\)$", r"\A\Z"),
    ("sim:fault=corrupt:type=DATA:dir=to-host:offset=12:data=00000000:after=1 wd", 0,
     r"(?m)^manageability +none \(0\)$", r"\A\Z"),
    ("sim wd start", 0, r"^start, 120 s: acknowledged, but AMT does not want", r"\A\Z"),
    ("sim:watchdog=on wd ping --timeout=7", 0, r"^ping, 7 s: acknowledged$", r"\A\Z"),
    ("sim:platform=ibxpk-1 wd start", 0, r"^start, 120 s: sent; this firmware acknowledges nothing$",
     r"\A\Z"),
    ("sim wd stop", 0, r"^stop: acknowledged$", r"\A\Z"),
    ("sim:amt=off wd", 1, r"\A\Z", ONE_ERROR),
    ("sim wd frob", 2, r"\A\Z", ONE_ERROR),
    ("sim wd state --timeout 3", 2, r"\A\Z", ONE_ERROR),
    ("sim wd start 3", 2, r"\A\Z", ONE_ERROR),
    ("sim wd start --timeout 0", 2, r"\A\Z", ONE_ERROR),
    ("warp wd", 2, r"\A\Z", ONE_ERROR),
    ("warp wd start", 2, r"\A\Z", ONE_ERROR),
    ("warp amt uuid", 2, r"\A\Z", ONE_ERROR),
    ("warp mkhi", 2, r"\A\Z", ONE_ERROR),
    ("warp mca", 2, r"\A\Z", ONE_ERROR),
    ("warp clients", 2, r"\A\Z", ONE_ERROR),
    ("warp reset", 2, r"\A\Z", ONE_ERROR),
    ("warp echo", 2, r"\A\Z", ONE_ERROR),
    ("warp bench", 2, r"\A\Z", ONE_ERROR),
    ("warp lms", 2, r"\A\Z", ONE_ERROR),
    ("warp serve NVM", 2, r"\A\Z", ONE_ERROR),
    ("sim clients x", 2, r"\A\Z", ONE_ERROR),
    ("sim reset x", 2, r"\A\Z", ONE_ERROR),
    ("sim:fault=never-ready clients", 1, r"\A\Z", ONE_ERROR),
    ("sim:fault=never-ready reset", 1, r"\A\Z", ONE_ERROR),
    ("sim:fault=never-ready info", 1, r"(?m)^state +DISABLED \(no ME_RDY within 2 s of a reset\)$",
     ONE_ERROR),
    ("sim:fault=mkhi-version-dropped info", 0, r"(?m)^firmware version  not told$", r"\A\Z"),
    ("sim:fault=hfs-error-state info", 0, r"(?m)^firmware status 1 .*recovery", r"\A\Z"),
    ("sim:fault=status-word:word=1:value=0x0fffffff:mask=0x0fffffff info", 0, r"unknown", r"\A\Z"),
    ("sim:fault=status-word:word=1:value=0 info", 0, r"init not complete|not complete", r"\A\Z"),
    ("sim:echo=on,fault=client-vanishes clients", 0, r"7e57ec40", r"\A\Z"),
    ("sim:pcap=PCAP,watchdog=on,watchdog-reset=5 clients", 0, r"AMTHI", r"\A\Z"),
    ("sim:pcap=/nonexistent/x info", 2, r"\A\Z", ONE_ERROR),
    ("sim:watchdog=x info", 2, r"\A\Z", ONE_ERROR),
    ("sim:watchdog-reset=x info", 2, r"\A\Z", ONE_ERROR),
    ("sim:echo=maybe info", 2, r"\A\Z", ONE_ERROR),
    ("sim:fault=frob info", 2, r"\A\Z", ONE_ERROR),
    ("sim lms x", 2, r"\A\Z", ONE_ERROR),
    ("sim lms --window 0", 2, r"\A\Z", ONE_ERROR),
    ("sim lms --window=70000", 2, r"\A\Z", ONE_ERROR),
    ("sim lms --port-offset 40001", 2, r"\A\Z", ONE_ERROR),
    ("sim serve", 2, r"\A\Z", ONE_ERROR),
    ("sim serve a b", 2, r"\A\Z", ONE_ERROR),
    ("sim serve --frob", 2, r"\A\Z", ONE_ERROR),
    ("sim serve a --mode", 2, r"\A\Z", ONE_ERROR),
    ("sim serve a --mode=0", 2, r"\A\Z", ONE_ERROR),
    ("sim serve a --mode 8", 2, r"\A\Z", ONE_ERROR),
    ("sim serve a --mode 1000", 2, r"\A\Z", ONE_ERROR),
    ("sim serve a --mode 7x", 2, r"\A\Z", ONE_ERROR),
    ("sim serve /" + "x" * 200, 2, r"\A\Z", ONE_ERROR),
    ("sim serve /nonexistent/socket", 2, r"\A\Z", ONE_ERROR),
    ("sim serve /dev/null", 2, r"\A\Z", ONE_ERROR),
    ("unix: info", 2, r"\A\Z", ONE_ERROR),
    ("unix:/" + "x" * 200 + " info", 2, r"\A\Z", ONE_ERROR),
    ("unix:/dev/null info", 2, r"\A\Z", ONE_ERROR),
    ("pci: info", 2, r"\A\Z", ONE_ERROR),
    ("pci:0000:ff:1f.7 info", 2, r"\A\Z", ONE_ERROR),
    ("sim mca read 0X40002300", 0, r"\Afile", r"\A\Z"),
    ("sim mca read 1x2", 2, r"\A\Z", ONE_ERROR),
    ("sim mca read 0x1z", 2, r"\A\Z", ONE_ERROR),
    ("sim mca read 0x99999999999999999999", 2, r"\A\Z", ONE_ERROR),
    ("sim mkhi raw FF 02", 0, r"(?m)^result +0$", r"\A\Z"),
    ("sim mkhi raw ff02 02", 2, r"\A\Z", ONE_ERROR),
    ("sim mkhi raw ff 0202", 2, r"\A\Z", ONE_ERROR),
    ("sim mkhi raw ff 02 0g", 2, r"\A\Z", ONE_ERROR),
    ("sim mkhi raw ff 02 00 00", 2, r"\A\Z", ONE_ERROR),
    ("sim mkhi raw f 02", 2, r"\A\Z", ONE_ERROR),
    ("sim mkhi raw gg 02", 2, r"\A\Z", ONE_ERROR),
    ("sim mkhi raw GG 02", 2, r"\A\Z", ONE_ERROR),
    ("sim mkhi raw ff 0g", 2, r"\A\Z", ONE_ERROR),
    ("sim mkhi raw ff 82", 2, r"\A\Z", ONE_ERROR),
    # Answers that no firmware gives yet.
    (f"sim:{WRITTEN}:offset=13:data=ffffffff mkhi platform", 0, r"(?m)^brand +unknown$", r"\A\Z"),
    (f"sim:{WRITTEN}:offset=13:data=000a0a00 mkhi platform", 0, r"(?m)^image +unknown$", r"\A\Z"),
    (f"sim:{WRITTEN}:offset=13:data=ffffffff mkhi update", 0, r"(?m)^firmware update +unknown$", r"\A\Z"),
    (f"sim:{WRITTEN}:offset=8:data=ffffffff mkhi boot", 0, r"(?m)^flash override +unknown$", r"\A\Z"),
    (f"sim:{WRITTEN}:offset=8:data=00000000 mkhi pmc", 0, r"\A\Z", r"\A\Z"),
    (f"sim:{WRITTEN}:offset=20:data=ff000000 amt hashes", 0, r"Example Root 01", r"\A\Z"),
    (f"sim:{WRITTEN}:offset=86:data=ff000000 amt versions", 0, r"AMTApps", r"\A\Z"),
    (f"sim:{WRITTEN}:offset=16:data=01000000 amt uuid", 1, r"\A\Z", ONE_ERROR),
    (f"sim:{WRITTEN}:offset=4:data=0201 amt uuid", 1, r"\A\Z", ONE_ERROR),
    (f"sim:platform=spt-h,{LOST} mca", 1, r"\A\Z", ONE_ERROR),
    (f"sim:{LOST} mkhi raw ff 02", 1, r"\A\Z", ONE_ERROR),
    (f"sim:{LOST}:after=1 mkhi boot", 1, r"\A\Z|end of post", ONE_ERROR),
    (f"sim:{LOST} mkhi boot", 1, r"\A\Z", ONE_ERROR),
    (f"sim:{LOST}:after=2 amt info", 1, r"\A\Z", ONE_ERROR),
    (f"sim:{LOST}:after=3 amt info", 1, r"\A\Z", ONE_ERROR),
    (f"sim:{LOST}:after=4 amt info", 1, r"\A\Z", ONE_ERROR),
    ("sim mca read 0y1", 2, r"\A\Z", ONE_ERROR),
    (f"sim:{WRITTEN}:after=1:offset=20:data=00000000 amt hashes", 0, r"01 SHA-1 \(SHA-1\)", r"\A\Z"),
    (f"sim:{WRITTEN}:after=1:offset=24:data=00000000 amt hashes", 0, r"01 SHA-1 \(SHA-1, default, inactive\)", r"\A\Z"),
    (f"sim:{LOST} wd", 1, r"\A\Z", ONE_ERROR),
    (f"sim:{LOST}:after=1 wd", 0, r"\A(?!(?s:.*SKU))protocol version +2\n", r"\A\Z"),
    ("sim:fault=status-word:word=1:value=0x00010000:mask=0x000f0000 info", 0, r"(?m)^firmware status 1 .*unknown", r"\A\Z"),
    ("sim:echo=on echo --text", 2, r"\A\Z", ONE_ERROR),
    ("sim:echo=on echo --size x1", 2, r"\A\Z", ONE_ERROR),
    ("sim:echo=on bench --size=700 --count 2", 0, r"^2 round trips of 700 bytes", r"\A\Z"),
    (f"sim:{SHUT} amt uuid", 1, r"\A\Z", ONE_ERROR),
    ("sim -h", 0, r"(?s)transports:.*commands:", r"\A\Z"),
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
    ("sim amt lsa --json", lambda d: d["user"] == "$$OsAdmin" and "show-secrets" in d["password"]),
    ("sim amt network --json", lambda d: d["dhcp"] is True and d["address"] == "0.0.0.0"),
    ("sim:nvm=NVM amt start-config --json", lambda d: d == {"done": True}),
    ("sim:nvm=NVM amt state --json", lambda d: d == {"state": "in provisioning"}),
    ("sim:nvm=NVM amt stop-config --json", lambda d: d == {"done": True}),
    ("sim:nvm=NVM amt state --json", lambda d: d == {"state": "not provisioned"}),
    ("sim mkhi --json", lambda d: d["code"] == "0:15.0.45.2411" and d["end_of_post"] is True
     and "AMT" in d["enabled"] and d["form"] == ["desktop"] and d["capable_bits"] == "31761164"),
    ("sim mkhi raw 05 03 --json",
     lambda d: d == {"result": 0, "meaning": "success", "data": "01000000"}),
    ("sim mca --json", lambda d: len(d["oem_key_hash"]) == 96 and len(d) == 4),
    ("sim mca read 0x40005c00 --size 4 --json",
     lambda d: d == {"file": "0x40005c00", "size": 4, "data": "00000000"}),
    ("sim mca svn --json", lambda d: d == {"usage_3_running": 3, "usage_3_minimum": 3}),
    ("sim:echo=on echo --count 2 --json", lambda d: d == {"count": 2, "size": 64, "bytes": 128}),
    ("sim:echo=on echo --text \"\u00e9\\ --json",
     lambda d: d["size"] == 4 and d["text"] == "\"\u00e9\\"),
    ("sim:echo=on bench --count 5 --json", lambda d: d["device_ns_per_round_trip"] > 0),
    ("sim wd --json", lambda d: d["protocol_version"] == 2 and d["mode"] == 1 and d["change_allowed"]),
    ("sim wd start --timeout 9 --json", lambda d: d == {
        "command": "start", "timeout_s": 9, "acknowledged": True, "status": d["status"], "required": False}),
    ("sim:platform=ibxpk-1 wd ping --json",
     lambda d: d == {"command": "ping", "timeout_s": 120, "acknowledged": False}),
    ("sim wd stop --json", lambda d: d == {"command": "stop", "acknowledged": True}),
    ("sim reset --json", lambda d: d == {"reset": True}),
]


SCRATCH = tempfile.TemporaryDirectory()


def run(arguments):
    arguments = arguments.replace("NVM", SCRATCH.name + "/amt.nvm").replace("PCAP", SCRATCH.name + "/pcapng")
    return subprocess.run([HECI] + arguments.split(), capture_output=True, text=True, timeout=60)


def completed(words):
    """What bash's completion offers behind these words."""
    script = ('. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _heci; printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "-c", script, COMPLETION, "heci", *words, ""], capture_output=True, text=True,
                          timeout=60)
    return set(done.stdout.split())


def named(arguments):
    """The sub-commands that the tool says it has."""
    said = run(arguments).stderr
    return set(re.findall(r"[a-z][a-z-]*", re.split(r"; it has |there are ", said)[-1])) - {"and"}


def everywhere():
    """What is left out of the tests, the man page or the completion, by (where, name)."""
    listed = re.findall(r"(?m)^  ([a-z]+) +\S", run("--help").stdout.split("commands:")[1])
    tried = [arguments.replace("--json ", "") for arguments, *_ in CASES + JSON_CASES]
    as_json = [arguments for arguments, _ in JSON_CASES]
    manual = open(MANUAL, encoding="utf-8").read()
    manual = re.sub(r"\\f[BIR]", "", manual).replace("\\-", "-")
    missing = []
    for command in listed:
        name = rf"\S+ {command}( |$)"
        if not any(re.match(name, arguments) for arguments in tried):
            missing.append(("tests", command))
        if command not in ("lms", "serve") and not any(f" {command}" in arguments for arguments in as_json):
            missing.append(("tests of --json", command))
        if not re.search(rf"\b{command}\b", manual):
            missing.append(("man page", command))
        if command not in completed(["sim"]):
            missing.append(("completion", command))
        if "--json" not in completed(["sim", command]):
            missing.append(("completion", command + " --json"))
    for command in ("amt", "mkhi", "mca", "wd"):
        for sub in named(f"sim {command} frob"):
            if not any(re.match(rf"\S+ {command} {sub}( |$)", arguments) for arguments in tried):
                missing.append(("tests", f"{command} {sub}"))
            if sub not in completed(["sim", command]):
                missing.append(("completion", f"{command} {sub}"))
            if not re.search(rf"\b{sub}\b", manual):
                missing.append(("man page", f"{command} {sub}"))
    return missing, len(listed)


def report(number, ok, name, detail):
    print(("ok" if ok else "not ok"), number, "-", name)
    if not ok:
        print("#", "\n# ".join(repr(detail).split("\\n")))
    return ok


def main():
    good = True
    number = 0
    print("1..%d" % (len(CASES) + len(JSON_CASES) + 2))
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
    missing, commands = everywhere()
    good &= report(number + 1, not missing and commands > 8,
                   "every command and sub-command is tested, in the man page and completed", missing)
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([HECI, "sim", "info"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    good &= report(number + 2, done.returncode == 1 and re.search(ONE_ERROR, done.stderr) is not None,
                   "output that cannot be written is told", done)
    return 0 if good else 1


sys.exit(main())
