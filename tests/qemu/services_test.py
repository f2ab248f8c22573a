#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A program on the host uses AMT's services through LME, and a console sees what it did.

    services_test.py BUILD_DIR        (module_test.py says how to name another QEMU)

Prints TAP.
"""
import base64
import os
import re
import struct
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


def test_it_may_end_while_a_key_is_made(scratch):
    """AMT's own certificate is made when it is provisioned: GnuTLS must not go before that thread does."""
    for turn in range(10):
        folder = os.path.join(scratch, str(turn))
        os.mkdir(folder)
        with Halted(folder, "tgp-lp,listen=127.0.0.1:0,provision=admin,password-secret=word",
                    "-object", f"secret,id=word,data={PASSWORD}") as vm:
            vm.qmp.sendall(b'{"execute": "qmp_capabilities"}\n{"execute": "quit"}\n')
            equal(vm.process.wait(TIMEOUT), 0, "exit status")


def seen(capture, log):
    """What capture and trace log show: as it stands there, and put together from the windows' dwords."""
    at, windows, traced = 0, {0: b"", 8: b""}, {"H_CB_WW": b"", "ME_CB_RW": b""}
    while at + 12 <= len(capture):
        kind, length = struct.unpack_from("<II", capture, at)
        if kind == 6 and capture[at + 29] in (2, 3):  # the record of a read or a write
            offset, size, value = struct.unpack_from("<IIQ", capture, at + 32)
            if size == 4 and (capture[at + 29], offset) in ((3, 0), (2, 8)):
                windows[offset] += struct.pack("<I", value)
        at += length
    for name, value in re.findall(r"host (?:reads|writes) (H_CB_WW|ME_CB_RW) .*: 0x(\w+)$", log, re.M):
        traced[name] += struct.pack("<I", int(value, 16))
    return capture, log.encode(), *windows.values(), *traced.values()


def test_captures_and_traces_show_no_password_of_a_console_of_the_hosts_own(scratch):
    secret = "N0t-t0-be-seen!"
    uri = AMT + "AMT_RemoteAccessService"
    found = {}
    for levels in ("", ",pcap-levels=registers+packets+messages+secrets"):
        folder = os.path.join(scratch, f"with{len(levels)}")
        os.mkdir(folder)
        capture, log = os.path.join(folder, "capture"), os.path.join(folder, "log")
        with Halted(folder, f"spt,provision=admin,password-secret=word,pcap={capture}{levels}",
                    "-object", f"secret,id=word,data={PASSWORD}", "-trace", "mei_*", "-D", log) as vm:
            with Lms("qtest:" + vm.path, free_ports() - 16992) as console:
                call(console, uri, "AddMpServer", AccessInfo="mps.example", InfoFormat=201, Port=4433, AuthMethod=2,
                     Username="someone", Password=secret)
        with open(capture, "rb") as file, open(log, encoding="ascii", errors="replace") as traced:
            places = seen(file.read(), traced.read())
            found[bool(levels)] = [secret.encode() in place for place in places]
            equal([b"AUTH" in place or b"pfwd" in place for place in places[2:]], [True] * 4, "what is no secret")
    # The level is the capture's alone: a trace log never shows them.
    equal(found[True], [True, False, True, False, False, False], "with the level secrets")
    equal(found[False], [False] * 6, "without")


if __name__ == "__main__":
    sys.exit(main(globals()))
