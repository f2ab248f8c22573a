/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TCP on the ME's LAN: who connects, what arrives, and what a flood of half-open connections comes
 * to. The other stations are libslirp too, as QEMU's user network is: each forwards a port of
 * this host to the ME.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <libslirp.h>

#include "firmware-sim/net/echo-service.h"
#include "tests/unit/lan-fixture.h"

#define STATIC "192.0.2.2/24"
#define PORT   16992
#define PEERS  3

static LanFixture fixture;

/* ---- frames made by hand ---- */

typedef struct Accepted {
    unsigned int count;
    SwmePeer peer;
    GPtrArray *streams;
} Accepted;

static void keep(void *opaque, GIOStream *stream, const SwmePeer *peer)
{
    Accepted *accepted = opaque;

    accepted->count++;
    accepted->peer = *peer;
    g_ptr_array_add(accepted->streams, stream);
}

static Accepted accepted;

static void setup(void)
{
    lan_fixture_start(&fixture, NULL, STATIC);
    accepted = (Accepted){.streams = g_ptr_array_new_with_free_func(g_object_unref)};
    MUST(swme_services_add(fixture.services, PORT, keep, &accepted));
    lan_forget(&fixture);
}

static void teardown(void)
{
    g_ptr_array_unref(accepted.streams);
    lan_settle(&fixture);
    lan_fixture_stop(&fixture);
}

/* Sends one segment; the flags of the one answer, 0: none. */
static uint8_t segment(uint32_t peer, uint16_t peer_port, uint8_t flags, uint32_t sequence,
                       uint32_t acknowledged, uint32_t *theirs)
{
    uint8_t frame[SWME_LAN_MAX_FRAME];
    uint8_t answer = 0;

    lan_give(&fixture, frame,
             lan_make_tcp(frame, peer, peer_port, PORT, flags, sequence, acknowledged));
    while (lan_sent(&fixture)) {
        g_autoptr(GBytes) bytes = lan_take(&fixture);
        const uint8_t *out = g_bytes_get_data(bytes, NULL);

        MUST_EQ(lan_get16(out + ETH_OFF_TYPE), ETH_TYPE_IPV4);
        MUST_EQ(lan_get32(out + ETH_SIZE + IP_OFF_SOURCE), LAN_ME);
        MUST_EQ(lan_get32(out + ETH_SIZE + IP_OFF_DESTINATION), peer);
        answer = out[ETH_SIZE + IP_SIZE + TCP_OFF_FLAGS];
        if (theirs) {
            *theirs = lan_get32(out + ETH_SIZE + IP_SIZE + 4);
        }
    }
    return answer;
}

START_TEST(a_handshake)
{
    uint32_t theirs = 0;

    ck_assert_uint_eq(segment(LAN_PEER, 4711, TCP_SYN, 100, 0, &theirs), TCP_SYN | TCP_ACK);
    ck_assert_uint_eq(accepted.count, 0);
    segment(LAN_PEER, 4711, TCP_ACK, 101, theirs + 1, NULL);
    ck_assert_uint_eq(accepted.count, 1);
    ck_assert_int_eq(accepted.peer.door, SWME_DOOR_LAN);
    ck_assert_str_eq(accepted.peer.address, "192.0.2.7");
    ck_assert_uint_eq(accepted.peer.port, 4711);
    ck_assert_uint_eq(swme_lan_stats(fixture.lan)->connections, 1);
}
END_TEST

/* Headers that lie about their length, and sums that are wrong. */
START_TEST(segments_that_are_none)
{
    uint8_t frame[SWME_LAN_MAX_FRAME];
    uint8_t *tcp = frame + ETH_SIZE + IP_SIZE;
    static const uint8_t lengths[] = {0, 4, 6, 15};

    for (size_t i = 0; i < UNIT_COUNT(lengths); i++) {
        size_t size = lan_make_tcp(frame, LAN_PEER, 4711, PORT, TCP_SYN, 100, 0);

        tcp[TCP_OFF_HEADER] = (uint8_t)(lengths[i] << 4);
        lan_sum_up(frame);
        lan_give(&fixture, frame, size);
        ck_assert_uint_eq(swme_lan_stats(fixture.lan)->malformed, i + 1);
    }
    for (size_t size = 0; size < TCP_SIZE; size++) {
        lan_make_ip(frame, IP_TCP, LAN_PEER, LAN_ME, size);
        lan_give(&fixture, frame, lan_ip_size(frame));
    }
    ck_assert_uint_eq(swme_lan_stats(fixture.lan)->malformed, UNIT_COUNT(lengths) + TCP_SIZE);
    ck_assert_uint_eq(lan_sent(&fixture), 0);
    ck_assert_uint_eq(accepted.count, 0);
}
END_TEST

/* Those that are established and stay so keep their places: the next one is turned away. */
START_TEST(established_ones_have_a_most)
{
    uint32_t theirs;

    for (uint16_t i = 0; i < 200; i++) {
        theirs = 0;
        ck_assert_uint_eq(segment(LAN_PEER, (uint16_t)(2000 + i), TCP_SYN, 1, 0, &theirs),
                          TCP_SYN | TCP_ACK);
        segment(LAN_PEER, (uint16_t)(2000 + i), TCP_ACK, 2, theirs + 1, NULL);
    }
    ck_assert_uint_eq(accepted.count, 200);
    ck_assert_uint_eq(segment(LAN_PEER + 1, 4711, TCP_SYN, 1, 0, NULL), 0);
    ck_assert_uint_eq(swme_lan_stats(fixture.lan)->too_many, 1);
    ck_assert_uint_eq(swme_lan_stats(fixture.lan)->displaced, 0);
}
END_TEST

/* Where its socket cannot be there is no LAN, and the reason is told. */
START_TEST(a_host_without_a_place_for_its_socket)
{
    static const struct {
        const char *folder;
        const char *told;
    } cases[] = {
        {"/nowhere/at/all", "/nowhere/at/all"},
        {"/tmp/swme-a-path-that-is-by-far-too-long-for-the-name-of-a-socket-in-it-which-has-one-"
         "hundred-and-seven-bytes",
         "set TMPDIR to a shorter path"},
    };
    g_autoptr(GError) error = NULL;
    bool makes = _i == 1;
    SwmeLanSocket *made;

    if (makes) {
        g_mkdir(cases[_i].folder, 0700);
    }
    g_setenv("TMPDIR", cases[_i].folder, TRUE); /* before GLib looks, for it does so once */
    made = swme_lan_socket_new(&error);
    if (makes) {
        g_rmdir(cases[_i].folder);
    }
    ck_assert_ptr_null(made);
    MUST_MSG(strstr(error->message, cases[_i].told), "%s", error->message);
}
END_TEST

START_TEST(no_lan_without_a_descriptor)
{
    static const SwmeLanOps ops = {0};
    SwmeLanConfig config = {.ops = &ops,
                            .clock = swme_manual_clock(fixture.clock),
                            .services = fixture.services,
                            .amt = fixture.amt};
    g_autoptr(GError) error = NULL;
    struct rlimit was, none;
    int lowest = dup(0);
    SwmeLan *lan;

    close(lowest);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &was), 0);
    none = was;
    none.rlim_cur = (rlim_t)lowest;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    lan = swme_lan_new(&config, &error);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &was), 0);
    ck_assert_ptr_null(lan);
    ck_assert_ptr_nonnull(strstr(error->message, "cannot listen at '"));
    /* The one that is there goes on. */
    ck_assert_uint_eq(segment(LAN_PEER, 4711, TCP_SYN, 1, 0, NULL), TCP_SYN | TCP_ACK);
    swme_lan_free(NULL);
    swme_lan_socket_free(NULL);
}
END_TEST

/* More peers than libslirp's ARP table has entries, their handshakes mixed. */
START_TEST(each_connection_is_its_peers)
{
    uint32_t theirs[40];

    for (uint32_t i = 0; i < UNIT_COUNT(theirs); i++) {
        ck_assert_uint_eq(segment(0xc0000210 + i, (uint16_t)(1000 + i), TCP_SYN, 1, 0, &theirs[i]),
                          TCP_SYN | TCP_ACK);
    }
    for (uint32_t n = 0; n < UNIT_COUNT(theirs); n++) {
        uint32_t i = (n * 7) % UNIT_COUNT(theirs);
        g_autofree char *address = g_strdup_printf("192.0.2.%u", 0x10 + i);

        segment(0xc0000210 + i, (uint16_t)(1000 + i), TCP_ACK, 2, theirs[i] + 1, NULL);
        ck_assert_uint_eq(accepted.count, n + 1);
        ck_assert_str_eq(accepted.peer.address, address);
        ck_assert_uint_eq(accepted.peer.port, 1000 + i);
    }
    /* And what a service says finds its way to those that libslirp has forgotten. */
    for (guint i = 0; i < accepted.streams->len; i++) {
        GOutputStream *out = g_io_stream_get_output_stream(accepted.streams->pdata[i]);

        ck_assert(g_output_stream_write(out, "hello", 5, NULL, NULL) == 5);
    }
    for (unsigned int rounds = 0; rounds < 50; rounds++) {
        lan_settle(&fixture);
    }
    ck_assert_uint_eq(lan_sent(&fixture), UNIT_COUNT(theirs));
}
END_TEST

START_TEST(closed_ports_and_late_services)
{
    uint8_t frame[SWME_LAN_MAX_FRAME];
    g_autoptr(GBytes) reset = NULL;

    lan_give(&fixture, frame, lan_make_tcp(frame, LAN_PEER, 1, 16993, TCP_SYN, 5, 0));
    reset = lan_take(&fixture);
    MUST(reset);
    ck_assert_uint_eq(((const uint8_t *)g_bytes_get_data(reset, NULL))[47], TCP_RST | TCP_ACK);
    ck_assert_uint_eq(swme_lan_stats(fixture.lan)->refused, 1);
    MUST(swme_services_add(fixture.services, 16993, keep, &accepted));
    lan_give(&fixture, frame, lan_make_tcp(frame, LAN_PEER, 1, 16993, TCP_SYN, 5, 0));
    g_bytes_unref(reset);
    reset = lan_take(&fixture);
    ck_assert_uint_eq(((const uint8_t *)g_bytes_get_data(reset, NULL))[47], TCP_SYN | TCP_ACK);
    swme_services_remove(fixture.services, 16993);
    lan_give(&fixture, frame, lan_make_tcp(frame, LAN_PEER, 2, 16993, TCP_SYN, 5, 0));
    g_bytes_unref(reset);
    reset = lan_take(&fixture);
    ck_assert_uint_eq(((const uint8_t *)g_bytes_get_data(reset, NULL))[47], TCP_RST | TCP_ACK);
    ck_assert_uint_eq(accepted.count, 0);
}
END_TEST

static unsigned int flood(uint32_t peers, unsigned int count)
{
    unsigned int answered = 0;

    for (unsigned int i = 0; i < count; i++) {
        answered += segment(0x0a000001 + i % peers, (uint16_t)(1024 + i / peers), TCP_SYN, 1, 0,
                            NULL) == (TCP_SYN | TCP_ACK);
    }
    return answered;
}

START_TEST(half_open_connections)
{
    uint32_t theirs;

    ck_assert_uint_eq(flood(1, 1000), 64); /* of one peer */
    ck_assert_uint_eq(swme_lan_stats(fixture.lan)->half_open, 936);
    /* Another one is served all the same. */
    ck_assert_uint_eq(segment(LAN_PEER, 4711, TCP_SYN, 100, 0, &theirs), TCP_SYN | TCP_ACK);
    segment(LAN_PEER, 4711, TCP_ACK, 101, theirs + 1, NULL);
    ck_assert_uint_eq(accepted.count, 1);
    ck_assert_uint_ge(flood(500, 5000), 4990); /* of all: the oldest ones go */
    ck_assert_uint_ge(swme_lan_stats(fixture.lan)->displaced, 5000 - 256);
    ck_assert_uint_eq(segment(LAN_PEER, 4713, TCP_SYN, 100, 0, &theirs), TCP_SYN | TCP_ACK);
    segment(LAN_PEER, 4713, TCP_ACK, 101, theirs + 1, NULL);
    ck_assert_uint_eq(accepted.count, 2);
    for (unsigned int i = 0; i < 200; i++) { /* they end by themselves: 75 s and a little */
        swme_manual_clock_advance(fixture.clock, SWME_NS_PER_S / 2);
        swme_lan_run(fixture.lan);
        lan_forget(&fixture);
    }
    ck_assert_uint_eq(segment(LAN_PEER, 4712, TCP_SYN, 100, 0, NULL), TCP_SYN | TCP_ACK);
}
END_TEST

/* A reset that libslirp does not believe must not make room for one more. */
START_TEST(half_open_and_false_ends)
{
    unsigned int answered = 0;

    for (uint16_t i = 0; i < 500; i++) {
        answered += segment(LAN_PEER, (uint16_t)(2000 + i), TCP_SYN, 1, 0, NULL) != 0;
        segment(LAN_PEER, (uint16_t)(2000 + i), TCP_RST, 0x40000000, 0, NULL);
        segment(LAN_PEER, (uint16_t)(2000 + i), TCP_ACK, 2, 0x12345678, NULL);
        swme_manual_clock_advance(fixture.clock, SWME_NS_PER_MS);
    }
    ck_assert_uint_le(answered, 64);
    ck_assert_uint_eq(accepted.count, 0);
}
END_TEST

/* Connections that a peer ends for good make room at once. */
START_TEST(true_ends_make_room)
{
    for (uint16_t i = 0; i < 500; i++) {
        ck_assert_uint_eq(segment(LAN_PEER, (uint16_t)(2000 + i), TCP_SYN, 1, 0, NULL),
                          TCP_SYN | TCP_ACK);
        segment(LAN_PEER, (uint16_t)(2000 + i), TCP_RST, 2, 0, NULL);
        swme_manual_clock_advance(fixture.clock, 10 * SWME_NS_PER_MS);
    }
}
END_TEST

START_TEST(the_address_changes)
{
    AmtNetwork network = amt_state_data(fixture.amt)->network;
    GInputStream *in;
    uint32_t theirs;
    char byte;

    segment(LAN_PEER, 4711, TCP_SYN, 100, 0, &theirs);
    segment(LAN_PEER, 4711, TCP_ACK, 101, theirs + 1, NULL);
    ck_assert_uint_eq(accepted.count, 1);
    network.lan[0].address = 0xc0000203;
    amt_state_set_network(fixture.amt, &network);
    lan_settle(&fixture);
    in = g_io_stream_get_input_stream(accepted.streams->pdata[0]);
    ck_assert_int_eq(g_input_stream_read(in, &byte, 1, NULL, NULL), 0); /* its end */
}
END_TEST

START_TEST(a_wrong_checksum)
{
    uint8_t frame[SWME_LAN_MAX_FRAME];
    size_t size = lan_make_tcp(frame, LAN_PEER, 1, PORT, TCP_SYN, 5, 0);

    frame[ETH_SIZE + IP_SIZE + 16] ^= 1;
    lan_give(&fixture, frame, size);
    ck_assert_uint_eq(lan_sent(&fixture), 0);
    ck_assert_uint_eq(swme_lan_stats(fixture.lan)->bad_checksum, 1);
}
END_TEST

/* ---- other stations ---- */

typedef struct Station {
    Slirp *slirp;
    uint8_t mac[MAC_SIZE];
    uint16_t port; /* of this host, forwarded to the ME */
    GArray *fds;   /* struct pollfd */
} Station;

static Station stations[PEERS];
static LanFixture lan;
static GQueue to_lan; /* GBytes */
static int64_t began_us;

static ssize_t station_send(const void *data, size_t size, void *opaque)
{
    (void)opaque;
    g_queue_push_tail(&to_lan, g_bytes_new(data, size));
    return (ssize_t)size;
}

static void station_error(const char *message, void *opaque)
{
    (void)opaque;
    ck_abort_msg("%s", message);
}

static int64_t station_clock(void *opaque)
{
    SwmeClock *clock = swme_manual_clock(lan.clock);

    (void)opaque;
    return clock->now(clock);
}

static void *station_timer_new(SlirpTimerCb func, void *func_opaque, void *opaque)
{
    (void)func;
    (void)func_opaque;
    return opaque;
}

static void station_timer_free(void *timer, void *opaque)
{
    (void)timer;
    (void)opaque;
}

static void station_timer_mod(void *timer, int64_t when, void *opaque)
{
    (void)timer;
    (void)when;
    (void)opaque;
}

static void station_fd(int fd, void *opaque)
{
    (void)fd;
    (void)opaque;
}

static void station_notify(void *opaque)
{
    (void)opaque;
}

static const SlirpCb station_callbacks = {
    .send_packet = station_send,
    .guest_error = station_error,
    .clock_get_ns = station_clock,
    .timer_new = station_timer_new,
    .timer_free = station_timer_free,
    .timer_mod = station_timer_mod,
    .register_poll_fd = station_fd,
    .unregister_poll_fd = station_fd,
    .notify = station_notify,
};

static uint16_t free_port(void)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(name);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    MUST(bind(fd, (struct sockaddr *)&name, sizeof(name)) == 0);
    MUST(getsockname(fd, (struct sockaddr *)&name, &size) == 0);
    close(fd);
    return ntohs(name.sin_port);
}

static void station_start(Station *station, unsigned int number)
{
    const uint32_t address = LAN_PEER + number;
    const SlirpConfig config = {
        .version = 1,
        .in_enabled = true,
        .vnetwork.s_addr = htonl(LAN_PEER & 0xffffff00),
        .vnetmask.s_addr = htonl(0xffffff00),
        .vhost.s_addr = htonl(address),
        .vdhcp_start.s_addr = htonl(0xc0000240),
        .vnameserver.s_addr = htonl(0xc0000250 + number),
    };
    const struct in_addr host = {htonl(INADDR_LOOPBACK)};
    const struct in_addr me = {htonl(LAN_ME)};

    station->slirp = slirp_new(&config, &station_callbacks, station);
    MUST(station->slirp);
    station->mac[0] = 0x52;
    station->mac[1] = 0x55;
    lan_put32(station->mac + 2, address); /* what libslirp makes of its address */
    station->port = free_port();
    MUST(slirp_add_hostfwd(station->slirp, 0, host, station->port, me, PORT) == 0);
    station->fds = g_array_new(FALSE, FALSE, sizeof(struct pollfd));
}

static int add_poll(int fd, int events, void *opaque)
{
    Station *station = opaque;
    const struct pollfd entry = {.fd = fd,
                                 .events = (short)((events & SLIRP_POLL_IN ? POLLIN : 0) |
                                                   (events & SLIRP_POLL_OUT ? POLLOUT : 0))};

    g_array_append_val(station->fds, entry);
    return (int)station->fds->len - 1;
}

static int get_revents(int index, void *opaque)
{
    const Station *station = opaque;
    short revents = g_array_index(station->fds, struct pollfd, index).revents;

    return (revents & POLLIN ? SLIRP_POLL_IN : 0) | (revents & POLLOUT ? SLIRP_POLL_OUT : 0) |
           (revents & POLLHUP ? SLIRP_POLL_HUP : 0) | (revents & POLLERR ? SLIRP_POLL_ERR : 0);
}

/* One turn of everybody's; time goes on as this host's does. */
static void turn(void)
{
    int64_t now = (g_get_monotonic_time() - began_us) * 1000;
    GBytes *bytes;

    if (now > station_clock(NULL)) {
        swme_manual_clock_advance(lan.clock, now - station_clock(NULL));
    }
    for (unsigned int i = 0; i < PEERS; i++) {
        Station *station = &stations[i];
        uint32_t timeout = UINT32_MAX;

        g_array_set_size(station->fds, 0);
        slirp_pollfds_fill(station->slirp, &timeout, add_poll, station);
        poll((struct pollfd *)(void *)station->fds->data, station->fds->len, 0);
        slirp_pollfds_poll(station->slirp, 0, get_revents, station);
    }
    while ((bytes = g_queue_pop_head(&to_lan))) {
        gsize size;
        const uint8_t *frame = g_bytes_get_data(bytes, &size);

        if (!swme_lan_receive(lan.lan, frame, size)) {
            g_queue_push_head(&to_lan, bytes); /* later */
            break;
        }
        g_bytes_unref(bytes);
    }
    g_main_context_iteration(NULL, FALSE);
    while ((bytes = g_queue_pop_head(&lan.sent))) {
        gsize size;
        const uint8_t *frame = g_bytes_get_data(bytes, &size);

        for (unsigned int i = 0; i < PEERS; i++) {
            if (memcmp(frame, stations[i].mac, MAC_SIZE) == 0 || (frame[0] & 1)) {
                slirp_input(stations[i].slirp, frame, (int)size);
            }
        }
        g_bytes_unref(bytes);
    }
}

static void stations_setup(void)
{
    lan_fixture_start(&lan, NULL, STATIC);
    began_us = g_get_monotonic_time();
    for (unsigned int i = 0; i < PEERS; i++) {
        station_start(&stations[i], i);
    }
}

static void stations_teardown(void)
{
    for (unsigned int i = 0; i < PEERS; i++) {
        slirp_cleanup(stations[i].slirp);
        g_array_unref(stations[i].fds);
    }
    for (unsigned int i = 0; i < 100; i++) { /* services notice */
        g_main_context_iteration(NULL, FALSE);
    }
    g_queue_clear_full(&to_lan, (GDestroyNotify)g_bytes_unref);
    lan_fixture_stop(&lan);
}

static int dial(const Station *station, uint16_t own_port)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    MUST(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0);
    name.sin_port = htons(own_port);
    MUST(bind(fd, (struct sockaddr *)&name, sizeof(name)) == 0);
    name.sin_port = htons(station->port);
    MUST(connect(fd, (struct sockaddr *)&name, sizeof(name)) == 0 || errno == EINPROGRESS);
    return fd;
}

typedef struct Transfer {
    int fd;
    uint8_t seed;
    size_t sent;
    size_t got;
    bool ended;
} Transfer;

static uint8_t byte_at(const Transfer *transfer, size_t at)
{
    return (uint8_t)(at * 31 + (at >> 8) * 17 + (at >> 16) + transfer->seed);
}

/* Sends and takes back what fits now. */
static void move_on(Transfer *transfer, size_t size)
{
    uint8_t piece[8192];
    ssize_t moved;

    if (transfer->sent < size) {
        size_t left = MIN(sizeof(piece), size - transfer->sent);

        for (size_t i = 0; i < left; i++) {
            piece[i] = byte_at(transfer, transfer->sent + i);
        }
        moved = send(transfer->fd, piece, left, MSG_NOSIGNAL);
        if (moved > 0) {
            transfer->sent += (size_t)moved;
            if (transfer->sent == size) {
                shutdown(transfer->fd, SHUT_WR);
            }
        }
    }
    moved = recv(transfer->fd, piece, sizeof(piece), 0);
    for (ssize_t i = 0; i < moved; i++) {
        MUST_EQ(piece[i], byte_at(transfer, transfer->got + (size_t)i));
    }
    transfer->got += moved > 0 ? (size_t)moved : 0;
    transfer->ended |= moved == 0;
    MUST_MSG(moved >= 0 || errno == EAGAIN || errno == ENOTCONN, "recv: %s", strerror(errno));
}

static void transfer_all(Transfer *transfers, unsigned int count, size_t size)
{
    int64_t end = g_get_monotonic_time() + (UNIT_TIMEOUT_S - 20) * G_USEC_PER_SEC;
    unsigned int ended = 0;

    while (ended < count) {
        ended = 0;
        turn();
        for (unsigned int i = 0; i < count; i++) {
            if (!transfers[i].ended) {
                move_on(&transfers[i], size);
            }
            ended += transfers[i].ended;
        }
        MUST(g_get_monotonic_time() < end);
    }
    for (unsigned int i = 0; i < count; i++) {
        MUST_EQ(transfers[i].got, size);
        close(transfers[i].fd);
    }
}

START_TEST(bulk_both_ways)
{
    g_autoptr(SwmeEchoService) echo G_GNUC_UNUSED = swme_echo_service_new(lan.services, PORT);
    Transfer transfer = {.fd = dial(&stations[0], 0), .seed = 3};

    transfer_all(&transfer, 1, 4 << 20);
    ck_assert_uint_eq(swme_lan_stats(lan.lan)->connections, 1);
    ck_assert_uint_eq(swme_lan_stats(lan.lan)->overrun_out, 0);
}
END_TEST

START_TEST(several_peers_at_the_same_port)
{
    g_autoptr(SwmeEchoService) echo G_GNUC_UNUSED = swme_echo_service_new(lan.services, PORT);
    Transfer transfers[PEERS];
    uint16_t port = free_port();

    for (unsigned int i = 0; i < PEERS; i++) {
        transfers[i] = (Transfer){.fd = dial(&stations[i], port), .seed = (uint8_t)i};
    }
    transfer_all(transfers, PEERS, 1 << 20);
    ck_assert_uint_eq(swme_lan_stats(lan.lan)->connections, PEERS);
}
END_TEST

START_TEST(forty_at_once)
{
    g_autoptr(SwmeEchoService) echo G_GNUC_UNUSED = swme_echo_service_new(lan.services, PORT);
    Transfer transfers[40];

    for (unsigned int i = 0; i < UNIT_COUNT(transfers); i++) {
        transfers[i] = (Transfer){.fd = dial(&stations[i % PEERS], 0), .seed = (uint8_t)i};
        if (i % PEERS == PEERS - 1) {
            turn(); /* a station takes one at a time */
        }
    }
    transfer_all(transfers, UNIT_COUNT(transfers), 50000);
    ck_assert_uint_eq(swme_lan_stats(lan.lan)->connections, UNIT_COUNT(transfers));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lan-tcp");
    TCase *segments = unit_case(suite, "segments");
    TCase *streams = unit_case(suite, "streams");
    TCase *place = unit_case(suite, "socket");

    tcase_add_checked_fixture(segments, setup, teardown);
    tcase_add_test(segments, a_handshake);
    tcase_add_test(segments, segments_that_are_none);
    tcase_add_test(segments, no_lan_without_a_descriptor);
    tcase_add_test(segments, established_ones_have_a_most);
    tcase_add_test(segments, each_connection_is_its_peers);
    tcase_add_test(segments, closed_ports_and_late_services);
    tcase_add_test(segments, half_open_connections);
    tcase_add_test(segments, half_open_and_false_ends);
    tcase_add_test(segments, true_ends_make_room);
    tcase_add_test(segments, the_address_changes);
    tcase_add_test(segments, a_wrong_checksum);
    tcase_add_checked_fixture(streams, stations_setup, stations_teardown);
    tcase_add_test(streams, bulk_both_ways);
    tcase_add_test(streams, several_peers_at_the_same_port);
    tcase_add_test(streams, forty_at_once);
    tcase_add_loop_test(place, a_host_without_a_place_for_its_socket, 0, 2);
    return unit_run(suite);
}
