#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""AMT's web server as consoles, browsers and whoever means harm meet it, on `swme serve`.

    http_serve.py SWME

Prints TAP.
"""
import os
import random
import resource
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import warnings

from serving import (PASSWORD, TIMEOUT, Connection, Serve, any_certificate, authorization,
                     challenge, equal, main)

SWME = sys.argv[1]
SCRATCH = tempfile.mkdtemp(prefix="swme-http-")
IDENTIFY = (b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
            b'xmlns:w="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd">'
            b'<s:Header/><s:Body><w:Identify/></s:Body></s:Envelope>')


def serve(*options, **kwargs):
    return Serve(SWME, SCRATCH, *options, **kwargs)


def logged_in(connection, path="/index.htm", method="GET", body=b"", **kwargs):
    given = challenge(connection.request(method, path))
    return connection.request(method, path, body, authorization(given, method, path, **kwargs))


def test_the_way_in_is_as_scanners_read_it():
    with serve() as s, Connection(s.port) as c:
        root = c.request("GET", "/")
        equal(root.status, 303, "status")
        equal(root.raw.splitlines()[1:], [
            b"Server: Intel(R) Active Management Technology 15.0.45", b"Location: /logon.htm",
            b"Content-Length: 0"], "headers")
        equal(c.request("GET", "/logon.htm").status, 200, "log-on page")


def test_the_challenge_suits_every_parser():
    with serve() as s, Connection(s.port) as c:
        answer = c.request("POST", "/wsman")  # an empty one first, as curl and openwsman do
        equal(answer.status, 401, "status")
        lines = [v for n, v in answer.headers if n.lower() == "www-authenticate"]
        equal(len(lines), 1, "challenges")
        given = challenge(answer)
        equal(list(given), ["realm", "nonce", "stale", "qop"], "parameters")
        equal(lines[0], 'Digest realm="{realm}", nonce="{nonce}",stale="{stale}",qop="{qop}"'
              .format(**given), "shape")
        equal("=" in given["nonce"], False, "equals sign in the nonce")
        equal(answer.header("Transfer-Encoding"), "chunked", "coding")
        equal(b"</html>" in answer.body, True, "end of the page")


def test_a_host_is_named_once_or_never():
    """MeshAgent names it in a connection's first request only; in pieces, as it comes over APF."""
    with serve() as s, Connection(s.port) as c:
        given = challenge(c.request("GET", "/index.htm"))
        for nc in (1, 2, 3):
            c.send(b"POST /wsman HTTP/1.1\r\n" + authorization(given, "POST", "/wsman", nc).encode())
            c.send(b"Content-Length: %d\r\n\r\n" % len(IDENTIFY) + IDENTIFY)
            equal(c.answer().status, 200, f"request {nc}")
    with serve() as s, Connection(s.port) as c:
        c.send(b"GET /logon.htm HTTP/1.1\r\nhOST: a\r\n\r\n")
        equal(c.answer().status, 200, "one that names it")


def test_consoles_count_as_they_like():
    with serve() as s:
        with Connection(s.port) as c:
            given = challenge(c.request("GET", "/index.htm"))
        for step, (nc, cnonce, quote) in enumerate([
                (7, "aa", ""), (8, "aa", ""), (1, "bb", '"'), (1, "cc", '"'), (100, "aa", "")]):
            with Connection(s.port) as c:  # the nonce outlives the connection
                answer = c.request("GET", "/index.htm", b"", authorization(
                    given, "GET", "/index.htm", nc, cnonce, quote=quote))
                equal(answer.status, 200, f"step {step}")


def test_what_was_used_is_a_replay():
    with serve() as s, Connection(s.port) as c:
        given = challenge(c.request("GET", "/index.htm"))
        head = authorization(given, "GET", "/index.htm", 5)
        equal(c.request("GET", "/index.htm", b"", head).status, 200, "first")
        again = c.request("GET", "/index.htm", b"", head)
        equal((again.status, challenge(again)["stale"]), (401, "true"), "again")
        lower = c.request("GET", "/index.htm", b"", authorization(given, "GET", "/index.htm", 4))
        equal((lower.status, challenge(lower)["stale"]), (401, "true"), "a lower count")
        foreign = {**given, "nonce": "0" * 32}
        other = c.request("GET", "/index.htm", b"", authorization(foreign, "GET", "/index.htm"))
        equal((other.status, challenge(other)["stale"]), (401, "true"), "a nonce of nobody's")
        path = c.request("GET", "/logo.gif", b"", authorization(given, "GET", "/index.htm", 6))
        equal(path.status, 401, "for another address")


def test_wrong_logins_are_refused_and_logged():
    control = os.path.join(SCRATCH, "control")
    with serve("--control", control) as s, Connection(s.port) as c:
        for how in ({"password": "wrong"}, {"user": "nobody"}, {"user": "$$OsAdmin"},
                    {"response": ""}, {"response": "0"}, {"user": ""},
                    {"realm": "Digest:" + "0" * 32}):
            answer = logged_in(c, **how)
            equal((answer.status, challenge(answer)["stale"]), (401, "false"), str(how))
        for _ in range(4):
            logged_in(c, password="wrong")
        log = subprocess.run([SWME, "ctl", control, "log"], capture_output=True, text=True,
                             check=True).stdout
        equal("bad-passwords" in log or '"sensor_type":6' in log.replace(" ", ""), True, log)
        equal(logged_in(c).status, 200, "afterwards")


def test_the_cve_is_there_for_who_asks():
    with serve("--quirk", "cve-2017-5689") as s, Connection(s.port) as c:
        equal(logged_in(c, response="").status, 200, "empty")
        equal(logged_in(c, response="", user="nobody").status, 401, "an unknown user")
        equal(logged_in(c, response="x").status, 401, "wrong")


def test_addresses_and_verbs():
    with serve() as s, Connection(s.port) as c:
        equal(logged_in(c, "/nothing.htm").status, 404, "unknown, logged in")
        equal(c.request("GET", "/nothing.htm").status, 401, "unknown, not logged in")
        equal(logged_in(c, "/wsman").status, 405, "GET of /wsman")
        equal(logged_in(c, "/index.htm", "POST").status, 405, "POST of a page")
        head = c.request("OPTIONS", "*")
        equal(head.status in (401, 404, 405), True, "OPTIONS *")
        equal(head.header("Server")[:7], "Intel(R", "Server everywhere")


def test_soap_is_answered():
    with serve() as s, Connection(s.port) as c:
        answer = logged_in(c, "/wsman", "POST", IDENTIFY)
        equal(answer.status, 200, "status")
        equal(answer.header("Content-Type"), "application/soap+xml; charset=UTF-8", "type")
        equal(b"IdentifyResponse" in answer.body, True, answer.body)
        equal(logged_in(c, "/wsman", "POST", b"<no").status, 400, "what is no XML")
        given = challenge(c.request("POST", "/wsman"))
        c.send(("POST /wsman HTTP/1.1\r\nhost: x\r\nTransfer-Encoding: chunked\r\n"
                "Connection: close\r\n" + authorization(given, "POST", "/wsman") +
                f"\r\n{len(IDENTIFY):x}\r\n").encode() + IDENTIFY + b"\r\n0\r\n\r\n")
        equal(c.answer().status, 200, "chunked, as rpc-go sends it")
        equal(c.answer(), None, "closed as asked")


def test_curl_logs_in_plain_and_over_tls():
    with serve() as s:
        for url, more in ((f"http://127.0.0.1:{s.port}", []),
                          (f"https://127.0.0.1:{s.port + 1}", ["-k"])):
            done = subprocess.run(
                ["curl", "-s", "-m", str(TIMEOUT), "--digest", "-u", f"admin:{PASSWORD}", *more,
                 "--data-binary", IDENTIFY.decode(), f"{url}/wsman"],
                capture_output=True, text=True, check=True)
            equal("IdentifyResponse" in done.stdout, True, done.stdout)


def test_tls_offers_what_consoles_want():
    with serve() as s:
        seen = set()
        for version, ciphers in ((ssl.TLSVersion.TLSv1_3, None),
                                 (ssl.TLSVersion.TLSv1_2, "AES128-SHA:@SECLEVEL=0"),
                                 (ssl.TLSVersion.TLSv1_2, "AES256-GCM-SHA384"),
                                 (ssl.TLSVersion.TLSv1_2, "ECDHE-RSA-AES128-GCM-SHA256")):
            with Connection(s.port + 1, any_certificate(version, ciphers)) as c:
                equal(logged_in(c).status, 200, str((version, ciphers)))
                seen.add(c.socket.getpeercert(binary_form=True))
        equal(len(seen), 1, "certificates")


def test_old_tls_is_for_old_amt():
    old = (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)
    for platform, taken in (("spt", True), ("tgp-lp", False)):
        with serve("--platform", platform) as s:
            for version in (*old, ssl.TLSVersion.TLSv1_2):
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", DeprecationWarning)
                    context = any_certificate(version, "ALL:@SECLEVEL=0")
                try:
                    with Connection(s.port + 1, context) as c:
                        equal(logged_in(c).status, 200, f"{platform}: {version}")
                        alert = None
                except ssl.SSLError as error:
                    alert = error.reason
                equal(alert, None if taken or version not in old
                      else "TLSV1_ALERT_PROTOCOL_VERSION", f"{platform}: {version}")


def test_nobody_waits_for_anothers_key():
    uri = "http://intel.com/wbem/wscim/1/amt-schema/1/AMT_PublicKeyManagementService"
    body = ('<Envelope xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
            'xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" '
            'xmlns="http://www.w3.org/2003/05/soap-envelope"><Header>'
            f'<a:Action>{uri}/GenerateKeyPair</a:Action><w:ResourceURI>{uri}</w:ResourceURI>'
            f'</Header><Body><r:GenerateKeyPair_INPUT xmlns:r="{uri}"><r:KeyAlgorithm>0'
            '</r:KeyAlgorithm><r:KeyLength>3072</r:KeyLength></r:GenerateKeyPair_INPUT></Body>'
            '</Envelope>').encode()
    with serve() as s, Connection(s.port) as c, Connection(s.port) as other:
        given = challenge(c.request("POST", "/wsman"))
        c.send(f"POST /wsman HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n".encode()
               + authorization(given, "POST", "/wsman").encode() + b"\r\n" + body)
        equal(logged_in(other).status, 200, "another, meanwhile")
        answer = c.answer()
        equal((answer.status, b":ReturnValue>0<" in answer.body), (200, True), answer.body)
        equal(b"Intel(r) AMT Key: Handle: 0" in answer.body, True, answer.body)
        equal(logged_in(c, cnonce="ee").status, 200, "the same connection, afterwards")
        with Connection(s.port) as gone:  # who does not wait does no harm
            given = challenge(gone.request("POST", "/wsman"))
            gone.send(f"POST /wsman HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
                      .encode() + authorization(given, "POST", "/wsman").encode() + b"\r\n" + body)
        equal(logged_in(other, cnonce="dd").status, 200, "others, then")


def test_the_certificate_lasts_with_the_nvm():
    nvm = os.path.join(SCRATCH, "tls.nvm")
    seen = set()
    for provision in ("client", None):  # the second time all is in the file
        with serve("--nvm", nvm, provision=provision) as s:
            with Connection(s.port + 1, any_certificate()) as c:
                seen.add(c.socket.getpeercert(binary_form=True))
                equal(logged_in(c).status, 200, "log-in")
    equal(len(seen), 1, "certificates")


def test_amt_that_is_not_set_up_is_not_there():
    with serve(provision=None) as s:
        for port in range(s.port, s.port + 4):
            try:
                socket.create_connection(("127.0.0.1", port), TIMEOUT).close()
            except ConnectionRefusedError:
                continue
            raise AssertionError(f"port {port} is open")


def test_a_machine_full_of_clients_still_has_a_place():
    # One in four of the ports that clients are given, as on a machine that opens many connections.
    resource.setrlimit(resource.RLIMIT_NOFILE, (16384, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    held = []
    try:
        for port in range(32768, 61000, 4):
            held.append(socket.socket())
            try:
                held[-1].bind(("127.0.0.1", port))
            except OSError:
                pass  # whose it is does not matter
        with serve() as s, Connection(s.port) as c:
            equal(logged_in(c).status, 200, "log-in")
    finally:
        for one in held:
            one.close()


def test_instances_are_machines_of_their_own():
    with serve("--instances", "5", "--nvm", os.path.join(SCRATCH, "many.nvm")) as s:
        equal(len({i["uuid"] for i in s.ready["instances"]}), 5, "identities")
        realms = set()
        for instance in s.ready["instances"]:
            with Connection(instance["port"]) as c:
                realms.add(challenge(c.request("GET", "/index.htm"))["realm"])
                equal(logged_in(c).status, 200, "log-in")
        equal(len(realms), 5, "realms")
    equal(sorted(n for n in os.listdir(SCRATCH) if n.startswith("many.nvm")),
          [f"many.nvm.{n}" for n in range(5)], "files")


def test_bodies_have_an_end():
    with serve() as s:
        before = s.memory_kib()
        with Connection(s.port) as c:
            c.send(b"POST /wsman HTTP/1.1\r\nHost: x\r\nContent-Length: -4\r\n\r\nabcd")
            equal(c.answer().status, 400, "a length below 0")
        with Connection(s.port) as c:  # told beforehand
            given = challenge(c.request("POST", "/wsman"))
            c.send(("POST /wsman HTTP/1.1\r\nHost: x\r\nContent-Length: 104857600\r\n" +
                    authorization(given, "POST", "/wsman") + "\r\n").encode())
            equal(c.answer().status, 413, "100 MB announced")
        with Connection(s.port) as c:  # or not
            given = challenge(c.request("POST", "/wsman"))
            c.send(("POST /wsman HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n" +
                    authorization(given, "POST", "/wsman") + "\r\n").encode())
            chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
            try:
                for _ in range(1600):
                    c.send(chunk)
                equal(c.answer().status, 413, "100 MB in chunks")
            except (ConnectionError, BrokenPipeError):
                pass  # it was thrown out before it could say all
        with Connection(s.port) as c:
            try:
                c.send(b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 1000000)
                answer = c.answer()
                equal(answer is None or answer.status in (400, 413), True, "1 MB of headers")
            except (ConnectionError, BrokenPipeError):
                pass
        with Connection(s.port) as c:
            equal(logged_in(c).status, 200, "others")
        equal(s.memory_kib() - before < 16 * 1024, True, "memory")


def test_a_thousand_that_say_nothing_keep_nobody_out():
    with serve() as s:
        before = s.memory_kib()
        idle = []
        try:
            for number in range(1000):
                idle.append(socket.create_connection(("127.0.0.1", s.port + number % 2), TIMEOUT))
                if number % 3 == 0:
                    idle[-1].sendall(b"GET / HT")
                if number % 250 == 249:
                    with Connection(s.port) as c:
                        equal(logged_in(c).status, 200, f"after {number + 1}")
            with Connection(s.port + 1, any_certificate()) as c:
                equal(logged_in(c).status, 200, "over TLS")
            equal(s.memory_kib() - before < 32 * 1024, True, "memory")
        finally:
            for one in idle:
                one.close()


def test_who_has_logged_in_stays_while_strangers_knock():
    with serve("--connections", "8") as s, Connection(s.port) as c:
        equal(logged_in(c).status, 200, "log-in")
        idle = [socket.create_connection(("127.0.0.1", s.port), TIMEOUT) for _ in range(40)]
        equal(logged_in(c, cnonce="ff").status, 200, "still there")
        for one in idle:
            one.close()


def mutations(count):
    seeds = [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
             b"POST /wsman HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
             b"GET /index.htm HTTP/1.1\r\nHost: x\r\nAuthorization: Digest username=\"admin\","
             b"realm=\"r\",nonce=\"n\",uri=\"/\",qop=auth,nc=1,cnonce=\"c\",response=\"\"\r\n\r\n",
             b"POST /wsman HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n"
             b"0\r\n\r\n"]
    chance = random.Random(5689)
    for _ in range(count):
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(len(data))
            kind = chance.randrange(4)
            if kind == 0:
                data[at] = chance.randrange(256)
            elif kind == 1:
                del data[at:at + chance.randrange(1, 8)]
            elif kind == 2:
                data[at:at] = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 8)))
            else:
                data[at:at] = data[at:at + 40] * chance.randrange(1, 4)
            if not data:
                data = bytearray(b"\r\n")
        yield bytes(data)


def test_what_follows_a_request_may_be_anything():
    with serve() as s:
        for size in (10, 8000, 8100, 8150):  # around what is read at once
            with socket.create_connection(("127.0.0.1", s.port), TIMEOUT) as c:
                c.sendall(b"GET /" + b"a" * size + b" HTTP/1.1\r\nHost: x\r\n\r\n"
                          b"GET / HTTP/1.1\r\nX: " + b"y" * 300 + b"\r\nContent-Length: x\r\n\r\n")
                c.shutdown(socket.SHUT_WR)
                got = b""
                while part := c.recv(65536):
                    got += part
                equal((got.count(b"HTTP/1.1 401 "), got.count(b"HTTP/1.1 400 ")), (1, 1), str(size))


def test_malformed_requests_hurt_nobody():
    with serve() as s:
        before = None
        for number, data in enumerate(mutations(2000)):
            with Connection(s.port) as c:
                c.send(data)
                c.socket.shutdown(socket.SHUT_WR)
                try:
                    while c.socket.recv(65536):
                        pass
                except ConnectionError:
                    pass
            if number == 500:
                before = s.memory_kib()
        equal(s.memory_kib() - before < 4096, True, "memory")
        with Connection(s.port) as c:
            equal(logged_in(c).status, 200, "afterwards")


def test_errors_are_one_line():
    short = os.path.join(SCRATCH, "short")
    with open(short, "w", encoding="ascii") as file:
        file.write("secret\n")
    for words, said in (
            (["--listen", "nowhere"], "is no place to listen"),
            (["--listen", "127.0.0.1:70000"], "is no place to listen"),
            (["--provision", "admin"], "wants a password"),
            (["--provision", "owner"], "none, client or admin"),
            (["--provision", "admin", "--password-file", short], "AMT does not take that password"),
            (["--provision", "admin", "--password-file", "/nonexistent"], "No such file"),
            (["--platform", "nothing"], "nothing"), (["--quirk", "cve-0"], "cve-2017-5689"),
            (["--instances", "0"], "--instances"), (["--uuid", "x"], "is no UUID"),
            (["--listen", "127.0.0.1:65000", "--instances", "500"], "ports above"),
            (["--amt", "off"], "has no AMT"), (["extra"], "no argument"), (["--what"], "--what")):
        done = subprocess.run([SWME, "serve", *words], capture_output=True, text=True,
                              timeout=TIMEOUT, check=False)
        equal(done.returncode, 2, f"exit status of {words}")
        equal((done.stdout, done.stderr.count("\n"), said in done.stderr), ("", 1, True),
              f"{words}: {done.stderr}")


if __name__ == "__main__":
    try:
        sys.exit(main(dict(globals())))
    finally:
        shutil.rmtree(SCRATCH)
