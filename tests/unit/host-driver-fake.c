/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/host-driver-fake.h"

#include <stdlib.h>
#include <string.h>

#include <swme/bytes.h>
#include <swme/hbm.h>
#include <swme/mei-header.h>

#include "tests/unit/unit.h"

/* Bits in numbers of our own: a wrong constant in the tree's header must not pass unseen. */
#define IE    0x01u
#define IS    0x02u
#define IG    0x04u
#define RDY   0x08u
#define RST   0x10u
#define D0IE  0x20u
#define D0IS  0x40u
#define CIP   0x01u
#define IR    0x02u
#define I3    0x04u
#define PGIC  0x40u
#define HEXR  0x01u
#define PGI   0x02u
#define REACT (100 * MEI_NS_PER_US)

const SwmeGuid fake_fixed_guid = {{1, 1, 1, 1}};
const SwmeGuid fake_plain_guid = {{2, 2, 2, 2}};
const SwmeGuid fake_single_guid = {{3, 3, 3, 3}};

static void trace(Fake *fake, char kind, uint32_t offset, uint32_t value)
{
    if (fake->tracing && fake->traced < FAKE_TRACE_MAX) {
        fake->trace[fake->traced++] = (FakeAccess){kind, offset, value};
    }
}

/* ---- the firmware ---- */

void fake_push(Fake *fake, uint32_t slot)
{
    fake->me_ring[fake->me_wp++ % fake->me_depth] = slot;
}

void fake_interrupt(Fake *fake)
{
    fake->h_bits |= IS;
}

void fake_send(Fake *fake, uint32_t header, const void *data, size_t size)
{
    uint8_t padded[516] = {0};

    MUST(size <= 512);
    memset(padded, 0xee, sizeof(padded)); /* padding may be anything */
    if (size) {
        memcpy(padded, data, size);
    }
    fake_push(fake, header);
    for (size_t i = 0; i < size; i += 4) {
        fake_push(fake, swme_get_le32(padded + i));
    }
    fake_interrupt(fake);
}

void fake_hbm(Fake *fake, const void *message, size_t size)
{
    fake_send(fake, mei_hdr(0, 0, (uint16_t)size, true), message, size);
}

void fake_data(Fake *fake, uint8_t me, uint8_t host, const void *data, size_t size, bool complete)
{
    fake_send(fake, mei_hdr(me, host, (uint16_t)size, complete), data, size);
}

static void answer_properties(Fake *fake, uint8_t address)
{
    uint8_t m[28] = {0x85, address, address == FAKE_HIDDEN ? 1 : 0};
    const SwmeGuid *guid = address == FAKE_FIXED    ? &fake_fixed_guid
                           : address == FAKE_SINGLE ? &fake_single_guid
                                                    : &fake_plain_guid;

    memcpy(m + 4, guid->bytes, 16);
    m[20] = 2;
    m[21] = address == FAKE_FIXED ? 0 : 255;
    m[22] = address == FAKE_FIXED ? FAKE_FIXED : 0;
    m[23] = address == FAKE_SINGLE ? 1 : 0;
    swme_put_le32(m + 24, 5000);
    fake_hbm(fake, m, sizeof(m));
}

static void grant(Fake *fake, uint8_t me, uint8_t host)
{
    uint8_t m[8] = {0x08, me, me == FAKE_SINGLE ? 0 : host};

    for (unsigned int i = 0; i < fake->credits; i++) {
        fake_hbm(fake, m, sizeof(m));
    }
}

static void answer_hbm(Fake *fake, const uint8_t *m)
{
    uint8_t start[4] = {0x81, fake->version[0], fake->version[1], fake->version[2]};
    uint8_t four[4] = {m[0] | 0x80, m[1], m[2], 0};
    uint8_t list[36] = {0x84};

    switch (m[0]) {
    case 0x01:
        fake_hbm(fake, start, 4);
        break;
    case 0x04:
        list[4 + FAKE_FIXED / 8] |= 1 << FAKE_FIXED % 8;
        list[4 + FAKE_PLAIN / 8] |= 1 << FAKE_PLAIN % 8;
        list[4 + FAKE_HIDDEN / 8] |= 1 << FAKE_HIDDEN % 8;
        list[4 + FAKE_SINGLE / 8] |= 1 << FAKE_SINGLE % 8;
        fake_hbm(fake, list, 36);
        break;
    case 0x05:
        answer_properties(fake, m[1]);
        break;
    case 0x06:
        four[3] = fake->connect_status;
        fake_hbm(fake, four, 4);
        if (fake->connect_status == 0) {
            grant(fake, m[1], m[2]);
        }
        break;
    case 0x02:
    case 0x07:
    case 0x0a:
    case 0x13:
        fake_hbm(fake, four, 4);
        break;
    default:
        break; /* flow control and answers of the host: noted, not answered */
    }
}

/* Takes all whole packets off H_CB. */
static void drain(Fake *fake)
{
    while (fake->h_rp != fake->h_wp) {
        FakePacket *packet = &fake->packets[fake->packet_count];
        unsigned int slots;

        MUST(fake->packet_count < FAKE_PACKETS_MAX);
        memset(packet, 0, sizeof(*packet));
        packet->header = fake->h_ring[fake->h_rp % fake->h_depth];
        slots = mei_hdr_slots(packet->header);
        MUST(slots <= (uint8_t)(fake->h_wp - fake->h_rp)); /* the driver rings for whole packets */
        for (unsigned int i = 1; i < slots; i++) {
            uint32_t slot = fake->h_ring[(uint8_t)(fake->h_rp + i) % fake->h_depth];

            swme_put_le32(packet->data + (i - 1) * 4, slot);
        }
        fake->h_rp += slots;
        fake->packet_count++;
        fake_interrupt(fake);
        if ((!fake->hook || !fake->hook(fake, packet)) && (packet->header & 0xffff) == 0) {
            answer_hbm(fake, packet->data);
        }
    }
}

const FakePacket *fake_find_hbm(const Fake *fake, uint8_t command, unsigned int n)
{
    for (size_t i = 0; i < fake->packet_count; i++) {
        const FakePacket *packet = &fake->packets[i];

        if ((packet->header & 0xffff) == 0 && packet->data[0] == command && n-- == 0) {
            return packet;
        }
    }
    return NULL;
}

/* ---- the registers ---- */

static uint32_t h_csr(const Fake *fake)
{
    return (uint32_t)fake->h_depth << 24 | (uint32_t)fake->h_wp << 16 | (uint32_t)fake->h_rp << 8 |
           fake->h_bits;
}

static uint32_t me_csr(const Fake *fake)
{
    return (uint32_t)fake->me_depth << 24 | (uint32_t)fake->me_wp << 16 |
           (uint32_t)fake->me_rp << 8 | fake->me_bits;
}

static uint32_t fake_read32(void *transport, uint32_t offset)
{
    Fake *fake = transport;
    uint32_t value = 0;

    if (fake->on_access) {
        fake->on_access(fake, 'R', offset, 0);
    }
    switch (offset) {
    case 0x004:
        value = h_csr(fake);
        break;
    case 0x008:
        if (!(fake->me_bits & RDY) || fake->me_rp == fake->me_wp) {
            fake->bad_accesses++;
            value = 0xffffffff;
        } else {
            value = fake->me_ring[fake->me_rp++ % fake->me_depth];
        }
        break;
    case 0x00c:
        value = me_csr(fake);
        break;
    case 0x010:
        value = fake->h_hpg_csr;
        break;
    case 0x800:
        value = fake->d0i3c;
        break;
    default:
        fake->bad_accesses++;
    }
    value = fake->gone ? 0xffffffff : value;
    trace(fake, 'R', offset, value);
    return value;
}

static void reset_edge(Fake *fake)
{
    fake->resets++;
    fake->me_bits &= ~RDY;
    fake->h_wp = fake->h_rp = fake->me_wp = fake->me_rp = 0;
    fake->becoming_ready = !fake->never_ready && fake->fail_ready == 0;
    fake->fail_ready -= fake->fail_ready > 0;
    fake->attention = false;
}

static void write_h_csr(Fake *fake, uint32_t value)
{
    bool edge = (value & RST) && !(fake->h_bits & RST);

    fake->h_bits &= ~(value & (IS | D0IS));
    fake->h_bits = (fake->h_bits & (IS | D0IS)) | (value & (IE | D0IE | RST | RDY));
    if (edge || (value & RST)) {
        fake->h_bits &= ~RDY;
    }
    if (edge) {
        reset_edge(fake);
    }
    if (value & IG) {
        fake->rings++;
        fake->attention = (fake->h_bits & RDY) != 0;
    }
}

static void write_d0i3c(Fake *fake, uint32_t value)
{
    bool change = (value ^ fake->d0i3c) & I3;

    if (fake->d0i3c & CIP) {
        fake->bad_accesses++;
        return;
    }
    fake->d0i3c = value & (IR | I3);
    if (change && fake->slow_d0i3) {
        fake->d0i3c |= CIP;
        fake->d0i3_ending = true;
    } else if (change && (value & IR)) {
        fake->h_bits |= D0IS;
    }
    if (change && fake->loses_ready && (value & I3)) {
        fake->h_bits &= ~RDY;
    }
}

static void write_hpg(Fake *fake, uint32_t value)
{
    static const uint8_t leave[4] = {0x0b};

    if (!fake->isolation) {
        fake->bad_accesses++;
    } else if (!(value & HEXR)) {
        fake->h_hpg_csr = value & PGI;
    } else if (!fake->stuck_isolation) {
        fake->h_hpg_csr = 0;
        fake_hbm(fake, leave, sizeof(leave));
    }
}

static void fake_write32(void *transport, uint32_t offset, uint32_t value)
{
    Fake *fake = transport;

    trace(fake, 'W', offset, value);
    switch (offset) {
    case 0x000:
        if ((uint8_t)(fake->h_wp - fake->h_rp) >= fake->h_depth) {
            fake->bad_accesses++;
        } else if (fake->me_bits & RDY) {
            fake->h_ring[fake->h_wp++ % fake->h_depth] = value;
        } /* else dropped: the driver may not have heard yet */
        break;
    case 0x004:
        write_h_csr(fake, value);
        break;
    case 0x010:
        write_hpg(fake, value);
        break;
    case 0x800:
        write_d0i3c(fake, value);
        break;
    default:
        fake->bad_accesses++;
    }
    if (fake->on_access) {
        fake->on_access(fake, 'W', offset, value);
    }
}

static uint32_t fake_config_read32(void *transport, uint32_t offset)
{
    Fake *fake = transport;
    uint32_t value = offset == 0x40 ? fake->hfs1 : 0;

    value = fake->gone ? 0xffffffff : value;
    trace(fake, 'C', offset, value);
    return value;
}

static int64_t fake_now(void *transport)
{
    return ((Fake *)transport)->now;
}

static bool asserted(const Fake *fake)
{
    return ((fake->h_bits & IS) && (fake->h_bits & IE)) ||
           ((fake->h_bits & D0IS) && (fake->h_bits & D0IE));
}

/* One thing that the firmware was about to do; false when there is none. */
static bool happen(Fake *fake)
{
    if (fake->becoming_ready) {
        fake->becoming_ready = false;
        fake->me_bits |= RDY | IE | (fake->isolation ? PGIC : 0);
        fake_interrupt(fake);
        return true;
    }
    if (fake->d0i3_ending && !fake->stuck_d0i3) {
        fake->d0i3_ending = false;
        fake->d0i3c &= ~CIP;
        fake->h_bits |= (fake->d0i3c & IR) && !fake->quiet_d0i3 ? D0IS : 0;
        return true;
    }
    if (fake->attention && !fake->mute) {
        fake->attention = false;
        drain(fake);
        return true;
    }
    return false;
}

static MeiError fake_wait(void *transport, int64_t deadline_ns)
{
    Fake *fake = transport;

    if (fake->wait_error) {
        return fake->wait_error;
    }
    if (fake->storm) {
        fake->h_bits |= IS;
        return MEI_OK;
    }
    while (!asserted(fake)) {
        if (fake->now + REACT > deadline_ns || !happen(fake)) {
            fake->now = fake->now > deadline_ns ? fake->now : deadline_ns;
            return MEI_ERR_TIMEOUT;
        }
        fake->now += REACT;
    }
    return MEI_OK;
}

const MeiTransportOps fake_ops = {
    .read32 = fake_read32,
    .write32 = fake_write32,
    .config_read32 = fake_config_read32,
    .wait = fake_wait,
    .now = fake_now,
};

/* ---- life ---- */

void fake_init(Fake *fake, Mei *mei)
{
    memset(fake, 0, sizeof(*fake));
    fake->packets = calloc(FAKE_PACKETS_MAX, sizeof(*fake->packets));
    fake->h_depth = 128;
    fake->me_depth = 128;
    fake->hfs1 = 0x10000245;
    fake->version[0] = 1;
    fake->version[1] = 2;
    fake->version[2] = 2;
    fake->credits = 1;
    mei_init(mei, &fake_ops, fake);
}

void fake_free(Fake *fake)
{
    /* Whatever a firmware does, the driver itself never breaks an access rule. */
    ck_assert_uint_eq(fake->bad_accesses, 0);
    free(fake->packets);
}

void fake_forget(Fake *fake)
{
    fake->packet_count = 0;
    fake->traced = 0;
}

void fake_start(Fake *fake, Mei *mei)
{
    ck_assert_int_eq(mei_start(mei), MEI_OK);
    ck_assert_int_eq(mei->state, MEI_DEVICE_ENABLED);
    fake_forget(fake);
}
