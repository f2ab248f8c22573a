#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A console switches the VM off, on and resets it, by WS-Management over listen=.

    power_test.py BUILD_DIR        (module_test.py says how to name another QEMU)

Prints TAP.
"""
import os
import random
import re
import socket
import sys
import time
import urllib.request

from module_test import TIMEOUT, Machine, equal, main
from snapshot_test import add_image, hmp

PASSWORD = "P@ssw0rd"
CYCLE_S = 2  # hw/mei-machine.c
CIM = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
ENVELOPE = """<?xml version="1.0" encoding="utf-8"?><Envelope
 xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"
 xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
 xmlns="http://www.w3.org/2003/05/soap-envelope"><Header><a:Action>{action}</a:Action>
 <a:To>/wsman</a:To><w:ResourceURI>{uri}</w:ResourceURI><a:MessageID>1</a:MessageID></Header>
 <Body>{body}</Body></Envelope>"""


def free_ports():
    """The first of four ports in a row that nobody has, nor a test beside this one is about to take."""
    for base in random.sample(range(17000, 32768, 4), 1000):
        try:
            for port in range(base, base + 4):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
            return base
        except OSError:
            continue
    raise RuntimeError("no four free ports in a row")


class Console:
    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}/wsman"
        passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        passwords.add_password(None, self.url, "admin", PASSWORD)
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                                  urllib.request.HTTPDigestAuthHandler(passwords))

    def ask(self, action, uri, body):
        data = ENVELOPE.format(action=action, uri=uri, body=body).encode()
        request = urllib.request.Request(self.url, data,
                                         {"Content-Type": "application/soap+xml"})
        with self.opener.open(request, timeout=TIMEOUT) as answer:
            return answer.read().decode()

    def request(self, state):
        uri = CIM + "CIM_PowerManagementService"
        text = self.ask(f"{uri}/RequestPowerStateChange", uri,
                        f'<r:RequestPowerStateChange_INPUT xmlns:r="{uri}"><r:PowerState>{state}'
                        "</r:PowerState></r:RequestPowerStateChange_INPUT>")
        return int(re.search(r":ReturnValue>(\d+)<", text).group(1))

    def state(self):
        uri = CIM + "CIM_AssociatedPowerManagementService"
        text = self.ask("http://schemas.xmlsoap.org/ws/2004/09/transfer/Get", uri, "")
        return (int(re.search(r":PowerState>(\d+)<", text).group(1)),
                [int(n) for n in re.findall(r":AvailableRequestedPowerStates>(\d+)<", text)])


def machine(scratch, set_up=",provision=admin,password-secret=word", **kwargs):
    port = free_ports()
    return Console(port), Machine(
        scratch, device=f"intel-mei,listen=127.0.0.1:{port}{set_up}",
        args=("-object", f"secret,id=word,data={PASSWORD}", *kwargs.pop("args", ())), **kwargs)


def test_off_and_on(scratch):
    console, vm = machine(scratch)
    with vm:
        equal(console.state(), (2, [10, 8, 5, 12]), "state at first")
        equal(console.request(2), 0, "on, while on")
        equal(console.request(8), 0, "off")
        vm.wait_event("STOP")
        equal(vm.qmp("query-status")["status"], "shutdown", "QEMU's state")
        equal(console.state(), (8, [2]), "state while off")
        equal(console.request(10), 2, "reset while off")
        equal(console.request(2), 0, "on")
        vm.wait_event("RESET")
        vm.wait_event("RESUME")
        equal(vm.qmp("query-status")["status"], "running", "QEMU's state afterwards")
        equal(console.state()[0], 2, "state afterwards")


def test_reset(scratch):
    console, vm = machine(scratch)
    with vm:
        equal(console.request(10), 0, "reset")
        vm.wait_event("RESET")
        equal(console.state()[0], 2, "state")


def test_cycle(scratch):
    console, vm = machine(scratch)
    with vm:
        for _ in range(10):  # off for 2 s only: on a busy machine who asks may come too late
            equal(console.request(5), 0, "cycle")
            vm.wait_event("STOP")
            between = console.state()[0]
            vm.wait_event("RESUME")
            if between == 8:
                break
        equal(between, 8, "state in between")
        equal(console.state()[0], 2, "state")


def test_a_loaded_state_ends_a_cycle(scratch):
    """What was loaded is not reset under the user's hands: it is as it was until he says so."""
    console, vm = machine(scratch)
    with vm:
        add_image(vm, os.path.join(scratch, "image.qcow2"))
        equal(hmp(vm, "savevm one"), "", "savevm")
        for _ in range(10):
            vm.events.clear()
            equal(console.request(5), 0, "cycle")
            vm.wait_event("STOP")
            equal(hmp(vm, "loadvm one"), "", "loadvm")
            if not any(event.get("event") == "RESUME" for event in vm.events):
                break  # else the cycle was over before it was loaded
        time.sleep(CYCLE_S + 0.5)  # that nothing happens has no event
        equal(vm.qmp("query-status")["status"], "shutdown", "QEMU's state")
        equal(console.state(), (8, [2]), "state")
        equal(console.request(2), 0, "on")
        vm.wait_event("RESUME")


def test_soft_off(scratch):
    console, vm = machine(scratch)
    with vm:
        equal(console.request(12), 0, "soft off")
        vm.wait_event("POWERDOWN")
        equal(console.request(14), 1, "graceful reset needs an agent")
        equal(console.request(99), 5, "no such state")


def test_a_guest_that_switched_itself_off_is_switched_on(scratch):
    console, vm = machine(scratch, args=("-no-shutdown",))
    with vm:
        vm.qtest("outw 0xb004 0x2000")  # not mapped: the power management base is the BIOS's work
        vm.qtest("outl 0xcf8 0x80000b40")  # PIIX4 PM: PMBASE
        vm.qtest("outl 0xcfc 0xb001")
        vm.qtest("outl 0xcf8 0x80000b80")  # PMREGMISC: enable it
        vm.qtest("outl 0xcfc 0x1")
        vm.qtest("outw 0xb004 0x2000")  # PM1_CNT: SLP_EN, type 0 is S5
        vm.wait_event("SHUTDOWN")
        vm.wait_event("STOP")
        equal(console.state(), (8, [2]), "state while off")
        equal(console.request(2), 0, "on")
        vm.wait_event("RESUME")
        equal(console.state()[0], 2, "state")


if __name__ == "__main__":
    sys.exit(main(globals()))
