/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
#include "host-driver/tool/echo.h"

#include <string.h>

#include <swme/me-clients.h>

MeiError echo_open(Session *session, Channel **channel)
{
    static const SwmeGuid guid = SWME_GUID_ECHO;
    MeiError error = session_open_client(session, &guid, channel);

    if (error == MEI_ERR_NO_CLIENT) {
        return session_fail(session, error,
                            "this firmware has no echo client (the option echo=on adds it)");
    }
    return error;
}

void echo_fill(uint8_t *data, size_t size, uint32_t seed)
{
    uint32_t x = seed * 2654435761u + 1;

    for (size_t i = 0; i < size; i++) {
        x = x * 1664525u + 1013904223u;
        data[i] = (uint8_t)(x >> 24);
    }
}

MeiError echo_exchange(Channel *channel, const uint8_t *data, uint8_t *returned, size_t size)
{
    size_t received;
    MeiError error = channel_write(channel, data, size, ECHO_TIMEOUT_MS);

    if (!error) {
        error = channel_read(channel, returned, size, &received, ECHO_TIMEOUT_MS);
    }
    if (error) {
        return error;
    }
    if (received != size) {
        return session_fail(channel->session, MEI_ERR_PROTOCOL,
                            "the echo has %zu bytes, the message had %zu", received, size);
    }
    for (size_t i = 0; i < size; i++) {
        if (data[i] != returned[i]) {
            return session_fail(channel->session, MEI_ERR_PROTOCOL,
                                "the echo differs from the message at byte %zu of %zu", i, size);
        }
    }
    return MEI_OK;
}
