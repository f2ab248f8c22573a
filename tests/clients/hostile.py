# SPDX-License-Identifier: GPL-2.0-or-later
"""What no sound client does to AMT's web server: each function attacks and returns what went wrong.

Everything random comes from one seed, so that a run can be repeated. What the fuzzers have found so far
(tests/fuzz/corpus) comes first, each file once, and then among what is mutated.
"""

import random
import select
import socket
import ssl
import time
from pathlib import Path

import soap
from amt_http import Closed, Session, Wire, any_certificate

PATHS = ("/", "/logon.htm", "/wsman", "/index.htm", "/hw-sys.htm", "/amt-storage/", "/wsman-anon/identify",
         "/ws-redirection", "/../../etc/passwd", "/%2e%2e/%00", "/" + "a" * 3000, "*", "http://x/wsman", "")
METHODS = ("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "CONNECT", "TRACE", "FOO", "get", "P\x00ST", "")
HEADERS = ("Host: x", "Content-Length: 5", "Content-Length: -1", "Content-Length: 99999999999999999999",
           "Content-Length: 5\r\nContent-Length: 6", "Transfer-Encoding: chunked",
           "Transfer-Encoding: chunked, chunked", "Transfer-Encoding: gzip", "Expect: 100-continue",
           "Expect: everything", "Connection: close", "Connection: upgrade\r\nUpgrade: websocket",
           "Range: bytes=0-1", "Authorization: Basic YWRtaW46UEBzc3cwcmQx", "Authorization: Digest",
           "Authorization: Digest response=\"\"", "Authorization: Negotiate AAAA", ": nameless",
           "X" * 5000 + ": y", "X: " + "y" * 20000, " folded", "Cookie: a=b", "X\x00: y", "no colon")
DIGESTS = ("username", "realm", "nonce", "uri", "qop", "nc", "cnonce", "response", "opaque", "algorithm", "stale")


CORPUS = Path(__file__).resolve().parents[1] / "fuzz/corpus"


def corpus(*targets):
    """Of each target the inputs, always in the same order."""
    return [(target, file.read_bytes()) for target in targets for file in sorted((CORPUS / target).iterdir())]


class Generator:
    """Malformed requests."""

    def __init__(self, seed, challenge, whole=True):
        self.random = random.Random(seed)
        self.challenge = challenge
        self.corpus = corpus("http", "digest", "soap")
        self.first = iter(self.corpus if whole else ())
        self.sound = [soap.get("AMT_GeneralSettings"), soap.enumerate_request("CIM_SoftwareIdentity"),
                      soap.pull("CIM_SoftwareIdentity", "14000000-0000-0000-0000-000000000000"),
                      soap.invoke("CIM_PowerManagementService", "RequestPowerStateChange",
                                  "<r:PowerState>99</r:PowerState>"), soap.IDENTIFY]

    def mutate(self, data):
        """A few bytes or pieces changed, doubled, lost."""
        data = bytearray(data)
        for _ in range(self.random.randint(1, 6)):
            if not data:
                break
            at, size = self.random.randrange(len(data)), self.random.randint(1, 40)
            way = self.random.randrange(5)
            if way == 0:
                data[at] = self.random.randrange(256)
            elif way == 1:
                del data[at:at + size]
            elif way == 2:
                data[at:at] = data[at:at + size] * self.random.randint(1, 20)
            elif way == 3:
                data[at:at] = self.random.randbytes(size)
            else:
                data[at:at + size] = self.random.choice((b"<", b"&x;", b"]]>", b"\xff\xfe", b"\r\n\r\n", b"\0" * 8))
        return bytes(data)

    def digest(self):
        """An Authorization with parts lost, swapped, huge."""
        part = {name: self.challenge.get(name, name) for name in DIGESTS}
        part.update(username="admin", uri="/wsman", nc="00000001", cnonce="abcdef", response="0" * 32)
        for name in DIGESTS:
            way = self.random.randrange(8)
            if way == 0:
                del part[name]
            elif way == 1:
                part[name] = ""
            elif way == 2:
                part[name] = "A" * self.random.choice((33, 1000, 7000))
            elif way == 3:
                part[name] = self.random.choice(('"', "\\", "ffffffffffffffff", "%n%s", "\x7f", ",,,", "auth-int"))
        quoted = [f'{name}="{value}"' if self.random.randrange(4) else f"{name}={value}"
                  for name, value in part.items()]
        self.random.shuffle(quoted)
        return "Authorization: Digest " + self.random.choice((",", ", ", " , ", ",,", " ")).join(quoted)

    def of_corpus(self, target, data):
        """A fuzzer's input as a request; in http's the first byte chooses a door, and 01 stands for a log-in."""
        if target == "http":
            return data[1:].replace(b"\x01", self.digest().encode("latin-1") + b"\r\n")
        if target == "digest":
            return b"GET /index.htm HTTP/1.1\r\nHost: x\r\nAuthorization: Digest " + data + b"\r\n\r\n"
        return b"POST /wsman HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(data) + data

    def next(self):
        """One malformed request."""
        if known := next(self.first, None):
            return self.of_corpus(*known)
        way = self.random.randrange(7)
        if way == 6:
            return self.mutate(self.of_corpus(*self.random.choice(self.corpus)))
        if way == 0:
            return self.random.randbytes(self.random.randint(0, 600))
        body = self.mutate(self.random.choice(self.sound))
        if way == 1:
            lines = [f"POST /wsman HTTP/1.1\r\nHost: x\r\n{self.digest()}\r\nContent-Length: {len(body)}"]
        elif way == 2:
            lines = [f"{self.random.choice(METHODS)} {self.random.choice(PATHS)} "
                     + self.random.choice(("HTTP/1.1", "HTTP/1.0", "HTTP/0.9", "HTTP/9.9", "http/1.1", "FTP", ""))]
            lines += self.random.sample(HEADERS, self.random.randint(0, 6))
        elif way == 3:  # chunks that lie
            pieces = self.random.choice((b"5\r\nabcde\r\n0\r\n\r\n", b"ffffffffffffffff\r\nx", b"-5\r\nabcde\r\n",
                                         b"5\r\nabcdefgh\r\n0\r\n\r\n", b"zz\r\n", b"5;" + b"e" * 9000 + b"\r\nabcde"))
            return b"POST /wsman HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + pieces
        elif way == 4:
            lines = ["POST /wsman-anon/identify HTTP/1.1", "Host: x", f"Content-Length: {len(body)}"]
        else:
            whole = (f"POST /wsman HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body
            return self.mutate(whole)
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def finish(sock, data, timeout=20):
    """All that comes back for data, after which no more is sent; None: the server hangs."""
    sock.settimeout(timeout)
    got = bytearray()
    try:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        while part := sock.recv(65536):
            got += part
            if len(got) > 1 << 20:
                break
    except TimeoutError:
        return None
    except OSError:  # the server has closed in our face
        pass
    return bytes(got)


def malformed(amt, count, seed, whole=True):
    """So many malformed requests, each on a connection of its own; whole: all of the corpus first."""
    session = Session(amt.host, amt.port, "admin", "no password")
    session.request("GET", "/index.htm")
    session.close()
    generator, faults, seen = Generator(seed, session.challenge, whole), [], {}
    for number in range(count):
        data = generator.next()
        with socket.create_connection((amt.host, amt.port), 20) as sock:
            got = finish(sock, data)
        if got is None:
            faults.append(f"seed {seed}, number {number}: no answer and no end in 20 s: {data[:300]!r}")
        elif got and not got.startswith(b"HTTP/1."):
            faults.append(f"seed {seed}, number {number}: {got[:80]!r}")
        else:
            status = got[9:12].decode("latin-1") if got else "none"
            seen[status] = seen.get(status, 0) + 1
            if status == "500":
                faults.append(f"seed {seed}, number {number}: 500 for {data[:300]!r}")
        if len(faults) > 5:
            break
    return faults, seen


def authenticated(amt, count, seed):
    """Malformed SOAP from somebody who may log in: on one connection, as long as it lives."""
    generator, faults, seen = Generator(seed, {}), [], {}
    known = [data for _, data in corpus("soap")]
    session = Session(amt.host, amt.port, "admin", amt.password)
    for number in range(count):
        body = known[number] if number < len(known) else generator.mutate(generator.random.choice(generator.sound))
        answer = session.request("POST", "/wsman", body)
        seen[answer.status] = seen.get(answer.status, 0) + 1
        if answer.status not in (200, 400, 401, 413):
            faults.append(f"seed {seed}, number {number}: status {answer.status} for {body[:300]!r}")
        if answer.status in (200, 400) and (wrong := [line for line in soap._lint_text(answer.body)
                                                      if "blank in the attribute" not in line]):
            faults.append(f"seed {seed}, number {number}: {wrong} for {body[:300]!r}")
        if len(faults) > 5:
            break
    session.close()
    return faults, seen


def bombs(amt):
    """Documents that grow, nest, or reach out when they are parsed."""
    deep = "<a>" * 100_000 + "</a>" * 100_000
    lols = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    head = '<?xml version="1.0"?>'
    documents = {
        "deep elements": soap.envelope(soap.TRANSFER + "/Get", soap.uri("AMT_GeneralSettings"), deep, 1),
        "deep header": soap.get("AMT_GeneralSettings").replace(b"<Header>", b"<Header>" + b"<x>" * 50_000),
        "an entity bomb": (f'{head}<!DOCTYPE x [<!ENTITY l0 "lol">{lols}]>'
                           f'<Envelope xmlns="{soap.SOAP}"><Body>&l11;</Body></Envelope>').encode(),
        "quadratic entities": (f'{head}<!DOCTYPE x [<!ENTITY a "{"a" * 20_000}">]>'
                               f'<Envelope xmlns="{soap.SOAP}"><Body>{"&a;" * 3_000}</Body></Envelope>').encode(),
        "a file for an entity": (f'{head}<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]>'
                                 f'<Envelope xmlns="{soap.SOAP}"><Body>&f;</Body></Envelope>').encode(),
        "an address for an entity": (f'{head}<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'
                                     f'<Envelope xmlns="{soap.SOAP}"><Body /></Envelope>').encode(),
        "ten thousand attributes": soap.get("AMT_GeneralSettings").replace(
            b"<Body>", b"<Body " + b" ".join(b'x%d="y"' % n for n in range(10_000)) + b">"),
        "ten thousand selectors": soap.get("AMT_GeneralSettings", 1, {f"x{n}": "y" for n in range(10_000)}),
        "a name without end": soap.get("AMT_GeneralSettings").replace(b"<Body>", b"<" + b"B" * 60_000),
    }
    faults = []
    with open("/etc/hostname", "rb") as file:
        secret = file.read().strip()
    session = Session(amt.host, amt.port, "admin", amt.password)
    session.request("POST", "/wsman", soap.IDENTIFY)
    for name, document in documents.items():
        begin = time.monotonic()
        try:
            answer = session.request("POST", "/wsman", document)
        except (Closed, ConnectionError):
            session.close()  # refused while it was being sent
            continue
        if answer.status not in (400, 413):
            faults.append(f"{name}: status {answer.status}")
        if len(secret) > 4 and secret in answer.body:
            faults.append(f"{name}: a file of this machine's came back")
        if len(answer.body) > 65536:
            faults.append(f"{name}: {len(answer.body)} bytes came back")
        if time.monotonic() - begin > 60:
            faults.append(f"{name}: took {time.monotonic() - begin:.0f} s")
    session.close()
    return faults


def large_body(amt, size=100 << 20):
    """Bodies of 100 MB: with a length, in chunks, before and after log-in; refused long before they are through."""
    faults = []
    session = Session(amt.host, amt.port, "admin", amt.password)
    session.request("POST", "/wsman", soap.IDENTIFY)
    session.close()
    for signed in (False, True):
        for chunked in (False, True):
            name = f"{'chunked' if chunked else 'with its length'}, {'after' if signed else 'before'} log-in"
            lines = ["POST /wsman HTTP/1.1", f"Host: {amt.host}",
                     "Transfer-Encoding: chunked" if chunked else f"Content-Length: {size}"]
            if signed:
                lines.append("Authorization: " + session.authorization("POST", "/wsman"))
            wire = Wire(amt.host, amt.port)
            block = b"\x20" * 65536
            piece = b"10000\r\n" + block + b"\r\n" if chunked else block
            sent, status = 0, 0
            try:
                wire.send("\r\n".join(lines).encode() + b"\r\n\r\n")
                wire.sock.settimeout(20)
                while sent < size and not select.select([wire.sock], [], [], 0)[0]:
                    wire.send(piece)
                    sent += len(block)
                status = wire.answer().status
            except (Closed, ConnectionError):
                pass
            except TimeoutError:
                faults.append(f"{name}: neither read nor refused after {sent} bytes")
            wire.close()
            if sent > size // 2:
                faults.append(f"{name}: {sent} bytes were taken")
            if status not in (0, 400, 401, 413):
                faults.append(f"{name}: status {status}")
    return faults


def hold(amt, count):
    """So many connections that begin a request and never end it; a full house may turn people away."""
    starts = (b"", b"P", b"POST /wsman HTTP/1.1\r\n",
              b"POST /wsman HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n<",
              b"GET /index.htm HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    held, waiting = [], select.poll()
    for number in range(count):
        sock = socket.socket()
        sock.setblocking(False)
        sock.connect_ex((amt.host, amt.port))
        held.append(sock)
        waiting.register(sock, select.POLLOUT)
        while (ready := waiting.poll(5 if number % 16 == 15 else 0)):
            for fd, _ in ready:
                waiting.unregister(fd)
                made = next(one for one in held if one.fileno() == fd)
                try:
                    made.send(starts[fd % len(starts)])
                except OSError:
                    pass
    return held


def half_open(amt, count=1000):
    """So many connections that begin a request and never end it; somebody else is served meanwhile."""
    faults, held = [], hold(amt, count)
    try:
        begin = time.monotonic()
        answer = None
        try:
            session = Session(amt.host, amt.port, "admin", amt.password)
            answer = session.request("POST", "/wsman", soap.get("AMT_GeneralSettings"))
            session.close()
        except (Closed, OSError) as error:
            faults.append(f"beside {count} half-open connections: {type(error).__name__} {error}")
        taken = time.monotonic() - begin
        if answer and (answer.status != 200 or taken > 60):
            faults.append(f"beside {count} half-open connections: status {answer.status} after {taken:.1f} s")
        memory = amt.memory()
    finally:
        for sock in held:
            sock.close()
    return faults, memory


def scanner(amt):
    """A port scanner: connects everywhere, says other protocols' first words, or nothing."""
    faults = []
    words = (b"", b"\r\n\r\n", b"SSH-2.0-scan\r\n", b"EHLO x\r\n", b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00",
             b"\x10\x00\x00\x00SOL ", b"RFB 003.008\n", b"\x00" * 64, b"OPTIONS * RTSP/1.0\r\n\r\n",
             b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET /\r\n", b"HELP\r\n")
    open_ports = []
    for port in (*range(1, 1025), *range(16980, 17010)):
        sock = socket.socket()
        sock.settimeout(60)
        if sock.connect_ex((amt.host, port)) == 0:
            open_ports.append(port)
        sock.close()
    for port in {amt.port, amt.tls_port} & set(open_ports):
        for word in words:
            with socket.create_connection((amt.host, port), 20) as sock:
                if finish(sock, word) is None:
                    faults.append(f"port {port}: no end after {word!r}")
    # TLS where there is none, and the other way round.
    for port, tls in ((amt.port, True), (amt.tls_port, False)):
        with socket.create_connection((amt.host, port), 20) as sock:
            try:
                if tls:
                    any_certificate().wrap_socket(sock)
                    faults.append(f"TLS on port {port}")
                elif (finish(sock, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") or b"").startswith(b"HTTP/"):
                    faults.append(f"HTTP without TLS on port {port}")
            except (ssl.SSLError, OSError):
                pass
    unexpected = set(open_ports) - {amt.port, amt.tls_port, amt.port + 2, amt.port + 3}
    if unexpected:
        faults.append(f"open beside AMT's own: {sorted(unexpected)}")
    if not {amt.port, amt.tls_port} <= set(open_ports):
        faults.append(f"only {open_ports} open")
    return faults


def passwords(amt):
    """Wrong ones, invented users, replayed nonces."""
    faults = []
    session = Session(amt.host, amt.port, "admin", amt.password)
    first = session.once("POST", "/wsman")
    if first.status != 401:
        return [f"no credentials: status {first.status}"]
    body = soap.get("AMT_GeneralSettings")
    for user, password in (("admin", "Wrong-pass1"), ("admin", ""), ("", ""), ("root", amt.password),
                           ("$$OsAdmin", amt.password), ("admin" * 100, amt.password),
                           ("Admin", amt.password), ("admin", amt.password + " ")):
        other = Session(amt.host, amt.port, user, password)
        answer = other.request("POST", "/wsman", body)
        if answer.status != 401:
            faults.append(f"user {user[:20]!r}, password {password!r}: status {answer.status}")
        other.close()
    good = session.request("POST", "/wsman", body)
    if good.status != 200:
        faults.append(f"the right password after wrong ones: status {good.status}")
    challenge = dict(session.challenge)
    for name, wrong in (("an empty response", {"response": ""}), ("a prefix of the response", None),
                        ("a made-up nonce", {"nonce": "0" * len(challenge["nonce"])}),
                        ("a nonce cut short", {"nonce": challenge["nonce"][:-1]}),
                        ("another realm", {"realm": "Digest:" + "0" * 32}), ("no user", {"username": ""}),
                        ("another page", {"uri": "/index.htm"}), ("an unknown qop", {"qop": "auth-conf"})):
        if wrong is None:
            right = session.authorization("POST", "/wsman")
            at = right.index('response="') + len('response="')
            sign = right[:at] + right[at:at + 4] + right[at + 32:]
        else:
            sign = session.authorization("POST", "/wsman", **wrong)
        answer = session.once("POST", "/wsman", body, (), sign)
        if answer.status not in (400, 401):
            faults.append(f"{name}: status {answer.status}")
    session.request("POST", "/wsman", body)
    sign = session.authorization("POST", "/wsman")
    for wanted in (200, 401):
        answer = session.once("POST", "/wsman", body, (), sign)
        if answer.status != wanted:
            faults.append(f"a request{' and its replay' if wanted == 401 else ''}: status {answer.status}")
    # A nonce is good for many requests, on any connection, and its count need not begin at 1.
    session.close()
    session.challenge, session.count = challenge, 0x1000
    answer = session.once("POST", "/wsman", body, (), session.authorization("POST", "/wsman"))
    if answer.status != 200:
        faults.append(f"a nonce on another connection: status {answer.status}")
    session.close()
    return faults
