/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AMT's web server: WS-Management and the web pages, on 16992 and over TLS on 16993 of the services
 * that the context has. libsoup speaks HTTP; who may connect and log in, for how long and how much
 * they may say is decided here.
 */
#ifndef SWME_AMT_HTTP_HTTP_H
#define SWME_AMT_HTTP_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "firmware-sim/amt/wsman/wsman.h"
#include "firmware-sim/clock.h"
#include "firmware-sim/context.h"

#define AMT_HTTP_PORT  16992
#define AMT_HTTPS_PORT 16993

typedef struct AmtHttp AmtHttp;

/* Real firmware's mistakes, for those who test for them. */
typedef enum AmtQuirk {
    /*
     * CVE-2017-5689 (INTEL-SA-00075): of the digest only as much is compared as the client sent, so
     * that an empty one is right.
     */
    AMT_QUIRK_CVE_2017_5689 = 1 << 0,
} AmtQuirk;

/* NAME[+NAME]..., or NULL for none. False and a one-line error that lists what there is. */
bool amt_quirks_parse(const char *text, unsigned int *quirks, GError **error);

/* Connections through one kind of door; of one more the least deserving one is ended. */
#define AMT_HTTP_CONNECTIONS 64

typedef struct AmtHttpConfig {
    const SwmeContext *context; /* with AMT and services */
    Wsman *wsman;
    SwmeClock *clock;
    unsigned int quirks;
    unsigned int connections; /* 0: AMT_HTTP_CONNECTIONS */
} AmtHttpConfig;

typedef struct AmtHttpStats {
    uint64_t connections;
    uint64_t refused;   /* at the door: AMT cannot be reached through it now */
    uint64_t displaced; /* for others to have room */
    uint64_t timed_out;
    uint64_t too_long; /* a request of more than AMT takes */
    uint64_t requests;
    uint64_t logins_failed;
    uint64_t replays; /* right, but with a nonce that is old or was used like this before */
} AmtHttpStats;

/* config is copied; what it points at outlives the AmtHttp. */
AmtHttp *amt_http_new(const AmtHttpConfig *config);
/* Ends all connections. */
void amt_http_free(AmtHttp *http);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AmtHttp, amt_http_free)

const AmtHttpStats *amt_http_stats(const AmtHttp *http);
unsigned int amt_http_connections(const AmtHttp *http);

#endif
