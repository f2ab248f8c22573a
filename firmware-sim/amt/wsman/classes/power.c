/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power of the host. PowerState values: DMTF CIM schema, CIM_PowerManagementService; which AMT
 * reports and takes: AMT SDK "Change System Power State", go-wsman-messages cim/power.
 */
#include <string.h>

#include "firmware-sim/amt/amt-agents.h"
#include "firmware-sim/amt/event.h"
#include "firmware-sim/amt/wsman/classes.h"
#include "firmware-sim/amt/wsman/classes/power.h"
#include "firmware-sim/amt/wsman/session.h"

enum {
    STATE_ON = 2,
    STATE_SLEEP_DEEP = 4,
    STATE_CYCLE_SOFT = 5,
    STATE_OFF_HARD = 6,
    STATE_OFF_SOFT = 8,
    STATE_CYCLE_HARD = 9,
    STATE_RESET = 10,
    STATE_NMI = 11,
    STATE_OFF_GRACEFUL = 12,
};

static const struct {
    uint32_t state;
    SwmePowerAction action;
} requests[] = {
    /* In the order in which they are reported. */
    {STATE_ON, SWME_POWER_ON},        {STATE_RESET, SWME_POWER_RESET},
    {STATE_OFF_SOFT, SWME_POWER_OFF}, {STATE_CYCLE_SOFT, SWME_POWER_CYCLE},
    {STATE_NMI, SWME_POWER_NMI},      {STATE_OFF_GRACEFUL, SWME_POWER_SOFT_OFF},
    {STATE_OFF_HARD, SWME_POWER_OFF}, {STATE_CYCLE_HARD, SWME_POWER_CYCLE},
};
#define REPORTED 6 /* of them */

static bool is_real(const SwmeMachine *machine)
{
    return machine->ops && machine->ops->act && machine->ops->actions && machine->ops->power;
}

static SwmeHostPower host_power(const WsmanCall *call)
{
    const SwmeMachine *machine = wsman_machine(call);

    return is_real(machine) ? machine->ops->power(machine->opaque) : wsman_session(call)->host;
}

static unsigned int host_actions(const WsmanCall *call)
{
    const SwmeMachine *machine = wsman_machine(call);

    if (is_real(machine)) {
        return machine->ops->actions(machine->opaque);
    }
    return wsman_session(call)->host == SWME_HOST_S0
               ? 1u << SWME_POWER_RESET | 1u << SWME_POWER_OFF | 1u << SWME_POWER_CYCLE
               : 1u << SWME_POWER_ON;
}

static void tell_agents(const WsmanCall *call, SwmeHostPower power)
{
    AmtAgentKeeper *agents = wsman_context(call)->agents;

    if (agents && power == SWME_HOST_S0) {
        amt_agents_boot(agents);
    } else if (agents) {
        amt_agents_power(agents, power);
    }
}

/* A host that does not exist still has a state, for who develops a console. */
static bool pretend(WsmanCall *call, SwmePowerAction action)
{
    WsmanSession *session = wsman_session(call);
    AmtState *amt = wsman_amt(call);
    bool was_on = session->host == SWME_HOST_S0;

    session->host = action == SWME_POWER_OFF ? SWME_HOST_S5 : SWME_HOST_S0;
    if (action == SWME_POWER_OFF || action == SWME_POWER_CYCLE) {
        tell_agents(call, SWME_HOST_S5);
        amt_event_raise_kind(amt, AMT_EVENT_POWERED_OFF);
    }
    if (action != SWME_POWER_OFF) {
        tell_agents(call, SWME_HOST_S0);
        amt_event_raise_kind(amt, was_on && action == SWME_POWER_RESET ? AMT_EVENT_RESET
                                                                       : AMT_EVENT_POWERED_ON);
    }
    return true;
}

static void set_remote_start(AmtState *amt, bool remote)
{
    AmtLive live = amt_state_data(amt)->live;

    live.remote_start = remote;
    amt_state_set_live(amt, &live);
    explicit_bzero(&live, sizeof(live));
}

static uint32_t act(WsmanCall *call, SwmePowerAction action)
{
    const SwmeMachine *machine = wsman_machine(call);
    AmtPower power = amt_state_data(wsman_amt(call))->power;
    bool starts =
        action != SWME_POWER_OFF && action != SWME_POWER_SOFT_OFF && action != SWME_POWER_NMI;
    bool before = wsman_data(call)->live.remote_start;
    bool done;

    set_remote_start(wsman_amt(call), starts);
    done = is_real(machine) ? machine->ops->act(machine->opaque, action) : pretend(call, action);
    if (!done) {
        set_remote_start(wsman_amt(call), before);
        return WSMAN_CIM_FAILED;
    }
    power.remote_s = amt_state_time(wsman_amt(call));
    if (starts) {
        power.reset_remote = true;
    }
    amt_state_set_power(wsman_amt(call), &power);
    return WSMAN_CIM_OK;
}

static uint32_t request_state(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    uint32_t wanted = wsman_u32(call, "PowerState");
    SwmeHostPower now = host_power(call);
    const WsmanClass *class;
    unsigned int target;

    (void)slot;
    (void)out;
    if (wsman_has(call, "ManagedElement") &&
        (!wsman_reference(call, "ManagedElement", &class, &target) ||
         class != &wsman_CIM_ComputerSystem || target != 0)) {
        return WSMAN_CIM_INVALID_PARAMETER;
    }
    if (wanted < STATE_ON || wanted > 16) {
        return WSMAN_CIM_INVALID_PARAMETER;
    }
    if (wanted == STATE_ON && now == SWME_HOST_S0) {
        return WSMAN_CIM_OK;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(requests); i++) {
        if (requests[i].state == wanted) {
            if (host_actions(call) & 1u << requests[i].action) {
                return act(call, requests[i].action);
            }
            /* Of what a machine that is off cannot do now. */
            return now == SWME_HOST_S0 ? WSMAN_CIM_NOT_SUPPORTED : WSMAN_CIM_FAILED;
        }
    }
    return WSMAN_CIM_NOT_SUPPORTED; /* asleep or graceful: that is an agent's in the host */
}

static const WsmanParameter request_state_in[] = {
    {"PowerState", WSMAN_U16, 0, 0},
    {"ManagedElement", WSMAN_REFERENCE, WSMAN_OPTIONAL, 0},
    {"Time", WSMAN_TIME, WSMAN_OPTIONAL, 0},
    {"TimeoutPeriod", WSMAN_TIME, WSMAN_OPTIONAL, 0},
    {NULL, 0, 0, 0},
};

static const WsmanMethod power_methods[] = {
    {"RequestPowerStateChange", request_state_in, NULL, request_state, WSMAN_REALM_REMOTE_CONTROL,
     WSMAN_CIM_INVALID_PARAMETER, false},
    {.name = NULL},
};

static const WsmanProperty power_service[] = {
    WSMAN_SERVICE_KEYS("CIM_PowerManagementService", "Intel(r) AMT Power Management Service",
                       "Intel(r) AMT"),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Power Management Service"),
    WSMAN_NUMBER_IS("EnabledState", WSMAN_U16, 5),
    WSMAN_NUMBER_IS("RequestedState", WSMAN_U16, 12),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_CIM_PowerManagementService = {
    .name = "CIM_PowerManagementService",
    .base = "CIM_Service",
    .read = WSMAN_REALM_ANY,
    .slots = 1,
    .properties = power_service,
    .methods = power_methods,
};

/* ---- the state, as an association ---- */

static void power_state(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    static const uint32_t states[] = {
        [SWME_HOST_S0] = STATE_ON,
        [SWME_HOST_S3] = STATE_SLEEP_DEEP,
        [SWME_HOST_S5] = STATE_OFF_SOFT,
    };

    (void)slot;
    wsman_out_number(out, states[host_power(call)]);
}

static void available_states(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    unsigned int actions = host_actions(call);

    (void)slot;
    for (size_t i = 0; i < REPORTED; i++) {
        if (actions & 1u << requests[i].action) {
            wsman_out_number(out, requests[i].state);
        }
    }
}

static void service_provided(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_reference(out, call, &wsman_CIM_PowerManagementService, slot);
}

static void user_of_service(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_reference(out, call, &wsman_CIM_ComputerSystem, slot);
}

static const WsmanProperty associated_power[] = {
    WSMAN_GET("AvailableRequestedPowerStates", WSMAN_U16, WSMAN_ARRAY, available_states),
    WSMAN_GET("PowerState", WSMAN_U16, 0, power_state),
    WSMAN_GET("ServiceProvided", WSMAN_REFERENCE, WSMAN_KEY, service_provided),
    WSMAN_GET("UserOfService", WSMAN_REFERENCE, WSMAN_KEY, user_of_service),
    WSMAN_PROPERTIES_END,
};

static const WsmanProperty service_available[] = {
    WSMAN_GET("ServiceProvided", WSMAN_REFERENCE, WSMAN_KEY, service_provided),
    WSMAN_GET("UserOfService", WSMAN_REFERENCE, WSMAN_KEY, user_of_service),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_CIM_AssociatedPowerManagementService = {
    .name = "CIM_AssociatedPowerManagementService",
    .above = &wsman_CIM_ServiceAvailableToElement,
    .read = WSMAN_REALM_ANY,
    .slots = 1,
    .properties = associated_power,
};

/* None of its own: enumerating it brings what comes from it. */
const WsmanClass wsman_CIM_ServiceAvailableToElement = {
    .name = "CIM_ServiceAvailableToElement",
    .read = WSMAN_REALM_ANY,
    .properties = service_available,
};

/* ---- what can be asked for at all ---- */

static void supported_states(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    (void)slot;
    for (size_t i = 0; i < REPORTED; i++) {
        wsman_out_number(out, requests[i].state);
    }
}

static void change_capabilities(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    (void)slot;
    wsman_out_number(out, 2); /* power state is settable, cycling off-soft, off-hard */
    wsman_out_number(out, 3);
    wsman_out_number(out, 4);
}

static const WsmanProperty power_capabilities[] = {
    WSMAN_KEY_IS("InstanceID", "Intel(r) AMT:PowerManagementCapabilities 0"),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT:PowerManagementCapabilities"),
    WSMAN_GET("PowerChangeCapabilities", WSMAN_U16, WSMAN_ARRAY, change_capabilities),
    WSMAN_GET("PowerStatesSupported", WSMAN_U16, WSMAN_ARRAY, supported_states),
    WSMAN_GET("RequestedPowerStatesSupported", WSMAN_U16, WSMAN_ARRAY, supported_states),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_CIM_PowerManagementCapabilities = {
    .name = "CIM_PowerManagementCapabilities",
    .base = "CIM_Capabilities",
    .read = WSMAN_REALM_ANY,
    .slots = 1,
    .properties = power_capabilities,
};

/* ---- IPS_PowerManagementService: whether the operating system saves power ---- */

enum { SAVING_UNKNOWN, SAVING_UNSUPPORTED, SAVING_FULL, SAVING_ON };

static void saving_state(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_number(out, host_power(call) == SWME_HOST_S0 ? SAVING_FULL : SAVING_UNKNOWN);
}

static uint32_t request_saving(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    (void)out;
    /* It is already at full power; saving is an agent's business in the host (AMT SDK). */
    return host_power(call) == SWME_HOST_S0 && wsman_u32(call, "OSPowerSavingState") == SAVING_FULL
               ? WSMAN_PT_SUCCESS
               : WSMAN_CIM_NOT_SUPPORTED;
}

static const WsmanParameter request_saving_in[] = {
    {"OSPowerSavingState", WSMAN_U16, 0, 0},
    {"ManagedElement", WSMAN_REFERENCE, WSMAN_OPTIONAL, 0},
    {"Time", WSMAN_TIME, WSMAN_OPTIONAL, 0},
    {"TimeoutPeriod", WSMAN_TIME, WSMAN_OPTIONAL, 0},
    {NULL, 0, 0, 0},
};

static const WsmanMethod saving_methods[] = {
    {"RequestOSPowerSavingStateChange", request_saving_in, NULL, request_saving,
     WSMAN_REALM_REMOTE_CONTROL, WSMAN_CIM_INVALID_PARAMETER, false},
    {.name = NULL},
};

static const WsmanProperty saving_service[] = {
    WSMAN_SERVICE_KEYS("IPS_PowerManagementService", "Intel(r) AMT Power Management Service",
                       "Intel(r) AMT"),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Power Management Service"),
    WSMAN_NUMBER_IS("EnabledState", WSMAN_U16, 5),
    WSMAN_NUMBER_IS("RequestedState", WSMAN_U16, 12),
    WSMAN_GET("OSPowerSavingState", WSMAN_U16, 0, saving_state),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_IPS_PowerManagementService = {
    .name = "IPS_PowerManagementService",
    .base = "CIM_Service",
    .since_major = 10, /* MeshCommander asks only above 9 */
    .read = WSMAN_REALM_ANY,
    .slots = 1,
    .properties = saving_service,
    .methods = saving_methods,
};

/* ---- when AMT itself has power ---- */

static const struct {
    const char *policy;
    uint8_t guid[16]; /* invented: no public source has the real ones */
} schemes[] = {
    {"Desktop: ON in S0", {0x73, 0x77, 0x6d, 0x65, 1}},
    {"Desktop: ON in S0, ME Wake in S3, S4-5", {0x73, 0x77, 0x6d, 0x65, 2}},
};

bool wsman_power_scheme_is_current(const WsmanCall *call, unsigned int slot)
{
    return strcmp(wsman_data(call)->power.policy, schemes[slot].policy) == 0;
}

static void scheme_id(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    static const char *const ids[] = {"SCHEME 0", "SCHEME 1"};

    (void)call;
    wsman_out_text(out, ids[slot]);
}

static void scheme_text(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    wsman_out_text(out, schemes[slot].policy);
}

static void scheme_guid(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    wsman_out_base64(out, schemes[slot].guid, sizeof(schemes[slot].guid));
}

static uint32_t set_scheme(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    AmtPower *power = &wsman_change(call)->power;

    (void)out;
    memset(power->policy, 0, sizeof(power->policy));
    g_strlcpy(power->policy, schemes[slot].policy, sizeof(power->policy));
    return WSMAN_PT_SUCCESS;
}

static const WsmanMethod scheme_methods[] = {
    {"SetPowerScheme", NULL, NULL, set_scheme, WSMAN_REALM_ADMINISTRATION,
     WSMAN_PT_INVALID_PARAMETER, false},
    {.name = NULL},
};

static const WsmanProperty power_scheme[] = {
    WSMAN_GET("Description", WSMAN_TEXT, 0, scheme_text),
    WSMAN_GET("ElementName", WSMAN_TEXT, 0, scheme_text),
    WSMAN_GET("InstanceID", WSMAN_TEXT, WSMAN_KEY, scheme_id),
    WSMAN_GET("SchemeGUID", WSMAN_BASE64, WSMAN_KEY, scheme_guid),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_SystemPowerScheme = {
    .name = "AMT_SystemPowerScheme",
    .base = "CIM_SettingData",
    .read = WSMAN_REALM_ANY,
    .slots = G_N_ELEMENTS(schemes),
    .properties = power_scheme,
    .methods = scheme_methods,
};
