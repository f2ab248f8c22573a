/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections that the ME begins, and what becomes of those that only we have ended. First with
 * frames made by hand; then Linux' own TCP is the station, at the end of a tap.
 */
#define _GNU_SOURCE /* unshare, accept4 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib-unix.h>

#include "firmware-sim/glib-clock.h"
#include "tests/unit/lan-fixture.h"

#define STATIC "192.0.2.2/24"
#define PORT   8080
#define PEER   "192.0.2.7"

static LanFixture fixture;

typedef struct Outcome {
    unsigned int count;
    GIOStream *stream;
    GError *error;
} Outcome;

static Outcome outcome;
static SwmeServices *services;

static void done(GObject *source, GAsyncResult *result, gpointer opaque)
{
    (void)source;
    (void)opaque;
    outcome.count++;
    outcome.stream = swme_services_dial_finish(result, &outcome.error);
}

static void dial(const char *address, uint16_t port, GCancellable *cancellable)
{
    outcome = (Outcome){0};
    swme_services_dial(services, address, port, cancellable, done, NULL);
    while (g_main_context_iteration(NULL, FALSE)) {
    }
}

static void failed_with(int code)
{
    ck_assert_uint_eq(outcome.count, 1);
    ck_assert_ptr_null(outcome.stream);
    MUST_MSG(g_error_matches(outcome.error, G_IO_ERROR, code), "error %d: %s", outcome.error->code,
             outcome.error->message);
    ck_assert_ptr_null(strchr(outcome.error->message, '\n'));
    g_clear_error(&outcome.error);
}

static void setup(void)
{
    lan_fixture_start(&fixture, NULL, STATIC);
    services = fixture.services;
    lan_forget(&fixture);
}

static void teardown(void)
{
    g_clear_object(&outcome.stream);
    lan_settle(&fixture);
    lan_fixture_stop(&fixture);
}

/* ---- by hand ---- */

typedef struct Sent {
    uint16_t port; /* ours */
    uint8_t flags;
    uint32_t sequence;
} Sent;

/* The newest TCP segment that left; the station of the test is asked for on the way. */
static bool take_segment(Sent *sent)
{
    bool any = false;

    while (lan_sent(&fixture)) {
        g_autoptr(GBytes) bytes = lan_take(&fixture);
        const uint8_t *out = g_bytes_get_data(bytes, NULL);
        uint8_t arp[SWME_LAN_MAX_FRAME];

        if (lan_get16(out + ETH_OFF_TYPE) == ETH_TYPE_ARP) {
            if (lan_get32(out + ETH_SIZE + ARP_OFF_TARGET_IP) == LAN_PEER) {
                lan_give(&fixture, arp,
                         lan_make_arp(arp, ARP_REPLY, lan_peer_mac, LAN_PEER, LAN_ME));
            }
            continue;
        }
        out += ETH_SIZE;
        MUST_EQ(lan_get32(out + IP_OFF_SOURCE), LAN_ME);
        MUST_EQ(lan_get32(out + IP_OFF_DESTINATION), LAN_PEER);
        MUST_EQ(lan_get16(out + IP_SIZE + TCP_OFF_DESTINATION), PORT);
        *sent = (Sent){lan_get16(out + IP_SIZE + TCP_OFF_SOURCE), out[IP_SIZE + TCP_OFF_FLAGS],
                       lan_get32(out + IP_SIZE + TCP_OFF_SEQUENCE)};
        any = true;
    }
    return any;
}

static void answer(const Sent *sent, uint8_t flags, uint32_t sequence, uint32_t acknowledged)
{
    uint8_t frame[SWME_LAN_MAX_FRAME];

    lan_give(&fixture, frame,
             lan_make_tcp(frame, LAN_PEER, PORT, sent->port, flags, sequence, acknowledged));
}

static Sent begin(GCancellable *cancellable)
{
    Sent sent;

    dial(PEER, PORT, cancellable);
    MUST(take_segment(&sent));
    MUST_EQ(sent.flags, TCP_SYN);
    MUST_EQ(outcome.count, 0);
    return sent;
}

/* A clock that is moved in steps, for libslirp looks at it each half second. */
static void pass(unsigned int seconds)
{
    for (unsigned int i = 0; i < 2 * seconds; i++) {
        swme_manual_clock_advance(fixture.clock, SWME_NS_PER_S / 2);
        swme_lan_run(fixture.lan);
        lan_settle(&fixture);
    }
}

START_TEST(a_station_takes_it)
{
    Sent sent = begin(NULL);
    Sent next;

    answer(&sent, TCP_SYN | TCP_ACK, 500, sent.sequence + 1);
    ck_assert_uint_eq(outcome.count, 1);
    ck_assert_ptr_nonnull(outcome.stream);
    MUST(take_segment(&next));
    ck_assert_uint_eq(next.flags, TCP_ACK);
    ck_assert_int_eq(g_output_stream_write(g_io_stream_get_output_stream(outcome.stream), "hello",
                                           5, NULL, NULL),
                     5);
    lan_settle(&fixture);
    MUST(take_segment(&next));
    ck_assert_uint_eq(next.sequence, sent.sequence + 1);
    ck_assert_uint_eq(next.port, sent.port);
    ck_assert_uint_eq(swme_lan_stats(fixture.lan)->connections_out, 1);
}
END_TEST

START_TEST(a_station_refuses)
{
    Sent sent = begin(NULL);

    answer(&sent, TCP_RST | TCP_ACK, 0, sent.sequence + 1);
    failed_with(G_IO_ERROR_CONNECTION_REFUSED);
    ck_assert_uint_eq(swme_lan_stats(fixture.lan)->failed_out, 1);
}
END_TEST

/* Only who has seen our first segment can answer it. */
START_TEST(forged_answers)
{
    Sent sent = begin(NULL);

    answer(&sent, TCP_RST | TCP_ACK, 0, sent.sequence + 2);
    answer(&sent, TCP_SYN | TCP_ACK, 0, sent.sequence);
    answer(&sent, TCP_RST, 0, 0);
    ck_assert_uint_eq(outcome.count, 0);
    answer(&sent, TCP_SYN | TCP_ACK, 500, sent.sequence + 1);
    ck_assert_uint_eq(outcome.count, 1);
}
END_TEST

START_TEST(nobody_answers)
{
    begin(NULL);
    pass(9);
    ck_assert_uint_eq(outcome.count, 0);
    pass(2);
    failed_with(G_IO_ERROR_TIMED_OUT);
}
END_TEST

START_TEST(nobody_is_there)
{
    dial("192.0.2.9", PORT, NULL);
    ck_assert_uint_eq(outcome.count, 0);
    pass(4);
    failed_with(G_IO_ERROR_HOST_UNREACHABLE);
}
END_TEST

START_TEST(no_way_there)
{
    static const struct {
        const char *address;
        uint16_t port;
        int code;
    } rows[] = {
        {"198.51.100.1", PORT, G_IO_ERROR_NETWORK_UNREACHABLE}, /* no router */
        {"192.0.2.2", PORT, G_IO_ERROR_NETWORK_UNREACHABLE},    /* ourselves */
        {"127.0.0.1", PORT, G_IO_ERROR_NETWORK_UNREACHABLE},
        {"2001:db8::1", PORT, G_IO_ERROR_INVALID_ARGUMENT},
        {"a name", PORT, G_IO_ERROR_INVALID_ARGUMENT},
        {PEER, 0, G_IO_ERROR_INVALID_ARGUMENT},
    };

    for (unsigned int i = 0; i < UNIT_COUNT(rows); i++) {
        dial(rows[i].address, rows[i].port, NULL);
        failed_with(rows[i].code);
    }
    swme_lan_set_link(fixture.lan, false);
    dial(PEER, PORT, NULL);
    failed_with(G_IO_ERROR_NETWORK_UNREACHABLE);
}
END_TEST

START_TEST(given_up)
{
    g_autoptr(GCancellable) cancellable = g_cancellable_new();

    begin(cancellable);
    g_cancellable_cancel(cancellable);
    lan_settle(&fixture);
    failed_with(G_IO_ERROR_CANCELLED);
}
END_TEST

START_TEST(the_cable_is_pulled)
{
    begin(NULL);
    swme_lan_set_link(fixture.lan, false);
    lan_settle(&fixture);
    failed_with(G_IO_ERROR_NETWORK_UNREACHABLE);
}
END_TEST

static void count(GObject *source, GAsyncResult *result, gpointer opaque)
{
    g_autoptr(GError) error = NULL;

    (void)source;
    MUST(!swme_services_dial_finish(result, &error));
    ((unsigned int *)opaque)[error->code == G_IO_ERROR_BUSY]++;
}

START_TEST(so_many_at_once)
{
    unsigned int ends[2] = {0, 0}; /* timed out, refused at once */

    for (unsigned int i = 0; i < 40; i++) {
        swme_services_dial(services, PEER, PORT, NULL, count, ends);
    }
    lan_settle(&fixture);
    ck_assert_uint_eq(ends[1], 24);
    pass(11);
    ck_assert_uint_eq(ends[0], 16);
}
END_TEST

/* What else may come from there while we wait: nothing of it is an answer. */
START_TEST(what_is_no_answer)
{
    Sent sent = begin(NULL);
    uint8_t frame[SWME_LAN_MAX_FRAME];
    size_t size;

    size = lan_make_tcp(frame, LAN_PEER + 1, PORT, sent.port, TCP_SYN | TCP_ACK, 500,
                        sent.sequence + 1); /* another station */
    lan_give(&fixture, frame, size);
    size = lan_make_tcp(frame, LAN_PEER, PORT + 1, sent.port, TCP_SYN | TCP_ACK, 500,
                        sent.sequence + 1); /* another port of it */
    lan_give(&fixture, frame, size);
    size = lan_make_tcp(frame, LAN_PEER, PORT, sent.port ^ 1, TCP_SYN | TCP_ACK, 500,
                        sent.sequence + 1); /* to another of ours */
    lan_give(&fixture, frame, size);
    size = lan_make_tcp(frame, LAN_PEER, PORT, sent.port, TCP_SYN | TCP_ACK, 500,
                        sent.sequence + 1); /* damaged */
    frame[size - 1] ^= 1;
    lan_give(&fixture, frame, size);
    ck_assert_uint_eq(outcome.count, 0);
    answer(&sent, TCP_ACK, 500, sent.sequence + 1); /* neither yes nor no */
    ck_assert_uint_eq(outcome.count, 0);
    pass(11);
    failed_with(G_IO_ERROR_TIMED_OUT);
}
END_TEST

/* A station that is not there ends the attempts to reach it, and no others. */
START_TEST(one_of_two_is_not_there)
{
    unsigned int ends[2] = {0, 0};
    Sent sent = begin(NULL);

    swme_services_dial(services, "192.0.2.9", PORT, NULL, count, ends);
    pass(4);
    ck_assert_uint_eq(ends[0], 1);
    ck_assert_uint_eq(outcome.count, 0);
    answer(&sent, TCP_SYN | TCP_ACK, 500, sent.sequence + 1);
    ck_assert_uint_eq(outcome.count, 1);
}
END_TEST

/* libslirp would abort the process where it is one of its own that is missing. */
START_TEST(nobody_is_reached_without_a_descriptor)
{
    struct rlimit was, none;
    int lowest;

    dial("127.0.0.1", PORT, NULL); /* so that GLib has its own descriptors */
    failed_with(G_IO_ERROR_NETWORK_UNREACHABLE);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &was), 0);
    lowest = dup(0);
    none = was;
    for (int left = 0; left < 5; left++) {
        none.rlim_cur = (rlim_t)(lowest + left);
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
        if (left == 0) {
            close(lowest);
        }
        dial(PEER, PORT, NULL);
        failed_with(left ? G_IO_ERROR_FAILED : G_IO_ERROR_BUSY);
    }
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &was), 0);
    begin(NULL); /* and all is well again */
    pass(11);
    failed_with(G_IO_ERROR_TIMED_OUT);
}
END_TEST

START_TEST(without_an_address_nobody_is_reached)
{
    AmtNetwork network = amt_state_data(fixture.amt)->network;

    network.lan[0].dhcp = true;
    amt_state_set_network(fixture.amt, &network);
    lan_settle(&fixture);
    dial(PEER, PORT, NULL);
    ck_assert_ptr_nonnull(strstr(outcome.error->message, "has no address yet"));
    failed_with(G_IO_ERROR_NETWORK_UNREACHABLE);
    swme_lan_set_link(fixture.lan, false);
}
END_TEST

/* ---- connections that only we have ended ---- */

static void close_it(void *opaque, GIOStream *stream, const SwmePeer *peer)
{
    (void)peer;
    ++*(unsigned int *)opaque;
    g_io_stream_close(stream, NULL, NULL);
    g_object_unref(stream);
}

static void come(uint32_t peer, uint16_t peer_port)
{
    uint8_t frame[SWME_LAN_MAX_FRAME];
    uint32_t theirs = 0;

    lan_give(&fixture, frame, lan_make_tcp(frame, peer, peer_port, PORT, TCP_SYN, 1, 0));
    while (lan_sent(&fixture)) {
        g_autoptr(GBytes) bytes = lan_take(&fixture);
        const uint8_t *tcp = (const uint8_t *)g_bytes_get_data(bytes, NULL) + ETH_SIZE + IP_SIZE;

        if (lan_get16(tcp + TCP_OFF_DESTINATION) == peer_port) {
            theirs = lan_get32(tcp + TCP_OFF_SEQUENCE);
        }
    }
    lan_give(&fixture, frame, lan_make_tcp(frame, peer, peer_port, PORT, TCP_ACK, 2, theirs + 1));
    lan_settle(&fixture);
    lan_forget(&fixture);
}

/* Stations that never end theirs, with the clock at a stand as with a machine that is off. */
START_TEST(half_closed_ones_make_room)
{
    unsigned int served = 0;

    MUST(swme_services_add(services, PORT, close_it, &served));
    for (uint16_t i = 0; i < 1000; i++) {
        come(LAN_PEER, (uint16_t)(2000 + i));
        ck_assert_uint_eq(served, i + 1u);
    }
    come(LAN_PEER + 1, 4711);
    ck_assert_uint_eq(served, 1001);
    ck_assert_uint_ge(swme_lan_stats(fixture.lan)->displaced, 800);
    ck_assert_uint_eq(swme_lan_stats(fixture.lan)->too_many, 0);
}
END_TEST

/* ---- Linux at the other end ---- */

typedef struct Wire {
    SwmeLan *lan;
    AmtState *amt;
    SwmeClock *clock;
    int fd;
    guint source;
} Wire;

static Wire wire;

static bool to_tap(void *opaque, const uint8_t *frame, size_t size)
{
    MUST(write(((Wire *)opaque)->fd, frame, size) == (ssize_t)size);
    return true;
}

static void no_room(void *opaque)
{
    (void)opaque;
}

static const SwmeLanOps tap_ops = {.send = to_tap, .room = no_room};

static gboolean from_tap(gint fd, GIOCondition condition, gpointer opaque)
{
    uint8_t frame[2048];
    ssize_t size = read(fd, frame, sizeof(frame));

    (void)condition;
    if (size > 0) {
        swme_lan_receive(((Wire *)opaque)->lan, frame, (size_t)size);
    }
    return G_SOURCE_CONTINUE;
}

/* Linux' side: 192.0.2.1/24, and the loopback network; false: it may not be. */
static bool make_tap(bool loopback)
{
    struct ifreq request = {.ifr_name = "lan0", .ifr_flags = IFF_TAP | IFF_NO_PI};
    struct sockaddr_in address = {.sin_family = AF_INET};
    int control;

    if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
        return false;
    }
    wire.fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (wire.fd < 0 || ioctl(wire.fd, TUNSETIFF, &request) != 0) {
        return false;
    }
    control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(LAN_ROUTER);
    memcpy(&request.ifr_addr, &address, sizeof(address));
    MUST(ioctl(control, SIOCSIFADDR, &request) == 0);
    address.sin_addr.s_addr = htonl(0xffffff00);
    memcpy(&request.ifr_netmask, &address, sizeof(address));
    MUST(ioctl(control, SIOCSIFNETMASK, &request) == 0);
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    MUST(ioctl(control, SIOCSIFFLAGS, &request) == 0);
    if (loopback) {
        g_strlcpy(request.ifr_name, "lo", sizeof(request.ifr_name));
        request.ifr_flags = IFF_UP | IFF_RUNNING;
        MUST(ioctl(control, SIOCSIFFLAGS, &request) == 0);
    }
    close(control);
    return true;
}

static bool wire_start(bool loopback)
{
    static const uint8_t uuid[AMTHI_UUID_SIZE] = {1};
    SwmeLanConfig config = {.ops = &tap_ops, .opaque = &wire, .seed = 1};
    AmtNetwork network;

    if (!make_tap(loopback)) {
        printf("# no tap may be made here: %s\n", g_strerror(errno));
        return false;
    }
    wire.clock = swme_glib_clock_new(NULL);
    services = swme_services_new();
    wire.amt = amt_state_new(swme_platform_find("mtl-m", NULL), uuid, wire.clock, 1000000000);
    network = amt_state_data(wire.amt)->network;
    memcpy(network.lan[0].mac, lan_me_mac, MAC_SIZE);
    MUST(swme_lan_parse_address(STATIC, &network.lan[0], NULL));
    amt_state_set_network(wire.amt, &network);
    config.clock = wire.clock;
    config.services = services;
    config.amt = wire.amt;
    wire.lan = swme_lan_new(&config, NULL);
    MUST(wire.lan);
    wire.source = g_unix_fd_add(wire.fd, G_IO_IN, from_tap, &wire);
    return true;
}

static void wire_stop(void)
{
    g_clear_object(&outcome.stream);
    g_source_remove(wire.source);
    swme_lan_free(wire.lan);
    swme_services_free(services);
    amt_state_free(wire.amt);
    swme_glib_clock_free(wire.clock);
    close(wire.fd);
}

static void until_told(void)
{
    while (!outcome.count) {
        g_main_context_iteration(NULL, TRUE);
    }
}

#define BULK ((size_t)4 << 20)

static gboolean back(gint fd, GIOCondition condition, gpointer opaque)
{
    uint8_t block[4096];
    ssize_t got = recv(fd, block, sizeof(block), MSG_PEEK);
    ssize_t sent = got > 0 ? send(fd, block, (size_t)got, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;

    (void)condition;
    (void)opaque;
    if (sent > 0) {
        MUST(recv(fd, block, (size_t)sent, 0) == sent);
    }
    if (got == 0) {
        shutdown(fd, SHUT_WR);
        return G_SOURCE_REMOVE;
    }
    return G_SOURCE_CONTINUE;
}

START_TEST(linux_takes_it)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(LAN_ROUTER)};
    struct sockaddr_in peer;
    socklen_t size = sizeof(name);
    int listener;
    g_autofree uint8_t *data = g_malloc(BULK);
    size_t sent = 0;
    size_t got = 0;
    GPollableOutputStream *out;
    GPollableInputStream *in;
    int fd;

    if (!wire_start(true)) {
        return;
    }
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    MUST(bind(listener, (struct sockaddr *)&name, sizeof(name)) == 0 && listen(listener, 1) == 0);
    MUST(getsockname(listener, (struct sockaddr *)&name, &size) == 0);
    dial("192.0.2.1", ntohs(name.sin_port), NULL);
    until_told();
    ck_assert_msg(outcome.stream != NULL, "%s", outcome.error ? outcome.error->message : "");
    size = sizeof(peer);
    fd = accept4(listener, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC);
    MUST(fd >= 0);
    MUST_EQ(ntohl(peer.sin_addr.s_addr), LAN_ME);
    g_unix_fd_add(fd, G_IO_IN, back, NULL);
    for (size_t i = 0; i < BULK; i++) {
        data[i] = (uint8_t)(i * 2654435761u >> 13);
    }
    out = G_POLLABLE_OUTPUT_STREAM(g_io_stream_get_output_stream(outcome.stream));
    in = G_POLLABLE_INPUT_STREAM(g_io_stream_get_input_stream(outcome.stream));
    while (got < BULK) {
        uint8_t block[8192];
        gssize now;

        if (sent < BULK) {
            now = g_pollable_output_stream_write_nonblocking(out, data + sent,
                                                             MIN(BULK - sent, 8192), NULL, NULL);
            sent += now > 0 ? (size_t)now : 0;
        }
        g_main_context_iteration(NULL, FALSE);
        now = g_pollable_input_stream_read_nonblocking(in, block, sizeof(block), NULL, NULL);
        if (now > 0) {
            MUST(got + (size_t)now <= BULK && memcmp(block, data + got, (size_t)now) == 0);
            got += (size_t)now;
        }
    }
    close(fd);
    close(listener);
    wire_stop();
}
END_TEST

START_TEST(linux_refuses)
{
    if (wire_start(true)) {
        dial("192.0.2.1", 9, NULL);
        until_told();
        failed_with(G_IO_ERROR_CONNECTION_REFUSED);
        wire_stop();
    }
}
END_TEST

/* libslirp would end the process. */
START_TEST(without_a_loopback_network)
{
    if (wire_start(false)) {
        dial("192.0.2.1", 9, NULL);
        until_told();
        failed_with(G_IO_ERROR_FAILED);
        wire_stop();
    }
}
END_TEST

START_TEST(without_a_lan)
{
    services = swme_services_new();
    dial("127.0.0.1", 1, NULL);
    until_told();
    failed_with(G_IO_ERROR_CONNECTION_REFUSED);
    dial("a name", 1, NULL);
    until_told();
    failed_with(G_IO_ERROR_INVALID_ARGUMENT);
    swme_services_free(services);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lan-connect");
    TCase *hand = unit_case(suite, "by hand");
    TCase *real = unit_case(suite, "Linux");

    tcase_add_checked_fixture(hand, setup, teardown);
    tcase_add_test(hand, a_station_takes_it);
    tcase_add_test(hand, a_station_refuses);
    tcase_add_test(hand, forged_answers);
    tcase_add_test(hand, what_is_no_answer);
    tcase_add_test(hand, one_of_two_is_not_there);
    tcase_add_test(hand, nobody_is_reached_without_a_descriptor);
    tcase_add_test(hand, without_an_address_nobody_is_reached);
    tcase_add_test(hand, nobody_answers);
    tcase_add_test(hand, nobody_is_there);
    tcase_add_test(hand, no_way_there);
    tcase_add_test(hand, given_up);
    tcase_add_test(hand, the_cable_is_pulled);
    tcase_add_test(hand, so_many_at_once);
    tcase_add_test(hand, half_closed_ones_make_room);
    tcase_add_test(real, linux_takes_it);
    tcase_add_test(real, linux_refuses);
    tcase_add_test(real, without_a_loopback_network);
    tcase_add_test(real, without_a_lan);
    return unit_run(suite);
}
