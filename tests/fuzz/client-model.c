/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/client-model.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

#define HOST   1
#define TIME_S 1600000000

struct ClientModel {
    SwmeClock clock; /* first */
    int64_t now_ns;
    SwmeContext context;
    SwmeFirmwareStats stats;
    MeBus bus;
    MeConnection *connection;
    AmtData *fresh;
};

static int64_t clock_now(SwmeClock *clock)
{
    return ((ClientModel *)clock)->now_ns;
}

ClientModel *client_model_new(const SwmePlatform *platform, bool amt, const MeClientClass *class)
{
    static const uint8_t uuid[AMTHI_UUID_SIZE] = {1, 2, 3};
    ClientModel *model = g_new0(ClientModel, 1);
    unsigned int address = class->fixed_address ? class->fixed_address : ME_FIRST_DYNAMIC;

    model->clock.now = clock_now; /* clients have no timers */
    model->context.platform = platform;
    if (amt) {
        model->context.amt = amt_state_new(platform, uuid, &model->clock, TIME_S);
        model->fresh = amt_data_copy(amt_state_data(model->context.amt));
    }
    model->bus.clock = &model->clock;
    model->bus.context = &model->context;
    model->bus.stats = &model->stats;
    me_bus_init(&model->bus);
    me_bus_add_client(&model->bus, class, 0, true);
    model->connection = class->fixed_address
                            ? model->bus.clients[address]->fixed
                            : me_connection_open(model->bus.clients[address], HOST);
    return model;
}

void client_model_reset(ClientModel *model)
{
    me_connection_drop_data(model->connection);
    model->now_ns = 0;
    if (model->context.amt) {
        amt_state_replace(model->context.amt, model->fresh);
    }
}

void client_model_message(ClientModel *model, const void *data, size_t size)
{
    /* Exactly as long as it is, for the sanitizer to see a byte too far. */
    g_autofree uint8_t *message = g_memdup2(data, size);

    FUZZ_MUST(size <= model->connection->client->class->max_length, "a message of %zu bytes", size);
    model->connection->client->class->message(model->connection, message, size);
    FUZZ_MUST(!model->connection->closing, "the client lost its connection");
}

GBytes *client_model_take(ClientModel *model)
{
    MeTxItem *item = g_queue_pop_head(&model->connection->tx);
    GBytes *message = item ? item->message : NULL;

    g_free(item);
    return message;
}

void client_model_advance(ClientModel *model, int64_t ns)
{
    model->now_ns += ns;
}

AmtState *client_model_amt(ClientModel *model)
{
    return model->context.amt;
}

bool client_model_changed(const ClientModel *model)
{
    return model->context.amt &&
           memcmp(amt_state_data(model->context.amt), model->fresh, sizeof(*model->fresh)) != 0;
}
