/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qemu/osdep.h"

#include "qemu/timer.h"

#include "hw/mei-clock.h"

struct SwmeTimer {
    QEMUTimer *timer;
    SwmeTimerFunc func;
    void *opaque;
};

static int64_t mei_clock_now(SwmeClock *clock G_GNUC_UNUSED)
{
    return qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
}

static void mei_timer_fired(void *opaque)
{
    SwmeTimer *timer = opaque;

    timer->func(timer->opaque);
}

static SwmeTimer *mei_timer_new(SwmeClock *clock G_GNUC_UNUSED, SwmeTimerFunc func, void *opaque)
{
    SwmeTimer *timer = g_new0(SwmeTimer, 1);

    timer->func = func;
    timer->opaque = opaque;
    timer->timer = timer_new_ns(QEMU_CLOCK_VIRTUAL, mei_timer_fired, timer);
    return timer;
}

static void mei_timer_arm(SwmeTimer *timer, int64_t when_ns)
{
    timer_mod_ns(timer->timer, when_ns);
}

static void mei_timer_cancel(SwmeTimer *timer)
{
    timer_del(timer->timer);
}

static void mei_timer_free(SwmeTimer *timer)
{
    timer_free(timer->timer);
    g_free(timer);
}

const SwmeClock mei_clock = {
    .now = mei_clock_now,
    .timer_new = mei_timer_new,
    .timer_arm = mei_timer_arm,
    .timer_cancel = mei_timer_cancel,
    .timer_free = mei_timer_free,
};
