/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A Unix socket at which a device finds the firmware of this process: one at a time. */
#ifndef SWME_REMOTE_SERVER_H
#define SWME_REMOTE_SERVER_H

#include <gio/gio.h>

#include "firmware-sim/remote/remote-device.h"

typedef struct RemoteServer RemoteServer;

typedef struct RemoteServerOps {
    void (*host_power)(void *opaque, SwmeHostPower power);
    /* One line. */
    void (*note)(void *opaque, const char *what, bool error);
} RemoteServerOps;

/*
 * Runs on the default main context. Listens once remote_server_listen() is called, when the
 * firmware has been attached to its device.
 */
RemoteServer *remote_server_new(const RemoteServerOps *ops, void *opaque);
bool remote_server_listen(RemoteServer *server, const char *path, GError **error);
/* Before the firmware: nothing is called back from here on but the device's operations. */
void remote_server_close(RemoteServer *server);
/* After the firmware. */
void remote_server_free(RemoteServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RemoteServer, remote_server_free)

RemoteDevice *remote_server_device(RemoteServer *server);

#endif
