/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who is connected, for how long, and how many. Each kind of door has room of its own, so that a
 * flood from the network leaves software on the machine alone; within a door who has logged in
 * comes before who has not.
 */
#include <string.h>

#include "firmware-sim/amt/http/http-internal.h"

static void end(HttpConnection *connection);

/* ---- time ---- */

static void arm(AmtHttp *http, int64_t when_us);

static gboolean timer_fired(gpointer opaque)
{
    AmtHttp *http = opaque;
    int64_t now_us = g_get_monotonic_time();
    int64_t next_us = INT64_MAX;

    g_clear_pointer(&http->timer, g_source_unref);
    for (guint i = http->connections->len; i-- > 0;) {
        HttpConnection *connection = http->connections->pdata[i];

        if (connection->deadline_us <= now_us) {
            http->stats.timed_out += !connection->lingering;
            end(connection);
        } else {
            next_us = MIN(next_us, connection->deadline_us);
        }
    }
    if (next_us != INT64_MAX) {
        arm(http, next_us);
    }
    return G_SOURCE_REMOVE;
}

static void disarm(AmtHttp *http)
{
    if (http->timer) {
        g_source_destroy(http->timer);
        g_clear_pointer(&http->timer, g_source_unref);
    }
}

static void arm(AmtHttp *http, int64_t when_us)
{
    if (http->timer && http->timer_us <= when_us) {
        return; /* then it will see how much later this one is */
    }
    disarm(http);
    http->timer_us = when_us;
    http->timer = g_timeout_source_new(
        (guint)(MAX(when_us - g_get_monotonic_time(), 0) / G_TIME_SPAN_MILLISECOND + 1));
    g_source_set_callback(http->timer, timer_fired, http, NULL);
    g_source_attach(http->timer, swme_services_context(http->context.services));
}

static void give(HttpConnection *connection, unsigned int seconds)
{
    connection->deadline_us = g_get_monotonic_time() + (int64_t)seconds * G_TIME_SPAN_SECOND;
    arm(connection->http, connection->deadline_us);
}

/* ---- the end ---- */

static void connection_free(HttpConnection *connection)
{
    if (connection->guard) {
        http_guard_disown(connection->guard);
        http_guard_cut(connection->guard);
    }
    if (connection->remote) {
        g_object_set_data(G_OBJECT(connection->remote), "swme-connection", NULL);
        g_object_unref(connection->remote);
    }
    if (connection->hello) {
        g_source_destroy(connection->hello);
        g_source_unref(connection->hello);
    }
    g_object_unref(connection->cancel);
    g_clear_object(&connection->stream);
    g_free(connection);
}

/*
 * What is below a TLS connection ends at once: its own good-bye would wait for the other side. A
 * handshake's thread may be waiting for that socket, so that it must not be closed, but wake.
 */
static void close_stream(GIOStream *stream)
{
    if (G_IS_TLS_CONNECTION(stream)) {
        g_autoptr(GIOStream) base = NULL;

        g_object_get(stream, "base-io-stream", &base, NULL);
        g_socket_shutdown(g_socket_connection_get_socket(G_SOCKET_CONNECTION(base)), TRUE, TRUE,
                          NULL);
    } else {
        g_io_stream_close(stream, NULL, NULL);
    }
}

static void end(HttpConnection *connection)
{
    AmtHttp *http = connection->http;

    g_cancellable_cancel(connection->cancel);
    if (connection->stream) {
        close_stream(connection->stream);
    }
    g_ptr_array_remove_fast(http->connections, connection);
    if (http->connections->len == 0) {
        disarm(http);
    }
}

/* Only what has been written counts: the peer learns of the end by TLS's own message. */
static void end_politely(HttpConnection *connection)
{
    if (connection->stream && G_IS_TLS_CONNECTION(connection->stream)) {
        g_io_stream_close_async(connection->stream, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
        g_clear_object(&connection->stream);
    }
    end(connection);
}

/* ---- reading what nobody wants ---- */

static void linger(HttpConnection *connection);

static void wasted(GObject *source, GAsyncResult *result, gpointer opaque)
{
    g_autoptr(GError) error = NULL;
    gssize got = g_input_stream_read_finish(G_INPUT_STREAM(source), result, &error);

    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        return; /* it is gone */
    }
    if (got <= 0) {
        end(opaque);
    } else {
        linger(opaque);
    }
}

/* Closed with bytes unread, TCP would reset, and the peer lose the answer that says why. */
static void linger(HttpConnection *connection)
{
    g_input_stream_read_async(g_io_stream_get_input_stream(connection->stream), connection->waste,
                              sizeof(connection->waste), G_PRIORITY_LOW, connection->cancel, wasted,
                              connection);
}

void http_connection_refuse(HttpConnection *connection, unsigned int status)
{
    g_autofree char *text =
        g_strdup_printf("HTTP/1.1 %u %s\r\nServer: %s\r\nContent-Length: 0\r\n"
                        "Connection: close\r\n\r\n",
                        status, soup_status_get_phrase(status), connection->http->server);
    GOutputStream *out = g_io_stream_get_output_stream(connection->stream);

    if (connection->lingering) {
        return;
    }
    /* Nothing of an answer is on its way yet: so little goes out at once, or nobody is reading. */
    g_pollable_output_stream_write_nonblocking(G_POLLABLE_OUTPUT_STREAM(out), text, strlen(text),
                                               NULL, NULL);
    connection->http->stats.too_long++;
    connection->lingering = true;
    http_guard_cut(connection->guard);
}

/* ---- what the guard tells ---- */

static void guard_began(void *opaque)
{
    HttpConnection *connection = opaque;

    connection->busy = true;
    give(connection, HTTP_REQUEST_S);
}

static void guard_refused(void *opaque, unsigned int status)
{
    http_connection_refuse(opaque, status);
}

static void guard_closed(void *opaque)
{
    HttpConnection *connection = opaque;

    connection->guard = NULL;
    if (connection->lingering && !connection->http->freeing) {
        give(connection, HTTP_LINGER_S);
        linger(connection);
    } else {
        end_politely(connection);
    }
}

static const HttpGuardOps guard_ops = {
    .began = guard_began,
    .refused = guard_refused,
    .closed = guard_closed,
};

/* ---- requests, as http.c sees them ---- */

HttpConnection *http_connection_of(SoupServerMessage *message)
{
    GSocketAddress *remote = soup_server_message_get_remote_address(message);

    return remote ? g_object_get_data(G_OBJECT(remote), "swme-connection") : NULL;
}

void http_connection_read(HttpConnection *connection)
{
    give(connection, HTTP_ANSWER_S);
}

void http_connection_answered(HttpConnection *connection)
{
    connection->busy = false;
    if (connection->guard) {
        http_guard_rest(connection->guard, HTTP_HEADER_MAX);
        if (connection->last) {
            http_guard_cut(connection->guard);
        }
    }
    give(connection, HTTP_IDLE_S);
}

/* ---- the beginning ---- */

static GSocketAddress *address(const char *text, uint16_t port)
{
    return g_inet_socket_address_new_from_string(*text ? text : "127.0.0.1", port);
}

static void serve(HttpConnection *connection)
{
    g_autoptr(GSocketAddress) local = address("", connection->port);

    connection->remote = address(connection->peer.address, connection->peer.port);
    if (!connection->remote) {
        connection->remote = address("", connection->peer.port);
    }
    g_object_set_data(G_OBJECT(connection->remote), "swme-connection", connection);
    connection->guard = http_guard_new(connection->stream, &guard_ops, connection);
    http_guard_allow(connection->guard, HTTP_HEADER_MAX);
    {
        /* libsoup has its own reference, and the last one goes with it. */
        g_autoptr(HttpGuard) guard = connection->guard;

        soup_server_accept_iostream(connection->http->soup, G_IO_STREAM(guard), local,
                                    connection->remote, NULL);
    }
}

static void shaken(GObject *source, GAsyncResult *result, gpointer opaque)
{
    HttpConnection *connection = opaque;
    g_autoptr(GError) error = NULL;

    g_tls_connection_handshake_finish(G_TLS_CONNECTION(source), result, &error);
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        return; /* it is gone */
    }
    connection->shaking = false;
    if (error || !http_tls_entitled(connection->http->context.amt, connection->stream)) {
        end(connection);
    } else {
        serve(connection);
    }
}

/* Each one holds a thread of GLib's pool: who does not go on gives way to who has come since. */
static void limit_handshakes(AmtHttp *http)
{
    HttpConnection *oldest = NULL;
    unsigned int count = 0;

    for (guint i = 0; i < http->connections->len; i++) {
        HttpConnection *connection = http->connections->pdata[i];

        if (connection->shaking) {
            count++;
            if (!oldest || connection->since_us < oldest->since_us) {
                oldest = connection;
            }
        }
    }
    if (count >= HTTP_HANDSHAKES) {
        http->stats.displaced++;
        end(oldest);
    }
}

static gboolean hello(GObject *source G_GNUC_UNUSED, gpointer opaque)
{
    HttpConnection *connection = opaque;
    GTlsCertificate *certificate = http_tls_want(connection->http->tls);
    g_autoptr(GError) error = NULL;
    GIOStream *stream;

    g_clear_pointer(&connection->hello, g_source_unref);
    if (!certificate) {
        connection->wants_tls = true; /* it went with a state that was loaded */
        return G_SOURCE_REMOVE;
    }
    if (http_tls_too_old(connection->http->context.amt, connection->stream)) {
        end(connection);
        return G_SOURCE_REMOVE;
    }
    limit_handshakes(connection->http);
    stream = http_tls_wrap(
        certificate, g_steal_pointer(&connection->stream),
        http_tls_clients_new(connection->http->context.amt, connection->peer.door), &error);
    if (!stream) {
        g_warning("no TLS for AMT: %s", error->message);
        end(connection);
        return G_SOURCE_REMOVE;
    }
    connection->stream = stream;
    connection->shaking = true;
    g_tls_connection_handshake_async(G_TLS_CONNECTION(stream), G_PRIORITY_DEFAULT,
                                     connection->cancel, shaken, connection);
    return G_SOURCE_REMOVE;
}

/* Who says nothing costs nothing. */
static void begin_tls(HttpConnection *connection)
{
    GInputStream *in = g_io_stream_get_input_stream(connection->stream);

    connection->wants_tls = false;
    connection->hello = g_pollable_input_stream_create_source(G_POLLABLE_INPUT_STREAM(in), NULL);
    g_source_set_callback(connection->hello, G_SOURCE_FUNC(hello), connection, NULL);
    g_source_attach(connection->hello, swme_services_context(connection->http->context.services));
}

void http_tls_ready(void *opaque, GTlsCertificate *certificate)
{
    AmtHttp *http = opaque;

    for (guint i = http->connections->len; i-- > 0;) {
        HttpConnection *connection = http->connections->pdata[i];

        if (connection->wants_tls && certificate) {
            begin_tls(connection);
        } else if (connection->wants_tls) {
            end(connection);
        }
    }
}

/* Who deserves its place least: has not logged in, or is idle, or is there longest. */
static HttpConnection *least(const AmtHttp *http, SwmeDoor door, unsigned int *count)
{
    HttpConnection *found = NULL;

    *count = 0;
    for (guint i = 0; i < http->connections->len; i++) {
        HttpConnection *connection = http->connections->pdata[i];
        int order;

        if (connection->peer.door != door) {
            continue;
        }
        ++*count;
        if (!found) {
            found = connection;
            continue;
        }
        order = (int)found->logged_in - (int)connection->logged_in;
        if (order == 0 && found->logged_in) {
            order = (int)found->busy - (int)connection->busy;
        }
        if (order > 0 || (order == 0 && connection->since_us < found->since_us)) {
            found = connection;
        }
    }
    return found;
}

static void incoming(AmtHttp *http, GIOStream *stream, const SwmePeer *peer, uint16_t port)
{
    HttpConnection *connection;
    HttpConnection *victim;
    unsigned int count;

    http->stats.connections++;
    if (!swme_services_open(http->context.services, port, peer->door)) {
        http->stats.refused++;
        g_io_stream_close(stream, NULL, NULL);
        g_object_unref(stream);
        return;
    }
    victim = least(http, peer->door, &count);
    if (count >= http->config.connections) {
        http->stats.displaced++;
        end(victim);
    }
    connection = g_new0(HttpConnection, 1);
    connection->http = http;
    connection->peer = *peer;
    connection->port = port;
    connection->stream = stream;
    connection->cancel = g_cancellable_new();
    connection->since_us = g_get_monotonic_time();
    g_ptr_array_add(http->connections, connection);
    give(connection, HTTP_REQUEST_S);
    if (port == AMT_HTTPS_PORT) {
        GTlsCertificate *certificate = http_tls_want(http->tls);

        connection->wants_tls = true;
        if (certificate) {
            begin_tls(connection);
        }
    } else {
        serve(connection);
    }
}

static void incoming_plain(void *opaque, GIOStream *stream, const SwmePeer *peer)
{
    incoming(opaque, stream, peer, AMT_HTTP_PORT);
}

static void incoming_tls(void *opaque, GIOStream *stream, const SwmePeer *peer)
{
    incoming(opaque, stream, peer, AMT_HTTPS_PORT);
}

/* ---- who may ---- */

static void update_port(AmtHttp *http, uint16_t port, bool there, bool network,
                        SwmeServiceFunc func)
{
    SwmeServices *services = http->context.services;

    if (there != swme_services_serves(services, port)) {
        if (there) {
            swme_services_add(services, port, func, http);
        } else {
            swme_services_remove(services, port);
        }
    }
    if (there) {
        swme_services_set_network(services, port, network);
    }
}

void http_connections_update(AmtHttp *http)
{
    const AmtData *data = amt_state_data(http->context.amt);
    bool on = data->setup.operational && !http->freeing;
    /* Until it is being set up nobody reaches AMT over the network (AMT SDK, "Setup and
     * Configuration"). */
    bool network = data->setup.state == AMTHI_PROVISIONING_POST ||
                   (data->setup.state == AMTHI_PROVISIONING_IN && !data->setup.host_based);
    /* Remote configuration is over TLS; afterwards it is there if it was switched on. LME forwards
     * both ports always. */
    bool tls = data->tls.enabled || data->setup.state == AMTHI_PROVISIONING_IN;
    bool plain = !data->tls.enabled || data->tls.accept_plain[0];

    update_port(http, AMT_HTTP_PORT, on && (plain || !data->tls.local_enforced), network && plain,
                incoming_plain);
    update_port(http, AMT_HTTPS_PORT, on, network && tls, incoming_tls);
    for (guint i = http->connections->len; i-- > 0;) {
        HttpConnection *connection = http->connections->pdata[i];

        if (swme_services_open(http->context.services, connection->port, connection->peer.door)) {
            continue;
        }
        connection->last = true;
        if (connection->guard && !connection->busy) {
            http_guard_cut(connection->guard);
        } else if (!connection->guard && !connection->lingering) {
            end(connection);
        }
    }
}

void http_connections_clear(AmtHttp *http)
{
    http->freeing = true;
    http_connections_update(http);
    while (http->connections->len) {
        end(http->connections->pdata[http->connections->len - 1]);
    }
    disarm(http);
}

static void free_element(gpointer connection)
{
    connection_free(connection);
}

GPtrArray *http_connections_new(void)
{
    return g_ptr_array_new_with_free_func(free_element);
}
