/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The certificate that AMT shows on its TLS port: the one that a console put there, else its own,
 * made when it is first wanted and kept with AMT's state. RSA, because consoles still ask for
 * suites with RSA key exchange.
 */
#ifndef SWME_AMT_HTTP_TLS_H
#define SWME_AMT_HTTP_TLS_H

#include <stdbool.h>

#include <gio/gio.h>

#include "firmware-sim/amt/amt-state.h"
#include "firmware-sim/amt/http/tls-client.h"

typedef struct HttpTls HttpTls;

/* The certificate is there, or could not be made (NULL). */
typedef void (*HttpTlsFunc)(void *opaque, GTlsCertificate *certificate);

/*
 * ready is called, from the thread's default context, each time a certificate is there that
 * http_tls_want() had to wait for. amt outlives the HttpTls.
 */
HttpTls *http_tls_new(AmtState *amt, HttpTlsFunc ready, void *opaque);
void http_tls_free(HttpTls *tls);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HttpTls, http_tls_free)

/* The certificate; NULL: it is being made. The reference is the HttpTls's. */
GTlsCertificate *http_tls_want(HttpTls *tls);

/*
 * A TLS server's side of base, which it takes over. Its handshake runs on another thread, and so
 * must base's streams be those of a socket: of any other base all bytes go through a pair of
 * sockets. NULL and an error where that cannot be had. clients: what is asked of the other side,
 * taken over; NULL: nothing.
 */
GIOStream *http_tls_wrap(GTlsCertificate *certificate, GIOStream *base, HttpTlsClients *clients,
                         GError **error);
/*
 * Does base, not wrapped yet, begin with the hello of somebody who knows no version that this AMT
 * still takes? He has been told, then. False also where it cannot be seen beforehand.
 */
bool http_tls_too_old(const AmtState *amt, GIOStream *base);
/* After the handshake: is its version one that AMT takes, and was what was asked shown? */
bool http_tls_entitled(const AmtState *amt, GIOStream *stream);

#endif
