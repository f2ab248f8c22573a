/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/*
 * Host bus messages: commands, sizes, field offsets and status codes, from HBM 1.0 to 2.2.
 * Sizes and offsets are in bytes and count from the command byte, after the packet header.
 * Source: Linux drivers/misc/mei/hw.h and hbm.c.
 */
#ifndef SWME_HBM_H
#define SWME_HBM_H

#define HBM_MAJOR_MAX 2
#define HBM_MINOR_MAX 2

#define HBM_RESPONSE 0x80 /* bit 7 of the command byte marks a response */

/* Commands. H: sent by the host, F: by the firmware, B: by both. */
#define HBM_START            0x01 /* H */
#define HBM_HOST_STOP        0x02 /* H */
#define HBM_ME_STOP          0x03 /* F */
#define HBM_ENUM             0x04 /* H */
#define HBM_PROPERTIES       0x05 /* H */
#define HBM_CONNECT          0x06 /* H */
#define HBM_DISCONNECT       0x07 /* B */
#define HBM_FLOW_CONTROL     0x08 /* B, no response */
#define HBM_PG_ENTRY         0x0a /* H */
#define HBM_PG_EXIT          0x0b /* F */
#define HBM_BUS_DISABLE      0x0c /* H, a BIOS: coreboot cse.h */
#define HBM_ADD_CLIENT       0x0f /* F */
#define HBM_NOTIFY           0x10 /* H */
#define HBM_NOTIFICATION     0x11 /* F, no response */
#define HBM_DMA_SETUP        0x12 /* H */
#define HBM_CAPABILITIES     0x13 /* H */
#define HBM_CLIENT_DMA_MAP   0x14 /* H */
#define HBM_CLIENT_DMA_UNMAP 0x15 /* H */

/* Every command starts so. */
#define HBM_OFF_COMMAND   0
#define HBM_OFF_ME_ADDR   1 /* where the command names a client */
#define HBM_OFF_HOST_ADDR 2 /* where the command names a connection */

#define HBM_SHORT_SIZE 4 /* most commands: command byte and three bytes of arguments */

/* START: request and response */
#define HBM_START_SIZE      4
#define HBM_START_REQ_MINOR 2
#define HBM_START_REQ_MAJOR 3
#define HBM_START_RES_SUPPORTED                                       \
    1 /* 1: the host's version is spoken; 0: use the one that follows \
       */
#define HBM_START_RES_MINOR 2
#define HBM_START_RES_MAJOR 3

/* STOP in either direction */
#define HBM_STOP_SIZE          4
#define HBM_STOP_REASON        1
#define HBM_STOP_REASON_DRIVER 0
#define HBM_STOP_REASON_D1     1
#define HBM_STOP_REASON_D2     2
#define HBM_STOP_REASON_D3     3
#define HBM_STOP_REASON_S1     4
#define HBM_STOP_REASON_S2     5
#define HBM_STOP_REASON_S3     6
#define HBM_STOP_REASON_S4     7
#define HBM_STOP_REASON_S5     8

/* ENUM */
#define HBM_ENUM_REQ_SIZE    4
#define HBM_ENUM_REQ_FLAGS   1
#define HBM_ENUM_ALLOW_ADD   0x01 /* the host takes ADD_CLIENT later */
#define HBM_ENUM_IMMEDIATE   0x02 /* the firmware may answer before all its clients are up */
#define HBM_ENUM_RES_SIZE    36
#define HBM_ENUM_RES_BITMAP  4 /* 32 bytes: client n is bit n%8 of byte n/8 */
#define HBM_ENUM_BITMAP_SIZE 32

/* PROPERTIES, and the block that ADD_CLIENT shares */
#define HBM_PROPERTIES_REQ_SIZE   4
#define HBM_PROPERTIES_RES_SIZE   28
#define HBM_PROPERTIES_RES_STATUS 2
#define HBM_PROPERTIES_BLOCK      4 /* offset of the block in both messages */
#define HBM_ADD_CLIENT_REQ_SIZE   28
#define HBM_ADD_CLIENT_RES_SIZE   4
#define HBM_ADD_CLIENT_RES_STATUS 2

#define HBM_CLIENT_PROPERTIES_SIZE 24 /* the block; offsets within it */
#define HBM_PROP_GUID              0
#define HBM_PROP_VERSION           16
#define HBM_PROP_MAX_CONNECTIONS   17
#define HBM_PROP_FIXED_ADDRESS     18
#define HBM_PROP_FLAGS             19
#define HBM_PROP_FLAG_SINGLE_RECV  0x01
#define HBM_PROP_FLAG_VTAG         0x02
#define HBM_PROP_MAX_LENGTH        20 /* u32, both directions */

/* CONNECT and DISCONNECT, request and response */
#define HBM_CONNECTION_SIZE       4
#define HBM_CONNECTION_RES_STATUS 3

/* FLOW_CONTROL */
#define HBM_FLOW_CONTROL_SIZE 8

/* PG_ENTRY, PG_EXIT */
#define HBM_PG_SIZE 4

/* BUS_DISABLE: request and response, of which coreboot knows that 0 is success */
#define HBM_BUS_DISABLE_SIZE       4
#define HBM_BUS_DISABLE_RES_STATUS 1

/* NOTIFY and NOTIFICATION */
#define HBM_NOTIFY_REQ_SIZE   4
#define HBM_NOTIFY_REQ_START  3
#define HBM_NOTIFY_RES_SIZE   8
#define HBM_NOTIFY_RES_STATUS 3
#define HBM_NOTIFY_RES_START  4
#define HBM_NOTIFICATION_SIZE 4

/* DMA_SETUP: three descriptors of {u32 address high, u32 address low, u32 size} */
#define HBM_DMA_SETUP_REQ_SIZE   40
#define HBM_DMA_SETUP_RES_SIZE   4
#define HBM_DMA_SETUP_RES_STATUS 1
#define HBM_DMA_DESCRIPTORS      4 /* offset of the first */
#define HBM_DMA_DESCRIPTOR_SIZE  12
#define HBM_DMA_DESCRIPTOR_COUNT 3
#define HBM_DMA_DESC_ADDR_HI     0
#define HBM_DMA_DESC_ADDR_LO     4
#define HBM_DMA_DESC_SIZE        8
#define HBM_DMA_HOST_RING        0 /* which descriptor */
#define HBM_DMA_DEVICE_RING      1
#define HBM_DMA_CONTROL          2

/* CAPABILITIES */
#define HBM_CAPABILITIES_SIZE 4
#define HBM_CAPABILITIES_MASK 1 /* 3 bytes; the first one has the bits below */
#define HBM_CAP_VTAG          0x01
#define HBM_CAP_GSC           0x02
#define HBM_CAP_CLIENT_DMA    0x04

/* CLIENT_DMA_MAP, CLIENT_DMA_UNMAP: the address low dword first, unlike DMA_SETUP */
#define HBM_CLIENT_DMA_MAP_REQ_SIZE   16
#define HBM_CLIENT_DMA_MAP_BUFFER     1
#define HBM_CLIENT_DMA_MAP_ADDR_LO    4
#define HBM_CLIENT_DMA_MAP_ADDR_HI    8
#define HBM_CLIENT_DMA_MAP_LENGTH     12
#define HBM_CLIENT_DMA_UNMAP_REQ_SIZE 4
#define HBM_CLIENT_DMA_UNMAP_BUFFER   2
#define HBM_CLIENT_DMA_RES_SIZE       2
#define HBM_CLIENT_DMA_RES_STATUS     1

/* Status codes: HBM's own (hw.h mei_hbm_status) */
#define HBM_STATUS_SUCCESS           0
#define HBM_STATUS_CLIENT_NOT_FOUND  1
#define HBM_STATUS_ALREADY_EXISTS    2
#define HBM_STATUS_REJECTED          3
#define HBM_STATUS_INVALID_PARAMETER 4
#define HBM_STATUS_NOT_ALLOWED       5
#define HBM_STATUS_ALREADY_STARTED   6
#define HBM_STATUS_NOT_STARTED       7

/*
 * The largest message of the host (DMA_SETUP) and of the firmware (ENUM response): a host bus
 * message is never split, so they set the least depth of a circular buffer.
 */
#define HBM_HOST_MESSAGE_MAX     HBM_DMA_SETUP_REQ_SIZE
#define HBM_FIRMWARE_MESSAGE_MAX HBM_ENUM_RES_SIZE

/* The word for a command, response bit ignored; never NULL. */
static inline const char *hbm_command_name(unsigned int command)
{
    switch (command & ~HBM_RESPONSE) {
    case HBM_START:
        return "START";
    case HBM_HOST_STOP:
        return "HOST_STOP";
    case HBM_ME_STOP:
        return "ME_STOP";
    case HBM_ENUM:
        return "ENUM";
    case HBM_PROPERTIES:
        return "PROPERTIES";
    case HBM_CONNECT:
        return "CONNECT";
    case HBM_DISCONNECT:
        return "DISCONNECT";
    case HBM_FLOW_CONTROL:
        return "FLOW_CONTROL";
    case HBM_PG_ENTRY:
        return "PG_ENTRY";
    case HBM_PG_EXIT:
        return "PG_EXIT";
    case HBM_BUS_DISABLE:
        return "BUS_DISABLE";
    case HBM_ADD_CLIENT:
        return "ADD_CLIENT";
    case HBM_NOTIFY:
        return "NOTIFY";
    case HBM_NOTIFICATION:
        return "NOTIFICATION";
    case HBM_DMA_SETUP:
        return "DMA_SETUP";
    case HBM_CAPABILITIES:
        return "CAPABILITIES";
    case HBM_CLIENT_DMA_MAP:
        return "CLIENT_DMA_MAP";
    case HBM_CLIENT_DMA_UNMAP:
        return "CLIENT_DMA_UNMAP";
    default:
        return "unknown";
    }
}

/* The word for a status code; never NULL. */
static inline const char *hbm_status_name(unsigned int status)
{
    static const char *const names[] = {
        "success",           "client not found", "already exists",  "rejected",
        "invalid parameter", "not allowed",      "already started", "not started",
    };

    return status < sizeof(names) / sizeof(names[0]) ? names[status] : "unknown status";
}

#endif
