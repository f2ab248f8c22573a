/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages to any ME client of any platform's firmware, with and without AMT, in any order. The
 * clients are called as the bus calls them; what is between them and the host has its own targets.
 *
 * An input is a platform and what of AMT there is, then steps: a client, a length, its bytes.
 */
#include <string.h>

#include <glib.h>

#include <swme/bytes.h>

#include "firmware-sim/amt/amt-watchdog.h"
#include "firmware-sim/bus/bus.h"
#include "firmware-sim/clients/clients.h"
#include "tests/fuzz/fuzz.h"

#define HOST          1
#define TIME_S        1600000000
#define PLATFORMS_MAX 256
#define MESSAGE_MAX   600

typedef struct Model {
    SwmeClock clock; /* first */
    SwmeContext context;
    SwmeFirmwareStats stats;
    MeBus bus;
    MeConnection *connections[ME_CLIENT_ADDRESSES]; /* one to each client, in order of address */
    unsigned int count;
} Model;

static int64_t clock_now(SwmeClock *clock)
{
    (void)clock;
    return 0;
}

/* Timers are the target watchdog's: here no time passes. */
static SwmeTimer *timer_new(SwmeClock *clock, SwmeTimerFunc func, void *opaque)
{
    (void)clock;
    (void)func;
    (void)opaque;
    return NULL;
}

static void timer_arm(SwmeTimer *timer, int64_t when_ns)
{
    (void)timer;
    (void)when_ns;
}

static void timer_ignore(SwmeTimer *timer)
{
    (void)timer;
}

static void ignore(void *opaque)
{
    (void)opaque;
}

static Model *model_new(const SwmePlatform *platform, bool amt)
{
    static const uint8_t uuid[sizeof(((SwmeContext *)NULL)->uuid)] = {1, 2, 3};
    Model *model = g_new0(Model, 1);

    model->clock = (SwmeClock){clock_now, timer_new, timer_arm, timer_ignore, timer_ignore};
    model->context.platform = platform;
    memcpy(model->context.uuid, uuid, sizeof(uuid));
    if (amt) {
        model->context.amt = amt_state_new(platform, uuid, &model->clock, TIME_S);
        model->context.watchdog =
            amt_watchdog_new(model->context.amt, &model->clock, &(SwmeMachine){0}, ignore, NULL);
    }
    model->bus.clock = &model->clock;
    model->bus.context = &model->context;
    model->bus.stats = &model->stats;
    me_bus_init(&model->bus);
    for (const MeClientRow *row = me_client_rows; row->class; row++) {
        /* A client whose connections have a session (LME) has a target of its own: fuzz-apf.c. */
        if (me_client_possible(row, platform, amt) && !row->class->opened) {
            me_bus_add_client(&model->bus, row->class, 0, true);
        }
    }
    for (unsigned int i = 0; i < model->bus.client_end; i++) {
        MeClient *client = model->bus.clients[i];

        if (client) {
            model->connections[model->count++] =
                client->fixed ? client->fixed : me_connection_open(client, HOST);
        }
    }
    return model;
}

/* Made once for each platform; what clients keep, and AMT's state, begin anew with each input. */
static Model *choose_model(FuzzInput *input)
{
    static Model *models[PLATFORMS_MAX][2];
    static AmtData *fresh[PLATFORMS_MAX];
    uint8_t choice = fuzz_u8(input);
    unsigned int platform = 0;
    bool amt = fuzz_u8(input) & 1;
    Model *model;

    while (choice-- > 0 && swme_platforms[platform + 1].name) {
        platform++;
    }
    FUZZ_MUST(platform < PLATFORMS_MAX, "more platforms than there is room for");
    amt &= swme_platforms[platform].amt;
    if (!models[platform][amt]) {
        models[platform][amt] = model_new(&swme_platforms[platform], amt);
        if (amt) {
            fresh[platform] = amt_data_copy(amt_state_data(models[platform][amt]->context.amt));
        }
    }
    model = models[platform][amt];
    for (unsigned int i = 0; i < model->count; i++) {
        MeClient *client = model->connections[i]->client;

        if (client->class->state_size) {
            memset(client->state, 0, client->class->state_size);
        }
    }
    if (amt) {
        amt_watchdog_power(model->context.watchdog, SWME_HOST_S5);
        amt_watchdog_power(model->context.watchdog, SWME_HOST_S0);
        amt_state_replace(model->context.amt, fresh[platform]);
    }
    return model;
}

/* What must hold of each answer, whoever sends it. */
static void check_answers(MeConnection *connection, uint64_t unanswered)
{
    const MeClientClass *class = connection->client->class;
    unsigned int answers = 0;
    MeTxItem *item;

    while ((item = g_queue_pop_head(&connection->tx))) {
        FUZZ_MUST(g_bytes_get_size(item->message) <= class->max_length, "%s", class->name);
        g_bytes_unref(item->message);
        g_free(item);
        answers++;
    }
    FUZZ_MUST(!connection->closing, "%s lost its connection", class->name);
    FUZZ_MUST(answers <= 1, "%s: %u answers", class->name, answers);
    FUZZ_MUST(answers + unanswered >= 1 || !class->request_reply, "%s: no answer", class->name);
    FUZZ_MUST(!class->state_size || class->state_good(connection->client->state), "%s: its state",
              class->name);
}

static void step(Model *model, FuzzInput *input)
{
    MeConnection *connection = model->connections[fuzz_u8(input) % model->count];
    const MeClientClass *class = connection->client->class;
    uint64_t unanswered = model->stats.unanswered;
    uint16_t more = fuzz_u16(input);
    size_t size = MIN(MIN(more % (MESSAGE_MAX + 1u), class->max_length), input->left);
    /* Exactly as long as it is, for the sanitizer to see a byte too far. */
    g_autofree uint8_t *message = g_memdup2(input->data, size);

    input->data += size;
    input->left -= size;
    class->message(connection, message, size);
    check_answers(connection, model->stats.unanswered - unanswered);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput input = {data, MIN(size, FUZZ_INPUT_MAX)};
    Model *model = choose_model(&input);

    while (input.left && model->count) {
        step(model, &input);
    }
    return 0;
}
