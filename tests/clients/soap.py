# SPDX-License-Identifier: GPL-2.0-or-later
"""WS-Management's messages: requests as public clients write them, and what all of those clients need of an answer.

The rules of lint() are MeshCentral's parser (amt-xml.js), go-wsman-messages' decoder and MPS' matching
of answers; where a rule is one client's, it says whose.
"""

import re
import xml.etree.ElementTree as ElementTree
from xml.sax.saxutils import escape

SOAP = "http://www.w3.org/2003/05/soap-envelope"
WSA = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
EVENTING = "http://schemas.xmlsoap.org/ws/2004/08/eventing"
ENUMERATION = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
IDENTITY = "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"
ANONYMOUS = WSA + "/role/anonymous"
PREFIXES = {"CIM_": "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/",
            "AMT_": "http://intel.com/wbem/wscim/1/amt-schema/1/",
            "IPS_": "http://intel.com/wbem/wscim/1/ips-schema/1/"}
IDENTIFY = (f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{SOAP}" xmlns:i="{IDENTITY}">'
            "<s:Header/><s:Body><i:Identify/></s:Body></s:Envelope>").encode()
# The subcodes that AMT is known to answer with.
FAULTS = ("DestinationUnreachable", "ActionNotSupported", "InvalidRepresentation", "QuotaLimit",
          "AccessDenied", "InvalidSelectors", "InvalidEnumerationContext", "FilteringNotSupported",
          "UnsupportedFeature", "InternalError", "SchemaValidationError", "InvalidParameter",
          "InvalidMessageInformationHeader", "MessageInformationHeaderRequired", "InvalidMessage",
          "EncodingLimit", "CannotProcessFilter", "FilterDialectRequestedUnavailable", "TimedOut",
          "DeliveryModeRequestedUnavailable", "EventSourceUnableToProcess", "ConcurrencyError",
          "AlreadyExists")
# An instance comes as what it is, whatever class was asked for.
SUBCLASSES = {"CIM_PhysicalPackage": ("CIM_Card", "CIM_Chassis"),
              "CIM_ServiceAvailableToElement": ("CIM_AssociatedPowerManagementService",),
              "CIM_SystemPackaging": ("CIM_ComputerSystemPackage",)}


def uri(name):
    return PREFIXES[name[:4]] + name


def envelope(action, resource, body, message, selectors=None):
    """One request."""
    chosen = "".join(f'<w:Selector Name="{name}">{escape(value)}</w:Selector>'
                     for name, value in (selectors or {}).items())
    chosen = chosen and f"<w:SelectorSet>{chosen}</w:SelectorSet>"
    return (f'<?xml version="1.0" encoding="utf-8"?><Envelope xmlns="{SOAP}" xmlns:a="{WSA}" xmlns:w="{WSMAN}">'
            f"<Header><a:Action>{action}</a:Action><a:To>/wsman</a:To><w:ResourceURI>{resource}</w:ResourceURI>"
            f"<a:MessageID>{message}</a:MessageID><a:ReplyTo><a:Address>{ANONYMOUS}</a:Address></a:ReplyTo>"
            f"<w:OperationTimeout>PT60S</w:OperationTimeout>{chosen}</Header>"
            f"<Body>{body}</Body></Envelope>").encode()


def get(name, message=1, selectors=None):
    return envelope(TRANSFER + "/Get", uri(name), "", message, selectors)


def invoke(name, method, parameters="", message=1):
    return envelope(f"{uri(name)}/{method}", uri(name),
                    f'<r:{method}_INPUT xmlns:r="{uri(name)}">{parameters}</r:{method}_INPUT>', message)


def enumerate_request(name, message=1):
    return envelope(ENUMERATION + "/Enumerate", uri(name), f'<Enumerate xmlns="{ENUMERATION}" />', message)


def pull(name, context, message=1):
    return envelope(ENUMERATION + "/Pull", uri(name),
                    f'<Pull xmlns="{ENUMERATION}"><EnumerationContext>{context}</EnumerationContext>'
                    "<MaxElements>999</MaxElements><MaxCharacters>99999</MaxCharacters></Pull>", message)


# ---- reading ----

def local(element):
    return element.tag.rpartition("}")[2]


def space(element):
    return element.tag.rpartition("}")[0].lstrip("{")


def child(element, *names):
    """The first one of that local name, and so on down; or None."""
    for name in names:
        element = next((one for one in (element if element is not None else ()) if local(one) == name), None)
    return element


def text(element, *names):
    found = child(element, *names)
    return None if found is None else found.text or ""


def value(element):
    """An instance as consoles keep it: text, or a dictionary; what repeats is a list."""
    if len(element) == 0:
        return element.text or ""
    if local(element) == "SelectorSet":
        return {"Selector": [{"_": one.text, "$": {"Name": one.get("Name")}} for one in element]}
    result = {}
    for one in element:
        name, got = local(one), value(one)
        if name not in result:
            result[name] = got
        elif isinstance(result[name], list):
            result[name].append(got)
        else:
            result[name] = [result[name], got]
    return result


class Message:
    """An answer taken apart; raises ElementTree.ParseError."""

    def __init__(self, data):
        self.data = data
        self.root = ElementTree.fromstring(data)
        self.header, self.body = child(self.root, "Header"), child(self.root, "Body")
        self.first = next(iter(self.body), None) if self.body is not None else None

    @property
    def subcode(self):
        """The fault's, without its prefix; or None."""
        if self.first is None or local(self.first) != "Fault":
            return None
        return (text(self.first, "Code", "Subcode", "Value") or "").rpartition(":")[2]

    @property
    def return_value(self):
        return text(self.first, "ReturnValue")

    @property
    def items(self):
        return list(child(self.first, "Items") or ())

    @property
    def context(self):
        return text(self.first, "EnumerationContext")


# ---- judging ----

def _lint_text(data):
    """What MeshCentral's parser makes of it before anything else."""
    faults = []
    document = data.decode("utf-8", "replace")
    if "\ufffd" in document:
        faults.append("not UTF-8")
    if not document.startswith("<?xml "):
        faults.append(f"no XML declaration: {document[:40]!r}")
    if match := re.search(r"<[^<>]*[^\s<>]/>", document):
        faults.append(f"MeshCentral: no blank before the slash of {match[0]!r}")
    for mark, what in (("<!--", "a comment"), ("<![CDATA[", "CDATA"), ("<!DOCTYPE", "a document type")):
        if mark in document:
            faults.append(f"MeshCentral: {what}")
    if document.count("<?") != 1:
        faults.append("a processing instruction")
    for name, quoted in re.findall(r'([\w:]+)="([^"]*)"', document.partition("?>")[2]):
        if " " in quoted:
            faults.append(f"MeshCentral: a blank in the attribute {name}={quoted!r}")
    # Namespaces are declared on the Envelope, or on the element that is the class.
    for tag in re.findall(r"<[^/?][^<>]*\sxmlns[:=][^<>]*>", document):
        name = re.match(r"<(?:\w+:)?([\w-]+)", tag)[1]
        if name != "Envelope" and not re.match(r"(CIM|AMT|IPS)_", name):
            faults.append(f"MeshCentral: a namespace on {tag[:80]!r}")
    return faults


def _lint_properties(element, path=""):
    """Properties have no attributes, but for a selector's name."""
    faults = []
    for one in element:
        here = f"{path}/{local(one)}"
        allowed = {"Name"} if local(one) == "Selector" else set()
        if extra := set(one.attrib) - allowed:
            faults.append(f"MeshCentral: {here} has {', '.join(sorted(extra))}")
        if one.text in ("True", "False") and local(element) != "CIM_SoftwareIdentity":
            faults.append(f"{here}: {one.text} is no boolean")
        if len(one) and (one.text or "").strip():
            faults.append(f"{here} has text beside its elements")
        faults += _lint_properties(one, here)
    return faults


def _lint_header(message, request):
    """The five that clients match answers by."""
    faults = []
    asked = Message(request)
    header = message.header
    if text(header, "To") != ANONYMOUS:
        faults.append(f"To {text(header, 'To')!r}")
    if text(header, "RelatesTo") != text(asked.header, "MessageID"):
        faults.append(f"RelatesTo {text(header, 'RelatesTo')!r}, asked {text(asked.header, 'MessageID')!r}")
    if not re.fullmatch(r"uuid:[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", text(header, "MessageID") or ""):
        faults.append(f"MessageID {text(header, 'MessageID')!r}")
    action = child(header, "Action")
    if action is None or action.get(f"{{{SOAP}}}mustUnderstand") != "true":
        faults.append("Action is not mustUnderstand")
    if message.subcode is None:
        wanted = text(asked.header, "Action") + "Response"
        if text(header, "Action") != wanted:
            faults.append(f"Action {text(header, 'Action')!r}, not {wanted!r}")
        if text(header, "ResourceURI") != text(asked.header, "ResourceURI"):
            faults.append(f"MeshCentral: ResourceURI {text(header, 'ResourceURI')!r}, asked "
                          f"{text(asked.header, 'ResourceURI')!r}")
    elif not (text(header, "Action") or "").endswith("/fault"):
        faults.append(f"a fault with the Action {text(header, 'Action')!r}")
    return faults


def _lint_fault(message):
    faults = []
    if text(message.first, "Code", "Value") not in ("a:Sender", "a:Receiver"):
        faults.append(f"Code {text(message.first, 'Code', 'Value')!r}")
    if message.subcode not in FAULTS:
        faults.append(f"subcode {message.subcode!r}")
    if not text(message.first, "Reason", "Text"):
        faults.append("no reason")
    if child(message.first, "Detail") is None:
        faults.append("no Detail")
    elif re.search(rb"<\w+:Detail\s*/>", message.data):
        faults.append("Detail is not a pair")
    return faults


def _lint_body(message, asked):
    action, resource = text(asked.header, "Action"), text(asked.header, "ResourceURI")
    verb, name = action.rpartition("/")[2], resource.rpartition("/")[2]
    first = message.first
    if action in (TRANSFER + "/Delete", EVENTING + "/Unsubscribe"):
        return []
    if first is None:
        return ["an empty body"]
    wanted = {TRANSFER + "/Get": (resource, name), TRANSFER + "/Put": (resource, name),
              TRANSFER + "/Create": (TRANSFER, "ResourceCreated"),
              ENUMERATION + "/Enumerate": (ENUMERATION, "EnumerateResponse"),
              ENUMERATION + "/Pull": (ENUMERATION, "PullResponse"),
              EVENTING + "/Subscribe": (EVENTING, "SubscribeResponse"),
              EVENTING + "/Renew": (EVENTING, "RenewResponse"),
              ENUMERATION + "/Release": None}.get(action, (resource, f"{verb}_OUTPUT"))
    faults = []
    subclass = local(first) in SUBCLASSES.get(name, ())
    if wanted and (space(first), local(first)) != wanted and not subclass:
        faults.append(f"the body is {first.tag}, not {wanted}")
    if wanted and wanted[1].endswith("_OUTPUT") and not re.fullmatch(r"\d+", message.return_value or ""):
        faults.append(f"ReturnValue {message.return_value!r}")
    if action == ENUMERATION + "/Enumerate" and not message.context:
        faults.append("no EnumerationContext")
    if action == ENUMERATION + "/Pull":
        if child(first, "Items") is None:
            faults.append("no Items")
        if bool(message.context) == (child(first, "EndOfSequence") is not None):
            faults.append("neither EnumerationContext nor EndOfSequence, or both")
        for item in message.items:
            faults += [f"{local(item)} has attributes"] * bool(item.attrib) + _lint_properties(item, local(item))
    else:
        faults += _lint_properties(first, local(first))
    return faults


def lint(answer, request):
    """What is wrong with an answer (its status and body) to that request."""
    faults = _lint_text(answer.body)
    try:
        message = Message(answer.body)
    except ElementTree.ParseError as error:
        return [*faults, f"not XML: {error}: {answer.body[:200]!r}"]
    if space(message.root) != SOAP or local(message.root) != "Envelope" or message.body is None:
        return [*faults, "no SOAP envelope"]
    if not answer.get("content-type").lower().startswith("application/soap+xml"):
        faults.append(f"Content-Type {answer.get('content-type')!r}")
    if message.subcode is not None:
        faults += [] if answer.status in (400, 500) else [f"a fault with status {answer.status}"]
        faults += _lint_fault(message)
    else:
        faults += [] if answer.status == 200 else [f"status {answer.status}"]
        faults += _lint_body(message, Message(request))
    return faults + _lint_header(message, request)
