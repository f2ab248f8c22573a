/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/unix-listener.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <gio/gunixsocketaddress.h>

#include "firmware-sim/error.h"

#define BACKLOG 8
/* Without a descriptor left accepting fails at once, again and again: look again later. */
#define RETRY_S 1

/* What is being opened, for its errors. */
typedef struct Place {
    const char *path;
    const char *what;
} Place;

static bool fail(GError **error, const Place *place, const char *why)
{
    g_autofree char *shown = swme_error_text(place->path);

    return swme_error_set(error, SWME_ERROR_ARGUMENT, NULL, "%s '%s': %s", place->what, shown, why);
}

/* Where a socket stands already: is anybody at home? Removes it if not. */
static bool make_way(const Place *place, GSocketAddress *address, GError **error)
{
    g_autoptr(GSocket) probe = NULL;
    g_autoptr(GError) refused = NULL;
    struct stat status;

    if (lstat(place->path, &status)) {
        return errno == ENOENT || fail(error, place, g_strerror(errno));
    }
    if (!S_ISSOCK(status.st_mode)) {
        return fail(error, place, "there is something that is no socket");
    }
    probe = g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT,
                         &refused);
    if (!probe) {
        return fail(error, place, refused->message);
    }
    g_socket_set_blocking(probe, FALSE); /* a full backlog is an answer, too */
    if (g_socket_connect(probe, address, NULL, &refused) ||
        !g_error_matches(refused, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED)) {
        return fail(error, place, "somebody listens there already");
    }
    return unlink(place->path) == 0 || fail(error, place, g_strerror(errno));
}

static bool bind_socket(SwmeUnixListener *listener, const Place *place, GSocketAddress *address,
                        GError **error)
{
    g_autoptr(GError) reason = NULL;
    struct stat status;

    listener->socket = g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM,
                                    G_SOCKET_PROTOCOL_DEFAULT, &reason);
    if (!listener->socket) {
        return fail(error, place, reason->message);
    }
    /* Linux gives the file the socket's own mode: it never is open to others, not for a moment. */
    if (fchmod(g_socket_get_fd(listener->socket), S_IRUSR | S_IWUSR)) {
        return fail(error, place, g_strerror(errno));
    }
    g_socket_set_blocking(listener->socket, FALSE);
    g_socket_set_listen_backlog(listener->socket, BACKLOG);
    if (!g_socket_bind(listener->socket, address, FALSE, &reason) ||
        !g_socket_listen(listener->socket, &reason)) {
        return fail(error, place, reason->message);
    }
    if (lstat(place->path, &status)) {
        return fail(error, place, g_strerror(errno));
    }
    listener->device = status.st_dev;
    listener->inode = status.st_ino;
    return true;
}

bool swme_unix_listener_open(SwmeUnixListener *listener, const char *path, const char *what,
                             GError **error)
{
    const Place place = {path, what};
    g_autoptr(GSocketAddress) address = NULL;

    *listener = (SwmeUnixListener){0};
    if (*path == '\0' || strlen(path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path)) {
        return fail(error, &place, "a path of 1 to 107 bytes names a socket");
    }
    address = g_unix_socket_address_new(path);
    if (!make_way(&place, address, error)) {
        return false;
    }
    listener->path = g_strdup(path);
    if (!bind_socket(listener, &place, address, error)) {
        swme_unix_listener_close(listener);
        return false;
    }
    return true;
}

static void detach(SwmeUnixListener *listener)
{
    if (listener->source) {
        g_source_destroy(listener->source);
        g_clear_pointer(&listener->source, g_source_unref);
    }
}

static void wait_for_somebody(SwmeUnixListener *listener);

static gboolean look_again(gpointer opaque)
{
    wait_for_somebody(opaque);
    return G_SOURCE_REMOVE;
}

static gboolean incoming(GSocket *socket, GIOCondition condition G_GNUC_UNUSED, gpointer opaque)
{
    SwmeUnixListener *listener = opaque;
    g_autoptr(GError) error = NULL;
    GSocket *connection = g_socket_accept(socket, NULL, &error);

    if (connection) {
        listener->came(listener->opaque, connection);
    } else if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK) &&
               !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED)) {
        detach(listener);
        listener->source = g_timeout_source_new_seconds(RETRY_S);
        g_source_set_callback(listener->source, look_again, listener, NULL);
        g_source_attach(listener->source, NULL);
    }
    return G_SOURCE_CONTINUE;
}

static void wait_for_somebody(SwmeUnixListener *listener)
{
    detach(listener);
    listener->source = g_socket_create_source(listener->socket, G_IO_IN, NULL);
    g_source_set_callback(listener->source, G_SOURCE_FUNC(incoming), listener, NULL);
    g_source_attach(listener->source, NULL);
}

void swme_unix_listener_accept(SwmeUnixListener *listener, SwmeUnixListenerCame *came, void *opaque)
{
    listener->came = came;
    listener->opaque = opaque;
    wait_for_somebody(listener);
}

void swme_unix_listener_close(SwmeUnixListener *listener)
{
    struct stat status;

    detach(listener);
    if (listener->inode && lstat(listener->path, &status) == 0 &&
        status.st_dev == listener->device && status.st_ino == listener->inode) {
        unlink(listener->path);
    }
    g_clear_object(&listener->socket);
    g_clear_pointer(&listener->path, g_free);
    listener->inode = 0;
}
