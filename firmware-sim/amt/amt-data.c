/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AmtData as a value: its blobs are shared between copies, all else is copied with the structure.
 */
#include "firmware-sim/amt/amt-data.h"

#include <string.h>

/* ---- blobs ---- */

typedef struct Wiped {
    gsize size;
    uint8_t bytes[];
} Wiped;

/* Private keys are among them. */
static void wipe(gpointer data)
{
    Wiped *wiped = data;

    explicit_bzero(wiped->bytes, wiped->size);
    g_free(wiped);
}

GBytes *amt_blob_new(const void *data, size_t size)
{
    Wiped *wiped;

    if (!size) {
        return NULL;
    }
    wiped = g_malloc(sizeof(*wiped) + size);
    wiped->size = size;
    memcpy(wiped->bytes, data, size);
    return g_bytes_new_with_free_func(wiped->bytes, size, wipe, wiped);
}

GBytes *amt_blob_ref(GBytes *blob)
{
    return blob ? g_bytes_ref(blob) : NULL;
}

void amt_blob_take(GBytes **blob, GBytes *value)
{
    g_bytes_unref(*blob);
    *blob = value;
}

const uint8_t *amt_blob_data(GBytes *blob, size_t *size)
{
    gsize have = 0;
    const uint8_t *data = blob ? g_bytes_get_data(blob, &have) : NULL;

    *size = have;
    return data;
}

bool amt_blob_equal(GBytes *a, GBytes *b)
{
    return a == b || (a && b && g_bytes_equal(a, b));
}

size_t amt_der_size(const uint8_t *data, size_t size)
{
    size_t length;
    size_t header = 2;

    if (size < 2 || data[0] != 0x30) {
        return 0;
    }
    length = data[1];
    if (length & 0x80) {
        size_t octets = length & 0x7f;

        if (octets == 0 || octets > 3 || size < 2 + octets) {
            return 0;
        }
        length = 0;
        for (size_t i = 0; i < octets; i++) {
            length = length << 8 | data[2 + i];
        }
        header += octets;
    }
    return length <= size - header ? header + length : 0;
}

/* ---- the whole, and its groups ---- */

/* A part of an AmtData, from offset on; old is what is to become fresh. */
typedef struct Change {
    size_t offset;
    uint8_t *old;
    uint8_t *fresh;
} Change;

static GBytes **blob_of(uint8_t *part, const Change *change, size_t at)
{
    return (GBytes **)(void *)(part + (at - change->offset));
}

static void hold(size_t at, void *opaque)
{
    const Change *change = opaque;
    GBytes **blob = blob_of(change->fresh, change, at);

    amt_blob_ref(*blob);
}

/* Where both say the same it is the old one: then memcmp() tells whether anything changed. */
static void hold_the_same(size_t at, void *opaque)
{
    const Change *change = opaque;
    GBytes *old = *blob_of(change->old, change, at);

    if (amt_blob_equal(*blob_of(change->fresh, change, at), old)) {
        *blob_of(change->fresh, change, at) = old;
    }
    hold(at, opaque);
}

static void release(size_t at, void *opaque)
{
    const Change *change = opaque;

    g_bytes_unref(*blob_of(change->old, change, at));
}

bool amt_data_set(AmtData *data, size_t offset, size_t size, const void *value)
{
    uint8_t *old = (uint8_t *)data + offset;
    Change change = {offset, old, NULL};
    bool differs;

    if (memcmp(old, value, size) == 0) {
        return false;
    }
    change.fresh = g_memdup2(value, size);
    amt_data_each_blob(offset, size, hold_the_same, &change);
    differs = memcmp(old, change.fresh, size) != 0;
    amt_data_each_blob(offset, size, release, &change);
    memcpy(old, change.fresh, size);
    explicit_bzero(change.fresh, size);
    g_free(change.fresh);
    return differs;
}

AmtData *amt_data_copy(const AmtData *data)
{
    AmtData *copy = g_memdup2(data, sizeof(*data));

    amt_data_each_blob(0, sizeof(*copy), hold, &(Change){.fresh = (uint8_t *)copy});
    return copy;
}

void amt_data_clear(AmtData *data)
{
    amt_data_each_blob(0, sizeof(*data), release, &(Change){.old = (uint8_t *)data});
    explicit_bzero(data, sizeof(*data));
}

void amt_data_free(AmtData *data)
{
    if (data) {
        amt_data_clear(data);
        g_free(data);
    }
}

bool amt_data_equal(const AmtData *a, const AmtData *b)
{
    AmtData *other = amt_data_copy(a);
    bool equal = !amt_data_set(other, 0, sizeof(*other), b);

    amt_data_free(other);
    return equal;
}

bool amt_name_within(const char *name, const char *domain)
{
    size_t length = strlen(name);
    size_t end = strlen(domain);

    return end && length >= end && g_ascii_strcasecmp(name + length - end, domain) == 0 &&
           (length == end || name[length - end - 1] == '.');
}

/* Looked up for each value of each state that is saved or loaded: most differ in length already. */
bool amt_data_is_secret(const char *name)
{
#define SECRET(name_)            \
    {                            \
        sizeof(name_) - 1, name_ \
    }
    static const struct {
        size_t length;
        const char *name;
    } secrets[] = {
        SECRET("setup.otp"),
        SECRET("accounts.account.digest"),
        SECRET("tls.key"),
        SECRET("boot.rse_password"),
        SECRET("redirection.rfb_password"),
        SECRET("credentials.key.der"),
        SECRET("live.lsa_password"),
        SECRET("live.consent_code"),
        SECRET("live.storage_session.handle"),
        SECRET("alerts.subscriber.community"),
        SECRET("stored.mps.password"),
        SECRET("stored.wifi.psk"),
        SECRET("stored.wifi.x.password"),
        SECRET("stored.wired.password"),
        SECRET("alerts.community"),
        SECRET("eventing.listener.password"),
        SECRET("eventing.listener.parameters"),
    };
#undef SECRET
    size_t length = strlen(name);

    for (size_t i = 0; i < G_N_ELEMENTS(secrets); i++) {
        if (length == secrets[i].length && memcmp(name, secrets[i].name, length) == 0) {
            return true;
        }
    }
    return false;
}
