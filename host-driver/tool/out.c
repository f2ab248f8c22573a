/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
#include "host-driver/tool/out.h"

#include <inttypes.h>

static void begin_object(Out *out)
{
    if (!out->begun) {
        json_init(&out->json, stdout);
        json_begin_object(&out->json, NULL);
        out->begun = true;
    }
}

/* The JSON object to add to, or NULL: a line has been begun, and its value is to follow. */
static JsonOut *out_begin(Out *out, const char *name)
{
    char label[64];

    if (out->as_json) {
        begin_object(out);
        return &out->json;
    }
    snprintf(label, sizeof(label), "%s", name);
    for (char *at = label; *at; at++) {
        *at = *at == '_' ? ' ' : *at;
    }
    printf("%-22s ", label);
    return NULL;
}

void out_string(Out *out, const char *name, const char *value)
{
    JsonOut *json = out_begin(out, name);

    if (json) {
        json_string(json, name, value);
    } else {
        printf("%s\n", value);
    }
}

void out_number(Out *out, const char *name, uint32_t value)
{
    JsonOut *json = out_begin(out, name);

    if (json) {
        json_int(json, name, value);
    } else {
        printf("%" PRIu32 "\n", value);
    }
}

void out_bool(Out *out, const char *name, bool value)
{
    JsonOut *json = out_begin(out, name);

    if (json) {
        json_bool(json, name, value);
    } else {
        printf("%s\n", value ? "yes" : "no");
    }
}

void out_hex32(Out *out, const char *name, uint32_t value)
{
    char text[9];

    snprintf(text, sizeof(text), "%08" PRIx32, value);
    out_string(out, name, text);
}

void out_ipv4(Out *out, const char *name, uint32_t value)
{
    char text[16];

    snprintf(text, sizeof(text), "%u.%u.%u.%u", value >> 24, value >> 16 & 0xff, value >> 8 & 0xff,
             value & 0xff);
    out_string(out, name, text);
}

void out_hex(Out *out, const char *name, const uint8_t *bytes, size_t size, const char *between)
{
    char text[3 * OUT_HEX_MAX + 1] = "";
    int at = 0;

    for (size_t i = 0; i < size && i < OUT_HEX_MAX; i++) {
        at += snprintf(text + at, 4, "%.1s%02x", i ? between : "", bytes[i]);
    }
    out_string(out, name, text);
}

void out_bits(Out *out, const char *name, uint32_t value, const OutBit *bits)
{
    JsonOut *json = out_begin(out, name);
    bool any = false;

    if (json) {
        json_begin_array(json, name);
    }
    for (const OutBit *bit = bits; bit->name; bit++) {
        if (!(value & bit->mask)) {
            continue;
        }
        if (json) {
            json_string(json, NULL, bit->name);
        } else {
            printf("%s%s", any ? ", " : "", bit->name);
        }
        any = true;
    }
    if (json) {
        json_end_array(json);
    } else {
        puts(any ? "" : "none");
    }
}

void out_end(Out *out, bool done)
{
    if (out->as_json && done) {
        begin_object(out); /* what the firmware does not know may be all that was asked */
    }
    if (out->begun) {
        json_end_object(&out->json);
    }
}
