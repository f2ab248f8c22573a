/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/error.h"

G_DEFINE_QUARK(swme - error - quark, swme_error)

char *swme_error_text(const char *typed)
{
    return g_strescape(typed, NULL);
}
