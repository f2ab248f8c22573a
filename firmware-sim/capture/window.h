/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The dwords that pass through one of the two windows (H_CB_WW, ME_CB_RW): which of them are
 * secret? */
#ifndef SWME_CAPTURE_WINDOW_H
#define SWME_CAPTURE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware-sim/firmware.h"

/*
 * The packet that the host is pushing into a window, or taking out of it: from its header on it is
 * known whose it is, and from its first bytes whether what follows is secret. All zeros: the next
 * dword is a header.
 */
typedef struct SwmeWindow {
    bool lost; /* nobody knows what the next dword is: until a reset, each is taken for a secret */
    uint32_t slots_left;
    uint32_t header;
    bool has_secrets;  /* the client that the header names */
    uint8_t begin[16]; /* of the message, as much as tells */
    size_t have;
    uint8_t continued[8192]; /* a bit for each pair of addresses: in the middle of a message */
    uint8_t secret[8192];    /* likewise: what follows is secret */
} SwmeWindow;

void swme_window_reset(SwmeWindow *window);
/* The next dword is a header, of who knows what: all is secret till a message's end was seen. */
void swme_window_rejoin(SwmeWindow *window);
/* A dword passes: is it secret, as that firmware judges? NULL: nothing is. */
bool swme_window_pass(SwmeWindow *window, const SwmeFirmware *firmware, uint32_t value);

#endif
