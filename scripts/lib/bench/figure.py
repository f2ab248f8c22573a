# SPDX-License-Identifier: GPL-2.0-or-later
"""What a figure is, what measuring it gave, and the little statistics that all share."""

import statistics
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Optional

ROOT = Path(__file__).resolve().parents[3]
BUILD = ROOT / "build"


class Failed(Exception):
    """A figure could not be measured."""


@dataclass
class Aim:
    """What the value is to be: at most, or at least, a number."""
    most: Optional[float] = None
    least: Optional[float] = None

    def text(self):
        """For tables."""
        if self.most is not None:
            return f"≤ {self.most:g}"
        return "-" if self.least is None else f"≥ {self.least:g}"

    def met(self, value):
        """True, False, or None where nothing is aimed at."""
        if self.most is not None:
            return value <= self.most
        return None if self.least is None else value >= self.least


@dataclass
class Measured:
    """One figure's outcome: the value that counts, and what it came from."""
    value: float
    details: dict = field(default_factory=dict)


@dataclass
class Figure:
    """One row: NAME's value is measured by measure(bench), which gives back a Measured."""
    name: str
    what: str
    unit: str
    aim: Aim
    measure: Callable


def median(values):
    """The middle one."""
    return statistics.median(values)


def ratios(pairs):
    """The median of a/b over pairs that were measured side by side, and the middle half's ends."""
    values = sorted(a / b for a, b in pairs)
    quarter = len(values) // 4
    return median(values), (values[quarter], values[-1 - quarter])


def compare(pairs):
    """A Measured of the ratio over pairs (ours, yardstick)."""
    value, middle = ratios(pairs)
    return Measured(value, {"ours": median(a for a, _ in pairs),
                            "yardstick": median(b for _, b in pairs),
                            "middle_half": middle, "pairs": len(pairs)})


def in_turns(times, ours, yardstick):
    """Pairs of what both gave, measured in turns; every second time in the other order."""
    pairs = []
    for number in range(times):
        if number % 2:
            second = yardstick()
            pairs.append((ours(), second))
        else:
            first = ours()
            pairs.append((first, yardstick()))
    return pairs
