/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Certificates and keys as consoles bring them: what is none, what goes with what, chains for
 * set-up; and the cryptography library short of memory. */
#include <string.h>

#include <gnutls/gnutls.h>

#include "firmware-sim/amt/wsman/crypto.h"
#include "tests/unit/certificate-fixture.h"
#include "tests/unit/unit.h"
#include "tests/unit/wsman-fixture.h"

#define STORE   "AMT_PublicKeyManagementService"
#define CRT     "AMT_PublicKeyCertificate"
#define KEY     "AMT_PublicPrivateKeyPair"
#define CONTEXT "AMT_TLSCredentialContext"
#define HOST    "IPS_HostBasedSetupService"

#define IS                      DESK_IS
#define INVALID                 "d:InvalidRepresentation"
#define IN_USE                  "e:AccessDenied"
#define THAT(n)                 DESK_SELECT("InstanceID", "Intel(r) AMT Certificate: Handle: " n)
#define THAT_KEY(n)             DESK_SELECT("InstanceID", "Intel(r) AMT Key: Handle: " n)
#define RUN(desk, steps, words) desk_steps(desk, steps, G_N_ELEMENTS(steps), words)

/* ---- what is kept ---- */

/* $0, $1: certificate and key of one; $2, $3: of another; $4, $5: with an elliptic curve; $6: key
 * too short */
START_TEST(certificates_and_keys)
{
#define CERTIFICATE(text) IS("CertificateBlob", text)
#define BLOB(text)        IS("KeyBlob", text)
#define PAIR(n)           DESK_REFER("KeyPair", DESK_AMT KEY, "InstanceID", "Intel(r) AMT Key: Handle: " n)
#define SIGN              IS("SigningAlgorithm", "1") IS("NullSignedCertificateRequest", "MAA=")
#define SHOWN(name, n) \
    DESK_REFER(name, DESK_AMT CRT, "InstanceID", "Intel(r) AMT Certificate: Handle: " n)
#define ALL                                                                             \
    DESK_REFER("ElementProvidingContext", DESK_AMT "AMT_TLSProtocolEndpointCollection", \
               "ElementName", "TLSProtocolEndpoint Instances Collection")
    static const DeskStep steps[] = {
        {STORE, "AddCertificate", NULL, CERTIFICATE(""), 2063, NULL},
        {STORE, "AddCertificate", NULL, CERTIFICATE("MAA="), 2063, NULL},
        {STORE, "AddCertificate", NULL, CERTIFICATE("$1"), 2063, NULL},
        {STORE, "AddCertificate", NULL, CERTIFICATE("$0"), 0, NULL},
        {STORE, "AddCertificate", NULL, CERTIFICATE("$0"), 2058, NULL},
        {STORE, "AddTrustedRootCertificate", NULL, CERTIFICATE("$2"), 0, NULL},
        {CRT, "Get", THAT("0"), "", 0, ":Subject>CN=one<"},
        {CRT, "Put", THAT("0"), IS("X509Certificate", "MAA="), DESK_FAULT, INVALID},
        {CRT, "Put", THAT("0"), IS("X509Certificate", "$4"), 0, ":Subject><"}, /* it has none */
        {CRT, "Put", THAT("0"), IS("X509Certificate", "$0"), 0, NULL},
        {STORE, "AddKey", NULL, BLOB(""), 2062, NULL},
        {STORE, "AddKey", NULL, BLOB("MAA="), 2062, NULL},
        {STORE, "AddKey", NULL, BLOB("$0"), 2062, NULL},
        {STORE, "AddKey", NULL, BLOB("$5"), 2062, NULL},
        {STORE, "AddKey", NULL, BLOB("$6"), 2062, NULL},
        {STORE, "AddKey", NULL, BLOB("$3"), 0, NULL},
        {STORE, "AddKey", NULL, BLOB("$3"), 2058, NULL},
        {KEY, "Get", THAT_KEY("2"), "", 0, ":DERKey>MIGJAoGBA"}, /* RFC 8017 A.1.1 */
        {STORE, "GenerateKeyPair", NULL, IS("KeyAlgorithm", "1") IS("KeyLength", "2048"), 36, NULL},
        {STORE, "GenerateKeyPair", NULL, IS("KeyAlgorithm", "0") IS("KeyLength", "4096"), 36, NULL},
        {STORE, "GeneratePKCS10RequestEx", NULL, PAIR("9") SIGN, 2062, NULL},
        {STORE, "GeneratePKCS10RequestEx", NULL, SHOWN("KeyPair", "0") SIGN, 2062, NULL},
        {STORE, "GeneratePKCS10RequestEx", NULL, PAIR("2") SIGN, 36, NULL},
        /* TLS shows a certificate whose key is here. */
        {CONTEXT, "Create", NULL, ALL, DESK_FAULT, INVALID},
        {CONTEXT, "Create", NULL, ALL SHOWN("ElementInContext", "9"), DESK_FAULT, INVALID},
        {CONTEXT, "Create", NULL,
         ALL DESK_REFER("ElementInContext", DESK_AMT KEY, "InstanceID",
                        "Intel(r) AMT Key: Handle: 2"),
         DESK_FAULT, INVALID},
        {CONTEXT, "Create", NULL, SHOWN("ElementInContext", "1"), DESK_FAULT, INVALID},
        {CONTEXT, "Create", NULL,
         SHOWN("ElementInContext", "1") SHOWN("ElementProvidingContext", "1"), DESK_FAULT, INVALID},
        {CONTEXT, "Create", NULL,
         SHOWN("ElementInContext", "1")
             DESK_REFER("ElementProvidingContext", DESK_AMT "AMT_TLSProtocolEndpointCollection",
                        "ElementName", "none"),
         DESK_FAULT, INVALID},
        {CONTEXT, "Create", NULL,
         SHOWN("ElementInContext", "1") IS("ElementProvidingContext", "nothing"), DESK_FAULT,
         INVALID},
        {CONTEXT, "Create", NULL,
         SHOWN("ElementInContext", "1")
             IS("ElementProvidingContext",
                "<a:ReferenceParameters><w:ResourceURI>x</w:ResourceURI><w:SelectorSet><w:Other/>"
                "</w:SelectorSet></a:ReferenceParameters>"),
         DESK_FAULT, INVALID},
        {CONTEXT, "Create", NULL, ALL SHOWN("ElementInContext", "0"), DESK_FAULT, INVALID},
        {CONTEXT, "Create", NULL, ALL SHOWN("ElementInContext", "1"), 0, NULL},
        {CONTEXT, "Create", NULL, ALL SHOWN("ElementInContext", "1"), DESK_FAULT,
         "e:AlreadyExists"},
        {CONTEXT, "Put", NULL, ALL SHOWN("ElementInContext", "0"), DESK_FAULT, INVALID},
        {CONTEXT, "Put", NULL, ALL SHOWN("ElementInContext", "1"), 0, NULL},
        {CRT, "Delete", THAT("1"), "", DESK_FAULT, IN_USE},
        {KEY, "Delete", THAT_KEY("2"), "", DESK_FAULT, IN_USE},
    };
    static const DeskStep after[] = {
#define THAT_CONTEXT                                                  \
    DESK_SELECT_REFER("ElementInContext", DESK_AMT CRT, "InstanceID", \
                      "Intel(r) AMT Certificate: Handle: 1")
        {CONTEXT, "Delete", THAT_CONTEXT, "", DESK_FAULT, IN_USE}, /* it is on */
    };
    static const DeskStep off[] = {
        {CONTEXT, "Delete", THAT_CONTEXT, "", 0, NULL},
        {CRT, "Delete", THAT("1"), "", 0, NULL},
        {KEY, "Delete", THAT_KEY("2"), "", 0, NULL}, /* the other certificate is of another */
        {STORE, "AddKey", NULL, BLOB("$1"), 0, NULL},
        {KEY, "Delete", THAT_KEY("3"), "", DESK_FAULT, IN_USE},
    };
    g_autoptr(Pair) one = pair_new("one", GNUTLS_PK_RSA, 1024);
    g_autoptr(Pair) two = pair_new("two", GNUTLS_PK_RSA, 1024);
    g_autoptr(Pair) curve = pair_new(NULL, GNUTLS_PK_ECDSA, 0);
    g_autoptr(Pair) weak = pair_new("weak", GNUTLS_PK_RSA, 768);
    const char *const words[] = {one->certificate,   one->key,   two->certificate, two->key,
                                 curve->certificate, curve->key, weak->key};
    g_autoptr(Desk) desk = desk_new(NULL, true);
    const AmtDer *certificate, *key;
    AmtTls tls;

    RUN(desk, steps, words);
    MUST(wsman_tls_credential(&amt_state_data(desk->amt)->credentials, &certificate, &key));
    MUST_EQ(certificate->handle, 2);
    MUST_EQ(key->handle, 3);
    tls = amt_state_data(desk->amt)->tls;
    tls.enabled = true;
    amt_state_set_tls(desk->amt, &tls);
    RUN(desk, after, words);
    tls = amt_state_data(desk->amt)->tls;
    tls.enabled = false;
    amt_state_set_tls(desk->amt, &tls);
    RUN(desk, off, words);
    MUST(!wsman_tls_credential(&amt_state_data(desk->amt)->credentials, &certificate, &key));
}
END_TEST

START_TEST(no_more_than_there_is_room_for)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);
    g_autofree guchar *zeros = g_malloc0(AMT_CERTIFICATE_MAX + 1);
    g_autofree char *large = g_base64_encode(zeros, AMT_CERTIFICATE_MAX + 1);
    const char *const too_large[] = {large};
    static const DeskStep refused[] = {
        {STORE, "AddCertificate", NULL, CERTIFICATE("$0"), 2063, NULL},
        {HOST, "AddNextCertInChain", NULL,
         IS("NextCertificate", "$0") IS("IsLeafCertificate", "true")
             IS("IsRootCertificate", "false"),
         1, NULL},
    };
    static const DeskStep add = {STORE, "AddCertificate", NULL, CERTIFICATE("$0"), 0, NULL};
    static const DeskStep add_key = {STORE, "AddKey", NULL, BLOB("$1"), 0, NULL};
    static const DeskStep full[] = {
        {STORE, "AddCertificate", NULL, CERTIFICATE("$0"), 23, NULL},
        {STORE, "AddKey", NULL, BLOB("$1"), 23, NULL},
        {STORE, "GenerateKeyPair", NULL, IS("KeyAlgorithm", "0") IS("KeyLength", "2048"), 23, NULL},
    };

    RUN(desk, refused, too_large);
    for (unsigned int i = 0; i <= MAX(AMT_CERTIFICATES, AMT_KEYS); i++) {
        g_autoptr(Pair) pair =
            i < AMT_KEYS ? pair_new("a", GNUTLS_PK_RSA, 1024) : pair_new("a", GNUTLS_PK_ECDSA, 0);
        const char *const words[] = {pair->certificate, pair->key};

        if (i < AMT_CERTIFICATES) {
            desk_steps(desk, &add, 1, words);
        }
        if (i < AMT_KEYS) {
            desk_steps(desk, &add_key, 1, words);
        }
    }
    {
        g_autoptr(Pair) pair = pair_new("a", GNUTLS_PK_RSA, 1024);
        const char *const words[] = {pair->certificate, pair->key};

        RUN(desk, full, words);
    }
}
END_TEST

/* ---- chains ---- */

#define SETUP_OID  "2.16.840.1.113741.1.2.3"
#define SETUP_UNIT "Intel(R) Client Setup Certificate"
#define MODE                              \
    IS("NetAdminPassEncryptionType", "2") \
    IS("NetworkAdminPassword", "00112233445566778899aabbccddeeff")

static int next(Desk *desk, const Pair *pair, bool leaf, bool root)
{
    g_autofree char *in = g_strdup_printf(
        IS("NextCertificate", "%s") IS("IsLeafCertificate", "%s") IS("IsRootCertificate", "%s"),
        pair->certificate, leaf ? "true" : "false", root ? "true" : "false");

    return desk_call(desk, HOST, "AddNextCertInChain", NULL, in);
}

static void trust(Desk *desk, const Pair *root, const char *suffix, const char *domain)
{
    AmtHashes hashes = amt_state_data(desk->amt)->hashes;
    AmtSetup setup = amt_state_data(desk->amt)->setup;
    AmtNetwork network = amt_state_data(desk->amt)->network;
    gsize der_size;
    g_autofree guchar *der = g_base64_decode(root->certificate, &der_size);
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    gsize size = 32;

    g_checksum_update(sum, der, (gssize)der_size);
    hashes.custom[0].algorithm = AMTHI_HASH_SHA256;
    hashes.custom[0].active = true;
    g_checksum_get_digest(sum, hashes.custom[0].hash, &size);
    amt_state_set_hashes(desk->amt, &hashes);
    g_strlcpy(setup.pki_suffix, suffix, sizeof(setup.pki_suffix));
    amt_state_set_setup(desk->amt, &setup);
    g_strlcpy(network.dhcp_domain, domain, sizeof(network.dhcp_domain));
    amt_state_set_network(desk->amt, &network);
}

enum { OK, STATE = 3, VERIFICATION, TOO_LONG };

START_TEST(leaves)
{
    static const struct {
        PairWish wish;
        int with_leaf;
        int with_root;
    } rows[] = {
        {{.name = "me.lab.test", .purpose = SETUP_OID}, OK, OK},
        {{.name = "me.lab.test", .unit = SETUP_UNIT}, OK, OK},
        {{.name = "me.lab.test", .purpose = GNUTLS_KP_TLS_WWW_CLIENT}, VERIFICATION, 0},
        {{.name = "me.lab.test", .unit = "Another"}, VERIFICATION, 0},
        {{.name = "me.lab.example", .purpose = SETUP_OID}, OK, VERIFICATION},
        {{.unit = SETUP_UNIT}, OK, VERIFICATION}, /* whose is it? */
        {{.name = "me.lab.test", .purpose = SETUP_OID, .begin = 1650000000}, OK, VERIFICATION},
        {{.name = "me.lab.test", .purpose = SETUP_OID, .end = 1550000000}, OK, VERIFICATION},
    };
    g_autoptr(Pair) root = pair_of(&(PairWish){.name = "Root"});
    g_autoptr(Pair) other = pair_of(&(PairWish){.name = "Other"});

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Desk) desk = desk_new(NULL, true);
        PairWish wish = rows[i].wish;
        g_autoptr(Pair) leaf = NULL;

        wish.issuer = root;
        leaf = pair_of(&wish);
        trust(desk, root, i % 2 ? "lab.test" : "", "lab.test"); /* the owner's, or DHCP's */
        MUST_MSG(next(desk, leaf, true, false) == rows[i].with_leaf, "row %zu", i);
        if (rows[i].with_leaf != OK) {
            continue;
        }
        MUST_EQ(next(desk, leaf, true, false), STATE); /* there is one */
        MUST_EQ(next(desk, other, false, false), VERIFICATION);
        MUST_EQ(next(desk, leaf, true, false), OK); /* from the beginning */
        MUST_MSG(next(desk, root, false, true) == rows[i].with_root, "row %zu", i);
        if (rows[i].with_root == OK) {
            MUST_EQ(next(desk, root, false, true), STATE); /* complete */
        }
    }
}
END_TEST

START_TEST(chains_have_an_end)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);
    Pair *chain[9];

    chain[8] = pair_of(&(PairWish){.name = "Root"});
    for (unsigned int i = 8; i-- > 0;) {
        g_autofree char *name = g_strdup_printf("%u.lab.test", i);

        chain[i] = pair_of(&(PairWish){.name = name, .unit = SETUP_UNIT, .issuer = chain[i + 1]});
    }
    MUST_EQ(next(desk, chain[0], true, false), OK);
    MUST_EQ(next(desk, chain[1], false, true), VERIFICATION); /* it is no root */
    for (unsigned int i = 0; i < 8; i++) {
        MUST_EQ(next(desk, chain[i], i == 0, false), OK);
    }
    desk_get(desk, HOST, NULL);
    desk_expect(desk, "CertChainStatus", "1");
    MUST_EQ(next(desk, chain[8], false, true), TOO_LONG);
    desk_get(desk, HOST, NULL);
    desk_expect(desk, "CertChainStatus", "0");
    for (unsigned int i = 0; i < 9; i++) {
        pair_free(chain[i]);
    }
}
END_TEST

START_TEST(proofs_that_are_none)
{
#define NONCE "AAECAwQFBgcICQoLDA0ODxAREhM="
    static const DeskStep steps[] = {
        {HOST, "AdminSetup", NULL, MODE, 3, NULL},
        {HOST, "AdminSetup", NULL, MODE IS("McNonce", "AAEC") IS("SigningAlgorithm", "2"), 3, NULL},
        {HOST, "AdminSetup", NULL, MODE IS("McNonce", NONCE) IS("SigningAlgorithm", "2"), 3, NULL},
        {HOST, "AdminSetup", NULL,
         MODE IS("McNonce", NONCE) IS("SigningAlgorithm", "1") IS("DigitalSignature", "AAEC"), 3,
         NULL},
        {HOST, "AdminSetup", NULL,
         MODE IS("McNonce", NONCE) IS("SigningAlgorithm", "2") IS("DigitalSignature", ""), 5, NULL},
        {HOST, "AdminSetup", NULL,
         MODE IS("McNonce", NONCE) IS("SigningAlgorithm", "2") IS("DigitalSignature", "AAEC"), 5,
         NULL},
    };
    g_autoptr(Pair) root = pair_of(&(PairWish){.name = "Root"});
    g_autoptr(Pair) leaf =
        pair_of(&(PairWish){.name = "me.lab.test", .unit = SETUP_UNIT, .issuer = root});
    g_autoptr(Desk) desk = desk_new(NULL, true);

    trust(desk, root, "lab.test", "");
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        MUST_EQ(next(desk, leaf, true, false), OK);
        MUST_EQ(next(desk, root, false, true), OK);
        desk_steps(desk, &steps[i], 1, NULL);
    }
    MUST(!amt_state_is_set_up(desk->amt));
}
END_TEST

/* ---- short of memory ---- */

static unsigned int left; /* allocations that succeed before one fails; 0: all do */

static bool fails(void)
{
    return left && --left == 0;
}

static void *short_malloc(size_t size)
{
    return fails() ? NULL : malloc(size);
}

static void *short_calloc(size_t count, size_t size)
{
    return fails() ? NULL : calloc(count, size);
}

static void *short_realloc(void *old, size_t size)
{
    return fails() ? NULL : realloc(old, size);
}

typedef struct Material {
    GBytes *certificate;
    GBytes *key;
} Material;

/* Each: does the operation come to what it came to with memory enough? */
static bool reads_certificate(const Material *m)
{
    return wsman_certificate_valid(m->certificate);
}

static bool reads_key(const Material *m)
{
    return wsman_key_valid(m->key);
}

static bool shows_key(const Material *m)
{
    g_autoptr(GBytes) public = wsman_key_public(m->key);

    return public && g_bytes_get_size(public) == 140;
}

static bool has_key(const Material *m)
{
    return wsman_certificate_has_key(m->certificate, m->key);
}

static bool names_subject(const Material *m)
{
    g_autofree char *text = wsman_certificate_subject(m->certificate);

    return g_str_equal(text, "CN=one");
}

static bool makes_key(const Material *m)
{
    g_autoptr(GBytes) key = wsman_key_generate(1024);

    (void)m;
    return key && wsman_key_valid(key);
}

static GBytes *decode(const char *text)
{
    gsize size;
    guchar *data = g_base64_decode(text, &size);

    return g_bytes_new_take(data, size);
}

/* Each of the library's allocations fails once: the answer is no, and nothing is left behind. Not
 * in a chain: GnuTLS 3.7's gnutls_x509_crt_verify() itself dies of that. */
START_TEST(memory_is_short)
{
    static bool (*const operations[])(const Material *) = {
        reads_certificate, reads_key, shows_key, has_key, names_subject, makes_key};
    g_autoptr(Pair) one = pair_new("one", GNUTLS_PK_RSA, 1024);
    Material material = {decode(one->certificate), decode(one->key)};
    unsigned int refused = 0;

    gnutls_malloc = short_malloc;
    gnutls_calloc = short_calloc;
    gnutls_realloc = short_realloc;
    for (size_t i = 0; i < G_N_ELEMENTS(operations); i++) {
        MUST_MSG(operations[i](&material), "operation %zu", i);
        for (unsigned int at = 1;; at++) {
            bool good;

            left = at;
            good = operations[i](&material);
            refused += !good;
            if (left) {
                left = 0;
                break; /* there were not that many */
            }
        }
        MUST_MSG(operations[i](&material), "operation %zu, afterwards", i);
    }
    gnutls_malloc = malloc;
    gnutls_calloc = calloc;
    gnutls_realloc = realloc;
    MUST(refused > G_N_ELEMENTS(operations));
    g_bytes_unref(material.certificate);
    g_bytes_unref(material.key);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("wsman-certificates");
    TCase *tcase = unit_case(suite, "certificates");

    tcase_add_test(tcase, certificates_and_keys);
    tcase_add_test(tcase, no_more_than_there_is_room_for);
    tcase_add_test(tcase, leaves);
    tcase_add_test(tcase, chains_have_an_end);
    tcase_add_test(tcase, proofs_that_are_none);
    tcase_add_test(tcase, memory_is_short);
    return unit_run(suite);
}
