/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A way out for datagrams: whoever makes a firmware hands one in. Nothing here ever waits: what
 * cannot be sent at once is not sent.
 */
#ifndef SWME_DATAGRAMS_H
#define SWME_DATAGRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

/* Where to: an address in figures, IPv4 or IPv6. */
typedef struct SwmeDatagramOps {
    /* The IPv4 address that a datagram to there would come from. False: there is none. */
    bool (*source)(void *opaque, const char *address, uint16_t port, uint8_t *ipv4);
    /* False and a one-line error: it did not leave. True does not say that it arrived. */
    bool (*send)(void *opaque, const char *address, uint16_t port, const void *data, size_t size,
                 GError **error);
} SwmeDatagramOps;

typedef struct SwmeDatagrams {
    const SwmeDatagramOps *ops; /* NULL: no way out */
    void *opaque;
} SwmeDatagrams;

/* UDP from this host's own addresses, until AMT has a network of its own. opaque is not used. */
extern const SwmeDatagramOps swme_host_datagram_ops;

#endif
