/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GUIDs: the mixed byte order, and that nothing but the 36-character form is taken. */
#include "tests/unit/unit.h"

#include <string.h>

#include <swme/guid.h>

#define TEXT "00112233-4455-6677-8899-aabbccddeeff"

static const uint8_t wire[16] = {0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66,
                                 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};

START_TEST(first_three_groups_are_little_endian)
{
    SwmeGuid from_macro =
        SWME_GUID(0x00112233, 0x4455, 0x6677, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff);
    SwmeGuid parsed;
    char text[SWME_GUID_STRING_SIZE];

    ck_assert_mem_eq(from_macro.bytes, wire, 16);
    ck_assert(swme_guid_parse(TEXT, &parsed));
    ck_assert_mem_eq(parsed.bytes, wire, 16);
    swme_guid_format(&parsed, text);
    ck_assert_str_eq(text, TEXT);
}
END_TEST

START_TEST(top_bit_of_the_first_group)
{
    SwmeGuid g = SWME_GUID(0xfedcba98, 0xfedc, 0xba98, 0, 0, 0, 0, 0, 0, 0, 0);
    char text[SWME_GUID_STRING_SIZE];

    swme_guid_format(&g, text);
    ck_assert_str_eq(text, "fedcba98-fedc-ba98-0000-000000000000");
}
END_TEST

START_TEST(each_byte_round_trips)
{
    for (int byte = 0; byte < 16; byte++) {
        for (int value = 0; value < 256; value++) {
            SwmeGuid g = {{0}};
            SwmeGuid back;
            char text[SWME_GUID_STRING_SIZE];

            g.bytes[byte] = (uint8_t)value;
            swme_guid_format(&g, text);
            MUST_EQ(strlen(text), 36);
            MUST(swme_guid_parse(text, &back));
            MUST(swme_guid_equal(&g, &back));
        }
    }
}
END_TEST

START_TEST(either_case_is_read_lower_is_written)
{
    SwmeGuid g;
    char text[SWME_GUID_STRING_SIZE];

    ck_assert(swme_guid_parse("12F80028-b4B7-4b2D-ACA8-46e0fF65814C", &g));
    swme_guid_format(&g, text);
    ck_assert_str_eq(text, "12f80028-b4b7-4b2d-aca8-46e0ff65814c");
}
END_TEST

START_TEST(equal_looks_at_every_bit)
{
    SwmeGuid a;

    memcpy(a.bytes, wire, 16);
    for (int bit = 0; bit < 128; bit++) {
        SwmeGuid b = a;

        ck_assert(swme_guid_equal(&a, &b));
        b.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        ck_assert(!swme_guid_equal(&a, &b));
    }
}
END_TEST

static void refused(const char *text)
{
    /* On the heap and exactly as long as it is: a read past its end is a sanitizer's find. */
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    SwmeGuid g;
    SwmeGuid before;

    MUST(copy != NULL);
    memcpy(copy, text, size);
    memset(&g, 0x5a, sizeof(g));
    before = g;
    MUST_MSG(!swme_guid_parse(copy, &g), "taken: \"%s\"", text);
    MUST_MSG(swme_guid_equal(&g, &before), "refused but written: \"%s\"", text);
    free(copy);
}

START_TEST(bad_forms_are_refused_and_write_nothing)
{
    static const char *const bad[] = {
        "",
        "-",
        "{" TEXT "}",
        " " TEXT,
        TEXT " ",
        TEXT "\n",
        TEXT "0",
        "00112233445566778899aabbccddeeff",
        "0011223-34455-6677-8899-aabbccddeeff",
        "00112233-4455-6677-8899aabb-ccddeeff",
        "00112233_4455_6677_8899_aabbccddeeff",
        "0x112233-4455-6677-8899-aabbccddeeff",
        "+0112233-4455-6677-8899-aabbccddeeff",
        "é112233-4455-6677-8899-aabbccddeeff",
        "00112233-4455-6677-8899-aabbccddeefg",
    };

    for (size_t i = 0; i < UNIT_COUNT(bad); i++) {
        refused(bad[i]);
    }
}
END_TEST

START_TEST(each_shortening_and_each_wrong_character_is_refused)
{
    for (size_t n = 0; n < 36; n++) {
        char text[] = TEXT;

        text[n] = '\0';
        refused(text);
    }
    for (size_t at = 0; at < 36; at++) {
        for (int c = 1; c < 256; c++) {
            char text[] = TEXT;
            bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');

            if (text[at] == '-' ? c == '-' : digit) {
                continue;
            }
            text[at] = (char)c;
            refused(text);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("guid");
    TCase *tcase = unit_case(suite, "guid");

    tcase_add_test(tcase, first_three_groups_are_little_endian);
    tcase_add_test(tcase, top_bit_of_the_first_group);
    tcase_add_test(tcase, each_byte_round_trips);
    tcase_add_test(tcase, either_case_is_read_lower_is_written);
    tcase_add_test(tcase, equal_looks_at_every_bit);
    tcase_add_test(tcase, bad_forms_are_refused_and_write_nothing);
    tcase_add_test(tcase, each_shortening_and_each_wrong_character_is_refused);
    return unit_run(suite);
}
