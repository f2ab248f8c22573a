#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`heci … amt` prints the same on the QEMU device as on the sim.  TAP on stdout.

    amt_same.py HECI SWME

tests/guest/agents does the same in a guest, on /dev/mei0.
"""
import ctypes
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import amt_outputs  # noqa: E402  (the path comes first)

HECI, SWME = sys.argv[1:]
START_S = 60  # for QEMU, on a loaded machine
PR_SET_PDEATHSIG = 1
# cli; hlt; and back, at the reset vector: the CPU is to leave the function alone.
BIOS = bytes([0xf4]) * (65536 - 16) + bytes([0xfa, 0xf4, 0xeb, 0xfd]) + bytes([0xf4]) * 12


def die_with_parent():
    """In the child: a test that is killed takes its QEMU with it."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def start(scratch):
    """QEMU, once its socket is there: it greets on QMP after it has made the other."""
    path, qmp, bios = scratch / "qtest", scratch / "qmp", scratch / "bios"
    bios.write_bytes(BIOS)
    device = f"intel-mei,addr=16.0,platform={amt_outputs.PLATFORM},uuid={amt_outputs.UUID}"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(qmp))
        listener.listen(1)
        listener.settimeout(START_S)
        qemu = subprocess.Popen(
            [SWME, "qemu", "-machine", "q35", "-accel", "tcg", "-m", "32", "-nodefaults",
             "-display", "none", "-qtest-log", "none", "-qtest",
             f"unix:{path},server=on,wait=off", "-qmp", f"unix:{qmp}", "-bios", bios,
             "-device", device], stdin=subprocess.DEVNULL, preexec_fn=die_with_parent)
        monitor, _ = listener.accept()
    monitor.settimeout(START_S)
    monitor.recv(4096)
    return qemu, monitor, f"qtest:{path}"


def main():
    """Two lines."""
    missing = amt_outputs.left_out(HECI)
    wanted = amt_outputs.on_sim(HECI)
    with tempfile.TemporaryDirectory() as scratch:
        qemu, monitor, transport = start(Path(scratch))
        try:
            got = [amt_outputs.run(HECI, transport, step) for step in amt_outputs.steps()]
        finally:
            monitor.close()
            qemu.kill()
            qemu.wait()
    wrong = amt_outputs.unexpected(wanted) + amt_outputs.differences(wanted, got)
    print("1..2")
    print(f"{'not ok' if missing else 'ok'} 1 - each sub-command of heci amt is compared")
    print(f"{'not ok' if wrong else 'ok'} 2 - {len(wanted)} outputs of heci amt: sim and qtest the same")
    for line in [f"left out: {', '.join(missing)}"] * bool(missing) + wrong:
        print(f"# {line}")
    return 1 if missing or wrong else 0


sys.exit(main())
