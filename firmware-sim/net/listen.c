/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/net/listen.h"

#include <errno.h>
#include <string.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "firmware-sim/error.h"

#define BACKLOG 128
/* Where free ports are looked for: Linux gives clients ports from 32768 on (ip_local_port_range).
 */
#define QUIET_FIRST     17000
#define EPHEMERAL_FIRST 32768
/* Without a descriptor left accepting fails at once, again and again: look again later. */
#define RETRY_S 1

typedef struct Port {
    SwmeListen *listen;
    uint16_t service;
    GSocket *socket; /* bound, and listening while source is there */
    GSource *source;
} Port;

struct SwmeListen {
    SwmeServices *services;
    unsigned int subscription;
    Port ports[SWME_LISTEN_PORTS];
    GSource *retry;
};

/* ---- addresses ---- */

static bool bad_address(const char *text, GError **error)
{
    g_autofree char *shown = swme_error_text(text);

    return swme_error_set(error, SWME_ERROR_ARGUMENT, NULL,
                          "'%s' is no place to listen: it is ADDRESS[:PORT], with an IPv4 address, "
                          "an IPv6 address in brackets, or localhost, and four ports from PORT on "
                          "(default: %d)",
                          shown, SWME_LISTEN_FIRST);
}

static bool parse_port(const char *text, uint16_t *port)
{
    guint64 number;

    if (!g_ascii_string_to_unsigned(text, 10, 0, UINT16_MAX - (SWME_LISTEN_PORTS - 1), &number,
                                    NULL)) {
        return false;
    }
    *port = (uint16_t)number;
    return true;
}

bool swme_listen_parse(const char *text, SwmeListenAddress *address, GError **error)
{
    g_autofree char *host = NULL;
    const char *rest;
    bool bracket = *text == '[';

    if (bracket) {
        rest = strchr(text, ']');
        if (!rest) {
            return bad_address(text, error);
        }
        host = g_strndup(text + 1, (gsize)(rest - text - 1));
        rest++;
    } else {
        rest = strchr(text, ':');
        rest = rest ? rest : text + strlen(text);
        host = g_strndup(text, (gsize)(rest - text));
    }
    if (g_str_equal(host, "localhost")) {
        g_free(host);
        host = g_strdup("127.0.0.1");
    }
    memset(address, 0, sizeof(*address));
    address->port = SWME_LISTEN_FIRST;
    if (!g_hostname_is_ip_address(host) || bracket != (strchr(host, ':') != NULL) ||
        strlen(host) >= sizeof(address->address) ||
        (*rest && (*rest != ':' || !parse_port(rest + 1, &address->port)))) {
        return bad_address(text, error);
    }
    g_strlcpy(address->address, host, sizeof(address->address));
    return true;
}

/* ---- connections ---- */

static void peer_of(GSocket *socket, SwmePeer *peer)
{
    g_autoptr(GSocketAddress) address = g_socket_get_remote_address(socket, NULL);

    *peer = (SwmePeer){.door = SWME_DOOR_HOST};
    if (address && G_IS_INET_SOCKET_ADDRESS(address)) {
        GInetSocketAddress *inet = G_INET_SOCKET_ADDRESS(address);
        g_autofree char *text = g_inet_address_to_string(g_inet_socket_address_get_address(inet));

        g_strlcpy(peer->address, text, sizeof(peer->address));
        peer->port = g_inet_socket_address_get_port(inet);
    }
}

static void pause_accepting(SwmeListen *listen);

static gboolean incoming(GSocket *socket, GIOCondition condition G_GNUC_UNUSED, gpointer opaque)
{
    Port *port = opaque;
    SwmeListen *listen = port->listen;
    g_autoptr(GError) error = NULL;
    g_autoptr(GSocket) accepted = g_socket_accept(socket, NULL, &error);
    SwmePeer peer;

    if (!accepted) {
        /* Gone again is nothing; out of descriptors is. */
        if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK) &&
            !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED)) {
            pause_accepting(listen);
        }
        return G_SOURCE_CONTINUE;
    }
    g_socket_set_option(accepted, IPPROTO_TCP, TCP_NODELAY, TRUE, NULL);
    g_socket_set_keepalive(accepted, TRUE);
    peer_of(accepted, &peer);
    swme_services_connect(listen->services, port->service,
                          G_IO_STREAM(g_socket_connection_factory_create_connection(accepted)),
                          &peer);
    return G_SOURCE_CONTINUE;
}

static void start(Port *port)
{
    g_autoptr(GError) error = NULL;

    if (!g_socket_listen(port->socket, &error)) {
        g_warning("port for AMT's %u: %s", port->service, error->message);
        return;
    }
    port->source = g_socket_create_source(port->socket, G_IO_IN, NULL);
    g_source_set_callback(port->source, G_SOURCE_FUNC(incoming), port, NULL);
    g_source_attach(port->source, swme_services_context(port->listen->services));
}

static void stop_source(Port *port)
{
    g_source_destroy(port->source);
    g_clear_pointer(&port->source, g_source_unref);
}

/* Linux takes a listening socket that is shut down back to a bound one: inet_shutdown(). */
static void stop(Port *port)
{
    stop_source(port);
    shutdown(g_socket_get_fd(port->socket), SHUT_RDWR);
}

static void update(Port *port)
{
    bool open = swme_services_open(port->listen->services, port->service, SWME_DOOR_HOST);

    if (open && !port->source && !port->listen->retry) {
        start(port);
    } else if (!open && port->source) {
        stop(port);
    }
}

static void update_all(SwmeListen *listen)
{
    for (unsigned int i = 0; i < SWME_LISTEN_PORTS; i++) {
        update(&listen->ports[i]);
    }
}

static gboolean retry(gpointer opaque)
{
    SwmeListen *listen = opaque;

    g_clear_pointer(&listen->retry, g_source_unref);
    update_all(listen);
    return G_SOURCE_REMOVE;
}

static void pause_accepting(SwmeListen *listen)
{
    for (unsigned int i = 0; i < SWME_LISTEN_PORTS; i++) {
        if (listen->ports[i].source) {
            stop_source(&listen->ports[i]);
        }
    }
    if (!listen->retry) {
        listen->retry = g_timeout_source_new_seconds(RETRY_S);
        g_source_set_callback(listen->retry, retry, listen, NULL);
        g_source_attach(listen->retry, swme_services_context(listen->services));
    }
}

static void services_changed(void *opaque, uint16_t port, bool there)
{
    SwmeListen *listen = opaque;

    (void)there;
    if (port >= SWME_LISTEN_FIRST && port < SWME_LISTEN_FIRST + SWME_LISTEN_PORTS) {
        update(&listen->ports[port - SWME_LISTEN_FIRST]);
    }
}

/* ---- life ---- */

static bool bind_port(Port *port, const char *text, uint16_t number, GError **error)
{
    g_autoptr(GSocketAddress) address = g_inet_socket_address_new_from_string(text, number);

    port->socket = g_socket_new(g_socket_address_get_family(address), G_SOCKET_TYPE_STREAM,
                                G_SOCKET_PROTOCOL_TCP, error);
    if (!port->socket) {
        return false;
    }
    g_socket_set_blocking(port->socket, FALSE);
    /* GLib takes it before the first time only, however often the port listens. */
    g_socket_set_listen_backlog(port->socket, BACKLOG);
    return g_socket_bind(port->socket, address, TRUE, error);
}

static void unbind_all(SwmeListen *listen)
{
    for (unsigned int i = 0; i < SWME_LISTEN_PORTS; i++) {
        g_clear_object(&listen->ports[i].socket);
    }
}

static bool bind_all(SwmeListen *listen, const char *address, uint16_t first, GError **error)
{
    for (unsigned int i = 0; i < SWME_LISTEN_PORTS; i++) {
        Port *port = &listen->ports[i];
        g_autoptr(GError) reason = NULL;

        if (!bind_port(port, address, (uint16_t)(first + i), &reason)) {
            unbind_all(listen);
            return swme_error_set(error, SWME_ERROR_STATE, NULL,
                                  "cannot listen on %s port %u (AMT's %u): %s", address, first + i,
                                  port->service, reason->message);
        }
    }
    return true;
}

static bool bind_range(SwmeListen *listen, const char *address, uint16_t low, uint16_t high)
{
    unsigned int blocks = (high - low) / SWME_LISTEN_PORTS;
    unsigned int start = (unsigned int)g_random_int_range(0, (gint32)blocks);

    for (unsigned int i = 0; i < blocks; i++) {
        unsigned int first = low + (start + i) % blocks * SWME_LISTEN_PORTS;

        if (bind_all(listen, address, (uint16_t)first, NULL)) {
            return true;
        }
    }
    return false;
}

/*
 * Not from the port that the system would choose: every second one there is some client's, in
 * TIME_WAIT long after it closed, so that four in a row are rare on a machine that opens many
 * connections.
 */
static bool bind_any(SwmeListen *listen, const char *address, GError **error)
{
    Port probe = {0};
    bool possible = bind_port(&probe, address, 0, error);

    g_clear_object(&probe.socket);
    if (!possible) {
        return false;
    }
    if (bind_range(listen, address, QUIET_FIRST, EPHEMERAL_FIRST) ||
        bind_range(listen, address, EPHEMERAL_FIRST, UINT16_MAX)) {
        return true;
    }
    return swme_error_set(error, SWME_ERROR_STATE, NULL, "no four free ports in a row on %s",
                          address);
}

SwmeListen *swme_listen_new(SwmeServices *services, const SwmeListenAddress *address,
                            GError **error)
{
    SwmeListen *listen = g_new0(SwmeListen, 1);

    listen->services = services;
    for (unsigned int i = 0; i < SWME_LISTEN_PORTS; i++) {
        listen->ports[i].listen = listen;
        listen->ports[i].service = (uint16_t)(SWME_LISTEN_FIRST + i);
    }
    if (!(address->port ? bind_all(listen, address->address, address->port, error)
                        : bind_any(listen, address->address, error))) {
        g_free(listen);
        return NULL;
    }
    listen->subscription = swme_services_subscribe(services, services_changed, listen);
    update_all(listen);
    return listen;
}

void swme_listen_free(SwmeListen *listen)
{
    if (!listen) {
        return;
    }
    swme_services_unsubscribe(listen->services, listen->subscription);
    if (listen->retry) {
        g_source_destroy(listen->retry);
        g_source_unref(listen->retry);
    }
    for (unsigned int i = 0; i < SWME_LISTEN_PORTS; i++) {
        if (listen->ports[i].source) {
            stop_source(&listen->ports[i]);
        }
    }
    unbind_all(listen);
    g_free(listen);
}

uint16_t swme_listen_port(const SwmeListen *listen)
{
    g_autoptr(GSocketAddress) local = g_socket_get_local_address(listen->ports[0].socket, NULL);

    return local ? g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(local)) : 0;
}
