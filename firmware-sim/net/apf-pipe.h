/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The data of one APF channel: what waits either way, and both windows. One end is the APF session,
 * whose owner calls from one thread at a time; the other is a stream, which may be used from any
 * thread, because GTlsConnection does its handshake on one of its own.
 */
#ifndef SWME_NET_APF_PIPE_H
#define SWME_NET_APF_PIPE_H

#include <stdbool.h>
#include <stdint.h>

#include <gio/gio.h>

/* What a host may send ahead of the reader (go-wsman-messages and LMS 8 use the same). */
#define APF_PIPE_WINDOW 4096u
/*
 * A host whose own window is at least that wide, as no known LMS' or agent's is, is given as wide a
 * one, and messages as long as LME has them: each of either is a round trip of the bus.
 */
#define APF_PIPE_WIDE     8192u
#define APF_PIPE_WIDE_MAX 65536u
#define APF_PIPE_LONG_MAX 16375u /* data in a message of 16384 bytes */
/* rpc-go sends a whole request whatever the window: so much may wait before it is too much. */
#define APF_PIPE_IN_MAX   65536u
#define APF_PIPE_IN_PARTS 8192u
/* What a stream may write ahead of the session. */
#define APF_PIPE_OUT_MAX   65536u
#define APF_PIPE_OUT_PARTS 64u
/* LMS drops a message whose data is longer (intel/lms Channel.h); its window is never wider. */
#define APF_PIPE_DATA_MAX 4095u

typedef struct ApfPipe ApfPipe;

/* wake is made ready when the session should look again; NULL: it looks by itself. */
ApfPipe *apf_pipe_new(GSource *wake);
ApfPipe *apf_pipe_ref(ApfPipe *pipe);
void apf_pipe_unref(ApfPipe *pipe);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApfPipe, apf_pipe_unref)

/* ---- the session's end ---- */

/*
 * The host has the channel: its number there, and how much it takes. It was told of
 * APF_PIPE_WINDOW; if it is to have more, that is the first grant.
 */
void apf_pipe_open(ApfPipe *pipe, uint32_t recipient, uint32_t window);
/* Data from the host, size bytes of message from offset on; it is not copied. False: too much. */
bool apf_pipe_push(ApfPipe *pipe, GBytes *message, size_t offset, size_t size);
/* Bytes by which to widen the host's window now; they count as granted. 0: none are due. */
uint32_t apf_pipe_take_grant(ApfPipe *pipe);
/* The host takes so much more. */
void apf_pipe_widen(ApfPipe *pipe, uint32_t bytes);
/* The next CHANNEL_DATA message, or NULL. */
GBytes *apf_pipe_pop(ApfPipe *pipe);
/* The stream writes no more, and all that it wrote was popped. */
bool apf_pipe_finished(ApfPipe *pipe);
/* The channel is gone. The reader gets what is there and then the end; or, aborted, an error. */
void apf_pipe_end(ApfPipe *pipe, bool aborted);

/* ---- the stream's end, from any thread ---- */

/*
 * As GPollableInputStream and GPollableOutputStream have it. block waits, but not on the thread
 * that the session needs to get on: there it is WOULD_BLOCK all the same.
 */
gssize apf_pipe_read(ApfPipe *pipe, void *data, gsize size, bool block, GCancellable *cancellable,
                     GError **error);
gssize apf_pipe_write(ApfPipe *pipe, const void *data, gsize size, bool block,
                      GCancellable *cancellable, GError **error);
bool apf_pipe_readable(ApfPipe *pipe);
bool apf_pipe_writable(ApfPipe *pipe);
void apf_pipe_close_input(ApfPipe *pipe);
void apf_pipe_close_output(ApfPipe *pipe);
/* Dispatches a GPollableSourceFunc with stream when the pipe is readable (G_IO_IN) or writable. */
GSource *apf_pipe_source(ApfPipe *pipe, GObject *stream, GIOCondition condition,
                         GCancellable *cancellable);

#endif
