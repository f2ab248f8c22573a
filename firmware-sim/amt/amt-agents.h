/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Agent presence: programs on the host that must give a sign of life. Which there are is the AMT
 * state's group `agents`, how each is doing is in `live`. Time counts while the host is in S0. AMT
 * SDK, "Agent Presence": agent states, timers and actions, limits.
 */
#ifndef SWME_AMT_AGENTS_H
#define SWME_AMT_AGENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "firmware-sim/amt/amt-state.h"
#include "firmware-sim/amt/amt-watchdog.h"
#include "firmware-sim/clock.h"
#include "firmware-sim/machine.h"

/* Each a bit, for actions name several. */
enum {
    AMT_AGENT_NOT_STARTED = 1,
    AMT_AGENT_STOPPED = 2,
    AMT_AGENT_RUNNING = 4,
    AMT_AGENT_EXPIRED = 8,
    AMT_AGENT_SUSPENDED = 16,
    AMT_AGENT_STATES = 31,
};

/* AmtAgentAction.defense: AMT_AgentPresenceWatchdogAction.ActionSd. */
enum { AMT_AGENT_DEFENSE_ON, AMT_AGENT_DEFENSE_OFF };

#define AMT_AGENT_ACTIONS_EACH 3 /* each agent may have so many in any case */

/* AMT SDK, PT_STATUS. */
typedef enum AmtAgentStatus {
    AMT_AGENT_OK = 0,
    AMT_AGENT_NOT_READY = 2, /* the host is not there to run it */
    AMT_AGENT_LIMIT = 23,
    AMT_AGENT_INVALID = 36,
} AmtAgentStatus;

typedef struct AmtAgentKeeper AmtAgentKeeper;

/* watchdog: resets the host when an agent's end is to do that; NULL: nobody does. */
AmtAgentKeeper *amt_agents_new(AmtState *amt, SwmeClock *clock, AmtWatchdog *watchdog);
void amt_agents_free(AmtAgentKeeper *keeper);

/* The agent itself: slot is one that is there. */
AmtAgentStatus amt_agents_register(AmtAgentKeeper *keeper, unsigned int slot, uint32_t *sequence);
AmtAgentStatus amt_agents_heartbeat(AmtAgentKeeper *keeper, unsigned int slot, uint32_t sequence);
AmtAgentStatus amt_agents_shutdown(AmtAgentKeeper *keeper, unsigned int slot, uint32_t sequence);

/* The host was powered on or reset; and what else becomes of it. */
void amt_agents_boot(AmtAgentKeeper *keeper);
void amt_agents_power(AmtAgentKeeper *keeper, SwmeHostPower power);
/* The clock is another's now: a saved state was loaded. */
void amt_agents_resume(AmtAgentKeeper *keeper);

/* ---- of a copy of the state, for whoever configures ---- */

/* An id of zeros is no agent's. */
bool amt_agent_present(const AmtData *data, unsigned int slot);
/* now_ns: amt_state_running(). The agent is new. */
AmtAgentStatus amt_agent_add(AmtData *data, int64_t now_ns, const AmtAgent *agent,
                             unsigned int *slot);
void amt_agent_remove(AmtData *data, unsigned int slot); /* and its actions */
AmtAgentStatus amt_agent_add_action(AmtData *data, const AmtAgentAction *action,
                                    unsigned int *slot);
void amt_agent_remove_actions(AmtData *data, unsigned int slot);
/* For coherence of what is loaded. */
bool amt_agents_sane(const AmtData *data);

#endif
