/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The watchdog client's messages. Vectors and sections: ME client fact sheet, B.6 and D. */
#include "tests/unit/unit.h"
#include "tests/unit/watchdog-fixture.h"

static unsigned int running(const Dog *dog)
{
    AmtWatchdogTimer timers[AMT_WATCHDOG_USERS];

    return amt_watchdog_timers(dog->watchdog, timers);
}

/* D.2, and the fixup for ME 10 and 11 (bus-fixup.c mei_wd). */
START_TEST(protocol_versions_by_generation)
{
    static const struct {
        const char *platform;
        uint8_t version;
    } cases[] = {{"82q965", 1}, {"ich10-2", 1}, {"ppt-1", 1},  {"lpt-h", 1}, {"wpt-lp", 1},
                 {"spt-h", 1},  {"cnp-h", 2},   {"tgp-lp", 2}, {"adp-s", 2}};

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        BenchOptions options = {.platform = cases[i].platform, .latency = "0", .watchdog = "on"};
        g_autoptr(Dog) dog = dog_new(&options);
        BenchClient client = bench_find(dog->bench, GUID_TEXT_WATCHDOG);

        ck_assert_uint_eq(client.version, cases[i].version);
        ck_assert_uint_ge(client.max_connections, 2);
        ck_assert_uint_ge(client.max_length, 23);
        dog_start(dog, 1, 120);
        ck_assert_uint_eq(running(dog), 1);
        dog_stop(dog, 1);
        ck_assert_uint_eq(running(dog), 0);
    }
}
END_TEST

START_TEST(absent_where_amt_is)
{
    g_autoptr(Bench) off = bench_up(&(BenchOptions){.amt = SWME_OFF});
    g_autoptr(Bench) consumer = bench_up(&(BenchOptions){.platform = "ich10-1"});
    g_autoptr(Bench) disabled = bench_up(&(BenchOptions){.amt = SWME_DISABLED});

    ck_assert(!bench_has(off, GUID_TEXT_WATCHDOG));
    ck_assert(!bench_has(consumer, GUID_TEXT_WATCHDOG));
    ck_assert(!bench_has(disabled, GUID_TEXT_WATCHDOG));
}
END_TEST

/* From 16.1 AMT is switched on through this client, which must be there for that. */
START_TEST(a_switched_off_amt_of_16_1_is_switched_on_here)
{
    g_autoptr(Bench) b =
        bench_up(&(BenchOptions){.platform = "adp-s", .amt = SWME_DISABLED, .latency = "0"});
    Dog dog = {.bench = b, .amt = swme_firmware_amt(b->firmware)};
    g_autoptr(GByteArray) before = NULL;
    g_autoptr(GByteArray) set = NULL;
    g_autoptr(GByteArray) after = NULL;
    g_autoptr(GByteArray) odd = NULL;

    dog.address = bench_open(b, GUID_TEXT_WATCHDOG, 1).address;
    before = dog_ask(&dog, 1, BYTES(0x05, 0x02, 0x51, 0x10));
    ck_assert_uint_eq(before->len, 1);
    ck_assert_uint_eq(before->data[0], 0x81); /* may be switched; the new interface; off */
    ck_assert(!dog_probe(&dog, 1));
    odd = dog_ask(&dog, 1, BYTES(0x05, 0x03, 0x53, 0x10, 0x02));
    ck_assert_uint_eq(odd->len, 8);
    ck_assert_uint_ne(swme_get_le32(odd->data + 4), 0);
    ck_assert(!amt_state_data(dog.amt)->setup.operational);
    bench_grant(b, dog.address, 1);
    bench_data(b, dog.address, 1, BYTES(0x05, 0x03, 0x53, 0x10, 0x01));
    for (;;) {
        /* AMT's clients come at the same time: ADD_CLIENT. */
        size_t size;
        const uint8_t *packet = fake_device_peek(&b->device, &size);
        uint8_t hbm[MEI_PACKET_MAX];

        if (!packet) {
            break;
        }
        if (packet[0] == 0) {
            bench_take_hbm(b, hbm);
        } else {
            set = bench_take_message(b, dog.address, 1);
        }
        bench_ring(b);
    }
    ck_assert(set != NULL);
    ck_assert_uint_eq(set->len, 8);
    ck_assert_mem_eq(set->data, ((uint8_t[]){0x05, 0x06, 0x53, 0x10, 0, 0, 0, 0}), 8);
    ck_assert(amt_state_data(dog.amt)->setup.operational);
    after = dog_ask(&dog, 1, BYTES(0x05, 0x02, 0x51, 0x10));
    ck_assert_uint_eq(after->data[0], 0x83);
}
END_TEST

START_TEST(amts_switch_before_16_1)
{
    g_autoptr(Dog) dog = dog_new(&(BenchOptions){.platform = "spt-h", .latency = "0"});
    g_autoptr(GByteArray) query = dog_ask(dog, 1, BYTES(0x05, 0x02, 0x51, 0x10));
    g_autoptr(GByteArray) change = dog_ask(dog, 1, BYTES(0x05, 0x02, 0x52, 0x10));
    g_autoptr(GByteArray) set = dog_ask(dog, 1, BYTES(0x05, 0x03, 0x53, 0x10, 0x00));
    g_autoptr(GByteArray) info = dog_ask(dog, 1, BYTES(0x07, 0x02, 0x01, 0x10));
    g_autoptr(GByteArray) post = NULL;
    static const uint8_t digest[AMT_DIGEST_SIZE];

    ck_assert_uint_eq(query->len, 1);
    ck_assert_uint_eq(query->data[0], 1);
    ck_assert_uint_eq(change->len, 4);
    ck_assert_uint_eq(swme_get_le32(change->data), 0x9e);
    ck_assert_uint_eq(set->len, 8);
    ck_assert_uint_eq(swme_get_le32(set->data + 4), 0x89);
    ck_assert_uint_eq(info->len, 12); /* LMS 8 takes no other */
    ck_assert_uint_eq(swme_get_le32(info->data), 0x00010000);
    ck_assert_uint_eq(swme_get_le32(info->data + 4), 8);
    ck_assert_uint_eq(swme_get_le32(info->data + 8), 1);
    ck_assert_int_eq(amt_set_up_client(dog->amt, digest), AMT_SETUP_OK);
    while (fake_device_drop_all(&dog->bench->device)) {
        bench_ring(dog->bench);
    }
    post = dog_ask(dog, 1, BYTES(0x05, 0x02, 0x51, 0x10));
    ck_assert_uint_eq(post->data[0], 0);
}
END_TEST

START_TEST(change_to_amt_worked_before_9_0)
{
    g_autoptr(Dog) dog = dog_new(&(BenchOptions){.platform = "ppt-1", .latency = "0"});
    g_autoptr(GByteArray) change = dog_ask(dog, 1, BYTES(0x05, 0x02, 0x52, 0x10));

    ck_assert_uint_eq(change->len, 4);
    ck_assert_uint_eq(swme_get_le32(change->data), 0);
}
END_TEST

/* Short, unknown and contradicting messages: no answer, no timer, a count. */
START_TEST(what_is_no_message_is_not_answered)
{
    static const struct {
        uint8_t data[24];
        size_t size;
    } cases[] = {
        {{0}, 0},
        {{0x02}, 1},
        {{0x02, 0x02, 0x13}, 3},
        {{0x02, 0x15, 0x13, 0x10}, 4},          /* counts what is not there */
        {{0x02, 0x02, 0x13, 0x10, 120, 0}, 6},  /* counts no time */
        {{0x02, 0x03, 0x13, 0x10, 120}, 5},     /* half a time */
        {{0x02, 0x15, 0x13, 0x11, 120, 0}, 23}, /* another version */
        {{0x02, 0x15, 0x83, 0x10, 120, 0}, 23}, /* an answer */
        {{0x03, 0x15, 0x13, 0x10, 120, 0}, 23}, /* another command */
        {{0x05, 0x02, 0x53, 0x10}, 4},          /* set what? */
        {{0x05, 0x02, 0x54, 0x10}, 4},          /* unknown */
        {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 7},
    };
    g_autoptr(Dog) dog = dog_new(DOG_ON);

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        uint64_t before = swme_firmware_stats(dog->bench->firmware)->unanswered;
        g_autoptr(GByteArray) answer = dog_ask(dog, 1, cases[i].data, cases[i].size);

        MUST_MSG(!answer, "case %zu", i);
        MUST_EQ(swme_firmware_stats(dog->bench->firmware)->unanswered, before + 1);
        MUST_EQ(running(dog), 0);
    }
    dog_start(dog, 1, 120);
    ck_assert_uint_eq(running(dog), 1);
}
END_TEST

/* Trap 16: each ping has its answer; bit 0 says "not required". */
START_TEST(an_unprovisioned_amt_does_not_want_it)
{
    g_autoptr(Dog) dog = dog_new(&(BenchOptions){.latency = "0"});

    ck_assert(!dog_probe(dog, 1));
    ck_assert(!dog_probe(dog, 1));
    ck_assert_uint_eq(running(dog), 0);
    dog_stop(dog, 1);
    ck_assert_uint_eq(swme_manual_clock_armed(dog->bench->clock), 0);
}
END_TEST

/* Trap 17, D.3: the driver that was told so asks again once AMT is set up, and when it no longer
 * is. */
START_TEST(it_becomes_required_and_tells_so)
{
    g_autoptr(Dog) dog = dog_new(&(BenchOptions){.latency = "0"});
    static const uint8_t digest[AMT_DIGEST_SIZE];
    uint8_t me = dog->address;

    bench_hbm(dog->bench, BYTES(0x10, me, 1, 1));
    bench_expect_hbm(dog->bench, BYTES(0x90, me, 1, 0, 1, 0, 0, 0));
    ck_assert(!dog_probe(dog, 1));
    ck_assert_int_eq(amt_set_up_client(dog->amt, digest), AMT_SETUP_OK);
    bench_ring(dog->bench);
    bench_expect_hbm(dog->bench, BYTES(0x11, me, 1, 0));
    bench_expect_nothing(dog->bench); /* host 2 asked for none */
    ck_assert(dog_probe(dog, 1));
    ck_assert_uint_eq(running(dog), 1);
    amt_unprovision(dog->amt, false);
    bench_ring(dog->bench);
    bench_expect_hbm(dog->bench, BYTES(0x11, me, 1, 0));
    ck_assert_uint_eq(running(dog), 0);
    ck_assert(!dog_probe(dog, 1));
    ck_assert_uint_eq(swme_manual_clock_armed(dog->bench->clock), 0);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("client-watchdog");
    TCase *tcase = unit_case(suite, "messages");

    tcase_add_test(tcase, protocol_versions_by_generation);
    tcase_add_test(tcase, absent_where_amt_is);
    tcase_add_test(tcase, a_switched_off_amt_of_16_1_is_switched_on_here);
    tcase_add_test(tcase, amts_switch_before_16_1);
    tcase_add_test(tcase, change_to_amt_worked_before_9_0);
    tcase_add_test(tcase, what_is_no_message_is_not_answered);
    tcase_add_test(tcase, an_unprovisioned_amt_does_not_want_it);
    tcase_add_test(tcase, it_becomes_required_and_tells_so);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
