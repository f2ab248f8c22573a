/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LME: APF on the bus, with its credits, its limit, resets and restores. */
#include <string.h>

#include "firmware-sim/bus/bus.h"
#include "firmware-sim/amt/amt-state.h"
#include "tests/unit/apf-host.h"
#include "tests/unit/bench.h"
#include "tests/unit/unit.h"

#define HOST_ADDRESS 1

typedef struct LmeBench {
    SwmeServices *services;
    EchoService echo;
    Bench *bench;
    BenchClient client;
    ApfHost host;
    GQueue to_firmware; /* GBytes that wait for a credit */
    GByteArray *rx;     /* fragments */
    unsigned int credits;
    unsigned int reads; /* credits that we gave and that are not used */
    bool deaf;          /* gives no credit */
    bool disconnected;  /* by the firmware */
} LmeBench;

static void host_sends(void *opaque, const void *data, size_t size)
{
    g_queue_push_tail(&((LmeBench *)opaque)->to_firmware, g_bytes_new(data, size));
}

static void lme_connect(LmeBench *b, ApfHostKind kind)
{
    apf_host_init(&b->host, kind, b->client.max_length, host_sends, b);
    bench_connect(b->bench, b->client.address, HOST_ADDRESS);
    g_byte_array_set_size(b->rx, 0);
    b->credits = 1;
    b->reads = 0;
    b->disconnected = false;
    apf_host_connected(&b->host);
}

static LmeBench *lme_bench_new(const BenchOptions *options)
{
    LmeBench *b = g_new0(LmeBench, 1);
    BenchOptions with = options ? *options : (BenchOptions){0};

    b->rx = g_byte_array_new();
    b->services = swme_services_new();
    swme_services_add(b->services, 16992, echo_service_take, &b->echo);
    swme_services_add(b->services, 16993, echo_service_take, &b->echo);
    with.services = b->services;
    b->bench = bench_up(&with);
    b->client = bench_find(b->bench, GUID_TEXT_LME);
    return b;
}

static void lme_disconnected(LmeBench *b)
{
    g_queue_clear_full(&b->to_firmware, (GDestroyNotify)g_bytes_unref);
    apf_host_clear(&b->host);
}

static void iterate(void)
{
    while (g_main_context_iteration(NULL, FALSE)) {
    }
}

static void lme_bench_free(LmeBench *b)
{
    lme_disconnected(b);
    bench_free(b->bench);
    g_clear_object(&b->echo.last);
    iterate();
    ck_assert_uint_eq(b->echo.open, 0);
    swme_services_free(b->services);
    g_byte_array_unref(b->rx);
    g_free(b);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LmeBench, lme_bench_free)

/* One packet: a host bus message, or a fragment of one to the host. */
static bool take(LmeBench *b)
{
    g_autoptr(GBytes) packet = fake_device_take(&b->bench->device);
    gsize size;
    const uint8_t *data;
    uint32_t header;

    if (!packet) {
        return false;
    }
    data = g_bytes_get_data(packet, &size);
    header = swme_get_le32(data);
    bench_ring(b->bench);
    if (MEI_HDR_ME_ADDR(header) == 0) {
        b->credits += data[MEI_HEADER_SIZE] == HBM_FLOW_CONTROL;
        b->disconnected |= data[MEI_HEADER_SIZE] == HBM_DISCONNECT;
        return true;
    }
    ck_assert_uint_eq(MEI_HDR_ME_ADDR(header), b->client.address);
    g_byte_array_append(b->rx, data + MEI_HEADER_SIZE, MEI_HDR_LENGTH(header));
    if (header & MEI_HDR_COMPLETE) {
        b->reads--;
        apf_host_message(&b->host, b->rx->data, b->rx->len);
        g_byte_array_set_size(b->rx, 0);
    }
    return true;
}

/* As long as anything moves without time that the test moves. */
static void run(LmeBench *b)
{
    bool again;

    do {
        g_autoptr(GBytes) next = NULL;

        again = g_main_context_iteration(NULL, FALSE);
        fake_clock_settle(b->bench->clock);
        again |= take(b);
        if (!b->disconnected && b->reads == 0 && !b->deaf) {
            b->reads++;
            bench_grant(b->bench, b->client.address, HOST_ADDRESS);
            again = true;
        }
        if (!b->disconnected && b->credits && (next = g_queue_pop_head(&b->to_firmware))) {
            b->credits--;
            bench_message(b->bench, b->client.address, HOST_ADDRESS, g_bytes_get_data(next, NULL),
                          g_bytes_get_size(next));
            again = true;
        }
        again |= apf_host_send_data(&b->host);
    } while (again);
}

static HostChannel *open_one(LmeBench *b, size_t to_send)
{
    HostChannel *channel = apf_host_channel(&b->host, 16992, to_send);

    apf_host_open(&b->host, channel);
    run(b);
    return channel;
}

START_TEST(each_client_s_transfer_over_the_bus)
{
    static const char *const platforms[] = {"ibxpk-1", "lpt-h", "spt-h", "tgp-lp", "mtl-m"};
    static const char *const latencies[] = {"0", NULL};

    for (size_t p = 0; p < UNIT_COUNT(platforms); p++) {
        for (size_t l = 0; l < UNIT_COUNT(latencies); l++) {
            g_autoptr(LmeBench) b =
                lme_bench_new(&(BenchOptions){.platform = platforms[p], .latency = latencies[l]});
            HostChannel *channel;

            lme_connect(b, _i);
            run(b);
            ck_assert_uint_eq(b->host.forwards, 2);
            channel = open_one(b, 16000);
            ck_assert_msg(apf_host_echoed(channel), "%s: %u of %zu", platforms[p],
                          channel->got->len, channel->to_send);
        }
    }
}
END_TEST

START_TEST(twenty_sessions_with_a_window_of_seven)
{
    g_autoptr(LmeBench) b = lme_bench_new(NULL);

    lme_connect(b, HOST_LMS);
    b->host.window = 7;
    b->host.lazy = true;
    run(b);
    for (unsigned int i = 0; i < 20; i++) {
        apf_host_open(&b->host, apf_host_channel(&b->host, 16992, 900 + i));
    }
    for (unsigned int rounds = 0; apf_host_count(&b->host, HOST_CLOSED) < 20; rounds++) {
        ck_assert_uint_lt(rounds, 20);
        run(b);
        for (unsigned int i = 0; i < 20; i++) {
            HostChannel *channel = g_ptr_array_index(b->host.channels, i);

            if (channel->state == HOST_FAILED) {
                ck_assert_uint_eq(channel->failure, 4);
                apf_host_open(&b->host, channel);
            }
        }
    }
    for (unsigned int i = 0; i < 20; i++) {
        ck_assert(apf_host_echoed(g_ptr_array_index(b->host.channels, i)));
    }
    ck_assert_uint_gt(b->host.failures, 0);
}
END_TEST

/* A driver whose reader never reads: the queue never fills, the connection stays. */
START_TEST(a_host_that_reads_nothing_loses_nothing)
{
    g_autoptr(LmeBench) b = lme_bench_new(NULL);
    HostChannel *channel;

    lme_connect(b, HOST_LMS8);
    run(b);
    channel = apf_host_channel(&b->host, 16992, 60000);
    b->host.window = 1000000;
    apf_host_open(&b->host, channel);
    run(b);
    ck_assert(apf_host_echoed(channel));
    channel = apf_host_channel(&b->host, 16992, 60000);
    apf_host_open(&b->host, channel);
    b->deaf = true;
    run(b);
    b->deaf = false;
    run(b);
    ck_assert(!b->disconnected);
    ck_assert(apf_host_echoed(channel));
    ck_assert_uint_eq(swme_firmware_stats(b->bench->firmware)->replies_dropped, 0);
}
END_TEST

START_TEST(a_protocol_error_ends_the_connection_behind_its_disconnect)
{
    g_autoptr(LmeBench) b = lme_bench_new(NULL);
    uint8_t message[MEI_PACKET_MAX];

    lme_connect(b, HOST_LMS);
    run(b);
    host_sends(b, "\2", 1);
    run(b);
    ck_assert_uint_eq(b->host.disconnects, 1);
    ck_assert_uint_eq(b->host.disconnect_reason, 2);
    ck_assert(b->disconnected);
    bench_hbm(b->bench, BYTES(0x87, b->client.address, HOST_ADDRESS, 0));
    ck_assert_uint_eq(bench_take_hbm(b->bench, message), 0);
    lme_disconnected(b);
    lme_connect(b, HOST_LMS); /* and all is well again */
    run(b);
    ck_assert(apf_host_echoed(open_one(b, 3000)));
}
END_TEST

/* Firmware resets, link resets and power cycles under load: streams end, and all works again. */
START_TEST(resets_under_load_end_sessions_cleanly)
{
    g_autoptr(LmeBench) b = lme_bench_new(NULL);

    for (unsigned int round = 0; round < 12; round++) {
        unsigned int connections = b->echo.connections;

        lme_connect(b, round % HOST_COUNT);
        run(b);
        for (unsigned int i = 0; i < 8; i++) {
            HostChannel *channel = apf_host_channel(&b->host, 16992, 1000);

            channel->keep = true;
            apf_host_open(&b->host, channel);
        }
        run(b);
        ck_assert_uint_eq(b->echo.connections, connections + 8);
        ck_assert_uint_eq(b->echo.open, 8);
        for (unsigned int i = 0; i < 8; i++) {
            ((HostChannel *)g_ptr_array_index(b->host.channels, i))->to_send += 3000;
        }
        b->deaf = true;
        run(b); /* the answers are under way */
        b->deaf = false;
        if (round % 3 == 0) {
            swme_firmware_reset(b->bench->firmware);
            bench_host_reset(b->bench);
        } else if (round % 3 == 1) {
            bench_host_reset(b->bench);
        } else {
            bench_power_on(b->bench);
            bench_host_reset(b->bench);
        }
        iterate();
        ck_assert_uint_eq(b->echo.open, 0); /* the service heard of each */
        lme_disconnected(b);
        bench_start(b->bench);
        b->client = bench_find(b->bench, GUID_TEXT_LME);
    }
    lme_connect(b, HOST_MESHAGENT);
    run(b);
    ck_assert(apf_host_echoed(open_one(b, 5000)));
}
END_TEST

START_TEST(the_host_s_disconnect_ends_the_streams)
{
    g_autoptr(LmeBench) b = lme_bench_new(NULL);
    HostChannel *channel;

    lme_connect(b, HOST_LMS8);
    run(b);
    channel = apf_host_channel(&b->host, 16992, 100);
    channel->keep = true;
    apf_host_open(&b->host, channel);
    run(b);
    ck_assert_uint_eq(b->echo.open, 1);
    fake_device_drop_all(&b->bench->device);
    bench_hbm(b->bench, BYTES(0x07, b->client.address, HOST_ADDRESS, 0));
    bench_expect_hbm(b->bench, BYTES(0x87, b->client.address, HOST_ADDRESS, 0));
    iterate();
    ck_assert_uint_eq(b->echo.open, 0);
    lme_disconnected(b);
    lme_connect(b, HOST_LMS8);
    run(b);
    ck_assert(apf_host_echoed(open_one(b, 100)));
}
END_TEST

/* What channels carry lies in services that no snapshot has: the connection ends, as after a power
 * event, and the host makes another. */
START_TEST(a_restore_ends_the_connection)
{
    g_autoptr(LmeBench) b = lme_bench_new(NULL);
    g_autoptr(GBytes) saved = NULL;
    g_autoptr(GError) error = NULL;
    HostChannel *channel;
    gsize size;
    const void *data;

    lme_connect(b, HOST_LMS);
    run(b);
    channel = apf_host_channel(&b->host, 16992, 1000);
    channel->keep = true;
    apf_host_open(&b->host, channel);
    run(b);
    saved = swme_firmware_save(b->bench->firmware);
    data = g_bytes_get_data(saved, &size);
    ck_assert_msg(swme_firmware_load(b->bench->firmware, data, size, &error), "%s",
                  error ? error->message : "");
    iterate();
    ck_assert_uint_eq(b->echo.open, 0);
    fake_clock_settle(b->bench->clock);
    bench_expect_hbm(b->bench, BYTES(0x07, b->client.address, HOST_ADDRESS, 0));
    bench_hbm(b->bench, BYTES(0x87, b->client.address, HOST_ADDRESS, 0));
    bench_expect_nothing(b->bench);
    lme_disconnected(b);
    lme_connect(b, HOST_LMS);
    run(b);
    ck_assert(apf_host_echoed(open_one(b, 5000)));
}
END_TEST

/* A host that asks and does not read gets no credit for more; once it reads it gets each answer. */
START_TEST(a_host_that_only_asks_is_held_back)
{
    g_autoptr(LmeBench) b = lme_bench_new(NULL);

    lme_connect(b, HOST_LMS);
    run(b);
    b->deaf = true;
    for (unsigned int i = 0; i < 100; i++) {
        apf_host_open(&b->host, apf_host_channel(&b->host, 80, 0)); /* nobody's */
    }
    run(b);
    ck_assert_uint_gt(b->to_firmware.length, 50);
    ck_assert_uint_eq(b->credits, 0);
    b->deaf = false;
    run(b);
    ck_assert_uint_eq(b->to_firmware.length, 0);
    ck_assert_uint_eq(b->host.failures, 100);
    ck_assert(!b->disconnected);
}
END_TEST

/* AMT's own connections to the host go by a session that stands, the lowest one's. */
START_TEST(amt_reaches_programs_on_the_host)
{
    g_autoptr(LmeBench) b = lme_bench_new(NULL);
    g_autoptr(GIOStream) none = swme_firmware_open_host(b->bench->firmware, 16992);
    g_autoptr(GIOStream) early = NULL;
    g_autoptr(GIOStream) stream = NULL;
    g_autoptr(GIOStream) late = NULL;

    ck_assert_ptr_null(none);
    bench_connect(b->bench, b->client.address, 5); /* somebody who never says a word of APF */
    early = swme_firmware_open_host(b->bench->firmware, 16992);
    ck_assert_ptr_null(early);
    lme_connect(b, HOST_LMS);
    run(b);
    stream = swme_firmware_open_host(b->bench->firmware, 16992);
    ck_assert_ptr_nonnull(stream);
    run(b);
    ck_assert_uint_eq(b->host.foreign, 1);
    g_io_stream_close(stream, NULL, NULL);
    bench_hbm(b->bench, BYTES(0x07, b->client.address, HOST_ADDRESS, 0));
    late = swme_firmware_open_host(b->bench->firmware, 16992);
    ck_assert_ptr_null(late);
}
END_TEST

static void record(void *opaque, const SwmeTrace *trace)
{
    static const char begin[] = "\x50\0\0\0\15tcpip-forward\1";
    GString *names = opaque;

    if (trace->kind == SWME_TRACE_MESSAGE_OUT && trace->size > sizeof(begin) + 3 &&
        memcmp(trace->data, begin, sizeof(begin) - 1) == 0) {
        const uint8_t *name = trace->data + sizeof(begin) - 1;

        g_string_append_printf(names, "<%.*s>", (int)name[3], (const char *)name + 4);
    }
}

/* What LMS would take for "any address" is no name of this host's. */
START_TEST(the_name_that_forwards_have)
{
    static const struct {
        const char *fqdn, *told;
    } cases[] = {{"pc.test", "<pc.test><pc.test>"}, {"0.0.0.0", "<><>"}, {"::", "<><>"}};

    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        g_autoptr(LmeBench) b = lme_bench_new(NULL);
        AmtState *amt = swme_firmware_amt(b->bench->firmware);
        AmtHost host = amt_state_data(amt)->host;
        g_autoptr(GString) names = g_string_new(NULL);

        g_strlcpy(host.fqdn, cases[i].fqdn, sizeof(host.fqdn));
        amt_state_set_host(amt, &host);
        swme_firmware_set_trace(b->bench->firmware, record, names);
        lme_connect(b, HOST_LMS);
        run(b);
        ck_assert_str_eq(names->str, cases[i].told);
    }
}
END_TEST

START_TEST(without_services_the_connection_is_there_all_the_same)
{
    g_autoptr(Bench) bench = bench_up(NULL);
    BenchClient lme = bench_open(bench, GUID_TEXT_LME, 1);
    g_autoptr(GByteArray) first = NULL;

    bench_grant(bench, lme.address, 1);
    first = bench_take_message(bench, lme.address, 1);
    ck_assert_uint_eq(first->len, 93);
    ck_assert_mem_eq(first->data + 13, bench_uuid, 16);
    bench_check_alive(bench);
}
END_TEST

START_TEST(as_many_connections_as_it_says)
{
    g_autoptr(Bench) bench = bench_up(&(BenchOptions){.platform = _i ? "spt-h" : "lpt-h"});
    BenchClient lme = bench_find(bench, GUID_TEXT_LME);

    for (unsigned int host = 1; host <= lme.max_connections; host++) {
        bench_connect(bench, lme.address, (uint8_t)host);
    }
    bench_hbm(bench, BYTES(0x06, lme.address, 100, 0));
    bench_expect_hbm(bench, BYTES(0x86, lme.address, 100, HBM_STATUS_REJECTED));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("client-lme");
    TCase *tcase = unit_case(suite, "lme");

    tcase_add_loop_test(tcase, each_client_s_transfer_over_the_bus, 0, HOST_COUNT);
    tcase_add_test(tcase, twenty_sessions_with_a_window_of_seven);
    tcase_add_test(tcase, a_host_that_reads_nothing_loses_nothing);
    tcase_add_test(tcase, a_protocol_error_ends_the_connection_behind_its_disconnect);
    tcase_add_test(tcase, resets_under_load_end_sessions_cleanly);
    tcase_add_test(tcase, the_host_s_disconnect_ends_the_streams);
    tcase_add_test(tcase, a_restore_ends_the_connection);
    tcase_add_test(tcase, a_host_that_only_asks_is_held_back);
    tcase_add_test(tcase, amt_reaches_programs_on_the_host);
    tcase_add_test(tcase, the_name_that_forwards_have);
    tcase_add_test(tcase, without_services_the_connection_is_there_all_the_same);
    tcase_add_loop_test(tcase, as_many_connections_as_it_says, 0, 2);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
