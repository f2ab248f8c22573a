/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/*
 * HOTHAM, which reads the flash log: one u32 of bit fields, then data.
 * Sources: intel/lms HOTHAMClient, rpc-go pkg/hotham.
 */
#ifndef SWME_HOTHAM_H
#define SWME_HOTHAM_H

#define HOTHAM_HEADER_SIZE    4
#define HOTHAM_CLASS_SHIFT    0 /* 2 bits, requests only */
#define HOTHAM_CLASS_MASK     0x3u
#define HOTHAM_TARGET_SHIFT   2 /* 3 bits, requests only */
#define HOTHAM_TARGET_MASK    0x7u
#define HOTHAM_SEQUENCE_SHIFT 5 /* 3 bits */
#define HOTHAM_SEQUENCE_MASK  0x7u
#define HOTHAM_CODE_SHIFT     8 /* 8 bits */
#define HOTHAM_CODE_MASK      0xffu
#define HOTHAM_LENGTH_SHIFT   16 /* 12 bits; real requests have 0 */
#define HOTHAM_LENGTH_MASK    0xfffu
#define HOTHAM_TYPE_1         0x80000000u /* another header, which no client sends */

#define HOTHAM_CLASS_COMMAND 2
#define HOTHAM_TARGET        1

#define HOTHAM_LOG_SIZE_GET 0x80 /* answer: u32 bytes of records */
#define HOTHAM_LOG_GET      0x81 /* answer: all of the log */
#define HOTHAM_LOG_SIZE     8192

#define HOTHAM_CODE_SUCCESS 0x10 /* in an answer's code */
/* An answer to what is not known: the request's header with this as its last byte. */
#define HOTHAM_OFF_ERROR           3
#define HOTHAM_ERROR_NOT_SUPPORTED 0x89

#endif
