/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target "mkhi": any questions to MKHI's fixed address, on any platform. Each gets one
 * well-formed answer, or none where the table says so; the same question gets the same answer.
 */
#include <string.h>

#include "firmware-sim/clients/mkhi.h"
#include "firmware-sim/firmware.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/one-client.h"

static const SwmePlatform *choose_platform(uint8_t choice)
{
    const SwmePlatform *found = NULL;

    for (const SwmePlatform *p = swme_platforms; p->name; p++) {
        if ((p->clients & SWME_CLIENTS_MKHI_FIXED) && (!found || choice-- > 0)) {
            found = p;
        }
    }
    return found;
}

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

static void question(OneClient *client, FuzzInput *input)
{
    uint8_t message[ONE_CLIENT_REQUEST_MAX];
    size_t size = one_client_mkhi_question(input, MKHI_CLIENT_MKHI, message);
    g_autoptr(GByteArray) first = one_client_ask(client, message, size);
    g_autoptr(GByteArray) second = one_client_ask(client, message, size);
    bool mute = size >= 4 && is_mute(client->platform, message);

    FUZZ_MUST((first == NULL) == mute && (second == NULL) == mute, "%s: %02x/%02x",
              mute ? "an answer" : "no answer", message[0], message[1]);
    if (mute) {
        return;
    }
    one_client_check_mkhi(message, size, first);
    FUZZ_MUST(first->len == second->len &&
                  (first->len == 0 || !memcmp(first->data, second->data, first->len)),
              "%02x/%02x is answered in two ways", message[0], message[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput input = {data, MIN(size, FUZZ_INPUT_MAX)};
    const SwmePlatform *platform = choose_platform(fuzz_u8(&input));
    bool amt = fuzz_u8(&input) & 1;
    OneClient client;

    one_client_open(&client, platform, amt && platform->amt, 7, 0);
    while (input.left) {
        question(&client, &input);
    }
    one_client_close(&client);
    return 0;
}
