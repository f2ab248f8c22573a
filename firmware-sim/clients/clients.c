/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/clients/clients.h"

const MeClientRow me_client_rows[] = {
    {&me_client_mkhi_fixed, ME_CLIENT_ALWAYS},
    {&me_client_mkhi, ME_CLIENT_ALWAYS},
    {&me_client_amthi, ME_CLIENT_NEEDS_AMT},
    {&me_client_echo, ME_CLIENT_NEEDS_ECHO},
    {NULL, ME_CLIENT_ALWAYS},
};
