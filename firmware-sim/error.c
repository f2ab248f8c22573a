/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/error.h"

G_DEFINE_QUARK(swme - error - quark, swme_error)
