/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What wireless profiles and the wired port have of 802.1x. */
#ifndef SWME_WSMAN_IEEE8021X_H
#define SWME_WSMAN_IEEE8021X_H

#include "firmware-sim/amt/wsman/classes/texts.h"

/* The settings that the call has come to; x was zeros, and its blobs are the caller's. False: they
 * cannot be. */
bool wsman_take_8021x(WsmanCall *call, Amt8021x *x);
/* The certificate's handle; absent: 0. False: it is none of AMT's. */
bool wsman_take_certificate(WsmanCall *call, const char *name, uint32_t *handle);
/* The slot of the certificate with that handle; AMT_CERTIFICATES: none. */
unsigned int wsman_certificate_slot(const WsmanCall *call, uint32_t handle);
/* Is it for 802.1x, or for a server that AMT may call? */
bool wsman_certificate_kept(const WsmanCall *call, uint32_t handle);

#endif
