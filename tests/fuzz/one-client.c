/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/one-client.h"

#include <string.h>

#include <swme/bytes.h>
#include <swme/mei-header.h>

#define FIRST_DYNAMIC 32

uint8_t one_client_address(const SwmePlatform *platform, const MeClientClass *class, bool amt)
{
    uint8_t address = FIRST_DYNAMIC;

    for (const MeClientRow *row = me_client_rows; row->class != class; row++) {
        FUZZ_MUST(row->class, "no such client");
        address += !row->class->fixed_address && me_client_possible(row, platform, amt);
    }
    return address;
}

static void ring(OneClient *client)
{
    swme_firmware_ops.doorbell(client->firmware);
    fake_clock_settle(client->clock);
}

static void send_packet(OneClient *client, uint8_t me, uint8_t host, const void *data, size_t size)
{
    FUZZ_MUST(fake_device_put(&client->device, mei_hdr(me, host, (uint16_t)size, true), data, size),
              "the firmware does not read");
    ring(client);
}

static void connect_client(OneClient *client)
{
    const uint8_t enumerate[] = {4, client->platform->hbm_major >= 2 ? 3 : 0, 0, 0};
    const uint8_t connect[] = {6, client->me, client->host, 0};
    g_autoptr(GBytes) answer = NULL;
    const uint8_t *packet;

    send_packet(client, 0, 0, enumerate, sizeof(enumerate));
    fake_device_drop_all(&client->device);
    send_packet(client, 0, 0, connect, sizeof(connect));
    answer = fake_device_take(&client->device);
    packet = answer ? g_bytes_get_data(answer, NULL) : NULL;
    FUZZ_MUST(packet && packet[4] == 0x86 && packet[7] == 0, "no connection on %s",
              client->platform->name);
    fake_device_drop_all(&client->device);
}

void one_client_open(OneClient *client, const SwmePlatform *platform, bool amt, uint8_t me,
                     uint8_t host)
{
    const uint8_t start[] = {1, 0, platform->hbm_minor, platform->hbm_major};
    SwmeFirmwareConfig config = {.platform = platform,
                                 .amt = amt ? SWME_ON : SWME_OFF,
                                 .latency = "0",
                                 .time_s = 1600000000};

    *client = (OneClient){.platform = platform, .me = me, .host = host};
    fake_device_init(&client->device, 128, 128);
    client->clock = swme_manual_clock_new();
    client->firmware = swme_firmware_new(&config, &fake_device_ops, &client->device,
                                         swme_manual_clock(client->clock), NULL);
    fake_device_reset(&client->device);
    swme_firmware_ops.platform_reset(client->firmware);
    fake_clock_settle(client->clock);
    swme_firmware_ops.host_reset(client->firmware);
    fake_clock_settle(client->clock);
    client->device.host_ready = true;
    ring(client);
    send_packet(client, 0, 0, start, sizeof(start));
    fake_device_drop_all(&client->device);
    if (host) {
        connect_client(client);
    }
}

void one_client_close(OneClient *client)
{
    swme_firmware_free(client->firmware);
    swme_manual_clock_free(client->clock);
    fake_device_clear(&client->device);
}

GByteArray *one_client_ask(OneClient *client, const uint8_t *message, size_t size)
{
    const uint8_t grant[] = {8, client->me, client->host, 0, 0, 0, 0, 0};
    GByteArray *answer = g_byte_array_new();
    unsigned int messages = 0;
    unsigned int credits = 0;
    GBytes *packet;

    if (client->host) {
        send_packet(client, 0, 0, grant, sizeof(grant));
    }
    send_packet(client, client->me, client->host, message, size);
    while ((packet = fake_device_take(&client->device))) {
        gsize length;
        const uint8_t *data = g_bytes_get_data(packet, &length);

        if (data[0] == client->me) {
            g_byte_array_append(answer, data + MEI_HEADER_SIZE, (guint)length - MEI_HEADER_SIZE);
            messages += (swme_get_le32(data) & MEI_HDR_COMPLETE) != 0;
        } else {
            credits += data[4] == 0x08;
        }
        g_bytes_unref(packet);
        ring(client);
    }
    FUZZ_MUST(messages <= 1 && credits == (client->host != 0), "%u answers and %u credits",
              messages, credits);
    if (messages == 0) {
        g_clear_pointer(&answer, g_byte_array_unref);
    }
    return answer;
}

size_t one_client_mkhi_question(FuzzInput *input, MkhiClient client, uint8_t *message)
{
    uint8_t choice = fuzz_u8(input);
    uint16_t more = fuzz_u16(input); /* MIN() looks twice */
    size_t size = MIN((size_t)(more & 0x1ff), ONE_CLIENT_REQUEST_MAX);
    uint8_t index = 0;

    memset(message, 0, ONE_CLIENT_REQUEST_MAX);
    message[0] = fuzz_u8(input);
    message[1] = fuzz_u8(input);
    for (const MkhiCommand *c = mkhi_commands; c->name; c++) {
        if ((c->clients & client) && index++ == choice % 64) {
            message[0] = c->group;
            message[1] = c->command;
            size = choice & 0x40 ? size : c->min_size;
        }
    }
    for (size_t i = 4; i < size && input->left; i++) {
        message[i] = fuzz_u8(input);
    }
    return size;
}

void one_client_check_mkhi(const uint8_t *message, size_t size, const GByteArray *answer)
{
    if (size < MKHI_HEADER_SIZE) {
        FUZZ_MUST(answer->len == 0, "%u bytes for half a header", answer->len);
        return;
    }
    FUZZ_MUST(answer->len >= MKHI_HEADER_SIZE && answer->data[0] == message[0] &&
                  answer->data[1] == (message[1] | MKHI_RESPONSE) && answer->data[2] == 0,
              "the header of %02x/%02x", message[0], message[1]);
    FUZZ_MUST(answer->data[3] == 0 || answer->len == MKHI_HEADER_SIZE, "data beside a result");
}
