#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""AMT's services for programs of others, over the wire on `swme serve`: storage, agents, events.

    services_serve.py SWME

Prints TAP.
"""
import base64
import os
import shutil
import socket
import subprocess
import sys
import tempfile

from console import Console
from serving import TIMEOUT, Serve, equal, main

SWME = sys.argv[1]
SCRATCH = tempfile.mkdtemp(prefix="swme-services-")
STORE, STORE_ADMIN = "AMT_ThirdPartyDataStorageService", "AMT_ThirdPartyDataStorageAdministrationService"
HAS_STORAGE = ("--platform", "spt")  # AMT 11 is the last
UUID = "00112233445566778899AABBCCDDEEFF"


def serve(*options, **kwargs):
    return Serve(SWME, SCRATCH, *options, **kwargs)


def register(console, name):
    return console.call(STORE, "RegisterApplication", CallerUUID=UUID, VendorName="Acme", ApplicationName=name,
                        EnterpriseName="Shop")["SessionHandle"]


def test_storage_is_read_with_the_host_off_and_lasts():
    nvm = os.path.join(SCRATCH, "storage.nvm")
    text = base64.b64encode(b"written by an agent").decode()
    with serve(*HAS_STORAGE, "--nvm", nvm) as s, Console(s.port) as c:
        c.call(STORE_ADMIN, "AddStorageEaclEntry", EnterpriseName="Shop")
        c.add_user("agent", 6)
        with Console(s.port, "agent") as agent:
            session = register(agent, "Agent")
            block = agent.call(STORE, "AllocateBlock", SessionHandle=session, BytesRequested=4096,
                               BlockHidden="false", BlockName="Notes")["BlockHandle"]
            agent.call(STORE, "WriteBlock", SessionHandle=session, BlockHandle=block, ByteOffset=100, Data=text)
            agent.denied(STORE_ADMIN, "GetGlobalStorageAttributes")
            reader = register(c, "Console")
            where = {"BlockHandle": block, "ByteOffset": 100, "ByteCount": 19}
            c.call(STORE, "ReadBlock", 16, SessionHandle=reader, **where)
            group = agent.call(STORE, "AddPermissionsGroup", SessionHandle=session, BlockHandle=block,
                               GroupPermissions=1, GroupName="readers")["GroupHandle"]
            handle = c.call(STORE, "GetCurrentApplicationHandle", SessionHandle=reader)["ApplicationHandle"]
            agent.call(STORE, "AddPermissionsGroupMembers", SessionHandle=session, BlockHandle=block,
                       GroupHandle=group, MemberHandles=handle)
        c.power(8)
        equal(c.call(STORE, "ReadBlock", SessionHandle=reader, **where)["Data"], text, "with the host off")
        c.call(STORE, "WriteBlock", 16, SessionHandle=reader, BlockHandle=block, ByteOffset=0, Data=text)
    with serve(*HAS_STORAGE, "--nvm", nvm, provision=None) as s, Console(s.port) as c:
        c.call(STORE, "ReadBlock", 8, SessionHandle=reader, **where)
        reader = register(c, "Console")
        equal(c.call(STORE, "ReadBlock", SessionHandle=reader, **where)["Data"], text, "from the NVM")
        total = c.call(STORE_ADMIN, "GetGlobalStorageAttributes")
        equal((total["TotalStorage"], total["TotalAllocatedStorage"]), ("196608", "4096"), "room")


AGENT = "AMT_AgentPresenceWatchdog"
AGENT_ID = bytes(range(16))


class Traps:
    """Who gets AMT's alerts; each new one's event data."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(TIMEOUT)
        self.sequence = 0

    def next(self):
        while True:
            octets = self.socket.recv(1024)[-47:]
            sequence = int.from_bytes(octets[16:18], "big")
            if sequence > self.sequence:  # else one of before once more, 20 s later
                self.sequence = sequence
                if octets[31] == 0xAA:  # an agent's, and not the machine's own start
                    return octets[31:39]


def test_an_agent_that_dies_is_reported_after_its_interval():
    control = os.path.join(SCRATCH, "control")
    traps = Traps()
    with serve("--control", control) as s, Console(s.port) as c:
        to = f"127.0.0.1:{traps.socket.getsockname()[1]}"
        subprocess.run([SWME, "ctl", control, "alert-add", to], check=True, stdout=subprocess.DEVNULL)
        c.add_user("agent", 9)
        this = {"DeviceID": base64.b64encode(AGENT_ID).decode()}
        c.create(AGENT, **this, MonitoredEntityDescription="Scanner", StartupInterval=3600, TimeoutInterval=10)
        c.call(AGENT, "AddAction", selectors=this, OldState=31, NewState=31, EventOnTransition="true")
        with Console(s.port, "agent") as agent:
            begun = agent.call(AGENT, "RegisterAgent", selectors=this)
            equal(begun["TimeoutInterval"], "10", "interval")
            sequence = int(begun["SessionSequenceNumber"])
            for step in (1, 2):
                agent.call(AGENT, "AssertPresence", selectors=this, SequenceNumber=(sequence + step) % 2 ** 32)
            equal(traps.next(), b"\xaa" + AGENT_ID[:6] + b"\4", "it runs")
            # ... and dies: no more of it.
            equal(traps.next(), b"\xaa" + AGENT_ID[:6] + b"\x08", "it has expired")
            equal(c.get(AGENT, this)["CurrentState"], "8", "state")
            agent.call(AGENT, "AssertPresence", 36, this, SequenceNumber=(sequence + 3) % 2 ** 32)
            agent.call(AGENT, "RegisterAgent", selectors=this)
            equal(traps.next()[7], 4, "it runs again")
        c.power(8)
        equal(traps.next()[7], 16, "with the host off it is suspended")
        c.power(2)
        equal(traps.next()[7], 1, "with the host on again it has not started")
        records = c.call("AMT_MessageLog", "GetRecords", IterationIdentifier=1, MaxReadRecords=390)["RecordArray"]
        states = [data[-1] for data in map(base64.b64decode, records) if data[5] == 0x12 and data[6] == 0x0A]
        equal(states, [1, 16, 4, 8, 4], "the log, newest first")
    traps.socket.close()


if __name__ == "__main__":
    try:
        sys.exit(main(dict(globals())))
    finally:
        shutil.rmtree(SCRATCH)
