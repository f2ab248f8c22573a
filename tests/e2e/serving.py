# SPDX-License-Identifier: GPL-2.0-or-later
"""A `swme serve` for tests, and a client of AMT that does exactly what it is told."""

import hashlib
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import traceback

PASSWORD = "P@ssw0rd"
TIMEOUT = 30


class Serve:
    """Ends, and must end well, with the block."""

    def __init__(self, swme, scratch, *options, provision="admin"):
        self.words = [swme, "serve", "--listen", "127.0.0.1:0", *options]
        if provision:
            secret = os.path.join(scratch, "password")
            with open(secret, "w", encoding="ascii") as file:
                file.write(PASSWORD + "\n")
            self.words += ["--provision", provision, "--password-file", secret]

    def __enter__(self):
        # What a sanitizer keeps of freed memory is no growth; its leak checker dies of TLS's threads.
        self.process = subprocess.Popen(
            self.words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={"ASAN_OPTIONS": "quarantine_size_mb=1:detect_leaks=0", **os.environ})
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(self.process.stderr.read().strip())
        self.ready = json.loads(line)
        self.port = self.ready["instances"][0]["port"]
        return self

    def __exit__(self, *how):
        self.process.terminate()
        _, said = self.process.communicate(timeout=TIMEOUT)
        if how[0] is None and (self.process.returncode or said):
            raise RuntimeError(f"ended with {self.process.returncode}: {said.strip()}")

    def memory_kib(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))


class Answer:
    def __init__(self, status, headers, body, raw):
        self.status, self.headers, self.body, self.raw = status, headers, body, raw

    def header(self, name):
        return next((v for n, v in self.headers if n.lower() == name.lower()), None)


class Connection:
    def __init__(self, port, tls=None):
        self.socket = socket.create_connection(("127.0.0.1", port), TIMEOUT)
        if tls:
            self.socket = tls.wrap_socket(self.socket)
        self.file = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def answer(self):
        """The next one; None at the end of the connection."""
        raw = [self.file.readline()]
        if not raw[0]:
            return None
        status = int(raw[0].split()[1])
        headers = []
        while (line := self.file.readline()) not in (b"\r\n", b""):
            raw.append(line)
            name, _, value = line.decode("latin-1").partition(":")
            headers.append((name, value.strip()))
        answer = Answer(status, headers, b"", b"".join(raw))
        if answer.header("Transfer-Encoding") == "chunked":
            while size := int(self.file.readline(), 16):
                answer.body += self.file.read(size)
                self.file.readline()
            self.file.readline()
        else:
            answer.body = self.file.read(int(answer.header("Content-Length") or 0))
        return answer

    def request(self, method, path, body=b"", headers=""):
        length = f"Content-Length: {len(body)}\r\n" if body or method == "POST" else ""
        self.send(f"{method} {path} HTTP/1.1\r\nHost: x\r\n{length}{headers}\r\n".encode() + body)
        return self.answer()


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def challenge(answer):
    return dict(re.findall(r'(\w+)="([^"]*)"', answer.header("WWW-Authenticate")))


def authorization(given, method, path, nc=1, cnonce="0a4f113b", user="admin", password=PASSWORD,
                  quote="", response=None, realm=None):
    """As MeshCentral does it; quote: the marks that MPS puts around nc and qop."""
    realm = realm or given["realm"]
    count = f"{nc:08x}"
    ha1 = md5(f"{user}:{realm}:{password}")
    proof = md5(f"{ha1}:{given['nonce']}:{count}:{cnonce}:auth:{md5(f'{method}:{path}')}")
    proof = proof if response is None else response
    return (f'Authorization: Digest username="{user}",realm="{realm}",'
            f'nonce="{given["nonce"]}",uri="{path}",qop={quote}auth{quote},response="{proof}",'
            f'nc={quote}{count}{quote},cnonce="{cnonce}"\r\n')


def any_certificate(version=None, ciphers=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if version:
        context.minimum_version = context.maximum_version = version
    if ciphers:
        context.set_ciphers(ciphers)
    return context


def equal(have, want, what):
    if have != want:
        raise AssertionError(f"{what}: {have!r}, not {want!r}")


def main(names):
    """Runs each test_... of names, one TAP line each; the process's exit status."""
    tests = [(n[5:].replace("_", " "), f) for n, f in names.items() if n.startswith("test_")]
    failed = 0
    print(f"1..{len(tests)}")
    for number, (name, test) in enumerate(tests, 1):
        try:
            test()
            print(f"ok {number} - {name}")
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print(f"not ok {number} - {name}")
            print("".join("# " + line + "\n" for line in traceback.format_exc().splitlines()),
                  end="")
        sys.stdout.flush()
    return 1 if failed else 0
