/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one part of WS-Management that knows the cryptography library. */
#ifndef SWME_AMT_WSMAN_CRYPTO_H
#define SWME_AMT_WSMAN_CRYPTO_H

#include "firmware-sim/amt/amt-state.h"

/* ---- host-based set-up to admin control mode ---- */

/* A certificate of the chain that is being built, leaf first: did each sign the one before? */
bool wsman_chain_link(GPtrArray *chain, GBytes *next, bool leaf, bool root);
/*
 * May whoever has the leaf set this AMT up (AMT SDK, "Perform Local Setup Directly to Admin Control
 * Mode")? The root's hash is one of the active ones, the leaf is made for it and for this domain,
 * and all are valid now.
 */
bool wsman_chain_entitled(AmtState *amt, GPtrArray *chain);
/* RSA with SHA-256 and PKCS#1 v1.5 padding, by the chain's leaf. */
bool wsman_chain_signed(GPtrArray *chain, const void *data, size_t size, GBytes *signature);

/* ---- certificates and keys that consoles bring ---- */

bool wsman_certificate_valid(GBytes *der);
/* Distinguished names as text; free with g_free. */
char *wsman_certificate_issuer(GBytes *der);
char *wsman_certificate_subject(GBytes *der);
bool wsman_certificate_has_key(GBytes *certificate, GBytes *key);
/* NULL: AMT has none. */
const AmtDer *wsman_key_of(const AmtCredentials *credentials, const AmtDer *certificate);

/* The certificate that TLS is to show, and its key; false: no console chose one. */
bool wsman_tls_credential(const AmtCredentials *credentials, const AmtDer **certificate,
                          const AmtDer **key);

/* PKCS#1 private key of that many bits; NULL: it could not be made. Any thread may call it. */
GBytes *wsman_key_generate(unsigned int bits);
/* An RSA key that AMT takes: 1024 to 4096 bits. */
bool wsman_key_valid(GBytes *pkcs1);
/* PKCS#1 RSAPublicKey of a private one. */
GBytes *wsman_key_public(GBytes *pkcs1);
/* A request whose signature was null, signed; sha1: with SHA-1 instead of SHA-256. NULL: it is
 * none. */
GBytes *wsman_request_sign(GBytes *request, GBytes *pkcs1, bool sha1);

#endif
