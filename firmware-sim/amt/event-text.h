/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AMT's events in words: one catalogue for all who show them (swme events, the control socket,
 * docs/events.md).
 */
#ifndef SWME_AMT_EVENT_TEXT_H
#define SWME_AMT_EVENT_TEXT_H

#include "firmware-sim/amt/event.h"

/* What else must be equal, besides sensor type, event type and offset, for a row to be meant. */
enum {
    AMT_MATCH_ENTITY = 1 << 0,
    AMT_MATCH_CODE = 1 << 1,   /* data[0] and data[1] */
    AMT_MATCH_SENSOR = 1 << 2, /* nothing but the sensor type */
};

/* How what the data say comes into the text. */
typedef enum AmtEventDetail {
    AMT_DETAIL_NONE,
    AMT_DETAIL_ERROR,    /* a code of firmware errors */
    AMT_DETAIL_PROGRESS, /* a code of firmware progress */
    AMT_DETAIL_OEM,
    AMT_DETAIL_COUNT,
    AMT_DETAIL_AGENT,
    AMT_DETAIL_LINK,
    AMT_DETAIL_USER,
    AMT_DETAIL_FILTER,
    AMT_DETAIL_MODE, /* of set-up */
} AmtEventDetail;

/* One kind of event. */
typedef struct AmtEventRow {
    const char *name; /* one word, as commands and traces have it */
    AmtEvent event;   /* an example; its time is 0 */
    unsigned int match;
    AmtEventDetail detail;
    unsigned int route; /* AMT_EVENT_*: where it goes unless a filter says otherwise */
    const char *text;
    const char *known; /* where its bytes come from */
} AmtEventRow;

/* Special cases before what they are special cases of; the last one's name is NULL. */
extern const AmtEventRow amt_event_rows[];

/* NULL: the catalogue does not have it. */
const AmtEventRow *amt_event_row(const AmtEvent *event);
const AmtEventRow *amt_event_row_find(const char *name);

/* What it says, on one line; for any event. Free with g_free. */
char *amt_event_text(const AmtEvent *event);

/* Names of single fields; "unknown" for a number that has none. */
const char *amt_event_sensor_name(uint8_t sensor_type);
const char *amt_event_entity_name(uint8_t entity);
const char *amt_event_severity_name(uint8_t severity);

/* The codes of sensor type 0Fh; NULL for one that is none. progress: else those of errors. */
const char *amt_event_code_name(bool progress, uint8_t code);

#endif
