/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System Defense as it is configured: filters, policies of filters, and when a policy is in force.
 * Of a copy of the state, for whoever configures. What it does to frames: amt-breaker.h. AMT SDK,
 * "System Defense Policies", "System Defense Filter Types".
 */
#ifndef SWME_AMT_DEFENSE_H
#define SWME_AMT_DEFENSE_H

#include <stdbool.h>

#include "firmware-sim/amt/amt-data.h"

/* AMT SDK, AMT_IPHeadersFilter.FilterProfile and FilterDirection. */
enum {
    AMT_DEFENSE_PASS_COUNT,
    AMT_DEFENSE_DROP_COUNT,
    AMT_DEFENSE_LIMIT, /* so many a second */
    AMT_DEFENSE_PASS,
    AMT_DEFENSE_DROP,
    AMT_DEFENSE_PROFILES
};
enum { AMT_DEFENSE_SENT, AMT_DEFENSE_RECEIVED, AMT_DEFENSE_WAYS };

/* Bits of AmtDefenseFilter.given. */
enum {
    AMT_DEFENSE_VERSION = 1 << 0,
    AMT_DEFENSE_SOURCE = 1 << 1,
    AMT_DEFENSE_SOURCE_END = 1 << 2,  /* source_to is the end of a range, */
    AMT_DEFENSE_SOURCE_MASK = 1 << 3, /* or a mask */
    AMT_DEFENSE_DESTINATION = 1 << 4,
    AMT_DEFENSE_DESTINATION_END = 1 << 5,
    AMT_DEFENSE_DESTINATION_MASK = 1 << 6,
    AMT_DEFENSE_PROTOCOL = 1 << 7,
    AMT_DEFENSE_SOURCE_PORT = 1 << 8,
    AMT_DEFENSE_SOURCE_PORT_END = 1 << 9,
    AMT_DEFENSE_DESTINATION_PORT = 1 << 10,
    AMT_DEFENSE_DESTINATION_PORT_END = 1 << 11,
    AMT_DEFENSE_FLAGS_ON = 1 << 12,
    AMT_DEFENSE_FLAGS_OFF = 1 << 13,
    AMT_DEFENSE_RATE = 1 << 14,
    AMT_DEFENSE_GIVEN = (1 << 15) - 1,
};

#define AMT_DEFENSE_TCP_FLAGS 0x3f /* FIN, SYN, RST, PSH, ACK, URG (RFC 9293, 3.1) */

typedef enum AmtDefenseStatus {
    AMT_DEFENSE_OK,
    AMT_DEFENSE_INVALID,
    AMT_DEFENSE_NO_ROOM,
    AMT_DEFENSE_IN_USE,
} AmtDefenseStatus;

/* NULL: there is none. */
const AmtDefenseFilter *amt_defense_filter(const AmtDefense *defense, uint32_t handle);
const AmtDefensePolicy *amt_defense_policy(const AmtDefense *defense, uint32_t handle);
unsigned int amt_defense_filter_count(const AmtDefensePolicy *policy);

/* The handle in what is added is of no matter. */
AmtDefenseStatus amt_defense_add_filter(AmtDefense *defense, const AmtDefenseFilter *filter,
                                        unsigned int *slot);
AmtDefenseStatus amt_defense_remove_filter(AmtDefense *defense, unsigned int slot);
AmtDefenseStatus amt_defense_add_policy(AmtDefense *defense, const AmtDefensePolicy *policy,
                                        unsigned int *slot);
AmtDefenseStatus amt_defense_remove_policy(AmtDefense *defense, unsigned int slot);
/* May it be so, as it was changed? */
bool amt_defense_policy_sane(const AmtDefense *defense, const AmtDefensePolicy *policy);
/* Only one at a time: another's enabling ends. */
void amt_defense_enable(AmtDefense *defense, unsigned int slot, bool enabled);
/* Is there a policy that is enabled, or one by default? */
bool amt_defense_on(const AmtData *data);
/* For coherence of what is loaded. */
bool amt_defense_sane(const AmtDefense *defense);

#endif
