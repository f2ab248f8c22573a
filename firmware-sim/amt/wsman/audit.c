/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which operations leave which records in the audit log, in one table. What a record says besides
 * is as MeshCentral's decoder reads it (amt.js, GetAuditLogExtendedDataStr); where it reads
 * nothing, nothing is said.
 */
#include <string.h>

#include <swme/bytes.h>

#include "firmware-sim/amt/wsman/internal.h"

#define EVENTS_MAX 4

typedef void (*NoteFunc)(WsmanCall *call, WsmanAuditNotes *notes);

typedef struct Row {
    const char *class;
    const char *operation;       /* a method, or Put, Create, Delete */
    uint16_t events[EVENTS_MAX]; /* that it can lead to; note NULL: the first */
    NoteFunc note;
} Row;

static void note(WsmanAuditNotes *notes, unsigned int event, const void *data, size_t size)
{
    if (notes->count < WSMAN_AUDIT_NOTES) {
        WsmanAuditNote *next = &notes->note[notes->count++];

        next->event = event;
        next->size = MIN(size, sizeof(next->data));
        if (next->size) {
            memcpy(next->data, data, next->size);
        }
    }
}

static void note_if(WsmanAuditNotes *notes, bool changed, unsigned int event)
{
    if (changed) {
        note(notes, event, NULL, 0);
    }
}

static const AmtData *before(const WsmanCall *call)
{
    return amt_state_data(call->context->amt);
}

/* ---- users ---- */

/* prefix, 0 for a digest account, the name behind its length */
static void note_user(WsmanAuditNotes *notes, unsigned int event, const uint8_t *prefix,
                      size_t prefix_size, const char *name)
{
    uint8_t data[AMT_AUDIT_DATA_MAX] = {0};
    size_t length = MIN(strlen(name), AMT_ACCOUNT_SIZE);

    if (prefix_size) {
        memcpy(data, prefix, prefix_size);
    }
    data[prefix_size + 1] = (uint8_t)length;
    memcpy(data + prefix_size + 2, name, length);
    note(notes, event, data, prefix_size + 2 + length);
}

static const char *user_name(const AmtData *data, WsmanCall *call)
{
    return data->accounts.account[wsman_u32(call, "Handle") % AMT_ACCOUNTS].name;
}

static void user_added(WsmanCall *call, WsmanAuditNotes *notes)
{
    note_user(notes, AMT_AUDIT_USER_ADDED, NULL, 0, wsman_text(call, "DigestUsername", 0));
}

static void user_changed(WsmanCall *call, WsmanAuditNotes *notes)
{
    static const uint8_t what = 1;

    note_user(notes, AMT_AUDIT_USER_CHANGED, &what, 1, user_name(wsman_data(call), call));
}

static void admin_changed(WsmanCall *call, WsmanAuditNotes *notes)
{
    static const uint8_t what = 1;

    note_user(notes, AMT_AUDIT_USER_CHANGED, &what, 1, wsman_text(call, "Username", 0));
}

static void user_removed(WsmanCall *call, WsmanAuditNotes *notes)
{
    note_user(notes, AMT_AUDIT_USER_REMOVED, NULL, 0, user_name(before(call), call));
}

static void user_state(WsmanCall *call, WsmanAuditNotes *notes)
{
    uint8_t enabled = wsman_bool(call, "Enabled");

    note_user(notes, AMT_AUDIT_USER_STATE, &enabled, 1, user_name(before(call), call));
}

/* ---- set-up, certificates ---- */

static void set_up(WsmanCall *call, WsmanAuditNotes *notes)
{
    (void)call;
    note(notes, AMT_AUDIT_SETUP_STARTED, NULL, 0);
    note(notes, AMT_AUDIT_SETUP_DONE, NULL, 0);
}

static void unprovisioning(WsmanCall *call, WsmanAuditNotes *notes)
{
    uint8_t by = call->caller->peer.door == SWME_DOOR_LOCAL ? AMT_AUDIT_BY_LOCAL_WSMAN
                                                            : AMT_AUDIT_BY_REMOTE_WSMAN;

    note(notes, AMT_AUDIT_UNPROVISIONING, &by, sizeof(by));
}

static void committed(WsmanCall *call, WsmanAuditNotes *notes)
{
    note_if(notes, before(call)->setup.state != wsman_data(call)->setup.state,
            AMT_AUDIT_SETUP_DONE);
}

static void tls_state(WsmanCall *call, WsmanAuditNotes *notes)
{
    const AmtTls *tls = &wsman_data(call)->tls;
    uint8_t data[2];

    for (unsigned int i = 0; i < 2; i++) {
        data[i] = tls->wanted[i] ? 1 + tls->mutual[i] : 0;
    }
    note(notes, AMT_AUDIT_TLS_STATE, data, sizeof(data));
}

/* A root is gone, if it was one. */
static void certificate_removed(WsmanCall *call, WsmanAuditNotes *notes)
{
    const AmtCredentials *old = &before(call)->credentials;
    const AmtCredentials *now = &wsman_data(call)->credentials;

    for (unsigned int i = 0; i < AMT_CERTIFICATES; i++) {
        note_if(notes, old->certificate[i].trusted && !now->certificate[i].handle,
                AMT_AUDIT_ROOT_REMOVED);
    }
}

/* ---- power, redirection ---- */

static const struct {
    uint8_t state; /* PowerState */
    uint16_t event;
} powers[] = {
    {2, AMT_AUDIT_POWER_UP},   {5, AMT_AUDIT_POWER_CYCLE},    {6, AMT_AUDIT_POWER_DOWN},
    {8, AMT_AUDIT_POWER_DOWN}, {9, AMT_AUDIT_POWER_CYCLE},    {10, AMT_AUDIT_RESET},
    {11, AMT_AUDIT_NMI},       {12, AMT_AUDIT_GRACEFUL_DOWN},
};

static void power(WsmanCall *call, WsmanAuditNotes *notes)
{
    uint32_t state = wsman_u32(call, "PowerState");

    for (size_t i = 0; i < G_N_ELEMENTS(powers); i++) {
        note_if(notes, powers[i].state == state, powers[i].event);
    }
}

static void redirection(WsmanCall *call, WsmanAuditNotes *notes)
{
    const AmtRedirection *old = &before(call)->redirection;
    const AmtRedirection *now = &wsman_data(call)->redirection;

    note_if(notes, now->ider && !old->ider, AMT_AUDIT_IDER_ENABLED);
    note_if(notes, !now->ider && old->ider, AMT_AUDIT_IDER_DISABLED);
    note_if(notes, now->sol && !old->sol, AMT_AUDIT_SOL_ENABLED);
    note_if(notes, !now->sol && old->sol, AMT_AUDIT_SOL_DISABLED);
}

static void kvm(WsmanCall *call, WsmanAuditNotes *notes)
{
    const AmtRedirection *old = &before(call)->redirection;
    const AmtRedirection *now = &wsman_data(call)->redirection;

    note_if(notes, now->kvm && !old->kvm, AMT_AUDIT_KVM_ENABLED);
    note_if(notes, !now->kvm && old->kvm, AMT_AUDIT_KVM_DISABLED);
}

static void kvm_settings(WsmanCall *call, WsmanAuditNotes *notes)
{
    const AmtRedirection *old = &before(call)->redirection;
    const AmtRedirection *now = &wsman_data(call)->redirection;

    note_if(notes, memcmp(old->rfb_password, now->rfb_password, sizeof(now->rfb_password)),
            AMT_AUDIT_KVM_PASSWORD_SET);
    note_if(notes, now->opt_in && !old->opt_in, AMT_AUDIT_KVM_OPT_IN_ENABLED);
    note_if(notes, !now->opt_in && old->opt_in, AMT_AUDIT_KVM_OPT_IN_DISABLED);
}

static uint8_t opt_in_code(uint32_t policy)
{
    return policy > 1 ? 2 : (uint8_t)policy;
}

static void opt_in(WsmanCall *call, WsmanAuditNotes *notes)
{
    const uint8_t data[] = {opt_in_code(before(call)->redirection.opt_in),
                            opt_in_code(wsman_data(call)->redirection.opt_in)};

    if (data[0] != data[1]) {
        note(notes, AMT_AUDIT_OPT_IN_POLICY, data, sizeof(data));
    }
}

static void consent_code(WsmanCall *call, WsmanAuditNotes *notes)
{
    static const uint8_t success = 0;

    (void)call;
    note(notes, AMT_AUDIT_CONSENT_CODE, &success, sizeof(success));
}

/* ---- network and time ---- */

static void time_set(WsmanCall *call, WsmanAuditNotes *notes)
{
    int64_t now = amt_state_time(call->context->amt) + wsman_data(call)->clock.offset_s -
                  before(call)->clock.offset_s;
    uint8_t data[4];

    swme_put_be32(data, (uint32_t)now);
    note(notes, AMT_AUDIT_TIME_SET, data, sizeof(data));
}

static void port_settings(WsmanCall *call, WsmanAuditNotes *notes)
{
    const AmtNetwork *old = &before(call)->network;
    const AmtNetwork *now = &wsman_data(call)->network;
    bool policy = false;

    for (unsigned int i = 0; i < G_N_ELEMENTS(now->lan); i++) {
        policy |= old->lan[i].link_policy != now->lan[i].link_policy;
    }
    note(notes, AMT_AUDIT_ADDRESS_SET, NULL, 0);
    note_if(notes, policy, AMT_AUDIT_LINK_POLICY_SET);
}

static void general(WsmanCall *call, WsmanAuditNotes *notes)
{
    const AmtHost *old = &before(call)->host;
    const AmtHost *now = &wsman_data(call)->host;

    note_if(notes, strcmp(old->name, now->name) != 0, AMT_AUDIT_HOST_NAME_SET);
    note_if(notes, strcmp(old->domain, now->domain) != 0, AMT_AUDIT_DOMAIN_SET);
}

static void log_enabled(WsmanCall *call, WsmanAuditNotes *notes)
{
    note_if(notes, before(call)->audit.disabled && !wsman_data(call)->audit.disabled,
            AMT_AUDIT_LOG_ENABLED);
}

/* ---- the table ---- */

#define ACL            "AMT_AuthorizationService"
#define HBS            "IPS_HostBasedSetupService"
#define SCS            "AMT_SetupAndConfigurationService"
#define APW            "AMT_AgentPresenceWatchdog"
#define DEFAULT_POLICY "AMT_NetworkPortDefaultSystemDefensePolicy"
#define TDS            "AMT_ThirdPartyDataStorageService"
#define TDA            "AMT_ThirdPartyDataStorageAdministrationService"
#define WIFI           "AMT_WiFiPortConfigurationService"

static const Row rows[] = {
    {ACL, "AddUserAclEntryEx", {AMT_AUDIT_USER_ADDED}, user_added},
    {ACL, "UpdateUserAclEntryEx", {AMT_AUDIT_USER_CHANGED}, user_changed},
    {ACL, "RemoveUserAclEntry", {AMT_AUDIT_USER_REMOVED}, user_removed},
    {ACL, "SetAclEnabledState", {AMT_AUDIT_USER_STATE}, user_state},
    {ACL, "SetAdminAclEntryEx", {AMT_AUDIT_USER_CHANGED}, admin_changed},
    {HBS, "Setup", {AMT_AUDIT_SETUP_STARTED, AMT_AUDIT_SETUP_DONE}, set_up},
    {HBS, "AdminSetup", {AMT_AUDIT_SETUP_STARTED, AMT_AUDIT_SETUP_DONE}, set_up},
    {HBS, "UpgradeClientToAdmin", {AMT_AUDIT_UPGRADED}, NULL},
    {SCS, "CommitChanges", {AMT_AUDIT_SETUP_DONE}, committed},
    {SCS, "Unprovision", {AMT_AUDIT_UNPROVISIONING}, unprovisioning},
    {SCS, "PartialUnprovision", {AMT_AUDIT_UNPROVISIONING}, unprovisioning},
    {"AMT_TLSSettingData", "Put", {AMT_AUDIT_TLS_STATE}, tls_state},
    {"AMT_TLSCredentialContext", "Create", {AMT_AUDIT_TLS_CERTIFICATE_SET}, NULL},
    {"AMT_TLSCredentialContext", "Put", {AMT_AUDIT_TLS_CERTIFICATE_SET}, NULL},
    {"AMT_TLSCredentialContext", "Delete", {AMT_AUDIT_TLS_CERTIFICATE_REMOVED}, NULL},
    {"AMT_PublicKeyManagementService", "AddTrustedRootCertificate", {AMT_AUDIT_ROOT_ADDED}, NULL},
    {"AMT_PublicKeyCertificate", "Delete", {AMT_AUDIT_ROOT_REMOVED}, certificate_removed},
    {"AMT_SystemPowerScheme", "SetPowerScheme", {AMT_AUDIT_POWER_PACKAGE}, NULL},
    {"CIM_PowerManagementService",
     "RequestPowerStateChange",
     {AMT_AUDIT_POWER_UP, AMT_AUDIT_POWER_DOWN, AMT_AUDIT_POWER_CYCLE, AMT_AUDIT_RESET},
     power},
    {"AMT_BootSettingData", "Put", {AMT_AUDIT_BOOT_OPTIONS}, NULL},
    {"CIM_BootService", "SetBootConfigRole", {AMT_AUDIT_BOOT_OPTIONS}, NULL},
    {"CIM_BootConfigSetting", "ChangeBootOrder", {AMT_AUDIT_BOOT_OPTIONS}, NULL},
    {"AMT_RedirectionService",
     "RequestStateChange",
     {AMT_AUDIT_IDER_ENABLED, AMT_AUDIT_IDER_DISABLED, AMT_AUDIT_SOL_ENABLED,
      AMT_AUDIT_SOL_DISABLED},
     redirection},
    {"AMT_RedirectionService",
     "Put",
     {AMT_AUDIT_IDER_ENABLED, AMT_AUDIT_IDER_DISABLED, AMT_AUDIT_SOL_ENABLED,
      AMT_AUDIT_SOL_DISABLED},
     redirection},
    {"CIM_KVMRedirectionSAP",
     "RequestStateChange",
     {AMT_AUDIT_KVM_ENABLED, AMT_AUDIT_KVM_DISABLED},
     kvm},
    {"IPS_KVMRedirectionSettingData",
     "Put",
     {AMT_AUDIT_KVM_PASSWORD_SET, AMT_AUDIT_KVM_OPT_IN_ENABLED, AMT_AUDIT_KVM_OPT_IN_DISABLED},
     kvm_settings},
    {"IPS_OptInService", "Put", {AMT_AUDIT_OPT_IN_POLICY}, opt_in},
    {"IPS_OptInService", "SendOptInCode", {AMT_AUDIT_CONSENT_CODE}, consent_code},
    {"AMT_TimeSynchronizationService", "SetHighAccuracyTimeSynch", {AMT_AUDIT_TIME_SET}, time_set},
    {"AMT_EthernetPortSettings",
     "Put",
     {AMT_AUDIT_ADDRESS_SET, AMT_AUDIT_LINK_POLICY_SET},
     port_settings},
    {"IPS_IPv6PortSettings", "Put", {AMT_AUDIT_IPV6_SET}, NULL},
    {"AMT_GeneralSettings", "Put", {AMT_AUDIT_HOST_NAME_SET, AMT_AUDIT_DOMAIN_SET}, general},
    {"AMT_MessageLog", "ClearLog", {AMT_AUDIT_EVENT_LOG_CLEARED}, NULL},
    {"AMT_MessageLog", "FreezeLog", {AMT_AUDIT_EVENT_LOG_FROZEN}, NULL},
    {"CIM_FilterCollection", "Subscribe", {AMT_AUDIT_EVENT_SUBSCRIBED}, NULL},
    {"CIM_FilterCollectionSubscription", "Unsubscribe", {AMT_AUDIT_EVENT_UNSUBSCRIBED}, NULL},
    {"AMT_SNMPEventSubscriber", "Create", {AMT_AUDIT_EVENT_SUBSCRIBED}, NULL},
    {"AMT_SNMPEventSubscriber", "Delete", {AMT_AUDIT_EVENT_UNSUBSCRIBED}, NULL},
    {"AMT_AuditLog", "ClearLog", {AMT_AUDIT_LOG_CLEARED}, NULL},
    {"AMT_AuditLog", "RequestStateChange", {AMT_AUDIT_LOG_ENABLED}, log_enabled},
    {"AMT_AuditPolicyRule", "SetAuditPolicy", {AMT_AUDIT_POLICY_CHANGED}, NULL},
    {"AMT_AuditPolicyRule", "SetAuditPolicyBulk", {AMT_AUDIT_POLICY_CHANGED}, NULL},
    {APW, "Create", {AMT_AUDIT_AGENT_ADDED}, NULL},
    {APW, "Delete", {AMT_AUDIT_AGENT_REMOVED}, NULL},
    {APW, "AddAction", {AMT_AUDIT_AGENT_ACTION_SET}, NULL},
    {APW, "DeleteAllActions", {AMT_AUDIT_AGENT_ACTION_SET}, NULL},
    {WIFI, "AddWiFiSettings", {AMT_AUDIT_WIRELESS_ADDED}, NULL},
    {WIFI, "UpdateWiFiSettings", {AMT_AUDIT_WIRELESS_CHANGED}, NULL},
    {WIFI, "DeleteAllITProfiles", {AMT_AUDIT_WIRELESS_REMOVED}, NULL},
    {WIFI, "Put", {AMT_AUDIT_WIRELESS_SYNC}, NULL},
    {"CIM_WiFiEndpointSettings", "Delete", {AMT_AUDIT_WIRELESS_REMOVED}, NULL},
    {"AMT_IPHeadersFilter", "Create", {AMT_AUDIT_FILTER_ADDED}, NULL},
    {"AMT_IPHeadersFilter", "Delete", {AMT_AUDIT_FILTER_REMOVED}, NULL},
    {"AMT_Hdr8021Filter", "Create", {AMT_AUDIT_FILTER_ADDED}, NULL},
    {"AMT_Hdr8021Filter", "Delete", {AMT_AUDIT_FILTER_REMOVED}, NULL},
    {"AMT_SystemDefensePolicy", "Create", {AMT_AUDIT_DEFENSE_ADDED}, NULL},
    {"AMT_SystemDefensePolicy", "Delete", {AMT_AUDIT_DEFENSE_REMOVED}, NULL},
    {DEFAULT_POLICY, "Create", {AMT_AUDIT_DEFENSE_DEFAULT}, NULL},
    {DEFAULT_POLICY, "Delete", {AMT_AUDIT_DEFENSE_DEFAULT}, NULL},
    {"IPS_WatchDogAction", "Put", {AMT_AUDIT_WATCHDOG_ACTION}, NULL},
    {"IPS_WatchDogAction", "ApplyActionOnWatchDog", {AMT_AUDIT_WATCHDOG_LINKED}, NULL},
    {TDA, "SetGlobalStorageAttributes", {AMT_AUDIT_STORAGE_ATTRIBUTES}, NULL},
    {TDA, "AddStorageEaclEntry", {AMT_AUDIT_STORAGE_ENTERPRISES}, NULL},
    {TDA, "RemoveStorageEaclEntry", {AMT_AUDIT_STORAGE_ENTERPRISES}, NULL},
    {TDA, "AddStorageFpaclEntry", {AMT_AUDIT_STORAGE_PARTNERS}, NULL},
    {TDA, "UpdateStorageFpaclEntry", {AMT_AUDIT_STORAGE_PARTNERS}, NULL},
    {TDA, "RemoveStorageFpaclEntry", {AMT_AUDIT_STORAGE_PARTNERS}, NULL},
    {TDS, "WriteBlock", {AMT_AUDIT_STORAGE_WRITTEN}, NULL},
};

static const Row *row_of(const WsmanCall *call)
{
    const char *slash = call->request.action ? strrchr(call->request.action, '/') : NULL;

    for (size_t i = 0; call->class && slash && i < G_N_ELEMENTS(rows); i++) {
        if (strcmp(rows[i].class, call->class->name) == 0 &&
            strcmp(rows[i].operation, slash + 1) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

AmtAuditor wsman_auditor(const WsmanCall *call)
{
    return (AmtAuditor){call->caller->user, &call->caller->peer};
}

bool wsman_audit_may(const WsmanCall *call)
{
    const Row *row = row_of(call);
    bool may = true;

    for (size_t i = 0; row && i < EVENTS_MAX && row->events[i]; i++) {
        may &= amt_audit_may(call->context->amt, row->events[i]);
    }
    return may;
}

void wsman_audit_prepare(WsmanCall *call, WsmanAuditNotes *notes)
{
    const Row *row = call->result == 0 ? row_of(call) : NULL;

    notes->count = 0;
    if (row && row->note) {
        row->note(call, notes);
    } else if (row) {
        note(notes, row->events[0], NULL, 0);
    }
}

void wsman_audit_write(const WsmanCall *call, const WsmanAuditNotes *notes)
{
    AmtAuditor who = wsman_auditor(call);

    for (unsigned int i = 0; i < notes->count; i++) {
        amt_audit_add(call->context->amt, &who, notes->note[i].event, notes->note[i].data,
                      notes->note[i].size);
    }
}

void wsman_audit_refused(const WsmanCall *call)
{
    static const uint8_t me_access = 0; /* not the MEBx's */
    AmtAuditor who = wsman_auditor(call);

    if (call->caller->user) {
        amt_audit_add(call->context->amt, &who, AMT_AUDIT_REFUSED, &me_access, sizeof(me_access));
    }
}
