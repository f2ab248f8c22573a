/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GVariant's serialised form, written and read without an object for each value: that costs a
 * hundredth. The form is GLib's ("GVariant Specification"): a container whose children differ in
 * size ends with where each of them ends, in as few bytes each as its whole size allows.
 */
#ifndef SWME_PACKED_H
#define SWME_PACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <glib.h>

/* ---- out: all zeroes is an empty one, which begins with an outermost container ---- */

typedef struct SwmePackedOut {
    uint8_t *data; /* g_free() it */
    size_t size;
    size_t room;
} SwmePackedOut;

void swme_packed_grow(SwmePackedOut *out, size_t more);
static inline void swme_packed_put(SwmePackedOut *out, const void *data, size_t size)
{
    if (out->room - out->size < size) {
        swme_packed_grow(out, size);
    }
    if (size) { /* data may be NULL else */
        memcpy(out->data + out->size, data, size);
        out->size += size;
    }
}
void swme_packed_align(SwmePackedOut *out, size_t alignment);
/* Ends a container that began at start, whose children end at ends, counted from out's begin. */
void swme_packed_end(SwmePackedOut *out, size_t start, const size_t *ends, size_t count);

/* ---- in: nothing is believed ---- */

typedef struct SwmePacked {
    const uint8_t *data;
    size_t size;
} SwmePacked;

/* An array whose elements differ in size. */
typedef struct SwmePackedArray {
    SwmePacked whole;
    size_t count;
    size_t width;    /* of an offset */
    size_t children; /* bytes of all of them, before the offsets */
} SwmePackedArray;

bool swme_packed_array(SwmePackedArray *array, SwmePacked whole);
bool swme_packed_element(const SwmePackedArray *array, size_t index, size_t alignment,
                         SwmePacked *element);
/* "{sv}": its key, terminated, and the variant. */
bool swme_packed_entry(SwmePacked entry, const char **key, SwmePacked *variant);
/* What is in a variant, if it is of that type. */
bool swme_packed_value(SwmePacked variant, const char *type, SwmePacked *value);

#endif
