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

/* An equal one of which so many levels from the top are no bytes, but children: quick to edit. */
GVariant *variant_tree(GVariant *variant, unsigned int levels);
/*
 * A copy in which func has seen one node, at the end of a way from the root: of n children the one
 * numbered way modulo n + 1, or the container itself where that is n; then on with the quotient.
 * "ay" is one node.
 */
GVariant *variant_edit(GVariant *variant, guint64 way, VariantEditFunc func, void *opaque);
/*
 * A copy with value, which may be floating, at path: child numbers with a dot between them. Where
 * the number is how many children there are, in an array, it is added to them.
 */
GVariant *variant_put(GVariant *variant, const char *path, GVariant *value);

#endif
