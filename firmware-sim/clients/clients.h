/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All ME clients, and which of them a firmware has. */
#ifndef SWME_CLIENTS_H
#define SWME_CLIENTS_H

#include "firmware-sim/bus/client.h"

extern const MeClientClass me_client_amthi;
extern const MeClientClass me_client_echo;
extern const MeClientClass me_client_mchi;
extern const MeClientClass me_client_mkhi;
extern const MeClientClass me_client_mkhi_fixed;

typedef struct MeClientRow {
    const MeClientClass *class;
    SwmeClientGroup group; /* the client is there where the firmware has this group */
} MeClientRow;

/* In the order in which addresses are given; ends with a row whose class is NULL. */
extern const MeClientRow me_client_rows[];

#endif
