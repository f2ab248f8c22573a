/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What faults hold back: packets either way, interrupts, a ready, a reset. One timer on the
 * injected clock. Nothing that makes the firmware act is done from inside one of its own calls: it
 * falls due "now", and the clock comes back for it.
 */
#include "firmware-sim/fault/fault-internal.h"

#include <string.h>

#include <swme/bytes.h>

static int64_t now_of(const SwmeFaults *faults)
{
    return faults->clock->now(faults->clock);
}

/* ---- the queue ---- */

bool fault_queue_room(const SwmeFaults *faults)
{
    return faults->items.length < FAULT_ITEMS_MAX;
}

FaultItem *fault_item_new(FaultItemKind kind, FaultWay way, const uint8_t *packet, size_t size)
{
    FaultItem *item = g_malloc0(sizeof(*item) + size);

    item->kind = kind;
    item->way = way;
    item->copies = 1;
    item->size = size;
    if (size) {
        memcpy(item->packet, packet, size);
    }
    return item;
}

static gint later(gconstpointer a, gconstpointer b, gpointer unused G_GNUC_UNUSED)
{
    const FaultItem *first = a;
    const FaultItem *second = b;

    return (first->due_ns > second->due_ns) - (first->due_ns < second->due_ns);
}

/* Behind those that are due at the same time: g_queue_insert_sorted() would put it in front. */
static void insert(SwmeFaults *faults, FaultItem *item)
{
    GList *at = faults->items.tail;

    while (at && later(at->data, item, NULL) > 0) {
        at = at->prev;
    }
    if (at) {
        g_queue_insert_after(&faults->items, at, item);
    } else {
        g_queue_push_head(&faults->items, item);
    }
}

void fault_queue_arm(SwmeFaults *faults)
{
    for (const GList *l = faults->items.head; l; l = l->next) {
        const FaultItem *item = l->data;

        if (!item->waits) {
            faults->clock->timer_arm(faults->timer, item->due_ns);
            return;
        }
    }
    faults->clock->timer_cancel(faults->timer);
}

void fault_queue_insert(SwmeFaults *faults, FaultItem *item)
{
    insert(faults, item);
    fault_queue_arm(faults);
    faults->active = true;
}

FaultItem *fault_queue_add(SwmeFaults *faults, FaultItemKind kind, FaultWay way, int64_t delay_ns,
                           const uint8_t *packet, size_t size)
{
    FaultItem *item;

    if (!fault_queue_room(faults)) {
        return NULL;
    }
    item = fault_item_new(kind, way, packet, size);
    item->due_ns = now_of(faults) + delay_ns;
    fault_queue_insert(faults, item);
    return item;
}

FaultItem *fault_queue_behind(const SwmeFaults *faults, FaultWay way, const uint8_t *packet)
{
    for (GList *l = faults->items.tail; l; l = l->prev) {
        FaultItem *item = l->data;

        /* The first two bytes are both addresses: a host bus message, or one connection. */
        if (item->kind == FAULT_ITEM_PACKET && item->way == way && !item->until_next &&
            memcmp(item->packet, packet, 2) == 0) {
            return item;
        }
    }
    return NULL;
}

void fault_queue_passed(SwmeFaults *faults, FaultWay way)
{
    int64_t now = now_of(faults);

    for (GList *l = faults->items.head; l; l = l->next) {
        FaultItem *item = l->data;

        if (item->kind == FAULT_ITEM_PACKET && item->way == way && item->until_next) {
            item->until_next = false;
            item->due_ns = now;
        }
    }
    g_queue_sort(&faults->items, later, NULL);
    fault_queue_arm(faults);
}

static bool belongs_to_link(const SwmeFaults *faults, const FaultItem *item)
{
    switch (item->kind) {
    case FAULT_ITEM_VANISH:
    case FAULT_ITEM_RETURN:
        return false;
    case FAULT_ITEM_RESET:
        return item->due_ns <= now_of(faults); /* the host was faster */
    default:
        return true;
    }
}

void fault_queue_link_reset(SwmeFaults *faults)
{
    GList *next;

    for (GList *l = faults->items.head; l; l = next) {
        next = l->next;
        if (belongs_to_link(faults, l->data)) {
            g_free(l->data);
            g_queue_delete_link(&faults->items, l);
        }
    }
    fault_queue_arm(faults);
}

void fault_queue_drained(SwmeFaults *faults)
{
    for (GList *l = faults->items.head; l; l = l->next) {
        FaultItem *item = l->data;

        if (item->kind == FAULT_ITEM_INTERRUPT && item->way == FAULT_TO_FIRMWARE) {
            g_queue_delete_link(&faults->items, l);
            g_free(item);
            fault_queue_arm(faults);
            return;
        }
    }
}

void fault_queue_clear(SwmeFaults *faults)
{
    g_queue_clear_full(&faults->items, g_free);
    fault_queue_arm(faults);
}

void fault_queue_release(SwmeFaults *faults)
{
    int64_t now = now_of(faults);

    for (GList *l = faults->items.head; l; l = l->next) {
        FaultItem *item = l->data;

        item->due_ns = MIN(item->due_ns, now);
        item->until_next = false;
    }
    g_queue_sort(&faults->items, later, NULL);
    /* Beyond the bound if need be: nobody else would end it. */
    if (faults->hang || faults->not_ready) {
        FaultItem *item = fault_item_new(faults->hang ? FAULT_ITEM_WAKE : FAULT_ITEM_READY,
                                         FAULT_BOTH_WAYS, NULL, 0);

        item->due_ns = now;
        insert(faults, item);
    }
    fault_queue_arm(faults);
    fault_update(faults);
}

/* ---- packets ---- */

size_t fault_queue_fetch(SwmeFaults *faults, uint8_t *packet)
{
    int64_t now = now_of(faults);

    for (GList *l = faults->items.head; l; l = l->next) {
        FaultItem *item = l->data;
        size_t size = item->size;

        if (item->kind != FAULT_ITEM_PACKET || item->way != FAULT_TO_FIRMWARE ||
            item->due_ns > now) {
            continue;
        }
        memcpy(packet, item->packet, size);
        if (--item->copies == 0) {
            g_queue_delete_link(&faults->items, l);
            g_free(item);
            fault_queue_arm(faults);
        }
        return size;
    }
    return 0;
}

/* Sends what it can of one item. True: all of it has gone. */
static bool send_copies(SwmeFaults *faults, FaultItem *item, bool *sent)
{
    while (item->copies > 0) {
        if (!faults->device->send(faults->device_opaque, item->packet, item->size)) {
            return false;
        }
        *sent = true;
        item->copies--;
    }
    return true;
}

static void tell_host(SwmeFaults *faults)
{
    if (!fault_silent(faults) && !faults->not_ready) {
        faults->device->interrupt(faults->device_opaque);
    }
}

bool fault_queue_retry(SwmeFaults *faults)
{
    bool sent = false;
    bool gone = true;
    GList *next;

    for (GList *l = faults->items.head; l && gone; l = next) {
        FaultItem *item = l->data;

        next = l->next;
        if (item->kind == FAULT_ITEM_PACKET && item->way == FAULT_TO_HOST && item->waits) {
            gone = send_copies(faults, item, &sent);
            if (gone) {
                g_queue_delete_link(&faults->items, l);
                g_free(item);
            }
        }
    }
    if (sent) {
        tell_host(faults);
    }
    return gone;
}

/* ---- what falls due ---- */

/* True: it is done with, and is to be freed. */
static bool run_to_host(SwmeFaults *faults, FaultItem *item, bool *tell)
{
    bool first = true;

    if (fault_silent(faults)) {
        return true; /* a firmware that hangs does not send */
    }
    for (const GList *l = faults->items.head; l && first; l = l->next) {
        const FaultItem *other = l->data;

        first = !(other->kind == FAULT_ITEM_PACKET && other->way == FAULT_TO_HOST && other->waits);
    }
    if (first && send_copies(faults, item, tell)) {
        return true;
    }
    item->waits = true; /* for room, and for its turn */
    insert(faults, item);
    return false;
}

static bool run_interrupt(SwmeFaults *faults, FaultItem *item)
{
    item->copies--;
    if (item->copies > 0) {
        item->due_ns += MAX(item->interval_ns, 1);
        insert(faults, item);
    }
    tell_host(faults);
    return item->copies == 0;
}

static void show_ready(SwmeFaults *faults)
{
    if (faults->not_ready) {
        faults->not_ready = false;
        faults->device->set_ready(faults->device_opaque, true);
        faults->device->interrupt(faults->device_opaque);
    }
}

static void wake(SwmeFaults *faults)
{
    faults->hang = false;
    show_ready(faults);
    faults->firmware->doorbell(faults->firmware_opaque);
}

static void vanish(SwmeFaults *faults, const FaultItem *item)
{
    if (faults->hooks->set_client(faults->firmware_opaque, item->me_addr, false) && item->away_ns) {
        FaultItem *back =
            fault_queue_add(faults, FAULT_ITEM_RETURN, FAULT_BOTH_WAYS, item->away_ns, NULL, 0);

        if (back) {
            back->me_addr = item->me_addr;
        }
    }
}

/* What of all kinds but packets and interrupts. */
static void run_event(SwmeFaults *faults, const FaultItem *item)
{
    switch (item->kind) {
    case FAULT_ITEM_READY:
        show_ready(faults);
        break;
    case FAULT_ITEM_D0I3_DONE:
        faults->device->d0i3_done(faults->device_opaque);
        break;
    case FAULT_ITEM_PG_EXIT:
        faults->firmware->pg_isolation(faults->firmware_opaque, false);
        break;
    case FAULT_ITEM_WAKE:
        wake(faults);
        break;
    case FAULT_ITEM_RESET:
        faults->hold = false;
        faults->hooks->reset(faults->firmware_opaque);
        break;
    case FAULT_ITEM_VANISH:
        vanish(faults, item);
        break;
    case FAULT_ITEM_RETURN:
        faults->hooks->set_client(faults->firmware_opaque, item->me_addr, true);
        break;
    default:
        break;
    }
}

static FaultItem *take_due(SwmeFaults *faults, int64_t now)
{
    for (GList *l = faults->items.head; l; l = l->next) {
        FaultItem *item = l->data;

        if (!item->waits && item->due_ns <= now) {
            g_queue_delete_link(&faults->items, l);
            return item;
        }
    }
    return NULL;
}

void fault_queue_run(void *opaque)
{
    SwmeFaults *faults = opaque;
    int64_t now = now_of(faults);
    bool tell = false, ring = false;
    FaultItem *item;

    while ((item = take_due(faults, now))) {
        bool done = true;

        if (item->kind == FAULT_ITEM_INTERRUPT && item->way == FAULT_TO_FIRMWARE) {
            tell = true; /* of a drain: one interrupt for all that there is to tell */
        } else if (item->kind == FAULT_ITEM_INTERRUPT) {
            done = run_interrupt(faults, item);
        } else if (item->kind != FAULT_ITEM_PACKET) {
            run_event(faults, item);
        } else if (item->way == FAULT_TO_HOST) {
            done = run_to_host(faults, item, &tell);
        } else {
            item->until_next = false;
            item->waits = true; /* until the firmware fetches it */
            insert(faults, item);
            ring = true;
            done = false;
        }
        if (done) {
            g_free(item);
        }
    }
    if (tell) {
        tell_host(faults);
    }
    if (ring && !fault_silent(faults)) {
        faults->firmware->doorbell(faults->firmware_opaque);
    }
    fault_queue_arm(faults);
    fault_update(faults);
}
