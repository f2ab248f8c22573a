/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What faults ask of the in-process firmware. */
#include "firmware-sim/fault/fault.h"

#include "firmware-sim/clients/clients.h"
#include "firmware-sim/firmware.h"

static void hook_reset(void *firmware)
{
    swme_firmware_reset(firmware);
}

static uint8_t hook_client_address(void *firmware, const char *name)
{
    return swme_firmware_client_address(firmware, name);
}

static bool hook_set_client(void *firmware, uint8_t me_addr, bool present)
{
    for (const MeClientRow *row = me_client_rows; row->class; row++) {
        if (swme_firmware_client_address(firmware, row->class->name) == me_addr) {
            return swme_firmware_set_client(firmware, row->class->name, present, NULL);
        }
    }
    return false;
}

const SwmeFaultHooks swme_firmware_fault_hooks = {
    .reset = hook_reset,
    .client_address = hook_client_address,
    .set_client = hook_set_client,
};
