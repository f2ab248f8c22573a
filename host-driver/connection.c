/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/* Connections: connect, flow control, messages, notifications. (Linux client.c) */
#include "host-driver/mei-internal.h"

#include <string.h>

#include <swme/hbm.h>
#include <swme/heci-regs.h>

const char *mei_connection_state_name(MeiConnectionState state)
{
    static const char *const names[] = {
        [MEI_CONNECTION_FREE] = "FREE",           [MEI_CONNECTION_CONNECTING] = "CONNECTING",
        [MEI_CONNECTION_CONNECTED] = "CONNECTED", [MEI_CONNECTION_DISCONNECTING] = "DISCONNECTING",
        [MEI_CONNECTION_LOST] = "LOST",
    };

    return (unsigned int)state < sizeof(names) / sizeof(names[0]) ? names[state] : "unknown";
}

/* A fixed-address client's connection has no host address, so it is sought by the client's. */
MeiConnection *mei_connection_at(Mei *mei, uint8_t me_addr, uint8_t host_addr)
{
    if (host_addr != 0) {
        MeiConnection *connection = &mei->connections[host_addr - 1];

        return connection->state != MEI_CONNECTION_FREE && connection->host_addr == host_addr &&
                       connection->client.address == me_addr
                   ? connection
                   : NULL;
    }
    for (unsigned int i = 0; i < MEI_CONNECTIONS_MAX; i++) {
        MeiConnection *connection = &mei->connections[i];

        if (connection->state == MEI_CONNECTION_CONNECTED && connection->host_addr == 0 &&
            connection->client.address == me_addr) {
            return connection;
        }
    }
    return NULL;
}

/* ---- connect and disconnect ---- */

/* What each status means to the caller: Linux client.c, mei_cl_conn_status_to_errno. */
static MeiError status_error(uint8_t status)
{
    switch (status) {
    case HBM_STATUS_SUCCESS:
        return MEI_OK;
    case HBM_STATUS_CLIENT_NOT_FOUND:
        return MEI_ERR_NO_CLIENT;
    case HBM_STATUS_ALREADY_EXISTS:
    case HBM_STATUS_REJECTED:
        return MEI_ERR_BUSY;
    case HBM_STATUS_NOT_ALLOWED:
        return MEI_ERR_REFUSED;
    default:
        return MEI_ERR_INVALID;
    }
}

static MeiConnection *free_connection(Mei *mei)
{
    for (unsigned int i = 0; i < MEI_CONNECTIONS_MAX; i++) {
        if (mei->connections[i].state == MEI_CONNECTION_FREE) {
            return &mei->connections[i];
        }
    }
    return NULL;
}

static MeiError send_pair(MeiConnection *connection, uint8_t command, MeiWait *wait)
{
    uint8_t message[HBM_CONNECTION_SIZE] = {command, connection->client.address,
                                            connection->host_addr};

    connection->answered = false;
    return mei_hbm_send_wait(connection->mei, message, sizeof(message), wait);
}

/* Linux zeroes a shared counter with the last connection; the firmware does likewise. */
static void drop_shared_credits(MeiConnection *connection)
{
    Mei *mei = connection->mei;
    MeiClient *client = mei_client_at(mei, connection->client.address);

    for (unsigned int i = 0; i < MEI_CONNECTIONS_MAX; i++) {
        const MeiConnection *other = &mei->connections[i];

        if (other != connection && other->state == MEI_CONNECTION_CONNECTED &&
            other->client.address == connection->client.address) {
            return;
        }
    }
    if (client) {
        client->credits = 0;
    }
}

/* The exchange that ends a connection, whole or half open. Without an answer the link is reset. */
static MeiError disconnect(MeiConnection *connection)
{
    MeiWait wait = mei_wait_until(connection->mei, MEI_TIMEOUT_CONNECTION);
    MeiError error;

    connection->state = MEI_CONNECTION_DISCONNECTING;
    error = send_pair(connection, HBM_DISCONNECT, &wait);
    while (!error && !connection->answered) {
        error = mei_step(connection->mei, &wait);
    }
    if (error == MEI_ERR_TIMEOUT) {
        return mei_broken(connection->mei, error, "no answer to DISCONNECT within 6 s");
    }
    if (!error) {
        drop_shared_credits(connection);
        error = status_error(connection->status);
    }
    return error;
}

static MeiError connect_dynamic(MeiConnection *connection)
{
    Mei *mei = connection->mei;
    MeiWait wait = mei_wait_until(mei, MEI_TIMEOUT_CONNECTION);
    MeiError error;

    connection->state = MEI_CONNECTION_CONNECTING;
    error = send_pair(connection, HBM_CONNECT, &wait);
    while (!error && !connection->answered) {
        error = mei_step(mei, &wait);
    }
    if (error == MEI_ERR_TIMEOUT) {
        /* Linux interrupt.c: from HBM 2.0 on a half-open connection can be taken back. */
        if (mei->hbm_major < 2) {
            return mei_broken(mei, error, "no answer to CONNECT within 6 s");
        }
        (void)disconnect(connection); /* broke the link if it failed */
        return error;
    }
    if (!error) {
        error = status_error(connection->status);
    }
    if (error == MEI_ERR_NO_CLIENT) {
        mei_client_remove(mei, connection->client.address);
    }
    return error;
}

static MeiError open_connection(Mei *mei, const SwmeGuid *guid, uint8_t vtag, void *buffer,
                                size_t size, MeiConnection **connection)
{
    MeiConnection *slot = free_connection(mei);
    const MeiClient *client;
    MeiError error = mei_enter(mei);

    *connection = NULL;
    if (!error && mei_check_ready(mei)) {
        error = mei_leave(mei, MEI_OK); /* starts the link anew */
        if (!error && mei->state != MEI_DEVICE_ENABLED) {
            error = MEI_ERR_DISABLED;
        }
    }
    if (error) {
        return mei_leave(mei, error);
    }
    if (!buffer && size > 0) {
        return MEI_ERR_BAD_POINTER;
    }
    client = mei_find_client(mei, guid);
    if (vtag && !(mei->capabilities & HBM_CAP_VTAG)) {
        return MEI_ERR_UNSUPPORTED;
    }
    if (!client) {
        return MEI_ERR_NO_CLIENT;
    }
    if (vtag && !(client->flags & HBM_PROP_FLAG_VTAG)) {
        return MEI_ERR_UNSUPPORTED;
    }
    if (!slot) {
        return MEI_ERR_NO_ADDRESS;
    }
    if (client->fixed_address && mei_connection_at(mei, client->address, 0)) {
        return MEI_ERR_BUSY;
    }
    memset(slot, 0, sizeof(*slot));
    slot->mei = mei;
    slot->vtag = vtag;
    slot->client = *client;
    slot->buffer = buffer;
    slot->buffer_size = size;
    if (client->fixed_address) {
        slot->state = MEI_CONNECTION_CONNECTED;
    } else {
        slot->host_addr = (uint8_t)(slot - mei->connections + 1);
        error = connect_dynamic(slot);
        if (error) {
            slot->state = MEI_CONNECTION_FREE;
            return mei_leave(mei, error);
        }
    }
    *connection = slot;
    return MEI_OK;
}

MeiError mei_connect(Mei *mei, const SwmeGuid *guid, void *buffer, size_t size,
                     MeiConnection **connection)
{
    return open_connection(mei, guid, 0, buffer, size, connection);
}

MeiError mei_connect_vtag(Mei *mei, const SwmeGuid *guid, uint8_t vtag, void *buffer, size_t size,
                          MeiConnection **connection)
{
    *connection = NULL;
    return vtag ? open_connection(mei, guid, vtag, buffer, size, connection) : MEI_ERR_INVALID;
}

MeiError mei_disconnect(MeiConnection *connection)
{
    Mei *mei = connection->mei;
    MeiError error = MEI_OK;

    if (connection->state == MEI_CONNECTION_CONNECTED && connection->host_addr != 0) {
        error = mei_enter(mei);
        /* Leaving D0i3 may have reset the link: then there is nothing left to end. */
        if (!error && connection->state == MEI_CONNECTION_CONNECTED) {
            error = disconnect(connection);
        }
    }
    connection->state = MEI_CONNECTION_FREE;
    return mei_leave(mei, error);
}

/* ---- sending ---- */

/* The counter that allows this connection's messages; NULL when there is none any more. */
static uint8_t *credits_of(MeiConnection *connection)
{
    if (connection->client.flags & HBM_PROP_FLAG_SINGLE_RECV) {
        MeiClient *client = mei_client_at(connection->mei, connection->client.address);

        return client ? &client->credits : NULL;
    }
    return &connection->credits;
}

static MeiError wait_credit(MeiConnection *connection, MeiWait *wait)
{
    MeiError error = MEI_OK;

    while (!error) {
        uint8_t *credits = credits_of(connection);

        if (connection->state != MEI_CONNECTION_CONNECTED) {
            return MEI_ERR_NOT_CONNECTED;
        }
        if (connection->host_addr == 0) {
            return MEI_OK; /* a fixed-address client takes whatever comes */
        }
        if (!credits) {
            return MEI_ERR_NO_CLIENT;
        }
        if (*credits > 0) {
            return MEI_OK;
        }
        error = mei_step(connection->mei, wait);
    }
    return error;
}

/*
 * Waits for room. *part becomes how many of rest bytes go into the next packet: all of them if they
 * fit, else as many as an empty buffer takes. A message is split into an empty buffer only (Linux
 * client.c): the firmware then never sees fragments smaller than need be.
 */
static MeiError wait_room(MeiConnection *connection, size_t rest, size_t *part, MeiWait *wait)
{
    Mei *mei = connection->mei;

    for (;;) {
        int slots = mei_hw_free_slots(&mei->hw);
        MeiError error;

        if (slots < 0) {
            return mei_ring_broken(mei, slots);
        }
        if (slots > 0 && rest <= (size_t)(slots - 1) * HECI_SLOT_SIZE) {
            *part = rest;
            return MEI_OK;
        }
        if (slots == mei->hw.depth) {
            *part = (size_t)(slots - 1) * HECI_SLOT_SIZE;
            return MEI_OK;
        }
        error = mei_step(mei, wait);
        if (!error && connection->state != MEI_CONNECTION_CONNECTED) {
            error = MEI_ERR_NOT_CONNECTED;
        }
        if (error) {
            return error;
        }
    }
}

bool mei_can_write(const MeiConnection *connection)
{
    const uint8_t *credits;

    if (connection->state != MEI_CONNECTION_CONNECTED) {
        return false;
    }
    credits = credits_of((MeiConnection *)(uintptr_t)connection); /* looks, and changes nothing */
    return connection->host_addr == 0 || (credits && *credits > 0);
}

/* Waits until a message may begin, and takes the credit for it. */
static MeiError wait_turn(MeiConnection *connection, size_t size, size_t *part, MeiWait *wait)
{
    for (;;) {
        uint8_t *credits;
        MeiError error = wait_credit(connection, wait);

        if (!error) {
            error = wait_room(connection, size, part, wait);
        }
        if (error || connection->host_addr == 0) {
            return error;
        }
        /* While there was no room, the client may have been replaced, its credits with it. */
        credits = credits_of(connection);
        if (credits && *credits > 0) {
            --*credits;
            return MEI_OK;
        }
    }
}

/* The tag stands on the first packet of a message alone (Linux client.c). */
static MeiError write_message(MeiConnection *connection, const uint8_t *data, size_t size,
                              MeiWait *wait)
{
    const uint8_t list[MEI_EXT_META_SIZE + MEI_EXT_VTAG_SIZE] = {
        1, MEI_EXT_VTAG_SIZE / 4, 0, 0, MEI_EXT_VTAG, MEI_EXT_VTAG_SIZE / 4, connection->vtag, 0,
    };
    Mei *mei = connection->mei;
    size_t extra = connection->vtag ? sizeof(list) : 0;
    size_t part;

    for (size_t done = 0; done < size; done += part, extra = 0) {
        uint32_t header;
        MeiError error = done == 0 ? wait_turn(connection, size + extra, &part, wait)
                                   : wait_room(connection, size - done, &part, wait);

        if (error == MEI_ERR_TIMEOUT && done > 0) {
            return mei_broken(mei, error, "no room for the rest of a message");
        }
        if (error) {
            return error;
        }
        header = mei_hdr(connection->client.address, connection->host_addr, (uint16_t)part,
                         done + part == size + extra);
        header |= extra ? MEI_HDR_EXTENDED : 0;
        part -= extra;
        mei->stats.packets_out++;
        if (mei_hw_write_extended(&mei->hw, header, list, extra, data + done, part)) {
            return mei_broken(mei, MEI_ERR_NOT_READY, "the firmware dropped ME_RDY");
        }
    }
    return MEI_OK;
}

/* A call that waited when the link was reset; whoever calls next is told the same. */
static MeiError leave(MeiConnection *connection, MeiError error)
{
    error = mei_leave(connection->mei, error);
    return error == MEI_ERR_NOT_READY && connection->state == MEI_CONNECTION_LOST
               ? MEI_ERR_NOT_CONNECTED
               : error;
}

MeiError mei_write(MeiConnection *connection, const void *data, size_t size, int64_t timeout)
{
    Mei *mei = connection->mei;
    MeiWait wait;
    MeiError error;

    if (size == 0) {
        return MEI_ERR_INVALID;
    }
    if (!data) {
        return MEI_ERR_BAD_POINTER;
    }
    if (connection->state != MEI_CONNECTION_CONNECTED) {
        return MEI_ERR_NOT_CONNECTED;
    }
    if (size > connection->client.max_length) {
        return MEI_ERR_TOO_LONG;
    }
    error = mei_enter(mei);
    if (!error) {
        wait = mei_wait_until(mei, timeout);
        error = write_message(connection, data, size, &wait);
    }
    return leave(connection, error);
}

/* ---- receiving ---- */

MeiError mei_data_receive(Mei *mei, uint32_t header, const uint8_t *data, size_t size, int vtag,
                          MeiError extension)
{
    uint8_t host_addr = MEI_HDR_HOST_ADDR(header);
    MeiConnection *connection = mei_connection_at(mei, MEI_HDR_ME_ADDR(header), host_addr);

    if (!connection && host_addr != 0) {
        return mei_broken(mei, MEI_ERR_PROTOCOL, "data for a connection that does not exist");
    }
    if (!connection || connection->state != MEI_CONNECTION_CONNECTED || connection->received ||
        (host_addr != 0 && !connection->armed)) {
        mei->stats.discarded++;
        return MEI_OK;
    }
    if (vtag != MEI_NO_TAG && vtag != connection->vtag) {
        extension = MEI_ERR_PROTOCOL; /* for another user, or for none */
    }
    if (extension) {
        connection->rx_error = extension;
    } else if (size > connection->buffer_size - connection->filled) {
        connection->rx_error = MEI_ERR_OVERFLOW;
    } else if (!connection->rx_error && size > 0) {
        memcpy(connection->buffer + connection->filled, data, size);
        connection->filled += size;
    }
    if (header & MEI_HDR_COMPLETE) {
        connection->received = true;
        connection->armed = false;
    }
    return MEI_OK;
}

static MeiError arm(MeiConnection *connection, MeiWait *wait)
{
    uint8_t message[HBM_FLOW_CONTROL_SIZE] = {HBM_FLOW_CONTROL, connection->client.address,
                                              connection->host_addr};

    if (connection->host_addr == 0 || connection->armed || connection->received) {
        return MEI_OK;
    }
    /* First: the answer may be here before the call that asks for it returns. */
    connection->armed = true;
    connection->filled = 0;
    connection->rx_error = MEI_OK;
    return mei_hbm_send_wait(connection->mei, message, sizeof(message), wait);
}

void mei_discard(MeiConnection *connection)
{
    connection->received = false;
    connection->rx_error = MEI_OK;
    connection->filled = 0;
}

/* Hands out the message that waits in the connection's buffer. */
static MeiError take(MeiConnection *connection, void *data, size_t size, size_t *received)
{
    MeiError error = connection->rx_error;

    if (!error && connection->filled > size) {
        *received = connection->filled;
        return MEI_ERR_OVERFLOW;
    }
    *received = error ? 0 : connection->filled;
    if (*received > 0) {
        memcpy(data, connection->buffer, *received);
    }
    mei_discard(connection);
    return error;
}

MeiError mei_read(MeiConnection *connection, void *data, size_t size, size_t *received,
                  int64_t timeout)
{
    Mei *mei = connection->mei;
    MeiWait wait;
    MeiError error = MEI_OK;

    *received = 0;
    if (!data && size > 0) {
        return MEI_ERR_BAD_POINTER;
    }
    if (!connection->received) {
        if (connection->state != MEI_CONNECTION_CONNECTED) {
            return MEI_ERR_NOT_CONNECTED;
        }
        error = mei_enter(mei);
        wait = mei_wait_until(mei, timeout);
        if (!error) {
            error = arm(connection, &wait);
        }
        while (!error && !connection->received) {
            error = connection->state == MEI_CONNECTION_CONNECTED ? mei_step(mei, &wait)
                                                                  : MEI_ERR_NOT_CONNECTED;
        }
    }
    if (error) {
        return leave(connection, error);
    }
    return take(connection, data, size, received);
}

MeiError mei_arm(MeiConnection *connection)
{
    Mei *mei = connection->mei;
    MeiError error;

    if (connection->state != MEI_CONNECTION_CONNECTED) {
        return MEI_ERR_NOT_CONNECTED;
    }
    error = mei_enter(mei);
    if (!error) {
        MeiWait wait = mei_wait_until(mei, MEI_TIMEOUT_CONNECTION);

        error = arm(connection, &wait);
    }
    return leave(connection, error);
}

/* ---- notifications ---- */

static MeiError notify(MeiConnection *connection, bool start)
{
    Mei *mei = connection->mei;
    MeiWait wait = mei_wait_until(mei, MEI_TIMEOUT_NOTIFY);
    uint8_t message[HBM_NOTIFY_REQ_SIZE] = {HBM_NOTIFY, connection->client.address,
                                            connection->host_addr, start};
    MeiError error;

    connection->answered = false;
    error = mei_hbm_send_wait(mei, message, sizeof(message), &wait);
    while (!error && !connection->answered) {
        error = connection->state == MEI_CONNECTION_CONNECTED ? mei_step(mei, &wait)
                                                              : MEI_ERR_NOT_CONNECTED;
    }
    connection->answered = true; /* a later answer is to no question */
    if (error) {
        return error;
    }
    if (connection->start != start) {
        return MEI_ERR_INVALID;
    }
    if (connection->status != HBM_STATUS_SUCCESS &&
        connection->status != (start ? HBM_STATUS_ALREADY_STARTED : HBM_STATUS_NOT_STARTED)) {
        return MEI_ERR_INVALID;
    }
    connection->wants_events = start;
    connection->notified = connection->notified && start;
    return MEI_OK;
}

MeiError mei_notify(MeiConnection *connection, bool start)
{
    Mei *mei = connection->mei;
    MeiError error;

    if (connection->state != MEI_CONNECTION_CONNECTED) {
        return MEI_ERR_NOT_CONNECTED;
    }
    if (mei->hbm_major < 2) {
        return MEI_ERR_UNSUPPORTED;
    }
    error = mei_enter(mei);
    return leave(connection, error ? error : notify(connection, start));
}
