/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The firmware update client as intel/lms and lms8 use it. Sections: ME client fact sheet, E.6. */
#include <string.h>

#include "tests/unit/bench.h"
#include "tests/unit/unit.h"

#define GUID_TEXT_FWU "309dcde8-ccb1-4062-8f78-600115a34327"
#define HOST          1

typedef struct Fwu {
    Bench *bench;
    uint8_t me;
} Fwu;

static Fwu open_fwu(const BenchOptions *options)
{
    Fwu fwu = {.bench = bench_up(options)};
    BenchClient client = bench_open(fwu.bench, GUID_TEXT_FWU, HOST);

    ck_assert_uint_eq(client.version, 1);
    ck_assert_uint_eq(client.max_length, 4096);
    fwu.me = client.address;
    return fwu;
}

#define U32(value)      (value) & 0xff, (value) >> 8 & 0xff, (value) >> 16 & 0xff, (value) >> 24 & 0xff
#define VERSION_11_8_93 11, 0, 8, 0, 93, 0, 4323 & 0xff, 4323 >> 8

START_TEST(version_byte_for_byte)
{
    Fwu fwu = open_fwu(&(BenchOptions){.platform = "spt-h"});

    bench_expect_answer(fwu.bench, fwu.me, HOST, BYTES(U32(0)),
                        BYTES(U32(1), U32(0), U32(0), U32(0),
                              U32(0),                      /* id, status, SKU, ICH, MCH */
                              U32(0x8086), U32(0), U32(0), /* vendor, last status, hardware SKU */
                              VERSION_11_8_93, VERSION_11_8_93, /* code, AMT */
                              0, 0, 0, 0));                     /* interfaces, reserved */
    bench_free(fwu.bench);
}
END_TEST

START_TEST(without_amt_there_is_no_version_of_it)
{
    Fwu fwu = open_fwu(&(BenchOptions){.platform = "spt-h", .amt = SWME_OFF});
    g_autoptr(GByteArray) answer = bench_ask(fwu.bench, fwu.me, HOST, BYTES(U32(0)));
    static const uint8_t none[8];

    ck_assert_uint_eq(answer->len, 52);
    ck_assert_mem_eq(answer->data + 40, none, 8);
    bench_free(fwu.bench);
}
END_TEST

START_TEST(info_byte_for_byte)
{
    Fwu fwu = open_fwu(&(BenchOptions){.platform = "spt-h"});

    bench_expect_answer(fwu.bench, fwu.me, HOST, BYTES(U32(8)),
                        BYTES(U32(9), U32(0), VERSION_11_8_93, /* MEBx */
                              U32(0), U32(1), U32(0),
                              U32(3), /* override, AMT, boot state, fuse + flash */
                              'N', '1', 'E', 'E', 'T', 'A', '2', 'W', ' ', '(', '1', '.', '7', '5',
                              ' ', ')', 0, 0, 0, 0));
    bench_free(fwu.bench);
}
END_TEST

START_TEST(info_tells_whether_amt_is_on)
{
    static const SwmeSwitch off[] = {SWME_OFF, SWME_DISABLED};

    for (size_t i = 0; i < UNIT_COUNT(off); i++) {
        Fwu fwu = open_fwu(&(BenchOptions){.platform = "spt-h", .amt = off[i]});
        g_autoptr(GByteArray) answer = bench_ask(fwu.bench, fwu.me, HOST, BYTES(U32(8)));

        ck_assert_uint_eq(swme_get_le32(answer->data + 20), 0);
        bench_free(fwu.bench);
    }
}
END_TEST

/* An update ends before it begins. */
START_TEST(all_else_is_not_available)
{
    static const uint32_t ids[] = {2, 4, 6, 1, 9, 10, 0x80, 0xfffffffe};
    Fwu fwu = open_fwu(&(BenchOptions){.platform = "spt-h"});
    g_autoptr(GByteArray) empty = NULL;

    for (size_t i = 0; i < UNIT_COUNT(ids); i++) {
        bench_expect_answer(fwu.bench, fwu.me, HOST, BYTES(U32(ids[i]), 1, 2, 3, 4),
                            BYTES(U32(ids[i] + 1), U32(0x18)));
    }
    empty = bench_ask(fwu.bench, fwu.me, HOST, BYTES(0, 0, 0));
    ck_assert_uint_eq(empty->len, 0);
    bench_free(fwu.bench);
}
END_TEST

/* lms8: the id of an answer was a byte once. */
START_TEST(amt_3_answers_with_a_byte_for_its_id)
{
    Fwu fwu = open_fwu(&(BenchOptions){.platform = "ich9-82q35"});

    bench_expect_answer(fwu.bench, fwu.me, HOST, BYTES(U32(0)),
                        BYTES(1, U32(0), U32(0), U32(0), U32(0), U32(0x8086), /* */
                              3, 0, 2, 0, 20, 0, 1046 & 0xff, 1046 >> 8,      /* code */
                              3, 0, 2, 0, 20, 0, 1046 & 0xff, 1046 >> 8, 0,
                              0, /* recovery, interfaces */
                              U32(0), U32(0)));
    bench_expect_answer(fwu.bench, fwu.me, HOST, BYTES(U32(2)), BYTES(3, U32(0x18)));
    bench_expect_answer(fwu.bench, fwu.me, HOST, BYTES(U32(8)), BYTES(9, U32(0x18)));
    bench_free(fwu.bench);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("client-fwu");
    TCase *tcase = unit_case(suite, "fwu");

    tcase_add_test(tcase, version_byte_for_byte);
    tcase_add_test(tcase, without_amt_there_is_no_version_of_it);
    tcase_add_test(tcase, info_byte_for_byte);
    tcase_add_test(tcase, info_tells_whether_amt_is_on);
    tcase_add_test(tcase, all_else_is_not_available);
    tcase_add_test(tcase, amt_3_answers_with_a_byte_for_its_id);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
