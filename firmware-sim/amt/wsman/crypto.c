/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/wsman/crypto.h"

#include <string.h>

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

/* What a leaf must have one of (AMT SDK, "Acquiring an SSL Certificate for Remote Configuration").
 */
#define SETUP_OID    "2.16.840.1.113741.1.2.3"
#define SETUP_UNIT   "Intel(R) Client Setup Certificate"
#define KEY_BITS_MIN 1024
#define KEY_BITS_MAX 4096

G_DEFINE_AUTO_CLEANUP_FREE_FUNC(gnutls_x509_crt_t, gnutls_x509_crt_deinit, NULL)
G_DEFINE_AUTO_CLEANUP_FREE_FUNC(gnutls_x509_privkey_t, gnutls_x509_privkey_deinit, NULL)
G_DEFINE_AUTO_CLEANUP_FREE_FUNC(gnutls_pubkey_t, gnutls_pubkey_deinit, NULL)
G_DEFINE_AUTO_CLEANUP_FREE_FUNC(gnutls_x509_crq_t, gnutls_x509_crq_deinit, NULL)

/* Nothing behind it: a DER is as long as it says itself. */
static bool der_of(GBytes *bytes, gnutls_datum_t *datum)
{
    gsize size;
    const uint8_t *data = g_bytes_get_data(bytes, &size);

    *datum = (gnutls_datum_t){(unsigned char *)data, (unsigned int)size};
    return size && amt_der_size(data, size) == size;
}

static gnutls_x509_crt_t import(GBytes *der)
{
    gnutls_x509_crt_t certificate = NULL;
    gnutls_datum_t datum;

    if (!der_of(der, &datum) || gnutls_x509_crt_init(&certificate) < 0) {
        return NULL;
    }
    if (gnutls_x509_crt_import(certificate, &datum, GNUTLS_X509_FMT_DER) < 0) {
        gnutls_x509_crt_deinit(certificate);
        return NULL;
    }
    return certificate;
}

/* ---- the chain ---- */

static bool is_setup_leaf(gnutls_x509_crt_t leaf)
{
    char text[256];

    for (unsigned int i = 0; i < 16; i++) {
        size_t size = sizeof(text);
        unsigned int critical;

        if (gnutls_x509_crt_get_key_purpose_oid(leaf, i, text, &size, &critical) < 0) {
            break;
        }
        if (strcmp(text, SETUP_OID) == 0) {
            return true;
        }
    }
    for (unsigned int i = 0; i < 16; i++) {
        size_t size = sizeof(text);

        if (gnutls_x509_crt_get_dn_by_oid(leaf, GNUTLS_OID_X520_ORGANIZATIONAL_UNIT_NAME, i, 0,
                                          text, &size) < 0) {
            break;
        }
        if (strcmp(text, SETUP_UNIT) == 0) {
            return true;
        }
    }
    return false;
}

static bool signed_by(gnutls_x509_crt_t certificate, gnutls_x509_crt_t issuer)
{
    unsigned int verdict = 0;

    return gnutls_x509_crt_check_issuer(certificate, issuer) &&
           gnutls_x509_crt_verify(certificate, &issuer, 1,
                                  GNUTLS_VERIFY_DISABLE_TIME_CHECKS |
                                      GNUTLS_VERIFY_ALLOW_SIGN_WITH_SHA1,
                                  &verdict) >= 0 &&
           verdict == 0;
}

bool wsman_chain_link(GPtrArray *chain, GBytes *next, bool leaf, bool root)
{
    g_auto(gnutls_x509_crt_t) certificate = import(next);

    if (!certificate) {
        return false;
    }
    if (leaf && !is_setup_leaf(certificate)) {
        return false;
    }
    if (!leaf) {
        g_auto(gnutls_x509_crt_t) before = import(chain->pdata[chain->len - 1]);

        if (!before || !signed_by(before, certificate)) {
            return false;
        }
    }
    return !root || gnutls_x509_crt_check_issuer(certificate, certificate);
}

static bool hash_is_active(AmtState *amt, GBytes *root)
{
    static const struct {
        uint32_t algorithm;
        GChecksumType type;
    } kinds[] = {
        {AMTHI_HASH_SHA1, G_CHECKSUM_SHA1},
        {AMTHI_HASH_SHA256, G_CHECKSUM_SHA256},
        {AMTHI_HASH_SHA384, G_CHECKSUM_SHA384},
    };

    for (unsigned int slot = 0; slot < amt_hash_slots(amt); slot++) {
        bool is_default;
        AmtHash hash;

        if (!amt_hash_get(amt, slot, &hash, &is_default) || !hash.active) {
            continue;
        }
        for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
            if (kinds[i].algorithm == hash.algorithm) {
                uint8_t digest[AMTHI_HASH_SIZE];
                gsize size = sizeof(digest);
                g_autoptr(GChecksum) sum = g_checksum_new(kinds[i].type);

                g_checksum_update(sum, g_bytes_get_data(root, NULL),
                                  (gssize)g_bytes_get_size(root));
                g_checksum_get_digest(sum, digest, &size);
                if (memcmp(digest, hash.hash, size) == 0) {
                    return true;
                }
            }
        }
    }
    return false;
}

/* The domain is what the owner's agent named, else what the network says. */
static bool domain_fits(AmtState *amt, gnutls_x509_crt_t leaf)
{
    const AmtData *data = amt_state_data(amt);
    const char *suffix =
        *data->setup.pki_suffix ? data->setup.pki_suffix : data->network.dhcp_domain;
    char name[256];
    size_t size = sizeof(name);

    return gnutls_x509_crt_get_dn_by_oid(leaf, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &size) >=
               0 &&
           amt_name_within(name, suffix);
}

bool wsman_chain_entitled(AmtState *amt, GPtrArray *chain)
{
    time_t now = (time_t)amt_state_time(amt);

    if (!chain->len || !hash_is_active(amt, chain->pdata[chain->len - 1])) {
        return false;
    }
    for (guint i = 0; i < chain->len; i++) {
        g_auto(gnutls_x509_crt_t) certificate = import(chain->pdata[i]);

        if (!certificate || gnutls_x509_crt_get_activation_time(certificate) > now ||
            gnutls_x509_crt_get_expiration_time(certificate) < now ||
            (i == 0 && !domain_fits(amt, certificate))) {
            return false;
        }
    }
    return true;
}

bool wsman_chain_signed(GPtrArray *chain, const void *data, size_t size, GBytes *signature)
{
    g_auto(gnutls_x509_crt_t) leaf = chain->len ? import(chain->pdata[0]) : NULL;
    g_auto(gnutls_pubkey_t) key = NULL;
    const gnutls_datum_t text = {(unsigned char *)data, (unsigned int)size};
    const gnutls_datum_t mark = {(unsigned char *)g_bytes_get_data(signature, NULL),
                                 (unsigned int)g_bytes_get_size(signature)};

    return leaf && mark.size && gnutls_pubkey_init(&key) >= 0 &&
           gnutls_pubkey_import_x509(key, leaf, 0) >= 0 &&
           gnutls_pubkey_verify_data2(key, GNUTLS_SIGN_RSA_SHA256, 0, &text, &mark) >= 0;
}

/* ---- certificates ---- */

bool wsman_certificate_valid(GBytes *der)
{
    g_auto(gnutls_x509_crt_t) certificate = import(der);

    return certificate != NULL;
}

static char *name_of(GBytes *der, int (*get)(gnutls_x509_crt_t, gnutls_datum_t *, unsigned))
{
    g_auto(gnutls_x509_crt_t) certificate = import(der);
    gnutls_datum_t name = {NULL, 0};
    char *text;

    if (!certificate || get(certificate, &name, 0) < 0) {
        return g_strdup("");
    }
    text = g_strndup((const char *)name.data, name.size);
    gnutls_free(name.data);
    if (!g_utf8_validate(text, -1, NULL)) {
        g_clear_pointer(&text, g_free);
    }
    for (char *c = text; c && *c; c++) {
        *c = (unsigned char)*c < ' ' ? '?' : *c; /* XML has no such characters */
    }
    return text ? text : g_strdup("");
}

char *wsman_certificate_issuer(GBytes *der)
{
    return name_of(der, gnutls_x509_crt_get_issuer_dn3);
}

char *wsman_certificate_subject(GBytes *der)
{
    return name_of(der, gnutls_x509_crt_get_dn3);
}

/* ---- keys ---- */

static gnutls_x509_privkey_t import_key(GBytes *pkcs1)
{
    gnutls_x509_privkey_t key = NULL;
    gnutls_datum_t datum;

    if (!der_of(pkcs1, &datum) || gnutls_x509_privkey_init(&key) < 0) {
        return NULL;
    }
    if (gnutls_x509_privkey_import(key, &datum, GNUTLS_X509_FMT_DER) < 0) {
        gnutls_x509_privkey_deinit(key);
        return NULL;
    }
    return key;
}

const AmtDer *wsman_key_of(const AmtCredentials *credentials, const AmtDer *certificate)
{
    for (unsigned int i = 0; i < AMT_KEYS; i++) {
        const AmtDer *key = &credentials->key[i];

        if (key->handle && wsman_certificate_has_key(certificate->der, key->der)) {
            return key;
        }
    }
    return NULL;
}

bool wsman_tls_credential(const AmtCredentials *credentials, const AmtDer **certificate,
                          const AmtDer **key)
{
    for (unsigned int i = 0; credentials->tls && i < AMT_CERTIFICATES; i++) {
        if (credentials->certificate[i].handle == credentials->tls) {
            *certificate = &credentials->certificate[i];
            *key = wsman_key_of(credentials, *certificate);
            return *key != NULL;
        }
    }
    return false;
}

GBytes *wsman_key_generate(unsigned int bits)
{
    g_auto(gnutls_x509_privkey_t) key = NULL;
    gnutls_datum_t der = {NULL, 0};
    GBytes *bytes;

    if (gnutls_x509_privkey_init(&key) < 0 ||
        gnutls_x509_privkey_generate(key, GNUTLS_PK_RSA, bits, 0) < 0 ||
        gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_DER, &der) < 0) {
        return NULL;
    }
    bytes = amt_blob_new(der.data, der.size);
    explicit_bzero(der.data, der.size);
    gnutls_free(der.data);
    return bytes;
}

bool wsman_key_valid(GBytes *pkcs1)
{
    g_auto(gnutls_x509_privkey_t) key = import_key(pkcs1);
    unsigned int bits = 0;

    return key && gnutls_x509_privkey_get_pk_algorithm2(key, &bits) == GNUTLS_PK_RSA &&
           bits >= KEY_BITS_MIN && bits <= KEY_BITS_MAX;
}

static void append_length(GByteArray *der, size_t length)
{
    const uint8_t wide[] = {0x82, (uint8_t)(length >> 8), (uint8_t)length};
    const uint8_t byte[] = {0x81, (uint8_t)length};

    if (length > 0xff) {
        g_byte_array_append(der, wide, sizeof(wide));
    } else if (length > 0x7f) {
        g_byte_array_append(der, byte, sizeof(byte));
    } else {
        g_byte_array_append(der, byte + 1, 1);
    }
}

static void append_integer(GByteArray *der, const gnutls_datum_t *number)
{
    const uint8_t tag = 0x02;
    const uint8_t zero = 0;
    bool pad = number->size && number->data[0] & 0x80;

    g_byte_array_append(der, &tag, 1);
    append_length(der, number->size + pad);
    if (pad) {
        g_byte_array_append(der, &zero, 1);
    }
    g_byte_array_append(der, number->data, number->size);
}

/* RFC 8017 A.1.1: SEQUENCE { modulus, publicExponent } */
GBytes *wsman_key_public(GBytes *pkcs1)
{
    g_auto(gnutls_x509_privkey_t) key = import_key(pkcs1);
    g_auto(gnutls_pubkey_t) public = NULL;
    gnutls_datum_t modulus = {NULL, 0};
    gnutls_datum_t exponent = {NULL, 0};
    GBytes *bytes = NULL;
    gnutls_privkey_t whole = NULL;

    if (key && gnutls_privkey_init(&whole) >= 0 && gnutls_privkey_import_x509(whole, key, 0) >= 0 &&
        gnutls_pubkey_init(&public) >= 0 &&
        gnutls_pubkey_import_privkey(public, whole, 0, 0) >= 0 &&
        gnutls_pubkey_export_rsa_raw2(public, &modulus, &exponent, GNUTLS_EXPORT_FLAG_NO_LZ) >= 0) {
        g_autoptr(GByteArray) inner = g_byte_array_new();
        GByteArray *outer = g_byte_array_new();
        const uint8_t tag = 0x30;

        append_integer(inner, &modulus);
        append_integer(inner, &exponent);
        g_byte_array_append(outer, &tag, 1);
        append_length(outer, inner->len);
        g_byte_array_append(outer, inner->data, inner->len);
        bytes = g_byte_array_free_to_bytes(outer);
        gnutls_free(modulus.data);
        gnutls_free(exponent.data);
    }
    if (whole) {
        gnutls_privkey_deinit(whole);
    }
    return bytes;
}

bool wsman_certificate_has_key(GBytes *certificate, GBytes *key)
{
    g_auto(gnutls_x509_crt_t) imported = import(certificate);
    g_auto(gnutls_x509_privkey_t) private = import_key(key);
    uint8_t ids[2][32];
    size_t length[2] = {sizeof(ids[0]), sizeof(ids[1])};

    return imported && private &&
           gnutls_x509_crt_get_key_id(imported, GNUTLS_KEYID_USE_SHA256, ids[0], &length[0]) >= 0 &&
           gnutls_x509_privkey_get_key_id(private, GNUTLS_KEYID_USE_SHA256, ids[1], &length[1]) >=
               0 &&
           memcmp(ids[0], ids[1], sizeof(ids[0])) == 0;
}

GBytes *wsman_request_sign(GBytes *request, GBytes *pkcs1, bool sha1)
{
    const gnutls_datum_t datum = {(unsigned char *)g_bytes_get_data(request, NULL),
                                  (unsigned int)g_bytes_get_size(request)};
    g_auto(gnutls_x509_privkey_t) key = import_key(pkcs1);
    g_auto(gnutls_x509_crq_t) signing = NULL;
    gnutls_datum_t der = {NULL, 0};
    GBytes *bytes;

    if (!key || gnutls_x509_crq_init(&signing) < 0 ||
        gnutls_x509_crq_import(signing, &datum, GNUTLS_X509_FMT_DER) < 0 ||
        gnutls_x509_crq_set_key(signing, key) < 0 ||
        gnutls_x509_crq_sign2(signing, key, sha1 ? GNUTLS_DIG_SHA1 : GNUTLS_DIG_SHA256, 0) < 0 ||
        gnutls_x509_crq_export2(signing, GNUTLS_X509_FMT_DER, &der) < 0) {
        return NULL;
    }
    bytes = g_bytes_new(der.data, der.size);
    gnutls_free(der.data);
    return bytes;
}
