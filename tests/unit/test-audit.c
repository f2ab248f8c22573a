/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The audit log: what leaves which record, by whom; policies, locks, and a log that is full. */
#include <string.h>

#include "firmware-sim/amt/amt-audit.h"
#include "firmware-sim/amt/amt-nvm.h"
#include "tests/unit/unit.h"
#include "tests/unit/wsman-fixture.h"

#define LOG  "AMT_AuditLog"
#define RULE "AMT_AuditPolicyRule"
#define ACL  "AMT_AuthorizationService"
#define JOE                                                            \
    "<r:DigestUsername>joe</r:DigestUsername><r:DigestPassword>"       \
    "AAECAwQFBgcICQoLDA0ODw==</r:DigestPassword><r:AccessPermission>2" \
    "</r:AccessPermission><r:Realms>7</r:Realms>"

static unsigned int count(const Desk *desk)
{
    return amt_state_data(desk->amt)->audit.count;
}

static void become(Desk *desk, const char *user, uint32_t realms)
{
    desk->caller = (WsmanCaller){.user = user, .realms = realms};
    desk->caller.admin = g_str_equal(user, "admin");
    desk->caller.peer.door = SWME_DOOR_HOST;
    g_strlcpy(desk->caller.peer.address, "192.0.2.7", sizeof(desk->caller.peer.address));
}

/* The newest record is that, byte by byte. */
static void expect_last(const Desk *desk, const char *bytes, size_t size)
{
    const uint8_t *record;
    size_t have;

    MUST(amt_audit_get(desk->amt, count(desk), &record, &have));
    MUST_EQ(have, size);
    MUST(memcmp(record, bytes, size) == 0);
}

#define TIME "\x5f\x5e\x10\x00" /* 1600000000 */

START_TEST(who_did_it_and_from_where)
{
    static const char local[] = "\0\x10\0\x02\0\x09"
                                "$$OsAdmin" TIME "\x02\0\x05\0\x03joe";
    static const char remote[] = "\0\x10\0\x04\0\x05"
                                 "admin" TIME "\0\x09"
                                 "192.0.2.7\x05\0\x03joe";
    g_autoptr(Desk) desk = desk_new(NULL, true);

    MUST_EQ(count(desk), 0);
    MUST_EQ(desk_call(desk, ACL, "AddUserAclEntryEx", NULL, JOE), 0);
    expect_last(desk, local, sizeof(local) - 1);
    become(desk, "admin", 0);
    MUST_EQ(desk_call(desk, ACL, "RemoveUserAclEntry", NULL, "<r:Handle>1</r:Handle>"), 0);
    expect_last(desk, remote, sizeof(remote) - 1);
    /* What failed did not happen. */
    MUST_EQ(desk_call(desk, ACL, "RemoveUserAclEntry", NULL, "<r:Handle>1</r:Handle>"), 2053);
    MUST_EQ(count(desk), 2);
}
END_TEST

START_TEST(who_is_refused_is_in_it)
{
    static const char refused[] = "\0\x10\0\x05\0\x03joe" TIME "\0\x09"
                                  "192.0.2.7\x01\0";
    g_autoptr(Desk) desk = desk_new(NULL, true);

    become(desk, "joe", WSMAN_REALM_EVENT_MANAGER);
    MUST_EQ(desk_call(desk, "CIM_PowerManagementService", "RequestPowerStateChange", NULL,
                      "<r:PowerState>10</r:PowerState>"),
            -1);
    desk_expect_fault(desk, "e:AccessDenied");
    MUST_EQ(desk->acted, 0);
    expect_last(desk, refused, sizeof(refused) - 1);
    desk_get(desk, RULE, NULL);
    desk_expect_fault(desk, "e:AccessDenied");
    MUST_EQ(count(desk), 2);
}
END_TEST

/* As AMT 11 to 15 wrote them (open-amt mps). */
START_TEST(records_are_as_captured)
{
    static const struct {
        const char *base64;
        const char *user;
        const char *address;
        unsigned int event;
        uint32_t time;
        size_t size;
        const char *data;
    } captured[] = {
        {"ABAAEwJe+jS5AgABAg==", NULL, "", AMT_AUDIT_UNPROVISIONING, 0x5efa34b9, 1, "\x02"},
        {"ABAAAAJe+jTQAgAA", NULL, "", AMT_AUDIT_SETUP_STARTED, 0x5efa34d0, 0, ""},
        {"ABAAEgAFYWRtaW5e+daPAAkxMjcuMC4wLjEA", "admin", "127.0.0.1", AMT_AUDIT_UPGRADED,
         0x5ef9d68f, 0, ""},
        {"ABUAAAAJJCRPc0FkbWluXvnewgAJMTI3LjAuMC4xBF76QRI=", "$$OsAdmin", "127.0.0.1",
         AMT_AUDIT_TIME_SET, 0x5ef9dec2, 4, "\x5e\xfa\x41\x12"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(captured); i++) {
        g_autoptr(Desk) desk = desk_new(NULL, true);
        SwmePeer peer = {.door = SWME_DOOR_LOCAL};
        AmtClockData clock = {.offset_s = (int64_t)captured[i].time - 1600000000};
        const uint8_t *record;
        g_autofree char *text = NULL;
        size_t size;

        amt_state_set_clock(desk->amt, &clock);
        g_strlcpy(peer.address, captured[i].address, sizeof(peer.address));
        amt_audit_add(desk->amt, &(AmtAuditor){captured[i].user, &peer}, captured[i].event,
                      captured[i].data, captured[i].size);
        MUST(amt_audit_get(desk->amt, 1, &record, &size));
        text = g_base64_encode(record, size);
        ck_assert_str_eq(text, captured[i].base64);
    }
}
END_TEST

/* Each operation that leaves one, and the record's number and data. */
static const struct {
    const char *class;
    const char *operation; /* Put: with these properties */
    const char *input;
    unsigned int event;
    size_t size;
    const char *data;
} cases[] = {
    {ACL, "AddUserAclEntryEx", JOE, AMT_AUDIT_USER_ADDED, 5, "\0\x03joe"},
    {ACL, "UpdateUserAclEntryEx",
     "<r:Handle>1</r:Handle><r:AccessPermission>1</r:AccessPermission>", AMT_AUDIT_USER_CHANGED, 6,
     "\x01\0\x03joe"},
    {ACL, "SetAclEnabledState", "<r:Handle>1</r:Handle><r:Enabled>false</r:Enabled>",
     AMT_AUDIT_USER_STATE, 6, "\0\0\x03joe"},
    {ACL, "RemoveUserAclEntry", "<r:Handle>1</r:Handle>", AMT_AUDIT_USER_REMOVED, 5, "\0\x03joe"},
    {ACL, "SetAdminAclEntryEx",
     "<r:Username>admin</r:Username><r:DigestPassword>AAECAwQFBgcICQoLDA0ODw=="
     "</r:DigestPassword>",
     AMT_AUDIT_USER_CHANGED, 8,
     "\x01\0\x05"
     "admin"},
    {"CIM_PowerManagementService", "RequestPowerStateChange", "<r:PowerState>10</r:PowerState>",
     AMT_AUDIT_RESET, 0, ""},
    {"CIM_PowerManagementService", "RequestPowerStateChange", "<r:PowerState>8</r:PowerState>",
     AMT_AUDIT_POWER_DOWN, 0, ""},
    {"CIM_PowerManagementService", "RequestPowerStateChange", "<r:PowerState>5</r:PowerState>",
     AMT_AUDIT_POWER_CYCLE, 0, ""},
    {"CIM_PowerManagementService", "RequestPowerStateChange", "<r:PowerState>12</r:PowerState>",
     AMT_AUDIT_GRACEFUL_DOWN, 0, ""},
    {"AMT_BootSettingData", "Put", "<r:BIOSSetup>true</r:BIOSSetup>", AMT_AUDIT_BOOT_OPTIONS, 0,
     ""},
    {"CIM_BootConfigSetting", "ChangeBootOrder", "", AMT_AUDIT_BOOT_OPTIONS, 0, ""},
    {"AMT_RedirectionService", "RequestStateChange", "<r:RequestedState>32770</r:RequestedState>",
     AMT_AUDIT_SOL_ENABLED, 0, ""},
    {"AMT_RedirectionService", "RequestStateChange", "<r:RequestedState>32768</r:RequestedState>",
     AMT_AUDIT_SOL_DISABLED, 0, ""},
    {"AMT_RedirectionService", "Put", "<r:EnabledState>32769</r:EnabledState>",
     AMT_AUDIT_IDER_ENABLED, 0, ""},
    {"CIM_KVMRedirectionSAP", "RequestStateChange", "<r:RequestedState>2</r:RequestedState>",
     AMT_AUDIT_KVM_ENABLED, 0, ""},
    {"CIM_KVMRedirectionSAP", "RequestStateChange", "<r:RequestedState>3</r:RequestedState>",
     AMT_AUDIT_KVM_DISABLED, 0, ""},
    {"IPS_KVMRedirectionSettingData", "Put", "<r:RFBPassword>P@ssw0rd</r:RFBPassword>",
     AMT_AUDIT_KVM_PASSWORD_SET, 0, ""},
    {"IPS_OptInService", "Put", "<r:OptInRequired>4294967295</r:OptInRequired>",
     AMT_AUDIT_OPT_IN_POLICY, 2, "\0\x02"},
    {"AMT_TimeSynchronizationService", "SetHighAccuracyTimeSynch",
     "<r:Ta0>1600000000</r:Ta0><r:Tm1>1600000000</r:Tm1><r:Tm2>1600000000</r:Tm2>",
     AMT_AUDIT_TIME_SET, 4, TIME},
    {"AMT_TLSSettingData", "Put",
     "<r:InstanceID>Intel(r) AMT 802.3 TLS Settings</r:InstanceID><r:Enabled>false</r:Enabled>",
     AMT_AUDIT_TLS_STATE, 2, "\0\0"},
    {"AMT_SystemPowerScheme", "SetPowerScheme", "", AMT_AUDIT_POWER_PACKAGE, 0, ""},
    {"AMT_GeneralSettings", "Put", "<r:HostName>box</r:HostName>", AMT_AUDIT_HOST_NAME_SET, 0, ""},
    {"AMT_GeneralSettings", "Put", "<r:DomainName>x.test</r:DomainName>", AMT_AUDIT_DOMAIN_SET, 0,
     ""},
    {"AMT_EthernetPortSettings", "Put",
     "<r:InstanceID>Intel(r) AMT Ethernet Port Settings 0</r:InstanceID>", AMT_AUDIT_ADDRESS_SET, 0,
     ""},
    {"AMT_MessageLog", "ClearLog", "", AMT_AUDIT_EVENT_LOG_CLEARED, 0, ""},
    {"AMT_MessageLog", "FreezeLog", "<r:Freeze>true</r:Freeze>", AMT_AUDIT_EVENT_LOG_FROZEN, 0, ""},
    {RULE, "SetAuditPolicy",
     "<r:Enable>true</r:Enable><r:AuditedAppID>16</r:AuditedAppID><r:EventID>0</r:EventID>",
     AMT_AUDIT_POLICY_CHANGED, 0, ""},
    {LOG, "RequestStateChange", "<r:RequestedState>3</r:RequestedState>", AMT_AUDIT_LOG_DISABLED, 0,
     ""},
    {LOG, "RequestStateChange", "<r:RequestedState>2</r:RequestedState>", AMT_AUDIT_LOG_ENABLED, 0,
     ""},
};

START_TEST(each_operation_leaves_its_record)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);

    AmtSetup setup = amt_state_data(desk->amt)->setup;

    setup.control_mode = AMTHI_CONTROL_MODE_ADMIN; /* who else changes consent's policy? */
    setup.state = AMTHI_PROVISIONING_POST;
    amt_state_set_setup(desk->amt, &setup);
    become(desk, "admin", 0);
    desk->actions = UINT32_MAX;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        unsigned int was = count(desk);
        const uint8_t *record;
        size_t size;
        uint8_t wanted[4] = {0, (uint8_t)(cases[i].event / 100), 0,
                             (uint8_t)(cases[i].event % 100)};

        if (g_str_equal(cases[i].operation, "Put")) {
            desk_put(desk, cases[i].class, NULL, cases[i].input);
            MUST_MSG(desk->status == 200, "%s: %s", cases[i].class, desk->body);
        } else {
            MUST_MSG(desk_call(desk, cases[i].class, cases[i].operation, NULL, cases[i].input) == 0,
                     "%s.%s: %s", cases[i].class, cases[i].operation, desk->body);
        }
        MUST_MSG(count(desk) == was + 1, "%s.%s left %u", cases[i].class, cases[i].operation,
                 count(desk) - was);
        MUST(amt_audit_get(desk->amt, count(desk), &record, &size));
        MUST_MSG(memcmp(record, wanted, sizeof(wanted)) == 0, "%s.%s: %u", cases[i].class,
                 cases[i].operation, 100 * record[1] + record[3]);
        MUST(memcmp(record + 5,
                    "\x05"
                    "admin",
                    6) == 0);
        MUST_EQ(record[size - cases[i].size - 1], cases[i].size);
        MUST(memcmp(record + size - cases[i].size, cases[i].data, cases[i].size) == 0);
    }
    /* Cleared, it begins with that. */
    MUST_EQ(desk_call(desk, LOG, "ClearLog", NULL, ""), 0);
    MUST_EQ(count(desk), 1);
    MUST(amt_audit_sane(&amt_state_data(desk->amt)->audit));
}
END_TEST

START_TEST(it_is_read_by_tens)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);

    MUST_EQ(desk_call(desk, LOG, "ReadRecords", NULL, "<r:StartIndex>1</r:StartIndex>"), 0);
    desk_expect(desk, "TotalRecordCount", "0");
    desk_expect(desk, "EventRecords", NULL);
    for (unsigned int i = 0; i < 23; i++) {
        amt_audit_add(desk->amt, &(AmtAuditor){"joe", NULL}, AMT_AUDIT_RESET, NULL, 0);
    }
    MUST_EQ(desk_call(desk, LOG, "ReadRecords", NULL, "<r:StartIndex>1</r:StartIndex>"), 0);
    desk_expect(desk, "TotalRecordCount", "23");
    desk_expect(desk, "RecordsReturned", "10");
    MUST_EQ(desk_call(desk, LOG, "ReadRecords", NULL, "<r:StartIndex>21</r:StartIndex>"), 0);
    desk_expect(desk, "RecordsReturned", "3");
    MUST_EQ(desk_call(desk, LOG, "ReadRecords", NULL, "<r:StartIndex>24</r:StartIndex>"), 35);
    MUST_EQ(desk_call(desk, LOG, "ReadRecords", NULL, "<r:StartIndex>0</r:StartIndex>"), 35);
    desk_get(desk, LOG, NULL);
    desk_expect(desk, "CurrentNumberOfRecords", "23");
    desk_expect(desk, "Datetime", "2020-09-13T12:26:40Z");
    desk_expect(desk, "AuditState", "16");
    MUST_EQ(desk_call(desk, LOG, "ExportAuditLogSignature", NULL,
                      "<r:SigningMechanism>0</r:SigningMechanism>"),
            2060);
}
END_TEST

static void fill(Desk *desk, unsigned int records)
{
    for (unsigned int i = 0; i < records; i++) {
        uint8_t data[AMT_AUDIT_DATA_MAX] = {(uint8_t)i, (uint8_t)(i >> 8)};

        amt_audit_add(desk->amt, &(AmtAuditor){"somebody", NULL}, AMT_AUDIT_TIME_SET, data,
                      1 + i % sizeof(data));
    }
}

/* Full, the oldest makes room; locked, nothing moves, and what must not go unrecorded is not done.
 */
START_TEST(a_full_log)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);
    g_autofree char *handle = NULL;
    g_autofree char *unlock = NULL;
    unsigned int full;

    fill(desk, 1000);
    MUST(count(desk) > 50 && count(desk) < 1000);
    MUST(amt_audit_sane(&amt_state_data(desk->amt)->audit));
    MUST_EQ(desk_call(desk, LOG, "SetAuditLock", NULL,
                      "<r:LockTimeoutInSeconds>60</r:LockTimeoutInSeconds><r:Flag>0</r:Flag>"),
            0);
    handle = desk_value(desk, "Handle");
    unlock = g_strdup_printf("<r:Flag>2</r:Flag><r:Handle>%s</r:Handle>", handle);
    fill(desk, 40);
    full = count(desk);
    fill(desk, 40);
    MUST_EQ(count(desk), full);
    MUST_EQ(desk_call(desk, LOG, "ClearLog", NULL, ""), 16);
    MUST_EQ(desk_call(desk, LOG, "SetAuditLock", NULL, "<r:Flag>2</r:Flag>"), 16);
    desk_get(desk, LOG, NULL);
    desk_expect(desk, "AuditState", "18");
    MUST_EQ(desk_call(desk, "AMT_MessageLog", "ClearLog", NULL, ""), 0); /* not critical */
    MUST_EQ(desk_call(desk, RULE, "SetAuditPolicy", NULL,
                      "<r:Enable>true</r:Enable><r:AuditedAppID>24</r:AuditedAppID>"
                      "<r:EventID>2</r:EventID><r:PolicyType>1</r:PolicyType>"),
            0);
    MUST_EQ(desk_call(desk, "AMT_MessageLog", "ClearLog", NULL, ""), 2075);
    MUST_EQ(desk_call(desk, LOG, "SetAuditLock", NULL, unlock), 0);
    MUST_EQ(desk_call(desk, "AMT_MessageLog", "ClearLog", NULL, ""), 0);
    /* A lock ends by itself. */
    MUST_EQ(desk_call(desk, LOG, "SetAuditLock", NULL,
                      "<r:LockTimeoutInSeconds>60</r:LockTimeoutInSeconds><r:Flag>0</r:Flag>"),
            0);
    swme_manual_clock_advance(desk->clock, 61 * SWME_NS_PER_S);
    MUST_EQ(desk_call(desk, LOG, "ClearLog", NULL, ""), 0);
}
END_TEST

START_TEST(policies)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);

    desk_get(desk, RULE, NULL);
    desk_expect(desk, "AuditApplicationEventID", "1048576");
    desk_expect(desk, "PolicyType", "0");
    MUST(strstr(desk->body, ">1179651<")); /* 18, 3 */
    MUST_EQ(desk_call(desk, RULE, "SetAuditPolicyBulk", NULL,
                      "<r:Enable>false</r:Enable><r:Enable>false</r:Enable>"
                      "<r:AuditedAppID>18</r:AuditedAppID><r:AuditedAppID>17</r:AuditedAppID>"
                      "<r:EventID>3</r:EventID><r:EventID>3</r:EventID>"
                      "<r:PolicyType>0</r:PolicyType><r:PolicyType>0</r:PolicyType>"),
            0);
    MUST_EQ(count(desk), 1);
    desk->actions = UINT32_MAX;
    MUST_EQ(desk_call(desk, "CIM_PowerManagementService", "RequestPowerStateChange", NULL,
                      "<r:PowerState>10</r:PowerState>"),
            0);
    MUST_EQ(count(desk), 1); /* nobody wants to know */
    desk_get(desk, RULE, NULL);
    MUST(!strstr(desk->body, ">1179651<"));
    MUST_EQ(desk_call(desk, RULE, "SetAuditPolicy", NULL,
                      "<r:Enable>true</r:Enable><r:AuditedAppID>99</r:AuditedAppID>"
                      "<r:EventID>3</r:EventID>"),
            36);
    MUST_EQ(desk_call(desk, RULE, "SetAuditPolicyBulk", NULL,
                      "<r:Enable>true</r:Enable><r:AuditedAppID>16</r:AuditedAppID>"
                      "<r:AuditedAppID>16</r:AuditedAppID><r:EventID>3</r:EventID>"
                      "<r:PolicyType>0</r:PolicyType>"),
            36);
}
END_TEST

/* It outlives unprovisioning, which it can forbid, and the power. */
START_TEST(it_is_kept)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);
    g_autoptr(AmtData) back = g_new0(AmtData, 1);
    g_autoptr(GBytes) file = NULL;
    gsize size;
    const void *bytes;

    MUST_EQ(amt_set_up_client(desk->amt, (const uint8_t *)"0123456789abcdef"), AMT_SETUP_OK);
    MUST_EQ(desk_call(desk, LOG, "SetAuditLock", NULL,
                      "<r:LockTimeoutInSeconds>60</r:LockTimeoutInSeconds><r:Flag>1</r:Flag>"),
            0);
    MUST_EQ(desk_call(desk, "AMT_SetupAndConfigurationService", "Unprovision", NULL, ""), 2076);
    MUST_EQ(count(desk), 0);
    swme_manual_clock_advance(desk->clock, 61 * SWME_NS_PER_S);
    MUST_EQ(desk_call(desk, LOG, "SetAuditLock", NULL, "<r:Flag>2</r:Flag>"), 0);
    MUST_EQ(desk_call(desk, "AMT_SetupAndConfigurationService", "Unprovision", NULL, ""), 0);
    desk_after(desk);
    MUST(!amt_state_is_set_up(desk->amt));
    MUST_EQ(count(desk), 1);
    file = amt_nvm_encode(amt_state_data(desk->amt));
    bytes = g_bytes_get_data(file, &size);
    amt_data_init(back, amt_state_uuid(desk->amt));
    ck_assert(amt_nvm_decode(back, bytes, size, "x", NULL));
    MUST_EQ(back->audit.count, 1);
    MUST(amt_blob_equal(back->audit.records, amt_state_data(desk->amt)->audit.records));
}
END_TEST

/* A file may say anything of lengths. */
START_TEST(what_no_log_can_be)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);
    AmtAudit audit;
    size_t size;
    const uint8_t *bytes;

    fill(desk, 5);
    audit = amt_state_data(desk->amt)->audit;
    MUST(amt_audit_sane(&audit));
    bytes = amt_blob_data(audit.records, &size);
    for (size_t i = 0; i < size; i++) {
        g_autofree uint8_t *copy = g_memdup2(bytes, size);
        g_autoptr(GBytes) spoilt = NULL;
        g_autoptr(GBytes) cut = i ? amt_blob_new(bytes, i) : NULL;
        AmtAudit other = audit;

        copy[i] = 255;
        spoilt = amt_blob_new(copy, size);
        other.records = spoilt;
        (void)amt_audit_sane(&other); /* the sanitizers look on */
        other.records = cut;
        MUST(!amt_audit_sane(&other));
    }
    audit.count++;
    MUST(!amt_audit_sane(&audit));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("audit");
    TCase *all = unit_case(suite, "all");

    tcase_add_test(all, who_did_it_and_from_where);
    tcase_add_test(all, who_is_refused_is_in_it);
    tcase_add_test(all, records_are_as_captured);
    tcase_add_test(all, each_operation_leaves_its_record);
    tcase_add_test(all, it_is_read_by_tens);
    tcase_add_test(all, a_full_log);
    tcase_add_test(all, policies);
    tcase_add_test(all, it_is_kept);
    tcase_add_test(all, what_no_log_can_be);
    return unit_run(suite);
}
