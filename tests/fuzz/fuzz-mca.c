/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target "mca": any questions to MCHI. What a read returns is
 * never more than was asked for, and is the part of the whole file that was asked for.
 */
#include <string.h>

#include <swme/bytes.h>
#include <swme/mca.h>

#include "firmware-sim/clients/clients.h"
#include "tests/fuzz/mkhi-questions.h"

#define FILE_MAX 64 /* more than any file has */

static bool is_read(const uint8_t *message, size_t size)
{
    return size >= MCA_READ_FILE_EX_REQ_SIZE && message[0] == MKHI_GROUP_MCA &&
           message[1] == MCA_READ_FILE_EX;
}

/* The whole file that the question is about. */
static void check_part(ClientModel *model, const uint8_t *message, GBytes *answer)
{
    uint8_t whole[MCA_READ_FILE_EX_REQ_SIZE];
    uint32_t offset = swme_get_le32(message + MCA_READ_FILE_EX_OFF_OFFSET);
    gsize part_size, file_size;
    const uint8_t *part = g_bytes_get_data(answer, &part_size);
    uint32_t size = swme_get_le32(part + MCA_READ_RES_OFF_SIZE);
    g_autoptr(GBytes) all = NULL;
    const uint8_t *file;

    FUZZ_MUST(part_size == MCA_READ_RES_OFF_DATA + size && size > 0 &&
                  size <= swme_get_le32(message + MCA_READ_FILE_EX_OFF_SIZE),
              "a read of %u bytes", size);
    memcpy(whole, message, sizeof(whole));
    swme_put_le32(whole + MCA_READ_FILE_EX_OFF_OFFSET, 0);
    swme_put_le32(whole + MCA_READ_FILE_EX_OFF_SIZE, FILE_MAX);
    all = mkhi_ask(model, whole, sizeof(whole));
    FUZZ_MUST(all, "no answer");
    file = g_bytes_get_data(all, &file_size);
    FUZZ_MUST(
        file_size >= MCA_READ_RES_OFF_DATA + offset + size &&
            !memcmp(file + MCA_READ_RES_OFF_DATA + offset, part + MCA_READ_RES_OFF_DATA, size),
        "a part that is not of the file");
}

static void question(ClientModel *model, FuzzInput *input)
{
    uint8_t message[MKHI_QUESTION_MAX];
    size_t size = mkhi_question(input, MKHI_CLIENT_MCHI, message);
    g_autoptr(GBytes) answer = NULL;
    const uint8_t *data;
    gsize answer_size;

    if (is_read(message, size) && (message[MCA_READ_FILE_EX_OFF_FLAGS] & 0x80)) {
        /* A file that is there, so that the numbers after it matter. */
        message[MCA_READ_FILE_EX_OFF_FLAGS] &= 0x1f;
        message[MCA_READ_FILE_EX_OFF_SIZE + 2] = message[MCA_READ_FILE_EX_OFF_SIZE + 3] = 0;
        message[MCA_READ_FILE_EX_OFF_OFFSET + 1] = message[MCA_READ_FILE_EX_OFF_OFFSET + 2] =
            message[MCA_READ_FILE_EX_OFF_OFFSET + 3] = 0;
        swme_put_le32(message + MCA_READ_FILE_EX_OFF_FILE, MCA_FILE_OEM_KEY_HASH_1);
    }
    answer = mkhi_ask(model, message, size);
    FUZZ_MUST(answer, "no answer");
    data = g_bytes_get_data(answer, &answer_size);
    if (is_read(message, size) && data[MKHI_OFF_RESULT] == MCA_RESULT_SUCCESS) {
        check_part(model, message, answer);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput input = {data, MIN(size, FUZZ_INPUT_MAX)};
    const SwmePlatform *platform;
    ClientModel *model =
        mkhi_choose_model(fuzz_u8(&input), SWME_CLIENTS_MCHI, false, &me_client_mchi, &platform);

    while (input.left) {
        question(model, &input);
    }
    return 0;
}
