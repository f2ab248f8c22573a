#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""AMT's event log in the forms of other systems, read by programs that nobody here wrote.

    bridges_serve.py SWME

Each row of the catalogue is raised on `swme serve`: ipmitool reads it out of IPMI's form of the log,
FreeIPMI's ipmi-pet out of the trap that net-snmp's snmptrapd received. Prints TAP.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from serving import TIMEOUT, Serve, equal, main

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts/lib"))

from alerts import receiver, sel  # noqa: E402

SWME = sys.argv[1]
SCRATCH = tempfile.mkdtemp(prefix="swme-bridges-")
CONTROL, NVM = (os.path.join(SCRATCH, name) for name in ("control", "nvm"))
GUID = "00112233-4455-6677-8899-aabbccddeeff"
IN, OUT = "Asserted", "Deasserted"

# What the sensor's type and the event are called: by ipmitool, and by ipmi-pet (IPMI's names, 42-3).
ROWS = {
    "os-panic": ("OS Critical Stop", "Run-time critical stop", IN, "OS Critical Stop", "Critical condition"),
    "os-hung": ("OS Critical Stop", "Run-time critical stop", IN, "OS Critical Stop", "Critical condition"),
    "os-late": ("Watchdog2", "Timer expired", IN, "Watchdog 2", "Critical condition"),
    "post-late": ("Watchdog2", "Timer expired", IN, "Watchdog 2", "Critical condition"),
    "watchdog-reset": ("Watchdog2", "Hard reset", IN, "Watchdog 2", "Critical condition"),
    "firmware-error": ("System Firmwares", "Unspecified", IN, "System Firmware Progress", "Critical condition"),
    "firmware-hang": ("System Firmwares", "Unspecified", IN, "System Firmware Progress", "Critical condition"),
    "firmware-progress": ("System Firmwares", "System boot initiated", IN, "System Firmware Progress", "Monitor"),
    "firmware-done": ("System Firmwares", "System boot initiated", OUT, "System Firmware Progress", "Monitor"),
    "oem-error": ("System Firmwares", "", IN, "System Firmware Progress", "Critical condition"),
    "oem-progress": ("System Firmwares", "", IN, "System Firmware Progress", "Monitor"),
    "heartbeat": ("Entity Presence", "Present", IN, "Entity Presence", "Monitor"),
    "powered-on": ("Entity Presence", "Present", IN, "Entity Presence", "Monitor"),
    "no-boot-media": ("Boot Error", "No bootable media", IN, "Boot Error", "Critical condition"),
    "chassis-opened": ("Physical Security", "General Chassis intrusion", IN, "Physical Security",
                       "Non-critical condition"),
    "chassis-closed": ("Physical Security", "General Chassis intrusion", OUT, "Physical Security",
                       "Non-critical condition"),
    "bad-passwords": ("Platform Security", "Out-of-band access password violation", IN,
                      "Platform Security Violation Attempt", "Critical condition"),
    # Generic event types, of which AMT makes other use: docs/bridges.md.
    "agent-presence": ("System Event", "Transition to Running", IN, "System Event", "Monitor"),
    "link-up": ("LAN", "Transition to On Line", IN, "LAN", "Monitor"),
    "user-notification": ("Unknown", "", IN, "OEM Reserved", "Information"),
    "traffic-filter": ("Platform Alert", "Platform generated page", IN, "Platform Alert",
                       "Non-critical condition"),
    "processor-dead": ("Processor", "Lower Critical going high", IN, "Processor", "Critical condition"),
    "link-lost": ("Monitor ASIC", "Lower Non-critical going low", IN, "Monitor ASIC/IC", "Critical condition"),
    "reset": ("System Boot Initiated", "Initiated by hard reset", IN, "System Boot Initiated", "Monitor"),
    "asleep": ("System ACPI Power State", "S3: sleeping, processor & hw context lost, memory retained", IN,
               "System ACPI Power State", "Monitor"),
    "powered-off": ("System ACPI Power State", "S5/G2: soft-off", IN, "System ACPI Power State", "Monitor"),
    "set-up": ("System Event", "System Reconfigured", IN, "System Event", "Monitor"),
}


def run(*words):
    return subprocess.run([SWME, *words], capture_output=True, text=True, check=False, timeout=TIMEOUT)


def swme(*words):
    done = run(*words)
    equal((done.returncode, done.stderr), (0, ""), f"swme {' '.join(words)}")
    return done.stdout


def refused(status, said, *words):
    done = run(*words)
    equal((done.returncode, len(done.stderr.splitlines()), said in done.stderr), (status, 1, True),
          f"{words}: {done.stderr!r}")


def serve(*options):
    return Serve(SWME, SCRATCH, "--control", CONTROL, "--uuid", GUID, *options)


def log():
    return json.loads(swme("ctl", CONTROL, "log"))["records"]


def names():
    return [line.split()[0] for line in swme("events", "--list").splitlines()]


def raise_all():
    """Each row once, logged whatever its route: as the bytes that the catalogue has."""
    rows = {}
    for line in swme("events", "--markdown").splitlines():
        if match := re.match(r"\| `([a-z-]+)` \| `([0-9A-F ]+)(?: - ([0-9A-F ]+))?`", line):
            data = bytes.fromhex(match.group(3) or "").ljust(8, b"\0")
            rows[match.group(1)] = (b"\xff" + bytes.fromhex(match.group(2)) + data).hex()
    equal(list(rows), names(), "rows of the page")
    swme("ctl", CONTROL, "log-clear")
    for record in rows.values():
        swme("ctl", CONTROL, "event-raise", record)
    return list(rows)


def test_ipmitool_reads_each_row_of_the_catalogue():
    path = os.path.join(SCRATCH, "sel")
    with serve("--nvm", NVM):
        rows = raise_all()
        equal(sorted(rows), sorted(ROWS), "rows of this test")
        swme("events", CONTROL, "--sel", path)
        from_socket = Path(path).read_bytes()
    swme("events", NVM, "--sel", path)
    equal(Path(path).read_bytes(), from_socket, "of the file")
    read = sel.read(path)
    equal(len(read), 2 * len(rows), "records")
    equal([row[0] for row in read], [f"{number:x}" for number in range(1, 2 * len(rows) + 1)], "numbers")
    for name, event, rest in zip(rows, read[::2], read[1::2]):
        kind, text, way = ROWS[name][:3]
        equal(event[3:], [f"{kind} #0x{'02' if name == 'link-up' else 'ff'}", text, way], name)
        equal(rest[3:5], ["OEM record c1", "570100"], f"{name}, the rest")
        equal(event[1:3], rest[1:3], f"{name}, both times")


def test_ipmi_pet_reads_each_row_of_the_catalogue():
    with receiver.Receiver() as traps, serve() as _:
        swme("ctl", CONTROL, "alert-set", '{"sends":1}')
        swme("ctl", CONTROL, "alert-add", traps.subscriber)
        for name in raise_all():
            trap = traps.take(TIMEOUT)
            row = receiver.decode(trap)
            way = "Deassertion Event" if ROWS[name][2] == OUT else "Assertion Event"
            equal((row["Type"], row["Severity"], row["GUID"], row["Event Direction"]),
                  (ROWS[name][3], ROWS[name][4], GUID, way), name)


def test_the_error_records_are_as_uefi_has_them():
    path = os.path.join(SCRATCH, "cper")
    with serve():
        rows = raise_all()
        times = [record["time_s"] for record in reversed(log())]
        swme("events", CONTROL, "--cper", path)
    data = Path(path).read_bytes()
    for name, time_s in zip(rows, times):
        length = int.from_bytes(data[20:24], "little")
        record, data = data[:length], data[length:]
        equal(record[:12].hex(), "43504552" "0001" "ffffffff" "0100", f"{name}: begin")
        stamp = [f"{byte:02x}" for byte in record[24:32]]
        done = subprocess.run(["date", "-u", "-d", f"@{time_s}", "+%S %M %H 01 %d %m %y %C"],
                              capture_output=True, text=True, check=True)
        equal(" ".join(stamp), done.stdout.strip(), f"{name}: time")
        section = record[128:200]
        equal(section[16:32].hex(), "962a2181ed09964994718d729c8e69ed", f"{name}: section type")
        equal(section[52:72].rstrip(b"\0").decode(), f"ME {name}", f"{name}: text")
        equal(record[12:16], section[48:52], f"{name}: severity")
        at, size = (int.from_bytes(section[i:i + 4], "little") for i in (0, 4))
        equal(at + size, length, f"{name}: the body ends the record")
    equal(data, b"", "what follows")


def test_iasl_reads_the_boot_error_record_table():
    folder = os.path.join(SCRATCH, "bert")
    with serve():
        raise_all()
        swme("events", CONTROL, "--bert", folder)
    done = subprocess.run(["iasl", "-d", "bert.aml"], cwd=folder, capture_output=True, text=True, check=False)
    text = Path(folder, "bert.dsl").read_text(encoding="ascii") if done.returncode == 0 else done.stdout
    for wanted in ('Signature : "BERT"', "Boot Error Region Length : 00002000",
                   "Boot Error Region Address : 0000000007000000"):
        equal(wanted in text, True, f"{wanted} in {text}")
    equal("Incorrect checksum" in text + done.stderr, False, "checksum")
    equal(os.path.getsize(os.path.join(folder, "region.bin")), 0x2000, "size of the region")


def test_the_log_of_a_file_is_that_of_the_firmware():
    path = os.path.join(SCRATCH, "another")
    with serve("--nvm", path):
        raise_all()
        words, lines = (swme("events", CONTROL, "--log", *more) for more in ((), ("--json",)))
    equal(swme("events", path, "--log"), words, "in words")
    equal(swme("events", path, "--log", "--json"), lines, "in JSON")


def erst_store(*records, slot=0x2000):
    """A file of acpi-erst with these records."""
    header = bytearray(slot)
    header[:24] = b"ERSTSTOR" + b"".join(number.to_bytes(size, "little") for number, size in (
        (slot, 4), (slot, 4), (0x100, 2), (0, 2), (len(records), 4)))
    for number in range(1, len(records) + 1):
        header[24 + 8 * number:32 + 8 * number] = number.to_bytes(8, "little")
    return bytes(header) + b"".join(record.ljust(slot, b"\0") for record in records)


def test_what_a_guest_stored_comes_into_the_log():
    records, store = (os.path.join(SCRATCH, name) for name in ("records", "store"))
    with serve():
        raise_all()
        swme("events", CONTROL, "--cper", records)
        data = Path(records).read_bytes()
        size = int.from_bytes(data[20:24], "little")
        whole = [data[at:at + size] for at in range(0, len(data), size)]
        damaged = b"CPEX" + whole[0][4:]
        Path(store).write_bytes(erst_store(*whole[:3], damaged))
        swme("ctl", CONTROL, "log-clear")
        equal(swme("events", CONTROL, "--erst", store), "4 records, 3 events, 1 records left out\n", "said")
        equal([record["text"] for record in reversed(log())],
              [swme("events", "--list").splitlines()[i].split(None, 1)[1] for i in range(3)], "texts")


def test_what_is_refused():
    store = os.path.join(SCRATCH, "bad")
    with serve("--nvm", NVM):
        for data, said in ((b"", "begins with ERSTSTOR"), (b"ERSTSTOR".ljust(9000, b"\0"), "damaged"),
                           (erst_store(slot=0x2000)[:0x1000], "damaged")):
            Path(store).write_bytes(data)
            refused(2, said, "events", CONTROL, "--erst", store)
        refused(2, "more than 16 MiB", "events", CONTROL, "--erst", "/dev/zero")
        refused(2, "cannot be read", "events", CONTROL, "--erst", "/nowhere")
        refused(2, "No such file", "events", CONTROL, "--sel", "/nowhere/sel")
        refused(2, "cannot be made", "events", CONTROL, "--bert", "/dev/null/x")
        refused(2, "one --sel", "events", CONTROL, "--sel")
        refused(2, "one --cper", "events", CONTROL, "--sel", "x", "--cper", "y")
        refused(2, "--help", "events", CONTROL, "--sel", "x", "--count", "2")
    refused(2, "runs it", "events", NVM)
    refused(2, "runs it", "events", NVM, "--erst", store)
    Path(store).write_bytes(b"SWME")
    refused(2, "no NVM of swme", "events", store, "--sel", "x")


if __name__ == "__main__":
    missing = [*receiver.missing_programs(), *sel.missing_programs(), *([] if shutil.which("iasl") else ["iasl"])]
    if missing:
        print(f"1..0 # SKIP no {', '.join(missing)}: scripts/test --suite module installs them")
        sys.exit(0)
    status = main(globals())
    shutil.rmtree(SCRATCH)
    sys.exit(status)
