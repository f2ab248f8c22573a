/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/amt-veil.h"

#include "firmware-sim/amt/amt-data.h"
#include "firmware-sim/packed.h"

/* Printable ASCII stays that, for the saved form has to be a sound one. */
#define FIRST ' '
#define COUNT ('~' - ' ' + 1)

/* A sequence for each name, of Knuth's generator (The Art of Computer Programming, 3.3.4). What is
 * done is its own reverse. */
static void disguise(const char *name, uint8_t *bytes, size_t size, bool text)
{
    uint64_t state = g_str_hash(name);

    for (size_t i = 0; i < size; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        if (!text) {
            bytes[i] ^= (uint8_t)(state >> 56);
        } else if (g_ascii_isprint(bytes[i])) {
            bytes[i] = (uint8_t)(FIRST + ((state >> 56) + 2 * COUNT + FIRST - bytes[i]) % COUNT);
        }
    }
}

/* Texts and bytes: the same whatever the machine's byte order. */
static const struct {
    const char *type;
    bool text;
    bool several;
} kinds[] = {
    {"s", true, false},
    {"as", true, true},
    {"ay", false, false},
    {"aay", false, true},
};

/* values is where value is in. */
static void veil_value(const char *name, uint8_t *values, SwmePacked value, bool text, bool several)
{
    SwmePackedArray array;
    SwmePacked element;

    if (!several) {
        disguise(name, values + (value.data - values), value.size, text);
        return;
    }
    for (size_t i = 0; swme_packed_array(&array, value) && i < array.count; i++) {
        if (swme_packed_element(&array, i, 1, &element)) {
            disguise(name, values + (element.data - values), element.size, text);
        }
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
        for (size_t j = 0; amt_data_is_secret(name) && j < G_N_ELEMENTS(kinds); j++) {
            if (swme_packed_value(variant, kinds[j].type, &value)) {
                veil_value(name, values, value, kinds[j].text, kinds[j].several);
                break;
            }
        }
    }
}
