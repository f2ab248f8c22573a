/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/*
 * Little- and big-endian accessors. Every HECI protocol is little-endian except APF; nothing in
 * this tree lays a C structure over bytes that a guest or the network wrote.
 */
#ifndef SWME_BYTES_H
#define SWME_BYTES_H

#include <stdint.h>

static inline uint16_t swme_get_le16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t swme_get_le32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t swme_get_le64(const uint8_t *p)
{
    return (uint64_t)swme_get_le32(p) | (uint64_t)swme_get_le32(p + 4) << 32;
}

static inline uint32_t swme_get_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static inline void swme_put_le16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static inline void swme_put_le32(uint8_t *p, uint32_t v)
{
    swme_put_le16(p, (uint16_t)v);
    swme_put_le16(p + 2, (uint16_t)(v >> 16));
}

static inline void swme_put_le64(uint8_t *p, uint64_t v)
{
    swme_put_le32(p, (uint32_t)v);
    swme_put_le32(p + 4, (uint32_t)(v >> 32));
}

static inline void swme_put_be32(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

#endif
