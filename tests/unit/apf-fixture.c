/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/apf-fixture.h"

#include <string.h>

const uint8_t apf_bench_uuid[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

static bool ready(void *opaque)
{
    ApfBench *bench = opaque;

    return bench->from_firmware.length < bench->capacity;
}

static void send(void *opaque, GBytes *message)
{
    ApfBench *bench = opaque;

    g_assert_cmpuint(g_bytes_get_size(message), <=, APF_MAX_MESSAGE);
    g_queue_push_tail(&bench->from_firmware, message);
    bench->most = MAX(bench->most, bench->from_firmware.length);
}

static void pause_host(void *opaque, bool paused)
{
    ((ApfBench *)opaque)->paused = paused;
}

static void end(void *opaque)
{
    ((ApfBench *)opaque)->ended = true;
}

static void note(void *opaque, const char *text)
{
    g_string_append_printf(((ApfBench *)opaque)->notes, "%s\n", text);
}

static const ApfOps ops = {ready, send, pause_host, end, note};

static void host_sends(void *opaque, const void *data, size_t size)
{
    ApfBench *bench = opaque;

    g_assert_cmpuint(size, <=, APF_MAX_MESSAGE); /* the driver: EFBIG */
    g_queue_push_tail(&bench->to_firmware, g_bytes_new(data, size));
}

ApfBench *apf_bench_new(const ApfBenchOptions *options)
{
    static const ApfBenchOptions defaults;
    static const uint16_t ports[] = {623, 16993, 16992};
    ApfBench *bench = g_new0(ApfBench, 1);
    ApfConfig config = {.ops = &ops, .opaque = bench, .uuid = apf_bench_uuid};

    options = options ? options : &defaults;
    bench->clock = swme_manual_clock_new();
    bench->capacity = options->capacity ? options->capacity : 8;
    bench->notes = g_string_new(NULL);
    apf_host_init(&bench->host, options->kind, APF_MAX_MESSAGE, host_sends, bench);
    bench->host.window = options->window;
    bench->host.lazy = options->lazy;
    if (!options->no_services) {
        bench->services = swme_services_new();
        for (size_t i = 0; i < G_N_ELEMENTS(ports); i++) {
            g_assert_true(
                swme_services_add(bench->services, ports[i], echo_service_take, &bench->echo));
        }
    }
    config.clock = swme_manual_clock(bench->clock);
    config.services = bench->services;
    config.address = options->address;
    config.tls_only = options->tls_only;
    config.slots = options->slots;
    bench->apf = apf_new(&config);
    apf_pump(bench->apf);
    apf_host_connected(&bench->host);
    return bench;
}

ApfBench *apf_bench_up(const ApfBenchOptions *options)
{
    ApfBench *bench = apf_bench_new(options);

    apf_bench_run(bench);
    g_assert_cmpint(apf_phase(bench->apf), ==, APF_FORWARDING);
    return bench;
}

void apf_bench_free(ApfBench *bench)
{
    apf_free(bench->apf);
    g_clear_object(&bench->echo.last);
    while (g_main_context_iteration(NULL, FALSE)) {
    }
    g_assert_cmpuint(bench->echo.open, ==, 0); /* each stream was told of the end */
    swme_services_free(bench->services);
    g_queue_clear_full(&bench->to_firmware, (GDestroyNotify)g_bytes_unref);
    g_queue_clear_full(&bench->from_firmware, (GDestroyNotify)g_bytes_unref);
    apf_host_clear(&bench->host);
    g_string_free(bench->notes, TRUE);
    swme_manual_clock_free(bench->clock);
    g_free(bench);
}

void apf_bench_inject(ApfBench *bench, const void *data, size_t size)
{
    g_autoptr(GBytes) message = g_bytes_new(data, size);

    apf_message(bench->apf, message);
}

GBytes *apf_bench_take(ApfBench *bench)
{
    GBytes *message = g_queue_pop_head(&bench->from_firmware);

    apf_pump(bench->apf);
    return message;
}

static bool step(ApfBench *bench)
{
    g_autoptr(GBytes) in = bench->paused ? NULL : g_queue_pop_head(&bench->to_firmware);
    g_autoptr(GBytes) out = NULL;

    if (in) {
        apf_message(bench->apf, in);
    }
    out = apf_bench_take(bench);
    if (out) {
        gsize size;
        const uint8_t *data = g_bytes_get_data(out, &size);

        apf_host_message(&bench->host, data, size);
    }
    return in || out;
}

void apf_bench_run(ApfBench *bench)
{
    bool again;

    do {
        again = step(bench);
        again |= g_main_context_iteration(NULL, FALSE);
        again |= apf_host_send_data(&bench->host);
    } while (again);
}
