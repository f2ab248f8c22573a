/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/json-schema.h"

#include <stdbool.h>

static char *check(JsonNode *root, JsonNode *schema, JsonNode *value, const char *where);

static JsonNode *at_place(JsonNode *root, const char *place)
{
    g_auto(GStrv) steps = g_strsplit(place, "/", -1);
    JsonNode *node = root;

    for (char **step = steps + 1; node && *step; step++) {
        node = json_object_get_member(json_node_get_object(node), *step);
    }
    return node;
}

static bool is_type(JsonNode *value, const char *type)
{
    switch (json_node_get_node_type(value)) {
    case JSON_NODE_OBJECT:
        return g_str_equal(type, "object");
    case JSON_NODE_ARRAY:
        return g_str_equal(type, "array");
    case JSON_NODE_NULL:
        return g_str_equal(type, "null");
    default:
        break;
    }
    switch (json_node_get_value_type(value)) {
    case G_TYPE_STRING:
        return g_str_equal(type, "string");
    case G_TYPE_BOOLEAN:
        return g_str_equal(type, "boolean");
    case G_TYPE_INT64:
        return g_str_equal(type, "integer") || g_str_equal(type, "number");
    default:
        return g_str_equal(type, "number");
    }
}

static char *check_type(JsonNode *types, JsonNode *value, const char *where)
{
    bool fits = false;

    if (!JSON_NODE_HOLDS_ARRAY(types)) {
        fits = is_type(value, json_node_get_string(types));
    } else {
        JsonArray *array = json_node_get_array(types);

        for (guint i = 0; i < json_array_get_length(array); i++) {
            fits |= is_type(value, json_array_get_string_element(array, i));
        }
    }
    return fits ? NULL : g_strdup_printf("%s: wrong type", where);
}

static char *check_member(JsonNode *root, JsonObject *schema, const char *name, JsonNode *value,
                          const char *where)
{
    JsonObject *properties = json_object_has_member(schema, "properties")
                                 ? json_object_get_object_member(schema, "properties")
                                 : NULL;
    JsonNode *known = properties ? json_object_get_member(properties, name) : NULL;
    JsonNode *rest = json_object_get_member(schema, "additionalProperties");
    g_autofree char *place = g_strdup_printf("%s.%s", where, name);

    if (known) {
        return check(root, known, value, place);
    }
    if (rest && JSON_NODE_HOLDS_OBJECT(rest)) {
        return check(root, rest, value, place);
    }
    return rest && !json_node_get_boolean(rest) ? g_strdup_printf("%s: unknown", place) : NULL;
}

static char *check_object(JsonNode *root, JsonObject *schema, JsonObject *value, const char *where)
{
    g_autoptr(GList) names = json_object_get_members(value);
    JsonArray *required = json_object_has_member(schema, "required")
                              ? json_object_get_array_member(schema, "required")
                              : NULL;
    char *why = NULL;

    for (guint i = 0; required && i < json_array_get_length(required); i++) {
        const char *name = json_array_get_string_element(required, i);

        if (!json_object_has_member(value, name)) {
            return g_strdup_printf("%s.%s: missing", where, name);
        }
    }
    for (const GList *l = names; l && !why; l = l->next) {
        why = check_member(root, schema, l->data, json_object_get_member(value, l->data), where);
    }
    return why;
}

static char *check_one_of(JsonNode *root, JsonArray *choices, JsonNode *value, const char *where)
{
    unsigned int fits = 0;

    for (guint i = 0; i < json_array_get_length(choices); i++) {
        g_autofree char *why = check(root, json_array_get_element(choices, i), value, where);

        fits += !why;
    }
    return fits == 1 ? NULL : g_strdup_printf("%s: fits %u of the choices", where, fits);
}

static char *check_array(JsonNode *root, JsonNode *items, JsonArray *value, const char *where)
{
    char *why = NULL;

    for (guint i = 0; i < json_array_get_length(value) && !why; i++) {
        g_autofree char *place = g_strdup_printf("%s[%u]", where, i);

        why = check(root, items, json_array_get_element(value, i), place);
    }
    return why;
}

static char *check_enum(JsonArray *choices, JsonNode *value, const char *where)
{
    for (guint i = 0; i < json_array_get_length(choices); i++) {
        if (json_node_equal(json_array_get_element(choices, i), value)) {
            return NULL;
        }
    }
    return g_strdup_printf("%s: none of the words", where);
}

/* One keyword of a schema. */
static char *check_word(JsonNode *root, JsonObject *schema, const char *word, JsonNode *value,
                        const char *where)
{
    JsonNode *node = json_object_get_member(schema, word);

    if (g_str_equal(word, "$ref")) {
        return check(root, at_place(root, json_node_get_string(node)), value, where);
    }
    if (g_str_equal(word, "type")) {
        return check_type(node, value, where);
    }
    if (g_str_equal(word, "oneOf")) {
        return check_one_of(root, json_node_get_array(node), value, where);
    }
    if (g_str_equal(word, "enum")) {
        return check_enum(json_node_get_array(node), value, where);
    }
    if (g_str_equal(word, "const")) {
        return json_node_equal(node, value) ? NULL : g_strdup_printf("%s: another value", where);
    }
    if (g_str_equal(word, "minimum") || g_str_equal(word, "maximum")) {
        bool least = g_str_equal(word, "minimum");
        gint64 bound = json_node_get_int(node);
        gint64 number = json_node_get_int(value);

        return (least ? number >= bound : number <= bound)
                   ? NULL
                   : g_strdup_printf("%s: out of range", where);
    }
    if (g_str_equal(word, "items")) {
        return JSON_NODE_HOLDS_ARRAY(value)
                   ? check_array(root, node, json_node_get_array(value), where)
                   : NULL;
    }
    if (g_strv_contains((const char *const[]){"required", "properties", "additionalProperties",
                                              "$schema", "title", "definitions", NULL},
                        word)) {
        return NULL; /* check_object()'s, or no condition */
    }
    return g_strdup_printf("%s: the schema says '%s', which this does not know", where, word);
}

static char *check(JsonNode *root, JsonNode *schema, JsonNode *value, const char *where)
{
    JsonObject *object = schema ? json_node_get_object(schema) : NULL;
    g_autoptr(GList) words = object ? json_object_get_members(object) : NULL;
    char *why = object ? NULL : g_strdup_printf("%s: no such place in the schema", where);

    for (const GList *l = words; l && !why; l = l->next) {
        why = check_word(root, object, l->data, value, where);
    }
    if (!why && JSON_NODE_HOLDS_OBJECT(value)) {
        why = check_object(root, object, json_node_get_object(value), where);
    }
    return why;
}

char *json_schema_check_file(const char *file, const char *place, JsonNode *value)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autoptr(GError) error = NULL;
    JsonNode *root;

    if (!json_parser_load_from_file(parser, file, &error)) {
        return g_strdup(error->message);
    }
    root = json_parser_get_root(parser);
    return check(root, place ? at_place(root, place) : root, value, "$");
}
