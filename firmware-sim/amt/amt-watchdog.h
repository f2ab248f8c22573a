/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The operating system's watchdog: timers, what happens when one runs out, and whether AMT wants it
 * at all. Whoever starts it has a timer of its own, so that a driver and a tool do not get in each
 * other's way. On the injected clock; nothing is armed while no timer runs.
 */
#ifndef SWME_AMT_WATCHDOG_H
#define SWME_AMT_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "firmware-sim/amt/amt-state.h"
#include "firmware-sim/clock.h"
#include "firmware-sim/machine.h"

typedef struct AmtWatchdog AmtWatchdog;

#define AMT_WATCHDOG_USERS                                                 \
    8 /* more than connections to the client, and the one that is nobody's \
       */
#define AMT_WATCHDOG_NOBODY 0

/*
 * What a user sets: run is auto (once AMT is set up), on or off; reset is off, or the seconds from
 * running out to the reset. NULL: as it is. False and a one-line error for anything else.
 */
bool amt_watchdog_parse(AmtWatchdogSettings *settings, const char *run, const char *reset,
                        GError **error);
/* Likewise, into the state. A reset that is set may happen again. */
bool amt_watchdog_set(AmtState *amt, const char *run, const char *reset, GError **error);
/* The word for AmtWatchdogSettings.policy. */
const char *amt_watchdog_policy_name(uint32_t policy);

/* wanted: told when it changes; never from inside amt_watchdog_new(). */
AmtWatchdog *amt_watchdog_new(AmtState *amt, SwmeClock *clock, const SwmeMachine *machine,
                              void (*wanted_changed)(void *opaque), void *opaque);
void amt_watchdog_free(AmtWatchdog *watchdog);

/* Is the host asked to run it? By policy: of itself once AMT is set up. */
bool amt_watchdog_wanted(const AmtWatchdog *watchdog);

/* user: a host address. Starts its timer, or starts it over; nothing while it is not wanted. */
void amt_watchdog_start(AmtWatchdog *watchdog, uint8_t user, uint16_t timeout_s);
void amt_watchdog_stop(AmtWatchdog *watchdog, uint8_t user);
/* Its connection is gone. A timer that was not stopped goes on, as nobody's, until somebody starts
 * or stops one: who has hung says no good-bye. */
void amt_watchdog_leave(AmtWatchdog *watchdog, uint8_t user);

/* The platform was powered on or reset. What was not stopped goes on: nobody may come up again. */
void amt_watchdog_boot(AmtWatchdog *watchdog);
/* While the host sleeps time stands still; once it is off nothing runs any more. */
void amt_watchdog_power(AmtWatchdog *watchdog, SwmeHostPower power);

/* An agent's end is to reset the host: after the delay, and once as by a timer of the watchdog. */
void amt_watchdog_reset_later(AmtWatchdog *watchdog);
/* IPS_WatchDogAction.CancelRebootAction: a reset that is due is not done. False: none was. */
bool amt_watchdog_cancel_reset(AmtWatchdog *watchdog);

/* For whoever looks. */
typedef struct AmtWatchdogTimer {
    uint8_t user;
    uint16_t timeout_s;
    bool expired;
    int64_t remaining_ns; /* 0: expired */
} AmtWatchdogTimer;

unsigned int amt_watchdog_timers(const AmtWatchdog *watchdog, AmtWatchdogTimer *timers);
uint64_t amt_watchdog_expirations(const AmtWatchdog *watchdog);
/* Until the reset that is due; negative: none is. */
int64_t amt_watchdog_reset_in_ns(const AmtWatchdog *watchdog);

/* ---- saved state ---- */

#define AMT_WATCHDOG_STATE_TYPE "(ubbtxa(yqx))"
GVariant *amt_watchdog_save(const AmtWatchdog *watchdog); /* floating; NULL: of none */
/* is_user: is there such a connection? False: no state that a watchdog can be in; it is then off.
 */
bool amt_watchdog_load(AmtWatchdog *watchdog, GVariant *state,
                       bool (*is_user)(void *opaque, uint8_t user), void *opaque);

#endif
