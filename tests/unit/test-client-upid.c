/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UPID as intel/lms and rpc-go use it. Sections: ME client fact sheet, E.4. */
#include <string.h>

#include "tests/unit/bench.h"
#include "tests/unit/unit.h"

#define GUID_TEXT_UPID "92136c79-5fea-4cfd-980e-23be07fa5e9f"
#define HOST           1

typedef struct Upid {
    Bench *bench;
    uint8_t me;
} Upid;

static Upid open_upid(const BenchOptions *options)
{
    Upid upid = {.bench = bench_up(options)};

    upid.me = bench_open(upid.bench, GUID_TEXT_UPID, HOST).address;
    return upid;
}

#define SET_STATE(value) BYTES(0, 2, 1, 0, value)
#define GET_ID           BYTES(0, 5, 0, 0)

START_TEST(answers_repeat_the_command_without_a_response_bit)
{
    Upid upid = open_upid(NULL);

    bench_expect_answer(upid.bench, upid.me, HOST, BYTES(0, 0, 0, 0),
                        BYTES(0, 0, 5, 0, 0, 0, 0, 0, 1)); /* supported */
    bench_expect_answer(upid.bench, upid.me, HOST, BYTES(0, 1, 0, 0),
                        BYTES(0, 1, 5, 0, 0, 0, 0, 0, 0)); /* off */
    bench_expect_answer(upid.bench, upid.me, HOST, BYTES(0, 3, 0, 0),
                        BYTES(0, 3, 5, 0, 0, 0, 0, 0, 1)); /* the OS may set it */
    bench_free(upid.bench);
}
END_TEST

/* rpc-go: on, read, off. */
START_TEST(the_id_is_there_while_the_feature_is_on)
{
    Upid upid = open_upid(NULL);
    g_autoptr(GByteArray) first = NULL;
    g_autoptr(GByteArray) second = NULL;
    static const uint8_t zeros[32];

    bench_expect_answer(upid.bench, upid.me, HOST, GET_ID,
                        BYTES(0, 5, 4, 0, 7, 0, 0, 0)); /* invalid state */
    bench_expect_answer(upid.bench, upid.me, HOST, SET_STATE(1), BYTES(0, 2, 4, 0, 0, 0, 0, 0));
    bench_expect_answer(upid.bench, upid.me, HOST, BYTES(0, 1, 0, 0),
                        BYTES(0, 1, 5, 0, 0, 0, 0, 0, 1));
    first = bench_ask(upid.bench, upid.me, HOST, GET_ID);
    ck_assert_uint_eq(first->len, 76);
    ck_assert_mem_eq(first->data, ((uint8_t[]){0, 5, 72, 0, 0, 0, 0, 0, 0, 0, 0, 0}), 12);
    ck_assert_mem_eq(first->data + 12, zeros, 32); /* no OEM has set its id */
    ck_assert_mem_ne(first->data + 44, zeros, 32);
    second = bench_ask(upid.bench, upid.me, HOST, GET_ID);
    ck_assert_mem_eq(first->data, second->data, 76);
    bench_expect_answer(upid.bench, upid.me, HOST, SET_STATE(0), BYTES(0, 2, 4, 0, 0, 0, 0, 0));
    bench_expect_answer(upid.bench, upid.me, HOST, GET_ID, BYTES(0, 5, 4, 0, 7, 0, 0, 0));
    bench_free(upid.bench);
}
END_TEST

START_TEST(what_a_bios_may_an_operating_system_may_not)
{
    Upid upid = open_upid(NULL);
    uint8_t update[4 + 36] = {0, 7, 36, 0, 2};

    bench_expect_answer(upid.bench, upid.me, HOST, BYTES(0, 4, 1, 0, 0),
                        BYTES(0, 4, 4, 0, 4, 0, 0, 0)); /* after POST */
    bench_expect_answer(upid.bench, upid.me, HOST, update, sizeof(update),
                        BYTES(0, 7, 4, 0, 4, 0, 0, 0));
    bench_expect_answer(upid.bench, upid.me, HOST, BYTES(0, 3, 0, 0),
                        BYTES(0, 3, 5, 0, 0, 0, 0, 0, 1));
    bench_free(upid.bench);
}
END_TEST

START_TEST(bad_requests_get_a_status_and_change_nothing)
{
    Upid upid = open_upid(NULL);
    g_autoptr(GByteArray) empty = NULL;

    bench_expect_answer(upid.bench, upid.me, HOST, BYTES(0, 2, 0, 0),
                        BYTES(0, 2, 4, 0, 2, 0, 0, 0)); /* no state */
    bench_expect_answer(upid.bench, upid.me, HOST, BYTES(0, 2, 2, 0, 1),
                        BYTES(0, 2, 4, 0, 2, 0, 0, 0)); /* another length */
    bench_expect_answer(upid.bench, upid.me, HOST, SET_STATE(2), BYTES(0, 2, 4, 0, 2, 0, 0, 0));
    bench_expect_answer(upid.bench, upid.me, HOST, SET_STATE(0xff), BYTES(0, 2, 4, 0, 2, 0, 0, 0));
    bench_expect_answer(upid.bench, upid.me, HOST, BYTES(0, 1, 0, 0),
                        BYTES(0, 1, 5, 0, 0, 0, 0, 0, 0));
    bench_expect_answer(upid.bench, upid.me, HOST, BYTES(1, 5, 0, 0),
                        BYTES(1, 5, 4, 0, 1, 0, 0, 0)); /* another feature */
    for (unsigned int command = 0; command < 256; command++) {
        if (command == 6 || command > 7) {
            bench_expect_answer(upid.bench, upid.me, HOST, BYTES(0, (uint8_t)command, 0, 0),
                                BYTES(0, (uint8_t)command, 4, 0, 1, 0, 0, 0));
        }
    }
    empty =
        bench_ask(upid.bench, upid.me, HOST, BYTES(0, 5, 0)); /* no header: nothing to answer to */
    ck_assert_uint_eq(empty->len, 0);
    bench_free(upid.bench);
}
END_TEST

START_TEST(the_state_outlasts_resets_and_connections)
{
    Upid upid = open_upid(NULL);

    bench_expect_answer(upid.bench, upid.me, HOST, SET_STATE(1), BYTES(0, 2, 4, 0, 0, 0, 0, 0));
    bench_host_reset(upid.bench);
    bench_start(upid.bench);
    bench_open(upid.bench, GUID_TEXT_UPID, HOST);
    bench_expect_answer(upid.bench, upid.me, HOST, BYTES(0, 1, 0, 0),
                        BYTES(0, 1, 5, 0, 0, 0, 0, 0, 1));
    bench_free(upid.bench);
}
END_TEST

START_TEST(the_state_is_saved_and_a_bad_one_refused)
{
    Upid upid = open_upid(NULL);
    Upid other = open_upid(NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) off = swme_firmware_save(upid.bench->firmware);
    g_autoptr(GBytes) on = NULL;
    g_autofree uint8_t *bad = NULL;
    gsize size, off_size, differs = 0;
    const uint8_t *data, *off_data = g_bytes_get_data(off, &off_size);

    bench_expect_answer(upid.bench, upid.me, HOST, SET_STATE(1), BYTES(0, 2, 4, 0, 0, 0, 0, 0));
    on = swme_firmware_save(upid.bench->firmware);
    data = g_bytes_get_data(on, &size);
    ck_assert(swme_firmware_load(other.bench->firmware, data, size, &error));
    bench_expect_answer(other.bench, other.me, HOST, BYTES(0, 1, 0, 0),
                        BYTES(0, 1, 5, 0, 0, 0, 0, 0, 1));
    /* Where off and on differ is the state; 2 is none that it has. */
    ck_assert_uint_eq(size, off_size);
    bad = g_memdup2(data, size);
    for (gsize i = 0; i < size; i++) {
        if (data[i] == 1 && off_data[i] == 0) {
            bad[i] = 2;
            differs++;
            if (!swme_firmware_load(other.bench->firmware, bad, size, NULL)) {
                break;
            }
            bad[i] = 1;
        }
    }
    ck_assert_uint_ge(differs, 1);
    ck_assert(!swme_firmware_load(other.bench->firmware, bad, size, NULL));
    bench_free(upid.bench);
    bench_free(other.bench);
}
END_TEST

START_TEST(it_is_there_from_csme_15_on)
{
    for (const SwmePlatform *p = swme_platforms; p->name; p++) {
        g_autoptr(Bench) b = bench_up(&(BenchOptions){.platform = p->name});
        bool csme_15 =
            g_str_equal(p->firmware, "CSME") && p->version.major >= 15 && p->pci_function == 0;

        ck_assert_msg(bench_has(b, GUID_TEXT_UPID) == csme_15, "%s", p->name);
    }
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("client-upid");
    TCase *tcase = unit_case(suite, "upid");

    tcase_add_test(tcase, answers_repeat_the_command_without_a_response_bit);
    tcase_add_test(tcase, the_id_is_there_while_the_feature_is_on);
    tcase_add_test(tcase, what_a_bios_may_an_operating_system_may_not);
    tcase_add_test(tcase, bad_requests_get_a_status_and_change_nothing);
    tcase_add_test(tcase, the_state_outlasts_resets_and_connections);
    tcase_add_test(tcase, the_state_is_saved_and_a_bad_one_refused);
    tcase_add_test(tcase, it_is_there_from_csme_15_on);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
