/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls inside calls: firmware that answers from within the doorbell, a host whose interrupt lands
 * in the device's own registers (bug class 7). What counts is the state and the line at the end,
 * and that no edge is lost on the way.
 */
#include "tests/unit/unit.h"
#include "tests/unit/heci-fixture.h"

static const uint8_t answer[8] = {7, 0, 4, 0x80, 0xff, 0x82, 0, 0};

static void ready_at_once(Fake *fake)
{
    dev_set_ready(fake, true);
    dev_interrupt(fake);
}

static void drain_and_answer(Fake *fake)
{
    uint8_t packet[516];

    while (dev_receive(fake, packet) > 0) {
        ck_assert(dev_send(fake, answer, sizeof(answer)));
        dev_interrupt(fake);
    }
}

START_TEST(firmware_that_is_ready_within_the_reset)
{
    Fake fake;

    fake_init(&fake, &fake_config_full);
    fake.on_host_reset = ready_at_once;
    fake_csr_set(&fake, B_IE, 0);
    fake_write(&fake, R_H_CSR, B_RST | B_IG | B_IS | B_D0IS | B_IE);
    /* Nothing after the callback may take the firmware's readiness away again. */
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR), 0x80000000u | B_RST | B_IS | B_IE);
    ck_assert_uint_eq(fake_read(&fake, R_ME_CSR_HA) & B_RDY, B_RDY);
    ck_assert(fake.irq);
    ck_assert_uint_eq(fake.irq_rises, 1);
    ck_assert_uint_eq(letter_count(&fake, L_DOORBELL), 1);
}
END_TEST

START_TEST(firmware_that_is_ready_within_the_doorbell_of_the_reset)
{
    Fake fake;

    fake_init(&fake, &fake_config_full);
    fake.on_doorbell = ready_at_once;
    fake_write(&fake, R_H_CSR, B_RST | B_IG | B_IS | B_D0IS | B_IE);
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR), 0x80000000u | B_RST | B_IS | B_IE);
    ck_assert_uint_eq(fake_read(&fake, R_ME_CSR_HA) & B_RDY, B_RDY);
    ASSERT_LOG(&fake, "RDI");
}
END_TEST

START_TEST(trap19_answer_within_the_doorbell_shows_the_drain)
{
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    fake.on_doorbell = drain_and_answer;
    for (int round = 1; round <= 300; round++) {
        fake_write(&fake, R_H_CB_WW, 0x80040007u);
        fake_write(&fake, R_H_CB_WW, 0x000002ffu);
        fake_csr_set(&fake, B_IG, 0);
        MUST_EQ(fake_read(&fake, R_H_CSR) >> 16 & 0xff, round * 2 % 256);
        MUST_EQ(fake_read(&fake, R_H_CSR) >> 8 & 0xff, round * 2 % 256);
        MUST_EQ(fake_read(&fake, R_ME_CB_RW), 0x80040007u);
        MUST_EQ(fake_read(&fake, R_ME_CB_RW), 0x000082ffu);
        MUST(fake.irq);
        fake_write(&fake, R_H_CSR, fake_read(&fake, R_H_CSR));
        MUST(!fake.irq);
        fake_clear_log(&fake);
    }
    ck_assert_uint_eq(fake.irq_rises, 300);
}
END_TEST

/* MSI sends one message for each rise: a fall and a rise within one write are both needed. */
START_TEST(trap02_ack_and_answer_in_one_write_give_a_new_edge)
{
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    fake.on_doorbell = drain_and_answer;
    dev_interrupt(&fake);
    fake_write(&fake, R_H_CB_WW, 0x80000007u);
    fake_clear_log(&fake);
    fake_write(&fake, R_H_CSR, B_RDY | B_IE | B_D0IE | B_IS | B_IG);
    ASSERT_LOG(&fake, "iDI");
}
END_TEST

static void firmware_dies(Fake *fake)
{
    dev_set_ready(fake, false);
    dev_interrupt(fake);
}

START_TEST(firmware_that_resets_itself_within_the_doorbell)
{
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    fake.on_doorbell = firmware_dies;
    fake_write(&fake, R_H_CB_WW, 0x80000007u);
    fake_csr_set(&fake, B_IG, 0);
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR) & 0x00ffff00u, 0);
    ck_assert_uint_eq(fake_read(&fake, R_ME_CSR_HA) & B_RDY, 0);
    ASSERT_LOG(&fake, "DI");
}
END_TEST

START_TEST(firmware_that_is_ready_within_the_platform_reset)
{
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    fake.on_platform_reset = ready_at_once;
    dev_interrupt(&fake);
    fake_clear_log(&fake);
    heci_platform_reset(&fake.heci);
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR), 0x80000000u | B_IS);
    ck_assert_uint_eq(fake_read(&fake, R_ME_CSR_HA) & B_RDY, B_RDY);
    ASSERT_LOG(&fake, "iP");
}
END_TEST

static void ack(Fake *fake)
{
    if (fake->irq) {
        fake_write(fake, R_H_CSR, fake_read(fake, R_H_CSR));
    }
}

START_TEST(host_that_acks_within_the_interrupt)
{
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    fake.on_irq = ack;
    for (int i = 0; i < 10; i++) {
        dev_interrupt(&fake);
        ASSERT_LOG(&fake, "Ii");
        ck_assert(!fake.heci.irq_level);
        ck_assert_uint_eq(fake_read(&fake, R_H_CSR) & 0x7f, B_RDY | B_IE | B_D0IE);
    }
}
END_TEST

static void reset_link(Fake *fake)
{
    if (fake->irq) {
        fake_write(fake, R_H_CSR, B_RST | B_IG | B_IS);
    }
}

START_TEST(interrupt_that_resets_the_link)
{
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    fake.on_irq = reset_link;
    ck_assert(dev_send(&fake, answer, sizeof(answer)));
    dev_interrupt(&fake);
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR), 0x80000000u | B_RST);
    ck_assert_uint_eq(fake_read(&fake, R_ME_CSR_HA) & 0x00ffff08u, 0);
    ck_assert(!fake.irq);
    ck_assert(!fake.heci.irq_level);
    ASSERT_LOG(&fake, "IiRD");
}
END_TEST

static void reset_platform(Fake *fake)
{
    if (fake->irq) {
        heci_platform_reset(&fake->heci);
    }
}

START_TEST(interrupt_that_resets_the_platform)
{
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    fake.on_irq = reset_platform;
    dev_interrupt(&fake);
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR), 0x80000000u);
    ASSERT_LOG(&fake, "IiP");
}
END_TEST

static void ring_again(Fake *fake)
{
    fake_csr_set(fake, B_IG, 0);
}

START_TEST(doorbell_that_rings_the_doorbell)
{
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    fake.on_doorbell = ring_again;
    fake.hook_budget = 50;
    fake_csr_set(&fake, B_IG, 0);
    ck_assert_uint_eq(letter_count(&fake, L_DOORBELL), 51);
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR) & 0x7f, B_RDY | B_IE | B_D0IE);
    ck_assert(heci_state_valid(&fake.heci));
}
END_TEST

static void reset_again(Fake *fake)
{
    fake_csr_set(fake, 0, B_RST);
    fake_csr_set(fake, B_RST | B_IG, 0);
}

START_TEST(reset_that_resets)
{
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    fake.on_host_reset = reset_again;
    fake.hook_budget = 3;
    fake_csr_set(&fake, B_RST | B_IG, 0);
    ck_assert_uint_eq(letter_count(&fake, L_HOST_RESET), 4);
    ck_assert_uint_eq(letter_count(&fake, L_DOORBELL), 4);
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR) & 0x1f, B_RST | B_IE);
    ck_assert(heci_state_valid(&fake.heci));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("heci-reentry");
    TCase *tcase = unit_case(suite, "firmware");

    tcase_add_test(tcase, firmware_that_is_ready_within_the_reset);
    tcase_add_test(tcase, firmware_that_is_ready_within_the_doorbell_of_the_reset);
    tcase_add_test(tcase, trap19_answer_within_the_doorbell_shows_the_drain);
    tcase_add_test(tcase, trap02_ack_and_answer_in_one_write_give_a_new_edge);
    tcase_add_test(tcase, firmware_that_resets_itself_within_the_doorbell);
    tcase_add_test(tcase, firmware_that_is_ready_within_the_platform_reset);

    tcase = unit_case(suite, "host");
    tcase_add_test(tcase, host_that_acks_within_the_interrupt);
    tcase_add_test(tcase, interrupt_that_resets_the_link);
    tcase_add_test(tcase, interrupt_that_resets_the_platform);
    tcase_add_test(tcase, doorbell_that_rings_the_doorbell);
    tcase_add_test(tcase, reset_that_resets);
    return unit_run(suite);
}
