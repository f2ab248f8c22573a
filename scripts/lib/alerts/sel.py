# SPDX-License-Identifier: GPL-2.0-or-later
"""ipmitool reads a file of IPMI event log records.

It opens an interface before it looks at the file: its `dummy` one asks whoever listens at a Unix
socket. Here that is a thread that knows one command, "get device id".

Packages: ipmitool.
"""
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
from pathlib import Path

PACKAGES = ("ipmitool",)
REQUEST = struct.Struct("<BBBBH2x8x")  # netfn, lun, command, target, size (ipmitool, plugins/dummy)
REPLY = struct.Struct("<BBBBB3xi4x8x")  # netfn, command, sequence, lun, completion, size
GET_DEVICE_ID, GOODBYE = (0x06, 0x01), (0x3F, 0xFF)
DEVICE_ID = bytes.fromhex("2080010002bf5701000000")  # Intel's, IPMI 2.0
INVALID_COMMAND = 0xC1


def missing_programs():
    return [] if shutil.which("ipmitool") else ["ipmitool"]


def _answer(listener):
    try:
        client, _ = listener.accept()
    except OSError:  # ipmitool never came
        return
    with client, client.makefile("rwb") as stream:
        while len(head := stream.read(REQUEST.size)) == REQUEST.size:
            netfn, lun, command, _, size = REQUEST.unpack(head)
            stream.read(size)
            if (netfn, command) == GOODBYE:
                return
            data = DEVICE_ID if (netfn, command) == GET_DEVICE_ID else b""
            stream.write(REPLY.pack(netfn | 1, command, 0, lun, 0 if data else INVALID_COMMAND, len(data)) + data)
            stream.flush()


def read(path):
    """Rows of fields, as `ipmitool sel readraw` prints them: number, date, time, sensor, event, direction."""
    with tempfile.TemporaryDirectory(prefix="swme-sel-") as folder, \
         socket.socket(socket.AF_UNIX) as listener:
        where = str(Path(folder, "socket"))
        listener.bind(where)
        listener.listen(1)
        thread = threading.Thread(target=_answer, args=(listener,))
        thread.start()
        try:
            done = subprocess.run(["ipmitool", "-Z", "-I", "dummy", "sel", "readraw", path], check=False,
                                  capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
                                  env={**os.environ, "IPMI_DUMMY_SOCK": where})
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
    if done.returncode:
        raise RuntimeError(f"ipmitool: {done.stderr.strip()!r}")
    return [[field.strip() for field in line.split("|")] for line in done.stdout.splitlines()]
