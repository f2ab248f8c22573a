/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * APF against each of its public clients, and against what none of them would send. Sections: ME
 * client fact sheet C, H.
 */
#include <string.h>

#include "tests/unit/apf-fixture.h"
#include "tests/unit/unit.h"

#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

static HostChannel *open_one(ApfBench *b, uint16_t port, size_t to_send)
{
    HostChannel *channel = apf_host_channel(&b->host, port, to_send);

    apf_host_open(&b->host, channel);
    apf_bench_run(b);
    return channel;
}

/* ---- start-up ---- */

START_TEST(start_up_is_what_each_client_wants)
{
    static const uint16_t order[] = {16992, 16993, 623};
    g_autoptr(ApfBench) b = apf_bench_up(&(ApfBenchOptions){.kind = _i});

    ck_assert_uint_eq(b->host.versions, 1);
    ck_assert_uint_eq(b->host.services, 1);
    ck_assert_uint_eq(b->host.forwards, UNIT_COUNT(order));
    for (size_t i = 0; i < UNIT_COUNT(order); i++) {
        ck_assert_uint_eq(b->host.ports[i], order[i]); /* C.4 */
        ck_assert(apf_is_forwarded(b->apf, order[i]));
    }
    /* rpc-go's own version, and its echo of ours. */
    ck_assert_uint_eq(apf_stats(b->apf)->ignored, _i == HOST_RPC_GO);
    ck_assert_uint_eq(swme_manual_clock_armed(b->clock), 0); /* nothing happens by itself */
}
END_TEST

/* Traps 1 to 3, byte by byte: the firmware speaks first, once, and of nothing else. */
START_TEST(the_first_messages_byte_by_byte)
{
    g_autoptr(ApfBench) b = apf_bench_new(&(ApfBenchOptions){.address = "pc.example"});
    uint8_t expected[93] = {192, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 254};
    uint8_t theirs[93];
    g_autoptr(GBytes) first = apf_bench_take(b);
    g_autoptr(GBytes) second = NULL;
    g_autoptr(GBytes) third = NULL;
    static const char forward[] = "\120\0\0\0\15tcpip-forward\1\0\0\0\12pc.example\0\0\102\140";

    memcpy(expected + 13, apf_bench_uuid, 16);
    ck_assert_mem_eq(g_bytes_get_data(first, NULL), expected, 93);
    ck_assert_ptr_null(apf_bench_take(b));
    memcpy(theirs, expected, 93);
    apf_bench_inject(b, theirs, 93);
    second = apf_bench_take(b);
    ck_assert_uint_eq(g_bytes_get_size(second), 23);
    ck_assert_mem_eq(g_bytes_get_data(second, NULL), "\5\0\0\0\22pfwd@amt.intel.com", 23);
    ck_assert_ptr_null(apf_bench_take(b));
    apf_bench_inject(b, theirs, 93); /* once more: no answer */
    ck_assert_ptr_null(apf_bench_take(b));
    apf_bench_inject(b, "\6\0\0\0\22pfwd@amt.intel.com", 23);
    third = apf_bench_take(b);
    ck_assert_uint_eq(g_bytes_get_size(third), sizeof(forward) - 1);
    ck_assert_mem_eq(g_bytes_get_data(third, NULL), forward, sizeof(forward) - 1);
    ck_assert_ptr_null(apf_bench_take(b)); /* one at a time */
}
END_TEST

START_TEST(a_refused_forward_does_not_stop_the_others)
{
    g_autoptr(ApfBench) b = apf_bench_new(NULL);

    b->host.refuse = 16992;
    apf_bench_run(b);
    ck_assert_uint_eq(b->host.forwards, 3);
    ck_assert(!apf_is_forwarded(b->apf, 16992));
    ck_assert(apf_is_forwarded(b->apf, 16993));
    ck_assert(apf_is_forwarded(b->apf, 623));
}
END_TEST

START_TEST(ports_come_and_go)
{
    g_autoptr(ApfBench) b = apf_bench_up(NULL);

    ck_assert(swme_services_add(b->services, 16994, echo_service_take, &b->echo));
    apf_bench_run(b);
    ck_assert(apf_is_forwarded(b->apf, 16994));
    swme_services_remove(b->services, 16994);
    apf_bench_run(b);
    ck_assert_uint_eq(b->host.cancels, 1);
    ck_assert(!apf_is_forwarded(b->apf, 16994));
    ck_assert_uint_eq(open_one(b, 16994, 1)->failure, 2);
    /* Gone and back while the host thinks. */
    swme_services_add(b->services, 16995, echo_service_take, &b->echo);
    swme_services_remove(b->services, 16995);
    swme_services_add(b->services, 16995, echo_service_take, &b->echo);
    apf_bench_run(b);
    ck_assert(apf_is_forwarded(b->apf, 16995));
    swme_services_remove(b->services, 16995);
    swme_services_add(b->services, 16995, echo_service_take, &b->echo);
    apf_bench_run(b);
    ck_assert(apf_is_forwarded(b->apf, 16995));
}
END_TEST

static void put_u32(GByteArray *out, uint32_t value)
{
    uint8_t bytes[4];

    swme_put_be32(bytes, value);
    g_byte_array_append(out, bytes, sizeof(bytes));
}

static void put_text(GByteArray *out, const char *text)
{
    put_u32(out, (uint32_t)strlen(text));
    g_byte_array_append(out, (const uint8_t *)text, (guint)strlen(text));
}

static void inject_open(ApfBench *b, const char *originator, uint32_t originator_port)
{
    g_autoptr(GByteArray) open = g_byte_array_append(g_byte_array_new(), (const uint8_t *)"Z", 1);

    put_text(open, "forwarded-tcpip");
    put_u32(open, 7);
    put_u32(open, 4096);
    put_u32(open, 0xffffffff);
    put_text(open, "127.0.0.1");
    put_u32(open, 16992);
    put_text(open, originator);
    put_u32(open, originator_port);
    apf_bench_inject(b, open->data, open->len);
}

static uint8_t next_type(ApfBench *b)
{
    g_autoptr(GBytes) message = NULL;

    while (g_main_context_iteration(NULL, FALSE)) {
    }
    message = apf_bench_take(b);
    return message ? *(const uint8_t *)g_bytes_get_data(message, NULL) : 0;
}

/* Who is at the host's end is what the host says, where that can be: services log it. */
START_TEST(originators_that_are_none)
{
    static const struct {
        const char *address, *told;
        uint32_t port;
        uint16_t told_port;
    } cases[] = {
        {"192.0.2.7", "192.0.2.7", 65535, 65535},
        {"fe80::1", "fe80::1", 65536, 0},
        {"a.name", "", UINT32_MAX, 0},
        {"", "", 1, 1},
        {"0000:0000:0000:0000:0000:ffff:255.255.255.2555", "", 1, 1},
    };

    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        g_autoptr(ApfBench) b = apf_bench_up(NULL);

        inject_open(b, cases[i].address, cases[i].port);
        ck_assert_uint_eq(next_type(b), 91);
        ck_assert_uint_eq(b->echo.connections, 1);
        ck_assert_int_eq(b->echo.last_peer.door, SWME_DOOR_LOCAL);
        ck_assert_str_eq(b->echo.last_peer.address, cases[i].told);
        ck_assert_uint_eq(b->echo.last_peer.port, cases[i].told_port);
    }
}
END_TEST

/* A service that goes between the question and the answer: a refusal as of any closed port. */
START_TEST(a_service_that_goes_in_between)
{
    g_autoptr(ApfBench) b = apf_bench_up(NULL);

    inject_open(b, "127.0.0.1", 40000);
    swme_services_remove(b->services, 16992);
    for (unsigned int i = 0; i < 3; i++) {
        uint8_t type = next_type(b);

        ck_assert_uint_ne(type, 91);
        if (type == 92) {
            break;
        }
        ck_assert_uint_lt(i, 2);
    }
    ck_assert_uint_eq(b->echo.connections, 0);
    ck_assert_uint_eq(apf_channels(b->apf), 0);
}
END_TEST

START_TEST(where_tls_is_enforced_only_its_ports_are_forwarded)
{
    g_autoptr(ApfBench) b = apf_bench_up(&(ApfBenchOptions){.tls_only = true});

    ck_assert_uint_eq(b->host.forwards, 1);
    ck_assert(apf_is_forwarded(b->apf, 16993));
    ck_assert_uint_eq(open_one(b, 16992, 1)->failure, 2);
}
END_TEST

START_TEST(without_services_the_protocol_is_kept)
{
    g_autoptr(ApfBench) b = apf_bench_up(&(ApfBenchOptions){.no_services = true, .kind = _i});

    ck_assert_uint_eq(b->host.forwards, 0);
    ck_assert_uint_eq(open_one(b, 16992, 1)->failure, 2);
    ck_assert_ptr_null(apf_open(b->apf, "192.0.2.1", 162));
}
END_TEST

/* ---- channels ---- */

START_TEST(each_client_gets_its_bytes_back)
{
    g_autoptr(ApfBench) b = apf_bench_up(&(ApfBenchOptions){.kind = _i});
    HostChannel *channel = open_one(b, 16992, _i == HOST_RPC_GO ? 16000 : 100000);

    ck_assert(apf_host_echoed(channel));
    ck_assert_uint_eq(b->echo.connections, 1);
    ck_assert_int_eq(b->echo.last_peer.door, SWME_DOOR_LOCAL);
    ck_assert_str_eq(b->echo.last_peer.address, _i == HOST_RPC_GO ? "::1" : "127.0.0.1");
    if (_i == HOST_RPC_GO) { /* trap 11: it waits for the firmware to close */
        ck_assert_int_eq(channel->state, HOST_OPEN);
        return;
    }
    ck_assert_int_eq(channel->state, HOST_CLOSED);
    ck_assert_uint_eq(apf_channels(b->apf), 0);
    ck_assert_uint_eq(b->echo.open, 0);
    ck_assert_uint_eq(b->echo.broken, 0);
}
END_TEST

/* Rules 3 and 5: one message for the whole request, and the answer counts once CLOSE is there. */
START_TEST(rpc_go_s_request_is_one_message_and_the_close_is_ours)
{
    g_autoptr(ApfBench) b = apf_bench_new(&(ApfBenchOptions){.kind = HOST_RPC_GO});
    HostChannel *channel;

    b->echo.hang_up = true;
    apf_bench_run(b);
    channel = open_one(b, 16992, 2500);
    ck_assert(apf_host_echoed(channel));
    ck_assert_int_eq(channel->state, HOST_CLOSED);
    ck_assert_uint_eq(apf_channels(b->apf), 0);
    ck_assert_uint_eq(swme_manual_clock_armed(b->clock), 0);
}
END_TEST

/* 20 transfers in waves over 8 slots; the ninth open is refused with 4. */
START_TEST(twenty_sessions_share_eight_slots)
{
    g_autoptr(ApfBench) b = apf_bench_up(&(ApfBenchOptions){.kind = _i % 3, .window = 1 + _i});
    unsigned int refused = 0;

    b->host.lazy = _i % 2;
    for (unsigned int i = 0; i < 20; i++) {
        apf_host_open(&b->host, apf_host_channel(&b->host, 16992, 3000 + 211 * i));
        if (b->host.kind == HOST_MESHAGENT) {
            apf_bench_run(b); /* its CLOSE hits channel 0 whichever it means: one at a time */
        }
    }
    for (unsigned int rounds = 0; apf_host_count(&b->host, HOST_CLOSED) < 20; rounds++) {
        ck_assert_uint_lt(rounds, 40);
        apf_bench_run(b);
        for (unsigned int i = 0; i < 20; i++) {
            HostChannel *channel = g_ptr_array_index(b->host.channels, i);

            if (channel->state == HOST_FAILED) {
                ck_assert_uint_eq(channel->failure, 4);
                refused++;
                apf_host_open(&b->host, channel);
            }
        }
    }
    ck_assert((refused > 0) == (b->host.kind != HOST_MESHAGENT));
    for (unsigned int i = 0; i < 20; i++) {
        HostChannel *channel = g_ptr_array_index(b->host.channels, i);

        ck_assert(apf_host_echoed(channel));
        ck_assert_uint_le(channel->max_fw_data, 1 + (unsigned int)_i);
    }
    ck_assert_uint_eq(apf_channels(b->apf), 0);
    ck_assert_uint_eq(b->echo.connections, 20);
    ck_assert_uint_le(b->most, 8);
}
END_TEST

/* The number of slots is a constant of the session: with more, all at once. */
START_TEST(twenty_at_once_where_there_are_twenty_slots)
{
    g_autoptr(ApfBench) b =
        apf_bench_up(&(ApfBenchOptions){.slots = 20, .window = 7, .lazy = true, .capacity = 1});

    for (unsigned int i = 0; i < 20; i++) {
        apf_host_open(&b->host, apf_host_channel(&b->host, 16992, 5000));
    }
    apf_bench_run(b);
    ck_assert_uint_eq(apf_host_count(&b->host, HOST_CLOSED), 20);
    for (unsigned int i = 0; i < 20; i++) {
        ck_assert(apf_host_echoed(g_ptr_array_index(b->host.channels, i)));
    }
}
END_TEST

START_TEST(a_stalled_channel_does_not_hold_up_another)
{
    g_autoptr(ApfBench) b = apf_bench_up(&(ApfBenchOptions){.kind = HOST_LMS8});
    HostChannel *stalled;
    HostChannel *lively;

    b->echo.mute = true;
    stalled = open_one(b, 16992, 50000);
    ck_assert_uint_eq(stalled->sent, 4096); /* the window, and no more */
    b->echo.mute = false;
    lively = open_one(b, 16992, 50000);
    ck_assert(apf_host_echoed(lively));
    ck_assert_uint_eq(stalled->sent, 4096);
}
END_TEST

/* No reader, and a host that ignores windows: bounded, counted, that channel closed. */
START_TEST(far_too_much_data_closes_the_channel)
{
    g_autoptr(ApfBench) b = apf_bench_up(&(ApfBenchOptions){.kind = HOST_RPC_GO});
    HostChannel *channel;

    b->echo.mute = true;
    channel = open_one(b, 16992, 1000000);
    ck_assert_int_eq(channel->state, HOST_CLOSED);
    ck_assert_uint_eq(apf_stats(b->apf)->overruns, 1);
    ck_assert_uint_eq(apf_channels(b->apf), 0);
    ck_assert_int_eq(apf_phase(b->apf), APF_FORWARDING);
}
END_TEST

START_TEST(what_each_open_is_refused_with)
{
    g_autoptr(ApfBench) b = apf_bench_up(NULL);
    static const char wrong[] = "\132\0\0\0\7session\0\0\0\11\0\0\20\0\377\377\377\377\0\0\0\0"
                                "\0\0\102\140\0\0\0\0\0\0\0\1";
    g_autoptr(GBytes) answer = NULL;

    ck_assert_uint_eq(open_one(b, 80, 1)->failure, 2);
    apf_bench_inject(b, wrong, sizeof(wrong) - 1);
    answer = apf_bench_take(b);
    ck_assert_mem_eq(g_bytes_get_data(answer, NULL), "\134\0\0\0\11\0\0\0\3\0\0\0\0\0\0\0\0", 17);
    ck_assert_uint_eq(apf_stats(b->apf)->refused, 2);
}
END_TEST

/* Rule 6 and trap 12. */
START_TEST(messages_for_channels_that_are_not_there_do_nothing)
{
    g_autoptr(ApfBench) b = apf_bench_up(NULL);

    for (uint32_t number = 0; number < 14; number++) {
        apf_bench_inject(b, BYTES(97, 0, 0, 0, (uint8_t)number));
        apf_bench_inject(b, BYTES(93, 0, 0, 0, (uint8_t)number, 0, 0, 1, 0));
        apf_bench_inject(b, BYTES(94, 0, 0, 0, (uint8_t)number, 0, 0, 0, 1, 0x55));
    }
    apf_bench_inject(b, BYTES(97, 0xff, 0xff, 0xff, 0xff));
    ck_assert_ptr_null(apf_bench_take(b));
    ck_assert_uint_eq(apf_stats(b->apf)->ignored, 14 * 3 + 1);
    ck_assert_int_eq(apf_phase(b->apf), APF_FORWARDING);
}
END_TEST

START_TEST(a_close_that_is_never_answered_frees_its_slot_in_time)
{
    g_autoptr(ApfBench) b = apf_bench_up(&(ApfBenchOptions){.kind = HOST_RPC_GO});

    b->echo.hang_up = true;
    b->host.silent_close = true;
    for (unsigned int i = 0; i < 8; i++) {
        HostChannel *channel = open_one(b, 16992, 10);

        ck_assert_int_eq(channel->state, HOST_CLOSED);
    }
    ck_assert_uint_eq(apf_channels(b->apf), 8);
    swme_manual_clock_advance(b->clock, APF_ANSWER_NS - 1);
    ck_assert_uint_eq(apf_channels(b->apf), 8);
    swme_manual_clock_advance(b->clock, 1);
    ck_assert_uint_eq(apf_channels(b->apf), 0);
    ck_assert_uint_eq(swme_manual_clock_armed(b->clock), 0);
    ck_assert_uint_eq(apf_stats(b->apf)->unanswered, 8);
}
END_TEST

/* ---- the other way ---- */

START_TEST(amt_opens_a_channel_and_writes)
{
    g_autoptr(ApfBench) b = apf_bench_up(NULL);
    g_autoptr(GIOStream) stream = apf_open(b->apf, "127.0.0.1", APF_PORT_EVENTS);
    GOutputStream *out = g_io_stream_get_output_stream(stream);
    g_autoptr(GBytes) open = apf_bench_take(b);
    g_autoptr(GBytes) data = NULL;
    g_autoptr(GBytes) close = NULL;
    const uint8_t *at = g_bytes_get_data(open, NULL);
    static const char begin[] = "\132\0\0\0\14direct-tcpip\0\0\0\10\0\0\20\0\377\377\377\377"
                                "\0\0\0\011127.0.0.1\0\0\0\0";

    ck_assert_mem_eq(at, begin, sizeof(begin) - 1);
    ck_assert(!g_pollable_output_stream_is_writable(G_POLLABLE_OUTPUT_STREAM(out)));
    /* LMS: channel 5, window 4. */
    apf_bench_inject(b, BYTES(91, 0, 0, 0, 8, 0, 0, 0, 5, 0, 0, 0, 4, 255, 255, 255, 255));
    ck_assert_int_eq(g_pollable_output_stream_write_nonblocking(G_POLLABLE_OUTPUT_STREAM(out),
                                                                "event", 5, NULL, NULL),
                     4);
    while (g_main_context_iteration(NULL, FALSE)) {
    }
    data = apf_bench_take(b);
    ck_assert_uint_eq(g_bytes_get_size(data), 13);
    ck_assert_mem_eq(g_bytes_get_data(data, NULL), "\136\0\0\0\5\0\0\0\4even", 13);
    g_io_stream_close(stream, NULL, NULL);
    while (g_main_context_iteration(NULL, FALSE)) {
    }
    close = apf_bench_take(b);
    ck_assert_mem_eq(g_bytes_get_data(close, NULL), "\141\0\0\0\5", 5);
    apf_bench_inject(b, BYTES(97, 0, 0, 0, 8));
    ck_assert_uint_eq(apf_channels(b->apf), 0);
}
END_TEST

/* C.6: rpc-go never answers; others refuse. */
START_TEST(an_open_without_an_answer_ends_in_time)
{
    g_autoptr(ApfBench) b = apf_bench_up(&(ApfBenchOptions){.kind = HOST_RPC_GO});
    g_autoptr(GIOStream) stream = apf_open(b->apf, "127.0.0.1", 162);
    g_autoptr(GIOStream) refused = apf_open(b->apf, "127.0.0.1", 163);
    GPollableInputStream *in = G_POLLABLE_INPUT_STREAM(g_io_stream_get_input_stream(stream));
    GPollableInputStream *other = G_POLLABLE_INPUT_STREAM(g_io_stream_get_input_stream(refused));
    g_autoptr(GError) error = NULL;
    char byte;

    apf_bench_run(b);
    ck_assert_uint_eq(b->host.foreign, 2);
    apf_bench_inject(b, BYTES(92, 0, 0, 0, 9, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0));
    ck_assert_int_eq(g_pollable_input_stream_read_nonblocking(other, &byte, 1, NULL, &error), -1);
    ck_assert(g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED));
    g_clear_error(&error);
    ck_assert_int_eq(g_pollable_input_stream_read_nonblocking(in, &byte, 1, NULL, &error), -1);
    ck_assert(g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK));
    g_clear_error(&error);
    swme_manual_clock_advance(b->clock, APF_ANSWER_NS);
    ck_assert_int_eq(g_pollable_input_stream_read_nonblocking(in, &byte, 1, NULL, &error), -1);
    ck_assert(g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED));
    ck_assert_uint_eq(apf_channels(b->apf), 0);
    /* Later still: the host must not keep it. */
    apf_bench_inject(b, BYTES(91, 0, 0, 0, 8, 0, 0, 0, 77, 0, 0, 0, 4, 255, 255, 255, 255));
    {
        g_autoptr(GBytes) close = apf_bench_take(b);

        ck_assert_mem_eq(g_bytes_get_data(close, NULL), "\141\0\0\0\115", 5);
    }
}
END_TEST

START_TEST(own_channels_and_datagrams_are_bounded)
{
    g_autoptr(ApfBench) b = apf_bench_up(&(ApfBenchOptions){.capacity = 1});
    unsigned int channels = 0;
    unsigned int datagrams = 0;
    GIOStream *stream;

    while ((stream = apf_open(b->apf, "192.0.2.1", 80))) {
        g_object_unref(stream);
        channels++;
        ck_assert_uint_lt(channels, 100);
    }
    ck_assert_uint_eq(channels, APF_OWN_SLOTS);
    while (apf_send_datagram(b->apf, "192.0.2.1", 162, 161, "trap", 4)) {
        datagrams++;
        ck_assert_uint_lt(datagrams, 100);
    }
    apf_bench_run(b);
    ck_assert_uint_eq(b->host.datagrams, datagrams);
    ck_assert(apf_send_datagram(b->apf, "192.0.2.1", 162, 161, "trap", 4));
}
END_TEST

/* C.7: MeshAgent answers 82 although nobody asked. */
START_TEST(an_answer_to_a_datagram_is_no_answer_to_a_forward)
{
    g_autoptr(ApfBench) b = apf_bench_up(&(ApfBenchOptions){.kind = HOST_MESHAGENT});

    ck_assert(apf_send_datagram(b->apf, "192.0.2.1", 162, 161, "trap", 4));
    apf_bench_run(b);
    ck_assert_uint_eq(b->host.datagrams, 1);
    ck_assert_uint_eq(apf_stats(b->apf)->ignored, 1);
    ck_assert(apf_is_forwarded(b->apf, 16992));
}
END_TEST

/* ---- the end ---- */

START_TEST(malformed_messages_end_the_session)
{
    static const struct {
        size_t size;
        uint8_t data[24];
    } rows[] = {
        {1, {2}},
        {1, {208}},
        {5, {208, 0, 0, 0, 1}},
        {1, {250}},
        {1, {5}},
        {6, {5, 0, 0, 0, 2, 'a'}},
        {1, {6}},
        {5, {80, 0, 0, 0, 0}},
        {1, {90}},
        {20, {90, 255, 255, 255, 255}},
        {8, {93, 0, 0, 0, 1}},
        {1, {94}},
        {10, {94, 0, 0, 0, 0, 0, 0, 0, 2, 'a'}},
        {4, {97}},
        {9, {94, 0, 0, 0, 0, 255, 255, 255, 255}},
        {8, {92}},
        {16, {91}},
        {5, {192, 0, 0, 0, 1}},
    };
    g_autoptr(ApfBench) b = apf_bench_up(NULL);
    HostChannel *channel;

    b->echo.mute = true;
    channel = open_one(b, 16992, 10);
    ck_assert_int_eq(channel->state, HOST_OPEN);
    apf_bench_inject(b, rows[_i].data, rows[_i].size);
    apf_bench_run(b);
    ck_assert_uint_eq(b->host.disconnects, 1);
    ck_assert_uint_eq(b->host.disconnect_reason, 2);
    ck_assert_uint_eq(apf_stats(b->apf)->malformed, 1);
    ck_assert(b->ended);
    ck_assert_uint_eq(apf_channels(b->apf), 0);
    ck_assert_int_eq(apf_phase(b->apf), APF_ENDED);
    ck_assert(g_pollable_input_stream_is_readable(
        G_POLLABLE_INPUT_STREAM(g_io_stream_get_input_stream(b->echo.last))));
    apf_bench_inject(b, rows[_i].data, rows[_i].size); /* deaf now */
    ck_assert_ptr_null(apf_bench_take(b));
}
END_TEST

START_TEST(an_unknown_service_or_version_is_refused_by_its_reason)
{
    g_autoptr(ApfBench) service = apf_bench_up(NULL);
    g_autoptr(ApfBench) version = apf_bench_new(NULL);
    uint8_t two[93] = {192, 0, 0, 0, 2};

    apf_bench_inject(service, BYTES(5, 0, 0, 0, 1, 'x'));
    apf_bench_run(service);
    ck_assert_uint_eq(service->host.disconnect_reason, 7);
    apf_bench_inject(version, two, sizeof(two));
    apf_bench_run(version);
    ck_assert_uint_eq(version->host.disconnect_reason, 8);
}
END_TEST

/* Trap 14. */
START_TEST(a_disconnect_by_the_host_is_not_answered)
{
    g_autoptr(ApfBench) b = apf_bench_up(NULL);
    HostChannel *channel = apf_host_channel(&b->host, 16992, 20000);

    b->echo.mute = true;
    apf_host_open(&b->host, channel);
    apf_bench_run(b);
    apf_bench_inject(b, BYTES(1, 0, 0, 0, 2, 0, 0));
    apf_bench_run(b);
    ck_assert_uint_eq(b->host.disconnects, 0);
    ck_assert(!b->ended);
    ck_assert_int_eq(apf_phase(b->apf), APF_ENDED);
    ck_assert_uint_eq(apf_channels(b->apf), 0);
    ck_assert_uint_eq(swme_manual_clock_armed(b->clock), 0);
}
END_TEST

/* C.4: LMS looks whether it is there before it means it. */
START_TEST(a_bare_connection_is_harmless)
{
    for (unsigned int i = 0; i < 3; i++) {
        g_autoptr(ApfBench) b = apf_bench_new(&(ApfBenchOptions){.kind = _i});

        for (unsigned int j = 0; j < i; j++) {
            GBytes *message = apf_bench_take(b);

            g_clear_pointer(&message, g_bytes_unref);
        }
    }
}
END_TEST

/* A host that asks and never reads: what waits is bounded, and it is not listened to. */
START_TEST(a_host_that_takes_nothing_is_held_back)
{
    g_autoptr(ApfBench) b = apf_bench_up(&(ApfBenchOptions){.capacity = 2});
    unsigned int taken = 0;

    while (!b->paused) {
        apf_bench_inject(b, BYTES(5, 0, 0, 0, 18, 'p', 'f', 'w', 'd', '@', 'a', 'm', 't', '.', 'i',
                                  'n', 't', 'e', 'l', '.', 'c', 'o', 'm'));
        taken++;
        ck_assert_uint_lt(taken, 100);
    }
    for (unsigned int i = 0; i < taken; i++) {
        g_autoptr(GBytes) message = apf_bench_take(b);

        ck_assert_ptr_nonnull(message);
    }
    ck_assert(!b->paused);
    ck_assert_ptr_null(apf_bench_take(b));
}
END_TEST

START_TEST(freed_in_the_middle_of_transfers_all_streams_end)
{
    g_autoptr(ApfBench) b = apf_bench_up(&(ApfBenchOptions){.kind = HOST_LMS});

    for (unsigned int i = 0; i < 8; i++) {
        HostChannel *channel = apf_host_channel(&b->host, 16992, 1000);

        channel->keep = true;
        apf_host_open(&b->host, channel);
    }
    apf_bench_run(b);
    ck_assert_uint_eq(b->echo.open, 8);
    for (guint i = 0; i < 8; i++) {
        ((HostChannel *)g_ptr_array_index(b->host.channels, i))->to_send += 100000;
    }
    apf_host_send_data(&b->host);
    /* apf_bench_free() looks that each was told. */
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("apf");
    TCase *tcase = unit_case(suite, "apf");

    tcase_add_loop_test(tcase, start_up_is_what_each_client_wants, 0, HOST_COUNT);
    tcase_add_test(tcase, the_first_messages_byte_by_byte);
    tcase_add_test(tcase, a_refused_forward_does_not_stop_the_others);
    tcase_add_test(tcase, ports_come_and_go);
    tcase_add_test(tcase, originators_that_are_none);
    tcase_add_test(tcase, a_service_that_goes_in_between);
    tcase_add_test(tcase, where_tls_is_enforced_only_its_ports_are_forwarded);
    tcase_add_loop_test(tcase, without_services_the_protocol_is_kept, 0, HOST_COUNT);
    tcase_add_loop_test(tcase, each_client_gets_its_bytes_back, 0, HOST_COUNT);
    tcase_add_test(tcase, rpc_go_s_request_is_one_message_and_the_close_is_ours);
    tcase_add_loop_test(tcase, twenty_sessions_share_eight_slots, 0, 16);
    tcase_add_test(tcase, twenty_at_once_where_there_are_twenty_slots);
    tcase_add_test(tcase, a_stalled_channel_does_not_hold_up_another);
    tcase_add_test(tcase, far_too_much_data_closes_the_channel);
    tcase_add_test(tcase, what_each_open_is_refused_with);
    tcase_add_test(tcase, messages_for_channels_that_are_not_there_do_nothing);
    tcase_add_test(tcase, a_close_that_is_never_answered_frees_its_slot_in_time);
    tcase_add_test(tcase, amt_opens_a_channel_and_writes);
    tcase_add_test(tcase, an_open_without_an_answer_ends_in_time);
    tcase_add_test(tcase, own_channels_and_datagrams_are_bounded);
    tcase_add_test(tcase, an_answer_to_a_datagram_is_no_answer_to_a_forward);
    tcase_add_loop_test(tcase, malformed_messages_end_the_session, 0, 18);
    tcase_add_test(tcase, an_unknown_service_or_version_is_refused_by_its_reason);
    tcase_add_test(tcase, a_disconnect_by_the_host_is_not_answered);
    tcase_add_loop_test(tcase, a_bare_connection_is_harmless, 0, HOST_COUNT);
    tcase_add_test(tcase, a_host_that_takes_nothing_is_held_back);
    tcase_add_test(tcase, freed_in_the_middle_of_transfers_all_streams_end);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
