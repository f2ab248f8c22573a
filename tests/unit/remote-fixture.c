/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/remote-fixture.h"

#include <string.h>

/* ---- the wire ---- */

static size_t wire_write(void *opaque, const uint8_t *data, size_t size)
{
    Wire *wire = opaque;

    if (wire->loses) {
        remote_firmware_disconnected(g_steal_pointer(&wire->loses));
        return 0;
    }
    if (wire->blocked) {
        return 0;
    }
    g_byte_array_append(wire->sent, data, (guint)size);
    return size;
}

static void wire_end(void *opaque, const char *why)
{
    Wire *wire = opaque;

    wire->ends++;
    wire->why = why;
}

const RemoteIo wire_io = {
    .write = wire_write,
    .end = wire_end,
};

static void put_hex(GString *out, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        g_string_append_printf(out, "%02x", data[i]);
    }
}

char *wire_frames(Wire *wire)
{
    GString *out = g_string_new(NULL);
    size_t at = 0;

    while (at + 4 <= wire->sent->len) {
        const uint8_t *header = wire->sent->data + at;
        size_t size = (size_t)(header[0] | header[1] << 8);

        g_string_append_printf(out, "%02x:", header[2]);
        put_hex(out, header + 4, size);
        g_string_append_c(out, ' ');
        at += 4 + size;
    }
    g_byte_array_set_size(wire->sent, 0);
    return g_string_free(out, FALSE);
}

static GByteArray *from_hex(const char *hex)
{
    GByteArray *bytes = g_byte_array_new();

    for (const char *p = hex; p[0] && p[1]; p += 2) {
        uint8_t byte = (uint8_t)(g_ascii_xdigit_value(p[0]) << 4 | g_ascii_xdigit_value(p[1]));

        g_byte_array_append(bytes, &byte, 1);
    }
    return bytes;
}

GByteArray *frame(uint8_t type, const char *hex)
{
    GByteArray *bytes = from_hex(hex);
    const uint8_t header[4] = {(uint8_t)bytes->len, (uint8_t)(bytes->len >> 8), type};

    return g_byte_array_prepend(bytes, header, sizeof(header));
}

/* ---- the device ---- */

static int device_receive(void *opaque, uint8_t *packet)
{
    LogDevice *device = opaque;
    g_autoptr(GBytes) bytes = g_queue_pop_head(&device->ring);
    gsize size = 0;
    const void *data = bytes ? g_bytes_get_data(bytes, &size) : NULL;

    if (!bytes) {
        return 0;
    }
    if (size == 0) {
        g_queue_push_head(&device->ring, g_bytes_ref(bytes));
        return HECI_LINK_BROKEN;
    }
    memcpy(packet, data, size);
    return (int)size;
}

static bool device_send(void *opaque, const uint8_t *packet, size_t size)
{
    LogDevice *device = opaque;

    if (!device->ready || device->room == 0) {
        return false;
    }
    device->room--;
    g_string_append_c(device->log, '<');
    put_hex(device->log, packet, size);
    g_string_append_c(device->log, '>');
    return true;
}

static void device_interrupt(void *opaque)
{
    g_string_append_c(((LogDevice *)opaque)->log, 'I');
}

static void device_set_ready(void *opaque, bool ready)
{
    LogDevice *device = opaque;

    device->ready = ready;
    g_string_append_c(device->log, ready ? 'R' : 'r');
}

static void device_set_status(void *opaque, unsigned int index, uint32_t value)
{
    g_string_append_printf(((LogDevice *)opaque)->log, "S%u=%x;", index, value);
}

static void device_d0i3_done(void *opaque)
{
    LogDevice *device = opaque;
    RemoteFirmware *leaves = g_steal_pointer(&device->leaves);

    g_string_append_c(device->log, 'D');
    if (leaves) {
        remote_firmware_ops.d0i3(leaves, false);
    }
}

static void device_pg_exit_done(void *opaque)
{
    g_string_append_c(((LogDevice *)opaque)->log, 'P');
}

static bool device_dma_read(void *opaque, uint64_t address, void *data, size_t size)
{
    LogDevice *device = opaque;

    if (address > sizeof(device->memory) || size > sizeof(device->memory) - address) {
        return false;
    }
    memcpy(data, device->memory + address, size);
    return true;
}

static bool device_dma_write(void *opaque, uint64_t address, const void *data, size_t size)
{
    LogDevice *device = opaque;

    if (address > sizeof(device->memory) || size > sizeof(device->memory) - address) {
        return false;
    }
    memcpy(device->memory + address, data, size);
    return true;
}

const HeciDeviceOps log_device_ops = {
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

void log_device_init(LogDevice *device)
{
    *device = (LogDevice){.log = g_string_new(NULL), .room = 1000};
    g_queue_init(&device->ring);
}

void log_device_clear(LogDevice *device)
{
    g_string_free(device->log, TRUE);
    g_queue_clear_full(&device->ring, (GDestroyNotify)g_bytes_unref);
}

void log_device_put(LogDevice *device, const char *hex)
{
    g_queue_push_tail(&device->ring, g_byte_array_free_to_bytes(from_hex(hex)));
}
