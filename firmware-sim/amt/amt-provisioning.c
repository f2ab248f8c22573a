/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How AMT gets from one set-up state to another. Sources: Intel's AMT Implementation and Reference
 * Guide (cfgunprovision, cfgstartconfiguration, cfgstartconfigurationex, cfgdisableandclearamt,
 * restoringintelamttofactorymode), go-wsman-messages ips/hostbasedsetup, rpc-go.
 */
#include <string.h>

#include "firmware-sim/amt/amt-audit.h"
#include "firmware-sim/amt/amt-state.h"
#include "firmware-sim/amt/event.h"

static const AmtSetup *setup_of(const AmtState *amt)
{
    return &amt_state_data(amt)->setup;
}

/* A copy to change, freed with finish(). It holds secrets: not left behind on the heap. */
static AmtData *begin(const AmtState *amt)
{
    return amt_data_copy(amt_state_data(amt));
}

static void finish(AmtState *amt, AmtData *data)
{
    amt_state_replace(amt, data);
    amt_data_free(data);
}

static void end_remote(AmtSetup *setup)
{
    setup->hello = false;
    setup->hello_ipv6 = false;
    setup->hello_count = 0;
    setup->host_based = false;
    setup->window_end_s = 0;
}

static void end_remote_all(AmtData *data)
{
    end_remote(&data->setup);
    data->setup.state = AMTHI_PROVISIONING_PRE;
    data->tls.mode = AMTHI_TLS_MODE_NOT_READY;
    data->tls.peer_algorithm = 0;
    memset(data->tls.peer_hash, 0, sizeof(data->tls.peer_hash));
}

void amt_state_expire(AmtState *amt)
{
    const AmtSetup *setup = setup_of(amt);

    /* A set-up that was cut off half way (IN with a mode) waits for its recovery. */
    if (setup->state == AMTHI_PROVISIONING_IN && setup->window_end_s &&
        setup->control_mode == AMTHI_CONTROL_MODE_NONE &&
        amt_state_time(amt) >= setup->window_end_s) {
        AmtData *data = begin(amt);

        end_remote_all(data);
        finish(amt, data);
    }
}

/* ---- set-up ---- */

static void set_up(AmtState *amt, uint32_t mode, const uint8_t *digest, bool by_host)
{
    AmtData *data = begin(amt);

    if (digest) {
        memcpy(data->accounts.account[0].digest, digest, AMT_DIGEST_SIZE);
    }
    end_remote(&data->setup);
    memset(data->setup.otp, 0, sizeof(data->setup.otp)); /* one time */
    data->setup.state = AMTHI_PROVISIONING_POST;
    data->setup.control_mode = mode;
    data->setup.done_s = amt_state_time(amt);
    data->setup.done_by_host = by_host;
    data->tls.mode = AMTHI_TLS_MODE_PKI;
    data->redirection.sol = true;
    data->redirection.ider = true;
    data->redirection.kvm = true;
    data->redirection.listener = true;
    /* Client control mode: no redirection without the user's consent. */
    data->redirection.opt_in = mode == AMTHI_CONTROL_MODE_CLIENT ? UINT32_MAX : 1;
    if (data->live.environment == AMTHI_NETWORK_UNKNOWN) {
        data->live.environment = AMTHI_NETWORK_DIRECT;
    }
    finish(amt, data);
    amt_event_raise_kind(amt, AMT_EVENT_PROVISIONED);
}

AmtSetupResult amt_set_up_client(AmtState *amt, const uint8_t *digest)
{
    amt_state_expire(amt);
    if (!digest) {
        return AMT_SETUP_INVALID_PARAMETER;
    }
    /* Since 6.1, as IPS_HostBasedSetupService is (AMT SDK). */
    if (!amt_state_at_least(amt, 6, 1) || setup_of(amt)->no_client_mode) {
        return AMT_SETUP_DISABLED;
    }
    if (!setup_of(amt)->operational || setup_of(amt)->state != AMTHI_PROVISIONING_PRE) {
        return AMT_SETUP_INVALID_STATE;
    }
    set_up(amt, AMTHI_CONTROL_MODE_CLIENT, digest, true);
    return AMT_SETUP_OK;
}

AmtSetupResult amt_set_up_admin(AmtState *amt, const uint8_t *digest, bool by_host)
{
    amt_state_expire(amt);
    if (!setup_of(amt)->operational || setup_of(amt)->control_mode == AMTHI_CONTROL_MODE_ADMIN) {
        return AMT_SETUP_INVALID_STATE;
    }
    if (!digest && setup_of(amt)->control_mode != AMTHI_CONTROL_MODE_CLIENT) {
        return AMT_SETUP_INVALID_PARAMETER;
    }
    set_up(amt, AMTHI_CONTROL_MODE_ADMIN, digest, by_host);
    return AMT_SETUP_OK;
}

uint32_t amt_commit_changes(AmtState *amt)
{
    amt_state_expire(amt);
    if (setup_of(amt)->state != AMTHI_PROVISIONING_IN) {
        return AMTHI_STATUS_INVALID_AMT_MODE;
    }
    if (!setup_of(amt)->mebx_password_set) {
        return AMTHI_STATUS_DATA_MISSING;
    }
    set_up(amt, AMTHI_CONTROL_MODE_ADMIN, NULL, setup_of(amt)->host_based);
    return AMTHI_STATUS_SUCCESS;
}

/* ---- remote configuration ---- */

uint32_t amt_may_prepare(AmtState *amt)
{
    amt_state_expire(amt);
    return setup_of(amt)->state == AMTHI_PROVISIONING_PRE ? AMTHI_STATUS_SUCCESS
                                                          : AMTHI_STATUS_INVALID_AMT_MODE;
}

static uint32_t may_start(AmtState *amt)
{
    uint32_t status = amt_may_prepare(amt);

    if (status != AMTHI_STATUS_SUCCESS) {
        return status;
    }
    if (amt_state_rng(amt) != AMTHI_RNG_SEED_EXISTS) {
        return AMTHI_STATUS_RNG_NOT_READY;
    }
    if (!amt_state_data(amt)->tls.certificate_ready) {
        amt_state_want_certificate(amt);
        return AMTHI_STATUS_CERTIFICATE_NOT_READY;
    }
    return AMTHI_STATUS_SUCCESS;
}

static void enter_in(AmtState *amt, AmtData *data)
{
    data->setup.state = AMTHI_PROVISIONING_IN;
    data->setup.window_end_s = amt_state_time(amt) + AMT_WINDOW_S;
    data->tls.mode = AMTHI_TLS_MODE_PKI;
}

uint32_t amt_start_remote(AmtState *amt, bool ipv6)
{
    uint32_t status = may_start(amt);
    AmtData *data;

    if (status == AMTHI_STATUS_SUCCESS && !setup_of(amt)->zero_touch) {
        status = AMTHI_STATUS_INVALID_AMT_MODE;
    }
    if (status != AMTHI_STATUS_SUCCESS) {
        return status;
    }
    data = begin(amt);
    enter_in(amt, data);
    data->setup.hello = true;
    data->setup.hello_ipv6 = ipv6;
    data->setup.hello_count = 0;
    finish(amt, data);
    return AMTHI_STATUS_SUCCESS;
}

uint32_t amt_start_host_based(AmtState *amt, uint32_t algorithm, const uint8_t *hash, bool host_vpn)
{
    uint32_t status = may_start(amt);
    AmtData *data;

    if (status != AMTHI_STATUS_SUCCESS) {
        return status;
    }
    data = begin(amt);
    enter_in(amt, data);
    data->setup.host_based = true;
    data->tls.peer_algorithm = algorithm;
    memset(data->tls.peer_hash, 0, sizeof(data->tls.peer_hash));
    memcpy(data->tls.peer_hash, hash, amt_hash_size(algorithm));
    data->remote.vpn_suffix_known = host_vpn;
    finish(amt, data);
    return AMTHI_STATUS_SUCCESS;
}

uint32_t amt_stop_remote(AmtState *amt)
{
    AmtData *data;

    amt_state_expire(amt);
    if (setup_of(amt)->state != AMTHI_PROVISIONING_IN) {
        return AMTHI_STATUS_INVALID_AMT_MODE;
    }
    data = begin(amt);
    end_remote_all(data);
    data->setup.control_mode = AMTHI_CONTROL_MODE_NONE;
    finish(amt, data);
    return AMTHI_STATUS_SUCCESS;
}

void amt_hello_sent(AmtState *amt)
{
    AmtSetup setup = *setup_of(amt);

    if (setup.hello) {
        setup.hello_count++;
        amt_state_set_setup(amt, &setup);
    }
    explicit_bzero(&setup, sizeof(setup));
}

/* ---- the way back ---- */

/* What the factory gave, and what is not AMT's to forget: the machine, its network, the MEBx. */
static void clear(AmtState *amt, AmtData *data)
{
    const AmtData *old = amt_state_data(amt);
    bool keep_suffix = amt_state_at_least(amt, 12, 0); /* AMT SDK: survives since 12.0 */

    amt_data_init(data, amt_state_uuid(amt));
    amt_random(data->accounts.realm, sizeof(data->accounts.realm));
    data->setup.operational = old->setup.operational;
    data->setup.ehbc = old->setup.ehbc;
    data->setup.mebx_password_set = old->setup.mebx_password_set;
    if (keep_suffix) {
        memcpy(data->setup.pki_suffix, old->setup.pki_suffix, sizeof(data->setup.pki_suffix));
    }
    memcpy(data->host.fqdn, old->host.fqdn, sizeof(data->host.fqdn));
    memcpy(data->network.lan, old->network.lan, sizeof(data->network.lan));
    memcpy(data->network.dhcp_domain, old->network.dhcp_domain, sizeof(data->network.dhcp_domain));
    memcpy(data->network.host_mac, old->network.host_mac, sizeof(data->network.host_mac));
    data->tls.certificate_ready = old->tls.certificate_ready;
    data->tls.rng_ready_s = old->tls.rng_ready_s;
    memcpy(data->tls.sha256, old->tls.sha256, sizeof(data->tls.sha256));
    memcpy(data->tls.sha384, old->tls.sha384, sizeof(data->tls.sha384));
    amt_blob_take(&data->tls.certificate, amt_blob_ref(old->tls.certificate));
    amt_blob_take(&data->tls.key, amt_blob_ref(old->tls.key));
    data->power.reset_remote = old->power.reset_remote;
    data->power.remote_s = old->power.remote_s;
    data->clock = old->clock;
    data->audit = old->audit; /* who unprovisioned AMT is in it */
    amt_blob_ref(data->audit.records);
    /* Not the owner's but the applications'. */
    amt_data_set(data, offsetof(AmtData, storage), sizeof(data->storage), &old->storage);
    memcpy(data->live.lsa_password, old->live.lsa_password, sizeof(data->live.lsa_password));
    data->live.me_reset_reason = old->live.me_reset_reason;
    data->live.watchdog_spent = old->live.watchdog_spent;
    data->live.host_power = old->live.host_power;
}

void amt_unprovision(AmtState *amt, bool partial)
{
    AmtData *data = g_new0(AmtData, 1);

    clear(amt, data);
    if (partial) {
        data->accounts.account[0] = amt_state_data(amt)->accounts.account[0];
        memcpy(data->accounts.realm, amt_state_data(amt)->accounts.realm, AMT_DIGEST_SIZE);
        data->hashes = amt_state_data(amt)->hashes;
    }
    finish(amt, data);
    amt_event_raise_kind(amt, AMT_EVENT_UNPROVISIONED);
}

uint32_t amt_unprovision_by_host(AmtState *amt)
{
    amt_state_expire(amt);
    if (setup_of(amt)->control_mode == AMTHI_CONTROL_MODE_ADMIN) {
        return AMTHI_STATUS_INVALID_AMT_MODE;
    }
    if (amt_state_data(amt)->live.unprovision_blocked) {
        return AMTHI_STATUS_BLOCKING_COMPONENT;
    }
    if (setup_of(amt)->state == AMTHI_PROVISIONING_IN) {
        /* rpc-go recovers from a set-up that was cut off by this and StopConfiguration after it,
         * and expects both to succeed: the mode goes here, the state there. */
        AmtSetup setup = *setup_of(amt);

        setup.control_mode = AMTHI_CONTROL_MODE_NONE;
        amt_state_set_setup(amt, &setup);
        explicit_bzero(&setup, sizeof(setup));
    } else if (setup_of(amt)->state == AMTHI_PROVISIONING_POST) {
        static const uint8_t by = AMT_AUDIT_BY_MEI;

        amt_audit_add(amt, &(AmtAuditor){NULL, NULL}, AMT_AUDIT_UNPROVISIONING, &by, sizeof(by));
        amt_unprovision(amt, false);
    }
    return AMTHI_STATUS_SUCCESS;
}

uint32_t amt_set_operational(AmtState *amt, bool operational)
{
    uint32_t status = amt_may_prepare(amt);

    if (status == AMTHI_STATUS_SUCCESS) {
        AmtSetup setup = *setup_of(amt);

        setup.operational = operational;
        amt_state_set_setup(amt, &setup);
        explicit_bzero(&setup, sizeof(setup));
    }
    return status;
}

uint32_t amt_disable_and_clear(AmtState *amt)
{
    uint32_t status = amt_may_prepare(amt);

    if (status == AMTHI_STATUS_SUCCESS) {
        AmtData *data = g_new0(AmtData, 1);

        clear(amt, data);
        memset(data->setup.pki_suffix, 0, sizeof(data->setup.pki_suffix));
        data->setup.operational = false;
        finish(amt, data);
    }
    return status;
}

void amt_owner_switches(AmtState *amt, bool operational)
{
    AmtData *data;

    if (setup_of(amt)->operational == operational) {
        return;
    }
    if (operational) {
        data = begin(amt);
    } else {
        data = g_new0(AmtData, 1);
        clear(amt, data);
    }
    data->setup.operational = operational;
    finish(amt, data);
}
