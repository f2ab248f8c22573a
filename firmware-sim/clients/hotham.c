/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HOTHAM: the flash log, which is empty. Layouts: intel/lms HOTHAMClient, which takes any record
 * for a fatal error, and rpc-go pkg/hotham, which has the answer to what is not supported. What the
 * length of an answer's header is when it does not fit into 12 bits is chosen: all ones.
 */
#include <string.h>

#include <glib.h>

#include <swme/bytes.h>
#include <swme/hotham.h>
#include <swme/me-clients.h>

#include "firmware-sim/clients/clients.h"

#define HOTHAM_MAX_LENGTH (HOTHAM_HEADER_SIZE + HOTHAM_LOG_SIZE) /* recorded: 8196 */

static void send_answer(MeConnection *connection, uint32_t request, uint8_t *answer, size_t size)
{
    uint32_t header = request & HOTHAM_SEQUENCE_MASK << HOTHAM_SEQUENCE_SHIFT;

    header |= HOTHAM_CODE_SUCCESS << HOTHAM_CODE_SHIFT;
    header |= (uint32_t)MIN(size, HOTHAM_LENGTH_MASK) << HOTHAM_LENGTH_SHIFT;
    swme_put_le32(answer, header);
    me_connection_send(connection, answer, size);
}

static void log_size_get(MeConnection *connection, uint32_t request)
{
    uint8_t answer[HOTHAM_HEADER_SIZE + 4] = {0};

    send_answer(connection, request, answer, sizeof(answer));
}

static void log_get(MeConnection *connection, uint32_t request)
{
    g_autofree uint8_t *answer = g_malloc(HOTHAM_MAX_LENGTH);

    memset(answer + HOTHAM_HEADER_SIZE, 0xff, HOTHAM_LOG_SIZE); /* as erased flash reads */
    send_answer(connection, request, answer, HOTHAM_MAX_LENGTH);
}

static const struct {
    uint8_t code;
    void (*handle)(MeConnection *connection, uint32_t request);
} commands[] = {
    {HOTHAM_LOG_SIZE_GET, log_size_get},
    {HOTHAM_LOG_GET, log_get},
};

static bool is_command(uint32_t header)
{
    return (header >> HOTHAM_CLASS_SHIFT & HOTHAM_CLASS_MASK) == HOTHAM_CLASS_COMMAND &&
           (header >> HOTHAM_TARGET_SHIFT & HOTHAM_TARGET_MASK) == HOTHAM_TARGET &&
           !(header & HOTHAM_TYPE_1);
}

static void hotham_message(MeConnection *connection, const uint8_t *data, size_t size)
{
    uint8_t refusal[HOTHAM_HEADER_SIZE];
    uint32_t header;

    if (size < HOTHAM_HEADER_SIZE) {
        me_connection_send(connection, NULL, 0); /* as MKHI does: nothing to answer to */
        return;
    }
    header = swme_get_le32(data);
    for (size_t i = 0; i < G_N_ELEMENTS(commands) && is_command(header); i++) {
        if (commands[i].code == (header >> HOTHAM_CODE_SHIFT & HOTHAM_CODE_MASK)) {
            commands[i].handle(connection, header);
            return;
        }
    }
    memcpy(refusal, data, sizeof(refusal));
    refusal[HOTHAM_OFF_ERROR] = HOTHAM_ERROR_NOT_SUPPORTED;
    me_connection_send(connection, refusal, sizeof(refusal));
}

const MeClientClass me_client_hotham = {
    .name = "hotham",
    .guid = SWME_GUID_HOTHAM,
    .protocol_version = 0, /* recorded */
    .max_connections = 1,
    .max_length = HOTHAM_MAX_LENGTH,
    .request_reply = true,
    .message = hotham_message,
};
