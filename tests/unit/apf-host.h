/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's side of APF, as LMS, LMS 8, MeshAgent and rpc-go each play it (ME client fact sheet
 * C.3 to C.6), and a service behind it that sends back what it gets. Aborts on what any of them
 * would choke on. Messages go by functions, so that the session may be bare or behind a bus.
 */
#ifndef SWME_TESTS_APF_HOST_H
#define SWME_TESTS_APF_HOST_H

#include <gio/gio.h>

#include <swme/apf.h>
#include <swme/bytes.h>

#include "firmware-sim/net/services.h"

typedef enum ApfHostKind {
    HOST_LMS,
    HOST_LMS8,
    HOST_MESHAGENT,
    HOST_RPC_GO,
    HOST_COUNT
} ApfHostKind;

typedef enum HostChannelState {
    HOST_IDLE,
    HOST_ASKED,
    HOST_OPEN,
    HOST_CLOSING, /* our CLOSE is out */
    HOST_CLOSED,
    HOST_FAILED,
} HostChannelState;

typedef struct HostChannel {
    HostChannelState state;
    uint32_t id;     /* ours */
    uint32_t number; /* the firmware's */
    uint16_t port;
    uint32_t failure;
    uint32_t window;    /* that the firmware still has from us */
    uint32_t owed;      /* of it, not given back yet */
    uint32_t fw_window; /* that we have from it */
    uint32_t max_fw_data;
    size_t to_send; /* of host_pattern() */
    size_t sent;
    const uint8_t *payload; /* to send instead */
    GByteArray *got;
    unsigned int adjusts; /* that came */
    bool keep;            /* not closed once all came back */
} HostChannel;

typedef struct ApfHost {
    ApfHostKind kind;
    uint32_t window;    /* that it advertises; 0: as the kind does */
    size_t max_message; /* the client's max length */
    void (*send)(void *opaque, const void *data, size_t size);
    void *opaque;
    GPtrArray *channels; /* HostChannel */
    unsigned int versions, services, forwards, cancels, failures, disconnects, datagrams, foreign;
    uint32_t disconnect_reason;
    uint16_t ports[32]; /* in the order of asking */
    uint16_t refuse;    /* answers 82 for that port */
    bool lazy;          /* widens a window only once it is used up */
    bool silent_close;  /* never answers CLOSE */
    bool greeted;       /* its own PROTOCOLVERSION is out */
} ApfHost;

void apf_host_init(ApfHost *host, ApfHostKind kind, size_t max_message,
                   void (*send)(void *opaque, const void *data, size_t size), void *opaque);
void apf_host_clear(ApfHost *host);
/* The HECI connection stands: what it says without being asked. */
void apf_host_connected(ApfHost *host);
void apf_host_message(ApfHost *host, const uint8_t *data, size_t size);

HostChannel *apf_host_channel(ApfHost *host, uint16_t port, size_t to_send);
void apf_host_open(ApfHost *host, HostChannel *channel);
void apf_host_close(ApfHost *host, HostChannel *channel);
/* Sends what windows allow; true if anything was. */
bool apf_host_send_data(ApfHost *host);
unsigned int apf_host_count(const ApfHost *host, HostChannelState state);
/* All that was sent came back, no byte more, no byte another. */
bool apf_host_echoed(const HostChannel *channel);
uint8_t host_pattern(const HostChannel *channel, size_t at);

/* ---- the service ---- */

typedef struct EchoService {
    unsigned int connections;
    unsigned int open;
    unsigned int broken; /* ended by an error */
    SwmePeer last_peer;
    bool hang_up;    /* closes once something has come, and been sent back */
    bool mute;       /* takes connections, and reads nothing */
    GIOStream *last; /* while mute: the latest, a reference */
} EchoService;

void echo_service_take(void *opaque, GIOStream *stream, const SwmePeer *peer);

#endif
