/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/amt-veil.h"

#include "firmware-sim/amt/amt-data.h"
#include "firmware-sim/packed.h"

/* Texts and bytes: the same whatever the machine's byte order. */
static const char *const types[] = {"s", "as", "ay", "aay"};

/* A sequence for each name, of Knuth's generator (The Art of Computer Programming, 3.3.4). */
static void disguise(const char *name, uint8_t *bytes, size_t size)
{
    uint64_t state = g_str_hash(name);

    for (size_t i = 0; i < size; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        bytes[i] ^= (uint8_t)(state >> 56);
    }
}

void amt_veil(uint8_t *values, size_t size)
{
    SwmePackedArray entries;
    SwmePacked entry, variant, value;
    const char *name;

    if (!swme_packed_array(&entries, (SwmePacked){values, size})) {
        return;
    }
    for (size_t i = 0; i < entries.count; i++) {
        if (!swme_packed_element(&entries, i, 8, &entry) ||
            !swme_packed_entry(entry, &name, &variant)) {
            return;
        }
        for (size_t j = 0; amt_data_is_secret(name) && j < G_N_ELEMENTS(types); j++) {
            if (swme_packed_value(variant, types[j], &value)) {
                disguise(name, values + (value.data - values), value.size);
                break;
            }
        }
    }
}
