/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The register block and the model of it, walked side by side by random hosts and firmware; what a
 * platform reset leaves after any storm (bug class 14); and which saved states are believed
 * (bug class 12, trap 32).
 */
#include "tests/unit/unit.h"
#include "tests/unit/heci-fixture.h"
#include "tests/unit/heci-model.h"

#define WALK_STEPS  60000
#define STORM_STEPS 2000

static uint64_t random_state;

static void seed(int n)
{
    random_state = 0x9e3779b97f4a7c15u * (uint64_t)(n + 1);
}

/* xorshift64: the same walk on each machine. */
static uint32_t rnd(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 32);
}

static uint32_t below(uint32_t n)
{
    return rnd() % n;
}

static void random_packet(uint8_t *packet, size_t *size)
{
    *size = 4 + below(below(4) ? 24 : 512);
    for (size_t i = 0; i < *size; i++) {
        packet[i] = (uint8_t)rnd();
    }
}

static void walk_csr(Fake *fake, Model *m)
{
    uint32_t value = rnd();
    uint32_t resets = m->host_resets;

    if (below(8)) {
        value = (model_csr(m) ^ (1u << below(7))) & ~(below(2) ? 0x42u : 0u);
    }
    if (below(16)) {
        value &= ~(uint32_t)B_RST;
    }
    fake_write(fake, R_H_CSR, value);
    model_write_csr(m, value);
    if (m->host_resets != resets) {
        /* What a host reset does to these two the sheet leaves open. */
        uint32_t d0i3c = fake_read(fake, R_H_D0I3C);
        uint32_t hpg = fake_read(fake, R_H_HPG_CSR);

        m->cip = d0i3c & B_CIP;
        m->waits = false;
        m->ir = d0i3c & B_IR;
        m->i3 = d0i3c & B_I3;
        m->rr = d0i3c & B_RR;
        m->pgi = hpg & B_PGI;
        m->pgihexr = hpg & B_PGIHEXR;
    }
}

static void walk_host(Fake *fake, Model *m)
{
    uint32_t value = rnd();

    switch (below(8)) {
    case 0:
    case 1:
        walk_csr(fake, m);
        break;
    case 2:
    case 3:
        /* Short packets, as hosts send them; now and then one that can never fit. */
        value = below(64) ? value & 0xfe1fffffu : value;
        fake_write(fake, R_H_CB_WW, value);
        model_write_window(m, value);
        break;
    case 4:
    case 5:
        MUST_EQ(fake_read(fake, R_ME_CB_RW), model_read_window(m));
        break;
    case 6:
        fake_write(fake, R_H_D0I3C, value);
        model_write_d0i3c(m, value);
        break;
    default:
        /* As a driver uses it: in, then out; other orders mean nothing. */
        value = model_hpg(m) == B_PGI ? B_PGI | B_PGIHEXR : B_PGI;
        if (!m->pgihexr) {
            fake_write(fake, R_H_HPG_CSR, value);
            model_write_hpg(m, value);
        }
        break;
    }
}

static void walk_firmware(Fake *fake, Model *m)
{
    uint8_t got[516] = {0};
    uint8_t wanted[516] = {0};
    size_t size;

    switch (below(8)) {
    case 0:
    case 1: {
        int n = model_receive(m, wanted);

        MUST_EQ(dev_receive(fake, got), n);
        MUST(n <= 0 || memcmp(got, wanted, (size_t)n) == 0);
        break;
    }
    case 2:
        random_packet(got, &size);
        MUST_EQ(dev_send(fake, got, size), model_send(m, got, size));
        break;
    case 3:
    case 4:
        dev_interrupt(fake);
        model_interrupt(m);
        break;
    case 5: {
        bool ready = below(12) != 0;

        dev_set_ready(fake, ready);
        model_set_ready(m, ready);
        break;
    }
    case 6:
        dev_d0i3_done(fake);
        model_d0i3_done(m);
        break;
    default:
        if (m->pgihexr) {
            dev_pg_exit_done(fake);
            model_pg_exit_done(m);
        }
        break;
    }
}

static void compare(Fake *fake, const Model *m, const Model *before)
{
    MUST_EQ(fake_read(fake, R_H_CSR), model_csr(m));
    MUST_EQ(fake_read(fake, R_ME_CSR_HA) & ~3u, model_me_csr(m));
    MUST_EQ(fake_read(fake, R_H_D0I3C), model_d0i3c(m));
    MUST_EQ(fake_read(fake, R_H_HPG_CSR), model_hpg(m));
    MUST_EQ(fake->irq, m->line);
    MUST_EQ(fake->heci.irq_level, m->line);
    MUST_EQ(letter_count(fake, L_IRQ_UP), m->rises - before->rises);
    MUST_EQ(letter_count(fake, L_IRQ_DOWN), m->falls - before->falls);
    MUST_EQ(letter_count(fake, L_DOORBELL), m->doorbells - before->doorbells);
    MUST_EQ(letter_count(fake, L_HOST_RESET), m->host_resets - before->host_resets);
    MUST_EQ(letter_count(fake, L_D0I3_ENTER) + letter_count(fake, L_D0I3_LEAVE),
            m->d0i3_calls - before->d0i3_calls);
    MUST_EQ(letter_count(fake, L_PG_ENTER) + letter_count(fake, L_PG_LEAVE),
            m->pg_calls - before->pg_calls);
    MUST(heci_state_valid(&fake->heci));
}

/* What migration carries, laid into a fresh device (trap 32: all of it is state). */
static void migrate(Fake *from, Fake *to)
{
    fake_init(to, &from->config);
    to->heci.h_cb = from->heci.h_cb;
    to->heci.me_cb = from->heci.me_cb;
    to->heci.h_csr = from->heci.h_csr;
    to->heci.me_csr = from->heci.me_csr;
    to->heci.hpg_csr = from->heci.hpg_csr;
    to->heci.d0i3c = from->heci.d0i3c;
    to->heci.d0i3c_next = from->heci.d0i3c_next;
    to->heci.irq_level = from->heci.irq_level;
    to->irq = from->irq;
}

START_TEST(random_walk_agrees_with_the_model)
{
    HeciConfig config = fake_config_full;
    Fake fakes[2];
    int current = 0;
    Model m;

    seed(_i);
    config.h_depth = (uint8_t)(2u << below(7));
    config.me_depth = (uint8_t)(2u << below(7));
    fake_init(&fakes[0], &config);
    model_init(&m, config.h_depth, config.me_depth, fake_read(&fakes[0], R_H_D0I3C) & B_RR);
    for (unsigned int step = 0; step < WALK_STEPS; step++) {
        Model before = m;
        Fake *fake = &fakes[current];

        fake_clear_log(fake);
        if (below(2)) {
            walk_host(fake, &m);
        } else {
            walk_firmware(fake, &m);
        }
        compare(fake, &m, &before);
        if (below(500) == 0) {
            migrate(fake, &fakes[!current]);
            current = !current;
        }
    }
    ck_assert_uint_gt(m.rises, WALK_STEPS / 100);
    ck_assert_uint_gt(m.host_resets, WALK_STEPS / 1000);
}
END_TEST

/* Anything at all, from either side; hooks do more of the same. */
static void storm_step(Fake *fake)
{
    static const uint32_t places[] = {R_H_CB_WW,   R_H_CSR,  R_ME_CB_RW, R_ME_CSR_HA,
                                      R_H_HPG_CSR, R_ME_TRC, R_H_D0I3C,  R_H_CSR};
    uint32_t place = below(16) ? places[below(UNIT_COUNT(places))] : below(R_END);
    unsigned int size = below(8) ? 4 : 1u << below(4);
    uint8_t packet[516];
    size_t n;

    fake_clear_log(fake);
    switch (below(8)) {
    case 0:
        heci_read(&fake->heci, place, size);
        break;
    case 1:
        dev_set_ready(fake, below(8) != 0);
        break;
    case 2:
        dev_interrupt(fake);
        break;
    case 3:
        random_packet(packet, &n);
        dev_send(fake, packet, n);
        break;
    case 4:
        dev_receive(fake, packet);
        break;
    case 5:
        dev_d0i3_done(fake);
        dev_pg_exit_done(fake);
        break;
    default:
        heci_write(&fake->heci, place, (uint64_t)rnd() << 32 | rnd(), size);
        break;
    }
}

static void storm_hook(Fake *fake)
{
    if (below(3) == 0) {
        storm_step(fake);
    }
}

/* A snapshot without the slots: what is outside the pointers nobody can read. */
static void visible(const Fake *fake, Heci *snapshot)
{
    fake_snapshot(fake, snapshot);
    memset(snapshot->h_cb.slots, 0, sizeof(snapshot->h_cb.slots));
    memset(snapshot->me_cb.slots, 0, sizeof(snapshot->me_cb.slots));
}

static void compare_to_power_on(Fake *fake, const Heci *power_on, const uint32_t *image)
{
    Heci now;

    visible(fake, &now);
    MUST(memcmp(&now, power_on, sizeof(now)) == 0);
    MUST(!fake->irq);
    for (uint32_t offset = 0; offset < R_END; offset += 4) {
        MUST_EQ(fake_read(fake, offset), image[offset / 4]);
    }
}

START_TEST(reset_image_is_the_power_on_image_after_any_storm)
{
    uint32_t image[R_END / 4];
    Heci power_on;
    Fake fake;

    seed(_i);
    fake_init(&fake, _i % 2 ? &fake_config_full : &fake_config_plain);
    visible(&fake, &power_on);
    for (uint32_t offset = 0; offset < R_END; offset += 4) {
        image[offset / 4] = fake_read(&fake, offset);
    }
    for (int round = 0; round < 40; round++) {
        fake.on_doorbell = fake.on_host_reset = fake.on_d0i3 = fake.on_pg = fake.on_irq =
            storm_hook;
        for (int step = 0; step < STORM_STEPS; step++) {
            fake.hook_budget = 50;
            storm_step(&fake);
            MUST(heci_state_valid(&fake.heci));
            MUST_EQ(fake.heci.irq_level, fake.irq);
        }
        fake.on_irq = NULL;
        fake_clear_log(&fake);
        heci_platform_reset(&fake.heci);
        MUST_EQ(letter_count(&fake, L_PLATFORM_RESET), 1);
        MUST_EQ(letter_count(&fake, L_HOST_RESET) + letter_count(&fake, L_DOORBELL), 0);
        compare_to_power_on(&fake, &power_on, image);
    }
}
END_TEST

START_TEST(platform_reset_lowers_the_line_and_forgets_the_transition)
{
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    fake_write(&fake, R_H_D0I3C, B_I3 | B_IR);
    fake_write(&fake, R_H_HPG_CSR, B_PGI);
    dev_interrupt(&fake);
    ck_assert(fake.irq);
    heci_platform_reset(&fake.heci);
    ck_assert(!fake.irq);
    fake_clear_log(&fake);
    /* Late answers to what was asked before mean nothing now. */
    dev_d0i3_done(&fake);
    dev_pg_exit_done(&fake);
    ck_assert_uint_eq(fake_read(&fake, R_H_CSR), 0x80000000u);
    ck_assert_uint_eq(fake_read(&fake, R_H_D0I3C) & ~(uint32_t)B_RR, 0);
    ck_assert_uint_eq(fake_read(&fake, R_H_HPG_CSR), 0);
    ASSERT_LOG(&fake, "");
}
END_TEST

START_TEST(state_pointers_are_valid_exactly_when_no_more_than_full)
{
    unsigned int depth = 1u << _i;
    HeciConfig config = fake_config_full;
    Fake fake;

    config.h_depth = config.me_depth = (uint8_t)depth;
    fake_link_up(&fake, &config);
    for (unsigned int rp = 0; rp < 256; rp++) {
        for (unsigned int wp = 0; wp < 256; wp++) {
            bool valid = (wp - rp) % 256 <= depth;

            fake.heci.h_cb.read_pointer = (uint8_t)rp;
            fake.heci.h_cb.write_pointer = (uint8_t)wp;
            MUST_EQ(heci_state_valid(&fake.heci), valid);
            fake.heci.me_cb.read_pointer = (uint8_t)rp;
            fake.heci.me_cb.write_pointer = (uint8_t)wp;
            fake.heci.h_cb.read_pointer = fake.heci.h_cb.write_pointer;
            MUST_EQ(heci_state_valid(&fake.heci), valid);
            fake.heci.me_cb.read_pointer = fake.heci.me_cb.write_pointer;
        }
    }
}
END_TEST

START_TEST(state_depths_are_the_configured_ones)
{
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    ck_assert(heci_state_valid(&fake.heci));
    for (unsigned int depth = 0; depth < 256; depth++) {
        fake.heci.h_cb.depth = (uint8_t)depth;
        MUST_EQ(heci_state_valid(&fake.heci), depth == 128);
        fake.heci.h_cb.depth = 128;
        fake.heci.me_cb.depth = (uint8_t)depth;
        MUST_EQ(heci_state_valid(&fake.heci), depth == 128);
        fake.heci.me_cb.depth = 128;
    }
}
END_TEST

static void reject_bits(Fake *fake, uint32_t *field, uint32_t mask, const char *name)
{
    uint32_t saved = *field;

    for (int bit = 0; bit < 32; bit++) {
        if (mask >> bit & 1) {
            *field = saved | 1u << bit;
            MUST_MSG(!heci_state_valid(&fake->heci), "%s with bit %d is believed", name, bit);
        }
    }
    *field = saved;
    MUST(heci_state_valid(&fake->heci));
}

START_TEST(state_bits_outside_their_masks_are_refused)
{
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    /* Pointers and depth live in the rings; bit 7 is reserved; H_IG never stays. */
    reject_bits(&fake, &fake.heci.h_csr, 0xffffff84u, "h_csr");
    reject_bits(&fake, &fake.heci.me_csr, 0xffffffa0u, "me_csr");
    reject_bits(&fake, &fake.heci.hpg_csr, 0xfffffffcu, "hpg_csr");
    reject_bits(&fake, &fake.heci.d0i3c, 0xfffffff0u, "d0i3c");
    reject_bits(&fake, &fake.heci.d0i3c_next, ALL_ONES, "d0i3c_next where nothing waits");
    fake.heci.d0i3c = B_CIP;
    fake.heci.d0i3c_next = B_CIP;
    reject_bits(&fake, &fake.heci.d0i3c_next, 0xfffffff0u, "d0i3c_next");
    fake.heci.d0i3c_next = B_I3;
    MUST(!heci_state_valid(&fake.heci));
    fake_link_up(&fake, &fake_config_plain);
    reject_bits(&fake, &fake.heci.hpg_csr, ALL_ONES, "hpg_csr without PGI");
    reject_bits(&fake, &fake.heci.d0i3c, ALL_ONES, "d0i3c without D0i3");
    reject_bits(&fake, &fake.heci.me_csr, B_PGIC, "me_csr without PGI");
}
END_TEST

/* Else the line would stay up, or down, until the guest happens to change either half. */
START_TEST(state_of_the_interrupt_condition_is_what_follows_from_h_csr)
{
    static const struct {
        uint32_t h_csr;
        bool level;
    } cases[] = {
        {0, false},
        {H_CSR_IE, false},
        {H_CSR_IS, false},
        {H_CSR_IE | H_CSR_IS, true},
        {H_CSR_D0I3C_IE | H_CSR_IS, false},
        {H_CSR_D0I3C_IE | H_CSR_D0I3C_IS, true},
    };
    Fake fake;

    fake_link_up(&fake, &fake_config_full);
    for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fake.heci.h_csr = cases[i].h_csr;
        fake.heci.irq_level = cases[i].level;
        MUST(heci_state_valid(&fake.heci));
        fake.heci.irq_level = !cases[i].level;
        MUST(!heci_state_valid(&fake.heci));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("heci-model");
    TCase *tcase = unit_case(suite, "walk");

    tcase_add_loop_test(tcase, random_walk_agrees_with_the_model, 0, 12);

    tcase = unit_case(suite, "platform-reset");
    tcase_add_loop_test(tcase, reset_image_is_the_power_on_image_after_any_storm, 0, 4);
    tcase_add_test(tcase, platform_reset_lowers_the_line_and_forgets_the_transition);

    tcase = unit_case(suite, "saved-state");
    tcase_add_loop_test(tcase, state_pointers_are_valid_exactly_when_no_more_than_full, 1, 8);
    tcase_add_test(tcase, state_depths_are_the_configured_ones);
    tcase_add_test(tcase, state_bits_outside_their_masks_are_refused);
    tcase_add_test(tcase, state_of_the_interrupt_condition_is_what_follows_from_h_csr);
    return unit_run(suite);
}
