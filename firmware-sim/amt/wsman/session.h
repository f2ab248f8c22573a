/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What WS-Management remembers between calls and forgets with the power. */
#ifndef SWME_AMT_WSMAN_SESSION_H
#define SWME_AMT_WSMAN_SESSION_H

#include "firmware-sim/amt/wsman/wsman.h"

#define WSMAN_NONCE_SIZE 20 /* IPS_HostBasedSetupService.ConfigurationNonce */
#define WSMAN_CHAIN_MAX  8  /* certificates from leaf to root; one more is "chain too long" */

/* The machine's hardware, as it was told last. */
typedef struct WsmanInventory {
    GBytes *smbios; /* NULL: nobody has asked */
    SwmeDisk disk[SWME_DISKS_MAX];
    unsigned int disk_count;
    bool fresh; /* of this call */
} WsmanInventory;

typedef struct WsmanSession {
    uint8_t nonce[WSMAN_NONCE_SIZE];
    GPtrArray *chain;    /* GBytes: DER, leaf first */
    bool chain_complete; /* the root has come */
    SwmeHostPower host;  /* of a machine that does not exist */
    WsmanInventory inventory;
} WsmanSession;

void wsman_session_init(WsmanSession *session);
void wsman_session_clear(WsmanSession *session);
/* After each attempt at set-up: another nonce, no chain. */
void wsman_session_renew(WsmanSession *session);
/* Asks the machine once in each call; what it cannot tell now it told before, or is a plain one. */
const WsmanInventory *wsman_inventory(WsmanSession *session, const SwmeMachine *machine);

#endif
