# SPDX-License-Identifier: GPL-2.0-or-later
"""A scenario for each named fault.

`swme faults` says how a sound driver comes out of each; here that becomes what is done and looked at in
the guest. Where Linux is known to come out otherwise, LINUX says how and why.
"""

import json
import subprocess

from . import box
from .scenario import Scenario

# What a user does: two tries, whatever becomes of the first one.
TRY = ("timeout 40 mei-exercise sizes >/tmp/first 2>&1 || echo \"the first try: $(cat /tmp/first)\"\n")
ASK = "timeout 40 mei-exercise notification-on\n"
GATED = "mei-exercise wait $PCI/power/runtime_status suspended 20\n"
GUEST = {
    # Nothing is lost: the first try succeeds.
    "unaffected": "modprobe mei_me\nwait_enabled 30\nalive\n",
    # A caller may get an error, also for as long as the fault lasts; the link is there all the same.
    "error": "modprobe mei_me\nwait_enabled 30\n" + TRY + "wait_enabled 80\n"
             "rmmod mei_me\n",
    # The link is reset, and then all works; an enumeration that hangs takes 30 s to be noticed. What
    # comes late comes before the next user has the address of the last one.
    "recovers": "modprobe mei_me\nwait_enabled 80\n" + TRY + "usleep 200000\nalive 80\n",
    # The driver gives up and says so; it can still be taken out.
    "disabled": "modprobe mei_me\ntries=0\n"
                "until dmesg | grep -q -E 'init hw failure|maximal consecutive|DISABLED|"
                "device is disabled|initialization failed|stop response: resetting'; do\n"
                "  [ \"$(state)\" = DISABLED ] && break\n"
                "  timeout 20 mei-exercise properties >/dev/null 2>&1\n"
                "  tries=$((tries + 1)); [ $tries -lt 300 ] || fail \"mei0 is $(state)\"\n"
                "  usleep 100000\ndone\nrmmod mei_me\n",
    # Callers get errors until the driver is started anew, and then all works.
    "stuck": "modprobe mei_me\nwait_enabled 30\n" + TRY + "rmmod mei_me\nmodprobe mei_me\nalive 80\n",
    # Anything but a hang or a crash: the machine is there, the driver can be taken out.
    "survives": "modprobe mei_me\nusleep 500000\n" + TRY + "rmmod mei_me\n",
}

# fault -> (how Linux comes out, why)
UNSENT = ("it looks for room in the buffer on an interrupt only, and a DISCONNECT that waits for room "
          "has no time-out (client.c)")
PROBE = "in probe one second without an answer to START is the end (init.c)"
LINUX = {
    "start-res-dropped": ("disabled", PROBE),
    "start-res-late": ("disabled", PROBE),
    "start-res-truncated": ("survives", "it does not look at the length (hbm.c)"),
    "header-bad-length": ("disabled", PROBE),
    "hang-at-start": ("disabled", PROBE),
    "hang-at-connect": ("stuck", UNSENT),
    "hang-in-message": ("stuck", UNSENT),
    "interrupt-lost-for-start": ("disabled", PROBE),
    "interrupt-lost-for-drain": ("stuck", UNSENT),
    "fw-reset-at-start": ("survives", "probe may end before the reset is handled"),
    "enum-res-truncated": ("error", "it does not look at the length, and misses clients (hbm.c)"),
    "props-wrong-address": ("error", "it goes on after that address, and misses clients (hbm.c)"),
    "props-mtu-huge": ("error", "as for a sound driver; the exercise wants the true length"),
}

# fault -> (the kernel's warning, why it is known and no failure)
LINUX_WARNS = {
    "start-res-duplicated": (r"WARNING: .* mei_hbm_dispatch",
                             "an answer that was not due is a WARN in hbm.c"),
    "hbm-unknown-command": (r"WARNING: .* mei_hbm_dispatch",
                            "a command that it does not know is a WARN in hbm.c"),
    "random-duplicates": (r"WARNING: .* mei_hbm_dispatch",
                          "an answer that was not due is a WARN in hbm.c"),
    "random-mutation": (r"WARNING: .* mei_dma_ring_read",
                        "DMA_SETUP's status changed on the way: a message in a ring that it gave up "
                        "is a WARN in dma-ring.c"),
    "random-fuzz": (r"WARNING: .* (mei_hbm_dispatch|mei_dma_ring_read)",
                    "as for random-duplicates and random-mutation"),
    "props-mtu-huge": (r"WARNING: .*(page_alloc|__kvmalloc_node)",
                       "a reader's buffer is allocated for the length that the firmware claims"),
}

# fault -> the kind of firmware that it makes of the device
REFUSED = {"hfs-sps": "sps", "hfs-node-manager": "nm"}

# The driver may say what it will of a faulty firmware, but a kernel warning is a bug of its own.
ANY_LINE = (r".",)


def _applies(name, rule):
    """Where a fault can strike at all."""
    if name.startswith(("d0i3", "pg-entry")):
        return lambda platform, _kernel: platform.power_gating == "d0i3"
    if name.startswith("isolation"):
        return lambda platform, _kernel: platform.power_gating == "pgi"
    if name.startswith("dma"):
        return lambda platform, _kernel: platform.dma
    if name.startswith("capabilities"):
        return lambda platform, _kernel: platform.vtag
    if "type=NOTIFY-" in rule:
        return lambda platform, _kernel: platform.events and platform.mkhi
    if "type=FRAGMENT" in rule:  # with DMA rings a message is one packet
        return lambda platform, _kernel: platform.mkhi and not platform.dma
    if name in REFUSED:
        return lambda platform, _kernel: platform.mkhi and REFUSED[name] not in platform.refused
    return lambda platform, _kernel: platform.mkhi


def _refused(name, kind):
    """Status words for which the driver leaves the device alone, where it looks at them."""
    return Scenario(f"fault-{name}-refused", "leaves the device alone, and says so",
                    "modprobe mei_me\nusleep 500000\n[ \"$(state)\" = absent ] || fail \"$(state)\"\n",
                    applies=lambda platform, _kernel: kind in platform.refused, modprobe=False,
                    device=f"echo=on,fault={name}", counted=True,
                    require=(r"Device doesn't have valid ME Interface",))


def _scenario(row):
    outcome, reason = LINUX.get(row["name"], (row["outcome"], None))
    expect = f"{outcome}: {row['then']}" + (f"; Linux: {reason}" if reason else "")
    auto = "echo auto >$PCI/power/control 2>/dev/null\n" if row["name"].startswith(
        ("d0i3", "pg-", "isolation")) else ""
    guest = GUEST[outcome]
    if "type=NOTIFY-" in row["rule"]:
        guest = guest.replace(TRY, ASK + TRY, 1)
    if auto:
        guest = guest.replace("modprobe mei_me\n", "load\n" + auto + GATED, 1)
    warning, why = LINUX_WARNS.get(row["name"], (None, None))
    if why:
        expect += f"; Linux: {why}"
    return Scenario(f"fault-{row['name']}", expect, guest, applies=_applies(row["name"], row["rule"]),
                    device=f"echo=on,fault={row['name']}",
                    allow=ANY_LINE + ((warning,) if warning else ()), modprobe=False,
                    counted=True)


def fault_scenarios():
    """Made from the table that `swme faults --json` prints; none before swme is built."""
    if not box.SWME.exists():
        return []
    rows = json.loads(subprocess.run([box.SWME, "faults", "--json"], check=True, capture_output=True,
                                     text=True).stdout)
    return [*map(_scenario, rows), *(_refused(*pair) for pair in REFUSED.items())]
