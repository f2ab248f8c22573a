/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AMT_AlarmClockService, IPS_AlarmClockOccurrence: go-wsman-messages amt/alarmclock,
 * ips/alarmclock. */
#include <string.h>

#include "firmware-sim/amt/amt-alarms.h"
#include "firmware-sim/amt/wsman/classes.h"

#define SINCE 8
#define OWN   (WSMAN_REALM_ADMINISTRATION | WSMAN_REALM_REMOTE_CONTROL)

static const AmtAlarm *alarm_at(const WsmanCall *call, unsigned int slot)
{
    return &wsman_data(call)->alarms.alarm[slot];
}

static bool alarm_present(const WsmanCall *call, unsigned int slot)
{
    return *alarm_at(call, slot)->id != '\0';
}

static void alarm_interval(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_interval(out, alarm_at(call, slot)->interval_s);
}

static WsmanFault remove_alarm(WsmanCall *call, unsigned int slot)
{
    memset(&wsman_change(call)->alarms.alarm[slot], 0, sizeof(AmtAlarm));
    return WSMAN_FINE;
}

static const WsmanProperty occurrence[] = {
    WSMAN_EACH("DeleteOnCompletion", WSMAN_BOOL, 0, alarms.alarm, once),
    WSMAN_EACH("ElementName", WSMAN_TEXT, 0, alarms.alarm, name),
    WSMAN_EACH("InstanceID", WSMAN_TEXT, WSMAN_KEY, alarms.alarm, id),
    WSMAN_GET("Interval", WSMAN_INTERVAL, 0, alarm_interval),
    WSMAN_EACH("StartTime", WSMAN_TIME, 0, alarms.alarm, start_s),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_IPS_AlarmClockOccurrence = {
    .name = "IPS_AlarmClockOccurrence",
    .since_major = SINCE,
    .read = OWN,
    .write = OWN,
    .slots = AMT_ALARMS,
    .present = alarm_present,
    .properties = occurrence,
    .remove = remove_alarm,
};

/* ---- the service ---- */

static bool take_text(WsmanCall *call, const char *name, char *out)
{
    const char *text = wsman_text(call, name, 0);

    if (!text || !*text || strlen(text) >= AMT_NAME_SIZE) {
        return false;
    }
    for (const char *c = text; *c; c++) {
        if (!g_ascii_isprint(*c)) {
            return false;
        }
    }
    g_strlcpy(out, text, AMT_NAME_SIZE);
    return true;
}

static bool take_time(WsmanCall *call, const char *name, int64_t *seconds)
{
    const char *text = wsman_text(call, name, 0);
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autoptr(GDateTime) date = text ? g_date_time_new_from_iso8601(text, utc) : NULL;

    *seconds = date ? g_date_time_to_unix(date) : 0;
    return *seconds > 0;
}

/* ISO 8601: P1DT2H3M, of which any part may be missing. False: it is none. */
static bool take_interval(WsmanCall *call, const char *name, int64_t *seconds)
{
    static const struct {
        char letter;
        int64_t seconds;
    } units[] = {{'D', 86400}, {'H', 3600}, {'M', 60}, {'S', 1}};
    const char *at = wsman_text(call, name, 0);
    size_t unit = 0;

    *seconds = 0;
    if (!at) {
        return true;
    }
    if (*at++ != 'P') {
        return false;
    }
    while (*at) {
        char *end;
        guint64 number;

        at += *at == 'T';
        if (!g_ascii_isdigit(*at)) {
            return *at == '\0';
        }
        number = g_ascii_strtoull(at, &end, 10);
        while (unit < G_N_ELEMENTS(units) && units[unit].letter != *end) {
            unit++;
        }
        if (unit == G_N_ELEMENTS(units) || number > 100000) {
            return false;
        }
        *seconds += (int64_t)number * units[unit++].seconds;
        at = end + 1;
    }
    return true;
}

static WsmanFault take_alarm(WsmanCall *call, unsigned int *slot)
{
    AmtAlarms *alarms = &wsman_change(call)->alarms;
    AmtAlarm alarm = {0};

    if (!take_text(call, "InstanceID", alarm.id) ||
        (wsman_has(call, "ElementName") && !take_text(call, "ElementName", alarm.name)) ||
        !take_time(call, "StartTime", &alarm.start_s) ||
        !take_interval(call, "Interval", &alarm.interval_s)) {
        return WSMAN_FAULT_INVALID_VALUES;
    }
    alarm.once = wsman_bool(call, "DeleteOnCompletion");
    for (*slot = 0; *slot < AMT_ALARMS; (*slot)++) {
        if (strcmp(alarms->alarm[*slot].id, alarm.id) == 0) {
            return WSMAN_FAULT_MISSING_VALUES; /* as AMT has it for one of that name */
        }
    }
    for (*slot = 0; *slot < AMT_ALARMS; (*slot)++) {
        if (!*alarms->alarm[*slot].id) {
            alarms->alarm[*slot] = alarm;
            return WSMAN_FINE;
        }
    }
    return WSMAN_FAULT_QUOTA;
}

static uint32_t add_alarm(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    unsigned int at = 0;
    WsmanFault fault = WSMAN_FAULT_MISSING_VALUES;

    (void)slot;
    if (wsman_enter(call, "AlarmTemplate")) {
        fault = take_alarm(call, &at);
        wsman_leave(call);
    }
    if (fault != WSMAN_FINE) {
        wsman_fail(call, fault);
        return WSMAN_PT_INVALID_PARAMETER;
    }
    wsman_out_name(out, "AlarmClock");
    wsman_out_reference(out, call, &wsman_IPS_AlarmClockOccurrence, at);
    return WSMAN_PT_SUCCESS;
}

static void next_time(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const AmtAlarm *next = amt_alarm_next(wsman_amt(call));

    (void)slot;
    if (next) {
        wsman_out_time(out, next->start_s);
    }
}

static void next_interval(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const AmtAlarm *next = amt_alarm_next(wsman_amt(call));

    (void)slot;
    if (next && next->interval_s) {
        wsman_out_interval(out, next->interval_s);
    }
}

static const WsmanParameter add_in[] = {{"AlarmTemplate", WSMAN_OBJECT, 0, 0}, {NULL, 0, 0, 0}};

static const WsmanMethod alarm_methods[] = {
    {"AddAlarm", add_in, "AlarmClock", add_alarm, OWN, WSMAN_PT_INVALID_PARAMETER, false},
    {.name = NULL},
};

static const WsmanProperty alarm_service[] = {
    WSMAN_SERVICE_KEYS("AMT_AlarmClockService", "Intel(r) AMT Alarm Clock Service",
                       "ManagedSystem"),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Alarm Clock Service"),
    WSMAN_GET("AMTAlarmClockInterval", WSMAN_INTERVAL, 0, next_interval),
    WSMAN_GET("NextAMTAlarmTime", WSMAN_TIME, 0, next_time),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_AlarmClockService = {
    .name = "AMT_AlarmClockService",
    .base = "CIM_Service",
    .since_major = SINCE,
    .read = OWN,
    .slots = 1,
    .properties = alarm_service,
    .methods = alarm_methods,
};
