/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Host bus messages, the firmware's side. What the driver accepts and when: Linux
 * drivers/misc/mei/hbm.c, mei_hbm_dispatch. An answer is sent once, in full, and only to a
 * question; anything else makes the driver reset the link.
 */
#include "firmware-sim/bus/bus.h"

#include <string.h>

#include <swme/bytes.h>

typedef struct HbmCommand {
    uint8_t command; /* as it arrives: response bit included */
    uint8_t size;    /* least size */
    uint8_t major;   /* least version in force */
    uint8_t minor;
    bool before_start;
    void (*handle)(MeBus *bus, const uint8_t *data);
} HbmCommand;

bool me_hbm_send(MeBus *bus, const uint8_t *data, size_t size)
{
    MeControlMessage *message;

    if (bus->control_count == ME_CONTROL_MAX) {
        return false;
    }
    message = &bus->control[(bus->control_head + bus->control_count) % ME_CONTROL_MAX];
    message->size = (uint8_t)size;
    memcpy(message->data, data, size);
    bus->control_count++;
    return true;
}

/* For answers: the bus takes no packet off the ring unless its answers have room. */
static void answer(MeBus *bus, const uint8_t *data, size_t size)
{
    bool queued = me_hbm_send(bus, data, size);

    g_assert(queued);
}

static bool version_at_least(const MeBus *bus, uint8_t major, uint8_t minor)
{
    return bus->major > major || (bus->major == major && bus->minor >= minor);
}

/* ---- the link ---- */

static void start(MeBus *bus, const uint8_t *data)
{
    const SwmePlatform *platform = bus->context->platform;
    uint8_t host_major = data[HBM_START_REQ_MAJOR];
    uint8_t host_minor = data[HBM_START_REQ_MINOR];
    bool supported = host_major < platform->hbm_major ||
                     (host_major == platform->hbm_major && host_minor <= platform->hbm_minor);
    uint8_t response[HBM_START_SIZE] = {HBM_START | HBM_RESPONSE};

    /* A host that starts anew has forgotten its connections. */
    me_bus_reset(bus);
    bus->started = true;
    bus->major = supported ? host_major : platform->hbm_major;
    bus->minor = supported ? host_minor : platform->hbm_minor;
    response[HBM_START_RES_SUPPORTED] = supported;
    response[HBM_START_RES_MINOR] = platform->hbm_minor;
    response[HBM_START_RES_MAJOR] = platform->hbm_major;
    answer(bus, response, sizeof(response));
}

static void host_stop(MeBus *bus, const uint8_t *data)
{
    static const uint8_t response[HBM_STOP_SIZE] = {HBM_HOST_STOP | HBM_RESPONSE};

    (void)data;
    me_bus_reset(bus);
    answer(bus, response, sizeof(response));
}

/* A BIOS may, before it ends POST; clients/mkhi-boot.c says when that is. Without START, as it
 * asks. */
static void bus_disable(MeBus *bus, const uint8_t *data)
{
    uint8_t response[HBM_BUS_DISABLE_SIZE] = {HBM_BUS_DISABLE | HBM_RESPONSE};

    (void)data;
    response[HBM_BUS_DISABLE_RES_STATUS] = HBM_STATUS_NOT_ALLOWED;
    answer(bus, response, sizeof(response));
}

static void capabilities(MeBus *bus, const uint8_t *data)
{
    uint8_t response[HBM_CAPABILITIES_SIZE] = {HBM_CAPABILITIES | HBM_RESPONSE};
    uint8_t granted = data[HBM_CAPABILITIES_MASK] & (HBM_CAP_VTAG | HBM_CAP_CLIENT_DMA);

    /* Until the next START what was once agreed on stays: answers with tags may be on their way. */
    bus->capabilities |= granted;
    response[HBM_CAPABILITIES_MASK] = granted;
    answer(bus, response, sizeof(response));
}

static void dma_setup(MeBus *bus, const uint8_t *data)
{
    uint8_t response[HBM_DMA_SETUP_RES_SIZE] = {HBM_DMA_SETUP | HBM_RESPONSE};

    response[HBM_DMA_SETUP_RES_STATUS] = me_dma_setup(bus, data);
    answer(bus, response, sizeof(response));
}

static void client_dma(MeBus *bus, const uint8_t *data)
{
    bool map = data[HBM_OFF_COMMAND] == HBM_CLIENT_DMA_MAP;
    uint8_t response[HBM_CLIENT_DMA_RES_SIZE] = {data[HBM_OFF_COMMAND] | HBM_RESPONSE};

    if (!(bus->capabilities & HBM_CAP_CLIENT_DMA)) {
        response[HBM_CLIENT_DMA_RES_STATUS] = HBM_STATUS_NOT_ALLOWED;
    } else {
        response[HBM_CLIENT_DMA_RES_STATUS] =
            map ? me_dma_map_client(bus, data) : me_dma_unmap_client(bus, data);
    }
    answer(bus, response, sizeof(response));
}

/* ---- enumeration ---- */

static void enumerate(MeBus *bus, const uint8_t *data)
{
    uint8_t response[HBM_ENUM_RES_SIZE] = {HBM_ENUM | HBM_RESPONSE};

    bus->enumerated = true;
    bus->allow_add = (data[HBM_ENUM_REQ_FLAGS] & HBM_ENUM_ALLOW_ADD) && version_at_least(bus, 2, 0);
    for (unsigned int i = 1; i < bus->client_end; i++) {
        if (bus->clients[i] && bus->clients[i]->present) {
            response[HBM_ENUM_RES_BITMAP + i / 8] |= (uint8_t)(1u << i % 8);
        }
    }
    answer(bus, response, sizeof(response));
}

static void put_properties(const MeClient *client, uint8_t *block)
{
    const MeClientClass *class = client->class;

    memcpy(block + HBM_PROP_GUID, class->guid.bytes, SWME_GUID_SIZE);
    block[HBM_PROP_VERSION] = class->protocol_version;
    block[HBM_PROP_MAX_CONNECTIONS] = class->max_connections;
    block[HBM_PROP_FIXED_ADDRESS] = class->fixed_address;
    /* Before HBM 2.2 the bit was reserved. */
    if (class->vtag && version_at_least(client->bus, 2, 2)) {
        block[HBM_PROP_FLAGS] = HBM_PROP_FLAG_VTAG;
    }
    swme_put_le32(block + HBM_PROP_MAX_LENGTH, class->max_length);
}

static void properties(MeBus *bus, const uint8_t *data)
{
    uint8_t me_addr = data[HBM_OFF_ME_ADDR];
    uint8_t response[HBM_PROPERTIES_RES_SIZE] = {HBM_PROPERTIES | HBM_RESPONSE};

    /* The address comes back as it was asked for: the driver goes on from the one in the answer. */
    response[HBM_OFF_ME_ADDR] = me_addr;
    if (bus->clients[me_addr] && bus->clients[me_addr]->present) {
        put_properties(bus->clients[me_addr], response + HBM_PROPERTIES_BLOCK);
    } else {
        response[HBM_PROPERTIES_RES_STATUS] = HBM_STATUS_CLIENT_NOT_FOUND;
    }
    answer(bus, response, sizeof(response));
}

static void add_client_response(MeBus *bus, const uint8_t *data)
{
    if (data[HBM_ADD_CLIENT_RES_STATUS] != HBM_STATUS_SUCCESS) {
        me_bus_note(bus, "the host could not take a new client");
    }
}

static bool send_add_client(MeBus *bus, const MeClient *client)
{
    uint8_t message[HBM_ADD_CLIENT_REQ_SIZE] = {HBM_ADD_CLIENT, client->me_addr};

    put_properties(client, message + HBM_PROPERTIES_BLOCK);
    return me_hbm_send(bus, message, sizeof(message));
}

/* ---- connections ---- */

static void remove_connection(MeBus *bus, MeConnection *connection)
{
    g_queue_remove(&bus->connections, connection);
    me_connection_free(connection);
}

static uint8_t try_connect(MeBus *bus, uint8_t me_addr, uint8_t host_addr)
{
    MeClient *client = bus->clients[me_addr];
    MeConnection *connection, *old;

    if (!client || !client->present) {
        return HBM_STATUS_CLIENT_NOT_FOUND;
    }
    if (client->fixed || host_addr == 0) {
        return HBM_STATUS_INVALID_PARAMETER;
    }
    old = me_connection_find(bus, me_addr, host_addr);
    /* Also while our DISCONNECT waits for room: the host would never learn that the pair was gone.
     */
    if (old && (!old->closing || old->owes_disconnect)) {
        return HBM_STATUS_ALREADY_EXISTS;
    }
    if (me_connection_count(client) >= client->class->max_connections) {
        return HBM_STATUS_REJECTED;
    }
    if (old) {
        remove_connection(bus, old); /* the host has given up the pair that we were closing */
    }
    connection = me_connection_open(client, host_addr);
    if (client->class->opened) {
        client->class->opened(connection);
    }
    return HBM_STATUS_SUCCESS;
}

static void connect_client(MeBus *bus, const uint8_t *data)
{
    uint8_t response[HBM_CONNECTION_SIZE] = {HBM_CONNECT | HBM_RESPONSE};

    response[HBM_OFF_ME_ADDR] = data[HBM_OFF_ME_ADDR];
    response[HBM_OFF_HOST_ADDR] = data[HBM_OFF_HOST_ADDR];
    response[HBM_CONNECTION_RES_STATUS] =
        try_connect(bus, data[HBM_OFF_ME_ADDR], data[HBM_OFF_HOST_ADDR]);
    answer(bus, response, sizeof(response));
}

/* A connection that is closing because its client went is still to be found here. */
static MeConnection *find_dynamic(MeBus *bus, const uint8_t *data)
{
    for (GList *l = bus->connections.head; l; l = l->next) {
        MeConnection *connection = l->data;

        if (connection->client->me_addr == data[HBM_OFF_ME_ADDR] &&
            connection->host_addr == data[HBM_OFF_HOST_ADDR]) {
            return connection;
        }
    }
    return NULL;
}

/*
 * Always a success, whatever the pair: with any other status the driver keeps whoever closes the
 * connection waiting for 15 s (Linux client.c), and a pair that is gone is what was asked for.
 * Replies that wait are dropped before the answer: after it they would find no connection, and the
 * driver would reset the link.
 */
static void disconnect_client(MeBus *bus, const uint8_t *data)
{
    MeConnection *connection = find_dynamic(bus, data);
    uint8_t response[HBM_CONNECTION_SIZE] = {HBM_DISCONNECT | HBM_RESPONSE};

    response[HBM_OFF_ME_ADDR] = data[HBM_OFF_ME_ADDR];
    response[HBM_OFF_HOST_ADDR] = data[HBM_OFF_HOST_ADDR];
    response[HBM_CONNECTION_RES_STATUS] = HBM_STATUS_SUCCESS;
    if (connection) {
        remove_connection(bus, connection);
    }
    answer(bus, response, sizeof(response));
}

static void disconnect_response(MeBus *bus, const uint8_t *data)
{
    MeConnection *connection = find_dynamic(bus, data);

    /* Before it was sent our DISCONNECT has no answer. */
    if (connection && connection->closing && !connection->owes_disconnect) {
        remove_connection(bus, connection);
        return;
    }
    bus->stats->bad_hbm++;
}

static void flow_control(MeBus *bus, const uint8_t *data)
{
    MeConnection *connection = find_dynamic(bus, data);

    if (!connection) {
        bus->stats->bad_hbm++;
        return;
    }
    if (!connection->closing && connection->tx_credits < ME_CREDIT_MAX) {
        connection->tx_credits++;
    }
}

static uint8_t set_notify(MeConnection *connection, bool on)
{
    if (!connection || connection->closing) {
        return HBM_STATUS_CLIENT_NOT_FOUND;
    }
    if (connection->notify == on) {
        return on ? HBM_STATUS_ALREADY_STARTED : HBM_STATUS_NOT_STARTED;
    }
    connection->notify = on;
    return HBM_STATUS_SUCCESS;
}

static void notify(MeBus *bus, const uint8_t *data)
{
    uint8_t response[HBM_NOTIFY_RES_SIZE] = {HBM_NOTIFY | HBM_RESPONSE};

    response[HBM_OFF_ME_ADDR] = data[HBM_OFF_ME_ADDR];
    response[HBM_OFF_HOST_ADDR] = data[HBM_OFF_HOST_ADDR];
    response[HBM_NOTIFY_RES_STATUS] =
        set_notify(find_dynamic(bus, data), data[HBM_NOTIFY_REQ_START] != 0);
    /* Echoed as it came: the driver picks the request that this completes by it. */
    response[HBM_NOTIFY_RES_START] = data[HBM_NOTIFY_REQ_START];
    answer(bus, response, sizeof(response));
}

/* ---- power gating ---- */

static void pg_entry(MeBus *bus, const uint8_t *data)
{
    static const uint8_t response[HBM_PG_SIZE] = {HBM_PG_ENTRY | HBM_RESPONSE};

    (void)data;
    if (bus->context->platform->power_gating == SWME_PG_NONE) {
        bus->stats->bad_hbm++;
        return;
    }
    answer(bus, response, sizeof(response));
}

static void pg_exit_response(MeBus *bus, const uint8_t *data)
{
    (void)data;
    if (!bus->exit_asked) {
        bus->stats->bad_hbm++;
        return;
    }
    bus->exit_asked = false;
    bus->isolated = false;
    bus->device->pg_exit_done(bus->device_opaque);
}

/* ---- dispatch ---- */

static const HbmCommand commands[] = {
    {HBM_START, HBM_START_SIZE, 0, 0, true, start},
    {HBM_HOST_STOP, HBM_STOP_SIZE, 0, 0, false, host_stop},
    {HBM_ENUM, HBM_ENUM_REQ_SIZE, 0, 0, false, enumerate},
    {HBM_PROPERTIES, HBM_PROPERTIES_REQ_SIZE, 0, 0, false, properties},
    {HBM_CONNECT, HBM_CONNECTION_SIZE, 0, 0, false, connect_client},
    {HBM_DISCONNECT, HBM_CONNECTION_SIZE, 0, 0, false, disconnect_client},
    {HBM_DISCONNECT | HBM_RESPONSE, HBM_CONNECTION_SIZE, 0, 0, false, disconnect_response},
    {HBM_FLOW_CONTROL, HBM_FLOW_CONTROL_SIZE, 0, 0, false, flow_control},
    {HBM_PG_ENTRY, HBM_PG_SIZE, 1, 1, false, pg_entry},
    {HBM_PG_EXIT | HBM_RESPONSE, HBM_PG_SIZE, 1, 1, false, pg_exit_response},
    {HBM_BUS_DISABLE, HBM_BUS_DISABLE_SIZE, 0, 0, true, bus_disable},
    {HBM_ADD_CLIENT | HBM_RESPONSE, HBM_ADD_CLIENT_RES_SIZE, 2, 0, false, add_client_response},
    {HBM_NOTIFY, HBM_NOTIFY_REQ_SIZE, 2, 0, false, notify},
    {HBM_DMA_SETUP, HBM_DMA_SETUP_REQ_SIZE, 2, 1, false, dma_setup},
    {HBM_CAPABILITIES, HBM_CAPABILITIES_SIZE, 2, 2, false, capabilities},
    {HBM_CLIENT_DMA_MAP, HBM_CLIENT_DMA_MAP_REQ_SIZE, 2, 2, false, client_dma},
    {HBM_CLIENT_DMA_UNMAP, HBM_CLIENT_DMA_UNMAP_REQ_SIZE, 2, 2, false, client_dma},
};

void me_hbm_message(MeBus *bus, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < G_N_ELEMENTS(commands) && size > 0; i++) {
        const HbmCommand *command = &commands[i];

        if (command->command != data[HBM_OFF_COMMAND]) {
            continue;
        }
        if (size < command->size || (!bus->started && !command->before_start) ||
            (bus->started && !version_at_least(bus, command->major, command->minor))) {
            break;
        }
        command->handle(bus, data);
        return;
    }
    bus->stats->bad_hbm++;
    me_bus_note(bus, "host bus message dropped: short, unknown or out of order");
}

/* ---- what the firmware says unasked ---- */

bool me_hbm_stop(MeBus *bus)
{
    static const uint8_t message[HBM_STOP_SIZE] = {HBM_ME_STOP};

    return bus->started && me_hbm_send(bus, message, sizeof(message));
}

static bool pay(MeBus *bus, const MeConnection *connection, uint8_t command, size_t size)
{
    uint8_t message[HBM_FLOW_CONTROL_SIZE] = {command, connection->client->me_addr,
                                              connection->host_addr};

    return me_hbm_send(bus, message, size);
}

static bool credit_is_due(const MeConnection *connection)
{
    return connection->owes_credit && !connection->held &&
           (!connection->client->class->request_reply || connection->tx.length == 0);
}

static void pay_adds(MeBus *bus)
{
    bus->adds_owed = false;
    for (unsigned int i = 0; i < bus->client_end; i++) {
        MeClient *client = bus->clients[i];

        if (client && client->owes_add) {
            client->owes_add =
                bus->control_count >= ME_CONTROL_MAX / 2 || !send_add_client(bus, client);
            bus->adds_owed |= client->owes_add;
        }
    }
}

/*
 * Half of the queue is kept for answers: a firmware that talks of itself must not stop listening.
 */
void me_hbm_pay_debts(MeBus *bus)
{
    if (bus->adds_owed) {
        pay_adds(bus);
    }
    for (GList *l = bus->connections.head; l; l = l->next) {
        MeConnection *connection = l->data;

        if (bus->control_count >= ME_CONTROL_MAX / 2) {
            return;
        }
        if (connection->owes_disconnect) {
            connection->owes_disconnect =
                !pay(bus, connection, HBM_DISCONNECT, HBM_CONNECTION_SIZE);
        }
        if (credit_is_due(connection) &&
            pay(bus, connection, HBM_FLOW_CONTROL, HBM_FLOW_CONTROL_SIZE)) {
            connection->owes_credit = false;
            connection->rx_credits++;
        }
        if (connection->owes_notification) {
            connection->owes_notification =
                !pay(bus, connection, HBM_NOTIFICATION, HBM_NOTIFICATION_SIZE);
        }
    }
}
