/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Host driver, registers and firmware in one process, for scripts/bench and tests/bench/check:
 *
 *   bench-exchange once             one exchange for callgrind, after one that warms everything up;
 *                                   what counts is the function measured_exchange()
 *   bench-exchange time COUNT       the same COUNT times, in turns with one over loopback TCP; JSON
 *   bench-exchange echo COUNT SIZE  COUNT messages of SIZE bytes through the echo client, in turns
 *                                   with as many over a Unix socket pair; JSON
 *   bench-exchange idle PLATFORM    timers that are armed after an exchange, and gated after it
 *
 * An exchange is everything from no device at all: make device and firmware, reset the link,
 * enumerate, connect to the echo client, send 64 bytes, receive them, disconnect, free.
 */
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <swme/me-clients.h>

#include "host-driver/mei.h"
#include "host-driver/transports/sim.h"

#define EXCHANGE_SIZE 64
#define SIZE_MAX_ECHO 4096
#define COUNT_MAX     100000
#define TURN          16 /* messages of one kind before the other has its turn */

/* Interrupts that may still come when an exchange is over. */
#define INTERRUPTS_LATE 8

#define TIMEOUT (5 * MEI_NS_PER_S)

static _Noreturn void die(const char *what, const char *why)
{
    fprintf(stderr, "bench-exchange: %s: %s\n", what, why);
    exit(1);
}

static void must(MeiError error, const char *what)
{
    if (error) {
        die(what, mei_error_name(error));
    }
}

static void must_io(bool good, const char *what)
{
    if (!good) {
        die(what, strerror(errno));
    }
}

/* ---- one ME ---- */

typedef struct Me {
    RegisterTransport transport;
    Mei mei;
    MeiConnection *connection;
    uint8_t buffer[SIZE_MAX_ECHO];
} Me;

static void me_open(Me *me, const char *options)
{
    static const SwmeGuid guid = SWME_GUID_ECHO;
    char message[SESSION_MESSAGE_SIZE];

    if (!sim_open_registers(options, &me->transport, message)) {
        die("sim", message);
    }
    mei_init(&me->mei, me->transport.ops, me->transport.transport);
    must(mei_start(&me->mei), "start");
    must(mei_connect(&me->mei, &guid, me->buffer, sizeof(me->buffer), &me->connection), "connect");
}

static void me_echo(Me *me, const uint8_t *data, size_t size)
{
    uint8_t answer[SIZE_MAX_ECHO];
    size_t received;

    must(mei_write(me->connection, data, size, TIMEOUT), "write");
    must(mei_read(me->connection, answer, sizeof(answer), &received, TIMEOUT), "read");
    if (received != size || memcmp(answer, data, size) != 0) {
        die("echo", "what came back is not what was sent");
    }
}

static void me_disconnect(Me *me)
{
    must(mei_disconnect(me->connection), "disconnect");
}

static void me_close(Me *me)
{
    me->transport.close(me->transport.transport);
}

static void exchange(Me *me, const uint8_t *data)
{
    me_open(me, "sim:echo=on");
    me_echo(me, data, EXCHANGE_SIZE);
    me_disconnect(me);
    me_close(me);
}

/* Its name is what callgrind is told to count. */
__attribute__((noinline)) void measured_exchange(Me *me, const uint8_t *data);
void measured_exchange(Me *me, const uint8_t *data)
{
    exchange(me, data);
}

/* ---- the yardsticks ---- */

static void write_all(int fd, const void *data, size_t size)
{
    must_io(write(fd, data, size) == (ssize_t)size, "write to the yardstick");
}

static bool read_all(int fd, uint8_t *data, size_t size)
{
    size_t done = 0;

    while (done < size) {
        ssize_t got = read(fd, data + done, size - done);

        must_io(got >= 0, "read from the yardstick");
        if (got == 0) {
            return false;
        }
        done += (size_t)got;
    }
    return true;
}

static void answer_until_end(int fd, size_t size)
{
    uint8_t data[SIZE_MAX_ECHO];

    while (read_all(fd, data, size)) {
        write_all(fd, data, size);
    }
}

/* A child that answers on connections, one after the other, until it is killed. */
static pid_t tcp_server(struct sockaddr_in *address)
{
    socklen_t length = sizeof(*address);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    pid_t child;

    *address = (struct sockaddr_in){.sin_family = AF_INET};
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must_io(listener >= 0 && !bind(listener, (struct sockaddr *)address, length) &&
                !listen(listener, 16) &&
                !getsockname(listener, (struct sockaddr *)address, &length),
            "listen on loopback");
    child = fork();
    must_io(child >= 0, "fork");
    if (child == 0) {
        for (;;) {
            int fd = accept(listener, NULL, NULL);

            if (fd < 0) {
                _exit(1);
            }
            answer_until_end(fd, EXCHANGE_SIZE);
            close(fd);
        }
    }
    close(listener);
    return child;
}

static void tcp_exchange(const struct sockaddr_in *address, const uint8_t *data)
{
    uint8_t answer[EXCHANGE_SIZE];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    must_io(fd >= 0 && !connect(fd, (const struct sockaddr *)address, sizeof(*address)),
            "connect to loopback");
    write_all(fd, data, EXCHANGE_SIZE);
    must_io(read_all(fd, answer, sizeof(answer)), "answer from loopback");
    close(fd);
}

static pid_t pair_server(int *fd, size_t size)
{
    int ends[2];
    pid_t child;

    must_io(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), "socketpair");
    child = fork();
    must_io(child >= 0, "fork");
    if (child == 0) {
        close(ends[0]);
        answer_until_end(ends[1], size);
        _exit(0);
    }
    close(ends[1]);
    *fd = ends[0];
    return child;
}

/* ---- figures ---- */

static int64_t wall_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * MEI_NS_PER_S + now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static double median(int64_t *values, size_t count)
{
    qsort(values, count, sizeof(*values), compare);
    return count % 2 ? (double)values[count / 2]
                     : (double)(values[count / 2 - 1] + values[count / 2]) / 2;
}

static void print_pair(double ours, double yardstick)
{
    printf("{\"ours_ns\": %.0f, \"yardstick_ns\": %.0f, \"ratio\": %.4f}\n", ours, yardstick,
           ours / yardstick);
}

static int run_once(Me *me, const uint8_t *data)
{
    exchange(me, data); /* symbols bound, memory there */
    measured_exchange(me, data);
    return 0;
}

static int run_time(Me *me, const uint8_t *data, size_t count)
{
    int64_t *ours = calloc(count, sizeof(*ours));
    int64_t *tcp = calloc(count, sizeof(*tcp));
    struct sockaddr_in address;
    pid_t server = tcp_server(&address);

    must_io(ours && tcp, "memory");
    for (size_t i = 0; i < count; i++) {
        int64_t begin = wall_clock();

        exchange(me, data);
        ours[i] = wall_clock() - begin;
        begin = wall_clock();
        tcp_exchange(&address, data);
        tcp[i] = wall_clock() - begin;
    }
    kill(server, SIGTERM);
    waitpid(server, NULL, 0);
    print_pair(median(ours, count), median(tcp, count));
    free(ours);
    free(tcp);
    return 0;
}

static int run_echo(Me *me, const uint8_t *data, size_t count, size_t size)
{
    size_t turns = (count + TURN - 1) / TURN;
    int64_t *ours = calloc(turns, sizeof(*ours));
    int64_t *sockets = calloc(turns, sizeof(*sockets));
    uint8_t answer[SIZE_MAX_ECHO];
    int fd;
    pid_t server = pair_server(&fd, size);

    must_io(ours && sockets, "memory");
    me_open(me, "sim:echo=on");
    for (size_t i = 0; i < turns; i++) {
        int64_t begin = wall_clock();

        for (int n = 0; n < TURN; n++) {
            me_echo(me, data, size);
        }
        ours[i] = wall_clock() - begin;
        begin = wall_clock();
        for (int n = 0; n < TURN; n++) {
            write_all(fd, data, size);
            must_io(read_all(fd, answer, size), "answer from the socket pair");
        }
        sockets[i] = wall_clock() - begin;
    }
    me_disconnect(me);
    me_close(me);
    close(fd);
    waitpid(server, NULL, 0);
    print_pair(median(ours, turns) / TURN, median(sockets, turns) / TURN);
    free(ours);
    free(sockets);
    return 0;
}

/* Lets a second pass and takes what interrupts are still to come: a timer left over stays armed. */
static unsigned int settled_timers(Me *me)
{
    MeiError error = MEI_OK;

    for (int i = 0; i < INTERRUPTS_LATE && !error; i++) {
        error = mei_poll(&me->mei, MEI_NS_PER_S);
    }
    if (error != MEI_ERR_TIMEOUT) {
        die("idle", error ? mei_error_name(error) : "the firmware interrupts unasked");
    }
    return sim_armed_timers(&me->transport);
}

static int run_idle(Me *me, const uint8_t *data, const char *platform)
{
    unsigned int connected, disconnected, gated;
    char options[128];
    MeiError error;

    snprintf(options, sizeof(options), "sim:echo=on,platform=%s", platform);
    me_open(me, options);
    me_echo(me, data, EXCHANGE_SIZE);
    connected = settled_timers(me);
    me_disconnect(me);
    disconnected = settled_timers(me);
    error = mei_power_gate(&me->mei);
    if (error != MEI_ERR_UNSUPPORTED) {
        must(error, "power gate");
    }
    gated = settled_timers(me);
    me_close(me);
    printf("{\"connected\": %u, \"disconnected\": %u, \"gated\": ", connected, disconnected);
    printf(error ? "null}\n" : "%u}\n", gated);
    return 0;
}

static bool number(const char *text, size_t most, size_t *value)
{
    char *end;

    errno = 0;
    *value = strtoul(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 && *value > 0 &&
           *value <= most;
}

int main(int argc, char **argv)
{
    static Me me;
    uint8_t data[SIZE_MAX_ECHO];
    const char *mode = argc > 1 ? argv[1] : "";
    size_t count, size;

    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)(i * 7 + 1);
    }
    if (strcmp(mode, "once") == 0 && argc == 2) {
        return run_once(&me, data);
    }
    if (strcmp(mode, "time") == 0 && argc == 3 && number(argv[2], COUNT_MAX, &count)) {
        return run_time(&me, data, count);
    }
    if (strcmp(mode, "echo") == 0 && argc == 4 && number(argv[2], COUNT_MAX, &count) &&
        number(argv[3], SIZE_MAX_ECHO, &size)) {
        return run_echo(&me, data, count, size);
    }
    if (strcmp(mode, "idle") == 0 && argc == 3) {
        return run_idle(&me, data, argv[2]);
    }
    fprintf(stderr, "bench-exchange: once | time COUNT | echo COUNT SIZE | idle PLATFORM\n");
    return 2;
}
