/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/*
 * The MEI packet header, the first slot of every packet on the circular buffers.
 * Source: Linux drivers/misc/mei/hw.h.
 */
#ifndef SWME_MEI_HEADER_H
#define SWME_MEI_HEADER_H

#include <stdbool.h>
#include <stdint.h>

#define MEI_HEADER_SIZE 4 /* bytes */

#define MEI_HDR_ME_ADDR(h)   ((uint8_t)(h))
#define MEI_HDR_HOST_ADDR(h) ((uint8_t)((h) >> 8))
/* Bytes that follow the header slot: extensions and DMA length included, padding not. */
#define MEI_HDR_LENGTH(h)  ((uint16_t)((h) >> 16 & 0x1ff))
#define MEI_HDR_LENGTH_MAX 0x1ff
#define MEI_HDR_RESERVED   0x0e000000u
#define MEI_HDR_EXTENDED   0x10000000u
#define MEI_HDR_DMA_RING   0x20000000u
#define MEI_HDR_INTERNAL   0x40000000u /* set by Linux on its own messages; firmware sends 0 */
#define MEI_HDR_COMPLETE   0x80000000u /* last packet of the message */
#define MEI_HBM_ADDR       0           /* both addresses of a host bus message */

static inline uint32_t mei_hdr(uint8_t me_addr, uint8_t host_addr, uint16_t length, bool complete)
{
    return (uint32_t)me_addr | (uint32_t)host_addr << 8 |
           (uint32_t)(length & MEI_HDR_LENGTH_MAX) << 16 | (complete ? MEI_HDR_COMPLETE : 0);
}

/* Slots that a packet takes on a circular buffer, header included. */
static inline unsigned int mei_hdr_slots(uint32_t header)
{
    return 1 + (MEI_HDR_LENGTH(header) + 3u) / 4;
}

/* Largest packet: header and 511 bytes rounded up to slots. */
#define MEI_PACKET_MAX (MEI_HEADER_SIZE + 512)

/* Extension list: meta header, then TLVs (type, length in dwords with these two bytes, payload). */
#define MEI_EXT_META_SIZE   4
#define MEI_EXT_META_COUNT  0 /* offset: u8 number of TLVs */
#define MEI_EXT_META_DWORDS 1 /* offset: u8 size of all TLVs in dwords, meta excluded */
#define MEI_EXT_NONE        0
#define MEI_EXT_VTAG        1
#define MEI_EXT_VTAG_SIZE   4 /* 01 01 vtag 00 */
#define MEI_EXT_GSC         2

#endif
