/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Certificates and keys that a console brings, made as they are wanted. */
#ifndef SWME_TESTS_CERTIFICATE_FIXTURE_H
#define SWME_TESTS_CERTIFICATE_FIXTURE_H

#include <glib.h>
#include <gnutls/x509.h>

typedef struct Pair {
    gnutls_x509_privkey_t private;
    gnutls_x509_crt_t crt;
    /* Both DER in base64. */
    char *certificate;
    char *key;
} Pair;

/* What of it is to be otherwise than of a root that signs itself, from 2017 to 2052. */
typedef struct PairWish {
    const char *name; /* the subject's; NULL: it has none */
    const char *unit;
    const char *purpose; /* an OID, behind one of TLS servers */
    gnutls_pk_algorithm_t algorithm;
    unsigned int bits; /* 0: of a P-256 key */
    time_t begin;
    time_t end;
    const Pair *issuer;
} PairWish;

Pair *pair_of(const PairWish *wish);
Pair *pair_new(const char *name, gnutls_pk_algorithm_t algorithm, unsigned int bits);
void pair_free(Pair *pair);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pair, pair_free)

#endif
