/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How methods are told of a server or proxy: AccessInfo, of the kind InfoFormat, and Port. */
#ifndef SWME_AMT_WSMAN_CLASSES_ACCESS_INFO_H
#define SWME_AMT_WSMAN_CLASSES_ACCESS_INFO_H

#include "firmware-sim/amt/wsman/class.h"

/* AccessInfo if it is what InfoFormat says, else NULL. format: AMT_INFO_*. */
const char *wsman_take_address(WsmanCall *call, uint32_t *format);
/* False: there is none. */
bool wsman_take_port(WsmanCall *call, uint32_t *port);

#endif
