/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The audit log: who did what to AMT, and who was refused. It is the AMT state's group `audit`, and
 * so in the NVM; it outlives unprovisioning. Record layout: go-wsman-messages amt/auditlog and
 * MeshCentral amt.js, which read it; policies and locks: AMT SDK, "Access Monitor".
 */
#ifndef SWME_AMT_AUDIT_H
#define SWME_AMT_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "firmware-sim/amt/amt-state.h"
#include "firmware-sim/net/services.h"

/* As consoles number them: application times 100, and the event (MeshCentral amt.js). */
enum {
    AMT_AUDIT_SETUP_STARTED = 1600,
    AMT_AUDIT_SETUP_DONE = 1601,
    AMT_AUDIT_USER_ADDED = 1602,
    AMT_AUDIT_USER_CHANGED = 1603,
    AMT_AUDIT_USER_REMOVED = 1604,
    AMT_AUDIT_REFUSED = 1605,
    AMT_AUDIT_USER_STATE = 1606,
    AMT_AUDIT_TLS_STATE = 1607,
    AMT_AUDIT_TLS_CERTIFICATE_SET = 1608,
    AMT_AUDIT_TLS_CERTIFICATE_REMOVED = 1609,
    AMT_AUDIT_ROOT_ADDED = 1610,
    AMT_AUDIT_ROOT_REMOVED = 1611,
    AMT_AUDIT_POWER_PACKAGE = 1616,
    AMT_AUDIT_UPGRADED = 1618,
    AMT_AUDIT_UNPROVISIONING = 1619,
    AMT_AUDIT_POWER_UP = 1700,
    AMT_AUDIT_POWER_DOWN = 1701,
    AMT_AUDIT_POWER_CYCLE = 1702,
    AMT_AUDIT_RESET = 1703,
    AMT_AUDIT_BOOT_OPTIONS = 1704,
    AMT_AUDIT_GRACEFUL_DOWN = 1705,
    AMT_AUDIT_NMI = 1709,
    AMT_AUDIT_IDER_ENABLED = 1802,
    AMT_AUDIT_IDER_DISABLED = 1803,
    AMT_AUDIT_SOL_ENABLED = 1806,
    AMT_AUDIT_SOL_DISABLED = 1807,
    AMT_AUDIT_KVM_ENABLED = 1810,
    AMT_AUDIT_KVM_DISABLED = 1811,
    AMT_AUDIT_LOG_CLEARED = 2000,
    AMT_AUDIT_POLICY_CHANGED = 2001,
    AMT_AUDIT_LOG_DISABLED = 2002,
    AMT_AUDIT_LOG_ENABLED = 2003,
    AMT_AUDIT_TIME_SET = 2100,
    AMT_AUDIT_ADDRESS_SET = 2200,
    AMT_AUDIT_HOST_NAME_SET = 2201,
    AMT_AUDIT_DOMAIN_SET = 2202,
    AMT_AUDIT_LINK_POLICY_SET = 2204,
    AMT_AUDIT_IPV6_SET = 2205,
    AMT_AUDIT_STORAGE_ATTRIBUTES = 2300,
    AMT_AUDIT_STORAGE_ENTERPRISES = 2301,
    AMT_AUDIT_STORAGE_PARTNERS = 2302,
    AMT_AUDIT_STORAGE_WRITTEN = 2303,
    AMT_AUDIT_EVENT_SUBSCRIBED = 2400,
    AMT_AUDIT_EVENT_UNSUBSCRIBED = 2401,
    AMT_AUDIT_EVENT_LOG_CLEARED = 2402,
    AMT_AUDIT_EVENT_LOG_FROZEN = 2403,
    AMT_AUDIT_FILTER_ADDED = 2500,
    AMT_AUDIT_FILTER_REMOVED = 2501,
    AMT_AUDIT_DEFENSE_ADDED = 2502,
    AMT_AUDIT_DEFENSE_REMOVED = 2503,
    AMT_AUDIT_DEFENSE_DEFAULT = 2504,
    AMT_AUDIT_AGENT_ADDED = 2600,
    AMT_AUDIT_AGENT_REMOVED = 2601,
    AMT_AUDIT_AGENT_ACTION_SET = 2602,
    AMT_AUDIT_WIRELESS_ADDED = 2700,
    AMT_AUDIT_WIRELESS_REMOVED = 2701,
    AMT_AUDIT_WIRELESS_CHANGED = 2702,
    AMT_AUDIT_WIRELESS_SYNC = 2703,
    AMT_AUDIT_KVM_OPT_IN_ENABLED = 2900,
    AMT_AUDIT_KVM_OPT_IN_DISABLED = 2901,
    AMT_AUDIT_KVM_PASSWORD_SET = 2902,
    AMT_AUDIT_OPT_IN_POLICY = 3000,
    AMT_AUDIT_CONSENT_CODE = 3001,
    AMT_AUDIT_WATCHDOG_ACTION = 3301,
    AMT_AUDIT_WATCHDOG_LINKED = 3302,
};

/* Data of AMT_AUDIT_UNPROVISIONING: by whose way. */
enum { AMT_AUDIT_BY_MEI = 2, AMT_AUDIT_BY_LOCAL_WSMAN = 3, AMT_AUDIT_BY_REMOTE_WSMAN = 4 };

#define AMT_AUDIT_DATA_MAX 64 /* of what a record says besides who and what */

/* Who did it; lives for the call. */
typedef struct AmtAuditor {
    const char *user;     /* NULL: nobody who logged in, the host over MEI */
    const SwmePeer *peer; /* NULL: from nowhere on a network */
} AmtAuditor;

/* One record, if the policy wants it. Only AMT that is switched on writes. */
void amt_audit_add(AmtState *amt, const AmtAuditor *who, unsigned int event, const void *data,
                   size_t size);
/*
 * May that be done? Not if the policy says that it must not go unrecorded and it would: the log is
 * disabled, or locked and full.
 */
bool amt_audit_may(const AmtState *amt, unsigned int event);

/* ---- the log ---- */

/* The record of that number, 1 being the oldest. False: there is none. Lives until the next change.
 */
bool amt_audit_get(const AmtState *amt, unsigned int number, const uint8_t **record, size_t *size);
/* The time of a record, seconds since 1970. */
uint32_t amt_audit_time(const uint8_t *record);
unsigned int amt_audit_percent_free(const AmtState *amt);
bool amt_audit_locked(const AmtState *amt);
/* For coherence of what is loaded. */
bool amt_audit_sane(const AmtAudit *audit);

/* ---- policies ---- */

/* Does AMT have such an event? application and event as in a record. */
bool amt_audit_event_known(uint32_t application, uint32_t event);
/* False: not known. */
bool amt_audit_set_policy(AmtAudit *audit, uint32_t application, uint32_t event, bool enabled,
                          bool critical);

/* As the factory has it: everything is recorded, nothing is critical. */
void amt_audit_init(AmtAudit *audit);

#endif
