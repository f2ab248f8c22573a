/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Class by class: values at their limits and beyond, and what is said of them. */
#include <string.h>

#include "firmware-sim/amt/amt-alarms.h"
#include "tests/unit/unit.h"
#include "tests/unit/wsman-fixture.h"

#define IS           DESK_IS
#define INVALID      "d:InvalidRepresentation"
#define NOT_THERE    "b:DestinationUnreachable"
#define RUN(d, rows) desk_steps(d, rows, G_N_ELEMENTS(rows), NULL)

/* ---- alarms ---- */

#define ALARM(id, more) IS("AlarmTemplate", IS("InstanceID", id) more)
#define START           IS("StartTime", "<p:Datetime xmlns:p=\"y\">2030-01-01T00:00:00Z</p:Datetime>")
#define EVERY(interval) IS("Interval", "<p:Interval xmlns:p=\"y\">" interval "</p:Interval>")
#define NO_ALARM(in)                                                       \
    {                                                                      \
        "AMT_AlarmClockService", "AddAlarm", NULL, in, DESK_FAULT, INVALID \
    }
#define AN_ALARM(in, says)                                     \
    {                                                          \
        "AMT_AlarmClockService", "AddAlarm", NULL, in, 0, says \
    }
#define AN_ALARM_IS(id, says)                                                         \
    {                                                                                 \
        "IPS_AlarmClockOccurrence", "Get", DESK_SELECT("InstanceID", id), "", 0, says \
    }

START_TEST(alarms)
{
    static const DeskStep steps[] = {
        NO_ALARM(ALARM("", START)),
        NO_ALARM(IS("AlarmTemplate", START)),
        NO_ALARM(ALARM("caf&#233;", START)),
        NO_ALARM(ALARM("a", "")),
        NO_ALARM(ALARM("a", START IS("ElementName", ""))),
        NO_ALARM(ALARM("a", START IS("ElementName", "caf&#233;"))),
        NO_ALARM(ALARM("a", IS("StartTime", "1960-01-01T00:00:00Z"))),
        NO_ALARM(ALARM("a", START EVERY(""))),
        NO_ALARM(ALARM("a", START EVERY("1D"))),
        NO_ALARM(ALARM("a", START EVERY("PD"))),
        NO_ALARM(ALARM("a", START EVERY("P1"))),
        NO_ALARM(ALARM("a", START EVERY("P1D1D"))),
        NO_ALARM(ALARM("a", START EVERY("P1H1D"))), /* in their order */
        NO_ALARM(ALARM("a", START EVERY("P100001S"))),
        NO_ALARM(ALARM("a", START EVERY("P99999999999999999999D"))),
        AN_ALARM(ALARM("once", START), NULL),
        AN_ALARM_IS("once", ":DeleteOnCompletion>false<"),
        AN_ALARM(ALARM("nothing", START EVERY("PT")), NULL),
        AN_ALARM(ALARM("all", START EVERY("P2DT3H4M5S")), NULL),
        AN_ALARM_IS("all", ":Interval>P2DT3H4M5S<"),
    };
    g_autoptr(Desk) desk = desk_new(NULL, true);
    g_autofree char *name = g_strnfill(AMT_NAME_SIZE, 'a');
    g_autofree char *id = g_strdup_printf(ALARM("%s", START), name);
    const DeskStep longer[] = {NO_ALARM(id)};

    RUN(desk, steps);
    RUN(desk, longer);
}
END_TEST

typedef struct Waker {
    int64_t told_s; /* what the machine was last told: in how many seconds; -1: never */
    unsigned int on;
} Waker;

static void wake_in(void *opaque, int64_t seconds)
{
    ((Waker *)opaque)->told_s = seconds;
}

/* A machine is told when it will be woken, so that it can ask for that itself. */
START_TEST(a_machine_is_told_of_the_next_alarm)
{
    static const SwmeMachineOps ops = {.wake_in = wake_in};
    static const DeskStep steps[] = {
        AN_ALARM(ALARM("near", IS("StartTime", "2020-09-13T12:27:40Z")), NULL),
        AN_ALARM(ALARM("nearer",
                       IS("StartTime", "2020-09-13T12:27:00Z") IS("DeleteOnCompletion", "true")),
                 NULL),
        AN_ALARM(ALARM("last", IS("StartTime", "2090-01-01T00:00:00Z")), NULL),
    };
    static const DeskStep after[] = {
        {"IPS_AlarmClockOccurrence", "Delete", DESK_SELECT("InstanceID", "near"), "", 0, NULL},
    };
    g_autoptr(Desk) desk = desk_new(NULL, true);
    Waker waker = {-2, 0};
    SwmeMachine machine = {&ops, &waker};
    AmtAlarmClock *watch = amt_alarm_clock_new(desk->amt, swme_manual_clock(desk->clock), &machine);

    MUST(waker.told_s == -2); /* there is none: nobody is told of that */
    RUN(desk, steps);
    ck_assert_int_eq(waker.told_s, 20);
    swme_manual_clock_advance(desk->clock, 20 * SWME_NS_PER_S);
    ck_assert_int_eq(waker.told_s, 40);
    amt_alarm_clock_free(watch);
    waker.told_s = -2;
    watch = amt_alarm_clock_new(desk->amt, swme_manual_clock(desk->clock), &machine);
    ck_assert_int_eq(waker.told_s, 40); /* one from before */
    swme_manual_clock_advance(desk->clock, 40 * SWME_NS_PER_S);
    MUST(waker.told_s > 1000000000); /* "near" stays, and is over */
    RUN(desk, after);
    amt_alarm_clock_free(watch);
}
END_TEST

/* ---- agents ---- */

#define AGENT "AMT_AgentPresenceWatchdog"
#define ID    "000102030405060708090A0B0C0D0E0F"
#define ID_64 "AAECAwQFBgcICQoLDA0ODw=="
#define TIMES IS("StartupInterval", "60") IS("TimeoutInterval", "30")

START_TEST(agents)
{
    static const DeskStep steps[] = {
        {AGENT, "Create", NULL, TIMES, DESK_FAULT, INVALID},
        {AGENT, "Create", NULL, IS("DeviceID", "AAEC") TIMES, DESK_FAULT, INVALID},
        {AGENT, "Create", NULL, IS("DeviceID", "zz") TIMES, DESK_FAULT, INVALID},
        {AGENT, "Create", NULL, IS("DeviceID", ID) IS("TimeoutInterval", "30"), DESK_FAULT,
         INVALID},
        {AGENT, "Create", NULL,
         IS("DeviceID", ID) IS("StartupInterval", "65536") IS("TimeoutInterval", "30"), DESK_FAULT,
         INVALID},
        {AGENT, "Create", NULL,
         IS("DeviceID", ID) TIMES IS("MonitoredEntityDescription", "caf&#233;"), DESK_FAULT,
         INVALID},
        {AGENT, "Create", NULL,
         IS("DeviceID", ID)
             TIMES IS("MonitoredEntityDescription", "thirty-three letters are too many"
                                                    "thirty-three letters are too many"
                                                    "thirty-three letters are too many"),
         DESK_FAULT, INVALID},
        {AGENT, "Create", NULL, IS("DeviceID", ID) TIMES, 0, NULL}, /* by hexadecimal */
        {AGENT, "Create", NULL, IS("DeviceID", ID_64) TIMES, DESK_FAULT, INVALID}, /* it is there */
        {AGENT, "Put", DESK_SELECT("DeviceID", ID_64), IS("TimeoutInterval", "0"), DESK_FAULT,
         INVALID},
        {AGENT, "Put", DESK_SELECT("DeviceID", ID_64), IS("StartupInterval", "0"), DESK_FAULT,
         INVALID},
        {AGENT, "Put", DESK_SELECT("DeviceID", ID_64), IS("StartupInterval", "61"), 0,
         ":StartupInterval>61<"},
        {AGENT, "AssertPresence", DESK_SELECT("DeviceID", ID_64), IS("SequenceNumber", "7"), 36,
         NULL},
        {"IPS_WatchDogAction", "ApplyActionOnWatchDog", NULL,
         IS("ActionEnable", "true")
             DESK_REFER("AgentPresenceWatchDog", DESK_AMT AGENT, "DeviceID", "none"),
         36, NULL},
        {"IPS_WatchDogAction", "ApplyActionOnWatchDog", NULL,
         IS("ActionEnable", "true")
             DESK_REFER("AgentPresenceWatchDog", DESK_AMT "AMT_GeneralSettings", "InstanceID",
                        "Intel(r) AMT: General Settings"),
         36, NULL},
        {"IPS_WatchDogAction", "ApplyActionOnWatchDog", NULL,
         IS("ActionEnable", "true")
             DESK_REFER("AgentPresenceWatchDog", DESK_AMT AGENT, "DeviceID", ID_64),
         0, NULL},
    };
    g_autoptr(Desk) desk = desk_new(NULL, true);

    RUN(desk, steps);
    MUST(amt_state_data(desk->amt)->agents.agent[0].reboots);
}
END_TEST

/* AMT SDK, "Create an Agent Watchdog": before 6.0 the id is hexadecimal. */
START_TEST(agents_of_old)
{
    static const DeskStep steps[] = {
        {AGENT, "Create", NULL, IS("DeviceID", ID) TIMES, 0, NULL},
        {AGENT, "Get", DESK_SELECT("DeviceID", ID), "", 0, ":DeviceID>" ID "<"},
    };
    g_autoptr(Desk) desk = desk_new("ich10-2", true);

    RUN(desk, steps);
}
END_TEST

/* ---- power and boot ---- */

#define POWER "CIM_PowerManagementService"
#define BOOT  "AMT_BootSettingData"

static bool refuses(void *opaque, SwmePowerAction action)
{
    (void)action;
    ((Desk *)opaque)->acted++;
    return false;
}

static SwmeHostPower is_on(void *opaque)
{
    (void)opaque;
    return SWME_HOST_S0;
}

static unsigned int can_all(void *opaque)
{
    (void)opaque;
    return UINT32_MAX;
}

START_TEST(power)
{
    static const DeskStep steps[] = {
        {POWER, "RequestPowerStateChange", NULL,
         IS("PowerState", "10")
             DESK_REFER("ManagedElement", DESK_CIM "CIM_ComputerSystem", "Name", "none"),
         5, NULL},
        {POWER, "RequestPowerStateChange", NULL,
         IS("PowerState", "10") DESK_REFER("ManagedElement", DESK_AMT "AMT_GeneralSettings",
                                           "InstanceID", "Intel(r) AMT: General Settings"),
         5, NULL},
        {POWER, "RequestPowerStateChange", NULL,
         IS("PowerState", "10")
             DESK_REFER("ManagedElement", DESK_CIM "CIM_ComputerSystem", "Name", "Intel(r) AMT"),
         5, NULL}, /* the ME itself */
        {"IPS_PowerManagementService", "RequestOSPowerSavingStateChange", NULL,
         IS("OSPowerSavingState", "2"), 0, NULL},
        {"IPS_PowerManagementService", "RequestOSPowerSavingStateChange", NULL,
         IS("OSPowerSavingState", "3"), 1, NULL},
    };
    static const DeskStep refused[] = {
        {POWER, "RequestPowerStateChange", NULL, IS("PowerState", "10"), 2, NULL},
    };
    static const SwmeMachineOps machine = {.power = is_on, .actions = can_all, .act = refuses};
    static const SwmeMachineOps halves[] = {
        {.power = is_on, .actions = can_all}, {.power = is_on, .act = refuses}, {.act = refuses}};
    g_autoptr(Desk) desk = desk_new(NULL, true);

    RUN(desk, steps);
    wsman_free(desk->wsman);
    desk->wsman = wsman_new(&desk->context, &(SwmeMachine){&machine, desk});
    RUN(desk, refused); /* QEMU says no: so does AMT, and nothing is noted */
    MUST_EQ(desk->acted, 1);
    MUST(!amt_state_data(desk->amt)->live.remote_start);
    /* Half a machine is none: AMT has one of its own. */
    for (size_t i = 0; i < G_N_ELEMENTS(halves); i++) {
        wsman_free(desk->wsman);
        desk->wsman = wsman_new(&desk->context, &(SwmeMachine){&halves[i], desk});
        MUST_EQ(desk_call(desk, POWER, "RequestPowerStateChange", NULL, IS("PowerState", "8")), 0);
        desk_get(desk, "CIM_AssociatedPowerManagementService", NULL);
        desk_expect(desk, "PowerState", "8");
        desk_get(desk, "IPS_PowerManagementService", NULL);
        desk_expect(desk, "OSPowerSavingState", "0");
        MUST_EQ(desk_call(desk, "IPS_PowerManagementService", "RequestOSPowerSavingStateChange",
                          NULL, IS("OSPowerSavingState", "2")),
                1);
    }
    MUST_EQ(desk->acted, 1);
}
END_TEST

START_TEST(boot)
{
    static const DeskStep steps[] = {
        {BOOT, "Put", NULL, IS("PlatformErase", "true"), DESK_FAULT, INVALID},
        {BOOT, "Put", NULL, IS("UserPasswordBypass", "true"), DESK_FAULT, INVALID},
        {BOOT, "Put", NULL, IS("SecureErase", "true"), DESK_FAULT, INVALID},
        {BOOT, "Put", NULL, IS("UefiBootParametersArray", "AAEC"), 0,
         ":UefiBootParametersArray>AAEC<"},
        {BOOT, "Put", NULL, IS("UefiBootParametersArray", ""), 0, "!:UefiBootParametersArray>"},
        {"CIM_BootService", "SetBootConfigRole", NULL,
         IS("Role", "1") DESK_REFER("BootConfigSetting", DESK_CIM "CIM_BootConfigSetting",
                                    "InstanceID", "none"),
         4, NULL},
        {"CIM_BootService", "SetBootConfigRole", NULL,
         IS("Role", "1") DESK_REFER("BootConfigSetting", DESK_CIM "CIM_ComputerSystem", "Name",
                                    "ManagedSystem"),
         4, NULL},
#define CONFIG                                                                      \
    DESK_REFER("BootConfigSetting", DESK_CIM "CIM_BootConfigSetting", "InstanceID", \
               "Intel(r) AMT: Boot Configuration 0")
        {"CIM_BootService", "SetBootConfigRole", NULL, IS("Role", "2") CONFIG, 5, NULL},
        {"CIM_BootService", "SetBootConfigRole", NULL, IS("Role", "32768") CONFIG, 0, NULL},
        {"CIM_BootService", "RequestStateChange", NULL, IS("RequestedState", "32768"), 0, NULL},
        {"CIM_BootService", "RequestStateChange", NULL, IS("RequestedState", "32769"), 1, NULL},
    };
    g_autoptr(Desk) desk = desk_new(NULL, true);
    g_autofree guchar *zeros = g_malloc0(4096);
    g_autofree char *large = g_base64_encode(zeros, 4096);
    g_autofree char *in = g_strdup_printf(IS("UefiBootParametersArray", "%s"), large);

    RUN(desk, steps);
    desk_put(desk, BOOT, NULL, in);
    desk_expect_fault(desk, INVALID);
}
END_TEST

/* ---- logs ---- */

#define LOG   "AMT_MessageLog"
#define AUDIT "AMT_AuditLog"
#define RULE  "AMT_AuditPolicyRule"

START_TEST(logs)
{
    static const DeskStep steps[] = {
        {LOG, "PositionAtRecord", NULL,
         IS("IterationIdentifier", "0") IS("MoveAbsolute", "true") IS("RecordNumber", "0"), 3,
         NULL},
        {LOG, "GetRecord", NULL, IS("IterationIdentifier", "1") IS("PositionToNext", "false"), 0,
         ":IterationIdentifier>1<"},
        {LOG, "GetRecord", NULL, IS("IterationIdentifier", "0") IS("PositionToNext", "true"), 3,
         NULL},
        {LOG, "CancelIteration", NULL, IS("IterationIdentifier", "0"), 2, NULL},
        {AUDIT, "RequestStateChange", NULL, IS("RequestedState", "4"), 5, NULL},
        {AUDIT, "RequestStateChange", NULL, IS("RequestedState", "3"), 0, NULL},
        {AUDIT, "Get", NULL, "", 0, ":EnabledState>3<"},
        {AUDIT, "RequestStateChange", NULL, IS("RequestedState", "2"), 0, NULL},
        {AUDIT, "Get", NULL, "", 0, ":EnabledState>2<"},
#define POLICY(enable, application, event, type) \
    IS("Enable", enable) IS("AuditedAppID", application) IS("EventID", event) IS("PolicyType", type)
        {RULE, "SetAuditPolicy", NULL, POLICY("1", "18", "0", "1"), 0, NULL},
        {RULE, "SetAuditPolicy", NULL, POLICY("0", "18", "0", "0"), 0, NULL},
        {RULE, "SetAuditPolicy", NULL, POLICY("true", "65536", "0", "0"), 36, NULL},
        {RULE, "SetAuditPolicy", NULL, POLICY("true", "18", "65536", "0"), 36, NULL},
        {RULE, "SetAuditPolicy", NULL, POLICY("true", "15", "0", "0"), 36, NULL},
        {RULE, "SetAuditPolicy", NULL, POLICY("true", "99", "0", "0"), 36, NULL},
        {RULE, "SetAuditPolicy", NULL, POLICY("true", "18", "32", "0"), 36, NULL},
        {RULE, "SetAuditPolicyBulk", NULL,
         POLICY("true", "18", "0", "1") IS("AuditedAppID", "18") IS("EventID", "1"), 36,
         NULL}, /* of which type? */
    };
    g_autoptr(Desk) desk = desk_new(NULL, true);

    amt_event_raise_kind(desk->amt, AMT_EVENT_RESET);
    RUN(desk, steps);
}
END_TEST

/* ---- filters of events and who is told of them ---- */

#define TRAPS "AMT_SNMPEventSubscriber"

START_TEST(subscribers)
{
    static const DeskStep steps[] = {
        {TRAPS, "Create", NULL, IS("PolicyID", "1"), DESK_FAULT, INVALID},
        {TRAPS, "Create", NULL, IS("AccessInfo", "192.0.2.1"), DESK_FAULT, INVALID},
        {TRAPS, "Create", NULL, IS("AccessInfo", "192.0.2.1") IS("PolicyID", "256"), DESK_FAULT,
         INVALID},
        {TRAPS, "Create", NULL, IS("AccessInfo", "host.test") IS("PolicyID", "1"), DESK_FAULT,
         INVALID},
        {TRAPS, "Create", NULL, IS("AccessInfo", "192.0.2.1:0") IS("PolicyID", "1"), DESK_FAULT,
         INVALID},
        {TRAPS, "Create", NULL, IS("AccessInfo", "192.0.2.1x") IS("PolicyID", "1"), DESK_FAULT,
         INVALID},
        {TRAPS, "Create", NULL, IS("AccessInfo", "[2001:db8::1") IS("PolicyID", "1"), DESK_FAULT,
         INVALID},
        {TRAPS, "Create", NULL,
         IS("AccessInfo", "192.0.2.1") IS("PolicyID", "1") IS("CommunityString", "a b"), DESK_FAULT,
         INVALID},
        {TRAPS, "Create", NULL, IS("AccessInfo", "[2001:db8::1]:1620") IS("PolicyID", "1"), 0,
         NULL},
        {TRAPS, "Create", NULL,
         IS("AccessInfo", "192.0.2.1:1620") IS("PolicyID", "1") IS("CommunityString", ""), 0, NULL},
        {TRAPS, "Create", NULL,
         IS("AccessInfo", "192.0.2.2") IS("PolicyID", "1") IS("CommunityString", "secret"), 0,
         NULL},
        {TRAPS, "List", NULL, "", 0, ":AccessInfo>[2001:db8::1]:1620<"},
        {TRAPS, "List", NULL, "", 0, ":AccessInfo>192.0.2.1:1620<"},
        {TRAPS, "List", NULL, "", 0, "!secret"},
        {"AMT_TrapTargetForService", "List", NULL, "", 0, "AMT_EventManagerService"},
    };
    static const DeskStep full = {TRAPS,      "Create",
                                  NULL,       IS("AccessInfo", "192.0.2.200") IS("PolicyID", "1"),
                                  DESK_FAULT, "e:QuotaLimit"};
    g_autoptr(Desk) desk = desk_new("ibxpk-1", true);

    RUN(desk, steps);
    for (unsigned int i = 3; i < AMT_SUBSCRIBERS; i++) {
        g_autofree char *in =
            g_strdup_printf(IS("AccessInfo", "192.0.2.%u") IS("PolicyID", "1"), 10 + i);
        const DeskStep one = {TRAPS, "Create", NULL, in, 0, NULL};

        desk_steps(desk, &one, 1, NULL);
    }
    desk_steps(desk, &full, 1, NULL);
}
END_TEST

/* ---- network, clock, redirection ---- */

#define SIX   "IPS_IPv6PortSettings"
#define SIX_0 DESK_SELECT("InstanceID", "Intel(r) IPS IPv6 Settings 0")
#define KVM   "IPS_KVMRedirectionSettingData"
#define CLOCK "AMT_TimeSynchronizationService"

START_TEST(network_clock_and_screen)
{
    static const DeskStep steps[] = {
        {SIX, "Put", SIX_0, IS("IPv6Address", "192.0.2.1"), DESK_FAULT, INVALID},
        {SIX, "Put", SIX_0, IS("IPv6Address", "nonsense"), DESK_FAULT, INVALID},
        {SIX, "Put", SIX_0, IS("IPv6Address", "::"), 0, ":IPv6Address>::<"},
        {SIX, "Put", SIX_0, IS("IPv6Address", "2001:db8::1") IS("DefaultRouter", "2001:db8::2"), 0,
         ":IPv6Address>2001:db8::1<"},
        {SIX, "Get", SIX_0, "", 0, ":CurrentAddressInfo>fe80::1,0,1<"},
        {CLOCK, "SetHighAccuracyTimeSynch", NULL,
         IS("Ta0", "0") IS("Tm1", "4294967295") IS("Tm2", "4294967295"), 36, NULL},
        {KVM, "Put", NULL, IS("RFBPassword", "P@ssw0r&#233;"), DESK_FAULT, INVALID},
        {KVM, "Put", NULL, IS("RFBPassword", "P@ssw0r"), DESK_FAULT, INVALID},
        {KVM, "Put", NULL, IS("RFBPassword", "passw0rd"), DESK_FAULT, INVALID},
        {KVM, "Put", NULL, IS("RFBPassword", "P@ssw0rd"), 0, NULL},
        {"AMT_EthernetPortSettings", "SetLinkPreference",
         DESK_SELECT("InstanceID", "Intel(r) AMT Ethernet Port Settings 0"),
         IS("LinkPreference", "1"), 2066, NULL},
        {"AMT_EthernetPortSettings", "SetLinkPreference",
         DESK_SELECT("InstanceID", "Intel(r) AMT Ethernet Port Settings 0"),
         IS("LinkPreference", "2"), 2066, NULL},
        {"AMT_EthernetPortSettings", "SetLinkPreference",
         DESK_SELECT("InstanceID", "Intel(r) AMT Ethernet Port Settings 0"),
         IS("LinkPreference", "3"), 36, NULL},
    };
    static const DeskStep shared[] = {
        {"AMT_EthernetPortSettings", "Put",
         DESK_SELECT("InstanceID", "Intel(r) AMT Ethernet Port Settings 0"),
         IS("DHCPEnabled", "false"), 0, ":DHCPEnabled>false<"},
    };
    g_autoptr(Desk) desk = desk_new(NULL, true);
    AmtNetwork network = amt_state_data(desk->amt)->network;

    g_strlcpy(network.lan[0].ipv6_address[1].text, "fe80::1", AMTHI_IP_TEXT_SIZE);
    network.lan[0].ipv6_address[1].state = 1;
    amt_state_set_network(desk->amt, &network);
    RUN(desk, steps);
    network = amt_state_data(desk->amt)->network;
    network.lan[0].shared_static = true; /* the host's addresses are AMT's: none is asked for */
    amt_state_set_network(desk->amt, &network);
    RUN(desk, shared);
}
END_TEST

/* ---- set-up ---- */

START_TEST(set_up_over_the_host)
{
#define HOST "IPS_HostBasedSetupService"
#define NEXT(certificate, leaf, root) \
    IS("NextCertificate", certificate) IS("IsLeafCertificate", leaf) IS("IsRootCertificate", root)
    static const DeskStep steps[] = {
        {HOST, "Setup", NULL,
         IS("NetAdminPassEncryptionType", "2")
             IS("NetworkAdminPassword", "0011223344556677z899aabbccddeeff"),
         3, NULL},
        {HOST, "AdminSetup", NULL,
         IS("NetAdminPassEncryptionType", "2") IS("NetworkAdminPassword", "00"), 3, NULL},
        {HOST, "AdminSetup", NULL,
         IS("NetAdminPassEncryptionType", "2")
             IS("NetworkAdminPassword", "00112233445566778899aabbccddeeff"),
         2, NULL}, /* no chain has come */
        {HOST, "AddNextCertInChain", NULL, NEXT("", "true", "false"), 4, NULL},
        {HOST, "AddNextCertInChain", NULL, NEXT("AAAA", "false", "false"), 3, NULL},
        {HOST, "UpgradeClientToAdmin", NULL, "", 2, NULL},
        {HOST, "DisableClientControlMode", NULL, "", 0, NULL},
        {HOST, "Get", NULL, "", 0, "!:AllowedControlModes>1<"},
    };
    g_autoptr(Desk) desk = desk_new(NULL, true);

    RUN(desk, steps);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("wsman-values");
    TCase *tcase = unit_case(suite, "values");

    tcase_add_test(tcase, alarms);
    tcase_add_test(tcase, a_machine_is_told_of_the_next_alarm);
    tcase_add_test(tcase, agents);
    tcase_add_test(tcase, agents_of_old);
    tcase_add_test(tcase, power);
    tcase_add_test(tcase, boot);
    tcase_add_test(tcase, logs);
    tcase_add_test(tcase, subscribers);
    tcase_add_test(tcase, network_clock_and_screen);
    tcase_add_test(tcase, set_up_over_the_host);
    return unit_run(suite);
}
