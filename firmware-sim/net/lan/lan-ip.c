/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/net/lan/lan-internal.h"

#include <string.h>

#define DHCP_CLIENT_PORT 68

bool lan_is_host(uint32_t ip)
{
    uint32_t top = ip >> 24;

    return top != 0 && top != 127 && top < 224; /* RFC 1122, 3.2.1.3 */
}

/* ---- out ---- */

static uint8_t *put_ip(SwmeLan *lan, LanFrame *frame, uint8_t protocol, uint32_t source,
                       uint32_t destination)
{
    uint8_t *ip = frame->data + ETH_SIZE;

    memset(ip, 0, IP_SIZE);
    ip[IP_OFF_VERSION_IHL] = 0x45;
    lan_put16(ip + IP_OFF_LENGTH, (uint16_t)(frame->size - ETH_SIZE));
    lan_put16(ip + IP_OFF_ID, lan->ip_id++);
    lan_put16(ip + IP_OFF_FRAGMENT, IP_DONT_FRAGMENT);
    ip[IP_OFF_TTL] = IP_OUR_TTL;
    ip[IP_OFF_PROTOCOL] = protocol;
    lan_put32(ip + IP_OFF_SOURCE, source);
    lan_put32(ip + IP_OFF_DESTINATION, destination);
    lan_put16(ip + IP_OFF_CHECKSUM, lan_fold(lan_sum(0, ip, IP_SIZE)));
    return ip + IP_SIZE;
}

bool lan_udp_send(SwmeLan *lan, const LanDatagram *datagram, const uint8_t *mac)
{
    size_t size = UDP_SIZE + datagram->size;
    LanFrame *frame;
    uint8_t *udp;
    uint16_t sum;

    if (datagram->size > LAN_DATAGRAM_MAX) {
        return false;
    }
    frame = lan_frame_new(lan, ETH_SIZE + IP_SIZE + size);
    udp = put_ip(lan, frame, IP_UDP, datagram->source, datagram->destination);
    lan_put16(udp + UDP_OFF_SOURCE, datagram->source_port);
    lan_put16(udp + UDP_OFF_DESTINATION, datagram->destination_port);
    lan_put16(udp + UDP_OFF_LENGTH, (uint16_t)size);
    lan_put16(udp + UDP_OFF_CHECKSUM, 0);
    memcpy(udp + UDP_SIZE, datagram->data, datagram->size);
    sum = lan_fold(lan_sum(lan_pseudo(frame->data + ETH_SIZE, IP_UDP, size), udp, size));
    lan_put16(udp + UDP_OFF_CHECKSUM, sum ? sum : 0xffff); /* 0 says that there is none */
    if (mac) {
        lan_send(lan, frame, mac, ETH_TYPE_IPV4);
    } else {
        lan_arp_send(lan, frame);
    }
    return true;
}

/* ---- in ---- */

static void icmp_input(SwmeLan *lan, const LanFrame *frame, size_t header, size_t total)
{
    const uint8_t *ip = frame->data + ETH_SIZE;
    const uint8_t *icmp = ip + header;
    size_t size = total - header;
    LanFrame *reply;
    uint8_t *out;

    if (size < ICMP_SIZE) {
        lan->stats.malformed++;
    } else if (lan_fold(lan_sum(0, icmp, size)) != 0) {
        lan->stats.bad_checksum++;
    } else if (icmp[ICMP_OFF_TYPE] != ICMP_ECHO_REQUEST || icmp[ICMP_OFF_CODE] != 0 ||
               !amt_state_data(lan->config.amt)->host.ping) {
        lan->stats.not_for_us++;
    } else {
        lan->stats.pings++;
        reply = lan_frame_new(lan, ETH_SIZE + IP_SIZE + size);
        out = put_ip(lan, reply, IP_ICMP, lan->address, lan_get32(ip + IP_OFF_SOURCE));
        memcpy(out, icmp, size);
        out[ICMP_OFF_TYPE] = ICMP_ECHO_REPLY;
        lan_put16(out + ICMP_OFF_CHECKSUM, 0);
        lan_put16(out + ICMP_OFF_CHECKSUM, lan_fold(lan_sum(0, out, size)));
        lan_send(lan, reply, frame->data + ETH_OFF_SOURCE, ETH_TYPE_IPV4);
    }
}

static void udp_input(SwmeLan *lan, const LanFrame *frame, size_t header, size_t total)
{
    const uint8_t *ip = frame->data + ETH_SIZE;
    const uint8_t *udp = ip + header;
    LanDatagram datagram;
    size_t size;

    if (total - header < UDP_SIZE || lan_get16(udp + UDP_OFF_LENGTH) < UDP_SIZE ||
        lan_get16(udp + UDP_OFF_LENGTH) > total - header) {
        lan->stats.malformed++;
        return;
    }
    size = lan_get16(udp + UDP_OFF_LENGTH);
    if (lan_get16(udp + UDP_OFF_CHECKSUM) != 0 &&
        lan_fold(lan_sum(lan_pseudo(ip, IP_UDP, size), udp, size)) != 0) {
        lan->stats.bad_checksum++;
        return;
    }
    datagram = (LanDatagram){
        .source = lan_get32(ip + IP_OFF_SOURCE),
        .destination = lan_get32(ip + IP_OFF_DESTINATION),
        .source_port = lan_get16(udp + UDP_OFF_SOURCE),
        .destination_port = lan_get16(udp + UDP_OFF_DESTINATION),
        .data = udp + UDP_SIZE,
        .size = size - UDP_SIZE,
    };
    if (datagram.destination_port == DHCP_CLIENT_PORT) {
        lan_dhcp_input(lan, &datagram);
    } else if (lan->address == 0 || datagram.destination != lan->address) {
        lan->stats.not_for_us++;
    } else if (datagram.destination_port == LAN_RMCP_PORT) {
        lan_rmcp_input(lan, &datagram, frame->data + ETH_OFF_SOURCE);
    } else {
        lan->stats.no_udp_port++; /* silence, as from behind a filter of ports */
    }
}

void lan_ip_input(SwmeLan *lan, const LanFrame *frame)
{
    const uint8_t *ip = frame->data + ETH_SIZE;
    size_t room = frame->size - ETH_SIZE;
    uint32_t source;
    uint32_t destination;
    size_t header;
    size_t total;

    header = room < IP_SIZE ? 0 : (ip[IP_OFF_VERSION_IHL] & 15) * 4u;
    if (header < IP_SIZE || ip[IP_OFF_VERSION_IHL] >> 4 != 4 || header > room ||
        lan_get16(ip + IP_OFF_LENGTH) < header || lan_get16(ip + IP_OFF_LENGTH) > room ||
        ip[IP_OFF_TTL] == 0) {
        lan->stats.malformed++;
        return;
    }
    total = lan_get16(ip + IP_OFF_LENGTH);
    source = lan_get32(ip + IP_OFF_SOURCE);
    destination = lan_get32(ip + IP_OFF_DESTINATION);
    if (lan_fold(lan_sum(0, ip, header)) != 0) {
        lan->stats.bad_checksum++;
    } else if (lan_get16(ip + IP_OFF_FRAGMENT) & IP_FRAGMENT_MASK) {
        lan->stats.fragments++;
    } else if (!lan_is_host(source) || (lan->address && source == lan->address) ||
               (frame->data[ETH_OFF_SOURCE] & 1)) {
        lan->stats.malformed++;
    } else if (ip[IP_OFF_PROTOCOL] == IP_UDP) {
        udp_input(lan, frame, header, total);
    } else if (lan->address == 0 || destination != lan->address ||
               (frame->data[ETH_OFF_DESTINATION] & 1)) {
        lan->stats.not_for_us++;
    } else if (ip[IP_OFF_PROTOCOL] == IP_ICMP) {
        icmp_input(lan, frame, header, total);
    } else if (ip[IP_OFF_PROTOCOL] == IP_TCP) {
        lan_arp_learn(lan, source, frame->data + ETH_OFF_SOURCE);
        lan_tcp_input(lan->tcp, frame, header, total);
    } else {
        lan->stats.not_for_us++;
    }
}
