/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/fake-device.h"

#include <string.h>

#include <swme/bytes.h>

static unsigned int slots_of(size_t packet_size)
{
    return (unsigned int)((packet_size + 3) / 4);
}

static void drop_packets(GQueue *queue)
{
    g_queue_clear_full(queue, (GDestroyNotify)g_bytes_unref);
}

static int fake_receive(void *opaque, uint8_t *packet)
{
    FakeDevice *device = opaque;
    g_autoptr(GBytes) bytes = NULL;
    gsize size;
    const uint8_t *data;

    device->calls++;
    if (!device->host_ready || g_queue_is_empty(&device->to_firmware)) {
        return 0;
    }
    if (g_bytes_get_size(g_queue_peek_head(&device->to_firmware)) == 0) {
        return HECI_LINK_BROKEN;
    }
    bytes = g_queue_pop_head(&device->to_firmware);
    data = g_bytes_get_data(bytes, &size);
    /* Stale bytes behind the packet must never matter. */
    memset(packet, 0xa5, MEI_PACKET_MAX);
    memcpy(packet, data, size);
    device->h_used -= slots_of(size);
    device->taken++;
    device->unannounced = true;
    return (int)size;
}

/* What no host would survive: Linux resets the link on each of these. */
static void check_outgoing(const FakeDevice *device, const uint8_t *packet, size_t size)
{
    uint32_t header;

    g_assert_cmpuint(size, >=, MEI_HEADER_SIZE);
    g_assert_cmpuint(size, <=, MEI_PACKET_MAX);
    header = swme_get_le32(packet);
    g_assert_cmpuint(size, ==, MEI_HEADER_SIZE + MEI_HDR_LENGTH(header));
    if (device->damage) {
        return;
    }
    g_assert_cmpuint(header, !=, 0);
    g_assert_cmphex(header & (MEI_HDR_RESERVED | MEI_HDR_INTERNAL), ==, 0);
    if (!device->extensions) {
        g_assert_cmphex(header & (MEI_HDR_EXTENDED | MEI_HDR_DMA_RING), ==, 0);
    }
    if (MEI_HDR_ME_ADDR(header) == MEI_HBM_ADDR) {
        g_assert_cmpuint(MEI_HDR_HOST_ADDR(header), ==, MEI_HBM_ADDR);
        g_assert_true(header & MEI_HDR_COMPLETE);
    }
}

static bool fake_send(void *opaque, const uint8_t *packet, size_t size)
{
    FakeDevice *device = opaque;

    device->calls++;
    check_outgoing(device, packet, size);
    if (slots_of(size) > device->me_depth) {
        device->never_fits++;
    }
    if (!device->ready || slots_of(size) > device->me_depth - device->me_used) {
        device->refused++;
        return false;
    }
    g_queue_push_tail(&device->from_firmware, g_bytes_new(packet, size));
    device->me_used += slots_of(size);
    device->unannounced = true;
    return true;
}

static void fake_interrupt(void *opaque)
{
    FakeDevice *device = opaque;

    device->calls++;
    device->interrupts++;
    device->unannounced = false;
}

static void fake_set_ready(void *opaque, bool ready)
{
    FakeDevice *device = opaque;

    device->calls++;
    if (device->ready == ready) {
        return;
    }
    device->ready_edges++;
    if (!ready) {
        fake_device_reset(device);
    }
    device->ready = ready;
}

static void fake_set_status(void *opaque, unsigned int index, uint32_t value)
{
    FakeDevice *device = opaque;

    device->calls++;
    g_assert_cmpuint(index, <, HECI_HFS_COUNT);
    device->status[index] = value;
}

static void fake_d0i3_done(void *opaque)
{
    FakeDevice *device = opaque;

    device->calls++;
    device->d0i3_done++;
}

static void fake_pg_exit_done(void *opaque)
{
    FakeDevice *device = opaque;

    device->calls++;
    device->pg_exit_done++;
}

static bool in_memory(const FakeDevice *device, uint64_t address, size_t size)
{
    return device->dma_calls != device->dma_fails_at && device->memory &&
           size <= device->memory_size && address <= device->memory_size - size;
}

static bool fake_dma_read(void *opaque, uint64_t address, void *data, size_t size)
{
    FakeDevice *device = opaque;

    device->calls++;
    device->dma_calls++;
    if (!in_memory(device, address, size)) {
        return false;
    }
    memcpy(data, device->memory + address, size);
    if (device->racing) {
        device->racing(device, address);
    }
    return true;
}

static bool fake_dma_write(void *opaque, uint64_t address, const void *data, size_t size)
{
    FakeDevice *device = opaque;

    device->calls++;
    device->dma_calls++;
    if (!in_memory(device, address, size)) {
        return false;
    }
    memcpy(device->memory + address, data, size);
    return true;
}

const HeciDeviceOps fake_device_ops = {
    .receive = fake_receive,
    .send = fake_send,
    .interrupt = fake_interrupt,
    .set_ready = fake_set_ready,
    .set_status = fake_set_status,
    .d0i3_done = fake_d0i3_done,
    .pg_exit_done = fake_pg_exit_done,
    .dma_read = fake_dma_read,
    .dma_write = fake_dma_write,
};

void fake_device_init(FakeDevice *device, unsigned int h_depth, unsigned int me_depth)
{
    memset(device, 0, sizeof(*device));
    g_queue_init(&device->to_firmware);
    g_queue_init(&device->from_firmware);
    device->h_depth = h_depth;
    device->me_depth = me_depth;
}

void fake_device_clear(FakeDevice *device)
{
    drop_packets(&device->to_firmware);
    drop_packets(&device->from_firmware);
}

void fake_device_copy(FakeDevice *to, const FakeDevice *from)
{
    *to = *from;
    g_queue_init(&to->to_firmware);
    g_queue_init(&to->from_firmware);
    for (GList *l = from->to_firmware.head; l; l = l->next) {
        g_queue_push_tail(&to->to_firmware, g_bytes_ref(l->data));
    }
    for (GList *l = from->from_firmware.head; l; l = l->next) {
        g_queue_push_tail(&to->from_firmware, g_bytes_ref(l->data));
    }
}

void fake_device_reset(FakeDevice *device)
{
    fake_device_clear(device);
    device->h_used = 0;
    device->me_used = 0;
    device->ready = false;
}

bool fake_device_put(FakeDevice *device, uint32_t header, const void *data, size_t size)
{
    size_t total = MEI_HEADER_SIZE + size;
    uint8_t *packet;

    if (slots_of(total) > device->h_depth - device->h_used) {
        return false;
    }
    packet = g_malloc(total);
    swme_put_le32(packet, header);
    if (size) {
        memcpy(packet + MEI_HEADER_SIZE, data, size);
    }
    g_queue_push_tail(&device->to_firmware, g_bytes_new_take(packet, total));
    device->h_used += slots_of(total);
    return true;
}

void fake_device_put_broken(FakeDevice *device)
{
    g_queue_push_tail(&device->to_firmware, g_bytes_new(NULL, 0));
}

GBytes *fake_device_take(FakeDevice *device)
{
    GBytes *bytes = g_queue_pop_head(&device->from_firmware);

    if (bytes) {
        device->me_used -= slots_of(g_bytes_get_size(bytes));
    }
    return bytes;
}

const uint8_t *fake_device_peek(const FakeDevice *device, size_t *size)
{
    GBytes *bytes = device->from_firmware.head ? device->from_firmware.head->data : NULL;

    return bytes ? g_bytes_get_data(bytes, size) : NULL;
}

unsigned int fake_device_drop_all(FakeDevice *device)
{
    unsigned int count = device->from_firmware.length;

    drop_packets(&device->from_firmware);
    device->me_used = 0;
    return count;
}

void fake_clock_settle(SwmeManualClock *clock)
{
    SwmeClock *now = swme_manual_clock(clock);

    for (unsigned int fired = 0; swme_manual_clock_armed(clock); fired++) {
        g_assert_cmpuint(fired, <, 100000);
        /* What is longer off is a watchdog, which a settled firmware may have running. */
        if (swme_manual_clock_next(clock) >= now->now(now) + FAKE_SETTLED_NS) {
            break;
        }
        swme_manual_clock_step(clock, INT64_MAX);
    }
}
