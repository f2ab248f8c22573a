/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qemu/osdep.h"

#include "qemu/notify.h"

#include "hw/qemu-compat.h"
#include "trace-swme.h"

#include "firmware-sim/capture/setup.h"
#include "firmware-sim/error.h"
#include "hw/mei-capture.h"

/* QEMU ends without unrealizing its devices: the last tenth of a second would be missing. */
static void mei_capture_exiting(Notifier *notifier, void *data G_GNUC_UNUSED)
{
    MeiCapture *c = container_of(notifier, MeiCapture, exit_notifier);
    uint64_t dropped = swme_capture_file_dropped(c->file);

    if (dropped) {
        trace_mei_capture_dropped(dropped);
    }
    swme_capture_file_end(c->file);
}

bool mei_capture_open(MeiCapture *c, const char *path, const char *levels, SwmeClock *clock,
                      SwmeFirmwareConfig *config, const char *fault, GError **error)
{
    g_autofree char *setup = NULL;
    unsigned int bits;

    if (!path) {
        return levels ? swme_error_set(error, SWME_ERROR_ARGUMENT, NULL,
                                       "pcap-levels= is of a capture: it needs pcap=FILE")
                      : true;
    }
    if (!swme_capture_parse_levels(levels, &bits, error)) {
        return false;
    }
    c->file = swme_capture_file_new(path, "swme " SWME_VERSION, error);
    if (!c->file) {
        return false;
    }
    if (!config->time_s) {
        config->time_s = g_get_real_time() / G_USEC_PER_SEC;
    }
    c->heci.capture = swme_capture_new(bits, clock, swme_capture_file_add, c->file);
    setup = swme_capture_setup_text(config, fault, bits);
    swme_capture_text(c->heci.capture, CAPTURE_SETUP, setup);
    c->exit_notifier.notify = mei_capture_exiting;
    qemu_add_exit_notifier(&c->exit_notifier);
    return true;
}

void mei_capture_close(MeiCapture *c)
{
    if (c->heci.capture) {
        qemu_remove_exit_notifier(&c->exit_notifier);
        g_clear_pointer(&c->heci.capture, swme_capture_free);
        g_clear_pointer(&c->file, swme_capture_file_free);
    }
}

void mei_capture_config(MeiCapture *c, unsigned int kind, uint32_t offset, int size, uint32_t value)
{
    swme_capture_begin(c->heci.capture);
    swme_capture_access(c->heci.capture, kind, 0, offset, (unsigned int)size, value);
    swme_capture_end(c->heci.capture);
}
