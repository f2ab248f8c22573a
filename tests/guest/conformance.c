/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/e2e/conformance.c on any transport, for guests that have no library:
 *
 *     conformance LABEL TRANSPORT PLATFORM [gates] [fixed] [events] [tags]
 *
 * The words are what the platform has. A line "ok - LABEL: CASE" or "not ok - ..." for each case.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tests/e2e/cases.h"

#define ROUNDS 10

static jmp_buf failed;
static char why[600];

void e2e_fail(const E2eEnv *env, const char *format, ...)
{
    va_list args;

    (void)env;
    va_start(args, format);
    vsnprintf(why, sizeof(why), format, args);
    va_end(args);
    longjmp(failed, 1);
}

static bool has(int argc, char **argv, const char *word)
{
    for (int i = 4; i < argc; i++) {
        if (strcmp(argv[i], word) == 0) {
            return true;
        }
    }
    return false;
}

/* Each case on a session of its own: a failed one may have left channels open. */
static bool run(const E2eCase *e2e, E2eEnv *env, const char *transport)
{
    char message[SESSION_MESSAGE_SIZE] = "";

    env->session = session_open(transport, message);
    if (!env->session) {
        snprintf(why, sizeof(why), "%s", message);
        return false;
    }
    if (setjmp(failed) != 0) {
        return false; /* its channels are open: nothing of it is given back */
    }
    e2e->run(env);
    session_close(env->session);
    return true;
}

int main(int argc, char **argv)
{
    E2eEnv env = {.rounds = ROUNDS};
    bool all = true, shared;

    if (argc < 4) {
        fprintf(stderr, "usage: conformance LABEL TRANSPORT PLATFORM [gates] [fixed] [events] "
                        "[tags]\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    env.name = argv[3];
    env.gates = has(argc, argv, "gates");
    env.fixed = has(argc, argv, "fixed");
    env.events = has(argc, argv, "events");
    env.tags = has(argc, argv, "tags");
    shared = strncmp(argv[2], "/dev/", 5) == 0 || strncmp(argv[2], "unix:", 5) == 0;
    for (unsigned int i = 0; i < conformance_case_count; i++) {
        const E2eCase *e2e = &conformance_cases[i];

        if (e2e->registers && shared) {
            continue; /* no part of what a shared driver offers */
        }
        if (run(e2e, &env, argv[2])) {
            printf("ok - %s: %s\n", argv[1], e2e->name);
        } else {
            printf("not ok - %s: %s\n# %s\n", argv[1], e2e->name, why);
            all = false;
        }
    }
    return all ? 0 : 1;
}
