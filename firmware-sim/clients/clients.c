/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/clients/clients.h"

const MeClientRow me_client_rows[] = {
    {&me_client_mkhi_fixed, SWME_CLIENTS_MKHI_FIXED},
    {&me_client_mkhi, SWME_CLIENTS_MKHI},
    {&me_client_mchi, SWME_CLIENTS_MCHI},
    {&me_client_amthi, SWME_CLIENTS_AMT},
    {&me_client_echo, SWME_CLIENTS_ECHO},
    {NULL, 0},
};
