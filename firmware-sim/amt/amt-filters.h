/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Event filters: what an owner wants logged, and alerted of to the subscribers of a policy, besides
 * what firmware does by itself. AMT SDK, "Event Filters"; AMT_PETFilterSetting.
 */
#ifndef SWME_AMT_FILTERS_H
#define SWME_AMT_FILTERS_H

#include "firmware-sim/amt/event.h"

#define AMT_FILTER_ANY 0xff
/* The one that is always there, in slot 0: notifications to the user. */
#define AMT_FILTER_OWN_POLICY 134

void amt_filters_init(AmtAlerts *alerts);
/* For amt-coherent.c. */
bool amt_filters_sane(const AmtAlerts *alerts);

/* Takes the filter in, and gives it its handle. False: there is no room. */
bool amt_filters_add(AmtAlerts *alerts, const AmtFilter *filter, unsigned int *slot);
bool amt_filter_is_own(const AmtFilter *filter);

bool amt_filters_log(const AmtAlerts *alerts, const AmtEvent *event);
bool amt_filters_alert(const AmtAlerts *alerts, uint32_t policy, const AmtEvent *event);

#endif
