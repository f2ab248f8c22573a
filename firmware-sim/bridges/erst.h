/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a guest has stored by ACPI's error record serialization: the file behind QEMU's device
 * acpi-erst. The guest wrote it: nothing in it is trusted.
 *
 * Layout: QEMU, docs/specs/acpi_erst.rst and hw/acpi/erst.c.
 */
#ifndef SWME_BRIDGES_ERST_H
#define SWME_BRIDGES_ERST_H

#include "firmware-sim/bridges/cper.h"

/* Files that are larger are not read: 2048 records. */
#define SWME_ERST_FILE_MAX (16 * 1024 * 1024)
/* No more events come from one store: a guest cannot flush AMT's log with it. */
#define SWME_ERST_EVENTS 32

typedef struct SwmeErst {
    unsigned int records; /* that are there */
    unsigned int unread;  /* of them: damaged, or beyond the limit */
    unsigned int events;  /* that func was called for */
} SwmeErst;

/* False and *error: it is no such store. */
bool swme_erst_read(SwmeErst *result, const uint8_t *file, size_t size, SwmeCperFunc func,
                    void *opaque, GError **error);

#endif
