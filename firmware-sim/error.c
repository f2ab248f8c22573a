/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/error.h"

G_DEFINE_QUARK(swme - error - quark, swme_error)

bool swme_error_set(GError **error, SwmeError code, const char *prefix, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(error, SWME_ERROR, code, "%s%s%s", prefix ? prefix : "", prefix ? ": " : "", text);
    return false;
}

char *swme_error_text(const char *typed)
{
    return g_strescape(typed, NULL);
}
