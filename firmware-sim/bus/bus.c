/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/bus/bus.h"

#include <string.h>

#include <swme/bytes.h>

void me_bus_trace(const MeBus *bus, SwmeTraceKind kind, const char *what, uint8_t me_addr,
                  uint8_t host_addr, const void *data, size_t size)
{
    SwmeTrace trace = {kind, what, me_addr, host_addr, data, size};

    if (bus->trace) {
        bus->trace(bus->trace_opaque, &trace);
    }
}

/* ---- life ---- */

void me_bus_init(MeBus *bus)
{
    g_queue_init(&bus->connections);
}

void me_bus_add_client(MeBus *bus, const MeClientClass *class, int64_t latency_ns)
{
    unsigned int address = class->fixed_address;
    MeClient *client = g_new0(MeClient, 1);

    if (address == 0) {
        for (address = ME_FIRST_DYNAMIC; bus->clients[address]; address++) {
        }
    }
    g_assert(address < ME_CLIENT_ADDRESSES && !bus->clients[address]);
    client->class = class;
    client->bus = bus;
    client->me_addr = (uint8_t)address;
    client->latency_ns = latency_ns;
    bus->clients[address] = client;
    if (class->fixed_address) {
        client->fixed = me_connection_open(client, 0);
    }
}

void me_bus_reset(MeBus *bus)
{
    MeConnection *connection;

    while ((connection = g_queue_pop_head(&bus->connections))) {
        me_connection_free(connection);
    }
    for (unsigned int i = 0; i < ME_CLIENT_ADDRESSES; i++) {
        if (bus->clients[i] && bus->clients[i]->fixed) {
            me_connection_drop_data(bus->clients[i]->fixed);
        }
    }
    bus->started = false;
    bus->major = 0;
    bus->minor = 0;
    bus->isolated = false;
    bus->exit_asked = false;
    bus->control_head = 0;
    bus->control_count = 0;
}

void me_bus_clear(MeBus *bus)
{
    me_bus_reset(bus);
    for (unsigned int i = 0; i < ME_CLIENT_ADDRESSES; i++) {
        if (bus->clients[i]) {
            if (bus->clients[i]->fixed) {
                me_connection_free(bus->clients[i]->fixed);
            }
            g_free(bus->clients[i]);
        }
    }
}

/* ---- in ---- */

/*
 * Skips the extension list of an extended packet. NULL when it does not parse, or when it carries
 * what was never agreed on: capabilities are granted before they may be used.
 */
static const uint8_t *skip_extensions(const uint8_t *payload, size_t size)
{
    size_t bytes;

    if (size < MEI_EXT_META_SIZE) {
        return NULL;
    }
    bytes = MEI_EXT_META_SIZE + payload[MEI_EXT_META_DWORDS] * 4u;
    if (bytes > size || payload[MEI_EXT_META_COUNT] != 0) {
        return NULL;
    }
    return payload + bytes;
}

static void packet_received(MeBus *bus, const uint8_t *packet, size_t size)
{
    uint32_t header = swme_get_le32(packet);
    uint8_t me_addr = MEI_HDR_ME_ADDR(header);
    uint8_t host_addr = MEI_HDR_HOST_ADDR(header);
    const uint8_t *payload = packet + MEI_HEADER_SIZE;
    const uint8_t *end = packet + size;
    MeConnection *connection;

    bus->stats->packets_in++;
    if (G_UNLIKELY(bus->trace)) {
        me_bus_trace(bus, SWME_TRACE_PACKET_IN, "packet", me_addr, host_addr, packet, size);
    }
    if (header & MEI_HDR_EXTENDED) {
        payload = skip_extensions(payload, (size_t)(end - payload));
    }
    if (!payload || (header & (MEI_HDR_RESERVED | MEI_HDR_DMA_RING))) {
        bus->stats->bad_packets++;
        me_bus_note(bus, "packet dropped: header not understood");
        return;
    }
    if (me_addr == MEI_HBM_ADDR && host_addr == MEI_HBM_ADDR) {
        me_hbm_message(bus, payload, (size_t)(end - payload));
        return;
    }
    connection = me_connection_find(bus, me_addr, host_addr);
    if (!connection) {
        bus->stats->bad_packets++;
        me_bus_note(bus, "packet dropped: no such connection");
        return;
    }
    me_connection_receive(connection, payload, (size_t)(end - payload), header & MEI_HDR_COMPLETE);
}

/* False: the ring is broken. */
static bool receive(MeBus *bus, bool *active)
{
    uint8_t packet[MEI_PACKET_MAX];

    while (bus->control_count + ME_CONTROL_PER_PACKET <= ME_CONTROL_MAX) {
        int size = bus->device->receive(bus->device_opaque, packet);

        if (size == HECI_LINK_BROKEN) {
            bus->stats->broken_rings++;
            return false;
        }
        if (size == 0) {
            break;
        }
        *active = true;
        packet_received(bus, packet, (size_t)size);
    }
    return true;
}

/* ---- time ---- */

static void each_connection(const MeBus *bus, GFunc func, gpointer data)
{
    for (unsigned int i = 0; i < ME_CLIENT_ADDRESSES; i++) {
        if (bus->clients[i] && bus->clients[i]->fixed) {
            func(bus->clients[i]->fixed, data);
        }
    }
    for (GList *l = bus->connections.head; l; l = l->next) {
        func(l->data, data);
    }
}

static void deliver_due(gpointer connection, gpointer now)
{
    me_connection_deliver_due(connection, *(int64_t *)now);
}

static void soonest_due(gpointer item, gpointer due)
{
    MeConnection *connection = item;
    MeInboxItem *head = g_queue_peek_head(&connection->inbox);

    if (head && head->due_ns < *(int64_t *)due) {
        *(int64_t *)due = head->due_ns;
    }
}

int64_t me_bus_next_due(const MeBus *bus)
{
    int64_t due = INT64_MAX;

    each_connection(bus, soonest_due, &due);
    return due;
}

/* ---- out ---- */

static bool transmit_control(MeBus *bus)
{
    bool active = false;

    while (bus->control_count) {
        const MeControlMessage *message = &bus->control[bus->control_head];
        uint8_t packet[MEI_HEADER_SIZE + sizeof(message->data)];

        swme_put_le32(packet, mei_hdr(MEI_HBM_ADDR, MEI_HBM_ADDR, message->size, true));
        memcpy(packet + MEI_HEADER_SIZE, message->data, message->size);
        if (!bus->device->send(bus->device_opaque, packet, MEI_HEADER_SIZE + message->size)) {
            break;
        }
        bus->stats->packets_out++;
        if (G_UNLIKELY(bus->trace)) {
            me_bus_trace(bus, SWME_TRACE_PACKET_OUT, hbm_command_name(message->data[0]), 0, 0,
                         packet, MEI_HEADER_SIZE + message->size);
        }
        bus->control_head = (bus->control_head + 1) % ME_CONTROL_MAX;
        bus->control_count--;
        active = true;
    }
    return active;
}

static bool transmit_fixed(MeBus *bus)
{
    bool active = false;

    for (unsigned int i = 0; i < ME_CLIENT_ADDRESSES; i++) {
        if (bus->clients[i] && bus->clients[i]->fixed) {
            while (me_connection_transmit(bus->clients[i]->fixed)) {
                active = true;
            }
        }
    }
    return active;
}

/* One packet of each connection in turn, so that none waits behind another's long message. */
static bool transmit_connections(MeBus *bus)
{
    bool active = false;
    unsigned int idle = 0;

    while (idle < bus->connections.length) {
        MeConnection *connection = g_queue_peek_head(&bus->connections);

        g_queue_push_tail_link(&bus->connections, g_queue_pop_head_link(&bus->connections));
        if (me_connection_transmit(connection)) {
            active = true;
            idle = 0;
        } else {
            idle++;
        }
    }
    return active;
}

static void data_waits(gpointer connection, gpointer waits)
{
    if (me_connection_may_transmit(connection)) {
        *(bool *)waits = true;
    }
}

/* Legacy power gating: the host is asked to come back before anything else is sent to it. */
static void ask_for_pg_exit(MeBus *bus)
{
    static const uint8_t message[HBM_PG_SIZE] = {HBM_PG_EXIT};
    bool waits = false;

    each_connection(bus, data_waits, &waits);
    if (waits && !bus->exit_asked) {
        bus->exit_asked = me_hbm_send(bus, message, sizeof(message));
    }
}

static bool transmit(MeBus *bus)
{
    bool active;

    me_hbm_pay_debts(bus);
    if (bus->isolated) {
        ask_for_pg_exit(bus);
        return transmit_control(bus);
    }
    active = transmit_control(bus);
    if (bus->control_count == 0) {
        active |= transmit_fixed(bus);
        active |= transmit_connections(bus);
        /* A reply that has left is what the next credit waited for. */
        me_hbm_pay_debts(bus);
        active |= transmit_control(bus);
    }
    return active;
}

MeBusResult me_bus_run(MeBus *bus)
{
    int64_t now = bus->clock->now(bus->clock);
    bool active = false;
    bool again;

    do {
        bool taken = false;
        bool sent;

        if (!receive(bus, &taken)) {
            return ME_BUS_BROKEN;
        }
        each_connection(bus, deliver_due, &now);
        sent = transmit(bus);
        active |= taken || sent;
        /* Each round takes packets off a ring that only the host refills, and the host is not
         * running: this ends. */
        again = taken;
    } while (again);
    bus->kicked = false;
    return active ? ME_BUS_ACTIVE : ME_BUS_IDLE;
}
