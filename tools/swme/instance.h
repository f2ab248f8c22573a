/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One firmware of `swme serve`: behind a device elsewhere, or in a machine that is nothing but its
 * power state. */
#ifndef SWME_TOOL_INSTANCE_H
#define SWME_TOOL_INSTANCE_H

#include <stdint.h>

#include <glib.h>

#include "firmware-sim/amt/http/server.h"
#include "firmware-sim/firmware.h"

typedef struct SwmeInstance SwmeInstance;

typedef struct SwmeInstanceConfig {
    SwmeFirmwareConfig firmware; /* its machine, services and datagrams are the instance's */
    AmtServerConfig server;
    const char *control; /* NULL: no control socket */
    const char *link;    /* socket at which a device finds this; NULL: there is no device */
} SwmeInstanceConfig;

/* Runs on the default main context. clock outlives it. NULL and a one-line error. */
SwmeInstance *swme_instance_new(const SwmeInstanceConfig *config, SwmeClock *clock, GError **error);
/* All that was changed is in the NVM file; false: it is not, and an error says why. */
bool swme_instance_flush(SwmeInstance *instance, GError **error);
void swme_instance_free(SwmeInstance *instance);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SwmeInstance, swme_instance_free)

uint16_t swme_instance_port(const SwmeInstance *instance);
/* Text of SWME_GUID_STRING_SIZE bytes. */
void swme_instance_uuid(SwmeInstance *instance, char *text);

#endif
