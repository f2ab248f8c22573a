/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saved state: a loaded firmware goes on exactly as the one that was saved (trap 32), and state
 * that someone tampered with does no harm (bug class 12).
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem() */
#endif
#include <string.h>

#include "firmware-sim/error.h"
#include "tests/unit/bench.h"
#include "tests/unit/session.h"
#include "tests/unit/unit.h"

/* A second bench in the state that the first one saves now. */
static Bench *twin_of(Bench *bench, const BenchOptions *options)
{
    Bench *twin = bench_new(options);
    SwmeClock *clock = swme_manual_clock(bench->clock);
    g_autoptr(GBytes) state = swme_firmware_save(bench->firmware);
    g_autoptr(GBytes) again = NULL;
    g_autoptr(GError) error = NULL;
    gsize size;
    const void *data = g_bytes_get_data(state, &size);

    swme_manual_clock_advance(twin->clock, clock->now(clock));
    ck_assert_msg(swme_firmware_load(twin->firmware, data, size, &error), "%s",
                  error ? error->message : "refused without an error");
    ck_assert(error == NULL);
    ck_assert_uint_eq(twin->device.interrupts, 0);
    ck_assert_uint_eq(swme_manual_clock_armed(twin->clock), swme_manual_clock_armed(bench->clock));
    again = swme_firmware_save(twin->firmware);
    ck_assert(g_bytes_equal(state, again));
    fake_device_copy(&twin->device, &bench->device);
    return twin;
}

/* Both go on from step at, of which the first half is done, to the end. */
static GByteArray *finish(Bench *bench, const GArray *steps, guint at)
{
    GByteArray *transcript = g_byte_array_new();

    session_end_step(bench, &g_array_index(steps, SessionStep, at), transcript);
    session_run(bench, steps, at + 1, steps->len, transcript);
    return transcript;
}

/* _i: how much of the step's time has passed, in steps of 40 us, when it is saved. */
START_TEST(trap32_saved_at_each_step_the_twin_goes_on_alike)
{
    g_autoptr(GArray) steps = session_new();
    g_autoptr(GByteArray) reference = session_reference(steps);

    for (guint at = 0; at < steps->len; at++) {
        g_autoptr(Bench) bench = bench_ready(&session_options);
        g_autoptr(GByteArray) before = g_byte_array_new();
        g_autoptr(Bench) twin = NULL;
        g_autoptr(GByteArray) one = NULL;
        g_autoptr(GByteArray) two = NULL;

        session_run(bench, steps, 0, at, before);
        session_begin_step(bench, &g_array_index(steps, SessionStep, at));
        swme_manual_clock_advance(bench->clock, _i * 40 * SWME_NS_PER_US);
        twin = twin_of(bench, &session_options);
        one = finish(bench, steps, at);
        two = finish(twin, steps, at);
        ck_assert_msg(one->len == two->len && memcmp(one->data, two->data, one->len) == 0,
                      "saved at step %u the twin goes on differently", at);
        ck_assert_uint_eq(bench->device.interrupts, twin->device.interrupts);
        /* And saving changed nothing for the one that was saved. */
        g_byte_array_append(before, one->data, one->len);
        ck_assert_uint_eq(before->len, reference->len);
        ck_assert_mem_eq(before->data, reference->data, reference->len);
    }
}
END_TEST

START_TEST(saved_before_power_on_and_in_resets)
{
    for (unsigned int when = 0; when < 5; when++) {
        g_autoptr(Bench) bench = bench_new(&session_options);
        g_autoptr(Bench) twin = NULL;

        if (when > 0) {
            swme_firmware_ops.platform_reset(bench->firmware);
        }
        if (when > 1) {
            fake_clock_settle(bench->clock);
        }
        if (when == 3) {
            fake_device_reset(&bench->device);
            swme_firmware_ops.host_reset(bench->firmware);
        } else if (when == 4) {
            swme_firmware_reset(bench->firmware);
        }
        twin = twin_of(bench, &session_options);
        fake_clock_settle(bench->clock);
        fake_clock_settle(twin->clock);
        ck_assert_int_eq(bench->device.ready, twin->device.ready);
        ck_assert_uint_eq(bench->device.interrupts, twin->device.interrupts);
        if (when > 0) {
            bench_check_alive(twin);
            bench_check_alive(bench);
        }
    }
}
END_TEST

/* In legacy or D0i3 power gating, and notifications on. */
START_TEST(saved_in_power_gating)
{
    const BenchOptions options = {.platform = "spt-h"};
    g_autoptr(Bench) bench = bench_up(&options);
    g_autoptr(Bench) twin = NULL;
    BenchClient amthi = bench_open(bench, GUID_TEXT_AMTHI, 1);

    bench_hbm(bench, BYTES(0x10, amthi.address, 1, 1));
    bench_expect_hbm(bench, BYTES(0x90, amthi.address, 1, 0, 1, 0, 0, 0));
    bench_hbm(bench, BYTES(0x0a, 0, 0, 0));
    bench_expect_hbm(bench, BYTES(0x8a, 0, 0, 0));
    bench_ring(bench);
    swme_firmware_ops.d0i3(bench->firmware, true);
    fake_clock_settle(bench->clock);
    twin = twin_of(bench, &options);
    swme_firmware_ops.d0i3(twin->firmware, false);
    fake_clock_settle(twin->clock);
    bench_hbm(twin, BYTES(0x10, amthi.address, 1, 1));
    bench_expect_hbm(twin, BYTES(0x90, amthi.address, 1, 6, 1, 0, 0, 0));
    bench_expect_nothing(twin);
}
END_TEST

/* Found by the fuzzer: a host that asks for fewer capabilities later than its tags need made the
 * firmware save what it would not load. */
START_TEST(saved_with_tags_that_a_later_request_leaves_out)
{
    const BenchOptions options = {.platform = "tgp-lp"};
    g_autoptr(Bench) bench = bench_up(&options);
    g_autoptr(Bench) twin = NULL;
    BenchClient echo;

    bench->device.extensions = true;
    bench_hbm(bench, BYTES(0x13, 0x01, 0, 0));
    bench_expect_hbm(bench, BYTES(0x93, 0x01, 0, 0));
    echo = bench_open(bench, GUID_TEXT_ECHO, 1);
    bench_put(bench, mei_hdr(echo.address, 1, 9, true) | MEI_HDR_EXTENDED,
              BYTES(1, 1, 0, 0, 1, 1, 77, 0, 0xaa));
    bench_ring(bench);
    bench_hbm(bench, BYTES(0x13, 0, 0, 0));
    bench_expect_hbm(bench, BYTES(0x93, 0, 0, 0));
    twin = twin_of(bench, &options);
    bench_check_alive(twin);
}
END_TEST

/* A state with all that there is in it: connections, queues, half a message, timers. */
static GBytes *rich_state(const BenchOptions *options)
{
    g_autoptr(Bench) bench = bench_up(options);
    BenchClient amthi = bench_open(bench, GUID_TEXT_AMTHI, 1);
    BenchClient echo = bench_open(bench, GUID_TEXT_ECHO, 2);
    BenchClient mkhi = bench_open(bench, GUID_TEXT_MKHI, 3);
    uint8_t part[300];

    bench_connect(bench, echo.address, 4);
    memset(part, 0x5a, sizeof(part));
    bench_data(bench, echo.address, 2, part, sizeof(part));
    bench_grant(bench, amthi.address, 1);
    bench_grant(bench, mkhi.address, 3);
    bench_put(bench, mei_hdr(echo.address, 4, 300, false), part, sizeof(part));
    bench_put(bench, mei_hdr(7, 0, 4, false), BYTES(0xff, 2, 0, 0));
    bench_hbm(bench, BYTES(0x10, amthi.address, 1, 1));
    bench_data(bench, mkhi.address, 3, BYTES(0xff, 2, 0, 0));
    bench_put(bench, mei_hdr(amthi.address, 1, 12, true),
              BYTES(1, 1, 0, 0, 0x1a, 0, 0, 4, 0, 0, 0, 0));
    swme_firmware_ops.doorbell(bench->firmware);
    swme_manual_clock_advance(bench->clock, 60 * SWME_NS_PER_US);
    ck_assert_uint_ge(swme_manual_clock_armed(bench->clock), 1);
    return swme_firmware_save(bench->firmware);
}

static void check_error(const GError *error)
{
    ck_assert(error != NULL);
    ck_assert(error->domain == SWME_ERROR);
    ck_assert_int_eq(error->code, SWME_ERROR_STATE);
    ck_assert_uint_gt(strlen(error->message), 10);
    ck_assert(strchr(error->message, '\n') == NULL);
}

/* Loads, uses what came of it, and brings the firmware up again. True when it was accepted. */
static bool load_and_use(const BenchOptions *options, const void *data, size_t size)
{
    g_autoptr(Bench) bench = bench_ready(options);
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) saved = NULL;
    bool accepted = swme_firmware_load(bench->firmware, data, size, &error);

    if (accepted) {
        ck_assert(error == NULL);
        saved = swme_firmware_save(bench->firmware);
        ck_assert_uint_lt(g_bytes_get_size(saved), 256 * 1024);
    } else {
        check_error(error);
    }
    bench->device.host_ready = true;
    fake_device_put(&bench->device, mei_hdr(7, 0, 4, true), BYTES(0xff, 2, 0, 0));
    fake_device_put(&bench->device, mei_hdr(0, 0, 4, true), BYTES(4, 3, 0, 0));
    bench_ring(bench);
    for (unsigned int i = 0; fake_device_drop_all(&bench->device); i++) {
        ck_assert_uint_lt(i, 10000);
        bench_ring(bench);
    }
    bench_check_alive(bench);
    return accepted;
}

START_TEST(the_unchanged_state_is_accepted)
{
    g_autoptr(GBytes) state = rich_state(&session_options);
    gsize size;
    const void *data = g_bytes_get_data(state, &size);

    ck_assert(load_and_use(&session_options, data, size));
}
END_TEST

START_TEST(every_truncation_is_refused)
{
    g_autoptr(GBytes) state = rich_state(&session_options);
    gsize size;
    const uint8_t *data = g_bytes_get_data(state, &size);

    for (gsize length = 0; length < size; length++) {
        /* A copy of its own, so that ASan sees one byte too far. */
        g_autofree uint8_t *copy = g_memdup2(data, length);

        ck_assert_msg(!load_and_use(&session_options, copy, length), "%zu of %zu bytes do",
                      (size_t)length, (size_t)size);
    }
}
END_TEST

START_TEST(one_byte_more_is_refused)
{
    g_autoptr(GBytes) state = rich_state(&session_options);
    gsize size;
    const void *data = g_bytes_get_data(state, &size);
    g_autofree uint8_t *copy = g_malloc0(size + 1);

    memcpy(copy, data, size);
    ck_assert(!load_and_use(&session_options, copy, size + 1));
}
END_TEST

/* Not for want of echo: that client may come while a firmware runs, so the state is possible. */
START_TEST(what_another_firmware_saved_is_refused)
{
    static const BenchOptions others[] = {
        {.platform = "tgp-lp", .latency = "50us+echo:3ms+amthi:1ms"},
        {.platform = "spt-h", .amt = SWME_OFF},
    };
    g_autoptr(GBytes) state = rich_state(&session_options);
    gsize size;
    const void *data = g_bytes_get_data(state, &size);

    for (unsigned int i = 0; i < G_N_ELEMENTS(others); i++) {
        ck_assert_msg(!load_and_use(&others[i], data, size), "firmware %u takes it", i);
    }
}
END_TEST

/*
 * Each bit of each byte, and all bits at once: refused, or harmless. In AMT's values, most of which
 * is their names, one bit that follows from its place and all: test-amt-nvm.c has the others.
 */
START_TEST(every_byte_changed)
{
    g_autoptr(GBytes) state = rich_state(&session_options);
    gsize size;
    const uint8_t *data = g_bytes_get_data(state, &size);
    const uint8_t *amt = memmem(data, size, "setup.state", 11);
    const uint8_t *end = memmem(data, size, "live.watchdog_spent", 19);
    unsigned int refused = 0;

    ck_assert(amt && end > amt);
    for (gsize at = (gsize)_i; at < size; at += 4) {
        bool all = data + at < amt || data + at >= end;

        for (unsigned int i = 0; i < 9; i++) {
            g_autofree uint8_t *copy = g_memdup2(data, size);

            if (all || i == 8 || i == at / 4 % 8) {
                copy[at] ^= i == 8 ? 0xff : (uint8_t)(1u << i);
                refused += !load_and_use(&session_options, copy, size);
            }
        }
    }
    ck_assert_uint_gt(refused, 20); /* or nothing is validated at all */
}
END_TEST

/* Several bytes at once, and pieces moved: 10,000 in all, always the same ones. */
START_TEST(random_mutations)
{
    g_autoptr(GBytes) state = rich_state(&session_options);
    gsize size;
    const void *data = g_bytes_get_data(state, &size);
    GRand *rand = g_rand_new_with_seed(0x5eed + (guint32)_i);

    for (unsigned int round = 0; round < 2500; round++) {
        g_autofree uint8_t *copy = g_memdup2(data, size);
        guint changes = (guint)g_rand_int_range(rand, 1, 6);
        gsize length = size;

        while (changes--) {
            gsize at = (gsize)g_rand_int_range(rand, 0, (gint32)size);
            gsize from = (gsize)g_rand_int_range(rand, 0, (gint32)size);
            gsize count = (gsize)g_rand_int_range(rand, 1, 9);

            if (g_rand_boolean(rand)) {
                copy[at] = (uint8_t)g_rand_int(rand);
            } else {
                memmove(copy + at, copy + from, MIN(count, size - MAX(at, from)));
            }
        }
        if (g_rand_int_range(rand, 0, 8) == 0) {
            length = (gsize)g_rand_int_range(rand, 0, (gint32)size);
        }
        load_and_use(&session_options, copy, length);
    }
    g_rand_free(rand);
}
END_TEST

START_TEST(bytes_that_were_never_a_state)
{
    GRand *rand = g_rand_new_with_seed(42);
    uint8_t noise[600];

    for (unsigned int round = 0; round < 500; round++) {
        gsize length = (gsize)g_rand_int_range(rand, 0, sizeof(noise));

        for (gsize i = 0; i < length; i++) {
            noise[i] = (uint8_t)(round % 3 == 0 ? 0 : round % 3 == 1 ? 0xff : g_rand_int(rand));
        }
        ck_assert(!load_and_use(&session_options, noise, length));
    }
    g_rand_free(rand);
}
END_TEST

/* A refused load is a platform reset: nothing of the session before it is left. */
START_TEST(a_refused_load_forgets_the_session)
{
    g_autoptr(GArray) steps = session_new();
    g_autoptr(GByteArray) reference = session_reference(steps);
    g_autoptr(GByteArray) transcript = g_byte_array_new();
    g_autoptr(Bench) bench = bench_ready(&session_options);
    g_autoptr(GError) error = NULL;

    session_run(bench, steps, 0, steps->len / 2, NULL);
    ck_assert(!swme_firmware_load(bench->firmware, "bad", 3, &error));
    check_error(error);
    fake_clock_settle(bench->clock);
    bench_host_reset(bench);
    session_run(bench, steps, 0, steps->len, transcript);
    ck_assert_uint_eq(transcript->len, reference->len);
    ck_assert_mem_eq(transcript->data, reference->data, reference->len);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("firmware-state");
    TCase *twins = unit_case(suite, "twins");
    TCase *hostile = unit_case(suite, "hostile");

    tcase_add_loop_test(twins, trap32_saved_at_each_step_the_twin_goes_on_alike, 0, 3);
    tcase_add_test(twins, saved_before_power_on_and_in_resets);
    tcase_add_test(twins, saved_in_power_gating);
    tcase_add_test(twins, saved_with_tags_that_a_later_request_leaves_out);
    tcase_add_test(hostile, the_unchanged_state_is_accepted);
    tcase_add_test(hostile, every_truncation_is_refused);
    tcase_add_test(hostile, one_byte_more_is_refused);
    tcase_add_test(hostile, what_another_firmware_saved_is_refused);
    tcase_add_loop_test(hostile, every_byte_changed, 0, 4);
    tcase_add_loop_test(hostile, random_mutations, 0, 4);
    tcase_add_test(hostile, bytes_that_were_never_a_state);
    tcase_add_test(hostile, a_refused_load_forgets_the_session);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
