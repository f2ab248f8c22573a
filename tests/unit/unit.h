/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One way to run a Check suite: TAP on stdout for meson, exit status for everyone else. Works with
 * CK_FORK=no as well, which debuggers and leak checkers like.
 */
#ifndef SWME_TESTS_UNIT_H
#define SWME_TESTS_UNIT_H

#include <stdio.h>
#include <stdlib.h>

#include <check.h>

/*
 * Check writes where it is to a file at each assertion that holds, to say it should the test crash:
 * a third of the time of a test that makes a million of them. Sanitizers and cores say it as well.
 */
#define _mark_point(file, line) ((void)0)

/* Exhaustive cases take tens of seconds under sanitizers on a busy machine; Check's own limit is
 * four. */
#define UNIT_TIMEOUT_S 300

#define UNIT_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* For the inside of loops: less to compute than Check's own assertions. */
#define MUST(condition)                                    \
    do {                                                   \
        if (!(condition)) {                                \
            ck_abort_msg("does not hold: %s", #condition); \
        }                                                  \
    } while (0)

#define MUST_MSG(condition, ...)       \
    do {                               \
        if (!(condition)) {            \
            ck_abort_msg(__VA_ARGS__); \
        }                              \
    } while (0)

#define MUST_EQ(a, b)                                                             \
    do {                                                                          \
        unsigned long long must_a_ = (unsigned long long)(a);                     \
        unsigned long long must_b_ = (unsigned long long)(b);                     \
                                                                                  \
        if (must_a_ != must_b_) {                                                 \
            ck_abort_msg("%s is 0x%llx, %s is 0x%llx", #a, must_a_, #b, must_b_); \
        }                                                                         \
    } while (0)

static inline TCase *unit_case(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, UNIT_TIMEOUT_S);
    suite_add_tcase(suite, tcase);
    return tcase;
}

static inline int unit_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    int failed;

    /* A forked child must not write again what its parent still had in the buffer. */
    setvbuf(stdout, NULL, _IOLBF, 0);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
