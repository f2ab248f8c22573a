/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
#include "host-driver/tool/json-out.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

void json_init(JsonOut *json, FILE *out)
{
    memset(json, 0, sizeof(*json));
    json->out = out;
}

/* Bytes of the UTF-8 sequence at p, which is terminated; 0 when there is none (RFC 3629). */
static int utf8_length(const unsigned char *p)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    int length = *p < 0x80 ? 1 : *p >> 5 == 6 ? 2 : *p >> 4 == 14 ? 3 : *p >> 3 == 30 ? 4 : 0;
    uint32_t code = length == 1 ? *p : *p & (0x7fu >> length);

    for (int i = 1; i < length; i++) {
        if (p[i] >> 6 != 2) {
            return 0;
        }
        code = code << 6 | (p[i] & 0x3fu);
    }
    return code < least[length] || code > 0x10ffff || code >> 11 == 0x1b ? 0 : length;
}

static void quoted(JsonOut *json, const char *text)
{
    putc('"', json->out);
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        int length = utf8_length(p);

        if (length == 0) {
            fputs("\\ufffd", json->out); /* the replacement character */
        } else if (*p == '"' || *p == '\\') {
            fprintf(json->out, "\\%c", *p);
        } else if (*p < 0x20 || *p == 0x7f) {
            fprintf(json->out, "\\u%04x", *p);
        } else {
            fwrite(p, 1, (size_t)length, json->out);
        }
        p += length ? length : 1;
    }
    putc('"', json->out);
}

static void new_line(JsonOut *json)
{
    fprintf(json->out, "\n%*s", (int)json->depth * 2, "");
}

static void begin_value(JsonOut *json, const char *name)
{
    if (json->any[json->depth]) {
        putc(',', json->out);
    }
    json->any[json->depth] = true;
    if (json->depth > 0) {
        new_line(json);
    }
    if (name) {
        quoted(json, name);
        fputs(": ", json->out);
    }
}

static void begin(JsonOut *json, const char *name, char bracket)
{
    begin_value(json, name);
    putc(bracket, json->out);
    assert(json->depth < JSON_DEPTH_MAX);
    json->any[++json->depth] = false;
}

static void end(JsonOut *json, char bracket)
{
    bool any = json->any[json->depth];

    assert(json->depth > 0);
    json->depth--;
    if (any) {
        new_line(json);
    }
    putc(bracket, json->out);
    if (json->depth == 0) {
        putc('\n', json->out);
    }
}

void json_begin_object(JsonOut *json, const char *name)
{
    begin(json, name, '{');
}

void json_end_object(JsonOut *json)
{
    end(json, '}');
}

void json_begin_array(JsonOut *json, const char *name)
{
    begin(json, name, '[');
}

void json_end_array(JsonOut *json)
{
    end(json, ']');
}

void json_string(JsonOut *json, const char *name, const char *value)
{
    begin_value(json, name);
    quoted(json, value);
}

void json_int(JsonOut *json, const char *name, int64_t value)
{
    begin_value(json, name);
    fprintf(json->out, "%" PRId64, value);
}

void json_double(JsonOut *json, const char *name, double value)
{
    begin_value(json, name);
    fprintf(json->out, "%.6g", value);
}

void json_bool(JsonOut *json, const char *name, bool value)
{
    begin_value(json, name);
    fputs(value ? "true" : "false", json->out);
}

void json_null(JsonOut *json, const char *name)
{
    begin_value(json, name);
    fputs("null", json->out);
}
