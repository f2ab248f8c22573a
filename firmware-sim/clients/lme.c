/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LME: APF, one message of it in each HECI message. What APF is about is net/apf.c; here it gets
 * its place on the bus.
 */
#include "firmware-sim/clients/lme.h"

#include <string.h>

#include <swme/apf.h>
#include <swme/me-clients.h>

#include "firmware-sim/clients/clients.h"

/* Not recorded. rpc-go writes a whole HTTP request as one message; the driver takes no longer one.
 */
#define LME_MAX_LENGTH 16384
#define LME_VERSION    4 /* LMS 8 refuses any other */
/* Several programs since AMT 11 (MeshCentral amt-lme.js), one before; how many is not recorded. */
#define LME_CONNECTIONS 4
/* Messages on their way to the host: enough to fill its ring, too few to be in a session's way. */
#define LME_UNDER_WAY 8

G_STATIC_ASSERT(LME_UNDER_WAY < ME_TX_MAX);

typedef struct Lme {
    MeConnection *connection;
    Apf *apf;
    bool ending; /* once all has left */
} Lme;

/* ---- what carries the session ---- */

static bool ready(void *opaque)
{
    const Lme *lme = opaque;

    return me_connection_is_open(lme->connection) &&
           me_connection_waiting(lme->connection) < LME_UNDER_WAY;
}

static void send(void *opaque, GBytes *message)
{
    Lme *lme = opaque;

    me_connection_send_bytes(lme->connection, message);
    me_connection_kick(lme->connection);
}

static void pause_host(void *opaque, bool paused)
{
    Lme *lme = opaque;

    me_connection_hold(lme->connection, paused);
    me_connection_kick(lme->connection);
}

static void end_when_sent(Lme *lme)
{
    if (lme->ending && me_connection_waiting(lme->connection) == 0) {
        me_connection_end(lme->connection);
        me_connection_kick(lme->connection);
    }
}

static void end(void *opaque)
{
    Lme *lme = opaque;

    lme->ending = true;
    end_when_sent(lme);
}

static void note(void *opaque, const char *text)
{
    me_connection_note(((Lme *)opaque)->connection, text);
}

static const ApfOps ops = {ready, send, pause_host, end, note};

/* ---- the client ---- */

/*
 * LMS writes it into the host's table of names unless it is the host's own: so it is the host's own
 * or nothing. Its two words for "any address" mean a tunnel from outside.
 */
static const char *forward_address(const AmtData *data)
{
    const char *name = data->host.fqdn;

    return strcmp(name, "0.0.0.0") == 0 || strcmp(name, "::") == 0 ? "" : name;
}

static void opened(MeConnection *connection)
{
    const SwmeContext *context = me_connection_context(connection);
    const AmtData *data = amt_state_data(context->amt);
    Lme *lme = g_new0(Lme, 1);
    const ApfConfig config = {
        .ops = &ops,
        .opaque = lme,
        .clock = me_connection_clock(connection),
        .services = context->services,
        .uuid = context->uuid,
        .address = forward_address(data),
        .tls_only = data->tls.local_enforced,
    };

    lme->connection = connection;
    me_connection_set_data(connection, lme);
    lme->apf = apf_new(&config);
    apf_pump(lme->apf);
}

static void message(MeConnection *connection, const uint8_t *data, size_t size)
{
    Lme *lme = me_connection_data(connection);

    (void)data;
    (void)size;
    apf_message(lme->apf, me_connection_message(connection));
}

static void sent(MeConnection *connection)
{
    Lme *lme = me_connection_data(connection);

    apf_pump(lme->apf);
    end_when_sent(lme);
}

/* A connection that a restore brought has no session: it only waits for its end. */
static void closed(MeConnection *connection)
{
    Lme *lme = me_connection_data(connection);

    if (lme) {
        me_connection_set_data(connection, NULL);
        apf_free(lme->apf);
        g_free(lme);
    }
}

/*
 * What consoles and web pages exchange through the host has passwords in it, in whatever form and
 * wherever it is cut: of a channel's data a trace shows whose it is and how long.
 */
static size_t shown(const uint8_t *data, size_t size)
{
    return size > 0 && data[0] != APF_CHANNEL_DATA ? SIZE_MAX : APF_CHANNEL_DATA_HEADER_SIZE;
}

#define LME(connections_)                                                                         \
    {                                                                                             \
        .name = "lme", .guid = SWME_GUID_LME, .protocol_version = LME_VERSION,                    \
        .max_connections = (connections_), .max_length = LME_MAX_LENGTH, .ends_on_restore = true, \
        .shown = shown, .opened = opened, .message = message, .sent = sent, .closed = closed      \
    }

const MeClientClass me_client_lme = LME(LME_CONNECTIONS);
const MeClientClass me_client_lme_one = LME(1);

Apf *me_lme_session(const MeBus *bus)
{
    const MeConnection *first = NULL;

    for (GList *l = bus->connections.head; l; l = l->next) {
        const MeConnection *connection = l->data;
        const Lme *lme = connection->data;

        if (connection->client->class->opened == opened && lme && !connection->closing &&
            apf_phase(lme->apf) == APF_FORWARDING &&
            (!first || connection->host_addr < first->host_addr)) {
            first = connection;
        }
    }
    return first ? ((Lme *)first->data)->apf : NULL;
}
