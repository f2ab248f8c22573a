/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All of AMT's server as a user asks for it: the web server with WS-Management behind it, and
 * listeners of this host in front. */
#ifndef SWME_AMT_HTTP_SERVER_H
#define SWME_AMT_HTTP_SERVER_H

#include <stdint.h>

#include <glib.h>

#include "firmware-sim/firmware.h"

typedef struct AmtServer AmtServer;

/* Words of the command line or of the device's properties; NULL each: as if not given. */
typedef struct AmtServerConfig {
    const char *listen;       /* as swme_listen_parse() takes it; NULL: no listeners */
    const char *provision;    /* as amt_provision_parse() takes it */
    const char *password;     /* of "admin", for provision */
    const char *quirks;       /* as amt_quirks_parse() takes them */
    unsigned int connections; /* 0: as http.h has it */
} AmtServerConfig;

/*
 * For a firmware that was made with these services. firmware, machine's and clock outlive it. NULL
 * and a one-line error for what cannot be. Without AMT there is nothing to serve, and to ask for it
 * is an error.
 */
AmtServer *amt_server_new(SwmeFirmware *firmware, const SwmeMachine *machine, SwmeClock *clock,
                          const AmtServerConfig *config, GError **error);
void amt_server_free(AmtServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AmtServer, amt_server_free)

/* The port that stands for 16992; 0: it does not listen. */
uint16_t amt_server_port(const AmtServer *server);
/* NULL without AMT. */
struct AmtHttp *amt_server_http(AmtServer *server);
struct Wsman *amt_server_wsman(AmtServer *server);

#endif
