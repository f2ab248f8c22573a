/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Logs of Linux' mei tracepoints as captures: docs/record-from-hardware.md has the recipe. */
#ifndef SWME_CAPTURE_IMPORT_H
#define SWME_CAPTURE_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "firmware-sim/firmware.h"

typedef struct SwmeImported {
    uint64_t accesses; /* in the log */
    uint64_t packets;  /* that the host wrote, and the log has */
    uint64_t missing;  /* likewise, and it has not */
} SwmeImported;

/*
 * Appends a pcapng file to out. config says which firmware the log is of. False and a one-line
 * error where there is no access in it.
 */
bool swme_capture_import(const char *log, size_t size, const SwmeFirmwareConfig *config,
                         GByteArray *out, SwmeImported *imported, GError **error);

#endif
