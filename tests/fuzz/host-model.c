/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/host-model.h"

#include <string.h>

#include <swme/bytes.h>
#include <swme/mei-header.h>

#include "tests/fuzz/fuzz.h"

/* What the firmware may send, with the size of each (fact sheet, 6.1). */
typedef struct FirmwareMessage {
    uint8_t command;
    uint8_t size;
    uint8_t request; /* the host's, which it answers; 0: none */
    uint8_t used;    /* bytes that have a meaning: the others are 0 */
} FirmwareMessage;

static const FirmwareMessage firmware_messages[] = {
    {0x81, 4, 0x01, 4}, {0x82, 4, 0x02, 1}, {0x84, 36, 0x04, 36}, {0x85, 28, 0x05, 28},
    {0x86, 4, 0x06, 4}, {0x87, 4, 0x07, 4}, {0x8a, 4, 0x0a, 1},   {0x90, 8, 0x10, 5},
    {0x8c, 4, 0x0c, 2}, {0x92, 4, 0x12, 2}, {0x93, 4, 0x13, 4},   {0x94, 2, 0x14, 2},
    {0x95, 2, 0x15, 2}, {0x03, 4, 0, 2},    {0x07, 4, 0, 3},      {0x08, 8, 0, 3},
    {0x0b, 4, 0, 1},    {0x0f, 28, 0, 28},  {0x11, 4, 0, 3},
};

void host_model_reset(HostModel *model)
{
    model->pair_count = 0;
    memset(model->asked, 0, sizeof(model->asked));
    for (unsigned int i = 0; model->touched; i++, model->touched >>= 1) {
        if (model->touched & 1) {
            memset(model->asked_me[i], 0, sizeof(model->asked_me[i]));
        }
    }
    memset(model->fixed_questions, 0, sizeof(model->fixed_questions));
    model->pg_exits = 0;
}

static HostPair *find_pair(HostModel *model, uint8_t me, uint8_t host)
{
    uint16_t key = (uint16_t)(me << 8 | host);

    for (unsigned int i = 0; i < model->pair_count; i++) {
        if (model->pairs[i].key == key) {
            return &model->pairs[i];
        }
    }
    FUZZ_MUST(model->pair_count < HOST_MODEL_PAIRS, "more pairs than an input can name");
    memset(&model->pairs[model->pair_count], 0, sizeof(HostPair));
    model->pairs[model->pair_count].key = key;
    return &model->pairs[model->pair_count++];
}

/*
 * The host has asked for the end: what it granted so far is void once the answer is there. Of
 * several such requests only the first one counts until then, which allows more, never less.
 */
static void closing(HostPair *pair)
{
    if (!pair->closing) {
        pair->closing = true;
        pair->void_grants = pair->grants;
    }
}

static void hbm_written(HostModel *model, const uint8_t *data, size_t size)
{
    HostPair *pair;

    if (size == 0 || data[0] >= 32) {
        return;
    }
    model->asked[data[0]]++;
    if (size < 4) {
        return;
    }
    model->asked_me[data[0]][data[1]]++;
    model->touched |= UINT32_C(1) << data[0];
    pair = find_pair(model, data[1], data[2]);
    if (data[0] == 0x08) {
        pair->grants++;
    } else if (data[0] == 0x07) {
        closing(pair);
    } else if (data[0] == 0x01 || data[0] == 0x02) { /* START and STOP close all */
        for (unsigned int i = 0; i < model->pair_count; i++) {
            closing(&model->pairs[i]);
        }
    }
}

void host_model_written(HostModel *model, const uint8_t *packet, size_t size)
{
    uint32_t header = swme_get_le32(packet);
    uint8_t me = MEI_HDR_ME_ADDR(header);
    uint8_t host = MEI_HDR_HOST_ADDR(header);

    if (me == 0 && host == 0) {
        hbm_written(model, packet + 4, size - 4);
    } else if (header & MEI_HDR_COMPLETE) {
        find_pair(model, me, host)->written++;
        model->fixed_questions[me] += host == 0;
    }
}

static const FirmwareMessage *find_message(uint8_t command)
{
    for (size_t i = 0; i < sizeof(firmware_messages) / sizeof(firmware_messages[0]); i++) {
        if (firmware_messages[i].command == command) {
            return &firmware_messages[i];
        }
    }
    return NULL;
}

/*
 * The host's own request to close is answered. If others are not yet, the one that is noted may be
 * one of those.
 */
static void closed(HostModel *model, HostPair *pair)
{
    bool last =
        model->asked[0x01] + model->asked[0x02] == 0 && model->asked_me[0x07][pair->key >> 8] == 0;

    pair->connected = false;
    if (pair->closing && last) {
        pair->closing = false;
        pair->grants -= pair->void_grants;
    }
    pair->messages = 0;
}

static void pair_read(HostModel *model, const uint8_t *data)
{
    HostPair *pair = find_pair(model, data[1], data[2]);

    switch (data[0]) {
    case 0x86:
        if (data[3] == 0) {
            FUZZ_MUST(!pair->connected, "%u/%u connects twice", data[1], data[2]);
            FUZZ_MUST(data[2] != 0, "host address 0 connects to %u", data[1]);
            pair->connected = true;
            pair->credits = 0;
        }
        break;
    case 0x87:
        FUZZ_MUST(data[3] == 0, "DISCONNECT answered %u", data[3]);
        closed(model, pair);
        break;
    case 0x07:
        FUZZ_MUST(pair->connected, "DISCONNECT for %u/%u", data[1], data[2]);
        pair->connected = false;
        break;
    case 0x08:
        FUZZ_MUST(pair->connected, "credit for %u/%u", data[1], data[2]);
        pair->credits++;
        FUZZ_MUST(pair->credits <= 1 + pair->written, "%u credits for %u/%u", pair->credits,
                  data[1], data[2]);
        break;
    case 0x11:
        FUZZ_MUST(pair->connected, "notification for %u/%u", data[1], data[2]);
        break;
    default:
        break;
    }
}

static void hbm_read(HostModel *model, const uint8_t *data, size_t size)
{
    const FirmwareMessage *message = size ? find_message(data[0]) : NULL;

    FUZZ_MUST(message != NULL, "a host bus message 0x%02x", size ? data[0] : 0);
    FUZZ_MUST(size == message->size, "0x%02x has %zu bytes", data[0], size);
    for (size_t i = message->used; i < size; i++) {
        FUZZ_MUST(data[i] == 0, "0x%02x: reserved byte %zu is 0x%02x", data[0], i, data[i]);
    }
    if (message->request) {
        FUZZ_MUST(model->asked[message->request] > 0, "0x%02x: nobody asked", data[0]);
        model->asked[message->request]--;
        if (data[0] >= 0x85 && data[0] <= 0x87) {
            FUZZ_MUST(model->asked_me[message->request][data[1]] > 0, "0x%02x for %u: nobody asked",
                      data[0], data[1]);
            model->asked_me[message->request][data[1]]--;
        }
    }
    if (data[0] == 0x84) {
        FUZZ_MUST(!(data[4] & 1), "address 0 enumerates");
    } else if (data[0] == 0x85) {
        FUZZ_MUST(data[2] <= 1, "PROPERTIES status %u", data[2]);
    } else if (data[0] == 0x0b) {
        FUZZ_MUST(model->pg_exits > 0, "PG_EXIT unasked");
        model->pg_exits--;
    } else if (data[0] <= 0x82 && data[0] >= 0x81) {
        for (unsigned int i = 0; i < model->pair_count; i++) {
            closed(model, &model->pairs[i]);
        }
    }
    if (size >= 4) {
        pair_read(model, data);
    }
}

void host_model_read(HostModel *model, const uint8_t *packet, size_t size)
{
    uint32_t header = swme_get_le32(packet);
    uint8_t me = MEI_HDR_ME_ADDR(header);
    uint8_t host = MEI_HDR_HOST_ADDR(header);
    HostPair *pair = find_pair(model, me, host);

    if (me == 0) {
        hbm_read(model, packet + 4, size - 4);
        return;
    }
    if (host == 0) {
        FUZZ_MUST(model->fixed_questions[me] > 0, "client %u speaks unasked", me);
        return;
    }
    FUZZ_MUST(pair->connected, "data for %u/%u, which is not connected", me, host);
    FUZZ_MUST(pair->messages < pair->grants, "data for %u/%u without credit", me, host);
    pair->messages += (header & MEI_HDR_COMPLETE) != 0;
}
