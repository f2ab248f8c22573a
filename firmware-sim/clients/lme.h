/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LME's sessions, for what in the firmware wants to reach the host's side of them. */
#ifndef SWME_CLIENTS_LME_H
#define SWME_CLIENTS_LME_H

#include "firmware-sim/bus/bus.h"
#include "firmware-sim/net/apf.h"

/* The session that came first of those that have got as far as forwarding; NULL: there is none. */
Apf *me_lme_session(const MeBus *bus);

#endif
