/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qemu/osdep.h"

#include "qapi/error.h"

#include "hw/qemu-compat.h"
#include "trace-swme.h"

#include "hw/heci-platform.h"
#include "hw/mei-clock.h"
#include "hw/mei-firmware.h"

/* ---- what it does is seen ---- */

static void trace_firmware(void *opaque, const SwmeTrace *trace)
{
    MeiFirmware *fw = opaque;

    if (fw->control) {
        swme_control_trace(fw->control, trace);
    }
    if (fw->capture.heci.capture) {
        swme_capture_trace(fw->capture.heci.capture, trace);
    }
    switch (trace->kind) {
    case SWME_TRACE_PACKET_IN:
    case SWME_TRACE_PACKET_OUT:
        trace_mei_packet(trace->kind == SWME_TRACE_PACKET_IN ? "in" : "out", trace->what,
                         trace->me_addr, trace->host_addr, trace->size);
        break;
    case SWME_TRACE_MESSAGE_IN:
    case SWME_TRACE_MESSAGE_OUT:
        trace_mei_message(trace->kind == SWME_TRACE_MESSAGE_IN ? "in" : "out", trace->what,
                          trace->me_addr, trace->host_addr, trace->size);
        break;
    case SWME_TRACE_NOTE:
        trace_mei_note(trace->what);
        break;
    }
}

static void trace_fault(void *opaque, uint32_t id, const char *name)
{
    MeiFirmware *fw = opaque;

    if (fw->control) {
        swme_control_fault(fw->control, id, name);
    }
    trace_mei_fault(id, name);
}

/* The machine's own UUID unless the user gave this device another. */
static void machine_uuid(MeiFirmware *fw, uint8_t *uuid)
{
    QemuUUID choice = qemu_uuid_is_null(&fw->uuid) && qemu_uuid_set ? qemu_uuid : fw->uuid;

    choice = qemu_uuid_bswap(choice); /* SMBIOS has the first three fields little-endian */
    memcpy(uuid, choice.data, SWME_UUID_SIZE);
}

static bool init_registers(MeiFirmware *fw, const HeciHostOps *ops, void *opaque, Error **errp)
{
    const HeciConfig registers = heci_platform_config(fw->platform);

    if (!heci_init(fw->heci, &registers, ops, opaque)) {
        error_setg(errp, "platform %s has buffers of a depth that HECI does not have",
                   fw->platform->name);
        return false;
    }
    return true;
}

static void start_fault(MeiFirmware *fw, Error **errp)
{
    g_autoptr(GError) gerror = NULL;

    swme_faults_set_trace(fw->faults, trace_fault, fw);
    if (fw->fault && !swme_faults_start(fw->faults, fw->fault, &gerror)) {
        error_setg(errp, "%s", gerror->message);
    }
}

/*
 * As QEMU does with the locks of images (docs/system, "image locking"; block.c, bdrv_inactivate()):
 * the machine that leaves lets go of the file before its state is on its way, and takes it again if
 * it runs on all the same; the one that comes takes it when it begins to run.
 */
static void state_changed(void *opaque, bool running, RunState state)
{
    MeiFirmware *fw = opaque;
    bool elsewhere = fw->nvm_elsewhere;

    if (running) {
        elsewhere = false;
    } else if (state == RUN_STATE_FINISH_MIGRATE) {
        elsewhere = true;
    }
    if (elsewhere != fw->nvm_elsewhere) {
        fw->nvm_elsewhere = elsewhere;
        swme_firmware_own_nvm(fw->firmware, !elsewhere);
    }
}

static void watch_migrations(MeiFirmware *fw)
{
    fw->nvm_elsewhere = runstate_check(RUN_STATE_INMIGRATE);
    if (fw->nvm) {
        fw->state_changes = qemu_add_vm_change_state_handler(state_changed, fw);
    }
}

static void assemble(MeiFirmware *fw, const HeciHostOps *ops, void *opaque, Error **errp)
{
    SwmeFirmwareConfig config = {
        .platform = fw->platform,
        .echo = fw->echo,
        .latency = fw->latency,
        .nvm = fw->nvm,
        .nvm_later = runstate_check(RUN_STATE_INMIGRATE),
        .machine = {&mei_machine_ops, &fw->machine},
        .watchdog = fw->watchdog,
        .watchdog_reset = fw->watchdog_reset,
        .datagrams = mei_lan_datagrams(&fw->lan),
        .services = fw->services,
        .alert = fw->alert,
    };
    g_autoptr(GError) gerror = NULL;
    SwmeClock *clock = &fw->clock;
    bool captured;

    if (fw->amt && !swme_switch_parse(fw->amt, &config.amt, &gerror)) {
        error_setg(errp, "%s", gerror->message);
        return;
    }
    machine_uuid(fw, config.uuid);
    fw->clock = mei_clock;
    if (!mei_capture_open(&fw->capture, fw->pcap, fw->pcap_levels, &fw->clock, &config, fw->fault,
                          &gerror)) {
        error_setg(errp, "%s", gerror->message);
        return;
    }
    captured = fw->capture.heci.capture != NULL;
    if (captured) {
        fw->capture.heci.heci = fw->heci;
        fw->capture.heci.host = ops;
        fw->capture.heci.host_opaque = opaque;
        clock = swme_capture_clock(fw->capture.heci.capture);
    }
    if (!init_registers(fw, captured ? &heci_capture_host_ops : ops,
                        captured ? (void *)&fw->capture.heci : opaque, errp)) {
        return;
    }
    fw->faults = swme_faults_new(&heci_device_ops, fw->heci, clock);
    fw->firmware = swme_firmware_new(&config, &swme_faults_device_ops, fw->faults, clock, &gerror);
    if (!fw->firmware) {
        error_setg(errp, "%s", gerror->message);
        return;
    }
    mei_machine_listen(&fw->machine, fw->firmware, NULL, captured ? &fw->capture.heci : NULL);
    if (captured) {
        swme_capture_set_firmware(fw->capture.heci.capture, fw->firmware);
    }
    heci_attach(fw->heci, &swme_faults_firmware_ops, fw->faults);
    swme_faults_attach(fw->faults, &swme_firmware_ops, fw->firmware, &swme_firmware_fault_hooks);
    swme_firmware_set_trace(fw->firmware, trace_firmware, fw);
    if (fw->echo) {
        fw->echo_service = swme_echo_service_new(fw->services, SWME_ECHO_PORT);
    }
    watch_migrations(fw);
    start_fault(fw, errp);
}

/* ---- in another process ---- */

/* What is made of these the other process has, or has not. */
static bool no_other_properties(const MeiFirmware *fw, Error **errp)
{
    const struct {
        const char *name;
        bool given;
    } properties[] = {
        {"amt", fw->amt != NULL},
        {"latency", fw->latency != NULL},
        {"nvm", fw->nvm != NULL},
        {"watchdog", fw->watchdog != NULL},
        {"watchdog-reset", fw->watchdog_reset != NULL},
        {"alert", fw->alert != NULL},
        {"control", fw->control_path != NULL},
        {"pcap", fw->pcap != NULL},
        {"echo", fw->echo},
        {"netdev", fw->lan.conf.peers.ncs[0] != NULL},
        {"ip", fw->lan.ip != NULL},
        {"share", fw->lan.share != NULL},
        {"listen", fw->server.listen != NULL},
        {"provision", fw->server.provision != NULL},
        {"password-secret", fw->server.password_secret != NULL},
        {"quirk", fw->server.quirk != NULL},
        {"uuid", !qemu_uuid_is_null(&fw->uuid)},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(properties); i++) {
        if (properties[i].given) {
            error_setg(errp,
                       "%s is the firmware's, and with firmware= that is another process: give it "
                       "to that one, as 'swme serve --help' says",
                       properties[i].name);
            return false;
        }
    }
    return true;
}

static void assemble_external(MeiFirmware *fw, const HeciHostOps *ops, void *opaque, Error **errp)
{
    fw->clock = mei_clock;
    if (!no_other_properties(fw, errp) || !init_registers(fw, ops, opaque, errp)) {
        return;
    }
    fw->faults = swme_faults_new(&heci_device_ops, fw->heci, &fw->clock);
    fw->link = mei_link_new(fw->external, fw->platform, &swme_faults_device_ops, fw->faults,
                            &(SwmeMachine){&mei_machine_ops, &fw->machine}, &fw->clock, errp);
    if (!fw->link) {
        return;
    }
    mei_machine_listen(&fw->machine, NULL, mei_link_firmware(fw->link), NULL);
    heci_attach(fw->heci, &swme_faults_firmware_ops, fw->faults);
    swme_faults_attach(fw->faults, &remote_firmware_ops, mei_link_firmware(fw->link), NULL);
    start_fault(fw, errp);
}

/* ---- the control socket ---- */

static void counters(void *opaque, SwmeControlCounterFunc add, void *add_opaque)
{
    const MeiFirmware *fw = opaque;

    add(add_opaque, "resets", fw->heci->resets);
    add(add_opaque, "doorbells", fw->heci->doorbells);
    add(add_opaque, "interrupts", fw->heci->interrupts);
    for (unsigned int i = 0; i < HECI_GUEST_ERROR_COUNT; i++) {
        add(add_opaque, heci_guest_error_name((HeciGuestError)i), fw->heci->guest_errors[i]);
    }
}

/*
 * QEMU ends without unrealizing its devices: the socket would stay, a thread that makes a key for
 * AMT's server would still be inside GnuTLS when that takes its tables down, and what was answered
 * last would not be in the NVM file yet.
 */
static void exiting(Notifier *notifier, void *data G_GNUC_UNUSED)
{
    MeiFirmware *fw = container_of(notifier, MeiFirmware, exit_notifier);

    g_clear_pointer(&fw->control, swme_control_free);
    mei_server_free(&fw->server);
    if (fw->firmware) {
        (void)swme_firmware_flush(fw->firmware, NULL); /* whose thread has told what failed */
    }
}

static void watch_exit(MeiFirmware *fw)
{
    fw->exit_notifier.notify = exiting;
    qemu_add_exit_notifier(&fw->exit_notifier);
}

static void forget_exit(MeiFirmware *fw)
{
    if (fw->exit_notifier.notify) {
        qemu_remove_exit_notifier(&fw->exit_notifier);
        fw->exit_notifier.notify = NULL;
    }
}

static void open_control(MeiFirmware *fw, Error **errp)
{
    const SwmeControlTarget target = {
        .firmware = fw->firmware,
        .faults = fw->faults,
        .platform = fw->platform,
        .clock = &fw->clock,
        .version = SWME_VERSION,
        .counters = counters,
        .opaque = fw,
    };
    g_autoptr(GError) gerror = NULL;

    if (!fw->control_path) {
        return;
    }
    fw->control = swme_control_new(fw->control_path, &target, &gerror);
    if (!fw->control) {
        error_setg(errp, "%s", gerror->message);
    }
}

/* ---- life ---- */

bool mei_firmware_init(MeiFirmware *fw, Heci *heci, const HeciHostOps *ops, void *opaque,
                       Error **errp)
{
    ERRP_GUARD();
    g_autoptr(GError) gerror = NULL;

    fw->platform = swme_platform_find(fw->platform_name, &gerror);
    if (!fw->platform) {
        error_setg(errp, "%s", gerror->message);
        return false;
    }
    fw->heci = heci;
    fw->services = swme_services_new();
    if (fw->external) {
        assemble_external(fw, ops, opaque, errp);
    } else {
        assemble(fw, ops, opaque, errp);
    }
    if (*errp) {
        mei_firmware_free(fw);
        return false;
    }
    return true;
}

void mei_firmware_open_doors(MeiFirmware *fw, DeviceState *dev, Error **errp)
{
    ERRP_GUARD();

    if (fw->link) {
        mei_link_start(fw->link);
        return;
    }
    watch_exit(fw);
    open_control(fw, errp);
    if (!*errp) {
        mei_lan_init(&fw->lan, dev, fw->firmware, fw->services, &fw->clock, errp);
    }
    if (!*errp) {
        mei_server_init(&fw->server, fw->firmware, &(SwmeMachine){&mei_machine_ops, &fw->machine},
                        &fw->clock, errp);
    }
}

void mei_firmware_free(MeiFirmware *fw)
{
    forget_exit(fw);
    g_clear_pointer(&fw->control, swme_control_free);
    mei_server_free(&fw->server);
    mei_lan_free(&fw->lan);
    g_clear_pointer(&fw->echo_service, swme_echo_service_free);
    mei_machine_leave(&fw->machine);
    g_clear_pointer(&fw->link, mei_link_free);
    g_clear_pointer(&fw->state_changes, qemu_del_vm_change_state_handler);
    g_clear_pointer(&fw->firmware, swme_firmware_free);
    g_clear_pointer(&fw->faults, swme_faults_free);
    g_clear_pointer(&fw->services, swme_services_free);
    mei_capture_close(&fw->capture);
}
