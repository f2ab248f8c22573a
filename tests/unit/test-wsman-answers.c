/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What AMT answers to calls that are well-formed and wrong, or in the wrong state: a status for
 * each (AMT SDK, PT_STATUS and the methods' own; DMTF DSP1027 for CIM's). Rows of one story share
 * an AMT.
 */
#include <string.h>

#include "firmware-sim/amt/event.h"
#include "tests/unit/unit.h"
#include "tests/unit/wsman-fixture.h"

#define P(name, value) "<r:" name ">" value "</r:" name ">"
#define DIGEST         P("DigestPassword", "AAECAwQFBgcICQoLDA0ODw==")
#define LOCAL          P("AccessPermission", "0")

typedef struct Row {
    const char *class;
    const char *method;
    const char *parameters;
    int status;
} Row;

static void run(Desk *desk, const Row *row, const char *selectors)
{
    for (; row->class; row++) {
        int status = desk_call(desk, row->class, row->method, selectors, row->parameters);

        MUST_MSG(status == row->status, "%s.%s(%s): %d, not %d: %s", row->class, row->method,
                 row->parameters, status, row->status, desk->body);
    }
}

static Desk *desk_in_mode(uint32_t mode)
{
    Desk *desk = desk_new(NULL, true);
    AmtSetup setup = amt_state_data(desk->amt)->setup;

    setup.state = AMTHI_PROVISIONING_POST;
    setup.control_mode = mode;
    amt_state_set_setup(desk->amt, &setup);
    return desk;
}

/* ---- accounts ---- */

#define ACL "AMT_AuthorizationService"

static const Row accounts[] = {
    {ACL, "EnumerateUserAclEntries", P("StartIndex", "1"), 0}, /* none is a list, too */
    {ACL, "EnumerateUserAclEntries", P("StartIndex", "0"), 35},
    {ACL, "EnumerateUserAclEntries", P("StartIndex", "2"), 35},
    {ACL, "AddUserAclEntryEx", LOCAL, 36},
    {ACL, "AddUserAclEntryEx", P("KerberosUserSid", "AQUAAA==") LOCAL, 2066},
    {ACL, "AddUserAclEntryEx", P("DigestUsername", "") DIGEST LOCAL, 36},
    {ACL, "AddUserAclEntryEx", P("DigestUsername", "$$me") DIGEST LOCAL, 36},
    {ACL, "AddUserAclEntryEx", P("DigestUsername", "with space") DIGEST LOCAL, 36},
    {ACL, "AddUserAclEntryEx", P("DigestUsername", "longer-than-sixteen") DIGEST LOCAL, 36},
    {ACL, "AddUserAclEntryEx", P("DigestUsername", "me") LOCAL, 2054},
    {ACL, "AddUserAclEntryEx", P("DigestUsername", "me") P("DigestPassword", "AAEC") LOCAL, 2054},
    {ACL, "AddUserAclEntryEx", P("DigestUsername", "ADMIN") DIGEST LOCAL, 2058},
    {ACL, "AddUserAclEntryEx", P("DigestUsername", "me") DIGEST LOCAL P("Realms", "1"), 2055},
    {ACL, "AddUserAclEntryEx", P("DigestUsername", "me") DIGEST LOCAL P("Realms", "32"), 2055},
    {ACL, "AddUserAclEntryEx", P("DigestUsername", "me") DIGEST LOCAL P("Realms", "7"), 0},
    {ACL, "AddUserAclEntryEx", P("DigestUsername", "Me") DIGEST LOCAL, 2058},
    {ACL, "UpdateUserAclEntryEx", P("Handle", "1") DIGEST LOCAL, 36},
    {ACL, "UpdateUserAclEntryEx", P("Handle", "1") P("DigestUsername", "me") DIGEST LOCAL, 0},
    {ACL, "UpdateUserAclEntryEx", P("Handle", "2") P("DigestUsername", "x") DIGEST LOCAL, 2053},
    {ACL, "UpdateUserAclEntryEx", P("Handle", "0") P("DigestUsername", "x") DIGEST LOCAL, 2053},
    {ACL, "UpdateUserAclEntryEx", P("Handle", "99") P("DigestUsername", "x") DIGEST LOCAL, 2053},
    {ACL, "GetUserAclEntryEx", P("Handle", "2"), 2053},
    {ACL, "SetAclEnabledState", P("Handle", "2") P("Enabled", "true"), 2053},
    {ACL, "GetAclEnabledState", P("Handle", "2"), 2053},
    {ACL, "SetAclEnabledState", P("Handle", "1") P("Enabled", "0"), 0},
    {ACL, "SetAclEnabledState", P("Handle", "1") P("Enabled", "perhaps"), 36},
    {ACL, "RemoveUserAclEntry", P("Handle", "2"), 2053},
    {ACL, "SetAdminAclEntryEx", P("Username", "me") DIGEST, 2058},
    {ACL, "SetAdminAclEntryEx", P("Username", "a:b") DIGEST, 36},
    {ACL, "SetAdminAclEntryEx", P("Username", "boss") P("DigestPassword", "AAEC"), 2054},
    {0},
};

START_TEST(accounts_that_cannot_be)
{
    g_autoptr(Desk) desk = desk_in_mode(AMTHI_CONTROL_MODE_ADMIN);

    run(desk, accounts, NULL);
    /* What was refused left nothing behind. */
    ck_assert_str_eq(amt_state_data(desk->amt)->accounts.account[0].name, "admin");
    ck_assert_str_eq(amt_state_data(desk->amt)->accounts.account[1].name, "me");
    ck_assert_str_eq(amt_state_data(desk->amt)->accounts.account[2].name, "");
    ck_assert(!amt_state_data(desk->amt)->accounts.account[1].enabled);
}
END_TEST

START_TEST(there_is_a_most_of_accounts)
{
    g_autoptr(Desk) desk = desk_in_mode(AMTHI_CONTROL_MODE_ADMIN);

    for (unsigned int i = 1; i <= AMT_ACCOUNTS; i++) {
        g_autofree char *parameters =
            g_strdup_printf(P("DigestUsername", "user%u") DIGEST LOCAL, i);
        int status = desk_call(desk, ACL, "AddUserAclEntryEx", NULL, parameters);

        ck_assert_int_eq(status, i < AMT_ACCOUNTS ? 0 : 23);
    }
    ck_assert_int_eq(desk_call(desk, ACL, "EnumerateUserAclEntries", NULL, P("StartIndex", "15")),
                     0);
    desk_expect(desk, "TotalCount", "15");
    desk_expect(desk, "HandlesCount", "1");
}
END_TEST

/* ---- set-up ---- */

#define SCS "AMT_SetupAndConfigurationService"

static const Row after_setup[] = {
    {SCS, "ExtendProvisioningPeriod", P("Duration", "0"), 36},
    {SCS, "ExtendProvisioningPeriod", P("Duration", "256"), 36},
    {SCS, "ExtendProvisioningPeriod", P("Duration", "24"), 16}, /* that period is over */
    {SCS, "GetUnprovisionBlockingComponents", "", 0},
    {SCS, "SetMEBxPassword", P("Password", "P@ssw0rd"), 0},
    {SCS, "SetMEBxPassword", P("Password", "Pass w0rd!"), 0},
    {SCS, "SetMEBxPassword", P("Password", "P@ss0"), 2054},
    {SCS, "SetMEBxPassword", P("Password", "P@ssw0rdP@ssw0rdP@ssw0rdP@ssw0rdX"), 2054},
    {SCS, "SetMEBxPassword", P("Password", "p@ssw0rd"), 2054},
    {SCS, "SetMEBxPassword", P("Password", "P@SSW0RD"), 2054},
    {SCS, "SetMEBxPassword", P("Password", "P@ssword"), 2054},
    {SCS, "SetMEBxPassword", P("Password", "Passw0rd"), 2054},
    {SCS, "SetMEBxPassword", P("Password", "Passw0rd_"), 2054}, /* a letter, says the SDK */
    {SCS, "SetMEBxPassword", P("Password", "P@ss:w0rd"), 2054},
    {0},
};

START_TEST(set_up_asks_that_come_too_late)
{
    g_autoptr(Desk) desk = desk_in_mode(AMTHI_CONTROL_MODE_ADMIN);

    run(desk, after_setup, NULL);
    ck_assert(amt_state_data(desk->amt)->setup.mebx_password_set);
}
END_TEST

START_TEST(in_client_mode_the_mebx_is_the_owner_s)
{
    static const Row rows[] = {{SCS, "SetMEBxPassword", P("Password", "P@ssw0rd"), 16}, {0}};
    g_autoptr(Desk) desk = desk_in_mode(AMTHI_CONTROL_MODE_CLIENT);

    run(desk, rows, NULL);
    ck_assert(!amt_state_data(desk->amt)->setup.mebx_password_set);
}
END_TEST

START_TEST(remote_configuration_may_be_prolonged_while_it_runs)
{
    static const Row rows[] = {{SCS, "ExtendProvisioningPeriod", P("Duration", "2"), 0}, {0}};
    g_autoptr(Desk) desk = desk_new(NULL, true);
    int64_t now = amt_state_time(desk->amt);

    ck_assert_uint_eq(amt_start_remote(desk->amt, false), 0);
    run(desk, rows, NULL);
    ck_assert_int_eq(amt_state_data(desk->amt)->setup.window_end_s, now + 2 * 3600);
}
END_TEST

START_TEST(who_blocks_unprovisioning_is_told)
{
    g_autoptr(Desk) desk = desk_in_mode(AMTHI_CONTROL_MODE_ADMIN);
    AmtLive live = amt_state_data(desk->amt)->live;

    live.unprovision_blocked = true;
    amt_state_set_live(desk->amt, &live);
    ck_assert_int_eq(desk_call(desk, SCS, "GetUnprovisionBlockingComponents", NULL, ""), 0);
    desk_expect(desk, "Component", "1");
    ck_assert_int_eq(desk_call(desk, SCS, "Unprovision", NULL, ""), 2076);
}
END_TEST

/* ---- redirection ---- */

static const Row redirection[] = {
    {"AMT_RedirectionService", "TerminateSession", P("SessionType", "0"), 2068},
    {"AMT_RedirectionService", "TerminateSession", P("SessionType", "1"), 2068},
    {"AMT_RedirectionService", "RequestStateChange", P("RequestedState", "32767"), 5},
    {"AMT_RedirectionService", "RequestStateChange", P("RequestedState", "32772"), 5},
    {"AMT_RedirectionService", "RequestStateChange", P("RequestedState", "32771"), 0},
    {"CIM_KVMRedirectionSAP", "RequestStateChange", P("RequestedState", "4"), 5},
    {"CIM_KVMRedirectionSAP", "RequestStateChange", P("RequestedState", "2"), 0},
    {"CIM_KVMRedirectionSAP", "RequestStateChange", P("RequestedState", "3"), 0},
    {"IPS_KVMRedirectionSettingData", "TerminateSession", "", 2068},
    {"IPS_ScreenConfigurationService", "SetSessionState", P("SessionState", "1"), 16},
    {"IPS_ScreenConfigurationService", "SetSessionState", P("SessionState", "0"), 0},
    {0},
};

START_TEST(redirection_without_a_session)
{
    g_autoptr(Desk) desk = desk_in_mode(AMTHI_CONTROL_MODE_ADMIN);

    run(desk, redirection, NULL);
    ck_assert(amt_state_data(desk->amt)->redirection.sol);
    ck_assert(amt_state_data(desk->amt)->redirection.ider);
    ck_assert(!amt_state_data(desk->amt)->redirection.kvm);
}
END_TEST

START_TEST(sessions_that_run_are_ended)
{
    static const Row rows[] = {
        {"AMT_RedirectionService", "TerminateSession", P("SessionType", "0"), 0},
        {"AMT_RedirectionService", "TerminateSession", P("SessionType", "1"), 0},
        {"IPS_KVMRedirectionSettingData", "TerminateSession", "", 0},
        {0},
    };
    g_autoptr(Desk) desk = desk_in_mode(AMTHI_CONTROL_MODE_ADMIN);
    AmtLive live = amt_state_data(desk->amt)->live;

    live.sol_open = live.ider_open = live.kvm_active = true;
    amt_state_set_live(desk->amt, &live);
    run(desk, rows, NULL);
    live = amt_state_data(desk->amt)->live;
    ck_assert(!live.sol_open && !live.ider_open && !live.kvm_active);
}
END_TEST

static const char *const rfb_passwords[] = {
    "P@ssw0r",   /* seven */
    "P@ssw0rd1", /* nine */
    "p@ssw0rd",  "P@SSW0RD", "P@ssword", "Passw0rd",
};

START_TEST(a_weak_password_of_the_viewer_s_is_refused)
{
    g_autoptr(Desk) desk = desk_in_mode(AMTHI_CONTROL_MODE_ADMIN);
    static const char class[] = "IPS_KVMRedirectionSettingData";
    g_autofree char *weak = g_strdup_printf(P("RFBPassword", "%s"), rfb_passwords[_i]);

    desk_put(desk, class, NULL, weak);
    desk_expect_fault(desk, "d:InvalidRepresentation");
    ck_assert_str_eq(amt_state_data(desk->amt)->redirection.rfb_password, "");
    desk_put(desk, class, NULL, P("RFBPassword", "P@ssw0rd"));
    ck_assert_str_eq(amt_state_data(desk->amt)->redirection.rfb_password, "P@ssw0rd");
    desk_put(desk, class, NULL, P("RFBPassword", "")); /* as it is read back */
    ck_assert_str_eq(amt_state_data(desk->amt)->redirection.rfb_password, "P@ssw0rd");
}
END_TEST

START_TEST(who_must_be_asked_is_no_choice_in_client_mode)
{
    g_autoptr(Desk) client = desk_in_mode(AMTHI_CONTROL_MODE_CLIENT);
    g_autoptr(Desk) admin = desk_in_mode(AMTHI_CONTROL_MODE_ADMIN);
    bool must = amt_state_data(client->amt)->redirection.opt_in != 0;
    const char *other = must ? P("OptInPolicy", "false") : P("OptInPolicy", "true");

    desk_put(client, "IPS_KVMRedirectionSettingData", NULL, other);
    desk_expect_fault(client, "e:AccessDenied");
    ck_assert_int_eq(amt_state_data(client->amt)->redirection.opt_in != 0, must);
    desk_put(admin, "IPS_KVMRedirectionSettingData", NULL, other);
    ck_assert_int_eq(amt_state_data(admin->amt)->redirection.opt_in != 0, !must);
    desk_put(admin, "IPS_OptInService", NULL, P("OptInRequired", "2"));
    desk_expect_fault(admin, "d:InvalidRepresentation");
    desk_put(admin, "IPS_OptInService", NULL, P("OptInRequired", "4294967295"));
    ck_assert_uint_eq(amt_state_data(admin->amt)->redirection.opt_in, UINT32_MAX);
    desk_put(admin, "IPS_OptInService", NULL, P("OptInRequired", "1"));
    ck_assert_uint_eq(amt_state_data(admin->amt)->redirection.opt_in, 1);
}
END_TEST

/* ---- network ---- */

#define PORT "AMT_EthernetPortSettings"

START_TEST(the_wireless_link_s_master_is_chosen)
{
    static const Row wired[] = {
        {PORT, "SetLinkPreference", P("LinkPreference", "3"), 36},
        {PORT, "SetLinkPreference", P("LinkPreference", "1"), 2066},
        {0},
    };
    static const Row wireless[] = {
        {PORT, "SetLinkPreference", P("LinkPreference", "0"), 36},
        {PORT, "SetLinkPreference", P("LinkPreference", "1") P("Timeout", "10"), 0},
        {0},
    };
    g_autoptr(Desk) desk = desk_in_mode(AMTHI_CONTROL_MODE_ADMIN);
    AmtNetwork network = amt_state_data(desk->amt)->network;

    network.lan[1].present = true;
    amt_state_set_network(desk->amt, &network);
    run(desk, wired, DESK_SELECT("InstanceID", "Intel(r) AMT Ethernet Port Settings 0"));
    run(desk, wireless, DESK_SELECT("InstanceID", "Intel(r) AMT Ethernet Port Settings 1"));
    ck_assert_uint_eq(amt_state_data(desk->amt)->network.lan[1].dhcp_ip_mode, 1);
    desk_get(desk, PORT, DESK_SELECT("InstanceID", "Intel(r) AMT Ethernet Port Settings 1"));
    desk_expect(desk, "PhysicalConnectionType", "3");
}
END_TEST

static const char *const bad_port_settings[] = {
    P("LinkPolicy", "2"),
    P("IPAddress", "none"),
    P("IPAddress", "fe80::1"),
    P("DHCPEnabled", "true") P("SubnetMask", "255.255.255.0"),
    P("DHCPEnabled", "false") P("IPAddress", "10.0.0.1"),
    P("DHCPEnabled", "false") P("IPAddress", "10.0.0.1") P("SubnetMask", "255.0.255.0"),
};

START_TEST(port_settings_that_cannot_be)
{
    g_autoptr(Desk) desk = desk_in_mode(AMTHI_CONTROL_MODE_ADMIN);
    AmtNetwork before = amt_state_data(desk->amt)->network;

    desk_put(desk, PORT, DESK_SELECT("InstanceID", "Intel(r) AMT Ethernet Port Settings 0"),
             bad_port_settings[_i]);
    MUST_MSG(strstr(desk->body, "Fault"), "%s", desk->body);
    ck_assert_mem_eq(&before, &amt_state_data(desk->amt)->network, sizeof(before));
}
END_TEST

static const char *const bad_ipv6_settings[] = {
    P("InterfaceIDType", "3"),
    P("ManualInterfaceID", "0011223344"),
    P("ManualInterfaceID", "00112233445566xy"),
    P("IPv6Address", "10.0.0.1"),
    P("IPv6Address", "nowhere"),
};

START_TEST(ipv6_settings_that_cannot_be)
{
    g_autoptr(Desk) desk = desk_in_mode(AMTHI_CONTROL_MODE_ADMIN);
    AmtNetwork before = amt_state_data(desk->amt)->network;

    desk_put(desk, "IPS_IPv6PortSettings",
             DESK_SELECT("InstanceID", "Intel(r) IPS IPv6 Settings 0"), bad_ipv6_settings[_i]);
    MUST_MSG(strstr(desk->body, "Fault"), "%s", desk->body);
    ck_assert_mem_eq(&before, &amt_state_data(desk->amt)->network, sizeof(before));
}
END_TEST

/* ---- boot ---- */

static const char *const bad_boot_settings[] = {
    P("ReflashBIOS", "true"), P("UseSafeMode", "true"),        P("ConfigurationDataReset", "true"),
    P("SecureErase", "true"), P("UserPasswordBypass", "true"), P("BootMediaIndex", "65536"),
    P("UseSOL", "yes"),
};

START_TEST(boot_settings_that_this_machine_has_not)
{
    g_autoptr(Desk) desk = desk_in_mode(AMTHI_CONTROL_MODE_ADMIN);

    desk_put(desk, "AMT_BootSettingData", NULL, bad_boot_settings[_i]);
    MUST_MSG(strstr(desk->body, "Fault"), "%s", desk->body);
}
END_TEST

START_TEST(what_shows_the_user_s_screen_the_user_allows)
{
    g_autoptr(Desk) desk = desk_in_mode(AMTHI_CONTROL_MODE_CLIENT);
    static const char *const settings[] = {P("UseSOL", "true"), P("UseIDER", "true"),
                                           P("BIOSSetup", "true")};

    for (size_t i = 0; i < UNIT_COUNT(settings); i++) {
        desk_put(desk, "AMT_BootSettingData", NULL, settings[i]);
        desk_expect_fault(desk, "e:AccessDenied");
    }
}
END_TEST

START_TEST(boot_sources_that_are_none)
{
    g_autoptr(Desk) desk = desk_in_mode(AMTHI_CONTROL_MODE_ADMIN);
    static const char class[] = "CIM_BootConfigSetting";
    g_autofree char *pxe =
        desk_reference("CIM_BootSourceSetting", "InstanceID", "Intel(r) AMT: Force PXE Boot");
    g_autofree char *other =
        desk_reference("CIM_BootConfigSetting", "InstanceID", "Intel(r) AMT: Boot Configuration 0");
    g_autofree char *good = g_strdup_printf(P("Source", "%s"), pxe);
    g_autofree char *bad = g_strdup_printf(P("Source", "%s"), other);
    g_autofree char *role = g_strdup_printf(P("BootConfigSetting", "%s") P("Role", "2"), other);
    g_autofree char *wrong = g_strdup_printf(P("BootConfigSetting", "%s") P("Role", "1"), pxe);

    ck_assert_int_eq(desk_call(desk, class, "ChangeBootOrder", NULL, bad), 4);
    ck_assert_int_eq(desk_call(desk, "CIM_BootService", "SetBootConfigRole", NULL, role), 5);
    ck_assert_int_eq(desk_call(desk, "CIM_BootService", "SetBootConfigRole", NULL, wrong), 4);
    /* Two sources at once, either way round. */
    desk_put(desk, "AMT_BootSettingData", NULL, P("UseIDER", "true"));
    ck_assert_int_eq(desk_call(desk, class, "ChangeBootOrder", NULL, good), 5);
    desk_put(desk, "AMT_BootSettingData", NULL, P("UseIDER", "false"));
    ck_assert_int_eq(desk_call(desk, class, "ChangeBootOrder", NULL, good), 0);
    desk_put(desk, "AMT_BootSettingData", NULL, P("UseIDER", "true"));
    MUST_MSG(strstr(desk->body, "Fault"), "%s", desk->body);
}
END_TEST

/* ---- the event log ---- */

#define LOG            "AMT_MessageLog"
#define FROM(at, most) P("IterationIdentifier", at) P("MaxReadRecords", most)

START_TEST(the_log_is_read_at_its_edges)
{
    static const Row empty[] = {
        {LOG, "PositionToFirstRecord", "", 2},
        {LOG, "GetRecords", FROM("1", "10"), 0},
        {LOG, "GetRecords", FROM("2", "10"), 2},
        {LOG, "GetRecord", P("IterationIdentifier", "1") P("PositionToNext", "true"), 3},
        {0},
    };
    static const Row some[] = {
        {LOG, "PositionToFirstRecord", "", 0},
        {LOG, "GetRecords", FROM("0", "10"), 2},
        {LOG, "GetRecords", FROM("1", "0"), 2},
        {LOG, "GetRecords", FROM("1", "391"), 2},
        {LOG, "GetRecords", FROM("1", "390"), 0},
        {LOG, "GetRecord", P("IterationIdentifier", "0") P("PositionToNext", "true"), 3},
        {LOG, "GetRecord", P("IterationIdentifier", "4") P("PositionToNext", "true"), 3},
        {LOG, "GetRecord", P("IterationIdentifier", "3") P("PositionToNext", "true"), 0},
        {LOG, "FreezeLog", P("Freeze", "true"), 0},
        {LOG, "ClearLog", "", 2059},
        {LOG, "FreezeLog", P("Freeze", "false"), 0},
        {LOG, "ClearLog", "", 0},
        {LOG, "PositionToFirstRecord", "", 2},
        {0},
    };
    g_autoptr(Desk) desk = desk_in_mode(AMTHI_CONTROL_MODE_ADMIN);

    run(desk, empty, NULL);
    for (unsigned int i = 0; i < 3; i++) {
        AmtEvent event = {.sensor_type = 6, .event_type = 0x6f, .severity = 8};

        amt_event_raise(desk->amt, &event, AMT_EVENT_LOG);
    }
    run(desk, some, NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("wsman answers");
    TCase *tcase = unit_case(suite, "accounts and set-up");

    tcase_add_test(tcase, accounts_that_cannot_be);
    tcase_add_test(tcase, there_is_a_most_of_accounts);
    tcase_add_test(tcase, set_up_asks_that_come_too_late);
    tcase_add_test(tcase, in_client_mode_the_mebx_is_the_owner_s);
    tcase_add_test(tcase, remote_configuration_may_be_prolonged_while_it_runs);
    tcase_add_test(tcase, who_blocks_unprovisioning_is_told);
    tcase = unit_case(suite, "redirection");
    tcase_add_test(tcase, redirection_without_a_session);
    tcase_add_test(tcase, sessions_that_run_are_ended);
    tcase_add_loop_test(tcase, a_weak_password_of_the_viewer_s_is_refused, 0,
                        (int)UNIT_COUNT(rfb_passwords));
    tcase_add_test(tcase, who_must_be_asked_is_no_choice_in_client_mode);
    tcase = unit_case(suite, "network");
    tcase_add_test(tcase, the_wireless_link_s_master_is_chosen);
    tcase_add_loop_test(tcase, port_settings_that_cannot_be, 0, (int)UNIT_COUNT(bad_port_settings));
    tcase_add_loop_test(tcase, ipv6_settings_that_cannot_be, 0, (int)UNIT_COUNT(bad_ipv6_settings));
    tcase = unit_case(suite, "boot and log");
    tcase_add_loop_test(tcase, boot_settings_that_this_machine_has_not, 0,
                        (int)UNIT_COUNT(bad_boot_settings));
    tcase_add_test(tcase, what_shows_the_user_s_screen_the_user_allows);
    tcase_add_test(tcase, boot_sources_that_are_none);
    tcase_add_test(tcase, the_log_is_read_at_its_edges);
    return unit_run(suite);
}
