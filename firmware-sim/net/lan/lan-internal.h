/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of this folder share, and nobody else sees. */
#ifndef SWME_NET_LAN_INTERNAL_H
#define SWME_NET_LAN_INTERNAL_H

#include "firmware-sim/net/lan/lan-packet.h"
#include "firmware-sim/net/lan/lan.h"

/* Frames that wait, in each direction. */
#define LAN_QUEUE_MAX 512

typedef struct LanFrame {
    struct LanFrame *next;
    size_t size;
    bool of_host; /* it sent this, behind whose card we are */
    uint8_t data[SWME_LAN_MAX_FRAME];
} LanFrame;

typedef struct LanQueue {
    LanFrame *head;
    LanFrame **tail;
    unsigned int length;
} LanQueue;

/* ---- who is where: lan-arp.c ---- */

/* Sets of a few: a flood of senders replaces others of its set, and ARP finds those again. */
#define LAN_NEIGHBOUR_SETS 64
#define LAN_NEIGHBOUR_WAYS 4
#define LAN_NEIGHBOUR_NS   (300 * SWME_NS_PER_S)
#define LAN_WAITING_MAX    16 /* packets whose next hop is not known yet */
#define LAN_ARP_TRIES      3
#define LAN_ARP_WAIT_NS    SWME_NS_PER_S
#define LAN_DEFEND_NS      (10 * SWME_NS_PER_S) /* RFC 5227, DEFEND_INTERVAL */

typedef struct LanNeighbour {
    uint32_t ip; /* 0: free */
    uint8_t mac[MAC_SIZE];
    int64_t seen_ns;
} LanNeighbour;

typedef struct LanWaiting {
    LanFrame *frame;
    uint32_t hop;
    unsigned int tries;
    int64_t next_ns;
} LanWaiting;

typedef struct LanArp {
    LanNeighbour table[LAN_NEIGHBOUR_SETS][LAN_NEIGHBOUR_WAYS];
    LanWaiting waiting[LAN_WAITING_MAX];
    unsigned int waiting_count;
    int64_t defended_ns;
    SwmeTimer *timer;
} LanArp;

void lan_arp_init(SwmeLan *lan);
void lan_arp_clear(SwmeLan *lan); /* forgets all */
void lan_arp_free(SwmeLan *lan);
void lan_arp_input(SwmeLan *lan, const LanFrame *frame);
void lan_arp_answer(SwmeLan *lan, const uint8_t *asked); /* a sound request, behind its Ethernet */
void lan_arp_learn(SwmeLan *lan, uint32_t ip, const uint8_t *mac);
void lan_arp_announce(SwmeLan *lan);
/* Takes over a frame whose IP packet is complete: it leaves now, or when its next hop is known. */
void lan_arp_send(SwmeLan *lan, LanFrame *frame);

/* ---- IPv4, ICMP, UDP: lan-ip.c ---- */

typedef struct LanDatagram {
    uint32_t source;
    uint32_t destination;
    uint16_t source_port;
    uint16_t destination_port;
    const uint8_t *data;
    size_t size;
} LanDatagram;

#define LAN_DATAGRAM_MAX (SWME_LAN_MAX_FRAME - ETH_SIZE - IP_SIZE - UDP_SIZE)

void lan_ip_input(SwmeLan *lan, const LanFrame *frame);
/* False: it is too long. mac: where to, NULL: where ARP says. */
bool lan_udp_send(SwmeLan *lan, const LanDatagram *datagram, const uint8_t *mac);
bool lan_is_host(uint32_t ip); /* an address that a station may have */

/* ---- the address: lan-dhcp.c ---- */

typedef enum LanDhcpPhase {
    LAN_DHCP_OFF,
    LAN_DHCP_WATCHING,   /* the host asks, and the lease is its own */
    LAN_DHCP_SELECTING,  /* has asked for offers */
    LAN_DHCP_REQUESTING, /* has chosen one */
    LAN_DHCP_REBOOTING,  /* has asked for the address of last time */
    LAN_DHCP_BOUND,
    LAN_DHCP_RENEWING,  /* asks who gave it */
    LAN_DHCP_REBINDING, /* asks everybody */
} LanDhcpPhase;

typedef struct LanLease {
    uint32_t address; /* 0: none */
    uint32_t mask;
    uint32_t gateway;
    uint32_t dns[2];
    uint32_t server;
    uint32_t seconds;
    uint32_t renew_s;
    uint32_t rebind_s;
    char domain[AMT_DOMAIN_SIZE];
} LanLease;

typedef struct LanDhcp {
    LanDhcpPhase phase;
    uint32_t xid;
    unsigned int tries;
    int64_t began_ns; /* this phase */
    int64_t sent_ns;  /* the last message */
    int64_t bound_ns; /* when the lease began */
    LanLease
        lease; /* ours, or the offer that is asked for; the host's without server: of its ARP */
    uint32_t host_xid;     /* of what the host asked */
    int64_t host_asked_ns; /* 0: it has not */
    SwmeTimer *timer;
} LanDhcp;

void lan_dhcp_init(SwmeLan *lan);
void lan_dhcp_free(SwmeLan *lan);
/* last: the address of last time, 0: none. */
void lan_dhcp_start(SwmeLan *lan, uint32_t last);
void lan_dhcp_stop(SwmeLan *lan);
void lan_dhcp_input(SwmeLan *lan, const LanDatagram *datagram);
/* The host speaks for itself from now on; or no more: what it had goes on. */
void lan_dhcp_watch(SwmeLan *lan);
void lan_dhcp_act(SwmeLan *lan);
/* What the host says to a server, or of itself by ARP. */
void lan_dhcp_overhear(SwmeLan *lan, const uint8_t *message, size_t size);
void lan_dhcp_overhear_address(SwmeLan *lan, uint32_t address);

/* ---- behind the host's card: lan-share.c ---- */

#define LAN_SHARE_FLOWS   64 /* of our own connections */
#define LAN_SHARE_FLOW_NS (300 * SWME_NS_PER_S)
#define LAN_SHARE_ASKED   16 /* ARP requests that wait for the host's answer */
#define LAN_SHARE_ASK_NS  (500 * SWME_NS_PER_MS)

/* A connection that we began. */
typedef struct LanShareFlow {
    uint32_t peer;
    uint16_t peer_port;
    uint16_t port;
    int64_t seen_ns; /* 0: free */
} LanShareFlow;

typedef struct LanShareAsked {
    uint8_t arp[ARP_SIZE];
    int64_t due_ns;
} LanShareAsked;

typedef struct LanShare {
    bool host_speaks;
    bool turned; /* it did not when work was done last, or the other way round */
    LanShareFlow flows[LAN_SHARE_FLOWS];
    LanShareAsked asked[LAN_SHARE_ASKED]; /* oldest first */
    unsigned int asked_count;
    SwmeTimer *timer;
} LanShare;

typedef enum LanShareWay { LAN_SHARE_HOST, LAN_SHARE_BOTH, LAN_SHARE_US } LanShareWay;

/* Whose is a frame that comes? size may be more than we take. */
LanShareWay lan_share_way(const SwmeLan *lan, const uint8_t *frame, size_t size);
/* The index-th segment of so many bytes of what holds several, into out, which has room for
 * SWME_LAN_MAX_FRAME; returns its frame's size, 0: there is none. */
size_t lan_share_segment(const uint8_t *frame, size_t size, size_t segment, unsigned int index,
                         uint8_t *out);
/* Is one of the host's worth hearing? */
bool lan_share_listens(const SwmeLan *lan, const uint8_t *frame, size_t size);
void lan_share_init(SwmeLan *lan);
void lan_share_free(SwmeLan *lan);
/* Our turn, or the host's. */
void lan_share_turn(SwmeLan *lan);
void lan_share_overhear(SwmeLan *lan, const LanFrame *frame);
/* The host should answer this ARP request; if it does not, we do. */
void lan_share_defer(SwmeLan *lan, const uint8_t *arp);
/* A frame of ours leaves. */
void lan_share_sent(SwmeLan *lan, const LanFrame *frame);

/* ---- presence: lan-rmcp.c ---- */

#define LAN_RMCP_PORT 623

void lan_rmcp_input(SwmeLan *lan, const LanDatagram *datagram, const uint8_t *mac);

/* ---- TCP: lan-tcp.c ---- */

typedef struct LanTcp LanTcp;

LanTcp *lan_tcp_new(SwmeLan *lan, GError **error);
void lan_tcp_free(LanTcp *tcp);
/* Our address is another, or none: all connections end. */
void lan_tcp_set_address(LanTcp *tcp, uint32_t address);
/* frame holds an IP packet of so many bytes to our address, header of ip_header bytes. */
void lan_tcp_input(LanTcp *tcp, const LanFrame *frame, size_t ip_header, size_t ip_size);

/* Who connects to other stations (lan-connect.h). */
struct LanConnect *lan_tcp_out(LanTcp *tcp);

/* The event loop: what to poll for, into add(); how many ms until there is work, -1: no limit. */
typedef void (*LanTcpFdFunc)(void *opaque, int fd, GIOCondition events);
int lan_tcp_fill(LanTcp *tcp, LanTcpFdFunc add, void *opaque);
/* Always after a fill; revents: as the fill numbered them. */
void lan_tcp_poll(LanTcp *tcp, const GIOCondition *revents, unsigned int count);

/* ---- lan.c ---- */

struct SwmeLan {
    SwmeLanConfig config;
    SwmeClock *clock;
    GSource *source;
    GRand *random;
    unsigned int subscription;
    bool running;     /* inside swme_lan_run() */
    bool held;        /* the wire takes nothing */
    bool wanted_room; /* a frame was refused */
    bool writing;     /* our own change of AMT's state */

    bool cable;
    bool up; /* cable, interface and AMT are on */
    bool dhcp_on;
    uint8_t mac[MAC_SIZE];
    uint32_t address;
    uint32_t mask;
    uint32_t gateway;
    uint16_t ip_id;

    LanQueue in;
    LanQueue out;
    LanArp arp;
    LanDhcp dhcp;
    LanShare share;
    LanTcp *tcp;
    SwmeLanStats stats;
};

/* A frame to fill in and hand to lan_arp_send() or lan_send(). */
LanFrame *lan_frame_new(SwmeLan *lan, size_t size);
/* Takes over a frame without addresses: puts them in, pads, queues. */
void lan_send(SwmeLan *lan, LanFrame *frame, const uint8_t *destination, uint16_t type);
/* The address is this one from now on, and AMT's state says so; address 0: there is none. */
void lan_set_lease(SwmeLan *lan, const LanLease *lease);

#endif
