/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The operating system's watchdog, and what else goes by its GUID: AMT's switch. Behaviour that the
 * Linux driver relies on: drivers/watchdog/mei_wdt.c, drivers/misc/mei/bus-fixup.c (mei_wd).
 */
#include <stdlib.h>

#include <glib.h>

#include <swme/bytes.h>
#include <swme/me-clients.h>
#include <swme/watchdog.h>

#include "firmware-sim/amt/amt-watchdog.h"
#include "firmware-sim/clients/clients.h"

#define WATCHDOG_MAX_LENGTH      64 /* not recorded; the longest message has 23 */
#define WATCHDOG_MAX_CONNECTIONS 4  /* not recorded; a driver and tools beside it */

G_STATIC_ASSERT(WATCHDOG_MAX_CONNECTIONS < AMT_WATCHDOG_USERS);

typedef struct Request {
    MeConnection *connection;
    const SwmeContext *context;
    const uint8_t *data; /* header first, at least WD_HEADER_SIZE */
    size_t size;
    bool acknowledges; /* this firmware answers start and stop */
} Request;

typedef struct Command {
    uint8_t command;
    uint8_t sub;
    size_t min_size;
    void (*handle)(const Request *request);
} Command;

/* ---- the watchdog ---- */

static void start(const Request *request)
{
    AmtWatchdog *watchdog = request->context->watchdog;
    uint8_t reply[WD_START_RES_SIZE] = {WD_CONTROL, WD_START_RES_SIZE - WD_COUNT_BEGIN,
                                        WD_CONTROL_START_RES, WD_VERSION};

    amt_watchdog_start(watchdog, me_connection_host(request->connection),
                       swme_get_le16(request->data + WD_START_OFF_TIMEOUT));
    if (request->acknowledges) {
        reply[WD_START_RES_OFF_STATUS] = WD_STATUS_SUCCESS;
        reply[WD_START_RES_OFF_STATE] =
            amt_watchdog_wanted(watchdog) ? 0 : WD_START_RES_NOT_REQUIRED;
        me_connection_send(request->connection, reply, sizeof(reply));
    }
}

static void stop(const Request *request)
{
    amt_watchdog_stop(request->context->watchdog, me_connection_host(request->connection));
    if (request->acknowledges) {
        me_connection_send(request->connection, NULL, 0); /* as the driver allows it */
    }
}

/* ---- AMT's switch ---- */

static void query(const Request *request)
{
    AmtState *amt = request->context->amt;
    const AmtData *data = amt_state_data(amt);
    uint8_t reply = data->setup.state == AMTHI_PROVISIONING_PRE ? WD_QUERY_ALLOWED : 0;

    if (amt_state_at_least(amt, 16, 1)) { /* rpc-go: the new interface */
        reply |= WD_QUERY_NEW | (data->setup.operational ? WD_QUERY_ENABLED : 0) |
                 (data->tls.local_enforced ? WD_QUERY_TLS_ENFORCED : 0);
    }
    me_connection_send(request->connection, &reply, WD_QUERY_RES_SIZE);
}

/* AMT SDK: deprecated in 9.0. */
static void change(const Request *request)
{
    AmtState *amt = request->context->amt;
    uint8_t reply[WD_CHANGE_RES_SIZE];
    bool done =
        !amt_state_at_least(amt, 9, 0) && amt_set_operational(amt, true) == AMTHI_STATUS_SUCCESS;

    swme_put_le32(reply, done ? WD_STATUS_SUCCESS : WD_STATUS_FAILURE);
    me_connection_send(request->connection, reply, sizeof(reply));
}

static void set(const Request *request)
{
    AmtState *amt = request->context->amt;
    uint8_t enable = request->data[WD_SET_OFF_ENABLE];
    uint8_t reply[WD_SET_RES_SIZE] = {WD_STATE, WD_SET_RES_SIZE - WD_COUNT_BEGIN, WD_STATE_SET,
                                      WD_VERSION};
    uint32_t status = WD_STATUS_NOT_SUPPORTED;

    if (amt_state_at_least(amt, 16, 1)) {
        status = enable > 1 ? AMTHI_STATUS_INVALID_PARAMETER : amt_set_operational(amt, enable);
    }
    swme_put_le32(reply + WD_SET_RES_OFF_STATUS, status);
    me_connection_send(request->connection, reply, sizeof(reply));
}

static void info(const Request *request)
{
    const AmtState *amt = request->context->amt;
    uint8_t reply[WD_INFO_RES_SIZE];

    swme_put_le32(reply + WD_INFO_RES_OFF_VERSION, WD_INFO_VERSION);
    swme_put_le32(reply + WD_INFO_RES_OFF_SKU,
                  (uint32_t)strtoul(request->context->platform->amt_sku, NULL, 10));
    swme_put_le32(reply + WD_INFO_RES_OFF_MODE,
                  amt_state_data(amt)->setup.operational ? WD_INFO_MODE_AMT : WD_INFO_MODE_NONE);
    me_connection_send(request->connection, reply, sizeof(reply));
}

/* ---- messages ---- */

static const Command commands[] = {
    {WD_CONTROL, WD_CONTROL_START, WD_START_OFF_TIMEOUT + 2, start},
    {WD_CONTROL, WD_CONTROL_STOP, WD_HEADER_SIZE, stop},
    {WD_STATE, WD_STATE_QUERY, WD_HEADER_SIZE, query},
    {WD_STATE, WD_STATE_CHANGE, WD_HEADER_SIZE, change},
    {WD_STATE, WD_STATE_SET, WD_SET_SIZE, set},
    {WD_INFO, WD_INFO_GET, WD_HEADER_SIZE, info},
};

/* The count is of the bytes behind it: no more than there are, and no less than the command needs.
 */
static const Command *find_command(const uint8_t *data, size_t size)
{
    if (size < WD_HEADER_SIZE || data[WD_OFF_VERSION] != WD_VERSION ||
        WD_COUNT_BEGIN + (size_t)data[WD_OFF_COUNT] > size) {
        return NULL;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        const Command *command = &commands[i];

        if (command->command == data[WD_OFF_COMMAND] && command->sub == data[WD_OFF_SUB]) {
            bool whole = WD_COUNT_BEGIN + (size_t)data[WD_OFF_COUNT] >= command->min_size;

            return whole ? command : NULL;
        }
    }
    return NULL;
}

static void take(MeConnection *connection, const uint8_t *data, size_t size, bool acknowledges)
{
    const Request request = {connection, me_connection_context(connection), data, size,
                             acknowledges};
    const Command *command = find_command(data, size);

    /* What an unknown command is answered with is not published. */
    if (command) {
        command->handle(&request);
    } else {
        me_connection_ignore(connection);
    }
}

static void message(MeConnection *connection, const uint8_t *data, size_t size)
{
    take(connection, data, size, true);
}

static void message_1(MeConnection *connection, const uint8_t *data, size_t size)
{
    take(connection, data, size, false);
}

static void closed(MeConnection *connection)
{
    amt_watchdog_leave(me_connection_context(connection)->watchdog, me_connection_host(connection));
}

#define WATCHDOG(version_, acknowledges_)                                                   \
    {                                                                                       \
        .name = "watchdog", .guid = SWME_GUID_WATCHDOG, .protocol_version = (version_),     \
        .max_connections = WATCHDOG_MAX_CONNECTIONS, .max_length = WATCHDOG_MAX_LENGTH,     \
        .request_reply = (acknowledges_), .message = (acknowledges_) ? message : message_1, \
        .closed = closed                                                                    \
    }

const MeClientClass me_client_watchdog[ME_WATCHDOG_COUNT] = {
    [ME_WATCHDOG_1] = WATCHDOG(1, false),
    /* ME 10 and 11 speak version 2 and say 1: the fixup in the driver is for them. */
    [ME_WATCHDOG_1_ACKNOWLEDGES] = WATCHDOG(1, true),
    [ME_WATCHDOG_2] = WATCHDOG(2, true),
    [ME_WATCHDOG_2_ALWAYS] = WATCHDOG(2, true),
};
