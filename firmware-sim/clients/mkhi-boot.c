/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MKHI's groups for the BIOS: resets, the flash override, bring-up. */
#include "firmware-sim/clients/mkhi.h"

/*
 * What only a BIOS may ask for, before it ends POST (coreboot says so of each). It has ended by the
 * time that anyone asks here: mkhi-general.c.
 */
uint8_t mkhi_after_post(const MkhiRequest *request, GByteArray *reply)
{
    (void)request;
    (void)reply;
    return MKHI_RESULT_INVALID_STATE;
}

uint8_t mkhi_hmrfpo_status(const MkhiRequest *request, GByteArray *reply)
{
    reply_append_u8(reply, request->facts->hmrfpo);
    reply_append_zeros(reply, 3);
    return MKHI_RESULT_SUCCESS;
}

/* Boot partitions are what the Lite SKU has (coreboot cse_lite.c), and no row is one. */
uint8_t mkhi_not_lite(const MkhiRequest *request, GByteArray *reply)
{
    (void)request;
    (void)reply;
    return MKHI_RESULT_INVALID_COMMAND;
}

/*
 * Milliseconds from the firmware's first step to each point of its boot. Chosen: the firmware of a
 * VM has no such history, so all but the first few are the "not reached" that coreboot skips (0).
 */
uint8_t mkhi_boot_performance(const MkhiRequest *request, GByteArray *reply)
{
    static const uint32_t times[MKHI_BOOT_PERFORMANCE_TIMES] = {0, 11, 36, 66, 83, 91, 120, 154};

    (void)request;
    reply_append_le32(reply, 1);
    reply_append_le32(reply, MKHI_BOOT_PERFORMANCE_TIMES);
    for (unsigned int i = 0; i < G_N_ELEMENTS(times); i++) {
        reply_append_le32(reply, times[i]);
    }
    return MKHI_RESULT_SUCCESS;
}
