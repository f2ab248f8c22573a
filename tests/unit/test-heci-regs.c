/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * H_CSR and ME_CSR_HA as the hardware has them: each bit's kind, the reset edge, the doorbell and
 * the interrupt condition (fact sheet 2.2, 2.4, 2.6 to 2.8 and the traps of section 11).
 */
#include "tests/unit/unit.h"
#include "tests/unit/heci-fixture.h"

/* The bits of H_CSR that keep a value. */
#define STORED (B_IE | B_IS | B_RDY | B_RST | B_D0IE | B_D0IS)

static bool condition(uint32_t csr)
{
    return ((csr & B_IS) && (csr & B_IE)) || ((csr & B_D0IS) && (csr & B_D0IE));
}

/* Takes the register to a state by what a host and a firmware do, never by poking it. */
static void reach(Fake *fake, uint32_t state, bool ready)
{
    fake_init(fake, &fake_config_full);
    if (state & B_D0IS) {
        fake_write(fake, R_H_D0I3C, B_I3 | B_IR);
        dev_d0i3_done(fake);
        fake_write(fake, R_H_D0I3C, B_IR);
        dev_d0i3_done(fake);
    }
    if (state & B_RST) {
        fake_write(fake, R_H_CSR, B_RST);
    }
    if (ready) {
        dev_set_ready(fake, true);
    }
    if (state & B_IS) {
        dev_interrupt(fake);
    }
    fake_write(fake, R_H_CSR, state & (B_IE | B_D0IE | B_RDY | B_RST));
    MUST_EQ(fake_read(fake, R_H_CSR), 0x80000000u | state);
    fake_clear_log(fake);
}

/* One write in one state, against the write rule of section 2.2 in its own words. */
static void check_write(uint32_t state, bool ready, uint32_t value)
{
    bool edge = !(state & B_RST) && (value & B_RST);
    uint32_t expected = (state & (B_IS | B_D0IS)) & ~value;
    char log[8] = "";
    size_t n = 0;
    Fake fake;

    expected |= value & (B_IE | B_D0IE | B_RST | B_RDY);
    if (value & B_RST) {
        /* By the edge H_RDY falls; while H_RST stays it is held there. */
        expected &= ~(uint32_t)B_RDY;
    }
    reach(&fake, state, ready);
    fake_write(&fake, R_H_CSR, value);
    MUST_MSG(fake_read(&fake, R_H_CSR) == (0x80000000u | expected),
             "state 0x%02x, wrote 0x%08x: reads 0x%08x, not 0x%08x", state, value,
             fake_read(&fake, R_H_CSR), 0x80000000u | expected);
    MUST_MSG(fake.irq == condition(expected), "state 0x%02x, wrote 0x%08x: line", state, value);
    MUST_EQ(fake.heci.resets, edge + ((state & B_RST) != 0));
    if (edge || !ready) {
        MUST_EQ(fake_read(&fake, R_ME_CSR_HA) & B_RDY, 0);
    } else {
        MUST_EQ(fake_read(&fake, R_ME_CSR_HA) & B_RDY, B_RDY);
    }

    /* Where the line moves among the calls is 2.7's; which calls come, and the order, is here. */
    if (edge) {
        log[n++] = L_HOST_RESET;
    }
    if (value & B_IG) {
        log[n++] = L_DOORBELL;
    }
    n = 0;
    for (size_t i = 0; fake.log[i] != '\0'; i++) {
        if (fake.log[i] != L_IRQ_UP && fake.log[i] != L_IRQ_DOWN) {
            MUST_MSG(fake.log[i] == log[n], "state 0x%02x, wrote 0x%08x: calls %s", state, value,
                     fake.log);
            n++;
        }
    }
    MUST_MSG(log[n] == '\0', "state 0x%02x, wrote 0x%08x: calls %s, wanted %s", state, value,
             fake.log, log);
    MUST_EQ(fake_errors(&fake), 0);
}

/* Each state against each value of the low byte, alone and with all the read-only bits. */
START_TEST(h_csr_write_rule_in_each_state_for_each_value)
{
    bool ready = _i != 0;

    for (uint32_t state = 0; state < 0x80; state++) {
        if ((state & ~(uint32_t)STORED) || ((state & B_RST) && (state & B_RDY))) {
            continue;
        }
        for (uint32_t low = 0; low < 0x100; low++) {
            check_write(state, ready, low);
            check_write(state, ready, 0xffffff00u | low);
        }
        for (int bit = 8; bit < 32; bit++) {
            check_write(state, ready, 1u << bit);
        }
    }
}
END_TEST

START_TEST(power_on_values)
{
    Fake fake;

    /* Section 2: but for the depths, which trap 5 wants valid before the first reset. */
    fake_init(&fake, &fake_config_full);
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR), 0x80000000u);
    ck_assert_uint_eq(fake_read(&fake, R_ME_CSR_HA) & ~(uint32_t)B_IE, 0x80000000u | B_PGIC);
    ck_assert_uint_eq(fake_read(&fake, R_H_HPG_CSR), 0);
    ck_assert_uint_eq(fake_read(&fake, R_H_D0I3C) & ~(uint32_t)B_RR, 0);
    ck_assert_uint_eq(fake_read(&fake, R_ME_CB_RW), ALL_ONES);
    ck_assert(!fake.irq);
    ASSERT_LOG(&fake, "");
}
END_TEST

START_TEST(trap05_depth_is_there_before_the_first_reset_and_constant)
{
    static const uint8_t depths[][2] = {{2, 128}, {128, 2}, {32, 64}, {64, 16}};

    for (size_t i = 0; i < UNIT_COUNT(depths); i++) {
        HeciConfig config = fake_config_full;
        uint32_t h = (uint32_t)depths[i][0] << 24;
        uint32_t me = (uint32_t)depths[i][1] << 24;
        Fake fake;

        config.h_depth = depths[i][0];
        config.me_depth = depths[i][1];
        fake_init(&fake, &config);
        ck_assert_uint_eq(fake_read(&fake, R_H_CSR) & 0xff000000u, h);
        ck_assert_uint_eq(fake_read(&fake, R_ME_CSR_HA) & 0xff000000u, me);
        fake_write(&fake, R_H_CSR, 0x40000000u | B_RST | B_IG);
        ck_assert_uint_eq(fake_read(&fake, R_H_CSR) & 0xff000000u, h);
        dev_set_ready(&fake, true);
        dev_set_ready(&fake, false);
        ck_assert_uint_eq(fake_read(&fake, R_H_CSR) & 0xff000000u, h);
        ck_assert_uint_eq(fake_read(&fake, R_ME_CSR_HA) & 0xff000000u, me);
        heci_platform_reset(&fake.heci);
        ck_assert_uint_eq(fake_read(&fake, R_H_CSR) & 0xff000000u, h);
        ck_assert_uint_eq(fake_read(&fake, R_ME_CSR_HA) & 0xff000000u, me);
    }
}
END_TEST

/* Something in both buffers, both pointers off zero. */
static void use_buffers(Fake *fake)
{
    const uint8_t packet[8] = {7, 0, 4, 0x80, 1, 2, 3, 4};
    uint8_t room[516];

    for (int i = 0; i < 3; i++) {
        ck_assert(dev_send(fake, packet, sizeof(packet)));
        fake_write(fake, R_H_CB_WW, 0x80040007u);
        fake_write(fake, R_H_CB_WW, 0x000002ffu);
    }
    ck_assert_int_eq(dev_receive(fake, room), 8);
    fake_read(fake, R_ME_CB_RW);
    ck_assert_uint_eq(fake_read(fake, R_H_CSR) & 0x00ffff00u, 0x00060200u);
    ck_assert_uint_eq(fake_read(fake, R_ME_CSR_HA) & 0x00ffff00u, 0x00060100u);
}

START_TEST(trap01_reset_edge_forces_rdy_low)
{
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    use_buffers(&fake);
    fake_csr_set(&fake, B_RST | B_IG, 0);
    /* Linux reads straight after and warns "H_RST is not set", "H_RDY is not cleared". */
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR), 0x80000000u | B_RST | B_IE | B_D0IE);
    ck_assert_uint_eq(fake_read(&fake, R_ME_CSR_HA) & 0x00ffff00u, 0);
    ck_assert_uint_eq(fake_read(&fake, R_ME_CSR_HA) & B_RDY, 0);
    ASSERT_LOG(&fake, "RD");
}
END_TEST

static void see_reset(Fake *fake)
{
    uint8_t packet[516];

    ck_assert_uint_eq(fake_read(fake, R_H_CSR) & ~(uint32_t)B_IE, 0x80000000u | B_RST | B_D0IE);
    ck_assert_uint_eq(fake_read(fake, R_ME_CSR_HA) & 0x00ffff08u, 0);
    ck_assert_uint_eq(fake_read(fake, R_ME_CB_RW), ALL_ONES);
    ck_assert_int_eq(dev_receive(fake, packet), 0);
    fake->status_calls++;
}

START_TEST(trap01_reset_is_complete_before_the_firmware_hears_of_it)
{
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    use_buffers(&fake);
    fake.on_host_reset = see_reset;
    fake_csr_set(&fake, B_RST, 0);
    ck_assert_uint_eq(fake.status_calls, 1);
    /* No H_IG in the write: no doorbell. */
    ASSERT_LOG(&fake, "R");
}
END_TEST

START_TEST(trap01_reset_level_is_no_reset)
{
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    fake_csr_set(&fake, B_RST | B_IG, 0);
    dev_set_ready(&fake, true);
    dev_interrupt(&fake);
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR) & 0x7f, B_RST | B_D0IE | B_IS | B_IE);
    fake_clear_log(&fake);
    /* The quick handler, the acknowledgement and the enable all still carry H_RST. */
    fake_write(&fake, R_H_CSR, 0x80000000u | B_RST);
    fake_write(&fake, R_H_CSR, 0x80000000u | B_RST | B_IS);
    fake_write(&fake, R_H_CSR, 0x80000000u | B_RST | B_D0IE | B_IE);
    ck_assert_uint_eq(fake_read(&fake, R_ME_CSR_HA) & B_RDY, B_RDY);
    ASSERT_LOG(&fake, "i");
    /* Two edges make two resets. */
    fake_csr_set(&fake, 0, B_RST);
    ck_assert_uint_eq(fake_read(&fake, R_ME_CSR_HA) & B_RDY, B_RDY);
    fake_csr_set(&fake, B_RST | B_IG, 0);
    ck_assert_uint_eq(fake_read(&fake, R_ME_CSR_HA) & B_RDY, 0);
    ASSERT_LOG(&fake, "RD");
}
END_TEST

START_TEST(trap04_nothing_is_flushed_once_the_me_is_ready)
{
    static const char *const order = "DDD";
    Fake fake;
    uint8_t packet[516];

    fake_init(&fake, &fake_config_full);
    fake_csr_set(&fake, B_RST | B_IG | B_IE, 0);
    dev_set_ready(&fake, true);
    dev_interrupt(&fake);
    fake_write(&fake, R_H_CSR, fake_read(&fake, R_H_CSR) & ~(uint32_t)B_IE);
    fake_clear_log(&fake);
    /* Firmware that sends before the host is there must find its packet again. */
    ck_assert(dev_send(&fake, (const uint8_t[4]){1, 0, 0, 0x80}, 4));
    fake_csr_set(&fake, B_IG, B_RST);
    ck_assert_uint_eq(fake_read(&fake, R_ME_CSR_HA) & 0x00ffff08u, 0x00010008u);
    fake_csr_set(&fake, B_IG | B_RDY, 0);
    fake_write(&fake, R_H_CB_WW, 0x80040000u);
    fake_write(&fake, R_H_CB_WW, 0x02020001u);
    fake_csr_set(&fake, B_IG, 0);
    ASSERT_LOG(&fake, order);
    dev_set_ready(&fake, true);
    ck_assert_uint_eq(fake_read(&fake, R_ME_CSR_HA) & 0x00ffff08u, 0x00010008u);
    ck_assert_int_eq(dev_receive(&fake, packet), 8);
    ck_assert_mem_eq(packet, ((const uint8_t[8]){0, 0, 4, 0x80, 1, 0, 2, 2}), 8);
    ck_assert_uint_eq(fake_read(&fake, R_ME_CB_RW), 0x80000001u);
}
END_TEST

START_TEST(trap06_h_ig_reads_zero_and_no_rmw_rings_again)
{
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    fake_csr_set(&fake, B_IG, 0);
    ASSERT_LOG(&fake, "D");
    for (int i = 0; i < 10; i++) {
        ck_assert_uint_eq(fake_read(&fake, R_H_CSR) & B_IG, 0);
        fake_csr_set(&fake, 0, 0);
    }
    ASSERT_LOG(&fake, "");
}
END_TEST

static void see_doorbell(Fake *fake)
{
    fake->status_value = fake_read(fake, R_H_CSR);
}

START_TEST(doorbell_comes_after_the_other_bits_are_applied)
{
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    dev_interrupt(&fake);
    fake_clear_log(&fake);
    fake.on_doorbell = see_doorbell;
    fake_write(&fake, R_H_CSR, B_IG | B_IS | B_D0IE);
    ck_assert_uint_eq(fake.status_value, 0x80000000u | B_D0IE);
    ASSERT_LOG(&fake, "iD");
}
END_TEST

static void see_me_csr(Fake *fake)
{
    fake->status_value = fake_read(fake, R_ME_CSR_HA);
}

START_TEST(me_is_is_set_by_h_ig_and_cleared_by_the_firmware)
{
    uint8_t packet[516];
    Fake fake;

    fake_link_up(&fake, &fake_config_plain);
    fake.on_doorbell = see_me_csr;
    fake_csr_set(&fake, B_IG, 0);
    ck_assert_uint_eq(fake.status_value & B_IS, B_IS);
    /* The firmware looks, finds nothing, and the idle value of section 2.4 is back. */
    ck_assert_int_eq(dev_receive(&fake, packet), 0);
    ck_assert_uint_eq(fake_read(&fake, R_ME_CSR_HA), 0x80000009u);
}
END_TEST

START_TEST(trap14_pgic_reads_as_the_platform_has_it)
{
    Fake fake;

    fake_link_up(&fake, &fake_config_plain);
    ck_assert_uint_eq(fake_read(&fake, R_ME_CSR_HA) & B_PGIC, 0);
    fake_link_up(&fake, &fake_config_full);
    ck_assert_uint_eq(fake_read(&fake, R_ME_CSR_HA) & B_PGIC, B_PGIC);
}
END_TEST

START_TEST(me_csr_is_read_only)
{
    Heci before;
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    fake_snapshot(&fake, &before);
    fake_write(&fake, R_ME_CSR_HA, ALL_ONES);
    fake_write(&fake, R_ME_CSR_HA, 0);
    ck_assert(fake_unchanged(&fake, &before));
    ck_assert_uint_eq(fake.errors[HECI_READ_ONLY], 2);
    ck_assert_uint_eq(fake.error_offset, R_ME_CSR_HA);
    ASSERT_LOG(&fake, "");
}
END_TEST

START_TEST(trap02_enable_while_pending_raises_again)
{
    static const uint32_t pairs[2][2] = {{B_IS, B_IE}, {B_D0IS, B_D0IE}};
    uint32_t status = pairs[_i][0];
    uint32_t enable = pairs[_i][1];
    Fake fake;

    reach(&fake, status | enable, true);
    ck_assert(fake.irq);
    for (int i = 0; i < 3; i++) {
        fake_csr_set(&fake, 0, enable);
        ASSERT_LOG(&fake, "i");
        ck_assert_uint_eq(fake_read(&fake, R_H_CSR) & (status | enable), status);
        fake_csr_set(&fake, enable, 0);
        ASSERT_LOG(&fake, "I");
    }
}
END_TEST

START_TEST(trap07_is_is_write_one_to_clear)
{
    Fake fake;

    reach(&fake, B_IS | B_D0IS | B_RDY, true);
    fake_write(&fake, R_H_CSR, B_RDY);
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR) & 0x7f, B_IS | B_D0IS | B_RDY);
    fake_write(&fake, R_H_CSR, B_RDY | B_IS);
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR) & 0x7f, B_D0IS | B_RDY);
    /* Writing 1 to a clear bit must not set it. */
    fake_write(&fake, R_H_CSR, B_RDY | B_IS);
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR) & 0x7f, B_D0IS | B_RDY);
    fake_write(&fake, R_H_CSR, B_RDY | B_IS | B_D0IS);
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR) & 0x7f, B_RDY);
}
END_TEST

START_TEST(trap07_line_drops_on_clear_and_on_disable)
{
    Fake fake;

    reach(&fake, B_IE | B_D0IE | B_RDY, true);
    dev_interrupt(&fake);
    ASSERT_LOG(&fake, "I");
    fake_write(&fake, R_H_CSR, fake_read(&fake, R_H_CSR));
    ASSERT_LOG(&fake, "i");
    dev_interrupt(&fake);
    fake_csr_set(&fake, 0, B_IE);
    ASSERT_LOG(&fake, "Ii");
    /* One cause gone, another there: the condition does not change. */
    reach(&fake, B_IE | B_D0IE | B_IS | B_D0IS | B_RDY, true);
    fake_write(&fake, R_H_CSR, B_IE | B_D0IE | B_RDY | B_IS);
    ASSERT_LOG(&fake, "");
    ck_assert(fake.irq);
    fake_write(&fake, R_H_CSR, B_IE | B_D0IE | B_RDY | B_D0IS);
    ASSERT_LOG(&fake, "i");
}
END_TEST

START_TEST(crossed_status_and_enable_are_no_interrupt)
{
    Fake fake;

    reach(&fake, B_IS | B_D0IE, true);
    ck_assert(!fake.irq);
    reach(&fake, B_D0IS | B_IE, true);
    ck_assert(!fake.irq);
}
END_TEST

START_TEST(is_is_set_even_when_disabled)
{
    Fake fake;

    reach(&fake, B_RDY, true);
    dev_interrupt(&fake);
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR) & 0x7f, B_RDY | B_IS);
    ASSERT_LOG(&fake, "");
    fake_csr_set(&fake, B_IE, 0);
    ASSERT_LOG(&fake, "I");
}
END_TEST

START_TEST(further_events_while_asserted_change_nothing)
{
    Fake fake;

    reach(&fake, B_IE | B_RDY, true);
    dev_interrupt(&fake);
    dev_interrupt(&fake);
    dev_interrupt(&fake);
    ASSERT_LOG(&fake, "I");
    ck_assert_uint_eq(fake.heci.interrupts, 1);
}
END_TEST

/* Section 2.7: between the acknowledgement and the enable, an event must not get lost. */
START_TEST(event_between_ack_and_enable_raises_at_the_enable)
{
    Fake fake;

    reach(&fake, B_IE | B_D0IE | B_RDY, true);
    dev_interrupt(&fake);
    fake_csr_set(&fake, 0, B_IE | B_D0IE);                 /* quick handler */
    fake_write(&fake, R_H_CSR, fake_read(&fake, R_H_CSR)); /* thread: ack */
    ASSERT_LOG(&fake, "Ii");
    dev_interrupt(&fake);
    ASSERT_LOG(&fake, "");
    fake_csr_set(&fake, B_IE | B_D0IE, 0);
    ASSERT_LOG(&fake, "I");
}
END_TEST

START_TEST(trap29_interrupt_with_an_empty_buffer)
{
    Fake fake;

    fake_link_up(&fake, &fake_config_plain);
    dev_interrupt(&fake);
    ASSERT_LOG(&fake, "I");
    ck_assert_uint_eq(fake_read(&fake, R_ME_CSR_HA) & ~(uint32_t)B_IS, 0x80000009u);
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR), 0x80000000u | B_RDY | B_IE | B_D0IE | B_IS);
}
END_TEST

START_TEST(trap36_unload_pulse)
{
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    fake_csr_set(&fake, 0, B_IE | B_D0IE);
    fake_write(&fake, R_H_CSR, B_RST | B_IG | B_IS | B_D0IS);
    fake_write(&fake, R_H_CSR, B_IG);
    ASSERT_LOG(&fake, "RDD");
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR), 0x80000000u);
    /* The firmware comes up when it is through, and waits without a line. */
    dev_set_ready(&fake, true);
    dev_interrupt(&fake);
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR), 0x80000000u | B_IS);
    ASSERT_LOG(&fake, "");
}
END_TEST

START_TEST(firmware_reset_empties_and_leaves_the_host_bits)
{
    uint8_t room[516];
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    use_buffers(&fake);
    fake_clear_log(&fake);
    dev_set_ready(&fake, false);
    /* Section 5.5: were H_RDY cleared too, drivers up to 6.12 hang. */
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR), 0x80000000u | B_RDY | B_IE | B_D0IE);
    ck_assert_uint_eq(fake_read(&fake, R_ME_CSR_HA) & 0x00ffff08u, 0);
    ck_assert_uint_eq(fake_read(&fake, R_ME_CB_RW), ALL_ONES);
    ck_assert_int_eq(dev_receive(&fake, room), 0);
    ck_assert(!dev_send(&fake, (const uint8_t[4]){7, 0, 0, 0x80}, 4));
    ASSERT_LOG(&fake, "");
    dev_interrupt(&fake);
    ASSERT_LOG(&fake, "I");
}
END_TEST

/* Each step of the expected trace that is the register block's (fact sheet 14.2). */
static void answer_start(Fake *fake)
{
    uint8_t packet[516];

    if (dev_receive(fake, packet) == 8) {
        const uint8_t answer[8] = {0, 0, 4, 0x80, 0x81, 1, 2, 2};

        ck_assert(dev_send(fake, answer, sizeof(answer)));
        dev_interrupt(fake);
    }
}

START_TEST(expected_trace_of_a_bring_up)
{
    Fake fake;

    fake_init(&fake, &fake_config_plain);
    fake.on_doorbell = answer_start;
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR), 0x80000000u);
    fake_write(&fake, R_H_CSR, 0x80000021u);
    fake_write(&fake, R_H_CSR, 0x80000077u);
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR), 0x80000031u);
    ASSERT_LOG(&fake, "RD");
    dev_set_ready(&fake, true);
    dev_interrupt(&fake);
    ASSERT_LOG(&fake, "I");
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR), 0x80000033u);
    fake_write(&fake, R_H_CSR, 0x80000010u);
    ASSERT_LOG(&fake, "i");
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR), 0x80000012u);
    fake_write(&fake, R_H_CSR, 0x80000012u);
    ck_assert_uint_eq(fake_read(&fake, R_ME_CSR_HA), 0x80000009u);
    fake_write(&fake, R_H_CSR, 0x80000031u);
    fake_write(&fake, R_H_CSR, 0x80000025u);
    fake_write(&fake, R_H_CSR, 0x8000002du);
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR), 0x80000029u);
    ASSERT_LOG(&fake, "DD");
    fake_write(&fake, R_H_CB_WW, 0x80040000u);
    fake_write(&fake, R_H_CB_WW, 0x02020001u);
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR), 0x80020029u);
    fake_write(&fake, R_H_CSR, 0x8002002du);
    ASSERT_LOG(&fake, "DI");
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR), 0x8002022bu);
    ck_assert_uint_eq(fake_read(&fake, R_ME_CSR_HA), 0x80020009u);
    ck_assert_uint_eq(fake_read(&fake, R_ME_CB_RW), 0x80040000u);
    ck_assert_uint_eq(fake_read(&fake, R_ME_CB_RW), 0x02020181u);
    ck_assert_uint_eq(fake_read(&fake, R_ME_CSR_HA), 0x80020209u);
    ck_assert_uint_eq(fake_errors(&fake), 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("heci-regs");
    TCase *tcase = unit_case(s, "h_csr");

    tcase_add_loop_test(tcase, h_csr_write_rule_in_each_state_for_each_value, 0, 2);
    tcase_add_test(tcase, power_on_values);
    tcase_add_test(tcase, me_is_is_set_by_h_ig_and_cleared_by_the_firmware);
    tcase_add_test(tcase, trap14_pgic_reads_as_the_platform_has_it);
    tcase_add_test(tcase, me_csr_is_read_only);
    tcase_add_test(tcase, trap05_depth_is_there_before_the_first_reset_and_constant);
    tcase_add_test(tcase, trap06_h_ig_reads_zero_and_no_rmw_rings_again);
    tcase_add_test(tcase, doorbell_comes_after_the_other_bits_are_applied);
    tcase_add_test(tcase, expected_trace_of_a_bring_up);

    tcase = unit_case(s, "reset");
    tcase_add_test(tcase, trap01_reset_edge_forces_rdy_low);
    tcase_add_test(tcase, trap01_reset_is_complete_before_the_firmware_hears_of_it);
    tcase_add_test(tcase, trap01_reset_level_is_no_reset);
    tcase_add_test(tcase, trap04_nothing_is_flushed_once_the_me_is_ready);
    tcase_add_test(tcase, trap36_unload_pulse);
    tcase_add_test(tcase, firmware_reset_empties_and_leaves_the_host_bits);

    tcase = unit_case(s, "interrupt");
    tcase_add_loop_test(tcase, trap02_enable_while_pending_raises_again, 0, 2);
    tcase_add_test(tcase, trap07_is_is_write_one_to_clear);
    tcase_add_test(tcase, trap07_line_drops_on_clear_and_on_disable);
    tcase_add_test(tcase, crossed_status_and_enable_are_no_interrupt);
    tcase_add_test(tcase, is_is_set_even_when_disabled);
    tcase_add_test(tcase, further_events_while_asserted_change_nothing);
    tcase_add_test(tcase, event_between_ack_and_enable_raises_at_the_enable);
    tcase_add_test(tcase, trap29_interrupt_with_an_empty_buffer);
    return s;
}

int main(void)
{
    return unit_run(suite());
}
