/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MKHI's general group: versions, and how far the host's boot has come. */
#include "firmware-sim/clients/mkhi.h"

#include <string.h>

#include <swme/bytes.h>

#define HFS6_MEASURED_BOOT 0x100u /* fwupd fu-mei.rs, CSME 11 to 17 */

/* Chosen, no source has a value: the version that the client's HBM properties have. */
uint8_t mkhi_mkhi_version(const MkhiRequest *request, GByteArray *reply)
{
    (void)request;
    reply_append_le16(reply, 0);
    reply_append_le16(reply, 2);
    return MKHI_RESULT_SUCCESS;
}

uint8_t mkhi_fw_version(const MkhiRequest *request, GByteArray *reply)
{
    const SwmeFirmwareVersion *v = &request->context->platform->version;

    for (unsigned int i = 0; i < request->context->platform->version_blocks; i++) {
        reply_append_le16(reply, v->minor);
        reply_append_u8(reply, v->major);
        reply_append_u8(reply, v->platform);
        reply_append_le16(reply, v->build);
        reply_append_le16(reply, v->hotfix);
    }
    return MKHI_RESULT_SUCCESS;
}

/*
 * A VM's BIOS tells the ME nothing, and a host's system always finds POST ended: so it has ended
 * before the first question.
 */
uint8_t mkhi_boot_state(const MkhiRequest *request, GByteArray *reply)
{
    (void)request;
    reply_append_le32(reply, MKHI_BOOT_END_OF_POST | MKHI_BOOT_CORE_BIOS);
    reply_append_le32(reply, 0);
    return MKHI_RESULT_SUCCESS;
}

uint8_t mkhi_eop_state(const MkhiRequest *request, GByteArray *reply)
{
    (void)request;
    reply_append_le32(reply, 1);
    return MKHI_RESULT_SUCCESS;
}

/* A BIOS that does say it is told to go on (coreboot cse_eop.c takes anything else for a failure).
 */
uint8_t mkhi_end_of_post(const MkhiRequest *request, GByteArray *reply)
{
    (void)request;
    reply_append_le32(reply, MKHI_EOP_CONTINUE);
    return MKHI_RESULT_SUCCESS;
}

uint8_t mkhi_feature_override(const MkhiRequest *request, GByteArray *reply)
{
    (void)request;
    reply_append_le32(reply, MKHI_FEATURE_OVERRIDE_REJECTED);
    return MKHI_RESULT_SUCCESS;
}

uint8_t mkhi_image_type(const MkhiRequest *request, GByteArray *reply)
{
    (void)request;
    reply_append_le32(reply, 1);
    return MKHI_RESULT_SUCCESS;
}

/* The power management controller's is the one that LMS asks for; no other partition has modules.
 */
uint8_t mkhi_image_fw_version(const MkhiRequest *request, GByteArray *reply)
{
    static const char name[MKHI_MODULE_NAME_SIZE] = "PMCP";
    const uint16_t *version = request->facts->pmc_version;

    if (swme_get_le32(request->data + MKHI_HEADER_SIZE) != MKHI_PARTITION_PMCP) {
        reply_append_le32(reply, 0);
        return MKHI_RESULT_SUCCESS;
    }
    reply_append_le32(reply, 1);
    g_byte_array_append(reply, (const uint8_t *)name, sizeof(name));
    for (unsigned int i = 0; i < G_N_ELEMENTS(request->facts->pmc_version); i++) {
        reply_append_le16(reply, version[i]);
    }
    reply_append_le32(reply, 0x8086);
    reply_append_zeros(reply, MKHI_MODULE_SIZE - MKHI_MODULE_OFF_VENDOR - 4);
    return MKHI_RESULT_SUCCESS;
}

uint8_t mkhi_measured_boot_state(const MkhiRequest *request, GByteArray *reply)
{
    reply_append_u8(reply, (request->context->platform->hfs[5] & HFS6_MEASURED_BOOT) != 0);
    return MKHI_RESULT_SUCCESS;
}
