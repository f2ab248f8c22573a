/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's net layer delivers nothing unless the guest runs, but the ME is awake while the host
 * sleeps, is off or has crashed. So what comes in is taken by a net filter, which is asked first in
 * any state (net/net.c), and what goes out is handed to the peer itself. A machine that its user
 * has paused, or that is on the move, stands still as a whole: its frames wait in QEMU.
 */
#include "qemu/osdep.h"

#include "qemu/iov.h"
#include "qemu/module.h"
#include "qapi/error.h"
#include "qom/object_interfaces.h"
#include "net/filter.h"
#include "net/net.h"

#include "hw/qemu-compat.h"

#include "firmware-sim/context.h"
#include "hw/mei-lan.h"
#include "hw/mei-share.h"

#define TYPE_MEI_LAN_FILTER "swme-lan-filter"
OBJECT_DECLARE_SIMPLE_TYPE(MeiLanFilter, MEI_LAN_FILTER)

struct MeiLanFilter {
    NetFilterState parent_obj;
    MeiLan *lan; /* NULL: not yet, or no more */
};

/* The guest does not run, and yet its ME does. */
bool mei_lan_only_me_runs(void)
{
    return runstate_check(RUN_STATE_SUSPENDED) || runstate_check(RUN_STATE_SHUTDOWN) ||
           runstate_check(RUN_STATE_GUEST_PANICKED);
}

/* ---- out ---- */

static void on_sent(NetClientState *nc, ssize_t size G_GNUC_UNUSED)
{
    MeiLan *lan = qemu_get_nic_opaque(nc);

    if (lan->lan) {
        swme_lan_ready(lan->lan);
    }
}

static bool lan_send(void *opaque, const uint8_t *frame, size_t size)
{
    MeiLan *lan = opaque;
    NetClientState *nc = qemu_get_queue(lan->nic);

    if (!mei_lan_only_me_runs()) {
        return qemu_send_packet_async(nc, frame, (int)size, on_sent) != 0;
    }
    if (nc->peer && !nc->link_down && !nc->peer->link_down) {
        qemu_receive_packet(nc->peer, frame, (int)size);
    }
    return true;
}

static void lan_room(void *opaque)
{
    MeiLan *lan = opaque;

    qemu_flush_queued_packets(qemu_get_queue(lan->nic));
}

static const SwmeLanOps lan_ops = {
    .send = lan_send,
    .room = lan_room,
};

/* ---- in ---- */

static bool lan_can_receive(NetClientState *nc)
{
    const MeiLan *lan = qemu_get_nic_opaque(nc);

    return !lan->lan || swme_lan_has_room(lan->lan);
}

static ssize_t lan_receive(NetClientState *nc, const uint8_t *frame, size_t size)
{
    MeiLan *lan = qemu_get_nic_opaque(nc);

    /* What is not taken QEMU keeps until lan_room(). */
    return !lan->lan || swme_lan_receive(lan->lan, frame, size) ? (ssize_t)size : 0;
}

static void lan_link_changed(NetClientState *nc)
{
    MeiLan *lan = qemu_get_nic_opaque(nc);

    if (lan->lan) {
        swme_lan_set_link(lan->lan, !nc->link_down);
    }
}

static NetClientInfo lan_nic_info = {
    .type = NET_CLIENT_DRIVER_NIC,
    .size = sizeof(NICState),
    .can_receive = lan_can_receive,
    .receive = lan_receive,
    .link_status_changed = lan_link_changed,
};

static ssize_t filter_receive_iov(NetFilterState *nf, NetClientState *sender G_GNUC_UNUSED,
                                  unsigned flags G_GNUC_UNUSED, const struct iovec *iov, int count,
                                  NetPacketSent *sent G_GNUC_UNUSED)
{
    MeiLan *lan = MEI_LAN_FILTER(nf)->lan;
    uint8_t frame[SWME_LAN_MAX_FRAME];
    size_t size = iov_size(iov, (unsigned int)count);

    if (!lan || !lan->lan || !mei_lan_only_me_runs()) {
        return 0; /* the usual way */
    }
    if (!qemu_get_queue(lan->nic)->link_down && size <= sizeof(frame)) {
        iov_to_buf(iov, (unsigned int)count, 0, frame, size);
        swme_lan_receive(lan->lan, frame, size); /* TCP sends again what finds no room */
    }
    return (ssize_t)size;
}

static void filter_class_init(ObjectClass *klass, SWME_CLASS_DATA *data G_GNUC_UNUSED)
{
    NETFILTER_CLASS(klass)->receive_iov = filter_receive_iov;
}

static const TypeInfo filter_type_info = {
    .name = TYPE_MEI_LAN_FILTER,
    .parent = TYPE_NETFILTER,
    .instance_size = sizeof(MeiLanFilter),
    .class_init = filter_class_init,
};

static void register_filter(void)
{
    type_register_static(&filter_type_info);
}

/* ---- datagrams ---- */

static bool datagram_source(void *opaque, const char *address, uint16_t port, uint8_t *ipv4)
{
    const MeiLan *lan = opaque;

    return swme_lan_datagram_ops.source(lan->lan, address, port, ipv4);
}

static bool datagram_send(void *opaque, const char *address, uint16_t port, const void *data,
                          size_t size, GError **error)
{
    const MeiLan *lan = opaque;

    return swme_lan_datagram_ops.send(lan->lan, address, port, data, size, error);
}

/* The firmware is made before its LAN, which needs AMT's state. */
static const SwmeDatagramOps datagram_ops = {
    .source = datagram_source,
    .send = datagram_send,
};

SwmeDatagrams mei_lan_datagrams(MeiLan *lan)
{
    return (SwmeDatagrams){
        .ops = lan->conf.peers.ncs[0] || lan->share ? &datagram_ops : &swme_host_datagram_ops,
        .opaque = lan,
    };
}

/* ---- life ---- */

/* The card's addresses are the properties', else AMT's. */
static void set_addresses(MeiLan *lan, AmtState *amt, Error **errp)
{
    static const MACAddr none;
    AmtNetwork network = amt_state_data(amt)->network;
    g_autoptr(GError) gerror = NULL;

    if (lan->ip && !swme_lan_parse_address(lan->ip, &network.lan[0], &gerror)) {
        error_setg(errp, "ip: %s", gerror->message);
        return;
    }
    if (memcmp(&lan->conf.macaddr, &none, sizeof(none)) == 0) {
        memcpy(lan->conf.macaddr.a, network.lan[0].mac, sizeof(lan->conf.macaddr.a));
    } else if (lan->conf.macaddr.a[0] & 1) {
        error_setg(errp,
                   "mac: '%02x:...' is the address of a group: one station's has an even "
                   "first byte",
                   lan->conf.macaddr.a[0]);
        return;
    }
    memcpy(network.lan[0].mac, lan->conf.macaddr.a, sizeof(network.lan[0].mac));
    if (lan->share) {
        memcpy(network.host_mac, lan->conf.macaddr.a, sizeof(network.host_mac));
    }
    amt_state_set_network(amt, &network);
}

static void add_filter(MeiLan *lan, Error **errp)
{
    const char *netdev = qemu_get_queue(lan->nic)->peer->name;
    g_autofree char *id = g_strdup_printf("swme-lan-%s", netdev);
    Object *filter = object_new_with_props(TYPE_MEI_LAN_FILTER, object_get_objects_root(), id, errp,
                                           "netdev", netdev, "queue", "tx", NULL);

    if (filter) {
        lan->filter = object_ref(filter);
        MEI_LAN_FILTER(filter)->lan = lan;
    }
}

/* QEMU ends without unrealizing its devices: what is on this host's disk would stay. */
static void on_exit_notify(Notifier *notifier, void *data G_GNUC_UNUSED)
{
    MeiLan *lan = container_of(notifier, MeiLan, exit_notifier);

    g_clear_pointer(&lan->lan, swme_lan_free);
}

static void make_station(MeiLan *lan, Error **errp)
{
    g_autoptr(GError) gerror = NULL;

    lan->exit_notifier.notify = on_exit_notify;
    qemu_add_exit_notifier(&lan->exit_notifier);
    lan->lan = swme_lan_new(&lan->config, &gerror);
    if (!lan->lan) {
        error_setg(errp, "%s: %s", lan->share ? "share" : "netdev", gerror->message);
    }
}

void mei_lan_start(MeiLan *lan, const uint8_t *mac, Error **errp)
{
    ERRP_GUARD();

    memcpy(lan->conf.macaddr.a, mac, sizeof(lan->conf.macaddr.a));
    set_addresses(lan, lan->config.amt, errp);
    if (!*errp) {
        make_station(lan, errp);
    }
}

void mei_lan_guest_gone(MeiLan *lan)
{
    if (lan->lan && lan->share) {
        swme_lan_host_gone(lan->lan);
    }
}

void mei_lan_init(MeiLan *lan, DeviceState *dev, SwmeFirmware *firmware, SwmeServices *services,
                  SwmeClock *clock, Error **errp)
{
    ERRP_GUARD();

    lan->config = (SwmeLanConfig){
        .ops = &lan_ops,
        .opaque = lan,
        .clock = clock,
        .services = services,
        .amt = swme_firmware_amt(firmware),
        .breaker = swme_firmware_context(firmware)->breaker,
    };
    if (!lan->conf.peers.ncs[0] && !lan->share) {
        if (lan->ip) {
            error_setg(errp, "ip: there is no network without netdev or share");
        }
        return;
    }
    if (!lan->config.amt) {
        error_setg(errp, "%s is AMT's: this firmware has none", lan->share ? "share" : "netdev");
        return;
    }
    if (lan->share) {
        mei_share_init(lan, errp);
        return;
    }
    set_addresses(lan, lan->config.amt, errp);
    if (*errp) {
        return;
    }
    lan->nic = qemu_new_nic(&lan_nic_info, &lan->conf, "intel-mei", dev->id,
                            &dev->mem_reentrancy_guard, lan);
    qemu_format_nic_info_str(qemu_get_queue(lan->nic), lan->conf.macaddr.a);
    add_filter(lan, errp);
    if (*errp) {
        return;
    }
    make_station(lan, errp);
}

void mei_lan_free(MeiLan *lan)
{
    if (lan->share) {
        mei_share_free(lan);
    }
    if (lan->exit_notifier.notify) {
        qemu_remove_exit_notifier(&lan->exit_notifier);
        lan->exit_notifier.notify = NULL;
    }
    g_clear_pointer(&lan->lan, swme_lan_free);
    if (lan->filter) {
        MEI_LAN_FILTER(lan->filter)->lan = NULL;
        if (lan->filter->parent) { /* the user may have deleted it */
            object_unparent(lan->filter);
        }
        g_clear_pointer(&lan->filter, object_unref);
    }
    g_clear_pointer(&lan->nic, qemu_del_nic);
}

type_init(register_filter)
