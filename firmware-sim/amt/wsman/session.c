/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/wsman/session.h"

#include <string.h>
#include <sys/random.h>

#include "firmware-sim/amt/smbios.h"

static void make_nonce(uint8_t *nonce)
{
    size_t have = 0;

    while (have < WSMAN_NONCE_SIZE) {
        ssize_t more = getrandom(nonce + have, WSMAN_NONCE_SIZE - have, 0);

        have += more > 0 ? (size_t)more : 0;
    }
}

void wsman_session_init(WsmanSession *session)
{
    memset(session, 0, sizeof(*session));
    session->chain = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    make_nonce(session->nonce);
}

void wsman_session_clear(WsmanSession *session)
{
    g_clear_pointer(&session->chain, g_ptr_array_unref);
    g_clear_pointer(&session->inventory.smbios, g_bytes_unref);
}

const WsmanInventory *wsman_inventory(WsmanSession *session, const SwmeMachine *machine)
{
    WsmanInventory *inventory = &session->inventory;
    const SwmeMachineOps *ops = machine->ops;

    if (!inventory->fresh) {
        GBytes *smbios = ops && ops->smbios ? ops->smbios(machine->opaque) : NULL;

        inventory->fresh = true;
        if (smbios) {
            g_bytes_unref(inventory->smbios);
            inventory->smbios = smbios;
        }
        if (ops && ops->disks) {
            inventory->disk_count =
                MIN(ops->disks(machine->opaque, inventory->disk), SWME_DISKS_MAX);
        }
    }
    if (!inventory->smbios) {
        inventory->smbios = smbios_plain();
    }
    return inventory;
}

void wsman_session_renew(WsmanSession *session)
{
    g_ptr_array_set_size(session->chain, 0);
    session->chain_complete = false;
    make_nonce(session->nonce);
}
