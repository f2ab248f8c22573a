/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What AMT_PublicKeyManagementService does with AMT_CRL. */
#ifndef SWME_AMT_WSMAN_CLASSES_CRL_H
#define SWME_AMT_WSMAN_CLASSES_CRL_H

#include "firmware-sim/amt/wsman/class.h"

extern const WsmanParameter wsman_add_crl_in[];
uint32_t wsman_add_crl(WsmanCall *call, unsigned int slot, WsmanOut *out);
uint32_t wsman_reset_crls(WsmanCall *call, unsigned int slot, WsmanOut *out);

#endif
