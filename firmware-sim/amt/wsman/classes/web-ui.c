/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AMT_WebUIService: whether AMT has pages for people. AMT SDK; intel/lms class metadata. */
#include "firmware-sim/amt/wsman/classes.h"

enum { UI_ENABLED = 2, UI_DISABLED = 3 }; /* CIM_EnabledLogicalElement.RequestedState */

static void ui_state(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_number(out, wsman_data(call)->redirection.web_ui ? UI_ENABLED : UI_DISABLED);
}

static uint32_t change_ui(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    uint32_t state = wsman_u32(call, "RequestedState");

    (void)slot;
    (void)out;
    if (state != UI_ENABLED && state != UI_DISABLED) {
        return WSMAN_CIM_INVALID_PARAMETER;
    }
    wsman_change(call)->redirection.web_ui = state == UI_ENABLED;
    return WSMAN_CIM_OK;
}

static const WsmanParameter change_in[] = {
    {"RequestedState", WSMAN_U16, 0, 0},
    {"TimeoutPeriod", WSMAN_TIME, WSMAN_OPTIONAL, 0},
    {NULL, 0, 0, 0},
};

static const WsmanMethod methods[] = {
    {"RequestStateChange", change_in, NULL, change_ui, WSMAN_REALM_ADMINISTRATION,
     WSMAN_CIM_INVALID_PARAMETER, false},
    {.name = NULL},
};

static const WsmanProperty properties[] = {
    WSMAN_SERVICE_KEYS("AMT_WebUIService", "Intel(r) AMT Web UI Service", "Intel(r) AMT"),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Web UI Service"),
    WSMAN_GET("EnabledState", WSMAN_U16, 0, ui_state),
    WSMAN_NUMBER_IS("RequestedState", WSMAN_U16, 12),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_WebUIService = {
    .name = "AMT_WebUIService",
    .base = "CIM_Service",
    .read = WSMAN_REALM_ANY,
    .slots = 1,
    .properties = properties,
    .methods = methods,
};
