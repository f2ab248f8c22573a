/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MCHI: the firmware's files by number. Vectors: fwupd's recording of a Tiger Lake LP (8086:A0E0),
 * ME client fact sheet E.3 and I.
 */
#include <string.h>

#include <swme/mca.h>

#include "tests/unit/bench.h"
#include "tests/unit/unit.h"

#define HOST 1

/* As recorded: the header, the size, and SHA-384 of the OEM's key. */
static const uint8_t recorded_answer[56] = {
    0x0a, 0x8a, 0x00, 0x00, 0x30, 0x00, 0x00, 0x00, 0xf0, 0xd1, 0x52, 0x63, 0xb3, 0x54,
    0xb0, 0x1b, 0x2f, 0x32, 0xd9, 0x5c, 0x55, 0x72, 0xeb, 0x3d, 0xf4, 0x9f, 0x51, 0x6c,
    0x34, 0x3b, 0x89, 0x0f, 0xe1, 0x92, 0x99, 0x64, 0x99, 0x5a, 0x55, 0x4b, 0x12, 0xc7,
    0xf2, 0x69, 0x9f, 0x25, 0xa8, 0xcb, 0x66, 0xd8, 0x63, 0x3c, 0x35, 0x42, 0xf2, 0x26};

typedef struct Mchi {
    Bench *bench;
    uint8_t address;
} Mchi;

static Mchi *open_mchi(const char *platform, const char *latency)
{
    Mchi *mchi = g_new0(Mchi, 1);

    mchi->bench = bench_up(&(BenchOptions){.platform = platform, .latency = latency});
    mchi->address = bench_open(mchi->bench, GUID_TEXT_MCHI, HOST).address;
    return mchi;
}

static void mchi_free(Mchi *mchi)
{
    bench_free(mchi->bench);
    g_free(mchi);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mchi, mchi_free)

static GByteArray *read_file(const Mchi *mchi, uint32_t file, uint32_t offset, uint32_t size,
                             uint8_t flags)
{
    uint8_t question[17] = {0x0a, 0x0a};

    swme_put_le32(question + 4, file);
    swme_put_le32(question + 8, offset);
    swme_put_le32(question + 12, size);
    question[16] = flags;
    return bench_ask(mchi->bench, mchi->address, HOST, question, sizeof(question));
}

/* Result, and how many bytes came. */
static void expect_read(const Mchi *mchi, uint32_t file, uint32_t offset, uint32_t size,
                        uint8_t flags, uint8_t result, uint32_t bytes)
{
    g_autoptr(GByteArray) got = read_file(mchi, file, offset, size, flags);

    ck_assert(got != NULL);
    ck_assert_uint_ge(got->len, 4);
    ck_assert_mem_eq(got->data, ((uint8_t[]){0x0a, 0x8a, 0, result}), 4);
    ck_assert_uint_eq(got->len, result ? 4 : 8 + bytes);
    ck_assert(result || swme_get_le32(got->data + 4) == bytes);
}

START_TEST(listed_as_recorded)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient client = bench_find(b, GUID_TEXT_MCHI);

    ck_assert_uint_eq(client.version, 1);
    ck_assert_uint_eq(client.max_length, 0x1000);
    ck_assert_uint_eq(client.max_connections, 1);
    ck_assert_uint_eq(client.fixed_address, 0);
}
END_TEST

/* Not on 11.8's recorded list; fwupd's code names Ice Lake as the first. */
START_TEST(listed_from_13_on)
{
    static const char *const without[] = {"cnp-h", "spt-h", "lpt-h", "ibxpk-1", "ich10-2"};
    static const char *const with[] = {"icp-lp", "cmp-h", "tgp-lp", "rpl-s", "mtl-m", "nvl-s"};

    for (size_t i = 0; i < UNIT_COUNT(without); i++) {
        g_autoptr(Bench) b = bench_up(&(BenchOptions){.platform = without[i]});

        ck_assert_msg(!bench_has(b, GUID_TEXT_MCHI), "%s", without[i]);
    }
    for (size_t i = 0; i < UNIT_COUNT(with); i++) {
        g_autoptr(Bench) b = bench_up(&(BenchOptions){.platform = with[i]});

        ck_assert_msg(bench_has(b, GUID_TEXT_MCHI), "%s", with[i]);
    }
}
END_TEST

/* fwupd asks for 64 bytes and gets the 48 that there are. */
START_TEST(keys_as_recorded)
{
    g_autoptr(Mchi) mchi = open_mchi("tgp-lp", NULL);
    uint8_t unset[56] = {0x0a, 0x8a, 0, 0, 0x30};

    bench_expect_answer(mchi->bench, mchi->address, HOST,
                        BYTES(0x0a, 0x0a, 0, 0, 0, 0x23, 0, 0x40, 0, 0, 0, 0, 0x40, 0, 0, 0, 0),
                        recorded_answer, sizeof(recorded_answer));
    bench_expect_answer(mchi->bench, mchi->address, HOST,
                        BYTES(0x0a, 0x0a, 0, 0, 0, 0x5b, 0, 0x40, 0, 0, 0, 0, 0x40, 0, 0, 0, 0),
                        recorded_answer, sizeof(recorded_answer));
    bench_expect_answer(mchi->bench, mchi->address, HOST,
                        BYTES(0x0a, 0x0a, 0, 0, 0, 0x5c, 0, 0x40, 0, 0, 0, 0, 0x40, 0, 0, 0, 0),
                        unset, sizeof(unset));
}
END_TEST

/* fwupd waits 200 ms for each answer. */
START_TEST(answers_well_within_fwupds_patience)
{
    g_autoptr(Mchi) mchi = open_mchi("tgp-lp", NULL);
    SwmeClock *clock = swme_manual_clock(mchi->bench->clock);
    int64_t before = clock->now(clock);
    g_autoptr(GByteArray) got = read_file(mchi, 0x40002300, 0, 64, 0);

    ck_assert(got != NULL);
    ck_assert_int_lt(clock->now(clock) - before, 20 * 1000 * 1000);
}
END_TEST

/* fwupd's comments: SHA-256 up to Comet Lake, SHA-384 from Tiger Lake on; other files, other days.
 */
START_TEST(keys_of_each_generation)
{
    static const struct {
        const char *platform;
        uint32_t old, first, second; /* bytes of the three files; 0: not there */
    } rows[] = {
        {"icp-lp", 32, 0, 0}, {"cmp-h", 32, 0, 0},  {"tgp-h", 48, 48, 48},
        {"adp-s", 0, 48, 48}, {"mtl-m", 0, 48, 48},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        g_autoptr(Mchi) mchi = open_mchi(rows[i].platform, "0");

        expect_read(mchi, 0x40002300, 0, 64, 0, rows[i].old ? 0 : 0x0b, rows[i].old);
        expect_read(mchi, 0x40005b00, 0, 64, 0, rows[i].first ? 0 : 0x0b, rows[i].first);
        expect_read(mchi, 0x40005c00, 0, 64, 0, rows[i].second ? 0 : 0x0b, rows[i].second);
    }
}
END_TEST

START_TEST(parts_of_files)
{
    g_autoptr(Mchi) mchi = open_mchi("tgp-lp", "0");

    for (uint32_t offset = 0; offset <= 50; offset++) {
        for (uint32_t size = 0; size <= 50; size++) {
            g_autoptr(GByteArray) got = read_file(mchi, 0x40002300, offset, size, 0);
            uint32_t bytes = MIN(size, offset < 48 ? 48 - offset : 0);

            MUST(got != NULL);
            if (bytes == 0) {
                MUST(got->len == 4 && got->data[3] == 0x0b);
                continue;
            }
            MUST_EQ(got->len, 8 + bytes);
            MUST_EQ(swme_get_le32(got->data + 4), bytes);
            MUST(!memcmp(got->data + 8, recorded_answer + 8 + offset, bytes));
        }
    }
    expect_read(mchi, 0x40002300, 0, 4088, 0, 0, 48);
    expect_read(mchi, 0x40002300, 0, 4089, 0, 0x0d, 0);
    expect_read(mchi, 0x40002300, 0, 0xffffffff, 0, 0x0d, 0);
    expect_read(mchi, 0x40002300, 0xffffffff, 64, 0, 0x0b, 0);
    expect_read(mchi, 0x40002300, 47, 0xff0, 0, 0, 1);
}
END_TEST

/* Older fwupds asked for the fused (8), the emulated (4) and the plain value (0). */
START_TEST(which_value)
{
    g_autoptr(Mchi) mchi = open_mchi("tgp-lp", "0");
    g_autoptr(GByteArray) unset = NULL;

    expect_read(mchi, 0x40005b00, 0, 64, 8, 0, 48);
    expect_read(mchi, 0x40005b00, 0, 64, 4, 0, 48);
    expect_read(mchi, 0x40005b00, 0, 64, 1, 7, 0);
    expect_read(mchi, 0x40005b00, 0, 64, 0x10, 7, 0);
    expect_read(mchi, 0x40005b00, 0, 64, 0xff, 0x0b, 0);
    unset = read_file(mchi, 0x40005b00, 0, 64, 2);
    ck_assert(unset != NULL && unset->len == 56);
    for (guint i = 8; i < unset->len; i++) {
        ck_assert_uint_eq(unset->data[i], 0);
    }
}
END_TEST

/* LMS takes four bytes, or "no file" of a firmware that is older than the file. */
START_TEST(brand_entitlements)
{
    g_autoptr(Mchi) new = open_mchi("adp-s", "0");
    g_autoptr(Mchi) old = open_mchi("tgp-lp", "0");

    bench_expect_answer(new->bench, new->address, HOST,
                        BYTES(0x0a, 0x0a, 0, 0, 0, 0x51, 2, 0x10, 0, 0, 0, 0, 4, 0, 0, 0, 0),
                        BYTES(0x0a, 0x8a, 0, 0, 4, 0, 0, 0, 2, 0, 0, 0));
    expect_read(new, 0x10025100, 0, 4, 8, 7, 0);
    expect_read(old, 0x10025100, 0, 4, 0, 3, 0);
}
END_TEST

START_TEST(files_that_are_not_there)
{
    g_autoptr(Mchi) mchi = open_mchi("tgp-lp", "0");

    expect_read(mchi, 0, 0, 64, 0, 3, 0);
    expect_read(mchi, 0xffffffff, 0, 64, 0, 3, 0);
    expect_read(mchi, 0x40000000, 0, 64, 0, 0x0b, 0);
    expect_read(mchi, 0x4000ffff, 0, 64, 0, 0x0b, 0);
}
END_TEST

START_TEST(key_status)
{
    g_autoptr(Mchi) mchi = open_mchi("tgp-lp", "0");
    g_autoptr(GByteArray) got =
        bench_ask(mchi->bench, mchi->address, HOST, BYTES(0x0a, 0x0d, 0, 0));

    ck_assert(got != NULL);
    ck_assert_uint_eq(got->len, MCA_KEY_STATUS_RES_SIZE);
    ck_assert_mem_eq(got->data, ((uint8_t[]){0x0a, 0x8d, 0, 0, 0, 2}), 6);
    ck_assert_mem_eq(got->data + 10, ((uint8_t[]){1, 1, 0}), 3);
    ck_assert_mem_eq(got->data + 13, recorded_answer + 8, 48);
    ck_assert_mem_eq(got->data + 77, ((uint8_t[]){0, 0, 0, 0}), 4);
}
END_TEST

START_TEST(unknown_and_short_ones)
{
    g_autoptr(Mchi) mchi = open_mchi("tgp-lp", "0");
    uint8_t question[64] = {0x0a, 0x0a};

    for (unsigned int group = 0; group < 256; group++) {
        for (unsigned int command = 0; command < 256; command++) {
            g_autoptr(GByteArray) got = NULL;
            bool known = group == 0x0a && (command == 0x0a || command == 0x0d || command == 0x1b ||
                                           command == 0x1c || command == 0x2f);

            got = known ? NULL
                        : bench_ask(mchi->bench, mchi->address, HOST,
                                    BYTES((uint8_t)group, (uint8_t)command, 0, 0));
            MUST(known || (got && got->len == 4 && got->data[0] == group &&
                           got->data[1] == (command | 0x80) &&
                           got->data[3] == (group == 0x0a ? 0x8d : 0x89)));
        }
    }
    for (size_t size = 4; size < 17; size++) {
        g_autoptr(GByteArray) got = bench_ask(mchi->bench, mchi->address, HOST, question, size);

        MUST(got && got->len == 4 && got->data[3] == 5);
    }
    for (size_t size = 0; size < 4; size++) {
        g_autoptr(GByteArray) got = bench_ask(mchi->bench, mchi->address, HOST, question, size);

        MUST(got && got->len == 0);
    }
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("client-mchi");
    TCase *vectors = unit_case(suite, "vectors");
    TCase *robust = unit_case(suite, "robust");

    tcase_add_test(vectors, listed_as_recorded);
    tcase_add_test(vectors, listed_from_13_on);
    tcase_add_test(vectors, keys_as_recorded);
    tcase_add_test(vectors, answers_well_within_fwupds_patience);
    tcase_add_test(vectors, keys_of_each_generation);
    tcase_add_test(vectors, brand_entitlements);
    tcase_add_test(vectors, key_status);
    tcase_add_test(robust, parts_of_files);
    tcase_add_test(robust, which_value);
    tcase_add_test(robust, files_that_are_not_there);
    tcase_add_test(robust, unknown_and_short_ones);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
