/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/wire-constants.h"

#include <swme/capture.h>

/* A format of our own: the numbers of docs/capture.md, which captures that are kept rely on. */
const WireConstant wire_constants_capture[] = {
    WIRE(CAPTURE_LINK_TYPE, 152),
    WIRE(CAPTURE_VERSION, 1),
    WIRE(CAPTURE_OFF_VERSION, 0),
    WIRE(CAPTURE_OFF_KIND, 1),
    WIRE(CAPTURE_OFF_FLAGS, 2),
    WIRE(CAPTURE_HEAD_SIZE, 4),
    WIRE(CAPTURE_RECORD_MAX, 65536),
    WIRE(CAPTURE_SETUP, 1),
    WIRE(CAPTURE_READ, 2),
    WIRE(CAPTURE_WRITE, 3),
    WIRE(CAPTURE_CONFIG_READ, 4),
    WIRE(CAPTURE_CONFIG_WRITE, 5),
    WIRE(CAPTURE_IRQ, 6),
    WIRE(CAPTURE_STATUS, 7),
    WIRE(CAPTURE_RESET, 8),
    WIRE(CAPTURE_POWER, 9),
    WIRE(CAPTURE_TIMER, 10),
    WIRE(CAPTURE_DMA_READ, 11),
    WIRE(CAPTURE_DMA_WRITE, 12),
    WIRE(CAPTURE_PACKET, 13),
    WIRE(CAPTURE_MESSAGE, 14),
    WIRE(CAPTURE_NOTE, 15),
    WIRE(CAPTURE_LOST, 16),
    WIRE(CAPTURE_LOADED, 17),
    WIRE(CAPTURE_TO_HOST, 0x0001),
    WIRE(CAPTURE_VEILED, 0x0002),
    WIRE(CAPTURE_UNANSWERED, 0x0004),
    WIRE(CAPTURE_OUTSIDE, 0x0008),
    WIRE(CAPTURE_UNKNOWN, 0x0010),
};

const size_t wire_constants_capture_count =
    sizeof(wire_constants_capture) / sizeof(wire_constants_capture[0]);
