/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All from a ThinkPad with AMT 11.8.93, as fwupd's plugins/intel-amt/tests recorded it. */
#include "tests/e2e/vectors.h"

#include <stdio.h>
#include <string.h>

#include <swme/bytes.h>
#include <swme/me-clients.h>

#define TIMEOUT_MS 5000
#define ANSWER_MAX 5120

static const uint8_t connect_amthi[] = {
    0x00, 0x14, 0x00, 0x00, 0x01, 0xb4, 0x2d, 0x4b, 0xac, 0xa8, 0x46, 0xe0, 0xff, 0x65, 0x81, 0x4c,
};

static const uint8_t ask_state[] = {0x01, 0x01, 0, 0, 0x11, 0, 0, 0x04, 0, 0, 0, 0};
static const uint8_t state[] = {
    0x01, 0x01, 0, 0, 0x11, 0, 0x80, 0x04, 0x08, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
};

static const uint8_t ask_versions[] = {0x01, 0x01, 0, 0, 0x1a, 0, 0, 0x04, 0, 0, 0, 0};

typedef struct RecordedVersion {
    uint8_t name_length[2];
    char name[20];
    uint8_t value_length[2];
    char value[20];
} RecordedVersion;

#define VERSION(name, value)                                       \
    {                                                              \
        {sizeof(name) - 1, 0}, name, {sizeof(value) - 1, 0}, value \
    }

/* Bytes only, so that there is nothing between the members. */
static const struct {
    uint8_t header[16];
    char bios[65];
    uint8_t count[4];
    RecordedVersion rows[10];
} versions = {
    .header = {0x01, 0x01, 0, 0, 0x1a, 0, 0x80, 0x04, 0x01, 0x02, 0, 0, 0, 0, 0, 0},
    .bios = "N1EETA2W (1.75 )",
    .count = {10, 0, 0, 0},
    .rows =
        {
            VERSION("Flash", "11.8.93"),
            VERSION("Netstack", "11.8.93"),
            VERSION("AMTApps", "11.8.93"),
            VERSION("AMT", "11.8.93"),
            VERSION("Sku", "8"),
            VERSION("VendorID", "8086"),
            VERSION("Build Number", "4323"),
            VERSION("Recovery Version", "11.8.93"),
            VERSION("Recovery Build Num", "4323"),
            VERSION("Legacy Mode", "False"),
        },
};
_Static_assert(sizeof(versions) == 525, "the recorded answer has 525 bytes");

#define ASK(bytes)     bytes, sizeof(bytes)
#define ANSWER(object) (const uint8_t *)&object, sizeof(object)

const Vector vectors[] = {
    {"connect-AMTHI", "spt-h", SWME_GUID_AMTHI, NULL, 0, ANSWER(connect_amthi)},
    {"AMTHI-code-versions", "spt-h", SWME_GUID_AMTHI, ASK(ask_versions), ANSWER(versions)},
    {"AMTHI-provisioning-state", "spt-h", SWME_GUID_AMTHI, ASK(ask_state), ANSWER(state)},
};
const unsigned int vector_count = sizeof(vectors) / sizeof(vectors[0]);

bool vector_check(const Vector *vector, const uint8_t *got, size_t size, char *why)
{
    if (size != vector->answer_size) {
        snprintf(why, SESSION_MESSAGE_SIZE, "%zu bytes, recorded %zu", size, vector->answer_size);
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        if (got[i] != vector->answer[i]) {
            snprintf(why, SESSION_MESSAGE_SIZE, "byte %zu is %02x, recorded %02x", i, got[i],
                     vector->answer[i]);
            return false;
        }
    }
    return true;
}

/* As the ioctl does: length and version over the GUID that was asked for. */
static size_t connected(const Channel *channel, uint8_t *out)
{
    memcpy(out, channel->client.guid.bytes, SWME_GUID_SIZE);
    swme_put_le32(out, channel->client.max_length);
    out[4] = (uint8_t)channel->client.version;
    return SWME_GUID_SIZE;
}

bool vector_run(const Vector *vector, Session *session, char *why)
{
    uint8_t got[ANSWER_MAX];
    size_t size = 0;
    Channel *channel;
    MeiError error = session_open_client(session, &vector->client, &channel);

    if (!error && vector->request) {
        error = channel_write(channel, vector->request, vector->request_size, TIMEOUT_MS);
        if (!error) {
            error = channel_read(channel, got, sizeof(got), &size, TIMEOUT_MS);
        }
    } else if (!error) {
        size = connected(channel, got);
    }
    channel_close(channel);
    if (error) {
        snprintf(why, SESSION_MESSAGE_SIZE, "%s", session->message);
        return false;
    }
    return vector_check(vector, got, size, why);
}
