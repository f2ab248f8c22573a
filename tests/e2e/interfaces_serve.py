#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""AMT's thirteen interfaces over the wire, each by a user who has its realms and no other; and where no
secret may show.

    interfaces_serve.py SWME

The rows are those of Intel's table, as `swme classes` prints it: each is driven here, or the table says
that it is absent. Prints TAP.
"""
import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from console import Console, soap
from serving import PASSWORD, TIMEOUT, Connection, Serve, authorization, challenge, equal, main

SWME = sys.argv[1]
SCRATCH = tempfile.mkdtemp(prefix="swme-interfaces-")
AGENT = {"DeviceID": base64.b64encode(bytes(range(16))).decode()}
POLICY = {"InstanceID": "x", "PolicyName": "quiet", "PolicyPrecedence": 1, "TxDefaultDrop": "false",
          "TxDefaultMatchEvent": "false", "TxDefaultCount": "true", "RxDefaultDrop": "true",
          "RxDefaultMatchEvent": "false", "RxDefaultCount": "true"}


def security(user, _):
    user.add_user("another", 13)
    users = user.call("AMT_AuthorizationService", "EnumerateUserAclEntries", StartIndex=1)
    equal(int(users["TotalCount"]), len(users["Handles"]), "users")
    equal(int(user.call("AMT_AuditLog", "ReadRecords", StartIndex=1)["TotalRecordCount"]) > 0, True, "audit records")


def network(user, _):
    equal(user.put("AMT_GeneralSettings", HostName="moved"), None, "Put")
    equal(user.get("AMT_GeneralSettings")["HostName"], "moved", "host name")
    user.call("AMT_RemoteAccessService", "AddMpServer", AccessInfo="mps.test.example", InfoFormat=201, Port=4433,
              AuthMethod=2, Username="device", Password="Else-where7")


def asset(user, _):
    equal(user.get("CIM_Chassis")["Tag"], "CIM_Chassis", "chassis")
    equal(len(user.instances("CIM_PhysicalMemory")) > 0, True, "memory")


def power_is(admin, wanted):
    """What was asked for is done once its answer is out, which another connection may outrun."""
    end, state = time.monotonic() + TIMEOUT, None
    while state != wanted and time.monotonic() < end:
        state = admin.instances("CIM_ServiceAvailableToElement")[0]["PowerState"]
    equal(state, wanted, "power")


def remote_control(user, admin):
    user.power(8)
    power_is(admin, "8")
    user.power(2)


def storage(user, admin):
    admin.call("AMT_ThirdPartyDataStorageAdministrationService", "AddStorageEaclEntry", EnterpriseName="Shop")
    session = user.call("AMT_ThirdPartyDataStorageService", "RegisterApplication", CallerUUID="00" * 15 + "01",
                        VendorName="Acme", ApplicationName="Test", EnterpriseName="Shop")["SessionHandle"]
    user.call("AMT_ThirdPartyDataStorageService", "AllocateBlock", SessionHandle=session, BytesRequested=4096,
              BlockHidden="false", BlockName="Notes")


def events(user, _):
    records = user.call("AMT_MessageLog", "GetRecords", IterationIdentifier=1, MaxReadRecords=390)["RecordArray"]
    equal(len(base64.b64decode(records if isinstance(records, str) else records[0])), 21, "bytes of a record")
    user.call("AMT_MessageLog", "ClearLog")


def storage_administration(user, _):
    equal(user.call("AMT_ThirdPartyDataStorageAdministrationService", "GetGlobalStorageAttributes")["TotalStorage"],
          "196608", "storage")


def redirection(user, _):
    user.call("AMT_RedirectionService", "RequestStateChange", RequestedState=32770)
    equal(user.get("AMT_RedirectionService")["EnabledState"], "32770", "serial over LAN alone")


def agents(user, _):
    """Realm 10 makes one, realm 9 is it."""
    user.create("AMT_AgentPresenceWatchdog", **AGENT, MonitoredEntityDescription="Scanner", StartupInterval=60,
                TimeoutInterval=60)
    user.call("AMT_AgentPresenceWatchdog", "RegisterAgent", selectors=AGENT)
    equal(user.get("AMT_AgentPresenceWatchdog", AGENT)["CurrentState"], "4", "state")


def defense(user, _):
    user.create("AMT_SystemDefensePolicy", **POLICY)
    equal(user.instances("AMT_SystemDefensePolicy")[0]["PolicyName"], "quiet", "policy")


def clock(user, _):
    now = int(user.call("AMT_TimeSynchronizationService", "GetLowAccuracyTimeSynch")["Ta0"])
    user.call("AMT_TimeSynchronizationService", "SetHighAccuracyTimeSynch", Ta0=now, Tm1=now + 7200, Tm2=now + 7200)
    later = int(user.call("AMT_TimeSynchronizationService", "GetLowAccuracyTimeSynch")["Ta0"])
    equal(0 <= later - now - 7200 < 600, True, "two hours later")


def general_info(user, _):
    equal(user.get("AMT_SetupAndConfigurationService")["ProvisioningState"], "2", "set up")
    equal(len(base64.b64decode(user.call("AMT_SetupAndConfigurationService", "GetUuid")["UUID"])), 16, "UUID")


def firmware_update(user, _):
    """Versions, and nothing by which to change them."""
    versions = {one["InstanceID"]: one["VersionString"] for one in user.instances("CIM_SoftwareIdentity")}
    equal(re.fullmatch(r"\d+\.\d+\.\d+", versions["AMT"]) is not None, True, "AMT's version")
    message = user.send(soap.invoke("CIM_SoftwareIdentity", "InstallFromURI"))
    equal(message.subcode, "ActionNotSupported", "an update")


# Its user's realms; who has another alone is refused this; what is done.
ANY = None
ROWS = {
    "Security Administration": ([3, 20, 21], ("AMT_AuthorizationService", "EnumerateUserAclEntries"), security),
    "Network Administration": ([3], ("AMT_RemoteAccessService", "AddMpServer"), network),
    "Hardware Asset": ([4], ("CIM_Chassis", "Get"), asset),
    "Remote Control": ([5], ("CIM_PowerManagementService", "RequestPowerStateChange"), remote_control),
    "Storage": ([6], ("AMT_ThirdPartyDataStorageService", "GetMTU"), storage),
    "Event Management": ([7], ("AMT_MessageLog", "ClearLog"), events),
    "Storage Administration": ([8], ("AMT_ThirdPartyDataStorageAdministrationService",
                                     "GetGlobalStorageAttributes"), storage_administration),
    "Redirection": ([2], ("AMT_RedirectionService", "RequestStateChange"), redirection),
    "Local Agent Presence": ([9, 10], ("AMT_AgentPresenceWatchdog", "DeleteAllActions"), agents),
    "Circuit Breaker (System Defense)": ([11], ("AMT_SystemDefensePolicy", "Get"), defense),
    "Network Time": ([12], ("AMT_TimeSynchronizationService", "SetHighAccuracyTimeSynch"), clock),
    "General Info": ([13], ANY, general_info),
    "Firmware Update": ([14], ANY, firmware_update),
}


def table():
    """Interface, and whether the truth table has it absent."""
    text = subprocess.run([SWME, "classes", "--markdown"], capture_output=True, text=True, check=True,
                          timeout=TIMEOUT).stdout
    part = text.split("## The thirteen interfaces")[1].split("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+) \| ([\d, ]+) \| ([^|]*) \|", part, re.MULTILINE)
    return {name: "**absent**" in served for name, _, served in rows}


def refused(console, name, operation):
    """For want of a realm: or, where it would be refused anyway for its lack of parameters, first of all for that."""
    if operation == "Get":
        equal(console.send(soap.get(name, 1)).subcode, "AccessDenied", f"{name}.Get")
    else:
        console.denied(name, operation)


def test_each_of_the_thirteen_interfaces_is_driven_or_said_to_be_absent():
    rows = table()
    equal(len(rows), 13, "interfaces")
    driven = [name for name, absent in rows.items() if not absent]
    equal([name for name in driven if name not in ROWS], [], "interfaces that are there, and not driven")
    with Serve(SWME, SCRATCH, "--platform", "spt") as s, Console(s.port) as admin:
        admin.add_user("stranger", 14)
        with Console(s.port, "stranger") as stranger:
            for number, name in enumerate(driven):
                realms, wanted, drive = ROWS[name]
                if wanted is not ANY:
                    refused(stranger, *wanted)
                admin.add_user(f"user{number}", *realms)
                with Console(s.port, f"user{number}") as user:
                    drive(user, admin)


def test_a_user_with_the_event_realm_alone_cannot_reset():
    """Refused and done, each is said of the right one."""
    with Serve(SWME, SCRATCH) as s, Console(s.port) as admin:
        admin.add_user("watcher", 7)
        admin.add_user("operator", 5)
        with Console(s.port, "watcher") as watcher:
            watcher.denied("CIM_PowerManagementService", "RequestPowerStateChange")
            watcher.call("AMT_MessageLog", "ClearLog")
        with Console(s.port, "operator") as operator:
            operator.power(10)
            operator.denied("AMT_MessageLog", "ClearLog")
        equal(audit(admin)[-4:], [(b"watcher", 1605), (b"watcher", 2402), (b"operator", 1703), (b"operator", 1605)],
              "who did what")


def audit(console):
    """Who, and application * 100 + event, oldest first: AMT SDK, "Audit Log Records"."""
    records = console.call("AMT_AuditLog", "ReadRecords", StartIndex=1)["EventRecords"]
    found = []
    for data in map(base64.b64decode, [records] if isinstance(records, str) else records):
        event = int.from_bytes(data[0:2], "big") * 100 + int.from_bytes(data[2:4], "big")
        name = data[6:6 + data[5]] if data[4] == 0 else b""
        found.append((name, event))
    return found


SECRETS = {"of the MPS": "Kept-mps1!", "of 802.1x": "Kept-8021x!", "of a radio network": "Kept-psk12!",
           "of KVM": "Kvm-pw1!", "of the administrator": PASSWORD, "of the BIOS extension": "Mebx-pw1!",
           "that was wrong": "Wr0ng-one!"}


def set_all(c, port):
    """Each secret comes in by the way that it has."""
    c.call("AMT_SetupAndConfigurationService", "SetMEBxPassword", Password=SECRETS["of the BIOS extension"])
    c.call("AMT_RemoteAccessService", "AddMpServer", AccessInfo="mps.test.example", InfoFormat=201, Port=4433,
           AuthMethod=2, Username="device", Password=SECRETS["of the MPS"])
    equal(c.put("IPS_IEEE8021xSettings", Password=SECRETS["of 802.1x"]), None, "802.1x")
    equal(c.put("IPS_KVMRedirectionSettingData", RFBPassword=SECRETS["of KVM"]), None, "KVM")
    endpoint = (f'<Address xmlns="{soap.WSA}">{soap.ANONYMOUS}</Address><ReferenceParameters xmlns="{soap.WSA}">'
                f'<ResourceURI xmlns="{soap.WSMAN}">{soap.uri("CIM_WiFiEndpoint")}</ResourceURI><SelectorSet '
                f'xmlns="{soap.WSMAN}"><Selector Name="Name">WiFi Endpoint 0</Selector></SelectorSet>'
                "</ReferenceParameters>")
    c.call("AMT_WiFiPortConfigurationService", "AddWiFiSettings", WiFiEndpoint=endpoint,
           WiFiEndpointSettingsInput="<ElementName>home</ElementName><SSID>net</SSID><Priority>1</Priority>"
           "<AuthenticationMethod>6</AuthenticationMethod><EncryptionMethod>4</EncryptionMethod>"
           f"<PSKPassPhrase>{SECRETS['of a radio network']}</PSKPassPhrase>")
    with Connection(port) as page:
        given = challenge(page.request("GET", "/index.htm"))
        page.request("GET", "/index.htm",
                     headers=authorization(given, "GET", "/index.htm", password=SECRETS["that was wrong"]))


def test_no_secret_shows():
    """In nothing that a class says, on the control socket, in a log, in the NVM file, or on standard output."""
    nvm, control, told = (Path(SCRATCH, name) for name in ("secrets", "control", "told"))
    with Serve(SWME, SCRATCH, "--nvm", str(nvm), "--control", str(control)) as s, Console(s.port) as c:
        with told.open("wb") as out, subprocess.Popen([SWME, "ctl", str(control), "subscribe"], stdout=out) as watch:
            ctl = [SWME, "ctl", str(control)]
            while not json.loads(subprocess.run([*ctl, "status"], capture_output=True, text=True,
                                                check=True).stdout)["control_subscribers"]:
                pass
            subprocess.run([*ctl, "amt-set", "network.lan[1].present=true"], check=True, stdout=subprocess.DEVNULL)
            set_all(c, s.port)
            classes = re.findall(r"^## ((?:AMT|CIM|IPS)_\w+)$",
                                 subprocess.run([SWME, "classes", "--markdown"], capture_output=True, text=True,
                                                check=True).stdout, re.MULTILINE)
            shown = []
            for name in classes:
                context = c.send(soap.enumerate_request(name, 1)).context
                if context is not None:
                    shown.append(str([soap.value(one) for one in c.send(soap.pull(name, context, 2)).items]))
            shown += [str(c.call("AMT_MessageLog", "GetRecords", IterationIdentifier=1, MaxReadRecords=390)),
                      str(audit(c)), str(s.ready)]
            for command in ("amt", "status", "log", "alerts"):
                shown.append(subprocess.run([*ctl, command], capture_output=True, text=True, check=True).stdout)
            watch.terminate()
    equal("Management Presence" in str(shown) and "WiFi Endpoint Settings home" in str(shown), True, "what is shown")
    everything = "".join(shown).encode() + told.read_bytes() + nvm.read_bytes()
    for whose, secret in SECRETS.items():
        for form in (secret.encode(), base64.b64encode(secret.encode()), secret.encode().hex().encode()):
            equal(form in everything, False, f"the password {whose} shows")
    # They are there all the same: who starts on the file has them.
    with Serve(SWME, SCRATCH, "--nvm", str(nvm), provision=None) as s, Console(s.port) as c:
        equal(c.get("AMT_MPSUsernamePassword")["RemoteID"], "device", "who logs in there")


if __name__ == "__main__":
    try:
        sys.exit(main(dict(globals())))
    finally:
        shutil.rmtree(SCRATCH)
