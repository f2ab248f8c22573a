# SPDX-License-Identifier: GPL-2.0-or-later
"""Test lines (TAP 13), for tests that are programs of their own."""

import traceback

FAULTS_MOST, FAULT_MOST = 40, 1500  # shown of a test; characters of one


class Tap:
    """The results so far. Without a plan, end() prints how many there were."""

    def __init__(self, planned=None):
        self.planned, self.number, self.failed = planned, 0, 0
        if planned is not None:
            print(f"1..{planned}", flush=True)

    def test(self, name, faults=(), skip=None, notes=()):
        """One line; each fault, and each note, on comments of its own."""
        self.number += 1
        self.failed += bool(faults)
        print(f"{'not ok' if faults else 'ok'} {self.number} - {name}" + (f" # SKIP {skip}" if skip else ""))
        for fault in [*list(faults)[:FAULTS_MOST], *notes]:
            for line in str(fault)[:FAULT_MOST].splitlines():
                print(f"#   {line}")
        print(end="", flush=True)

    def equal(self, name, **pairs):
        """One line of what is and what should be: what=(got, wanted)."""
        self.test(name, [f"{what}: wanted {wanted!r}, got {got!r}" for what, (got, wanted) in pairs.items()
                         if got != wanted])

    def run(self, name, function, *words):
        """A test that returns its faults; one that breaks has one."""
        try:
            self.test(name, function(*words))
        except (Exception,):  # pylint: disable=broad-except  # whatever it is, the others run
            self.test(name, [traceback.format_exc()])

    def end(self):
        """The exit status: 0 if all that was planned was done and passed."""
        if self.planned is None:
            print(f"1..{self.number}", flush=True)
        return 1 if self.failed or self.planned not in (None, self.number) else 0
