# SPDX-License-Identifier: GPL-2.0-or-later
"""AMT's two logs through MeshCentral's own readers and decoders, record by record.

Event log: one record for each branch of the decoder, and what it is to say. Audit log: what three users did and
tried, and that it is said of the right one.
"""

import base64
import hashlib
import json
import subprocess
from pathlib import Path

import soap
from amt_http import Session

ROOT = Path(__file__).resolve().parents[2]
BIOS, ME, PLAIN = 0x22, 0x26, "BIOS"
# Below 80h in each byte, for some minutes: MeshCentral 1.1.55 reads the audit log's base64 as UTF-8.
EPOCH = 0x60010101


def record(sensor, offset, *data, entity=BIOS):
    """The 17 bytes behind a record's time."""
    return bytes([0xff, sensor, 0x6f, offset, 0x68, 1, 0xff, entity, 0, *data]).ljust(17, b"\0")


# sensor, offset, data; then the decoder's words (MeshCentral amt.js)
EVENTS = [
    ((5, 0), "Case intrusion"),
    ((6, 5, 0xaa, 10, 1), "Authentication failed 266 times. The system may be under attack."),
    ((15, 0, 0xeb), "Invalid Data"),
    ((15, 0, 0x40, 3), "Unrecoverable hard-disk/ATAPI/IDE device failure."),
    ((15, 0, 0x40, 13), "CPU speed matching failure"),
    ((15, 3, 0xaa, 0x30, 1), "AMT One Click Recovery: No network connection available"),
    ((15, 3, 0xaa, 0x40, 2), "Erasing Device TPM is not supported"),
    ((15, 3, 0x40), "OEM Specific Firmware Error event"),
    ((15, 5, 0xaa, 0x30, 1, 2), "AMT One Click Recovery: CSME Boot Option 2:HTTPS added successfully"),
    ((15, 5, 0xaa, 0x30, 5), "AMT One Click Recovery: Attempt to boot"),
    ((15, 5, 0xaa, 0x40, 3), "Beginning Platform Erase"),
    ((15, 5, 0x40), "OEM Specific Firmware Progress event"),
    ((15, 2, 0x40, 1), "Memory initialization."),
    ((15, 2, 0x40, 19), "Starting operating system boot process"),
    ((15, 2, 0x40, 25), "Primary processor initialization"),
    ((18, 0, 0xaa, 4, 3, 2, 1, 6, 5, 8), "Agent watchdog 01020304-0506-... changed to Expired"),
    ((30, 0), "No bootable media"),
    ((32, 1), "Operating system lockup or power interrupt"),
    ((35, 0, 64, 2), "BIOS POST (Power On Self-Test) Watchdog Timeout."),
    ((35, 0), "System boot failure"),
    ((36, 0, 0xaa, 0, 0, 0, 7), "Filter 7 was matched on wired interface."),
    ((36, 0, 0), "Filter 0 was matched on #0 interface."),
    ((37, 0, 0x40), "System firmware started (at least one CPU is properly executing)."),
    ((192, 0, 0xaa, 0x30, 0), "A remote Serial Over LAN session was established."),
    ((192, 0, 0xaa, 0x30, 3), "Remote IDE-Redirection session finished. User control was restored."),
    ((192, 1, 0, 0, 2), "Security policy invoked. Some or all network traffic (RX) was stopped."),
    ((192, 1, 0, 0, 9), "Security policy invoked."),
    ((193, 0, 0xaa, 0x30, 0, 0), "User request for remote connection."),
    ((193, 0, 0xaa, 0x20, 4, 0), "HWA Error: general error"),
]


def raise_events(control):
    """Each happens in a firmware that runs."""
    for words, _ in EVENTS:
        subprocess.run([ROOT / "build/swme", "ctl", control, "event-raise", record(*words).hex()], check=True,
                       capture_output=True, timeout=20)


def judge_events(answer):
    """Newest first, and what was raised is what is said."""
    said = [one["Desc"] for one in answer["records"][:len(EVENTS)]][::-1]
    faults = [f"{words}: {got!r}, not {wanted!r}" for (words, wanted), got in zip(EVENTS, said) if got != wanted]
    if answer["status"] != 200 or len(said) != len(EVENTS):
        faults.append(f"{answer['status']}: {len(answer['records'])} records")
    return faults


class Actor:
    """Somebody at a console."""

    def __init__(self, amt, user, password):
        self.session = Session(amt.host, amt.port, user, password)

    def call(self, name, method, parameters=""):
        """ReturnValue, a fault's subcode, or HTTP's status."""
        answer = self.session.request("POST", "/wsman", soap.invoke(name, method, parameters))
        if answer.status not in (200, 400):
            return answer.status
        message = soap.Message(answer.body)
        return message.subcode if message.subcode else int(message.return_value)

    def realm(self):
        self.call("AMT_SetupAndConfigurationService", "GetUuid")
        return self.session.challenge["realm"]


def secret(user, realm, password):
    return base64.b64encode(hashlib.md5(f"{user}:{realm}:{password}".encode()).digest()).decode()


def act(amt):
    """Three users, what they do and are refused. Returns faults and (who, what, more)."""
    admin = Actor(amt, "admin", amt.password)
    realm = admin.realm()
    power, acl, clock = "CIM_PowerManagementService", "AMT_AuthorizationService", "AMT_TimeSynchronizationService"
    reset = "<r:PowerState>10</r:PowerState>"

    def user(name, realms):
        return (f"<r:DigestUsername>{name}</r:DigestUsername><r:DigestPassword>{secret(name, realm, 'P@ssw0rd2')}"
                "</r:DigestPassword><r:AccessPermission>2</r:AccessPermission>"
                + "".join(f"<r:Realms>{number}</r:Realms>" for number in realms))

    steps = [
        (admin, acl, "AddUserAclEntryEx", user("watcher", [7]), 0, ("admin", "ACL Entry Added", "watcher")),
        (admin, acl, "AddUserAclEntryEx", user("operator", [5]), 0, ("admin", "ACL Entry Added", "operator")),
        ("watcher", power, "RequestPowerStateChange", reset, "AccessDenied",
         ("watcher", "ACL Access with Invalid Credentials", "Invalid ME access")),
        ("watcher", "AMT_MessageLog", "FreezeLog", "<r:Freeze>false</r:Freeze>", 0,
         ("watcher", "Event Log Frozen", None)),
        ("watcher", "AMT_AuditLog", "ReadRecords", "<r:StartIndex>1</r:StartIndex>", "AccessDenied",
         ("watcher", "ACL Access with Invalid Credentials", "Invalid ME access")),
        ("operator", power, "RequestPowerStateChange", reset, 0, ("operator", "Performed Reset", None)),
        ("operator", acl, "RemoveUserAclEntry", "<r:Handle>1</r:Handle>", "AccessDenied",
         ("operator", "ACL Access with Invalid Credentials", "Invalid ME access")),
        ("operator", clock, "SetHighAccuracyTimeSynch", "<r:Ta0>1</r:Ta0><r:Tm1>2</r:Tm1><r:Tm2>2</r:Tm2>",
         "AccessDenied", ("operator", "ACL Access with Invalid Credentials", "Invalid ME access")),
        (admin, acl, "SetAclEnabledState", "<r:Handle>2</r:Handle><r:Enabled>false</r:Enabled>", 0,
         ("admin", "ACL Entry State", "Disabled, 111")),
        (admin, acl, "RemoveUserAclEntry", "<r:Handle>2</r:Handle>", 0, ("admin", "ACL Entry Removed", "operator")),
        (admin, "AMT_MessageLog", "ClearLog", "", 0, ("admin", "Event Log Cleared", None)),
    ]
    # The clock: a difference that leads there, whatever the machine's is.
    answer = soap.Message(admin.session.request("POST", "/wsman", soap.invoke(clock, "GetLowAccuracyTimeSynch")).body)
    now = int(soap.text(answer.first, "Ta0"))
    admin.call(clock, "SetHighAccuracyTimeSynch", f"<r:Ta0>{now}</r:Ta0><r:Tm1>{EPOCH}</r:Tm1><r:Tm2>{EPOCH}</r:Tm2>")
    admin.call("AMT_AuditLog", "ClearLog")
    faults, expected, actors = [], [("admin", "Security Audit Log Cleared", None)], {}
    for who, name, method, parameters, wanted, entry in steps:
        if isinstance(who, str):
            who = actors.setdefault(who, Actor(amt, who, "P@ssw0rd2"))
        got = who.call(name, method, parameters)
        if got != wanted:
            faults.append(f"{entry[0]}: {name}.{method}: {got!r}, not {wanted!r}")
        expected.append(entry)
    # "operator" is gone, and whoever comes with that name is no user.
    if (got := Actor(amt, "operator", "P@ssw0rd2").call(power, "RequestPowerStateChange", reset)) != 401:
        faults.append(f"who was removed still gets {got!r}")
    expected.append(("operator", "ACL Access with Invalid Credentials", "Invalid ME access"))
    return faults, expected


def judge_audit(answer, expected, host):
    """The same, in that order."""
    got = [(one["Initiator"], one["Event"], one["ExStr"]) for one in answer["records"]]
    got = [one for number, one in enumerate(got) if number < len(expected) or one != got[number - 1]]
    faults = [f"record {number}: {have}, not {want}"
              for number, (have, want) in enumerate(zip(got, expected)) if have != want]
    if len(got) != len(expected):
        faults.append(f"{len(got)} records, not {len(expected)}: {json.dumps(got)}")
    addresses = {one["NetAddress"] for one in answer["records"]}
    if not all(one.startswith("127.") for one in addresses) and addresses != {host}:
        faults.append(f"from {addresses}")
    return faults
