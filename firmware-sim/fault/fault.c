/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The interposer: both halves of the link, and the list of rules. */
#include "firmware-sim/fault/fault-internal.h"

#include <string.h>

#include <swme/bytes.h>
#include <swme/hbm.h>

#include "firmware-sim/clients/clients.h"
#include "firmware-sim/error.h"
#include "firmware-sim/suggest.h"

/* ---- rules at work ---- */

bool fault_silent(const SwmeFaults *faults)
{
    return faults->hang || faults->hold;
}

void fault_update(SwmeFaults *faults)
{
    bool was = faults->active;
    bool active =
        faults->items.length > 0 || fault_silent(faults) || faults->not_ready || faults->lose_next;

    for (guint i = 0; i < faults->rules->len && !active; i++) {
        active = !fault_rule_spent(faults->rules->pdata[i]);
    }
    if (active && !was) {
        faults->sent = false; /* nobody has kept count */
        faults->took = false;
    }
    faults->active = active;
}

static bool chance(FaultRule *rule)
{
    return rule->probability >= FAULT_CERTAIN ||
           fault_random(rule) % FAULT_CERTAIN < rule->probability;
}

/* FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint64_t hash(const uint8_t *data, size_t size)
{
    uint64_t value = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < size; i++) {
        value = (value ^ data[i]) * UINT64_C(0x100000001b3);
    }
    return value;
}

/*
 * By chance, and by what the action does. Of a keyed one both follow from the packet and from how
 * often the link has started: who came first in a guest differs a little from run to run, and must
 * not change all that follows.
 */
static bool strike(SwmeFaults *faults, FaultRule *rule, FaultEvent *event)
{
    bool keyed = rule->action->strike == fault_fuzz;
    uint64_t start = rule->random;
    bool hit;

    if (keyed) {
        if (event->command == (HBM_START | HBM_RESPONSE)) {
            fault_random(rule);
            start = rule->random;
        }
        rule->random ^= hash(event->packet, event->size);
    }
    hit = chance(rule) && rule->action->strike(faults, rule, event);
    if (keyed) {
        rule->random = start;
    }
    return hit;
}

bool fault_fire(SwmeFaults *faults, FaultEvent *event)
{
    bool matched = false;

    for (guint i = 0; i < faults->rules->len && !event->swallowed; i++) {
        FaultRule *rule = faults->rules->pdata[i];

        if (fault_rule_spent(rule) || !fault_rule_matches(rule, event)) {
            continue;
        }
        matched = true;
        rule->matches++;
        if (rule->matches <= rule->after || !strike(faults, rule, event)) {
            continue;
        }
        rule->hits++;
        if (faults->trace) {
            faults->trace(faults->trace_opaque, rule->id, rule->name);
        }
    }
    if (matched) {
        fault_update(faults);
    }
    return matched;
}

/* Whom a host bus message is about: the bytes that have the addresses, where it has them. */
static void describe_hbm(FaultEvent *event)
{
    const uint8_t *message = event->packet + MEI_HEADER_SIZE;
    size_t size = event->size - MEI_HEADER_SIZE;

    if (size == 0) {
        return;
    }
    event->command = message[HBM_OFF_COMMAND];
    switch (event->command & ~HBM_RESPONSE) {
    case HBM_CONNECT:
    case HBM_DISCONNECT:
    case HBM_FLOW_CONTROL:
    case HBM_NOTIFY:
    case HBM_NOTIFICATION:
        event->host_addr = size > HBM_OFF_HOST_ADDR ? message[HBM_OFF_HOST_ADDR] : 0;
        event->me_addr = size > HBM_OFF_ME_ADDR ? message[HBM_OFF_ME_ADDR] : 0;
        break;
    case HBM_PROPERTIES:
    case HBM_ADD_CLIENT:
        event->me_addr = size > HBM_OFF_ME_ADDR ? message[HBM_OFF_ME_ADDR] : 0;
        break;
    default:
        break;
    }
}

void fault_describe(FaultEvent *event, FaultWay way, uint8_t *packet, size_t size)
{
    uint32_t header = swme_get_le32(packet);

    memset(event, 0, sizeof(*event));
    event->way = way;
    event->packet = packet;
    event->size = size;
    event->kinds = FAULT_PACKET;
    event->me_addr = MEI_HDR_ME_ADDR(header);
    event->host_addr = MEI_HDR_HOST_ADDR(header);
    if (event->me_addr == MEI_HBM_ADDR && event->host_addr == MEI_HBM_ADDR) {
        event->kinds |= FAULT_HBM;
        describe_hbm(event);
        return;
    }
    event->kinds |= FAULT_DATA;
    event->kinds |= header & MEI_HDR_COMPLETE ? 0 : FAULT_FRAGMENT;
    event->kinds |= header & MEI_HDR_DMA_RING ? FAULT_DMA : 0;
}

/* An event that is no packet. True: it goes no further. */
static bool swallows(SwmeFaults *faults, unsigned int kinds, FaultWay way)
{
    FaultEvent event = {.kinds = kinds, .way = way};

    fault_fire(faults, &event);
    return event.swallowed;
}

/* ---- the firmware's view of the device ---- */

/* A packet from the host that the rules have seen. 0: the firmware is not to see it, or not yet. */
static size_t incoming(SwmeFaults *faults, uint8_t *packet, size_t size)
{
    FaultItem *behind = fault_queue_behind(faults, FAULT_TO_FIRMWARE, packet);
    FaultEvent event;
    FaultItem *item;
    uint32_t header;

    fault_describe(&event, FAULT_TO_FIRMWARE, packet, size);
    if (!fault_fire(faults, &event) && !behind) {
        fault_queue_passed(faults, FAULT_TO_FIRMWARE);
        return size;
    }
    if (event.swallowed) {
        return 0;
    }
    /* The link's contract: what is handed over is as long as its header says. */
    header = swme_get_le32(packet) & ~((uint32_t)MEI_HDR_LENGTH_MAX << 16);
    swme_put_le32(packet, header | (uint32_t)(event.size - MEI_HEADER_SIZE) << 16);
    if (behind) {
        item =
            fault_queue_add(faults, FAULT_ITEM_PACKET, FAULT_TO_FIRMWARE,
                            behind->due_ns - faults->clock->now(faults->clock), packet, event.size);
        if (item) {
            item->waits = behind->waits;
            return 0;
        }
    }
    fault_queue_passed(faults, FAULT_TO_FIRMWARE);
    return event.size;
}

static int faults_receive(void *opaque, uint8_t *packet)
{
    SwmeFaults *faults = opaque;
    size_t size;
    int got;

    if (G_LIKELY(!faults->active)) {
        return faults->device->receive(faults->device_opaque, packet);
    }
    if (fault_silent(faults) || faults->not_ready) {
        return 0;
    }
    size = fault_queue_fetch(faults, packet);
    while (size == 0) {
        got = faults->device->receive(faults->device_opaque, packet);
        if (got <= 0) {
            if (faults->took) {
                /* It was drained, and that the host is told, whatever becomes of it. */
                faults->took = false;
                fault_queue_add(faults, FAULT_ITEM_INTERRUPT, FAULT_TO_FIRMWARE, 0, NULL, 0);
            }
            return got;
        }
        size = incoming(faults, packet, (size_t)got);
        if (fault_silent(faults)) {
            return 0;
        }
        faults->took |= size == 0;
    }
    return (int)size;
}

static bool faults_send(void *opaque, const uint8_t *packet, size_t size)
{
    SwmeFaults *faults = opaque;
    uint8_t copy[MEI_PACKET_MAX];
    FaultItem *behind, *item;
    FaultEvent event;
    bool matched;

    if (G_LIKELY(!faults->active)) {
        return faults->device->send(faults->device_opaque, packet, size);
    }
    if (size < MEI_HEADER_SIZE || size > sizeof(copy) || fault_silent(faults) ||
        faults->not_ready || !fault_queue_retry(faults)) {
        return false;
    }
    memcpy(copy, packet, size);
    behind = fault_queue_behind(faults, FAULT_TO_HOST, copy);
    fault_describe(&event, FAULT_TO_HOST, copy, size);
    matched = fault_fire(faults, &event);
    if (event.swallowed) {
        return true;
    }
    if (!behind && faults->device->send(faults->device_opaque, copy, event.size)) {
        faults->sent = true;
        fault_queue_passed(faults, FAULT_TO_HOST);
        return true;
    }
    if (!behind && !matched) {
        return false;
    }
    /* A rule has counted this packet, or another is before it: it must not come by again. */
    item = fault_queue_add(faults, FAULT_ITEM_PACKET, FAULT_TO_HOST,
                           behind ? MAX(behind->due_ns - faults->clock->now(faults->clock), 0) : 0,
                           copy, event.size);
    if (item) {
        item->waits = !behind || behind->waits;
        fault_queue_arm(faults);
    }
    return item != NULL;
}

static void faults_interrupt(void *opaque)
{
    SwmeFaults *faults = opaque;
    bool swallowed;

    if (G_LIKELY(!faults->active)) {
        faults->device->interrupt(faults->device_opaque);
        return;
    }
    if (fault_silent(faults) || faults->not_ready) {
        return;
    }
    faults->took = false;
    fault_queue_drained(faults);
    swallowed = swallows(faults, FAULT_INTERRUPT | (faults->sent ? 0 : FAULT_DRAIN), FAULT_TO_HOST);
    faults->sent = false;
    if (faults->lose_next || swallowed || fault_silent(faults)) {
        faults->lose_next = false;
        fault_update(faults);
        return;
    }
    faults->device->interrupt(faults->device_opaque);
}

void fault_forget_link(SwmeFaults *faults)
{
    faults->hang = false;
    faults->hold = false;
    faults->not_ready = false;
    faults->lose_next = false;
    faults->sent = false;
    faults->took = false;
}

static void link_reset(SwmeFaults *faults)
{
    if (faults->active) {
        fault_forget_link(faults);
        fault_queue_link_reset(faults);
        fault_update(faults);
    }
}

static void faults_set_ready(void *opaque, bool ready)
{
    SwmeFaults *faults = opaque;

    if (!ready) {
        link_reset(faults);
    } else if (faults->active &&
               (swallows(faults, FAULT_READY, FAULT_TO_HOST) || fault_silent(faults))) {
        faults->not_ready = true;
        return;
    }
    faults->sent = ready; /* what the next interrupt tells of */
    faults->device->set_ready(faults->device_opaque, ready);
}

void fault_put_status(SwmeFaults *faults, unsigned int index)
{
    FaultEvent event = {
        .kinds = FAULT_STATUS,
        .way = FAULT_TO_HOST,
        .index = index,
        .value = faults->status[index],
    };

    if (faults->active) {
        fault_fire(faults, &event);
    }
    faults->device->set_status(faults->device_opaque, index, event.value);
}

static void faults_set_status(void *opaque, unsigned int index, uint32_t value)
{
    SwmeFaults *faults = opaque;

    if (index < HECI_HFS_COUNT) {
        faults->status[index] = value;
        faults->status_set[index] = true;
        fault_put_status(faults, index);
    }
}

static void faults_d0i3_done(void *opaque)
{
    SwmeFaults *faults = opaque;

    if (!faults->active ||
        !swallows(faults, faults->d0i3_entry ? FAULT_D0I3_ENTRY : FAULT_D0I3_EXIT, FAULT_TO_HOST)) {
        faults->device->d0i3_done(faults->device_opaque);
    }
}

static void faults_pg_exit_done(void *opaque)
{
    SwmeFaults *faults = opaque;

    faults->device->pg_exit_done(faults->device_opaque);
}

static bool faults_dma_read(void *opaque, uint64_t address, void *data, size_t size)
{
    SwmeFaults *faults = opaque;

    return faults->device->dma_read(faults->device_opaque, address, data, size);
}

static bool faults_dma_write(void *opaque, uint64_t address, const void *data, size_t size)
{
    SwmeFaults *faults = opaque;

    return faults->device->dma_write(faults->device_opaque, address, data, size);
}

const HeciDeviceOps swme_faults_device_ops = {
    .receive = faults_receive,
    .send = faults_send,
    .interrupt = faults_interrupt,
    .set_ready = faults_set_ready,
    .set_status = faults_set_status,
    .d0i3_done = faults_d0i3_done,
    .pg_exit_done = faults_pg_exit_done,
    .dma_read = faults_dma_read,
    .dma_write = faults_dma_write,
};

/* ---- the device's view of the firmware ---- */

static void faults_doorbell(void *opaque)
{
    SwmeFaults *faults = opaque;

    if (faults->active) {
        fault_queue_retry(faults);
        fault_update(faults);
        if (fault_silent(faults)) {
            return;
        }
    }
    faults->firmware->doorbell(faults->firmware_opaque);
}

static void faults_host_reset(void *opaque)
{
    SwmeFaults *faults = opaque;

    link_reset(faults);
    faults->firmware->host_reset(faults->firmware_opaque);
}

static void faults_platform_reset(void *opaque)
{
    SwmeFaults *faults = opaque;

    link_reset(faults);
    faults->firmware->platform_reset(faults->firmware_opaque);
}

static void faults_d0i3(void *opaque, bool enter)
{
    SwmeFaults *faults = opaque;

    faults->d0i3_entry = enter;
    if (!fault_silent(faults)) {
        faults->firmware->d0i3(faults->firmware_opaque, enter);
    }
}

static void faults_pg_isolation(void *opaque, bool enter)
{
    SwmeFaults *faults = opaque;

    if (fault_silent(faults) ||
        (!enter && faults->active && swallows(faults, FAULT_PG_EXIT, FAULT_TO_FIRMWARE))) {
        return;
    }
    faults->firmware->pg_isolation(faults->firmware_opaque, enter);
}

const HeciFirmwareOps swme_faults_firmware_ops = {
    .doorbell = faults_doorbell,
    .host_reset = faults_host_reset,
    .platform_reset = faults_platform_reset,
    .d0i3 = faults_d0i3,
    .pg_isolation = faults_pg_isolation,
};

/* ---- life ---- */

SwmeFaults *swme_faults_new(const HeciDeviceOps *device, void *device_opaque, SwmeClock *clock)
{
    SwmeFaults *faults = g_new0(SwmeFaults, 1);

    faults->device = device;
    faults->device_opaque = device_opaque;
    faults->clock = clock;
    faults->timer = clock->timer_new(clock, fault_queue_run, faults);
    faults->rules = g_ptr_array_new_with_free_func((GDestroyNotify)fault_rule_free);
    faults->next_id = 1;
    g_queue_init(&faults->items);
    return faults;
}

void swme_faults_attach(SwmeFaults *faults, const HeciFirmwareOps *firmware, void *firmware_opaque,
                        const SwmeFaultHooks *hooks)
{
    static const SwmeFaultHooks none;

    faults->firmware = firmware;
    faults->firmware_opaque = firmware_opaque;
    faults->hooks = hooks ? hooks : &none;
}

void swme_faults_free(SwmeFaults *faults)
{
    if (faults) {
        fault_queue_clear(faults);
        faults->clock->timer_free(faults->timer);
        g_ptr_array_unref(faults->rules);
        g_free(faults->started);
        g_free(faults);
    }
}

void swme_faults_set_trace(SwmeFaults *faults, SwmeFaultFunc func, void *opaque)
{
    faults->trace = func;
    faults->trace_opaque = opaque;
}

/* ---- the list ---- */

static bool no_such_client(const SwmeFaults *faults, const char *name, GError **error)
{
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(SwmeSuggestion));
    g_autofree char *shown = swme_error_text(name);
    g_autofree char *near = NULL;

    for (const MeClientRow *row = me_client_rows; row->class; row++) {
        SwmeSuggestion suggestion = {row->class->name, row->class->name};

        if (faults->hooks->client_address &&
            faults->hooks->client_address(faults->firmware_opaque, row->class->name)) {
            g_array_append_val(rows, suggestion);
        }
    }
    near = swme_suggest(name, (const SwmeSuggestion *)rows->data, rows->len);
    g_set_error(error, SWME_ERROR, SWME_ERROR_ARGUMENT, "this firmware has no client '%s'%s%s",
                shown, near ? ": near are " : "", near ? near : "");
    return false;
}

bool fault_rule_bind(const SwmeFaults *faults, FaultRule *rule, GError **error)
{
    if (rule->client && rule->me_addr == 0) {
        rule->me_addr = faults->hooks->client_address
                            ? faults->hooks->client_address(faults->firmware_opaque, rule->client)
                            : 0;
        if (rule->me_addr == 0) {
            return no_such_client(faults, rule->client, error);
        }
    }
    if ((rule->action->hook == FAULT_HOOK_RESET && !faults->hooks->reset) ||
        (rule->action->hook == FAULT_HOOK_CLIENT && !faults->hooks->set_client)) {
        g_set_error(error, SWME_ERROR, SWME_ERROR_ARGUMENT,
                    "this firmware does not take the fault '%s'", rule->action->name);
        return false;
    }
    return true;
}

/* A rule about a status word is felt as it comes, and as it goes. */
static void status_changed(SwmeFaults *faults, const FaultRule *rule)
{
    unsigned int index = rule->word - 1;

    fault_update(faults);
    if ((rule->type.kinds & FAULT_STATUS) && index < HECI_HFS_COUNT && faults->status_set[index]) {
        fault_put_status(faults, index);
    }
}

bool swme_faults_add(SwmeFaults *faults, const char *text, uint32_t *first, uint32_t *last,
                     GError **error)
{
    g_autoptr(GPtrArray) rules = fault_rules_parse(text, error);

    if (!rules) {
        return false;
    }
    if (rules->len > SWME_FAULTS_MAX - faults->rules->len || faults->next_id > UINT32_MAX / 2) {
        g_set_error(error, SWME_ERROR, SWME_ERROR_ARGUMENT,
                    "no more than %u fault rules at once, and %u are there", SWME_FAULTS_MAX,
                    faults->rules->len);
        return false;
    }
    for (guint i = 0; i < rules->len; i++) {
        if (!fault_rule_bind(faults, rules->pdata[i], error)) {
            return false;
        }
    }
    if (first) {
        *first = faults->next_id;
    }
    for (guint i = 0; i < rules->len; i++) {
        FaultRule *rule = rules->pdata[i];

        rule->id = faults->next_id++;
        g_ptr_array_add(faults->rules, rule);
        status_changed(faults, rule);
    }
    if (last) {
        *last = faults->next_id - 1;
    }
    g_ptr_array_set_free_func(rules, NULL);
    return true;
}

static void remove_index(SwmeFaults *faults, guint index)
{
    FaultRule *rule = g_ptr_array_steal_index(faults->rules, index);

    status_changed(faults, rule);
    fault_rule_free(rule);
}

bool swme_faults_remove(SwmeFaults *faults, uint32_t id)
{
    for (guint i = 0; i < faults->rules->len; i++) {
        if (((FaultRule *)faults->rules->pdata[i])->id == id) {
            remove_index(faults, i);
            return true;
        }
    }
    return false;
}

unsigned int swme_faults_remove_name(SwmeFaults *faults, const char *name)
{
    unsigned int count = 0;

    for (guint i = faults->rules->len; i > 0; i--) {
        if (swme_same_name(((FaultRule *)faults->rules->pdata[i - 1])->name, name)) {
            remove_index(faults, i - 1);
            count++;
        }
    }
    return count;
}

void swme_faults_clear(SwmeFaults *faults)
{
    while (faults->rules->len > 0) {
        remove_index(faults, faults->rules->len - 1);
    }
    faults->lose_next = false;
    fault_queue_release(faults);
}

static bool add_started(SwmeFaults *faults, GError **error)
{
    return g_str_equal(faults->started, "none") ||
           swme_faults_add(faults, faults->started, NULL, NULL, error);
}

bool swme_faults_start(SwmeFaults *faults, const char *text, GError **error)
{
    faults->started = g_strdup(text);
    if (!add_started(faults, error)) {
        g_clear_pointer(&faults->started, g_free);
        return false;
    }
    return true;
}

bool fault_restart(SwmeFaults *faults, GError **error)
{
    while (faults->rules->len > 0) {
        remove_index(faults, faults->rules->len - 1);
    }
    return add_started(faults, error);
}

bool swme_faults_untouched(const SwmeFaults *faults)
{
    return faults->rules->len == 0 && !faults->active;
}

unsigned int swme_faults_count(const SwmeFaults *faults)
{
    return faults->rules->len;
}

void swme_faults_info(const SwmeFaults *faults, unsigned int index, SwmeFaultInfo *info)
{
    const FaultRule *rule = faults->rules->pdata[index];

    *info = (SwmeFaultInfo){
        .id = rule->id,
        .name = rule->name,
        .rule = rule->text,
        .matches = rule->matches,
        .hits = rule->hits,
        .spent = fault_rule_spent(rule),
    };
}
