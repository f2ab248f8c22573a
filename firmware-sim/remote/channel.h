/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One end's frames: bytes come in as they come and leave as frames, frames go out as bytes. Both
 * directions have a bound; who exceeds it has broken the protocol or has stopped reading.
 */
#ifndef SWME_REMOTE_CHANNEL_H
#define SWME_REMOTE_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "firmware-sim/remote/wire.h"

/* Bytes that wait for a peer that does not read, or frames that wait for a DMA's answer. */
#define REMOTE_QUEUE_MAX (256 * 1024)

/* What carries the bytes. */
typedef struct RemoteIo {
    /*
     * Writes what goes without waiting, and says how much that was. Where it was not all, whoever
     * made this calls the end's writable() once more goes.
     */
    size_t (*write)(void *opaque, const uint8_t *data, size_t size);
    /* The connection is not wanted any more: the peer did what why says. Does not call back. */
    void (*end)(void *opaque, const char *why);
} RemoteIo;

typedef struct RemoteChannel {
    const RemoteIo *io;
    void *io_opaque;
    GByteArray *in;
    GByteArray *out;
    size_t done; /* bytes of in that were taken */
    bool up;
} RemoteChannel;

typedef struct RemoteFrame {
    RemoteType type;
    const uint8_t *data; /* until the channel gets more */
    size_t size;
} RemoteFrame;

void remote_channel_init(RemoteChannel *channel, const RemoteIo *io, void *io_opaque);
void remote_channel_clear(RemoteChannel *channel);
/* A new connection, or none: both directions are empty. */
void remote_channel_set_up(RemoteChannel *channel, bool up);

/* False: more waits here than a sound peer could have caused. */
bool remote_channel_input(RemoteChannel *channel, const uint8_t *data, size_t size);
/*
 * The next whole frame. False: there is none yet or, where *broken, what is there is no frame.
 */
bool remote_channel_next(RemoteChannel *channel, RemoteFrame *frame, bool *broken);
/*
 * Looks beyond what is next: a DMA_DONE with that tag, which is taken out of its turn. False as
 * above.
 */
bool remote_channel_find_dma(RemoteChannel *channel, uint32_t tag, RemoteFrame *frame,
                             bool *broken);
/* What was taken is forgotten; frames lose their data. */
void remote_channel_compact(RemoteChannel *channel);

/* head_size + size bytes, at most REMOTE_PAYLOAD_MAX; nothing where the channel is not up. */
void remote_channel_put(RemoteChannel *channel, RemoteType type, const void *head, size_t head_size,
                        const void *data, size_t size);
void remote_channel_put_u8(RemoteChannel *channel, RemoteType type, uint8_t value);
/* False: the peer does not read. */
bool remote_channel_flush(RemoteChannel *channel);

/* A HELLO of this side; name may be NULL. */
void remote_channel_hello(RemoteChannel *channel, uint16_t device_id, const char *name);
/* The peer's HELLO. NULL: it is one, and *caps and *window are what it has; else what is wrong. */
const char *remote_hello_parse(const RemoteFrame *frame, uint32_t *caps, unsigned int *window);

#endif
