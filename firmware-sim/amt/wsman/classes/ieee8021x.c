/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 802.1x: of the wired port and of wireless profiles, kept and shown. No switch asks a virtual port
 * who it is. AMT SDK, IPS_IEEE8021xSettings; the CIM schema; go-wsman-messages ips/ieee8021x.
 */
#include "firmware-sim/amt/wsman/classes/ieee8021x.h"

#include <string.h>

#include "firmware-sim/amt/wsman/classes.h"

#define ADMIN     WSMAN_REALM_ADMINISTRATION
#define SINCE     8  /* IPS_ classes */
#define PROTOCOLS 10 /* AuthenticationProtocol: EAP-TLS 0 ... EAP-FAST/TLS 10 */
#define COMPARE   3  /* 2 the whole name, 3 its end */

static bool take_number(WsmanCall *call, const char *name, uint64_t max, uint32_t *out)
{
    uint64_t number = 0;

    if (wsman_has(call, name) && !wsman_number(call, name, 0, max, &number)) {
        return false;
    }
    *out = (uint32_t)number;
    return true;
}

/* As the properties are called. */
static const char *const names[AMT_8021X_NAMES] = {
    [AMT_8021X_USER] = "Username",
    [AMT_8021X_DOMAIN] = "Domain",
    [AMT_8021X_IDENTITY] = "RoamingIdentity",
    [AMT_8021X_SERVER] = "ServerCertificateName",
};

bool wsman_take_8021x(WsmanCall *call, Amt8021x *x)
{
    const char *texts[AMT_8021X_NAMES];

    for (unsigned int i = 0; i < AMT_8021X_NAMES; i++) {
        texts[i] = wsman_short_text(call, names[i], AMT_8021X_TEXT_SIZE);
        if (!texts[i]) {
            return false;
        }
    }
    if (!take_number(call, "AuthenticationProtocol", PROTOCOLS, &x->protocol) ||
        !take_number(call, "ServerCertificateNameComparison", COMPARE, &x->comparison) ||
        !wsman_set_secret(call, "Password", AMT_8021X_TEXT_SIZE, &x->password)) {
        return false;
    }
    x->names = amt_texts_new(texts, AMT_8021X_NAMES);
    return true;
}

bool wsman_take_certificate(WsmanCall *call, const char *name, uint32_t *handle)
{
    const WsmanClass *class;
    unsigned int slot;

    *handle = 0;
    if (!wsman_has(call, name)) {
        return true;
    }
    if (!wsman_reference(call, name, &class, &slot) || class != &wsman_AMT_PublicKeyCertificate) {
        return false;
    }
    *handle = wsman_data(call)->credentials.certificate[slot].handle;
    return true;
}

unsigned int wsman_certificate_slot(const WsmanCall *call, uint32_t handle)
{
    const AmtCredentials *credentials = &wsman_data(call)->credentials;
    unsigned int slot = 0;

    while (slot < AMT_CERTIFICATES &&
           (!handle || credentials->certificate[slot].handle != handle)) {
        slot++;
    }
    return slot;
}

static bool uses(const Amt8021x *x, uint32_t handle)
{
    return x->certificate == handle || x->root == handle;
}

bool wsman_certificate_kept(const WsmanCall *call, uint32_t handle)
{
    const AmtStored *kept = &wsman_data(call)->stored;
    bool used = uses(&kept->wired, handle);

    for (unsigned int i = 0; i < AMT_MPS_SERVERS; i++) {
        used |= kept->mps[i].handle && kept->mps[i].certificate == handle;
    }
    for (unsigned int i = 0; i < AMT_WIFI_PROFILES; i++) {
        used |= kept->wifi[i].present && uses(&kept->wifi[i].x, handle);
    }
    return used;
}

/* ---- CIM_IEEE8021xSettings: of a wireless profile ---- */

static bool profile_here(const WsmanCall *call, unsigned int slot)
{
    const AmtWifiProfile *profile = &wsman_data(call)->stored.wifi[slot];

    return wsman_data(call)->network.lan[1].present && profile->present && profile->has_8021x;
}

static void profile_id(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const AmtWifiProfile *profile = &wsman_data(call)->stored.wifi[slot];
    g_autofree char *id = g_strconcat("Intel(r) AMT:IEEE 802.1x Settings ",
                                      amt_texts_get(profile->names, AMT_WIFI_NAME), NULL);

    wsman_out_text(out, id);
}

static void profile_name(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_texts(out, wsman_data(call)->stored.wifi[slot].names, AMT_WIFI_NAME);
}

/* Of a profile, and of the wired port, each of the names. */
#define NAME(function, index)                                                                     \
    static void profile_##function(const WsmanCall *call, unsigned int slot, WsmanOut *out)       \
    {                                                                                             \
        wsman_out_texts(out, wsman_data(call)->stored.wifi[slot].x.names, index);                 \
    }                                                                                             \
    static void wired_##function(const WsmanCall *call, unsigned int slot, WsmanOut *out)         \
    {                                                                                             \
        (void)slot;                                                                               \
        wsman_out_texts(out, wsman_data(call)->stored.wired.names, index);                        \
    }                                                                                             \
    static bool set_##function(WsmanCall *call, const WsmanProperty *property, unsigned int slot) \
    {                                                                                             \
        return set_wired_name(call, property, slot, index);                                       \
    }

static bool set_wired_name(WsmanCall *call, const WsmanProperty *property, unsigned int slot,
                           unsigned int index)
{
    const char *text = wsman_short_text(call, property->name, AMT_8021X_TEXT_SIZE);

    (void)slot;
    if (text) {
        amt_texts_set(&wsman_change(call)->stored.wired.names, AMT_8021X_NAMES, index, text);
    }
    return text != NULL;
}

NAME(user, AMT_8021X_USER)
NAME(domain, AMT_8021X_DOMAIN)
NAME(identity, AMT_8021X_IDENTITY)
NAME(server, AMT_8021X_SERVER)

static const WsmanProperty profile_properties[] = {
    WSMAN_EACH("AuthenticationProtocol", WSMAN_U16, 0, stored.wifi, x.protocol),
    WSMAN_GET("Domain", WSMAN_TEXT, 0, profile_domain),
    WSMAN_GET("ElementName", WSMAN_TEXT, 0, profile_name),
    WSMAN_GET("InstanceID", WSMAN_TEXT, WSMAN_KEY, profile_id),
    WSMAN_GET("RoamingIdentity", WSMAN_TEXT, 0, profile_identity),
    WSMAN_GET("ServerCertificateName", WSMAN_TEXT, 0, profile_server),
    WSMAN_EACH("ServerCertificateNameComparison", WSMAN_U16, 0, stored.wifi, x.comparison),
    WSMAN_GET("Username", WSMAN_TEXT, 0, profile_user),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_CIM_IEEE8021xSettings = {
    .name = "CIM_IEEE8021xSettings",
    .base = "CIM_SettingData",
    .stored = true,
    .read = ADMIN,
    .slots = AMT_WIFI_PROFILES,
    .present = profile_here,
    .properties = profile_properties,
};

/* ---- IPS_IEEE8021xSettings: of the wired port ---- */

static const uint8_t modes[] = {
    [AMT_8021X_OFF] = 3,
    [AMT_8021X_ON] = 2,
    [AMT_8021X_NO_CERTIFICATE] = 6,
};

static void wired_enabled(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_number(out, modes[wsman_data(call)->stored.wired_mode]);
}

static bool set_wired_enabled(WsmanCall *call, const WsmanProperty *property, unsigned int slot)
{
    uint32_t wanted = wsman_u32(call, property->name);

    (void)slot;
    for (uint32_t i = 0; i < G_N_ELEMENTS(modes); i++) {
        if (modes[i] == wanted) {
            wsman_change(call)->stored.wired_mode = i;
            return true;
        }
    }
    return false;
}

static bool set_password(WsmanCall *call, const WsmanProperty *property, unsigned int slot)
{
    (void)slot;
    return wsman_set_secret(call, property->name, AMT_8021X_TEXT_SIZE,
                            &wsman_change(call)->stored.wired.password);
}

/* Both of them: the root of who asks, and who AMT is. */
static uint32_t set_certificates(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    uint32_t root, client;

    (void)slot;
    (void)out;
    if (!wsman_take_certificate(call, "ServerCertificateIssuer", &root) ||
        !wsman_take_certificate(call, "ClientCertificate", &client)) {
        return WSMAN_PT_INVALID_PARAMETER;
    }
    wsman_change(call)->stored.wired.root = root;
    wsman_change(call)->stored.wired.certificate = client;
    return WSMAN_PT_SUCCESS;
}

static const WsmanParameter certificates_in[] = {
    {"ServerCertificateIssuer", WSMAN_REFERENCE, WSMAN_OPTIONAL, 0},
    {"ClientCertificate", WSMAN_REFERENCE, WSMAN_OPTIONAL, 0},
    {NULL, 0, 0, 0},
};

static const WsmanMethod wired_methods[] = {
    {"SetCertificates", certificates_in, NULL, set_certificates, ADMIN, WSMAN_PT_INVALID_PARAMETER,
     false},
    {.name = NULL},
};

static const WsmanProperty wired_properties[] = {
    WSMAN_MEMBER_MAX("AuthenticationProtocol", WSMAN_U16, WSMAN_WRITE, stored.wired.protocol,
                     PROTOCOLS),
    WSMAN_MEMBER("AvailableInS0", WSMAN_BOOL, WSMAN_WRITE, stored.wired_in_s0),
    WSMAN_GET_SET("Domain", WSMAN_TEXT, 0, wired_domain, set_domain),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT: 8021X Settings"),
    {.name = "Enabled",
     .type = WSMAN_U32,
     .flags = WSMAN_WRITE,
     .get = wired_enabled,
     .set = set_wired_enabled},
    WSMAN_KEY_IS("InstanceID", "Intel(r) AMT: 8021X Settings"),
    WSMAN_GET_SET("Password", WSMAN_TEXT, WSMAN_HIDDEN, NULL, set_password),
    WSMAN_MEMBER("PxeTimeout", WSMAN_U32, WSMAN_WRITE, stored.wired_pxe_s),
    WSMAN_GET_SET("RoamingIdentity", WSMAN_TEXT, 0, wired_identity, set_identity),
    WSMAN_GET_SET("ServerCertificateName", WSMAN_TEXT, 0, wired_server, set_server),
    WSMAN_MEMBER_MAX("ServerCertificateNameComparison", WSMAN_U16, WSMAN_WRITE,
                     stored.wired.comparison, COMPARE),
    WSMAN_GET_SET("Username", WSMAN_TEXT, 0, wired_user, set_user),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_IPS_IEEE8021xSettings = {
    .name = "IPS_IEEE8021xSettings",
    .base = "CIM_SettingData", /* an enumeration of the wireless ones does not bring it */
    .since_major = SINCE,
    .stored = true,
    .read = ADMIN,
    .write = ADMIN,
    .slots = 1,
    .properties = wired_properties,
    .methods = wired_methods,
};

/* ---- which certificate goes with what ---- */

/* The wired port's own certificate, and the root that it trusts. */
static uint32_t wired_handle(const WsmanCall *call, unsigned int slot)
{
    const Amt8021x *wired = &wsman_data(call)->stored.wired;

    return slot == 0 ? wired->certificate : wired->root;
}

static bool wired_context_here(const WsmanCall *call, unsigned int slot)
{
    return wsman_certificate_slot(call, wired_handle(call, slot)) < AMT_CERTIFICATES;
}

static void wired_context(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_reference(out, call, &wsman_AMT_PublicKeyCertificate,
                        wsman_certificate_slot(call, wired_handle(call, slot)));
}

static void wired_settings(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_reference(out, call, &wsman_IPS_IEEE8021xSettings, 0);
}

static const WsmanProperty context_properties[] = {
    WSMAN_GET("ElementInContext", WSMAN_REFERENCE, WSMAN_KEY, wired_context),
    WSMAN_GET("ElementProvidingContext", WSMAN_REFERENCE, WSMAN_KEY, wired_settings),
    WSMAN_PROPERTIES_END,
};

/* A base alone. */
const WsmanClass wsman_CIM_CredentialContext = {
    .name = "CIM_CredentialContext",
    .read = ADMIN,
    .slots = 0,
    .properties = context_properties,
};

const WsmanClass wsman_IPS_8021xCredentialContext = {
    .name = "IPS_8021xCredentialContext",
    .above = &wsman_CIM_CredentialContext,
    .since_major = SINCE,
    .stored = true,
    .read = ADMIN,
    .slots = 2,
    .present = wired_context_here,
    .properties = context_properties,
};

static bool never_here(const WsmanCall *call, unsigned int slot)
{
    (void)call;
    (void)slot;
    return false;
}

/* AMT_8021XProfile never has one. */
const WsmanClass wsman_AMT_8021xCredentialContext = {
    .name = "AMT_8021xCredentialContext",
    .above = &wsman_CIM_CredentialContext,
    .read = ADMIN,
    .slots = 1,
    .present = never_here,
    .properties = context_properties,
};
