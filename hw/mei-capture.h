/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The device's pcap= property: a capture into a file while the machine runs. */
#ifndef SWME_MEI_CAPTURE_H
#define SWME_MEI_CAPTURE_H

#include "firmware-sim/capture/pcapng.h"
#include "hw/heci-capture.h"

typedef struct MeiCapture {
    HeciCapture heci; /* its capture is NULL: nobody asked for one */
    SwmeCaptureFile *file;
    Notifier exit_notifier;
} MeiCapture;

/*
 * What a replay must know; texts may be NULL. False and a one-line error. With no path nothing
 * happens. config->time_s is set: AMT's clock is part of what was recorded.
 */
bool mei_capture_open(MeiCapture *c, const char *path, const char *levels, SwmeClock *clock,
                      SwmeFirmwareConfig *config, const char *fault, GError **error);
void mei_capture_close(MeiCapture *c);

/* PCIDevice.config_read and config_write have come to this. */
void mei_capture_config(MeiCapture *c, unsigned int kind, uint32_t offset, int size,
                        uint32_t value);

#endif
