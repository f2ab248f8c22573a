/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Alerts: each event that goes to subscribers leaves as a Platform Event Trap, several times, for
 * datagrams get lost (DMTF DSP0136 3.1.1.1: three times within a minute, the same sequence number).
 * On the injected clock; nothing is armed while nothing is to be repeated. Who is subscribed is the
 * AMT state's group `alerts`.
 */
#ifndef SWME_AMT_ALERTS_H
#define SWME_AMT_ALERTS_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "firmware-sim/amt/amt-state.h"
#include "firmware-sim/clock.h"
#include "firmware-sim/datagrams.h"

#define AMT_ALERT_PORT      162 /* RFC 1157 */
#define AMT_ALERT_COMMUNITY "public"

/* ---- subscribers ---- */

/*
 * One of them is ADDRESS[:PORT[:COMMUNITY]]: an address in figures, IPv6 in brackets. False and a
 * one-line error for anything else, for one that is there, and where there is no room.
 */
bool amt_alerts_add(AmtState *amt, const char *text, GError **error);
/* "all" removes all. False and an error: there is none like that. */
bool amt_alerts_remove(AmtState *amt, const char *text, GError **error);
/* All at once: several with + between them, or "none". NULL: as they are. */
bool amt_alerts_set(AmtState *amt, const char *list, GError **error);
/* How often each alert is sent, and the seconds between; 0: as it is. False and an error. */
bool amt_alerts_set_pace(AmtState *amt, uint32_t sends, uint32_t interval_s, GError **error);

/* As it is written; free with g_free. */
char *amt_subscriber_text(const AmtSubscriber *subscriber);
/* For amt-fields.c: can it be one, or a free slot? */
bool amt_subscriber_sane(const AmtSubscriber *subscriber);
bool amt_community_sane(const char *community);
/* For who names no community of his own. */
const char *amt_alerts_community(const AmtState *amt);
/* AMT_SNMPEventSubscriber: an address in figures, or one and a port, a community or none. Which
 * slot it has. False: it cannot be. */
bool amt_alerts_subscribe(AmtAlerts *alerts, const char *access, const char *community,
                          uint32_t policy, unsigned int *slot);
void amt_alerts_unsubscribe(AmtAlerts *alerts, unsigned int slot);
/* Subscribers come first, free slots behind them. */
unsigned int amt_subscriber_count(const AmtAlerts *alerts);

/* ---- sending ---- */

typedef struct AmtAlerter AmtAlerter;

/* All only ever grow. */
typedef struct AmtAlertCounters {
    uint64_t events;     /* that became alerts */
    uint64_t sent;       /* datagrams */
    uint64_t failed;     /* that did not leave */
    uint64_t suppressed; /* sendings that were left out: no link, or too many at once */
} AmtAlertCounters;

/* note: told of each sending, in a few words; valid during the call. */
AmtAlerter *amt_alerter_new(AmtState *amt, SwmeClock *clock, const SwmeDatagrams *datagrams,
                            void (*note)(void *opaque, const char *text), void *opaque);
void amt_alerter_free(AmtAlerter *alerter);

const AmtAlertCounters *amt_alerter_counters(const AmtAlerter *alerter);
/* Alerts that are still to be repeated. */
unsigned int amt_alerter_pending(const AmtAlerter *alerter);
/* Does this platform's firmware send any? */
bool amt_alerts_possible(const AmtState *amt);

/* Repeats travel with the state: the receiver knows them by their sequence number. */
#define AMT_ALERTS_STATE_TYPE "(qxa(quxbay))"
GVariant *amt_alerter_save(const AmtAlerter *alerter); /* floating; NULL: of none */
/* False: no state that it can be in; it is then idle. */
bool amt_alerter_load(AmtAlerter *alerter, GVariant *state);

#endif
