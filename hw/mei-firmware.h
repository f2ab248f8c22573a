/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands behind the PCI function: the firmware, the faults on its link, the capture of what
 * passes, and the doors to AMT. Made of the device's properties, which are plain members here.
 */
#ifndef SWME_MEI_FIRMWARE_H
#define SWME_MEI_FIRMWARE_H

#include "qemu/uuid.h"

#include "firmware-sim/control/control.h"
#include "firmware-sim/fault/fault.h"
#include "firmware-sim/firmware.h"
#include "firmware-sim/net/echo-service.h"
#include "hw/heci.h"
#include "hw/mei-capture.h"
#include "hw/mei-lan.h"
#include "hw/mei-link.h"
#include "hw/mei-machine.h"
#include "hw/mei-server.h"

typedef struct MeiFirmware {
    const SwmePlatform *platform;
    Heci *heci; /* the function's own */
    SwmeClock clock;
    SwmeFaults *faults;     /* between the two */
    SwmeFirmware *firmware; /* NULL: it is another process, or not there */
    MeiLink *link;          /* to that */
    SwmeControl *control;   /* NULL: nobody asked for one */
    MeiMachine machine;
    MeiCapture capture;
    MeiLan lan;
    MeiServer server;
    SwmeServices *services;
    SwmeEchoService *echo_service; /* NULL: nobody asked for one */
    Notifier exit_notifier;
    VMChangeStateEntry *state_changes; /* NULL: there is no NVM file that goes with the machine */
    bool nvm_elsewhere;                /* the machine at the other end of a migration has it */

    /* Properties */
    char *platform_name;
    char *external;
    char *latency;
    char *fault;
    char *nvm;
    char *watchdog;
    char *watchdog_reset;
    char *alert;
    char *control_path;
    char *pcap;
    char *pcap_levels;
    QemuUUID uuid;
    char *amt;
    bool echo;
} MeiFirmware;

/*
 * Initialises heci, too, whose host is ops and opaque, behind the capture where there is one. False
 * and an error: nothing is left to free.
 */
bool mei_firmware_init(MeiFirmware *fw, Heci *heci, const HeciHostOps *ops, void *opaque,
                       Error **errp);
/* The control socket, AMT's network card and its server; on an error mei_firmware_free() is due. */
void mei_firmware_open_doors(MeiFirmware *fw, DeviceState *dev, Error **errp);
void mei_firmware_free(MeiFirmware *fw);

#endif
