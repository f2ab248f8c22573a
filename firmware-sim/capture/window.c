/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/capture/window.h"

#include <string.h>

#include <swme/bytes.h>
#include <swme/mei-header.h>

static bool test_bit(const uint8_t *bits, uint32_t index)
{
    return bits[index / 8] & (1u << index % 8);
}

static void put_bit(uint8_t *bits, uint32_t index, bool value)
{
    bits[index / 8] =
        (uint8_t)((bits[index / 8] & ~(1u << index % 8)) | (unsigned int)value << index % 8);
}

static uint32_t pair_of(const SwmeWindow *window)
{
    return window->header & 0xffff;
}

/* Does whom the packet is to or from have secrets at all? */
static bool has_secrets(const SwmeWindow *window, const SwmeFirmware *firmware)
{
    return pair_of(window) != MEI_HBM_ADDR && firmware &&
           swme_firmware_shown(firmware, MEI_HDR_ME_ADDR(window->header), NULL, 0) != SIZE_MAX;
}

/* Of what there is of the message, and what is still to come of it. */
static size_t shown(const SwmeWindow *window, const SwmeFirmware *firmware)
{
    if (!window->has_secrets) {
        return SIZE_MAX;
    }
    /* Extension headers stand before the message: where it begins is not looked into. */
    if (window->header & MEI_HDR_EXTENDED) {
        return 0;
    }
    return swme_firmware_shown(firmware, MEI_HDR_ME_ADDR(window->header), window->begin,
                               window->have);
}

static void packet_end(SwmeWindow *window, const SwmeFirmware *firmware)
{
    uint32_t pair = pair_of(window);
    bool complete = window->header & MEI_HDR_COMPLETE;

    /* Cut before it told what it is, a message is secret from there on. */
    if (!complete && !test_bit(window->continued, pair)) {
        put_bit(window->secret, pair, shown(window, firmware) != SIZE_MAX);
    }
    put_bit(window->continued, pair, !complete);
    if (complete) {
        put_bit(window->secret, pair, false);
    }
}

void swme_window_reset(SwmeWindow *window)
{
    memset(window, 0, sizeof(*window));
}

void swme_window_rejoin(SwmeWindow *window)
{
    swme_window_reset(window);
    memset(window->continued, 0xff, sizeof(window->continued));
    memset(window->secret, 0xff, sizeof(window->secret));
}

bool swme_window_pass(SwmeWindow *window, const SwmeFirmware *firmware, uint32_t value)
{
    uint32_t pair;
    bool secret;

    if (window->lost) {
        return true;
    }
    if (window->slots_left == 0) {
        window->header = value;
        window->slots_left = mei_hdr_slots(value) - 1;
        window->have = 0;
        window->has_secrets = has_secrets(window, firmware);
        if (window->slots_left == 0) {
            packet_end(window, firmware);
        }
        return false;
    }
    pair = pair_of(window);
    if (!test_bit(window->continued, pair) && window->have < sizeof(window->begin)) {
        swme_put_le32(window->begin + window->have, value);
        window->have += 4;
        put_bit(window->secret, pair, window->have > shown(window, firmware));
    }
    secret = test_bit(window->secret, pair);
    if (--window->slots_left == 0) {
        packet_end(window, firmware);
    }
    return secret;
}
