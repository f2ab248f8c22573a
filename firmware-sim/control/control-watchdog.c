/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AMT's watchdog and event log at the control socket. */
#include "firmware-sim/control/control-internal.h"

#include "firmware-sim/amt/amt-watchdog.h"
#include "firmware-sim/amt/event.h"
#include "firmware-sim/error.h"

static void add_time(JsonBuilder *out, const char *name, int64_t ns)
{
    json_builder_set_member_name(out, name);
    if (ns < 0) {
        json_builder_add_null_value(out);
    } else {
        json_builder_add_int_value(out, ns);
    }
}

gboolean control_watchdog(ControlClient *client, JsonObject *request G_GNUC_UNUSED,
                          JsonBuilder *out, GError **error)
{
    const AmtState *amt = control_amt_of(client, error);
    const AmtWatchdog *watchdog = swme_firmware_watchdog(client->control->target.firmware);
    AmtWatchdogTimer timers[AMT_WATCHDOG_USERS];
    const AmtWatchdogSettings *settings;
    unsigned int count;

    if (!amt) {
        return FALSE;
    }
    settings = &amt_state_data(amt)->watchdog;
    control_json_string(out, "watchdog", amt_watchdog_policy_name(settings->policy));
    control_json_bool(out, "required", amt_watchdog_wanted(watchdog));
    json_builder_set_member_name(out, "timers");
    json_builder_begin_array(out);
    count = amt_watchdog_timers(watchdog, timers);
    for (unsigned int i = 0; i < count; i++) {
        json_builder_begin_object(out);
        control_json_number(out, "host", timers[i].user);
        control_json_number(out, "timeout_s", timers[i].timeout_s);
        control_json_bool(out, "expired", timers[i].expired);
        control_json_number(out, "remaining_ns", (guint64)timers[i].remaining_ns);
        json_builder_end_object(out);
    }
    json_builder_end_array(out);
    control_json_number(out, "expirations", amt_watchdog_expirations(watchdog));
    json_builder_set_member_name(out, "reset_after_s");
    if (settings->action == AMT_WATCHDOG_RESET) {
        json_builder_add_int_value(out, settings->delay_s);
    } else {
        json_builder_add_null_value(out);
    }
    control_json_bool(out, "reset_armed", !amt_state_data(amt)->live.watchdog_spent);
    add_time(out, "reset_in_ns", amt_watchdog_reset_in_ns(watchdog));
    return TRUE;
}

/* Text, or a number as text; NULL without an error: it is not there. */
static gboolean optional_text(JsonObject *request, const char *name, char **text, GError **error)
{
    JsonNode *node = json_object_get_member(request, name);
    GType type = node ? json_node_get_value_type(node) : G_TYPE_INVALID;

    if (type == G_TYPE_STRING) {
        *text = json_node_dup_string(node);
    } else if (type == G_TYPE_INT64) {
        *text = g_strdup_printf("%" G_GINT64_FORMAT, json_node_get_int(node));
    } else if (node) {
        g_set_error(error, SWME_ERROR, SWME_ERROR_ARGUMENT, "\"%s\" must be a string or a number",
                    name);
        return FALSE;
    }
    return TRUE;
}

gboolean control_watchdog_set(ControlClient *client, JsonObject *request,
                              JsonBuilder *out G_GNUC_UNUSED, GError **error)
{
    AmtState *amt = control_amt_of(client, error);
    g_autofree char *run = NULL;
    g_autofree char *reset = NULL;

    return amt && optional_text(request, "watchdog", &run, error) &&
           optional_text(request, "reset", &reset, error) &&
           amt_watchdog_set(amt, run, reset, error);
}

gboolean control_watchdog_cancel(ControlClient *client, JsonObject *request G_GNUC_UNUSED,
                                 JsonBuilder *out, GError **error)
{
    if (!control_amt_of(client, error)) {
        return FALSE;
    }
    control_json_bool(
        out, "cancelled",
        amt_watchdog_cancel_reset(swme_firmware_watchdog(client->control->target.firmware)));
    return TRUE;
}

/* ---- the event log ---- */

gboolean control_log(ControlClient *client, JsonObject *request G_GNUC_UNUSED, JsonBuilder *out,
                     GError **error)
{
    const AmtState *amt = control_amt_of(client, error);
    AmtEvent event;

    if (!amt) {
        return FALSE;
    }
    control_json_bool(out, "frozen", amt_state_data(amt)->log.frozen);
    json_builder_set_member_name(out, "records");
    json_builder_begin_array(out);
    for (unsigned int number = 1; amt_log_get(amt, number, &event); number++) {
        json_builder_begin_object(out);
        control_add_event(out, &event);
        json_builder_end_object(out);
    }
    json_builder_end_array(out);
    return TRUE;
}

gboolean control_log_freeze(ControlClient *client, JsonObject *request,
                            JsonBuilder *out G_GNUC_UNUSED, GError **error)
{
    AmtState *amt = control_amt_of(client, error);
    JsonNode *node = json_object_get_member(request, "frozen");
    const char *text = NULL;
    gboolean frozen = FALSE;

    if (!amt) {
        return FALSE;
    }
    if (node && json_node_get_value_type(node) == G_TYPE_BOOLEAN) {
        frozen = json_node_get_boolean(node);
    } else if (node && json_node_get_value_type(node) == G_TYPE_STRING) {
        text = json_node_get_string(node); /* as a command line has it */
        frozen = g_str_equal(text, "true");
    }
    if (!frozen && !(text ? g_str_equal(text, "false")
                          : node && json_node_get_value_type(node) == G_TYPE_BOOLEAN)) {
        g_set_error(error, SWME_ERROR, SWME_ERROR_ARGUMENT, "\"frozen\" must be true or false");
        return FALSE;
    }
    amt_log_freeze(amt, frozen);
    return TRUE;
}

gboolean control_log_clear(ControlClient *client, JsonObject *request G_GNUC_UNUSED,
                           JsonBuilder *out G_GNUC_UNUSED, GError **error)
{
    AmtState *amt = control_amt_of(client, error);

    if (amt && !amt_log_clear(amt)) {
        g_set_error(error, SWME_ERROR, SWME_ERROR_ARGUMENT, "the log is frozen");
        return FALSE;
    }
    return amt != NULL;
}
