/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * UPID. Layouts: intel/lms UPIDClient, rpc-go pkg/upid, which switches the feature on, reads the id
 * and switches it off. That it begins switched off, and what is refused meanwhile, is inferred from
 * that. An OEM's id is not set, and only a BIOS may set one: this host is past its POST.
 */
#include "firmware-sim/clients/upid.h"

#include <string.h>

#include <glib.h>

#include <swme/bytes.h>
#include <swme/me-clients.h>

#include "firmware-sim/clients/clients.h"

#define UPID_MAX_LENGTH 128 /* chosen; the longest answer has 76 */
#define UPID_STATE_SIZE 1   /* is the feature on: 0 or 1 */

typedef struct UpidReply {
    uint8_t data[UPID_PLATFORM_ID_SIZE];
    size_t size;
} UpidReply;

typedef struct UpidCommand {
    uint8_t command;
    uint8_t data_size; /* of the request, as far as it is published */
    /* Appends to the reply and returns the status. */
    uint32_t (*handle)(MeConnection *connection, const uint8_t *data, UpidReply *reply);
} UpidCommand;

void upid_csme_id(const SwmeContext *context, uint8_t *id)
{
    gsize size = UPID_ID_SIZE;
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

    g_checksum_update(sum, (const guchar *)"UPID", 4);
    g_checksum_update(sum, context->uuid, sizeof(context->uuid));
    g_checksum_get_digest(sum, id, &size);
}

static uint32_t append_byte(UpidReply *reply, uint8_t value)
{
    reply->data[reply->size++] = value;
    return UPID_STATUS_SUCCESS;
}

static uint32_t support_get(MeConnection *connection, const uint8_t *data, UpidReply *reply)
{
    (void)connection;
    (void)data;
    return append_byte(reply, UPID_SUPPORTED_ID);
}

static uint32_t state_get(MeConnection *connection, const uint8_t *data, UpidReply *reply)
{
    (void)data;
    return append_byte(reply, *me_connection_state(connection));
}

static uint32_t state_set(MeConnection *connection, const uint8_t *data, UpidReply *reply)
{
    (void)reply;
    if (*data > 1) {
        return UPID_STATUS_INVALID_PARAMETER;
    }
    *me_connection_state(connection) = *data;
    return UPID_STATUS_SUCCESS;
}

static uint32_t os_control_get(MeConnection *connection, const uint8_t *data, UpidReply *reply)
{
    (void)connection;
    (void)data;
    return append_byte(reply, 1);
}

static uint32_t platform_id_get(MeConnection *connection, const uint8_t *data, UpidReply *reply)
{
    (void)data;
    if (!*me_connection_state(connection)) {
        return UPID_STATUS_INVALID_STATE;
    }
    memset(reply->data + reply->size, 0, UPID_PLATFORM_ID_SIZE - reply->size);
    swme_put_le32(reply->data + UPID_OFF_DATA, UPID_OEM_ID_NOT_SET);
    upid_csme_id(me_connection_context(connection),
                 reply->data + UPID_PLATFORM_ID_OFF_OEM + UPID_ID_SIZE);
    reply->size = UPID_PLATFORM_ID_SIZE;
    return UPID_STATUS_SUCCESS;
}

static uint32_t before_end_of_post(MeConnection *connection, const uint8_t *data, UpidReply *reply)
{
    (void)connection;
    (void)data;
    (void)reply;
    return UPID_STATUS_NOT_ALLOWED_AFTER_POST;
}

/* The refurbish counter is left out: nobody has published the layout of its answer. */
static const UpidCommand commands[] = {
    {UPID_SUPPORT_GET, 0, support_get},
    {UPID_STATE_GET, 0, state_get},
    {UPID_STATE_SET, 1, state_set},
    {UPID_OS_CONTROL_GET, 0, os_control_get},
    {UPID_OS_CONTROL_SET, 1, before_end_of_post},
    {UPID_PLATFORM_ID_GET, 0, platform_id_get},
    {UPID_OEM_ID_UPDATE, 0, before_end_of_post},
};

static uint32_t dispatch(MeConnection *connection, const uint8_t *data, size_t size,
                         UpidReply *reply)
{
    if (data[UPID_OFF_FEATURE] != UPID_FEATURE_PLATFORM_ID) {
        return UPID_STATUS_NOT_SUPPORTED;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        size_t least = (size_t)UPID_HEADER_SIZE + commands[i].data_size;

        if (commands[i].command != data[UPID_OFF_COMMAND]) {
            continue;
        }
        if (size < least || swme_get_le16(data + UPID_OFF_COUNT) != size - UPID_HEADER_SIZE) {
            return UPID_STATUS_INVALID_PARAMETER;
        }
        return commands[i].handle(connection, data + UPID_HEADER_SIZE, reply);
    }
    return UPID_STATUS_NOT_SUPPORTED;
}

static void upid_message(MeConnection *connection, const uint8_t *data, size_t size)
{
    UpidReply reply = {.size = UPID_OFF_DATA};
    uint32_t status;

    if (size < UPID_HEADER_SIZE) {
        me_connection_send(connection, NULL, 0); /* as MKHI does: nothing to answer to */
        return;
    }
    status = dispatch(connection, data, size, &reply);
    reply.size = status == UPID_STATUS_SUCCESS ? reply.size : UPID_OFF_DATA;
    reply.data[UPID_OFF_FEATURE] = data[UPID_OFF_FEATURE];
    reply.data[UPID_OFF_COMMAND] = data[UPID_OFF_COMMAND];
    swme_put_le16(reply.data + UPID_OFF_COUNT, (uint16_t)(reply.size - UPID_HEADER_SIZE));
    swme_put_le32(reply.data + UPID_OFF_STATUS, status);
    me_connection_send(connection, reply.data, reply.size);
}

static bool upid_state_good(const uint8_t *state)
{
    return *state <= 1;
}

bool upid_is_on(const MeConnection *connection)
{
    const uint8_t *state = me_connection_other_state(connection, &me_client_upid);

    return state && *state;
}

const MeClientClass me_client_upid = {
    .name = "upid",
    .guid = SWME_GUID_UPID,
    .protocol_version = 1, /* chosen */
    .max_connections = 1,
    .max_length = UPID_MAX_LENGTH,
    .request_reply = true,
    .state_size = UPID_STATE_SIZE,
    .state_good = upid_state_good,
    .message = upid_message,
};
