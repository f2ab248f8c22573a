/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MKHI's capabilities group: rules, and the operating system's version. */
#include "firmware-sim/clients/mkhi.h"

#include <swme/bytes.h>

static uint32_t platform_type(const SwmeContext *context)
{
    uint32_t image = context->amt ? MKHI_PLATFORM_IMAGE_CORPORATE : MKHI_PLATFORM_IMAGE_CONSUMER;
    uint32_t brand = context->amt ? MKHI_PLATFORM_BRAND_AMT : MKHI_PLATFORM_BRAND_NONE;

    return MKHI_PLATFORM_DESKTOP | MKHI_PLATFORM_PRODUCTION | image << MKHI_PLATFORM_IMAGE_SHIFT |
           brand << MKHI_PLATFORM_BRAND_SHIFT;
}

uint8_t mkhi_get_rule(const MkhiRequest *request, GByteArray *reply)
{
    const AmtState *amt = request->context->amt;
    uint32_t rule = swme_get_le32(request->data + MKHI_RULE_OFF_ID);
    uint32_t value;

    switch (rule) {
    case MKHI_RULE_SKU_CAPABILITIES:
        value = request->facts->capable | (amt ? request->facts->with_amt : 0);
        break;
    case MKHI_RULE_FEATURES_ENABLED:
    case MKHI_RULE_FEATURES_AVAILABLE:
        value = request->facts->enabled |
                (amt && amt_state_data(amt)->setup.operational ? request->facts->with_amt : 0);
        break;
    case MKHI_RULE_FW_UPDATE:
        value = MKHI_FW_UPDATE_ENABLED;
        break;
    case MKHI_RULE_PLATFORM_TYPE:
        value = platform_type(request->context);
        break;
    default:
        return MKHI_RESULT_PARAMETERS;
    }
    reply_append_le32(reply, rule);
    reply_append_u8(reply, sizeof(value)); /* bytes of data: LMS wants these four */
    reply_append_le32(reply, value);
    return MKHI_RESULT_SUCCESS;
}

/* The rule's own fields say what they carry; the firmware has no use for it beyond the check. */
uint8_t mkhi_set_os_version(const MkhiRequest *request, GByteArray *reply)
{
    (void)reply;
    if (request->data[MKHI_OS_VERSION_OFF_FEATURE] != MKHI_OS_VERSION_FEATURE ||
        request->data[MKHI_OS_VERSION_OFF_LENGTH] != 8) {
        return MKHI_RESULT_PARAMETERS;
    }
    return MKHI_RESULT_SUCCESS;
}
