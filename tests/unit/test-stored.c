/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What consoles set and AMT keeps: remote access, proxies, wireless profiles, 802.1x, and what has
 * no settings at all. */
#include <string.h>

#include "tests/unit/unit.h"
#include "tests/unit/wsman-fixture.h"

#define SERVICE "AMT_RemoteAccessService"
#define SAP     "AMT_ManagementPresenceRemoteSAP"
#define RULE    "AMT_RemoteAccessPolicyRule"
#define APPLIES "AMT_RemoteAccessPolicyAppliesToMPS"
#define WIFI    "AMT_WiFiPortConfigurationService"
#define SECRET  "N0t-t0-be-seen!"

static const AmtStored *kept(const Desk *desk)
{
    return &amt_state_data(desk->amt)->stored;
}

/* ---- remote access ---- */

static int add_mps(Desk *desk, const char *address, unsigned int format, const char *more)
{
    g_autofree char *parameters = g_strdup_printf(
        "<r:AccessInfo>%s</r:AccessInfo><r:InfoFormat>%u</r:InfoFormat><r:Port>4433</r:Port>%s",
        address, format, more);

    return desk_call(desk, SERVICE, "AddMpServer", NULL, parameters);
}

#define LOGIN                                                       \
    "<r:AuthMethod>2</r:AuthMethod><r:Username>device</r:Username>" \
    "<r:Password>" SECRET "</r:Password><r:CN>mps.test.example</r:CN>"

static char *mps(const char *number)
{
    g_autofree char *name = g_strconcat("Intel(r) AMT:Management Presence Server ", number, NULL);

    return desk_reference(SAP, "Name", name);
}

static int add_policy(Desk *desk, unsigned int trigger, const char *data, const char *servers)
{
    g_autofree char *parameters =
        g_strdup_printf("<r:Trigger>%u</r:Trigger><r:TunnelLifeTime>60</r:TunnelLifeTime>%s%s",
                        trigger, data, servers);

    return desk_call(desk, SERVICE, "AddRemoteAccessPolicyRule", NULL, parameters);
}

#define PERIOD "<r:ExtendedData>AAAAAAAAAAo=</r:ExtendedData>" /* every ten seconds */

START_TEST(a_server_and_when_to_call_it)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);
    g_autofree char *first = mps("0");
    g_autofree char *server = g_strdup_printf("<r:MpServer>%s</r:MpServer>", first);

    ck_assert_int_eq(add_mps(desk, "mps.test.example", 201, LOGIN), 0);
    desk_get(desk, SAP, NULL);
    desk_expect(desk, "AccessInfo", "mps.test.example");
    desk_expect(desk, "Port", "4433");
    desk_get(desk, "AMT_MPSUsernamePassword", NULL);
    desk_expect(desk, "RemoteID", "device");
    ck_assert_ptr_null(strstr(desk->body, SECRET));
    ck_assert_str_eq(amt_texts_get(kept(desk)->mps[0].password, 0), SECRET);
    desk_list(desk, "AMT_RemoteAccessCredentialContext", NULL);
    ck_assert_ptr_nonnull(strstr(desk->body, "MPS Username Password 0"));

    ck_assert_int_eq(add_policy(desk, 0, "", server), 0);
    ck_assert(amt_state_data(desk->amt)->remote.user_initiated);
    ck_assert_str_eq(amt_state_data(desk->amt)->remote.mps, "mps.test.example");
    ck_assert_int_eq(add_policy(desk, 2, PERIOD, server), 0);
    desk_list(desk, APPLIES, NULL);
    ck_assert_ptr_nonnull(strstr(desk->body, "User Initiated"));
    ck_assert_ptr_nonnull(strstr(desk->body, "Periodic"));
    desk_ask(desk, "http://schemas.xmlsoap.org/ws/2004/09/transfer/Delete", SAP,
             DESK_SELECT("Name", "Intel(r) AMT:Management Presence Server 0"), "");
    MUST_EQ(desk->status, 400); /* in use */
    desk_ask(desk, "http://schemas.xmlsoap.org/ws/2004/09/transfer/Delete", RULE,
             DESK_SELECT("PolicyRuleName", "User Initiated"), "");
    MUST_EQ(desk->status, 200);
    ck_assert(!amt_state_data(desk->amt)->remote.user_initiated);
    ck_assert_str_eq(amt_state_data(desk->amt)->remote.mps, "");
    desk_ask(desk, "http://schemas.xmlsoap.org/ws/2004/09/transfer/Delete", RULE,
             DESK_SELECT("PolicyRuleName", "Periodic"), "");
    desk_ask(desk, "http://schemas.xmlsoap.org/ws/2004/09/transfer/Delete", SAP,
             DESK_SELECT("Name", "Intel(r) AMT:Management Presence Server 0"), "");
    MUST_EQ(desk->status, 200);
    ck_assert_uint_eq(kept(desk)->mps[0].handle, 0);
}
END_TEST

START_TEST(servers_that_cannot_be)
{
    static const struct {
        const char *address;
        unsigned int format;
        const char *more;
    } rows[] = {
        {"", 201, LOGIN},
        {"mps.test.example", 3, LOGIN},
        {"192.0.2.1", 4, LOGIN},
        {"192.0.2.1", 7, LOGIN},
        {"a b", 201, LOGIN},
        {"192.0.2.1", 3,
         "<r:AuthMethod>2</r:AuthMethod><r:Username>u</r:Username>"
         "<r:Password>p</r:Password>"}, /* whose certificate? */
        {"x", 201, "<r:AuthMethod>2</r:AuthMethod><r:Username>u</r:Username>"},
        {"x", 201, "<r:AuthMethod>2</r:AuthMethod><r:Password>p</r:Password>"},
        {"x", 201, "<r:AuthMethod>1</r:AuthMethod>"},
        {"x", 201, "<r:AuthMethod>3</r:AuthMethod>"},
        {"x", 201,
         "<r:AuthMethod>2</r:AuthMethod><r:Username>seventeen letters</r:Username>"
         "<r:Password>p</r:Password>"},
    };
    g_autoptr(Desk) desk = desk_new(NULL, true);

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        MUST_EQ(add_mps(desk, rows[i].address, rows[i].format, rows[i].more),
                WSMAN_PT_INVALID_PARAMETER);
    }
    for (unsigned int i = 0; i < AMT_MPS_SERVERS; i++) {
        g_autofree char *address = g_strdup_printf("192.0.2.%u", i);

        MUST_EQ(add_mps(desk, address, 3, LOGIN), 0);
        MUST_EQ(add_mps(desk, address, 3, LOGIN), WSMAN_PT_DUPLICATE);
    }
    ck_assert_int_eq(add_mps(desk, "2001:db8::1", 4, LOGIN), WSMAN_PT_LIMIT);
}
END_TEST

START_TEST(policies_that_cannot_be)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);
    g_autofree char *first = mps("0");
    g_autofree char *second = mps("1");
    g_autofree char *third = mps("2");
    g_autofree char *one = g_strdup_printf("<r:MpServer>%s</r:MpServer>", first);
    g_autofree char *both =
        g_strdup_printf("<r:MpServer>%s</r:MpServer><r:MpServer>%s</r:MpServer>", first, second);
    g_autofree char *inside =
        g_strdup_printf("%s<r:InternalMpServer>%s</r:InternalMpServer>", both, second);
    g_autofree char *three = g_strdup_printf("%s<r:MpServer>%s</r:MpServer>", both, third);

    for (unsigned int i = 0; i < 3; i++) {
        g_autofree char *address = g_strdup_printf("mps%u.test.example", i);

        MUST_EQ(add_mps(desk, address, 201, LOGIN), 0);
    }
    ck_assert_int_eq(add_policy(desk, 1, "", ""), WSMAN_PT_INVALID_PARAMETER);
    ck_assert_int_eq(add_policy(desk, 4, "", one), WSMAN_PT_INVALID_PARAMETER);
    ck_assert_int_eq(add_policy(desk, 2, "", one), WSMAN_PT_INVALID_PARAMETER);
    ck_assert_int_eq(add_policy(desk, 1, "", three), WSMAN_PT_INVALID_PARAMETER);
    ck_assert_int_eq(add_policy(desk, 1, "", inside), 0);
    ck_assert_uint_eq(kept(desk)->policy[1].type_0, 0);
    ck_assert_uint_eq(kept(desk)->policy[1].type_1, 2); /* outside and inside */
    ck_assert_int_eq(add_policy(desk, 1, "", one), WSMAN_PT_DUPLICATE);
    ck_assert_int_eq(add_policy(desk, 0, "", one), 0);
    ck_assert_int_eq(add_policy(desk, 2, PERIOD, one), 0);
    ck_assert_int_eq(add_policy(desk, 3, "", one), WSMAN_PT_LIMIT);
}
END_TEST

START_TEST(proxies)
{
    static const char one[] = "<r:AccessInfo>proxy.test.example</r:AccessInfo>"
                              "<r:InfoFormat>201</r:InfoFormat><r:Port>8080</r:Port>"
                              "<r:NetworkDnsSuffix>a.test.example</r:NetworkDnsSuffix>";
    static const char other[] = "<r:AccessInfo>192.0.2.1</r:AccessInfo>"
                                "<r:InfoFormat>3</r:InfoFormat><r:Port>8080</r:Port>"
                                "<r:NetworkDnsSuffix>b.test.example</r:NetworkDnsSuffix>";
    g_autoptr(Desk) desk = desk_new(NULL, true);

    ck_assert_int_eq(desk_call(desk, "IPS_HTTPProxyService", "AddProxyAccessPoint", NULL, one), 0);
    ck_assert_int_eq(desk_call(desk, "IPS_HTTPProxyService", "AddProxyAccessPoint", NULL, one),
                     WSMAN_PT_DUPLICATE);
    ck_assert_int_eq(desk_call(desk, "IPS_HTTPProxyService", "AddProxyAccessPoint", NULL, other),
                     0);
    ck_assert_int_eq(desk_call(desk, "IPS_HTTPProxyAccessPoint", "UpdatePriority",
                               DESK_SELECT("Name", "Intel(r) ME:HTTP Proxy Access Point 2"), ""),
                     0);
    ck_assert_uint_eq(kept(desk)->proxy[0].priority, 1);
    ck_assert_uint_eq(kept(desk)->proxy[1].priority, 0);
    desk_ask(desk, "http://schemas.xmlsoap.org/ws/2004/09/transfer/Delete",
             "IPS_HTTPProxyAccessPoint",
             DESK_SELECT("Name", "Intel(r) ME:HTTP Proxy Access Point 1"), "");
    MUST_EQ(desk->status, 200);
    desk_get(desk, "IPS_HTTPProxyAccessPoint", NULL);
    desk_expect(desk, "NetworkDnsSuffix", "b.test.example");
}
END_TEST

/* ---- wireless ---- */

static Desk *with_radio(void)
{
    Desk *desk = desk_new(NULL, true);
    AmtNetwork network = amt_state_data(desk->amt)->network;

    network.lan[1].present = true;
    amt_state_set_network(desk->amt, &network);
    return desk;
}

static int add_wifi(Desk *desk, const char *name, unsigned int priority, unsigned int method,
                    const char *more, const char *behind)
{
    g_autofree char *endpoint = desk_reference("CIM_WiFiEndpoint", "Name", "WiFi Endpoint 0");
    g_autofree char *parameters = g_strdup_printf(
        "<r:WiFiEndpoint>%s</r:WiFiEndpoint><r:WiFiEndpointSettingsInput>"
        "<q:ElementName xmlns:q=\"x\">%s</q:ElementName><SSID>net</SSID><Priority>%u</Priority>"
        "<AuthenticationMethod>%u</AuthenticationMethod><EncryptionMethod>4</EncryptionMethod>%s"
        "</r:WiFiEndpointSettingsInput>%s",
        endpoint, name, priority, method, more, behind);

    return desk_call(desk, WIFI, "AddWiFiSettings", NULL, parameters);
}

#define PSK "<PSKPassPhrase>" SECRET "</PSKPassPhrase>"
#define DOT1                                                                       \
    "<r:IEEE8021xSettingsInput><AuthenticationProtocol>2</AuthenticationProtocol>" \
    "<Username>me</Username><Password>" SECRET "</Password></r:IEEE8021xSettingsInput>"

START_TEST(wireless_profiles)
{
    g_autoptr(Desk) desk = with_radio();

    ck_assert_int_eq(add_wifi(desk, "home", 1, 6, PSK, ""), 0);
    ck_assert_int_eq(add_wifi(desk, "home", 2, 6, PSK, ""), WSMAN_PT_DUPLICATE);
    ck_assert_int_eq(add_wifi(desk, "other", 1, 6, PSK, ""), WSMAN_PT_DUPLICATE);
    ck_assert_int_eq(add_wifi(desk, "other", 2, 6, "", ""), WSMAN_PT_INVALID_PARAMETER);
    ck_assert_int_eq(add_wifi(desk, "other", 2, 3, PSK, ""), WSMAN_PT_INVALID_PARAMETER);
    ck_assert_int_eq(add_wifi(desk, "", 2, 6, PSK, ""), WSMAN_PT_INVALID_PARAMETER);
    ck_assert_int_eq(add_wifi(desk, "work", 2, 7, "", ""), WSMAN_PT_INVALID_PARAMETER);
    ck_assert_int_eq(add_wifi(desk, "work", 2, 7, "", DOT1), 0);
    desk_list(desk, "CIM_WiFiEndpointSettings", NULL);
    ck_assert_ptr_nonnull(strstr(desk->body, "Intel(r) AMT:WiFi Endpoint Settings home"));
    ck_assert_ptr_null(strstr(desk->body, SECRET));
    desk_get(desk, "CIM_IEEE8021xSettings", NULL);
    desk_expect(desk, "Username", "me");
    ck_assert_ptr_null(strstr(desk->body, SECRET));
    ck_assert_str_eq(amt_texts_get(kept(desk)->wifi[0].psk, 0), SECRET);
    desk_ask(desk, "http://schemas.xmlsoap.org/ws/2004/09/transfer/Delete",
             "CIM_WiFiEndpointSettings",
             DESK_SELECT("InstanceID", "Intel(r) AMT:WiFi Endpoint Settings home"), "");
    MUST_EQ(desk->status, 200);
    ck_assert(!kept(desk)->wifi[0].present && !kept(desk)->wifi[0].psk);
    ck_assert_int_eq(desk_call(desk, WIFI, "DeleteAllITProfiles", NULL, ""), 0);
    ck_assert(!kept(desk)->wifi[1].present);
    for (unsigned int i = 0; i < AMT_WIFI_PROFILES; i++) {
        g_autofree char *name = g_strdup_printf("n%u", i);

        MUST_EQ(add_wifi(desk, name, i + 1, 6, PSK, ""), 0);
    }
    ck_assert_int_eq(add_wifi(desk, "more", 100, 6, PSK, ""), WSMAN_PT_LIMIT);
    ck_assert_int_eq(desk_call(desk, "CIM_WiFiPort", "RequestStateChange", NULL,
                               "<r:RequestedState>32769</r:RequestedState>"),
                     0);
    desk_get(desk, "CIM_WiFiPort", NULL);
    desk_expect(desk, "EnabledState", "32769");
}
END_TEST

START_TEST(no_radio_no_classes)
{
    static const char *const names[] = {WIFI, "CIM_WiFiPort", "CIM_WiFiEndpoint",
                                        "CIM_WiFiEndpointSettings", "CIM_Battery"};
    g_autoptr(Desk) desk = desk_new(NULL, true);

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        desk_get(desk, names[i], NULL);
        desk_expect_fault(desk, "b:DestinationUnreachable");
    }
}
END_TEST

/* ---- the wired port's 802.1x ---- */

START_TEST(wired_8021x)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);

    desk_put(desk, "IPS_IEEE8021xSettings", NULL,
             "<r:Enabled>2</r:Enabled><r:Username>me</r:Username><r:Password>" SECRET
             "</r:Password><r:PxeTimeout>60</r:PxeTimeout>");
    MUST_EQ(desk->status, 200);
    desk_get(desk, "IPS_IEEE8021xSettings", NULL);
    desk_expect(desk, "Enabled", "2");
    desk_expect(desk, "Username", "me");
    desk_expect(desk, "PxeTimeout", "60");
    ck_assert_ptr_null(strstr(desk->body, SECRET));
    desk_put(desk, "IPS_IEEE8021xSettings", NULL, "<r:Password></r:Password>");
    ck_assert_str_eq(amt_texts_get(kept(desk)->wired.password, 0), SECRET);
    desk_put(desk, "IPS_IEEE8021xSettings", NULL, "<r:Enabled>4</r:Enabled>");
    MUST_EQ(desk->status, 400);
}
END_TEST

/* ---- what is shown alone ---- */

START_TEST(profiles_that_are_registered)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);

    desk_get(desk, "CIM_RegisteredProfile",
             DESK_SELECT("InstanceID", "Intel(r) ME:Base Desktop and Mobile"));
    desk_expect(desk, "RegisteredName", "Base Desktop and Mobile");
    desk_expect(desk, "RegisteredOrganization", "2");
    desk_expect(desk, "RegisteredVersion", "1.0.0");
    desk_list(desk, "CIM_ElementConformsToProfile", NULL);
    ck_assert_ptr_nonnull(strstr(desk->body, "ManagedSystem"));
}
END_TEST

START_TEST(the_set_up_record)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);
    AmtSetup setup = amt_state_data(desk->amt)->setup;

    setup.done_s = 1704511587;
    amt_state_set_setup(desk->amt, &setup);
    desk_get(desk, "IPS_ProvisioningRecordLog", NULL);
    desk_expect(desk, "CurrentNumberOfRecords", "1");
    desk_get(desk, "IPS_ProvisioningAuditRecord", NULL);
    ck_assert_ptr_nonnull(strstr(desk->body, "2024-01-06T03:26:27Z"));
    ck_assert_int_eq(desk_call(desk, "IPS_ProvisioningRecordLog", "ClearLog", NULL, ""), 0);
    desk_get(desk, "IPS_ProvisioningRecordLog", NULL);
    desk_expect(desk, "CurrentNumberOfRecords", "0");
    desk_get(desk, "IPS_ProvisioningAuditRecord", NULL);
    desk_expect_fault(desk, "b:DestinationUnreachable");
}
END_TEST

START_TEST(kerberos_screens_and_tables)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);

    ck_assert_int_eq(desk_call(desk, "AMT_KerberosSettingData", "SetCredentialCacheState", NULL,
                               "<r:Enable>false</r:Enable>"),
                     0);
    ck_assert_int_eq(
        desk_call(desk, "AMT_KerberosSettingData", "GetCredentialCacheState", NULL, ""), 0);
    desk_expect(desk, "Enabled", "false");
    desk_put(desk, "IPS_SecIOService", NULL,
             "<r:RequestedLanguage>7</r:RequestedLanguage><r:DefaultScreen>1</r:DefaultScreen>");
    MUST_EQ(desk->status, 200);
    desk_expect(desk, "language", "7");
    ck_assert_uint_eq(amt_state_data(desk->amt)->redirection.default_screen, 1);
    ck_assert_int_eq(desk_call(desk, "IPS_ScreenSettingData", "ResetToDefault", NULL, ""), 0);
    ck_assert_uint_eq(amt_state_data(desk->amt)->redirection.default_screen, 0);
    ck_assert_int_eq(desk_call(desk, "AMT_AssetTableService", "RequestMediaDeviceTableUpdate", NULL,
                               "<r:FullUpdate>true</r:FullUpdate><r:Sticky>false</r:Sticky>"),
                     0);
}
END_TEST

/* ---- texts in blobs ---- */

START_TEST(texts)
{
    const char *all[] = {"a", "", "ccc"};
    GBytes *blob = amt_texts_new(all, 3);
    g_autoptr(GBytes) cut = amt_blob_new("abc", 3);

    ck_assert_str_eq(amt_texts_get(blob, 0), "a");
    ck_assert_str_eq(amt_texts_get(blob, 1), "");
    ck_assert_str_eq(amt_texts_get(blob, 2), "ccc");
    ck_assert_str_eq(amt_texts_get(blob, 3), "");
    ck_assert_str_eq(amt_texts_get(NULL, 0), "");
    ck_assert_str_eq(amt_texts_get(cut, 0), ""); /* no NUL */
    amt_texts_set(&blob, 3, 1, "bb");
    ck_assert_str_eq(amt_texts_get(blob, 1), "bb");
    ck_assert_str_eq(amt_texts_get(blob, 2), "ccc");
    amt_blob_take(&blob, NULL);
}
END_TEST

START_TEST(what_cannot_have_been_saved)
{
    static const char ok[] = "a\0b\0c";
    static const struct {
        const char *bytes;
        size_t size;
        bool sane;
    } rows[] = {
        {ok, 6, true},           {ok, 5, false},         {ok, 4, false},
        {"a\0b\0c\0d", 8, true}, {"a\0b\0\n", 6, false},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        AmtStored stored = {.mps[0].handle = 1};

        stored.mps[0].names = amt_blob_new(rows[i].bytes, rows[i].size);
        MUST(amt_stored_sane(&stored) == rows[i].sane);
        stored.mps[0].handle = 0;
        MUST(!amt_stored_sane(&stored)); /* of a free slot */
        amt_blob_take(&stored.mps[0].names, NULL);
        MUST(amt_stored_sane(&stored));
    }
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("stored");
    TCase *tcase = unit_case(suite, "stored");

    tcase_add_test(tcase, a_server_and_when_to_call_it);
    tcase_add_test(tcase, servers_that_cannot_be);
    tcase_add_test(tcase, policies_that_cannot_be);
    tcase_add_test(tcase, proxies);
    tcase_add_test(tcase, wireless_profiles);
    tcase_add_test(tcase, no_radio_no_classes);
    tcase_add_test(tcase, wired_8021x);
    tcase_add_test(tcase, profiles_that_are_registered);
    tcase_add_test(tcase, the_set_up_record);
    tcase_add_test(tcase, kerberos_screens_and_tables);
    tcase_add_test(tcase, texts);
    tcase_add_test(tcase, what_cannot_have_been_saved);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
