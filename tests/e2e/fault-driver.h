/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reference host driver on a simulated firmware that goes wrong on purpose. */
#ifndef SWME_TESTS_FAULT_DRIVER_H
#define SWME_TESTS_FAULT_DRIVER_H

#include "firmware-sim/fault/fault.h"
#include "host-driver/mei.h"
#include "host-driver/tool/session.h"

typedef struct FaultDriver {
    RegisterTransport transport;
    SwmeFaults *faults;
    Mei mei;
    SwmeFaultOutcome outcome; /* what the next two wait for */
    int64_t began_ns;         /* virtual, as all times here */
    int64_t struck_ns;        /* -1: not yet */
    int64_t lasted_ns;        /* from there until it was over; -1: it is not */
    int64_t longest_ns;       /* that one call took, but for those that wait for nothing */
    bool idle;
    char first[160]; /* what went wrong first in the last round; empty: nothing */
    char told[80];   /* the first error of all rounds: the call, and what it returned */
    unsigned int errors;
} FaultDriver;

/* Nothing started; the test fails when the rules do not parse. Free with fault_driver_free(). */
FaultDriver *fault_driver_new(const char *platform, const char *rules);
void fault_driver_free(FaultDriver *driver);

/*
 * Everything that a driver does in a life, each step whether or not the one before succeeded: start
 * unless started, MKHI's version, echo in one packet and in many, notifications, power gating, 15 s
 * of nothing. True: all steps succeeded. No step may take for ever, in time or in work.
 */
bool fault_driver_round(FaultDriver *driver);
/* Takes the faults away, starts the driver if it is not enabled, and fails unless a round or the
 * one after it has no error. */
void fault_driver_check_sound(FaultDriver *driver);
/* Hits of all rules together. */
uint64_t fault_driver_hits(const FaultDriver *driver);

#endif
