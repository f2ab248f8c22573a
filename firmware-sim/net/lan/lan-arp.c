/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/net/lan/lan-connect.h"
#include "firmware-sim/net/lan/lan-internal.h"

#include <string.h>

static LanNeighbour *set_of(SwmeLan *lan, uint32_t ip)
{
    return lan->arp.table[(ip * UINT32_C(2654435761)) >> 26];
}

G_STATIC_ASSERT(LAN_NEIGHBOUR_SETS == 1 << (32 - 26));

static LanNeighbour *find(SwmeLan *lan, uint32_t ip)
{
    LanNeighbour *set = set_of(lan, ip);

    for (unsigned int i = 0; i < LAN_NEIGHBOUR_WAYS; i++) {
        if (set[i].ip == ip) {
            return &set[i];
        }
    }
    return NULL;
}

static const uint8_t *known(SwmeLan *lan, uint32_t ip)
{
    LanNeighbour *neighbour = find(lan, ip);

    if (!neighbour || lan->clock->now(lan->clock) - neighbour->seen_ns > LAN_NEIGHBOUR_NS) {
        return NULL;
    }
    return neighbour->mac;
}

static void request(SwmeLan *lan, uint32_t ip)
{
    static const uint8_t broadcast[MAC_SIZE] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    LanFrame *frame = lan_frame_new(lan, ETH_SIZE + ARP_SIZE);
    uint8_t *arp = frame->data + ETH_SIZE;

    lan_put16(arp + ARP_OFF_HARDWARE, ARP_ETHERNET);
    lan_put16(arp + ARP_OFF_PROTOCOL, ETH_TYPE_IPV4);
    lan_put16(arp + ARP_OFF_SIZES, ARP_SIZES_MAC_IPV4);
    lan_put16(arp + ARP_OFF_OPERATION, ARP_REQUEST);
    memcpy(arp + ARP_OFF_SENDER_MAC, lan->mac, MAC_SIZE);
    lan_put32(arp + ARP_OFF_SENDER_IP, lan->address);
    memset(arp + ARP_OFF_TARGET_MAC, 0, MAC_SIZE);
    lan_put32(arp + ARP_OFF_TARGET_IP, ip);
    lan_send(lan, frame, broadcast, ETH_TYPE_ARP);
}

void lan_arp_announce(SwmeLan *lan)
{
    request(lan, lan->address); /* RFC 5227, 2.3 */
}

/* ---- packets that wait for an answer ---- */

static void drop_waiting(SwmeLan *lan, unsigned int index)
{
    LanArp *arp = &lan->arp;

    g_free(arp->waiting[index].frame);
    memmove(&arp->waiting[index], &arp->waiting[index + 1],
            (arp->waiting_count - index - 1) * sizeof(arp->waiting[0]));
    arp->waiting_count--;
}

static void arm(SwmeLan *lan)
{
    const LanArp *arp = &lan->arp;
    int64_t next = INT64_MAX;

    for (unsigned int i = 0; i < arp->waiting_count; i++) {
        next = MIN(next, arp->waiting[i].next_ns);
    }
    if (arp->waiting_count) {
        lan->clock->timer_arm(arp->timer, next);
    } else {
        lan->clock->timer_cancel(arp->timer);
    }
}

static void retry(void *opaque)
{
    SwmeLan *lan = opaque;
    LanArp *arp = &lan->arp;
    int64_t now = lan->clock->now(lan->clock);

    for (unsigned int i = 0; i < arp->waiting_count;) {
        LanWaiting *waiting = &arp->waiting[i];

        if (waiting->next_ns > now) {
            i++;
        } else if (waiting->tries == LAN_ARP_TRIES) {
            uint32_t to = lan_get32(waiting->frame->data + ETH_SIZE + IP_OFF_DESTINATION);

            lan->stats.unresolved++;
            drop_waiting(lan, i);
            lan_connect_unreachable(lan_tcp_out(lan->tcp), to);
        } else {
            waiting->tries++;
            waiting->next_ns = now + LAN_ARP_WAIT_NS;
            request(lan, waiting->hop);
            i++;
        }
    }
    arm(lan);
}

static void resolved(SwmeLan *lan, uint32_t ip, const uint8_t *mac)
{
    LanArp *arp = &lan->arp;
    bool any = false;

    for (unsigned int i = 0; i < arp->waiting_count;) {
        if (arp->waiting[i].hop == ip) {
            LanFrame *frame = g_steal_pointer(&arp->waiting[i].frame);

            drop_waiting(lan, i);
            lan_send(lan, frame, mac, ETH_TYPE_IPV4);
            any = true;
        } else {
            i++;
        }
    }
    if (any) {
        arm(lan);
    }
}

static void wait_for(SwmeLan *lan, LanFrame *frame, uint32_t hop)
{
    LanArp *arp = &lan->arp;
    bool asked = false;

    if (arp->waiting_count == LAN_WAITING_MAX) {
        lan->stats.unresolved++;
        drop_waiting(lan, 0);
    }
    for (unsigned int i = 0; i < arp->waiting_count; i++) {
        asked |= arp->waiting[i].hop == hop;
    }
    arp->waiting[arp->waiting_count++] =
        (LanWaiting){frame, hop, 1, lan->clock->now(lan->clock) + LAN_ARP_WAIT_NS};
    if (!asked) {
        request(lan, hop);
    }
    arm(lan);
}

void lan_arp_send(SwmeLan *lan, LanFrame *frame)
{
    uint32_t to = lan_get32(frame->data + ETH_SIZE + IP_OFF_DESTINATION);
    bool near = ((to ^ lan->address) & lan->mask) == 0;
    const uint8_t *mac = known(lan, to); /* also of a remote peer, by its router */

    if (!mac && !near) {
        to = lan->gateway;
        mac = to ? known(lan, to) : NULL;
    }
    if (mac) {
        lan_send(lan, frame, mac, ETH_TYPE_IPV4);
    } else if (to) {
        wait_for(lan, frame, to);
    } else {
        lan->stats.unresolved++;
        g_free(frame);
    }
}

/* ---- what stations tell ---- */

void lan_arp_learn(SwmeLan *lan, uint32_t ip, const uint8_t *mac)
{
    LanNeighbour *entry = find(lan, ip);
    LanNeighbour *set = set_of(lan, ip);

    for (unsigned int i = 0; !entry && i < LAN_NEIGHBOUR_WAYS; i++) {
        entry = set[i].ip == 0 ? &set[i] : NULL;
    }
    if (!entry) {
        entry = &set[0];
        for (unsigned int i = 1; i < LAN_NEIGHBOUR_WAYS; i++) {
            entry = set[i].seen_ns < entry->seen_ns ? &set[i] : entry;
        }
    }
    entry->ip = ip;
    entry->seen_ns = lan->clock->now(lan->clock);
    memcpy(entry->mac, mac, MAC_SIZE);
    if (lan->arp.waiting_count) {
        resolved(lan, ip, mac);
    }
}

void lan_arp_answer(SwmeLan *lan, const uint8_t *asked)
{
    LanFrame *frame = lan_frame_new(lan, ETH_SIZE + ARP_SIZE);
    uint8_t *arp = frame->data + ETH_SIZE;

    memcpy(arp, asked, ARP_OFF_OPERATION);
    lan_put16(arp + ARP_OFF_OPERATION, ARP_REPLY);
    memcpy(arp + ARP_OFF_SENDER_MAC, lan->mac, MAC_SIZE);
    lan_put32(arp + ARP_OFF_SENDER_IP, lan->address);
    memcpy(arp + ARP_OFF_TARGET_MAC, asked + ARP_OFF_SENDER_MAC, MAC_SIZE);
    memcpy(arp + ARP_OFF_TARGET_IP, asked + ARP_OFF_SENDER_IP, 4);
    lan_send(lan, frame, asked + ARP_OFF_SENDER_MAC, ETH_TYPE_ARP);
}

void lan_arp_input(SwmeLan *lan, const LanFrame *frame)
{
    const uint8_t *arp = frame->data + ETH_SIZE;
    uint16_t operation;
    uint32_t sender;
    bool for_us;

    if (frame->size < ETH_SIZE + ARP_SIZE || lan_get16(arp + ARP_OFF_HARDWARE) != ARP_ETHERNET ||
        lan_get16(arp + ARP_OFF_PROTOCOL) != ETH_TYPE_IPV4 ||
        lan_get16(arp + ARP_OFF_SIZES) != ARP_SIZES_MAC_IPV4 ||
        (arp[ARP_OFF_SENDER_MAC] & 1) != 0) {
        lan->stats.malformed++;
        return;
    }
    operation = lan_get16(arp + ARP_OFF_OPERATION);
    sender = lan_get32(arp + ARP_OFF_SENDER_IP);
    if (lan->address == 0 || memcmp(arp + ARP_OFF_SENDER_MAC, lan->mac, MAC_SIZE) == 0) {
        lan->stats.not_for_us++;
        return;
    }
    if (sender == lan->address) {
        int64_t now = lan->clock->now(lan->clock);

        /* We stay, and say so, but not again at once: the other one may do the same. */
        if (lan->share.host_speaks) {
            lan->stats.conflicts++; /* that is the host's to settle */
        } else if (lan->stats.conflicts++ == 0 || now - lan->arp.defended_ns >= LAN_DEFEND_NS) {
            lan->arp.defended_ns = now;
            lan_arp_announce(lan);
        }
        return;
    }
    for_us = lan_get32(arp + ARP_OFF_TARGET_IP) == lan->address;
    /* As RFC 826 has it: who is known is kept up to date, who asks for us becomes known. */
    if (lan_is_host(sender) && (for_us || find(lan, sender))) {
        lan_arp_learn(lan, sender, arp + ARP_OFF_SENDER_MAC);
    }
    if (for_us && operation == ARP_REQUEST && lan->share.host_speaks) {
        lan_share_defer(lan, arp);
    } else if (for_us && operation == ARP_REQUEST) {
        lan_arp_answer(lan, arp);
    } else if (!for_us) {
        lan->stats.not_for_us++;
    }
}

/* ---- life ---- */

void lan_arp_init(SwmeLan *lan)
{
    lan->arp.timer = lan->clock->timer_new(lan->clock, retry, lan);
}

void lan_arp_clear(SwmeLan *lan)
{
    while (lan->arp.waiting_count) {
        drop_waiting(lan, lan->arp.waiting_count - 1);
    }
    memset(lan->arp.table, 0, sizeof(lan->arp.table));
    arm(lan);
}

void lan_arp_free(SwmeLan *lan)
{
    if (lan->arp.timer) {
        lan_arp_clear(lan);
        lan->clock->timer_free(lan->arp.timer);
    }
}
