/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an ME client may look at besides its own messages: who this firmware is, and the AMT state.
 */
#ifndef SWME_CONTEXT_H
#define SWME_CONTEXT_H

#include "firmware-sim/amt/amt-state.h"
#include "firmware-sim/net/services.h"
#include "firmware-sim/platform/platform.h"

typedef struct SwmeContext {
    const SwmePlatform *platform;
    AmtState *amt;                 /* NULL where the SKU has no AMT */
    struct AmtWatchdog *watchdog;  /* likewise */
    struct AmtAlerter *alerter;    /* likewise */
    struct AmtAgentKeeper *agents; /* likewise */
    struct AmtNotifier *notifier;  /* likewise */
    struct AmtBreaker *breaker;    /* likewise */
    SwmeServices *services;        /* NULL: none are served */
    uint8_t uuid[16];              /* the machine's, as SMBIOS has it */
} SwmeContext;

/* Is there AMT, switched on? */
static inline bool swme_context_amt_on(const SwmeContext *context)
{
    return context->amt && amt_state_data(context->amt)->setup.operational;
}

#endif
