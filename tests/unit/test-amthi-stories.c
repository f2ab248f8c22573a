/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AMTHI over time: what one command does to the answers of others, and what no trace shows. */
#define _GNU_SOURCE
#include <string.h>
#include <unistd.h>

#include "tests/unit/amthi-fixture.h"
#include "tests/unit/unit.h"

static const uint8_t digest[16] = {0xd1, 0x6e, 0x57};

static uint32_t status_of(Bench *b, uint32_t command, const void *data, size_t size)
{
    g_autoptr(GByteArray) got = amthi_ask(b, command, data, size);

    return amthi_check_answer(got, command);
}

static uint32_t value_of(Bench *b, uint32_t command)
{
    g_autoptr(GByteArray) got = amthi_ask(b, command, NULL, 0);

    ck_assert_uint_eq(amthi_check_answer(got, command), 0);
    return swme_get_le32(got->data + 16);
}

/* G.2: fresh, by the host to client mode, back, and remote configuration started and stopped. */
START_TEST(there_and_back)
{
    g_autoptr(Bench) b = amthi_bench(NULL);
    AmtState *amt = swme_firmware_amt(b->firmware);

    ck_assert_int_eq(amt_set_up_client(amt, digest), AMT_SETUP_OK);
    ck_assert_int_eq(amt_set_up_client(amt, digest), AMT_SETUP_INVALID_STATE);
    ck_assert_uint_eq(value_of(b, 0x0400006b), 1);
    ck_assert_uint_eq(status_of(b, 0x04000010, "\0\0\0", 4), 0);
    ck_assert_uint_eq(value_of(b, 0x0400006b), 0);
    ck_assert_uint_eq(value_of(b, 0x04000011), 0);
    ck_assert_uint_eq(value_of(b, 0x04000058), 0);
    ck_assert_uint_eq(status_of(b, 0x04000029, NULL, 0), 0);
    ck_assert(amt_state_data(amt)->setup.hello);
    ck_assert_uint_eq(value_of(b, 0x04000011), 1);
    ck_assert_uint_eq(status_of(b, 0x04000010, "\0\0\0", 4), 0);
    ck_assert_uint_eq(status_of(b, 0x0400005e, NULL, 0), 0);
    ck_assert(!amt_state_data(amt)->setup.hello);
    ck_assert_uint_eq(value_of(b, 0x04000011), 0);
    ck_assert_uint_ne(status_of(b, 0x0400005e, NULL, 0), 0);
}
END_TEST

START_TEST(remote_configuration_ends_after_255_hours)
{
    g_autoptr(Bench) b = amthi_bench(NULL);

    ck_assert_uint_eq(status_of(b, 0x04000029, NULL, 0), 0);
    ck_assert_uint_eq(swme_manual_clock_armed(b->clock), 0);
    swme_manual_clock_advance(b->clock, (255 * 3600 - 10) * SWME_NS_PER_S);
    ck_assert_uint_eq(value_of(b, 0x04000011), 1);
    swme_manual_clock_advance(b->clock, 10 * SWME_NS_PER_S);
    ck_assert_uint_eq(value_of(b, 0x04000011), 0);
    ck_assert_uint_eq(status_of(b, 0x04000029, NULL, 0), 0);
}
END_TEST

START_TEST(a_seed_takes_its_time)
{
    g_autoptr(Bench) b = amthi_bench(NULL);

    ck_assert_uint_eq(status_of(b, 0x04000028, NULL, 0), 0);
    ck_assert_uint_eq(status_of(b, 0x04000028, NULL, 0), 0x2f);
    ck_assert_uint_eq(value_of(b, 0x0400002e), 1);
    ck_assert_uint_eq(status_of(b, 0x04000029, NULL, 0), 0x30);
    swme_manual_clock_advance(b->clock, 2 * SWME_NS_PER_S);
    ck_assert_uint_eq(value_of(b, 0x0400002e), 0);
    ck_assert_uint_eq(status_of(b, 0x04000029, NULL, 0), 0);
}
END_TEST

/* G.5, first column; trap 31. */
START_TEST(trap31_switched_off_it_answers_with_nothing)
{
    g_autoptr(Bench) b = amthi_bench(NULL);
    g_autoptr(GByteArray) got = NULL;

    ck_assert_uint_eq(status_of(b, 0x04000088, NULL, 0), 0);
    got = amthi_ask(b, 0x04000011, NULL, 0);
    ck_assert(got != NULL);
    ck_assert_uint_eq(got->len, 0);
    ck_assert_uint_eq(amt_set_operational(swme_firmware_amt(b->firmware), true), 0);
    ck_assert_uint_eq(value_of(b, 0x04000011), 0);
}
END_TEST

/* Part 6: what was asked by one who left is not told to the next, and one is served at a time. */
START_TEST(the_answer_goes_to_the_asker)
{
    g_autoptr(Bench) b = amthi_bench(&(BenchOptions){.latency = "0+amthi:1s"});
    uint8_t state[12] = {1, 1, 0, 0, 0x11, 0, 0, 4};
    uint8_t uuid[12] = {1, 1, 0, 0, 0x5c, 0, 0, 4};
    g_autoptr(GByteArray) got = NULL;

    bench_grant(b, amthi_address, 1);
    bench_put(b, mei_hdr(amthi_address, 1, 12, true), state, 12);
    swme_firmware_ops.doorbell(b->firmware);
    /* A second asker meanwhile. */
    bench_put(b, mei_hdr(0, 0, 4, true), (uint8_t[]){0x06, amthi_address, 2, 0}, 4);
    swme_firmware_ops.doorbell(b->firmware);
    bench_expect_hbm(b, BYTES(0x86, amthi_address, 2, 3)); /* out of resources: EBUSY */
    /* The first leaves before its answer came, and another comes. */
    bench_put(b, mei_hdr(0, 0, 4, true), (uint8_t[]){0x07, amthi_address, 1, 0}, 4);
    swme_firmware_ops.doorbell(b->firmware);
    bench_expect_hbm(b, BYTES(0x87, amthi_address, 1, 0));
    bench_connect(b, amthi_address, 2);
    fake_clock_settle(b->clock);
    bench_expect_nothing(b);
    bench_grant(b, amthi_address, 2);
    bench_data(b, amthi_address, 2, uuid, 12);
    got = bench_take_message(b, amthi_address, 2);
    ck_assert_uint_eq(amthi_check_answer(got, 0x0400005c), 0);
    ck_assert_uint_eq(got->len, 32);
}
END_TEST

/* A user's UUID is the machine's from then on; without one it is what the NVM file says. */
START_TEST(the_uuid_goes_with_the_nvm_file)
{
    static const uint8_t none[SWME_UUID_SIZE];
    static const uint8_t other[SWME_UUID_SIZE] = {0xaa, 1, 2, 3, 4, 5};
    static const struct {
        const uint8_t *given;
        const uint8_t *is;
    } starts[] = {{bench_uuid, bench_uuid}, {none, bench_uuid}, {none, bench_uuid},
                  {other, other},           {none, other},      {bench_uuid, bench_uuid}};
    g_autofree char *directory = g_dir_make_tmp("swme-uuid-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(directory, "amt.nvm", NULL);
    g_autoptr(Bench) fresh = amthi_bench(&(BenchOptions){.uuid = none});
    g_autoptr(GByteArray) own = amthi_ask(fresh, 0x0400005c, NULL, 0);

    for (size_t i = 0; i < UNIT_COUNT(starts); i++) {
        g_autoptr(Bench) b = amthi_bench(&(BenchOptions){.nvm = path, .uuid = starts[i].given});
        g_autoptr(GByteArray) got = amthi_ask(b, 0x0400005c, NULL, 0);

        ck_assert_uint_eq(amthi_check_answer(got, 0x0400005c), 0);
        ck_assert_uint_eq(got->len, 32);
        ck_assert_msg(memcmp(got->data + 16, starts[i].is, 16) == 0, "start %zu", i);
        ck_assert_mem_ne(got->data + 16, own->data + 16, 16);
        /* Unprovisioned, a machine is still that machine. */
        amt_unprovision(swme_firmware_amt(b->firmware), false);
        ck_assert_mem_eq(amt_state_uuid(swme_firmware_amt(b->firmware)), starts[i].is, 16);
    }
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(rmdir(directory), 0);
}
END_TEST

/* ---- secrets ---- */

static void record(void *opaque, const SwmeTrace *trace)
{
    g_byte_array_append(opaque, (const guint8 *)trace->what, (guint)strlen(trace->what));
    g_byte_array_append(opaque, trace->data, (guint)trace->size);
}

static bool contains(const GByteArray *where, const char *what)
{
    return memmem(where->data, where->len, what, strlen(what)) != NULL;
}

START_TEST(no_trace_shows_a_secret)
{
    g_autoptr(Bench) b = amthi_bench(NULL);
    g_autoptr(GByteArray) trace = g_byte_array_new();
    g_autoptr(GByteArray) lsa = NULL;
    uint8_t otp[20] = {18, 0, 'T', 'o', 'p', 'S', 'e', 'c', 'r', 'e', 't', 'O', 't', 'p'};
    uint8_t split[34] = {1, 1, 0, 0, 0x2a, 0, 0, 4};
    uint8_t zeros[40] = {0};

    swme_firmware_set_trace(b->firmware, record, trace);
    memset(otp + 14, 'x', 6);
    ck_assert_uint_eq(status_of(b, 0x0400002a, otp, sizeof(otp)), 0);
    memcpy(split + 12, otp, 20);
    bench_grant(b, amthi_address, 1);
    bench_put(b, mei_hdr(amthi_address, 1, 13, false), split, 13);
    bench_put(b, mei_hdr(amthi_address, 1, 21, true), split + 13, 21);
    bench_ring(b);
    g_byte_array_unref(bench_take_message(b, amthi_address, 1));
    bench_ring(b);
    bench_take_hbm(b, (uint8_t[508]){0});
    lsa = amthi_ask(b, 0x04000067, zeros, 40);
    ck_assert_uint_eq(value_of(b, 0x0400002e), 0);
    ck_assert_str_eq(amt_state_data(swme_firmware_amt(b->firmware))->setup.otp,
                     "TopSecretOtpxxxxxx");
    ck_assert(contains(trace, "amthi"));
    ck_assert(contains(trace, "\x2e\x00\x80\x04")); /* what is no secret is shown */
    ck_assert(!contains(trace, "Secret"));
    ck_assert(!contains(trace, (char *)lsa->data + 49));
    ck_assert(!contains(trace, "$$OsAdmin"));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("amthi-stories");
    TCase *stories = unit_case(suite, "stories");

    tcase_add_test(stories, there_and_back);
    tcase_add_test(stories, remote_configuration_ends_after_255_hours);
    tcase_add_test(stories, a_seed_takes_its_time);
    tcase_add_test(stories, trap31_switched_off_it_answers_with_nothing);
    tcase_add_test(stories, the_answer_goes_to_the_asker);
    tcase_add_test(stories, the_uuid_goes_with_the_nvm_file);
    tcase_add_test(stories, no_trace_shows_a_secret);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
