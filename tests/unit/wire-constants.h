/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names in the public headers and the numbers that they must have. The numbers come from the fact
 * sheets and the documents that these cite, not from the headers; what has one source only, or
 * none there, is marked where it stands.
 */
#ifndef SWME_TESTS_WIRE_CONSTANTS_H
#define SWME_TESTS_WIRE_CONSTANTS_H

#include <stddef.h>

typedef struct WireConstant {
    const char *name;
    long long value; /* what the header says */
    long long expected;
} WireConstant;

typedef struct WireText {
    const char *name;
    const char *value;
    const char *expected;
} WireText;

#define WIRE_TEXT(name, expected) \
    {                             \
#name, name, expected     \
    }

#define WIRE(name, expected)                 \
    {                                        \
#name, (long long)(name), (expected) \
    }

extern const WireConstant wire_constants_hbm[];
extern const size_t wire_constants_hbm_count;
extern const WireConstant wire_constants_me[];
extern const size_t wire_constants_me_count;
extern const WireConstant wire_constants_mkhi[];
extern const size_t wire_constants_mkhi_count;
extern const WireConstant wire_constants_clients[];
extern const size_t wire_constants_clients_count;
extern const WireConstant wire_constants_apf[];
extern const size_t wire_constants_apf_count;
extern const WireText wire_texts_apf[];
extern const size_t wire_texts_apf_count;

#endif
