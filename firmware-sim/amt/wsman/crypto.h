/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one part of WS-Management that knows the cryptography library. */
#ifndef SWME_AMT_WSMAN_CRYPTO_H
#define SWME_AMT_WSMAN_CRYPTO_H

#include "firmware-sim/amt/amt-state.h"

/* Bytes of the DER element at data, its header included; 0: none that fits into size. */
size_t wsman_der_size(const uint8_t *data, size_t size);

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
char *wsman_certificate_issuer(const uint8_t *der, size_t size);
char *wsman_certificate_subject(const uint8_t *der, size_t size);
bool wsman_certificate_has_key(const uint8_t *certificate, size_t size, const uint8_t *key,
                               size_t key_size);

/* The certificate that TLS is to show, and its key; false: no console chose one. */
bool wsman_tls_credential(const AmtCredentials *credentials, const AmtCertificate **certificate,
                          const AmtKey **key);

/* PKCS#1 private key of that many bits; NULL: it could not be made. Any thread may call it. */
GBytes *wsman_key_generate(unsigned int bits);
/* An RSA key that AMT takes: 1024 to 4096 bits. */
bool wsman_key_valid(GBytes *pkcs1);
/* PKCS#1 RSAPublicKey of a private one. */
GBytes *wsman_key_public(const uint8_t *pkcs1, size_t size);
/* A request whose signature was null, signed; sha1: with SHA-1 instead of SHA-256. NULL: it is
 * none. */
GBytes *wsman_request_sign(GBytes *request, const uint8_t *pkcs1, size_t size, bool sha1);

#endif
