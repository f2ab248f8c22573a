/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes a record of a capture: levels, the order within an event, that no secret does. */
#include <string.h>

#include <glib.h>

#include <swme/bytes.h>
#include <swme/capture.h>
#include <swme/dma-ring.h>
#include <swme/heci-regs.h>
#include <swme/mei-header.h>

#include "firmware-sim/capture/capture.h"
#include "firmware-sim/capture/decode.h"
#include "firmware-sim/capture/layout.h"
#include "firmware-sim/manual-clock.h"
#include "tests/unit/unit.h"

typedef struct Tape {
    SwmeManualClock *clock;
    SwmeCapture *capture;
    GPtrArray *records; /* GBytes */
    int64_t last_ns;
} Tape;

static void keep(void *opaque, int64_t stamp_ns, const uint8_t *data, size_t size)
{
    Tape *tape = opaque;

    g_ptr_array_add(tape->records, g_bytes_new(data, size));
    tape->last_ns = stamp_ns;
}

static Tape *tape_new(unsigned int levels)
{
    Tape *tape = g_new0(Tape, 1);

    tape->clock = swme_manual_clock_new();
    tape->records = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    tape->capture = swme_capture_new(levels, swme_manual_clock(tape->clock), keep, tape);
    return tape;
}

static void tape_free(Tape *tape)
{
    swme_capture_free(tape->capture);
    swme_manual_clock_free(tape->clock);
    g_ptr_array_unref(tape->records);
    g_free(tape);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tape, tape_free)

static const uint8_t *record(const Tape *tape, guint index, size_t *size)
{
    gsize have;
    const uint8_t *data;

    MUST(index < tape->records->len);
    data = g_bytes_get_data(tape->records->pdata[index], &have);
    *size = have;
    return data;
}

static void must_be(const Tape *tape, guint index, unsigned int kind, bool veiled)
{
    size_t size;
    const uint8_t *data = record(tape, index, &size);

    ck_assert_uint_eq(data[CAPTURE_OFF_KIND], kind);
    ck_assert(((swme_get_le16(data + CAPTURE_OFF_FLAGS) & CAPTURE_VEILED) != 0) == veiled);
}

static bool holds(const Tape *tape, guint index, const char *text)
{
    size_t size;
    const uint8_t *data = record(tape, index, &size);

    return g_strstr_len((const char *)data + CAPTURE_HEAD_SIZE + 16,
                        (gssize)(size - CAPTURE_HEAD_SIZE - 16), text) != NULL;
}

static const SwmeTrace secret = {
    .kind = SWME_TRACE_MESSAGE_IN, .what = "amthi", .me_addr = 32, .host_addr = 1, .secret = true};
static const SwmeTrace plain = {.kind = SWME_TRACE_MESSAGE_OUT,
                                .what = "echo",
                                .me_addr = 35,
                                .host_addr = 1,
                                .data = (const uint8_t *)"hello",
                                .size = 5};

/* A ring is copied before anybody knows what is in it: only the event's end
 * does. */
START_TEST(what_a_dma_ring_carried_of_a_secret_is_zeros)
{
    g_autoptr(Tape) tape = tape_new(SWME_CAPTURE_ALL);
    static const char payload[] = "the password, which nobody but the owner is to know, is sesame";
    static const uint8_t counters[DMA_RING_CTRL_SIZE];

    swme_capture_begin(tape->capture);
    swme_capture_dma(tape->capture, CAPTURE_DMA_READ, 0x1000, counters, sizeof(counters), true);
    swme_capture_dma(tape->capture, CAPTURE_DMA_READ, 0x2000, payload, sizeof(payload), true);
    swme_capture_trace(tape->capture, &secret);
    swme_capture_values(tape->capture, CAPTURE_IRQ, 1, 1, 0);
    ck_assert_uint_eq(tape->records->len, 0); /* nothing overtakes what is held back */
    swme_capture_end(tape->capture);
    ck_assert_uint_eq(tape->records->len, 4);
    must_be(tape, 0, CAPTURE_DMA_READ, false); /* the ring's counters tell nothing */
    must_be(tape, 1, CAPTURE_DMA_READ, true);
    must_be(tape, 2, CAPTURE_MESSAGE, true);
    must_be(tape, 3, CAPTURE_IRQ, false);
    ck_assert(!holds(tape, 1, "sesame"));
}
END_TEST

START_TEST(what_it_carried_of_anything_else_is_there)
{
    g_autoptr(Tape) tape = tape_new(SWME_CAPTURE_ALL);
    static const char payload[] = "nothing that anybody hides from anybody";

    swme_capture_begin(tape->capture);
    swme_capture_begin(tape->capture); /* events nest */
    swme_capture_dma(tape->capture, CAPTURE_DMA_WRITE, 0x2000, payload, sizeof(payload), true);
    swme_capture_end(tape->capture);
    ck_assert_uint_eq(tape->records->len, 0);
    swme_capture_trace(tape->capture, &plain);
    swme_capture_end(tape->capture);
    must_be(tape, 0, CAPTURE_DMA_WRITE, false);
    ck_assert(holds(tape, 0, "nothing that"));
    must_be(tape, 1, CAPTURE_MESSAGE, false);
    /* One event's secret is not the next one's. */
    swme_capture_begin(tape->capture);
    swme_capture_trace(tape->capture, &secret);
    swme_capture_end(tape->capture);
    swme_capture_begin(tape->capture);
    swme_capture_dma(tape->capture, CAPTURE_DMA_WRITE, 0x2000, payload, sizeof(payload), true);
    swme_capture_end(tape->capture);
    must_be(tape, 3, CAPTURE_DMA_WRITE, false);
}
END_TEST

/* Memory that was refused has no contents, where it was to be read. */
START_TEST(a_transfer_that_failed_says_so)
{
    g_autoptr(Tape) tape = tape_new(SWME_CAPTURE_REGISTERS);
    static const uint8_t bytes[64] = {1};
    size_t read, written;

    swme_capture_dma(tape->capture, CAPTURE_DMA_READ, 0x1000, bytes, sizeof(bytes), false);
    swme_capture_dma(tape->capture, CAPTURE_DMA_WRITE, 0x1000, bytes, sizeof(bytes), false);
    record(tape, 0, &read);
    record(tape, 1, &written);
    ck_assert_uint_eq(read, CAPTURE_HEAD_SIZE + 16);
    ck_assert_uint_eq(written, CAPTURE_HEAD_SIZE + 16 + sizeof(bytes));
    for (guint i = 0; i < 2; i++) {
        size_t size;
        const uint8_t *data = record(tape, i, &size);
        SwmeDecoded decoded;

        ck_assert_uint_eq(swme_get_le32(data + CAPTURE_HEAD_SIZE + 12), 0);
        ck_assert(swme_get_le16(data + CAPTURE_OFF_FLAGS) & CAPTURE_OUTSIDE);
        swme_decode(&decoded, data, size);
        ck_assert(!decoded.malformed);
        swme_decoded_clear(&decoded);
    }
}
END_TEST

static void one_of_each(SwmeCapture *capture)
{
    static const uint8_t packet[8];
    SwmeTrace trace = {.kind = SWME_TRACE_PACKET_IN, .what = "HBM", .data = packet, .size = 8};

    swme_capture_begin(capture);
    swme_capture_access(capture, CAPTURE_READ, 0, HECI_ME_CSR_HA, 4, 0);
    swme_capture_values(capture, CAPTURE_IRQ, 1, 1, 0);
    swme_capture_trace(capture, &trace);
    trace.kind = SWME_TRACE_PACKET_OUT;
    swme_capture_trace(capture, &trace);
    swme_capture_trace(capture, &plain);
    trace.kind = SWME_TRACE_NOTE;
    trace.what = "a note";
    swme_capture_trace(capture, &trace);
    swme_capture_text(capture, CAPTURE_SETUP, "setup");
    swme_capture_dma(capture, CAPTURE_DMA_READ, 0, packet, 8, true);
    swme_capture_end(capture);
}

START_TEST(each_level_has_its_records_and_all_have_the_setup)
{
    static const struct {
        const char *levels;
        guint records;
    } cases[] = {
        {"registers", 4}, {"packets", 3}, {"messages", 3}, {"packets+messages", 5}, {NULL, 8}};

    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        unsigned int bits;
        g_autoptr(Tape) tape = NULL;

        ck_assert(swme_capture_parse_levels(cases[i].levels, &bits, NULL));
        tape = tape_new(bits);
        one_of_each(tape->capture);
        MUST_MSG(tape->records->len == cases[i].records, "%s: %u", cases[i].levels,
                 tape->records->len);
    }
}
END_TEST

/* Without a firmware to ask nothing is secret; a reset of the link ends a
 * message half way. */
START_TEST(the_windows_are_followed_over_a_reset)
{
    g_autoptr(Tape) tape = tape_new(SWME_CAPTURE_REGISTERS);
    const uint32_t values[] = {mei_hdr(32, 1, 12, false), 1, 2, 3, mei_hdr(32, 1, 0, true)};

    for (unsigned int round = 0; round < 2; round++) {
        swme_capture_begin(tape->capture);
        swme_capture_access(tape->capture, CAPTURE_WRITE, 0, HECI_H_CSR, 4, H_CSR_RST | H_CSR_IG);
        swme_capture_end(tape->capture);
        for (size_t i = 0; i < UNIT_COUNT(values) - round; i++) {
            swme_capture_access(tape->capture, CAPTURE_WRITE, 0, HECI_H_CB_WW, 4, values[i]);
            swme_capture_access(tape->capture, CAPTURE_READ, 0, HECI_ME_CB_RW, 4, values[i]);
        }
        /* Accesses of another width, and those that nobody answered, move no
         * window. */
        swme_capture_access(tape->capture, CAPTURE_WRITE, 0, HECI_H_CB_WW, 2, 1);
        swme_capture_access(tape->capture, CAPTURE_WRITE, CAPTURE_UNANSWERED, HECI_H_CB_WW, 4, 1);
    }
    for (guint i = 0; i < tape->records->len; i++) {
        size_t size;
        const uint8_t *data = record(tape, i, &size);

        ck_assert(!(swme_get_le16(data + CAPTURE_OFF_FLAGS) & CAPTURE_VEILED));
    }
    ck_assert_uint_eq(tape->records->len, 2 * 3 + 2 * (5 + 4));
}
END_TEST

START_TEST(a_message_of_any_length_is_a_record_that_can_be_read)
{
    g_autoptr(Tape) tape = tape_new(SWME_CAPTURE_MESSAGES);
    g_autofree uint8_t *bytes = g_malloc0(CAPTURE_RECORD_MAX + 1000);
    g_autofree char *name = g_strnfill(300, 'n');
    SwmeTrace trace = plain;
    size_t size;

    trace.data = bytes;
    trace.size = CAPTURE_RECORD_MAX + 1000;
    trace.what = name; /* cut, as the length of a name is one byte */
    swme_capture_trace(tape->capture, &trace);
    record(tape, 0, &size);
    ck_assert_uint_eq(size, CAPTURE_RECORD_MAX);
    trace.size = 0;
    swme_capture_trace(tape->capture, &trace);
    for (guint i = 0; i < 2; i++) {
        const uint8_t *data = record(tape, i, &size);
        g_autofree char *line = NULL;
        SwmeDecoded decoded;

        swme_decode(&decoded, data, size);
        ck_assert(decoded.to_host);
        line = swme_decoded_line(&decoded);
        ck_assert_ptr_nonnull(strstr(line, "nnnn"));
        swme_decoded_clear(&decoded);
    }
}
END_TEST

/* APF's messages as LMS writes them (include/swme/apf.h has the sources), and
 * their numbers. */
static const struct {
    const char *hex;
    const char *shows[3];
} apf[] = {
    {"01"
     "00000007"
     "0000",
     {"lme DISCONNECT", "reason=7"}},
    {"05"
     "00000012"
     "61706640616d742e696e74656c2e636f6d2e",
     {"lme SERVICE_REQUEST"}},
    {"50"
     "0000000d"
     "7463706970666f7277617264"
     "2e"
     "01"
     "00000007"
     "302e302e302e30"
     "00004260",
     {"lme GLOBAL_REQUEST", "port=0x4260"}},
    {"51"
     "00004260",
     {"lme REQUEST_SUCCESS", "port=0x4260"}},
    {"52", {"lme REQUEST_FAILURE"}},
    {"5b"
     "00000001"
     "00000002"
     "00001000"
     "ffffffff",
     {"lme CHANNEL_OPEN_CONFIRMATION", "window=0x1000"}},
    {"5c"
     "00000001"
     "00000002"
     "00000000"
     "00000000",
     {"lme CHANNEL_OPEN_FAILURE", "connect failed"}},
    {"5d"
     "00000001"
     "00000400",
     {"lme CHANNEL_WINDOW_ADJUST", "bytes=0x400"}},
    {"5e"
     "00000001"
     "00000002"
     "6869",
     {"lme CHANNEL_DATA", "recipient=1"}},
    {"61"
     "00000009",
     {"lme CHANNEL_CLOSE", "recipient=9"}},
    {"d0"
     "00000005",
     {"lme KEEPALIVE_REQUEST", "cookie=5"}},
};

static void decode_apf(SwmeDecoded *decoded, const uint8_t *message, size_t size)
{
    g_autoptr(Tape) tape = tape_new(SWME_CAPTURE_MESSAGES);
    const SwmeTrace trace = {.kind = SWME_TRACE_MESSAGE_IN,
                             .what = "lme",
                             .me_addr = 34,
                             .host_addr = 1,
                             .data = message,
                             .size = size};
    const uint8_t *data;
    size_t length;

    swme_capture_trace(tape->capture, &trace);
    data = record(tape, 0, &length);
    swme_decode(decoded, data, length);
}

START_TEST(apf_is_told_in_words)
{
    size_t size = strlen(apf[_i].hex) / 2;
    g_autofree uint8_t *message = g_malloc(size);
    g_autofree char *line = NULL;
    SwmeDecoded decoded;

    for (size_t i = 0; i < size; i++) {
        message[i] = (uint8_t)(g_ascii_xdigit_value(apf[_i].hex[2 * i]) << 4 |
                               g_ascii_xdigit_value(apf[_i].hex[2 * i + 1]));
    }
    decode_apf(&decoded, message, size);
    line = swme_decoded_line(&decoded);
    ck_assert(!decoded.malformed);
    for (size_t i = 0; i < UNIT_COUNT(apf[_i].shows) && apf[_i].shows[i]; i++) {
        MUST_MSG(strstr(line, apf[_i].shows[i]), "no %s: %s", apf[_i].shows[i], line);
    }
    swme_decoded_clear(&decoded);
    /* Cut anywhere it is shown as far as it goes. */
    for (size_t cut = 1; cut < size; cut++) {
        g_autofree char *part = NULL;

        decode_apf(&decoded, message, cut);
        part = swme_decoded_line(&decoded);
        MUST_MSG(strstr(part, apf[_i].shows[0]), "%s", part);
        swme_decoded_clear(&decoded);
    }
}
END_TEST

/* Messages of other clients, ones for people ("u16 major, minor, …") among them. */
static const struct {
    const char *client;
    bool to_host;
    const char *hex;
    const char *line; /* from behind the addresses on */
} told[] = {
    {"mkhi-fixed", true, "ff82000002000c0001000f0003000d0004000100",
     "mkhi-fixed firmware version response ME address=7 host address=0 group=0xff command=0x82 "
     "reserved=0 result=0 (success) minor=2 major=0xc platform=0 build=1 hotfix=0xf minor=3 "
     "major=0xd platform=0 build=4 hotfix=1"},
    {"mkhi", true, "0583000001000001",
     "mkhi HMRFPO status response ME address=7 host address=0 group=5 command=0x83 reserved=0 "
     "result=0 (success) status=1 constant=00 constant=00 constant=01"},
    {"mkhi", true, "f08800000100000002000000030000000400",
     "mkhi boot performance response ME address=7 host address=0 group=0xf0 command=0x88 "
     "reserved=0 result=0 (success) version=1 count=2 ms=3 data=0400"},
    {"mkhi", true, "ff8d",
     "mkhi unconfigure without password response ME address=7 host address=0 "
     "group=0xff command=0x8d"},
    {"mkhi", true, "ff", "mkhi ME address=7 host address=0 data=ff"}, /* no key */
    {"mkhi", true, "eeee0000", "mkhi ME address=7 host address=0 data=eeee0000"},
    {"mkhix", true, "ff820000", "mkhix ME address=7 host address=0 data=ff820000"},
    {"mkh", true, "ff820000", "mkh ME address=7 host address=0 data=ff820000"},
    {"mchi", true, "0a9c0000010000000102030455",
     "mchi security versions response ME address=7 host address=0 group=0xa command=0x9c "
     "reserved=0 result=0 (success) count=1 usage=1 flags=2 running=3 minimum=4 more=55"},
    {"mchi", true, "0a9c0000ffffffff0102030405",
     "mchi security versions response ME address=7 host address=0 group=0xa command=0x9c "
     "reserved=0 result=0 (success) count=0xffffffff usage=1 flags=2 running=3 minimum=4 usage=5"},
    {"watchdog", true, "0206830000000000ff",
     "watchdog control response ME address=7 host address=0 command=2 count=6 sub-command=0x83 "
     "(started) version=0 status=0 state=0 more=0000ff"},
    {"watchdog", false, "02061300780000",
     "watchdog control ME address=7 host address=0 command=2 count=6 sub-command=0x13 (start or "
     "ping) "
     "version=0 timeout=0x78 reserved=00"},
    {"echo", false, "", "echo echo ME address=7 host address=0"},
};

static GByteArray *bytes_of(const char *hex)
{
    GByteArray *bytes = g_byte_array_new();

    for (; g_ascii_isxdigit(hex[0]); hex += 2) {
        uint8_t byte = (uint8_t)(g_ascii_xdigit_value(hex[0]) << 4 | g_ascii_xdigit_value(hex[1]));

        g_byte_array_append(bytes, &byte, 1);
    }
    return bytes;
}

static void decode_record(SwmeDecoded *decoded, unsigned int kind, unsigned int flags,
                          const GByteArray *body)
{
    const uint8_t head[] = {CAPTURE_VERSION, (uint8_t)kind, (uint8_t)flags, 0};
    g_autoptr(GByteArray) whole = g_byte_array_new();

    g_byte_array_append(whole, head, sizeof(head));
    g_byte_array_append(whole, body->data, body->len);
    swme_decode(decoded, whole->data, whole->len);
}

START_TEST(messages_are_told_in_words)
{
    const uint8_t addresses[] = {7, 0, (uint8_t)strlen(told[_i].client), 0};
    g_autoptr(GByteArray) message = bytes_of(told[_i].hex);
    g_autoptr(GByteArray) body = g_byte_array_new();
    g_autofree char *line = NULL;
    SwmeDecoded decoded;

    g_byte_array_append(body, addresses, sizeof(addresses));
    g_byte_array_append(body, (const uint8_t *)told[_i].client, addresses[2]);
    g_byte_array_append(body, message->data, message->len);
    decode_record(&decoded, CAPTURE_MESSAGE, told[_i].to_host ? CAPTURE_TO_HOST : 0, body);
    line = swme_decoded_line(&decoded);
    ck_assert(!decoded.malformed);
    ck_assert_str_eq(line + strlen("message <- "), told[_i].line);
    swme_decoded_clear(&decoded);
    /* A name that is longer than what is there is told as such. */
    body->data[2] = (uint8_t)(body->len - 3);
    decode_record(&decoded, CAPTURE_MESSAGE, 0, body);
    ck_assert(decoded.malformed);
    swme_decoded_clear(&decoded);
}
END_TEST

static const struct {
    unsigned int kind;
    const char *hex;
    const char *line;
} records[] = {
    {CAPTURE_PACKET,
     "00002880"
     "12000000"
     "010000000200000000100000030000000400000000080000000000000000000020000000",
     "packet -> hbm DMA_SETUP ME address=0 host address=0 length=0x28 complete=1 command=0x12 "
     "reserved=000000 address high=1 address low=2 size=0x1000 address high=3 address low=4 "
     "size=0x800 address high=0 address low=0 size=0x20"},
    {CAPTURE_PACKET, "000004a010000000",
     "packet -> ME address=0 host address=0 length=4 complete=1 extended=0 DMA ring=1 "
     "internal=0 data=10000000"},
    {CAPTURE_PACKET,
     "00000490"
     "01000202",
     "packet -> ME address=0 host address=0 length=4 complete=1 extended=1 DMA ring=0 "
     "internal=0 data=01000202"},
    {CAPTURE_PACKET,
     "23010480"
     "01020304",
     "packet -> ME address=0x23 host address=1 length=4 complete=1 data=01020304"},
};

START_TEST(packets_are_told_in_words)
{
    g_autoptr(GByteArray) body = bytes_of(records[_i].hex);
    g_autofree char *line = NULL;
    SwmeDecoded decoded;

    decode_record(&decoded, records[_i].kind, 0, body);
    line = swme_decoded_line(&decoded);
    ck_assert_str_eq(line, records[_i].line);
    swme_decoded_clear(&decoded);
}
END_TEST

START_TEST(another_version_s_record_is_malformed)
{
    static const uint8_t record[] = {CAPTURE_VERSION + 1, CAPTURE_NOTE, 0, 0, '"', '\\'};
    uint8_t ours[sizeof(record)];
    SwmeDecoded decoded;
    g_autofree char *json = NULL;

    swme_decode(&decoded, record, sizeof(record));
    ck_assert(decoded.malformed);
    ck_assert_str_eq(decoded.kind, "unknown");
    swme_decoded_clear(&decoded);
    memcpy(ours, record, sizeof(record));
    ours[0] = CAPTURE_VERSION;
    swme_decode(&decoded, ours, sizeof(ours));
    json = swme_decoded_json(&decoded, 1, 2);
    ck_assert_ptr_nonnull(strstr(json, "\"text\": \"\\\"\\\\\""));
    swme_decoded_clear(&decoded);
}
END_TEST

/* Every layout there is, of a message that is all zeros, of one that is all ones, and cut. */
static void walk_layout(void *opaque, const SwmeMessageLayout *row)
{
    unsigned int *layouts = opaque;
    const SwmeProtocol *protocol = swme_protocols;
    uint8_t body[4 + 16 + 700];
    g_autofree char *what = g_strdup_printf("%s %s", row->protocol, row->name);
    size_t name = strlen(row->protocol);

    while (!g_str_equal(protocol->name, row->protocol)) {
        protocol++;
    }
    for (unsigned int fill = 0; fill <= 0xff; fill += 0xff) {
        for (size_t size = 700; size >= 1u + protocol->key_offset + protocol->key_size; size--) {
            GByteArray bytes = {body, (guint)(4 + name + size)};
            g_autofree char *line = NULL;
            SwmeDecoded decoded;

            memset(body, (int)fill, sizeof(body));
            body[2] = (uint8_t)name;
            memcpy(body + 4, row->protocol, name);
            for (unsigned int i = 0; i < protocol->key_size; i++) {
                unsigned int at = protocol->big_endian ? protocol->key_size - 1 - i : i;

                body[4 + name + protocol->key_offset + i] = (uint8_t)(row->key >> 8 * at);
            }
            decode_record(&decoded, CAPTURE_MESSAGE,
                          row->key & protocol->to_host ? CAPTURE_TO_HOST : 0, &bytes);
            MUST(!decoded.malformed);
            MUST_MSG(g_str_equal(decoded.what, what), "%s is %s", what, decoded.what);
            MUST(decoded.items->len >= 2 && decoded.items->len < 800);
            line = swme_decoded_line(&decoded);
            MUST(!strchr(line, '\n'));
            swme_decoded_clear(&decoded);
            size -= size > 60 ? 37 : 0;
        }
    }
    (*layouts)++;
}

START_TEST(every_layout_can_be_walked)
{
    unsigned int layouts = 0;

    swme_each_layout(walk_layout, &layouts);
    ck_assert_uint_gt(layouts, 150);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("capture records");
    TCase *tcase = unit_case(suite, "records");

    tcase_add_test(tcase, what_a_dma_ring_carried_of_a_secret_is_zeros);
    tcase_add_test(tcase, what_it_carried_of_anything_else_is_there);
    tcase_add_test(tcase, a_transfer_that_failed_says_so);
    tcase_add_test(tcase, each_level_has_its_records_and_all_have_the_setup);
    tcase_add_test(tcase, the_windows_are_followed_over_a_reset);
    tcase_add_test(tcase, a_message_of_any_length_is_a_record_that_can_be_read);
    tcase_add_loop_test(tcase, apf_is_told_in_words, 0, (int)UNIT_COUNT(apf));
    tcase_add_loop_test(tcase, messages_are_told_in_words, 0, (int)UNIT_COUNT(told));
    tcase_add_loop_test(tcase, packets_are_told_in_words, 0, (int)UNIT_COUNT(records));
    tcase_add_test(tcase, another_version_s_record_is_malformed);
    tcase_add_test(tcase, every_layout_can_be_walked);
    return unit_run(suite);
}
