/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/* A session through a `heci serve` of another process. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <swme/bytes.h>

#include "host-driver/tool/share.h"

#define ANSWER_MS 60000 /* of a server that is busy connecting others */

typedef struct ShareChannel {
    Channel channel; /* first */
    uint8_t number;
    bool asked;   /* a read is out */
    bool arrived; /* its answer is here */
    MeiError error;
    size_t size;
    char reason[SESSION_MESSAGE_SIZE];
    uint8_t *buffer; /* SHARE_MESSAGE_MAX */
} ShareChannel;

typedef struct ShareSession {
    Session session; /* first */
    int fd;
    bool dead;
    ShareChannel *channels[SHARE_CHANNELS];
    uint8_t packet[SHARE_PACKET_MAX]; /* the answer that came last */
    size_t size;
} ShareSession;

static int64_t share_now(Session *session)
{
    struct timespec now;

    (void)session;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * MEI_NS_PER_S + now.tv_nsec;
}

static MeiError gone(ShareSession *ss)
{
    return session_fail(&ss->session, MEI_ERR_TRANSPORT, "the server has gone");
}

static uint8_t *payload(ShareSession *ss)
{
    return ss->packet + SHARE_HEADER;
}

/* A read's answer goes to its channel; false for any other. */
static bool file_read(ShareSession *ss)
{
    uint8_t number = ss->packet[SHARE_OFF_CHANNEL];
    ShareChannel *sc = number < SHARE_CHANNELS ? ss->channels[number] : NULL;

    if (ss->packet[SHARE_OFF_OP] != (SHARE_READ | SHARE_ANSWER)) {
        return false;
    }
    if (sc && sc->asked && !sc->arrived) {
        sc->arrived = true;
        sc->error = (MeiError) - (int)ss->packet[SHARE_OFF_ERROR];
        sc->size = sc->error ? 0 : ss->size - SHARE_HEADER;
        memcpy(sc->buffer, payload(ss), sc->size);
        snprintf(sc->reason, sizeof(sc->reason), "%.*s",
                 sc->error ? (int)(ss->size - SHARE_HEADER) : 0, (const char *)payload(ss));
    }
    return true;
}

/* One packet. MEI_ERR_TIMEOUT when none comes in time. */
static MeiError receive(ShareSession *ss, int64_t deadline)
{
    int64_t left = (deadline - share_now(NULL) + MEI_NS_PER_MS - 1) / MEI_NS_PER_MS;
    struct pollfd fd = {.fd = ss->fd, .events = POLLIN};
    ssize_t got;

    if (ss->dead) {
        return gone(ss);
    }
    if (poll(&fd, 1, left > 0 ? (int)left : 0) <= 0) {
        return MEI_ERR_TIMEOUT;
    }
    got = recv(ss->fd, ss->packet, sizeof(ss->packet), MSG_DONTWAIT);
    if (got < SHARE_HEADER) {
        ss->dead = true;
        return gone(ss);
    }
    ss->size = (size_t)got;
    return MEI_OK;
}

static MeiError request(ShareSession *ss, uint8_t op, uint8_t channel, uint32_t arg,
                        const void *data, size_t size)
{
    uint8_t header[SHARE_HEADER];
    struct iovec parts[2] = {{header, share_header(header, op, channel, MEI_OK, arg)},
                             {(void *)(uintptr_t)data, size}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

    if (ss->dead || sendmsg(ss->fd, &message, MSG_NOSIGNAL) < 0) {
        if (errno == EMSGSIZE && !ss->dead) {
            return session_fail(&ss->session, MEI_ERR_TOO_LONG, "longer than the server takes");
        }
        if (errno == EFAULT && !ss->dead) {
            return session_fail(&ss->session, MEI_ERR_BAD_POINTER, "bad pointer");
        }
        ss->dead = true;
        return gone(ss);
    }
    return MEI_OK;
}

/* A request and its answer; what else arrives meanwhile is filed. */
static MeiError call(ShareSession *ss, uint8_t op, uint8_t channel, uint32_t arg, const void *data,
                     size_t size, int timeout)
{
    MeiError error = request(ss, op, channel, arg, data, size);
    int64_t deadline = share_now(NULL) + (ANSWER_MS + (int64_t)timeout) * MEI_NS_PER_MS;

    while (!error) {
        error = receive(ss, deadline);
        if (error == MEI_ERR_TIMEOUT) {
            ss->dead = true; /* its answer would be taken for another's */
            return session_fail(&ss->session, MEI_ERR_TRANSPORT, "the server does not answer");
        }
        if (!error && !file_read(ss) && ss->packet[SHARE_OFF_OP] == (op | SHARE_ANSWER)) {
            break;
        }
    }
    if (!error && ss->packet[SHARE_OFF_ERROR]) {
        return session_fail(&ss->session, (MeiError) - (int)ss->packet[SHARE_OFF_ERROR], "%.*s",
                            (int)(ss->size - SHARE_HEADER), (const char *)payload(ss));
    }
    return error;
}

static MeiError short_answer(ShareSession *ss)
{
    return session_fail(&ss->session, MEI_ERR_PROTOCOL, "the server's answer is too short");
}

static MeiError share_info(Session *session, SessionInfo *info)
{
    ShareSession *ss = (ShareSession *)session;
    MeiError error = call(ss, SHARE_INFO, 0, 0, NULL, 0, 0);

    if (!error && ss->size < SHARE_HEADER + SHARE_INFO_SIZE) {
        return short_answer(ss);
    }
    if (!error) {
        share_get_info(payload(ss), info);
    }
    return error;
}

static MeiError share_clients(Session *session, SessionClient *clients, size_t *count)
{
    ShareSession *ss = (ShareSession *)session;
    MeiError error = call(ss, SHARE_CLIENTS, 0, 0, NULL, 0, 0);
    size_t there = (ss->size - SHARE_HEADER) / SHARE_CLIENT_SIZE;

    if (error) {
        return error;
    }
    *count = there < SESSION_CLIENTS_MAX ? there : SESSION_CLIENTS_MAX;
    for (size_t i = 0; i < *count; i++) {
        share_get_client(payload(ss) + i * SHARE_CLIENT_SIZE, &clients[i]);
    }
    return MEI_OK;
}

static MeiError share_open_client(Session *session, const SwmeGuid *guid, uint8_t vtag,
                                  Channel **channel)
{
    ShareSession *ss = (ShareSession *)session;
    ShareChannel *sc;
    uint8_t number = 0;
    MeiError error;

    while (number < SHARE_CHANNELS && ss->channels[number]) {
        number++;
    }
    if (number == SHARE_CHANNELS) {
        return session_fail(session, MEI_ERR_NO_ADDRESS, "connect: %d are open already",
                            SHARE_CHANNELS);
    }
    sc = calloc(1, sizeof(*sc));
    if (sc) {
        sc->buffer = malloc(SHARE_MESSAGE_MAX);
    }
    if (!sc || !sc->buffer) {
        free(sc);
        return session_fail(session, MEI_ERR_NO_MEMORY, "connect: out of memory");
    }
    error = call(ss, SHARE_OPEN, number, vtag, guid->bytes, SWME_GUID_SIZE, 0);
    if (!error && ss->size < SHARE_HEADER + SHARE_CLIENT_SIZE) {
        error = short_answer(ss);
    }
    if (error) {
        free(sc->buffer);
        free(sc);
        return error;
    }
    share_get_client(payload(ss), &sc->channel.client);
    sc->channel.session = session;
    sc->number = number;
    ss->channels[number] = sc;
    *channel = &sc->channel;
    return MEI_OK;
}

static ShareSession *session_of(const ShareChannel *sc)
{
    return (ShareSession *)sc->channel.session;
}

static MeiError share_write(Channel *channel, const void *data, size_t size, int timeout)
{
    ShareChannel *sc = (ShareChannel *)channel;

    return call(session_of(sc), SHARE_WRITE, sc->number, (uint32_t)timeout, data, size, timeout);
}

/* Has the next message sent over as soon as there is one. */
static MeiError ask_read(ShareChannel *sc)
{
    MeiError error = MEI_OK;

    if (!sc->asked) {
        sc->asked = true;
        error = request(session_of(sc), SHARE_READ, sc->number, 0, NULL, 0);
    }
    return error;
}

static MeiError share_read(Channel *channel, void *data, size_t size, size_t *received, int timeout)
{
    ShareChannel *sc = (ShareChannel *)channel;
    ShareSession *ss = session_of(sc);
    int64_t deadline = share_now(NULL) + timeout * MEI_NS_PER_MS;
    MeiError error = ask_read(sc);

    while (!error && !sc->arrived) {
        error = receive(ss, deadline);
        if (!error) {
            (void)file_read(ss); /* nothing else is due */
        }
    }
    if (error == MEI_ERR_TIMEOUT) {
        return session_fail(&ss->session, error, "read: %s", mei_error_name(error));
    }
    if (error) {
        return error;
    }
    *received = sc->size;
    if (sc->error) {
        error = session_fail(&ss->session, sc->error, "%s", sc->reason);
    } else if (sc->size > size) {
        return session_fail(&ss->session, MEI_ERR_OVERFLOW, "read: %s",
                            mei_error_name(MEI_ERR_OVERFLOW));
    } else {
        memcpy(data, sc->buffer, sc->size);
    }
    sc->asked = false;
    sc->arrived = false;
    return error;
}

static void share_close_channel(Channel *channel)
{
    ShareChannel *sc = (ShareChannel *)channel;
    ShareSession *ss = session_of(sc);

    (void)call(ss, SHARE_CLOSE, sc->number, 0, NULL, 0, 0); /* over either way */
    ss->channels[sc->number] = NULL;
    free(sc->buffer);
    free(sc);
}

static MeiError share_notify(Channel *channel, bool on)
{
    ShareChannel *sc = (ShareChannel *)channel;

    return call(session_of(sc), SHARE_NOTIFY, sc->number, on, NULL, 0, 0);
}

static MeiError share_event(Channel *channel, int timeout)
{
    ShareChannel *sc = (ShareChannel *)channel;

    return call(session_of(sc), SHARE_EVENT, sc->number, (uint32_t)timeout, NULL, 0, timeout);
}

static unsigned int share_ready(Channel *channel)
{
    ShareChannel *sc = (ShareChannel *)channel;
    ShareSession *ss = session_of(sc);
    unsigned int ready;

    if (ask_read(sc) || call(ss, SHARE_READY, sc->number, 0, NULL, 0, 0)) {
        return CHANNEL_LOST;
    }
    ready = swme_get_le32(ss->packet + SHARE_OFF_ARG) & (CHANNEL_WRITABLE | CHANNEL_LOST);
    return ready | (sc->arrived ? CHANNEL_READABLE : 0);
}

static MeiError share_reset(Session *session)
{
    return call((ShareSession *)session, SHARE_RESET, 0, 0, NULL, 0, 0);
}

#define LOOK_MS 10 /* for room: nobody tells of it */

static size_t share_poll_fds(Session *session, struct pollfd *fds, int *timeout)
{
    ShareSession *ss = (ShareSession *)session;

    for (unsigned int i = 0; i < SHARE_CHANNELS; i++) {
        if (ss->channels[i] && (ss->channels[i]->channel.wants_write || ss->channels[i]->arrived)) {
            *timeout = ss->channels[i]->arrived ? 0 : LOOK_MS;
        }
    }
    fds[0] = (struct pollfd){.fd = ss->fd, .events = POLLIN};
    return 1;
}

static void share_dispatch(Session *session)
{
    ShareSession *ss = (ShareSession *)session;

    while (receive(ss, 0) == MEI_OK) {
        (void)file_read(ss);
    }
}

static void share_close(Session *session)
{
    ShareSession *ss = (ShareSession *)session;

    close(ss->fd);
    free(ss);
}

static const SessionOps share_ops = {
    .info = share_info,
    .clients = share_clients,
    .open = share_open_client,
    .write = share_write,
    .read = share_read,
    .close_channel = share_close_channel,
    .notify = share_notify,
    .event = share_event,
    .ready = share_ready,
    .poll_fds = share_poll_fds,
    .dispatch = share_dispatch,
    .reset = share_reset,
    .close = share_close,
    .now = share_now,
};

Session *share_open(const char *text, char *message)
{
    const char *path = text + strlen("unix:");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    ShareSession *ss;
    int fd;

    if (strlen(path) == 0 || strlen(path) >= sizeof(address.sun_path)) {
        snprintf(message, SESSION_MESSAGE_SIZE, "unix: a socket's path has 1 to %zu bytes",
                 sizeof(address.sun_path) - 1);
        return NULL;
    }
    strcpy(address.sun_path, path);
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        snprintf(message, SESSION_MESSAGE_SIZE, "unix: cannot connect to %.108s: %s%s", path,
                 strerror(errno),
                 errno == ENOENT || errno == ECONNREFUSED ? " (is 'heci ... serve' running?)" : "");
        if (fd >= 0) {
            close(fd);
        }
        return NULL;
    }
    ss = calloc(1, sizeof(*ss));
    if (!ss) {
        snprintf(message, SESSION_MESSAGE_SIZE, "unix: out of memory");
        close(fd);
        return NULL;
    }
    ss->session.ops = &share_ops;
    ss->fd = fd;
    return &ss->session;
}
