/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a platform's row means for the register block. */
#ifndef SWME_HECI_PLATFORM_H
#define SWME_HECI_PLATFORM_H

#include "firmware-sim/platform/platform.h"
#include "hw/heci.h"

static inline HeciConfig heci_platform_config(const SwmePlatform *platform)
{
    return (HeciConfig){
        .h_depth = platform->h_depth,
        .me_depth = platform->me_depth,
        .d0i3 = platform->power_gating == SWME_PG_D0I3,
        .pgi = platform->power_gating == SWME_PG_PGI,
        .trc = platform->trc,
    };
}

#endif
