/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/glib-clock.h"

#define NS_PER_US 1000

typedef struct GlibClock {
    SwmeClock clock; /* first: the functions below are handed this */
    GMainContext *context;
} GlibClock;

struct SwmeTimer {
    GSource *source;
    SwmeTimerFunc func;
    void *opaque;
};

typedef struct TimerSource {
    GSource source;
    SwmeTimer *timer;
} TimerSource;

static int64_t clock_now(SwmeClock *clock)
{
    (void)clock;
    return g_get_monotonic_time() * NS_PER_US;
}

static gboolean dispatch(GSource *source, GSourceFunc func, gpointer opaque)
{
    SwmeTimer *timer = ((TimerSource *)source)->timer;

    (void)func;
    (void)opaque;
    g_source_set_ready_time(source, -1);
    timer->func(timer->opaque);
    return G_SOURCE_CONTINUE;
}

static SwmeTimer *timer_new(SwmeClock *clock, SwmeTimerFunc func, void *opaque)
{
    static const GSourceFuncs funcs = {.dispatch = dispatch};
    SwmeTimer *timer = g_new0(SwmeTimer, 1);

    timer->func = func;
    timer->opaque = opaque;
    timer->source = g_source_new((GSourceFuncs *)&funcs, sizeof(TimerSource));
    ((TimerSource *)timer->source)->timer = timer;
    g_source_attach(timer->source, ((GlibClock *)clock)->context);
    return timer;
}

static void timer_arm(SwmeTimer *timer, int64_t when_ns)
{
    /* Never early. */
    g_source_set_ready_time(timer->source, MAX(when_ns, 0) / NS_PER_US + 1);
}

static void timer_cancel(SwmeTimer *timer)
{
    g_source_set_ready_time(timer->source, -1);
}

static void timer_free(SwmeTimer *timer)
{
    g_source_destroy(timer->source);
    g_source_unref(timer->source);
    g_free(timer);
}

SwmeClock *swme_glib_clock_new(GMainContext *context)
{
    GlibClock *clock = g_new0(GlibClock, 1);

    clock->context = g_main_context_ref(context ? context : g_main_context_default());
    clock->clock.now = clock_now;
    clock->clock.timer_new = timer_new;
    clock->clock.timer_arm = timer_arm;
    clock->clock.timer_cancel = timer_cancel;
    clock->clock.timer_free = timer_free;
    return &clock->clock;
}

void swme_glib_clock_free(SwmeClock *clock)
{
    GlibClock *own = (GlibClock *)clock;

    if (own) {
        g_main_context_unref(own->context);
        g_free(own);
    }
}
