/* SPDX-License-Identifier: GPL-2.0-or-later */
/* swme classes: the WS-Management classes of the simulated AMT, for docs/amt-classes.md. */
#include <stdio.h>
#include <stdlib.h>

#include <glib.h>

#include "firmware-sim/amt/wsman/classes.h"
#include "tools/swme/swme.h"

static const char head[] =
    "<!-- SPDX-License-Identifier: GPL-2.0-or-later -->\n"
    "<!-- Made by `build/swme classes --markdown`: change firmware-sim/amt/wsman/classes/, not "
    "this. -->\n"
    "\n"
    "# AMT's classes\n"
    "\n"
    "What WS-Management answers; [wsman.md](wsman.md) says how. Keys are **bold**, what can be "
    "written is *slanted*,\n"
    "arrays end in `[]`. A method's optional parameters have a `?`. Realms are what a user needs "
    "one of; whoever has\n"
    "logged in may do the rest, and the administrator all.\n";

static const char *const types[WSMAN_TYPE_COUNT] = {
    [WSMAN_BOOL] = "bool",
    [WSMAN_U8] = "u8",
    [WSMAN_U16] = "u16",
    [WSMAN_U32] = "u32",
    [WSMAN_U64] = "u64",
    [WSMAN_TEXT] = "text",
    [WSMAN_BASE64] = "base64",
    [WSMAN_HEX] = "hex",
    [WSMAN_TIME] = "time",
    [WSMAN_INTERVAL] = "interval",
    [WSMAN_REFERENCE] = "reference",
    [WSMAN_OBJECT] = "object",
};

static void print_realms(int32_t realms)
{
    const char *between = "";

    if (realms == WSMAN_REALM_ANY) {
        printf("any");
        return;
    }
    for (unsigned int i = 0; i < 32; i++) {
        if ((uint32_t)realms & UINT32_C(1) << i) {
            printf("%s%u", between, i);
            between = ", ";
        }
    }
}

static void print_property(const WsmanProperty *p)
{
    const char *mark = p->flags & WSMAN_KEY ? "**" : p->flags & WSMAN_WRITE ? "*" : "";

    printf("%s%s%s %s%s%s", mark, p->name, mark, types[p->type], p->flags & WSMAN_ARRAY ? "[]" : "",
           p->flags & WSMAN_HIDDEN ? " (never read)" : "");
}

static void print_method(const WsmanMethod *m)
{
    printf("| %s | ", m->name);
    for (const WsmanParameter *p = m->in; p && p->name; p++) {
        printf("%s%s%s %s%s", p == m->in ? "" : ", ", p->name, p->flags & WSMAN_OPTIONAL ? "?" : "",
               types[p->type], p->flags & WSMAN_ARRAY ? "[]" : "");
    }
    printf(" | %s | ", m->out ? m->out : "");
    print_realms(m->realms);
    printf("%s |\n", m->local ? ", from the host itself" : "");
}

/* Does anything in it come from anywhere, or do anything? */
static bool is_static(const WsmanClass *class)
{
    bool fixed = !class->methods && !class->present && !class->create && !class->remove;

    for (const WsmanProperty *p = class->properties; p->name; p++) {
        fixed &= !p->get && !p->size && !(p->flags & WSMAN_WRITE);
    }
    return fixed;
}

static void print_class(const WsmanClass *class)
{
    const char *between = "";
    bool writable = class->put != NULL;

    printf("\n## %s\n\n", class->name);
    if (class->until_major) {
        printf("AMT %u.%u to %u. ", class->since_major, class->since_minor, class->until_major);
    } else if (class->since_major) {
        printf("Since AMT %u.%u. ", class->since_major, class->since_minor);
    }
    if (is_static(class)) {
        printf("Static: it says the same always. ");
    } else if (class->slots == 0) {
        printf("A base alone: what comes from it is shown. ");
    }
    if (class->stored) {
        printf("Stored: what is set is kept and shown, and nothing follows from it. ");
    }
    printf("Instances: %s%u. Operations: Get, Enumerate", class->present ? "up to " : "",
           class->slots);
    for (const WsmanProperty *p = class->properties; p->name; p++) {
        writable |= (p->flags & WSMAN_WRITE) != 0;
    }
    if (writable) {
        printf(", Put");
    }
    printf("%s%s. Realms: read ", class->create ? ", Create" : "", class->remove ? ", Delete" : "");
    print_realms(class->read);
    if (class->write) {
        printf("; write ");
        print_realms(class->write);
    }
    printf(".\n\n");
    for (const WsmanProperty *p = class->properties; p->name; p++) {
        printf("%s", between);
        print_property(p);
        between = ", ";
    }
    printf(".\n");
    if (class->methods) {
        printf("\n| method | takes | gives | realms |\n| --- | --- | --- | --- |\n");
        for (const WsmanMethod *m = class->methods; m->name; m++) {
            print_method(m);
        }
    }
}

/* ---- AMT's thirteen interfaces (SDK, "Realms"), and what became of each ---- */

#define INTERFACE_CLASSES 16

typedef struct Interface {
    const char *name;
    const char *realms;
    const char *besides; /* what serves it that is no class; NULL: nothing */
    const char *classes[INTERFACE_CLASSES];
} Interface;

static const Interface interfaces[] = {
    {"Security Administration",
     "3, 20, 21",
     "AMTHI",
     {"AMT_SetupAndConfigurationService", "IPS_HostBasedSetupService", "AMT_AuthorizationService",
      "AMT_AuditLog", "AMT_AuditPolicyRule", "AMT_PublicKeyManagementService",
      "AMT_PublicKeyCertificate", "AMT_PublicPrivateKeyPair", "AMT_TLSSettingData",
      "AMT_TLSCredentialContext", "AMT_ProvisioningCertificateHash", "AMT_KerberosSettingData",
      "IPS_ProvisioningRecordLog"}},
    {"Network Administration",
     "3",
     NULL,
     {"AMT_GeneralSettings", "AMT_EthernetPortSettings", "IPS_IPv6PortSettings", "AMT_8021XProfile",
      "IPS_IEEE8021xSettings", "AMT_EnvironmentDetectionSettingData",
      "AMT_UserInitiatedConnectionService", "AMT_RemoteAccessService",
      "AMT_ManagementPresenceRemoteSAP", "AMT_RemoteAccessPolicyRule",
      "AMT_RemoteAccessPolicyAppliesToMPS", "AMT_MPSUsernamePassword", "IPS_HTTPProxyService",
      "AMT_WiFiPortConfigurationService", "CIM_WiFiPort", "CIM_WiFiEndpointSettings"}},
    {"Hardware Asset",
     "4",
     NULL,
     {"CIM_ComputerSystemPackage", "CIM_Chassis", "CIM_Card", "CIM_BIOSElement", "CIM_Processor",
      "CIM_Chip", "CIM_PhysicalMemory", "CIM_MediaAccessDevice", "CIM_PhysicalPackage",
      "CIM_Battery", "AMT_AssetTable", "AMT_AssetTableService"}},
    {"Remote Control",
     "5",
     NULL,
     {"CIM_PowerManagementService", "CIM_AssociatedPowerManagementService", "CIM_BootService",
      "CIM_BootConfigSetting", "CIM_BootSourceSetting", "AMT_BootCapabilities",
      "AMT_BootSettingData", "IPS_PowerManagementService", "AMT_SystemPowerScheme"}},
    {"Storage", "6", NULL, {"AMT_ThirdPartyDataStorageService"}},
    {"Event Management",
     "7, 19",
     "SNMP traps",
     {"AMT_MessageLog", "CIM_FilterCollection", "CIM_FilterCollectionSubscription",
      "CIM_ListenerDestinationWSManagement", "AMT_EventManagerService", "AMT_SNMPEventSubscriber",
      "AMT_PETFilterSetting", "AMT_PETFilterForTarget", "AMT_TrapTargetForService",
      "AMT_EventLogEntry", "AMT_PETCapabilities"}},
    {"Storage Administration", "8", NULL, {"AMT_ThirdPartyDataStorageAdministrationService"}},
    {"Redirection",
     "2",
     NULL,
     {"AMT_RedirectionService", "CIM_KVMRedirectionSAP", "IPS_KVMRedirectionSettingData",
      "IPS_OptInService", "IPS_ScreenConfigurationService", "IPS_ScreenSettingData",
      "IPS_SecIOService"}},
    {"Local Agent Presence",
     "9, 10",
     NULL,
     {"AMT_AgentPresenceService", "AMT_AgentPresenceCapabilities", "AMT_AgentPresenceWatchdog",
      "AMT_AgentPresenceWatchdogAction", "AMT_StateTransitionCondition", "CIM_ConcreteDependency",
      "IPS_WatchDogAction"}},
    {"Circuit Breaker (System Defense)",
     "11",
     NULL,
     {"AMT_SystemDefensePolicy", "AMT_IPHeadersFilter", "AMT_Hdr8021Filter",
      "AMT_NetworkPortSystemDefensePolicy", "AMT_NetworkPortDefaultSystemDefensePolicy",
      "AMT_FilterInSystemDefensePolicy", "AMT_AgentPresenceInterfacePolicy",
      "AMT_ActiveFilterStatistics", "AMT_HeuristicPacketFilterSettings"}},
    {"Network Time",
     "12",
     NULL,
     {"AMT_TimeSynchronizationService", "AMT_AlarmClockService", "IPS_AlarmClockOccurrence"}},
    {"General Info",
     "13",
     NULL,
     {"CIM_SoftwareIdentity", "CIM_ComputerSystem", "AMT_SetupAndConfigurationService",
      "AMT_GeneralSettings"}},
    {"Firmware Update",
     "14",
     "versions alone, and the host's own ME client FWU",
     {"CIM_SoftwareIdentity"}},
};

/* Those that are there, or those that are not; whether there was any. */
static bool print_names(const Interface *interface, bool there)
{
    const char *between = "";

    for (unsigned int i = 0; i < INTERFACE_CLASSES && interface->classes[i]; i++) {
        if ((wsman_class_find(interface->classes[i]) != NULL) == there) {
            printf("%s%s", between, interface->classes[i]);
            between = ", ";
        }
    }
    return *between != '\0';
}

static void print_interfaces(void)
{
    printf("\n## The thirteen interfaces\n\n"
           "As AMT's SDK groups its services by realm; a class that is absent answers "
           "`DestinationUnreachable`.\n\n"
           "| interface | realms | served by | absent |\n| --- | --- | --- | --- |\n");
    for (size_t i = 0; i < G_N_ELEMENTS(interfaces); i++) {
        const Interface *interface = &interfaces[i];
        bool served;

        printf("| %s | %s | ", interface->name, interface->realms);
        served = print_names(interface, true);
        if (interface->besides) {
            printf("%s%s", served ? "; " : "", interface->besides);
        } else if (!served) {
            printf("nothing: **absent**");
        }
        printf(" | ");
        print_names(interface, false);
        printf(" |\n");
    }
}

int command_classes(int argc, char **argv)
{
    if (argc != 2 || !g_str_equal(argv[1], "--markdown")) {
        return swme_fail("classes: takes --markdown and nothing else");
    }
    fputs(head, stdout);
    print_interfaces();
    for (unsigned int i = 0; wsman_classes[i]; i++) {
        print_class(wsman_classes[i]);
    }
    return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
