/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A clock that stands still until it is told to move: for tests, fuzzers, benchmarks and the sim
 * transport, none of which ever waits for real time.
 */
#ifndef SWME_MANUAL_CLOCK_H
#define SWME_MANUAL_CLOCK_H

#include <stdbool.h>

#include <glib.h>

#include "firmware-sim/clock.h"

typedef struct SwmeManualClock SwmeManualClock;

SwmeManualClock *swme_manual_clock_new(void);
/* All its timers must have been freed before. */
void swme_manual_clock_free(SwmeManualClock *clock);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SwmeManualClock, swme_manual_clock_free)

SwmeClock *swme_manual_clock(SwmeManualClock *clock);

/* Back to 0, as new; no timer may be armed. */
void swme_manual_clock_restart(SwmeManualClock *clock);

/* Moves time on by ns and fires what falls due on the way, in order, each at its own time. */
void swme_manual_clock_advance(SwmeManualClock *clock, int64_t ns);

/*
 * Moves to the next armed timer and fires it, unless that lies beyond limit_ns (absolute). False
 * when nothing fired; time then stands at limit_ns.
 */
bool swme_manual_clock_step(SwmeManualClock *clock, int64_t limit_ns);

/* When the next armed timer falls due; INT64_MAX: none is. */
int64_t swme_manual_clock_next(const SwmeManualClock *clock);

/* Timers that are armed: 0 says that nothing will ever happen by itself. */
unsigned int swme_manual_clock_armed(const SwmeManualClock *clock);

#endif
