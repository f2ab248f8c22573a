/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What consoles set and AMT keeps: each value that is no such setting, and what goes with what. */
#include <string.h>

#include "tests/unit/certificate-fixture.h"
#include "tests/unit/unit.h"
#include "tests/unit/wsman-fixture.h"

#define SERVICE "AMT_RemoteAccessService"
#define SAP     "AMT_ManagementPresenceRemoteSAP"
#define RULE    "AMT_RemoteAccessPolicyRule"
#define APPLIES "AMT_RemoteAccessPolicyAppliesToMPS"
#define LOGIN   "AMT_MPSUsernamePassword"
#define PROXIES "IPS_HTTPProxyService"
#define WIFI    "AMT_WiFiPortConfigurationService"
#define WIRED   "IPS_IEEE8021xSettings"
#define CRT     "AMT_PublicKeyCertificate"

#define IS       DESK_IS
#define INVALID  "d:InvalidRepresentation"
#define IN_USE   "e:AccessDenied"
#define LONG_16  "seventeen letters"
#define LONG_32  "thirty-three letters are too many"
#define LONG_64  LONG_32 LONG_32
#define LONG_128 LONG_64 LONG_64

#define CERTIFICATE(name, n) \
    DESK_REFER(name, DESK_AMT CRT, "InstanceID", "Intel(r) AMT Certificate: Handle: " n)
#define SERVER(name, n) \
    DESK_REFER(name, DESK_AMT SAP, "Name", "Intel(r) AMT:Management Presence Server " n)
#define POLICY(name, trigger) DESK_REFER(name, DESK_AMT RULE, "PolicyRuleName", trigger)
#define AT(address, format, port) \
    IS("AccessInfo", address) IS("InfoFormat", format) IS("Port", port)
#define BY_PASSWORD      IS("AuthMethod", "2") IS("Username", "me") IS("Password", "P@ssw0rd")
#define BY_CERTIFICATE   IS("AuthMethod", "1")
#define RUN(desk, steps) desk_steps(desk, steps, G_N_ELEMENTS(steps), NULL)
#define MPS(more, result)                                \
    {                                                    \
        SERVICE, "AddMpServer", NULL, more, result, NULL \
    }
#define RULE_OF(more, result)                                          \
    {                                                                  \
        SERVICE, "AddRemoteAccessPolicyRule", NULL, more, result, NULL \
    }

/* Certificate 0 is a root. */
static Desk *desk_with_root(const char *platform)
{
    Desk *desk = desk_new(platform, true);
    g_autoptr(Pair) pair = pair_new("Root", GNUTLS_PK_RSA, 1024);
    g_autofree char *blob = g_strdup_printf(IS("CertificateBlob", "%s"), pair->certificate);

    MUST_EQ(
        desk_call(desk, "AMT_PublicKeyManagementService", "AddTrustedRootCertificate", NULL, blob),
        0);
    return desk;
}

/* ---- remote access ---- */

START_TEST(servers)
{
    static const DeskStep steps[] = {
        MPS(AT("a.test", "201", "0") BY_PASSWORD, 36),
        MPS(AT("a.test", "201", "443") BY_PASSWORD IS("CN", "caf&#233;"), 36),
        MPS(AT("a.test", "201", "443") IS("AuthMethod", "2") IS("Username", "m&#233;")
                IS("Password", "P@ssw0rd"),
            36),
        MPS(AT("a.test", "201", "443") IS("AuthMethod", "2") IS("Username", "")
                IS("Password", "P@ssw0rd"),
            36),
        MPS(AT("a.test", "201", "443") IS("AuthMethod", "2") IS("Username", "me")
                IS("Password", LONG_16),
            36),
        MPS(AT("a.test", "201", "443") BY_CERTIFICATE CERTIFICATE("Certificate", "9"), 36),
        MPS(AT("a.test", "201", "443") BY_CERTIFICATE SERVER("Certificate", "0"), 36),
        MPS(AT("a.test", "201", "443") BY_CERTIFICATE CERTIFICATE("Certificate", "0"), 0),
        MPS(AT("a.test", "201", "444") BY_PASSWORD, 0), /* another port is another server */
        MPS(AT("192.0.2.1", "3", "444") BY_PASSWORD IS("CN", "b.test"), 0),
        MPS(AT("A.TEST", "201", "444") BY_PASSWORD, 2058),
        {"AMT_RemoteAccessCredentialContext", "List", NULL, "", 0, CRT},
        {"AMT_RemoteAccessCredentialContext", "List", NULL, "", 0, LOGIN},
        {CRT, "Delete", DESK_SELECT("InstanceID", "Intel(r) AMT Certificate: Handle: 0"), "",
         DESK_FAULT, IN_USE},
        {LOGIN, "Get", DESK_SELECT("InstanceID", "Intel(r) AMT:MPS Username Password 0"), "",
         DESK_FAULT, NULL}, /* it has a certificate */
#define THAT_LOGIN LOGIN, "Put", DESK_SELECT("InstanceID", "Intel(r) AMT:MPS Username Password 1")
        {THAT_LOGIN, IS("RemoteID", "you") IS("Secret", "Other0ne!"), 0, ":RemoteID>you<"},
        {THAT_LOGIN, IS("RemoteID", ""), DESK_FAULT, INVALID},
        {THAT_LOGIN, IS("RemoteID", LONG_16), DESK_FAULT, INVALID},
        {THAT_LOGIN, IS("RemoteID", "me") IS("Secret", LONG_16), DESK_FAULT, INVALID},
        {LOGIN, "Get", DESK_SELECT("InstanceID", "Intel(r) AMT:MPS Username Password 1"), "", 0,
         ":RemoteID>you<"},
    };
    g_autoptr(Desk) desk = desk_with_root(NULL);

    RUN(desk, steps);
    ck_assert_str_eq(amt_texts_get(amt_state_data(desk->amt)->stored.mps[1].password, 0),
                     "Other0ne!");
}
END_TEST

#define THAT_RULE(trigger) DESK_SELECT("PolicyRuleName", trigger)
#define WHEN(trigger)      IS("Trigger", trigger) IS("TunnelLifeTime", "60")
#define PERIOD             IS("ExtendedData", "AAAAAAAAAAo=") /* every ten seconds */
#define THAT_SERVER(n)     DESK_SELECT("Name", "Intel(r) AMT:Management Presence Server " n)
#define WITH(n)                                               \
    DESK_SELECT_REFER("ManagedElement", DESK_AMT SAP, "Name", \
                      "Intel(r) AMT:Management Presence Server " n)

static const DeskStep three_servers[] = {
    MPS(AT("a.test", "201", "443") BY_PASSWORD, 0),
    MPS(AT("b.test", "201", "443") BY_PASSWORD, 0),
    MPS(AT("c.test", "201", "443") BY_PASSWORD, 0),
};

START_TEST(rules)
{
    static const DeskStep steps[] = {
        /* 33 bytes of what no policy has more than 32 */
        RULE_OF(WHEN("1") SERVER("MpServer", "0")
                    IS("ExtendedData", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
                36),
        RULE_OF(WHEN("1") SERVER("MpServer", "9"), 36),
        RULE_OF(WHEN("1") CERTIFICATE("MpServer", "0"), 36),
        RULE_OF(WHEN("1") SERVER("MpServer", "0") CERTIFICATE("InternalMpServer", "0"), 36),
        RULE_OF(WHEN("1") SERVER("InternalMpServer", "0") SERVER("MpServer", "0"), 0),
        {RULE, "Get", THAT_RULE("Alert"), "", 0, ":Trigger>1<"},
        {RULE, "Get", THAT_RULE("Alert"), "", 0, "!:ExtendedData>"},
        RULE_OF(WHEN("2") PERIOD SERVER("MpServer", "1") SERVER("MpServer", "2"), 0),
        {RULE, "Get", THAT_RULE("Periodic"), "", 0, ":ExtendedData>AAAAAAAAAAo=<"},
        {RULE, "Put", THAT_RULE("Periodic"), IS("ExtendedData", "AAAA"), DESK_FAULT, INVALID},
        {RULE, "Put", THAT_RULE("Periodic"), IS("ExtendedData", "AAAAAAAAAAs="), 0, NULL},
        {RULE, "Get", THAT_RULE("Periodic"), "", 0, ":ExtendedData>AAAAAAAAAAs=<"},
        {SAP, "Delete", THAT_SERVER("0"), "", DESK_FAULT, IN_USE},
        {SAP, "Delete", THAT_SERVER("2"), "", DESK_FAULT, IN_USE}, /* as the second */
        {RULE, "Delete", THAT_RULE("Periodic"), "", 0, NULL},
        {SAP, "Delete", THAT_SERVER("2"), "", 0, NULL},
        {SERVICE, "CloseRemoteAccessConnection", NULL, "", 16, NULL},
    };
    g_autoptr(Desk) desk = desk_with_root(NULL);

    RUN(desk, three_servers);
    RUN(desk, steps);
}
END_TEST

START_TEST(rules_and_servers)
{
    static const DeskStep steps[] = {
        RULE_OF(WHEN("0") SERVER("MpServer", "0"), 0),
        {APPLIES, "Create", NULL, SERVER("ManagedElement", "1"), DESK_FAULT, INVALID},
        {APPLIES, "Create", NULL, SERVER("PolicySet", "0") SERVER("ManagedElement", "1"),
         DESK_FAULT, INVALID},
        {APPLIES, "Create", NULL, POLICY("PolicySet", "User Initiated"), DESK_FAULT, INVALID},
        {APPLIES, "Create", NULL,
         POLICY("PolicySet", "User Initiated") CERTIFICATE("ManagedElement", "0"), DESK_FAULT,
         INVALID},
#define JOIN(n) POLICY("PolicySet", "User Initiated") SERVER("ManagedElement", n)
        {APPLIES, "Create", NULL, JOIN("1") IS("MpsType", "3"), DESK_FAULT, INVALID},
        {APPLIES, "Create", NULL, JOIN("0"), DESK_FAULT, "e:AlreadyExists"},
        {APPLIES, "Delete", WITH("0"), "", DESK_FAULT, IN_USE}, /* a policy has a server */
        {APPLIES, "Create", NULL, JOIN("1") IS("MpsType", "1"), 0, NULL},
        {APPLIES, "Create", NULL, JOIN("2"), DESK_FAULT, "e:QuotaLimit"},
        {APPLIES, "Get", WITH("1"), "", 0, ":OrderOfAccess>1<"},
        {APPLIES, "Get", WITH("1"), "", 0, ":MpsType>1<"},
        {APPLIES, "Put", WITH("1"), IS("MpsType", "2"), 0, NULL},
        {APPLIES, "Put", WITH("1"), IS("MpsType", "3"), DESK_FAULT, INVALID},
        {APPLIES, "Put", WITH("0"), IS("MpsType", "1"), 0, NULL},
        /* The other one takes its place. */
        {APPLIES, "Delete", WITH("0"), "", 0, NULL},
        {APPLIES, "Get", WITH("1"), "", 0, ":OrderOfAccess>0<"},
        {APPLIES, "Get", WITH("1"), "", 0, ":MpsType>2<"},
        {APPLIES, "Create", NULL, JOIN("2"), 0, NULL},
        {APPLIES, "Delete", WITH("2"), "", 0, NULL},
        {APPLIES, "Get", WITH("1"), "", 0, ":OrderOfAccess>0<"},
    };
    g_autoptr(Desk) desk = desk_with_root(NULL);

    RUN(desk, three_servers);
    RUN(desk, steps);
    ck_assert_str_eq(amt_state_data(desk->amt)->remote.mps, "b.test");
}
END_TEST

/* MpsType and servers inside the owner's network came with 11.6. */
START_TEST(no_kinds_before_11_6)
{
    static const DeskStep steps[] = {
        RULE_OF(WHEN("1") SERVER("InternalMpServer", "0"), 36),
        RULE_OF(WHEN("1") SERVER("MpServer", "0"), 0),
        {APPLIES, "Get", NULL, "", 0, "!:MpsType>"},
        {APPLIES, "Put", WITH("0"), IS("MpsType", "0"), DESK_FAULT, INVALID},
    };
    g_autoptr(Desk) desk = desk_with_root("ibxpk-1");

    RUN(desk, three_servers);
    RUN(desk, steps);
}
END_TEST

START_TEST(proxies)
{
#define PROXY(more, result)                                      \
    {                                                            \
        PROXIES, "AddProxyAccessPoint", NULL, more, result, NULL \
    }
    static const DeskStep steps[] = {
        PROXY(AT("", "201", "8080") IS("NetworkDnsSuffix", "a.test"), 36),
        PROXY(AT("p.test", "201", "8080") IS("NetworkDnsSuffix", LONG_128 LONG_64), 36),
        PROXY(AT("p.test", "201", "8080") IS("NetworkDnsSuffix", ""), 36),
        PROXY(AT("p.test", "201", "0") IS("NetworkDnsSuffix", "a.test"), 36),
    };
    static const DeskStep more =
        PROXY(AT("q.test", "201", "1") IS("NetworkDnsSuffix", "a.test"), 23);
    g_autoptr(Desk) desk = desk_new(NULL, true);

    RUN(desk, steps);
    for (unsigned int i = 0; i < AMT_PROXIES; i++) {
        g_autofree char *in =
            g_strdup_printf(AT("p%u.test", "201", "8080") IS("NetworkDnsSuffix", "a.test"), i);

        MUST_EQ(desk_call(desk, PROXIES, "AddProxyAccessPoint", NULL, in), 0);
    }
    desk_steps(desk, &more, 1, NULL);
}
END_TEST

/* ---- wireless ---- */

#define E(name, value)    "<" name ">" value "</" name ">"
#define ENDPOINT          DESK_REFER("WiFiEndpoint", DESK_CIM "CIM_WiFiEndpoint", "Name", "WiFi Endpoint 0")
#define SETTINGS(all)     IS("WiFiEndpointSettingsInput", all)
#define NAMES(name, ssid) E("ElementName", name) E("SSID", ssid)
#define WAYS(priority, authentication, encryption) \
    E("Priority", priority)                        \
    E("AuthenticationMethod", authentication) E("EncryptionMethod", encryption)
#define PSK     E("PSKPassPhrase", "twelve words")
#define GOOD    NAMES("home", "net") WAYS("1", "6", "4") PSK
#define DOT1(x) IS("IEEE8021xSettingsInput", x)
#define WORK    ENDPOINT SETTINGS(NAMES("work", "net") WAYS("2", "7", "4"))
#define ADDS(more, result)                                \
    {                                                     \
        WIFI, "AddWiFiSettings", NULL, more, result, NULL \
    }
#define UPDATES(name, more, result)                                                               \
    {                                                                                             \
        WIFI, "UpdateWiFiSettings", NULL,                                                         \
            DESK_REFER("WiFiEndpointSettings", DESK_CIM "CIM_WiFiEndpointSettings", "InstanceID", \
                       "Intel(r) AMT:WiFi Endpoint Settings " name) more,                         \
            result, NULL                                                                          \
    }

static Desk *desk_with_radio(void)
{
    Desk *desk = desk_with_root(NULL);
    AmtNetwork network = amt_state_data(desk->amt)->network;

    network.lan[1].present = true;
    amt_state_set_network(desk->amt, &network);
    return desk;
}

START_TEST(wireless_profiles)
{
    static const DeskStep steps[] = {
        ADDS(ENDPOINT SETTINGS(NAMES(LONG_32, "net") WAYS("1", "6", "4") PSK), 36),
        ADDS(ENDPOINT SETTINGS(NAMES("caf&#233;", "net") WAYS("1", "6", "4") PSK), 36),
        ADDS(ENDPOINT SETTINGS(NAMES("home", LONG_32) WAYS("1", "6", "4") PSK), 36),
        ADDS(ENDPOINT SETTINGS(E("ElementName", "home") WAYS("1", "6", "4") PSK), 36),
        ADDS(ENDPOINT SETTINGS(NAMES("home", "net") WAYS("0", "6", "4") PSK), 36),
        ADDS(ENDPOINT SETTINGS(NAMES("home", "net") WAYS("256", "6", "4") PSK), 36),
        ADDS(ENDPOINT SETTINGS(NAMES("home", "net") WAYS("1", "x", "4") PSK), 36),
        ADDS(ENDPOINT SETTINGS(NAMES("home", "net") WAYS("1", "6", "") PSK), 36),
        ADDS(ENDPOINT SETTINGS(NAMES("home", "net") WAYS("1", "6", "2") PSK), 36),
        ADDS(ENDPOINT SETTINGS(NAMES("home", "net") WAYS("1", "6", "4")
                                   E("PSKPassPhrase", "sevench")),
             36),
        ADDS(
            ENDPOINT SETTINGS(NAMES("home", "net") WAYS("1", "6", "4") E("PSKPassPhrase", LONG_64)),
            36),
        ADDS(ENDPOINT SETTINGS(NAMES("home", "net") WAYS("1", "6", "4") E("PSKValue", "AAAA")), 36),
        ADDS(ENDPOINT SETTINGS(NAMES("home", "net") WAYS("1", "6", "4") E("PSKValue", "!")), 36),
        ADDS(ENDPOINT SETTINGS(GOOD), 0),
        ADDS(ENDPOINT SETTINGS(NAMES("wep", "net") WAYS("2", "4", "3")
                                   E("PSKValue", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")),
             0),
        ADDS(ENDPOINT SETTINGS(NAMES("sae", "net") WAYS("3", "32768", "4") PSK), 0),
        ADDS(ENDPOINT SETTINGS(NAMES("old", "net") WAYS("4", "5", "3")) DOT1(E("Username", "me")),
             0),
        UPDATES("none", SETTINGS(GOOD), 36),
        {WIFI, "UpdateWiFiSettings", NULL, CERTIFICATE("WiFiEndpointSettings", "0") SETTINGS(GOOD),
         36, NULL},
        UPDATES("home", SETTINGS(NAMES("home", "other") WAYS("0", "6", "4") PSK), 36),
        UPDATES("home", SETTINGS(NAMES("home", "other") WAYS("2", "6", "4") PSK), 2058),
        UPDATES("home", SETTINGS(NAMES("wep", "other") WAYS("1", "6", "4") PSK), 2058),
        UPDATES("home", SETTINGS(NAMES("home", "other") WAYS("9", "6", "4") PSK), 0),
        {"CIM_WiFiEndpointSettings", "Get",
         DESK_SELECT("InstanceID", "Intel(r) AMT:WiFi Endpoint Settings home"), "", 0,
         ":SSID>other<"},
        {WIFI, "DeleteAllUserProfiles", NULL, "", 0, NULL},
        {"CIM_WiFiEndpointSettings", "List", NULL, "", 0, "Settings home"}, /* it is a console's */
        {WIFI, "Put", NULL, IS("NoHostCsmeSoftwarePolicy", "2"), DESK_FAULT, INVALID},
        {WIFI, "Put", NULL, IS("NoHostCsmeSoftwarePolicy", "1"), 0, ":NoHostCsmeSoftwarePolicy>1<"},
        {"CIM_WiFiPort", "RequestStateChange", NULL, IS("RequestedState", "2"), 5, NULL},
    };
    g_autoptr(Desk) desk = desk_with_radio();

    RUN(desk, steps);
    ck_assert_str_eq(amt_texts_get(amt_state_data(desk->amt)->stored.wifi[1].psk, 0),
                     "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
}
END_TEST

START_TEST(wireless_8021x)
{
    static const DeskStep steps[] = {
        ADDS(WORK DOT1(E("Username", LONG_128)), 36),
        ADDS(WORK DOT1(E("Domain", "caf&#233;")), 36),
        ADDS(WORK DOT1(E("AuthenticationProtocol", "11")), 36),
        ADDS(WORK DOT1(E("ServerCertificateNameComparison", "4")), 36),
        ADDS(WORK DOT1(E("Password", LONG_128)), 36),
        ADDS(WORK DOT1(E("Username", "me")) CERTIFICATE("ClientCredential", "9"), 36),
        ADDS(WORK DOT1(E("Username", "me")) SERVER("CACredential", "0"), 36),
        ADDS(WORK DOT1(E("Username", "me")) CERTIFICATE("CACredential", "0"), 0),
        {CRT, "Delete", DESK_SELECT("InstanceID", "Intel(r) AMT Certificate: Handle: 0"), "",
         DESK_FAULT, IN_USE},
        {WIFI, "DeleteAllITProfiles", NULL, "", 0, NULL},
        {CRT, "Delete", DESK_SELECT("InstanceID", "Intel(r) AMT Certificate: Handle: 0"), "", 0,
         NULL},
    };
    g_autoptr(Desk) desk = desk_with_radio();

    RUN(desk, steps);
}
END_TEST

START_TEST(wired_8021x)
{
    static const DeskStep steps[] = {
        {WIRED, "Put", NULL, IS("Username", "m&#233;"), DESK_FAULT, INVALID},
        {WIRED, "Put", NULL, IS("Domain", LONG_128), DESK_FAULT, INVALID},
        {WIRED, "Put", NULL, IS("Password", LONG_128), DESK_FAULT, INVALID},
        {WIRED, "Put", NULL, IS("Domain", "d") IS("RoamingIdentity", "r"), 0, ":Domain>d<"},
        {WIRED, "Get", NULL, "", 0, ":RoamingIdentity>r<"},
        {WIRED, "SetCertificates", NULL, CERTIFICATE("ServerCertificateIssuer", "9"), 36, NULL},
        {WIRED, "SetCertificates", NULL, CERTIFICATE("ClientCertificate", "9"), 36, NULL},
        {WIRED, "SetCertificates", NULL,
         DESK_REFER("ClientCertificate", DESK_AMT "AMT_PublicKeyManagementService", "Name",
                    "Intel(r) AMT Certificate Store Service"),
         36, NULL},
        {"IPS_8021xCredentialContext", "List", NULL, "", 0, "!" CRT},
        {WIRED, "SetCertificates", NULL, CERTIFICATE("ServerCertificateIssuer", "0"), 0, NULL},
        {"IPS_8021xCredentialContext", "List", NULL, "", 0, CRT},
        {CRT, "Delete", DESK_SELECT("InstanceID", "Intel(r) AMT Certificate: Handle: 0"), "",
         DESK_FAULT, IN_USE},
        {WIRED, "SetCertificates", NULL, CERTIFICATE("ClientCertificate", "0"), 0, NULL},
        {CRT, "Delete", DESK_SELECT("InstanceID", "Intel(r) AMT Certificate: Handle: 0"), "",
         DESK_FAULT, IN_USE},
        {WIRED, "SetCertificates", NULL, "", 0, NULL}, /* none */
        {CRT, "Delete", DESK_SELECT("InstanceID", "Intel(r) AMT Certificate: Handle: 0"), "", 0,
         NULL},
    };
    g_autoptr(Desk) desk = desk_with_root(NULL);

    RUN(desk, steps);
}
END_TEST

START_TEST(where_amt_is_at_home_and_who_may_connect)
{
#define HOME          "AMT_EnvironmentDetectionSettingData"
#define USER          "AMT_UserInitiatedConnectionService"
#define AT_HOME(name) IS("DetectionStrings", name)
    static const DeskStep steps[] = {
        {HOME, "Put", NULL, AT_HOME("a.test"), 0, ":DetectionStrings>a.test<"},
        {HOME, "Put", NULL, AT_HOME("under_score.test"), DESK_FAULT, INVALID},
        {HOME, "Put", NULL, AT_HOME(LONG_128 LONG_128), DESK_FAULT, INVALID},
        {HOME, "Put", NULL,
         AT_HOME("1-") AT_HOME("2") AT_HOME("3") AT_HOME("4") AT_HOME("5") AT_HOME("6"), DESK_FAULT,
         INVALID},
        {HOME, "Get", NULL, "", 0, ":DetectionStrings>a.test<"},
        {USER, "RequestStateChange", NULL, IS("RequestedState", "32767"), 5, NULL},
        {USER, "RequestStateChange", NULL, IS("RequestedState", "32772"), 5, NULL},
        {USER, "RequestStateChange", NULL, IS("RequestedState", "32771"), 0, NULL},
        {USER, "Get", NULL, "", 0, ":EnabledState>32771<"},
    };
    g_autoptr(Desk) desk = desk_new(NULL, true);

    RUN(desk, steps);
}
END_TEST

/* ---- what cannot have been saved ---- */

static GBytes *texts(const char *bytes, size_t size)
{
    return amt_blob_new(bytes, size);
}

START_TEST(what_cannot_have_been_saved)
{
    typedef struct Case {
        size_t offset; /* of a blob in AmtStored */
        unsigned int names;
    } Case;
    static const Case cases[] = {
        {offsetof(AmtStored, wired.names), AMT_8021X_NAMES},
        {offsetof(AmtStored, wired.password), 1},
        {offsetof(AmtStored, mps[0].names), AMT_MPS_NAMES},
        {offsetof(AmtStored, mps[0].password), 1},
        {offsetof(AmtStored, proxy[0].names), AMT_PROXY_NAMES},
        {offsetof(AmtStored, wifi[0].names), AMT_WIFI_NAMES},
        {offsetof(AmtStored, wifi[0].psk), 1},
        {offsetof(AmtStored, wifi[0].x.names), AMT_8021X_NAMES},
        {offsetof(AmtStored, wifi[0].x.password), 1},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        AmtStored stored = {0};
        GBytes **blob = (GBytes **)((uint8_t *)&stored + cases[i].offset);
        char bytes[] = "a\0b\0c\0d";
        size_t size = 2 * cases[i].names;

        stored.mps[0].handle = stored.proxy[0].handle = 1;
        stored.wifi[0].present = true;
        *blob = texts(bytes, size);
        MUST_MSG(amt_stored_sane(&stored), "row %zu", i);
        /* Of a free slot; the wired port has none. */
        stored.mps[0].handle = stored.proxy[0].handle = 0;
        stored.wifi[0].present = false;
        MUST_MSG(amt_stored_sane(&stored) == (i < 2), "row %zu", i);
        stored.mps[0].handle = stored.proxy[0].handle = 1;
        stored.wifi[0].present = true;
        amt_blob_take(blob, texts(bytes, size - 1)); /* without the last NUL */
        MUST_MSG(!amt_stored_sane(&stored), "row %zu", i);
        amt_blob_take(blob, texts("\0\0\0\0x", 5));
        MUST_MSG(!amt_stored_sane(&stored), "row %zu", i);
        bytes[0] = 0x7f;
        amt_blob_take(blob, texts(bytes, size));
        MUST_MSG(!amt_stored_sane(&stored), "row %zu", i);
        amt_blob_take(blob, NULL);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stored-refusals");
    TCase *tcase = unit_case(suite, "refusals");

    tcase_add_test(tcase, servers);
    tcase_add_test(tcase, rules);
    tcase_add_test(tcase, rules_and_servers);
    tcase_add_test(tcase, no_kinds_before_11_6);
    tcase_add_test(tcase, proxies);
    tcase_add_test(tcase, wireless_profiles);
    tcase_add_test(tcase, wireless_8021x);
    tcase_add_test(tcase, wired_8021x);
    tcase_add_test(tcase, where_amt_is_at_home_and_who_may_connect);
    tcase_add_test(tcase, what_cannot_have_been_saved);
    return unit_run(suite);
}
