/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What no AMT can be, though each of its values alone could: for what is loaded. */
#include "firmware-sim/amt/amt-agents.h"
#include "firmware-sim/amt/amt-defense.h"
#include "firmware-sim/amt/amt-alerts.h"
#include "firmware-sim/amt/amt-audit.h"
#include "firmware-sim/amt/amt-crl.h"
#include "firmware-sim/amt/amt-data.h"
#include "firmware-sim/amt/amt-filters.h"
#include "firmware-sim/amt/amt-listeners.h"
#include "firmware-sim/amt/amt-storage.h"

static bool alerts_coherent(const AmtAlerts *alerts)
{
    for (unsigned int i = 0; i < AMT_SUBSCRIBERS; i++) {
        bool gap = i && *alerts->subscriber[i].address && !*alerts->subscriber[i - 1].address;

        if (gap || !amt_subscriber_sane(&alerts->subscriber[i])) {
            return false;
        }
    }
    return (!*alerts->community || amt_community_sane(alerts->community)) && alerts->sends &&
           alerts->interval_s && amt_filters_sane(alerts);
}

/* What has a handle has a DER, and nothing else has. */
static bool credentials_coherent(const AmtCredentials *credentials)
{
    for (unsigned int i = 0; i < AMT_CERTIFICATES; i++) {
        if (!credentials->certificate[i].handle != !credentials->certificate[i].der) {
            return false;
        }
    }
    for (unsigned int i = 0; i < AMT_KEYS; i++) {
        if (!credentials->key[i].handle != !credentials->key[i].der) {
            return false;
        }
    }
    return amt_crls_sane(credentials->crl);
}

static bool log_coherent(const AmtLog *log)
{
    size_t size;

    amt_blob_data(log->records, &size);
    /* A log that has not wrapped began at its first slot. */
    return size == log->count * AMT_RECORD_SIZE &&
           (log->count == AMT_LOG_RECORDS || log->next == log->count);
}

bool amt_data_coherent(const AmtData *data, const char **why)
{
    bool post = data->setup.state == AMTHI_PROVISIONING_POST;
    bool mode = data->setup.control_mode != AMTHI_CONTROL_MODE_NONE;

    *why = "setup.control_mode";
    /* IN with a mode is a set-up that was cut off half way. */
    if ((post && !mode) || (data->setup.state == AMTHI_PROVISIONING_PRE && mode)) {
        return false;
    }
    *why = "hashes.custom";
    for (unsigned int i = 0; i < AMT_CUSTOM_HASHES; i++) {
        if (data->hashes.custom[i].active && !data->hashes.custom[i].algorithm) {
            return false;
        }
    }
    *why = "tls.key";
    if (!data->tls.key != !data->tls.certificate) {
        return false;
    }
    *why = "credentials";
    if (!credentials_coherent(&data->credentials)) {
        return false;
    }
    *why = "log.next";
    if (!log_coherent(&data->log)) {
        return false;
    }
    *why = "audit";
    if (!amt_audit_sane(&data->audit)) {
        return false;
    }
    *why = "alarms";
    for (unsigned int i = 0; i < AMT_ALARMS; i++) {
        if (data->alarms.alarm[i].interval_s < 0) {
            return false;
        }
    }
    *why = "storage";
    if (!amt_storage_sane(&data->storage)) {
        return false;
    }
    *why = "agents";
    if (!amt_agents_sane(data)) {
        return false;
    }
    *why = "stored";
    if (!amt_stored_sane(&data->stored)) {
        return false;
    }
    *why = "eventing";
    if (!amt_listeners_sane(&data->eventing)) {
        return false;
    }
    *why = "defense";
    if (!amt_defense_sane(&data->defense)) {
        return false;
    }
    *why = "alerts";
    return alerts_coherent(&data->alerts);
}
