/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must hold from the host driver down to the firmware, however the driver reaches it: one list
 * of cases, run in this process and on the real QEMU device alike.
 */
#ifndef SWME_TESTS_E2E_CASES_H
#define SWME_TESTS_E2E_CASES_H

#include "firmware-sim/platform/platform.h"
#include "host-driver/tool/session.h"

/* The UUID that every machine under test is given. */
#define E2E_UUID "5d3f1c6e-8a0b-4e57-9c21-7b64d0e8f913"

typedef struct E2eEnv {
    Session *session; /* freshly started; echo=on, AMT as the platform has it */
    const SwmePlatform *platform;
    unsigned int rounds; /* of a case that does the same many times */
} E2eEnv;

typedef struct E2eCase {
    const char *name;
    /* Checks with Check's assertions. Leaves every channel closed. */
    void (*run)(E2eEnv *env);
} E2eCase;

extern const E2eCase e2e_cases[];
extern const unsigned int e2e_case_count;

#endif
