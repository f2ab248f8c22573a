/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/bridges/cper.h"

#include <string.h>

#include <swme/bytes.h>
#include <swme/guid.h>

#include "firmware-sim/amt/event-text.h"
#include "firmware-sim/bridges/sel.h"
#include "firmware-sim/error.h"

/* Names an event of ours within a firmware error record reference: made for this and nothing else.
 */
static const SwmeGuid own_record =
    SWME_GUID(0xe948508e, 0x2f3b, 0x4a02, 0x9b, 0xb3, 0x67, 0xd2, 0x13, 0x4e, 0x70, 0x2e);
static const SwmeGuid firmware_section =
    SWME_GUID(0x81212a96, 0x09ed, 0x4996, 0x94, 0x71, 0x8d, 0x72, 0x9c, 0x8e, 0x69, 0xed);
/* UEFI N.2.1.1: reported at the boot after it happened. */
static const SwmeGuid notified_at_boot =
    SWME_GUID(0x3d61a466, 0xab40, 0x409a, 0xa6, 0x98, 0xf3, 0x62, 0xd4, 0x64, 0xb3, 0x8f);

/* ---- one event ---- */

#define TEXT_SIZE 20
/* Of the record, UEFI N.2.1. */
#define REVISION      0x0100
#define OFF_REVISION  4
#define OFF_END       6
#define OFF_COUNT     10
#define OFF_SEVERITY  12
#define OFF_VALID     16
#define OFF_LENGTH    20
#define OFF_STAMP     24
#define OFF_CREATOR   64
#define OFF_NOTIFIED  80
#define OFF_ID        96
#define OFF_FLAGS     104
#define VALID_STAMP   2
#define FLAG_BEFORE   2 /* of an earlier boot */
#define STAMP_SIZE    8
#define STAMP_PRECISE 1

/* Of a section's descriptor, N.2.2. */
#define SECTION_BODY     0
#define SECTION_LENGTH   4
#define SECTION_REVISION 8
#define SECTION_VALID    10
#define SECTION_FLAGS    12
#define SECTION_TYPE     16
#define SECTION_SEVERITY 48
#define SECTION_TEXT     52
#define VALID_TEXT       2
#define PRIMARY          1

/* Of a firmware error record reference, N.2.10. */
#define BODY_TYPE     0
#define TYPE_SOC      2
#define BODY_REVISION 1
#define BODY_GUID     16
#define BODY_DATA     32
#define BODY_SIZE     (BODY_DATA + SWME_SEL_SIZE)

/* PET's severities. */
#define NON_CRITICAL    0x08
#define CRITICAL        0x10
#define NON_RECOVERABLE 0x20

unsigned int swme_cper_severity(const AmtEvent *event)
{
    if (event->severity == NON_RECOVERABLE ||
        (event->severity == CRITICAL && amt_event_is(event, AMT_EVENT_WATCHDOG_RESET))) {
        return SWME_CPER_FATAL;
    }
    return event->severity == CRITICAL       ? SWME_CPER_RECOVERABLE
           : event->severity == NON_CRITICAL ? SWME_CPER_CORRECTED
                                             : SWME_CPER_INFORMATIONAL;
}

static uint8_t bcd(int number)
{
    return (uint8_t)(number / 10 << 4 | number % 10);
}

static void put_stamp(uint8_t *out, uint32_t time_s)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(time_s);
    int year = g_date_time_get_year(time);
    const uint8_t stamp[STAMP_SIZE] = {
        bcd(g_date_time_get_second(time)),
        bcd(g_date_time_get_minute(time)),
        bcd(g_date_time_get_hour(time)),
        STAMP_PRECISE,
        bcd(g_date_time_get_day_of_month(time)),
        bcd(g_date_time_get_month(time)),
        bcd(year % 100),
        bcd(year / 100),
    };

    memcpy(out, stamp, STAMP_SIZE);
}

/* "ME " and the event's name; the kernel prints all of it. */
static void put_text(uint8_t *out, const AmtEvent *event)
{
    const AmtEventRow *row = amt_event_row(event);
    g_autofree char *text =
        g_strconcat("ME ", row ? row->name : amt_event_sensor_name(event->sensor_type), NULL);

    memcpy(out, text, MIN(strlen(text), TEXT_SIZE));
}

static void put_body(uint8_t *body, const AmtEvent *event, uint16_t id)
{
    body[BODY_TYPE] = TYPE_SOC;
    body[BODY_REVISION] = 2;
    memcpy(body + BODY_GUID, own_record.bytes, SWME_GUID_SIZE);
    swme_sel_encode(event, id, body + BODY_DATA);
}

void swme_cper_append(GByteArray *out, const AmtEvent *event, uint64_t id)
{
    uint8_t record[SWME_CPER_HEAD_SIZE + SWME_CPER_SECTION_SIZE + BODY_SIZE] = {'C', 'P', 'E', 'R'};
    uint8_t *section = record + SWME_CPER_HEAD_SIZE;
    uint8_t *body = section + SWME_CPER_SECTION_SIZE;
    uint32_t severity = swme_cper_severity(event);

    swme_put_le16(record + OFF_REVISION, REVISION);
    swme_put_le32(record + OFF_END, UINT32_MAX);
    swme_put_le16(record + OFF_COUNT, 1);
    swme_put_le32(record + OFF_SEVERITY, severity);
    swme_put_le32(record + OFF_VALID, VALID_STAMP);
    swme_put_le32(record + OFF_LENGTH, sizeof(record));
    put_stamp(record + OFF_STAMP, event->time_s);
    memcpy(record + OFF_CREATOR, own_record.bytes, SWME_GUID_SIZE);
    memcpy(record + OFF_NOTIFIED, notified_at_boot.bytes, SWME_GUID_SIZE);
    swme_put_le64(record + OFF_ID, id);
    swme_put_le32(record + OFF_FLAGS, FLAG_BEFORE);

    swme_put_le32(section + SECTION_BODY, (uint32_t)(body - record));
    swme_put_le32(section + SECTION_LENGTH, BODY_SIZE);
    swme_put_le16(section + SECTION_REVISION, REVISION);
    section[SECTION_VALID] = VALID_TEXT;
    swme_put_le32(section + SECTION_FLAGS, PRIMARY);
    memcpy(section + SECTION_TYPE, firmware_section.bytes, SWME_GUID_SIZE);
    swme_put_le32(section + SECTION_SEVERITY, severity);
    put_text(section + SECTION_TEXT, event);
    put_body(body, event, (uint16_t)id);
    g_byte_array_append(out, record, sizeof(record));
}

/* ---- records of others ---- */

#define IPMI_SPECIFIC 0x6f
#define NONE          0xff
#define SOURCE_OS     0x48 /* PET: an operating system's maker */

/* IPMI 2.0 table 42-3 has an offset for what was corrected and one for what was not. */
typedef struct Kind {
    SwmeGuid section;
    uint8_t sensor;
    uint8_t offset;    /* of an error that was not corrected */
    uint8_t corrected; /* and of one that was */
    uint8_t entity;
} Kind;

/* UEFI N.2.2. */
static const Kind kinds[] = {
    {SWME_GUID(0xa5bc1114, 0x6f64, 0x4ede, 0xb8, 0x63, 0x3e, 0x83, 0xed, 0x7c, 0x83,
               0xb1), /* memory */
     0x0c, 1, 0, 0x20},
    {SWME_GUID(0x9876ccad, 0x47b4, 0x4bdb, 0xb6, 0x5e, 0x16, 0xf1, 0x93, 0xc4, 0xf3,
               0xdb), /* processor */
     0x07, 0x0b, 0x0c, 0x03},
    {SWME_GUID(0xdc3ea0b0, 0xa144, 0x4797, 0xb9, 0x5b, 0x53, 0xfa, 0x24, 0x2b, 0x6e,
               0x1d), /* x86 */
     0x07, 0x0b, 0x0c, 0x03},
    {SWME_GUID(0xfe08ffbe, 0x95e4, 0x4be7, 0xbc, 0x73, 0x40, 0x96, 0x04, 0x4a, 0x38,
               0xfc), /* Linux' MCE */
     0x07, 0x0b, 0x0c, 0x03},
    {SWME_GUID(0xd995e954, 0xbbc1, 0x430f, 0xad, 0x91, 0xb4, 0x4d, 0xcb, 0x3c, 0x6f,
               0x35), /* PCIe */
     0x13, 8, 7, 0x07},
    {SWME_GUID(0xc5753963, 0x3b84, 0x4095, 0xbf, 0x78, 0xed, 0xda, 0xd3, 0xf9, 0xc9,
               0xdd), /* PCI bus */
     0x13, 8, 7, 0x07},
    {SWME_GUID(0xeb5e4685, 0xca66, 0x4769, 0xb6, 0xa2, 0x26, 0x06, 0x8b, 0x00, 0x13,
               0x26), /* PCI device */
     0x13, 8, 7, 0x07},
};

/* Linux, include/linux/cper.h: the kernel's log, as it is and compressed. */
static const SwmeGuid dying_words[] = {
    SWME_GUID(0xc197e04e, 0xd545, 0x4a70, 0x9c, 0x17, 0xa5, 0x54, 0x94, 0x94, 0x19, 0xeb),
    SWME_GUID(0x4f118707, 0x04dd, 0x4055, 0xb5, 0xdd, 0x95, 0x6d, 0x34, 0xdd, 0xfa, 0xc6),
};

static bool is_guid(const uint8_t *bytes, const SwmeGuid *guid)
{
    return memcmp(bytes, guid->bytes, SWME_GUID_SIZE) == 0;
}

static bool is_dying_words(const uint8_t *section)
{
    return is_guid(section + SECTION_TYPE, &dying_words[0]) ||
           is_guid(section + SECTION_TYPE, &dying_words[1]);
}

/* False: it stands for no event. body has size bytes, all of them in the record. */
static bool read_section(AmtEvent *event, const uint8_t *section, const uint8_t *body, size_t size)
{
    uint32_t severity = swme_get_le32(section + SECTION_SEVERITY);

    if (is_dying_words(section)) {
        *event = amt_event_row_find("os-panic")->event;
        return true;
    }
    if (is_guid(section + SECTION_TYPE, &firmware_section)) {
        return size >= BODY_SIZE && is_guid(body + BODY_GUID, &own_record) &&
               swme_sel_decode(event, body + BODY_DATA);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        const Kind *kind = &kinds[i];
        bool corrected = severity == SWME_CPER_CORRECTED || severity == SWME_CPER_INFORMATIONAL;

        if (is_guid(section + SECTION_TYPE, &kind->section)) {
            *event = (AmtEvent){
                .sensor_device = NONE,
                .sensor_type = kind->sensor,
                .event_type = IPMI_SPECIFIC,
                .offset = corrected ? kind->corrected : kind->offset,
                .source = SOURCE_OS,
                .severity = corrected                     ? NON_CRITICAL
                            : severity == SWME_CPER_FATAL ? NON_RECOVERABLE
                                                          : CRITICAL,
                .sensor_number = NONE,
                .entity = kind->entity,
            };
            return true;
        }
    }
    return false;
}

static bool whole(const uint8_t *record, size_t size, GError **error)
{
    size_t length, sections;

    if (size < SWME_CPER_HEAD_SIZE || memcmp(record, "CPER", 4) != 0) {
        return swme_error_set(error, SWME_ERROR_STATE, NULL,
                              "an error record begins with CPER and 124 bytes more");
    }
    length = swme_get_le32(record + OFF_LENGTH);
    sections = swme_get_le16(record + OFF_COUNT);
    if (length > size || length < SWME_CPER_HEAD_SIZE ||
        sections > (length - SWME_CPER_HEAD_SIZE) / SWME_CPER_SECTION_SIZE) {
        return swme_error_set(
            error, SWME_ERROR_STATE, NULL,
            "an error record with %zu sections in %zu bytes, of which %zu are here", sections,
            length, size);
    }
    return true;
}

int swme_cper_read(const uint8_t *record, size_t size, SwmeCperFunc func, void *opaque,
                   GError **error)
{
    size_t length, sections;
    int events = 0;

    if (!whole(record, size, error)) {
        return -1;
    }
    length = swme_get_le32(record + OFF_LENGTH);
    sections = swme_get_le16(record + OFF_COUNT);
    for (size_t i = 0; i < sections; i++) {
        const uint8_t *section = record + SWME_CPER_HEAD_SIZE + i * SWME_CPER_SECTION_SIZE;
        size_t at = swme_get_le32(section + SECTION_BODY);
        size_t body = swme_get_le32(section + SECTION_LENGTH);
        AmtEvent event;

        if (at <= length && body <= length - at &&
            read_section(&event, section, record + at, body)) {
            func(opaque, &event);
            events++;
        }
    }
    return events;
}

uint64_t swme_cper_stamp(const uint8_t *record)
{
    return swme_get_le64(record + OFF_STAMP);
}

bool swme_cper_is_dying_words(const uint8_t *record, size_t size)
{
    return whole(record, size, NULL) && swme_get_le16(record + OFF_COUNT) &&
           is_dying_words(record + SWME_CPER_HEAD_SIZE);
}

/* ---- boot error records ---- */

/* Of a generic error status block and of an entry in it: ACPI 18.3.2.7.1, Linux acpi/actbl1.h. */
#define BLOCK_STATUS     0
#define BLOCK_LENGTH     12
#define BLOCK_SEVERITY   16
#define BLOCK_SIZE       20
#define STATUS_ERROR     0x1
#define STATUS_CORRECTED 0x2
#define STATUS_SEVERAL   2 /* shift, of either bit */
#define STATUS_COUNT     4 /* shift */
#define ENTRY_SEVERITY   16
#define ENTRY_REVISION   20
#define ENTRY_VALID      22
#define ENTRY_LENGTH     24
#define ENTRY_TEXT       44
#define ENTRY_STAMP      64
#define ENTRY_HEAD_SIZE  72
#define ENTRY_SIZE       (ENTRY_HEAD_SIZE + BODY_SIZE)
#define VALID_TIME       4
#define REVISION_3       0x0300
#define BLOCK_MAX        1024 /* Linux, drivers/acpi/apei/bert.c: larger ones are not printed */
#define BLOCKS           5    /* and no more of them */
#define BLOCK_ENTRIES    ((BLOCK_MAX - 1 - BLOCK_SIZE) / ENTRY_SIZE)

G_STATIC_ASSERT(BLOCKS *BLOCK_MAX <= SWME_BERT_REGION);
G_STATIC_ASSERT(SWME_BERT_EVENTS <= BLOCKS * BLOCK_ENTRIES);

/* In order of how bad: fatal, recoverable, corrected, informational. */
static unsigned int worse(unsigned int one, unsigned int other)
{
    if (one == SWME_CPER_FATAL || other == SWME_CPER_FATAL) {
        return SWME_CPER_FATAL;
    }
    return MIN(one, other);
}

static void put_entry(uint8_t *entry, const AmtEvent *event, uint16_t id)
{
    memcpy(entry, firmware_section.bytes, SWME_GUID_SIZE);
    swme_put_le32(entry + ENTRY_SEVERITY, swme_cper_severity(event));
    swme_put_le16(entry + ENTRY_REVISION, REVISION_3);
    entry[ENTRY_VALID] = VALID_TEXT | VALID_TIME;
    swme_put_le32(entry + ENTRY_LENGTH, BODY_SIZE);
    put_text(entry + ENTRY_TEXT, event);
    put_stamp(entry + ENTRY_STAMP, event->time_s);
    put_body(entry + ENTRY_HEAD_SIZE, event, id);
}

/* One more entry in the block; its header is true after each. */
static void put_in_block(uint8_t *block, const AmtEvent *event, uint16_t id)
{
    uint32_t status = swme_get_le32(block + BLOCK_STATUS);
    uint32_t length = swme_get_le32(block + BLOCK_LENGTH);
    uint32_t severity = swme_cper_severity(event);
    uint32_t bit = severity == SWME_CPER_CORRECTED ? STATUS_CORRECTED : STATUS_ERROR;

    put_entry(block + BLOCK_SIZE + length, event, id);
    status |= status & bit ? bit << STATUS_SEVERAL : bit;
    if (length) {
        severity = worse(severity, swme_get_le32(block + BLOCK_SEVERITY));
    }
    swme_put_le32(block + BLOCK_STATUS, status + (1 << STATUS_COUNT));
    swme_put_le32(block + BLOCK_LENGTH, length + ENTRY_SIZE);
    swme_put_le32(block + BLOCK_SEVERITY, severity);
}

unsigned int swme_bert_region(uint8_t *region, const AmtEvent *events, size_t count)
{
    unsigned int entries = 0;
    uint8_t *block = region;

    memset(region, 0, SWME_BERT_REGION);
    for (size_t i = 0; i < count && entries < SWME_BERT_EVENTS; i++) {
        if (swme_cper_severity(&events[i]) == SWME_CPER_INFORMATIONAL) {
            continue;
        }
        if (entries && entries % BLOCK_ENTRIES == 0) {
            block += BLOCK_SIZE + BLOCK_ENTRIES * ENTRY_SIZE;
        }
        put_in_block(block, &events[i], (uint16_t)++entries);
    }
    return entries;
}

/* Of the table, ACPI 18.3.1 and 5.2.6. */
#define TABLE_LENGTH       4
#define TABLE_REVISION     8
#define TABLE_SUM          9
#define TABLE_MAKER        10
#define TABLE_MAKER_TABLE  16
#define TABLE_MAKER_NUMBER 24
#define TABLE_TOOL         28
#define TABLE_TOOL_NUMBER  32
#define TABLE_REGION_SIZE  36
#define TABLE_REGION       40

void swme_bert_table(uint8_t *table, uint64_t address)
{
    uint8_t sum = 0;

    memset(table, 0, SWME_BERT_SIZE);
    memcpy(table, "BERT", 4);
    swme_put_le32(table + TABLE_LENGTH, SWME_BERT_SIZE);
    table[TABLE_REVISION] = 1;
    memcpy(table + TABLE_MAKER, "SWME  ", 6);
    memcpy(table + TABLE_MAKER_TABLE, "SWMEBERT", 8);
    swme_put_le32(table + TABLE_MAKER_NUMBER, 1);
    memcpy(table + TABLE_TOOL, "SWME", 4);
    swme_put_le32(table + TABLE_TOOL_NUMBER, 1);
    swme_put_le32(table + TABLE_REGION_SIZE, SWME_BERT_REGION);
    swme_put_le64(table + TABLE_REGION, address);
    for (unsigned int i = 0; i < SWME_BERT_SIZE; i++) {
        sum += table[i];
    }
    table[TABLE_SUM] = (uint8_t)-sum;
}
