/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bus as a GVariant and back. Saved state comes from a file or another machine and is trusted
 * no more than a guest is: each bound that holds while running is checked on the way in.
 */
#include <string.h>

#include "firmware-sim/bus/bus.h"
#include "firmware-sim/error.h"

static GVariant *bytes_variant(const void *data, size_t size)
{
    return g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, data, size, 1);
}

static GVariant *save_inbox(const MeConnection *connection, int64_t now)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("a(xyay)"));
    for (GList *l = connection->inbox.head; l; l = l->next) {
        const MeInboxItem *item = l->data;
        gsize size;
        const void *data = g_bytes_get_data(item->message, &size);

        g_variant_builder_add(&builder, "(xy@ay)", item->due_ns - now, item->vtag,
                              bytes_variant(data, size));
    }
    return g_variant_builder_end(&builder);
}

static GVariant *save_tx(const MeConnection *connection)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("a(yay)"));
    for (GList *l = connection->tx.head; l; l = l->next) {
        const MeTxItem *item = l->data;
        gsize size;
        const void *data = g_bytes_get_data(item->message, &size);

        g_variant_builder_add(&builder, "(y@ay)", item->vtag, bytes_variant(data, size));
    }
    return g_variant_builder_end(&builder);
}

static GVariant *save_connection(const MeConnection *c, int64_t now)
{
    return g_variant_new("(yybbb@aybyyy@a(xyay)@a(yay)tbubbb)", c->client->me_addr, c->host_addr,
                         c->closing, c->notify, c->rx_open, bytes_variant(c->rx->data, c->rx->len),
                         c->rx_discard, c->rx_credits, c->rx_vtag, c->vtag, save_inbox(c, now),
                         save_tx(c), (guint64)c->tx_sent, c->tx_open, c->tx_credits, c->owes_credit,
                         c->owes_disconnect, c->owes_notification);
}

GVariant *me_bus_save(const MeBus *bus)
{
    int64_t now = bus->clock->now(bus->clock);
    GVariantBuilder clients, connections, control;

    g_variant_builder_init(&clients, G_VARIANT_TYPE("a(ybbay)"));
    for (unsigned int i = 0; i < bus->client_end; i++) {
        const MeClient *client = bus->clients[i];

        if (client) {
            g_variant_builder_add(&clients, "(ybb@ay)", (guchar)i, client->present,
                                  client->owes_add,
                                  bytes_variant(client->state, client->class->state_size));
        }
    }
    g_variant_builder_init(&connections, G_VARIANT_TYPE("a" ME_BUS_CONNECTION_TYPE));
    for (unsigned int i = 0; i < bus->client_end; i++) {
        if (bus->clients[i] && bus->clients[i]->fixed) {
            g_variant_builder_add_value(&connections, save_connection(bus->clients[i]->fixed, now));
        }
    }
    for (GList *l = bus->connections.head; l; l = l->next) {
        g_variant_builder_add_value(&connections, save_connection(l->data, now));
    }
    g_variant_builder_init(&control, G_VARIANT_TYPE("aay"));
    for (unsigned int i = 0; i < bus->control_count; i++) {
        const MeControlMessage *m = &bus->control[(bus->control_head + i) % ME_CONTROL_MAX];

        g_variant_builder_add_value(&control, bytes_variant(m->data, m->size));
    }
    return g_variant_new(
        "(byyybbbb@" ME_DMA_STATE_TYPE "@a(ybbay)@a" ME_BUS_CONNECTION_TYPE "@aay)", bus->started,
        bus->major, bus->minor, bus->capabilities, bus->enumerated, bus->allow_add, bus->isolated,
        bus->exit_asked, me_dma_save(&bus->dma), g_variant_builder_end(&clients),
        g_variant_builder_end(&connections), g_variant_builder_end(&control));
}

static bool refuse(GError **error, const char *what)
{
    g_set_error(error, SWME_ERROR, SWME_ERROR_STATE, "saved firmware state refused: %s", what);
    return false;
}

static GBytes *variant_bytes(GVariant *variant)
{
    gsize size;
    const void *data = g_variant_get_fixed_array(variant, &size, 1);

    return g_bytes_new(data, size);
}

/* Also of a client that is absent: it may come back before all of them are told. */
static bool is_taken(const MeClient *client, uint8_t host_addr)
{
    for (GList *l = client->bus->connections.head; l; l = l->next) {
        const MeConnection *connection = l->data;

        if (connection->client == client && connection->host_addr == host_addr) {
            return true;
        }
    }
    return false;
}

/* The connection that a saved one becomes: a new one, or the fixed client's own. NULL: refused. */
static MeConnection *target_connection(MeBus *bus, uint8_t me_addr, uint8_t host_addr)
{
    MeClient *client = bus->clients[me_addr];

    if (!client) {
        return NULL;
    }
    if (client->fixed) {
        return host_addr == 0 ? client->fixed : NULL;
    }
    if (host_addr == 0 || is_taken(client, host_addr)) {
        return NULL;
    }
    return me_connection_open(client, host_addr);
}

/* A tag that was never agreed on would make the host reset the link. */
static bool vtag_possible(const MeConnection *connection, uint8_t vtag)
{
    const MeClient *client = connection->client;

    return vtag == 0 || (client->class->vtag && (client->bus->capabilities & HBM_CAP_VTAG));
}

static bool load_inbox(MeConnection *connection, GVariant *inbox, int64_t now)
{
    GVariantIter iter;
    gint64 in_ns;
    guint8 vtag;
    GVariant *bytes;

    g_variant_iter_init(&iter, inbox);
    while (g_variant_iter_next(&iter, "(xy@ay)", &in_ns, &vtag, &bytes)) {
        MeInboxItem *item = g_new0(MeInboxItem, 1);

        /* A time that has passed is as good as now; a far one would overflow the clock. */
        item->due_ns = now + CLAMP(in_ns, 0, SWME_LATENCY_MAX_NS);
        item->vtag = vtag;
        item->message = variant_bytes(bytes);
        g_variant_unref(bytes);
        g_queue_push_tail(&connection->inbox, item);
        if (g_bytes_get_size(item->message) > connection->client->class->max_length ||
            !vtag_possible(connection, vtag)) {
            return false;
        }
    }
    return connection->inbox.length <= ME_INBOX_MAX;
}

static bool load_tx(MeConnection *connection, GVariant *tx)
{
    GVariantIter iter;
    GVariant *bytes;
    guint8 vtag;
    size_t head = 0;

    g_variant_iter_init(&iter, tx);
    while (g_variant_iter_next(&iter, "(y@ay)", &vtag, &bytes)) {
        MeTxItem *item = g_new0(MeTxItem, 1);

        item->vtag = vtag;
        item->message = variant_bytes(bytes);
        g_variant_unref(bytes);
        g_queue_push_tail(&connection->tx, item);
        if (g_bytes_get_size(item->message) > connection->client->class->max_length ||
            !vtag_possible(connection, vtag)) {
            return false;
        }
    }
    if (connection->tx.length) {
        head = g_bytes_get_size(((MeTxItem *)g_queue_peek_head(&connection->tx))->message);
    }
    return connection->tx.length <= ME_TX_MAX && connection->tx_open == (connection->tx_sent > 0) &&
           (connection->tx_sent == 0 || connection->tx_sent < head);
}

static bool load_connection(MeBus *bus, GVariant *variant, int64_t now)
{
    g_autoptr(GVariant) rx = NULL, inbox = NULL, tx = NULL;
    guint8 me_addr, host_addr, rx_credits, rx_vtag, vtag;
    gboolean closing, notify, rx_open, rx_discard, tx_open, credit, disconnect, notification;
    guint64 tx_sent;
    guint32 tx_credits;
    gsize rx_size;
    const void *rx_data;
    MeConnection *c;

    g_variant_get(variant, "(yybbb@aybyyy@a(xyay)@a(yay)tbubbb)", &me_addr, &host_addr, &closing,
                  &notify, &rx_open, &rx, &rx_discard, &rx_credits, &rx_vtag, &vtag, &inbox, &tx,
                  &tx_sent, &tx_open, &tx_credits, &credit, &disconnect, &notification);
    c = target_connection(bus, me_addr, host_addr);
    rx_data = g_variant_get_fixed_array(rx, &rx_size, 1);
    if (!c || rx_size > c->client->class->max_length || tx_credits > ME_CREDIT_MAX ||
        (c->client->fixed &&
         (closing || notify || rx_credits || tx_credits || credit || disconnect || notification))) {
        return false;
    }
    c->closing = closing;
    c->notify = notify;
    c->rx_open = rx_open;
    c->rx_discard = rx_discard;
    c->rx_credits = rx_credits;
    c->rx_vtag = rx_vtag;
    c->vtag = vtag;
    c->tx_sent = tx_sent;
    c->tx_open = tx_open;
    c->tx_credits = tx_credits;
    c->owes_credit = credit;
    c->owes_disconnect = disconnect;
    c->owes_notification = notification;
    g_byte_array_append(c->rx, rx_data, (guint)rx_size);
    if (!vtag_possible(c, rx_vtag) || !vtag_possible(c, vtag) || !load_inbox(c, inbox, now) ||
        !load_tx(c, tx) ||
        !(c->client->fixed || closing ||
          me_connection_count(c->client) <= c->client->class->max_connections)) {
        return false;
    }
    if (c->client->class->ends_on_restore) {
        me_connection_close(c);
    }
    return true;
}

static bool load_control(MeBus *bus, GVariant *control)
{
    GVariantIter iter;
    GVariant *bytes;
    bool good = true;

    g_variant_iter_init(&iter, control);
    while (good && (bytes = g_variant_iter_next_value(&iter))) {
        gsize size;
        const void *data = g_variant_get_fixed_array(bytes, &size, 1);

        good = size > 0 && size <= HBM_FIRMWARE_MESSAGE_MAX && me_hbm_send(bus, data, size);
        g_variant_unref(bytes);
    }
    return good;
}

/* NULL: not what a client of that class keeps. */
static const uint8_t *client_state(const MeClientClass *class, GVariant *kept)
{
    gsize size;
    const uint8_t *data = g_variant_get_fixed_array(kept, &size, 1);

    if (size != class->state_size) {
        return NULL;
    }
    if (size == 0) {
        return (const uint8_t *)"";
    }
    return class->state_good(data) ? data : NULL;
}

static bool load_clients(MeBus *bus, GVariant *clients)
{
    GVariantIter iter;
    GVariant *kept;
    guchar address;
    gboolean present, owes_add;

    g_variant_iter_init(&iter, clients);
    while (g_variant_iter_next(&iter, "(ybb@ay)", &address, &present, &owes_add, &kept)) {
        MeClient *client = bus->clients[address];
        bool good =
            client && !(client->fixed && !present) && client_state(client->class, kept) != NULL;

        g_variant_unref(kept);
        if (!good) {
            return false;
        }
        client->present = present;
        client->owes_add = owes_add && present;
        bus->adds_owed |= client->owes_add;
    }
    return true;
}

/* What clients keep, once all else is known to be good. */
static void take_client_states(MeBus *bus, GVariant *clients)
{
    GVariantIter iter;
    GVariant *kept;
    guchar address;

    g_variant_iter_init(&iter, clients);
    while (g_variant_iter_next(&iter, "(ybb@ay)", &address, NULL, NULL, &kept)) {
        MeClient *client = bus->clients[address];

        if (client->class->state_size) {
            memcpy(client->state, client_state(client->class, kept), client->class->state_size);
        }
        g_variant_unref(kept);
    }
}

static bool load_connections(MeBus *bus, GVariant *connections)
{
    int64_t now = bus->clock->now(bus->clock);
    GVariantIter iter;
    GVariant *connection;
    bool good = true;

    g_variant_iter_init(&iter, connections);
    while (good && (connection = g_variant_iter_next_value(&iter))) {
        good = load_connection(bus, connection, now);
        g_variant_unref(connection);
    }
    return good;
}

static bool load_all(MeBus *bus, GVariant *state, GError **error)
{
    g_autoptr(GVariant) dma = NULL, clients = NULL, connections = NULL, control = NULL;
    gboolean started, enumerated, allow_add, isolated, exit_asked;

    g_variant_get(state,
                  "(byyybbbb@" ME_DMA_STATE_TYPE "@a(ybbay)@a" ME_BUS_CONNECTION_TYPE "@aay)",
                  &started, &bus->major, &bus->minor, &bus->capabilities, &enumerated, &allow_add,
                  &isolated, &exit_asked, &dma, &clients, &connections, &control);
    bus->started = started;
    bus->enumerated = enumerated;
    bus->allow_add = allow_add;
    bus->isolated = isolated;
    bus->exit_asked = exit_asked;
    if (bus->major > HBM_MAJOR_MAX || (bus->capabilities & ~(HBM_CAP_VTAG | HBM_CAP_CLIENT_DMA))) {
        return refuse(error, "a version of the bus protocol that does not exist");
    }
    if (!me_dma_load(&bus->dma, dma)) {
        return refuse(error, "a DMA ring that this firmware would not have taken");
    }
    if (!load_clients(bus, clients)) {
        return refuse(error, "an ME client that this firmware does not have");
    }
    if (!load_connections(bus, connections)) {
        return refuse(error, "a connection that this firmware cannot have");
    }
    if (!load_control(bus, control)) {
        return refuse(error, "a host bus message that is too long");
    }
    take_client_states(bus, clients);
    return true;
}

bool me_bus_owes_disconnect(const MeBus *bus)
{
    for (GList *l = bus->connections.head; l; l = l->next) {
        if (((MeConnection *)l->data)->owes_disconnect) {
            return true;
        }
    }
    return false;
}

bool me_bus_load(MeBus *bus, GVariant *state, GError **error)
{
    bool present[ME_CLIENT_ADDRESSES] = {false};

    for (unsigned int i = 0; i < bus->client_end; i++) {
        present[i] = bus->clients[i] && bus->clients[i]->present;
    }
    if (load_all(bus, state, error)) {
        return true;
    }
    me_bus_reset(bus);
    for (unsigned int i = 0; i < bus->client_end; i++) {
        if (bus->clients[i]) {
            bus->clients[i]->present = present[i];
        }
    }
    return false;
}
