/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The action "fuzz": what is sent is damaged in a way that the rule's seed chooses, each time anew.
 * What it knows of the protocol is where it pays: lengths, commands, addresses, and the numbers at
 * which checks of them go wrong. scripts/fuzz kernel is made of it.
 */
#include "firmware-sim/fault/fault-internal.h"

#include <string.h>

#include <swme/bytes.h>
#include <swme/hbm.h>

/* The header's length field: the longest payload that a header can tell. */
#define PAYLOAD_MAX MEI_HDR_LENGTH_MAX

static uint32_t below(FaultRule *rule, size_t bound)
{
    return (uint32_t)(fault_random(rule) % MAX(bound, 1));
}

/* Where checks of a length, an address or a count go wrong; or any number. */
static uint32_t telling_number(FaultRule *rule)
{
    static const uint32_t numbers[] = {
        0,      1,       2,          3,          4,          0x1f,       0x20,
        0x7f,   0x80,    0xff,       0x100,      0x1ff,      0x200,      0x7fff,
        0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff,
    };
    uint32_t index = below(rule, G_N_ELEMENTS(numbers) + 4);

    return index < G_N_ELEMENTS(numbers) ? numbers[index] : (uint32_t)fault_random(rule);
}

static bool some_bytes(SwmeFaults *faults, FaultRule *rule, FaultEvent *event)
{
    size_t payload = event->size - MEI_HEADER_SIZE;

    (void)faults;
    if (payload == 0) {
        return false;
    }
    for (uint32_t left = 1 + below(rule, 4); left > 0; left--) {
        event->packet[MEI_HEADER_SIZE + below(rule, payload)] = (uint8_t)telling_number(rule);
    }
    return true;
}

static bool one_word(SwmeFaults *faults, FaultRule *rule, FaultEvent *event)
{
    size_t words = (event->size - MEI_HEADER_SIZE) / sizeof(uint32_t);

    (void)faults;
    if (words == 0) {
        return false;
    }
    swme_put_le32(event->packet + MEI_HEADER_SIZE + below(rule, words) * sizeof(uint32_t),
                  telling_number(rule));
    return true;
}

static bool shorter(SwmeFaults *faults, FaultRule *rule, FaultEvent *event)
{
    size_t payload = event->size - MEI_HEADER_SIZE;

    (void)faults;
    if (payload == 0) {
        return false;
    }
    fault_resize(event, MEI_HEADER_SIZE + below(rule, payload));
    return true;
}

static bool longer(SwmeFaults *faults, FaultRule *rule, FaultEvent *event)
{
    /* Within what the ring takes, or it would wait for ever. */
    size_t room = MIN(MEI_HEADER_SIZE + (size_t)PAYLOAD_MAX, FAULT_GROWN_MAX);
    size_t size = event->size;

    (void)faults;
    if (size >= room) {
        return false;
    }
    size += 1 + below(rule, room - size);
    for (size_t at = event->size; at < size; at++) {
        event->packet[at] = (uint8_t)fault_random(rule);
    }
    fault_resize(event, size);
    return true;
}

static uint8_t any_command(FaultRule *rule)
{
    uint8_t command = (uint8_t)below(rule, HBM_CLIENT_DMA_UNMAP + 2);

    return below(rule, 2) ? command | HBM_RESPONSE : command;
}

static bool another_command(SwmeFaults *faults, FaultRule *rule, FaultEvent *event)
{
    (void)faults;
    if (!(event->kinds & FAULT_HBM)) {
        return false;
    }
    event->packet[MEI_HEADER_SIZE] = any_command(rule);
    return true;
}

/* The size stays: what the header tells of it no longer fits. */
static bool header(SwmeFaults *faults, FaultRule *rule, FaultEvent *event)
{
    (void)faults;
    event->packet[below(rule, MEI_HEADER_SIZE)] ^= (uint8_t)(1 + below(rule, 0xff));
    return true;
}

/* A host bus message that nobody asked for, about the client that the packet is about. */
static bool unasked(SwmeFaults *faults, FaultRule *rule, FaultEvent *event)
{
    uint8_t packet[MEI_HEADER_SIZE + HBM_DMA_SETUP_REQ_SIZE];
    uint32_t size = 1 + below(rule, HBM_DMA_SETUP_REQ_SIZE);
    uint8_t message[HBM_DMA_SETUP_REQ_SIZE];

    for (size_t at = 0; at < sizeof(message); at++) {
        message[at] = (uint8_t)telling_number(rule);
    }
    message[HBM_OFF_COMMAND] = any_command(rule);
    message[HBM_OFF_ME_ADDR] = event->me_addr;
    message[HBM_OFF_HOST_ADDR] = event->host_addr;
    swme_put_le32(packet, mei_hdr(MEI_HBM_ADDR, MEI_HBM_ADDR, size, true));
    memcpy(packet + MEI_HEADER_SIZE, message, size);
    return fault_queue_add(faults, FAULT_ITEM_PACKET, FAULT_TO_HOST, 0, packet,
                           MEI_HEADER_SIZE + size) != NULL;
}

static const struct {
    uint8_t share;
    bool (*strike)(SwmeFaults *faults, FaultRule *rule, FaultEvent *event);
} ways[] = {
    {28, some_bytes}, {14, one_word}, {14, shorter},   {14, longer},         {8, another_command},
    {4, header},      {8, unasked},   {3, fault_drop}, {4, fault_duplicate}, {3, fault_reorder},
};

#define SHARES 100

bool fault_fuzz(SwmeFaults *faults, FaultRule *rule, FaultEvent *event)
{
    uint32_t share = below(rule, SHARES);
    size_t i = 0;

    while (i < G_N_ELEMENTS(ways) - 1 && share >= ways[i].share) {
        share -= ways[i++].share;
    }
    /* What cannot be done to this packet is always possible to its header. */
    return ways[i].strike(faults, rule, event) || header(faults, rule, event);
}
