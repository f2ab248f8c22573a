/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One libslirp, turned round: its "guests" are the stations of the LAN. Its own MAC addresses never
 * leave: it gets the same one for every station, and lan_arp_send() puts in the real ones.
 */
#ifndef SWME_LAN_ENGINE_H
#define SWME_LAN_ENGINE_H

#include <libslirp.h>

#include "firmware-sim/net/lan/lan-internal.h"

#define ENGINE_NEIGHBOURS 16 /* entries of libslirp's ARP table, replaced in turn (slirp.h) */
#define ENGINE_UNUSED     "240.0.0.1" /* class E: no station has it */

/* A TCP segment is about to leave; ip: the whole packet. */
typedef void (*LanEngineFunc)(void *opaque, const uint8_t *ip, size_t size);

typedef struct LanEngine {
    SwmeLan *lan;
    LanEngineFunc leaving;
    void *opaque;
    Slirp *slirp; /* NULL: stopped */

    uint32_t neighbours[ENGINE_NEIGHBOURS]; /* as libslirp has them */
    unsigned int next_neighbour;
    GArray *asked; /* uint32_t, whose MAC it has asked for; bounded */

    LanTcpFdFunc add; /* during a fill */
    void *add_opaque;
    unsigned int fd_count;       /* of the last fill */
    const GIOCondition *revents; /* during a poll */
} LanEngine;

void lan_engine_init(LanEngine *engine, SwmeLan *lan, LanEngineFunc leaving, void *opaque);
/* host: the address that connections to stations come from, as text. */
void lan_engine_start(LanEngine *engine, const char *host);
/* All connections end. */
void lan_engine_stop(LanEngine *engine);
void lan_engine_free(LanEngine *engine);

/* peer will be talked to: libslirp need not ask. */
void lan_engine_tell(LanEngine *engine, uint32_t peer);
/* An Ethernet frame with an IP packet of peer's. */
void lan_engine_input(LanEngine *engine, const uint8_t *frame, size_t size, uint32_t peer);
/* What it has asked for meanwhile. After each input. */
void lan_engine_settle(LanEngine *engine);
/* Whatever is ready at once, without the event loop. */
void lan_engine_turn(LanEngine *engine);

/* As lan_tcp_fill() and lan_tcp_poll(). */
int lan_engine_fill(LanEngine *engine, LanTcpFdFunc add, void *opaque);
/* revents: of as many as were added; NULL: nothing is ready. */
void lan_engine_poll(LanEngine *engine, const GIOCondition *revents);

#endif
