# SPDX-License-Identifier: GPL-2.0-or-later
"""A scenario for each named fault."""


def fault_scenarios():
    """Made from the table that `swme faults --json` prints."""
    return []
