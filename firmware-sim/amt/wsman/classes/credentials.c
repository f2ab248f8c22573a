/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Certificates, keys and what TLS does with them. AMT SDK, AMT_PublicKeyManagementService and
 * AMT_TLSSettingData; go-wsman-messages (captured answers).
 */
#include <string.h>

#include "firmware-sim/amt/wsman/classes.h"
#include "firmware-sim/amt/wsman/classes/crl.h"
#include "firmware-sim/amt/wsman/classes/ieee8021x.h"
#include "firmware-sim/amt/wsman/crypto.h"

static const AmtDer *certificate_at(const WsmanCall *call, unsigned int slot)
{
    return &wsman_data(call)->credentials.certificate[slot];
}

static const AmtDer *key_at(const WsmanCall *call, unsigned int slot)
{
    return &wsman_data(call)->credentials.key[slot];
}

static void out_bytes(WsmanOut *out, GBytes *bytes)
{
    wsman_out_base64(out, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}

/* ---- AMT_PublicKeyCertificate ---- */

static bool certificate_there(const WsmanCall *call, unsigned int slot)
{
    return certificate_at(call, slot)->handle != 0;
}

static void certificate_id(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    g_autofree char *id = g_strdup_printf("Intel(r) AMT Certificate: Handle: %u",
                                          certificate_at(call, slot)->handle - 1);

    wsman_out_text(out, id);
}

static void certificate_der(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    out_bytes(out, certificate_at(call, slot)->der);
}

static void certificate_trusted(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_bool(out, certificate_at(call, slot)->trusted);
}

static void certificate_issuer(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    g_autofree char *text = wsman_certificate_issuer(certificate_at(call, slot)->der);

    wsman_out_text(out, text);
}

static void certificate_subject(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    g_autofree char *text = wsman_certificate_subject(certificate_at(call, slot)->der);

    wsman_out_text(out, text);
}

/* NULL: it is none. */
static GBytes *certificate_bytes(WsmanCall *call, const char *name)
{
    g_autoptr(GBytes) bytes = wsman_bytes(call, name);

    if (!bytes || g_bytes_get_size(bytes) > AMT_CERTIFICATE_MAX ||
        !wsman_certificate_valid(bytes)) {
        return NULL;
    }
    return g_steal_pointer(&bytes);
}

static bool set_certificate(WsmanCall *call, const WsmanProperty *property, unsigned int slot)
{
    GBytes *der = certificate_bytes(call, property->name);

    if (der) {
        amt_blob_take(&wsman_change(call)->credentials.certificate[slot].der, der);
    }
    return der != NULL;
}

static void drop(AmtDer *slot)
{
    amt_blob_take(&slot->der, NULL);
    *slot = (AmtDer){0};
}

static WsmanFault remove_certificate(WsmanCall *call, unsigned int slot)
{
    AmtCredentials *credentials = &wsman_change(call)->credentials;

    if (credentials->certificate[slot].handle == credentials->tls ||
        wsman_certificate_kept(call, credentials->certificate[slot].handle)) {
        return WSMAN_FAULT_IN_USE;
    }
    drop(&credentials->certificate[slot]);
    return WSMAN_FINE;
}

static const WsmanProperty public_key_certificate[] = {
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Certificate"),
    WSMAN_GET("InstanceID", WSMAN_TEXT, WSMAN_KEY, certificate_id),
    WSMAN_GET("Issuer", WSMAN_TEXT, 0, certificate_issuer),
    WSMAN_NUMBER_IS("ReadOnlyCertificate", WSMAN_BOOL, 0),
    WSMAN_GET("Subject", WSMAN_TEXT, 0, certificate_subject),
    WSMAN_GET("TrustedRootCertficate", WSMAN_BOOL, 0, certificate_trusted), /* its own spelling */
    WSMAN_GET_SET("X509Certificate", WSMAN_BASE64, 0, certificate_der, set_certificate),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_PublicKeyCertificate = {
    .name = "AMT_PublicKeyCertificate",
    .base = "CIM_Credential",
    .read = WSMAN_REALM_ADMINISTRATION,
    .write = WSMAN_REALM_ADMINISTRATION,
    .slots = AMT_CERTIFICATES,
    .present = certificate_there,
    .properties = public_key_certificate,
    .remove = remove_certificate,
};

/* ---- AMT_PublicPrivateKeyPair ---- */

static bool key_there(const WsmanCall *call, unsigned int slot)
{
    return key_at(call, slot)->handle != 0;
}

static void key_id(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    g_autofree char *id =
        g_strdup_printf("Intel(r) AMT Key: Handle: %u", key_at(call, slot)->handle - 1);

    wsman_out_text(out, id);
}

static void key_public(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    g_autoptr(GBytes) bytes = wsman_key_public(key_at(call, slot)->der);

    if (bytes) {
        out_bytes(out, bytes);
    }
}

/* A key that a certificate of ours is of stays (MeshCentral's clean-up deletes all it can). */
static WsmanFault remove_key(WsmanCall *call, unsigned int slot)
{
    AmtCredentials *credentials = &wsman_change(call)->credentials;
    AmtDer *key = &credentials->key[slot];

    for (unsigned int i = 0; i < AMT_CERTIFICATES; i++) {
        const AmtDer *certificate = &credentials->certificate[i];

        if (certificate->handle && wsman_certificate_has_key(certificate->der, key->der)) {
            return WSMAN_FAULT_IN_USE;
        }
    }
    drop(key);
    return WSMAN_FINE;
}

static const WsmanProperty key_pair[] = {
    WSMAN_GET("DERKey", WSMAN_BASE64, 0, key_public),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Key"),
    WSMAN_GET("InstanceID", WSMAN_TEXT, WSMAN_KEY, key_id),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_PublicPrivateKeyPair = {
    .name = "AMT_PublicPrivateKeyPair",
    .base = "CIM_Credential",
    .read = WSMAN_REALM_ADMINISTRATION,
    .write = WSMAN_REALM_ADMINISTRATION,
    .slots = AMT_KEYS,
    .present = key_there,
    .properties = key_pair,
    .remove = remove_key,
};

/* ---- AMT_PublicKeyManagementService ---- */

/* In the first free one of count slots; class: whose instance it is then. */
static uint32_t store(WsmanCall *call, AmtDer *slots, unsigned int count, const AmtDer *what,
                      const WsmanClass *class, const char *name, WsmanOut *out)
{
    unsigned int slot = count;

    for (unsigned int i = 0; i < count; i++) {
        if (!slots[i].handle) {
            slot = MIN(slot, i);
        } else if (g_bytes_equal(slots[i].der, what->der)) {
            return WSMAN_PT_DUPLICATE;
        }
    }
    if (slot == count) {
        return WSMAN_PT_LIMIT;
    }
    slots[slot] = *what;
    slots[slot].der = g_bytes_ref(what->der);
    slots[slot].handle = ++wsman_change(call)->credentials.last_handle;
    wsman_out_name(out, name);
    wsman_out_reference(out, call, class, slot);
    return WSMAN_PT_SUCCESS;
}

static uint32_t store_certificate(WsmanCall *call, bool trusted, WsmanOut *out)
{
    g_autoptr(GBytes) der = certificate_bytes(call, "CertificateBlob");
    const AmtDer certificate = {.trusted = trusted, .der = der};

    return der ? store(call, wsman_change(call)->credentials.certificate, AMT_CERTIFICATES,
                       &certificate, &wsman_AMT_PublicKeyCertificate, "CreatedCertificate", out)
               : WSMAN_PT_INVALID_CERTIFICATE;
}

static uint32_t add_certificate(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    return store_certificate(call, false, out);
}

static uint32_t add_root(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    return store_certificate(call, true, out);
}

static uint32_t store_key(WsmanCall *call, GBytes *der, const char *name, WsmanOut *out)
{
    gsize size;
    const void *data = g_bytes_get_data(der, &size);
    g_autoptr(GBytes) wiped = amt_blob_new(data, size);
    const AmtDer key = {.der = wiped};

    return size <= AMT_KEY_MAX ? store(call, wsman_change(call)->credentials.key, AMT_KEYS, &key,
                                       &wsman_AMT_PublicPrivateKeyPair, name, out)
                               : WSMAN_PT_INVALID_KEY;
}

static uint32_t add_key(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    g_autoptr(GBytes) der = wsman_bytes(call, "KeyBlob");

    (void)slot;
    if (!der || !wsman_key_valid(der)) {
        return WSMAN_PT_INVALID_KEY;
    }
    return store_key(call, der, "CreatedKey", out);
}

static uint32_t generate_key(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    uint32_t bits = wsman_u32(call, "KeyLength");
    unsigned int used = 0;
    g_autoptr(GBytes) der = NULL;
    uint32_t status;

    (void)slot;
    if (wsman_u32(call, "KeyAlgorithm") != 0 || (bits != 1024 && bits != 2048 && bits != 3072)) {
        return WSMAN_PT_INVALID_PARAMETER;
    }
    for (unsigned int i = 0; i < AMT_KEYS; i++) {
        used += key_there(call, i);
    }
    if (used == AMT_KEYS) {
        return WSMAN_PT_LIMIT; /* before the work */
    }
    status = wsman_make_key(call, bits, &der);
    return status == WSMAN_PT_SUCCESS ? store_key(call, der, "KeyPair", out) : status;
}

static uint32_t sign_request(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    g_autoptr(GBytes) request = wsman_bytes(call, "NullSignedCertificateRequest");
    g_autoptr(GBytes) result = NULL;
    const WsmanClass *class;
    unsigned int chosen;

    (void)slot;
    if (!wsman_reference(call, "KeyPair", &class, &chosen) ||
        class != &wsman_AMT_PublicPrivateKeyPair) {
        return WSMAN_PT_INVALID_KEY;
    }
    result = wsman_request_sign(request, key_at(call, chosen)->der,
                                wsman_u32(call, "SigningAlgorithm") == 0);
    if (!result) {
        return WSMAN_PT_INVALID_PARAMETER;
    }
    wsman_out_name(out, "SignedCertificateRequest");
    out_bytes(out, result);
    return WSMAN_PT_SUCCESS;
}

#define END           \
    {                 \
        NULL, 0, 0, 0 \
    }
static const WsmanParameter certificate_in[] = {{"CertificateBlob", WSMAN_BASE64, 0, 0}, END};
static const WsmanParameter key_in[] = {{"KeyBlob", WSMAN_BASE64, 0, 0}, END};
static const WsmanParameter generate_in[] = {
    {"KeyAlgorithm", WSMAN_U32, 0, 0}, {"KeyLength", WSMAN_U32, 0, 0}, END};
static const WsmanParameter sign_in[] = {
    {"KeyPair", WSMAN_REFERENCE, 0, 0},
    {"SigningAlgorithm", WSMAN_U32, 0, 1},
    {"NullSignedCertificateRequest", WSMAN_BASE64, 0, 0},
    END,
};

#define ADMIN    WSMAN_REALM_ADMINISTRATION
#define INVALID_ WSMAN_PT_INVALID_PARAMETER

static const WsmanMethod management_methods[] = {
    {"AddCertificate", certificate_in, "CreatedCertificate", add_certificate, ADMIN, INVALID_,
     false},
    {"AddTrustedRootCertificate", certificate_in, "CreatedCertificate", add_root, ADMIN, INVALID_,
     false},
    {"AddKey", key_in, "CreatedKey", add_key, ADMIN, INVALID_, false},
    {"GenerateKeyPair", generate_in, "KeyPair", generate_key, ADMIN, INVALID_, false},
    {"GeneratePKCS10RequestEx", sign_in, "SignedCertificateRequest", sign_request, ADMIN, INVALID_,
     false},
    {"AddCRL", wsman_add_crl_in, "CRL", wsman_add_crl, ADMIN, INVALID_, false},
    {"ResetCRLList", NULL, NULL, wsman_reset_crls, ADMIN, INVALID_, false},
    {.name = NULL},
};

static const WsmanProperty management_service[] = {
    WSMAN_SERVICE_KEYS("AMT_PublicKeyManagementService",
                       "Intel(r) AMT Public Key Management Service", "Intel(r) AMT"),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Public Key Management Service"),
    WSMAN_NUMBER_IS("EnabledState", WSMAN_U16, 5),
    WSMAN_NUMBER_IS("RequestedState", WSMAN_U16, 12),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_PublicKeyManagementService = {
    .name = "AMT_PublicKeyManagementService",
    .base = "CIM_CredentialManagementService",
    .read = WSMAN_REALM_ADMINISTRATION,
    .slots = 1,
    .properties = management_service,
    .methods = management_methods,
};

/* ---- AMT_TLSSettingData: slot 0 is the network's, slot 1 local ---- */

static void tls_id(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    wsman_out_text(out,
                   slot == 0 ? "Intel(r) AMT 802.3 TLS Settings" : "Intel(r) AMT LMS TLS Settings");
}

#define TLS_BOOL(function, member)                                                                \
    static void function(const WsmanCall *call, unsigned int slot, WsmanOut *out)                 \
    {                                                                                             \
        wsman_out_bool(out, wsman_data(call)->tls.member[slot]);                                  \
    }                                                                                             \
    static bool set_##function(WsmanCall *call, const WsmanProperty *property, unsigned int slot) \
    {                                                                                             \
        wsman_change(call)->tls.member[slot] = wsman_bool(call, property->name);                  \
        return true;                                                                              \
    }

TLS_BOOL(tls_wanted, wanted)
TLS_BOOL(tls_mutual, mutual)
TLS_BOOL(tls_plain, accept_plain)

static void tls_names(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    for (unsigned int i = 0; slot == 0 && i < AMT_TRUSTED_NAMES; i++) {
        if (*wsman_data(call)->tls.trusted_name[i]) {
            wsman_out_text(out, wsman_data(call)->tls.trusted_name[i]);
        }
    }
}

static bool set_tls_names(WsmanCall *call, const WsmanProperty *property, unsigned int slot)
{
    AmtTls *tls = &wsman_change(call)->tls;
    unsigned int count = wsman_count(call, property->name);

    if (slot != 0) {
        return count == 0;
    }
    if (count > AMT_TRUSTED_NAMES) {
        return false;
    }
    memset(tls->trusted_name, 0, sizeof(tls->trusted_name));
    for (unsigned int i = 0; i < count; i++) {
        const char *text = wsman_text(call, property->name, i);

        if (strlen(text) >= AMT_NAME_SIZE) {
            return false;
        }
        for (const char *c = text; *c; c++) {
            if (!g_ascii_isgraph(*c)) {
                return false;
            }
        }
        memcpy(tls->trusted_name[i], text, strlen(text));
    }
    return true;
}

static WsmanFault put_tls(WsmanCall *call, unsigned int slot)
{
    const AmtTls *tls = &wsman_data(call)->tls;

    /* Only who shows a certificate can be asked for one, and over TLS alone. */
    return tls->mutual[slot] && !tls->wanted[slot] ? WSMAN_FAULT_INVALID_VALUES : WSMAN_FINE;
}

static const WsmanProperty tls_setting[] = {
    WSMAN_GET_SET("AcceptNonSecureConnections", WSMAN_BOOL, 0, tls_plain, set_tls_plain),
    WSMAN_GET("ElementName", WSMAN_TEXT, 0, tls_id),
    WSMAN_GET_SET("Enabled", WSMAN_BOOL, 0, tls_wanted, set_tls_wanted),
    WSMAN_GET("InstanceID", WSMAN_TEXT, WSMAN_KEY, tls_id),
    WSMAN_GET_SET("MutualAuthentication", WSMAN_BOOL, 0, tls_mutual, set_tls_mutual),
    WSMAN_NUMBER_IS("NonSecureConnectionsSupported", WSMAN_BOOL, 1),
    WSMAN_GET_SET("TrustedCN", WSMAN_TEXT, WSMAN_ARRAY | WSMAN_CLEARS, tls_names, set_tls_names),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_TLSSettingData = {
    .name = "AMT_TLSSettingData",
    .base = "CIM_SettingData",
    .read = WSMAN_REALM_ADMINISTRATION,
    .write = WSMAN_REALM_ADMINISTRATION,
    .slots = 2,
    .properties = tls_setting,
    .put = put_tls,
};

/* ---- AMT_TLSCredentialContext: the certificate that TLS shows ---- */

static const WsmanProperty collection[] = {
    WSMAN_KEY_IS("ElementName", "TLSProtocolEndpoint Instances Collection"),
    WSMAN_PROPERTIES_END,
};

/* MeshCentral creates with one blank less. */
static bool is_collection(WsmanCall *call, const char *name)
{
    const WsmanClass *class;
    unsigned int slot;

    return (wsman_reference(call, name, &class, &slot) &&
            class == &wsman_AMT_TLSProtocolEndpointCollection) ||
           wsman_reference_names(call, name, "TLSProtocolEndpointInstances Collection");
}

const WsmanClass wsman_AMT_TLSProtocolEndpointCollection = {
    .name = "AMT_TLSProtocolEndpointCollection",
    .base = "CIM_Collection",
    .read = WSMAN_REALM_ADMINISTRATION,
    .slots = 1,
    .properties = collection,
};

static unsigned int tls_slot(const WsmanCall *call)
{
    const AmtCredentials *credentials = &wsman_data(call)->credentials;
    unsigned int slot = 0;

    while (slot < AMT_CERTIFICATES &&
           (!credentials->tls || credentials->certificate[slot].handle != credentials->tls)) {
        slot++;
    }
    return slot;
}

static bool context_there(const WsmanCall *call, unsigned int slot)
{
    (void)slot;
    return tls_slot(call) < AMT_CERTIFICATES;
}

static void context_certificate(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_reference(out, call, &wsman_AMT_PublicKeyCertificate, tls_slot(call));
}

static void context_collection(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_reference(out, call, &wsman_AMT_TLSProtocolEndpointCollection, slot);
}

/* Of a certificate whose key AMT has, and that is no mere root. */
static WsmanFault bind_certificate(WsmanCall *call)
{
    const AmtCredentials *credentials = &wsman_data(call)->credentials;
    const AmtDer *certificate;
    const WsmanClass *class;
    unsigned int chosen;

    if (!wsman_reference(call, "ElementInContext", &class, &chosen) ||
        class != &wsman_AMT_PublicKeyCertificate ||
        !is_collection(call, "ElementProvidingContext")) {
        return WSMAN_FAULT_INVALID_VALUES;
    }
    certificate = &credentials->certificate[chosen];
    if (!wsman_key_of(credentials, certificate)) {
        return WSMAN_FAULT_INVALID_VALUES;
    }
    wsman_change(call)->credentials.tls = certificate->handle;
    return WSMAN_FINE;
}

static WsmanFault create_context(WsmanCall *call, unsigned int *slot)
{
    *slot = 0;
    return wsman_data(call)->credentials.tls ? WSMAN_FAULT_EXISTS : bind_certificate(call);
}

static WsmanFault put_context(WsmanCall *call, unsigned int slot)
{
    (void)slot;
    return bind_certificate(call);
}

static WsmanFault remove_context(WsmanCall *call, unsigned int slot)
{
    (void)slot;
    if (wsman_data(call)->tls.enabled) {
        return WSMAN_FAULT_IN_USE;
    }
    wsman_change(call)->credentials.tls = 0;
    return WSMAN_FINE;
}

static const WsmanProperty tls_context[] = {
    WSMAN_GET("ElementInContext", WSMAN_REFERENCE, WSMAN_KEY, context_certificate),
    WSMAN_GET("ElementProvidingContext", WSMAN_REFERENCE, WSMAN_KEY, context_collection),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_TLSCredentialContext = {
    .name = "AMT_TLSCredentialContext",
    .above = &wsman_CIM_CredentialContext,
    .read = WSMAN_REALM_ADMINISTRATION,
    .write = WSMAN_REALM_ADMINISTRATION,
    .slots = 1,
    .present = context_there,
    .properties = tls_context,
    .put = put_context,
    .create = create_context,
    .remove = remove_context,
};
