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

static void quoted(JsonOut *json, const char *text)
{
    putc('"', json->out);
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p == '"' || *p == '\\') {
            fprintf(json->out, "\\%c", *p);
        } else if (*p < 0x20 || *p > 0x7e) {
            fprintf(json->out, "\\u%04x", *p);
        } else {
            putc(*p, json->out);
        }
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
