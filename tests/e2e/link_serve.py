#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""swme serve --link by devices of all sorts: the reference driver's, and ones that break each rule of docs/link.md.

    link_serve.py SWME HECI

Whatever one does, it alone is hung up on, with a line that says why, and the next finds a firmware. Prints TAP.
"""

import contextlib
import os
import socket
import struct
import subprocess
import sys
import tempfile
import traceback

TIMEOUT = 60
HELLO, PACKET, TAKEN, RESET, BROKEN, D0I3, ISOLATION, DMA_DONE, HOST_POWER = 1, 2, 3, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15
RESET_DONE, READY, INTERRUPT, STATUS, D0I3_DONE, ISOLATION_DONE = 0x20, 0x21, 0x22, 0x23, 0x24, 0x25
ALL, NO_POWER = 15, 1
START = struct.pack("<II", 0x80040000, 0x02020001)


def frame(kind, payload=b""):
    return struct.pack("<HBB", len(payload), kind, 0) + payload


def hello(version=1, window=32, caps=ALL, magic=b"SWLK", name=b"tgp-lp"):
    return frame(HELLO, magic + struct.pack("<HHIHH", version, window, caps, 0xA0E0, 0) + name)


class Device:
    """One end of the link, which does as it is told."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(TIMEOUT)
        self.socket.connect(path)
        self.bytes = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, *frames):
        for one in frames:
            self.socket.sendall(one)

    def frame(self):
        """The next one's type and payload; None: it was hung up."""
        while len(self.bytes) < 4 or len(self.bytes) < 4 + struct.unpack_from("<H", self.bytes)[0]:
            try:
                more = self.socket.recv(65536)
            except ConnectionResetError:
                more = b""
            if not more:
                return None
            self.bytes += more
        size, kind, _ = struct.unpack_from("<HBB", self.bytes)
        payload, self.bytes = self.bytes[4:4 + size], self.bytes[4 + size:]
        return kind, payload

    def until(self, wanted):
        """The payload of the next frame of that type."""
        while True:
            one = self.frame()
            if one is None:
                raise AssertionError(f"hung up before a frame of type {wanted:#x}")
            if one[0] == wanted:
                return one[1]

    def hung_up(self):
        while self.frame() is not None:
            pass

    def up(self):
        """Reset, ready, START answered."""
        self.send(hello(), frame(RESET, b"\1"), frame(RESET, b"\2"))
        assert self.until(HELLO)[:6] == b"SWLK\1\0"
        self.until(RESET_DONE)
        self.until(RESET_DONE)
        while self.until(READY) != b"\1":
            pass
        self.send(frame(PACKET, START))
        assert self.until(PACKET)[4] == 0x81, "START is not answered"
        self.send(frame(TAKEN, struct.pack("<H", 1)))
        return self


# What a device does once it has said HELLO, and what is said of it.
WRONG = [
    ("a frame of an unknown type", [frame(0x55)], "unknown type"),
    ("the firmware's own frame", [frame(READY, b"\1")], "unknown type"),
    ("a frame that is too long", [struct.pack("<HBB", 5000, PACKET, 0)], "no frame"),
    ("a frame with a byte that is not 0", [struct.pack("<HBB", 1, PACKET, 9) + b"x"], "no frame"),
    ("a packet that is too short", [frame(PACKET, b"abc")], "no ring holds"),
    ("a packet that is too long", [frame(PACKET, bytes(600))], "no ring holds"),
    # Not ready yet, the firmware takes none.
    ("more packets than the window", [frame(PACKET, START) * 33], "its window"),
    ("a packet behind BROKEN", [frame(BROKEN) + frame(PACKET, START)], "its window"),
    ("BROKEN twice", [frame(BROKEN) * 2], "its window"),
    ("BROKEN with something in it", [frame(BROKEN, b"x")], "wrong size"),
    ("TAKEN without a packet", [frame(TAKEN, b"\1\0")], "than there were"),
    ("TAKEN of a wrong size", [frame(TAKEN, b"\1")], "wrong size"),
    ("a reset of no kind", [frame(RESET, b"\7")], "no known kind"),
    ("an empty RESET", [frame(RESET)], "wrong size"),
    ("an answer to no DMA", [frame(DMA_DONE, bytes(8))], "that there was not"),
    ("an answer that is too short", [frame(DMA_DONE, bytes(7))], "wrong size"),
    ("a power state that there is not", [frame(HOST_POWER, b"\4")], "power state"),
    ("HELLO twice", [hello()], "unknown type"),
]
# Who does not even get so far.
WRONG_HELLO = [
    ("another magic", hello(magic=b"HELO"), "begin with a HELLO"),
    ("another version", hello(version=2), "another version"),
    ("no window", hello(window=0), "no packets at all"),
    ("a HELLO that is too short", frame(HELLO, b"SWLK\1\0"), "begin with a HELLO"),
    ("a RESET first", frame(RESET, b"\1"), "begin with a HELLO"),
]
# With a HELLO that claims nothing but DMA.
NOT_CLAIMED = [
    ("D0i3 that was not claimed", [frame(D0I3, b"\1")], "did not say"),
    ("isolation that was not claimed", [frame(ISOLATION, b"\1")], "did not say"),
    ("power that was not claimed", [frame(HOST_POWER, b"\3")], "did not say"),
]


def works(path):
    with Device(path) as device:
        device.up()


def heci(tool, path, *words):
    done = subprocess.run([tool, f"link:{path}", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=TIMEOUT, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(server, path, first, frames, why):
    with Device(path) as device:
        device.send(first, *frames)
        device.hung_up()
    line = server.stderr.readline()
    assert why in line, line
    works(path)


def every_power_frame(path):
    """They are answered, where they have an answer; a machine that was off is on with its reset."""
    with Device(path) as device:
        device.up()
        for state in (3, 0, 5):
            device.send(frame(HOST_POWER, bytes([state])))
        device.send(frame(RESET, b"\1"))
        device.until(RESET_DONE)
        device.send(frame(RESET, b"\2"))
        while device.until(READY) != b"\1":
            pass
        device.send(frame(D0I3, b"\1"))
        device.until(D0I3_DONE)
        device.send(frame(D0I3, b"\0"))
        device.until(D0I3_DONE)
        device.send(frame(ISOLATION, b"\1"), frame(PACKET, START))
        device.until(PACKET)


def byte_by_byte(path):
    with Device(path) as device:
        for byte in hello() + frame(RESET, b"\1"):
            device.send(bytes([byte]))
        device.until(RESET_DONE)


def broken_ring(path):
    """What can never become a packet: the firmware resets itself, and comes back with the host's reset."""
    with Device(path) as device:
        device.up()
        device.send(frame(BROKEN))
        while device.until(READY) != b"\0":
            pass
        device.send(frame(RESET, b"\2"))
        while device.until(READY) != b"\1":
            pass


def one_at_a_time(server, path):
    with Device(path) as first:
        first.up()
        with Device(path) as second:
            second.hung_up()
        line = server.stderr.readline()
        assert "turned away" in line, line
        first.send(frame(RESET, b"\2"))
        first.until(RESET_DONE)
    works(path)


def tests(swme, tool, scratch):
    path = os.path.join(scratch, "link")
    with subprocess.Popen([swme, "serve", "--listen", "127.0.0.1:0", "--platform", "tgp-lp", "--echo", "--link", path],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        try:
            if not server.stdout.readline():
                raise RuntimeError(server.stderr.read())
            yield "the driver's clients", lambda: heci(tool, path + ",platform=tgp-lp", "clients")
            yield "messages in the window and in the DMA rings", lambda: [
                heci(tool, path + ",platform=tgp-lp", "echo", "--size", size, "--count", "5")
                for size in ("1", "500", "8192")]
            yield "a HELLO byte by byte", lambda: byte_by_byte(path)
            yield "power of both kinds, and of the machine", lambda: every_power_frame(path)
            yield "a ring that is broken", lambda: broken_ring(path)
            yield "one device at a time", lambda: one_at_a_time(server, path)
            for first, rows in ((hello(), WRONG), (hello(caps=NO_POWER), NOT_CLAIMED)):
                for name, frames, why in rows:
                    yield name, lambda f=first, g=frames, w=why: refused(server, path, f, g, w)
            for name, first, why in WRONG_HELLO:
                yield name, lambda f=first, w=why: refused(server, path, f, [], w)
            yield "and the driver once more", lambda: heci(tool, path + ",platform=tgp-lp", "info")
        finally:
            server.terminate()
            _, said = server.communicate(timeout=TIMEOUT)
            if server.returncode or said:
                raise RuntimeError(f"swme serve ended with {server.returncode}: {said}")


def main():
    failed = count = 0
    with tempfile.TemporaryDirectory(prefix="swme-link.") as scratch, \
            contextlib.closing(tests(sys.argv[1], sys.argv[2], scratch)) as each:
        for count, (name, test) in enumerate(each, 1):
            try:
                test()
                print(f"ok {count} - {name}", flush=True)
            except (AssertionError, OSError, subprocess.TimeoutExpired):
                failed += 1
                print(f"not ok {count} - {name}", flush=True)
                for line in traceback.format_exc().splitlines()[-6:]:
                    print(f"# {line}", flush=True)
    print(f"1..{count}")
    return 1 if failed else 0


sys.exit(main())
