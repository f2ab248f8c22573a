/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target "mkhi": any questions to MKHI's fixed address, on any platform. Each gets one
 * well-formed answer, or none where the table says so; the same question gets the same answer.
 */
#include "firmware-sim/clients/clients.h"
#include "tests/fuzz/mkhi-questions.h"

static bool is_mute(const SwmePlatform *platform, const uint8_t *question)
{
    if (question[0] == swme_kernel_facts(platform)->silent_group) {
        return true;
    }
    for (const MkhiCommand *c = mkhi_commands; c->name; c++) {
        if ((c->clients & MKHI_CLIENT_MKHI) && c->group == question[0] &&
            c->command == question[1] && !c->handle && mkhi_answers(c, platform)) {
            return true;
        }
    }
    return false;
}

static void question(ClientModel *model, const SwmePlatform *platform, FuzzInput *input)
{
    uint8_t message[MKHI_QUESTION_MAX];
    size_t size = mkhi_question(input, MKHI_CLIENT_MKHI, message);
    g_autoptr(GBytes) first = mkhi_ask(model, message, size);
    g_autoptr(GBytes) second = mkhi_ask(model, message, size);
    bool mute = size >= MKHI_HEADER_SIZE && is_mute(platform, message);

    FUZZ_MUST((first == NULL) == mute && (second == NULL) == mute, "%s: %02x/%02x",
              mute ? "an answer" : "no answer", message[0], message[1]);
    FUZZ_MUST(mute || g_bytes_equal(first, second), "%02x/%02x is answered in two ways", message[0],
              message[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput input = {data, MIN(size, FUZZ_INPUT_MAX)};
    uint8_t choice = fuzz_u8(&input);
    bool amt = fuzz_u8(&input) & 1;
    const SwmePlatform *platform;
    ClientModel *model =
        mkhi_choose_model(choice, SWME_CLIENTS_MKHI_FIXED, amt, &me_client_mkhi_fixed, &platform);

    while (input.left) {
        question(model, platform, &input);
    }
    return 0;
}
