/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All ME clients, and which of them a firmware has. */
#ifndef SWME_CLIENTS_H
#define SWME_CLIENTS_H

#include "firmware-sim/bus/client.h"
#include "firmware-sim/latency.h"
#include "firmware-sim/platform/platform.h"

extern const MeClientClass me_client_amthi;
extern const MeClientClass me_client_echo;
extern const MeClientClass me_client_fwu;
extern const MeClientClass me_client_fwu_3;
extern const MeClientClass me_client_hotham;
extern const MeClientClass me_client_lme;
extern const MeClientClass me_client_lme_one; /* takes one connection at a time */
extern const MeClientClass me_client_mchi;
extern const MeClientClass me_client_mkhi;
extern const MeClientClass me_client_mkhi_fixed;
extern const MeClientClass me_client_mkhi_fixed_1;
extern const MeClientClass me_client_psr_1;
extern const MeClientClass me_client_psr_2;
extern const MeClientClass me_client_upid;

/* Real clients whose protocol nobody has published: they enumerate and take connections. */
/* The watchdog, by its protocol: see watchdog.c. */
typedef enum MeClientWatchdog {
    ME_WATCHDOG_1,
    ME_WATCHDOG_1_ACKNOWLEDGES,
    ME_WATCHDOG_2,
    ME_WATCHDOG_2_ALWAYS, /* even while AMT is switched off, for it can be switched on here */
    ME_WATCHDOG_COUNT
} MeClientWatchdog;

extern const MeClientClass me_client_watchdog[ME_WATCHDOG_COUNT];

typedef enum MeClientPresence {
    ME_PRESENCE_ICC,
    ME_PRESENCE_01E88543,
    ME_PRESENCE_8C2F4425,
    ME_PRESENCE_F908627D,
    ME_PRESENCE_DBA4D603,
    ME_PRESENCE_DAL_LAUNCHER,
    ME_PRESENCE_DAL,
    ME_PRESENCE_PAVP,
    ME_PRESENCE_HDCP,
    ME_PRESENCE_6861EC7B,
    ME_PRESENCE_CEA154EA,
    ME_PRESENCE_BB875E12,
    ME_PRESENCE_COUNT
} MeClientPresence;

extern const MeClientClass me_client_presence[ME_PRESENCE_COUNT];

/* In which firmwares, of those whose list has a client, it is there. */
typedef enum MeClientWhen {
    ME_CLIENT_ALWAYS,
    ME_CLIENT_AMT_SKU,    /* in those with AMT, even while that is switched off */
    ME_CLIENT_AMT,        /* in those with AMT, while it is switched on */
    ME_CLIENT_ON_REQUEST, /* where the user asks for it; or it comes later */
} MeClientWhen;

#define ME_CLIENT_ANY_LIST (~0u)

typedef struct MeClientRow {
    const MeClientClass *class;
    unsigned int lists; /* SwmeClientGroup: a platform with any of them; or ME_CLIENT_ANY_LIST */
    MeClientWhen when;
} MeClientRow;

/*
 * In the order in which addresses are given; ends with a row whose class is NULL. Two rows may have
 * classes of one name, as long as no platform has both.
 */
extern const MeClientRow me_client_rows[];

/* May a firmware of that platform, with AMT on its SKU or not, have the client? */
bool me_client_possible(const MeClientRow *row, const SwmePlatform *platform, bool amt);

/* A latency for a client that no firmware has is a typing error: false, and it says which. */
bool me_latency_clients_exist(const SwmeLatency *latency, GError **error);

#endif
