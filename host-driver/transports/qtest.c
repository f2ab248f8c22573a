/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/* QEMU's qtest protocol is described in its softmmu/qtest.c: lines of text, one answer each. */
#include "host-driver/transports/qtest.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define GONE              0xffffffffu
#define LINE_MAX_SIZE     256
#define ANSWER_TIMEOUT_MS 10000
/* Interrupts come as lines; this is how often to look all the same, should one not be routed. */
#define LOOK_MS 100

/* PCI host bridge ports of every x86 machine, and where BAR 0 goes when nobody has placed it: below
 * the I/O APIC, in the hole that q35 and pc both leave. */
#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA    0xcfc
#define BAR0_ADDRESS   0xfe000000u

#define PCI_ID             0x00
#define PCI_COMMAND        0x04
#define PCI_COMMAND_MEMORY 0x0002u
#define PCI_COMMAND_MASTER 0x0004u
#define PCI_COMMAND_NOINTX 0x0400u
#define PCI_CLASS          0x08
#define PCI_BAR0           0x10
#define PCI_BAR0_HIGH      0x14

#define STEP_FIRST (20 * MEI_NS_PER_US)
#define STEP_MAX   (10 * MEI_NS_PER_MS)

typedef struct Qtest {
    int fd;
    bool dead;     /* nothing more will come */
    bool stepping; /* the virtual clock is ours to move */
    bool hint;     /* an interrupt line was raised since the last look at H_CSR */
    int64_t now;   /* while stepping */
    uint8_t devfn;
    uint64_t bar0;
    char buffer[1024];
    size_t filled;
} Qtest;

/* ---- lines ---- */

static int64_t wall_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * MEI_NS_PER_S + now.tv_nsec;
}

/* Cuts a whole line out of what has arrived. */
static bool cut_line(Qtest *q, char *line)
{
    char *end = memchr(q->buffer, '\n', q->filled);
    size_t length;

    if (!end) {
        return false;
    }
    length = (size_t)(end - q->buffer);
    snprintf(line, LINE_MAX_SIZE, "%.*s", (int)length, q->buffer);
    q->filled -= length + 1;
    memmove(q->buffer, end + 1, q->filled);
    return true;
}

/* Takes more bytes; false when none came within timeout_ms or ever will. */
static bool fill(Qtest *q, int timeout_ms)
{
    struct pollfd poll_fd = {.fd = q->fd, .events = POLLIN};
    ssize_t got;

    if (q->dead || q->filled == sizeof(q->buffer)) {
        q->dead = true; /* no line of the protocol is that long */
        return false;
    }
    if (poll(&poll_fd, 1, timeout_ms) <= 0) {
        return false;
    }
    got = read(q->fd, q->buffer + q->filled, sizeof(q->buffer) - q->filled);
    if (got <= 0) {
        q->dead = got == 0 || errno != EINTR;
        return false;
    }
    q->filled += (size_t)got;
    return true;
}

static bool is_interrupt(Qtest *q, const char *line)
{
    if (strncmp(line, "IRQ ", 4) != 0) {
        return false;
    }
    q->hint = q->hint || strncmp(line, "IRQ raise", 9) == 0;
    return true;
}

/* Sends one command and takes its answer. False, and dead, unless that begins with OK. */
static bool ask(Qtest *q, char *answer, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool ask(Qtest *q, char *answer, const char *format, ...)
{
    char line[LINE_MAX_SIZE];
    va_list args;
    int length;

    va_start(args, format);
    length = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (q->dead || send(q->fd, line, (size_t)length, MSG_NOSIGNAL) != length) {
        q->dead = true;
        return false;
    }
    do {
        while (!cut_line(q, answer)) {
            if (!fill(q, ANSWER_TIMEOUT_MS)) {
                q->dead = true;
                return false;
            }
        }
    } while (is_interrupt(q, answer));
    return strncmp(answer, "OK", 2) == 0;
}

static uint32_t ask_value(Qtest *q, const char *command, uint64_t address)
{
    char answer[LINE_MAX_SIZE];
    uint64_t value;

    if (!ask(q, answer, "%s 0x%" PRIx64 "\n", command, address) ||
        sscanf(answer, "OK %" SCNx64, &value) != 1) {
        q->dead = true;
        return GONE;
    }
    return (uint32_t)value;
}

static void tell_value(Qtest *q, const char *command, uint64_t address, uint32_t value)
{
    char answer[LINE_MAX_SIZE];

    if (!ask(q, answer, "%s 0x%" PRIx64 " 0x%" PRIx32 "\n", command, address, value)) {
        q->dead = true;
    }
}

/* ---- configuration space ---- */

static uint32_t config_read(Qtest *q, uint8_t devfn, uint32_t offset)
{
    tell_value(q, "outl", CONFIG_ADDRESS, 0x80000000u | (uint32_t)devfn << 8 | (offset & 0xfc));
    return ask_value(q, "inl", CONFIG_DATA);
}

static void config_write(Qtest *q, uint8_t devfn, uint32_t offset, uint32_t value)
{
    tell_value(q, "outl", CONFIG_ADDRESS, 0x80000000u | (uint32_t)devfn << 8 | (offset & 0xfc));
    tell_value(q, "outl", CONFIG_DATA, value);
}

static bool is_heci(Qtest *q, uint8_t devfn)
{
    return (uint16_t)config_read(q, devfn, PCI_ID) == HECI_PCI_VENDOR_ID &&
           config_read(q, devfn, PCI_CLASS) >> 16 == HECI_PCI_CLASS;
}

static bool find_function(Qtest *q)
{
    q->devfn = HECI_PCI_DEVFN_SLOT << 3;
    if (is_heci(q, q->devfn)) {
        return true;
    }
    for (unsigned int devfn = 0; devfn < 256 && !q->dead; devfn++) {
        if (is_heci(q, (uint8_t)devfn)) {
            q->devfn = (uint8_t)devfn;
            return true;
        }
    }
    return false;
}

/* Places BAR 0 unless system firmware has, and lets the function decode and master. */
static void enable_function(Qtest *q)
{
    uint32_t command = config_read(q, q->devfn, PCI_COMMAND) & 0xffff;
    uint64_t low = config_read(q, q->devfn, PCI_BAR0) & ~UINT32_C(0xf);
    uint64_t high = config_read(q, q->devfn, PCI_BAR0_HIGH);

    q->bar0 = high << 32 | low;
    if (!(command & PCI_COMMAND_MEMORY) || q->bar0 == 0) {
        q->bar0 = BAR0_ADDRESS;
        config_write(q, q->devfn, PCI_BAR0, BAR0_ADDRESS);
        config_write(q, q->devfn, PCI_BAR0_HIGH, 0);
    }
    command = (command & ~PCI_COMMAND_NOINTX) | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
    config_write(q, q->devfn, PCI_COMMAND, command);
}

/* ---- the transport ---- */

static uint32_t qtest_read32(void *transport, uint32_t offset)
{
    Qtest *q = transport;

    return ask_value(q, "readl", q->bar0 + offset);
}

static void qtest_write32(void *transport, uint32_t offset, uint32_t value)
{
    Qtest *q = transport;

    tell_value(q, "writel", q->bar0 + offset, value);
}

static uint32_t qtest_config_read32(void *transport, uint32_t offset)
{
    Qtest *q = transport;

    return config_read(q, q->devfn, offset);
}

static int64_t qtest_now(void *transport)
{
    Qtest *q = transport;

    return q->stepping ? q->now : wall_clock();
}

static bool asserted(Qtest *q)
{
    uint32_t csr = qtest_read32(q, HECI_H_CSR);

    return ((csr & H_CSR_IS) && (csr & H_CSR_IE)) ||
           ((csr & H_CSR_D0I3C_IS) && (csr & H_CSR_D0I3C_IE));
}

/* Lets time pass until something may have happened, but not beyond left nanoseconds. */
static void pass_time(Qtest *q, int64_t left, int64_t *step)
{
    char line[LINE_MAX_SIZE];

    if (q->stepping) {
        int64_t ns = *step < left ? *step : left;

        if (!ask(q, line, "clock_step %" PRId64 "\n", ns) ||
            sscanf(line, "OK %" SCNd64, &q->now) != 1) {
            q->dead = true;
        }
        *step = *step * 2 < STEP_MAX ? *step * 2 : STEP_MAX;
        return;
    }
    if (!q->hint) {
        int64_t ms = (left + MEI_NS_PER_MS - 1) / MEI_NS_PER_MS;

        fill(q, (int)(ms < LOOK_MS ? ms : LOOK_MS));
    }
    while (cut_line(q, line)) {
        is_interrupt(q, line); /* nothing else comes unasked */
    }
}

static MeiError qtest_wait(void *transport, int64_t deadline_ns)
{
    Qtest *q = transport;
    int64_t step = STEP_FIRST;

    for (;;) {
        int64_t left;

        q->hint = false;
        if (asserted(q)) {
            return q->dead ? MEI_ERR_TRANSPORT : MEI_OK;
        }
        left = deadline_ns - qtest_now(q);
        if (q->dead || left <= 0) {
            return q->dead ? MEI_ERR_TRANSPORT : MEI_ERR_TIMEOUT;
        }
        pass_time(q, left, &step);
    }
}

static const MeiTransportOps qtest_ops = {
    .read32 = qtest_read32,
    .write32 = qtest_write32,
    .config_read32 = qtest_config_read32,
    .wait = qtest_wait,
    .now = qtest_now,
};

static void qtest_close(void *transport)
{
    Qtest *q = transport;

    close(q->fd);
    free(q);
}

/* ---- life ---- */

static int connect_socket(const char *path, char *message)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd;

    if (strlen(path) == 0 || strlen(path) >= sizeof(address.sun_path)) {
        snprintf(message, SESSION_MESSAGE_SIZE, "qtest: a socket's path has 1 to %zu bytes",
                 sizeof(address.sun_path) - 1);
        return -1;
    }
    strcpy(address.sun_path, path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        snprintf(message, SESSION_MESSAGE_SIZE, "qtest: cannot connect to %.108s: %s", path,
                 strerror(errno));
        if (fd >= 0) {
            close(fd);
        }
        return -1;
    }
    return fd;
}

bool qtest_open_registers(const char *text, RegisterTransport *transport, char *message)
{
    char answer[LINE_MAX_SIZE];
    Qtest *q = calloc(1, sizeof(*q));

    q->fd = connect_socket(text + strlen("qtest:"), message);
    if (q->fd < 0) {
        free(q);
        return false;
    }
    /* Only a QEMU that runs -accel qtest knows this command. */
    q->stepping = ask(q, answer, "clock_step 1\n") && sscanf(answer, "OK %" SCNd64, &q->now) == 1;
    if (!find_function(q)) {
        snprintf(message, SESSION_MESSAGE_SIZE, "qtest: %s",
                 q->dead ? "the other end does not speak qtest" : "no HECI function on bus 0");
        qtest_close(q);
        return false;
    }
    if (!q->stepping) {
        (void)ask(q, answer, "irq_intercept_in ioapic\n"); /* without, there is LOOK_MS */
    }
    enable_function(q);
    *transport = (RegisterTransport){
        .ops = &qtest_ops,
        .transport = q,
        .close = qtest_close,
        .virtual_time = q->stepping,
    };
    return true;
}

Session *qtest_open(const char *text, char *message)
{
    RegisterTransport transport;

    return qtest_open_registers(text, &transport, message) ? session_new_registers(&transport)
                                                           : NULL;
}
