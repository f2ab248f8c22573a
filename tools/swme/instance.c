/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/swme/instance.h"

#include <string.h>

#include <swme/guid.h>

#include "firmware-sim/amt/amt-state.h"
#include "firmware-sim/context.h"
#include "firmware-sim/control/control.h"
#include "firmware-sim/fault/fault.h"
#include "firmware-sim/net/echo-service.h"
#include "firmware-sim/remote/remote-server.h"
#include "tools/swme/swme.h"

struct SwmeInstance {
    SwmeServices *services;
    SwmeEchoService *echo_service; /* NULL: nobody asked for one */
    SwmeFaults *faults;
    SwmeFirmware *firmware;
    AmtServer *server;
    SwmeControl *control;
    RemoteServer *link; /* NULL: no device, and the machine below */
    const char *platform;
    SwmeHostPower power;
    SwmePowerAction next; /* what the machine is about to do */
    GSource *soon;        /* NULL: nothing */
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

static void go_to(SwmeInstance *instance, SwmeHostPower power)
{
    instance->power = power;
    swme_firmware_host_power(instance->firmware, power);
}

static void boot(SwmeInstance *instance)
{
    swme_faults_firmware_ops.platform_reset(instance->faults);
}

/* From S5: it is no waking up. */
static void start(SwmeInstance *instance)
{
    instance->power = SWME_HOST_S0;
    boot(instance);
}

static gboolean act_now(gpointer opaque)
{
    SwmeInstance *instance = opaque;
    bool off = instance->power != SWME_HOST_S0;

    g_clear_pointer(&instance->soon, g_source_unref);
    switch (instance->next) {
    case SWME_POWER_OFF:
    case SWME_POWER_SOFT_OFF:
        go_to(instance, SWME_HOST_S5);
        break;
    case SWME_POWER_CYCLE:
        go_to(instance, SWME_HOST_S5);
        start(instance);
        break;
    case SWME_POWER_ON:
        if (off) {
            start(instance);
        }
        break;
    case SWME_POWER_RESET:
        boot(instance);
        break;
    case SWME_POWER_NMI: /* nothing runs that would take it */
    default:
        break;
    }
    return G_SOURCE_REMOVE;
}

static SwmeHostPower machine_power(void *opaque)
{
    return ((SwmeInstance *)opaque)->power;
}

/* No operating system is there to be asked for anything. */
static unsigned int machine_actions(void *opaque)
{
    bool on = ((SwmeInstance *)opaque)->power == SWME_HOST_S0;

    return on ? 1 << SWME_POWER_ON | 1 << SWME_POWER_RESET | 1 << SWME_POWER_CYCLE |
                    1 << SWME_POWER_OFF | 1 << SWME_POWER_NMI
              : 1 << SWME_POWER_ON;
}

/* The last one asked for in a moment is the one that is done. */
static bool machine_act(void *opaque, SwmePowerAction action)
{
    SwmeInstance *instance = opaque;

    if (!(machine_actions(opaque) & 1u << action)) {
        return false;
    }
    instance->next = action;
    if (!instance->soon) {
        instance->soon = g_idle_source_new();
        g_source_set_callback(instance->soon, act_now, instance, NULL);
        g_source_attach(instance->soon, NULL);
    }
    return true;
}

static void machine_reset(void *opaque)
{
    machine_act(opaque, SWME_POWER_RESET);
}

static void machine_watchdog_expired(void *opaque)
{
    (void)opaque; /* the event says it, and nobody set anything else */
}

static const SwmeMachineOps machine_ops = {
    .reset = machine_reset,
    .watchdog_expired = machine_watchdog_expired,
    .power = machine_power,
    .actions = machine_actions,
    .act = machine_act,
};

/* ---- a device elsewhere ---- */

static void link_host_power(void *opaque, SwmeHostPower power)
{
    swme_firmware_host_power(((SwmeInstance *)opaque)->firmware, power);
}

/* Coming and going is nothing to speak of. */
static void link_note(void *opaque, const char *what, bool error)
{
    const SwmeInstance *instance = opaque;
    const RemoteDevice *device = remote_server_device(instance->link);

    if (error) {
        swme_fail("serve: the device %s", what);
    } else if (remote_device_present(device) && *remote_device_platform(device) &&
               strcmp(remote_device_platform(device), instance->platform) != 0) {
        swme_fail(
            "serve: the device is platform '%s', this firmware is '%s': --platform says which",
            remote_device_platform(device), instance->platform);
    }
}

static const RemoteServerOps link_ops = {
    .host_power = link_host_power,
    .note = link_note,
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
    RemoteDevice *device;

    instance->services = swme_services_new();
    instance->platform = firmware.platform->name;
    if (config->link) {
        instance->link = remote_server_new(&link_ops, instance);
    }
    device = instance->link ? remote_server_device(instance->link) : NULL;
    instance->faults = swme_faults_new(device ? &remote_device_ops : &device_ops, device, clock);
    firmware.machine = device ? (SwmeMachine){&remote_device_machine_ops, device}
                              : (SwmeMachine){&machine_ops, instance};
    firmware.services = instance->services;
    firmware.datagrams = (SwmeDatagrams){.ops = &swme_host_datagram_ops};
    instance->firmware =
        swme_firmware_new(&firmware, &swme_faults_device_ops, instance->faults, clock, error);
    if (!instance->firmware) {
        return NULL;
    }
    swme_faults_attach(instance->faults, &swme_firmware_ops, instance->firmware,
                       &swme_firmware_fault_hooks);
    if (device) {
        remote_device_attach(device, &swme_faults_firmware_ops, instance->faults);
        swme_firmware_host_power(instance->firmware, SWME_HOST_S5); /* until one connects */
    } else {
        boot(instance);
    }
    if (firmware.echo) {
        instance->echo_service = swme_echo_service_new(instance->services, SWME_ECHO_PORT);
    }
    instance->server =
        amt_server_new(instance->firmware, &firmware.machine, clock, &config->server, error);
    if (!instance->server || (config->control && !make_control(instance, config, clock, error)) ||
        (config->link && !remote_server_listen(instance->link, config->link, error))) {
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
    remote_server_close(instance->link);
    swme_control_free(instance->control);
    amt_server_free(instance->server);
    swme_firmware_free(instance->firmware);
    swme_faults_free(instance->faults);
    g_clear_pointer(&instance->echo_service, swme_echo_service_free);
    swme_services_free(instance->services);
    remote_server_free(instance->link);
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
