/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AMTHI: setting AMT up, and undoing that. What may follow what is amt/amt-provisioning.c. */
#include <string.h>

#include <swme/bytes.h>

#include "firmware-sim/clients/amthi.h"

#define RNG_SEED_S 1 /* that a new seed takes */

uint32_t amthi_unprovision(AmtState *amt, const AmthiRequest *request, GByteArray *reply)
{
    (void)request; /* the mode that it asks for is always the full one */
    (void)reply;
    return amt_unprovision_by_host(amt);
}

uint32_t amthi_generate_rng_seed(AmtState *amt, const AmthiRequest *request, GByteArray *reply)
{
    AmtTls tls = amt_state_data(amt)->tls;

    (void)request;
    (void)reply;
    if (amt_state_rng(amt) == AMTHI_RNG_SEED_IN_PROGRESS) {
        return AMTHI_STATUS_RNG_IN_PROGRESS;
    }
    tls.rng_ready_s = amt_state_time(amt) + RNG_SEED_S;
    amt_state_set_tls(amt, &tls);
    return AMTHI_STATUS_SUCCESS;
}

uint32_t amthi_get_rng_seed_status(AmtState *amt, const AmthiRequest *request, GByteArray *reply)
{
    (void)request;
    reply_append_le32(reply, amt_state_rng(amt));
    return AMTHI_STATUS_SUCCESS;
}

uint32_t amthi_start_configuration(AmtState *amt, const AmthiRequest *request, GByteArray *reply)
{
    (void)request;
    (void)reply;
    return amt_start_remote(amt, false);
}

uint32_t amthi_start_configuration_ex(AmtState *amt, const AmthiRequest *request, GByteArray *reply)
{
    const AmtData *data = amt_state_data(amt);
    const AmtInterface *wired = &data->network.lan[0];
    uint32_t ipv6 = swme_get_le32(request->data);
    uint32_t status = amt_may_prepare(amt);

    (void)reply;
    if (ipv6 > 1) {
        return AMTHI_STATUS_INVALID_PARAMETER;
    }
    /* The server proves itself by the domain that the network names, or the agent: without either
     * there is none to trust. */
    if (status == AMTHI_STATUS_SUCCESS &&
        (!wired->dhcp || !wired->link ||
         (!*data->network.dhcp_domain && !*data->setup.pki_suffix))) {
        return AMTHI_STATUS_NOT_READY;
    }
    return amt_start_remote(amt, ipv6);
}

uint32_t amthi_stop_configuration(AmtState *amt, const AmthiRequest *request, GByteArray *reply)
{
    (void)request;
    (void)reply;
    return amt_stop_remote(amt);
}

uint32_t amthi_set_provisioning_server_otp(AmtState *amt, const AmthiRequest *request,
                                           GByteArray *reply)
{
    AmtSetup setup = amt_state_data(amt)->setup;
    uint32_t status = amthi_take_counted(request, setup.otp, sizeof(setup.otp));

    (void)reply;
    if (status == AMTHI_STATUS_SUCCESS && !*setup.otp) {
        status = AMTHI_STATUS_INVALID_PARAMETER;
    }
    if (status == AMTHI_STATUS_SUCCESS) {
        status = amt_may_prepare(amt);
    }
    if (status == AMTHI_STATUS_SUCCESS) {
        amt_state_set_setup(amt, &setup);
    }
    explicit_bzero(&setup, sizeof(setup));
    return status;
}

uint32_t amthi_set_pki_fqdn_suffix(AmtState *amt, const AmthiRequest *request, GByteArray *reply)
{
    AmtSetup setup = amt_state_data(amt)->setup;
    uint32_t status = amthi_take_counted(request, setup.pki_suffix, sizeof(setup.pki_suffix));

    (void)reply;
    if (status == AMTHI_STATUS_SUCCESS) {
        status = amt_may_prepare(amt);
    }
    if (status == AMTHI_STATUS_SUCCESS) {
        amt_state_set_setup(amt, &setup);
    }
    explicit_bzero(&setup, sizeof(setup));
    return status;
}

uint32_t amthi_get_pki_fqdn_suffix(AmtState *amt, const AmthiRequest *request, GByteArray *reply)
{
    (void)request;
    amthi_append_counted(reply, amt_state_data(amt)->setup.pki_suffix);
    return AMTHI_STATUS_SUCCESS;
}

uint32_t amthi_get_provisioning_tls_mode(AmtState *amt, const AmthiRequest *request,
                                         GByteArray *reply)
{
    (void)request;
    reply_append_le32(reply, amt_state_data(amt)->tls.mode);
    return AMTHI_STATUS_SUCCESS;
}

uint32_t amthi_get_zero_touch_enabled(AmtState *amt, const AmthiRequest *request, GByteArray *reply)
{
    (void)request;
    reply_append_le32(reply, amt_state_data(amt)->setup.zero_touch);
    return AMTHI_STATUS_SUCCESS;
}

/* The host may only disable it, and only where nobody set a domain to trust (AMT SDK). */
uint32_t amthi_set_zero_touch_enabled(AmtState *amt, const AmthiRequest *request, GByteArray *reply)
{
    AmtSetup setup = amt_state_data(amt)->setup;
    uint32_t enable = swme_get_le32(request->data);
    uint32_t status = AMTHI_STATUS_SUCCESS;

    (void)reply;
    if (enable > 1) {
        status = AMTHI_STATUS_INVALID_PARAMETER;
    } else if (amt_may_prepare(amt) != AMTHI_STATUS_SUCCESS) {
        status = AMTHI_STATUS_INVALID_AMT_MODE;
    } else if (enable || *setup.pki_suffix) {
        status = AMTHI_STATUS_NOT_PERMITTED;
    } else {
        setup.zero_touch = false;
        amt_state_set_setup(amt, &setup);
    }
    explicit_bzero(&setup, sizeof(setup));
    return status;
}

uint32_t amthi_get_config_server_data(AmtState *amt, const AmthiRequest *request, GByteArray *reply)
{
    const AmtSetup *setup = &amt_state_data(amt)->setup;

    (void)request;
    reply_append_le16(reply, (uint16_t)setup->server_port);
    amthi_append_padded(reply, setup->server_address, AMTHI_IP_TEXT_SIZE);
    amthi_append_counted(reply, setup->server_fqdn);
    return AMTHI_STATUS_SUCCESS;
}

uint32_t amthi_get_local_system_account(AmtState *amt, const AmthiRequest *request,
                                        GByteArray *reply)
{
    const AmtData *data = amt_state_data(amt);

    (void)request;
    if (!data->accounts.lsa_enabled) {
        return AMTHI_STATUS_NOT_FOUND;
    }
    amthi_append_padded(reply, "$$OsAdmin", AMTHI_LSA_FIELD_SIZE);
    amthi_append_padded(reply, data->live.lsa_password, AMTHI_LSA_FIELD_SIZE);
    /* MeshAgent silently drops an answer without this padding. */
    reply_append_zeros(reply, AMTHI_LSA_SIZE - 2 * AMTHI_LSA_FIELD_SIZE);
    return AMTHI_STATUS_SUCCESS;
}

uint32_t amthi_get_ehbc_state(AmtState *amt, const AmthiRequest *request, GByteArray *reply)
{
    (void)request;
    reply_append_le32(reply, amt_state_data(amt)->setup.ehbc);
    return AMTHI_STATUS_SUCCESS;
}

uint32_t amthi_set_ehbc_state(AmtState *amt, const AmthiRequest *request, GByteArray *reply)
{
    AmtSetup setup = amt_state_data(amt)->setup;
    uint32_t enable = swme_get_le32(request->data);
    uint32_t status = AMTHI_STATUS_SUCCESS;

    (void)reply;
    if (enable > 1) {
        status = AMTHI_STATUS_INVALID_PARAMETER;
    } else if (enable) {
        /* Only before the BIOS is done (AMT SDK), and whoever asks here comes after it. */
        status = AMTHI_STATUS_INVALID_AMT_MODE;
    } else {
        setup.ehbc = false;
        amt_state_set_setup(amt, &setup);
    }
    explicit_bzero(&setup, sizeof(setup));
    return status;
}

uint32_t amthi_disable_and_clear_amt(AmtState *amt, const AmthiRequest *request, GByteArray *reply)
{
    (void)request;
    (void)reply;
    return amt_disable_and_clear(amt);
}

/*
 * rpc-go sends bytes where MeshCentral sends words; the sizes tell them apart. What either says of
 * suffixes is for finding out whether the host is at home, which the simulation does not.
 */
uint32_t amthi_start_configuration_host_based(AmtState *amt, const AmthiRequest *request,
                                              GByteArray *reply)
{
    bool wide = request->size >= AMTHI_HOST_BASED_WIDE_SIZE;
    uint32_t algorithm = wide ? swme_get_le32(request->data) : request->data[0];
    const uint8_t *hash = request->data + (wide ? 4 : 1);
    const uint8_t *vpn = hash + AMTHI_HASH_SIZE;
    const AmtTls *tls = &amt_state_data(amt)->tls;
    uint32_t status;

    if (algorithm != AMTHI_HASH_SHA256 && algorithm != AMTHI_HASH_SHA384) {
        return AMTHI_STATUS_INVALID_PARAMETER;
    }
    status = amt_start_host_based(amt, algorithm, hash, wide ? swme_get_le32(vpn) : *vpn);
    if (status != AMTHI_STATUS_SUCCESS) {
        return status;
    }
    reply_append_u8(reply, (uint8_t)algorithm);
    if (algorithm == AMTHI_HASH_SHA256) {
        g_byte_array_append(reply, tls->sha256, sizeof(tls->sha256));
    } else {
        g_byte_array_append(reply, tls->sha384, sizeof(tls->sha384));
    }
    reply_append_zeros(reply, AMTHI_HASH_SIZE - amt_hash_size(algorithm));
    return AMTHI_STATUS_SUCCESS;
}
