# SPDX-License-Identifier: GPL-2.0-or-later
"""The parts behind scripts/qemu-tree: a QEMU source, the device in it, a build of it."""
