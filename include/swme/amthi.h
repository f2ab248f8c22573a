/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/*
 * AMTHI, the host's interface to AMT: a 12-byte header, then data; a response carries a status
 * first. Offsets count from the start of the message, in bytes; all fields little-endian.
 * Sources: Linux samples/mei/mei-amt-version.c, intel/lms AMTHIClient, rpc-go pkg/pthi, fwupd
 * intel-amt, and a recorded exchange with AMT 11.8.93.
 */
#ifndef SWME_AMTHI_H
#define SWME_AMTHI_H

#define AMTHI_HEADER_SIZE   12
#define AMTHI_OFF_MAJOR     0
#define AMTHI_OFF_MINOR     1
#define AMTHI_OFF_RESERVED  2
#define AMTHI_OFF_COMMAND   4
#define AMTHI_OFF_LENGTH    8  /* u32: bytes after the header */
#define AMTHI_OFF_STATUS    12 /* u32, responses only */
#define AMTHI_OFF_DATA      16 /* responses only */
#define AMTHI_VERSION_MAJOR 1
#define AMTHI_VERSION_MINOR 1
#define AMTHI_RESPONSE      0x00800000u

/* Commands: class in the top byte, operation in bits 0 to 22 */
#define AMTHI_GET_PROVISIONING_MODE  0x04000008u
#define AMTHI_GET_PROVISIONING_STATE 0x04000011u
#define AMTHI_GET_CODE_VERSIONS      0x0400001au
#define AMTHI_GET_UUID               0x0400005cu
#define AMTHI_GET_CONTROL_MODE       0x0400006bu

/* GET_CODE_VERSIONS: BIOS version, u32 count, then count entries of description and version */
#define AMTHI_BIOS_VERSION_SIZE   65 /* NUL padded */
#define AMTHI_CODE_VERSIONS_COUNT (AMTHI_OFF_DATA + AMTHI_BIOS_VERSION_SIZE)
#define AMTHI_CODE_VERSIONS_FIRST (AMTHI_CODE_VERSIONS_COUNT + 4)
#define AMTHI_CODE_VERSION_SIZE   44 /* two strings: u16 length, 20 bytes NUL padded */
#define AMTHI_VERSION_STRING_SIZE 22
#define AMTHI_VERSION_STRING_MAX  19 /* clients want a terminator within the 20 bytes */
#define AMTHI_CODE_VERSIONS_MAX   50 /* entries */

/* GET_PROVISIONING_MODE: u32 mode, u32 legacy */
#define AMTHI_PROVISIONING_MODE_NONE       0
#define AMTHI_PROVISIONING_MODE_ENTERPRISE 1

/* GET_PROVISIONING_STATE */
#define AMTHI_PROVISIONING_PRE  0
#define AMTHI_PROVISIONING_IN   1
#define AMTHI_PROVISIONING_POST 2

/* GET_CONTROL_MODE */
#define AMTHI_CONTROL_MODE_NONE   0
#define AMTHI_CONTROL_MODE_CLIENT 1
#define AMTHI_CONTROL_MODE_ADMIN  2

#define AMTHI_UUID_SIZE 16

/* Statuses (intel/lms StatusCodeDefinitions.h) */
#define AMTHI_STATUS_SUCCESS                0x000u
#define AMTHI_STATUS_INTERNAL_ERROR         0x001u
#define AMTHI_STATUS_NOT_READY              0x002u
#define AMTHI_STATUS_INVALID_AMT_MODE       0x003u
#define AMTHI_STATUS_INVALID_MESSAGE_LENGTH 0x004u
#define AMTHI_STATUS_UNSUPPORTED_VERSION    0x01du
#define AMTHI_STATUS_INVALID_COMMAND        0x803u

#endif
