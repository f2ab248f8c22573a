/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes through APF channels in one process, host driver's end to AMT's echo service and back, in
 * turns with as many through a loopback TCP connection to an echo in another process:
 *
 *   bench-apf CHANNELS BYTES TURNS       ("ours" and "yardstick" in nanoseconds, JSON)
 *   bench-apf CHANNELS BYTES TURNS once  without the yardstick, for profilers
 *
 * BYTES are those of all channels. More channels than AMT has slots take turns, as with any LMS.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "firmware-sim/manual-clock.h"
#include "firmware-sim/net/apf.h"
#include "firmware-sim/net/echo-service.h"
#include "host-driver/apf-host.h"

#define MESSAGE_MAX  16384
#define PATTERN      4096
#define PIECE        65536
#define UNDER_WAY    8 /* messages of the firmware that wait, as its bus has it */
#define CHANNELS_MAX 64

#define MUST(condition)                                                                  \
    do {                                                                                 \
        if (!(condition)) {                                                              \
            fprintf(stderr, "bench-apf: line %d: not true: %s\n", __LINE__, #condition); \
            exit(1);                                                                     \
        }                                                                                \
    } while (0)

static uint8_t pattern[PATTERN + PIECE];

typedef struct Transfer {
    ApfHostChannel *channel;
    uint64_t size, sent, got;
} Transfer;

typedef struct Bench {
    SwmeManualClock *clock;
    SwmeServices *services;
    SwmeEchoService *echo;
    Apf *apf;
    ApfHost host;
    GQueue from_firmware; /* GBytes */
    bool paused;
    Transfer transfers[CHANNELS_MAX];
    unsigned int count;
    unsigned int done;
} Bench;

/* ---- the firmware's end ---- */

static bool apf_ready(void *opaque)
{
    return ((Bench *)opaque)->from_firmware.length < UNDER_WAY;
}

static void apf_send(void *opaque, GBytes *message)
{
    g_queue_push_tail(&((Bench *)opaque)->from_firmware, message);
}

static void apf_pause(void *opaque, bool paused)
{
    ((Bench *)opaque)->paused = paused;
}

static void apf_end(void *opaque G_GNUC_UNUSED)
{
    MUST(!"the session has ended");
}

static void apf_note(void *opaque G_GNUC_UNUSED, const char *text)
{
    fprintf(stderr, "bench-apf: %s\n", text);
}

static const ApfOps firmware_ops = {apf_ready, apf_send, apf_pause, apf_end, apf_note};

/* ---- the host's end ---- */

static bool on_listen(void *opaque G_GNUC_UNUSED, uint16_t port G_GNUC_UNUSED)
{
    return true;
}

static void on_unlisten(void *opaque G_GNUC_UNUSED, uint16_t port G_GNUC_UNUSED)
{
}

static void on_data(void *opaque, ApfHostChannel *channel, const uint8_t *data, size_t size)
{
    Bench *bench = opaque;
    Transfer *transfer = channel->user;

    MUST(size <= PIECE && memcmp(data, pattern + transfer->got % PATTERN, size) == 0);
    transfer->got += size;
    apf_host_consumed(&bench->host, channel, size);
}

static void on_closed(void *opaque G_GNUC_UNUSED, ApfHostChannel *channel G_GNUC_UNUSED)
{
}

static void on_event(void *opaque G_GNUC_UNUSED, const uint8_t *data G_GNUC_UNUSED,
                     size_t size G_GNUC_UNUSED)
{
}

static void on_datagram(void *opaque G_GNUC_UNUSED, const char *address G_GNUC_UNUSED,
                        uint16_t port G_GNUC_UNUSED, const uint8_t *data G_GNUC_UNUSED,
                        size_t size G_GNUC_UNUSED)
{
}

static const ApfHostOps host_ops = {on_listen, on_unlisten, on_data,
                                    on_closed, on_event,    on_datagram};

static bool receive(Bench *bench)
{
    GBytes *message;
    bool any = false;

    while ((message = g_queue_pop_head(&bench->from_firmware))) {
        gsize size;
        const uint8_t *data = g_bytes_get_data(message, &size);

        apf_host_receive(&bench->host, data, size);
        g_bytes_unref(message);
        any = true;
    }
    if (any) {
        apf_pump(bench->apf);
    }
    return any;
}

static void to_firmware(Bench *bench, uint8_t *message, size_t size)
{
    g_autoptr(GBytes) bytes = g_bytes_new_take(message, size);

    apf_message(bench->apf, bytes);
}

static bool send_queued(Bench *bench)
{
    uint8_t message[512];
    size_t size;
    bool any = false;

    while ((size = apf_host_next(&bench->host, message, sizeof(message)))) {
        to_firmware(bench, g_memdup2(message, size), size);
        any = true;
    }
    return any;
}

static bool send_data(Bench *bench)
{
    bool any = false;

    for (unsigned int i = 0; i < bench->count && !bench->paused; i++) {
        Transfer *transfer = &bench->transfers[i];
        uint8_t *message;
        size_t some;

        if (!transfer->channel || transfer->channel->state != APF_HOST_OPEN) {
            continue;
        }
        some = MIN(apf_host_room(&bench->host, transfer->channel), transfer->size - transfer->sent);
        if (some) {
            message = g_malloc(APF_CHANNEL_DATA_HEADER_SIZE + some);
            memcpy(message + APF_CHANNEL_DATA_HEADER_SIZE, pattern + transfer->sent % PATTERN,
                   some);
            to_firmware(bench, message,
                        apf_host_write(&bench->host, transfer->channel, message, some));
            transfer->sent += some;
            any = true;
        } else if (transfer->got == transfer->size) {
            apf_host_close(&bench->host, transfer->channel);
            transfer->channel = NULL;
            bench->done++;
            any = true;
        }
    }
    return any;
}

/* Without time passing; nothing left to do before an end is a failure. */
static void until(Bench *bench, unsigned int done)
{
    while (bench->done < done || !apf_is_forwarded(bench->apf, SWME_ECHO_PORT)) {
        bool any = receive(bench);

        any |= send_queued(bench);
        any |= g_main_context_iteration(NULL, FALSE);
        any |= send_data(bench);
        MUST(any);
    }
}

static void bench_init(Bench *bench)
{
    static const uint8_t uuid[APF_UUID_SIZE] = {1};
    ApfConfig config = {.ops = &firmware_ops, .opaque = bench, .uuid = uuid};

    bench->clock = swme_manual_clock_new();
    bench->services = swme_services_new();
    bench->echo = swme_echo_service_new(bench->services, SWME_ECHO_PORT);
    config.clock = swme_manual_clock(bench->clock);
    config.services = bench->services;
    apf_host_init(&bench->host, &host_ops, bench, MESSAGE_MAX);
    bench->apf = apf_new(&config);
    apf_pump(bench->apf);
    until(bench, 0);
}

static void bench_clear(Bench *bench)
{
    apf_free(bench->apf);
    swme_echo_service_free(bench->echo);
    while (g_main_context_iteration(NULL, FALSE)) {
    }
    swme_services_free(bench->services);
    g_queue_clear_full(&bench->from_firmware, (GDestroyNotify)g_bytes_unref);
    swme_manual_clock_free(bench->clock);
}

static void transfer_all(Bench *bench, unsigned int count, uint64_t bytes)
{
    memset(bench->transfers, 0, sizeof(bench->transfers));
    bench->done = 0;
    bench->count = count;
    for (unsigned int i = 0; i < count; i++) {
        Transfer *transfer = &bench->transfers[i];

        transfer->size = bytes / count;
        transfer->channel = apf_host_open(&bench->host, SWME_ECHO_PORT, "127.0.0.1",
                                          (uint16_t)(40000 + i), transfer);
        MUST(transfer->channel);
    }
    until(bench, count);
    for (unsigned int i = 0; i < count; i++) {
        MUST(bench->transfers[i].got == bytes / count);
    }
}

/* ---- the yardstick ---- */

/* The same echo, one process further. */
static int tcp_start(pid_t *child)
{
    struct sockaddr_in where = {.sin_family = AF_INET};
    socklen_t length = sizeof(where);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int fd;

    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    MUST(listener >= 0 && !bind(listener, (struct sockaddr *)&where, length) &&
         !listen(listener, 1) && !getsockname(listener, (struct sockaddr *)&where, &length));
    *child = fork();
    MUST(*child >= 0);
    if (*child == 0) {
        static uint8_t data[PIECE];
        ssize_t size;

        fd = accept(listener, NULL, NULL);
        while ((size = read(fd, data, sizeof(data))) > 0 &&
               send(fd, data, (size_t)size, MSG_NOSIGNAL) == size) {
        }
        _exit(0);
    }
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    MUST(fd >= 0 && !connect(fd, (struct sockaddr *)&where, length));
    close(listener);
    return fd;
}

/* As much under way as the sockets' buffers hold. */
static void tcp_transfer(int fd, uint64_t bytes)
{
    static uint8_t data[PIECE];
    uint64_t sent = 0, got = 0;

    while (got < bytes) {
        ssize_t some;

        if (sent < bytes) {
            some = send(fd, pattern + sent % PATTERN, MIN(bytes - sent, PIECE), MSG_DONTWAIT);
            sent += some > 0 ? (uint64_t)some : 0;
        }
        some = recv(fd, data, sizeof(data),
                    sent - got >= 4 * PIECE || sent == bytes ? 0 : MSG_DONTWAIT);
        if (some > 0) {
            MUST(memcmp(data, pattern + got % PATTERN, (size_t)some) == 0);
            got += (uint64_t)some;
        }
    }
}

/* ---- both ---- */

static int compare_times(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static int64_t middle(int64_t *values, unsigned int count)
{
    qsort(values, count, sizeof(*values), compare_times);
    return values[count / 2];
}

int main(int argc, char **argv)
{
    static Bench bench;
    unsigned int channels = argc > 3 ? (unsigned int)strtoul(argv[1], NULL, 10) : 0;
    uint64_t bytes = argc > 3 ? strtoull(argv[2], NULL, 10) : 0;
    unsigned int turns = argc > 3 ? (unsigned int)strtoul(argv[3], NULL, 10) : 0;
    bool alone = argc > 4;
    g_autofree int64_t *ours = NULL;
    g_autofree int64_t *tcp = NULL;
    pid_t child = 0;
    int fd = -1;

    if (channels < 1 || channels > CHANNELS_MAX || !bytes || !turns) {
        fprintf(stderr, "bench-apf: CHANNELS BYTES TURNS [once]\n");
        return 2;
    }
    for (size_t i = 0; i < sizeof(pattern); i++) {
        pattern[i] = (uint8_t)(i % PATTERN * 7 + i % PATTERN / 251);
    }
    ours = g_new0(int64_t, turns);
    tcp = g_new0(int64_t, turns);
    if (!alone) {
        fd = tcp_start(&child);
    }
    /* As in an event loop, where nobody else needs to be woken up for what happens in it. */
    MUST(g_main_context_acquire(NULL));
    bench_init(&bench);
    for (unsigned int i = 0; i < turns; i++) {
        int64_t begin = g_get_monotonic_time();

        transfer_all(&bench, channels, bytes);
        ours[i] = (g_get_monotonic_time() - begin) * 1000;
        begin = g_get_monotonic_time();
        if (!alone) {
            tcp_transfer(fd, bytes / channels * channels);
        }
        tcp[i] = (g_get_monotonic_time() - begin) * 1000;
    }
    bench_clear(&bench);
    g_main_context_release(NULL);
    if (!alone) {
        close(fd);
        waitpid(child, NULL, 0);
    }
    printf("{\"ours_ns\": %" PRId64 ", \"yardstick_ns\": %" PRId64 "}\n", middle(ours, turns),
           middle(tcp, turns));
    return 0;
}
