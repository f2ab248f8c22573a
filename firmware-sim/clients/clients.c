/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/clients/clients.h"

#define PRESENCE(id)   (&me_client_presence[ME_PRESENCE_##id])
#define WATCHDOG(kind) (&me_client_watchdog[ME_WATCHDOG_##kind])
#define ANY            ME_CLIENT_ANY_LIST

/*
 * From MKHI on the recorded order of CSME 11.8.50, addresses 32 to 41. Where AMT's clients stand in
 * it was not recorded: behind the others' they leave those at their places.
 */
const MeClientRow me_client_rows[] = {
    {&me_client_mkhi_fixed, SWME_CLIENTS_MKHI_FIXED, ME_CLIENT_ALWAYS},
    {&me_client_mkhi_fixed_1, SWME_CLIENTS_MKHI_FIXED_1, ME_CLIENT_ALWAYS},
    {PRESENCE(ICC), SWME_CLIENTS_CSME, ME_CLIENT_ALWAYS},
    {PRESENCE(01E88543), SWME_CLIENTS_CSME_11, ME_CLIENT_ALWAYS},
    {&me_client_mkhi, SWME_CLIENTS_MKHI, ME_CLIENT_ALWAYS},
    {PRESENCE(8C2F4425), SWME_CLIENTS_CSME, ME_CLIENT_ALWAYS},
    {&me_client_fwu, SWME_CLIENTS_FWU, ME_CLIENT_ALWAYS},
    {&me_client_fwu_3, SWME_CLIENTS_FWU_3, ME_CLIENT_ALWAYS},
    {PRESENCE(F908627D), SWME_CLIENTS_CSME, ME_CLIENT_ALWAYS},
    {PRESENCE(DBA4D603), SWME_CLIENTS_CSME, ME_CLIENT_ALWAYS},
    {PRESENCE(DAL_LAUNCHER), SWME_CLIENTS_CSME, ME_CLIENT_ALWAYS},
    {PRESENCE(DAL), SWME_CLIENTS_CSME, ME_CLIENT_ALWAYS},
    {&me_client_hotham, SWME_CLIENTS_CSME, ME_CLIENT_ALWAYS},
    {PRESENCE(PAVP), SWME_CLIENTS_CSME, ME_CLIENT_ALWAYS},
    {PRESENCE(HDCP), SWME_CLIENTS_CSME, ME_CLIENT_ALWAYS},
    {PRESENCE(6861EC7B), SWME_CLIENTS_CSME_15, ME_CLIENT_ALWAYS},
    {&me_client_mchi, SWME_CLIENTS_MCHI, ME_CLIENT_ALWAYS},
    {&me_client_upid, SWME_CLIENTS_CSME_15, ME_CLIENT_ALWAYS},
    {&me_client_psr_1, SWME_CLIENTS_CSME_16, ME_CLIENT_ALWAYS},
    {&me_client_psr_2, SWME_CLIENTS_CSME_18, ME_CLIENT_ALWAYS},
    {PRESENCE(CEA154EA), SWME_CLIENTS_CSME, ME_CLIENT_AMT_SKU},
    {&me_client_amthi, ANY, ME_CLIENT_AMT},
    {WATCHDOG(1), SWME_CLIENTS_WATCHDOG_1, ME_CLIENT_AMT},
    {WATCHDOG(1_ACKNOWLEDGES), SWME_CLIENTS_WATCHDOG_10, ME_CLIENT_AMT},
    {WATCHDOG(2), SWME_CLIENTS_WATCHDOG_2, ME_CLIENT_AMT},
    {WATCHDOG(2_ALWAYS), SWME_CLIENTS_WATCHDOG_16, ME_CLIENT_AMT_SKU},
    {&me_client_lme_one, SWME_CLIENTS_LME_6, ME_CLIENT_AMT},
    {&me_client_lme, SWME_CLIENTS_CSME, ME_CLIENT_AMT},
    {PRESENCE(BB875E12), SWME_CLIENTS_CSME, ME_CLIENT_AMT},
    {&me_client_echo, ANY, ME_CLIENT_ON_REQUEST},
    {NULL, 0, ME_CLIENT_ALWAYS},
};

bool me_client_possible(const MeClientRow *row, const SwmePlatform *platform, bool amt)
{
    bool listed = row->lists == ME_CLIENT_ANY_LIST || (platform->clients & row->lists);
    bool needs_amt = row->when == ME_CLIENT_AMT || row->when == ME_CLIENT_AMT_SKU;

    return listed && (amt || !needs_amt);
}
