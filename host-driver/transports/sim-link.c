/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
#include "host-driver/transports/sim-link.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib.h>

#include "firmware-sim/manual-clock.h"
#include "firmware-sim/remote/remote-firmware.h"
#include "hw/heci-platform.h"
#include "hw/heci.h"

#define READ_SIZE 8192

typedef struct SimLink {
    Heci heci;
    SwmeManualClock *clock; /* follows the host's */
    RemoteFirmware *firmware;
    const SwmePlatform *platform;
    uint32_t status[HECI_HFS_COUNT];
    int fd; /* -1: the firmware is gone */
    bool write_waits;
    bool irq;
} SimLink;

/* ---- the machine around the device ---- */

static void link_irq(void *opaque, bool level)
{
    ((SimLink *)opaque)->irq = level;
}

static void link_status(void *opaque, unsigned int index, uint32_t value)
{
    ((SimLink *)opaque)->status[index] = value;
}

static const HeciHostOps host_ops = {
    .irq = link_irq,
    .status = link_status,
};

/* ---- the socket ---- */

static size_t link_write(void *opaque, const uint8_t *data, size_t size)
{
    SimLink *link = opaque;
    ssize_t sent = link->fd < 0 ? 0 : send(link->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);

    link->write_waits = sent < (ssize_t)size;
    return sent < 0 ? 0 : (size_t)sent;
}

static void link_end(void *opaque, const char *why)
{
    SimLink *link = opaque;

    (void)why;
    if (link->fd >= 0) {
        close(link->fd);
        link->fd = -1;
    }
}

static const RemoteIo io = {
    .write = link_write,
    .end = link_end,
};

static void link_read(SimLink *link)
{
    uint8_t data[READ_SIZE];
    ssize_t got = recv(link->fd, data, sizeof(data), MSG_DONTWAIT);

    if (got > 0) {
        remote_firmware_input(link->firmware, data, (size_t)got);
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        link_end(link, NULL);
        remote_firmware_disconnected(link->firmware);
    }
}

/* ---- the transport ---- */

static int64_t link_now(void *transport)
{
    (void)transport;
    return g_get_monotonic_time() * SWME_NS_PER_US;
}

static uint32_t link_read32(void *transport, uint32_t offset)
{
    return (uint32_t)heci_read(&((SimLink *)transport)->heci, offset, sizeof(uint32_t));
}

static void link_write32(void *transport, uint32_t offset, uint32_t value)
{
    heci_write(&((SimLink *)transport)->heci, offset, value, sizeof(value));
}

static uint32_t link_config_read32(void *transport, uint32_t offset)
{
    SimLink *link = transport;

    return heci_platform_config_read(link->platform, link->status, offset);
}

/* The device's time goes on with the host's; what is due on the way happens. */
static void follow_clock(SimLink *link)
{
    SwmeClock *clock = swme_manual_clock(link->clock);

    swme_manual_clock_advance(link->clock, MAX(link_now(link) - clock->now(clock), 0));
}

static MeiError link_wait(void *transport, int64_t deadline_ns)
{
    SimLink *link = transport;

    for (;;) {
        struct pollfd fd = {.fd = link->fd, .events = POLLIN};
        int64_t left;

        follow_clock(link);
        if (link->irq) {
            return MEI_OK;
        }
        left = MIN(deadline_ns, swme_manual_clock_next(link->clock)) - link_now(link);
        if (link_now(link) >= deadline_ns) {
            return MEI_ERR_TIMEOUT;
        }
        left = (CLAMP(left, 0, MEI_NS_PER_S) + MEI_NS_PER_MS - 1) / MEI_NS_PER_MS;
        fd.events |= link->write_waits ? POLLOUT : 0;
        if (poll(&fd, 1, (int)left) > 0) {
            if (fd.revents & POLLOUT) {
                remote_firmware_writable(link->firmware);
            }
            if (fd.revents & ~POLLOUT) {
                link_read(link);
            }
        }
    }
}

static const MeiTransportOps link_ops = {
    .read32 = link_read32,
    .write32 = link_write32,
    .config_read32 = link_config_read32,
    .wait = link_wait,
    .now = link_now,
};

static int link_prepare(void *transport, struct pollfd *fd)
{
    const SimLink *link = transport;

    fd->fd = link->fd;
    fd->events = POLLIN;
    return swme_manual_clock_armed(link->clock) > 0 ? 10 : -1;
}

static void link_close(void *transport)
{
    SimLink *link = transport;

    link_end(link, NULL);
    remote_firmware_free(link->firmware);
    swme_manual_clock_free(link->clock);
    g_free(link);
}

/* ---- life ---- */

static bool link_connect(SimLink *link, const char *path, char *message)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof(address.sun_path)) {
        snprintf(message, SESSION_MESSAGE_SIZE, "link: a path of 1 to 107 bytes names a socket");
        return false;
    }
    g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
    link->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (link->fd < 0 || connect(link->fd, (struct sockaddr *)&address, sizeof(address))) {
        snprintf(message, SESSION_MESSAGE_SIZE, "link: %.100s: %s", path, strerror(errno));
        return false;
    }
    return true;
}

static SimLink *link_new(const SwmePlatform *platform, const char *path, char *message)
{
    const HeciConfig registers = heci_platform_config(platform);
    SimLink *link = g_new0(SimLink, 1);
    RemoteFirmwareConfig config = {
        .platform = platform,
        .device = &heci_device_ops,
        .device_opaque = &link->heci,
        .io = &io,
        .io_opaque = link,
    };

    link->platform = platform;
    link->clock = swme_manual_clock_new();
    follow_clock(link);
    config.clock = swme_manual_clock(link->clock);
    link->firmware = remote_firmware_new(&config);
    if (!link_connect(link, path, message)) {
        link_close(link);
        return NULL;
    }
    /* Each platform's depths are ones that HECI has: tests see to it. */
    heci_init(&link->heci, &registers, &host_ops, link);
    heci_attach(&link->heci, &remote_firmware_ops, link->firmware);
    heci_platform_reset(&link->heci);
    remote_firmware_connected(link->firmware);
    return link;
}

Session *sim_link_open(const char *text, char *message)
{
    g_autofree char *path = g_strdup(text + strlen("link:"));
    char *option = g_strrstr(path, ",platform=");
    g_autoptr(GError) error = NULL;
    const SwmePlatform *platform;
    RegisterTransport transport = {
        .ops = &link_ops,
        .close = link_close,
        .prepare = link_prepare,
    };

    if (option) {
        *option = '\0';
    }
    platform = swme_platform_find(option ? option + strlen(",platform=") : NULL, &error);
    if (!platform) {
        snprintf(message, SESSION_MESSAGE_SIZE, "link: %s", error->message);
        return NULL;
    }
    transport.transport = link_new(platform, path, message);
    return transport.transport ? session_new_registers(&transport) : NULL;
}
