/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/*
 * The host's side of APF over LME: what a local manageability service (LMS) does between the
 * firmware and the TCP sockets of programs on this machine. It knows neither HECI nor sockets:
 * messages of the firmware go in, messages for it come out, and what concerns sockets is told
 * through a table. Nothing is allocated, nothing waits, and nothing the firmware says is trusted.
 */
#ifndef SWME_HOST_APF_HOST_H
#define SWME_HOST_APF_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <swme/apf.h>

#define APF_HOST_FORWARDS 16
#define APF_HOST_CHANNELS 64
/*
 * What the firmware may send on a channel before the host has passed it on, in bytes. Each message
 * is a round trip of the bus, and so is each that widens the window: LMS has 4096, which makes as
 * many of these as of those.
 */
#define APF_HOST_WINDOW 65536
/* An event of AMT's is cut off there. */
#define APF_HOST_EVENT 4096
/* A channel message of the host has at most so much data, whatever window it was given. */
#define APF_HOST_DATA_MAX 16375
/* Messages that wait to be sent: with more the firmware asks without ever listening. */
#define APF_HOST_QUEUE 8192

typedef enum ApfHostState {
    APF_HOST_FREE,
    APF_HOST_OPENING, /* CHANNEL_OPEN was sent */
    APF_HOST_WAITING, /* the firmware has no channel to spare: asked again when one has ended */
    APF_HOST_OPEN,
    APF_HOST_CLOSING, /* CHANNEL_CLOSE was sent; the firmware's is awaited */
} ApfHostState;

typedef struct ApfHostChannel {
    ApfHostState state;
    bool events;         /* AMT's own channel for events; no socket belongs to it */
    bool abandoned;      /* closed by the caller while OPENING */
    uint16_t port;       /* AMT's, or the one of the open */
    uint32_t remote;     /* the firmware's number */
    uint32_t window;     /* bytes that the firmware takes */
    uint32_t granted;    /* bytes that it may send */
    uint32_t owed;       /* bytes that it may send once it is told so */
    uint32_t delivered;  /* bytes handed out that apf_host_consumed() has not given back */
    char originator[46]; /* who is at the socket: in figures */
    uint16_t originator_port;
    void *user; /* the caller's */
} ApfHostChannel;

/* None of these may call back into the host but for apf_host_close(). */
typedef struct ApfHostOps {
    /* AMT wants connections to that port passed on. False: cannot be, and AMT is told so. */
    bool (*listen)(void *opaque, uint16_t port);
    void (*unlisten)(void *opaque, uint16_t port);
    /* Bytes for a channel's socket: never more than APF_HOST_WINDOW wait in all. */
    void (*data)(void *opaque, ApfHostChannel *channel, const uint8_t *data, size_t size);
    /* The channel is over and no longer the caller's: its socket ends once all is written. */
    void (*closed)(void *opaque, ApfHostChannel *channel);
    /* One whole event of AMT's, or as much as came of it. */
    void (*event)(void *opaque, const uint8_t *data, size_t size);
    /* AMT wants a datagram sent. */
    void (*datagram)(void *opaque, const char *address, uint16_t port, const uint8_t *data,
                     size_t size);
} ApfHostOps;

/* All only ever grow. */
typedef struct ApfHostStats {
    uint64_t opened;    /* channels */
    uint64_t refused;   /* opens that the firmware refused for good */
    uint64_t ignored;   /* messages for channels or requests that are not there */
    uint64_t malformed; /* messages that ended the session */
} ApfHostStats;

typedef struct ApfHost {
    const ApfHostOps *ops;
    void *opaque;
    size_t max_length; /* bytes of a message, as LME has it */
    uint32_t window;   /* of channels to come: 1 to APF_HOST_WINDOW, which it is after init */
    bool agreed;       /* the versions are exchanged */
    bool failed;       /* the session is over: DISCONNECT by either side */
    uint32_t reason;   /* of DISCONNECT */
    ApfHostStats stats;
    uint16_t forwards[APF_HOST_FORWARDS];
    unsigned int forward_count;
    ApfHostChannel channels[APF_HOST_CHANNELS];
    uint8_t queue[APF_HOST_QUEUE]; /* length as 16 bits, message; length, message; ... */
    size_t queued;
    uint8_t event[APF_HOST_EVENT];
    size_t event_size;
} ApfHost;

/* A session begins, with nothing open. max_length is the LME client's; 32 at least. */
void apf_host_init(ApfHost *host, const ApfHostOps *ops, void *opaque, size_t max_length);
/* The link went away: every channel is closed() and every port unlistened. Then as after init. */
void apf_host_reset(ApfHost *host);

/* A message of the firmware. host->failed afterwards: send what is queued, then connect anew. */
void apf_host_receive(ApfHost *host, const uint8_t *message, size_t size);

/*
 * The next message for the firmware, into room bytes; 0 when there is none. To be called until it
 * is 0 before apf_host_write() is.
 */
size_t apf_host_next(ApfHost *host, uint8_t *message, size_t room);

/* Someone has connected to the port. NULL when there are APF_HOST_CHANNELS already. */
ApfHostChannel *apf_host_open(ApfHost *host, uint16_t port, const char *originator,
                              uint16_t originator_port, void *user);
/* The socket has ended. The channel is no longer the caller's. */
void apf_host_close(ApfHost *host, ApfHostChannel *channel);

/* How many bytes apf_host_write() takes now. */
size_t apf_host_room(const ApfHost *host, const ApfHostChannel *channel);
/*
 * Makes a message of size bytes that stand at message + APF_CHANNEL_DATA_HEADER_SIZE already;
 * returns its whole size. size is at most apf_host_room().
 */
size_t apf_host_write(ApfHost *host, ApfHostChannel *channel, uint8_t *message, size_t size);
/* So many bytes have gone into the socket: the firmware may send as many more. */
void apf_host_consumed(ApfHost *host, ApfHostChannel *channel, size_t size);

#endif
