/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/net/echo-service.h"

#define PIECE (64 * 1024) /* taken before any of it goes back */

struct SwmeEchoService {
    SwmeServices *services;
    uint16_t port;
    GCancellable *ended;
};

/* Of these one after the other; then others have their turn. */
#define PIECES 4

typedef struct Connection {
    GIOStream *stream;
    GCancellable *ended;
    GSource *source; /* of what is waited for */
    GIOCondition condition;
    size_t size; /* of data */
    size_t written;
    uint8_t data[PIECE];
} Connection;

static void end(Connection *connection)
{
    g_io_stream_close(connection->stream, NULL, NULL);
    g_source_destroy(connection->source);
    g_source_unref(connection->source);
    g_object_unref(connection->stream);
    g_object_unref(connection->ended);
    g_free(connection);
}

static gboolean on_ready(GObject *stream, gpointer opaque);

static void wait_for(Connection *connection, GIOCondition condition)
{
    GPollableInputStream *in = (gpointer)g_io_stream_get_input_stream(connection->stream);
    GPollableOutputStream *out = (gpointer)g_io_stream_get_output_stream(connection->stream);

    if (connection->source && connection->condition == condition) {
        return;
    }
    if (connection->source) {
        g_source_destroy(connection->source);
        g_source_unref(connection->source);
    }
    connection->condition = condition;
    connection->source = condition == G_IO_IN
                             ? g_pollable_input_stream_create_source(in, connection->ended)
                             : g_pollable_output_stream_create_source(out, connection->ended);
    g_source_set_callback(connection->source, (GSourceFunc)(void (*)(void))on_ready, connection,
                          NULL);
    g_source_attach(connection->source, g_main_context_get_thread_default());
}

/* False: it has to wait, or the connection is over and error says why (the end has no error). */
static bool move(Connection *connection, GError **error)
{
    GPollableInputStream *in = (gpointer)g_io_stream_get_input_stream(connection->stream);
    GPollableOutputStream *out = (gpointer)g_io_stream_get_output_stream(connection->stream);
    gssize some;

    if (connection->written < connection->size) {
        some = g_pollable_output_stream_write_nonblocking(
            out, connection->data + connection->written, connection->size - connection->written,
            connection->ended, error);
        connection->written += some > 0 ? (size_t)some : 0;
    } else {
        some = g_pollable_input_stream_read_nonblocking(in, connection->data, PIECE,
                                                        connection->ended, error);
        connection->size = some > 0 ? (size_t)some : 0;
        connection->written = 0;
    }
    return some > 0;
}

static gboolean on_ready(GObject *stream G_GNUC_UNUSED, gpointer opaque)
{
    Connection *connection = opaque;
    g_autoptr(GError) error = NULL;
    unsigned int left = 2 * PIECES;

    while (left && move(connection, &error)) {
        left--;
    }
    if (left && !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) {
        end(connection);
        return G_SOURCE_REMOVE;
    }
    wait_for(connection, connection->written < connection->size ? G_IO_OUT : G_IO_IN);
    return G_SOURCE_CONTINUE; /* if it is still the one that is waited for */
}

static void serve(void *opaque, GIOStream *stream, const SwmePeer *peer G_GNUC_UNUSED)
{
    SwmeEchoService *echo = opaque;
    Connection *connection = g_new0(Connection, 1);

    connection->stream = stream;
    connection->ended = g_object_ref(echo->ended);
    wait_for(connection, G_IO_IN);
}

SwmeEchoService *swme_echo_service_new(SwmeServices *services, uint16_t port)
{
    SwmeEchoService *echo = g_new0(SwmeEchoService, 1);

    if (!swme_services_add(services, port, serve, echo)) {
        g_free(echo);
        return NULL;
    }
    echo->services = services;
    echo->port = port;
    echo->ended = g_cancellable_new();
    return echo;
}

void swme_echo_service_free(SwmeEchoService *echo)
{
    if (echo) {
        swme_services_remove(echo->services, echo->port);
        g_cancellable_cancel(echo->ended);
        g_object_unref(echo->ended);
        g_free(echo);
    }
}
