/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AMT's event log in the forms of other systems: swme events --sel and its like. */
#ifndef SWME_EVENTS_H
#define SWME_EVENTS_H

#include <glib.h>

#include "firmware-sim/amt/event.h"

/* Where a guest's memory has what --bert writes; docs/bridges.md. */
#define SWME_BERT_ADDRESS UINT64_C(0x7000000)

typedef enum SwmeEventsForm {
    SWME_EVENTS_WORDS,
    SWME_EVENTS_SEL,
    SWME_EVENTS_CPER,
    SWME_EVENTS_BERT,
} SwmeEventsForm;

/* events: AmtEvent, newest first. path is a directory for BERT. An exit status, any error told. */
int swme_events_export(SwmeEventsForm form, const char *path, const GArray *events);
/* Has the firmware at the control socket log what the store of a guest's says. */
int swme_events_import_erst(const char *path, const char *socket);

#endif
