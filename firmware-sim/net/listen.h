/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Listeners of the host that runs the simulation, as doors to AMT's services: four ports in a row
 * stand for 16992 to 16995. A port whose service is not there, or not open to the network, refuses
 * connections as a closed one does.
 */
#ifndef SWME_NET_LISTEN_H
#define SWME_NET_LISTEN_H

#include <stdint.h>

#include <glib.h>

#include "firmware-sim/net/services.h"

#define SWME_LISTEN_PORTS 4 /* and the first of them stands for this one: */
#define SWME_LISTEN_FIRST 16992

typedef struct SwmeListen SwmeListen;

/* Where to listen: ADDRESS[:PORT], [IPV6][:PORT]. Port 0: any that is free. */
typedef struct SwmeListenAddress {
    char address[46];
    uint16_t port;
} SwmeListenAddress;

/* False and a one-line error when it is none. */
bool swme_listen_parse(const char *text, SwmeListenAddress *address, GError **error);

/*
 * Listens from now on, in the services' context; services outlive it. NULL and a one-line error
 * when one of the ports cannot be had.
 */
SwmeListen *swme_listen_new(SwmeServices *services, const SwmeListenAddress *address,
                            GError **error);
/* Connections that were handed over are not touched. */
void swme_listen_free(SwmeListen *listen);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SwmeListen, swme_listen_free)

/* The port that stands for SWME_LISTEN_FIRST. */
uint16_t swme_listen_port(const SwmeListen *listen);

#endif
