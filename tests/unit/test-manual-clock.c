/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The clock that stands still: order, arming anew, cancelling, and all of it from a callback. */
#include "tests/unit/unit.h"

#include <string.h>

#include "firmware-sim/manual-clock.h"

#define TIMERS 4

typedef struct Bench Bench;

typedef struct Probe {
    Bench *bench;
    char letter;
    SwmeTimer *timer;
    void (*action)(struct Probe *probe);
} Probe;

struct Bench {
    SwmeManualClock *manual;
    SwmeClock *clock;
    Probe probes[TIMERS];
    char log[64];
    int64_t times[64];
    size_t fired;
    int64_t origin;
};

static void fire(void *opaque)
{
    Probe *probe = opaque;
    Bench *bench = probe->bench;

    MUST(bench->fired + 1 < sizeof(bench->log));
    bench->times[bench->fired] = bench->clock->now(bench->clock) - bench->origin;
    bench->log[bench->fired++] = probe->letter;
    bench->log[bench->fired] = '\0';
    if (probe->action != NULL) {
        probe->action(probe);
    }
}

static void setup(Bench *bench)
{
    memset(bench, 0, sizeof(*bench));
    bench->manual = swme_manual_clock_new();
    bench->clock = swme_manual_clock(bench->manual);
    bench->origin = bench->clock->now(bench->clock);
    for (int i = 0; i < TIMERS; i++) {
        bench->probes[i].bench = bench;
        bench->probes[i].letter = (char)('a' + i);
        bench->probes[i].timer = bench->clock->timer_new(bench->clock, fire, &bench->probes[i]);
        MUST(bench->probes[i].timer != NULL);
    }
}

static void teardown(Bench *bench)
{
    for (int i = 0; i < TIMERS; i++) {
        if (bench->probes[i].timer != NULL) {
            bench->clock->timer_free(bench->probes[i].timer);
        }
    }
    swme_manual_clock_free(bench->manual);
}

static void arm(Bench *bench, int i, int64_t when)
{
    bench->clock->timer_arm(bench->probes[i].timer, bench->origin + when);
}

static int64_t now(Bench *bench)
{
    return bench->clock->now(bench->clock) - bench->origin;
}

START_TEST(time_stands_still)
{
    Bench b;

    setup(&b);
    ck_assert_int_eq(now(&b), 0);
    ck_assert_uint_eq(swme_manual_clock_armed(b.manual), 0);
    swme_manual_clock_advance(b.manual, 5);
    ck_assert_int_eq(now(&b), 5);
    swme_manual_clock_advance(b.manual, 0);
    ck_assert_int_eq(now(&b), 5);
    ck_assert_str_eq(b.log, "");
    teardown(&b);
}
END_TEST

START_TEST(fires_in_order_each_at_its_own_time)
{
    Bench b;

    setup(&b);
    arm(&b, 0, 30);
    arm(&b, 1, 10);
    arm(&b, 2, 20);
    arm(&b, 3, 41);
    ck_assert_uint_eq(swme_manual_clock_armed(b.manual), 4);
    swme_manual_clock_advance(b.manual, 40);
    ck_assert_str_eq(b.log, "bca");
    ck_assert_int_eq(b.times[0], 10);
    ck_assert_int_eq(b.times[1], 20);
    ck_assert_int_eq(b.times[2], 30);
    ck_assert_int_eq(now(&b), 40);
    ck_assert_uint_eq(swme_manual_clock_armed(b.manual), 1);
    swme_manual_clock_advance(b.manual, 1);
    ck_assert_str_eq(b.log, "bcad");
    teardown(&b);
}
END_TEST

/* Otherwise a run would not repeat itself. */
START_TEST(equal_times_fire_in_the_order_of_arming)
{
    Bench b;

    setup(&b);
    arm(&b, 2, 10);
    arm(&b, 0, 10);
    arm(&b, 3, 10);
    arm(&b, 1, 10);
    arm(&b, 2, 10);
    swme_manual_clock_advance(b.manual, 10);
    ck_assert_str_eq(b.log, "adbc");
    teardown(&b);
}
END_TEST

START_TEST(a_time_that_is_past_fires_at_once_but_not_from_arm)
{
    Bench b;

    setup(&b);
    swme_manual_clock_advance(b.manual, 100);
    arm(&b, 0, 50);
    arm(&b, 1, 100);
    b.clock->timer_arm(b.probes[2].timer, INT64_MIN);
    ck_assert_str_eq(b.log, "");
    swme_manual_clock_advance(b.manual, 0);
    ck_assert_uint_eq(b.fired, 3);
    for (int i = 0; i < 3; i++) {
        /* Time never goes back. */
        ck_assert_int_eq(b.times[i], 100);
    }
    teardown(&b);
}
END_TEST

START_TEST(arming_anew_moves_the_timer)
{
    Bench b;

    setup(&b);
    arm(&b, 0, 10);
    arm(&b, 0, 30);
    ck_assert_uint_eq(swme_manual_clock_armed(b.manual), 1);
    swme_manual_clock_advance(b.manual, 20);
    ck_assert_str_eq(b.log, "");
    swme_manual_clock_advance(b.manual, 20);
    ck_assert_str_eq(b.log, "a");
    swme_manual_clock_advance(b.manual, 100);
    ck_assert_str_eq(b.log, "a");
    arm(&b, 0, 150);
    swme_manual_clock_advance(b.manual, 10);
    ck_assert_str_eq(b.log, "aa");
    teardown(&b);
}
END_TEST

START_TEST(cancelled_and_freed_timers_do_not_fire)
{
    Bench b;

    setup(&b);
    b.clock->timer_cancel(b.probes[3].timer); /* not armed: harmless */
    arm(&b, 0, 10);
    arm(&b, 1, 10);
    arm(&b, 2, 10);
    b.clock->timer_cancel(b.probes[0].timer);
    b.clock->timer_cancel(b.probes[0].timer);
    b.clock->timer_free(b.probes[1].timer);
    b.probes[1].timer = NULL;
    ck_assert_uint_eq(swme_manual_clock_armed(b.manual), 1);
    swme_manual_clock_advance(b.manual, 20);
    ck_assert_str_eq(b.log, "c");
    teardown(&b);
}
END_TEST

static void arm_self_later(Probe *probe)
{
    arm(probe->bench, probe->letter - 'a', now(probe->bench) + 10);
}

START_TEST(a_callback_that_arms_itself_ticks)
{
    Bench b;

    setup(&b);
    b.probes[0].action = arm_self_later;
    arm(&b, 0, 10);
    swme_manual_clock_advance(b.manual, 55);
    ck_assert_str_eq(b.log, "aaaaa");
    ck_assert_int_eq(b.times[4], 50);
    ck_assert_uint_eq(swme_manual_clock_armed(b.manual), 1);
    teardown(&b);
}
END_TEST

static void arm_b_now(Probe *probe)
{
    arm(probe->bench, 1, 0);
}

START_TEST(a_callback_that_arms_for_the_past_fires_in_the_same_advance)
{
    Bench b;

    setup(&b);
    b.probes[0].action = arm_b_now;
    arm(&b, 0, 10);
    arm(&b, 2, 20);
    swme_manual_clock_advance(b.manual, 30);
    ck_assert_str_eq(b.log, "abc");
    ck_assert_int_eq(b.times[1], 10);
    teardown(&b);
}
END_TEST

static void cancel_and_free_others(Probe *probe)
{
    Bench *b = probe->bench;

    b->clock->timer_cancel(b->probes[1].timer);
    b->clock->timer_free(b->probes[2].timer);
    b->probes[2].timer = NULL;
}

START_TEST(a_callback_that_cancels_and_frees_others_due_at_the_same_time)
{
    Bench b;

    setup(&b);
    b.probes[0].action = cancel_and_free_others;
    arm(&b, 0, 9);
    arm(&b, 1, 10);
    arm(&b, 2, 10);
    arm(&b, 3, 10);
    swme_manual_clock_advance(b.manual, 30);
    ck_assert_str_eq(b.log, "ad");
    teardown(&b);
}
END_TEST

static void free_self(Probe *probe)
{
    probe->bench->clock->timer_free(probe->timer);
    probe->timer = NULL;
}

START_TEST(a_callback_that_frees_its_own_timer)
{
    Bench b;

    setup(&b);
    b.probes[0].action = free_self;
    arm(&b, 0, 10);
    arm(&b, 1, 20);
    swme_manual_clock_advance(b.manual, 30);
    ck_assert_str_eq(b.log, "ab");
    teardown(&b);
}
END_TEST

START_TEST(step_goes_to_the_next_timer_and_no_further)
{
    Bench b;

    setup(&b);
    arm(&b, 0, 10);
    arm(&b, 1, 20);
    ck_assert(swme_manual_clock_step(b.manual, b.origin + 100));
    ck_assert_str_eq(b.log, "a");
    ck_assert_int_eq(now(&b), 10);
    ck_assert(!swme_manual_clock_step(b.manual, b.origin + 19));
    ck_assert_int_eq(now(&b), 19);
    ck_assert_str_eq(b.log, "a");
    /* The limit itself is within. */
    ck_assert(swme_manual_clock_step(b.manual, b.origin + 20));
    ck_assert_str_eq(b.log, "ab");
    ck_assert(!swme_manual_clock_step(b.manual, b.origin + 50));
    ck_assert_int_eq(now(&b), 50);
    teardown(&b);
}
END_TEST

START_TEST(restarted_it_is_as_new)
{
    Bench b;

    setup(&b);
    arm(&b, 0, 30);
    swme_manual_clock_advance(b.manual, 40);
    swme_manual_clock_restart(b.manual);
    ck_assert_int_eq(swme_manual_clock(b.manual)->now(swme_manual_clock(b.manual)), 0);
    arm(&b, 1, 10);
    swme_manual_clock_advance(b.manual, 10);
    ck_assert_str_eq(b.log, "ab");
    teardown(&b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("manual-clock");
    TCase *tcase = unit_case(suite, "manual-clock");

    tcase_add_test(tcase, time_stands_still);
    tcase_add_test(tcase, fires_in_order_each_at_its_own_time);
    tcase_add_test(tcase, equal_times_fire_in_the_order_of_arming);
    tcase_add_test(tcase, a_time_that_is_past_fires_at_once_but_not_from_arm);
    tcase_add_test(tcase, arming_anew_moves_the_timer);
    tcase_add_test(tcase, cancelled_and_freed_timers_do_not_fire);
    tcase_add_test(tcase, a_callback_that_arms_itself_ticks);
    tcase_add_test(tcase, a_callback_that_arms_for_the_past_fires_in_the_same_advance);
    tcase_add_test(tcase, a_callback_that_cancels_and_frees_others_due_at_the_same_time);
    tcase_add_test(tcase, a_callback_that_frees_its_own_timer);
    tcase_add_test(tcase, restarted_it_is_as_new);
    tcase_add_test(tcase, step_goes_to_the_next_timer_and_no_further);
    return unit_run(suite);
}
