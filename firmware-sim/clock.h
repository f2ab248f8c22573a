/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time as the firmware sees it. It is injected: inside QEMU it is the virtual clock, so that a
 * paused VM expires nothing; in tests and the sim transport it is a manual clock, so that nothing
 * ever sleeps. All times are nanoseconds; the origin is of no meaning.
 */
#ifndef SWME_CLOCK_H
#define SWME_CLOCK_H

#include <stdint.h>

#define SWME_NS_PER_US INT64_C(1000)
#define SWME_NS_PER_MS INT64_C(1000000)
#define SWME_NS_PER_S  INT64_C(1000000000)

typedef void (*SwmeTimerFunc)(void *opaque);

/* A one-shot timer; each clock defines its own kind. */
typedef struct SwmeTimer SwmeTimer;

/* A clock. The provider owns it and keeps it alive until the last timer made from it is freed. */
typedef struct SwmeClock SwmeClock;
struct SwmeClock {
    int64_t (*now)(SwmeClock *clock);
    /* Returns a timer that is not armed; the caller frees it with timer_free. Never NULL. */
    SwmeTimer *(*timer_new)(SwmeClock *clock, SwmeTimerFunc func, void *opaque);
    /* Arms, or arms anew, for the absolute time when_ns; a time that is past fires at once, but
     * never from inside this call. */
    void (*timer_arm)(SwmeTimer *timer, int64_t when_ns);
    void (*timer_cancel)(SwmeTimer *timer);
    void (*timer_free)(SwmeTimer *timer);
};

#endif
