/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AMT's events and its event log. An event is the fields of a 21-byte log record; whoever sends it
 * elsewhere (an alert, a line on the control socket) encodes the same fields. Who sees something
 * raises the event: it is stamped, logged where its route says so, and told to all subscribers, in
 * that order. The log is the AMT state's group `log`, newest record first, and so in the NVM.
 *
 * Record layout and log: AMT SDK, AMT_MessageLog; what an event means: DMTF DSP0136
 * (ASF 2.0) 3.1.5.
 */
#ifndef SWME_AMT_EVENT_H
#define SWME_AMT_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "firmware-sim/amt/amt-state.h"

#define AMT_EVENT_DATA_SIZE 8

typedef struct AmtEvent {
    uint32_t time_s; /* on AMT's clock, seconds since 1970; set when it is raised */
    uint8_t sensor_device;
    uint8_t sensor_type;
    uint8_t event_type;
    uint8_t offset; /* bit 7: the way back (exit, de-assertion) */
    uint8_t source;
    uint8_t severity;
    uint8_t sensor_number;
    uint8_t entity;
    uint8_t entity_instance;
    uint8_t data[AMT_EVENT_DATA_SIZE];
} AmtEvent;

enum {
    AMT_EVENT_LOG = 1 << 0,   /* goes to the log */
    AMT_EVENT_ALERT = 1 << 1, /* goes to those who subscribed to alerts */
};

/* What the firmware itself sees. Each is one row of event.c. */
typedef enum AmtEventKind {
    AMT_EVENT_OS_HUNG,        /* the watchdog ran out */
    AMT_EVENT_WATCHDOG_RESET, /* and the host was reset for it */
    AMT_EVENT_POWERED_ON,
    AMT_EVENT_RESET,
    AMT_EVENT_ASLEEP, /* S3 */
    AMT_EVENT_AWAKE,
    AMT_EVENT_POWERED_OFF,   /* S5 */
    AMT_EVENT_PROVISIONED,   /* data[1]: AMTHI_CONTROL_MODE_* */
    AMT_EVENT_UNPROVISIONED, /* likewise, 0 */
    AMT_EVENT_KIND_COUNT
} AmtEventKind;

/* One of the firmware's own, not yet stamped; *route: AMT_EVENT_* bits. */
AmtEvent amt_event_make(AmtEventKind kind, unsigned int *route);
/* Is it that one of the firmware's own? */
bool amt_event_is(const AmtEvent *event, AmtEventKind kind);
/* One word for it, as traces and documents have it. */
const char *amt_event_name(AmtEventKind kind);

/*
 * Stamps the event with AMT's clock, logs it and tells the subscribers. Nothing happens while AMT
 * is switched off. A subscriber may raise another: that is told once this round is over.
 */
void amt_event_raise(AmtState *amt, const AmtEvent *event, unsigned int route);
void amt_event_raise_kind(AmtState *amt, AmtEventKind kind);

/* May subscribe and unsubscribe, itself too. event lives only during the call. */
typedef void (*AmtEventFunc)(void *opaque, AmtState *amt, const AmtEvent *event,
                             unsigned int route);

/* Returns a number other than 0 for unsubscribing. */
unsigned int amt_event_subscribe(AmtState *amt, AmtEventFunc func, void *opaque);
void amt_event_unsubscribe(AmtState *amt, unsigned int id);

/* ---- the record ---- */

/* record has AMT_RECORD_SIZE bytes. */
void amt_event_encode(const AmtEvent *event, uint8_t *record);
void amt_event_decode(AmtEvent *event, const uint8_t *record);

/* ---- the log ---- */

unsigned int amt_log_count(const AmtState *amt);
/* Record number 1 is the newest. False: there is none of that number. */
bool amt_log_get(const AmtState *amt, unsigned int number, AmtEvent *event);
/* The same of a log that nobody runs on. */
bool amt_log_read(const AmtLog *log, unsigned int number, AmtEvent *event);
/* A frozen log takes no record and cannot be cleared (AMT SDK, FreezeLog). */
void amt_log_freeze(AmtState *amt, bool frozen);
/* False: it is frozen. */
bool amt_log_clear(AmtState *amt);

/* For amt-state.c: the subscribers. */
typedef struct AmtEvents AmtEvents;
AmtEvents *amt_events_new(void);
void amt_events_free(AmtEvents *events);

#endif
