/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/amt-state.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "firmware-sim/amt/amt-audit.h"
#include "firmware-sim/amt/amt-filters.h"
#include "firmware-sim/amt/amt-storage.h"
#include "firmware-sim/amt/event.h"

#define LSA_PASSWORD_LENGTH 32
#define HASH_SLOTS_OLD      23 /* below 7.0 (LMS 8); the owner's among them */
#define HASH_SLOTS          33 /* from 7.0 (rpc-go) */

typedef struct Subscriber {
    unsigned int id;
    unsigned int mask;
    AmtStateFunc func;
    void *opaque;
} Subscriber;

struct AmtState {
    AmtData data;
    const SwmePlatform *platform;
    SwmeClock *clock;
    int64_t epoch_ns; /* the time of day, since 1970, at which the clock was 0 */

    GArray *subscribers; /* Subscriber, oldest first */
    unsigned int last_id;
    unsigned int pending; /* changes that are still to be told */
    bool telling;
    AmtEvents *events;
};

/* ---- a factory-fresh one ---- */

/* An address that no vendor gave out, and the same at each start of the same machine. */
static void make_mac(uint8_t *mac, const uint8_t *uuid)
{
    g_autofree char *digest = g_compute_checksum_for_data(G_CHECKSUM_SHA256, uuid, AMTHI_UUID_SIZE);

    mac[0] = 0x02; /* locally administered */
    for (unsigned int i = 1; i < AMTHI_MAC_SIZE; i++) {
        mac[i] = (uint8_t)(g_ascii_xdigit_value(digest[2 * i]) << 4 |
                           g_ascii_xdigit_value(digest[2 * i + 1]));
    }
}

static void digest_of(GChecksumType type, const char *text, const uint8_t *more, size_t more_size,
                      uint8_t *out, gsize size)
{
    g_autoptr(GChecksum) sum = g_checksum_new(type);

    g_checksum_update(sum, (const guchar *)text, -1);
    g_checksum_update(sum, more, (gssize)more_size);
    g_checksum_get_digest(sum, out, &size);
}

static void make_network(AmtNetwork *network, const uint8_t *uuid)
{
    AmtInterface *wired = &network->lan[0];

    wired->present = true;
    wired->enabled = true;
    wired->dhcp = true;
    wired->link = true;
    wired->dhcp_ip_mode = 2;
    wired->ip_sync = true;
    wired->link_policy = AMT_LINK_S0_AC | AMT_LINK_SX_AC;
    make_mac(wired->mac, uuid);
    memcpy(network->host_mac, wired->mac, sizeof(network->host_mac)); /* one port for both */
}

void amt_data_init(AmtData *data, const uint8_t *uuid)
{
    static const char what[] = "swme TLS certificate";

    memset(data, 0, sizeof(*data));
    data->setup.operational = true;
    data->setup.zero_touch = true;
    data->setup.server_port = 9971; /* where hello messages go */
    data->accounts.lsa_enabled = true;
    g_strlcpy(data->accounts.account[0].name, "admin", AMT_ACCOUNT_SIZE);
    data->accounts.account[0].enabled = true;
    data->accounts.account[0].access = 2;
    data->accounts.account[0].realms = UINT32_MAX;
    data->host.shared_fqdn = true;
    data->host.ddns_interval_min = 1440;
    data->host.ddns_ttl_s = 900;
    data->host.ddns_by_dhcp = true;
    data->host.ping = true;
    data->host.rmcp_ping = true;
    data->host.idle_wake_min = 1;
    make_network(&data->network, uuid);
    /* Until the TLS server has made its certificate: some that stay the same. */
    data->tls.certificate_ready = true;
    digest_of(G_CHECKSUM_SHA256, what, uuid, AMTHI_UUID_SIZE, data->tls.sha256, 32);
    digest_of(G_CHECKSUM_SHA384, what, uuid, AMTHI_UUID_SIZE, data->tls.sha384, 48);
    data->remote.interfaces = AMTHI_USER_INITIATED_OS;
    data->redirection.web_ui = true;
    data->redirection.session_timeout_min = 3;
    data->redirection.code_timeout_s = 120;
    data->redirection.display_timeout_s = 300;
    data->tls.accept_plain[0] = true;
    data->tls.accept_plain[1] = true;
    g_strlcpy(data->power.policy, "Desktop: ON in S0", sizeof(data->power.policy));
    memcpy(data->identity.uuid, uuid, sizeof(data->identity.uuid));
    data->watchdog.delay_s = 30; /* AMT SDK, IPS_WatchDogAction */
    amt_audit_init(&data->audit);
    amt_storage_init(&data->storage);
    data->alerts.sends = 3; /* DMTF DSP0136 3.1.1.1: three times within a minute */
    data->alerts.interval_s = 20;
    data->stored.wired_pxe_s = 120; /* go-wsman-messages, IPS_IEEE8021xSettings (captured) */
    data->stored.kerberos_cache = true;
    amt_filters_init(&data->alerts);
    data->live.environment = AMTHI_NETWORK_UNKNOWN;
}

/* ---- life ---- */

/* What could be guessed would let anybody in: there is no other source to fall back to. */
void amt_random(uint8_t *bytes, size_t size)
{
    size_t have = 0;

    while (have < size) {
        ssize_t more = getrandom(bytes + have, size - have, 0);

        have += more > 0 ? (size_t)more : 0;
    }
}

static void make_lsa_password(char *password)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t random[LSA_PASSWORD_LENGTH];

    amt_random(random, sizeof(random));
    memset(password, 0, AMTHI_LSA_FIELD_SIZE);
    for (size_t i = 0; i < sizeof(random); i++) {
        password[i] = alphabet[random[i] & 63];
    }
    explicit_bzero(random, sizeof(random));
}

AmtState *amt_state_new(const SwmePlatform *platform, const uint8_t *uuid, SwmeClock *clock,
                        int64_t time_s)
{
    AmtState *amt = g_new0(AmtState, 1);

    amt->platform = platform;
    amt->clock = clock;
    amt_state_set_running(amt, time_s * SWME_NS_PER_S);
    amt->subscribers = g_array_new(FALSE, TRUE, sizeof(Subscriber));
    amt->events = amt_events_new();
    amt_data_init(&amt->data, uuid);
    amt_random(amt->data.accounts.realm, sizeof(amt->data.accounts.realm));
    make_lsa_password(amt->data.live.lsa_password);
    return amt;
}

void amt_state_free(AmtState *amt)
{
    if (amt) {
        g_array_unref(amt->subscribers);
        amt_events_free(amt->events);
        amt_data_clear(&amt->data);
        g_free(amt);
    }
}

const AmtData *amt_state_data(const AmtState *amt)
{
    return &amt->data;
}

const SwmePlatform *amt_state_platform(const AmtState *amt)
{
    return amt->platform;
}

const uint8_t *amt_state_uuid(const AmtState *amt)
{
    return amt->data.identity.uuid;
}

struct AmtEvents *amt_state_events(AmtState *amt)
{
    return amt->events;
}

int64_t amt_state_time(const AmtState *amt)
{
    return amt_state_running(amt) / SWME_NS_PER_S + amt->data.clock.offset_s;
}

int64_t amt_state_running(const AmtState *amt)
{
    return amt->epoch_ns + amt->clock->now(amt->clock);
}

void amt_state_set_running(AmtState *amt, int64_t time_ns)
{
    amt->epoch_ns = time_ns - amt->clock->now(amt->clock);
}

/* ---- events ---- */

unsigned int amt_state_subscribe(AmtState *amt, unsigned int mask, AmtStateFunc func, void *opaque)
{
    Subscriber subscriber = {++amt->last_id, mask, func, opaque};

    g_array_append_val(amt->subscribers, subscriber);
    return subscriber.id;
}

void amt_state_unsubscribe(AmtState *amt, unsigned int id)
{
    for (guint i = 0; i < amt->subscribers->len; i++) {
        if (g_array_index(amt->subscribers, Subscriber, i).id == id) {
            g_array_remove_index(amt->subscribers, i);
            return;
        }
    }
}

/* The first subscriber younger than id; NULL: none. Numbers stay valid while others come and go. */
static const Subscriber *subscriber_after(const AmtState *amt, unsigned int id)
{
    for (guint i = 0; i < amt->subscribers->len; i++) {
        const Subscriber *subscriber = &g_array_index(amt->subscribers, Subscriber, i);

        if (subscriber->id > id) {
            return subscriber;
        }
    }
    return NULL;
}

static void changed(AmtState *amt, unsigned int groups)
{
    amt->pending |= groups;
    if (amt->telling) {
        return;
    }
    amt->telling = true;
    while (amt->pending) {
        unsigned int now = amt->pending;
        const Subscriber *next;

        amt->pending = 0;
        for (unsigned int id = 0; (next = subscriber_after(amt, id));) {
            Subscriber subscriber = *next; /* the array may move under the call */

            id = subscriber.id;
            if (subscriber.mask & now) {
                subscriber.func(subscriber.opaque, amt, subscriber.mask & now);
            }
        }
    }
    amt->telling = false;
}

#define AMT_GROUP_SET(member, type, name)                                                 \
    void amt_state_set_##member(AmtState *amt, const type *value)                         \
    {                                                                                     \
        if (amt_data_set(&amt->data, offsetof(AmtData, member), sizeof(*value), value)) { \
            changed(amt, AMT_CHANGED_##name);                                             \
        }                                                                                 \
    }
AMT_GROUPS(AMT_GROUP_SET)

void amt_state_replace(AmtState *amt, const AmtData *data)
{
    unsigned int groups = 0;

#define AMT_GROUP_REPLACE(member, type, name)                                                    \
    groups |=                                                                                    \
        amt_data_set(&amt->data, offsetof(AmtData, member), sizeof(data->member), &data->member) \
            ? AMT_CHANGED_##name                                                                 \
            : 0;
    AMT_GROUPS(AMT_GROUP_REPLACE)
#undef AMT_GROUP_REPLACE
    if (groups) {
        changed(amt, groups);
    }
}

void amt_state_want_certificate(AmtState *amt)
{
    changed(amt, AMT_WANTS_CERTIFICATE);
}

void amt_state_boot(AmtState *amt)
{
    AmtLive live = {
        .environment = amt->data.live.environment,
        .remote_start = amt->data.live.remote_start, /* told with the start itself */
        .watchdog_spent = amt->data.live.watchdog_spent,
    };

    /* Whoever stores things from afar does not see that the host starts. */
    memcpy(live.storage_session, amt->data.live.storage_session, sizeof(live.storage_session));
    memcpy(live.storage_lock, amt->data.live.storage_lock, sizeof(live.storage_lock));
    live.host_power = amt->data.live.host_power;
    live.defense_by_agent = amt->data.live.defense_by_agent;
    memcpy(live.agent, amt->data.live.agent, sizeof(live.agent)); /* told by itself, likewise */
    make_lsa_password(live.lsa_password);
    amt_state_set_live(amt, &live);
    explicit_bzero(&live, sizeof(live));
}

/* ---- certificate hashes ---- */

unsigned int amt_hash_slots(const AmtState *amt)
{
    return amt_state_at_least(amt, 7, 0) ? HASH_SLOTS : HASH_SLOTS_OLD;
}

unsigned int amt_hash_size(uint32_t algorithm)
{
    switch (algorithm) {
    case AMTHI_HASH_SHA1:
        return 20;
    case AMTHI_HASH_SHA256:
        return 32;
    case AMTHI_HASH_SHA384:
        return 48;
    default:
        return 0;
    }
}

/*
 * The vendor's list is invented: hashes of nothing that exists, so that no real certificate
 * authority is trusted by a simulation. SHA-2 came with 6.0.
 */
static void default_hash(const AmtState *amt, unsigned int slot, AmtHash *hash)
{
    static const struct {
        uint32_t algorithm;
        GChecksumType type;
        const char *name;
    } kinds[] = {
        {AMTHI_HASH_SHA1, G_CHECKSUM_SHA1, "SHA-1"},
        {AMTHI_HASH_SHA256, G_CHECKSUM_SHA256, "SHA-256"},
        {AMTHI_HASH_SHA384, G_CHECKSUM_SHA384, "SHA-384"},
    };
    unsigned int kind = amt_state_at_least(amt, 6, 0) ? slot % G_N_ELEMENTS(kinds) : 0;

    memset(hash, 0, sizeof(*hash));
    hash->algorithm = kinds[kind].algorithm;
    hash->active = !(amt->data.hashes.inactive & UINT32_C(1) << slot);
    g_snprintf(hash->name, sizeof(hash->name), "Example Root %02u %s", slot + 1, kinds[kind].name);
    digest_of(kinds[kind].type, hash->name, NULL, 0, hash->hash, amt_hash_size(hash->algorithm));
}

bool amt_hash_get(const AmtState *amt, unsigned int slot, AmtHash *hash, bool *is_default)
{
    unsigned int defaults = amt_hash_slots(amt) - AMT_CUSTOM_HASHES;

    *is_default = slot < defaults;
    if (*is_default) {
        default_hash(amt, slot, hash);
        return true;
    }
    if (slot >= defaults + AMT_CUSTOM_HASHES) {
        return false;
    }
    *hash = amt->data.hashes.custom[slot - defaults];
    return hash->algorithm != 0;
}

/* ---- what is told from several values ---- */

void amt_state_fqdn(const AmtState *amt, char *out)
{
    const AmtHost *host = &amt->data.host;

    if (host->shared_fqdn && *host->fqdn) {
        g_strlcpy(out, host->fqdn, AMT_FQDN_SIZE);
    } else {
        g_snprintf(out, AMT_FQDN_SIZE, "%s%s%s", host->name,
                   *host->name && *host->domain ? "." : "", *host->name ? host->domain : "");
    }
}

void amt_state_realm(const AmtState *amt, char *out)
{
    const uint8_t *realm = amt_state_data(amt)->accounts.realm;
    size_t length = g_strlcpy(out, "Digest:", AMT_REALM_SIZE);

    for (unsigned int i = 0; i < AMT_DIGEST_SIZE; i++) {
        g_snprintf(out + length + 2 * i, 3, "%02X", realm[i]);
    }
}

uint32_t amt_state_rng(const AmtState *amt)
{
    int64_t ready_s = amt->data.tls.rng_ready_s;

    if (ready_s < 0) {
        return AMTHI_RNG_SEED_NONE;
    }
    return amt_state_time(amt) < ready_s ? AMTHI_RNG_SEED_IN_PROGRESS : AMTHI_RNG_SEED_EXISTS;
}

bool amt_state_is_set_up(const AmtState *amt)
{
    return amt->data.setup.state == AMTHI_PROVISIONING_POST;
}

bool amt_state_at_least(const AmtState *amt, unsigned int major, unsigned int minor)
{
    const SwmeFirmwareVersion *v = &amt->platform->version;

    return v->major > major || (v->major == major && v->minor >= minor);
}

void amt_state_code_versions(const AmtState *amt, AmtCodeVersion *rows)
{
    /*
     * Names and order as AMT 11.8.93 gave them to fwupd (recorded): versions have three parts, the
     * build is a row of its own, and "AMT" follows "AMTApps", for some clients match by prefix and
     * keep the last.
     */
    static const char *const names[AMT_CODE_VERSION_COUNT] = {
        "Flash",
        "Netstack",
        "AMTApps",
        "AMT",
        "Sku",
        "VendorID",
        "Build Number",
        "Recovery Version",
        "Recovery Build Num",
        "Legacy Mode",
    };
    const SwmeFirmwareVersion *v = &amt->platform->version;

    for (unsigned int i = 0; i < AMT_CODE_VERSION_COUNT; i++) {
        AmtCodeVersion *row = &rows[i];

        row->name = names[i];
        switch (i) {
        case 4:
            g_strlcpy(row->value, amt->platform->amt_sku, sizeof(row->value));
            break;
        case 5:
            g_strlcpy(row->value, "8086", sizeof(row->value));
            break;
        case 6:
        case 8:
            g_snprintf(row->value, sizeof(row->value), "%u", v->build);
            break;
        case 9:
            g_strlcpy(row->value, "False", sizeof(row->value));
            break;
        default:
            g_snprintf(row->value, sizeof(row->value), "%u.%u.%u", v->major, v->minor, v->hotfix);
            break;
        }
    }
}
