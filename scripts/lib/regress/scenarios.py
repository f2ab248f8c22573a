# SPDX-License-Identifier: GPL-2.0-or-later
"""The scenarios. Each says what a sound driver does; where the stock driver of some kernel is known to
differ, the row says so with its reason.

Lines of the driver's log are those of Linux drivers/misc/mei; a scenario that expects trouble names
them, and any other line of mei at warning level or above fails it.
"""

from .scenario import Scenario

def amt(platform, _kernel):
    """Where AMT's client enumerates."""
    return platform.amt


def no_amt(platform, _kernel):
    """Where it does not."""
    return not platform.amt


def mkhi(platform, _kernel):
    """Where MKHI is there under both its names."""
    return platform.mkhi


def events(platform, _kernel):
    """HBM 2.0 and newer."""
    return platform.events


def old(platform, _kernel):
    """HBM 1."""
    return not platform.events


def events_mkhi(platform, _kernel):
    """HBM 2.0 and MKHI."""
    return platform.events and platform.mkhi


def old_mkhi(platform, _kernel):
    """HBM 1 and MKHI."""
    return not platform.events and platform.mkhi


def tags(platform, _kernel):
    """HBM 2.2."""
    return platform.vtag


def no_tags(platform, _kernel):
    """Below HBM 2.2."""
    return not platform.vtag


def rings(platform, _kernel):
    """The driver sets up DMA rings."""
    return platform.dma and platform.hbm >= (2, 1)


def gated(platform, _kernel):
    """The driver gates the idle link."""
    return platform.runtime_pm


def ungated(platform, _kernel):
    """It does not."""
    return not platform.runtime_pm


def d0i3(platform, _kernel):
    """Gated by D0i3."""
    return platform.power_gating == "d0i3"


def status_words(platform, _kernel):
    """Firmware status words exist."""
    return platform.hfs_count > 0


# What the driver logs when the firmware resets itself (hw-me.c, main.c), at times while the driver
# itself was asking for something (bus-fixup.c).
RESET = (r"FW not ready: resetting", r"unexpected reset", r"fw status", r"FW_STATUS",
         r"OS version command failed", r"Could not read FW version",
         r"Could not send ReqFWVersion cmd", r"FW version command failed",
         r"power gate command write failed")

# ... and when it ends a connection (hbm.c).
GONE = (r"fw disconnect request received",)

# A kernel warning of mei's, as far as mei's name stands in it.
TRACE = (r"Modules linked in:", r"Workqueue: ", r"Comm: ", r"RIP: ", r"\]  (\? )?\w[\w.]*\+0x")
ISOLATED = ("after the reset it takes the link for isolated still (pm_runtime_set_active fails while "
            "runtime PM is on, hw-me.c), warns, fails the first user and resets once more",
            (r"WARNING: .* mei_me_pg_exit_sync", r"rpm: get failed", *TRACE))


def exercise(name, expect, applies=None, **more):
    """A scenario that is one exercise of mei-exercise, then a look at the link."""
    rows = {"applies": applies} if applies else {}
    return Scenario(name, expect, f"exercise {name}\nwait_enabled\n", **rows, **more)


PROBE = [
    Scenario("probe", "binds, comes up, says nothing",
             "wait_enabled\n[ -c /dev/mei0 ] || fail no /dev/mei0\n"
             "[ \"$(readlink $PCI/driver)\" != \"${PCI##*/}\" ] || fail not bound\n"),
    Scenario("probe-msi", "takes MSI where it is offered",
             "wait_enabled\ngrep -q 'MSI.*mei_me' /proc/interrupts || fail no MSI\n"),
    Scenario("probe-intx", "falls back to the interrupt line, which is quiet when idle",
             "alive\ngrep -q 'IO-APIC.*mei_me' /proc/interrupts || fail no INTx\n"
             "one=$(grep mei_me /proc/interrupts)\nsleep 2\n"
             "[ \"$one\" = \"$(grep mei_me /proc/interrupts)\" ] || fail it does not keep quiet\n"
             .replace("sleep 2", "echo on >$PCI/power/control\nalive\n"
                      "one=$(grep mei_me /proc/interrupts)\nsleep 2"), append="pci=nomsi"),
    Scenario("probe-zero-latency", "copes with a firmware that answers at once",
             "alive\nexercise many-messages\n", device="echo=on,latency=0"),
    Scenario("probe-slow-firmware", "waits for a firmware that takes 300 ms for each step",
             "wait_enabled 30\nexercise properties\nexercise empty-write\n",
             device="echo=on,latency=300ms",
             counted=True,
             allow=(r"Could not read FW version",)),
    Scenario("probe-after-unload", "comes up again on a link that it left before",
             "rmmod mei_me\nmodprobe mei_me\nalive\n"),
    Scenario("probe-by-hand", "binds when told to by sysfs",
             "wait_enabled\necho ${PCI##*/} >/sys/bus/pci/drivers/mei_me/unbind\n"
             "[ \"$(state)\" = absent ] || fail still there\n"
             "echo ${PCI##*/} >/sys/bus/pci/drivers/mei_me/bind\nalive\n"),
    Scenario("firmware-status", "shows the status words that the generation has",
             "wait_enabled\n[ -s $MEI/fw_status ] || fail none\n", applies=status_words),
    Scenario("firmware-version", "asks MKHI for the version and shows it",
             "wait_enabled\ntries=0\nuntil grep -qv 0:0.0.0.0 $MEI/fw_ver; do\n"
             "  tries=$((tries + 1)); [ $tries -lt 400 ] || fail $(cat $MEI/fw_ver)\n"
             "  usleep 5000\ndone\n", applies=mkhi),
    Scenario("hbm-version", "speaks the version that both have",
             "wait_enabled\ncase $(cat $MEI/hbm_ver) in [12].[0-9]) ;; *) fail $(cat $MEI/hbm_ver);;"
             " esac\n"),
    Scenario("trap26-open-before-enabled", "ENODEV until the enumeration is over, then open",
             "modprobe mei_me\nmei-exercise properties && [ \"$(state)\" != ENABLED ] && "
             "fail it opened in $(state)\nalive 20\n", modprobe=False,
             device="echo=on,latency=20ms"),
    Scenario("trap10-three-failures", "gives up after three resets that come to nothing",
             "modprobe mei_me\nusleep 500000\n[ \"$(state)\" != ENABLED ] || fail it came up\n",
             modprobe=False, device="echo=on,fault=never-ready", counted=True,
             require=(r"reached maximal consecutive resets",),
             allow=(r"wait hw ready failed", r"hw_start failed", r"unexpected reset",
                    r"link layer initialization failed", r"init hw failure", r"initialization failed",
                    r"probe .*failed", r"fw status", r"H_RST is set", r"reset failed ret")),
    Scenario("shutdown", "stops quietly when the machine goes off, with a user's file open",
             "alive\ntraffic\npoweroff -f\nsleep 60\n",
             goes_off=True),
    Scenario("reboot", "stops quietly when the machine starts anew",
             "alive\nreboot -f\nsleep 60\n", goes_off=True),
]

ENUMERATION = [
    Scenario("enumeration", "knows each client once, by address and GUID",
             "wait_enabled\nn=$(grep -c '|[0-9a-f]*-' /sys/kernel/debug/mei0/meclients)\n"
             "u=$(grep -o '[0-9a-f]\\{8\\}-[0-9a-f-]*' /sys/kernel/debug/mei0/meclients "
             "| sort -u | wc -l)\n[ $n -gt 0 ] && [ $n = $u ] || fail $n clients, $u GUIDs\n"),
    Scenario("enumeration-few", "is content with a firmware that has next to nothing",
             "wait_enabled\n", device="amt=off"),
    Scenario("enumeration-without-amt", "has no AMTHI where AMT is off",
             "wait_enabled\nexercise amthi-absent\n", device="amt=off"),
]

CONNECTIONS = [
    exercise("wrong-guid", "ENOTTY, and the file is good for another try", mkhi),
    exercise("connect-twice", "EBUSY", mkhi),
    exercise("single-instance", "EBUSY for the second user until the first has gone", mkhi),
    exercise("connect-loop", "a thousand connections, none lost", mkhi),
    exercise("properties", "message length and version come back"),
    exercise("several-connections", "sixteen at once, each its own; EBUSY for one more"),
    exercise("killed-with-a-request", "cleans up after users who die in a request"),
    exercise("fixed-client", "users may have fixed-address clients from HBM 2.0 on", events_mkhi),
    exercise("fixed-client-refused", "ENOTTY for fixed-address clients below HBM 2.0", old_mkhi),
]

MESSAGES = [
    exercise("sizes", "every size around the limits of slots, packets and buffers"),
    exercise("too-long", "EFBIG, and the connection lives on"),
    exercise("empty-write", "0, without a message"),
    exercise("short-reads", "the rest of a message comes with the next read"),
    exercise("many-messages", "two thousand in a row"),
    exercise("pressure", "writes queue without a credit and all come back in order"),
    exercise("processes", "four processes do not hear each other"),
    Scenario("dma-ring", "long messages go through the DMA rings",
             "wait_enabled\ngrep -q 'DR: 1' /sys/kernel/debug/mei0/devstate || fail not set up\n"
             "exercise sizes\nexercise many-messages\n", applies=rings),
    Scenario("no-dma-ring", "does without where the platform has none",
             "wait_enabled\ngrep -q 'DR: 0' /sys/kernel/debug/mei0/devstate || fail set up\n"
             "exercise sizes\n", applies=lambda p, k: not rings(p, k)),
    exercise("amthi", "AMT's versions over one connection", amt),
    exercise("amthi-processes", "four processes take turns at AMTHI", amt),
    Scenario("client-latency", "waits for a client that takes 200 ms",
             "alive\n", counted=True, device="echo=on,latency=100us+echo:200ms"),
]

FILES = [
    exercise("bad-ioctls", "ENOTTY and EFAULT"),
    exercise("not-connected", "ENODEV and POLLERR before a connection"),
    exercise("nonblocking", "EAGAIN with nothing there"),
    exercise("interrupted-read", "EINTR, and nothing is lost", counted=True),
]

TAGS = [
    exercise("vtag", "three users of one connection by virtual tags", tags),
    exercise("vtag-zero", "EINVAL for tag 0", tags),
    exercise("vtag-refused", "EOPNOTSUPP where there are no tags", no_tags),
    exercise("notification-refused", "EOPNOTSUPP below HBM 2.0", old),
]

# How long the kernel's tests of suspending stay down.
ONE_SECOND = "echo 1 >/sys/module/suspend/parameters/pm_test_delay || exit 1\n"

POWER = [
    Scenario("runtime-pm", "gates the idle link, comes back for a user",
             "echo auto >$PCI/power/control\n"
             "for turn in 1 2 3; do\n  wait_for $PCI/power/runtime_status suspended\n"
             "  exercise sizes\ndone\n", applies=gated),
    Scenario("runtime-pm-traffic", "no message is lost around the gate",
             "echo auto >$PCI/power/control\n"
             "for turn in 1 2 3 4 5; do\n  exercise many-messages\n"
             "  wait_for $PCI/power/runtime_status suspended\ndone\n", applies=gated),
    Scenario("runtime-pm-never", "stays up where the generation has no gate",
             "echo auto >$PCI/power/control\nalive\nsleep 2\n"
             "[ \"$(cat $PCI/power/runtime_status)\" = active ] || fail it gated the link\n",
             applies=ungated),
    Scenario("unload-while-gated", "leaves the gate before it lets go",
             "echo auto >$PCI/power/control\nwait_for $PCI/power/runtime_status suspended\n"
             "rmmod mei_me\nmodprobe mei_me\nalive\n", applies=gated),
    Scenario("pm-test-freeze", "suspends and resumes with the other devices",
             "alive\n" + ONE_SECOND + "echo devices >/sys/power/pm_test\necho freeze >/sys/power/state\nalive\n"),
    # Nothing that QEMU's q35 has ends a real sleep to idle, so the kernel's own test of it: all
    # devices down, a second, all up.
    Scenario("s2idle", "sleeps to idle and comes back",
             "alive\n" + ONE_SECOND + "echo platform >/sys/power/pm_test\necho freeze >/sys/power/state || exit 1\n"
             "alive\n"),
    Scenario("s3", "comes back from suspend to RAM", "alive\nsleep_for mem 10\nalive\n",
             bzimage=True),
    Scenario("s3-with-a-user", "an open file survives, disconnected; twice in a row",
             "alive\ntraffic\n"
             "sleep_for mem 10\nwait $!\nalive\nsleep_for mem 10\nalive\n", bzimage=True),
    Scenario("s3-while-gated", "the gated link survives suspend to RAM",
             "echo auto >$PCI/power/control\nwait_for $PCI/power/runtime_status suspended\n"
             "sleep_for mem 10\nalive\n", applies=gated, bzimage=True),
    Scenario("s4", "comes back from suspend to disk",
             "alive\nmkswap /dev/vda >/dev/null && swapon /dev/vda || exit 1\n"
             "echo 0 >/sys/power/image_size\n"
             "case $(uname -r) in\n6.1.*) echo core >/sys/power/pm_test ;;\n"
             "*) echo test_resume >/sys/power/disk ;;\nesac\n"
             "echo disk >/sys/power/state || exit 1\nalive\n", swap=True,
             kernels={"6.1": ("its test_resume cannot open the swap that it wrote to (EBUSY, mended "
                              "in 6.4): devices are frozen, the image made, devices thawed", ())}),
    Scenario("d3hot", "the function forgets nothing in D3hot",
             "echo ${PCI##*/} >/sys/bus/pci/drivers/mei_me/unbind\nusleep 100000\n"
             "echo ${PCI##*/} >/sys/bus/pci/drivers/mei_me/bind\nalive\n"),
]

RESETS = [
    Scenario("reload-100", "a hundred times out and in",
             "turn=0\nwhile [ $turn -lt 100 ]; do\n  turn=$((turn + 1))\n"
             "  rmmod mei_me && modprobe mei_me || fail turn $turn\n  wait_enabled\ndone\nalive\n"),
    Scenario("rebind-50", "fifty times off and on",
             "turn=0\nwhile [ $turn -lt 50 ]; do\n  turn=$((turn + 1))\n"
             "  echo ${PCI##*/} >/sys/bus/pci/drivers/mei_me/unbind || exit 1\n"
             "  echo ${PCI##*/} >/sys/bus/pci/drivers/mei_me/bind || exit 1\n"
             "  wait_enabled\ndone\nalive\n"),
    Scenario("reload-in-traffic", "lets go under a user's feet",
             "traffic\n"
             "echo ${PCI##*/} >/sys/bus/pci/drivers/mei_me/unbind\nwait $!\n"
             "echo ${PCI##*/} >/sys/bus/pci/drivers/mei_me/bind\nalive\n"),
]

WATCHDOG = [
    Scenario("watchdog", "registers AMT's watchdog; a ping starts it, a clean close stops it; comes back",
             "modprobe mei_wdt\ndog=/sys/class/watchdog/watchdog0\nfor turn in 1 2; do\n"
             "  wait_for $dog/identity iamt_wdt\n  wait_for $dog/timeout 120\n"
             "  exec 3>/dev/watchdog0\n  echo p >&3 || fail no ping\n"
             "  wait_for $dog/state active\n  echo V >&3\n  exec 3>&-\n"
             "  wait_for $dog/state inactive\n  rmmod mei_wdt\n  modprobe mei_wdt\ndone\nalive\n",
             applies=amt, device="echo=on,watchdog=on"),
]

# What the firmware does by itself: done through the device's control socket while the guest runs.
FIRMWARE = [
    exercise("notification", "POLLPRI and the event, once", events),
    Scenario("notification-gated", "wakes up for a notification from behind the gate",
             "echo auto >$PCI/power/control\nexercise notification-gated\n"
             "wait_for $PCI/power/runtime_status suspended\nalive\n",
             applies=lambda p, k: gated(p, k) and events(p, k)),
    Scenario("late-answer-gated", "wakes up for an answer from behind the gate",
             "echo auto >$PCI/power/control\nexercise late-answer-gated\nalive\n",
             applies=gated, counted=True),
    Scenario("firmware-reset-idle", "tells the users of connections, and comes back",
             "exercise reset-idle\nalive\n", allow=RESET),
    Scenario("firmware-reset-ten-times", "comes back each time",
             "exercise reset-loop\nalive\n", allow=RESET),
    Scenario("firmware-reset-in-traffic", "ends the users' messages with an error, and comes back",
             "traffic\nhost firmware-reset\n"
             "wait $! || fail $(cat /tmp/user)\nalive\n", allow=RESET),
    Scenario("firmware-reset-gated", "comes back from behind the gate",
             "echo auto >$PCI/power/control\nwait_for $PCI/power/runtime_status suspended\n"
             "host firmware-reset\nalive\nwait_for $PCI/power/runtime_status suspended\nalive\n",
             applies=d0i3, allow=RESET),
    Scenario("firmware-reset-isolated", "comes back from legacy isolation",
             "echo auto >$PCI/power/control\nwait_for $PCI/power/runtime_status suspended\n"
             "host firmware-reset\n"
             "tries=0\nuntil mei-exercise sizes >/tmp/try 2>&1; do\n"
             "  echo \"try $tries: $(cat /tmp/try)\"\n  tries=$((tries + 1))\n"
             "  [ $tries -lt 100 ] || fail it stays away\n  usleep 100000\ndone\nalive\n",
             counted=True,
             applies=lambda p, k: p.power_gating == "pgi", allow=RESET,
             kernels={"6.1": ISOLATED, "6.12": ISOLATED}),
    Scenario("firmware-reset-unloaded", "finds a firmware that has reset itself meanwhile",
             "rmmod mei_me\nhost firmware-reset\nmodprobe mei_me\nalive\n"),
    Scenario("firmware-stop", "lets go of the link, and is there again when loaded anew",
             "alive\nhost firmware-stop\nwait_state POWER_DOWN\n"
             "mei-exercise properties >/dev/null && fail it still opens\n"
             "rmmod mei_me\nmodprobe mei_me\nalive\n",
             allow=(r"hbm: stop response: resetting", r"mei_irq_read_handler ret = -71")),
    Scenario("client-removed", "tells the users of a client that goes, and knows it no longer",
             "exercise client-goes\nwait_enabled\nexercise wrong-guid\n", applies=mkhi, allow=GONE),
    Scenario("client-added", "takes in a client that comes, as often as it does",
             "for turn in 1 2 3; do\n  exercise client-goes\n  exercise client-comes\ndone\nalive\n",
             applies=events, allow=GONE),
    Scenario("client-back-after-reset", "below HBM 2.0 a client that is back is seen after a reset",
             "exercise client-goes\nhost client-add echo\nhost firmware-reset\nusleep 100000\n"
             "alive\n", applies=old, allow=RESET + GONE),
    Scenario("fault-while-running", "loses one answer, and nothing else; the fault counts one hit",
             "exercise fault-while-running\nhost fault-list\n"
             "case $answer in *'\"hits\" : 1, \"spent\" : true'*) ;; *) fail \"$answer\" ;; esac\n"
             "host fault-remove all\nalive\n", counted=True),
]

BASIC = PROBE + ENUMERATION + CONNECTIONS + MESSAGES + FILES + TAGS + POWER + RESETS + FIRMWARE \
    + WATCHDOG
