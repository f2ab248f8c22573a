/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AMT's events as other systems have them. Sections: manageability bridges fact sheet. */
#include <string.h>

#include <swme/bytes.h>

#include "firmware-sim/amt/event-text.h"
#include "firmware-sim/bridges/cper.h"
#include "firmware-sim/bridges/erst.h"
#include "firmware-sim/bridges/sel.h"
#include "tests/unit/unit.h"

#define SLOT 4096

static const AmtEvent *of(const char *name)
{
    return &amt_event_row_find(name)->event;
}

/* 5.2: what ipmitool was seen to read correctly. */
START_TEST(data_bytes_follow_ipmis_rule)
{
    static const struct {
        const char *name;
        uint8_t data[3];
        uint8_t way;
    } rows[] = {
        {"os-hung", {0x01, 0xff, 0xff}, 0x6f},
        {"os-late", {0xc0, 0x03, 0xff}, 0x6f},
        {"watchdog-reset", {0xc1, 0x04, 0xff}, 0x6f},
        {"firmware-progress", {0xc2, 0x13, 0xff}, 0x6f},
        {"bad-passwords", {0xa5, 0x0a, 0x00}, 0x6f},
        {"chassis-closed", {0x00, 0xff, 0xff}, 0xef},
        {"no-boot-media", {0xc0, 0x00, 0xff}, 0x6f},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint8_t record[SWME_SEL_SIZE];

        swme_sel_encode(of(rows[i].name), 0x1234, record);
        ck_assert_uint_eq(swme_get_le16(record), 0x1234);
        ck_assert_uint_eq(record[2], 2);
        ck_assert_uint_eq(record[9], 4);
        ck_assert_uint_eq(record[12], rows[i].way);
        ck_assert_mem_eq(record + 13, rows[i].data, 3);
    }
}
END_TEST

START_TEST(each_row_comes_back_as_the_same_row)
{
    for (const AmtEventRow *row = amt_event_rows; row->name; row++) {
        uint8_t record[SWME_SEL_SIZE];
        AmtEvent event = row->event, again;

        event.time_s = 0x65987654;
        swme_sel_encode(&event, 1, record);
        MUST(swme_sel_decode(&again, record));
        MUST_EQ(again.time_s, event.time_s);
        MUST_EQ(again.sensor_type, event.sensor_type);
        MUST_EQ(again.offset, event.offset);
        MUST_EQ(again.sensor_number, event.sensor_number);
        MUST_EQ(again.severity, event.severity);
        /* IPMI has no entity: a heartbeat and a BIOS that starts are the same there, but for data.
         */
        if (!(row->match & AMT_MATCH_ENTITY)) {
            MUST(amt_event_row(&again) == row);
        }
        swme_sel_encode_rest(&event, 2, record);
        MUST(!swme_sel_decode(&again, record));
        MUST_EQ(record[10], event.severity);
    }
}
END_TEST

static void count_event(void *opaque, const AmtEvent *event)
{
    GArray *events = opaque;

    g_array_append_vals(events, event, 1);
}

static GByteArray *one_record(const char *name)
{
    GByteArray *record = g_byte_array_new();
    AmtEvent event = *of(name);

    event.time_s = 1704511587; /* 2024-01-06 03:26:27 */
    swme_cper_append(record, &event, 7);
    return record;
}

/* 6.1, 6.2. */
START_TEST(an_error_record_byte_for_byte)
{
    static const uint8_t stamp[] = {0x27, 0x26, 0x03, 0x01, 0x06, 0x01, 0x24, 0x20};
    g_autoptr(GByteArray) record = one_record("watchdog-reset");
    const uint8_t *at = record->data;

    ck_assert_mem_eq(at, "CPER\x00\x01\xff\xff\xff\xff\x01\x00", 12);
    ck_assert_uint_eq(swme_get_le32(at + 12), SWME_CPER_FATAL);
    ck_assert_uint_eq(swme_get_le32(at + 16), 2);
    ck_assert_uint_eq(swme_get_le32(at + 20), record->len);
    ck_assert_mem_eq(at + 24, stamp, sizeof(stamp));
    ck_assert_mem_eq(at + 80, "\x66\xa4\x61\x3d\x40\xab\x9a\x40\xa6\x98\xf3\x62\xd4\x64\xb3\x8f",
                     16);
    ck_assert_uint_eq(swme_get_le64(at + 96), 7);
    ck_assert_uint_eq(swme_get_le32(at + 128), 200);
    ck_assert_uint_eq(swme_get_le32(at + 132), record->len - 200);
    ck_assert_mem_eq(at + 180, "ME watchdog-reset\0\0\0", 20);
}
END_TEST

START_TEST(severities)
{
    AmtEvent event = *of("os-hung");

    ck_assert_uint_eq(swme_cper_severity(&event), SWME_CPER_RECOVERABLE);
    event.severity = 0x20;
    ck_assert_uint_eq(swme_cper_severity(&event), SWME_CPER_FATAL);
    ck_assert_uint_eq(swme_cper_severity(of("watchdog-reset")), SWME_CPER_FATAL);
    ck_assert_uint_eq(swme_cper_severity(of("chassis-opened")), SWME_CPER_CORRECTED);
    ck_assert_uint_eq(swme_cper_severity(of("reset")), SWME_CPER_INFORMATIONAL);
}
END_TEST

START_TEST(a_record_that_ends_anywhere_is_refused_or_says_nothing)
{
    g_autoptr(GByteArray) record = one_record("os-hung");

    for (guint size = 0; size <= record->len; size++) {
        g_autoptr(GArray) events = g_array_new(FALSE, FALSE, sizeof(AmtEvent));
        g_autofree uint8_t *exact = g_memdup2(record->data, size);
        g_autoptr(GError) error = NULL;
        int count = swme_cper_read(exact, size, count_event, events, &error);

        MUST_EQ(count, size == record->len ? 1 : -1);
        MUST((error != NULL) == (count < 0));
    }
}
END_TEST

/* Sections that lie outside, or are too many. */
START_TEST(lengths_that_lie)
{
    static const struct {
        unsigned int at;
        uint32_t value;
        int events;
    } lies[] = {
        {20, 127, -1},        {20, 0xffffffff, -1}, {10, 0xffff, -1},
        {128, 0xffffffff, 0}, {132, 0xffffffff, 0}, {132, 47, 0},
        {128, 201, 0},        {10, 0, 0},           {10, 2, -1},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(lies); i++) {
        g_autoptr(GByteArray) record = one_record("os-hung");
        g_autoptr(GArray) events = g_array_new(FALSE, FALSE, sizeof(AmtEvent));

        if (lies[i].at == 10) {
            swme_put_le16(record->data + 10, (uint16_t)lies[i].value);
        } else {
            swme_put_le32(record->data + lies[i].at, lies[i].value);
        }
        MUST_EQ(swme_cper_read(record->data, record->len, count_event, events, NULL),
                lies[i].events);
        MUST_EQ(events->len, 0);
    }
}
END_TEST

/* A fault that the processor reported, as a kernel stores it. */
START_TEST(records_of_hardware_become_events)
{
    static const struct {
        const char *guid;
        uint32_t severity;
        uint8_t sensor, offset, events_severity;
    } rows[] = {
        {"\x14\x11\xbc\xa5\x64\x6f\xde\x4e\xb8\x63\x3e\x83\xed\x7c\x83\xb1", 2, 0x0c, 0, 0x08},
        {"\x14\x11\xbc\xa5\x64\x6f\xde\x4e\xb8\x63\x3e\x83\xed\x7c\x83\xb1", 1, 0x0c, 1, 0x20},
        {"\x54\xe9\x95\xd9\xc1\xbb\x0f\x43\xad\x91\xb4\x4d\xcb\x3c\x6f\x35", 0, 0x13, 8, 0x10},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GByteArray) record = one_record("os-hung");
        g_autoptr(GArray) events = g_array_new(FALSE, FALSE, sizeof(AmtEvent));
        const AmtEvent *event;

        memcpy(record->data + 144, rows[i].guid, 16);
        swme_put_le32(record->data + 176, rows[i].severity);
        MUST_EQ(swme_cper_read(record->data, record->len, count_event, events, NULL), 1);
        event = &g_array_index(events, AmtEvent, 0);
        MUST_EQ(event->sensor_type, rows[i].sensor);
        MUST_EQ(event->offset, rows[i].offset);
        MUST_EQ(event->severity, rows[i].events_severity);
    }
}
END_TEST

/* 6.4: the kernel checks the counts and lengths, and prints five blocks below 1 KiB. */
START_TEST(a_full_log_of_errors_fits_the_region)
{
    AmtEvent events[AMT_LOG_RECORDS];
    g_autofree uint8_t *region = g_malloc(SWME_BERT_REGION);
    unsigned int blocks = 0, entries = 0;

    for (unsigned int i = 0; i < AMT_LOG_RECORDS; i++) {
        events[i] = *of(i % 2 ? "reset" : i % 4 ? "chassis-opened" : "os-hung");
    }
    ck_assert_uint_eq(swme_bert_region(region, events, AMT_LOG_RECORDS), SWME_BERT_EVENTS);
    for (const uint8_t *at = region; swme_get_le32(at);) {
        uint32_t length = swme_get_le32(at + 12);
        uint32_t status = swme_get_le32(at);

        MUST(20 + length < 1024);
        MUST_EQ(length, (status >> 4) * 120);
        MUST_EQ(status & 15, 15); /* of both kinds, and several of each */
        MUST_EQ(swme_get_le32(at + 16), SWME_CPER_RECOVERABLE);
        entries += status >> 4;
        blocks++;
        at += 20 + length;
    }
    ck_assert_uint_eq(entries, SWME_BERT_EVENTS);
    ck_assert_uint_eq(blocks, 5);
    ck_assert_uint_eq(swme_bert_region(region, events + 1, 1), 0);
    for (unsigned int i = 0; i < SWME_BERT_REGION; i++) {
        MUST_EQ(region[i], 0);
    }
}
END_TEST

START_TEST(the_table_adds_up_to_zero)
{
    uint8_t table[SWME_BERT_SIZE], sum = 0;

    swme_bert_table(table, UINT64_C(0x123456789a));
    for (size_t i = 0; i < sizeof(table); i++) {
        sum += table[i];
    }
    ck_assert_uint_eq(sum, 0);
    ck_assert_uint_eq(swme_get_le64(table + 40), UINT64_C(0x123456789a));
}
END_TEST

/* ---- a guest's store ---- */

static uint8_t *new_store(size_t slots)
{
    uint8_t *file = g_malloc0(slots * SLOT);

    memcpy(file, "ERSTSTOR", 8);
    swme_put_le32(file + 8, SLOT);
    swme_put_le32(file + 12, SLOT);
    swme_put_le16(file + 16, 0x100);
    return file;
}

static void put_in(uint8_t *file, size_t slot, const GByteArray *record)
{
    swme_put_le64(file + 24 + slot * 8, slot);
    memcpy(file + slot * SLOT, record->data, record->len);
}

START_TEST(no_store_gives_more_events_than_the_limit)
{
    const size_t slots = 500;
    g_autofree uint8_t *file = new_store(slots);
    g_autoptr(GByteArray) record = one_record("os-hung");
    g_autoptr(GArray) events = g_array_new(FALSE, FALSE, sizeof(AmtEvent));
    SwmeErst result;

    for (size_t i = 1; i < slots; i++) {
        put_in(file, i, record);
    }
    ck_assert(swme_erst_read(&result, file, slots * SLOT, count_event, events, NULL));
    ck_assert_uint_eq(events->len, SWME_ERST_EVENTS);
    ck_assert_uint_eq(result.events, SWME_ERST_EVENTS);
    ck_assert_uint_eq(result.records, slots - 1);
    ck_assert_uint_eq(result.unread, slots - 1 - SWME_ERST_EVENTS);
}
END_TEST

/* Linux stores one log in several records of one time. */
START_TEST(a_kernel_dies_once)
{
    static const uint8_t words[] = {0x4e, 0xe0, 0x97, 0xc1, 0x45, 0xd5, 0x70, 0x4a,
                                    0x9c, 0x17, 0xa5, 0x54, 0x94, 0x94, 0x19, 0xeb};
    g_autofree uint8_t *file = new_store(8);
    g_autoptr(GByteArray) record = one_record("os-hung");
    g_autoptr(GArray) events = g_array_new(FALSE, FALSE, sizeof(AmtEvent));
    SwmeErst result;

    memcpy(record->data + 144, words, sizeof(words));
    for (size_t i = 1; i < 6; i++) {
        record->data[24] = i > 3;
        put_in(file, i, record);
    }
    ck_assert(swme_erst_read(&result, file, 8 * SLOT, count_event, events, NULL));
    ck_assert_uint_eq(events->len, 2);
    ck_assert_uint_eq(result.records, 5);
    ck_assert_str_eq(amt_event_row(&g_array_index(events, AmtEvent, 0))->name, "os-panic");
}
END_TEST

START_TEST(stores_that_are_none)
{
    static const struct {
        unsigned int at;
        uint32_t value;
    } lies[] = {{0, 0},  {8, 0},    {8, 4095},      {8, 6000},  {8, 1u << 31},
                {12, 0}, {12, 100}, {12, 1u << 30}, {16, 0x101}};

    for (size_t i = 0; i < G_N_ELEMENTS(lies); i++) {
        g_autofree uint8_t *file = new_store(4);
        g_autoptr(GError) error = NULL;
        SwmeErst result;

        swme_put_le32(file + lies[i].at, lies[i].value);
        MUST(!swme_erst_read(&result, file, 4 * SLOT, count_event, NULL, &error));
        MUST(!strchr(error->message, '\n'));
    }
    for (size_t size = 0; size < SLOT; size++) {
        g_autofree uint8_t *file = new_store(1);
        g_autofree uint8_t *exact = g_memdup2(file, size);
        SwmeErst result;

        MUST(!swme_erst_read(&result, exact, size, count_event, NULL, NULL));
    }
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("bridges");
    TCase *tcase = unit_case(suite, "bridges");

    tcase_add_test(tcase, data_bytes_follow_ipmis_rule);
    tcase_add_test(tcase, each_row_comes_back_as_the_same_row);
    tcase_add_test(tcase, an_error_record_byte_for_byte);
    tcase_add_test(tcase, severities);
    tcase_add_test(tcase, a_record_that_ends_anywhere_is_refused_or_says_nothing);
    tcase_add_test(tcase, lengths_that_lie);
    tcase_add_test(tcase, records_of_hardware_become_events);
    tcase_add_test(tcase, a_full_log_of_errors_fits_the_region);
    tcase_add_test(tcase, the_table_adds_up_to_zero);
    tcase_add_test(tcase, no_store_gives_more_events_than_the_limit);
    tcase_add_test(tcase, a_kernel_dies_once);
    tcase_add_test(tcase, stores_that_are_none);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
