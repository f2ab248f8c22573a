/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A capture around a register block: whoever captures reaches the registers through these functions
 * and gives heci_init() these ops in place of its own. Plain C, as heci.c.
 */
#ifndef SWME_HECI_CAPTURE_H
#define SWME_HECI_CAPTURE_H

#include "firmware-sim/capture/capture.h"
#include "hw/heci.h"

typedef struct HeciCapture {
    SwmeCapture *capture;
    Heci *heci;
    const HeciHostOps *host; /* the machine's own */
    void *host_opaque;
} HeciCapture;

/* Their opaque is the HeciCapture. */
extern const HeciHostOps heci_capture_host_ops;

/* An access to BAR 0; answers: the function takes notice of it. */
uint64_t heci_capture_read(HeciCapture *c, bool answers, uint32_t offset, unsigned int size);
void heci_capture_write(HeciCapture *c, bool answers, uint32_t offset, uint64_t value,
                        unsigned int size);
void heci_capture_platform_reset(HeciCapture *c);
/* swme_firmware_host_power(), as an event. */
void heci_capture_host_power(HeciCapture *c, SwmeFirmware *firmware, SwmeHostPower power);

#endif
