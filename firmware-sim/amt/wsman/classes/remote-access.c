/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which servers AMT may call (MPS). All is kept and shown; AMT itself does not call. On which
 * occasion: remote-access-policy.c. AMT SDK, "Remote Access"; names and numbers: intel/lms class
 * metadata, go-wsman-messages amt/remoteaccess, amt/managementpresence.
 */
#include <stdio.h>
#include <string.h>

#include "firmware-sim/amt/wsman/classes.h"
#include "firmware-sim/amt/wsman/classes/access-info.h"
#include "firmware-sim/amt/wsman/classes/ieee8021x.h"
#include "firmware-sim/amt/wsman/classes/remote-access.h"

#define ADMIN     WSMAN_REALM_ADMINISTRATION
#define SINCE     4 /* AMT SDK, "Remote Access" */
#define SYSTEM    "Intel(r) AMT"
#define NAME_SIZE 64

typedef struct Names {
    char text[NAME_SIZE];
} Names;

static const AmtStored *stored(const WsmanCall *call)
{
    return &wsman_data(call)->stored;
}

/* ---- AMT_ManagementPresenceRemoteSAP ---- */

static bool mps_here(const WsmanCall *call, unsigned int slot)
{
    return stored(call)->mps[slot].handle != 0;
}

static void mps_name(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    Names name;

    snprintf(name.text, sizeof(name.text), "Intel(r) AMT:Management Presence Server %u",
             stored(call)->mps[slot].handle - 1);
    wsman_out_text(out, name.text);
}

static bool in_use(const AmtStored *kept, uint32_t handle)
{
    for (unsigned int i = 0; i < AMT_MPS_TRIGGERS; i++) {
        const AmtMpsPolicy *policy = &kept->policy[i];

        if (policy->present && (policy->mps_0 == handle || policy->mps_1 == handle)) {
            return true;
        }
    }
    return false;
}

static void drop_mps(AmtMps *mps)
{
    amt_blob_take(&mps->names, NULL);
    amt_blob_take(&mps->password, NULL);
    *mps = (AmtMps){0};
}

static void mps_address(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_texts(out, stored(call)->mps[slot].names, AMT_MPS_ADDRESS);
}

static void mps_cn(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_texts(out, stored(call)->mps[slot].names, AMT_MPS_CN);
}

static WsmanFault remove_mps(WsmanCall *call, unsigned int slot)
{
    if (in_use(stored(call), stored(call)->mps[slot].handle)) {
        return WSMAN_FAULT_IN_USE;
    }
    drop_mps(&wsman_change(call)->stored.mps[slot]);
    return WSMAN_FINE;
}

static const WsmanProperty mps_properties[] = {
    WSMAN_GET("AccessInfo", WSMAN_TEXT, 0, mps_address),
    WSMAN_GET("CN", WSMAN_TEXT, 0, mps_cn),
    WSMAN_KEY_IS("CreationClassName", "AMT_ManagementPresenceRemoteSAP"),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT:Management Presence Server"),
    WSMAN_EACH("InfoFormat", WSMAN_U16, 0, stored.mps, format),
    WSMAN_GET("Name", WSMAN_TEXT, WSMAN_KEY, mps_name),
    WSMAN_EACH("Port", WSMAN_U16, 0, stored.mps, port),
    WSMAN_KEY_IS("SystemCreationClassName", "CIM_ComputerSystem"),
    WSMAN_KEY_IS("SystemName", SYSTEM),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_ManagementPresenceRemoteSAP = {
    .name = "AMT_ManagementPresenceRemoteSAP",
    .base = "CIM_RemoteServiceAccessPoint",
    .since_major = SINCE,
    .stored = true,
    .read = ADMIN,
    .write = ADMIN,
    .slots = AMT_MPS_SERVERS,
    .present = mps_here,
    .properties = mps_properties,
    .remove = remove_mps,
};

/* ---- AMT_MPSUsernamePassword, AMT_RemoteAccessCredentialContext ---- */

static bool password_here(const WsmanCall *call, unsigned int slot)
{
    return mps_here(call, slot) && stored(call)->mps[slot].password_used;
}

static void password_id(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    Names name;

    snprintf(name.text, sizeof(name.text), "Intel(r) AMT:MPS Username Password %u",
             stored(call)->mps[slot].handle - 1);
    wsman_out_text(out, name.text);
}

static void user_name(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_texts(out, stored(call)->mps[slot].names, AMT_MPS_USER);
}

static bool set_user_name(WsmanCall *call, const WsmanProperty *property, unsigned int slot)
{
    const char *text = wsman_short_text(call, property->name, AMT_MPS_USER_SIZE);

    if (!text || !*text) {
        return false;
    }
    amt_texts_set(&wsman_change(call)->stored.mps[slot].names, AMT_MPS_NAMES, AMT_MPS_USER, text);
    return true;
}

static bool set_password(WsmanCall *call, const WsmanProperty *property, unsigned int slot)
{
    return wsman_set_secret(call, property->name, AMT_MPS_USER_SIZE,
                            &wsman_change(call)->stored.mps[slot].password);
}

static const WsmanProperty password_properties[] = {
    WSMAN_GET("InstanceID", WSMAN_TEXT, WSMAN_KEY, password_id),
    WSMAN_GET_SET("RemoteID", WSMAN_TEXT, 0, user_name, set_user_name),
    WSMAN_GET_SET("Secret", WSMAN_TEXT, WSMAN_HIDDEN, NULL, set_password),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_MPSUsernamePassword = {
    .name = "AMT_MPSUsernamePassword",
    .base = "CIM_SharedCredential",
    .since_major = SINCE,
    .stored = true,
    .read = ADMIN,
    .write = ADMIN,
    .slots = AMT_MPS_SERVERS,
    .present = password_here,
    .properties = password_properties,
};

static bool context_here(const WsmanCall *call, unsigned int slot)
{
    return password_here(call, slot) ||
           (mps_here(call, slot) &&
            wsman_certificate_slot(call, stored(call)->mps[slot].certificate) < AMT_CERTIFICATES);
}

static void context_credential(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const AmtMps *mps = &stored(call)->mps[slot];

    if (mps->password_used) {
        wsman_out_reference(out, call, &wsman_AMT_MPSUsernamePassword, slot);
    } else {
        wsman_out_reference(out, call, &wsman_AMT_PublicKeyCertificate,
                            wsman_certificate_slot(call, mps->certificate));
    }
}

static void context_mps(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_reference(out, call, &wsman_AMT_ManagementPresenceRemoteSAP, slot);
}

static const WsmanProperty context_properties[] = {
    WSMAN_GET("ElementInContext", WSMAN_REFERENCE, WSMAN_KEY, context_credential),
    WSMAN_GET("ElementProvidingContext", WSMAN_REFERENCE, WSMAN_KEY, context_mps),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_RemoteAccessCredentialContext = {
    .name = "AMT_RemoteAccessCredentialContext",
    .above = &wsman_CIM_CredentialContext,
    .since_major = SINCE,
    .stored = true,
    .read = ADMIN,
    .slots = AMT_MPS_SERVERS,
    .present = context_here,
    .properties = context_properties,
};

/* ---- AMT_RemoteAccessService ---- */

#define BY_CERTIFICATE 1
#define BY_PASSWORD    2

static uint32_t free_handle(const AmtStored *kept)
{
    uint32_t handle = 1;

    while (wsman_mps_find(kept, handle)) {
        handle++;
    }
    return handle;
}

/* NULL: there is no credential. */
static const char *take_credential(WsmanCall *call, AmtMps *mps)
{
    uint32_t method = wsman_u32(call, "AuthMethod");
    const char *user = wsman_short_text(call, "Username", AMT_MPS_USER_SIZE);

    mps->password_used = method == BY_PASSWORD;
    if (mps->password_used) {
        return user && *user &&
                       wsman_set_secret(call, "Password", AMT_MPS_USER_SIZE, &mps->password) &&
                       mps->password
                   ? user
                   : NULL;
    }
    return method == BY_CERTIFICATE &&
                   wsman_take_certificate(call, "Certificate", &mps->certificate) &&
                   mps->certificate
               ? ""
               : NULL;
}

static bool take_mps(WsmanCall *call, AmtMps *mps)
{
    const char *names[AMT_MPS_NAMES] = {
        wsman_take_address(call, &mps->format),
        wsman_short_text(call, "CN", AMT_ACCESS_INFO_SIZE),
        take_credential(call, mps),
    };

    /* Where the address is no name, a CN says whose certificate it will be (AMT SDK, AddMpServer).
     */
    if (!names[0] || !names[1] || !names[2] || !wsman_take_port(call, &mps->port) ||
        (mps->format != AMT_INFO_FQDN && !*names[1])) {
        return false;
    }
    mps->names = amt_texts_new(names, AMT_MPS_NAMES);
    return true;
}

static bool same_place(const AmtMps *one, const AmtMps *other)
{
    return one->port == other->port &&
           g_ascii_strcasecmp(amt_texts_get(one->names, AMT_MPS_ADDRESS),
                              amt_texts_get(other->names, AMT_MPS_ADDRESS)) == 0;
}

/* Where it can go; AMT_MPS_SERVERS: nowhere, and *why. */
static unsigned int place_for(const AmtStored *kept, const AmtMps *mps, uint32_t *why)
{
    unsigned int at = AMT_MPS_SERVERS;

    *why = WSMAN_PT_LIMIT;
    for (unsigned int i = AMT_MPS_SERVERS; i-- > 0;) {
        if (!kept->mps[i].handle) {
            at = i;
        } else if (same_place(&kept->mps[i], mps)) {
            *why = WSMAN_PT_DUPLICATE;
            return AMT_MPS_SERVERS;
        }
    }
    return at;
}

static uint32_t add_mps(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    AmtStored *kept = &wsman_change(call)->stored;
    AmtMps mps = {.handle = free_handle(kept)};
    uint32_t result = WSMAN_PT_INVALID_PARAMETER;
    unsigned int at = AMT_MPS_SERVERS;

    (void)slot;
    if (take_mps(call, &mps)) {
        at = place_for(kept, &mps, &result);
    }
    if (at == AMT_MPS_SERVERS) {
        drop_mps(&mps);
        return result;
    }
    kept->mps[at] = mps;
    wsman_out_name(out, "MpServer");
    wsman_out_reference(out, call, &wsman_AMT_ManagementPresenceRemoteSAP, at);
    return WSMAN_PT_SUCCESS;
}

/* There is none to close. */
static uint32_t close_connection(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    (void)out;
    return wsman_data(call)->live.tunnel == AMTHI_REMOTE_CONNECTED ? WSMAN_PT_INTERNAL
                                                                   : WSMAN_PT_NOT_PERMITTED;
}

static void tunnel_connected(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_bool(out, wsman_data(call)->live.tunnel == AMTHI_REMOTE_CONNECTED);
}

static const WsmanParameter add_mps_in[] = {
    {"AccessInfo", WSMAN_TEXT, 0, 0},
    {"InfoFormat", WSMAN_U16, 0, 0},
    {"Port", WSMAN_U16, 0, 0},
    {"AuthMethod", WSMAN_U16, 0, 0},
    {"Certificate", WSMAN_REFERENCE, WSMAN_OPTIONAL, 0},
    {"Username", WSMAN_TEXT, WSMAN_OPTIONAL, 0},
    {"Password", WSMAN_TEXT, WSMAN_OPTIONAL, 0},
    {"CN", WSMAN_TEXT, WSMAN_OPTIONAL, 0},
    {NULL, 0, 0, 0},
};

static const WsmanMethod service_methods[] = {
    {"AddMpServer", add_mps_in, "MpServer", add_mps, ADMIN, WSMAN_PT_INVALID_PARAMETER, false},
    {"AddRemoteAccessPolicyRule", wsman_add_policy_in, "PolicyRule", wsman_add_policy, ADMIN,
     WSMAN_PT_INVALID_PARAMETER, false},
    {"CloseRemoteAccessConnection", NULL, NULL, close_connection, ADMIN, WSMAN_PT_INVALID_PARAMETER,
     false},
    {.name = NULL},
};

static const WsmanProperty service_properties[] = {
    WSMAN_SERVICE_KEYS("AMT_RemoteAccessService", "Intel(r) AMT Remote Access Service", SYSTEM),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Remote Access Service"),
    WSMAN_GET("IsRemoteTunnelConnected", WSMAN_BOOL, 0, tunnel_connected),
    WSMAN_NUMBER_IS("RemoteTunnelKeepAliveTimeout", WSMAN_U32, 15),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_RemoteAccessService = {
    .name = "AMT_RemoteAccessService",
    .base = "CIM_Service",
    .since_major = SINCE,
    .stored = true,
    .read = ADMIN,
    .slots = 1,
    .properties = service_properties,
    .methods = service_methods,
};

static const WsmanProperty capability_properties[] = {
    WSMAN_KEY_IS("InstanceID", "Intel(r) AMT:Remote Access Capabilities 0"),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT:Remote Access Capabilities"),
    WSMAN_NUMBER_IS("MaxMpsPerPolicy", WSMAN_U32, AMT_MPS_OF_POLICY),
    WSMAN_NUMBER_IS("MaxTotalMpServers", WSMAN_U32, AMT_MPS_SERVERS),
    WSMAN_NUMBER_IS("MaxTotalPolicies", WSMAN_U32, AMT_MPS_POLICIES),
    WSMAN_NUMBER_IS("MaxTotalProxyEntryPoints", WSMAN_U32, AMT_PROXIES),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_RemoteAccessCapabilities = {
    .name = "AMT_RemoteAccessCapabilities",
    .base = "CIM_Capabilities",
    .since_major = SINCE,
    .read = ADMIN,
    .slots = 1,
    .properties = capability_properties,
};
