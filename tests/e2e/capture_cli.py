#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures of the whole stack in one process: recorded, decoded, replayed, changed and seen to differ.

usage: capture_cli.py HECI SWME DISSECTOR
"""

import json
import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

HECI, SWME, DISSECTOR = sys.argv[1:4]
# Transport options and a command each: what a replay must come out the same for.
SESSIONS = [
    ("", ["info"]),
    ("", ["amt", "info"]),
    ("echo=on", ["echo", "--count", "20"]),
    ("echo=on,latency=0", ["bench", "--count", "20"]),
    ("platform=ppt-1", ["wd", "start"]),
    ("platform=ich9", ["info"]),
    ("platform=spt", ["mkhi"]),
    ("amt=disabled", ["clients"]),
    ("uuid=12345678-9abc-def0-1234-56789abcdef0", ["amt", "uuid"]),
    ("echo=on,fault=start-res-late", ["echo"]),
    ("echo=on,fault=reply-mutated:seed=7:count=all", ["echo", "--count", "5"]),
    ("echo=on", ["reset"]),
]


def run(*words):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)


def record(path, options, command):
    """One session, whatever its own outcome."""
    options = ",".join(filter(None, [options, f"pcap={path}"]))
    return run(HECI, f"sim:{options}", *command)


def blocks(data):
    """(offset, type, body offset, body size) of each pcapng block."""
    at = 0
    while at + 12 <= len(data):
        kind, length = struct.unpack_from("<II", data, at)
        yield at, kind, at + 8, length - 12
        at += length


def records(data):
    """(offset of its data, size) of each record."""
    for _, kind, body, _ in blocks(data):
        if kind == 6:
            yield body + 20, struct.unpack_from("<I", data, body + 12)[0]


def session_same(folder, options, command):
    path = folder / "session.pcapng"
    record(path, options, command)
    done = run(SWME, "replay", path)
    assert done.returncode == 0, done.stdout + done.stderr
    played, total = map(int, re.match(r"(\d+) of (\d+) records replayed", done.stdout).groups())
    assert played == total > 50, done.stdout


def changed_values_are_seen(folder):
    """One bit in what the firmware did: the replay names that very record."""
    path = folder / "base.pcapng"
    record(path, "echo=on", ["echo"])
    base = path.read_bytes()
    places = [(number, at, size) for number, (at, size) in enumerate(records(base), 1)]
    tried = set()
    for number, at, size in places:
        kind = base[at + 1]
        # Reads (their value), interrupts, status words, packets, messages.
        where = {2: 12, 6: 4, 7: 8, 13: 8, 14: size - 1}.get(kind)
        if where is None or kind in tried or where >= size:
            continue
        tried.add(kind)
        data = bytearray(base)
        data[at + where] ^= 1
        path.write_bytes(data)
        done = run(SWME, "replay", path)
        assert done.returncode == 1, f"kind {kind}: {done.stdout}{done.stderr}"
        assert f"record {number} differs" in done.stdout, f"kind {kind}: {done.stdout}"
    assert tried == {2, 6, 7, 13, 14}, tried


def missing_record_is_seen(folder):
    """An answer that is not there, and one too many."""
    path = folder / "cut.pcapng"
    record(path, "", ["info"])
    base = path.read_bytes()
    packets = [(at, size) for at, kind, body, size in blocks(base)
               if kind == 6 and base[body + 21] == 13]
    at, size = packets[3]
    path.write_bytes(base[:at] + base[at + size + 12:])
    assert run(SWME, "replay", path).returncode == 1
    path.write_bytes(base[:at] + base[at:at + size + 12] * 2 + base[at + size + 12:])
    assert run(SWME, "replay", path).returncode == 1


def secrets_are_zeros(folder):
    path = folder / "secret.pcapng"
    done = record(path, "", ["amt", "lsa", "--show-secrets"])
    password = re.search(r"password\s+(\S{8,})", done.stdout)[1]
    data = path.read_bytes()
    # In no record, and not put together from the window's dwords either.
    window = b"".join(data[at + 12:at + 16] for at, size in records(data) if data[at + 1] == 2
                      and struct.unpack_from("<I", data, at + 4)[0] == 8)
    assert password.encode() not in data and password.encode()[:8] not in window
    assert b"$$OsAdmin" not in window
    # What stands before it is there: the command is.
    assert struct.pack("<I", 0x04800067) in window
    veiled = run(SWME, "decode", path).stdout.count("[veiled]")
    assert veiled > 10, veiled


def decoded_json(folder):
    path = folder / "json.pcapng"
    record(path, "", ["amt", "info"])
    text = run(SWME, "decode", path)
    found = json.loads(run(SWME, "decode", path, "--json").stdout)
    assert len(found) == len(text.stdout.splitlines()) and text.returncode == 0
    assert found[0]["kind"] == "setup" and "platform=tgp-lp" in found[0]["items"][0]["text"]
    assert not any(row["malformed"] for row in found)
    answers = [row for row in found if row["what"] == "amthi GET_CODE_VERSIONS response"]
    items = [(item["name"], item.get("text")) for item in answers[0]["items"]]
    assert ("status", "success") in items and ("BIOS version", "swme") in items, items
    assert ("string", "Flash") in items, items
    assert [row["number"] for row in found] == list(range(1, len(found) + 1))
    times = [row["time_ns"] for row in found]
    assert times == sorted(times)


def refusals(folder):
    """One line on stderr, and status 2."""
    text = folder / "text"
    text.write_text("no capture but a text\n", encoding="utf-8")
    missing = folder / "missing"
    for words, wanted in [
            (["decode"], "which capture"), (["decode", missing], "No such file"),
            (["decode", text], "no pcapng file"), (["decode", "--xml", text], "--xml"),
            (["replay", text], "no pcapng file"), (["replay"], "one capture"),
            (["import", text, folder / "out"], "--platform"),
            (["import", "--platform", "ppt-1", text, folder / "out"], "mei_reg_read"),
            (["import", "--platform", "nope", text, folder / "out"], "nope")]:
        done = run(SWME, *words)
        assert done.returncode == 2, (words, done)
        assert wanted in done.stderr and done.stderr.count("\n") == 1, (words, done.stderr)
    done = run(HECI, f"sim:pcap={folder}/none/such", "info")
    assert done.returncode and "cannot write a capture" in done.stderr, done


def dissector_is_current(_):
    """Its tables are those of C."""
    with open(DISSECTOR, encoding="utf-8") as file:
        text = file.read()
    inside = re.search(r"^-- BEGIN made by.*?\n(.*?)^-- END$", text, re.MULTILINE | re.DOTALL)[1]
    assert inside == run(SWME, "decode", "--lua").stdout, "made anew by `swme decode --lua`"


TESTS = [(f"a replay is the same: {options or 'defaults'}, {' '.join(command)}",
          lambda folder, o=options, c=command: session_same(folder, o, c))
         for options, command in SESSIONS]
TESTS += [(test.__name__.replace("_", " "), test) for test in (
    changed_values_are_seen, missing_record_is_seen, secrets_are_zeros, decoded_json, refusals,
    dissector_is_current)]


def main():
    print(f"1..{len(TESTS)}")
    failed = 0
    for number, (name, test) in enumerate(TESTS, 1):
        with tempfile.TemporaryDirectory(prefix="swme-capture.") as folder:
            try:
                test(Path(folder))
                print(f"ok {number} - {name}")
            except (AssertionError, TypeError, IndexError, KeyError, ValueError) as error:
                failed += 1
                print(f"not ok {number} - {name}")
                print(*(f"#   {line}" for line in (repr(error)).split("\\n")), sep="\n")
        sys.stdout.flush()
    return 1 if failed else 0


sys.exit(main())
