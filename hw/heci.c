/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The HECI register block. Access rules: Intel 5- to 9-series PCH and Xeon D-1500 datasheets, MEI
 * chapters; how they are relied on: Linux drivers/misc/mei/hw-me.c. docs/registers.md has each bit.
 */
#include "hw/heci.h"

#include <string.h>

#include <swme/bytes.h>
#include <swme/mei-header.h>

const char *heci_guest_error_name(HeciGuestError error)
{
    static const char *const names[HECI_GUEST_ERROR_COUNT] = {
        [HECI_BAD_ACCESS] = "access is not an aligned dword",
        [HECI_UNKNOWN_REGISTER] = "no register there",
        [HECI_READ_ONLY] = "write to a read-only register",
        [HECI_H_CB_NOT_READY] = "write to H_CB while the ME is not ready",
        [HECI_H_CB_OVERFLOW] = "write to a full H_CB",
        [HECI_ME_CB_NOT_READY] = "read of ME_CB while the ME is not ready",
        [HECI_ME_CB_UNDERFLOW] = "read of an empty ME_CB",
        [HECI_D0I3C_IN_PROGRESS] = "write to H_D0I3C while a transition is in progress",
    };

    return (unsigned int)error < HECI_GUEST_ERROR_COUNT ? names[error] : "unknown error";
}

static void guest_error(Heci *heci, HeciGuestError error, uint32_t offset)
{
    heci->guest_errors[error]++;
    if (heci->host->guest_error) {
        heci->host->guest_error(heci->host_opaque, error, offset);
    }
}

/* ---- the interrupt condition ---- */

/*
 * INTx is a level and MSI an edge of the same condition, so it is worked out anew after every
 * change of either half: enabling while pending raises, and clearing or disabling lowers.
 */
static bool irq_condition(const Heci *heci)
{
    return ((heci->h_csr & H_CSR_IS) && (heci->h_csr & H_CSR_IE)) ||
           ((heci->h_csr & H_CSR_D0I3C_IS) && (heci->h_csr & H_CSR_D0I3C_IE));
}

static void update_irq(Heci *heci)
{
    bool level = irq_condition(heci);

    if (level == heci->irq_level) {
        return;
    }
    heci->irq_level = level;
    heci->interrupts += level;
    heci->host->irq(heci->host_opaque, level);
}

static void raise_status(Heci *heci, uint32_t bit)
{
    heci->h_csr |= bit;
    update_irq(heci);
}

/* ---- the link, firmware's side ---- */

static int device_receive(void *device, uint8_t *packet)
{
    Heci *heci = device;
    HeciRing *ring = &heci->h_cb;
    unsigned int filled = heci_ring_filled(ring);
    unsigned int slots;
    uint32_t header;

    heci->me_csr &= ~ME_CSR_IS; /* the firmware is looking: the doorbell is taken */
    if (!(heci->h_csr & H_CSR_RDY) || filled == 0) {
        return 0;
    }
    header = heci_ring_peek(ring, 0);
    slots = mei_hdr_slots(header);
    if (slots > ring->depth) {
        return HECI_LINK_BROKEN;
    }
    if (filled < slots) {
        return 0;
    }
    for (unsigned int i = 0; i < slots; i++) {
        swme_put_le32(packet + i * HECI_SLOT_SIZE, heci_ring_pop(ring));
    }
    return MEI_HEADER_SIZE + MEI_HDR_LENGTH(header);
}

static bool device_send(void *device, const uint8_t *packet, size_t size)
{
    Heci *heci = device;
    size_t whole = size / HECI_SLOT_SIZE;
    size_t tail = size % HECI_SLOT_SIZE;

    if (!(heci->me_csr & ME_CSR_RDY) || size > MEI_PACKET_MAX ||
        whole + (tail != 0) > heci_ring_free(&heci->me_cb)) {
        return false;
    }
    for (size_t i = 0; i < whole; i++) {
        heci_ring_push(&heci->me_cb, swme_get_le32(packet + i * HECI_SLOT_SIZE));
    }
    if (tail) {
        uint8_t last[HECI_SLOT_SIZE] = {0};

        memcpy(last, packet + whole * HECI_SLOT_SIZE, tail);
        heci_ring_push(&heci->me_cb, swme_get_le32(last));
    }
    return true;
}

static void device_interrupt(void *device)
{
    raise_status(device, H_CSR_IS);
}

static void device_set_ready(void *device, bool ready)
{
    Heci *heci = device;

    if (ready) {
        heci->me_csr |= ME_CSR_RDY | ME_CSR_IE;
        return;
    }
    heci->me_csr &= ~(ME_CSR_RDY | ME_CSR_IE | ME_CSR_IS);
    heci_ring_empty(&heci->h_cb);
    heci_ring_empty(&heci->me_cb);
}

static void device_set_status(void *device, unsigned int index, uint32_t value)
{
    Heci *heci = device;

    heci->host->status(heci->host_opaque, index, value);
}

static void h_d0i3c_write(Heci *heci, uint32_t value)
{
    uint32_t old = heci->d0i3c;

    if (old & H_D0I3C_CIP) {
        /*
         * The datasheet forbids it, and Linux does it: mei_me_d0i3_enter() at an unbind does not
         * wait, and mei_me_d0i3_exit_sync() of a bind right after it waits 5 s for the interrupt of
         * its own write, then gives the device up (hw-me.c). So it counts once CIP is 0.
         */
        guest_error(heci, HECI_D0I3C_IN_PROGRESS, HECI_H_D0I3C);
        heci->d0i3c_next = (value & (H_D0I3C_IR | H_D0I3C_I3 | H_D0I3C_RR)) | H_D0I3C_CIP;
        return;
    }
    heci->d0i3c = (value & (H_D0I3C_IR | H_D0I3C_I3)) | (old & ~value & H_D0I3C_RR);
    if ((old ^ heci->d0i3c) & H_D0I3C_I3) {
        heci->d0i3c |= H_D0I3C_CIP;
        heci->firmware->d0i3(heci->firmware_opaque, heci->d0i3c & H_D0I3C_I3);
    }
}

static void device_d0i3_done(void *device)
{
    Heci *heci = device;
    uint32_t next = heci->d0i3c_next;

    if (!(heci->d0i3c & H_D0I3C_CIP)) {
        return; /* the platform was reset meanwhile */
    }
    heci->d0i3c &= ~H_D0I3C_CIP;
    heci->d0i3c_next = 0;
    if (heci->d0i3c & H_D0I3C_IR) {
        raise_status(heci, H_CSR_D0I3C_IS);
    }
    if (next) {
        h_d0i3c_write(heci, next);
    }
}

static void device_pg_exit_done(void *device)
{
    Heci *heci = device;

    heci->hpg_csr = 0;
}

static bool device_dma_read(void *device, uint64_t address, void *data, size_t size)
{
    Heci *heci = device;

    return heci->host->dma_read && heci->host->dma_read(heci->host_opaque, address, data, size);
}

static bool device_dma_write(void *device, uint64_t address, const void *data, size_t size)
{
    Heci *heci = device;

    return heci->host->dma_write && heci->host->dma_write(heci->host_opaque, address, data, size);
}

const HeciDeviceOps heci_device_ops = {
    .receive = device_receive,
    .send = device_send,
    .interrupt = device_interrupt,
    .set_ready = device_set_ready,
    .set_status = device_set_status,
    .d0i3_done = device_d0i3_done,
    .pg_exit_done = device_pg_exit_done,
    .dma_read = device_dma_read,
    .dma_write = device_dma_write,
};

/* ---- the registers, host's side ---- */

static uint32_t ring_bits(const HeciRing *ring)
{
    return (uint32_t)ring->depth << H_CSR_CBD_SHIFT |
           (uint32_t)ring->write_pointer << H_CSR_CBWP_SHIFT |
           (uint32_t)ring->read_pointer << H_CSR_CBRP_SHIFT;
}

static uint32_t me_csr_read(const Heci *heci)
{
    return ring_bits(&heci->me_cb) | heci->me_csr | (heci->config.pgi ? ME_CSR_PGIC : 0);
}

static void h_cb_ww_write(Heci *heci, uint32_t value)
{
    if (!(heci->me_csr & ME_CSR_RDY)) {
        guest_error(heci, HECI_H_CB_NOT_READY, HECI_H_CB_WW);
        return;
    }
    if (heci_ring_free(&heci->h_cb) == 0) {
        guest_error(heci, HECI_H_CB_OVERFLOW, HECI_H_CB_WW);
        return;
    }
    heci_ring_push(&heci->h_cb, value);
}

static uint32_t me_cb_rw_read(Heci *heci)
{
    if (!(heci->me_csr & ME_CSR_RDY)) {
        guest_error(heci, HECI_ME_CB_NOT_READY, HECI_ME_CB_RW);
        return HECI_READ_NOTHING;
    }
    if (heci_ring_filled(&heci->me_cb) == 0) {
        guest_error(heci, HECI_ME_CB_UNDERFLOW, HECI_ME_CB_RW);
        return HECI_READ_NOTHING;
    }
    return heci_ring_pop(&heci->me_cb);
}

static void doorbell(Heci *heci)
{
    heci->doorbells++;
    heci->me_csr |= ME_CSR_IS;
    heci->firmware->doorbell(heci->firmware_opaque);
}

static void host_reset(Heci *heci)
{
    heci->resets++;
    device_set_ready(heci, false);
    /* A transition that the reset cut short ends with the reset: the driver waits for no other. */
    heci->d0i3c &= ~H_D0I3C_CIP;
    heci->d0i3c_next = 0;
    heci->hpg_csr = 0;
    heci->firmware->host_reset(heci->firmware_opaque);
}

static void h_csr_write(Heci *heci, uint32_t value)
{
    bool reset_edge = (value & H_CSR_RST) && !(heci->h_csr & H_CSR_RST);
    uint32_t csr = heci->h_csr;

    csr &= ~(value & H_CSR_W1C_MASK);
    csr = (csr & ~H_CSR_RW_MASK) | (value & H_CSR_RW_MASK);
    if (csr & H_CSR_RST) {
        /* Reset holds H_RDY down: Linux writes H_RST over an H_RDY that still reads 1. */
        csr &= ~H_CSR_RDY;
    }
    heci->h_csr = csr;
    update_irq(heci);

    /* Only the edge resets: the driver's later writes carry H_RST = 1 until it lets go. */
    if (reset_edge) {
        host_reset(heci);
    }
    if (value & H_CSR_IG) {
        doorbell(heci);
    }
}

static void h_hpg_csr_write(Heci *heci, uint32_t value)
{
    uint32_t old = heci->hpg_csr;

    heci->hpg_csr = value & (H_HPG_CSR_PGI | H_HPG_CSR_PGIHEXR);
    if ((value & H_HPG_CSR_PGIHEXR) && !(old & H_HPG_CSR_PGIHEXR)) {
        heci->firmware->pg_isolation(heci->firmware_opaque, false);
    } else if ((value & H_HPG_CSR_PGI) && !(old & H_HPG_CSR_PGI)) {
        heci->firmware->pg_isolation(heci->firmware_opaque, true);
    }
}

/*
 * The registers of this platform. Those that another generation has and this one has not are as any
 * offset with nothing behind it: they read 0 and ignore writes.
 */
static bool register_exists(const Heci *heci, uint32_t offset)
{
    switch (offset) {
    case HECI_H_CB_WW:
    case HECI_H_CSR:
    case HECI_ME_CB_RW:
    case HECI_ME_CSR_HA:
        return true;
    case HECI_H_HPG_CSR:
        return heci->config.pgi;
    case HECI_ME_TRC:
        return heci->config.trc;
    case HECI_H_D0I3C:
        return heci->config.d0i3;
    default:
        return false;
    }
}

static bool access_valid(Heci *heci, uint32_t offset, unsigned int size)
{
    if (size != sizeof(uint32_t) || offset % sizeof(uint32_t) != 0) {
        guest_error(heci, HECI_BAD_ACCESS, offset);
        return false;
    }
    return true;
}

uint64_t heci_read(Heci *heci, uint32_t offset, unsigned int size)
{
    if (!access_valid(heci, offset, size)) {
        return size < sizeof(uint64_t) ? (UINT64_C(1) << size * 8) - 1 : UINT64_MAX;
    }
    if (!register_exists(heci, offset)) {
        guest_error(heci, HECI_UNKNOWN_REGISTER, offset);
        return 0;
    }
    switch (offset) {
    case HECI_H_CSR:
        return ring_bits(&heci->h_cb) | heci->h_csr;
    case HECI_ME_CB_RW:
        return me_cb_rw_read(heci);
    case HECI_ME_CSR_HA:
        return me_csr_read(heci);
    case HECI_H_HPG_CSR:
        return heci->hpg_csr;
    case HECI_ME_TRC:
        return heci->config.trc_value;
    case HECI_H_D0I3C:
        return heci->d0i3c;
    default:
        return 0; /* H_CB_WW: what a read gives is not defined */
    }
}

void heci_write(Heci *heci, uint32_t offset, uint64_t value, unsigned int size)
{
    if (!access_valid(heci, offset, size)) {
        return;
    }
    if (!register_exists(heci, offset)) {
        guest_error(heci, HECI_UNKNOWN_REGISTER, offset);
        return;
    }
    switch (offset) {
    case HECI_H_CB_WW:
        h_cb_ww_write(heci, (uint32_t)value);
        break;
    case HECI_H_CSR:
        h_csr_write(heci, (uint32_t)value);
        break;
    case HECI_H_HPG_CSR:
        h_hpg_csr_write(heci, (uint32_t)value);
        break;
    case HECI_H_D0I3C:
        h_d0i3c_write(heci, (uint32_t)value);
        break;
    default:
        guest_error(heci, HECI_READ_ONLY, offset);
        break;
    }
}

/* ---- life ---- */

static void power_on_state(Heci *heci)
{
    /*
     * The depths are there from the start and never change: Linux reads H_CBD once, before its
     * first reset, and keeps it (hw-me.c, mei_me_hw_config).
     */
    heci_ring_empty(&heci->h_cb);
    heci_ring_empty(&heci->me_cb);
    heci->h_cb.depth = heci->config.h_depth;
    heci->me_cb.depth = heci->config.me_depth;
    heci->h_csr = 0;
    heci->me_csr = 0;
    heci->hpg_csr = 0;
    heci->d0i3c = 0;
    heci->d0i3c_next = 0;
}

bool heci_init(Heci *heci, const HeciConfig *config, const HeciHostOps *host, void *host_opaque)
{
    if (!heci_ring_depth_valid(config->h_depth) || !heci_ring_depth_valid(config->me_depth)) {
        return false;
    }
    memset(heci, 0, sizeof(*heci));
    heci->config = *config;
    heci->host = host;
    heci->host_opaque = host_opaque;
    power_on_state(heci);
    return true;
}

void heci_attach(Heci *heci, const HeciFirmwareOps *firmware, void *firmware_opaque)
{
    heci->firmware = firmware;
    heci->firmware_opaque = firmware_opaque;
}

void heci_platform_reset(Heci *heci)
{
    power_on_state(heci);
    update_irq(heci);
    heci->firmware->platform_reset(heci->firmware_opaque);
}

static bool ring_valid(const HeciRing *ring, unsigned int depth)
{
    return ring->depth == depth && heci_ring_filled(ring) <= depth;
}

bool heci_state_valid(const Heci *heci)
{
    const uint32_t h_csr_mask = H_CSR_RW_MASK | H_CSR_W1C_MASK;
    const uint32_t me_csr_mask = ME_CSR_RST | ME_CSR_RDY | ME_CSR_IS | ME_CSR_IE;
    const uint32_t d0i3c_mask = H_D0I3C_CIP | H_D0I3C_IR | H_D0I3C_I3 | H_D0I3C_RR;

    return ring_valid(&heci->h_cb, heci->config.h_depth) &&
           ring_valid(&heci->me_cb, heci->config.me_depth) && !(heci->h_csr & ~h_csr_mask) &&
           !((heci->h_csr & H_CSR_RST) && (heci->h_csr & H_CSR_RDY)) &&
           heci->irq_level == irq_condition(heci) && !(heci->me_csr & ~me_csr_mask) &&
           !(heci->hpg_csr & ~(H_HPG_CSR_PGI | H_HPG_CSR_PGIHEXR)) &&
           !(heci->d0i3c & ~d0i3c_mask) && (heci->config.d0i3 || heci->d0i3c == 0) &&
           !(heci->d0i3c_next & ~d0i3c_mask) &&
           (heci->d0i3c_next == 0 || (heci->d0i3c & heci->d0i3c_next & H_D0I3C_CIP)) &&
           (heci->config.pgi || heci->hpg_csr == 0);
}
