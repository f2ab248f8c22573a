/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What QEMU knows of the machine's hardware, for the firmware's inventory. */
#ifndef SWME_MEI_INVENTORY_H
#define SWME_MEI_INVENTORY_H

#include "firmware-sim/machine.h"

/* As SwmeMachineOps has them; the machine is QEMU's only one. */
GBytes *mei_inventory_smbios(void *opaque);
unsigned int mei_inventory_disks(void *opaque, SwmeDisk disks[SWME_DISKS_MAX]);

#endif
