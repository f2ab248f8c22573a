/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clients that only enumerate: what Linux' bus drivers do with them must work, and no more. */
#include <string.h>

#include "tests/unit/bench.h"
#include "tests/unit/unit.h"

#define GUID_TEXT_HDCP "b638ab7e-94e2-4ea2-a552-d1c54b627f04"
#define GUID_TEXT_ICC  "42b3ce2f-bd9f-485a-96ae-26406230b1ff"

/* mei_hdcp connects as soon as it is loaded, and then is silent until a graphics driver asks. */
START_TEST(hosts_connect_as_often_as_it_says)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient hdcp = bench_find(b, GUID_TEXT_HDCP);

    ck_assert_uint_eq(hdcp.max_connections, 2);
    bench_connect(b, hdcp.address, 1);
    bench_connect(b, hdcp.address, 2);
    bench_hbm(b, BYTES(0x06, hdcp.address, 3, 0));
    bench_expect_hbm(b, BYTES(0x86, hdcp.address, 3, 3)); /* busy */
    bench_hbm(b, BYTES(0x07, hdcp.address, 1, 0));
    bench_expect_hbm(b, BYTES(0x87, hdcp.address, 1, 0));
    bench_connect(b, hdcp.address, 3);
}
END_TEST

START_TEST(messages_are_taken_counted_and_traced)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient hdcp = bench_open(b, GUID_TEXT_HDCP, 1);
    uint8_t message[300] = {1};

    bench_grant(b, hdcp.address, 1);
    for (unsigned int i = 1; i <= 3; i++) {
        bench_data(b, hdcp.address, 1, message, sizeof(message));
        /* Taken: the host may send the next, and gets no answer. */
        bench_expect_hbm(b, BYTES(0x08, hdcp.address, 1, 0, 0, 0, 0, 0));
        bench_expect_nothing(b);
        ck_assert_uint_eq(swme_firmware_stats(b->firmware)->unanswered, i);
        ck_assert_uint_eq(swme_firmware_stats(b->firmware)->messages_in, i);
    }
    bench_check_alive(b);
}
END_TEST

START_TEST(so_are_those_to_a_fixed_address)
{
    g_autoptr(Bench) b = bench_up(NULL);

    bench_data(b, bench_find(b, GUID_TEXT_ICC).address, 0, BYTES(1, 2, 3, 4));
    bench_expect_nothing(b);
    ck_assert_uint_eq(swme_firmware_stats(b->firmware)->unanswered, 1);
    bench_check_alive(b);
}
END_TEST

START_TEST(a_message_over_the_limit_closes_the_connection)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.platform = "spt-h"});
    BenchClient client = bench_open(b, "8c2f4425-77d6-4755-aca3-891fdbc66a58", 1);
    g_autofree uint8_t *message = g_malloc0(client.max_length + 1);

    ck_assert_uint_eq(client.max_length, 3092);
    bench_message(b, client.address, 1, message, client.max_length + 1);
    bench_expect_hbm(b, BYTES(0x07, client.address, 1, 0));
    ck_assert_uint_eq(swme_firmware_stats(b->firmware)->unanswered, 0);
    bench_check_alive(b);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("client-presence");
    TCase *tcase = unit_case(suite, "presence");

    tcase_add_test(tcase, hosts_connect_as_often_as_it_says);
    tcase_add_test(tcase, messages_are_taken_counted_and_traced);
    tcase_add_test(tcase, so_are_those_to_a_fixed_address);
    tcase_add_test(tcase, a_message_over_the_limit_closes_the_connection);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
