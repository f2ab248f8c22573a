/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Round trips through the guest's own drivers, for scripts/bench:
 *
 *   bench-guest TURNS MESSAGES [1x]DEPTH SIZE DEVICE...
 *
 * DEVICE is /dev/meiN, whose echo client gets messages of SIZE bytes and sends them back, or
 * /dev/ipmiN, whose BMC is asked for its device id (Linux include/uapi/linux/ipmi.h). The devices
 * take turns of MESSAGES round trips, DEPTH of them under way at a time: on as many connections to
 * the echo client, or, with "1xDEPTH", all on one. Each turn is two lines on stdout, "begin DEVICE"
 * and "end DEVICE NANOSECONDS". Every second round of turns goes the other way round.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <linux/ipmi.h>
#include <linux/mei.h>

#include <swme/bytes.h>
#include <swme/me-clients.h>

#define SIZE_MIN_ECHO   4
#define SIZE_MAX_ECHO   8192
#define DEPTH_MAX       16
#define DEVICES_MAX     8
#define WARM_UP         16 /* round trips before a turn's clock runs: the others had the caches */
#define ANSWER_MS       10000
#define NETFN_APP       0x06
#define GET_DEVICE_ID   0x01
#define COMPLETION_GOOD 0

typedef struct Device {
    const char *path;
    size_t size; /* of an echo message */
    int depth;   /* messages under way at a time */
    int files;   /* connections: depth, or 1 */
    bool ipmi;
    int fd[DEPTH_MAX];
    long sent, received;
    uint8_t message[DEPTH_MAX][SIZE_MAX_ECHO];
} Device;

static _Noreturn void die(const char *path, const char *what)
{
    fprintf(stderr, "bench-guest: %s: %s: %s\n", path, what, errno ? strerror(errno) : "wrong");
    exit(EXIT_FAILURE);
}

static void must(bool good, const Device *device, const char *what)
{
    if (!good) {
        die(device->path, what);
    }
}

static int connect_echo(const Device *device)
{
    static const SwmeGuid echo = SWME_GUID_ECHO;
    struct mei_connect_client_data data = {0};
    int fd = open(device->path, O_RDWR | O_CLOEXEC);

    must(fd >= 0, device, "open");
    memcpy(&data.in_client_uuid, echo.bytes, SWME_GUID_SIZE);
    must(ioctl(fd, IOCTL_MEI_CONNECT_CLIENT, &data) == 0, device, "connect");
    return fd;
}

static void device_open(Device *device, const char *path, size_t size, int depth, bool one)
{
    device->path = path;
    device->size = size;
    device->depth = depth;
    device->ipmi = strstr(path, "ipmi") != NULL;
    device->files = one || device->ipmi ? 1 : depth;
    if (device->ipmi) {
        device->fd[0] = open(path, O_RDWR | O_CLOEXEC);
        must(device->fd[0] >= 0, device, "open");
        return;
    }
    for (int i = 0; i < device->files; i++) {
        device->fd[i] = connect_echo(device);
    }
    for (int i = 0; i < depth; i++) {
        for (size_t at = 0; at < size; at++) {
            device->message[i][at] = (uint8_t)(at * 7 + (size_t)i);
        }
    }
}

static void send_ipmi(Device *device)
{
    struct ipmi_system_interface_addr address = {
        .addr_type = IPMI_SYSTEM_INTERFACE_ADDR_TYPE,
        .channel = IPMI_BMC_CHANNEL,
    };
    struct ipmi_req request = {
        .addr = (unsigned char *)&address,
        .addr_len = sizeof(address),
        .msgid = ++device->sent,
        .msg = {.netfn = NETFN_APP, .cmd = GET_DEVICE_ID},
    };

    must(ioctl(device->fd[0], IPMICTL_SEND_COMMAND, &request) == 0, device, "send");
}

static void receive_ipmi(Device *device)
{
    struct ipmi_system_interface_addr address;
    unsigned char answer[IPMI_MAX_MSG_LENGTH];
    struct ipmi_recv received = {
        .addr = (unsigned char *)&address,
        .addr_len = sizeof(address),
        .msg = {.data = answer, .data_len = sizeof(answer)},
    };

    must(ioctl(device->fd[0], IPMICTL_RECEIVE_MSG_TRUNC, &received) == 0, device, "receive");
    errno = 0;
    must(received.msgid == ++device->received && received.msg.data_len > 1 &&
             answer[0] == COMPLETION_GOOD,
         device, "answer");
}

/* Of the message that is next on a connection. One connection's come back as they went. */
static int place_of(const Device *device, int connection, long number)
{
    return device->files == 1 ? (int)(number % device->depth) : connection;
}

/* No two messages are the same: an old answer is not taken for a new one. */
static void send_echo(Device *device, int connection)
{
    uint8_t *message = device->message[place_of(device, connection, device->sent)];

    swme_put_le32(message, (uint32_t)++device->sent);
    must(write(device->fd[connection], message, device->size) == (ssize_t)device->size, device,
         "write");
}

static void receive_echo(Device *device, int connection)
{
    static uint8_t answer[SIZE_MAX_ECHO];

    must(read(device->fd[connection], answer, sizeof(answer)) == (ssize_t)device->size, device,
         "read");
    errno = 0;
    must(memcmp(answer, device->message[place_of(device, connection, device->received)],
                device->size) == 0,
         device, "answer");
    device->received++;
}

static void send_one(Device *device, int connection)
{
    if (device->ipmi) {
        send_ipmi(device);
    } else {
        send_echo(device, connection);
    }
}

static void receive_one(Device *device, int connection)
{
    if (device->ipmi) {
        receive_ipmi(device);
    } else {
        receive_echo(device, connection);
    }
}

/* That many round trips, depth of them under way at a time. */
static void round_trips(Device *device, long count)
{
    struct pollfd pollfd[DEPTH_MAX];
    long end = device->received + count;
    int files = device->files;

    for (int i = 0; i < files; i++) {
        pollfd[i] = (struct pollfd){.fd = device->fd[i], .events = POLLIN};
    }
    for (int i = 0; i < device->depth; i++) {
        send_one(device, i % files);
    }
    while (device->received < end) {
        must(poll(pollfd, (nfds_t)files, ANSWER_MS) > 0, device, "wait");
        for (int i = 0; i < files; i++) {
            if (pollfd[i].revents & POLLIN) {
                receive_one(device, i);
                if (device->sent < end) {
                    send_one(device, i);
                }
            }
        }
    }
}

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void turn(Device *device, long messages)
{
    int64_t begin;

    round_trips(device, WARM_UP);
    printf("begin %s\n", device->path);
    begin = now_ns();
    round_trips(device, messages);
    printf("end %s %lld\n", device->path, (long long)(now_ns() - begin));
}

static bool number(const char *text, size_t least, size_t most, size_t *value)
{
    char *end;

    errno = 0;
    *value = strtoul(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 && *value >= least &&
           *value <= most;
}

int main(int argc, char **argv)
{
    static Device devices[DEVICES_MAX];
    int count = argc - 5;
    bool one = count > 0 && strncmp(argv[3], "1x", 2) == 0;
    size_t turns, messages, depth, size;

    if (count < 1 || count > DEVICES_MAX || !number(argv[1], 1, 100000, &turns) ||
        !number(argv[2], 1, 100000, &messages) ||
        !number(argv[3] + (one ? 2 : 0), 1, DEPTH_MAX, &depth) ||
        !number(argv[4], SIZE_MIN_ECHO, SIZE_MAX_ECHO, &size)) {
        fprintf(stderr, "bench-guest: TURNS MESSAGES [1x]DEPTH SIZE DEVICE...\n");
        return 2;
    }
    for (int i = 0; i < count; i++) {
        device_open(&devices[i], argv[5 + i], size, (int)depth, one);
    }
    setlinebuf(stdout); /* whoever reads it looks at our processor time at each line */
    for (size_t round = 0; round < turns; round++) {
        for (int i = 0; i < count; i++) {
            turn(&devices[round % 2 ? count - 1 - i : i], (long)messages);
        }
    }
    return EXIT_SUCCESS;
}
