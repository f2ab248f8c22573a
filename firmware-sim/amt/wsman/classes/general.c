/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What AMT is and what it is called: AMT_GeneralSettings, CIM_SoftwareIdentity, the two systems,
 * and its clock. Sources: go-wsman-messages (captured answers), AMT SDK, intel/lms.
 */
#include "firmware-sim/amt/amt-accounts.h"
#include "firmware-sim/amt/wsman/classes.h"

/* ---- AMT_GeneralSettings ---- */

static void digest_realm(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    char realm[AMT_REALM_SIZE];

    (void)slot;
    amt_state_realm(wsman_amt(call), realm);
    wsman_out_text(out, realm);
}

static void network_enabled(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_bool(out, wsman_data(call)->network.lan[0].enabled);
}

static void amt_network_enabled(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_number(out, wsman_data(call)->network.lan[0].enabled);
}

static const WsmanProperty general_settings[] = {
    WSMAN_KEY_IS("InstanceID", "Intel(r) AMT: General Settings"),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT: General Settings"),
    WSMAN_GET("AMTNetworkEnabled", WSMAN_U32, 0, amt_network_enabled),
    WSMAN_MEMBER("DDNSPeriodicUpdateInterval", WSMAN_U32, WSMAN_WRITE, host.ddns_interval_min),
    WSMAN_MEMBER("DDNSTTL", WSMAN_U32, WSMAN_WRITE, host.ddns_ttl_s),
    WSMAN_MEMBER("DDNSUpdateByDHCPServerEnabled", WSMAN_BOOL, WSMAN_WRITE, host.ddns_by_dhcp),
    WSMAN_MEMBER("DDNSUpdateEnabled", WSMAN_BOOL, WSMAN_WRITE, host.ddns),
    WSMAN_NUMBER_IS("DHCPSyncRequiresHostname", WSMAN_U32, 1),
    WSMAN_NUMBER_IS("DHCPv6ConfigurationTimeout", WSMAN_U16, 0),
    WSMAN_GET("DigestRealm", WSMAN_TEXT, 0, digest_realm),
    WSMAN_MEMBER("DomainName", WSMAN_TEXT, WSMAN_WRITE, host.domain),
    WSMAN_MEMBER("HostName", WSMAN_TEXT, WSMAN_WRITE, host.name),
    WSMAN_MEMBER("HostOSFQDN", WSMAN_TEXT, 0, host.fqdn),
    WSMAN_MEMBER_MAX("IdleWakeTimeout", WSMAN_U32, WSMAN_WRITE, host.idle_wake_min, UINT16_MAX),
    WSMAN_GET("NetworkInterfaceEnabled", WSMAN_BOOL, 0, network_enabled),
    WSMAN_MEMBER("PingResponseEnabled", WSMAN_BOOL, WSMAN_WRITE, host.ping),
    WSMAN_NUMBER_IS("PowerSource", WSMAN_U32, 0), /* mains */
    WSMAN_NUMBER_IS("PreferredAddressFamily", WSMAN_U32, 0),
    WSMAN_NUMBER_IS("PresenceNotificationInterval", WSMAN_U32, 0),
    WSMAN_NUMBER_IS("PrivacyLevel", WSMAN_U32, 0),
    WSMAN_MEMBER("RmcpPingResponseEnabled", WSMAN_BOOL, WSMAN_WRITE, host.rmcp_ping),
    WSMAN_MEMBER("SharedFQDN", WSMAN_BOOL, WSMAN_WRITE, host.shared_fqdn),
    WSMAN_NUMBER_IS("ThunderboltDockEnabled", WSMAN_U32, 0),
    WSMAN_NUMBER_IS("WsmanOnlyMode", WSMAN_BOOL, 0),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_GeneralSettings = {
    .name = "AMT_GeneralSettings",
    .base = "CIM_SettingData",
    .read = WSMAN_REALM_ANY,
    .write = WSMAN_REALM_ADMINISTRATION,
    .slots = 1,
    .properties = general_settings,
};

/* ---- CIM_SoftwareIdentity ---- */

static AmtCodeVersion identity_row(const WsmanCall *call, unsigned int slot)
{
    AmtCodeVersion rows[AMT_CODE_VERSION_COUNT + 1];

    amt_state_code_versions(wsman_amt(call), rows);
    /* One more than AMTHI lists. */
    rows[AMT_CODE_VERSION_COUNT] = rows[3];
    rows[AMT_CODE_VERSION_COUNT].name = "AMT FW Core Version";
    return rows[slot];
}

static void identity_id(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    AmtCodeVersion row = identity_row(call, slot);

    wsman_out_text(out, row.name);
}

static void identity_version(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    AmtCodeVersion row = identity_row(call, slot);

    wsman_out_text(out, row.value);
}

static const WsmanProperty software_identity[] = {
    WSMAN_GET("InstanceID", WSMAN_TEXT, WSMAN_KEY, identity_id),
    WSMAN_NUMBER_IS("IsEntity", WSMAN_BOOL, 1),
    WSMAN_GET("VersionString", WSMAN_TEXT, 0, identity_version),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_CIM_SoftwareIdentity = {
    .name = "CIM_SoftwareIdentity",
    .base = "CIM_LogicalElement",
    .read = WSMAN_REALM_ANY,
    .slots = AMT_CODE_VERSION_COUNT + 1,
    .properties = software_identity,
};

/* ---- the managed system, and AMT itself ---- */

static void system_name(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    wsman_out_text(out, slot == 0 ? "ManagedSystem" : "Intel(r) AMT");
}

static void system_element(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    wsman_out_text(out, slot == 0 ? "Managed System" : "Intel(r) AMT Subsystem");
}

static void system_state(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    wsman_out_number(out, slot == 0 ? 5 : 2); /* not applicable; enabled */
}

static const WsmanProperty computer_system[] = {
    WSMAN_KEY_IS("CreationClassName", "CIM_ComputerSystem"),
    WSMAN_GET("ElementName", WSMAN_TEXT, 0, system_element),
    WSMAN_GET("EnabledState", WSMAN_U16, 0, system_state),
    WSMAN_GET("Name", WSMAN_TEXT, WSMAN_KEY, system_name),
    WSMAN_TEXT_IS("NameFormat", "Other"),
    WSMAN_NUMBER_IS("RequestedState", WSMAN_U16, 12),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_CIM_ComputerSystem = {
    .name = "CIM_ComputerSystem",
    .base = "CIM_System",
    .read = WSMAN_REALM_ANY,
    .slots = 2,
    .properties = computer_system,
};

/* ---- AMT_TimeSynchronizationService ---- */

static uint32_t get_time(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_name(out, "Ta0");
    wsman_out_number(out, (uint32_t)amt_state_time(wsman_amt(call)));
    return WSMAN_PT_SUCCESS;
}

/* The host's own software has a realm of its own for this, which LocalTimeSyncEnabled closes. */
static bool may_set_time(const WsmanCall *call)
{
    const WsmanCaller *caller = wsman_caller(call);
    bool own = g_strcmp0(caller->user, AMT_LSA_NAME) == 0;
    uint32_t others = WSMAN_REALM_NETWORK_TIME | WSMAN_REALM_ADMINISTRATION;

    if (!own && (caller->admin || caller->realms & others)) {
        return true;
    }
    return caller->peer.door == SWME_DOOR_LOCAL &&
           wsman_data(call)->clock.local_sync != AMT_LOCAL_SYNC_OFF;
}

/*
 * Ta0: AMT's time as the caller read it; Tm1: the caller's own when that arrived; Tm2: its own when
 * it sends this (AMT SDK, SetHighAccuracyTimeSynch). The difference is the error.
 */
static uint32_t set_time(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    int64_t error = (int64_t)wsman_u32(call, "Tm1") - wsman_u32(call, "Ta0");
    int64_t now = amt_state_time(wsman_amt(call)) + error;

    (void)slot;
    (void)out;
    if (!may_set_time(call)) {
        return WSMAN_PT_NOT_PERMITTED;
    }
    if (now < 0 || now > UINT32_MAX) {
        return WSMAN_PT_INVALID_PARAMETER;
    }
    wsman_change(call)->clock.offset_s += error;
    wsman_change(call)->clock.set = true;
    return WSMAN_PT_SUCCESS;
}

static uint32_t enable_local_time(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    (void)out;
    wsman_change(call)->clock.local_sync =
        wsman_bool(call, "Enable") ? AMT_LOCAL_SYNC_ON : AMT_LOCAL_SYNC_OFF;
    return WSMAN_PT_SUCCESS;
}

static void time_source(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_number(out, wsman_data(call)->clock.set);
}

static const WsmanParameter set_time_in[] = {
    {"Ta0", WSMAN_U32, 0, 0},
    {"Tm1", WSMAN_U32, 0, 0},
    {"Tm2", WSMAN_U32, 0, 0},
    {NULL, 0, 0, 0},
};

static const WsmanParameter enable_local_time_in[] = {
    {"Enable", WSMAN_BOOL, 0, 0},
    {NULL, 0, 0, 0},
};

static const WsmanMethod time_methods[] = {
    {"GetLowAccuracyTimeSynch", NULL, "Ta0", get_time, WSMAN_REALM_ANY, WSMAN_PT_INVALID_PARAMETER,
     false},
    {"SetHighAccuracyTimeSynch", set_time_in, NULL, set_time,
     WSMAN_REALM_NETWORK_TIME | WSMAN_REALM_ADMINISTRATION | WSMAN_REALM_LOCAL_SYSTEM,
     WSMAN_PT_INVALID_PARAMETER, false},
    {"EnableLocalTimeSync", enable_local_time_in, NULL, enable_local_time,
     WSMAN_REALM_NETWORK_TIME | WSMAN_REALM_ADMINISTRATION, WSMAN_PT_INVALID_PARAMETER, false},
    {.name = NULL},
};

static const WsmanProperty time_service[] = {
    WSMAN_SERVICE_KEYS("AMT_TimeSynchronizationService",
                       "Intel(r) AMT Time Synchronization Service", "Intel(r) AMT"),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Time Synchronization Service"),
    WSMAN_NUMBER_IS("EnabledState", WSMAN_U16, 5),
    WSMAN_NUMBER_IS("RequestedState", WSMAN_U16, 12),
    WSMAN_MEMBER("LocalTimeSyncEnabled", WSMAN_U32, 0, clock.local_sync),
    WSMAN_GET("TimeSource", WSMAN_U32, 0, time_source),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_TimeSynchronizationService = {
    .name = "AMT_TimeSynchronizationService",
    .base = "CIM_Service",
    .read = WSMAN_REALM_ANY,
    .slots = 1,
    .properties = time_service,
    .methods = time_methods,
};
