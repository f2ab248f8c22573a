/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/*
 * PSR, the platform service record: a 4-byte header, in answers a status, then data. Offsets in
 * bytes from the start of the message, little-endian. The record is that of version 2; version 1
 * has no capabilities and one ledger. Sources: intel/lms PSRClient, coreboot cse.h (backup).
 */
#ifndef SWME_PSR_H
#define SWME_PSR_H

#define PSR_HEADER_SIZE 4
#define PSR_OFF_COMMAND 0
#define PSR_OFF_LENGTH  2 /* u16: bytes behind the header */
#define PSR_OFF_STATUS  4 /* u32, answers only */
#define PSR_ANSWER_SIZE 8 /* at least */

#define PSR_DOWNGRADE_BACKUP 3 /* by the BIOS */
#define PSR_RECORD_GET       10

#define PSR_NONCE_SIZE       20
#define PSR_REQUEST_GET_SIZE 24

/* The answer to RECORD_GET */
#define PSR_OFF_LOG_STATE       8  /* u32 */
#define PSR_OFF_VERSION_MAJOR   12 /* u16, then the minor one */
#define PSR_OFF_VERSION_MINOR   14
#define PSR_OFF_ID              16
#define PSR_ID_SIZE             16
#define PSR_OFF_UPID            32 /* the OEM's, then CSME's */
#define PSR_OFF_GENESIS_DATE    96 /* u32 */
#define PSR_OFF_GENESIS_OEM     100
#define PSR_OFF_GENESIS_MAKE    164
#define PSR_OFF_GENESIS_MODEL   228
#define PSR_OFF_GENESIS_COUNTRY 292
#define PSR_GENESIS_TEXT_SIZE   64
#define PSR_OFF_GENESIS_STORE   356  /* 1024 */
#define PSR_OFF_CAPABILITIES    1380 /* 32 */
#define PSR_OFF_LEDGER          1412 /* 32 u32 */
#define PSR_OFF_EVENT_COUNT     1540 /* u32 */
#define PSR_OFF_EVENTS          1544 /* 100 of 12 */
#define PSR_OFF_HASH            2744
#define PSR_HASH_SIZE           64
#define PSR_OFF_USER_NONCE      2808
#define PSR_OFF_CSME_NONCE      2828
#define PSR_OFF_FIRMWARE        2848 /* 4 u16 */
#define PSR_OFF_SIGNING         2856 /* u32 */
#define PSR_OFF_SIGNATURE       2860 /* 512 */
#define PSR_OFF_CERT_LENGTHS    3372 /* 4 u16 */
#define PSR_OFF_CERTS           3380 /* 3000 */
#define PSR_RECORD_ANSWER_SIZE  6380

#define PSR_LOG_NOT_STARTED 0
#define PSR_LOG_STARTED     1
#define PSR_LOG_STOPPED     2

#define PSR_SIGNING_ECDSA384_SHA384 0

#define PSR_STATUS_SUCCESS           0
#define PSR_STATUS_NOT_SUPPORTED     1
#define PSR_STATUS_UPID_DISABLED     2
#define PSR_STATUS_NOT_ALLOWED       3
#define PSR_STATUS_INVALID_PARAMETER 4
#define PSR_STATUS_INTERNAL_ERROR    5
#define PSR_STATUS_AFTER_POST        6

#endif
