/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MKHI command by command: what each generation answers, byte for byte where a public client's code
 * or a recording has the bytes. ME client fact sheet E.2, E.3.
 */
#include <string.h>

#include <swme/mca.h>
#include <swme/mkhi.h>

#include "firmware-sim/clients/mkhi.h"
#include "tests/unit/bench.h"
#include "tests/unit/unit.h"

static Bench *up(const char *platform)
{
    return bench_up(&(BenchOptions){.platform = platform, .latency = "0"});
}

/* ME 11.8.50.3425 without AMT: the three captures of rules. */
START_TEST(capabilities_as_recorded)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.platform = "spt-h", .amt = SWME_OFF});

    bench_expect_answer(b, 7, 0, BYTES(3, 2, 0, 0, 0, 0, 0, 0),
                        BYTES(3, 0x82, 0, 0, 0, 0, 0, 0, 4, 0x40, 0x11, 0x10, 0x31));
    bench_expect_answer(b, 7, 0, BYTES(3, 2, 0, 0, 0x20, 0, 0, 0),
                        BYTES(3, 0x82, 0, 0, 0x20, 0, 0, 0, 4, 0x40, 0x11, 0x10, 0x11));
}
END_TEST

/* LMS before 12 asks the image type, later the platform type; and the EOP state in three ways. */
START_TEST(what_lms_asks_of_each_generation)
{
    g_autoptr(Bench) me8 = up("ppt-1");
    g_autoptr(Bench) csme12 = up("cnp-h");
    g_autoptr(Bench) csme16 = up("rpl-s");

    bench_expect_answer(me8, 7, 0, BYTES(0xff, 0x18, 0, 0), BYTES(0xff, 0x98, 0, 0, 1, 0, 0, 0));
    bench_expect_answer(me8, 7, 0, BYTES(0xff, 0x1d, 0, 0), BYTES(0xff, 0x9d, 0, 0x8d));
    bench_expect_answer(csme12, 7, 0, BYTES(0xff, 0x18, 0, 0), BYTES(0xff, 0x98, 0, 0x8d));
    bench_expect_answer(csme12, 7, 0, BYTES(0xff, 0x1d, 0, 0), BYTES(0xff, 0x9d, 0, 0, 1, 0, 0, 0));
    bench_expect_answer(csme12, 7, 0, BYTES(0xff, 0x0a, 0, 0), BYTES(0xff, 0x8a, 0, 0x8d));
    bench_expect_answer(csme16, 7, 0, BYTES(0xff, 0x1d, 0, 0), BYTES(0xff, 0x9d, 0, 0x8d));
    bench_expect_answer(csme16, 7, 0, BYTES(0xff, 0x0a, 0, 0),
                        BYTES(0xff, 0x8a, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0));
    /* Result 0x8d is how LMS knows that measured boot is not there. */
    bench_expect_answer(csme12, 7, 0, BYTES(0xff, 0x23, 0, 0), BYTES(0xff, 0xa3, 0, 0x8d));
    bench_expect_answer(csme16, 7, 0, BYTES(0xff, 0x23, 0, 0), BYTES(0xff, 0xa3, 0, 0, 0));
}
END_TEST

START_TEST(measured_boot_follows_hfs6)
{
    SwmePlatform table = *swme_platform_find("rpl-s", NULL);
    g_autoptr(Bench) b = NULL;

    table.hfs[5] |= 0x100;
    b = bench_up(&(BenchOptions){.table = &table});
    bench_expect_answer(b, 7, 0, BYTES(0xff, 0x23, 0, 0), BYTES(0xff, 0xa3, 0, 0, 1));
}
END_TEST

/* LMS wants one module of 88 bytes for "PMCP"; coreboot asks for "ISHC" and takes none. */
START_TEST(version_of_the_power_management_controller)
{
    g_autoptr(Bench) b = up("cnp-h");
    g_autoptr(GByteArray) got = bench_ask(b, 7, 0, BYTES(0xff, 0x1c, 0, 0, 'P', 'M', 'C', 'P'));

    ck_assert(got != NULL);
    ck_assert_uint_eq(got->len, 4 + 4 + 88);
    ck_assert_mem_eq(got->data, ((uint8_t[]){0xff, 0x9c, 0, 0, 1, 0, 0, 0, 'P', 'M', 'C', 'P', 0}),
                     13);
    ck_assert_uint_ne(swme_get_le16(got->data + 8 + 12), 0);
    ck_assert_uint_eq(swme_get_le32(got->data + 8 + 20), 0x8086);
    bench_expect_answer(b, 7, 0, BYTES(0xff, 0x1c, 0, 0, 'I', 'S', 'H', 'C'),
                        BYTES(0xff, 0x9c, 0, 0, 0, 0, 0, 0));
    bench_expect_answer(b, 7, 0, BYTES(0xff, 0x1c, 0, 0, 'P', 'M', 'C'), BYTES(0xff, 0x9c, 0, 5));
}
END_TEST

/* coreboot: any action but 0 or 1, and any result but 0, ends in recovery mode. */
START_TEST(end_of_post_goes_on)
{
    g_autoptr(Bench) b = up(NULL);

    bench_expect_answer(b, 7, 0, BYTES(0xff, 0x0c, 0, 0), BYTES(0xff, 0x8c, 0, 0, 0, 0, 0, 0));
    bench_expect_answer(b, 7, 0, BYTES(0xff, 0x0c, 0, 0), BYTES(0xff, 0x8c, 0, 0, 0, 0, 0, 0));
}
END_TEST

START_TEST(what_is_the_bios_s_before_eop_is_refused)
{
    g_autoptr(Bench) b = up("rpl-s");

    bench_expect_answer(b, 7, 0, BYTES(0, 0x0b, 0, 0, 2, 1), BYTES(0, 0x8b, 0, 1));
    bench_expect_answer(b, 7, 0, BYTES(3, 3, 0, 0, 6, 0, 0, 0, 4, 0, 0, 0, 0),
                        BYTES(3, 0x83, 0, 1));
    bench_expect_answer(b, 7, 0, BYTES(5, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), BYTES(5, 0x81, 0, 1));
    bench_expect_answer(b, 7, 0, BYTES(5, 2, 0, 0), BYTES(5, 0x82, 0, 1));
    bench_expect_answer(b, 7, 0, BYTES(0xf0, 3, 0, 0), BYTES(0xf0, 0x83, 0, 1));
    bench_expect_answer(b, 7, 0, BYTES(0xff, 0x0d, 0, 0), BYTES(0xff, 0x8d, 0, 1));
    bench_expect_answer(b, 7, 0, BYTES(0x0a, 0x1b, 0, 0, 3, 0, 0, 0), BYTES(0x0a, 0x9b, 0, 1));
    /* This one has a status of its own. */
    bench_expect_answer(b, 7, 0, BYTES(0xff, 0x14, 0, 0, 0, 0, 0, 0x20, 0, 0, 0, 0),
                        BYTES(0xff, 0x94, 0, 0, 1, 0, 0, 0));
    bench_expect_answer(b, 7, 0, BYTES(5, 3, 0, 0), BYTES(5, 0x83, 0, 0, 1, 0, 0, 0));
}
END_TEST

/* Boot partitions are the Lite SKU's; 64 times of milliseconds are for all from 16 on. */
START_TEST(bring_up_group)
{
    g_autoptr(Bench) b = up("rpl-s");
    g_autoptr(GByteArray) got = bench_ask(b, 7, 0, BYTES(0xf0, 8, 0, 0, 0, 0, 0, 0));
    g_autoptr(Bench) csme12 = up("cnp-h");

    ck_assert(got != NULL);
    ck_assert_uint_eq(got->len, 4 + 4 + 4 + 64 * 4);
    ck_assert_mem_eq(got->data, ((uint8_t[]){0xf0, 0x88, 0, 0, 1, 0, 0, 0, 64, 0, 0, 0}), 12);
    bench_expect_answer(b, 7, 0, BYTES(0xf0, 0x1c, 0, 0, 0, 0, 0, 0), BYTES(0xf0, 0x9c, 0, 0x8d));
    bench_expect_answer(csme12, 7, 0, BYTES(0xf0, 8, 0, 0), BYTES(0xf0, 0x88, 0, 0x8d));
}
END_TEST

/* E.1: ME 11.8 says nothing to group 0xf0, and nothing else goes wrong with it. */
START_TEST(me_11_8_is_silent_on_bring_up)
{
    g_autoptr(Bench) b = up("spt-h");
    BenchClient mkhi;

    for (unsigned int command = 0; command < 256; command++) {
        bench_message(b, 7, 0, BYTES(0xf0, (uint8_t)command, 0, 0, 0, 0, 0, 0));
        bench_expect_nothing(b);
    }
    bench_expect_answer(b, 7, 0, BYTES(5, 3, 0, 0), BYTES(5, 0x83, 0, 0, 2, 0, 0, 0));
    mkhi = bench_open(b, GUID_TEXT_MKHI, 1);
    for (unsigned int i = 0; i < 3; i++) {
        bench_grant(b, mkhi.address, 1);
        bench_data(b, mkhi.address, 1, BYTES(0xf0, 8, 0, 0));
        bench_expect_hbm(b, BYTES(0x08, mkhi.address, 1, 0, 0, 0, 0, 0));
        bench_expect_nothing(b);
    }
}
END_TEST

START_TEST(no_answer_where_none_is_wanted)
{
    g_autoptr(Bench) b = up("rpl-s");

    bench_message(b, 7, 0, BYTES(0xff, 0x1a, 0, 0));
    bench_expect_nothing(b);
    bench_message(b, 7, 0, BYTES(5, 5, 0, 0));
    bench_expect_nothing(b);
    bench_expect_answer(b, 7, 0, BYTES(0xff, 1, 0, 0), BYTES(0xff, 0x81, 0, 0, 0, 0, 2, 0));
}
END_TEST

/* fwupd's request: 64 bytes of name, offset 0, 0x80 bytes, flags 8. */
static void read_file(Bench *b, const char *name, uint32_t offset, uint32_t size,
                      GByteArray **answer)
{
    uint8_t question[MCA_READ_FILE_REQ_SIZE] = {0x0a, 0x02};

    strncpy((char *)question + 4, name, 64);
    swme_put_le32(question + 68, offset);
    swme_put_le32(question + 72, size);
    question[76] = 8;
    *answer = bench_ask(b, 7, 0, question, sizeof(question));
    ck_assert(*answer != NULL);
    ck_assert_mem_eq((*answer)->data, ((uint8_t[]){0x0a, 0x82, 0}), 3);
    bench_expect_nothing(b);
}

static void expect_no_file(Bench *b, const char *name, uint32_t offset, uint32_t size,
                           uint8_t result)
{
    g_autoptr(GByteArray) got = NULL;

    read_file(b, name, offset, size, &got);
    ck_assert_uint_eq(got->len, 4);
    ck_assert_uint_eq(got->data[3], result);
}

/* Results of newer machines: fwupd issues 5745 (A360), 8878. */
START_TEST(files_by_name)
{
    g_autoptr(Bench) b = up("spt-h");
    g_autoptr(Bench) csme12 = up("cnp-h");
    g_autoptr(Bench) me8 = up("ppt-1");
    g_autoptr(GByteArray) whole = NULL;
    g_autoptr(GByteArray) part = NULL;
    char longest[65];

    read_file(b, "/fpf/OemCred", 0, 0x80, &whole);
    ck_assert_uint_eq(whole->len, 4 + 4 + 32);
    ck_assert_uint_eq(swme_get_le32(whole->data + 4), 32);
    read_file(b, "/fpf/OemCred", 30, 0x80, &part);
    ck_assert_uint_eq(part->len, 4 + 4 + 2);
    ck_assert_mem_eq(part->data + 8, whole->data + 8 + 30, 2);
    expect_no_file(b, "/fpf/OemCred", 32, 1, 0x0b);
    expect_no_file(b, "/fpf/OemCred", 0xffffffff, 0x80, 0x0b);
    expect_no_file(b, "/fpf/OemCred", 0, 0, 0x0b);
    expect_no_file(b, "/fpf/OemCred", 0, 0xffffffff, 0x0d);
    expect_no_file(b, "/fpf/OemCre", 0, 0x80, 0x0b);
    expect_no_file(b, "/fpf/OemCredX", 0, 0x80, 0x0b);
    expect_no_file(b, "/fpf/../fpf/OemCred", 0, 0x80, 0x0b);
    expect_no_file(b, "", 0, 0x80, 0x0b);
    memset(longest, 'a', 64);
    longest[64] = '\0';
    expect_no_file(b, longest, 0, 0x80, 0x0b);
    expect_no_file(csme12, "/fpf/OemCred", 0, 0x80, 0x0b);
    expect_no_file(me8, "/fpf/OemCred", 0, 0x80, 0x89);
}
END_TEST

START_TEST(security_versions)
{
    g_autoptr(Bench) b = up(NULL);
    g_autoptr(GByteArray) got = bench_ask(b, 7, 0, BYTES(0x0a, 0x1c, 0, 0));

    ck_assert(got != NULL);
    ck_assert_uint_eq(got->len, 4 + 4 + 4);
    ck_assert_mem_eq(got->data, ((uint8_t[]){0x0a, 0x9c, 0, 0, 1, 0, 0, 0, 3, 0}), 10);
    ck_assert_uint_ge(got->data[10], got->data[11]); /* what runs is allowed to */
}
END_TEST

/* A firmware knows a command by its row, and one byte less than the row says is too short. */
START_TEST(each_command_on_each_platform)
{
    for (const SwmePlatform *p = swme_platforms; p->name; p++) {
        g_autoptr(Bench) b = NULL;

        if (!(p->clients & SWME_CLIENTS_MKHI_FIXED)) {
            continue;
        }
        b = up(p->name);
        for (const MkhiCommand *c = mkhi_commands; c->name; c++) {
            uint8_t question[128] = {c->group, c->command};
            bool answers = mkhi_answers(c, p);
            g_autoptr(GByteArray) got = NULL;
            g_autoptr(GByteArray) less = NULL;

            if (!(c->clients & MKHI_CLIENT_MKHI)) {
                continue;
            }
            got = bench_ask(b, 7, 0, question, c->min_size);
            MUST_MSG((got != NULL) ==
                         ((answers && c->handle) ||
                          (!answers && c->group != swme_kernel_facts(p)->silent_group)),
                     "%s: %s", p->name, c->name);
            if (!got) {
                continue;
            }
            MUST_EQ(got->data[0], c->group);
            MUST_EQ(got->data[1], c->command | 0x80);
            MUST_EQ(got->data[2], 0);
            MUST(got->data[3] == 0 || got->len == 4);
            MUST_MSG(answers || got->data[3] == 0x8d || got->data[3] == 0x89, "%s: %s gets 0x%02x",
                     p->name, c->name, got->data[3]);
            if (answers && c->min_size > 4) {
                less = bench_ask(b, 7, 0, question, c->min_size - 1u);
                MUST(less != NULL && less->len == 4 && less->data[3] == 5);
            }
            MUST(b->device.from_firmware.length == 0);
        }
    }
}
END_TEST

/* What is enabled is what the SKU has; AMT's features go with AMT. */
START_TEST(capabilities_of_each_platform)
{
    for (const SwmePlatform *p = swme_platforms; p->name; p++) {
        const SwmeKernelFacts *facts = swme_kernel_facts(p);

        MUST_EQ(facts->enabled & ~facts->capable, 0);
        MUST(!p->amt || (facts->with_amt & MKHI_CAP_AMT));
        MUST_EQ((facts->capable | facts->enabled) & MKHI_CAP_AMT, 0);
        MUST(facts->generation >= 2 && facts->generation <= 18);
        MUST(facts->oem_key_size == 0 || facts->oem_key_size == 32 || facts->oem_key_size == 48);
        MUST(facts->generation < 12 || facts->pmc_version[0] != 0);
    }
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("mkhi-commands");
    TCase *commands = unit_case(suite, "commands");

    tcase_add_test(commands, capabilities_as_recorded);
    tcase_add_test(commands, what_lms_asks_of_each_generation);
    tcase_add_test(commands, measured_boot_follows_hfs6);
    tcase_add_test(commands, version_of_the_power_management_controller);
    tcase_add_test(commands, end_of_post_goes_on);
    tcase_add_test(commands, what_is_the_bios_s_before_eop_is_refused);
    tcase_add_test(commands, bring_up_group);
    tcase_add_test(commands, me_11_8_is_silent_on_bring_up);
    tcase_add_test(commands, no_answer_where_none_is_wanted);
    tcase_add_test(commands, files_by_name);
    tcase_add_test(commands, security_versions);
    tcase_add_test(commands, each_command_on_each_platform);
    tcase_add_test(commands, capabilities_of_each_platform);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
