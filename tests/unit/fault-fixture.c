/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/fault-fixture.h"

#include <string.h>

static void note(Rig *rig, const char *what)
{
    g_string_append_printf(rig->log, "%s%s", rig->log->len ? " " : "", what);
}

static void note_bytes(Rig *rig, const char *what, const uint8_t *data, size_t size)
{
    note(rig, what);
    for (size_t i = 0; i < size; i++) {
        g_string_append_printf(rig->log, "%02x", data[i]);
    }
}

/* ---- the device ---- */

static int dev_receive(void *opaque, uint8_t *packet)
{
    Rig *rig = opaque;
    g_autoptr(GBytes) bytes = g_queue_pop_head(&rig->from_host);
    const void *data;
    gsize size;

    if (!bytes) {
        return 0;
    }
    data = g_bytes_get_data(bytes, &size);
    memcpy(packet, data, size);
    return (int)size;
}

static bool dev_send(void *opaque, const uint8_t *packet, size_t size)
{
    Rig *rig = opaque;

    if (rig->room == 0) {
        return false;
    }
    rig->room--;
    note_bytes(rig, "S", packet, size);
    return true;
}

static void dev_interrupt(void *opaque)
{
    note(opaque, "I");
}

static void dev_set_ready(void *opaque, bool ready)
{
    note(opaque, ready ? "Y" : "N");
}

static void dev_set_status(void *opaque, unsigned int index, uint32_t value)
{
    Rig *rig = opaque;

    g_string_append_printf(rig->log, "%sW%u=%08x", rig->log->len ? " " : "", index, value);
    rig->status[index] = value;
}

static void dev_d0i3_done(void *opaque)
{
    note(opaque, "Q");
}

static void dev_pg_exit_done(void *opaque)
{
    note(opaque, "O");
}

static bool dev_dma_read(void *opaque, uint64_t address, void *data, size_t size)
{
    note(opaque, "r");
    memset(data, (int)address, size);
    return true;
}

static bool dev_dma_write(void *opaque, uint64_t address, const void *data, size_t size)
{
    (void)address;
    note_bytes(opaque, "w", data, size);
    return true;
}

static const HeciDeviceOps device_ops = {
    .receive = dev_receive,
    .send = dev_send,
    .interrupt = dev_interrupt,
    .set_ready = dev_set_ready,
    .set_status = dev_set_status,
    .d0i3_done = dev_d0i3_done,
    .pg_exit_done = dev_pg_exit_done,
    .dma_read = dev_dma_read,
    .dma_write = dev_dma_write,
};

/* ---- the firmware ---- */

static void fw_doorbell(void *opaque)
{
    Rig *rig = opaque;

    note(rig, "D");
    if (rig->answer_doorbell) {
        rig_fetch(rig);
    }
}

static void fw_host_reset(void *opaque)
{
    note(opaque, "H");
}

static void fw_platform_reset(void *opaque)
{
    note(opaque, "P");
}

static void fw_d0i3(void *opaque, bool enter)
{
    note(opaque, enter ? "E" : "L");
}

static void fw_pg_isolation(void *opaque, bool enter)
{
    note(opaque, enter ? "G" : "g");
}

static const HeciFirmwareOps firmware_ops = {
    .doorbell = fw_doorbell,
    .host_reset = fw_host_reset,
    .platform_reset = fw_platform_reset,
    .d0i3 = fw_d0i3,
    .pg_isolation = fw_pg_isolation,
};

static void hook_reset(void *opaque)
{
    Rig *rig = opaque;

    note(rig, "X");
    rig->device->set_ready(rig->device_opaque, false);
    rig->device->interrupt(rig->device_opaque);
}

static uint8_t hook_client_address(void *opaque, const char *name)
{
    (void)opaque;
    return strcmp(name, "echo") == 0         ? RIG_ECHO
           : strcmp(name, "mkhi") == 0       ? RIG_MKHI
           : strcmp(name, "mkhi-fixed") == 0 ? RIG_MKHI_FIXED
                                             : 0;
}

static bool hook_set_client(void *opaque, uint8_t me_addr, bool present)
{
    Rig *rig = opaque;

    g_string_append_printf(rig->log, "%s%s%u", rig->log->len ? " " : "", present ? "+" : "-",
                           me_addr);
    return true;
}

static const SwmeFaultHooks hooks = {hook_reset, hook_client_address, hook_set_client};

/* ---- the rig ---- */

static void struck(void *opaque, uint32_t id, const char *name)
{
    ck_assert_uint_gt(id, 0);
    ck_assert_ptr_nonnull(name);
    ((Rig *)opaque)->strikes++;
}

static Rig *new_rig(void)
{
    Rig *rig = g_new0(Rig, 1);

    rig->clock = swme_manual_clock_new();
    rig->log = g_string_new(NULL);
    rig->room = UINT32_MAX;
    g_queue_init(&rig->from_host);
    return rig;
}

Rig *rig_new_direct(void)
{
    Rig *rig = new_rig();

    rig->device = &device_ops;
    rig->device_opaque = rig;
    rig->firmware = &firmware_ops;
    rig->firmware_opaque = rig;
    return rig;
}

Rig *rig_new(const char *rules)
{
    Rig *rig = new_rig();

    rig->faults = swme_faults_new(&device_ops, rig, swme_manual_clock(rig->clock));
    swme_faults_attach(rig->faults, &firmware_ops, rig, &hooks);
    swme_faults_set_trace(rig->faults, struck, rig);
    rig->device = &swme_faults_device_ops;
    rig->device_opaque = rig->faults;
    rig->firmware = &swme_faults_firmware_ops;
    rig->firmware_opaque = rig->faults;
    if (rules) {
        rig_add(rig, rules);
    }
    return rig;
}

void rig_free(Rig *rig)
{
    swme_faults_free(rig->faults);
    swme_manual_clock_free(rig->clock);
    g_queue_clear_full(&rig->from_host, (GDestroyNotify)g_bytes_unref);
    g_string_free(rig->log, TRUE);
    g_free(rig);
}

void rig_add(Rig *rig, const char *rules)
{
    g_autoptr(GError) error = NULL;

    MUST_MSG(swme_faults_add(rig->faults, rules, NULL, NULL, &error), "%s: %s", rules,
             error->message);
}

bool rig_send(Rig *rig, uint32_t header, const void *data, size_t size)
{
    uint8_t packet[MEI_PACKET_MAX];

    swme_put_le32(packet, header);
    memcpy(packet + MEI_HEADER_SIZE, data, size);
    return rig->device->send(rig->device_opaque, packet, MEI_HEADER_SIZE + size);
}

bool rig_send_hbm(Rig *rig, const void *data, size_t size)
{
    return rig_send(rig, mei_hdr(0, 0, (uint16_t)size, true), data, size);
}

bool rig_send_data(Rig *rig, const void *data, size_t size)
{
    return rig_send(rig, mei_hdr(RIG_ECHO, 1, (uint16_t)size, true), data, size);
}

void rig_host(Rig *rig, uint32_t header, const void *data, size_t size)
{
    uint8_t packet[MEI_PACKET_MAX];

    swme_put_le32(packet, header);
    memcpy(packet + MEI_HEADER_SIZE, data, size);
    g_queue_push_tail(&rig->from_host, g_bytes_new(packet, MEI_HEADER_SIZE + size));
}

void rig_host_hbm(Rig *rig, const void *data, size_t size)
{
    rig_host(rig, mei_hdr(0, 0, (uint16_t)size, true), data, size);
}

void rig_fetch(Rig *rig)
{
    uint8_t packet[MEI_PACKET_MAX];
    int size;

    while ((size = rig->device->receive(rig->device_opaque, packet)) > 0) {
        ck_assert_int_eq(size, MEI_HEADER_SIZE + MEI_HDR_LENGTH(swme_get_le32(packet)));
        note_bytes(rig, "R", packet, (size_t)size);
    }
}

void rig_interrupt(Rig *rig)
{
    rig->device->interrupt(rig->device_opaque);
}

void rig_ready(Rig *rig, bool ready)
{
    rig->device->set_ready(rig->device_opaque, ready);
}

void rig_host_reset(Rig *rig)
{
    rig->firmware->host_reset(rig->firmware_opaque);
}

void rig_advance(Rig *rig, int64_t ns)
{
    swme_manual_clock_advance(rig->clock, ns);
}

uint64_t rig_hits(const Rig *rig)
{
    uint64_t hits = 0;

    for (unsigned int i = 0; i < swme_faults_count(rig->faults); i++) {
        SwmeFaultInfo info;

        swme_faults_info(rig->faults, i, &info);
        hits += info.hits;
    }
    return hits;
}
