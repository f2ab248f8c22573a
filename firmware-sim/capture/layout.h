/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What messages look like, as text that a program can read: C (decode.c) and Wireshark's dissector
 * walk the same layouts, which for AMTHI and MKHI are those that the manual prints.
 *
 *   LAYOUT  ITEM[, ITEM]...
 *   ITEM    u8 NAME, u16, u32, u64      a number; NAME:TABLE says what it stands for
 *           string NAME                 a length (u16; u32 in big-endian protocols), then bytes
 *           string N                    likewise, in a field of N bytes, the length's among them
 *           NAME N                      N bytes: text if they look it, else figures
 *           rest NAME                   all that is left
 *           COUNT x ITEM, COUNT x (ITEM, ITEM)   COUNT is a number; "count", the last number
 *                               seen; or "N or M", the more where there is so much
 *           00, 01              a byte that is always that
 *
 * Anything else, and what does not fit, is bytes until the end.
 */
#ifndef SWME_CAPTURE_LAYOUT_H
#define SWME_CAPTURE_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The meaning of numbers. */
typedef struct SwmeNumberName {
    const char *table;
    uint32_t number;
    const char *name;
} SwmeNumberName;

extern const SwmeNumberName swme_number_names[]; /* ends with a table NULL */

/* A part of a register. */
typedef struct SwmeRegisterField {
    uint32_t offset;
    const char *name;
    uint8_t shift;
    uint8_t bits; /* 1: it is told of where it is 1 */
} SwmeRegisterField;

extern const SwmeRegisterField swme_register_fields[]; /* ends with a name NULL */

typedef struct SwmeRegisterName {
    bool config;
    uint32_t offset;
    const char *name;
} SwmeRegisterName;

extern const SwmeRegisterName swme_register_names[]; /* ends with a name NULL */

/* The messages of a protocol. Where protocols have commands in tables of their own, keys say which.
 */
typedef struct SwmeMessageLayout {
    const char *protocol; /* "hbm", or an ME client's name */
    uint32_t key;         /* as swme_message_key() makes it */
    const char *name;
    const char *layout;
} SwmeMessageLayout;

/* Calls func for each layout that there is. */
typedef void (*SwmeLayoutFunc)(void *opaque, const SwmeMessageLayout *layout);
void swme_each_layout(SwmeLayoutFunc func, void *opaque);

/*
 * How a protocol finds the layout of a message: the key is made of size bytes at offset, in the
 * protocol's byte order, and of what the direction adds.
 */
typedef struct SwmeProtocol {
    const char *name;
    bool big_endian;
    uint8_t key_offset;
    uint8_t key_size;
    uint32_t to_host; /* added to the key of a message of the ME's */
    uint8_t clear;    /* of a message with a secret: bytes in front that are not zeros */
} SwmeProtocol;

extern const SwmeProtocol swme_protocols[]; /* ends with a name NULL */

#define SWME_KEY_TO_HOST 0x80000000u

typedef struct SwmeRecordKind {
    uint8_t kind;
    const char *name;
} SwmeRecordKind;

extern const SwmeRecordKind swme_record_kinds[]; /* ends with a name NULL */

#endif
