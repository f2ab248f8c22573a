/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AMT's values by name, to save them and load them. One row says all of a value: where it is, what
 * it may be. Whatever is loaded comes from a file or another machine and is trusted no more than a
 * guest is.
 */
#include "firmware-sim/amt/amt-data.h"

#include <string.h>

#include "firmware-sim/amt/amt-agents.h"
#include "firmware-sim/amt/amt-alerts.h"
#include "firmware-sim/amt/amt-crl.h"
#include "firmware-sim/amt/amt-listeners.h"
#include "firmware-sim/amt/amt-defense.h"
#include "firmware-sim/amt/amt-field.h"
#include "firmware-sim/amt/amt-storage.h"
#include "firmware-sim/amt/amt-stored-fields.h"
#include "firmware-sim/packed.h"

#define ELEMENTS_MAX 80 /* of one value */

#define FILTER_BYTES(a, b, c)                                                                   \
    EACH(FIELD_U32, alerts.filter, a, UINT8_MAX), EACH(FIELD_U32, alerts.filter, b, UINT8_MAX), \
        EACH(FIELD_U32, alerts.filter, c, UINT8_MAX)

static const Field fields[] = {
    PLAIN(FIELD_U32, setup.state, AMTHI_PROVISIONING_POST),
    PLAIN(FIELD_U32, setup.control_mode, AMTHI_CONTROL_MODE_ADMIN),
    PLAIN(FIELD_BOOL, setup.operational, 0),
    PLAIN(FIELD_BOOL, setup.zero_touch, 0),
    PLAIN(FIELD_BOOL, setup.ehbc, 0),
    PLAIN(FIELD_BOOL, setup.no_client_mode, 0),
    PLAIN(FIELD_BOOL, setup.mebx_password_set, 0),
    PLAIN(FIELD_BOOL, setup.host_based, 0),
    PLAIN(FIELD_BOOL, setup.hello, 0),
    PLAIN(FIELD_BOOL, setup.hello_ipv6, 0),
    PLAIN(FIELD_U32, setup.hello_count, UINT32_MAX),
    PLAIN(FIELD_TIME, setup.window_end_s, 0),
    PLAIN(FIELD_TEXT, setup.pki_suffix, 0),
    PLAIN(FIELD_TEXT, setup.otp, 0),
    PLAIN(FIELD_U32, setup.server_port, UINT16_MAX),
    PLAIN(FIELD_TEXT, setup.server_address, 0),
    PLAIN(FIELD_TEXT, setup.server_fqdn, 0),
    PLAIN(FIELD_TIME, setup.done_s, 0),
    PLAIN(FIELD_BOOL, setup.done_by_host, 0),

    PLAIN(FIELD_BOOL, accounts.lsa_enabled, 0),
    PLAIN(FIELD_BYTES, accounts.realm, 0),
    EACH(FIELD_TEXT, accounts.account, name, 0),
    EACH(FIELD_BYTES, accounts.account, digest, 0),
    EACH(FIELD_BOOL, accounts.account, enabled, 0),
    EACH(FIELD_U32, accounts.account, access, 2),
    EACH(FIELD_U32, accounts.account, realms, UINT32_MAX),

    PLAIN(FIELD_TEXT, host.name, 0),
    PLAIN(FIELD_TEXT, host.domain, 0),
    PLAIN(FIELD_TEXT, host.fqdn, 0),
    PLAIN(FIELD_BOOL, host.shared_fqdn, 0),
    PLAIN(FIELD_BOOL, host.ddns, 0),
    PLAIN(FIELD_U32, host.ddns_interval_min, UINT32_MAX),
    PLAIN(FIELD_U32, host.ddns_ttl_s, UINT32_MAX),
    PLAIN(FIELD_BOOL, host.ddns_by_dhcp, 0),
    PLAIN(FIELD_BOOL, host.ping, 0),
    PLAIN(FIELD_BOOL, host.rmcp_ping, 0),
    PLAIN(FIELD_U32, host.idle_wake_min, UINT16_MAX),

    LAN(0),
    LAN(1),
    PLAIN(FIELD_BYTES, network.host_mac, 0),
    PLAIN(FIELD_TEXT, network.dhcp_domain, 0),
    LIST(FIELD_TEXT, network.inside_suffix, 0),

    PLAIN(FIELD_U32, hashes.inactive, UINT32_MAX),
    EACH(FIELD_U32, hashes.custom, algorithm, AMTHI_HASH_SHA384),
    EACH(FIELD_BOOL, hashes.custom, active, 0),
    EACH(FIELD_BYTES, hashes.custom, hash, 0),
    EACH(FIELD_TEXT, hashes.custom, name, 0),

    PLAIN(FIELD_BOOL, tls.enabled, 0),
    PLAIN(FIELD_BOOL, tls.local_enforced, 0),
    PLAIN(FIELD_BOOL, tls.certificate_ready, 0),
    PLAIN(FIELD_U32, tls.mode, AMTHI_TLS_MODE_PKI),
    PLAIN(FIELD_TIME, tls.rng_ready_s, 0),
    PLAIN(FIELD_BYTES, tls.sha256, 0),
    PLAIN(FIELD_BYTES, tls.sha384, 0),
    PLAIN(FIELD_BLOB, tls.certificate, AMT_DER_MAX),
    PLAIN(FIELD_BLOB, tls.key, AMT_DER_MAX),
    PLAIN(FIELD_U32, tls.peer_algorithm, AMTHI_HASH_SHA384),
    PLAIN(FIELD_BYTES, tls.peer_hash, 0),
    LIST(FIELD_BOOL, tls.mutual, 0),
    LIST(FIELD_BOOL, tls.checked, 0),
    LIST(FIELD_BOOL, tls.accept_plain, 0),
    LIST(FIELD_TEXT, tls.trusted_name, 0),
    LIST(FIELD_BOOL, tls.wanted, 0),

    PLAIN(FIELD_BOOL, remote.user_initiated, 0),
    PLAIN(FIELD_U32, remote.interfaces, AMTHI_USER_INITIATED_BIOS | AMTHI_USER_INITIATED_OS),
    PLAIN(FIELD_TEXT, remote.mps, 0),
    PLAIN(FIELD_BOOL, remote.host_vpn_allowed, 0),
    PLAIN(FIELD_BOOL, remote.vpn_suffix_known, 0),
    PLAIN(FIELD_TIME, remote.opened_s, 0),
    PLAIN(FIELD_TIME, remote.closed_s, 0),
    PLAIN(FIELD_TIME, remote.attempt_s, 0),
    PLAIN(FIELD_U32, remote.attempt_status, 6),
    PLAIN(FIELD_U32, remote.last_trigger, 3),

    PLAIN(FIELD_BOOL, redirection.sol, 0),
    PLAIN(FIELD_BOOL, redirection.ider, 0),
    PLAIN(FIELD_BOOL, redirection.kvm, 0),
    PLAIN(FIELD_BOOL, redirection.web_ui, 0),
    PLAIN(FIELD_U32, redirection.opt_in, UINT32_MAX),
    PLAIN(FIELD_BOOL, redirection.listener, 0),
    PLAIN(FIELD_BOOL, redirection.port_5900, 0),
    PLAIN(FIELD_U32, redirection.default_screen, 3),
    PLAIN(FIELD_U32, redirection.session_timeout_min, UINT8_MAX),
    PLAIN(FIELD_U32, redirection.code_timeout_s, UINT16_MAX),
    PLAIN(FIELD_U32, redirection.display_timeout_s, UINT16_MAX),
    PLAIN(FIELD_TEXT, redirection.rfb_password, 0),

    PLAIN(FIELD_TEXT, power.policy, 0),
    PLAIN(FIELD_BOOL, power.reset_remote, 0),
    PLAIN(FIELD_TIME, power.remote_s, 0),

    PLAIN(FIELD_BOOL, boot.use_sol, 0),
    PLAIN(FIELD_BOOL, boot.safe_mode, 0),
    PLAIN(FIELD_BOOL, boot.reflash, 0),
    PLAIN(FIELD_BOOL, boot.setup, 0),
    PLAIN(FIELD_BOOL, boot.pause, 0),
    PLAIN(FIELD_BOOL, boot.lock_power, 0),
    PLAIN(FIELD_BOOL, boot.lock_reset, 0),
    PLAIN(FIELD_BOOL, boot.lock_keyboard, 0),
    PLAIN(FIELD_BOOL, boot.lock_sleep, 0),
    PLAIN(FIELD_BOOL, boot.bypass_password, 0),
    PLAIN(FIELD_BOOL, boot.progress_events, 0),
    PLAIN(FIELD_BOOL, boot.configuration_reset, 0),
    PLAIN(FIELD_BOOL, boot.use_ider, 0),
    PLAIN(FIELD_BOOL, boot.secure_boot, 0),
    PLAIN(FIELD_BOOL, boot.secure_erase, 0),
    PLAIN(FIELD_BOOL, boot.platform_erase, 0),
    PLAIN(FIELD_BOOL, boot.role, 0),
    PLAIN(FIELD_BOOL, boot.cleared, 0),
    PLAIN(FIELD_U32, boot.verbosity, 3),
    PLAIN(FIELD_U32, boot.ider_device, 1),
    PLAIN(FIELD_U32, boot.media_index, UINT16_MAX),
    PLAIN(FIELD_U32, boot.uefi_count, UINT8_MAX),
    PLAIN(FIELD_U32, boot.uefi_size, AMT_UEFI_MAX),
    PLAIN(FIELD_TRIMMED, boot.uefi, 0),
    PLAIN(FIELD_TEXT, boot.rse_password, 0),
    PLAIN(FIELD_U32, boot.source, AMT_BOOT_SOURCE_CD),

    PLAIN(FIELD_U32, credentials.last_handle, UINT32_MAX),
    PLAIN(FIELD_U32, credentials.tls, UINT32_MAX),
    EACH(FIELD_U32, credentials.certificate, handle, UINT32_MAX),
    EACH(FIELD_BOOL, credentials.certificate, trusted, 0),
    EACH(FIELD_BLOB, credentials.certificate, der, AMT_CERTIFICATE_MAX),
    EACH(FIELD_U32, credentials.key, handle, UINT32_MAX),
    EACH(FIELD_BLOB, credentials.key, der, AMT_KEY_MAX),
    EACH(FIELD_U32, credentials.crl, handle, UINT32_MAX),
    EACH(FIELD_BLOB, credentials.crl, list, AMT_CRL_MAX),

    PLAIN(FIELD_TIME, clock.offset_s, 0),
    PLAIN(FIELD_BOOL, clock.set, 0),
    PLAIN(FIELD_U32, clock.local_sync, AMT_LOCAL_SYNC_OFF),

    PLAIN(FIELD_BYTES, identity.uuid, 0),

    PLAIN(FIELD_U32, watchdog.policy, AMT_WATCHDOG_ALWAYS),
    PLAIN(FIELD_U32, watchdog.action, AMT_WATCHDOG_RESET),
    PLAIN(FIELD_U32, watchdog.delay_s, AMT_WATCHDOG_DELAY_MAX_S),
    PLAIN(FIELD_U32, watchdog.agent_action, AMT_WATCHDOG_RESET),

    PLAIN(FIELD_BOOL, log.frozen, 0),
    PLAIN(FIELD_U32, log.count, AMT_LOG_RECORDS),
    PLAIN(FIELD_U32, log.next, AMT_LOG_RECORDS - 1),
    PLAIN(FIELD_BLOB, log.records, AMT_LOG_RECORDS *AMT_RECORD_SIZE),

    PLAIN(FIELD_BOOL, audit.disabled, 0),
    PLAIN(FIELD_U32, audit.count, AMT_AUDIT_SIZE),
    LIST(FIELD_U32, audit.enabled, UINT32_MAX),
    LIST(FIELD_U32, audit.critical, UINT32_MAX),
    PLAIN(FIELD_BLOB, audit.records, AMT_AUDIT_SIZE),

    EACH(FIELD_TEXT, alarms.alarm, id, 0),
    EACH(FIELD_TEXT, alarms.alarm, name, 0),
    EACH(FIELD_TIME, alarms.alarm, start_s, 0),
    EACH(FIELD_TIME, alarms.alarm, interval_s, 0),
    EACH(FIELD_BOOL, alarms.alarm, once, 0),

    PLAIN(FIELD_U32, alerts.sends, AMT_ALERT_SENDS_MAX),
    PLAIN(FIELD_U32, alerts.interval_s, AMT_ALERT_INTERVAL_MAX_S),
    EACH(FIELD_TEXT, alerts.subscriber, address, 0),
    EACH(FIELD_U32, alerts.subscriber, port, UINT16_MAX),
    EACH(FIELD_TEXT, alerts.subscriber, community, 0),
    EACH(FIELD_U32, alerts.subscriber, handle, UINT32_MAX),
    EACH(FIELD_U32, alerts.subscriber, policy, UINT8_MAX),
    PLAIN(FIELD_U32, alerts.last_handle, UINT32_MAX),
    PLAIN(FIELD_TEXT, alerts.community, 0),
    EACH(FIELD_U32, alerts.filter, handle, UINT32_MAX),
    EACH(FIELD_BOOL, alerts.filter, enabled, 0),
    EACH(FIELD_BOOL, alerts.filter, oem, 0),
    EACH(FIELD_BOOL, alerts.filter, log, 0),
    EACH(FIELD_BOOL, alerts.filter, alert, 0),
    EACH(FIELD_U32, alerts.filter, policy, UINT8_MAX),
    FILTER_BYTES(sensor_device, sensor_type, event_type),
    FILTER_BYTES(offset, source, severity),
    FILTER_BYTES(sensor_number, entity, entity_instance),

    PLAIN(FIELD_U32, eventing.last_handle, UINT32_MAX),
    EACH(FIELD_U32, eventing.listener, handle, UINT32_MAX),
    EACH(FIELD_U32, eventing.listener, collection, AMT_COLLECTIONS - 1),
    EACH(FIELD_BOOL, eventing.listener, acknowledges, 0),
    EACH(FIELD_BOOL, eventing.listener, local, 0),
    EACH(FIELD_TEXT, eventing.listener, url, 0),
    EACH(FIELD_TEXT, eventing.listener, user, 0),
    EACH(FIELD_TEXT, eventing.listener, password, 0),
    EACH(FIELD_BLOB, eventing.listener, parameters, AMT_PARAMETERS_MAX),

    PLAIN(FIELD_U32, storage.last_handle, UINT32_MAX),
    PLAIN(FIELD_U32, storage.max_partners, AMT_STORAGE_TOTAL),
    PLAIN(FIELD_U32, storage.max_other, AMT_STORAGE_TOTAL),
    EACH(FIELD_U32, storage.application, handle, UINT32_MAX),
    EACH(FIELD_BOOL, storage.application, remote, 0),
    EACH(FIELD_BYTES, storage.application, uuid, 0),
    EACH(FIELD_TEXT, storage.application, vendor, 0),
    EACH(FIELD_TEXT, storage.application, name, 0),
    EACH(FIELD_TEXT, storage.application, enterprise, 0),
    EACH(FIELD_U32, storage.enterprise, handle, UINT32_MAX),
    EACH(FIELD_TEXT, storage.enterprise, name, 0),
    EACH(FIELD_U32, storage.partner, handle, UINT32_MAX),
    EACH(FIELD_U32, storage.partner, size, AMT_STORAGE_TOTAL),
    EACH(FIELD_TEXT, storage.partner, vendor, 0),
    EACH(FIELD_TEXT, storage.partner, name, 0),
    EACH(FIELD_U32, storage.block, handle, UINT32_MAX),
    EACH(FIELD_U32, storage.block, owner, UINT32_MAX),
    EACH(FIELD_BOOL, storage.block, hidden, 0),
    EACH(FIELD_TEXT, storage.block, name, 0),
    EACH(FIELD_BLOB, storage.block, data, AMT_STORAGE_TOTAL),
    EACH(FIELD_U32, storage.group, handle, UINT32_MAX),
    EACH(FIELD_U32, storage.group, block, UINT32_MAX),
    EACH(FIELD_U32, storage.group, permissions, AMT_STORAGE_READ_WRITE),
    EACH(FIELD_U32, storage.group, member[0], UINT32_MAX),
    EACH(FIELD_U32, storage.group, member[1], UINT32_MAX),
    EACH(FIELD_U32, storage.group, member[2], UINT32_MAX),
    EACH(FIELD_U32, storage.group, member[3], UINT32_MAX),
    EACH(FIELD_TEXT, storage.group, name, 0),

    EACH(FIELD_BYTES, agents.agent, id, 0),
    EACH(FIELD_TEXT, agents.agent, name, 0),
    EACH(FIELD_U32, agents.agent, startup_s, UINT16_MAX),
    EACH(FIELD_U32, agents.agent, timeout_s, UINT16_MAX),
    EACH(FIELD_BOOL, agents.agent, reboots, 0),
    EACH(FIELD_U32, agents.action, agent, AMT_AGENTS),
    EACH(FIELD_U32, agents.action, old_states, AMT_AGENT_STATES),
    EACH(FIELD_U32, agents.action, new_states, AMT_AGENT_STATES),
    EACH(FIELD_BOOL, agents.action, event, 0),
    EACH(FIELD_BOOL, agents.action, has_defense, 0),
    EACH(FIELD_U32, agents.action, defense, 1),
    EACH(FIELD_BOOL, agents.action, posture, 0),

    AMT_STORED_FIELDS,

    PLAIN(FIELD_U32, defense.last_handle, UINT8_MAX),
    PLAIN(FIELD_U32, defense.default_policy, UINT8_MAX),
    PLAIN(FIELD_U32, defense.agent_policy, UINT8_MAX),
    EACH(FIELD_U32, defense.filter, handle, UINT8_MAX),
    EACH(FIELD_TEXT, defense.filter, name, 0),
    EACH(FIELD_BOOL, defense.filter, ip, 0),
    EACH(FIELD_BOOL, defense.filter, event, 0),
    EACH(FIELD_U32, defense.filter, direction, AMT_DEFENSE_WAYS - 1),
    EACH(FIELD_U32, defense.filter, profile, AMT_DEFENSE_PROFILES - 1),
    EACH(FIELD_U32, defense.filter, rate, UINT32_MAX),
    EACH(FIELD_U32, defense.filter, given, AMT_DEFENSE_GIVEN),
    EACH(FIELD_U32, defense.filter, type, UINT16_MAX),
    EACH(FIELD_U32, defense.filter, version, 6),
    EACH(FIELD_U32, defense.filter, protocol, UINT8_MAX),
    EACH(FIELD_U32, defense.filter, source_from, UINT16_MAX),
    EACH(FIELD_U32, defense.filter, source_until, UINT16_MAX),
    EACH(FIELD_U32, defense.filter, destination_from, UINT16_MAX),
    EACH(FIELD_U32, defense.filter, destination_until, UINT16_MAX),
    EACH(FIELD_U32, defense.filter, flags_on, AMT_DEFENSE_TCP_FLAGS),
    EACH(FIELD_U32, defense.filter, flags_off, AMT_DEFENSE_TCP_FLAGS),
    EACH(FIELD_TRIMMED, defense.filter, source, 0),
    EACH(FIELD_TRIMMED, defense.filter, source_to, 0),
    EACH(FIELD_TRIMMED, defense.filter, destination, 0),
    EACH(FIELD_TRIMMED, defense.filter, destination_to, 0),
    EACH(FIELD_U32, defense.policy, handle, UINT8_MAX),
    EACH(FIELD_TEXT, defense.policy, name, 0),
    EACH(FIELD_U32, defense.policy, precedence, UINT32_MAX),
    EACH(FIELD_U32, defense.policy, spoofing, AMT_DEFENSE_SPOOFING_MAX),
    EACH(FIELD_U32, defense.policy, timeout_min, UINT16_MAX),
    EACH(FIELD_BOOL, defense.policy, sent_drop, 0),
    EACH(FIELD_BOOL, defense.policy, sent_event, 0),
    EACH(FIELD_BOOL, defense.policy, sent_count, 0),
    EACH(FIELD_BOOL, defense.policy, received_drop, 0),
    EACH(FIELD_BOOL, defense.policy, received_event, 0),
    EACH(FIELD_BOOL, defense.policy, received_count, 0),
    EACH(FIELD_BOOL, defense.policy, bound, 0),
    EACH(FIELD_BOOL, defense.policy, enabled, 0),
    EACH(FIELD_TRIMMED, defense.policy, filter, 0),

    LIVE(FIELD_TEXT, live.lsa_password, 0),
    LIVE(FIELD_U32, live.environment, AMTHI_NETWORK_UNKNOWN),
    LIVE(FIELD_U32, live.tunnel, AMTHI_REMOTE_CONNECTED),
    LIVE(FIELD_U32, live.trigger, 3),
    LIVE(FIELD_BOOL, live.sol_open, 0),
    LIVE(FIELD_BOOL, live.ider_open, 0),
    LIVE(FIELD_BOOL, live.kvm_active, 0),
    LIVE(FIELD_BOOL, live.consent_waiting, 0),
    LIVE(FIELD_U32, live.consent, 4),
    LIVE(FIELD_U32, live.consent_code, 999999),
    LIVE(FIELD_U32, live.consent_tries, 3),
    LIVE(FIELD_TIME, live.consent_end_s, 0),
    LIVE(FIELD_BOOL, live.unprovision_blocked, 0),
    LIVE(FIELD_U32, live.me_reset_reason, 3),
    LIVE(FIELD_BOOL, live.remote_start, 0),
    LIVE(FIELD_U32, live.audit_handle, UINT32_MAX),
    LIVE(FIELD_TIME, live.audit_end_s, 0),
    LIVE(FIELD_BOOL, live.watchdog_spent, 0),
    LIVE_EACH(FIELD_U32, live.storage_session, handle, UINT32_MAX),
    LIVE_EACH(FIELD_TIME, live.storage_session, end_s, 0),
    LIVE_EACH(FIELD_U32, live.storage_lock, owner, UINT32_MAX),
    LIVE_EACH(FIELD_TIME, live.storage_lock, end_s, 0),
    LIVE(FIELD_U32, live.host_power, SWME_HOST_S5),
    LIVE_EACH(FIELD_U32, live.agent, state, AMT_AGENT_SUSPENDED),
    LIVE_EACH(FIELD_U32, live.agent, before, AMT_AGENT_SUSPENDED),
    LIVE_EACH(FIELD_U32, live.agent, sequence, UINT32_MAX),
    LIVE_EACH(FIELD_TIME, live.agent, due_s, 0),
    LIVE(FIELD_BOOL, live.defense_by_agent, 0),
};

/*
 * The blobs among them once more, for each change of a group looks at those in it, and all rows are
 * many. save_field() holds the two together.
 */
static const Field blobs[] = {
    PLAIN(FIELD_BLOB, tls.certificate, AMT_DER_MAX),
    PLAIN(FIELD_BLOB, tls.key, AMT_DER_MAX),
    EACH(FIELD_BLOB, credentials.certificate, der, AMT_CERTIFICATE_MAX),
    EACH(FIELD_BLOB, credentials.key, der, AMT_KEY_MAX),
    EACH(FIELD_BLOB, credentials.crl, list, AMT_CRL_MAX),
    PLAIN(FIELD_BLOB, log.records, AMT_LOG_RECORDS *AMT_RECORD_SIZE),
    PLAIN(FIELD_BLOB, audit.records, AMT_AUDIT_SIZE),
    EACH(FIELD_BLOB, eventing.listener, parameters, AMT_PARAMETERS_MAX),
    EACH(FIELD_BLOB, storage.block, data, AMT_STORAGE_TOTAL),
    AMT_STORED_BLOBS,
};

static const char *element_type(FieldKind kind)
{
    static const char *const types[] = {
        [FIELD_BOOL] = "b",   [FIELD_U32] = "u",      [FIELD_TIME] = "x",  [FIELD_TEXT] = "s",
        [FIELD_BYTES] = "ay", [FIELD_TRIMMED] = "ay", [FIELD_BLOB] = "ay",
    };

    return types[kind];
}

void amt_data_each_blob(size_t offset, size_t size, void (*func)(size_t at, void *opaque),
                        void *opaque)
{
    for (size_t i = 0; i < G_N_ELEMENTS(blobs); i++) {
        const Field *field = &blobs[i];

        if (field->offset < offset || field->offset >= offset + size) {
            continue;
        }
        for (unsigned int j = 0; j < field->count; j++) {
            func(field->offset + j * field->stride, opaque);
        }
    }
}

static bool is_blob(size_t offset)
{
    for (size_t i = 0; i < G_N_ELEMENTS(blobs); i++) {
        if (blobs[i].offset == offset) {
            return true;
        }
    }
    return false;
}

/* How an element is written: the bytes of one of a fixed size, else 0, and where it may begin. */
static size_t fixed_size(FieldKind kind)
{
    static const uint8_t sizes[] = {[FIELD_BOOL] = 1, [FIELD_U32] = 4, [FIELD_TIME] = 8};

    return kind <= FIELD_TIME ? sizes[kind] : 0;
}

/* ---- out ---- */

static size_t trimmed_size(const uint8_t *at, size_t size)
{
    while (size && at[size - 1] == 0) {
        size--;
    }
    return size;
}

static void save_element(SwmePackedOut *out, const Field *field, const void *at)
{
    const uint8_t *data = at;
    size_t size = field->size;
    uint8_t truth;

    switch (field->kind) {
    case FIELD_BOOL:
        truth = *(const bool *)at;
        data = &truth;
        break;
    case FIELD_TEXT:
        size = strlen(at) + 1;
        break;
    case FIELD_TRIMMED:
        size = trimmed_size(at, size);
        break;
    case FIELD_BLOB:
        data = amt_blob_data(*(GBytes *const *)at, &size);
        break;
    case FIELD_U32:
    case FIELD_TIME:
    case FIELD_BYTES:
    default:
        break;
    }
    swme_packed_put(out, data, size);
}

/* "{sv}" */
static void save_field(SwmePackedOut *out, const Field *field, const AmtData *data)
{
    const uint8_t *at = (const uint8_t *)data + field->offset;
    size_t start = out->size;
    size_t name_end, value_start;
    size_t ends[ELEMENTS_MAX];

    g_assert(field->count <= ELEMENTS_MAX);
    g_assert(field->kind != FIELD_BLOB || is_blob(field->offset));
    swme_packed_put(out, field->name, strlen(field->name) + 1);
    name_end = out->size;
    swme_packed_align(out, 8);
    value_start = out->size;
    for (unsigned int i = 0; i < field->count; i++) {
        save_element(out, field, at + i * field->stride);
        ends[i] = out->size;
    }
    if (field->count > 1 && !fixed_size(field->kind)) {
        swme_packed_end(out, value_start, ends, field->count);
    }
    swme_packed_put(out, field->count > 1 ? "\0a" : "", field->count > 1 ? 2 : 1);
    swme_packed_put(out, element_type(field->kind), strlen(element_type(field->kind)));
    swme_packed_end(out, start, &name_end, 1);
}

GVariant *amt_data_save(const AmtData *data, bool live)
{
    SwmePackedOut out = {0};
    size_t ends[G_N_ELEMENTS(fields)];
    size_t count = 0;
    g_autoptr(GBytes) bytes = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        if (live || !fields[i].live) {
            swme_packed_align(&out, 8);
            save_field(&out, &fields[i], data);
            ends[count++] = out.size;
        }
    }
    swme_packed_end(&out, 0, ends, count);
    bytes = g_bytes_new_take(out.data, out.size);
    return g_variant_new_from_bytes(G_VARIANT_TYPE(AMT_DATA_TYPE), bytes, TRUE);
}

/* ---- in ---- */

static bool load_text(const Field *field, SwmePacked text, char *at)
{
    if (text.size == 0 || text.size > field->size || text.data[text.size - 1] != '\0') {
        return false;
    }
    for (size_t i = 0; i < text.size - 1; i++) {
        if (!g_ascii_isprint(text.data[i])) {
            return false;
        }
    }
    memset(at, 0, field->size);
    memcpy(at, text.data, text.size);
    return true;
}

static bool load_trimmed(const Field *field, SwmePacked bytes, uint8_t *at)
{
    if (bytes.size > field->size || bytes.size != trimmed_size(bytes.data, bytes.size)) {
        return false;
    }
    memset(at, 0, field->size);
    if (bytes.size) {
        memcpy(at, bytes.data, bytes.size);
    }
    return true;
}

static bool load_blob(const Field *field, SwmePacked bytes, GBytes **at)
{
    if (bytes.size <= field->max) {
        amt_blob_take(at, amt_blob_new(bytes.data, bytes.size));
    }
    return bytes.size <= field->max;
}

static bool load_element(const Field *field, SwmePacked value, void *at)
{
    switch (field->kind) {
    case FIELD_TEXT:
        return load_text(field, value, at);
    case FIELD_TRIMMED:
        return load_trimmed(field, value, at);
    case FIELD_BLOB:
        return load_blob(field, value, at);
    case FIELD_BOOL:
    case FIELD_U32:
    case FIELD_TIME:
    case FIELD_BYTES:
    default:
        break;
    }
    if (value.size != field->size) {
        return false;
    }
    if (field->kind == FIELD_BOOL) { /* any other byte would be no bool to the compiler */
        *(bool *)at = *value.data & 1;
        return *value.data <= 1;
    }
    memcpy(at, value.data, value.size);
    if (field->kind == FIELD_U32) {
        return *(uint32_t *)at <= field->max;
    }
    /* Times are added to each other: keep well away from where that overflows. */
    return field->kind != FIELD_TIME ||
           (*(int64_t *)at >= -(INT64_C(1) << 40) && *(int64_t *)at <= INT64_C(1) << 40);
}

/* One of several. */
static bool get_element(const Field *field, const SwmePackedArray *array, SwmePacked all,
                        unsigned int index, SwmePacked *element)
{
    size_t size = fixed_size(field->kind);

    if (!size) {
        return swme_packed_element(array, index, 1, element);
    }
    *element = (SwmePacked){all.data + index * size, size};
    return true;
}

static bool load_field(const Field *field, SwmePacked variant, AmtData *data)
{
    uint8_t *at = (uint8_t *)data + field->offset;
    const char *element = element_type(field->kind);
    const char type[] = {'a', element[0], element[1], '\0'};
    size_t size = fixed_size(field->kind);
    SwmePackedArray array = {0};
    SwmePacked value;

    if (!swme_packed_value(variant, field->count == 1 ? element : type, &value)) {
        return false;
    }
    if (field->count == 1) {
        return load_element(field, value, at);
    }
    if (size ? value.size != size * field->count
             : !swme_packed_array(&array, value) || array.count != field->count) {
        return false;
    }
    for (unsigned int i = 0; i < field->count; i++) {
        SwmePacked one;

        if (!get_element(field, &array, value, i, &one) ||
            !load_element(field, one, at + i * field->stride)) {
            return false;
        }
    }
    return true;
}

static bool load_fields(AmtData *data, GVariant *saved, bool live, bool older, const char **why)
{
    SwmePackedArray entries;
    size_t next = 0;

    *why = NULL;
    if (!swme_packed_array(&entries,
                           (SwmePacked){g_variant_get_data(saved), g_variant_get_size(saved)})) {
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        const char *name = NULL;
        SwmePacked entry, variant;
        bool good;

        if (fields[i].live && !live) {
            continue;
        }
        if (next < entries.count && (!swme_packed_element(&entries, next, 8, &entry) ||
                                     !swme_packed_entry(entry, &name, &variant))) {
            return false;
        }
        if (!name || !g_str_equal(name, fields[i].name)) {
            good = older;
        } else {
            good = load_field(&fields[i], variant, data);
            next++;
        }
        if (!good) {
            *why = fields[i].name;
            return false;
        }
    }
    *why = "more than there is";
    return next == entries.count;
}

/* size: 0 for what the DER says. */
static void lengthen(GBytes **blob, size_t room, size_t size)
{
    size_t have;
    const uint8_t *bytes = amt_blob_data(*blob, &have);
    g_autofree uint8_t *whole = NULL;

    if (!have) {
        return;
    }
    whole = g_malloc0(room);
    memcpy(whole, bytes, have);
    size = size ? size : amt_der_size(whole, room);
    if (size > have) {
        amt_blob_take(blob, amt_blob_new(whole, size));
    }
    explicit_bzero(whole, room);
}

/* An older version did not save the zeros that one of these ends with. */
static void lengthen_all(AmtData *data)
{
    lengthen(&data->tls.certificate, AMT_DER_MAX, 0);
    lengthen(&data->tls.key, AMT_DER_MAX, 0);
    for (unsigned int i = 0; i < AMT_CERTIFICATES; i++) {
        lengthen(&data->credentials.certificate[i].der, AMT_CERTIFICATE_MAX, 0);
    }
    for (unsigned int i = 0; i < AMT_KEYS; i++) {
        lengthen(&data->credentials.key[i].der, AMT_KEY_MAX, 0);
    }
    lengthen(&data->log.records, AMT_LOG_RECORDS * AMT_RECORD_SIZE,
             data->log.count * AMT_RECORD_SIZE);
}

bool amt_data_load(AmtData *data, GVariant *saved, bool live, bool older, const char **why)
{
    AmtData *fresh = amt_data_copy(data);
    bool good = load_fields(fresh, saved, live, older, why);

    if (good && older) {
        lengthen_all(fresh);
    }
    good = good && amt_data_coherent(fresh, why);
    if (good) {
        amt_data_set(data, 0, sizeof(*data), fresh);
    }
    amt_data_free(fresh);
    return good;
}
