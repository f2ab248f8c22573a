/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Captures: the file's format, its reader and writer, records. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>
#include <glib/gstdio.h>

#include <swme/bytes.h>
#include <swme/capture.h>
#include <swme/heci-regs.h>

#include "firmware-sim/capture/capture.h"
#include "firmware-sim/capture/decode.h"
#include "firmware-sim/capture/pcapng.h"
#include "firmware-sim/capture/setup.h"
#include "firmware-sim/manual-clock.h"
#include "tests/unit/unit.h"

static const uint8_t note[] = {CAPTURE_VERSION, CAPTURE_NOTE, 0, 0, 'h', 'e', 'y'};

static GByteArray *two_notes(void)
{
    GByteArray *out = g_byte_array_new();

    swme_pcapng_header(out, "test");
    swme_pcapng_packet(out, 5, note, sizeof(note));
    swme_pcapng_packet(out, INT64_C(7000000001), note, sizeof(note) - 1);
    return out;
}

static unsigned int count(const void *data, size_t size, GError **error)
{
    SwmePcapngReader reader;
    SwmePcapngRecord record;
    unsigned int found = 0;

    swme_pcapng_reader_init(&reader, data, size);
    while (swme_pcapng_next(&reader, &record, error)) {
        found++;
    }
    swme_pcapng_reader_clear(&reader);
    return found;
}

/* ---- the format ---- */

START_TEST(a_file_is_read_back)
{
    g_autoptr(GByteArray) file = two_notes();
    SwmePcapngReader reader;
    SwmePcapngRecord record;
    GError *error = NULL;

    swme_pcapng_reader_init(&reader, file->data, file->len);
    ck_assert(swme_pcapng_next(&reader, &record, &error));
    ck_assert_int_eq(record.stamp_ns, 5);
    ck_assert_uint_eq(record.size, sizeof(note));
    ck_assert_mem_eq(record.data, note, sizeof(note));
    ck_assert(swme_pcapng_next(&reader, &record, &error));
    ck_assert_int_eq(record.stamp_ns, INT64_C(7000000001));
    ck_assert_uint_eq(record.size, sizeof(note) - 1);
    ck_assert(!swme_pcapng_next(&reader, &record, &error));
    ck_assert_ptr_null(error);
    swme_pcapng_reader_clear(&reader);
}
END_TEST

/* A file that still grows may end anywhere: what is whole is read, and nothing is said. */
START_TEST(a_file_cut_anywhere_has_what_is_whole)
{
    g_autoptr(GByteArray) file = two_notes();
    unsigned int last = 0;

    for (guint size = 28; size <= file->len; size++) {
        g_autofree uint8_t *copy = g_memdup2(file->data, size);
        g_autoptr(GError) error = NULL;
        unsigned int found = count(copy, size, &error);

        MUST(error == NULL || size < 68); /* within its head it is no capture yet */
        MUST(found >= last && found <= 2);
        last = found;
    }
    ck_assert_uint_eq(last, 2);
}
END_TEST

START_TEST(a_flipped_byte_is_an_error_or_a_record_less_and_never_more)
{
    g_autoptr(GByteArray) file = two_notes();

    for (guint i = 0; i < file->len; i++) {
        g_autofree uint8_t *copy = g_memdup2(file->data, file->len);
        g_autoptr(GError) error = NULL;

        copy[i] ^= 0x81;
        MUST(count(copy, file->len, &error) <= 2);
        MUST(error == NULL || !strchr(error->message, '\n'));
    }
}
END_TEST

START_TEST(what_is_no_capture_is_told_in_a_line)
{
    static const char text[] = "this is no capture at all, but a text";
    g_autoptr(GByteArray) file = two_notes();
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) order = NULL;

    ck_assert_uint_eq(count(text, sizeof(text), &error), 0);
    ck_assert_ptr_nonnull(error);
    ck_assert_ptr_nonnull(strstr(error->message, "no pcapng file"));
    swme_put_le32(file->data + 8, 0x4d3c2b1a);
    ck_assert_uint_eq(count(file->data, file->len, &order), 0);
    ck_assert_ptr_nonnull(strstr(order->message, "big-endian"));
}
END_TEST

/* ---- others' files ---- */

static void put_block(GByteArray *out, uint32_t type, const void *body, size_t size)
{
    uint8_t word[4];

    swme_put_le32(word, type);
    g_byte_array_append(out, word, 4);
    swme_put_le32(word, (uint32_t)size + 12);
    g_byte_array_append(out, word, 4);
    g_byte_array_append(out, body, (guint)size);
    g_byte_array_append(out, word, 4);
}

#define SECTION   0x0a0d0d0a
#define INTERFACE 1
#define PACKET    6

static GByteArray *section(void)
{
    static const uint8_t head[16] = {0x4d, 0x3c, 0x2b, 0x1a, 1};
    GByteArray *out = g_byte_array_new();

    put_block(out, SECTION, head, sizeof(head));
    return out;
}

/* Of our link type where resolution is not 0. */
static void put_interface(GByteArray *out, uint8_t resolution)
{
    uint8_t body[] = {0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0, resolution, 0, 0, 0, 0, 0, 0, 0};

    swme_put_le16(body, resolution ? CAPTURE_LINK_TYPE : 1);
    put_block(out, INTERFACE, body, sizeof(body));
}

static void put_packet(GByteArray *out, uint32_t index, uint64_t stamp, uint32_t captured)
{
    uint8_t body[20 + 8] = {0};

    swme_put_le32(body, index);
    swme_put_le32(body + 4, (uint32_t)(stamp >> 32));
    swme_put_le32(body + 8, (uint32_t)stamp);
    swme_put_le32(body + 12, captured);
    swme_put_le32(body + 16, captured);
    memcpy(body + 20, note, sizeof(note));
    put_block(out, PACKET, body, sizeof(body));
}

/* Interfaces say in what their packets' times are: powers of ten, or of two. */
START_TEST(times_of_any_unit_are_read)
{
    static const struct {
        uint8_t resolution;
        uint64_t stamp;
        int64_t ns;
    } cases[] = {
        {9, 5, 5},
        {3, 7, 7000000},
        {12, 7999, 7},
        {30, UINT64_MAX, 0}, /* less than one */
        {6, UINT64_MAX, INT64_MAX},
        {9, UINT64_MAX, INT64_MAX},
        {1, INT64_MAX, INT64_MAX},
        {0x80, 3, INT64_C(3000000000)},
        {0x81, 3, INT64_C(1500000000)},
        {0x80 | 20, 3 << 20 | 1 << 18, INT64_C(3250000000)},
        {0x80, UINT64_MAX, INT64_MAX},
        {0x80 | 64, UINT64_C(1) << 63, INT64_C(500000000)},
        {0xff, 3, 0},
    };

    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        g_autoptr(GByteArray) file = section();
        SwmePcapngReader reader;
        SwmePcapngRecord record;

        put_interface(file, cases[i].resolution);
        put_packet(file, 0, cases[i].stamp, sizeof(note));
        swme_pcapng_reader_init(&reader, file->data, file->len);
        ck_assert(swme_pcapng_next(&reader, &record, NULL));
        MUST_MSG(record.stamp_ns == cases[i].ns, "case %zu: %" G_GINT64_FORMAT, i, record.stamp_ns);
        swme_pcapng_reader_clear(&reader);
    }
}
END_TEST

/* A file with other interfaces' packets, and blocks that nobody needs, in between. */
START_TEST(what_is_not_ours_is_passed_over)
{
    g_autoptr(GByteArray) file = section();
    static const uint8_t nothing[16];
    static const uint8_t named[] = {0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 2, 0, 200, 0};
    g_autoptr(GError) error = NULL;

    put_packet(file, 0, 1, sizeof(note)); /* of an interface that does not come before it */
    put_interface(file, 0);
    put_interface(file, 9);
    put_block(file, INTERFACE, named, sizeof(named)); /* options of no length, and of too much */
    put_packet(file, 0, 1, sizeof(note));
    put_packet(file, 1, 1, 9); /* more than is there */
    put_packet(file, 2, 1, sizeof(note));
    put_packet(file, 3, 1, sizeof(note));
    put_block(file, PACKET, nothing, sizeof(nothing));
    put_block(file, 5, nothing, sizeof(nothing));
    put_packet(file, 1, 1, sizeof(note));
    ck_assert_uint_eq(count(file->data, file->len, &error), 1);
    ck_assert_ptr_null(error);
}
END_TEST

START_TEST(blocks_that_cannot_be_are_told)
{
    static const uint8_t order[4] = {0x4d, 0x3c, 0x2b, 0x1a}, half[4] = {0};
    g_autoptr(GByteArray) brief = g_byte_array_new();
    g_autoptr(GByteArray) small = section();
    g_autoptr(GByteArray) many = section();
    g_autoptr(GByteArray) mute = g_byte_array_new();
    g_autoptr(GByteArray) large = section();
    g_autoptr(GByteArray) odd = section();
    const struct {
        const GByteArray *file;
        const char *told;
    } cases[] = {{brief, "a section's head that is too short"},
                 {small, "an interface that is too short"},
                 {many, "one too many"},
                 {mute, "a section without its byte order"},
                 {large, "a block of an impossible length"},
                 {odd, "a block whose two lengths differ"}};

    put_block(brief, SECTION, order, sizeof(order));
    put_block(small, INTERFACE, half, sizeof(half));
    for (unsigned int i = 0; i < 1000; i++) {
        put_interface(many, 9);
    }
    put_block(mute, SECTION, half, sizeof(half));
    put_block(large, PACKET, order, sizeof(order));
    swme_put_le32(large->data + 28 + 4, 1u << 30);
    put_block(odd, PACKET, order, sizeof(order));
    odd->data[odd->len - 4] ^= 4;
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        g_autoptr(GError) error = NULL;

        ck_assert_uint_eq(count(cases[i].file->data, cases[i].file->len, &error), 0);
        MUST_MSG(error && strstr(error->message, cases[i].told), "%s: %s", cases[i].told,
                 error ? error->message : "no error");
    }
}
END_TEST

START_TEST(nothing_is_no_capture)
{
    g_autoptr(GError) error = NULL;

    ck_assert_uint_eq(count("", 0, &error), 0);
    ck_assert_ptr_nonnull(strstr(error->message, "too short"));
}
END_TEST

/* ---- the writer ---- */

static char *scratch(const char *name)
{
    g_autofree char *folder = g_dir_make_tmp("swme-capture.XXXXXX", NULL);

    return g_build_filename(folder, name, NULL);
}

static void scratch_done(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);

    g_unlink(path);
    g_rmdir(folder);
}

START_TEST(the_writer_writes_all_in_order)
{
    g_autofree char *path = scratch("file");
    SwmeCaptureFile *file = swme_capture_file_new(path, "test", NULL);
    g_autofree char *data = NULL;
    SwmePcapngReader reader;
    SwmePcapngRecord record;
    gsize size;

    ck_assert_ptr_nonnull(file);
    for (int64_t i = 0; i < 50000; i++) {
        swme_capture_file_add(file, i, note, sizeof(note));
    }
    swme_capture_file_free(file);
    ck_assert(g_file_get_contents(path, &data, &size, NULL));
    swme_pcapng_reader_init(&reader, data, size);
    for (int64_t i = 0; i < 50000; i++) {
        MUST(swme_pcapng_next(&reader, &record, NULL));
        MUST_EQ(record.stamp_ns, i);
    }
    ck_assert(!swme_pcapng_next(&reader, &record, NULL));
    swme_pcapng_reader_clear(&reader);
    scratch_done(path);
}
END_TEST

START_TEST(a_full_disk_is_refused_at_the_start)
{
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(swme_capture_file_new("/dev/full", "test", &error));
    ck_assert_ptr_nonnull(strstr(error->message, "no room"));
}
END_TEST

START_TEST(a_folder_that_is_not_there_is_told)
{
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(swme_capture_file_new("/nowhere/at/all", "test", &error));
    ck_assert_ptr_nonnull(strstr(error->message, "'/nowhere/at/all'"));
}
END_TEST

/* A FIFO that nobody reads: adding never waits, what has no room is counted, and the end comes. */
START_TEST(a_fifo_that_nobody_reads_holds_nothing_up)
{
    g_autofree char *path = scratch("fifo");
    g_autofree uint8_t *big = g_malloc0(CAPTURE_RECORD_MAX);
    SwmeCaptureFile *file;

    memcpy(big, note, CAPTURE_HEAD_SIZE);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    file = swme_capture_file_new(path, "test", NULL);
    ck_assert_ptr_nonnull(file);
    for (int i = 0; i < 1000; i++) {
        swme_capture_file_add(file, i, big, CAPTURE_RECORD_MAX);
    }
    ck_assert_uint_ge(swme_capture_file_dropped(file), 300); /* of 64 MB, 16 or 32 wait */
    swme_capture_file_end(file);
    ck_assert_uint_ge(swme_capture_file_dropped(file), 900);
    swme_capture_file_free(file);
    scratch_done(path);
}
END_TEST

/* Once there is room again, a record tells how many are missing. */
START_TEST(what_was_lost_is_told_in_the_file)
{
    g_autofree char *path = scratch("fifo");
    g_autofree uint8_t *big = g_malloc0(CAPTURE_RECORD_MAX);
    g_autoptr(GByteArray) got = g_byte_array_new();
    SwmeCaptureFile *file;
    SwmePcapngReader reader;
    SwmePcapngRecord record;
    uint64_t dropped, lost = 0, read_back = 0;
    g_autofree uint8_t *chunk = g_malloc(1 << 16);
    bool told = false;
    int fd;

    memcpy(big, note, CAPTURE_HEAD_SIZE);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    fd = open(path, O_RDONLY | O_NONBLOCK);
    file = swme_capture_file_new(path, "test", NULL);
    for (int i = 0; i < 1000; i++) {
        swme_capture_file_add(file, i, big, CAPTURE_RECORD_MAX);
    }
    dropped = swme_capture_file_dropped(file);
    ck_assert_uint_gt(dropped, 0);
    /* From here on somebody reads. What comes through tells of what did not. */
    ck_assert_int_eq(fcntl(fd, F_SETFL, 0), 0);
    while (!told) {
        ssize_t n = read(fd, chunk, 1 << 16);

        MUST(n > 0);
        g_byte_array_append(got, chunk, (guint)n);
        swme_capture_file_add(file, 2000, note, sizeof(note));
        lost = read_back = 0;
        if (got->len < 8 << 20) {
            continue;
        }
        swme_pcapng_reader_init(&reader, got->data, got->len);
        while (swme_pcapng_next(&reader, &record, NULL)) {
            if (record.data[CAPTURE_OFF_KIND] == CAPTURE_LOST) {
                lost += swme_get_le64(record.data + CAPTURE_HEAD_SIZE);
                told = true;
            }
            read_back += record.size == CAPTURE_RECORD_MAX;
        }
        swme_pcapng_reader_clear(&reader);
    }
    ck_assert_uint_ge(lost, dropped);
    ck_assert_uint_eq(read_back + dropped, 1000);
    close(fd);
    swme_capture_file_free(file);
    scratch_done(path);
}
END_TEST

/* What no longer fits is counted, whether the disk ends within a record or between two, and what is
 * in the file can be read. */
START_TEST(a_disk_that_fills_up_loses_the_rest)
{
    g_autofree char *path = scratch("file");
    SwmeCaptureFile *file = swme_capture_file_new(path, "test", NULL);
    g_autoptr(GByteArray) block = g_byte_array_new();
    struct rlimit was, most;
    struct stat status;
    g_autofree char *data = NULL;
    g_autoptr(GError) error = NULL;
    unsigned int kept;
    gsize size;

    swme_pcapng_packet(block, 0, note, sizeof(note));
    ck_assert_int_eq(stat(path, &status), 0);
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &was), 0);
    most = was;
    most.rlim_cur = (rlim_t)status.st_size + 100 * block->len + (rlim_t)_i;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &most), 0);
    for (int64_t i = 0; i < 1000; i++) {
        swme_capture_file_add(file, i, note, sizeof(note));
    }
    swme_capture_file_end(file);
    swme_capture_file_end(file); /* once is enough */
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &was), 0);
    ck_assert(g_file_get_contents(path, &data, &size, NULL));
    ck_assert_uint_eq(size, most.rlim_cur);
    kept = count(data, size, &error);
    ck_assert_ptr_null(error);
    ck_assert_uint_eq(kept, 100);
    ck_assert_uint_eq(swme_capture_file_dropped(file), 900);
    swme_capture_file_add(file, 0, note, sizeof(note)); /* too late */
    ck_assert_uint_eq(swme_capture_file_dropped(file), 901);
    swme_capture_file_free(file);
    swme_capture_file_free(NULL);
    scratch_done(path);
}
END_TEST

/* ---- levels, set-up ---- */

START_TEST(levels_are_words)
{
    unsigned int levels;
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;

    ck_assert(swme_capture_parse_levels(NULL, &levels, NULL));
    ck_assert_uint_eq(levels, SWME_CAPTURE_ALL);
    ck_assert(swme_capture_parse_levels("messages+registers", &levels, NULL));
    ck_assert_uint_eq(levels, SWME_CAPTURE_MESSAGES | SWME_CAPTURE_REGISTERS);
    text = swme_capture_levels_text(levels);
    ck_assert_str_eq(text, "registers+messages");
    ck_assert(!swme_capture_parse_levels("registers+all", &levels, &error));
    ck_assert_ptr_nonnull(strstr(error->message, "'all'"));
}
END_TEST

START_TEST(the_setup_is_read_back)
{
    SwmeFirmwareConfig config = {
        .platform = swme_platform_find("ppt-1", NULL),
        .amt = SWME_DISABLED,
        .echo = true,
        .latency = "3ms+echo:1s",
        .uuid = {1, 2, 3},
        .time_s = 1234567890,
        .nvm = "amt.nvm", /* not where it is, only that there is one */
    };
    g_autofree char *text = swme_capture_setup_text(&config, "drop", SWME_CAPTURE_REGISTERS);
    SwmeCaptureSetup setup;

    ck_assert(swme_capture_setup_parse(&setup, text, strlen(text), NULL));
    ck_assert_ptr_eq(setup.config.platform, config.platform);
    ck_assert_int_eq(setup.config.amt, SWME_DISABLED);
    ck_assert(setup.config.echo && setup.nvm && !setup.imported);
    ck_assert_str_eq(setup.config.latency, config.latency);
    ck_assert_mem_eq(setup.config.uuid, config.uuid, sizeof(config.uuid));
    ck_assert_int_eq(setup.config.time_s, config.time_s);
    ck_assert_str_eq(setup.fault, "drop");
    ck_assert_uint_eq(setup.levels, SWME_CAPTURE_REGISTERS);
    swme_capture_setup_clear(&setup);
    /* What a newer version says besides is nothing to this one. */
    ck_assert(swme_capture_setup_parse(&setup, "news=on\nplatform=ppt-1", 22, NULL));
    swme_capture_setup_clear(&setup);
}
END_TEST

START_TEST(a_setup_that_is_none_is_refused)
{
    static const char *const bad[] = {"",
                                      "platform=none-such\n",
                                      "echo=maybe\nplatform=ppt-1\n",
                                      "platform=ppt-1\ntime=soon\n",
                                      "platform=ppt-1\nuuid=1\n",
                                      "platform=ppt-1\namt=perhaps\n",
                                      "platform=ppt-1\nnvm=1\n",
                                      "platform=ppt-1\nimported=\n",
                                      "platform=ppt-1\nlevels=some\n",
                                      "platform=ppt-1\nlevels=\n",
                                      "platform\n"};

    for (size_t i = 0; i < UNIT_COUNT(bad); i++) {
        g_autoptr(GError) error = NULL;
        SwmeCaptureSetup setup;

        ck_assert(!swme_capture_setup_parse(&setup, bad[i], strlen(bad[i]), &error));
        ck_assert_ptr_nonnull(error);
        swme_capture_setup_clear(&setup);
    }
}
END_TEST

/* ---- events ---- */

typedef struct Seen {
    unsigned int count;
    int64_t stamps[8];
    unsigned int kinds[8];
    unsigned int flags[8];
} Seen;

static void saw(void *opaque, int64_t stamp_ns, const uint8_t *data, size_t size)
{
    Seen *seen = opaque;

    ck_assert_uint_ge(size, CAPTURE_HEAD_SIZE);
    ck_assert_uint_lt(seen->count, UNIT_COUNT(seen->stamps));
    seen->stamps[seen->count] = stamp_ns;
    seen->kinds[seen->count] = data[CAPTURE_OFF_KIND];
    seen->flags[seen->count++] = swme_get_le16(data + CAPTURE_OFF_FLAGS);
}

static void fired(void *opaque)
{
    (*(unsigned int *)opaque)++;
}

START_TEST(time_stands_still_in_an_event)
{
    SwmeManualClock *clock = swme_manual_clock_new();
    Seen seen = {0};
    SwmeCapture *capture = swme_capture_new(SWME_CAPTURE_ALL, swme_manual_clock(clock), saw, &seen);
    SwmeClock *shown = swme_capture_clock(capture);
    unsigned int times = 0;
    SwmeTimer *timer = shown->timer_new(shown, fired, &times);

    swme_manual_clock_advance(clock, 100);
    swme_capture_begin(capture);
    swme_manual_clock_advance(clock, 50);
    ck_assert_int_eq(shown->now(shown), 100);
    swme_capture_access(capture, CAPTURE_WRITE, 0, HECI_H_CSR, 4, 1);
    swme_capture_end(capture);
    ck_assert_int_eq(shown->now(shown), 150);
    shown->timer_arm(timer, 300);
    swme_manual_clock_advance(clock, 1000);
    ck_assert_uint_eq(times, 1);
    swme_capture_values(capture, CAPTURE_IRQ, 1, 1, 0); /* by nobody's doing */
    ck_assert_uint_eq(seen.count, 3);
    ck_assert_int_eq(seen.stamps[0], 100);
    ck_assert_uint_eq(seen.kinds[1], CAPTURE_TIMER);
    ck_assert_int_eq(seen.stamps[1], 300);
    ck_assert_uint_eq(seen.flags[1], 0);
    ck_assert_uint_eq(seen.flags[2], CAPTURE_OUTSIDE);
    shown->timer_free(timer);
    swme_capture_free(capture);
    swme_manual_clock_free(clock);
}
END_TEST

/* ---- words ---- */

START_TEST(any_bytes_can_be_decoded)
{
    uint8_t record[64];

    for (unsigned int kind = 0; kind < 32; kind++) {
        for (size_t size = 0; size <= sizeof(record); size++) {
            SwmeDecoded decoded;
            g_autofree uint8_t *copy = NULL;
            g_autofree char *line = NULL;
            g_autofree char *json = NULL;

            memset(record, (int)(kind * 7 + size), sizeof(record));
            record[0] = CAPTURE_VERSION;
            record[1] = (uint8_t)kind;
            copy = g_memdup2(record, size);
            swme_decode(&decoded, copy, size);
            line = swme_decoded_line(&decoded);
            json = swme_decoded_json(&decoded, 1, 2);
            MUST(!strchr(line, '\n') && !strchr(json, '\n'));
            swme_decoded_clear(&decoded);
        }
    }
}
END_TEST

START_TEST(a_host_bus_message_is_told_in_words)
{
    static const uint8_t packet[] = {
        CAPTURE_VERSION, CAPTURE_PACKET, CAPTURE_TO_HOST, 0, 0, 0, 4, 0x80, 0x86, 0x20, 0x02, 0x03};
    SwmeDecoded decoded;
    g_autofree char *line = NULL;

    swme_decode(&decoded, packet, sizeof(packet));
    line = swme_decoded_line(&decoded);
    ck_assert_str_eq(line, "packet <- hbm CONNECT response ME address=0 host address=0 length=4 "
                           "complete=1 command=0x86 ME address=0x20 host address=2 status=3 "
                           "(rejected)");
    swme_decoded_clear(&decoded);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("capture");
    TCase *tcase = unit_case(suite, "format");

    tcase_add_test(tcase, a_file_is_read_back);
    tcase_add_test(tcase, a_file_cut_anywhere_has_what_is_whole);
    tcase_add_test(tcase, a_flipped_byte_is_an_error_or_a_record_less_and_never_more);
    tcase_add_test(tcase, what_is_no_capture_is_told_in_a_line);
    tcase_add_test(tcase, times_of_any_unit_are_read);
    tcase_add_test(tcase, what_is_not_ours_is_passed_over);
    tcase_add_test(tcase, blocks_that_cannot_be_are_told);
    tcase_add_test(tcase, nothing_is_no_capture);
    tcase = unit_case(suite, "writer");
    tcase_add_test(tcase, the_writer_writes_all_in_order);
    tcase_add_test(tcase, a_full_disk_is_refused_at_the_start);
    tcase_add_test(tcase, a_folder_that_is_not_there_is_told);
    tcase_add_test(tcase, a_fifo_that_nobody_reads_holds_nothing_up);
    tcase_add_test(tcase, what_was_lost_is_told_in_the_file);
    tcase_add_loop_test(tcase, a_disk_that_fills_up_loses_the_rest, 0, 2);
    tcase = unit_case(suite, "records");
    tcase_add_test(tcase, levels_are_words);
    tcase_add_test(tcase, the_setup_is_read_back);
    tcase_add_test(tcase, a_setup_that_is_none_is_refused);
    tcase_add_test(tcase, time_stands_still_in_an_event);
    tcase_add_test(tcase, any_bytes_can_be_decoded);
    tcase_add_test(tcase, a_host_bus_message_is_told_in_words);
    return unit_run(suite);
}
