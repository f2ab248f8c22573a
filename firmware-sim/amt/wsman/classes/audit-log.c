/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AMT_AuditLog and AMT_AuditPolicyRule: the log of amt-audit.h, oldest record first. go-wsman-
 * messages amt/auditlog, open-amt mps (captured answers); AMT SDK, "Access Monitor".
 */
#include "firmware-sim/amt/wsman/classes.h"

#define PAGE          10 /* records in an answer */
#define STATE_ENABLED 2
#define STATE_OFF     3

/* AuditState */
enum { STATE_BIT_DISABLED = 1 << 0, STATE_BIT_LOCKED = 1 << 1, STATE_BIT_NO_KEY = 1 << 4 };

static uint32_t read_records(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const AmtState *amt = wsman_amt(call);
    uint32_t count = wsman_data(call)->audit.count;
    uint32_t from = wsman_u32(call, "StartIndex");
    uint32_t given;

    (void)slot;
    if (from == 0 || (from > count && from != 1)) {
        return WSMAN_PT_INVALID_INDEX;
    }
    given = MIN(count - (from - 1), PAGE);
    wsman_out_name(out, "TotalRecordCount");
    wsman_out_number(out, count);
    wsman_out_name(out, "RecordsReturned");
    wsman_out_number(out, given);
    wsman_out_name(out, "EventRecords");
    for (uint32_t i = 0; i < given; i++) {
        const uint8_t *record;
        size_t size;

        if (amt_audit_get(amt, from + i, &record, &size)) {
            wsman_out_base64(out, record, size);
        }
    }
    return WSMAN_PT_SUCCESS;
}

static bool locked_by_another(WsmanCall *call)
{
    return amt_audit_locked(wsman_amt(call)) &&
           wsman_u32(call, "Handle") != wsman_data(call)->live.audit_handle;
}

static uint32_t clear_log(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    AmtAudit *audit;

    (void)slot;
    (void)out;
    if (amt_audit_locked(wsman_amt(call))) {
        return WSMAN_PT_NOT_PERMITTED;
    }
    audit = &wsman_change(call)->audit;
    audit->count = 0;
    amt_blob_take(&audit->records, NULL);
    return WSMAN_PT_SUCCESS;
}

static uint32_t change_state(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    uint32_t state = wsman_u32(call, "RequestedState");

    (void)slot;
    (void)out;
    if (state != STATE_ENABLED && state != STATE_OFF) {
        return WSMAN_CIM_INVALID_PARAMETER;
    }
    if (state == STATE_OFF) {
        AmtAuditor who = wsman_auditor(call);

        /* Now: disabled, it takes no more. */
        amt_audit_add(wsman_amt(call), &who, AMT_AUDIT_LOG_DISABLED, NULL, 0);
    }
    wsman_change(call)->audit.disabled = state == STATE_OFF;
    return WSMAN_CIM_OK;
}

/* AMT SDK, SetAuditLock.Flag */
enum { LOCK, LOCK_UNPROVISIONING, UNLOCK };

static uint32_t set_lock(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    AmtLive *live = &wsman_change(call)->live;
    uint32_t flag = wsman_u32(call, "Flag");

    (void)slot;
    if (locked_by_another(call)) {
        return WSMAN_PT_NOT_PERMITTED;
    }
    if (flag == UNLOCK) {
        live->audit_handle = 0;
        live->unprovision_blocked = false;
    } else {
        while (!live->audit_handle) {
            amt_random((uint8_t *)&live->audit_handle, sizeof(live->audit_handle));
        }
        live->audit_end_s =
            amt_state_time(wsman_amt(call)) + wsman_u32(call, "LockTimeoutInSeconds");
        live->unprovision_blocked |= flag == LOCK_UNPROVISIONING;
    }
    wsman_out_name(out, "Handle");
    wsman_out_number(out, live->audit_handle);
    return WSMAN_PT_SUCCESS;
}

static uint32_t export_signature(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    (void)slot;
    (void)out;
    return WSMAN_PT_MISSING_KEYS; /* AuditState says so */
}

static uint32_t set_signing_key(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    (void)slot;
    (void)out;
    return WSMAN_PT_UNSUPPORTED; /* the log is read, not signed */
}

static void audit_state(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_number(out, STATE_BIT_NO_KEY |
                              (wsman_data(call)->audit.disabled ? STATE_BIT_DISABLED : 0) |
                              (amt_audit_locked(wsman_amt(call)) ? STATE_BIT_LOCKED : 0));
}

static void enabled_state(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_number(out, wsman_data(call)->audit.disabled ? STATE_OFF : STATE_ENABLED);
}

static void percent_free(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_number(out, amt_audit_percent_free(wsman_amt(call)));
}

static void last_record(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const AmtState *amt = wsman_amt(call);
    const uint8_t *record;
    size_t size;

    (void)slot;
    if (amt_audit_get(amt, amt_state_data(amt)->audit.count, &record, &size)) {
        wsman_out_time(out, amt_audit_time(record));
    }
}

#define END           \
    {                 \
        NULL, 0, 0, 0 \
    }
static const WsmanParameter read_in[] = {{"StartIndex", WSMAN_U32, 0, 0}, END};
static const WsmanParameter state_in[] = {
    {"RequestedState", WSMAN_U16, 0, 0}, {"TimeoutPeriod", WSMAN_TIME, WSMAN_OPTIONAL, 0}, END};
static const WsmanParameter lock_in[] = {
    {"LockTimeoutInSeconds", WSMAN_U32, WSMAN_OPTIONAL, UINT16_MAX},
    {"Flag", WSMAN_U8, 0, UNLOCK},
    {"Handle", WSMAN_U32, WSMAN_OPTIONAL, 0},
    END};
static const WsmanParameter export_in[] = {{"SigningMechanism", WSMAN_U32, 0, 0}, END};
static const WsmanParameter signing_in[] = {
    {"SigningMechanismType", WSMAN_U32, 0, 0},
    {"SigningKey", WSMAN_BASE64, 0, 0},
    {"LengthOfCertificates", WSMAN_U16, WSMAN_ARRAY | WSMAN_OPTIONAL, 0},
    {"Certificates", WSMAN_BASE64, WSMAN_OPTIONAL, 0},
    END};

#define AUDITOR  WSMAN_REALM_AUDIT
#define INVALID_ WSMAN_PT_INVALID_PARAMETER

static const WsmanMethod log_methods[] = {
    {"ReadRecords", read_in, "TotalRecordCount, RecordsReturned, EventRecords", read_records,
     AUDITOR, INVALID_, false},
    {"ClearLog", NULL, NULL, clear_log, AUDITOR, INVALID_, false},
    {"RequestStateChange", state_in, NULL, change_state, AUDITOR, WSMAN_CIM_INVALID_PARAMETER,
     false},
    {"SetAuditLock", lock_in, "Handle", set_lock, AUDITOR, INVALID_, false},
    {"ExportAuditLogSignature", export_in, NULL, export_signature, AUDITOR, INVALID_, false},
    {"SetSigningKeyMaterial", signing_in, NULL, set_signing_key, AUDITOR, INVALID_, false},
    {.name = NULL},
};

static const WsmanProperty audit_log[] = {
    WSMAN_GET("AuditState", WSMAN_U32, 0, audit_state),
    WSMAN_MEMBER("CurrentNumberOfRecords", WSMAN_U32, 0, audit.count),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Audit Log"),
    WSMAN_GET("EnabledState", WSMAN_U16, 0, enabled_state),
    WSMAN_NUMBER_IS("MaxAllowedAuditors", WSMAN_U16, 1),
    WSMAN_NUMBER_IS("MaxNumberOfRecords", WSMAN_U64, 0), /* as many as fit */
    WSMAN_KEY_IS("Name", "Intel(r) AMT:Audit Log"),
    WSMAN_NUMBER_IS("OverwritePolicy", WSMAN_U16, 2),
    WSMAN_GET("PercentageFree", WSMAN_U32, 0, percent_free),
    WSMAN_GET("RequestedState", WSMAN_U16, 0, enabled_state),
    WSMAN_NUMBER_IS("StoragePolicy", WSMAN_U8, 1), /* the oldest makes room */
    WSMAN_GET("TimeOfLastRecord", WSMAN_TIME, 0, last_record),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_AuditLog = {
    .name = "AMT_AuditLog",
    .base = "CIM_Log",
    .read = AUDITOR | WSMAN_REALM_GENERAL_INFO,
    .slots = 1,
    .properties = audit_log,
    .methods = log_methods,
};

/* ---- what it is to hold ---- */

enum { POLICY_NON_CRITICAL, POLICY_CRITICAL };

typedef void (*PolicyFunc)(WsmanOut *out, uint32_t application, uint32_t event, bool critical);

static void each_policy(const WsmanCall *call, WsmanOut *out, PolicyFunc func)
{
    const AmtAudit *audit = &wsman_data(call)->audit;

    for (uint32_t i = 0; i < AMT_AUDIT_APPLICATIONS; i++) {
        for (uint32_t event = 0; event < 32; event++) {
            if (audit->enabled[i] & UINT32_C(1) << event) {
                func(out, AMT_AUDIT_FIRST + i, event, audit->critical[i] & UINT32_C(1) << event);
            }
        }
    }
}

static void out_event(WsmanOut *out, uint32_t application, uint32_t event, bool critical)
{
    (void)critical;
    wsman_out_number(out, application << 16 | event);
}

static void out_type(WsmanOut *out, uint32_t application, uint32_t event, bool critical)
{
    (void)application;
    (void)event;
    wsman_out_number(out, critical ? POLICY_CRITICAL : POLICY_NON_CRITICAL);
}

static void policy_events(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    each_policy(call, out, out_event);
}

static void policy_types(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    each_policy(call, out, out_type);
}

/* SetAuditPolicy is SetAuditPolicyBulk of one. */
static uint32_t set_policy(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    unsigned int count = wsman_count(call, "AuditedAppID");
    AmtAudit *audit = &wsman_change(call)->audit;

    (void)slot;
    (void)out;
    for (unsigned int i = 0; i < count; i++) {
        uint64_t application, event, type = POLICY_NON_CRITICAL;
        /* Enable is an array in the bulk method, and some send it once. */
        const char *enable = wsman_text(call, "Enable", i);

        enable = enable ? enable : wsman_text(call, "Enable", 0);
        if (!wsman_number(call, "AuditedAppID", i, UINT16_MAX, &application) ||
            !wsman_number(call, "EventID", i, UINT16_MAX, &event) ||
            (wsman_has(call, "PolicyType") &&
             !wsman_number(call, "PolicyType", i, POLICY_CRITICAL, &type)) ||
            !amt_audit_set_policy(audit, (uint32_t)application, (uint32_t)event,
                                  g_str_equal(enable, "true") || g_str_equal(enable, "1"),
                                  type == POLICY_CRITICAL)) {
            return WSMAN_PT_INVALID_PARAMETER;
        }
    }
    return WSMAN_PT_SUCCESS;
}

static const WsmanParameter policy_in[] = {
    {"Enable", WSMAN_BOOL, 0, 0},
    {"AuditedAppID", WSMAN_U32, 0, 0},
    {"EventID", WSMAN_U32, 0, 0},
    {"PolicyType", WSMAN_U32, WSMAN_OPTIONAL, POLICY_CRITICAL},
    END};
static const WsmanParameter policies_in[] = {
    {"Enable", WSMAN_BOOL, WSMAN_ARRAY, 0},
    {"AuditedAppID", WSMAN_U32, WSMAN_ARRAY, 0},
    {"EventID", WSMAN_U32, WSMAN_ARRAY, 0},
    {"PolicyType", WSMAN_U32, WSMAN_ARRAY, POLICY_CRITICAL},
    END};

static const WsmanMethod policy_methods[] = {
    {"SetAuditPolicy", policy_in, NULL, set_policy, AUDITOR, INVALID_, false},
    {"SetAuditPolicyBulk", policies_in, NULL, set_policy, AUDITOR, INVALID_, false},
    {.name = NULL},
};

static const WsmanProperty policy_rule[] = {
    WSMAN_GET("AuditApplicationEventID", WSMAN_U32, WSMAN_ARRAY, policy_events),
    WSMAN_KEY_IS("CreationClassName", "AMT_AuditPolicyRule"),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Audit Policy Rule"),
    WSMAN_KEY_IS("PolicyRuleName", "Audit Policy Rule"),
    WSMAN_GET("PolicyType", WSMAN_U32, WSMAN_ARRAY, policy_types),
    WSMAN_KEY_IS("SystemCreationClassName", "CIM_ComputerSystem"),
    WSMAN_KEY_IS("SystemName", "Intel(r) AMT"),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_AuditPolicyRule = {
    .name = "AMT_AuditPolicyRule",
    .base = "CIM_PolicyRule",
    .read = AUDITOR,
    .slots = 1,
    .properties = policy_rule,
    .methods = policy_methods,
};
