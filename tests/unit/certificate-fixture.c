/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/certificate-fixture.h"

#include <string.h>

#include "tests/unit/unit.h"

static char *take(gnutls_datum_t *der)
{
    char *text = g_base64_encode(der->data, der->size);

    gnutls_free(der->data);
    return text;
}

static void set_name(gnutls_x509_crt_t crt, const char *oid, const char *text)
{
    if (text) {
        gnutls_x509_crt_set_dn_by_oid(crt, oid, 0, text, (unsigned int)strlen(text));
    }
}

Pair *pair_of(const PairWish *wish)
{
    Pair *pair = g_new0(Pair, 1);
    const Pair *issuer = wish->issuer ? wish->issuer : pair;
    const uint8_t serial = 1;
    gnutls_datum_t der;

    gnutls_x509_privkey_init(&pair->private);
    MUST(gnutls_x509_privkey_generate(
             pair->private, wish->bits ? wish->algorithm : GNUTLS_PK_ECDSA,
             wish->bits ? wish->bits : GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0) >= 0);
    gnutls_x509_crt_init(&pair->crt);
    gnutls_x509_crt_set_version(pair->crt, 3);
    gnutls_x509_crt_set_serial(pair->crt, &serial, 1);
    gnutls_x509_crt_set_activation_time(pair->crt, wish->begin ? wish->begin : 1500000000);
    gnutls_x509_crt_set_expiration_time(pair->crt, wish->end ? wish->end : 2600000000);
    gnutls_x509_crt_set_key(pair->crt, pair->private);
    gnutls_x509_crt_set_basic_constraints(pair->crt, 1, -1);
    set_name(pair->crt, GNUTLS_OID_X520_COMMON_NAME, wish->name);
    set_name(pair->crt, GNUTLS_OID_X520_ORGANIZATIONAL_UNIT_NAME, wish->unit);
    if (wish->purpose) {
        gnutls_x509_crt_set_key_purpose_oid(pair->crt, GNUTLS_KP_TLS_WWW_SERVER, 0);
        gnutls_x509_crt_set_key_purpose_oid(pair->crt, wish->purpose, 0);
    }
    MUST(gnutls_x509_crt_sign2(pair->crt, issuer->crt, issuer->private, GNUTLS_DIG_SHA256, 0) >= 0);
    MUST(gnutls_x509_crt_export2(pair->crt, GNUTLS_X509_FMT_DER, &der) >= 0);
    pair->certificate = take(&der);
    MUST(gnutls_x509_privkey_export2(pair->private, GNUTLS_X509_FMT_DER, &der) >= 0);
    pair->key = take(&der);
    return pair;
}

Pair *pair_new(const char *name, gnutls_pk_algorithm_t algorithm, unsigned int bits)
{
    return pair_of(&(PairWish){.name = name, .algorithm = algorithm, .bits = bits});
}

void pair_free(Pair *pair)
{
    gnutls_x509_crt_deinit(pair->crt);
    gnutls_x509_privkey_deinit(pair->private);
    g_free(pair->certificate);
    g_free(pair->key);
    g_free(pair);
}
