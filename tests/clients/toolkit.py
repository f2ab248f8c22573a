# SPDX-License-Identifier: GPL-2.0-or-later
"""npm's @device-management-toolkit/wsman-messages against an AMT: every builder of every P0 class.

Each message is built by the package, sent, and the answer judged by soap.lint(). Of P0 classes no
builder may be left out; of the others what every class has: Get, Enumerate and Pull.
"""

import base64
import hashlib
import json
import subprocess

import soap

# What consoles, MPS and rpc-go cannot do without; the sheet of AMT's classes calls them P0.
# G: a Get must succeed, E: an Enumerate and Pull must.
P0 = {
    "AMT_AuthorizationService": "", "AMT_BootCapabilities": "G", "AMT_BootSettingData": "G",
    "AMT_EthernetPortSettings": "E", "AMT_GeneralSettings": "G", "AMT_8021XProfile": "G",
    "AMT_PublicKeyCertificate": "E", "AMT_PublicKeyManagementService": "",
    "AMT_PublicPrivateKeyPair": "E", "AMT_RedirectionService": "G",
    "AMT_SetupAndConfigurationService": "G", "AMT_TimeSynchronizationService": "",
    "AMT_TLSCredentialContext": "E", "AMT_TLSSettingData": "E", "CIM_BootConfigSetting": "",
    "CIM_BootService": "G", "CIM_BootSourceSetting": "E", "CIM_KVMRedirectionSAP": "G",
    "CIM_PowerManagementService": "", "CIM_ServiceAvailableToElement": "E",
    "CIM_SoftwareIdentity": "E", "IPS_OptInService": "G", "IPS_HostBasedSetupService": "G",
    "IPS_PowerManagementService": "G", "IPS_KVMRedirectionSettingData": "G",
}
COMMON = ("Get", "Enumerate", "Pull")
ANY = None  # of ReturnValues: whatever it is, well-formed


class Builder:
    """The package in a process of node's."""

    def __init__(self, node, package, script):
        self.process = subprocess.Popen([node, script, package], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.list = json.loads(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(20)

    def build(self, row, builder, *words):
        """The message's bytes."""
        self.process.stdin.write(json.dumps({"space": row["space"], "class": row["class"], "builder": builder,
                                             "words": words}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise ValueError(f"{row['cim']}.{builder}: the package says {answer['error']}")
        return answer["xml"].encode()


class Run:
    """What was asked and answered."""

    def __init__(self, builder, session):
        self.builder, self.session = builder, session
        self.rows = {row["cim"]: row for row in builder.list}
        self.faults, self.done = [], set()

    def fault(self, name, builder, text):
        self.faults.append(f"{name}.{builder}: {text}")

    def ask(self, name, builder, *words):
        """The answer as a Message, None if it is none; linted."""
        self.done.add((name, builder))
        request = self.builder.build(self.rows[name], builder, *words)
        answer = self.session.request("POST", "/wsman", request)
        for line in soap.lint(answer, request):
            self.fault(name, builder, line)
        try:
            return soap.Message(answer.body)
        except soap.ElementTree.ParseError:
            return None

    def expect(self, name, builder, *words, value=0):
        """A method whose ReturnValue is known (or one of several); its answer."""
        message = self.ask(name, builder, *words)
        if message is None or value is ANY:
            return message
        wanted = value if isinstance(value, tuple) else (value,)
        if message.subcode is not None:
            if message.subcode not in wanted:
                self.fault(name, builder, f"fault {message.subcode}, not {wanted}")
        elif message.return_value is not None:
            if int(message.return_value) not in wanted:
                self.fault(name, builder, f"ReturnValue {message.return_value}, not {wanted}")
        return message

    def instance(self, name):
        """What a Get gives, as the package's user keeps it."""
        message = self.ask(name, "Get")
        return soap.value(message.first) if message and message.subcode is None else {}

    def instances(self, name):
        message = self.ask(name, "Enumerate")
        if not message or message.subcode is not None:
            return None
        message = self.ask(name, "Pull", message.context)
        return None if not message or message.subcode is not None else [soap.value(one) for one in message.items]

    def put(self, name, value, **changes):
        """All that was read goes back, changed or not."""
        words = {name: {**value, **changes}} if name == "IPS_OptInService" else {**value, **changes}
        message = self.ask(name, "Put", words)
        if message and message.subcode is not None:
            self.fault(name, "Put", f"fault {message.subcode}")
        elif message:
            after = soap.value(message.first)
            for key, wanted in changes.items():
                if after.get(key) != str(wanted):
                    self.fault(name, "Put", f"{key} is {after.get(key)!r}, not {wanted!r}")


def every_class(run):
    """Get, Enumerate and Pull of all that the package knows."""
    for name in run.rows:
        got = run.instance(name)
        items = run.instances(name)
        must = P0.get(name, "")
        if "G" in must and not got:
            run.fault(name, "Get", "a fault, but every console needs it")
        if name in P0 and items is None:
            run.fault(name, "Enumerate", "a fault, but every console needs the class")
        if "E" in must and name not in ("AMT_TLSCredentialContext", "AMT_PublicKeyCertificate",
                                        "AMT_PublicPrivateKeyPair") and not items:
            run.fault(name, "Pull", "no instance")


def settings(run):
    """Puts."""
    run.put("AMT_GeneralSettings", run.instance("AMT_GeneralSettings"), HostName="toolkit", DomainName="test.example")
    run.put("AMT_RedirectionService", run.instance("AMT_RedirectionService"), ListenerEnabled="true")
    run.put("IPS_KVMRedirectionSettingData", run.instance("IPS_KVMRedirectionSettingData"), SessionTimeout=5)
    run.put("IPS_OptInService", run.instance("IPS_OptInService"), OptInRequired=0)
    run.put("AMT_BootSettingData", run.instance("AMT_BootSettingData"), BIOSSetup="true")
    run.put("AMT_BootSettingData", run.instance("AMT_BootSettingData"), BIOSSetup="false")
    run.ask("AMT_SetupAndConfigurationService", "Put", run.instance("AMT_SetupAndConfigurationService"))
    run.ask("AMT_8021XProfile", "Put", run.instance("AMT_8021XProfile"))
    for item in (run.instances("AMT_EthernetPortSettings") or [])[:1]:
        for name in ("IPAddress", "SubnetMask", "DefaultGateway", "PrimaryDNS", "SecondaryDNS"):
            item.pop(name, None)
        run.put("AMT_EthernetPortSettings", item)
    run.expect("AMT_EthernetPortSettings", "SetLinkPreference", 1, 60, value=ANY)
    for item in run.instances("AMT_TLSSettingData") or []:
        run.put("AMT_TLSSettingData", item)


def services(run, realm, password):
    """Methods without consequences."""
    scs, time = "AMT_SetupAndConfigurationService", "AMT_TimeSynchronizationService"
    message = run.expect(scs, "GetUuid")
    if message and len(base64.b64decode(soap.text(message.first, "UUID") or "")) != 16:
        run.fault(scs, "GetUuid", "not 16 bytes")
    run.expect(scs, "SetMEBXPassword", "N3w-P@ssw0rd")
    run.expect(scs, "CommitChanges")
    message = run.expect(time, "GetLowAccuracyTimeSynch")
    now = int((message and soap.text(message.first, "Ta0")) or 0)
    run.expect(time, "SetHighAccuracyTimeSynch", now, now, now)
    run.expect("CIM_BootConfigSetting", "ChangeBootOrder", "Intel(r) AMT: Force PXE Boot")
    run.expect("CIM_BootConfigSetting", "ChangeBootOrder")
    run.expect("CIM_BootService", "SetBootConfigRole", "Intel(r) AMT: Boot Configuration 0", 1)
    run.expect("CIM_BootService", "SetBootConfigRole", "Intel(r) AMT: Boot Configuration 0", 32768)
    run.expect("CIM_BootService", "RequestStateChange", 32769, value=ANY)
    run.expect("CIM_KVMRedirectionSAP", "RequestStateChange", 2)
    run.expect("AMT_RedirectionService", "RequestStateChange", 32771)
    run.expect("IPS_PowerManagementService", "RequestOSPowerSavingStateChange", 2, value=ANY)
    run.expect("IPS_OptInService", "StartOptIn", value=ANY)
    run.expect("IPS_OptInService", "SendOptInCode", 0, value=ANY)
    run.expect("IPS_OptInService", "CancelOptIn", value=ANY)
    secret = hashlib.md5(f"admin:{realm}:{password}".encode())
    # The machine is set up already: none of these may do anything.
    setup, junk = "IPS_HostBasedSetupService", base64.b64encode(bytes(256)).decode()
    refused = (1, 2, 3, 4, 5, "AccessDenied", "ActionNotSupported", "InvalidRepresentation")
    run.expect(setup, "Setup", 2, secret.hexdigest(), value=refused)
    run.expect(setup, "AddNextCertInChain", junk, True, False, value=refused)
    run.expect(setup, "AdminSetup", 2, secret.hexdigest(), base64.b64encode(bytes(20)).decode(), 2, junk, value=refused)
    run.expect(setup, "UpgradeClientToAdmin", base64.b64encode(bytes(20)).decode(), 2, junk, value=refused)


def users(run, realm, password):
    """The life of one user."""
    acl = "AMT_AuthorizationService"

    def secret(user, word):
        return base64.b64encode(hashlib.md5(f"{user}:{realm}:{word}".encode()).digest()).decode()

    run.expect(acl, "EnumerateUserAclEntries", 1)
    message = run.expect(acl, "AddUserAclEntryEx", 2, [5, 13], "operator", secret("operator", "0per@tor"))
    handle = int((message and soap.text(message.first, "Handle")) or 0)
    message = run.expect(acl, "GetUserAclEntryEx", handle)
    if message and soap.text(message.first, "DigestUsername") != "operator":
        run.fault(acl, "GetUserAclEntryEx", f"not the user that was added: {message.data[-400:]!r}")
    run.expect(acl, "UpdateUserAclEntryEx", handle, 2, [5], "operator", secret("operator", "0per@tor"))
    run.expect(acl, "SetAclEnabledState", handle, False)
    message = run.expect(acl, "GetAclEnabledState", handle)
    if message and soap.text(message.first, "Enabled") != "false":
        run.fault(acl, "GetAclEnabledState", "still enabled")
    run.expect(acl, "RemoveUserAclEntry", handle)
    run.expect(acl, "GetUserAclEntryEx", handle, value=(2053, 36))
    message = run.expect(acl, "GetAdminAclEntry")
    if message and soap.text(message.first, "Username") != "admin":
        run.fault(acl, "GetAdminAclEntry", f"{soap.text(message.first, 'Username')!r}")
    run.expect(acl, "GetAdminAclEntryStatus")
    run.expect(acl, "GetAdminNetAclEntryStatus")
    run.expect(acl, "SetAdminACLEntryEx", "admin", secret("admin", password))


def _handle(message, name):
    selector = soap.child(message.first, name, "ReferenceParameters", "SelectorSet", "Selector") \
        if message is not None else None
    return "" if selector is None else selector.text


def certificates(run, scratch):
    """A root, a key made there, one brought along, a certificate in use."""
    pkm, blob = "AMT_PublicKeyManagementService", {}
    for name in ("root", "leaf"):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj",
                        f"/C=XX/O=swme/CN={name}", "-keyout", scratch / f"{name}.key", "-outform", "DER", "-out",
                        scratch / f"{name}.der"], check=True, capture_output=True)
        subprocess.run(["openssl", "rsa", "-traditional", "-in", scratch / f"{name}.key", "-outform", "DER", "-out",
                        scratch / f"{name}.rsa"], check=True, capture_output=True)
        for kind in ("der", "rsa"):
            blob[name, kind] = base64.b64encode((scratch / f"{name}.{kind}").read_bytes()).decode()
    root = _handle(run.expect(pkm, "AddTrustedRootCertificate", {"CertificateBlob": blob["root", "der"]}),
                   "CreatedCertificate")
    run.expect(pkm, "AddTrustedRootCertificate", {"CertificateBlob": blob["root", "der"]}, value=2058)
    key = _handle(run.expect(pkm, "AddKey", blob["leaf", "rsa"]), "CreatedKey")
    leaf = _handle(run.expect(pkm, "AddCertificate", {"CertificateBlob": blob["leaf", "der"]}), "CreatedCertificate")
    run.expect(pkm, "AddCertificate", {"CertificateBlob": "bm90aGluZw=="}, value=(36, 2063))
    made = _handle(run.expect(pkm, "GenerateKeyPair", {"KeyAlgorithm": 0, "KeyLength": 2048}), "KeyPair")
    run.expect(pkm, "GeneratePKCS10RequestEx",
               {"KeyPair": "", "SigningAlgorithm": 1, "NullSignedCertificateRequest": "AA=="}, value=ANY)
    names = {item["InstanceID"] for item in run.instances("AMT_PublicKeyCertificate") or []}
    keys = {item["InstanceID"] for item in run.instances("AMT_PublicPrivateKeyPair") or []}
    if not {root, leaf} <= names or not {key, made} <= keys:
        run.fault(pkm, "AddCertificate", f"{root!r}, {leaf!r} not in {names}, or {key!r}, {made!r} not in {keys}")
    for item in run.instances("AMT_PublicKeyCertificate") or []:
        if item["InstanceID"] == root:
            run.ask("AMT_PublicKeyCertificate", "Put", item)
    # In use by TLS it cannot go; with TLS off it can.
    message = run.ask("AMT_TLSCredentialContext", "Create", leaf)
    if message and message.subcode:
        run.fault("AMT_TLSCredentialContext", "Create", message.subcode)
    for name, wanted in ((leaf, False), (root, True)):
        message = run.ask("AMT_PublicKeyCertificate", "Delete", {"name": "InstanceID", "value": name})
        if message and (message.subcode is None) != wanted:
            run.fault("AMT_PublicKeyCertificate", "Delete", f"{name}: {message.subcode}")
    run.ask("AMT_TLSCredentialContext", "Delete", {"name": "InstanceID", "value": "none"})
    message = run.ask("AMT_PublicPrivateKeyPair", "Delete", {"name": "InstanceID", "value": made})
    if message and message.subcode:
        run.fault("AMT_PublicPrivateKeyPair", "Delete", message.subcode)


def power(run):
    """Reset, off, on; the reported state follows."""
    name, states = "CIM_PowerManagementService", "CIM_ServiceAvailableToElement"
    for action, after in ((10, "2"), (8, "8"), (2, "2")):
        run.expect(name, "RequestPowerStateChange", action)
        item = next(iter(run.instances(states) or []), {})
        if item.get("PowerState") != after:
            run.fault(name, "RequestPowerStateChange", f"{action}: PowerState {item.get('PowerState')!r}, not {after}")


def left_out(run):
    """What no test above has sent."""
    for name in P0:
        if name not in run.rows:
            run.faults.append(f"the package has no {name}")
        else:
            for builder in run.rows[name]["builders"]:
                if (name, builder) not in run.done:
                    run.fault(name, builder, "never sent")
