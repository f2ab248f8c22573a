/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PSR as intel/lms reads it: each field is taken off the answer in the order of its parser.
 * Sections: ME client fact sheet, E.7.
 */
#include <string.h>

#include "tests/unit/bench.h"
#include "tests/unit/unit.h"

#define GUID_TEXT_PSR  "ed6703fa-d312-4e8b-9ddd-2155bb2dee65"
#define GUID_TEXT_UPID "92136c79-5fea-4cfd-980e-23be07fa5e9f"
#define HOST           1
#define UPID_HOST      2

typedef struct Psr {
    Bench *bench;
    uint8_t me;
    uint8_t upid;
} Psr;

/* A request for the record: header, nonce. */
static const uint8_t request[24] = {10, 0, 20, 0, 'n', 'o', 'n', 'c', 'e', 1,  2,  3,
                                    4,  5, 6,  7, 8,   9,   10,  11,  12,  13, 14, 15};

static Psr open_psr(const char *platform)
{
    Psr psr = {.bench = bench_up(&(BenchOptions){.platform = platform})};

    psr.me = bench_open(psr.bench, GUID_TEXT_PSR, HOST).address;
    psr.upid = bench_open(psr.bench, GUID_TEXT_UPID, UPID_HOST).address;
    return psr;
}

static GByteArray *upid_id(Psr *psr)
{
    g_autoptr(GByteArray) on = bench_ask(psr->bench, psr->upid, UPID_HOST, BYTES(0, 2, 1, 0, 1));

    ck_assert_uint_eq(swme_get_le32(on->data + 4), 0);
    return bench_ask(psr->bench, psr->upid, UPID_HOST, BYTES(0, 5, 0, 0));
}

typedef struct Reader {
    const uint8_t *at;
    size_t left;
} Reader;

static const uint8_t *take(Reader *reader, size_t size)
{
    const uint8_t *at = reader->at;

    ck_assert_uint_ge(reader->left, size);
    reader->at += size;
    reader->left -= size;
    return at;
}

static void expect_zeros(Reader *reader, size_t size)
{
    const uint8_t *at = take(reader, size);

    for (size_t i = 0; i < size; i++) {
        ck_assert_uint_eq(at[i], 0);
    }
}

static void check_record(const char *platform, unsigned int version)
{
    Psr psr = open_psr(platform);
    const SwmePlatform *p = psr.bench->platform;
    g_autoptr(GByteArray) id = upid_id(&psr);
    g_autoptr(GByteArray) answer = bench_ask(psr.bench, psr.me, HOST, request, sizeof(request));
    Reader reader = {answer->data, answer->len};
    g_autofree char *digest = NULL;
    g_autoptr(GString) got = g_string_new(NULL);
    const uint8_t *hash;

    ck_assert_mem_eq(take(&reader, 2), ((uint8_t[]){10, 0}), 2);
    ck_assert_uint_eq(swme_get_le16(take(&reader, 2)), answer->len - 4);
    ck_assert_uint_eq(swme_get_le32(take(&reader, 4)), 0); /* status */
    ck_assert_uint_eq(swme_get_le32(take(&reader, 4)), 1); /* the log is started */
    ck_assert_uint_eq(swme_get_le16(take(&reader, 2)), version);
    ck_assert_uint_eq(swme_get_le16(take(&reader, 2)), 0);
    take(&reader, 16);                                      /* its own id */
    ck_assert_mem_eq(take(&reader, 64), id->data + 12, 64); /* UPID */
    ck_assert_uint_ne(swme_get_le32(take(&reader, 4)), 0);  /* genesis: date */
    ck_assert_str_eq((const char *)take(&reader, 64), "swme");
    ck_assert_str_eq((const char *)take(&reader, 64), "swme");
    ck_assert_str_eq((const char *)take(&reader, 64), platform);
    expect_zeros(&reader, 64 + 1024);
    expect_zeros(&reader, version >= 2 ? 32 : 0);       /* capabilities */
    expect_zeros(&reader, version >= 2 ? 64 + 64 : 64); /* counters */
    expect_zeros(&reader, 4 + 100 * 12);                /* events */
    digest = g_compute_checksum_for_data(G_CHECKSUM_SHA512, answer->data + 8,
                                         (gsize)(reader.at - answer->data) - 8);
    hash = take(&reader, 64);
    for (unsigned int i = 0; i < 64; i++) {
        g_string_append_printf(got, "%02x", hash[i]);
    }
    ck_assert_str_eq(got->str, digest);
    ck_assert_mem_eq(take(&reader, 20), request + 4, 20); /* the host's nonce */
    take(&reader, 20);
    ck_assert_uint_eq(swme_get_le16(take(&reader, 2)), p->version.major);
    ck_assert_uint_eq(swme_get_le16(take(&reader, 2)), p->version.minor);
    ck_assert_uint_eq(swme_get_le16(take(&reader, 2)), p->version.hotfix);
    ck_assert_uint_eq(swme_get_le16(take(&reader, 2)), p->version.build);
    expect_zeros(&reader, 4 + 512 + 8 + 3000); /* not signed */
    ck_assert_uint_eq(reader.left, 0);
    bench_free(psr.bench);
}

START_TEST(record_of_version_1_on_16)
{
    check_record("rpl-s", 1);
}
END_TEST

START_TEST(record_of_version_2_on_18)
{
    check_record("mtl-m", 2);
}
END_TEST

static void expect_status(Psr *psr, const uint8_t *question, size_t size, uint8_t status)
{
    g_autoptr(GByteArray) answer = bench_ask(psr->bench, psr->me, HOST, question, size);
    const uint8_t expected[8] = {question[0], 0, 4, 0, status};

    ck_assert_uint_eq(answer->len, sizeof(expected));
    ck_assert_mem_eq(answer->data, expected, sizeof(expected));
}

START_TEST(it_wants_upid_switched_on)
{
    Psr psr = open_psr("mtl-m");
    g_autoptr(GByteArray) id = NULL;

    expect_status(&psr, request, sizeof(request), 2);
    id = upid_id(&psr);
    ck_assert_uint_eq(id->len, 76);
    bench_free(psr.bench);
}
END_TEST

START_TEST(bad_requests_get_a_status)
{
    Psr psr = open_psr("mtl-m");
    uint8_t longer[25] = {10, 0, 21};
    uint8_t lying[24] = {10, 0, 19};
    g_autoptr(GByteArray) id = upid_id(&psr);
    g_autoptr(GByteArray) empty = NULL;

    ck_assert_uint_gt(id->len, 4);       /* UPID is on, as PSR wants it */
    expect_status(&psr, request, 23, 4); /* INVALID_PARAMETER */
    expect_status(&psr, longer, sizeof(longer), 4);
    expect_status(&psr, lying, sizeof(lying), 4);
    expect_status(&psr, BYTES(3, 0, 0, 0), 6); /* coreboot's backup: after POST */
    for (unsigned int command = 0; command < 256; command++) {
        if (command != 3 && command != 10) {
            expect_status(&psr, BYTES((uint8_t)command, 0, 0, 0), 1);
        }
    }
    empty = bench_ask(psr.bench, psr.me, HOST, BYTES(10, 0, 20));
    ck_assert_uint_eq(empty->len, 0);
    bench_free(psr.bench);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("client-psr");
    TCase *tcase = unit_case(suite, "psr");

    tcase_add_test(tcase, record_of_version_1_on_16);
    tcase_add_test(tcase, record_of_version_2_on_18);
    tcase_add_test(tcase, it_wants_upid_switched_on);
    tcase_add_test(tcase, bad_requests_get_a_status);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
