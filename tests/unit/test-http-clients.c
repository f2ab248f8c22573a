/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TLS with a certificate of the client's: who comes in, through real handshakes. */
#include <string.h>
#include <sys/socket.h>

#include <gnutls/abstract.h>
#include <gnutls/x509.h>

#include "firmware-sim/amt/amt-accounts.h"
#include "firmware-sim/amt/amt-crl.h"
#include "firmware-sim/amt/http/tls.h"
#include "tests/unit/unit.h"
#include "tests/unit/wsman-fixture.h"

#define NOW   1600000000 /* the desk's */
#define DAY   86400
#define LIST  "http://ca.lab.test/list.crl"
#define KEYS  "AMT_PublicKeyManagementService"
#define CLOCK "AMT_TimeSynchronizationService"
#define SCS   "AMT_SetupAndConfigurationService"

typedef struct Person {
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t certificate;
} Person;

typedef struct Wish {
    const char *name;
    int64_t begin, end;
    const char *purpose; /* NULL: any */
    const char *list;    /* where the list of revoked ones is; NULL: nowhere */
    uint8_t serial;
    bool authority;
} Wish;

static Person person(const Wish *wish, const Person *issuer)
{
    Person p;

    gnutls_x509_privkey_init(&p.key);
    MUST(gnutls_x509_privkey_generate(p.key, GNUTLS_PK_RSA, 2048, 0) >= 0);
    gnutls_x509_crt_init(&p.certificate);
    gnutls_x509_crt_set_version(p.certificate, 3);
    gnutls_x509_crt_set_serial(p.certificate, &wish->serial, 1);
    gnutls_x509_crt_set_activation_time(p.certificate, (time_t)wish->begin);
    gnutls_x509_crt_set_expiration_time(p.certificate, (time_t)wish->end);
    gnutls_x509_crt_set_key(p.certificate, p.key);
    gnutls_x509_crt_set_dn_by_oid(p.certificate, GNUTLS_OID_X520_COMMON_NAME, 0, wish->name,
                                  (unsigned int)strlen(wish->name));
    gnutls_x509_crt_set_basic_constraints(p.certificate, wish->authority, -1);
    if (wish->purpose) {
        gnutls_x509_crt_set_key_purpose_oid(p.certificate, wish->purpose, 0);
    }
    if (wish->list) {
        gnutls_x509_crt_set_crl_dist_points2(p.certificate, GNUTLS_SAN_URI, wish->list,
                                             (unsigned int)strlen(wish->list), 0);
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

static GTlsCertificate *credential(const Person *p)
{
    gnutls_datum_t certificate, key;
    g_autofree char *pem = NULL;
    GTlsCertificate *made;

    gnutls_x509_crt_export2(p->certificate, GNUTLS_X509_FMT_PEM, &certificate);
    gnutls_x509_privkey_export2(p->key, GNUTLS_X509_FMT_PEM, &key);
    pem = g_strdup_printf("%s%s", (char *)certificate.data, (char *)key.data);
    gnutls_free(certificate.data);
    gnutls_free(key.data);
    made = g_tls_certificate_new_from_pem(pem, -1, NULL);
    MUST(made != NULL);
    return made;
}

/* ---- AMT, and handshakes with it ---- */

static void trust(Desk *desk, const Person *root)
{
    gnutls_datum_t der;
    g_autofree char *text = NULL;
    g_autofree char *blob = NULL;

    gnutls_x509_crt_export2(root->certificate, GNUTLS_X509_FMT_DER, &der);
    text = g_base64_encode(der.data, der.size);
    gnutls_free(der.data);
    blob = g_strdup_printf("<r:CertificateBlob>%s</r:CertificateBlob>", text);
    MUST_EQ(desk_call(desk, KEYS, "AddTrustedRootCertificate", NULL, blob), 0);
}

static void ask_for(Desk *desk, const char *which, const char *settings)
{
    g_autofree char *selectors = g_strdup_printf(
        "<w:SelectorSet><w:Selector Name=\"InstanceID\" >%s</w:Selector></w:SelectorSet>", which);

    desk_put(desk, "AMT_TLSSettingData", selectors, settings);
    MUST_MSG(desk->status == 200, "%s", desk->body);
}

static void commit(Desk *desk)
{
    MUST_EQ(desk_call(desk, SCS, "CommitChanges", NULL, ""), 0);
    desk_after(desk);
}

#define ASK_ALL "<r:Enabled>true</r:Enabled><r:MutualAuthentication>true</r:MutualAuthentication>"
#define REMOTE  "Intel(r) AMT 802.3 TLS Settings"
#define LOCAL   "Intel(r) AMT LMS TLS Settings"

static GIOStream *stream_of(int fd)
{
    g_autoptr(GSocket) socket = g_socket_new_from_fd(fd, NULL);

    MUST(socket != NULL);
    return G_IO_STREAM(g_socket_connection_factory_create_connection(socket));
}

typedef struct Side {
    bool done;
    bool good;
} Side;

static void shaken(GObject *source, GAsyncResult *result, gpointer opaque)
{
    Side *side = opaque;

    side->good = g_tls_connection_handshake_finish(G_TLS_CONNECTION(source), result, NULL);
    side->done = true;
}

static gboolean take_any(void)
{
    return TRUE;
}

/* Does AMT take a client that shows that (NULL: nothing)? */
static bool comes_in(const Desk *desk, GTlsCertificate *amt, SwmeDoor door, GTlsCertificate *shows)
{
    g_autoptr(GIOStream) near = NULL;
    g_autoptr(GIOStream) far = NULL;
    g_autoptr(GIOStream) socket = NULL;
    Side server = {0}, client = {0};
    bool in;
    int fds[2];

    MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
    near = http_tls_wrap(amt, stream_of(fds[0]), http_tls_clients_new(desk->amt, door), NULL);
    socket = stream_of(fds[1]);
    far = g_tls_client_connection_new(socket, NULL, NULL);
    MUST(near && far);
    g_tls_connection_set_database(G_TLS_CONNECTION(far), NULL);
    g_signal_connect(far, "accept-certificate", G_CALLBACK(take_any), NULL);
    if (shows) {
        g_tls_connection_set_certificate(G_TLS_CONNECTION(far), shows);
    }
    g_tls_connection_handshake_async(G_TLS_CONNECTION(near), 0, NULL, shaken, &server);
    g_tls_connection_handshake_async(G_TLS_CONNECTION(far), 0, NULL, shaken, &client);
    while (!server.done) {
        g_main_context_iteration(NULL, TRUE);
    }
    in = server.good && http_tls_entitled(desk->amt, near);
    g_socket_shutdown(g_socket_connection_get_socket(G_SOCKET_CONNECTION(socket)), TRUE, TRUE,
                      NULL);
    while (!client.done) {
        g_main_context_iteration(NULL, TRUE);
    }
    return in;
}

START_TEST(clients_are_asked_for_a_certificate_where_settings_say_so)
{
    static const Wish authority = {"Lab CA", NOW - DAY, NOW + DAY, NULL, NULL, 1, true};
    static const Wish console = {
        "console.lab.test", NOW - DAY, NOW + DAY, GNUTLS_KP_TLS_WWW_CLIENT, LIST, 0xab, false};
    static const struct {
        const char *what;
        Wish wish;
        bool others; /* somebody else's signature */
    } refused[] = {
        {"another authority's",
         {"console.lab.test", NOW - DAY, NOW + DAY, NULL, NULL, 2, false},
         true},
        {"expired by AMT's clock",
         {"console.lab.test", NOW - 2 * DAY, NOW - DAY, NULL, NULL, 3, false},
         false},
        {"valid later",
         {"console.lab.test", NOW + DAY, NOW + 2 * DAY, NULL, NULL, 4, false},
         false},
        {"a server's",
         {"console.lab.test", NOW - DAY, NOW + DAY, GNUTLS_KP_TLS_WWW_SERVER, NULL, 5, false},
         false},
    };
    g_autoptr(Desk) desk = desk_new(NULL, false);
    Person root = person(&authority, NULL);
    Person other = person(&authority, NULL);
    Person good = person(&console, &root);
    g_autoptr(GTlsCertificate) amt = credential(&other); /* whatever AMT shows */
    g_autoptr(GTlsCertificate) shown = credential(&good);

    MUST(amt_provision(desk->amt, AMT_PROVISION_ADMIN, "P@ssw0rd", NULL));
    trust(desk, &root);
    ask_for(desk, REMOTE, ASK_ALL);
    MUST(comes_in(desk, amt, SWME_DOOR_LAN, NULL)); /* with CommitChanges, not before */
    commit(desk);
    MUST(!comes_in(desk, amt, SWME_DOOR_LAN, NULL));
    MUST(!comes_in(desk, amt, SWME_DOOR_HOST, NULL));
    MUST(comes_in(desk, amt, SWME_DOOR_LOCAL, NULL)); /* has settings of its own */
    MUST(comes_in(desk, amt, SWME_DOOR_LAN, shown));
    for (unsigned int i = 0; i < UNIT_COUNT(refused); i++) {
        Person bad = person(&refused[i].wish, refused[i].others ? &other : &root);
        g_autoptr(GTlsCertificate) certificate = credential(&bad);

        MUST_MSG(!comes_in(desk, amt, SWME_DOOR_LAN, certificate), "%s came in", refused[i].what);
        person_clear(&bad);
    }

    /* Names, which hold at once; a host's is within its domain, and no other ends as well. */
    ask_for(desk, REMOTE,
            "<r:TrustedCN>elsewhere.test</r:TrustedCN><r:TrustedCN>le.lab.test"
            "</r:TrustedCN>");
    MUST(!comes_in(desk, amt, SWME_DOOR_LAN, shown));
    ask_for(desk, REMOTE,
            "<r:TrustedCN>elsewhere.test</r:TrustedCN><r:TrustedCN>lab.test"
            "</r:TrustedCN>");
    MUST(comes_in(desk, amt, SWME_DOOR_LAN, shown));

    /* Lists: another place's is not this certificate's. */
    MUST_EQ(desk_call(desk, KEYS, "AddCRL", NULL,
                      "<r:Url>http://elsewhere.test/crl</r:Url><r:SerialNumbers>AB"
                      "</r:SerialNumbers>"),
            0);
    MUST(comes_in(desk, amt, SWME_DOOR_LAN, shown));
    MUST_EQ(desk_call(desk, KEYS, "AddCRL", NULL,
                      "<r:Url>" LIST "</r:Url><r:SerialNumbers>17</r:SerialNumbers>"
                      "<r:SerialNumbers>0x00 AB</r:SerialNumbers>"),
            0);
    MUST(!comes_in(desk, amt, SWME_DOOR_LAN, shown));
    MUST_EQ(desk_call(desk, KEYS, "ResetCRLList", NULL, ""), 0);
    MUST(comes_in(desk, amt, SWME_DOOR_LAN, shown));

    /* Time is AMT's. */
    MUST_EQ(desk_call(desk, CLOCK, "SetHighAccuracyTimeSynch", NULL,
                      "<r:Ta0>0</r:Ta0><r:Tm1>172800</r:Tm1><r:Tm2>172800</r:Tm2>"),
            0);
    MUST(!comes_in(desk, amt, SWME_DOOR_LAN, shown));
    MUST_EQ(desk_call(desk, CLOCK, "SetHighAccuracyTimeSynch", NULL,
                      "<r:Ta0>172800</r:Ta0><r:Tm1>0</r:Tm1><r:Tm2>0</r:Tm2>"),
            0);
    MUST(comes_in(desk, amt, SWME_DOOR_LAN, shown));

    /* Without its root nobody is anybody, session resumed or not. */
    desk_ask(desk, "http://schemas.xmlsoap.org/ws/2004/09/transfer/Delete",
             "AMT_PublicKeyCertificate",
             DESK_SELECT("InstanceID", "Intel(r) AMT Certificate: Handle: 0"), NULL);
    MUST_EQ(desk->status, 200);
    MUST(!comes_in(desk, amt, SWME_DOOR_LAN, shown));
    trust(desk, &root);
    ask_for(desk, LOCAL, ASK_ALL);
    commit(desk);
    MUST(!comes_in(desk, amt, SWME_DOOR_LOCAL, NULL));
    MUST(comes_in(desk, amt, SWME_DOOR_LOCAL, shown));
    ask_for(desk, REMOTE, "<r:MutualAuthentication>false</r:MutualAuthentication>");
    commit(desk);
    MUST(comes_in(desk, amt, SWME_DOOR_LAN, NULL));
    amt_unprovision(desk->amt, false);
    MUST(comes_in(desk, amt, SWME_DOOR_LOCAL, NULL));
    person_clear(&root);
    person_clear(&other);
    person_clear(&good);
}
END_TEST

/* ---- lists ---- */

static int add_list(Desk *desk, const char *url, unsigned int count, const char *serial)
{
    g_autoptr(GString) text = g_string_new(NULL);

    g_string_append_printf(text, "<r:Url>%s</r:Url>", url);
    for (unsigned int i = 0; i < count; i++) {
        g_string_append_printf(text, "<r:SerialNumbers>%s%02x</r:SerialNumbers>", serial, i);
    }
    return desk_call(desk, KEYS, "AddCRL", NULL, text->str);
}

START_TEST(lists_come_and_go)
{
    g_autoptr(Desk) desk = desk_new(NULL, false);
    g_autofree char *long_url = g_strnfill(AMT_CRL_URL_MAX + 1, 'u');
    g_autofree char *most_url = g_strnfill(AMT_CRL_URL_MAX, 'u');

    MUST_EQ(add_list(desk, LIST, 2, "0x00-Ab:"), 0);
    MUST(strstr(desk->body, "Intel(r) AMT CRL: Handle: 0"));
    MUST_EQ(add_list(desk, LIST, 1, "1"), 2058);
    desk_list(desk, "AMT_CRL", NULL);
    MUST(strstr(desk->body, "SerialNumbers>ab00<") && strstr(desk->body, "SerialNumbers>ab01<"));
    MUST(strstr(desk->body, "Url>" LIST "<"));
    MUST_EQ(add_list(desk, "http://b/", 1, "g"), 36);
    MUST_EQ(add_list(desk, "http://b/", 1, "01234567890123456789012345678901234567"), 0);
    MUST_EQ(add_list(desk, "http://c/", 1, "1234567890123456789012345678901234567890"), 36);
    MUST_EQ(add_list(desk, "", 1, "1"), 36);
    MUST_EQ(add_list(desk, "http://two words/", 1, "1"), 36);
    MUST_EQ(add_list(desk, long_url, 1, "1"), 36);
    MUST_EQ(add_list(desk, most_url, 0, ""), 0);
    MUST_EQ(desk_call(desk, KEYS, "AddCRL", NULL, "<r:SerialNumbers>1</r:SerialNumbers>"), 36);
    MUST_EQ(add_list(desk, "http://c/", AMT_CRL_SERIALS - 2, "1"), 23); /* 64 in all, 3 are there */
    MUST_EQ(
        add_list(desk, "http://c/", AMT_CRL_SERIALS - 3, "12345678901234567890123456789012345678"),
        0);
    MUST_EQ(add_list(desk, "http://d/", 0, ""), 23); /* four lists */
    MUST(amt_crls_sane(amt_state_data(desk->amt)->credentials.crl));
    MUST_EQ(desk_call(desk, KEYS, "ResetCRLList", NULL, ""), 0);
    desk_list(desk, "AMT_CRL", NULL);
    MUST(strstr(desk->body, "<g:Items></g:Items>"));
    MUST_EQ(add_list(desk, LIST, 0, ""), 0);
    amt_unprovision(desk->amt, false);
    MUST_EQ(amt_state_data(desk->amt)->credentials.crl[0].handle, 0);
}
END_TEST

/* As a file or another machine may bring them. */
START_TEST(lists_that_nobody_made_are_not_loaded)
{
    static const char *const bad[] = {"",
                                      "\n",
                                      "http://x/\n",
                                      "http://x/\nAB",
                                      "http://x/\n0ab",
                                      "http://x/\nxy",
                                      "http://x y/\nab",
                                      "http://x/\nab\n"};

    for (unsigned int i = 0; i < UNIT_COUNT(bad); i++) {
        g_autoptr(GBytes) list = g_bytes_new_static(bad[i], strlen(bad[i]));
        AmtCrl crls[AMT_CRLS] = {{.handle = 1, .list = list}};

        MUST_MSG(!amt_crls_sane(crls), "'%s' is taken", bad[i]);
        crls[0].handle = 0;
        MUST(!amt_crls_sane(crls));
    }
    {
        g_autoptr(GBytes) list = g_bytes_new_static("http://x/\nab\n0", 14);
        AmtCrl crls[AMT_CRLS] = {{.handle = 1, .list = list}};

        MUST(amt_crls_sane(crls));
        crls[0].handle = 0;
        MUST(!amt_crls_sane(crls)); /* a list, and no handle */
    }
}
END_TEST

/* ---- who sets the time ---- */

static int set_time(Desk *desk, const char *user, bool admin, uint32_t realms, SwmeDoor door)
{
    desk->caller.user = user;
    desk->caller.admin = admin;
    desk->caller.realms = realms;
    desk->caller.peer.door = door;
    return desk_call(desk, CLOCK, "SetHighAccuracyTimeSynch", NULL,
                     "<r:Ta0>0</r:Ta0><r:Tm1>1</r:Tm1><r:Tm2>1</r:Tm2>");
}

START_TEST(the_hosts_own_software_sets_the_time_while_it_may)
{
    g_autoptr(Desk) desk = desk_new(NULL, false);
    const WsmanCaller owner = desk->caller;
    const uint32_t own = WSMAN_REALM_LOCAL_SYSTEM;

    desk_get(desk, CLOCK, NULL);
    desk_expect(desk, "LocalTimeSyncEnabled", "0");
    desk_expect(desk, "TimeSource", "0");
    MUST_EQ(set_time(desk, AMT_LSA_NAME, true, UINT32_MAX, SWME_DOOR_LOCAL), 0);
    MUST_EQ(set_time(desk, "uns", false, own, SWME_DOOR_LOCAL), 0);
    MUST_EQ(set_time(desk, "uns", false, own, SWME_DOOR_LAN), 16);
    MUST_EQ(set_time(desk, "someone", false, WSMAN_REALM_REMOTE_CONTROL, SWME_DOOR_LOCAL), -1);
    MUST_EQ(desk_call(desk, CLOCK, "EnableLocalTimeSync", NULL, "<r:Enable>false</r:Enable>"), -1);
    desk->caller = owner;
    desk_get(desk, CLOCK, NULL);
    desk_expect(desk, "TimeSource", "1");
    MUST_EQ(desk_call(desk, CLOCK, "EnableLocalTimeSync", NULL, "<r:Enable>maybe</r:Enable>"), 36);
    MUST_EQ(desk_call(desk, CLOCK, "EnableLocalTimeSync", NULL, "<r:Enable>false</r:Enable>"), 0);
    desk_get(desk, CLOCK, NULL);
    desk_expect(desk, "LocalTimeSyncEnabled", "2");
    MUST_EQ(set_time(desk, AMT_LSA_NAME, true, UINT32_MAX, SWME_DOOR_LOCAL), 16);
    MUST_EQ(set_time(desk, "uns", false, own, SWME_DOOR_LOCAL), 16);
    MUST_EQ(set_time(desk, "admin", true, UINT32_MAX, SWME_DOOR_LOCAL), 0);
    MUST_EQ(set_time(desk, "keeper", false, WSMAN_REALM_NETWORK_TIME, SWME_DOOR_LAN), 0);
    MUST_EQ(amt_state_time(desk->amt), NOW + 4);
    MUST_EQ(desk_call(desk, CLOCK, "EnableLocalTimeSync", NULL, "<r:Enable>true</r:Enable>"), 0);
    desk->caller = owner;
    desk_get(desk, CLOCK, NULL);
    desk_expect(desk, "LocalTimeSyncEnabled", "1");
    MUST_EQ(set_time(desk, "uns", false, own, SWME_DOOR_LOCAL), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("http-clients");
    TCase *clients = unit_case(suite, "clients");

    tcase_add_test(clients, clients_are_asked_for_a_certificate_where_settings_say_so);
    tcase_add_test(clients, lists_come_and_go);
    tcase_add_test(clients, lists_that_nobody_made_are_not_loaded);
    tcase_add_test(clients, the_hosts_own_software_sets_the_time_while_it_may);
    return unit_run(suite);
}
