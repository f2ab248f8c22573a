/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AMT's state as its other faces use it: events, the matrix of the ME client fact sheet's G.5, the
 * transitions of G.2, and that it is part of the firmware's saved state.
 */
#include <string.h>

#include "tests/unit/amthi-fixture.h"
#include "tests/unit/unit.h"

static const uint8_t digest[16] = {0xd1, 0x6e, 0x57};

/* ---- events ---- */

typedef struct Listener {
    AmtState *amt;
    unsigned int id;
    unsigned int calls;
    unsigned int changed;
    bool once;
    bool answers; /* by a change of its own */
} Listener;

static void listen_to(void *opaque, AmtState *amt, unsigned int changed)
{
    Listener *listener = opaque;

    ck_assert_ptr_eq(amt, listener->amt);
    listener->calls++;
    listener->changed |= changed;
    if (listener->once) {
        amt_state_unsubscribe(amt, listener->id);
    }
    if (listener->answers && !amt_state_data(amt)->redirection.opt_in) {
        AmtRedirection redirection = amt_state_data(amt)->redirection;

        redirection.opt_in = 1;
        amt_state_set_redirection(amt, &redirection);
    }
}

static void set_host_name(AmtState *amt, const char *name)
{
    AmtHost host = amt_state_data(amt)->host;

    memset(host.name, 0, sizeof(host.name));
    strcpy(host.name, name);
    amt_state_set_host(amt, &host);
}

START_TEST(each_change_is_told_once_to_who_asked)
{
    g_autoptr(Bench) b = bench_new(NULL);
    AmtState *amt = swme_firmware_amt(b->firmware);
    Listener all = {.amt = amt};
    Listener power = {.amt = amt};
    Listener once = {.amt = amt};

    once.once = true;
    once.id = amt_state_subscribe(amt, AMT_CHANGED_ALL, listen_to, &once);
    all.id = amt_state_subscribe(amt, AMT_CHANGED_ALL, listen_to, &all);
    power.id = amt_state_subscribe(amt, AMT_CHANGED_POWER, listen_to, &power);
    set_host_name(amt, "one");
    set_host_name(amt, "one"); /* no change */
    set_host_name(amt, "two");
    ck_assert_uint_eq(all.calls, 2);
    ck_assert_uint_eq(all.changed, AMT_CHANGED_HOST);
    ck_assert_uint_eq(power.calls, 0);
    ck_assert_uint_eq(once.calls, 1);
    ck_assert_int_eq(amt_set_up_client(amt, digest), AMT_SETUP_OK);
    ck_assert_uint_eq(all.calls, 4); /* all of it is one change; its record in the log another */
    ck_assert(all.changed & AMT_CHANGED_SETUP);
    ck_assert(all.changed & AMT_CHANGED_ACCOUNTS);
    ck_assert(all.changed & AMT_CHANGED_REDIRECTION);
    amt_state_unsubscribe(amt, all.id);
    set_host_name(amt, "three");
    ck_assert_uint_eq(all.calls, 4);
}
END_TEST

START_TEST(a_listener_may_change_the_state)
{
    g_autoptr(Bench) b = bench_new(NULL);
    AmtState *amt = swme_firmware_amt(b->firmware);
    Listener answers = {.amt = amt};
    Listener hears = {.amt = amt};

    answers.answers = true;
    amt_state_subscribe(amt, AMT_CHANGED_ALL, listen_to, &answers);
    amt_state_subscribe(amt, AMT_CHANGED_ALL, listen_to, &hears);
    set_host_name(amt, "one");
    ck_assert_uint_eq(hears.calls, 2);
    ck_assert_uint_eq(hears.changed, AMT_CHANGED_HOST | AMT_CHANGED_REDIRECTION);
}
END_TEST

/* ---- transitions ---- */

START_TEST(set_up_in_its_ways)
{
    g_autoptr(Bench) b = bench_new(NULL);
    g_autoptr(Bench) old = bench_new(&(BenchOptions){.platform = "GM45"});
    AmtState *amt = swme_firmware_amt(b->firmware);

    ck_assert_int_eq(amt_set_up_client(swme_firmware_amt(old->firmware), digest),
                     AMT_SETUP_DISABLED);
    ck_assert_int_eq(amt_set_up_client(amt, NULL), AMT_SETUP_INVALID_PARAMETER);
    ck_assert_int_eq(amt_set_up_admin(amt, NULL, true), AMT_SETUP_INVALID_PARAMETER);
    ck_assert_int_eq(amt_set_up_client(amt, digest), AMT_SETUP_OK);
    ck_assert_mem_eq(amt_state_data(amt)->accounts.account[0].digest, digest, 16);
    ck_assert_uint_eq(amt_state_data(amt)->redirection.opt_in, UINT32_MAX);
    ck_assert_int_eq(amt_set_up_admin(amt, NULL, true), AMT_SETUP_OK); /* the upgrade */
    ck_assert_uint_eq(amt_state_data(amt)->setup.control_mode, 2);
    ck_assert_mem_eq(amt_state_data(amt)->accounts.account[0].digest, digest, 16);
    ck_assert_int_eq(amt_set_up_admin(amt, digest, true), AMT_SETUP_INVALID_STATE);
    ck_assert_uint_eq(amt_unprovision_by_host(amt), 3);
    amt_unprovision(amt, true);
    ck_assert_uint_eq(amt_state_data(amt)->setup.state, 0);
    ck_assert_mem_eq(amt_state_data(amt)->accounts.account[0].digest, digest, 16);
    amt_unprovision(amt, false);
    ck_assert_uint_eq(amt_state_data(amt)->accounts.account[0].digest[0], 0);
    ck_assert_uint_eq(amt_start_remote(amt, true), 0);
    amt_hello_sent(amt);
    ck_assert_uint_eq(amt_state_data(amt)->setup.hello_count, 1);
    ck_assert_uint_eq(amt_commit_changes(amt), 0x809);
}
END_TEST

/* The digests of all accounts are made with it: it lasts as long as any of them does. */
START_TEST(the_realm_lasts_as_long_as_an_account)
{
    g_autoptr(Bench) b = bench_new(NULL);
    g_autoptr(Bench) other = bench_new(NULL);
    AmtState *amt = swme_firmware_amt(b->firmware);
    char first[AMT_REALM_SIZE], now[AMT_REALM_SIZE];

    amt_state_realm(amt, first);
    ck_assert_uint_eq(strlen(first), 39);
    ck_assert(g_str_has_prefix(first, "Digest:"));
    ck_assert_uint_eq(strspn(first + 7, "0123456789ABCDEF"), 32);
    amt_state_realm(swme_firmware_amt(other->firmware), now);
    ck_assert_str_ne(first, now);
    ck_assert_int_eq(amt_set_up_client(amt, digest), AMT_SETUP_OK);
    amt_state_boot(amt);
    amt_unprovision(amt, true);
    amt_state_realm(amt, now);
    ck_assert_str_eq(first, now);
    amt_unprovision(amt, false);
    amt_state_realm(amt, now);
    ck_assert_str_ne(first, now);
}
END_TEST

/* G.5. A status of ANY is one that the sheet leaves open, but not 0. */
#define ANY 0xffff

static const struct {
    uint32_t command;
    size_t size;
    uint32_t status[4]; /* PRE, IN, client, admin */
} matrix[] = {
    {0x04000010, 4, {0, 0, 0, 3}},       {0x04000029, 0, {0, 3, 3, 3}},
    {0x04000062, 4, {0, 3, 3, 3}},       {0x0400005e, 0, {ANY, 0, ANY, ANY}},
    {0x0400002a, 3, {0, 3, 3, 3}},       {0x0400002f, 3, {0, 3, 3, 3}},
    {0x04000088, 0, {0, 3, 3, 3}},       {0x04000067, 40, {0, 0, 0, 0}},
    {0x04000044, 0, {3, 3, 0x10, 0x10}}, {0x04000046, 0, {0, 0, 0, 0}},
    {0x04000048, 4, {0, 0, 0, 0}},       {0x0400008b, 390, {0, 3, 3, 3}},
};

START_TEST(answers_depend_on_the_state)
{
    for (unsigned int state = 0; state < 4; state++) {
        g_autoptr(Bench) b = amthi_bench(NULL);
        AmtState *amt = swme_firmware_amt(b->firmware);
        AmtNetwork network = amt_state_data(amt)->network;
        uint8_t data[390] = {0};
        uint32_t command = matrix[_i].command;
        g_autoptr(GByteArray) got = NULL;
        uint32_t status;

        strcpy(network.dhcp_domain, "corp.test");
        amt_state_set_network(amt, &network);
        if (state == 1) {
            ck_assert_uint_eq(amt_start_remote(amt, false), 0);
        } else if (state == 2) {
            ck_assert_int_eq(amt_set_up_client(amt, digest), AMT_SETUP_OK);
        } else if (state == 3) {
            ck_assert_int_eq(amt_set_up_admin(amt, digest, false), AMT_SETUP_OK);
        }
        if (command == 0x0400008b) {
            data[0] = 2;
        } else if (matrix[_i].size == 3) {
            memcpy(data, "\1\0x", 3);
        }
        got = amthi_ask(b, command, data, matrix[_i].size);
        status = amthi_check_answer(got, command);
        if (matrix[_i].status[state] == ANY) {
            MUST(status != 0);
        } else {
            MUST_MSG(status == matrix[_i].status[state], "0x%08x in state %u: 0x%x", command, state,
                     status);
        }
    }
}
END_TEST

/* ---- saved with the machine ---- */

START_TEST(saved_with_the_firmware)
{
    g_autoptr(Bench) b = bench_new(NULL);
    g_autoptr(Bench) twin = bench_new(NULL);
    g_autoptr(Bench) without = bench_new(&(BenchOptions){.amt = SWME_OFF});
    AmtState *amt = swme_firmware_amt(b->firmware);
    Listener listener = {0};
    g_autoptr(GBytes) state = NULL;
    g_autoptr(GError) error = NULL;
    gsize size;
    const void *data;

    ck_assert_int_eq(amt_set_up_client(amt, digest), AMT_SETUP_OK);
    set_host_name(amt, "saved");
    state = swme_firmware_save(b->firmware);
    data = g_bytes_get_data(state, &size);
    listener.amt = swme_firmware_amt(twin->firmware);
    amt_state_subscribe(listener.amt, AMT_CHANGED_ALL, listen_to, &listener);
    ck_assert(swme_firmware_load(twin->firmware, data, size, &error));
    ck_assert_uint_eq(listener.calls, 1);
    ck_assert(amt_data_equal(amt_state_data(listener.amt), amt_state_data(amt)));
    ck_assert(!swme_firmware_load(without->firmware, data, size, &error));
    ck_assert_ptr_nonnull(strstr(error->message, "AMT"));
    ck_assert(!strchr(error->message, '\n'));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("amt-state");
    TCase *tcase = unit_case(suite, "state");

    tcase_add_test(tcase, each_change_is_told_once_to_who_asked);
    tcase_add_test(tcase, a_listener_may_change_the_state);
    tcase_add_test(tcase, set_up_in_its_ways);
    tcase_add_test(tcase, the_realm_lasts_as_long_as_an_account);
    tcase_add_loop_test(tcase, answers_depend_on_the_state, 0, UNIT_COUNT(matrix));
    tcase_add_test(tcase, saved_with_the_firmware);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
