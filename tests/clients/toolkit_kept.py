# SPDX-License-Identifier: GPL-2.0-or-later
"""npm's @device-management-toolkit/wsman-messages: every builder of the classes that no console cannot do
without. What they set AMT keeps; no secret comes back."""

import base64

import soap

SECRET = "N0t-t0-be-seen!"


def name_of(message, output):
    """The Name or InstanceID in a reference that a method gave."""
    selectors = soap.child(message.first, output, "ReferenceParameters", "SelectorSet") if message else None
    for one in () if selectors is None else selectors:
        if one.get("Name") in ("Name", "InstanceID", "PolicyRuleName"):
            return one.text
    return ""


def delete(run, name, selector, value):
    message = run.ask(name, "Delete", {"name": selector, "value": value})
    if message and message.subcode:
        run.fault(name, "Delete", f"{value}: {message.subcode}")


def unseen(run, name):
    """No instance of a class shows the secret."""
    if SECRET in str(run.instances(name)):
        run.fault(name, "Pull", "a secret")


def remote_access(run):
    """A server, two policies, an end to all of it."""
    service, sap, rule = "AMT_RemoteAccessService", "AMT_ManagementPresenceRemoteSAP", "AMT_RemoteAccessPolicyRule"
    applies, login = "AMT_RemoteAccessPolicyAppliesToMPS", "AMT_MPSUsernamePassword"
    server = {"AccessInfo": "mps.test.example", "InfoFormat": 201, "Port": 4433, "AuthMethod": 2,
              "Username": "device", "Password": SECRET, "CommonName": "mps.test.example"}
    first = name_of(run.expect(service, "AddMPS", server), "MpServer")
    run.expect(service, "AddMPS", server, value=2058)
    second = name_of(run.expect(service, "AddMPS", {**server, "AccessInfo": "192.0.2.1", "InfoFormat": 3}), "MpServer")
    every_ten = base64.b64encode(bytes(7) + b"\n").decode()
    for trigger in (0, 2):
        run.expect(service, "AddRemoteAccessPolicyRule",
                   {"Trigger": trigger, "TunnelLifeTime": 0, "ExtendedData": every_ten},
                   {"name": "Name", "value": first})
    run.put(rule, {"PolicyRuleName": "Periodic"}, TunnelLifeTime=30)
    run.put(login, run.instance(login), RemoteID="another")
    run.put(login, {**run.instance(login), "Secret": SECRET})
    run.ask(applies, "Put", {"MpsType": 2})
    run.ask(applies, "Create", {"MpsType": 0})  # of no policy: the documented fault
    run.ask(applies, "Delete", {"name": "OrderOfAccess", "value": "0"})
    unseen(run, login)
    if len(run.instances(applies) or []) != 2 or len(run.instances(sap) or []) != 2:
        run.fault(service, "AddRemoteAccessPolicyRule", "not two of each")
    message = run.ask(sap, "Delete", {"name": "Name", "value": first})
    if message and not message.subcode:
        run.fault(sap, "Delete", "a server that a policy names")
    for name in ("User Initiated", "Periodic"):
        delete(run, rule, "PolicyRuleName", name)
    for name in (first, second):
        delete(run, sap, "Name", name)
    if run.instances(sap):
        run.fault(sap, "Delete", "still there")
    run.put("AMT_EnvironmentDetectionSettingData", run.instance("AMT_EnvironmentDetectionSettingData"),
            DetectionStrings="test.example")
    run.expect("AMT_UserInitiatedConnectionService", "RequestStateChange", 32771)


def proxies(run):
    service, access = "IPS_HTTPProxyService", "IPS_HTTPProxyAccessPoint"
    one = {"AccessInfo": "proxy.test.example", "InfoFormat": 201, "Port": 8080, "NetworkDnsSuffix": "test.example"}
    name = name_of(run.expect(service, "AddProxyAccessPoint", one), "ProxyAccessPoint")
    run.expect(service, "AddProxyAccessPoint", one, value=2058)
    run.expect(access, "UpdatePriority", 1)
    delete(run, access, "Name", name)


def wireless(run):
    """A profile with a pass phrase and one with 802.1x."""
    service, settings, port = "AMT_WiFiPortConfigurationService", "CIM_WiFiEndpointSettings", "CIM_WiFiPort"
    home = {"ElementName": "home", "InstanceID": "Intel(r) AMT:WiFi Endpoint Settings home", "AuthenticationMethod": 6,
            "EncryptionMethod": 4, "SSID": "net", "Priority": 1, "PSKPassPhrase": SECRET}
    work = {**home, "ElementName": "work", "InstanceID": "Intel(r) AMT:WiFi Endpoint Settings work",
            "AuthenticationMethod": 7, "Priority": 2}
    work.pop("PSKPassPhrase")
    enterprise = {"ElementName": "work", "InstanceID": "Intel(r) AMT: 8021X Settings work",
                  "AuthenticationProtocol": 2, "Username": "me", "Password": SECRET}
    endpoint = {"name": "Name", "value": "WiFi Endpoint 0"}
    run.expect(service, "AddWiFiSettings", home, endpoint)
    run.expect(service, "AddWiFiSettings", home, endpoint, value=2058)
    run.expect(service, "AddWiFiSettings", work, endpoint, enterprise)
    run.expect(port, "RequestStateChange", 32769)
    if run.instance(port).get("EnabledState") != "32769":
        run.fault(port, "RequestStateChange", "EnabledState is not 32769")
    run.put(service, run.instance(service), localProfileSynchronizationEnabled=1)
    if [item.get("ElementName") for item in run.instances(settings) or []] != ["home", "work"]:
        run.fault(settings, "Pull", f"{run.instances(settings)}")
    for name in (settings, "CIM_IEEE8021xSettings"):
        unseen(run, name)
    delete(run, settings, "InstanceID", home["InstanceID"])
    delete(run, settings, "InstanceID", work["InstanceID"])


def others(run):
    """802.1x on the wire, Kerberos, alarms, logs."""
    wired, kerberos = "IPS_IEEE8021xSettings", "AMT_KerberosSettingData"
    run.put(wired, run.instance(wired), Username="me", PxeTimeout=60)
    run.put(wired, {**run.instance(wired), "Password": SECRET})
    unseen(run, wired)
    run.expect(wired, "SetCertificates", "", "", value=36)
    run.expect(kerberos, "SetCredentialCacheState", {"Enable": "false"})
    message = run.expect(kerberos, "GetCredentialCacheState")
    if message and soap.text(message.first, "Enabled") != "false":
        run.fault(kerberos, "GetCredentialCacheState", "still enabled")
    clock, alarm = "AMT_AlarmClockService", "IPS_AlarmClockOccurrence"
    run.expect(clock, "AddAlarm", {"InstanceID": "wake", "ElementName": "wake", "StartTime": {"date": "2099-01-01T00:00:00Z"},
                                   "DeleteOnCompletion": True})
    delete(run, alarm, "InstanceID", "wake")
    run.ask(clock, "Put", run.instance(clock))
    run.expect("AMT_AuditLog", "ReadRecords", 1)
    run.expect("AMT_MessageLog", "PositionToFirstRecord", value=(0, 2))
    run.expect("AMT_MessageLog", "GetRecords", 1, 100, value=(0, 3))


def left_out(run):
    """Of all classes of the package."""
    for name, row in run.rows.items():
        for builder in row["builders"]:
            if (name, builder) not in run.done:
                run.fault(name, builder, "never sent")
