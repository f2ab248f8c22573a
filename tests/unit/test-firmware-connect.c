/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections from the driver's view: CONNECT, DISCONNECT, FLOW_CONTROL, NOTIFY and power gating.
 * Section and trap numbers are those of the HECI/HBM fact sheet.
 */
#include <string.h>

#include "tests/unit/bench.h"
#include "tests/unit/unit.h"

static const SwmeFirmwareStats *stats(const Bench *bench)
{
    return swme_firmware_stats(bench->firmware);
}

static const uint8_t amthi_state[] = {1, 1, 0, 0, 0x11, 0, 0, 4, 0, 0, 0, 0};

static void expect_credit(Bench *b, uint8_t me, uint8_t host)
{
    bench_expect_hbm(b, BYTES(0x08, me, host, 0, 0, 0, 0, 0));
}

/* --- CONNECT (7.2) --- */

START_TEST(connect_succeeds_and_brings_exactly_one_credit)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.platform = "spt-h"});

    bench_open(b, GUID_TEXT_MKHI, 1);
    bench_open(b, GUID_TEXT_AMTHI, 2);
    bench_open(b, GUID_TEXT_ECHO, 255);
    bench_ring(b);
    bench_expect_nothing(b);
}
END_TEST

START_TEST(connect_to_an_absent_client_is_status_1)
{
    g_autoptr(Bench) b = bench_up(NULL);
    g_autoptr(GArray) clients = bench_enumerate(b);

    for (unsigned int address = 1; address < 256; address++) {
        bool present = false;

        for (guint i = 0; i < clients->len; i++) {
            present |= g_array_index(clients, BenchClient, i).address == address;
        }
        if (!present) {
            bench_hbm(b, BYTES(0x06, (uint8_t)address, 1, 0));
            bench_expect_hbm(b, BYTES(0x86, (uint8_t)address, 1, 1));
            bench_expect_nothing(b);
        }
    }
}
END_TEST

START_TEST(connect_twice_is_status_2_and_harms_nothing)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient amthi = bench_open(b, GUID_TEXT_AMTHI, 3);

    bench_hbm(b, BYTES(0x06, amthi.address, 3, 0));
    bench_expect_hbm(b, BYTES(0x86, amthi.address, 3, 2));
    bench_expect_nothing(b);
    bench_grant(b, amthi.address, 3);
    bench_data(b, amthi.address, 3, amthi_state, sizeof(amthi_state));
    ck_assert_uint_eq(stats(b)->messages_out, 1);
}
END_TEST

START_TEST(connect_beyond_the_clients_limit_is_status_3)
{
    static const char *const guids[] = {GUID_TEXT_MKHI, GUID_TEXT_AMTHI, GUID_TEXT_ECHO};

    for (unsigned int i = 0; i < G_N_ELEMENTS(guids); i++) {
        g_autoptr(Bench) b = bench_up(NULL);
        BenchClient client = bench_find(b, guids[i]);
        unsigned int host;

        for (host = 1; host <= client.max_connections; host++) {
            bench_connect(b, client.address, (uint8_t)host);
        }
        if (host > 255) {
            continue;
        }
        bench_hbm(b, BYTES(0x06, client.address, (uint8_t)host, 0));
        bench_expect_hbm(b, BYTES(0x86, client.address, (uint8_t)host, 3));
        bench_expect_nothing(b);
        /* As soon as one is closed the next one fits. */
        bench_hbm(b, BYTES(0x07, client.address, 1, 0));
        bench_expect_hbm(b, BYTES(0x87, client.address, 1, 0));
        bench_connect(b, client.address, (uint8_t)host);
    }
}
END_TEST

START_TEST(connect_with_host_address_0_is_status_4)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient client = bench_find(b, GUID_TEXT_AMTHI);

    bench_hbm(b, BYTES(0x06, client.address, 0, 0));
    bench_expect_hbm(b, BYTES(0x86, client.address, 0, 4));
    bench_expect_nothing(b);
}
END_TEST

/* 7.6: no CONNECT for a fixed one. Status 1 would make the driver forget the client. */
START_TEST(connect_to_a_fixed_client_is_refused_and_the_client_stays)
{
    g_autoptr(Bench) b = bench_up(NULL);
    uint8_t answer[MEI_PACKET_MAX];

    bench_hbm(b, BYTES(0x06, 7, 1, 0));
    ck_assert_uint_eq(bench_take_hbm(b, answer), 4);
    ck_assert_mem_eq(answer, ((uint8_t[]){0x86, 7, 1}), 3);
    ck_assert_uint_ge(answer[3], 3);
    ck_assert_uint_le(answer[3], 5);
    bench_expect_nothing(b);
    bench_data(b, 7, 0, BYTES(0xff, 2, 0, 0));
    ck_assert_uint_eq(stats(b)->messages_out, 1);
}
END_TEST

START_TEST(connect_to_the_bus_itself_is_refused)
{
    g_autoptr(Bench) b = bench_up(NULL);
    uint8_t answer[MEI_PACKET_MAX];

    bench_hbm(b, BYTES(0x06, 0, 1, 0));
    ck_assert_uint_eq(bench_take_hbm(b, answer), 4);
    ck_assert_mem_eq(answer, ((uint8_t[]){0x86, 0, 1}), 3);
    ck_assert_uint_ne(answer[3], 0);
    bench_expect_nothing(b);
}
END_TEST

/* 7.1: an address can be used again at once, and for another client too. */
START_TEST(host_addresses_are_per_pair_and_reusable)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient amthi = bench_find(b, GUID_TEXT_AMTHI);
    BenchClient mkhi = bench_find(b, GUID_TEXT_MKHI);

    for (unsigned int round = 0; round < 1000; round++) {
        bench_connect(b, amthi.address, 5);
        bench_hbm(b, BYTES(0x07, amthi.address, 5, 0));
        bench_expect_hbm(b, BYTES(0x87, amthi.address, 5, 0));
        bench_connect(b, mkhi.address, 5);
        bench_hbm(b, BYTES(0x07, mkhi.address, 5, 0));
        bench_expect_hbm(b, BYTES(0x87, mkhi.address, 5, 0));
    }
    bench_expect_nothing(b);
}
END_TEST

/* --- DISCONNECT (7.4) --- */

START_TEST(trap08_replies_are_dropped_before_the_disconnect_is_answered)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient amthi = bench_open(b, GUID_TEXT_AMTHI, 1);

    bench_data(b, amthi.address, 1, amthi_state,
               sizeof(amthi_state)); /* no credit for the answer */
    bench_expect_nothing(b);
    bench_hbm(b, BYTES(0x07, amthi.address, 1, 0));
    bench_expect_hbm(b, BYTES(0x87, amthi.address, 1, 0));
    bench_expect_nothing(b);
    bench_grant(b, amthi.address, 1);
    bench_expect_nothing(b);
    /* The next connection does not inherit it. */
    bench_connect(b, amthi.address, 1);
    bench_grant(b, amthi.address, 1);
    bench_expect_nothing(b);
}
END_TEST

/* The answer is under way on the clock, or waits for room on the ring, when the host closes. */
START_TEST(trap08_a_late_reply_never_follows_the_disconnect)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.latency = "100us+amthi:5ms"});
    BenchClient amthi = bench_open(b, GUID_TEXT_AMTHI, 1);

    bench_grant(b, amthi.address, 1);
    bench_put(b, mei_hdr(amthi.address, 1, sizeof(amthi_state), true), amthi_state,
              sizeof(amthi_state));
    swme_firmware_ops.doorbell(b->firmware);
    swme_manual_clock_advance(b->clock, SWME_NS_PER_MS);
    bench_put(b, mei_hdr(0, 0, 4, true), BYTES(0x07, amthi.address, 1, 0));
    swme_firmware_ops.doorbell(b->firmware);
    fake_clock_settle(b->clock);
    bench_expect_hbm(b, BYTES(0x87, amthi.address, 1, 0));
    bench_expect_nothing(b);
    bench_connect(b, amthi.address, 1);
    bench_expect_nothing(b);
}
END_TEST

START_TEST(trap08_a_reply_cut_short_by_the_disconnect_stops_at_once)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient echo = bench_open(b, GUID_TEXT_ECHO, 1);
    g_autofree uint8_t *message = g_malloc0(echo.max_length);
    uint8_t answer[MEI_PACKET_MAX];
    bool closed = false;

    bench_grant(b, echo.address, 1);
    bench_message(b, echo.address, 1, message, echo.max_length); /* more than the ring has room */
    bench_put(b, mei_hdr(0, 0, 4, true), BYTES(0x07, echo.address, 1, 0));
    for (;;) {
        g_autoptr(GBytes) bytes = fake_device_take(&b->device);
        const uint8_t *packet = bytes ? g_bytes_get_data(bytes, NULL) : NULL;

        if (!packet) {
            break;
        }
        ck_assert_msg(!closed || packet[0] == 0, "data after the answer to DISCONNECT");
        memcpy(answer, packet + 4, 4);
        closed |= packet[0] == 0 && answer[0] == 0x87;
        bench_ring(b);
    }
    ck_assert(closed);
}
END_TEST

START_TEST(disconnect_of_an_unknown_pair_is_answered_0)
{
    g_autoptr(Bench) b = bench_up(NULL);

    for (unsigned int me = 0; me < 256; me++) {
        bench_hbm(b, BYTES(0x07, (uint8_t)me, 77, 0));
        bench_expect_hbm(b, BYTES(0x87, (uint8_t)me, 77, 0));
        bench_expect_nothing(b);
    }
}
END_TEST

/* 5.2, 7.2: CONNECT timed out at the host, DISCONNECT follows while the answer is under way. */
START_TEST(disconnect_of_a_half_open_connection_is_answered)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient amthi = bench_find(b, GUID_TEXT_AMTHI);

    bench_put(b, mei_hdr(0, 0, 4, true), BYTES(0x06, amthi.address, 1, 0));
    bench_put(b, mei_hdr(0, 0, 4, true), BYTES(0x07, amthi.address, 1, 0));
    bench_ring(b);
    bench_expect_hbm(b, BYTES(0x86, amthi.address, 1, 0));
    for (;;) {
        uint8_t answer[MEI_PACKET_MAX];
        size_t size = bench_take_hbm(b, answer);

        ck_assert_uint_gt(size, 0);
        if (answer[0] == 0x87) {
            break;
        }
        ck_assert_uint_eq(answer[0], 0x08); /* the credit may or may not have got out */
    }
    bench_expect_nothing(b);
    bench_connect(b, amthi.address, 1);
}
END_TEST

/* Makes the firmware close the pair: a message without a credit. */
static void provoke_disconnect(Bench *b, uint8_t me, uint8_t host)
{
    bench_data(b, me, host, amthi_state, sizeof(amthi_state));
    bench_data(b, me, host, amthi_state, sizeof(amthi_state));
    bench_expect_hbm(b, BYTES(0x07, me, host, 0));
    bench_expect_nothing(b);
}

START_TEST(firmware_disconnects_once_and_sends_nothing_more)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient amthi = bench_open(b, GUID_TEXT_AMTHI, 1);

    provoke_disconnect(b, amthi.address, 1);
    bench_grant(b, amthi.address, 1);
    bench_data(b, amthi.address, 1, amthi_state, sizeof(amthi_state));
    bench_expect_nothing(b);
    bench_hbm(b, BYTES(0x87, amthi.address, 1, 0));
    bench_expect_nothing(b);
    bench_connect(b, amthi.address, 1); /* the file can connect again */
    bench_grant(b, amthi.address, 1);
    bench_expect_nothing(b);
    bench_data(b, amthi.address, 1, amthi_state, sizeof(amthi_state));
    g_byte_array_unref(bench_take_message(b, amthi.address, 1));
    expect_credit(b, amthi.address, 1);
    bench_expect_nothing(b);
}
END_TEST

START_TEST(crossing_disconnects_are_answered_0)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient amthi = bench_open(b, GUID_TEXT_AMTHI, 1);

    provoke_disconnect(b, amthi.address, 1);
    bench_hbm(b, BYTES(0x07, amthi.address, 1, 0));
    bench_expect_hbm(b, BYTES(0x87, amthi.address, 1, 0));
    bench_hbm(b, BYTES(0x87, amthi.address, 1, 0));
    bench_expect_nothing(b);
    bench_connect(b, amthi.address, 1);
}
END_TEST

/* Found by the fuzzer: the host connects anew in the same batch in which its data without a credit
 * closes the pair, also once it has answered a DISCONNECT that was not yet sent. It must not see
 * two connections without a DISCONNECT between them. */
START_TEST(connect_does_not_swallow_the_firmwares_disconnect)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient amthi = bench_find(b, GUID_TEXT_AMTHI);
    bool connected = false;

    bench_put(b, mei_hdr(0, 0, 4, true), BYTES(0x06, amthi.address, 1, 0));
    bench_put(b, mei_hdr(amthi.address, 1, sizeof(amthi_state), true), amthi_state,
              sizeof(amthi_state));
    if (_i) {
        bench_put(b, mei_hdr(0, 0, 4, true), BYTES(0x87, amthi.address, 1, 0));
    }
    bench_put(b, mei_hdr(0, 0, 4, true), BYTES(0x06, amthi.address, 1, 0));
    bench_ring(b);
    for (;;) {
        uint8_t answer[MEI_PACKET_MAX];
        size_t size = bench_take_hbm(b, answer);

        if (!size) {
            break;
        }
        if (answer[0] == 0x86 && answer[3] == 0) {
            ck_assert_msg(!connected, "connected twice");
            connected = true;
        } else if (answer[0] == 0x07) {
            ck_assert(connected);
            connected = false;
        }
        bench_ring(b);
    }
    ck_assert(!connected);
}
END_TEST

/* --- FLOW_CONTROL (7.3) --- */

START_TEST(trap08_no_data_without_credit)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient amthi = bench_open(b, GUID_TEXT_AMTHI, 1);
    g_autoptr(GByteArray) answer = NULL;

    bench_data(b, amthi.address, 1, amthi_state, sizeof(amthi_state));
    bench_ring(b);
    bench_expect_nothing(b);
    bench_grant(b, amthi.address, 1);
    answer = bench_take_message(b, amthi.address, 1);
    ck_assert(answer != NULL);
    ck_assert_uint_eq(answer->len, 20);
    expect_credit(b, amthi.address, 1);
    bench_expect_nothing(b);
}
END_TEST

START_TEST(flow_control_for_an_unknown_pair_is_ignored)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient amthi = bench_open(b, GUID_TEXT_AMTHI, 1);

    bench_grant(b, amthi.address, 2);
    bench_grant(b, 99, 1);
    bench_grant(b, amthi.address, 0);
    bench_grant(b, 0, 0);
    bench_grant(b, 7, 0);
    bench_data(b, amthi.address, 1, amthi_state, sizeof(amthi_state));
    bench_expect_nothing(b);
}
END_TEST

/* An 8-bit counter that wrapped would leave 44 of 300. */
START_TEST(flow_control_saturates)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient echo = bench_open(b, GUID_TEXT_ECHO, 1);
    unsigned int answered = 0;
    g_autoptr(GBytes) state = NULL;

    for (unsigned int i = 0; i < 300; i++) {
        bench_grant(b, echo.address, 1);
    }
    /* A count beyond what the wire knows would make a state that no firmware takes back. */
    state = swme_firmware_save(b->firmware);
    ck_assert(swme_firmware_load(b->firmware, g_bytes_get_data(state, NULL),
                                 g_bytes_get_size(state), NULL));
    for (unsigned int i = 0; i < 320; i++) {
        unsigned int packets = b->device.from_firmware.length;

        ck_assert_uint_eq(packets, 0);
        bench_data(b, echo.address, 1, BYTES(1));
        while (b->device.from_firmware.length) {
            g_autoptr(GBytes) bytes = fake_device_take(&b->device);

            answered += ((const uint8_t *)g_bytes_get_data(bytes, NULL))[0] != 0;
            bench_ring(b);
        }
        if (answered <= i) {
            break;
        }
    }
    ck_assert_uint_ge(answered, 255);
    ck_assert_uint_le(answered, 300);
}
END_TEST

/* Credits of a closed connection are gone (7.3, last but one rule for the host's data). */
START_TEST(credits_do_not_survive_a_disconnect)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient amthi = bench_open(b, GUID_TEXT_AMTHI, 1);

    bench_grant(b, amthi.address, 1);
    bench_hbm(b, BYTES(0x07, amthi.address, 1, 0));
    bench_expect_hbm(b, BYTES(0x87, amthi.address, 1, 0));
    bench_connect(b, amthi.address, 1);
    bench_data(b, amthi.address, 1, amthi_state, sizeof(amthi_state));
    bench_expect_nothing(b);
}
END_TEST

/* --- NOTIFY (7.5) --- */

START_TEST(notify_statuses_0_6_7_and_start_echoed)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient amthi = bench_open(b, GUID_TEXT_AMTHI, 1);
    static const uint8_t want[][2] = {/* start, status */
                                      {0, 7}, {1, 0}, {1, 6}, {0, 0}, {0, 7}, {1, 0}};

    for (unsigned int i = 0; i < G_N_ELEMENTS(want); i++) {
        bench_hbm(b, BYTES(0x10, amthi.address, 1, want[i][0]));
        bench_expect_hbm(b, BYTES(0x90, amthi.address, 1, want[i][1], want[i][0], 0, 0, 0));
        bench_expect_nothing(b);
    }
}
END_TEST

START_TEST(notify_for_an_unknown_pair_fails_and_echoes_start)
{
    for (unsigned int start = 0; start < 2; start++) {
        g_autoptr(Bench) b = bench_up(NULL);
        uint8_t answer[MEI_PACKET_MAX];

        bench_hbm(b, BYTES(0x10, 32, 9, (uint8_t)start));
        ck_assert_uint_eq(bench_take_hbm(b, answer), 8);
        ck_assert_mem_eq(answer, ((uint8_t[]){0x90, 32, 9}), 3);
        ck_assert_uint_ne(answer[3], 0);
        ck_assert_uint_ne(answer[3], start ? 6 : 7); /* the driver takes these for success */
        ck_assert_uint_eq(answer[4], start);
        ck_assert_mem_eq(answer + 5, ((uint8_t[]){0, 0, 0}), 3);
        bench_expect_nothing(b);
    }
}
END_TEST

START_TEST(notify_does_not_survive_a_disconnect)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient amthi = bench_open(b, GUID_TEXT_AMTHI, 1);

    bench_hbm(b, BYTES(0x10, amthi.address, 1, 1));
    bench_expect_hbm(b, BYTES(0x90, amthi.address, 1, 0, 1, 0, 0, 0));
    bench_hbm(b, BYTES(0x07, amthi.address, 1, 0));
    bench_expect_hbm(b, BYTES(0x87, amthi.address, 1, 0));
    bench_connect(b, amthi.address, 1);
    bench_hbm(b, BYTES(0x10, amthi.address, 1, 1));
    bench_expect_hbm(b, BYTES(0x90, amthi.address, 1, 0, 1, 0, 0, 0));
}
END_TEST

/* --- power gating (5.6) --- */

START_TEST(trap13_pg_entry_is_answered_in_one_interrupt_and_then_silence)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.platform = "spt-h"});
    unsigned int interrupts = b->device.interrupts;

    bench_hbm(b, BYTES(0x0a, 0, 0, 0));
    bench_expect_hbm(b, BYTES(0x8a, 0, 0, 0));
    ck_assert_uint_eq(b->device.interrupts, interrupts + 1);
    bench_ring(b); /* the host has read the answer */
    bench_ring(b);
    swme_manual_clock_advance(b->clock, SWME_NS_PER_S);
    swme_firmware_ops.d0i3(b->firmware, true);
    fake_clock_settle(b->clock);
    swme_manual_clock_advance(b->clock, 60 * SWME_NS_PER_S);
    ck_assert_uint_eq(b->device.interrupts, interrupts + 1);
    ck_assert_uint_eq(b->device.d0i3_done, 1);
    bench_expect_nothing(b);
}
END_TEST

START_TEST(d0i3_each_transition_completes_once_and_the_link_lives_on)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.platform = "spt-h"});
    BenchClient amthi = bench_open(b, GUID_TEXT_AMTHI, 1);

    for (unsigned int round = 1; round <= 20; round++) {
        bench_hbm(b, BYTES(0x0a, 0, 0, 0));
        bench_expect_hbm(b, BYTES(0x8a, 0, 0, 0));
        bench_ring(b);
        swme_firmware_ops.d0i3(b->firmware, true);
        fake_clock_settle(b->clock);
        ck_assert_uint_eq(b->device.d0i3_done, 2 * round - 1);
        swme_firmware_ops.d0i3(b->firmware, false);
        fake_clock_settle(b->clock);
        ck_assert_uint_eq(b->device.d0i3_done, 2 * round);
        bench_grant(b, amthi.address, 1);
        bench_data(b, amthi.address, 1, amthi_state, sizeof(amthi_state));
        g_byte_array_unref(bench_take_message(b, amthi.address, 1));
        expect_credit(b, amthi.address, 1);
        bench_expect_nothing(b);
    }
    ck_assert_uint_eq(swme_manual_clock_armed(b->clock), 0);
}
END_TEST

/* Probe step 8 and trap 13: I3 persists over rmmod; the next probe leaves D0i3 before any START. */
START_TEST(trap13_leaving_d0i3_completes_before_start_too)
{
    g_autoptr(Bench) b = bench_new(&(BenchOptions){.platform = "spt-h"});

    bench_power_on(b);
    swme_firmware_ops.d0i3(b->firmware, true);
    fake_clock_settle(b->clock);
    swme_firmware_ops.d0i3(b->firmware, false);
    fake_clock_settle(b->clock);
    ck_assert_uint_eq(b->device.d0i3_done, 2);
    bench_check_alive(b);
}
END_TEST

/* The device ends a transition that a reset cuts short; a completion from before the reset would
 * end the next one early. */
START_TEST(a_reset_cuts_a_d0i3_transition_short)
{
    for (unsigned int platform_reset = 0; platform_reset < 2; platform_reset++) {
        g_autoptr(Bench) b = bench_up(&(BenchOptions){.platform = "spt-h", .latency = "100us"});

        swme_firmware_ops.d0i3(b->firmware, true);
        if (platform_reset) {
            bench_power_on(b);
        }
        bench_host_reset(b);
        ck_assert_uint_eq(b->device.d0i3_done, 0);
        bench_check_alive(b);
    }
}
END_TEST

/* A slow answer falls due after PG entry: it wakes the host (5.6.1, exit by the firmware), and is
 * neither lost nor sent twice. */
START_TEST(an_answer_that_falls_due_in_d0i3_wakes_the_host)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.platform = "spt-h", .latency = "0+amthi:1s"});
    BenchClient amthi = bench_open(b, GUID_TEXT_AMTHI, 1);
    unsigned int interrupts;

    bench_grant(b, amthi.address, 1);
    bench_put(b, mei_hdr(amthi.address, 1, sizeof(amthi_state), true), amthi_state,
              sizeof(amthi_state));
    swme_firmware_ops.doorbell(b->firmware);
    swme_manual_clock_advance(b->clock, SWME_NS_PER_MS);
    bench_put(b, mei_hdr(0, 0, 4, true), BYTES(0x0a, 0, 0, 0));
    swme_firmware_ops.doorbell(b->firmware);
    swme_manual_clock_advance(b->clock, SWME_NS_PER_MS);
    bench_expect_hbm(b, BYTES(0x8a, 0, 0, 0));
    swme_firmware_ops.doorbell(b->firmware);
    swme_firmware_ops.d0i3(b->firmware, true);
    swme_manual_clock_advance(b->clock, SWME_NS_PER_MS);
    interrupts = b->device.interrupts;
    fake_clock_settle(b->clock);
    ck_assert_uint_gt(b->device.interrupts, interrupts);
    swme_firmware_ops.d0i3(b->firmware, false);
    fake_clock_settle(b->clock);
    g_byte_array_unref(bench_take_message(b, amthi.address, 1));
    expect_credit(b, amthi.address, 1);
    bench_expect_nothing(b);
}
END_TEST

static const SwmePlatform pgi_platform = {
    .name = "test-pgi",
    .description = "legacy power gating",
    .pci_device_id = 0x8c3a,
    .hfs_count = 2,
    .hfs = {0x1e000245, 0x60002306},
    .hbm_major = 1,
    .hbm_minor = 1,
    .power_gating = SWME_PG_PGI,
    .h_depth = 128,
    .me_depth = 128,
    .version_blocks = 2,
    .firmware = "ME",
    .version = {0, 9, 0, 1, 1},
    .clients = SWME_CLIENTS_MKHI | SWME_CLIENTS_MKHI_FIXED,
    .amt = true,
    .amt_sku = "8",
    .bios_version = "test",
};

/* 5.6.2: 0A, 8A, PGI; PGIHEXR, 0B with H_IS, 8B, any interrupt. */
START_TEST(trap14_legacy_isolation_is_left_by_the_whole_handshake)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.table = &pgi_platform});

    for (unsigned int round = 1; round <= 3; round++) {
        unsigned int interrupts;

        bench_hbm(b, BYTES(0x0a, 0, 0, 0));
        bench_expect_hbm(b, BYTES(0x8a, 0, 0, 0));
        bench_ring(b);
        interrupts = b->device.interrupts;
        swme_firmware_ops.pg_isolation(b->firmware, true);
        fake_clock_settle(b->clock);
        bench_expect_nothing(b);
        ck_assert_uint_eq(b->device.interrupts, interrupts);
        swme_firmware_ops.pg_isolation(b->firmware, false);
        fake_clock_settle(b->clock);
        bench_expect_hbm(b, BYTES(0x0b, 0, 0, 0));
        ck_assert_uint_gt(b->device.interrupts, interrupts);
        interrupts = b->device.interrupts;
        bench_hbm(b, BYTES(0x8b, 0, 0, 0));
        bench_expect_nothing(b);
        ck_assert_uint_gt(b->device.interrupts, interrupts);
        ck_assert_uint_eq(b->device.pg_exit_done, round);
    }
    bench_check_alive(b);
}
END_TEST

/* 5.6.2: 0x0B is legal only while PG is on, so never without the host having asked. */
START_TEST(pg_exit_is_never_sent_unasked)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.table = &pgi_platform});

    bench_hbm(b, BYTES(0x8b, 0, 0, 0));
    bench_expect_nothing(b);
    bench_check_alive(b);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("firmware-connect");
    TCase *connect = unit_case(suite, "connect");
    TCase *disconnect = unit_case(suite, "disconnect");
    TCase *flow = unit_case(suite, "flow-control");
    TCase *power = unit_case(suite, "power");

    tcase_add_test(connect, connect_succeeds_and_brings_exactly_one_credit);
    tcase_add_test(connect, connect_to_an_absent_client_is_status_1);
    tcase_add_test(connect, connect_twice_is_status_2_and_harms_nothing);
    tcase_add_test(connect, connect_beyond_the_clients_limit_is_status_3);
    tcase_add_test(connect, connect_with_host_address_0_is_status_4);
    tcase_add_test(connect, connect_to_a_fixed_client_is_refused_and_the_client_stays);
    tcase_add_test(connect, connect_to_the_bus_itself_is_refused);
    tcase_add_test(connect, host_addresses_are_per_pair_and_reusable);
    tcase_add_test(disconnect, trap08_replies_are_dropped_before_the_disconnect_is_answered);
    tcase_add_test(disconnect, trap08_a_late_reply_never_follows_the_disconnect);
    tcase_add_test(disconnect, trap08_a_reply_cut_short_by_the_disconnect_stops_at_once);
    tcase_add_test(disconnect, disconnect_of_an_unknown_pair_is_answered_0);
    tcase_add_test(disconnect, disconnect_of_a_half_open_connection_is_answered);
    tcase_add_test(disconnect, firmware_disconnects_once_and_sends_nothing_more);
    tcase_add_test(disconnect, crossing_disconnects_are_answered_0);
    tcase_add_loop_test(disconnect, connect_does_not_swallow_the_firmwares_disconnect, 0, 2);
    tcase_add_test(flow, trap08_no_data_without_credit);
    tcase_add_test(flow, flow_control_for_an_unknown_pair_is_ignored);
    tcase_add_test(flow, flow_control_saturates);
    tcase_add_test(flow, credits_do_not_survive_a_disconnect);
    tcase_add_test(flow, notify_statuses_0_6_7_and_start_echoed);
    tcase_add_test(flow, notify_for_an_unknown_pair_fails_and_echoes_start);
    tcase_add_test(flow, notify_does_not_survive_a_disconnect);
    tcase_add_test(power, trap13_pg_entry_is_answered_in_one_interrupt_and_then_silence);
    tcase_add_test(power, d0i3_each_transition_completes_once_and_the_link_lives_on);
    tcase_add_test(power, trap13_leaving_d0i3_completes_before_start_too);
    tcase_add_test(power, a_reset_cuts_a_d0i3_transition_short);
    tcase_add_test(power, an_answer_that_falls_due_in_d0i3_wakes_the_host);
    tcase_add_test(power, trap14_legacy_isolation_is_left_by_the_whole_handshake);
    tcase_add_test(power, pg_exit_is_never_sent_unasked);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
