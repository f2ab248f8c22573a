/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AMT's events and the event log. Sections: manageability bridges fact sheet, 2. */
#include <string.h>

#include <glib/gstdio.h>

#include "tests/unit/unit.h"
#include "tests/unit/watchdog-fixture.h"

typedef struct Heard {
    unsigned int count;
    AmtEvent last;
    unsigned int route;
    unsigned int id;
    bool leaves;
    bool answers; /* raises another, once */
} Heard;

static void hear(void *opaque, AmtState *amt, const AmtEvent *event, unsigned int route)
{
    Heard *heard = opaque;

    heard->count++;
    heard->last = *event;
    heard->route = route;
    if (heard->leaves) {
        amt_event_unsubscribe(amt, heard->id);
    }
    if (heard->answers) {
        heard->answers = false;
        amt_event_raise_kind(amt, AMT_EVENT_RESET);
    }
}

/* 2: two records of real firmware. */
START_TEST(recorded_records_come_back_byte_for_byte)
{
    static const uint8_t records[][AMT_RECORD_SIZE] = {
        {0x63, 0xc8, 0x98, 0x65, 0xff, 0x06, 0x6f, 0x05, 0x68, 0x10, 0xff,
         0x26, 0x61, 0xaa, 0x0a, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00},
        {0x22, 0x06, 0x01, 0x65, 0xff, 0x0f, 0x6f, 0x02, 0x68, 0x01, 0xff,
         0x22, 0x00, 0x40, 0x07, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(records); i++) {
        uint8_t again[AMT_RECORD_SIZE];
        AmtEvent event;

        amt_event_decode(&event, records[i]);
        amt_event_encode(&event, again);
        ck_assert_mem_eq(again, records[i], sizeof(again));
    }
    {
        AmtEvent event;

        amt_event_decode(&event, records[0]);
        ck_assert_uint_eq(event.time_s, 1704511587); /* 2024-01-06 03:26:27 */
        ck_assert_uint_eq(event.sensor_type, 6);
        ck_assert_uint_eq(event.offset, 5);
        ck_assert_uint_eq(event.entity, 0x26);
        ck_assert_uint_eq(event.data[1], 10);
    }
}
END_TEST

static void raise_number(AmtState *amt, unsigned int number)
{
    AmtEvent event = {.sensor_type = 1, .data = {0xaa, (uint8_t)number, (uint8_t)(number >> 8)}};

    amt_event_raise(amt, &event, AMT_EVENT_LOG);
}

static unsigned int number_of(const AmtEvent *event)
{
    return event->data[1] | (unsigned int)event->data[2] << 8;
}

START_TEST(the_log_has_390_records_newest_first_and_wraps)
{
    g_autoptr(Bench) b = bench_new(NULL);
    AmtState *amt = swme_firmware_amt(b->firmware);
    AmtEvent event;

    ck_assert_uint_eq(amt_log_count(amt), 0);
    ck_assert(!amt_log_get(amt, 0, &event));
    ck_assert(!amt_log_get(amt, 1, &event));
    for (unsigned int i = 1; i <= 1000; i++) {
        raise_number(amt, i);
        MUST_EQ(amt_log_count(amt), MIN(i, 390));
        MUST(amt_log_get(amt, 1, &event));
        MUST_EQ(number_of(&event), i);
        MUST(amt_log_get(amt, MIN(i, 390), &event));
        MUST_EQ(number_of(&event), i > 390 ? i - 389 : 1);
        MUST(!amt_log_get(amt, MIN(i, 390) + 1, &event));
    }
}
END_TEST

START_TEST(a_frozen_log_takes_nothing_and_is_not_cleared)
{
    g_autoptr(Bench) b = bench_new(NULL);
    AmtState *amt = swme_firmware_amt(b->firmware);
    Heard heard = {0};

    amt_event_subscribe(amt, hear, &heard);
    raise_number(amt, 1);
    amt_log_freeze(amt, true);
    raise_number(amt, 2);
    ck_assert_uint_eq(amt_log_count(amt), 1);
    ck_assert_uint_eq(heard.count, 2); /* who listens hears it all the same */
    ck_assert(!amt_log_clear(amt));
    amt_log_freeze(amt, false);
    raise_number(amt, 3);
    ck_assert_uint_eq(amt_log_count(amt), 2);
    ck_assert(amt_log_clear(amt));
    ck_assert_uint_eq(amt_log_count(amt), 0);
    raise_number(amt, 4);
    ck_assert_uint_eq(amt_log_count(amt), 1);
}
END_TEST

START_TEST(subscribers_hear_each_event_once_in_order)
{
    g_autoptr(Bench) b = bench_new(NULL);
    AmtState *amt = swme_firmware_amt(b->firmware);
    Heard first = {.answers = true};
    Heard second = {.leaves = true};
    Heard third = {0};

    amt_event_subscribe(amt, hear, &first);
    second.id = amt_event_subscribe(amt, hear, &second);
    third.id = amt_event_subscribe(amt, hear, &third);
    amt_event_raise_kind(amt, AMT_EVENT_OS_HUNG);
    /* Each heard of the first event before anyone heard of the second. */
    ck_assert_uint_eq(first.count, 2);
    ck_assert_uint_eq(second.count, 1);
    ck_assert_uint_eq(second.last.sensor_type, 0x20);
    ck_assert_uint_eq(second.route, AMT_EVENT_LOG | AMT_EVENT_ALERT);
    ck_assert_uint_eq(second.last.time_s, BENCH_TIME_S);
    ck_assert_uint_eq(third.count, 2);
    ck_assert_uint_eq(third.last.sensor_type, 0x1d);
    amt_event_unsubscribe(amt, third.id);
    amt_event_raise_kind(amt, AMT_EVENT_OS_HUNG);
    ck_assert_uint_eq(third.count, 2);
    ck_assert_uint_eq(amt_log_count(amt), 3);
}
END_TEST

START_TEST(an_amt_that_is_switched_off_sees_nothing)
{
    g_autoptr(Bench) b = bench_new(&(BenchOptions){.amt = SWME_DISABLED});
    AmtState *amt = swme_firmware_amt(b->firmware);

    raise_number(amt, 1);
    ck_assert_uint_eq(amt_log_count(amt), 0);
}
END_TEST

static uint8_t newest(AmtState *amt)
{
    AmtEvent event;

    return amt_log_get(amt, 1, &event) ? event.sensor_type : 0;
}

START_TEST(what_the_firmware_sees_is_logged)
{
    static const uint8_t digest[AMT_DIGEST_SIZE];
    g_autoptr(Bench) b = bench_new(&(BenchOptions){.latency = "0"});
    AmtState *amt = swme_firmware_amt(b->firmware);
    AmtEvent event;

    bench_power_on(b);
    ck_assert_uint_eq(amt_log_count(amt), 1);
    ck_assert_uint_eq(newest(amt), 0x25); /* the system's firmware has started */
    bench_power_on(b);
    ck_assert_uint_eq(amt_log_count(amt), 2);
    ck_assert_uint_eq(newest(amt), 0x1d);
    swme_firmware_host_power(b->firmware, SWME_HOST_S3);
    ck_assert_uint_eq(newest(amt), 0x22);
    bench_power_on(b); /* part of waking up */
    ck_assert_uint_eq(amt_log_count(amt), 3);
    swme_firmware_host_power(b->firmware, SWME_HOST_S0);
    ck_assert_uint_eq(newest(amt), 0x0f);
    ck_assert_uint_eq(amt_log_count(amt), 4);
    swme_firmware_host_power(b->firmware, SWME_HOST_S5);
    ck_assert_uint_eq(newest(amt), 0x22);
    bench_power_on(b);
    ck_assert_uint_eq(newest(amt), 0x25);
    ck_assert_int_eq(amt_set_up_client(amt, digest), AMT_SETUP_OK);
    ck_assert(amt_log_get(amt, 1, &event));
    ck_assert_uint_eq(event.sensor_type, 0x12);
    ck_assert_uint_eq(event.data[1], 1); /* client control mode */
    /* Unprovisioning takes the log with it. */
    amt_unprovision(amt, false);
    ck_assert_uint_eq(amt_log_count(amt), 1);
    ck_assert_uint_eq(newest(amt), 0x12);
}
END_TEST

START_TEST(the_log_lasts_in_the_nvm)
{
    g_autofree char *folder = g_dir_make_tmp("swme-log-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "amt.nvm", NULL);
    BenchOptions options = {.nvm = path};

    for (unsigned int run = 0; run < 2; run++) {
        g_autoptr(Bench) b = bench_new(&options);
        AmtState *amt = swme_firmware_amt(b->firmware);
        AmtEvent event;

        if (run == 0) {
            for (unsigned int i = 1; i <= 400; i++) {
                raise_number(amt, i);
            }
            amt_log_freeze(amt, true);
            ck_assert(swme_firmware_flush(b->firmware, NULL));
            continue;
        }
        ck_assert_uint_eq(amt_log_count(amt), 390);
        ck_assert(amt_log_get(amt, 1, &event));
        ck_assert_uint_eq(number_of(&event), 400);
        ck_assert(amt_log_get(amt, 390, &event));
        ck_assert_uint_eq(number_of(&event), 11);
        ck_assert(!amt_log_clear(amt));
    }
    g_unlink(path);
    g_rmdir(folder);
}
END_TEST

/* Events that subscribers raise at each other end. */
typedef struct Echo {
    unsigned int id;
    unsigned int calls;
} Echo;

static void echo_event(void *opaque, AmtState *amt, const AmtEvent *event, unsigned int route)
{
    Echo *echo = opaque;

    ck_assert_uint_lt(++echo->calls, 100000);
    amt_event_raise(amt, event, route);
    amt_event_raise(amt, event, route);
    if (echo->calls > 1000) {
        amt_event_unsubscribe(amt, echo->id);
    }
}

START_TEST(events_that_beget_events_are_bounded)
{
    g_autoptr(Bench) b = bench_new(NULL);
    Echo echo = {0};

    echo.id = amt_event_subscribe(swme_firmware_amt(b->firmware), echo_event, &echo);
    raise_number(swme_firmware_amt(b->firmware), 1);
    ck_assert_uint_gt(echo.calls, 1000);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("amt-event");
    TCase *tcase = unit_case(suite, "log");

    tcase_add_test(tcase, recorded_records_come_back_byte_for_byte);
    tcase_add_test(tcase, the_log_has_390_records_newest_first_and_wraps);
    tcase_add_test(tcase, a_frozen_log_takes_nothing_and_is_not_cleared);
    tcase_add_test(tcase, the_log_lasts_in_the_nvm);
    tcase = unit_case(suite, "events");
    tcase_add_test(tcase, subscribers_hear_each_event_once_in_order);
    tcase_add_test(tcase, an_amt_that_is_switched_off_sees_nothing);
    tcase_add_test(tcase, what_the_firmware_sees_is_logged);
    tcase_add_test(tcase, events_that_beget_events_are_bounded);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
