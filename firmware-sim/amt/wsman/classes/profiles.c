/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * By which of DMTF's profiles a DASH client finds its way: that they are registered says where to
 * look, not that all of DSP0232 is met. AMT SDK, "Discovering CIM_ComputerSystem"; DMTF DSP1033;
 * versions besides that of the first are a choice.
 */
#include "firmware-sim/amt/wsman/classes.h"

#define DMTF           2 /* RegisteredOrganization */
#define NOT_ADVERTISED 2 /* AdvertiseTypes: by SLP is 3 */

typedef struct Profile {
    const char *name;
    const WsmanClass *class; /* what conforms to it: its first instance */
} Profile;

static const Profile profiles[] = {
    {"Base Desktop and Mobile", &wsman_CIM_ComputerSystem},
    {"Power State Management", &wsman_CIM_PowerManagementService},
    {"Boot Control", &wsman_CIM_BootService},
    {"Record Log", &wsman_AMT_MessageLog},
    {"Software Inventory", &wsman_CIM_SoftwareIdentity},
};

static bool profile_here(const WsmanCall *call, unsigned int slot)
{
    return wsman_instance_here(call, profiles[slot].class, 0);
}

static void profile_id(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    g_autofree char *id = g_strconcat("Intel(r) ME:", profiles[slot].name, NULL);

    (void)call;
    wsman_out_text(out, id);
}

static void profile_name(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    wsman_out_text(out, profiles[slot].name);
}

static void advertised(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    (void)slot;
    wsman_out_number(out, NOT_ADVERTISED);
}

static const WsmanProperty profile_properties[] = {
    WSMAN_GET("AdvertiseTypes", WSMAN_U16, WSMAN_ARRAY, advertised),
    WSMAN_GET("InstanceID", WSMAN_TEXT, WSMAN_KEY, profile_id),
    WSMAN_GET("RegisteredName", WSMAN_TEXT, 0, profile_name),
    WSMAN_NUMBER_IS("RegisteredOrganization", WSMAN_U16, DMTF),
    WSMAN_TEXT_IS("RegisteredVersion", "1.0.0"),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_CIM_RegisteredProfile = {
    .name = "CIM_RegisteredProfile",
    .base = "CIM_ManagedElement",
    .read = WSMAN_REALM_ANY,
    .slots = G_N_ELEMENTS(profiles),
    .present = profile_here,
    .properties = profile_properties,
};

static void standard(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_reference(out, call, &wsman_CIM_RegisteredProfile, slot);
}

static void element(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_reference(out, call, profiles[slot].class, 0);
}

static const WsmanProperty conforms_properties[] = {
    WSMAN_GET("ConformantStandard", WSMAN_REFERENCE, WSMAN_KEY, standard),
    WSMAN_GET("ManagedElement", WSMAN_REFERENCE, WSMAN_KEY, element),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_CIM_ElementConformsToProfile = {
    .name = "CIM_ElementConformsToProfile",
    .read = WSMAN_REALM_ANY,
    .slots = G_N_ELEMENTS(profiles),
    .present = profile_here,
    .properties = conforms_properties,
};
