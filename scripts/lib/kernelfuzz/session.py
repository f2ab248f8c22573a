# SPDX-License-Identifier: GPL-2.0-or-later
"""One guest: sessions with damaged answers, each from a seed of its own, and what came of them."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from guest import machine
from guest.common import Failed
from regress import runner
from regress.boot import Boot

from . import console

# The guest's clock counts instructions: a driver that waits is waited for in no time.
GUEST_TIMEOUT = 240   # real seconds for a boot's fixed part, on a busy machine
SESSION_TIMEOUT = 60  # ... and for each session more
# Red zones and poison around what kmalloc() gives, for kernels without KASAN.
HEAP = "slub_debug=FZP,kmalloc-*"
# Nothing here may spin for 4 s or sleep for 60 s without being called a hang; both end the guest.
LIMITS = """\
limit() { echo "$2" 2>/dev/null >/proc/sys/kernel/"$1"; }
limit watchdog_thresh 2
limit softlockup_panic 1
limit hung_task_timeout_secs 60
limit hung_task_panic 1
"""
# Under fire nothing has to work. Once it is over the driver, loaded anew, has to.
SESSION = """\
visit() {
  for exercise in properties sizes fixed-client amthi notification-on vtag; do
    timeout -k 1 20 mei-exercise $exercise >/dev/null 2>&1
  done
}
# The drivers anew. The bus device's holds the bus (bus.c), and so does whoever was killed and is
# still closing its file: that takes 15 s at most (client.c).
again() {
  tries=0
  rmmod mei_wdt
  until rmmod mei_me 2>/tmp/unload; do
    tries=$((tries + 1))
    [ $tries -lt 60 ] || fail "session $number: wedged: $(cat /tmp/unload)"
    usleep 500000
  done
  modprobe -a mei_wdt mei_me
}
session() { # NUMBER RULES
  number=$1
  echo "<6>swme-fuzz: session $number" >/dev/kmsg
  host fault-add "$2"
  visit
  host firmware-reset
  visit
  again
  visit
  host firmware-reset
  host fault-remove all
  again
  { mei-exercise wait $MEI/dev_state ENABLED 60 && mei-exercise properties; } >/tmp/after 2>&1 ||
    fail "session $number: wedged: $(cat /tmp/after)"
}
"""
LOAD = "modprobe mei_wdt\nload\n"
WEDGED = re.compile(r"session (\d+): wedged: (.*)")
# How likely a packet is damaged, in percent: little reaches deep, much shows how errors are handled.
CHANCES = (2, 5, 10, 25)


def rules(seed):
    """A session's faults; every third one strikes the host bus messages alone."""
    chance = CHANCES[seed % len(CHANCES)]
    where = ":type=HBM" if seed % 3 == 0 else ""
    return f"fuzz:seed={seed}:prob={chance}{where}"


def boot(options):
    """The machine that every guest of a run starts from."""
    return Boot(kernel=options.kernel, directory=options.modules, platform=options.platform,
                device="echo=on", append=HEAP, counted=True)


@dataclass
class Round:
    """What one guest showed."""

    seeds: list
    signs: list
    log: str
    done: int  # sessions that were begun


def _wedged(text):
    """The driver did not come up again."""
    match = WEDGED.search(text)
    return [console.Sign("wedged", match[2].strip(), "", int(match[1]))] if match else []


def _hang(error, seed):
    return [console.Sign("hang", console.same_in_each_run(str(error).splitlines()[0]), "", seed)]


def run(boots, options, seeds, capture, levels="packets+messages"):
    """A guest with these sessions; what passed is recorded in capture."""
    with boots.scratch() as scratch:
        log = machine.Log(f"{scratch}/log")
        timeout = GUEST_TIMEOUT + SESSION_TIMEOUT * len(seeds)
        guest = boots.guest(boot(options), "", log, timeout, scratch,
                            unseen=f"pcap={scratch}/pcap,pcap-levels={levels}")
        guest.give(runner.LIBRARY + LIMITS + SESSION + LOAD +
                   "".join(f"session {seed} '{rules(seed)}'\n" for seed in seeds))
        ended = None
        try:
            guest.run()
        except Failed as error:
            ended = error
        if guest.wrong:
            raise Failed(guest.wrong[0])
        text = Path(scratch, "log").read_text(encoding="utf-8", errors="replace")
        begun = max(1, guest.told().count("host: fault-add"))
        signs = console.signs(text.splitlines(), seeds[begun - 1]) + _wedged(guest.told())
        if ended and not any(sign.kind != "warning" for sign in signs):
            signs += _hang(ended, seeds[begun - 1])
        shutil.move(f"{scratch}/pcap", capture)
    return Round(seeds, signs, text, begun)
