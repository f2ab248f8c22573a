/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's side of APF, message by message; ME client fact sheet, section C. */
#include "host-driver/apf-host.h"

#include <stdio.h>
#include <string.h>

#include <swme/bytes.h>

#include "tests/unit/unit.h"

static ApfHost host;
static unsigned int listening, closed, events, datagrams;
static size_t arrived, event_size;
static char datagram_address[64];
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
    event_size = size;
}

static void on_datagram(void *opaque, const char *address, uint16_t port, const uint8_t *data,
                        size_t size)
{
    (void)opaque;
    ck_assert_uint_eq(port, 162);
    ck_assert_uint_eq(size, 3);
    ck_assert_mem_eq(data, "udp", 3);
    snprintf(datagram_address, sizeof(datagram_address), "%s", address);
    datagrams++;
}

static const ApfHostOps ops = {on_listen, on_unlisten, on_data, on_closed, on_event, on_datagram};

static uint8_t message[5000];
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
    listening = closed = events = datagrams = 0;
    arrived = event_size = 0;
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

/* ---- what the firmware may ask, and what it is told ---- */

static void must_be_silent(void)
{
    ck_assert_uint_eq(apf_host_next(&host, out, sizeof(out)), 0);
}

static void must_have_ended(uint32_t reason)
{
    ck_assert(host.failed);
    ck_assert_uint_eq(host.reason, reason);
    must_hear(APF_DISCONNECT, APF_DISCONNECT_SIZE);
    ck_assert_uint_eq(swme_get_be32(out + APF_DISCONNECT_OFF_REASON), reason);
    say(); /* nobody listens any more */
    must_be_silent();
    ck_assert_ptr_null(apf_host_open(&host, 16992, "127.0.0.1", 1, NULL));
}

static void global(const char *name, bool wanted)
{
    start(APF_GLOBAL_REQUEST);
    text(name);
    message[length++] = wanted;
}

static void forward_or_cancel(const char *name, const char *address, uint32_t port, bool wanted)
{
    global(name, wanted);
    text(address);
    u32(port);
}

static void open_by_firmware(const char *type, uint32_t port)
{
    start(APF_CHANNEL_OPEN);
    text(type);
    u32(9);
    u32(1000);
    u32(APF_RESERVED);
    text("127.0.0.1");
    u32(port);
    text("127.0.0.1");
    u32(623);
}

static void confirmation(uint32_t recipient)
{
    start(APF_CHANNEL_OPEN_CONFIRMATION);
    u32(recipient);
    u32(70);
    u32(100);
    u32(APF_RESERVED);
}

static void failure(uint32_t recipient, uint32_t reason)
{
    start(APF_CHANNEL_OPEN_FAILURE);
    u32(recipient);
    u32(reason);
    u32(0);
    u32(0);
}

static void adjust(uint32_t recipient, uint32_t bytes)
{
    start(APF_CHANNEL_WINDOW_ADJUST);
    u32(recipient);
    u32(bytes);
}

static void channel_data(uint32_t recipient, const char *bytes)
{
    start(APF_CHANNEL_DATA);
    u32(recipient);
    text(bytes);
}

static void channel_close(uint32_t recipient)
{
    start(APF_CHANNEL_CLOSE);
    u32(recipient);
}

static ApfHostChannel *opening(void)
{
    ApfHostChannel *channel = apf_host_open(&host, 16992, "::1", 1, NULL);

    ck_assert_ptr_nonnull(channel);
    ck_assert_uint_gt(apf_host_next(&host, out, sizeof(out)), 0);
    return channel;
}

static uint32_t number(const ApfHostChannel *channel)
{
    return (uint32_t)(channel - host.channels);
}

static void make(unsigned int which)
{
    switch (which) {
    case 0:
        start(APF_PROTOCOL_VERSION);
        u32(1);
        memset(message + length, 0, APF_PROTOCOL_VERSION_SIZE - length);
        length = APF_PROTOCOL_VERSION_SIZE;
        break;
    case 1:
        start(APF_SERVICE_REQUEST);
        text(APF_SERVICE_AUTH);
        break;
    case 2:
        forward_or_cancel(APF_GLOBAL_FORWARD, "", 16992, true);
        break;
    case 3:
        forward_or_cancel(APF_GLOBAL_CANCEL, "", 16992, true);
        break;
    case 4:
        open_by_firmware(APF_CHANNEL_DIRECT, APF_PORT_EVENTS);
        break;
    case 5:
        confirmation(0);
        length -= 4; /* what is reserved is not looked at */
        break;
    case 6:
        failure(0, APF_OPEN_RESOURCES);
        length -= 8; /* nor words about a reason */
        break;
    case 7:
        adjust(0, 1);
        break;
    case 8:
        channel_data(0, "hello");
        break;
    default:
        channel_close(0);
        break;
    }
}

START_TEST(every_message_cut_short_ends_the_session)
{
    size_t whole;

    begin();
    make((unsigned int)_i);
    whole = length;
    for (size_t size = 1; size < whole; size++) {
        begin();
        (void)opening();
        make((unsigned int)_i);
        apf_host_receive(&host, message, size);
        ck_assert_msg(host.failed && host.stats.malformed == 1, "message %d cut to %zu", _i, size);
        apf_host_reset(&host);
        ck_assert_uint_eq(closed, 1);
    }
    begin();
    (void)opening();
    make((unsigned int)_i);
    say();
    ck_assert(!host.failed);
}
END_TEST

/* Before the versions nothing else is in order. */
START_TEST(every_message_too_early_ends_the_session)
{
    apf_host_init(&host, &ops, NULL, 2000);
    make((unsigned int)_i);
    say();
    must_have_ended(APF_REASON_PROTOCOL);
}
END_TEST

START_TEST(another_version_or_service_or_type_ends_the_session)
{
    begin();
    switch (_i) {
    case 0:
        make(0);
        message[4] = 2;
        say();
        must_have_ended(APF_REASON_VERSION);
        break;
    case 1:
        start(APF_SERVICE_REQUEST);
        text("pfwd@amt.intel.cox");
        say();
        must_have_ended(APF_REASON_NO_SERVICE);
        break;
    case 2:
        start(250);
        say();
        must_have_ended(APF_REASON_PROTOCOL);
        break;
    default:
        start(APF_DISCONNECT);
        u32(11);
        say();
        ck_assert(host.failed);
        ck_assert_uint_eq(host.reason, 11);
        must_be_silent();
        break;
    }
}
END_TEST

START_TEST(authentication_is_a_formality)
{
    begin();
    make(1);
    say();
    must_hear(APF_SERVICE_ACCEPT, 5 + strlen(APF_SERVICE_AUTH));
    ck_assert_mem_eq(out + 5, APF_SERVICE_AUTH, strlen(APF_SERVICE_AUTH));
    start(APF_USERAUTH_REQUEST);
    say();
    must_hear(APF_USERAUTH_SUCCESS, 1);
}
END_TEST

START_TEST(forwards_come_and_go)
{
    begin();
    for (unsigned int i = 0; i < APF_HOST_FORWARDS; i++) {
        forward("", 1000 + i, APF_REQUEST_SUCCESS);
        ck_assert_uint_eq(swme_get_be32(out + 1), 1000 + i);
    }
    forward("", 2000, APF_REQUEST_FAILURE);
    forward("", 0, APF_REQUEST_FAILURE);
    forward("::", 2000, APF_REQUEST_FAILURE);
    forward_or_cancel(APF_GLOBAL_CANCEL, "", 1000, true);
    say();
    must_hear(APF_REQUEST_SUCCESS, 1);
    ck_assert_uint_eq(listening, APF_HOST_FORWARDS - 1);
    say();
    must_hear(APF_REQUEST_FAILURE, 1);
    forward_or_cancel(APF_GLOBAL_FORWARD, "", 1000, false);
    say();
    must_be_silent();
    ck_assert_uint_eq(listening, APF_HOST_FORWARDS);
    global("what-is-that", true);
    say();
    must_hear(APF_REQUEST_FAILURE, 1);
    forward_or_cancel(APF_GLOBAL_FORWARD, "", 65536, true);
    say();
    must_have_ended(APF_REASON_PROTOCOL);
    apf_host_reset(&host);
    ck_assert_uint_eq(listening, 0);
}
END_TEST

START_TEST(datagrams_go_out)
{
    begin();
    for (unsigned int i = 0; i < 3; i++) {
        global(APF_GLOBAL_UDP, true);
        text(i == 1 ? "1234567890123456789012345678901234567890123456" : "192.168.1.2");
        u32(162);
        text("127.0.0.1");
        u32(16992);
        text("udp");
        length -= i == 2;
        say();
        must_be_silent();
    }
    ck_assert_uint_eq(datagrams, 1);
    ck_assert_str_eq(datagram_address, "192.168.1.2");
    ck_assert_uint_eq(host.stats.ignored, 2);
    ck_assert(!host.failed);
}
END_TEST

/* A firmware that asks and never takes an answer, or whose limit no answer fits into. */
START_TEST(answers_that_cannot_be_sent_end_the_session)
{
    if (_i == 0) {
        begin();
        for (unsigned int i = 0; i <= APF_HOST_QUEUE / 3 && !host.failed; i++) {
            start(APF_USERAUTH_REQUEST);
            say();
        }
        must_have_ended(APF_REASON_PROTOCOL);
        return;
    }
    begin();
    host.max_length = _i == 1 ? 32 : 4;
    (void)apf_host_open(&host, 16992, "127.0.0.1", 1, NULL);
    if (_i == 1) {
        must_have_ended(APF_REASON_PROTOCOL);
    } else {
        ck_assert(host.failed);
        must_be_silent(); /* not even the end can be told */
    }
}
END_TEST

START_TEST(a_message_stays_until_there_is_room_for_it)
{
    begin();
    start(APF_USERAUTH_REQUEST);
    say();
    ck_assert_uint_eq(apf_host_next(&host, out, 0), 0);
    must_hear(APF_USERAUTH_SUCCESS, 1);
}
END_TEST

/* ---- channels ---- */

START_TEST(channels_run_out)
{
    begin();
    ck_assert_ptr_null(
        apf_host_open(&host, 1, "1234567890123456789012345678901234567890123456", 1, NULL));
    for (unsigned int i = 0; i < APF_HOST_CHANNELS; i++) {
        (void)opening();
    }
    ck_assert_ptr_null(apf_host_open(&host, 16992, "127.0.0.1", 1, NULL));
    open_by_firmware(APF_CHANNEL_DIRECT, APF_PORT_EVENTS);
    say();
    must_hear(APF_CHANNEL_OPEN_FAILURE, APF_CHANNEL_OPEN_FAILURE_SIZE);
    ck_assert_uint_eq(swme_get_be32(out + 5), APF_OPEN_RESOURCES);
    apf_host_reset(&host);
    ck_assert_uint_eq(closed, APF_HOST_CHANNELS);
    ck_assert_ptr_null(apf_host_open(&host, 16992, "127.0.0.1", 1, NULL)); /* not agreed */
}
END_TEST

START_TEST(what_no_channel_waits_for_is_ignored)
{
    ApfHostChannel *channel;

    begin();
    channel = opened(100);
    confirmation(number(channel));
    say();
    failure(number(channel), APF_OPEN_RESOURCES);
    say();
    channel_data(number(channel) + 1, "x");
    say();
    channel_close(APF_HOST_CHANNELS);
    say();
    ck_assert_uint_eq(host.stats.ignored, 4);
    channel = opening();
    channel_close(number(channel));
    say();
    channel_data(number(channel), "x");
    say();
    ck_assert_uint_eq(host.stats.ignored, 5);
    ck_assert_uint_eq(arrived, 0);
    ck_assert_uint_eq(apf_host_room(&host, channel), 0);
    ck_assert(!host.failed);
}
END_TEST

START_TEST(a_refused_channel_is_over)
{
    ApfHostChannel *channel;

    begin();
    channel = opening();
    failure(number(channel), _i == 0 ? APF_OPEN_RESOURCES : APF_OPEN_PROHIBITED);
    say(); /* no other is open, so that none will ever be free */
    ck_assert_uint_eq(closed, 1);
    ck_assert_uint_eq(host.stats.refused, 1);
    ck_assert_int_eq(channel->state, APF_HOST_FREE);
    must_be_silent();
}
END_TEST

/* The socket may end before the firmware has answered: then nobody is told anything. */
START_TEST(an_abandoned_channel_ends_by_itself)
{
    ApfHostChannel *first, *channel;

    begin();
    first = opened(100);
    channel = opening();
    apf_host_close(&host, channel);
    if (_i == 0) {
        confirmation(number(channel));
        say();
        must_hear(APF_CHANNEL_CLOSE, APF_CHANNEL_CLOSE_SIZE);
        apf_host_close(&host, channel); /* changes nothing */
        channel_close(number(channel));
        say();
    } else {
        failure(number(channel), APF_OPEN_RESOURCES);
        say();
    }
    must_be_silent();
    ck_assert_int_eq(channel->state, APF_HOST_FREE);
    ck_assert_uint_eq(closed, 0);
    ck_assert_int_eq(first->state, APF_HOST_OPEN);
}
END_TEST

START_TEST(one_that_waits_may_be_closed)
{
    ApfHostChannel *first, *channel;

    begin();
    first = opened(100);
    channel = opening();
    /* Another that is on its way out counts, too. */
    apf_host_close(&host, first);
    must_hear(APF_CHANNEL_CLOSE, APF_CHANNEL_CLOSE_SIZE);
    failure(number(channel), APF_OPEN_RESOURCES);
    say();
    ck_assert_int_eq(channel->state, APF_HOST_WAITING);
    apf_host_close(&host, channel);
    ck_assert_int_eq(channel->state, APF_HOST_FREE);
    channel_close(number(first));
    say();
    must_be_silent();
}
END_TEST

START_TEST(the_firmware_may_close)
{
    ApfHostChannel *channel;

    begin();
    channel = opened(100);
    channel_close(number(channel));
    say();
    must_hear(APF_CHANNEL_CLOSE, APF_CHANNEL_CLOSE_SIZE);
    ck_assert_uint_eq(closed, 1);
    ck_assert_int_eq(channel->state, APF_HOST_FREE);
}
END_TEST

START_TEST(windows_grow_and_do_not_wrap)
{
    ApfHostChannel *channel;

    begin();
    channel = opened(100);
    adjust(number(channel), 50);
    say();
    ck_assert_uint_eq(apf_host_room(&host, channel), 150);
    adjust(number(channel), UINT32_MAX);
    say();
    ck_assert_uint_eq(channel->window, UINT32_MAX);
    ck_assert_uint_eq(apf_host_room(&host, channel), 2000 - APF_CHANNEL_DATA_HEADER_SIZE);
    host.max_length = 100000;
    ck_assert_uint_eq(apf_host_room(&host, channel), APF_HOST_DATA_MAX);
    channel_data(number(channel), "hello");
    say();
    ck_assert_uint_eq(channel->delivered, 5);
    apf_host_consumed(&host, channel, 0);
    must_be_silent();
    apf_host_close(&host, channel);
    must_hear(APF_CHANNEL_CLOSE, APF_CHANNEL_CLOSE_SIZE);
    apf_host_consumed(&host, channel, 5); /* to nobody's interest */
    must_be_silent();
    host.failed = true;
    channel->state = APF_HOST_OPEN;
    apf_host_consumed(&host, channel, 1);
    must_be_silent();
    ck_assert_uint_eq(apf_host_room(&host, channel), 0);
}
END_TEST

/* ---- events ---- */

static ApfHostChannel *event_channel(void)
{
    open_by_firmware(APF_CHANNEL_DIRECT, APF_PORT_EVENTS);
    say();
    must_hear(APF_CHANNEL_OPEN_CONFIRMATION, APF_CHANNEL_OPEN_CONFIRMATION_SIZE);
    ck_assert_uint_eq(swme_get_be32(out + 1), 9);
    return &host.channels[swme_get_be32(out + 5)];
}

START_TEST(only_one_channel_for_events_may_be_opened)
{
    static const struct {
        const char *type;
        uint32_t port, why;
    } refused[] = {
        {APF_CHANNEL_FORWARDED, APF_PORT_EVENTS, APF_OPEN_UNKNOWN_TYPE},
        {APF_CHANNEL_DIRECT, 22, APF_OPEN_PROHIBITED},
        {APF_CHANNEL_DIRECT, APF_PORT_EVENTS, APF_OPEN_RESOURCES},
    };

    begin();
    (void)opened(10);
    (void)event_channel();
    open_by_firmware(refused[_i].type, refused[_i].port);
    say();
    must_hear(APF_CHANNEL_OPEN_FAILURE, APF_CHANNEL_OPEN_FAILURE_SIZE);
    ck_assert_uint_eq(swme_get_be32(out + 5), refused[_i].why);
    apf_host_reset(&host);
    ck_assert_uint_eq(closed, 1); /* that of the events is nobody's */
}
END_TEST

START_TEST(an_event_is_told_when_it_is_whole)
{
    static const struct {
        const char *first, *rest; /* rest is NULL: whole at once */
    } texts[] = {
        {"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n12", "345"},
        {"POST / HTTP/1.1\r\nCONTENT-LENGTH:10\r\n\r", "\n1234567890"},
        {"POST / HTTP/1.1\r\ncontent-content-length: 0\r\n\r\n", NULL},
        {"POST / HTTP/1.1\r\nHost: [x]\r\n\r\n", NULL},
        {"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", NULL},
        {"POST / HTTP/1.1\r\nContent-Length: 999999999999\r\n\r\nmore", "and more"},
    };
    const char *rest = texts[_i].rest;
    ApfHostChannel *channel;

    begin();
    channel = event_channel();
    channel_data(number(channel), texts[_i].first);
    say();
    if (rest) {
        ck_assert_uint_eq(events, 0);
        must_hear(APF_CHANNEL_WINDOW_ADJUST, APF_CHANNEL_WINDOW_ADJUST_SIZE);
        ck_assert_uint_eq(swme_get_be32(out + 5), strlen(texts[_i].first));
        channel_data(number(channel), rest);
        say();
    }
    if (_i == 5) { /* never whole: told with the end of it */
        ck_assert_uint_eq(events, 0);
        channel_close(number(channel));
        say();
        ck_assert_int_eq(channel->state, APF_HOST_FREE);
    } else {
        must_hear(APF_CHANNEL_CLOSE, APF_CHANNEL_CLOSE_SIZE);
        ck_assert_int_eq(channel->state, APF_HOST_CLOSING);
    }
    ck_assert_uint_eq(events, 1);
    ck_assert_uint_eq(event_size, strlen(texts[_i].first) + (rest ? strlen(rest) : 0));
    ck_assert_uint_eq(closed, 0);
}
END_TEST

START_TEST(an_event_too_long_is_told_as_far_as_it_goes)
{
    static char much[APF_HOST_EVENT];
    ApfHostChannel *channel;

    memset(much, 'x', sizeof(much) - 1);
    begin();
    host.max_length = 5000;
    channel = event_channel();
    for (unsigned int i = 0; i < 2; i++) {
        ck_assert_uint_eq(events, 0);
        channel_data(number(channel), much);
        say();
    }
    ck_assert_uint_eq(events, 1);
    ck_assert_uint_eq(event_size, APF_HOST_EVENT);
    ck_assert_int_eq(channel->state, APF_HOST_CLOSING);
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
    tcase = unit_case(s, "messages");
    tcase_add_loop_test(tcase, every_message_cut_short_ends_the_session, 0, 10);
    tcase_add_loop_test(tcase, every_message_too_early_ends_the_session, 1, 10);
    tcase_add_loop_test(tcase, another_version_or_service_or_type_ends_the_session, 0, 4);
    tcase_add_test(tcase, authentication_is_a_formality);
    tcase_add_test(tcase, forwards_come_and_go);
    tcase_add_test(tcase, datagrams_go_out);
    tcase_add_loop_test(tcase, answers_that_cannot_be_sent_end_the_session, 0, 3);
    tcase_add_test(tcase, a_message_stays_until_there_is_room_for_it);
    tcase = unit_case(s, "channels");
    tcase_add_test(tcase, channels_run_out);
    tcase_add_test(tcase, what_no_channel_waits_for_is_ignored);
    tcase_add_loop_test(tcase, a_refused_channel_is_over, 0, 2);
    tcase_add_loop_test(tcase, an_abandoned_channel_ends_by_itself, 0, 2);
    tcase_add_test(tcase, one_that_waits_may_be_closed);
    tcase_add_test(tcase, the_firmware_may_close);
    tcase_add_test(tcase, windows_grow_and_do_not_wrap);
    tcase = unit_case(s, "events");
    tcase_add_loop_test(tcase, only_one_channel_for_events_may_be_opened, 0, 3);
    tcase_add_loop_test(tcase, an_event_is_told_when_it_is_whole, 0, 6);
    tcase_add_test(tcase, an_event_too_long_is_told_as_far_as_it_goes);
    return unit_run(s);
}
