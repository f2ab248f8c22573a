/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System Defense: policies, which of them are enabled, and what they have counted. AMT SDK, "System
 * Defense Policies", "Get the Statistics of the Active Policy"; names: intel/lms class metadata.
 */
#include <string.h>

#include "firmware-sim/amt/wsman/classes/defense.h"

#define POLICY "AMT_SystemDefensePolicy"
#define WIRED  0 /* slot of CIM_EthernetPort */

static const AmtDefense *defense(const WsmanCall *call)
{
    return &wsman_data(call)->defense;
}

static const AmtDefensePolicy *policy_at(const WsmanCall *call, unsigned int slot)
{
    return &defense(call)->policy[slot];
}

static AmtBreaker *breaker(const WsmanCall *call)
{
    return wsman_context(call)->breaker;
}

static bool is_active(const WsmanCall *call, unsigned int slot)
{
    return breaker(call) && amt_breaker_active(breaker(call)) == policy_at(call, slot)->handle;
}

/* ---- AMT_SystemDefensePolicy ---- */

static bool policy_here(const WsmanCall *call, unsigned int slot)
{
    return policy_at(call, slot)->handle != 0;
}

static void out_filters(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const AmtDefensePolicy *policy = policy_at(call, slot);

    for (unsigned int i = 0; i < amt_defense_filter_count(policy); i++) {
        wsman_out_number(out, policy->filter[i]);
    }
}

static bool take_filters(WsmanCall *call, AmtDefensePolicy *policy)
{
    unsigned int count = wsman_count(call, "FilterCreationHandles");
    uint64_t handle;

    memset(policy->filter, 0, sizeof(policy->filter));
    if (count > AMT_DEFENSE_EACH) {
        return false;
    }
    for (unsigned int i = 0; i < count; i++) {
        if (!wsman_number(call, "FilterCreationHandles", i, UINT8_MAX, &handle) || !handle) {
            return false;
        }
        policy->filter[i] = (uint8_t)handle;
    }
    return true;
}

static bool set_filters(WsmanCall *call, const WsmanProperty *property, unsigned int slot)
{
    (void)property;
    return take_filters(call, &wsman_change(call)->defense.policy[slot]);
}

static WsmanFault put_policy(WsmanCall *call, unsigned int slot)
{
    if (!defense_may_set(call)) {
        return WSMAN_FAULT_DENIED;
    }
    return amt_defense_policy_sane(defense(call), policy_at(call, slot))
               ? WSMAN_FINE
               : WSMAN_FAULT_INVALID_VALUES;
}

static WsmanFault create_policy(WsmanCall *call, unsigned int *slot)
{
    static const struct {
        const char *name;
        size_t offset;
    } bools[] = {
        {"TxDefaultDrop", offsetof(AmtDefensePolicy, sent_drop)},
        {"TxDefaultMatchEvent", offsetof(AmtDefensePolicy, sent_event)},
        {"TxDefaultCount", offsetof(AmtDefensePolicy, sent_count)},
        {"RxDefaultDrop", offsetof(AmtDefensePolicy, received_drop)},
        {"RxDefaultMatchEvent", offsetof(AmtDefensePolicy, received_event)},
        {"RxDefaultCount", offsetof(AmtDefensePolicy, received_count)},
    };
    const char *name = wsman_text(call, "PolicyName", 0);
    AmtDefensePolicy policy;
    uint64_t precedence, spoofing = 0;

    memset(&policy, 0, sizeof(policy));
    if (!defense_may_set(call)) {
        return WSMAN_FAULT_DENIED;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bools); i++) {
        if (!wsman_has(call, bools[i].name)) {
            return WSMAN_FAULT_INVALID_VALUES;
        }
        *(bool *)((uint8_t *)&policy + bools[i].offset) = wsman_bool(call, bools[i].name);
    }
    for (const char *c = name; c && *c; c++) {
        if (!g_ascii_isprint(*c) || c - name >= AMT_DEFENSE_NAME_SIZE - 1) {
            return WSMAN_FAULT_INVALID_VALUES;
        }
    }
    if (!wsman_number(call, "PolicyPrecedence", 0, UINT32_MAX, &precedence) ||
        (wsman_has(call, "AntiSpoofingSupport") &&
         !wsman_number(call, "AntiSpoofingSupport", 0, AMT_DEFENSE_SPOOFING_MAX, &spoofing)) ||
        !take_filters(call, &policy)) {
        return WSMAN_FAULT_INVALID_VALUES;
    }
    g_strlcpy(policy.name, name ? name : "", sizeof(policy.name));
    policy.precedence = (uint32_t)precedence;
    policy.spoofing = (uint32_t)spoofing;
    return defense_fault(amt_defense_add_policy(&wsman_change(call)->defense, &policy, slot));
}

static WsmanFault remove_policy(WsmanCall *call, unsigned int slot)
{
    return defense_may_set(call)
               ? defense_fault(amt_defense_remove_policy(&wsman_change(call)->defense, slot))
               : WSMAN_FAULT_DENIED;
}

static uint32_t get_timeout(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_name(out, "Timeout");
    wsman_out_number(out, policy_at(call, slot)->timeout_min);
    return WSMAN_PT_SUCCESS;
}

static uint32_t set_timeout(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)out;
    if (!defense_may_set(call)) {
        return WSMAN_PT_NOT_PERMITTED;
    }
    wsman_change(call)->defense.policy[slot].timeout_min = wsman_u32(call, "Timeout");
    return WSMAN_PT_SUCCESS;
}

static uint32_t update_statistics(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const WsmanClass *class;
    unsigned int port;

    (void)out;
    if (!wsman_reference(call, "NetworkInterface", &class, &port) ||
        class != &wsman_CIM_EthernetPort || port != WIRED) {
        return WSMAN_PT_INVALID_PARAMETER;
    }
    if (!is_active(call, slot)) {
        return WSMAN_PT_NOT_FOUND;
    }
    amt_breaker_update(breaker(call), wsman_bool(call, "ResetOnRead"));
    return WSMAN_PT_SUCCESS;
}

#define END           \
    {                 \
        NULL, 0, 0, 0 \
    }
static const WsmanParameter timeout_in[] = {{"Timeout", WSMAN_U32, 0, UINT16_MAX}, END};
static const WsmanParameter update_in[] = {
    {"NetworkInterface", WSMAN_REFERENCE, 0, 0}, {"ResetOnRead", WSMAN_BOOL, 0, 0}, END};

#define INVALID WSMAN_PT_INVALID_PARAMETER

static const WsmanMethod policy_methods[] = {
    {"GetTimeout", NULL, "Timeout", get_timeout, DEFENSE_REALM, INVALID, false},
    {"SetTimeout", timeout_in, NULL, set_timeout, DEFENSE_REALM, INVALID, false},
    {"UpdateStatistics", update_in, NULL, update_statistics, DEFENSE_REALM, INVALID, false},
    {.name = NULL},
};

#define DEFAULT(name_, member_) WSMAN_EACH(name_, WSMAN_BOOL, WSMAN_WRITE, defense.policy, member_)

static const WsmanProperty policy[] = {
    {.name = "AntiSpoofingSupport",
     .type = WSMAN_U32,
     .flags = WSMAN_WRITE,
     .offset = offsetof(AmtData, defense.policy[0].spoofing),
     .size = sizeof(uint32_t),
     .stride = sizeof(AmtDefensePolicy),
     .max = AMT_DEFENSE_SPOOFING_MAX},
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT System Defense Policy"),
    WSMAN_GET_SET("FilterCreationHandles", WSMAN_U32, WSMAN_ARRAY, out_filters, set_filters),
    WSMAN_EACH("InstanceID", WSMAN_U32, WSMAN_KEY, defense.policy, handle),
    WSMAN_EACH("PolicyName", WSMAN_TEXT, WSMAN_WRITE, defense.policy, name),
    WSMAN_EACH("PolicyPrecedence", WSMAN_U32, WSMAN_WRITE, defense.policy, precedence),
    DEFAULT("RxDefaultCount", received_count),
    DEFAULT("RxDefaultDrop", received_drop),
    DEFAULT("RxDefaultMatchEvent", received_event),
    DEFAULT("TxDefaultCount", sent_count),
    DEFAULT("TxDefaultDrop", sent_drop),
    DEFAULT("TxDefaultMatchEvent", sent_event),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_SystemDefensePolicy = {
    .name = POLICY,
    .since_major = DEFENSE_SINCE,
    .read = DEFENSE_REALM,
    .write = DEFENSE_REALM,
    .slots = AMT_DEFENSE_POLICIES,
    .present = policy_here,
    .properties = policy,
    .methods = policy_methods,
    .put = put_policy,
    .create = create_policy,
    .remove = remove_policy,
};

/* ---- policy and port ---- */

static void out_port(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_reference(out, call, &wsman_CIM_EthernetPort, WIRED);
}

static void out_policy(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_reference(out, call, &wsman_AMT_SystemDefensePolicy, slot);
}

static void out_active(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_bool(out, is_active(call, slot));
}

/* The policy of an association with the wired port. */
static WsmanFault take_policy(WsmanCall *call, unsigned int *slot)
{
    const WsmanClass *class;
    unsigned int port;

    if (!defense_may_set(call)) {
        return WSMAN_FAULT_DENIED;
    }
    return wsman_reference(call, "Antecedent", &class, &port) && class == &wsman_CIM_EthernetPort &&
                   port == WIRED && wsman_reference(call, "Dependent", &class, slot) &&
                   class == &wsman_AMT_SystemDefensePolicy
               ? WSMAN_FINE
               : WSMAN_FAULT_INVALID_VALUES;
}

static bool is_bound(const WsmanCall *call, unsigned int slot)
{
    return policy_at(call, slot)->bound;
}

static bool set_enabled(WsmanCall *call, const WsmanProperty *property, unsigned int slot)
{
    amt_defense_enable(&wsman_change(call)->defense, slot, wsman_bool(call, property->name));
    return true;
}

static void out_enabled(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_bool(out, policy_at(call, slot)->enabled);
}

static WsmanFault may_put(WsmanCall *call, unsigned int slot)
{
    (void)slot;
    return defense_may_set(call) ? WSMAN_FINE : WSMAN_FAULT_DENIED;
}

static WsmanFault bind_policy(WsmanCall *call, unsigned int *slot)
{
    WsmanFault fault = take_policy(call, slot);

    if (fault != WSMAN_FINE) {
        return fault;
    }
    if (is_bound(call, *slot)) {
        return WSMAN_FAULT_EXISTS;
    }
    wsman_change(call)->defense.policy[*slot].bound = true;
    amt_defense_enable(&wsman_change(call)->defense, *slot,
                       !wsman_has(call, "Enabled") || wsman_bool(call, "Enabled"));
    return WSMAN_FINE;
}

static WsmanFault unbind_policy(WsmanCall *call, unsigned int slot)
{
    if (!defense_may_set(call)) {
        return WSMAN_FAULT_DENIED;
    }
    wsman_change(call)->defense.policy[slot].bound = false;
    wsman_change(call)->defense.policy[slot].enabled = false;
    return WSMAN_FINE;
}

#define PORT_AND_POLICY                                                \
    WSMAN_GET("Active", WSMAN_BOOL, 0, out_active),                    \
        WSMAN_GET("Antecedent", WSMAN_REFERENCE, WSMAN_KEY, out_port), \
        WSMAN_GET("Dependent", WSMAN_REFERENCE, WSMAN_KEY, out_policy)

static const WsmanProperty port_policy[] = {
    PORT_AND_POLICY,
    WSMAN_GET_SET("Enabled", WSMAN_BOOL, 0, out_enabled, set_enabled),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_NetworkPortSystemDefensePolicy = {
    .name = "AMT_NetworkPortSystemDefensePolicy",
    .base = "AMT_InterfacePolicy",
    .since_major = DEFENSE_SINCE,
    .read = DEFENSE_REALM,
    .write = DEFENSE_REALM,
    .slots = AMT_DEFENSE_POLICIES,
    .present = is_bound,
    .properties = port_policy,
    .put = may_put,
    .create = bind_policy,
    .remove = unbind_policy,
};

/* One of a kind: the default one, the agents' one. */
static WsmanFault set_only(WsmanCall *call, unsigned int *slot, uint32_t *handle)
{
    WsmanFault fault = take_policy(call, slot);

    if (fault == WSMAN_FINE && *handle) {
        fault = *handle == policy_at(call, *slot)->handle ? WSMAN_FAULT_EXISTS : WSMAN_FAULT_QUOTA;
    }
    if (fault == WSMAN_FINE) {
        *handle = policy_at(call, *slot)->handle;
    }
    return fault;
}

static WsmanFault clear_only(WsmanCall *call, uint32_t *handle)
{
    if (!defense_may_set(call)) {
        return WSMAN_FAULT_DENIED;
    }
    *handle = 0;
    return WSMAN_FINE;
}

static bool is_default(const WsmanCall *call, unsigned int slot)
{
    return policy_here(call, slot) &&
           policy_at(call, slot)->handle == defense(call)->default_policy;
}

static WsmanFault set_default(WsmanCall *call, unsigned int *slot)
{
    return set_only(call, slot, &wsman_change(call)->defense.default_policy);
}

static WsmanFault clear_default(WsmanCall *call, unsigned int slot)
{
    (void)slot;
    return clear_only(call, &wsman_change(call)->defense.default_policy);
}

static const WsmanProperty default_policy[] = {PORT_AND_POLICY, WSMAN_PROPERTIES_END};

const WsmanClass wsman_AMT_NetworkPortDefaultSystemDefensePolicy = {
    .name = "AMT_NetworkPortDefaultSystemDefensePolicy",
    .base = "CIM_Dependency",
    .since_major = 4,
    .read = DEFENSE_REALM,
    .write = DEFENSE_REALM,
    .slots = AMT_DEFENSE_POLICIES,
    .present = is_default,
    .properties = default_policy,
    .create = set_default,
    .remove = clear_default,
};

static bool is_agents(const WsmanCall *call, unsigned int slot)
{
    return policy_here(call, slot) && policy_at(call, slot)->handle == defense(call)->agent_policy;
}

static WsmanFault set_agents(WsmanCall *call, unsigned int *slot)
{
    return set_only(call, slot, &wsman_change(call)->defense.agent_policy);
}

static WsmanFault clear_agents(WsmanCall *call, unsigned int slot)
{
    (void)slot;
    wsman_change(call)->live.defense_by_agent = false;
    return clear_only(call, &wsman_change(call)->defense.agent_policy);
}

static const WsmanProperty agent_policy[] = {
    PORT_AND_POLICY,
    WSMAN_MEMBER("Enabled", WSMAN_BOOL, 0, live.defense_by_agent),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_AgentPresenceInterfacePolicy = {
    .name = "AMT_AgentPresenceInterfacePolicy",
    .base = "AMT_InterfacePolicy",
    .since_major = DEFENSE_SINCE,
    .read = DEFENSE_REALM,
    .write = DEFENSE_REALM,
    .slots = AMT_DEFENSE_POLICIES,
    .present = is_agents,
    .properties = agent_policy,
    .create = set_agents,
    .remove = clear_agents,
};

/* ---- filters in policies: those of the list, and behind them the defaults ---- */

#define IN_POLICY AMT_BREAKER_COUNTERS

static bool filter_in_policy(const WsmanCall *call, unsigned int slot)
{
    const AmtDefensePolicy *in = policy_at(call, slot / IN_POLICY);
    unsigned int at = slot % IN_POLICY;

    return in->handle && (at >= AMT_DEFENSE_EACH || at < amt_defense_filter_count(in));
}

static void out_its_policy(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    out_policy(call, slot / IN_POLICY, out);
}

static void out_its_filter(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    unsigned int at = slot % IN_POLICY;
    const AmtDefenseFilter *filter;
    unsigned int where;

    if (at >= AMT_DEFENSE_EACH) {
        wsman_out_reference(out, call, &wsman_AMT_NetworkFilter, at - AMT_DEFENSE_EACH);
        return;
    }
    filter = amt_defense_filter(defense(call), policy_at(call, slot / IN_POLICY)->filter[at]);
    if (filter) {
        where = (unsigned int)(filter - defense(call)->filter);
        wsman_out_reference(out, call, defense_filter_class(call, where), where);
    }
}

static const WsmanProperty in_policy[] = {
    WSMAN_GET("Antecedent", WSMAN_REFERENCE, WSMAN_KEY, out_its_policy),
    WSMAN_GET("Dependent", WSMAN_REFERENCE, WSMAN_KEY, out_its_filter),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_FilterInSystemDefensePolicy = {
    .name = "AMT_FilterInSystemDefensePolicy",
    .base = "CIM_Dependency",
    .since_major = DEFENSE_SINCE,
    .read = DEFENSE_REALM,
    .slots = AMT_DEFENSE_POLICIES * IN_POLICY,
    .present = filter_in_policy,
    .properties = in_policy,
};

/* ---- what they have counted ---- */

static AmtBreakerCounter counter_at(const WsmanCall *call, unsigned int slot, bool *here)
{
    AmtBreakerCounter counter = {0};

    *here = is_active(call, slot / IN_POLICY) && filter_in_policy(call, slot) &&
            amt_breaker_counter(breaker(call), slot % IN_POLICY, &counter);
    return counter;
}

static bool counter_here(const WsmanCall *call, unsigned int slot)
{
    bool here;

    counter_at(call, slot, &here);
    return here;
}

static void out_in_policy(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_reference(out, call, &wsman_AMT_FilterInSystemDefensePolicy, slot);
}

static void out_count(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    bool here;

    wsman_out_number(out, counter_at(call, slot, &here).count);
}

static void out_matched(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    bool here;

    wsman_out_bool(out, counter_at(call, slot, &here).matched);
}

static void out_activation(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    bool here;

    wsman_out_time(out, counter_at(call, slot, &here).activation_s);
}

static void out_reset(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    bool here;
    int64_t reset_s = counter_at(call, slot, &here).reset_s;

    if (reset_s) {
        wsman_out_time(out, reset_s);
    }
}

static const WsmanProperty statistics[] = {
    WSMAN_GET("ActivationTime", WSMAN_TIME, 0, out_activation),
    WSMAN_GET("Antecedent", WSMAN_REFERENCE, WSMAN_KEY, out_port),
    WSMAN_GET("Dependent", WSMAN_REFERENCE, WSMAN_KEY, out_in_policy),
    WSMAN_GET("FilterMatched", WSMAN_BOOL, 0, out_matched),
    WSMAN_GET("LastResetTime", WSMAN_TIME, 0, out_reset),
    WSMAN_GET("ReadCount", WSMAN_U32, 0, out_count),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_ActiveFilterStatistics = {
    .name = "AMT_ActiveFilterStatistics",
    .since_major = DEFENSE_SINCE,
    .read = DEFENSE_REALM,
    .slots = AMT_DEFENSE_POLICIES * IN_POLICY,
    .present = counter_here,
    .properties = statistics,
};

/* ---- the service, and how much of all there can be ---- */

static const WsmanProperty service[] = {
    WSMAN_SERVICE_KEYS("AMT_SystemDefenseService", "Intel(r) AMT System Defense Service",
                       DEFENSE_SYSTEM),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT System Defense Service"),
    WSMAN_NUMBER_IS("EnabledState", WSMAN_U16, 5),
    WSMAN_NUMBER_IS("RequestedState", WSMAN_U16, 12),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_SystemDefenseService = {
    .name = "AMT_SystemDefenseService",
    .base = "CIM_Service",
    .since_major = DEFENSE_SINCE,
    .read = DEFENSE_REALM,
    .slots = 1,
    .properties = service,
};

static void out_service(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_reference(out, call, &wsman_AMT_SystemDefenseService, 0);
}

static const WsmanProperty in_service[] = {
    WSMAN_GET("Antecedent", WSMAN_REFERENCE, WSMAN_KEY, out_service),
    WSMAN_GET("Dependent", WSMAN_REFERENCE, WSMAN_KEY, out_policy),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_SystemDefensePolicyInService = {
    .name = "AMT_SystemDefensePolicyInService",
    .base = "CIM_Dependency",
    .since_major = DEFENSE_SINCE,
    .read = DEFENSE_REALM,
    .slots = AMT_DEFENSE_POLICIES,
    .present = policy_here,
    .properties = in_service,
};

static const WsmanProperty general[] = {
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT: General System Defense Capabilities"),
    WSMAN_NUMBER_IS("GlobalMaxSupportedFilters", WSMAN_U32, AMT_DEFENSE_FILTERS),
    WSMAN_NUMBER_IS("GlobalMaxSupportedPolicies", WSMAN_U32, AMT_DEFENSE_POLICIES),
    WSMAN_KEY_IS("InstanceID", "Intel(r) AMT: General System Defense Capabilities"),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_GeneralSystemDefenseCapabilities = {
    .name = "AMT_GeneralSystemDefenseCapabilities",
    .base = "CIM_Capabilities",
    .since_major = DEFENSE_SINCE,
    .read = DEFENSE_REALM,
    .slots = 1,
    .properties = general,
};

#define EACH_WAY (AMT_DEFENSE_EACH / AMT_DEFENSE_WAYS)

static void spoofing_known(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    (void)slot;
    wsman_out_bool(out, true);
}

static void spoofing_unknown(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    (void)slot;
    wsman_out_bool(out, false);
}

static const WsmanProperty of_port[] = {
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT: Network Port System Defense Capabilities 0"),
    WSMAN_GET("IPv4_AntiSpoofingCapable", WSMAN_BOOL, 0, spoofing_known),
    WSMAN_NUMBER_IS("IPv4_MaxRxCounters", WSMAN_U16, EACH_WAY),
    WSMAN_NUMBER_IS("IPv4_MaxRxFilters", WSMAN_U16, EACH_WAY),
    WSMAN_NUMBER_IS("IPv4_MaxTxCounters", WSMAN_U16, EACH_WAY),
    WSMAN_NUMBER_IS("IPv4_MaxTxFilters", WSMAN_U16, EACH_WAY),
    WSMAN_GET("IPv6_AntiSpoofingCapable", WSMAN_BOOL, 0, spoofing_unknown),
    WSMAN_NUMBER_IS("IPv6_MaxRxCounters", WSMAN_U16, EACH_WAY),
    WSMAN_NUMBER_IS("IPv6_MaxRxFilters", WSMAN_U16, EACH_WAY),
    WSMAN_NUMBER_IS("IPv6_MaxTxCounters", WSMAN_U16, EACH_WAY),
    WSMAN_NUMBER_IS("IPv6_MaxTxFilters", WSMAN_U16, EACH_WAY),
    WSMAN_NUMBER_IS("IPv6_to_IPv4_Ratio", WSMAN_U16, 1),
    WSMAN_KEY_IS("InstanceID", "Intel(r) AMT: Network Port System Defense Capabilities 0"),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_NetworkPortSystemDefenseCapabilities = {
    .name = "AMT_NetworkPortSystemDefenseCapabilities",
    .base = "CIM_Capabilities",
    .since_major = DEFENSE_SINCE,
    .read = DEFENSE_REALM,
    .slots = 1,
    .properties = of_port,
};
