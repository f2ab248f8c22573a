/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/amthi-fixture.h"

#include <string.h>

#include "tests/unit/unit.h"

uint8_t amthi_address;

/* A firmware with a connection to AMTHI as host 1. */
Bench *amthi_bench(const BenchOptions *options)
{
    Bench *b = bench_up(options);

    amthi_address = bench_open(b, GUID_TEXT_AMTHI, 1).address;
    return b;
}

/* The answer to a message, its credit seen; NULL when there is none. */
GByteArray *amthi_ask_bytes(Bench *b, const void *data, size_t size)
{
    GByteArray *answer = NULL;
    uint8_t credit[MEI_PACKET_MAX];
    size_t packet_size;
    const uint8_t *packet;

    bench_grant(b, amthi_address, 1);
    bench_message(b, amthi_address, 1, data, size);
    packet = fake_device_peek(&b->device, &packet_size);
    MUST_MSG(packet != NULL, "neither answer nor credit for %zu bytes", size);
    if (packet[0] != 0) {
        answer = bench_take_message(b, amthi_address, 1);
    }
    MUST_EQ(bench_take_hbm(b, credit), 8);
    MUST_EQ(credit[0], 8);
    MUST_EQ(credit[1], amthi_address);
    MUST_EQ(credit[2], 1);
    MUST(b->device.from_firmware.length == 0);
    return answer;
}

GByteArray *amthi_ask(Bench *b, uint32_t command, const void *data, size_t size)
{
    g_autofree uint8_t *request = g_malloc0(12 + size);

    request[0] = 1;
    request[1] = 1;
    swme_put_le32(request + 4, command);
    swme_put_le32(request + 8, (uint32_t)size);
    if (size) {
        memcpy(request + 12, data, size);
    }
    return amthi_ask_bytes(b, request, 12 + size);
}

/* B.1: what the strictest clients check in every answer. Returns the status. */
uint32_t amthi_check_answer(const GByteArray *answer, uint32_t command)
{
    MUST(answer != NULL);
    MUST_MSG(answer->len >= 16, "%u bytes", answer->len);
    MUST_EQ(answer->data[0], 1);
    MUST_EQ(answer->data[1], 1);
    MUST_EQ(swme_get_le16(answer->data + 2), 0);
    MUST_EQ(swme_get_le32(answer->data + 4), command | 0x00800000u);
    MUST_EQ(swme_get_le32(answer->data + 8), answer->len - 12);
    return swme_get_le32(answer->data + 12);
}
