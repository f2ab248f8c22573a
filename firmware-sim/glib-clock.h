/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's own clock for a firmware without a machine: timers fire from a GMainContext. */
#ifndef SWME_GLIB_CLOCK_H
#define SWME_GLIB_CLOCK_H

#include <glib.h>

#include "firmware-sim/clock.h"

/* context NULL: the default one. Free it after its last timer. */
SwmeClock *swme_glib_clock_new(GMainContext *context);
void swme_glib_clock_free(SwmeClock *clock);

#endif
