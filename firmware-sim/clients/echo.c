/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Echo: each message comes back as it went. No real firmware has it; it gives tests, drivers and
 * benchmarks a client whose answer is known, and several connections to try at once.
 */
#include <swme/me-clients.h>

#include "firmware-sim/clients/clients.h"

static void echo_message(MeConnection *connection, const uint8_t *data, size_t size)
{
    me_connection_send(connection, data, size);
}

const MeClientClass me_client_echo = {
    .name = "echo",
    .guid = SWME_GUID_ECHO,
    .protocol_version = 1,
    .max_connections = 16,
    .max_length = 8192,
    .vtag = true,
    .request_reply = true,
    .message = echo_message,
};
