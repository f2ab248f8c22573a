/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qemu/osdep.h"

#include "qemu/config-file.h"
#include "qemu/option.h"
#include "qapi/qapi-events-run-state.h"

#include "hw/qemu-compat.h"
#include "trace-swme.h"

#include "hw/mei-machine.h"

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

const SwmeMachineOps mei_machine_ops = {
    .reset = machine_reset,
    .watchdog_expired = machine_watchdog_expired,
};

/* ---- what the firmware hears ---- */

static void tell(MeiMachine *machine, SwmeHostPower power)
{
    if (machine->capture) {
        heci_capture_host_power(machine->capture, machine->firmware, power);
    } else {
        swme_firmware_host_power(machine->firmware, power);
    }
}

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

void mei_machine_listen(MeiMachine *machine, SwmeFirmware *firmware, HeciCapture *capture)
{
    machine->firmware = firmware;
    machine->capture = capture;
    machine->suspend.notify = on_suspend;
    machine->wakeup.notify = on_wakeup;
    machine->shutdown.notify = on_shutdown;
    qemu_register_suspend_notifier(&machine->suspend);
    qemu_register_wakeup_notifier(&machine->wakeup);
    qemu_register_shutdown_notifier(&machine->shutdown);
}

void mei_machine_leave(MeiMachine *machine)
{
    if (machine->firmware) {
        notifier_remove(&machine->suspend);
        notifier_remove(&machine->wakeup);
        notifier_remove(&machine->shutdown);
        machine->firmware = NULL;
    }
}
