/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/net/lan/lan-connect.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "firmware-sim/net/lan/lan-engine.h"

#define DIALS_MAX    16                   /* under way at once */
#define DIAL_WAIT_NS (10 * SWME_NS_PER_S) /* libslirp alone would try for 90 s */

typedef struct Dial {
    LanConnect *out;
    GTask *task;
    uint32_t peer;
    uint16_t port;
    uint16_t local;    /* ours; 0: its first segment has not left */
    uint32_t sequence; /* of that segment */
    int fd;
    SwmeTimer *timer;
    GSource *cancelled; /* NULL: it cannot be */
} Dial;

struct LanConnect {
    SwmeLan *lan;
    const char *directory;
    LanEngine engine; /* stopped: nothing was begun since we have our address */
    GPtrArray *dials;
    Dial *starting; /* the one whose first segment libslirp is to send now */
    unsigned int last_name;
};

/* ---- the end of an attempt ---- */

typedef struct Result {
    GTask *task;
    GIOStream *stream;
    GError *error;
} Result;

static gboolean tell(gpointer opaque)
{
    Result *result = opaque;

    if (result->stream) {
        g_task_return_pointer(result->task, result->stream, g_object_unref);
    } else {
        g_task_return_error(result->task, result->error);
    }
    g_object_unref(result->task);
    g_free(result);
    return G_SOURCE_REMOVE;
}

/* From the event loop: whoever is told may do anything, and we may be within anything. */
static void tell_later(LanConnect *out, GTask *task, GIOStream *stream, GError *error)
{
    g_autoptr(GSource) source = g_idle_source_new();
    Result *result = g_new(Result, 1);

    *result = (Result){task, stream, error};
    g_source_set_priority(source, G_PRIORITY_DEFAULT);
    g_source_set_callback(source, tell, result, NULL);
    g_source_attach(source, swme_services_context(out->lan->config.services));
}

static void forget(Dial *dial)
{
    LanConnect *out = dial->out;

    if (dial->timer) {
        out->lan->clock->timer_free(dial->timer);
    }
    if (dial->cancelled) {
        g_source_destroy(dial->cancelled);
        g_source_unref(dial->cancelled);
    }
    g_ptr_array_remove_fast(out->dials, dial);
    g_free(dial);
}

static void fail(Dial *dial, int code, const char *why)
{
    g_autofree char *message =
        g_strdup_printf("%u.%u.%u.%u port %u: %s", dial->peer >> 24, dial->peer >> 16 & 0xff,
                        dial->peer >> 8 & 0xff, dial->peer & 0xff, dial->port, why);

    dial->out->lan->stats.failed_out++;
    close(dial->fd); /* libslirp sees it at its next poll */
    tell_later(dial->out, dial->task, NULL, g_error_new_literal(G_IO_ERROR, code, message));
    forget(dial);
}

static void succeed(Dial *dial)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GSocket) socket = g_socket_new_from_fd(dial->fd, &error);

    if (!socket) {
        fail(dial, G_IO_ERROR_FAILED, error->message);
        return;
    }
    dial->out->lan->stats.connections_out++;
    tell_later(dial->out, dial->task,
               G_IO_STREAM(g_socket_connection_factory_create_connection(socket)), NULL);
    forget(dial);
}

static void on_timeout(void *opaque)
{
    fail(opaque, G_IO_ERROR_TIMED_OUT, "no answer");
}

static gboolean on_cancelled(GCancellable *cancellable G_GNUC_UNUSED, gpointer opaque)
{
    fail(opaque, G_IO_ERROR_CANCELLED, "cancelled");
    return G_SOURCE_REMOVE;
}

void lan_connect_unreachable(LanConnect *out, uint32_t peer)
{
    for (guint i = out->dials->len; i-- > 0;) {
        Dial *dial = out->dials->pdata[i];

        if (dial->peer == peer) {
            fail(dial, G_IO_ERROR_HOST_UNREACHABLE, "no such station");
        }
    }
}

/* ---- the beginning ---- */

static void on_leaving(void *opaque, const uint8_t *ip, size_t size)
{
    LanConnect *out = opaque;
    size_t header = (ip[IP_OFF_VERSION_IHL] & 15) * 4u;
    const uint8_t *segment = ip + header;

    if (out->starting && size >= header + TCP_SIZE && (segment[TCP_OFF_FLAGS] & TCP_SYN)) {
        out->starting->local = lan_get16(segment + TCP_OFF_SOURCE);
        out->starting->sequence = lan_get32(segment + TCP_OFF_SEQUENCE);
        out->starting = NULL;
    }
}

static void start(LanConnect *out)
{
    const struct in_addr address = {.s_addr = htonl(out->lan->address)};
    char text[INET_ADDRSTRLEN];

    if (!out->engine.slirp) {
        inet_ntop(AF_INET, &address, text, sizeof(text));
        lan_engine_start(&out->engine, text);
    }
}

#define DESCRIPTORS 4 /* that libslirp needs for one: what listens, what it accepts, its number */

/* libslirp numbers such connections by a port of this host's loopback network, and aborts the whole
 * process where there is none, as in a namespace whose "lo" is down, or no descriptor for it
 * (socket.c). */
static bool has_loopback(void)
{
    const struct sockaddr_in any = {.sin_family = AF_INET,
                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fds[DESCRIPTORS] = {socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    bool good = fds[0] >= 0 && bind(fds[0], (const struct sockaddr *)&any, sizeof(any)) == 0;

    for (unsigned int i = 1; i < DESCRIPTORS; i++) {
        fds[i] = good ? fcntl(fds[0], F_DUPFD_CLOEXEC, 0) : -1;
        good = fds[i] >= 0;
    }
    for (unsigned int i = 0; i < DESCRIPTORS; i++) {
        if (fds[i] >= 0) {
            close(fds[i]);
        }
    }
    return good;
}

/* libslirp listens at a name of ours, we connect to it, and it forwards that to the station. */
static bool begin(LanConnect *out, Dial *dial)
{
    const struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(dial->port), .sin_addr.s_addr = htonl(dial->peer)};
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    g_autofree char *path = g_strdup_printf("%s/out%u", out->directory, ++out->last_name);
    bool there;

    if (!has_loopback() ||
        g_strlcpy(name.sun_path, path, sizeof(name.sun_path)) >= sizeof(name.sun_path)) {
        return false;
    }
    start(out);
    if (slirp_add_hostxfwd(out->engine.slirp, (const struct sockaddr *)&name, sizeof(name),
                           (const struct sockaddr *)&to, sizeof(to), 0) != 0) {
        return false;
    }
    there = connect(dial->fd, (const struct sockaddr *)&name, sizeof(name)) == 0;
    if (there) {
        lan_engine_tell(&out->engine, dial->peer);
        out->starting = dial;
        lan_engine_turn(&out->engine); /* it accepts and sends */
        out->starting = NULL;
    }
    slirp_remove_hostxfwd(out->engine.slirp, (const struct sockaddr *)&name, sizeof(name), 0);
    g_unlink(path);
    return there && dial->local != 0;
}

/* Why that station cannot be reached; NULL: it may be. */
static const char *unreachable(const LanConnect *out, uint32_t peer)
{
    const SwmeLan *lan = out->lan;

    if (!lan->up) {
        return "AMT's LAN has no link";
    }
    if (lan->address == 0) {
        return "AMT's LAN has no address yet";
    }
    if (!lan_is_host(peer) || peer == lan->address) {
        return "that is no other station";
    }
    return ((peer ^ lan->address) & lan->mask) && lan->gateway == 0 ? "AMT's LAN has no router"
                                                                    : NULL;
}

void lan_connect_dial(LanConnect *out, const char *address, uint16_t port, GTask *task)
{
    SwmeClock *clock = out->lan->clock;
    GCancellable *cancellable = g_task_get_cancellable(task);
    Dial *dial = g_new0(Dial, 1);
    const char *why;
    struct in_addr to = {0};

    *dial = (Dial){.out = out, .task = task, .port = port};
    g_ptr_array_add(out->dials, dial);
    dial->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (inet_pton(AF_INET, address, &to) != 1) {
        fail(dial, G_IO_ERROR_INVALID_ARGUMENT, "AMT's LAN reaches IPv4 addresses only");
        return;
    }
    dial->peer = ntohl(to.s_addr);
    why = unreachable(out, dial->peer);
    if (why) {
        fail(dial, G_IO_ERROR_NETWORK_UNREACHABLE, why);
    } else if (port == 0) {
        fail(dial, G_IO_ERROR_INVALID_ARGUMENT, "a port from 1 to 65535 is needed");
    } else if (out->dials->len > DIALS_MAX || dial->fd < 0) {
        fail(dial, G_IO_ERROR_BUSY, "too many connections are being made");
    } else if (!begin(out, dial) || swme_services_serves(out->lan->config.services, dial->local)) {
        fail(dial, G_IO_ERROR_FAILED, "no socket or no loopback network for it on this host");
    } else {
        dial->timer = clock->timer_new(clock, on_timeout, dial);
        clock->timer_arm(dial->timer, clock->now(clock) + DIAL_WAIT_NS);
        if (cancellable) {
            dial->cancelled = g_cancellable_source_new(cancellable);
            g_source_set_callback(dial->cancelled, G_SOURCE_FUNC(on_cancelled), dial, NULL);
            g_source_attach(dial->cancelled, swme_services_context(out->lan->config.services));
        }
    }
}

/* ---- what comes back ---- */

/* libslirp does not tell whether the station took it: the station's own answer does. */
static void judge(LanConnect *out, uint32_t peer, const uint8_t *segment)
{
    unsigned int flags = segment[TCP_OFF_FLAGS] & (TCP_SYN | TCP_RST | TCP_ACK);

    for (guint i = 0; i < out->dials->len; i++) {
        Dial *dial = out->dials->pdata[i];

        if (dial->peer != peer || dial->port != lan_get16(segment + TCP_OFF_SOURCE) ||
            dial->local != lan_get16(segment + TCP_OFF_DESTINATION) ||
            lan_get32(segment + TCP_OFF_ACKNOWLEDGED) != dial->sequence + 1) {
            continue;
        }
        if (flags == (TCP_SYN | TCP_ACK)) {
            succeed(dial);
        } else if (flags == (TCP_RST | TCP_ACK)) {
            fail(dial, G_IO_ERROR_CONNECTION_REFUSED, "refused");
        }
        return;
    }
}

bool lan_connect_input(LanConnect *out, const LanFrame *frame, size_t ip_header, size_t ip_size)
{
    const uint8_t *ip = frame->data + ETH_SIZE;
    const uint8_t *segment = ip + ip_header;
    uint32_t peer = lan_get32(ip + IP_OFF_SOURCE);
    size_t size = ip_size - ip_header;

    if (!out->engine.slirp) {
        return false;
    }
    lan_engine_input(&out->engine, frame->data, ETH_SIZE + ip_size, peer);
    lan_engine_settle(&out->engine);
    if (out->dials->len && lan_fold(lan_sum(lan_pseudo(ip, IP_TCP, size), segment, size)) == 0) {
        judge(out, peer, segment);
    }
    return true;
}

int lan_connect_fill(LanConnect *out, LanTcpFdFunc add, void *opaque)
{
    return lan_engine_fill(&out->engine, add, opaque);
}

void lan_connect_poll(LanConnect *out, const GIOCondition *revents)
{
    lan_engine_poll(&out->engine, revents);
}

/* ---- life ---- */

LanConnect *lan_connect_new(SwmeLan *lan, const char *directory)
{
    LanConnect *out = g_new0(LanConnect, 1);

    out->lan = lan;
    out->directory = directory;
    out->dials = g_ptr_array_new();
    lan_engine_init(&out->engine, lan, on_leaving, out);
    return out;
}

void lan_connect_stop(LanConnect *out)
{
    while (out->dials->len) {
        fail(out->dials->pdata[0], G_IO_ERROR_NETWORK_UNREACHABLE, "AMT's LAN is gone");
    }
    lan_engine_stop(&out->engine);
}

void lan_connect_free(LanConnect *out)
{
    if (out) {
        lan_connect_stop(out);
        lan_engine_free(&out->engine);
        g_ptr_array_unref(out->dials);
        g_free(out);
    }
}
