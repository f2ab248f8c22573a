/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The station: frames in and out, its place in the event loop, its address in AMT's state. */
#include "firmware-sim/net/lan/lan.h"

#include <arpa/inet.h>
#include <string.h>

#include "firmware-sim/error.h"
#include "firmware-sim/machine.h"
#include "firmware-sim/net/lan/lan-connect.h"
#include "firmware-sim/net/lan/lan-internal.h"

/* ---- queues ---- */

static void queue_init(LanQueue *queue)
{
    queue->head = NULL;
    queue->tail = &queue->head;
    queue->length = 0;
}

static void queue_push(LanQueue *queue, LanFrame *frame)
{
    frame->next = NULL;
    *queue->tail = frame;
    queue->tail = &frame->next;
    queue->length++;
}

static LanFrame *queue_pop(LanQueue *queue)
{
    LanFrame *frame = queue->head;

    if (frame) {
        queue->head = frame->next;
        queue->tail = queue->head ? queue->tail : &queue->head;
        queue->length--;
    }
    return frame;
}

static void queue_clear(LanQueue *queue)
{
    LanFrame *frame;

    while ((frame = queue_pop(queue))) {
        g_free(frame);
    }
}

/* ---- out ---- */

LanFrame *lan_frame_new(SwmeLan *lan G_GNUC_UNUSED, size_t size)
{
    LanFrame *frame = g_new(LanFrame, 1);

    g_assert(size <= sizeof(frame->data));
    frame->size = size;
    frame->of_host = false;
    return frame;
}

void lan_send(SwmeLan *lan, LanFrame *frame, const uint8_t *destination, uint16_t type)
{
    if (lan->out.length >= LAN_QUEUE_MAX) {
        lan->stats.overrun_out++;
        g_free(frame);
        return;
    }
    memcpy(frame->data + ETH_OFF_DESTINATION, destination, MAC_SIZE);
    memcpy(frame->data + ETH_OFF_SOURCE, lan->mac, MAC_SIZE);
    lan_put16(frame->data + ETH_OFF_TYPE, type);
    if (frame->size < SWME_LAN_MIN_FRAME) {
        memset(frame->data + frame->size, 0, SWME_LAN_MIN_FRAME - frame->size);
        frame->size = SWME_LAN_MIN_FRAME;
    }
    queue_push(&lan->out, frame);
    g_source_set_ready_time(lan->source, 0);
}

static void drain(SwmeLan *lan)
{
    LanFrame *frame;

    while (!lan->held && (frame = queue_pop(&lan->out))) {
        lan->stats.frames_out++;
        if (lan->config.shared) {
            lan_share_sent(lan, frame);
        }
        lan->held = !lan->config.ops->send(lan->config.opaque, frame->data, frame->size);
        g_free(frame);
    }
}

void swme_lan_ready(SwmeLan *lan)
{
    lan->held = false;
    g_source_set_ready_time(lan->source, 0);
}

/* ---- in ---- */

bool swme_lan_has_room(const SwmeLan *lan)
{
    return lan->in.length < LAN_QUEUE_MAX;
}

/* False: there is no room. */
static bool keep(SwmeLan *lan, const uint8_t *data, size_t size, bool of_host)
{
    LanFrame *frame;

    if (!swme_lan_has_room(lan)) {
        lan->wanted_room = true;
        lan->stats.overrun_in++;
        return false;
    }
    if (size > SWME_LAN_MAX_FRAME) {
        lan->stats.frames_in++;
        lan->stats.malformed++;
        return true;
    }
    frame = lan_frame_new(lan, size);
    frame->of_host = of_host;
    if (size) {
        memcpy(frame->data, data, size);
    }
    queue_push(&lan->in, frame);
    g_source_set_ready_time(lan->source, 0);
    return true;
}

bool swme_lan_receive(SwmeLan *lan, const uint8_t *data, size_t size)
{
    return keep(lan, data, size, false);
}

/* ---- behind the host's card ---- */

static bool passes(SwmeLan *lan, unsigned int way, const uint8_t *frame, size_t size)
{
    return !lan->config.breaker || amt_breaker_pass(lan->config.breaker, way, frame, size);
}

/* No room: as lost on the wire. */
static void take_share(SwmeLan *lan, const uint8_t *frame, size_t size, size_t segment)
{
    uint8_t part[SWME_LAN_MAX_FRAME];
    size_t part_size;

    if (!segment || size <= SWME_LAN_MAX_FRAME) {
        keep(lan, frame, size, false);
        return;
    }
    for (unsigned int i = 0; (part_size = lan_share_segment(frame, size, segment, i, part)); i++) {
        if (!keep(lan, part, part_size, false)) {
            break;
        }
    }
}

bool swme_lan_share_in(SwmeLan *lan, const uint8_t *frame, size_t size, size_t segment)
{
    LanShareWay way = lan->up ? lan_share_way(lan, frame, size) : LAN_SHARE_HOST;

    if (way != LAN_SHARE_HOST) {
        take_share(lan, frame, size, segment);
    }
    return way != LAN_SHARE_US && passes(lan, AMT_DEFENSE_RECEIVED, frame, size);
}

static void turn(SwmeLan *lan, bool host_speaks)
{
    if (lan->share.host_speaks != host_speaks) {
        lan->share.host_speaks = host_speaks;
        lan->share.turned = true;
        g_source_set_ready_time(lan->source, 0);
    }
}

bool swme_lan_share_out(SwmeLan *lan, const uint8_t *frame, size_t size)
{
    turn(lan, true);
    if (!passes(lan, AMT_DEFENSE_SENT, frame, size)) {
        return false;
    }
    if (lan->up && size <= SWME_LAN_MAX_FRAME && lan_share_listens(lan, frame, size)) {
        keep(lan, frame, size, true);
    }
    return true;
}

void swme_lan_host_gone(SwmeLan *lan)
{
    turn(lan, false);
}

static void take_frame(SwmeLan *lan, const LanFrame *frame)
{
    static const uint8_t broadcast[MAC_SIZE] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

    if (frame->of_host) {
        lan_share_overhear(lan, frame);
        return;
    }
    lan->stats.frames_in++;
    if (frame->size < ETH_SIZE) {
        lan->stats.malformed++;
    } else if (!lan->up || (memcmp(frame->data, lan->mac, MAC_SIZE) != 0 &&
                            memcmp(frame->data, broadcast, MAC_SIZE) != 0)) {
        lan->stats.not_for_us++;
    } else if (lan_get16(frame->data + ETH_OFF_TYPE) == ETH_TYPE_ARP) {
        lan_arp_input(lan, frame);
    } else if (lan_get16(frame->data + ETH_OFF_TYPE) == ETH_TYPE_IPV4) {
        lan_ip_input(lan, frame);
    } else {
        lan->stats.not_for_us++;
    }
}

static void work(SwmeLan *lan)
{
    LanFrame *frame;

    lan->running = true;
    if (lan->share.turned) {
        lan_share_turn(lan);
    }
    /* What does not get out would only be lost: wait for the wire before more is made. */
    while (lan->out.length < LAN_QUEUE_MAX / 2 && (frame = queue_pop(&lan->in))) {
        take_frame(lan, frame);
        g_free(frame);
    }
    drain(lan);
    lan->running = false;
    if (lan->in.length && !lan->held) {
        g_source_set_ready_time(lan->source, 0);
    }
    if (lan->wanted_room && swme_lan_has_room(lan)) {
        lan->wanted_room = false;
        lan->config.ops->room(lan->config.opaque);
    }
}

/* ---- the event loop ---- */

typedef struct LanFd {
    int fd;
    GIOCondition events;
    gpointer tag;
} LanFd;

typedef struct LanSource {
    GSource source;
    SwmeLan *lan;
    GArray *fds; /* LanFd; the first count of them are libslirp's */
    GArray *revents;
    unsigned int count;
    int64_t due_us; /* when libslirp wants to be asked; -1: never */
} LanSource;

static void add_fd(void *opaque, int fd, GIOCondition events)
{
    LanSource *source = opaque;
    LanFd *known = NULL;

    if (source->count < source->fds->len) {
        known = &g_array_index(source->fds, LanFd, source->count);
        if (known->fd != fd) {
            g_source_remove_unix_fd(&source->source, known->tag);
            known->tag = NULL;
        }
    } else {
        g_array_set_size(source->fds, source->count + 1);
        known = &g_array_index(source->fds, LanFd, source->count);
        known->tag = NULL;
    }
    if (!known->tag) {
        known->tag = g_source_add_unix_fd(&source->source, fd, events);
    } else if (known->events != events) {
        g_source_modify_unix_fd(&source->source, known->tag, events);
    }
    known->fd = fd;
    known->events = events;
    source->count++;
}

static void forget_fds(LanSource *source, unsigned int keep)
{
    for (guint i = keep; i < source->fds->len; i++) {
        g_source_remove_unix_fd(&source->source, g_array_index(source->fds, LanFd, i).tag);
    }
    g_array_set_size(source->fds, keep);
}

static void fill(LanSource *source)
{
    SwmeLan *lan = source->lan;
    int64_t now = g_get_monotonic_time();
    int timeout = -1;

    source->count = 0;
    if (!lan->held && lan->out.length < LAN_QUEUE_MAX / 2) {
        timeout = lan_tcp_fill(lan->tcp, add_fd, source);
    }
    forget_fds(source, source->count);
    if (timeout < 0) {
        source->due_us = -1;
    } else if (source->due_us < 0 || source->due_us > now + timeout * 1000) {
        source->due_us = now + timeout * 1000;
    }
}

static gboolean lan_source_prepare(GSource *gsource, gint *timeout)
{
    LanSource *source = (LanSource *)gsource;
    int64_t left;

    fill(source);
    *timeout = -1;
    if (source->due_us >= 0) {
        left = source->due_us - g_get_monotonic_time();
        *timeout = left <= 0 ? 0 : (gint)((left + 999) / 1000);
    }
    return FALSE; /* ready_time, which is 0 when there is work, is GLib's to look at */
}

static bool collect(LanSource *source)
{
    bool any = false;

    g_array_set_size(source->revents, source->count);
    for (unsigned int i = 0; i < source->count; i++) {
        GIOCondition revents =
            g_source_query_unix_fd(&source->source, g_array_index(source->fds, LanFd, i).tag);

        g_array_index(source->revents, GIOCondition, i) = revents;
        any |= revents != 0;
    }
    return any;
}

static gboolean lan_source_check(GSource *gsource)
{
    LanSource *source = (LanSource *)gsource;

    return collect(source) || (source->due_us >= 0 && g_source_get_time(gsource) >= source->due_us);
}

static gboolean lan_source_dispatch(GSource *gsource, GSourceFunc func G_GNUC_UNUSED,
                                    gpointer opaque G_GNUC_UNUSED)
{
    LanSource *source = (LanSource *)gsource;

    g_source_set_ready_time(gsource, -1);
    source->due_us = -1;
    collect(source); /* a ready time spares GLib the check */
    lan_tcp_poll(source->lan->tcp, (const GIOCondition *)(const void *)source->revents->data,
                 source->revents->len);
    work(source->lan);
    return G_SOURCE_CONTINUE;
}

static void lan_source_finalize(GSource *gsource)
{
    LanSource *source = (LanSource *)gsource;

    g_array_unref(source->fds);
    g_array_unref(source->revents);
}

static const GSourceFuncs lan_source_funcs = {
    .prepare = lan_source_prepare,
    .check = lan_source_check,
    .dispatch = lan_source_dispatch,
    .finalize = lan_source_finalize,
};

void swme_lan_run(SwmeLan *lan)
{
    if (!lan->running) {
        lan_tcp_fill(lan->tcp, NULL, NULL);
        lan_tcp_poll(lan->tcp, NULL, 0);
        work(lan);
    }
}

/* ---- the address ---- */

static void set_address(SwmeLan *lan, uint32_t address, uint32_t mask, uint32_t gateway)
{
    bool other = address != lan->address;

    if (other) {
        lan_arp_clear(lan);
    }
    lan->address = address;
    lan->mask = mask;
    lan->gateway = gateway;
    lan_tcp_set_address(lan->tcp, address);
    if (other && address && !lan->share.host_speaks) {
        lan_arp_announce(lan);
    }
}

static void write_state(SwmeLan *lan, const AmtNetwork *network)
{
    lan->writing = true;
    amt_state_set_network(lan->config.amt, network);
    lan->writing = false;
}

/* What AMT tells of an address that it got. */
static void write_lease(SwmeLan *lan, const LanLease *lease)
{
    AmtNetwork network = amt_state_data(lan->config.amt)->network;
    AmtInterface *wired = &network.lan[0];

    /* AMT SDK, AMT_EthernetPortSettings: 1 active, a client of its own; 2 passive, the host's. */
    wired->dhcp_ip_mode = lan->dhcp.phase == LAN_DHCP_WATCHING ? 2 : 1;
    wired->address = lease->address;
    wired->mask = lease->mask;
    wired->gateway = lease->gateway;
    memcpy(wired->dns, lease->dns, sizeof(wired->dns));
    memcpy(network.dhcp_domain, lease->domain, sizeof(network.dhcp_domain));
    write_state(lan, &network);
}

void lan_set_lease(SwmeLan *lan, const LanLease *lease)
{
    static const LanLease none;

    lease = lease ? lease : &none;
    set_address(lan, lease->address, lease->mask, lease->gateway);
    write_lease(lan, lease);
}

/* As AMT's state has it, from now on. */
static void configure(SwmeLan *lan)
{
    const AmtData *data = amt_state_data(lan->config.amt);
    const AmtInterface wired = data->network.lan[0];
    bool up = lan->cable && wired.present && wired.enabled && data->setup.operational;
    bool other_mac = memcmp(lan->mac, wired.mac, MAC_SIZE) != 0;
    bool dhcp = up && wired.dhcp;

    if (lan->dhcp_on && (!dhcp || other_mac)) {
        lan->dhcp_on = false;
        lan_dhcp_stop(lan);
        set_address(lan, 0, 0, 0);
    }
    memcpy(lan->mac, wired.mac, MAC_SIZE);
    lan->up = up;
    if (!up) {
        set_address(lan, 0, 0, 0);
        queue_clear(&lan->out);
    } else if (!dhcp) {
        set_address(lan, lan_is_host(wired.address) ? wired.address : 0, wired.mask, wired.gateway);
    } else if (!lan->dhcp_on) {
        static const LanLease none;

        lan->dhcp_on = true;
        set_address(lan, 0, 0, 0);
        if (lan->share.host_speaks) {
            lan_dhcp_watch(lan);
        } else {
            lan_dhcp_start(lan, lan_is_host(wired.address) ? wired.address : 0);
        }
        write_lease(lan, &none); /* what was is not yet what is */
    } else if (wired.address != lan->address) {
        write_lease(lan, lan->address ? &lan->dhcp.lease : &(const LanLease){0});
    }
}

static void on_state(void *opaque, AmtState *amt, unsigned int changed)
{
    SwmeLan *lan = opaque;

    if (changed & AMT_CHANGED_LIVE && amt_state_data(amt)->live.host_power != SWME_HOST_S0) {
        swme_lan_host_gone(lan);
    }
    if (!lan->writing && changed & ~(unsigned int)AMT_CHANGED_LIVE) {
        configure(lan);
    }
}

void swme_lan_set_link(SwmeLan *lan, bool up)
{
    AmtNetwork network = amt_state_data(lan->config.amt)->network;

    lan->cable = up;
    network.lan[0].link = up;
    write_state(lan, &network);
    configure(lan);
}

uint32_t swme_lan_address(const SwmeLan *lan)
{
    return lan->address;
}

const SwmeLanStats *swme_lan_stats(const SwmeLan *lan)
{
    return &lan->stats;
}

/* ---- datagrams ---- */

static bool source_address(void *opaque, const char *address, uint16_t port G_GNUC_UNUSED,
                           uint8_t *ipv4)
{
    const SwmeLan *lan = opaque;
    struct in_addr to;

    if (!lan || lan->address == 0 || inet_pton(AF_INET, address, &to) != 1) {
        return false;
    }
    lan_put32(ipv4, lan->address);
    return true;
}

static bool send_datagram(void *opaque, const char *address, uint16_t port, const void *data,
                          size_t size, GError **error)
{
    SwmeLan *lan = opaque;
    LanDatagram datagram = {.source_port = port, .destination_port = port};
    struct in_addr to;
    const char *why = NULL;

    if (inet_pton(AF_INET, address, &to) != 1 || !lan_is_host(ntohl(to.s_addr))) {
        why = "AMT's LAN reaches IPv4 addresses of other stations only";
    } else if (!lan || !lan->up) {
        why = "AMT's LAN has no link";
    } else if (lan->address == 0) {
        why = "AMT's LAN has no address yet";
    } else if (((ntohl(to.s_addr) ^ lan->address) & lan->mask) && lan->gateway == 0) {
        why = "AMT's LAN has no router";
    } else {
        datagram.source = lan->address;
        datagram.source_port = (uint16_t)g_rand_int_range(lan->random, 49152, 65536);
        datagram.destination = ntohl(to.s_addr);
        datagram.data = data;
        datagram.size = size;
        if (!lan_udp_send(lan, &datagram, NULL)) {
            why = "the datagram is too long";
        }
    }
    if (why) {
        g_set_error_literal(error, SWME_ERROR, SWME_ERROR_STATE, why);
        return false;
    }
    lan->stats.datagrams_out++;
    return true;
}

const SwmeDatagramOps swme_lan_datagram_ops = {
    .source = source_address,
    .send = send_datagram,
};

/* ---- connections that we begin ---- */

static void dial(void *opaque, const char *address, uint16_t port, GTask *task)
{
    SwmeLan *lan = opaque;

    lan_connect_dial(lan_tcp_out(lan->tcp), address, port, task);
    g_source_set_ready_time(lan->source, 0);
}

/* ---- life ---- */

static void attach(SwmeLan *lan)
{
    /* GLib only reads them. */
    GSourceFuncs *funcs = (GSourceFuncs *)(uintptr_t)&lan_source_funcs;
    LanSource *source = (LanSource *)g_source_new(funcs, sizeof(LanSource));

    source->lan = lan;
    source->fds = g_array_new(FALSE, TRUE, sizeof(LanFd));
    source->revents = g_array_new(FALSE, TRUE, sizeof(GIOCondition));
    source->due_us = -1;
    lan->source = &source->source;
    g_source_set_name(lan->source, "swme-lan");
    g_source_attach(lan->source, swme_services_context(lan->config.services));
}

SwmeLan *swme_lan_new(const SwmeLanConfig *config, GError **error)
{
    SwmeLan *lan = g_new0(SwmeLan, 1);

    lan->config = *config;
    lan->clock = config->clock;
    lan->random = config->seed ? g_rand_new_with_seed(config->seed) : g_rand_new();
    lan->cable = true;
    queue_init(&lan->in);
    queue_init(&lan->out);
    lan->tcp = lan_tcp_new(lan, error);
    if (!lan->tcp) {
        swme_lan_free(lan);
        return NULL;
    }
    attach(lan);
    lan_arp_init(lan);
    lan_dhcp_init(lan);
    lan_share_init(lan);
    lan->subscription = amt_state_subscribe(config->amt,
                                            AMT_CHANGED_NETWORK | AMT_CHANGED_SETUP |
                                                (config->shared ? AMT_CHANGED_LIVE : 0),
                                            on_state, lan);
    swme_services_set_dialler(config->services, dial, lan);
    configure(lan);
    return lan;
}

void swme_lan_free(SwmeLan *lan)
{
    if (!lan) {
        return;
    }
    if (lan->subscription) {
        amt_state_unsubscribe(lan->config.amt, lan->subscription);
    }
    swme_services_set_dialler(lan->config.services, NULL, NULL);
    lan_tcp_free(lan->tcp);
    lan_share_free(lan);
    lan_dhcp_free(lan);
    lan_arp_free(lan);
    if (lan->source) {
        g_source_destroy(lan->source);
        g_source_unref(lan->source);
    }
    queue_clear(&lan->in);
    queue_clear(&lan->out);
    g_rand_free(lan->random);
    g_free(lan);
}
