/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/*
 * MKHI, the ME kernel's host interface: a 4-byte header (group, command with the response bit,
 * reserved, result), then data. Offsets count from the start of the message, in bytes.
 * Sources: Linux mkhi.h and bus-fixup.c, intel/lms MKHIClient, coreboot cse.h and cse_lite.c,
 * slimbootloader MkhiMsgs.h, intelmetool me.h, a public capture of ME 11.8.50.3425.
 */
#ifndef SWME_MKHI_H
#define SWME_MKHI_H

#define MKHI_HEADER_SIZE 4
#define MKHI_OFF_GROUP   0
#define MKHI_OFF_COMMAND 1
#define MKHI_OFF_RESULT  3
#define MKHI_RESPONSE    0x80 /* in the command byte */

/* Groups */
#define MKHI_GROUP_CBM     0x00 /* core BIOS messages */
#define MKHI_GROUP_FWCAPS  0x03
#define MKHI_GROUP_HMRFPO  0x05 /* host ME region flash protection override */
#define MKHI_GROUP_MCA     0x0a /* <swme/mca.h> */
#define MKHI_GROUP_BUP     0xf0 /* bring-up: boot partitions, boot performance */
#define MKHI_GROUP_GENERAL 0xff

/* Group CBM */
#define MKHI_CBM_GLOBAL_RESET          0x0b
#define MKHI_CBM_GLOBAL_RESET_REQ_SIZE 6 /* header, u8 origin, u8 type */

/* Group FWCAPS */
#define MKHI_FWCAPS_GET_RULE       0x02
#define MKHI_FWCAPS_SET_RULE       0x03
#define MKHI_FWCAPS_SET_OS_VERSION 0x06 /* how Linux tells the operating system's version */

#define MKHI_GET_RULE_REQ_SIZE 8 /* header, u32 rule */
#define MKHI_RULE_OFF_ID       4
#define MKHI_RULE_OFF_LENGTH   8 /* u8, then as many bytes of data */
#define MKHI_RULE_OFF_DATA     9

#define MKHI_RULE_SKU_CAPABILITIES   0x00
#define MKHI_RULE_FW_UPDATE          0x07
#define MKHI_RULE_PLATFORM_TYPE      0x1d
#define MKHI_RULE_FEATURES_ENABLED   0x20
#define MKHI_RULE_FEATURES_AVAILABLE 0x27

#define MKHI_FW_UPDATE_DISABLED 0
#define MKHI_FW_UPDATE_ENABLED  1
#define MKHI_FW_UPDATE_PASSWORD 2

/* SET_OS_VERSION (Linux bus-fixup.c) */
#define MKHI_OS_VERSION_SIZE        17 /* with the header */
#define MKHI_OS_VERSION_OFF_FEATURE 6  /* u8 */
#define MKHI_OS_VERSION_FEATURE     0x10
#define MKHI_OS_VERSION_OFF_LENGTH  8 /* u8, 8 */
#define MKHI_OS_VERSION_OFF_BUILD   9 /* u16 */
#define MKHI_OS_VERSION_OFF_OS      13
#define MKHI_OS_VERSION_OFF_MAJOR   14
#define MKHI_OS_VERSION_OFF_MINOR   15
#define MKHI_OS_LINUX               2

/* SET_RULE: header, u32 rule, u8 length, data */
#define MKHI_SET_RULE_REQ_MIN 9

/* Group HMRFPO */
#define MKHI_HMRFPO_ENABLE          0x01
#define MKHI_HMRFPO_ENABLE_REQ_SIZE 12 /* header, u64 nonce */
#define MKHI_HMRFPO_LOCK            0x02
#define MKHI_HMRFPO_STATUS          0x03
#define MKHI_HMRFPO_LOCK_NO_ANSWER  0x05
#define MKHI_HMRFPO_STATUS_RES_SIZE 8 /* header, u8 status, 3 reserved */
#define MKHI_HMRFPO_OFF_STATUS      4
#define MKHI_HMRFPO_DISABLED        0
#define MKHI_HMRFPO_LOCKED          1
#define MKHI_HMRFPO_ENABLED         2

/* Group BUP */
#define MKHI_BUP_ME_ENABLE              0x03
#define MKHI_BUP_BOOT_PERFORMANCE       0x08 /* header, u32 version, u32 count, 64 x u32 ms */
#define MKHI_BUP_BOOT_PARTITION_INFO    0x1c
#define MKHI_BUP_SET_BOOT_PARTITION     0x1d
#define MKHI_BUP_CLEAR_DATA             0x20
#define MKHI_BOOT_PERFORMANCE_OFF_COUNT 8
#define MKHI_BOOT_PERFORMANCE_OFF_TIMES 12
#define MKHI_BOOT_PERFORMANCE_TIMES     64

/* Group GENERAL */
#define MKHI_GEN_MKHI_VERSION        0x01
#define MKHI_GEN_FW_VERSION          0x02
#define MKHI_GEN_BOOT_STATE          0x0a /* header, u32 MKHI_BOOT_..., u32 */
#define MKHI_GEN_END_OF_POST         0x0c /* header, u32 MKHI_EOP_... */
#define MKHI_GEN_UNCONFIGURE         0x0d /* AMT, without its password */
#define MKHI_GEN_SET_DEBUG_MEMORY    0x11
#define MKHI_GEN_FEATURE_OVERRIDE    0x14 /* asks u32 enable, u32 disable; header, u32 status */
#define MKHI_GEN_IMAGE_TYPE          0x18 /* header, u32: not 0 of a production image */
#define MKHI_GEN_EOP_NO_ANSWER       0x1a
#define MKHI_GEN_IMAGE_FW_VERSION    0x1c /* asks u32 partition; header, u32 count, modules */
#define MKHI_GEN_EOP_STATE           0x1d /* header, u32, its low byte the state */
#define MKHI_GEN_MEASURED_BOOT_STATE 0x23 /* header, u8 */
#define MKHI_FW_VERSION_BLOCK_SIZE   8 /* u16 minor, u8 major, u8 platform, u16 build, u16 hotfix */
#define MKHI_FW_VERSION_BLOCKS_MAX   3 /* running code, recovery, FITC */
#define MKHI_FW_VERSION_OFF_MINOR    0
#define MKHI_FW_VERSION_OFF_MAJOR    2
#define MKHI_FW_VERSION_OFF_PLATFORM 3
#define MKHI_FW_VERSION_OFF_BUILD    4
#define MKHI_FW_VERSION_OFF_HOTFIX   6

#define MKHI_BOOT_END_OF_POST 0x1u
#define MKHI_BOOT_CORE_BIOS   0x2u /* "core BIOS done" has come too */
#define MKHI_EOP_CONTINUE     0
#define MKHI_EOP_GLOBAL_RESET 1

#define MKHI_FEATURE_OVERRIDE_REQ_SIZE 12
#define MKHI_FEATURE_OVERRIDE_REJECTED 1

#define MKHI_IMAGE_FW_VERSION_REQ_SIZE 8
#define MKHI_PARTITION_PMCP            0x50434d50u /* "PMCP": power management controller */
#define MKHI_IMAGE_OFF_COUNT           4
#define MKHI_IMAGE_OFF_MODULES         8
#define MKHI_MODULE_SIZE               88 /* name 12, u16 major, minor, hotfix, build, u32 vendor, 64 */
#define MKHI_MODULE_NAME_SIZE          12
#define MKHI_MODULE_OFF_VERSION        12
#define MKHI_MODULE_OFF_VENDOR         20

/* Capability bits of the rules SKU_CAPABILITIES, FEATURES_ENABLED, FEATURES_AVAILABLE */
#define MKHI_CAP_AMT  0x00000004u
#define MKHI_CAP_PSR  0x00000020u
#define MKHI_CAP_CLS  0x00000040u
#define MKHI_CAP_PAVP 0x00001000u
#define MKHI_CAP_RCA  0x00004000u
#define MKHI_CAP_IPV6 0x00020000u
#define MKHI_CAP_KVM  0x00040000u
#define MKHI_CAP_DAL  0x00100000u
#define MKHI_CAP_TLS  0x00200000u
#define MKHI_CAP_CILA 0x00400000u
#define MKHI_CAP_PTT  0x20000000u

/* Bits of the rule PLATFORM_TYPE: LMS serves nothing unless image type is 4 and brand 1 to 3 */
#define MKHI_PLATFORM_MOBILE          0x00000001u
#define MKHI_PLATFORM_DESKTOP         0x00000002u
#define MKHI_PLATFORM_SERVER          0x00000004u
#define MKHI_PLATFORM_WORKSTATION     0x00000008u
#define MKHI_PLATFORM_PRODUCTION      0x00000080u
#define MKHI_PLATFORM_IMAGE_SHIFT     8
#define MKHI_PLATFORM_IMAGE_CONSUMER  3u
#define MKHI_PLATFORM_IMAGE_CORPORATE 4u
#define MKHI_PLATFORM_BRAND_SHIFT     12
#define MKHI_PLATFORM_BRAND_NONE      0u
#define MKHI_PLATFORM_BRAND_AMT       1u

/* Results */
#define MKHI_RESULT_SUCCESS         0x00
#define MKHI_RESULT_INVALID_STATE   0x01
#define MKHI_RESULT_SIZE            0x05
#define MKHI_RESULT_NOT_SUPPORTED   0x89
#define MKHI_RESULT_INVALID_COMMAND 0x8d
#define MKHI_RESULT_PARAMETERS      0x85

#endif
