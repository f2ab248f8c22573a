/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/net/echo-service.h"

#define PIECE (64 * 1024) /* taken before any of it goes back */

struct SwmeEchoService {
    SwmeServices *services;
    uint16_t port;
    GCancellable *ended;
};

typedef struct Connection {
    GIOStream *stream;
    GCancellable *ended;
    uint8_t data[PIECE];
} Connection;

static void take(Connection *connection);

static void end(Connection *connection)
{
    g_io_stream_close(connection->stream, NULL, NULL);
    g_object_unref(connection->stream);
    g_object_unref(connection->ended);
    g_free(connection);
}

static void on_written(GObject *out, GAsyncResult *result, gpointer opaque)
{
    Connection *connection = opaque;

    if (g_output_stream_write_all_finish(G_OUTPUT_STREAM(out), result, NULL, NULL)) {
        take(connection);
    } else {
        end(connection);
    }
}

static void on_read(GObject *in, GAsyncResult *result, gpointer opaque)
{
    Connection *connection = opaque;
    gssize size = g_input_stream_read_finish(G_INPUT_STREAM(in), result, NULL);

    if (size > 0) {
        g_output_stream_write_all_async(g_io_stream_get_output_stream(connection->stream),
                                        connection->data, (gsize)size, G_PRIORITY_DEFAULT,
                                        connection->ended, on_written, connection);
    } else {
        end(connection);
    }
}

static void take(Connection *connection)
{
    g_input_stream_read_async(g_io_stream_get_input_stream(connection->stream), connection->data,
                              PIECE, G_PRIORITY_DEFAULT, connection->ended, on_read, connection);
}

static void serve(void *opaque, GIOStream *stream, const SwmePeer *peer G_GNUC_UNUSED)
{
    SwmeEchoService *echo = opaque;
    Connection *connection = g_new(Connection, 1);

    connection->stream = stream;
    connection->ended = g_object_ref(echo->ended);
    take(connection);
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
