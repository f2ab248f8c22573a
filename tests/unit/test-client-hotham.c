/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HOTHAM as intel/lms and rpc-go use it. Sections: ME client fact sheet, E.5. */
#include <string.h>

#include "tests/unit/bench.h"
#include "tests/unit/unit.h"

#define GUID_TEXT_HOTHAM "082ee5a7-7c25-470a-9643-0c06f0466ea1"
#define HOST             1

static uint8_t me;

static Bench *open_hotham(void)
{
    Bench *b = bench_up(&(BenchOptions){.platform = "spt-h"});
    BenchClient client = bench_open(b, GUID_TEXT_HOTHAM, HOST);

    ck_assert_uint_eq(client.version, 0);
    ck_assert_uint_eq(client.max_length, 8196);
    me = client.address;
    return b;
}

static GByteArray *ask(Bench *b, const uint8_t *question, size_t size)
{
    bench_grant(b, me, HOST);
    bench_data(b, me, HOST, question, size);
    return bench_take_message(b, me, HOST);
}

static void expect_answered(Bench *b)
{
    bench_expect_hbm(b, BYTES(0x08, me, HOST, 0, 0, 0, 0, 0));
    bench_expect_nothing(b);
}

/* Class 2, target 1 as LMS and rpc-go send it: 0x00008006 for the size, 0x00008106 for the log. */
START_TEST(an_empty_log_has_no_size)
{
    g_autoptr(Bench) b = open_hotham();
    g_autoptr(GByteArray) answer = ask(b, BYTES(0x06, 0x80, 0, 0));

    ck_assert_uint_eq(answer->len, 8);
    ck_assert_uint_eq(answer->data[1], 0x10); /* LMS: success */
    ck_assert_uint_eq(answer->data[2], 8);
    ck_assert_uint_eq(swme_get_le32(answer->data + 4), 0);
    expect_answered(b);
}
END_TEST

START_TEST(the_log_comes_whole)
{
    g_autoptr(Bench) b = open_hotham();
    g_autoptr(GByteArray) answer = ask(b, BYTES(0x06, 0x81, 0, 0));

    ck_assert_uint_eq(answer->len, 8196);
    ck_assert_uint_eq(answer->data[1], 0x10);
    ck_assert_uint_ne(swme_get_le32(answer->data) >> 16 & 0xfff, 0); /* rpc-go: not an error */
    for (guint i = 4; i < answer->len; i++) {
        ck_assert_uint_eq(answer->data[i], 0xff);
    }
    expect_answered(b);
}
END_TEST

START_TEST(the_sequence_number_comes_back)
{
    g_autoptr(Bench) b = open_hotham();

    for (unsigned int sequence = 0; sequence < 8; sequence++) {
        g_autoptr(GByteArray) answer = ask(b, BYTES((uint8_t)(0x06 | sequence << 5), 0x80, 0, 0));

        ck_assert_uint_eq(answer->data[0] >> 5, sequence);
        expect_answered(b);
    }
}
END_TEST

START_TEST(all_else_is_not_supported)
{
    static const uint8_t headers[][4] = {
        {0x06, 0x82, 0, 0},    {0x06, 0x00, 0, 0}, /* another code */
        {0x05, 0x80, 0, 0},                        /* another class */
        {0x0a, 0x80, 0, 0},                        /* another target */
        {0x06, 0x80, 0, 0x80},                     /* another type of header */
    };
    g_autoptr(Bench) b = open_hotham();
    g_autoptr(GByteArray) empty = NULL;

    for (size_t i = 0; i < UNIT_COUNT(headers); i++) {
        g_autoptr(GByteArray) answer = ask(b, headers[i], 4);

        ck_assert_uint_eq(answer->len, 4);
        ck_assert_mem_eq(answer->data, headers[i], 3);
        ck_assert_uint_eq(answer->data[3], 0x89); /* rpc-go looks for it here */
        expect_answered(b);
    }
    empty = ask(b, BYTES(0x06, 0x80, 0));
    ck_assert_uint_eq(empty->len, 0);
    expect_answered(b);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("client-hotham");
    TCase *tcase = unit_case(suite, "hotham");

    tcase_add_test(tcase, an_empty_log_has_no_size);
    tcase_add_test(tcase, the_log_comes_whole);
    tcase_add_test(tcase, the_sequence_number_comes_back);
    tcase_add_test(tcase, all_else_is_not_supported);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
