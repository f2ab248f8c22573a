/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many applications over one connection: order, cancelling, time-outs, and a firmware that stalls.
 */
#include "host-driver/queue.h"

#include <string.h>

#include <swme/hbm.h>

#include "tests/unit/host-driver-fixture.h"

static MeiQueue queue;
static MeiRequest requests[4];
static uint8_t answers[4][64];
static uint8_t queue_buffer[5000];

static void begin(void)
{
    fake_start(&fake, &mei);
    mei_queue_init(&queue, &mei, &fake_plain_guid, queue_buffer, sizeof(queue_buffer));
    for (unsigned int i = 0; i < UNIT_COUNT(requests); i++) {
        requests[i] = (MeiRequest){
            .data = data + i, .size = 4, .answer = answers[i], .room = sizeof(answers[i])};
    }
}

static void submit(unsigned int i, int64_t timeout)
{
    ck_assert_int_eq(mei_queue_submit(&queue, &requests[i], timeout), MEI_OK);
    mei_queue_run(&queue);
}

static uint8_t host_address(void)
{
    ck_assert_ptr_nonnull(queue.connection);
    return queue.connection->host_addr;
}

static void reply(uint8_t byte)
{
    fake_data(&fake, FAKE_PLAIN, host_address(), &byte, 1, true);
    settle();
    mei_queue_run(&queue);
}

static void credit(void)
{
    const uint8_t m[HBM_FLOW_CONTROL_SIZE] = {HBM_FLOW_CONTROL, FAKE_PLAIN, host_address()};

    fake_hbm(&fake, m, sizeof(m));
    settle();
    mei_queue_run(&queue);
}

static void idle_until(int64_t time)
{
    while (fake.now < time && mei.state == MEI_DEVICE_ENABLED) {
        (void)mei_poll(&mei, time - fake.now);
    }
    mei_queue_run(&queue);
}

START_TEST(answers_go_to_who_asked_in_order)
{
    begin();
    for (unsigned int i = 0; i < 3; i++) {
        submit(i, MEI_NS_PER_S);
    }
    ck_assert_int_eq(requests[0].state, MEI_REQUEST_IN_FLIGHT);
    ck_assert_int_eq(requests[1].state, MEI_REQUEST_WAITING);
    for (uint8_t i = 0; i < 3; i++) {
        reply((uint8_t)(10 + i));
        ck_assert_int_eq(requests[i].state, MEI_REQUEST_IDLE);
        ck_assert_int_eq(requests[i].status, MEI_OK);
        ck_assert_uint_eq(requests[i].received, 1);
        ck_assert_uint_eq(answers[i][0], 10 + i);
        credit();
    }
    mei_queue_close(&queue);
}
END_TEST

START_TEST(what_can_be_no_request_is_refused)
{
    begin();
    requests[0].data = NULL;
    ck_assert_int_eq(mei_queue_submit(&queue, &requests[0], 1), MEI_ERR_BAD_POINTER);
    requests[1].answer = NULL;
    ck_assert_int_eq(mei_queue_submit(&queue, &requests[1], 1), MEI_ERR_BAD_POINTER);
    requests[2].size = 0;
    ck_assert_int_eq(mei_queue_submit(&queue, &requests[2], 1), MEI_ERR_INVALID);
    submit(3, MEI_NS_PER_S);
    ck_assert_int_eq(mei_queue_submit(&queue, &requests[3], 1), MEI_ERR_BUSY);
    mei_queue_close(&queue);
    ck_assert_int_eq(requests[3].status, MEI_ERR_CANCELLED);
}
END_TEST

/* The answer of one that is cancelled or too late is thrown away: the next gets its own. */
START_TEST(a_late_answer_is_nobodys)
{
    bool cancelled = _i == 0;

    begin();
    submit(0, MEI_NS_PER_S);
    submit(1, 5 * MEI_NS_PER_S);
    if (cancelled) {
        mei_queue_cancel(&queue, &requests[0]);
    } else {
        ck_assert_int_eq(mei_queue_deadline(&queue), requests[0].deadline);
        idle_until(requests[0].deadline);
    }
    ck_assert_int_eq(requests[0].status, cancelled ? MEI_ERR_CANCELLED : MEI_ERR_TIMEOUT);
    ck_assert_int_eq(requests[1].state, MEI_REQUEST_WAITING);
    memset(answers[0], 0xa5, sizeof(answers[0]));
    reply(1);
    ck_assert_uint_eq(answers[0][0], 0xa5);
    credit();
    ck_assert_int_eq(requests[1].state, MEI_REQUEST_IN_FLIGHT);
    reply(2);
    ck_assert_uint_eq(answers[1][0], 2);
    mei_queue_close(&queue);
}
END_TEST

START_TEST(one_that_waits_may_be_too_late_too)
{
    begin();
    submit(0, 5 * MEI_NS_PER_S);
    submit(1, MEI_NS_PER_S);
    submit(2, 5 * MEI_NS_PER_S);
    idle_until(requests[1].deadline);
    ck_assert_int_eq(requests[1].status, MEI_ERR_TIMEOUT);
    ck_assert_int_eq(requests[1].state, MEI_REQUEST_IDLE);
    mei_queue_cancel(&queue, &requests[2]);
    ck_assert_int_eq(requests[2].status, MEI_ERR_CANCELLED);
    ck_assert_ptr_null(queue.first);
    ck_assert_ptr_null(queue.last);
    reply(9);
    ck_assert_int_eq(requests[0].status, MEI_OK);
    mei_queue_close(&queue);
}
END_TEST

/* Linux 3.9 amthif: after 12 s the connection is made anew. */
START_TEST(a_firmware_that_stalls_is_connected_to_anew)
{
    int64_t stalled;

    begin();
    submit(0, MEI_NS_PER_S);
    stalled = queue.stalled;
    submit(1, 60 * MEI_NS_PER_S);
    idle_until(stalled);
    ck_assert_int_eq(requests[0].status, MEI_ERR_TIMEOUT);
    ck_assert_int_eq(requests[1].state, MEI_REQUEST_IN_FLIGHT);
    ck_assert_ptr_nonnull(fake_find_hbm(&fake, HBM_DISCONNECT, 0));
    reply(3);
    ck_assert_int_eq(requests[1].status, MEI_OK);
    mei_queue_close(&queue);
}
END_TEST

START_TEST(a_link_reset_ends_the_one_in_flight)
{
    begin();
    submit(0, MEI_NS_PER_S);
    submit(1, MEI_NS_PER_S);
    ck_assert_int_eq(mei_reset(&mei), MEI_OK);
    mei_queue_run(&queue);
    ck_assert_int_eq(requests[0].status, MEI_ERR_NOT_CONNECTED);
    ck_assert_int_eq(requests[1].state, MEI_REQUEST_IN_FLIGHT);
    reply(4);
    ck_assert_int_eq(requests[1].status, MEI_OK);
    mei_queue_close(&queue);
}
END_TEST

START_TEST(an_answer_that_is_too_long_says_how_long)
{
    begin();
    requests[0].room = 3;
    submit(0, MEI_NS_PER_S);
    fake_data(&fake, FAKE_PLAIN, host_address(), data, 40, true);
    settle();
    mei_queue_run(&queue);
    ck_assert_int_eq(requests[0].status, MEI_ERR_OVERFLOW);
    ck_assert_uint_eq(requests[0].received, 40);
    mei_queue_close(&queue);
}
END_TEST

START_TEST(a_disabled_device_answers_nobody)
{
    begin();
    mei_stop(&mei);
    ck_assert_int_eq(mei_queue_exchange(&queue, &requests[0], MEI_NS_PER_S), MEI_ERR_DISABLED);
    ck_assert_int_eq(requests[0].state, MEI_REQUEST_IDLE);
    ck_assert_int_eq(mei_queue_deadline(&queue), INT64_MAX);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("host-driver-queue");
    TCase *tcase = fixture_case(s, "queue");

    tcase_add_test(tcase, answers_go_to_who_asked_in_order);
    tcase_add_test(tcase, what_can_be_no_request_is_refused);
    tcase_add_loop_test(tcase, a_late_answer_is_nobodys, 0, 2);
    tcase_add_test(tcase, one_that_waits_may_be_too_late_too);
    tcase_add_test(tcase, a_firmware_that_stalls_is_connected_to_anew);
    tcase_add_test(tcase, a_link_reset_ends_the_one_in_flight);
    tcase_add_test(tcase, an_answer_that_is_too_long_says_how_long);
    tcase_add_test(tcase, a_disabled_device_answers_nobody);
    return unit_run(s);
}
