/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A net filter on the backend of the guest's card sees what passes in both directions, and also
 * while the guest does not run. QEMU takes no new kind of -object from outside (qapi/qom.json), so
 * the device makes the filter itself.
 */
#include "qemu/osdep.h"

#include "qemu/bswap.h"
#include "qemu/error-report.h"
#include "qemu/iov.h"
#include "qemu/module.h"
#include "qapi/error.h"
#include "qom/object_interfaces.h"
#include "net/filter.h"
#include "net/net.h"

#include "hw/qemu-compat.h"

#include "firmware-sim/net/lan/lan-packet.h"
#include "hw/mei-share.h"

#define TYPE_MEI_SHARE_FILTER "swme-share-filter"
OBJECT_DECLARE_SIMPLE_TYPE(MeiShareFilter, MEI_SHARE_FILTER)

struct MeiShareFilter {
    NetFilterState parent_obj;
    MeiLan *lan;          /* NULL: not yet, or no more */
    NetClientState *card; /* the guest's, of late */
    unsigned int waiting; /* frames for it */
};

/* In front of a frame, where card and backend have agreed on it (virtio 1.1, 5.1.6). */
#define VNET_OFF_FLAGS      0
#define VNET_OFF_KIND       1
#define VNET_OFF_SEGMENT    4
#define VNET_OFF_SUM_START  6
#define VNET_OFF_SUM_OFFSET 8
#define VNET_SIZE           10
#define VNET_SIZE_MAX       64
#define VNET_NEEDS_SUM      1
#define VNET_ECN            0x80
#define VNET_TCP4           1

/* Frames that wait for a guest that takes none. A backend that is told to wait would also keep back
 * the ME's. */
#define GUEST_WAITING_MAX 1024

/* ---- what passes ---- */

/* A sender on this very host leaves the checksum to the card. */
static void finish_sum(const uint8_t *header, uint8_t *frame, size_t size)
{
    size_t start = lduw_le_p(header + VNET_OFF_SUM_START);
    size_t at = start + lduw_le_p(header + VNET_OFF_SUM_OFFSET);

    /* What is there already is the sum of the pseudo-header. */
    if ((header[VNET_OFF_FLAGS] & VNET_NEEDS_SUM) && start < size && at + 2 <= size) {
        lan_put16(frame + at, lan_fold(lan_sum(0, frame + start, size - start)));
    }
}

static void on_taken(NetClientState *sender, ssize_t size G_GNUC_UNUSED)
{
    NetFilterState *nf;

    QTAILQ_FOREACH(nf, &sender->filters, next)
    {
        MeiShareFilter *filter =
            (MeiShareFilter *)object_dynamic_cast(OBJECT(nf), TYPE_MEI_SHARE_FILTER);

        if (filter && filter->waiting) {
            filter->waiting--;
        }
    }
}

static void pass_to_guest(NetFilterState *nf, unsigned flags, const struct iovec *iov, int count)
{
    MeiShareFilter *filter = MEI_SHARE_FILTER(nf);
    NetClientState *card = nf->netdev->peer;
    NetFilterState *next;

    for (next = QTAILQ_NEXT(nf, next); next; next = QTAILQ_NEXT(next, next)) {
        if (qemu_netfilter_receive(next, NET_FILTER_DIRECTION_TX, nf->netdev, flags, iov, count,
                                   NULL)) {
            return;
        }
    }
    if (card != filter->card) { /* what waited for another is gone with it */
        filter->card = card;
        filter->waiting = 0;
    }
    if (card && filter->waiting < GUEST_WAITING_MAX) {
        filter->waiting += qemu_net_queue_send_iov(card->incoming_queue, nf->netdev, flags, iov,
                                                   count, on_taken) == 0;
    }
}

static ssize_t filter_receive_iov(NetFilterState *nf, NetClientState *sender, unsigned flags,
                                  const struct iovec *iov, int count,
                                  NetPacketSent *sent G_GNUC_UNUSED)
{
    MeiLan *lan = MEI_SHARE_FILTER(nf)->lan;
    uint8_t header[VNET_SIZE_MAX] = {0};
    size_t before = MIN((size_t)MAX(nf->netdev->vnet_hdr_len, 0), sizeof(header));
    size_t whole = iov_size(iov, (unsigned int)count);
    size_t size = whole - MIN(before, whole);
    size_t segment = 0;
    g_autofree uint8_t *frame = NULL;

    if (!lan || !lan->lan || !(runstate_is_running() || mei_lan_only_me_runs())) {
        return 0;
    }
    iov_to_buf(iov, (unsigned int)count, 0, header, before);
    if ((header[VNET_OFF_KIND] & ~VNET_ECN) == VNET_TCP4 && sender == nf->netdev) {
        segment = lduw_le_p(header + VNET_OFF_SEGMENT);
    }
    /* One byte more than the ME takes, for it to see that it is too long. */
    size = segment ? size : MIN(size, SWME_LAN_MAX_FRAME + 1);
    frame = g_malloc(size + 1);
    iov_to_buf(iov, (unsigned int)count, before, frame, size);
    if (sender != nf->netdev) {
        return swme_lan_share_out(lan->lan, frame, size) ? 0 : (ssize_t)whole;
    }
    if (before >= VNET_SIZE) {
        finish_sum(header, frame, size);
    }
    if (swme_lan_share_in(lan->lan, frame, size, segment) && !mei_lan_only_me_runs()) {
        pass_to_guest(nf, flags, iov, count);
    }
    return (ssize_t)whole;
}

/* With its backend, or with the user's object_del: it is gone before it is freed. */
static void filter_finalize(Object *object)
{
    MeiLan *lan = MEI_SHARE_FILTER(object)->lan;

    if (lan) {
        lan->filter = NULL;
    }
}

static void filter_class_init(ObjectClass *klass, SWME_CLASS_DATA *data G_GNUC_UNUSED)
{
    NETFILTER_CLASS(klass)->receive_iov = filter_receive_iov;
}

static const TypeInfo filter_type_info = {
    .name = TYPE_MEI_SHARE_FILTER,
    .parent = TYPE_NETFILTER,
    .instance_size = sizeof(MeiShareFilter),
    .instance_finalize = filter_finalize,
    .class_init = filter_class_init,
};

static void register_filter(void)
{
    type_register_static(&filter_type_info);
}

/* ---- what the ME sends ---- */

static bool share_send(void *opaque, const uint8_t *frame, size_t size)
{
    MeiLan *lan = opaque;
    NetFilterState *nf = lan->filter ? NETFILTER(lan->filter) : NULL;
    uint8_t whole[VNET_SIZE_MAX + SWME_LAN_MAX_FRAME] = {0}; /* no offload */
    size_t before;
    struct iovec iov;

    if (!nf || !nf->netdev->peer || nf->netdev->link_down || nf->netdev->peer->link_down) {
        return true;
    }
    before = MIN((size_t)MAX(nf->netdev->vnet_hdr_len, 0), VNET_SIZE_MAX);
    memcpy(whole + before, frame, size);
    iov = (struct iovec){whole, before + size};
    if (mei_lan_only_me_runs()) {
        qemu_receive_packet(nf->netdev, whole, (int)iov.iov_len);
    } else {
        qemu_netfilter_pass_to_next(nf->netdev->peer, 0, &iov, 1, nf);
    }
    return true;
}

static void share_room(void *opaque G_GNUC_UNUSED)
{
}

static const SwmeLanOps share_ops = {
    .send = share_send,
    .room = share_room,
};

/* ---- life ---- */

static char *filter_id(const MeiLan *lan)
{
    return g_strdup_printf("swme-share-%s", lan->share);
}

static void on_state(void *opaque, bool running G_GNUC_UNUSED, RunState state)
{
    if (state == RUN_STATE_GUEST_PANICKED || state == RUN_STATE_SHUTDOWN) {
        mei_lan_guest_gone(opaque);
    }
}

/* The card must be there by now. */
static void attach(MeiLan *lan, Error **errp)
{
    ERRP_GUARD();
    NetClientState *netdev = qemu_find_netdev(lan->share);
    NetClientState *card = netdev ? netdev->peer : NULL;
    g_autofree char *id = filter_id(lan);
    Object *filter;

    if (!netdev) {
        error_setg(errp, "share: '%s' is gone", lan->share);
        return;
    }
    if (!card) {
        error_setg(errp,
                   "share: no card is on '%s': give the guest one, as with -device e1000,netdev=%s",
                   lan->share, lan->share);
        return;
    }
    if (card->info->type != NET_CLIENT_DRIVER_NIC || g_str_equal(card->model, "intel-mei")) {
        error_setg(errp, "share: what is on '%s' is no card of the guest's", lan->share);
        return;
    }
    if (object_resolve_path_component(object_get_objects_root(), id)) {
        error_setg(errp, "share: another ME has '%s' already", lan->share);
        return;
    }
    filter = object_new_with_props(TYPE_MEI_SHARE_FILTER, object_get_objects_root(), id, errp,
                                   "netdev", lan->share, "queue", "all", NULL);
    if (!filter) {
        error_prepend(errp, "share: ");
        return;
    }
    mei_lan_start(lan, qemu_get_nic(card)->conf->macaddr.a, errp);
    if (*errp) {
        object_unparent(filter);
        return;
    }
    lan->filter = filter;
    MEI_SHARE_FILTER(filter)->lan = lan;
    lan->state_changes = qemu_add_vm_change_state_handler(on_state, lan);
}

static void on_built(Notifier *notifier, void *data G_GNUC_UNUSED)
{
    MeiLan *lan = container_of(notifier, MeiLan, built_notifier);
    Error *error = NULL;

    attach(lan, &error);
    if (error) {
        error_report_err(error);
        exit(1);
    }
}

void mei_share_init(MeiLan *lan, Error **errp)
{
    static const MACAddr none;

    lan->config.ops = &share_ops;
    lan->config.shared = true;
    if (lan->conf.peers.ncs[0]) {
        error_setg(errp, "share and netdev exclude each other: AMT has one card");
    } else if (memcmp(&lan->conf.macaddr, &none, sizeof(none)) != 0) {
        error_setg(errp, "mac: with share it is that of the guest's card");
    } else if (!qemu_find_netdev(lan->share)) {
        error_setg(errp, "share: no -netdev has the id '%s'", lan->share);
    } else if (qemu_find_netdev(lan->share)->peer || phase_check(PHASE_MACHINE_READY)) {
        attach(lan, errp);
    } else {
        lan->built_notifier.notify = on_built;
        qemu_add_machine_init_done_notifier(&lan->built_notifier);
    }
}

void mei_share_free(MeiLan *lan)
{
    Object *filter = lan->filter;

    if (lan->built_notifier.notify) {
        qemu_remove_machine_init_done_notifier(&lan->built_notifier);
        lan->built_notifier.notify = NULL;
    }
    g_clear_pointer(&lan->state_changes, qemu_del_vm_change_state_handler);
    lan->filter = NULL;
    if (filter) {
        MEI_SHARE_FILTER(filter)->lan = NULL;
        object_unparent(filter);
    }
}

type_init(register_filter)
