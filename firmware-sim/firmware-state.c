/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A firmware's saved state, as bytes and back. Loading believes nothing that it has not checked. */
#include <stdarg.h>
#include <string.h>

#include "firmware-sim/amt/amt-agents.h"
#include "firmware-sim/amt/amt-alerts.h"
#include "firmware-sim/amt/amt-notify.h"
#include "firmware-sim/amt/amt-veil.h"
#include "firmware-sim/amt/amt-watchdog.h"
#include "firmware-sim/error.h"
#include "firmware-sim/firmware-internal.h"

#define STATE_VERSION 19
#define STATE_TYPE                \
    "(usubbxxx" ME_BUS_STATE_TYPE \
    "x" AMT_DATA_TYPE AMT_WATCHDOG_STATE_TYPE AMT_ALERTS_STATE_TYPE AMT_NOTIFY_STATE_TYPE ")"
#define STATE_PARTS   14
#define STATE_AMT     10 /* which of them */
#define STATE_NOT_DUE INT64_C(-1)

/* Times are saved as "so long from now": the clock that loads them has another origin. */
static int64_t remaining(const SwmeFirmware *firmware, const Deadline *deadline)
{
    int64_t now = firmware->clock->now(firmware->clock);

    return deadline->when_ns == NEVER ? STATE_NOT_DUE : MAX(deadline->when_ns - now, 0);
}

static void resume(SwmeFirmware *firmware, Deadline *deadline, int64_t remaining_ns)
{
    if (remaining_ns >= 0) {
        firmware_deadline_arm(firmware, deadline,
                              firmware->clock->now(firmware->clock) +
                                  MIN(remaining_ns, SWME_LATENCY_MAX_NS));
    }
}

/* AMT's values with their secrets veiled, or no longer so; floating. */
static GVariant *veil_amt(GVariant *values)
{
    gsize size = g_variant_get_size(values);
    uint8_t *bytes = g_memdup2(g_variant_get_data(values), size);
    g_autoptr(GBytes) veiled = NULL;

    amt_veil(bytes, size);
    veiled = g_bytes_new_take(bytes, size);
    return g_variant_new_from_bytes(G_VARIANT_TYPE(AMT_DATA_TYPE), veiled, TRUE);
}

/* An empty dictionary where there is no AMT. */
static GVariant *save_amt(const SwmeFirmware *firmware)
{
    g_autoptr(GVariant) values = NULL;

    if (!firmware->context.amt) {
        return g_variant_new_array(G_VARIANT_TYPE("{sv}"), NULL, 0);
    }
    values = g_variant_ref_sink(amt_data_save(amt_state_data(firmware->context.amt), true));
    return veil_amt(values);
}

static int64_t amt_time(const SwmeFirmware *firmware)
{
    return firmware->context.amt ? amt_state_running(firmware->context.amt) : 0;
}

GBytes *swme_firmware_save(SwmeFirmware *firmware)
{
    g_autoptr(GVariant) state = g_variant_ref_sink(g_variant_new(
        "(usubbxxx@" ME_BUS_STATE_TYPE "x@" AMT_DATA_TYPE "@" AMT_WATCHDOG_STATE_TYPE
        "@" AMT_ALERTS_STATE_TYPE "@" AMT_NOTIFY_STATE_TYPE ")",
        (guint32)STATE_VERSION, firmware->context.platform->name, firmware->groups, firmware->ready,
        firmware->ready_interrupts, remaining(firmware, &firmware->work),
        remaining(firmware, &firmware->come_up), remaining(firmware, &firmware->d0i3),
        me_bus_save(&firmware->bus), amt_time(firmware), save_amt(firmware),
        amt_watchdog_save(firmware->context.watchdog), amt_alerter_save(firmware->context.alerter),
        amt_notifier_save(firmware->context.notifier)));

    if (G_BYTE_ORDER == G_BIG_ENDIAN) {
        g_autoptr(GVariant) swapped = g_variant_byteswap(state);

        return g_variant_get_data_as_bytes(swapped);
    }
    return g_variant_get_data_as_bytes(state);
}

#define refuse(error, ...) \
    swme_error_set(error, SWME_ERROR_STATE, "saved firmware state refused", __VA_ARGS__)

/*
 * Made with the same options. What is there now may differ all the same, for clients come and go:
 * that is the bus's to load.
 */
static bool check_made_alike(const SwmeFirmware *firmware, uint32_t version, const char *platform,
                             unsigned int groups, GError **error)
{
    static const struct {
        unsigned int group;
        const char *option;
    } options[] = {{MADE_WITH_AMT, "AMT"}, {MADE_WITH_ECHO, "the echo client"}};
    g_autofree char *shown = NULL;

    if (version != STATE_VERSION) {
        return refuse(error, "it is of version %u, this is version %u", version, STATE_VERSION);
    }
    if (!g_str_equal(platform, firmware->context.platform->name)) {
        shown = swme_error_text(platform);
        return refuse(error, "it is of platform '%s', this is platform '%s'", shown,
                      firmware->context.platform->name);
    }
    for (unsigned int i = 0; i < G_N_ELEMENTS(options); i++) {
        if ((groups ^ firmware->groups) & options[i].group) {
            return refuse(error, "it is of a firmware %s %s, this one was made %s",
                          groups & options[i].group ? "with" : "without", options[i].option,
                          groups & options[i].group ? "without" : "with it");
        }
    }
    return groups == firmware->groups || refuse(error, "it is of a firmware with other clients");
}

/* data: the saved AMT, which is not the firmware's before all else has been loaded. */
static bool check_amt(const SwmeFirmware *firmware, GVariant *saved, AmtData **data, GError **error)
{
    const char *why = "state, and there is no AMT";
    g_autoptr(GVariant) values = NULL;
    bool good = !g_variant_n_children(saved);

    if (firmware->context.amt) {
        *data = amt_data_copy(amt_state_data(firmware->context.amt));
        values = g_variant_ref_sink(veil_amt(saved));
        good = amt_data_load(*data, values, true, false, &why);
    }
    return good || refuse(error, "AMT's %s", why ? why : "values, which cannot be told apart");
}

static bool is_watchdog_user(void *opaque, uint8_t user)
{
    SwmeFirmware *firmware = opaque;
    MeClient *client = me_bus_find_client(&firmware->bus, "watchdog");

    return client && me_connection_find(&firmware->bus, client->me_addr, user);
}

static bool load_watchdog(SwmeFirmware *firmware, GVariant *state, GError **error)
{
    AmtWatchdog *watchdog = firmware->context.watchdog;

    if (!watchdog || amt_watchdog_load(watchdog, state, is_watchdog_user, firmware)) {
        return true;
    }
    return refuse(error, "a watchdog that this firmware cannot have");
}

/*
 * In normal form, but for AMT's values: they are many, and who loads them checks that himself.
 * Where the parts are, the whole is if it has the bytes of one that was made of them.
 */
static bool is_normal(GVariant *state)
{
    GVariant *parts[STATE_PARTS];
    g_autoptr(GVariant) again = NULL;
    bool normal = true;

    for (gsize i = 0; i < STATE_PARTS; i++) {
        parts[i] = g_variant_get_child_value(state, i);
        normal = normal && (i == STATE_AMT || g_variant_is_normal_form(parts[i]));
    }
    again = g_variant_ref_sink(g_variant_new_tuple(parts, STATE_PARTS));
    for (gsize i = 0; i < STATE_PARTS; i++) {
        g_variant_unref(parts[i]);
    }
    return normal && g_variant_get_size(again) == g_variant_get_size(state) &&
           memcmp(g_variant_get_data(again), g_variant_get_data(state),
                  g_variant_get_size(state)) == 0;
}

static bool load(SwmeFirmware *firmware, GVariant *state, GError **error)
{
    g_autoptr(GVariant) bus = NULL;
    g_autoptr(GVariant) amt = NULL;
    g_autoptr(GVariant) watchdog = NULL;
    g_autoptr(GVariant) alerts = NULL;
    g_autoptr(GVariant) notices = NULL;
    g_autoptr(AmtData) data = NULL;
    g_autofree char *platform = NULL;
    gboolean ready, ready_interrupts;
    gint64 work, come_up, d0i3, time_ns;
    guint32 version, groups;

    if (!is_normal(state)) {
        return refuse(error, "it is damaged or cut short");
    }
    g_variant_get(state,
                  "(usubbxxx@" ME_BUS_STATE_TYPE "x@" AMT_DATA_TYPE "@" AMT_WATCHDOG_STATE_TYPE
                  "@" AMT_ALERTS_STATE_TYPE "@" AMT_NOTIFY_STATE_TYPE ")",
                  &version, &platform, &groups, &ready, &ready_interrupts, &work, &come_up, &d0i3,
                  &bus, &time_ns, &amt, &watchdog, &alerts, &notices);
    if (!check_made_alike(firmware, version, platform, groups, error)) {
        return false;
    }
    if (time_ns < 0 || time_ns > AMT_RUNNING_MAX) {
        return refuse(error, "AMT's clock shows what it cannot");
    }
    if (!check_amt(firmware, amt, &data, error) || !me_bus_load(&firmware->bus, bus, error)) {
        return false;
    }
    if (firmware->context.amt) {
        amt_state_set_running(firmware->context.amt, time_ns);
        amt_state_replace(firmware->context.amt, data);
        amt_agents_resume(firmware->context.agents);
    }
    if (!load_watchdog(firmware, watchdog, error)) {
        return false;
    }
    if (firmware->context.alerter && !amt_alerter_load(firmware->context.alerter, alerts)) {
        return refuse(error, "alerts that this firmware cannot have");
    }
    if (firmware->context.notifier && !amt_notifier_load(firmware->context.notifier, notices)) {
        return refuse(error, "events for listeners that this firmware cannot have");
    }
    firmware->ready = ready;
    firmware->ready_interrupts = ready_interrupts;
    resume(firmware, &firmware->work, work);
    if (ready && me_bus_owes_disconnect(&firmware->bus)) {
        resume(firmware, &firmware->work, 0);
    }
    resume(firmware, &firmware->come_up, come_up);
    resume(firmware, &firmware->d0i3, d0i3);
    return true;
}

bool swme_firmware_load(SwmeFirmware *firmware, const void *data, size_t size, GError **error)
{
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    g_autoptr(GVariant) state =
        g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(STATE_TYPE), bytes, FALSE));
    bool good;

    if (G_BYTE_ORDER == G_BIG_ENDIAN) {
        GVariant *swapped = g_variant_byteswap(state);

        g_variant_unref(state);
        state = swapped;
    }
    firmware_cancel_all(firmware);
    me_bus_reset(&firmware->bus);
    firmware->ready = false;
    firmware->loading = true;
    good = load(firmware, state, error);
    firmware->loading = false;
    if (!good) {
        firmware_link_reset(firmware, false);
    }
    return good;
}
