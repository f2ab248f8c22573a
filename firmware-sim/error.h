/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The GError domain of the firmware. Each message is one line: what was wrong, what would be right.
 */
#ifndef SWME_ERROR_H
#define SWME_ERROR_H

#include <stdbool.h>

#include <glib.h>

#define SWME_ERROR (swme_error_quark())

typedef enum SwmeError {
    SWME_ERROR_ARGUMENT, /* the user asked for something that does not exist or does not parse */
    SWME_ERROR_STATE,    /* saved state that cannot be used */
} SwmeError;

GQuark swme_error_quark(void);

/*
 * Sets the error to "prefix: " (NULL: nothing) and the formatted text, and returns false, so that
 * whoever refuses can do it in one line.
 */
bool swme_error_set(GError **error, SwmeError code, const char *prefix, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

/* What a user typed, fit to stand within one line of an error. Free with g_free. */
char *swme_error_text(const char *typed);

#endif
