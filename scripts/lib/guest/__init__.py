# SPDX-License-Identifier: GPL-2.0-or-later
"""The parts behind scripts/guest: a kernel, a root, a machine, one command inside it."""
