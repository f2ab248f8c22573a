/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AMT's services by port, and the doors that lead to them. A door (an APF channel, a listener of
 * this host, the ME's own place on the LAN) hands over a connection as a GIOStream; a service takes
 * it without knowing which door it came through. Everything happens on one thread and in one
 * GMainContext, the thread's default one when the SwmeServices was made: inside QEMU its main loop.
 */
#ifndef SWME_NET_SERVICES_H
#define SWME_NET_SERVICES_H

#include <stdbool.h>
#include <stdint.h>

#include <gio/gio.h>

#define SWME_SERVICES_MAX 16

typedef struct SwmeServices SwmeServices;

typedef enum SwmeDoor {
    SWME_DOOR_LOCAL, /* APF over LME: software on the managed host itself */
    SWME_DOOR_HOST,  /* a listener of the host that runs the simulation; counts as the network */
    SWME_DOOR_LAN,   /* the ME's own network interface */
    SWME_DOOR_CIRA,  /* a tunnel to a management presence server */
} SwmeDoor;

/* Who is at the other end. */
typedef struct SwmePeer {
    SwmeDoor door;
    char address[46]; /* IPv4 or IPv6 in figures; empty: not known */
    uint16_t port;    /* 0: not known */
} SwmePeer;

/* Takes the stream over: closes it and drops the reference when done. peer lives for the call. */
typedef void (*SwmeServiceFunc)(void *opaque, GIOStream *stream, const SwmePeer *peer);

/* A port has come or gone, or opened or closed to the network. */
typedef void (*SwmeServicesFunc)(void *opaque, uint16_t port, bool there);

SwmeServices *swme_services_new(void);
void swme_services_free(SwmeServices *services);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SwmeServices, swme_services_free)

GMainContext *swme_services_context(SwmeServices *services);

/* False: the port is 0 or taken, or there are SWME_SERVICES_MAX. func is called for each
 * connection. */
bool swme_services_add(SwmeServices *services, uint16_t port, SwmeServiceFunc func, void *opaque);
/* Connections that the service has taken are its own to end. */
void swme_services_remove(SwmeServices *services, uint16_t port);

/*
 * A port is open to doors from the network (all but SWME_DOOR_LOCAL) unless its service says
 * otherwise: AMT that is not set up is reached from its own host alone. A door that can refuse
 * connections does so while this is false; the service itself closes what comes nevertheless.
 */
void swme_services_set_network(SwmeServices *services, uint16_t port, bool open);
bool swme_services_open(const SwmeServices *services, uint16_t port, SwmeDoor door);

/* The ports, in the order in which they came; returns how many. */
unsigned int swme_services_ports(const SwmeServices *services, uint16_t ports[SWME_SERVICES_MAX]);
bool swme_services_serves(const SwmeServices *services, uint16_t port);

/* Takes stream over in any case; false: nobody serves that port, and the stream is closed. */
bool swme_services_connect(SwmeServices *services, uint16_t port, GIOStream *stream,
                           const SwmePeer *peer);

/* ---- the other way round: a service connects to somebody ---- */

/* How; takes the task over, whose result is a GIOStream. */
typedef void (*SwmeDialFunc)(void *opaque, const char *address, uint16_t port, GTask *task);

/* NULL: over this host's own network, as it is at first. */
void swme_services_set_dialler(SwmeServices *services, SwmeDialFunc dial, void *opaque);
bool swme_services_dials_host(const SwmeServices *services);

/*
 * By TCP to an address in figures: AMT's own LAN where there is one, which knows IPv4. callback is
 * called once, later. Errors are of G_IO_ERROR: CONNECTION_REFUSED, TIMED_OUT (10 s),
 * HOST_UNREACHABLE, NETWORK_UNREACHABLE (no link, address or router of our own), CANCELLED ...
 */
void swme_services_dial(SwmeServices *services, const char *address, uint16_t port,
                        GCancellable *cancellable, GAsyncReadyCallback callback, void *opaque);
/* The stream is as a door's; the caller's to close and free. NULL and a one-line error. */
GIOStream *swme_services_dial_finish(GAsyncResult *result, GError **error);

/* Returns a number other than 0 for unsubscribing. */
unsigned int swme_services_subscribe(SwmeServices *services, SwmeServicesFunc func, void *opaque);
void swme_services_unsubscribe(SwmeServices *services, unsigned int id);

#endif
