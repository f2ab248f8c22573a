/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's side of APF, message by message; ME client fact sheet, section C. */
#include "host-driver/apf-host.h"

#include <string.h>

#include <swme/bytes.h>

#include "tests/unit/unit.h"

static ApfHost host;
static unsigned int listening, closed, events;
static size_t arrived;
static uint8_t out[5000];

static bool on_listen(void *opaque, uint16_t port)
{
    (void)opaque;
    listening += port != 13;
    return port != 13;
}

static void on_unlisten(void *opaque, uint16_t port)
{
    (void)opaque;
    (void)port;
    listening--;
}

static void on_data(void *opaque, ApfHostChannel *channel, const uint8_t *data, size_t size)
{
    (void)opaque;
    (void)channel;
    (void)data;
    arrived += size;
}

static void on_closed(void *opaque, ApfHostChannel *channel)
{
    (void)opaque;
    (void)channel;
    closed++;
}

static void on_event(void *opaque, const uint8_t *data, size_t size)
{
    (void)opaque;
    (void)data;
    events += size > 0;
}

static void on_datagram(void *opaque, const char *address, uint16_t port, const uint8_t *data,
                        size_t size)
{
    (void)opaque;
    (void)address;
    (void)port;
    (void)data;
    (void)size;
}

static const ApfHostOps ops = {on_listen, on_unlisten, on_data, on_closed, on_event, on_datagram};

static uint8_t message[400];
static size_t length;

static void start(uint8_t type)
{
    message[0] = type;
    length = 1;
}

static void u32(uint32_t value)
{
    swme_put_be32(message + length, value);
    length += 4;
}

static void text(const char *value)
{
    u32((uint32_t)strlen(value));
    memcpy(message + length, value, strlen(value));
    length += strlen(value);
}

static void say(void)
{
    apf_host_receive(&host, message, length);
}

static void must_hear(uint8_t type, size_t size)
{
    ck_assert_uint_eq(apf_host_next(&host, out, sizeof(out)), size);
    ck_assert_uint_eq(out[0], type);
}

static void forward(const char *address, uint32_t port, uint8_t answer)
{
    start(APF_GLOBAL_REQUEST);
    text(APF_GLOBAL_FORWARD);
    message[length++] = 1;
    text(address);
    u32(port);
    say();
    must_hear(answer, answer == APF_REQUEST_SUCCESS ? 5 : 1);
}

static void begin(void)
{
    listening = closed = events = 0;
    arrived = 0;
    apf_host_init(&host, &ops, NULL, 2000);
    memset(message, 0, sizeof(message));
    message[0] = APF_PROTOCOL_VERSION;
    swme_put_be32(message + 1, 1);
    length = APF_PROTOCOL_VERSION_SIZE;
    say();
    must_hear(APF_PROTOCOL_VERSION, APF_PROTOCOL_VERSION_SIZE);
    ck_assert_uint_eq(swme_get_be32(out + APF_PROTOCOL_VERSION_OFF_REASON), APF_TRIGGER_LME);
}

static ApfHostChannel *opened(uint32_t window)
{
    ApfHostChannel *channel = apf_host_open(&host, 16992, "127.0.0.1", 1234, NULL);

    ck_assert_ptr_nonnull(channel);
    must_hear(APF_CHANNEL_OPEN, 1 + 19 + 12 + 13 + 4 + 13 + 4);
    start(APF_CHANNEL_OPEN_CONFIRMATION);
    u32((uint32_t)(channel - host.channels));
    u32(70);
    u32(window);
    u32(APF_RESERVED);
    say();
    ck_assert_int_eq(channel->state, APF_HOST_OPEN);
    return channel;
}

START_TEST(the_session_starts_as_lms_starts_it)
{
    begin();
    message[0] = APF_PROTOCOL_VERSION;
    say(); /* never answered twice */
    ck_assert_uint_eq(apf_host_next(&host, out, sizeof(out)), 0);
    start(APF_SERVICE_REQUEST);
    text(APF_SERVICE_FORWARDING);
    say();
    must_hear(APF_SERVICE_ACCEPT, 23);
    forward("", 16992, APF_REQUEST_SUCCESS);
    forward("", 16992, APF_REQUEST_FAILURE); /* is there already */
    forward("", 13, APF_REQUEST_FAILURE);    /* the port is taken */
    forward("0.0.0.0", 16993, APF_REQUEST_FAILURE);
    ck_assert_uint_eq(listening, 1);
    apf_host_reset(&host);
    ck_assert_uint_eq(listening, 0);
}
END_TEST

START_TEST(windows_bound_both_ways)
{
    ApfHostChannel *channel;

    begin();
    host.window = 11;
    channel = opened(100);
    ck_assert_uint_eq(apf_host_room(&host, channel), 100);
    ck_assert_uint_eq(apf_host_write(&host, channel, out, 60), 69);
    ck_assert_uint_eq(swme_get_be32(out + 1), 70);
    ck_assert_uint_eq(apf_host_room(&host, channel), 40);
    start(APF_CHANNEL_DATA);
    u32(0);
    text("hello");
    say();
    ck_assert_uint_eq(arrived, 5);
    apf_host_consumed(&host, channel, 4); /* less than half: not worth a message */
    ck_assert_uint_eq(apf_host_next(&host, out, sizeof(out)), 0);
    apf_host_consumed(&host, channel, 1);
    must_hear(APF_CHANNEL_WINDOW_ADJUST, 9);
    ck_assert_uint_eq(swme_get_be32(out + 5), 5);
    channel->granted = 4;
    say(); /* five where four are allowed */
    ck_assert(host.failed);
    must_hear(APF_DISCONNECT, 7);
    ck_assert_uint_eq(arrived, 5);
}
END_TEST

/* Which is how AMT answers many opens at once: it refuses at once, and confirms when it is done. */
START_TEST(one_without_a_slot_waits_for_those_not_yet_confirmed)
{
    ApfHostChannel *first, *second;

    begin();
    first = apf_host_open(&host, 16992, "127.0.0.1", 1, NULL);
    second = apf_host_open(&host, 16992, "127.0.0.1", 2, NULL);
    must_hear(APF_CHANNEL_OPEN, 1 + 19 + 12 + 13 + 4 + 13 + 4);
    must_hear(APF_CHANNEL_OPEN, 1 + 19 + 12 + 13 + 4 + 13 + 4);
    start(APF_CHANNEL_OPEN_FAILURE);
    u32(1);
    u32(APF_OPEN_RESOURCES);
    u32(0);
    u32(0);
    say();
    ck_assert_int_eq(first->state, APF_HOST_OPENING);
    ck_assert_int_eq(second->state, APF_HOST_WAITING);
    ck_assert_uint_eq(host.stats.refused, 0);
}
END_TEST

START_TEST(one_without_a_slot_waits_for_the_next)
{
    ApfHostChannel *first, *second;

    begin();
    first = opened(100);
    second = apf_host_open(&host, 16992, "127.0.0.1", 1, NULL);
    must_hear(APF_CHANNEL_OPEN, 1 + 19 + 12 + 13 + 4 + 13 + 4);
    start(APF_CHANNEL_OPEN_FAILURE);
    u32(1);
    u32(APF_OPEN_RESOURCES);
    u32(0);
    u32(0);
    say();
    ck_assert_int_eq(second->state, APF_HOST_WAITING);
    apf_host_close(&host, first);
    must_hear(APF_CHANNEL_CLOSE, 5);
    start(APF_CHANNEL_CLOSE);
    u32(0);
    say();
    ck_assert_int_eq(second->state, APF_HOST_OPENING);
    must_hear(APF_CHANNEL_OPEN, 1 + 19 + 12 + 13 + 4 + 13 + 4);
    ck_assert_uint_eq(closed, 0);
}
END_TEST

START_TEST(what_does_not_parse_ends_the_session)
{
    begin();
    (void)opened(100);
    apf_host_receive(&host, message, (size_t)_i == 0 ? 0 : 2);
    ck_assert(host.failed);
    ck_assert_uint_eq(host.stats.malformed, 1);
    apf_host_reset(&host);
    ck_assert_uint_eq(closed, 1);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("apf-host");
    TCase *tcase = unit_case(s, "apf-host");

    tcase_add_test(tcase, the_session_starts_as_lms_starts_it);
    tcase_add_test(tcase, windows_bound_both_ways);
    tcase_add_test(tcase, one_without_a_slot_waits_for_the_next);
    tcase_add_test(tcase, one_without_a_slot_waits_for_those_not_yet_confirmed);
    tcase_add_loop_test(tcase, what_does_not_parse_ends_the_session, 0, 2);
    return unit_run(s);
}
