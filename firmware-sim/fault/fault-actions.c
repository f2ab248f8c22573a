/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a fault can do: each action once, whatever message or client it strikes. */
#include "firmware-sim/fault/fault-internal.h"

#include <string.h>

#include <swme/bytes.h>
#include <swme/hbm.h>

#include "firmware-sim/latency.h"

void fault_resize(FaultEvent *event, size_t size)
{
    uint32_t header = swme_get_le32(event->packet) & ~((uint32_t)MEI_HDR_LENGTH_MAX << 16);

    event->size = size;
    swme_put_le32(event->packet, header | (uint32_t)(size - MEI_HEADER_SIZE) << 16);
}

/* ---- whole packets ---- */

bool fault_drop(SwmeFaults *faults, FaultRule *rule, FaultEvent *event)
{
    (void)faults;
    (void)rule;
    event->swallowed = true;
    return true;
}

static bool delay(SwmeFaults *faults, FaultRule *rule, FaultEvent *event)
{
    const FaultItem *behind = fault_queue_behind(faults, event->way, event->packet);
    FaultItem *item = fault_queue_add(faults, FAULT_ITEM_PACKET, event->way, rule->time_ns,
                                      event->packet, event->size);

    if (item && behind && behind->due_ns > item->due_ns) {
        g_queue_remove(&faults->items, item);
        item->due_ns = behind->due_ns; /* late, but in its turn */
        fault_queue_insert(faults, item);
    }
    event->swallowed = item != NULL;
    return event->swallowed;
}

bool fault_duplicate(SwmeFaults *faults, FaultRule *rule, FaultEvent *event)
{
    FaultItem *item = fault_queue_add(faults, FAULT_ITEM_PACKET, event->way, rule->time_ns,
                                      event->packet, event->size);

    if (item) {
        item->copies = rule->copies;
    }
    return item != NULL;
}

bool fault_reorder(SwmeFaults *faults, FaultRule *rule, FaultEvent *event)
{
    FaultItem *item = fault_queue_add(faults, FAULT_ITEM_PACKET, event->way, rule->time_ns,
                                      event->packet, event->size);

    if (item) {
        item->until_next = true;
        event->swallowed = true;
    }
    return item != NULL;
}

/* ---- what is in a packet ---- */

static bool truncate_packet(SwmeFaults *faults, FaultRule *rule, FaultEvent *event)
{
    size_t size = MEI_HEADER_SIZE + (size_t)rule->length;

    (void)faults;
    if (size >= event->size) {
        return false;
    }
    fault_resize(event, size);
    return true;
}

static bool extend(SwmeFaults *faults, FaultRule *rule, FaultEvent *event)
{
    size_t size = MIN(event->size + rule->length, FAULT_GROWN_MAX);

    (void)faults;
    if (size <= event->size) {
        return false;
    }
    memset(event->packet + event->size, (int)(rule->value & 0xff), size - event->size);
    fault_resize(event, size);
    return true;
}

static bool corrupt(SwmeFaults *faults, FaultRule *rule, FaultEvent *event)
{
    size_t length = rule->data_size ? rule->data_size : rule->length;
    size_t end = MIN(event->size, (size_t)rule->offset + length);

    (void)faults;
    for (size_t at = rule->offset; at < end; at++) {
        uint8_t value = rule->data_size ? rule->data[at - rule->offset] : (uint8_t)rule->value;

        event->packet[at] = (uint8_t)((event->packet[at] & ~rule->mask) | (value & rule->mask));
    }
    return rule->offset < end;
}

static bool mutate(SwmeFaults *faults, FaultRule *rule, FaultEvent *event)
{
    uint64_t changes;

    (void)faults;
    if (rule->offset >= event->size) {
        return false;
    }
    changes = 1 + fault_random(rule) % MAX(rule->length, 1);
    for (uint64_t i = 0; i < changes; i++) {
        size_t at = rule->offset + fault_random(rule) % (event->size - rule->offset);

        event->packet[at] ^= (uint8_t)(1 + fault_random(rule) % 0xff);
    }
    return true;
}

/* Where an answer has its status, in bytes from the command; 0 for one that has none. */
static unsigned int status_offset(uint8_t command)
{
    switch (command) {
    case HBM_START | HBM_RESPONSE:
        return HBM_START_RES_SUPPORTED;
    case HBM_PROPERTIES | HBM_RESPONSE:
        return HBM_PROPERTIES_RES_STATUS;
    case HBM_CONNECT | HBM_RESPONSE:
    case HBM_DISCONNECT | HBM_RESPONSE:
        return HBM_CONNECTION_RES_STATUS;
    case HBM_NOTIFY | HBM_RESPONSE:
        return HBM_NOTIFY_RES_STATUS;
    case HBM_DMA_SETUP | HBM_RESPONSE:
        return HBM_DMA_SETUP_RES_STATUS;
    case HBM_CLIENT_DMA_MAP | HBM_RESPONSE:
    case HBM_CLIENT_DMA_UNMAP | HBM_RESPONSE:
        return HBM_CLIENT_DMA_RES_STATUS;
    default:
        return 0;
    }
}

/* The firmware never sees the request: the answer to it is made here. */
static bool refuse(SwmeFaults *faults, FaultRule *rule, FaultEvent *event)
{
    uint8_t answer[MEI_HEADER_SIZE + HBM_CONNECTION_SIZE] = {0};
    size_t size = HBM_CONNECTION_SIZE;
    unsigned int status = HBM_CONNECTION_RES_STATUS;

    if (event->command == HBM_DMA_SETUP) {
        size = HBM_DMA_SETUP_RES_SIZE;
        status = HBM_DMA_SETUP_RES_STATUS;
    } else if (event->command == HBM_CONNECT) {
        answer[MEI_HEADER_SIZE + HBM_OFF_ME_ADDR] = event->me_addr;
        answer[MEI_HEADER_SIZE + HBM_OFF_HOST_ADDR] = event->host_addr;
    } else {
        return false;
    }
    swme_put_le32(answer, mei_hdr(MEI_HBM_ADDR, MEI_HBM_ADDR, (unsigned int)size, true));
    answer[MEI_HEADER_SIZE] = event->command | HBM_RESPONSE;
    answer[MEI_HEADER_SIZE + status] = (uint8_t)rule->value;
    event->swallowed = fault_queue_add(faults, FAULT_ITEM_PACKET, FAULT_TO_HOST, rule->time_ns,
                                       answer, MEI_HEADER_SIZE + size) != NULL;
    return event->swallowed;
}

/*
 * What is refused must not exist on the other side, be it a connection or DMA rings. Every other
 * answer is the firmware's own, with another status.
 */
static bool set_status(SwmeFaults *faults, FaultRule *rule, FaultEvent *event)
{
    unsigned int offset = status_offset(event->command);

    if (event->way == FAULT_TO_FIRMWARE) {
        return refuse(faults, rule, event);
    }
    if (offset == 0 || event->size <= MEI_HEADER_SIZE + offset) {
        return false;
    }
    event->packet[MEI_HEADER_SIZE + offset] = (uint8_t)rule->value;
    return true;
}

/* ---- the firmware's behaviour ---- */

static bool hang(SwmeFaults *faults, FaultRule *rule, FaultEvent *event)
{
    faults->hang = true;
    event->swallowed = event->packet != NULL; /* nobody is left to handle it */
    if (rule->time_ns) {
        fault_queue_add(faults, FAULT_ITEM_WAKE, FAULT_BOTH_WAYS, rule->time_ns, NULL, 0);
    }
    return true;
}

/* At once: what triggered it is the last that the firmware did. Later: life goes on until then. */
bool fault_reset(SwmeFaults *faults, FaultRule *rule, FaultEvent *event)
{
    if (!fault_queue_add(faults, FAULT_ITEM_RESET, FAULT_BOTH_WAYS, rule->time_ns, NULL, 0)) {
        return false;
    }
    if (rule->time_ns == 0) {
        faults->hold = true;
        event->swallowed = event->packet != NULL;
    }
    return true;
}

static bool refuse_ready(SwmeFaults *faults, FaultRule *rule, FaultEvent *event)
{
    event->swallowed = true;
    if (rule->time_ns) {
        fault_queue_add(faults, FAULT_ITEM_READY, FAULT_BOTH_WAYS, rule->time_ns, NULL, 0);
    }
    return true;
}

static bool vanish_client(SwmeFaults *faults, FaultRule *rule, FaultEvent *event)
{
    uint8_t me_addr = rule->me_addr ? rule->me_addr : event->me_addr;
    bool swallows = (event->kinds & FAULT_DATA) != 0; /* it goes with the client */
    FaultItem *item = NULL;

    /* A packet that is counted and stays may have to wait, too. Without room for it the firmware
     * would try it again as soon as the client is gone, and have another one vanish, for ever. */
    if (me_addr != 0 && (swallows || faults->items.length + 1 < FAULT_ITEMS_MAX)) {
        item = fault_queue_add(faults, FAULT_ITEM_VANISH, FAULT_BOTH_WAYS, 0, NULL, 0);
    }
    if (item) {
        item->me_addr = me_addr;
        item->away_ns = rule->time_ns;
        event->swallowed = swallows;
    }
    return item != NULL;
}

static bool inject(SwmeFaults *faults, FaultRule *rule, FaultEvent *event)
{
    uint8_t packet[MEI_HEADER_SIZE + FAULT_DATA_MAX];
    bool bus = rule->to != FAULT_TO_CONNECTION;
    FaultItem *item;

    if (rule->to != FAULT_TO_BUS && event->me_addr == 0) {
        return false;
    }
    swme_put_le32(packet,
                  mei_hdr(bus ? MEI_HBM_ADDR : event->me_addr,
                          bus ? MEI_HBM_ADDR : event->host_addr, (uint16_t)rule->data_size, true));
    memcpy(packet + MEI_HEADER_SIZE, rule->data, rule->data_size);
    if (rule->to == FAULT_TO_PAIR) {
        packet[MEI_HEADER_SIZE + HBM_OFF_ME_ADDR] = event->me_addr;
        packet[MEI_HEADER_SIZE + HBM_OFF_HOST_ADDR] = event->host_addr;
    }
    item = fault_queue_add(faults, FAULT_ITEM_PACKET, FAULT_TO_HOST, rule->time_ns, packet,
                           MEI_HEADER_SIZE + rule->data_size);
    if (item) {
        item->copies = rule->copies;
    }
    return item != NULL;
}

/* ---- lines and words ---- */

static bool lose_interrupt(SwmeFaults *faults, FaultRule *rule, FaultEvent *event)
{
    (void)rule;
    if (event->kinds & FAULT_INTERRUPT) {
        event->swallowed = true;
    } else {
        faults->lose_next = true; /* the one that would tell of this */
    }
    return true;
}

static bool spurious_interrupt(SwmeFaults *faults, FaultRule *rule, FaultEvent *event)
{
    FaultItem *item =
        fault_queue_add(faults, FAULT_ITEM_INTERRUPT, FAULT_TO_HOST, rule->time_ns, NULL, 0);

    (void)event;
    if (item) {
        item->copies = rule->copies;
        item->interval_ns = rule->time_ns;
    }
    return item != NULL;
}

/* Never is longer than anybody waits; so that taking the rules away frees what is stuck. */
static int64_t time_or_never(const FaultRule *rule)
{
    return rule->time_ns ? rule->time_ns : SWME_LATENCY_MAX_NS;
}

static bool stuck_d0i3(SwmeFaults *faults, FaultRule *rule, FaultEvent *event)
{
    event->swallowed = fault_queue_add(faults, FAULT_ITEM_D0I3_DONE, FAULT_BOTH_WAYS,
                                       time_or_never(rule), NULL, 0) != NULL;
    return event->swallowed;
}

static bool stuck_pg(SwmeFaults *faults, FaultRule *rule, FaultEvent *event)
{
    event->swallowed = fault_queue_add(faults, FAULT_ITEM_PG_EXIT, FAULT_BOTH_WAYS,
                                       time_or_never(rule), NULL, 0) != NULL;
    return event->swallowed;
}

static bool status_word(SwmeFaults *faults, FaultRule *rule, FaultEvent *event)
{
    unsigned int index = rule->word - 1;

    if (event->kinds & FAULT_STATUS) {
        event->value = (event->value & ~rule->mask) | (rule->value & rule->mask);
        return true;
    }
    faults->device->set_status(faults->device_opaque, index,
                               (faults->status[index] & ~rule->mask) | (rule->value & rule->mask));
    return true;
}

/* ---- the table ---- */

/* What makes sense on any event: it is only the trigger. */
#define ANY_EVENT                                                                              \
    (FAULT_PACKETS | FAULT_READY | FAULT_INTERRUPT | FAULT_DRAIN | FAULT_STATUS | FAULT_D0I3 | \
     FAULT_PG_EXIT)
#define BYTES_KEYS (FAULT_KEY_OFFSET | FAULT_KEY_LENGTH | FAULT_KEY_VALUE)

const FaultAction fault_actions[] = {
    {"drop", "the packet is lost", FAULT_PACKETS, 0, 0, "ANY", FAULT_BOTH_WAYS, 1, FAULT_HOOK_NONE,
     fault_drop},
    {"delay", "the packet comes time= later; others of the same connection wait behind it",
     FAULT_PACKETS, FAULT_KEY_TIME, FAULT_KEY_TIME, "ANY", FAULT_BOTH_WAYS, 1, FAULT_HOOK_NONE,
     delay},
    {"duplicate", "the packet comes copies= more times", FAULT_PACKETS,
     FAULT_KEY_TIME | FAULT_KEY_COPIES, 0, "ANY", FAULT_BOTH_WAYS, 1, FAULT_HOOK_NONE,
     fault_duplicate},
    {"reorder", "the packet comes after the next one of its direction, or time= later",
     FAULT_PACKETS, FAULT_KEY_TIME, 0, "ANY", FAULT_BOTH_WAYS, 1, FAULT_HOOK_NONE, fault_reorder},
    {"truncate", "length= bytes are left of what follows the header", FAULT_PACKETS,
     FAULT_KEY_LENGTH, FAULT_KEY_LENGTH, "ANY", FAULT_BOTH_WAYS, 1, FAULT_HOOK_NONE,
     truncate_packet},
    {"extend", "length= bytes of value= are added", FAULT_PACKETS,
     FAULT_KEY_LENGTH | FAULT_KEY_VALUE, FAULT_KEY_LENGTH, "ANY", FAULT_BOTH_WAYS, 1,
     FAULT_HOOK_NONE, extend},
    {"corrupt", "at offset= stands data=, or length= bytes take value= where mask= has ones",
     FAULT_PACKETS, BYTES_KEYS | FAULT_KEY_MASK | FAULT_KEY_DATA, 0, "ANY", FAULT_BOTH_WAYS, 1,
     FAULT_HOOK_NONE, corrupt},
    {"mutate", "one to length= random bytes from offset= on change", FAULT_PACKETS,
     FAULT_KEY_OFFSET | FAULT_KEY_LENGTH, 0, "ANY", FAULT_BOTH_WAYS, 1, FAULT_HOOK_NONE, mutate},
    {"fuzz",
     "what is sent is damaged in ways that the seed chooses: bytes, size, command, order, ...",
     FAULT_PACKETS, 0, 0, "ANY", FAULT_TO_HOST, 0, FAULT_HOOK_RESET, fault_fuzz},
    {"set-status", "an answer's status is value=; a CONNECT or DMA_SETUP is refused with it",
     FAULT_HBM, FAULT_KEY_VALUE | FAULT_KEY_TIME, FAULT_KEY_VALUE | FAULT_KEY_TYPE, "HBM",
     FAULT_BOTH_WAYS, 1, FAULT_HOOK_NONE, set_status},
    {"starve-credits", "flow-control credits to the host are lost", FAULT_HBM, 0, 0, "FLOW_CONTROL",
     FAULT_TO_HOST, 0, FAULT_HOOK_NONE, fault_drop},
    {"flood-credits", "each flow-control credit to the host comes copies= more times", FAULT_HBM,
     FAULT_KEY_COPIES | FAULT_KEY_TIME, 0, "FLOW_CONTROL", FAULT_TO_HOST, 1, FAULT_HOOK_NONE,
     fault_duplicate},
    {"inject", "the firmware sends data= copies= times, as to= says", ANY_EVENT,
     FAULT_KEY_DATA | FAULT_KEY_TO | FAULT_KEY_COPIES | FAULT_KEY_TIME,
     FAULT_KEY_DATA | FAULT_KEY_TYPE, "ANY", FAULT_BOTH_WAYS, 1, FAULT_HOOK_NONE, inject},
    {"hang", "the firmware does nothing until the link is reset, or for time=", ANY_EVENT,
     FAULT_KEY_TIME, FAULT_KEY_TYPE, "ANY", FAULT_BOTH_WAYS, 1, FAULT_HOOK_NONE, hang},
    {"reset", "the firmware resets itself, instead of what the trigger asked for or time= later",
     ANY_EVENT, FAULT_KEY_TIME, FAULT_KEY_TYPE, "ANY", FAULT_BOTH_WAYS, 1, FAULT_HOOK_RESET,
     fault_reset},
    {"refuse-ready", "the firmware does not become ready, or time= later", FAULT_READY,
     FAULT_KEY_TIME, 0, "READY", FAULT_TO_HOST, 1, FAULT_HOOK_NONE, refuse_ready},
    {"vanish-client",
     "the client goes with its connections, and comes back after time=", FAULT_PACKETS,
     FAULT_KEY_TIME, 0, "DATA", FAULT_BOTH_WAYS, 1, FAULT_HOOK_CLIENT, vanish_client},
    {"lose-interrupt", "an interrupt is lost: this one, or the one that would tell of the packet",
     FAULT_PACKETS | FAULT_READY | FAULT_INTERRUPT | FAULT_DRAIN, 0, 0, "INTERRUPT", FAULT_TO_HOST,
     1, FAULT_HOOK_NONE, lose_interrupt},
    {"spurious-interrupt", "copies= interrupts without a cause, time= apart", ANY_EVENT,
     FAULT_KEY_TIME | FAULT_KEY_COPIES, 0, "READY", FAULT_BOTH_WAYS, 1, FAULT_HOOK_NONE,
     spurious_interrupt},
    {"stuck-d0i3", "a D0i3 transition does not end, or time= later", FAULT_D0I3, FAULT_KEY_TIME, 0,
     "D0I3", FAULT_TO_HOST, 1, FAULT_HOOK_NONE, stuck_d0i3},
    {"stuck-pg", "the host is not let out of legacy isolation, or time= later", FAULT_PG_EXIT,
     FAULT_KEY_TIME, 0, "ISOLATION-EXIT", FAULT_TO_FIRMWARE, 1, FAULT_HOOK_NONE, stuck_pg},
    {"status-word", "firmware status word word= takes value= where mask= has ones", ANY_EVENT,
     FAULT_KEY_WORD | FAULT_KEY_VALUE | FAULT_KEY_MASK, FAULT_KEY_WORD | FAULT_KEY_VALUE, "STATUS",
     FAULT_BOTH_WAYS, 0, FAULT_HOOK_NONE, status_word},
    {0},
};

bool swme_fault_action_word(unsigned int index, SwmeFaultWord *word)
{
    if (index >= G_N_ELEMENTS(fault_actions) - 1) {
        return false;
    }
    *word = (SwmeFaultWord){fault_actions[index].name, fault_actions[index].help};
    return true;
}
