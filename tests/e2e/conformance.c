/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an application may rely on, whatever is between it and the firmware: the list that runs in
 * this process, on the QEMU device, and in guests on bare registers and on the kernel's driver.
 */
#include <poll.h>
#include <string.h>

#include <swme/amthi.h>
#include <swme/bytes.h>
#include <swme/me-clients.h>

#include "host-driver/mei.h"
#include "host-driver/queue.h"
#include "host-driver/tool/echo.h"
#include "tests/e2e/cases.h"

#define ECHO_MAX         8192 /* bytes: the echo client's limit */
#define ECHO_CONNECTIONS 16
#define TIMEOUT_MS       5000
#define START_MAX_NS     (4 * MEI_NS_PER_S) /* milliseconds, unless the machine is busy */

static const SwmeGuid mkhi = SWME_GUID_MKHI;
static const SwmeGuid mkhi_fixed = SWME_GUID_MKHI_FIXED;

static Channel *must_open(E2eEnv *env)
{
    Channel *channel;

    MUST_BE(env, echo_open(env->session, &channel), MEI_OK);
    return channel;
}

static void must_echo(E2eEnv *env, Channel *channel, size_t size, uint32_t seed)
{
    static uint8_t data[ECHO_MAX], returned[ECHO_MAX];

    echo_fill(data, size, seed);
    memset(returned, 0, sizeof(returned));
    MUST_BE(env, echo_exchange(channel, data, returned, size), MEI_OK);
}

/* ---- connections ---- */

static void an_unknown_guid_is_not_found(E2eEnv *env)
{
    static const SwmeGuid unknown = {{0x13, 0x37}};
    Channel *channel;

    MUST_BE(env, session_open_client(env->session, &unknown, &channel), MEI_ERR_NO_CLIENT);
    E2E_MUST(env, channel == NULL);
    channel = must_open(env);
    must_echo(env, channel, 16, 1);
    channel_close(channel);
}

static void connections_are_limited(E2eEnv *env)
{
    Channel *channels[ECHO_CONNECTIONS];
    Channel *beyond;

    for (unsigned int i = 0; i < ECHO_CONNECTIONS; i++) {
        channels[i] = must_open(env);
    }
    MUST_BE(env, echo_open(env->session, &beyond), MEI_ERR_BUSY);
    for (unsigned int i = 0; i < ECHO_CONNECTIONS; i++) {
        must_echo(env, channels[i], 100 + i, i);
    }
    channel_close(channels[1]);
    channels[1] = must_open(env);
    must_echo(env, channels[1], 200, 7);
    for (unsigned int i = 0; i < ECHO_CONNECTIONS; i++) {
        channel_close(channels[i]);
    }
}

static void a_fixed_client_has_one_user(E2eEnv *env)
{
    Channel *first;
    Channel *second;

    if (!env->fixed) {
        MUST_BE(env, session_open_client(env->session, &mkhi_fixed, &first), MEI_ERR_NO_CLIENT);
        return;
    }
    MUST_BE(env, session_open_client(env->session, &mkhi_fixed, &first), MEI_OK);
    MUST_BE(env, session_open_client(env->session, &mkhi_fixed, &second), MEI_ERR_BUSY);
    channel_close(first);
    MUST_BE(env, session_open_client(env->session, &mkhi_fixed, &second), MEI_OK);
    channel_close(second);
}

static void connect_and_disconnect_again_and_again(E2eEnv *env)
{
    for (unsigned int i = 0; i < env->rounds; i++) {
        Channel *channel = must_open(env);

        if (i % 2 == 0) {
            must_echo(env, channel, 1 + i % 600, i);
        }
        channel_close(channel);
    }
}

static void an_unread_answer_dies_with_its_connection(E2eEnv *env)
{
    static const uint8_t stale[] = "stale";
    Channel *channel = must_open(env);

    MUST_BE(env, channel_write(channel, stale, sizeof(stale), TIMEOUT_MS), MEI_OK);
    channel_close(channel);
    channel = must_open(env);
    must_echo(env, channel, 64, 3);
    channel_close(channel);
}

/* Linux: EBUSY from the firmware's answer. */
static void a_client_with_one_connection_is_busy(E2eEnv *env)
{
    Channel *first, *second;
    MeiError error = session_open_client(env->session, &mkhi, &first);

    if (error == MEI_ERR_NO_CLIENT) {
        return; /* not every generation has it */
    }
    MUST_BE(env, error, MEI_OK);
    MUST_BE(env, session_open_client(env->session, &mkhi, &second), MEI_ERR_BUSY);
    channel_close(first);
    MUST_BE(env, session_open_client(env->session, &mkhi, &second), MEI_OK);
    channel_close(second);
}

/* A tag is of HBM 2.2, and the firmware sends it back with the answer. */
static void tags_tell_users_apart(E2eEnv *env)
{
    static const SwmeGuid echo = SWME_GUID_ECHO;
    static const SwmeGuid unknown = {{0x13, 0x37}};
    Channel *tagged[2], *plain;

    MUST_BE(env, session_open_tagged(env->session, &echo, 0, &tagged[0]), MEI_ERR_INVALID);
    if (!env->tags) {
        MUST_BE(env, session_open_tagged(env->session, &echo, 5, &tagged[0]), MEI_ERR_UNSUPPORTED);
        return;
    }
    MUST_BE(env, session_open_tagged(env->session, &unknown, 5, &plain), MEI_ERR_NO_CLIENT);
    if (session_open_client(env->session, &mkhi, &plain) == MEI_OK) {
        channel_close(plain);
        MUST_BE(env, session_open_tagged(env->session, &mkhi, 5, &plain), MEI_ERR_UNSUPPORTED);
    }
    MUST_BE(env, session_open_tagged(env->session, &echo, 5, &tagged[0]), MEI_OK);
    MUST_BE(env, session_open_tagged(env->session, &echo, 255, &tagged[1]), MEI_OK);
    plain = must_open(env);
    for (unsigned int i = 0; i < 6; i++) {
        must_echo(env, tagged[i % 2], 1 + i * 499, i);
        must_echo(env, tagged[i % 2], 504 + i, i);
        must_echo(env, plain, 1 + i * 100, i);
    }
    channel_close(tagged[0]);
    must_echo(env, tagged[1], 8192, 1);
    channel_close(tagged[1]);
    channel_close(plain);
}

/* ---- messages ---- */

static void every_interesting_size_comes_back(E2eEnv *env)
{
    /* Around a slot, a packet of 508 bytes, two of them, and the client's limit. */
    static const uint16_t sizes[] = {1,    2,    3,    4,    5,    7,    8,    63,   64,
                                     507,  508,  509,  511,  512,  513,  1015, 1016, 1017,
                                     1024, 4095, 4096, 4097, 8128, 8129, 8191, 8192};
    Channel *channel = must_open(env);

    E2E_MUST(env, channel->client.max_length == ECHO_MAX);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        must_echo(env, channel, sizes[i], (uint32_t)i);
    }
    channel_close(channel);
}

static void sizes_out_of_range_are_refused(E2eEnv *env)
{
    static uint8_t data[ECHO_MAX + 1];
    Channel *channel = must_open(env);

    MUST_BE(env, channel_write(channel, data, 0, TIMEOUT_MS), MEI_ERR_INVALID);
    MUST_BE(env, channel_write(channel, data, sizeof(data), TIMEOUT_MS), MEI_ERR_TOO_LONG);
    must_echo(env, channel, 32, 5);
    channel_close(channel);
}

static void two_connections_do_not_mix(E2eEnv *env)
{
    static uint8_t a[2000], b[1500], back[ECHO_MAX];
    Channel *first = must_open(env);
    Channel *second = must_open(env);
    size_t received;

    for (uint32_t i = 0; i < 10; i++) {
        echo_fill(a, sizeof(a), 2 * i);
        echo_fill(b, sizeof(b), 2 * i + 1);
        MUST_BE(env, channel_write(first, a, sizeof(a), TIMEOUT_MS), MEI_OK);
        MUST_BE(env, channel_write(second, b, sizeof(b), TIMEOUT_MS), MEI_OK);
        MUST_BE(env, channel_read(second, back, sizeof(back), &received, TIMEOUT_MS), MEI_OK);
        E2E_MUST(env, received == sizeof(b) && memcmp(back, b, sizeof(b)) == 0);
        MUST_BE(env, channel_read(first, back, sizeof(back), &received, TIMEOUT_MS), MEI_OK);
        E2E_MUST(env, received == sizeof(a) && memcmp(back, a, sizeof(a)) == 0);
    }
    channel_close(first);
    channel_close(second);
}

static void a_read_with_nothing_to_read_times_out(E2eEnv *env)
{
    Channel *channel = must_open(env);
    uint8_t byte;
    size_t received;

    MUST_BE(env, channel_read(channel, &byte, 1, &received, 20), MEI_ERR_TIMEOUT);
    must_echo(env, channel, 1, 9);
    channel_close(channel);
}

static void a_bad_pointer_is_told(E2eEnv *env)
{
    Channel *channel = must_open(env);
    size_t received;

    MUST_BE(env, channel_write(channel, NULL, 4, TIMEOUT_MS), MEI_ERR_BAD_POINTER);
    MUST_BE(env, channel_read(channel, NULL, 4, &received, TIMEOUT_MS), MEI_ERR_BAD_POINTER);
    must_echo(env, channel, 40, 11);
    channel_close(channel);
}

static void an_answer_that_does_not_fit_is_told(E2eEnv *env)
{
    uint8_t data[100] = {1}, small[10];
    Channel *channel = must_open(env);
    size_t received;

    MUST_BE(env, channel_write(channel, data, sizeof(data), TIMEOUT_MS), MEI_OK);
    MUST_BE(env, channel_read(channel, small, sizeof(small), &received, TIMEOUT_MS),
            MEI_ERR_OVERFLOW);
    channel_close(channel);
}

/* Several at work at the same time, each with its own answers. */
static void many_users_get_their_own_answers(E2eEnv *env)
{
    static uint8_t data[1000], back[ECHO_MAX];
    Channel *channels[8];
    size_t received;

    for (unsigned int i = 0; i < 8; i++) {
        channels[i] = must_open(env);
    }
    for (unsigned int round = 0; round < 5; round++) {
        for (unsigned int i = 0; i < 8; i++) {
            echo_fill(data, 100 * (i + 1), 8 * round + i);
            MUST_BE(env, channel_write(channels[i], data, 100 * (i + 1), TIMEOUT_MS), MEI_OK);
        }
        for (unsigned int i = 8; i-- > 0;) {
            MUST_BE(env, channel_read(channels[i], back, sizeof(back), &received, TIMEOUT_MS),
                    MEI_OK);
            echo_fill(data, 100 * (i + 1), 8 * round + i);
            E2E_MUST(env, received == 100 * (i + 1) && memcmp(data, back, received) == 0);
        }
    }
    for (unsigned int i = 0; i < 8; i++) {
        channel_close(channels[i]);
    }
}

/* The rule of E2E_FAULTS has one event with each answer. HBM before 2.0 has none. */
static void events_come_where_they_were_asked_for(E2eEnv *env)
{
    Channel *channel = must_open(env);

    if (!env->events) {
        MUST_BE(env, channel_notify(channel, true), MEI_ERR_UNSUPPORTED);
        channel_close(channel);
        return;
    }
    MUST_BE(env, channel_notify(channel, true), MEI_OK);
    for (unsigned int i = 0; i < 3; i++) {
        must_echo(env, channel, 20, i);
        MUST_BE(env, channel_event(channel, TIMEOUT_MS), MEI_OK);
        MUST_BE(env, channel_event(channel, 20), MEI_ERR_TIMEOUT);
    }
    MUST_BE(env, channel_notify(channel, false), MEI_OK);
    must_echo(env, channel, 20, 7);
    MUST_BE(env, channel_notify(channel, true), MEI_OK);
    channel_close(channel);
}

/* What a program with a loop of its own does: poll, dispatch, look. */
static void a_loop_sees_what_is_ready(E2eEnv *env)
{
    static uint8_t data[700], back[ECHO_MAX];
    Channel *channel = must_open(env);
    size_t received;

    for (unsigned int i = 0; i < 10; i++) {
        bool written = false, read = false;

        echo_fill(data, sizeof(data), i);
        for (unsigned int turns = 0; !read; turns++) {
            struct pollfd fds[SESSION_POLL_MAX];
            unsigned int ready;
            int timeout;
            size_t count;

            E2E_MUST(env, turns < 5000);
            channel->wants_write = !written;
            count = session_poll_fds(env->session, fds, &timeout);
            E2E_MUST(env, poll(fds, count, timeout < 0 || timeout > 5000 ? 5000 : timeout) >= 0);
            session_dispatch(env->session);
            ready = channel_ready(channel);
            E2E_MUST(env, !(ready & CHANNEL_LOST));
            if (!written && (ready & CHANNEL_WRITABLE)) {
                MUST_BE(env, channel_write(channel, data, sizeof(data), TIMEOUT_MS), MEI_OK);
                written = true;
            } else if (ready & CHANNEL_READABLE) {
                MUST_BE(env, channel_read(channel, back, sizeof(back), &received, 0), MEI_OK);
                E2E_MUST(env, received == sizeof(data) && memcmp(data, back, received) == 0);
                read = true;
            }
        }
    }
    channel_close(channel);
}

/* ---- resets and power ---- */

/* Traffic in every state that a reset can meet: nothing sent, sent, answered, half read. */
static void make_traffic(E2eEnv *env, Channel *channel, Channel *other, unsigned int round)
{
    static uint8_t data[ECHO_MAX];
    size_t received;

    echo_fill(data, sizeof(data), round);
    if (round % 4 > 0) {
        MUST_BE(env, channel_write(channel, data, 1 + round * 37 % 3000, TIMEOUT_MS), MEI_OK);
    }
    if (round % 4 > 1) {
        /* The answer may be there, or on its way: both are fine. */
        (void)channel_read(channel, data, sizeof(data), &received, 0);
        MUST_BE(env, channel_write(other, data, 1 + round % 700, TIMEOUT_MS), MEI_OK);
    }
    if (round % 4 > 2) {
        MUST_BE(env, channel_read(other, data, sizeof(data), &received, TIMEOUT_MS), MEI_OK);
    }
}

static void resets_under_traffic_lose_nothing_after(E2eEnv *env)
{
    SessionClient before[SESSION_CLIENTS_MAX];
    SessionClient after[SESSION_CLIENTS_MAX];
    size_t count_before;
    size_t count_after;
    uint8_t byte = 0;
    size_t received;

    MUST_BE(env, session_clients(env->session, before, &count_before), MEI_OK);
    for (unsigned int i = 0; i < env->rounds; i++) {
        Channel *channel = must_open(env);
        Channel *other = must_open(env);

        make_traffic(env, channel, other, i);
        MUST_BE(env, session_reset(env->session), MEI_OK);
        MUST_BE(env, channel_write(channel, &byte, 1, TIMEOUT_MS), MEI_ERR_NOT_CONNECTED);
        MUST_BE(env, channel_read(other, &byte, 1, &received, TIMEOUT_MS), MEI_ERR_NOT_CONNECTED);
        channel_close(channel);
        channel_close(other);
        channel = must_open(env);
        must_echo(env, channel, 1 + i % 1200, i);
        channel_close(channel);
    }
    MUST_BE(env, session_clients(env->session, after, &count_after), MEI_OK);
    E2E_MUST(env, count_after == count_before);
    for (size_t i = 0; i < count_before; i++) {
        E2E_MUST(env, swme_guid_equal(&before[i].guid, &after[i].guid));
    }
}

static void power_gating_keeps_connections(E2eEnv *env)
{
    Mei *mei = session_driver(env->session);
    Channel *channel = must_open(env);
    uint64_t resets = mei->stats.link_resets;

    for (unsigned int i = 0; i < 20; i++) {
        MUST_BE(env, mei_power_gate(mei), env->gates ? MEI_OK : MEI_ERR_UNSUPPORTED);
        if (i % 2 == 0) {
            MUST_BE(env, mei_power_ungate(mei), MEI_OK);
        }
        must_echo(env, channel, 1 + i * 61, i);
    }
    E2E_MUST(env, mei->stats.link_resets == resets);
    channel_close(channel);
}

static void a_stopped_driver_starts_again(E2eEnv *env)
{
    Mei *mei = session_driver(env->session);

    for (unsigned int i = 0; i < 5; i++) {
        Channel *channel;
        int64_t began = session_now(env->session);

        mei_stop(mei);
        MUST_BE(env, echo_open(env->session, &channel), MEI_ERR_DISABLED);
        MUST_BE(env, mei_start(mei), MEI_OK);
        /* Nothing that never comes was waited for, such as the end of an unasked D0i3 entry. */
        E2E_MUST(env, session_now(env->session) - began < START_MAX_NS);
        channel = must_open(env);
        must_echo(env, channel, 100, i);
        channel_close(channel);
    }
}

static Channel *must_open_again(E2eEnv *env)
{
    int64_t deadline = session_now(env->session) + 20 * MEI_NS_PER_S;
    Channel *channel;

    /* A kernel's driver is away while it resets the link: ENODEV from open(). */
    while (echo_open(env->session, &channel)) {
        E2E_MUST(env, session_now(env->session) < deadline);
        (void)poll(NULL, 0, 10);
    }
    return channel;
}

/* The rule of E2E_FAULTS resets the firmware at any message to the HDCP client. */
static void a_firmware_reset_ends_what_waits(E2eEnv *env)
{
    static const SwmeGuid hdcp = SWME_GUID_HDCP;
    uint8_t message[16] = {0};
    size_t received;

    for (unsigned int i = 0; i < 3; i++) {
        Channel *waiting, *other = must_open_again(env);

        if (session_open_client(env->session, &hdcp, &waiting) == MEI_ERR_NO_CLIENT) {
            channel_close(other);
            return; /* not every generation has it */
        }
        MUST_BE(env, channel_write(waiting, message, sizeof(message), TIMEOUT_MS), MEI_OK);
        MUST_BE(env, channel_read(waiting, message, sizeof(message), &received, TIMEOUT_MS),
                MEI_ERR_NOT_CONNECTED);
        MUST_BE(env, channel_write(other, message, sizeof(message), TIMEOUT_MS),
                MEI_ERR_NOT_CONNECTED);
        channel_close(waiting);
        channel_close(other);
        other = must_open_again(env);
        must_echo(env, other, 600, i);
        channel_close(other);
    }
}

/* ---- AMTHI for many ---- */

static void ask_uuid(MeiRequest *request, uint8_t *question, uint8_t *answer, size_t room)
{
    swme_put_le32(question, 0x00000101); /* version 1.1 */
    swme_put_le32(question + 4, AMTHI_GET_UUID);
    swme_put_le32(question + 8, 0);
    *request =
        (MeiRequest){.data = question, .size = AMTHI_HEADER_SIZE, .answer = answer, .room = room};
}

/* AMTHI takes one connection; a queue over it serves them all. */
static void amthi_serves_many_applications(E2eEnv *env)
{
    static const SwmeGuid amthi = SWME_GUID_AMTHI;
    static uint8_t buffer[ECHO_MAX];
    uint8_t question[AMTHI_HEADER_SIZE], answers[5][256];
    Mei *mei = session_driver(env->session);
    MeiRequest requests[5];
    MeiQueue queue;
    Channel *beside;

    mei_queue_init(&queue, mei, &amthi, buffer, sizeof(buffer));
    for (unsigned int i = 0; i < 5; i++) {
        ask_uuid(&requests[i], question, answers[i], i == 1 ? 4 : sizeof(answers[i]));
        MUST_BE(env, mei_queue_submit(&queue, &requests[i], TIMEOUT_MS * MEI_NS_PER_MS), MEI_OK);
        MUST_BE(env, mei_queue_submit(&queue, &requests[i], 1), MEI_ERR_BUSY);
    }
    mei_queue_run(&queue);
    if (requests[0].status == MEI_ERR_NO_CLIENT) {
        for (unsigned int i = 1; i < 5; i++) {
            MUST_BE(env, requests[i].status, MEI_ERR_NO_CLIENT);
        }
        mei_queue_close(&queue);
        return; /* no AMT in this one */
    }
    MUST_BE(env, session_open_client(env->session, &amthi, &beside), MEI_ERR_BUSY);
    /* Two applications die: one with its request in flight, one that waits. */
    E2E_MUST(env, requests[0].state == MEI_REQUEST_IN_FLIGHT);
    mei_queue_cancel(&queue, &requests[0]);
    mei_queue_cancel(&queue, &requests[3]);
    memset(answers[0], 0xa5, sizeof(answers[0]));
    for (mei_queue_run(&queue); requests[4].state != MEI_REQUEST_IDLE; mei_queue_run(&queue)) {
        MUST_BE(env, mei_poll(mei, TIMEOUT_MS * MEI_NS_PER_MS), MEI_OK);
    }
    MUST_BE(env, requests[0].status, MEI_ERR_CANCELLED);
    MUST_BE(env, requests[1].status, MEI_ERR_OVERFLOW);
    MUST_BE(env, requests[2].status, MEI_OK);
    MUST_BE(env, requests[3].status, MEI_ERR_CANCELLED);
    MUST_BE(env, requests[4].status, MEI_OK);
    E2E_MUST(env, answers[0][0] == 0xa5 && requests[1].received == requests[2].received);
    E2E_MUST(env, memcmp(answers[2], answers[4], requests[2].received) == 0);
    /* A link reset ends the one in flight, and those that follow are served. */
    ask_uuid(&requests[0], question, answers[0], sizeof(answers[0]));
    MUST_BE(env, mei_queue_submit(&queue, &requests[0], TIMEOUT_MS * MEI_NS_PER_MS), MEI_OK);
    mei_queue_run(&queue);
    MUST_BE(env, session_reset(env->session), MEI_OK);
    mei_queue_run(&queue);
    MUST_BE(env, requests[0].status, MEI_ERR_NOT_CONNECTED);
    MUST_BE(env, mei_queue_exchange(&queue, &requests[0], TIMEOUT_MS * MEI_NS_PER_MS), MEI_OK);
    mei_queue_close(&queue);
    MUST_BE(env, session_open_client(env->session, &amthi, &beside), MEI_OK);
    channel_close(beside);
}

const E2eCase conformance_cases[] = {
    {"an unknown GUID is not found", an_unknown_guid_is_not_found, false},
    {"connections are limited", connections_are_limited, false},
    {"a fixed client has one user", a_fixed_client_has_one_user, true},
    {"connect and disconnect again and again", connect_and_disconnect_again_and_again, false},
    {"an unread answer dies with its connection", an_unread_answer_dies_with_its_connection, false},
    {"every interesting size comes back", every_interesting_size_comes_back, false},
    {"sizes out of range are refused", sizes_out_of_range_are_refused, false},
    {"two connections do not mix", two_connections_do_not_mix, false},
    {"a read with nothing to read times out", a_read_with_nothing_to_read_times_out, false},
    {"a client with one connection is busy", a_client_with_one_connection_is_busy, false},
    {"tags tell users apart", tags_tell_users_apart, false},
    {"a bad pointer is told", a_bad_pointer_is_told, false},
    {"an answer that does not fit is told", an_answer_that_does_not_fit_is_told, false},
    {"many users get their own answers", many_users_get_their_own_answers, false},
    {"events come where they were asked for", events_come_where_they_were_asked_for, false},
    {"a loop sees what is ready", a_loop_sees_what_is_ready, false},
    {"a firmware reset ends what waits", a_firmware_reset_ends_what_waits, false},
    {"AMTHI serves many applications", amthi_serves_many_applications, true},
    {"resets under traffic lose nothing after", resets_under_traffic_lose_nothing_after, true},
    {"power gating keeps connections", power_gating_keeps_connections, true},
    {"a stopped driver starts again", a_stopped_driver_starts_again, true},
};
const unsigned int conformance_case_count =
    sizeof(conformance_cases) / sizeof(conformance_cases[0]);
