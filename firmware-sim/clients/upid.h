/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What other clients may know of UPID. */
#ifndef SWME_CLIENTS_UPID_H
#define SWME_CLIENTS_UPID_H

#include <stdbool.h>
#include <stdint.h>

#include <swme/upid.h>

#include "firmware-sim/bus/client.h"

/* Is the feature switched on, in the firmware that this connection is with? */
bool upid_is_on(const MeConnection *connection);

/* CSME's own id, UPID_ID_SIZE bytes: each machine has another one, and always the same. */
void upid_csme_id(const SwmeContext *context, uint8_t *id);

#endif
