/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/*
 * What `heci serve` and the transport unix: say to each other over a SOCK_SEQPACKET socket: one
 * packet for a request, one for its answer, little-endian. Answers come when they are due, so a
 * read may be out while other requests are answered.
 */
#ifndef SWME_HOST_SHARE_H
#define SWME_HOST_SHARE_H

#include "host-driver/tool/session.h"

/* op, channel, error (of an answer: -MeiError), 0, u32 argument, then what the op has. */
#define SHARE_OFF_OP      0
#define SHARE_OFF_CHANNEL 1
#define SHARE_OFF_ERROR   2
#define SHARE_OFF_ARG     4
#define SHARE_HEADER      8

#define SHARE_ANSWER      0x80u /* in op */
#define SHARE_MESSAGE_MAX 65536 /* bytes of a client's message */
#define SHARE_PACKET_MAX  (SHARE_HEADER + SHARE_MESSAGE_MAX)
#define SHARE_CHANNELS    32 /* of one user, numbered from 0 */

enum {
    SHARE_INFO = 1, /* answer: share_put_info() */
    SHARE_CLIENTS,  /* answer: arg is how many, share_put_client() of each */
    SHARE_OPEN,     /* arg: tag; a GUID. Answer: share_put_client() */
    SHARE_CLOSE,
    SHARE_WRITE,  /* arg: milliseconds; the message. Answered when it is sent, or cannot be */
    SHARE_READ,   /* answered when there is a message, or will never be */
    SHARE_NOTIFY, /* arg: 1 on, 0 off */
    SHARE_EVENT,  /* arg: milliseconds */
    SHARE_RESET,
    SHARE_READY, /* answer: arg is CHANNEL_... */
    SHARE_OPS,
};

#define SHARE_CLIENT_SIZE 28
#define SHARE_INFO_SIZE   (32 + 64 + 16 + 16 + 4 * HECI_HFS_COUNT + 8 * MKHI_FW_VERSION_BLOCKS_MAX)

/* An answer with an error has the one-line reason behind the header. */
size_t share_header(uint8_t *packet, uint8_t op, uint8_t channel, MeiError error, uint32_t arg);

void share_put_client(uint8_t bytes[SHARE_CLIENT_SIZE], const SessionClient *client);
void share_get_client(const uint8_t bytes[SHARE_CLIENT_SIZE], SessionClient *client);
void share_put_info(uint8_t bytes[SHARE_INFO_SIZE], const SessionInfo *info);
void share_get_info(const uint8_t bytes[SHARE_INFO_SIZE], SessionInfo *info);

/* The transport: text is "unix:SOCKET". */
Session *share_open(const char *text, char *message);

#endif
