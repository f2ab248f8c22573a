/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the web server share: connections.c has who is connected and for how long,
 * http.c what they ask. */
#ifndef SWME_AMT_HTTP_HTTP_INTERNAL_H
#define SWME_AMT_HTTP_HTTP_INTERNAL_H

#include <libsoup/soup.h>

#include "firmware-sim/amt/http/digest.h"
#include "firmware-sim/amt/http/guard.h"
#include "firmware-sim/amt/http/http.h"
#include "firmware-sim/amt/http/tls.h"
#include "firmware-sim/amt/web/web.h"

#define HTTP_HEADER_MAX ((size_t)16 * 1024)
#define HTTP_BODY_MAX   ((size_t)256 * 1024)

/* Of the host's clock: who stalls must not be waited for, whatever the machine does. */
#define HTTP_REQUEST_S                                                        \
    30 /* from the first byte of a request to its last; TLS's set-up likewise \
        */
#define HTTP_ANSWER_S   30
#define HTTP_HANDSHAKES 8
#define HTTP_IDLE_S     60 /* as long as MeshCentral waits */
#define HTTP_LINGER_S   2  /* for a refusal to be read by who is still sending */

typedef struct HttpConnection {
    AmtHttp *http;
    SwmePeer peer;
    uint16_t port;
    GIOStream *stream;      /* the door's, or TLS over it */
    HttpGuard *guard;       /* around it, libsoup's; NULL before and after */
    GSocketAddress *remote; /* libsoup names the connection by it */
    GCancellable *cancel;   /* of what runs without libsoup */
    int64_t since_us;
    int64_t deadline_us;
    bool logged_in; /* once, at least */
    bool busy;      /* a request is being read or answered */
    bool last;      /* ends with the answer that is under way */
    bool wants_tls; /* waits for the certificate */
    bool shaking;   /* TLS is being set up, on a thread */
    GSource *hello; /* waits for the first byte of TLS; NULL: does not */
    bool lingering; /* what still comes is thrown away */
    WsmanAfterFunc after;
    void *after_opaque;
    uint8_t waste[4096];
} HttpConnection;

struct AmtHttp {
    AmtHttpConfig config;
    SwmeContext context;
    AmtHttpStats stats;
    HttpDigest *digest;
    HttpTls *tls;
    Web *web;
    SoupServer *soup;
    GSocket *listener; /* see http.c */
    GSocket *listener_peer;
    char *server; /* the header */
    unsigned int subscription;
    unsigned int bad_logins; /* since the last event of them */
    GPtrArray *connections;
    SoupServerMessage *waiting; /* for what WS-Management has to make first; NULL: none */
    GSource *timer;
    int64_t timer_us;
    bool freeing;
};

/* ---- connections.c ---- */

GPtrArray *http_connections_new(void);
/* Services and ports as the AMT state says; ends what may no longer be. */
void http_connections_update(AmtHttp *http);
void http_connections_clear(AmtHttp *http);
void http_tls_ready(void *opaque, GTlsCertificate *certificate);
HttpConnection *http_connection_of(SoupServerMessage *message);
/* A request has been read, or answered. */
void http_connection_read(HttpConnection *connection);
void http_connection_answered(HttpConnection *connection);
/* Answers in libsoup's place, and ends. */
void http_connection_refuse(HttpConnection *connection, unsigned int status);

#endif
