/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All classes. A new one is a line here and its table in a file of classes/. Where a base has
 * several classes, enumerating the base brings them in this order.
 */
#ifndef SWME_AMT_WSMAN_CLASSES_H
#define SWME_AMT_WSMAN_CLASSES_H

#include "firmware-sim/amt/wsman/class.h"

#define WSMAN_CLASSES(X) X(AMT_GeneralSettings)

#define WSMAN_DECLARE(name) extern const WsmanClass wsman_##name;
WSMAN_CLASSES(WSMAN_DECLARE)
#undef WSMAN_DECLARE

#endif
