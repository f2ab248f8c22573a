/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host driver's connections: connect, disconnect, flow control, fragments. */
#include <string.h>

#include <swme/hbm.h>

#include "tests/unit/host-driver-fixture.h"

/* ---- connect, disconnect ---- */

START_TEST(connect_names_the_pair)
{
    MeiConnection *first;
    MeiConnection *second;
    const FakePacket *packet;

    fake_start(&fake, &mei);
    ck_assert_int_eq(mei_connect(&mei, &fake_plain_guid, buffer, sizeof(buffer), &first), MEI_OK);
    ck_assert_int_eq(mei_connect(&mei, &fake_plain_guid, buffer2, sizeof(buffer2), &second),
                     MEI_OK);
    packet = fake_find_hbm(&fake, 0x06, 0);
    ck_assert_uint_eq(packet->header, 0x80040000);
    ck_assert_mem_eq(packet->data, "\x06\x20\x01\x00", 4);
    ck_assert_mem_eq(fake_find_hbm(&fake, 0x06, 1)->data, "\x06\x20\x02\x00", 4);
    ck_assert_int_eq(mei_disconnect(first), MEI_OK);
    ck_assert_mem_eq(fake_find_hbm(&fake, 0x07, 0)->data, "\x07\x20\x01\x00", 4);
    /* The lowest address is free again. */
    ck_assert_int_eq(mei_connect(&mei, &fake_plain_guid, buffer, sizeof(buffer), &first), MEI_OK);
    ck_assert_uint_eq(first->host_addr, 1);
}
END_TEST

typedef struct StatusRow {
    uint8_t status;
    MeiError error;
} StatusRow;

static const StatusRow statuses[] = {
    {0, MEI_OK},          {1, MEI_ERR_NO_CLIENT}, {2, MEI_ERR_BUSY},
    {3, MEI_ERR_BUSY},    {4, MEI_ERR_INVALID},   {5, MEI_ERR_REFUSED},
    {6, MEI_ERR_INVALID}, {7, MEI_ERR_INVALID},   {255, MEI_ERR_INVALID}};

START_TEST(connect_statuses_are_errors)
{
    MeiConnection *connection;

    fake_start(&fake, &mei);
    fake.connect_status = statuses[_i].status;
    ck_assert_int_eq(mei_connect(&mei, &fake_plain_guid, buffer, sizeof(buffer), &connection),
                     statuses[_i].error);
    ck_assert_int_eq(connection != NULL, statuses[_i].error == MEI_OK);
    /* "Not found" takes the client off the list; nothing else does. */
    ck_assert_int_eq(mei_find_client(&mei, &fake_plain_guid) == NULL,
                     statuses[_i].error == MEI_ERR_NO_CLIENT);
    ck_assert_uint_eq(fake.resets, 1);
}
END_TEST

START_TEST(an_unknown_guid_asks_nothing_of_the_firmware)
{
    static const SwmeGuid unknown = {{9}};
    MeiConnection *connection;

    fake_start(&fake, &mei);
    ck_assert_int_eq(mei_connect(&mei, &unknown, buffer, sizeof(buffer), &connection),
                     MEI_ERR_NO_CLIENT);
    ck_assert_uint_eq(fake.packet_count, 0);
}
END_TEST

START_TEST(a_fixed_client_has_one_user_and_no_messages)
{
    MeiConnection *first;
    MeiConnection *second;

    fake_start(&fake, &mei);
    first = connect_to(&fake_fixed_guid, buffer);
    ck_assert_int_eq(mei_connect(&mei, &fake_fixed_guid, buffer2, sizeof(buffer2), &second),
                     MEI_ERR_BUSY);
    ck_assert_int_eq(mei_write(first, data, 4, MEI_NS_PER_S), MEI_OK);
    settle();
    ck_assert_uint_eq(fake.packet_count, 1);
    ck_assert_uint_eq(fake.packets[0].header, 0x80040007);
    ck_assert_int_eq(mei_disconnect(first), MEI_OK);
    second = connect_to(&fake_fixed_guid, buffer2);
    ck_assert_uint_eq(fake.packet_count, 0);
}
END_TEST

static uint8_t ignored;

static bool ignore(Fake *f, const FakePacket *packet)
{
    (void)f;
    return (packet->header & 0xffff) == 0 && packet->data[0] == ignored;
}

START_TEST(an_unanswered_connect_is_taken_back)
{
    MeiConnection *connection;
    int64_t before;

    fake_start(&fake, &mei);
    ignored = 0x06;
    fake.hook = ignore;
    before = fake.now;
    ck_assert_int_eq(mei_connect(&mei, &fake_plain_guid, buffer, sizeof(buffer), &connection),
                     MEI_ERR_TIMEOUT);
    ck_assert_int_ge(fake.now - before, 6 * MEI_NS_PER_S);
    ck_assert_int_lt(fake.now - before, 7 * MEI_NS_PER_S);
    ck_assert_mem_eq(fake_find_hbm(&fake, 0x07, 0)->data, "\x07\x20\x01\x00", 4);
    ck_assert_uint_eq(fake.resets, 1);
    fake.hook = NULL;
    connect_to(&fake_plain_guid, buffer);
}
END_TEST

START_TEST(before_hbm_2_an_unanswered_connect_resets)
{
    MeiConnection *connection;

    memcpy(fake.version, "\0\1\1", 3);
    fake_start(&fake, &mei);
    ignored = 0x06;
    fake.hook = ignore;
    ck_assert_int_eq(mei_connect(&mei, &fake_plain_guid, buffer, sizeof(buffer), &connection),
                     MEI_ERR_TIMEOUT);
    ck_assert_ptr_null(fake_find_hbm(&fake, 0x07, 0));
    ck_assert_uint_eq(fake.resets, 2);
    ck_assert_int_eq(mei.state, MEI_DEVICE_ENABLED);
}
END_TEST

START_TEST(an_unanswered_disconnect_resets)
{
    MeiConnection *connection;

    fake_start(&fake, &mei);
    connection = connect_to(&fake_plain_guid, buffer);
    ignored = 0x07;
    fake.hook = ignore;
    ck_assert_int_eq(mei_disconnect(connection), MEI_ERR_TIMEOUT);
    ck_assert_uint_eq(fake.resets, 2);
    ck_assert_int_eq(mei.state, MEI_DEVICE_ENABLED);
    ck_assert_int_eq(connection->state, MEI_CONNECTION_FREE);
}
END_TEST

START_TEST(the_firmware_may_end_a_connection)
{
    static const uint8_t end[4] = {0x07, FAKE_PLAIN, 1};
    MeiConnection *connection;

    fake_start(&fake, &mei);
    connection = connect_to(&fake_plain_guid, buffer);
    fake_hbm(&fake, end, sizeof(end));
    settle();
    ck_assert_mem_eq(fake_find_hbm(&fake, 0x87, 0)->data, "\x87\x20\x01\x00", 4);
    ck_assert_int_eq(connection->state, MEI_CONNECTION_LOST);
    ck_assert_int_eq(mei_write(connection, data, 1, 0), MEI_ERR_NOT_CONNECTED);
    ck_assert_int_eq(mei_read(connection, read_data, 1, &received, 0), MEI_ERR_NOT_CONNECTED);
    /* A second time it is to nobody, and not answered. */
    fake_forget(&fake);
    fake_hbm(&fake, end, sizeof(end));
    settle();
    ck_assert_uint_eq(fake.packet_count, 0);
    ck_assert_int_eq(mei_disconnect(connection), MEI_OK);
    ck_assert_uint_eq(fake.packet_count, 0);
}
END_TEST

START_TEST(host_addresses_run_out)
{
    MeiConnection *connection;

    fake_start(&fake, &mei);
    for (unsigned int i = 0; i < 255; i++) {
        connect_to(&fake_plain_guid, buffer);
    }
    ck_assert_int_eq(mei_connect(&mei, &fake_plain_guid, buffer, sizeof(buffer), &connection),
                     MEI_ERR_NO_ADDRESS);
    ck_assert_int_eq(mei_disconnect(&mei.connections[254]), MEI_OK);
    connection = connect_to(&fake_plain_guid, buffer);
    ck_assert_uint_eq(connection->host_addr, 255);
}
END_TEST

START_TEST(answers_to_no_question_are_ignored)
{
    static const uint8_t connect[4] = {0x86, FAKE_PLAIN, 1, 1};
    static const uint8_t disconnect[4] = {0x87, FAKE_PLAIN, 1, 0};
    static const uint8_t notify[8] = {0x90, FAKE_PLAIN, 1, 0, 1};
    static const uint8_t notification[4] = {0x11, FAKE_PLAIN, 9};
    MeiConnection *connection;

    fake_start(&fake, &mei);
    connection = connect_to(&fake_plain_guid, buffer);
    connection->answered = true;
    fake_hbm(&fake, connect, sizeof(connect));
    fake_hbm(&fake, disconnect, sizeof(disconnect));
    fake_hbm(&fake, notify, sizeof(notify));
    fake_hbm(&fake, notification, sizeof(notification));
    settle();
    ck_assert_uint_eq(mei.stats.unmatched, 4);
    ck_assert_int_eq(connection->state, MEI_CONNECTION_CONNECTED);
    ck_assert_uint_eq(fake.resets, 1);
}
END_TEST

START_TEST(a_link_reset_loses_connections)
{
    MeiConnection *connection;

    fake_start(&fake, &mei);
    connection = connect_to(&fake_plain_guid, buffer);
    ck_assert_int_eq(mei_reset(&mei), MEI_OK);
    ck_assert_int_eq(connection->state, MEI_CONNECTION_LOST);
    ck_assert_int_eq(mei_write(connection, data, 1, 0), MEI_ERR_NOT_CONNECTED);
    fake_forget(&fake);
    ck_assert_int_eq(mei_disconnect(connection), MEI_OK);
    ck_assert_uint_eq(fake.packet_count, 0);
}
END_TEST

START_TEST(clients_may_be_added)
{
    uint8_t add[28] = {0x0f, 50, 0, 0, 8, 8, 8};
    static const SwmeGuid guid = {{8, 8, 8}};

    add[24] = 100;
    fake_start(&fake, &mei);
    fake_hbm(&fake, add, sizeof(add));
    settle();
    ck_assert_mem_eq(fake_find_hbm(&fake, 0x8f, 0)->data, "\x8f\x32\x00\x00", 4);
    ck_assert_uint_eq(mei_find_client(&mei, &guid)->address, 50);
    ck_assert_uint_eq(mei_find_client(&mei, &guid)->max_length, 100);
    ck_assert_uint_eq(mei.client_count, 4);
    /* The same GUID elsewhere replaces it, and so does another GUID there. */
    add[1] = 51;
    fake_hbm(&fake, add, sizeof(add));
    settle();
    ck_assert_uint_eq(mei.client_count, 4);
    ck_assert_uint_eq(mei_find_client(&mei, &guid)->address, 51);
    add[4] = 9;
    fake_hbm(&fake, add, sizeof(add));
    settle();
    ck_assert_uint_eq(mei.client_count, 4);
    ck_assert_ptr_null(mei_find_client(&mei, &guid));
}
END_TEST

/* ---- sending ---- */

static size_t data_packets(void)
{
    size_t n = 0;

    for (size_t i = 0; i < fake.packet_count; i++) {
        n += (fake.packets[i].header & 0xff) != 0;
    }
    return n;
}

START_TEST(nothing_is_sent_without_credit)
{
    static const uint8_t credit[8] = {0x08, FAKE_PLAIN, 1};
    static const uint8_t other[8] = {0x08, FAKE_PLAIN, 2};
    MeiConnection *connection;

    fake.credits = 0;
    fake_start(&fake, &mei);
    connection = connect_to(&fake_plain_guid, buffer);
    ck_assert_int_eq(mei_write(connection, data, 10, MEI_NS_PER_S), MEI_ERR_TIMEOUT);
    fake_hbm(&fake, other, sizeof(other));
    ck_assert_int_eq(mei_write(connection, data, 10, MEI_NS_PER_S), MEI_ERR_TIMEOUT);
    ck_assert_uint_eq(data_packets(), 0);
    ck_assert_uint_eq(fake.resets, 1); /* nothing went out: nothing is broken */
    fake_hbm(&fake, credit, sizeof(credit));
    ck_assert_int_eq(mei_write(connection, data, 10, MEI_NS_PER_S), MEI_OK);
    settle();
    ck_assert_uint_eq(data_packets(), 1);
    ck_assert_uint_eq(fake.packets[0].header, 0x800a0120);
    ck_assert_mem_eq(fake.packets[0].data, data, 10);
    ck_assert_mem_eq(fake.packets[0].data + 10, "\0\0", 2); /* no stale bytes as padding */
    ck_assert_int_eq(mei_write(connection, data, 10, MEI_NS_PER_S), MEI_ERR_TIMEOUT);
}
END_TEST

START_TEST(a_single_receive_buffer_is_shared)
{
    static const uint8_t own[8] = {0x08, FAKE_SINGLE, 1};
    static const uint8_t shared[8] = {0x08, FAKE_SINGLE, 0};
    MeiConnection *first;
    MeiConnection *second;

    fake.credits = 0;
    fake_start(&fake, &mei);
    first = connect_to(&fake_single_guid, buffer);
    second = connect_to(&fake_single_guid, buffer2);
    fake_hbm(&fake, own, sizeof(own));
    ck_assert_int_eq(mei_write(first, data, 4, MEI_NS_PER_S), MEI_ERR_TIMEOUT);
    fake_hbm(&fake, shared, sizeof(shared));
    ck_assert_int_eq(mei_write(second, data, 4, MEI_NS_PER_S), MEI_OK);
    ck_assert_int_eq(mei_write(first, data, 4, MEI_NS_PER_S), MEI_ERR_TIMEOUT);
    /* With the last connection the counter goes. */
    fake_hbm(&fake, shared, sizeof(shared));
    settle();
    ck_assert_uint_eq(mei_find_client(&mei, &fake_single_guid)->credits, 1);
    ck_assert_int_eq(mei_disconnect(first), MEI_OK);
    ck_assert_uint_eq(mei_find_client(&mei, &fake_single_guid)->credits, 1);
    ck_assert_int_eq(mei_disconnect(second), MEI_OK);
    ck_assert_uint_eq(mei_find_client(&mei, &fake_single_guid)->credits, 0);
}
END_TEST

START_TEST(shared_credit_is_for_single_receive_buffers_only)
{
    static const uint8_t shared[8] = {0x08, FAKE_PLAIN, 0};
    MeiConnection *connection;

    fake.credits = 0;
    fake_start(&fake, &mei);
    connection = connect_to(&fake_plain_guid, buffer);
    fake_hbm(&fake, shared, sizeof(shared));
    settle();
    ck_assert_uint_eq(mei.stats.unmatched, 1);
    ck_assert_uint_eq(mei_find_client(&mei, &fake_plain_guid)->credits, 0);
    ck_assert_int_eq(mei_write(connection, data, 4, 0), MEI_ERR_TIMEOUT);
}
END_TEST

START_TEST(more_slots_than_h_cb_has_break_the_link)
{
    MeiConnection *connection;

    fake_start(&fake, &mei);
    connection = connect_to(&fake_plain_guid, buffer);
    fake.h_wp = (uint8_t)(fake.h_rp + 129);
    ck_assert_int_eq(mei_write(connection, data, 4, 0), MEI_ERR_HARDWARE);
    ck_assert_uint_eq(fake.resets, 2);
}
END_TEST

START_TEST(credits_do_not_wrap)
{
    static const uint8_t credit[8] = {0x08, FAKE_PLAIN, 1};
    MeiConnection *connection;

    fake_start(&fake, &mei);
    connection = connect_to(&fake_plain_guid, buffer);
    for (unsigned int i = 0; i < 300; i++) {
        fake_hbm(&fake, credit, sizeof(credit));
        settle();
    }
    ck_assert_uint_eq(connection->credits, 255);
}
END_TEST

/* Size, depth of H_CB, and the packets it must make. */
typedef struct FragmentRow {
    size_t size;
    uint8_t depth;
    size_t count;
    unsigned int lengths[12];
} FragmentRow;

static const FragmentRow fragments[] = {
    {1, 128, 1, {1}},
    {508, 128, 1, {508}},
    {509, 128, 2, {508, 1}},
    {512, 128, 2, {508, 4}},
    {1016, 128, 2, {508, 508}},
    {1017, 128, 3, {508, 508, 1}},
    {5000, 128, 10, {508, 508, 508, 508, 508, 508, 508, 508, 508, 428}},
    {60, 16, 1, {60}},
    {61, 16, 2, {60, 1}},
    {13, 4, 2, {12, 1}},
};

START_TEST(long_messages_are_split_into_an_empty_buffer)
{
    const FragmentRow *row = &fragments[_i];
    MeiConnection *connection;
    size_t at = 0;
    size_t n = 0;

    fake.h_depth = row->depth;
    fake_start(&fake, &mei);
    connection = connect_to(&fake_plain_guid, buffer);
    ck_assert_int_eq(mei_write(connection, data, row->size, MEI_NS_PER_S), MEI_OK);
    settle();
    ck_assert_uint_eq(data_packets(), row->count);
    for (size_t i = 0; i < fake.packet_count; i++) {
        const FakePacket *packet = &fake.packets[i];

        ck_assert_uint_eq(packet->header >> 16 & 0x1ff, row->lengths[n]);
        ck_assert_uint_eq(packet->header >> 31, n + 1 == row->count);
        ck_assert_mem_eq(packet->data, data + at, row->lengths[n]);
        at += row->lengths[n++];
    }
    ck_assert_uint_eq(at, row->size);
    ck_assert_uint_eq(connection->credits, 0); /* one for the message, not one for each packet */
}
END_TEST

START_TEST(sizes_are_checked)
{
    MeiConnection *connection;

    fake_start(&fake, &mei);
    connection = connect_to(&fake_plain_guid, buffer);
    ck_assert_int_eq(mei_write(connection, data, 0, 0), MEI_ERR_INVALID);
    ck_assert_int_eq(mei_write(connection, data, 5001, 0), MEI_ERR_TOO_LONG);
    ck_assert_uint_eq(fake.packet_count, 0);
    ck_assert_int_eq(mei_write(connection, data, 5000, MEI_NS_PER_S), MEI_OK);
}
END_TEST

START_TEST(a_firmware_that_stops_draining_in_mid_message_is_reset)
{
    MeiConnection *connection;

    fake_start(&fake, &mei);
    connection = connect_to(&fake_plain_guid, buffer);
    fake.mute = true;
    ck_assert_int_eq(mei_write(connection, data, 600, MEI_NS_PER_S), MEI_ERR_TIMEOUT);
    ck_assert_uint_ge(fake.resets, 2);
    ck_assert_int_eq(connection->state, MEI_CONNECTION_LOST);
}
END_TEST

START_TEST(a_firmware_that_stops_draining_before_it_is_not)
{
    MeiConnection *connection;

    fake.credits = 2;
    fake_start(&fake, &mei);
    connection = connect_to(&fake_plain_guid, buffer);
    fake.mute = true;
    ck_assert_int_eq(mei_write(connection, data, 500, MEI_NS_PER_S), MEI_OK);
    ck_assert_int_eq(mei_write(connection, data, 500, MEI_NS_PER_S), MEI_ERR_TIMEOUT);
    ck_assert_uint_eq(fake.resets, 1);
    ck_assert_uint_eq(connection->credits, 1);
    fake.mute = false;
    ck_assert_int_eq(mei_write(connection, data, 500, MEI_NS_PER_S), MEI_OK);
    settle();
    ck_assert_uint_eq(data_packets(), 2);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("host-driver-connection");
    TCase *tcase = fixture_case(s, "connect");

    tcase_add_test(tcase, connect_names_the_pair);
    tcase_add_loop_test(tcase, connect_statuses_are_errors, 0, UNIT_COUNT(statuses));
    tcase_add_test(tcase, an_unknown_guid_asks_nothing_of_the_firmware);
    tcase_add_test(tcase, a_fixed_client_has_one_user_and_no_messages);
    tcase_add_test(tcase, an_unanswered_connect_is_taken_back);
    tcase_add_test(tcase, before_hbm_2_an_unanswered_connect_resets);
    tcase_add_test(tcase, an_unanswered_disconnect_resets);
    tcase_add_test(tcase, the_firmware_may_end_a_connection);
    tcase_add_test(tcase, host_addresses_run_out);
    tcase_add_test(tcase, answers_to_no_question_are_ignored);
    tcase_add_test(tcase, a_link_reset_loses_connections);
    tcase_add_test(tcase, clients_may_be_added);

    tcase = fixture_case(s, "sending");
    tcase_add_test(tcase, nothing_is_sent_without_credit);
    tcase_add_test(tcase, a_single_receive_buffer_is_shared);
    tcase_add_test(tcase, shared_credit_is_for_single_receive_buffers_only);
    tcase_add_test(tcase, more_slots_than_h_cb_has_break_the_link);
    tcase_add_test(tcase, credits_do_not_wrap);
    tcase_add_loop_test(tcase, long_messages_are_split_into_an_empty_buffer, 0,
                        UNIT_COUNT(fragments));
    tcase_add_test(tcase, sizes_are_checked);
    tcase_add_test(tcase, a_firmware_that_stops_draining_in_mid_message_is_reset);
    tcase_add_test(tcase, a_firmware_that_stops_draining_before_it_is_not);
    return s;
}

int main(void)
{
    return unit_run(suite());
}
