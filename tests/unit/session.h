/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One scripted session from START to power gating, a packet of the host at a time, and all that
 * the firmware says to it as one run of bytes: to reset, save or cut it at each step.
 */
#ifndef SWME_TESTS_SESSION_H
#define SWME_TESTS_SESSION_H

#include "tests/unit/bench.h"

typedef struct SessionStep {
    uint32_t header;
    uint8_t data[512];
    size_t size;
    bool hold; /* the host does not read what comes back: the next step finds it there */
} SessionStep;

/* SessionStep; for a bench with the options of session_options. */
GArray *session_new(void);
extern const BenchOptions session_options;

/* Only puts the packet and rings: time stands still. */
void session_begin_step(Bench *bench, const SessionStep *step);
/* Lets time pass, and reads into transcript (may be NULL) unless the step holds. */
void session_end_step(Bench *bench, const SessionStep *step, GByteArray *transcript);
void session_step(Bench *bench, const SessionStep *step, GByteArray *transcript);
/* Steps from, from + 1 ... to - 1. */
void session_run(Bench *bench, const GArray *steps, guint from, guint to, GByteArray *transcript);

/* What a fresh firmware says to the whole of it. */
GByteArray *session_reference(const GArray *steps);

#endif
