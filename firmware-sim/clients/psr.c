/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PSR: the record that a public client reads, of a machine to which nothing has happened. Layout:
 * intel/lms PSRClient. It wants UPID, whose ids are in it, switched on. A simulation has no key of
 * Intel's: signature and certificates are zeros, of length zero. Over what the hash is made nobody
 * has published; here it is SHA-512 of all data in front of it.
 */
#include <string.h>

#include <glib.h>

#include <swme/bytes.h>
#include <swme/me-clients.h>
#include <swme/psr.h>

#include "firmware-sim/clients/clients.h"
#include "firmware-sim/clients/upid.h"

#define PSR_MAX_LENGTH   8192       /* chosen; the record has 6380 */
#define PSR_GENESIS_DATE 1577836800 /* chosen: 2020-01-01 */
#define PSR_LEDGER_1     64         /* bytes of the one ledger of version 1 */

static void digest(GChecksumType type, const void *a, gsize a_size, const void *b, gsize b_size,
                   uint8_t *to, gsize to_size)
{
    uint8_t whole[PSR_HASH_SIZE];
    gsize size = sizeof(whole);
    g_autoptr(GChecksum) sum = g_checksum_new(type);

    g_checksum_update(sum, a, (gssize)a_size);
    g_checksum_update(sum, b, (gssize)b_size);
    g_checksum_get_digest(sum, whole, &size);
    memcpy(to, whole, MIN(size, to_size));
}

static void put_record(const SwmeContext *context, uint16_t major, const uint8_t *nonce,
                       uint8_t *record)
{
    const SwmeFirmwareVersion *version = &context->platform->version;

    swme_put_le32(record + PSR_OFF_LOG_STATE, PSR_LOG_STARTED);
    swme_put_le16(record + PSR_OFF_VERSION_MAJOR, major);
    digest(G_CHECKSUM_SHA256, "PSR", 3, context->uuid, sizeof(context->uuid), record + PSR_OFF_ID,
           PSR_ID_SIZE);
    upid_csme_id(context, record + PSR_OFF_UPID + UPID_ID_SIZE);
    swme_put_le32(record + PSR_OFF_GENESIS_DATE, PSR_GENESIS_DATE);
    g_strlcpy((char *)record + PSR_OFF_GENESIS_OEM, "swme", PSR_GENESIS_TEXT_SIZE);
    g_strlcpy((char *)record + PSR_OFF_GENESIS_MAKE, "swme", PSR_GENESIS_TEXT_SIZE);
    g_strlcpy((char *)record + PSR_OFF_GENESIS_MODEL, context->platform->name,
              PSR_GENESIS_TEXT_SIZE);
    digest(G_CHECKSUM_SHA512, record + PSR_ANSWER_SIZE, PSR_OFF_HASH - PSR_ANSWER_SIZE, NULL, 0,
           record + PSR_OFF_HASH, PSR_HASH_SIZE);
    memcpy(record + PSR_OFF_USER_NONCE, nonce, PSR_NONCE_SIZE);
    digest(G_CHECKSUM_SHA256, nonce, PSR_NONCE_SIZE, context->uuid, sizeof(context->uuid),
           record + PSR_OFF_CSME_NONCE, PSR_NONCE_SIZE);
    swme_put_le16(record + PSR_OFF_FIRMWARE, version->major);
    swme_put_le16(record + PSR_OFF_FIRMWARE + 2, version->minor);
    swme_put_le16(record + PSR_OFF_FIRMWARE + 4, version->hotfix);
    swme_put_le16(record + PSR_OFF_FIRMWARE + 6, version->build);
    swme_put_le32(record + PSR_OFF_SIGNING, PSR_SIGNING_ECDSA384_SHA384);
}

/* Takes size bytes out of the record at that place; returns how many are left of it. */
static size_t cut(uint8_t *record, size_t record_size, size_t at, size_t size)
{
    memmove(record + at, record + at + size, record_size - at - size);
    return record_size - size;
}

/* Version 1 has no capabilities, and one ledger: its hash is over other data. */
static size_t to_version_1(uint8_t *record)
{
    size_t capabilities = PSR_OFF_LEDGER - PSR_OFF_CAPABILITIES;
    size_t ledger = PSR_OFF_EVENT_COUNT - PSR_OFF_LEDGER - PSR_LEDGER_1;
    size_t hash = PSR_OFF_HASH - capabilities - ledger;
    size_t size = cut(record, PSR_RECORD_ANSWER_SIZE, PSR_OFF_LEDGER + PSR_LEDGER_1, ledger);

    size = cut(record, size, PSR_OFF_CAPABILITIES, capabilities);
    digest(G_CHECKSUM_SHA512, record + PSR_ANSWER_SIZE, hash - PSR_ANSWER_SIZE, NULL, 0,
           record + hash, PSR_HASH_SIZE);
    return size;
}

/* Fills the answer behind its status. Returns the status. */
static uint32_t record_get(MeConnection *connection, uint16_t major, const uint8_t *data,
                           size_t size, uint8_t *answer, size_t *answer_size)
{
    if (size != PSR_REQUEST_GET_SIZE || swme_get_le16(data + PSR_OFF_LENGTH) != PSR_NONCE_SIZE) {
        return PSR_STATUS_INVALID_PARAMETER;
    }
    if (!upid_is_on(connection)) {
        return PSR_STATUS_UPID_DISABLED;
    }
    put_record(me_connection_context(connection), major, data + PSR_HEADER_SIZE, answer);
    *answer_size = major == 1 ? to_version_1(answer) : PSR_RECORD_ANSWER_SIZE;
    return PSR_STATUS_SUCCESS;
}

static void message(MeConnection *connection, uint16_t major, const uint8_t *data, size_t size)
{
    g_autofree uint8_t *answer = g_malloc0(PSR_RECORD_ANSWER_SIZE);
    size_t answer_size = PSR_ANSWER_SIZE;
    uint32_t status;

    if (size < PSR_HEADER_SIZE) {
        me_connection_send(connection, NULL, 0); /* as MKHI does: nothing to answer to */
        return;
    }
    switch (data[PSR_OFF_COMMAND]) {
    case PSR_RECORD_GET:
        status = record_get(connection, major, data, size, answer, &answer_size);
        break;
    case PSR_DOWNGRADE_BACKUP:
        status = PSR_STATUS_AFTER_POST; /* this host is past its POST */
        break;
    default:
        status = PSR_STATUS_NOT_SUPPORTED;
        break;
    }
    answer[PSR_OFF_COMMAND] = data[PSR_OFF_COMMAND];
    swme_put_le16(answer + PSR_OFF_LENGTH, (uint16_t)(answer_size - PSR_HEADER_SIZE));
    swme_put_le32(answer + PSR_OFF_STATUS, status);
    me_connection_send(connection, answer, answer_size);
}

static void psr_1_message(MeConnection *connection, const uint8_t *data, size_t size)
{
    message(connection, 1, data, size);
}

static void psr_2_message(MeConnection *connection, const uint8_t *data, size_t size)
{
    message(connection, 2, data, size);
}

const MeClientClass me_client_psr_1 = {
    .name = "psr",
    .guid = SWME_GUID_PSR,
    .protocol_version = 1, /* chosen */
    .max_connections = 1,
    .max_length = PSR_MAX_LENGTH,
    .request_reply = true,
    .message = psr_1_message,
};

const MeClientClass me_client_psr_2 = {
    .name = "psr",
    .guid = SWME_GUID_PSR,
    .protocol_version = 1,
    .max_connections = 1,
    .max_length = PSR_MAX_LENGTH,
    .request_reply = true,
    .message = psr_2_message,
};
