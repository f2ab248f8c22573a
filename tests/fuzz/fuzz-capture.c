/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target "capture": a hostile capture is read, told in words and replayed; a hostile log is
 * imported and replayed. The first byte says which. As a capture the input is either a file as it
 * is, or a program that becomes the records of a file that is whole.
 */
#include <string.h>

#include <glib.h>

#include <swme/bytes.h>
#include <swme/capture.h>

#include "firmware-sim/capture/decode.h"
#include "firmware-sim/capture/import.h"
#include "firmware-sim/capture/pcapng.h"
#include "firmware-sim/capture/setup.h"
#include "hw/heci-replay.h"
#include "tests/fuzz/fuzz.h"

static void read_and_tell(const void *data, size_t size)
{
    SwmePcapngReader reader;
    SwmePcapngRecord record;
    g_autoptr(GError) error = NULL;
    uint64_t number = 0;

    swme_pcapng_reader_init(&reader, data, size);
    while (swme_pcapng_next(&reader, &record, &error)) {
        SwmeDecoded decoded;
        g_autofree uint8_t *exact = g_memdup2(record.data, record.size);
        g_autofree char *line = NULL;
        g_autofree char *json = NULL;

        swme_decode(&decoded, exact, record.size);
        line = swme_decoded_line(&decoded);
        json = swme_decoded_json(&decoded, ++number, record.stamp_ns);
        FUZZ_MUST(!strchr(line, '\n') && !strchr(json, '\n'), "more than a line");
        swme_decoded_clear(&decoded);
    }
    swme_pcapng_reader_clear(&reader);
    FUZZ_MUST(!error || !strchr(error->message, '\n'), "an error of two lines");
}

static void replay(const void *data, size_t size)
{
    HeciReplay result;
    g_autoptr(GError) error = NULL;
    bool played = heci_replay(&result, data, size, &error);

    FUZZ_MUST(played == (error == NULL), "an outcome that is none");
    FUZZ_MUST(result.records <= result.total, "more records than there are");
    heci_replay_clear(&result);
}

/* Bytes of the input as they come, and what they do not have as zeros. */
static void put_bytes(GByteArray *record, FuzzInput *input, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++) {
        uint8_t byte = fuzz_u8(input);

        g_byte_array_append(record, &byte, 1);
    }
}

static void put_access(GByteArray *record, FuzzInput *input)
{
    static const uint16_t offsets[] = {0, 4, 8, 12, 16, 0x800, 0x40, 0x60};
    uint8_t body[16] = {0};

    swme_put_le32(body, offsets[fuzz_u8(input) % G_N_ELEMENTS(offsets)]);
    swme_put_le32(body + 4, 4);
    swme_put_le32(body + 8, fuzz_u32(input));
    g_byte_array_append(record, body, sizeof(body));
}

/* A file whose records the input makes: most of them ones that a replay plays. */
static GByteArray *make_file(FuzzInput *input)
{
    GByteArray *out = g_byte_array_new();
    SwmeFirmwareConfig config = {0};
    g_autofree char *setup = NULL;
    g_autofree char *text = NULL;
    unsigned int platform = fuzz_u8(input);
    unsigned int choice = fuzz_u8(input);
    g_autoptr(GByteArray) first = g_byte_array_new();
    const uint8_t head[CAPTURE_HEAD_SIZE] = {CAPTURE_VERSION, CAPTURE_SETUP};
    int64_t stamp = 0;

    config.platform = swme_platforms;
    for (unsigned int i = 0; i < platform && config.platform[1].name; i++) {
        config.platform++;
    }
    config.echo = choice & 1;
    config.latency = choice & 2 ? "0" : NULL;
    config.time_s = 1;
    setup = swme_capture_setup_text(&config, NULL, 7);
    text = g_strconcat(setup, choice & 4 ? "imported=on\n" : "", NULL);
    g_byte_array_append(first, head, sizeof(head));
    g_byte_array_append(first, (const uint8_t *)text, (guint)strlen(text));
    swme_pcapng_header(out, "fuzz");
    swme_pcapng_packet(out, 0, first->data, first->len);
    while (input->left) {
        g_autoptr(GByteArray) record = g_byte_array_new();
        uint8_t begin[CAPTURE_HEAD_SIZE] = {CAPTURE_VERSION, fuzz_u8(input) % 20};

        begin[CAPTURE_OFF_FLAGS] = fuzz_u8(input) & 0x1f;
        g_byte_array_append(record, begin, sizeof(begin));
        if (begin[CAPTURE_OFF_KIND] >= CAPTURE_READ &&
            begin[CAPTURE_OFF_KIND] <= CAPTURE_CONFIG_WRITE) {
            put_access(record, input);
        } else {
            put_bytes(record, input, fuzz_u8(input) % 40);
        }
        stamp += fuzz_u16(input);
        swme_pcapng_packet(out, stamp, record->data, record->len);
    }
    return out;
}

static void import(const uint8_t *data, size_t size)
{
    const SwmeFirmwareConfig config = {.platform = swme_platforms};
    g_autofree char *log = g_memdup2(data, size);
    g_autoptr(GByteArray) out = g_byte_array_new();
    g_autoptr(GError) error = NULL;
    SwmeImported imported;

    if (swme_capture_import(log, size, &config, out, &imported, &error)) {
        replay(out->data, out->len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput input = {data, MIN(size, 4 * FUZZ_INPUT_MAX)};
    unsigned int way = fuzz_u8(&input) % 3;
    g_autoptr(GByteArray) file = NULL;

    switch (way) {
    case 0:
        read_and_tell(input.data, input.left);
        replay(input.data, input.left);
        break;
    case 1:
        file = make_file(&input);
        read_and_tell(file->data, file->len);
        replay(file->data, file->len);
        break;
    default:
        import(input.data, input.left);
    }
    return 0;
}
