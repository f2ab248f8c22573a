/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/mkhi-questions.h"

#include <string.h>

#define PLATFORMS_MAX 256

ClientModel *mkhi_choose_model(uint8_t choice, unsigned int lists, bool amt,
                               const MeClientClass *class, const SwmePlatform **platform)
{
    static ClientModel *models[PLATFORMS_MAX][2]; /* of the one class that a target has */
    unsigned int found = PLATFORMS_MAX;

    for (unsigned int i = 0; swme_platforms[i].name; i++) {
        FUZZ_MUST(i < PLATFORMS_MAX, "more platforms than there is room for");
        if (swme_platforms[i].clients & lists) {
            found = i;
            if (choice-- == 0) {
                break;
            }
        }
    }
    FUZZ_MUST(found < PLATFORMS_MAX, "no platform has the client");
    *platform = &swme_platforms[found];
    amt = amt && (*platform)->amt;
    if (!models[found][amt]) {
        models[found][amt] = client_model_new(*platform, amt, class);
    }
    client_model_reset(models[found][amt]);
    return models[found][amt];
}

size_t mkhi_question(FuzzInput *input, MkhiClient client, uint8_t *message)
{
    uint8_t choice = fuzz_u8(input);
    uint16_t more = fuzz_u16(input); /* MIN() looks twice */
    size_t size = MIN((size_t)(more & 0x1ff), MKHI_QUESTION_MAX);
    uint8_t index = 0;

    memset(message, 0, MKHI_QUESTION_MAX);
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

static void check_answer(const uint8_t *message, size_t size, const uint8_t *answer,
                         gsize answer_size)
{
    if (size < MKHI_HEADER_SIZE) {
        FUZZ_MUST(answer_size == 0, "%zu bytes for half a header", answer_size);
        return;
    }
    FUZZ_MUST(answer_size >= MKHI_HEADER_SIZE && answer[0] == message[0] &&
                  answer[1] == (message[1] | MKHI_RESPONSE) && answer[2] == 0,
              "the header of %02x/%02x", message[0], message[1]);
    FUZZ_MUST(answer[3] == 0 || answer_size == MKHI_HEADER_SIZE, "data beside a result");
}

GBytes *mkhi_ask(ClientModel *model, const uint8_t *message, size_t size)
{
    GBytes *answer;

    client_model_message(model, message, size);
    answer = client_model_take(model);
    FUZZ_MUST(!client_model_take(model), "two answers");
    if (answer) {
        gsize answer_size;
        const uint8_t *data = g_bytes_get_data(answer, &answer_size);

        check_answer(message, size, data, answer_size);
    }
    return answer;
}
