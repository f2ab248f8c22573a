#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`heci` prints the same of the real QEMU device, through qtest, as of the one in its own process.

    heci_test.py BUILD_DIRECTORY

Prints TAP. /dev/mei0 is compared in tests/guest/clients-fwupd.
"""
import json
import os
import socket
import subprocess
import sys
import tempfile

BUILD = sys.argv[1]
TIMEOUT = 120
PLATFORMS = ("tgp-lp", "spt-h", "ppt-1")
COMMANDS = ("mkhi", "mca", "mkhi raw ff 02", "mkhi raw 42 42", "mkhi raw 05 03", "amt uuid")
UUID = "00112233-4455-6677-8899-aabbccddeeff"


class Machine:
    """A QEMU whose processor halts at once; its QMP greeting says that the device is there."""

    def __init__(self, scratch, platform, *words):
        bios = os.path.join(scratch, "halt.bin")
        with open(bios, "wb") as image:  # at the reset vector: cli; hlt; jump back to it
            image.write(b"\xf4" * 0xFFF0 + b"\xfa\xf4\xeb\xfd".ljust(16, b"\xf4"))
        self.path = os.path.join(scratch, platform.partition(",")[0])
        qmp = self.path + "-qmp"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(qmp)
            listener.listen(1)
            listener.settimeout(TIMEOUT)
            self.process = subprocess.Popen(
                [os.path.join(BUILD, "swme"), "qemu", "-M", "q35", "-m", "16", "-accel", "tcg",
                 "-display", "none", "-nodefaults", "-bios", bios, "-qtest-log", "none",
                 "-qtest", f"unix:{self.path},server=on,wait=off", "-qmp", "unix:" + qmp, *words,
                 "-device", f"intel-mei,platform={platform},uuid={UUID}"],
                stdin=subprocess.DEVNULL)
            self.qmp, _ = listener.accept()
        self.qmp.settimeout(TIMEOUT)
        self.greeting = json.loads(self.qmp.makefile().readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.qmp.close()
        self.process.terminate()
        self.process.wait(TIMEOUT)


def heci(transport, command, *options):
    """(status, output, error)."""
    done = subprocess.run([os.path.join(BUILD, "heci"), transport, *command.split(), *options],
                          capture_output=True, text=True, timeout=TIMEOUT)
    return done.returncode, done.stdout, done.stderr


def main():
    failed = number = 0
    print(f"1..{len(PLATFORMS) * len(COMMANDS) * 2}", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        for platform in PLATFORMS:
            with Machine(scratch, platform) as machine:
                for command in COMMANDS:
                    for options in ((), ("--json",)):
                        number += 1
                        got = heci("qtest:" + machine.path, command, *options)
                        wanted = heci(f"sim:platform={platform},uuid={UUID}", command, *options)
                        good = got == wanted and got[0] == 0
                        failed += not good
                        print(f"{'ok' if good else 'not ok'} {number} - {platform}: heci {command} "
                              f"{' '.join(options)}", flush=True)
                        if not good:
                            print(f"# got {got!r}\n# wanted {wanted!r}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
