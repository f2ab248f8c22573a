/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/*
 * A small LMS: programs of this machine reach AMT at 127.0.0.1, through LME. What is said to the
 * firmware is apf-host.c's; here are the sockets.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <swme/me-clients.h>

#include "host-driver/apf-host.h"
#include "host-driver/tool/loop.h"
#include "host-driver/tool/tool.h"

#define RETRY_MS    1000 /* as LMS does while LME is not there */
#define MESSAGE_MIN 128  /* the longest message that the host makes is a little shorter */
#define WRITE_MS    2000 /* for room on the ring: the credit is there already */

/* A program's connection. */
typedef struct Peer {
    int fd;                  /* -1: free */
    ApfHostChannel *channel; /* NULL: over; what is left in buffer is still to be written */
    uint8_t buffer[APF_HOST_WINDOW];
    size_t begin, filled; /* of what AMT sent */
    size_t place;         /* in the poll set */
} Peer;

typedef struct Listener {
    int fd;
    uint16_t port; /* AMT's */
    size_t place;
} Listener;

typedef struct Lms {
    Tool *tool;
    Session *session;
    Channel *lme; /* NULL: not connected */
    ApfHost host;
    struct in_addr address;
    uint32_t window;   /* bytes */
    uint32_t offset;   /* added to AMT's ports */
    unsigned int next; /* whose turn it is to send */
    bool begun;
    bool writable; /* LME takes a message now */
    Listener listeners[APF_HOST_FORWARDS];
    Peer peers[APF_HOST_CHANNELS];
    uint8_t message[1u << 16];
    Loop loop;
} Lms;

/* ---- what is told ---- */

static void tell(Lms *lms, const char *what, const char *name, int64_t value)
{
    if (lms->tool->json) {
        JsonOut json;

        json_init(&json, stdout);
        json_begin_object(&json, NULL);
        json_string(&json, "what", what);
        if (name) {
            json_int(&json, name, value);
        }
        json_end_object(&json);
    } else if (name) {
        printf("%s: %s %" PRId64 "\n", what, name, value);
    } else {
        puts(what);
    }
    fflush(stdout);
}

/* ---- what the host asks for ---- */

static bool lms_listen(void *opaque, uint16_t port)
{
    Lms *lms = opaque;
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)(port + lms->offset)),
        .sin_addr = lms->address,
    };
    Listener *listener = lms->listeners;
    int one = 1;

    while (listener->fd >= 0) {
        listener++; /* as many as the host may have forwards */
    }
    listener->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener->fd < 0 ||
        setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
        bind(listener->fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        listen(listener->fd, SOMAXCONN) < 0) {
        tool_error(TOOL_FAILED, "cannot listen at port %u: %s", ntohs(address.sin_port),
                   strerror(errno));
        if (listener->fd >= 0) {
            close(listener->fd);
        }
        listener->fd = -1;
        return false;
    }
    listener->port = port;
    listener->place = LOOP_FDS_MAX;
    tell(lms, "listening", "port", ntohs(address.sin_port));
    return true;
}

static void lms_unlisten(void *opaque, uint16_t port)
{
    Lms *lms = opaque;

    for (unsigned int i = 0; i < APF_HOST_FORWARDS; i++) {
        if (lms->listeners[i].fd >= 0 && lms->listeners[i].port == port) {
            close(lms->listeners[i].fd);
            lms->listeners[i].fd = -1;
            tell(lms, "no longer listening", "port", port + (int64_t)lms->offset);
        }
    }
}

static void drop_peer(Lms *lms, Peer *peer)
{
    if (peer->channel) {
        apf_host_close(&lms->host, peer->channel);
    }
    close(peer->fd);
    peer->fd = -1;
    peer->channel = NULL;
}

/* Writes what the socket takes; the firmware may send as much again. */
static void flush_peer(Lms *lms, Peer *peer)
{
    size_t done = 0;

    while (peer->filled > done) {
        size_t from = (peer->begin + done) % sizeof(peer->buffer);
        size_t size = peer->filled - done;
        ssize_t put;

        size = size < sizeof(peer->buffer) - from ? size : sizeof(peer->buffer) - from;
        put = send(peer->fd, peer->buffer + from, size, MSG_NOSIGNAL);
        if (put < 0 && (errno == EAGAIN || errno == EINTR)) {
            break;
        }
        if (put <= 0) {
            drop_peer(lms, peer);
            return;
        }
        done += (size_t)put;
    }
    peer->begin = (peer->begin + done) % sizeof(peer->buffer);
    peer->filled -= done;
    if (peer->channel) {
        apf_host_consumed(&lms->host, peer->channel, done);
    } else if (peer->filled == 0) {
        drop_peer(lms, peer);
    }
}

static void lms_data(void *opaque, ApfHostChannel *channel, const uint8_t *data, size_t size)
{
    Peer *peer = channel->user;
    size_t at = (peer->begin + peer->filled) % sizeof(peer->buffer);
    size_t first = sizeof(peer->buffer) - at;

    (void)opaque;
    first = size < first ? size : first;
    memcpy(peer->buffer + at, data, first); /* the host lets no more come than there is room for */
    memcpy(peer->buffer, data + first, size - first);
    peer->filled += size;
}

static void lms_closed(void *opaque, ApfHostChannel *channel)
{
    Peer *peer = channel->user;

    (void)opaque;
    peer->channel = NULL; /* flush_peer() ends it when all is written */
}

static void lms_event(void *opaque, const uint8_t *data, size_t size)
{
    Lms *lms = opaque;
    char *text = malloc(size + 1);

    if (!text) {
        tool_error(TOOL_FAILED, "out of memory: an event is lost");
        return;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    if (lms->tool->json) {
        JsonOut json;

        json_init(&json, stdout);
        json_begin_object(&json, NULL);
        json_string(&json, "what", "event");
        json_string(&json, "text", text);
        json_end_object(&json);
    } else {
        printf("event:\n%s\n", text);
    }
    fflush(stdout);
    free(text);
}

static void lms_datagram(void *opaque, const char *address, uint16_t port, const uint8_t *data,
                         size_t size)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    (void)opaque;
    /* What comes of it nobody asks, as with any datagram. */
    if (fd >= 0 && inet_pton(AF_INET, address, &to.sin_addr) == 1) {
        (void)sendto(fd, data, size, 0, (struct sockaddr *)&to, sizeof(to));
    }
    if (fd >= 0) {
        close(fd);
    }
}

static const ApfHostOps host_ops = {
    .listen = lms_listen,
    .unlisten = lms_unlisten,
    .data = lms_data,
    .closed = lms_closed,
    .event = lms_event,
    .datagram = lms_datagram,
};

/* ---- the firmware's side ---- */

static void disconnect(Lms *lms)
{
    if (!lms->lme) {
        return;
    }
    channel_close(lms->lme);
    lms->lme = NULL;
    apf_host_reset(&lms->host);
    tell(lms, "LME is gone", NULL, 0);
}

static MeiError connect_lme(Lms *lms)
{
    static const SwmeGuid guid = SWME_GUID_LME;
    MeiError error = session_open_client(lms->session, &guid, &lms->lme);

    if (error == MEI_ERR_DISABLED) {
        error = session_reset(lms->session);
        error = error ? error : session_open_client(lms->session, &guid, &lms->lme);
    }
    if (error) {
        return error;
    }
    if (lms->lme->client.max_length < MESSAGE_MIN) {
        channel_close(lms->lme);
        lms->lme = NULL;
        return session_fail(lms->session, MEI_ERR_PROTOCOL,
                            "LME takes messages of less than %d bytes", MESSAGE_MIN);
    }
    apf_host_init(&lms->host, &host_ops, lms, lms->lme->client.max_length);
    lms->host.window = lms->window;
    return MEI_OK;
}

/* False: the connection is over. */
static bool receive_all(Lms *lms, unsigned int *ready)
{
    while (((*ready = channel_ready(lms->lme)) & CHANNEL_READABLE) && !lms->host.failed) {
        size_t size;

        if (channel_read(lms->lme, lms->message, sizeof(lms->message), &size, 0)) {
            return false;
        }
        apf_host_receive(&lms->host, lms->message, size);
    }
    return true;
}

/* The next message: one of the host's own, else a peer's, in turns. 0: none. */
static size_t next_message(Lms *lms)
{
    size_t size = apf_host_next(&lms->host, lms->message, sizeof(lms->message));

    for (unsigned int i = 0; size == 0 && i < APF_HOST_CHANNELS; i++) {
        Peer *peer = &lms->peers[lms->next++ % APF_HOST_CHANNELS];
        size_t room = peer->fd >= 0 && peer->channel ? apf_host_room(&lms->host, peer->channel) : 0;
        ssize_t got;

        if (room == 0 || !loop_ready(&lms->loop, peer->place)) {
            continue;
        }
        got = recv(peer->fd, lms->message + APF_CHANNEL_DATA_HEADER_SIZE, room, MSG_DONTWAIT);
        if (got > 0) {
            return apf_host_write(&lms->host, peer->channel, lms->message, (size_t)got);
        }
        if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
            drop_peer(lms, peer); /* has a message of its own: CHANNEL_CLOSE */
            size = apf_host_next(&lms->host, lms->message, sizeof(lms->message));
        }
    }
    return size;
}

/* False: the connection is over. */
static bool serve_lme(Lms *lms)
{
    unsigned int ready;

    if (!receive_all(lms, &ready) || (ready & CHANNEL_LOST)) {
        return false;
    }
    while (ready & CHANNEL_WRITABLE) {
        size_t size = next_message(lms);

        if (size == 0) {
            break;
        }
        if (channel_write(lms->lme, lms->message, size, WRITE_MS)) {
            return false;
        }
        if (!receive_all(lms, &ready)) {
            return false;
        }
    }
    lms->writable = (ready & CHANNEL_WRITABLE) != 0;
    lms->lme->wants_write = !lms->writable;
    return !lms->host.failed || lms->host.queued > 0;
}

/* ---- sockets ---- */

static void accept_peer(Lms *lms, Listener *listener)
{
    struct sockaddr_in from;
    socklen_t size = sizeof(from);
    char text[INET_ADDRSTRLEN];
    Peer *peer = NULL;
    int fd;

    for (unsigned int i = 0; i < APF_HOST_CHANNELS; i++) {
        peer = lms->peers[i].fd < 0 ? &lms->peers[i] : peer;
    }
    if (!peer) {
        return; /* waits in the kernel until one has ended */
    }
    fd = accept(listener->fd, (struct sockaddr *)&from, &size);
    if (fd < 0) {
        return; /* it has gone already */
    }
    inet_ntop(AF_INET, &from.sin_addr, text, sizeof(text));
    *peer = (Peer){.fd = fd, .place = LOOP_FDS_MAX};
    peer->channel = apf_host_open(&lms->host, listener->port, text, ntohs(from.sin_port), peer);
    if (!peer->channel) {
        drop_peer(lms, peer);
    }
}

static void watch(Lms *lms)
{
    bool full = true;

    loop_clear(&lms->loop);
    for (unsigned int i = 0; i < APF_HOST_CHANNELS; i++) {
        Peer *peer = &lms->peers[i];
        short events = peer->filled > 0 ? POLLOUT : 0;

        full = full && peer->fd >= 0;
        if (peer->fd < 0) {
            continue;
        }
        if (peer->channel && lms->writable && apf_host_room(&lms->host, peer->channel) > 0) {
            events |= POLLIN;
        }
        peer->place = loop_add(&lms->loop, events ? peer->fd : -1, events);
    }
    for (unsigned int i = 0; i < APF_HOST_FORWARDS; i++) {
        if (lms->listeners[i].fd >= 0) {
            lms->listeners[i].place =
                loop_add(&lms->loop, full ? -1 : lms->listeners[i].fd, POLLIN);
        }
    }
}

static void serve_peers(Lms *lms)
{
    for (unsigned int i = 0; i < APF_HOST_CHANNELS; i++) {
        Peer *peer = &lms->peers[i];

        if (peer->fd >= 0 && (peer->filled > 0 || !peer->channel)) {
            flush_peer(lms, peer);
        }
    }
    for (unsigned int i = 0; lms->lme && i < APF_HOST_FORWARDS; i++) {
        if (lms->listeners[i].fd >= 0 && loop_ready(&lms->loop, lms->listeners[i].place)) {
            accept_peer(lms, &lms->listeners[i]);
        }
    }
}

/* ---- life ---- */

static int run(Lms *lms)
{
    for (;;) {
        int timeout = -1;

        if (!lms->lme && connect_lme(lms)) {
            if (!lms->begun) {
                return tool_failed(lms->tool);
            }
            timeout = RETRY_MS;
        }
        lms->begun = true;
        serve_peers(lms);
        if (lms->lme && !serve_lme(lms)) {
            disconnect(lms);
            timeout = RETRY_MS;
        }
        serve_peers(lms);
        if (lms->lme && lms->host.queued > 0 && lms->writable) {
            timeout = 0; /* what the sockets took is to be told at once */
        }
        watch(lms);
        if (!loop_turn(&lms->loop, lms->session, timeout)) {
            return TOOL_OK;
        }
    }
}

static int parse(Tool *tool, Lms *lms)
{
    int at = 0;

    lms->address.s_addr = htonl(INADDR_LOOPBACK);
    lms->window = APF_HOST_WINDOW;
    while (at < tool->argc) {
        const char *argument = tool->argv[at], *value = NULL;

        if (tool_option(tool, &at, "--port-offset", &value)) {
            if (tool_number("--port-offset", value, 0, 40000, &lms->offset) != TOOL_OK) {
                return TOOL_USAGE;
            }
        } else if (tool_option(tool, &at, "--window", &value)) {
            if (tool_number("--window", value, 1, APF_HOST_WINDOW, &lms->window) != TOOL_OK) {
                return TOOL_USAGE;
            }
        } else {
            return tool_error(TOOL_USAGE, "lms: unknown argument '%s'", argument);
        }
    }
    return TOOL_OK;
}

int tool_lms(Tool *tool)
{
    Lms *lms = calloc(1, sizeof(*lms));
    int status;

    if (!lms) {
        return tool_error(TOOL_FAILED, "out of memory");
    }
    lms->tool = tool;
    for (unsigned int i = 0; i < APF_HOST_FORWARDS; i++) {
        lms->listeners[i].fd = -1;
    }
    for (unsigned int i = 0; i < APF_HOST_CHANNELS; i++) {
        lms->peers[i].fd = -1;
    }
    status = parse(tool, lms);
    if (status == TOOL_OK) {
        status = tool_open(tool);
    }
    if (status == TOOL_OK && !loop_begin()) {
        status = tool_error(TOOL_FAILED, "lms: %s", strerror(errno));
    }
    if (status == TOOL_OK) {
        lms->session = tool->session;
        status = run(lms);
        disconnect(lms);
        for (unsigned int i = 0; i < APF_HOST_CHANNELS; i++) {
            if (lms->peers[i].fd >= 0) {
                drop_peer(lms, &lms->peers[i]);
            }
        }
    }
    free(lms);
    return status;
}
