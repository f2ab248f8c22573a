/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who hears of events over HTTP: WS-Eventing's subscriptions, the AMT state's group `eventing`.
 * What is said to whom and when is amt-notify.h's.
 */
#ifndef SWME_AMT_LISTENERS_H
#define SWME_AMT_LISTENERS_H

#include <stdbool.h>
#include <stdint.h>

#include "firmware-sim/amt/amt-data.h"

/* Instances of CIM_FilterCollection: the events that one subscribes to together. */
typedef enum AmtCollection {
    AMT_COLLECTION_ALL,
    AMT_COLLECTION_FEATURES, /* AMT's own messages */
    AMT_COLLECTION_PLATFORM, /* those of DMTF's platform registry, DSP8007 */
    AMT_COLLECTION_USER,     /* notifications to the user */
    AMT_COLLECTIONS
} AmtCollection;

typedef struct AmtCollectionRow {
    const char *id;     /* CIM_FilterCollection.InstanceID */
    const char *filter; /* CIM_AlertIndication.IndicationFilterName */
} AmtCollectionRow;

extern const AmtCollectionRow amt_collections[AMT_COLLECTIONS];

/* A URL in its parts. */
typedef struct AmtUrl {
    bool tls;
    char host[AMT_URL_SIZE]; /* without brackets */
    uint16_t port;
    char path[AMT_URL_SIZE]; /* and query */
} AmtUrl;

/* False: it is none that events could be sent to. Port 0 is AMT's own channel to its host. */
bool amt_url_parse(const char *text, AmtUrl *url);
/* Is that this machine, as itself sees it? */
bool amt_url_is_local(const AmtUrl *url);

/* For amt-coherent.c. */
bool amt_listeners_sane(const AmtEventing *eventing);
/* Takes the listener in, gives it its handle, and refers to its blob. False: there are max. */
bool amt_listener_add(AmtEventing *eventing, const AmtListener *listener, unsigned int max,
                      unsigned int *slot);
void amt_listener_remove(AmtEventing *eventing, unsigned int slot);

#endif
