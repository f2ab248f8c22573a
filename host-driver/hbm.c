/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/* Host bus messages, and the start-up that they make. (Linux hbm.c) */
#include "host-driver/mei-internal.h"

#include <string.h>

#include <swme/bytes.h>
#include <swme/hbm.h>

/* ---- sending ---- */

MeiError mei_ring_broken(Mei *mei, int error)
{
    return mei_broken(mei, (MeiError)error,
                      error == MEI_ERR_NOT_READY ? "H_RDY was lost"
                                                 : "more slots filled than H_CB has");
}

MeiError mei_hbm_send(Mei *mei, const uint8_t *message, size_t size)
{
    uint32_t header = mei_hdr(MEI_HBM_ADDR, MEI_HBM_ADDR, (uint16_t)size, true);
    int slots = mei_hw_free_slots(&mei->hw);

    if (slots < 0) {
        return mei_ring_broken(mei, slots);
    }
    if (slots < (int)mei_hdr_slots(header)) {
        return mei_broken(mei, MEI_ERR_PROTOCOL, "no room for a host bus message");
    }
    mei->stats.packets_out++;
    if (mei_hw_write(&mei->hw, header, message, size)) {
        return mei_broken(mei, MEI_ERR_NOT_READY, "the firmware dropped ME_RDY");
    }
    return MEI_OK;
}

MeiError mei_hbm_send_wait(Mei *mei, const uint8_t *message, size_t size, MeiWait *wait)
{
    int need = (int)mei_hdr_slots(mei_hdr(MEI_HBM_ADDR, MEI_HBM_ADDR, (uint16_t)size, true));

    for (;;) {
        int slots = mei_hw_free_slots(&mei->hw);
        MeiError error;

        if (slots < 0) {
            return mei_ring_broken(mei, slots);
        }
        if (slots >= need) {
            return mei_hbm_send(mei, message, size);
        }
        error = mei_step(mei, wait);
        if (error) {
            return error;
        }
    }
}

/* ---- the client table ---- */

MeiClient *mei_client_at(Mei *mei, uint8_t address)
{
    for (unsigned int i = 0; i < mei->client_count; i++) {
        if (mei->clients[i].address == address) {
            return &mei->clients[i];
        }
    }
    return NULL;
}

void mei_client_remove(Mei *mei, uint8_t address)
{
    MeiClient *client = mei_client_at(mei, address);

    if (client) {
        MeiClient *end = mei->clients + --mei->client_count;

        memmove(client, client + 1, (size_t)(end - client) * sizeof(*client));
    }
}

const MeiClient *mei_find_client(const Mei *mei, const SwmeGuid *guid)
{
    for (unsigned int i = 0; i < mei->client_count; i++) {
        if (swme_guid_equal(&mei->clients[i].guid, guid)) {
            return &mei->clients[i];
        }
    }
    return NULL;
}

/* A client of the same GUID or address is replaced: both must stay unique. */
static void add_client(Mei *mei, uint8_t address, const uint8_t *block)
{
    MeiClient client = {
        .address = address,
        .version = block[HBM_PROP_VERSION],
        .max_connections = block[HBM_PROP_MAX_CONNECTIONS],
        .fixed_address = block[HBM_PROP_FIXED_ADDRESS],
        .flags = block[HBM_PROP_FLAGS],
        .max_length = swme_get_le32(block + HBM_PROP_MAX_LENGTH),
    };
    const MeiClient *same;

    memcpy(client.guid.bytes, block + HBM_PROP_GUID, SWME_GUID_SIZE);
    same = mei_find_client(mei, &client.guid);
    if (same) {
        mei_client_remove(mei, same->address);
    }
    mei_client_remove(mei, address);
    mei->clients[mei->client_count++] = client; /* 255 addresses, 255 places */
}

/* ---- receiving ---- */

static MeiError mismatch(Mei *mei)
{
    return mei_broken(mei, MEI_ERR_PROTOCOL, "a host bus message that was not due");
}

/* An answer that belongs to one step of the start; the step reads its contents. */
static MeiError start_answer(Mei *mei, MeiHbmState due)
{
    if (mei->state != MEI_DEVICE_INIT_CLIENTS || mei->hbm_state != due || mei->answered) {
        return mismatch(mei);
    }
    mei->answered = true;
    return MEI_OK;
}

static MeiError handle_start(Mei *mei, const uint8_t *m)
{
    MeiError error = start_answer(mei, MEI_HBM_STARTING);

    if (!error) {
        mei->hbm_firmware_major = m[HBM_START_RES_MAJOR];
        mei->hbm_firmware_minor = m[HBM_START_RES_MINOR];
        /* "Supported" means ours: the version that follows is then only the newest it knows. */
        mei->hbm_major = m[HBM_START_RES_SUPPORTED] ? HBM_MAJOR_MAX : mei->hbm_firmware_major;
        mei->hbm_minor = m[HBM_START_RES_SUPPORTED] ? HBM_MINOR_MAX : mei->hbm_firmware_minor;
    }
    return error;
}

static MeiError handle_capabilities(Mei *mei, const uint8_t *m)
{
    MeiError error = start_answer(mei, MEI_HBM_CAP_SETUP);

    if (!error) {
        mei->capabilities = m[HBM_CAPABILITIES_MASK] & HBM_CAP_VTAG;
    }
    return error;
}

static MeiError handle_enum(Mei *mei, const uint8_t *m)
{
    MeiError error = start_answer(mei, MEI_HBM_ENUM_CLIENTS);

    if (!error && (m[HBM_ENUM_RES_BITMAP] & 1)) {
        error = mei_broken(mei, MEI_ERR_PROTOCOL, "the bus itself enumerated as a client");
    }
    memcpy(mei->bitmap, m + HBM_ENUM_RES_BITMAP, sizeof(mei->bitmap));
    return error;
}

static MeiError handle_properties(Mei *mei, const uint8_t *m)
{
    MeiError error = start_answer(mei, MEI_HBM_CLIENT_PROPERTIES);

    if (error) {
        return error;
    }
    if (m[HBM_OFF_ME_ADDR] != mei->asked) {
        return mei_broken(mei, MEI_ERR_PROTOCOL, "properties of a client that was not asked for");
    }
    switch (m[HBM_PROPERTIES_RES_STATUS]) {
    case HBM_STATUS_SUCCESS:
        add_client(mei, mei->asked, m + HBM_PROPERTIES_BLOCK);
        return MEI_OK;
    case HBM_STATUS_CLIENT_NOT_FOUND:
        return MEI_OK; /* enumerated, but hidden: Linux skips it */
    default:
        return mei_broken(mei, MEI_ERR_PROTOCOL, "a client's properties were refused");
    }
}

static MeiError handle_add_client(Mei *mei, const uint8_t *m)
{
    uint8_t answer[HBM_ADD_CLIENT_RES_SIZE] = {HBM_ADD_CLIENT | HBM_RESPONSE, m[HBM_OFF_ME_ADDR]};

    if (mei->hbm_state < MEI_HBM_CLIENT_PROPERTIES || mei->hbm_state >= MEI_HBM_STOPPED ||
        m[HBM_OFF_ME_ADDR] == MEI_HBM_ADDR) {
        return mismatch(mei);
    }
    add_client(mei, m[HBM_OFF_ME_ADDR], m + HBM_PROPERTIES_BLOCK);
    return mei_hbm_send(mei, answer, sizeof(answer));
}

static MeiConnection *addressed(Mei *mei, const uint8_t *m)
{
    return mei_connection_at(mei, m[HBM_OFF_ME_ADDR], m[HBM_OFF_HOST_ADDR]);
}

/* The answer to the one request that a connection has outstanding, if it is in that state. */
static MeiError answer(Mei *mei, const uint8_t *m, MeiConnectionState due)
{
    MeiConnection *connection = addressed(mei, m);

    if (!connection || connection->state != due || connection->answered) {
        mei->stats.unmatched++;
        return MEI_OK;
    }
    connection->answered = true;
    connection->status = m[HBM_CONNECTION_RES_STATUS];
    if (due == MEI_CONNECTION_CONNECTING && connection->status == HBM_STATUS_SUCCESS) {
        /* At once: the firmware's first credit may stand in the same buffer. */
        connection->state = MEI_CONNECTION_CONNECTED;
    }
    return MEI_OK;
}

static MeiError handle_connect(Mei *mei, const uint8_t *m)
{
    return answer(mei, m, MEI_CONNECTION_CONNECTING);
}

static MeiError handle_disconnect(Mei *mei, const uint8_t *m)
{
    return answer(mei, m, MEI_CONNECTION_DISCONNECTING);
}

static MeiError handle_notify(Mei *mei, const uint8_t *m)
{
    MeiConnection *connection = addressed(mei, m);

    if (connection) {
        connection->start = m[HBM_NOTIFY_RES_START] != 0;
    }
    return answer(mei, m, MEI_CONNECTION_CONNECTED);
}

static MeiError handle_firmware_disconnect(Mei *mei, const uint8_t *m)
{
    uint8_t reply[HBM_CONNECTION_SIZE] = {
        HBM_DISCONNECT | HBM_RESPONSE,
        m[HBM_OFF_ME_ADDR],
        m[HBM_OFF_HOST_ADDR],
        HBM_STATUS_SUCCESS,
    };
    MeiConnection *connection = addressed(mei, m);

    if (!connection || connection->state == MEI_CONNECTION_LOST) {
        mei->stats.unmatched++;
        return MEI_OK;
    }
    if (connection->state == MEI_CONNECTION_CONNECTED) {
        connection->state = MEI_CONNECTION_LOST;
    }
    return mei_hbm_send(mei, reply, sizeof(reply));
}

static void add_credit(uint8_t *credits)
{
    *credits += *credits < UINT8_MAX; /* more than 255 is the firmware's mistake */
}

static MeiError handle_flow_control(Mei *mei, const uint8_t *m)
{
    if (m[HBM_OFF_HOST_ADDR] == 0) {
        MeiClient *client = mei_client_at(mei, m[HBM_OFF_ME_ADDR]);

        if (client && (client->flags & HBM_PROP_FLAG_SINGLE_RECV)) {
            add_credit(&client->credits);
        } else {
            mei->stats.unmatched++;
        }
    } else {
        MeiConnection *connection = addressed(mei, m);

        if (connection && connection->state == MEI_CONNECTION_CONNECTED) {
            add_credit(&connection->credits);
        } else {
            mei->stats.unmatched++;
        }
    }
    return MEI_OK;
}

static MeiError handle_notification(Mei *mei, const uint8_t *m)
{
    MeiConnection *connection = addressed(mei, m);

    if (connection && connection->state == MEI_CONNECTION_CONNECTED && connection->wants_events) {
        connection->notified = true;
    } else {
        mei->stats.unmatched++;
    }
    return MEI_OK;
}

static MeiError handle_pg_entry(Mei *mei, const uint8_t *m)
{
    (void)m;
    if (!mei->pg_waiting) {
        return mismatch(mei);
    }
    mei->pg_waiting = false;
    return MEI_OK;
}

static MeiError handle_pg_exit(Mei *mei, const uint8_t *m)
{
    (void)m;
    if (!mei->power_gated) {
        return mismatch(mei);
    }
    mei->pg_exit_seen = true;
    mei->wake = true;
    return MEI_OK;
}

static MeiError handle_me_stop(Mei *mei, const uint8_t *m)
{
    static const uint8_t stop[HBM_STOP_SIZE] = {HBM_HOST_STOP, HBM_STOP_REASON_DRIVER};

    (void)m;
    mei->hbm_state = MEI_HBM_STOPPED;
    return mei_hbm_send(mei, stop, sizeof(stop));
}

static MeiError handle_stopped(Mei *mei, const uint8_t *m)
{
    (void)m;
    if (mei->hbm_state != MEI_HBM_STOPPED) {
        return mismatch(mei);
    }
    mei->state = MEI_DEVICE_POWER_DOWN;
    return MEI_ERR_DISABLED;
}

typedef struct HbmHandler {
    uint8_t command;
    uint8_t size; /* the least that the message may have */
    MeiError (*handle)(Mei *mei, const uint8_t *message);
} HbmHandler;

static const HbmHandler handlers[] = {
    {HBM_START | HBM_RESPONSE, HBM_START_SIZE, handle_start},
    {HBM_CAPABILITIES | HBM_RESPONSE, HBM_CAPABILITIES_SIZE, handle_capabilities},
    {HBM_ENUM | HBM_RESPONSE, HBM_ENUM_RES_SIZE, handle_enum},
    {HBM_PROPERTIES | HBM_RESPONSE, HBM_PROPERTIES_RES_SIZE, handle_properties},
    {HBM_CONNECT | HBM_RESPONSE, HBM_CONNECTION_SIZE, handle_connect},
    {HBM_DISCONNECT | HBM_RESPONSE, HBM_CONNECTION_SIZE, handle_disconnect},
    {HBM_DISCONNECT, HBM_CONNECTION_SIZE, handle_firmware_disconnect},
    {HBM_FLOW_CONTROL, HBM_FLOW_CONTROL_SIZE, handle_flow_control},
    {HBM_ADD_CLIENT, HBM_ADD_CLIENT_REQ_SIZE, handle_add_client},
    {HBM_NOTIFY | HBM_RESPONSE, HBM_NOTIFY_RES_SIZE, handle_notify},
    {HBM_NOTIFICATION, HBM_NOTIFICATION_SIZE, handle_notification},
    {HBM_PG_ENTRY | HBM_RESPONSE, HBM_PG_SIZE, handle_pg_entry},
    {HBM_PG_EXIT, HBM_PG_SIZE, handle_pg_exit},
    {HBM_ME_STOP, HBM_STOP_SIZE, handle_me_stop},
    {HBM_HOST_STOP | HBM_RESPONSE, HBM_STOP_SIZE, handle_stopped},
};

MeiError mei_hbm_receive(Mei *mei, const uint8_t *message, size_t size)
{
    if (mei->hbm_state == MEI_HBM_IDLE) {
        return MEI_OK; /* from before the reset */
    }
    for (size_t i = 0; size > 0 && i < sizeof(handlers) / sizeof(handlers[0]); i++) {
        if (handlers[i].command == message[HBM_OFF_COMMAND]) {
            if (size < handlers[i].size) {
                return mei_broken(mei, MEI_ERR_PROTOCOL, "a host bus message that is too short");
            }
            return handlers[i].handle(mei, message);
        }
    }
    return mei_broken(mei, MEI_ERR_PROTOCOL, "an unknown host bus message");
}

/* ---- the start ---- */

/* One request of the start and its answer. late says what it means when there is none. */
static MeiError exchange(Mei *mei, MeiHbmState state, const uint8_t *request, size_t size,
                         int64_t timeout, const char *late)
{
    MeiWait wait = mei_wait_until(mei, timeout);
    MeiError error;

    mei->hbm_state = state;
    mei->answered = false;
    error = mei_hbm_send_wait(mei, request, size, &wait);
    while (!error && !mei->answered) {
        error = mei_step(mei, &wait);
    }
    return error == MEI_ERR_TIMEOUT ? mei_broken(mei, error, late) : error;
}

static bool at_least(const Mei *mei, unsigned int major, unsigned int minor)
{
    return mei->hbm_major > major || (mei->hbm_major == major && mei->hbm_minor >= minor);
}

static MeiError negotiate(Mei *mei)
{
    static const uint8_t start[HBM_START_SIZE] = {
        [HBM_OFF_COMMAND] = HBM_START,
        [HBM_START_REQ_MINOR] = HBM_MINOR_MAX,
        [HBM_START_REQ_MAJOR] = HBM_MAJOR_MAX,
    };
    static const uint8_t stop[HBM_STOP_SIZE] = {HBM_HOST_STOP, HBM_STOP_REASON_DRIVER};
    static const uint8_t capabilities[HBM_CAPABILITIES_SIZE] = {
        [HBM_OFF_COMMAND] = HBM_CAPABILITIES,
        [HBM_CAPABILITIES_MASK] = HBM_CAP_VTAG,
    };
    MeiError error = exchange(mei, MEI_HBM_STARTING, start, sizeof(start), MEI_TIMEOUT_START,
                              "no answer to START within 1 s");

    if (error) {
        return error;
    }
    if (mei->hbm_major == 0 || at_least(mei, HBM_MAJOR_MAX, HBM_MINOR_MAX + 1)) {
        mei->hbm_state = MEI_HBM_STOPPED;
        error = mei_hbm_send(mei, stop, sizeof(stop));
        return error ? error : mei_broken(mei, MEI_ERR_VERSION, "no common HBM version");
    }
    if (!at_least(mei, 2, 2)) {
        return MEI_OK;
    }
    return exchange(mei, MEI_HBM_CAP_SETUP, capabilities, sizeof(capabilities),
                    MEI_TIMEOUT_ENUMERATE, "no answer to CAPABILITIES within 30 s");
}

MeiError mei_hbm_start(Mei *mei)
{
    uint8_t request[HBM_ENUM_REQ_SIZE] = {HBM_ENUM};
    MeiError error = negotiate(mei);

    if (error) {
        return error;
    }
    if (at_least(mei, 2, 0)) {
        request[HBM_ENUM_REQ_FLAGS] = HBM_ENUM_ALLOW_ADD | HBM_ENUM_IMMEDIATE;
    }
    error = exchange(mei, MEI_HBM_ENUM_CLIENTS, request, sizeof(request), MEI_TIMEOUT_ENUMERATE,
                     "no answer to ENUM within 30 s");
    for (unsigned int address = 1; !error && address <= MEI_CLIENTS_MAX; address++) {
        uint8_t ask[HBM_PROPERTIES_REQ_SIZE] = {HBM_PROPERTIES, (uint8_t)address};

        if (!(mei->bitmap[address / 8] & 1u << address % 8)) {
            continue;
        }
        mei->asked = (uint8_t)address;
        error = exchange(mei, MEI_HBM_CLIENT_PROPERTIES, ask, sizeof(ask), MEI_TIMEOUT_ENUMERATE,
                         "no answer to PROPERTIES within 30 s");
    }
    if (!error) {
        mei->hbm_state = MEI_HBM_STARTED;
    }
    return error;
}
