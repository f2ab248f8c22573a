/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AMT's side of one APF session: start-up, port forwards, channels, windows. Knows nothing of HECI:
 * messages come in whole and go out whole, through ApfOps (LME, one HECI message each; a CIRA
 * tunnel would cut its byte stream the same way). Channels that the host opens are handed to
 * SwmeServices as streams, from the services' GMainContext; everything else happens in the call
 * that brings it about. Its caller holds whatever lock stands for the firmware's thread.
 *
 * Where clients differ it does what suits LMS, LMS 8, MeshAgent and rpc-go alike: docs/apf.md.
 */
#ifndef SWME_NET_APF_H
#define SWME_NET_APF_H

#include <stdbool.h>
#include <stdint.h>

#include <gio/gio.h>

#include "firmware-sim/clock.h"
#include "firmware-sim/net/services.h"

/* Channels that a host may have open at once; real AMT has 8 (rpc-go internal/lm/engine.go). */
#define APF_SLOTS     8
#define APF_SLOTS_MAX 64
/* Channels that AMT opens itself. */
#define APF_OWN_SLOTS 4
/* How long the other side has to answer CHANNEL_OPEN or CHANNEL_CLOSE. */
#define APF_ANSWER_NS (10 * SWME_NS_PER_S)

typedef struct Apf Apf;

/* What carries the messages. None of these may call back into the session. */
typedef struct ApfOps {
    /* Does it take a message now? apf_pump() once it does again. */
    bool (*ready)(void *opaque);
    /* Takes the reference. */
    void (*send)(void *opaque, GBytes *message);
    /* No more messages from the host for now, as far as it can be told; or again. */
    void (*pause)(void *opaque, bool paused);
    /* Nothing will follow what was sent: the link is to be ended behind it. */
    void (*end)(void *opaque);
    void (*note)(void *opaque, const char *text);
} ApfOps;

typedef struct ApfConfig {
    const ApfOps *ops;
    void *opaque;
    SwmeClock *clock;
    SwmeServices *services; /* NULL: there are none, and nothing is forwarded */
    const uint8_t *uuid;    /* APF_UUID_SIZE bytes, only during the call */
    const char *address; /* what forwards are for, only during the call; hosts take it for a name */
    bool tls_only;       /* only ports that speak TLS are forwarded */
    unsigned int slots;  /* 0: APF_SLOTS */
} ApfConfig;

typedef enum ApfPhase {
    APF_VERSIONS,   /* the host's PROTOCOLVERSION is awaited */
    APF_SERVICE,    /* its SERVICE_ACCEPT */
    APF_FORWARDING, /* as long as it lasts */
    APF_ENDED,      /* either side has sent DISCONNECT */
} ApfPhase;

/* All only ever grow. */
typedef struct ApfStats {
    uint64_t malformed; /* messages that ended the session */
    uint64_t ignored;   /* for channels or requests that are not there, or out of order */
    uint64_t opened;    /* channels, by either side */
    uint64_t refused;   /* opens that the host asked for */
    uint64_t overruns;  /* channels closed for far too much data */
    uint64_t unanswered;
} ApfStats;

/* The session begins: the first message is sent, as soon as there is room. */
Apf *apf_new(const ApfConfig *config);
/* Streams that are open end with an error. */
void apf_free(Apf *apf);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Apf, apf_free)

/* A message from the host; kept as long as its data is wanted, not copied. */
void apf_message(Apf *apf, GBytes *message);
/* Sends what there is to send, while there is room. */
void apf_pump(Apf *apf);

/*
 * A channel to that address and port as the host sees them, APF_PORT_EVENTS included. The stream
 * ends with an error if the host refuses or does not answer. NULL: not in this phase, no slot.
 */
GIOStream *apf_open(Apf *apf, const char *address, uint16_t port);
/* Has the host send a datagram; nobody answers. False: not in this phase, or too many wait. */
bool apf_send_datagram(Apf *apf, const char *address, uint16_t port, uint16_t from_port,
                       const void *data, size_t size);

ApfPhase apf_phase(const Apf *apf);
/* Has the host accepted a forward of that port? */
bool apf_is_forwarded(const Apf *apf, uint16_t port);
unsigned int apf_channels(const Apf *apf); /* in use */
const ApfStats *apf_stats(const Apf *apf);

#endif
