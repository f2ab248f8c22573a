/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target "hbm": a host whose rings work but whose packets are anything at all. The model of
 * the host's side (host-model.h) judges each packet that comes back.
 */
#include <string.h>

#include <glib.h>

#include <swme/bytes.h>

#include "firmware-sim/firmware.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/host-model.h"
#include "tests/unit/fake-device.h"

#define CALLS_MAX  1000
#define TIMERS_MAX 2000
#define STATE_MAX  (512 * 1024)
#define SAVES_MAX  3 /* on the way; and one at the end */

/* Guest memory, with the DMA rings where write_dma_setup() puts sound ones. */
#define MEMORY_SIZE 0x8000u
#define HOST_RING   0x1000u
#define DEVICE_RING 0x3000u
#define CONTROL     0x6000u

typedef struct Host {
    FakeDevice device;
    HostModel model;
    SwmePlatform platform;
    SwmeManualClock *clock;
    SwmeFirmware *firmware;
    unsigned int saves; /* how often it still may */
    uint8_t memory[MEMORY_SIZE];
} Host;

static void check(Host *host)
{
    FUZZ_MUST(host->device.calls < CALLS_MAX, "unbounded work");
    FUZZ_MUST(!host->device.unannounced || !host->device.ready, "no interrupt for what happened");
    host->device.calls = 0;
}

static void doorbell(Host *host)
{
    swme_firmware_ops.doorbell(host->firmware);
    check(host);
}

static void pass_time(Host *host, int64_t ns)
{
    SwmeClock *clock = swme_manual_clock(host->clock);
    int64_t limit = clock->now(clock) + ns;

    for (unsigned int fired = 0; swme_manual_clock_step(host->clock, limit); fired++) {
        FUZZ_MUST(fired < TIMERS_MAX, "timers without end");
        check(host);
    }
}

static void write_packet(Host *host, uint32_t header, const uint8_t *data)
{
    uint8_t packet[MEI_PACKET_MAX];
    size_t size = MEI_HDR_LENGTH(header);

    /* Between a reset of the firmware's own and the host's, a real ring takes nothing. */
    if (!host->device.ready || !fake_device_put(&host->device, header, data, size)) {
        return;
    }
    swme_put_le32(packet, header);
    memcpy(packet + 4, data, size);
    host_model_written(&host->model, packet, 4 + size);
}

static void read_packets(Host *host, unsigned int count)
{
    while (count--) {
        g_autoptr(GBytes) bytes = fake_device_take(&host->device);
        gsize size;
        const uint8_t *packet;

        if (!bytes) {
            break;
        }
        packet = g_bytes_get_data(bytes, &size);
        host_model_read(&host->model, packet, size);
    }
}

static void host_reset(Host *host)
{
    fake_device_reset(&host->device);
    host->device.unannounced = false;
    host->device.host_ready = false;
    host_model_reset(&host->model);
    swme_firmware_ops.host_reset(host->firmware);
    doorbell(host);
}

static uint8_t some_address(FuzzInput *input)
{
    static const uint8_t likely[] = {7, 32, 33, 34, 35, 0, 1, 255};
    uint8_t choice = fuzz_u8(input);

    return choice < 0xe0 ? likely[choice % sizeof(likely)] : fuzz_u8(input);
}

static uint8_t some_host(FuzzInput *input)
{
    uint8_t choice = fuzz_u8(input);

    return choice < 0xe0 ? choice % 4 : fuzz_u8(input);
}

static void write_hbm(Host *host, FuzzInput *input)
{
    static const uint8_t sizes[][2] = {{6, 4},  {8, 8},    {7, 4},    {1, 4},    {4, 4},   {5, 4},
                                       {2, 4},  {10, 4},   {16, 4},   {18, 40},  {19, 4},  {20, 16},
                                       {21, 4}, {0x87, 4}, {0x8b, 4}, {0x8f, 4}, {0x91, 4}};
    uint8_t data[MEI_PACKET_MAX] = {0};
    uint8_t choice = fuzz_u8(input);
    const uint8_t *row = sizes[choice % G_N_ELEMENTS(sizes)];

    data[0] = row[0];
    if (row[0] == 1) {
        data[2] = fuzz_u8(input) % 4;
        data[3] = fuzz_u8(input) % 4;
    } else {
        data[1] = some_address(input);
        data[2] = some_host(input);
        data[3] = row[0] == 16 ? fuzz_u8(input) : 0;
    }
    write_packet(host, mei_hdr(0, 0, row[1], true), data);
}

static void write_raw_hbm(Host *host, FuzzInput *input)
{
    uint8_t data[MEI_PACKET_MAX] = {0};
    uint8_t size = fuzz_u8(input) % 48;

    for (unsigned int i = 0; i < size; i++) {
        data[i] = fuzz_u8(input);
    }
    write_packet(host, mei_hdr(0, 0, size, true), data);
}

/* Mostly a client's message; the header's odd bits now and then. */
static void write_data(Host *host, FuzzInput *input)
{
    uint8_t data[MEI_PACKET_MAX];
    uint8_t me = some_address(input);
    uint8_t address = some_host(input);
    uint8_t flags = fuzz_u8(input);
    uint16_t length = flags & 0x10 ? fuzz_u16(input) & MEI_HDR_LENGTH_MAX : fuzz_u8(input) % 32;
    uint32_t header = mei_hdr(me, address, length, !(flags & 0x01));

    memset(data, 0x11 * (flags & 0xf), sizeof(data));
    for (unsigned int i = 0; i < MIN(length, 16); i++) {
        data[i] = fuzz_u8(input);
    }
    if ((flags & 0xe0) == 0xe0) {
        header ^= (uint32_t)fuzz_u8(input) << 25;
    }
    write_packet(host, header, data);
}

static void put_descriptor(uint8_t *at, uint32_t address, uint32_t size)
{
    swme_put_le32(at + 4, address); /* the high dword comes first, and is 0 */
    swme_put_le32(at + 8, size);
}

/* Sound rings, or with one field of one descriptor as the input says. */
static void write_dma_setup(Host *host, FuzzInput *input)
{
    uint8_t data[MEI_PACKET_MAX] = {0x12};
    uint32_t ring = UINT32_C(16) << fuzz_u8(input) % 10;
    uint8_t odd = fuzz_u8(input);

    put_descriptor(data + 4, HOST_RING, ring);
    put_descriptor(data + 16, DEVICE_RING, ring);
    put_descriptor(data + 28, CONTROL, 4096);
    if (odd >= 0xc0) {
        swme_put_le32(data + 4 + odd % 9 * 4, fuzz_u32(input));
    }
    write_packet(host, mei_hdr(0, 0, 40, true), data);
}

/* A packet whose payload is in the host's ring, counters kept as a sound host does, or not. */
static void write_dma_packet(Host *host, FuzzInput *input)
{
    uint8_t data[MEI_PACKET_MAX] = {0};
    uint8_t *control = host->device.memory + CONTROL;
    uint8_t me = some_address(input);
    uint8_t address = some_host(input);
    uint8_t odd = fuzz_u8(input);
    uint32_t length = fuzz_u16(input) % 6000;

    if (odd < 0xe0) {
        swme_put_le32(control, swme_get_le32(control) + (length + 3) / 4);
    } else {
        swme_put_le32(control + odd % 8 * 4, fuzz_u32(input));
    }
    swme_put_le32(data, length);
    write_packet(host, mei_hdr(me, address, 4, !(odd & 1)) | MEI_HDR_DMA_RING, data);
}

static void write_tagged(Host *host, FuzzInput *input)
{
    uint8_t data[MEI_PACKET_MAX] = {1, 1, 0, 0, 1, 1, 0, 0};
    uint8_t me = some_address(input);
    uint8_t address = some_host(input);
    uint8_t size = fuzz_u8(input) % 32;
    uint8_t odd = fuzz_u8(input);

    data[6] = fuzz_u8(input);
    if (odd >= 0xe0) {
        data[odd % 8] = fuzz_u8(input);
    }
    write_packet(host, mei_hdr(me, address, (uint16_t)(8 + size), true) | MEI_HDR_EXTENDED, data);
}

/* What the user of the firmware, not its host, may do at any time. */
static void from_outside(Host *host, FuzzInput *input)
{
    static const char *const names[] = {"echo", "amthi", "mkhi", "mkhi-fixed", "none", ""};
    uint8_t what = fuzz_u8(input);
    const char *name = names[what / 4 % G_N_ELEMENTS(names)];
    g_autoptr(GError) error = NULL;
    bool ok = true;

    if (what % 4 == 3) {
        swme_firmware_stop(host->firmware);
    } else if (what % 4 == 2) {
        ok = swme_firmware_notify(host->firmware, name, &error);
    } else {
        ok = swme_firmware_set_client(host->firmware, name, what % 4, &error);
    }
    FUZZ_MUST(ok == !error, "an error and success, or neither");
}

static void save_and_load(Host *host)
{
    g_autoptr(GBytes) state = swme_firmware_save(host->firmware);
    g_autoptr(GError) error = NULL;
    gsize size;
    const void *data = g_bytes_get_data(state, &size);

    FUZZ_MUST(size < STATE_MAX, "a state of %zu bytes", (size_t)size);
    FUZZ_MUST(swme_firmware_load(host->firmware, data, size, &error), "%s",
              error ? error->message : "no error");
}

static void special(Host *host, FuzzInput *input)
{
    switch (fuzz_u8(input) % 9) {
    case 0:
        host_reset(host);
        break;
    case 1:
        fake_device_reset(&host->device);
        host->device.unannounced = false;
        host->device.host_ready = false;
        host_model_reset(&host->model);
        swme_firmware_ops.platform_reset(host->firmware);
        break;
    case 2:
        swme_firmware_reset(host->firmware);
        host_model_reset(&host->model);
        break;
    case 3:
        if (host->saves) {
            host->saves--;
            save_and_load(host);
        }
        break;
    case 4:
        swme_firmware_ops.d0i3(host->firmware, fuzz_u8(input) & 1);
        break;
    case 5: /* the firmware may end it by itself, once (5.6.2) */
        host->model.pg_exits++;
        swme_firmware_ops.pg_isolation(host->firmware, true);
        break;
    case 6:
        host->model.pg_exits++;
        swme_firmware_ops.pg_isolation(host->firmware, false);
        break;
    case 7:
        fake_device_put_broken(&host->device);
        break;
    default:
        host->device.host_ready = fuzz_u8(input) & 1;
        break;
    }
}

static void step(Host *host, FuzzInput *input)
{
    uint8_t op = fuzz_u8(input);

    switch (op % 14) {
    case 10:
        write_dma_setup(host, input);
        break;
    case 11:
        write_dma_packet(host, input);
        break;
    case 12:
        write_tagged(host, input);
        break;
    case 13:
        from_outside(host, input);
        break;
    case 0:
    case 1:
    case 2:
        write_hbm(host, input);
        break;
    case 3:
        write_raw_hbm(host, input);
        break;
    case 4:
    case 5:
        write_data(host, input);
        break;
    case 6:
        read_packets(host, 1 + fuzz_u8(input) % 8);
        break;
    case 7:
        pass_time(host, INT64_C(1) << fuzz_u8(input) % 36);
        break;
    case 8:
        special(host, input);
        break;
    default:
        host->device.host_ready = true;
        pass_time(host, SWME_NS_PER_S);
        break;
    }
    /* The top bit lets several packets wait for one doorbell. */
    if (!(op & 0x80)) {
        doorbell(host);
    }
    check(host);
}

static void host_init(Host *host, FuzzInput *input)
{
    static const char *const latencies[] = {"0", "100us", "1ns+echo:5ms", "0+echo:1s+mkhi:1us"};
    static const uint8_t depths[] = {128, 16, 64, 32};
    SwmeFirmwareConfig config = {.echo = true};
    unsigned int count = 0;
    uint8_t choice;

    while (swme_platforms[count].name) {
        count++;
    }
    host->platform = swme_platforms[fuzz_u8(input) % count];
    choice = fuzz_u8(input);
    host->platform.h_depth = depths[choice % 4];
    host->platform.me_depth = depths[choice / 4 % 4];
    host_model_reset(&host->model);
    fake_device_init(&host->device, host->platform.h_depth, host->platform.me_depth);
    memset(host->memory, 0, sizeof(host->memory));
    host->device.memory = host->memory;
    host->device.memory_size = MEMORY_SIZE;
    host->device.extensions = true;
    host->clock = swme_manual_clock_new();
    config.platform = &host->platform;
    config.amt = choice & 0x40 ? SWME_OFF : SWME_AUTO;
    config.latency = latencies[choice / 16 % 4];
    host->firmware = swme_firmware_new(&config, &fake_device_ops, &host->device,
                                       swme_manual_clock(host->clock), NULL);
    if (!host->firmware) { /* a latency for a client that is not there */
        config.latency = NULL;
        host->firmware = swme_firmware_new(&config, &fake_device_ops, &host->device,
                                           swme_manual_clock(host->clock), NULL);
    }
    swme_firmware_ops.platform_reset(host->firmware);
    pass_time(host, SWME_NS_PER_S);
    host_reset(host);
    pass_time(host, SWME_NS_PER_S);
    host->device.host_ready = true;
    if (choice & 0x80) { /* most of what is interesting lies behind START */
        write_packet(host, mei_hdr(0, 0, 4, true),
                     (const uint8_t[]){1, 0, host->platform.hbm_minor, host->platform.hbm_major});
        doorbell(host);
        pass_time(host, SWME_NS_PER_S);
        read_packets(host, 1);
    }
}

/* Whatever was done to it: a driver that starts afresh finds a link that works. */
static void finish(Host *host, bool saves)
{
    if (saves) {
        save_and_load(host);
    }
    for (unsigned int i = 0; i < 2000 && host->device.from_firmware.length; i++) {
        read_packets(host, 200);
        doorbell(host);
        pass_time(host, 10 * SWME_NS_PER_S);
    }
    FUZZ_MUST(host->device.from_firmware.length == 0, "the firmware talks without end");
    host_reset(host);
    pass_time(host, 10 * SWME_NS_PER_S);
    FUZZ_MUST(host->device.ready, "ME_RDY never came");
    host->device.host_ready = true;
    write_packet(host, mei_hdr(0, 0, 4, true), (const uint8_t[]){1, 0, 0, 1});
    doorbell(host);
    pass_time(host, 10 * SWME_NS_PER_S);
    FUZZ_MUST(host->device.from_firmware.length == 1, "START is not answered");
    read_packets(host, 1);
    FUZZ_MUST(swme_manual_clock_armed(host->clock) == 0, "a timer is armed with nothing to do");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput input = {data, MIN(size, FUZZ_INPUT_MAX)};
    static Host only; /* too large to be zeroed each time */
    Host *host = &only;

    bool saves = fuzz_one_in(64, data, size);

    host->saves = saves ? SAVES_MAX : 0;
    host_init(host, &input);
    while (input.left) {
        step(host, &input);
    }
    finish(host, saves);
    swme_firmware_free(host->firmware);
    swme_manual_clock_free(host->clock);
    fake_device_clear(&host->device);
    return 0;
}
