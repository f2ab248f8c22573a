/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The wireless port and its profiles, where AMT has such a port: kept and shown, and never used,
 * for there is no radio. Numbers: AMT SDK, AMT_WiFiPortConfigurationService; the CIM schema;
 * go-wsman-messages cim/wifi, amt/wifiportconfiguration.
 */
#include <string.h>

#include "firmware-sim/amt/wsman/classes.h"
#include "firmware-sim/amt/wsman/classes/ieee8021x.h"

#define ADMIN  WSMAN_REALM_ADMINISTRATION
#define SYSTEM "Intel(r) AMT"
#define PORT   1 /* of AmtNetwork.lan */

static bool radio_here(const WsmanCall *call, unsigned int slot)
{
    (void)slot;
    return wsman_data(call)->network.lan[PORT].present;
}

static const AmtWifiProfile *profile_at(const WsmanCall *call, unsigned int slot)
{
    return &wsman_data(call)->stored.wifi[slot];
}

/* ---- CIM_WiFiPort ---- */

static const uint16_t states[] = {
    [AMT_WIFI_OFF] = 3,
    [AMT_WIFI_S0] = 32768,
    [AMT_WIFI_ALWAYS] = 32769,
};

static void port_state(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_number(out, states[wsman_data(call)->stored.wifi_state]);
}

static uint32_t change_port(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    uint32_t wanted = wsman_u32(call, "RequestedState");

    (void)slot;
    (void)out;
    for (uint32_t i = 0; i < G_N_ELEMENTS(states); i++) {
        if (states[i] == wanted) {
            wsman_change(call)->stored.wifi_state = i;
            return WSMAN_CIM_OK;
        }
    }
    return WSMAN_CIM_INVALID_PARAMETER;
}

static void port_mac(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_hex(out, wsman_data(call)->network.lan[PORT].mac, AMTHI_MAC_SIZE);
}

static const WsmanParameter change_in[] = {
    {"RequestedState", WSMAN_U16, 0, 0},
    {"TimeoutPeriod", WSMAN_TIME, WSMAN_OPTIONAL, 0},
    {NULL, 0, 0, 0},
};

static const WsmanMethod port_methods[] = {
    {"RequestStateChange", change_in, NULL, change_port, ADMIN, WSMAN_CIM_INVALID_PARAMETER, false},
    {.name = NULL},
};

static const WsmanProperty port_properties[] = {
    WSMAN_KEY_IS("CreationClassName", "CIM_WiFiPort"),
    WSMAN_KEY_IS("DeviceID", "WiFi Port 0"),
    WSMAN_TEXT_IS("ElementName", "WiFi Port 0"),
    WSMAN_GET("EnabledState", WSMAN_U16, 0, port_state),
    WSMAN_NUMBER_IS("HealthState", WSMAN_U16, 5),
    WSMAN_NUMBER_IS("LinkTechnology", WSMAN_U16, 11),
    WSMAN_GET("PermanentAddress", WSMAN_TEXT, 0, port_mac),
    WSMAN_GET("RequestedState", WSMAN_U16, 0, port_state),
    WSMAN_KEY_IS("SystemCreationClassName", "CIM_ComputerSystem"),
    WSMAN_KEY_IS("SystemName", SYSTEM),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_CIM_WiFiPort = {
    .name = "CIM_WiFiPort",
    .base = "CIM_NetworkPort",
    .stored = true,
    .read = WSMAN_REALM_ANY,
    .slots = 1,
    .present = radio_here,
    .properties = port_properties,
    .methods = port_methods,
};

/* ---- CIM_WiFiEndpoint: what profiles are added to ---- */

static const WsmanProperty endpoint_properties[] = {
    WSMAN_KEY_IS("CreationClassName", "CIM_WiFiEndpoint"),
    WSMAN_TEXT_IS("ElementName", "WiFi Endpoint 0"),
    WSMAN_NUMBER_IS("EnabledState", WSMAN_U16, 6), /* nothing to speak to */
    WSMAN_KEY_IS("Name", "WiFi Endpoint 0"),
    WSMAN_KEY_IS("SystemCreationClassName", "CIM_ComputerSystem"),
    WSMAN_KEY_IS("SystemName", SYSTEM),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_CIM_WiFiEndpoint = {
    .name = "CIM_WiFiEndpoint",
    .base = "CIM_LANEndpoint",
    .read = WSMAN_REALM_ANY,
    .slots = 1,
    .present = radio_here,
    .properties = endpoint_properties,
};

/* ---- CIM_WiFiEndpointSettings ---- */

static bool profile_here(const WsmanCall *call, unsigned int slot)
{
    return radio_here(call, slot) && profile_at(call, slot)->present;
}

static void profile_id(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const char *name = amt_texts_get(profile_at(call, slot)->names, AMT_WIFI_NAME);
    g_autofree char *id = g_strconcat("Intel(r) AMT:WiFi Endpoint Settings ", name, NULL);

    wsman_out_text(out, id);
}

static void profile_name(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_texts(out, profile_at(call, slot)->names, AMT_WIFI_NAME);
}

static void profile_ssid(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_texts(out, profile_at(call, slot)->names, AMT_WIFI_SSID);
}

static void drop(AmtWifiProfile *profile)
{
    amt_blob_take(&profile->names, NULL);
    amt_blob_take(&profile->psk, NULL);
    amt_blob_take(&profile->x.names, NULL);
    amt_blob_take(&profile->x.password, NULL);
    *profile = (AmtWifiProfile){0};
}

static WsmanFault remove_profile(WsmanCall *call, unsigned int slot)
{
    drop(&wsman_change(call)->stored.wifi[slot]);
    return WSMAN_FINE;
}

static const WsmanProperty profile_properties[] = {
    WSMAN_EACH("AuthenticationMethod", WSMAN_U16, 0, stored.wifi, authentication),
    WSMAN_NUMBER_IS("BSSType", WSMAN_U16, 3), /* infrastructure */
    WSMAN_GET("ElementName", WSMAN_TEXT, 0, profile_name),
    WSMAN_EACH("EncryptionMethod", WSMAN_U16, 0, stored.wifi, encryption),
    WSMAN_GET("InstanceID", WSMAN_TEXT, WSMAN_KEY, profile_id),
    WSMAN_EACH("Priority", WSMAN_U8, 0, stored.wifi, priority),
    WSMAN_GET("SSID", WSMAN_TEXT, 0, profile_ssid),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_CIM_WiFiEndpointSettings = {
    .name = "CIM_WiFiEndpointSettings",
    .base = "CIM_SettingData",
    .stored = true,
    .read = ADMIN,
    .write = ADMIN,
    .slots = AMT_WIFI_PROFILES,
    .present = profile_here,
    .properties = profile_properties,
    .remove = remove_profile,
};

/* ---- AMT_WiFiPortConfigurationService ---- */

/* AuthenticationMethod: those with a pass phrase, and those with 802.1x. */
static bool with_psk(uint32_t method)
{
    return method == 4 || method == 6 || method == 32768;
}

static bool with_8021x(uint32_t method)
{
    return method == 5 || method == 7;
}

/* 8 to 63 characters, or 256 bits that stand for themselves. */
static bool take_psk(WsmanCall *call, AmtWifiProfile *profile)
{
    const char *phrase = wsman_text(call, "PSKPassPhrase", 0);
    g_autoptr(GBytes) value = phrase ? NULL : wsman_bytes(call, "PSKValue");
    char hex[AMT_PSK_SIZE] = "";
    const char *text = hex;

    if (phrase) {
        return strlen(phrase) >= 8 &&
               wsman_set_secret(call, "PSKPassPhrase", AMT_PSK_SIZE - 1, &profile->psk);
    }
    if (!value || g_bytes_get_size(value) != (AMT_PSK_SIZE - 1) / 2) {
        return false;
    }
    for (gsize i = 0; i < g_bytes_get_size(value); i++) {
        g_snprintf(hex + 2 * i, 3, "%02x", ((const uint8_t *)g_bytes_get_data(value, NULL))[i]);
    }
    amt_blob_take(&profile->psk, amt_texts_new(&text, 1));
    explicit_bzero(hex, sizeof(hex));
    return true;
}

static bool take_profile(WsmanCall *call, AmtWifiProfile *profile)
{
    const char *names[AMT_WIFI_NAMES] = {
        wsman_short_text(call, "ElementName", AMT_WIFI_NAME_SIZE),
        wsman_short_text(call, "SSID", AMT_SSID_SIZE),
    };
    uint64_t priority, authentication, encryption;

    if (!names[0] || !*names[0] || !names[1] || !*names[1] ||
        !wsman_number(call, "Priority", 0, UINT8_MAX, &priority) ||
        !wsman_number(call, "AuthenticationMethod", 0, UINT16_MAX, &authentication) ||
        !wsman_number(call, "EncryptionMethod", 0, UINT16_MAX, &encryption)) {
        return false;
    }
    profile->present = true;
    profile->priority = (uint32_t)priority;
    profile->authentication = (uint32_t)authentication;
    profile->encryption = (uint32_t)encryption;
    /* TKIP or CCMP */
    if (!priority || (!with_psk(profile->authentication) && !with_8021x(profile->authentication)) ||
        (profile->encryption != 3 && profile->encryption != 4)) {
        return false;
    }
    profile->names = amt_texts_new(names, AMT_WIFI_NAMES);
    return !with_psk(profile->authentication) || take_psk(call, profile);
}

static bool same_name(const AmtWifiProfile *one, const AmtWifiProfile *other)
{
    return strcmp(amt_texts_get(one->names, AMT_WIFI_NAME),
                  amt_texts_get(other->names, AMT_WIFI_NAME)) == 0;
}

/* All that came with a call; skip: the slot that it is to replace. */
static uint32_t read_profile(WsmanCall *call, AmtWifiProfile *profile, unsigned int skip)
{
    bool good = wsman_enter(call, "WiFiEndpointSettingsInput");

    if (good) {
        good = take_profile(call, profile);
        wsman_leave(call);
    }
    if (good && with_8021x(profile->authentication)) {
        profile->has_8021x = true;
        good = wsman_enter(call, "IEEE8021xSettingsInput");
        if (good) {
            good = wsman_take_8021x(call, &profile->x);
            wsman_leave(call);
        }
        good = good && wsman_take_certificate(call, "ClientCredential", &profile->x.certificate) &&
               wsman_take_certificate(call, "CACredential", &profile->x.root);
    }
    if (!good) {
        return WSMAN_PT_INVALID_PARAMETER;
    }
    for (unsigned int i = 0; i < AMT_WIFI_PROFILES; i++) {
        const AmtWifiProfile *other = profile_at(call, i);

        if (i != skip && other->present &&
            (other->priority == profile->priority || same_name(other, profile))) {
            return WSMAN_PT_DUPLICATE;
        }
    }
    return WSMAN_PT_SUCCESS;
}

/* Takes what the profile has. */
static uint32_t keep_profile(WsmanCall *call, AmtWifiProfile *profile, unsigned int at, bool added,
                             WsmanOut *out)
{
    AmtWifiProfile *slot = &wsman_change(call)->stored.wifi[at];

    drop(slot);
    *slot = *profile;
    *profile = (AmtWifiProfile){0};
    if (added) {
        wsman_out_name(out, "WiFiEndpointSettings");
        wsman_out_reference(out, call, &wsman_CIM_WiFiEndpointSettings, at);
    }
    if (slot->has_8021x) {
        wsman_out_name(out, "IEEE8021xSettings");
        wsman_out_reference(out, call, &wsman_CIM_IEEE8021xSettings, at);
    }
    return WSMAN_PT_SUCCESS;
}

static uint32_t add_profile(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    AmtWifiProfile profile = {0};
    unsigned int at = 0;
    uint32_t result = read_profile(call, &profile, AMT_WIFI_PROFILES);

    (void)slot;
    while (at < AMT_WIFI_PROFILES && profile_at(call, at)->present) {
        at++;
    }
    if (result == WSMAN_PT_SUCCESS) {
        result =
            at < AMT_WIFI_PROFILES ? keep_profile(call, &profile, at, true, out) : WSMAN_PT_LIMIT;
    }
    drop(&profile);
    return result;
}

static uint32_t update_profile(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    AmtWifiProfile profile = {0};
    const WsmanClass *class;
    unsigned int at;
    uint32_t result;

    (void)slot;
    if (!wsman_reference(call, "WiFiEndpointSettings", &class, &at) ||
        class != &wsman_CIM_WiFiEndpointSettings) {
        return WSMAN_PT_INVALID_PARAMETER;
    }
    result = read_profile(call, &profile, at);
    if (result == WSMAN_PT_SUCCESS) {
        result = keep_profile(call, &profile, at, false, out);
    }
    drop(&profile);
    return result;
}

/* Those of consoles are all that there are: a user's own would come from the host. */
static uint32_t delete_profiles(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    AmtStored *kept = &wsman_change(call)->stored;

    (void)slot;
    (void)out;
    for (unsigned int i = 0; i < AMT_WIFI_PROFILES; i++) {
        drop(&kept->wifi[i]);
    }
    return WSMAN_PT_SUCCESS;
}

static uint32_t delete_user_profiles(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    (void)slot;
    (void)out;
    return WSMAN_PT_SUCCESS;
}

static void no_host_policy(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_number(out, wsman_data(call)->stored.wifi_no_host_policy);
}

static bool set_no_host_policy(WsmanCall *call, const WsmanProperty *property, unsigned int slot)
{
    (void)slot;
    wsman_change(call)->stored.wifi_no_host_policy = wsman_u32(call, property->name);
    return true;
}

static const WsmanParameter add_in[] = {
    {"WiFiEndpoint", WSMAN_REFERENCE, 0, 0},
    {"WiFiEndpointSettingsInput", WSMAN_OBJECT, 0, 0},
    {"IEEE8021xSettingsInput", WSMAN_OBJECT, WSMAN_OPTIONAL, 0},
    {"ClientCredential", WSMAN_REFERENCE, WSMAN_OPTIONAL, 0},
    {"CACredential", WSMAN_REFERENCE, WSMAN_OPTIONAL, 0},
    {NULL, 0, 0, 0},
};

static const WsmanParameter update_in[] = {
    {"WiFiEndpointSettings", WSMAN_REFERENCE, 0, 0},
    {"WiFiEndpointSettingsInput", WSMAN_OBJECT, 0, 0},
    {"IEEE8021xSettingsInput", WSMAN_OBJECT, WSMAN_OPTIONAL, 0},
    {"ClientCredential", WSMAN_REFERENCE, WSMAN_OPTIONAL, 0},
    {"CACredential", WSMAN_REFERENCE, WSMAN_OPTIONAL, 0},
    {NULL, 0, 0, 0},
};

static const WsmanMethod service_methods[] = {
    {"AddWiFiSettings", add_in, "WiFiEndpointSettings, IEEE8021xSettings", add_profile, ADMIN,
     WSMAN_PT_INVALID_PARAMETER, false},
    {"UpdateWiFiSettings", update_in, "IEEE8021xSettings", update_profile, ADMIN,
     WSMAN_PT_INVALID_PARAMETER, false},
    {"DeleteAllITProfiles", NULL, NULL, delete_profiles, ADMIN, WSMAN_PT_INVALID_PARAMETER, false},
    {"DeleteAllUserProfiles", NULL, NULL, delete_user_profiles, ADMIN, WSMAN_PT_INVALID_PARAMETER,
     false},
    {.name = NULL},
};

static const WsmanProperty service_properties[] = {
    WSMAN_SERVICE_KEYS("AMT_WiFiPortConfigurationService",
                       "Intel(r) AMT WiFi Port Configuration Service", SYSTEM),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT WiFi Port Configuration Service"),
    WSMAN_NUMBER_IS("EnabledState", WSMAN_U16, 5),
    WSMAN_TEXT_IS("LastConnectedSsidUnderMeControl", ""),
    {.name = "NoHostCsmeSoftwarePolicy",
     .type = WSMAN_U32,
     .flags = WSMAN_WRITE,
     .get = no_host_policy,
     .set = set_no_host_policy,
     .max = 1},
    WSMAN_MEMBER("UEFIWiFiProfileShareEnabled", WSMAN_BOOL, WSMAN_WRITE, stored.wifi_uefi_share),
    WSMAN_MEMBER_MAX("localProfileSynchronizationEnabled", WSMAN_U32, WSMAN_WRITE, stored.wifi_sync,
                     3),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_WiFiPortConfigurationService = {
    .name = "AMT_WiFiPortConfigurationService",
    .base = "CIM_NetworkPortConfigurationService",
    .stored = true,
    .read = ADMIN,
    .write = ADMIN,
    .slots = 1,
    .present = radio_here,
    .properties = service_properties,
    .methods = service_methods,
};
