/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which connections stations have with us, how many more may come, and whose end makes room. Only
 * libslirp knows them all: a peer can make us see an end that it did not see.
 */
#ifndef SWME_LAN_FLOWS_H
#define SWME_LAN_FLOWS_H

#include "firmware-sim/net/lan/lan-engine.h"

typedef struct LanFlows LanFlows;

/* One station's connection; all as on its side of the wire. */
typedef struct LanFlowKey {
    uint32_t peer;
    uint16_t peer_port;
    uint16_t port; /* ours */
} LanFlowKey;

LanFlows *lan_flows_new(LanEngine *engine);
void lan_flows_free(LanFlows *flows);
void lan_flows_clear(LanFlows *flows);

/* A first frame has come: false, it is one too many (and counted). */
bool lan_flows_may_open(LanFlows *flows, const LanFlowKey *key);
/* A service has it. */
void lan_flows_established(LanFlows *flows, const LanFlowKey *key);
/* A segment of ours, as LanEngineFunc has it. */
void lan_flows_leaving(LanFlows *flows, const uint8_t *ip, size_t size);

#endif
