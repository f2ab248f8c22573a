#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""AMT's alerts out of the device in the distribution's own QEMU, to net-snmp's snmptrapd and
FreeIPMI's ipmi-pet, and `swme events`.

    alerts_test.py BUILD_DIR        (module_test.py says how to name another QEMU)

Prints TAP. The guest sleeps, and with it -icount lets the virtual clock jump to the next timer: the
minute in which an alert is repeated passes at once.
"""
import calendar
import json
import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from module_test import BUILD, SWME, TIMEOUT, Machine, bare, equal, main, refused, run

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts/lib"))

from alerts.receiver import Receiver, decode, missing_programs  # noqa: E402

GUID = "00112233-4455-6677-8899-aabbccddeeff"
HECI = os.path.join(BUILD, "heci")
HALT = b"\xf4" * 0xFFF0 + b"\xfa\xf4\xeb\xfd".ljust(16, b"\xf4")  # cli; hlt; jump back to it
FAST = ("-icount", "shift=7,sleep=off")
POWERED_ON, OS_HUNG, BAD_PASSWORDS = 0x256F00, 0x206F01, 0x066F05


def ctl(path, *arguments):
    """What a command returns; an error is an exception."""
    done = run("ctl", path, *arguments)
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    return json.loads(done.stdout)


@contextmanager
def machine(scratch, options, args=FAST):
    """A machine with a control socket, its path first."""
    path = os.path.join(scratch, "control")
    with Machine(scratch, device=f"intel-mei,uuid={GUID},control={path}{options}",
                 args=args) as vm:
        yield path, vm


def take(receiver, count):
    """So many traps, oldest first."""
    traps = []
    for number in range(count):
        trap = receiver.take(TIMEOUT)
        if trap is None:
            raise AssertionError(f"{number} traps came, not {count}")
        traps.append(trap)
    return traps


def same_alert(traps, specific, sequence):
    """All are one alert, sent again and again."""
    for trap in traps:
        equal(trap.specific, specific, "specific trap")
        equal(trap.sequence, sequence, "sequence number")
        equal(trap.value, traps[0].value, "bytes of a repeat")


def check_decoded(trap, kind, severity):
    """What ipmi-pet reads, and that it is now, more or less: the virtual clock jumps by minutes."""
    row = decode(trap)
    equal(row["Type"], kind, "type")
    equal(row["Severity"], severity, "severity")
    equal(row["GUID"], GUID, "GUID")
    equal(row["Manufacturer ID"], "Intel Corporation", "manufacturer")
    equal(row["System ID"], str(0xA0E0), "system id")
    equal(row["Event Direction"], "Assertion Event", "direction")
    when = calendar.timegm(time.strptime(f"{row['Date']} {row['Time']}", "%b-%d-%Y %H:%M:%S"))
    if abs(when - time.time()) > 3600:
        raise AssertionError(f"time: {row['Date']} {row['Time']}")


def test_a_trap_is_received_and_decoded(scratch):
    with Receiver() as receiver, machine(scratch, f",alert={receiver.subscriber}") as (path, _):
        traps = take(receiver, 3)  # of power on
        same_alert(traps, POWERED_ON, 1)
        check_decoded(traps[0], "Entity Presence", "Monitor")
        ctl(path, "event-raise", "bad-passwords")
        traps = take(receiver, 3)
        same_alert(traps, BAD_PASSWORDS, 2)
        equal((traps[0].agent, traps[0].community), ("127.0.0.1", "public"), "agent, community")
        check_decoded(traps[0], "Platform Security Violation Attempt", "Critical condition")
        equal(traps[0].value[24:47].hex(),
              "506810ffff2661" "aa0a000000000000" "19" "00000157" "a0e0" "c1", "the rest")
        equal(receiver.take(0.2), None, "a fourth")
        state = ctl(path, "alerts")
        equal([state[name] for name in ("events", "sent", "failed", "pending")], [2, 6, 0, 0],
              "events, sent, failed, pending")


def test_snmptrap_makes_the_same_datagram(scratch):
    """The two differ in nothing that the receiver tells."""
    with Receiver() as receiver, machine(scratch, f",alert={receiver.subscriber}") as (path, _):
        ours = take(receiver, 3)[0]
        done = subprocess.run(
            ["snmptrap", "-v", "1", "-c", "public", f"udp:127.0.0.1:{receiver.port}",
             "1.3.6.1.4.1.3183.1.1", "127.0.0.1", "6", str(ours.specific), "0",
             "1.3.6.1.4.1.3183.1.1.1", "x", ours.value.hex()],
            env={**os.environ, "MIBS": "", "SNMP_PERSISTENT_DIR": scratch}, check=False,
            capture_output=True, text=True, timeout=TIMEOUT)
        equal(done.returncode, 0, "snmptrap's exit status")
        theirs = take(receiver, 1)[0]
        equal((theirs.specific, theirs.value, theirs.agent, theirs.community),
              (ours.specific, ours.value, ours.agent, ours.community), "trap")


def test_two_subscribers_that_come_and_go(scratch):
    with Receiver() as one, Receiver("private") as two, machine(scratch, "") as (path, _):
        ctl(path, "alert-set", '{"sends":1}')
        ctl(path, "alert-add", one.subscriber)
        ctl(path, "alert-add", two.subscriber)
        equal(ctl(path, "alerts")["subscribers"], [one.subscriber, two.subscriber], "subscribers")
        ctl(path, "event-raise", "bad-passwords")
        for receiver in (one, two):
            equal(take(receiver, 1)[0].community, receiver.community, "community")
        ctl(path, "alert-remove", one.subscriber)
        ctl(path, "event-raise", "bad-passwords")
        equal(take(two, 1)[0].sequence, 2, "sequence")
        equal(one.take(0.2), None, "to who has gone")


def test_a_watchdog_that_runs_out(scratch):
    """Started by the reference driver, which then goes, as who has hung does."""
    path, bios = (os.path.join(scratch, name) for name in ("qtest", "halt.bin"))
    Path(bios).write_bytes(HALT)
    with Receiver() as receiver:
        with subprocess.Popen(
                [SWME, "qemu", "-M", "pc", "-m", "16", "-accel", "tcg", "-display", "none",
                 "-nodefaults", "-bios", bios, "-qtest-log", "none",
                 "-qtest", f"unix:{path},server=on,wait=off", *FAST,
                 "-device", f"intel-mei,uuid={GUID},watchdog=on,alert={receiver.subscriber}"],
                stdin=subprocess.DEVNULL) as qemu:
            try:
                take(receiver, 3)
                done = run("qtest:" + path, "wd", "start", "--timeout", "1", program=(HECI,))
                equal((done.returncode, done.stderr), (0, ""), "heci wd start")
                traps = take(receiver, 3)
                equal(receiver.take(0.2), None, "a fourth")
            finally:
                qemu.terminate()
        same_alert(traps, OS_HUNG, 2)
        check_decoded(traps[0], "OS Critical Stop", "Critical condition")


def test_subscribers_last(scratch):
    nvm = os.path.join(scratch, "nvm")
    with Receiver() as receiver:
        with machine(scratch, f",nvm={nvm},alert={receiver.subscriber}"):
            take(receiver, 3)
        with machine(scratch, f",nvm={nvm}") as (path, _):
            equal(ctl(path, "alerts")["subscribers"], [receiver.subscriber], "subscribers")
            same_alert(take(receiver, 3), POWERED_ON, 1)
        with machine(scratch, f",nvm={nvm},alert=none") as (path, _):
            equal(ctl(path, "alerts")["subscribers"], [], "subscribers")


def test_repeats_travel_with_a_snapshot(scratch):
    """Sent once here, for the clock stands; the other two come from where the state is loaded."""
    state = os.path.join(scratch, "state")
    with Receiver() as receiver:
        with machine(scratch, f",alert={receiver.subscriber}", ("-S",)) as (path, vm):
            ctl(path, "event-raise", "bad-passwords")
            equal([trap.sequence for trap in take(receiver, 2)], [1, 2], "sequence numbers")
            equal(ctl(path, "alerts")["pending"], 2, "pending")
            vm.qmp("migrate", uri=f"exec:cat >{state}")
            vm.until("migration", lambda: vm.qmp("query-migrate").get("status") == "completed")
        with machine(scratch, "", (*FAST, "-incoming", f"exec:cat {state}")) as (path, vm):
            vm.until("loaded", lambda: vm.qmp("query-status")["status"] != "inmigrate")
            vm.qmp("cont")
            traps = take(receiver, 4)
            equal(sorted(trap.sequence for trap in traps), [1, 1, 2, 2], "repeats")
            equal(ctl(path, "alerts")["pending"], 0, "pending")


def test_a_port_that_nobody_listens_at(scratch):
    """UDP: nothing is known of who does not answer, and nothing waits for it."""
    with machine(scratch, ",alert=127.0.0.1:9+[::1]:9") as (path, vm):
        ctl(path, "event-raise", "bad-passwords")
        vm.until("all sent", lambda: ctl(path, "alerts")["pending"] == 0)
        state = ctl(path, "alerts")
        equal(state["events"], 2, "events")
        equal(state["sent"] + state["failed"], 12, "datagrams")


def test_events_in_words(scratch):
    with machine(scratch, "") as (path, vm):
        with subprocess.Popen([SWME, "events", path, "--count", "2"], stdout=subprocess.PIPE,
                              text=True) as words, \
             subprocess.Popen([SWME, "events", path, "--json", "--count", "1"],
                              stdout=subprocess.PIPE, text=True) as lines:
            vm.until("two subscribers", lambda: ctl(path, "status")["control_subscribers"] == 2)
            ctl(path, "event-raise", "bad-passwords")
            ctl(path, "event-raise", "ff056f006808ff17000000000000000000")
            out = words.communicate(timeout=TIMEOUT)[0].splitlines()
            line = json.loads(lines.communicate(timeout=TIMEOUT)[0])
        equal((words.returncode, lines.returncode), (0, 0), "exit status")
        equal(len(out), 2, "lines")
        pattern = (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  critical         platform security, "
                   r"management engine: log-ins to AMT with a bad password: 10")
        if not re.fullmatch(pattern, out[0]):
            raise AssertionError(f"words: {out[0]!r}")
        equal(out[1].endswith("chassis security, chassis: the chassis was opened"), True, "words")
        equal((line["event"], line["sensor_type"], line["logged"], line["alerted"]),
              ("amt", 6, True, True), "JSON")
        log = run("events", path, "--log").stdout.splitlines()
        equal([text.split(": ", 1)[1] for text in log],
              ["the chassis was opened", "log-ins to AMT with a bad password: 10",
               "the BIOS started"], "log, newest first")


def test_what_is_refused(scratch):
    refused(bare("-device", "intel-mei,alert=localhost"), 1, "an address in figures")
    refused(bare("-device", "intel-mei,alert=10.0.0.1:0"), 1, "a port from 1 to 65535")
    refused(bare("-device", "intel-mei,platform=mtl-m,alert=10.0.0.1"), 1,
            "platform 'mtl-m' sends no alerts")
    refused(bare("-device", "intel-mei,amt=off,alert=10.0.0.1"), 1, "alerts are AMT's")
    refused(run("events"), 2, "SOCKET")
    refused(run("events", "--count", "0", "x"), 2, "--count takes a number")
    refused(run("events", "--nix"), 2, "no option '--nix'")
    refused(run("events", os.path.join(scratch, "none")), 2, "No such file")
    with machine(scratch, ",amt=off") as (path, _):
        refused(run("ctl", path, "event-raise", "os-hung"), 1, "this firmware has no AMT")
        refused(run("events", path, "--log"), 1, "this firmware has no AMT")


if __name__ == "__main__":
    if missing := missing_programs():
        print(f"1..0 # SKIP no {', '.join(missing)}: scripts/test --suite module installs them")
        sys.exit(0)
    sys.exit(main(globals()))
