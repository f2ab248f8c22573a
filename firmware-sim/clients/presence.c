/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clients that real firmware lists and whose protocol nobody has published. Drivers see them, bind
 * to them and connect; what real firmware does with a message that it cannot read is not known, so
 * here it is taken, counted and traced, and gets no answer.
 *
 * Properties: a public listing of CSME 11.8.50.3425 (GA-H170), through u-root's and fwupd's
 * identifiers where those name a client. CHOSEN_LENGTH where no listing has the length.
 */
#include <swme/me-clients.h>

#include "firmware-sim/clients/clients.h"

#define CHOSEN_LENGTH 4096

static void presence_message(MeConnection *connection, const uint8_t *data, size_t size)
{
    (void)data;
    (void)size;
    me_connection_ignore(connection);
}

#define FIXED(id_, name_, version_, address_, length_)     \
    [ME_PRESENCE_##id_] = {.name = (name_),                \
                           .guid = SWME_GUID_##id_,        \
                           .protocol_version = (version_), \
                           .fixed_address = (address_),    \
                           .max_length = (length_),        \
                           .message = presence_message}
#define DYNAMIC(id_, name_, version_, connections_, length_)  \
    [ME_PRESENCE_##id_] = {.name = (name_),                   \
                           .guid = SWME_GUID_##id_,           \
                           .protocol_version = (version_),    \
                           .max_connections = (connections_), \
                           .max_length = (length_),           \
                           .message = presence_message}

/* clang-format off: one client, one line; where no listing has the protocol version, 1 */
const MeClientClass me_client_presence[ME_PRESENCE_COUNT] = {
    FIXED(ICC, "icc", 1, SWME_FIXED_ADDRESS_ICC, 3092),
    FIXED(01E88543, "01e88543", 1, SWME_FIXED_ADDRESS_01E88543, 36),
    DYNAMIC(8C2F4425, "8c2f4425", 1, 1, 3092),
    DYNAMIC(F908627D, "f908627d", 1, 1, 13312),
    DYNAMIC(DBA4D603, "dba4d603", 1, 1, 4096),
    DYNAMIC(DAL_LAUNCHER, "dal-launcher", 1, 1, 4096),
    DYNAMIC(DAL, "dal", 1, 1, 4096),
    DYNAMIC(PAVP, "pavp", 1, 3, 15360),
    DYNAMIC(HDCP, "hdcp", 1, 2, 4096),
    DYNAMIC(6861EC7B, "6861ec7b", 1, 1, CHOSEN_LENGTH),
    DYNAMIC(CEA154EA, "cea154ea", 1, 1, CHOSEN_LENGTH),
    DYNAMIC(BB875E12, "bb875e12", 1, 1, CHOSEN_LENGTH),
};
/* clang-format on */
