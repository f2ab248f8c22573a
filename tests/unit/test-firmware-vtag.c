/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtual tags (HBM 2.2): several users of one connection. Section 4.1 and 7.7 of the HECI/HBM fact
 * sheet; the driver drops what comes back under a tag that it did not use.
 */
#include <string.h>

#include "firmware-sim/bus/bus.h"
#include "firmware-sim/clients/clients.h"
#include "tests/unit/bench.h"
#include "tests/unit/unit.h"

static Bench *up(bool grant)
{
    Bench *b = bench_up(&(BenchOptions){.latency = "0"});

    b->device.extensions = true;
    bench_hbm(b, BYTES(0x13, grant ? 0x01 : 0x00, 0, 0));
    bench_expect_hbm(b, BYTES(0x93, grant ? 0x01 : 0x00, 0, 0));
    return b;
}

/* One packet with an extension list of the test's making in front of the data. */
static void put_extended(Bench *b, uint8_t me, uint8_t host, const uint8_t *list, size_t list_size,
                         const uint8_t *data, size_t size, bool complete)
{
    uint8_t body[512];

    if (list_size) {
        memcpy(body, list, list_size);
    }
    if (size) {
        memcpy(body + list_size, data, size);
    }
    bench_put(b, mei_hdr(me, host, (uint16_t)(list_size + size), complete) | MEI_HDR_EXTENDED, body,
              list_size + size);
    bench_ring(b);
}

static void put_tagged(Bench *b, uint8_t me, uint8_t host, uint8_t vtag, const uint8_t *data,
                       size_t size, bool complete)
{
    const uint8_t list[8] = {1, 1, 0, 0, 1, 1, vtag, 0};

    put_extended(b, me, host, list, sizeof(list), data, size, complete);
}

/* The next message: its tag on the first packet and on no other. */
static GByteArray *take_tagged(Bench *b, uint8_t me, uint8_t host, uint8_t *vtag)
{
    GByteArray *message = g_byte_array_new();
    bool first = true;
    bool complete = false;

    while (!complete) {
        g_autoptr(GBytes) bytes = fake_device_take(&b->device);
        gsize size;
        const uint8_t *packet;
        uint32_t header;
        size_t at = 4;

        ck_assert(bytes != NULL);
        packet = g_bytes_get_data(bytes, &size);
        header = swme_get_le32(packet);
        ck_assert_uint_eq(MEI_HDR_ME_ADDR(header), me);
        ck_assert_uint_eq(MEI_HDR_HOST_ADDR(header), host);
        if (first) {
            *vtag = 0;
        }
        if (header & MEI_HDR_EXTENDED) {
            ck_assert_msg(first, "a tag on a later fragment");
            ck_assert_mem_eq(packet + 4, ((const uint8_t[]){1, 1, 0, 0, 1, 1}), 6);
            ck_assert_uint_eq(packet[11], 0);
            *vtag = packet[10];
            at += 8;
        }
        complete = header & MEI_HDR_COMPLETE;
        g_byte_array_append(message, packet + at, (guint)(size - at));
        first = false;
        bench_ring(b);
    }
    return message;
}

static void expect_credit(Bench *b, uint8_t me, uint8_t host)
{
    bench_expect_hbm(b, BYTES(0x08, me, host, 0, 0, 0, 0, 0));
}

START_TEST(the_echo_client_says_that_it_has_tags)
{
    g_autoptr(Bench) b = up(true);

    ck_assert_uint_eq(bench_find(b, GUID_TEXT_ECHO).flags, 0x02);
    ck_assert_uint_eq(bench_find(b, GUID_TEXT_MKHI).flags, 0);
    ck_assert_uint_eq(bench_find(b, GUID_TEXT_AMTHI).flags, 0);
}
END_TEST

START_TEST(each_answer_has_the_tag_of_its_question)
{
    static const uint8_t tags[] = {1, 0, 255, 7, 7, 0, 128};
    g_autoptr(Bench) b = up(true);
    BenchClient echo = bench_open(b, GUID_TEXT_ECHO, 1);

    for (size_t i = 0; i < UNIT_COUNT(tags); i++) {
        g_autoptr(GByteArray) back = NULL;
        const uint8_t data[3] = {tags[i], (uint8_t)i, 3};
        uint8_t vtag;

        bench_grant(b, echo.address, 1);
        if (tags[i]) {
            put_tagged(b, echo.address, 1, tags[i], data, sizeof(data), true);
        } else {
            bench_data(b, echo.address, 1, data, sizeof(data));
        }
        back = take_tagged(b, echo.address, 1, &vtag);
        ck_assert_uint_eq(vtag, tags[i]);
        ck_assert_uint_eq(back->len, 3);
        ck_assert_mem_eq(back->data, data, 3);
        expect_credit(b, echo.address, 1);
    }
    bench_expect_nothing(b);
}
END_TEST

START_TEST(a_long_message_has_its_tag_on_the_first_fragment_only)
{
    g_autoptr(Bench) b = up(true);
    BenchClient echo = bench_open(b, GUID_TEXT_ECHO, 1);
    g_autoptr(GByteArray) back = NULL;
    uint8_t data[1400];
    uint8_t vtag;

    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)(i * 3);
    }
    bench_grant(b, echo.address, 1);
    put_tagged(b, echo.address, 1, 9, data, 500, false);
    bench_put(b, mei_hdr(echo.address, 1, 500, false), data + 500, 500);
    bench_ring(b);
    bench_put(b, mei_hdr(echo.address, 1, 400, true), data + 1000, 400);
    bench_ring(b);
    back = take_tagged(b, echo.address, 1, &vtag);
    ck_assert_uint_eq(vtag, 9);
    ck_assert_uint_eq(back->len, sizeof(data));
    ck_assert_mem_eq(back->data, data, sizeof(data));
}
END_TEST

START_TEST(a_tag_that_was_not_granted_is_dropped)
{
    g_autoptr(Bench) b = up(false);
    BenchClient echo = bench_open(b, GUID_TEXT_ECHO, 1);

    bench_grant(b, echo.address, 1);
    put_tagged(b, echo.address, 1, 9, (const uint8_t *)"abc", 3, true);
    bench_expect_nothing(b);
    ck_assert_uint_eq(swme_firmware_stats(b->firmware)->bad_packets, 1);
    bench_data(b, echo.address, 1, "abc", 3); /* the credit is still there */
    bench_expect_message(b, echo.address, 1, "abc", 3);
}
END_TEST

START_TEST(a_tag_for_a_client_without_tags_is_dropped)
{
    g_autoptr(Bench) b = up(true);
    BenchClient mkhi = bench_open(b, GUID_TEXT_MKHI, 1);

    bench_grant(b, mkhi.address, 1);
    put_tagged(b, mkhi.address, 1, 9, (const uint8_t *)"\xff\x02\0\0", 4, true);
    bench_expect_nothing(b);
    ck_assert_uint_eq(swme_firmware_stats(b->firmware)->bad_packets, 1);
}
END_TEST

typedef struct ListCase {
    uint8_t size;
    uint8_t bytes[12];
} ListCase;

static const ListCase bad_lists[] = {
    {0, {0}},
    {3, {1, 1, 0}},
    {4, {1, 1, 0, 0}},                          /* promises a dword that is not there */
    {4, {1, 0, 0, 0}},                          /* counts an extension that is not there */
    {8, {1, 1, 0, 0, 1, 0, 9, 0}},              /* length 0 */
    {8, {1, 1, 0, 0, 1, 2, 9, 0}},              /* longer than the list */
    {8, {1, 1, 0, 0, 2, 1, 9, 0}},              /* GSC: not agreed on */
    {8, {1, 1, 0, 0, 77, 1, 9, 0}},             /* unknown */
    {8, {2, 1, 0, 0, 1, 1, 9, 0}},              /* counts two, has one */
    {8, {1, 255, 0, 0, 1, 1, 9, 0}},            /* longer than the packet */
    {12, {1, 2, 0, 0, 1, 2, 9, 0, 0, 0, 0, 0}}, /* a tag of two dwords */
};

START_TEST(lists_that_do_not_parse_are_dropped)
{
    const ListCase *c = &bad_lists[_i];
    g_autoptr(Bench) b = up(true);
    BenchClient echo = bench_open(b, GUID_TEXT_ECHO, 1);

    bench_grant(b, echo.address, 1);
    put_extended(b, echo.address, 1, c->bytes, c->size, NULL, 0, true);
    bench_expect_nothing(b);
    ck_assert_uint_eq(swme_firmware_stats(b->firmware)->bad_packets, 1);
    bench_data(b, echo.address, 1, "abc", 3);
    bench_expect_message(b, echo.address, 1, "abc", 3);
}
END_TEST

START_TEST(the_tag_survives_a_latency_and_a_saved_state)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.latency = "0+echo:5ms"});
    g_autoptr(Bench) twin = bench_new(&(BenchOptions){.latency = "0+echo:5ms"});
    g_autoptr(GByteArray) back = NULL;
    g_autoptr(GBytes) state = NULL;
    const uint8_t body[] = {1, 1, 0, 0, 1, 1, 42, 0, 'x'};
    BenchClient echo;
    gsize size;
    const void *bytes;
    uint8_t vtag;

    b->device.extensions = true;
    twin->device.extensions = true;
    bench_hbm(b, BYTES(0x13, 0x01, 0, 0));
    bench_expect_hbm(b, BYTES(0x93, 0x01, 0, 0));
    echo = bench_open(b, GUID_TEXT_ECHO, 1);
    bench_grant(b, echo.address, 1);
    bench_put(b, mei_hdr(echo.address, 1, sizeof(body), true) | MEI_HDR_EXTENDED, body,
              sizeof(body));
    swme_firmware_ops.doorbell(b->firmware); /* time stands still: the message waits */
    state = swme_firmware_save(b->firmware);
    bytes = g_bytes_get_data(state, &size);
    fake_device_copy(&twin->device, &b->device);
    ck_assert(swme_firmware_load(twin->firmware, bytes, size, NULL));
    fake_clock_settle(twin->clock);
    back = take_tagged(twin, echo.address, 1, &vtag);
    ck_assert_uint_eq(vtag, 42);
    ck_assert_uint_eq(back->len, 1);
}
END_TEST

/* Two slots take a header and no list: the message waits, and not a byte of it is copied. */
START_TEST(a_buffer_without_room_for_the_list_sends_nothing)
{
    static const uint8_t data[600] = {1};
    SwmePlatform table = *swme_platform_find(NULL, NULL);
    SwmeContext context = {.platform = &table};
    SwmeFirmwareStats stats = {0};
    FakeDevice device = {.me_depth = 2, .ready = true, .extensions = true};
    MeBus *bus = g_new0(MeBus, 1);
    MeConnection *connection;

    table.me_depth = 2;
    bus->device = &fake_device_ops;
    bus->device_opaque = &device;
    bus->context = &context;
    bus->stats = &stats;
    me_bus_init(bus);
    me_bus_add_client(bus, &me_client_echo, 0, true);
    connection = me_connection_open(bus->clients[ME_FIRST_DYNAMIC], 1);
    connection->vtag = 5;
    connection->tx_credits = 1;
    me_connection_send(connection, data, sizeof(data));
    ck_assert(me_connection_may_transmit(connection));
    ck_assert(!me_connection_transmit(connection));
    ck_assert_uint_eq(device.from_firmware.length, 0);
    ck_assert_uint_eq(connection->tx_credits, 1);
    me_bus_clear(bus);
    g_free(bus);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("firmware-vtag");
    TCase *tcase = unit_case(suite, "vtag");

    tcase_add_test(tcase, the_echo_client_says_that_it_has_tags);
    tcase_add_test(tcase, each_answer_has_the_tag_of_its_question);
    tcase_add_test(tcase, a_long_message_has_its_tag_on_the_first_fragment_only);
    tcase_add_test(tcase, a_tag_that_was_not_granted_is_dropped);
    tcase_add_test(tcase, a_tag_for_a_client_without_tags_is_dropped);
    tcase_add_loop_test(tcase, lists_that_do_not_parse_are_dropped, 0, UNIT_COUNT(bad_lists));
    tcase_add_test(tcase, the_tag_survives_a_latency_and_a_saved_state);
    tcase_add_test(tcase, a_buffer_without_room_for_the_list_sends_nothing);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
