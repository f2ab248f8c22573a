/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What firmware.c, and firmware-state.c which saves it, know of a firmware; nobody else does. */
#ifndef SWME_FIRMWARE_INTERNAL_H
#define SWME_FIRMWARE_INTERNAL_H

#include "firmware-sim/amt/amt-nvm.h"
#include "firmware-sim/bus/bus.h"
#include "firmware-sim/context.h"
#include "firmware-sim/firmware.h"
#include "firmware-sim/latency.h"

#define NEVER INT64_MAX

#define MADE_WITH_AMT  (1u << 0)
#define MADE_WITH_ECHO (1u << 1)

/* A timer that knows whether it is armed. */
typedef struct Deadline {
    SwmeTimer *timer;
    int64_t when_ns; /* NEVER: not armed */
} Deadline;

struct SwmeFirmware {
    SwmeContext context;
    const HeciDeviceOps *device;
    void *device_opaque;
    SwmeClock *clock;
    SwmeLatency *latency;
    SwmeFirmwareStats stats;
    MeBus bus;
    unsigned int groups;          /* of clients that it was made with, MADE_WITH_* */
    struct AmtAlarmClock *alarms; /* NULL: no AMT */
    AmtNvm *nvm;                  /* NULL: AMT's state ends with the firmware */

    bool loading;          /* a saved state: what changes is no news */
    bool ready;            /* ME_RDY as we set it */
    bool ready_interrupts; /* the coming ME_RDY answers a host's reset: it waits for H_IS */
    bool running;          /* looking at the rings: what comes up now is seen to before the end */
    Deadline work;         /* look at the rings */
    Deadline come_up;      /* set ME_RDY */
    Deadline d0i3;         /* end the D0i3 transition */
};

void firmware_deadline_arm(SwmeFirmware *firmware, Deadline *deadline, int64_t when_ns);
/* Nothing is due any more. */
void firmware_cancel_all(SwmeFirmware *firmware);
/* The link starts anew; the coming ME_RDY interrupts or not. */
void firmware_link_reset(SwmeFirmware *firmware, bool interrupts);

#endif
