/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records of a capture in words. */
#ifndef SWME_CAPTURE_DECODE_H
#define SWME_CAPTURE_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

typedef enum SwmeDecodedType {
    SWME_DECODED_NUMBER,
    SWME_DECODED_TEXT,
    SWME_DECODED_BYTES, /* text has them in hexadecimal */
} SwmeDecodedType;

typedef struct SwmeDecodedItem {
    char *name;
    SwmeDecodedType type;
    uint64_t number;
    char *text; /* of a number: what it stands for, or NULL */
} SwmeDecodedItem;

typedef struct SwmeDecoded {
    const char *kind; /* never NULL */
    char *what;       /* the register, the message; "" where the kind says it all */
    unsigned int flags;
    bool to_host;
    bool malformed;
    GArray *items; /* SwmeDecodedItem */
} SwmeDecoded;

/* Any bytes; to be cleared. */
void swme_decode(SwmeDecoded *decoded, const uint8_t *record, size_t size);
void swme_decoded_clear(SwmeDecoded *decoded);

/* One line without a line feed. Free with g_free. */
char *swme_decoded_line(const SwmeDecoded *decoded);
/* One JSON object on one line. Free with g_free. */
char *swme_decoded_json(const SwmeDecoded *decoded, uint64_t number, int64_t stamp_ns);

#endif
