/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
#include "host-driver/tool/mkhi.h"

#include <string.h>

#include <swme/bytes.h>
#include <swme/mca.h>
#include <swme/me-clients.h>
#include <swme/mkhi.h>

#define MKHI_TIMEOUT_MS  500 /* what Linux means to wait (bus-fixup.c) */
#define MKHI_REQUEST_MAX 512

static const SwmeGuid fixed = SWME_GUID_MKHI_FIXED;
static const SwmeGuid dynamic = SWME_GUID_MKHI;
static const SwmeGuid mchi = SWME_GUID_MCHI;

static const char *mca_result_name(uint8_t result)
{
    switch (result) {
    case MCA_RESULT_NO_FILE:
        return "no such file";
    case MCA_RESULT_NO_ATTRIBUTE:
        return "the file has no such attribute";
    case MCA_RESULT_INVALID_INPUT:
        return "invalid input";
    case MCA_RESULT_SIZE_LIMIT:
        return "too large";
    default:
        return NULL;
    }
}

const char *mkhi_result_name(uint8_t group, uint8_t result)
{
    const char *name = group == MKHI_GROUP_MCA ? mca_result_name(result) : NULL;

    if (name) {
        return name;
    }
    switch (result) {
    case MKHI_RESULT_SUCCESS:
        return "success";
    case MKHI_RESULT_INVALID_STATE:
        return "invalid state";
    case MKHI_RESULT_SIZE:
        return "wrong size";
    case MKHI_RESULT_PARAMETERS:
        return "invalid parameters";
    case MKHI_RESULT_NOT_SUPPORTED:
        return "not supported";
    case MKHI_RESULT_INVALID_COMMAND:
        return "invalid command";
    default:
        return "unknown result";
    }
}

MeiError mkhi_open(Session *session, Channel **channel)
{
    MeiError error = session_open_client(session, &dynamic, channel);

    return error == MEI_ERR_NO_CLIENT ? session_open_client(session, &fixed, channel) : error;
}

MeiError mchi_open(Session *session, Channel **channel)
{
    return session_open_client(session, &mchi, channel);
}

MeiError mkhi_exchange(Channel *channel, uint8_t group, uint8_t command, const void *data,
                       size_t size, uint8_t *answer, size_t *answer_size)
{
    uint8_t request[MKHI_REQUEST_MAX] = {group, command};
    MeiError error;

    if (size > sizeof(request) - MKHI_HEADER_SIZE) {
        return session_fail(channel->session, MEI_ERR_INVALID, "a request of %zu bytes is too long",
                            size);
    }
    if (size) {
        memcpy(request + MKHI_HEADER_SIZE, data, size);
    }
    error = channel_write(channel, request, MKHI_HEADER_SIZE + size, MKHI_TIMEOUT_MS);
    if (!error) {
        error = channel_read(channel, answer, MKHI_ANSWER_MAX, answer_size, MKHI_TIMEOUT_MS);
    }
    if (error) {
        return error;
    }
    if (*answer_size < MKHI_HEADER_SIZE || answer[MKHI_OFF_GROUP] != group ||
        answer[MKHI_OFF_COMMAND] != (command | MKHI_RESPONSE)) {
        return session_fail(channel->session, MEI_ERR_PROTOCOL,
                            "MKHI's answer is to another question than %02x/%02x", group, command);
    }
    return MEI_OK;
}

MeiError mkhi_ask(Channel *channel, uint8_t group, uint8_t command, const char *what,
                  const void *data, size_t size, uint8_t *answer, size_t *answer_size, size_t least)
{
    MeiError error = mkhi_exchange(channel, group, command, data, size, answer, answer_size);
    uint8_t result;

    if (error) {
        return error;
    }
    result = answer[MKHI_OFF_RESULT];
    if (result != MKHI_RESULT_SUCCESS) {
        return session_fail(channel->session, MEI_ERR_REFUSED, "the ME refused %s: %s (0x%02x)",
                            what, mkhi_result_name(group, result), result);
    }
    return *answer_size < MKHI_HEADER_SIZE + least
               ? session_fail(channel->session, MEI_ERR_PROTOCOL,
                              "the ME's answer on %s is too short", what)
               : MEI_OK;
}

MeiError mkhi_firmware_version(Session *session, SessionInfo *info)
{
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
    error = mkhi_ask(channel, MKHI_GROUP_GENERAL, MKHI_GEN_FW_VERSION, "its version", NULL, 0,
                     answer, &size, MKHI_FW_VERSION_BLOCK_SIZE);
    channel_close(channel);
    if (error) {
        return error;
    }
    if (size > MKHI_HEADER_SIZE + MKHI_FW_VERSION_BLOCKS_MAX * MKHI_FW_VERSION_BLOCK_SIZE) {
        return session_fail(session, MEI_ERR_PROTOCOL, "the ME tells more versions than there are");
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
