# SPDX-License-Identifier: GPL-2.0-or-later
"""Every `heci TRANSPORT amt …`, and what it prints on the sim: on other transports it must be the same.

A sequence that sets AMT up and back, once as text and once as JSON.
"""
import re
import subprocess
import tempfile
from pathlib import Path

PLATFORM = "spt-h"
UUID = "5d3f1c6e-8a0b-4e57-9c21-7b64d0e8f913"
ASK = ["info", "uuid", "versions", "state", "control-mode", "hashes", "network", "dns",
       "remote-access", "features", "power", "lsa"]
CHANGE = ["stop-config", "start-config", "start-config", "state", "info", "stop-config", "state",
          "unprovision", "no-such-command"]
# What is refused must look the same too.
STATUS = [0] * len(ASK) + [1, 0, 1, 0, 0, 0, 0, 0, 2]


def steps():
    """The arguments behind TRANSPORT, in the order in which they must run."""
    return [["amt", name, *more] for more in ([], ["--json"]) for name in ASK + CHANGE]


def on_sim(heci):
    """[(exit status, stdout, stderr)] of the steps, the state kept between them."""
    with tempfile.TemporaryDirectory() as scratch:
        transport = f"sim:platform={PLATFORM},uuid={UUID},nvm={Path(scratch, 'nvm')}"
        return [run(heci, transport, step) for step in steps()]


def unexpected(outputs):
    """Lines about steps that ended otherwise than they should, on whatever transport."""
    return [f"heci … {' '.join(step)}: exit status {output[0]}, not {status}"
            for step, output, status in zip(steps(), outputs, STATUS * 2) if output[0] != status]


def run(heci, transport, step):
    """(exit status, stdout, stderr) of one step."""
    done = subprocess.run([heci, transport, *step], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr


def left_out(heci):
    """The sub-commands that the tool has and the steps do not; the tool lists its own."""
    said = run(heci, "sim", ["amt", "no-such-command"])[2]
    names = re.search(r"; it has (.*)$", said).group(1).split(", ")
    return sorted(set(names) - set(ASK + CHANGE))


def differences(wanted, got):
    """Lines that say where the outputs differ."""
    return [f"heci … {' '.join(step)}: {part} is {there!r}, on the sim {here!r}"
            for step, one, other in zip(steps(), wanted, got)
            for part, here, there in zip(("exit status", "stdout", "stderr"), one, other)
            if here != there] + ([] if len(wanted) == len(got) else
                                 [f"{len(got)} of {len(wanted)} steps have an output"])
