/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Saved state of faults: goes on where it was, and believes nothing. */
#include "tests/unit/fault-fixture.h"

#include <string.h>

#define S SWME_NS_PER_S

/* From one rig into a new one, whose clock starts at 0 again. */
static Rig *reload(Rig *rig)
{
    g_autoptr(GBytes) bytes = swme_faults_save(rig->faults);
    g_autoptr(GError) error = NULL;
    Rig *other = rig_new("drop:count=all"); /* must not survive */
    gsize size;
    const void *data = g_bytes_get_data(bytes, &size);

    MUST_MSG(swme_faults_load(other->faults, data, size, &error), "%s", error->message);
    return other;
}

START_TEST(counts_and_randomness_go_on)
{
    g_autoptr(Rig) straight = rig_new("mutate:prob=50:count=all:seed=3+drop:after=150:count=7");
    g_autoptr(Rig) rig = rig_new("mutate:prob=50:count=all:seed=3+drop:after=150:count=7");
    g_autoptr(Rig) other = NULL;
    SwmeFaultInfo info, saved;

    rig_advance(rig, 5 * S);
    for (unsigned int i = 0; i < 100; i++) {
        rig_send_data(straight, "abcdefgh", 8);
        rig_send_data(rig, "abcdefgh", 8);
    }
    other = reload(rig);
    for (unsigned int i = 0; i < swme_faults_count(rig->faults); i++) {
        swme_faults_info(rig->faults, i, &saved);
        swme_faults_info(other->faults, i, &info);
        ck_assert_uint_eq(info.id, saved.id);
        ck_assert_uint_eq(info.hits, saved.hits);
        ck_assert_uint_eq(info.matches, saved.matches);
        ck_assert_str_eq(info.rule, saved.rule);
    }
    ck_assert_uint_eq(swme_faults_count(other->faults), 2);
    g_string_truncate(straight->log, 0);
    for (unsigned int i = 0; i < 100; i++) {
        rig_send_data(straight, "abcdefgh", 8);
        rig_send_data(other, "abcdefgh", 8);
    }
    ck_assert_str_eq(straight->log->str, other->log->str);
    rig_add(other, "drop");
    swme_faults_info(other->faults, 2, &info);
    ck_assert_uint_eq(info.id, 3); /* an id is never used twice */
}
END_TEST

START_TEST(what_is_held_back_still_comes)
{
    g_autoptr(Rig) rig = rig_new("delay:time=10s:count=2+spurious-interrupt:type=READY:time=20s+"
                                 "vanish-client:client=echo:time=30s:type=CONNECT+d0i3-late");
    g_autoptr(Rig) other = NULL;

    rig_send_data(rig, "a", 1);
    rig_host_hbm(rig, BYTES(2));
    rig_fetch(rig);
    rig_ready(rig, true);
    rig_send_hbm(rig, BYTES(0x86, RIG_ECHO, 1, 0));
    rig_advance(rig, 4 * S);
    rig->firmware->d0i3(rig->firmware_opaque, true);
    rig->device->d0i3_done(rig->device_opaque);
    other = reload(rig);
    other->answer_doorbell = true;
    rig_advance(other, 6 * S - 1);
    RIG_LOG(other, "Q");
    rig_advance(other, 1);
    RIG_LOG(other, "S2201018061 I D R0000018002");
    rig_advance(other, 100 * S);
    RIG_LOG(other, "I +34");
    swme_faults_clear(other->faults);
    ck_assert(swme_faults_untouched(other->faults));
}
END_TEST

START_TEST(states_of_the_link_survive)
{
    static const struct {
        const char *rule;
        const char *then;
    } cases[] = {
        {"hang:type=READY:time=3s", "Y I D"},
        {"refuse-ready:time=3s", "Y I"},
        {"reset:type=READY:time=3s", "X N I"},
    };
    g_autoptr(Rig) rig = rig_new(cases[_i].rule);
    g_autoptr(Rig) other = NULL;

    rig_ready(rig, true);
    other = reload(rig);
    rig_advance(other, 3 * S - 1);
    RIG_LOG(other, "");
    rig_advance(other, 1);
    RIG_LOG(other, cases[_i].then);
}
END_TEST

START_TEST(reset_on_its_way_survives)
{
    g_autoptr(Rig) rig = rig_new("reset:type=START+lose-interrupt:type=ENUM");
    g_autoptr(Rig) other = NULL;

    rig_host_hbm(rig, BYTES(1, 0, 2, 2));
    rig_fetch(rig);
    other = reload(rig);
    ck_assert(!rig_send_data(other, "a", 1));
    rig_advance(other, 0);
    RIG_LOG(other, "X N I");
}
END_TEST

START_TEST(nothing_is_a_state_too)
{
    g_autoptr(Rig) rig = rig_new("drop:count=all+delay:time=1s");
    g_autoptr(Rig) empty = rig_new(NULL);
    g_autoptr(Rig) other = reload(empty);

    rig_send_hbm(rig, BYTES(1));
    ck_assert(swme_faults_load(rig->faults, NULL, 0, NULL));
    ck_assert(swme_faults_untouched(rig->faults));
    ck_assert(swme_faults_untouched(other->faults));
    ck_assert_uint_eq(swme_manual_clock_armed(rig->clock), 0);
}
END_TEST

static Rig *busy_rig(void)
{
    Rig *rig = rig_new("delay:time=10s:count=all:client=echo+reset:type=READY:time=9s+"
                       "mutate:prob=50:count=all+hfs-sps+hang:type=NOTIFY:time=2s");

    rig->device->set_status(rig->device_opaque, 0, 1);
    rig_ready(rig, true);
    rig_send_data(rig, "abc", 3);
    rig_send_data(rig, "defghi", 6);
    rig_host(rig, mei_hdr(RIG_ECHO, 1, 3, true), "xyz", 3);
    rig_fetch(rig);
    return rig;
}

/* One timer of the next two hours: nothing is held back longer. */
static bool step(SwmeManualClock *manual)
{
    SwmeClock *clock = swme_manual_clock(manual);

    return swme_manual_clock_step(manual, clock->now(clock) + 7200 * S);
}

/* Whatever was loaded: used for a while, it does nothing that the sanitizers mind. */
static void use(Rig *rig)
{
    rig_ready(rig, true);
    for (unsigned int i = 0; i < 5; i++) {
        rig_send_data(rig, "abc", 3);
        rig_host_hbm(rig, BYTES(6, RIG_ECHO, 1, 0));
        rig_fetch(rig);
        rig_interrupt(rig);
        rig->firmware->doorbell(rig->firmware_opaque);
        for (unsigned int steps = 0; steps < 200 && step(rig->clock); steps++) {
        }
        rig_host_reset(rig);
    }
    swme_faults_clear(rig->faults);
}

START_TEST(cut_short_is_refused)
{
    g_autoptr(Rig) rig = busy_rig();
    g_autoptr(GBytes) bytes = swme_faults_save(rig->faults);
    gsize size;
    const uint8_t *data = g_bytes_get_data(bytes, &size);

    for (gsize i = 1; i < size; i++) {
        g_autoptr(GError) error = NULL;
        g_autofree uint8_t *copy = g_memdup2(data, i);
        g_autoptr(Rig) other = rig_new(NULL);

        if (!swme_faults_load(other->faults, copy, i, &error)) {
            MUST(error && !strchr(error->message, '\n'));
            MUST(swme_faults_untouched(other->faults));
        }
        use(other);
    }
}
END_TEST

START_TEST(damaged_is_refused_or_harmless)
{
    g_autoptr(Rig) rig = busy_rig();
    g_autoptr(GBytes) bytes = swme_faults_save(rig->faults);
    g_autoptr(GRand) random = g_rand_new_with_seed((guint32)_i);
    unsigned int loaded = 0;
    gsize size;
    const uint8_t *data = g_bytes_get_data(bytes, &size);

    for (unsigned int i = 0; i < 1500; i++) {
        g_autofree uint8_t *copy = g_memdup2(data, size);
        g_autoptr(Rig) other = rig_new(NULL);

        for (int j = g_rand_int_range(random, 1, 4); j > 0; j--) {
            copy[g_rand_int_range(random, 0, (gint32)size)] ^=
                (uint8_t)g_rand_int_range(random, 1, 256);
        }
        loaded += swme_faults_load(other->faults, copy, size, NULL);
        use(other);
    }
    ck_assert_uint_gt(loaded, 0); /* else this tests nothing */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("faults-state");
    TCase *tcase = unit_case(suite, "goes on");

    tcase_add_test(tcase, counts_and_randomness_go_on);
    tcase_add_test(tcase, what_is_held_back_still_comes);
    tcase_add_loop_test(tcase, states_of_the_link_survive, 0, 3);
    tcase_add_test(tcase, reset_on_its_way_survives);
    tcase_add_test(tcase, nothing_is_a_state_too);
    tcase = unit_case(suite, "believes nothing");
    tcase_add_test(tcase, cut_short_is_refused);
    tcase_add_loop_test(tcase, damaged_is_refused_or_harmless, 0, 4);
    return unit_run(suite);
}
