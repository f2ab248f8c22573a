/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/packed.h"

static size_t aligned(size_t at, size_t alignment)
{
    return (at + alignment - 1) / alignment * alignment;
}

/* ---- out ---- */

#define ROOM_FIRST 16384

void swme_packed_grow(SwmePackedOut *out, size_t more)
{
    out->room = MAX(ROOM_FIRST, 2 * (out->size + more));
    out->data = g_realloc(out->data, out->room);
}

void swme_packed_align(SwmePackedOut *out, size_t alignment)
{
    static const uint8_t zeros[8];

    swme_packed_put(out, zeros, aligned(out->size, alignment) - out->size);
}

/* The fewest bytes in which each offset of a container can be written, its offsets included. */
static size_t width_for(size_t children, size_t count)
{
    size_t width = 1;

    while (width < 8 && children + width * count > (UINT64_C(1) << 8 * width) - 1) {
        width *= 2;
    }
    return width;
}

void swme_packed_end(SwmePackedOut *out, size_t start, const size_t *ends, size_t count)
{
    size_t width = width_for(out->size - start, count);

    for (size_t i = 0; i < count; i++) {
        uint64_t end = GUINT64_TO_LE((uint64_t)(ends[i] - start));

        swme_packed_put(out, &end, width);
    }
}

/* ---- in ---- */

/* The width that a container of that size has. */
static size_t width_of(size_t size)
{
    return size > UINT32_MAX ? 8 : size > UINT16_MAX ? 4 : size > UINT8_MAX ? 2 : 1;
}

static size_t offset_at(const uint8_t *at, size_t width)
{
    uint64_t offset = 0;

    memcpy(&offset, at, width);
    return (size_t)GUINT64_FROM_LE(offset);
}

bool swme_packed_array(SwmePackedArray *array, SwmePacked whole)
{
    *array = (SwmePackedArray){whole, 0, width_of(whole.size), 0};
    if (whole.size == 0) {
        return true;
    }
    array->children = offset_at(whole.data + whole.size - array->width, array->width);
    if (array->children >= whole.size || (whole.size - array->children) % array->width != 0) {
        return false;
    }
    array->count = (whole.size - array->children) / array->width;
    return true;
}

bool swme_packed_element(const SwmePackedArray *array, size_t index, size_t alignment,
                         SwmePacked *element)
{
    const uint8_t *offsets = array->whole.data + array->children;
    size_t start = 0;
    size_t end;

    if (index >= array->count) {
        return false;
    }
    if (index > 0) {
        start = offset_at(offsets + (index - 1) * array->width, array->width);
        if (start > array->children) {
            return false;
        }
        start = aligned(start, alignment);
    }
    end = offset_at(offsets + index * array->width, array->width);
    if (start > end || end > array->children) {
        return false;
    }
    *element = (SwmePacked){array->whole.data + start, end - start};
    return true;
}

bool swme_packed_entry(SwmePacked entry, const char **key, SwmePacked *variant)
{
    size_t width = width_of(entry.size);
    size_t end, start;

    if (entry.size < width) {
        return false;
    }
    entry.size -= width;
    end = offset_at(entry.data + entry.size, width);
    if (end == 0 || end > entry.size || entry.data[end - 1] != '\0') {
        return false;
    }
    start = aligned(end, 8);
    if (start > entry.size) {
        return false;
    }
    *key = (const char *)entry.data;
    *variant = (SwmePacked){entry.data + start, entry.size - start};
    return true;
}

bool swme_packed_value(SwmePacked variant, const char *type, SwmePacked *value)
{
    size_t length = strlen(type);
    const uint8_t *end = variant.data + variant.size;

    if (variant.size < length + 1 || memcmp(end - length, type, length) != 0 ||
        end[-1 - (ptrdiff_t)length] != '\0') {
        return false;
    }
    *value = (SwmePacked){variant.data, variant.size - length - 1};
    return true;
}
