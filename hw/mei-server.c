/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qemu/osdep.h"

#include "crypto/secret.h"

#include "hw/mei-server.h"

void mei_server_init(MeiServer *server, SwmeFirmware *firmware, const SwmeMachine *machine,
                     SwmeClock *clock, Error **errp)
{
    AmtServerConfig config = {
        .listen = server->listen,
        .provision = server->provision,
        .quirks = server->quirk,
    };
    g_autoptr(GError) gerror = NULL;
    g_autofree char *password = NULL;

    if (server->password_secret) {
        password = qcrypto_secret_lookup_as_utf8(server->password_secret, errp);
        if (!password) {
            return;
        }
        config.password = password;
    }
    server->server = amt_server_new(firmware, machine, clock, &config, &gerror);
    if (!server->server) {
        error_setg(errp, "%s", gerror->message);
    }
    if (password) {
        explicit_bzero(password, strlen(password));
    }
}

void mei_server_free(MeiServer *server)
{
    g_clear_pointer(&server->server, amt_server_free);
}
