/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SWME_AMT_WSMAN_CLASSES_BOOT_H
#define SWME_AMT_WSMAN_CLASSES_BOOT_H

#include "firmware-sim/amt/amt-state.h"

/* The host has started: what was set for that is used up (AMT SDK, single use). */
void wsman_boot_consumed(AmtState *amt);

#endif
