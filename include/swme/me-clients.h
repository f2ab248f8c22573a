/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/*
 * GUIDs of the ME clients that a host knows by name.
 * Sources: Linux drivers/misc/mei/bus-fixup.c and samples/mei, intel/lms HECI_if.h, metee.
 */
#ifndef SWME_ME_CLIENTS_H
#define SWME_ME_CLIENTS_H

#include <swme/guid.h>

/* AMTHI ("PTHI"): the host's interface to AMT. */
#define SWME_GUID_AMTHI \
    SWME_GUID(0x12f80028, 0xb4b7, 0x4b2d, 0xac, 0xa8, 0x46, 0xe0, 0xff, 0x65, 0x81, 0x4c)
/* MKHI, the kernel's host interface: dynamic client. */
#define SWME_GUID_MKHI \
    SWME_GUID(0x8e6a6715, 0x9abc, 0x4043, 0x88, 0xef, 0x9e, 0x39, 0xc6, 0xf6, 0x3e, 0x0f)
/* MKHI at its fixed address, which Linux asks for the firmware version at each start. */
#define SWME_GUID_MKHI_FIXED \
    SWME_GUID(0x55213584, 0x9a29, 0x4916, 0xba, 0xdf, 0x0f, 0xb7, 0xed, 0x68, 0x2a, 0xeb)
/* MCHI, the firmware's files by number: on newer CSMEs. */
#define SWME_GUID_MCHI \
    SWME_GUID(0xdd17041c, 0x09ea, 0x4b17, 0xa2, 0x71, 0x5b, 0x98, 0x98, 0x67, 0xec, 0x65)
/*
 * Echo: returns each message as it came. Not on any real machine; ours, for tests and drivers, and
 * enumerated only on request. The GUID was drawn at random for this project.
 */
#define SWME_GUID_ECHO \
    SWME_GUID(0x7e57ec40, 0x5a1d, 0x4c6f, 0x9b, 0x3e, 0x2d, 0x90, 0x41, 0xc7, 0x8a, 0x16)

/* Address of the fixed MKHI client on every generation that has one (coreboot cse.h). */
#define SWME_FIXED_ADDRESS_MKHI 7

#endif
