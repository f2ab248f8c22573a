/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where things are in a frame: Ethernet, ARP (RFC 826), IPv4 (RFC 791), ICMP (792), UDP (768), TCP
 * (9293). All of it is big-endian. */
#ifndef SWME_NET_LAN_PACKET_H
#define SWME_NET_LAN_PACKET_H

#include <stddef.h>
#include <stdint.h>

#define ETH_OFF_DESTINATION 0
#define ETH_OFF_SOURCE      6
#define ETH_OFF_TYPE        12
#define ETH_SIZE            14
#define ETH_TYPE_IPV4       0x0800
#define ETH_TYPE_ARP        0x0806
#define MAC_SIZE            6

#define ARP_OFF_HARDWARE   0
#define ARP_OFF_PROTOCOL   2
#define ARP_OFF_SIZES      4
#define ARP_OFF_OPERATION  6
#define ARP_OFF_SENDER_MAC 8
#define ARP_OFF_SENDER_IP  14
#define ARP_OFF_TARGET_MAC 18
#define ARP_OFF_TARGET_IP  24
#define ARP_SIZE           28
#define ARP_ETHERNET       1
#define ARP_SIZES_MAC_IPV4 0x0604
#define ARP_REQUEST        1
#define ARP_REPLY          2

#define IP_OFF_VERSION_IHL 0
#define IP_OFF_LENGTH      2
#define IP_OFF_ID          4
#define IP_OFF_FRAGMENT    6
#define IP_OFF_TTL         8
#define IP_OFF_PROTOCOL    9
#define IP_OFF_CHECKSUM    10
#define IP_OFF_SOURCE      12
#define IP_OFF_DESTINATION 16
#define IP_SIZE            20
#define IP_DONT_FRAGMENT   0x4000
#define IP_FRAGMENT_MASK   0x3fff /* more to come, or not the first */
#define IP_OUR_TTL         64
#define IP_ICMP            1
#define IP_TCP             6
#define IP_UDP             17
#define IP_BROADCAST       0xffffffffu

#define ICMP_OFF_TYPE     0
#define ICMP_OFF_CODE     1
#define ICMP_OFF_CHECKSUM 2
#define ICMP_SIZE         8
#define ICMP_ECHO_REPLY   0
#define ICMP_ECHO_REQUEST 8

#define UDP_OFF_SOURCE      0
#define UDP_OFF_DESTINATION 2
#define UDP_OFF_LENGTH      4
#define UDP_OFF_CHECKSUM    6
#define UDP_SIZE            8

#define TCP_OFF_SOURCE       0
#define TCP_OFF_DESTINATION  2
#define TCP_OFF_SEQUENCE     4
#define TCP_OFF_ACKNOWLEDGED 8
#define TCP_OFF_HEADER       12
#define TCP_OFF_FLAGS        13
#define TCP_OFF_CHECKSUM     16
#define TCP_SIZE             20
#define TCP_FIN              0x01
#define TCP_SYN              0x02
#define TCP_RST              0x04
#define TCP_PSH              0x08
#define TCP_ACK              0x10

static inline uint16_t lan_get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t lan_get32(const uint8_t *p)
{
    return (uint32_t)lan_get16(p) << 16 | lan_get16(p + 2);
}

static inline void lan_put16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static inline void lan_put32(uint8_t *p, uint32_t v)
{
    lan_put16(p, (uint16_t)(v >> 16));
    lan_put16(p + 2, (uint16_t)v);
}

/* The Internet checksum (RFC 1071) of the bytes, on top of sum; fold at the end. */
static inline uint32_t lan_sum(uint32_t sum, const uint8_t *data, size_t size)
{
    for (; size > 1; data += 2, size -= 2) {
        sum += lan_get16(data);
    }
    return size ? sum + ((uint32_t)data[0] << 8) : sum;
}

static inline uint16_t lan_fold(uint32_t sum)
{
    while (sum >> 16) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)~sum;
}

/* What UDP and TCP put in front of themselves, of an IP header's addresses. */
static inline uint32_t lan_pseudo(const uint8_t *ip, uint8_t protocol, size_t size)
{
    return lan_sum(protocol + (uint32_t)size, ip + IP_OFF_SOURCE, 8);
}

#endif
