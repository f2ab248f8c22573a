/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How AMT was set up, and Kerberos, which it has none of. AMT SDK, IPS_ProvisioningRecordLog,
 * AMT_KerberosSettingData; go-wsman-messages amt/kerberos.
 */
#include "firmware-sim/amt/wsman/classes.h"

#define ADMIN WSMAN_REALM_ADMINISTRATION
#define SINCE 8 /* IPS_ classes */

/* ---- IPS_ProvisioningRecordLog, and its one record ---- */

static bool record_here(const WsmanCall *call, unsigned int slot)
{
    (void)slot;
    return wsman_data(call)->setup.done_s && !wsman_data(call)->stored.setup_record_cleared;
}

static void record_count(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_number(out, record_here(call, slot));
}

static uint32_t clear_records(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    (void)out;
    wsman_change(call)->stored.setup_record_cleared = true;
    return WSMAN_CIM_OK;
}

static const WsmanMethod log_methods[] = {
    {"ClearLog", NULL, NULL, clear_records, ADMIN, WSMAN_CIM_INVALID_PARAMETER, false},
    {.name = NULL},
};

static const WsmanProperty log_properties[] = {
    WSMAN_GET("CurrentNumberOfRecords", WSMAN_U64, 0, record_count),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT:Provisioning Record Log"),
    WSMAN_NUMBER_IS("EnabledState", WSMAN_U16, 2),
    WSMAN_KEY_IS("InstanceID", "Intel(r) AMT:Provisioning Record Log"),
    WSMAN_NUMBER_IS("LogState", WSMAN_U16, 2),
    WSMAN_NUMBER_IS("MaxNumberOfRecords", WSMAN_U64, 1),
    WSMAN_NUMBER_IS("OverwritePolicy", WSMAN_U16, 2),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_IPS_ProvisioningRecordLog = {
    .name = "IPS_ProvisioningRecordLog",
    .base = "CIM_RecordLog",
    .since_major = SINCE,
    .read = ADMIN,
    .slots = 1,
    .properties = log_properties,
    .methods = log_methods,
};

static const WsmanProperty record_properties[] = {
    WSMAN_MEMBER("CreationTimeStamp", WSMAN_TIME, 0, setup.done_s),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT:Provisioning Record"),
    WSMAN_KEY_IS("InstanceID", "Intel(r) AMT:Provisioning Record 0"),
    WSMAN_PROPERTIES_END,
};

/* Of set-ups that another kind says more of, this one says when. */
const WsmanClass wsman_IPS_ProvisioningAuditRecord = {
    .name = "IPS_ProvisioningAuditRecord",
    .base = "CIM_LogEntry",
    .since_major = SINCE,
    .read = ADMIN,
    .slots = 1,
    .present = record_here,
    .properties = record_properties,
};

/* ---- AMT_KerberosSettingData: off; nothing switches it on ---- */

static uint32_t get_cache(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_name(out, "Enabled");
    wsman_out_bool(out, wsman_data(call)->stored.kerberos_cache);
    return WSMAN_PT_SUCCESS;
}

static uint32_t set_cache(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    (void)out;
    wsman_change(call)->stored.kerberos_cache = wsman_bool(call, "Enable");
    return WSMAN_PT_SUCCESS;
}

/* RC4-HMAC, AES-128, AES-256: AMT SDK, SupportedEncryptionAlgorithms. */
static void algorithms(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    (void)slot;
    for (unsigned int i = 0; i < 3; i++) {
        wsman_out_number(out, i);
    }
}

static const WsmanParameter set_cache_in[] = {{"Enable", WSMAN_BOOL, 0, 0}, {NULL, 0, 0, 0}};

static const WsmanMethod kerberos_methods[] = {
    {"GetCredentialCacheState", NULL, "Enabled", get_cache, ADMIN, WSMAN_PT_INVALID_PARAMETER,
     false},
    {"SetCredentialCacheState", set_cache_in, NULL, set_cache, ADMIN, WSMAN_PT_INVALID_PARAMETER,
     false},
    {.name = NULL},
};

static const WsmanProperty kerberos_properties[] = {
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT: Kerberos Settings"),
    WSMAN_KEY_IS("InstanceID", "Intel (r) AMT: Kerberos Settings"), /* as AMT has it */
    WSMAN_NUMBER_IS("KrbEnabled", WSMAN_BOOL, 0),
    WSMAN_GET("SupportedEncryptionAlgorithms", WSMAN_U16, WSMAN_ARRAY, algorithms),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_KerberosSettingData = {
    .name = "AMT_KerberosSettingData",
    .base = "CIM_SettingData",
    .stored = true,
    .read = ADMIN,
    .slots = 1,
    .properties = kerberos_properties,
    .methods = kerberos_methods,
};
