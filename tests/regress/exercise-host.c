/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exercises in which the firmware does something by itself. Who runs the guest does it, through the
 * device's control socket, when a line with @host asks for it, and answers with a line.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <linux/mei.h>

#include "exercise.h"

#define STATE  "/sys/class/mei/mei0/dev_state"
#define GATING "/sys/class/mei/mei0/device/power/runtime_status"

/* Has a control command done outside; true once it is done. */
static bool host(const char *command)
{
    char c = 0;

    printf("@host %s\n", command);
    fflush(stdout);
    while (c != '\n') {
        if (read(STDIN_FILENO, &c, 1) != 1) {
            return false;
        }
    }
    return true;
}

/* ---- notification ---- */

static int ask_for_notifications(void)
{
    uint32_t on = 1;
    int fd = open_connected(&echo_guid);

    return ioctl(fd, IOCTL_MEI_NOTIFY_SET, &on) < 0 ? -1 : fd;
}

/* It comes, once, and no other behind it. */
static int take_notification(int fd)
{
    struct pollfd pollfd = {.fd = fd, .events = POLLPRI};
    uint32_t off = 0, event = 0;

    if (!host("notify echo")) {
        return fail("the host", 0);
    }
    if (poll(&pollfd, 1, ANSWER_MS) != 1 || !(pollfd.revents & POLLPRI)) {
        return fail("the notification never came", 0);
    }
    if (ioctl(fd, IOCTL_MEI_NOTIFY_GET, &event) < 0 || event != 1) {
        return fail("taking it", errno);
    }
    if (poll(&pollfd, 1, 0) != 0) {
        return fail("a notification that was taken is still there", 0);
    }
    return ioctl(fd, IOCTL_MEI_NOTIFY_SET, &off) < 0 ? fail("turning them off", errno)
                                                     : EXIT_SUCCESS;
}

int notification_on(void)
{
    return ask_for_notifications() < 0 ? fail("asking for notifications", errno) : EXIT_SUCCESS;
}

int notification(void)
{
    int fd = ask_for_notifications();
    uint32_t on = 1;

    if (fd < 0) {
        return fail("asking for notifications", errno);
    }
    if (ioctl(fd, IOCTL_MEI_NOTIFY_SET, &on) < 0) {
        return fail("asking once more", errno);
    }
    return take_notification(fd);
}

/* ---- the firmware wakes the link ---- */

int notification_gated(void)
{
    int fd = ask_for_notifications();

    if (fd < 0) {
        return fail("asking for notifications", errno);
    }
    if (!wait_for(GATING, "suspended", ANSWER_MS)) {
        return fail("the link was not gated", 0);
    }
    return take_notification(fd);
}

/* The link is gated while an answer is still to come. */
int late_answer_gated(void)
{
    uint8_t out[100], in[101];
    int fd = open_connected(&echo_guid);

    memset(out, 0x5a, sizeof(out));
    if (!host("latency 100us+echo:5s")) {
        return fail("the host", 0);
    }
    if (write(fd, out, sizeof(out)) != sizeof(out)) {
        return fail("write", errno);
    }
    if (!wait_for(GATING, "suspended", ANSWER_MS)) {
        return fail("the link was not gated", 0);
    }
    if (!readable(fd, ANSWER_MS)) {
        return fail("the answer never came through the gate", 0);
    }
    if (read(fd, in, sizeof(in)) != sizeof(out) || memcmp(in, out, sizeof(out)) != 0) {
        return fail("the answer", errno);
    }
    return EXIT_SUCCESS;
}

/* ---- the firmware resets itself ---- */

/* A connection does not outlive a reset: its user is woken up and told so. */
static int lose_connection(int fd)
{
    struct pollfd pollfd = {.fd = fd, .events = POLLIN};
    uint8_t data[16] = {0};
    int error;

    if (!host("firmware-reset")) {
        return fail("the host", 0);
    }
    if (poll(&pollfd, 1, ANSWER_MS) != 1 || !(pollfd.revents & (POLLERR | POLLHUP))) {
        return fail("the end of the connection was not told", 0);
    }
    if (!wait_for(STATE, "ENABLED", ANSWER_MS)) {
        return fail("the link did not come back", 0);
    }
    if (write(fd, data, sizeof(data)) >= 0 || errno != ENODEV) {
        return fail("a write to the connection before the reset should end with ENODEV", errno);
    }
    close(fd);
    fd = open_connected(&echo_guid);
    if (fd < 0) {
        return fail("connecting after the reset", errno);
    }
    error = exchange(fd, 1000, 1);
    close(fd);
    return error ? fail("an exchange after the reset", error) : EXIT_SUCCESS;
}

int reset_idle(void)
{
    int fd = open_connected(&echo_guid);

    return fd < 0 ? fail("connecting", errno) : lose_connection(fd);
}

/* More often than a driver tries that counts attempts and forgets to start anew. */
int reset_loop(void)
{
    for (unsigned int i = 0; i < 10; i++) {
        int fd = open_connected(&echo_guid);

        if (fd < 0) {
            return fail("connecting", errno);
        }
        if (lose_connection(fd) != EXIT_SUCCESS) {
            printf("reset %u\n", i + 1);
            return EXIT_FAILURE;
        }
    }
    return EXIT_SUCCESS;
}

/* ---- clients come and go ---- */

int client_goes(void)
{
    int fd = open_connected(&echo_guid);
    struct pollfd pollfd = {.fd = fd, .events = POLLIN};
    int error = exchange(fd, 100, 1);

    if (error) {
        return fail("an exchange before it", error);
    }
    if (!host("client-remove echo")) {
        return fail("the host", 0);
    }
    if (poll(&pollfd, 1, ANSWER_MS) != 1 || !(pollfd.revents & (POLLERR | POLLHUP))) {
        return fail("the end of the connection was not told", 0);
    }
    close(fd);
    fd = open_device();
    error = connect_to(fd, &echo_guid, NULL);
    close(fd);
    return error == ENOTTY ? EXIT_SUCCESS
                           : fail("a client that has gone should end with ENOTTY", error);
}

int client_comes(void)
{
    const struct timespec pause = {.tv_nsec = 5000000};
    int error = ENOTTY;

    if (!host("client-add echo")) {
        return fail("the host", 0);
    }
    /* The driver takes the new client in between two looks: nothing to wait for here. */
    for (unsigned int i = 0; i < 2000 && error == ENOTTY; i++) {
        int fd = open_device();

        error = connect_to(fd, &echo_guid, NULL);
        if (!error) {
            error = exchange(fd, 1000, 1);
            close(fd);
            return error ? fail("an exchange with it", error) : EXIT_SUCCESS;
        }
        close(fd);
        nanosleep(&pause, NULL);
    }
    return fail("connecting to the client that came", error);
}

/* ---- faults while running ---- */

/* The answer to one message is lost; the connection's next one is not. */
int fault_while_running(void)
{
    int fd = open_connected(&echo_guid);
    int error = exchange(fd, 10, 1);

    if (error) {
        return fail("an exchange before the fault", error);
    }
    if (!host("fault-add reply-dropped")) {
        return fail("the host", 0);
    }
    error = exchange(fd, 10, 2);
    if (error != ETIMEDOUT) {
        return fail("the answer should be lost; the exchange ended with", error);
    }
    close(fd);
    fd = open_connected(&echo_guid);
    error = exchange(fd, 10, 3);
    return error ? fail("an exchange after the fault", error) : EXIT_SUCCESS;
}
