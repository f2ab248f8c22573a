/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
#include "host-driver/tool/mkhi.h"

#include <swme/bytes.h>
#include <swme/me-clients.h>
#include <swme/mkhi.h>

#define MKHI_TIMEOUT_MS 500 /* what Linux means to wait (bus-fixup.c) */
#define MKHI_ANSWER_MAX (MKHI_HEADER_SIZE + MKHI_FW_VERSION_BLOCKS_MAX * MKHI_FW_VERSION_BLOCK_SIZE)

static MeiError exchange(Channel *channel, uint8_t *answer, size_t *size)
{
    static const uint8_t request[MKHI_HEADER_SIZE] = {MKHI_GROUP_GENERAL, MKHI_GEN_FW_VERSION};
    MeiError error = channel_write(channel, request, sizeof(request), MKHI_TIMEOUT_MS);

    return error ? error : channel_read(channel, answer, MKHI_ANSWER_MAX, size, MKHI_TIMEOUT_MS);
}

MeiError mkhi_firmware_version(Session *session, SessionInfo *info)
{
    static const SwmeGuid fixed = SWME_GUID_MKHI_FIXED;
    static const SwmeGuid dynamic = SWME_GUID_MKHI;
    uint8_t answer[MKHI_ANSWER_MAX];
    size_t size = 0;
    Channel *channel;
    MeiError error = session_open_client(session, &fixed, &channel);

    if (error) {
        error = session_open_client(session, &dynamic, &channel);
    }
    if (error) {
        return error;
    }
    error = exchange(channel, answer, &size);
    channel_close(channel);
    if (error) {
        return error;
    }
    if (size < MKHI_HEADER_SIZE + MKHI_FW_VERSION_BLOCK_SIZE ||
        answer[MKHI_OFF_GROUP] != MKHI_GROUP_GENERAL ||
        answer[MKHI_OFF_COMMAND] != (MKHI_GEN_FW_VERSION | MKHI_RESPONSE) ||
        answer[MKHI_OFF_RESULT] != MKHI_RESULT_SUCCESS) {
        return session_fail(session, MEI_ERR_PROTOCOL, "MKHI does not tell the firmware's version");
    }
    info->version_count = (unsigned int)((size - MKHI_HEADER_SIZE) / MKHI_FW_VERSION_BLOCK_SIZE);
    for (unsigned int i = 0; i < info->version_count; i++) {
        const uint8_t *block = answer + MKHI_HEADER_SIZE + i * MKHI_FW_VERSION_BLOCK_SIZE;

        info->version[i].platform = block[MKHI_FW_VERSION_OFF_PLATFORM];
        info->version[i].major = block[MKHI_FW_VERSION_OFF_MAJOR];
        info->version[i].minor = swme_get_le16(block + MKHI_FW_VERSION_OFF_MINOR);
        info->version[i].hotfix = swme_get_le16(block + MKHI_FW_VERSION_OFF_HOTFIX);
        info->version[i].build = swme_get_le16(block + MKHI_FW_VERSION_OFF_BUILD);
    }
    return MEI_OK;
}
