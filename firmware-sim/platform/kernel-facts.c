/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One row for each generation. Recorded: the capabilities, the HMRFPO status and the silence of
 * group 0xf0 on ME 11.8.50, the size of the key's hash on A0E0 (fwupd's fixture; its source names
 * 0x20 for Ice Lake to Comet Lake). All else is inferred: when a feature came, as intel/lms
 * GetFWCapsCommand.h and the AMT SDK date it, and HMRFPO locked, as coreboot leaves it at the end
 * of POST.
 */
#include "firmware-sim/platform/kernel-facts.h"

#include <swme/mkhi.h>

#define AMT_2 (MKHI_CAP_AMT | MKHI_CAP_TLS)
#define AMT_6 (AMT_2 | MKHI_CAP_IPV6 | MKHI_CAP_KVM | MKHI_CAP_CILA)
/* PSR came with vPro on Tiger Lake. */
#define AMT_15 (AMT_6 | MKHI_CAP_PSR)

#define ME_4  MKHI_CAP_PAVP
#define ME_6  (ME_4 | MKHI_CAP_CLS)
#define ME_7  (ME_6 | MKHI_CAP_DAL)
#define ME_9  (ME_7 | MKHI_CAP_PTT)
#define ME_11 0x31101140u

/* The same, capable and enabled; or as recorded, all but PTT, which the owner enables. */
#define CAPABLE(bits_)   .capable = (bits_), .enabled = (bits_)
#define WITHOUT_PTT      .capable = ME_11, .enabled = ME_11 & ~MKHI_CAP_PTT
#define LOCKED           .hmrfpo = MKHI_HMRFPO_LOCKED
#define ANSWERS          .silent_group = SWME_NO_GROUP
#define OLD(generation_) .generation = (generation_), LOCKED, ANSWERS
#define CSME(generation_, amt_, key_size_) \
    OLD(generation_), WITHOUT_PTT, .with_amt = (amt_), .oem_key_size = (key_size_)
#define PMC(...) .pmc_version = {__VA_ARGS__}
#define RECORDED_11 \
    .generation = 11, WITHOUT_PTT, .hmrfpo = MKHI_HMRFPO_ENABLED, .silent_group = MKHI_GROUP_BUP

static const SwmeKernelFacts facts[SWME_ERA_COUNT] = {
    [SWME_ERA_ICH8] = {OLD(2), .with_amt = AMT_2},
    [SWME_ERA_ICH9] = {OLD(3), .with_amt = AMT_2},
    [SWME_ERA_ICH10] = {OLD(5), CAPABLE(ME_4), .with_amt = AMT_2},
    [SWME_ERA_5_SERIES] = {OLD(6), CAPABLE(ME_6), .with_amt = AMT_6},
    [SWME_ERA_6_SERIES] = {OLD(7), CAPABLE(ME_7), .with_amt = AMT_6},
    [SWME_ERA_7_SERIES] = {OLD(8), CAPABLE(ME_7), .with_amt = AMT_6},
    [SWME_ERA_8_SERIES] = {OLD(9), CAPABLE(ME_9), .with_amt = AMT_6},
    [SWME_ERA_100_SERIES] = {RECORDED_11, .with_amt = AMT_6, .oem_key_size = 32},
    [SWME_ERA_300_SERIES] = {CSME(12, AMT_6, 32), PMC(300, 2, 11, 1025)},
    [SWME_ERA_ICE_LAKE] = {CSME(13, AMT_6, 32), PMC(130, 1, 10, 1006)},
    [SWME_ERA_400_SERIES] = {CSME(14, AMT_6, 32), PMC(140, 2, 1, 1019)},
    [SWME_ERA_500_SERIES] = {CSME(15, AMT_15, 48), PMC(150, 1, 20, 1039)},
    [SWME_ERA_600_SERIES] = {CSME(16, AMT_15, 48), PMC(160, 1, 0, 1029)},
    [SWME_ERA_800_SERIES] = {CSME(18, AMT_15, 48), PMC(180, 1, 0, 1012)},
    /* Security and innovation engines: as a CSME 11 without what was recorded on a PCH. */
    [SWME_ERA_ATOM] = {CSME(11, 0, 32)},
    [SWME_ERA_SERVER] = {CSME(11, 0, 32)},
};

const SwmeKernelFacts *swme_kernel_facts(const SwmePlatform *platform)
{
    return &facts[platform->era];
}
