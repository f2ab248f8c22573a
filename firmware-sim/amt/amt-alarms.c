/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/amt-alarms.h"

#include <string.h>

struct AmtAlarmClock {
    AmtState *amt;
    SwmeClock *clock;
    SwmeMachine machine;
    SwmeTimer *timer;
    unsigned int subscription;
};

const AmtAlarm *amt_alarm_next(const AmtState *amt)
{
    const AmtAlarms *alarms = &amt_state_data(amt)->alarms;
    const AmtAlarm *next = NULL;

    for (unsigned int i = 0; i < AMT_ALARMS; i++) {
        const AmtAlarm *alarm = &alarms->alarm[i];

        if (*alarm->id && alarm->start_s > amt_state_time(amt) &&
            (!next || alarm->start_s < next->start_s)) {
            next = alarm;
        }
    }
    return next;
}

static void arm(AmtAlarmClock *alarms)
{
    const AmtAlarm *next = amt_alarm_next(alarms->amt);
    const SwmeMachineOps *ops = alarms->machine.ops;
    int64_t delay_s = next ? next->start_s - amt_state_time(alarms->amt) : -1;

    /* Farther away than any timer reaches: armed by whatever changes before. */
    if (next && delay_s < AMT_RUNNING_MAX / SWME_NS_PER_S / 2) {
        int64_t fraction_ns = amt_state_running(alarms->amt) % SWME_NS_PER_S;

        alarms->clock->timer_arm(alarms->timer, alarms->clock->now(alarms->clock) +
                                                    delay_s * SWME_NS_PER_S - fraction_ns);
    } else {
        alarms->clock->timer_cancel(alarms->timer);
    }
    if (ops && ops->wake_in) {
        ops->wake_in(alarms->machine.opaque, delay_s);
    }
}

/* What is due and comes again comes next; what does not goes if it was to. */
static void step(AmtAlarm *alarm, int64_t now)
{
    if (!*alarm->id || alarm->start_s > now) {
        return;
    }
    if (alarm->interval_s) {
        alarm->start_s += ((now - alarm->start_s) / alarm->interval_s + 1) * alarm->interval_s;
    } else if (alarm->once) {
        memset(alarm, 0, sizeof(*alarm));
    }
}

static void fired(void *opaque)
{
    AmtAlarmClock *alarms = opaque;
    const SwmeMachineOps *ops = alarms->machine.ops;
    AmtAlarms changed = amt_state_data(alarms->amt)->alarms;

    for (unsigned int i = 0; i < AMT_ALARMS; i++) {
        step(&changed.alarm[i], amt_state_time(alarms->amt));
    }
    if (ops && ops->power && ops->act && ops->power(alarms->machine.opaque) != SWME_HOST_S0) {
        ops->act(alarms->machine.opaque, SWME_POWER_ON);
    }
    amt_state_set_alarms(alarms->amt, &changed);
    arm(alarms);
}

static void on_change(void *opaque, AmtState *amt, unsigned int changed)
{
    (void)amt;
    (void)changed;
    arm(opaque);
}

AmtAlarmClock *amt_alarm_clock_new(AmtState *amt, SwmeClock *clock, const SwmeMachine *machine)
{
    AmtAlarmClock *alarms = g_new0(AmtAlarmClock, 1);

    alarms->amt = amt;
    alarms->clock = clock;
    alarms->machine = *machine;
    alarms->timer = clock->timer_new(clock, fired, alarms);
    alarms->subscription =
        amt_state_subscribe(amt, AMT_CHANGED_ALARMS | AMT_CHANGED_CLOCK, on_change, alarms);
    if (amt_alarm_next(amt)) {
        arm(alarms);
    }
    return alarms;
}

void amt_alarm_clock_free(AmtAlarmClock *alarms)
{
    if (alarms) {
        amt_state_unsubscribe(alarms->amt, alarms->subscription);
        alarms->clock->timer_free(alarms->timer);
        g_free(alarms);
    }
}
