/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/*
 * The control block of the DMA rings, in guest memory: four free-running 32-bit counters of dwords.
 * Offsets in bytes. Source: Linux drivers/misc/mei/hw.h (struct hbm_dma_ring_ctrl) and dma-ring.c.
 */
#ifndef SWME_DMA_RING_H
#define SWME_DMA_RING_H

#define DMA_RING_CTRL_HOST_WRITE   0  /* host ring, written by the host */
#define DMA_RING_CTRL_HOST_READ    8  /* host ring, written by the firmware */
#define DMA_RING_CTRL_DEVICE_WRITE 16 /* device ring, written by the firmware */
#define DMA_RING_CTRL_DEVICE_READ  24 /* device ring, written by the host */
#define DMA_RING_CTRL_SIZE         32

#define DMA_RING_SLOT_SIZE 4

/* A packet whose payload is in a ring ends with the payload's length in bytes, a dword. */
#define DMA_RING_LENGTH_SIZE 4

#endif
