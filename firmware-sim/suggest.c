/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/suggest.h"

#include <string.h>

#include <glib.h>

#define NEAR_MAX    8  /* names in an error */
#define NEAR_LENGTH 64 /* nobody's slip of the pen is longer */

/* Only what tells names apart: "Mobile PM965/GM965" and "mobile-pm965 gm965" are one. */
static char *squash(const char *text)
{
    GString *out = g_string_new(NULL);

    for (; *text; text++) {
        if (g_ascii_isalnum(*text)) {
            g_string_append_c(out, g_ascii_tolower(*text));
        }
    }
    return g_string_free(out, FALSE);
}

static const char *next_telling(const char *text)
{
    while (*text && !g_ascii_isalnum(*text)) {
        text++;
    }
    return text;
}

/* As squash() of both would be, and not empty. */
bool swme_same_name(const char *a, const char *b)
{
    a = next_telling(a);
    b = next_telling(b);
    if (!*a) {
        return false;
    }
    while (*a && g_ascii_tolower(*a) == g_ascii_tolower(*b)) {
        a = next_telling(a + 1);
        b = next_telling(b + 1);
    }
    return *a == *b;
}

/* Levenshtein distance, for names of a few characters. */
static unsigned int edit_distance(const char *a, const char *b)
{
    size_t width = strlen(b) + 1;
    g_autofree unsigned int *row = g_new(unsigned int, width);

    for (size_t j = 0; j < width; j++) {
        row[j] = (unsigned int)j;
    }
    for (size_t i = 0; a[i] != '\0'; i++) {
        unsigned int diagonal = row[0];

        row[0] = (unsigned int)i + 1;
        for (size_t j = 1; j < width; j++) {
            unsigned int change = diagonal + (a[i] != b[j - 1]);

            diagonal = row[j];
            row[j] = MIN(change, MIN(row[j], row[j - 1]) + 1);
        }
    }
    return row[width - 1];
}

/* 0 for the same; else how far off, where a part of a name counts as one slip. */
static unsigned int distance_to(const char *squashed, const char *name)
{
    g_autofree char *other = squash(name);

    if (strlen(squashed) > 1 && strstr(other, squashed) && !g_str_equal(other, squashed)) {
        return 1;
    }
    return edit_distance(squashed, other);
}

static bool has(const GPtrArray *labels, const char *label)
{
    for (guint i = 0; i < labels->len; i++) {
        if (g_str_equal(labels->pdata[i], label)) {
            return true;
        }
    }
    return false;
}

char *swme_suggest(const char *wanted, const SwmeSuggestion *rows, size_t count)
{
    g_autofree char *squashed = squash(wanted);
    g_autoptr(GPtrArray) near = g_ptr_array_new();
    g_autofree unsigned int *distances = g_new(unsigned int, count);
    size_t length = strlen(squashed);
    unsigned int limit = length < 4 ? 1 : 2;

    if (length == 0 || length > NEAR_LENGTH) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        distances[i] = distance_to(squashed, rows[i].text);
    }
    for (unsigned int d = 0; d <= limit; d++) {
        for (size_t i = 0; i < count && near->len < NEAR_MAX; i++) {
            if (distances[i] == d && !has(near, rows[i].label)) {
                g_ptr_array_add(near, (gpointer)(guintptr)rows[i].label);
            }
        }
    }
    if (near->len == 0) {
        return NULL;
    }
    g_ptr_array_add(near, NULL);
    return g_strjoinv(", ", (char **)near->pdata);
}
