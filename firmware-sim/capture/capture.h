/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What passes between host and firmware, as records (swme/capture.h). Each host access and each
 * timer of the firmware's is an event: all that it leads to bears its time, and the firmware's
 * clock stands still in it. So a replay that is given the same events has the same clock, and does
 * the same.
 */
#ifndef SWME_FIRMWARE_CAPTURE_H
#define SWME_FIRMWARE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include <swme/capture.h>

#include "firmware-sim/clock.h"
#include "firmware-sim/firmware.h"

typedef enum SwmeCaptureLevel {
    SWME_CAPTURE_REGISTERS = 1, /* and all that a replay needs */
    SWME_CAPTURE_PACKETS = 2,
    SWME_CAPTURE_MESSAGES = 4, /* and notes */
    SWME_CAPTURE_ALL = 7,
    SWME_CAPTURE_SECRETS = 8, /* shown as they are, not as zeros */
} SwmeCaptureLevel;

/* LEVEL[+LEVEL...]; NULL: all, without secrets. False and a one-line error. */
bool swme_capture_parse_levels(const char *text, unsigned int *levels, GError **error);
/* As it could be parsed again. Free with g_free. */
char *swme_capture_levels_text(unsigned int levels);

typedef struct SwmeCapture SwmeCapture;

/* data is the callee's only during the call. */
typedef void (*SwmeCaptureSink)(void *opaque, int64_t stamp_ns, const uint8_t *data, size_t size);

/* clock is kept by reference and must outlive it. */
SwmeCapture *swme_capture_new(unsigned int levels, SwmeClock *clock, SwmeCaptureSink sink,
                              void *opaque);
/* After all timers made from its clock. */
void swme_capture_free(SwmeCapture *capture);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SwmeCapture, swme_capture_free)

/* For the firmware: the clock behind it, with events around its timers. */
SwmeClock *swme_capture_clock(SwmeCapture *capture);

/* Whose judgement it takes on what is secret; NULL: nothing is. */
void swme_capture_set_firmware(SwmeCapture *capture, const SwmeFirmware *firmware);

/* ---- events: they may nest, and only the outermost counts ---- */

void swme_capture_begin(SwmeCapture *capture);
void swme_capture_end(SwmeCapture *capture);

/* ---- records ---- */

void swme_capture_text(SwmeCapture *capture, unsigned int kind, const char *text);
/* RESET, POWER, TIMER, IRQ, LOADED: values of them, 0 to 2 */
void swme_capture_values(SwmeCapture *capture, unsigned int kind, unsigned int count,
                         uint32_t first, uint32_t second);
void swme_capture_access(SwmeCapture *capture, unsigned int kind, unsigned int flags,
                         uint32_t offset, unsigned int size, uint64_t value);
void swme_capture_dma(SwmeCapture *capture, unsigned int kind, uint64_t address, const void *data,
                      size_t size, bool done);
void swme_capture_trace(SwmeCapture *capture, const SwmeTrace *trace);

#endif
