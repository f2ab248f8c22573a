/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/swme/events.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib/gstdio.h>

#include "firmware-sim/bridges/cper.h"
#include "firmware-sim/bridges/erst.h"
#include "firmware-sim/bridges/sel.h"
#include "tools/swme/swme.h"
#include "tools/swme/talk.h"

/* ---- out ---- */

static const AmtEvent *nth(const GArray *events, guint index)
{
    return &g_array_index(events, AmtEvent, index);
}

/* Oldest first, as such logs are read. */
static void put_sel(GByteArray *out, const GArray *events)
{
    uint8_t record[SWME_SEL_SIZE];
    uint16_t id = SWME_SEL_FIRST;

    for (guint i = events->len; i-- > 0;) {
        swme_sel_encode(nth(events, i), id++, record);
        g_byte_array_append(out, record, sizeof(record));
        swme_sel_encode_rest(nth(events, i), id++, record);
        g_byte_array_append(out, record, sizeof(record));
    }
}

static void put_cper(GByteArray *out, const GArray *events)
{
    uint64_t id = 1;

    for (guint i = events->len; i-- > 0;) {
        swme_cper_append(out, nth(events, i), id++);
    }
}

static int write_file(const char *path, const uint8_t *data, gsize size)
{
    g_autoptr(GError) error = NULL;

    if (!g_file_set_contents(path, (const char *)data, (gssize)size, &error)) {
        return swme_fail("events: %s", error->message);
    }
    return EXIT_SUCCESS;
}

/* A path as QEMU's options take it: a comma twice. */
static char *for_qemu(const char *directory, const char *name)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    g_autofree char *whole = g_canonicalize_filename(path, NULL);
    g_auto(GStrv) parts = g_strsplit(whole, ",", -1);

    return g_strjoinv(",,", parts);
}

/* The table, the region it points at, and on stdout what QEMU and the kernel have to be told. */
static int write_bert(const char *directory, const GArray *events)
{
    g_autofree char *table_path = g_build_filename(directory, "bert.aml", NULL);
    g_autofree char *region_path = g_build_filename(directory, "region.bin", NULL);
    g_autofree char *table_word = for_qemu(directory, "bert.aml");
    g_autofree char *region_word = for_qemu(directory, "region.bin");
    g_autofree uint8_t *region = g_malloc(SWME_BERT_REGION);
    uint8_t table[SWME_BERT_SIZE];
    int status;

    if (g_mkdir_with_parents(directory, 0777) != 0) {
        return swme_fail("events: --bert: the directory '%s' cannot be made", directory);
    }
    swme_bert_region(region, (const AmtEvent *)(const void *)events->data, events->len);
    swme_bert_table(table, SWME_BERT_ADDRESS);
    status = write_file(table_path, table, sizeof(table));
    if (status == EXIT_SUCCESS) {
        status = write_file(region_path, region, SWME_BERT_REGION);
    }
    if (status == EXIT_SUCCESS) {
        printf("qemu -acpitable\nqemu file=%s\n"
               "qemu -device\nqemu loader,file=%s,addr=0x%" PRIx64 ",force-raw=on\n"
               "kernel memmap=%dK$0x%" PRIx64 "\n",
               table_word, region_word, SWME_BERT_ADDRESS, SWME_BERT_REGION / 1024,
               SWME_BERT_ADDRESS);
        status = fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
    }
    return status;
}

int swme_events_export(SwmeEventsForm form, const char *path, const GArray *events)
{
    g_autoptr(GByteArray) out = g_byte_array_new();

    switch (form) {
    case SWME_EVENTS_SEL:
        put_sel(out, events);
        break;
    case SWME_EVENTS_CPER:
        put_cper(out, events);
        break;
    case SWME_EVENTS_BERT:
        return write_bert(path, events);
    case SWME_EVENTS_WORDS:
        break;
    }
    return write_file(path, out->data, out->len);
}

/* ---- in ---- */

static void keep_event(void *opaque, const AmtEvent *event)
{
    g_array_append_vals(opaque, event, 1);
}

static bool nothing_to_say(void *opaque, JsonNode *contents)
{
    (void)opaque;
    (void)contents;
    return true;
}

static int raise_one(const AmtEvent *event, const char *socket)
{
    g_autoptr(JsonObject) request = json_object_new();
    g_autoptr(GString) hex = g_string_new(NULL);
    uint8_t record[AMT_RECORD_SIZE];

    amt_event_encode(event, record);
    for (unsigned int i = 4; i < AMT_RECORD_SIZE; i++) { /* behind the time */
        g_string_append_printf(hex, "%02x", record[i]);
    }
    json_object_set_string_member(request, "do", "event-raise");
    json_object_set_string_member(request, "event", hex->str);
    return swme_talk(&(SwmeTalk){
        .command = "events",
        .path = socket,
        .request = request,
        .reply = nothing_to_say,
    });
}

/* Not more than a store may have: it may be a pipe or /dev/zero. */
static int read_store(const char *path, GByteArray *file)
{
    FILE *stream = g_fopen(path, "rb");
    uint8_t buffer[65536];
    size_t count;

    if (!stream) {
        return swme_fail("events: --erst: '%s' cannot be read: %s", path, g_strerror(errno));
    }
    while (file->len <= SWME_ERST_FILE_MAX &&
           (count = fread(buffer, 1, sizeof(buffer), stream)) > 0) {
        g_byte_array_append(file, buffer, (guint)count);
    }
    fclose(stream);
    return EXIT_SUCCESS;
}

int swme_events_import_erst(const char *path, const char *socket)
{
    g_autoptr(GByteArray) file = g_byte_array_new();
    g_autoptr(GArray) events = g_array_new(FALSE, FALSE, sizeof(AmtEvent));
    g_autoptr(GError) error = NULL;
    SwmeErst result;
    int status = read_store(path, file);

    if (status != EXIT_SUCCESS) {
        return status;
    }
    if (!swme_erst_read(&result, file->data, file->len, keep_event, events, &error)) {
        return swme_fail("events: --erst: '%s': %s", path, error->message);
    }
    for (guint i = 0; i < events->len && status == EXIT_SUCCESS; i++) {
        status = raise_one(nth(events, i), socket);
    }
    if (status == EXIT_SUCCESS) {
        printf("%u records, %u events, %u records left out\n", result.records, result.events,
               result.unread);
        status = fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
    }
    return status;
}
