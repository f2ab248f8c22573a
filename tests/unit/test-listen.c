/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Doors of this host: listeners of TCP and Unix sockets, datagrams, and who is at the other end. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>

#include "firmware-sim/datagrams.h"
#include "firmware-sim/net/echo-service.h"
#include "firmware-sim/net/listen.h"
#include "firmware-sim/unix-listener.h"
#include "tests/unit/unit.h"

static void turn(void)
{
    while (g_main_context_iteration(NULL, FALSE)) {
    }
}

/* No descriptor is left; gives the limit that was. */
static struct rlimit no_descriptors(void)
{
    struct rlimit was, none;
    int lowest = dup(0);

    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &was), 0);
    none = was;
    none.rlim_cur = (rlim_t)lowest;
    close(lowest);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    return was;
}

/* ---- addresses ---- */

START_TEST(addresses_are_read)
{
    static const struct {
        const char *text;
        const char *address; /* NULL: refused */
        uint16_t port;
    } cases[] = {
        {"127.0.0.1", "127.0.0.1", 16992},
        {"127.0.0.1:0", "127.0.0.1", 0},
        {"127.0.0.1:65532", "127.0.0.1", 65532},
        {"localhost", "127.0.0.1", 16992},
        {"localhost:17000", "127.0.0.1", 17000},
        {"[::1]", "::1", 16992},
        {"[::1]:5", "::1", 5},
        {"[0000:0000:0000:0000:0000:ffff:255.255.255.255]:5",
         "0000:0000:0000:0000:0000:ffff:255.255.255.255", 5},
        {"127.0.0.1:65533", NULL, 0}, /* there are four ports */
        {"127.0.0.1:", NULL, 0},
        {"127.0.0.1:http", NULL, 0},
        {"127.0.0.1:-1", NULL, 0},
        {"", NULL, 0},
        {"example.org", NULL, 0},
        {"::1", NULL, 0},
        {"[::1", NULL, 0},
        {"[::1]5", NULL, 0},
        {"[]", NULL, 0},
        {"[127.0.0.1]", NULL, 0},
        {"[localhost]:5", NULL, 0},
        {"127.0.0.1\n", NULL, 0},
    };

    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        g_autoptr(GError) error = NULL;
        SwmeListenAddress address;
        bool good = swme_listen_parse(cases[i].text, &address, &error);

        MUST_MSG(good == (cases[i].address != NULL), "'%s'", cases[i].text);
        if (good) {
            ck_assert_str_eq(address.address, cases[i].address);
            ck_assert_uint_eq(address.port, cases[i].port);
        } else {
            ck_assert_ptr_nonnull(strstr(error->message, "is no place to listen"));
            ck_assert_ptr_null(strchr(error->message, '\n'));
        }
    }
}
END_TEST

START_TEST(where_nobody_can_listen_is_told)
{
    static const struct {
        SwmeListenAddress address;
        const char *told;
    } cases[] = {
        {{"192.0.2.1", 0}, "assign requested address"},
        {{"192.0.2.1", 17000}, "cannot listen on 192.0.2.1 port 17000 (AMT's 16992): "},
    };
    g_autoptr(SwmeServices) services = swme_services_new();

    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        g_autoptr(GError) error = NULL;

        ck_assert_ptr_null(swme_listen_new(services, &cases[i].address, &error));
        MUST_MSG(strstr(error->message, cases[i].told), "%s", error->message);
    }
    for (unsigned int port = 0; port <= 17000; port += 17000) {
        const SwmeListenAddress address = {"127.0.0.1", (uint16_t)port};
        g_autoptr(GError) error = NULL;
        struct rlimit was = no_descriptors();
        SwmeListen *listen = swme_listen_new(services, &address, &error);

        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &was), 0);
        ck_assert_ptr_null(listen);
        ck_assert_ptr_nonnull(strstr(error->message, "Too many open files"));
    }
    swme_listen_free(NULL);
}
END_TEST

/* ---- connections ---- */

typedef struct Door {
    SwmeServices *services;
    SwmeListen *listen;
    SwmeEchoService *echo;
    uint16_t port; /* that stands for the echo's, the second */
} Door;

#define ECHO_PORT (SWME_LISTEN_FIRST + 1)

static Door *door_new(void)
{
    const SwmeListenAddress address = {"127.0.0.1", 0};
    Door *door = g_new0(Door, 1);

    door->services = swme_services_new();
    door->listen = swme_listen_new(door->services, &address, NULL);
    ck_assert_ptr_nonnull(door->listen);
    door->port = (uint16_t)(swme_listen_port(door->listen) + 1);
    return door;
}

static void door_free(Door *door)
{
    swme_listen_free(door->listen);
    swme_echo_service_free(door->echo);
    turn(); /* its connections end */
    swme_services_free(door->services);
    g_free(door);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Door, door_free)

/* -1: refused. */
static int dial(uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
        ck_assert_int_eq(errno, ECONNREFUSED);
        close(fd);
        return -1;
    }
    ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

/* As many of these bytes as come back, all of them in the end. */
static size_t exchange(int fd, const uint8_t *data, size_t size, uint8_t *back)
{
    size_t sent = 0, got = 0;

    for (unsigned int tries = 0; tries < 1000000 && got < size; tries++) {
        ssize_t n = sent < size ? send(fd, data + sent, size - sent, MSG_NOSIGNAL) : 0;

        sent += n > 0 ? (size_t)n : 0;
        turn();
        /* Nothing is read before nothing more is taken: the service has to wait, too. */
        if (n <= 0) {
            n = recv(fd, back + got, size - got, 0);
            got += n > 0 ? (size_t)n : 0;
        }
    }
    return got;
}

START_TEST(a_port_listens_while_its_service_is_open_to_the_network)
{
    g_autoptr(Door) door = door_new();
    int fd;

    ck_assert_int_eq(dial(door->port), -1);
    door->echo = swme_echo_service_new(door->services, ECHO_PORT);
    fd = dial(door->port);
    ck_assert_int_ge(fd, 0);
    close(fd);
    swme_services_set_network(door->services, ECHO_PORT, false);
    ck_assert_int_eq(dial(door->port), -1);
    swme_services_set_network(door->services, ECHO_PORT, true);
    fd = dial(door->port);
    ck_assert_int_ge(fd, 0);
    close(fd);
    ck_assert_int_eq(dial((uint16_t)(door->port + 1)), -1); /* nobody's */
    /* Of other ports of AMT's none of these four is told. */
    ck_assert(swme_services_add(door->services, 623, NULL, NULL));
    ck_assert(swme_services_add(door->services, 16996, NULL, NULL));
    ck_assert(swme_services_open(door->services, 623, SWME_DOOR_HOST));
}
END_TEST

static void take(void *opaque, GIOStream *stream, const SwmePeer *peer)
{
    *(SwmePeer *)opaque = *peer;
    g_io_stream_close(stream, NULL, NULL);
    g_object_unref(stream);
}

START_TEST(a_service_knows_who_comes)
{
    g_autoptr(Door) door = door_new();
    struct sockaddr_in own;
    socklen_t size = sizeof(own);
    SwmePeer peer = {0};
    int fd;

    ck_assert(swme_services_add(door->services, ECHO_PORT, take, &peer));
    fd = dial(door->port);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&own, &size), 0);
    while (!peer.port) {
        g_main_context_iteration(NULL, FALSE);
    }
    ck_assert_int_eq(peer.door, SWME_DOOR_HOST);
    ck_assert_str_eq(peer.address, "127.0.0.1");
    ck_assert_uint_eq(peer.port, ntohs(own.sin_port));
    close(fd);
}
END_TEST

START_TEST(echo_gives_back_more_than_it_can_hold)
{
    g_autoptr(Door) door = door_new();
    size_t size = 16 << 20;
    g_autofree uint8_t *data = g_malloc(size);
    g_autofree uint8_t *back = g_malloc0(size);
    int fd;

    for (size_t i = 0; i < size; i++) {
        data[i] = (uint8_t)(i * 7 + (i >> 8));
    }
    door->echo = swme_echo_service_new(door->services, ECHO_PORT);
    ck_assert_ptr_nonnull(door->echo);
    ck_assert_ptr_null(swme_echo_service_new(door->services, ECHO_PORT)); /* it is taken */
    fd = dial(door->port);
    ck_assert_uint_eq(exchange(fd, data, size, back), size);
    ck_assert(memcmp(data, back, size) == 0);
    /* Its end is the connection's. */
    swme_echo_service_free(g_steal_pointer(&door->echo));
    while (recv(fd, back, 1, 0) != 0) { /* Check's limit ends it */
        turn();
    }
    close(fd);
}
END_TEST

/* Who waits while no descriptor is left is served when there is one, and nobody spins meanwhile. */
START_TEST(without_a_descriptor_it_looks_again_later)
{
    g_autoptr(Door) door = door_new();
    g_autoptr(Door) other = door_new();
    struct rlimit was;
    uint8_t byte = 0x5a, back = 0;
    unsigned int turns = 0;
    int fd, there;

    door->echo = swme_echo_service_new(door->services, ECHO_PORT);
    other->echo = swme_echo_service_new(other->services, ECHO_PORT);
    fd = dial(door->port);
    there = dial(other->port);
    was = no_descriptors();
    while (g_main_context_iteration(NULL, FALSE)) {
        turns++;
    }
    ck_assert_uint_le(turns, 10);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &was), 0);
    /* What opens meanwhile waits as well. */
    swme_services_set_network(door->services, ECHO_PORT, false);
    swme_services_set_network(door->services, ECHO_PORT, true);
    turn();
    ck_assert_int_eq(send(fd, &byte, 1, MSG_NOSIGNAL), 1);
    while (recv(fd, &back, 1, 0) != 1) {
        g_main_context_iteration(NULL, TRUE); /* its look comes within a second */
    }
    ck_assert_uint_eq(back, 0x5a);
    close(fd);
    close(there);
    /* And one that ends before it looks again. */
    fd = dial(door->port);
    was = no_descriptors();
    turn();
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &was), 0);
    close(fd);
}
END_TEST

/* ---- Unix sockets ---- */

START_TEST(a_unix_socket_that_cannot_be_is_told)
{
    g_autofree char *folder = g_dir_make_tmp("swme-listen-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "socket", NULL);
    g_autofree char *file = g_build_filename(folder, "file", NULL);
    g_autofree char *inside = g_build_filename(file, "socket", NULL);
    g_autoptr(GError) error = NULL;
    SwmeUnixListener listener, other;
    int fds[9];
    struct rlimit was;

    /* Below what is no folder. */
    ck_assert(g_file_set_contents(file, "mine", -1, NULL));
    ck_assert(!swme_unix_listener_open(&listener, inside, "test socket", &error));
    ck_assert_ptr_nonnull(strstr(error->message, "test socket '"));
    ck_assert_ptr_nonnull(strstr(error->message, "Not a directory"));
    swme_unix_listener_close(&listener); /* of nothing */
    /* One that takes nobody more is there all the same. */
    ck_assert(swme_unix_listener_open(&listener, path, "test socket", NULL));
    for (size_t i = 0; i < UNIT_COUNT(fds); i++) {
        g_autoptr(GSocketAddress) address = g_unix_socket_address_new(path);
        struct sockaddr_storage to;

        ck_assert(g_socket_address_to_native(address, &to, sizeof(to), NULL));
        fds[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        connect(fds[i], (struct sockaddr *)&to,
                (socklen_t)g_socket_address_get_native_size(address));
    }
    g_clear_error(&error);
    ck_assert(!swme_unix_listener_open(&other, path, "test socket", &error));
    ck_assert_ptr_nonnull(strstr(error->message, "somebody listens there already"));
    for (size_t i = 0; i < UNIT_COUNT(fds); i++) {
        close(fds[i]);
    }
    /* Without a descriptor neither a look nor a socket. */
    for (unsigned int there = 0; there < 2; there++) {
        g_autofree char *fresh = g_build_filename(folder, "fresh", NULL);

        g_clear_error(&error);
        was = no_descriptors();
        ck_assert(!swme_unix_listener_open(&other, there ? path : fresh, "test socket", &error));
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &was), 0);
        ck_assert_ptr_nonnull(strstr(error->message, "Too many open files"));
    }
    /* What took its place is somebody else's. */
    ck_assert_int_eq(g_unlink(path), 0);
    ck_assert(g_file_set_contents(path, "mine", -1, NULL));
    swme_unix_listener_close(&listener);
    ck_assert(g_file_test(path, G_FILE_TEST_IS_REGULAR));
    ck_assert_int_eq(g_unlink(path), 0);
    /* And what is gone is gone. */
    ck_assert(swme_unix_listener_open(&listener, path, "test socket", NULL));
    ck_assert_int_eq(g_unlink(path), 0);
    swme_unix_listener_close(&listener);
    g_unlink(file);
    ck_assert_int_eq(g_rmdir(folder), 0);
}
END_TEST

static void count_and_close(void *opaque, GSocket *connection)
{
    ++*(unsigned int *)opaque;
    g_object_unref(connection);
}

/* As a TCP port does: nobody spins, and who waits is served once there is one. */
START_TEST(a_unix_socket_without_descriptors_waits_and_does_not_spin)
{
    g_autofree char *folder = g_dir_make_tmp("swme-listen-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "socket", NULL);
    g_autoptr(GSocketAddress) address = g_unix_socket_address_new(path);
    SwmeUnixListener listener;
    struct sockaddr_storage to;
    struct rlimit was;
    unsigned int came = 0, turns = 0;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0), late = socket(AF_UNIX, SOCK_STREAM, 0);
    socklen_t size = (socklen_t)g_socket_address_get_native_size(address);

    ck_assert(g_socket_address_to_native(address, &to, sizeof(to), NULL));
    ck_assert(swme_unix_listener_open(&listener, path, "test socket", NULL));
    swme_unix_listener_accept(&listener, count_and_close, &came);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, size), 0);
    was = no_descriptors();
    while (turns < 100 && g_main_context_iteration(NULL, FALSE)) {
        turns++;
    }
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &was), 0);
    ck_assert_uint_lt(turns, 10);
    ck_assert_uint_eq(came, 0);
    while (came == 0) {
        g_main_context_iteration(NULL, TRUE); /* its look comes within a second */
    }
    ck_assert_int_eq(connect(late, (struct sockaddr *)&to, size), 0);
    turn();
    ck_assert_uint_eq(came, 2);
    close(fd);
    close(late);
    swme_unix_listener_close(&listener);
    turn();
    ck_assert_int_eq(g_rmdir(folder), 0);
}
END_TEST

/* ---- datagrams ---- */

START_TEST(datagrams_leave_by_the_host_s_own_network)
{
    const SwmeDatagramOps *ops = &swme_host_datagram_ops;
    struct sockaddr_in own = {.sin_family = AF_INET};
    socklen_t size = sizeof(own);
    int fd = socket(AF_INET, SOCK_DGRAM, 0); /* Check's limit ends a wait */
    uint8_t ipv4[4] = {0}, data[8];
    struct rlimit was;
    static const char *const nowhere[] = {"example.org", "", "255.255.255.255"};

    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&own, sizeof(own)), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&own, &size), 0);
    ck_assert(ops->send(NULL, "127.0.0.1", ntohs(own.sin_port), "trap", 4, NULL));
    ck_assert_int_eq(recv(fd, data, sizeof(data), 0), 4);
    ck_assert(memcmp(data, "trap", 4) == 0);
    ck_assert(ops->source(NULL, "127.0.0.1", 162, ipv4));
    ck_assert(memcmp(ipv4, "\x7f\0\0\1", 4) == 0);
    memset(ipv4, 0xee, sizeof(ipv4));
    for (size_t i = 0; i < UNIT_COUNT(nowhere); i++) {
        g_autoptr(GError) error = NULL;

        ck_assert(!ops->source(NULL, nowhere[i], 162, ipv4));
        ck_assert(!ops->send(NULL, nowhere[i], 162, "trap", 4, &error));
        ck_assert_ptr_nonnull(error);
    }
    ck_assert(!ops->source(NULL, "::1", 162, ipv4)); /* an address, but not of that kind */
    was = no_descriptors();
    ck_assert(!ops->source(NULL, "127.0.0.1", 162, ipv4));
    ck_assert(!ops->send(NULL, "127.0.0.1", 162, "trap", 4, NULL));
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &was), 0);
    ck_assert(memcmp(ipv4, "\xee\xee\xee\xee", 4) == 0);
    close(fd);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("doors of this host");
    TCase *tcase = unit_case(suite, "listen");

    g_log_set_always_fatal(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL); /* GLib's own words */
    tcase_add_test(tcase, addresses_are_read);
    tcase_add_test(tcase, where_nobody_can_listen_is_told);
    tcase_add_test(tcase, a_port_listens_while_its_service_is_open_to_the_network);
    tcase_add_test(tcase, a_service_knows_who_comes);
    tcase_add_test(tcase, echo_gives_back_more_than_it_can_hold);
    tcase_add_test(tcase, without_a_descriptor_it_looks_again_later);
    tcase = unit_case(suite, "others");
    tcase_add_test(tcase, a_unix_socket_that_cannot_be_is_told);
    tcase_add_test(tcase, a_unix_socket_without_descriptors_waits_and_does_not_spin);
    tcase_add_test(tcase, datagrams_leave_by_the_host_s_own_network);
    return unit_run(suite);
}
