/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/*
 * UPID, the unique platform id: a 4-byte header, then data; an answer repeats feature and command,
 * without a bit that marks it, and has a status in front of its data. Offsets in bytes,
 * little-endian. Sources: intel/lms UPIDClient, rpc-go pkg/upid.
 */
#ifndef SWME_UPID_H
#define SWME_UPID_H

#define UPID_HEADER_SIZE 4
#define UPID_OFF_FEATURE 0
#define UPID_OFF_COMMAND 1
#define UPID_OFF_COUNT   2 /* u16: bytes behind the header */
#define UPID_OFF_STATUS  4 /* u32, answers only */
#define UPID_OFF_DATA    8 /* of an answer; a request's is behind its header */

#define UPID_FEATURE_PLATFORM_ID 0

#define UPID_SUPPORT_GET           0 /* answer: u8 UPID_SUPPORTED_* */
#define UPID_STATE_GET             1 /* answer: u8 */
#define UPID_STATE_SET             2 /* u8 */
#define UPID_OS_CONTROL_GET        3 /* answer: u8, may the operating system set the state */
#define UPID_OS_CONTROL_SET        4 /* u8 */
#define UPID_PLATFORM_ID_GET       5 /* answer: u32 type of the OEM's id, that id, CSME's */
#define UPID_REFURBISH_COUNTER_GET 6
#define UPID_OEM_ID_UPDATE         7

#define UPID_SUPPORTED_ID          0x01
#define UPID_SUPPORTED_ATTESTATION 0x02

#define UPID_ID_SIZE             32 /* of either id */
#define UPID_OEM_ID_NOT_SET      0
#define UPID_OEM_ID_BINARY       1
#define UPID_OEM_ID_STRING       2
#define UPID_PLATFORM_ID_OFF_OEM 12 /* of the whole answer */
#define UPID_PLATFORM_ID_SIZE    76

#define UPID_STATUS_SUCCESS                       0
#define UPID_STATUS_NOT_SUPPORTED                 1
#define UPID_STATUS_INVALID_PARAMETER             2
#define UPID_STATUS_INTERNAL_ERROR                3
#define UPID_STATUS_NOT_ALLOWED_AFTER_POST        4
#define UPID_STATUS_NOT_ALLOWED_AFTER_MANUFACTURE 5
#define UPID_STATUS_MAX_COUNTERS                  6
#define UPID_STATUS_INVALID_STATE                 7

#endif
