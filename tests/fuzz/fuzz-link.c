/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target "link": both ends of an external firmware (docs/link.md). The first byte says who is
 * hostile: the firmware, against the device's end and its registers; the device, against the
 * firmware's end with a whole firmware behind it; or neither, and host and connection do what they
 * like between the two. The rest is a program of frames, raw bytes, register accesses, time and
 * losses.
 */
#include <string.h>

#include <swme/bytes.h>
#include <swme/heci-regs.h>

#include "firmware-sim/firmware.h"
#include "firmware-sim/manual-clock.h"
#include "firmware-sim/remote/remote-device.h"
#include "firmware-sim/remote/remote-firmware.h"
#include "hw/heci-platform.h"
#include "hw/heci.h"
#include "tests/fuzz/fuzz.h"

typedef enum Way {
    HOSTILE_FIRMWARE,
    HOSTILE_DEVICE,
    JOINED,
    WAYS,
} Way;

typedef struct Link {
    FuzzInput input;
    Way way;
    SwmeManualClock *clock;
    Heci heci;
    RemoteFirmware *device_end; /* NULL: the device is the input */
    RemoteDevice *firmware_end; /* NULL: the firmware is */
    SwmeFirmware *firmware;
    GByteArray *to_firmware; /* on its way, where both are there */
    GByteArray *to_device;
    bool cut;   /* an end gave the connection up */
    bool again; /* the firmware's end has frames left */
    uint8_t memory[0x2000];
} Link;

/* ---- the machine ---- */

static void host_irq(void *opaque, bool level)
{
    (void)opaque;
    (void)level;
}

static void host_status(void *opaque, unsigned int index, uint32_t value)
{
    (void)opaque;
    (void)value;
    FUZZ_MUST(index < HECI_HFS_COUNT, "status word %u", index);
}

static bool memory_has(const Link *link, uint64_t address, size_t size)
{
    return address <= sizeof(link->memory) && size <= sizeof(link->memory) - address;
}

static bool host_dma_read(void *opaque, uint64_t address, void *data, size_t size)
{
    Link *link = opaque;
    bool has = memory_has(link, address, size);

    if (has) {
        memcpy(data, link->memory + address, size);
    }
    return has;
}

static bool host_dma_write(void *opaque, uint64_t address, const void *data, size_t size)
{
    Link *link = opaque;
    bool has = memory_has(link, address, size);

    if (has) {
        memcpy(link->memory + address, data, size);
    }
    return has;
}

static const HeciHostOps host_ops = {
    .irq = host_irq,
    .status = host_status,
    .dma_read = host_dma_read,
    .dma_write = host_dma_write,
};

static SwmeHostPower machine_power(void *opaque)
{
    (void)opaque;
    return SWME_HOST_S0;
}

static unsigned int machine_actions(void *opaque)
{
    (void)opaque;
    return 1u << SWME_POWER_RESET;
}

static bool machine_act(void *opaque, SwmePowerAction action)
{
    (void)opaque;
    FUZZ_MUST(action == SWME_POWER_RESET, "action %d", action);
    return true;
}

static const SwmeMachineOps machine_ops = {
    .power = machine_power,
    .actions = machine_actions,
    .act = machine_act,
};

/* ---- the connection ---- */

/* Where the other end is the input, it reads all; where it is there, at most so much. */
#define ON_THE_WAY 20000

static size_t carry(GByteArray *bytes, bool there, const uint8_t *data, size_t size)
{
    size_t taken = there ? MIN(size, ON_THE_WAY - MIN(bytes->len, ON_THE_WAY)) : size;

    if (there) {
        g_byte_array_append(bytes, data, (guint)taken);
    }
    return taken;
}

static size_t device_writes(void *opaque, const uint8_t *data, size_t size)
{
    Link *link = opaque;

    return carry(link->to_firmware, link->firmware_end != NULL, data, size);
}

static size_t firmware_writes(void *opaque, const uint8_t *data, size_t size)
{
    Link *link = opaque;

    return carry(link->to_device, link->device_end != NULL, data, size);
}

static void ended(void *opaque, const char *why)
{
    Link *link = opaque;

    FUZZ_MUST(link->way != JOINED, "two sound ends part: %s", why);
    link->cut = true;
}

static const RemoteIo device_io = {.write = device_writes, .end = ended};
static const RemoteIo firmware_io = {.write = firmware_writes, .end = ended};

static void hook_host_power(void *opaque, SwmeHostPower power)
{
    swme_firmware_host_power(((Link *)opaque)->firmware, power);
}

static void hook_again(void *opaque)
{
    ((Link *)opaque)->again = true;
}

static void cross(Link *link, size_t most, bool to_device)
{
    GByteArray *bytes = to_device ? link->to_device : link->to_firmware;
    size_t size = MIN(most, bytes->len);
    g_autofree uint8_t *exact = g_memdup2(bytes->data, size);

    if (!size) {
        return;
    }
    g_byte_array_remove_range(bytes, 0, (guint)size);
    if (to_device) {
        remote_firmware_input(link->device_end, exact, size);
        remote_device_writable(link->firmware_end);
    } else {
        remote_device_input(link->firmware_end, exact, size);
        remote_firmware_writable(link->device_end);
    }
}

static void speak(Link *link, const uint8_t *data, size_t size)
{
    g_autofree uint8_t *exact = g_memdup2(data, size);

    if (link->device_end) {
        remote_firmware_input(link->device_end, exact, size);
    } else {
        remote_device_input(link->firmware_end, exact, size);
    }
}

/* A frame that is one: of a known type most times, with a payload of the input's. */
static void speak_frame(Link *link)
{
    static const uint8_t types[2][12] = {
        {1, 2, 2, 3, 0x20, 0x21, 0x22, 0x23, 0x24, 0x26, 0x27, 0x28},
        {1, 2, 2, 3, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x10, 0x14},
    };
    static const uint8_t hello[12] = {'S', 'W', 'L', 'K', 1, 0, 32, 0, 15};
    uint8_t out[REMOTE_HEADER_SIZE + 255] = {0};
    uint8_t kind = fuzz_u8(&link->input);
    size_t size = fuzz_u8(&link->input);

    out[2] = kind & 0xf0 ? types[link->way == HOSTILE_DEVICE][kind % 12] : kind;
    if (out[2] == REMOTE_HELLO && size < 200) {
        memcpy(out + REMOTE_HEADER_SIZE, hello, sizeof(hello));
        size = sizeof(hello);
    } else {
        for (size_t i = 0; i < size; i++) {
            out[REMOTE_HEADER_SIZE + i] = fuzz_u8(&link->input);
        }
    }
    swme_put_le16(out, (uint16_t)size);
    speak(link, out, REMOTE_HEADER_SIZE + size);
}

/* The other end's answer to a DMA, or what else it says meanwhile. */
static bool hook_wait(void *opaque, bool first)
{
    Link *link = opaque;

    (void)first;
    if (link->cut || (link->way == HOSTILE_DEVICE && !link->input.left)) {
        return false;
    }
    if (link->way == HOSTILE_DEVICE) {
        speak_frame(link);
        return true;
    }
    cross(link, SIZE_MAX, false);
    if (!link->to_firmware->len) {
        g_autofree uint8_t *data = g_memdup2(link->to_device->data, link->to_device->len);
        size_t size = link->to_device->len;

        g_byte_array_set_size(link->to_device, 0);
        remote_firmware_input(link->device_end, data, size);
    }
    FUZZ_MUST(link->to_firmware->len, "a sound device does not answer");
    cross(link, SIZE_MAX, false);
    return true;
}

static const RemoteDeviceHooks hooks = {
    .wait = hook_wait,
    .again = hook_again,
    .host_power = hook_host_power,
};

static void lose(Link *link)
{
    link->cut = true;
}

/* Whoever gave up, both hear of it, and are connected again. */
static void reconnect(Link *link)
{
    if (!link->cut) {
        return;
    }
    link->cut = false;
    g_byte_array_set_size(link->to_device, 0);
    g_byte_array_set_size(link->to_firmware, 0);
    if (link->firmware_end) {
        remote_device_disconnected(link->firmware_end);
        remote_device_connected(link->firmware_end);
    }
    if (link->device_end) {
        remote_firmware_disconnected(link->device_end);
        remote_firmware_connected(link->device_end);
    }
}

/* ---- the program ---- */

static void host(Link *link)
{
    static const uint16_t offsets[] = {HECI_H_CB_WW,   HECI_H_CSR,   HECI_ME_CB_RW,
                                       HECI_ME_CSR_HA, HECI_H_D0I3C, HECI_H_HPG_CSR};
    static const uint8_t words[] = {0x05, 0x0d, 0x1d, 0x0f, 0x2f};
    uint8_t what = fuzz_u8(&link->input);

    switch (what % 8) {
    case 0:
        heci_write(&link->heci, HECI_H_CSR, words[what / 8 % sizeof(words)], 4);
        break;
    case 1:
    case 2:
        heci_write(&link->heci, HECI_H_CB_WW, fuzz_u32(&link->input), 4);
        break;
    case 3:
        heci_read(&link->heci, HECI_ME_CB_RW, 4);
        break;
    case 4:
        heci_platform_reset(&link->heci);
        break;
    default:
        heci_write(&link->heci, offsets[what / 8 % G_N_ELEMENTS(offsets)], fuzz_u8(&link->input),
                   4);
    }
}

/* START, so that not each input must find it. */
static void greet(Link *link)
{
    static const uint32_t start[] = {0x80040000, 0x02020001};

    heci_write(&link->heci, HECI_H_CSR, 0x1d, 4);
    heci_write(&link->heci, HECI_H_CSR, 0x05, 4);
    heci_write(&link->heci, HECI_H_CSR, 0x0d, 4);
    for (size_t i = 0; i < G_N_ELEMENTS(start); i++) {
        heci_write(&link->heci, HECI_H_CB_WW, start[i], 4);
    }
    heci_write(&link->heci, HECI_H_CSR, 0x0d, 4);
}

static void raw(Link *link)
{
    uint8_t data[32];
    size_t size = fuzz_u8(&link->input) % sizeof(data);

    for (size_t i = 0; i < size; i++) {
        data[i] = fuzz_u8(&link->input);
    }
    speak(link, data, size);
}

static void step(Link *link)
{
    uint8_t what = fuzz_u8(&link->input);

    reconnect(link);
    if (what == 0xff) {
        lose(link);
    } else if (what >= 0xf0) {
        swme_manual_clock_advance(link->clock, (int64_t)(what - 0xef) * SWME_NS_PER_MS);
    } else if (what >= 0xe8 && link->device_end) {
        greet(link);
    } else if (link->way == JOINED) {
        if (what < 0x60) {
            host(link);
        } else {
            cross(link, what & 0x10 ? SIZE_MAX : what & 0xf, what & 0x20);
        }
    } else if (what < 0x60 && link->device_end) {
        host(link);
    } else if (what < 0xe0) {
        speak_frame(link);
    } else {
        raw(link);
    }
    if (link->again && link->firmware_end) {
        link->again = false;
        remote_device_input(link->firmware_end, NULL, 0);
    }
    FUZZ_MUST(!link->device_end || heci_state_valid(&link->heci), "registers");
}

/* ---- life ---- */

static void make_device_end(Link *link, const SwmePlatform *platform)
{
    const HeciConfig registers = heci_platform_config(platform);
    const RemoteFirmwareConfig config = {
        .platform = platform,
        .device = &heci_device_ops,
        .device_opaque = &link->heci,
        .clock = swme_manual_clock(link->clock),
        .machine = {&machine_ops, link},
        .io = &device_io,
        .io_opaque = link,
    };

    FUZZ_MUST(heci_init(&link->heci, &registers, &host_ops, link), "depths");
    link->device_end = remote_firmware_new(&config);
    heci_attach(&link->heci, &remote_firmware_ops, link->device_end);
    heci_platform_reset(&link->heci);
}

static void make_firmware_end(Link *link, const SwmePlatform *platform, const char *latency)
{
    SwmeFirmwareConfig config = {
        .platform = platform, .echo = true, .latency = latency, .time_s = 1};

    link->firmware_end = remote_device_new(&firmware_io, &hooks, link);
    config.machine = (SwmeMachine){&remote_device_machine_ops, link->firmware_end};
    link->firmware = swme_firmware_new(&config, &remote_device_ops, link->firmware_end,
                                       swme_manual_clock(link->clock), NULL);
    FUZZ_MUST(link->firmware, "no firmware");
    remote_device_attach(link->firmware_end, &swme_firmware_ops, link->firmware);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"tgp-lp", "lpt-h"};
    Link link = {.input = {data, MIN(size, 4 * FUZZ_INPUT_MAX)}};
    uint8_t first = fuzz_u8(&link.input);
    const SwmePlatform *platform = swme_platform_find(names[first >> 2 & 1], NULL);

    link.way = first % WAYS;
    link.clock = swme_manual_clock_new();
    link.to_device = g_byte_array_new();
    link.to_firmware = g_byte_array_new();
    if (link.way != HOSTILE_DEVICE) {
        make_device_end(&link, platform);
    }
    if (link.way != HOSTILE_FIRMWARE) {
        make_firmware_end(&link, platform, first & 8 ? "0" : NULL);
    }
    link.cut = true;
    while (link.input.left) {
        step(&link);
    }
    swme_firmware_free(link.firmware);
    remote_device_free(link.firmware_end);
    remote_firmware_free(link.device_end);
    swme_manual_clock_free(link.clock);
    g_byte_array_unref(link.to_device);
    g_byte_array_unref(link.to_firmware);
    return 0;
}
