/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waiting for what sysfs says. The driver tells of a new dev_state (Linux init.c, sysfs_notify),
 * but nothing tells of a device that comes or goes, or of a gated link: a look now and then, which
 * costs a fraction of what a shell's loop does.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "exercise.h"

#define LOOK_MS 20

int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Leaves the file's first line in line, and waits a little for another. */
static bool look(const char *path, char *line, size_t size, const char *text)
{
    struct pollfd pollfd = {.fd = open(path, O_RDONLY | O_CLOEXEC), .events = POLLPRI};
    ssize_t n = pollfd.fd < 0 ? -1 : read(pollfd.fd, line, size - 1);
    bool found;

    snprintf(line + (n > 0 ? n : 0), size - (size_t)(n > 0 ? n : 0), "%s", n > 0 ? "" : "absent");
    line[strcspn(line, "\n")] = '\0';
    found = strcmp(line, text) == 0;
    if (!found) {
        poll(&pollfd, 1, LOOK_MS); /* a descriptor below 0 is passed over */
    }
    if (pollfd.fd >= 0) {
        close(pollfd.fd);
    }
    return found;
}

bool wait_for(const char *path, const char *text, int timeout_ms)
{
    int64_t end = now_ms() + timeout_ms;
    char line[64];

    while (!look(path, line, sizeof(line), text)) {
        if (now_ms() >= end) {
            printf("%s is %s, not %s\n", path, line, text);
            return false;
        }
    }
    return true;
}
