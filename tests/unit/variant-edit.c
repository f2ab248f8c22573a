/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/variant-edit.h"

static gboolean is_leaf(GVariant *variant)
{
    return !g_variant_is_container(variant) ||
           g_variant_is_of_type(variant, G_VARIANT_TYPE_BYTESTRING);
}

static GPtrArray *children_of(GVariant *variant)
{
    gsize count = g_variant_n_children(variant);
    GPtrArray *children = g_ptr_array_new_full((guint)count, (GDestroyNotify)g_variant_unref);

    for (gsize i = 0; i < count; i++) {
        g_ptr_array_add(children, g_variant_get_child_value(variant, i));
    }
    return children;
}

/* A container like the one given, with other children. */
static GVariant *container(GVariant *like, const GPtrArray *children)
{
    GVariant *const *each = (GVariant *const *)children->pdata;
    const GVariantType *type = g_variant_get_type(like);

    if (g_variant_type_is_array(type)) {
        return g_variant_new_array(g_variant_type_element(type), each, children->len);
    }
    if (g_variant_type_is_dict_entry(type)) {
        return g_variant_new_dict_entry(each[0], each[1]);
    }
    if (g_variant_type_is_variant(type)) {
        return g_variant_new_variant(each[0]);
    }
    return g_variant_new_tuple(each, children->len);
}

static void replace(GPtrArray *children, guint index, GVariant *value)
{
    g_variant_unref(children->pdata[index]);
    children->pdata[index] = value;
}

GVariant *variant_tree(GVariant *variant, unsigned int levels)
{
    g_autoptr(GPtrArray) children = NULL;

    if (levels == 0 || is_leaf(variant)) {
        return g_variant_ref(variant);
    }
    children = children_of(variant);
    for (guint i = 0; i < children->len; i++) {
        replace(children, i, variant_tree(children->pdata[i], levels - 1));
    }
    return g_variant_ref_sink(container(variant, children));
}

GVariant *variant_edit(GVariant *variant, guint64 way, VariantEditFunc func, void *opaque)
{
    gsize count = is_leaf(variant) ? 0 : g_variant_n_children(variant);
    guint child = (guint)(way % (count + 1));
    g_autoptr(GPtrArray) children = NULL;

    if (child == count) {
        return g_variant_take_ref(func(opaque, variant));
    }
    children = children_of(variant);
    replace(children, child, variant_edit(children->pdata[child], way / (count + 1), func, opaque));
    return g_variant_ref_sink(container(variant, children));
}

GVariant *variant_put(GVariant *variant, const char *path, GVariant *value)
{
    g_autoptr(GPtrArray) children = NULL;
    char *rest;
    guint index;

    if (*path == '\0') {
        return g_variant_ref_sink(value);
    }
    index = (guint)g_ascii_strtoull(path, &rest, 10);
    children = children_of(variant);
    if (index == children->len) {
        g_assert(*rest == '\0');
        g_ptr_array_add(children, g_variant_ref_sink(value));
    } else {
        replace(children, index,
                variant_put(children->pdata[index], *rest ? rest + 1 : rest, value));
    }
    return g_variant_ref_sink(container(variant, children));
}
