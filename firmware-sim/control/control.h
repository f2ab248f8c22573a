/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket: watch messages, make faults, read state, while the guest runs. Lines of JSON
 * on a Unix socket, several clients at once; docs/control.md says what they are. Everything happens
 * on the thread that runs the default GLib main context, which must be the firmware's own. A client
 * that does not read loses events: it never slows anybody.
 */
#ifndef SWME_CONTROL_H
#define SWME_CONTROL_H

#include <glib.h>

#include "firmware-sim/clock.h"
#include "firmware-sim/fault/fault.h"
#include "firmware-sim/firmware.h"

#define SWME_CONTROL_VERSION 1

typedef struct SwmeControl SwmeControl;

typedef void (*SwmeControlCounterFunc)(void *opaque, const char *name, uint64_t value);

/* What is under control. All but the counters is mandatory, and outlives the SwmeControl. */
typedef struct SwmeControlTarget {
    SwmeFirmware *firmware;
    SwmeFaults *faults;
    const SwmePlatform *platform;
    SwmeClock *clock;
    const char *version; /* of swme, for the greeting */
    /* Calls add for each counter of the device; may be NULL. */
    void (*counters)(void *opaque, SwmeControlCounterFunc add, void *add_opaque);
    void *opaque;
} SwmeControlTarget;

/*
 * Listens at path, which is made with mode 0600. A socket that nobody listens on any more is
 * replaced. NULL and a one-line error when that cannot be.
 */
SwmeControl *swme_control_new(const char *path, const SwmeControlTarget *target, GError **error);
/* Ends all connections and removes the socket. */
void swme_control_free(SwmeControl *control);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SwmeControl, swme_control_free)

/* What the firmware's trace hook and the faults' told, for those who have subscribed. */
void swme_control_trace(SwmeControl *control, const SwmeTrace *trace);
void swme_control_fault(SwmeControl *control, uint32_t id, const char *name);

#endif
