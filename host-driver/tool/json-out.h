/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/*
 * JSON to a stream, as it is made: indented, UTF-8, no tree in memory. Our own because json-glib
 * comes with no static library, and the tool must run in guests that have nothing.
 */
#ifndef SWME_HOST_JSON_OUT_H
#define SWME_HOST_JSON_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_DEPTH_MAX 8

typedef struct JsonOut {
    FILE *out;
    unsigned int depth;
    bool any[JSON_DEPTH_MAX + 1]; /* something has been written at that depth */
} JsonOut;

void json_init(JsonOut *json, FILE *out);
/* name is the member's, NULL within an array and at the top. */
void json_begin_object(JsonOut *json, const char *name);
void json_end_object(JsonOut *json);
void json_begin_array(JsonOut *json, const char *name);
void json_end_array(JsonOut *json);
/* Any bytes: what is no UTF-8 becomes the replacement character. */
void json_string(JsonOut *json, const char *name, const char *value);
void json_int(JsonOut *json, const char *name, int64_t value);
void json_double(JsonOut *json, const char *name, double value);
void json_bool(JsonOut *json, const char *name, bool value);
void json_null(JsonOut *json, const char *name);

#endif
