#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A program on the host uses AMT's services through LME, and a console sees what it did.

    services_test.py BUILD_DIR        (module_test.py says how to name another QEMU)

Prints TAP.
"""
import base64
import os
import re
import subprocess
import sys

from heci_test import BUILD, TIMEOUT, UUID
from heci_test import Machine as Halted
from module_test import equal, main
from power_test import PASSWORD, Console, free_ports

AMT = "http://intel.com/wbem/wscim/1/amt-schema/1/"
STORE, ADMIN = AMT + "AMT_ThirdPartyDataStorageService", AMT + "AMT_ThirdPartyDataStorageAdministrationService"


def call(console, uri, method, **parameters):
    """What it returned: 0 it must be."""
    body = "".join(f"<r:{name}>{value}</r:{name}>" for name, value in parameters.items())
    text = console.ask(f"{uri}/{method}", uri, f'<r:{method}_INPUT xmlns:r="{uri}">{body}</r:{method}_INPUT>')
    outputs = dict(re.findall(r"<g:(\w+)>([^<]*)</g:", text))
    equal(outputs.pop("ReturnValue"), "0", method)
    return outputs


def register(console, name):
    return call(console, STORE, "RegisterApplication", CallerUUID=UUID.replace("-", ""), VendorName="Acme",
                ApplicationName=name, EnterpriseName="Shop")["SessionHandle"]


class Lms:
    """heci lms: AMT's ports on this host, by way of the device's registers."""

    def __init__(self, transport, offset):
        self.process = subprocess.Popen([os.path.join(BUILD, "heci"), transport, "lms", "--port-offset", str(offset)],
                                        stdout=subprocess.PIPE, text=True)
        port = None
        while port != 16992 + offset:
            line = self.process.stdout.readline()
            if not line:
                raise RuntimeError("heci lms ended")
            port = int(re.search(r"port (\d+)", line)[1]) if "listening" in line else None
        self.console = Console(port)

    def event(self):
        """What AMT tells the host, as LMS would see it."""
        text = ""
        while "</a:Envelope>" not in text:
            line = self.process.stdout.readline()
            if not line:
                raise RuntimeError(f"heci lms ended: {text}")
            text += line
        return text[text.index("event:"):]

    def __enter__(self):
        return self.console

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate(timeout=TIMEOUT)


def test_an_agent_stores_through_lme_and_a_console_reads_with_the_guest_off(scratch):
    port = free_ports()
    with Halted(scratch, f"spt,listen=127.0.0.1:{port},provision=admin,password-secret=word",
                "-object", f"secret,id=word,data={PASSWORD}") as vm:
        vm.qmp.sendall(b'{"execute": "qmp_capabilities"}\n')  # its main loop runs once it answers: AMT listens
        vm.qmp.makefile().readline()
        console = Console(port)
        call(console, ADMIN, "AddStorageEaclEntry", EnterpriseName="Shop")
        reader = register(console, "Console")
        handle = call(console, STORE, "GetCurrentApplicationHandle", SessionHandle=reader)["ApplicationHandle"]
        with Lms("qtest:" + vm.path, free_ports() - 16992) as agent:
            mine = {"SessionHandle": register(agent, "Agent")}
            block = call(agent, STORE, "AllocateBlock", **mine, BytesRequested=4096, BlockHidden="false")
            data = base64.b64encode(os.urandom(3000)).decode()
            call(agent, STORE, "WriteBlock", **mine, **block, ByteOffset=1000, Data=data)
            group = call(agent, STORE, "AddPermissionsGroup", **mine, **block, GroupPermissions=1)
            call(agent, STORE, "AddPermissionsGroupMembers", **mine, **block, **group, MemberHandles=handle)
        equal(console.request(8), 0, "off")
        have = call(console, STORE, "ReadBlock", SessionHandle=reader, **block, ByteOffset=1000, ByteCount=3000)
        equal(have["Data"], data, "what was stored")


def test_lms_hears_of_amts_own_messages(scratch):
    port, control = free_ports(), os.path.join(scratch, "control")
    with Halted(scratch, f"tgp-lp,listen=127.0.0.1:{port},provision=admin,password-secret=word,control={control}",
                "-object", f"secret,id=word,data={PASSWORD}") as vm:
        lms = Lms("qtest:" + vm.path, free_ports() - 16992)
        with lms:
            for name in ("os-hung", "user-notification"):  # the first is nothing to a user
                subprocess.run([os.path.join(BUILD, "swme"), "ctl", control, "event-raise", name], check=True,
                               stdout=subprocess.DEVNULL)
            event = lms.event()
            equal(re.findall(r"<g:MessageID>(\w+)<", event), ["iAMT0050"], "message")
            equal(re.findall(r"<g:MessageArguments>(\d+)<", event), ["48"], "argument")
            equal(event.splitlines()[1:3], ["POST / HTTP/1.1", "Host: localhost:0"], "request")


if __name__ == "__main__":
    sys.exit(main(globals()))
