/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An echo over TCP and what measures one, static, for scripts/bench on the host and in guests:
 *
 *   bench-tcp serve ADDRESS PORT            echoes; says on which port once it listens (0: any)
 *   bench-tcp send ADDRESS PORT BYTES TURNS for each turn a line: nanoseconds until BYTES have gone
 *                                           there and come back on one connection
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PIECE      65536
#define PATTERN    4096  /* the period of what is sent */
#define TIMEOUT_MS 60000 /* without a byte */
#define NS_PER_S   1000000000LL

static uint8_t pattern[PATTERN + PIECE];

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "bench-tcp: %s: %s\n", what, strerror(errno));
    exit(1);
}

static struct sockaddr_in address_of(const char *address, const char *port)
{
    struct sockaddr_in where = {.sin_family = AF_INET};

    where.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
    if (inet_pton(AF_INET, address, &where.sin_addr) != 1) {
        errno = EINVAL;
        die(address);
    }
    return where;
}

static bool write_all(int fd, const uint8_t *data, size_t size)
{
    while (size) {
        ssize_t some = write(fd, data, size);

        if (some <= 0) {
            return false;
        }
        data += some;
        size -= (size_t)some;
    }
    return true;
}

static void echo(int fd)
{
    static uint8_t data[PIECE];
    ssize_t size;

    while ((size = read(fd, data, sizeof(data))) > 0 && write_all(fd, data, (size_t)size)) {
    }
}

/* Until it is killed: a process for each connection. */
static int serve(struct sockaddr_in where)
{
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int one = 1;
    socklen_t length = sizeof(where);

    signal(SIGCHLD, SIG_IGN);
    if (listener < 0 || setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
        bind(listener, (struct sockaddr *)&where, length) || listen(listener, 64) ||
        getsockname(listener, (struct sockaddr *)&where, &length)) {
        die("listen");
    }
    printf("%u\n", ntohs(where.sin_port));
    fflush(stdout);
    for (;;) {
        int fd = accept(listener, NULL, NULL);

        if (fd < 0) {
            die("accept");
        }
        if (fork() == 0) {
            close(listener);
            echo(fd);
            _exit(0);
        }
        close(fd);
    }
}

static int64_t wall_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static size_t some_of(uint64_t left)
{
    return left < PIECE ? (size_t)left : PIECE;
}

static void there_and_back(int fd, uint64_t bytes)
{
    static uint8_t data[PIECE];
    uint64_t sent = 0, got = 0;

    while (got < bytes) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        ssize_t some;

        wait.events = (short)(POLLIN | (sent < bytes ? POLLOUT : 0));
        if (poll(&wait, 1, TIMEOUT_MS) != 1) {
            errno = ETIMEDOUT;
            die("nothing comes back");
        }
        if (wait.revents & POLLOUT) {
            some = write(fd, pattern + sent % PATTERN, some_of(bytes - sent));
            if (some < 0 && errno != EAGAIN) {
                die("write");
            }
            sent += some > 0 ? (uint64_t)some : 0;
        }
        if (wait.revents & (POLLIN | POLLHUP | POLLERR)) {
            some = read(fd, data, sizeof(data));
            if (some <= 0 && !(some < 0 && errno == EAGAIN)) {
                die("read");
            }
            if (some > 0 && memcmp(data, pattern + got % PATTERN, (size_t)some) != 0) {
                errno = EIO;
                die("what came back is not what was sent");
            }
            got += some > 0 ? (uint64_t)some : 0;
        }
    }
}

static int measure(struct sockaddr_in where, uint64_t bytes, unsigned long turns)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || connect(fd, (struct sockaddr *)&where, sizeof(where)) ||
        fcntl(fd, F_SETFL, O_NONBLOCK)) {
        die("connect");
    }
    for (size_t i = 0; i < sizeof(pattern); i++) {
        pattern[i] = (uint8_t)(i % PATTERN * 7 + i % PATTERN / 251);
    }
    for (unsigned long i = 0; i < turns; i++) {
        int64_t begin = wall_clock();

        there_and_back(fd, bytes);
        printf("%" PRId64 "\n", wall_clock() - begin);
        fflush(stdout);
    }
    return 0;
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    if (argc == 4 && strcmp(argv[1], "serve") == 0) {
        return serve(address_of(argv[2], argv[3]));
    }
    if (argc == 6 && strcmp(argv[1], "send") == 0) {
        return measure(address_of(argv[2], argv[3]), strtoull(argv[4], NULL, 10),
                       strtoul(argv[5], NULL, 10));
    }
    fprintf(stderr, "bench-tcp: serve ADDRESS PORT | send ADDRESS PORT BYTES TURNS\n");
    return 2;
}
