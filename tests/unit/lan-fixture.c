/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/lan-fixture.h"

#include <string.h>

const uint8_t lan_me_mac[MAC_SIZE] = {0x02, 0x11, 0x22, 0x33, 0x44, 0x55};
const uint8_t lan_peer_mac[MAC_SIZE] = {0x02, 0, 0, 0, 0, 7};
const uint8_t lan_broadcast[MAC_SIZE] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

static const uint8_t uuid[AMTHI_UUID_SIZE] = {1};

static bool on_send(void *opaque, const uint8_t *frame, size_t size)
{
    LanFixture *fixture = opaque;

    MUST(size >= SWME_LAN_MIN_FRAME && size <= SWME_LAN_MAX_FRAME);
    g_queue_push_tail(&fixture->sent, g_bytes_new(frame, size));
    return !fixture->held;
}

static void on_room(void *opaque)
{
    ((LanFixture *)opaque)->rooms++;
}

static const SwmeLanOps ops = {.send = on_send, .room = on_room};

static void start(LanFixture *fixture, const char *platform, const char *ip, bool shared)
{
    AmtNetwork network;
    SwmeLanConfig config = {.ops = &ops, .opaque = fixture, .seed = 1, .shared = shared};

    memset(fixture, 0, sizeof(*fixture));
    fixture->clock = swme_manual_clock_new();
    fixture->services = swme_services_new();
    fixture->amt = amt_state_new(swme_platform_find(platform ? platform : "mtl-m", NULL), uuid,
                                 swme_manual_clock(fixture->clock), 1000000000);
    network = amt_state_data(fixture->amt)->network;
    memcpy(network.lan[0].mac, lan_me_mac, MAC_SIZE);
    MUST(swme_lan_parse_address(ip, &network.lan[0], NULL));
    amt_state_set_network(fixture->amt, &network);
    config.clock = swme_manual_clock(fixture->clock);
    config.services = fixture->services;
    config.amt = fixture->amt;
    fixture->lan = swme_lan_new(&config, NULL);
    MUST(fixture->lan);
    lan_settle(fixture);
}

void lan_fixture_start(LanFixture *fixture, const char *platform, const char *ip)
{
    start(fixture, platform, ip, false);
}

void lan_fixture_share(LanFixture *fixture, const char *ip)
{
    start(fixture, NULL, ip, true);
}

void lan_fixture_stop(LanFixture *fixture)
{
    swme_lan_free(fixture->lan);
    swme_services_free(fixture->services);
    amt_state_free(fixture->amt);
    lan_forget(fixture);
    MUST_EQ(swme_manual_clock_armed(fixture->clock), 0);
    swme_manual_clock_free(fixture->clock);
}

void lan_settle(LanFixture *fixture)
{
    (void)fixture;
    while (g_main_context_iteration(NULL, FALSE)) {
    }
}

void lan_give(LanFixture *fixture, const uint8_t *frame, size_t size)
{
    /* Of its very size, so that a sanitizer sees a byte too many. */
    g_autofree uint8_t *exact = g_memdup2(frame, size);

    swme_lan_receive(fixture->lan, exact, size);
    lan_settle(fixture);
}

static void check_sums(const uint8_t *frame, size_t size)
{
    const uint8_t *ip = frame + ETH_SIZE;
    size_t header = (ip[0] & 15) * 4u;
    size_t length = lan_get16(ip + IP_OFF_LENGTH);

    MUST(size >= ETH_SIZE + length);
    MUST_EQ(lan_fold(lan_sum(0, ip, header)), 0);
    MUST(ip[IP_OFF_TTL] > 0);
    if (ip[IP_OFF_PROTOCOL] == IP_ICMP) {
        MUST_EQ(lan_fold(lan_sum(0, ip + header, length - header)), 0);
    } else {
        MUST_EQ(lan_fold(lan_sum(lan_pseudo(ip, ip[IP_OFF_PROTOCOL], length - header), ip + header,
                                 length - header)),
                0);
    }
}

GBytes *lan_take(LanFixture *fixture)
{
    GBytes *bytes = g_queue_pop_head(&fixture->sent);

    if (bytes) {
        gsize size;
        const uint8_t *frame = g_bytes_get_data(bytes, &size);

        MUST(memcmp(frame + ETH_OFF_SOURCE, amt_state_data(fixture->amt)->network.lan[0].mac,
                    MAC_SIZE) == 0);
        if (lan_get16(frame + ETH_OFF_TYPE) == ETH_TYPE_IPV4) {
            check_sums(frame, size);
        }
    }
    return bytes;
}

unsigned int lan_sent(const LanFixture *fixture)
{
    return fixture->sent.length;
}

void lan_forget(LanFixture *fixture)
{
    g_queue_clear_full(&fixture->sent, (GDestroyNotify)g_bytes_unref);
}

/* ---- frames ---- */

size_t lan_make_arp(uint8_t *out, uint16_t operation, const uint8_t *sender_mac, uint32_t sender,
                    uint32_t target)
{
    uint8_t *arp = out + ETH_SIZE;

    memset(out, 0, SWME_LAN_MIN_FRAME);
    memcpy(out, operation == ARP_REQUEST ? lan_broadcast : lan_me_mac, MAC_SIZE);
    memcpy(out + ETH_OFF_SOURCE, sender_mac, MAC_SIZE);
    lan_put16(out + ETH_OFF_TYPE, ETH_TYPE_ARP);
    lan_put16(arp + ARP_OFF_HARDWARE, ARP_ETHERNET);
    lan_put16(arp + ARP_OFF_PROTOCOL, ETH_TYPE_IPV4);
    lan_put16(arp + ARP_OFF_SIZES, ARP_SIZES_MAC_IPV4);
    lan_put16(arp + ARP_OFF_OPERATION, operation);
    memcpy(arp + ARP_OFF_SENDER_MAC, sender_mac, MAC_SIZE);
    lan_put32(arp + ARP_OFF_SENDER_IP, sender);
    lan_put32(arp + ARP_OFF_TARGET_IP, target);
    return SWME_LAN_MIN_FRAME;
}

uint8_t *lan_make_ip(uint8_t *out, uint8_t protocol, uint32_t source, uint32_t destination,
                     size_t size)
{
    uint8_t *ip = out + ETH_SIZE;

    memcpy(out, lan_me_mac, MAC_SIZE);
    memcpy(out + ETH_OFF_SOURCE, lan_peer_mac, MAC_SIZE);
    lan_put16(out + ETH_OFF_TYPE, ETH_TYPE_IPV4);
    memset(ip, 0, IP_SIZE);
    ip[IP_OFF_VERSION_IHL] = 0x45;
    lan_put16(ip + IP_OFF_LENGTH, (uint16_t)(IP_SIZE + size));
    ip[IP_OFF_TTL] = 9;
    ip[IP_OFF_PROTOCOL] = protocol;
    lan_put32(ip + IP_OFF_SOURCE, source);
    lan_put32(ip + IP_OFF_DESTINATION, destination);
    lan_put16(ip + IP_OFF_CHECKSUM, lan_fold(lan_sum(0, ip, IP_SIZE)));
    return ip + IP_SIZE;
}

size_t lan_ip_size(const uint8_t *frame)
{
    return ETH_SIZE + lan_get16(frame + ETH_SIZE + IP_OFF_LENGTH);
}

void lan_sum_up(uint8_t *frame)
{
    static const uint8_t offsets[] = {
        [IP_ICMP] = ICMP_OFF_CHECKSUM, [IP_TCP] = 16, [IP_UDP] = UDP_OFF_CHECKSUM};
    uint8_t *ip = frame + ETH_SIZE;
    uint8_t protocol = ip[IP_OFF_PROTOCOL];
    size_t header = (ip[0] & 15) * 4u;
    size_t size = lan_get16(ip + IP_OFF_LENGTH) - header;
    uint8_t *payload = ip + header;

    lan_put16(ip + IP_OFF_CHECKSUM, 0);
    lan_put16(ip + IP_OFF_CHECKSUM, lan_fold(lan_sum(0, ip, header)));
    lan_put16(payload + offsets[protocol], 0);
    lan_put16(
        payload + offsets[protocol],
        lan_fold(lan_sum(protocol == IP_ICMP ? 0 : lan_pseudo(ip, protocol, size), payload, size)));
}

size_t lan_make_udp(uint8_t *out, uint32_t source, uint16_t source_port, uint32_t destination,
                    uint16_t destination_port, const void *data, size_t size)
{
    uint8_t *udp = lan_make_ip(out, IP_UDP, source, destination, UDP_SIZE + size);

    lan_put16(udp + UDP_OFF_SOURCE, source_port);
    lan_put16(udp + UDP_OFF_DESTINATION, destination_port);
    lan_put16(udp + UDP_OFF_LENGTH, (uint16_t)(UDP_SIZE + size));
    memcpy(udp + UDP_SIZE, data, size);
    lan_sum_up(out);
    return lan_ip_size(out);
}

size_t lan_make_ping(uint8_t *out, size_t size)
{
    uint8_t *icmp = lan_make_ip(out, IP_ICMP, LAN_PEER, LAN_ME, ICMP_SIZE + size);

    memset(icmp, 0, ICMP_SIZE);
    icmp[ICMP_OFF_TYPE] = ICMP_ECHO_REQUEST;
    for (size_t i = 0; i < size; i++) {
        icmp[ICMP_SIZE + i] = (uint8_t)i;
    }
    lan_sum_up(out);
    return lan_ip_size(out);
}

size_t lan_make_tcp(uint8_t *out, uint32_t source, uint16_t source_port, uint16_t port,
                    uint8_t flags, uint32_t sequence, uint32_t acknowledged)
{
    uint8_t *tcp = lan_make_ip(out, IP_TCP, source, LAN_ME, TCP_SIZE);

    memset(tcp, 0, TCP_SIZE);
    lan_put16(tcp + TCP_OFF_SOURCE, source_port);
    lan_put16(tcp + TCP_OFF_DESTINATION, port);
    lan_put32(tcp + 4, sequence);
    lan_put32(tcp + 8, acknowledged);
    tcp[TCP_OFF_HEADER] = 5 << 4;
    tcp[TCP_OFF_FLAGS] = flags;
    lan_put16(tcp + 14, 65535);
    lan_sum_up(out);
    return lan_ip_size(out);
}
