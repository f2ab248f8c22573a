/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Provisioning as tools do it, with a certificate authority of the test's own. */
#include <string.h>

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "firmware-sim/amt/wsman/crypto.h"
#include "tests/unit/unit.h"
#include "tests/unit/wsman-fixture.h"

#define SERVICE "IPS_HostBasedSetupService"
#define SCS     "AMT_SetupAndConfigurationService"
#define DIGEST  "00112233445566778899aabbccddeeff"
#define PASSWORD                                                     \
    "<r:NetAdminPassEncryptionType>2</r:NetAdminPassEncryptionType>" \
    "<r:NetworkAdminPassword>" DIGEST "</r:NetworkAdminPassword>"

typedef struct Person {
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t certificate;
} Person;

/* unit: an organizational unit; issuer NULL: signs itself. */
static Person person(const char *name, const char *unit, const Person *issuer)
{
    Person p;
    uint8_t serial = 1;

    gnutls_x509_privkey_init(&p.key);
    MUST(gnutls_x509_privkey_generate(p.key, GNUTLS_PK_RSA, 2048, 0) >= 0);
    gnutls_x509_crt_init(&p.certificate);
    gnutls_x509_crt_set_version(p.certificate, 3);
    gnutls_x509_crt_set_serial(p.certificate, &serial, 1);
    gnutls_x509_crt_set_activation_time(p.certificate, 1500000000);
    gnutls_x509_crt_set_expiration_time(p.certificate, 1700000000);
    gnutls_x509_crt_set_key(p.certificate, p.key);
    gnutls_x509_crt_set_dn_by_oid(p.certificate, GNUTLS_OID_X520_COMMON_NAME, 0, name,
                                  (unsigned int)strlen(name));
    if (unit) {
        gnutls_x509_crt_set_dn_by_oid(p.certificate, GNUTLS_OID_X520_ORGANIZATIONAL_UNIT_NAME, 0,
                                      unit, (unsigned int)strlen(unit));
    } else {
        gnutls_x509_crt_set_basic_constraints(p.certificate, 1, -1);
    }
    MUST(gnutls_x509_crt_sign2(p.certificate, issuer ? issuer->certificate : p.certificate,
                               issuer ? issuer->key : p.key, GNUTLS_DIG_SHA256, 0) >= 0);
    return p;
}

static void person_clear(Person *p)
{
    gnutls_x509_crt_deinit(p->certificate);
    gnutls_x509_privkey_deinit(p->key);
}

static GBytes *der(const Person *p)
{
    gnutls_datum_t data;
    GBytes *bytes;

    gnutls_x509_crt_export2(p->certificate, GNUTLS_X509_FMT_DER, &data);
    bytes = g_bytes_new(data.data, data.size);
    gnutls_free(data.data);
    return bytes;
}

static char *base64(GBytes *bytes)
{
    return g_base64_encode(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}

static int add(Desk *desk, const Person *p, bool leaf, bool root)
{
    g_autoptr(GBytes) bytes = der(p);
    g_autofree char *text = base64(bytes);
    g_autofree char *parameters =
        g_strdup_printf("<r:NextCertificate>%s</r:NextCertificate><r:IsLeafCertificate>%s"
                        "</r:IsLeafCertificate><r:IsRootCertificate>%s</r:IsRootCertificate>",
                        text, leaf ? "true" : "false", root ? "true" : "false");

    return desk_call(desk, SERVICE, "AddNextCertInChain", NULL, parameters);
}

/* The owner's hash list has that root, and the owner's domain is lab.test. */
static void trust(Desk *desk, const Person *root)
{
    AmtHashes hashes = amt_state_data(desk->amt)->hashes;
    AmtSetup setup = amt_state_data(desk->amt)->setup;
    g_autoptr(GBytes) bytes = der(root);
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    gsize size = 32;

    g_checksum_update(sum, g_bytes_get_data(bytes, NULL), (gssize)g_bytes_get_size(bytes));
    hashes.custom[0].algorithm = AMTHI_HASH_SHA256;
    hashes.custom[0].active = true;
    g_checksum_get_digest(sum, hashes.custom[0].hash, &size);
    amt_state_set_hashes(desk->amt, &hashes);
    g_strlcpy(setup.pki_suffix, "lab.test", sizeof(setup.pki_suffix));
    amt_state_set_setup(desk->amt, &setup);
}

/* McNonce, SigningAlgorithm and DigitalSignature by that person over AMT's nonce and ours. */
static char *proof(Desk *desk, const Person *signer)
{
    uint8_t both[40];
    g_autofree char *nonce = NULL;
    g_autofree guchar *theirs = NULL;
    g_autofree char *mine = NULL;
    g_autofree char *mark = NULL;
    gnutls_datum_t text = {both, sizeof(both)};
    gnutls_datum_t signature;
    gnutls_privkey_t key;
    gsize size;

    desk_get(desk, SERVICE, NULL);
    nonce = desk_value(desk, "ConfigurationNonce");
    theirs = g_base64_decode(nonce, &size);
    MUST_EQ(size, 20);
    memcpy(both, theirs, 20);
    memset(both + 20, 7, 20);
    gnutls_privkey_init(&key);
    gnutls_privkey_import_x509(key, signer->key, 0);
    MUST(gnutls_privkey_sign_data2(key, GNUTLS_SIGN_RSA_SHA256, 0, &text, &signature) >= 0);
    mine = g_base64_encode(both + 20, 20);
    mark = g_base64_encode(signature.data, signature.size);
    gnutls_free(signature.data);
    gnutls_privkey_deinit(key);
    return g_strdup_printf("<r:McNonce>%s</r:McNonce><r:SigningAlgorithm>2</r:SigningAlgorithm>"
                           "<r:DigitalSignature>%s</r:DigitalSignature>",
                           mine, mark);
}

START_TEST(client_mode_and_back)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);
    const AmtData *data = amt_state_data(desk->amt);
    g_autofree char *nonce = NULL;

    desk_get(desk, SERVICE, NULL);
    nonce = desk_value(desk, "ConfigurationNonce");
    desk_expect(desk, "CurrentControlMode", "0");
    MUST(strstr(desk->body, "<g:AllowedControlModes>2</g:AllowedControlModes>"
                            "<g:AllowedControlModes>1</g:AllowedControlModes>"));
    MUST_EQ(desk_call(desk, SERVICE, "Setup", NULL,
                      "<r:NetAdminPassEncryptionType>1</r:NetAdminPassEncryptionType>"
                      "<r:NetworkAdminPassword>" DIGEST "</r:NetworkAdminPassword>"),
            3);
    MUST_EQ(desk_call(desk, SERVICE, "Setup", NULL,
                      "<r:NetAdminPassEncryptionType>2</r:NetAdminPassEncryptionType>"
                      "<r:NetworkAdminPassword>secret</r:NetworkAdminPassword>"),
            3);
    MUST_EQ(desk_call(desk, SERVICE, "Setup", NULL, PASSWORD), 0);
    MUST_EQ(data->setup.control_mode, AMTHI_CONTROL_MODE_CLIENT);
    MUST_EQ(data->accounts.account[0].digest[15], 0xff);
    MUST_EQ(desk_call(desk, SERVICE, "Setup", NULL, PASSWORD), 2);
    desk_get(desk, SERVICE, NULL);
    desk_expect(desk, "CurrentControlMode", "1");
    MUST(!strstr(desk->body, nonce)); /* another after each attempt */
    desk_get(desk, SCS, NULL);
    desk_expect(desk, "ProvisioningMode", "4");
    desk_expect(desk, "ProvisioningState", "2");
    MUST_EQ(desk_call(desk, SCS, "SetMEBxPassword", NULL, "<r:Password>P@ssw0rd</r:Password>"), 16);
    MUST_EQ(desk_call(desk, SCS, "Unprovision", NULL, "<r:ProvisioningMode>2</r:ProvisioningMode>"),
            36);
    MUST_EQ(desk_call(desk, SCS, "Unprovision", NULL, "<r:ProvisioningMode>1</r:ProvisioningMode>"),
            0);
    MUST_EQ(data->setup.state, AMTHI_PROVISIONING_POST); /* until the answer is out */
    desk_after(desk);
    MUST_EQ(data->setup.state, AMTHI_PROVISIONING_PRE);
    desk_after(desk); /* once */
    MUST_EQ(desk_call(desk, SCS, "Unprovision", NULL, ""), 16);
}
END_TEST

START_TEST(admin_mode_with_a_chain)
{
    Person root = person("Root", NULL, NULL);
    Person middle = person("Middle", NULL, &root);
    Person leaf = person("mc.lab.test", "Intel(R) Client Setup Certificate", &middle);
    g_autoptr(Desk) desk = desk_new(NULL, true);
    const AmtData *data = amt_state_data(desk->amt);
    g_autofree char *good = NULL;
    g_autofree char *full = NULL;

    trust(desk, &root);
    MUST_EQ(desk_call(desk, SERVICE, "AdminSetup", NULL, PASSWORD), 2); /* no chain yet */
    MUST_EQ(add(desk, &middle, false, false), 3);                       /* the leaf is first */
    MUST_EQ(add(desk, &root, true, false), 4);                          /* and no setup leaf */
    MUST_EQ(add(desk, &leaf, true, false), 0);
    desk_get(desk, SERVICE, NULL);
    desk_expect(desk, "CertChainStatus", "1");
    MUST_EQ(add(desk, &middle, false, false), 0);
    MUST_EQ(add(desk, &root, false, true), 0);
    desk_get(desk, SERVICE, NULL);
    desk_expect(desk, "CertChainStatus", "2");
    good = proof(desk, &leaf);
    full = g_strconcat(PASSWORD, good, NULL);
    MUST_EQ(desk_call(desk, SERVICE, "AdminSetup", NULL, full), 0);
    MUST_EQ(data->setup.control_mode, AMTHI_CONTROL_MODE_ADMIN);
    desk_get(desk, SERVICE, NULL);
    desk_expect(desk, "CurrentControlMode", "2");
    desk_expect(desk, "CertChainStatus", "0");
    MUST_EQ(desk_call(desk, SERVICE, "AdminSetup", NULL, full), 2);
    person_clear(&leaf);
    person_clear(&middle);
    person_clear(&root);
}
END_TEST

START_TEST(client_mode_is_upgraded)
{
    Person root = person("Root", NULL, NULL);
    Person leaf = person("lab.test", "Intel(R) Client Setup Certificate", &root);
    g_autoptr(Desk) desk = desk_new(NULL, true);
    g_autofree char *wrong = NULL;
    g_autofree char *good = NULL;

    trust(desk, &root);
    MUST_EQ(desk_call(desk, SERVICE, "Setup", NULL, PASSWORD), 0);
    MUST_EQ(add(desk, &leaf, true, false), 0);
    MUST_EQ(add(desk, &root, false, true), 0);
    wrong = proof(desk, &root);
    MUST_EQ(desk_call(desk, SERVICE, "UpgradeClientToAdmin", NULL, wrong), 5);
    MUST_EQ(amt_state_data(desk->amt)->setup.control_mode, AMTHI_CONTROL_MODE_CLIENT);
    MUST_EQ(add(desk, &leaf, true, false), 0);
    MUST_EQ(add(desk, &root, false, true), 0);
    good = proof(desk, &leaf);
    MUST_EQ(desk_call(desk, SERVICE, "UpgradeClientToAdmin", NULL, good), 0);
    MUST_EQ(amt_state_data(desk->amt)->setup.control_mode, AMTHI_CONTROL_MODE_ADMIN);
    MUST_EQ(amt_state_data(desk->amt)->accounts.account[0].digest[15], 0xff); /* as it was */
    person_clear(&leaf);
    person_clear(&root);
}
END_TEST

START_TEST(chains_that_entitle_to_nothing)
{
    Person root = person("Root", NULL, NULL);
    Person other = person("Root", NULL, NULL); /* another of that name */
    Person leaf = person("mc.lab.test", "Intel(R) Client Setup Certificate", &root);
    Person stranger = person("mc.evillab.test", "Intel(R) Client Setup Certificate", &root);
    Person plain = person("mc.lab.test", "Web Server", &root);
    g_autoptr(Desk) desk = desk_new(NULL, true);
    AmtHashes hashes;

    trust(desk, &root);
    MUST_EQ(add(desk, &plain, true, false), 4);
    MUST_EQ(add(desk, &leaf, true, false), 0);
    MUST_EQ(add(desk, &other, false, true), 4); /* did not sign it */
    MUST_EQ(add(desk, &stranger, true, false), 0);
    MUST_EQ(add(desk, &root, false, true), 4); /* another domain */
    hashes = amt_state_data(desk->amt)->hashes;
    hashes.custom[0].active = false;
    amt_state_set_hashes(desk->amt, &hashes);
    MUST_EQ(add(desk, &leaf, true, false), 0);
    MUST_EQ(add(desk, &root, false, true), 4); /* not trusted any more */
    hashes.custom[0].active = true;
    amt_state_set_hashes(desk->amt, &hashes);
    swme_manual_clock_advance(desk->clock, 100000001 * SWME_NS_PER_S);
    MUST_EQ(add(desk, &leaf, true, false), 0);
    MUST_EQ(add(desk, &root, false, true), 4); /* out of date */
    MUST_EQ(desk_call(desk, SERVICE, "AddNextCertInChain", NULL,
                      "<r:NextCertificate>AAAA</r:NextCertificate>"),
            3); /* a leaf is said to be one */
    MUST_EQ(desk_call(desk, SERVICE, "AddNextCertInChain", NULL,
                      "<r:NextCertificate>A=A</r:NextCertificate>"),
            1);
    MUST(!amt_state_is_set_up(desk->amt));
    person_clear(&plain);
    person_clear(&stranger);
    person_clear(&leaf);
    person_clear(&other);
    person_clear(&root);
}
END_TEST

START_TEST(remote_set_up_ends_with_commit)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);

    MUST_EQ(desk_call(desk, SCS, "CommitChanges", NULL, ""), 3); /* not in set-up */
    MUST_EQ(amt_start_remote(desk->amt, false), 0);
    MUST_EQ(desk_call(desk, SCS, "CommitChanges", NULL, ""), 2057);
    MUST_EQ(desk_call(desk, SCS, "SetMEBxPassword", NULL, "<r:Password>password</r:Password>"),
            2054);
    MUST_EQ(desk_call(desk, SCS, "SetMEBxPassword", NULL, "<r:Password>P@ssw0rd</r:Password>"), 0);
    MUST_EQ(desk_call(desk, SCS, "ExtendProvisioningPeriod", NULL, "<r:Duration>1</r:Duration>"),
            0);
    MUST_EQ(desk_call(desk, SCS, "CommitChanges", NULL, ""), 0);
    MUST_EQ(amt_state_data(desk->amt)->setup.control_mode, AMTHI_CONTROL_MODE_ADMIN);
    MUST_EQ(desk_call(desk, SCS, "GetUuid", NULL, ""), 0);
    desk_expect(desk, "UUID", "AQIDBAUGBwgJCgsMDQ4PEA==");
    MUST_EQ(desk_call(desk, SCS, "PartialUnprovision", NULL, ""), 0);
    desk_after(desk);
    MUST(!amt_state_is_set_up(desk->amt));
}
END_TEST

/* ---- certificates and TLS ---- */

START_TEST(tls_shows_what_a_console_brought)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);
    const char *service = "AMT_PublicKeyManagementService";
    Person owner = person("amt.lab.test", "AMT", NULL);
    g_autoptr(GBytes) bytes = der(&owner);
    g_autofree char *certificate = base64(bytes);
    g_autofree char *blob =
        g_strdup_printf("<r:CertificateBlob>%s</r:CertificateBlob>", certificate);
    g_autofree char *collection = desk_reference("AMT_TLSProtocolEndpointCollection", "ElementName",
                                                 "TLSProtocolEndpointInstances Collection");
    g_autofree char *which = desk_reference("AMT_PublicKeyCertificate", "InstanceID",
                                            "Intel(r) AMT Certificate: Handle: 0");
    g_autofree char *body = g_strdup_printf(
        "<g:AMT_TLSCredentialContext xmlns:g=\"http://intel.com/wbem/wscim/1/amt-schema/1/"
        "AMT_TLSCredentialContext\"><g:ElementInContext>%s</g:ElementInContext>"
        "<g:ElementProvidingContext>%s</g:ElementProvidingContext></g:AMT_TLSCredentialContext>",
        which, collection);
    g_autofree char *key = NULL;
    gnutls_datum_t private;
    const char *create = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Create";
    const char *delete = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Delete";

    MUST_EQ(desk_call(desk, service, "AddCertificate", NULL,
                      "<r:CertificateBlob>MAA=</r:CertificateBlob>"),
            2063);
    MUST_EQ(desk_call(desk, service, "AddCertificate", NULL, blob), 0);
    MUST_EQ(desk_call(desk, service, "AddTrustedRootCertificate", NULL, blob), 2058);
    desk_get(desk, "AMT_PublicKeyCertificate", NULL);
    desk_expect(desk, "Subject", "OU=AMT,CN=amt.lab.test");
    desk_expect(desk, "X509Certificate", certificate);
    desk_ask(desk, create, "AMT_TLSCredentialContext", NULL, body);
    desk_expect_fault(desk, "d:InvalidRepresentation"); /* its key is not here */
    gnutls_x509_privkey_export2(owner.key, GNUTLS_X509_FMT_DER, &private);
    {
        g_autofree char *text = g_base64_encode(private.data, private.size);

        key = g_strdup_printf("<r:KeyBlob>%s</r:KeyBlob>", text);
    }
    gnutls_free(private.data);
    MUST_EQ(desk_call(desk, service, "AddKey", NULL, "<r:KeyBlob>MAA=</r:KeyBlob>"), 2062);
    MUST_EQ(desk_call(desk, service, "AddKey", NULL, key), 0);
    MUST_EQ(desk_call(desk, service, "AddKey", NULL, key), 2058);
    desk_ask(desk, create, "AMT_TLSCredentialContext", NULL, body);
    MUST_EQ(desk->status, 200);
    MUST(strstr(desk->body, "<g:ResourceCreated>"));
    desk_list(desk, "AMT_TLSCredentialContext", NULL);
    MUST(strstr(desk->body, "TLSProtocolEndpoint Instances Collection"));
    desk_ask(desk, create, "AMT_TLSCredentialContext", NULL, body);
    desk_expect_fault(desk, "e:AlreadyExists");
    /* What TLS uses is not deleted. */
    desk_ask(desk, delete, "AMT_PublicKeyCertificate",
             DESK_SELECT("InstanceID", "Intel(r) AMT Certificate: Handle: 0"), NULL);
    MUST_EQ(desk->status, 400);
    desk_ask(desk, delete, "AMT_PublicPrivateKeyPair",
             DESK_SELECT("InstanceID", "Intel(r) AMT Key: Handle: 1"), NULL);
    MUST_EQ(desk->status, 400);
    desk_put(desk, "AMT_TLSSettingData",
             DESK_SELECT("InstanceID", "Intel(r) AMT 802.3 TLS Settings"),
             "<r:Enabled>true</r:Enabled><r:TrustedCN>lab.test</r:TrustedCN>");
    MUST_EQ(desk->status, 200);
    MUST(!amt_state_data(desk->amt)->tls.enabled); /* with CommitChanges */
    MUST_EQ(amt_start_remote(desk->amt, false), 0);
    MUST_EQ(desk_call(desk, SCS, "SetMEBxPassword", NULL, "<r:Password>P@ssw0rd</r:Password>"), 0);
    MUST_EQ(desk_call(desk, SCS, "CommitChanges", NULL, ""), 0);
    desk_after(desk);
    MUST(amt_state_data(desk->amt)->tls.enabled);
    desk_put(desk, "AMT_TLSSettingData", DESK_SELECT("InstanceID", "Intel(r) AMT LMS TLS Settings"),
             "<r:MutualAuthentication>true</r:MutualAuthentication>");
    desk_expect_fault(desk, "d:InvalidRepresentation"); /* without TLS */
    person_clear(&owner);
}
END_TEST

START_TEST(a_made_key_is_a_key)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);
    const char *service = "AMT_PublicKeyManagementService";
    g_autofree char *public = NULL;
    g_autofree guchar *bytes = NULL;
    gsize size;

    MUST_EQ(desk_call(desk, service, "GenerateKeyPair", NULL,
                      "<r:KeyAlgorithm>0</r:KeyAlgorithm><r:KeyLength>512</r:KeyLength>"),
            36);
    MUST_EQ(desk_call(desk, service, "GenerateKeyPair", NULL,
                      "<r:KeyAlgorithm>0</r:KeyAlgorithm><r:KeyLength>2048</r:KeyLength>"),
            0);
    desk_list(desk, "AMT_PublicPrivateKeyPair", NULL);
    public = desk_value(desk, "DERKey");
    bytes = g_base64_decode(public, &size);
    MUST_EQ(size, 270); /* RFC 8017 A.1.1 with 2048 bits and 65537 */
    MUST_EQ(amt_der_size(bytes, size), size);
    desk_ask(desk, "http://schemas.xmlsoap.org/ws/2004/09/transfer/Delete",
             "AMT_PublicPrivateKeyPair", DESK_SELECT("InstanceID", "Intel(r) AMT Key: Handle: 0"),
             NULL);
    MUST_EQ(desk->status, 200);
    desk_list(desk, "AMT_PublicPrivateKeyPair", NULL);
    MUST(strstr(desk->body, "<g:Items></g:Items>"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("wsman-setup");
    TCase *setup = unit_case(suite, "setup");

    tcase_add_test(setup, client_mode_and_back);
    tcase_add_test(setup, admin_mode_with_a_chain);
    tcase_add_test(setup, client_mode_is_upgraded);
    tcase_add_test(setup, chains_that_entitle_to_nothing);
    tcase_add_test(setup, remote_set_up_ends_with_commit);
    tcase_add_test(setup, tls_shows_what_a_console_brought);
    tcase_add_test(setup, a_made_key_is_a_key);
    return unit_run(suite);
}
