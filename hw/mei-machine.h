/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine around the device, as the firmware acts on it and hears of it. */
#ifndef SWME_MEI_MACHINE_H
#define SWME_MEI_MACHINE_H

#include "qemu/notify.h"

#include "firmware-sim/firmware.h"
#include "firmware-sim/machine.h"
#include "firmware-sim/remote/remote-firmware.h"
#include "hw/heci-capture.h"

/* What the firmware asks of QEMU; the opaque is the MeiMachine. */
extern const SwmeMachineOps mei_machine_ops;

/* What QEMU tells the firmware: sleep, waking up, power off. */
typedef struct MeiMachine {
    SwmeFirmware *firmware; /* NULL: nobody listens, or */
    RemoteFirmware *remote; /* one in another process does */
    HeciCapture *capture;   /* NULL: none is made */
    Notifier suspend;
    Notifier wakeup;
    Notifier shutdown;
    QEMUTimer *cycle; /* ends a power cycle's time without power */
    QEMUTimer *alarm; /* switches it on, or wakes it */
    bool starting;    /* the coming reset is the machine's power being switched on */
} MeiMachine;

/* One of firmware and remote. */
void mei_machine_listen(MeiMachine *machine, SwmeFirmware *firmware, RemoteFirmware *remote,
                        HeciCapture *capture);
/* The host is being reset. */
void mei_machine_reset(MeiMachine *machine);
/* A saved state was loaded: what remote control had begun here ends. A machine that was saved off
 * in the midst of a power cycle stays off until it is switched on. */
void mei_machine_loaded(MeiMachine *machine);
void mei_machine_leave(MeiMachine *machine);

#endif
