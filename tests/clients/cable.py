# SPDX-License-Identifier: GPL-2.0-or-later
"""Two network namespaces: consoles in ours, QEMU in another, an Ethernet between them.

    ours: con0 (HERE) ==== far0 + br0 (HOST) + me0 : QEMU's, the ME's cable is the tap me0

HOST is where listen= stands; the ME has an address and a MAC of its own. Namespaces, devices and all
end with the processes in them, so that nothing is left behind.
"""

import os
import shutil
import subprocess
import sys

PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
ME, HOST, HERE = "192.0.2.2", "192.0.2.1", "192.0.2.3"
MAC = "02:11:22:33:44:55"
INSIDE = "SWME_CLIENTS_NAMESPACE"


def tool(name):
    """Where it is; users have no /sbin on their path."""
    return shutil.which(name, path=PATH) or name


def missing():
    """Why there can be no such cable here; None: there can."""
    for name in ("ip", "nsenter", "unshare"):
        if not shutil.which(name, path=PATH):
            return f"no {name}: scripts/test --suite consoles installs it"
    return None if os.path.exists("/dev/net/tun") else "no /dev/net/tun on this machine"


def inside(prepare):
    """Runs the program again in a network namespace of its own, after what wants the real network."""
    if INSIDE in os.environ:
        return
    prepare()
    os.environ[INSIDE] = "1"
    unshare = [tool("unshare"), "-n"] if os.getuid() == 0 else [tool("unshare"), "-rn"]
    os.execv(unshare[0], [*unshare, sys.executable, *sys.argv])


class Cable:
    """QEMU's side, as long as the block lasts."""

    def __init__(self):
        self.keeper = subprocess.Popen([tool("unshare"), "-n", "sh", "-c", "echo up; read end"],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self):
        if self.keeper.stdout.readline() != b"up\n":
            raise RuntimeError("no second network namespace")
        ours, theirs = [tool("ip")], [*self.enter(), tool("ip")]
        for command in (
                (*ours, "link", "set", "lo", "up"),
                (*ours, "link", "add", "con0", "type", "veth", "peer", "name", "far0", "netns", str(self.keeper.pid)),
                (*ours, "addr", "add", f"{HERE}/24", "dev", "con0"),
                (*ours, "link", "set", "con0", "up"),
                (*theirs, "link", "add", "br0", "type", "bridge"),
                (*theirs, "tuntap", "add", "me0", "mode", "tap"),
                *((*theirs, "link", "set", name, "master", "br0") for name in ("far0", "me0")),
                (*theirs, "addr", "add", f"{HOST}/24", "dev", "br0"),
                *((*theirs, "link", "set", name, "up") for name in ("lo", "far0", "me0", "br0"))):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
        return self

    def __exit__(self, *_):
        self.keeper.communicate(b"\n")

    def enter(self):
        """What to put before a command that is to run at QEMU's side."""
        return [tool("nsenter"), "-t", str(self.keeper.pid), "-n"]

    @staticmethod
    def netdev():
        """QEMU's options, and those of the device."""
        return ["-netdev", "tap,id=lan,ifname=me0,script=no,downscript=no"], f",netdev=lan,mac={MAC},ip={ME}/24"
