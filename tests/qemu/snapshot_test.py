#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Snapshots and migration in the distribution's own QEMU: what the guest sees goes on as if nothing
had been, at every register access of a session; what was tampered with is refused or harmless.

    snapshot_test.py BUILD_DIR

Prints TAP.
"""
import json
import os
import random
import re
import subprocess
import sys

from control_test import ctl
from link_session import CIP, D0I3C_IS, H_D0I3C, I3, IR, SESSIONS, Player, Recorder
from module_test import (H_CSR, H_IE, H_IG, H_IS, H_RST, ME_CSR_HA, ME_RDY, PMCSR, SWME, TIMEOUT,
                         Machine, equal, main, msi_enable, save)

SEED = 20


def bare_machine(scratch, name, device, args=()):
    """A machine that stands still."""
    folder = os.path.join(scratch, name)
    os.makedirs(folder, exist_ok=True)
    return Machine(folder, f"intel-mei,{device}", args=("-S", "-m", "4", *args))


def machine(scratch, name, options="", args=(), platform="tgp-lp", latency="0"):
    """With the echo client and a firmware that takes no time: it acts though the machine stands."""
    return bare_machine(scratch, name, f"echo=on,platform={platform},latency={latency}{options}",
                        args)


def player(vm, platform, fresh=False, mask=0):
    _, d0i3, pgi, msi = SESSIONS[platform]
    if fresh:
        vm.enable()
        if msi:
            msi_enable(vm)
    return Player(vm, d0i3, pgi, mask)


def hmp(vm, line):
    """What the command complains of; nothing if it is content."""
    return vm.qmp("human-monitor-command", **{"command-line": line}).strip()


def add_image(vm, path):
    """A fresh image for snapshots."""
    cache = {"direct": False, "no-flush": True}
    for job, options in (("file", {"driver": "file", "filename": path, "size": 0}),
                         ("image", {"driver": "qcow2", "file": "file", "size": 1 << 20})):
        vm.qmp("blockdev-create", **{"job-id": job, "options": options})
        vm.wait_event("JOB_STATUS_CHANGE",
                      lambda data: data["id"] == job and data["status"] == "concluded")
        vm.qmp("job-dismiss", id=job)
        node = {"node-name": job, "driver": options["driver"], "cache": cache}
        vm.qmp("blockdev-add", **node, **({"filename": path} if job == "file" else
                                          {"file": "file"}))


def with_image(path):
    """Options of a machine that has the image of another one, which is gone."""
    return ("-blockdev", json.dumps({"node-name": "image", "driver": "qcow2",
                                     "file": {"driver": "file", "filename": path}}))


def recorded(vm, platform, before=lambda number: None, mask=0):
    rec = Recorder(player(vm, platform, fresh=True, mask=mask), before)
    SESSIONS[platform][0](rec)
    return rec


def plays_on(who, rec, at, to, where):
    """The steps from at on, each with what the run that nobody saved has seen."""
    for number in range(at, min(to, len(rec.steps))):
        got = who.play(rec.steps[number])
        if got != rec.trace[number]:
            raise AssertionError(f"{where} before step {at} ({rec.names.get(at, 'no name')}), then "
                                 f"step {number} {rec.steps[number]}: {got}, not "
                                 f"{rec.trace[number]}")


# ---- savevm and loadvm at every register access ----

def at_each_access(scratch, platform):
    """Forth and back in time in one machine, then in fresh ones."""
    image = os.path.join(scratch, "image")
    with machine(scratch, "one", platform=platform) as vm:
        add_image(vm, image)
        rec = recorded(vm, platform, lambda number: equal(hmp(vm, f"savevm s{number}"), "",
                                                          "savevm"))
        unsaved(scratch, platform, rec)
        order = list(range(len(rec.steps)))
        random.Random(SEED).shuffle(order)
        for at in order:
            equal(hmp(vm, f"loadvm s{at}"), "", "loadvm")
            # Into the next states from each, to the very end from those that have a name.
            plays_on(player(vm, platform), rec, at, len(rec.steps) if at in rec.names else at + 8,
                     "back in time")
    for at in range(0, len(rec.steps), 25):
        with machine(scratch, f"fresh{at}", platform=platform,
                     args=(*with_image(image), "-loadvm", f"s{at}")) as vm:
            plays_on(player(vm, platform), rec, at, len(rec.steps), "in a fresh machine")


def unsaved(scratch, platform, rec):
    """That saving changes nothing is part of it."""
    with machine(scratch, "unsaved", platform=platform) as vm:
        equal(recorded(vm, platform).trace, rec.trace, "trace of a run that nobody saved")


def test_loadvm_at_each_access_of_a_session_with_d0i3_vtag_and_dma_ring(scratch):
    at_each_access(scratch, "tgp-lp")


def test_loadvm_at_each_access_of_a_session_with_isolation_and_intx(scratch):
    at_each_access(scratch, "lpt-h")


# ---- migration while the firmware takes its time ----

# A doorbell that is rung while the firmware is not ready stays unanswered for as long: with latency,
# ME_IS is another one than without.
ME_IS = 2

def incoming(vm, state):
    """True: loaded. False: QEMU ended."""
    try:
        vm.qmp("migrate-set-capabilities", capabilities=[{"capability": "events", "state": True}])
        vm.qmp("migrate-incoming", uri=f"exec:cat {state}")
        done = vm.wait_event("MIGRATION", lambda data: data["status"] in ("completed", "failed"))
    except (RuntimeError, OSError):
        return False
    return done["status"] == "completed"


def save_and_stay(scratch, vm, path):
    """As save(), and the machine that was saved can go on."""
    save(scratch, vm, path)
    vm.until("end of the migration",
             lambda: vm.qmp("query-status")["status"] == "postmigrate")


def settle(who, seen, expected):
    """Time passes until the guest sees what it would have seen at once without latency."""
    value, (line, message, *registers) = seen

    def there():
        nonlocal line, message, registers
        line, another, *registers = who.observe()
        message = message or another
        return (value, (line, message, *registers)) == expected

    who.vm.qmp("cont")
    try:
        who.vm.until("what a run without latency showed", there)
    except AssertionError as error:
        raise AssertionError(f"{error}: {(line, message, *registers)}, not {expected}") from None
    who.vm.qmp("stop")


def play_with_time(who, rec, at, to):
    """Steps from at on; the machine runs only where the firmware has something to do."""
    for number in range(at, min(to, len(rec.steps))):
        got = who.play(rec.steps[number])
        if number in rec.kicks:
            settle(who, got, rec.trace[number])
        else:
            equal(got, rec.trace[number], f"step {number} {rec.steps[number]}")


def migrate_with_timers(scratch, platform):
    states = {}  # number of a step whose effect is still to come: file, what was seen

    with machine(scratch, "reference", platform=platform) as vm:
        rec = recorded(vm, platform, mask=ME_IS)
    with machine(scratch, "source", platform=platform, latency="3ms") as vm:
        who = player(vm, platform, fresh=True, mask=ME_IS)
        # The ready of power-on; without latency it has been there from the start.
        vm.qmp("cont")
        vm.until("ME_RDY", lambda: vm.read(ME_CSR_HA) & ME_RDY)
        vm.qmp("stop")
        for number, step in enumerate(rec.steps):
            got = who.play(step)
            if number not in rec.kicks:
                equal(got, rec.trace[number], f"step {number} {step}")
                continue
            if len(states) * 3 <= rec.kicks.index(number) or number + 1 in rec.names:
                states[number] = os.path.join(scratch, f"state{number}"), got
                save_and_stay(scratch, vm, states[number][0])
            settle(who, got, rec.trace[number])
    for number, (state, got) in states.items():
        with machine(scratch, f"to{number}", platform=platform, latency="3ms",
                     args=("-incoming", "defer")) as vm:
            equal(incoming(vm, state), True, f"state at step {number} loaded")
            who = player(vm, platform, mask=ME_IS)
            settle(who, got, rec.trace[number])
            play_with_time(who, rec, number + 1, number + 40)


def test_migration_with_timers_pending_d0i3_vtag_and_dma_ring(scratch):
    migrate_with_timers(scratch, "tgp-lp")


def test_migration_with_timers_pending_isolation_and_intx(scratch):
    migrate_with_timers(scratch, "lpt-h")


def next_event(events):
    return json.loads(events.stdout.readline())


def watched(scratch, args=(), load=None):
    """When, on the virtual clock, the answer to a reset comes. With icount the clock of a machine
    that waits goes from timer to timer, so that the time is exact."""
    path = os.path.join(scratch, "control")
    with machine(scratch, "watched", f",control={path}", ("-icount", "shift=0,sleep=off", *args),
                 latency="700ms+mkhi:40ms") as vm:
        if load:
            equal(incoming(vm, load), True, "loaded")
        else:
            vm.enable()
            vm.write(H_CSR, H_RST | H_IG | H_IE)
            save(scratch, vm, os.path.join(scratch, "state"))
        asked = ctl(path, "status")["time_ns"]
        with subprocess.Popen([SWME, "ctl", path, "subscribe"], stdout=subprocess.PIPE,
                              text=True) as events:
            vm.until("a subscriber", lambda: ctl(path, "status")["control_subscribers"] == 1)
            vm.qmp("cont")
            event = next_event(events)
            vm.qmp("quit")
            events.wait(TIMEOUT)
    return asked, event


def test_deadlines_travel_to_the_nanosecond(scratch):
    asked, event = watched(scratch)
    equal(event["note"], "ready", "note")
    equal(event["time_ns"], asked + 700_000_000, "time of ME_RDY")
    again = watched(scratch, ("-incoming", "defer"), os.path.join(scratch, "state"))
    equal(again, (asked, event), "time and event in the machine that loaded it")


def test_a_write_to_d0i3c_that_waits_travels(scratch):
    """As a bind right after an unbind makes it: D0i3 is left while the way in is not over."""
    state = os.path.join(scratch, "state")
    with machine(scratch, "source", latency="100ms") as vm:
        vm.enable()
        vm.qmp("cont")
        vm.until("ME_RDY", lambda: vm.read(ME_CSR_HA) & ME_RDY)
        vm.qmp("stop")
        vm.write(H_D0I3C, I3)
        vm.write(H_D0I3C, IR)
        equal(vm.read(H_D0I3C) & (CIP | I3), CIP | I3, "H_D0I3C on the way in")
        save(scratch, vm, state)
    with machine(scratch, "target", latency="100ms", args=("-incoming", "defer")) as vm:
        equal(incoming(vm, state), True, "loaded")
        equal(vm.read(H_D0I3C) & (CIP | I3), CIP | I3, "H_D0I3C of the machine that loaded it")
        vm.qmp("cont")
        vm.until("D0i3 is left", lambda: vm.read(H_D0I3C) & (CIP | I3 | IR) == IR)
        equal(vm.read(H_CSR) & D0I3C_IS, D0I3C_IS, "H_D0I3C_IS")


# ---- what is refused ----

def states_of(scratch, options=""):
    """A machine with much pending, as a stream, and where the device's part begins and ends."""
    state = os.path.join(scratch, "good")
    with machine(scratch, "reference") as vm:
        rec = recorded(vm, "tgp-lp")
    with machine(scratch, "source", options) as vm:
        who = player(vm, "tgp-lp", fresh=True)
        to, = (number for number, name in rec.names.items() if name == "three answers pending")
        plays_on(who, rec, 0, to, "faults that do not strike")
        save(scratch, vm, state)
    with open(state, "rb") as file:
        stream = file.read()
    begin = stream.index(b"/intel-mei") + len(b"/intel-mei")
    header = stream.rindex(b"\x04", 0, begin - len(b"0000:00:16.0/intel-mei") - 1 - 3)
    footer = b"\x7e" + stream[header + 1:header + 5]
    return stream, begin, stream.index(footer, begin)


def loads(scratch, stream, number):
    """Loads a stream. Either QEMU ends with a line that says why, or the device then works."""
    path = os.path.join(scratch, "stream")
    with open(path, "wb") as file:
        file.write(stream)
    vm = machine(scratch, "target", args=("-incoming", "defer"), latency="1us")
    with vm:
        if incoming(vm, path):
            vm.qmp("cont")
            vm.set_config(PMCSR, 0, "w")
            vm.enable()
            vm.write(H_CSR, 0)
            vm.write(H_CSR, H_RST | H_IG | H_IS | H_IE)
            vm.until("ME_RDY", lambda: vm.read(ME_CSR_HA) & ME_RDY)
            return True
        vm.process.wait(TIMEOUT)
        vm.stderr.seek(0)
        said = vm.stderr.read()
        if vm.process.returncode != 1 or not re.search("load of migration failed", said):
            raise AssertionError(f"stream {number}: status {vm.process.returncode}: {said}")
    return said


def test_a_truncated_state_is_refused(scratch):
    stream, begin, end = states_of(scratch)
    equal(loads(scratch, stream, "whole"), True, "the whole stream is loaded")
    rest = end - begin
    for length in [begin - 40] + [begin + rest * i // 24 for i in range(24)] + [end]:
        if loads(scratch, stream[:length], length) is True:
            raise AssertionError(f"{length} of {len(stream)} bytes are believed")


def test_a_changed_state_is_refused_or_harmless(scratch):
    stream, begin, end = states_of(scratch, ",fault=drop:type=START:after=9+delay:type=NOTIFICATION:time=1s")
    chance = random.Random(SEED)
    refused = 0
    for number in range(100):
        copy = bytearray(stream)
        for _ in range(chance.randrange(1, 4)):
            copy[chance.randrange(begin, end)] ^= chance.randrange(1, 256)
        refused += loads(scratch, copy, number) is not True
    if not 20 < refused:
        raise AssertionError(f"{refused} of 100 refused: nothing is checked")


def test_another_configuration_is_refused_by_name(scratch):
    state = os.path.join(scratch, "state")
    with machine(scratch, "source") as vm:
        save(scratch, vm, state)
    for device, said in (
            ("platform=lpt-h,echo=on", "the saved state is of platform 'tgp-lp', this device has "
                                       "platform=lpt-h"),
            ("echo=off", "saved firmware state refused: it is of a firmware with the echo client, "
                         "this one was made without"),
            ("echo=on,amt=off", "saved firmware state refused: it is of a firmware with AMT, this "
                                "one was made without")):
        with bare_machine(scratch, "target", device, ("-incoming", "defer")) as vm:
            equal(incoming(vm, state), False, f"{device} takes it")
            vm.process.wait(TIMEOUT)
            equal(vm.process.returncode, 1, "exit status")
            vm.stderr.seek(0)
            said_all = vm.stderr.read()
            lines = [line for line in said_all.splitlines() if "intel-mei: " in line]
            equal(len(lines), 1, f"lines of ours in {said_all!r}")
            if said not in lines[0]:
                raise AssertionError(f"{device}: {lines[0]}")


def test_a_refused_loadvm_leaves_a_device_that_works(scratch):
    image = os.path.join(scratch, "image")
    with machine(scratch, "source", latency="3s") as vm:
        add_image(vm, image)
        vm.enable()
        vm.write(H_CSR, H_RST | H_IG | H_IE)
        equal(hmp(vm, "savevm here"), "", "savevm")
    with bare_machine(scratch, "target", "echo=off", with_image(image)) as vm:
        complaint = hmp(vm, "loadvm here")
        if "this one was made without" not in complaint:
            raise AssertionError(f"another machine's snapshot is loaded: {complaint!r}")
        vm.qmp("cont")
        vm.enable()
        vm.reset_link()


# ---- faults and the control socket are the loading side's ----

def faults_of(path):
    return [(rule["name"], rule["matches"], rule["hits"])
            for rule in ctl(path, "fault-list")["faults"]]


def test_one_booted_guest_serves_each_fault(scratch):
    """Saved without a fault, restored with each; and what a saved rule did stays done."""
    state, faulty = os.path.join(scratch, "state"), os.path.join(scratch, "faulty")
    with machine(scratch, "source") as vm:
        player(vm, "tgp-lp", fresh=True)
        vm.write(H_CSR, H_RST | H_IG | H_IE)
        save(scratch, vm, state)
    with machine(scratch, "other", ",fault=hfs-sps") as vm:
        player(vm, "tgp-lp", fresh=True)
        vm.write(H_CSR, H_RST | H_IG | H_IE)
        save(scratch, vm, faulty)
    cases = ((state, "", [], 0), (state, ",fault=hfs-sps", [("hfs-sps", 1, 1), ("hfs-sps", 1, 1)],
                                  0xF0000),
             (state, ",fault=never-ready", [("never-ready", 0, 0)], 0),
             (faulty, "", [("hfs-sps", 1, 1), ("hfs-sps", 1, 1)], 0xF0000),
             (faulty, ",fault=none", [], 0),
             (faulty, ",fault=never-ready", [("never-ready", 0, 0)], 0))
    for number, (file, options, rules, mode) in enumerate(cases):
        path = os.path.join(scratch, f"control{number}")
        with machine(scratch, f"case{number}", f"{options},control={path}",
                     ("-incoming", "defer")) as vm:
            equal(incoming(vm, file), True, f"case {number} loaded")
            equal(faults_of(path), rules, f"rules of case {number}")
            equal(vm.config(0x40) & 0xF0000, mode, f"HFS1's mode in case {number}")
            vm.write(H_CSR, 0)
            vm.write(H_CSR, H_RST | H_IG | H_IE)
            equal(vm.read(ME_CSR_HA) & ME_RDY, 0 if "never-ready" in options else ME_RDY,
                  f"ME_RDY in case {number}")


if __name__ == "__main__":
    sys.exit(main(globals()))
