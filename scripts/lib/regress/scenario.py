# SPDX-License-Identifier: GPL-2.0-or-later
"""What a scenario is."""

from dataclasses import dataclass, field
from typing import Callable, Optional


@dataclass(frozen=True)
class Platform:
    """One row of `swme platforms --json`, as far as scenarios ask."""

    name: str
    hbm: tuple
    power_gating: str
    hfs_count: int
    amt: bool
    mkhi: bool
    dma: bool  # the driver's configuration for this id has DMA rings (Linux hw-me.c)
    refused: tuple = ()  # kinds of firmware for which the driver does not take this id (pci-me.c)

    @property
    def vtag(self):
        """The driver asks for virtual tags from HBM 2.2 on."""
        return self.hbm >= (2, 2)

    @property
    def events(self):
        """Notifications, dynamic clients, fixed-address clients for users: HBM 2.0."""
        return self.hbm >= (2, 0)

    @property
    def runtime_pm(self):
        """The driver gates the link when it is idle."""
        return self.power_gating != "none"


def everywhere(_platform, _kernel):
    """Applies to each platform and kernel."""
    return True


@dataclass(frozen=True)
class Scenario:
    """One row: what is done, and what a sound driver makes of it."""

    name: str
    expect: str  # one line: what a sound driver does
    guest: str   # shell, run in the guest with lib.sh in front
    applies: Callable = everywhere  # (platform, kernel) -> bool: where it means anything
    device: str = "echo=on"         # properties of the device
    allow: tuple = ()               # regular expressions of the lines that mei may log
    require: tuple = ()             # ... and of those that it must
    qemu: tuple = ()
    append: str = ""                # kernel command line
    modprobe: bool = True           # mei_me is loaded before the shell runs
    timeout: int = 900              # seconds; only a case that hangs takes so long
    counted: bool = False           # time in which the guest does nothing passes at once
    goes_off: bool = False          # the machine is reset or switched off before the shell ends
    modules: tuple = ()
    bzimage: bool = False           # boot through the firmware: S3 needs it
    swap: bool = False              # a disk for the sleeping machine's memory
    # kernel series -> reason and further lines that it may log: known differences, never skips
    kernels: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """A scenario on a platform and a kernel."""

    scenario: Scenario
    platform: Platform
    kernel: str            # as scripts/guest takes it
    modules: Optional[str] = None

    @property
    def title(self):
        """As TAP and JUnit name it."""
        return f"{self.scenario.name} {self.platform.name} {self.kernel}"
