/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AMTHI: what AMT tells about itself. */
#include <string.h>

#include <swme/bytes.h>

#include "firmware-sim/amt/amt-defense.h"
#include "firmware-sim/clients/amthi.h"

/* The one value that GetAMTState can be asked for. */
static const uint8_t link_state_uuid[AMTHI_UUID_SIZE] = {[AMTHI_UUID_SIZE - 1] = 1};

uint32_t amthi_get_amt_state(AmtState *amt, const AmthiRequest *request, GByteArray *reply)
{
    const AmtData *data = amt_state_data(amt);

    if (memcmp(request->data, link_state_uuid, sizeof(link_state_uuid)) != 0) {
        return AMTHI_STATUS_INVALID_PARAMETER;
    }
    g_byte_array_append(reply, link_state_uuid, sizeof(link_state_uuid));
    reply_append_le32(reply, 5); /* bytes that follow */
    reply_append_u8(reply, data->network.lan[0].link);
    reply_append_u8(reply, 0); /* SKU: reserved to LMS */
    reply_append_u8(reply, 1); /* cryptography is not fused off */
    reply_append_u8(reply, 1); /* the flash is protected */
    reply_append_u8(reply, (uint8_t)data->live.me_reset_reason);
    return AMTHI_STATUS_SUCCESS;
}

static uint32_t provisioning_mode(const AmtState *amt)
{
    return amt_state_data(amt)->setup.state == AMTHI_PROVISIONING_PRE
               ? AMTHI_PROVISIONING_MODE_NONE
               : AMTHI_PROVISIONING_MODE_ENTERPRISE;
}

uint32_t amthi_get_provisioning_mode(AmtState *amt, const AmthiRequest *request, GByteArray *reply)
{
    (void)request;
    reply_append_le32(reply, provisioning_mode(amt));
    reply_append_le32(reply, 0); /* not legacy */
    return AMTHI_STATUS_SUCCESS;
}

uint32_t amthi_get_provisioning_state(AmtState *amt, const AmthiRequest *request, GByteArray *reply)
{
    (void)request;
    reply_append_le32(reply, amt_state_data(amt)->setup.state);
    return AMTHI_STATUS_SUCCESS;
}

static void append_version_string(GByteArray *reply, const char *text)
{
    reply_append_le16(reply, (uint16_t)strlen(text));
    amthi_append_padded(reply, text, AMTHI_VERSION_STRING_SIZE - 2);
}

uint32_t amthi_get_code_versions(AmtState *amt, const AmthiRequest *request, GByteArray *reply)
{
    AmtCodeVersion rows[AMT_CODE_VERSION_COUNT];

    (void)request;
    amt_state_code_versions(amt, rows);
    amthi_append_padded(reply, amt_state_platform(amt)->bios_version, AMTHI_BIOS_VERSION_SIZE);
    reply_append_le32(reply, AMT_CODE_VERSION_COUNT);
    for (unsigned int i = 0; i < AMT_CODE_VERSION_COUNT; i++) {
        append_version_string(reply, rows[i].name);
        append_version_string(reply, rows[i].value);
    }
    return AMTHI_STATUS_SUCCESS;
}

uint32_t amthi_get_security_parameters(AmtState *amt, const AmthiRequest *request,
                                       GByteArray *reply)
{
    const AmtData *data = amt_state_data(amt);
    bool post = amt_state_is_set_up(amt);
    const uint32_t values[17] = {
        provisioning_mode(amt),
        post && data->tls.enabled,
        1, /* cryptography in hardware */
        data->setup.state,
        data->network.lan[0].enabled,
        post && data->redirection.sol,
        post && data->redirection.ider,
        !amt_state_at_least(amt, 7, 0), /* firmware update over the network went with 7.0 */
        data->network.lan[0].link,
        post && data->redirection.kvm,
    };

    (void)request;
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
        reply_append_le32(reply, values[i]);
    }
    return AMTHI_STATUS_SUCCESS;
}

uint32_t amthi_enumerate_hash_handles(AmtState *amt, const AmthiRequest *request, GByteArray *reply)
{
    guint at = reply->len;
    uint32_t count = 0;
    bool is_default;
    AmtHash hash;

    (void)request;
    reply_append_le32(reply, 0);
    for (unsigned int slot = 0; slot < amt_hash_slots(amt); slot++) {
        if (amt_hash_get(amt, slot, &hash, &is_default)) {
            reply_append_le32(reply, slot);
            count++;
        }
    }
    swme_put_le32(reply->data + at, count);
    return AMTHI_STATUS_SUCCESS;
}

uint32_t amthi_get_certificate_hash_entry(AmtState *amt, const AmthiRequest *request,
                                          GByteArray *reply)
{
    bool is_default;
    AmtHash hash;

    if (!amt_hash_get(amt, swme_get_le32(request->data), &hash, &is_default)) {
        return AMTHI_STATUS_NOT_FOUND;
    }
    reply_append_le32(reply, is_default);
    reply_append_le32(reply, hash.active);
    g_byte_array_append(reply, hash.hash, sizeof(hash.hash));
    reply_append_u8(reply, (uint8_t)hash.algorithm);
    amthi_append_counted(reply, hash.name);
    return AMTHI_STATUS_SUCCESS;
}

uint32_t amthi_get_current_power_policy(AmtState *amt, const AmthiRequest *request,
                                        GByteArray *reply)
{
    (void)request;
    amthi_append_counted(reply, amt_state_data(amt)->power.policy);
    return AMTHI_STATUS_SUCCESS;
}

uint32_t amthi_get_features_state(AmtState *amt, const AmthiRequest *request, GByteArray *reply)
{
    uint32_t id = swme_get_le32(request->data);
    const AmtData *data = amt_state_data(amt);

    reply_append_le32(reply, id);
    switch (id) {
    case AMTHI_FEATURE_REDIRECTION:
        reply_append_le32(reply, data->live.ider_open);
        reply_append_le32(reply, data->live.sol_open);
        reply_append_le32(reply, 0);
        return AMTHI_STATUS_SUCCESS;
    case AMTHI_FEATURE_SYSTEM_DEFENSE:
        reply_append_le32(reply, amt_defense_on(data));
        return AMTHI_STATUS_SUCCESS;
    case AMTHI_FEATURE_EAC:
        reply_append_le32(reply, 0); /* it is not simulated */
        return AMTHI_STATUS_SUCCESS;
    case AMTHI_FEATURE_WEB_UI:
        reply_append_le32(reply, amt_state_is_set_up(amt) && data->redirection.web_ui);
        return AMTHI_STATUS_SUCCESS;
    case AMTHI_FEATURE_KVM:
        reply_append_le32(reply,
                          (data->live.kvm_active ? 1u : 0) | (data->live.consent_waiting ? 2u : 0));
        return AMTHI_STATUS_SUCCESS;
    default:
        return AMTHI_STATUS_INVALID_PARAMETER;
    }
}

uint32_t amthi_get_last_host_reset_reason(AmtState *amt, const AmthiRequest *request,
                                          GByteArray *reply)
{
    const AmtPower *power = &amt_state_data(amt)->power;

    (void)request;
    reply_append_le32(reply, !power->reset_remote);
    reply_append_le32(reply, (uint32_t)power->remote_s);
    return AMTHI_STATUS_SUCCESS;
}

static void append_date(GByteArray *reply, int64_t time_s)
{
    g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(time_s);
    int fields[7] = {0};

    if (date) {
        fields[0] = g_date_time_get_year(date);
        fields[1] = g_date_time_get_month(date);
        fields[2] = g_date_time_get_day_of_week(date) % 7; /* Sunday is 0 */
        fields[3] = g_date_time_get_day_of_month(date);
        fields[4] = g_date_time_get_hour(date);
        fields[5] = g_date_time_get_minute(date);
        fields[6] = g_date_time_get_second(date);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        reply_append_le16(reply, (uint16_t)fields[i]);
    }
}

uint32_t amthi_get_setup_audit_record(AmtState *amt, const AmthiRequest *request, GByteArray *reply)
{
    const AmtSetup *setup = &amt_state_data(amt)->setup;

    (void)request;
    if (!setup->done_s) {
        return AMTHI_STATUS_NOT_FOUND;
    }
    reply_append_u8(reply, 0);   /* by certificate, not by pre-shared key */
    reply_append_le32(reply, 0); /* the name service was not a secure one */
    reply_append_le32(reply, setup->done_by_host);
    reply_append_le32(reply, AMTHI_HASH_SHA256);
    reply_append_zeros(reply, AMTHI_HASH_SIZE);
    reply_append_zeros(reply, 3 * 16); /* serial numbers of the authorities */
    reply_append_le32(reply, 0);       /* and no more of them */
    reply_append_le32(reply, 0);       /* the hash is not the vendor's */
    reply_append_le32(reply, 1);       /* the time below is one */
    amthi_append_padded(reply, setup->server_address, AMTHI_IP_TEXT_SIZE);
    append_date(reply, setup->done_s);
    amthi_append_counted(reply, setup->server_fqdn);
    return AMTHI_STATUS_SUCCESS;
}

uint32_t amthi_get_redirection_state(AmtState *amt, const AmthiRequest *request, GByteArray *reply)
{
    const AmtRedirection *redirection = &amt_state_data(amt)->redirection;

    (void)request;
    reply_append_le32(reply, (redirection->sol ? AMTHI_REDIRECTION_SOL : 0) |
                                 (redirection->ider ? AMTHI_REDIRECTION_IDER : 0) |
                                 (redirection->kvm ? AMTHI_REDIRECTION_KVM : 0));
    return AMTHI_STATUS_SUCCESS;
}

uint32_t amthi_get_uuid(AmtState *amt, const AmthiRequest *request, GByteArray *reply)
{
    (void)request;
    g_byte_array_append(reply, amt_state_uuid(amt), AMTHI_UUID_SIZE);
    return AMTHI_STATUS_SUCCESS;
}

uint32_t amthi_get_unprovisioning_state(AmtState *amt, const AmthiRequest *request,
                                        GByteArray *reply)
{
    (void)amt;
    (void)request;
    reply_append_le32(reply, 0); /* it is over before anyone can ask */
    return AMTHI_STATUS_SUCCESS;
}

uint32_t amthi_get_control_mode(AmtState *amt, const AmthiRequest *request, GByteArray *reply)
{
    const AmtSetup *setup = &amt_state_data(amt)->setup;

    (void)request;
    reply_append_le32(reply, setup->control_mode);
    return AMTHI_STATUS_SUCCESS;
}

/* ---- the log of remote access ---- */

#define CIRA_SUMMARY_SIZE 27
#define CIRA_TUNNEL_SIZE  545
#define CIRA_FAILED_SIZE  2208
#define CIRA_MPS_SIZE     256
#define CIRA_INTERVAL_S   30
#define CIRA_SUCCESS      5
#define CIRA_IN_PROGRESS  6
#define CIRA_NOT_KNOWN    0xff

static void append_cira_summary(const AmtData *data, GByteArray *reply)
{
    bool open = data->live.tunnel == AMTHI_REMOTE_CONNECTED;

    reply_append_u8(reply, open);
    reply_append_u8(reply, (uint8_t)data->live.tunnel);
    reply_append_zeros(reply, 3);
    reply_append_le32(reply, 0); /* no keep-alive yet */
    reply_append_le32(reply, CIRA_INTERVAL_S);
    reply_append_u8(reply, (uint8_t)data->remote.attempt_status);
    reply_append_le32(reply, (uint32_t)data->remote.attempt_s);
    reply_append_u8(reply, open);
    reply_append_le32(reply, (uint32_t)data->remote.opened_s);
    reply_append_le32(reply, (uint32_t)data->remote.closed_s);
}

/* How the tunnel ended: time, by the server, APF's reason, AMT's reason. */
static void append_cira_closure(int64_t time_s, GByteArray *reply)
{
    reply_append_le32(reply, (uint32_t)time_s);
    reply_append_u8(reply, 0);
    reply_append_u8(reply, 0);
    reply_append_u8(reply, time_s ? 0 : CIRA_NOT_KNOWN);
    reply_append_zeros(reply, 3);
}

static void append_cira_tunnel(const AmtRemote *remote, GByteArray *reply)
{
    reply_append_u8(reply, remote->opened_s != 0);
    reply_append_le32(reply, (uint32_t)remote->opened_s);
    reply_append_u8(reply, (uint8_t)remote->last_trigger);
    reply_append_zeros(reply, 3);
    amthi_append_padded(reply, remote->opened_s ? remote->mps : "", CIRA_MPS_SIZE);
    reply_append_zeros(reply, 1 + CIRA_MPS_SIZE);     /* no proxy */
    reply_append_u8(reply, remote->opened_s ? 2 : 0); /* by user and password */
    reply_append_u8(reply, remote->opened_s ? 0 : 2); /* over the wired interface, or none */
    reply_append_zeros(reply, 3);
    reply_append_le32(reply, 0);
    reply_append_le32(reply, CIRA_INTERVAL_S);
    append_cira_closure(remote->closed_s, reply);
}

static bool attempt_failed(const AmtRemote *remote)
{
    return remote->attempt_s && remote->attempt_status != CIRA_SUCCESS &&
           remote->attempt_status != CIRA_IN_PROGRESS;
}

/* Of an attempt that failed: when, why, where to. Its interfaces are not told. */
static void append_cira_failed(const AmtRemote *remote, GByteArray *reply)
{
    guint at = reply->len;
    bool failed = attempt_failed(remote);

    reply_append_u8(reply, failed);
    reply_append_le32(reply, failed ? (uint32_t)remote->attempt_s : 0);
    reply_append_u8(reply, failed ? (uint8_t)remote->last_trigger : 0);
    reply_append_zeros(reply, 3);
    amthi_append_padded(reply, failed ? remote->mps : "", CIRA_MPS_SIZE);
    reply_append_zeros(reply, 1 + 2 * 676 + 34 + 4 + 1 + 3);
    reply_append_le32(reply, failed ? remote->attempt_status : 0);
    reply_append_zeros(reply, CIRA_FAILED_SIZE - 10 - (reply->len - at));
    append_cira_closure(0, reply);
}

uint32_t amthi_get_cira_log(AmtState *amt, const AmthiRequest *request, GByteArray *reply)
{
    const AmtData *data = amt_state_data(amt);
    guint at = reply->len;

    if (request->data[0] != 0) {
        return AMTHI_STATUS_UNSUPPORTED_VERSION;
    }
    reply_append_u8(reply, 0);
    append_cira_summary(data, reply);
    append_cira_tunnel(&data->remote, reply);
    append_cira_failed(&data->remote, reply);
    g_assert(reply->len - at == AMTHI_CIRA_LOG_SIZE &&
             AMTHI_CIRA_LOG_SIZE == 1 + CIRA_SUMMARY_SIZE + CIRA_TUNNEL_SIZE + CIRA_FAILED_SIZE);
    return AMTHI_STATUS_SUCCESS;
}
