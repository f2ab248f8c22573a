/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control socket itself, and events to those who want them. */
#include "firmware-sim/control/control-internal.h"

/* Bytes of a message or packet that an event has; its whole length is told beside them. */
#define EVENT_DATA_MAX 8192

/* ---- the socket ---- */

static void incoming(void *opaque, GSocket *connection)
{
    SwmeControl *control = opaque;

    if (control->clients->len >= CONTROL_CLIENTS_MAX) {
        g_autoptr(GBytes) line = control_error_line(NULL, "too many control clients");
        gsize size;
        const char *data = g_bytes_get_data(line, &size);

        g_socket_set_blocking(connection, FALSE);
        g_socket_send(connection, data, size, NULL, NULL);
        g_object_unref(connection);
        return;
    }
    g_ptr_array_add(control->clients, control_client_new(control, connection));
    control_client_reply(control->clients->pdata[control->clients->len - 1],
                         control_greeting(control));
}

static void amt_event(void *opaque, AmtState *amt, const AmtEvent *event, unsigned int route);

SwmeControl *swme_control_new(const char *path, const SwmeControlTarget *target, GError **error)
{
    g_autoptr(SwmeControl) control = g_new0(SwmeControl, 1);
    AmtState *amt = swme_firmware_amt(target->firmware);

    control->target = *target;
    control->clients = g_ptr_array_new_with_free_func((GDestroyNotify)control_client_free);
    if (!swme_unix_listener_open(&control->listener, path, "control socket", error)) {
        return NULL;
    }
    swme_unix_listener_accept(&control->listener, incoming, control);
    if (amt) {
        control->amt_events = amt_event_subscribe(amt, amt_event, control);
    }
    return g_steal_pointer(&control);
}

void swme_control_free(SwmeControl *control)
{
    if (!control) {
        return;
    }
    if (control->amt_events) {
        amt_event_unsubscribe(swme_firmware_amt(control->target.firmware), control->amt_events);
    }
    g_ptr_array_unref(control->clients);
    swme_unix_listener_close(&control->listener);
    g_free(control);
}

void control_drop_client(SwmeControl *control, ControlClient *client)
{
    g_ptr_array_remove(control->clients, client);
}

/* ---- events ---- */

/*
 * Somebody takes it. Who loses events already only has this one counted: nothing is written for
 * those who do not read, or they would cost the guest as much as those who do.
 */
static gboolean anybody(SwmeControl *control, ControlEvent event)
{
    gboolean any = FALSE;

    for (guint i = 0; i < control->clients->len; i++) {
        ControlClient *client = control->clients->pdata[i];

        if (client->events & event && client->lost) {
            client->lost++;
        } else if (client->events & event) {
            any = TRUE;
        }
    }
    return any;
}

static JsonBuilder *event_begin(SwmeControl *control, const char *name)
{
    JsonBuilder *builder = json_builder_new();
    gint64 now = control->target.clock->now(control->target.clock);

    json_builder_begin_object(builder);
    control_json_string(builder, "event", name);
    json_builder_set_member_name(builder, "time_ns");
    json_builder_add_int_value(builder, now);
    return builder;
}

/* Written once, however many want it. */
static void event_end(SwmeControl *control, ControlEvent event, JsonBuilder *builder)
{
    g_autoptr(GBytes) line = NULL;

    json_builder_end_object(builder);
    line = control_json_line(builder);
    g_object_unref(builder);
    for (guint i = 0; i < control->clients->len; i++) {
        ControlClient *client = control->clients->pdata[i];

        if (client->events & event && !client->lost) {
            control_client_event(client, line);
        }
    }
}

static void data_event(SwmeControl *control, ControlEvent event, const SwmeTrace *trace)
{
    JsonBuilder *builder = event_begin(control, event == CONTROL_PACKETS ? "packet" : "message");
    g_autofree char *text = control_json_hex(trace->data, MIN(trace->size, EVENT_DATA_MAX));
    gboolean in = trace->kind == SWME_TRACE_PACKET_IN || trace->kind == SWME_TRACE_MESSAGE_IN;

    control_json_string(builder, "way", in ? "to-firmware" : "to-host");
    control_json_string(builder, "what", trace->what);
    control_json_number(builder, "me", trace->me_addr);
    control_json_number(builder, "host", trace->host_addr);
    control_json_number(builder, "size", trace->size);
    control_json_string(builder, "data", text);
    event_end(control, event, builder);
}

void swme_control_trace(SwmeControl *control, const SwmeTrace *trace)
{
    static const ControlEvent events[] = {
        [SWME_TRACE_PACKET_IN] = CONTROL_PACKETS,   [SWME_TRACE_PACKET_OUT] = CONTROL_PACKETS,
        [SWME_TRACE_MESSAGE_IN] = CONTROL_MESSAGES, [SWME_TRACE_MESSAGE_OUT] = CONTROL_MESSAGES,
        [SWME_TRACE_NOTE] = CONTROL_NOTES,
    };
    ControlEvent event = events[trace->kind];

    if (!anybody(control, event)) {
        return;
    }
    if (event == CONTROL_NOTES) {
        JsonBuilder *builder = event_begin(control, "note");

        control_json_string(builder, "note", trace->what);
        event_end(control, event, builder);
    } else {
        data_event(control, event, trace);
    }
}

static void amt_event(void *opaque, AmtState *amt G_GNUC_UNUSED, const AmtEvent *event,
                      unsigned int route)
{
    SwmeControl *control = opaque;
    JsonBuilder *builder;

    if (anybody(control, CONTROL_AMT)) {
        builder = event_begin(control, "amt");
        control_add_event(builder, event);
        control_json_bool(builder, "logged", (route & AMT_EVENT_LOG) != 0);
        control_json_bool(builder, "alerted", (route & AMT_EVENT_ALERT) != 0);
        event_end(control, CONTROL_AMT, builder);
    }
}

void swme_control_fault(SwmeControl *control, uint32_t id, const char *name)
{
    JsonBuilder *builder;

    if (anybody(control, CONTROL_FAULTS)) {
        builder = event_begin(control, "fault");
        control_json_number(builder, "fault", id);
        control_json_string(builder, "name", name);
        event_end(control, CONTROL_FAULTS, builder);
    }
}
