/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/net/services.h"

typedef struct Service {
    uint16_t port;
    bool local_only;
    SwmeServiceFunc func;
    void *opaque;
} Service;

typedef struct Subscriber {
    unsigned int id;
    SwmeServicesFunc func;
    void *opaque;
} Subscriber;

struct SwmeServices {
    GMainContext *context;
    GArray *services;
    GArray *subscribers;
    unsigned int last_id;
    SwmeDialFunc dial;
    void *dial_opaque;
};

/* ---- out ---- */

#define HOST_DIAL_S 10

static void host_connected(GObject *source, GAsyncResult *result, gpointer opaque)
{
    g_autoptr(GTask) task = opaque;
    GError *error = NULL;
    GSocketConnection *made =
        g_socket_client_connect_finish(G_SOCKET_CLIENT(source), result, &error);

    if (made) {
        g_task_return_pointer(task, made, g_object_unref);
    } else {
        g_task_return_error(task, error);
    }
}

static void dial_over_host(void *opaque G_GNUC_UNUSED, const char *address, uint16_t port,
                           GTask *task)
{
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_autoptr(GSocketAddress) to = g_inet_socket_address_new_from_string(address, port);

    if (!to) {
        g_task_return_new_error(task, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                                "%s is no address in figures", address);
        g_object_unref(task);
        return;
    }
    g_socket_client_set_enable_proxy(client, FALSE);
    g_socket_client_set_timeout(client, HOST_DIAL_S);
    g_socket_client_connect_async(client, G_SOCKET_CONNECTABLE(to), g_task_get_cancellable(task),
                                  host_connected, task);
}

void swme_services_set_dialler(SwmeServices *services, SwmeDialFunc dial, void *opaque)
{
    services->dial = dial ? dial : dial_over_host;
    services->dial_opaque = opaque;
}

bool swme_services_dials_host(const SwmeServices *services)
{
    return services->dial == dial_over_host;
}

void swme_services_dial(SwmeServices *services, const char *address, uint16_t port,
                        GCancellable *cancellable, GAsyncReadyCallback callback, void *opaque)
{
    services->dial(services->dial_opaque, address, port,
                   g_task_new(NULL, cancellable, callback, opaque));
}

GIOStream *swme_services_dial_finish(GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer(G_TASK(result), error);
}

/* ---- life ---- */

SwmeServices *swme_services_new(void)
{
    SwmeServices *services = g_new0(SwmeServices, 1);

    services->dial = dial_over_host;
    services->context = g_main_context_ref_thread_default();
    services->services = g_array_new(FALSE, FALSE, sizeof(Service));
    services->subscribers = g_array_new(FALSE, FALSE, sizeof(Subscriber));
    return services;
}

void swme_services_free(SwmeServices *services)
{
    if (!services) {
        return;
    }
    g_array_unref(services->services);
    g_array_unref(services->subscribers);
    g_main_context_unref(services->context);
    g_free(services);
}

GMainContext *swme_services_context(SwmeServices *services)
{
    return services->context;
}

static const Service *find(const SwmeServices *services, uint16_t port)
{
    for (guint i = 0; i < services->services->len; i++) {
        const Service *service = &g_array_index(services->services, Service, i);

        if (service->port == port) {
            return service;
        }
    }
    return NULL;
}

/* Subscribers may come and go meanwhile: each that was there before, and still is, hears of it. */
static void tell(SwmeServices *services, uint16_t port, bool there)
{
    g_autoptr(GArray) now = g_array_copy(services->subscribers);

    for (guint i = 0; i < now->len; i++) {
        const Subscriber *subscriber = &g_array_index(now, Subscriber, i);

        for (guint j = 0; j < services->subscribers->len; j++) {
            if (g_array_index(services->subscribers, Subscriber, j).id == subscriber->id) {
                subscriber->func(subscriber->opaque, port, there);
                break;
            }
        }
    }
}

bool swme_services_add(SwmeServices *services, uint16_t port, SwmeServiceFunc func, void *opaque)
{
    const Service service = {.port = port, .func = func, .opaque = opaque};

    if (port == 0 || services->services->len == SWME_SERVICES_MAX || find(services, port)) {
        return false;
    }
    g_array_append_val(services->services, service);
    tell(services, port, true);
    return true;
}

void swme_services_remove(SwmeServices *services, uint16_t port)
{
    const Service *service = find(services, port);

    if (service) {
        g_array_remove_index(services->services,
                             (guint)(service - (const Service *)(void *)services->services->data));
        tell(services, port, false);
    }
}

void swme_services_set_network(SwmeServices *services, uint16_t port, bool open)
{
    for (guint i = 0; i < services->services->len; i++) {
        Service *service = &g_array_index(services->services, Service, i);

        if (service->port == port && service->local_only == open) {
            service->local_only = !open;
            tell(services, port, true);
            return;
        }
    }
}

bool swme_services_open(const SwmeServices *services, uint16_t port, SwmeDoor door)
{
    const Service *service = find(services, port);

    return service && (door == SWME_DOOR_LOCAL || !service->local_only);
}

unsigned int swme_services_ports(const SwmeServices *services, uint16_t ports[SWME_SERVICES_MAX])
{
    for (guint i = 0; i < services->services->len; i++) {
        ports[i] = g_array_index(services->services, Service, i).port;
    }
    return services->services->len;
}

bool swme_services_serves(const SwmeServices *services, uint16_t port)
{
    return find(services, port) != NULL;
}

bool swme_services_connect(SwmeServices *services, uint16_t port, GIOStream *stream,
                           const SwmePeer *peer)
{
    const Service *service = find(services, port);

    if (!service) {
        g_io_stream_close(stream, NULL, NULL);
        g_object_unref(stream);
        return false;
    }
    service->func(service->opaque, stream, peer);
    return true;
}

unsigned int swme_services_subscribe(SwmeServices *services, SwmeServicesFunc func, void *opaque)
{
    const Subscriber subscriber = {.id = ++services->last_id, .func = func, .opaque = opaque};

    g_array_append_val(services->subscribers, subscriber);
    return subscriber.id;
}

void swme_services_unsubscribe(SwmeServices *services, unsigned int id)
{
    for (guint i = 0; i < services->subscribers->len; i++) {
        if (g_array_index(services->subscribers, Subscriber, i).id == id) {
            g_array_remove_index(services->subscribers, i);
            return;
        }
    }
}
