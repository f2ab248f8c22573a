/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/amt-filters.h"

#include <string.h>

/* The first ever made, and nobody can remove it. */
#define OWN_HANDLE 1

void amt_filters_init(AmtAlerts *alerts)
{
    alerts->last_handle = OWN_HANDLE;
    alerts->filter[0] = (AmtFilter){
        .handle = OWN_HANDLE,
        .enabled = true,
        .log = true,
        .alert = true,
        .policy = AMT_FILTER_OWN_POLICY,
        .sensor_device = AMT_FILTER_ANY,
        .sensor_type = 0xc0, /* AMT SDK, "User Notification Alert" */
        .event_type = 0x70,
        .offset = 0,
        .source = AMT_FILTER_ANY,
        .severity = AMT_FILTER_ANY,
        .sensor_number = AMT_FILTER_ANY,
        .entity = AMT_FILTER_ANY,
        .entity_instance = AMT_FILTER_ANY,
    };
}

bool amt_filter_is_own(const AmtFilter *filter)
{
    return filter->handle == OWN_HANDLE;
}

bool amt_filters_sane(const AmtAlerts *alerts)
{
    static const AmtFilter none;

    for (unsigned int i = 0; i < AMT_FILTERS; i++) {
        const AmtFilter *filter = &alerts->filter[i];

        if (amt_filter_is_own(filter) != (i == 0) ||
            (!filter->handle && memcmp(filter, &none, sizeof(none)) != 0) ||
            filter->handle > alerts->last_handle) {
            return false;
        }
    }
    return true;
}

bool amt_filters_add(AmtAlerts *alerts, const AmtFilter *filter, unsigned int *slot)
{
    for (unsigned int i = 0; i < AMT_FILTERS; i++) {
        if (!alerts->filter[i].handle && alerts->last_handle < UINT32_MAX) {
            alerts->filter[i] = *filter;
            alerts->filter[i].handle = ++alerts->last_handle;
            *slot = i;
            return true;
        }
    }
    return false;
}

static bool matches(const AmtFilter *filter, const AmtEvent *event)
{
    const uint32_t pairs[][2] = {
        {filter->sensor_device, event->sensor_device},
        {filter->sensor_type, event->sensor_type},
        {filter->event_type, event->event_type},
        {filter->offset, event->offset},
        {filter->source, event->source},
        {filter->severity, event->severity},
        {filter->sensor_number, event->sensor_number},
        {filter->entity, event->entity},
        {filter->entity_instance, event->entity_instance},
    };

    for (unsigned int i = 0; i < G_N_ELEMENTS(pairs); i++) {
        if (pairs[i][0] != AMT_FILTER_ANY && pairs[i][0] != pairs[i][1]) {
            return false;
        }
    }
    return filter->handle && filter->enabled;
}

bool amt_filters_log(const AmtAlerts *alerts, const AmtEvent *event)
{
    for (unsigned int i = 0; i < AMT_FILTERS; i++) {
        if (alerts->filter[i].log && matches(&alerts->filter[i], event)) {
            return true;
        }
    }
    return false;
}

bool amt_filters_alert(const AmtAlerts *alerts, uint32_t policy, const AmtEvent *event)
{
    for (unsigned int i = 0; i < AMT_FILTERS; i++) {
        const AmtFilter *filter = &alerts->filter[i];

        if (filter->policy == policy && filter->alert && matches(filter, event)) {
            return true;
        }
    }
    return false;
}
