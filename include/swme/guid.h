/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/*
 * GUIDs as they stand on the wire: the first three groups little-endian, the rest as written
 * (HBM client properties and the kernel's IOCTL_MEI_CONNECT_CLIENT use the same bytes).
 */
#ifndef SWME_GUID_H
#define SWME_GUID_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define SWME_GUID_SIZE        16
#define SWME_GUID_STRING_SIZE 37 /* 36 characters and the terminator */

typedef struct SwmeGuid {
    uint8_t bytes[SWME_GUID_SIZE];
} SwmeGuid;

/* A GUID from its printed groups: SWME_GUID(0x12f80028, 0xb4b7, 0x4b2d, 0xac, 0xa8, 0x46, ...) */
#define SWME_GUID(a, b, c, d0, d1, d2, d3, d4, d5, d6, d7)                                       \
    {                                                                                            \
        {                                                                                        \
            (uint8_t)(a), (uint8_t)((a) >> 8), (uint8_t)((a) >> 16),                             \
                (uint8_t)((uint32_t)(a) >> 24), (uint8_t)(b), (uint8_t)((b) >> 8), (uint8_t)(c), \
                (uint8_t)((c) >> 8), d0, d1, d2, d3, d4, d5, d6, d7                              \
        }                                                                                        \
    }

static inline bool swme_guid_equal(const SwmeGuid *a, const SwmeGuid *b)
{
    return memcmp(a->bytes, b->bytes, SWME_GUID_SIZE) == 0;
}

/* Writes the 36 lower-case characters and a terminator into text[SWME_GUID_STRING_SIZE]. */
static inline void swme_guid_format(const SwmeGuid *g, char *text)
{
    const uint8_t *b = g->bytes;

    snprintf(text, SWME_GUID_STRING_SIZE,
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[3], b[2],
             b[1], b[0], b[5], b[4], b[7], b[6], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
             b[15]);
}

/* Reads the 36-character form, either case. Returns false and leaves *g alone for anything else. */
static inline bool swme_guid_parse(const char *text, SwmeGuid *g)
{
    static const uint8_t order[SWME_GUID_SIZE] = {3, 2, 1,  0,  5,  4,  7,  6,
                                                  8, 9, 10, 11, 12, 13, 14, 15};
    SwmeGuid parsed;
    const char *p = text;

    for (int i = 0; i < SWME_GUID_SIZE; i++) {
        unsigned int value = 0;

        if (i == 4 || i == 6 || i == 8 || i == 10) {
            if (*p++ != '-') {
                return false;
            }
        }
        for (int digit = 0; digit < 2; digit++, p++) {
            if (*p >= '0' && *p <= '9') {
                value = value << 4 | (unsigned int)(*p - '0');
            } else if (*p >= 'a' && *p <= 'f') {
                value = value << 4 | (unsigned int)(*p - 'a' + 10);
            } else if (*p >= 'A' && *p <= 'F') {
                value = value << 4 | (unsigned int)(*p - 'A' + 10);
            } else {
                return false;
            }
        }
        parsed.bytes[order[i]] = (uint8_t)value;
    }
    if (*p != '\0') {
        return false;
    }
    *g = parsed;
    return true;
}

#endif
