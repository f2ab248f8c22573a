# SPDX-License-Identifier: GPL-2.0-or-later
"""What in a guest's log is a finding, and whether two are the same."""

import re
from dataclasses import dataclass

# What the guest says when a session begins; the lines behind it are that session's.
SESSION = re.compile(r"swme-fuzz: session (\d+)")
# (kind, expression): the first that a line matches. The kernel's own words (Linux lib/, mm/, kernel/).
SIGNS = (
    ("kasan", re.compile(r"BUG: K(?:ASAN|FENCE|MSAN|CSAN): (.*)")),
    ("ubsan", re.compile(r"UBSAN: (.*)")),
    ("heap", re.compile(r"BUG (\S+ \(.*\): .*)")),             # SLUB's red zones and poison
    ("fortify", re.compile(r"(detected buffer overflow.*|memcpy: detected field-spanning write.*)")),
    ("usercopy", re.compile(r"usercopy: (Kernel memory .*)")),
    ("hang", re.compile(r"watchdog: (BUG: soft lockup).*")),
    ("hang", re.compile(r"INFO: (task \S+ blocked for more than).*")),
    ("hang", re.compile(r"(rcu: INFO: \S+ (?:self-)?detected \S*stall).*")),
    ("oops", re.compile(r"BUG: (.*)")),
    ("oops", re.compile(r"(general protection fault|kernel BUG at .*|divide error|invalid opcode|"
                        r"stack segment)")),
    ("oops", re.compile(r"(?:Oops): (.*)")),
    ("warning", re.compile(r"WARNING: (.*)")),
    ("oops", re.compile(r"Kernel panic - not syncing: (.*)")),
)
# A line of a call trace within mei: where it went wrong, as far as the driver is concerned.
DRIVER = re.compile(r"(?:RIP: 0010:|\s|\? )(\w+)\+0x[0-9a-f]+/0x[0-9a-f]+ \[mei\w*\]")
# Addresses, numbers of processes and of processors: what differs from run to run.
VARIES = ((re.compile(r"CPU: \d+ PID: \d+ at "), ""), (re.compile(r"\+0x[0-9a-f]+(/0x[0-9a-f]+)?"), ""),
          (re.compile(r"\b(0x)?[0-9a-f]{8,16}\b"), "…"), (re.compile(r"(?<=task )(\S+?):\d+"), r"\1"),
          (re.compile(r"\(size \d+\)"), "(size …)"), (re.compile(r"\[mei\w*\]"), ""),
          (re.compile(r"\(?(Not t|T)ainted[^)]*\)?"), ""), (re.compile(r"\s+"), " "))
TRACE_LINES = 80
GOES_ON = ("warning", "heap", "kasan", "ubsan")  # the guest lives on


@dataclass(frozen=True)
class Sign:
    """One thing that the kernel complained of."""

    kind: str
    words: str   # as the kernel said it, without what varies
    place: str   # the first of the driver's functions in its trace; may be empty
    session: int

    @property
    def signature(self):
        """The same for the same bug."""
        return f"{self.kind}: {self.words}" + (f" ({self.place})" if self.place else "")


def same_in_each_run(text):
    """Without addresses and numbers."""
    for pattern, instead in VARIES:
        text = pattern.sub(instead, text)
    return text.strip()


def _sign(line):
    for kind, pattern in SIGNS:
        match = pattern.search(line)
        if match:
            return kind, match[1]
    return None


def signs(lines, last):
    """What the log shows, in its order, each signature once. What only follows from an oops is none.

    What ends a guest is on the console before the log's own channel has told of the session: it was
    the last one.
    """
    found, session, dead = {}, 0, False
    for number, line in enumerate(lines):
        begins = SESSION.search(line)
        if begins:
            session = int(begins[1])
        what = _sign(line)
        if not what or dead:
            continue
        dead = what[0] not in GOES_ON
        trace = lines[number:number + TRACE_LINES]
        place = next((match[1] for match in map(DRIVER.search, trace) if match), "")
        sign = Sign(what[0], same_in_each_run(what[1]), place, last if dead else session)
        found.setdefault(sign.signature, sign)
    return list(found.values())
