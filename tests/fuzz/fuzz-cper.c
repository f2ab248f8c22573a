/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target "cper": what a guest stored. The first byte says as what the rest is taken: a store
 * as it is; a record; or a program that lays records of ours, changed here and there, into a store.
 */
#include <string.h>

#include <glib.h>

#include <swme/bytes.h>

#include "firmware-sim/amt/event-text.h"
#include "firmware-sim/bridges/erst.h"
#include "firmware-sim/bridges/sel.h"
#include "tests/fuzz/fuzz.h"

#define SLOT  4096 /* the least that a store may have */
#define SLOTS 8

typedef struct Seen {
    unsigned int events;
} Seen;

/* Whatever it is: it can be shown, and goes on to all other forms. */
static void on_event(void *opaque, const AmtEvent *event)
{
    Seen *seen = opaque;
    g_autofree char *text = amt_event_text(event);
    g_autoptr(GByteArray) record = g_byte_array_new();
    g_autofree uint8_t *region = g_malloc(SWME_BERT_REGION);
    uint8_t sel[SWME_SEL_SIZE];
    AmtEvent again;

    seen->events++;
    FUZZ_MUST(!strchr(text, '\n'), "more than a line");
    swme_sel_encode(event, SWME_SEL_FIRST, sel);
    FUZZ_MUST(swme_sel_decode(&again, sel), "a record of ours is none");
    FUZZ_MUST(again.sensor_type == event->sensor_type, "another sensor");
    swme_cper_append(record, event, 1);
    FUZZ_MUST(swme_cper_severity(event) <= SWME_CPER_INFORMATIONAL, "no severity");
    FUZZ_MUST(swme_bert_region(region, event, 1) <= 1, "one event, several entries");
}

static void read_record(const uint8_t *data, size_t size)
{
    g_autofree uint8_t *exact = g_memdup2(data, size);
    g_autoptr(GError) error = NULL;
    Seen seen = {0};
    int count = swme_cper_read(exact, size, on_event, &seen, &error);

    FUZZ_MUST((count < 0) == (error != NULL), "an outcome that is none");
    FUZZ_MUST(count < 0 || (unsigned int)count == seen.events, "events that nobody saw");
    FUZZ_MUST(!error || !strchr(error->message, '\n'), "an error of two lines");
}

static void read_store(const uint8_t *data, size_t size)
{
    g_autofree uint8_t *exact = g_memdup2(data, size);
    g_autoptr(GError) error = NULL;
    Seen seen = {0};
    SwmeErst result;

    if (swme_erst_read(&result, exact, size, on_event, &seen, &error)) {
        FUZZ_MUST(result.events == seen.events, "events that nobody saw");
        FUZZ_MUST(result.events <= SWME_ERST_EVENTS, "more events than the limit");
        FUZZ_MUST(result.unread <= result.records, "more unread than there are");
    }
    FUZZ_MUST(!error || !strchr(error->message, '\n'), "an error of two lines");
}

static void make_store(FuzzInput *input)
{
    g_autofree uint8_t *file = g_malloc0(SLOTS * SLOT);
    size_t size = SLOTS * SLOT - fuzz_u16(input) % (2 * SLOT);

    memcpy(file, "ERSTSTOR", 8);
    swme_put_le32(file + 8, SLOT);
    swme_put_le32(file + 12, SLOT);
    swme_put_le16(file + 16, 0x100);
    for (unsigned int i = 1; i < SLOTS && input->left; i++) {
        const AmtEventRow *row = amt_event_rows;
        g_autoptr(GByteArray) record = g_byte_array_new();
        unsigned int wanted = fuzz_u8(input), changes = fuzz_u8(input) % 8;

        while (wanted-- && row[1].name) {
            row++;
        }
        swme_cper_append(record, &row->event, i);
        memcpy(file + i * SLOT, record->data, record->len);
        swme_put_le64(file + 24 + i * 8, i);
        while (changes--) {
            uint8_t at = fuzz_u8(input);

            file[i * SLOT + at] = fuzz_u8(input);
        }
    }
    for (unsigned int changes = fuzz_u8(input) % 8; changes; changes--) {
        uint8_t at = fuzz_u8(input);

        file[at] = fuzz_u8(input);
    }
    read_store(file, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput input = {data, MIN(size, 16 * FUZZ_INPUT_MAX)};

    switch (fuzz_u8(&input) % 3) {
    case 0:
        read_store(input.data, input.left);
        break;
    case 1:
        read_record(input.data, input.left);
        break;
    default:
        make_store(&input);
    }
    return 0;
}
