/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Flow control, fragments, back-pressure, interrupts and time, on the echo client and others.
 * Section and trap numbers are those of the HECI/HBM fact sheet.
 */
#include <string.h>

#include "tests/unit/bench.h"
#include "tests/unit/session.h"
#include "tests/unit/unit.h"

static const uint8_t amthi_state[] = {1, 1, 0, 0, 0x11, 0, 0, 4, 0, 0, 0, 0};
static const uint8_t mkhi_version[] = {0xff, 2, 0, 0};

static const SwmeFirmwareStats *stats(const Bench *bench)
{
    return swme_firmware_stats(bench->firmware);
}

static int64_t now(const Bench *bench)
{
    SwmeClock *clock = swme_manual_clock(bench->clock);

    return clock->now(clock);
}

static void expect_credit(Bench *b, uint8_t me, uint8_t host)
{
    bench_expect_hbm(b, BYTES(0x08, me, host, 0, 0, 0, 0, 0));
}

static size_t saved_size(Bench *b)
{
    g_autoptr(GBytes) bytes = swme_firmware_save(b->firmware);

    return g_bytes_get_size(bytes);
}

static uint8_t *pattern(size_t size, unsigned int seed)
{
    uint8_t *data = g_malloc(size ? size : 1);

    for (size_t i = 0; i < size; i++) {
        data[i] = (uint8_t)(seed + i * 7 + (i >> 8));
    }
    return data;
}

/* A platform of the test's own: like the default one, with these depths. */
static const SwmePlatform *with_depths(uint8_t h_depth, uint8_t me_depth)
{
    static SwmePlatform table;

    table = swme_platforms[0];
    table.name = "test-depths";
    table.h_depth = h_depth;
    table.me_depth = me_depth;
    return &table;
}

/* --- messages and credits --- */

START_TEST(every_length_comes_back_as_it_went)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.latency = "0"});
    BenchClient echo = bench_open(b, GUID_TEXT_ECHO, 1);

    for (size_t size = 0; size <= echo.max_length; size += size < 1100 ? 1 : 97) {
        g_autofree uint8_t *data = pattern(size, (unsigned int)size);

        bench_grant(b, echo.address, 1);
        bench_message(b, echo.address, 1, data, size);
        bench_expect_message(b, echo.address, 1, data, size);
        expect_credit(b, echo.address, 1);
        bench_expect_nothing(b);
    }
    ck_assert_uint_eq(stats(b)->no_credit, 0);
    ck_assert_uint_eq(stats(b)->too_long, 0);
}
END_TEST

START_TEST(one_credit_is_one_message_however_many_packets)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient echo = bench_open(b, GUID_TEXT_ECHO, 1);
    g_autofree uint8_t *data = pattern(echo.max_length, 1);

    ck_assert_uint_gt(echo.max_length, 511);
    for (unsigned int i = 0; i < 3; i++) {
        bench_message(b, echo.address, 1, data, echo.max_length);
        bench_expect_nothing(b); /* no credit, not one fragment */
        bench_grant(b, echo.address, 1);
        bench_expect_message(b, echo.address, 1, data, echo.max_length);
        expect_credit(b, echo.address, 1); /* one of the host's was used, one comes back */
        bench_expect_nothing(b);
    }
}
END_TEST

/* Any split of one message into packets is the same message, zero-length ones included. */
START_TEST(the_hosts_fragments_may_have_any_size)
{
    static const uint8_t sizes[] = {1, 0, 3, 4, 5, 0, 255, 1};
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient echo = bench_open(b, GUID_TEXT_ECHO, 1);
    g_autofree uint8_t *data = pattern(269, 9);
    size_t sent = 0;

    for (unsigned int i = 0; i < G_N_ELEMENTS(sizes); i++) {
        bool last = i + 1 == G_N_ELEMENTS(sizes);

        bench_put(b, mei_hdr(echo.address, 1, sizes[i], last), data + sent, sizes[i]);
        bench_ring(b);
        sent += sizes[i];
    }
    bench_grant(b, echo.address, 1);
    bench_expect_message(b, echo.address, 1, data, sent);
}
END_TEST

/* 7.3: packets of different connections may interleave. */
START_TEST(two_messages_in_fragments_interleaved_do_not_mix)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient echo = bench_open(b, GUID_TEXT_ECHO, 1);
    g_autofree uint8_t *one = pattern(900, 3);
    g_autofree uint8_t *two = pattern(900, 77);

    if (echo.max_connections < 2) {
        return;
    }
    bench_connect(b, echo.address, 2);
    for (unsigned int i = 0; i < 3; i++) {
        bench_put(b, mei_hdr(echo.address, 1, 300, i == 2), one + 300 * i, 300);
        bench_ring(b);
        bench_put(b, mei_hdr(echo.address, 2, 300, i == 2), two + 300 * i, 300);
        bench_ring(b);
    }
    bench_grant(b, echo.address, 2);
    bench_expect_message(b, echo.address, 2, two, 900);
    expect_credit(b, echo.address, 2);
    bench_grant(b, echo.address, 1);
    bench_expect_message(b, echo.address, 1, one, 900);
}
END_TEST

START_TEST(fragments_fit_the_ring_at_every_depth_that_holds_an_enumeration)
{
    static const uint8_t depths[] = {16, 32, 64, 128};

    for (unsigned int h = 0; h < G_N_ELEMENTS(depths); h++) {
        for (unsigned int m = 0; m < G_N_ELEMENTS(depths); m++) {
            g_autoptr(Bench) b =
                bench_up(&(BenchOptions){.table = with_depths(depths[h], depths[m])});
            BenchClient echo = bench_open(b, GUID_TEXT_ECHO, 1);
            g_autofree uint8_t *data = pattern(echo.max_length, h * 16 + m);

            bench_grant(b, echo.address, 1);
            bench_message(b, echo.address, 1, data, echo.max_length);
            bench_expect_message(b, echo.address, 1, data, echo.max_length);
            expect_credit(b, echo.address, 1);
            bench_expect_nothing(b);
            ck_assert_uint_eq(b->device.never_fits, 0);
            ck_assert_uint_eq(swme_manual_clock_armed(b->clock), 0);
        }
    }
}
END_TEST

/* An ENUM answer takes 10 slots: it never fits. The firmware must not spin, grow or die of it. */
START_TEST(a_ring_too_small_for_host_bus_messages_hurts_nobody)
{
    static const uint8_t depths[] = {2, 4, 8};

    for (unsigned int i = 0; i < G_N_ELEMENTS(depths); i++) {
        g_autoptr(Bench) b = bench_up(&(BenchOptions){.table = with_depths(128, depths[i])});
        size_t size = 0;

        for (unsigned int round = 0; round < 300; round++) {
            uint64_t calls = b->device.calls;

            /* Not draining the host's ring is one way to bear it. */
            fake_device_put(&b->device, mei_hdr(0, 0, 4, true), BYTES(0x04, 3, 0, 0));
            bench_ring(b);
            ck_assert_uint_lt(b->device.calls - calls, 50);
            if (round == 100) {
                size = saved_size(b);
            }
        }
        ck_assert_uint_le(saved_size(b), size);
        bench_host_reset(b);
        bench_start(b);
    }
}
END_TEST

/* --- sharing the ring --- */

/* Both have a long answer; the ring takes one or two packets at a time. */
START_TEST(two_connections_share_the_ring_fairly)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient echo = bench_open(b, GUID_TEXT_ECHO, 1);
    size_t length = MIN(echo.max_length, 4096);
    g_autofree uint8_t *data = pattern(length, 5);
    unsigned int packets[3] = {0};
    unsigned int lead = 0;

    ck_assert_uint_ge(echo.max_connections, 2);
    bench_connect(b, echo.address, 2);
    bench_message(b, echo.address, 1, data, length);
    bench_message(b, echo.address, 2, data, length);
    bench_put(b, mei_hdr(0, 0, 8, true), BYTES(0x08, echo.address, 1, 0, 0, 0, 0, 0));
    bench_put(b, mei_hdr(0, 0, 8, true), BYTES(0x08, echo.address, 2, 0, 0, 0, 0, 0));
    bench_ring(b);
    for (;;) {
        g_autoptr(GBytes) bytes = fake_device_take(&b->device);
        const uint8_t *packet = bytes ? g_bytes_get_data(bytes, NULL) : NULL;

        if (!packet) {
            break;
        }
        if (packet[0] != 0) {
            packets[packet[1]]++;
            lead = MAX(lead, (unsigned int)ABS((int)packets[1] - (int)packets[2]));
        }
        bench_ring(b);
    }
    ck_assert_uint_eq(packets[1], packets[2]);
    ck_assert_uint_ge(packets[1], 2);
    ck_assert_uint_le(lead, 2);
}
END_TEST

/* A host bus answer does not queue behind a long message. */
START_TEST(host_bus_answers_are_not_starved_by_data)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient echo = bench_open(b, GUID_TEXT_ECHO, 1);
    g_autofree uint8_t *data = pattern(echo.max_length, 5);
    unsigned int before = 0;

    bench_grant(b, echo.address, 1);
    bench_message(b, echo.address, 1, data, echo.max_length);
    bench_hbm(b, BYTES(0x05, 7, 0, 0));
    for (;;) {
        g_autoptr(GBytes) bytes = fake_device_take(&b->device);

        ck_assert(bytes != NULL);
        if (((const uint8_t *)g_bytes_get_data(bytes, NULL))[0] == 0) {
            break;
        }
        before++;
        bench_ring(b);
    }
    ck_assert_uint_le(before, 3);
}
END_TEST

/* --- too much --- */

START_TEST(the_longest_message_passes_and_one_byte_more_closes)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient echo = bench_open(b, GUID_TEXT_ECHO, 1);
    g_autofree uint8_t *data = pattern(echo.max_length + 1, 5);

    bench_grant(b, echo.address, 1);
    bench_message(b, echo.address, 1, data, echo.max_length);
    bench_expect_message(b, echo.address, 1, data, echo.max_length);
    expect_credit(b, echo.address, 1);
    bench_grant(b, echo.address, 1);
    bench_message(b, echo.address, 1, data, echo.max_length + 1);
    bench_expect_hbm(b, BYTES(0x07, echo.address, 1, 0));
    bench_expect_nothing(b);
    ck_assert_uint_eq(stats(b)->too_long, 1);
    ck_assert_uint_eq(stats(b)->messages_in, 1);
    bench_hbm(b, BYTES(0x87, echo.address, 1, 0));
    bench_connect(b, echo.address, 1);
}
END_TEST

/* 7.6: a fixed client has no connection to close; the message is dropped and nothing is left. */
START_TEST(a_fixed_clients_too_long_message_is_dropped)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient mkhi = bench_find(b, GUID_TEXT_MKHI_FIXED);
    g_autofree uint8_t *data = g_malloc0(mkhi.max_length + 1);

    memcpy(data, mkhi_version, 4);
    bench_message(b, 7, 0, data, mkhi.max_length + 1);
    bench_expect_nothing(b);
    ck_assert_uint_eq(stats(b)->too_long, 1);
    bench_data(b, 7, 0, mkhi_version, 4);
    g_byte_array_unref(bench_take_message(b, 7, 0));
    bench_expect_nothing(b);
}
END_TEST

/* Fragments without end: no more is kept than the client's longest message. */
START_TEST(an_endless_message_is_cut_off)
{
    g_autoptr(Bench) b = bench_up(NULL);
    uint8_t part[500] = {0xff, 2};
    size_t begun = saved_size(b);
    size_t most = 0;

    for (unsigned int i = 0; i < 1000; i++) {
        bench_put(b, mei_hdr(7, 0, sizeof(part), false), part, sizeof(part));
        bench_ring(b);
        most = MAX(most, saved_size(b));
    }
    bench_expect_nothing(b);
    ck_assert_uint_lt(most, begun + 8192);
    ck_assert_uint_ge(stats(b)->too_long, 1);
    bench_check_alive(b);
}
END_TEST

START_TEST(data_without_credit_closes_the_connection)
{
    static const char *const guids[] = {GUID_TEXT_MKHI, GUID_TEXT_AMTHI, GUID_TEXT_ECHO};

    for (unsigned int i = 0; i < G_N_ELEMENTS(guids); i++) {
        g_autoptr(Bench) b = bench_up(NULL);
        BenchClient client = bench_open(b, guids[i], 1);

        bench_data(b, client.address, 1, amthi_state, sizeof(amthi_state));
        bench_expect_nothing(b);
        bench_data(b, client.address, 1, amthi_state, sizeof(amthi_state));
        bench_expect_hbm(b, BYTES(0x07, client.address, 1, 0));
        bench_expect_nothing(b);
        ck_assert_uint_eq(stats(b)->no_credit, 1);
        ck_assert_uint_eq(stats(b)->messages_in, 1);
    }
}
END_TEST

/* Bug class 10. The host asks and asks, and reads nothing. _i: asks a fixed client, the bus, both.
 */
START_TEST(a_host_that_never_reads_makes_nothing_grow)
{
    g_autoptr(Bench) b = bench_up(NULL);
    size_t size = 0;
    unsigned int left;

    for (unsigned int i = 0; i < 20000; i++) {
        uint64_t calls = b->device.calls;

        /* With no room on its own ring the host has to wait, as real ones do. */
        if (_i != 1) {
            fake_device_put(&b->device, mei_hdr(7, 0, 4, true), mkhi_version, 4);
        }
        if (_i != 0) {
            fake_device_put(&b->device, mei_hdr(0, 0, 4, true), BYTES(0x05, 7, 0, 0));
        }
        bench_ring(b);
        ck_assert_uint_lt(b->device.calls - calls, 100);
        if (i == 2000) {
            size = saved_size(b);
        }
    }
    ck_assert_uint_le(saved_size(b), size);
    ck_assert_uint_lt(size, 256 * 1024);
    ck_assert_uint_eq(swme_manual_clock_armed(b->clock), 0);
    /* It reads again: what was kept comes, in whole packets, and then the link works. */
    left = 0;
    while (fake_device_drop_all(&b->device)) {
        ck_assert_uint_lt(++left, 10000);
        bench_ring(b);
    }
    bench_check_alive(b);
}
END_TEST

/* --- interrupts --- */

START_TEST(trap19_drain_and_answer_in_one_interrupt)
{
    g_autoptr(Bench) b = bench_up(NULL);
    unsigned int interrupts = b->device.interrupts;

    for (unsigned int i = 0; i < 5; i++) {
        bench_put(b, mei_hdr(7, 0, 4, true), mkhi_version, 4);
    }
    bench_put(b, mei_hdr(0, 0, 4, true), BYTES(0x05, 7, 0, 0));
    bench_ring(b);
    ck_assert_uint_eq(b->device.interrupts, interrupts + 1);
    ck_assert(!b->device.unannounced); /* trap 20: nothing taken or sent after it */
    ck_assert_uint_eq(b->device.to_firmware.length, 0);
    ck_assert_uint_eq(b->device.from_firmware.length, 6);
}
END_TEST

/* Trap 3: what needs no answer is announced too, once it is drained. */
START_TEST(trap03_drain_alone_interrupts)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient amthi = bench_open(b, GUID_TEXT_AMTHI, 1);
    unsigned int interrupts = b->device.interrupts;

    bench_grant(b, amthi.address, 1);
    ck_assert_uint_eq(b->device.interrupts, interrupts + 1);
    bench_put(b, mei_hdr(amthi.address, 1, 4, false), amthi_state, 4);
    bench_ring(b);
    ck_assert_uint_eq(b->device.interrupts, interrupts + 2);
    bench_hbm(b, BYTES(0xee, 0, 0, 0)); /* even what is ignored */
    ck_assert_uint_eq(b->device.interrupts, interrupts + 3);
    bench_expect_nothing(b);
}
END_TEST

START_TEST(trap29_no_interrupt_when_nothing_happened)
{
    g_autoptr(Bench) b = bench_up(NULL);
    unsigned int interrupts = b->device.interrupts;

    for (unsigned int i = 0; i < 1000; i++) {
        bench_ring(b);
    }
    ck_assert_uint_eq(b->device.interrupts, interrupts);
    ck_assert_uint_eq(swme_manual_clock_armed(b->clock), 0);
}
END_TEST

/* A full ring: one interrupt for each time something more went out. */
START_TEST(room_on_the_ring_resumes_what_waited)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient echo = bench_open(b, GUID_TEXT_ECHO, 1);
    size_t length = MIN(echo.max_length, 3000);
    g_autofree uint8_t *data = pattern(length, 5);
    unsigned int interrupts;
    size_t got = 0;

    bench_grant(b, echo.address, 1);
    bench_message(b, echo.address, 1, data, length);
    ck_assert_uint_gt(b->device.me_used, 100);
    interrupts = b->device.interrupts;
    bench_ring(b); /* the host has not read: no room, so nothing happens */
    ck_assert_uint_eq(b->device.interrupts, interrupts);
    while (got < length) {
        g_autoptr(GBytes) packet = fake_device_take(&b->device);

        ck_assert(packet != NULL);
        got += g_bytes_get_size(packet) - 4;
        bench_ring(b);
        ck_assert(!b->device.unannounced);
    }
    ck_assert_uint_eq(got, length);
    ck_assert_uint_le(b->device.interrupts - interrupts, 32);
}
END_TEST

/* --- time --- */

START_TEST(latency_of_link_and_client_are_kept_to_the_nanosecond)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.latency = "100us+amthi:5ms"});
    BenchClient amthi = bench_open(b, GUID_TEXT_AMTHI, 1);
    uint64_t calls;

    bench_grant(b, amthi.address, 1);
    calls = b->device.calls;
    bench_put(b, mei_hdr(amthi.address, 1, sizeof(amthi_state), true), amthi_state,
              sizeof(amthi_state));
    swme_firmware_ops.doorbell(b->firmware);
    swme_manual_clock_advance(b->clock, 100 * SWME_NS_PER_US - 1);
    ck_assert_uint_eq(b->device.calls, calls);
    swme_manual_clock_advance(b->clock, 1);
    ck_assert_uint_eq(b->device.to_firmware.length, 0);
    ck_assert(!b->device.unannounced);
    bench_expect_nothing(b);
    swme_manual_clock_advance(b->clock, 5 * SWME_NS_PER_MS - 1);
    bench_expect_nothing(b);
    swme_manual_clock_advance(b->clock, 1);
    g_byte_array_unref(bench_take_message(b, amthi.address, 1));
    expect_credit(b, amthi.address, 1);
    bench_expect_nothing(b);
}
END_TEST

/* Trap 18: a slow AMTHI must not slow MKHI's version answer. */
START_TEST(trap18_one_slow_client_does_not_slow_another)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.latency = "1us+amthi:1000s"});
    BenchClient amthi;

    amthi = bench_open(b, GUID_TEXT_AMTHI, 1);
    bench_grant(b, amthi.address, 1);
    bench_put(b, mei_hdr(amthi.address, 1, sizeof(amthi_state), true), amthi_state,
              sizeof(amthi_state));
    bench_put(b, mei_hdr(7, 0, 4, true), mkhi_version, 4);
    swme_firmware_ops.doorbell(b->firmware);
    swme_manual_clock_advance(b->clock, SWME_NS_PER_MS);
    ck_assert_uint_eq(b->device.from_firmware.length, 1);
    ck_assert_uint_eq(
        ((const uint8_t *)g_bytes_get_data(b->device.from_firmware.head->data, NULL))[0], 7);
}
END_TEST

START_TEST(zero_latency_answers_with_no_time_passing)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.latency = "0"});
    int64_t before = now(b);

    bench_check_alive(b);
    ck_assert_int_eq(now(b), before);
    bench_open(b, GUID_TEXT_AMTHI, 1);
    ck_assert_int_eq(now(b), before);
}
END_TEST

START_TEST(doorbells_in_a_row_do_not_put_the_answer_off)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.latency = "100us"});

    bench_put(b, mei_hdr(7, 0, 4, true), mkhi_version, 4);
    for (unsigned int i = 0; i < 100; i++) {
        swme_firmware_ops.doorbell(b->firmware);
        swme_manual_clock_advance(b->clock, SWME_NS_PER_US);
        ck_assert_uint_le(swme_manual_clock_armed(b->clock), 2);
    }
    ck_assert_uint_eq(b->device.from_firmware.length, 1);
}
END_TEST

START_TEST(no_timer_is_armed_when_idle)
{
    g_autoptr(GArray) steps = session_new();
    g_autoptr(Bench) b = bench_ready(&session_options);

    for (guint i = 0; i < steps->len; i++) {
        session_step(b, &g_array_index(steps, SessionStep, i), NULL);
        ck_assert_uint_eq(swme_manual_clock_armed(b->clock), 0);
    }
}
END_TEST

/* --- resets (bug classes 11 and 14) --- */

static void reset_by(Bench *b, int kind)
{
    if (kind == 1) {
        bench_power_on(b);
    } else if (kind == 2) {
        swme_firmware_reset(b->firmware);
        ck_assert(!b->device.ready);
    }
    bench_host_reset(b);
}

static void check_like_new(Bench *b, const GArray *steps, const GByteArray *reference)
{
    g_autoptr(GByteArray) transcript = g_byte_array_new();

    session_run(b, steps, 0, steps->len, transcript);
    ck_assert_uint_eq(transcript->len, reference->len);
    ck_assert_mem_eq(transcript->data, reference->data, reference->len);
}

/* _i: kind of reset, and whether it comes before or after the firmware got to work. */
START_TEST(reset_at_each_step_leaves_nothing_behind)
{
    g_autoptr(GArray) steps = session_new();
    g_autoptr(GByteArray) reference = session_reference(steps);

    for (guint at = 0; at < steps->len; at++) {
        g_autoptr(Bench) b = bench_ready(&session_options);
        const SessionStep *step = &g_array_index(steps, SessionStep, at);

        session_run(b, steps, 0, at, NULL);
        session_begin_step(b, step);
        if (_i >= 3) {
            fake_clock_settle(b->clock);
        }
        reset_by(b, _i % 3);
        check_like_new(b, steps, reference);
    }
}
END_TEST

START_TEST(freeing_at_each_step_leaks_and_crashes_nothing)
{
    g_autoptr(GArray) steps = session_new();

    for (guint at = 0; at < steps->len; at++) {
        g_autoptr(Bench) b = bench_ready(&session_options);

        session_run(b, steps, 0, at, NULL);
        session_begin_step(b, &g_array_index(steps, SessionStep, at));
    }
}
END_TEST

/* 5.5: ME_RDY stays 0 until H_RST; an interrupt tells the host. */
START_TEST(trap15_own_reset_holds_ready_down_until_the_host_resets)
{
    g_autoptr(Bench) b = bench_up(NULL);
    unsigned int interrupts;

    bench_open(b, GUID_TEXT_AMTHI, 1);
    interrupts = b->device.interrupts;
    swme_firmware_reset(b->firmware);
    fake_clock_settle(b->clock);
    ck_assert(!b->device.ready);
    ck_assert_uint_eq(b->device.interrupts, interrupts + 1);
    for (unsigned int i = 0; i < 100; i++) {
        fake_device_put(&b->device, mei_hdr(0, 0, 4, true), BYTES(0x04, 3, 0, 0));
        bench_ring(b);
        swme_manual_clock_advance(b->clock, SWME_NS_PER_S);
        swme_firmware_reset(b->firmware);
    }
    ck_assert(!b->device.ready);
    bench_expect_nothing(b);
    bench_check_alive(b);
}
END_TEST

/* 5.8: H_RST pulse with no H_RDY to follow, again and again, at any time of the start-up. */
START_TEST(trap36_reset_pulses_never_confuse)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.latency = "100us"});

    for (unsigned int i = 0; i < 200; i++) {
        fake_device_reset(&b->device);
        b->device.host_ready = false;
        swme_firmware_ops.host_reset(b->firmware);
        swme_firmware_ops.doorbell(b->firmware);
        swme_manual_clock_advance(b->clock, (int64_t)i * 13 * SWME_NS_PER_US);
        swme_firmware_ops.doorbell(b->firmware);
    }
    fake_clock_settle(b->clock);
    ck_assert(b->device.ready);
    bench_expect_nothing(b);
    bench_check_alive(b);
}
END_TEST

/* Trap 35 and 6 of 5.3: no second edge of ME_RDY, one interrupt for the change. */
START_TEST(one_reset_is_one_ready_and_one_interrupt)
{
    g_autoptr(Bench) b = bench_up(NULL);
    unsigned int interrupts = b->device.interrupts;
    unsigned int edges = b->device.ready_edges;

    bench_host_reset(b);
    ck_assert_uint_eq(b->device.interrupts, interrupts + 1);
    ck_assert_uint_eq(b->device.ready_edges, edges + 1);
    bench_start(b);
    ck_assert_uint_eq(b->device.ready_edges, edges + 1);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("firmware-flow");
    TCase *messages = unit_case(suite, "messages");
    TCase *limits = unit_case(suite, "limits");
    TCase *interrupts = unit_case(suite, "interrupts");
    TCase *resets = unit_case(suite, "resets");

    tcase_add_test(messages, every_length_comes_back_as_it_went);
    tcase_add_test(messages, one_credit_is_one_message_however_many_packets);
    tcase_add_test(messages, the_hosts_fragments_may_have_any_size);
    tcase_add_test(messages, two_messages_in_fragments_interleaved_do_not_mix);
    tcase_add_test(messages, fragments_fit_the_ring_at_every_depth_that_holds_an_enumeration);
    tcase_add_test(messages, a_ring_too_small_for_host_bus_messages_hurts_nobody);
    tcase_add_test(messages, two_connections_share_the_ring_fairly);
    tcase_add_test(messages, host_bus_answers_are_not_starved_by_data);
    tcase_add_test(limits, the_longest_message_passes_and_one_byte_more_closes);
    tcase_add_test(limits, a_fixed_clients_too_long_message_is_dropped);
    tcase_add_test(limits, an_endless_message_is_cut_off);
    tcase_add_test(limits, data_without_credit_closes_the_connection);
    tcase_add_loop_test(limits, a_host_that_never_reads_makes_nothing_grow, 0, 3);
    tcase_add_test(interrupts, trap19_drain_and_answer_in_one_interrupt);
    tcase_add_test(interrupts, trap03_drain_alone_interrupts);
    tcase_add_test(interrupts, trap29_no_interrupt_when_nothing_happened);
    tcase_add_test(interrupts, room_on_the_ring_resumes_what_waited);
    tcase_add_test(interrupts, latency_of_link_and_client_are_kept_to_the_nanosecond);
    tcase_add_test(interrupts, trap18_one_slow_client_does_not_slow_another);
    tcase_add_test(interrupts, zero_latency_answers_with_no_time_passing);
    tcase_add_test(interrupts, doorbells_in_a_row_do_not_put_the_answer_off);
    tcase_add_test(interrupts, no_timer_is_armed_when_idle);
    tcase_add_loop_test(resets, reset_at_each_step_leaves_nothing_behind, 0, 6);
    tcase_add_test(resets, freeing_at_each_step_leaks_and_crashes_nothing);
    tcase_add_test(resets, trap15_own_reset_holds_ready_down_until_the_host_resets);
    tcase_add_test(resets, trap36_reset_pulses_never_confuse);
    tcase_add_test(resets, one_reset_is_one_ready_and_one_interrupt);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
