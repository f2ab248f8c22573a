/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ME's LAN below TCP: what each frame is answered with, and what is dropped. */
#include "tests/unit/lan-fixture.h"

#include <string.h>

#define STATIC "192.0.2.2/24+192.0.2.1"

static LanFixture fixture;

static void setup(void)
{
    lan_fixture_start(&fixture, NULL, STATIC);
}

static void teardown(void)
{
    lan_fixture_stop(&fixture);
}

static void expect_bytes(GBytes *bytes, size_t offset, const void *expected, size_t size)
{
    gsize have;
    const uint8_t *data = g_bytes_get_data(bytes, &have);

    MUST(have >= offset + size);
    MUST(memcmp(data + offset, expected, size) == 0);
}

static const uint8_t *frame_of(GBytes *bytes)
{
    MUST(bytes);
    return g_bytes_get_data(bytes, NULL);
}

/* ---- ARP ---- */

START_TEST(it_announces_its_address)
{
    /* Sender and target are the same: RFC 5227, 2.3. */
    static const uint8_t expected[] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0x11, 0x22, 0x33, 0x44, 0x55, 0x08, 0x06,
        0,    1,    8,    0,    6,    4,    0,    1,    0x02, 0x11, 0x22, 0x33, 0x44, 0x55,
        192,  0,    2,    2,    0,    0,    0,    0,    0,    0,    192,  0,    2,    2};
    g_autoptr(GBytes) frame = lan_take(&fixture);

    MUST(frame);
    expect_bytes(frame, 0, expected, sizeof(expected));
    ck_assert_uint_eq(g_bytes_get_size(frame), 60);
    ck_assert_uint_eq(lan_sent(&fixture), 0);
    ck_assert_uint_eq(swme_manual_clock_armed(fixture.clock), 0);
}
END_TEST

START_TEST(arp_is_answered)
{
    static const uint8_t expected[] = {
        2,   0, 0, 0, 0, 7, 0x02, 0x11, 0x22, 0x33, 0x44, 0x55, 0x08, 0x06,
        0,   1, 8, 0, 6, 4, 0,    2,    0x02, 0x11, 0x22, 0x33, 0x44, 0x55,
        192, 0, 2, 2, 2, 0, 0,    0,    0,    7,    192,  0,    2,    7};
    uint8_t frame[SWME_LAN_MAX_FRAME];
    g_autoptr(GBytes) answer = NULL;

    lan_forget(&fixture);
    lan_give(&fixture, frame, lan_make_arp(frame, ARP_REQUEST, lan_peer_mac, LAN_PEER, LAN_ME));
    answer = lan_take(&fixture);
    MUST(answer);
    expect_bytes(answer, 0, expected, sizeof(expected));
    /* A probe has no sender yet (RFC 5227), and is answered too. */
    lan_give(&fixture, frame, lan_make_arp(frame, ARP_REQUEST, lan_peer_mac, 0, LAN_ME));
    ck_assert_uint_eq(lan_sent(&fixture), 1);
    /* Of others it is none of ours. */
    lan_give(&fixture, frame, lan_make_arp(frame, ARP_REQUEST, lan_peer_mac, LAN_PEER, LAN_ROUTER));
    ck_assert_uint_eq(lan_sent(&fixture), 1);
}
END_TEST

START_TEST(arp_that_is_none)
{
    static const struct {
        unsigned int offset;
        uint8_t value;
    } changes[] = {{1, 6}, {3, 6}, {4, 8}, {5, 16}, {8, 3}};
    uint8_t frame[SWME_LAN_MAX_FRAME];

    lan_forget(&fixture);
    for (size_t i = 0; i < UNIT_COUNT(changes); i++) {
        size_t size = lan_make_arp(frame, ARP_REQUEST, lan_peer_mac, LAN_PEER, LAN_ME);

        frame[ETH_SIZE + changes[i].offset] = changes[i].value;
        lan_give(&fixture, frame, size);
    }
    ck_assert_uint_eq(swme_lan_stats(fixture.lan)->malformed, UNIT_COUNT(changes));
    ck_assert_uint_eq(lan_sent(&fixture), 0);
}
END_TEST

/* Two that insist would shout at each other for ever. */
START_TEST(another_with_our_address)
{
    uint8_t frame[SWME_LAN_MAX_FRAME];
    size_t size = lan_make_arp(frame, ARP_REQUEST, lan_peer_mac, LAN_ME, LAN_ME);

    lan_forget(&fixture);
    for (unsigned int i = 0; i < 100; i++) {
        lan_give(&fixture, frame, size);
    }
    ck_assert_uint_eq(lan_sent(&fixture), 1);
    ck_assert_uint_eq(swme_lan_stats(fixture.lan)->conflicts, 100);
    swme_manual_clock_advance(fixture.clock, 10 * SWME_NS_PER_S);
    lan_give(&fixture, frame, size);
    ck_assert_uint_eq(lan_sent(&fixture), 2);
}
END_TEST

/* ---- IP and ICMP ---- */

START_TEST(ping)
{
    static const size_t sizes[] = {0, 1, 17, 56, 1472};
    uint8_t frame[SWME_LAN_MAX_FRAME];

    lan_forget(&fixture);
    for (size_t i = 0; i < UNIT_COUNT(sizes); i++) {
        size_t size = lan_make_ping(frame, sizes[i]);
        g_autoptr(GBytes) answer = NULL;

        lan_give(&fixture, frame, size);
        answer = lan_take(&fixture);
        MUST(answer);
        ck_assert_uint_eq(g_bytes_get_size(answer), MAX(size, 60));
        expect_bytes(answer, 0, lan_peer_mac, MAC_SIZE);
        ck_assert_uint_eq(lan_get32(frame_of(answer) + 26), LAN_ME);
        ck_assert_uint_eq(lan_get32(frame_of(answer) + 30), LAN_PEER);
        ck_assert_uint_eq(frame_of(answer)[34], 0); /* echo reply */
        expect_bytes(answer, 38, frame + 38, sizes[i] + 4);
    }
    ck_assert_uint_eq(swme_lan_stats(fixture.lan)->pings, UNIT_COUNT(sizes));
    /* A frame may be longer than its packet, for short ones are padded. */
    lan_make_ping(frame, 1);
    memset(frame + 43, 0xaa, 60 - 43);
    lan_give(&fixture, frame, 60);
    ck_assert_uint_eq(lan_sent(&fixture), 1);
}
END_TEST

START_TEST(ping_switched_off)
{
    AmtHost host = amt_state_data(fixture.amt)->host;
    uint8_t frame[SWME_LAN_MAX_FRAME];
    static const uint8_t presence[12] = {6, 0, 0, 6, 0, 0, 0x11, 0xbe, 0x80, 7, 0, 0};

    lan_forget(&fixture);
    host.ping = false;
    amt_state_set_host(fixture.amt, &host);
    lan_give(&fixture, frame, lan_make_ping(frame, 8));
    ck_assert_uint_eq(lan_sent(&fixture), 0);
    lan_give(&fixture, frame, lan_make_udp(frame, LAN_PEER, 4000, LAN_ME, 623, presence, 12));
    ck_assert_uint_eq(lan_sent(&fixture), 1);
    host.ping = true;
    host.rmcp_ping = false;
    amt_state_set_host(fixture.amt, &host);
    lan_give(&fixture, frame, lan_make_udp(frame, LAN_PEER, 4000, LAN_ME, 623, presence, 12));
    ck_assert_uint_eq(lan_sent(&fixture), 1);
    lan_give(&fixture, frame, lan_make_ping(frame, 8));
    ck_assert_uint_eq(lan_sent(&fixture), 2);
}
END_TEST

/* Each byte of a ping's headers at each value: answered as a whole or not at all. */
START_TEST(any_byte_of_a_ping)
{
    uint8_t good[SWME_LAN_MAX_FRAME];
    size_t size = lan_make_ping(good, 8);
    unsigned int answered = 0;

    lan_forget(&fixture);
    for (size_t at = 0; at < ETH_SIZE + IP_SIZE + ICMP_SIZE; at++) {
        for (unsigned int value = 0; value < 256; value++) {
            uint8_t frame[SWME_LAN_MAX_FRAME];

            memcpy(frame, good, size);
            frame[at] = (uint8_t)value;
            swme_lan_receive(fixture.lan, frame, size);
            swme_lan_run(fixture.lan);
            answered += lan_sent(&fixture);
            lan_forget(&fixture);
        }
    }
    /* The right value of each byte, and of the sender's MAC those that no group has. */
    ck_assert_uint_eq(answered, 42 - 6 + 128 + 5 * 256);
}
END_TEST

START_TEST(cut_anywhere)
{
    uint8_t frame[SWME_LAN_MAX_FRAME];
    size_t sizes[3];

    lan_forget(&fixture);
    for (unsigned int kind = 0; kind < 3; kind++) {
        sizes[kind] = kind == 0   ? lan_make_ping(frame, 100)
                      : kind == 1 ? lan_make_udp(frame, LAN_PEER, 4000, LAN_ME, 623, "x", 1)
                                  : lan_make_tcp(frame, LAN_PEER, 4000, 80, TCP_SYN, 1, 0);
        for (size_t size = 0; size < sizes[kind]; size++) {
            lan_give(&fixture, frame, size);
        }
    }
    ck_assert_uint_eq(lan_sent(&fixture), 0);
    ck_assert_uint_eq(swme_lan_stats(fixture.lan)->frames_in, sizes[0] + sizes[1] + sizes[2]);
    ck_assert_uint_ge(swme_lan_stats(fixture.lan)->malformed, sizes[0] - ETH_SIZE);
    ck_assert(swme_lan_receive(fixture.lan, frame, SWME_LAN_MAX_FRAME));
    ck_assert(swme_lan_receive(fixture.lan, frame, 1515)); /* taken, and dropped */
}
END_TEST

START_TEST(what_no_sound_sender_sends)
{
    static const uint32_t sources[] = {0, 0x7f000001, 0xe0000001, 0xffffffff, LAN_ME};
    uint8_t frame[SWME_LAN_MAX_FRAME];
    size_t size;

    lan_forget(&fixture);
    for (size_t i = 0; i < UNIT_COUNT(sources); i++) {
        size = lan_make_ping(frame, 8);
        lan_put32(frame + ETH_SIZE + IP_OFF_SOURCE, sources[i]);
        lan_sum_up(frame);
        lan_give(&fixture, frame, size);
    }
    ck_assert_uint_eq(swme_lan_stats(fixture.lan)->malformed, UNIT_COUNT(sources));
    for (unsigned int bit = 0; bit < 14; bit++) { /* an offset, or more to come */
        size = lan_make_ping(frame, 8);
        lan_put16(frame + ETH_SIZE + IP_OFF_FRAGMENT, (uint16_t)(1 << bit));
        lan_sum_up(frame);
        lan_give(&fixture, frame, size);
    }
    ck_assert_uint_eq(swme_lan_stats(fixture.lan)->fragments, 14);
    ck_assert_uint_eq(lan_sent(&fixture), 0);
    /* To all, a ping is not for us: none is ever answered with more than came. */
    size = lan_make_ping(frame, 8);
    memcpy(frame, lan_broadcast, MAC_SIZE);
    lan_give(&fixture, frame, size);
    lan_put32(frame + ETH_SIZE + IP_OFF_DESTINATION, 0xc00002ff);
    lan_sum_up(frame);
    lan_give(&fixture, frame, size);
    ck_assert_uint_eq(lan_sent(&fixture), 0);
    /* "Don't fragment" is no fragment, and options are stepped over. */
    size = lan_make_ping(frame, 8);
    lan_put16(frame + ETH_SIZE + IP_OFF_FRAGMENT, IP_DONT_FRAGMENT);
    lan_sum_up(frame);
    lan_give(&fixture, frame, size);
    ck_assert_uint_eq(lan_sent(&fixture), 1);
    size = lan_make_ping(frame, 8);
    memmove(frame + ETH_SIZE + 24, frame + ETH_SIZE + 20, 16);
    memset(frame + ETH_SIZE + 20, 1, 4); /* no operation */
    frame[ETH_SIZE] = 0x46;
    lan_put16(frame + ETH_SIZE + IP_OFF_LENGTH, 40);
    lan_sum_up(frame);
    lan_give(&fixture, frame, size + 4);
    ck_assert_uint_eq(lan_sent(&fixture), 2);
}
END_TEST

/* Sums are right, and sizes or types are not what they must be. */
START_TEST(payloads_that_are_none)
{
    static const struct {
        uint8_t type, code;
    } kinds[] = {{0, 0}, {8, 1}, {13, 0}};
    static const uint16_t lengths[] = {0, UDP_SIZE - 1, UDP_SIZE + 5, 0xffff};
    uint8_t frame[SWME_LAN_MAX_FRAME];
    uint8_t *icmp, *udp;

    lan_forget(&fixture);
    for (size_t size = 0; size < ICMP_SIZE; size++) {
        icmp = lan_make_ip(frame, IP_ICMP, LAN_PEER, LAN_ME, size);
        memset(icmp, 0, ICMP_SIZE);
        lan_give(&fixture, frame, lan_ip_size(frame));
        lan_make_ip(frame, IP_UDP, LAN_PEER, LAN_ME, size);
        lan_give(&fixture, frame, lan_ip_size(frame));
    }
    ck_assert_uint_eq(swme_lan_stats(fixture.lan)->malformed, 2 * ICMP_SIZE);
    for (size_t i = 0; i < UNIT_COUNT(lengths); i++) {
        size_t size = lan_make_udp(frame, LAN_PEER, 1, LAN_ME, 623, "abcd", 4);

        udp = frame + ETH_SIZE + IP_SIZE;
        lan_put16(udp + UDP_OFF_LENGTH, lengths[i]);
        lan_put16(udp + UDP_OFF_CHECKSUM, 0);
        lan_give(&fixture, frame, size);
    }
    ck_assert_uint_eq(swme_lan_stats(fixture.lan)->malformed, 2 * ICMP_SIZE + UNIT_COUNT(lengths));
    for (size_t i = 0; i < UNIT_COUNT(kinds); i++) {
        size_t size = lan_make_ping(frame, 8);

        icmp = frame + ETH_SIZE + IP_SIZE;
        icmp[ICMP_OFF_TYPE] = kinds[i].type;
        icmp[ICMP_OFF_CODE] = kinds[i].code;
        lan_sum_up(frame);
        lan_give(&fixture, frame, size);
    }
    ck_assert_uint_eq(swme_lan_stats(fixture.lan)->not_for_us, UNIT_COUNT(kinds));
    ck_assert_uint_eq(lan_sent(&fixture), 0);
}
END_TEST

/* ---- presence ---- */

static void nobody(void *opaque, GIOStream *stream, const SwmePeer *peer)
{
    (void)opaque;
    (void)peer;
    g_object_unref(stream);
}

static void pong(const char *platform, unsigned int services, uint32_t state, const char *expected)
{
    static const uint8_t ping_bytes[12] = {6, 0, 0, 6, 0, 0, 0x11, 0xbe, 0x80, 0x5a, 0, 0};
    AmtSetup set_up;
    uint8_t frame[SWME_LAN_MAX_FRAME];
    g_autoptr(GBytes) answer = NULL;
    GString *hex = g_string_new(NULL);
    LanFixture own;

    lan_fixture_start(&own, platform, STATIC);
    lan_forget(&own);
    set_up = amt_state_data(own.amt)->setup;
    set_up.state = state;
    amt_state_set_setup(own.amt, &set_up);
    if (services & 1) {
        swme_services_add(own.services, 16992, nobody, NULL);
    }
    if (services & 2) {
        swme_services_add(own.services, 16993, nobody, NULL);
    }
    lan_give(&own, frame, lan_make_udp(frame, LAN_PEER, 5000, LAN_ME, 623, ping_bytes, 12));
    answer = lan_take(&own);
    MUST(answer);
    ck_assert_uint_eq(lan_get16(frame_of(answer) + 34), 623);
    ck_assert_uint_eq(lan_get16(frame_of(answer) + 36), 5000);
    ck_assert_uint_eq(lan_get16(frame_of(answer) + 38), 8 + 28);
    for (unsigned int i = 0; i < 28; i++) {
        g_string_append_printf(hex, "%02x", frame_of(answer)[42 + i]);
    }
    ck_assert_str_eq(hex->str, expected);
    g_string_free(hex, TRUE);
    lan_fixture_stop(&own);
}

/* amt-services sheet, 1.9, of MeshCentral's amtscanner.js. */
START_TEST(presence_pong)
{
    pong("mtl-m", 1, AMTHI_PROVISIONING_POST,
         "0600ff06000011be405a0010000001574260" /* 16992 */ "0002"
         "8120000000000000");
    pong("mtl-m", 2, AMTHI_PROVISIONING_IN,
         "0600ff06000011be405a0010000001574261" /* 16993 */ "0001"
         "8120000000000000");
    pong("lpt-h", 3, AMTHI_PROVISIONING_PRE,
         "0600ff06000011be405a0010000001574260" /* 9.1 */ "9104"
         "8120000000000000");
}
END_TEST

START_TEST(presence_pings_that_are_none)
{
    static const uint8_t good[12] = {6, 0, 0, 6, 0, 0, 0x11, 0xbe, 0x80, 0, 0, 0};
    static const unsigned int checked[] = {0, 3, 4, 5, 6, 7, 8};
    uint8_t frame[SWME_LAN_MAX_FRAME];

    lan_forget(&fixture);
    for (size_t i = 0; i < UNIT_COUNT(checked); i++) {
        uint8_t bad[12];

        memcpy(bad, good, sizeof(bad));
        bad[checked[i]] ^= 1;
        lan_give(&fixture, frame, lan_make_udp(frame, LAN_PEER, 1, LAN_ME, 623, bad, 12));
    }
    for (unsigned int size = 0; size < 12; size++) {
        lan_give(&fixture, frame, lan_make_udp(frame, LAN_PEER, 1, LAN_ME, 623, good, size));
    }
    lan_give(&fixture, frame, lan_make_udp(frame, LAN_PEER, 1, LAN_ME, 624, good, 12));
    ck_assert_uint_eq(swme_lan_stats(fixture.lan)->no_udp_port, 1);
    ck_assert_uint_eq(lan_sent(&fixture), 0);
    lan_give(&fixture, frame, lan_make_udp(frame, LAN_PEER, 1, LAN_ME, 623, good, 12));
    ck_assert_uint_eq(lan_sent(&fixture), 1);
    /* No checksum is as good as a right one (RFC 768), a wrong one is not. */
    lan_put16(frame + ETH_SIZE + IP_SIZE + UDP_OFF_CHECKSUM, 0);
    lan_give(&fixture, frame, lan_ip_size(frame));
    ck_assert_uint_eq(lan_sent(&fixture), 2);
    lan_put16(frame + ETH_SIZE + IP_SIZE + UDP_OFF_CHECKSUM, 0x1234);
    lan_give(&fixture, frame, lan_ip_size(frame));
    ck_assert_uint_eq(lan_sent(&fixture), 2);
    ck_assert_uint_eq(swme_lan_stats(fixture.lan)->bad_checksum, 1);
}
END_TEST

/* ---- datagrams ---- */

static bool send_to(const char *address, size_t size, GError **error)
{
    static const uint8_t data[2000];

    return swme_lan_datagram_ops.send(fixture.lan, address, 162, data, size, error);
}

START_TEST(a_datagram_waits_for_arp)
{
    uint8_t frame[SWME_LAN_MAX_FRAME];
    g_autoptr(GBytes) request = NULL;
    g_autoptr(GBytes) datagram = NULL;

    lan_forget(&fixture);
    ck_assert(send_to("192.0.2.7", 30, NULL));
    lan_settle(&fixture);
    request = lan_take(&fixture);
    ck_assert_uint_eq(lan_get16(frame_of(request) + 12), ETH_TYPE_ARP);
    ck_assert_uint_eq(lan_get32(frame_of(request) + 38), LAN_PEER);
    lan_give(&fixture, frame, lan_make_arp(frame, ARP_REPLY, lan_peer_mac, LAN_PEER, LAN_ME));
    datagram = lan_take(&fixture);
    MUST(datagram);
    expect_bytes(datagram, 0, lan_peer_mac, MAC_SIZE);
    ck_assert_uint_eq(lan_get16(frame_of(datagram) + 36), 162);
    ck_assert_uint_eq(lan_get16(frame_of(datagram) + 38), 38);
    ck_assert_uint_eq(swme_manual_clock_armed(fixture.clock), 0);
    /* Who is known need not be asked for, for a while. */
    ck_assert(send_to("192.0.2.7", 30, NULL));
    lan_settle(&fixture);
    ck_assert_uint_eq(lan_sent(&fixture), 1);
    swme_manual_clock_advance(fixture.clock, 301 * SWME_NS_PER_S);
    ck_assert(send_to("192.0.2.7", 30, NULL));
    lan_settle(&fixture);
    g_bytes_unref(datagram);
    g_bytes_unref(lan_take(&fixture));
    datagram = lan_take(&fixture);
    ck_assert_uint_eq(lan_get16(frame_of(datagram) + 12), ETH_TYPE_ARP);
}
END_TEST

START_TEST(a_datagram_goes_by_the_router)
{
    g_autoptr(GBytes) request = NULL;

    lan_forget(&fixture);
    ck_assert(send_to("198.51.100.9", 30, NULL));
    lan_settle(&fixture);
    request = lan_take(&fixture);
    ck_assert_uint_eq(lan_get32(frame_of(request) + 38), LAN_ROUTER);
}
END_TEST

START_TEST(nobody_answers_arp)
{
    lan_forget(&fixture);
    for (unsigned int i = 0; i < 100; i++) {
        char address[16];

        g_snprintf(address, sizeof(address), "192.0.2.%u", 100 + i);
        ck_assert(send_to(address, 30, NULL));
    }
    lan_settle(&fixture);
    ck_assert_uint_eq(lan_sent(&fixture), 100);
    ck_assert_uint_eq(swme_lan_stats(fixture.lan)->unresolved, 84); /* 16 are kept */
    swme_manual_clock_advance(fixture.clock, SWME_NS_PER_S);
    lan_settle(&fixture);
    ck_assert_uint_eq(lan_sent(&fixture), 116);
    swme_manual_clock_advance(fixture.clock, 2 * SWME_NS_PER_S);
    lan_settle(&fixture);
    ck_assert_uint_eq(lan_sent(&fixture), 132); /* three requests for each */
    ck_assert_uint_eq(swme_lan_stats(fixture.lan)->unresolved, 100);
    ck_assert_uint_eq(swme_manual_clock_armed(fixture.clock), 0);
}
END_TEST

START_TEST(datagrams_that_cannot_leave)
{
    static const struct {
        const char *address;
        size_t size;
        const char *why;
    } rows[] = {{"2001:db8::1", 1, "IPv4"},
                {"255.255.255.255", 1, "IPv4"},
                {"127.0.0.1", 1, "IPv4"},
                {"192.0.2.7", 1473, "too long"}};
    uint8_t ipv4[4];

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        g_autoptr(GError) error = NULL;

        ck_assert(!send_to(rows[i].address, rows[i].size, &error));
        ck_assert_ptr_nonnull(strstr(error->message, rows[i].why));
    }
    ck_assert(swme_lan_datagram_ops.source(fixture.lan, "192.0.2.7", 162, ipv4));
    ck_assert_uint_eq(lan_get32(ipv4), LAN_ME);
    swme_lan_set_link(fixture.lan, false);
    for (unsigned int i = 0; i < 2; i++) {
        g_autoptr(GError) error = NULL;

        ck_assert(
            !swme_lan_datagram_ops.send(i ? NULL : fixture.lan, "192.0.2.7", 162, "", 0, &error));
        ck_assert_ptr_nonnull(strstr(error->message, "link"));
        ck_assert(!swme_lan_datagram_ops.source(i ? NULL : fixture.lan, "192.0.2.7", 162, ipv4));
    }
}
END_TEST

/* ---- the wire ---- */

START_TEST(a_wire_that_takes_no_more)
{
    uint8_t frame[SWME_LAN_MAX_FRAME];
    size_t size = lan_make_ping(frame, 8);
    unsigned int taken = 0;

    lan_forget(&fixture);
    fixture.held = true;
    for (unsigned int i = 0; i < 10000; i++) {
        taken += swme_lan_receive(fixture.lan, frame, size);
        lan_settle(&fixture);
    }
    ck_assert_uint_eq(lan_sent(&fixture), 1);
    ck_assert_uint_lt(taken, 2000);
    ck_assert(!swme_lan_has_room(fixture.lan));
    ck_assert_uint_eq(swme_lan_stats(fixture.lan)->overrun_in, 10000 - taken);
    fixture.held = false;
    swme_lan_ready(fixture.lan);
    lan_settle(&fixture);
    ck_assert_uint_eq(lan_sent(&fixture), taken); /* none of those is lost */
    ck_assert_uint_eq(swme_lan_stats(fixture.lan)->overrun_out, 0);
    ck_assert_uint_ge(fixture.rooms, 1);
}
END_TEST

/* Of what a wire that takes nothing would have to carry, only so much waits. */
START_TEST(what_waits_for_the_wire_has_a_bound)
{
    unsigned int sent = 0;

    lan_forget(&fixture);
    {
        uint8_t frame[SWME_LAN_MAX_FRAME];

        lan_give(&fixture, frame, lan_make_arp(frame, ARP_REPLY, lan_peer_mac, LAN_PEER, LAN_ME));
    }
    fixture.held = true;
    while (sent < 10000 && swme_lan_stats(fixture.lan)->overrun_out == 0) {
        ck_assert(send_to("192.0.2.7", 30, NULL));
        lan_settle(&fixture);
        sent++;
    }
    ck_assert_uint_eq(swme_lan_stats(fixture.lan)->overrun_out, 1);
    fixture.held = false;
    swme_lan_ready(fixture.lan);
    lan_settle(&fixture);
    ck_assert_uint_ge(lan_sent(&fixture), sent - 2);
}
END_TEST

/* Another MAC, no port at all, one that is switched off: the network follows. */
START_TEST(the_port_follows_its_settings)
{
    AmtNetwork network = amt_state_data(fixture.amt)->network;

    network.lan[0].mac[5] ^= 1;
    amt_state_set_network(fixture.amt, &network);
    lan_settle(&fixture);
    ck_assert_uint_eq(swme_lan_address(fixture.lan), LAN_ME);
    network.lan[0].enabled = false;
    amt_state_set_network(fixture.amt, &network);
    lan_settle(&fixture);
    ck_assert_uint_eq(swme_lan_address(fixture.lan), 0);
    network.lan[0].enabled = true;
    network.lan[0].present = false;
    amt_state_set_network(fixture.amt, &network);
    lan_settle(&fixture);
    ck_assert_uint_eq(swme_lan_address(fixture.lan), 0);
    network.lan[0].present = true;
    network.lan[0].dhcp = true;
    amt_state_set_network(fixture.amt, &network);
    lan_settle(&fixture);
    ck_assert_uint_eq(swme_lan_address(fixture.lan), 0); /* asked for */
    lan_forget(&fixture);
    network = amt_state_data(fixture.amt)->network;
    network.lan[0].mac[5] ^= 1;
    amt_state_set_network(fixture.amt, &network);
    lan_settle(&fixture);
    ck_assert_uint_ge(lan_sent(&fixture), 1); /* again, by its new name */
    network = amt_state_data(fixture.amt)->network;
    network.lan[0].dhcp = false;
    network.lan[0].address = LAN_PEER;
    network.lan[0].mask = 0xffffff00;
    amt_state_set_network(fixture.amt, &network);
    lan_settle(&fixture);
    ck_assert_uint_eq(swme_lan_address(fixture.lan), LAN_PEER);
}
END_TEST

START_TEST(without_link_it_is_dead)
{
    uint8_t frame[SWME_LAN_MAX_FRAME];
    AmtSetup set_up = amt_state_data(fixture.amt)->setup;
    AmtNetwork network;

    for (unsigned int i = 0; i < 3; i++) {
        bool up = i == 1;

        lan_forget(&fixture);
        if (i < 2) {
            swme_lan_set_link(fixture.lan, up);
            ck_assert(amt_state_data(fixture.amt)->network.lan[0].link == up);
        } else { /* switched off by its owner */
            set_up.operational = false;
            amt_state_set_setup(fixture.amt, &set_up);
        }
        lan_settle(&fixture);
        lan_give(&fixture, frame, lan_make_ping(frame, 8));
        ck_assert_uint_eq(lan_sent(&fixture), up ? 2 : 0); /* with an announcement */
        ck_assert_uint_eq(swme_lan_address(fixture.lan), up ? LAN_ME : 0);
    }
    set_up.operational = true;
    amt_state_set_setup(fixture.amt, &set_up);
    network = amt_state_data(fixture.amt)->network;
    network.lan[0].address = LAN_PEER; /* another address at any time */
    amt_state_set_network(fixture.amt, &network);
    ck_assert_uint_eq(swme_lan_address(fixture.lan), LAN_PEER);
    lan_settle(&fixture);
}
END_TEST

/* A flood of senders replaces neighbours, and costs nothing else. */
START_TEST(a_flood_of_senders)
{
    uint8_t frame[SWME_LAN_MAX_FRAME];

    lan_forget(&fixture);
    for (uint32_t i = 1; i < 20000; i++) {
        size_t size = lan_make_tcp(frame, 0x0a000000 + i, 1234, 80, TCP_SYN, 1, 0);

        MUST(swme_lan_receive(fixture.lan, frame, size));
        swme_lan_run(fixture.lan);
        MUST_EQ(lan_sent(&fixture), 1); /* reset */
        MUST_EQ(((const uint8_t *)g_bytes_get_data(fixture.sent.head->data, NULL))[47] & TCP_RST,
                TCP_RST);
        MUST(memcmp(g_bytes_get_data(fixture.sent.head->data, NULL), lan_peer_mac, MAC_SIZE) == 0);
        lan_forget(&fixture);
    }
    ck_assert_uint_eq(swme_lan_stats(fixture.lan)->refused, 19999);
    lan_settle(&fixture);
}
END_TEST

/* ---- addresses as typed ---- */

START_TEST(addresses_as_typed)
{
    static const char *const bad[] = {
        "",           "192.0.2.2",      "192.0.2.2/0",          "192.0.2.2/31",
        "192.0.2/24", "192.0.2.2/24/1", "192.0.2.2/24+",        "192.0.2.2/24+10.0.0.1",
        "DHCP",       "224.0.0.1/4",    "127.0.0.1/8",          "0.0.0.0/8",
        "dhcp+",      "192.0.2.2/24 ",  "192.0.2.2/24+192.0.2", "::1/64",
    };
    AmtInterface wired = {.dhcp = true, .address = 5};

    for (size_t i = 0; i < UNIT_COUNT(bad); i++) {
        g_autoptr(GError) error = NULL;

        ck_assert_msg(!swme_lan_parse_address(bad[i], &wired, &error), "%s", bad[i]);
        ck_assert(error && !strchr(error->message, '\n'));
        ck_assert(wired.dhcp && wired.address == 5);
    }
    ck_assert(swme_lan_parse_address("dhcp", &wired, NULL));
    ck_assert_uint_eq(wired.address, 5);
    ck_assert(swme_lan_parse_address("10.1.2.3/8", &wired, NULL));
    ck_assert(!wired.dhcp);
    ck_assert_uint_eq(wired.address, 0x0a010203);
    ck_assert_uint_eq(wired.mask, 0xff000000);
    ck_assert_uint_eq(wired.gateway, 0);
    ck_assert(swme_lan_parse_address(STATIC, &wired, NULL));
    ck_assert_uint_eq(wired.gateway, LAN_ROUTER);
    ck_assert(swme_lan_parse_address("dhcp", &wired, NULL));
    ck_assert(wired.dhcp);
    ck_assert_uint_eq(wired.address, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lan");
    TCase *tcase = unit_case(suite, "frames");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, it_announces_its_address);
    tcase_add_test(tcase, arp_is_answered);
    tcase_add_test(tcase, arp_that_is_none);
    tcase_add_test(tcase, another_with_our_address);
    tcase_add_test(tcase, ping);
    tcase_add_test(tcase, ping_switched_off);
    tcase_add_test(tcase, any_byte_of_a_ping);
    tcase_add_test(tcase, cut_anywhere);
    tcase_add_test(tcase, what_no_sound_sender_sends);
    tcase_add_test(tcase, payloads_that_are_none);
    tcase_add_test(tcase, presence_pong);
    tcase_add_test(tcase, presence_pings_that_are_none);
    tcase_add_test(tcase, a_datagram_waits_for_arp);
    tcase_add_test(tcase, a_datagram_goes_by_the_router);
    tcase_add_test(tcase, nobody_answers_arp);
    tcase_add_test(tcase, datagrams_that_cannot_leave);
    tcase_add_test(tcase, a_wire_that_takes_no_more);
    tcase_add_test(tcase, what_waits_for_the_wire_has_a_bound);
    tcase_add_test(tcase, the_port_follows_its_settings);
    tcase_add_test(tcase, without_link_it_is_dead);
    tcase_add_test(tcase, a_flood_of_senders);
    tcase_add_test(tcase, addresses_as_typed);
    return unit_run(suite);
}
