/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target "amthi": any requests to AMTHI, in any state of AMT. Each gets one well-formed
 * answer, and whatever state comes of it can be saved and loaded.
 */
#include <string.h>

#include <glib.h>

#include <swme/bytes.h>
#include <swme/mei-header.h>

#include "firmware-sim/amt/amt-nvm.h"
#include "firmware-sim/clients/amthi.h"
#include "firmware-sim/firmware.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/fake-device.h"

#define HOST        1
#define REQUEST_MAX 504

typedef struct Host {
    FakeDevice device;
    SwmeManualClock *clock;
    SwmeFirmware *firmware;
    const SwmePlatform *platform;
    uint8_t me; /* AMTHI's address */
} Host;

static void ring(Host *host)
{
    swme_firmware_ops.doorbell(host->firmware);
    fake_clock_settle(host->clock);
}

static void send_packet(Host *host, uint8_t me, uint8_t from, const void *data, size_t size)
{
    FUZZ_MUST(fake_device_put(&host->device, mei_hdr(me, from, (uint16_t)size, true), data, size),
              "the firmware does not read");
    ring(host);
}

static const SwmePlatform *choose_platform(uint8_t choice)
{
    const SwmePlatform *found = NULL;

    for (const SwmePlatform *p = swme_platforms; p->name; p++) {
        if (p->amt && (!found || choice-- > 0)) {
            found = p;
        }
    }
    return found;
}

static void connect_amthi(Host *host)
{
    const uint8_t start[] = {1, 0, host->platform->hbm_minor, host->platform->hbm_major};
    const uint8_t enumerate[] = {4, host->platform->hbm_major >= 2 ? 3 : 0, 0, 0};
    const uint8_t connect[] = {6, host->me, HOST, 0};
    g_autoptr(GBytes) answer = NULL;
    const uint8_t *packet;

    fake_device_reset(&host->device);
    swme_firmware_ops.platform_reset(host->firmware);
    fake_clock_settle(host->clock);
    swme_firmware_ops.host_reset(host->firmware);
    fake_clock_settle(host->clock);
    host->device.host_ready = true;
    ring(host);
    send_packet(host, 0, 0, start, sizeof(start));
    send_packet(host, 0, 0, enumerate, sizeof(enumerate));
    fake_device_drop_all(&host->device);
    send_packet(host, 0, 0, connect, sizeof(connect));
    answer = fake_device_take(&host->device);
    packet = answer ? g_bytes_get_data(answer, NULL) : NULL;
    FUZZ_MUST(packet && packet[4] == 0x86 && packet[7] == 0, "no connection to AMTHI on %s",
              host->platform->name);
    fake_device_drop_all(&host->device);
}

/* The whole answer, out of its packets; the credit that follows it is taken too. */
static GByteArray *take_answer(Host *host)
{
    GByteArray *answer = g_byte_array_new();
    unsigned int messages = 0;
    unsigned int credits = 0;
    GBytes *packet;

    while ((packet = fake_device_take(&host->device))) {
        gsize size;
        const uint8_t *data = g_bytes_get_data(packet, &size);

        if (data[0] == host->me) {
            g_byte_array_append(answer, data + MEI_HEADER_SIZE, (guint)size - MEI_HEADER_SIZE);
            messages += (swme_get_le32(data) & MEI_HDR_COMPLETE) != 0;
        } else {
            credits += data[4] == 0x08;
        }
        g_bytes_unref(packet);
        ring(host);
    }
    FUZZ_MUST(messages == 1 && credits == 1, "%u answers and %u credits", messages, credits);
    return answer;
}

static void request(Host *host, FuzzInput *input)
{
    const uint8_t grant[] = {8, host->me, HOST, 0, 0, 0, 0, 0};
    bool operational = amt_state_data(swme_firmware_amt(host->firmware))->setup.operational;
    uint8_t message[REQUEST_MAX] = {1, 1};
    g_autoptr(GByteArray) answer = NULL;
    uint8_t choice = fuzz_u8(input);
    uint16_t more = fuzz_u16(input); /* MIN() looks twice */
    size_t size = MIN(12u + (more & 0x1ff), sizeof(message));

    for (unsigned int i = 0; i < 46; i++) {
        if (i == choice) {
            swme_put_le32(message + 4, amthi_commands[i].command);
        }
    }
    if (choice >= 46) {
        swme_put_le32(message + 4, fuzz_u32(input));
        message[1] = choice == 255 ? fuzz_u8(input) : 1;
        size = choice == 254 ? size % 12 : size;
    }
    for (size_t i = 12; i < size && input->left; i++) {
        message[i] = fuzz_u8(input);
    }
    send_packet(host, 0, 0, grant, sizeof(grant));
    send_packet(host, host->me, HOST, message, size);
    answer = take_answer(host);
    if (!operational) {
        FUZZ_MUST(answer->len == 0, "an answer from an AMT that is off");
        return;
    }
    FUZZ_MUST(answer->len >= 16 && swme_get_le32(answer->data + 8) == answer->len - 12,
              "an answer of %u bytes", answer->len);
    FUZZ_MUST(swme_get_le32(answer->data + 12) == 0 || answer->len == 16, "data beside a status");
}

static void check_state(Host *host)
{
    AmtState *amt = swme_firmware_amt(host->firmware);
    AmtData *data = g_memdup2(amt_state_data(amt), sizeof(AmtData));
    g_autoptr(GBytes) nvm = amt_nvm_encode(data);
    gsize size;
    const void *bytes = g_bytes_get_data(nvm, &size);

    FUZZ_MUST(amt_nvm_decode(data, bytes, size, "fuzz", NULL), "a state that cannot be loaded");
    FUZZ_MUST(!memcmp(data, amt_state_data(amt), sizeof(*data)), "a state that comes back other");
    g_free(data);
}

static void step(Host *host, FuzzInput *input)
{
    static const uint8_t digest[16] = {1};
    AmtState *amt = swme_firmware_amt(host->firmware);
    uint8_t kind = fuzz_u8(input);

    switch (kind) {
    case 0:
        amt_set_up_client(amt, digest);
        break;
    case 1:
        amt_set_up_admin(amt, digest, false);
        break;
    case 2:
        amt_unprovision(amt, fuzz_u8(input) & 1);
        break;
    case 3:
        amt_set_operational(amt, fuzz_u8(input) & 1);
        break;
    case 4:
        swme_manual_clock_advance(host->clock, (int64_t)fuzz_u16(input) * 60 * SWME_NS_PER_S);
        break;
    default:
        request(host, input);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput input = {data, MIN(size, FUZZ_INPUT_MAX)};
    SwmeFirmwareConfig config = {.latency = "0", .time_s = 1600000000};
    Host host = {.platform = choose_platform(fuzz_u8(&input))};

    config.platform = host.platform;
    fake_device_init(&host.device, 128, 128);
    host.clock = swme_manual_clock_new();
    host.firmware = swme_firmware_new(&config, &fake_device_ops, &host.device,
                                      swme_manual_clock(host.clock), NULL);
    host.me = swme_firmware_client_address(host.firmware, "amthi");
    connect_amthi(&host);
    while (input.left) {
        step(&host, &input);
    }
    check_state(&host);
    swme_firmware_free(host.firmware);
    swme_manual_clock_free(host.clock);
    fake_device_clear(&host.device);
    return 0;
}
