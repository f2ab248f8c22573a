/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/*
 * A record of a capture: what stands in one pcapng packet of link type USER5. docs/capture.md is
 * the contract. Little-endian; a 4-byte head, then what the kind has.
 */
#ifndef SWME_CAPTURE_H
#define SWME_CAPTURE_H

#define CAPTURE_LINK_TYPE 152 /* LINKTYPE_USER5 of tcpdump's registry: for private use */
#define CAPTURE_VERSION   1

#define CAPTURE_OFF_VERSION 0
#define CAPTURE_OFF_KIND    1
#define CAPTURE_OFF_FLAGS   2 /* u16 */
#define CAPTURE_HEAD_SIZE   4
#define CAPTURE_RECORD_MAX  65536

/* Kinds */
#define CAPTURE_SETUP        1 /* text, lines NAME=VALUE: what was recorded */
#define CAPTURE_READ         2 /* an access of the host to BAR 0: u32 offset, u32 size, u64 value */
#define CAPTURE_WRITE        3 /* likewise */
#define CAPTURE_CONFIG_READ  4 /* likewise, in configuration space */
#define CAPTURE_CONFIG_WRITE 5 /* likewise */
#define CAPTURE_IRQ          6 /* u32: the interrupt condition becomes */
#define CAPTURE_STATUS       7 /* u32 word from 1, u32 value: HFS that the firmware sets */
#define CAPTURE_RESET        8 /* the platform is reset; nothing follows */
#define CAPTURE_POWER        9 /* u32: the host is on (0), asleep (1), off (2) */
#define CAPTURE_TIMER        10 /* u32: a timer of the firmware's fires, by number */
#define CAPTURE_DMA_READ     11 /* by the firmware: u64 address, u32 size, u32 done, the bytes */
#define CAPTURE_DMA_WRITE    12 /* likewise */
#define CAPTURE_PACKET       13 /* a whole packet, MEI header first */
#define CAPTURE_MESSAGE      14 /* u8 ME address, u8 host's, u8 length, u8 0, client's name, bytes */
#define CAPTURE_NOTE         15 /* text: what the firmware did or saw */
#define CAPTURE_LOST         16 /* u64: so many records could not be written */
#define CAPTURE_LOADED       17 /* saved state was loaded; nothing follows */

/* Flags */
#define CAPTURE_TO_HOST    0x0001 /* of packets and messages: the ME's; else the host's */
#define CAPTURE_VEILED     0x0002 /* zeros stand for a secret */
#define CAPTURE_UNANSWERED 0x0004 /* the function took no notice: in D3hot, or its own DMA */
#define CAPTURE_OUTSIDE    0x0008 /* neither host nor timer: control socket, network */
#define CAPTURE_UNKNOWN    0x0010 /* the value is not in the log that this was imported from */

#endif
