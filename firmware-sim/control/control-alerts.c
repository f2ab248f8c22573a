/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AMT's events and alerts at the control socket. */
#include "firmware-sim/control/control-internal.h"

#include <string.h>

#include "firmware-sim/amt/amt-alerts.h"
#include "firmware-sim/amt/amt-notify.h"
#include "firmware-sim/amt/event-text.h"
#include "firmware-sim/context.h"
#include "firmware-sim/error.h"

/* ---- who gets alerts ---- */

gboolean control_alerts(ControlClient *client, JsonObject *request G_GNUC_UNUSED, JsonBuilder *out,
                        GError **error)
{
    const AmtState *amt = control_amt_of(client, error);
    const AmtAlerter *alerter = swme_firmware_alerter(client->control->target.firmware);
    const AmtAlertCounters *counters;
    const AmtAlerts *alerts;

    if (!amt) {
        return FALSE;
    }
    alerts = &amt_state_data(amt)->alerts;
    counters = amt_alerter_counters(alerter);
    control_json_bool(out, "possible", amt_alerts_possible(amt));
    json_builder_set_member_name(out, "subscribers");
    json_builder_begin_array(out);
    for (unsigned int i = 0; i < amt_subscriber_count(alerts); i++) {
        g_autofree char *text = amt_subscriber_text(&alerts->subscriber[i]);

        json_builder_add_string_value(out, text);
    }
    json_builder_end_array(out);
    control_json_number(out, "sends", alerts->sends);
    control_json_number(out, "interval_s", alerts->interval_s);
    control_json_number(out, "pending", amt_alerter_pending(alerter));
    control_json_number(out, "events", counters->events);
    control_json_number(out, "sent", counters->sent);
    control_json_number(out, "failed", counters->failed);
    control_json_number(out, "suppressed", counters->suppressed);
    return TRUE;
}

gboolean control_listeners(ControlClient *client, JsonObject *request G_GNUC_UNUSED,
                           JsonBuilder *out, GError **error)
{
    const AmtState *amt = control_amt_of(client, error);
    const AmtNotifier *notifier;
    const AmtNotifyCounters *counters;

    if (!amt) {
        return FALSE;
    }
    notifier = swme_firmware_context(client->control->target.firmware)->notifier;
    counters = amt_notifier_counters(notifier);
    json_builder_set_member_name(out, "listeners");
    json_builder_begin_array(out);
    for (unsigned int i = 0; i < AMT_LISTENERS; i++) {
        const AmtListener *listener = &amt_state_data(amt)->eventing.listener[i];

        if (listener->handle) {
            json_builder_begin_object(out);
            control_json_string(out, "url", listener->url);
            control_json_string(out, "collection", amt_collections[listener->collection].id);
            control_json_bool(out, "acknowledges", listener->acknowledges);
            control_json_bool(out, "local", listener->local);
            json_builder_end_object(out);
        }
    }
    json_builder_end_array(out);
    control_json_number(out, "waiting", amt_notifier_waiting(notifier));
    control_json_number(out, "notices", counters->notices);
    control_json_number(out, "delivered", counters->delivered);
    control_json_number(out, "refused", counters->refused);
    control_json_number(out, "failed", counters->failed);
    control_json_number(out, "lost", counters->lost);
    return TRUE;
}

gboolean control_alert_add(ControlClient *client, JsonObject *request,
                           JsonBuilder *out G_GNUC_UNUSED, GError **error)
{
    AmtState *amt = control_amt_of(client, error);
    const char *text = amt ? control_json_text(request, "alert", error) : NULL;

    return text && amt_alerts_add(amt, text, error);
}

gboolean control_alert_remove(ControlClient *client, JsonObject *request,
                              JsonBuilder *out G_GNUC_UNUSED, GError **error)
{
    AmtState *amt = control_amt_of(client, error);
    const char *text = amt ? control_json_text(request, "alert", error) : NULL;

    return text && amt_alerts_remove(amt, text, error);
}

/* 0: it is not there. */
static gboolean pace_member(JsonObject *request, const char *name, uint32_t *value, GError **error)
{
    JsonNode *node = json_object_get_member(request, name);
    gint64 number;

    if (!node) {
        return TRUE;
    }
    if (json_node_get_value_type(node) != G_TYPE_INT64) {
        return control_json_must_be(error, name, "a number from 1 on");
    }
    number = json_node_get_int(node);
    if (number < 1 || number > UINT32_MAX) {
        return control_json_must_be(error, name, "a number from 1 on");
    }
    *value = (uint32_t)number;
    return TRUE;
}

gboolean control_alert_set(ControlClient *client, JsonObject *request,
                           JsonBuilder *out G_GNUC_UNUSED, GError **error)
{
    AmtState *amt = control_amt_of(client, error);
    uint32_t sends = 0, interval_s = 0;

    return amt && pace_member(request, "sends", &sends, error) &&
           pace_member(request, "interval_s", &interval_s, error) &&
           amt_alerts_set_pace(amt, sends, interval_s, error);
}

/* ---- events ---- */

#define RAISED_SIZE (AMT_RECORD_SIZE - 4) /* a record without its time, which is now */

/* A name of the catalogue, or the bytes of a record behind its time. */
static gboolean parse_event(const char *text, AmtEvent *event, unsigned int *route, GError **error)
{
    const AmtEventRow *row = amt_event_row_find(text);
    uint8_t record[AMT_RECORD_SIZE] = {0};
    size_t digits = strspn(text, "0123456789abcdefABCDEF");

    if (row) {
        *event = row->event;
        *route = row->route;
        return TRUE;
    }
    if (digits != 2 * RAISED_SIZE || text[digits] != '\0') {
        g_autofree char *shown = swme_error_text(text);

        g_set_error(error, SWME_ERROR, SWME_ERROR_ARGUMENT,
                    "an event is a name of 'swme events --list' or the %d bytes of a record behind "
                    "its time in hexadecimal, not '%.100s'",
                    RAISED_SIZE, shown);
        return FALSE;
    }
    for (unsigned int i = 0; i < RAISED_SIZE; i++) {
        record[4 + i] = (uint8_t)(g_ascii_xdigit_value(text[2 * i]) << 4 |
                                  g_ascii_xdigit_value(text[2 * i + 1]));
    }
    amt_event_decode(event, record);
    *route = AMT_EVENT_LOG | AMT_EVENT_ALERT;
    return TRUE;
}

gboolean control_event_raise(ControlClient *client, JsonObject *request,
                             JsonBuilder *out G_GNUC_UNUSED, GError **error)
{
    AmtState *amt = control_amt_of(client, error);
    const char *text = amt ? control_json_text(request, "event", error) : NULL;
    unsigned int route;
    AmtEvent event;

    if (!text || !parse_event(text, &event, &route, error)) {
        return FALSE;
    }
    if (!amt_state_data(amt)->setup.operational) {
        g_set_error(error, SWME_ERROR, SWME_ERROR_ARGUMENT, "AMT is switched off");
        return FALSE;
    }
    amt_event_raise(amt, &event, route);
    return TRUE;
}

void control_add_event(JsonBuilder *out, const AmtEvent *event)
{
    g_autofree char *text = amt_event_text(event);
    g_autofree char *hex = NULL;
    uint8_t record[AMT_RECORD_SIZE];

    amt_event_encode(event, record);
    hex = control_json_hex(record, sizeof(record));
    control_json_number(out, "time_s", event->time_s);
    control_json_number(out, "sensor_type", event->sensor_type);
    control_json_number(out, "event_type", event->event_type);
    control_json_number(out, "offset", event->offset);
    control_json_number(out, "severity", event->severity);
    control_json_number(out, "entity", event->entity);
    control_json_string(out, "record", hex);
    control_json_string(out, "text", text);
}
