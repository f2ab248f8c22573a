/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One client of the control socket: lines in, lines out, nothing that blocks. Each direction has a
 * bound. Who does not read his replies is not read either; who does not read his events loses them.
 */
#include "firmware-sim/control/control-internal.h"

#include <string.h>

#define READ_SIZE 4096

static gboolean readable(GSocket *socket, GIOCondition condition, gpointer opaque);
static gboolean writable(GSocket *socket, GIOCondition condition, gpointer opaque);

static GSource *attach(ControlClient *client, GIOCondition condition, GSocketSourceFunc func)
{
    GSource *source = g_socket_create_source(client->socket, condition, NULL);

    g_source_set_callback(source, G_SOURCE_FUNC(func), client, NULL);
    g_source_attach(source, NULL);
    return source;
}

static void detach(GSource **source)
{
    if (*source) {
        g_source_destroy(*source);
        g_clear_pointer(source, g_source_unref);
    }
}

static gboolean overfull(const ControlClient *client)
{
    return client->waiting > CONTROL_OUTPUT_MAX;
}

/* Whom to listen to follows from how much waits. */
static void update_sources(ControlClient *client)
{
    gboolean read = !client->ended && !overfull(client);

    if (read && !client->in) {
        client->in = attach(client, G_IO_IN, readable);
    } else if (!read) {
        detach(&client->in);
    }
    if (client->waiting > 0 && !client->out) {
        client->out = attach(client, G_IO_OUT, writable);
    } else if (client->waiting == 0) {
        detach(&client->out);
    }
}

static void queue_line(ControlClient *client, GBytes *line)
{
    g_queue_push_tail(&client->output, g_bytes_ref(line));
    client->waiting += g_bytes_get_size(line);
    update_sources(client);
}

void control_client_reply(ControlClient *client, GBytes *line)
{
    queue_line(client, line);
    g_bytes_unref(line);
}

void control_client_event(ControlClient *client, GBytes *line)
{
    if (client->waiting + g_bytes_get_size(line) > CONTROL_OUTPUT_MAX) {
        client->lost = 1; /* and all others until it is told: there is no hole that it cannot see */
    } else {
        queue_line(client, line);
    }
}

static void tell_lost(ControlClient *client)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    control_json_string(builder, "event", "lost");
    control_json_number(builder, "count", client->lost);
    json_builder_end_object(builder);
    client->lost = 0;
    control_client_reply(client, control_json_line(builder));
}

/* ---- out ---- */

/* FALSE: the client is gone. */
static gboolean flush(ControlClient *client)
{
    while (client->output.length > 0) {
        GBytes *line = g_queue_peek_head(&client->output);
        gsize size;
        const char *data = g_bytes_get_data(line, &size);
        g_autoptr(GError) error = NULL;
        gssize sent = g_socket_send(client->socket, data + client->written, size - client->written,
                                    NULL, &error);

        if (sent < 0) {
            return g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
        }
        client->written += (gsize)sent;
        client->waiting -= (gsize)sent;
        if (client->written == size) {
            g_bytes_unref(g_queue_pop_head(&client->output));
            client->written = 0;
        }
    }
    return TRUE;
}

static void handle_lines(ControlClient *client);

static gboolean writable(GSocket *socket G_GNUC_UNUSED, GIOCondition condition G_GNUC_UNUSED,
                         gpointer opaque)
{
    ControlClient *client = opaque;

    if (!flush(client)) {
        control_drop_client(client->control, client);
        return G_SOURCE_REMOVE;
    }
    if (client->lost > 0 && client->waiting < CONTROL_OUTPUT_MAX / 2) {
        tell_lost(client);
    }
    handle_lines(client); /* that came while it was not to be read */
    if (client->ended && client->waiting == 0) {
        control_drop_client(client->control, client);
        return G_SOURCE_REMOVE;
    }
    update_sources(client);
    return client->out ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/* ---- in ---- */

static void handle_line(ControlClient *client, const char *line, gsize size)
{
    if (size > 0 && line[size - 1] == '\r') {
        size--; /* some clients type these */
    }
    if (size > 0) {
        control_client_reply(client, control_request(client, line, size));
    }
}

static void too_long(ControlClient *client)
{
    g_autofree char *message =
        g_strdup_printf("the line is longer than %d bytes", CONTROL_LINE_MAX);

    control_client_reply(client, control_error_line(NULL, message));
}

/* All whole lines that are there, as long as the client reads its replies. */
static void handle_lines(ControlClient *client)
{
    GByteArray *input = client->input;
    guint done = 0;

    while (done < input->len && !overfull(client)) {
        const guint8 *begin = input->data + done;
        const guint8 *end = memchr(begin, '\n', input->len - done);

        if (!end) {
            break;
        }
        if (!client->skip && end - begin > CONTROL_LINE_MAX) {
            too_long(client);
        } else if (!client->skip) {
            handle_line(client, (const char *)begin, (gsize)(end - begin));
        }
        client->skip = FALSE;
        done += (guint)(end - begin) + 1;
    }
    if (done > 0) {
        g_byte_array_remove_range(input, 0, done);
    }
    if (client->skip && !overfull(client)) {
        g_byte_array_set_size(input, 0); /* no newline in it, or it would be gone */
    } else if (input->len > CONTROL_LINE_MAX && !memchr(input->data, '\n', input->len)) {
        too_long(client);
        client->skip = TRUE;
        g_byte_array_set_size(input, 0);
    }
    if (client->ended && !overfull(client)) {
        g_byte_array_set_size(input, 0); /* half a line that nobody will end */
    }
}

static gboolean readable(GSocket *socket, GIOCondition condition G_GNUC_UNUSED, gpointer opaque)
{
    ControlClient *client = opaque;
    g_autoptr(GError) error = NULL;
    char data[READ_SIZE];
    gssize got = g_socket_receive(socket, data, sizeof(data), NULL, &error);

    if (got < 0 && g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) {
        return G_SOURCE_CONTINUE;
    }
    if (got > 0) {
        g_byte_array_append(client->input, (const guint8 *)data, (guint)got);
    } else {
        client->ended = TRUE; /* its replies are still written, if it takes them */
    }
    handle_lines(client);
    if (got < 0 || (client->ended && client->waiting == 0)) {
        control_drop_client(client->control, client);
        return G_SOURCE_REMOVE;
    }
    update_sources(client);
    return client->in ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/* ---- life ---- */

ControlClient *control_client_new(SwmeControl *control, GSocket *socket)
{
    ControlClient *client = g_new0(ControlClient, 1);

    client->control = control;
    client->socket = socket;
    client->input = g_byte_array_new();
    g_queue_init(&client->output);
    g_socket_set_blocking(socket, FALSE);
    update_sources(client);
    return client;
}

void control_client_free(ControlClient *client)
{
    detach(&client->in);
    detach(&client->out);
    g_socket_close(client->socket, NULL);
    g_object_unref(client->socket);
    g_byte_array_unref(client->input);
    g_queue_clear_full(&client->output, (GDestroyNotify)g_bytes_unref);
    g_free(client);
}
