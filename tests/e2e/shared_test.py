#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""heci serve and heci lms on the sim: several processes on one driver, sockets on AMT's ports. TAP.

    shared_test.py HECI CONFORMANCE ECHO-MANY
"""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import tempfile

HECI, CONFORMANCE, ECHO_MANY = sys.argv[1:4]
SCRATCH = tempfile.TemporaryDirectory()
SOCKET = os.path.join(SCRATCH.name, "me")
FAULTS = ("inject:type=DATA:dir=to-host:client=echo:to=pair:data=11000000:count=all"
          "+reset:type=DATA:dir=to-firmware:client=hdcp:time=50ms:count=all")
SIM = "sim:echo=on,fault=" + FAULTS
number = 0
good = True


def report(name, passed, detail=""):
    global number, good
    number += 1
    good = good and passed
    print("ok" if passed else "not ok", number, "-", name, flush=True)
    if not passed:
        print("# " + str(detail).replace("\n", "\n# "), flush=True)


class Server:
    """A heci that goes on until it is told to end; LINE is what it says first."""

    def __init__(self, line, *arguments):
        self.child = subprocess.Popen([HECI, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                      text=True)
        self.said = self.child.stdout.readline()
        report(f"heci {' '.join(arguments[1:])} says {line}", re.search(line, self.said) is not None, self.said)

    def end(self):
        self.child.send_signal(signal.SIGTERM)
        out, err = self.child.communicate(timeout=60)
        report("it ends on a signal, with 0", self.child.returncode == 0, err)
        return out


def heci(*arguments):
    return subprocess.run([HECI, *arguments], capture_output=True, text=True, timeout=120)


def serve():
    server = Server("serving at", SIM, "serve", SOCKET)
    mode = os.stat(SOCKET).st_mode
    report("only its owner may connect", stat.S_IMODE(mode) == 0o600, oct(mode))
    done = subprocess.run([CONFORMANCE, "unix:", "unix:" + SOCKET, "tgp-lp", "gates", "fixed", "events", "tags"],
                          capture_output=True, text=True, timeout=400)
    lines = [line for line in done.stdout.splitlines() if re.match("(not )?ok - ", line)]
    for line in lines:
        report(line.split(" - ", 1)[1], line.startswith("ok"), done.stdout)
    report("all of the list ran", done.returncode == 0 and len(lines) >= 16, done.stderr)

    askers = [subprocess.Popen([HECI, "unix:" + SOCKET, "amt", "info", "--json"], stdout=subprocess.PIPE)
              for _ in range(8)]
    said = {asker.communicate(timeout=120)[0] for asker in askers}
    report("eight processes ask AMT at once", len(said) == 1 and all(a.returncode == 0 for a in askers), said)

    # An application that dies with a request in flight: the next one gets its own answer.
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as dying:
        dying.connect(SOCKET)
        dying.send(bytes([3, 0, 0, 0, 0, 0, 0, 0]) + bytes.fromhex("2800f812b7b42d4baca846e0ff65814c"))
        dying.recv(65536)
        dying.send(bytes([5, 0, 0, 0, 0xe8, 3, 0, 0]) + bytes.fromhex("01010000" "1a000004" "00000000"))
    done = heci("unix:" + SOCKET, "amt", "uuid")
    report("one that dies with a request in flight holds nobody up", done.returncode == 0, done.stderr)

    # Bytes that no user of ours says: that user is dropped, the others are not.
    for packet in (b"", b"\0", bytes(8), bytes([99] * 8), bytes([5, 31] + [0] * 6), b"\x03\x00" + bytes(9)):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as odd:
            odd.connect(SOCKET)
            odd.settimeout(60)
            odd.send(packet or b"\1")
            try:
                report(f"the packet {packet.hex() or '01'} ends its connection", odd.recv(100) == b"")
            except ConnectionResetError:
                report("as a reset", True)
    done = heci("unix:" + SOCKET, "info", "--json")
    report("the others are served", done.returncode == 0 and "ENABLED" in done.stdout, done.stderr)
    done = heci("unix:" + SOCKET, "reset")
    report("a user may reset the link", done.returncode == 0, done.stderr)
    done = heci(SIM, "serve", SOCKET)
    report("a socket in use is refused in one line", done.returncode == 2 and done.stderr.count("\n") == 1,
           done.stderr)
    server.end()
    report("the socket is gone with it", not os.path.exists(SOCKET))
    done = heci("unix:" + SOCKET, "info")
    report("nobody serves: one line", done.returncode == 2 and done.stderr.count("\n") == 1, done.stderr)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as stale:
        stale.bind(SOCKET)
    server = Server("serving at", "sim", "serve", SOCKET, "--mode", "0660")
    mode = os.stat(SOCKET).st_mode
    report("a stale socket is replaced, --mode counts", stat.S_IMODE(mode) == 0o660, oct(mode))
    done = heci("unix:" + SOCKET, "serve", SOCKET + "2")
    report("what is shared is not shared again", done.returncode == 2, done.stderr)
    server.child.kill()
    server.child.communicate()


def free_offset():
    """So far above AMT's ports that 7 and 16992 are free; another process may still take them."""
    for offset in range(20000 + os.getpid() % 9000, 40000, 37):
        try:
            for port in (7,):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port + offset))
            return offset
        except OSError:
            continue
    return 20000


def lms():
    offset = free_offset()
    for label, options in (("", []), (" through windows of 17 bytes", ["--window", "17"])):
        size = "2000" if options else "50000"
        server = Server(f"listening: port {7 + offset}", "sim:echo=on", "lms", "--port-offset",
                        str(offset), *options)
        done = subprocess.run([ECHO_MANY, str(7 + offset), "20", size], capture_output=True, text=True, timeout=300)
        report("20 transfers at once" + label, done.returncode == 0, done.stderr)
        out = server.end()
        report("it says what it no longer does", "no longer listening" in out and "LME is gone" in out, out)
    done = heci("sim:amt=off", "lms")
    report("without AMT there is no LME: one line", done.returncode == 1 and done.stderr.count("\n") == 1,
           done.stderr)
    # A firmware that resets itself now and then: sessions end, and the next ones are served.
    server = Server("listening", "sim:echo=on,fault=reset:type=DATA:dir=to-firmware:client=lme:after=60",
                    "lms", "--port-offset", str(offset))
    done = subprocess.run([ECHO_MANY, str(7 + offset), "4", "100000"], capture_output=True, text=True, timeout=120)
    report("a firmware reset ends the transfers", done.returncode == 1, done.stdout)
    while (line := server.child.stdout.readline()) and not line.startswith("listening"):
        pass
    done = subprocess.run([ECHO_MANY, str(7 + offset), "4", "1000"], capture_output=True, text=True, timeout=120)
    report("after it, lms listens again and carries transfers", done.returncode == 0, done.stderr)
    server.end()


serve()
lms()
print(f"1..{number}")
sys.exit(0 if good else 1)
