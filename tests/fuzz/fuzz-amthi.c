/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target "amthi": any requests to AMTHI, in any state of AMT. Each gets one well-formed
 * answer, and whatever state comes of it can be saved and loaded.
 */
#include <string.h>

#include <glib.h>

#include <swme/bytes.h>

#include "firmware-sim/amt/amt-nvm.h"
#include "firmware-sim/clients/amthi.h"
#include "firmware-sim/clients/clients.h"
#include "tests/fuzz/client-model.h"
#include "tests/fuzz/fuzz.h"

#define COMMANDS      46
#define REQUEST_MAX   504
#define PLATFORMS_MAX 256

/* The choice-th platform with AMT; the last one for what is beyond. */
static ClientModel *choose_model(uint8_t choice)
{
    static ClientModel *models[PLATFORMS_MAX];
    unsigned int found = 0;

    for (unsigned int i = 0; swme_platforms[i].name; i++) {
        FUZZ_MUST(i < PLATFORMS_MAX, "more platforms than there is room for");
        if (swme_platforms[i].amt) {
            found = i;
            if (choice-- == 0) {
                break;
            }
        }
    }
    if (!models[found]) {
        models[found] = client_model_new(&swme_platforms[found], true, &me_client_amthi);
    }
    return models[found];
}

/* Returns the message's size; message has room for REQUEST_MAX. */
static size_t make_request(FuzzInput *input, uint8_t *message)
{
    uint8_t choice = fuzz_u8(input);
    uint16_t more = fuzz_u16(input); /* MIN() looks twice */
    size_t size = MIN(12u + (more & 0x1ff), REQUEST_MAX);

    message[0] = 1;
    message[1] = 1;
    if (choice < COMMANDS) {
        swme_put_le32(message + 4, amthi_commands[choice].command);
    } else {
        swme_put_le32(message + 4, fuzz_u32(input));
        message[1] = choice == 255 ? fuzz_u8(input) : 1;
        size = choice == 254 ? size % 12 : size;
    }
    for (size_t i = 12; i < size && input->left; i++) {
        message[i] = fuzz_u8(input);
    }
    return size;
}

static void request(ClientModel *model, FuzzInput *input)
{
    bool operational = amt_state_data(client_model_amt(model))->setup.operational;
    uint8_t message[REQUEST_MAX] = {0};
    size_t size = make_request(input, message);
    g_autoptr(GBytes) answer = NULL;
    const uint8_t *data;
    gsize answer_size;

    client_model_message(model, message, size);
    answer = client_model_take(model);
    FUZZ_MUST(answer && !client_model_take(model), "not just one answer");
    data = g_bytes_get_data(answer, &answer_size);
    if (!operational) {
        FUZZ_MUST(answer_size == 0, "an answer from an AMT that is off");
        return;
    }
    FUZZ_MUST(answer_size >= 16 && swme_get_le32(data + 8) == answer_size - 12,
              "an answer of %zu bytes", answer_size);
    FUZZ_MUST(swme_get_le32(data + 12) == 0 || answer_size == 16, "data beside a status");
    /* A trace asks this of request and answer alike. */
    FUZZ_MUST(size < 12 ||
                  me_client_amthi.shown(message, size) == me_client_amthi.shown(data, answer_size),
              "request and answer differ in being secret");
}

static void check_state(ClientModel *model)
{
    AmtState *amt = client_model_amt(model);
    g_autoptr(AmtData) data = amt_data_copy(amt_state_data(amt));
    g_autoptr(GBytes) nvm = amt_nvm_encode(data);
    gsize size;
    const void *bytes = g_bytes_get_data(nvm, &size);

    FUZZ_MUST(amt_nvm_decode(data, bytes, size, "fuzz", NULL), "a state that cannot be loaded");
    FUZZ_MUST(amt_data_equal(data, amt_state_data(amt)), "a state that comes back other");
}

static void step(ClientModel *model, FuzzInput *input)
{
    static const uint8_t digest[16] = {1};
    AmtState *amt = client_model_amt(model);
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
        client_model_advance(model, (int64_t)fuzz_u16(input) * 60 * SWME_NS_PER_S);
        break;
    default:
        request(model, input);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput input = {data, MIN(size, FUZZ_INPUT_MAX)};
    ClientModel *model = choose_model(fuzz_u8(&input));

    client_model_reset(model);
    while (input.left) {
        step(model, &input);
    }
    if (fuzz_one_in(16, data, size) && client_model_changed(model)) {
        check_state(model);
    }
    return 0;
}
