/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MKHI, by its fixed address as the Linux driver uses it at each start, and by connection as tools
 * do. Vectors: HECI/HBM fact sheet 14.3, ME client fact sheet E.2.
 */
#include <string.h>

#include <swme/mkhi.h>

#include "firmware-sim/clients/mkhi.h"
#include "tests/unit/bench.h"
#include "tests/unit/unit.h"

/* ME 11.8.50.3425, as recorded. */
static const SwmePlatform *recorded_platform(void)
{
    static SwmePlatform table;

    table = *swme_platform_find("spt-h", NULL);
    table.name = "test-11.8.50";
    table.version = (SwmeFirmwareVersion){0, 11, 8, 50, 3425};
    return &table;
}

/* The answer to the fixed client; NULL when there is none. */
START_TEST(version_as_recorded_on_11_8_50_3425)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.table = recorded_platform()});

    bench_expect_answer(b, 7, 0, BYTES(0xff, 0x02, 0x00, 0x00),
                        BYTES(0xff, 0x82, 0x00, 0x00,                           /* */
                              0x08, 0x00, 0x0b, 0x00, 0x61, 0x0d, 0x32, 0x00,   /* running */
                              0x08, 0x00, 0x0b, 0x00, 0x61, 0x0d, 0x32, 0x00,   /* recovery */
                              0x08, 0x00, 0x0b, 0x00, 0x61, 0x0d, 0x32, 0x00)); /* FITC */
}
END_TEST

/* At a fixed address there are no credits: what a slow client cannot take is dropped and counted.
 */
START_TEST(questions_without_end_have_a_bound)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.latency = "0+mkhi-fixed:1s"});
    unsigned int answers = 0;
    uint64_t before = swme_firmware_stats(b->firmware)->replies_dropped;

    for (unsigned int i = 0; i < 100; i++) {
        bench_put(b, mei_hdr(7, 0, 4, true), (const uint8_t[]){0xff, 0x02, 0, 0}, 4);
        swme_firmware_ops.doorbell(b->firmware);
    }
    ck_assert_uint_eq(swme_firmware_stats(b->firmware)->replies_dropped - before, 84);
    swme_manual_clock_advance(b->clock, 20 * SWME_NS_PER_S);
    for (;;) {
        g_autoptr(GByteArray) answer = bench_take_message(b, 7, 0);

        if (!answer) {
            break;
        }
        ck_assert_uint_eq(answer->data[1], 0x82);
        answers++;
        bench_ring(b);
    }
    ck_assert_uint_eq(answers, 16);
    bench_put(b, mei_hdr(7, 0, 4, true), (const uint8_t[]){0xff, 0x02, 0, 0}, 4);
    swme_firmware_ops.doorbell(b->firmware);
    swme_manual_clock_advance(b->clock, SWME_NS_PER_S);
    g_byte_array_unref(bench_take_message(b, 7, 0)); /* and takes more */
}
END_TEST

START_TEST(version_block_of_16_1_32_2473)
{
    SwmePlatform table = *swme_platform_find("rpl-s", NULL);
    g_autoptr(Bench) b = NULL;
    g_autoptr(GByteArray) got = NULL;

    table.version = (SwmeFirmwareVersion){0, 16, 1, 32, 2473};
    b = bench_up(&(BenchOptions){.table = &table});
    got = bench_ask(b, 7, 0, BYTES(0xff, 0x02, 0x00, 0x00));
    ck_assert(got != NULL);
    ck_assert_uint_eq(got->len, 28);
    ck_assert_mem_eq(got->data + 4, ((uint8_t[]){0x01, 0x00, 0x10, 0x00, 0xa9, 0x09, 0x20, 0x00}),
                     8);
}
END_TEST

/* 14.2, row 25, packet and all; trap 21: the length counts bytes. */
START_TEST(version_packet_is_801c0007)
{
    g_autoptr(Bench) b = bench_up(NULL);
    size_t size = 0;
    const uint8_t *packet;

    bench_put(b, 0x80040007, BYTES(0xff, 0x02, 0x00, 0x00));
    bench_ring(b);
    packet = fake_device_peek(&b->device, &size);
    ck_assert(packet != NULL);
    ck_assert_uint_eq(swme_get_le32(packet), 0x801c0007);
    ck_assert_uint_eq(size, 32);
}
END_TEST

/* Client traps 19: minor before major, 12 bytes at least, nothing zero. */
START_TEST(version_of_each_platform)
{
    for (const SwmePlatform *p = swme_platforms; p->name; p++) {
        g_autoptr(Bench) b = bench_up(&(BenchOptions){.platform = p->name});
        g_autoptr(GByteArray) got = NULL;

        if (!(p->clients & (SWME_CLIENTS_MKHI_FIXED | SWME_CLIENTS_MKHI_FIXED_1))) {
            continue;
        }
        got = bench_ask(b, 7, 0, BYTES(0xff, 0x02, 0x00, 0x00));
        ck_assert(got != NULL);
        ck_assert_uint_eq(got->len, 4 + 8u * p->version_blocks);
        ck_assert_uint_ge(got->len, 12);
        for (unsigned int block = 0; block < p->version_blocks; block++) {
            const uint8_t *data = got->data + 4 + 8 * block;

            ck_assert_uint_eq(swme_get_le16(data), p->version.minor);
            ck_assert_uint_eq(data[2], p->version.major);
            ck_assert_uint_eq(data[3], p->version.platform);
            ck_assert_uint_eq(swme_get_le16(data + 4), p->version.build);
            ck_assert_uint_eq(swme_get_le16(data + 6), p->version.hotfix);
            ck_assert_uint_ne(data[2], 0);
            ck_assert_uint_ne(swme_get_le16(data + 4), 0);
        }
    }
}
END_TEST

START_TEST(hmrfpo_status_as_recorded)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.platform = "spt-h"});

    bench_expect_answer(b, 7, 0, BYTES(0x05, 0x03, 0x00, 0x00),
                        BYTES(0x05, 0x83, 0, 0, 0x02, 0, 0, 0));
}
END_TEST

static uint32_t rule(Bench *b, uint32_t id)
{
    uint8_t question[8] = {0x03, 0x02};
    uint8_t head[9] = {0x03, 0x82, 0, 0};
    g_autoptr(GByteArray) got = NULL;

    swme_put_le32(question + 4, id);
    swme_put_le32(head + 4, id);
    head[8] = 4;
    got = bench_ask(b, 7, 0, question, sizeof(question));
    ck_assert(got != NULL);
    ck_assert_uint_eq(got->len, 13);
    ck_assert_mem_eq(got->data, head, 9);
    bench_expect_nothing(b);
    return swme_get_le32(got->data + 9);
}

/* Client trap 20: LMS starts nothing unless image type is 4, brand 1 to 3 and bit 2 is enabled. */
START_TEST(rules_of_a_platform_with_amt)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.platform = "spt-h", .amt = SWME_ON});
    uint32_t type = rule(b, 29);

    ck_assert_uint_ne(rule(b, 0) & 4, 0);
    ck_assert_uint_ne(rule(b, 0x20) & 4, 0);
    ck_assert_uint_ne(rule(b, 39) & 4, 0);
    ck_assert_uint_eq(rule(b, 0x20) & ~rule(b, 0), 0);
    ck_assert_uint_eq(type >> 8 & 0xf, 4);
    ck_assert_uint_ge(type >> 12 & 0xf, 1);
    ck_assert_uint_le(type >> 12 & 0xf, 3);
    ck_assert_uint_ne(type & 0xf, 0);
    ck_assert_uint_le(rule(b, 7), 2);
}
END_TEST

START_TEST(rules_of_a_platform_without_amt)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.platform = "spt-h", .amt = SWME_OFF});
    uint32_t type = rule(b, 29);

    ck_assert_uint_eq(rule(b, 0) & 4, 0);
    ck_assert_uint_eq(rule(b, 0x20) & 4, 0);
    ck_assert_uint_eq(rule(b, 39) & 4, 0);
    ck_assert_uint_eq(type >> 12 & 0xf, 0);
}
END_TEST

/* On CSME, whose HFS3 has a SKU: what people and fwupd read there, and LMS here, is one firmware.
 */
START_TEST(the_sku_of_hfs3_and_the_platform_type_agree)
{
    unsigned int both = 0;

    for (const SwmePlatform *p = swme_platforms; p->name; p++) {
        uint32_t sku = p->hfs[2] >> 4 & 7;

        if (!p->amt || sku == 0) {
            continue;
        }
        for (unsigned int amt = 0; amt < 2; amt++) {
            g_autoptr(Bench) b =
                bench_up(&(BenchOptions){.platform = p->name, .amt = amt ? SWME_ON : SWME_OFF});

            MUST_EQ(b->device.status[2] >> 4 & 7, amt ? 3 : 2);
            MUST_EQ(rule(b, 29) >> 8 & 0xf, amt ? 4 : 3);
            MUST_EQ(b->device.status[2] & ~0x70u, p->hfs[2] & ~0x70u);
            both++;
        }
    }
    ck_assert_uint_ge(both, 40);
}
END_TEST

START_TEST(unknown_rules_fail)
{
    static const uint32_t ids[] = {1,      8,          0x21,       0x28,      0xff,
                                   0x0100, 0x00010000, 0x80000000, 0xffffffff};
    g_autoptr(Bench) b = bench_up(NULL);

    for (unsigned int i = 0; i < G_N_ELEMENTS(ids); i++) {
        uint8_t question[8] = {0x03, 0x02};
        g_autoptr(GByteArray) got = NULL;

        swme_put_le32(question + 4, ids[i]);
        got = bench_ask(b, 7, 0, question, sizeof(question));
        ck_assert(got != NULL);
        ck_assert_uint_ge(got->len, 4);
        ck_assert_mem_eq(got->data, ((uint8_t[]){0x03, 0x82, 0}), 3);
        ck_assert_uint_ne(got->data[3], 0);
    }
}
END_TEST

/* E.1: header only, 0x8D or 0x89. */
START_TEST(unknown_commands_are_answered_with_the_header_alone)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.latency = "0"});

    for (unsigned int group = 0; group < 256; group++) {
        for (unsigned int command = 0; command < 128; command++) {
            uint8_t question[8] = {(uint8_t)group, (uint8_t)command};
            g_autoptr(GByteArray) got = NULL;
            bool is_known = false;

            for (const MkhiCommand *c = mkhi_commands; c->name; c++) {
                is_known |= (c->clients & MKHI_CLIENT_MKHI) && c->group == group &&
                            c->command == command && mkhi_answers(c, b->platform);
            }
            got = is_known ? NULL : bench_ask(b, 7, 0, question, command & 1 ? 4 : 8);
            if (!is_known) {
                MUST(got != NULL);
                MUST_EQ(got->len, 4);
                MUST_EQ(got->data[0], group);
                MUST_EQ(got->data[1], command | 0x80);
                MUST_EQ(got->data[2], 0);
                MUST_MSG(got->data[3] == 0x8d || got->data[3] == 0x89, "result 0x%02x",
                         got->data[3]);
                MUST(b->device.from_firmware.length == 0);
            }
        }
    }
}
END_TEST

/* A response is no question: whatever comes of it, no endless exchange and no success. */
START_TEST(responses_from_the_host_are_no_questions)
{
    g_autoptr(Bench) b = bench_up(NULL);

    for (unsigned int group = 0; group < 256; group++) {
        g_autoptr(GByteArray) got = bench_ask(b, 7, 0, BYTES((uint8_t)group, 0x82, 0, 0));

        if (got) {
            ck_assert_uint_eq(got->len, 4);
            ck_assert_uint_ne(got->data[3], 0);
        }
        bench_expect_nothing(b);
    }
}
END_TEST

/* 9.3 (b): an answer is not needed; where one comes it says success and fits a fixed client. */
START_TEST(os_version_of_linux_is_taken)
{
    g_autoptr(Bench) b = bench_up(NULL);
    g_autoptr(GByteArray) got =
        bench_ask(b, 7, 0, BYTES(3, 6, 0, 0, 0, 0, 0x10, 0, 8, 0, 0, 0, 0, 2, 0, 0, 0));

    if (got) {
        ck_assert_uint_ge(got->len, 4);
        ck_assert_mem_eq(got->data, ((uint8_t[]){3, 0x86, 0, 0}), 4);
    }
    bench_expect_nothing(b);
    ck_assert_uint_eq(swme_firmware_stats(b->firmware)->messages_in, 1);
}
END_TEST

/* Bug class 5: every length, for each command; too short ones do not succeed. */
START_TEST(every_length_of_each_command)
{
    static const struct {
        uint8_t head[4];
        size_t least;
    } cases[] = {{{0xff, 0x02}, 4}, {{0x03, 0x02}, 8},  {{0x03, 0x06}, 17},
                 {{0x05, 0x03}, 4}, {{0x03, 0x03}, 12}, {{0xff, 0x01}, 4}};
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.latency = "0"});

    for (unsigned int i = 0; i < G_N_ELEMENTS(cases); i++) {
        uint8_t question[2048] = {0};

        memcpy(question, cases[i].head, 4);
        for (size_t size = 0; size <= sizeof(question); size++) {
            g_autoptr(GByteArray) got = bench_ask(b, 7, 0, question, size);

            MUST(b->device.from_firmware.length == 0);
            if (size < 4) {
                MUST_MSG(!got || got->len == 0 || got->len >= 4, "half a header");
            } else if (got) {
                MUST(got->len >= 4 && got->len <= 28);
                MUST_EQ(got->data[0], cases[i].head[0]);
                MUST_EQ(got->data[1], cases[i].head[1] | 0x80);
                MUST_EQ(got->data[2], 0);
                MUST_MSG(size >= cases[i].least || got->data[3] != 0, "case %u: %zu bytes succeed",
                         i, size);
            } else {
                MUST_MSG(i == 2, "case %u: %zu bytes stay without an answer", i, size);
            }
        }
        MUST_EQ(swme_firmware_stats(b->firmware)->too_long, 0);
    }
    bench_check_alive(b);
}
END_TEST

/* Bug class 6: what the request holds beyond the known fields never comes back. */
START_TEST(no_stale_bytes_in_answers)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.platform = "spt-h"});
    uint8_t poison[2048];
    g_autoptr(GByteArray) first = bench_ask(b, 7, 0, BYTES(0xff, 0x02, 0, 0));
    g_autoptr(GByteArray) second = NULL;

    memset(poison, 0xee, sizeof(poison));
    g_clear_pointer(&second, g_byte_array_unref);
    second = bench_ask(b, 7, 0, poison, sizeof(poison));
    g_clear_pointer(&second, g_byte_array_unref);
    second = bench_ask(b, 7, 0, BYTES(0xff, 0x02, 0xee, 0xee));
    ck_assert(first != NULL && second != NULL);
    ck_assert_uint_eq(first->len, second->len);
    ck_assert_mem_eq(first->data, second->data, first->len);
    bench_expect_answer(b, 7, 0, BYTES(0x05, 0x03, 0xee, 0xee),
                        BYTES(0x05, 0x83, 0, 0, 0x02, 0, 0, 0));
}
END_TEST

START_TEST(by_connection_the_same_answers)
{
    static const uint8_t questions[][8] = {{0xff, 2}, {3, 2, 0, 0, 0}, {3, 2, 0, 0, 0x1d},
                                           {5, 3},    {0x42, 0x42},    {3, 2, 0, 0, 0x77}};
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient mkhi = bench_open(b, GUID_TEXT_MKHI, 1);

    for (unsigned int i = 0; i < G_N_ELEMENTS(questions); i++) {
        g_autoptr(GByteArray) want = bench_ask(b, 7, 0, questions[i], 8);

        ck_assert(want != NULL);
        bench_grant(b, mkhi.address, 1);
        bench_data(b, mkhi.address, 1, questions[i], 8);
        bench_expect_message(b, mkhi.address, 1, want->data, want->len);
        bench_expect_hbm(b, BYTES(0x08, mkhi.address, 1, 0, 0, 0, 0, 0));
        bench_expect_nothing(b);
    }
}
END_TEST

/* A connection must not be left without its credit by a message that has no answer. */
START_TEST(by_connection_each_message_brings_its_credit_back)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient mkhi = bench_open(b, GUID_TEXT_MKHI, 1);

    for (size_t size = 0; size <= 32; size++) {
        uint8_t question[32] = {3, 6};
        bool credit = false;

        bench_grant(b, mkhi.address, 1);
        bench_data(b, mkhi.address, 1, question, size);
        for (;;) {
            g_autoptr(GBytes) bytes = fake_device_take(&b->device);
            const uint8_t *packet = bytes ? g_bytes_get_data(bytes, NULL) : NULL;

            if (!packet) {
                break;
            }
            credit |= packet[0] == 0 && packet[4] == 0x08;
            bench_ring(b);
        }
        ck_assert_msg(credit, "no credit after %zu bytes", size);
    }
    ck_assert_uint_eq(swme_firmware_stats(b->firmware)->no_credit, 0);
}
END_TEST

/* Trap 38: coreboot and others ask by address 7 straight after a reset, without any START. */
START_TEST(trap38_the_fixed_client_answers_before_start)
{
    g_autoptr(Bench) b = bench_ready(&(BenchOptions){.platform = "spt-h"});

    bench_expect_answer(b, 7, 0, BYTES(0x05, 0x03, 0x00, 0x00),
                        BYTES(0x05, 0x83, 0, 0, 0x02, 0, 0, 0));
    bench_start(b);
    bench_expect_answer(b, 7, 0, BYTES(0x05, 0x03, 0x00, 0x00),
                        BYTES(0x05, 0x83, 0, 0, 0x02, 0, 0, 0));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("client-mkhi");
    TCase *vectors = unit_case(suite, "vectors");
    TCase *robust = unit_case(suite, "robust");

    tcase_add_test(vectors, version_as_recorded_on_11_8_50_3425);
    tcase_add_test(vectors, questions_without_end_have_a_bound);
    tcase_add_test(vectors, version_block_of_16_1_32_2473);
    tcase_add_test(vectors, version_packet_is_801c0007);
    tcase_add_test(vectors, version_of_each_platform);
    tcase_add_test(vectors, hmrfpo_status_as_recorded);
    tcase_add_test(vectors, rules_of_a_platform_with_amt);
    tcase_add_test(vectors, rules_of_a_platform_without_amt);
    tcase_add_test(vectors, os_version_of_linux_is_taken);
    tcase_add_test(vectors, by_connection_the_same_answers);
    tcase_add_test(vectors, trap38_the_fixed_client_answers_before_start);
    tcase_add_test(robust, unknown_rules_fail);
    tcase_add_test(robust, unknown_commands_are_answered_with_the_header_alone);
    tcase_add_test(robust, the_sku_of_hfs3_and_the_platform_type_agree);
    tcase_add_test(robust, responses_from_the_host_are_no_questions);
    tcase_add_test(robust, every_length_of_each_command);
    tcase_add_test(robust, no_stale_bytes_in_answers);
    tcase_add_test(robust, by_connection_each_message_brings_its_credit_back);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
