/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Power gating of the host driver's link where hardware does not do as it should. */
#include <string.h>

#include <swme/hbm.h>

#include "tests/unit/host-driver-fixture.h"

static void start_with_d0i3(void)
{
    fake.hfs1 |= 0x80000000;
    fake.slow_d0i3 = true;
    fake_start(&fake, &mei);
}

static void start_with_isolation(void)
{
    fake.isolation = true;
    fake_start(&fake, &mei);
    ck_assert_int_eq(mei_power_gate(&mei), MEI_OK);
    ck_assert_uint_eq(fake.h_hpg_csr, 0x2);
    ck_assert(mei.power_gated);
}

/* ---- the legacy kind ---- */

START_TEST(isolation_is_entered_and_left)
{
    start_with_isolation();
    ck_assert_ptr_nonnull(fake_find_hbm(&fake, HBM_PG_ENTRY, 0));
    ck_assert_int_eq(mei_power_gate(&mei), MEI_OK); /* it is already */
    ck_assert_int_eq(mei_power_ungate(&mei), MEI_OK);
    ck_assert_uint_eq(fake.h_hpg_csr, 0);
    ck_assert_ptr_nonnull(fake_find_hbm(&fake, HBM_PG_EXIT | HBM_RESPONSE, 0));
    ck_assert(!mei.power_gated);
    ck_assert_uint_eq(fake.resets, 1);
    ck_assert_int_eq(mei_power_ungate(&mei), MEI_OK); /* likewise */
}
END_TEST

START_TEST(the_firmware_may_leave_isolation_first)
{
    static const uint8_t leave[HBM_PG_SIZE] = {HBM_PG_EXIT};

    start_with_isolation();
    fake_hbm(&fake, leave, sizeof(leave));
    ck_assert_int_eq(mei_poll(&mei, MEI_NS_PER_S), MEI_OK);
    ck_assert(!mei.power_gated);
    ck_assert_ptr_nonnull(fake_find_hbm(&fake, HBM_PG_EXIT | HBM_RESPONSE, 0));
    ck_assert_uint_eq(fake.h_hpg_csr, 0x2); /* not asked for */
    ck_assert_uint_eq(fake.resets, 1);
}
END_TEST

START_TEST(isolation_without_a_way_out_is_a_reset)
{
    int64_t before;

    start_with_isolation();
    fake.stuck_isolation = true;
    before = fake.now;
    ck_assert_int_eq(mei_power_ungate(&mei), MEI_ERR_TIMEOUT);
    ck_assert_int_ge(fake.now - before, MEI_NS_PER_S);
    ck_assert_int_lt(fake.now - before, 2 * MEI_NS_PER_S);
    ck_assert_uint_eq(fake.resets, 2);
    ck_assert_int_eq(mei.state, MEI_DEVICE_ENABLED);
}
END_TEST

START_TEST(isolation_that_was_lost_is_a_reset)
{
    start_with_isolation();
    fake.h_hpg_csr = 0;
    ck_assert_int_eq(mei_power_ungate(&mei), MEI_ERR_HARDWARE);
    ck_assert_uint_eq(fake.resets, 2);
    ck_assert_int_eq(mei.state, MEI_DEVICE_ENABLED);
}
END_TEST

START_TEST(a_firmware_that_sleeps_on_is_given_up)
{
    start_with_isolation();
    fake.mute = true; /* asks for the exit, and never takes the answer */
    ck_assert_int_eq(mei_power_ungate(&mei), MEI_ERR_TIMEOUT);
    ck_assert_int_eq(mei.state, MEI_DEVICE_DISABLED);
}
END_TEST

START_TEST(gating_needs_a_device_that_can_and_is_up)
{
    ck_assert_int_eq(mei_power_gate(&mei), MEI_ERR_DISABLED);
    ck_assert_int_eq(mei_power_ungate(&mei), MEI_ERR_DISABLED);
    fake_start(&fake, &mei);
    ck_assert_int_eq(mei_power_gate(&mei), MEI_ERR_UNSUPPORTED);
    ck_assert_uint_eq(fake.packet_count, 0);
}
END_TEST

START_TEST(nobody_asked_to_leave)
{
    static const uint8_t messages[][HBM_PG_SIZE] = {{HBM_PG_EXIT}, {HBM_PG_ENTRY | HBM_RESPONSE}};

    fake_start(&fake, &mei);
    fake_hbm(&fake, messages[_i], HBM_PG_SIZE);
    ck_assert_int_eq(mei_poll(&mei, 0), MEI_ERR_PROTOCOL);
    ck_assert_uint_eq(fake.resets, 2);
}
END_TEST

/* ---- D0i3 ---- */

static bool done;

static void vanish_at_d0i3(Fake *f, char kind, uint32_t offset, uint32_t value)
{
    (void)value;
    if (kind == 'W' && offset == 0x800) {
        f->gone = true;
    }
}

static void fail_at_d0i3(Fake *f, char kind, uint32_t offset, uint32_t value)
{
    (void)value;
    if (kind == 'W' && offset == 0x800) {
        f->wait_error = MEI_ERR_TRANSPORT;
    }
}

static void storm_at_d0i3(Fake *f, char kind, uint32_t offset, uint32_t value)
{
    (void)value;
    if (kind == 'W' && offset == 0x800) {
        f->storm = true;
    }
}

static void stay_awake(Fake *f, char kind, uint32_t offset, uint32_t value)
{
    (void)value;
    if (kind == 'R' && offset == 0x800 && !(f->d0i3c & 1)) {
        f->d0i3c = 0;
    }
}

static void message_at_exit(Fake *f, char kind, uint32_t offset, uint32_t value)
{
    const uint8_t credit[HBM_FLOW_CONTROL_SIZE] = {HBM_FLOW_CONTROL, FAKE_PLAIN, 1};

    if (kind == 'W' && offset == 0x800 && !(value & 4) && !done) {
        done = true;
        fake_hbm(f, credit, sizeof(credit));
    }
}

START_TEST(d0i3_that_goes_wrong_is_an_error)
{
    static const struct {
        FakeAccessHook hook;
        MeiError error;
        MeiDeviceState state;
    } ways[] = {
        {vanish_at_d0i3, MEI_ERR_GONE, MEI_DEVICE_DISABLED},
        {fail_at_d0i3, MEI_ERR_TRANSPORT, MEI_DEVICE_DISABLED},
        {storm_at_d0i3, MEI_ERR_HARDWARE, MEI_DEVICE_DISABLED},
        {stay_awake, MEI_ERR_HARDWARE, MEI_DEVICE_ENABLED},
    };

    start_with_d0i3();
    fake.stuck_d0i3 = _i == 2;
    fake.on_access = ways[_i].hook;
    ck_assert_int_eq(mei_power_gate(&mei), ways[_i].error);
    ck_assert_int_eq(mei.state, ways[_i].state);
    ck_assert(!mei.power_gated);
}
END_TEST

START_TEST(a_lost_interrupt_of_d0i3_is_forgiven)
{
    start_with_d0i3();
    fake.quiet_d0i3 = true;
    ck_assert_int_eq(mei_power_gate(&mei), MEI_OK);
    ck_assert_int_eq(mei_power_ungate(&mei), MEI_OK);
    ck_assert_uint_eq(fake.resets, 1);
}
END_TEST

START_TEST(what_comes_on_the_way_out_is_seen)
{
    MeiConnection *connection;

    start_with_d0i3();
    connection = connect_to(&fake_plain_guid, buffer);
    settle();
    ck_assert_uint_eq(connection->credits, 1);
    done = false;
    fake.on_access = message_at_exit;
    ck_assert_int_eq(mei_power_gate(&mei), MEI_OK);
    ck_assert_int_eq(mei_power_ungate(&mei), MEI_OK);
    ck_assert_uint_eq(connection->credits, 2);
}
END_TEST

START_TEST(a_wake_without_h_rdy_is_a_wake)
{
    fake.loses_ready = true;
    start_with_d0i3();
    ck_assert_int_eq(mei_power_gate(&mei), MEI_OK);
    settle();
    ck_assert_int_eq(mei_power_gate(&mei), MEI_OK);
    fake_interrupt(&fake);
    ck_assert_int_eq(mei_poll(&mei, 0), MEI_OK);
    ck_assert(!mei.power_gated);
    ck_assert_uint_ne(fake.h_bits & 0x8, 0);
    ck_assert_uint_eq(fake.resets, 1);
}
END_TEST

/* ---- calls that have to wake the link first, and cannot ---- */

static MeiError call(MeiConnection *connection, unsigned int which)
{
    switch (which) {
    case 0:
        return mei_write(connection, data, 1, MEI_NS_PER_S);
    case 1:
        return mei_read(connection, read_data, 1, &received, MEI_NS_PER_S);
    case 2:
        return mei_arm(connection);
    case 3:
        return mei_notify(connection, true);
    default:
        return mei_connect(&mei, &fake_plain_guid, buffer2, sizeof(buffer2), &connection);
    }
}

START_TEST(each_call_says_that_the_device_went_away_in_d0i3)
{
    MeiConnection *connection;
    MeiError error;

    start_with_d0i3();
    connection = connect_to(&fake_plain_guid, buffer);
    ck_assert_int_eq(mei_power_gate(&mei), MEI_OK);
    fake.on_access = vanish_at_d0i3;
    error = _i == 5 ? mei_disconnect(connection) : call(connection, (unsigned int)_i);
    ck_assert_int_eq(error, MEI_ERR_GONE);
    ck_assert_int_eq(mei.state, MEI_DEVICE_DISABLED);
    ck_assert_int_eq(connection->state, _i == 5 ? MEI_CONNECTION_FREE : MEI_CONNECTION_LOST);
}
END_TEST

/* ---- a machine that sleeps, and does not tell us ---- */

/* What a platform reset leaves: registers as at power-on, a firmware that is ready, no interrupt.
 */
static void sleep_and_wake(void)
{
    fake.h_bits = 0;
    fake.me_bits = 0x8; /* ME_RDY_HRA */
    fake.d0i3c = 0;
    fake.h_wp = fake.h_rp = fake.me_wp = fake.me_rp = 0;
    fake.attention = false;
}

START_TEST(each_call_sees_that_the_machine_slept)
{
    MeiConnection *connection, *another;
    int64_t before;

    fake_start(&fake, &mei);
    connection = connect_to(&fake_plain_guid, buffer);
    sleep_and_wake();
    before = fake.now;
    ck_assert_int_eq(call(connection, (unsigned int)_i), _i < 4 ? MEI_ERR_NOT_CONNECTED : MEI_OK);
    ck_assert_int_lt(fake.now - before, MEI_NS_PER_S);
    ck_assert_uint_eq(fake.resets, 2);
    ck_assert_str_eq(mei.reason, "H_RDY was lost");
    ck_assert_int_eq(mei.state, MEI_DEVICE_ENABLED);
    ck_assert_int_eq(connection->state, MEI_CONNECTION_LOST);
    ck_assert_int_eq(mei_disconnect(connection), MEI_OK);
    another = connect_to(&fake_plain_guid, buffer);
    ck_assert_int_eq(mei_write(another, data, 100, MEI_NS_PER_S), MEI_OK);
}
END_TEST

START_TEST(who_waits_while_the_machine_sleeps_is_told_in_time)
{
    MeiConnection *connection;
    int64_t before;

    fake_start(&fake, &mei);
    connection = connect_to(&fake_plain_guid, buffer);
    ck_assert_int_eq(mei_arm(connection), MEI_OK);
    settle();
    sleep_and_wake();
    before = fake.now;
    if (_i == 0) {
        ck_assert_int_eq(mei_read(connection, read_data, 1, &received, MEI_NS_PER_S),
                         MEI_ERR_NOT_CONNECTED);
    } else {
        ck_assert_int_eq(mei_poll(&mei, MEI_NS_PER_S), MEI_ERR_NOT_READY);
    }
    ck_assert_int_ge(fake.now - before, MEI_NS_PER_S);
    ck_assert_int_lt(fake.now - before, MEI_NS_PER_S + MEI_NS_PER_MS);
    ck_assert_uint_eq(fake.resets, 2);
    ck_assert_int_eq(connection->state, MEI_CONNECTION_LOST);
}
END_TEST

START_TEST(a_firmware_that_does_not_wake_up_is_given_up)
{
    MeiConnection *connection;

    fake_start(&fake, &mei);
    sleep_and_wake();
    fake.never_ready = true;
    fake.me_bits = 0;
    ck_assert_int_eq(mei_connect(&mei, &fake_plain_guid, buffer, sizeof(buffer), &connection),
                     MEI_ERR_DISABLED);
    ck_assert_ptr_null(connection);
    ck_assert_int_eq(mei.state, MEI_DEVICE_DISABLED);
}
END_TEST

START_TEST(a_link_that_slept_in_d0i3_is_started_anew)
{
    MeiConnection *connection;

    start_with_d0i3();
    connection = connect_to(&fake_plain_guid, buffer);
    ck_assert_int_eq(mei_power_gate(&mei), MEI_OK);
    sleep_and_wake();
    ck_assert_int_eq(mei_write(connection, data, 1, MEI_NS_PER_S), MEI_ERR_NOT_CONNECTED);
    ck_assert_uint_eq(fake.resets, 2);
    ck_assert_int_eq(mei.state, MEI_DEVICE_ENABLED);
}
END_TEST

START_TEST(stopped_before_and_started_after_sleep)
{
    MeiConnection *connection;

    fake_start(&fake, &mei);
    connection = connect_to(&fake_plain_guid, buffer);
    mei_stop(&mei);
    sleep_and_wake();
    ck_assert_int_eq(mei_start(&mei), MEI_OK);
    ck_assert_int_eq(mei_write(connection, data, 1, MEI_NS_PER_S), MEI_ERR_NOT_CONNECTED);
    ck_assert_int_eq(mei_disconnect(connection), MEI_OK);
    connection = connect_to(&fake_plain_guid, buffer);
    ck_assert_int_eq(mei_write(connection, data, 100, MEI_NS_PER_S), MEI_OK);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("host-driver-power");
    TCase *tcase = fixture_case(s, "isolation");

    tcase_add_test(tcase, isolation_is_entered_and_left);
    tcase_add_test(tcase, the_firmware_may_leave_isolation_first);
    tcase_add_test(tcase, isolation_without_a_way_out_is_a_reset);
    tcase_add_test(tcase, isolation_that_was_lost_is_a_reset);
    tcase_add_test(tcase, a_firmware_that_sleeps_on_is_given_up);
    tcase_add_test(tcase, gating_needs_a_device_that_can_and_is_up);
    tcase_add_loop_test(tcase, nobody_asked_to_leave, 0, 2);
    tcase = fixture_case(s, "d0i3");
    tcase_add_loop_test(tcase, d0i3_that_goes_wrong_is_an_error, 0, 4);
    tcase_add_test(tcase, a_lost_interrupt_of_d0i3_is_forgiven);
    tcase_add_test(tcase, what_comes_on_the_way_out_is_seen);
    tcase_add_test(tcase, a_wake_without_h_rdy_is_a_wake);
    tcase_add_loop_test(tcase, each_call_says_that_the_device_went_away_in_d0i3, 0, 6);
    tcase = fixture_case(s, "sleep");
    tcase_add_loop_test(tcase, each_call_sees_that_the_machine_slept, 0, 5);
    tcase_add_loop_test(tcase, who_waits_while_the_machine_sleeps_is_told_in_time, 0, 2);
    tcase_add_test(tcase, a_firmware_that_does_not_wake_up_is_given_up);
    tcase_add_test(tcase, a_link_that_slept_in_d0i3_is_started_anew);
    tcase_add_test(tcase, stopped_before_and_started_after_sleep);
    return unit_run(s);
}
