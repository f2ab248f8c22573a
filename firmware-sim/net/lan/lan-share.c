/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One card, one MAC and one IPv4 address for host and ME: AMT takes the ports that are its own
 * before the host sees them, ARP and DHCP answers are for both (Intel I210 data sheet, "System
 * Manageability": MDEF, MNGONLY; AMT SDK, "Using Static IP Addressing"). IPv6 is never shared.
 */
#include <string.h>

#include "firmware-sim/net/lan/lan-internal.h"

#define VNC_PORT    5900
#define DHCP_SERVER 67
#define DHCP_CLIENT 68
#define SEGMENT_MIN 64 /* what nobody would cut smaller */

/* Where an IPv4 packet's payload is, as far as a frame can be trusted. */
typedef struct Packet {
    const uint8_t *ip;
    const uint8_t *payload;
    size_t left; /* bytes of payload in the frame */
    uint8_t protocol;
} Packet;

static bool find_packet(const uint8_t *frame, size_t size, Packet *packet)
{
    const uint8_t *ip = frame + ETH_SIZE;
    size_t room = size - ETH_SIZE;
    size_t header;

    if (room < IP_SIZE || ip[IP_OFF_VERSION_IHL] >> 4 != 4) {
        return false;
    }
    header = (ip[IP_OFF_VERSION_IHL] & 15) * 4u;
    if (header < IP_SIZE || header > room) {
        return false;
    }
    *packet = (Packet){ip, ip + header, room - header, ip[IP_OFF_PROTOCOL]};
    return true;
}

/* The rest of a packet that came in parts has none; without its first part nobody can use it. */
static bool has_ports(const Packet *packet)
{
    return (packet->protocol == IP_TCP || packet->protocol == IP_UDP) && packet->left >= 4 &&
           (lan_get16(packet->ip + IP_OFF_FRAGMENT) & 0x1fff) == 0;
}

/* IANA; AMT SDK, "Working with Port 5900". */
static bool is_our_port(const SwmeLan *lan, uint8_t protocol, uint16_t port)
{
    if (port == LAN_RMCP_PORT || port == LAN_RMCP_PORT + 41) {
        return true;
    }
    return protocol == IP_TCP &&
           ((port >= 16992 && port <= 16995) ||
            (port == VNC_PORT && amt_state_data(lan->config.amt)->redirection.port_5900) ||
            swme_services_serves(lan->config.services, port));
}

/* ---- connections that we began ---- */

static bool is_flow(const LanShareFlow *flow, uint32_t peer, uint16_t peer_port, uint16_t port)
{
    return flow->seen_ns && flow->peer == peer && flow->peer_port == peer_port &&
           flow->port == port;
}

static bool is_known_flow(const SwmeLan *lan, const Packet *packet)
{
    int64_t now = lan->clock->now(lan->clock);

    for (unsigned int i = 0; i < LAN_SHARE_FLOWS; i++) {
        if (is_flow(&lan->share.flows[i], lan_get32(packet->ip + IP_OFF_SOURCE),
                    lan_get16(packet->payload + TCP_OFF_SOURCE),
                    lan_get16(packet->payload + TCP_OFF_DESTINATION))) {
            return now - lan->share.flows[i].seen_ns < LAN_SHARE_FLOW_NS;
        }
    }
    return false;
}

void lan_share_sent(SwmeLan *lan, const LanFrame *frame)
{
    LanShareFlow *flow = &lan->share.flows[0];
    uint32_t peer;
    uint16_t port, peer_port;
    Packet packet;

    if (lan_get16(frame->data + ETH_OFF_TYPE) != ETH_TYPE_IPV4 ||
        !find_packet(frame->data, frame->size, &packet) || packet.protocol != IP_TCP ||
        !has_ports(&packet)) {
        return;
    }
    peer = lan_get32(packet.ip + IP_OFF_DESTINATION);
    port = lan_get16(packet.payload + TCP_OFF_SOURCE);
    peer_port = lan_get16(packet.payload + TCP_OFF_DESTINATION);
    if (is_our_port(lan, IP_TCP, port)) {
        return;
    }
    for (unsigned int i = 0; i < LAN_SHARE_FLOWS; i++) {
        LanShareFlow *other = &lan->share.flows[i];

        if (is_flow(other, peer, peer_port, port)) {
            flow = other;
            break;
        }
        flow = other->seen_ns < flow->seen_ns ? other : flow;
    }
    *flow = (LanShareFlow){peer, peer_port, port, MAX(lan->clock->now(lan->clock), 1)};
}

/* ---- whose it is ---- */

static LanShareWay ip_way(const SwmeLan *lan, const uint8_t *frame, size_t size)
{
    uint32_t destination;
    uint16_t port;
    Packet packet;

    if (!find_packet(frame, size, &packet)) {
        return LAN_SHARE_HOST;
    }
    if (packet.protocol == IP_ICMP) {
        return lan->share.host_speaks ? LAN_SHARE_HOST : LAN_SHARE_BOTH;
    }
    if (!has_ports(&packet)) {
        return LAN_SHARE_HOST;
    }
    destination = lan_get32(packet.ip + IP_OFF_DESTINATION);
    port = lan_get16(packet.payload + UDP_OFF_DESTINATION);
    if (packet.protocol == IP_UDP && port == DHCP_CLIENT &&
        lan_get16(packet.payload + UDP_OFF_SOURCE) == DHCP_SERVER) {
        return LAN_SHARE_BOTH;
    }
    /* Which address is ours may not be known yet, or any more: the host gets nothing of it then. */
    if ((frame[0] & 1) || (lan->address && destination != lan->address)) {
        return LAN_SHARE_HOST;
    }
    if (is_our_port(lan, packet.protocol, port) ||
        (packet.protocol == IP_TCP && is_known_flow(lan, &packet))) {
        return LAN_SHARE_US;
    }
    return LAN_SHARE_HOST;
}

LanShareWay lan_share_way(const SwmeLan *lan, const uint8_t *frame, size_t size)
{
    static const uint8_t broadcast[MAC_SIZE] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

    if (size < ETH_SIZE ||
        (memcmp(frame, lan->mac, MAC_SIZE) != 0 && memcmp(frame, broadcast, MAC_SIZE) != 0)) {
        return LAN_SHARE_HOST;
    }
    switch (lan_get16(frame + ETH_OFF_TYPE)) {
    case ETH_TYPE_ARP:
        return LAN_SHARE_BOTH;
    case ETH_TYPE_IPV4:
        return ip_way(lan, frame, size);
    default:
        return LAN_SHARE_HOST;
    }
}

/* ---- what the card would cut ---- */

/* As Linux does it in software (net/ipv4/tcp_offload.c, tcp_gso_segment()). */
size_t lan_share_segment(const uint8_t *frame, size_t size, size_t segment, unsigned int index,
                         uint8_t *out)
{
    size_t head, header, data, start, count;
    uint8_t *ip = out + ETH_SIZE;
    uint8_t *tcp;
    Packet packet;

    if (segment < SEGMENT_MIN || size < ETH_SIZE || !find_packet(frame, size, &packet) ||
        packet.protocol != IP_TCP || packet.left < TCP_SIZE) {
        return 0;
    }
    header = (packet.payload[TCP_OFF_HEADER] >> 4) * 4u;
    head = (size_t)(packet.payload - frame) + header;
    if (header < TCP_SIZE || header > packet.left || head + segment > SWME_LAN_MAX_FRAME ||
        size - head <= index * segment) {
        return 0;
    }
    data = size - head;
    start = index * segment;
    count = MIN(segment, data - start);
    memcpy(out, frame, head);
    memcpy(out + head, frame + head + start, count);
    tcp = out + head - header;
    lan_put16(ip + IP_OFF_LENGTH, (uint16_t)(head - ETH_SIZE + count));
    lan_put16(ip + IP_OFF_ID, (uint16_t)(lan_get16(ip + IP_OFF_ID) + index));
    lan_put16(ip + IP_OFF_CHECKSUM, 0);
    lan_put16(ip + IP_OFF_CHECKSUM, lan_fold(lan_sum(0, ip, head - header - ETH_SIZE)));
    lan_put32(tcp + TCP_OFF_SEQUENCE, lan_get32(tcp + TCP_OFF_SEQUENCE) + (uint32_t)start);
    if (start + count < data) {
        tcp[TCP_OFF_FLAGS] &= (uint8_t) ~(TCP_FIN | TCP_PSH);
    }
    lan_put16(tcp + TCP_OFF_CHECKSUM, 0);
    lan_put16(tcp + TCP_OFF_CHECKSUM,
              lan_fold(lan_sum(lan_pseudo(ip, IP_TCP, header + count), tcp, header + count)));
    return head + count;
}

/* ---- what the host says ---- */

static const uint8_t *find_dhcp(const uint8_t *frame, size_t size, size_t *left)
{
    Packet packet;

    if (lan_get16(frame + ETH_OFF_TYPE) != ETH_TYPE_IPV4 || !find_packet(frame, size, &packet) ||
        packet.protocol != IP_UDP || !has_ports(&packet) || packet.left < UDP_SIZE ||
        lan_get16(packet.payload + UDP_OFF_SOURCE) != DHCP_CLIENT ||
        lan_get16(packet.payload + UDP_OFF_DESTINATION) != DHCP_SERVER) {
        return NULL;
    }
    *left = packet.left - UDP_SIZE;
    return packet.payload + UDP_SIZE;
}

static bool is_arp(const SwmeLan *lan, const uint8_t *frame, size_t size)
{
    const uint8_t *arp = frame + ETH_SIZE;

    return lan_get16(frame + ETH_OFF_TYPE) == ETH_TYPE_ARP && size >= ETH_SIZE + ARP_SIZE &&
           lan_get16(arp + ARP_OFF_SIZES) == ARP_SIZES_MAC_IPV4 &&
           memcmp(arp + ARP_OFF_SENDER_MAC, lan->mac, MAC_SIZE) == 0 &&
           lan_is_host(lan_get32(arp + ARP_OFF_SENDER_IP));
}

bool lan_share_listens(const SwmeLan *lan, const uint8_t *frame, size_t size)
{
    size_t left;

    return size >= ETH_SIZE && (is_arp(lan, frame, size) || find_dhcp(frame, size, &left));
}

/* ---- ARP requests that a host that hangs does not answer ---- */

static void arm(SwmeLan *lan)
{
    if (lan->share.asked_count) {
        lan->clock->timer_arm(lan->share.timer, lan->share.asked[0].due_ns);
    } else {
        lan->clock->timer_cancel(lan->share.timer);
    }
}

static void drop_asked(SwmeLan *lan, unsigned int index)
{
    LanShare *share = &lan->share;

    memmove(&share->asked[index], &share->asked[index + 1],
            (share->asked_count - index - 1) * sizeof(share->asked[0]));
    share->asked_count--;
}

static void on_silence(void *opaque)
{
    SwmeLan *lan = opaque;
    LanShare *share = &lan->share;

    while (share->asked_count && share->asked[0].due_ns <= lan->clock->now(lan->clock)) {
        if (lan->up && lan_get32(share->asked[0].arp + ARP_OFF_TARGET_IP) == lan->address) {
            lan->stats.stood_in++;
            lan_arp_answer(lan, share->asked[0].arp);
        }
        drop_asked(lan, 0);
    }
    arm(lan);
}

static bool asks_the_same(const uint8_t *a, const uint8_t *b)
{
    return memcmp(a + ARP_OFF_SENDER_MAC, b + ARP_OFF_SENDER_MAC, MAC_SIZE + 4) == 0;
}

void lan_share_defer(SwmeLan *lan, const uint8_t *arp)
{
    LanShare *share = &lan->share;

    for (unsigned int i = 0; i < share->asked_count; i++) {
        if (asks_the_same(share->asked[i].arp, arp)) {
            return;
        }
    }
    if (share->asked_count < LAN_SHARE_ASKED) {
        LanShareAsked *asked = &share->asked[share->asked_count++];

        memcpy(asked->arp, arp, ARP_SIZE);
        asked->due_ns = lan->clock->now(lan->clock) + LAN_SHARE_ASK_NS;
        arm(lan);
    }
}

/* The host answers itself. */
static void answered(SwmeLan *lan, const uint8_t *arp)
{
    LanShare *share = &lan->share;

    for (unsigned int i = 0; i < share->asked_count;) {
        if (memcmp(share->asked[i].arp + ARP_OFF_SENDER_MAC, arp + ARP_OFF_TARGET_MAC,
                   MAC_SIZE + 4) == 0) {
            drop_asked(lan, i);
        } else {
            i++;
        }
    }
    arm(lan);
}

void lan_share_overhear(SwmeLan *lan, const LanFrame *frame)
{
    const uint8_t *arp = frame->data + ETH_SIZE;
    const uint8_t *message;
    size_t left;

    if (is_arp(lan, frame->data, frame->size)) {
        if (lan_get16(arp + ARP_OFF_OPERATION) == ARP_REPLY) {
            answered(lan, arp);
        }
        lan_dhcp_overhear_address(lan, lan_get32(arp + ARP_OFF_SENDER_IP));
    } else if ((message = find_dhcp(frame->data, frame->size, &left))) {
        lan_dhcp_overhear(lan, message, left);
    }
}

/* ---- turns ---- */

void lan_share_turn(SwmeLan *lan)
{
    lan->share.turned = false;
    lan->share.asked_count = 0;
    arm(lan);
    if (!lan->dhcp_on) {
        return;
    }
    if (lan->share.host_speaks) {
        lan_dhcp_watch(lan);
    } else {
        lan_dhcp_act(lan);
    }
}

void lan_share_init(SwmeLan *lan)
{
    if (lan->config.shared) {
        lan->share.timer = lan->clock->timer_new(lan->clock, on_silence, lan);
    }
}

void lan_share_free(SwmeLan *lan)
{
    if (lan->share.timer) {
        lan->clock->timer_free(lan->share.timer);
    }
}
