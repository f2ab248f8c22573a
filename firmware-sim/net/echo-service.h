/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The echo service (RFC 862): what comes goes back. For tests of the doors that lead to it. */
#ifndef SWME_NET_ECHO_SERVICE_H
#define SWME_NET_ECHO_SERVICE_H

#include "firmware-sim/net/services.h"

#define SWME_ECHO_PORT 7 /* RFC 862 */

typedef struct SwmeEchoService SwmeEchoService;

/* Serves port until it is freed, which ends its connections. NULL: the port is taken. */
SwmeEchoService *swme_echo_service_new(SwmeServices *services, uint16_t port);
void swme_echo_service_free(SwmeEchoService *echo);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SwmeEchoService, swme_echo_service_free)

#endif
