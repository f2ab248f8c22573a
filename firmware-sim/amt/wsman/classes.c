/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/wsman/classes.h"

#define WSMAN_ROW(name) &wsman_##name,
const WsmanClass *const wsman_classes[] = {WSMAN_CLASSES(WSMAN_ROW) NULL};
