/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of mei-exercise share: connections through /dev/mei0, and the exercises that need
 * something done outside the guest.
 */
#ifndef TESTS_REGRESS_EXERCISE_H
#define TESTS_REGRESS_EXERCISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <swme/me-clients.h>

#define ANSWER_MS   10000
#define ECHO_LENGTH 8192

extern const SwmeGuid echo_guid;

/* Says what is wrong; for return fail(...). */
int fail(const char *what, int error);

int open_device(void);

/* The errno that connecting ends with; 0 for success. */
int connect_to(int fd, const SwmeGuid *guid, uint32_t *max_length);

/* An open file that is connected, or -1 with errno. */
int open_connected(const SwmeGuid *guid);

/* Whether the driver says in time that there is something to read. */
bool readable(int fd, int timeout_ms);

/* One message out and the same back: 0, or an errno; EBADMSG when other bytes came. */
int exchange(int fd, size_t size, unsigned int seed);

int64_t now_ms(void);

/* Until the file's first line is text, "absent" where it cannot be read; says so if it is not in
 * time. */
bool wait_for(const char *path, const char *text, int timeout_ms);

int notification_on(void);
int notification(void);
int notification_gated(void);
int late_answer_gated(void);
int reset_idle(void);
int reset_loop(void);
int client_goes(void);
int client_comes(void);
int fault_while_running(void);

#endif
