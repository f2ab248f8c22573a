/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target "watchdog": any messages to the watchdog client from several hosts, while time
 * passes, connections come and go, the host sleeps and is reset, and AMT's mind changes. A timer
 * runs out exactly when a model of one says so, and what is saved comes back.
 */
#include <string.h>

#include <glib.h>

#include <swme/bytes.h>
#include <swme/watchdog.h>

#include "firmware-sim/amt/amt-watchdog.h"
#include "firmware-sim/bus/bus.h"
#include "firmware-sim/clients/clients.h"
#include "firmware-sim/manual-clock.h"
#include "tests/fuzz/fuzz.h"

#define HOSTS       4 /* addresses 1 to 4; 0 is nobody */
#define TIME_S      1600000000
#define MESSAGE_MAX 64
#define SAVES_MAX   3 /* of an input: more would be most of the work */

/* What a timer should do, told once more and without a clock's help. */
typedef struct Expected {
    bool runs;
    bool expired;
    int64_t left_ns;
} Expected;

typedef struct Model {
    SwmeManualClock *clock;
    SwmeContext context;
    SwmeFirmwareStats stats;
    MeBus bus;
    MeClient *client;
    MeConnection *connections[HOSTS + 1];
    Expected expected[HOSTS + 1];
    bool asleep;
    unsigned int hangs; /* expected */
    unsigned int told;  /* by the firmware */
    unsigned int resets;
} Model;

static void machine_reset(void *opaque)
{
    ((Model *)opaque)->resets++;
}

static void machine_expired(void *opaque)
{
    ((Model *)opaque)->told++;
}

static const SwmeMachineOps machine_ops = {
    .reset = machine_reset,
    .watchdog_expired = machine_expired,
};

static void wanted_changed(void *opaque)
{
    Model *model = opaque;

    if (!amt_watchdog_wanted(model->context.watchdog)) {
        memset(model->expected, 0, sizeof(model->expected));
    }
}

/* What lasts from input to input; the state becomes fresh again. */
typedef struct Rig {
    SwmeManualClock *clock;
    AmtState *amt;
    AmtData *fresh;
} Rig;

static Rig rig;

static void rig_init(void)
{
    static const uint8_t uuid[AMTHI_UUID_SIZE] = {1, 2, 3};

    rig.clock = swme_manual_clock_new();
    rig.amt = amt_state_new(swme_platform_find("tgp-lp", NULL), uuid, swme_manual_clock(rig.clock),
                            TIME_S);
    rig.fresh = amt_data_copy(amt_state_data(rig.amt));
}

static void model_init(Model *model, FuzzInput *input)
{
    SwmeMachine machine = {&machine_ops, model};
    MeClientWatchdog kind = fuzz_u8(input) % ME_WATCHDOG_COUNT;
    SwmeClock *clock;

    if (!rig.amt) {
        rig_init();
    }
    memset(model, 0, sizeof(*model));
    model->clock = rig.clock;
    swme_manual_clock_restart(rig.clock);
    clock = swme_manual_clock(model->clock);
    model->context.platform = amt_state_platform(rig.amt);
    model->context.amt = rig.amt;
    amt_state_set_running(rig.amt, TIME_S * SWME_NS_PER_S);
    amt_state_replace(rig.amt, rig.fresh);
    model->bus.clock = clock;
    model->bus.context = &model->context;
    model->bus.stats = &model->stats;
    model->context.watchdog =
        amt_watchdog_new(model->context.amt, clock, &machine, wanted_changed, model);
    amt_watchdog_boot(model->context.watchdog);
    me_bus_init(&model->bus);
    me_bus_add_client(&model->bus, &me_client_watchdog[kind], 0, true);
    model->client = model->bus.clients[ME_FIRST_DYNAMIC];
    FUZZ_MUST(amt_watchdog_set(model->context.amt, "on", NULL, NULL), "a setting was refused");
}

static void model_clear(Model *model)
{
    me_bus_clear(&model->bus);
    amt_watchdog_free(model->context.watchdog);
}

static void expect_start(Model *model, unsigned int host, uint16_t timeout_s)
{
    if (amt_watchdog_wanted(model->context.watchdog)) {
        model->expected[AMT_WATCHDOG_NOBODY].runs = false;
        model->expected[host] = (Expected){true, false, MAX(timeout_s, 1) * SWME_NS_PER_S};
    }
}

/* Takes what the client said; at most one answer, and well formed. */
static void take_answer(MeConnection *connection)
{
    MeTxItem *item = g_queue_pop_head(&connection->tx);

    if (item) {
        FUZZ_MUST(g_bytes_get_size(item->message) <= 12, "an answer that is too long");
        g_bytes_unref(item->message);
        g_free(item);
    }
    FUZZ_MUST(connection->tx.length == 0, "two answers");
    FUZZ_MUST(!connection->closing, "the client lost its connection");
}

static void message(Model *model, FuzzInput *input)
{
    static const uint8_t heads[][WD_HEADER_SIZE] = {
        {0x02, 0x15, 0x13, 0x10}, {0x02, 0x02, 0x14, 0x10}, {0x05, 0x02, 0x51, 0x10},
        {0x05, 0x02, 0x52, 0x10}, {0x05, 0x03, 0x53, 0x10}, {0x07, 0x02, 0x01, 0x10}};
    unsigned int host = 1 + fuzz_u8(input) % HOSTS;
    uint8_t choice = fuzz_u8(input);
    uint8_t data[MESSAGE_MAX] = {0};
    g_autofree uint8_t *exact = NULL;
    size_t size = WD_START_SIZE;
    uint16_t timeout_s = fuzz_u16(input);

    if (choice < G_N_ELEMENTS(heads)) {
        memcpy(data, heads[choice], WD_HEADER_SIZE);
        swme_put_le16(data + WD_START_OFF_TIMEOUT, timeout_s);
    } else {
        size = choice % (MESSAGE_MAX + 1);
        for (size_t i = 0; i < size; i++) {
            data[i] = fuzz_u8(input);
        }
    }
    if (!model->connections[host]) {
        model->connections[host] = me_connection_open(model->client, (uint8_t)host);
    }
    if (choice == 0) {
        expect_start(model, host, timeout_s);
    } else if (choice == 1) {
        model->expected[AMT_WATCHDOG_NOBODY].runs = false;
        model->expected[host].runs = false;
    } else if (choice >= G_N_ELEMENTS(heads) && size >= WD_HEADER_SIZE &&
               data[WD_OFF_COMMAND] == WD_CONTROL) {
        return; /* its own starts are made above, where the model sees them */
    }
    exact = g_memdup2(data, size);
    model->client->class->message(model->connections[host], exact, size);
    take_answer(model->connections[host]);
}

static void leave(Model *model, unsigned int host)
{
    Expected *gone = &model->expected[host];
    Expected *nobodys = &model->expected[AMT_WATCHDOG_NOBODY];
    MeConnection *connection = model->connections[host];

    if (!connection) {
        return;
    }
    if (gone->runs && (!nobodys->runs || (gone->expired ? 0 : gone->left_ns) <
                                             (nobodys->expired ? 0 : nobodys->left_ns))) {
        *nobodys = *gone;
    }
    gone->runs = false;
    g_queue_remove(&model->bus.connections, connection);
    me_connection_free(connection);
    model->connections[host] = NULL;
}

/* One hang, however many timers: no news while one has run out already. */
static void pass(Model *model, int64_t ns)
{
    while (!model->asleep) {
        int64_t first = INT64_MAX;
        bool known = false;

        for (unsigned int i = 0; i <= HOSTS; i++) {
            Expected *e = &model->expected[i];

            if (e->runs && !e->expired) {
                first = MIN(first, e->left_ns);
            }
            known |= e->runs && e->expired;
        }
        if (first > ns) {
            break;
        }
        for (unsigned int i = 0; i <= HOSTS; i++) {
            Expected *e = &model->expected[i];

            e->left_ns -= e->runs && !e->expired ? first : 0;
            e->expired |= e->runs && e->left_ns == 0;
        }
        model->hangs += !known;
        swme_manual_clock_advance(model->clock, first);
        ns -= first;
    }
    for (unsigned int i = 0; i <= HOSTS && !model->asleep; i++) {
        model->expected[i].left_ns -= ns;
    }
    swme_manual_clock_advance(model->clock, ns);
}

static bool is_user(void *opaque, uint8_t user)
{
    const Model *model = opaque;

    return user <= HOSTS && model->connections[user];
}

static void check(Model *model)
{
    AmtWatchdogTimer timers[AMT_WATCHDOG_USERS];
    unsigned int count = amt_watchdog_timers(model->context.watchdog, timers);
    unsigned int expected = 0;

    FUZZ_MUST(model->told == model->hangs, "%u hangs, %u expected", model->told, model->hangs);
    FUZZ_MUST(model->resets <= model->told, "%u resets", model->resets);
    for (unsigned int i = 0; i <= HOSTS; i++) {
        expected += model->expected[i].runs;
    }
    FUZZ_MUST(count == expected, "%u timers, %u expected", count, expected);
    for (unsigned int i = 0; i < count; i++) {
        const Expected *e = &model->expected[timers[i].user];

        FUZZ_MUST(e->runs && e->expired == timers[i].expired, "timer of %u", timers[i].user);
        FUZZ_MUST(e->expired || e->left_ns == timers[i].remaining_ns, "time of %u", timers[i].user);
    }
}

static void save_and_load(Model *model)
{
    AmtWatchdog *watchdog = model->context.watchdog;
    g_autoptr(GVariant) saved = g_variant_ref_sink(amt_watchdog_save(watchdog));
    g_autoptr(GVariant) again = NULL;

    FUZZ_MUST(amt_watchdog_load(watchdog, saved, is_user, model), "its own state refused");
    again = g_variant_ref_sink(amt_watchdog_save(watchdog));
    FUZZ_MUST(g_variant_equal(saved, again), "another state came back");
}

static void power(Model *model, SwmeHostPower before, SwmeHostPower to)
{
    amt_watchdog_power(model->context.watchdog, to);
    model->asleep = to == SWME_HOST_S3;
    if (to == SWME_HOST_S5 && before != to) {
        memset(model->expected, 0, sizeof(model->expected));
    }
}

static void boot(Model *model, SwmeHostPower before)
{
    amt_watchdog_boot(model->context.watchdog);
    for (unsigned int i = 0; i <= HOSTS && before != SWME_HOST_S3; i++) {
        model->expected[i].runs &= !model->expected[i].expired && before != SWME_HOST_S5;
    }
}

static void settings(Model *model, FuzzInput *input)
{
    static const char *const runs[] = {"on", "off", "auto", NULL};
    static const char *const resets[] = {"off", "0", "30", "86400", NULL};
    const char *run = runs[fuzz_u8(input) % G_N_ELEMENTS(runs)];

    amt_watchdog_set(model->context.amt, run, resets[fuzz_u8(input) % G_N_ELEMENTS(resets)], NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput input = {data, MIN(size, FUZZ_INPUT_MAX)};
    SwmeHostPower now = SWME_HOST_S0;
    SwmeHostPower before;
    unsigned int saves = 0;
    Model model;

    model_init(&model, &input);
    while (input.left) {
        switch (fuzz_u8(&input) % 8) {
        case 0:
        case 1:
            message(&model, &input);
            break;
        case 2:
            pass(&model, fuzz_u16(&input) * SWME_NS_PER_S);
            break;
        case 3:
            leave(&model, 1 + fuzz_u8(&input) % HOSTS);
            break;
        case 4:
            settings(&model, &input);
            break;
        case 5:
            before = now;
            now = fuzz_u8(&input) % (SWME_HOST_S5 + 1);
            power(&model, before, now);
            break;
        case 6:
            boot(&model, now);
            now = now == SWME_HOST_S5 ? SWME_HOST_S0 : now;
            break;
        default:
            if (saves++ < SAVES_MAX) {
                save_and_load(&model);
            }
            break;
        }
        check(&model);
    }
    model_clear(&model);
    return 0;
}
