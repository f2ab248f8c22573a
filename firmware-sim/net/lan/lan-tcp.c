/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TCP on the LAN. Two of libslirp, for one cannot both serve our address and connect from it: one
 * forwards those who come to a Unix socket of ours, the other (lan-connect.c) takes us out.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "firmware-sim/error.h"
#include "firmware-sim/net/lan/lan-connect.h"
#include "firmware-sim/net/lan/lan-engine.h"
#include "firmware-sim/net/lan/lan-flows.h"

struct SwmeLanSocket {
    char *directory;
    char *path;
    int fd;
};

struct LanTcp {
    SwmeLan *lan;
    SwmeLanSocket *socket;
    uint32_t address;
    unsigned int subscription;
    LanEngine in; /* stopped: there is no address, or nobody has come yet */
    LanFlows *flows;
    LanConnect *out;
};

/* ---- ports ---- */

static void forward(LanTcp *tcp, uint16_t port, bool there)
{
    struct in_addr address = {.s_addr = htonl(tcp->address)};

    if (!tcp->in.slirp) {
        return;
    }
    if (there) {
        slirp_add_unix(tcp->in.slirp, tcp->socket->path, &address, port);
    } else {
        slirp_remove_guestfwd(tcp->in.slirp, address, port);
    }
}

static void on_service(void *opaque, uint16_t port, bool there)
{
    forward(opaque, port, there);
}

/* ---- who comes ---- */

/* libslirp connects to our socket when it takes the last frame of a handshake, and at no other
 * time: a connection that is there now is of the sender of that frame. */
static void take_connection(LanTcp *tcp, const LanFlowKey *key)
{
    int fd = accept(tcp->socket->fd, NULL, NULL);
    SwmePeer who = {.door = SWME_DOOR_LAN, .port = key->peer_port};
    g_autoptr(GSocket) socket = NULL;
    GSocketConnection *stream;

    if (fd < 0) {
        return;
    }
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    socket = g_socket_new_from_fd(fd, NULL);
    if (!socket) {
        close(fd);
        return;
    }
    g_snprintf(who.address, sizeof(who.address), "%u.%u.%u.%u", key->peer >> 24,
               key->peer >> 16 & 0xff, key->peer >> 8 & 0xff, key->peer & 0xff);
    lan_flows_established(tcp->flows, key);
    tcp->lan->stats.connections++;
    stream = g_socket_connection_factory_create_connection(socket);
    swme_services_connect(tcp->lan->config.services, key->port, G_IO_STREAM(stream), &who);
}

static bool is_sound(LanTcp *tcp, const uint8_t *ip, size_t header, size_t size)
{
    const uint8_t *segment = ip + header;

    if (size - header < TCP_SIZE || (segment[TCP_OFF_HEADER] >> 4) * 4u < TCP_SIZE ||
        (segment[TCP_OFF_HEADER] >> 4) * 4u > size - header) {
        tcp->lan->stats.malformed++;
        return false;
    }
    return true;
}

static void start(LanTcp *tcp)
{
    uint16_t ports[SWME_SERVICES_MAX];
    unsigned int count = swme_services_ports(tcp->lan->config.services, ports);

    lan_engine_start(&tcp->in, ENGINE_UNUSED);
    for (unsigned int i = 0; i < count; i++) {
        forward(tcp, ports[i], true);
    }
}

void lan_tcp_input(LanTcp *tcp, const LanFrame *frame, size_t ip_header, size_t ip_size)
{
    SwmeLanStats *stats = &tcp->lan->stats;
    const uint8_t *ip = frame->data + ETH_SIZE;
    const uint8_t *segment = ip + ip_header;
    size_t size = ip_size - ip_header;
    bool first;
    bool served;
    LanFlowKey key;

    if (!tcp->address || !is_sound(tcp, ip, ip_header, ip_size)) {
        return;
    }
    key.peer = lan_get32(ip + IP_OFF_SOURCE);
    key.peer_port = lan_get16(segment + TCP_OFF_SOURCE);
    key.port = lan_get16(segment + TCP_OFF_DESTINATION);
    first = (segment[TCP_OFF_FLAGS] & (TCP_SYN | TCP_RST | TCP_ACK)) == TCP_SYN;
    served = swme_services_serves(tcp->lan->config.services, key.port);
    if (first && lan_fold(lan_sum(lan_pseudo(ip, IP_TCP, size), segment, size)) != 0) {
        stats->bad_checksum++;
        return;
    }
    if (!first && !served && lan_connect_input(tcp->out, frame, ip_header, ip_size)) {
        return;
    }
    if (!tcp->in.slirp) {
        start(tcp);
    }
    if (first && !served) {
        stats->refused++; /* and reset, by libslirp */
    } else if (first && !lan_flows_may_open(tcp->flows, &key)) {
        return;
    }
    lan_engine_input(&tcp->in, frame->data, ETH_SIZE + ip_size, key.peer);
    take_connection(tcp, &key);
    lan_engine_settle(&tcp->in);
}

/* ---- the event loop ---- */

int lan_tcp_fill(LanTcp *tcp, LanTcpFdFunc add, void *opaque)
{
    int in = lan_engine_fill(&tcp->in, add, opaque);
    int out = lan_connect_fill(tcp->out, add, opaque);

    return in < 0 || (out >= 0 && out < in) ? out : in;
}

void lan_tcp_poll(LanTcp *tcp, const GIOCondition *revents, unsigned int count)
{
    unsigned int in = tcp->in.fd_count;

    lan_engine_poll(&tcp->in, count ? revents : NULL);
    lan_connect_poll(tcp->out, count > in ? revents + in : NULL);
}

/* ---- the address ---- */

void lan_tcp_set_address(LanTcp *tcp, uint32_t address)
{
    if (address == tcp->address) {
        return;
    }
    lan_engine_stop(&tcp->in);
    lan_connect_stop(tcp->out);
    lan_flows_clear(tcp->flows);
    tcp->address = address;
}

LanConnect *lan_tcp_out(LanTcp *tcp)
{
    return tcp->out;
}

/* ---- life ---- */

SwmeLanSocket *swme_lan_socket_new(GError **error)
{
    SwmeLanSocket *made = g_new0(SwmeLanSocket, 1);
    struct sockaddr_un name = {.sun_family = AF_UNIX};

    made->fd = -1;
    made->directory = g_dir_make_tmp("swme-lan-XXXXXX", error);
    if (!made->directory) {
        swme_lan_socket_free(made);
        return NULL;
    }
    made->path = g_build_filename(made->directory, "tcp", NULL);
    if (g_strlcpy(name.sun_path, made->path, sizeof(name.sun_path)) >= sizeof(name.sun_path)) {
        g_set_error(error, SWME_ERROR, SWME_ERROR_STATE,
                    "'%s' is too long for a socket: set TMPDIR to a shorter path", made->directory);
        swme_lan_socket_free(made);
        return NULL;
    }
    made->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (made->fd < 0 || bind(made->fd, (const struct sockaddr *)&name, sizeof(name)) != 0 ||
        listen(made->fd, SOMAXCONN) != 0) {
        g_set_error(error, SWME_ERROR, SWME_ERROR_STATE, "cannot listen at '%s': %s", made->path,
                    g_strerror(errno));
        swme_lan_socket_free(made);
        return NULL;
    }
    return made;
}

void swme_lan_socket_free(SwmeLanSocket *made)
{
    if (!made) {
        return;
    }
    if (made->fd >= 0) {
        close(made->fd);
    }
    if (made->path) {
        g_unlink(made->path);
    }
    if (made->directory) {
        g_rmdir(made->directory);
    }
    g_free(made->path);
    g_free(made->directory);
    g_free(made);
}

/* The next LAN must not take connections of this one for its own. */
static void drop_waiting(const SwmeLanSocket *from)
{
    int fd;

    while ((fd = accept(from->fd, NULL, NULL)) >= 0) {
        close(fd);
    }
}

static void on_leaving(void *opaque, const uint8_t *ip, size_t size)
{
    lan_flows_leaving(((LanTcp *)opaque)->flows, ip, size);
}

LanTcp *lan_tcp_new(SwmeLan *lan, GError **error)
{
    LanTcp *tcp = g_new0(LanTcp, 1);

    tcp->lan = lan;
    tcp->socket = lan->config.socket ? lan->config.socket : swme_lan_socket_new(error);
    lan_engine_init(&tcp->in, lan, on_leaving, tcp);
    tcp->flows = lan_flows_new(&tcp->in);
    tcp->subscription = swme_services_subscribe(lan->config.services, on_service, tcp);
    if (!tcp->socket) {
        lan_tcp_free(tcp);
        return NULL;
    }
    tcp->out = lan_connect_new(lan, tcp->socket->directory);
    return tcp;
}

void lan_tcp_free(LanTcp *tcp)
{
    if (!tcp) {
        return;
    }
    swme_services_unsubscribe(tcp->lan->config.services, tcp->subscription);
    lan_connect_free(tcp->out);
    lan_engine_free(&tcp->in);
    if (tcp->socket && tcp->socket == tcp->lan->config.socket) {
        drop_waiting(tcp->socket);
    } else {
        swme_lan_socket_free(tcp->socket);
    }
    lan_flows_free(tcp->flows);
    g_free(tcp);
}
