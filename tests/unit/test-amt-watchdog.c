/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The watchdog's timers on a clock that is moved by hand, and what follows when one runs out. */
#include <string.h>

#include "tests/unit/unit.h"
#include "tests/unit/watchdog-fixture.h"

#define S SWME_NS_PER_S

static unsigned int timers(const Dog *dog)
{
    AmtWatchdogTimer all[AMT_WATCHDOG_USERS];

    return amt_watchdog_timers(dog->watchdog, all);
}

static void expect_hung(const Dog *dog, unsigned int times)
{
    MUST_EQ(dog_records(dog, SENSOR_OS_STOP), times);
    MUST_EQ(dog->machine.expirations, times);
    MUST_EQ(amt_watchdog_expirations(dog->watchdog), times);
}

START_TEST(it_runs_out_at_the_set_time_and_not_before)
{
    static const uint16_t times[] = {1, 120, 121, 3600, 65535};

    for (size_t i = 0; i < G_N_ELEMENTS(times); i++) {
        g_autoptr(Dog) dog = dog_new(DOG_ON);
        AmtEvent event;

        dog_start(dog, 1, times[i]);
        dog_pass(dog, times[i] * S - 1);
        expect_hung(dog, 0);
        dog_pass(dog, 1);
        expect_hung(dog, 1);
        dog_pass(dog, INT64_C(200000) * S);
        expect_hung(dog, 1);
        ck_assert_uint_eq(dog->machine.resets, 0);
        /* Manageability bridges 2.2, all 21 bytes but the time. */
        ck_assert(amt_log_get(dog->amt, 1, &event));
        {
            uint8_t record[AMT_RECORD_SIZE];

            amt_event_encode(&event, record);
            ck_assert_uint_eq(swme_get_le32(record), BENCH_TIME_S + times[i]);
            ck_assert_mem_eq(record + 4,
                             ((uint8_t[]){0xff, 0x20, 0x6f, 0x01, 0x68, 0x10, 0xff, 0x23, 0x00, 0,
                                          0, 0, 0, 0, 0, 0, 0}),
                             17);
        }
    }
}
END_TEST

START_TEST(a_ping_a_second_before_the_end_raises_nothing)
{
    g_autoptr(Dog) dog = dog_new(DOG_ON);

    dog_start(dog, 1, 120);
    for (unsigned int i = 0; i < 50; i++) {
        dog_pass(dog, 119 * S);
        dog_start(dog, 1, 120);
    }
    expect_hung(dog, 0);
    dog_pass(dog, 120 * S - 1);
    expect_hung(dog, 0);
    dog_pass(dog, 1);
    expect_hung(dog, 1);
}
END_TEST

/* D.3: the least is 1. */
START_TEST(no_time_is_one_second)
{
    g_autoptr(Dog) dog = dog_new(DOG_ON);

    dog_start(dog, 1, 0);
    dog_pass(dog, S - 1);
    expect_hung(dog, 0);
    dog_pass(dog, 1);
    expect_hung(dog, 1);
}
END_TEST

START_TEST(stopped_it_is_silent_and_nothing_is_armed)
{
    g_autoptr(Dog) dog = dog_new(DOG_ON);

    dog_start(dog, 1, 120);
    ck_assert_uint_eq(swme_manual_clock_armed(dog->bench->clock), 1);
    dog_stop(dog, 1);
    ck_assert_uint_eq(swme_manual_clock_armed(dog->bench->clock), 0);
    dog_pass(dog, 1000 * S);
    expect_hung(dog, 0);
}
END_TEST

START_TEST(who_has_hung_and_come_back_may_hang_again)
{
    g_autoptr(Dog) dog = dog_new(DOG_ON);

    dog_start(dog, 1, 120);
    dog_pass(dog, 500 * S);
    expect_hung(dog, 1);
    dog_start(dog, 1, 120);
    dog_pass(dog, 120 * S);
    expect_hung(dog, 2);
}
END_TEST

START_TEST(driver_and_tool_have_a_timer_each)
{
    g_autoptr(Dog) dog = dog_new(DOG_ON);

    dog_start(dog, 1, 120);
    dog_pass(dog, 60 * S);
    dog_start(dog, 2, 600); /* a tool that starts and stops is not the driver's ping */
    dog_stop(dog, 2);
    dog_start(dog, 2, 600);
    ck_assert_uint_eq(timers(dog), 2);
    dog_pass(dog, 60 * S - 1);
    expect_hung(dog, 0);
    dog_pass(dog, 1);
    expect_hung(dog, 1);
    /* One machine, one hang: the other's running out is no news. */
    dog_pass(dog, 600 * S);
    expect_hung(dog, 1);
}
END_TEST

/* A driver that goes without a stop leaves a timer to whoever comes next (docs/watchdog.md). */
START_TEST(who_leaves_without_a_stop_is_missed)
{
    g_autoptr(Dog) dog = dog_new(DOG_ON);

    dog_start(dog, 1, 120);
    dog_disconnect(dog, 1);
    dog_pass(dog, 120 * S);
    expect_hung(dog, 1);
}
END_TEST

START_TEST(who_comes_next_takes_the_timer_over)
{
    for (unsigned int stops = 0; stops < 2; stops++) {
        g_autoptr(Dog) dog = dog_new(DOG_ON);

        dog_start(dog, 1, 120);
        dog_disconnect(dog, 1);
        dog_pass(dog, 60 * S);
        if (stops) {
            dog_stop(dog, 2);
        } else {
            dog_start(dog, 2, 120);
        }
        dog_pass(dog, 119 * S);
        expect_hung(dog, 0);
        ck_assert_uint_eq(timers(dog), stops ? 0 : 1);
    }
}
END_TEST

START_TEST(of_two_that_left_the_first_to_run_out_counts)
{
    g_autoptr(Dog) dog = dog_new(DOG_ON);

    dog_start(dog, 1, 300);
    dog_start(dog, 2, 200);
    dog_disconnect(dog, 1);
    dog_disconnect(dog, 2);
    ck_assert_uint_eq(timers(dog), 1);
    dog_pass(dog, 200 * S - 1);
    expect_hung(dog, 0);
    dog_pass(dog, 1);
    expect_hung(dog, 1);
}
END_TEST

/* ---- IPS_WatchDogAction ---- */

#define DOG_RESETS(seconds) \
    (&(BenchOptions){.latency = "0", .watchdog = "on", .watchdog_reset = (seconds)})

START_TEST(the_host_is_reset_after_the_delay_and_once)
{
    g_autoptr(Dog) dog = dog_new(DOG_RESETS("30"));
    AmtEvent event;

    dog_start(dog, 1, 120);
    dog_pass(dog, 120 * S);
    expect_hung(dog, 1);
    ck_assert_int_eq(amt_watchdog_reset_in_ns(dog->watchdog), 30 * S);
    dog_pass(dog, 30 * S - 1);
    ck_assert_uint_eq(dog->machine.resets, 0);
    dog_pass(dog, 1);
    ck_assert_uint_eq(dog->machine.resets, 1);
    expect_hung(dog, 1);
    ck_assert(amt_log_get(dog->amt, 1, &event));
    ck_assert_uint_eq(event.sensor_type, 0x23);
    ck_assert_uint_eq(event.data[1], 4);
    /* The reset itself is not logged a second time. */
    swme_firmware_ops.platform_reset(dog->bench->firmware);
    ck_assert(amt_log_get(dog->amt, 1, &event));
    ck_assert_uint_eq(event.sensor_type, 0x23);
    ck_assert_uint_eq(timers(dog), 0);
}
END_TEST

START_TEST(no_machine_resets_in_a_loop_until_it_is_armed_again)
{
    g_autoptr(Dog) dog = dog_new(DOG_RESETS("0"));

    dog_start(dog, 1, 120);
    dog_pass(dog, 120 * S);
    ck_assert_uint_eq(dog->machine.resets, 1);
    dog_start(dog, 1, 120);
    dog_pass(dog, 120 * S);
    expect_hung(dog, 2);
    ck_assert_uint_eq(dog->machine.resets, 1);
    ck_assert(amt_watchdog_set(dog->amt, NULL, "0", NULL));
    dog_start(dog, 1, 120);
    dog_pass(dog, 120 * S);
    expect_hung(dog, 3);
    ck_assert_uint_eq(dog->machine.resets, 2);
}
END_TEST

START_TEST(a_reset_that_is_due_can_be_cancelled)
{
    enum { BY_METHOD, BY_SETTING, BY_RESET, WAYS };

    for (int way = 0; way < WAYS; way++) {
        g_autoptr(Dog) dog = dog_new(DOG_RESETS("30"));

        dog_start(dog, 1, 120);
        dog_pass(dog, 130 * S);
        if (way == BY_METHOD) {
            ck_assert(amt_watchdog_cancel_reset(dog->watchdog));
            ck_assert(!amt_watchdog_cancel_reset(dog->watchdog));
        } else if (way == BY_SETTING) {
            ck_assert(amt_watchdog_set(dog->amt, NULL, "off", NULL));
        } else {
            swme_firmware_ops.platform_reset(dog->bench->firmware);
        }
        ck_assert_int_lt(amt_watchdog_reset_in_ns(dog->watchdog), 0);
        dog_pass(dog, 1000 * S);
        ck_assert_uint_eq(dog->machine.resets, 0);
    }
}
END_TEST

START_TEST(settings_are_checked)
{
    static const char *const bad[][2] = {{"yes", NULL}, {"", NULL},      {NULL, ""},
                                         {NULL, "-1"},  {NULL, "86401"}, {NULL, "3s"}};
    g_autoptr(Dog) dog = dog_new(&(BenchOptions){.latency = "0"});

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;

        MUST(!amt_watchdog_set(dog->amt, bad[i][0], bad[i][1], &error));
        MUST(error && !strchr(error->message, '\n'));
    }
    ck_assert_uint_eq(amt_state_data(dog->amt)->watchdog.delay_s, 30);
    ck_assert(amt_watchdog_set(dog->amt, "off", "86400", NULL));
    ck_assert_uint_eq(amt_state_data(dog->amt)->watchdog.delay_s, 86400);
    ck_assert(!amt_watchdog_wanted(dog->watchdog));
}
END_TEST

/* ---- the host's power ---- */

START_TEST(time_stands_still_while_the_host_sleeps)
{
    g_autoptr(Dog) dog = dog_new(DOG_RESETS("30"));
    SwmeFirmware *firmware = dog->bench->firmware;

    dog_start(dog, 1, 120);
    dog_pass(dog, 100 * S);
    swme_firmware_host_power(firmware, SWME_HOST_S3);
    ck_assert_uint_eq(swme_manual_clock_armed(dog->bench->clock), 0);
    dog_pass(dog, 100000 * S);
    expect_hung(dog, 0);
    /* As QEMU wakes a machine up: its devices are reset on the way. */
    swme_firmware_ops.platform_reset(firmware);
    swme_firmware_host_power(firmware, SWME_HOST_S0);
    dog_pass(dog, 20 * S - 1);
    expect_hung(dog, 0);
    dog_pass(dog, 1);
    expect_hung(dog, 1);
    /* And the time to the reset likewise. */
    dog_pass(dog, 10 * S);
    swme_firmware_host_power(firmware, SWME_HOST_S3);
    dog_pass(dog, 1000 * S);
    swme_firmware_host_power(firmware, SWME_HOST_S0);
    dog_pass(dog, 20 * S - 1);
    ck_assert_uint_eq(dog->machine.resets, 0);
    dog_pass(dog, 1);
    ck_assert_uint_eq(dog->machine.resets, 1);
}
END_TEST

START_TEST(a_host_that_is_off_does_not_hang)
{
    g_autoptr(Dog) dog = dog_new(DOG_ON);

    dog_start(dog, 1, 120);
    swme_firmware_host_power(dog->bench->firmware, SWME_HOST_S5);
    dog_pass(dog, 1000 * S);
    expect_hung(dog, 0);
    ck_assert_uint_eq(swme_manual_clock_armed(dog->bench->clock), 0);
}
END_TEST

/* Which is why Linux stops it before it reboots. */
START_TEST(a_reset_host_that_does_not_come_up_is_told_of)
{
    g_autoptr(Dog) dog = dog_new(DOG_ON);

    dog_start(dog, 1, 120);
    dog_pass(dog, 60 * S);
    bench_power_on(dog->bench);
    dog_pass(dog, 60 * S - 1);
    expect_hung(dog, 0);
    dog_pass(dog, 1);
    expect_hung(dog, 1);
}
END_TEST

/* ---- saved state ---- */

START_TEST(saved_and_restored_it_runs_out_in_time)
{
    g_autoptr(Dog) dog = dog_new(DOG_RESETS("30"));
    g_autoptr(Dog) twin = dog_new(DOG_RESETS("30"));
    g_autoptr(GBytes) state = NULL;
    g_autoptr(GBytes) again = NULL;
    gsize size;
    const void *data;

    dog_start(dog, 1, 120);
    dog_start(dog, 2, 300);
    dog_pass(dog, 50 * S);
    state = swme_firmware_save(dog->bench->firmware);
    data = g_bytes_get_data(state, &size);
    dog_pass(twin, 7777 * S); /* another origin of time */
    ck_assert(swme_firmware_load(twin->bench->firmware, data, size, NULL));
    again = swme_firmware_save(twin->bench->firmware);
    ck_assert(g_bytes_equal(state, again));
    dog_pass(twin, 70 * S - 1);
    expect_hung(twin, 0);
    dog_pass(twin, 1);
    expect_hung(twin, 1);
    /* Between running out and the reset. */
    dog_pass(twin, 10 * S);
    g_bytes_unref(state);
    state = swme_firmware_save(twin->bench->firmware);
    data = g_bytes_get_data(state, &size);
    ck_assert(swme_firmware_load(dog->bench->firmware, data, size, NULL));
    dog_pass(dog, 20 * S - 1);
    ck_assert_uint_eq(dog->machine.resets, 0);
    dog_pass(dog, 1);
    ck_assert_uint_eq(dog->machine.resets, 1);
    ck_assert_uint_eq(dog_records(dog, SENSOR_OS_STOP), 1);
}
END_TEST

/* Loading is no news to a driver: what it had asked for comes once, when it changes. */
START_TEST(a_restored_guest_is_not_notified)
{
    g_autoptr(Dog) wanted = dog_new(DOG_ON);
    g_autoptr(Dog) other = dog_new(&(BenchOptions){.latency = "0"});
    g_autoptr(GBytes) state = NULL;
    gsize size;
    const void *data;

    bench_hbm(wanted->bench, BYTES(0x10, wanted->address, 1, 1));
    bench_expect_hbm(wanted->bench, BYTES(0x90, wanted->address, 1, 0, 1, 0, 0, 0));
    state = swme_firmware_save(wanted->bench->firmware);
    data = g_bytes_get_data(state, &size);
    ck_assert(swme_firmware_load(other->bench->firmware, data, size, NULL));
    bench_ring(other->bench);
    bench_expect_nothing(other->bench);
    ck_assert(amt_watchdog_wanted(other->watchdog));
}
END_TEST

static bool any_user(void *opaque, uint8_t user)
{
    (void)opaque;
    return user == 1 || user == 2;
}

START_TEST(a_state_that_cannot_be_is_refused)
{
    static const char *const bad[] = {
        "(uint32 3, true, false, uint64 0, int64 -1, [(byte 1, uint16 120, int64 5)])",
        "(uint32 0, true, false, uint64 0, int64 -2, [(byte 1, uint16 120, int64 5)])",
        "(uint32 0, true, false, uint64 0, int64 86400000000001, [(byte 1, uint16 1, int64 5)])",
        "(uint32 0, true, false, uint64 0, int64 -1, [(byte 3, uint16 120, int64 5)])",
        "(uint32 0, true, false, uint64 0, int64 -1, [(byte 1, uint16 0, int64 0)])",
        "(uint32 0, true, false, uint64 0, int64 -1, [(byte 1, uint16 1, int64 1000000001)])",
        "(uint32 0, true, false, uint64 0, int64 -1, [(byte 1, uint16 1, int64 -2)])",
        ("(uint32 0, true, false, uint64 0, int64 -1, [(byte 1, uint16 9, int64 1),"
         " (byte 1, uint16 9, int64 1)])"),
    };
    g_autoptr(Dog) dog = dog_new(DOG_ON);
    g_autoptr(Dog) unwanted = dog_new(&(BenchOptions){.latency = "0"});
    g_autoptr(GVariant) good = g_variant_ref_sink(g_variant_parse(
        G_VARIANT_TYPE(AMT_WATCHDOG_STATE_TYPE),
        "(0, true, false, 0, -1, [(1, 120, 5000000000), (0, 9, -1)])", NULL, NULL, NULL));

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) state =
            g_variant_parse(G_VARIANT_TYPE(AMT_WATCHDOG_STATE_TYPE), bad[i], NULL, NULL, &error);

        MUST_MSG(state, "%s", error->message);
        g_variant_ref_sink(state);
        MUST_MSG(!amt_watchdog_load(dog->watchdog, state, any_user, NULL), "case %zu", i);
        MUST_EQ(timers(dog), 0);
        MUST_EQ(swme_manual_clock_armed(dog->bench->clock), 0);
    }
    ck_assert(amt_watchdog_load(dog->watchdog, good, any_user, NULL));
    ck_assert_uint_eq(timers(dog), 2);
    /* Nothing runs where it is not wanted. */
    ck_assert(!amt_watchdog_load(unwanted->watchdog, good, any_user, NULL));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("amt-watchdog");
    TCase *tcase = unit_case(suite, "timers");

    tcase_add_test(tcase, it_runs_out_at_the_set_time_and_not_before);
    tcase_add_test(tcase, a_ping_a_second_before_the_end_raises_nothing);
    tcase_add_test(tcase, no_time_is_one_second);
    tcase_add_test(tcase, stopped_it_is_silent_and_nothing_is_armed);
    tcase_add_test(tcase, who_has_hung_and_come_back_may_hang_again);
    tcase_add_test(tcase, driver_and_tool_have_a_timer_each);
    tcase_add_test(tcase, who_leaves_without_a_stop_is_missed);
    tcase_add_test(tcase, who_comes_next_takes_the_timer_over);
    tcase_add_test(tcase, of_two_that_left_the_first_to_run_out_counts);
    tcase = unit_case(suite, "action");
    tcase_add_test(tcase, the_host_is_reset_after_the_delay_and_once);
    tcase_add_test(tcase, no_machine_resets_in_a_loop_until_it_is_armed_again);
    tcase_add_test(tcase, a_reset_that_is_due_can_be_cancelled);
    tcase_add_test(tcase, settings_are_checked);
    tcase = unit_case(suite, "power");
    tcase_add_test(tcase, time_stands_still_while_the_host_sleeps);
    tcase_add_test(tcase, a_host_that_is_off_does_not_hang);
    tcase_add_test(tcase, a_reset_host_that_does_not_come_up_is_told_of);
    tcase = unit_case(suite, "saved");
    tcase_add_test(tcase, saved_and_restored_it_runs_out_in_time);
    tcase_add_test(tcase, a_restored_guest_is_not_notified);
    tcase_add_test(tcase, a_state_that_cannot_be_is_refused);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
