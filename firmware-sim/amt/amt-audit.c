/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/amt-audit.h"

#include <string.h>

#include <swme/bytes.h>

#define RECORD_MAX 255 /* each stands behind a byte with its length */

enum { INITIATOR_DIGEST = 0, INITIATOR_LOCAL = 2 };
enum { LOCATION_IPV4, LOCATION_IPV6, LOCATION_NONE };

/* The events that there are, a bit mask for each application from AMT_AUDIT_FIRST on (MeshCentral
 * amt.js). */
static const uint32_t known[AMT_AUDIT_APPLICATIONS] = {
    0xfffff, /* security administration: 0 to 19 */
    0x3ff,   /* remote control */
    0x1fff,  /* redirection */
    0x3,     /* firmware update */
    0x3f,    /* audit log */
    0x1,     /* network time */
    0x3f,    /* network administration */
    0xf,     /* storage administration */
    0xf,     /* event manager */
    0x7f,    /* circuit breaker */
    0x7,     /* agent presence */
    0x3f,    /* wireless */
    0x1f,    /* endpoint access control */
    0x1f,    /* KVM */
    0x7,     /* opt-in */
    0,       /* nobody */
    0,       /* screen blanking: no source says which */
    0x6,     /* watchdog: 1 and 2 */
};

void amt_audit_init(AmtAudit *audit)
{
    memcpy(audit->enabled, known, sizeof(known));
}

bool amt_audit_event_known(uint32_t application, uint32_t event)
{
    return application >= AMT_AUDIT_FIRST &&
           application - AMT_AUDIT_FIRST < AMT_AUDIT_APPLICATIONS && event < 32 &&
           (known[application - AMT_AUDIT_FIRST] & UINT32_C(1) << event);
}

static void set_bit(uint32_t *mask, uint32_t bit, bool value)
{
    *mask = value ? *mask | UINT32_C(1) << bit : *mask & ~(UINT32_C(1) << bit);
}

bool amt_audit_set_policy(AmtAudit *audit, uint32_t application, uint32_t event, bool enabled,
                          bool critical)
{
    if (!amt_audit_event_known(application, event)) {
        return false;
    }
    set_bit(&audit->enabled[application - AMT_AUDIT_FIRST], event, enabled);
    set_bit(&audit->critical[application - AMT_AUDIT_FIRST], event, enabled && critical);
    return true;
}

static bool in_mask(const uint32_t *masks, unsigned int event)
{
    return amt_audit_event_known(event / 100, event % 100) &&
           (masks[event / 100 - AMT_AUDIT_FIRST] & UINT32_C(1) << event % 100);
}

/* ---- the records ---- */

bool amt_audit_locked(const AmtState *amt)
{
    const AmtLive *live = &amt_state_data(amt)->live;

    return live->audit_handle && amt_state_time(amt) < live->audit_end_s;
}

static size_t size_of(const AmtAudit *audit)
{
    size_t size;

    amt_blob_data(audit->records, &size);
    return size;
}

/* Room for one of that size without losing another? */
static bool has_room(const AmtAudit *audit, size_t size)
{
    return size_of(audit) + 1 + size <= AMT_AUDIT_SIZE;
}

bool amt_audit_may(const AmtState *amt, unsigned int event)
{
    const AmtAudit *audit = &amt_state_data(amt)->audit;

    if (!in_mask(audit->critical, event)) {
        return true;
    }
    return !audit->disabled && (!amt_audit_locked(amt) || has_room(audit, RECORD_MAX));
}

static void put_counted(GByteArray *record, const void *data, size_t size)
{
    uint8_t length = (uint8_t)size;

    g_byte_array_append(record, &length, 1);
    g_byte_array_append(record, data, length);
}

static void put_initiator(GByteArray *record, const AmtAuditor *who)
{
    uint8_t type = who->user ? INITIATOR_DIGEST : INITIATOR_LOCAL;
    char name[AMT_ACCOUNT_SIZE];

    g_byte_array_append(record, &type, 1);
    if (who->user) {
        /* Whoever was refused may call himself anything. */
        g_strlcpy(name, who->user, sizeof(name));
        for (char *c = name; *c; c++) {
            *c = g_ascii_isgraph(*c) ? *c : '?';
        }
        put_counted(record, name, strlen(name));
    }
}

static void put_location(GByteArray *record, const AmtAuditor *who)
{
    const char *address = who->peer ? who->peer->address : "";
    uint8_t type = !*address ? LOCATION_NONE : strchr(address, ':') ? LOCATION_IPV6 : LOCATION_IPV4;

    g_byte_array_append(record, &type, 1);
    put_counted(record, address, strlen(address));
}

/* The oldest make room. */
static void append(AmtState *amt, AmtAudit audit, const GByteArray *record)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autoptr(GBytes) records = NULL;
    uint8_t length = (uint8_t)record->len;
    size_t size;
    const uint8_t *old = amt_blob_data(audit.records, &size);

    while (size + 1 + length > AMT_AUDIT_SIZE) {
        size -= 1 + (size_t)*old;
        old += 1 + *old;
        audit.count--;
    }
    g_byte_array_append(bytes, old, (guint)size);
    g_byte_array_append(bytes, &length, 1);
    g_byte_array_append(bytes, record->data, length);
    records = g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
    audit.records = records;
    audit.count++;
    amt_state_set_audit(amt, &audit);
}

void amt_audit_add(AmtState *amt, const AmtAuditor *who, unsigned int event, const void *data,
                   size_t size)
{
    AmtAudit audit = amt_state_data(amt)->audit;
    g_autoptr(GByteArray) record = NULL;
    uint8_t word[4];

    if (!amt_state_data(amt)->setup.operational || audit.disabled ||
        !in_mask(audit.enabled, event)) {
        return;
    }
    record = g_byte_array_sized_new(RECORD_MAX);
    swme_put_be32(word, event / 100 << 16 | event % 100);
    g_byte_array_append(record, word, 4);
    put_initiator(record, who);
    swme_put_be32(word, (uint32_t)CLAMP(amt_state_time(amt), 0, UINT32_MAX));
    g_byte_array_append(record, word, 4);
    put_location(record, who);
    put_counted(record, data, MIN(size, AMT_AUDIT_DATA_MAX));

    if (has_room(&audit, record->len) || !amt_audit_locked(amt)) {
        append(amt, audit, record);
    } /* else somebody is reading what would have to move */
}

bool amt_audit_get(const AmtState *amt, unsigned int number, const uint8_t **record, size_t *size)
{
    const AmtAudit *audit = &amt_state_data(amt)->audit;
    size_t whole;
    const uint8_t *at = amt_blob_data(audit->records, &whole);

    if (number == 0 || number > audit->count) {
        return false;
    }
    while (--number) {
        at += 1 + *at;
    }
    *record = at + 1;
    *size = *at;
    return true;
}

uint32_t amt_audit_time(const uint8_t *record)
{
    return swme_get_be32(record + (record[4] == INITIATOR_DIGEST ? 6 + record[5] : 5));
}

unsigned int amt_audit_percent_free(const AmtState *amt)
{
    return 100 - (unsigned int)(100 * size_of(&amt_state_data(amt)->audit) / AMT_AUDIT_SIZE);
}

/* Is what a record says of its lengths so? */
static bool record_sane(const uint8_t *record, size_t size)
{
    size_t at = 5;

    if (size < at || (record[4] != INITIATOR_DIGEST && record[4] != INITIATOR_LOCAL)) {
        return false;
    }
    if (record[4] == INITIATOR_DIGEST) {
        if (at >= size) {
            return false;
        }
        at += 1 + (size_t)record[at];
    }
    at += 4 + 1; /* time, kind of address */
    for (unsigned int i = 0; i < 2; i++) {
        if (at >= size) {
            return false;
        }
        at += 1 + (size_t)record[at];
    }
    return at == size;
}

bool amt_audit_sane(const AmtAudit *audit)
{
    size_t whole;
    const uint8_t *records = amt_blob_data(audit->records, &whole);
    uint32_t count = 0;

    for (size_t at = 0; at < whole; count++) {
        size_t size = records[at];

        if (at + 1 + size > whole || !record_sane(records + at + 1, size)) {
            return false;
        }
        at += 1 + size;
    }
    return count == audit->count;
}
