/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host driver where a firmware or a caller does what hardly anyone does. */
#include <string.h>

#include <swme/hbm.h>
#include <swme/mei-header.h>

#include "host-driver/queue.h"
#include "tests/unit/host-driver-fixture.h"

static const uint8_t end_1[HBM_CONNECTION_SIZE] = {HBM_DISCONNECT, FAKE_PLAIN, 1};

/* H_CB is full, and stays so. */
static void fill(unsigned int slots)
{
    fake.mute = true;
    fake.h_wp = (uint8_t)(fake.h_wp + slots);
}

static void empty(void)
{
    fake.h_rp = fake.h_wp;
    fake.attention = false;
    fake.mute = false;
}

/* ---- registers ---- */

static unsigned int way;

static void break_reset(Fake *f, char kind, uint32_t offset, uint32_t value)
{
    if (kind == 'W' && offset == 0x004 && (value & 0x10)) {
        switch (way) {
        case 0:
            f->h_bits &= ~0x10u;
            break;
        case 1:
            f->h_bits |= 0x08;
            break;
        default:
            f->gone = true;
            break;
        }
    }
}

START_TEST(a_reset_that_is_not_seen_is_counted)
{
    static const struct {
        MeiError error;
        unsigned int ignored;
    } rows[] = {{MEI_OK, 1}, {MEI_ERR_NOT_READY, 3}, {MEI_ERR_GONE, 0}};

    way = (unsigned int)_i;
    fake.on_access = break_reset;
    ck_assert_int_eq(mei_start(&mei), rows[_i].error);
    ck_assert_uint_eq(mei.stats.reset_ignored, rows[_i].ignored);
}
END_TEST

static void break_write(Fake *f, char kind, uint32_t offset, uint32_t value)
{
    (void)value;
    if (kind == 'W' && offset == 0x000) {
        f->gone = way == 1;
        f->me_bits &= way == 0 ? ~0x08u : ~0u;
        f->on_access = NULL;
    }
}

START_TEST(a_firmware_that_drops_me_rdy_on_a_write_is_reset)
{
    MeiConnection *connection;

    fake_start(&fake, &mei);
    connection = connect_to(&fake_plain_guid, buffer);
    settle();
    way = _i % 2;
    fake.on_access = break_write;
    if (_i < 2) {
        ck_assert_int_eq(mei_write(connection, data, 8, MEI_NS_PER_S), MEI_ERR_NOT_CONNECTED);
    } else {
        ck_assert_int_eq(mei_arm(connection), MEI_ERR_NOT_CONNECTED);
    }
    ck_assert_int_eq(connection->state, MEI_CONNECTION_LOST);
    ck_assert_int_eq(mei.state, way == 1 ? MEI_DEVICE_DISABLED : MEI_DEVICE_ENABLED);
}
END_TEST

START_TEST(there_are_six_status_words)
{
    ck_assert_uint_eq(mei_hw_status(&mei.hw, 0), 0x10000245);
    ck_assert_uint_eq(mei_hw_status(&mei.hw, 6), 0);
    ck_assert_uint_eq(fake.traced, 0);
}
END_TEST

/* ---- time ---- */

START_TEST(for_ever_is_a_time)
{
    fake.now = 5;
    fake_start(&fake, &mei);
    fake_interrupt(&fake);
    ck_assert_int_eq(mei_poll(&mei, INT64_MAX), MEI_OK);
}
END_TEST

static void time_passes(Fake *f, char kind, uint32_t offset, uint32_t value)
{
    (void)value;
    if (kind == 'R' && offset == 0x004) {
        f->now += MEI_NS_PER_MS;
    }
}

START_TEST(interrupts_without_end_do_not_outlast_the_time)
{
    MeiConnection *connection;
    int64_t before;

    fake_start(&fake, &mei);
    connection = connect_to(&fake_plain_guid, buffer);
    fake.storm = true;
    fake.on_access = time_passes;
    before = fake.now;
    ck_assert_int_eq(mei_read(connection, read_data, 4, &received, 50 * MEI_NS_PER_MS),
                     MEI_ERR_TIMEOUT);
    ck_assert_int_lt(fake.now - before, 100 * MEI_NS_PER_MS);
    ck_assert_int_eq(mei.state, MEI_DEVICE_ENABLED);
}
END_TEST

static void more_and_more(Fake *f, char kind, uint32_t offset, uint32_t value)
{
    (void)value;
    if (kind == 'R' && offset == 0x00c && f->me_wp == f->me_rp) {
        fake_push(f, mei_hdr(0, 0, HBM_FLOW_CONTROL_SIZE, true));
        fake_push(f, HBM_FLOW_CONTROL);
        fake_push(f, 0);
    }
}

START_TEST(packets_without_end_do_not_hold_the_caller)
{
    fake_start(&fake, &mei);
    fake.on_access = more_and_more;
    fake_interrupt(&fake);
    ck_assert_int_eq(mei_poll(&mei, 0), MEI_OK);
    ck_assert_uint_gt(mei.stats.unmatched, 10);
}
END_TEST

/* ---- host bus messages ---- */

START_TEST(no_room_for_an_answer_is_a_reset)
{
    fake_start(&fake, &mei);
    (void)connect_to(&fake_plain_guid, buffer);
    settle();
    fake.h_wp = (uint8_t)(fake.h_wp + (_i == 0 ? 128 : 129));
    fake_hbm(&fake, end_1, sizeof(end_1));
    ck_assert_int_eq(mei_poll(&mei, 0), _i == 0 ? MEI_ERR_PROTOCOL : MEI_ERR_HARDWARE);
    ck_assert_uint_eq(fake.resets, 2);
    ck_assert_int_eq(mei.state, MEI_DEVICE_ENABLED);
}
END_TEST

START_TEST(a_request_waits_for_room)
{
    MeiConnection *connection;

    fake_start(&fake, &mei);
    connection = connect_to(&fake_plain_guid, buffer);
    settle();
    fill(_i == 0 ? 128 : 129);
    ck_assert_int_eq(mei_read(connection, read_data, 4, &received, MEI_NS_PER_MS),
                     _i == 0 ? MEI_ERR_TIMEOUT : MEI_ERR_HARDWARE);
    ck_assert_int_eq(connection->state, _i == 0 ? MEI_CONNECTION_CONNECTED : MEI_CONNECTION_LOST);
    empty();
}
END_TEST

static bool start_twice(Fake *f, const FakePacket *packet)
{
    static const uint8_t start[4] = {0x81, 1, 2, 2};

    if (packet->header == mei_hdr(0, 0, 4, true) && packet->data[0] == HBM_START) {
        fake_hbm(f, start, sizeof(start));
        fake_hbm(f, start, sizeof(start));
        return true;
    }
    return false;
}

static bool stop_instead(Fake *f, const FakePacket *packet)
{
    static const uint8_t stop[HBM_STOP_SIZE] = {HBM_ME_STOP};

    if (packet->data[0] != HBM_START) {
        return false;
    }
    fake_hbm(f, stop, sizeof(stop));
    return true;
}

START_TEST(a_start_that_is_answered_twice_fails)
{
    fake.hook = start_twice;
    ck_assert_int_eq(mei_start(&mei), MEI_ERR_PROTOCOL);
    ck_assert_uint_eq(fake.resets, 3);
}
END_TEST

START_TEST(a_bus_that_stops_in_its_start_is_not_tried_again)
{
    fake.hook = stop_instead;
    ck_assert_int_ne(mei_start(&mei), MEI_OK);
    ck_assert_int_eq(mei.state, MEI_DEVICE_DISABLED);
    ck_assert_str_eq(mei.reason, "the firmware stopped the bus");
    ck_assert_uint_eq(fake.resets, 2); /* the start's, and the stop's */
}
END_TEST

START_TEST(messages_for_nobody_are_counted)
{
    static const uint8_t messages[][8] = {
        {HBM_FLOW_CONTROL, 99, 0},          {HBM_FLOW_CONTROL, 99, 1},
        {HBM_NOTIFY | HBM_RESPONSE, 99, 1}, {HBM_NOTIFICATION, FAKE_PLAIN, 1},
        {HBM_NOTIFICATION, 99, 1},          {HBM_DISCONNECT, 99, 1},
    };

    fake_start(&fake, &mei);
    (void)connect_to(&fake_plain_guid, buffer);
    settle();
    fake_hbm(&fake, messages[_i], 8);
    ck_assert_int_eq(mei_poll(&mei, 0), MEI_OK);
    ck_assert_uint_eq(mei.stats.unmatched, 1);
    ck_assert_uint_eq(fake.resets, 1);
}
END_TEST

START_TEST(the_bus_is_no_client)
{
    static const uint8_t add[HBM_ADD_CLIENT_REQ_SIZE] = {HBM_ADD_CLIENT};

    fake_start(&fake, &mei);
    fake_hbm(&fake, add, sizeof(add));
    ck_assert_int_eq(mei_poll(&mei, 0), MEI_ERR_PROTOCOL);
    ck_assert_uint_eq(fake.resets, 2);
}
END_TEST

static bool end_both_ways(Fake *f, const FakePacket *packet)
{
    if ((packet->header & 0xffff) == 0 && packet->data[0] == HBM_DISCONNECT) {
        fake_hbm(f, end_1, sizeof(end_1));
    }
    return false;
}

START_TEST(both_may_end_a_connection_at_once)
{
    MeiConnection *connection;

    fake_start(&fake, &mei);
    connection = connect_to(&fake_plain_guid, buffer);
    fake.hook = end_both_ways;
    ck_assert_int_eq(mei_disconnect(connection), MEI_OK);
    settle();
    ck_assert_ptr_nonnull(fake_find_hbm(&fake, HBM_DISCONNECT | HBM_RESPONSE, 0));
    ck_assert_uint_eq(fake.resets, 1);
}
END_TEST

/* ---- connections ---- */

START_TEST(bad_pointers_are_refused)
{
    MeiConnection *connection;

    fake_start(&fake, &mei);
    ck_assert_int_eq(mei_connect(&mei, &fake_plain_guid, NULL, 1, &connection),
                     MEI_ERR_BAD_POINTER);
    ck_assert_ptr_null(connection);
    ck_assert_int_eq(mei_connect(&mei, &fake_plain_guid, NULL, 0, &connection), MEI_OK);
    settle();
    ck_assert_int_eq(mei_write(connection, NULL, 1, 0), MEI_ERR_BAD_POINTER);
    ck_assert_int_eq(mei_read(connection, NULL, 1, &received, 0), MEI_ERR_BAD_POINTER);
    ck_assert_int_eq(mei_read(connection, NULL, 0, &received, 0), MEI_ERR_TIMEOUT);
    fake_data(&fake, FAKE_PLAIN, 1, NULL, 0, true);
    ck_assert_int_eq(mei_read(connection, NULL, 0, &received, MEI_NS_PER_MS), MEI_OK);
}
END_TEST

START_TEST(tags_are_for_clients_that_have_them)
{
    MeiConnection *connection;

    fake_start(&fake, &mei);
    ck_assert_int_eq(mei_connect_vtag(&mei, &fake_plain_guid, 0, buffer, 1, &connection),
                     MEI_ERR_INVALID);
    ck_assert_int_eq(mei_connect_vtag(&mei, &fake_plain_guid, 3, buffer, 1, &connection),
                     MEI_ERR_UNSUPPORTED);
    ck_assert_uint_eq(fake.packet_count, 0);
}
END_TEST

START_TEST(data_for_the_place_of_a_fixed_client_resets)
{
    fake_start(&fake, &mei);
    (void)connect_to(&fake_fixed_guid, buffer);
    fake_data(&fake, FAKE_FIXED, 1, data, 4, true);
    ck_assert_int_eq(mei_poll(&mei, 0), MEI_ERR_PROTOCOL);
    ck_assert_uint_eq(fake.resets, 2);
}
END_TEST

START_TEST(a_client_may_be_gone_while_it_is_used)
{
    MeiConnection *connection, *second;

    fake_start(&fake, &mei);
    connection = connect_to(&fake_single_guid, buffer);
    settle();
    ck_assert(mei_can_write(connection));
    fake.connect_status = HBM_STATUS_CLIENT_NOT_FOUND;
    ck_assert_int_eq(mei_connect(&mei, &fake_single_guid, buffer2, 100, &second),
                     MEI_ERR_NO_CLIENT);
    ck_assert(!mei_can_write(connection));
    ck_assert_int_eq(mei_write(connection, data, 4, MEI_NS_PER_MS), MEI_ERR_NO_CLIENT);
    ck_assert_int_eq(mei_disconnect(connection), MEI_OK);
}
END_TEST

static bool end_at_notify(Fake *f, const FakePacket *packet)
{
    if ((packet->header & 0xffff) == 0 && packet->data[0] == HBM_NOTIFY) {
        fake_hbm(f, end_1, sizeof(end_1));
        return true;
    }
    return false;
}

/* Whoever waits when the firmware ends the connection is told at once. */
START_TEST(a_wait_ends_with_the_connection)
{
    MeiConnection *connection;
    MeiError error;

    fake_start(&fake, &mei);
    fake.credits = _i == 0 ? 0 : 1;
    connection = connect_to(&fake_plain_guid, buffer);
    settle();
    if (_i == 2) {
        fill(100);
    }
    if (_i == 3) {
        fake.hook = end_at_notify;
    } else {
        fake_hbm(&fake, end_1, sizeof(end_1));
    }
    error = _i == 1   ? mei_read(connection, read_data, 4, &received, MEI_NS_PER_S)
            : _i == 3 ? mei_notify(connection, true)
                      : mei_write(connection, data, 400, MEI_NS_PER_S);
    ck_assert_int_eq(error, MEI_ERR_NOT_CONNECTED);
    ck_assert(!mei_can_write(connection));
    ck_assert_int_eq(mei_arm(connection), MEI_ERR_NOT_CONNECTED);
    empty();
    ck_assert_int_eq(mei_disconnect(connection), MEI_OK);
    ck_assert_uint_eq(fake.resets, 1);
}
END_TEST

START_TEST(extensions_may_be_repeated_or_nothing)
{
    static const struct {
        uint8_t list[12];
        size_t size;
        MeiError error;
    } rows[] = {
        {{1, 1, 0, 0, MEI_EXT_NONE, 1, 0, 0}, 8, MEI_OK},
        {{2, 2, 0, 0, MEI_EXT_VTAG, 1, 0, 0, MEI_EXT_VTAG, 1, 0, 0}, 12, MEI_ERR_PROTOCOL},
        {{1, 1, 0, 0, 77, 1, 0, 0}, 8, MEI_ERR_PROTOCOL},
    };
    MeiConnection *connection;

    fake_start(&fake, &mei);
    connection = connect_to(&fake_plain_guid, buffer);
    ck_assert_int_eq(mei_arm(connection), MEI_OK);
    ck_assert_int_eq(mei_arm(connection), MEI_OK); /* already */
    fake_send(&fake, mei_hdr(FAKE_PLAIN, 1, (uint16_t)rows[_i].size, true) | MEI_HDR_EXTENDED,
              rows[_i].list, rows[_i].size);
    settle();
    ck_assert(connection->received);
    ck_assert_int_eq(mei_arm(connection), MEI_OK); /* what waits must be read first */
    ck_assert_int_eq(mei_read(connection, read_data, 8, &received, 0), rows[_i].error);
}
END_TEST

/* ---- queues ---- */

static MeiQueue queue;
static MeiRequest requests[4];
static uint8_t answers[4][8];

static void begin_queue(size_t size)
{
    fake_start(&fake, &mei);
    fake.credits = 4;
    mei_queue_init(&queue, &mei, &fake_plain_guid, buffer, size);
    for (unsigned int i = 0; i < UNIT_COUNT(requests); i++) {
        requests[i] = (MeiRequest){.data = data, .size = 4, .answer = answers[i], .room = 8};
    }
}

START_TEST(any_request_that_waits_may_be_cancelled)
{
    begin_queue(100);
    for (unsigned int i = 0; i < 4; i++) {
        ck_assert_int_eq(mei_queue_submit(&queue, &requests[i], MEI_NS_PER_S * 60), MEI_OK);
    }
    mei_queue_run(&queue);
    mei_queue_cancel(&queue, &requests[2]);
    mei_queue_cancel(&queue, &requests[3]);
    ck_assert_ptr_eq(queue.last, &requests[1]);
    ck_assert_ptr_null(requests[1].next);
    ck_assert_int_eq(mei_queue_deadline(&queue), queue.stalled); /* before anyone's own time */
    mei_queue_cancel(&queue, &requests[3]);                      /* is over already */
    ck_assert_int_eq(requests[3].status, MEI_ERR_CANCELLED);
    mei_queue_close(&queue);
    ck_assert_int_eq(requests[1].status, MEI_ERR_CANCELLED);
}
END_TEST

START_TEST(an_answer_fits_or_is_an_error)
{
    static const struct {
        size_t queue_size, answer_size, received;
        MeiError error;
    } rows[] = {
        {100, 0, 0, MEI_OK},
        {100, 9, 9, MEI_ERR_OVERFLOW}, /* than the request has room for */
        {8, 9, 0, MEI_ERR_OVERFLOW},   /* than the queue has */
    };

    begin_queue(rows[_i].queue_size);
    ck_assert_int_eq(mei_queue_submit(&queue, &requests[0], MEI_NS_PER_S), MEI_OK);
    mei_queue_run(&queue);
    fake_data(&fake, FAKE_PLAIN, 1, data, rows[_i].answer_size, true);
    settle();
    mei_queue_run(&queue);
    ck_assert_int_eq(requests[0].status, rows[_i].error);
    ck_assert_uint_eq(requests[0].received, rows[_i].received);
    mei_queue_close(&queue);
}
END_TEST

static bool answer_data(Fake *f, const FakePacket *packet)
{
    if (MEI_HDR_ME_ADDR(packet->header) == FAKE_PLAIN) {
        if (way != 2) {
            fake_data(f, FAKE_PLAIN, 1, "answer", 6, true);
        }
        f->gone = way == 1;
        f->wait_error = way == 2 ? MEI_ERR_TRANSPORT : MEI_OK;
    }
    return false;
}

START_TEST(an_exchange_ends_with_an_answer_or_the_device)
{
    static const MeiError errors[] = {MEI_OK, MEI_ERR_NOT_CONNECTED, MEI_ERR_TRANSPORT};

    begin_queue(100);
    requests[1].size = 0;
    ck_assert_int_eq(mei_queue_exchange(&queue, &requests[1], MEI_NS_PER_S), MEI_ERR_INVALID);
    way = (unsigned int)_i;
    fake.hook = answer_data;
    requests[2].answer = NULL; /* wants none of it */
    requests[2].room = 0;
    ck_assert_int_eq(mei_queue_exchange(&queue, &requests[_i == 0 ? 0 : 3], MEI_NS_PER_S),
                     errors[_i]);
    if (_i == 0) {
        ck_assert_mem_eq(answers[0], "answer", 6);
        ck_assert_int_eq(mei_queue_exchange(&queue, &requests[2], MEI_NS_PER_S), MEI_ERR_OVERFLOW);
    }
    mei_queue_close(&queue);
}
END_TEST

START_TEST(an_exchange_needs_a_device)
{
    mei_queue_init(&queue, &mei, &fake_plain_guid, buffer, 100);
    requests[0] = (MeiRequest){.data = data, .size = 4};
    ck_assert_int_eq(mei_queue_exchange(&queue, &requests[0], MEI_NS_PER_S), MEI_ERR_DISABLED);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("host-driver-edges");
    TCase *tcase = fixture_case(s, "registers");

    tcase_add_loop_test(tcase, a_reset_that_is_not_seen_is_counted, 0, 3);
    tcase_add_loop_test(tcase, a_firmware_that_drops_me_rdy_on_a_write_is_reset, 0, 4);
    tcase_add_test(tcase, there_are_six_status_words);
    tcase = fixture_case(s, "time");
    tcase_add_test(tcase, for_ever_is_a_time);
    tcase_add_test(tcase, interrupts_without_end_do_not_outlast_the_time);
    tcase_add_test(tcase, packets_without_end_do_not_hold_the_caller);
    tcase = fixture_case(s, "bus");
    tcase_add_loop_test(tcase, no_room_for_an_answer_is_a_reset, 0, 2);
    tcase_add_loop_test(tcase, a_request_waits_for_room, 0, 2);
    tcase_add_test(tcase, a_start_that_is_answered_twice_fails);
    tcase_add_test(tcase, a_bus_that_stops_in_its_start_is_not_tried_again);
    tcase_add_loop_test(tcase, messages_for_nobody_are_counted, 0, 6);
    tcase_add_test(tcase, the_bus_is_no_client);
    tcase_add_test(tcase, both_may_end_a_connection_at_once);
    tcase = fixture_case(s, "connections");
    tcase_add_test(tcase, bad_pointers_are_refused);
    tcase_add_test(tcase, tags_are_for_clients_that_have_them);
    tcase_add_test(tcase, data_for_the_place_of_a_fixed_client_resets);
    tcase_add_test(tcase, a_client_may_be_gone_while_it_is_used);
    tcase_add_loop_test(tcase, a_wait_ends_with_the_connection, 0, 4);
    tcase_add_loop_test(tcase, extensions_may_be_repeated_or_nothing, 0, 3);
    tcase = fixture_case(s, "queues");
    tcase_add_test(tcase, any_request_that_waits_may_be_cancelled);
    tcase_add_loop_test(tcase, an_answer_fits_or_is_an_error, 0, 3);
    tcase_add_loop_test(tcase, an_exchange_ends_with_an_answer_or_the_device, 0, 3);
    tcase_add_test(tcase, an_exchange_needs_a_device);
    return unit_run(s);
}
