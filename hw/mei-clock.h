/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The firmware's clock inside QEMU: the virtual one, which stands still with the machine. */
#ifndef SWME_MEI_CLOCK_H
#define SWME_MEI_CLOCK_H

#include "firmware-sim/clock.h"

/* To be copied: it has no state of its own. */
extern const SwmeClock mei_clock;

#endif
