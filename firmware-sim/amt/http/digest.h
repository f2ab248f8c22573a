/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HTTP Digest as AMT has it: RFC 2617 with MD5 and qop=auth, one nonce for many connections, and no
 * order of the nonce counts, for consoles keep one count for ever or start each request at 1
 * (MeshCentral, go-wsman-messages, open-amt MPS). What no sound client does is to send the same
 * count and cnonce twice.
 */
#ifndef SWME_AMT_HTTP_DIGEST_H
#define SWME_AMT_HTTP_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "firmware-sim/amt/amt-accounts.h"

typedef struct HttpDigest HttpDigest;

typedef enum HttpDigestResult {
    HTTP_DIGEST_OK,
    HTTP_DIGEST_NONE,  /* no credentials, or none that are a digest */
    HTTP_DIGEST_STALE, /* the nonce is old, not ours, or used like this before: ask again */
    HTTP_DIGEST_WRONG, /* user or password */
} HttpDigestResult;

typedef struct HttpRequestLine {
    const char *method;
    const char *target; /* path and query, as sent */
} HttpRequestLine;

/* Both outlive the HttpDigest. prefix: INTEL-SA-00075, see http.h. */
HttpDigest *http_digest_new(const AmtState *amt, SwmeClock *clock, bool prefix);
void http_digest_free(HttpDigest *digest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HttpDigest, http_digest_free)

/* authorization: the header's value, NULL where there is none. login is set if the result is OK. */
HttpDigestResult http_digest_check(HttpDigest *digest, const char *authorization,
                                   const HttpRequestLine *request, SwmeDoor door, AmtLogin *login);

/* The value of WWW-Authenticate, with a new nonce. Free with g_free. */
char *http_digest_challenge(HttpDigest *digest, bool stale);

/* What a client may send, told apart. Fields are NUL-terminated; empty: not there. */
#define HTTP_DIGEST_FIELD_MAX 512

typedef struct HttpDigestFields {
    char username[HTTP_DIGEST_FIELD_MAX];
    char realm[HTTP_DIGEST_FIELD_MAX];
    char nonce[HTTP_DIGEST_FIELD_MAX];
    char uri[HTTP_DIGEST_FIELD_MAX];
    char response[HTTP_DIGEST_FIELD_MAX];
    char qop[HTTP_DIGEST_FIELD_MAX];
    char nc[HTTP_DIGEST_FIELD_MAX];
    char cnonce[HTTP_DIGEST_FIELD_MAX];
    char algorithm[HTTP_DIGEST_FIELD_MAX];
    bool has_response; /* it may be there and empty */
} HttpDigestFields;

/* False: it is no digest that makes sense. Values may be quoted or not, and in any order. */
bool http_digest_parse(const char *authorization, HttpDigestFields *fields);

/* What proves that somebody has a password. ha1 is MD5(user:realm:password) in hexadecimal. */
typedef struct HttpDigestProof {
    const char *ha1, *nonce, *nc, *cnonce, *qop, *method, *uri;
} HttpDigestProof;

/* MD5(HA1:nonce:nc:cnonce:qop:MD5(method:uri)) in lower-case hexadecimal (RFC 2617 3.2.2); where
 * qop is empty, MD5(HA1:nonce:MD5(method:uri)). Free with g_free. */
char *http_digest_prove(const HttpDigestProof *proof);
/* The same of what a client sent; out has room for 33 bytes. */
void http_digest_response(const uint8_t *ha1, const HttpDigestFields *fields, const char *method,
                          char *out);

#endif
