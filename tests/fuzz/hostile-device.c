/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/hostile-device.h"

#include <string.h>

#include <swme/bytes.h>
#include <swme/hbm.h>
#include <swme/heci-regs.h>
#include <swme/me-clients.h>

#include "host-driver/mei.h"

#define ACCESS_MAX   20000 /* of registers, in one input: beyond, the device is gone */
#define ACCESS_AFTER 20000 /* what a driver may still do until it has noticed, and to clean up */

#define INTERRUPT_TIME MEI_NS_PER_US
#define STUCK_TIME     (100 * MEI_NS_PER_MS) /* likewise, when the line is never lowered */
/* Waits may end late by one interrupt each. */
#define LATE MEI_NS_PER_S

/* ---- what it sends ---- */

static void push(Hostile *h, uint32_t slot)
{
    h->ring[h->me_wp++ % HOSTILE_SLOTS] = slot;
}

static void send(Hostile *h, uint32_t header, const uint8_t *data, size_t size)
{
    push(h, header);
    for (size_t i = 0; i < size; i += 4) {
        uint8_t slot[4] = {0};

        memcpy(slot, data + i, size - i < 4 ? size - i : 4);
        push(h, swme_get_le32(slot));
    }
    h->h_bits |= H_CSR_IS;
}

static void send_hbm(Hostile *h, const uint8_t *data, size_t size)
{
    send(h, mei_hdr(0, 0, (uint16_t)size, true), data, size);
}

/* A byte of the input may break each answer; whatever it is, its length stays within the ring. */
static void honest_answer(Hostile *h, const uint8_t *m)
{
    static const SwmeGuid guids[] = {SWME_GUID_ECHO, SWME_GUID_AMTHI, SWME_GUID_MKHI_FIXED};
    uint8_t r[64] = {(uint8_t)(m[0] | HBM_RESPONSE), m[1], m[2]};
    size_t size = 4;

    switch (m[0]) {
    case HBM_START:
        r[1] = 1;
        r[2] = HBM_MINOR_MAX;
        r[3] = HBM_MAJOR_MAX;
        break;
    case HBM_CAPABILITIES:
        r[1] = HBM_CAP_VTAG;
        break;
    case HBM_ENUM:
        r[HBM_ENUM_RES_BITMAP] = 0x0e;
        size = HBM_ENUM_RES_SIZE;
        break;
    case HBM_PROPERTIES:
        memcpy(r + HBM_PROPERTIES_BLOCK + HBM_PROP_GUID, guids[(m[1] - 1) % 3].bytes,
               SWME_GUID_SIZE);
        r[HBM_PROPERTIES_BLOCK + HBM_PROP_MAX_CONNECTIONS] = 3;
        r[HBM_PROPERTIES_BLOCK + HBM_PROP_FIXED_ADDRESS] = m[1] == 3 ? 3 : 0;
        r[HBM_PROPERTIES_BLOCK + HBM_PROP_FLAGS] = HBM_PROP_FLAG_VTAG;
        swme_put_le32(r + HBM_PROPERTIES_BLOCK + HBM_PROP_MAX_LENGTH, 1024);
        size = HBM_PROPERTIES_RES_SIZE;
        break;
    case HBM_CONNECT:
        r[3] = 0;
        break;
    case HBM_NOTIFY:
        r[4] = m[3];
        size = HBM_NOTIFY_RES_SIZE;
        break;
    case HBM_PG_EXIT | HBM_RESPONSE:
        h->h_bits |= H_CSR_IS; /* out of isolation */
        return;
    case HBM_PG_ENTRY:
    case HBM_DISCONNECT:
        break;
    default:
        return;
    }
    if (fuzz_u8(&h->input) >= 0xf0) {
        r[fuzz_u8(&h->input) % size] = fuzz_u8(&h->input);
    }
    send_hbm(h, r, size);
    if (m[0] == HBM_CONNECT) {
        uint8_t credit[HBM_FLOW_CONTROL_SIZE] = {HBM_FLOW_CONTROL, m[1], m[2]};

        send_hbm(h, credit, sizeof(credit));
    }
}

static void hostile_packet(Hostile *h)
{
    uint8_t data[64];
    uint8_t kind = fuzz_u8(&h->input);
    size_t size = fuzz_u8(&h->input) % sizeof(data);

    for (size_t i = 0; i < size; i++) {
        data[i] = fuzz_u8(&h->input);
    }
    if (kind & 1) {
        send_hbm(h, data, size);
    } else if (kind & 2) {
        send(h,
             mei_hdr((uint8_t)(1 + (kind >> 2) % 3), (uint8_t)(1 + (kind >> 4) % 4), (uint16_t)size,
                     kind & 0x80),
             data, size);
    } else {
        send(h, fuzz_u32(&h->input), data, size);
    }
}

/* The end of a message to a client: it may have an answer, and make room for the next. */
static void echo(Hostile *h, uint32_t header, const uint8_t *data)
{
    uint8_t credit[HBM_FLOW_CONTROL_SIZE] = {HBM_FLOW_CONTROL, MEI_HDR_ME_ADDR(header),
                                             MEI_HDR_HOST_ADDR(header)};
    uint8_t how = fuzz_u8(&h->input);
    size_t size = MEI_HDR_LENGTH(header);

    if (how & 1) {
        send_hbm(h, credit, sizeof(credit));
    }
    if (how & 2) {
        send(h, mei_hdr(credit[1], credit[2], (uint16_t)(size < 16 ? size : 16), true), data,
             size < 16 ? size : 16);
    }
}

/* ---- what it is sent ---- */

static void host_bus_message(Hostile *h, const uint8_t *m)
{
    if (m[0] == HBM_CAPABILITIES || m[0] == HBM_ENUM || m[0] == HBM_PROPERTIES) {
        h->allowed += MEI_TIMEOUT_ENUMERATE;
    }
    if (h->honest) {
        honest_answer(h, m);
    }
}

static void whole_packet(Hostile *h)
{
    uint32_t header = h->packet[0];
    uint8_t m[16] = {0};

    for (unsigned int i = 0; i < 4 && i + 1 < h->packet_slots; i++) {
        swme_put_le32(m + 4 * i, h->packet[1 + i]);
    }
    h->packet_slots = 0;
    if (MEI_HDR_ME_ADDR(header) == MEI_HBM_ADDR && MEI_HDR_HOST_ADDR(header) == MEI_HBM_ADDR) {
        host_bus_message(h, m);
    } else if (h->honest && (header & MEI_HDR_COMPLETE)) {
        echo(h, header, m);
    }
}

static void write_h_csr(Hostile *h, uint32_t value)
{
    bool edge = (value & H_CSR_RST) && !(h->h_bits & H_CSR_RST);

    h->h_bits &= ~(h->stuck ? 0 : value & H_CSR_W1C_MASK);
    h->h_bits = (h->h_bits & H_CSR_W1C_MASK) |
                (value & (H_CSR_IE | H_CSR_RDY | H_CSR_RST | H_CSR_D0I3C_IE));
    if (!edge) {
        return;
    }
    h->h_bits &= ~H_CSR_RDY;
    h->h_wp = h->h_rp = h->me_wp = h->me_rp = 0;
    h->packet_slots = 0;
    h->me_bits = h->legacy ? ME_CSR_PGIC : 0;
    if (!h->lies || fuzz_u8(&h->input) < 0xf0) {
        h->me_bits |= ME_CSR_RDY;
        h->h_bits |= H_CSR_IS;
    }
}

static void write_hpg(Hostile *h, uint32_t value)
{
    static const uint8_t exit[HBM_PG_SIZE] = {HBM_PG_EXIT};

    h->hpg = value & H_HPG_CSR_PGI;
    if ((value & H_HPG_CSR_PGIHEXR) && h->honest && fuzz_u8(&h->input) < 0xe0) {
        h->hpg = 0;
        send_hbm(h, exit, sizeof(exit));
    }
}

static void write32(void *transport, uint32_t offset, uint32_t value)
{
    Hostile *h = transport;

    h->accesses++;
    switch (offset) {
    case HECI_H_CB_WW:
        h->packet[h->packet_slots++ % HOSTILE_SLOTS] = value;
        h->h_wp++;
        if (h->packet_slots >= mei_hdr_slots(h->packet[0])) {
            h->h_rp = h->h_wp;
            whole_packet(h);
        }
        break;
    case HECI_H_CSR:
        write_h_csr(h, value);
        break;
    case HECI_H_HPG_CSR:
        write_hpg(h, value);
        break;
    case HECI_H_D0I3C:
        h->d0i3c = (value & H_D0I3C_I3) | (h->slow_d0i3 ? H_D0I3C_CIP : 0);
        break;
    default:
        FUZZ_MUST(false, "a write of %#x", offset);
    }
}

static uint32_t read32(void *transport, uint32_t offset)
{
    Hostile *h = transport;

    FUZZ_MUST(h->accesses <= ACCESS_MAX + ACCESS_AFTER, "still at it after the device is gone");
    if (++h->accesses > ACCESS_MAX) {
        return UINT32_MAX;
    }
    if (h->lies && h->input.left && h->sound_reads-- == 0) {
        h->sound_reads = fuzz_u8(&h->input);
        return fuzz_u32(&h->input);
    }
    switch (offset) {
    case HECI_H_CSR:
        return h->h_bits | (uint32_t)h->depth << H_CSR_CBD_SHIFT |
               (uint32_t)h->h_wp << H_CSR_CBWP_SHIFT | (uint32_t)h->h_rp << H_CSR_CBRP_SHIFT;
    case HECI_ME_CSR_HA:
        return h->me_bits | (uint32_t)HOSTILE_SLOTS << ME_CSR_CBD_SHIFT |
               (uint32_t)h->me_wp << H_CSR_CBWP_SHIFT | (uint32_t)h->me_rp << H_CSR_CBRP_SHIFT;
    case HECI_ME_CB_RW:
        return h->ring[h->me_rp++ % HOSTILE_SLOTS];
    case HECI_H_HPG_CSR:
        return h->hpg;
    case HECI_H_D0I3C:
        return h->d0i3c;
    default:
        FUZZ_MUST(false, "a read of %#x", offset);
    }
    return 0;
}

static uint32_t config_read32(void *transport, uint32_t offset)
{
    Hostile *h = transport;

    return offset == HECI_CFG_HFS1 && h->honest ? (h->legacy ? 0 : HECI_HFS1_D0I3)
                                                : fuzz_u32(&h->input);
}

/* ---- time ---- */

static int64_t now(void *transport)
{
    return ((Hostile *)transport)->now;
}

static MeiError times_out(Hostile *h, int64_t deadline)
{
    h->now = deadline > h->now ? deadline : h->now;
    return MEI_ERR_TIMEOUT;
}

/* What happens while the driver waits is the input's to say. */
static MeiError wait_for(void *transport, int64_t deadline)
{
    Hostile *h = transport;
    uint32_t bits;

    FUZZ_MUST(deadline <= h->now + MEI_TIMEOUT_ENUMERATE, "a wait of %lld ns",
              (long long)(deadline - h->now));
    h->now += h->stuck ? STUCK_TIME : INTERRUPT_TIME;
    if (h->h_bits & H_CSR_W1C_MASK) {
        return MEI_OK;
    }
    if (!h->input.left || hostile_gone(h)) {
        return times_out(h, deadline);
    }
    if ((h->d0i3c & H_D0I3C_CIP) && fuzz_u8(&h->input) < 0xc0) {
        h->d0i3c &= ~H_D0I3C_CIP;
        h->h_bits |= H_CSR_D0I3C_IS;
        return MEI_OK;
    }
    switch (fuzz_u8(&h->input) % 10) {
    case 0:
        h->me_bits = fuzz_u8(&h->input);
        h->h_bits |= H_CSR_IS;
        return MEI_OK;
    case 1:
        h->me_wp = fuzz_u8(&h->input); /* pointers that contradict each other */
        h->h_bits |= H_CSR_IS;
        return MEI_OK;
    case 2:
        bits = fuzz_u32(&h->input);
        h->h_bits ^= bits & 0xff;
        h->stuck = bits & 0x100;
        return MEI_OK;
    case 3:
        h->h_rp = fuzz_u8(&h->input);
        return MEI_OK;
    case 4:
        h->d0i3c = fuzz_u8(&h->input);
        h->h_bits |= H_CSR_D0I3C_IS;
        return MEI_OK;
    case 5:
        return times_out(h, deadline);
    case 6:
        if (h->lies) {
            return MEI_ERR_TRANSPORT;
        }
        hostile_packet(h);
        return MEI_OK;
    default:
        hostile_packet(h);
        return MEI_OK;
    }
}

const MeiTransportOps hostile_ops = {
    .read32 = read32,
    .write32 = write32,
    .config_read32 = config_read32,
    .wait = wait_for,
    .now = now,
};

/* ---- the model's own ---- */

void hostile_init(Hostile *h, FuzzInput input, uint8_t kind)
{
    static const uint8_t depths[8] = {128, 128, 64, 32, 16, 8, 4, 2}; /* 2: too few */

    memset(h, 0, sizeof(*h));
    h->input = input;
    h->honest = kind % 4 != 2;
    h->lies = kind % 4 == 1;
    h->depth = depths[(kind >> 2) % 8];
    h->slow_d0i3 = kind & 0x40;
    h->legacy = kind & 0x80;
    h->sound_reads = h->lies ? fuzz_u8(&h->input) : 0;
}

bool hostile_gone(const Hostile *h)
{
    return h->accesses > ACCESS_MAX;
}

void hostile_begin(Hostile *h)
{
    h->begun = h->now;
    h->allowed = LATE;
}

void hostile_end(const Hostile *h, int64_t limit)
{
    int64_t took = h->now - h->begun;

    FUZZ_MUST(took <= limit + h->allowed, "%lld ns of %lld", (long long)took,
              (long long)(limit + h->allowed));
}
