/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
#include "host-driver/transports/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mei.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "host-driver/transports/kernel-sysfs.h"

typedef struct KernelSession {
    Session session; /* first */
    KernelPaths paths;
} KernelSession;

typedef struct KernelChannel {
    Channel channel; /* first */
    int fd;
    uint8_t *buffer; /* of max_length bytes: the kernel hands a longer message out in parts */
    size_t size;
} KernelChannel;

static const KernelPaths *paths(Session *session)
{
    return &((KernelSession *)session)->paths;
}

/* What the driver's errno values mean: Linux main.c and client.c. */
static MeiError from_errno(int number)
{
    switch (number) {
    case ENOTTY:
        return MEI_ERR_NO_CLIENT;
    case EBUSY:
        return MEI_ERR_BUSY;
    case ENODEV:
        return MEI_ERR_NOT_CONNECTED;
    case EFBIG:
        return MEI_ERR_TOO_LONG;
    case EMSGSIZE:
        return MEI_ERR_OVERFLOW;
    case EINVAL:
        return MEI_ERR_INVALID;
    case EMFILE:
        return MEI_ERR_NO_ADDRESS;
    case EOPNOTSUPP:
        return MEI_ERR_UNSUPPORTED;
    case EPROTO:
        return MEI_ERR_PROTOCOL;
    case EFAULT: /* a connect that was never answered */
    case ETIME:
    case ETIMEDOUT:
        return MEI_ERR_TIMEOUT;
    default:
        return MEI_ERR_TRANSPORT;
    }
}

static MeiError fail_errno(Session *session, const char *what)
{
    int number = errno;
    MeiError error = from_errno(number);

    return session_fail(session, error, "%s: %s: %s (%s)", paths(session)->device, what,
                        mei_error_name(error), strerror(number));
}

static MeiError kernel_info(Session *session, SessionInfo *info)
{
    kernel_read_info(paths(session), info);
    return MEI_OK;
}

static MeiError kernel_clients(Session *session, SessionClient *clients, size_t *count)
{
    *count = kernel_read_clients(paths(session), clients);
    if (*count == 0) {
        return session_fail(session, MEI_ERR_NO_CLIENT,
                            "%s: neither debugfs nor the MEI bus lists any client",
                            paths(session)->device);
    }
    return MEI_OK;
}

static MeiError kernel_open_client(Session *session, const SwmeGuid *guid, Channel **channel)
{
    struct mei_connect_client_data data = {0};
    int fd = open(paths(session)->device, O_RDWR | O_CLOEXEC);
    KernelChannel *kc;

    if (fd < 0) {
        return fail_errno(session, "open");
    }
    memcpy(&data.in_client_uuid, guid->bytes, SWME_GUID_SIZE);
    if (ioctl(fd, IOCTL_MEI_CONNECT_CLIENT, &data) < 0) {
        MeiError error = fail_errno(session, "connect");

        close(fd);
        return error;
    }
    kc = calloc(1, sizeof(*kc));
    kc->channel.session = session;
    kc->channel.client.guid = *guid;
    kc->channel.client.max_length = data.out_client_properties.max_msg_length;
    kc->channel.client.version = data.out_client_properties.protocol_version;
    kc->channel.client.address = SESSION_UNKNOWN;
    kc->channel.client.max_connections = SESSION_UNKNOWN;
    kc->channel.client.single_receive = SESSION_UNKNOWN;
    kc->channel.client.vtag = SESSION_UNKNOWN;
    kc->size = kc->channel.client.max_length < CHANNEL_BUFFER_MAX ? kc->channel.client.max_length
                                                                  : CHANNEL_BUFFER_MAX;
    kc->buffer = malloc(kc->size ? kc->size : 1);
    kc->fd = fd;
    *channel = &kc->channel;
    return MEI_OK;
}

static MeiError wait_for(KernelChannel *kc, short events, const char *what, int timeout)
{
    Session *session = kc->channel.session;
    struct pollfd poll_fd = {.fd = kc->fd, .events = events};
    int ready = poll(&poll_fd, 1, timeout);

    if (ready < 0) {
        return fail_errno(session, what);
    }
    if (ready == 0) {
        return session_fail(session, MEI_ERR_TIMEOUT, "%s: %s: %s", paths(session)->device, what,
                            mei_error_name(MEI_ERR_TIMEOUT));
    }
    if (poll_fd.revents & (POLLERR | POLLHUP)) {
        return session_fail(session, MEI_ERR_NOT_CONNECTED, "%s: %s: %s", paths(session)->device,
                            what, mei_error_name(MEI_ERR_NOT_CONNECTED));
    }
    return MEI_OK;
}

static MeiError kernel_write(Channel *channel, const void *data, size_t size, int timeout)
{
    KernelChannel *kc = (KernelChannel *)channel;
    MeiError error = wait_for(kc, POLLOUT, "write", timeout);
    ssize_t written;

    if (error) {
        return error;
    }
    written = write(kc->fd, data, size);
    if (written < 0) {
        return fail_errno(channel->session, "write");
    }
    return (size_t)written == size ? MEI_OK
                                   : session_fail(channel->session, MEI_ERR_TRANSPORT,
                                                  "%s: write: %zd of %zu bytes taken",
                                                  paths(channel->session)->device, written, size);
}

static MeiError kernel_read(Channel *channel, void *data, size_t size, size_t *received,
                            int timeout)
{
    KernelChannel *kc = (KernelChannel *)channel;
    MeiError error = wait_for(kc, POLLIN, "read", timeout);
    ssize_t got;

    if (error) {
        return error;
    }
    got = read(kc->fd, kc->buffer, kc->size);
    if (got < 0) {
        return fail_errno(channel->session, "read");
    }
    *received = (size_t)got;
    if ((size_t)got > size) {
        return session_fail(channel->session, MEI_ERR_OVERFLOW, "%s: read: %s",
                            paths(channel->session)->device, mei_error_name(MEI_ERR_OVERFLOW));
    }
    memcpy(data, kc->buffer, (size_t)got);
    return MEI_OK;
}

static void kernel_close_channel(Channel *channel)
{
    KernelChannel *kc = (KernelChannel *)channel;

    close(kc->fd);
    free(kc->buffer);
    free(kc);
}

static MeiError kernel_reset(Session *session)
{
    return session_fail(session, MEI_ERR_UNSUPPORTED,
                        "%s: the kernel's driver offers no way to reset the link",
                        paths(session)->device);
}

static void kernel_close(Session *session)
{
    free(session);
}

static int64_t kernel_now(Session *session)
{
    struct timespec now;

    (void)session;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * MEI_NS_PER_S + now.tv_nsec;
}

static const SessionOps kernel_ops = {
    .info = kernel_info,
    .clients = kernel_clients,
    .open = kernel_open_client,
    .write = kernel_write,
    .read = kernel_read,
    .close_channel = kernel_close_channel,
    .reset = kernel_reset,
    .close = kernel_close,
    .now = kernel_now,
};

Session *kernel_open_root(const char *text, const char *root, char *message)
{
    const char *digits = text + strlen("/dev/mei");
    KernelSession *ks;

    if (*digits == '\0' || strspn(digits, "0123456789") != strlen(digits) || strlen(digits) > 3) {
        snprintf(message, SESSION_MESSAGE_SIZE, "'%.64s' is not /dev/meiN", text);
        return NULL;
    }
    ks = calloc(1, sizeof(*ks));
    ks->session.ops = &kernel_ops;
    if (!kernel_paths(&ks->paths, root, text + strlen("/dev/"))) {
        snprintf(message, SESSION_MESSAGE_SIZE, "%s: the path is too long", text);
        free(ks);
        return NULL;
    }
    if (access(ks->paths.device, R_OK | W_OK) != 0) {
        snprintf(message, SESSION_MESSAGE_SIZE, "%.128s: %s", ks->paths.device, strerror(errno));
        free(ks);
        return NULL;
    }
    return &ks->session;
}

Session *kernel_open(const char *text, char *message)
{
    return kernel_open_root(text, "", message);
}
