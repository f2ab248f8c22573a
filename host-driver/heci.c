/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/* The order of accesses follows Linux drivers/misc/mei/hw-me.c: a device that serves this serves
 * the stock driver. */
#include "host-driver/heci.h"

#include <string.h>

#include <swme/bytes.h>
#include <swme/heci-regs.h>
#include <swme/mei-header.h>

#define GONE 0xffffffffu

static uint32_t read_reg(MeiHw *hw, uint32_t offset)
{
    return hw->ops->read32(hw->transport, offset);
}

static void write_reg(MeiHw *hw, uint32_t offset, uint32_t value)
{
    hw->ops->write32(hw->transport, offset, value);
}

/*
 * Every write of H_CSR that is not meant to acknowledge goes through here: a status bit that was
 * read as 1 and written back as 1 would be lost, and H_IG would ring once more.
 */
static void change_h_csr(MeiHw *hw, uint32_t clear, uint32_t set)
{
    uint32_t csr = read_reg(hw, HECI_H_CSR);

    csr &= ~(H_CSR_W1C_MASK | H_CSR_W1S_MASK | clear);
    write_reg(hw, HECI_H_CSR, csr | set);
}

void mei_hw_init(MeiHw *hw, const MeiTransportOps *ops, void *transport)
{
    memset(hw, 0, sizeof(*hw));
    hw->ops = ops;
    hw->transport = transport;
}

void mei_hw_clear_interrupts(MeiHw *hw)
{
    uint32_t csr = read_reg(hw, HECI_H_CSR);

    if (csr != GONE && (csr & H_CSR_W1C_MASK)) {
        write_reg(hw, HECI_H_CSR, csr & ~H_CSR_W1S_MASK);
    }
}

MeiError mei_hw_config(MeiHw *hw)
{
    uint32_t csr;
    unsigned int depth;

    mei_hw_clear_interrupts(hw);
    csr = read_reg(hw, HECI_H_CSR);
    if (csr == GONE) {
        return MEI_ERR_GONE;
    }
    depth = csr >> H_CSR_CBD_SHIFT;
    if (depth < MEI_HW_DEPTH_MIN || depth > HECI_DEPTH_MAX || (depth & (depth - 1)) != 0) {
        return MEI_ERR_HARDWARE;
    }
    hw->depth = (uint8_t)depth;
    hw->d0i3 = (mei_hw_status(hw, 0) & HECI_HFS1_D0I3) != 0;
    return MEI_OK;
}

void mei_hw_enable_interrupts(MeiHw *hw)
{
    change_h_csr(hw, 0, H_CSR_IE | H_CSR_D0I3C_IE);
}

void mei_hw_disable_interrupts(MeiHw *hw)
{
    change_h_csr(hw, H_CSR_IE | H_CSR_D0I3C_IE, 0);
}

MeiError mei_hw_reset(MeiHw *hw, bool interrupts)
{
    uint32_t csr;

    if (interrupts) {
        MeiError error;

        mei_hw_enable_interrupts(hw);
        error = hw->d0i3 && mei_hw_in_d0i3(hw) ? mei_hw_d0i3(hw, false, NULL, NULL) : MEI_OK;
        if (error) {
            return error;
        }
    }
    csr = read_reg(hw, HECI_H_CSR);
    if (csr == GONE) {
        return MEI_ERR_GONE;
    }
    if (csr & H_CSR_RST) {
        /* Only an edge resets, so what another reset left asserted must go down first. */
        change_h_csr(hw, H_CSR_RST, 0);
        csr = read_reg(hw, HECI_H_CSR);
    }
    csr |= H_CSR_RST | H_CSR_IG | H_CSR_W1C_MASK;
    if (!interrupts) {
        csr &= ~(H_CSR_IE | H_CSR_D0I3C_IE);
    }
    write_reg(hw, HECI_H_CSR, csr);
    csr = read_reg(hw, HECI_H_CSR);
    hw->reset_seen = csr != GONE && (csr & H_CSR_RST) && !(csr & H_CSR_RDY);
    if (!interrupts) {
        mei_hw_release_reset(hw);
        if (hw->d0i3 && !mei_hw_in_d0i3(hw)) {
            /* Nobody waits, and interrupts are off: the cause is for a start that comes before its
             * end. */
            write_reg(hw, HECI_H_D0I3C, H_D0I3C_IR | H_D0I3C_I3);
        }
    }
    return csr == GONE ? MEI_ERR_GONE : MEI_OK;
}

void mei_hw_release_reset(MeiHw *hw)
{
    change_h_csr(hw, H_CSR_RST, H_CSR_IG);
}

void mei_hw_set_ready(MeiHw *hw)
{
    change_h_csr(hw, 0, H_CSR_IE | H_CSR_D0I3C_IE | H_CSR_RDY | H_CSR_IG);
}

bool mei_hw_interrupt_ours(MeiHw *hw, MeiError *error)
{
    uint32_t csr = read_reg(hw, HECI_H_CSR);

    *error = csr == GONE ? MEI_ERR_GONE : MEI_OK;
    if (csr == GONE || !(csr & H_CSR_W1C_MASK)) {
        return false;
    }
    /* Off, but not acknowledged: the cause must stay readable for the second half. */
    mei_hw_disable_interrupts(hw);
    return true;
}

uint32_t mei_hw_interrupt_ack(MeiHw *hw)
{
    uint32_t csr = read_reg(hw, HECI_H_CSR);

    if (csr == GONE || !(csr & H_CSR_W1C_MASK)) {
        return 0;
    }
    write_reg(hw, HECI_H_CSR, csr & ~H_CSR_W1S_MASK);
    return csr & H_CSR_W1C_MASK;
}

void mei_hw_ring(MeiHw *hw)
{
    change_h_csr(hw, 0, H_CSR_IG);
}

bool mei_hw_host_ready(MeiHw *hw)
{
    return (read_reg(hw, HECI_H_CSR) & H_CSR_RDY) != 0;
}

uint32_t mei_hw_me_csr(MeiHw *hw)
{
    return read_reg(hw, HECI_ME_CSR_HA);
}

bool mei_hw_me_ready(MeiHw *hw)
{
    uint32_t csr = mei_hw_me_csr(hw);

    return csr != GONE && (csr & ME_CSR_RDY);
}

static unsigned int filled(uint32_t csr)
{
    return (uint8_t)((csr >> H_CSR_CBWP_SHIFT) - (csr >> H_CSR_CBRP_SHIFT));
}

int mei_hw_free_slots(MeiHw *hw)
{
    uint32_t csr = read_reg(hw, HECI_H_CSR);
    unsigned int used = filled(csr);

    if (!(csr & H_CSR_RDY)) {
        return MEI_ERR_NOT_READY;
    }
    return used > hw->depth ? (int)MEI_ERR_HARDWARE : (int)(hw->depth - used);
}

int mei_hw_filled_slots(MeiHw *hw)
{
    uint32_t csr = read_reg(hw, HECI_ME_CSR_HA);
    unsigned int used = filled(csr);

    /* The ME's depth is its own and may be read at any time: Linux does so on every pass. */
    return used > csr >> ME_CSR_CBD_SHIFT ? (int)MEI_ERR_HARDWARE : (int)used;
}

static void write_slots(MeiHw *hw, const uint8_t *bytes, size_t size)
{
    size_t whole = size - size % HECI_SLOT_SIZE;

    for (size_t i = 0; i < whole; i += HECI_SLOT_SIZE) {
        write_reg(hw, HECI_H_CB_WW, swme_get_le32(bytes + i));
    }
    if (size > whole) {
        uint8_t last[HECI_SLOT_SIZE] = {0};

        memcpy(last, bytes + whole, size - whole);
        write_reg(hw, HECI_H_CB_WW, swme_get_le32(last));
    }
}

MeiError mei_hw_write(MeiHw *hw, uint32_t header, const void *data, size_t size)
{
    return mei_hw_write_extended(hw, header, NULL, 0, data, size);
}

MeiError mei_hw_write_extended(MeiHw *hw, uint32_t header, const void *list, size_t list_size,
                               const void *data, size_t size)
{
    write_reg(hw, HECI_H_CB_WW, header);
    write_slots(hw, list, list_size);
    write_slots(hw, data, size);
    mei_hw_ring(hw);
    return mei_hw_me_ready(hw) ? MEI_OK : MEI_ERR_NOT_READY;
}

uint32_t mei_hw_read_header(MeiHw *hw)
{
    return read_reg(hw, HECI_ME_CB_RW);
}

void mei_hw_read(MeiHw *hw, void *data, size_t size)
{
    uint8_t *bytes = data;

    for (size_t i = 0; i < size; i += HECI_SLOT_SIZE) {
        uint8_t slot[HECI_SLOT_SIZE];
        size_t left = size - i;

        swme_put_le32(slot, read_reg(hw, HECI_ME_CB_RW));
        memcpy(bytes + i, slot, left < sizeof(slot) ? left : sizeof(slot));
    }
    mei_hw_ring(hw); /* the firmware may be waiting for this room */
}

bool mei_hw_in_d0i3(MeiHw *hw)
{
    uint32_t d0i3c = read_reg(hw, HECI_H_D0I3C);

    return d0i3c != GONE && (d0i3c & H_D0I3C_I3);
}

/* Waits until CIP is down, which D0I3C_IS announces. */
static MeiError wait_d0i3(MeiHw *hw, uint32_t *causes)
{
    int64_t deadline = hw->ops->now(hw->transport) + MEI_TIMEOUT_D0I3;

    for (unsigned int i = 0; i < MEI_INTERRUPTS_MAX; i++) {
        MeiError error = hw->ops->wait(hw->transport, deadline);
        uint32_t acked = 0;

        if (error == MEI_ERR_TRANSPORT) {
            return error;
        }
        if (!error && mei_hw_interrupt_ours(hw, &error)) {
            acked = mei_hw_interrupt_ack(hw);
            mei_hw_enable_interrupts(hw);
        }
        *causes |= acked & ~H_CSR_D0I3C_IS;
        if (error == MEI_ERR_GONE || acked & H_CSR_D0I3C_IS) {
            return error;
        }
        if (error == MEI_ERR_TIMEOUT || hw->ops->now(hw->transport) >= deadline) {
            /* Linux hw-me.c: a lost interrupt is forgiven when the register has moved. */
            return read_reg(hw, HECI_H_D0I3C) & H_D0I3C_CIP ? MEI_ERR_TIMEOUT : MEI_OK;
        }
    }
    return MEI_ERR_HARDWARE;
}

MeiError mei_hw_d0i3(MeiHw *hw, bool enter, uint32_t *causes, bool *deferred)
{
    uint32_t others = 0;
    MeiError error = MEI_OK;
    uint32_t d0i3c = read_reg(hw, HECI_H_D0I3C);

    if (d0i3c != GONE && (d0i3c & H_D0I3C_CIP)) {
        /* An earlier transition that timed out: until it ends, the register must not be written. */
        error = wait_d0i3(hw, &others);
        if (error) {
            return error;
        }
    }
    write_reg(hw, HECI_H_D0I3C, H_D0I3C_IR | (enter ? H_D0I3C_I3 : 0));
    d0i3c = read_reg(hw, HECI_H_D0I3C);
    if (d0i3c == GONE) {
        return MEI_ERR_GONE;
    }
    if (d0i3c & H_D0I3C_CIP) {
        error = wait_d0i3(hw, &others);
        if (!error && mei_hw_in_d0i3(hw) != enter) {
            error = MEI_ERR_HARDWARE;
        }
    }
    if (causes) {
        *causes |= others;
    }
    if (deferred) {
        *deferred = (d0i3c & H_D0I3C_CIP) != 0;
    }
    return error;
}

uint32_t mei_hw_status(MeiHw *hw, unsigned int index)
{
    static const uint8_t offsets[HECI_HFS_COUNT] = {
        HECI_CFG_HFS1, HECI_CFG_HFS2, HECI_CFG_HFS3, HECI_CFG_HFS4, HECI_CFG_HFS5, HECI_CFG_HFS6,
    };

    return index < HECI_HFS_COUNT ? hw->ops->config_read32(hw->transport, offsets[index]) : 0;
}
