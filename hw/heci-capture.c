/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/heci-capture.h"

uint64_t heci_capture_read(HeciCapture *c, bool answers, uint32_t offset, unsigned int size)
{
    uint64_t value = UINT64_MAX;

    swme_capture_begin(c->capture);
    if (answers) {
        value = heci_read(c->heci, offset, size);
    }
    swme_capture_access(c->capture, CAPTURE_READ, answers ? 0 : CAPTURE_UNANSWERED, offset, size,
                        value);
    swme_capture_end(c->capture);
    return value;
}

void heci_capture_write(HeciCapture *c, bool answers, uint32_t offset, uint64_t value,
                        unsigned int size)
{
    swme_capture_begin(c->capture);
    swme_capture_access(c->capture, CAPTURE_WRITE, answers ? 0 : CAPTURE_UNANSWERED, offset, size,
                        value);
    if (answers) {
        heci_write(c->heci, offset, value, size);
    }
    swme_capture_end(c->capture);
}

void heci_capture_platform_reset(HeciCapture *c)
{
    swme_capture_begin(c->capture);
    swme_capture_values(c->capture, CAPTURE_RESET, 0, 0, 0);
    heci_platform_reset(c->heci);
    swme_capture_end(c->capture);
}

void heci_capture_host_power(HeciCapture *c, SwmeFirmware *firmware, SwmeHostPower power)
{
    swme_capture_begin(c->capture);
    swme_capture_values(c->capture, CAPTURE_POWER, 1, power, 0);
    swme_firmware_host_power(firmware, power);
    swme_capture_end(c->capture);
}

/* ---- what the register block asks of the machine ---- */

static void capture_irq(void *opaque, bool level)
{
    HeciCapture *c = opaque;

    swme_capture_values(c->capture, CAPTURE_IRQ, 1, level, 0);
    c->host->irq(c->host_opaque, level);
}

static void capture_status(void *opaque, unsigned int index, uint32_t value)
{
    HeciCapture *c = opaque;

    swme_capture_values(c->capture, CAPTURE_STATUS, 2, index + 1, value);
    c->host->status(c->host_opaque, index, value);
}

static void capture_guest_error(void *opaque, HeciGuestError error, uint32_t offset)
{
    HeciCapture *c = opaque;

    if (c->host->guest_error) {
        c->host->guest_error(c->host_opaque, error, offset);
    }
}

static bool capture_dma_read(void *opaque, uint64_t address, void *data, size_t size)
{
    HeciCapture *c = opaque;
    bool done = c->host->dma_read && c->host->dma_read(c->host_opaque, address, data, size);

    swme_capture_dma(c->capture, CAPTURE_DMA_READ, address, data, size, done);
    return done;
}

static bool capture_dma_write(void *opaque, uint64_t address, const void *data, size_t size)
{
    HeciCapture *c = opaque;
    bool done = c->host->dma_write && c->host->dma_write(c->host_opaque, address, data, size);

    swme_capture_dma(c->capture, CAPTURE_DMA_WRITE, address, data, size, done);
    return done;
}

const HeciHostOps heci_capture_host_ops = {
    .irq = capture_irq,
    .status = capture_status,
    .guest_error = capture_guest_error,
    .dma_read = capture_dma_read,
    .dma_write = capture_dma_write,
};
