/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ME's LAN on a wire of the test's: a clock moved by hand, frames made by hand. */
#ifndef SWME_TESTS_LAN_FIXTURE_H
#define SWME_TESTS_LAN_FIXTURE_H

#include "firmware-sim/manual-clock.h"
#include "firmware-sim/net/lan/lan-packet.h"
#include "firmware-sim/net/lan/lan.h"
#include "tests/unit/unit.h"

#define LAN_ME     UINT32_C(0xc0000202) /* 192.0.2.2 */
#define LAN_PEER   UINT32_C(0xc0000207)
#define LAN_ROUTER UINT32_C(0xc0000201)

extern const uint8_t lan_me_mac[MAC_SIZE];
extern const uint8_t lan_peer_mac[MAC_SIZE];
extern const uint8_t lan_broadcast[MAC_SIZE];

typedef struct LanFixture {
    SwmeManualClock *clock;
    SwmeServices *services;
    AmtState *amt;
    SwmeLan *lan;
    GQueue sent; /* GBytes, oldest first */
    bool held;   /* the wire takes one frame, and then no more */
    unsigned int rooms;
} LanFixture;

/* ip as swme_lan_parse_address() has it; platform NULL: one of today's. */
void lan_fixture_start(LanFixture *fixture, const char *platform, const char *ip);
/* Behind the host's card, which is silent at first. */
void lan_fixture_share(LanFixture *fixture, const char *ip);
void lan_fixture_stop(LanFixture *fixture);

/* Hands in a frame and does what follows. */
void lan_give(LanFixture *fixture, const uint8_t *frame, size_t size);
/* Everything that can be done at this time. */
void lan_settle(LanFixture *fixture);
/* The oldest frame that left, whose checksums are right; NULL: none. Free with g_bytes_unref. */
GBytes *lan_take(LanFixture *fixture);
unsigned int lan_sent(const LanFixture *fixture);
void lan_forget(LanFixture *fixture);

/* Each returns the frame's size; out has SWME_LAN_MAX_FRAME bytes. */
size_t lan_make_arp(uint8_t *out, uint16_t operation, const uint8_t *sender_mac, uint32_t sender,
                    uint32_t target);
/* The header of a frame from the peer to the ME, and room for size bytes after the IP header. */
uint8_t *lan_make_ip(uint8_t *out, uint8_t protocol, uint32_t source, uint32_t destination,
                     size_t size);
size_t lan_ip_size(const uint8_t *frame);
/* Puts the checksums of an IP frame right. */
void lan_sum_up(uint8_t *frame);
size_t lan_make_udp(uint8_t *out, uint32_t source, uint16_t source_port, uint32_t destination,
                    uint16_t destination_port, const void *data, size_t size);
size_t lan_make_ping(uint8_t *out, size_t size);
size_t lan_make_tcp(uint8_t *out, uint32_t source, uint16_t source_port, uint16_t port,
                    uint8_t flags, uint32_t sequence, uint32_t acknowledged);

#endif
