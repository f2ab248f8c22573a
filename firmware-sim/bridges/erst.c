/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/bridges/erst.h"

#include <string.h>

#include <swme/bytes.h>

#include "firmware-sim/error.h"

#define OFF_SLOT_SIZE 8
#define OFF_FIRST     12
#define OFF_VERSION   16
#define OFF_IDS       24
#define ID_SIZE       8
#define VERSION       0x0100
#define SLOT_MIN      4096
#define NO_ID         UINT64_C(0)
#define FREE_ID       UINT64_MAX

/* A slot size that is none, or slots that begin in the list of their ids, are of no QEMU's. */
static bool check(const uint8_t *file, size_t size, size_t *slot_size, size_t *first,
                  GError **error)
{
    if (size < OFF_IDS || memcmp(file, "ERSTSTOR", 8) != 0) {
        return swme_error_set(error, SWME_ERROR_STATE, NULL,
                              "no store of error records: a file of QEMU's acpi-erst begins with "
                              "ERSTSTOR");
    }
    *slot_size = swme_get_le32(file + OFF_SLOT_SIZE);
    *first = swme_get_le32(file + OFF_FIRST);
    if (swme_get_le16(file + OFF_VERSION) != VERSION || *slot_size < SLOT_MIN ||
        (*slot_size & (*slot_size - 1)) || *slot_size > size || !*first || *first % *slot_size ||
        *first > size) {
        return swme_error_set(error, SWME_ERROR_STATE, NULL,
                              "a store of error records that is damaged, or of another version");
    }
    return true;
}

/* Several parts of one log have one stamp. */
typedef struct Reader {
    SwmeErst *result;
    SwmeCperFunc func;
    void *opaque;
    bool died;
    uint64_t died_at;
} Reader;

static void on_event(void *opaque, const AmtEvent *event)
{
    Reader *reader = opaque;

    if (reader->result->events < SWME_ERST_EVENTS) {
        reader->result->events++;
        reader->func(reader->opaque, event);
    }
}

static void read_slot(Reader *reader, const uint8_t *record, size_t size)
{
    reader->result->records++;
    if (swme_cper_is_dying_words(record, size)) {
        uint64_t stamp = swme_cper_stamp(record);

        if (reader->died && stamp == reader->died_at) {
            return;
        }
        reader->died = true;
        reader->died_at = stamp;
    }
    if (reader->result->events >= SWME_ERST_EVENTS ||
        swme_cper_read(record, size, on_event, reader, NULL) < 0) {
        reader->result->unread++;
    }
}

bool swme_erst_read(SwmeErst *result, const uint8_t *file, size_t size, SwmeCperFunc func,
                    void *opaque, GError **error)
{
    Reader reader = {.result = result, .func = func, .opaque = opaque};
    size_t slot_size = SLOT_MIN, first = 0, slots;

    *result = (SwmeErst){0};
    if (size > SWME_ERST_FILE_MAX) {
        return swme_error_set(error, SWME_ERROR_STATE, NULL,
                              "a store of error records of more than %d MiB",
                              SWME_ERST_FILE_MAX >> 20);
    }
    if (!check(file, size, &slot_size, &first, error)) {
        return false;
    }
    slots = MIN(size / slot_size, (first - OFF_IDS) / ID_SIZE);
    for (size_t i = first / slot_size; i < slots; i++) {
        uint64_t id = swme_get_le64(file + OFF_IDS + i * ID_SIZE);

        if (id != NO_ID && id != FREE_ID) {
            read_slot(&reader, file + i * slot_size, slot_size);
        }
    }
    return true;
}
