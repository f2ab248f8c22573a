/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/* Where answers go: lines of "name value", or the members of one JSON object. */
#ifndef SWME_HOST_OUT_H
#define SWME_HOST_OUT_H

#include <stddef.h>

#include "host-driver/tool/json-out.h"

typedef struct Out {
    bool as_json;
    bool begun; /* the object: not before there is something to put in, for the first may fail */
    JsonOut json;
} Out;

/* In a line an underscore of the name is a space. */
void out_string(Out *out, const char *name, const char *value);
void out_number(Out *out, const char *name, uint32_t value);
void out_bool(Out *out, const char *name, bool value);
/* Eight hexadecimal digits. */
void out_hex32(Out *out, const char *name, uint32_t value);
void out_ipv4(Out *out, const char *name, uint32_t value);
/* between stands between two bytes; of more than OUT_HEX_MAX the rest is left out. */
#define OUT_HEX_MAX 4096
void out_hex(Out *out, const char *name, const uint8_t *bytes, size_t size, const char *between);
/* The names of the bits that are set, each of its own; one line, or an array. */
typedef struct OutBit {
    uint32_t mask;
    const char *name; /* the last row's is NULL */
} OutBit;
void out_bits(Out *out, const char *name, uint32_t value, const OutBit *bits);
/* Ends what has been begun; an empty JSON object for what is done and told nothing. */
void out_end(Out *out, bool done);

#endif
