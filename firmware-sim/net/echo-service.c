/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/net/echo-service.h"

static void spliced(GObject *source, GAsyncResult *result, gpointer opaque)
{
    g_autoptr(GIOStream) stream = opaque;

    /* However it ended, the stream is closed with it. */
    (void)g_output_stream_splice_finish(G_OUTPUT_STREAM(source), result, NULL);
}

static void serve(void *opaque, GIOStream *stream, const SwmePeer *peer)
{
    (void)opaque;
    (void)peer;
    g_output_stream_splice_async(
        g_io_stream_get_output_stream(stream), g_io_stream_get_input_stream(stream),
        G_OUTPUT_STREAM_SPLICE_CLOSE_SOURCE | G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET,
        G_PRIORITY_DEFAULT, NULL, spliced, stream);
}

bool echo_service_add(SwmeServices *services)
{
    return swme_services_add(services, ECHO_SERVICE_PORT, serve, NULL);
}
