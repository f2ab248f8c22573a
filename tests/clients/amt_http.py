# SPDX-License-Identifier: GPL-2.0-or-later
"""One connection to AMT's web server, with digest authentication done by hand, so that a test can do it wrong.

lint_challenge() holds a 401 to what the strictest of the public clients needs: go-wsman-messages and
MeshCentral parse the header by hand, MPS waits for the end of its page.
"""

import hashlib
import os
import re
import socket
import ssl
from dataclasses import dataclass, field

SERVER = re.compile(r"Intel\(R\) Active Management Technology \d+\.\d+\.\d+(\.\d+)?")
REALM = re.compile(r"Digest:[0-9A-F]{32}")
PARAMETER = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s,]+))')


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


@dataclass
class Answer:
    """What came back. headers are as they stood on the wire, in order."""

    status: int
    headers: list
    body: bytes = b""
    faults: list = field(default_factory=list)

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name]

    def get(self, name, default=""):
        return next(iter(self.all(name)), default)


class Closed(Exception):
    """The server ended the connection before an answer."""


class Wire:
    """A socket and what was read ahead of it."""

    def __init__(self, host, port, tls=False, timeout=20, context=None):
        self.sock = socket.create_connection((host, port), timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.sock = (context or any_certificate()).wrap_socket(self.sock)
        self.ahead = b""

    def close(self):
        self.sock.close()

    def send(self, data):
        self.sock.sendall(data)

    def more(self):
        part = self.sock.recv(65536)
        if not part:
            raise Closed
        self.ahead += part

    def until(self, end):
        while end not in self.ahead:
            self.more()
        got, self.ahead = self.ahead.split(end, 1)
        return got

    def exactly(self, size):
        while len(self.ahead) < size:
            self.more()
        got, self.ahead = self.ahead[:size], self.ahead[size:]
        return got

    def answer(self, bodyless=False):
        """The next answer that is not 100."""
        status = 100
        while status == 100:
            first, *lines = self.until(b"\r\n\r\n").decode("latin-1").split("\r\n")
            status = int(first.split()[1])
        answer = Answer(status, [])
        for line in lines:
            name, _, value = line.partition(":")
            if not value.startswith(" ") or value.startswith("  "):
                answer.faults.append(f"not one blank behind the colon: {line!r}")
            answer.headers.append((name, value.strip()))
        if bodyless or status in (204, 304):
            return answer
        if answer.get("transfer-encoding").lower() == "chunked":
            while size := int(self.until(b"\r\n"), 16):
                answer.body += self.exactly(size)
                self.exactly(2)
            self.exactly(2)
        elif answer.all("content-length"):
            answer.body = self.exactly(int(answer.get("content-length")))
        else:
            try:
                while True:
                    self.more()
            except Closed:
                answer.body, self.ahead = self.ahead, b""
        return answer


def any_certificate(minimum=None, maximum=None, ciphers=None):
    """A context for AMT's own certificate, which nobody signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if minimum:
        context.minimum_version = minimum
    if maximum:
        context.maximum_version = maximum
    if ciphers:
        context.set_ciphers(ciphers)
    return context


def parameters(challenge):
    return {name: quoted or bare for name, quoted, bare in PARAMETER.findall(challenge)}


class Session:
    """Requests of one user; the nonce lives across connections, as public clients let it."""

    def __init__(self, host, port, user, password, tls=False):
        self.host, self.port, self.tls = host, port, tls
        self.user, self.password = user, password
        self.wire = self.challenge = None
        self.count = 0

    def close(self):
        if self.wire:
            self.wire.close()
        self.wire = None

    def authorization(self, method, path, **wrong):
        """The header's value; wrong replaces parts of it."""
        self.count += 1
        part = {"username": self.user, "realm": self.challenge.get("realm", ""),
                "nonce": self.challenge.get("nonce", ""), "uri": path, "qop": "auth",
                "nc": f"{self.count:08x}", "cnonce": os.urandom(8).hex(), **wrong}
        secret = md5(f"{part['username']}:{part['realm']}:{self.password}")
        part.setdefault("response", md5(":".join(
            (secret, part["nonce"], part["nc"], part["cnonce"], part["qop"],
             md5(f"{method}:{part['uri']}")))))
        return "Digest " + ",".join(
            f"{key}={value}" if key in ("nc", "qop") else f'{key}="{value}"' for key, value in part.items())

    def once(self, method, path, body=b"", headers=(), authorization=None):
        """One request on the open connection, or a new one if the server has closed it."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}", *headers]
        if authorization:
            lines.append(f"Authorization: {authorization}")
        if method in ("POST", "PUT"):
            lines.append(f"Content-Length: {len(body)}")
        data = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
        for attempt in (1, 2):
            fresh = self.wire is None
            if fresh:
                self.wire = Wire(self.host, self.port, self.tls)
            try:
                self.wire.send(data)
                answer = self.wire.answer(method == "HEAD")
                break
            except (Closed, ConnectionError):
                self.close()
                if fresh or attempt == 2:
                    raise
        if answer.get("connection").lower() == "close":
            self.close()
        return answer

    def request(self, method, path, body=b"", headers=()):
        """As public clients do: without credentials until challenged, then with what was learnt."""
        sign = self.challenge and self.authorization(method, path)
        answer = self.once(method, path, body, headers, sign)
        if answer.status == 401:
            challenge = parameters(answer.get("www-authenticate"))
            if self.challenge and challenge.get("nonce") == self.challenge.get("nonce"):
                return answer
            self.challenge, self.count = challenge, self.count if self.challenge else 0
            answer = self.once(method, path, body, headers, self.authorization(method, path))
        return answer


def lint_http(answer):
    """What no answer of ports 16992 and 16993 may lack or have."""
    faults = list(answer.faults)
    if not SERVER.fullmatch(answer.get("server")):
        faults.append(f"Server: {answer.get('server')!r}")
    if answer.get("connection").lower() == "close" and answer.all("content-length") and answer.body:
        faults.append("Connection: close beside Content-Length: MeshCentral drops the body")
    return faults


def lint_challenge(answer):
    """The 401 itself."""
    faults = lint_http(answer)
    challenges = answer.all("www-authenticate")
    if answer.status != 401 or len(challenges) != 1:
        return [*faults, f"status {answer.status}, {len(challenges)} challenges"]
    text = challenges[0]
    if not text.startswith("Digest "):
        faults.append(f"go-wsman-messages cannot read {text!r}")
    got = {}
    for part in text[len("Digest "):].split('",'):  # as go-wsman-messages splits it
        match = re.fullmatch(r'\s*(\w+)="([^"]*)"?\s*', part)
        if not match:
            faults.append(f"go-wsman-messages cannot read {part!r} of {text!r}")
            continue
        got[match[1]] = match[2]
    for name in got:
        if name not in ("realm", "domain", "nonce", "opaque", "stale", "algorithm", "qop"):
            faults.append(f"go-wsman-messages knows no parameter {name}")
    for part in text[len("Digest "):].split(","):  # as MeshCentral does
        if part.count("=") != 1:
            faults.append(f"MeshCentral cannot read {part!r}")
    if not REALM.fullmatch(got.get("realm", "")):
        faults.append(f"realm {got.get('realm')!r}")
    if "auth" not in got.get("qop", "").split(","):
        faults.append(f"qop {got.get('qop')!r}")
    if not got.get("nonce"):
        faults.append("no nonce")
    if b"</html>" not in answer.body.lower():
        faults.append("MPS waits for </html> for ever")
    return faults
