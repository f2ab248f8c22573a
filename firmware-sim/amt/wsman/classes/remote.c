/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where AMT is at home, and who may let it call out. AMT SDK, AMT_EnvironmentDetectionSettingData
 * and AMT_UserInitiatedConnectionService.
 */
#include <string.h>

#include "firmware-sim/amt/wsman/classes.h"

static void strings(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    for (unsigned int i = 0; i < AMT_SUFFIXES; i++) {
        if (*wsman_data(call)->network.inside_suffix[i]) {
            wsman_out_text(out, wsman_data(call)->network.inside_suffix[i]);
        }
    }
}

static bool set_strings(WsmanCall *call, const WsmanProperty *property, unsigned int slot)
{
    AmtNetwork *network = &wsman_change(call)->network;
    unsigned int count = wsman_count(call, property->name);

    (void)slot;
    if (count > AMT_SUFFIXES) {
        return false;
    }
    memset(network->inside_suffix, 0, sizeof(network->inside_suffix));
    for (unsigned int i = 0; i < count; i++) {
        const char *text = wsman_text(call, property->name, i);

        if (strlen(text) >= AMT_DOMAIN_SIZE) {
            return false;
        }
        for (const char *c = text; *c; c++) {
            if (!g_ascii_isalnum(*c) && *c != '-' && *c != '.') {
                return false;
            }
        }
        memcpy(network->inside_suffix[i], text, strlen(text));
    }
    return true;
}

static const WsmanProperty environment[] = {
    WSMAN_NUMBER_IS("DetectionAlgorithm", WSMAN_U16, 0), /* local domains */
    WSMAN_GET_SET("DetectionStrings", WSMAN_TEXT, WSMAN_ARRAY | WSMAN_CLEARS, strings, set_strings),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Environment Detection Settings"),
    WSMAN_KEY_IS("InstanceID", "Intel(r) AMT Environment Detection Settings"),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_EnvironmentDetectionSettingData = {
    .name = "AMT_EnvironmentDetectionSettingData",
    .base = "CIM_SettingData",
    .read = WSMAN_REALM_ANY,
    .write = WSMAN_REALM_ADMINISTRATION,
    .slots = 1,
    .properties = environment,
};

/* 32768 nobody, 32769 the BIOS, 32770 the operating system, 32771 both. */
#define NOBODY 32768

static void who_state(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_number(out, NOBODY + wsman_data(call)->remote.interfaces);
}

static uint32_t change_who(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    uint32_t state = wsman_u32(call, "RequestedState");

    (void)slot;
    (void)out;
    if (state < NOBODY || state > NOBODY + 3) {
        return WSMAN_CIM_INVALID_PARAMETER;
    }
    wsman_change(call)->remote.interfaces = state - NOBODY;
    return WSMAN_CIM_OK;
}

static const WsmanParameter change_in[] = {
    {"RequestedState", WSMAN_U16, 0, 0},
    {"TimeoutPeriod", WSMAN_TIME, WSMAN_OPTIONAL, 0},
    {NULL, 0, 0, 0},
};

static const WsmanMethod who_methods[] = {
    {"RequestStateChange", change_in, NULL, change_who, WSMAN_REALM_ADMINISTRATION,
     WSMAN_CIM_INVALID_PARAMETER, false},
    {.name = NULL},
};

static const WsmanProperty user_initiated[] = {
    WSMAN_SERVICE_KEYS("AMT_UserInitiatedConnectionService",
                       "Intel(r) AMT User Initiated Connection Service", "Intel(r) AMT"),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT User Initiated Connection Service"),
    WSMAN_GET("EnabledState", WSMAN_U16, 0, who_state),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_UserInitiatedConnectionService = {
    .name = "AMT_UserInitiatedConnectionService",
    .base = "CIM_Service",
    .since_major = 4,
    .read = WSMAN_REALM_ANY,
    .slots = 1,
    .properties = user_initiated,
    .methods = who_methods,
};
