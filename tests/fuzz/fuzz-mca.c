/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target "mca": any questions to MCHI by connection, its credits kept. What a read returns is
 * never more than was asked for, and is the part of the whole file that was asked for.
 */
#include <string.h>

#include <swme/bytes.h>
#include <swme/mca.h>

#include "firmware-sim/clients/clients.h"
#include "firmware-sim/clients/mkhi.h"
#include "firmware-sim/firmware.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/one-client.h"

#define HOST     1
#define FILE_MAX 64 /* more than any file has */

static const SwmePlatform *choose_platform(uint8_t choice)
{
    const SwmePlatform *found = NULL;

    for (const SwmePlatform *p = swme_platforms; p->name; p++) {
        if ((p->clients & SWME_CLIENTS_MCHI) && (!found || choice-- > 0)) {
            found = p;
        }
    }
    return found;
}

static bool is_read(const uint8_t *message, size_t size)
{
    return size >= MCA_READ_FILE_EX_REQ_SIZE && message[0] == MKHI_GROUP_MCA &&
           message[1] == MCA_READ_FILE_EX;
}

/* The whole file that the question is about, by the same connection. */
static void check_part(OneClient *client, const uint8_t *message, const GByteArray *answer)
{
    uint8_t whole[MCA_READ_FILE_EX_REQ_SIZE];
    uint32_t offset = swme_get_le32(message + MCA_READ_FILE_EX_OFF_OFFSET);
    uint32_t size = swme_get_le32(answer->data + MCA_READ_RES_OFF_SIZE);
    g_autoptr(GByteArray) file = NULL;

    FUZZ_MUST(answer->len == MCA_READ_RES_OFF_DATA + size && size > 0 &&
                  size <= swme_get_le32(message + MCA_READ_FILE_EX_OFF_SIZE),
              "a read of %u bytes", size);
    memcpy(whole, message, sizeof(whole));
    swme_put_le32(whole + MCA_READ_FILE_EX_OFF_OFFSET, 0);
    swme_put_le32(whole + MCA_READ_FILE_EX_OFF_SIZE, FILE_MAX);
    file = one_client_ask(client, whole, sizeof(whole));
    FUZZ_MUST(file && file->len >= MCA_READ_RES_OFF_DATA + offset + size &&
                  !memcmp(file->data + MCA_READ_RES_OFF_DATA + offset,
                          answer->data + MCA_READ_RES_OFF_DATA, size),
              "a part that is not of the file");
}

static void question(OneClient *client, FuzzInput *input)
{
    uint8_t message[ONE_CLIENT_REQUEST_MAX];
    size_t size = one_client_mkhi_question(input, MKHI_CLIENT_MCHI, message);
    g_autoptr(GByteArray) answer = NULL;

    if (is_read(message, size) && (message[MCA_READ_FILE_EX_OFF_FLAGS] & 0x80)) {
        /* A file that is there, so that the numbers after it matter. */
        message[MCA_READ_FILE_EX_OFF_FLAGS] &= 0x1f;
        message[MCA_READ_FILE_EX_OFF_SIZE + 2] = message[MCA_READ_FILE_EX_OFF_SIZE + 3] = 0;
        message[MCA_READ_FILE_EX_OFF_OFFSET + 1] = message[MCA_READ_FILE_EX_OFF_OFFSET + 2] =
            message[MCA_READ_FILE_EX_OFF_OFFSET + 3] = 0;
        swme_put_le32(message + MCA_READ_FILE_EX_OFF_FILE, MCA_FILE_OEM_KEY_HASH_1);
    }
    answer = one_client_ask(client, message, size);
    FUZZ_MUST(answer, "no answer");
    one_client_check_mkhi(message, size, answer);
    if (is_read(message, size) && answer->data[MKHI_OFF_RESULT] == MCA_RESULT_SUCCESS) {
        check_part(client, message, answer);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput input = {data, MIN(size, FUZZ_INPUT_MAX)};
    const SwmePlatform *platform = choose_platform(fuzz_u8(&input));
    OneClient client;

    one_client_open(&client, platform, false, one_client_address(platform, &me_client_mchi, false),
                    HOST);
    while (input.left) {
        question(&client, &input);
    }
    one_client_close(&client);
    return 0;
}
