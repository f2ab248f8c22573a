/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A service that sends back what it is sent (RFC 862), for tests of whatever leads to services. No
 * real AMT has it.
 */
#ifndef SWME_NET_ECHO_SERVICE_H
#define SWME_NET_ECHO_SERVICE_H

#include "firmware-sim/net/services.h"

#define ECHO_SERVICE_PORT 7

/* False: the port is taken. */
bool echo_service_add(SwmeServices *services);

#endif
