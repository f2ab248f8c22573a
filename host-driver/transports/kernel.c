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
    struct KernelChannel *channels;
} KernelSession;

typedef struct KernelChannel {
    Channel channel; /* first */
    struct KernelChannel *next;
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
    case EFAULT:
        return MEI_ERR_BAD_POINTER;
    case ENOMEM:
        return MEI_ERR_NO_MEMORY;
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

/* The two ioctls differ in what goes in alone. */
static int connect_client(int fd, const SwmeGuid *guid, uint8_t vtag, struct mei_client *client)
{
    struct mei_connect_client_data data = {0};
    struct mei_connect_client_data_vtag tagged = {0};
    int status;

    if (vtag) {
        memcpy(&tagged.connect.in_client_uuid, guid->bytes, SWME_GUID_SIZE);
        tagged.connect.vtag = vtag;
        status = ioctl(fd, IOCTL_MEI_CONNECT_CLIENT_VTAG, &tagged);
        *client = tagged.out_client_properties;
    } else {
        memcpy(&data.in_client_uuid, guid->bytes, SWME_GUID_SIZE);
        status = ioctl(fd, IOCTL_MEI_CONNECT_CLIENT, &data);
        *client = data.out_client_properties;
    }
    if (status < 0 && errno == EFAULT) {
        errno = ETIME; /* a connect that was never answered: the pointer is good */
    }
    return status;
}

static MeiError kernel_open_client(Session *session, const SwmeGuid *guid, uint8_t vtag,
                                   Channel **channel)
{
    int fd = open(paths(session)->device, O_RDWR | O_CLOEXEC);
    struct mei_client client;
    KernelChannel *kc;

    if (fd < 0) {
        return fail_errno(session, "open");
    }
    if (connect_client(fd, guid, vtag, &client) < 0) {
        MeiError error = fail_errno(session, "connect");

        close(fd);
        return error;
    }
    kc = calloc(1, sizeof(*kc));
    if (!kc) {
        close(fd);
        return session_fail(session, MEI_ERR_NO_MEMORY, "connect: out of memory");
    }
    kc->channel.session = session;
    kc->channel.client.guid = *guid;
    kc->channel.client.max_length = client.max_msg_length;
    kc->channel.client.version = client.protocol_version;
    kc->channel.client.address = SESSION_UNKNOWN;
    kc->channel.client.max_connections = SESSION_UNKNOWN;
    kc->channel.client.single_receive = SESSION_UNKNOWN;
    kc->channel.client.vtag = SESSION_UNKNOWN;
    kc->size = kc->channel.client.max_length < CHANNEL_BUFFER_MAX ? kc->channel.client.max_length
                                                                  : CHANNEL_BUFFER_MAX;
    kc->buffer = malloc(kc->size ? kc->size : 1);
    kc->fd = fd;
    if (!kc->buffer) {
        close(fd);
        free(kc);
        return session_fail(session, MEI_ERR_NO_MEMORY, "connect: out of memory");
    }
    kc->next = ((KernelSession *)session)->channels;
    ((KernelSession *)session)->channels = kc;
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
    bool direct = size >= kc->size; /* else what does not fit would come as another message */
    ssize_t got;

    if (error) {
        return error;
    }
    got = read(kc->fd, direct ? data : kc->buffer, kc->size);
    if (got < 0) {
        return fail_errno(channel->session, "read");
    }
    *received = (size_t)got;
    if ((size_t)got > size) {
        return session_fail(channel->session, MEI_ERR_OVERFLOW, "%s: read: %s",
                            paths(channel->session)->device, mei_error_name(MEI_ERR_OVERFLOW));
    }
    if (!direct) {
        memcpy(data, kc->buffer, (size_t)got);
    }
    return MEI_OK;
}

static void kernel_close_channel(Channel *channel)
{
    KernelChannel *kc = (KernelChannel *)channel;
    KernelChannel **at = &((KernelSession *)channel->session)->channels;

    while (*at != kc) {
        at = &(*at)->next;
    }
    *at = kc->next;
    close(kc->fd);
    free(kc->buffer);
    free(kc);
}

static MeiError kernel_notify(Channel *channel, bool on)
{
    uint32_t enable = on;

    if (ioctl(((KernelChannel *)channel)->fd, IOCTL_MEI_NOTIFY_SET, &enable) < 0) {
        return fail_errno(channel->session, "notify");
    }
    return MEI_OK;
}

static MeiError kernel_event(Channel *channel, int timeout)
{
    KernelChannel *kc = (KernelChannel *)channel;
    MeiError error = wait_for(kc, POLLPRI, "event", timeout);
    uint32_t event = 0;

    if (!error && ioctl(kc->fd, IOCTL_MEI_NOTIFY_GET, &event) < 0) {
        error = fail_errno(channel->session, "event");
    }
    return error;
}

static unsigned int kernel_ready(Channel *channel)
{
    struct pollfd fd = {.fd = ((KernelChannel *)channel)->fd, .events = POLLIN | POLLOUT};

    if (poll(&fd, 1, 0) <= 0) {
        return 0;
    }
    return (fd.revents & POLLIN ? CHANNEL_READABLE : 0) |
           (fd.revents & POLLOUT ? CHANNEL_WRITABLE : 0) |
           (fd.revents & (POLLERR | POLLHUP | POLLNVAL) ? CHANNEL_LOST : 0);
}

static size_t kernel_poll_fds(Session *session, struct pollfd *fds, int *timeout)
{
    size_t count = 0;

    (void)timeout;
    for (KernelChannel *kc = ((KernelSession *)session)->channels; kc && count < SESSION_POLL_MAX;
         kc = kc->next) {
        short events = kc->channel.wants_write ? POLLIN | POLLOUT : POLLIN;

        fds[count++] = (struct pollfd){.fd = kc->fd, .events = events};
    }
    return count;
}

/* The kernel has done it. */
static void kernel_dispatch(Session *session)
{
    (void)session;
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
    .notify = kernel_notify,
    .event = kernel_event,
    .ready = kernel_ready,
    .poll_fds = kernel_poll_fds,
    .dispatch = kernel_dispatch,
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
    if (!ks) {
        snprintf(message, SESSION_MESSAGE_SIZE, "%s: out of memory", text);
        return NULL;
    }
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
