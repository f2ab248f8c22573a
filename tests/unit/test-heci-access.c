/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an access may and may not do: sizes and alignments, offsets where nothing is, the two
 * windows when they cannot work, and that looking changes nothing. Each negative test shows that
 * nothing happened, not only that nothing was said. (Fact sheet 2 to 2.3; traps 30 and 31; bug
 * classes 1, 3 and 15.)
 */
#include "tests/unit/unit.h"
#include "tests/unit/heci-fixture.h"

static const uint32_t registers[] = {R_H_CB_WW,   R_H_CSR,  R_ME_CB_RW, R_ME_CSR_HA,
                                     R_H_HPG_CSR, R_ME_TRC, R_H_D0I3C};

static bool is_register(uint32_t offset)
{
    for (size_t i = 0; i < UNIT_COUNT(registers); i++) {
        if (registers[i] == offset) {
            return true;
        }
    }
    return false;
}

static uint64_t all_ones(unsigned int size)
{
    return size >= 8 ? UINT64_MAX : (UINT64_C(1) << 8 * size) - 1;
}

/* A link in the middle of its work: data in both buffers, both status bits set, a line up. */
static void busy(Fake *fake)
{
    const uint8_t packet[8] = {7, 0, 4, 0x80, 1, 2, 3, 4};

    fake_link_up(fake, &fake_config_full);
    MUST(dev_send(fake, packet, sizeof(packet)));
    MUST(dev_send(fake, packet, sizeof(packet)));
    fake_write(fake, R_H_CB_WW, 0x80040007u);
    fake_write(fake, R_H_D0I3C, B_I3 | B_IR);
    dev_d0i3_done(fake);
    dev_interrupt(fake);
    fake_clear_log(fake);
    MUST_EQ(fake_errors(fake), 0);
}

START_TEST(trap31_wrong_size_or_alignment_is_ignored)
{
    static const unsigned int sizes[] = {1, 2, 4, 8};
    static const uint64_t values[] = {0, UINT64_MAX, UINT64_C(0x1e0000001e), 0x7f7f7f7f};
    unsigned int wrong = 0;
    Heci before;
    Fake fake;

    busy(&fake);
    fake_snapshot(&fake, &before);
    for (size_t s = 0; s < UNIT_COUNT(sizes); s++) {
        for (uint32_t offset = 0; offset < R_END; offset++) {
            if (sizes[s] == 4 && offset % 4 == 0) {
                continue;
            }
            MUST_MSG((heci_read(&fake.heci, offset, sizes[s]) & all_ones(sizes[s])) ==
                         all_ones(sizes[s]),
                     "a read of %u bytes at 0x%x is not all ones", sizes[s], offset);
            for (size_t v = 0; v < UNIT_COUNT(values); v++) {
                heci_write(&fake.heci, offset, values[v], sizes[s]);
            }
            wrong += 1 + UNIT_COUNT(values);
            MUST_MSG(fake_unchanged(&fake, &before), "an access of %u bytes at 0x%x changed state",
                     sizes[s], offset);
        }
    }
    ck_assert_uint_eq(fake.errors[HECI_BAD_ACCESS], wrong);
    ck_assert_uint_eq(fake_errors(&fake), wrong);
    ck_assert_uint_eq(fake.heci.guest_errors[HECI_BAD_ACCESS], wrong);
    ASSERT_LOG(&fake, "");
}
END_TEST

START_TEST(odd_sizes_and_offsets_past_the_end_are_harmless)
{
    static const unsigned int sizes[] = {0, 3, 5, 6, 7, 16};
    static const uint32_t offsets[] = {0,      4,           0xffc,       0x1000,
                                       0x1004, 0x80000000u, 0xfffffffcu, UINT32_MAX};
    Heci before;
    Fake fake;

    busy(&fake);
    fake_snapshot(&fake, &before);
    for (size_t i = 0; i < UNIT_COUNT(offsets); i++) {
        for (size_t s = 0; s < UNIT_COUNT(sizes); s++) {
            heci_read(&fake.heci, offsets[i], sizes[s]);
            heci_write(&fake.heci, offsets[i], UINT64_MAX, sizes[s]);
        }
        if (offsets[i] >= R_END) {
            heci_read(&fake.heci, offsets[i], 4);
            heci_write(&fake.heci, offsets[i], UINT64_MAX, 4);
        }
        MUST_MSG(fake_unchanged(&fake, &before), "offset 0x%x", offsets[i]);
    }
    ASSERT_LOG(&fake, "");
}
END_TEST

START_TEST(no_register_reads_zero_and_ignores_writes)
{
    unsigned int accesses = 0;
    Heci before;
    Fake fake;

    busy(&fake);
    fake_snapshot(&fake, &before);
    for (uint32_t offset = 0; offset < R_END; offset += 4) {
        if (is_register(offset)) {
            continue;
        }
        MUST_MSG(fake_read(&fake, offset) == 0, "0x%x reads 0x%x", offset,
                 fake_read(&fake, offset));
        fake_write(&fake, offset, ALL_ONES);
        accesses += 2;
        MUST_EQ(fake.error_offset, offset);
        MUST(fake_unchanged(&fake, &before));
    }
    ck_assert_uint_eq(fake.errors[HECI_UNKNOWN_REGISTER], accesses);
    ck_assert_uint_eq(fake_errors(&fake), accesses);
    ASSERT_LOG(&fake, "");
}
END_TEST

START_TEST(registers_the_platform_lacks_read_zero_and_ignore_writes)
{
    static const uint32_t absent[] = {R_H_HPG_CSR, R_ME_TRC, R_H_D0I3C};
    Heci before;
    Fake fake;

    fake_link_up(&fake, &fake_config_plain);
    fake_snapshot(&fake, &before);
    for (size_t i = 0; i < UNIT_COUNT(absent); i++) {
        ck_assert_uint_eq(fake_read(&fake, absent[i]), 0);
        fake_write(&fake, absent[i], ALL_ONES);
        fake_write(&fake, absent[i], B_I3 | B_IR);
        fake_write(&fake, absent[i], B_PGI);
        ck_assert_uint_eq(fake_read(&fake, absent[i]), 0);
    }
    ck_assert(fake_unchanged(&fake, &before));
    ASSERT_LOG(&fake, "");
}
END_TEST

START_TEST(trap30_reads_have_no_side_effect_but_the_read_window)
{
    Heci before;
    Fake fake;

    busy(&fake);
    fake_snapshot(&fake, &before);
    for (int round = 0; round < 3; round++) {
        for (uint32_t offset = 0; offset < R_END; offset += 4) {
            if (offset != R_ME_CB_RW) {
                fake_read(&fake, offset);
                MUST_MSG(fake_unchanged(&fake, &before), "reading 0x%x changed state", offset);
            }
        }
    }
    ck_assert_uint_eq(fake_read(&fake, R_ME_CB_RW), 0x80040007u);
    ck_assert(!fake_unchanged(&fake, &before));
    ASSERT_LOG(&fake, "");
}
END_TEST

START_TEST(write_window_appends_and_does_not_ring)
{
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    for (uint32_t i = 1; i <= 128; i++) {
        fake_write(&fake, R_H_CB_WW, i);
        MUST_EQ(fake_read(&fake, R_H_CSR) >> 8 & 0xffff, i << 8);
    }
    ASSERT_LOG(&fake, "");
    ck_assert_uint_eq(fake_errors(&fake), 0);
}
END_TEST

/* Section 2.1 asks for ME_RDY only: system firmware writes as soon as that is up. */
START_TEST(write_window_wants_me_rdy_and_nothing_else)
{
    Heci before;
    Fake fake;

    fake_init(&fake, &fake_config_full);
    fake_snapshot(&fake, &before);
    fake_write(&fake, R_H_CB_WW, 0x12345678);
    ck_assert(fake_unchanged(&fake, &before));
    ck_assert_uint_eq(fake.errors[HECI_H_CB_NOT_READY], 1);
    dev_set_ready(&fake, true);
    fake_write(&fake, R_H_CB_WW, 0x12345678);
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR), 0x80010000u);
    dev_set_ready(&fake, false);
    fake_snapshot(&fake, &before);
    fake_write(&fake, R_H_CB_WW, 0x12345678);
    ck_assert(fake_unchanged(&fake, &before));
    ck_assert_uint_eq(fake.errors[HECI_H_CB_NOT_READY], 2);
    ASSERT_LOG(&fake, "");
}
END_TEST

START_TEST(write_window_overflow_has_no_side_effect)
{
    unsigned int depth = 1u << _i;
    HeciConfig config = fake_config_full;
    Heci before;
    Fake fake;

    config.h_depth = (uint8_t)depth;
    fake_link_up(&fake, &config);
    for (unsigned int start = 0; start < 256; start++) {
        fake.heci.h_cb.read_pointer = fake.heci.h_cb.write_pointer = (uint8_t)start;
        for (unsigned int i = 0; i < depth; i++) {
            fake_write(&fake, R_H_CB_WW, i);
        }
        fake_snapshot(&fake, &before);
        fake_write(&fake, R_H_CB_WW, 0xbad);
        fake_write(&fake, R_H_CB_WW, 0xbad);
        MUST(fake_unchanged(&fake, &before));
        MUST_EQ(fake.errors[HECI_H_CB_OVERFLOW], 2 * (start + 1));
    }
    ck_assert_uint_eq(fake_errors(&fake), fake.errors[HECI_H_CB_OVERFLOW]);
    ASSERT_LOG(&fake, "");
}
END_TEST

START_TEST(read_window_takes_one_slot_each)
{
    const uint8_t packet[12] = {7, 0, 8, 0x80, 1, 2, 3, 4, 5, 6, 7, 8};
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    ck_assert(dev_send(&fake, packet, sizeof(packet)));
    ck_assert_uint_eq(fake_read(&fake, R_ME_CSR_HA) & 0x00ffff00u, 0x00030000u);
    ck_assert_uint_eq(fake_read(&fake, R_ME_CB_RW), 0x80080007u);
    ck_assert_uint_eq(fake_read(&fake, R_ME_CB_RW), 0x04030201u);
    ck_assert_uint_eq(fake_read(&fake, R_ME_CSR_HA) & 0x00ffff00u, 0x00030200u);
    ck_assert_uint_eq(fake_read(&fake, R_ME_CB_RW), 0x08070605u);
    ck_assert_uint_eq(fake_read(&fake, R_ME_CSR_HA) & 0x00ffff00u, 0x00030300u);
    ASSERT_LOG(&fake, "");
}
END_TEST

START_TEST(read_window_underflow_has_no_side_effect)
{
    Heci before;
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    for (unsigned int start = 0; start < 256; start++) {
        fake.heci.me_cb.read_pointer = fake.heci.me_cb.write_pointer = (uint8_t)start;
        /* What was there before must not come out again. */
        memset(fake.heci.me_cb.slots, 0x5e, sizeof(fake.heci.me_cb.slots));
        fake_snapshot(&fake, &before);
        MUST_EQ(fake_read(&fake, R_ME_CB_RW), ALL_ONES);
        MUST(fake_unchanged(&fake, &before));
        MUST_EQ(fake.errors[HECI_ME_CB_UNDERFLOW], start + 1);
    }
    ck_assert_uint_eq(fake_errors(&fake), 256);
    ASSERT_LOG(&fake, "");
}
END_TEST

START_TEST(read_window_not_ready_reads_all_ones)
{
    Heci before;
    Fake fake;

    fake_init(&fake, &fake_config_full);
    fake_snapshot(&fake, &before);
    ck_assert_uint_eq(fake_read(&fake, R_ME_CB_RW), ALL_ONES);
    ck_assert(fake_unchanged(&fake, &before));
    ck_assert_uint_eq(fake.errors[HECI_ME_CB_NOT_READY], 1);
    ck_assert_uint_eq(fake.error_offset, R_ME_CB_RW);
}
END_TEST

START_TEST(read_window_is_read_only)
{
    Heci before;
    Fake fake;

    busy(&fake);
    fake_snapshot(&fake, &before);
    fake_write(&fake, R_ME_CB_RW, 0x12345678);
    fake_write(&fake, R_ME_TRC, 0);
    ck_assert(fake_unchanged(&fake, &before));
    ck_assert_uint_eq(fake.errors[HECI_READ_ONLY], 2);
    ck_assert_uint_eq(fake_read(&fake, R_ME_TRC), 0x12345678);
}
END_TEST

/* Bug class 5: each length that this depth can never hold; bug class 1: and nothing moves. */
START_TEST(broken_header_is_told_and_not_followed)
{
    unsigned int depth = 1u << _i;
    HeciConfig config = fake_config_full;
    uint8_t packet[516];
    Fake fake;

    config.h_depth = (uint8_t)depth;
    for (unsigned int length = 0; length <= 511; length++) {
        unsigned int slots = 1 + (length + 3) / 4;
        int expected = slots > depth ? HECI_LINK_BROKEN : slots == 1 ? 4 + (int)length : 0;

        fake_link_up(&fake, &config);
        fake_write(&fake, R_H_CB_WW, 0x80000007u | length << 16);
        MUST_EQ(dev_receive(&fake, packet), expected);
        if (expected != HECI_LINK_BROKEN) {
            continue;
        }
        MUST_EQ(dev_receive(&fake, packet), HECI_LINK_BROKEN);
        /* The host's reset is the way out. */
        fake_csr_set(&fake, B_RST | B_IG, 0);
        dev_set_ready(&fake, true);
        fake_csr_set(&fake, B_IG, B_RST);
        fake_csr_set(&fake, B_IG | B_RDY, 0);
        MUST_EQ(dev_receive(&fake, packet), 0);
    }
    ck_assert_int_eq(HECI_LINK_BROKEN, -1);
}
END_TEST

START_TEST(receive_waits_for_h_rdy)
{
    uint8_t packet[516];
    Fake fake;

    fake_init(&fake, &fake_config_full);
    dev_set_ready(&fake, true);
    fake_write(&fake, R_H_CB_WW, 0x80000007u);
    ck_assert_int_eq(dev_receive(&fake, packet), 0);
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR), 0x80010000u);
    fake_csr_set(&fake, B_RDY, 0);
    ck_assert_int_eq(dev_receive(&fake, packet), 4);
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR), 0x80010108u);
}
END_TEST

START_TEST(guest_errors_have_names_and_need_no_listener)
{
    HeciHostOps ops = fake_host_ops;
    Fake fake;

    for (int i = 0; i < HECI_GUEST_ERROR_COUNT; i++) {
        ck_assert_ptr_nonnull(heci_guest_error_name((HeciGuestError)i));
        ck_assert_uint_gt(strlen(heci_guest_error_name((HeciGuestError)i)), 0);
    }
    ck_assert_ptr_nonnull(heci_guest_error_name(HECI_GUEST_ERROR_COUNT));
    ck_assert_ptr_nonnull(heci_guest_error_name((HeciGuestError)1000));
    fake_init(&fake, &fake_config_full);
    ops.guest_error = NULL;
    fake.heci.host = &ops;
    heci_read(&fake.heci, 1, 2);
    ck_assert_uint_eq(fake.heci.guest_errors[HECI_BAD_ACCESS], 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("heci-access");
    TCase *tcase = unit_case(suite, "access");

    tcase_add_test(tcase, trap31_wrong_size_or_alignment_is_ignored);
    tcase_add_test(tcase, odd_sizes_and_offsets_past_the_end_are_harmless);
    tcase_add_test(tcase, no_register_reads_zero_and_ignores_writes);
    tcase_add_test(tcase, registers_the_platform_lacks_read_zero_and_ignore_writes);
    tcase_add_test(tcase, trap30_reads_have_no_side_effect_but_the_read_window);
    tcase_add_test(tcase, guest_errors_have_names_and_need_no_listener);

    tcase = unit_case(suite, "windows");
    tcase_add_test(tcase, write_window_appends_and_does_not_ring);
    tcase_add_test(tcase, write_window_wants_me_rdy_and_nothing_else);
    tcase_add_loop_test(tcase, write_window_overflow_has_no_side_effect, 1, 8);
    tcase_add_test(tcase, read_window_takes_one_slot_each);
    tcase_add_test(tcase, read_window_underflow_has_no_side_effect);
    tcase_add_test(tcase, read_window_not_ready_reads_all_ones);
    tcase_add_test(tcase, read_window_is_read_only);
    tcase_add_loop_test(tcase, broken_header_is_told_and_not_followed, 1, 8);
    tcase_add_test(tcase, receive_waits_for_h_rdy);
    return unit_run(suite);
}
