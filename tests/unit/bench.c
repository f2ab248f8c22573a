/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/bench.h"

#include <string.h>

#include "firmware-sim/amt/amt-alarms.h"
#include "firmware-sim/amt/amt-watchdog.h"

const uint8_t bench_uuid[SWME_UUID_SIZE] = {0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe,
                                            0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};

Bench *bench_new(const BenchOptions *options)
{
    static const BenchOptions defaults;
    Bench *bench = g_new0(Bench, 1);
    SwmeFirmwareConfig config = {0};
    GError *error = NULL;

    options = options ? options : &defaults;
    bench->platform =
        options->table ? options->table : swme_platform_find(options->platform, &error);
    ck_assert_msg(bench->platform != NULL, "%s", error ? error->message : "no error given");
    fake_device_init(&bench->device, bench->platform->h_depth, bench->platform->me_depth);
    bench->clock = swme_manual_clock_new();
    config.platform = bench->platform;
    config.amt = options->amt;
    config.echo = !options->no_echo;
    config.latency = options->latency;
    config.nvm = options->nvm;
    config.watchdog = options->watchdog;
    config.watchdog_reset = options->watchdog_reset;
    config.machine = options->machine;
    config.services = options->services;
    config.time_s = BENCH_TIME_S;
    memcpy(config.uuid, options->uuid ? options->uuid : bench_uuid, sizeof(config.uuid));
    bench->firmware = swme_firmware_new(&config, &fake_device_ops, &bench->device,
                                        swme_manual_clock(bench->clock), &error);
    ck_assert_msg(bench->firmware != NULL, "%s", error ? error->message : "no error given");
    return bench;
}

void bench_free(Bench *bench)
{
    if (bench) {
        swme_firmware_free(bench->firmware);
        swme_manual_clock_free(bench->clock);
        fake_device_clear(&bench->device);
        g_free(bench);
    }
}

void bench_power_on(Bench *bench)
{
    fake_device_reset(&bench->device);
    bench->device.host_ready = false;
    swme_firmware_ops.platform_reset(bench->firmware);
    fake_clock_settle(bench->clock);
    ck_assert(bench->device.ready);
    bench_expect_nothing(bench);
}

void bench_host_reset(Bench *bench)
{
    unsigned int interrupts = bench->device.interrupts;

    fake_device_reset(&bench->device);
    bench->device.host_ready = false;
    swme_firmware_ops.host_reset(bench->firmware);
    bench_ring(bench);
    ck_assert_msg(bench->device.ready, "ME_RDY never came after H_RST");
    ck_assert_uint_gt(bench->device.interrupts, interrupts);
    bench_ring(bench); /* H_RST = 0 */
    bench->device.host_ready = true;
    bench_ring(bench); /* H_RDY = 1 */
    bench_expect_nothing(bench);
}

void bench_start(Bench *bench)
{
    uint8_t minor = bench->platform->hbm_minor;
    uint8_t major = bench->platform->hbm_major;

    bench_hbm(bench, BYTES(0x01, 0x00, minor, major));
    bench_expect_hbm(bench, BYTES(0x81, 0x01, minor, major));
}

Bench *bench_ready(const BenchOptions *options)
{
    Bench *bench = bench_new(options);

    bench_power_on(bench);
    bench_host_reset(bench);
    return bench;
}

Bench *bench_up(const BenchOptions *options)
{
    Bench *bench = bench_ready(options);

    bench_start(bench);
    return bench;
}

void bench_ring(Bench *bench)
{
    swme_firmware_ops.doorbell(bench->firmware);
    fake_clock_settle(bench->clock);
}

void bench_put(Bench *bench, uint32_t header, const void *data, size_t size)
{
    ck_assert_msg(fake_device_put(&bench->device, header, data, size),
                  "no room on the host's ring: the firmware does not drain it");
}

void bench_hbm(Bench *bench, const uint8_t *data, size_t size)
{
    bench_put(bench, mei_hdr(0, 0, (uint16_t)size, true), data, size);
    bench_ring(bench);
}

void bench_data(Bench *bench, uint8_t me, uint8_t host, const void *data, size_t size)
{
    bench_put(bench, mei_hdr(me, host, (uint16_t)size, true), data, size);
    bench_ring(bench);
}

void bench_message(Bench *bench, uint8_t me, uint8_t host, const void *data, size_t size)
{
    size_t most = MIN((bench->device.h_depth - 1) * 4, 508);
    size_t sent = 0;

    do {
        size_t part = MIN(size - sent, most);
        bool last = sent + part == size;

        bench_put(bench, mei_hdr(me, host, (uint16_t)part, last), (const uint8_t *)data + sent,
                  part);
        bench_ring(bench);
        sent += part;
    } while (sent < size);
}

void bench_grant(Bench *bench, uint8_t me, uint8_t host)
{
    bench_hbm(bench, BYTES(0x08, me, host, 0, 0, 0, 0, 0));
}

static char *hex(const void *data, size_t size)
{
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < size; i++) {
        g_string_append_printf(text, "%02x ", ((const uint8_t *)data)[i]);
    }
    return g_string_free(text, FALSE);
}

static void check_same(const char *what, const void *got, size_t got_size, const void *want,
                       size_t want_size)
{
    if (got_size != want_size || (want_size && memcmp(got, want, want_size) != 0)) {
        ck_abort_msg("%s: got %zu bytes %s\n  wanted %zu bytes %s", what, got_size,
                     hex(got, got_size), want_size, hex(want, want_size));
    }
}

void bench_expect_hbm(Bench *bench, const uint8_t *data, size_t size)
{
    uint8_t got[MEI_PACKET_MAX];
    size_t got_size = bench_take_hbm(bench, got);

    check_same("host bus message", got, got_size, data, size);
}

void bench_expect_nothing(Bench *bench)
{
    size_t size = 0;
    const uint8_t *packet = fake_device_peek(&bench->device, &size);

    ck_assert_msg(packet == NULL, "a packet that nobody asked for: %s", hex(packet, size));
}

size_t bench_take_hbm(Bench *bench, uint8_t *data)
{
    g_autoptr(GBytes) bytes = fake_device_take(&bench->device);
    gsize size;
    const uint8_t *packet;

    if (!bytes) {
        return 0;
    }
    packet = g_bytes_get_data(bytes, &size);
    ck_assert_msg(packet[0] == 0 && packet[1] == 0, "not a host bus message: %s",
                  hex(packet, size));
    memcpy(data, packet + MEI_HEADER_SIZE, size - MEI_HEADER_SIZE);
    return size - MEI_HEADER_SIZE;
}

GByteArray *bench_take_message(Bench *bench, uint8_t me, uint8_t host)
{
    GByteArray *message = NULL;
    bool complete = false;

    while (!complete) {
        g_autoptr(GBytes) bytes = fake_device_take(&bench->device);
        gsize size;
        const uint8_t *packet;

        if (!bytes) {
            ck_assert_msg(message == NULL, "a message that never completes");
            return NULL;
        }
        packet = g_bytes_get_data(bytes, &size);
        ck_assert_msg(packet[0] == me && packet[1] == host, "not for %u/%u: %s", me, host,
                      hex(packet, size));
        complete = swme_get_le32(packet) & MEI_HDR_COMPLETE;
        message = message ? message : g_byte_array_new();
        g_byte_array_append(message, packet + MEI_HEADER_SIZE, (guint)size - MEI_HEADER_SIZE);
        bench_ring(bench);
    }
    return message;
}

void bench_expect_message(Bench *bench, uint8_t me, uint8_t host, const void *data, size_t size)
{
    g_autoptr(GByteArray) message = bench_take_message(bench, me, host);

    ck_assert_msg(message != NULL, "no message for %u/%u", me, host);
    check_same("message", message->data, message->len, data, size);
}

GByteArray *bench_ask(Bench *bench, uint8_t me, uint8_t host, const void *question, size_t size)
{
    GByteArray *answer;

    if (host) {
        bench_grant(bench, me, host);
    }
    bench_message(bench, me, host, question, size);
    answer = bench_take_message(bench, me, host);
    if (host) {
        bench_expect_hbm(bench, BYTES(0x08, me, host, 0, 0, 0, 0, 0));
    }
    bench_expect_nothing(bench);
    return answer;
}

void bench_expect_answer(Bench *bench, uint8_t me, uint8_t host, const void *question,
                         size_t question_size, const void *answer, size_t answer_size)
{
    g_autoptr(GByteArray) got = bench_ask(bench, me, host, question, question_size);

    ck_assert_msg(got != NULL, "no answer from %u", me);
    check_same("answer", got->data, got->len, answer, answer_size);
}

GArray *bench_enumerate(Bench *bench)
{
    GArray *clients = g_array_new(FALSE, TRUE, sizeof(BenchClient));
    uint8_t bitmap[MEI_PACKET_MAX];
    uint8_t answer[MEI_PACKET_MAX];

    bench_hbm(bench, BYTES(0x04, 0x03, 0, 0));
    ck_assert_uint_eq(bench_take_hbm(bench, bitmap), 36);
    ck_assert_uint_eq(bitmap[0], 0x84);
    for (unsigned int address = 0; address < 256; address++) {
        BenchClient client = {.address = (uint8_t)address};

        if (!(bitmap[4 + address / 8] & 1u << address % 8)) {
            continue;
        }
        bench_hbm(bench, BYTES(0x05, (uint8_t)address, 0, 0));
        ck_assert_uint_eq(bench_take_hbm(bench, answer), 28);
        ck_assert_uint_eq(answer[0], 0x85);
        ck_assert_uint_eq(answer[1], address);
        ck_assert_uint_eq(answer[2], 0);
        ck_assert_uint_eq(answer[3], 0);
        memcpy(client.guid.bytes, answer + 4, SWME_GUID_SIZE);
        client.version = answer[20];
        client.max_connections = answer[21];
        client.fixed_address = answer[22];
        client.flags = answer[23];
        client.max_length = swme_get_le32(answer + 24);
        g_array_append_val(clients, client);
    }
    return clients;
}

static bool find(Bench *bench, const char *guid, BenchClient *found)
{
    g_autoptr(GArray) clients = bench_enumerate(bench);

    for (guint i = 0; i < clients->len; i++) {
        BenchClient *client = &g_array_index(clients, BenchClient, i);
        char text[SWME_GUID_STRING_SIZE];

        swme_guid_format(&client->guid, text);
        if (strcmp(text, guid) == 0) {
            *found = *client;
            return true;
        }
    }
    return false;
}

bool bench_has(Bench *bench, const char *guid)
{
    BenchClient client;

    return find(bench, guid, &client);
}

BenchClient bench_find(Bench *bench, const char *guid)
{
    BenchClient client = {0};

    ck_assert_msg(find(bench, guid, &client), "%s does not enumerate", guid);
    return client;
}

void bench_connect(Bench *bench, uint8_t me, uint8_t host)
{
    bench_hbm(bench, BYTES(0x06, me, host, 0));
    bench_expect_hbm(bench, BYTES(0x86, me, host, 0));
    bench_expect_hbm(bench, BYTES(0x08, me, host, 0, 0, 0, 0, 0));
    bench_expect_nothing(bench);
}

BenchClient bench_open(Bench *bench, const char *guid, uint8_t host)
{
    BenchClient client = bench_find(bench, guid);

    bench_connect(bench, client.address, host);
    return client;
}

void bench_check_alive(Bench *bench)
{
    g_autoptr(GArray) clients = NULL;
    g_autoptr(GByteArray) answer = NULL;
    const AmtState *amt = swme_firmware_amt(bench->firmware);
    AmtWatchdog *watchdog = swme_firmware_watchdog(bench->firmware);
    AmtWatchdogTimer timers[AMT_WATCHDOG_USERS];
    unsigned int outlast = 0;

    bench_host_reset(bench);
    bench_start(bench);
    clients = bench_enumerate(bench);
    ck_assert_uint_ge(clients->len, 2);
    bench_data(bench, 7, 0, BYTES(0xff, 0x02, 0, 0));
    answer = bench_take_message(bench, 7, 0);
    ck_assert(answer != NULL);
    ck_assert_uint_eq(answer->len, 4 + 8u * bench->platform->version_blocks);
    bench_expect_nothing(bench);
    /* An alarm and a watchdog outlast the link; a state that was loaded may have them. */
    outlast += amt && amt_alarm_next(amt);
    outlast += watchdog && (amt_watchdog_timers(watchdog, timers) > 0 ||
                            amt_watchdog_reset_in_ns(watchdog) >= 0);
    ck_assert_uint_le(swme_manual_clock_armed(bench->clock), outlast);
}
