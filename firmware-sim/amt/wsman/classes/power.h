/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SWME_AMT_WSMAN_CLASSES_POWER_H
#define SWME_AMT_WSMAN_CLASSES_POWER_H

#include "firmware-sim/amt/wsman/class.h"

/* Is that instance of AMT_SystemPowerScheme the one that holds? */
bool wsman_power_scheme_is_current(const WsmanCall *call, unsigned int slot);

#endif
