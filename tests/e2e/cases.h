/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must hold from the host driver down to the firmware, however the driver reaches it: one list
 * of cases, run in this process and on the real QEMU device alike.
 */
#ifndef SWME_TESTS_E2E_CASES_H
#define SWME_TESTS_E2E_CASES_H

#include "host-driver/tool/session.h"

/* The UUID that every machine under test is given. */
#define E2E_UUID "5d3f1c6e-8a0b-4e57-9c21-7b64d0e8f913"

typedef struct E2eEnv {
    Session *session;                    /* freshly started; echo=on, AMT as the platform has it */
    const struct SwmePlatform *platform; /* for e2e_cases alone */
    unsigned int rounds;                 /* of a case that does the same many times */
    const char *name;                    /* of the platform; what follows is what it has */
    bool gates;                          /* power gating */
    bool fixed;                          /* MKHI at a fixed address, open to users */
    bool events;                         /* HBM 2.0 */
    bool tags;                           /* HBM 2.2 */
} E2eEnv;

typedef struct E2eCase {
    const char *name;
    /* Leaves every channel closed. What does not hold goes to e2e_fail(). */
    void (*run)(E2eEnv *env);
    bool registers; /* wants session_driver(): means nothing on a kernel's driver */
} E2eCase;

/* What depends on the generation, compared with its table. */
extern const E2eCase e2e_cases[];
extern const unsigned int e2e_case_count;

/* What holds everywhere; these want the faults that e2e_prepare() returns. */
extern const E2eCase conformance_cases[];
extern const unsigned int conformance_case_count;

#define E2E_FAULT_EVENTS "inject:type=DATA:dir=to-host:client=echo:to=pair:data=11000000:count=all"
#define E2E_FAULT_RESET  "reset:type=DATA:dir=to-firmware:client=hdcp:time=50ms:count=all"

/* Sets what follows from platform; returns the rules that its firmware is to have. */
const char *e2e_prepare(E2eEnv *env);

/* Ends the case. In cases.c with Check's means; a program without Check has its own. */
void e2e_fail(const E2eEnv *env, const char *format, ...)
    __attribute__((noreturn, format(printf, 2, 3)));

#define E2E_MUST(env, condition)                                                \
    do {                                                                        \
        if (!(condition)) {                                                     \
            e2e_fail(env, "does not hold: %s (line %d)", #condition, __LINE__); \
        }                                                                       \
    } while (0)

#define MUST_BE(env, got, expected)                                                             \
    do {                                                                                        \
        int must_got_ = (int)(got);                                                             \
                                                                                                \
        if (must_got_ != (int)(expected)) {                                                     \
            e2e_fail(env, "%s is %s, not %s (%s, line %d)", #got,                               \
                     mei_error_name((MeiError)must_got_), mei_error_name((MeiError)(expected)), \
                     (env)->session->message, __LINE__);                                        \
        }                                                                                       \
    } while (0)

#endif
