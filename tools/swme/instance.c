/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/swme/instance.h"

#include <string.h>

#include <swme/guid.h>

#include "firmware-sim/amt/amt-state.h"
#include "firmware-sim/context.h"
#include "firmware-sim/control/control.h"
#include "firmware-sim/fault/fault.h"

struct SwmeInstance {
    SwmeServices *services;
    SwmeFaults *faults;
    SwmeFirmware *firmware;
    AmtServer *server;
    SwmeControl *control;
    GSource *soon; /* what the machine is about to do */
};

/* ---- a device that no host ever touches ---- */

static int device_receive(void *device, uint8_t *packet)
{
    (void)device;
    (void)packet;
    return 0;
}

static bool device_send(void *device, const uint8_t *packet, size_t size)
{
    (void)device;
    (void)packet;
    (void)size;
    return false;
}

static void device_nothing(void *device)
{
    (void)device;
}

static void device_set_ready(void *device, bool ready)
{
    (void)device;
    (void)ready;
}

static void device_set_status(void *device, unsigned int index, uint32_t value)
{
    (void)device;
    (void)index;
    (void)value;
}

static bool device_dma_read(void *device, uint64_t address, void *data, size_t size)
{
    (void)device;
    (void)address;
    (void)data;
    (void)size;
    return false;
}

static bool device_dma_write(void *device, uint64_t address, const void *data, size_t size)
{
    (void)device;
    (void)address;
    (void)data;
    (void)size;
    return false;
}

static const HeciDeviceOps device_ops = {
    .receive = device_receive,
    .send = device_send,
    .interrupt = device_nothing,
    .set_ready = device_set_ready,
    .set_status = device_set_status,
    .d0i3_done = device_nothing,
    .pg_exit_done = device_nothing,
    .dma_read = device_dma_read,
    .dma_write = device_dma_write,
};

/* ---- the machine ---- */

static void boot(SwmeInstance *instance)
{
    swme_faults_firmware_ops.platform_reset(instance->faults);
}

static gboolean reset_now(gpointer opaque)
{
    SwmeInstance *instance = opaque;

    g_clear_pointer(&instance->soon, g_source_unref);
    boot(instance);
    return G_SOURCE_REMOVE;
}

static void machine_reset(void *opaque)
{
    SwmeInstance *instance = opaque;

    if (!instance->soon) {
        instance->soon = g_idle_source_new();
        g_source_set_callback(instance->soon, reset_now, instance, NULL);
        g_source_attach(instance->soon, NULL);
    }
}

static void machine_watchdog_expired(void *opaque)
{
    (void)opaque; /* the event says it, and nobody set anything else */
}

static const SwmeMachineOps machine_ops = {
    .reset = machine_reset,
    .watchdog_expired = machine_watchdog_expired,
};

/* ---- life ---- */

static void trace_firmware(void *opaque, const SwmeTrace *trace)
{
    swme_control_trace(((SwmeInstance *)opaque)->control, trace);
}

static void trace_fault(void *opaque, uint32_t id, const char *name)
{
    swme_control_fault(((SwmeInstance *)opaque)->control, id, name);
}

static bool make_control(SwmeInstance *instance, const SwmeInstanceConfig *config, SwmeClock *clock,
                         GError **error)
{
    const SwmeControlTarget target = {
        .firmware = instance->firmware,
        .faults = instance->faults,
        .platform = config->firmware.platform,
        .clock = clock,
        .version = SWME_VERSION,
    };

    instance->control = swme_control_new(config->control, &target, error);
    if (!instance->control) {
        return false;
    }
    swme_firmware_set_trace(instance->firmware, trace_firmware, instance);
    swme_faults_set_trace(instance->faults, trace_fault, instance);
    return true;
}

SwmeInstance *swme_instance_new(const SwmeInstanceConfig *config, SwmeClock *clock, GError **error)
{
    g_autoptr(SwmeInstance) instance = g_new0(SwmeInstance, 1);
    SwmeFirmwareConfig firmware = config->firmware;

    instance->services = swme_services_new();
    instance->faults = swme_faults_new(&device_ops, NULL, clock);
    firmware.machine = (SwmeMachine){&machine_ops, instance};
    firmware.services = instance->services;
    firmware.datagrams = (SwmeDatagrams){.ops = &swme_host_datagram_ops};
    instance->firmware =
        swme_firmware_new(&firmware, &swme_faults_device_ops, instance->faults, clock, error);
    if (!instance->firmware) {
        return NULL;
    }
    swme_faults_attach(instance->faults, &swme_firmware_ops, instance->firmware,
                       &swme_firmware_fault_hooks);
    boot(instance);
    instance->server =
        amt_server_new(instance->firmware, &firmware.machine, clock, &config->server, error);
    if (!instance->server || (config->control && !make_control(instance, config, clock, error))) {
        return NULL;
    }
    return g_steal_pointer(&instance);
}

bool swme_instance_flush(SwmeInstance *instance, GError **error)
{
    return swme_firmware_flush(instance->firmware, error);
}

void swme_instance_free(SwmeInstance *instance)
{
    if (!instance) {
        return;
    }
    if (instance->soon) {
        g_source_destroy(instance->soon);
        g_source_unref(instance->soon);
    }
    swme_control_free(instance->control);
    amt_server_free(instance->server);
    swme_firmware_free(instance->firmware);
    swme_faults_free(instance->faults);
    swme_services_free(instance->services);
    g_free(instance);
}

uint16_t swme_instance_port(const SwmeInstance *instance)
{
    return amt_server_port(instance->server);
}

void swme_instance_uuid(SwmeInstance *instance, char *text)
{
    const SwmeContext *context = swme_firmware_context(instance->firmware);
    SwmeGuid guid;

    memcpy(guid.bytes, context->amt ? amt_state_uuid(context->amt) : context->uuid,
           sizeof(guid.bytes));
    swme_guid_format(&guid, text);
}
