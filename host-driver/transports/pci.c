/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/*
 * Linux Documentation/PCI/sysfs-pci.rst has the files, Documentation/driver-api/uio-howto.rst what
 * uio_pci_generic does: it takes INTx alone, and sets the function's Interrupt Disable bit at each
 * interrupt; clearing that bit in configuration space asks for the next.
 */
#include "host-driver/transports/pci.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <swme/bytes.h>
#include <swme/heci-regs.h>

#define GONE 0xffffffffu

#define PCI_ID             0x00
#define PCI_COMMAND        0x04
#define PCI_COMMAND_MEMORY 0x0002u
#define PCI_COMMAND_MASTER 0x0004u
#define PCI_COMMAND_NOINTX 0x0400u
#define PCI_CLASS          0x08

/* The registers end below; a page is the least that can be mapped. */
#define BAR_SIZE 4096

/* A machine that slept has lost the interrupt too: so long until a loop sees it. */
#define AWAKE_MS 1000

#define LOOK_FIRST (20 * MEI_NS_PER_US)
#define LOOK_MAX   (1 * MEI_NS_PER_MS)

typedef struct Pci {
    int config;              /* the function's configuration space */
    int uio;                 /* -1: interrupts are looked for */
    volatile uint32_t *bar0; /* the device is little-endian, and so is every machine that has it */
    char address[16];        /* DDDD:BB:DD.F */
    char directory[PATH_MAX];
} Pci;

/* ---- files ---- */

static MeiError fail(char *message, const Pci *pci, const char *what)
{
    snprintf(message, SESSION_MESSAGE_SIZE, "pci:%s: %s: %s", pci->address, what, strerror(errno));
    return MEI_ERR_TRANSPORT;
}

/* False: too long for a path. */
static bool path_of(char *path, const Pci *pci, const char *name)
{
    return snprintf(path, PATH_MAX, "%s/%s", pci->directory, name) < PATH_MAX;
}

static int open_file(const Pci *pci, const char *name, int flags)
{
    char path[PATH_MAX];

    if (!path_of(path, pci, name)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return open(path, flags | O_CLOEXEC);
}

/* DDDD:BB:DD.F, or BB:DD.F in domain 0. */
static bool parse_address(const char *text, char *address)
{
    unsigned int domain = 0, bus, device, function;
    int end = 0;

    if ((sscanf(text, "%4x:%2x:%2x.%1x%n", &domain, &bus, &device, &function, &end) != 4 ||
         text[end] != '\0') &&
        (sscanf(text, "%2x:%2x.%1x%n", &bus, &device, &function, &end) != 3 || text[end] != '\0')) {
        return false;
    }
    if (text[end] != '\0' || device > 31 || function > 7) {
        return false;
    }
    snprintf(address, 16, "%04x:%02x:%02x.%x", domain & 0xffff, bus & 0xff, device, function);
    return true;
}

/* ---- the transport ---- */

static uint32_t pci_config_read32(void *transport, uint32_t offset)
{
    Pci *pci = transport;
    uint8_t bytes[4];

    return pread(pci->config, bytes, sizeof(bytes), (off_t)offset) == (ssize_t)sizeof(bytes)
               ? swme_get_le32(bytes)
               : GONE;
}

static uint32_t pci_read32(void *transport, uint32_t offset)
{
    return ((Pci *)transport)->bar0[offset / sizeof(uint32_t)];
}

static void pci_write32(void *transport, uint32_t offset, uint32_t value)
{
    ((Pci *)transport)->bar0[offset / sizeof(uint32_t)] = value;
}

static int64_t pci_now(void *transport)
{
    struct timespec now;

    (void)transport;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * MEI_NS_PER_S + now.tv_nsec;
}

static bool asserted(Pci *pci)
{
    uint32_t csr = pci_read32(pci, HECI_H_CSR);

    return ((csr & H_CSR_IS) && (csr & H_CSR_IE)) ||
           ((csr & H_CSR_D0I3C_IS) && (csr & H_CSR_D0I3C_IE));
}

static bool write_command(Pci *pci, uint16_t clear, uint16_t set)
{
    uint8_t bytes[2];
    uint16_t command = (uint16_t)pci_config_read32(pci, PCI_COMMAND);

    swme_put_le16(bytes, (uint16_t)((command & ~clear) | set));
    return pwrite(pci->config, bytes, sizeof(bytes), PCI_COMMAND) == (ssize_t)sizeof(bytes);
}

/* Asks for the next interrupt: a level, so one that is there already comes at once. */
static void unmask(Pci *pci)
{
    (void)write_command(pci, PCI_COMMAND_NOINTX, 0);
}

/* Takes the interrupt's count; false when UIO is no more. */
static bool take(Pci *pci)
{
    uint32_t count;

    errno = 0;
    return read(pci->uio, &count, sizeof(count)) == (ssize_t)sizeof(count) || errno == EAGAIN;
}

static MeiError pci_wait(void *transport, int64_t deadline_ns)
{
    Pci *pci = transport;
    int64_t look = LOOK_FIRST;

    while (!asserted(pci)) {
        int64_t left = deadline_ns - pci_now(pci);
        struct timespec time;

        if (left <= 0) {
            return MEI_ERR_TIMEOUT;
        }
        if (pci->uio >= 0) {
            struct pollfd fd = {.fd = pci->uio, .events = POLLIN};

            unmask(pci);
            left = (left + MEI_NS_PER_MS - 1) / MEI_NS_PER_MS;
            if (poll(&fd, 1, left < INT_MAX ? (int)left : INT_MAX) > 0 && !take(pci)) {
                return MEI_ERR_TRANSPORT;
            }
            continue;
        }
        time = (struct timespec){.tv_nsec = (long)(look < left ? look : left)};
        nanosleep(&time, NULL);
        look = look * 2 < LOOK_MAX ? look * 2 : LOOK_MAX;
    }
    return MEI_OK;
}

static const MeiTransportOps pci_ops = {
    .read32 = pci_read32,
    .write32 = pci_write32,
    .config_read32 = pci_config_read32,
    .wait = pci_wait,
    .now = pci_now,
};

static int pci_prepare(void *transport, struct pollfd *fd)
{
    Pci *pci = transport;

    if (pci->uio < 0) {
        return (int)(LOOK_MAX / MEI_NS_PER_MS);
    }
    (void)take(pci); /* of an interrupt that was seen in H_CSR first */
    unmask(pci);
    *fd = (struct pollfd){.fd = pci->uio, .events = POLLIN};
    return AWAKE_MS;
}

static void pci_close(void *transport)
{
    Pci *pci = transport;

    if (pci->bar0) {
        munmap((void *)(uintptr_t)pci->bar0, BAR_SIZE);
    }
    if (pci->uio >= 0) {
        close(pci->uio);
    }
    if (pci->config >= 0) {
        close(pci->config);
    }
    free(pci);
}

/* ---- life ---- */

static MeiError check_function(Pci *pci, char *message)
{
    uint32_t id = pci_config_read32(pci, PCI_ID);
    uint32_t class = pci_config_read32(pci, PCI_CLASS) >> 16;

    if ((uint16_t)id == HECI_PCI_VENDOR_ID && class == HECI_PCI_CLASS) {
        return MEI_OK;
    }
    snprintf(message, SESSION_MESSAGE_SIZE,
             "pci:%s: %04x:%04x of class %04x is no HECI function (8086, class %04x)", pci->address,
             id & 0xffff, id >> 16, class, HECI_PCI_CLASS);
    return MEI_ERR_TRANSPORT;
}

/* The driver's name, or "" when there is none. */
static void driver_of(const Pci *pci, char *name, size_t size)
{
    char path[PATH_MAX], target[PATH_MAX];
    ssize_t length = path_of(path, pci, "driver") ? readlink(path, target, sizeof(target) - 1) : -1;
    const char *base;

    target[length > 0 ? length : 0] = '\0';
    base = strrchr(target, '/');
    snprintf(name, size, "%.63s", base ? base + 1 : target);
}

/* The UIO device of the function, or -1 with a reason. */
static int open_uio(const Pci *pci, const char *root, char *message)
{
    char path[PATH_MAX];
    DIR *directory = path_of(path, pci, "uio") ? opendir(path) : NULL;
    struct dirent *entry;
    int fd = -1;

    errno = ENOENT;
    while (directory && fd < 0 && (entry = readdir(directory))) {
        if (strncmp(entry->d_name, "uio", 3) == 0 && isdigit((unsigned char)entry->d_name[3])) {
            if (snprintf(path, sizeof(path), "%s/dev/%s", root, entry->d_name) <
                (int)sizeof(path)) {
                fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
            }
            break;
        }
    }
    if (fd < 0) {
        fail(message, pci, "its UIO device");
    }
    if (directory) {
        closedir(directory);
    }
    return fd;
}

static MeiError claim(Pci *pci, const char *root, char *message)
{
    char driver[64];

    driver_of(pci, driver, sizeof(driver));
    if (strcmp(driver, "uio_pci_generic") == 0) {
        pci->uio = open_uio(pci, root, message);
        return pci->uio >= 0 ? MEI_OK : MEI_ERR_TRANSPORT;
    }
    if (driver[0] != '\0') {
        snprintf(message, SESSION_MESSAGE_SIZE,
                 "pci:%s: the kernel's driver %s has it; first "
                 "'echo %s > /sys/bus/pci/drivers/%s/unbind'",
                 pci->address, driver, pci->address, driver);
        return MEI_ERR_BUSY;
    }
    return MEI_OK;
}

/* Powers the function up and lets it decode memory and master the bus. */
static MeiError enable(Pci *pci, char *message)
{
    int fd = open_file(pci, "enable", O_WRONLY);

    /* With UIO's driver bound it is enabled already, and EIO says no more than that. */
    if (fd < 0 || (write(fd, "1", 1) != 1 && pci->uio < 0)) {
        MeiError error = fail(message, pci, "enable");

        if (fd >= 0) {
            close(fd);
        }
        return error;
    }
    close(fd);
    return write_command(pci, PCI_COMMAND_NOINTX, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER)
               ? MEI_OK
               : fail(message, pci, "its command register");
}

static MeiError map(Pci *pci, char *message)
{
    int fd = open_file(pci, "resource0", O_RDWR);
    struct stat file;
    void *memory = MAP_FAILED;

    if (fd >= 0 && fstat(fd, &file) == 0 && file.st_size >= BAR_SIZE) {
        memory = mmap(NULL, BAR_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    } else if (fd >= 0) {
        errno = EINVAL; /* no BAR 0, or one of another device */
    }
    if (memory == MAP_FAILED) {
        MeiError error = fail(message, pci, "its registers");

        if (fd >= 0) {
            close(fd);
        }
        return error;
    }
    close(fd);
    pci->bar0 = memory;
    return MEI_OK;
}

static MeiError set_up(Pci *pci, const char *root, char *message)
{
    MeiError error;

    pci->config = open_file(pci, "config", O_RDWR);
    if (pci->config < 0) {
        return fail(message, pci, "its configuration space");
    }
    error = check_function(pci, message);
    if (!error) {
        error = claim(pci, root, message);
    }
    if (!error) {
        error = enable(pci, message);
    }
    return error ? error : map(pci, message);
}

bool pci_open_registers(const char *text, const char *root, RegisterTransport *transport,
                        char *message)
{
    Pci *pci = calloc(1, sizeof(*pci));

    if (!pci) {
        snprintf(message, SESSION_MESSAGE_SIZE, "pci: out of memory");
        return false;
    }
    pci->config = -1;
    pci->uio = -1;
    if (!parse_address(text + strlen("pci:"), pci->address)) {
        snprintf(message, SESSION_MESSAGE_SIZE,
                 "pci: '%.64s' is no address such as 0000:00:16.0 or 00:16.0",
                 text + strlen("pci:"));
        pci_close(pci);
        return false;
    }
    if (snprintf(pci->directory, sizeof(pci->directory), "%s/sys/bus/pci/devices/%s", root,
                 pci->address) >= (int)sizeof(pci->directory)) {
        snprintf(message, SESSION_MESSAGE_SIZE, "pci: the path is too long");
        pci_close(pci);
        return false;
    }
    if (set_up(pci, root, message)) {
        pci_close(pci);
        return false;
    }
    *transport = (RegisterTransport){
        .ops = &pci_ops,
        .transport = pci,
        .close = pci_close,
        .prepare = pci_prepare,
    };
    return true;
}

Session *pci_open(const char *text, char *message)
{
    RegisterTransport transport;

    return pci_open_registers(text, "", &transport, message) ? session_new_registers(&transport)
                                                             : NULL;
}
