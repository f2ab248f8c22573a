/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
#include "host-driver/tool/amthi.h"

#include <inttypes.h>
#include <string.h>

#include <swme/bytes.h>
#include <swme/me-clients.h>

#define AMTHI_REQUEST_MAX 512
#define AMTHI_TIMEOUT_MS  5000 /* as the kernel's sample waits (samples/mei/mei-amt-version.c) */

const char *amthi_provisioning_mode_name(uint32_t mode)
{
    switch (mode) {
    case AMTHI_PROVISIONING_MODE_NONE:
        return "none";
    case AMTHI_PROVISIONING_MODE_ENTERPRISE:
        return "enterprise";
    case 2:
        return "small business";
    case 3:
        return "remote assistance";
    default:
        return "unknown";
    }
}

const char *amthi_provisioning_state_name(uint32_t state)
{
    switch (state) {
    case AMTHI_PROVISIONING_PRE:
        return "not provisioned";
    case AMTHI_PROVISIONING_IN:
        return "in provisioning";
    case AMTHI_PROVISIONING_POST:
        return "provisioned";
    default:
        return "unknown";
    }
}

const char *amthi_control_mode_name(uint32_t mode)
{
    switch (mode) {
    case AMTHI_CONTROL_MODE_NONE:
        return "none";
    case AMTHI_CONTROL_MODE_CLIENT:
        return "client";
    case AMTHI_CONTROL_MODE_ADMIN:
        return "admin";
    case 3:
        return "remote assistance";
    default:
        return "unknown";
    }
}

const char *amthi_status_name(uint32_t status)
{
    switch (status) {
    case AMTHI_STATUS_SUCCESS:
        return "success";
    case AMTHI_STATUS_INTERNAL_ERROR:
        return "internal error";
    case AMTHI_STATUS_NOT_READY:
        return "not ready";
    case AMTHI_STATUS_INVALID_AMT_MODE:
        return "invalid AMT mode";
    case AMTHI_STATUS_INVALID_MESSAGE_LENGTH:
        return "invalid message length";
    case AMTHI_STATUS_UNSUPPORTED_VERSION:
        return "unsupported version";
    case AMTHI_STATUS_INVALID_COMMAND:
        return "invalid command";
    case AMTHI_STATUS_NOT_PERMITTED:
        return "not permitted";
    case AMTHI_STATUS_INVALID_INDEX:
        return "invalid index";
    case AMTHI_STATUS_INVALID_PARAMETER:
        return "invalid parameter";
    case AMTHI_STATUS_RNG_IN_PROGRESS:
        return "a seed is being generated";
    case AMTHI_STATUS_RNG_NOT_READY:
        return "no seed";
    case AMTHI_STATUS_CERTIFICATE_NOT_READY:
        return "no certificate";
    case AMTHI_STATUS_DATA_MISSING:
        return "data missing";
    case AMTHI_STATUS_UNSUPPORTED:
        return "unsupported";
    case AMTHI_STATUS_NOT_FOUND:
        return "not found";
    case AMTHI_STATUS_BLOCKING_COMPONENT:
        return "blocked by a component";
    default:
        return "unknown status";
    }
}

static MeiError bad(Channel *channel, const char *what, const char *why)
{
    return session_fail(channel->session, MEI_ERR_PROTOCOL, "AMT's answer on %s %s", what, why);
}

/*
 * One command. The checks are those of intel/lms and the kernel's sample; an answer of no bytes is
 * how AMT says that it is switched off.
 */
static MeiError exchange(Channel *channel, uint32_t command, const char *what, const void *data,
                         size_t data_size, uint8_t *answer, size_t *size)
{
    uint8_t request[AMTHI_REQUEST_MAX] = {AMTHI_VERSION_MAJOR, AMTHI_VERSION_MINOR};
    MeiError error;

    if (data_size > sizeof(request) - AMTHI_HEADER_SIZE) {
        return session_fail(channel->session, MEI_ERR_INVALID, "%s is too long", what);
    }
    swme_put_le32(request + AMTHI_OFF_COMMAND, command);
    swme_put_le32(request + AMTHI_OFF_LENGTH, (uint32_t)data_size);
    if (data_size) {
        memcpy(request + AMTHI_HEADER_SIZE, data, data_size);
    }
    error = channel_write(channel, request, AMTHI_HEADER_SIZE + data_size, AMTHI_TIMEOUT_MS);
    if (!error) {
        error = channel_read(channel, answer, AMTHI_ANSWER_MAX, size, AMTHI_TIMEOUT_MS);
    }
    if (error) {
        return error;
    }
    if (*size == 0) {
        return session_fail(channel->session, MEI_ERR_REFUSED, "AMT is disabled");
    }
    if (*size < AMTHI_OFF_DATA) {
        return bad(channel, what, "is too short");
    }
    if (answer[AMTHI_OFF_MAJOR] != AMTHI_VERSION_MAJOR ||
        swme_get_le32(answer + AMTHI_OFF_COMMAND) != (command | AMTHI_RESPONSE)) {
        return bad(channel, what, "is to another question");
    }
    if (swme_get_le32(answer + AMTHI_OFF_LENGTH) != *size - AMTHI_HEADER_SIZE) {
        return bad(channel, what, "has a length that is not its own");
    }
    return MEI_OK;
}

MeiError amthi_ask(Channel *channel, uint32_t command, const char *what, const void *data,
                   size_t size, uint8_t *answer, size_t *answer_size, size_t least)
{
    MeiError error = exchange(channel, command, what, data, size, answer, answer_size);
    uint32_t status;

    if (error) {
        return error;
    }
    status = swme_get_le32(answer + AMTHI_OFF_STATUS);
    if (status != AMTHI_STATUS_SUCCESS) {
        return session_fail(channel->session, MEI_ERR_REFUSED, "AMT refused %s: %s (0x%" PRIx32 ")",
                            what, amthi_status_name(status), status);
    }
    return *answer_size < AMTHI_OFF_DATA + least ? bad(channel, what, "is too short") : MEI_OK;
}

static MeiError ask(Channel *channel, uint32_t command, const char *what, uint8_t *answer,
                    size_t *size)
{
    return amthi_ask(channel, command, what, NULL, 0, answer, size, 0);
}

static MeiError ask_number(Channel *channel, uint32_t command, const char *what, uint32_t *value)
{
    uint8_t answer[AMTHI_ANSWER_MAX];
    size_t size;
    MeiError error = ask(channel, command, what, answer, &size);

    if (!error && size < AMTHI_OFF_DATA + 4) {
        error = bad(channel, what, "is too short");
    }
    if (!error) {
        *value = swme_get_le32(answer + AMTHI_OFF_DATA);
    }
    return error;
}

/* text has room for size + 1 bytes. */
void amthi_printable(char *text, const uint8_t *bytes, size_t size)
{
    size_t i;

    for (i = 0; i < size && bytes[i] != '\0'; i++) {
        text[i] = bytes[i] >= 0x20 && bytes[i] < 0x7f ? (char)bytes[i] : '?';
    }
    text[i] = '\0';
}

void amthi_counted(char *text, size_t size, const uint8_t *answer, size_t answer_size, size_t at)
{
    size_t length = at + 2 <= answer_size ? swme_get_le16(answer + at) : 0;

    if (at + 2 > answer_size || length > answer_size - at - 2) {
        length = 0; /* it claims more than came */
    }
    amthi_printable(text, answer + at + 2, length < size ? length : size - 1);
}

/* A counted string: u16 length, 20 bytes. False when the length is more than the field. */
static bool counted(char *text, const uint8_t *field)
{
    size_t length = swme_get_le16(field);

    if (length > AMTHI_VERSION_STRING_SIZE - 2) {
        return false;
    }
    amthi_printable(text, field + 2, length);
    return true;
}

static MeiError ask_code_versions(Channel *channel, AmthiInfo *info)
{
    static const char what[] = "code versions";
    uint8_t answer[AMTHI_ANSWER_MAX];
    uint32_t count;
    size_t size;
    MeiError error = ask(channel, AMTHI_GET_CODE_VERSIONS, what, answer, &size);

    if (error) {
        return error;
    }
    if (size < AMTHI_CODE_VERSIONS_FIRST) {
        return bad(channel, what, "is too short");
    }
    count = swme_get_le32(answer + AMTHI_CODE_VERSIONS_COUNT);
    if (count > AMTHI_CODE_VERSIONS_MAX ||
        size != AMTHI_CODE_VERSIONS_FIRST + (size_t)count * AMTHI_CODE_VERSION_SIZE) {
        return bad(channel, what, "has another length than its entries");
    }
    amthi_printable(info->bios_version, answer + AMTHI_OFF_DATA, AMTHI_BIOS_VERSION_SIZE);
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *entry = answer + AMTHI_CODE_VERSIONS_FIRST + i * AMTHI_CODE_VERSION_SIZE;

        if (!counted(info->code_versions[i].description, entry) ||
            !counted(info->code_versions[i].version, entry + AMTHI_VERSION_STRING_SIZE)) {
            return bad(channel, what, "has a string longer than its field");
        }
    }
    info->code_version_count = count;
    return MEI_OK;
}

static MeiError ask_uuid(Channel *channel, SwmeGuid *uuid)
{
    uint8_t answer[AMTHI_ANSWER_MAX];
    size_t size;
    MeiError error = ask(channel, AMTHI_GET_UUID, "UUID", answer, &size);

    if (!error && size < AMTHI_OFF_DATA + AMTHI_UUID_SIZE) {
        error = bad(channel, "UUID", "is too short");
    }
    if (!error) {
        memcpy(uuid->bytes, answer + AMTHI_OFF_DATA, AMTHI_UUID_SIZE);
    }
    return error;
}

MeiError amthi_open(Session *session, Channel **channel)
{
    static const SwmeGuid guid = SWME_GUID_AMTHI;
    MeiError error = session_open_client(session, &guid, channel);

    return error == MEI_ERR_NO_CLIENT
               ? session_fail(session, error, "this firmware has no AMT (no AMTHI client)")
               : error;
}

/* AMT before 6.1 has no control modes, and says that it does not know the question. */
static MeiError ask_control_mode(Channel *channel, uint32_t *mode)
{
    static const char what[] = "control mode";
    uint8_t answer[AMTHI_ANSWER_MAX];
    size_t size;
    MeiError error = exchange(channel, AMTHI_GET_CONTROL_MODE, what, NULL, 0, answer, &size);

    if (!error && swme_get_le32(answer + AMTHI_OFF_STATUS) == AMTHI_STATUS_UNSUPPORTED) {
        *mode = AMTHI_CONTROL_MODE_NONE;
        return MEI_OK;
    }
    return error ? error : ask_number(channel, AMTHI_GET_CONTROL_MODE, what, mode);
}

MeiError amthi_info(Session *session, AmthiInfo *info)
{
    Channel *channel;
    MeiError error = amthi_open(session, &channel);

    memset(info, 0, sizeof(*info));
    if (error) {
        return error;
    }
    error = ask_code_versions(channel, info);
    if (!error) {
        error = ask_number(channel, AMTHI_GET_PROVISIONING_MODE, "provisioning mode",
                           &info->provisioning_mode);
    }
    if (!error) {
        error = ask_number(channel, AMTHI_GET_PROVISIONING_STATE, "provisioning state",
                           &info->provisioning_state);
    }
    if (!error) {
        error = ask_control_mode(channel, &info->control_mode);
    }
    if (!error) {
        error = ask_uuid(channel, &info->uuid);
    }
    channel_close(channel);
    return error;
}
