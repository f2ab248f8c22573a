/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of System Defense's classes share. */
#ifndef SWME_AMT_WSMAN_CLASSES_DEFENSE_H
#define SWME_AMT_WSMAN_CLASSES_DEFENSE_H

#include "firmware-sim/amt/amt-breaker.h"
#include "firmware-sim/amt/wsman/classes.h"

#define DEFENSE_SINCE  3
#define DEFENSE_REALM  WSMAN_REALM_CIRCUIT_BREAKER
#define DEFENSE_SYSTEM "Intel(r) AMT"

/* "Can only be set over the network interface", not by the host itself (AMT SDK, "System Defense
 * Policies"). */
static inline bool defense_may_set(const WsmanCall *call)
{
    return wsman_caller(call)->peer.door != SWME_DOOR_LOCAL;
}

WsmanFault defense_fault(AmtDefenseStatus status);
/* The class that a filter in that slot has. */
const WsmanClass *defense_filter_class(const WsmanCall *call, unsigned int slot);

#endif
