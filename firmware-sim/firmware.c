/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The firmware as a whole: what the heci link tells it, and when it takes time over it. What the
 * bytes mean is bus/ and clients/; saved state is firmware-state.c.
 */
#include "firmware-sim/firmware.h"

#include <string.h>

#include <swme/guid.h>

#include "firmware-sim/amt/amt-alerts.h"
#include "firmware-sim/amt/amt-agents.h"
#include "firmware-sim/amt/amt-breaker.h"
#include "firmware-sim/amt/amt-alarms.h"
#include "firmware-sim/amt/amt-notify.h"
#include "firmware-sim/amt/amt-watchdog.h"
#include "firmware-sim/amt/event.h"
#include "firmware-sim/clients/clients.h"
#include "firmware-sim/clients/lme.h"
#include "firmware-sim/error.h"
#include "firmware-sim/firmware-internal.h"

/* ---- time ---- */

static void deadline_cancel(SwmeFirmware *firmware, Deadline *deadline)
{
    deadline->when_ns = NEVER;
    firmware->clock->timer_cancel(deadline->timer);
}

void firmware_deadline_arm(SwmeFirmware *firmware, Deadline *deadline, int64_t when_ns)
{
    deadline->when_ns = when_ns;
    firmware->clock->timer_arm(deadline->timer, when_ns);
}

/* After the link's latency, or here and now where that is zero. */
static void after_latency(SwmeFirmware *firmware, Deadline *deadline, SwmeTimerFunc func)
{
    int64_t latency = firmware->latency->link_ns;

    if (latency == 0) {
        func(firmware);
        return;
    }
    firmware_deadline_arm(firmware, deadline, firmware->clock->now(firmware->clock) + latency);
}

void firmware_cancel_all(SwmeFirmware *firmware)
{
    deadline_cancel(firmware, &firmware->work);
    deadline_cancel(firmware, &firmware->come_up);
    deadline_cancel(firmware, &firmware->d0i3);
}

/* ---- work ---- */

void swme_firmware_reset(SwmeFirmware *firmware)
{
    /*
     * ME_RDY stays down until the host has answered with H_RST: a driver that misses the gap would
     * go on talking to connections that are gone (Linux, up to 6.12).
     */
    deadline_cancel(firmware, &firmware->work);
    deadline_cancel(firmware, &firmware->come_up);
    me_bus_reset(&firmware->bus);
    firmware->ready = false;
    firmware->device->set_ready(firmware->device_opaque, false);
    firmware->device->interrupt(firmware->device_opaque);
    me_bus_note(&firmware->bus, "firmware reset");
}

static void do_work(void *opaque)
{
    SwmeFirmware *firmware = opaque;
    MeBusResult result;
    int64_t next;

    firmware->work.when_ns = NEVER;
    if (!firmware->ready) {
        return;
    }
    firmware->running = true;
    result = me_bus_run(&firmware->bus);
    firmware->running = false;
    switch (result) {
    case ME_BUS_ACTIVE:
        /* One interrupt for all: what was drained, answered and sent. */
        firmware->device->interrupt(firmware->device_opaque);
        break;
    case ME_BUS_BROKEN:
        swme_firmware_reset(firmware);
        return;
    case ME_BUS_IDLE:
        break;
    }
    next = me_bus_next_due(&firmware->bus);
    if (next != NEVER) {
        firmware_deadline_arm(firmware, &firmware->work, next);
    }
}

static void do_come_up(void *opaque)
{
    SwmeFirmware *firmware = opaque;

    firmware->come_up.when_ns = NEVER;
    firmware->ready = true;
    firmware->device->set_ready(firmware->device_opaque, true);
    me_bus_note(&firmware->bus, "ready");
    if (firmware->ready_interrupts) {
        firmware->device->interrupt(firmware->device_opaque);
    }
}

static void do_d0i3_done(void *opaque)
{
    SwmeFirmware *firmware = opaque;

    firmware->d0i3.when_ns = NEVER;
    firmware->device->d0i3_done(firmware->device_opaque);
}

/* Something other than the host gave the firmware something to do. */
static void kick(SwmeFirmware *firmware)
{
    int64_t now = firmware->clock->now(firmware->clock);

    if (!firmware->ready || firmware->running) {
        return;
    }
    /* A look that is already on its way, and not held back for a client's sake, will see it. */
    if (firmware->work.when_ns <= now + firmware->latency->link_ns) {
        return;
    }
    after_latency(firmware, &firmware->work, do_work);
}

/* Never from inside the call, whatever the latency: who calls is in the middle of something. */
static void bus_kick(void *opaque)
{
    SwmeFirmware *firmware = opaque;
    int64_t when_ns = firmware->clock->now(firmware->clock) + firmware->latency->link_ns;

    if (firmware->ready && !firmware->running && firmware->work.when_ns > when_ns) {
        firmware_deadline_arm(firmware, &firmware->work, when_ns);
    }
}

/* ---- the heci link ---- */

static void link_doorbell(void *opaque)
{
    kick(opaque);
}

void firmware_link_reset(SwmeFirmware *firmware, bool interrupts)
{
    firmware_cancel_all(firmware);
    me_bus_reset(&firmware->bus);
    firmware->ready = false;
    firmware->ready_interrupts = interrupts;
    after_latency(firmware, &firmware->come_up, do_come_up);
}

static void link_host_reset(void *opaque)
{
    SwmeFirmware *firmware = opaque;

    me_bus_note(&firmware->bus, "host reset");
    firmware_link_reset(firmware, true);
}

static const MeClientRow *client_row(const MeClientClass *class)
{
    const MeClientRow *row = me_client_rows;

    while (row->class && row->class != class) {
        row++;
    }
    return row;
}

/* True where that changed anything. */
static bool set_amt_clients(SwmeFirmware *firmware, bool present)
{
    MeBus *bus = &firmware->bus;
    bool changed = false;

    for (unsigned int i = 0; i < bus->client_end; i++) {
        MeClient *client = bus->clients[i];

        if (client && client->present != present &&
            client_row(client->class)->when == ME_CLIENT_AMT) {
            me_bus_set_present(bus, client, present);
            changed = true;
        }
    }
    return changed;
}

static void link_platform_reset(void *opaque)
{
    SwmeFirmware *firmware = opaque;
    const SwmePlatform *platform = firmware->context.platform;

    me_bus_note(&firmware->bus, "platform reset");
    for (unsigned int i = 0; i < platform->hfs_count; i++) {
        firmware->device->set_status(
            firmware->device_opaque, i,
            swme_platform_status(platform, i, firmware->context.amt != NULL));
    }
    if (firmware->context.amt) {
        amt_state_boot(firmware->context.amt);
        amt_watchdog_boot(firmware->context.watchdog);
        amt_agents_boot(firmware->context.agents);
    }
    firmware_link_reset(firmware, false);
    if (!swme_context_amt_on(&firmware->context)) {
        set_amt_clients(firmware, false);
    }
}

static void link_d0i3(void *opaque, bool enter)
{
    SwmeFirmware *firmware = opaque;

    me_bus_note(&firmware->bus, enter ? "D0i3 entry" : "D0i3 exit");
    after_latency(firmware, &firmware->d0i3, do_d0i3_done);
}

static void link_pg_isolation(void *opaque, bool enter)
{
    SwmeFirmware *firmware = opaque;
    static const uint8_t message[HBM_PG_SIZE] = {HBM_PG_EXIT};

    me_bus_note(&firmware->bus, enter ? "isolation entry" : "isolation exit");
    if (enter) {
        firmware->bus.isolated = true;
        return;
    }
    if (firmware->bus.isolated && !firmware->bus.exit_asked) {
        firmware->bus.exit_asked = me_hbm_send(&firmware->bus, message, sizeof(message));
        kick(firmware);
    }
}

const HeciFirmwareOps swme_firmware_ops = {
    .doorbell = link_doorbell,
    .host_reset = link_host_reset,
    .platform_reset = link_platform_reset,
    .d0i3 = link_d0i3,
    .pg_isolation = link_pg_isolation,
};

/* ---- life ---- */

/* What the user asked for: the platform's own list goes without saying. */
static unsigned int client_groups(const SwmeFirmware *firmware, const SwmeFirmwareConfig *config)
{
    return (firmware->context.amt ? MADE_WITH_AMT : 0) | (config->echo ? MADE_WITH_ECHO : 0);
}

static void add_clients(SwmeFirmware *firmware, const SwmeFirmwareConfig *config)
{
    bool amt = firmware->context.amt != NULL;

    firmware->groups = client_groups(firmware, config);
    for (const MeClientRow *row = me_client_rows; row->class; row++) {
        bool present = (row->when != ME_CLIENT_ON_REQUEST || config->echo) &&
                       (row->when != ME_CLIENT_AMT || swme_context_amt_on(&firmware->context));

        /* An absent client may come later; a fixed-address one may not, for nobody announces it. */
        if (me_client_possible(row, config->platform, amt) &&
            (present || !row->class->fixed_address)) {
            me_bus_add_client(&firmware->bus, row->class,
                              swme_latency_client_ns(firmware->latency, row->class->name), present);
        }
    }
}

static void deadline_init(SwmeFirmware *firmware, Deadline *deadline, SwmeTimerFunc func)
{
    deadline->when_ns = NEVER;
    deadline->timer = firmware->clock->timer_new(firmware->clock, func, firmware);
}

static bool has_uuid(const SwmeFirmwareConfig *config)
{
    static const uint8_t none[SWME_UUID_SIZE];

    return memcmp(config->uuid, none, sizeof(none)) != 0;
}

static const uint8_t *system_uuid(const SwmeFirmwareConfig *config)
{
    static const SwmeGuid own =
        SWME_GUID(0x0a5d7c34, 0x9e1b, 0x4c62, 0x8f, 0x07, 0x3b, 0x2d, 0x61, 0xe8, 0xa5, 0x90);

    return has_uuid(config) ? config->uuid : own.bytes;
}

static void amt_changed(void *opaque, AmtState *amt, unsigned int changed)
{
    (void)changed;
    amt_nvm_put(((SwmeFirmware *)opaque)->nvm, amt_state_data(amt));
}

/* AMT's clients come when it is switched on. When it goes they stay, mute, until the next boot. */
static void amt_switched(void *opaque, AmtState *amt, unsigned int changed)
{
    SwmeFirmware *firmware = opaque;

    (void)amt;
    (void)changed;
    if (swme_context_amt_on(&firmware->context) && set_amt_clients(firmware, true)) {
        kick(firmware);
    }
}

static void watchdog_wanted(void *opaque)
{
    SwmeFirmware *firmware = opaque;
    MeClient *client = me_bus_find_client(&firmware->bus, "watchdog");

    /* The driver asks again when it is told so (Linux mei_wdt.c). */
    if (client && !firmware->loading) {
        me_bus_notify(&firmware->bus, client);
        kick(firmware);
    }
}

static void alert_note(void *opaque, const char *text)
{
    me_bus_note(&((SwmeFirmware *)opaque)->bus, text);
}

/* AMT as the NVM file has it, or fresh. The file is read here and never again. */
static bool make_amt(SwmeFirmware *firmware, const SwmeFirmwareConfig *config, GError **error)
{
    int64_t time_s = config->time_s ? config->time_s : g_get_real_time() / G_USEC_PER_SEC;
    AmtState *amt =
        amt_state_new(config->platform, firmware->context.uuid, firmware->clock, time_s);
    g_autoptr(AmtData) data = NULL;

    firmware->context.amt = amt;
    amt_state_subscribe(amt, AMT_CHANGED_SETUP, amt_switched, firmware);
    if (config->nvm) {
        data = amt_data_copy(amt_state_data(amt));
        firmware->nvm = config->nvm_later ? amt_nvm_open_later(config->nvm, data, error)
                                          : amt_nvm_open(config->nvm, data, error);
        if (firmware->nvm) {
            amt_state_replace(amt, data);
            amt_state_subscribe(amt, AMT_CHANGED_NVM, amt_changed, firmware);
            /* The user's word is the machine's from now on; else it is what the file says. */
            if (has_uuid(config)) {
                AmtIdentity identity;

                memcpy(identity.uuid, config->uuid, sizeof(identity.uuid));
                amt_state_set_identity(amt, &identity);
            }
        }
        if (!firmware->nvm) {
            return false;
        }
    }
    if (config->amt != SWME_AUTO) {
        amt_owner_switches(amt, config->amt == SWME_ON);
    }
    return amt_watchdog_set(amt, config->watchdog, config->watchdog_reset, error) &&
           amt_alerts_set(amt, config->alert, error);
}

SwmeFirmware *swme_firmware_new(const SwmeFirmwareConfig *config, const HeciDeviceOps *device,
                                void *device_opaque, SwmeClock *clock, GError **error)
{
    g_autoptr(SwmeLatency) latency = swme_latency_parse(config->latency, error);
    SwmeFirmware *firmware;
    bool amt = config->amt == SWME_AUTO ? config->platform->amt : config->amt != SWME_OFF;

    if (!latency || !me_latency_clients_exist(latency, error)) {
        return NULL;
    }
    if (amt && !config->platform->amt) {
        g_set_error(error, SWME_ERROR, SWME_ERROR_ARGUMENT, "platform '%s' has no AMT to %s",
                    config->platform->name,
                    config->amt == SWME_ON ? "turn on" : "disable: amt=off is what it is");
        return NULL;
    }
    if (config->alert && !amt) {
        g_set_error(error, SWME_ERROR, SWME_ERROR_ARGUMENT,
                    "alerts are AMT's, and this firmware has no AMT");
        return NULL;
    }
    if ((config->watchdog || config->watchdog_reset) && !amt) {
        g_set_error(error, SWME_ERROR, SWME_ERROR_ARGUMENT,
                    "the watchdog is AMT's, and this firmware has no AMT");
        return NULL;
    }
    if (config->nvm && !amt) {
        g_set_error(error, SWME_ERROR, SWME_ERROR_ARGUMENT,
                    "an NVM file is AMT's, and this firmware has no AMT");
        return NULL;
    }
    firmware = g_new0(SwmeFirmware, 1);
    firmware->context.platform = config->platform;
    firmware->context.services = config->services;
    memcpy(firmware->context.uuid, system_uuid(config), SWME_UUID_SIZE);
    firmware->clock = clock;
    if (amt && !make_amt(firmware, config, error)) {
        amt_nvm_close(firmware->nvm);
        amt_state_free(firmware->context.amt);
        g_free(firmware);
        return NULL;
    }
    firmware->device = device;
    firmware->device_opaque = device_opaque;
    firmware->latency = g_steal_pointer(&latency);
    deadline_init(firmware, &firmware->work, do_work);
    deadline_init(firmware, &firmware->come_up, do_come_up);
    deadline_init(firmware, &firmware->d0i3, do_d0i3_done);
    firmware->bus.device = device;
    firmware->bus.device_opaque = device_opaque;
    firmware->bus.clock = clock;
    firmware->bus.context = &firmware->context;
    firmware->bus.stats = &firmware->stats;
    firmware->bus.kick = bus_kick;
    firmware->bus.kick_opaque = firmware;
    me_bus_init(&firmware->bus);
    if (amt) {
        firmware->context.watchdog = amt_watchdog_new(firmware->context.amt, clock,
                                                      &config->machine, watchdog_wanted, firmware);
        firmware->context.alerter =
            amt_alerter_new(firmware->context.amt, clock, &config->datagrams, alert_note, firmware);
        firmware->context.notifier =
            amt_notifier_new(firmware->context.amt, clock, alert_note, firmware);
        firmware->context.agents =
            amt_agents_new(firmware->context.amt, clock, firmware->context.watchdog);
        firmware->context.breaker = amt_breaker_new(firmware->context.amt, clock);
        firmware->alarms = amt_alarm_clock_new(firmware->context.amt, clock, &config->machine);
    }
    add_clients(firmware, config);
    return firmware;
}

void swme_firmware_free(SwmeFirmware *firmware)
{
    if (!firmware) {
        return;
    }
    me_bus_clear(&firmware->bus);
    firmware->clock->timer_free(firmware->work.timer);
    firmware->clock->timer_free(firmware->come_up.timer);
    firmware->clock->timer_free(firmware->d0i3.timer);
    amt_breaker_free(firmware->context.breaker);
    amt_agents_free(firmware->context.agents);
    amt_watchdog_free(firmware->context.watchdog);
    amt_alerter_free(firmware->context.alerter);
    amt_notifier_free(firmware->context.notifier);
    amt_alarm_clock_free(firmware->alarms);
    amt_nvm_close(firmware->nvm);
    amt_state_free(firmware->context.amt);
    swme_latency_free(firmware->latency);
    g_free(firmware);
}

void swme_firmware_set_trace(SwmeFirmware *firmware, SwmeTraceFunc func, void *opaque)
{
    firmware->bus.trace = func;
    firmware->bus.trace_opaque = opaque;
}

size_t swme_firmware_shown(const SwmeFirmware *firmware, uint8_t me_addr, const uint8_t *data,
                           size_t size)
{
    const MeClient *client = firmware->bus.clients[me_addr];

    return client ? me_client_shown(client, data, size) : SIZE_MAX;
}

const SwmeFirmwareStats *swme_firmware_stats(const SwmeFirmware *firmware)
{
    return &firmware->stats;
}

void swme_firmware_status(const SwmeFirmware *firmware, SwmeFirmwareStatus *status)
{
    *status = (SwmeFirmwareStatus){
        .ready = firmware->ready,
        .started = firmware->bus.started,
        .enumerated = firmware->bus.enumerated,
        .isolated = firmware->bus.isolated,
        .hbm_major = firmware->bus.major,
        .hbm_minor = firmware->bus.minor,
    };
}

bool swme_firmware_client(const SwmeFirmware *firmware, uint8_t me_addr, SwmeFirmwareClient *client)
{
    const MeClient *found = firmware->bus.clients[me_addr];

    if (found) {
        *client = (SwmeFirmwareClient){
            .name = found->class->name,
            .present = found->present,
            .fixed = found->fixed != NULL,
            .connections = me_connection_count(found),
        };
    }
    return found != NULL;
}

uint8_t swme_firmware_client_address(const SwmeFirmware *firmware, const char *name)
{
    const MeClient *client = me_bus_find_client(&firmware->bus, name);

    return client ? client->me_addr : 0;
}

/* ---- what others may ask of it while it runs ---- */

const SwmeContext *swme_firmware_context(const SwmeFirmware *firmware)
{
    return &firmware->context;
}

AmtState *swme_firmware_amt(SwmeFirmware *firmware)
{
    return firmware->context.amt;
}

void swme_firmware_host_power(SwmeFirmware *firmware, SwmeHostPower power)
{
    if (firmware->context.watchdog) {
        amt_watchdog_power(firmware->context.watchdog, power);
        amt_agents_power(firmware->context.agents, power);
        if (power == SWME_HOST_S5) {
            amt_breaker_power_off(firmware->context.breaker);
        }
    }
}

AmtWatchdog *swme_firmware_watchdog(SwmeFirmware *firmware)
{
    return firmware->context.watchdog;
}

AmtAlerter *swme_firmware_alerter(SwmeFirmware *firmware)
{
    return firmware->context.alerter;
}

GIOStream *swme_firmware_open_host(SwmeFirmware *firmware, uint16_t port)
{
    Apf *apf = me_lme_session(&firmware->bus);

    return apf ? apf_open(apf, "127.0.0.1", port) : NULL;
}

bool swme_firmware_flush(SwmeFirmware *firmware, GError **error)
{
    return !firmware->nvm || amt_nvm_flush(firmware->nvm, error);
}

void swme_firmware_own_nvm(SwmeFirmware *firmware, bool own)
{
    if (firmware->nvm && own) {
        amt_nvm_take(firmware->nvm);
        amt_nvm_put(firmware->nvm, amt_state_data(firmware->context.amt));
    } else if (firmware->nvm) {
        amt_nvm_release(firmware->nvm);
    }
}

void swme_firmware_stop(SwmeFirmware *firmware)
{
    if (me_hbm_stop(&firmware->bus)) {
        kick(firmware);
    }
}

static MeClient *find_client(SwmeFirmware *firmware, const char *name, GError **error)
{
    MeClient *client = me_bus_find_client(&firmware->bus, name);

    if (!client || client->fixed) {
        g_autofree char *shown = swme_error_text(name);

        g_set_error(error, SWME_ERROR, SWME_ERROR_ARGUMENT,
                    "'%s' is not an ME client that connections are made to", shown);
        return NULL;
    }
    return client;
}

bool swme_firmware_set_client(SwmeFirmware *firmware, const char *name, bool present,
                              GError **error)
{
    MeClient *client = find_client(firmware, name, error);

    if (client) {
        me_bus_set_present(&firmware->bus, client, present);
        kick(firmware);
    }
    return client != NULL;
}

bool swme_firmware_set_latency(SwmeFirmware *firmware, const char *text, GError **error)
{
    g_autoptr(SwmeLatency) latency = swme_latency_parse(text, error);

    if (!latency || !me_latency_clients_exist(latency, error)) {
        return false;
    }
    swme_latency_free(firmware->latency);
    firmware->latency = g_steal_pointer(&latency);
    for (unsigned int i = 0; i < ME_CLIENT_ADDRESSES; i++) {
        MeClient *client = firmware->bus.clients[i];

        if (client) {
            client->latency_ns = swme_latency_client_ns(firmware->latency, client->class->name);
        }
    }
    return true;
}

bool swme_firmware_notify(SwmeFirmware *firmware, const char *name, GError **error)
{
    MeClient *client = find_client(firmware, name, error);

    if (client) {
        me_bus_notify(&firmware->bus, client);
        kick(firmware);
    }
    return client != NULL;
}
