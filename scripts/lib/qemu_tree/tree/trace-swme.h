/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the module's own build defines for the device: the trace events, which QEMU's build puts
 * under another name, and the version. */
#include "trace/trace-hw_misc_swme.h"

#define SWME_VERSION "@VERSION@"
