/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ME's own network card: a NIC of QEMU's net layer whose station is the firmware's LAN. */
#ifndef SWME_MEI_LAN_H
#define SWME_MEI_LAN_H

#include "net/net.h"

#include "firmware-sim/firmware.h"
#include "firmware-sim/net/lan/lan.h"

typedef struct MeiLan {
    NICConf conf; /* the properties netdev and mac */
    char *ip;     /* and ip */
    char *share;  /* the backend of the guest's own card; see mei-share.h */
    NICState *nic;
    Object *filter; /* gets what QEMU's net layer would hold back */
    SwmeLan *lan;   /* NULL: not there, or not yet */
    Notifier exit_notifier;

    SwmeLanConfig config; /* of lan, while the machine is put together */
    Notifier built_notifier;
    VMChangeStateEntry *state_changes;
} MeiLan;

/* The guest does not run, and yet its ME does. */
bool mei_lan_only_me_runs(void);
/* The guest was reset. */
void mei_lan_guest_gone(MeiLan *lan);
/* For mei-share.c: the card is at mac from now on, and the station of lan->config there. */
void mei_lan_start(MeiLan *lan, const uint8_t *mac, Error **errp);

/* By the LAN where there is one, else from this host. */
SwmeDatagrams mei_lan_datagrams(MeiLan *lan);

/* Does nothing without a netdev. services is the firmware's. */
void mei_lan_init(MeiLan *lan, DeviceState *dev, SwmeFirmware *firmware, SwmeServices *services,
                  SwmeClock *clock, Error **errp);
void mei_lan_free(MeiLan *lan);

#endif
