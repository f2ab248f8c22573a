/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What apf.c (session), apf-forward.c (ports) and apf-channel.c (channels) share. */
#ifndef SWME_NET_APF_INTERNAL_H
#define SWME_NET_APF_INTERNAL_H

#include <swme/apf.h>

#include "firmware-sim/net/apf-pipe.h"
#include "firmware-sim/net/apf.h"

/* The host is not listened to while so many messages wait that are no channel's data. */
#define APF_CONTROL_HIGH 16
/* Datagrams among them. */
#define APF_DATAGRAMS_MAX 8
#define APF_ADDRESS_SIZE  256

typedef enum ApfChannelState {
    APF_CHANNEL_FREE,
    APF_CHANNEL_OFFERED, /* by the host; no service has been asked yet */
    APF_CHANNEL_OPENING, /* by us; the host has not answered */
    APF_CHANNEL_IS_OPEN,
    APF_CHANNEL_CLOSING, /* our CLOSE is out, the host's is missing */
} ApfChannelState;

typedef struct ApfChannel {
    ApfChannelState state;
    ApfPipe *pipe;
    uint32_t recipient;  /* as the host numbers it */
    uint32_t window;     /* that it came with */
    int64_t deadline_ns; /* for the answer, while opening or closing */
    uint16_t port;
    SwmePeer peer;
} ApfChannel;

typedef enum ApfForwardState {
    APF_FORWARD_WANTED,
    APF_FORWARD_ACCEPTED,
    APF_FORWARD_REFUSED,
    APF_FORWARD_UNWANTED, /* accepted, and its service has gone */
} ApfForwardState;

typedef struct ApfForward {
    uint16_t port;
    ApfForwardState state;
} ApfForward;

struct Apf {
    gatomicrefcount refs; /* the owner's, and one for as long as work() runs */
    bool freed;
    const ApfOps *ops;
    void *opaque;
    SwmeClock *clock;
    SwmeServices *services;
    char address[APF_ADDRESS_SIZE];
    bool tls_only;
    unsigned int slots;
    ApfPhase phase;
    ApfStats stats;
    GSource *work; /* in the services' context; NULL without them */
    unsigned int subscription;
    SwmeTimer *timer;
    GQueue control; /* GBytes: all messages but data, adjustments and what follows data */
    unsigned int datagrams_waiting; /* at most so many of them are datagrams */
    bool paused;
    bool pumping;
    bool end_told;
    GArray *forwards;       /* ApfForward, in the order of asking */
    uint16_t asked;         /* the port of the request that has no answer yet; 0: there is none */
    bool asked_to_cancel;   /* what it asks for */
    ApfChannel *channels;   /* the host's slots first, then ours */
    unsigned int next_sent; /* the channel whose turn it is */
};

static inline unsigned int apf_channel_count(const Apf *apf)
{
    return apf->slots + APF_OWN_SLOTS;
}

/* What comes in, taken apart from the front; nothing is read beyond the end. */
typedef struct ApfReader {
    const uint8_t *data;
    size_t left;
    bool bad; /* it was too short somewhere */
} ApfReader;

uint8_t apf_read_u8(ApfReader *reader);
uint32_t apf_read_u32(ApfReader *reader);
/* size bytes, in the message itself. */
const char *apf_read_string(ApfReader *reader, size_t *size);
bool apf_string_is(const char *text, size_t size, const char *name);

/* What goes out. */
void apf_put_u32(GByteArray *message, uint32_t value);
void apf_put_string(GByteArray *message, const void *data, size_t size);
void apf_put_text(GByteArray *message, const char *text);
void apf_send_control(Apf *apf, const void *data, size_t size);
void apf_send_array(Apf *apf, GByteArray *message); /* takes it over */

void apf_note(Apf *apf, const char *text);
void apf_ignore(Apf *apf, const char *text);
/* What came cannot be: DISCONNECT, and no more. */
void apf_malformed(Apf *apf, const char *text);
void apf_disconnect(Apf *apf, uint32_t reason);

/* apf-forward.c */
void apf_forward_init(Apf *apf); /* takes the ports that there are */
void apf_forward_changed(Apf *apf, uint16_t port, bool there);
/* Asks for the next port, if none is being asked for. */
void apf_forward_next(Apf *apf);
void apf_forward_answer(Apf *apf, bool success);
bool apf_forward_serves(const Apf *apf, uint32_t port);

/* apf-channel.c */
void apf_channel_opened(Apf *apf, ApfReader *reader); /* the host asks */
void apf_channel_confirmed(Apf *apf, ApfReader *reader);
void apf_channel_refused(Apf *apf, ApfReader *reader);
void apf_channel_adjusted(Apf *apf, ApfReader *reader);
void apf_channel_data(Apf *apf, ApfReader *reader, GBytes *message);
void apf_channel_closed(Apf *apf, ApfReader *reader);
/* Hands offered channels to their services. */
void apf_channel_connect_offered(Apf *apf);
/* The next message that a channel has to send, in fair turns; NULL: none. */
GBytes *apf_channel_next(Apf *apf);
void apf_channel_end_all(Apf *apf);
void apf_channel_timer(void *opaque);

#endif
