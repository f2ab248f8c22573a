/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/* Power gating of the link: D0i3, and the legacy isolation before it. (Linux hw-me.c) */
#include "host-driver/mei-internal.h"

#include <swme/hbm.h>
#include <swme/heci-regs.h>

static bool legacy_gating(Mei *mei)
{
    return (mei_hw_me_csr(&mei->hw) & ME_CSR_PGIC) != 0;
}

static MeiError write_hpg(Mei *mei, uint32_t bits)
{
    const MeiTransportOps *ops = mei->hw.ops;
    uint32_t csr = ops->read32(mei->hw.transport, HECI_H_HPG_CSR);

    ops->write32(mei->hw.transport, HECI_H_HPG_CSR, csr | bits);
    /* Linux warns when PGI is no longer set as it asks for the exit. */
    return bits == H_HPG_CSR_PGIHEXR && !(csr & H_HPG_CSR_PGI) ? MEI_ERR_HARDWARE : MEI_OK;
}

static MeiError ask_entry(Mei *mei)
{
    static const uint8_t request[HBM_PG_SIZE] = {HBM_PG_ENTRY};
    MeiWait wait = mei_wait_until(mei, MEI_TIMEOUT_PGI);
    MeiError error;

    mei->pg_waiting = true;
    error = mei_hbm_send_wait(mei, request, sizeof(request), &wait);
    while (!error && mei->pg_waiting) {
        error = mei_step(mei, &wait);
    }
    mei->pg_waiting = false;
    return error == MEI_ERR_TIMEOUT ? mei_broken(mei, error, "no answer to PG_ENTRY within 1 s")
                                    : error;
}

MeiError mei_power_gate(Mei *mei)
{
    MeiError error;

    if (mei->state != MEI_DEVICE_ENABLED) {
        return MEI_ERR_DISABLED;
    }
    if (mei->power_gated) {
        return MEI_OK;
    }
    if (mei->hbm_major < 1 || (mei->hbm_major == 1 && mei->hbm_minor < 1) ||
        (!mei->hw.d0i3 && !legacy_gating(mei))) {
        return MEI_ERR_UNSUPPORTED;
    }
    error = ask_entry(mei);
    if (!error) {
        uint32_t causes = 0;

        mei->wake = false;
        mei->pg_exit_seen = false;
        error = mei->hw.d0i3 ? mei_hw_d0i3(&mei->hw, true, &causes, NULL)
                             : write_hpg(mei, H_HPG_CSR_PGI);
        if (error) {
            return mei_leave(mei, mei_broken(mei, error, "power gating could not be entered"));
        }
        mei->power_gated = true;
        mei->wake = causes != 0; /* something came on the way in */
    }
    return mei_leave(mei, error);
}

/* The firmware asks for the exit, is answered, and interrupts once more when it is out. */
static MeiError leave_isolation(Mei *mei)
{
    static const uint8_t response[HBM_PG_SIZE] = {HBM_PG_EXIT | HBM_RESPONSE};
    MeiWait wait = mei_wait_until(mei, MEI_TIMEOUT_PGI);
    MeiError error = mei->pg_exit_seen ? MEI_OK : write_hpg(mei, H_HPG_CSR_PGIHEXR);

    while (!error && !mei->pg_exit_seen) {
        error = mei_step(mei, &wait);
    }
    if (error) {
        return error;
    }
    wait = mei_wait_until(mei, MEI_TIMEOUT_PGI);
    mei->irq_seen = false;
    error = mei_hbm_send_wait(mei, response, sizeof(response), &wait);
    while (!error && !mei->irq_seen) {
        error = mei_step(mei, &wait);
    }
    return error;
}

static MeiError leave_d0i3(Mei *mei)
{
    uint32_t causes = 0;
    bool deferred = false;
    MeiError error =
        mei_hw_in_d0i3(&mei->hw) ? mei_hw_d0i3(&mei->hw, false, &causes, &deferred) : MEI_OK;

    if (error) {
        return error;
    }
    if (deferred) {
        /* Hardware may lose H_RDY in D0i3, so Linux sets it again. */
        mei_hw_set_ready(&mei->hw);
    }
    mei->power_gated = false;
    /* What was acknowledged while waiting has not been looked at yet. */
    return causes ? mei_receive(mei) : MEI_OK;
}

MeiError mei_power_ungate(Mei *mei)
{
    MeiError error;

    if (mei->state != MEI_DEVICE_ENABLED) {
        return MEI_ERR_DISABLED;
    }
    if (!mei->power_gated) {
        return MEI_OK;
    }
    error = mei->hw.d0i3 ? leave_d0i3(mei) : leave_isolation(mei);
    mei->power_gated = false;
    mei->wake = false;
    mei->pg_exit_seen = false;
    if (error && !mei->broken) {
        mei_broken(mei, error, "power gating could not be left");
    }
    return mei_leave(mei, error);
}
