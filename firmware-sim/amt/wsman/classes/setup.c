/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Setting AMT up and undoing that; what may follow what is amt-provisioning.c. Sources: AMT SDK,
 * IPS_HostBasedSetupService and AMT_SetupAndConfigurationService; go-wsman-messages.
 */
#include <string.h>

#include "firmware-sim/amt/wsman/classes.h"
#include "firmware-sim/amt/wsman/crypto.h"
#include "firmware-sim/amt/wsman/session.h"

#define END           \
    {                 \
        NULL, 0, 0, 0 \
    }

/* ---- IPS_HostBasedSetupService ---- */

enum { ENCRYPTION_DIGEST = 2, SIGNING_RSA_SHA256 = 2 };
enum { CHAIN_NONE, CHAIN_IN_PROGRESS, CHAIN_COMPLETE };
/* What AddNextCertInChain returns. */
enum { NEXT_OK, NEXT_PARAMETER, NEXT_INTERNAL, NEXT_STATE, NEXT_VERIFICATION, NEXT_TOO_LONG };

static void control_mode(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_number(out, wsman_data(call)->setup.control_mode);
}

/* Admin first, as captured; MeshCentral activates only where there are two. */
static void allowed_modes(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_number(out, AMTHI_CONTROL_MODE_ADMIN);
    if (!wsman_data(call)->setup.no_client_mode) {
        wsman_out_number(out, AMTHI_CONTROL_MODE_CLIENT);
    }
}

static void configuration_nonce(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_base64(out, wsman_session(call)->nonce, WSMAN_NONCE_SIZE);
}

static void chain_status(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const WsmanSession *session = wsman_session(call);

    (void)slot;
    wsman_out_number(out, session->chain_complete ? CHAIN_COMPLETE
                          : session->chain->len   ? CHAIN_IN_PROGRESS
                                                  : CHAIN_NONE);
}

/* Hexadecimal MD5 of admin:realm:password. */
static bool take_password(WsmanCall *call, uint8_t *digest)
{
    const char *text = wsman_text(call, "NetworkAdminPassword", 0);

    if (wsman_u32(call, "NetAdminPassEncryptionType") != ENCRYPTION_DIGEST ||
        strlen(text) != 2 * AMT_DIGEST_SIZE) {
        return false;
    }
    for (unsigned int i = 0; i < 2 * AMT_DIGEST_SIZE; i++) {
        if (!g_ascii_isxdigit(text[i])) {
            return false;
        }
        digest[i / 2] = (uint8_t)(digest[i / 2] << 4 | g_ascii_xdigit_value(text[i]));
    }
    return true;
}

static uint32_t set_up(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    uint8_t digest[AMT_DIGEST_SIZE] = {0};
    AmtSetupResult result;

    (void)slot;
    (void)out;
    if (!take_password(call, digest)) {
        return AMT_SETUP_INVALID_PARAMETER;
    }
    result = amt_set_up_client(wsman_amt(call), digest);
    explicit_bzero(digest, sizeof(digest));
    wsman_session_renew(wsman_session(call));
    return result;
}

static uint32_t add_next(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    WsmanSession *session = wsman_session(call);
    g_autoptr(GBytes) certificate = wsman_bytes(call, "NextCertificate");
    bool leaf = wsman_bool(call, "IsLeafCertificate");
    bool root = wsman_bool(call, "IsRootCertificate");

    (void)slot;
    (void)out;
    if (wsman_data(call)->setup.control_mode == AMTHI_CONTROL_MODE_ADMIN ||
        session->chain_complete || leaf != (session->chain->len == 0)) {
        return NEXT_STATE;
    }
    if (!certificate || g_bytes_get_size(certificate) > AMT_CERTIFICATE_MAX) {
        return NEXT_PARAMETER;
    }
    if (session->chain->len == WSMAN_CHAIN_MAX) {
        wsman_session_renew(session);
        return NEXT_TOO_LONG;
    }
    if (!wsman_chain_link(session->chain, certificate, leaf, root)) {
        wsman_session_renew(session);
        return NEXT_VERIFICATION;
    }
    g_ptr_array_add(session->chain, g_bytes_ref(certificate));
    if (root && !wsman_chain_entitled(wsman_amt(call), session->chain)) {
        wsman_session_renew(session);
        return NEXT_VERIFICATION;
    }
    session->chain_complete = root;
    return NEXT_OK;
}

/* The caller's proof: the leaf's signature over our nonce and its own. */
static AmtSetupResult check_proof(WsmanCall *call)
{
    const WsmanSession *session = wsman_session(call);
    g_autoptr(GBytes) theirs = wsman_bytes(call, "McNonce");
    g_autoptr(GBytes) signature = wsman_bytes(call, "DigitalSignature");
    uint8_t both[2 * WSMAN_NONCE_SIZE];

    if (!session->chain_complete) {
        return AMT_SETUP_INVALID_STATE;
    }
    if (!theirs || g_bytes_get_size(theirs) != WSMAN_NONCE_SIZE || !signature ||
        wsman_u32(call, "SigningAlgorithm") != SIGNING_RSA_SHA256) {
        return AMT_SETUP_INVALID_PARAMETER;
    }
    memcpy(both, session->nonce, WSMAN_NONCE_SIZE);
    memcpy(both + WSMAN_NONCE_SIZE, g_bytes_get_data(theirs, NULL), WSMAN_NONCE_SIZE);
    return wsman_chain_signed(session->chain, both, sizeof(both), signature)
               ? AMT_SETUP_OK
               : AMT_SETUP_AUTHENTICATION;
}

static uint32_t admin_setup(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    uint8_t digest[AMT_DIGEST_SIZE] = {0};
    AmtSetupResult result;

    (void)slot;
    (void)out;
    if (!take_password(call, digest)) {
        return AMT_SETUP_INVALID_PARAMETER;
    }
    if (wsman_data(call)->setup.control_mode != AMTHI_CONTROL_MODE_NONE) {
        return AMT_SETUP_INVALID_STATE; /* from client mode it is the upgrade */
    }
    result = check_proof(call);
    if (result == AMT_SETUP_OK) {
        result = amt_set_up_admin(wsman_amt(call), digest, true);
    }
    explicit_bzero(digest, sizeof(digest));
    wsman_session_renew(wsman_session(call));
    return result;
}

static uint32_t upgrade(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    AmtSetupResult result;

    (void)slot;
    (void)out;
    if (wsman_data(call)->setup.control_mode != AMTHI_CONTROL_MODE_CLIENT) {
        return AMT_SETUP_INVALID_STATE;
    }
    result = check_proof(call);
    if (result == AMT_SETUP_OK) {
        result = amt_set_up_admin(wsman_amt(call), NULL, true);
    }
    wsman_session_renew(wsman_session(call));
    return result;
}

static uint32_t disable_client_mode(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    (void)out;
    if (wsman_data(call)->setup.control_mode == AMTHI_CONTROL_MODE_CLIENT) {
        return AMT_SETUP_INVALID_STATE;
    }
    wsman_change(call)->setup.no_client_mode = true;
    return AMT_SETUP_OK;
}

#define PROOF                                               \
    {"McNonce", WSMAN_BASE64, WSMAN_OPTIONAL, 0},           \
        {"SigningAlgorithm", WSMAN_U8, WSMAN_OPTIONAL, 0},  \
    {                                                       \
        "DigitalSignature", WSMAN_BASE64, WSMAN_OPTIONAL, 0 \
    }
#define PASSWORD                                    \
    {"NetAdminPassEncryptionType", WSMAN_U8, 0, 0}, \
    {                                               \
        "NetworkAdminPassword", WSMAN_TEXT, 0, 0    \
    }

static const WsmanParameter set_up_in[] = {
    PASSWORD, {"Certificate", WSMAN_TEXT, WSMAN_OPTIONAL, 0}, PROOF, END};
static const WsmanParameter admin_setup_in[] = {PASSWORD, PROOF, END};
static const WsmanParameter upgrade_in[] = {PROOF, END};
static const WsmanParameter add_next_in[] = {
    {"NextCertificate", WSMAN_BASE64, 0, 0},
    {"IsLeafCertificate", WSMAN_BOOL, WSMAN_OPTIONAL, 0},
    {"IsRootCertificate", WSMAN_BOOL, WSMAN_OPTIONAL, 0},
    END,
};

static const WsmanMethod host_based_methods[] = {
    {"Setup", set_up_in, NULL, set_up, WSMAN_REALM_ADMINISTRATION, AMT_SETUP_INVALID_PARAMETER,
     true},
    {"AddNextCertInChain", add_next_in, NULL, add_next, WSMAN_REALM_ADMINISTRATION, NEXT_PARAMETER,
     true},
    {"AdminSetup", admin_setup_in, NULL, admin_setup, WSMAN_REALM_ADMINISTRATION,
     AMT_SETUP_INVALID_PARAMETER, true},
    {"UpgradeClientToAdmin", upgrade_in, NULL, upgrade, WSMAN_REALM_ADMINISTRATION,
     AMT_SETUP_INVALID_PARAMETER, true},
    {"DisableClientControlMode", NULL, NULL, disable_client_mode, WSMAN_REALM_ADMINISTRATION,
     AMT_SETUP_INVALID_PARAMETER, false},
    {.name = NULL},
};

static const WsmanProperty host_based[] = {
    WSMAN_SERVICE_KEYS("IPS_HostBasedSetupService", "Intel(r) AMT Host Based Setup Service",
                       "Intel(r) AMT"),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Host Based Setup Service"),
    WSMAN_GET("AllowedControlModes", WSMAN_U8, WSMAN_ARRAY, allowed_modes),
    WSMAN_GET("CertChainStatus", WSMAN_U8, 0, chain_status),
    WSMAN_GET("ConfigurationNonce", WSMAN_BASE64, 0, configuration_nonce),
    WSMAN_GET("CurrentControlMode", WSMAN_U8, 0, control_mode),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_IPS_HostBasedSetupService = {
    .name = "IPS_HostBasedSetupService",
    .base = "CIM_SecurityService",
    .since_major = 6,
    .since_minor = 1,
    .read = WSMAN_REALM_ANY,
    .slots = 1,
    .properties = host_based,
    .methods = host_based_methods,
};

/* ---- AMT_SetupAndConfigurationService ---- */

enum { MODE_ADMIN = 1, MODE_CLIENT = 4 };

static void provisioning_mode(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_number(out, wsman_data(call)->setup.control_mode == AMTHI_CONTROL_MODE_CLIENT
                              ? MODE_CLIENT
                              : MODE_ADMIN);
}

static void server_otp(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    const char *otp = wsman_data(call)->setup.otp;

    (void)slot;
    if (*otp) {
        wsman_out_base64(out, otp, strlen(otp));
    }
}

static void out_if(WsmanOut *out, const char *text)
{
    if (*text) {
        wsman_out_text(out, text);
    }
}

static void server_fqdn(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    out_if(out, wsman_data(call)->setup.server_fqdn);
}

static void dhcp_suffix(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    out_if(out, wsman_data(call)->network.dhcp_domain);
}

static void trusted_suffix(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    out_if(out, wsman_data(call)->setup.pki_suffix);
}

static uint32_t get_uuid(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    wsman_out_name(out, "UUID");
    wsman_out_base64(out, amt_state_uuid(wsman_amt(call)), AMTHI_UUID_SIZE);
    return WSMAN_PT_SUCCESS;
}

/* What was set for TLS comes into force once the caller has this answer. */
static void apply_tls(Wsman *wsman)
{
    AmtState *amt = wsman_own_context(wsman)->amt;
    AmtTls tls = amt_state_data(amt)->tls;

    tls.enabled = tls.wanted[0];
    tls.local_enforced = tls.wanted[1] && !tls.accept_plain[1];
    for (unsigned int i = 0; i < G_N_ELEMENTS(tls.checked); i++) {
        tls.checked[i] = tls.wanted[i] && tls.mutual[i];
    }
    amt_state_set_tls(amt, &tls);
}

static uint32_t commit_changes(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    AmtState *amt = wsman_amt(call);
    uint32_t status = WSMAN_PT_SUCCESS;

    (void)slot;
    (void)out;
    if (!amt_state_is_set_up(amt)) {
        status = amt_commit_changes(amt);
    }
    if (status == WSMAN_PT_SUCCESS) {
        wsman_do_after(call, apply_tls);
    }
    return status;
}

static void unprovision_now(Wsman *wsman)
{
    amt_unprovision(wsman_own_context(wsman)->amt, false);
}

static void unprovision_partly_now(Wsman *wsman)
{
    amt_unprovision(wsman_own_context(wsman)->amt, true);
}

static uint32_t may_unprovision(WsmanCall *call)
{
    if (!amt_state_is_set_up(wsman_amt(call))) {
        return WSMAN_PT_NOT_PERMITTED;
    }
    return wsman_data(call)->live.unprovision_blocked ? WSMAN_PT_BLOCKED : WSMAN_PT_SUCCESS;
}

static uint32_t unprovision(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    uint32_t status = may_unprovision(call);

    (void)slot;
    (void)out;
    if (wsman_has(call, "ProvisioningMode") && wsman_u32(call, "ProvisioningMode") != MODE_ADMIN) {
        return WSMAN_PT_INVALID_PARAMETER;
    }
    if (status == WSMAN_PT_SUCCESS) {
        wsman_do_after(call, unprovision_now);
    }
    return status;
}

static uint32_t unprovision_partly(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    uint32_t status = may_unprovision(call);

    (void)slot;
    (void)out;
    if (status == WSMAN_PT_SUCCESS) {
        wsman_do_after(call, unprovision_partly_now);
    }
    return status;
}

static uint32_t extend_period(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    AmtSetup *setup = &wsman_change(call)->setup;
    uint64_t hours = 0;

    (void)slot;
    (void)out;
    /* AMT SDK: 1 to 255 hours, from now on. */
    if (!wsman_number(call, "Duration", 0, 255, &hours) || hours == 0) {
        return WSMAN_PT_INVALID_PARAMETER;
    }
    if (setup->state != AMTHI_PROVISIONING_IN) {
        return WSMAN_PT_NOT_PERMITTED;
    }
    setup->window_end_s = amt_state_time(wsman_amt(call)) + (int64_t)hours * 3600;
    return WSMAN_PT_SUCCESS;
}

/* AMT SDK, "Strong Password": 8 to 32 characters, of each kind one. */
static bool is_strong(const char *password)
{
    size_t length = strlen(password);
    bool upper = false;
    bool lower = false;
    bool digit = false;
    bool other = false;

    for (const char *c = password; *c; c++) {
        if (!g_ascii_isprint(*c) || strchr("\",:", *c)) {
            return false;
        }
        upper |= g_ascii_isupper(*c);
        lower |= g_ascii_islower(*c) || *c == ' ' || *c == '_';
        digit |= g_ascii_isdigit(*c);
        other |= g_ascii_ispunct(*c) && *c != '_';
    }
    return length >= 8 && length <= 32 && upper && lower && digit && other;
}

static uint32_t set_mebx_password(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    (void)out;
    if (wsman_data(call)->setup.control_mode == AMTHI_CONTROL_MODE_CLIENT) {
        return WSMAN_PT_NOT_PERMITTED;
    }
    if (!is_strong(wsman_text(call, "Password", 0))) {
        return WSMAN_PT_INVALID_PASSWORD;
    }
    wsman_change(call)->setup.mebx_password_set = true;
    return WSMAN_PT_SUCCESS;
}

static uint32_t blocking_components(WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)slot;
    if (wsman_data(call)->live.unprovision_blocked) {
        wsman_out_name(out, "Component");
        wsman_out_number(out, 1); /* the auditor */
    }
    return WSMAN_PT_SUCCESS;
}

static const WsmanParameter unprovision_in[] = {{"ProvisioningMode", WSMAN_U32, WSMAN_OPTIONAL, 0},
                                                END};
static const WsmanParameter extend_in[] = {{"Duration", WSMAN_U32, 0, 0}, END};
static const WsmanParameter mebx_in[] = {{"Password", WSMAN_TEXT, 0, 0}, END};

#define ADMIN    WSMAN_REALM_ADMINISTRATION
#define INVALID_ WSMAN_PT_INVALID_PARAMETER

static const WsmanMethod setup_methods[] = {
    {"GetUuid", NULL, "UUID", get_uuid, WSMAN_REALM_ANY, INVALID_, false},
    {"CommitChanges", NULL, NULL, commit_changes, ADMIN, INVALID_, false},
    {"Unprovision", unprovision_in, NULL, unprovision, ADMIN, INVALID_, false},
    {"PartialUnprovision", NULL, NULL, unprovision_partly, ADMIN, INVALID_, false},
    {"ExtendProvisioningPeriod", extend_in, NULL, extend_period, ADMIN, INVALID_, false},
    {"SetMEBxPassword", mebx_in, NULL, set_mebx_password, ADMIN, INVALID_, false},
    {"GetUnprovisionBlockingComponents", NULL, "Component", blocking_components, ADMIN, INVALID_,
     false},
    {.name = NULL},
};

static const WsmanProperty setup_service[] = {
    WSMAN_SERVICE_KEYS("AMT_SetupAndConfigurationService",
                       "Intel(r) AMT Setup and Configuration Service", "Intel(r) AMT"),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Setup and Configuration Service"),
    WSMAN_NUMBER_IS("EnabledState", WSMAN_U16, 5),
    WSMAN_NUMBER_IS("RequestedState", WSMAN_U16, 12),
    WSMAN_GET("ConfigurationServerFQDN", WSMAN_TEXT, 0, server_fqdn),
    WSMAN_GET("DhcpDNSSuffix", WSMAN_TEXT, 0, dhcp_suffix),
    WSMAN_NUMBER_IS("PasswordModel", WSMAN_U8, 1),
    WSMAN_GET("ProvisioningMode", WSMAN_U8, 0, provisioning_mode),
    WSMAN_GET("ProvisioningServerOTP", WSMAN_BASE64, 0, server_otp),
    WSMAN_MEMBER("ProvisioningState", WSMAN_U8, 0, setup.state),
    WSMAN_GET("TrustedDNSSuffix", WSMAN_TEXT, 0, trusted_suffix),
    WSMAN_MEMBER("ZeroTouchConfigurationEnabled", WSMAN_BOOL, WSMAN_WRITE, setup.zero_touch),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_SetupAndConfigurationService = {
    .name = "AMT_SetupAndConfigurationService",
    .base = "CIM_CredentialManagementService",
    .read = WSMAN_REALM_ANY,
    .write = WSMAN_REALM_ADMINISTRATION,
    .slots = 1,
    .properties = setup_service,
    .methods = setup_methods,
};

/* ---- AMT_ProvisioningCertificateHash ---- */

#define HASHES 33 /* the most that any firmware has: amt_hash_slots() */

static bool hash_there(const WsmanCall *call, unsigned int slot)
{
    bool is_default;
    AmtHash hash;

    return amt_hash_get(wsman_amt(call), slot, &hash, &is_default);
}

static AmtHash hash_at(const WsmanCall *call, unsigned int slot, bool *is_default)
{
    AmtHash hash = {0};

    amt_hash_get(wsman_amt(call), slot, &hash, is_default);
    return hash;
}

static void hash_id(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    g_autofree char *id = g_strdup_printf("Intel(r) AMT Certificate Hash: Handle: %u", slot);

    (void)call;
    wsman_out_text(out, id);
}

static void hash_name(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    bool is_default;
    AmtHash hash = hash_at(call, slot, &is_default);

    wsman_out_text(out, hash.name);
}

static void hash_data(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    bool is_default;
    AmtHash hash = hash_at(call, slot, &is_default);

    wsman_out_base64(out, hash.hash, amt_hash_size(hash.algorithm));
}

static void hash_type(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    bool is_default;

    wsman_out_number(out, hash_at(call, slot, &is_default).algorithm);
}

static void hash_enabled(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    bool is_default;

    wsman_out_bool(out, hash_at(call, slot, &is_default).active);
}

static void hash_default(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    bool is_default;

    hash_at(call, slot, &is_default);
    wsman_out_bool(out, is_default);
}

static const WsmanProperty certificate_hash[] = {
    WSMAN_GET("Description", WSMAN_TEXT, 0, hash_name),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Provisioning Certificate Hash"),
    WSMAN_GET("Enabled", WSMAN_BOOL, 0, hash_enabled),
    WSMAN_GET("HashData", WSMAN_BASE64, 0, hash_data),
    WSMAN_GET("HashType", WSMAN_U8, 0, hash_type),
    WSMAN_GET("InstanceID", WSMAN_TEXT, WSMAN_KEY, hash_id),
    WSMAN_GET("IsDefault", WSMAN_BOOL, 0, hash_default),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_AMT_ProvisioningCertificateHash = {
    .name = "AMT_ProvisioningCertificateHash",
    .base = "CIM_Credential",
    .read = WSMAN_REALM_ADMINISTRATION,
    .slots = HASHES,
    .present = hash_there,
    .properties = certificate_hash,
};
