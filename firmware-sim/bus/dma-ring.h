/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The DMA rings: messages too long for the circular buffers, in guest memory. The guest owns that
 * memory and may write anything to it at any time: the firmware keeps its own two counters, and
 * each counter of the host is read once for each use and checked against the ring's size.
 */
#ifndef SWME_BUS_DMA_RING_H
#define SWME_BUS_DMA_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include <swme/hbm.h>

/* Rings larger than this are refused: Linux makes them 128 KiB. */
#define ME_DMA_RING_MAX (16u * 1024 * 1024)

#define ME_CLIENT_BUFFERS 256 /* ids of client DMA buffers */

typedef struct MeBus MeBus;

typedef struct MeDmaBuffer {
    uint64_t address; /* in guest memory */
    uint32_t size;    /* bytes */
} MeDmaBuffer;

typedef struct MeDma {
    bool active;
    MeDmaBuffer part[HBM_DMA_DESCRIPTOR_COUNT]; /* by HBM_DMA_* */
    uint32_t host_read;                         /* our counter of the host ring */
    uint32_t device_write;                      /* our counter of the device ring */
    MeDmaBuffer client[ME_CLIENT_BUFFERS];      /* by buffer id; size 0: not mapped */
} MeDma;

void me_dma_reset(MeDma *dma);

/* Takes the rings that DMA_SETUP names. Returns an HBM status. */
uint8_t me_dma_setup(MeBus *bus, const uint8_t *message);

/* Client DMA: one buffer each way that a client and the firmware share. Return an HBM status. */
uint8_t me_dma_map_client(MeBus *bus, const uint8_t *message);
uint8_t me_dma_unmap_client(MeBus *bus, const uint8_t *message);

/*
 * Takes size bytes off the host ring, which must be set up, into data or (NULL) nowhere. False: not
 * there, or guest memory refuses; bus->broken is then set, for the two sides no longer agree on
 * where the ring stands.
 */
bool me_dma_receive(MeBus *bus, uint8_t *data, size_t size);

/* True when size bytes fit on the device ring now. */
bool me_dma_has_room(MeBus *bus, size_t size);
/* Writes them behind what is there; me_dma_commit() then makes them the host's. */
bool me_dma_write(MeBus *bus, const uint8_t *data, size_t size);
void me_dma_commit(MeBus *bus, size_t size);

#define ME_DMA_STATE_TYPE "(ba(tu)uua(ytu))"
GVariant *me_dma_save(const MeDma *dma); /* floating */
bool me_dma_load(MeDma *dma, GVariant *state);

#endif
