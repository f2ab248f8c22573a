#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A firmware with one ME client that echoes, for swme's device: docs/link.md is the protocol.

    docs/example-firmware.py /tmp/fw.sock &
    build/swme qemu … -device intel-mei,firmware=/tmp/fw.sock

For a platform with D0i3, as the default has it. Says so on stdout once it listens. One device at a time; ends with SIGTERM or SIGINT.
"""
import os
import socket
import struct
import sys
import uuid

HELLO, PACKET, TAKEN, RESET, RESET_DONE, READY, INTERRUPT, STATUS = 1, 2, 3, 0x10, 0x20, 0x21, 0x22, 0x23
ECHO = uuid.UUID("7e57ec40-5a1d-4c6f-9b3e-2d9041c78a16").bytes_le
ADDRESS, LENGTH_MAX = 1, 500  # a message that fits into a packet


class Firmware:
    """What is behind one connection. No capability is claimed, so no frame of one ever comes."""

    def __init__(self, connection):
        self.file = connection.makefile("rwb")
        self.reset()

    def reset(self):
        self.waiting = []   # packets that the device's window has no room for
        self.window = 0     # that it still has
        self.message = b""  # as far as it has come
        self.credits = {}   # the host's address: answers that the client may send
        self.answers = {}   # the host's address: those that wait for one

    def frame(self, kind, payload=b""):
        self.file.write(struct.pack("<HBB", len(payload), kind, 0) + payload)

    def packet(self, me, host, data):
        self.waiting.append(struct.pack("<BBH", me, host, len(data) | 1 << 15) + data)  # complete

    def hbm(self, data):
        """HBM 1.1, the host bus messages of Linux' drivers/misc/mei/hw.h: one answer for each."""
        command, host = data[0], data[2]
        if command == 1:        # START: 1.1 is all there is, and a newer host does with it
            self.packet(0, 0, struct.pack("<BBBB", 0x81, (data[2], data[3]) == (1, 1), 1, 1))
        elif command == 2:      # STOP
            self.packet(0, 0, b"\x82\0\0\0")
        elif command == 4:      # ENUM: a bit for each client's address
            self.packet(0, 0, b"\x84\0\0\0" + (1 << ADDRESS).to_bytes(32, "little"))
        elif command == 5:      # PROPERTIES: version 1, one connection, no fixed address
            known = data[1] == ADDRESS
            self.packet(0, 0, struct.pack("<BBBB16sBBBBI", 0x85, data[1], 0 if known else 1, 0, ECHO,
                                          1, 1, 0, 0, LENGTH_MAX))
        elif command == 6:      # CONNECT, and the credit for the host's first message
            known = data[1] == ADDRESS
            self.packet(0, 0, bytes((0x86, data[1], host, 0 if known else 1)))
            if known:
                self.credits[host], self.answers[host] = 0, []
                self.packet(0, 0, bytes((8, ADDRESS, host, 0, 0, 0, 0, 0)))
        elif command == 7:      # DISCONNECT
            self.packet(0, 0, bytes((0x87, data[1], host, 0)))
            self.credits.pop(host, None)
        elif command == 10:     # ISOLATION_ENTRY, which Linux asks of any D0i3 platform when it is idle
            self.packet(0, 0, b"\x8a\0\0\0")
        elif command == 8 and host in self.credits:  # the host's credit, for one answer
            self.credits[host] += 1
            self.answer(host)

    def answer(self, host):
        while self.credits[host] and self.answers[host]:
            self.credits[host] -= 1
            self.packet(ADDRESS, host, self.answers[host].pop(0))

    def took(self, data):
        me, host, length = struct.unpack_from("<BBH", data)
        self.frame(TAKEN, struct.pack("<H", 1))
        if (me, host) == (0, 0):
            self.hbm(data[4:] + bytes(8))
        elif me == ADDRESS and host in self.credits:
            self.message = (self.message + data[4:])[:LENGTH_MAX]
            if length >> 15:
                self.answers[host].append(self.message)
                self.message = b""
                self.packet(0, 0, bytes((8, ADDRESS, host, 0, 0, 0, 0, 0)))
                self.answer(host)

    def handle(self, kind, payload):
        if kind == HELLO:
            self.peer_window = struct.unpack_from("<H", payload, 6)[0]
            self.frame(HELLO, b"SWLK" + struct.pack("<HHI", 1, 16, 0))
        elif kind == RESET:
            self.reset()
            self.window = self.peer_window
            self.frame(RESET_DONE)
            self.frame(STATUS, struct.pack("<II", 0, 0x90000245))  # HFS1: normal
            self.frame(READY, b"\1")
        elif kind == PACKET:
            self.took(payload)
        elif kind == TAKEN:
            self.window += struct.unpack("<H", payload)[0]
        while self.waiting and self.window:
            self.window -= 1
            self.frame(PACKET, self.waiting.pop(0))
        if kind in (RESET, PACKET, TAKEN):
            self.frame(INTERRUPT)
        self.file.flush()

    def run(self):
        while len(header := self.file.read(4)) == 4:
            size, kind = struct.unpack("<HBB", header)[:2]
            self.handle(kind, self.file.read(size))


if os.path.exists(sys.argv[1]):
    os.unlink(sys.argv[1])
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(1)
print("listening", flush=True)
while True:
    try:
        Firmware(listener.accept()[0]).run()
    except OSError:
        pass  # the device is gone; it, or the next one, will be back
