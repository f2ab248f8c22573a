/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Transfers through an echo server, all at once, each compared byte by byte:
 *
 *     echo-many PORT TRANSFERS BYTES
 *
 * at 127.0.0.1. One line on stdout, and exit status 0, when all came back.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TRANSFERS_MAX 64
#define QUIET_MS      60000 /* nothing moves for so long: it hangs */

typedef struct Transfer {
    size_t sent, got;
} Transfer;

static uint8_t byte_of(size_t transfer, size_t at)
{
    return (uint8_t)(at * 31 + at / 251 + transfer * 7);
}

static int start(uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ||
        fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
        fprintf(stderr, "echo-many: port %u: %s\n", port, strerror(errno));
        exit(1);
    }
    return fd;
}

static void step(int fd, size_t number, Transfer *t, size_t size, short events)
{
    uint8_t bytes[4096];

    if (events & POLLOUT) {
        size_t part = size - t->sent < sizeof(bytes) ? size - t->sent : sizeof(bytes);
        ssize_t put;

        for (size_t i = 0; i < part; i++) {
            bytes[i] = byte_of(number, t->sent + i);
        }
        put = send(fd, bytes, part, MSG_NOSIGNAL);
        t->sent += put > 0 ? (size_t)put : 0;
    }
    if (events & (POLLIN | POLLHUP | POLLERR)) {
        ssize_t got = recv(fd, bytes, sizeof(bytes), 0);

        if (got == 0 || (got < 0 && errno != EAGAIN)) {
            fprintf(stderr, "echo-many: transfer %zu ends after %zu bytes\n", number, t->got);
            exit(1);
        }
        for (ssize_t i = 0; i < got; i++) {
            if (bytes[i] != byte_of(number, t->got++)) {
                fprintf(stderr, "echo-many: transfer %zu differs at %zu\n", number, t->got - 1);
                exit(1);
            }
        }
    }
}

int main(int argc, char **argv)
{
    struct pollfd fds[TRANSFERS_MAX];
    Transfer transfers[TRANSFERS_MAX] = {{0}};
    size_t count = argc == 4 ? strtoul(argv[2], NULL, 10) : 0, size, left;

    if (count < 1 || count > TRANSFERS_MAX) {
        fprintf(stderr, "usage: echo-many PORT TRANSFERS BYTES\n");
        return 2;
    }
    size = strtoul(argv[3], NULL, 10);
    for (size_t i = 0; i < count; i++) {
        fds[i].fd = start((uint16_t)strtoul(argv[1], NULL, 10));
    }
    for (left = count; left > 0;) {
        for (size_t i = 0; i < count; i++) {
            fds[i].events = (short)(POLLIN | (transfers[i].sent < size ? POLLOUT : 0));
        }
        if (poll(fds, count, QUIET_MS) <= 0) {
            fprintf(stderr, "echo-many: nothing moves, %zu are not done\n", left);
            return 1;
        }
        for (size_t i = 0; i < count; i++) {
            if (fds[i].fd >= 0 && fds[i].revents) {
                step(fds[i].fd, i, &transfers[i], size, fds[i].revents);
                if (transfers[i].got == size) {
                    close(fds[i].fd);
                    fds[i].fd = -1;
                    left--;
                }
            }
        }
    }
    printf("%zu transfers of %zu bytes came back\n", count, size);
    return 0;
}
