#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The control socket of `swme serve`, whose firmware no host ever touches.

    control_serve.py SWME

Prints TAP.
"""
import os
import sys
import tempfile
import time
import traceback

import control_commands
from serving import Connection, Serve

SWME = sys.argv[1]


def wait(what, condition):
    """Each look is a round trip into the server's main loop, in which its timers run."""
    end = time.monotonic() + 60
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not happen")


def test_every_command(scratch, _):
    control_commands.every_command(SWME, os.path.join(scratch, "control"), wait)


def test_clients_that_do_not_read_cost_little(scratch, server):
    path = os.path.join(scratch, "control")

    def exchange():
        with Connection(server.port) as console:
            for _ in range(20):
                if console.request("GET", "/index.htm").status != 401:
                    raise AssertionError("AMT's page is not asked a password for")
        for _ in range(20):
            control_commands.ctl(SWME, path, "event-raise", "bad-passwords")

    control_commands.who_does_not_read_costs_little(path, server.process.pid, exchange)


def main():
    tests = [value for name, value in globals().items() if name.startswith("test_")]
    failed = 0
    print(f"1..{len(tests)}", flush=True)
    for number, test in enumerate(tests, 1):
        with tempfile.TemporaryDirectory() as scratch:
            try:
                with Serve(SWME, scratch, "--control", os.path.join(scratch, "control")) as server:
                    test(scratch, server)
                print(f"ok {number} - {test.__name__}", flush=True)
            except Exception:  # pylint: disable=broad-except
                failed += 1
                print(f"not ok {number} - {test.__name__}", flush=True)
                print("# " + traceback.format_exc().replace("\n", "\n# "), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
