/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The echo client: each message comes back as it went. Lengths and flow: test-firmware-flow.c. */
#include <string.h>

#include "tests/unit/bench.h"
#include "tests/unit/unit.h"

START_TEST(every_byte_value_comes_back)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient echo = bench_open(b, GUID_TEXT_ECHO, 1);
    uint8_t data[256];

    for (unsigned int i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)i;
    }
    bench_grant(b, echo.address, 1);
    bench_data(b, echo.address, 1, data, sizeof(data));
    bench_expect_message(b, echo.address, 1, data, sizeof(data));
}
END_TEST

START_TEST(an_empty_message_comes_back_empty)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient echo = bench_open(b, GUID_TEXT_ECHO, 1);
    g_autoptr(GByteArray) got = NULL;

    bench_grant(b, echo.address, 1);
    bench_data(b, echo.address, 1, NULL, 0);
    got = bench_take_message(b, echo.address, 1);
    ck_assert(got != NULL);
    ck_assert_uint_eq(got->len, 0);
    bench_expect_hbm(b, BYTES(0x08, echo.address, 1, 0, 0, 0, 0, 0));
}
END_TEST

START_TEST(connections_do_not_hear_each_other)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient echo = bench_find(b, GUID_TEXT_ECHO);

    ck_assert_uint_ge(echo.max_connections, 2); /* 25: not on the bus of Linux, for user space */
    for (unsigned int host = 1; host <= echo.max_connections; host++) {
        bench_connect(b, echo.address, (uint8_t)host);
    }
    for (unsigned int host = 1; host <= echo.max_connections; host++) {
        bench_data(b, echo.address, (uint8_t)host, BYTES((uint8_t)host, 0xaa));
    }
    bench_expect_nothing(b);
    for (unsigned int host = echo.max_connections; host > 0; host--) {
        bench_grant(b, echo.address, (uint8_t)host);
        bench_expect_message(b, echo.address, (uint8_t)host, BYTES((uint8_t)host, 0xaa));
        bench_expect_hbm(b, BYTES(0x08, echo.address, (uint8_t)host, 0, 0, 0, 0, 0));
    }
    bench_expect_nothing(b);
}
END_TEST

/* Only ours, only on request: no user meets it by chance. */
START_TEST(it_is_there_on_request_on_each_platform)
{
    for (const SwmePlatform *p = swme_platforms; p->name; p++) {
        g_autoptr(Bench) with = bench_up(&(BenchOptions){.platform = p->name});
        g_autoptr(Bench) without = bench_up(&(BenchOptions){.platform = p->name, .no_echo = true});

        ck_assert(bench_has(with, GUID_TEXT_ECHO));
        ck_assert(!bench_has(without, GUID_TEXT_ECHO));
    }
}
END_TEST

/* Sent with poison around it: no byte of another message, no byte of the packet's padding. */
START_TEST(no_byte_of_the_last_message_comes_back)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient echo = bench_open(b, GUID_TEXT_ECHO, 1);
    uint8_t poison[508];

    memset(poison, 0xee, sizeof(poison));
    bench_grant(b, echo.address, 1);
    bench_data(b, echo.address, 1, poison, sizeof(poison));
    bench_expect_message(b, echo.address, 1, poison, sizeof(poison));
    bench_expect_hbm(b, BYTES(0x08, echo.address, 1, 0, 0, 0, 0, 0));
    for (unsigned int size = 1; size < 9; size++) {
        uint8_t data[8] = {1, 2, 3, 4, 5, 6, 7, 8};

        bench_grant(b, echo.address, 1);
        bench_data(b, echo.address, 1, data, size);
        bench_expect_message(b, echo.address, 1, data, size);
        bench_expect_hbm(b, BYTES(0x08, echo.address, 1, 0, 0, 0, 0, 0));
    }
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("client-echo");
    TCase *tcase = unit_case(suite, "echo");

    tcase_add_test(tcase, every_byte_value_comes_back);
    tcase_add_test(tcase, an_empty_message_comes_back_empty);
    tcase_add_test(tcase, connections_do_not_hear_each_other);
    tcase_add_test(tcase, it_is_there_on_request_on_each_platform);
    tcase_add_test(tcase, no_byte_of_the_last_message_comes_back);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
