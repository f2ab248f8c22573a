/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clients that come and go while the link runs, notifications, and a firmware that stops the link.
 * Section numbers are those of the HECI/HBM fact sheet.
 */
#include "tests/unit/bench.h"
#include "tests/unit/unit.h"

static void set_client(Bench *b, const char *name, bool present)
{
    GError *error = NULL;

    ck_assert_msg(swme_firmware_set_client(b->firmware, name, present, &error), "%s",
                  error ? error->message : "");
    fake_clock_settle(b->clock);
}

/* --- section 6.2 and 6.4: ADD_CLIENT --- */

START_TEST(a_client_that_comes_is_announced_and_works)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.no_echo = true});
    uint8_t message[MEI_PACKET_MAX];
    uint8_t address;

    ck_assert(!bench_has(b, GUID_TEXT_ECHO));
    set_client(b, "echo", true);
    ck_assert_uint_eq(bench_take_hbm(b, message), 28);
    ck_assert_uint_eq(message[0], 0x0f);
    address = message[1];
    ck_assert_uint_ge(address, 32);
    bench_hbm(b, BYTES(0x8f, address, 0, 0));
    bench_expect_nothing(b);
    ck_assert_uint_eq(bench_find(b, GUID_TEXT_ECHO).address, address);
    bench_connect(b, address, 3);
    bench_grant(b, address, 3);
    bench_data(b, address, 3, "hello", 5);
    bench_expect_message(b, address, 3, "hello", 5);
}
END_TEST

START_TEST(a_host_that_takes_no_additions_is_told_nothing)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.no_echo = true});
    uint8_t bitmap[MEI_PACKET_MAX];

    bench_hbm(b, BYTES(0x04, 0x00, 0, 0)); /* flags 0 */
    ck_assert_uint_eq(bench_take_hbm(b, bitmap), 36);
    set_client(b, "echo", true);
    bench_expect_nothing(b);
}
END_TEST

START_TEST(before_the_enumeration_nothing_is_announced)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.no_echo = true});

    set_client(b, "echo", true);
    bench_expect_nothing(b);
    ck_assert(bench_has(b, GUID_TEXT_ECHO));
    bench_expect_nothing(b);
}
END_TEST

START_TEST(hbm_1_hosts_are_told_nothing)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.platform = "ppt-1", .no_echo = true});

    ck_assert(!bench_has(b, GUID_TEXT_ECHO));
    set_client(b, "echo", true);
    bench_expect_nothing(b);
}
END_TEST

START_TEST(a_client_that_goes_closes_its_connections)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient echo = bench_open(b, GUID_TEXT_ECHO, 1);

    bench_connect(b, echo.address, 2);
    set_client(b, "echo", false);
    bench_expect_hbm(b, BYTES(0x07, echo.address, 1, 0));
    bench_expect_hbm(b, BYTES(0x07, echo.address, 2, 0));
    bench_expect_nothing(b);
    bench_hbm(b, BYTES(0x87, echo.address, 1, 0));
    bench_hbm(b, BYTES(0x87, echo.address, 2, 0));
    ck_assert_uint_eq(swme_firmware_stats(b->firmware)->bad_hbm, 0);
    /* How a host learns that it went: status 1 (section 6.4). */
    bench_hbm(b, BYTES(0x06, echo.address, 1, 0));
    bench_expect_hbm(b, BYTES(0x86, echo.address, 1, 1));
    ck_assert(!bench_has(b, GUID_TEXT_ECHO));
    set_client(b, "echo", true);
    fake_device_drop_all(&b->device);
    bench_open(b, GUID_TEXT_ECHO, 1);
}
END_TEST

START_TEST(a_client_that_goes_with_a_message_on_its_way)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.latency = "0+echo:5ms"});
    BenchClient echo = bench_open(b, GUID_TEXT_ECHO, 1);

    bench_grant(b, echo.address, 1);
    bench_put(b, mei_hdr(echo.address, 1, 3, true), "abc", 3);
    swme_firmware_ops.doorbell(b->firmware);
    set_client(b, "echo", false);
    bench_expect_hbm(b, BYTES(0x07, echo.address, 1, 0));
    bench_expect_nothing(b); /* trap 8: no reply to a connection that is gone */
    bench_check_alive(b);
}
END_TEST

START_TEST(a_fixed_or_unknown_client_cannot_come_or_go)
{
    g_autoptr(Bench) b = bench_up(NULL);
    static const char *const names[] = {"mkhi-fixed", "nobody", ""};

    for (size_t i = 0; i < UNIT_COUNT(names); i++) {
        g_autoptr(GError) error = NULL;

        ck_assert(!swme_firmware_set_client(b->firmware, names[i], false, &error));
        ck_assert(error != NULL && g_strrstr(error->message, "\n") == NULL);
        g_clear_error(&error);
        ck_assert(!swme_firmware_notify(b->firmware, names[i], &error));
        ck_assert(error != NULL);
    }
    bench_expect_nothing(b);
}
END_TEST

START_TEST(without_amt_its_client_cannot_come)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.amt = SWME_OFF});

    ck_assert(!swme_firmware_set_client(b->firmware, "amthi", true, NULL));
    ck_assert(!bench_has(b, GUID_TEXT_AMTHI));
}
END_TEST

/* --- section 7.5: notifications --- */

START_TEST(a_notification_goes_to_those_who_asked)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient echo = bench_open(b, GUID_TEXT_ECHO, 1);

    bench_connect(b, echo.address, 2);
    ck_assert(swme_firmware_notify(b->firmware, "echo", NULL));
    fake_clock_settle(b->clock);
    bench_expect_nothing(b); /* nobody asked */
    bench_hbm(b, BYTES(0x10, echo.address, 2, 1));
    bench_expect_hbm(b, BYTES(0x90, echo.address, 2, 0, 1, 0, 0, 0));
    ck_assert(swme_firmware_notify(b->firmware, "echo", NULL));
    fake_clock_settle(b->clock);
    bench_expect_hbm(b, BYTES(0x11, echo.address, 2, 0));
    bench_expect_nothing(b);
    bench_hbm(b, BYTES(0x10, echo.address, 2, 0));
    bench_expect_hbm(b, BYTES(0x90, echo.address, 2, 0, 0, 0, 0, 0));
    ck_assert(swme_firmware_notify(b->firmware, "echo", NULL));
    fake_clock_settle(b->clock);
    bench_expect_nothing(b);
}
END_TEST

/* --- section 5.5: the firmware stops the link --- */

START_TEST(a_stop_asks_the_host_and_answers_its_stop)
{
    g_autoptr(Bench) b = bench_up(NULL);

    bench_open(b, GUID_TEXT_ECHO, 1);
    swme_firmware_stop(b->firmware);
    fake_clock_settle(b->clock);
    bench_expect_hbm(b, BYTES(0x03, 0, 0, 0));
    bench_hbm(b, BYTES(0x02, 0, 0, 0));
    bench_expect_hbm(b, BYTES(0x82, 0, 0, 0));
    bench_expect_nothing(b);
    bench_check_alive(b);
}
END_TEST

START_TEST(a_stop_without_a_link_says_nothing)
{
    g_autoptr(Bench) b = bench_ready(NULL);

    swme_firmware_stop(b->firmware);
    fake_clock_settle(b->clock);
    bench_expect_nothing(b);
}
END_TEST

START_TEST(trap15_a_reset_of_its_own_holds_me_rdy_until_h_rst)
{
    g_autoptr(Bench) b = bench_up(NULL);
    unsigned int interrupts = b->device.interrupts;

    swme_firmware_reset(b->firmware);
    ck_assert(!b->device.ready);
    ck_assert_uint_eq(b->device.interrupts, interrupts + 1);
    fake_clock_settle(b->clock);
    bench_ring(b);
    ck_assert(!b->device.ready);
    bench_check_alive(b);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("firmware-dynamic");
    TCase *tcase = unit_case(suite, "dynamic");

    tcase_add_test(tcase, a_client_that_comes_is_announced_and_works);
    tcase_add_test(tcase, a_host_that_takes_no_additions_is_told_nothing);
    tcase_add_test(tcase, before_the_enumeration_nothing_is_announced);
    tcase_add_test(tcase, hbm_1_hosts_are_told_nothing);
    tcase_add_test(tcase, a_client_that_goes_closes_its_connections);
    tcase_add_test(tcase, a_client_that_goes_with_a_message_on_its_way);
    tcase_add_test(tcase, a_fixed_or_unknown_client_cannot_come_or_go);
    tcase_add_test(tcase, without_amt_its_client_cannot_come);
    tcase_add_test(tcase, a_notification_goes_to_those_who_asked);
    tcase_add_test(tcase, a_stop_asks_the_host_and_answers_its_stop);
    tcase_add_test(tcase, a_stop_without_a_link_says_nothing);
    tcase_add_test(tcase, trap15_a_reset_of_its_own_holds_me_rdy_until_h_rst);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
