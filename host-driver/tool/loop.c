/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
#include "host-driver/tool/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static int ends[2] = {-1, -1};

static void on_signal(int number)
{
    int saved = errno;
    ssize_t written = write(ends[1], "", 1); /* full means that it is told already */

    (void)written;
    (void)number;
    errno = saved;
}

bool loop_begin(void)
{
    struct sigaction action = {.sa_handler = on_signal};

    if (pipe(ends) < 0) {
        return false;
    }
    for (unsigned int i = 0; i < 2; i++) {
        if (fcntl(ends[i], F_SETFL, O_NONBLOCK) < 0 || fcntl(ends[i], F_SETFD, FD_CLOEXEC) < 0) {
            return false;
        }
    }
    signal(SIGPIPE, SIG_IGN);
    return sigaction(SIGINT, &action, NULL) == 0 && sigaction(SIGTERM, &action, NULL) == 0;
}

void loop_clear(Loop *loop)
{
    loop->count = 0;
}

size_t loop_add(Loop *loop, int fd, short events)
{
    if (loop->count == LOOP_FDS_MAX) {
        return LOOP_FDS_MAX;
    }
    loop->fds[loop->count] = (struct pollfd){.fd = fd, .events = events};
    return loop->count++;
}

bool loop_turn(Loop *loop, Session *session, int timeout)
{
    struct pollfd fds[LOOP_FDS_MAX + SESSION_POLL_MAX + 1];
    int wanted;
    size_t more = session_poll_fds(session, fds + loop->count + 1, &wanted);

    fds[0] = (struct pollfd){.fd = ends[0], .events = POLLIN};
    memcpy(fds + 1, loop->fds, loop->count * sizeof(fds[0]));
    if (timeout < 0 || (wanted >= 0 && wanted < timeout)) {
        timeout = wanted;
    }
    if (poll(fds, 1 + loop->count + more, timeout) < 0) {
        memset(loop->fds, 0, sizeof(loop->fds)); /* nothing is ready */
    } else {
        memcpy(loop->fds, fds + 1, loop->count * sizeof(fds[0]));
    }
    session_dispatch(session);
    return !fds[0].revents;
}

bool loop_ready(const Loop *loop, size_t at)
{
    return at < loop->count && loop->fds[at].revents != 0;
}
