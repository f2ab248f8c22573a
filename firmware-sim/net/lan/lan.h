/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ME's own place on a network: Ethernet frames in and out. Address by DHCP or as AMT's state
 * has it, ARP, ping, RMCP presence, datagrams for alerts; TCP ends in AMT's services. All work is
 * done in the GMainContext of the services, never inside swme_lan_receive().
 */
#ifndef SWME_NET_LAN_H
#define SWME_NET_LAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "firmware-sim/amt/amt-breaker.h"
#include "firmware-sim/amt/amt-state.h"
#include "firmware-sim/clock.h"
#include "firmware-sim/datagrams.h"
#include "firmware-sim/net/services.h"

#define SWME_LAN_MIN_FRAME 60 /* IEEE 802.3, without the checksum */
#define SWME_LAN_MAX_FRAME 1514

typedef struct SwmeLan SwmeLan;

/* The wire. Both are called from the services' context only. */
typedef struct SwmeLanOps {
    /* A frame leaves; it was taken. False: no more of them until swme_lan_ready(). */
    bool (*send)(void *opaque, const uint8_t *frame, size_t size);
    /* There is room for frames again, after swme_lan_receive() had none. */
    void (*room)(void *opaque);
} SwmeLanOps;

/* The socket that joins libslirp and us, in a directory of its own. */
typedef struct SwmeLanSocket SwmeLanSocket;
/* NULL and a one-line error: no place for it on this host. */
SwmeLanSocket *swme_lan_socket_new(GError **error);
void swme_lan_socket_free(SwmeLanSocket *socket);

/* All outlive the SwmeLan. */
typedef struct SwmeLanConfig {
    const SwmeLanOps *ops;
    void *opaque;
    SwmeClock *clock;
    SwmeServices *services;
    AmtState *amt;
    SwmeLanSocket *socket; /* one LAN's at a time; NULL: it makes its own */
    uint32_t seed;         /* of transaction numbers and waits; 0: some other each time */
    bool shared;           /* behind the host's own card, with its addresses: see below */
    AmtBreaker *breaker;   /* then: what looks at the host's frames; NULL: nobody */
} SwmeLanConfig;

/* What came, and why what was dropped was. All only ever grow. */
typedef struct SwmeLanStats {
    uint64_t frames_in;
    uint64_t frames_out;
    uint64_t overrun_in;   /* more frames than anybody keeps */
    uint64_t overrun_out;  /* the wire takes no more */
    uint64_t not_for_us;   /* by its MAC or IP address, or by its protocol */
    uint64_t malformed;    /* lengths, versions, addresses that no sender has */
    uint64_t bad_checksum; /* IP, ICMP, UDP; TCP in the first frame of a connection */
    uint64_t fragments;    /* of IP: none is put together */
    uint64_t unresolved;   /* nobody answered ARP */
    uint64_t conflicts;    /* another station says that it has our address */
    uint64_t pings;
    uint64_t presence_pings;
    uint64_t no_udp_port;
    uint64_t bad_dhcp;
    uint64_t leases;      /* got or prolonged */
    uint64_t connections; /* that reached a service */
    uint64_t refused;     /* to ports that nobody serves */
    uint64_t half_open;   /* dropped: too many, of that peer or of all */
    uint64_t too_many;    /* dropped: connections */
    uint64_t displaced;   /* ended on our side, not on the peer's: gone, for another to have room */
    uint64_t datagrams_out;
    uint64_t connections_out; /* that we began, and a station took */
    uint64_t failed_out;      /* or did not take */
    uint64_t stood_in;        /* ARP requests answered that the host did not answer */
} SwmeLanStats;

/* NULL and a one-line error: no place on this host for the sockets that join libslirp and us. */
SwmeLan *swme_lan_new(const SwmeLanConfig *config, GError **error);
void swme_lan_free(SwmeLan *lan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SwmeLan, swme_lan_free)

/* A frame, copied. Any thread may call that holds what guards the clock and the state. False: it is
 * lost, or to be kept until room() is called. */
bool swme_lan_receive(SwmeLan *lan, const uint8_t *frame, size_t size);
bool swme_lan_has_room(const SwmeLan *lan);
/* After send() said no. */
void swme_lan_ready(SwmeLan *lan);
/* The cable; it is in at first. */
void swme_lan_set_link(SwmeLan *lan, bool up);

/*
 * How the wired interface gets its address: "dhcp", or ADDRESS/BITS[+ROUTER]. False and a one-line
 * error, and nothing changed, for anything else.
 */
bool swme_lan_parse_address(const char *text, AmtInterface *wired, GError **error);

/* Does what is to be done at this time, for a clock that the context does not know; only in its
 * thread. */
void swme_lan_run(SwmeLan *lan);

/* Our address, first octet in the top byte; 0: none. */
uint32_t swme_lan_address(const SwmeLan *lan);
const SwmeLanStats *swme_lan_stats(const SwmeLan *lan);

/*
 * Behind the host's own card (SwmeLanConfig.shared). What is for the ports that are ours never
 * reaches the host; ARP, DHCP and ping are the host's while it speaks, and ours else.
 *
 * A frame on its way to the host, which gets it if this says so. As swme_lan_receive(). segment:
 * where it is several segments of TCP that the card is to cut, the bytes of each; else 0.
 */
bool swme_lan_share_in(SwmeLan *lan, const uint8_t *frame, size_t size, size_t segment);
/* One that the host sends, which goes on, as it is, if this says so. */
bool swme_lan_share_out(SwmeLan *lan, const uint8_t *frame, size_t size);
/* The host was reset, or sleeps, or is off: until it sends again it does not speak. */
void swme_lan_host_gone(SwmeLan *lan);

/* Datagrams from our address; opaque is the SwmeLan. */
extern const SwmeDatagramOps swme_lan_datagram_ops;

#endif
