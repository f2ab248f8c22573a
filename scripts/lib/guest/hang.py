# SPDX-License-Identifier: GPL-2.0-or-later
"""scripts/demo --hang: a guest crashes, and AMT's watchdog tells of it."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from alerts.receiver import AlertError, Receiver, decode, describe

from .channels import Control, Monitor, listen
from .common import ROOT, Failed

RESET_S = 30
S = 10**9
OS_STOP, WATCHDOG = 0x20, 0x23
# Two minutes of a hung guest take seconds: each of its instructions takes 512 ns of its time.
CLOCK = ["--qemu=-icount", "--qemu=shift=9,sleep=off"]
GUEST = """
dog=/sys/class/watchdog/watchdog0
until [ -c /dev/watchdog0 ]; do usleep 10000; done
echo "kernel $(uname -r)"
echo "identity $(cat $dog/identity)"
echo "timeout $(cat $dog/timeout)"
read -r _
exec 3>/dev/watchdog0
echo p >&3
echo c >/proc/sysrq-trigger
"""


def line(name, value):
    """One line of the story."""
    print(f"  {name:<14} {value}", flush=True)


def stamp(seconds):
    """AMT's time for people."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds))


def boot(options, folder, subscriber):
    """The guest; its monitor connects to us, and its alerts go to the subscriber."""
    listener = listen(folder / "qmp", float(options.timeout))
    command = [ROOT / "scripts/guest", "--timeout", options.timeout, "--append", "panic=0",
               "--device-opts", f"watchdog=on,watchdog-reset={RESET_S},control={folder}/control,"
               f"alert={subscriber}"
               + (f",{options.device_opts}" if options.device_opts else ""), *CLOCK,
               "--qemu=-no-shutdown",  # so that what the reset leaves can be looked at
               "--qemu=-chardev", f"--qemu=socket,id=qmp,path={folder}/qmp",
               "--qemu=-mon", "--qemu=chardev=qmp,mode=control"]
    for name in ("kernel", "modules", "platform"):
        if getattr(options, name):
            command += [f"--{name}", getattr(options, name)]
    guest = subprocess.Popen([*command, "--stdin", "--", "sh", "-c", GUEST],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    return guest, listener


def tell_driver(guest):
    """What the guest says of its watchdog."""
    said = {}
    for text in guest.stdout:
        name, _, value = text.strip().partition(" ")
        said[name] = value
        if name == "timeout":
            line("driver", f"{said['identity']}, {value} s: the stock mei_wdt of Linux "
                           f"{said['kernel']}")
            return int(value)
    raise Failed("the guest found no watchdog")


def tell_alert(receiver, timeout):
    """The trap that tells of the hang; those of power on come before it."""
    trap = receiver.take(timeout)
    while trap and trap.specific >> 16 != OS_STOP:
        trap = receiver.take(timeout)
    if not trap:
        raise Failed("no alert tells of a hang")
    line("alert", f"number {trap.sequence}, SNMP trap {trap.specific} to UDP port {receiver.port}: "
                  f"received by snmptrapd, and in ipmi-pet's words\n{'':17}"
                  f"{describe(decode(trap))}")


def tell_rest(control, monitor, receiver, seconds):
    """What follows, as it happens."""
    boot_s = control.records()[0]["time_s"]
    monitor.wait("WATCHDOG")
    start_s = boot_s + control.last_start_ns() // S
    line("guest", f"{stamp(start_s)} starts the watchdog and crashes (SysRq-c)")
    hung = control.records(OS_STOP)
    if len(hung) != 1:
        raise Failed(f"{len(hung)} log records tell of a hang, not one")
    line("firmware", f"{hung[0]['time_s'] - start_s} s later (time-out {seconds} s): the "
                     "watchdog has run out")
    line("event log", f"{stamp(hung[0]['time_s'])} the operating system stopped at run time, "
                      f"critical\n{'':17}{hung[0]['record']}")
    tell_alert(receiver, 30)
    line("QEMU", f"event WATCHDOG, action {monitor.named('WATCHDOG')[0]['data']['action']}")
    monitor.wait("SHUTDOWN")
    reset = control.records(WATCHDOG)
    line("firmware", f"{reset[0]['time_s'] - hung[0]['time_s']} s later: resets the host, as "
                     "IPS_WatchDogAction was set to")
    line("event log", f"{stamp(reset[0]['time_s'])} hard reset by the watchdog\n"
                      f"{'':17}{reset[0]['record']}")
    line("QEMU", f"event SHUTDOWN, reason {monitor.named('SHUTDOWN')[0]['data']['reason']}")


def main(options):
    """The whole story; its exit status."""
    with tempfile.TemporaryDirectory(prefix="swme-hang.") as name, Receiver() as receiver:
        folder = Path(name)
        guest, listener = boot(options, folder, receiver.subscriber)
        try:
            print("A guest hangs\n", flush=True)
            monitor = Monitor(listener)
            seconds = tell_driver(guest)
            control = Control(folder / "control")
            guest.stdin.write("crash\n")
            guest.stdin.flush()
            tell_rest(control, monitor, receiver, seconds)
        except (Failed, AlertError, OSError) as error:
            print(f"demo: {error}", file=sys.stderr)
            return 1
        finally:
            guest.terminate()
            guest.communicate()
    print("\nThe firmware noticed, told, and reset.")
    return 0
