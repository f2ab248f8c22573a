/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TCP, by libslirp turned round: its "guests" are the stations of the LAN, and the "host" that it
 * forwards them to is a Unix socket of ours. One restricted instance for each address that we have:
 * what is not forwarded is reset. Its own MAC addresses never leave: it gets the same one for every
 * station, and lan_arp_send() puts in the real ones.
 */
#include "firmware-sim/net/lan/lan-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include <libslirp.h>

#include "firmware-sim/error.h"

/* libslirp's address and name server (class E: no station has them) are of no use here. */
#define SLIRP_HOST       "240.0.0.1"
#define SLIRP_NAMESERVER "240.0.0.2"
#define SLIRP_VERSION    4    /* of the configuration: what 4.7 knows */
#define SLIRP_NEIGHBOURS 16   /* entries of its ARP table, replaced in turn (slirp.h) */
#define SLIRP_IDLE_MS    1000 /* what it says when it waits for nothing (slirp.c) */

/*
 * Half-open connections end after 75 s, and an established one costs two descriptors: all are
 * bounded, of one peer and together.
 */
#define HALF_OPEN_PER_PEER 64
#define HALF_OPEN_MAX      256
#define ESTABLISHED_MAX    200
#define FLOWS_MAX          (HALF_OPEN_MAX + ESTABLISHED_MAX)
#define ASKED_MAX          FLOWS_MAX
#define RECOUNT_NS         (100 * SWME_NS_PER_MS)

struct SwmeLanSocket {
    char *directory;
    char *path;
    int fd;
};

struct LanTcp {
    SwmeLan *lan;
    SwmeLanSocket *socket;
    Slirp *slirp; /* NULL: there is no address, or nobody has come yet */
    uint32_t address;
    unsigned int subscription;

    uint32_t neighbours[SLIRP_NEIGHBOURS]; /* as libslirp has them */
    unsigned int next_neighbour;
    GArray *asked; /* uint32_t, whose MAC it has asked for; at most ASKED_MAX */

    GHashTable *flows; /* peer, ports -> FLOW_* */
    unsigned int half_open;
    int64_t counted_ns;
    bool counted;

    LanTcpFdFunc add; /* during a fill */
    void *add_opaque;
    int fd_count;
    const GIOCondition *revents; /* during a poll */
    unsigned int revents_count;
};

enum { FLOW_HALF_OPEN = 1, FLOW_ESTABLISHED };

/* ---- what libslirp asks for ---- */

static void note_asked(LanTcp *tcp, uint32_t ip)
{
    if (tcp->asked->len < ASKED_MAX) { /* TCP sends the others again */
        g_array_append_val(tcp->asked, ip);
    }
}

static ssize_t on_send(const void *data, size_t size, void *opaque)
{
    LanTcp *tcp = opaque;
    const uint8_t *frame = data;
    LanFrame *copy;

    if (size < ETH_SIZE + ARP_SIZE || size > SWME_LAN_MAX_FRAME) {
        return (ssize_t)size;
    }
    if (lan_get16(frame + ETH_OFF_TYPE) == ETH_TYPE_ARP) {
        if (lan_get16(frame + ETH_SIZE + ARP_OFF_OPERATION) == ARP_REQUEST) {
            note_asked(tcp, lan_get32(frame + ETH_SIZE + ARP_OFF_TARGET_IP));
        }
    } else if (size >= ETH_SIZE + IP_SIZE + TCP_SIZE &&
               frame[ETH_SIZE + IP_OFF_PROTOCOL] == IP_TCP) {
        copy = lan_frame_new(tcp->lan, size);
        memcpy(copy->data + ETH_SIZE, frame + ETH_SIZE, size - ETH_SIZE);
        lan_arp_send(tcp->lan, copy);
    }
    return (ssize_t)size;
}

static void on_guest_error(const char *message G_GNUC_UNUSED, void *opaque)
{
    LanTcp *tcp = opaque;

    tcp->lan->stats.malformed++;
}

static int64_t on_clock(void *opaque)
{
    const LanTcp *tcp = opaque;

    return tcp->lan->clock->now(tcp->lan->clock);
}

/* Its only timer is of IPv6, which is off. */
static void *on_timer_new(SlirpTimerCb func G_GNUC_UNUSED, void *func_opaque G_GNUC_UNUSED,
                          void *opaque)
{
    return opaque;
}

static void *on_timer_new_opaque(SlirpTimerId id G_GNUC_UNUSED, void *timer_opaque G_GNUC_UNUSED,
                                 void *opaque)
{
    return opaque;
}

static void on_timer_free(void *timer G_GNUC_UNUSED, void *opaque G_GNUC_UNUSED)
{
}

static void on_timer_mod(void *timer G_GNUC_UNUSED, int64_t when_ms G_GNUC_UNUSED,
                         void *opaque G_GNUC_UNUSED)
{
}

/* Each fill tells all descriptors anew. */
static void on_poll_fd(int fd G_GNUC_UNUSED, void *opaque G_GNUC_UNUSED)
{
}

static void on_notify(void *opaque G_GNUC_UNUSED)
{
}

static void on_init_completed(Slirp *slirp G_GNUC_UNUSED, void *opaque G_GNUC_UNUSED)
{
}

static const SlirpCb callbacks = {
    .send_packet = on_send,
    .guest_error = on_guest_error,
    .clock_get_ns = on_clock,
    .timer_new = on_timer_new,
    .timer_free = on_timer_free,
    .timer_mod = on_timer_mod,
    .register_poll_fd = on_poll_fd,
    .unregister_poll_fd = on_poll_fd,
    .notify = on_notify,
    .init_completed = on_init_completed,
    .timer_new_opaque = on_timer_new_opaque,
};

/* ---- its ARP table ---- */

static bool is_neighbour(const LanTcp *tcp, uint32_t ip)
{
    for (unsigned int i = 0; i < SLIRP_NEIGHBOURS; i++) {
        if (tcp->neighbours[i] == ip) {
            return true;
        }
    }
    return false;
}

/* Unasked (sender and target are the same), for it takes those of any address. */
static void tell_neighbour(LanTcp *tcp, uint32_t ip)
{
    static const uint8_t some_mac[MAC_SIZE] = {0x02, 0, 0, 0, 0, 1};
    uint8_t frame[SWME_LAN_MIN_FRAME] = {0};
    uint8_t *arp = frame + ETH_SIZE;

    memset(frame, 0xff, MAC_SIZE);
    memcpy(frame + ETH_OFF_SOURCE, some_mac, MAC_SIZE);
    lan_put16(frame + ETH_OFF_TYPE, ETH_TYPE_ARP);
    lan_put16(arp + ARP_OFF_HARDWARE, ARP_ETHERNET);
    lan_put16(arp + ARP_OFF_PROTOCOL, ETH_TYPE_IPV4);
    lan_put16(arp + ARP_OFF_SIZES, ARP_SIZES_MAC_IPV4);
    lan_put16(arp + ARP_OFF_OPERATION, ARP_REPLY);
    memcpy(arp + ARP_OFF_SENDER_MAC, some_mac, MAC_SIZE);
    lan_put32(arp + ARP_OFF_SENDER_IP, ip);
    memcpy(arp + ARP_OFF_TARGET_MAC, some_mac, MAC_SIZE);
    lan_put32(arp + ARP_OFF_TARGET_IP, ip);
    tcp->neighbours[tcp->next_neighbour] = ip;
    tcp->next_neighbour = (tcp->next_neighbour + 1) % SLIRP_NEIGHBOURS;
    slirp_input(tcp->slirp, frame, sizeof(frame));
}

static int no_fd(int fd G_GNUC_UNUSED, int events G_GNUC_UNUSED, void *opaque G_GNUC_UNUSED)
{
    return -1;
}

static int no_revents(int index G_GNUC_UNUSED, void *opaque G_GNUC_UNUSED)
{
    return 0;
}

/*
 * It has forgotten peers that it has something for. It asks once for each packet, and tries again
 * at its next poll: so many are told before each as its table holds.
 */
static void answer_asked(LanTcp *tcp)
{
    while (tcp->asked->len) {
        uint32_t timeout = UINT32_MAX;

        for (unsigned int i = 0; i < SLIRP_NEIGHBOURS && tcp->asked->len; i++) {
            uint32_t ip = g_array_index(tcp->asked, uint32_t, tcp->asked->len - 1);

            g_array_set_size(tcp->asked, tcp->asked->len - 1);
            if (!is_neighbour(tcp, ip)) {
                tell_neighbour(tcp, ip);
            }
        }
        slirp_pollfds_fill(tcp->slirp, &timeout, no_fd, tcp);
        slirp_pollfds_poll(tcp->slirp, 0, no_revents, tcp);
    }
}

/* ---- connections ---- */

static gint64 flow_key(uint32_t peer, uint16_t peer_port, uint16_t port)
{
    return (gint64)((uint64_t)peer << 32 | (uint32_t)peer_port << 16 | port);
}

static uint32_t flow_peer(gint64 key)
{
    return (uint32_t)((uint64_t)key >> 32);
}

static unsigned int flow_state(LanTcp *tcp, gint64 key)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(tcp->flows, &key));
}

static void set_flow(LanTcp *tcp, gint64 key, unsigned int state)
{
    tcp->half_open -= flow_state(tcp, key) == FLOW_HALF_OPEN;
    tcp->half_open += state == FLOW_HALF_OPEN;
    g_hash_table_replace(tcp->flows, g_memdup2(&key, sizeof(key)), GUINT_TO_POINTER(state));
}

static unsigned int half_open_of(LanTcp *tcp, uint32_t peer)
{
    unsigned int count = 0;
    GHashTableIter iter;
    gpointer key;
    gpointer state;

    g_hash_table_iter_init(&iter, tcp->flows);
    while (g_hash_table_iter_next(&iter, &key, &state)) {
        count += GPOINTER_TO_UINT(state) == FLOW_HALF_OPEN && flow_peer(*(gint64 *)key) == peer;
    }
    return count;
}

/*
 * Which connections there are, only libslirp knows: a peer can make us see an end that it did not
 * see. It tells in a text, one line for each: "TCP[STATE] fd peer port our-address port ...".
 */
static void recount(LanTcp *tcp)
{
    g_autofree char *text = NULL;
    int64_t now = tcp->lan->clock->now(tcp->lan->clock);

    if (tcp->counted && now - tcp->counted_ns < RECOUNT_NS) {
        return;
    }
    tcp->counted = true;
    tcp->counted_ns = now;
    text = slirp_connection_info(tcp->slirp);
    g_hash_table_remove_all(tcp->flows);
    tcp->half_open = 0;
    for (char *line = text; line; line = strchr(line, '\n')) {
        char state[16];
        char peer[16];
        unsigned int port;
        unsigned int peer_port;
        struct in_addr address;

        line += *line == '\n';
        if (sscanf(line, " TCP[%15[A-Z_0-9]] %*d %15s %u %*s %u", state, peer, &peer_port, &port) ==
                4 &&
            inet_aton(peer, &address)) {
            set_flow(tcp, flow_key(ntohl(address.s_addr), (uint16_t)peer_port, (uint16_t)port),
                     g_str_equal(state, "SYN_RCVD") ? FLOW_HALF_OPEN : FLOW_ESTABLISHED);
        }
    }
}

static bool may_open(LanTcp *tcp, uint32_t peer)
{
    unsigned int all = g_hash_table_size(tcp->flows);

    if (tcp->half_open < HALF_OPEN_PER_PEER && all - tcp->half_open < ESTABLISHED_MAX) {
        return true;
    }
    recount(tcp);
    all = g_hash_table_size(tcp->flows);
    if (tcp->half_open >= HALF_OPEN_MAX ||
        (tcp->half_open >= HALF_OPEN_PER_PEER && half_open_of(tcp, peer) >= HALF_OPEN_PER_PEER)) {
        tcp->lan->stats.half_open++;
        return false;
    }
    if (all - tcp->half_open >= ESTABLISHED_MAX) {
        tcp->lan->stats.too_many++;
        return false;
    }
    return true;
}

/* libslirp connects to our socket when it takes the last frame of a handshake, and at no other
 * time: a connection that is there now is of the sender of that frame. */
static void take_connection(LanTcp *tcp, uint32_t peer, uint16_t peer_port, uint16_t port)
{
    int fd = accept(tcp->socket->fd, NULL, NULL);
    SwmePeer who = {.door = SWME_DOOR_LAN, .port = peer_port};
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
    g_snprintf(who.address, sizeof(who.address), "%u.%u.%u.%u", peer >> 24, peer >> 16 & 0xff,
               peer >> 8 & 0xff, peer & 0xff);
    set_flow(tcp, flow_key(peer, peer_port, port), FLOW_ESTABLISHED);
    tcp->lan->stats.connections++;
    stream = g_socket_connection_factory_create_connection(socket);
    swme_services_connect(tcp->lan->config.services, port, G_IO_STREAM(stream), &who);
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

static void start_slirp(LanTcp *tcp);

void lan_tcp_input(LanTcp *tcp, const LanFrame *frame, size_t ip_header, size_t ip_size)
{
    SwmeLanStats *stats = &tcp->lan->stats;
    const uint8_t *ip = frame->data + ETH_SIZE;
    const uint8_t *segment = ip + ip_header;
    size_t size = ip_size - ip_header;
    uint32_t peer = lan_get32(ip + IP_OFF_SOURCE);
    uint16_t peer_port;
    uint16_t port;

    if (!tcp->address || !is_sound(tcp, ip, ip_header, ip_size)) {
        return;
    }
    if (!tcp->slirp) {
        start_slirp(tcp);
    }
    peer_port = lan_get16(segment + TCP_OFF_SOURCE);
    port = lan_get16(segment + TCP_OFF_DESTINATION);
    if ((segment[TCP_OFF_FLAGS] & (TCP_SYN | TCP_RST | TCP_ACK)) == TCP_SYN) {
        gint64 key = flow_key(peer, peer_port, port);

        if (lan_fold(lan_sum(lan_pseudo(ip, IP_TCP, size), segment, size)) != 0) {
            stats->bad_checksum++;
            return;
        }
        if (!swme_services_serves(tcp->lan->config.services, port)) {
            stats->refused++; /* and reset, by libslirp */
        } else if (!flow_state(tcp, key)) {
            if (!may_open(tcp, peer)) {
                return;
            }
            set_flow(tcp, key, FLOW_HALF_OPEN);
        }
    }
    if (!is_neighbour(tcp, peer)) {
        tell_neighbour(tcp, peer);
    }
    slirp_input(tcp->slirp, frame->data, (int)(ETH_SIZE + ip_size));
    take_connection(tcp, peer, peer_port, port);
    answer_asked(tcp);
}

/* ---- the event loop ---- */

static int on_add_poll(int fd, int events, void *opaque)
{
    LanTcp *tcp = opaque;
    int condition = 0;

    condition |= events & SLIRP_POLL_IN ? G_IO_IN : 0;
    condition |= events & SLIRP_POLL_OUT ? G_IO_OUT : 0;
    condition |= events & SLIRP_POLL_PRI ? G_IO_PRI : 0;
    if (!tcp->add) {
        return -1;
    }
    tcp->add(tcp->add_opaque, fd, (GIOCondition)(condition | G_IO_ERR | G_IO_HUP));
    return tcp->fd_count++;
}

int lan_tcp_fill(LanTcp *tcp, LanTcpFdFunc add, void *opaque)
{
    uint32_t timeout = UINT32_MAX;

    tcp->fd_count = 0;
    if (!tcp->slirp) {
        return -1;
    }
    tcp->add = add;
    tcp->add_opaque = opaque;
    slirp_pollfds_fill(tcp->slirp, &timeout, on_add_poll, tcp);
    return timeout >= SLIRP_IDLE_MS ? -1 : (int)timeout;
}

static int on_get_revents(int index, void *opaque)
{
    const LanTcp *tcp = opaque;
    GIOCondition condition;
    int events = 0;

    if (index < 0 || (unsigned int)index >= tcp->revents_count) {
        return 0;
    }
    condition = tcp->revents[index];
    events |= condition & G_IO_IN ? SLIRP_POLL_IN : 0;
    events |= condition & G_IO_OUT ? SLIRP_POLL_OUT : 0;
    events |= condition & G_IO_PRI ? SLIRP_POLL_PRI : 0;
    events |= condition & G_IO_ERR ? SLIRP_POLL_ERR : 0;
    events |= condition & G_IO_HUP ? SLIRP_POLL_HUP : 0;
    return events;
}

void lan_tcp_poll(LanTcp *tcp, const GIOCondition *revents, unsigned int count)
{
    if (tcp->slirp) {
        tcp->revents = revents;
        tcp->revents_count = count;
        slirp_pollfds_poll(tcp->slirp, 0, on_get_revents, tcp);
        answer_asked(tcp);
    }
}

/* ---- ports and addresses ---- */

static void forward(LanTcp *tcp, uint16_t port, bool there)
{
    struct in_addr address = {.s_addr = htonl(tcp->address)};

    if (!tcp->slirp) {
        return;
    }
    if (there) {
        slirp_add_unix(tcp->slirp, tcp->socket->path, &address, port);
    } else {
        slirp_remove_guestfwd(tcp->slirp, address, port);
    }
}

static void on_service(void *opaque, uint16_t port, bool there)
{
    forward(opaque, port, there);
}

static void start_slirp(LanTcp *tcp)
{
    const SlirpConfig config = {
        .version = SLIRP_VERSION,
        .restricted = 1,
        .in_enabled = true,
        .vhost.s_addr = inet_addr(SLIRP_HOST),
        .vnameserver.s_addr = inet_addr(SLIRP_NAMESERVER),
        .disable_host_loopback = true,
        .disable_dns = true,
        .disable_dhcp = true,
    };
    uint16_t ports[SWME_SERVICES_MAX];
    unsigned int count = swme_services_ports(tcp->lan->config.services, ports);

    tcp->slirp = slirp_new(&config, &callbacks, tcp);
    for (unsigned int i = 0; i < count; i++) {
        forward(tcp, ports[i], true);
    }
}

void lan_tcp_set_address(LanTcp *tcp, uint32_t address)
{
    if (address == tcp->address) {
        return;
    }
    g_clear_pointer(&tcp->slirp, slirp_cleanup);
    g_hash_table_remove_all(tcp->flows);
    tcp->half_open = 0;
    g_array_set_size(tcp->asked, 0);
    memset(tcp->neighbours, 0, sizeof(tcp->neighbours));
    tcp->next_neighbour = 0;
    tcp->address = address;
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

LanTcp *lan_tcp_new(SwmeLan *lan, GError **error)
{
    LanTcp *tcp = g_new0(LanTcp, 1);

    tcp->lan = lan;
    tcp->socket = lan->config.socket ? lan->config.socket : swme_lan_socket_new(error);
    tcp->flows = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    tcp->asked = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    tcp->subscription = swme_services_subscribe(lan->config.services, on_service, tcp);
    if (!tcp->socket) {
        lan_tcp_free(tcp);
        return NULL;
    }
    return tcp;
}

void lan_tcp_free(LanTcp *tcp)
{
    if (!tcp) {
        return;
    }
    swme_services_unsubscribe(tcp->lan->config.services, tcp->subscription);
    g_clear_pointer(&tcp->slirp, slirp_cleanup);
    if (tcp->socket && tcp->socket == tcp->lan->config.socket) {
        drop_waiting(tcp->socket);
    } else {
        swme_lan_socket_free(tcp->socket);
    }
    g_hash_table_unref(tcp->flows);
    g_array_unref(tcp->asked);
    g_free(tcp);
}
