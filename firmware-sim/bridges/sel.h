/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An AMT event as records of IPMI's system event log. The first one says what IPMI has words for;
 * what it has no room for goes into a second one, of a maker's own type: severity, entity,
 * instance, and three bytes of data.
 *
 * Layout: IPMI 2.0, 32.1 and 32.2.
 */
#ifndef SWME_BRIDGES_SEL_H
#define SWME_BRIDGES_SEL_H

#include "firmware-sim/amt/event.h"

#define SWME_SEL_SIZE 16
/* Of these ids IPMI makes other use. */
#define SWME_SEL_FIRST 1
#define SWME_SEL_LAST  0xfffe

/* out has SWME_SEL_SIZE bytes. */
void swme_sel_encode(const AmtEvent *event, uint16_t id, uint8_t *out);
void swme_sel_encode_rest(const AmtEvent *event, uint16_t id, uint8_t *out);
/* False: not of the first kind. What it has no room for is as the catalogue has it. */
bool swme_sel_decode(AmtEvent *event, const uint8_t *record);

#endif
