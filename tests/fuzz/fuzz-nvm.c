/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target "nvm": the loader of AMT's file. An input is the file as it is, or a program that
 * changes a good one and puts the right sum on it, so that what lies behind the sum is reached.
 * What was refused has left the state as it was, what was accepted can be saved and read again.
 */
#include <string.h>

#include <glib.h>

#include <swme/bytes.h>

#include "firmware-sim/amt/amt-nvm.h"
#include "firmware-sim/error.h"
#include "tests/fuzz/fuzz.h"

#define OFF_VERSION 8
#define OFF_SIZE    12
#define OFF_SUM     16
#define SUM_SIZE    32

static AmtData factory;
static GBytes *good;

/* Of version and size, and of what follows the header. */
static void put_sum(uint8_t *file, size_t size)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    gsize length = SUM_SIZE;

    swme_put_le32(file + OFF_SIZE, (uint32_t)(size - AMT_NVM_HEADER_SIZE));
    if (swme_get_le32(file + OFF_VERSION) >= 3) {
        g_checksum_update(sum, file + OFF_VERSION, OFF_SUM - OFF_VERSION);
    }
    g_checksum_update(sum, file + AMT_NVM_HEADER_SIZE, (gssize)(size - AMT_NVM_HEADER_SIZE));
    g_checksum_get_digest(sum, file + OFF_SUM, &length);
}

/* Bytes of a good file replaced, put in or cut out; sometimes of another version. */
static GByteArray *edited(FuzzInput *input)
{
    gsize size;
    const void *data = g_bytes_get_data(good, &size);
    GByteArray *file = g_byte_array_append(g_byte_array_new(), data, (guint)size);

    swme_put_le32(file->data + OFF_VERSION, AMT_NVM_VERSION - fuzz_u8(input) % 2 * 5);
    while (input->left && file->len > AMT_NVM_HEADER_SIZE) {
        uint8_t what = fuzz_u8(input);
        guint at = AMT_NVM_HEADER_SIZE + fuzz_u16(input) % (file->len - AMT_NVM_HEADER_SIZE);

        if (what < 0xc0) {
            file->data[at] = fuzz_u8(input);
        } else if (what < 0xe0) {
            g_byte_array_remove_range(file, at, MIN(1 + what % 32u, file->len - at));
        } else {
            guint more = 1 + what % 32u;
            guint from = file->len;

            g_byte_array_set_size(file, from + more);
            memmove(file->data + at + more, file->data + at, from - at);
            memset(file->data + at, fuzz_u8(input), more);
        }
    }
    put_sum(file->data, file->len);
    return file;
}

static void decode(const uint8_t *file, size_t size, bool again_too)
{
    g_autoptr(AmtData) data = amt_data_copy(&factory);
    g_autoptr(AmtData) again = amt_data_copy(&factory);
    /* Exactly as long as it is, for the sanitizer to see a byte too far. */
    g_autofree uint8_t *exact = g_memdup2(file, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) saved = NULL;
    gsize saved_size;
    const void *bytes;

    if (!amt_nvm_decode(data, exact, size, "fuzz", &error)) {
        FUZZ_MUST(error && error->domain == SWME_ERROR && !strchr(error->message, '\n'), "%s",
                  error ? error->message : "no error");
        return;
    }
    if (!again_too) {
        return;
    }
    saved = amt_nvm_encode(data);
    bytes = g_bytes_get_data(saved, &saved_size);
    FUZZ_MUST(amt_nvm_decode(again, bytes, saved_size, "fuzz", &error), "%s", error->message);
    FUZZ_MUST(amt_data_equal(again, data), "a state that comes back other");
}

static void init(void)
{
    static const uint8_t uuid[AMTHI_UUID_SIZE] = {1};

    g_autoptr(GByteArray) file = NULL;
    g_autoptr(AmtData) data = NULL;
    FuzzInput nothing = {NULL, 0};

    amt_data_init(&factory, uuid);
    good = amt_nvm_encode(&factory);
    /* Else no edited file would come further than to the checksum. */
    file = edited(&nothing);
    data = amt_data_copy(&factory);
    FUZZ_MUST(amt_nvm_decode(data, file->data, file->len, "fuzz", NULL), "a good file is refused");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput input = {data, MIN(size, 4 * FUZZ_INPUT_MAX)};
    bool again_too = fuzz_one_in(16, data, size); /* half of the work are its checksums */
    g_autoptr(GByteArray) file = NULL;

    if (!good) {
        init();
    }
    if (fuzz_u8(&input) & 1) {
        file = edited(&input);
        decode(file->data, file->len, again_too);
    } else {
        decode(input.data, input.left, again_too);
    }
    return 0;
}
