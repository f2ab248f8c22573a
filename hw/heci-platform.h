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

/* The dword of configuration space at offset, for a device without one: identity, status words. */
static inline uint32_t heci_platform_config_read(const SwmePlatform *platform,
                                                 const uint32_t *status, uint32_t offset)
{
    static const uint8_t hfs[HECI_HFS_COUNT] = {
        HECI_CFG_HFS1, HECI_CFG_HFS2, HECI_CFG_HFS3, HECI_CFG_HFS4, HECI_CFG_HFS5, HECI_CFG_HFS6,
    };

    switch (offset) {
    case 0x00:
        return (uint32_t)platform->pci_device_id << 16 | HECI_PCI_VENDOR_ID;
    case 0x08:
        return (uint32_t)HECI_PCI_CLASS << 16 | platform->pci_revision;
    default:
        for (unsigned int i = 0; i < HECI_HFS_COUNT; i++) {
            if (hfs[i] == offset) {
                return status[i];
            }
        }
        return 0;
    }
}

#endif
