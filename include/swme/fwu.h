/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/*
 * The firmware update client: a message id, then data; an answer's id is the request's plus one,
 * and a status is in front of its data. Offsets in bytes, little-endian; a version is major, minor,
 * hotfix, build, each u16.
 * Sources: intel/lms FWUpdateClient, lms8 FWULCommand.h.
 */
#ifndef SWME_FWU_H
#define SWME_FWU_H

#define FWU_HEADER_SIZE  4 /* u32 id */
#define FWU_OFF_STATUS   4 /* u32, answers only */
#define FWU_ANSWER_SIZE  8 /* at least */
#define FWU_VERSION_SIZE 8

#define FWU_GET_VERSION 0
#define FWU_START       2
#define FWU_DATA        4
#define FWU_END         6
#define FWU_GET_INFO    8

/* The answer to GET_VERSION */
#define FWU_VERSION_OFF_SKU         8  /* u32 */
#define FWU_VERSION_OFF_ICH         12 /* u32 */
#define FWU_VERSION_OFF_MCH         16 /* u32 */
#define FWU_VERSION_OFF_VENDOR      20 /* u32 */
#define FWU_VERSION_OFF_LAST_STATUS 24 /* u32, of the last update */
#define FWU_VERSION_OFF_HW_SKU      28 /* u32 */
#define FWU_VERSION_OFF_CODE        32 /* version */
#define FWU_VERSION_OFF_AMT         40 /* version */
#define FWU_VERSION_OFF_INTERFACES  48 /* u16, by which an update is possible */
#define FWU_VERSION_ANSWER_SIZE     52

/* The answer to GET_INFO */
#define FWU_INFO_OFF_MEBX           8  /* version */
#define FWU_INFO_OFF_FLASH_OVERRIDE 16 /* u32 */
#define FWU_INFO_OFF_MODE           20 /* u32 */
#define FWU_INFO_OFF_BOOT_STATE     24 /* u32 */
#define FWU_INFO_OFF_FLAGS          28 /* u32 */
#define FWU_INFO_OFF_BIOS           32
#define FWU_INFO_BIOS_SIZE          20
#define FWU_INFO_ANSWER_SIZE        52

#define FWU_MODE_NONE 0
#define FWU_MODE_AMT  1

#define FWU_FLAG_CRYPTO_FUSE        0x00000001u
#define FWU_FLAG_FLASH_PROTECTION   0x00000002u
#define FWU_FLAG_RESET_REASON_SHIFT 4 /* 2 bits */

/* AMT 3: the id of an answer is a u8, which moves all behind it. */
#define FWU_3_HEADER_SIZE          1
#define FWU_3_OFF_STATUS           1
#define FWU_3_ANSWER_SIZE          5
#define FWU_3_VERSION_OFF_SKU      5
#define FWU_3_VERSION_OFF_VENDOR   17
#define FWU_3_VERSION_OFF_CODE     21
#define FWU_3_VERSION_OFF_RECOVERY 29
#define FWU_3_VERSION_ANSWER_SIZE  47

#define FWU_STATUS_SUCCESS       0
#define FWU_STATUS_NOT_AVAILABLE 0x18

#endif
