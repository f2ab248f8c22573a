/* SPDX-License-Identifier: GPL-2.0-or-later */
/* As much of JSON Schema as docs/control.schema.json uses; a word that it does not know fails. */
#ifndef SWME_TESTS_JSON_SCHEMA_H
#define SWME_TESTS_JSON_SCHEMA_H

#include <json-glib/json-glib.h>

/*
 * Checks value against the schema in the file, or what place ("#/...") names in it. NULL when it
 * fits, else where and why not; free it.
 */
char *json_schema_check_file(const char *file, const char *place, JsonNode *value);

#endif
