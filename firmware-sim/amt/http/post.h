/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How events get to their listeners: one HTTP request on a connection of its own, over AMT's LAN,
 * this host's network, or the channel to the managed host. Nothing waits: all is asynchronous, in
 * the services' context.
 */
#ifndef SWME_AMT_HTTP_POST_H
#define SWME_AMT_HTTP_POST_H

#include <stdbool.h>

#include <gio/gio.h>

#include "firmware-sim/amt/amt-notify.h"
#include "firmware-sim/net/services.h"

typedef struct AmtPosterConfig {
    const AmtState *amt;
    SwmeServices *services;
    bool host_network; /* AMT is on this host's network where it has no LAN of its own */
    GIOStream *(*open_host)(void *opaque, uint16_t port); /* NULL: no such channel now */
    void *opaque;
} AmtPosterConfig;

typedef struct AmtPoster AmtPoster;

/* config is copied; what it points at outlives the poster. */
AmtPoster *amt_poster_new(const AmtPosterConfig *config);
/* What is under way is to be cancelled before. */
void amt_poster_free(AmtPoster *poster);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AmtPoster, amt_poster_free)

/* For amt_notifier_set_post(), whose opaque is the poster. */
extern const AmtPostOps amt_poster_ops;

#endif
