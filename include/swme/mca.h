/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/*
 * MCA, the manufacturing and configuration group (0x0a) of MKHI's framing: files of the firmware,
 * by name through MKHI and by number through MCHI, and its security version numbers. Offsets count
 * from the start of the message. Sources: fwupd fu-heci.rs with its recorded exchanges, intel/lms
 * MCHIClient, slimbootloader MkhiMsgs.h.
 */
#ifndef SWME_MCA_H
#define SWME_MCA_H

#define MCA_READ_FILE      0x02 /* MKHI: "/fpf/OemCred" is the file that is read */
#define MCA_READ_FILE_EX   0x0a /* MCHI */
#define MCA_OEM_KEY_STATUS 0x0d
#define MCA_ARB_SVN_COMMIT 0x1b
#define MCA_ARB_SVN_INFO   0x1c
#define MCA_OEM_KEY_REVOKE 0x2f

/* READ_FILE: header, name, u32 offset, u32 size, u8 flags */
#define MCA_READ_FILE_REQ_SIZE   77
#define MCA_READ_FILE_OFF_NAME   4
#define MCA_READ_FILE_NAME_SIZE  64
#define MCA_READ_FILE_OFF_OFFSET 68
#define MCA_READ_FILE_OFF_SIZE   72
#define MCA_READ_FILE_OFF_FLAGS  76

/* READ_FILE_EX: header, u32 file, u32 offset, u32 size, u8 flags */
#define MCA_READ_FILE_EX_REQ_SIZE   17
#define MCA_READ_FILE_EX_OFF_FILE   4
#define MCA_READ_FILE_EX_OFF_OFFSET 8
#define MCA_READ_FILE_EX_OFF_SIZE   12
#define MCA_READ_FILE_EX_OFF_FLAGS  16

/* Both answers: header, u32 size, as many bytes; fewer than were asked for are normal. */
#define MCA_READ_RES_OFF_SIZE 4
#define MCA_READ_RES_OFF_DATA 8

/* Which value of the file (intel/lms); none: the one in force. */
#define MCA_FLAG_ATTRIBUTE_HASH 0x01
#define MCA_FLAG_DEFAULT        0x02
#define MCA_FLAG_EMULATION      0x04
#define MCA_FLAG_HARDWARE       0x08
#define MCA_FLAG_VOLATILE       0x10

/* Files that public clients read (fwupd's names for the keys) */
#define MCA_FILE_OEM_KEY_HASH       0x40002300u /* Comet Lake and before */
#define MCA_FILE_OEM_KEY_HASH_1     0x40005b00u /* Tiger Lake and later */
#define MCA_FILE_OEM_KEY_HASH_2     0x40005c00u
#define MCA_FILE_BRAND_ENTITLEMENTS 0x10025100u /* u32 (intel/lms) */

/* ARB_SVN_INFO: header, u32 count, count x (u8 usage, u8 flags, u8 executing, u8 minimum) */
#define MCA_ARB_SVN_OFF_COUNT      4
#define MCA_ARB_SVN_OFF_ENTRIES    8
#define MCA_ARB_SVN_ENTRY_SIZE     4
#define MCA_ARB_SVN_ENTRY_USAGE    0
#define MCA_ARB_SVN_ENTRY_FLAGS    1
#define MCA_ARB_SVN_ENTRY_RUNNING  2
#define MCA_ARB_SVN_ENTRY_MINIMUM  3
#define MCA_ARB_SVN_USAGE_CSE_RBE  3
#define MCA_ARB_SVN_COMMIT_REQ_MIN 4

/*
 * OEM_KEY_STATUS: header, u8 revocation enabled, u8 keys supported, u32 kind of hash, 2 x (u8
 * valid, u8 in use, u8 revoked, hash 64)
 */
#define MCA_KEY_STATUS_RES_SIZE      144
#define MCA_KEY_STATUS_OFF_REVOCABLE 4
#define MCA_KEY_STATUS_OFF_SUPPORTED 5
#define MCA_KEY_STATUS_OFF_HASH_KIND 6
#define MCA_KEY_STATUS_OFF_KEYS      10
#define MCA_KEY_STATUS_KEYS          2
#define MCA_KEY_STATUS_KEY_SIZE      67
#define MCA_KEY_STATUS_KEY_VALID     0
#define MCA_KEY_STATUS_KEY_IN_USE    1
#define MCA_KEY_STATUS_KEY_REVOKED   2
#define MCA_KEY_STATUS_KEY_HASH      3

/* Results: MCA has its own (intel/lms MCHIErrorException.h) */
#define MCA_RESULT_SUCCESS       0x00
#define MCA_RESULT_NO_FILE       0x03
#define MCA_RESULT_NO_ATTRIBUTE  0x07
#define MCA_RESULT_INVALID_INPUT 0x0b
#define MCA_RESULT_SIZE_LIMIT    0x0d

#endif
