/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/*
 * How the driver reaches one HECI function: its registers, its configuration space, its interrupt
 * and a clock. Everything above is the same whether that is a model in this process, a QEMU at the
 * other end of a socket, or real hardware.
 *
 * A transport whose far end is gone returns all ones from every read, as PCI does.
 */
#ifndef SWME_HOST_TRANSPORT_H
#define SWME_HOST_TRANSPORT_H

#include <stdint.h>

#include "host-driver/error.h"

#define MEI_NS_PER_US INT64_C(1000)
#define MEI_NS_PER_MS INT64_C(1000000)
#define MEI_NS_PER_S  INT64_C(1000000000)

/* Every entry is mandatory. Times are nanoseconds of the transport's own clock. */
typedef struct MeiTransportOps {
    /* An aligned 32-bit access at offset (bytes) in BAR 0. */
    uint32_t (*read32)(void *transport, uint32_t offset);
    void (*write32)(void *transport, uint32_t offset, uint32_t value);
    /* The aligned dword at offset (bytes) in configuration space. */
    uint32_t (*config_read32)(void *transport, uint32_t offset);
    /*
     * Returns MEI_OK once the function's interrupt is, or may be, asserted; MEI_ERR_TIMEOUT when
     * the absolute time deadline_ns comes first; MEI_ERR_TRANSPORT when neither will ever happen.
     * A time that is past only looks.
     */
    MeiError (*wait)(void *transport, int64_t deadline_ns);
    /* Never goes back. */
    int64_t (*now)(void *transport);
} MeiTransportOps;

#endif
