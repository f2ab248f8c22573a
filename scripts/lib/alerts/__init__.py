# SPDX-License-Identifier: GPL-2.0-or-later
"""AMT's alerts, received by net-snmp's snmptrapd and decoded by FreeIPMI's ipmi-pet."""
