/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The action "fuzz": each way of damage happens, a seed repeats, and nothing leaves its bounds. */
#include "tests/unit/fault-fixture.h"

#include <string.h>

/* Of a host bus message of eight bytes, in how many ways it was damaged. */
START_TEST(fuzz_does_all_that_it_says)
{
    g_autoptr(Rig) rig = rig_new("fuzz:seed=1");
    static const uint8_t credit[] = {HBM_FLOW_CONTROL, RIG_ECHO, 1, 0, 0, 0, 0, 0};
    unsigned int lost = 0, same = 0, more = 0, shorter = 0, longer = 0, command = 0, header = 0;
    size_t longest = 0;

    for (unsigned int i = 0; i < 4000; i++) {
        g_auto(GStrv) packets = NULL;
        size_t size;

        rig_send_hbm(rig, credit, sizeof(credit));
        rig_advance(rig, 1);
        packets = g_strsplit(rig->log->str, " ", -1);
        g_string_truncate(rig->log, 0);
        if (!packets[0]) {
            lost++;
            continue;
        }
        size = strlen(packets[0]);
        more += packets[1] != NULL;
        longest = MAX(longest, size);
        same += strcmp(packets[0], "S000008800822010000000000") == 0;
        shorter += size < 25;
        longer += size > 25;
        header += size == 25 && !g_str_has_prefix(packets[0], "S00000880");
        command += g_str_has_prefix(packets[0], "S00000880") && size == 25 &&
                   !g_str_has_prefix(packets[0], "S0000088008");
    }
    ck_assert_uint_eq(rig_hits(rig), 4000);
    ck_assert_uint_gt(lost, 50);
    ck_assert_uint_gt(more, 200);
    ck_assert_uint_gt(shorter, 200);
    ck_assert_uint_gt(longer, 200);
    ck_assert_uint_gt(header, 50);
    ck_assert_uint_gt(command, 200);
    /* What is twice, late or beside another stays as it was; so does what gets the number it had.
     */
    ck_assert_uint_lt(same, 1500);
    ck_assert_uint_gt(longest, 900);
    ck_assert_uint_le(longest, 1 + 2 * 512); /* never more than the deepest ring takes */
}
END_TEST

START_TEST(fuzz_takes_any_packet)
{
    /* The shortest and the longest, either way: under ASan. */
    g_autoptr(Rig) rig = rig_new("fuzz:seed=2:dir=both");
    static const uint8_t data[508];

    for (unsigned int i = 0; i < 3000; i++) {
        size_t size = (size_t[]){0, 1, 3, 507, 508}[i % 5];

        rig_send_data(rig, data, size);
        rig_host(rig, mei_hdr(RIG_ECHO, 1, (unsigned int)size, true), data, size);
        rig_fetch(rig); /* checks that header and size agree */
        rig_advance(rig, 1);
        g_string_truncate(rig->log, 0);
    }
    ck_assert_uint_gt(rig_hits(rig), 5000);
}
END_TEST

/* The same seed is the same damage, whatever else the rules are; another seed is another. */
START_TEST(a_seed_repeats)
{
    static const char *const rules[] = {"fuzz:prob=50:seed=7", "fuzz:prob=50:seed=7",
                                        "fuzz:prob=50:seed=8"};
    g_autofree char *logs[G_N_ELEMENTS(rules)] = {0};

    for (unsigned int i = 0; i < G_N_ELEMENTS(rules); i++) {
        g_autoptr(Rig) rig = rig_new(rules[i]);

        for (unsigned int j = 0; j < 200; j++) {
            rig_send_data(rig, "abcdefgh", 8);
            rig_advance(rig, 1);
        }
        ck_assert_uint_gt(rig_hits(rig), 60);
        ck_assert_uint_lt(rig_hits(rig), 140);
        logs[i] = g_strdup(rig->log->str);
    }
    ck_assert_str_eq(logs[0], logs[1]);
    ck_assert_str_ne(logs[0], logs[2]);
    g_free(logs[1]);
    g_free(logs[2]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("faults-fuzz");
    TCase *tcase = unit_case(suite, "fuzz");

    tcase_add_test(tcase, fuzz_does_all_that_it_says);
    tcase_add_test(tcase, fuzz_takes_any_packet);
    tcase_add_test(tcase, a_seed_repeats);
    return unit_run(suite);
}
