/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a user may have meant by a name that does not exist. */
#ifndef SWME_SUGGEST_H
#define SWME_SUGGEST_H

#include <stdbool.h>
#include <stddef.h>

/* A name that exists. Several of one label are one thing under several names. */
typedef struct SwmeSuggestion {
    const char *text;  /* what the user may have typed */
    const char *label; /* what is suggested then */
} SwmeSuggestion;

/* Whether both are the same but for case, spaces and punctuation. A name of nothing else is none.
 */
bool swme_same_name(const char *a, const char *b);

/* The labels that come near, nearest first, as "a, b, c"; NULL where none does. Free with g_free.
 */
char *swme_suggest(const char *wanted, const SwmeSuggestion *rows, size_t count);

#endif
