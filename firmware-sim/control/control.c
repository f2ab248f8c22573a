/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control socket itself, and events to those who want them. */
#include "firmware-sim/control/control-internal.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <gio/gunixsocketaddress.h>

#include "firmware-sim/error.h"

#define BACKLOG 8
/* Bytes of a message or packet that an event has; its whole length is told beside them. */
#define EVENT_DATA_MAX 8192

/* ---- the socket ---- */

static gboolean fail(GError **error, const char *path, const char *why)
{
    g_autofree char *shown = swme_error_text(path);

    g_set_error(error, SWME_ERROR, SWME_ERROR_ARGUMENT, "control socket '%s': %s", shown, why);
    return FALSE;
}

/* Where a socket stands already: is anybody at home? Removes it if not. */
static gboolean make_way(const char *path, GSocketAddress *address, GError **error)
{
    g_autoptr(GSocket) probe = NULL;
    g_autoptr(GError) refused = NULL;
    struct stat status;

    if (lstat(path, &status)) {
        return errno == ENOENT || fail(error, path, g_strerror(errno));
    }
    if (!S_ISSOCK(status.st_mode)) {
        return fail(error, path, "there is something that is no socket");
    }
    probe = g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT,
                         &refused);
    if (!probe) {
        return fail(error, path, refused->message);
    }
    g_socket_set_blocking(probe, FALSE); /* a full backlog is an answer, too */
    if (g_socket_connect(probe, address, NULL, &refused) ||
        !g_error_matches(refused, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED)) {
        return fail(error, path, "somebody listens there already");
    }
    return unlink(path) == 0 || fail(error, path, g_strerror(errno));
}

static gboolean bind_socket(SwmeControl *control, GSocketAddress *address, GError **error)
{
    g_autoptr(GError) reason = NULL;
    struct stat status;

    control->socket = g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM,
                                   G_SOCKET_PROTOCOL_DEFAULT, &reason);
    if (!control->socket) {
        return fail(error, control->path, reason->message);
    }
    /* Linux gives the file the socket's own mode: it never is open to others, not for a moment. */
    if (fchmod(g_socket_get_fd(control->socket), S_IRUSR | S_IWUSR)) {
        return fail(error, control->path, g_strerror(errno));
    }
    g_socket_set_blocking(control->socket, FALSE);
    g_socket_set_listen_backlog(control->socket, BACKLOG);
    if (!g_socket_bind(control->socket, address, FALSE, &reason) ||
        !g_socket_listen(control->socket, &reason)) {
        return fail(error, control->path, reason->message);
    }
    if (lstat(control->path, &status)) {
        return fail(error, control->path, g_strerror(errno));
    }
    control->device = status.st_dev;
    control->inode = status.st_ino;
    return TRUE;
}

static gboolean incoming(GSocket *socket, GIOCondition condition G_GNUC_UNUSED, gpointer opaque)
{
    SwmeControl *control = opaque;
    GSocket *connection = g_socket_accept(socket, NULL, NULL);

    if (!connection) {
        return G_SOURCE_CONTINUE; /* gone again, or no descriptor left: the next one may do */
    }
    if (control->clients->len >= CONTROL_CLIENTS_MAX) {
        g_autoptr(GBytes) line = control_error_line(NULL, "too many control clients");
        gsize size;
        const char *data = g_bytes_get_data(line, &size);

        g_socket_set_blocking(connection, FALSE);
        g_socket_send(connection, data, size, NULL, NULL);
        g_object_unref(connection);
        return G_SOURCE_CONTINUE;
    }
    g_ptr_array_add(control->clients, control_client_new(control, connection));
    control_client_reply(control->clients->pdata[control->clients->len - 1],
                         control_greeting(control));
    return G_SOURCE_CONTINUE;
}

static void amt_event(void *opaque, AmtState *amt, const AmtEvent *event, unsigned int route);

SwmeControl *swme_control_new(const char *path, const SwmeControlTarget *target, GError **error)
{
    g_autoptr(GSocketAddress) address = NULL;
    g_autoptr(SwmeControl) control = NULL;
    AmtState *amt = swme_firmware_amt(target->firmware);

    if (*path == '\0' || strlen(path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path)) {
        fail(error, path, "a path of 1 to 107 bytes names a socket");
        return NULL;
    }
    control = g_new0(SwmeControl, 1);
    control->target = *target;
    control->clients = g_ptr_array_new_with_free_func((GDestroyNotify)control_client_free);
    address = g_unix_socket_address_new(path);
    if (!make_way(path, address, error)) {
        return NULL;
    }
    control->path = g_strdup(path);
    if (!bind_socket(control, address, error)) {
        return NULL;
    }
    control->source = g_socket_create_source(control->socket, G_IO_IN, NULL);
    g_source_set_callback(control->source, G_SOURCE_FUNC(incoming), control, NULL);
    g_source_attach(control->source, NULL);
    if (amt) {
        control->amt_events = amt_event_subscribe(amt, amt_event, control);
    }
    return g_steal_pointer(&control);
}

void swme_control_free(SwmeControl *control)
{
    struct stat status;

    if (!control) {
        return;
    }
    if (control->amt_events) {
        amt_event_unsubscribe(swme_firmware_amt(control->target.firmware), control->amt_events);
    }
    g_ptr_array_unref(control->clients);
    if (control->source) {
        g_source_destroy(control->source);
        g_source_unref(control->source);
    }
    if (control->inode && lstat(control->path, &status) == 0 && status.st_dev == control->device &&
        status.st_ino == control->inode) {
        unlink(control->path);
    }
    g_clear_object(&control->socket);
    g_free(control->path);
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
