/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the firmware does to the machine around it. hw/ fills this, tests fake it; where there is no
 * machine (a simulation in one process) there is no table either.
 */
#ifndef SWME_MACHINE_H
#define SWME_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

/* What the machine tells of itself. */
typedef enum SwmeHostPower {
    SWME_HOST_S0,
    SWME_HOST_S3, /* asleep: a platform reset that comes now is part of waking up */
    SWME_HOST_S5, /* off */
} SwmeHostPower;

/* What may be done to it from afar. */
typedef enum SwmePowerAction {
    SWME_POWER_ON, /* or awake */
    SWME_POWER_RESET,
    SWME_POWER_CYCLE, /* off, and on again after a while */
    SWME_POWER_OFF,
    SWME_POWER_SOFT_OFF, /* by the operating system, if it will */
    SWME_POWER_NMI,
} SwmePowerAction;

#define SWME_DISKS_MAX      16
#define SWME_DISK_TEXT_SIZE 64

/* A disk that stays where it is. */
typedef struct SwmeDisk {
    uint64_t size; /* bytes */
    char model[SWME_DISK_TEXT_SIZE];
    char serial[SWME_DISK_TEXT_SIZE];
} SwmeDisk;

/* Each may be NULL: the machine cannot tell, or cannot do that. */
typedef struct SwmeMachineOps {
    /* The host is reset, as by its reset button: soon, never from inside this call. */
    void (*reset)(void *machine);
    /* The operating system's watchdog ran out. What the machine's owner set for that happens. */
    void (*watchdog_expired)(void *machine);
    SwmeHostPower (*power)(void *machine);
    /* What could be done to it as it is now: bits 1 << SwmePowerAction. */
    unsigned int (*actions)(void *machine);
    /* Soon, never from inside this call. False: it cannot be done. */
    bool (*act)(void *machine, SwmePowerAction action);
    /* In so many seconds it switches itself on, or wakes up, if it is off or asleep then: for one
     * whose clock stands still meanwhile. Negative: no longer. */
    void (*wake_in)(void *machine, int64_t seconds);
    /* Its SMBIOS structures, whether it runs or not: any bytes, for a guest may have written them.
     * NULL: not known now. Free with g_bytes_unref. */
    GBytes *(*smbios)(void *machine);
    /* How many disks there are, at most SWME_DISKS_MAX. Texts are printable ASCII. */
    unsigned int (*disks)(void *machine, SwmeDisk disks[SWME_DISKS_MAX]);
} SwmeMachineOps;

typedef struct SwmeMachine {
    const SwmeMachineOps *ops; /* NULL: there is none */
    void *opaque;
} SwmeMachine;

#endif
