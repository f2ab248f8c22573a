/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * H_D0I3C, H_HPG_CSR, the status words and bus mastering (fact sheet 2.5, 5.6; traps 13, 14, 33).
 */
#include "tests/unit/unit.h"
#include "tests/unit/heci-fixture.h"

static void finish_d0i3(Fake *fake)
{
    dev_d0i3_done(fake);
}

START_TEST(d0i3_deferred_shows_cip_until_it_is_over)
{
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    fake_write(&fake, R_H_D0I3C, B_I3 | B_IR);
    ASSERT_LOG(&fake, "E");
    ck_assert_uint_eq(fake_read(&fake, R_H_D0I3C) & B_CIP, B_CIP);
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR) & B_D0IS, 0);
    dev_d0i3_done(&fake);
    ASSERT_LOG(&fake, "I");
    ck_assert_uint_eq(fake_read(&fake, R_H_D0I3C) & ~(uint32_t)B_RR, B_I3 | B_IR);
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR) & (B_D0IS | B_IS), B_D0IS);
    fake_write(&fake, R_H_CSR, fake_read(&fake, R_H_CSR));
    fake_write(&fake, R_H_D0I3C, B_IR);
    ASSERT_LOG(&fake, "ie");
    dev_d0i3_done(&fake);
    ASSERT_LOG(&fake, "I");
    ck_assert_uint_eq(fake_read(&fake, R_H_D0I3C) & ~(uint32_t)B_RR, B_IR);
}
END_TEST

START_TEST(trap13_instant_d0i3_completes_by_d0i3c_is_and_keeps_h_rdy)
{
    uint32_t csr;
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    fake.on_d0i3 = finish_d0i3;
    csr = fake_read(&fake, R_H_CSR);
    fake_write(&fake, R_H_D0I3C, B_I3 | B_IR);
    ck_assert_uint_eq(fake_read(&fake, R_H_D0I3C) & ~(uint32_t)B_RR, B_I3 | B_IR);
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR), csr | B_D0IS);
    ASSERT_LOG(&fake, "EI");
    fake_write(&fake, R_H_CSR, csr | B_D0IS);
    fake_write(&fake, R_H_D0I3C, B_IR);
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR), csr | B_D0IS);
    ck_assert_uint_eq(fake_read(&fake, R_ME_CSR_HA) & B_RDY, B_RDY);
    ASSERT_LOG(&fake, "ieI");
}
END_TEST

START_TEST(d0i3_without_ir_sets_no_status)
{
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    for (int i = 0; i < 2; i++) {
        fake.on_d0i3 = i ? finish_d0i3 : NULL;
        fake_write(&fake, R_H_D0I3C, B_I3);
        dev_d0i3_done(&fake);
        ck_assert_uint_eq(fake_read(&fake, R_H_D0I3C) & ~(uint32_t)B_RR, B_I3);
        fake_write(&fake, R_H_D0I3C, 0);
        dev_d0i3_done(&fake);
        ck_assert_uint_eq(fake_read(&fake, R_H_D0I3C) & ~(uint32_t)B_RR, 0);
        ASSERT_LOG(&fake, "Ee");
    }
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR) & B_D0IS, 0);
}
END_TEST

START_TEST(d0i3_transition_only_when_i3_changes)
{
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    fake_write(&fake, R_H_D0I3C, 0);
    fake_write(&fake, R_H_D0I3C, B_IR);
    ck_assert_uint_eq(fake_read(&fake, R_H_D0I3C) & ~(uint32_t)B_RR, B_IR);
    ASSERT_LOG(&fake, "");
    fake_write(&fake, R_H_D0I3C, B_I3);
    dev_d0i3_done(&fake);
    ASSERT_LOG(&fake, "E");
    fake_write(&fake, R_H_D0I3C, B_I3);
    fake_write(&fake, R_H_D0I3C, B_I3 | B_IR);
    ck_assert_uint_eq(fake_read(&fake, R_H_D0I3C) & B_CIP, 0);
    ASSERT_LOG(&fake, "");
}
END_TEST

/* As an unbind and a bind right after it write them (hw-me.c, mei_me_d0i3_enter, then
 * mei_me_d0i3_exit_sync), where the firmware takes its time: the bind waits for its interrupt. */
START_TEST(d0i3_write_while_in_progress_counts_when_it_ends)
{
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    fake_write(&fake, R_H_D0I3C, B_I3);
    fake_write(&fake, R_H_D0I3C, B_IR);
    ck_assert_uint_eq(fake_read(&fake, R_H_D0I3C) & ~(uint32_t)B_RR, B_I3 | B_CIP);
    ck_assert_uint_eq(fake.errors[HECI_D0I3C_IN_PROGRESS], 1);
    ASSERT_LOG(&fake, "E");
    dev_d0i3_done(&fake);
    ck_assert_uint_eq(fake_read(&fake, R_H_D0I3C) & ~(uint32_t)B_RR, B_IR | B_CIP);
    ASSERT_LOG(&fake, "e");
    dev_d0i3_done(&fake);
    ck_assert_uint_eq(fake_read(&fake, R_H_D0I3C) & ~(uint32_t)B_RR, B_IR);
    ASSERT_LOG(&fake, "I");
    dev_d0i3_done(&fake);
    ASSERT_LOG(&fake, "");
}
END_TEST

START_TEST(d0i3_last_write_while_in_progress_counts)
{
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    fake_write(&fake, R_H_D0I3C, B_I3 | B_IR);
    for (uint32_t value = 0; value < 16; value++) {
        fake_write(&fake, R_H_D0I3C, value);
        ck_assert_uint_eq(fake_read(&fake, R_H_D0I3C) & ~(uint32_t)B_RR, B_I3 | B_IR | B_CIP);
    }
    ck_assert_uint_eq(fake.errors[HECI_D0I3C_IN_PROGRESS], 16);
    ASSERT_LOG(&fake, "E");
    dev_d0i3_done(&fake); /* 15 is D0i3 again: no transition */
    ck_assert_uint_eq(fake_read(&fake, R_H_D0I3C), B_I3 | B_IR);
    ASSERT_LOG(&fake, "I");
}
END_TEST

/* Firmware that is done at once is, also with what waited; H_RST ends what waits with the rest. */
START_TEST(d0i3_write_that_waits_ends_with_a_reset)
{
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    fake_write(&fake, R_H_D0I3C, B_I3);
    fake_write(&fake, R_H_D0I3C, B_IR);
    fake.on_d0i3 = finish_d0i3;
    dev_d0i3_done(&fake);
    ck_assert_uint_eq(fake_read(&fake, R_H_D0I3C) & ~(uint32_t)B_RR, B_IR);
    ASSERT_LOG(&fake, "EeI");
    fake.on_d0i3 = NULL;
    fake_write(&fake, R_H_D0I3C, B_I3);
    fake_write(&fake, R_H_D0I3C, B_IR);
    fake_csr_set(&fake, B_RST, 0);
    fake_clear_log(&fake);
    dev_d0i3_done(&fake);
    ck_assert_uint_eq(fake_read(&fake, R_H_D0I3C) & ~(uint32_t)B_RR, B_I3);
    ASSERT_LOG(&fake, "");
    fake_write(&fake, R_H_D0I3C, 0);
    dev_d0i3_done(&fake); /* nor does it come behind the next */
    ck_assert_uint_eq(fake_read(&fake, R_H_D0I3C) & ~(uint32_t)B_RR, 0);
    ASSERT_LOG(&fake, "e");
}
END_TEST

START_TEST(d0i3_done_without_a_transition_does_nothing)
{
    Heci before;
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    fake_write(&fake, R_H_D0I3C, B_IR);
    fake_snapshot(&fake, &before);
    dev_d0i3_done(&fake);
    ck_assert(fake_unchanged(&fake, &before));
    ASSERT_LOG(&fake, "");
}
END_TEST

START_TEST(d0i3c_cip_is_read_only_rr_is_write_one_to_clear)
{
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    fake_write(&fake, R_H_D0I3C, ALL_ONES & ~(uint32_t)B_I3);
    ck_assert_uint_eq(fake_read(&fake, R_H_D0I3C), B_IR);
    fake_write(&fake, R_H_D0I3C, B_RR);
    ck_assert_uint_eq(fake_read(&fake, R_H_D0I3C), 0);
    ASSERT_LOG(&fake, "");
}
END_TEST

START_TEST(trap13_i3_survives_the_unload_and_the_next_probe_leaves_it)
{
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    fake.on_d0i3 = finish_d0i3;
    fake_write(&fake, R_H_CSR, B_RST | B_IG | B_IS | B_D0IS);
    fake_write(&fake, R_H_CSR, B_IG);
    fake_write(&fake, R_H_D0I3C, B_I3);
    fake_clear_log(&fake);
    /* Probe: I3 is still there; it leaves D0i3 before the first reset. */
    fake_csr_set(&fake, B_IE | B_D0IE, 0);
    ck_assert_uint_eq(fake_read(&fake, R_H_D0I3C) & B_I3, B_I3);
    fake_write(&fake, R_H_D0I3C, B_IR);
    ck_assert_uint_eq(fake_read(&fake, R_H_D0I3C) & (B_I3 | B_CIP), 0);
    ASSERT_LOG(&fake, "eI");
}
END_TEST

START_TEST(d0i3_status_waits_for_its_enable)
{
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    fake_csr_set(&fake, 0, B_D0IE);
    fake_write(&fake, R_H_D0I3C, B_I3 | B_IR);
    dev_d0i3_done(&fake);
    ASSERT_LOG(&fake, "E");
    fake_csr_set(&fake, B_D0IE, 0);
    ASSERT_LOG(&fake, "I");
    fake_csr_set(&fake, 0, B_D0IE);
    ASSERT_LOG(&fake, "i");
}
END_TEST

START_TEST(trap14_pgi_reads_one_until_the_exit_is_over)
{
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    fake_write(&fake, R_H_HPG_CSR, fake_read(&fake, R_H_HPG_CSR) | B_PGI);
    ck_assert_uint_eq(fake_read(&fake, R_H_HPG_CSR), B_PGI);
    ASSERT_LOG(&fake, "G");
    fake_write(&fake, R_H_HPG_CSR, fake_read(&fake, R_H_HPG_CSR) | B_PGIHEXR);
    ck_assert_uint_eq(fake_read(&fake, R_H_HPG_CSR) & B_PGI, B_PGI);
    ASSERT_LOG(&fake, "g");
    dev_interrupt(&fake);
    ck_assert_uint_eq(fake_read(&fake, R_H_HPG_CSR) & B_PGI, B_PGI);
    dev_pg_exit_done(&fake);
    ck_assert_uint_eq(fake_read(&fake, R_H_HPG_CSR), 0);
    /* And again: the second time works like the first. */
    fake_clear_log(&fake);
    fake_write(&fake, R_H_HPG_CSR, B_PGI);
    fake_write(&fake, R_H_HPG_CSR, B_PGI | B_PGIHEXR);
    ASSERT_LOG(&fake, "Gg");
}
END_TEST

static void finish_pg(Fake *fake)
{
    if (fake->log[fake->log_length - 1] == L_PG_LEAVE) {
        dev_pg_exit_done(fake);
    }
}

START_TEST(pg_exit_may_be_over_at_once)
{
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    fake.on_pg = finish_pg;
    fake_write(&fake, R_H_HPG_CSR, B_PGI);
    fake_write(&fake, R_H_HPG_CSR, B_PGI | B_PGIHEXR);
    ASSERT_LOG(&fake, "Gg");
    ck_assert_uint_eq(fake_read(&fake, R_H_HPG_CSR), 0);
}
END_TEST

START_TEST(hpg_csr_has_two_bits)
{
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    fake_write(&fake, R_H_HPG_CSR, ALL_ONES & ~3u);
    ck_assert_uint_eq(fake_read(&fake, R_H_HPG_CSR), 0);
    ASSERT_LOG(&fake, "");
    fake_write(&fake, R_H_HPG_CSR, (ALL_ONES & ~3u) | B_PGI);
    ck_assert_uint_eq(fake_read(&fake, R_H_HPG_CSR), B_PGI);
    /* Set again while set: nothing new. */
    fake_write(&fake, R_H_HPG_CSR, B_PGI);
    ASSERT_LOG(&fake, "G");
}
END_TEST

START_TEST(status_words_reach_the_host)
{
    Fake fake;

    fake_init(&fake, &fake_config_full);
    for (unsigned int i = 0; i < 6; i++) {
        heci_device_ops.set_status(&fake.heci, i, 0x90000245u + i);
        ck_assert_uint_eq(fake.status_calls, i + 1);
        ck_assert_uint_eq(fake.status_index, i);
        ck_assert_uint_eq(fake.status_value, 0x90000245u + i);
    }
}
END_TEST

static uint8_t memory[64];

static bool memory_read(void *opaque, uint64_t address, void *data, size_t size)
{
    (void)opaque;
    if (address > sizeof(memory) || size > sizeof(memory) - address) {
        return false;
    }
    memcpy(data, memory + address, size);
    return true;
}

static bool memory_write(void *opaque, uint64_t address, const void *data, size_t size)
{
    (void)opaque;
    if (address > sizeof(memory) || size > sizeof(memory) - address) {
        return false;
    }
    memcpy(memory + address, data, size);
    return true;
}

START_TEST(trap33_dma_goes_to_the_host_or_is_refused)
{
    HeciHostOps ops = fake_host_ops;
    uint8_t data[4] = {1, 2, 3, 4};
    uint8_t back[4] = {0};
    Fake fake;

    fake_init(&fake, &fake_config_full);
    ck_assert(!heci_device_ops.dma_write(&fake.heci, 0, data, sizeof(data)));
    ck_assert(!heci_device_ops.dma_read(&fake.heci, 0, back, sizeof(back)));
    ops.dma_read = memory_read;
    ops.dma_write = memory_write;
    fake.heci.host = &ops;
    ck_assert(heci_device_ops.dma_write(&fake.heci, 60, data, sizeof(data)));
    ck_assert(heci_device_ops.dma_read(&fake.heci, 60, back, sizeof(back)));
    ck_assert_mem_eq(data, back, sizeof(data));
    ck_assert(!heci_device_ops.dma_write(&fake.heci, 61, data, sizeof(data)));
    ck_assert(!heci_device_ops.dma_read(&fake.heci, UINT64_MAX, back, sizeof(back)));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("heci-power");
    TCase *tcase = unit_case(suite, "d0i3");

    tcase_add_test(tcase, d0i3_deferred_shows_cip_until_it_is_over);
    tcase_add_test(tcase, trap13_instant_d0i3_completes_by_d0i3c_is_and_keeps_h_rdy);
    tcase_add_test(tcase, trap13_i3_survives_the_unload_and_the_next_probe_leaves_it);
    tcase_add_test(tcase, d0i3_without_ir_sets_no_status);
    tcase_add_test(tcase, d0i3_transition_only_when_i3_changes);
    tcase_add_test(tcase, d0i3_write_while_in_progress_counts_when_it_ends);
    tcase_add_test(tcase, d0i3_last_write_while_in_progress_counts);
    tcase_add_test(tcase, d0i3_write_that_waits_ends_with_a_reset);
    tcase_add_test(tcase, d0i3_done_without_a_transition_does_nothing);
    tcase_add_test(tcase, d0i3c_cip_is_read_only_rr_is_write_one_to_clear);
    tcase_add_test(tcase, d0i3_status_waits_for_its_enable);

    tcase = unit_case(suite, "pgi");
    tcase_add_test(tcase, trap14_pgi_reads_one_until_the_exit_is_over);
    tcase_add_test(tcase, pg_exit_may_be_over_at_once);
    tcase_add_test(tcase, hpg_csr_has_two_bits);

    tcase = unit_case(suite, "host");
    tcase_add_test(tcase, status_words_reach_the_host);
    tcase_add_test(tcase, trap33_dma_goes_to_the_host_or_is_refused);
    return unit_run(suite);
}
