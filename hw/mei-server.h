/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AMT's server in QEMU: the device's properties for it, and its life. */
#ifndef SWME_MEI_SERVER_H
#define SWME_MEI_SERVER_H

#include "qapi/error.h"

#include "firmware-sim/amt/http/server.h"
#include "firmware-sim/firmware.h"

typedef struct MeiServer {
    /* Properties */
    char *listen;
    char *provision;
    char *password_secret; /* a QEMU secret object's id */
    char *quirk;

    AmtServer *server; /* NULL: not there, or not yet */
} MeiServer;

/* The firmware was made with its services. Does nothing where there is no AMT to serve. */
void mei_server_init(MeiServer *server, SwmeFirmware *firmware, const SwmeMachine *machine,
                     SwmeClock *clock, Error **errp);
void mei_server_free(MeiServer *server);

#endif
