/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A firmware in another process: its chardev, and what the two ends of it are called in QEMU. */
#ifndef SWME_MEI_LINK_H
#define SWME_MEI_LINK_H

#include "firmware-sim/machine.h"
#include "firmware-sim/platform/platform.h"
#include "firmware-sim/remote/remote-firmware.h"

typedef struct MeiLink MeiLink;

/*
 * name is a chardev's id or, with a slash in it, the path of a Unix socket that is connected to
 * again and again. NULL and an error; device and clock outlive it.
 */
MeiLink *mei_link_new(const char *name, const SwmePlatform *platform, const HeciDeviceOps *device,
                      void *device_opaque, const SwmeMachine *machine, SwmeClock *clock,
                      Error **errp);
/* Nothing comes before this. */
void mei_link_start(MeiLink *link);
void mei_link_free(MeiLink *link);

/* For remote_firmware_ops. */
RemoteFirmware *mei_link_firmware(MeiLink *link);

#endif
