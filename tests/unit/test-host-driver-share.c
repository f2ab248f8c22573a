/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The transport on the socket of `heci ... serve`, with a server at the other end that breaks off
 * or answers nonsense. The server that does not is tested in tests/e2e/shared_test.py.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host-driver/tool/share.h"
#include "tests/unit/unit.h"

typedef enum How {
    GOOD,
    ENDS,    /* the connection, instead of an answer */
    SHORT,   /* less than a header */
    BARE,    /* no more than a header */
    REFUSES, /* with an error and a reason */
    STRAY,   /* what nobody asked for first, then a good answer */
    HOWS,
} How;

/* The linker puts these in front of libc's (--wrap). */
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);
int __real_poll(struct pollfd *fds, nfds_t count, int timeout);
void *__real_calloc(size_t count, size_t size);
void *__real_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);

static bool silent;              /* no answer ever arrives */
static unsigned int allocations; /* until one fails; 0: none does */

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
    return silent ? 0 : __real_poll(fds, count, timeout);
}

static bool memory_ends(void)
{
    return allocations > 0 && --allocations == 0;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return memory_ends() ? NULL : __real_calloc(count, size);
}

void *__wrap_malloc(size_t size)
{
    return memory_ends() ? NULL : __real_malloc(size);
}

/* ---- the server ---- */

static char root[64], text[128];
static pid_t child;

static size_t good_answer(uint8_t *packet, uint8_t op, uint8_t channel)
{
    static const SessionClient client = {.max_length = 100, .version = 2, .vtag = 1, .fixed = true};
    static const SessionInfo info = {.state = "ENABLED"};
    size_t size = share_header(packet, op | SHARE_ANSWER, channel, MEI_OK, CHANNEL_WRITABLE);

    switch (op) {
    case SHARE_INFO:
        share_put_info(packet + size, &info);
        return size + SHARE_INFO_SIZE;
    case SHARE_CLIENTS:
    case SHARE_OPEN:
        share_put_client(packet + size, &client);
        return size + SHARE_CLIENT_SIZE;
    case SHARE_READ:
        memcpy(packet + size, "hello", 5);
        return size + 5;
    default:
        return size;
    }
}

static void send_strays(int fd, uint8_t *packet)
{
    /* A read's for a channel that is none, for one that was not asked, and another request's. */
    send(fd, packet, share_header(packet, SHARE_READ | SHARE_ANSWER, 200, MEI_OK, 0), 0);
    send(fd, packet, share_header(packet, SHARE_READ | SHARE_ANSWER, 31, MEI_OK, 0), 0);
    send(fd, packet, share_header(packet, SHARE_RESET | SHARE_ANSWER, 0, MEI_OK, 0), 0);
    send(fd, packet, share_header(packet, SHARE_INFO | SHARE_ANSWER, 0, MEI_OK, 0), 0);
}

static void serve(int listener, uint8_t spoilt, How how)
{
    static uint8_t packet[SHARE_PACKET_MAX];
    int fd = accept(listener, NULL, NULL);

    while (recv(fd, packet, sizeof(packet), 0) >= SHARE_HEADER) {
        uint8_t op = packet[SHARE_OFF_OP], channel = packet[SHARE_OFF_CHANNEL];
        size_t size = good_answer(packet, op, channel);

        if (op == spoilt) {
            switch (how) {
            case ENDS:
                return;
            case SHORT:
                size = 3;
                break;
            case BARE:
                size = SHARE_HEADER;
                break;
            case REFUSES:
                size = share_header(packet, op | SHARE_ANSWER, channel, MEI_ERR_REFUSED, 0);
                memcpy(packet + size, "because", 7);
                size += 7;
                break;
            case STRAY:
                send_strays(fd, packet);
                size = good_answer(packet, op, channel);
                break;
            default:
                break;
            }
        }
        send(fd, packet, size, 0);
    }
}

static void start(uint8_t spoilt, How how)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    strcpy(root, "/tmp/swme-share-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/me", root);
    snprintf(text, sizeof(text), "unix:%s/me", root);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(listener, 1), 0);
    child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(listener, spoilt, how);
        _exit(0);
    }
    close(listener);
}

static void stop(void)
{
    char command[96];

    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    snprintf(command, sizeof(command), "rm -r '%s'", root);
    ck_assert_int_eq(system(command), 0);
    silent = false;
    allocations = 0;
}

static Session *must_connect(void)
{
    char message[SESSION_MESSAGE_SIZE] = "";
    Session *session = share_open(text, message);

    ck_assert_msg(session != NULL, "%s", message);
    return session;
}

/* ---- every request, every kind of answer ---- */

static const SwmeGuid guid = {{1}};

static MeiError ask_info(Session *session, Channel *channel)
{
    SessionInfo info;

    (void)channel;
    return session_info(session, &info);
}

static MeiError ask_clients(Session *session, Channel *channel)
{
    SessionClient clients[SESSION_CLIENTS_MAX];
    size_t count;

    (void)channel;
    return session_clients(session, clients, &count);
}

static MeiError ask_open(Session *session, Channel *channel)
{
    Channel *other;
    MeiError error = session_open_tagged(session, &guid, 9, &other);

    (void)channel;
    ck_assert((other == NULL) == (error != MEI_OK));
    if (other) {
        channel_close(other);
    }
    return error;
}

static MeiError ask_write(Session *session, Channel *channel)
{
    (void)session;
    return channel_write(channel, "x", 1, 1000);
}

static MeiError ask_read(Session *session, Channel *channel)
{
    uint8_t data[100];
    size_t received = 0;

    (void)session;
    return channel_read(channel, data, sizeof(data), &received, 10000);
}

static MeiError ask_notify(Session *session, Channel *channel)
{
    (void)session;
    return channel_notify(channel, true);
}

static MeiError ask_event(Session *session, Channel *channel)
{
    (void)session;
    return channel_event(channel, 1000);
}

static MeiError ask_reset(Session *session, Channel *channel)
{
    (void)channel;
    return session_reset(session);
}

static const struct {
    uint8_t op;
    MeiError (*ask)(Session *session, Channel *channel);
    MeiError bare; /* what an answer without all that belongs to it comes to */
} requests[] = {
    {SHARE_INFO, ask_info, MEI_ERR_PROTOCOL}, {SHARE_CLIENTS, ask_clients, MEI_OK},
    {SHARE_OPEN, ask_open, MEI_ERR_PROTOCOL}, {SHARE_WRITE, ask_write, MEI_OK},
    {SHARE_READ, ask_read, MEI_OK},           {SHARE_NOTIFY, ask_notify, MEI_OK},
    {SHARE_EVENT, ask_event, MEI_OK},         {SHARE_RESET, ask_reset, MEI_OK},
};

START_TEST(each_answer_is_judged)
{
    How how = (How)(_i % HOWS);
    unsigned int row = (unsigned int)_i / HOWS;
    const MeiError expected[HOWS] = {
        [ENDS] = MEI_ERR_TRANSPORT,
        [SHORT] = MEI_ERR_TRANSPORT,
        [BARE] = requests[row].bare,
        [REFUSES] = MEI_ERR_REFUSED,
    };
    /* The stray answers to INFO and RESET are taken for theirs: the server is one's own. */
    MeiError error,
        wanted = how == STRAY && requests[row].op == SHARE_INFO ? MEI_ERR_PROTOCOL : expected[how];
    Channel *channel = NULL;
    Session *session;
    bool opens = requests[row].op == SHARE_OPEN;

    start(requests[row].op, how);
    session = must_connect();
    ck_assert(opens || session_open_client(session, &guid, &channel) == MEI_OK);
    error = requests[row].ask(session, channel);
    ck_assert_msg(error == wanted, "op %u, %d: %s, not %s", requests[row].op, how,
                  mei_error_name(error), mei_error_name(wanted));
    if (error) {
        ck_assert(session->message[0] != '\0' && !strchr(session->message, '\n'));
    }
    if (how == REFUSES) {
        ck_assert_str_eq(session->message, "because");
    }
    if (wanted == MEI_ERR_TRANSPORT) {
        /* Nothing is asked of a server that has gone. */
        ck_assert_int_eq(session_reset(session), MEI_ERR_TRANSPORT);
        ck_assert_str_eq(session->message, "the server has gone");
        ck_assert(opens || channel_ready(channel) == CHANNEL_LOST);
    }
    if (channel) {
        channel_close(channel);
    }
    session_close(session);
    stop();
}
END_TEST

START_TEST(a_server_that_says_nothing_is_left)
{
    uint8_t byte;
    size_t received;
    Channel *channel;
    Session *session;

    start(0, GOOD);
    session = must_connect();
    ck_assert_int_eq(session_open_client(session, &guid, &channel), MEI_OK);
    silent = true;
    ck_assert_int_eq(channel_read(channel, &byte, 1, &received, 1), MEI_ERR_TIMEOUT);
    ck_assert_int_eq(session_reset(session), MEI_ERR_TRANSPORT);
    ck_assert_str_eq(session->message, "the server does not answer");
    ck_assert_int_eq(channel_read(channel, &byte, 1, &received, 1), MEI_ERR_TRANSPORT);
    channel_close(channel);
    session_close(session);
    stop();
}
END_TEST

START_TEST(a_server_that_dies_is_seen_by_the_next_request)
{
    Channel *channel;
    Session *session;

    start(0, GOOD);
    session = must_connect();
    ck_assert_int_eq(session_open_client(session, &guid, &channel), MEI_OK);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    ck_assert_uint_eq(channel_ready(channel), CHANNEL_LOST);
    ck_assert_int_eq(channel_write(channel, "x", 1, 1), MEI_ERR_TRANSPORT);
    channel_close(channel);
    session_close(session);
    stop();
}
END_TEST

START_TEST(what_does_not_go_over_is_told)
{
    static uint8_t data[1 << 20];
    Channel *channels[SHARE_CHANNELS], *beyond;
    Session *session;

    start(0, GOOD);
    session = must_connect();
    for (unsigned int i = 0; i < SHARE_CHANNELS; i++) {
        ck_assert_int_eq(session_open_client(session, &guid, &channels[i]), MEI_OK);
    }
    ck_assert_int_eq(session_open_client(session, &guid, &beyond), MEI_ERR_NO_ADDRESS);
    ck_assert_str_eq(session->message, "connect: 32 are open already");
    ck_assert_int_eq(channel_write(channels[0], data, sizeof(data), 0), MEI_ERR_TOO_LONG);
    ck_assert_int_eq(channel_write(channels[0], (void *)8, 4, 0), MEI_ERR_BAD_POINTER);
    ck_assert_int_eq(channel_write(channels[0], data, 4, 0), MEI_OK);
    for (unsigned int i = 0; i < SHARE_CHANNELS; i++) {
        channel_close(channels[i]);
    }
    session_close(session);
    stop();
}
END_TEST

START_TEST(a_loop_waits_for_room_and_for_messages)
{
    struct pollfd fds[SESSION_POLL_MAX];
    int timeout = -1, turns = 0;
    uint8_t data[8];
    size_t received;
    Channel *channel;
    Session *session;

    start(0, GOOD);
    session = must_connect();
    ck_assert_int_eq(session_open_client(session, &guid, &channel), MEI_OK);
    ck_assert_uint_eq(session_poll_fds(session, fds, &timeout), 1);
    ck_assert_int_eq(timeout, -1);
    channel->wants_write = true;
    ck_assert_uint_eq(session_poll_fds(session, fds, &timeout), 1);
    ck_assert_int_gt(timeout, 0);
    while (!(channel_ready(channel) & CHANNEL_READABLE)) {
        ck_assert_int_lt(++turns, 100);
        ck_assert_int_ge(poll(fds, 1, 1000), 0);
        session_dispatch(session);
    }
    ck_assert_uint_eq(session_poll_fds(session, fds, &timeout), 1);
    ck_assert_int_eq(timeout, 0); /* it has come: no descriptor tells of it any more */
    ck_assert_int_eq(channel_read(channel, data, 2, &received, 0), MEI_ERR_OVERFLOW);
    ck_assert_int_eq(channel_read(channel, data, sizeof(data), &received, 10000), MEI_OK);
    ck_assert(received == 5 && memcmp(data, "hello", 5) == 0);
    channel_close(channel);
    session_close(session);
    stop();
}
END_TEST

START_TEST(without_memory_that_is_said)
{
    char message[SESSION_MESSAGE_SIZE] = "";
    Channel *channel;
    Session *session;

    start(0, GOOD);
    if (_i == 2) {
        allocations = 1;
        ck_assert_ptr_null(share_open(text, message));
        ck_assert_str_eq(message, "unix: out of memory");
    } else {
        session = must_connect();
        allocations = (unsigned int)_i + 1;
        ck_assert_int_eq(session_open_client(session, &guid, &channel), MEI_ERR_NO_MEMORY);
        ck_assert_str_eq(session->message, "connect: out of memory");
        session_close(session);
    }
    stop();
}
END_TEST

int main(void)
{
    Suite *s = suite_create("host-driver-share");
    TCase *tcase = unit_case(s, "share");

    tcase_add_loop_test(tcase, each_answer_is_judged, 0, UNIT_COUNT(requests) * HOWS);
    tcase_add_test(tcase, a_server_that_says_nothing_is_left);
    tcase_add_test(tcase, a_server_that_dies_is_seen_by_the_next_request);
    tcase_add_test(tcase, what_does_not_go_over_is_told);
    tcase_add_test(tcase, a_loop_waits_for_room_and_for_messages);
    tcase_add_loop_test(tcase, without_memory_that_is_said, 0, 3);
    return unit_run(s);
}
