/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What AMT shows on the machine's own screens, and on which: kept, for it shows nothing there.
 * AMT SDK, IPS_ScreenSettingData, IPS_SecIOService; names: intel/lms class metadata.
 */
#include "firmware-sim/amt/wsman/classes.h"

#define SINCE   8 /* IPS_ classes; KVM is as old as AMT 6 */
#define READ    (WSMAN_REALM_REDIRECTION | WSMAN_REALM_ADMINISTRATION)
#define WRITE   WSMAN_REALM_ADMINISTRATION
#define SCREENS 4

/* ---- IPS_ScreenSettingData: one screen, of whose size AMT knows nothing ---- */

static void screen_active(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    (void)slot;
    for (unsigned int i = 0; i < SCREENS; i++) {
        wsman_out_bool(out, i == 0);
    }
}

static void screen_numbers(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    (void)slot;
    for (unsigned int i = 0; i < SCREENS; i++) {
        wsman_out_number(out, 0);
    }
}

static uint32_t reset_screens(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    (void)out;
    wsman_change(call)->redirection.default_screen = 0;
    return WSMAN_PT_SUCCESS;
}

static const WsmanMethod setting_methods[] = {
    {"ResetToDefault", NULL, NULL, reset_screens, WRITE, WSMAN_PT_INVALID_PARAMETER, false},
    {.name = NULL},
};

static const WsmanProperty setting_properties[] = {
    WSMAN_TEXT_IS("ElementName", "Intel(r) Screen Settings"),
    WSMAN_KEY_IS("InstanceID", "Intel(r) Screen Settings"),
    WSMAN_GET("IsActive", WSMAN_BOOL, WSMAN_ARRAY, screen_active),
    WSMAN_NUMBER_IS("PrimaryIndex", WSMAN_U8, 0),
    WSMAN_NUMBER_IS("QuadraryIndex", WSMAN_U8, 3), /* as AMT spells it */
    WSMAN_GET("ResolutionX", WSMAN_U32, WSMAN_ARRAY, screen_numbers),
    WSMAN_GET("ResolutionY", WSMAN_U32, WSMAN_ARRAY, screen_numbers),
    WSMAN_NUMBER_IS("SecondaryIndex", WSMAN_U8, 1),
    WSMAN_NUMBER_IS("TertiaryIndex", WSMAN_U8, 2),
    WSMAN_GET("UpperLeftX", WSMAN_U32, WSMAN_ARRAY, screen_numbers),
    WSMAN_GET("UpperLeftY", WSMAN_U32, WSMAN_ARRAY, screen_numbers),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_IPS_ScreenSettingData = {
    .name = "IPS_ScreenSettingData",
    .base = "CIM_SettingData",
    .since_major = SINCE,
    .stored = true,
    .read = READ,
    .slots = 1,
    .properties = setting_properties,
    .methods = setting_methods,
};

/* ---- IPS_SecIOService ---- */

/* Always there; asked to be enabled, it is. */
static uint32_t change_state(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    (void)out;
    return wsman_u32(call, "RequestedState") == 2 ? WSMAN_CIM_OK : WSMAN_CIM_NOT_SUPPORTED;
}

static const WsmanParameter change_in[] = {
    {"RequestedState", WSMAN_U16, 0, 0},
    {"TimeoutPeriod", WSMAN_TIME, WSMAN_OPTIONAL, 0},
    {NULL, 0, 0, 0},
};

static const WsmanMethod service_methods[] = {
    {"RequestStateChange", change_in, NULL, change_state, WRITE, WSMAN_CIM_INVALID_PARAMETER,
     false},
    {.name = NULL},
};

static const WsmanProperty service_properties[] = {
    WSMAN_SERVICE_KEYS("IPS_SecIOService", "SecIO", "Intel(r) AMT"),
    WSMAN_MEMBER_MAX("DefaultScreen", WSMAN_U8, WSMAN_WRITE, redirection.default_screen, 3),
    WSMAN_TEXT_IS("ElementName", "SecIO"),
    WSMAN_NUMBER_IS("EnabledState", WSMAN_U16, 2),
    WSMAN_NUMBER_IS("NumberOfScreens", WSMAN_U8, 1),
    WSMAN_MEMBER("RequestedLanguage", WSMAN_U16, WSMAN_WRITE, stored.language),
    WSMAN_MEMBER("language", WSMAN_U16, 0, stored.language),
    WSMAN_MEMBER("zoom", WSMAN_U16, WSMAN_WRITE, stored.zoom),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_IPS_SecIOService = {
    .name = "IPS_SecIOService",
    .base = "CIM_Service",
    .since_major = SINCE,
    .stored = true,
    .read = READ,
    .write = WRITE,
    .slots = 1,
    .properties = service_properties,
    .methods = service_methods,
};
