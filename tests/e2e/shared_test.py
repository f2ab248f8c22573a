#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""heci serve and heci lms on the sim: several processes on one driver, sockets on AMT's ports. TAP.

    shared_test.py HECI CONFORMANCE ECHO-MANY
"""

import json
import os
import re
import signal
import socket
import stat
import struct
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
        if self.said == "{\n":
            self.said += self.child.stdout.readline()
        report(f"heci {' '.join(arguments[1:])} says {line}", re.search(line, self.said) is not None, self.said)

    def rest_of_object(self):
        """What follows the first line of a JSON object."""
        lines = []
        while not lines or lines[-1] != "}\n":
            lines.append(self.child.stdout.readline())
            if not lines[-1]:
                break
        return "".join(lines)

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


ECHO = bytes.fromhex("40ec577e1d5a6f4c9b3e2d9041c78a16")
AMTHI = bytes.fromhex("2800f812b7b42d4baca846e0ff65814c")
INFO, CLIENTS, OPEN, CLOSE, WRITE, READ, NOTIFY, EVENT, RESET, READY = range(1, 11)  # tool/share.h
BUSY, UNSUPPORTED, TOO_LONG, TIMEOUT, DISABLED = "busy", "not supported", "longer than", "timed out", "disabled"


class User:
    """One of the server's users, who says what a sound one would not."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(60)
        self.socket.connect(SOCKET)

    def say(self, op, channel=0, arg=0, data=b""):
        self.socket.send(struct.pack("<BBBBI", op, channel, 0, 0, arg) + data)

    def hear(self, op):
        """(error, argument, what follows) of the next answer to op."""
        while True:
            packet = self.socket.recv(70000)
            if not packet or packet[0] == op | 0x80:
                return (packet[2], struct.unpack("<I", packet[4:8])[0], packet[8:]) if packet else (None, 0, b"")

    def ask(self, op, channel=0, arg=0, data=b""):
        self.say(op, channel, arg, data)
        return self.hear(op)


def refused(name, answer, why):
    report(name, bool(answer[0]) and why in answer[2].decode(errors="replace"), answer)


def odd_users():
    """Requests in every order that the server must live through."""
    server = Server("serving", "sim:echo=on,fault=starve-credits:client=echo:after=2:count=all", "serve", SOCKET,
                    "--json")
    report("--json: one object", json.loads(server.said + server.rest_of_object())["serving"] == SOCKET, server.said)
    for options in ([], ["--json"]):
        done = heci("unix:" + SOCKET, "clients", *options)
        wanted = heci("sim:echo=on", "clients", *options)
        report(f"clients {' '.join(options)} are the driver's", done.stdout == wanted.stdout != "", done.stderr)
    user = User()
    report("a client is opened", user.ask(OPEN, 0, 0, ECHO)[0] == 0)
    refused("a message beyond the client's limit is refused", user.ask(WRITE, 0, 1000, bytes(9000)), TOO_LONG)
    report("the firmware's first credits are used", user.ask(WRITE, 0, 1000, b"a")[0] == 0
           and user.ask(READ)[2] == b"a" and user.ask(WRITE, 0, 1000, b"b")[0] == 0 and user.ask(READ)[2] == b"b")
    report("there is no room without a credit", user.ask(READY)[1] == 0)
    user.say(WRITE, 0, 5000, b"c")
    refused("a second write beside one that waits is refused", user.ask(WRITE, 0, 0, b"d"), BUSY)
    refused("the first ends with its time", user.hear(WRITE), TIMEOUT)
    refused("an event that does not come ends with its time", user.ask(EVENT, 0, 50), TIMEOUT)
    report("events are asked for and given up", user.ask(NOTIFY, 0, 1)[0] == 0 and user.ask(NOTIFY, 0, 0)[0] == 0)
    report("AMTHI is opened beside it", user.ask(OPEN, 1, 0, AMTHI)[0] == 0)
    refused("AMTHI has no events", user.ask(NOTIFY, 1, 1), UNSUPPORTED)
    refused("nor waits for one", user.ask(EVENT, 1, 1), UNSUPPORTED)
    refused("AMTHI's limit counts as well", user.ask(WRITE, 1, 1000, bytes(60000)), TOO_LONG)
    report("there is room for a question", user.ask(READY, 1)[1] == 2)
    uuid = bytes.fromhex("01010000" "5c000004" "00000000")
    report("a question is taken", user.ask(WRITE, 1, 1000, uuid)[0] == 0)
    refused("another one before its answer is not", user.ask(WRITE, 1, 1000, uuid), BUSY)
    report("nor is there room", user.ask(READY, 1)[1] == 0)
    report("its answer is its own", user.ask(READ, 1)[2][4:8] == bytes.fromhex("5c008004"))
    report("a reset ends what waits", user.ask(RESET)[0] == 0 and user.ask(WRITE, 0, 50, b"e")[0] != 0)
    for name, packet in (("an open of an open one", (OPEN, 0, 0, ECHO)), ("a tag that is none", (OPEN, 5, 256, ECHO)),
                         ("half a GUID", (OPEN, 6, 0, ECHO[:9])), ("a channel that is not open", (READ, 7))):
        other = User()
        other.ask(OPEN, 0, 0, ECHO)
        other.say(*packet)
        try:
            report(f"{name} ends the connection", other.hear(packet[0])[0] is None)
        except ConnectionResetError:
            report(f"{name} ends the connection, as a reset", True)
        other.socket.close()
    # Users that go while the server still has something for them.
    for op, arg in ((READ, 0), (EVENT, 60000), (WRITE, 60000)):
        other = User()
        other.ask(OPEN, 0, 0, ECHO)
        other.say(op, 0, arg, b"x" if op == WRITE else b"")
        other.socket.close()
    report("the others are served", user.ask(INFO)[0] == 0)
    crowd = [socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(80)]
    for one in crowd:
        one.connect(SOCKET)
        one.settimeout(60)
    turned_away = []
    for one in crowd:
        try:
            one.send(struct.pack("<BBBBI", INFO, 0, 0, 0, 0))
            turned_away.append(one.recv(1000) == b"")
        except OSError:
            turned_away.append(True)
    report("who comes too many is turned away, the others are served",
           turned_away[0] is False and turned_away[-1] is True, turned_away)
    for one in crowd:
        one.close()
    # And one that asks and never listens: its answers are not kept for ever.
    deaf = User()
    deaf.socket.settimeout(10)
    try:
        for _ in range(20000):
            deaf.say(CLIENTS)
    except (TimeoutError, OSError):
        pass
    report("one that never listens holds nobody up", user.ask(INFO)[0] == 0)
    deaf.socket.close()
    server.end()
    # A firmware that stops the bus: the server says so, and a reset by a user brings it back.
    server = Server("serving", "sim:echo=on,fault=stop-request", "serve", SOCKET)
    user = User()
    user.ask(OPEN, 0, 0, ECHO)
    user.ask(WRITE, 0, 1000, b"x")
    refused("a stopped device opens no client", user.ask(OPEN, 1, 0, ECHO), DISABLED)
    refused("nor lists any", user.ask(CLIENTS), DISABLED)
    report("what was open is lost", user.ask(READY)[1] & 4)
    report("a reset starts it anew", user.ask(RESET)[0] == 0 and user.ask(OPEN, 1, 0, ECHO)[0] == 0)
    server.end()


def told(info, *options):
    """What heci info makes of that answer of a server."""
    path = SOCKET + "-told"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(path)
        listener.listen()
        listener.settimeout(60)
        with subprocess.Popen([HECI, "unix:" + path, "info", *options], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as child:
            with listener.accept()[0] as user:
                user.recv(100)
                user.send(struct.pack("<BBBBI", INFO | 0x80, 0, 0, 0, 0) + info)
                out, err = child.communicate(timeout=60)
    os.unlink(path)
    report(f"info {' '.join(options)} of another's answer is told", out != "", err)
    return out


def what_a_server_says():
    """Everything that a transport can know, nothing of it, and more words than there are."""
    words = struct.pack("<6I", 0x000f0205, 2, 3, 4, 5, 6)
    versions = struct.pack("<BBHHH", 1, 16, 2, 3, 4) * 3
    full = (struct.pack("<32s64s16s", b"ENABLED", b"", b"itouch") + struct.pack("<BxHH", 1, 0x8086, 0xa0e0)
            + bytes([1, 2, 2, 1, 200, 200]) + struct.pack("<I", 0xcafe) + words + versions)
    empty = struct.pack("<32s64s16s", b"unknown", b"no one knows", b"") + bytes(len(full) - 112)
    said = json.loads(told(full, "--json"))
    report("all of it is in the object", said["kind"] == "itouch" and said["trc"] == "0000cafe"
           and len(said["fw_status"]) == 6 and said["fw_version"] == ["1:16.2.3.4"] * 3, said)
    said = told(full)
    report("and in the text", "itouch" in said and "0000cafe" in said and "mode SPS, init complete" in said, said)
    said = json.loads(told(empty, "--json"))
    report("what is not known is left out", said == {"transport": said["transport"], "state": "unknown",
           "reason": "no one knows", "fw_version": [], "fw_status": []}, said)
    said = told(empty)
    report("in the text as well", "not told" in said and "PCI" not in said and "HBM" not in said, said)


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
    asked_of_lms(offset)


def apf_text(text):
    return struct.pack(">I", len(text)) + text


def asked_of_lms(offset):
    """AMT asks for a datagram and tells an event, each as bytes that a fault puts on the link."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(60)
        name = b"udp-send-to@amt.intel.com"
        datagram = (b"\x50" + apf_text(name) + b"\0" + apf_text(b"127.0.0.1")
                    + struct.pack(">I", receiver.getsockname()[1]) + apf_text(b"") + bytes(4) + apf_text(b"hi"))
        opens = (b"\x5a" + apf_text(b"direct-tcpip") + struct.pack(">III", 9, 4096, 0xffffffff) + apf_text(b"")
                 + bytes(4) + apf_text(b"") + bytes(4))
        event = b"\x5e" + bytes(4) + apf_text(b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nalarm")
        rules = "+".join(f"inject:type=DATA:dir=to-host:client=lme:after=2:time={after}ms:to=connection:data={data.hex()}"
                         for after, data in ((20, datagram), (40, opens), (60, event)))
        for options in ([], ["--json"]):
            server = Server("listening", "sim:echo=on,fault=" + rules, "lms", "--port-offset", str(offset), *options)
            report("a datagram of AMT's is sent" + " ".join(options), receiver.recv(100) == b"hi")
            said = [server.said]
            while said[-1] and "alarm" not in said[-1]:
                said.append(server.child.stdout.readline())
            report("an event of AMT's is told" + " ".join(options), "alarm" in said[-1], said)
            server.end()
    # What AMT wants to be listened at, another program has; what is no number is not reached.
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", 7 + offset))
        other.listen()
        child = subprocess.Popen([HECI, "sim:echo=on", "lms", "--port-offset", str(offset)],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        said = child.stderr.readline()
        child.send_signal(signal.SIGTERM)
        rest = child.communicate(timeout=60)[1]
        report("a port that another program has is told in one line, and no end",
               child.returncode == 0 and rest == "" and said.startswith(f"heci: cannot listen at port {7 + offset}: "),
               said + rest)
    # LME goes away for good when AMT's bus is stopped, and comes back with a start.
    done = subprocess.run([HECI, "sim:echo=on,fault=truncate:type=PROPERTIES-RES:client=lme:length=12:count=all",
                           "lms"], capture_output=True, text=True, timeout=120)
    report("a firmware that does not start has no LME: one line",
           done.returncode == 1 and done.stderr.count("\n") == 1, done.stderr)
    # A peer that sends and goes at once, and one that never reads.
    server = Server("listening", "sim:echo=on", "lms", "--port-offset", str(offset))
    for linger in (struct.pack("ii", 1, 0), struct.pack("ii", 0, 0)):
        with socket.create_connection(("127.0.0.1", 7 + offset)) as peer:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            peer.sendall(bytes(20000))
    done = subprocess.run([ECHO_MANY, str(7 + offset), "4", "1000"], capture_output=True, text=True, timeout=120)
    report("peers that break off hold nobody up", done.returncode == 0, done.stderr)
    server.end()


serve()
odd_users()
what_a_server_says()
lms()
print(f"1..{number}")
sys.exit(0 if good else 1)
