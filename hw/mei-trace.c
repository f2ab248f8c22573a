/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qemu/osdep.h"

#include "hw/mei-trace.h"
#include "trace-swme.h"

#include "firmware-sim/capture/window.h"

struct MeiTrace {
    SwmeWindow to_me, to_host;
};

static const char *mei_reg_name(uint32_t offset)
{
    switch (offset) {
    case HECI_H_CB_WW:
        return "H_CB_WW";
    case HECI_H_CSR:
        return "H_CSR";
    case HECI_ME_CB_RW:
        return "ME_CB_RW";
    case HECI_ME_CSR_HA:
        return "ME_CSR_HA";
    case HECI_H_HPG_CSR:
        return "H_HPG_CSR";
    case HECI_ME_TRC:
        return "ME_TRC";
    case HECI_H_D0I3C:
        return "H_D0I3C";
    default:
        return "no register";
    }
}

/* Tracing may begin at any time: a buffer that is empty has no packet half passed. */
static void mei_trace_rejoin(SwmeWindow *window, const HeciRing *ring)
{
    if (window->lost && heci_ring_filled(ring) == 0) {
        swme_window_rejoin(window);
    }
}

static MeiTrace *mei_trace_get(MeiTrace **trace)
{
    if (!*trace) {
        *trace = g_new0(MeiTrace, 1);
        (*trace)->to_me.lost = true;
        (*trace)->to_host.lost = true;
    }
    return *trace;
}

void mei_trace_read(MeiTrace **trace, const Heci *heci, const SwmeFirmware *firmware,
                    uint32_t offset, unsigned int size, uint64_t value)
{
    bool secret = false;

    if (offset == HECI_ME_CB_RW && size == 4) {
        SwmeWindow *window = &mei_trace_get(trace)->to_host;

        secret = swme_window_pass(window, firmware, (uint32_t)value);
        mei_trace_rejoin(window, &heci->me_cb);
    } else if (offset == HECI_ME_CSR_HA) {
        mei_trace_rejoin(&mei_trace_get(trace)->to_host, &heci->me_cb);
    }
    if (secret) {
        trace_mei_reg_secret("reads", mei_reg_name(offset), offset);
    } else {
        trace_mei_reg_read(mei_reg_name(offset), offset, size, value);
    }
}

void mei_trace_write(MeiTrace **trace, const Heci *heci, const SwmeFirmware *firmware,
                     uint32_t offset, unsigned int size, uint64_t value)
{
    bool secret = false;

    if (offset == HECI_H_CB_WW && size == 4) {
        SwmeWindow *window = &mei_trace_get(trace)->to_me;

        mei_trace_rejoin(window, &heci->h_cb);
        secret = swme_window_pass(window, firmware, (uint32_t)value);
    } else if (offset == HECI_H_CSR && size == 4 && (value & H_CSR_RST)) {
        swme_window_reset(&mei_trace_get(trace)->to_me);
        swme_window_reset(&mei_trace_get(trace)->to_host);
    }
    if (secret) {
        trace_mei_reg_secret("writes", mei_reg_name(offset), offset);
    } else {
        trace_mei_reg_write(mei_reg_name(offset), offset, size, value);
    }
}
