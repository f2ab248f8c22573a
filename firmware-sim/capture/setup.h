/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A capture's first record: which firmware was recorded, so that a replay can be it again. */
#ifndef SWME_CAPTURE_SETUP_H
#define SWME_CAPTURE_SETUP_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "firmware-sim/firmware.h"

typedef struct SwmeCaptureSetup {
    SwmeFirmwareConfig config; /* its texts are within lines */
    const char *fault;
    unsigned int levels;
    bool imported; /* from a log of other hardware: time and order within it are not the same */
    bool nvm;      /* AMT's state came from a file that is not in the capture */
    char **lines;
} SwmeCaptureSetup;

/* Lines NAME=VALUE. Free with g_free. */
char *swme_capture_setup_text(const SwmeFirmwareConfig *config, const char *fault,
                              unsigned int levels);
/* Trusts none of it. False and a one-line error; to be cleared in either case. */
bool swme_capture_setup_parse(SwmeCaptureSetup *setup, const void *text, size_t size,
                              GError **error);
void swme_capture_setup_clear(SwmeCaptureSetup *setup);

#endif
