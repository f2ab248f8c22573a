/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/bus/bus.h"

#include <string.h>

#include <swme/bytes.h>
#include <swme/dma-ring.h>

static void hand_over(const MeBus *bus, const SwmeTrace *trace)
{
    if (bus->trace) {
        bus->trace(bus->trace_opaque, trace);
    }
}

void me_bus_trace(const MeBus *bus, SwmeTraceKind kind, const char *what, uint8_t me_addr,
                  uint8_t host_addr, const void *data, size_t size)
{
    const SwmeTrace shown = {kind, what, me_addr, host_addr, data, size, false, data};

    hand_over(bus, &shown);
}

void me_bus_trace_veiled(const MeBus *bus, SwmeTraceKind kind, const char *what, uint8_t me_addr,
                         uint8_t host_addr, const void *data, size_t size, size_t clear)
{
    if (clear >= size) {
        me_bus_trace(bus, kind, what, me_addr, host_addr, data, size);
    } else {
        g_autofree uint8_t *veiled = g_malloc0(size);
        const SwmeTrace shown = {kind, what, me_addr, host_addr, veiled, size, true, data};

        memcpy(veiled, data, clear);
        hand_over(bus, &shown);
    }
}

/* ---- life ---- */

void me_bus_init(MeBus *bus)
{
    g_queue_init(&bus->connections);
}

void me_bus_add_client(MeBus *bus, const MeClientClass *class, int64_t latency_ns, bool present)
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
    client->present = present;
    client->state = g_malloc0(class->state_size);
    bus->clients[address] = client;
    bus->client_end = MAX(bus->client_end, address + 1);
    if (class->fixed_address) {
        g_assert(bus->fixed_count < ME_FIRST_DYNAMIC);
        client->fixed = me_connection_open(client, 0);
        bus->fixed[bus->fixed_count++] = client->fixed;
    }
}

void me_bus_reset(MeBus *bus)
{
    MeConnection *connection;

    while ((connection = g_queue_pop_head(&bus->connections))) {
        me_connection_free(connection);
    }
    for (unsigned int i = 0; i < bus->client_end; i++) {
        if (bus->clients[i]) {
            bus->clients[i]->owes_add = false; /* the next enumeration will show it */
        }
        if (bus->clients[i] && bus->clients[i]->fixed) {
            me_connection_drop_data(bus->clients[i]->fixed);
        }
    }
    bus->started = false;
    bus->major = 0;
    bus->minor = 0;
    bus->capabilities = 0;
    bus->enumerated = false;
    bus->allow_add = false;
    me_dma_reset(&bus->dma);
    bus->broken = false;
    bus->isolated = false;
    bus->exit_asked = false;
    bus->control_head = 0;
    bus->control_count = 0;
}

void me_bus_clear(MeBus *bus)
{
    me_bus_reset(bus);
    for (unsigned int i = 0; i < bus->client_end; i++) {
        if (bus->clients[i]) {
            if (bus->clients[i]->fixed) {
                me_connection_free(bus->clients[i]->fixed);
            }
            g_free(bus->clients[i]->state);
            g_free(bus->clients[i]);
        }
    }
}

/* ---- clients that come and go ---- */

MeClient *me_bus_find_client(const MeBus *bus, const char *name)
{
    for (unsigned int i = 0; i < bus->client_end; i++) {
        if (bus->clients[i] && g_str_equal(bus->clients[i]->class->name, name)) {
            return bus->clients[i];
        }
    }
    return NULL;
}

void me_bus_set_present(MeBus *bus, MeClient *client, bool present)
{
    if (client->present == present) {
        return;
    }
    client->present = present;
    if (present) {
        client->owes_add = bus->enumerated && bus->allow_add;
        bus->adds_owed |= client->owes_add;
        return;
    }
    client->owes_add = false;
    for (GList *l = bus->connections.head; l; l = l->next) {
        MeConnection *connection = l->data;

        if (connection->client == client) {
            me_connection_close(connection);
        }
    }
}

void me_bus_notify(MeBus *bus, MeClient *client)
{
    for (GList *l = bus->connections.head; l; l = l->next) {
        MeConnection *connection = l->data;

        if (connection->client == client) {
            me_connection_notify(connection);
        }
    }
}

/* ---- in ---- */

/*
 * Reads the extension list at the front of the payload and takes it off. False when it does not
 * parse, or has an extension that this firmware does not know: it says nothing of the data's
 * meaning then.
 */
static bool take_extensions(MePayload *payload)
{
    const uint8_t *at = payload->data + MEI_EXT_META_SIZE;
    const uint8_t *end;
    size_t bytes;

    if (payload->size < MEI_EXT_META_SIZE) {
        return false;
    }
    bytes = MEI_EXT_META_SIZE + payload->data[MEI_EXT_META_DWORDS] * 4u;
    if (bytes > payload->size) {
        return false;
    }
    end = payload->data + bytes;
    for (unsigned int left = payload->data[MEI_EXT_META_COUNT]; left > 0; left--) {
        size_t length = end - at >= 2 ? at[1] * 4u : 0;

        if (length == 0 || length > (size_t)(end - at)) {
            return false;
        }
        if (at[0] == MEI_EXT_VTAG && length == MEI_EXT_VTAG_SIZE) {
            payload->vtag = at[2];
        } else if (at[0] != MEI_EXT_NONE) {
            return false;
        }
        at += length;
    }
    payload->data = end;
    payload->size -= bytes;
    return true;
}

/* A payload in the DMA ring: the packet has its length and nothing else. */
static bool take_dma_length(const MeBus *bus, MePayload *payload)
{
    if (!bus->dma.active || payload->size != DMA_RING_LENGTH_SIZE) {
        return false;
    }
    payload->size = swme_get_le32(payload->data);
    payload->data = NULL;
    return true;
}

static bool parse_packet(const MeBus *bus, const uint8_t *packet, size_t size, MePayload *payload)
{
    uint32_t header = swme_get_le32(packet);

    payload->data = packet + MEI_HEADER_SIZE;
    payload->size = size - MEI_HEADER_SIZE;
    payload->vtag = 0;
    payload->complete = header & MEI_HDR_COMPLETE;
    return !(header & MEI_HDR_RESERVED) &&
           (!(header & MEI_HDR_EXTENDED) || take_extensions(payload)) &&
           (!(header & MEI_HDR_DMA_RING) || take_dma_length(bus, payload));
}

static void bad_packet(MeBus *bus, const char *why)
{
    bus->stats->bad_packets++;
    me_bus_note(bus, why);
}

static void client_packet(MeBus *bus, uint8_t me_addr, uint8_t host_addr, const MePayload *payload)
{
    MeConnection *connection = me_connection_find(bus, me_addr, host_addr);
    bool taken = false;

    if (!connection) {
        bad_packet(bus, "packet dropped: no such connection");
    } else if (payload->vtag &&
               !(connection->client->class->vtag && (bus->capabilities & HBM_CAP_VTAG))) {
        bad_packet(bus, "packet dropped: a virtual tag that was not agreed on");
    } else {
        taken = me_connection_receive(connection, payload);
    }
    /* Whatever becomes of a packet, its bytes leave the ring: the next one lies behind them. */
    if (!payload->data && !taken && !bus->broken) {
        me_dma_receive(bus, NULL, payload->size);
    }
}

/* payload NULL: it is not understood. */
static void trace_packet(const MeBus *bus, uint8_t me_addr, uint8_t host_addr,
                         const uint8_t *packet, size_t size, const MePayload *payload)
{
    size_t shown = me_connection_shown(bus, me_addr, host_addr, payload);
    size_t before = payload && payload->data ? (size_t)(payload->data - packet) : MEI_HEADER_SIZE;

    me_bus_trace_veiled(bus, SWME_TRACE_PACKET_IN, "packet", me_addr, host_addr, packet, size,
                        shown == SIZE_MAX ? size : before + MIN(shown, size));
}

static void packet_received(MeBus *bus, const uint8_t *packet, size_t size)
{
    uint32_t header = swme_get_le32(packet);
    uint8_t me_addr = MEI_HDR_ME_ADDR(header);
    uint8_t host_addr = MEI_HDR_HOST_ADDR(header);
    MePayload payload;
    bool understood = parse_packet(bus, packet, size, &payload);

    bus->stats->packets_in++;
    if (G_UNLIKELY(bus->trace)) {
        trace_packet(bus, me_addr, host_addr, packet, size, understood ? &payload : NULL);
    }
    if (!understood) {
        bad_packet(bus, "packet dropped: header or extension not understood");
    } else if (me_addr != MEI_HBM_ADDR || host_addr != MEI_HBM_ADDR) {
        client_packet(bus, me_addr, host_addr, &payload);
    } else if (!payload.data) {
        bad_packet(bus, "packet dropped: a host bus message in the DMA ring");
    } else {
        me_hbm_message(bus, payload.data, payload.size);
    }
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
        if (bus->broken) {
            return false;
        }
    }
    return true;
}

/* ---- time ---- */

static void each_connection(const MeBus *bus, GFunc func, gpointer data)
{
    for (unsigned int i = 0; i < bus->fixed_count; i++) {
        func(bus->fixed[i], data);
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

    for (unsigned int i = 0; i < bus->fixed_count; i++) {
        while (me_connection_transmit(bus->fixed[i])) {
            active = true;
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
        if (bus->broken) {
            return ME_BUS_BROKEN;
        }
        active |= taken || sent;
        /* Each round takes packets off a ring that only the host refills, and the host is not
         * running: this ends. */
        again = taken;
    } while (again);
    return active ? ME_BUS_ACTIVE : ME_BUS_IDLE;
}
