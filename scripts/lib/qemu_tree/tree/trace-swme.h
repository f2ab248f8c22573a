/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The name that the device knows its trace events by, for the one that QEMU's own build gives. */
#include "trace/trace-hw_misc_swme.h"
