/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/remote/remote-server.h"

#include "firmware-sim/unix-listener.h"

#define READ_SIZE 8192
#define LOOKS_MAX 8 /* for the end of a connection, before another is turned away */

/* The device is a process like this one, and may be as busy; its guest may be stopped meanwhile,
 * which changes nothing. */
#define DMA_WAIT_US (10 * G_USEC_PER_SEC)

struct RemoteServer {
    const RemoteServerOps *ops;
    void *opaque;
    RemoteDevice *device;
    SwmeUnixListener listener;
    GSocket *connection; /* NULL: nobody */
    GSource *in;
    GSource *out;   /* NULL: nothing waits to be written */
    GSource *again; /* NULL: nothing waits to be handled */
    gint64 give_up; /* waiting for a DMA's answer: monotonic time */
};

static void detach(GSource **source)
{
    if (*source) {
        g_source_destroy(*source);
        g_clear_pointer(source, g_source_unref);
    }
}

static void hang_up(RemoteServer *server)
{
    detach(&server->in);
    detach(&server->out);
    detach(&server->again);
    if (server->connection) {
        g_socket_close(server->connection, NULL);
        g_clear_object(&server->connection);
    }
}

/* ---- what the device's half asks ---- */

static gboolean writable(GSocket *socket G_GNUC_UNUSED, GIOCondition condition G_GNUC_UNUSED,
                         gpointer opaque)
{
    RemoteServer *server = opaque;

    detach(&server->out);
    remote_device_writable(server->device);
    return G_SOURCE_REMOVE;
}

static GSource *watch(RemoteServer *server, GIOCondition condition, GSocketSourceFunc func)
{
    GSource *source = g_socket_create_source(server->connection, condition, NULL);

    g_source_set_callback(source, G_SOURCE_FUNC(func), server, NULL);
    g_source_attach(source, NULL);
    return source;
}

static size_t io_write(void *opaque, const uint8_t *data, size_t size)
{
    RemoteServer *server = opaque;
    size_t done = 0;
    gssize sent = 0;

    while (server->connection && done < size &&
           (sent = g_socket_send(server->connection, (const char *)data + done, size - done, NULL,
                                 NULL)) > 0) {
        done += (size_t)sent;
    }
    /* Of a connection that is gone the end is read, too. */
    if (done < size && server->connection && !server->out) {
        server->out = watch(server, G_IO_OUT, writable);
    }
    return done;
}

static void io_end(void *opaque, const char *why G_GNUC_UNUSED)
{
    hang_up(opaque);
}

static const RemoteIo io = {
    .write = io_write,
    .end = io_end,
};

/* False: the connection is gone. */
static gboolean take_bytes(RemoteServer *server)
{
    g_autoptr(GError) error = NULL;
    uint8_t data[READ_SIZE];
    gssize got = g_socket_receive(server->connection, (char *)data, sizeof(data), NULL, &error);

    if (got > 0) {
        remote_device_input(server->device, data, (size_t)got);
        return TRUE;
    }
    return got < 0 && g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
}

static bool hook_wait(void *opaque, bool first)
{
    RemoteServer *server = opaque;
    gint64 now = g_get_monotonic_time();

    server->give_up = first ? now + DMA_WAIT_US : server->give_up;
    return server->connection && now < server->give_up &&
           g_socket_condition_timed_wait(server->connection, G_IO_IN, server->give_up - now, NULL,
                                         NULL) &&
           take_bytes(server);
}

static gboolean handle_again(gpointer opaque)
{
    RemoteServer *server = opaque;

    detach(&server->again);
    remote_device_input(server->device, NULL, 0);
    return G_SOURCE_REMOVE;
}

static void hook_again(void *opaque)
{
    RemoteServer *server = opaque;

    if (!server->again && server->connection) {
        server->again = g_idle_source_new();
        g_source_set_priority(server->again, G_PRIORITY_DEFAULT);
        g_source_set_callback(server->again, handle_again, server, NULL);
        g_source_attach(server->again, NULL);
    }
}

static void hook_host_power(void *opaque, SwmeHostPower power)
{
    RemoteServer *server = opaque;

    if (server->ops) {
        server->ops->host_power(server->opaque, power);
    }
}

static void hook_note(void *opaque, const char *what, bool error)
{
    RemoteServer *server = opaque;

    if (server->ops) {
        server->ops->note(server->opaque, what, error);
    }
}

static const RemoteDeviceHooks hooks = {
    .wait = hook_wait,
    .again = hook_again,
    .host_power = hook_host_power,
    .note = hook_note,
};

/* ---- the connection ---- */

static void look(RemoteServer *server)
{
    if (!take_bytes(server)) {
        hang_up(server);
        remote_device_disconnected(server->device);
    }
}

static gboolean readable(GSocket *socket G_GNUC_UNUSED, GIOCondition condition G_GNUC_UNUSED,
                         gpointer opaque)
{
    RemoteServer *server = opaque;

    look(server);
    return server->in ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static void incoming(void *opaque, GSocket *connection)
{
    RemoteServer *server = opaque;

    /* One that went and comes back at once is not in its own way, whatever is read first. */
    for (unsigned int i = 0; i < LOOKS_MAX && server->connection &&
                             g_socket_condition_check(server->connection, G_IO_IN);
         i++) {
        look(server);
    }
    if (server->connection) {
        hook_note(server, "is there already: another one was turned away", true);
        g_object_unref(connection);
        return;
    }
    server->connection = connection;
    g_socket_set_blocking(server->connection, FALSE);
    server->in = watch(server, G_IO_IN, readable);
    remote_device_connected(server->device);
}

/* ---- life ---- */

RemoteServer *remote_server_new(const RemoteServerOps *ops, void *opaque)
{
    RemoteServer *server = g_new0(RemoteServer, 1);

    server->ops = ops;
    server->opaque = opaque;
    server->device = remote_device_new(&io, &hooks, server);
    return server;
}

bool remote_server_listen(RemoteServer *server, const char *path, GError **error)
{
    if (!swme_unix_listener_open(&server->listener, path, "link socket", error)) {
        return false;
    }
    swme_unix_listener_accept(&server->listener, incoming, server);
    return true;
}

void remote_server_close(RemoteServer *server)
{
    if (server) {
        server->ops = NULL;
        swme_unix_listener_close(&server->listener);
        hang_up(server);
    }
}

void remote_server_free(RemoteServer *server)
{
    if (server) {
        remote_server_close(server);
        remote_device_free(server->device);
        g_free(server);
    }
}

RemoteDevice *remote_server_device(RemoteServer *server)
{
    return server->device;
}
