/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A HECI circular buffer: slots of 32 bits, a depth that is a power of two from 2 to 128, and two
 * pointers that run freely over 8 bits. Empty is "equal", full is "depth apart"; the depth divides
 * 256, so the index stays continuous where a pointer wraps. (Linux hw-me.c,
 * mei_count_full_read_slots and mei_hbuf_filled_slots; Intel PCH datasheets, H_CSR and ME_CSR_HA.)
 */
#ifndef SWME_HECI_RING_H
#define SWME_HECI_RING_H

#include <stdbool.h>
#include <stdint.h>

#include <swme/heci-regs.h>

typedef struct HeciRing {
    uint32_t slots[HECI_DEPTH_MAX];
    uint8_t depth; /* slots */
    uint8_t write_pointer;
    uint8_t read_pointer;
} HeciRing;

static inline bool heci_ring_depth_valid(unsigned int depth)
{
    return depth >= HECI_DEPTH_MIN && depth <= HECI_DEPTH_MAX && (depth & (depth - 1)) == 0;
}

static inline void heci_ring_empty(HeciRing *ring)
{
    ring->write_pointer = 0;
    ring->read_pointer = 0;
}

static inline unsigned int heci_ring_filled(const HeciRing *ring)
{
    return (uint8_t)(ring->write_pointer - ring->read_pointer);
}

static inline unsigned int heci_ring_free(const HeciRing *ring)
{
    return ring->depth - heci_ring_filled(ring);
}

/* The caller has checked heci_ring_free(). */
static inline void heci_ring_push(HeciRing *ring, uint32_t value)
{
    ring->slots[ring->write_pointer++ & (ring->depth - 1)] = value;
}

/* The caller has checked heci_ring_filled(). */
static inline uint32_t heci_ring_pop(HeciRing *ring)
{
    return ring->slots[ring->read_pointer++ & (ring->depth - 1)];
}

/* The slot that the next pop returns, n slots further. The caller has checked heci_ring_filled().
 */
static inline uint32_t heci_ring_peek(const HeciRing *ring, unsigned int n)
{
    return ring->slots[(ring->read_pointer + n) & (ring->depth - 1)];
}

#endif
