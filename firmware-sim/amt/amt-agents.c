/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/amt-agents.h"

#include <string.h>

#include "firmware-sim/amt/event.h"

struct AmtAgentKeeper {
    AmtState *amt;
    SwmeClock *clock;
    AmtWatchdog *watchdog;
    SwmeTimer *timer; /* for the first that runs out */
    unsigned int subscription;
};

/* ---- configuration ---- */

static bool is_zero(const uint8_t *id)
{
    static const uint8_t zeros[AMT_AGENT_ID_SIZE];

    return memcmp(id, zeros, sizeof(zeros)) == 0;
}

bool amt_agent_present(const AmtData *data, unsigned int slot)
{
    return slot < AMT_AGENTS && !is_zero(data->agents.agent[slot].id);
}

/* Whole seconds, never too early: that is the timers' resolution. */
static int64_t due(int64_t now_ns, uint32_t interval_s)
{
    return (now_ns + SWME_NS_PER_S - 1) / SWME_NS_PER_S + interval_s;
}

static bool agent_sane(const AmtAgent *agent)
{
    return agent->startup_s && agent->timeout_s;
}

AmtAgentStatus amt_agent_add(AmtData *data, int64_t now_ns, const AmtAgent *agent,
                             unsigned int *slot)
{
    int room = -1;

    if (is_zero(agent->id) || !agent_sane(agent)) {
        return AMT_AGENT_INVALID;
    }
    for (unsigned int i = AMT_AGENTS; i-- > 0;) {
        if (memcmp(data->agents.agent[i].id, agent->id, AMT_AGENT_ID_SIZE) == 0) {
            return AMT_AGENT_INVALID;
        }
        room = amt_agent_present(data, i) ? room : (int)i;
    }
    if (room < 0) {
        return AMT_AGENT_LIMIT;
    }
    *slot = (unsigned int)room;
    data->agents.agent[room] = *agent;
    memset(&data->live.agent[room], 0, sizeof(data->live.agent[room]));
    data->live.agent[room].state = AMT_AGENT_NOT_STARTED;
    data->live.agent[room].before = AMT_AGENT_NOT_STARTED;
    data->live.agent[room].due_s = due(now_ns, agent->startup_s);
    if (data->live.host_power != SWME_HOST_S0) {
        data->live.agent[room].state = AMT_AGENT_SUSPENDED;
        data->live.agent[room].due_s = agent->startup_s;
    }
    return AMT_AGENT_OK;
}

void amt_agent_remove_actions(AmtData *data, unsigned int slot)
{
    for (unsigned int i = 0; i < AMT_AGENT_ACTIONS; i++) {
        if (data->agents.action[i].agent == slot + 1) {
            memset(&data->agents.action[i], 0, sizeof(data->agents.action[i]));
        }
    }
}

void amt_agent_remove(AmtData *data, unsigned int slot)
{
    amt_agent_remove_actions(data, slot);
    memset(&data->agents.agent[slot], 0, sizeof(data->agents.agent[slot]));
    memset(&data->live.agent[slot], 0, sizeof(data->live.agent[slot]));
}

static bool action_sane(const AmtAgentAction *action)
{
    return action->old_states && action->old_states <= AMT_AGENT_STATES && action->new_states &&
           action->new_states <= AMT_AGENT_STATES;
}

/* What is beyond an agent's own share comes from a pool (AMT SDK, "Limitations"). */
static bool has_room(const AmtAgents *agents, unsigned int slot)
{
    unsigned int counts[AMT_AGENTS] = {0};
    unsigned int pool = AMT_AGENT_ACTIONS - AMT_AGENTS * AMT_AGENT_ACTIONS_EACH;
    unsigned int taken = 0;

    for (unsigned int i = 0; i < AMT_AGENT_ACTIONS; i++) {
        if (agents->action[i].agent) {
            counts[agents->action[i].agent - 1]++;
        }
    }
    counts[slot]++;
    for (unsigned int i = 0; i < AMT_AGENTS; i++) {
        taken += counts[i] > AMT_AGENT_ACTIONS_EACH ? counts[i] - AMT_AGENT_ACTIONS_EACH : 0;
    }
    return taken <= pool;
}

/* By members: the state is compared as bytes, and nobody knows those between them. */
static void copy_action(AmtAgentAction *to, const AmtAgentAction *from)
{
    memset(to, 0, sizeof(*to));
    to->agent = from->agent;
    to->old_states = from->old_states;
    to->new_states = from->new_states;
    to->event = from->event;
    to->has_defense = from->has_defense;
    to->defense = from->defense;
    to->posture = from->posture;
}

AmtAgentStatus amt_agent_add_action(AmtData *data, const AmtAgentAction *action, unsigned int *slot)
{
    if (!action_sane(action)) {
        return AMT_AGENT_INVALID;
    }
    for (unsigned int i = 0; i < AMT_AGENT_ACTIONS; i++) {
        if (!data->agents.action[i].agent) {
            if (!has_room(&data->agents, action->agent - 1)) {
                break;
            }
            copy_action(&data->agents.action[i], action);
            *slot = i;
            return AMT_AGENT_OK;
        }
    }
    return AMT_AGENT_LIMIT;
}

static bool is_state(uint32_t state)
{
    return state && state <= AMT_AGENT_SUSPENDED && (state & (state - 1)) == 0;
}

bool amt_agents_sane(const AmtData *data)
{
    for (unsigned int i = 0; i < AMT_AGENTS; i++) {
        const AmtAgentLive *live = &data->live.agent[i];

        if (amt_agent_present(data, i) && !agent_sane(&data->agents.agent[i])) {
            return false;
        }
        /* The NVM knows of no state: then it has not started. */
        if (live->due_s < 0 || live->due_s > AMT_RUNNING_MAX / SWME_NS_PER_S) {
            return false;
        }
        if (live->state && (!is_state(live->state) || !is_state(live->before) ||
                            live->before == AMT_AGENT_SUSPENDED)) {
            return false;
        }
    }
    for (unsigned int i = 0; i < AMT_AGENT_ACTIONS; i++) {
        const AmtAgentAction *action = &data->agents.action[i];

        if (action->agent &&
            (!amt_agent_present(data, action->agent - 1) || !action_sane(action))) {
            return false;
        }
    }
    return true;
}

/* ---- transitions ---- */

static bool wants_event(const AmtAgents *agents, unsigned int slot, uint32_t from, uint32_t to)
{
    for (unsigned int i = 0; i < AMT_AGENT_ACTIONS; i++) {
        const AmtAgentAction *action = &agents->action[i];

        if (action->agent == slot + 1 && action->event && (action->old_states & from) &&
            (action->new_states & to)) {
            return true;
        }
    }
    return false;
}

/* AMT SDK, "Agent Presence Event". */
static void report(AmtState *amt, const uint8_t *id, uint32_t state)
{
    AmtEvent event = {
        .sensor_device = 0xff,
        .sensor_type = 0x12,
        .event_type = 0x0a,
        .source = 0x58,
        .severity = 0x01,
        .sensor_number = 0xff,
        .entity = 0x26,
        .data = {0xaa},
    };

    memcpy(event.data + 1, id, 6);
    event.data[7] = (uint8_t)state;
    amt_event_raise(amt, &event, AMT_EVENT_LOG | AMT_EVENT_ALERT);
}

/* What the actions for that transition make of System Defense; later ones have the last word. */
static bool defense_after(const AmtAgents *agents, unsigned int slot, uint32_t from, uint32_t to,
                          bool enabled)
{
    for (unsigned int i = 0; from != to && i < AMT_AGENT_ACTIONS; i++) {
        const AmtAgentAction *action = &agents->action[i];

        if (action->agent == slot + 1 && action->has_defense && (action->old_states & from) &&
            (action->new_states & to)) {
            enabled = action->defense == AMT_AGENT_DEFENSE_ON;
        }
    }
    return enabled;
}

static void set_live(AmtAgentKeeper *keeper, unsigned int slot, const AmtAgentLive *agent)
{
    const AmtAgents *agents = &amt_state_data(keeper->amt)->agents;
    AmtLive live = amt_state_data(keeper->amt)->live;

    live.defense_by_agent =
        defense_after(agents, slot, live.agent[slot].state, agent->state, live.defense_by_agent);
    live.agent[slot] = *agent;
    amt_state_set_live(keeper->amt, &live);
    explicit_bzero(&live, sizeof(live));
}

/* due_s: of the new state's timer; 0: it has none. */
static void enter(AmtAgentKeeper *keeper, unsigned int slot, AmtAgentLive agent, uint32_t state,
                  int64_t due_s)
{
    const AmtAgents *agents = &amt_state_data(keeper->amt)->agents;
    uint8_t id[AMT_AGENT_ID_SIZE];
    uint32_t from = agent.state;
    bool tell = from != state && wants_event(agents, slot, from, state);
    bool resets = agents->agent[slot].reboots && state == AMT_AGENT_EXPIRED;

    memcpy(id, agents->agent[slot].id, sizeof(id));
    agent.state = state;
    agent.due_s = due_s;
    set_live(keeper, slot, &agent);
    if (tell) {
        report(keeper->amt, id, state);
    }
    if (resets && keeper->watchdog &&
        amt_state_data(keeper->amt)->watchdog.agent_action == AMT_WATCHDOG_RESET) {
        amt_watchdog_reset_later(keeper->watchdog);
    }
}

static AmtAgentLive live_of(const AmtAgentKeeper *keeper, unsigned int slot)
{
    return amt_state_data(keeper->amt)->live.agent[slot];
}

static bool counts_down(const AmtAgentLive *agent)
{
    return agent->state == AMT_AGENT_NOT_STARTED || agent->state == AMT_AGENT_RUNNING;
}

/* ---- time ---- */

static void rearm(AmtAgentKeeper *keeper)
{
    const AmtData *data = amt_state_data(keeper->amt);
    int64_t now_ns = amt_state_running(keeper->amt);
    int64_t first_s = INT64_MAX;

    for (unsigned int i = 0; i < AMT_AGENTS; i++) {
        if (amt_agent_present(data, i) && counts_down(&data->live.agent[i])) {
            first_s = MIN(first_s, data->live.agent[i].due_s);
        }
    }
    if (first_s == INT64_MAX) {
        keeper->clock->timer_cancel(keeper->timer);
    } else {
        int64_t wait_s = CLAMP(first_s - now_ns / SWME_NS_PER_S, 0, 2 * UINT16_MAX);

        keeper->clock->timer_arm(keeper->timer, keeper->clock->now(keeper->clock) +
                                                    wait_s * SWME_NS_PER_S -
                                                    now_ns % SWME_NS_PER_S);
    }
}

static void fired(void *opaque)
{
    AmtAgentKeeper *keeper = opaque;

    for (unsigned int i = 0; i < AMT_AGENTS; i++) {
        AmtAgentLive agent = live_of(keeper, i);

        if (amt_agent_present(amt_state_data(keeper->amt), i) && counts_down(&agent) &&
            agent.due_s * SWME_NS_PER_S <= amt_state_running(keeper->amt)) {
            enter(keeper, i, agent, AMT_AGENT_EXPIRED, 0);
        }
    }
    rearm(keeper);
}

/* ---- the agent ---- */

AmtAgentStatus amt_agents_register(AmtAgentKeeper *keeper, unsigned int slot, uint32_t *sequence)
{
    AmtAgentLive agent = live_of(keeper, slot);

    if (agent.state == AMT_AGENT_SUSPENDED) {
        return AMT_AGENT_NOT_READY;
    }
    amt_random((uint8_t *)&agent.sequence, sizeof(agent.sequence));
    *sequence = agent.sequence;
    enter(keeper, slot, agent, AMT_AGENT_RUNNING,
          due(amt_state_running(keeper->amt),
              amt_state_data(keeper->amt)->agents.agent[slot].timeout_s));
    return AMT_AGENT_OK;
}

/* The next number of a session that runs. */
static bool is_next(AmtAgentLive *agent, uint32_t sequence)
{
    return agent->state == AMT_AGENT_RUNNING && sequence == ++agent->sequence;
}

AmtAgentStatus amt_agents_heartbeat(AmtAgentKeeper *keeper, unsigned int slot, uint32_t sequence)
{
    AmtAgentLive agent = live_of(keeper, slot);

    if (!is_next(&agent, sequence)) {
        return AMT_AGENT_INVALID;
    }
    enter(keeper, slot, agent, AMT_AGENT_RUNNING,
          due(amt_state_running(keeper->amt),
              amt_state_data(keeper->amt)->agents.agent[slot].timeout_s));
    return AMT_AGENT_OK;
}

AmtAgentStatus amt_agents_shutdown(AmtAgentKeeper *keeper, unsigned int slot, uint32_t sequence)
{
    AmtAgentLive agent = live_of(keeper, slot);

    if (!is_next(&agent, sequence)) {
        return AMT_AGENT_INVALID;
    }
    enter(keeper, slot, agent, AMT_AGENT_STOPPED, 0);
    return AMT_AGENT_OK;
}

/* ---- the host ---- */

static void suspend(AmtAgentKeeper *keeper, unsigned int slot)
{
    AmtAgentLive agent = live_of(keeper, slot);
    int64_t now_s = amt_state_running(keeper->amt) / SWME_NS_PER_S;

    if (agent.state != AMT_AGENT_SUSPENDED) {
        agent.before = agent.state;
        /* While suspended: so long from the end of that. */
        enter(keeper, slot, agent, AMT_AGENT_SUSPENDED,
              counts_down(&agent) ? MAX(agent.due_s - now_s, 0) : 0);
    }
}

static void resume(AmtAgentKeeper *keeper, unsigned int slot)
{
    AmtAgentLive agent = live_of(keeper, slot);

    if (agent.state == AMT_AGENT_SUSPENDED) {
        bool counts = agent.before == AMT_AGENT_NOT_STARTED || agent.before == AMT_AGENT_RUNNING;
        uint32_t left_s = (uint32_t)CLAMP(agent.due_s, 0, UINT16_MAX);

        enter(keeper, slot, agent, agent.before,
              counts ? due(amt_state_running(keeper->amt), left_s) : 0);
    }
}

static void start_over(AmtAgentKeeper *keeper, unsigned int slot)
{
    uint32_t startup_s = amt_state_data(keeper->amt)->agents.agent[slot].startup_s;
    AmtAgentLive agent = live_of(keeper, slot);

    agent.before = AMT_AGENT_NOT_STARTED;
    enter(keeper, slot, agent, AMT_AGENT_NOT_STARTED,
          due(amt_state_running(keeper->amt), startup_s));
}

static void set_power(AmtAgentKeeper *keeper, SwmeHostPower power)
{
    AmtLive live = amt_state_data(keeper->amt)->live;

    live.host_power = power;
    amt_state_set_live(keeper->amt, &live);
    explicit_bzero(&live, sizeof(live));
}

static void each(AmtAgentKeeper *keeper, void (*func)(AmtAgentKeeper *keeper, unsigned int slot))
{
    for (unsigned int i = 0; i < AMT_AGENTS; i++) {
        if (amt_agent_present(amt_state_data(keeper->amt), i)) {
            func(keeper, i);
        }
    }
}

static void restart(AmtAgentKeeper *keeper, unsigned int slot)
{
    if (live_of(keeper, slot).state != AMT_AGENT_NOT_STARTED) {
        suspend(keeper, slot);
    }
    start_over(keeper, slot);
}

void amt_agents_boot(AmtAgentKeeper *keeper)
{
    if (amt_state_data(keeper->amt)->live.host_power == SWME_HOST_S3) {
        return; /* on the way out of sleep */
    }
    set_power(keeper, SWME_HOST_S0);
    each(keeper, restart);
}

void amt_agents_power(AmtAgentKeeper *keeper, SwmeHostPower power)
{
    uint32_t was = amt_state_data(keeper->amt)->live.host_power;

    set_power(keeper, power);
    if (power != SWME_HOST_S0) {
        each(keeper, suspend);
    } else if (was == SWME_HOST_S3) {
        each(keeper, resume);
    } else if (was == SWME_HOST_S5) {
        each(keeper, start_over);
    }
}

void amt_agents_resume(AmtAgentKeeper *keeper)
{
    rearm(keeper);
}

/* ---- life ---- */

static void changed(void *opaque, AmtState *amt, unsigned int groups)
{
    (void)amt;
    (void)groups;
    rearm(opaque);
}

AmtAgentKeeper *amt_agents_new(AmtState *amt, SwmeClock *clock, AmtWatchdog *watchdog)
{
    AmtAgentKeeper *keeper = g_new0(AmtAgentKeeper, 1);

    *keeper = (AmtAgentKeeper){.amt = amt, .clock = clock, .watchdog = watchdog};
    keeper->timer = clock->timer_new(clock, fired, keeper);
    each(keeper, start_over); /* what the NVM brought */
    keeper->subscription =
        amt_state_subscribe(amt, AMT_CHANGED_AGENTS | AMT_CHANGED_LIVE, changed, keeper);
    rearm(keeper);
    return keeper;
}

void amt_agents_free(AmtAgentKeeper *keeper)
{
    if (keeper) {
        amt_state_unsubscribe(keeper->amt, keeper->subscription);
        keeper->clock->timer_free(keeper->timer);
        g_free(keeper);
    }
}
