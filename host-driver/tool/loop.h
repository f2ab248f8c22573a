/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/* What commands that serve have in common: a poll set that is made anew in each turn, and an end.
 */
#ifndef SWME_HOST_LOOP_H
#define SWME_HOST_LOOP_H

#include "host-driver/tool/session.h"

#define LOOP_FDS_MAX 256

typedef struct Loop {
    struct pollfd fds[LOOP_FDS_MAX];
    size_t count;
} Loop;

/* From here on SIGINT and SIGTERM end loop_turn() instead of the process. False: see errno. */
bool loop_begin(void);
/* Empties the set. */
void loop_clear(Loop *loop);
/* Returns where it stands in fds; LOOP_FDS_MAX when there is no room: then it is looked at later.
 */
size_t loop_add(Loop *loop, int fd, short events);
/*
 * Waits for any of the set and for the session, at most timeout milliseconds (-1: for ever), and
 * has the session handle what came. False: a signal wants the end.
 */
bool loop_turn(Loop *loop, Session *session, int timeout);
/* Whether poll() had something for the descriptor at that place. */
bool loop_ready(const Loop *loop, size_t at);

#endif
