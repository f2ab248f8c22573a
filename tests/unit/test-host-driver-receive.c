/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the host driver receives: reassembly, extensions, data for nobody, notifications. */
#include <string.h>

#include <swme/hbm.h>

#include "tests/unit/host-driver-fixture.h"

/* ---- receiving ---- */

static bool echo_length(Fake *f, const FakePacket *packet)
{
    uint8_t host = packet->data[2];

    if ((packet->header & 0xffff) != 0 || packet->data[0] != 0x08) {
        return false;
    }
    fake_data(f, FAKE_PLAIN, host, data, 508, false);
    return true;
}

START_TEST(a_read_gives_one_credit)
{
    MeiConnection *connection;

    fake_start(&fake, &mei);
    connection = connect_to(&fake_plain_guid, buffer);
    for (unsigned int i = 0; i < 3; i++) {
        ck_assert_int_eq(mei_read(connection, read_data, 10, &received, MEI_NS_PER_MS),
                         MEI_ERR_TIMEOUT);
    }
    ck_assert_uint_eq(fake.packet_count, 1);
    ck_assert_uint_eq(fake.packets[0].header, 0x80080000);
    ck_assert_mem_eq(fake.packets[0].data, "\x08\x20\x01\0\0\0\0\0", 8);
    fake_data(&fake, FAKE_PLAIN, 1, data, 10, true);
    ck_assert_int_eq(mei_read(connection, read_data, 10, &received, MEI_NS_PER_MS), MEI_OK);
    ck_assert_uint_eq(received, 10);
    ck_assert_mem_eq(read_data, data, 10);
    ck_assert_uint_eq(fake.packet_count, 1); /* the next is asked for by the next read only */
}
END_TEST

START_TEST(fragments_are_put_together)
{
    MeiConnection *connection;

    fake_start(&fake, &mei);
    connection = connect_to(&fake_plain_guid, buffer);
    fake.hook = echo_length; /* the first fragment comes in the same breath as the credit */
    ck_assert_int_eq(mei_read(connection, read_data, sizeof(read_data), &received, MEI_NS_PER_MS),
                     MEI_ERR_TIMEOUT);
    fake_data(&fake, FAKE_PLAIN, 1, data + 508, 100, false);
    ck_assert_int_eq(mei_read(connection, read_data, sizeof(read_data), &received, MEI_NS_PER_MS),
                     MEI_ERR_TIMEOUT);
    fake_data(&fake, FAKE_PLAIN, 1, data + 608, 3, true);
    ck_assert_int_eq(mei_read(connection, read_data, sizeof(read_data), &received, MEI_NS_PER_MS),
                     MEI_OK);
    ck_assert_uint_eq(received, 611);
    ck_assert_mem_eq(read_data, data, 611);
}
END_TEST

START_TEST(connections_interleave)
{
    MeiConnection *a;
    MeiConnection *b;

    fake_start(&fake, &mei);
    a = connect_to(&fake_plain_guid, buffer);
    b = connect_to(&fake_plain_guid, buffer2);
    ck_assert_int_eq(mei_arm(a), MEI_OK);
    ck_assert_int_eq(mei_arm(b), MEI_OK);
    settle();
    fake_data(&fake, FAKE_PLAIN, 1, data, 100, false);
    fake_data(&fake, FAKE_PLAIN, 2, data + 1000, 50, false);
    fake_data(&fake, FAKE_PLAIN, 1, data + 100, 1, true);
    fake_data(&fake, FAKE_PLAIN, 2, data + 1050, 50, true);
    ck_assert_int_eq(mei_read(b, read_data, sizeof(read_data), &received, MEI_NS_PER_MS), MEI_OK);
    ck_assert_uint_eq(received, 100);
    ck_assert_mem_eq(read_data, data + 1000, 100);
    ck_assert_int_eq(mei_read(a, read_data, sizeof(read_data), &received, 0), MEI_OK);
    ck_assert_uint_eq(received, 101);
    ck_assert_mem_eq(read_data, data, 101);
}
END_TEST

START_TEST(a_message_may_be_empty)
{
    MeiConnection *connection;

    fake_start(&fake, &mei);
    connection = connect_to(&fake_plain_guid, buffer);
    ck_assert_int_eq(mei_arm(connection), MEI_OK);
    settle();
    fake_data(&fake, FAKE_PLAIN, 1, NULL, 0, true);
    received = 99;
    ck_assert_int_eq(mei_read(connection, read_data, 0, &received, MEI_NS_PER_MS), MEI_OK);
    ck_assert_uint_eq(received, 0);
}
END_TEST

START_TEST(a_message_too_long_for_the_caller_waits)
{
    MeiConnection *connection;

    fake_start(&fake, &mei);
    connection = connect_to(&fake_plain_guid, buffer);
    ck_assert_int_eq(mei_arm(connection), MEI_OK);
    settle();
    fake_data(&fake, FAKE_PLAIN, 1, data, 100, true);
    ck_assert_int_eq(mei_read(connection, read_data, 99, &received, MEI_NS_PER_MS),
                     MEI_ERR_OVERFLOW);
    ck_assert_uint_eq(received, 100);
    ck_assert_uint_eq(read_data[0] | read_data[98], 0); /* no part of it was handed out */
    ck_assert_int_eq(mei_read(connection, read_data, 100, &received, 0), MEI_OK);
    ck_assert_mem_eq(read_data, data, 100);
}
END_TEST

START_TEST(a_message_too_long_for_the_connection_is_lost_and_no_more)
{
    MeiConnection *connection;

    fake_start(&fake, &mei);
    ck_assert_int_eq(mei_connect(&mei, &fake_plain_guid, buffer, 600, &connection), MEI_OK);
    memset(buffer + 600, 0x5a, sizeof(buffer) - 600);
    ck_assert_int_eq(mei_arm(connection), MEI_OK);
    settle();
    fake_data(&fake, FAKE_PLAIN, 1, data, 500, false);
    settle();
    fake_data(&fake, FAKE_PLAIN, 1, data, 101, false);
    fake_data(&fake, FAKE_PLAIN, 1, data, 1, true);
    ck_assert_int_eq(mei_read(connection, read_data, sizeof(read_data), &received, MEI_NS_PER_MS),
                     MEI_ERR_OVERFLOW);
    ck_assert_uint_eq(received, 0);
    ck_assert_uint_eq(buffer[600], 0x5a);
    ck_assert_int_eq(mei_arm(connection), MEI_OK);
    settle();
    fake_data(&fake, FAKE_PLAIN, 1, data, 20, true);
    ck_assert_int_eq(mei_read(connection, read_data, sizeof(read_data), &received, MEI_NS_PER_MS),
                     MEI_OK);
    ck_assert_uint_eq(received, 20);
}
END_TEST

START_TEST(a_packet_may_come_in_two_interrupts)
{
    MeiConnection *connection;

    fake_start(&fake, &mei);
    connection = connect_to(&fake_plain_guid, buffer);
    ck_assert_int_eq(mei_arm(connection), MEI_OK);
    settle();
    fake_push(&fake, mei_hdr(FAKE_PLAIN, 1, 8, true));
    fake_push(&fake, 0x04030201);
    fake_interrupt(&fake);
    ck_assert_int_eq(mei_read(connection, read_data, 8, &received, MEI_NS_PER_MS), MEI_ERR_TIMEOUT);
    fake_push(&fake, 0x08070605);
    fake_interrupt(&fake);
    ck_assert_int_eq(mei_read(connection, read_data, 8, &received, MEI_NS_PER_MS), MEI_OK);
    ck_assert_mem_eq(read_data, "\1\2\3\4\5\6\7\10", 8);
}
END_TEST

START_TEST(half_a_packet_does_not_survive_a_reset)
{
    fake_start(&fake, &mei);
    fake_push(&fake, mei_hdr(FAKE_PLAIN, 1, 8, true));
    fake_interrupt(&fake);
    ck_assert_int_eq(mei_poll(&mei, 0), MEI_OK);
    ck_assert_int_eq(mei_reset(&mei), MEI_OK);
    ck_assert_uint_eq(fake.resets, 2);
}
END_TEST

START_TEST(data_that_nobody_asked_for_is_discarded)
{
    MeiConnection *connection;

    fake_start(&fake, &mei);
    connection = connect_to(&fake_plain_guid, buffer);
    fake_data(&fake, FAKE_PLAIN, 1, data, 10, true);
    fake_data(&fake, FAKE_FIXED, 0, data, 10, true); /* a fixed client that is not open */
    settle();
    ck_assert_uint_eq(mei.stats.discarded, 2);
    ck_assert_int_eq(mei_read(connection, read_data, 10, &received, 0), MEI_ERR_TIMEOUT);
    ck_assert_uint_eq(fake.resets, 1);
}
END_TEST

START_TEST(data_for_a_dead_connection_resets)
{
    MeiConnection *connection;

    fake_start(&fake, &mei);
    connection = connect_to(&fake_plain_guid, buffer);
    ck_assert_int_eq(mei_disconnect(connection), MEI_OK);
    fake_data(&fake, FAKE_PLAIN, 1, data, 10, true);
    ck_assert_int_eq(mei_poll(&mei, 0), MEI_ERR_PROTOCOL);
    ck_assert_uint_eq(fake.resets, 2);
}
END_TEST

START_TEST(data_of_another_client_is_for_nobody)
{
    fake_start(&fake, &mei);
    connect_to(&fake_plain_guid, buffer);
    fake_data(&fake, FAKE_SINGLE, 1, data, 10, true);
    ck_assert_int_eq(mei_poll(&mei, 0), MEI_ERR_PROTOCOL);
}
END_TEST

START_TEST(a_fixed_client_may_speak_any_time)
{
    MeiConnection *connection;

    fake_start(&fake, &mei);
    connection = connect_to(&fake_fixed_guid, buffer);
    fake_data(&fake, FAKE_FIXED, 0, data, 10, true);
    fake_data(&fake, FAKE_FIXED, 0, data, 11, true); /* with one unread, this one is lost */
    settle();
    ck_assert_int_eq(mei_read(connection, read_data, 20, &received, 0), MEI_OK);
    ck_assert_uint_eq(received, 10);
    ck_assert_uint_eq(mei.stats.discarded, 1);
    ck_assert_uint_eq(fake.packet_count, 0);
}
END_TEST

/* vtag 0 is ours, any other and any unknown extension is not: the read says so, the link stays. */
static const struct {
    uint8_t body[12];
    size_t size;
    MeiError error;
} extensions[] = {
    {{0, 0, 0, 0, 0xaa}, 5, MEI_OK},
    {{1, 1, 0, 0, 1, 1, 0, 0, 0xaa}, 9, MEI_OK},
    {{1, 1, 0, 0, 1, 1, 5, 0, 0xaa}, 9, MEI_ERR_PROTOCOL},
    {{1, 1, 0, 0, 2, 1, 0, 0, 0xaa}, 9, MEI_ERR_PROTOCOL},
    {{1, 1, 0, 0, 77, 1, 0, 0, 0xaa}, 9, MEI_ERR_PROTOCOL},
};

START_TEST(extensions_are_stripped_or_refused)
{
    MeiConnection *connection;

    fake_start(&fake, &mei);
    connection = connect_to(&fake_plain_guid, buffer);
    ck_assert_int_eq(mei_arm(connection), MEI_OK);
    settle();
    fake_send(&fake, mei_hdr(FAKE_PLAIN, 1, (uint16_t)extensions[_i].size, true) | 0x10000000,
              extensions[_i].body, extensions[_i].size);
    ck_assert_int_eq(mei_read(connection, read_data, 20, &received, MEI_NS_PER_MS),
                     extensions[_i].error);
    if (extensions[_i].error == MEI_OK) {
        ck_assert_uint_eq(received, 1);
        ck_assert_uint_eq(read_data[0], 0xaa);
    }
    ck_assert_uint_eq(fake.resets, 1);
}
END_TEST

/* A list that does not parse: nothing after it can be trusted. */
static const uint8_t broken_lists[][9] = {
    {1, 1, 0, 0, 1, 0, 0, 0, 0xaa}, /* a TLV of no length */
    {1, 1, 0, 0, 1, 2, 0, 0, 0xaa}, /* longer than the list */
    {2, 1, 0, 0, 1, 1, 0, 0, 0xaa}, /* one more than there is */
    {1, 2, 0, 0, 1, 1, 0, 0, 0xaa}, /* a list longer than the packet */
};

START_TEST(extensions_that_do_not_parse_reset)
{
    MeiConnection *connection;

    fake_start(&fake, &mei);
    connection = connect_to(&fake_plain_guid, buffer);
    ck_assert_int_eq(mei_arm(connection), MEI_OK);
    settle();
    fake_send(&fake, mei_hdr(FAKE_PLAIN, 1, sizeof(broken_lists[0]), true) | 0x10000000,
              broken_lists[_i], sizeof(broken_lists[0]));
    ck_assert_int_eq(mei_read(connection, read_data, 20, &received, MEI_NS_PER_MS),
                     MEI_ERR_PROTOCOL);
    ck_assert_uint_eq(fake.resets, 2);
}
END_TEST

START_TEST(what_is_read_is_told_to_the_firmware)
{
    unsigned int rings;

    fake_start(&fake, &mei);
    connect_to(&fake_fixed_guid, buffer);
    rings = fake.rings;
    fake_data(&fake, FAKE_FIXED, 0, data, 10, true);
    fake_data(&fake, FAKE_FIXED, 0, data, 10, true);
    ck_assert_int_eq(mei_poll(&mei, 0), MEI_OK);
    ck_assert_uint_eq(fake.rings, rings + 2); /* it may be waiting for the room */
}
END_TEST

START_TEST(a_call_leaves_d0i3_by_itself)
{
    MeiConnection *connection;

    fake.hfs1 |= 0x80000000;
    fake.slow_d0i3 = true;
    fake_start(&fake, &mei);
    connection = connect_to(&fake_plain_guid, buffer);
    ck_assert_int_eq(mei_power_gate(&mei), MEI_OK);
    ck_assert_int_eq(mei_write(connection, data, 4, MEI_NS_PER_S), MEI_OK);
    settle();
    ck_assert_uint_eq(fake.d0i3c & 4, 0);
    ck_assert_uint_eq(fake.packets[fake.packet_count - 1].header, 0x80040120);
    ck_assert_int_eq(mei_power_gate(&mei), MEI_OK);
    ck_assert_int_eq(mei_disconnect(connection), MEI_OK);
    ck_assert_uint_eq(fake.resets, 1);
}
END_TEST

/* ---- notifications ---- */

static uint8_t notify_status, notify_start;

static bool answer_notify(Fake *f, const FakePacket *packet)
{
    uint8_t m[8] = {0x90, packet->data[1], packet->data[2], notify_status, notify_start};

    if ((packet->header & 0xffff) != 0 || packet->data[0] != 0x10) {
        return false;
    }
    fake_hbm(f, m, sizeof(m));
    return true;
}

static const struct {
    bool start;
    uint8_t status, echoed;
    MeiError error;
} notifies[] = {
    {true, 0, 1, MEI_OK},          {true, 6, 1, MEI_OK},           {true, 7, 1, MEI_ERR_INVALID},
    {true, 4, 1, MEI_ERR_INVALID}, {true, 0, 0, MEI_ERR_INVALID},  {false, 0, 0, MEI_OK},
    {false, 7, 0, MEI_OK},         {false, 6, 0, MEI_ERR_INVALID},
};

START_TEST(notifications_are_asked_for)
{
    MeiConnection *connection;

    fake_start(&fake, &mei);
    connection = connect_to(&fake_plain_guid, buffer);
    fake.hook = answer_notify;
    notify_status = notifies[_i].status;
    notify_start = notifies[_i].echoed;
    ck_assert_int_eq(mei_notify(connection, notifies[_i].start), notifies[_i].error);
    ck_assert_uint_eq(fake.packets[0].data[3], notifies[_i].start);
}
END_TEST

START_TEST(a_notification_is_seen)
{
    static const uint8_t m[4] = {0x11, FAKE_PLAIN, 1};
    MeiConnection *connection;

    fake_start(&fake, &mei);
    connection = connect_to(&fake_plain_guid, buffer);
    fake_hbm(&fake, m, sizeof(m));
    settle();
    ck_assert(!connection->notified); /* nobody asked */
    ck_assert_uint_eq(mei.stats.unmatched, 1);
    fake.hook = answer_notify;
    notify_status = HBM_STATUS_SUCCESS;
    notify_start = 1;
    ck_assert_int_eq(mei_notify(connection, true), MEI_OK);
    fake_hbm(&fake, m, sizeof(m));
    settle();
    ck_assert(connection->notified);
    notify_start = 0;
    ck_assert_int_eq(mei_notify(connection, false), MEI_OK);
    ck_assert(!connection->notified);
}
END_TEST

START_TEST(notifications_need_hbm_2)
{
    MeiConnection *connection;

    memcpy(fake.version, "\0\1\1", 3);
    fake_start(&fake, &mei);
    connection = connect_to(&fake_plain_guid, buffer);
    ck_assert_int_eq(mei_notify(connection, true), MEI_ERR_UNSUPPORTED);
    ck_assert_uint_eq(fake.packet_count, 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("host-driver-receive");
    TCase *tcase = fixture_case(s, "receiving");

    tcase_add_test(tcase, a_read_gives_one_credit);
    tcase_add_test(tcase, fragments_are_put_together);
    tcase_add_test(tcase, connections_interleave);
    tcase_add_test(tcase, a_message_may_be_empty);
    tcase_add_test(tcase, a_message_too_long_for_the_caller_waits);
    tcase_add_test(tcase, a_message_too_long_for_the_connection_is_lost_and_no_more);
    tcase_add_test(tcase, a_packet_may_come_in_two_interrupts);
    tcase_add_test(tcase, half_a_packet_does_not_survive_a_reset);
    tcase_add_test(tcase, data_that_nobody_asked_for_is_discarded);
    tcase_add_test(tcase, data_for_a_dead_connection_resets);
    tcase_add_test(tcase, data_of_another_client_is_for_nobody);
    tcase_add_test(tcase, a_fixed_client_may_speak_any_time);
    tcase_add_loop_test(tcase, extensions_are_stripped_or_refused, 0, UNIT_COUNT(extensions));
    tcase_add_loop_test(tcase, extensions_that_do_not_parse_reset, 0, UNIT_COUNT(broken_lists));
    tcase_add_test(tcase, what_is_read_is_told_to_the_firmware);
    tcase_add_test(tcase, a_call_leaves_d0i3_by_itself);

    tcase = fixture_case(s, "notifications");
    tcase_add_loop_test(tcase, notifications_are_asked_for, 0, UNIT_COUNT(notifies));
    tcase_add_test(tcase, a_notification_is_seen);
    tcase_add_test(tcase, notifications_need_hbm_2);
    return s;
}

int main(void)
{
    return unit_run(suite());
}
