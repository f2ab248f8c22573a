/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/net/lan/lan-engine.h"

#include <arpa/inet.h>
#include <string.h>

#define SLIRP_NAMESERVER "240.0.0.2" /* its own is of no use here */
#define SLIRP_VERSION    4           /* of the configuration: what 4.7 knows */
#define SLIRP_IDLE_MS    1000        /* what it says when it waits for nothing (slirp.c) */
#define ASKED_MAX        512

/* ---- what libslirp asks for ---- */

static void note_asked(LanEngine *engine, uint32_t ip)
{
    if (engine->asked->len < ASKED_MAX) { /* TCP sends the others again */
        g_array_append_val(engine->asked, ip);
    }
}

static ssize_t on_send(const void *data, size_t size, void *opaque)
{
    LanEngine *engine = opaque;
    const uint8_t *frame = data;
    LanFrame *copy;

    if (size < ETH_SIZE + ARP_SIZE || size > SWME_LAN_MAX_FRAME) {
        return (ssize_t)size;
    }
    if (lan_get16(frame + ETH_OFF_TYPE) == ETH_TYPE_ARP) {
        if (lan_get16(frame + ETH_SIZE + ARP_OFF_OPERATION) == ARP_REQUEST) {
            note_asked(engine, lan_get32(frame + ETH_SIZE + ARP_OFF_TARGET_IP));
        }
    } else if (size >= ETH_SIZE + IP_SIZE + TCP_SIZE &&
               frame[ETH_SIZE + IP_OFF_PROTOCOL] == IP_TCP) {
        engine->leaving(engine->opaque, frame + ETH_SIZE, size - ETH_SIZE);
        copy = lan_frame_new(engine->lan, size);
        memcpy(copy->data + ETH_SIZE, frame + ETH_SIZE, size - ETH_SIZE);
        lan_arp_send(engine->lan, copy);
    }
    return (ssize_t)size;
}

static void on_guest_error(const char *message G_GNUC_UNUSED, void *opaque)
{
    LanEngine *engine = opaque;

    engine->lan->stats.malformed++;
}

static int64_t on_clock(void *opaque)
{
    const LanEngine *engine = opaque;

    return engine->lan->clock->now(engine->lan->clock);
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

static bool is_neighbour(const LanEngine *engine, uint32_t ip)
{
    for (unsigned int i = 0; i < ENGINE_NEIGHBOURS; i++) {
        if (engine->neighbours[i] == ip) {
            return true;
        }
    }
    return false;
}

/* Unasked (sender and target are the same), for it takes those of any address. */
void lan_engine_tell(LanEngine *engine, uint32_t ip)
{
    static const uint8_t some_mac[MAC_SIZE] = {0x02, 0, 0, 0, 0, 1};
    uint8_t frame[SWME_LAN_MIN_FRAME] = {0};
    uint8_t *arp = frame + ETH_SIZE;

    if (is_neighbour(engine, ip)) {
        return;
    }
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
    engine->neighbours[engine->next_neighbour] = ip;
    engine->next_neighbour = (engine->next_neighbour + 1) % ENGINE_NEIGHBOURS;
    slirp_input(engine->slirp, frame, sizeof(frame));
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
void lan_engine_settle(LanEngine *engine)
{
    while (engine->asked->len) {
        uint32_t timeout = UINT32_MAX;

        for (unsigned int i = 0; i < ENGINE_NEIGHBOURS && engine->asked->len; i++) {
            uint32_t ip = g_array_index(engine->asked, uint32_t, engine->asked->len - 1);

            g_array_set_size(engine->asked, engine->asked->len - 1);
            lan_engine_tell(engine, ip);
        }
        slirp_pollfds_fill(engine->slirp, &timeout, no_fd, engine);
        slirp_pollfds_poll(engine->slirp, 0, no_revents, engine);
    }
}

/* ---- the event loop ---- */

static int on_add_poll(int fd, int events, void *opaque)
{
    LanEngine *engine = opaque;
    int condition = 0;

    condition |= events & SLIRP_POLL_IN ? G_IO_IN : 0;
    condition |= events & SLIRP_POLL_OUT ? G_IO_OUT : 0;
    condition |= events & SLIRP_POLL_PRI ? G_IO_PRI : 0;
    if (!engine->add) {
        return -1;
    }
    engine->add(engine->add_opaque, fd, (GIOCondition)(condition | G_IO_ERR | G_IO_HUP));
    return (int)engine->fd_count++;
}

int lan_engine_fill(LanEngine *engine, LanTcpFdFunc add, void *opaque)
{
    uint32_t timeout = UINT32_MAX;

    engine->fd_count = 0;
    if (!engine->slirp) {
        return -1;
    }
    engine->add = add;
    engine->add_opaque = opaque;
    slirp_pollfds_fill(engine->slirp, &timeout, on_add_poll, engine);
    return timeout >= SLIRP_IDLE_MS ? -1 : (int)timeout;
}

static int on_get_revents(int index, void *opaque)
{
    const LanEngine *engine = opaque;
    GIOCondition condition;
    int events = 0;

    if (index < 0 || (unsigned int)index >= engine->fd_count || !engine->revents) {
        return 0;
    }
    condition = engine->revents[index];
    events |= condition & G_IO_IN ? SLIRP_POLL_IN : 0;
    events |= condition & G_IO_OUT ? SLIRP_POLL_OUT : 0;
    events |= condition & G_IO_PRI ? SLIRP_POLL_PRI : 0;
    events |= condition & G_IO_ERR ? SLIRP_POLL_ERR : 0;
    events |= condition & G_IO_HUP ? SLIRP_POLL_HUP : 0;
    return events;
}

void lan_engine_poll(LanEngine *engine, const GIOCondition *revents)
{
    if (engine->slirp) {
        engine->revents = revents;
        slirp_pollfds_poll(engine->slirp, 0, on_get_revents, engine);
        lan_engine_settle(engine);
    }
}

static void add_to_array(void *opaque, int fd, GIOCondition events)
{
    GArray *fds = opaque;
    GPollFD one = {.fd = fd, .events = (gushort)events};

    g_array_append_val(fds, one);
}

void lan_engine_turn(LanEngine *engine)
{
    g_autoptr(GArray) fds = g_array_new(FALSE, FALSE, sizeof(GPollFD));
    g_autoptr(GArray) revents = g_array_new(FALSE, FALSE, sizeof(GIOCondition));
    uint32_t timeout = UINT32_MAX;

    lan_engine_fill(engine, add_to_array, fds);
    g_poll((GPollFD *)(void *)fds->data, fds->len, 0);
    for (guint i = 0; i < fds->len; i++) {
        GIOCondition condition = g_array_index(fds, GPollFD, i).revents;

        g_array_append_val(revents, condition);
    }
    lan_engine_poll(engine, (const GIOCondition *)(const void *)revents->data);
    /* What the event loop saw before is of other numbers: libslirp shall not take it. */
    slirp_pollfds_fill(engine->slirp, &timeout, no_fd, engine);
}

/* ---- life ---- */

void lan_engine_input(LanEngine *engine, const uint8_t *frame, size_t size, uint32_t peer)
{
    lan_engine_tell(engine, peer);
    slirp_input(engine->slirp, frame, (int)size);
}

void lan_engine_init(LanEngine *engine, SwmeLan *lan, LanEngineFunc leaving, void *opaque)
{
    engine->lan = lan;
    engine->leaving = leaving;
    engine->opaque = opaque;
    engine->asked = g_array_new(FALSE, FALSE, sizeof(uint32_t));
}

void lan_engine_start(LanEngine *engine, const char *host)
{
    /* Restricted: what is not forwarded is reset. */
    const SlirpConfig config = {
        .version = SLIRP_VERSION,
        .restricted = 1,
        .in_enabled = true,
        .vhost.s_addr = inet_addr(host),
        .vnameserver.s_addr = inet_addr(SLIRP_NAMESERVER),
        .disable_host_loopback = true,
        .disable_dns = true,
        .disable_dhcp = true,
    };

    engine->slirp = slirp_new(&config, &callbacks, engine);
}

void lan_engine_stop(LanEngine *engine)
{
    g_clear_pointer(&engine->slirp, slirp_cleanup);
    g_array_set_size(engine->asked, 0);
    memset(engine->neighbours, 0, sizeof(engine->neighbours));
    engine->next_neighbour = 0;
}

void lan_engine_free(LanEngine *engine)
{
    if (engine->asked) {
        lan_engine_stop(engine);
        g_clear_pointer(&engine->asked, g_array_unref);
    }
}
