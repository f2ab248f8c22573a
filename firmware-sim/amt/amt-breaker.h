/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The circuit breaker: the policy in force, applied to what the host sends and receives by its
 * wired card. AMT SDK, "Processing Network Packets with System Defense": each filter is looked at;
 * one that drops decides; what no filter matches is the policy's default.
 */
#ifndef SWME_AMT_BREAKER_H
#define SWME_AMT_BREAKER_H

#include "firmware-sim/amt/amt-defense.h"
#include "firmware-sim/amt/amt-state.h"
#include "firmware-sim/clock.h"

typedef struct AmtBreaker AmtBreaker;

AmtBreaker *amt_breaker_new(AmtState *amt, SwmeClock *clock);
void amt_breaker_free(AmtBreaker *breaker);

/* Does it pass? way: AMT_DEFENSE_SENT, AMT_DEFENSE_RECEIVED. size: of what is there to look at. */
bool amt_breaker_pass(AmtBreaker *breaker, unsigned int way, const uint8_t *frame, size_t size);
/* The policy in force; 0: none. */
uint32_t amt_breaker_active(const AmtBreaker *breaker);
/* The host's power is gone: what has been told once may be told again. */
void amt_breaker_power_off(AmtBreaker *breaker);

/* The filters of the policy in force, and behind them its defaults for what is sent and received.
 */
#define AMT_BREAKER_COUNTERS (AMT_DEFENSE_EACH + AMT_DEFENSE_WAYS)

/* As of the last update. */
typedef struct AmtBreakerCounter {
    uint32_t count;
    bool matched;
    int64_t activation_s; /* since when the policy is in force, by AMT's clock */
    int64_t reset_s;      /* 0: never */
} AmtBreakerCounter;

/* False: there is no such filter in the policy in force. */
bool amt_breaker_counter(const AmtBreaker *breaker, unsigned int index, AmtBreakerCounter *counter);
/* Reads the counters, sets them to 0 if asked to, and lets events be told again. */
void amt_breaker_update(AmtBreaker *breaker, bool reset);

#endif
