/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The alarm clock: at a time on AMT's clock the host is switched on, or woken up. The alarms are
 * the AMT state's group `alarms`. AMT SDK, "Alarm Clock".
 */
#ifndef SWME_AMT_ALARMS_H
#define SWME_AMT_ALARMS_H

#include <stdbool.h>
#include <stdint.h>

#include "firmware-sim/amt/amt-state.h"
#include "firmware-sim/clock.h"
#include "firmware-sim/machine.h"

typedef struct AmtAlarmClock AmtAlarmClock;

/* Nothing is armed while there is no alarm to come. */
AmtAlarmClock *amt_alarm_clock_new(AmtState *amt, SwmeClock *clock, const SwmeMachine *machine);
void amt_alarm_clock_free(AmtAlarmClock *alarms);

/* The first to come; NULL: none. */
const AmtAlarm *amt_alarm_next(const AmtState *amt);

#endif
