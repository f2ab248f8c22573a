/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which servers AMT may call (MPS), and on which occasion. All is kept and shown; AMT itself does
 * not call. AMT SDK, "Remote Access"; names and numbers: intel/lms class metadata,
 * go-wsman-messages amt/remoteaccess, amt/managementpresence.
 */
#include <stdio.h>
#include <string.h>

#include "firmware-sim/amt/wsman/classes.h"
#include "firmware-sim/amt/wsman/classes/access-info.h"
#include "firmware-sim/amt/wsman/classes/ieee8021x.h"

#define ADMIN     WSMAN_REALM_ADMINISTRATION
#define SINCE     4  /* AMT SDK, "Remote Access" */
#define CILA      11 /* and MpsType: from 11.6 on */
#define CILA_6    6
#define SYSTEM    "Intel(r) AMT"
#define NAME_SIZE 64

/* Trigger of AddRemoteAccessPolicyRule. */
#define PERIODIC 2

typedef struct Names {
    char text[NAME_SIZE];
} Names;

static const AmtStored *stored(const WsmanCall *call)
{
    return &wsman_data(call)->stored;
}

/* ---- what AMTHI shows of it: the server that the user may have called ---- */

static const AmtMps *find_mps(const AmtStored *kept, uint32_t handle)
{
    for (unsigned int i = 0; handle && i < AMT_MPS_SERVERS; i++) {
        if (kept->mps[i].handle == handle) {
            return &kept->mps[i];
        }
    }
    return NULL;
}

static void tell_amthi(AmtData *data)
{
    const AmtMpsPolicy *user = &data->stored.policy[AMTHI_TRIGGER_USER];
    const AmtMps *mps = user->present ? find_mps(&data->stored, user->mps_0) : NULL;

    data->remote.user_initiated = user->present;
    memset(data->remote.mps, 0, sizeof(data->remote.mps));
    if (mps) {
        g_strlcpy(data->remote.mps, amt_texts_get(mps->names, AMT_MPS_ADDRESS),
                  sizeof(data->remote.mps));
    }
}

/* ---- AMT_ManagementPresenceRemoteSAP ---- */

static bool mps_here(const WsmanCall *call, unsigned int slot)
{
    return stored(call)->mps[slot].handle != 0;
}

static void mps_name(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    Names name;

    snprintf(name.text, sizeof(name.text), "Intel(r) AMT:Management Presence Server %u",
             stored(call)->mps[slot].handle - 1);
    wsman_out_text(out, name.text);
}

static bool in_use(const AmtStored *kept, uint32_t handle)
{
    for (unsigned int i = 0; i < AMT_MPS_TRIGGERS; i++) {
        const AmtMpsPolicy *policy = &kept->policy[i];

        if (policy->present && (policy->mps_0 == handle || policy->mps_1 == handle)) {
            return true;
        }
    }
    return false;
}

static void drop_mps(AmtMps *mps)
{
    amt_blob_take(&mps->names, NULL);
    amt_blob_take(&mps->password, NULL);
    *mps = (AmtMps){0};
}

static void mps_address(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_texts(out, stored(call)->mps[slot].names, AMT_MPS_ADDRESS);
}

static void mps_cn(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_texts(out, stored(call)->mps[slot].names, AMT_MPS_CN);
}

static WsmanFault remove_mps(WsmanCall *call, unsigned int slot)
{
    if (in_use(stored(call), stored(call)->mps[slot].handle)) {
        return WSMAN_FAULT_IN_USE;
    }
    drop_mps(&wsman_change(call)->stored.mps[slot]);
    return WSMAN_FINE;
}

static const WsmanProperty mps_properties[] = {
    WSMAN_GET("AccessInfo", WSMAN_TEXT, 0, mps_address),
    WSMAN_GET("CN", WSMAN_TEXT, 0, mps_cn),
    WSMAN_KEY_IS("CreationClassName", "AMT_ManagementPresenceRemoteSAP"),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT:Management Presence Server"),
    WSMAN_EACH("InfoFormat", WSMAN_U16, 0, stored.mps, format),
    WSMAN_GET("Name", WSMAN_TEXT, WSMAN_KEY, mps_name),
    WSMAN_EACH("Port", WSMAN_U16, 0, stored.mps, port),
    WSMAN_KEY_IS("SystemCreationClassName", "CIM_ComputerSystem"),
    WSMAN_KEY_IS("SystemName", SYSTEM),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_ManagementPresenceRemoteSAP = {
    .name = "AMT_ManagementPresenceRemoteSAP",
    .base = "CIM_RemoteServiceAccessPoint",
    .since_major = SINCE,
    .stored = true,
    .read = ADMIN,
    .write = ADMIN,
    .slots = AMT_MPS_SERVERS,
    .present = mps_here,
    .properties = mps_properties,
    .remove = remove_mps,
};

/* ---- AMT_MPSUsernamePassword, AMT_RemoteAccessCredentialContext ---- */

static bool password_here(const WsmanCall *call, unsigned int slot)
{
    return mps_here(call, slot) && stored(call)->mps[slot].password_used;
}

static void password_id(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    Names name;

    snprintf(name.text, sizeof(name.text), "Intel(r) AMT:MPS Username Password %u",
             stored(call)->mps[slot].handle - 1);
    wsman_out_text(out, name.text);
}

static void user_name(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_texts(out, stored(call)->mps[slot].names, AMT_MPS_USER);
}

static bool set_user_name(WsmanCall *call, const WsmanProperty *property, unsigned int slot)
{
    const char *text = wsman_short_text(call, property->name, AMT_MPS_USER_SIZE);

    if (!text || !*text) {
        return false;
    }
    amt_texts_set(&wsman_change(call)->stored.mps[slot].names, AMT_MPS_NAMES, AMT_MPS_USER, text);
    return true;
}

static bool set_password(WsmanCall *call, const WsmanProperty *property, unsigned int slot)
{
    return wsman_set_secret(call, property->name, AMT_MPS_USER_SIZE,
                            &wsman_change(call)->stored.mps[slot].password);
}

static const WsmanProperty password_properties[] = {
    WSMAN_GET("InstanceID", WSMAN_TEXT, WSMAN_KEY, password_id),
    WSMAN_GET_SET("RemoteID", WSMAN_TEXT, 0, user_name, set_user_name),
    WSMAN_GET_SET("Secret", WSMAN_TEXT, WSMAN_HIDDEN, NULL, set_password),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_MPSUsernamePassword = {
    .name = "AMT_MPSUsernamePassword",
    .base = "CIM_SharedCredential",
    .since_major = SINCE,
    .stored = true,
    .read = ADMIN,
    .write = ADMIN,
    .slots = AMT_MPS_SERVERS,
    .present = password_here,
    .properties = password_properties,
};

static bool context_here(const WsmanCall *call, unsigned int slot)
{
    return password_here(call, slot) ||
           (mps_here(call, slot) &&
            wsman_certificate_slot(call, stored(call)->mps[slot].certificate) < AMT_CERTIFICATES);
}

static void context_credential(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const AmtMps *mps = &stored(call)->mps[slot];

    if (mps->password_used) {
        wsman_out_reference(out, call, &wsman_AMT_MPSUsernamePassword, slot);
    } else {
        wsman_out_reference(out, call, &wsman_AMT_PublicKeyCertificate,
                            wsman_certificate_slot(call, mps->certificate));
    }
}

static void context_mps(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_reference(out, call, &wsman_AMT_ManagementPresenceRemoteSAP, slot);
}

static const WsmanProperty context_properties[] = {
    WSMAN_GET("ElementInContext", WSMAN_REFERENCE, WSMAN_KEY, context_credential),
    WSMAN_GET("ElementProvidingContext", WSMAN_REFERENCE, WSMAN_KEY, context_mps),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_RemoteAccessCredentialContext = {
    .name = "AMT_RemoteAccessCredentialContext",
    .above = &wsman_CIM_CredentialContext,
    .since_major = SINCE,
    .stored = true,
    .read = ADMIN,
    .slots = AMT_MPS_SERVERS,
    .present = context_here,
    .properties = context_properties,
};

/* ---- AMT_RemoteAccessPolicyRule: a slot is a trigger ---- */

static bool policy_here(const WsmanCall *call, unsigned int slot)
{
    return stored(call)->policy[slot].present;
}

static void policy_name(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    static const char *const names[AMT_MPS_TRIGGERS] = {"User Initiated", "Alert", "Periodic",
                                                        "Home Provisioning"};

    (void)call;
    wsman_out_text(out, names[slot]);
}

static void policy_trigger(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    wsman_out_number(out, slot);
}

static void policy_extended(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const AmtMpsPolicy *policy = &stored(call)->policy[slot];

    if (policy->extended_size) {
        wsman_out_base64(out, policy->extended, policy->extended_size);
    }
}

/* A periodic policy needs a period: u32 0 and seconds, or u32 1, hour and minute, all big-endian.
 */
static bool take_extended(WsmanCall *call, AmtMpsPolicy *policy, unsigned int trigger)
{
    g_autoptr(GBytes) bytes = wsman_bytes(call, "ExtendedData");
    gsize size = 0;
    const uint8_t *data = bytes ? g_bytes_get_data(bytes, &size) : NULL;

    if (size > AMT_MPS_EXTENDED_MAX || (trigger == PERIODIC && size < 8)) {
        return false;
    }
    memset(policy->extended, 0, sizeof(policy->extended));
    policy->extended_size = (uint32_t)size;
    if (size) {
        memcpy(policy->extended, data, size);
    }
    return true;
}

static bool set_extended(WsmanCall *call, const WsmanProperty *property, unsigned int slot)
{
    (void)property;
    return take_extended(call, &wsman_change(call)->stored.policy[slot], slot);
}

static WsmanFault remove_policy(WsmanCall *call, unsigned int slot)
{
    AmtData *data = wsman_change(call);

    memset(&data->stored.policy[slot], 0, sizeof(AmtMpsPolicy));
    tell_amthi(data);
    return WSMAN_FINE;
}

static const WsmanProperty policy_properties[] = {
    WSMAN_KEY_IS("CreationClassName", "AMT_RemoteAccessPolicyRule"),
    WSMAN_TEXT_IS("ElementName", "Inte(r) AMT:Remote Access Policy"), /* as AMT has it */
    WSMAN_GET_SET("ExtendedData", WSMAN_BASE64, 0, policy_extended, set_extended),
    WSMAN_GET("PolicyRuleName", WSMAN_TEXT, WSMAN_KEY, policy_name),
    WSMAN_KEY_IS("SystemCreationClassName", "CIM_ComputerSystem"),
    WSMAN_KEY_IS("SystemName", SYSTEM),
    WSMAN_GET("Trigger", WSMAN_U16, 0, policy_trigger),
    WSMAN_EACH("TunnelLifeTime", WSMAN_U32, WSMAN_WRITE, stored.policy, lifetime_s),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_RemoteAccessPolicyRule = {
    .name = "AMT_RemoteAccessPolicyRule",
    .base = "CIM_PolicyRule",
    .since_major = SINCE,
    .stored = true,
    .read = ADMIN,
    .write = ADMIN,
    .slots = AMT_MPS_TRIGGERS,
    .present = policy_here,
    .properties = policy_properties,
    .remove = remove_policy,
};

/* ---- AMT_RemoteAccessPolicyAppliesToMPS: a slot is a trigger, and first or second ---- */

#define APPLIES (AMT_MPS_TRIGGERS * AMT_MPS_OF_POLICY)

static uint32_t mps_of(const AmtMpsPolicy *policy, unsigned int order)
{
    return order == 0 ? policy->mps_0 : policy->mps_1;
}

static unsigned int mps_slot(const WsmanCall *call, unsigned int slot)
{
    const AmtMpsPolicy *policy = &stored(call)->policy[slot / AMT_MPS_OF_POLICY];
    const AmtMps *mps = find_mps(stored(call), mps_of(policy, slot % AMT_MPS_OF_POLICY));

    return mps ? (unsigned int)(mps - stored(call)->mps) : AMT_MPS_SERVERS;
}

static bool applies_here(const WsmanCall *call, unsigned int slot)
{
    return policy_here(call, slot / AMT_MPS_OF_POLICY) && mps_slot(call, slot) < AMT_MPS_SERVERS;
}

static void applies_policy(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_reference(out, call, &wsman_AMT_RemoteAccessPolicyRule, slot / AMT_MPS_OF_POLICY);
}

static void applies_mps(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_reference(out, call, &wsman_AMT_ManagementPresenceRemoteSAP, mps_slot(call, slot));
}

static void applies_order(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    wsman_out_number(out, slot % AMT_MPS_OF_POLICY);
}

static bool has_types(const WsmanCall *call)
{
    return amt_state_at_least(wsman_amt(call), CILA, CILA_6);
}

static uint32_t *type_of(AmtMpsPolicy *policy, unsigned int order)
{
    return order == 0 ? &policy->type_0 : &policy->type_1;
}

static void applies_type(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    AmtMpsPolicy policy = stored(call)->policy[slot / AMT_MPS_OF_POLICY];

    if (has_types(call)) {
        wsman_out_number(out, *type_of(&policy, slot % AMT_MPS_OF_POLICY));
    }
}

static bool set_type(WsmanCall *call, const WsmanProperty *property, unsigned int slot)
{
    AmtMpsPolicy *policy = &wsman_change(call)->stored.policy[slot / AMT_MPS_OF_POLICY];

    *type_of(policy, slot % AMT_MPS_OF_POLICY) = wsman_u32(call, property->name);
    return has_types(call);
}

/* The other one takes its place. */
static WsmanFault remove_applies(WsmanCall *call, unsigned int slot)
{
    AmtData *data = wsman_change(call);
    AmtMpsPolicy *policy = &data->stored.policy[slot / AMT_MPS_OF_POLICY];

    if (!policy->mps_1) {
        return WSMAN_FAULT_IN_USE; /* a policy has a server */
    }
    if (slot % AMT_MPS_OF_POLICY == 0) {
        policy->mps_0 = policy->mps_1;
        policy->type_0 = policy->type_1;
    }
    policy->mps_1 = 0;
    policy->type_1 = 0;
    tell_amthi(data);
    return WSMAN_FINE;
}

static WsmanFault create_applies(WsmanCall *call, unsigned int *slot)
{
    const WsmanClass *policy_class, *mps_class;
    unsigned int trigger, server;
    AmtMpsPolicy *policy;
    uint64_t type = 0;

    if (!wsman_reference(call, "PolicySet", &policy_class, &trigger) ||
        policy_class != &wsman_AMT_RemoteAccessPolicyRule ||
        !wsman_reference(call, "ManagedElement", &mps_class, &server) ||
        mps_class != &wsman_AMT_ManagementPresenceRemoteSAP ||
        (wsman_has(call, "MpsType") && !wsman_number(call, "MpsType", 0, 2, &type))) {
        return WSMAN_FAULT_INVALID_VALUES;
    }
    policy = &wsman_change(call)->stored.policy[trigger];
    if (policy->mps_0 == stored(call)->mps[server].handle) {
        return WSMAN_FAULT_EXISTS;
    }
    if (policy->mps_1) {
        return WSMAN_FAULT_QUOTA;
    }
    policy->mps_1 = stored(call)->mps[server].handle;
    policy->type_1 = (uint32_t)type;
    *slot = trigger * AMT_MPS_OF_POLICY + 1;
    return WSMAN_FINE;
}

static const WsmanProperty applies_properties[] = {
    WSMAN_GET("ManagedElement", WSMAN_REFERENCE, WSMAN_KEY, applies_mps),
    {.name = "MpsType",
     .type = WSMAN_U16,
     .flags = WSMAN_WRITE,
     .get = applies_type,
     .set = set_type,
     .max = 2},
    WSMAN_GET("OrderOfAccess", WSMAN_U16, 0, applies_order),
    WSMAN_GET("PolicySet", WSMAN_REFERENCE, WSMAN_KEY, applies_policy),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_RemoteAccessPolicyAppliesToMPS = {
    .name = "AMT_RemoteAccessPolicyAppliesToMPS",
    .base = "CIM_PolicySetAppliesToElement",
    .since_major = SINCE,
    .stored = true,
    .read = ADMIN,
    .write = ADMIN,
    .slots = APPLIES,
    .present = applies_here,
    .properties = applies_properties,
    .create = create_applies,
    .remove = remove_applies,
};

/* ---- AMT_RemoteAccessService ---- */

#define BY_CERTIFICATE 1
#define BY_PASSWORD    2

static uint32_t free_handle(const AmtStored *kept)
{
    uint32_t handle = 1;

    while (find_mps(kept, handle)) {
        handle++;
    }
    return handle;
}

/* NULL: there is no credential. */
static const char *take_credential(WsmanCall *call, AmtMps *mps)
{
    uint32_t method = wsman_u32(call, "AuthMethod");
    const char *user = wsman_short_text(call, "Username", AMT_MPS_USER_SIZE);

    mps->password_used = method == BY_PASSWORD;
    if (mps->password_used) {
        return user && *user &&
                       wsman_set_secret(call, "Password", AMT_MPS_USER_SIZE, &mps->password) &&
                       mps->password
                   ? user
                   : NULL;
    }
    return method == BY_CERTIFICATE &&
                   wsman_take_certificate(call, "Certificate", &mps->certificate) &&
                   mps->certificate
               ? ""
               : NULL;
}

static bool take_mps(WsmanCall *call, AmtMps *mps)
{
    const char *names[AMT_MPS_NAMES] = {
        wsman_take_address(call, &mps->format),
        wsman_short_text(call, "CN", AMT_ACCESS_INFO_SIZE),
        take_credential(call, mps),
    };

    /* Where the address is no name, a CN says whose certificate it will be (AMT SDK, AddMpServer).
     */
    if (!names[0] || !names[1] || !names[2] || !wsman_take_port(call, &mps->port) ||
        (mps->format != AMT_INFO_FQDN && !*names[1])) {
        return false;
    }
    mps->names = amt_texts_new(names, AMT_MPS_NAMES);
    return true;
}

static bool same_place(const AmtMps *one, const AmtMps *other)
{
    return one->port == other->port &&
           g_ascii_strcasecmp(amt_texts_get(one->names, AMT_MPS_ADDRESS),
                              amt_texts_get(other->names, AMT_MPS_ADDRESS)) == 0;
}

/* Where it can go; AMT_MPS_SERVERS: nowhere, and *why. */
static unsigned int place_for(const AmtStored *kept, const AmtMps *mps, uint32_t *why)
{
    unsigned int at = AMT_MPS_SERVERS;

    *why = WSMAN_PT_LIMIT;
    for (unsigned int i = AMT_MPS_SERVERS; i-- > 0;) {
        if (!kept->mps[i].handle) {
            at = i;
        } else if (same_place(&kept->mps[i], mps)) {
            *why = WSMAN_PT_DUPLICATE;
            return AMT_MPS_SERVERS;
        }
    }
    return at;
}

static uint32_t add_mps(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    AmtStored *kept = &wsman_change(call)->stored;
    AmtMps mps = {.handle = free_handle(kept)};
    uint32_t result = WSMAN_PT_INVALID_PARAMETER;
    unsigned int at = AMT_MPS_SERVERS;

    (void)slot;
    if (take_mps(call, &mps)) {
        at = place_for(kept, &mps, &result);
    }
    if (at == AMT_MPS_SERVERS) {
        drop_mps(&mps);
        return result;
    }
    kept->mps[at] = mps;
    wsman_out_name(out, "MpServer");
    wsman_out_reference(out, call, &wsman_AMT_ManagementPresenceRemoteSAP, at);
    return WSMAN_PT_SUCCESS;
}

/* Adds those of one parameter; one that both name is of both kinds. */
static bool take_servers(WsmanCall *call, const char *name, uint32_t type, AmtMpsPolicy *policy)
{
    for (unsigned int i = 0; i < wsman_count(call, name); i++) {
        const WsmanClass *class;
        unsigned int slot;
        uint32_t handle;

        if (!wsman_reference_at(call, name, i, &class, &slot) ||
            class != &wsman_AMT_ManagementPresenceRemoteSAP) {
            return false;
        }
        handle = stored(call)->mps[slot].handle;
        if (policy->mps_0 == handle || policy->mps_1 == handle) {
            *type_of(policy, policy->mps_1 == handle) = 2;
        } else if (!policy->mps_0) {
            policy->mps_0 = handle;
            policy->type_0 = type;
        } else if (!policy->mps_1) {
            policy->mps_1 = handle;
            policy->type_1 = type;
        } else {
            return false;
        }
    }
    return true;
}

static uint32_t add_policy(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    uint32_t trigger = wsman_u32(call, "Trigger");
    AmtMpsPolicy policy = {.present = true, .lifetime_s = wsman_u32(call, "TunnelLifeTime")};
    unsigned int others = 0;
    AmtData *data;

    (void)slot;
    if (!take_extended(call, &policy, trigger) || !take_servers(call, "MpServer", 0, &policy) ||
        (wsman_has(call, "InternalMpServer") && !has_types(call)) ||
        !take_servers(call, "InternalMpServer", 1, &policy) || !policy.mps_0) {
        return WSMAN_PT_INVALID_PARAMETER;
    }
    for (unsigned int i = 0; i < AMT_MPS_TRIGGERS; i++) {
        others += stored(call)->policy[i].present;
    }
    if (stored(call)->policy[trigger].present) {
        return WSMAN_PT_DUPLICATE;
    }
    if (others == AMT_MPS_POLICIES) {
        return WSMAN_PT_LIMIT;
    }
    data = wsman_change(call);
    data->stored.policy[trigger] = policy;
    tell_amthi(data);
    wsman_out_name(out, "PolicyRule");
    wsman_out_reference(out, call, &wsman_AMT_RemoteAccessPolicyRule, trigger);
    return WSMAN_PT_SUCCESS;
}

/* There is none to close. */
static uint32_t close_connection(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    (void)out;
    return wsman_data(call)->live.tunnel == AMTHI_REMOTE_CONNECTED ? WSMAN_PT_INTERNAL
                                                                   : WSMAN_PT_NOT_PERMITTED;
}

static void tunnel_connected(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_bool(out, wsman_data(call)->live.tunnel == AMTHI_REMOTE_CONNECTED);
}

static const WsmanParameter add_mps_in[] = {
    {"AccessInfo", WSMAN_TEXT, 0, 0},
    {"InfoFormat", WSMAN_U16, 0, 0},
    {"Port", WSMAN_U16, 0, 0},
    {"AuthMethod", WSMAN_U16, 0, 0},
    {"Certificate", WSMAN_REFERENCE, WSMAN_OPTIONAL, 0},
    {"Username", WSMAN_TEXT, WSMAN_OPTIONAL, 0},
    {"Password", WSMAN_TEXT, WSMAN_OPTIONAL, 0},
    {"CN", WSMAN_TEXT, WSMAN_OPTIONAL, 0},
    {NULL, 0, 0, 0},
};

static const WsmanParameter add_policy_in[] = {
    {"Trigger", WSMAN_U16, 0, AMT_MPS_TRIGGERS - 1},
    {"TunnelLifeTime", WSMAN_U32, 0, 0},
    {"ExtendedData", WSMAN_BASE64, WSMAN_OPTIONAL, 0},
    {"MpServer", WSMAN_REFERENCE, WSMAN_OPTIONAL | WSMAN_ARRAY, 0},
    {"InternalMpServer", WSMAN_REFERENCE, WSMAN_OPTIONAL | WSMAN_ARRAY, 0},
    {NULL, 0, 0, 0},
};

static const WsmanMethod service_methods[] = {
    {"AddMpServer", add_mps_in, "MpServer", add_mps, ADMIN, WSMAN_PT_INVALID_PARAMETER, false},
    {"AddRemoteAccessPolicyRule", add_policy_in, "PolicyRule", add_policy, ADMIN,
     WSMAN_PT_INVALID_PARAMETER, false},
    {"CloseRemoteAccessConnection", NULL, NULL, close_connection, ADMIN, WSMAN_PT_INVALID_PARAMETER,
     false},
    {.name = NULL},
};

static const WsmanProperty service_properties[] = {
    WSMAN_SERVICE_KEYS("AMT_RemoteAccessService", "Intel(r) AMT Remote Access Service", SYSTEM),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Remote Access Service"),
    WSMAN_GET("IsRemoteTunnelConnected", WSMAN_BOOL, 0, tunnel_connected),
    WSMAN_NUMBER_IS("RemoteTunnelKeepAliveTimeout", WSMAN_U32, 15),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_RemoteAccessService = {
    .name = "AMT_RemoteAccessService",
    .base = "CIM_Service",
    .since_major = SINCE,
    .stored = true,
    .read = ADMIN,
    .slots = 1,
    .properties = service_properties,
    .methods = service_methods,
};

static const WsmanProperty capability_properties[] = {
    WSMAN_KEY_IS("InstanceID", "Intel(r) AMT:Remote Access Capabilities 0"),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT:Remote Access Capabilities"),
    WSMAN_NUMBER_IS("MaxMpsPerPolicy", WSMAN_U32, AMT_MPS_OF_POLICY),
    WSMAN_NUMBER_IS("MaxTotalMpServers", WSMAN_U32, AMT_MPS_SERVERS),
    WSMAN_NUMBER_IS("MaxTotalPolicies", WSMAN_U32, AMT_MPS_POLICIES),
    WSMAN_NUMBER_IS("MaxTotalProxyEntryPoints", WSMAN_U32, AMT_PROXIES),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_RemoteAccessCapabilities = {
    .name = "AMT_RemoteAccessCapabilities",
    .base = "CIM_Capabilities",
    .since_major = SINCE,
    .read = ADMIN,
    .slots = 1,
    .properties = capability_properties,
};
