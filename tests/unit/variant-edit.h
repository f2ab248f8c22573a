/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saved state with something else in it, and in normal form all the same: what flipped bytes hardly
 * ever are.
 */
#ifndef SWME_TESTS_VARIANT_EDIT_H
#define SWME_TESTS_VARIANT_EDIT_H

#include <glib.h>

/* What a node becomes: itself (referenced), or another of the same type, full or floating. */
typedef GVariant *(*VariantEditFunc)(void *opaque, GVariant *node);

/* Containers and what they hold, the whole included; "ay" is one node. */
guint variant_nodes(GVariant *variant);
/* A copy in which func has seen node number index, counted as above from the root on. */
GVariant *variant_edit(GVariant *variant, guint index, VariantEditFunc func, void *opaque);
/*
 * A copy with value, which may be floating, at path: child numbers with a dot between them. Where
 * the number is how many children there are, in an array, it is added to them.
 */
GVariant *variant_put(GVariant *variant, const char *path, GVariant *value);

#endif
