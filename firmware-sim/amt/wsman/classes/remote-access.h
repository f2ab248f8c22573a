/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What servers that AMT may call and the policies by which it would have to do with each other. */
#ifndef SWME_WSMAN_REMOTE_ACCESS_H
#define SWME_WSMAN_REMOTE_ACCESS_H

#include "firmware-sim/amt/wsman/class.h"

/* The server with that handle; NULL: none. */
const AmtMps *wsman_mps_find(const AmtStored *kept, uint32_t handle);

/* AddRemoteAccessPolicyRule. */
extern const WsmanParameter wsman_add_policy_in[];
uint32_t wsman_add_policy(WsmanCall *call, unsigned int slot, WsmanOut *out);

#endif
