/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AMT's values at the control socket: by the names that the NVM file knows them by. */
#include "firmware-sim/control/control-internal.h"

#include <string.h>

#include "firmware-sim/amt/amt-state.h"
#include "firmware-sim/error.h"
#include "firmware-sim/suggest.h"

#define fail(error, ...) swme_error_set(error, SWME_ERROR_ARGUMENT, NULL, __VA_ARGS__)

AmtState *control_amt_of(ControlClient *client, GError **error)
{
    AmtState *amt = swme_firmware_amt(client->control->target.firmware);

    if (!amt) {
        fail(error, "this firmware has no AMT");
    }
    return amt;
}

static GVariant *values_of(const AmtState *amt)
{
    return g_variant_ref_sink(amt_data_save(amt_state_data(amt), true));
}

/* None of that name. */
static gboolean unknown(GVariant *values, const char *name, GError **error)
{
    gsize count = g_variant_n_children(values);
    g_autofree SwmeSuggestion *rows = g_new(SwmeSuggestion, count);
    g_autofree char *shown = swme_error_text(name);
    g_autofree char *near = NULL;

    for (gsize i = 0; i < count; i++) {
        g_variant_get_child(values, i, "{&sv}", &rows[i].text, NULL);
        rows[i].label = rows[i].text;
    }
    near = swme_suggest(name, rows, count);
    return fail(error, "AMT has no value '%.100s'%s%s: \"amt\" lists them", shown,
                near ? ", near are " : "", near ? near : "");
}

/* ---- out ---- */

static void add_value(JsonBuilder *out, GVariant *value)
{
    switch (g_variant_classify(value)) {
    case G_VARIANT_CLASS_BOOLEAN:
        json_builder_add_boolean_value(out, g_variant_get_boolean(value));
        return;
    case G_VARIANT_CLASS_UINT32:
        json_builder_add_int_value(out, g_variant_get_uint32(value));
        return;
    case G_VARIANT_CLASS_INT64:
        json_builder_add_int_value(out, g_variant_get_int64(value));
        return;
    case G_VARIANT_CLASS_STRING:
        json_builder_add_string_value(out, g_variant_get_string(value, NULL));
        return;
    default:
        break;
    }
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_BYTESTRING)) {
        gsize size;
        const guint8 *bytes = g_variant_get_fixed_array(value, &size, 1);
        g_autofree char *hex = control_json_hex(bytes, size);

        json_builder_add_string_value(out, hex);
        return;
    }
    json_builder_begin_array(out);
    for (gsize i = 0; i < g_variant_n_children(value); i++) {
        g_autoptr(GVariant) element = g_variant_get_child_value(value, i);

        add_value(out, element);
    }
    json_builder_end_array(out);
}

/* "host" is host.name and all others of that group, "host.name" the one. */
static gboolean is_asked_for(const char *name, const char *asked)
{
    size_t size = asked ? strlen(asked) : 0;

    return !asked || (strncmp(name, asked, size) == 0 &&
                      (name[size] == '\0' || name[size] == '.' || name[size] == '['));
}

gboolean control_amt(ControlClient *client, JsonObject *request, JsonBuilder *out, GError **error)
{
    const AmtState *amt = control_amt_of(client, error);
    g_autoptr(GVariant) values = amt ? values_of(amt) : NULL;
    const char *asked = NULL;
    gboolean any = FALSE;
    GVariantIter iter;
    const char *name;
    GVariant *value;

    if (!amt) {
        return FALSE;
    }
    if (json_object_has_member(request, "name")) {
        asked = control_json_text(request, "name", error);
        if (!asked) {
            return FALSE;
        }
    }
    json_builder_set_member_name(out, "values");
    json_builder_begin_object(out);
    g_variant_iter_init(&iter, values);
    while (g_variant_iter_loop(&iter, "{&sv}", &name, &value)) {
        if (is_asked_for(name, asked)) {
            any = TRUE;
            json_builder_set_member_name(out, name);
            if (amt_data_is_secret(name)) {
                json_builder_add_null_value(out);
            } else {
                add_value(out, value);
            }
        }
    }
    json_builder_end_object(out);
    return any || unknown(values, asked, error);
}

/* ---- in ---- */

/* What the JSON stands for where that type is wanted; floating, NULL where it is something else. */
static GVariant *take_value(JsonNode *node, const GVariantType *type)
{
    GType held = json_node_get_value_type(node);

    if (g_variant_type_equal(type, G_VARIANT_TYPE_BOOLEAN) && held == G_TYPE_BOOLEAN) {
        return g_variant_new_boolean(json_node_get_boolean(node));
    }
    if (g_variant_type_equal(type, G_VARIANT_TYPE_UINT32) && held == G_TYPE_INT64) {
        gint64 number = json_node_get_int(node);

        return number >= 0 && number <= UINT32_MAX ? g_variant_new_uint32((guint32)number) : NULL;
    }
    if (g_variant_type_equal(type, G_VARIANT_TYPE_INT64) && held == G_TYPE_INT64) {
        return g_variant_new_int64(json_node_get_int(node));
    }
    if (g_variant_type_equal(type, G_VARIANT_TYPE_STRING) && held == G_TYPE_STRING) {
        return g_variant_new_string(json_node_get_string(node));
    }
    if (g_variant_type_equal(type, G_VARIANT_TYPE_BYTESTRING) && held == G_TYPE_STRING) {
        g_autoptr(GByteArray) bytes = control_json_bytes(json_node_get_string(node));

        return bytes ? g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, bytes->data, bytes->len, 1)
                     : NULL;
    }
    return NULL;
}

static GVariant *take_values(JsonNode *node, const GVariantType *type)
{
    const GVariantType *element = g_variant_type_element(type);
    JsonArray *array = json_node_get_array(node);
    GVariantBuilder builder;

    g_variant_builder_init(&builder, type);
    for (guint i = 0; i < json_array_get_length(array); i++) {
        GVariant *value = take_value(json_array_get_element(array, i), element);

        if (!value) {
            g_variant_builder_clear(&builder);
            return NULL;
        }
        g_variant_builder_add_value(&builder, value);
    }
    return g_variant_builder_end(&builder);
}

static const char *type_words(const GVariantType *type)
{
    static const struct {
        const char *type;
        const char *words;
    } rows[] = {
        {"b", "true or false"}, {"u", "a number from 0 to 4294967295"},          {"x", "a number"},
        {"s", "a string"},      {"ay", "bytes in hexadecimal, two digits each"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (g_variant_type_equal(type, G_VARIANT_TYPE(rows[i].type))) {
            return rows[i].words;
        }
    }
    return "a list, each element as \"amt\" shows it";
}

/* The value that is wanted; what it was, with a reference, where none is. NULL and an error. */
static GVariant *wanted_value(JsonObject *wanted, const char *name, GVariant *is, GError **error)
{
    JsonNode *node = json_object_get_member(wanted, name);
    const GVariantType *type = g_variant_get_type(is);
    GVariant *value;

    if (!node) {
        return g_variant_ref(is);
    }
    value = JSON_NODE_HOLDS_ARRAY(node) && g_variant_type_is_array(type) &&
                    !g_variant_type_equal(type, G_VARIANT_TYPE_BYTESTRING)
                ? take_values(node, type)
                : take_value(node, type);
    if (!value) {
        control_json_must_be(error, name, type_words(type));
        return NULL;
    }
    return g_variant_ref_sink(value);
}

static gboolean names_exist(JsonObject *wanted, GVariant *values, GError **error)
{
    g_autoptr(GList) names = json_object_get_members(wanted);

    for (const GList *l = names; l; l = l->next) {
        g_autoptr(GVariant) value = g_variant_lookup_value(values, l->data, NULL);

        if (!value) {
            return unknown(values, l->data, error);
        }
    }
    return TRUE;
}

/* All values, in the order in which they are; NULL and an error. */
static GVariant *merge(JsonObject *wanted, GVariant *values, GError **error)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE(AMT_DATA_TYPE));
    for (gsize i = 0; i < g_variant_n_children(values); i++) {
        g_autoptr(GVariant) is = NULL;
        g_autoptr(GVariant) value = NULL;
        const char *name;

        g_variant_get_child(values, i, "{&sv}", &name, &is);
        value = wanted_value(wanted, name, is, error);
        if (!value) {
            g_variant_builder_clear(&builder);
            return NULL;
        }
        g_variant_builder_add(&builder, "{sv}", name, value);
    }
    return g_variant_ref_sink(g_variant_builder_end(&builder));
}

/* As a file of such values would: what no AMT can be is refused, and nothing changes. */
static gboolean become(AmtState *amt, GVariant *values, GError **error)
{
    g_autoptr(AmtData) data = amt_data_copy(amt_state_data(amt));
    const char *why = NULL;
    gboolean good = amt_data_load(data, values, true, false, &why);

    if (good) {
        amt_state_replace(amt, data);
    } else {
        fail(error, "no AMT can have such a value of %s", why);
    }
    return good;
}

gboolean control_amt_set(ControlClient *client, JsonObject *request, JsonBuilder *out G_GNUC_UNUSED,
                         GError **error)
{
    AmtState *amt = control_amt_of(client, error);
    JsonNode *node = json_object_get_member(request, "values");
    g_autoptr(GVariant) values = amt ? values_of(amt) : NULL;
    g_autoptr(GVariant) merged = NULL;
    JsonObject *wanted;

    if (!amt) {
        return FALSE;
    }
    if (!node || !JSON_NODE_HOLDS_OBJECT(node)) {
        return control_json_must_be(error, "values", "an object of names and values");
    }
    wanted = json_node_get_object(node);
    if (!names_exist(wanted, values, error)) {
        return FALSE;
    }
    merged = merge(wanted, values, error);
    return merged && become(amt, merged, error);
}
