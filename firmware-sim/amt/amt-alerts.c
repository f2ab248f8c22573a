/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/amt-alerts.h"

#include <string.h>

#include "firmware-sim/amt/amt-filters.h"
#include "firmware-sim/amt/event-text.h"
#include "firmware-sim/amt/event.h"
#include "firmware-sim/amt/pet.h"

#define NS_PER_CS     (10 * SWME_NS_PER_MS)
#define INTEL         343 /* IANA's number */
#define HEARTBEAT     0x25, 0x6f, 0x00, 0x17
#define PENDING_MAX   16
#define UPTIME_MAX_NS (INT64_C(1) << 61)

/* An alert that is still to be repeated. */
typedef struct Pending {
    AmtEvent event;
    bool alert; /* by itself, whatever the filters say */
    uint16_t sequence;
    uint32_t left; /* sendings */
    int64_t due_ns;
} Pending;

struct AmtAlerter {
    AmtState *amt;
    unsigned int subscription;
    SwmeClock *clock;
    SwmeDatagrams datagrams;
    void (*note)(void *opaque, const char *text);
    void *opaque;

    AmtAlertCounters counters;
    uint16_t sequence; /* of the last alert; 0: there was none */
    int64_t started_ns;
    Pending pending[PENDING_MAX];
    unsigned int count;
    SwmeTimer *timer; /* for the first repeat that is due */
};

static int64_t clock_now(const AmtAlerter *alerter)
{
    return alerter->clock->now(alerter->clock);
}

static void rearm(AmtAlerter *alerter)
{
    int64_t due = INT64_MAX;

    for (unsigned int i = 0; i < alerter->count; i++) {
        due = MIN(due, alerter->pending[i].due_ns);
    }
    if (alerter->count) {
        alerter->clock->timer_arm(alerter->timer, due);
    } else {
        alerter->clock->timer_cancel(alerter->timer);
    }
}

/* ---- one datagram ---- */

/* SMBIOS has the first three fields little-endian, RFC 4122 has none. */
static void make_guid(const AmtState *amt, uint8_t *guid)
{
    static const uint8_t order[AMT_PET_GUID_SIZE] = {3, 2, 1,  0,  5,  4,  7,  6,
                                                     8, 9, 10, 11, 12, 13, 14, 15};
    const uint8_t *uuid = amt_state_uuid(amt);

    for (unsigned int i = 0; i < AMT_PET_GUID_SIZE; i++) {
        guid[i] = uuid[order[i]];
    }
}

/* AMT's own where it has one, else the one that the datagram comes from. */
static void find_agent(const AmtAlerter *alerter, const AmtSubscriber *to, uint8_t *ipv4)
{
    uint32_t own = amt_state_data(alerter->amt)->network.lan[0].address;

    memset(ipv4, 0, 4);
    if (own) {
        for (unsigned int i = 0; i < 4; i++) {
            ipv4[i] = (uint8_t)(own >> (24 - 8 * i));
        }
    } else if (alerter->datagrams.ops) {
        alerter->datagrams.ops->source(alerter->datagrams.opaque, to->address, (uint16_t)to->port,
                                       ipv4);
    }
}

static bool send_to(const AmtAlerter *alerter, const AmtSubscriber *to, const AmtEvent *event,
                    uint16_t sequence, GError **error)
{
    AmtPet pet = {
        .event = event,
        .community = *to->community ? to->community : amt_alerts_community(alerter->amt),
        .uptime_cs = (uint32_t)((clock_now(alerter) - alerter->started_ns) / NS_PER_CS),
        .sequence = sequence,
        .source = AMT_PET_SOURCE_NIC,
        .manufacturer = INTEL,
        .system_id = amt_state_platform(alerter->amt)->pci_device_id,
    };
    uint8_t datagram[AMT_PET_MAX];
    size_t size;

    if (!alerter->datagrams.ops) {
        g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_NODEV, "no network");
        return false;
    }
    make_guid(alerter->amt, pet.guid);
    find_agent(alerter, to, pet.agent);
    size = amt_pet_encode(&pet, datagram);
    return alerter->datagrams.ops->send(alerter->datagrams.opaque, to->address, (uint16_t)to->port,
                                        datagram, size, error);
}

/* ---- one alert ---- */

/* Now, for there is no later: what happened while the link was down is not told when it is up. */
static bool may_send(const AmtState *amt)
{
    const AmtData *data = amt_state_data(amt);
    const AmtInterface *wired = &data->network.lan[0];

    return data->setup.operational && amt_alerts_possible(amt) && wired->present &&
           wired->enabled && wired->link;
}

/* Of policy 0 is what firmware alerts of by itself, of others what their filters say. */
static bool is_for(const AmtAlerts *alerts, const AmtSubscriber *subscriber, const AmtEvent *event,
                   bool alert)
{
    return subscriber->policy ? amt_filters_alert(alerts, subscriber->policy, event) : alert;
}

static bool is_for_any(const AmtAlerts *alerts, const AmtEvent *event, bool alert)
{
    for (unsigned int i = 0; i < amt_subscriber_count(alerts); i++) {
        if (is_for(alerts, &alerts->subscriber[i], event, alert)) {
            return true;
        }
    }
    return false;
}

static void send_all(AmtAlerter *alerter, const AmtEvent *event, uint16_t sequence, bool alert)
{
    const AmtAlerts alerts = amt_state_data(alerter->amt)->alerts;
    const AmtEventRow *row = amt_event_row(event);
    unsigned int count = amt_subscriber_count(&alerts);

    if (!may_send(alerter->amt)) {
        alerter->counters.suppressed++;
        alerter->note(alerter->opaque, "alert not sent: no link");
        return;
    }
    for (unsigned int i = 0; i < count; i++) {
        g_autofree char *to = amt_subscriber_text(&alerts.subscriber[i]);
        g_autoptr(GError) error = NULL;
        g_autofree char *text = NULL;

        if (!is_for(&alerts, &alerts.subscriber[i], event, alert)) {
            continue;
        }
        if (send_to(alerter, &alerts.subscriber[i], event, sequence, &error)) {
            alerter->counters.sent++;
        } else {
            alerter->counters.failed++;
        }
        *strrchr(to, ':') = '\0'; /* the community is a password */
        text = g_strdup_printf("alert %u, %s, to %s%s%s", sequence, row ? row->name : "other", to,
                               error ? " failed: " : "", error ? error->message : "");
        alerter->note(alerter->opaque, text);
    }
}

static bool is_heartbeat(const AmtEvent *event)
{
    static const uint8_t heartbeat[] = {HEARTBEAT};

    return event->sensor_type == heartbeat[0] && event->event_type == heartbeat[1] &&
           event->offset == heartbeat[2] && event->entity == heartbeat[3];
}

static void repeat_later(AmtAlerter *alerter, const AmtEvent *event, const AmtAlerts *alerts,
                         bool alert)
{
    if (alerts->sends <= 1 || is_heartbeat(event)) {
        return;
    }
    if (alerter->count == PENDING_MAX) {
        alerter->counters.suppressed += alerts->sends - 1;
        alerter->note(alerter->opaque, "alert not repeated: too many at once");
        return;
    }
    alerter->pending[alerter->count++] = (Pending){
        .event = *event,
        .alert = alert,
        .sequence = alerter->sequence,
        .left = alerts->sends - 1,
        .due_ns = clock_now(alerter) + alerts->interval_s * SWME_NS_PER_S,
    };
    rearm(alerter);
}

static void raised(void *opaque, AmtState *amt, const AmtEvent *event, unsigned int route)
{
    AmtAlerter *alerter = opaque;
    const AmtAlerts alerts = amt_state_data(amt)->alerts;
    bool alert = (route & AMT_EVENT_ALERT) != 0;

    if (!amt_alerts_possible(amt) || !is_for_any(&alerts, event, alert)) {
        return;
    }
    if (!may_send(amt)) {
        alerter->counters.suppressed++;
        alerter->note(alerter->opaque, "alert not sent: no link");
        return;
    }
    alerter->counters.events++;
    alerter->sequence = alerter->sequence == UINT16_MAX ? 1 : alerter->sequence + 1;
    send_all(alerter, event, alerter->sequence, alert);
    repeat_later(alerter, event, &alerts, alert);
}

static void fired(void *opaque)
{
    AmtAlerter *alerter = opaque;
    const AmtAlerts *alerts = &amt_state_data(alerter->amt)->alerts;
    int64_t interval_ns = alerts->interval_s * SWME_NS_PER_S;
    int64_t now = clock_now(alerter);
    unsigned int kept = 0;

    if (!amt_state_data(alerter->amt)->setup.operational || !amt_subscriber_count(alerts)) {
        alerter->count = 0;
    }
    for (unsigned int i = 0; i < alerter->count; i++) {
        Pending *pending = &alerter->pending[i];

        if (pending->due_ns <= now) {
            send_all(alerter, &pending->event, pending->sequence, pending->alert);
            pending->left--;
            pending->due_ns = now + interval_ns;
        }
        if (pending->left) {
            alerter->pending[kept++] = *pending;
        }
    }
    alerter->count = kept;
    rearm(alerter);
}

/* ---- life ---- */

AmtAlerter *amt_alerter_new(AmtState *amt, SwmeClock *clock, const SwmeDatagrams *datagrams,
                            void (*note)(void *opaque, const char *text), void *opaque)
{
    AmtAlerter *alerter = g_new0(AmtAlerter, 1);

    alerter->amt = amt;
    alerter->clock = clock;
    alerter->datagrams = *datagrams;
    alerter->note = note;
    alerter->opaque = opaque;
    alerter->started_ns = clock->now(clock);
    alerter->timer = clock->timer_new(clock, fired, alerter);
    alerter->subscription = amt_event_subscribe(amt, raised, alerter);
    return alerter;
}

void amt_alerter_free(AmtAlerter *alerter)
{
    if (alerter) {
        amt_event_unsubscribe(alerter->amt, alerter->subscription);
        alerter->clock->timer_free(alerter->timer);
        g_free(alerter);
    }
}

const AmtAlertCounters *amt_alerter_counters(const AmtAlerter *alerter)
{
    return &alerter->counters;
}

unsigned int amt_alerter_pending(const AmtAlerter *alerter)
{
    return alerter->count;
}

/* ---- saved state: times as "so long from now" ---- */

GVariant *amt_alerter_save(const AmtAlerter *alerter)
{
    int64_t now = alerter ? clock_now(alerter) : 0;
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("a(quxbay)"));
    for (unsigned int i = 0; alerter && i < alerter->count; i++) {
        const Pending *pending = &alerter->pending[i];
        uint8_t record[AMT_RECORD_SIZE];

        amt_event_encode(&pending->event, record);
        g_variant_builder_add(
            &builder, "(quxb@ay)", pending->sequence, pending->left, MAX(pending->due_ns - now, 0),
            pending->alert,
            g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, record, sizeof(record), 1));
    }
    return g_variant_new("(qx@a(quxbay))", (guint16)(alerter ? alerter->sequence : 0),
                         (gint64)(alerter ? now - alerter->started_ns : 0),
                         g_variant_builder_end(&builder));
}

static bool load_pending(AmtAlerter *alerter, GVariant *saved)
{
    int64_t now = clock_now(alerter);
    GVariantIter iter;
    GVariant *record;
    guint16 sequence;
    guint32 left;
    gint64 due_ns;
    gboolean alert;

    g_variant_iter_init(&iter, saved);
    while (g_variant_iter_next(&iter, "(quxb@ay)", &sequence, &left, &due_ns, &alert, &record)) {
        gsize size;
        const uint8_t *bytes = g_variant_get_fixed_array(record, &size, 1);
        Pending *pending = &alerter->pending[alerter->count];
        bool good = alerter->count < PENDING_MAX && size == AMT_RECORD_SIZE && sequence && left &&
                    left < AMT_ALERT_SENDS_MAX && due_ns >= 0 &&
                    due_ns <= AMT_ALERT_INTERVAL_MAX_S * SWME_NS_PER_S;

        if (good) {
            *pending = (Pending){
                .sequence = sequence, .left = left, .due_ns = now + due_ns, .alert = alert};
            amt_event_decode(&pending->event, bytes);
            alerter->count++;
        }
        g_variant_unref(record);
        if (!good) {
            return false;
        }
    }
    return true;
}

bool amt_alerter_load(AmtAlerter *alerter, GVariant *state)
{
    g_autoptr(GVariant) pending = NULL;
    guint16 sequence;
    gint64 uptime_ns;
    bool good;

    g_variant_get(state, "(qx@a(quxbay))", &sequence, &uptime_ns, &pending);
    alerter->count = 0;
    good = uptime_ns >= 0 && uptime_ns <= UPTIME_MAX_NS && load_pending(alerter, pending);
    if (good) {
        alerter->sequence = sequence;
        /* Since before the clock began, perhaps: the origin of neither is of a meaning. */
        alerter->started_ns = clock_now(alerter) - uptime_ns;
    } else {
        alerter->count = 0;
    }
    rearm(alerter);
    return good;
}
