/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qemu/osdep.h"

#include "block/aio.h"
#include "qemu/config-file.h"
#include "qemu/main-loop.h"
#include "qemu/option.h"
#include "qemu/timer.h"
#include "qapi/qapi-events-run-state.h"

#include "hw/qemu-compat.h"
#include "trace-swme.h"

#include "hw/mei-inventory.h"
#include "hw/mei-machine.h"

static void tell(MeiMachine *machine, SwmeHostPower power)
{
    if (machine->remote) {
        remote_firmware_host_power(machine->remote, power);
    } else if (machine->capture) {
        heci_capture_host_power(machine->capture, machine->firmware, power);
    } else {
        swme_firmware_host_power(machine->firmware, power);
    }
}

/* ---- what the firmware asks ---- */

static void machine_reset(void *opaque G_GNUC_UNUSED)
{
    trace_mei_machine("resets the host");
    /* As QEMU's own watchdogs do it: -no-reboot and -action reboot= count. */
    qemu_system_reset_request(SHUTDOWN_CAUSE_GUEST_RESET);
}

static int has_watchdog_action(void *opaque G_GNUC_UNUSED, QemuOpts *options,
                               Error **errp G_GNUC_UNUSED)
{
    return qemu_opt_get(options, "watchdog") != NULL;
}

/* QEMU's default is to reset, and nothing tells it from a user's wish but the command line. */
static bool user_chose_action(void)
{
    QemuOptsList *actions = qemu_find_opts("action");

    return get_watchdog_action() != WATCHDOG_ACTION_RESET ||
           qemu_opts_foreach(actions, has_watchdog_action, NULL, NULL);
}

/*
 * This watchdog raises an alarm and no more unless AMT is told otherwise (the driver says
 * WDIOF_ALARMONLY): so QEMU's action is taken where the user chose one, else the event alone.
 */
static void machine_watchdog_expired(void *opaque G_GNUC_UNUSED)
{
    bool chosen = user_chose_action();

    trace_mei_machine(chosen ? "watchdog ran out: QEMU's action" : "watchdog ran out");
    if (chosen) {
        watchdog_perform_action();
    } else {
        qapi_event_send_watchdog(WATCHDOG_ACTION_NONE);
    }
}

/* ---- power from afar ---- */

#define CYCLE_OFF_MS 2000 /* that a power cycle leaves the host off */

static SwmeHostPower machine_power(void *opaque G_GNUC_UNUSED)
{
    if (runstate_check(RUN_STATE_SHUTDOWN)) {
        return SWME_HOST_S5;
    }
    return runstate_check(RUN_STATE_SUSPENDED) ? SWME_HOST_S3 : SWME_HOST_S0;
}

static unsigned int machine_actions(void *opaque)
{
    switch (machine_power(opaque)) {
    case SWME_HOST_S5:
    case SWME_HOST_S3:
        return 1u << SWME_POWER_ON;
    case SWME_HOST_S0:
    default:
        return 1u << SWME_POWER_RESET | 1u << SWME_POWER_CYCLE | 1u << SWME_POWER_OFF |
               1u << SWME_POWER_SOFT_OFF;
    }
}

/* QEMU leaves a machine that it resets while it is stopped in PRELAUNCH, once all are reset. */
static void start_after_reset(void *opaque G_GNUC_UNUSED)
{
    if (runstate_check(RUN_STATE_PRELAUNCH)) {
        vm_start();
    }
}

static void power_on(MeiMachine *machine)
{
    machine->starting = true; /* mei_machine_reset() goes on from there */
    qemu_system_reset_request(SHUTDOWN_CAUSE_HOST_QMP_SYSTEM_RESET);
}

void mei_machine_reset(MeiMachine *machine)
{
    if (machine->starting) {
        machine->starting = false;
        aio_bh_schedule_oneshot(qemu_get_aio_context(), start_after_reset, NULL);
    }
}

/*
 * Stopped as after a shutdown with -no-shutdown: QEMU itself must live on, or nobody could switch
 * the machine on again.
 */
static void power_off(MeiMachine *machine)
{
    qemu_system_vmstop_request_prepare();
    qemu_system_vmstop_request(RUN_STATE_SHUTDOWN);
    tell(machine, SWME_HOST_S5);
}

static void cycle_ends(void *opaque)
{
    if (runstate_check(RUN_STATE_SHUTDOWN)) {
        power_on(opaque);
    }
}

static bool machine_act(void *opaque, SwmePowerAction action)
{
    MeiMachine *machine = opaque;

    trace_mei_machine("remote control changes the power state");
    switch (action) {
    case SWME_POWER_ON:
        if (machine_power(machine) == SWME_HOST_S3) {
            qemu_system_wakeup_request(QEMU_WAKEUP_REASON_OTHER, NULL);
        } else {
            power_on(machine);
        }
        return true;
    case SWME_POWER_RESET:
        /* A guest that has crashed may be stopped: it is to run again. */
        machine->starting = !runstate_is_running();
        qemu_system_reset_request(SHUTDOWN_CAUSE_HOST_QMP_SYSTEM_RESET);
        return true;
    case SWME_POWER_CYCLE:
        power_off(machine);
        timer_mod(machine->cycle, qemu_clock_get_ms(QEMU_CLOCK_REALTIME) + CYCLE_OFF_MS);
        return true;
    case SWME_POWER_OFF:
        power_off(machine);
        return true;
    case SWME_POWER_SOFT_OFF:
        qemu_system_powerdown_request();
        return true;
    case SWME_POWER_NMI:
    default:
        return false;
    }
}

static void machine_alarm(void *opaque)
{
    if (machine_power(opaque) != SWME_HOST_S0) {
        machine_act(opaque, SWME_POWER_ON);
    }
}

/* Of the host, as a power cycle's: the machine's own time stands still while it is off. */
static void machine_wake_in(void *opaque, int64_t seconds)
{
    MeiMachine *machine = opaque;

    if (!machine->alarm) {
        machine->alarm = timer_new_ms(QEMU_CLOCK_REALTIME, machine_alarm, machine);
    }
    if (seconds >= 0) {
        timer_mod(machine->alarm, qemu_clock_get_ms(QEMU_CLOCK_REALTIME) + seconds * 1000);
    } else {
        timer_del(machine->alarm);
    }
}

const SwmeMachineOps mei_machine_ops = {
    .reset = machine_reset,
    .watchdog_expired = machine_watchdog_expired,
    .power = machine_power,
    .actions = machine_actions,
    .act = machine_act,
    .wake_in = machine_wake_in,
    .smbios = mei_inventory_smbios,
    .disks = mei_inventory_disks,
};

/* ---- what the firmware hears ---- */

static void on_suspend(Notifier *notifier, void *data G_GNUC_UNUSED)
{
    tell(container_of(notifier, MeiMachine, suspend), SWME_HOST_S3);
}

static void on_wakeup(Notifier *notifier, void *data G_GNUC_UNUSED)
{
    tell(container_of(notifier, MeiMachine, wakeup), SWME_HOST_S0);
}

/* QEMU being told to end is no power button of the machine. */
static void on_shutdown(Notifier *notifier, void *data)
{
    const ShutdownCause *cause = data;

    if (*cause == SHUTDOWN_CAUSE_GUEST_SHUTDOWN) {
        tell(container_of(notifier, MeiMachine, shutdown), SWME_HOST_S5);
    }
}

void mei_machine_listen(MeiMachine *machine, SwmeFirmware *firmware, RemoteFirmware *remote,
                        HeciCapture *capture)
{
    machine->remote = remote;
    machine->firmware = firmware;
    machine->capture = capture;
    machine->suspend.notify = on_suspend;
    machine->wakeup.notify = on_wakeup;
    machine->shutdown.notify = on_shutdown;
    qemu_register_suspend_notifier(&machine->suspend);
    qemu_register_wakeup_notifier(&machine->wakeup);
    qemu_register_shutdown_notifier(&machine->shutdown);
    /* Of the host: the machine's own time stands still while it is off. */
    machine->cycle = timer_new_ms(QEMU_CLOCK_REALTIME, cycle_ends, machine);
}

void mei_machine_loaded(MeiMachine *machine)
{
    machine->starting = false;
    if (machine->cycle) {
        timer_del(machine->cycle);
    }
}

void mei_machine_leave(MeiMachine *machine)
{
    g_clear_pointer(&machine->alarm, timer_free);
    if (machine->firmware || machine->remote) {
        notifier_remove(&machine->suspend);
        notifier_remove(&machine->wakeup);
        notifier_remove(&machine->shutdown);
        timer_free(machine->cycle);
        machine->firmware = NULL;
        machine->remote = NULL;
    }
}
