/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the ME kernel's own interfaces, MKHI and MCHI, tell on each chipset generation, beside what
 * a platform's row says anyway (version, status words).
 */
#ifndef SWME_KERNEL_FACTS_H
#define SWME_KERNEL_FACTS_H

#include "firmware-sim/platform/platform.h"

#define SWME_NO_GROUP (-1)

typedef struct SwmeKernelFacts {
    uint8_t generation; /* the ME or CSME, by its major version, whose commands it knows */
    /* MKHI capability bits without AMT: what the SKU could have, and what of it is enabled */
    uint32_t capable;
    uint32_t enabled;
    uint32_t with_amt;    /* more of both, where AMT is */
    uint8_t hmrfpo;       /* MKHI_HMRFPO_..., after the BIOS has ended POST */
    int16_t silent_group; /* questions to it stay without an answer; or SWME_NO_GROUP */
    uint8_t oem_key_size; /* bytes of the hash of the OEM's key */
    uint16_t pmc_version[4];
} SwmeKernelFacts;

const SwmeKernelFacts *swme_kernel_facts(const SwmePlatform *platform);

#endif
