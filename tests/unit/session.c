/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/session.h"

#include <string.h>

const BenchOptions session_options = {.platform = "spt-h", .latency = "50us+echo:3ms+amthi:1ms"};

static void add(GArray *steps, uint8_t me, uint8_t host, bool complete, bool hold,
                const uint8_t *data, size_t size)
{
    SessionStep step = {
        .header = mei_hdr(me, host, (uint16_t)size, complete), .size = size, .hold = hold};

    g_assert_cmpuint(size, <=, sizeof(step.data));
    memcpy(step.data, data, size);
    g_array_append_val(steps, step);
}

static void add_hbm(GArray *steps, const uint8_t *data, size_t size)
{
    add(steps, 0, 0, true, false, data, size);
}

static void add_enumeration(GArray *steps, const GArray *clients)
{
    add_hbm(steps, BYTES(0x01, 0, 0, 2));
    add_hbm(steps, BYTES(0x04, 3, 0, 0));
    for (guint i = 0; i < clients->len; i++) {
        add_hbm(steps, BYTES(0x05, g_array_index(clients, BenchClient, i).address, 0, 0));
    }
    add(steps, 7, 0, true, false, BYTES(0xff, 2, 0, 0));
}

static void add_amthi(GArray *steps, uint8_t me)
{
    add_hbm(steps, BYTES(0x06, me, 1, 0));
    add_hbm(steps, BYTES(0x08, me, 1, 0, 0, 0, 0, 0));
    add(steps, me, 1, true, false, BYTES(1, 1, 0, 0, 0x11, 0, 0, 4, 0, 0, 0, 0));
    /* The answer waits for its credit, then goes out in two packets. */
    add(steps, me, 1, true, false, BYTES(1, 1, 0, 0, 0x1a, 0, 0, 4, 0, 0, 0, 0));
    add_hbm(steps, BYTES(0x10, me, 1, 1));
    add_hbm(steps, BYTES(0x08, me, 1, 0, 0, 0, 0, 0));
}

/* A long message in fragments whose answer finds the ring full, and one cut off by DISCONNECT. */
static void add_echo(GArray *steps, uint8_t me, size_t length)
{
    uint8_t part[500];

    add_hbm(steps, BYTES(0x06, me, 2, 0));
    add_hbm(steps, BYTES(0x08, me, 2, 0, 0, 0, 0, 0));
    for (size_t sent = 0; sent < length; sent += MIN(sizeof(part), length - sent)) {
        size_t size = MIN(sizeof(part), length - sent);

        memset(part, (int)(0x30 + sent / 100), sizeof(part));
        add(steps, me, 2, sent + size == length, sent + size == length, part, size);
    }
    add_hbm(steps, BYTES(0x04, 3, 0, 0));
    add_hbm(steps, BYTES(0x08, me, 2, 0, 0, 0, 0, 0));
    add(steps, me, 2, false, false, part, 200);
    add_hbm(steps, BYTES(0x07, me, 2, 0));
}

GArray *session_new(void)
{
    g_autoptr(Bench) bench = bench_up(&session_options);
    g_autoptr(GArray) clients = bench_enumerate(bench);
    BenchClient amthi = bench_find(bench, GUID_TEXT_AMTHI);
    BenchClient echo = bench_find(bench, GUID_TEXT_ECHO);
    GArray *steps = g_array_new(FALSE, TRUE, sizeof(SessionStep));

    add_enumeration(steps, clients);
    add_amthi(steps, amthi.address);
    add_echo(steps, echo.address, MIN(echo.max_length, 1600));
    add_hbm(steps, BYTES(0x07, amthi.address, 1, 0));
    add_hbm(steps, BYTES(0x0a, 0, 0, 0));
    add_hbm(steps, BYTES(0x02, 0, 0, 0));
    return steps;
}

void session_begin_step(Bench *bench, const SessionStep *step)
{
    bench_put(bench, step->header, step->data, step->size);
    swme_firmware_ops.doorbell(bench->firmware);
}

void session_end_step(Bench *bench, const SessionStep *step, GByteArray *transcript)
{
    fake_clock_settle(bench->clock);
    while (!step->hold) {
        g_autoptr(GBytes) packet = fake_device_take(&bench->device);

        if (!packet) {
            break;
        }
        if (transcript) {
            gsize size;
            const uint8_t *data = g_bytes_get_data(packet, &size);

            g_byte_array_append(transcript, data, (guint)size);
        }
        bench_ring(bench);
    }
}

void session_step(Bench *bench, const SessionStep *step, GByteArray *transcript)
{
    session_begin_step(bench, step);
    session_end_step(bench, step, transcript);
}

void session_run(Bench *bench, const GArray *steps, guint from, guint to, GByteArray *transcript)
{
    for (guint i = from; i < to; i++) {
        session_step(bench, &g_array_index(steps, SessionStep, i), transcript);
    }
}

GByteArray *session_reference(const GArray *steps)
{
    g_autoptr(Bench) bench = bench_ready(&session_options);
    GByteArray *transcript = g_byte_array_new();

    session_run(bench, steps, 0, steps->len, transcript);
    /* Both echoes, both AMTHI answers, enumeration: less would be a script that tests nothing. */
    ck_assert_uint_gt(transcript->len, 2500);
    return transcript;
}
