/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target "registers": a guest that does anything at all to BAR 0, with the real firmware
 * behind it and a clock that moves when the input says so. After each step the registers must still
 * make sense and the work done for it must have been bounded.
 */
#include <string.h>

#include <glib.h>

#include <swme/bytes.h>
#include <swme/mei-header.h>

#include "firmware-sim/firmware.h"
#include "firmware-sim/manual-clock.h"
#include "hw/heci.h"
#include "tests/fuzz/fuzz.h"

/* One access can empty and fill a ring of 128 slots, with a packet in each at worst. */
#define CALLS_MAX  1000
#define TIMERS_MAX 2000
#define SAVES_MAX  4

/* The host's and the device's ring, then the control page. */
#define MEMORY_SIZE 0x3000

typedef struct Machine {
    Heci heci;
    SwmePlatform platform;
    SwmeManualClock *clock;
    SwmeFirmware *firmware;
    uint8_t memory[MEMORY_SIZE]; /* the guest's, from address 0 on */
    bool irq;                    /* as last told */
    unsigned int saves;          /* how often it still may */
    unsigned int calls;
} Machine;

/* The platform and the clock's limit; what a run needs besides the machine is in the input. */
static void on_irq(void *opaque, bool level)
{
    Machine *m = opaque;

    FUZZ_MUST(level != m->irq, "told of no change");
    m->irq = level;
}

static void on_status(void *opaque, unsigned int index, uint32_t value)
{
    (void)opaque;
    (void)value;
    FUZZ_MUST(index < HECI_HFS_COUNT, "status word %u", index);
}

static bool on_dma_read(void *opaque, uint64_t address, void *data, size_t size)
{
    Machine *m = opaque;

    if (size > MEMORY_SIZE || address > MEMORY_SIZE - size) {
        return false;
    }
    memcpy(data, m->memory + address, size);
    return true;
}

static bool on_dma_write(void *opaque, uint64_t address, const void *data, size_t size)
{
    Machine *m = opaque;

    if (size > MEMORY_SIZE || address > MEMORY_SIZE - size) {
        return false;
    }
    memcpy(m->memory + address, data, size);
    return true;
}

static const HeciHostOps host_ops = {
    .irq = on_irq,
    .status = on_status,
    .dma_read = on_dma_read,
    .dma_write = on_dma_write,
};

/* The device's own operations, counted. */
static Machine *counted(void *opaque)
{
    Machine *m = opaque;

    m->calls++;
    FUZZ_MUST(m->calls < CALLS_MAX, "unbounded work");
    return m;
}

static int count_receive(void *opaque, uint8_t *packet)
{
    return heci_device_ops.receive(&counted(opaque)->heci, packet);
}

static bool count_send(void *opaque, const uint8_t *packet, size_t size)
{
    uint32_t header = swme_get_le32(packet);

    FUZZ_MUST(size == 4u + MEI_HDR_LENGTH(header), "%zu bytes, header %08x", size, header);
    FUZZ_MUST(!(header & (MEI_HDR_RESERVED | MEI_HDR_INTERNAL)), "header %08x", header);
    return heci_device_ops.send(&counted(opaque)->heci, packet, size);
}

static void count_interrupt(void *opaque)
{
    heci_device_ops.interrupt(&counted(opaque)->heci);
}

static void count_set_ready(void *opaque, bool ready)
{
    heci_device_ops.set_ready(&counted(opaque)->heci, ready);
}

static void count_set_status(void *opaque, unsigned int index, uint32_t value)
{
    heci_device_ops.set_status(&counted(opaque)->heci, index, value);
}

static void count_d0i3_done(void *opaque)
{
    heci_device_ops.d0i3_done(&counted(opaque)->heci);
}

static void count_pg_exit_done(void *opaque)
{
    heci_device_ops.pg_exit_done(&counted(opaque)->heci);
}

static bool count_dma_read(void *opaque, uint64_t address, void *data, size_t size)
{
    return heci_device_ops.dma_read(&counted(opaque)->heci, address, data, size);
}

static bool count_dma_write(void *opaque, uint64_t address, const void *data, size_t size)
{
    return heci_device_ops.dma_write(&counted(opaque)->heci, address, data, size);
}

static const HeciDeviceOps device_ops = {
    .receive = count_receive,
    .send = count_send,
    .interrupt = count_interrupt,
    .set_ready = count_set_ready,
    .set_status = count_set_status,
    .d0i3_done = count_d0i3_done,
    .pg_exit_done = count_pg_exit_done,
    .dma_read = count_dma_read,
    .dma_write = count_dma_write,
};

static uint32_t peek(Machine *m, uint32_t offset)
{
    return (uint32_t)heci_read(&m->heci, offset, 4);
}

static void check_ring(const char *which, uint32_t csr, unsigned int depth)
{
    unsigned int filled = (uint8_t)((csr >> 16) - (csr >> 8));

    FUZZ_MUST(csr >> 24 == depth, "%s: depth changed, %08x", which, csr);
    FUZZ_MUST(filled <= depth, "%s: %u slots filled, %08x", which, filled, csr);
}

static void check(Machine *m)
{
    uint32_t h_csr = peek(m, HECI_H_CSR);
    uint32_t me_csr = peek(m, HECI_ME_CSR_HA);
    bool condition = ((h_csr & H_CSR_IS) && (h_csr & H_CSR_IE)) ||
                     ((h_csr & H_CSR_D0I3C_IS) && (h_csr & H_CSR_D0I3C_IE));

    FUZZ_MUST(condition == m->irq, "H_CSR %08x, line %d", h_csr, m->irq);
    FUZZ_MUST(!(h_csr & H_CSR_IG), "H_IG reads 1");
    FUZZ_MUST(heci_state_valid(&m->heci), "H_CSR %08x ME_CSR_HA %08x", h_csr, me_csr);
    FUZZ_MUST(peek(m, HECI_H_CSR) == h_csr, "reading H_CSR changes it");
    check_ring("host's ring", h_csr, m->platform.h_depth);
    check_ring("ME's ring", me_csr, m->platform.me_depth);
    m->calls = 0;
}

static void pass_time(Machine *m, int64_t ns)
{
    SwmeClock *clock = swme_manual_clock(m->clock);
    int64_t limit = clock->now(clock) + ns;

    for (unsigned int fired = 0; swme_manual_clock_step(m->clock, limit); fired++) {
        FUZZ_MUST(fired < TIMERS_MAX, "timers without end");
        check(m);
    }
}

static void wr(Machine *m, uint32_t offset, uint32_t value)
{
    heci_write(&m->heci, offset, value, 4);
    check(m);
}

static void ring_doorbell(Machine *m)
{
    wr(m, HECI_H_CSR, (peek(m, HECI_H_CSR) & ~H_CSR_W1C_MASK) | H_CSR_IG);
}

/* What the driver does to bring the link up. */
static void link_up(Machine *m)
{
    uint32_t enable = H_CSR_IE | H_CSR_D0I3C_IE;

    wr(m, HECI_H_CSR, 0);
    wr(m, HECI_H_CSR, H_CSR_RST | H_CSR_IG | H_CSR_W1C_MASK | enable);
    pass_time(m, SWME_NS_PER_S);
    FUZZ_MUST(peek(m, HECI_ME_CSR_HA) & ME_CSR_RDY, "ME_RDY never came");
    wr(m, HECI_H_CSR, H_CSR_W1C_MASK | H_CSR_RST);
    wr(m, HECI_H_CSR, enable | H_CSR_IG);
    wr(m, HECI_H_CSR, enable | H_CSR_RDY | H_CSR_IG);
}

static void write_packet(Machine *m, uint32_t header, FuzzInput *input)
{
    wr(m, HECI_H_CB_WW, header);
    for (unsigned int i = 0; i < (MEI_HDR_LENGTH(header) + 3u) / 4; i++) {
        wr(m, HECI_H_CB_WW, i < 4 ? fuzz_u32(input) : i * 0x01010101u);
    }
    ring_doorbell(m);
}

static void write_hbm(Machine *m, FuzzInput *input)
{
    static const uint8_t sizes[][2] = {{1, 4},    {2, 4},   {4, 4},  {5, 4},   {6, 4},  {7, 4},
                                       {8, 8},    {10, 4},  {16, 4}, {18, 40}, {19, 4}, {0x87, 4},
                                       {0x8b, 4}, {20, 16}, {21, 4}, {0x8f, 4}};
    const uint8_t *row = sizes[fuzz_u8(input) % G_N_ELEMENTS(sizes)];
    uint32_t word = row[0];

    word |= (uint32_t)fuzz_u8(input) << 8;
    word |= (uint32_t)fuzz_u8(input) << 16;
    word |= (uint32_t)fuzz_u8(input) << 24;
    wr(m, HECI_H_CB_WW, mei_hdr(0, 0, row[1], true));
    wr(m, HECI_H_CB_WW, word);
    for (unsigned int i = 4; i < row[1]; i += 4) {
        wr(m, HECI_H_CB_WW, 0);
    }
    ring_doorbell(m);
}

/* Two rings of 4 KiB and the control page; the input may move one of them. */
static void write_dma_setup(Machine *m, FuzzInput *input)
{
    static const uint32_t sound[] = {0x12, 0, 0, 0x1000, 0, 0x1000, 0x1000, 0, 0x2000, 0x1000};
    uint8_t odd = fuzz_u8(input);

    wr(m, HECI_H_CB_WW, mei_hdr(0, 0, 40, true));
    for (unsigned int i = 0; i < G_N_ELEMENTS(sound); i++) {
        wr(m, HECI_H_CB_WW, odd >= 0xc0 && odd % 10 == i ? fuzz_u32(input) : sound[i]);
    }
    ring_doorbell(m);
}

static void poke_memory(Machine *m, FuzzInput *input)
{
    uint32_t offset = 0x2000u + fuzz_u8(input) % 8 * 4;

    swme_put_le32(m->memory + offset, fuzz_u32(input));
}

static void read_words(Machine *m, unsigned int count)
{
    while (count-- && (uint8_t)((peek(m, HECI_ME_CSR_HA) >> 16) - (peek(m, HECI_ME_CSR_HA) >> 8))) {
        heci_read(&m->heci, HECI_ME_CB_RW, 4);
        check(m);
    }
    ring_doorbell(m);
}

static void odd_access(Machine *m, FuzzInput *input)
{
    uint32_t offset = fuzz_u16(input);
    unsigned int size = fuzz_u8(input) % 10;

    if (fuzz_u8(input) & 1) {
        heci_write(&m->heci, offset, fuzz_u32(input), size);
    } else {
        heci_read(&m->heci, offset, size);
    }
}

/* The firmware goes away and comes back as a migration would have it. */
static void save_and_load(Machine *m)
{
    g_autoptr(GBytes) state = swme_firmware_save(m->firmware);
    g_autoptr(GError) error = NULL;
    gsize size;
    const void *data = g_bytes_get_data(state, &size);

    FUZZ_MUST(size < 1024 * 1024, "a state of %zu bytes", (size_t)size);
    FUZZ_MUST(swme_firmware_load(m->firmware, data, size, &error), "%s",
              error ? error->message : "no error");
}

static void special(Machine *m, FuzzInput *input)
{
    uint8_t what = fuzz_u8(input);

    switch (what % 6) {
    case 0:
        heci_platform_reset(&m->heci);
        break;
    case 1:
        swme_firmware_reset(m->firmware);
        break;
    case 2:
        if (m->saves) {
            m->saves--;
            save_and_load(m);
        }
        break;
    case 3:
        wr(m, HECI_H_HPG_CSR, fuzz_u8(input));
        break;
    default:
        wr(m, HECI_H_D0I3C, fuzz_u8(input));
        break;
    }
}

static void step(Machine *m, FuzzInput *input)
{
    static const uint32_t registers[] = {HECI_H_CB_WW,   HECI_H_CSR,  HECI_ME_CB_RW, HECI_ME_CSR_HA,
                                         HECI_H_HPG_CSR, HECI_ME_TRC, HECI_H_D0I3C,  0x14};
    uint8_t op = fuzz_u8(input);
    uint32_t offset;

    switch (op % 13) {
    case 11:
        write_dma_setup(m, input);
        break;
    case 12:
        poke_memory(m, input);
        break;
    case 0:
        heci_read(&m->heci, registers[fuzz_u8(input) % G_N_ELEMENTS(registers)], 4);
        break;
    case 1:
        offset = registers[fuzz_u8(input) % G_N_ELEMENTS(registers)];
        wr(m, offset, fuzz_u32(input));
        break;
    case 2:
        wr(m, HECI_H_CSR, (peek(m, HECI_H_CSR) & ~0xffu) | fuzz_u8(input));
        break;
    case 3:
        odd_access(m, input);
        break;
    case 4:
        wr(m, HECI_H_CB_WW, fuzz_u32(input));
        break;
    case 5:
        write_hbm(m, input);
        break;
    case 6:
        read_words(m, fuzz_u8(input));
        break;
    case 7:
        pass_time(m, INT64_C(1) << fuzz_u8(input) % 36);
        break;
    case 8:
        link_up(m);
        break;
    case 9:
        write_packet(m, fuzz_u32(input), input);
        break;
    default:
        special(m, input);
        break;
    }
    check(m);
}

static void machine_init(Machine *m, FuzzInput *input)
{
    static const char *const latencies[] = {"0", "100us", "1ns+echo:5ms", "0+amthi:1s+mkhi:1us"};
    static const uint8_t depths[] = {128, 16, 2, 64, 128, 4, 32, 8};
    SwmeFirmwareConfig config = {.echo = true};
    HeciConfig registers = {0};
    unsigned int count = 0;
    uint8_t depth;

    while (swme_platforms[count].name) {
        count++;
    }
    m->platform = swme_platforms[fuzz_u8(input) % count];
    depth = fuzz_u8(input);
    if (depth & 0x80) {
        m->platform.h_depth = depths[depth % 8];
        m->platform.me_depth = depths[depth / 8 % 8];
    }
    registers.h_depth = m->platform.h_depth;
    registers.me_depth = m->platform.me_depth;
    registers.d0i3 = m->platform.power_gating == SWME_PG_D0I3;
    registers.pgi = m->platform.power_gating == SWME_PG_PGI;
    registers.trc = m->platform.trc;
    FUZZ_MUST(heci_init(&m->heci, &registers, &host_ops, m), "depths of %s", m->platform.name);
    m->clock = swme_manual_clock_new();
    config.platform = &m->platform;
    config.latency = latencies[fuzz_u8(input) % G_N_ELEMENTS(latencies)];
    config.amt = m->platform.amt ? SWME_AUTO : SWME_OFF;
    m->firmware = swme_firmware_new(&config, &device_ops, m, swme_manual_clock(m->clock), NULL);
    if (!m->firmware) { /* a latency for a client that is not there */
        config.latency = NULL;
        m->firmware = swme_firmware_new(&config, &device_ops, m, swme_manual_clock(m->clock), NULL);
    }
    heci_attach(&m->heci, &swme_firmware_ops, m->firmware);
    heci_platform_reset(&m->heci);
    check(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput input = {data, MIN(size, FUZZ_INPUT_MAX)};
    Machine *m = g_new0(Machine, 1);

    m->saves = fuzz_one_in(64, data, size) ? SAVES_MAX : 0;
    machine_init(m, &input);
    while (input.left) {
        step(m, &input);
    }
    /* Whatever was done to it, a driver that starts afresh finds a link that works. */
    pass_time(m, 10 * SWME_NS_PER_S);
    heci_platform_reset(&m->heci);
    pass_time(m, 10 * SWME_NS_PER_S);
    link_up(m);
    write_packet(m, mei_hdr(0, 0, 4, true), &(FuzzInput){(const uint8_t *)"\1\0\0\1", 4});
    pass_time(m, SWME_NS_PER_S);
    FUZZ_MUST(heci_read(&m->heci, HECI_ME_CB_RW, 4) == 0x80040000, "START is not answered");
    FUZZ_MUST((heci_read(&m->heci, HECI_ME_CB_RW, 4) & 0xff) == 0x81, "START is not answered");
    swme_firmware_free(m->firmware);
    swme_manual_clock_free(m->clock);
    g_free(m);
    return 0;
}
