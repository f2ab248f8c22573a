/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the firmware does to the machine around it. hw/ fills this, tests fake it; where there is no
 * machine (a simulation in one process) there is no table either.
 */
#ifndef SWME_MACHINE_H
#define SWME_MACHINE_H

/* What the machine tells of itself. */
typedef enum SwmeHostPower {
    SWME_HOST_S0,
    SWME_HOST_S3, /* asleep: a platform reset that comes now is part of waking up */
    SWME_HOST_S5, /* off */
} SwmeHostPower;

typedef struct SwmeMachineOps {
    /* The host is reset, as by its reset button: soon, never from inside this call. */
    void (*reset)(void *machine);
    /* The operating system's watchdog ran out. What the machine's owner set for that happens. */
    void (*watchdog_expired)(void *machine);
} SwmeMachineOps;

typedef struct SwmeMachine {
    const SwmeMachineOps *ops; /* NULL: there is none */
    void *opaque;
} SwmeMachine;

#endif
