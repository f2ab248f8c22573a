/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AMTHI: what the host asks AMT. Layouts: Linux samples/mei/mei-amt-version.c, intel/lms
 * AMTHIClient, rpc-go pkg/pthi; the version list as fwupd recorded it from AMT 11.8.93.
 */
#include <string.h>

#include <glib.h>

#include <swme/amthi.h>
#include <swme/bytes.h>
#include <swme/me-clients.h>

#include "firmware-sim/clients/clients.h"

#define AMTHI_MAX_LENGTH 5120 /* recorded; the longest version list needs 2285 */

typedef struct AmthiCommand {
    uint32_t command;
    size_t min_data; /* bytes that must follow the header */
    /* Appends the data that follows the status, and returns the status. */
    uint32_t (*handle)(const AmtState *amt, const uint8_t *data, GByteArray *reply);
} AmthiCommand;

static void append_le32(GByteArray *reply, uint32_t value)
{
    uint8_t bytes[4];

    swme_put_le32(bytes, value);
    g_byte_array_append(reply, bytes, sizeof(bytes));
}

/* size bytes, NUL padded; text must be shorter. */
static void append_padded(GByteArray *reply, const char *text, guint size)
{
    guint at = reply->len;

    g_byte_array_set_size(reply, at + size);
    memset(reply->data + at, 0, size);
    g_strlcpy((char *)reply->data + at, text, size);
}

static void append_version_string(GByteArray *reply, const char *text)
{
    uint8_t length[2];

    swme_put_le16(length, (uint16_t)strlen(text));
    g_byte_array_append(reply, length, sizeof(length));
    append_padded(reply, text, AMTHI_VERSION_STRING_SIZE - sizeof(length));
}

static uint32_t get_code_versions(const AmtState *amt, const uint8_t *data, GByteArray *reply)
{
    AmtCodeVersion rows[AMT_CODE_VERSION_COUNT];

    (void)data;
    amt_state_code_versions(amt, rows);
    append_padded(reply, amt->platform->bios_version, AMTHI_BIOS_VERSION_SIZE);
    append_le32(reply, AMT_CODE_VERSION_COUNT);
    for (unsigned int i = 0; i < AMT_CODE_VERSION_COUNT; i++) {
        append_version_string(reply, rows[i].name);
        append_version_string(reply, rows[i].value);
    }
    return AMTHI_STATUS_SUCCESS;
}

static uint32_t get_provisioning_mode(const AmtState *amt, const uint8_t *data, GByteArray *reply)
{
    bool set_up = amt->provisioning_state != AMTHI_PROVISIONING_PRE;

    (void)data;
    append_le32(reply, set_up ? AMTHI_PROVISIONING_MODE_ENTERPRISE : AMTHI_PROVISIONING_MODE_NONE);
    append_le32(reply, 0); /* not legacy */
    return AMTHI_STATUS_SUCCESS;
}

static uint32_t get_provisioning_state(const AmtState *amt, const uint8_t *data, GByteArray *reply)
{
    (void)data;
    append_le32(reply, amt->provisioning_state);
    return AMTHI_STATUS_SUCCESS;
}

static uint32_t get_uuid(const AmtState *amt, const uint8_t *data, GByteArray *reply)
{
    (void)data;
    g_byte_array_append(reply, amt->uuid, sizeof(amt->uuid));
    return AMTHI_STATUS_SUCCESS;
}

static uint32_t get_control_mode(const AmtState *amt, const uint8_t *data, GByteArray *reply)
{
    (void)data;
    append_le32(reply, amt->control_mode);
    return AMTHI_STATUS_SUCCESS;
}

static const AmthiCommand commands[] = {
    {AMTHI_GET_PROVISIONING_MODE, 0, get_provisioning_mode},
    {AMTHI_GET_PROVISIONING_STATE, 0, get_provisioning_state},
    {AMTHI_GET_CODE_VERSIONS, 0, get_code_versions},
    {AMTHI_GET_UUID, 0, get_uuid},
    {AMTHI_GET_CONTROL_MODE, 0, get_control_mode},
};

/* The header's own length field is not looked at: real tools put 12 in it, whatever follows. */
static uint32_t dispatch(const AmtState *amt, const uint8_t *data, size_t size, GByteArray *reply)
{
    uint32_t command;

    if (size < AMTHI_HEADER_SIZE) {
        return AMTHI_STATUS_INVALID_MESSAGE_LENGTH;
    }
    if (data[AMTHI_OFF_MAJOR] != AMTHI_VERSION_MAJOR ||
        data[AMTHI_OFF_MINOR] != AMTHI_VERSION_MINOR) {
        return AMTHI_STATUS_UNSUPPORTED_VERSION;
    }
    command = swme_get_le32(data + AMTHI_OFF_COMMAND);
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (commands[i].command == command) {
            return size - AMTHI_HEADER_SIZE < commands[i].min_data
                       ? AMTHI_STATUS_INVALID_MESSAGE_LENGTH
                       : commands[i].handle(amt, data + AMTHI_HEADER_SIZE, reply);
        }
    }
    return AMTHI_STATUS_INVALID_COMMAND;
}

static void amthi_message(MeConnection *connection, const uint8_t *data, size_t size)
{
    g_autoptr(GByteArray) reply = g_byte_array_new();
    uint8_t header[AMTHI_OFF_DATA] = {AMTHI_VERSION_MAJOR, AMTHI_VERSION_MINOR};
    uint32_t command = size >= AMTHI_OFF_COMMAND + 4 ? swme_get_le32(data + AMTHI_OFF_COMMAND) : 0;
    uint32_t status;

    g_byte_array_append(reply, header, sizeof(header));
    status = dispatch(me_connection_context(connection)->amt, data, size, reply);
    if (status != AMTHI_STATUS_SUCCESS) {
        g_byte_array_set_size(reply, AMTHI_OFF_DATA);
    }
    swme_put_le32(reply->data + AMTHI_OFF_COMMAND, command | AMTHI_RESPONSE);
    swme_put_le32(reply->data + AMTHI_OFF_LENGTH, reply->len - AMTHI_HEADER_SIZE);
    swme_put_le32(reply->data + AMTHI_OFF_STATUS, status);
    me_connection_send(connection, reply->data, reply->len);
}

const MeClientClass me_client_amthi = {
    .name = "amthi",
    .guid = SWME_GUID_AMTHI,
    .protocol_version = 1,
    .max_connections = 1,
    .max_length = AMTHI_MAX_LENGTH,
    .request_reply = true,
    .message = amthi_message,
};
