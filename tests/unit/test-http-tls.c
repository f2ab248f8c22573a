/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which certificate AMT's TLS port shows, where that port is open, and that nothing waits for a
 * key. */
#include <string.h>

#include <gnutls/x509.h>

#include "firmware-sim/amt/amt-accounts.h"
#include "firmware-sim/amt/http/http.h"
#include "firmware-sim/amt/http/tls.h"
#include "firmware-sim/amt/wsman/keys.h"
#include "tests/unit/unit.h"
#include "tests/unit/wsman-fixture.h"

#define MANAGER "AMT_PublicKeyManagementService"
#define CONTEXT "AMT_TLSCredentialContext"

static GBytes *take(gnutls_datum_t *data)
{
    GBytes *bytes = g_bytes_new(data->data, data->size);

    gnutls_free(data->data);
    return bytes;
}

/* A key and its certificate, as a console has them from its authority. */
static void make_pair(GBytes **key_der, GBytes **certificate_der)
{
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t certificate;
    gnutls_datum_t data;
    uint8_t serial = 1;

    gnutls_x509_privkey_init(&key);
    MUST(gnutls_x509_privkey_generate(key, GNUTLS_PK_RSA, 2048, 0) >= 0);
    gnutls_x509_crt_init(&certificate);
    gnutls_x509_crt_set_version(certificate, 3);
    gnutls_x509_crt_set_serial(certificate, &serial, 1);
    gnutls_x509_crt_set_activation_time(certificate, 1500000000);
    gnutls_x509_crt_set_expiration_time(certificate, 1700000000);
    gnutls_x509_crt_set_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, "console", 7);
    gnutls_x509_crt_set_key(certificate, key);
    MUST(gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA256, 0) >= 0);
    gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_DER, &data);
    *key_der = take(&data);
    gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_DER, &data);
    *certificate_der = take(&data);
    gnutls_x509_crt_deinit(certificate);
    gnutls_x509_privkey_deinit(key);
}

static void add(Desk *desk, const char *method, const char *name, GBytes *der)
{
    g_autofree char *text = g_base64_encode(g_bytes_get_data(der, NULL), g_bytes_get_size(der));
    g_autofree char *parameters = g_strdup_printf("<r:%s>%s</r:%s>", name, text, name);

    MUST_EQ(desk_call(desk, MANAGER, method, NULL, parameters), 0);
}

static void choose(Desk *desk, const char *certificate)
{
    g_autofree char *chosen = desk_reference("AMT_PublicKeyCertificate", "InstanceID", certificate);
    g_autofree char *ports = desk_reference("AMT_TLSProtocolEndpointCollection", "ElementName",
                                            "TLSProtocolEndpointInstances Collection");
    g_autofree char *body = g_strdup_printf(
        "<r:" CONTEXT " xmlns:r=\"http://intel.com/wbem/wscim/1/amt-schema/1/" CONTEXT "\">"
        "<r:ElementInContext>%s</r:ElementInContext><r:ElementProvidingContext>%s"
        "</r:ElementProvidingContext></r:" CONTEXT ">",
        chosen, ports);

    desk_ask(desk, "http://schemas.xmlsoap.org/ws/2004/09/transfer/Create", CONTEXT, NULL, body);
    MUST_MSG(desk->status == 200, "%s", desk->body);
}

static GBytes *shown(HttpTls *tls)
{
    GTlsCertificate *certificate = http_tls_want(tls);
    GByteArray *der = NULL;

    MUST(certificate != NULL);
    g_object_get(certificate, "certificate", &der, NULL);
    return g_byte_array_free_to_bytes(der);
}

static void note(void *opaque, GTlsCertificate *certificate)
{
    MUST(certificate != NULL);
    ++*(unsigned int *)opaque;
}

/* Until it has been called once more. */
static void wait_for(const unsigned int *count)
{
    unsigned int before = *count;

    while (*count == before) {
        g_main_context_iteration(NULL, TRUE);
    }
}

START_TEST(a_consoles_certificate_is_shown_until_it_is_unprovisioned)
{
    g_autoptr(Desk) desk = desk_new(NULL, false);
    unsigned int made = 0;
    g_autoptr(HttpTls) tls = http_tls_new(desk->amt, note, &made);
    g_autoptr(GBytes) key = NULL;
    g_autoptr(GBytes) certificate = NULL;
    g_autoptr(GBytes) own = NULL;
    g_autoptr(GBytes) now = NULL;
    g_autoptr(GBytes) last = NULL;

    MUST(amt_provision(desk->amt, AMT_PROVISION_ADMIN, "P@ssw0rd", NULL));
    MUST(http_tls_want(tls) == NULL);
    wait_for(&made);
    own = shown(tls);

    make_pair(&key, &certificate);
    add(desk, "AddKey", "KeyBlob", key);
    add(desk, "AddCertificate", "CertificateBlob", certificate);
    now = shown(tls);
    MUST(g_bytes_equal(now, own)); /* it is there, and not chosen */
    g_clear_pointer(&now, g_bytes_unref);

    choose(desk, "Intel(r) AMT Certificate: Handle: 1");
    now = shown(tls);
    MUST(g_bytes_equal(now, certificate));

    amt_unprovision(desk->amt, false);
    last = shown(tls);
    MUST(g_bytes_equal(last, own));
    MUST_EQ(made, 1);
}
END_TEST

START_TEST(remote_configuration_starts_once_there_is_a_certificate)
{
    static const uint8_t hash[AMTHI_HASH_SIZE] = {1};
    g_autoptr(Desk) desk = desk_new(NULL, false);
    unsigned int made = 0;
    g_autoptr(HttpTls) tls = http_tls_new(desk->amt, note, &made);
    g_autoptr(GBytes) own = NULL;
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    uint8_t told[32];
    gsize size = sizeof(told);

    MUST_EQ(amt_start_host_based(desk->amt, AMTHI_HASH_SHA256, hash, false),
            AMTHI_STATUS_CERTIFICATE_NOT_READY);
    MUST_EQ(amt_start_host_based(desk->amt, AMTHI_HASH_SHA256, hash, false),
            AMTHI_STATUS_CERTIFICATE_NOT_READY);
    wait_for(&made);
    MUST_EQ(amt_start_host_based(desk->amt, AMTHI_HASH_SHA256, hash, false), AMTHI_STATUS_SUCCESS);
    own = shown(tls);
    g_checksum_update(sum, g_bytes_get_data(own, NULL), (gssize)g_bytes_get_size(own));
    g_checksum_get_digest(sum, told, &size);
    MUST(memcmp(told, amt_state_data(desk->amt)->tls.sha256, sizeof(told)) == 0);
    MUST_EQ(made, 1);
}
END_TEST

static bool is_open(const Desk *desk, uint16_t port, SwmeDoor door)
{
    return swme_services_open(desk->context.services, port, door);
}

START_TEST(the_tls_port_is_open_where_tls_is_switched_on)
{
    static const uint8_t digest[AMT_DIGEST_SIZE] = {1};
    static const uint8_t hash[AMTHI_HASH_SIZE] = {1};
    g_autoptr(Desk) desk = desk_new(NULL, false);
    g_autoptr(SwmeServices) services = swme_services_new();
    AmtHttpConfig config = {
        .context = &desk->context, .clock = swme_manual_clock(desk->clock), .wsman = desk->wsman};
    g_autoptr(GBytes) none = g_bytes_new_static("0", 1); /* no DER, but there */
    AmtHttp *http;
    AmtTls tls;

    desk->context.services = services;
    http = amt_http_new(&config);
    /* Before set-up: for the host's own software alone. */
    MUST(!is_open(desk, 16992, SWME_DOOR_LAN) && !is_open(desk, 16993, SWME_DOOR_LAN));
    MUST(is_open(desk, 16992, SWME_DOOR_LOCAL) && is_open(desk, 16993, SWME_DOOR_LOCAL));
    MUST_EQ(amt_set_up_client(desk->amt, digest), AMT_SETUP_OK);
    MUST(is_open(desk, 16992, SWME_DOOR_HOST) && !is_open(desk, 16993, SWME_DOOR_HOST));
    MUST(is_open(desk, 16993, SWME_DOOR_LOCAL));
    /* As AMT_TLSSettingData and CommitChanges leave it: both, then nothing else. */
    tls = amt_state_data(desk->amt)->tls;
    tls.enabled = true;
    amt_state_set_tls(desk->amt, &tls);
    MUST(is_open(desk, 16992, SWME_DOOR_HOST) && is_open(desk, 16993, SWME_DOOR_HOST));
    tls.accept_plain[0] = false;
    amt_state_set_tls(desk->amt, &tls);
    MUST(!is_open(desk, 16992, SWME_DOOR_HOST) && is_open(desk, 16993, SWME_DOOR_HOST));
    MUST(is_open(desk, 16992, SWME_DOOR_LOCAL));
    amt_unprovision(desk->amt, false);
    MUST(!is_open(desk, 16992, SWME_DOOR_LAN) && !is_open(desk, 16993, SWME_DOOR_LAN));
    /* Remote configuration comes over the network, host-based set-up from the host. */
    tls = amt_state_data(desk->amt)->tls;
    tls.certificate_ready = true;
    tls.certificate = tls.key = none;
    amt_state_set_tls(desk->amt, &tls);
    MUST_EQ(amt_start_host_based(desk->amt, AMTHI_HASH_SHA256, hash, false), AMTHI_STATUS_SUCCESS);
    MUST(!is_open(desk, 16993, SWME_DOOR_LAN) && is_open(desk, 16993, SWME_DOOR_LOCAL));
    MUST_EQ(amt_stop_remote(desk->amt), AMTHI_STATUS_SUCCESS);
    MUST_EQ(amt_start_remote(desk->amt, false), AMTHI_STATUS_SUCCESS);
    MUST(is_open(desk, 16993, SWME_DOOR_LAN));
    amt_http_free(http);
}
END_TEST

typedef struct Waiter {
    WsmanKeys *keys;
    unsigned int called;
    bool takes;
    GBytes *key;
} Waiter;

static void on_key(void *opaque)
{
    Waiter *waiter = opaque;

    waiter->called++;
    if (waiter->takes) {
        MUST_EQ(wsman_keys_take(waiter->keys, 2048, &waiter->key), WSMAN_KEYS_MADE);
    }
}

START_TEST(a_key_is_made_while_others_are_served)
{
    Waiter waiter = {.takes = true};
    GBytes *key = NULL;

    waiter.keys = wsman_keys_new(on_key, &waiter);
    MUST_EQ(wsman_keys_take(waiter.keys, 2048, &key), WSMAN_KEYS_STARTED);
    MUST_EQ(wsman_keys_take(waiter.keys, 2048, &key), WSMAN_KEYS_BUSY);
    MUST_EQ(wsman_keys_take(waiter.keys, 1024, &key), WSMAN_KEYS_BUSY);
    wait_for(&waiter.called);
    MUST(waiter.key != NULL);
    g_clear_pointer(&waiter.key, g_bytes_unref);
    /* One that nobody took is nobody's afterwards. */
    waiter.takes = false;
    MUST_EQ(wsman_keys_take(waiter.keys, 2048, &key), WSMAN_KEYS_STARTED);
    wait_for(&waiter.called);
    MUST_EQ(wsman_keys_take(waiter.keys, 2048, &key), WSMAN_KEYS_STARTED);
    wsman_keys_free(waiter.keys); /* with its thread at work */
}
END_TEST

static void on_ready(void *opaque)
{
    ++*(unsigned int *)opaque;
}

START_TEST(an_answer_waits_for_its_key)
{
    static const char ask[] =
        "<Envelope xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" "
        "xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\" "
        "xmlns=\"http://www.w3.org/2003/05/soap-envelope\"><Header><a:Action>"
        "http://intel.com/wbem/wscim/1/amt-schema/1/" MANAGER "/GenerateKeyPair</a:Action>"
        "<w:ResourceURI>http://intel.com/wbem/wscim/1/amt-schema/1/" MANAGER "</w:ResourceURI>"
        "</Header><Body><r:GenerateKeyPair_INPUT xmlns:r=\"http://intel.com/wbem/wscim/1/"
        "amt-schema/1/" MANAGER "\"><r:KeyAlgorithm>0</r:KeyAlgorithm><r:KeyLength>2048"
        "</r:KeyLength></r:GenerateKeyPair_INPUT></Body></Envelope>";
    g_autoptr(Desk) desk = desk_new(NULL, false);
    unsigned int ready = 0;
    WsmanReply reply;

    wsman_on_ready(desk->wsman, on_ready, &ready);
    desk->caller.waits = true;
    wsman_answer(desk->wsman, &desk->caller, ask, sizeof(ask) - 1, &reply);
    MUST(reply.wait && !reply.body);
    desk_send(desk, ask, sizeof(ask) - 1); /* another's */
    desk_expect(desk, "ReturnValue", "2061");
    MUST_EQ(amt_state_data(desk->amt)->credentials.key[0].handle, 0);
    wait_for(&ready);
    MUST_EQ(amt_state_data(desk->amt)->credentials.key[0].handle, 0);
    desk->caller.waits = false;
    desk_send(desk, ask, sizeof(ask) - 1);
    desk_expect(desk, "ReturnValue", "0");
    MUST_EQ(amt_state_data(desk->amt)->credentials.key[0].handle, 1);
}
END_TEST

static int sign(Desk *desk, const char *request, unsigned int algorithm)
{
    g_autofree char *key =
        desk_reference("AMT_PublicPrivateKeyPair", "InstanceID", "Intel(r) AMT Key: Handle: 0");
    g_autofree char *parameters =
        g_strdup_printf("<r:KeyPair>%s</r:KeyPair><r:SigningAlgorithm>%u</r:SigningAlgorithm>"
                        "<r:NullSignedCertificateRequest>%s</r:NullSignedCertificateRequest>",
                        key, algorithm, request);

    return desk_call(desk, MANAGER, "GeneratePKCS10RequestEx", NULL, parameters);
}

/* A request as a console makes it: all is there but the signature. */
static char *null_signed(const uint8_t *key_der, unsigned int size)
{
    gnutls_datum_t key_datum = {(unsigned char *)key_der, size};
    gnutls_datum_t der;
    gnutls_x509_privkey_t key;
    gnutls_x509_crq_t request;
    char *text;

    gnutls_x509_privkey_init(&key);
    MUST(gnutls_x509_privkey_import(key, &key_datum, GNUTLS_X509_FMT_DER) >= 0);
    gnutls_x509_crq_init(&request);
    gnutls_x509_crq_set_version(request, 1);
    gnutls_x509_crq_set_dn_by_oid(request, GNUTLS_OID_X520_COMMON_NAME, 0, "amt", 3);
    gnutls_x509_crq_set_key(request, key);
    MUST(gnutls_x509_crq_sign2(request, key, GNUTLS_DIG_SHA256, 0) >= 0);
    MUST(gnutls_x509_crq_export2(request, GNUTLS_X509_FMT_DER, &der) >= 0);
    memset(der.data + der.size - 256, 0, 256);
    text = g_base64_encode(der.data, der.size);
    gnutls_free(der.data);
    gnutls_x509_crq_deinit(request);
    gnutls_x509_privkey_deinit(key);
    return text;
}

static void expect_signed(const char *text, bool by_amt, int algorithm)
{
    gnutls_x509_crq_t request;
    gnutls_datum_t der;
    gsize size;
    g_autofree guchar *bytes = g_base64_decode(text, &size);

    der.data = bytes;
    der.size = (unsigned int)size;
    gnutls_x509_crq_init(&request);
    MUST(gnutls_x509_crq_import(request, &der, GNUTLS_X509_FMT_DER) >= 0);
    MUST_EQ(gnutls_x509_crq_verify(request, GNUTLS_VERIFY_ALLOW_SIGN_WITH_SHA1) >= 0, by_amt);
    MUST_EQ(gnutls_x509_crq_get_signature_algorithm(request), algorithm);
    gnutls_x509_crq_deinit(request);
}

START_TEST(a_request_is_signed_with_the_key_that_it_names)
{
    g_autoptr(Desk) desk = desk_new(NULL, false);
    g_autoptr(GBytes) key = NULL;
    g_autoptr(GBytes) certificate = NULL;
    g_autofree char *request = NULL;
    g_autofree char *answer = NULL;
    g_autofree char *old = NULL;

    make_pair(&key, &certificate);
    add(desk, "AddKey", "KeyBlob", key);
    request = null_signed(g_bytes_get_data(key, NULL), (unsigned int)g_bytes_get_size(key));
    expect_signed(request, false, GNUTLS_SIGN_RSA_SHA256);
    MUST_EQ(sign(desk, request, 1), 0);
    answer = desk_value(desk, "SignedCertificateRequest");
    expect_signed(answer, true, GNUTLS_SIGN_RSA_SHA256);
    MUST_EQ(sign(desk, request, 0), 0);
    old = desk_value(desk, "SignedCertificateRequest");
    expect_signed(old, true, GNUTLS_SIGN_RSA_SHA1);
    MUST_EQ(sign(desk, request, 9), 36);
    MUST_EQ(sign(desk, "AAAA", 1), 36);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("http-tls");
    TCase *tcase = unit_case(suite, "tls");

    tcase_add_test(tcase, a_consoles_certificate_is_shown_until_it_is_unprovisioned);
    tcase_add_test(tcase, remote_configuration_starts_once_there_is_a_certificate);
    tcase_add_test(tcase, the_tls_port_is_open_where_tls_is_switched_on);
    tcase_add_test(tcase, a_key_is_made_while_others_are_served);
    tcase_add_test(tcase, an_answer_waits_for_its_key);
    tcase_add_test(tcase, a_request_is_signed_with_the_key_that_it_names);
    return unit_run(suite);
}
