/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The heci link between two processes, version 1. docs/link.md is the protocol; the numbers are
 * here. A frame is REMOTE_HEADER_SIZE bytes (u16 payload size, u8 type, u8 zero) and the payload;
 * all is little-endian.
 */
#ifndef SWME_REMOTE_WIRE_H
#define SWME_REMOTE_WIRE_H

#define REMOTE_VERSION 1
#define REMOTE_MAGIC   0x4b4c5753u /* "SWLK" as bytes */

#define REMOTE_HEADER_SIZE  4
#define REMOTE_OFF_SIZE     0
#define REMOTE_OFF_TYPE     2
#define REMOTE_OFF_ZERO     3
#define REMOTE_DMA_MAX      4096 /* bytes of guest memory in one frame */
#define REMOTE_PAYLOAD_MAX  (REMOTE_DMA_MAX + 16)
#define REMOTE_WINDOW_MAX   32 /* packets that may be under way in one direction */
#define REMOTE_STATUS_COUNT 6

/* Capabilities: what both said holds. */
#define REMOTE_CAP_DMA     (1u << 0)
#define REMOTE_CAP_D0I3    (1u << 1)
#define REMOTE_CAP_PG      (1u << 2)
#define REMOTE_CAP_MACHINE (1u << 3)
#define REMOTE_CAP_ALL     0xfu

typedef enum RemoteType {
    REMOTE_NOTHING = 0, /* never on the wire */
    /* both ways */
    REMOTE_HELLO = 1,  /* REMOTE_HELLO_* */
    REMOTE_PACKET = 2, /* a packet, MEI header first */
    REMOTE_TAKEN = 3,  /* u16: so many of the other's packets have left their queue */
    /* device to firmware */
    REMOTE_RESET = 0x10,      /* u8: RemoteReset */
    REMOTE_BROKEN = 0x11,     /* the host's ring holds what can never become a packet */
    REMOTE_D0I3 = 0x12,       /* u8: 1 to enter, 0 to leave */
    REMOTE_ISOLATION = 0x13,  /* u8: likewise */
    REMOTE_DMA_DONE = 0x14,   /* u32 tag, u8 done, u8 zero * 3, what was read */
    REMOTE_HOST_POWER = 0x15, /* u8: 0, 3 or 5 for S0, S3, S5 */
    /* firmware to device */
    REMOTE_RESET_DONE = 0x20, /* what was sent before it belongs to what was before */
    REMOTE_READY = 0x21,      /* u8: ME_RDY */
    REMOTE_INTERRUPT = 0x22,
    REMOTE_STATUS = 0x23, /* u8 index, u8 zero * 3, u32 value */
    REMOTE_D0I3_DONE = 0x24,
    REMOTE_ISOLATION_DONE = 0x25,
    REMOTE_DMA_READ = 0x26,  /* u32 tag, u32 size, u64 address */
    REMOTE_DMA_WRITE = 0x27, /* u32 tag, u32 zero, u64 address, data */
    REMOTE_MACHINE = 0x28,   /* u8: RemoteAction */
} RemoteType;

typedef enum RemoteReset {
    REMOTE_RESET_PLATFORM = 1, /* power on: status words are wanted, no host waits */
    REMOTE_RESET_HOST = 2,     /* H_RST: a host waits for ready and an interrupt */
} RemoteReset;

typedef enum RemoteAction {
    REMOTE_POWER_ON = 0,
    REMOTE_POWER_RESET = 1,
    REMOTE_POWER_CYCLE = 2,
    REMOTE_POWER_OFF = 3,
    REMOTE_POWER_SOFT_OFF = 4,
    REMOTE_POWER_NMI = 5,
    REMOTE_WATCHDOG_RESET = 6,   /* the watchdog's: the host is reset */
    REMOTE_WATCHDOG_EXPIRED = 7, /* the operating system's watchdog ran out */
} RemoteAction;

/* HELLO. The device's has the platform's PCI device id and name after it, the firmware's zeros or
 * nothing. */
#define REMOTE_HELLO_MAGIC     0  /* u32 */
#define REMOTE_HELLO_VERSION   4  /* u16 */
#define REMOTE_HELLO_WINDOW    6  /* u16: packets that it takes in before a TAKEN */
#define REMOTE_HELLO_CAPS      8  /* u32 */
#define REMOTE_HELLO_SIZE      12 /* at least */
#define REMOTE_HELLO_DEVICE_ID 12 /* u16 */
#define REMOTE_HELLO_ZERO      14 /* u16 */
#define REMOTE_HELLO_NAME      16 /* the rest: text */

#endif
