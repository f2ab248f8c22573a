/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/http/server.h"

#include "firmware-sim/amt/amt-accounts.h"
#include "firmware-sim/amt/http/http.h"
#include "firmware-sim/amt/http/post.h"
#include "firmware-sim/context.h"
#include "firmware-sim/error.h"
#include "firmware-sim/net/listen.h"

struct AmtServer {
    Wsman *wsman;
    AmtHttp *http;
    SwmeListen *listen;
    AmtNotifier *notifier; /* the firmware's, once it posts through ours */
    AmtPoster *poster;
};

static GIOStream *open_host(void *opaque, uint16_t port)
{
    return swme_firmware_open_host(opaque, port);
}

/* Without a LAN of its own AMT is on this host's network if it is to be reached there. */
static void set_poster(AmtServer *server, SwmeFirmware *firmware, const SwmeContext *context)
{
    const AmtPosterConfig config = {
        .amt = context->amt,
        .services = context->services,
        .host_network = server->listen != NULL,
        .open_host = open_host,
        .opaque = firmware,
    };

    server->poster = amt_poster_new(&config);
    server->notifier = context->notifier;
    amt_notifier_set_post(server->notifier, &amt_poster_ops, server->poster);
}

static bool check(const AmtServerConfig *config, bool amt, AmtProvision *provision, GError **error)
{
    *provision = AMT_PROVISION_NONE;
    if (config->provision && !amt_provision_parse(config->provision, provision, error)) {
        return false;
    }
    if (!amt && (config->listen || *provision != AMT_PROVISION_NONE)) {
        return swme_error_set(error, SWME_ERROR_ARGUMENT, NULL,
                              "%s is for AMT, and this firmware has no AMT",
                              config->listen ? "listen" : "provision");
    }
    if (*provision != AMT_PROVISION_NONE && !config->password) {
        return swme_error_set(error, SWME_ERROR_ARGUMENT, NULL,
                              "provision=%s wants a password for 'admin'", config->provision);
    }
    if (*provision == AMT_PROVISION_NONE && config->password) {
        return swme_error_set(error, SWME_ERROR_ARGUMENT, NULL,
                              "a password is for provision=client or admin, and AMT is not "
                              "provisioned");
    }
    return true;
}

static bool listen_on(AmtServer *server, SwmeServices *services, const char *text, GError **error)
{
    SwmeListenAddress address;

    if (!swme_listen_parse(text, &address, error)) {
        return false;
    }
    server->listen = swme_listen_new(services, &address, error);
    return server->listen != NULL;
}

AmtServer *amt_server_new(SwmeFirmware *firmware, const SwmeMachine *machine, SwmeClock *clock,
                          const AmtServerConfig *config, GError **error)
{
    const SwmeContext *context = swme_firmware_context(firmware);
    g_autoptr(AmtServer) server = g_new0(AmtServer, 1);
    AmtHttpConfig http = {
        .context = context,
        .clock = clock,
        .connections = config->connections,
    };
    AmtProvision provision;

    if (!check(config, context->amt != NULL, &provision, error) ||
        !amt_quirks_parse(config->quirks, &http.quirks, error)) {
        return NULL;
    }
    if (!context->amt) {
        return g_steal_pointer(&server);
    }
    if (!amt_provision(context->amt, provision, config->password, error)) {
        return NULL;
    }
    server->wsman = wsman_new(context, machine);
    http.wsman = server->wsman;
    server->http = amt_http_new(&http);
    if (config->listen && !listen_on(server, context->services, config->listen, error)) {
        return NULL;
    }
    set_poster(server, firmware, context);
    return g_steal_pointer(&server);
}

void amt_server_free(AmtServer *server)
{
    if (server) {
        if (server->notifier) {
            amt_notifier_set_post(server->notifier, NULL, NULL);
        }
        amt_poster_free(server->poster);
        swme_listen_free(server->listen);
        amt_http_free(server->http);
        wsman_free(server->wsman);
        g_free(server);
    }
}

uint16_t amt_server_port(const AmtServer *server)
{
    return server->listen ? swme_listen_port(server->listen) : 0;
}

AmtHttp *amt_server_http(AmtServer *server)
{
    return server->http;
}

Wsman *amt_server_wsman(AmtServer *server)
{
    return server->wsman;
}
