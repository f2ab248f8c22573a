#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The control socket and the faults of the device in the distribution's own QEMU, by `swme ctl`.

    control_test.py BUILD_DIR        (module_test.py says how to name another QEMU)

Prints TAP.
"""
import json
import os
import signal
import subprocess
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))

import control_commands
from module_test import (H_CSR, H_IE, H_IG, H_RDY, H_RST, ME_CSR_HA, ME_RDY, SWME, TIMEOUT, Machine, equal,
                         main, refused, run, save)


def ctl(path, *arguments):
    return control_commands.ctl(SWME, path, *arguments)


def machine(scratch, options="", **kwargs):
    path = os.path.join(scratch, "control")
    return path, Machine(scratch, device=f"intel-mei,echo=on,control={path}{options}", **kwargs)


def test_status_and_faults_on_the_stock_binary(scratch):
    path, vm = machine(scratch, ",fault=never-ready")
    with vm:
        equal(os.stat(path).st_mode & 0o777, 0o600, "mode")
        equal(ctl(path, "status")["platform"], "tgp-lp", "platform")
        rule = ctl(path, "fault-list")["faults"][0]
        equal(rule["name"], "never-ready", "name")
        equal(rule["rule"], "refuse-ready:count=0", "rule")
        equal(ctl(path, "fault-add", "hfs-sps")["faults"], [2, 3], "numbers")
        equal(vm.config(0x40) & 0xF0000, 0xF0000, "HFS1")
        equal(ctl(path, "fault-remove", "hfs-sps")["removed"], 2, "removed")
        equal(vm.config(0x40) & 0xF0000, 0, "HFS1 afterwards")
        equal(ctl(path, "statistics")["device"]["resets"], 0, "resets")
    equal(os.path.exists(path), False, "socket after the end")


def until_refused_twice(vm, path):
    """The ready of power-on, and that of the reset just made."""
    vm.until("two hits", lambda: ctl(path, "fault-list")["faults"][0]["hits"] >= 2)


def test_ready_is_refused_until_the_fault_goes(scratch):
    path, vm = machine(scratch, ",fault=never-ready")
    with vm:
        vm.enable()
        vm.write(H_CSR, H_RST | H_IG | H_IE)
        until_refused_twice(vm, path)
        equal(vm.read(ME_CSR_HA) & ME_RDY, 0, "ME_RDY")
        ctl(path, "fault-remove", "all")
        vm.until("ME_RDY", lambda: vm.read(ME_CSR_HA) & ME_RDY)


def test_every_command(scratch):
    path, vm = machine(scratch)
    with vm:
        control_commands.every_command(SWME, path, vm.until)


def test_clients_that_do_not_read_cost_little(scratch):
    path, vm = machine(scratch, ",latency=0")
    with vm:
        vm.enable()

        def exchange():
            for _ in range(20):
                vm.reset_link()
                vm.write(H_CSR, H_RDY | H_IG | H_IE)
                ctl(path, "inject", '{"way":"to-firmware","client":0,"data":"01000202"}')
                control_commands.flood(path, 20)
            for _ in range(100):
                vm.read(H_CSR)

        control_commands.who_does_not_read_costs_little(path, vm.process.pid, exchange)
        equal(ctl(path, "statistics")["firmware"]["messages_in"], 6 * 20 * 20, "messages")


def test_errors_are_one_line_and_have_a_status(scratch):
    path, vm = machine(scratch)
    with vm:
        refused(run("ctl", path, "fault-add", "never-redy"), 1, "swme: ctl: fault: unknown name .*"
                "try never-ready")
        refused(run("ctl", path, "stauts"), 1, "near is status")
        refused(run("ctl", path, "status", "now"), 2, "status takes no argument")
        refused(run("ctl", path, "status", "{nix"), 2, "no JSON object")
        refused(run("ctl", path), 2, "SOCKET COMMAND")
    refused(run("ctl", path, "status"), 2, "No such file")


def test_bad_properties_are_refused(scratch):
    for options, pattern in (("fault=never-redy", "unknown name 'never-redy': try never-ready"),
                             ("fault=drop:type=CONECT", "unknown type 'CONECT'"),
                             ("fault=", "no name given"),
                             (f"control={scratch}", "there is something that is no socket"),
                             (f"control={scratch}/no/socket", "No such file")):
        refused(run("qemu", "-M", "pc", "-display", "none", "-nodefaults", "-S", "-device",
                    f"intel-mei,{options}"), 1, pattern)


def test_a_live_socket_is_refused_and_a_dead_one_replaced(scratch):
    path, vm = machine(scratch)
    with vm:
        refused(run("qemu", "-M", "pc", "-display", "none", "-nodefaults", "-S", "-device",
                    f"intel-mei,control={path}"), 1, "somebody listens there already")
        vm.process.send_signal(signal.SIGKILL)
        vm.process.wait(TIMEOUT)
    equal(os.path.exists(path), True, "socket of a killed QEMU")
    path, vm = machine(scratch)
    with vm:
        equal(ctl(path, "status")["faults"], 0, "faults")


def test_events_while_running(scratch):
    path, vm = machine(scratch)
    with vm:
        with subprocess.Popen([SWME, "ctl", path, "subscribe"], stdout=subprocess.PIPE,
                              text=True) as child:
            vm.until("a subscriber", lambda: ctl(path, "status")["control_subscribers"] == 1)
            ctl(path, "firmware-reset")
            event = json.loads(child.stdout.readline())
            equal((event["event"], event["note"]), ("note", "firmware reset"), "event")
            vm.qmp("quit")
            child.wait(TIMEOUT)  # ends with the other end
            equal(child.returncode, 0, "exit status")


def test_unplug_closes_the_socket(scratch):
    path = os.path.join(scratch, "control")
    device = f"intel-mei,id=me,control={path}"
    with Machine(scratch, device=device) as vm:
        ctl(path, "status")
        vm.qmp("device_del", id="me")
        vm.qtest("outl 0xae08 0x400000")  # the guest's part of it: ejects slot 0x16 (piix4 ACPI)
        vm.wait_event("DEVICE_DELETED", lambda data: data.get("device") == "me")
        equal(os.path.exists(path), False, "socket")


def test_faults_migrate(scratch):
    path, vm = machine(scratch, ",fault=never-ready+drop:after=3:count=9")
    state = os.path.join(scratch, "state")
    with vm:
        vm.enable()
        vm.write(H_CSR, H_RST | H_IG | H_IE)
        until_refused_twice(vm, path)
        before = ctl(path, "fault-list")
        save(scratch, vm, state)
    with load_with_control(scratch, path, state):
        equal(ctl(path, "fault-list"), before, "rules")


def one_of_a_pair(scratch, name, *args):
    """A machine in a folder of its own, whose NVM file it shares with the other one's."""
    folder = os.path.join(scratch, name)
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "control")
    vm = Machine(folder, device=f"intel-mei,control={path},nvm={scratch}/nvm", args=args)
    vm.qmp("migrate-set-capabilities", capabilities=[{"capability": "events", "state": True}])
    return path, vm


def migrated(vm, status="completed"):
    vm.wait_event("MIGRATION", lambda data: data["status"] == status)


def name_in_nvm(path):
    return ctl(path, "amt", "host.name")["values"]["host.name"]


def third_is_refused(scratch):
    refused(run("qemu", "-M", "pc", "-display", "none", "-nodefaults", "-S", "-device",
                f"intel-mei,nvm={scratch}/nvm"), 1, "another firmware that runs is using it")


def test_the_nvm_file_goes_with_a_live_migration(scratch):
    uri = f"unix:{scratch}/migration"
    path, source = one_of_a_pair(scratch, "source")
    with source:
        ctl(path, "amt-set", "host.name=before")
        there, target = one_of_a_pair(scratch, "target", "-incoming", uri)
        with target:
            third_is_refused(scratch)
            ctl(path, "amt-set", "host.name=on-the-way")
            source.qmp("migrate", uri=uri)
            migrated(source)
            migrated(target)
            target.until("it runs", lambda: target.qmp("query-status")["running"])
            equal(name_in_nvm(there), "on-the-way", "the name in the machine that came")
            ctl(there, "amt-set", "host.name=arrived")
            ctl(path, "amt-set", "host.name=too-late")
            source.qmp("quit")
            source.process.wait(TIMEOUT)
            third_is_refused(scratch)
            target.qmp("quit")
            target.process.wait(TIMEOUT)
    path, vm = one_of_a_pair(scratch, "next")
    with vm:
        equal(name_in_nvm(path), "arrived", "the name in the file")


def test_a_migration_that_fails_leaves_the_nvm_file_where_it_was(scratch):
    path, vm = one_of_a_pair(scratch, "source")
    with vm:
        vm.qmp("migrate", uri="exec:false")
        migrated(vm, "failed")
        vm.until("it runs", lambda: vm.qmp("query-status")["running"])
        ctl(path, "amt-set", "host.name=stayed")
        third_is_refused(scratch)
        # To a file, and on: it lets go of the NVM while it stands, and has it when it goes on.
        vm.qmp("migrate", uri=f"exec:cat > {scratch}/state")
        migrated(vm)
        ctl(path, "amt-set", "host.name=while-it-stood")
        vm.qmp("cont")
        third_is_refused(scratch)
        vm.qmp("quit")
        vm.process.wait(TIMEOUT)
    path, vm = one_of_a_pair(scratch, "next")
    with vm:
        equal(name_in_nvm(path), "while-it-stood", "the name in the file")


def test_what_was_set_outlasts_a_quit(scratch):
    """An answer before the end means that it is kept; the file is written off the reply path."""
    for turn in range(20):
        path, vm = one_of_a_pair(scratch, f"turn-{turn}")
        with vm:
            ctl(path, "amt-set", f"host.name=turn-{turn}")
            vm.qmp("quit")
            vm.process.wait(TIMEOUT)
        with open(os.path.join(scratch, "nvm"), "rb") as file:
            equal(f"turn-{turn}".encode() in file.read(), True, f"turn {turn} in the file")


def load_with_control(scratch, path, state):
    vm = Machine(scratch, device=f"intel-mei,echo=on,control={path}",
                 args=("-incoming", "defer"))
    vm.qmp("migrate-set-capabilities", capabilities=[{"capability": "events", "state": True}])
    vm.qmp("migrate-incoming", uri=f"exec:cat {state}")
    vm.wait_event("MIGRATION", lambda data: data["status"] == "completed")
    return vm


if __name__ == "__main__":
    sys.exit(main(globals()))
