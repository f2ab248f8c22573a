/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/* A session made of libheci and a register transport. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <swme/hbm.h>
#include <swme/me-clients.h>

#include "host-driver/mei.h"
#include "host-driver/tool/mkhi.h"
#include "host-driver/tool/session.h"

typedef struct RegisterSession {
    Session session; /* first */
    RegisterTransport transport;
    Mei mei;
    int64_t wall;  /* when a loop last came by */
    uint64_t seen; /* interrupts that it knows of */
} RegisterSession;

#define LOOK_MS      10  /* where a transport has nothing to wait for */
#define DISPATCH_MAX 256 /* interrupts in one go */

typedef struct RegisterChannel {
    Channel channel; /* first */
    MeiConnection *connection;
    uint8_t *buffer;
} RegisterChannel;

static RegisterSession *registers(Session *session)
{
    return (RegisterSession *)session;
}

/* Says what went wrong with what, and why the link was reset if it was. */
static MeiError fail(RegisterSession *rs, MeiError error, const char *what)
{
    if (error == MEI_ERR_DISABLED) {
        return session_fail(&rs->session, error, "%s: %s (%s)", what, mei_error_name(error),
                            rs->mei.reason);
    }
    if (error == MEI_ERR_PROTOCOL || error == MEI_ERR_HARDWARE || error == MEI_ERR_NOT_READY) {
        return session_fail(&rs->session, error, "%s: %s: %s", what, mei_error_name(error),
                            rs->mei.reason);
    }
    return error ? session_fail(&rs->session, error, "%s: %s", what, mei_error_name(error))
                 : MEI_OK;
}

static MeiError registers_info(Session *session, SessionInfo *info)
{
    RegisterSession *rs = registers(session);
    Mei *mei = &rs->mei;
    uint32_t id = rs->transport.ops->config_read32(rs->transport.transport, 0);

    info->pci_known = true;
    info->pci_vendor = (uint16_t)id;
    info->pci_device = (uint16_t)(id >> 16);
    info->status_count = HECI_HFS_COUNT;
    for (unsigned int i = 0; i < HECI_HFS_COUNT; i++) {
        info->status[i] = mei_hw_status(&mei->hw, i);
    }
    if (mei->state == MEI_DEVICE_ENABLED) {
        /* A firmware that does not tell its version has one nevertheless: no failure. */
        (void)mkhi_firmware_version(session, info);
    }
    snprintf(info->state, sizeof(info->state), "%s", mei_device_state_name(mei->state));
    if (mei->state == MEI_DEVICE_ENABLED) {
        info->hbm_known = true;
        info->hbm_major = mei->hbm_major;
        info->hbm_minor = mei->hbm_minor;
    } else {
        snprintf(info->reason, sizeof(info->reason), "%s", mei->reason);
    }
    return MEI_OK;
}

static void describe(const MeiClient *from, SessionClient *to)
{
    to->guid = from->guid;
    to->address = from->address;
    to->version = from->version;
    to->max_connections = from->max_connections;
    to->single_receive = (from->flags & HBM_PROP_FLAG_SINGLE_RECV) != 0;
    to->vtag = (from->flags & HBM_PROP_FLAG_VTAG) != 0;
    to->fixed = from->fixed_address != 0;
    to->max_length = from->max_length;
}

static MeiError registers_clients(Session *session, SessionClient *clients, size_t *count)
{
    RegisterSession *rs = registers(session);

    if (rs->mei.state != MEI_DEVICE_ENABLED) {
        return fail(rs, MEI_ERR_DISABLED, "clients");
    }
    for (unsigned int i = 0; i < rs->mei.client_count; i++) {
        describe(&rs->mei.clients[i], &clients[i]);
    }
    *count = rs->mei.client_count;
    return MEI_OK;
}

static MeiError registers_open(Session *session, const SwmeGuid *guid, uint8_t vtag,
                               Channel **channel)
{
    RegisterSession *rs = registers(session);
    const MeiClient *client = mei_find_client(&rs->mei, guid);
    RegisterChannel *rc;
    size_t size;
    MeiError error;

    if (rs->mei.state != MEI_DEVICE_ENABLED) {
        return fail(rs, MEI_ERR_DISABLED, "connect");
    }
    if (!client) {
        return fail(rs, MEI_ERR_NO_CLIENT, "connect");
    }
    size = client->max_length < CHANNEL_BUFFER_MAX ? client->max_length : CHANNEL_BUFFER_MAX;
    rc = calloc(1, sizeof(*rc));
    if (rc) {
        rc->buffer = malloc(size ? size : 1);
    }
    if (!rc || !rc->buffer) {
        free(rc);
        return fail(rs, MEI_ERR_NO_MEMORY, "connect");
    }
    rc->channel.session = session;
    describe(client, &rc->channel.client);
    error = vtag ? mei_connect_vtag(&rs->mei, guid, vtag, rc->buffer, size, &rc->connection)
                 : mei_connect(&rs->mei, guid, rc->buffer, size, &rc->connection);
    if (error) {
        free(rc->buffer);
        free(rc);
        return fail(rs, error, "connect");
    }
    *channel = &rc->channel;
    return MEI_OK;
}

static MeiError registers_write(Channel *channel, const void *data, size_t size, int timeout)
{
    RegisterChannel *rc = (RegisterChannel *)channel;

    return fail(registers(channel->session),
                mei_write(rc->connection, data, size, timeout * MEI_NS_PER_MS), "write");
}

static MeiError registers_read(Channel *channel, void *data, size_t size, size_t *received,
                               int timeout)
{
    RegisterChannel *rc = (RegisterChannel *)channel;

    return fail(registers(channel->session),
                mei_read(rc->connection, data, size, received, timeout * MEI_NS_PER_MS), "read");
}

static void registers_close_channel(Channel *channel)
{
    RegisterChannel *rc = (RegisterChannel *)channel;

    (void)mei_disconnect(rc->connection); /* given back either way */
    free(rc->buffer);
    free(rc);
}

static MeiError registers_notify(Channel *channel, bool on)
{
    RegisterChannel *rc = (RegisterChannel *)channel;

    return fail(registers(channel->session), mei_notify(rc->connection, on), "notify");
}

static MeiError registers_event(Channel *channel, int timeout)
{
    RegisterSession *rs = registers(channel->session);
    MeiConnection *connection = ((RegisterChannel *)channel)->connection;
    int64_t deadline = session_now(channel->session) + timeout * MEI_NS_PER_MS;
    MeiError error = MEI_OK;

    while (!connection->notified && !error) {
        error = connection->state == MEI_CONNECTION_CONNECTED
                    ? mei_poll(&rs->mei, deadline - session_now(channel->session))
                    : MEI_ERR_NOT_CONNECTED;
    }
    if (connection->notified) {
        connection->notified = false;
        return MEI_OK;
    }
    if (connection->state != MEI_CONNECTION_CONNECTED && error == MEI_ERR_NOT_READY) {
        error = MEI_ERR_NOT_CONNECTED; /* the reset came while we waited */
    }
    return fail(rs, error, "event");
}

static unsigned int registers_ready(Channel *channel)
{
    MeiConnection *connection = ((RegisterChannel *)channel)->connection;

    if (connection->state == MEI_CONNECTION_CONNECTED && !connection->received) {
        (void)mei_arm(connection); /* what it fails of shows in the state */
    }
    return (connection->received ? CHANNEL_READABLE : 0) |
           (mei_can_write(connection) ? CHANNEL_WRITABLE : 0) |
           (connection->state != MEI_CONNECTION_CONNECTED ? CHANNEL_LOST : 0);
}

static int64_t wall_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * MEI_NS_PER_S + now.tv_nsec;
}

static size_t registers_poll_fds(Session *session, struct pollfd *fds, int *timeout)
{
    RegisterSession *rs = registers(session);

    fds[0] = (struct pollfd){.fd = -1};
    *timeout =
        rs->transport.prepare ? rs->transport.prepare(rs->transport.transport, &fds[0]) : LOOK_MS;
    if (rs->mei.stats.interrupts != rs->seen) {
        *timeout = 0; /* a call has handled some: a channel that was looked at may have changed */
    }
    return fds[0].fd >= 0 ? 1 : 0;
}

/* Virtual time goes on by what has passed outside. */
static void registers_dispatch(Session *session)
{
    RegisterSession *rs = registers(session);
    int64_t wall = wall_clock();
    int64_t until = session_now(session);

    if (rs->transport.virtual_time) {
        until += wall - rs->wall;
    }
    rs->wall = wall;
    for (unsigned int i = 0; i < DISPATCH_MAX; i++) {
        int64_t left = until - session_now(session);

        if (mei_poll(&rs->mei, left > 0 ? left : 0)) {
            break; /* nothing more, or what the channels will show */
        }
    }
    rs->seen = rs->mei.stats.interrupts;
}

/* A device that was given up is started anew. */
static MeiError registers_reset(Session *session)
{
    RegisterSession *rs = registers(session);

    return fail(rs,
                rs->mei.state == MEI_DEVICE_DISABLED ? mei_start(&rs->mei) : mei_reset(&rs->mei),
                "reset");
}

static void registers_close(Session *session)
{
    RegisterSession *rs = registers(session);

    mei_stop(&rs->mei);
    rs->transport.close(rs->transport.transport);
    free(rs);
}

static int64_t registers_now(Session *session)
{
    RegisterSession *rs = registers(session);

    return rs->transport.ops->now(rs->transport.transport);
}

static const SessionOps registers_ops = {
    .info = registers_info,
    .clients = registers_clients,
    .open = registers_open,
    .write = registers_write,
    .read = registers_read,
    .close_channel = registers_close_channel,
    .notify = registers_notify,
    .event = registers_event,
    .ready = registers_ready,
    .poll_fds = registers_poll_fds,
    .dispatch = registers_dispatch,
    .reset = registers_reset,
    .close = registers_close,
    .now = registers_now,
};

struct Mei *session_driver(Session *session)
{
    return session->ops == &registers_ops ? &registers(session)->mei : NULL;
}

Session *session_new_registers(const RegisterTransport *transport)
{
    RegisterSession *rs = calloc(1, sizeof(*rs));

    if (!rs) {
        transport->close(transport->transport);
        return NULL;
    }
    rs->session.ops = &registers_ops;
    rs->transport = *transport;
    rs->wall = wall_clock();
    mei_init(&rs->mei, transport->ops, transport->transport);
    /* A device that does not start can still be looked at. */
    (void)mei_start(&rs->mei);
    return &rs->session;
}
