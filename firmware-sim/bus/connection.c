/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections: credits, fragments, and the queues both ways. */
#include "firmware-sim/bus/bus.h"

#include <string.h>

#include <swme/bytes.h>

static void inbox_item_free(gpointer data)
{
    MeInboxItem *item = data;

    g_bytes_unref(item->message);
    g_free(item);
}

static bool is_fixed(const MeConnection *connection)
{
    return connection->client->class->fixed_address != 0;
}

MeConnection *me_connection_open(MeClient *client, uint8_t host_addr)
{
    MeConnection *connection = g_new0(MeConnection, 1);

    connection->client = client;
    connection->host_addr = host_addr;
    connection->rx = g_byte_array_new();
    g_queue_init(&connection->inbox);
    g_queue_init(&connection->tx);
    if (!is_fixed(connection)) {
        g_queue_push_tail(&client->bus->connections, connection);
        connection->owes_credit = true;
    }
    return connection;
}

void me_connection_drop_data(MeConnection *connection)
{
    g_queue_clear_full(&connection->inbox, inbox_item_free);
    g_queue_clear_full(&connection->tx, (GDestroyNotify)g_bytes_unref);
    g_byte_array_set_size(connection->rx, 0);
    connection->rx_open = false;
    connection->rx_discard = false;
    connection->tx_sent = 0;
    connection->tx_open = false;
}

/* The caller has taken it off bus->connections. */
void me_connection_free(MeConnection *connection)
{
    me_connection_drop_data(connection);
    g_byte_array_unref(connection->rx);
    g_free(connection);
}

MeConnection *me_connection_find(const MeBus *bus, uint8_t me_addr, uint8_t host_addr)
{
    MeClient *client = bus->clients[me_addr];

    if (!client) {
        return NULL;
    }
    if (client->fixed) {
        return host_addr == 0 ? client->fixed : NULL;
    }
    for (GList *l = bus->connections.head; l; l = l->next) {
        MeConnection *connection = l->data;

        if (connection->client == client && connection->host_addr == host_addr) {
            return connection;
        }
    }
    return NULL;
}

unsigned int me_connection_count(const MeClient *client)
{
    unsigned int count = 0;

    for (GList *l = client->bus->connections.head; l; l = l->next) {
        const MeConnection *connection = l->data;

        count += connection->client == client && !connection->closing;
    }
    return count;
}

void me_connection_close(MeConnection *connection)
{
    if (is_fixed(connection) || connection->closing) {
        return;
    }
    me_connection_drop_data(connection);
    connection->closing = true;
    connection->owes_credit = false;
    connection->owes_notification = false;
    connection->owes_disconnect = true;
}

const SwmeContext *me_connection_context(const MeConnection *connection)
{
    return connection->client->bus->context;
}

/* ---- from the host ---- */

static void deliver(MeConnection *connection, const uint8_t *data, size_t size)
{
    MeClient *client = connection->client;

    client->bus->stats->messages_in++;
    if (G_UNLIKELY(client->bus->trace)) {
        me_bus_trace(client->bus, SWME_TRACE_MESSAGE_IN, client->class->name, client->me_addr,
                     connection->host_addr, data, size);
    }
    client->class->message(connection, data, size);
    if (!is_fixed(connection) && !connection->closing) {
        connection->owes_credit = true;
    }
}

static void message_complete(MeConnection *connection)
{
    MeClient *client = connection->client;
    MeInboxItem *item;

    connection->rx_open = false;
    if (client->latency_ns == 0) {
        /* Handed on as its own buffer: the client may close the connection, which empties rx. */
        GByteArray *message = connection->rx;

        connection->rx = g_byte_array_new();
        deliver(connection, message->data, message->len);
        g_byte_array_unref(message);
        return;
    }
    if (connection->inbox.length >= ME_INBOX_MAX) {
        client->bus->stats->replies_dropped++;
        me_bus_note(client->bus, "message dropped: too many wait for the client");
        g_byte_array_set_size(connection->rx, 0);
        return;
    }
    item = g_new0(MeInboxItem, 1);
    item->due_ns = client->bus->clock->now(client->bus->clock) + client->latency_ns;
    item->message = g_bytes_new(connection->rx->data, connection->rx->len);
    g_byte_array_set_size(connection->rx, 0);
    g_queue_push_tail(&connection->inbox, item);
}

/* The first fragment of a message spends the host's credit. False: it had none. */
static bool take_credit(MeConnection *connection)
{
    if (is_fixed(connection)) {
        return true;
    }
    if (connection->rx_credits == 0) {
        connection->client->bus->stats->no_credit++;
        me_bus_note(connection->client->bus, "connection closed: data without a credit");
        return false;
    }
    connection->rx_credits--;
    return true;
}

void me_connection_receive(MeConnection *connection, const uint8_t *data, size_t size,
                           bool complete)
{
    MeClient *client = connection->client;

    if (connection->closing) {
        return; /* sent before the host saw our DISCONNECT */
    }
    if (!connection->rx_open) {
        if (!take_credit(connection)) {
            me_connection_close(connection);
            return;
        }
        connection->rx_open = true;
        connection->rx_discard = false;
    }
    if (!connection->rx_discard && size > client->class->max_length - connection->rx->len) {
        client->bus->stats->too_long++;
        me_bus_note(client->bus, "message over the client's limit");
        if (!is_fixed(connection)) {
            me_connection_close(connection);
            return;
        }
        connection->rx_discard = true;
        g_byte_array_set_size(connection->rx, 0);
    }
    if (!connection->rx_discard) {
        g_byte_array_append(connection->rx, data, (guint)size);
    }
    if (!complete) {
        return;
    }
    if (connection->rx_discard) {
        connection->rx_open = false;
        connection->rx_discard = false;
        return;
    }
    message_complete(connection);
}

void me_connection_deliver_due(MeConnection *connection, int64_t now_ns)
{
    MeInboxItem *item;

    while ((item = g_queue_peek_head(&connection->inbox)) && item->due_ns <= now_ns) {
        gsize size;
        const uint8_t *data = g_bytes_get_data(item->message, &size);

        g_queue_pop_head(&connection->inbox);
        deliver(connection, data, size);
        inbox_item_free(item);
    }
}

/* ---- to the host ---- */

void me_connection_send(MeConnection *connection, const void *data, size_t size)
{
    MeClient *client = connection->client;
    MeBus *bus = client->bus;

    g_assert(size <= client->class->max_length);
    if (connection->closing) {
        return;
    }
    if (connection->tx.length >= ME_TX_MAX) {
        bus->stats->replies_dropped++;
        me_bus_note(bus, "the host takes no messages");
        me_connection_close(connection);
        return;
    }
    bus->stats->messages_out++;
    if (G_UNLIKELY(bus->trace)) {
        me_bus_trace(bus, SWME_TRACE_MESSAGE_OUT, client->class->name, client->me_addr,
                     connection->host_addr, data, size);
    }
    g_queue_push_tail(&connection->tx, g_bytes_new(data, size));
    bus->kicked = true;
}

bool me_connection_may_transmit(const MeConnection *connection)
{
    return connection->tx.length != 0 &&
           (is_fixed(connection) || connection->tx_open || connection->tx_credits != 0);
}

/*
 * The largest payload of a packet: whole slots below the length field's 511 bytes, and no more than
 * an empty buffer takes beside the header.
 */
static size_t payload_max(const MeBus *bus)
{
    size_t ring = (bus->context->platform->me_depth - 1u) * HECI_SLOT_SIZE;

    return MIN(ring, MEI_HDR_LENGTH_MAX & ~(HECI_SLOT_SIZE - 1u));
}

bool me_connection_transmit(MeConnection *connection)
{
    MeClient *client = connection->client;
    MeBus *bus = client->bus;
    uint8_t packet[MEI_PACKET_MAX];
    const uint8_t *data;
    size_t size, part;
    bool complete;

    if (!me_connection_may_transmit(connection)) {
        return false;
    }
    data = g_bytes_get_data(g_queue_peek_head(&connection->tx), &size);
    part = MIN(size - connection->tx_sent, payload_max(bus));
    complete = connection->tx_sent + part == size;
    swme_put_le32(packet,
                  mei_hdr(client->me_addr, connection->host_addr, (uint16_t)part, complete));
    if (part) {
        memcpy(packet + MEI_HEADER_SIZE, data + connection->tx_sent, part);
    }
    if (!bus->device->send(bus->device_opaque, packet, MEI_HEADER_SIZE + part)) {
        return false;
    }
    bus->stats->packets_out++;
    if (G_UNLIKELY(bus->trace)) {
        me_bus_trace(bus, SWME_TRACE_PACKET_OUT, client->class->name, client->me_addr,
                     connection->host_addr, packet, MEI_HEADER_SIZE + part);
    }
    if (!connection->tx_open && !is_fixed(connection)) {
        connection->tx_credits--;
    }
    connection->tx_open = !complete;
    connection->tx_sent = complete ? 0 : connection->tx_sent + part;
    if (complete) {
        g_bytes_unref(g_queue_pop_head(&connection->tx));
    }
    return true;
}
