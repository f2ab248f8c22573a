/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Agent presence: AMT_AgentPresence*, AMT_StateTransitionCondition, CIM_ConcreteDependency between
 * them, and IPS_WatchDogAction. AMT SDK, "Agent Presence"; names: intel/lms class metadata.
 */
#include <string.h>

#include "firmware-sim/amt/amt-agents.h"
#include "firmware-sim/amt/wsman/classes.h"

#define SINCE        3
#define SINCE_ACTION 11 /* AMT SDK, IPS_WatchDogAction */
#define SYSTEM       "Intel(r) AMT"
#define BASE64_SINCE 6 /* AMT SDK, "Create an Agent Watchdog": before it, hexadecimal */

#define LOCAL  WSMAN_REALM_AGENT_LOCAL
#define REMOTE WSMAN_REALM_AGENT_REMOTE

static AmtAgentKeeper *keeper(const WsmanCall *call)
{
    return wsman_context(call)->agents;
}

static bool agent_here(const WsmanCall *call, unsigned int slot)
{
    return amt_agent_present(wsman_data(call), slot);
}

/* ---- AMT_AgentPresenceWatchdog ---- */

static void out_id(const WsmanCall *call, const uint8_t *id, WsmanOut *out)
{
    if (amt_state_at_least(wsman_amt(call), BASE64_SINCE, 0)) {
        wsman_out_base64(out, id, AMT_AGENT_ID_SIZE);
    } else {
        wsman_out_hex(out, id, AMT_AGENT_ID_SIZE);
    }
}

static void device_id(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    out_id(call, wsman_data(call)->agents.agent[slot].id, out);
}

static bool take_id(WsmanCall *call, uint8_t *id)
{
    g_autoptr(GBytes) bytes = NULL;

    if (wsman_hex(call, "DeviceID", id, AMT_AGENT_ID_SIZE)) {
        return true;
    }
    bytes = wsman_bytes(call, "DeviceID");
    if (!bytes || g_bytes_get_size(bytes) != AMT_AGENT_ID_SIZE) {
        return false;
    }
    memcpy(id, g_bytes_get_data(bytes, NULL), AMT_AGENT_ID_SIZE);
    return true;
}

static void current_state(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_number(out, wsman_data(call)->live.agent[slot].state);
}

static WsmanFault create_agent(WsmanCall *call, unsigned int *slot)
{
    AmtAgent agent = {0};
    uint64_t startup_s, timeout_s;
    const char *name = wsman_text(call, "MonitoredEntityDescription", 0);

    if (!take_id(call, agent.id) ||
        !wsman_number(call, "StartupInterval", 0, UINT16_MAX, &startup_s) ||
        !wsman_number(call, "TimeoutInterval", 0, UINT16_MAX, &timeout_s)) {
        return WSMAN_FAULT_INVALID_VALUES;
    }
    for (const char *c = name; c && *c; c++) {
        if (!g_ascii_isprint(*c) || c - name >= AMT_AGENT_NAME_SIZE - 1) {
            return WSMAN_FAULT_INVALID_VALUES;
        }
    }
    g_strlcpy(agent.name, name ? name : "", sizeof(agent.name));
    agent.startup_s = (uint32_t)startup_s;
    agent.timeout_s = (uint32_t)timeout_s;
    switch (amt_agent_add(wsman_change(call), amt_state_running(wsman_amt(call)), &agent, slot)) {
    case AMT_AGENT_OK:
        return WSMAN_FINE;
    case AMT_AGENT_LIMIT:
        return WSMAN_FAULT_QUOTA;
    default:
        return WSMAN_FAULT_INVALID_VALUES; /* such as an id that is there */
    }
}

static WsmanFault put_agent(WsmanCall *call, unsigned int slot)
{
    const AmtAgent *agent = &wsman_data(call)->agents.agent[slot];

    return agent->startup_s && agent->timeout_s ? WSMAN_FINE : WSMAN_FAULT_INVALID_VALUES;
}

static WsmanFault remove_agent(WsmanCall *call, unsigned int slot)
{
    amt_agent_remove(wsman_change(call), slot);
    return WSMAN_FINE;
}

static uint32_t register_agent(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    uint32_t sequence;
    AmtAgentStatus status =
        keeper(call) ? amt_agents_register(keeper(call), slot, &sequence) : AMT_AGENT_NOT_READY;

    if (status == AMT_AGENT_OK) {
        wsman_out_name(out, "SessionSequenceNumber");
        wsman_out_number(out, sequence);
        wsman_out_name(out, "TimeoutInterval");
        wsman_out_number(out, wsman_data(call)->agents.agent[slot].timeout_s);
    }
    return status;
}

static uint32_t assert_presence(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)out;
    return keeper(call)
               ? amt_agents_heartbeat(keeper(call), slot, wsman_u32(call, "SequenceNumber"))
               : AMT_AGENT_NOT_READY;
}

static uint32_t assert_shutdown(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)out;
    return keeper(call) ? amt_agents_shutdown(keeper(call), slot, wsman_u32(call, "SequenceNumber"))
                        : AMT_AGENT_NOT_READY;
}

static uint32_t add_action(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    AmtAgentAction action = {
        .agent = slot + 1,
        .old_states = wsman_u32(call, "OldState"),
        .new_states = wsman_u32(call, "NewState"),
        .event = wsman_bool(call, "EventOnTransition"),
        .has_defense = wsman_has(call, "ActionSd"),
        .defense = wsman_u32(call, "ActionSd"),
        .posture = wsman_bool(call, "ActionEac"),
    };
    unsigned int at;

    (void)out;
    return amt_agent_add_action(wsman_change(call), &action, &at);
}

static uint32_t delete_actions(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)out;
    amt_agent_remove_actions(wsman_change(call), slot);
    return WSMAN_PT_SUCCESS;
}

#define END           \
    {                 \
        NULL, 0, 0, 0 \
    }
static const WsmanParameter sequence_in[] = {{"SequenceNumber", WSMAN_U32, 0, 0}, END};
static const WsmanParameter action_in[] = {
    {"OldState", WSMAN_U16, 0, AMT_AGENT_STATES}, {"NewState", WSMAN_U16, 0, AMT_AGENT_STATES},
    {"EventOnTransition", WSMAN_BOOL, 0, 0},      {"ActionSd", WSMAN_U16, WSMAN_OPTIONAL, 1},
    {"ActionEac", WSMAN_BOOL, WSMAN_OPTIONAL, 0}, END};

#define INVALID WSMAN_PT_INVALID_PARAMETER

static const WsmanMethod agent_methods[] = {
    {"RegisterAgent", NULL, "SessionSequenceNumber, TimeoutInterval", register_agent, LOCAL,
     INVALID, false},
    {"AssertPresence", sequence_in, NULL, assert_presence, LOCAL, INVALID, false},
    {"AssertShutdown", sequence_in, NULL, assert_shutdown, LOCAL, INVALID, false},
    {"AddAction", action_in, NULL, add_action, REMOTE, INVALID, false},
    {"DeleteAllActions", NULL, NULL, delete_actions, REMOTE, INVALID, false},
    {.name = NULL},
};

static const WsmanProperty agent[] = {
    WSMAN_KEY_IS("CreationClassName", "AMT_AgentPresenceWatchdog"),
    WSMAN_GET("CurrentState", WSMAN_U16, 0, current_state),
    WSMAN_GET("DeviceID", WSMAN_BASE64, WSMAN_KEY, device_id),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Agent Presence Watchdog"),
    WSMAN_NUMBER_IS("EnabledState", WSMAN_U16, 5),
    WSMAN_NUMBER_IS("MonitoredEntity", WSMAN_U16, 1), /* other */
    WSMAN_EACH("MonitoredEntityDescription", WSMAN_TEXT, WSMAN_WRITE, agents.agent, name),
    WSMAN_EACH("StartupInterval", WSMAN_U16, WSMAN_WRITE, agents.agent, startup_s),
    WSMAN_KEY_IS("SystemCreationClassName", "CIM_ComputerSystem"),
    WSMAN_KEY_IS("SystemName", SYSTEM),
    WSMAN_EACH("TimeoutInterval", WSMAN_U16, WSMAN_WRITE, agents.agent, timeout_s),
    WSMAN_NUMBER_IS("TimerResolution", WSMAN_U32, 1000),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_AgentPresenceWatchdog = {
    .name = "AMT_AgentPresenceWatchdog",
    .base = "CIM_Watchdog",
    .since_major = SINCE,
    .read = LOCAL | REMOTE,
    .write = REMOTE,
    .slots = AMT_AGENTS,
    .present = agent_here,
    .properties = agent,
    .methods = agent_methods,
    .put = put_agent,
    .create = create_agent,
    .remove = remove_agent,
};

/* ---- an action: a condition and what is done then ---- */

static const AmtAgentAction *action_at(const WsmanCall *call, unsigned int slot)
{
    return &wsman_data(call)->agents.action[slot];
}

static bool action_here(const WsmanCall *call, unsigned int slot)
{
    return action_at(call, slot)->agent != 0;
}

static void rule_name(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    unsigned int of = action_at(call, slot)->agent - 1;

    out_id(call, wsman_data(call)->agents.agent[of].id, out);
}

static void action_name(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    wsman_out_number(out, slot);
}

static void action_defense(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    if (action_at(call, slot)->has_defense) {
        wsman_out_number(out, action_at(call, slot)->defense);
    }
}

static uint32_t get_posture(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_name(out, "ActionEac");
    wsman_out_bool(out, action_at(call, slot)->posture);
    return WSMAN_PT_SUCCESS;
}

static const WsmanMethod action_methods[] = {
    {"GetActionEac", NULL, "ActionEac", get_posture, REMOTE, INVALID, false},
    {.name = NULL},
};

#define POLICY_KEYS(class_, name_)                                                \
    WSMAN_KEY_IS("CreationClassName", class_),                                    \
        WSMAN_GET(name_, WSMAN_TEXT, WSMAN_KEY, action_name),                     \
        WSMAN_KEY_IS("PolicyRuleCreationClassName", "AMT_AgentPresenceWatchdog"), \
        WSMAN_GET("PolicyRuleName", WSMAN_TEXT, WSMAN_KEY, rule_name),            \
        WSMAN_KEY_IS("SystemCreationClassName", "CIM_ComputerSystem"),            \
        WSMAN_KEY_IS("SystemName", SYSTEM)

static const WsmanProperty action[] = {
    WSMAN_GET("ActionSd", WSMAN_U16, 0, action_defense),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Agent Presence Watchdog Action"),
    WSMAN_EACH("EventOnTransition", WSMAN_BOOL, 0, agents.action, event),
    POLICY_KEYS("AMT_AgentPresenceWatchdogAction", "PolicyActionName"),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_AgentPresenceWatchdogAction = {
    .name = "AMT_AgentPresenceWatchdogAction",
    .base = "CIM_PolicyAction",
    .since_major = SINCE,
    .read = LOCAL | REMOTE,
    .slots = AMT_AGENT_ACTIONS,
    .present = action_here,
    .properties = action,
    .methods = action_methods,
};

static const WsmanProperty condition[] = {
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT State Transition Condition"),
    WSMAN_EACH("NewState", WSMAN_U16, 0, agents.action, new_states),
    WSMAN_EACH("OldState", WSMAN_U16, 0, agents.action, old_states),
    POLICY_KEYS("AMT_StateTransitionCondition", "PolicyConditionName"),
    WSMAN_TEXT_IS("StateSpace", "AMT_AgentPresenceWatchdog"),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_StateTransitionCondition = {
    .name = "AMT_StateTransitionCondition",
    .base = "CIM_PolicyCondition",
    .since_major = SINCE,
    .read = LOCAL | REMOTE,
    .slots = AMT_AGENT_ACTIONS,
    .present = action_here,
    .properties = condition,
};

/* ---- what hangs on what: service, agent, condition, action ---- */

typedef struct Link {
    const WsmanClass *class[2]; /* antecedent, dependent */
    unsigned int slot[2];
    bool here;
} Link;

static Link link_at(const WsmanCall *call, unsigned int slot)
{
    unsigned int at = slot - AMT_AGENTS;

    if (slot < AMT_AGENTS) {
        return (Link){{&wsman_AMT_AgentPresenceService, &wsman_AMT_AgentPresenceWatchdog},
                      {0, slot},
                      agent_here(call, slot)};
    }
    if (at < AMT_AGENT_ACTIONS) {
        return (Link){{&wsman_AMT_AgentPresenceWatchdog, &wsman_AMT_StateTransitionCondition},
                      {action_at(call, at)->agent - 1, at},
                      action_here(call, at)};
    }
    at -= AMT_AGENT_ACTIONS;
    return (Link){{&wsman_AMT_StateTransitionCondition, &wsman_AMT_AgentPresenceWatchdogAction},
                  {at, at},
                  action_here(call, at)};
}

static bool link_here(const WsmanCall *call, unsigned int slot)
{
    return link_at(call, slot).here;
}

static void out_end(const WsmanCall *call, unsigned int slot, unsigned int end, WsmanOut *out)
{
    Link link = link_at(call, slot);

    wsman_out_reference(out, call, link.class[end], link.slot[end]);
}

static void antecedent(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    out_end(call, slot, 0, out);
}

static void dependent(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    out_end(call, slot, 1, out);
}

static const WsmanProperty dependency[] = {
    WSMAN_GET("Antecedent", WSMAN_REFERENCE, WSMAN_KEY, antecedent),
    WSMAN_GET("Dependent", WSMAN_REFERENCE, WSMAN_KEY, dependent),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_CIM_ConcreteDependency = {
    .name = "CIM_ConcreteDependency",
    .base = "CIM_Dependency",
    .since_major = SINCE,
    .read = LOCAL | REMOTE,
    .slots = AMT_AGENTS + 2 * AMT_AGENT_ACTIONS,
    .present = link_here,
    .properties = dependency,
};

/* ---- the service, and how much of all there can be ---- */

static const WsmanProperty service[] = {
    WSMAN_SERVICE_KEYS("AMT_AgentPresenceService", "Intel(r) AMT Agent Presence Service", SYSTEM),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Agent Presence Service"),
    WSMAN_NUMBER_IS("EnabledState", WSMAN_U16, 5),
    WSMAN_NUMBER_IS("RequestedState", WSMAN_U16, 12),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_AgentPresenceService = {
    .name = "AMT_AgentPresenceService",
    .base = "CIM_Service",
    .since_major = SINCE,
    .read = LOCAL | REMOTE,
    .slots = 1,
    .properties = service,
};

static const WsmanProperty capabilities[] = {
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT: Agent Presence Capabilities"),
    WSMAN_KEY_IS("InstanceID", "Intel(r) AMT: Agent Presence Capabilities"),
    WSMAN_NUMBER_IS("MaxEacAgents", WSMAN_U32, AMT_AGENTS),
    WSMAN_NUMBER_IS("MaxTotalActions", WSMAN_U32, AMT_AGENT_ACTIONS),
    WSMAN_NUMBER_IS("MaxTotalAgents", WSMAN_U32, AMT_AGENTS),
    WSMAN_NUMBER_IS("MinGuaranteedActionListSize", WSMAN_U32, AMT_AGENT_ACTIONS_EACH),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_AgentPresenceCapabilities = {
    .name = "AMT_AgentPresenceCapabilities",
    .base = "CIM_Capabilities",
    .since_major = SINCE,
    .read = LOCAL | REMOTE,
    .slots = 1,
    .properties = capabilities,
};

/* ---- IPS_WatchDogAction: what running out does to the host ---- */

static void rearm_reset(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_bool(out, !wsman_data(call)->live.watchdog_spent);
}

static bool set_rearm_reset(WsmanCall *call, const WsmanProperty *property, unsigned int slot)
{
    (void)slot;
    wsman_change(call)->live.watchdog_spent = !wsman_bool(call, property->name);
    return true;
}

static uint32_t apply_action(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const WsmanClass *class;
    unsigned int at;

    (void)slot;
    (void)out;
    if (!wsman_reference(call, "AgentPresenceWatchDog", &class, &at) ||
        class != &wsman_AMT_AgentPresenceWatchdog) {
        return INVALID;
    }
    wsman_change(call)->agents.agent[at].reboots = wsman_bool(call, "ActionEnable");
    return WSMAN_PT_SUCCESS;
}

static uint32_t cancel_reset(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    AmtWatchdog *watchdog = wsman_context(call)->watchdog;

    (void)slot;
    (void)out;
    return watchdog && amt_watchdog_cancel_reset(watchdog) ? WSMAN_PT_SUCCESS : WSMAN_PT_NOT_FOUND;
}

static const WsmanParameter apply_in[] = {
    {"AgentPresenceWatchDog", WSMAN_REFERENCE, 0, 0}, {"ActionEnable", WSMAN_BOOL, 0, 0}, END};

static const WsmanMethod watchdog_methods[] = {
    {"ApplyActionOnWatchDog", apply_in, NULL, apply_action, REMOTE, INVALID, false},
    {"CancelRebootAction", NULL, NULL, cancel_reset, REMOTE, INVALID, false},
    {.name = NULL},
};

static const WsmanProperty watchdog_action[] = {
    WSMAN_MEMBER_MAX("AgentPresenceWatchDogExpirationAction", WSMAN_U32, WSMAN_WRITE,
                     watchdog.agent_action, AMT_WATCHDOG_RESET),
    WSMAN_TEXT_IS("ElementName", "Intel (r) AMT Watch Dog Action"),
    WSMAN_MEMBER_MAX("HeciWatchDogExpirationAction", WSMAN_U32, WSMAN_WRITE, watchdog.action,
                     AMT_WATCHDOG_RESET),
    WSMAN_KEY_IS("InstanceID", "Intel (r) AMT Watch Dog Action"),
    WSMAN_GET_SET("ReArmReset", WSMAN_BOOL, 0, rearm_reset, set_rearm_reset),
    WSMAN_MEMBER_MAX("Timeout", WSMAN_U32, WSMAN_WRITE, watchdog.delay_s, AMT_WATCHDOG_DELAY_MAX_S),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_IPS_WatchDogAction = {
    .name = "IPS_WatchDogAction",
    .since_major = SINCE_ACTION,
    .read = LOCAL | REMOTE,
    .write = REMOTE,
    .slots = 1,
    .properties = watchdog_action,
    .methods = watchdog_methods,
};
