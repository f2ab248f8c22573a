/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layout and arithmetic: Linux drivers/misc/mei/dma-ring.c and hw.h. */
#include "firmware-sim/bus/dma-ring.h"

#include <string.h>

#include <swme/bytes.h>
#include <swme/dma-ring.h>

#include "firmware-sim/bus/bus.h"

void me_dma_reset(MeDma *dma)
{
    memset(dma, 0, sizeof(*dma));
}

/* ---- set-up ---- */

static bool buffer_valid(const MeDmaBuffer *buffer)
{
    return buffer->size != 0 && buffer->address <= UINT64_MAX - buffer->size;
}

/* Positions are a counter modulo the ring's slots: that needs a power of two. */
static bool ring_valid(const MeDmaBuffer *ring)
{
    return buffer_valid(ring) && ring->size >= DMA_RING_SLOT_SIZE &&
           ring->size <= ME_DMA_RING_MAX && (ring->size & (ring->size - 1)) == 0 &&
           ring->address % DMA_RING_SLOT_SIZE == 0;
}

static bool parts_valid(const MeDmaBuffer *part)
{
    return ring_valid(&part[HBM_DMA_HOST_RING]) && ring_valid(&part[HBM_DMA_DEVICE_RING]) &&
           buffer_valid(&part[HBM_DMA_CONTROL]) &&
           part[HBM_DMA_CONTROL].size >= DMA_RING_CTRL_SIZE &&
           part[HBM_DMA_CONTROL].address % DMA_RING_SLOT_SIZE == 0;
}

uint8_t me_dma_setup(MeBus *bus, const uint8_t *message)
{
    MeDmaBuffer part[HBM_DMA_DESCRIPTOR_COUNT];

    for (unsigned int i = 0; i < HBM_DMA_DESCRIPTOR_COUNT; i++) {
        const uint8_t *d = message + HBM_DMA_DESCRIPTORS + i * HBM_DMA_DESCRIPTOR_SIZE;

        part[i].address = (uint64_t)swme_get_le32(d + HBM_DMA_DESC_ADDR_HI) << 32 |
                          swme_get_le32(d + HBM_DMA_DESC_ADDR_LO);
        part[i].size = swme_get_le32(d + HBM_DMA_DESC_SIZE);
    }
    if (bus->dma.active) {
        return HBM_STATUS_ALREADY_STARTED; /* moving a ring that is in use would lose its place */
    }
    if (!parts_valid(part)) {
        return HBM_STATUS_INVALID_PARAMETER;
    }
    memcpy(bus->dma.part, part, sizeof(part));
    bus->dma.active = true;
    bus->dma.host_read = 0; /* the driver zeroes the control block before it asks */
    bus->dma.device_write = 0;
    return HBM_STATUS_SUCCESS;
}

uint8_t me_dma_map_client(MeBus *bus, const uint8_t *message)
{
    MeDmaBuffer *buffer = &bus->dma.client[message[HBM_CLIENT_DMA_MAP_BUFFER]];
    MeDmaBuffer wanted = {
        .address = (uint64_t)swme_get_le32(message + HBM_CLIENT_DMA_MAP_ADDR_HI) << 32 |
                   swme_get_le32(message + HBM_CLIENT_DMA_MAP_ADDR_LO),
        .size = swme_get_le32(message + HBM_CLIENT_DMA_MAP_LENGTH),
    };

    if (message[HBM_CLIENT_DMA_MAP_BUFFER] == 0 || !buffer_valid(&wanted)) {
        return HBM_STATUS_INVALID_PARAMETER;
    }
    if (buffer->size != 0) {
        return HBM_STATUS_ALREADY_EXISTS;
    }
    *buffer = wanted;
    return HBM_STATUS_SUCCESS;
}

uint8_t me_dma_unmap_client(MeBus *bus, const uint8_t *message)
{
    MeDmaBuffer *buffer = &bus->dma.client[message[HBM_CLIENT_DMA_UNMAP_BUFFER]];

    if (buffer->size == 0) {
        return HBM_STATUS_NOT_STARTED;
    }
    memset(buffer, 0, sizeof(*buffer));
    return HBM_STATUS_SUCCESS;
}

/* ---- transfers ---- */

static uint32_t slots_for(size_t size)
{
    return (uint32_t)((size + DMA_RING_SLOT_SIZE - 1) / DMA_RING_SLOT_SIZE);
}

static bool broken(MeBus *bus, const char *why)
{
    bus->stats->dma_errors++;
    bus->broken = true;
    me_bus_note(bus, why);
    return false;
}

static bool read_counter(MeBus *bus, unsigned int offset, uint32_t *value)
{
    uint8_t bytes[4];

    if (!bus->device->dma_read(bus->device_opaque, bus->dma.part[HBM_DMA_CONTROL].address + offset,
                               bytes, sizeof(bytes))) {
        return false;
    }
    *value = swme_get_le32(bytes);
    return true;
}

static bool write_counter(MeBus *bus, unsigned int offset, uint32_t value)
{
    uint8_t bytes[4];

    swme_put_le32(bytes, value);
    return bus->device->dma_write(
        bus->device_opaque, bus->dma.part[HBM_DMA_CONTROL].address + offset, bytes, sizeof(bytes));
}

static size_t position(const MeDmaBuffer *ring, uint32_t counter)
{
    return (size_t)(counter & (ring->size / DMA_RING_SLOT_SIZE - 1)) * DMA_RING_SLOT_SIZE;
}

bool me_dma_receive(MeBus *bus, uint8_t *data, size_t size)
{
    MeDma *dma = &bus->dma;
    const MeDmaBuffer *ring = &dma->part[HBM_DMA_HOST_RING];
    uint32_t slots = slots_for(size);
    uint32_t host_write, filled;

    if (size > ring->size) {
        return broken(bus, "DMA ring: a packet points to more than the ring holds");
    }
    if (!read_counter(bus, DMA_RING_CTRL_HOST_WRITE, &host_write)) {
        return broken(bus, "DMA ring: the control block cannot be read");
    }
    filled = host_write - dma->host_read;
    if (filled > ring->size / DMA_RING_SLOT_SIZE || filled < slots) {
        return broken(bus, "DMA ring: the host's counter is impossible");
    }
    if (data) {
        size_t at = position(ring, dma->host_read);
        size_t first = MIN(size, ring->size - at);

        if (!bus->device->dma_read(bus->device_opaque, ring->address + at, data, first) ||
            (size > first && !bus->device->dma_read(bus->device_opaque, ring->address, data + first,
                                                    size - first))) {
            return broken(bus, "DMA ring: the host ring cannot be read");
        }
    }
    dma->host_read += slots;
    if (!write_counter(bus, DMA_RING_CTRL_HOST_READ, dma->host_read)) {
        return broken(bus, "DMA ring: the control block cannot be written");
    }
    return true;
}

bool me_dma_has_room(MeBus *bus, size_t size)
{
    MeDma *dma = &bus->dma;
    uint32_t slots = dma->part[HBM_DMA_DEVICE_RING].size / DMA_RING_SLOT_SIZE;
    uint32_t device_read, filled;

    if (!dma->active || size > dma->part[HBM_DMA_DEVICE_RING].size) {
        return false;
    }
    if (!read_counter(bus, DMA_RING_CTRL_DEVICE_READ, &device_read)) {
        return broken(bus, "DMA ring: the control block cannot be read");
    }
    filled = dma->device_write - device_read;
    if (filled > slots) {
        return broken(bus, "DMA ring: the host's counter is impossible");
    }
    return slots_for(size) <= slots - filled;
}

bool me_dma_write(MeBus *bus, const uint8_t *data, size_t size)
{
    const MeDmaBuffer *ring = &bus->dma.part[HBM_DMA_DEVICE_RING];
    size_t at = position(ring, bus->dma.device_write);
    size_t first = MIN(size, ring->size - at);

    if (!bus->device->dma_write(bus->device_opaque, ring->address + at, data, first) ||
        (size > first &&
         !bus->device->dma_write(bus->device_opaque, ring->address, data + first, size - first))) {
        return broken(bus, "DMA ring: the device ring cannot be written");
    }
    return true;
}

void me_dma_commit(MeBus *bus, size_t size)
{
    bus->dma.device_write += slots_for(size);
    if (!write_counter(bus, DMA_RING_CTRL_DEVICE_WRITE, bus->dma.device_write)) {
        broken(bus, "DMA ring: the control block cannot be written");
    }
}

/* ---- saved state ---- */

GVariant *me_dma_save(const MeDma *dma)
{
    GVariantBuilder parts, buffers;

    g_variant_builder_init(&parts, G_VARIANT_TYPE("a(tu)"));
    for (unsigned int i = 0; i < HBM_DMA_DESCRIPTOR_COUNT; i++) {
        g_variant_builder_add(&parts, "(tu)", dma->part[i].address, dma->part[i].size);
    }
    g_variant_builder_init(&buffers, G_VARIANT_TYPE("a(ytu)"));
    for (unsigned int i = 0; i < ME_CLIENT_BUFFERS; i++) {
        if (dma->client[i].size) {
            g_variant_builder_add(&buffers, "(ytu)", (guchar)i, dma->client[i].address,
                                  dma->client[i].size);
        }
    }
    return g_variant_new("(b@a(tu)uu@a(ytu))", dma->active, g_variant_builder_end(&parts),
                         dma->host_read, dma->device_write, g_variant_builder_end(&buffers));
}

bool me_dma_load(MeDma *dma, GVariant *state)
{
    g_autoptr(GVariant) parts = NULL, buffers = NULL;
    gboolean active;
    GVariantIter iter;
    MeDmaBuffer buffer;
    guchar id;

    g_variant_get(state, "(b@a(tu)uu@a(ytu))", &active, &parts, &dma->host_read, &dma->device_write,
                  &buffers);
    dma->active = active;
    if (g_variant_n_children(parts) != HBM_DMA_DESCRIPTOR_COUNT) {
        return false;
    }
    for (unsigned int i = 0; i < HBM_DMA_DESCRIPTOR_COUNT; i++) {
        g_variant_get_child(parts, i, "(tu)", &dma->part[i].address, &dma->part[i].size);
    }
    g_variant_iter_init(&iter, buffers);
    while (g_variant_iter_next(&iter, "(ytu)", &id, &buffer.address, &buffer.size)) {
        if (id == 0 || !buffer_valid(&buffer)) {
            return false;
        }
        dma->client[id] = buffer;
    }
    return !active || parts_valid(dma->part);
}
