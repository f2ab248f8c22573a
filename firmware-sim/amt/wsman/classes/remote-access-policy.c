/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * On which occasion AMT calls which of the servers of remote-access.c. AMT SDK, "Remote Access";
 * names and numbers: intel/lms class metadata, go-wsman-messages amt/remoteaccess.
 */
#include "firmware-sim/amt/wsman/classes/remote-access.h"

#include <string.h>

#include "firmware-sim/amt/wsman/classes.h"

#define ADMIN  WSMAN_REALM_ADMINISTRATION
#define SINCE  4  /* AMT SDK, "Remote Access" */
#define CILA   11 /* and MpsType: from 11.6 on */
#define CILA_6 6
#define SYSTEM "Intel(r) AMT"

/* Trigger of AddRemoteAccessPolicyRule. */
#define PERIODIC 2

static const AmtStored *stored(const WsmanCall *call)
{
    return &wsman_data(call)->stored;
}

/* ---- what AMTHI shows of it: the server that the user may have called ---- */

const AmtMps *wsman_mps_find(const AmtStored *kept, uint32_t handle)
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
    const AmtMps *mps = user->present ? wsman_mps_find(&data->stored, user->mps_0) : NULL;

    data->remote.user_initiated = user->present;
    memset(data->remote.mps, 0, sizeof(data->remote.mps));
    if (mps) {
        g_strlcpy(data->remote.mps, amt_texts_get(mps->names, AMT_MPS_ADDRESS),
                  sizeof(data->remote.mps));
    }
}

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
    const AmtMps *mps = wsman_mps_find(stored(call), mps_of(policy, slot % AMT_MPS_OF_POLICY));

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

/* ---- AMT_RemoteAccessService: AddRemoteAccessPolicyRule ---- */

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

uint32_t wsman_add_policy(WsmanCall *call, unsigned int slot, WsmanOut *out)
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

const WsmanParameter wsman_add_policy_in[] = {
    {"Trigger", WSMAN_U16, 0, AMT_MPS_TRIGGERS - 1},
    {"TunnelLifeTime", WSMAN_U32, 0, 0},
    {"ExtendedData", WSMAN_BASE64, WSMAN_OPTIONAL, 0},
    {"MpServer", WSMAN_REFERENCE, WSMAN_OPTIONAL | WSMAN_ARRAY, 0},
    {"InternalMpServer", WSMAN_REFERENCE, WSMAN_OPTIONAL | WSMAN_ARRAY, 0},
    {NULL, 0, 0, 0},
};
