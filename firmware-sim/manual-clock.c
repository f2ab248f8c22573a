/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/manual-clock.h"

#include <stddef.h>

struct SwmeManualClock {
    SwmeClock clock; /* first: the functions below are handed this */
    int64_t now;
    GPtrArray *timers; /* armed ones, soonest first; of equals the one that was armed first */
};

struct SwmeTimer {
    SwmeManualClock *clock;
    SwmeTimerFunc func;
    void *opaque;
    int64_t when;
};

static int64_t clock_now(SwmeClock *clock)
{
    return ((SwmeManualClock *)clock)->now;
}

static SwmeTimer *timer_new(SwmeClock *clock, SwmeTimerFunc func, void *opaque)
{
    SwmeTimer *timer = g_new0(SwmeTimer, 1);

    timer->clock = (SwmeManualClock *)clock;
    timer->func = func;
    timer->opaque = opaque;
    return timer;
}

static void timer_cancel(SwmeTimer *timer)
{
    g_ptr_array_remove(timer->clock->timers, timer);
}

static void timer_arm(SwmeTimer *timer, int64_t when_ns)
{
    GPtrArray *timers = timer->clock->timers;
    guint at = 0;

    timer_cancel(timer);
    timer->when = when_ns;
    while (at < timers->len && ((SwmeTimer *)timers->pdata[at])->when <= when_ns) {
        at++;
    }
    g_ptr_array_insert(timers, (gint)at, timer);
}

static void timer_free(SwmeTimer *timer)
{
    timer_cancel(timer);
    g_free(timer);
}

SwmeManualClock *swme_manual_clock_new(void)
{
    SwmeManualClock *clock = g_new0(SwmeManualClock, 1);

    clock->clock.now = clock_now;
    clock->clock.timer_new = timer_new;
    clock->clock.timer_arm = timer_arm;
    clock->clock.timer_cancel = timer_cancel;
    clock->clock.timer_free = timer_free;
    clock->timers = g_ptr_array_new();
    return clock;
}

void swme_manual_clock_free(SwmeManualClock *clock)
{
    if (clock) {
        g_assert(clock->timers->len == 0);
        g_ptr_array_unref(clock->timers);
        g_free(clock);
    }
}

SwmeClock *swme_manual_clock(SwmeManualClock *clock)
{
    return &clock->clock;
}

void swme_manual_clock_restart(SwmeManualClock *clock)
{
    g_assert(clock->timers->len == 0);
    clock->now = 0;
}

bool swme_manual_clock_step(SwmeManualClock *clock, int64_t limit_ns)
{
    SwmeTimer *timer = clock->timers->len ? clock->timers->pdata[0] : NULL;

    if (!timer || timer->when > limit_ns) {
        clock->now = MAX(clock->now, limit_ns);
        return false;
    }
    g_ptr_array_remove_index(clock->timers, 0);
    clock->now = MAX(clock->now, timer->when);
    timer->func(timer->opaque);
    return true;
}

void swme_manual_clock_advance(SwmeManualClock *clock, int64_t ns)
{
    int64_t limit = clock->now + ns;

    while (swme_manual_clock_step(clock, limit)) {
    }
}

int64_t swme_manual_clock_next(const SwmeManualClock *clock)
{
    const SwmeTimer *timer = clock->timers->len ? clock->timers->pdata[0] : NULL;

    return timer ? timer->when : INT64_MAX;
}

unsigned int swme_manual_clock_armed(const SwmeManualClock *clock)
{
    return clock->timers->len;
}
