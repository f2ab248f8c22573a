/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/amt-defense.h"

#include <string.h>

#define HANDLE_MAX     UINT8_MAX /* a policy keeps its filters' as bytes */
#define IPPROTO_OF_TCP 6
#define IPPROTO_OF_UDP 17

const AmtDefenseFilter *amt_defense_filter(const AmtDefense *defense, uint32_t handle)
{
    for (unsigned int i = 0; handle && i < AMT_DEFENSE_FILTERS; i++) {
        if (defense->filter[i].handle == handle) {
            return &defense->filter[i];
        }
    }
    return NULL;
}

const AmtDefensePolicy *amt_defense_policy(const AmtDefense *defense, uint32_t handle)
{
    for (unsigned int i = 0; handle && i < AMT_DEFENSE_POLICIES; i++) {
        if (defense->policy[i].handle == handle) {
            return &defense->policy[i];
        }
    }
    return NULL;
}

/* One that was not in use lately: a console may still know it. */
static uint32_t new_handle(AmtDefense *defense)
{
    do {
        defense->last_handle = defense->last_handle % HANDLE_MAX + 1;
    } while (amt_defense_filter(defense, defense->last_handle) ||
             amt_defense_policy(defense, defense->last_handle));
    return defense->last_handle;
}

/* ---- filters ---- */

static bool needs(uint32_t given, uint32_t these, uint32_t those)
{
    return !(given & these) || (given & those) == those;
}

static bool both(uint32_t given, uint32_t these)
{
    return (given & these) == these;
}

/* CIM schema, CIM_IPHeadersFilter; MeshCommander, "System Defense Rules", for ports and protocol.
 */
static bool ip_sane(const AmtDefenseFilter *filter)
{
    const uint32_t ports = AMT_DEFENSE_SOURCE_PORT | AMT_DEFENSE_SOURCE_PORT_END |
                           AMT_DEFENSE_DESTINATION_PORT | AMT_DEFENSE_DESTINATION_PORT_END;
    const uint32_t flags = AMT_DEFENSE_FLAGS_ON | AMT_DEFENSE_FLAGS_OFF;
    uint32_t given = filter->given;

    if (given & AMT_DEFENSE_VERSION && filter->version != 4 && filter->version != 6) {
        return false;
    }
    return needs(given, AMT_DEFENSE_SOURCE | AMT_DEFENSE_DESTINATION, AMT_DEFENSE_VERSION) &&
           needs(given, AMT_DEFENSE_SOURCE_END | AMT_DEFENSE_SOURCE_MASK, AMT_DEFENSE_SOURCE) &&
           needs(given, AMT_DEFENSE_DESTINATION_END | AMT_DEFENSE_DESTINATION_MASK,
                 AMT_DEFENSE_DESTINATION) &&
           !both(given, AMT_DEFENSE_SOURCE_END | AMT_DEFENSE_SOURCE_MASK) &&
           !both(given, AMT_DEFENSE_DESTINATION_END | AMT_DEFENSE_DESTINATION_MASK) &&
           needs(given, ports | flags, AMT_DEFENSE_PROTOCOL) &&
           (!(given & ports) || filter->protocol == IPPROTO_OF_TCP ||
            filter->protocol == IPPROTO_OF_UDP) &&
           (!(given & flags) || filter->protocol == IPPROTO_OF_TCP);
}

/* As wide as the headers have them. */
static bool in_range(const AmtDefenseFilter *filter)
{
    return filter->type <= UINT16_MAX && filter->version <= 6 && filter->protocol <= UINT8_MAX &&
           filter->source_until <= UINT16_MAX && filter->destination_until <= UINT16_MAX &&
           filter->source_from <= filter->source_until &&
           filter->destination_from <= filter->destination_until &&
           (filter->flags_on | filter->flags_off) <= AMT_DEFENSE_TCP_FLAGS;
}

static bool filter_sane(const AmtDefenseFilter *filter)
{
    return in_range(filter) && filter->handle && filter->handle <= HANDLE_MAX &&
           filter->profile < AMT_DEFENSE_PROFILES && filter->direction < AMT_DEFENSE_WAYS &&
           (filter->profile != AMT_DEFENSE_LIMIT || filter->given & AMT_DEFENSE_RATE) &&
           (!filter->ip ? (filter->given & ~(uint32_t)AMT_DEFENSE_RATE) == 0 : ip_sane(filter));
}

AmtDefenseStatus amt_defense_add_filter(AmtDefense *defense, const AmtDefenseFilter *filter,
                                        unsigned int *slot)
{
    for (unsigned int i = 0; i < AMT_DEFENSE_FILTERS; i++) {
        AmtDefenseFilter *free_one = &defense->filter[i];

        if (!free_one->handle) {
            memcpy(free_one, filter, sizeof(*free_one)); /* with what lies between members */
            free_one->handle = new_handle(defense);
            *slot = i;
            return filter_sane(free_one) ? AMT_DEFENSE_OK : AMT_DEFENSE_INVALID;
        }
    }
    return AMT_DEFENSE_NO_ROOM;
}

AmtDefenseStatus amt_defense_remove_filter(AmtDefense *defense, unsigned int slot)
{
    for (unsigned int i = 0; i < AMT_DEFENSE_POLICIES; i++) {
        if (memchr(defense->policy[i].filter, (int)defense->filter[slot].handle,
                   amt_defense_filter_count(&defense->policy[i]))) {
            return AMT_DEFENSE_IN_USE;
        }
    }
    memset(&defense->filter[slot], 0, sizeof(defense->filter[slot]));
    return AMT_DEFENSE_OK;
}

/* ---- policies ---- */

unsigned int amt_defense_filter_count(const AmtDefensePolicy *policy)
{
    const uint8_t *end = memchr(policy->filter, 0, sizeof(policy->filter));

    return end ? (unsigned int)(end - policy->filter) : AMT_DEFENSE_EACH;
}

bool amt_defense_policy_sane(const AmtDefense *defense, const AmtDefensePolicy *policy)
{
    unsigned int ways[AMT_DEFENSE_WAYS] = {0};
    unsigned int count = amt_defense_filter_count(policy);

    for (unsigned int i = 0; i < AMT_DEFENSE_EACH; i++) {
        const AmtDefenseFilter *filter = amt_defense_filter(defense, policy->filter[i]);

        if (i >= count ? policy->filter[i] != 0
                       : !filter || memchr(policy->filter, policy->filter[i], i) ||
                             ++ways[filter->direction] > AMT_DEFENSE_EACH / AMT_DEFENSE_WAYS) {
            return false;
        }
    }
    return policy->handle && policy->handle <= HANDLE_MAX &&
           policy->spoofing <= AMT_DEFENSE_SPOOFING_MAX && (policy->bound || !policy->enabled);
}

AmtDefenseStatus amt_defense_add_policy(AmtDefense *defense, const AmtDefensePolicy *policy,
                                        unsigned int *slot)
{
    for (unsigned int i = 0; i < AMT_DEFENSE_POLICIES; i++) {
        AmtDefensePolicy *free_one = &defense->policy[i];

        if (!free_one->handle) {
            memcpy(free_one, policy, sizeof(*free_one));
            free_one->handle = new_handle(defense);
            *slot = i;
            return amt_defense_policy_sane(defense, free_one) ? AMT_DEFENSE_OK
                                                              : AMT_DEFENSE_INVALID;
        }
    }
    return AMT_DEFENSE_NO_ROOM;
}

AmtDefenseStatus amt_defense_remove_policy(AmtDefense *defense, unsigned int slot)
{
    const AmtDefensePolicy *policy = &defense->policy[slot];

    if (policy->bound || policy->handle == defense->default_policy ||
        policy->handle == defense->agent_policy) {
        return AMT_DEFENSE_IN_USE;
    }
    memset(&defense->policy[slot], 0, sizeof(defense->policy[slot]));
    return AMT_DEFENSE_OK;
}

void amt_defense_enable(AmtDefense *defense, unsigned int slot, bool enabled)
{
    for (unsigned int i = 0; enabled && i < AMT_DEFENSE_POLICIES; i++) {
        defense->policy[i].enabled = false;
    }
    defense->policy[slot].enabled = enabled;
}

bool amt_defense_on(const AmtData *data)
{
    bool on =
        data->defense.default_policy || (data->defense.agent_policy && data->live.defense_by_agent);

    for (unsigned int i = 0; i < AMT_DEFENSE_POLICIES; i++) {
        on |= data->defense.policy[i].enabled;
    }
    return on;
}

/* ---- the whole ---- */

bool amt_defense_sane(const AmtDefense *defense)
{
    bool used[HANDLE_MAX + 1] = {false};
    unsigned int enabled = 0;

    for (unsigned int i = 0; i < AMT_DEFENSE_FILTERS; i++) {
        uint32_t handle = defense->filter[i].handle;

        if (handle && (!filter_sane(&defense->filter[i]) || used[handle])) {
            return false;
        }
        used[handle] = handle != 0;
    }
    for (unsigned int i = 0; i < AMT_DEFENSE_POLICIES; i++) {
        const AmtDefensePolicy *policy = &defense->policy[i];

        if (!policy->handle) {
            continue;
        }
        if (!amt_defense_policy_sane(defense, policy) || used[policy->handle]) {
            return false;
        }
        used[policy->handle] = true;
        enabled += policy->enabled;
    }
    return enabled <= 1 && defense->last_handle <= HANDLE_MAX &&
           (!defense->default_policy || amt_defense_policy(defense, defense->default_policy)) &&
           (!defense->agent_policy || amt_defense_policy(defense, defense->agent_policy));
}
