/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of JSON. json-glib reads and writes them; what it takes for granted is checked before. */
#include "firmware-sim/control/control-internal.h"

#include <string.h>

#include "firmware-sim/error.h"

static gboolean fail(GError **error, const char *text)
{
    g_set_error_literal(error, SWME_ERROR, SWME_ERROR_ARGUMENT, text);
    return FALSE;
}

/*
 * json-glib 1.6 recurses once for each level and knows no bound: a line of brackets would take the
 * stack. All are counted, those in strings too: what is a string is for json-glib to say, and it
 * knows more kinds than JSON has.
 */
static gboolean depth_is_sane(const char *line, gsize size)
{
    unsigned int brackets = 0;

    for (gsize i = 0; i < size; i++) {
        brackets += line[i] == '[' || line[i] == '{';
    }
    return brackets <= CONTROL_BRACKETS_MAX;
}

JsonNode *control_json_parse(const char *line, gsize size, GError **error)
{
    /* Not an immutable one: json-glib 1.10's aborts where a root is no object and no array. */
    g_autoptr(JsonParser) parser = json_parser_new();
    JsonNode *root;

    if (!g_utf8_validate(line, (gssize)size, NULL)) {
        fail(error, "not JSON: the line is no UTF-8");
        return NULL;
    }
    if (!depth_is_sane(line, size)) {
        fail(error, "not a request: nested too deeply");
        return NULL;
    }
    if (!json_parser_load_from_data(parser, line, (gssize)size, NULL)) {
        fail(error, "not JSON"); /* its own words speak of files and lines */
        return NULL;
    }
    root = json_parser_get_root(parser);
    if (!root || !JSON_NODE_HOLDS_OBJECT(root)) {
        fail(error, "not a request: an object with \"do\" is");
        return NULL;
    }
    return json_parser_steal_root(parser);
}

GBytes *control_json_line(JsonBuilder *builder)
{
    g_autoptr(JsonNode) root = json_builder_get_root(builder);
    char *text = json_to_string(root, FALSE);
    gsize size = strlen(text);

    text = g_realloc(text, size + 1);
    text[size] = '\n'; /* instead of the terminator */
    return g_bytes_new_take(text, size + 1);
}

void control_json_string(JsonBuilder *builder, const char *name, const char *value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_string_value(builder, value);
}

void control_json_bool(JsonBuilder *builder, const char *name, gboolean value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_boolean_value(builder, value);
}

void control_json_number(JsonBuilder *builder, const char *name, guint64 value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_int_value(builder, (gint64)MIN(value, (guint64)G_MAXINT64));
}

const char *control_json_text(JsonObject *request, const char *name, GError **error)
{
    JsonNode *node = json_object_get_member(request, name);

    if (!node || json_node_get_value_type(node) != G_TYPE_STRING) {
        control_json_must_be(error, name, "there and be a string");
        return NULL;
    }
    return json_node_get_string(node);
}

gboolean control_json_must_be(GError **error, const char *name, const char *what)
{
    g_set_error(error, SWME_ERROR, SWME_ERROR_ARGUMENT, "\"%s\" must be %s", name, what);
    return FALSE;
}

GByteArray *control_json_bytes(const char *text)
{
    gsize digits = strspn(text, "0123456789abcdefABCDEF");
    GByteArray *bytes;

    if (digits % 2 || text[digits] != '\0') {
        return NULL;
    }
    bytes = g_byte_array_sized_new((guint)digits / 2);
    for (gsize i = 0; i < digits; i += 2) {
        guint8 byte =
            (guint8)(g_ascii_xdigit_value(text[i]) << 4 | g_ascii_xdigit_value(text[i + 1]));

        g_byte_array_append(bytes, &byte, 1);
    }
    return bytes;
}

char *control_json_hex(const guint8 *data, gsize size)
{
    static const char digits[] = "0123456789abcdef";
    char *text = g_malloc(2 * size + 1);

    for (gsize i = 0; i < size; i++) {
        text[2 * i] = digits[data[i] >> 4];
        text[2 * i + 1] = digits[data[i] & 0xf];
    }
    text[2 * size] = '\0';
    return text;
}
