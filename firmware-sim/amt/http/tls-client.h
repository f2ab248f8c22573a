/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The certificate that a client has to show where AMT_TLSSettingData.MutualAuthentication says so:
 * from one of AMT's trusted roots, valid by AMT's clock, on no revocation list, and of a trusted
 * name if there are any (AMT SDK, "Transport Layer Security", "Detailed Description").
 */
#ifndef SWME_AMT_HTTP_TLS_CLIENT_H
#define SWME_AMT_HTTP_TLS_CLIENT_H

#include <gio/gio.h>

#include "firmware-sim/amt/amt-state.h"
#include "firmware-sim/net/services.h"

/* What is asked of clients, as it stood when they came: any thread may read it. */
typedef struct HttpTlsClients HttpTlsClients;

/* NULL: at that door nobody is asked. */
HttpTlsClients *http_tls_clients_new(const AmtState *amt, SwmeDoor door);
void http_tls_clients_free(HttpTlsClients *clients);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HttpTlsClients, http_tls_clients_free)

/* certificate NULL: none was shown. */
bool http_tls_clients_take(const HttpTlsClients *clients, GTlsCertificate *certificate);

#endif
