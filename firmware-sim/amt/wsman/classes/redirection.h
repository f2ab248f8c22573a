/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SWME_AMT_WSMAN_CLASSES_REDIRECTION_H
#define SWME_AMT_WSMAN_CLASSES_REDIRECTION_H

#include "firmware-sim/amt/wsman/class.h"

/* Need the user not be asked, or has the user agreed? In client control mode always ask. */
bool wsman_consent_given(const WsmanCall *call);

#endif
