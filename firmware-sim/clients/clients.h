/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All ME clients, and which of them a firmware has. */
#ifndef SWME_CLIENTS_H
#define SWME_CLIENTS_H

#include "firmware-sim/bus/client.h"

extern const MeClientClass me_client_amthi;
extern const MeClientClass me_client_echo;
extern const MeClientClass me_client_mkhi;
extern const MeClientClass me_client_mkhi_fixed;

/* Why a client is there. */
typedef enum MeClientNeed {
    ME_CLIENT_ALWAYS,
    ME_CLIENT_NEEDS_AMT,  /* on SKUs with AMT */
    ME_CLIENT_NEEDS_ECHO, /* when the user asked for it */
} MeClientNeed;

typedef struct MeClientRow {
    const MeClientClass *class;
    MeClientNeed need;
} MeClientRow;

/* In the order in which addresses are given; ends with a row whose class is NULL. */
extern const MeClientRow me_client_rows[];

#endif
