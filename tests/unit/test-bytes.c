/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The accessors: byte order, the top bit, any alignment, and not one byte too many. */
#include "tests/unit/unit.h"

#include <stdbool.h>
#include <string.h>

#include <swme/bytes.h>

START_TEST(each_bit_stands_in_its_byte)
{
    for (unsigned int bit = 0; bit < 64; bit++) {
        uint8_t p[8] = {0};

        p[bit / 8] = (uint8_t)(1u << bit % 8);
        MUST_EQ(swme_get_le64(p), UINT64_C(1) << bit);
        MUST_EQ(swme_get_le32(p), bit < 32 ? 1u << bit : 0);
        MUST_EQ(swme_get_le16(p), bit < 16 ? 1u << bit : 0);
    }
}
END_TEST

START_TEST(big_endian_is_the_other_way_round)
{
    uint8_t p[6] = {0xee, 0xee, 0xee, 0xee, 0xee, 0xee};

    swme_put_be32(p + 1, 0x81020304u);
    ck_assert_mem_eq(p, "\xee\x81\x02\x03\x04\xee", 6);
    MUST_EQ(swme_get_be32(p + 1), 0x81020304u);
}
END_TEST

START_TEST(put_writes_its_bytes_and_no_other)
{
    static const uint8_t order[8] = {0xf8, 0xf7, 0xf6, 0xf5, 0xf4, 0xf3, 0xf2, 0xf1};

    /* Each place of a word: nothing here may rely on alignment. */
    for (size_t at = 1; at < 9; at++) {
        uint8_t p[18];

        for (int width = 2; width <= 8; width *= 2) {
            memset(p, 0xee, sizeof(p));
            if (width == 2) {
                swme_put_le16(p + at, 0xf7f8);
                MUST_EQ(swme_get_le16(p + at), 0xf7f8);
            } else if (width == 4) {
                swme_put_le32(p + at, 0xf5f6f7f8u);
                MUST_EQ(swme_get_le32(p + at), 0xf5f6f7f8u);
            } else {
                swme_put_le64(p + at, UINT64_C(0xf1f2f3f4f5f6f7f8));
                MUST_EQ(swme_get_le64(p + at), UINT64_C(0xf1f2f3f4f5f6f7f8));
            }
            for (size_t i = 0; i < sizeof(p); i++) {
                bool inside = i >= at && i < at + (size_t)width;

                MUST_EQ(p[i], inside ? order[i - at] : 0xee);
            }
        }
    }
}
END_TEST

START_TEST(each_16_bit_value_round_trips)
{
    for (unsigned int value = 0; value <= 0xffff; value++) {
        uint8_t p[2];

        swme_put_le16(p, (uint16_t)value);
        MUST_EQ(swme_get_le16(p), value);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bytes");
    TCase *tcase = unit_case(suite, "bytes");

    tcase_add_test(tcase, each_bit_stands_in_its_byte);
    tcase_add_test(tcase, big_endian_is_the_other_way_round);
    tcase_add_test(tcase, put_writes_its_bytes_and_no_other);
    tcase_add_test(tcase, each_16_bit_value_round_trips);
    return unit_run(suite);
}
