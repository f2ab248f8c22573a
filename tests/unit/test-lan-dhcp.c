/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the ME gets its address: the DHCP client against a server made by hand, on a clock likewise.
 */
#include "tests/unit/lan-fixture.h"

#include <string.h>

#define DISCOVER 1
#define OFFER    2
#define REQUEST  3
#define ACK      5
#define NAK      6

#define BOOTP (ETH_SIZE + IP_SIZE + UDP_SIZE)
#define S     SWME_NS_PER_S

static LanFixture fixture;

/* What the client sent last. */
typedef struct Message {
    uint8_t type;
    uint32_t xid;
    uint32_t to;
    uint32_t ciaddr;
    uint32_t requested;
    uint32_t server;
    bool broadcast; /* on Ethernet */
    char host_name[64];
} Message;

static void setup(void)
{
    lan_fixture_start(&fixture, NULL, "dhcp");
}

static void teardown(void)
{
    swme_lan_set_link(fixture.lan, false); /* nothing waits any more */
    ck_assert_uint_eq(swme_manual_clock_armed(fixture.clock), 0);
    lan_fixture_stop(&fixture);
}

static void read_options(const uint8_t *at, const uint8_t *end, Message *message)
{
    bool client = false;

    while (at < end && *at != 255) {
        MUST(end - at >= 2 && end - at - 2 >= at[1]);
        if (at[0] == 53) {
            message->type = at[2];
        } else if (at[0] == 50) {
            message->requested = lan_get32(at + 2);
        } else if (at[0] == 54) {
            message->server = lan_get32(at + 2);
        } else if (at[0] == 12) {
            memcpy(message->host_name, at + 2, MIN(at[1], 63u));
        } else if (at[0] == 61) {
            client = at[1] == 7 && at[2] == 1 && memcmp(at + 3, lan_me_mac, MAC_SIZE) == 0;
        }
        at += 2 + at[1];
    }
    MUST(at < end);
    MUST(client);
}

/* The client's next message; ARP is passed over. */
static Message take(void)
{
    Message message = {0};

    for (;;) {
        g_autoptr(GBytes) bytes = lan_take(&fixture);
        gsize size;
        const uint8_t *frame;

        MUST(bytes);
        frame = g_bytes_get_data(bytes, &size);
        if (lan_get16(frame + ETH_OFF_TYPE) == ETH_TYPE_ARP) {
            continue;
        }
        MUST(size >= BOOTP + 300);
        MUST_EQ(lan_get16(frame + ETH_SIZE + IP_SIZE), 68);
        MUST_EQ(lan_get16(frame + ETH_SIZE + IP_SIZE + 2), 67);
        MUST(memcmp(frame + BOOTP + 28, lan_me_mac, MAC_SIZE) == 0);
        message.to = lan_get32(frame + ETH_SIZE + IP_OFF_DESTINATION);
        message.broadcast = memcmp(frame, lan_broadcast, MAC_SIZE) == 0;
        message.xid = lan_get32(frame + BOOTP + 4);
        message.ciaddr = lan_get32(frame + BOOTP + 12);
        MUST_EQ(lan_get32(frame + ETH_SIZE + IP_OFF_SOURCE), message.ciaddr);
        MUST_EQ(lan_get32(frame + BOOTP + 236), 0x63825363);
        read_options(frame + BOOTP + 240, frame + size, &message);
        return message;
    }
}

typedef struct Answer {
    uint8_t type;
    uint32_t xid;
    uint32_t address;
    uint32_t server;
    uint32_t seconds;
    const char *domain;
    const uint8_t *more; /* options as bytes */
    size_t more_size;
} Answer;

static size_t make_answer(uint8_t *frame, const Answer *answer)
{
    uint8_t message[540] = {2, 1, 6};
    uint8_t *at = message + 240;

    lan_put32(message + 4, answer->xid);
    lan_put32(message + 16, answer->address);
    memcpy(message + 28, lan_me_mac, MAC_SIZE);
    lan_put32(message + 236, 0x63825363);
    *at++ = 53, *at++ = 1, *at++ = answer->type;
    *at++ = 54, *at++ = 4, lan_put32(at, answer->server), at += 4;
    if (answer->type != NAK) {
        *at++ = 1, *at++ = 4, lan_put32(at, 0xffffff00), at += 4;
        *at++ = 3, *at++ = 4, lan_put32(at, LAN_ROUTER), at += 4;
        *at++ = 6, *at++ = 8, lan_put32(at, 0x08080808), lan_put32(at + 4, 0x09090909), at += 8;
        *at++ = 51, *at++ = 4, lan_put32(at, answer->seconds), at += 4;
    }
    if (answer->domain) {
        *at++ = 15, *at++ = (uint8_t)strlen(answer->domain);
        memcpy(at, answer->domain, strlen(answer->domain)), at += strlen(answer->domain);
    }
    if (answer->more) {
        memcpy(at, answer->more, answer->more_size), at += answer->more_size;
    }
    *at++ = 255;
    return lan_make_udp(frame, answer->server, 67, answer->type == NAK ? 0xffffffff : LAN_ME, 68,
                        message, (size_t)(at - message));
}

static void give(uint8_t type, uint32_t xid, uint32_t address, uint32_t seconds)
{
    const Answer answer = {type, xid, address, LAN_ROUTER, seconds, "example.net", NULL, 0};
    uint8_t frame[SWME_LAN_MAX_FRAME];

    lan_give(&fixture, frame, make_answer(frame, &answer));
}

static int64_t now(void)
{
    SwmeClock *clock = swme_manual_clock(fixture.clock);

    return clock->now(clock);
}

static void advance(int64_t ns)
{
    swme_manual_clock_advance(fixture.clock, ns);
    lan_settle(&fixture);
}

static void get_lease(uint32_t seconds)
{
    Message message = take();

    MUST_EQ(message.type, DISCOVER);
    give(OFFER, message.xid, LAN_ME, seconds);
    message = take();
    MUST_EQ(message.type, REQUEST);
    give(ACK, message.xid, LAN_ME, seconds);
    MUST_EQ(swme_lan_address(fixture.lan), LAN_ME);
    lan_forget(&fixture);
}

/* So that a datagram to the server need not wait. */
static void show_server(void)
{
    uint8_t frame[SWME_LAN_MAX_FRAME];

    lan_give(&fixture, frame, lan_make_arp(frame, ARP_REPLY, lan_peer_mac, LAN_ROUTER, LAN_ME));
}

START_TEST(a_lease)
{
    const AmtNetwork *network = &amt_state_data(fixture.amt)->network;
    AmtHost host = amt_state_data(fixture.amt)->host;
    Message discover = take();
    Message request;
    uint32_t offered = discover.xid;
    g_autoptr(GBytes) announcement = NULL;

    ck_assert_uint_eq(discover.type, DISCOVER);
    ck_assert(discover.broadcast && discover.to == IP_BROADCAST && discover.ciaddr == 0);
    ck_assert_str_eq(discover.host_name, "");
    ck_assert_uint_eq(network->lan[0].address, 0);
    g_strlcpy(host.name, "vpro-7", sizeof(host.name));
    amt_state_set_host(fixture.amt, &host);

    give(OFFER, offered, LAN_ME, 3600);
    request = take();
    ck_assert_uint_eq(request.type, REQUEST);
    ck_assert(request.broadcast && request.to == IP_BROADCAST && request.ciaddr == 0);
    ck_assert_uint_eq(request.xid, offered);
    ck_assert_uint_eq(request.requested, LAN_ME);
    ck_assert_uint_eq(request.server, LAN_ROUTER);
    ck_assert_str_eq(request.host_name, "vpro-7");
    ck_assert_uint_eq(swme_lan_address(fixture.lan), 0);

    give(ACK, request.xid, LAN_ME, 3600);
    ck_assert_uint_eq(swme_lan_address(fixture.lan), LAN_ME);
    announcement = lan_take(&fixture);
    ck_assert_uint_eq(lan_get16((const uint8_t *)g_bytes_get_data(announcement, NULL) + 12),
                      ETH_TYPE_ARP);
    /* What AMTHI and WS-Management tell. */
    ck_assert_uint_eq(network->lan[0].address, LAN_ME);
    ck_assert_uint_eq(network->lan[0].mask, 0xffffff00);
    ck_assert_uint_eq(network->lan[0].gateway, LAN_ROUTER);
    ck_assert_uint_eq(network->lan[0].dns[0], 0x08080808);
    ck_assert_uint_eq(network->lan[0].dns[1], 0x09090909);
    ck_assert_uint_eq(network->lan[0].dhcp_ip_mode, 1);
    ck_assert_str_eq(network->dhcp_domain, "example.net");
    /* The lease's timer, and no other. */
    ck_assert_uint_eq(swme_manual_clock_armed(fixture.clock), 1);
    ck_assert_int_eq(swme_manual_clock_next(fixture.clock), 1800 * S);
}
END_TEST

START_TEST(nobody_offers)
{
    int64_t last = 0;

    /* RFC 2131, 4.1: 4, 8, 16, 32, 64 s and 64 s for ever, each a second more or less. */
    for (unsigned int i = 0; i < 10; i++) {
        int64_t wait = INT64_C(4) << MIN(i, 4);
        int64_t next = swme_manual_clock_next(fixture.clock);

        ck_assert_uint_eq(take().type, DISCOVER);
        ck_assert_uint_eq(lan_sent(&fixture), 0);
        ck_assert_int_ge(next - last, (wait - 1) * S);
        ck_assert_int_le(next - last, (wait + 1) * S);
        swme_manual_clock_step(fixture.clock, next);
        lan_settle(&fixture);
        last = next;
    }
    get_lease(60);
}
END_TEST

START_TEST(the_offer_is_not_kept)
{
    Message message = take();

    give(OFFER, message.xid, LAN_ME, 60);
    for (unsigned int i = 0; i < 4; i++) {
        message = take();
        ck_assert_uint_eq(message.type, REQUEST);
        swme_manual_clock_step(fixture.clock, INT64_MAX);
        lan_settle(&fixture);
    }
    message = take();
    ck_assert_uint_eq(message.type, DISCOVER);
    /* And by NAK at once; one of another server says nothing. */
    give(OFFER, message.xid, LAN_ME, 60);
    message = take();
    give(NAK, message.xid ^ 1, 0, 0);
    ck_assert_uint_eq(lan_sent(&fixture), 0);
    give(NAK, message.xid, 0, 0);
    ck_assert_uint_eq(take().type, DISCOVER);
    ck_assert_uint_eq(swme_lan_address(fixture.lan), 0);
}
END_TEST

START_TEST(renewal)
{
    Message message;

    get_lease(1000);
    advance(499 * S);
    ck_assert_uint_eq(lan_sent(&fixture), 0);
    advance(S);
    show_server();
    message = take();
    ck_assert_uint_eq(message.type, REQUEST);
    ck_assert(!message.broadcast);
    ck_assert_uint_eq(message.to, LAN_ROUTER);
    ck_assert_uint_eq(message.ciaddr, LAN_ME);
    ck_assert_uint_eq(message.requested, 0); /* RFC 2131, table 5 */
    ck_assert_uint_eq(message.server, 0);
    give(ACK, message.xid, LAN_ME, 1000);
    ck_assert_uint_eq(lan_sent(&fixture), 0); /* nothing new to announce */
    ck_assert_int_eq(swme_manual_clock_next(fixture.clock), 1000 * S);
    ck_assert_uint_eq(swme_lan_stats(fixture.lan)->leases, 2);
}
END_TEST

START_TEST(rebinding_and_expiry)
{
    Message message;
    unsigned int unicasts = 0;
    unsigned int broadcasts = 0;

    get_lease(1000);
    while (swme_manual_clock_next(fixture.clock) < 1000 * S) {
        swme_manual_clock_step(fixture.clock, INT64_MAX);
        lan_settle(&fixture);
        show_server();
        while (lan_sent(&fixture)) {
            const uint8_t *next = g_bytes_get_data(g_queue_peek_head(&fixture.sent), NULL);

            if (lan_get16(next + 12) == ETH_TYPE_ARP) { /* for the server, which is forgotten */
                g_bytes_unref(lan_take(&fixture));
                continue;
            }
            message = take();
            ck_assert_uint_eq(message.type, REQUEST);
            ck_assert_uint_eq(message.ciaddr, LAN_ME);
            unicasts += message.to == LAN_ROUTER;
            broadcasts += message.to == IP_BROADCAST;
            ck_assert(message.broadcast == (message.to == IP_BROADCAST));
        }
        ck_assert_uint_eq(swme_lan_address(fixture.lan), LAN_ME);
    }
    ck_assert_uint_ge(broadcasts, 1);
    ck_assert_uint_le(unicasts + broadcasts, 12); /* a minute between them at least */
    swme_manual_clock_step(fixture.clock, INT64_MAX);
    lan_settle(&fixture);
    ck_assert_int_eq(now(), 1000 * S);
    ck_assert_uint_eq(swme_lan_address(fixture.lan), 0);
    ck_assert_uint_eq(amt_state_data(fixture.amt)->network.lan[0].address, 0);
    ck_assert_str_eq(amt_state_data(fixture.amt)->network.dhcp_domain, "");
    get_lease(60);
}
END_TEST

START_TEST(another_server_rebinds)
{
    Message message = {0};
    Answer answer = {ACK, 0, LAN_ME, LAN_PEER, 5000, NULL, NULL, 0};
    uint8_t frame[SWME_LAN_MAX_FRAME];

    get_lease(1000);
    while (!message.broadcast) {
        swme_manual_clock_step(fixture.clock, INT64_MAX);
        lan_settle(&fixture);
        show_server();
        message = take();
    }
    answer.xid = message.xid;
    lan_give(&fixture, frame, make_answer(frame, &answer));
    ck_assert_uint_eq(swme_lan_address(fixture.lan), LAN_ME);
    swme_manual_clock_step(fixture.clock, INT64_MAX);
    lan_settle(&fixture);
    lan_give(&fixture, frame, lan_make_arp(frame, ARP_REPLY, lan_peer_mac, LAN_PEER, LAN_ME));
    ck_assert_uint_eq(take().to, LAN_PEER); /* it is this one's now */
}
END_TEST

START_TEST(nak_while_renewing)
{
    Message message;

    get_lease(1000);
    advance(500 * S);
    show_server();
    message = take();
    give(NAK, message.xid, 0, 0);
    ck_assert_uint_eq(swme_lan_address(fixture.lan), 0);
    ck_assert_uint_eq(take().type, DISCOVER);
}
END_TEST

START_TEST(a_lease_for_ever)
{
    get_lease(UINT32_MAX);
    ck_assert_uint_eq(swme_manual_clock_armed(fixture.clock), 0);
}
END_TEST

/* Where it was before it asks for first: after a start with what the NVM kept, or a cable's return.
 */
START_TEST(the_address_of_last_time)
{
    Message message;

    get_lease(1000);
    swme_lan_set_link(fixture.lan, false);
    ck_assert_uint_eq(swme_lan_address(fixture.lan), 0);
    ck_assert_uint_eq(swme_manual_clock_armed(fixture.clock), 0);
    swme_lan_set_link(fixture.lan, true);
    lan_settle(&fixture);
    message = take();
    ck_assert_uint_eq(message.type, REQUEST);
    ck_assert(message.broadcast && message.ciaddr == 0 && message.server == 0);
    ck_assert_uint_eq(message.requested, LAN_ME);
    ck_assert_uint_eq(amt_state_data(fixture.amt)->network.lan[0].address, 0);
    give(NAK, message.xid, 0, 0);
    get_lease(1000);
    swme_lan_set_link(fixture.lan, false);
    swme_lan_set_link(fixture.lan, true);
    lan_settle(&fixture);
    for (unsigned int i = 0; i < 2; i++) { /* and if nobody knows */
        ck_assert_uint_eq(take().type, REQUEST);
        swme_manual_clock_step(fixture.clock, INT64_MAX);
        lan_settle(&fixture);
    }
    get_lease(1000);
}
END_TEST

/* AMT's state loaded from elsewhere: the lease is still ours, and told again. */
START_TEST(the_state_is_replaced)
{
    AmtNetwork network;

    get_lease(1000);
    network = amt_state_data(fixture.amt)->network;
    network.lan[0].address = LAN_PEER;
    amt_state_set_network(fixture.amt, &network);
    ck_assert_uint_eq(swme_lan_address(fixture.lan), LAN_ME);
    ck_assert_uint_eq(amt_state_data(fixture.amt)->network.lan[0].address, LAN_ME);
    /* To a static address and back. */
    network.lan[0].dhcp = false;
    amt_state_set_network(fixture.amt, &network);
    ck_assert_uint_eq(swme_lan_address(fixture.lan), LAN_PEER);
    ck_assert_uint_eq(swme_manual_clock_armed(fixture.clock), 0);
    network.lan[0].dhcp = true;
    amt_state_set_network(fixture.amt, &network);
    ck_assert_uint_eq(swme_lan_address(fixture.lan), 0);
}
END_TEST

START_TEST(answers_that_are_none)
{
    static const struct {
        unsigned int offset; /* of the BOOTP message */
        uint8_t value;
    } changes[] = {{0, 1},
                   {1, 6},
                   {2, 8},
                   {4, 0x5a},
                   {28, 9},
                   {236, 0},
                   {239, 0},
                   {241, 200} /* runs over the end */,
                   {16, 0} /* 0.x */,
                   {16, 0xe0},
                   {19, 0},
                   {19, 255}};
    uint32_t xid = take().xid;
    const Answer answer = {OFFER, xid, LAN_ME, LAN_ROUTER, 60, NULL, NULL, 0};
    uint8_t frame[SWME_LAN_MAX_FRAME];
    size_t size;

    for (size_t i = 0; i < UNIT_COUNT(changes); i++) {
        size = make_answer(frame, &answer);
        ck_assert_uint_ne(frame[BOOTP + changes[i].offset], changes[i].value);
        frame[BOOTP + changes[i].offset] = changes[i].value;
        lan_sum_up(frame);
        lan_give(&fixture, frame, size);
        ck_assert_uint_eq(swme_lan_stats(fixture.lan)->bad_dhcp, i + 1);
    }
    ck_assert_uint_eq(lan_sent(&fixture), 0);
    size = make_answer(frame, &answer);
    lan_put16(frame + ETH_SIZE + IP_SIZE, 68); /* not from a server's port */
    lan_sum_up(frame);
    lan_give(&fixture, frame, size);
    ck_assert_uint_eq(lan_sent(&fixture), 0);
    /* Cut anywhere, with lengths that are right for it. */
    size = make_answer(frame, &answer);
    for (size_t left = 0; left < size - BOOTP; left++) {
        uint8_t cut[SWME_LAN_MAX_FRAME];
        size_t cut_size = lan_make_udp(cut, LAN_ROUTER, 67, LAN_ME, 68, frame + BOOTP, left);

        swme_lan_receive(fixture.lan, cut, cut_size);
        swme_lan_run(fixture.lan);
        if (lan_sent(&fixture)) { /* all that counts was there */
            ck_assert_uint_ge(left, 240 + 3 + 6 + 6 + 6 + 10);
            break;
        }
    }
}
END_TEST

/* A name goes into AMT's state, and from there to consoles. */
START_TEST(names_and_masks)
{
    static const uint8_t no_text[] = {15,  5, 'a', '\n', 'b',  0x80, 0,    1,    4,  255, 0,
                                      255, 0, 58,  4,    0xff, 0xff, 0xff, 0xff, 59, 1,   9};
    Message message = take();
    Answer answer = {OFFER, message.xid, LAN_ME, LAN_ROUTER, 60, NULL, no_text, sizeof(no_text)};
    uint8_t frame[SWME_LAN_MAX_FRAME];

    lan_give(&fixture, frame, make_answer(frame, &answer));
    answer.xid = take().xid;
    answer.type = ACK;
    lan_give(&fixture, frame, make_answer(frame, &answer));
    ck_assert_uint_eq(swme_lan_address(fixture.lan), LAN_ME);
    ck_assert_str_eq(amt_state_data(fixture.amt)->network.dhcp_domain, "");
    ck_assert_uint_eq(amt_state_data(fixture.amt)->network.lan[0].mask, 0xffffff00); /* class C */
    ck_assert_int_eq(swme_manual_clock_next(fixture.clock), 30 * S);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lan-dhcp");
    TCase *tcase = unit_case(suite, "dhcp");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_lease);
    tcase_add_test(tcase, nobody_offers);
    tcase_add_test(tcase, the_offer_is_not_kept);
    tcase_add_test(tcase, renewal);
    tcase_add_test(tcase, rebinding_and_expiry);
    tcase_add_test(tcase, another_server_rebinds);
    tcase_add_test(tcase, nak_while_renewing);
    tcase_add_test(tcase, a_lease_for_ever);
    tcase_add_test(tcase, the_address_of_last_time);
    tcase_add_test(tcase, the_state_is_replaced);
    tcase_add_test(tcase, answers_that_are_none);
    tcase_add_test(tcase, names_and_masks);
    return unit_run(suite);
}
