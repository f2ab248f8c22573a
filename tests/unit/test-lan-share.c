/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ME behind the host's card: what is whose, and what the ME learns by listening. */
#include "tests/unit/lan-fixture.h"

#include <string.h>

#include "firmware-sim/machine.h"
#include "firmware-sim/net/lan/lan-internal.h"

#define HOST_XID UINT32_C(0x1234)
#define NAMED    UINT32_C(0xc0000209)
#define RELEASE  7
#define REQUEST  3
#define ACK      5
#define NAK      6
#define S        SWME_NS_PER_S

static LanFixture fixture;
static uint8_t frame[SWME_LAN_MAX_FRAME];

static void setup(void)
{
    lan_fixture_share(&fixture, "192.0.2.2/24+192.0.2.1");
    lan_forget(&fixture);
}

static void setup_dhcp(void)
{
    lan_fixture_share(&fixture, "dhcp");
    lan_forget(&fixture);
}

static void teardown(void)
{
    swme_lan_set_link(fixture.lan, false);
    lan_fixture_stop(&fixture);
}

static bool host_gets(const uint8_t *data, size_t size)
{
    g_autofree uint8_t *exact = g_memdup2(data, size);
    bool gets = swme_lan_share_in(fixture.lan, exact, size, 0);

    lan_settle(&fixture);
    return gets;
}

static void host_sends(const uint8_t *data, size_t size)
{
    g_autofree uint8_t *exact = g_memdup2(data, size);

    swme_lan_share_out(fixture.lan, exact, size);
    lan_settle(&fixture);
}

static void host_speaks(void)
{
    uint8_t ipv6[SWME_LAN_MIN_FRAME] = {0x33, 0x33};

    lan_put16(ipv6 + ETH_OFF_TYPE, 0x86dd);
    host_sends(ipv6, sizeof(ipv6));
}

static void advance(int64_t ns)
{
    swme_manual_clock_advance(fixture.clock, ns);
    lan_settle(&fixture);
}

static uint64_t taken(void)
{
    return swme_lan_stats(fixture.lan)->frames_in;
}

/* ---- whose ---- */

static bool host_gets_port(uint8_t protocol, uint32_t to, uint16_t port)
{
    uint64_t before = taken();
    bool gets;
    size_t size;

    if (protocol == IP_TCP) {
        uint8_t *tcp;

        lan_make_tcp(frame, LAN_PEER, 4000, port, TCP_SYN, 1, 0);
        lan_put32(frame + ETH_SIZE + IP_OFF_DESTINATION, to);
        lan_sum_up(frame);
        tcp = frame + ETH_SIZE + IP_SIZE;
        MUST_EQ(lan_get16(tcp + TCP_OFF_DESTINATION), port);
        size = lan_ip_size(frame);
    } else {
        size = lan_make_udp(frame, LAN_PEER, 4000, to, port, "x", 1);
    }
    gets = host_gets(frame, size);
    MUST_EQ(taken() - before, !gets); /* each has one owner */
    return gets;
}

START_TEST(ports)
{
    static const uint16_t ours[] = {623, 664, 16992, 16993, 16994, 16995};
    static const uint16_t hosts[] = {1, 22, 80, 622, 665, 5900, 16991, 16996, 65535};
    AmtRedirection redirection = amt_state_data(fixture.amt)->redirection;

    for (int speaks = 0; speaks < 2; speaks++) {
        for (size_t i = 0; i < G_N_ELEMENTS(ours); i++) {
            ck_assert(!host_gets_port(IP_TCP, LAN_ME, ours[i]));
            ck_assert(host_gets_port(IP_TCP, NAMED, ours[i])); /* the host's other address */
            ck_assert(host_gets_port(IP_UDP, LAN_ME, ours[i]) == (i > 1));
        }
        for (size_t i = 0; i < G_N_ELEMENTS(hosts); i++) {
            ck_assert(host_gets_port(IP_TCP, LAN_ME, hosts[i]));
            ck_assert(host_gets_port(IP_UDP, LAN_ME, hosts[i]));
        }
        host_speaks();
    }
    redirection.port_5900 = true;
    amt_state_set_redirection(fixture.amt, &redirection);
    ck_assert(!host_gets_port(IP_TCP, LAN_ME, 5900));
    swme_lan_set_link(fixture.lan, false); /* AMT is off the net: nothing is its own */
    ck_assert(host_gets_port(IP_TCP, LAN_ME, 16992));
}
END_TEST

START_TEST(frames_that_are_the_hosts)
{
    size_t size = lan_make_tcp(frame, LAN_PEER, 4000, 16992, TCP_SYN, 1, 0);
    uint8_t odd[SWME_LAN_MAX_FRAME];
    uint8_t *ip = odd + ETH_SIZE;

#define RENEW() memcpy(odd, frame, sizeof(odd))
    for (size_t cut = 0; cut < ETH_SIZE + IP_SIZE + 4; cut++) {
        ck_assert(host_gets(frame, cut));
    }
    ck_assert(!host_gets(frame, ETH_SIZE + IP_SIZE + 4)); /* malformed, and ours */
    RENEW();
    odd[5] ^= 1; /* another station */
    ck_assert(host_gets(odd, size));
    RENEW();
    odd[0] = 0x01; /* a group */
    ck_assert(host_gets(odd, size));
    RENEW();
    lan_put16(odd + ETH_OFF_TYPE, 0x8100);
    ck_assert(host_gets(odd, size));
    RENEW();
    ip[IP_OFF_VERSION_IHL] = 0x65;
    ck_assert(host_gets(odd, size));
    ip[IP_OFF_VERSION_IHL] = 0x44;
    ck_assert(host_gets(odd, size));
    ip[IP_OFF_VERSION_IHL] = 0x4f; /* beyond its end */
    ck_assert(host_gets(odd, size));
    RENEW();
    lan_put16(ip + IP_OFF_FRAGMENT, 0x2000); /* the first part, with the ports */
    ck_assert(!host_gets(odd, size));
    lan_put16(ip + IP_OFF_FRAGMENT, 0x0001); /* a later one */
    ck_assert(host_gets(odd, size));
    ck_assert(!host_gets(frame, SWME_LAN_MAX_FRAME)); /* padded */
}
END_TEST

/* To all stations, and to another of the host's addresses: not ours, whatever the port. */
START_TEST(frames_to_all)
{
    size_t size = lan_make_udp(frame, LAN_PEER, 4000, IP_BROADCAST, 623, "x", 1);

    memcpy(frame, lan_broadcast, MAC_SIZE);
    ck_assert(host_gets(frame, size));
    ck_assert_uint_eq(taken(), 0);
    /* What a server says of DHCP is for both, what another port does is not. */
    size = lan_make_udp(frame, LAN_ROUTER, 66, LAN_ME, 68, "x", 1);
    ck_assert(host_gets(frame, size));
    ck_assert_uint_eq(taken(), 0);
}
END_TEST

/* What the host sends and is no word of ARP or DHCP tells the ME nothing. */
START_TEST(nothing_that_is_overheard)
{
    uint8_t *ip = frame + ETH_SIZE;
    size_t size;

    for (unsigned int i = 0; i < 7; i++) {
        size =
            lan_make_udp(frame, LAN_ME, i == 0 ? 67 : 68, IP_BROADCAST, i == 1 ? 68 : 67, "x", 1);
        memcpy(frame + ETH_OFF_SOURCE, lan_me_mac, MAC_SIZE);
        if (i == 2) {
            ip[IP_OFF_VERSION_IHL] = 0x65;
        } else if (i == 3) {
            ip[IP_OFF_PROTOCOL] = IP_TCP;
        } else if (i == 4) {
            lan_put16(ip + IP_OFF_FRAGMENT, 1);
        } else if (i == 5) {
            size = ETH_SIZE + IP_SIZE + 4;
        }
        ck_assert_int_eq(lan_share_listens(fixture.lan, frame, size), i == 6);
        host_sends(frame, size);
    }
    for (unsigned int i = 0; i < 5; i++) {
        size = lan_make_arp(frame, ARP_REQUEST, lan_me_mac, i == 0 ? 0 : NAMED, LAN_PEER);
        if (i == 1) {
            size = ETH_SIZE + ARP_SIZE - 1;
        } else if (i == 2) {
            lan_put16(frame + ETH_SIZE + ARP_OFF_SIZES, 0x0606);
        } else if (i == 3) {
            frame[ETH_SIZE + ARP_OFF_SENDER_MAC] ^= 2;
        }
        ck_assert_int_eq(lan_share_listens(fixture.lan, frame, size), i == 4);
    }
    ck_assert(!lan_share_listens(fixture.lan, frame, ETH_SIZE - 1));
    ck_assert_uint_eq(swme_lan_address(fixture.lan), LAN_ME);
    ck_assert_uint_eq(taken(), 0);
}
END_TEST

START_TEST(segments_of_nothing)
{
    uint8_t whole[SWME_LAN_MAX_FRAME] = {0};
    uint8_t part[SWME_LAN_MAX_FRAME] = {0};
    uint8_t *tcp = whole + ETH_SIZE + IP_SIZE;

    lan_make_udp(whole, LAN_PEER, 1, LAN_ME, 2, part, 1000);
    ck_assert_uint_eq(lan_share_segment(whole, 1200, 100, 0, part), 0);
    lan_make_tcp(whole, LAN_PEER, 4000, 16992, TCP_ACK, 1, 0);
    ck_assert_uint_eq(lan_share_segment(whole, 1200, 100, 0, part), ETH_SIZE + 40 + 100);
    tcp[TCP_OFF_HEADER] = 4 << 4;
    ck_assert_uint_eq(lan_share_segment(whole, 1200, 100, 0, part), 0);
    tcp[TCP_OFF_HEADER] = 15 << 4;
    ck_assert_uint_eq(lan_share_segment(whole, ETH_SIZE + 79, 100, 0, part), 0);
    ck_assert_uint_eq(lan_share_segment(whole, ETH_SIZE + 81, 100, 0, part), ETH_SIZE + 81);
}
END_TEST

START_TEST(a_frame_too_long_for_us)
{
    uint8_t jumbo[SWME_LAN_MAX_FRAME + 1] = {0};

    lan_make_tcp(jumbo, LAN_PEER, 4000, 16992, TCP_ACK, 1, 0);
    ck_assert(!host_gets(jumbo, sizeof(jumbo)));
    ck_assert_uint_eq(swme_lan_stats(fixture.lan)->malformed, 1);
    host_sends(jumbo, sizeof(jumbo));
}
END_TEST

/* What a virtio card would be handed whole. */
START_TEST(segments_that_nobody_has_cut)
{
    static const size_t segment = 1000;
    uint8_t whole[ETH_SIZE + IP_SIZE + TCP_SIZE + 2500];
    const size_t head = ETH_SIZE + IP_SIZE + TCP_SIZE;
    uint8_t part[SWME_LAN_MAX_FRAME];
    uint64_t before;

    lan_make_tcp(whole, LAN_PEER, 4000, 16992, TCP_ACK | TCP_PSH | TCP_FIN, 0xffffff00, 7);
    lan_put16(whole + ETH_SIZE + IP_OFF_LENGTH, sizeof(whole) - ETH_SIZE);
    for (size_t i = 0; i < 2500; i++) {
        whole[head + i] = (uint8_t)(i * 7);
    }
    for (unsigned int i = 0; i < 3; i++) {
        size_t want = i < 2 ? segment : 500;
        const uint8_t *ip = part + ETH_SIZE;
        const uint8_t *tcp = ip + IP_SIZE;

        ck_assert_uint_eq(lan_share_segment(whole, sizeof(whole), segment, i, part), head + want);
        ck_assert(memcmp(part + head, whole + head + i * segment, want) == 0);
        ck_assert_uint_eq(lan_get16(ip + IP_OFF_LENGTH), head - ETH_SIZE + want);
        ck_assert_uint_eq(lan_fold(lan_sum(0, ip, IP_SIZE)), 0);
        ck_assert_uint_eq(
            lan_fold(lan_sum(lan_pseudo(ip, IP_TCP, TCP_SIZE + want), tcp, TCP_SIZE + want)), 0);
        ck_assert_uint_eq(lan_get32(tcp + TCP_OFF_SEQUENCE), (uint32_t)(0xffffff00 + i * segment));
        ck_assert_uint_eq(tcp[TCP_OFF_FLAGS], i < 2 ? TCP_ACK : TCP_ACK | TCP_PSH | TCP_FIN);
    }
    ck_assert_uint_eq(lan_share_segment(whole, sizeof(whole), segment, 3, part), 0);
    ck_assert_uint_eq(lan_share_segment(whole, sizeof(whole), 63, 0, part), 0);
    ck_assert_uint_eq(lan_share_segment(whole, sizeof(whole), 1461, 0, part), 0);
    for (size_t cut = 0; cut <= head; cut++) {
        ck_assert_uint_eq(lan_share_segment(whole, cut, segment, 0, part), 0);
    }
    before = taken();
    ck_assert(!swme_lan_share_in(fixture.lan, whole, sizeof(whole), segment));
    lan_settle(&fixture);
    ck_assert_uint_eq(taken() - before, 3);
    ck_assert_uint_eq(swme_lan_stats(fixture.lan)->malformed, 0);
}
END_TEST

/* ---- ARP and ping ---- */

static size_t ask(uint32_t sender)
{
    return lan_make_arp(frame, ARP_REQUEST, lan_peer_mac, sender, LAN_ME);
}

static bool take_arp_reply(void)
{
    g_autoptr(GBytes) bytes = lan_take(&fixture);
    const uint8_t *out = bytes ? g_bytes_get_data(bytes, NULL) : NULL;

    return out && lan_get16(out + ETH_OFF_TYPE) == ETH_TYPE_ARP &&
           lan_get16(out + ETH_SIZE + ARP_OFF_OPERATION) == ARP_REPLY &&
           lan_get32(out + ETH_SIZE + ARP_OFF_SENDER_IP) == LAN_ME;
}

/* The host's own answer to the peer. */
static void host_answers(void)
{
    size_t size = lan_make_arp(frame, ARP_REPLY, lan_me_mac, LAN_ME, LAN_PEER);

    memcpy(frame + ETH_SIZE + ARP_OFF_TARGET_MAC, lan_peer_mac, MAC_SIZE);
    host_sends(frame, size);
}

START_TEST(arp)
{
    ck_assert(host_gets(frame, ask(LAN_PEER))); /* which is not there, and it cannot know */
    ck_assert(take_arp_reply());
    host_speaks();
    ck_assert(host_gets(frame, ask(LAN_PEER)));
    ck_assert(host_gets(frame, ask(LAN_PEER)));
    host_answers();
    advance(2 * S);
    ck_assert_uint_eq(lan_sent(&fixture), 0);
    ck_assert_uint_eq(swme_lan_stats(fixture.lan)->stood_in, 0);

    /* It hangs. */
    ck_assert(host_gets(frame, ask(LAN_PEER)));
    ck_assert(host_gets(frame, ask(LAN_PEER)));
    advance(S / 2 - 1);
    ck_assert_uint_eq(lan_sent(&fixture), 0);
    advance(1);
    ck_assert(take_arp_reply());
    ck_assert_uint_eq(lan_sent(&fixture), 0);
    ck_assert_uint_eq(swme_lan_stats(fixture.lan)->stood_in, 1);

    for (uint32_t i = 0; i < 40; i++) { /* bounded */
        host_gets(frame, ask(LAN_PEER + 1 + i));
    }
    advance(S);
    ck_assert_uint_eq(swme_lan_stats(fixture.lan)->stood_in, 17);
    lan_forget(&fixture);
    host_gets(frame, ask(LAN_PEER));
    swme_lan_host_gone(fixture.lan);
    lan_settle(&fixture);
    ck_assert(host_gets(frame, ask(LAN_PEER)));
    ck_assert(take_arp_reply());
}
END_TEST

/* Each question has its own half second. */
START_TEST(questions_of_different_times)
{
    host_speaks();
    ck_assert(host_gets(frame, ask(LAN_PEER)));
    advance(S / 5);
    ck_assert(host_gets(frame, ask(LAN_PEER + 1)));
    advance(S / 5);
    ck_assert_uint_eq(lan_sent(&fixture), 0);
    advance(S / 5);
    ck_assert_uint_eq(lan_sent(&fixture), 1);
    advance(S / 5);
    ck_assert_uint_eq(lan_sent(&fixture), 2);
}
END_TEST

START_TEST(ping)
{
    ck_assert(host_gets(frame, lan_make_ping(frame, 9)));
    ck_assert_uint_eq(lan_sent(&fixture), 1);
    host_speaks();
    ck_assert(host_gets(frame, lan_make_ping(frame, 9)));
    ck_assert_uint_eq(lan_sent(&fixture), 1);
}
END_TEST

START_TEST(a_host_that_sleeps)
{
    AmtLive live = amt_state_data(fixture.amt)->live;

    host_speaks();
    live.host_power = SWME_HOST_S3;
    amt_state_set_live(fixture.amt, &live);
    lan_settle(&fixture);
    host_gets(frame, lan_make_ping(frame, 9));
    ck_assert_uint_eq(lan_sent(&fixture), 1);
}
END_TEST

/* ---- DHCP ---- */

static size_t make_dhcp(bool request, uint8_t type, uint32_t xid, uint32_t address)
{
    uint8_t message[300] = {request ? 1 : 2, 1, 6};
    uint8_t *at = message + 240;

    lan_put32(message + 4, xid);
    lan_put32(message + (request ? 12 : 16), address);
    memcpy(message + 28, lan_me_mac, MAC_SIZE);
    lan_put32(message + 236, 0x63825363);
    *at++ = 53, *at++ = 1, *at++ = type;
    if (!request) {
        *at++ = 54, *at++ = 4, lan_put32(at, LAN_ROUTER), at += 4;
        *at++ = 1, *at++ = 4, lan_put32(at, 0xffffff00), at += 4;
        *at++ = 51, *at++ = 4, lan_put32(at, 1000), at += 4;
    }
    *at = 255;
    return request ? lan_make_udp(frame, 0, 68, IP_BROADCAST, 67, message, sizeof(message))
                   : lan_make_udp(frame, LAN_ROUTER, 67, LAN_ME, 68, message, sizeof(message));
}

static void server_says(uint8_t type, uint32_t xid)
{
    size_t size = make_dhcp(false, type, xid, LAN_ME);

    ck_assert(host_gets(frame, size)); /* both get it */
}

static void host_gets_lease(void)
{
    size_t size = make_dhcp(true, REQUEST, HOST_XID, 0);

    host_sends(frame, size);
    server_says(ACK, HOST_XID);
}

START_TEST(the_hosts_lease)
{
    const AmtInterface *wired = &amt_state_data(fixture.amt)->network.lan[0];

    host_speaks();
    advance(100 * S);
    ck_assert_uint_eq(lan_sent(&fixture), 0); /* the ME's own client is silent */
    server_says(ACK, HOST_XID);               /* to a question that nobody heard */
    ck_assert_uint_eq(swme_lan_address(fixture.lan), 0);
    ck_assert(!host_gets_port(IP_TCP, LAN_ME, 16992)); /* unknown: nobody gets it */

    host_gets_lease();
    ck_assert_uint_eq(swme_lan_address(fixture.lan), LAN_ME);
    ck_assert_uint_eq(wired->address, LAN_ME);
    ck_assert_uint_eq(wired->mask, 0xffffff00);
    ck_assert_uint_eq(wired->dhcp_ip_mode, 2);
    ck_assert_uint_eq(lan_sent(&fixture), 0);
    advance(500 * S);
    ck_assert_uint_eq(lan_sent(&fixture), 0); /* the host renews, or does not */
    host_gets_lease();
    advance(874 * S);
    ck_assert_uint_eq(lan_sent(&fixture), 0);
    advance(S); /* 7/8 of it: the host hangs, for it has not */
    ck_assert_uint_ge(lan_sent(&fixture), 1);
    ck_assert_uint_eq(swme_lan_address(fixture.lan), LAN_ME);
}
END_TEST

START_TEST(the_lease_of_a_host_that_leaves)
{
    const AmtInterface *wired = &amt_state_data(fixture.amt)->network.lan[0];

    host_gets_lease();
    swme_lan_host_gone(fixture.lan);
    lan_settle(&fixture);
    ck_assert_uint_eq(wired->dhcp_ip_mode, 1);
    ck_assert_uint_eq(swme_lan_address(fixture.lan), LAN_ME);
    ck_assert_uint_eq(lan_sent(&fixture), 0);
    advance(501 * S); /* half of it */
    ck_assert_uint_ge(lan_sent(&fixture), 1);
    lan_forget(&fixture);
    host_speaks();
    ck_assert_uint_eq(wired->dhcp_ip_mode, 2);
    ck_assert_uint_eq(swme_lan_address(fixture.lan), LAN_ME);
}
END_TEST

START_TEST(a_lease_that_is_given_back)
{
    const uint8_t types[] = {RELEASE, NAK};

    for (size_t i = 0; i < sizeof(types); i++) {
        host_gets_lease();
        ck_assert_uint_eq(swme_lan_address(fixture.lan), LAN_ME);
        if (types[i] == NAK) {
            server_says(NAK, HOST_XID);
        } else {
            size_t size = make_dhcp(true, RELEASE, 1, LAN_ME);

            host_sends(frame, size);
        }
        ck_assert_uint_eq(swme_lan_address(fixture.lan), 0);
        ck_assert_uint_eq(lan_sent(&fixture), 0);
    }
    swme_lan_host_gone(fixture.lan);
    lan_settle(&fixture);
    ck_assert_uint_eq(lan_sent(&fixture), 1); /* an own one is asked for */
}
END_TEST

/* As a guest that shuts down does it: both before the ME's turn comes. */
START_TEST(a_host_that_gives_back_its_lease_and_is_gone)
{
    size_t size;

    host_gets_lease();
    size = make_dhcp(true, RELEASE, 1, LAN_ME);
    swme_lan_share_out(fixture.lan, frame, size);
    swme_lan_host_gone(fixture.lan);
    lan_settle(&fixture);
    ck_assert_uint_eq(swme_lan_address(fixture.lan), 0);
    ck_assert_uint_eq(lan_sent(&fixture), 1); /* an own one is asked for */
}
END_TEST

/* A guest that says one thing and is gone: the ME goes on with what it was at. */
START_TEST(a_host_that_was_hardly_there)
{
    uint8_t ipv6[SWME_LAN_MIN_FRAME] = {0x33, 0x33};

    lan_put16(ipv6 + ETH_OFF_TYPE, 0x86dd);
    swme_lan_share_out(fixture.lan, ipv6, sizeof(ipv6));
    swme_lan_host_gone(fixture.lan);
    lan_settle(&fixture);
    ck_assert_uint_eq(lan_sent(&fixture), 0);
    advance(6 * S);
    ck_assert_uint_eq(lan_sent(&fixture), 1); /* its own client asks again */
}
END_TEST

START_TEST(a_host_with_an_address_of_its_own)
{
    size_t size = lan_make_arp(frame, ARP_REQUEST, lan_me_mac, LAN_ME, LAN_PEER);

    host_sends(frame, size);
    ck_assert_uint_eq(swme_lan_address(fixture.lan), LAN_ME);
    swme_lan_host_gone(fixture.lan);
    lan_settle(&fixture);
    ck_assert_uint_eq(swme_lan_address(fixture.lan), LAN_ME);
    host_gets(frame, ask(LAN_PEER));
    ck_assert(take_arp_reply());
    size = lan_make_arp(frame, ARP_REQUEST, lan_peer_mac, NAMED, LAN_PEER); /* another's */
    host_sends(frame, size);
    ck_assert_uint_eq(swme_lan_address(fixture.lan), LAN_ME);
    host_gets_lease();
    ck_assert_uint_eq(amt_state_data(fixture.amt)->network.lan[0].mask, 0xffffff00);
}
END_TEST

/* ---- connections of our own ---- */

static void dialled(GObject *source, GAsyncResult *result, gpointer opaque)
{
    g_autoptr(GIOStream) stream = swme_services_dial_finish(result, NULL);

    (void)source;
    *(bool *)opaque = stream != NULL;
}

START_TEST(our_own_connections)
{
    g_autoptr(GBytes) bytes = NULL;
    bool reached = false;
    const uint8_t *out;
    uint16_t port;
    uint32_t sequence;
    size_t size;

    host_speaks();
    host_gets(frame, lan_make_arp(frame, ARP_REPLY, lan_peer_mac, LAN_PEER, LAN_ME));
    swme_services_dial(fixture.services, "192.0.2.7", 4433, NULL, dialled, &reached);
    lan_settle(&fixture);
    do { /* who has that address is asked first */
        g_clear_pointer(&bytes, g_bytes_unref);
        bytes = lan_take(&fixture);
        MUST(bytes);
        out = g_bytes_get_data(bytes, NULL);
        if (lan_get16(out + ETH_OFF_TYPE) == ETH_TYPE_ARP) {
            size = lan_make_arp(frame, ARP_REPLY, lan_peer_mac, LAN_PEER, LAN_ME);
            ck_assert(host_gets(frame, size));
        }
    } while (lan_get16(out + ETH_OFF_TYPE) != ETH_TYPE_IPV4);
    port = lan_get16(out + ETH_SIZE + IP_SIZE + TCP_OFF_SOURCE);
    sequence = lan_get32(out + ETH_SIZE + IP_SIZE + TCP_OFF_SEQUENCE);
    size = lan_make_tcp(frame, LAN_PEER, 4434, port, TCP_SYN | TCP_ACK, 500, sequence + 1);
    ck_assert(host_gets(frame, size)); /* another connection */
    size = lan_make_tcp(frame, LAN_PEER, 4433, port + 1, TCP_SYN | TCP_ACK, 500, sequence + 1);
    ck_assert(host_gets(frame, size)); /* and another port of ours */
    size = lan_make_tcp(frame, LAN_PEER, 4433, port, TCP_SYN | TCP_ACK, 500, sequence + 1);
    ck_assert(!host_gets(frame, size));
    ck_assert(reached);
    advance(301 * S);
    size = lan_make_tcp(frame, LAN_PEER, 4433, port, TCP_ACK, 501, sequence + 1);
    ck_assert(host_gets(frame, size)); /* long over */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lan-share");
    TCase *tcase = unit_case(suite, "static");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, ports);
    tcase_add_test(tcase, frames_that_are_the_hosts);
    tcase_add_test(tcase, frames_to_all);
    tcase_add_test(tcase, nothing_that_is_overheard);
    tcase_add_test(tcase, segments_of_nothing);
    tcase_add_test(tcase, questions_of_different_times);
    tcase_add_test(tcase, a_frame_too_long_for_us);
    tcase_add_test(tcase, segments_that_nobody_has_cut);
    tcase_add_test(tcase, arp);
    tcase_add_test(tcase, ping);
    tcase_add_test(tcase, a_host_that_sleeps);
    tcase_add_test(tcase, our_own_connections);
    tcase = unit_case(suite, "dhcp");
    tcase_add_checked_fixture(tcase, setup_dhcp, teardown);
    tcase_add_test(tcase, the_hosts_lease);
    tcase_add_test(tcase, the_lease_of_a_host_that_leaves);
    tcase_add_test(tcase, a_lease_that_is_given_back);
    tcase_add_test(tcase, a_host_that_gives_back_its_lease_and_is_gone);
    tcase_add_test(tcase, a_host_that_was_hardly_there);
    tcase_add_test(tcase, a_host_with_an_address_of_its_own);
    return unit_run(suite);
}
