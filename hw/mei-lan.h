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
    NICState *nic;
    Object *filter; /* gets what QEMU's net layer would hold back */
    SwmeLan *lan;   /* NULL: not there, or not yet */
    Notifier exit_notifier;
} MeiLan;

/* By the LAN where there is one, else from this host. */
SwmeDatagrams mei_lan_datagrams(MeiLan *lan);

/* Does nothing without a netdev. services is the firmware's. */
void mei_lan_init(MeiLan *lan, DeviceState *dev, SwmeFirmware *firmware, SwmeServices *services,
                  SwmeClock *clock, Error **errp);
void mei_lan_free(MeiLan *lan);

#endif
