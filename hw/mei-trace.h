/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Register accesses as trace events. What passes through the windows of a secret is not shown. */
#ifndef SWME_MEI_TRACE_H
#define SWME_MEI_TRACE_H

#include "firmware-sim/firmware.h"
#include "hw/heci.h"

typedef struct MeiTrace MeiTrace; /* NULL until something is traced */

void mei_trace_read(MeiTrace **trace, const Heci *heci, const SwmeFirmware *firmware,
                    uint32_t offset, unsigned int size, uint64_t value);
/* Before the access. */
void mei_trace_write(MeiTrace **trace, const Heci *heci, const SwmeFirmware *firmware,
                     uint32_t offset, unsigned int size, uint64_t value);

#endif
