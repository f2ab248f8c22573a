#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Events over HTTP, on `swme serve`: listeners that are there, down, back again, angry, or deaf.

    events_serve.py SWME

Prints TAP.
"""
import json
import os
import queue
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import xml.etree.ElementTree as ElementTree

from serving import PASSWORD, TIMEOUT, Serve, challenge, equal, main, md5

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "clients"))
import soap  # noqa: E402  pylint: disable=C0413
from amt_http import Session  # noqa: E402  pylint: disable=C0413

SWME = sys.argv[1]
SCRATCH = tempfile.mkdtemp(prefix="swme-events-")
CONTROL = os.path.join(SCRATCH, "control")
EVENTING = "http://schemas.xmlsoap.org/ws/2004/08/eventing"
PUSH, WITH_ACK = EVENTING + "/DeliveryModes/Push", "http://schemas.dmtf.org/wbem/wsman/1/wsman/PushWithAck"
LOGIN = ("bob", "s3cret-of-bob")
RETRIES = 30  # seconds for which an event is kept
NO = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
YES = NO.replace(b"500 Internal Server Error", b"200 OK")


class Listener:
    """What a console runs; answers(headers, body) is what it says, None for nothing."""

    def __init__(self, port=0, answers=lambda headers, body: YES, tls=None):
        self.server = socket.create_server(("127.0.0.1", port))
        self.port = self.server.getsockname()[1]
        self.answers, self.tls = answers, tls
        self.heard = queue.Queue()
        self.kept = []
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown(socket.SHUT_RDWR)
        self.thread.join(TIMEOUT)
        self.server.close()
        for one in self.kept:
            one.close()

    def run(self):
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            try:
                self.serve(connection)
            except (OSError, ValueError):
                connection.close()  # TLS that was not taken, or a request that was given up

    def serve(self, connection):
        if self.tls:
            connection = self.tls.wrap_socket(connection, server_side=True)
        file = connection.makefile("rb")
        line = file.readline()
        if not line:
            raise ValueError
        headers = {}
        while (header := file.readline()) not in (b"\r\n", b""):
            name, _, value = header.decode().partition(":")
            headers[name.lower()] = value.strip()
        headers[""] = line.decode().strip()
        body = file.read(int(headers["content-length"]))
        answer = self.answers(headers, body)
        self.heard.put((headers, body))
        if answer is None:
            self.kept.append(connection)
            return
        connection.sendall(answer)
        connection.close()

    def next(self, timeout=TIMEOUT):
        """The next event's headers, document and message id."""
        headers, body = self.heard.get(timeout=timeout)
        document = ElementTree.fromstring(body)
        return headers, body.decode(), next(document.iter("{" + soap.uri("CIM_AlertIndication") + "}MessageID")).text


class Digest:
    """Asks for bob's password first."""

    def __init__(self):
        self.refused = 0

    def __call__(self, headers, _body):
        given = headers.get("authorization")
        if given is None:
            self.refused += 1
            return (b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm="console", nonce="n0nce", '
                    b'qop="auth", opaque="o"\r\nContent-Length: 0\r\n\r\n')

        class As:
            @staticmethod
            def header(_name):
                return given

        fields = challenge(As) | {"path": headers[""].split()[1]}
        ha1 = md5(f"{LOGIN[0]}:console:{LOGIN[1]}")
        proof = md5(f"{ha1}:n0nce:00000001:{fields['cnonce']}:auth:{md5('POST:' + fields['path'])}")
        return YES if fields["response"] == proof and fields["opaque"] == "o" else NO


class Console:
    def __init__(self, port):
        self.session = Session("127.0.0.1", port, "admin", PASSWORD)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.session.close()

    def send(self, document):
        answer = self.session.request("POST", "/wsman", document)
        equal(soap.lint(answer, document), [], "what is wrong with the answer")
        return soap.Message(answer.body)

    def subscribe(self, url, mode=WITH_ACK, collection="Intel(r) AMT:All", login=None, arg=None):
        """As MeshCommander does it."""
        digest = digest2 = parameters = ""
        if login:
            digest = ('<t:IssuedTokens xmlns:t="http://schemas.xmlsoap.org/ws/2005/02/trust" xmlns:se="http://docs.'
                      'oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd">'
                      "<t:RequestSecurityTokenResponse><t:RequestedSecurityToken><se:UsernameToken><se:Username>"
                      f"{login[0]}</se:Username><se:Password>{login[1]}</se:Password></se:UsernameToken>"
                      "</t:RequestedSecurityToken></t:RequestSecurityTokenResponse></t:IssuedTokens>")
            digest2 = '<w:Auth Profile="http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/http/digest"/>'
        if arg is not None:
            parameters = f'<a:ReferenceParameters><m:arg xmlns:m="http://x.com">{arg}</m:arg></a:ReferenceParameters>'
        name = soap.uri("CIM_FilterCollection")
        request = soap.envelope(
            EVENTING + "/Subscribe", name,
            f'<e:Subscribe xmlns:e="{EVENTING}"><e:Delivery Mode="{mode}"><e:NotifyTo><a:Address>{url}</a:Address>'
            f"{parameters}</e:NotifyTo>{digest2}</e:Delivery></e:Subscribe>", 1, {"InstanceID": collection})
        message = self.send(request.replace(b"</Header>", digest.encode() + b"</Header>"))
        equal(soap.local(message.first), "SubscribeResponse", "answer")
        return message.first

    def unsubscribe(self, response):
        """With the references that the subscription was answered with."""
        name = soap.uri("CIM_FilterCollectionSubscription")
        chosen = ElementTree.tostring(
            soap.child(response, "SubscriptionManager", "ReferenceParameters", "SelectorSet"), encoding="unicode")
        request = soap.envelope(EVENTING + "/Unsubscribe", name, f'<e:Unsubscribe xmlns:e="{EVENTING}"/>', 1)
        self.send(request.replace(b"</Header>", chosen.encode() + b"</Header>"))

    def list(self, name):
        context = soap.text(self.send(soap.enumerate_request(name)).first, "EnumerationContext")
        return list(soap.child(self.send(soap.pull(name, context)).first, "Items"))

    def call(self, name, method, parameters):
        message = self.send(soap.invoke(name, method, parameters))
        equal(message.return_value, "0", method)


def serve(**kwargs):
    return Serve(SWME, SCRATCH, "--control", CONTROL, **kwargs)


def ctl(*words):
    return subprocess.run([SWME, "ctl", CONTROL, *words], check=True, stdout=subprocess.PIPE, text=True).stdout


def url(listener, scheme="http"):
    return f"{scheme}://127.0.0.1:{listener.port}/amtevents?x=1"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


def test_a_listener_with_a_password_gets_events_with_its_parameters():
    digest = Digest()
    with serve() as s, Console(s.port) as c, Listener(answers=digest) as listener:
        subscribed = c.subscribe(url(listener), login=LOGIN, arg="node//42")
        equal([soap.text(one, "Destination") for one in c.list("CIM_ListenerDestinationWSManagement")],
              [url(listener)], "destinations")
        ctl("event-raise", "bad-passwords")
        _, _, first = listener.next()
        headers, body, second = listener.next()
        equal((first, second, digest.refused), ("PLAT0032", "PLAT0032", 1), "once refused, once taken")
        equal(headers[""], "POST /amtevents?x=1 HTTP/1.1", "request")
        for part in ('<m:arg xmlns:m="http://x.com">node//42</m:arg>', "<c:AckRequested></c:AckRequested>",
                     "<b:Action a:mustUnderstand=\"true\">http://schemas.dmtf.org/wbem/wsman/1/wsman/Event<",
                     "<g:IndicationFilterName>Intel(r) AMT:AllEvents<"):
            if part not in body:
                raise AssertionError(f"{part} is not in {body}")
        shown = ctl("amt") + ctl("alerts") + body + repr(headers)
        if LOGIN[1] in shown or "node//42" in ctl("amt"):
            raise AssertionError("what is the listener's own is shown")
        with Listener() as other:
            c.unsubscribe(subscribed)
            c.subscribe(url(other))
            ctl("event-raise", "os-hung")
            equal(other.next()[2], "PLAT0322", "the other one")
        equal(listener.heard.qsize(), 0, "events for one who unsubscribed")


def test_one_that_is_down_gets_its_events_when_it_returns():
    port = free_port()
    with serve() as s, Console(s.port) as c:
        c.subscribe(f"http://127.0.0.1:{port}/")
        for name in ("os-hung", "no-boot-media", "chassis-opened"):
            ctl("event-raise", name)
        counted = json.loads(ctl("listeners"))
        equal((counted["waiting"], counted["notices"], counted["lost"]), (3, 3, 0), "events that wait")
        with Listener(port) as listener:
            equal([listener.next(RETRIES)[2] for _ in range(3)], ["PLAT0322", "PLAT0286", "PLAT0004"],
                  "events, in order")
        if json.loads(ctl("listeners"))["failed"] < 1:
            raise AssertionError("it never was down")


def test_a_no_is_taken_back_where_an_answer_was_asked_for():
    answers = [NO, NO, YES]
    with serve() as s, Console(s.port) as c:
        with Listener(answers=lambda headers, body: answers.pop(0)) as listener:
            c.subscribe(url(listener))
            ctl("event-raise", "os-hung")
            numbers = [listener.next(RETRIES)[1].partition("Intel(r):")[2].partition("<")[0] for _ in range(3)]
            equal(len(set(numbers)), 1, "the same event, three times")
            answers.append(YES)
            ctl("event-raise", "chassis-opened")
            equal(listener.next()[2], "PLAT0004", "the next")
        with Listener(answers=lambda headers, body: NO) as listener:
            c.subscribe(url(listener), PUSH)
            ctl("event-raise", "os-hung")
            ctl("event-raise", "chassis-opened")
            equal([listener.next()[2] for _ in range(2)], ["PLAT0322", "PLAT0004"], "each once, whatever is said")


def test_one_that_stalls_holds_nobody_up():
    with serve() as s, Console(s.port) as c, Listener(answers=lambda headers, body: None) as deaf:
        with Listener() as listener:
            c.subscribe(url(deaf))
            c.subscribe(url(listener))
            for name in ("os-hung", "chassis-opened"):
                ctl("event-raise", name)
            deaf.next()
            equal([listener.next()[2] for _ in range(2)], ["PLAT0322", "PLAT0004"], "the other's events")
            equal(len(c.list("CIM_FilterCollectionSubscription")), 2, "subscriptions")


def test_collections_have_their_own():
    with serve() as s, Console(s.port) as c, Listener() as ours, Listener() as platform:
        c.subscribe(url(ours), collection="Intel(r) AMT:Features")
        c.subscribe(url(platform), collection="Intel(r) AMT:Platform")
        for name in ("os-hung", "user-notification", "chassis-opened"):
            ctl("event-raise", name)
        equal(ours.next()[2], "iAMT0050", "AMT's own")
        equal([platform.next()[2] for _ in range(2)], ["PLAT0322", "PLAT0004"], "the platform's")
        equal(ours.heard.qsize(), 0, "more of AMT's own")


def test_subscriptions_last():
    nvm = os.path.join(SCRATCH, "listeners.nvm")
    with Listener() as listener:
        with Serve(SWME, SCRATCH, "--nvm", nvm) as s, Console(s.port) as c:
            c.subscribe(url(listener), arg="7")
        with Serve(SWME, SCRATCH, "--nvm", nvm, "--control", CONTROL, provision=None):
            ctl("event-raise", "os-hung")
            if ">7</m:arg>" not in listener.next()[1]:
                raise AssertionError("the parameters are lost")


def make_certificate(name):
    """Signed by itself, for 127.0.0.1; its two files."""
    key, certificate = (os.path.join(SCRATCH, name + end) for end in (".key", ".pem"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                   check=True, stderr=subprocess.DEVNULL)
    return key, certificate


def test_over_tls_the_listener_has_to_be_trusted():
    contexts, ders = [], []
    for name in ("trusted", "other"):
        key, certificate = make_certificate(name)
        contexts.append(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
        contexts[-1].load_cert_chain(certificate, key)
        with open(certificate, encoding="ascii") as file:
            ders.append("".join(file.read().split("-----")[2].split()))
    with serve() as s, Console(s.port) as c:
        c.call("AMT_PublicKeyManagementService", "AddTrustedRootCertificate",
               f"<r:CertificateBlob>{ders[0]}</r:CertificateBlob>")
        with Listener(tls=contexts[0]) as listener, Listener(tls=contexts[1]) as other:
            c.subscribe(url(other, "https"))
            c.subscribe(url(listener, "https"))
            ctl("event-raise", "os-hung")
            equal(listener.next()[2], "PLAT0322", "the one with a certificate of a trusted root's")
            equal(other.heard.qsize(), 0, "what the other one was told")


if __name__ == "__main__":
    try:
        sys.exit(main(dict(globals())))
    finally:
        shutil.rmtree(SCRATCH)
