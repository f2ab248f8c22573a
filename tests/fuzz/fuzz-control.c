/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target "control": requests to the control socket, as they are or with pieces of real ones
 * for single bytes. Each gets one line of bounded length; whatever they did, the firmware goes on.
 */
#include <string.h>

#include "firmware-sim/control/control-internal.h"
#include "firmware-sim/manual-clock.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/fake-device.h"

#define REPLY_MAX    (1024 * 1024)
#define TIMERS_MAX   10000
#define FIRST_PIECE  128
#define FIRST_MEMBER 192

typedef struct Rig {
    FakeDevice device;
    SwmeManualClock *clock;
    SwmeFirmware *firmware;
    SwmeFaults *faults;
    SwmeControl control;
    ControlClient client;
} Rig;

/* A byte from 128 on is one of these, from 192 on the name of a member. */
static const char *const pieces[] = {"{\"do\":\"",
                                     "\",\"",
                                     "\":\"",
                                     "\"}\n",
                                     "\":",
                                     "}\n",
                                     "[\"",
                                     "\"]",
                                     ":count=all",
                                     ":prob=50",
                                     ":type=START",
                                     ":client=echo",
                                     "delay:time=1s",
                                     "drop",
                                     "reset",
                                     "mutate:seed=1",
                                     "corrupt",
                                     "echo",
                                     "amthi",
                                     "mkhi",
                                     "watchdog",
                                     "status",
                                     "help",
                                     "statistics",
                                     "fault-add",
                                     "fault-list",
                                     "fault-names",
                                     "fault-remove",
                                     "firmware-reset",
                                     "firmware-stop",
                                     "client-add",
                                     "client-remove",
                                     "notify",
                                     "latency",
                                     "inject",
                                     "amt",
                                     "amt-set",
                                     "watchdog-set",
                                     "watchdog-cancel",
                                     "log",
                                     "log-freeze",
                                     "log-clear",
                                     "alerts",
                                     "alert-add",
                                     "alert-remove",
                                     "alert-set",
                                     "event-raise",
                                     "subscribe",
                                     "unsubscribe",
                                     "to-host",
                                     "to-firmware",
                                     "1ms",
                                     "100us+echo:1s",
                                     "true",
                                     "false",
                                     "all",
                                     "messages",
                                     "faults",
                                     "192.0.2.1:162",
                                     "bad-passwords",
                                     "00000000",
                                     "setup.operational",
                                     "network.dhcp_domain",
                                     "0"};
static const char *const members[] = {
    "id",     "fault", "client", "latency", "way",   "packet",     "host",  "data",   "name",
    "values", "reset", "frozen", "alert",   "sends", "interval_s", "event", "events", "watchdog"};

static void rig_init(Rig *rig)
{
    const SwmeFirmwareConfig config = {
        .platform = &swme_platforms[0], .amt = SWME_ON, .echo = true, .time_s = 1600000000};
    SwmeControlTarget *target = &rig->control.target;

    memset(rig, 0, sizeof(*rig));
    fake_device_init(&rig->device, config.platform->h_depth, config.platform->me_depth);
    rig->device.damage = true; /* what is injected is anybody's */
    rig->clock = swme_manual_clock_new();
    rig->faults = swme_faults_new(&fake_device_ops, &rig->device, swme_manual_clock(rig->clock));
    rig->firmware = swme_firmware_new(&config, &swme_faults_device_ops, rig->faults,
                                      swme_manual_clock(rig->clock), NULL);
    swme_faults_attach(rig->faults, &swme_firmware_ops, rig->firmware, &swme_firmware_fault_hooks);
    target->firmware = rig->firmware;
    target->faults = rig->faults;
    target->platform = config.platform;
    target->clock = swme_manual_clock(rig->clock);
    target->version = "1";
    rig->control.clients = g_ptr_array_new();
    rig->client.control = &rig->control;
    swme_faults_firmware_ops.platform_reset(rig->faults);
}

static void rig_clear(Rig *rig)
{
    g_ptr_array_unref(rig->control.clients);
    swme_firmware_free(rig->firmware);
    swme_faults_free(rig->faults);
    swme_manual_clock_free(rig->clock);
    fake_device_clear(&rig->device);
}

static void append(GString *line, uint8_t byte)
{
    if (byte < FIRST_PIECE) {
        g_string_append_c(line, (char)byte);
    } else if (byte < FIRST_MEMBER) {
        g_string_append(line, pieces[(byte - FIRST_PIECE) % G_N_ELEMENTS(pieces)]);
    } else {
        g_string_append_printf(
            line, "\",\"%s\":", members[(byte - FIRST_MEMBER) % G_N_ELEMENTS(members)]);
    }
}

static void ask(Rig *rig, const char *line, gsize size)
{
    /* Exactly as long as it is, for the sanitizer to see a byte too far. */
    g_autofree char *exact = g_memdup2(line, size);
    g_autoptr(GBytes) reply = control_request(&rig->client, exact, size);
    gsize length;
    const char *text = g_bytes_get_data(reply, &length);

    FUZZ_MUST(length > 1 && length < REPLY_MAX && text[0] == '{', "%zu bytes", (size_t)length);
    FUZZ_MUST(memchr(text, '\n', length) == text + length - 1, "not one line");
    FUZZ_MUST(g_utf8_validate_len(text, length, NULL), "no UTF-8");
}

static void pass_time(Rig *rig)
{
    SwmeClock *clock = swme_manual_clock(rig->clock);
    int64_t limit = clock->now(clock) + SWME_NS_PER_S;

    for (unsigned int fired = 0; swme_manual_clock_step(rig->clock, limit); fired++) {
        FUZZ_MUST(fired < TIMERS_MAX, "timers without end");
    }
    fake_device_drop_all(&rig->device);
    rig->device.calls = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput input = {data, MIN(size, FUZZ_INPUT_MAX)};
    g_autoptr(GString) text = g_string_new(NULL);
    Rig rig;

    rig_init(&rig);
    while (input.left) {
        append(text, fuzz_u8(&input));
    }
    for (const char *line = text->str, *end = line + text->len; line < end;) {
        const char *next = memchr(line, '\n', (size_t)(end - line));
        const char *stop = next ? next : end;

        if (stop > line && stop - line <= CONTROL_LINE_MAX) {
            ask(&rig, line, (gsize)(stop - line));
            pass_time(&rig);
        }
        line = stop + 1;
    }
    rig_clear(&rig);
    return 0;
}
