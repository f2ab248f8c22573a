/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections: credits, fragments, and the queues both ways. */
#include "firmware-sim/bus/bus.h"

#include <string.h>

#include <swme/bytes.h>
#include <swme/dma-ring.h>

static void inbox_item_free(gpointer data)
{
    MeInboxItem *item = data;

    g_bytes_unref(item->message);
    g_free(item);
}

static void tx_item_free(gpointer data)
{
    MeTxItem *item = data;

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
    g_queue_clear_full(&connection->tx, tx_item_free);
    g_byte_array_set_size(connection->rx, 0);
    connection->rx_open = false;
    connection->rx_discard = false;
    connection->rx_vtag = 0;
    connection->vtag = 0;
    connection->tx_sent = 0;
    connection->tx_open = false;
}

/* The caller has taken it off bus->connections. */
void me_connection_free(MeConnection *connection)
{
    if (connection->client->class->closed) {
        connection->client->class->closed(connection);
    }
    me_connection_drop_data(connection);
    g_byte_array_unref(connection->rx);
    g_free(connection);
}

MeConnection *me_connection_find(const MeBus *bus, uint8_t me_addr, uint8_t host_addr)
{
    MeClient *client = bus->clients[me_addr];

    if (!client || !client->present) {
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

uint8_t me_connection_host(const MeConnection *connection)
{
    return connection->host_addr;
}

uint8_t *me_connection_state(MeConnection *connection)
{
    return connection->client->state;
}

const uint8_t *me_connection_other_state(const MeConnection *connection, const MeClientClass *class)
{
    const MeBus *bus = connection->client->bus;

    for (unsigned int i = 0; i < bus->client_end; i++) {
        if (bus->clients[i] && bus->clients[i]->class == class) {
            return bus->clients[i]->state;
        }
    }
    return NULL;
}

/* ---- secrets ---- */

size_t me_client_shown(const MeClient *client, const uint8_t *data, size_t size)
{
    return client->class->shown ? client->class->shown(data, size) : SIZE_MAX;
}

static void trace_message(const MeConnection *connection, SwmeTraceKind kind, const uint8_t *data,
                          size_t size)
{
    const MeClient *client = connection->client;

    me_bus_trace_veiled(client->bus, kind, client->class->name, client->me_addr,
                        connection->host_addr, data, size, me_client_shown(client, data, size));
}

/* Of a message's bytes from the one at passed on. */
static size_t shown_behind(size_t shown, size_t passed)
{
    return shown == SIZE_MAX ? SIZE_MAX : shown - MIN(shown, passed);
}

size_t me_connection_shown(const MeBus *bus, uint8_t me_addr, uint8_t host_addr,
                           const MePayload *payload)
{
    const MeClient *client = bus->clients[me_addr];
    const MeConnection *connection = me_connection_find(bus, me_addr, host_addr);

    if (!client || !client->class->shown) {
        return SIZE_MAX;
    }
    if (!payload || !connection) {
        return 0;
    }
    /* A message is judged by how it begins, which the packets after the first do not show. */
    if (connection->rx_open) {
        return shown_behind(me_client_shown(client, connection->rx->data, connection->rx->len),
                            connection->rx->len);
    }
    /* What the DMA ring holds is judged as a message, once that is whole. */
    if (!payload->data) {
        return payload->complete ? SIZE_MAX : 0;
    }
    return me_client_shown(client, payload->data, payload->size);
}

/* ---- from the host ---- */

static void deliver(MeConnection *connection, uint8_t vtag, GBytes *message)
{
    MeClient *client = connection->client;
    gsize size;
    const uint8_t *data = g_bytes_get_data(message, &size);

    connection->vtag = vtag;
    client->bus->stats->messages_in++;
    if (G_UNLIKELY(client->bus->trace)) {
        trace_message(connection, SWME_TRACE_MESSAGE_IN, data, size);
    }
    connection->message = message;
    client->class->message(connection, data, size);
    connection->message = NULL;
    if (!is_fixed(connection) && !connection->closing) {
        connection->owes_credit = true;
    }
}

/* As a buffer of its own: the client may keep it, or close the connection, which empties rx. */
static GBytes *take_rx(MeConnection *connection)
{
    GByteArray *message = connection->rx;

    connection->rx = g_byte_array_new();
    return g_byte_array_free_to_bytes(message);
}

static void message_complete(MeConnection *connection)
{
    MeClient *client = connection->client;
    MeInboxItem *item;

    connection->rx_open = false;
    if (client->latency_ns == 0) {
        g_autoptr(GBytes) message = take_rx(connection);

        deliver(connection, connection->rx_vtag, message);
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
    item->vtag = connection->rx_vtag;
    item->message = take_rx(connection);
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

/* Room for size more bytes of the message that is arriving; NULL: it becomes too long. */
static uint8_t *extend_message(MeConnection *connection, size_t size)
{
    GByteArray *rx = connection->rx;
    guint at = rx->len;

    if (size > connection->client->class->max_length - at) {
        return NULL;
    }
    g_byte_array_set_size(rx, at + (guint)size);
    return rx->data + at;
}

/* The message is too long: a connection is closed, a fixed-address client is left the rest. */
static void too_long(MeConnection *connection)
{
    connection->client->bus->stats->too_long++;
    me_bus_note(connection->client->bus, "message over the client's limit");
    if (is_fixed(connection)) {
        connection->rx_discard = true;
        g_byte_array_set_size(connection->rx, 0);
    } else {
        me_connection_close(connection);
    }
}

/* False: the connection is closed. */
static bool open_message(MeConnection *connection, uint8_t vtag)
{
    if (connection->rx_open) {
        return true;
    }
    if (!take_credit(connection)) {
        me_connection_close(connection);
        return false;
    }
    connection->rx_open = true;
    connection->rx_discard = false;
    connection->rx_vtag = vtag; /* only the first fragment has it */
    return true;
}

/* Appends a packet's bytes to the message. False: they were left in the DMA ring. */
static bool append_payload(MeConnection *connection, const MePayload *payload)
{
    uint8_t *to;

    if (connection->rx_discard || payload->size == 0) {
        return false;
    }
    to = extend_message(connection, payload->size);
    if (!to) {
        too_long(connection);
        return false;
    }
    if (!payload->data) {
        return me_dma_receive(connection->client->bus, to, payload->size);
    }
    memcpy(to, payload->data, payload->size);
    return true;
}

bool me_connection_receive(MeConnection *connection, const MePayload *payload)
{
    bool taken;

    /* While closing: sent before the host saw our DISCONNECT. */
    if (connection->closing || !open_message(connection, payload->vtag)) {
        return false;
    }
    taken = append_payload(connection, payload);
    if (!payload->complete || connection->closing || connection->client->bus->broken) {
        return taken;
    }
    if (connection->rx_discard) {
        connection->rx_open = false;
        connection->rx_discard = false;
    } else {
        message_complete(connection);
    }
    return taken;
}

void me_connection_deliver_due(MeConnection *connection, int64_t now_ns)
{
    MeInboxItem *item;

    while ((item = g_queue_peek_head(&connection->inbox)) && item->due_ns <= now_ns) {
        g_queue_pop_head(&connection->inbox);
        deliver(connection, item->vtag, item->message);
        inbox_item_free(item);
    }
}

/* ---- to the host ---- */

void me_connection_send(MeConnection *connection, const void *data, size_t size)
{
    me_connection_send_bytes(connection, g_bytes_new(data, size));
}

void me_connection_send_bytes(MeConnection *connection, GBytes *message)
{
    MeClient *client = connection->client;
    MeBus *bus = client->bus;
    MeTxItem *item;
    gsize size;
    const void *data = g_bytes_get_data(message, &size);

    g_assert(size <= client->class->max_length);
    if (connection->closing) {
        g_bytes_unref(message);
        return;
    }
    if (connection->tx.length >= ME_TX_MAX) {
        bus->stats->replies_dropped++;
        me_bus_note(bus, "the host takes no messages");
        me_connection_close(connection);
        g_bytes_unref(message);
        return;
    }
    bus->stats->messages_out++;
    if (G_UNLIKELY(bus->trace)) {
        trace_message(connection, SWME_TRACE_MESSAGE_OUT, data, size);
    }
    item = g_new0(MeTxItem, 1);
    item->vtag = connection->vtag;
    item->message = message;
    g_queue_push_tail(&connection->tx, item);
}

unsigned int me_connection_waiting(const MeConnection *connection)
{
    return connection->tx.length;
}

bool me_connection_is_open(const MeConnection *connection)
{
    return !connection->closing;
}

void me_connection_kick(MeConnection *connection)
{
    const MeBus *bus = connection->client->bus;

    if (bus->kick) {
        bus->kick(bus->kick_opaque);
    }
}

GBytes *me_connection_message(const MeConnection *connection)
{
    return connection->message;
}

void me_connection_hold(MeConnection *connection, bool hold)
{
    connection->held = hold;
}

void me_connection_end(MeConnection *connection)
{
    me_connection_close(connection);
}

void me_connection_set_data(MeConnection *connection, void *data)
{
    connection->data = data;
}

void *me_connection_data(const MeConnection *connection)
{
    return connection->data;
}

SwmeClock *me_connection_clock(const MeConnection *connection)
{
    return connection->client->bus->clock;
}

void me_connection_note(const MeConnection *connection, const char *text)
{
    me_bus_note(connection->client->bus, text);
}

void me_connection_ignore(MeConnection *connection)
{
    MeBus *bus = connection->client->bus;

    bus->stats->unanswered++;
    me_bus_note(bus, "message taken: its client answers nothing");
}

void me_connection_notify(MeConnection *connection)
{
    connection->owes_notification = connection->notify && !connection->closing;
}

bool me_connection_may_transmit(const MeConnection *connection)
{
    return connection->tx.length != 0 &&
           (is_fixed(connection) || connection->tx_open || connection->tx_credits != 0);
}

/* Bytes of data that fit into a packet beside that much of extensions. */
static size_t payload_max(const MeBus *bus, size_t extensions)
{
    size_t ring = (bus->context->platform->me_depth - 1u) * HECI_SLOT_SIZE;
    /* Whole slots below the length field's 511, and no more than an empty buffer takes. */
    size_t most = MIN(ring, MEI_HDR_LENGTH_MAX & ~(HECI_SLOT_SIZE - 1u));

    return most - MIN(extensions, most);
}

/* Writes the extension list, if any, behind the header. Returns its size. */
static size_t put_extensions(uint8_t *packet, uint8_t vtag)
{
    uint8_t *meta = packet + MEI_HEADER_SIZE;

    if (vtag == 0) {
        return 0;
    }
    memset(meta, 0, MEI_EXT_META_SIZE + MEI_EXT_VTAG_SIZE);
    meta[MEI_EXT_META_COUNT] = 1;
    meta[MEI_EXT_META_DWORDS] = MEI_EXT_VTAG_SIZE / 4;
    meta[MEI_EXT_META_SIZE] = MEI_EXT_VTAG;
    meta[MEI_EXT_META_SIZE + 1] = MEI_EXT_VTAG_SIZE / 4;
    meta[MEI_EXT_META_SIZE + 2] = vtag;
    return MEI_EXT_META_SIZE + MEI_EXT_VTAG_SIZE;
}

static bool send_packet(MeConnection *connection, uint8_t *packet, uint32_t flags, size_t length,
                        bool complete)
{
    MeClient *client = connection->client;
    MeBus *bus = client->bus;
    uint32_t header =
        mei_hdr(client->me_addr, connection->host_addr, (uint16_t)length, complete) | flags;

    swme_put_le32(packet, header);
    if (!bus->device->send(bus->device_opaque, packet, MEI_HEADER_SIZE + length)) {
        return false;
    }
    bus->stats->packets_out++;
    if (G_UNLIKELY(bus->trace)) {
        gsize whole;
        const uint8_t *message =
            g_bytes_get_data(((MeTxItem *)g_queue_peek_head(&connection->tx))->message, &whole);
        size_t shown = shown_behind(me_client_shown(client, message, whole), connection->tx_sent);

        me_bus_trace_veiled(bus, SWME_TRACE_PACKET_OUT, client->class->name, client->me_addr,
                            connection->host_addr, packet, MEI_HEADER_SIZE + length,
                            MEI_HEADER_SIZE + MIN(shown, length));
    }
    return true;
}

/* part more bytes of the head have left. */
static void head_sent(MeConnection *connection, size_t part, bool complete)
{
    if (!connection->tx_open && !is_fixed(connection)) {
        connection->tx_credits--;
    }
    connection->tx_open = !complete;
    connection->tx_sent = complete ? 0 : connection->tx_sent + part;
    if (complete) {
        tx_item_free(g_queue_pop_head(&connection->tx));
        if (connection->client->class->sent) {
            connection->client->class->sent(connection);
        }
    }
}

/* The head as a whole through the DMA ring, with a packet that says so. */
static bool transmit_dma(MeConnection *connection, const uint8_t *data, size_t size, uint8_t vtag)
{
    MeBus *bus = connection->client->bus;
    uint8_t packet[MEI_PACKET_MAX];
    size_t extensions = put_extensions(packet, vtag);
    uint32_t flags = MEI_HDR_DMA_RING | (extensions ? MEI_HDR_EXTENDED : 0);

    /* The counter moves once the packet is out: until the buffer has room for it, nothing happened.
     */
    if (!me_dma_write(bus, data, size)) {
        return false;
    }
    swme_put_le32(packet + MEI_HEADER_SIZE + extensions, (uint32_t)size);
    if (!send_packet(connection, packet, flags, extensions + DMA_RING_LENGTH_SIZE, true)) {
        return false;
    }
    me_dma_commit(bus, size);
    head_sent(connection, size, true);
    return true;
}

/* As much of the head as one packet takes. */
static bool transmit_window(MeConnection *connection, const uint8_t *data, size_t size,
                            uint8_t vtag)
{
    uint8_t packet[MEI_PACKET_MAX];
    size_t extensions = connection->tx_open ? 0 : put_extensions(packet, vtag);
    size_t part = MIN(size - connection->tx_sent, payload_max(connection->client->bus, extensions));
    bool complete = connection->tx_sent + part == size;

    if (part) {
        memcpy(packet + MEI_HEADER_SIZE + extensions, data + connection->tx_sent, part);
    }
    if (!send_packet(connection, packet, extensions ? MEI_HDR_EXTENDED : 0, extensions + part,
                     complete)) {
        return false;
    }
    head_sent(connection, part, complete);
    return true;
}

bool me_connection_transmit(MeConnection *connection)
{
    MeBus *bus = connection->client->bus;
    const MeTxItem *item;
    const uint8_t *data;
    size_t size;

    if (bus->broken || !me_connection_may_transmit(connection)) {
        return false;
    }
    item = g_queue_peek_head(&connection->tx);
    data = g_bytes_get_data(item->message, &size);
    if (bus->dma.active && !connection->tx_open && size > payload_max(bus, 0) &&
        me_dma_has_room(bus, size)) {
        return transmit_dma(connection, data, size, item->vtag);
    }
    return !bus->broken && transmit_window(connection, data, size, item->vtag);
}
