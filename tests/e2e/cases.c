/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/e2e/cases.h"

#include <stdarg.h>
#include <string.h>

#include <swme/bytes.h>
#include <swme/fwu.h>
#include <swme/hotham.h>
#include <swme/me-clients.h>
#include <swme/psr.h>
#include <swme/upid.h>

#include "firmware-sim/clients/clients.h"
#include "host-driver/mei.h"
#include "host-driver/tool/amthi.h"
#include "host-driver/tool/echo.h"
#include "tests/unit/unit.h"

#define ECHO_MAX   8192 /* bytes: the echo client's limit */
#define TIMEOUT_MS 5000

static Channel *must_open(E2eEnv *env)
{
    Channel *channel;

    MUST_BE(env, echo_open(env->session, &channel), MEI_OK);
    return channel;
}

static void must_echo(E2eEnv *env, Channel *channel, size_t size, uint32_t seed)
{
    static uint8_t data[ECHO_MAX], returned[ECHO_MAX];

    echo_fill(data, size, seed);
    memset(returned, 0, sizeof(returned));
    MUST_BE(env, echo_exchange(channel, data, returned, size), MEI_OK);
}

/* ---- what there is ---- */

static bool is_client(const SessionClient *client, const MeClientClass *class)
{
    return swme_guid_equal(&client->guid, &class->guid) &&
           client->version == class->protocol_version &&
           client->max_connections == class->max_connections &&
           client->max_length == class->max_length && client->fixed == (class->fixed_address != 0);
}

static void enumerates_as_the_platform_says(E2eEnv *env)
{
    const SwmePlatform *platform = env->platform;
    SessionClient clients[SESSION_CLIENTS_MAX];
    bool mkhi = (platform->clients & (SWME_CLIENTS_MKHI | SWME_CLIENTS_MKHI_FIXED)) != 0;
    SessionInfo info;
    size_t count, listed = 0;

    MUST_BE(env, session_info(env->session, &info), MEI_OK);
    ck_assert_str_eq(info.state, "ENABLED");
    ck_assert_uint_eq(info.pci_vendor, 0x8086);
    ck_assert_uint_eq(info.pci_device, platform->pci_device_id);
    ck_assert_uint_eq(info.hbm_major, platform->hbm_major);
    ck_assert_uint_eq(info.hbm_minor, platform->hbm_minor);
    for (unsigned int i = 0; i < platform->hfs_count; i++) {
        ck_assert_uint_eq(info.status[i], swme_platform_status(platform, i, platform->amt));
    }
    ck_assert_uint_eq(info.version_count, mkhi ? platform->version_blocks : 0);
    for (unsigned int i = 0; i < info.version_count; i++) {
        ck_assert_uint_eq(info.version[i].platform, platform->version.platform);
        ck_assert_uint_eq(info.version[i].major, platform->version.major);
        ck_assert_uint_eq(info.version[i].minor, platform->version.minor);
        ck_assert_uint_eq(info.version[i].hotfix, platform->version.hotfix);
        ck_assert_uint_eq(info.version[i].build, platform->version.build);
    }
    MUST_BE(env, session_clients(env->session, clients, &count), MEI_OK);
    ck_assert_uint_ge(count, 1);
    for (size_t i = 1; i < count; i++) {
        ck_assert_int_lt(clients[i - 1].address, clients[i].address);
    }
    for (const MeClientRow *row = me_client_rows; row->class; row++) {
        size_t found = 0;

        if (!me_client_possible(row, platform, platform->amt)) {
            continue;
        }
        for (size_t i = 0; i < count; i++) {
            found += is_client(&clients[i], row->class);
        }
        ck_assert_msg(found == 1, "%s: %s is not there", platform->name, row->class->name);
        listed++;
    }
    ck_assert_uint_eq(listed, count);
}

/* Each client that is not at a fixed address takes a connection, and gives it back. */
static void every_client_can_be_opened(E2eEnv *env)
{
    SessionClient clients[SESSION_CLIENTS_MAX];
    size_t count;

    MUST_BE(env, session_clients(env->session, clients, &count), MEI_OK);
    for (unsigned int round = 0; round < 2; round++) {
        for (size_t i = 0; i < count; i++) {
            Channel *channel;

            MUST_BE(env, session_open_client(env->session, &clients[i].guid, &channel), MEI_OK);
            channel_close(channel);
        }
    }
}

static bool opened(E2eEnv *env, const SwmeGuid *guid, Channel **channel)
{
    MeiError error = session_open_client(env->session, guid, channel);

    ck_assert_msg(error == MEI_OK || error == MEI_ERR_NO_CLIENT, "%s: %s", env->platform->name,
                  mei_error_name(error));
    return error == MEI_OK;
}

static size_t exchange(E2eEnv *env, Channel *channel, const void *question, size_t size,
                       void *answer, size_t answer_size)
{
    size_t received;

    MUST_BE(env, channel_write(channel, question, size, TIMEOUT_MS), MEI_OK);
    MUST_BE(env, channel_read(channel, answer, answer_size, &received, TIMEOUT_MS), MEI_OK);
    return received;
}

static void firmware_update_tells_the_version(E2eEnv *env)
{
    static const SwmeGuid guid = SWME_GUID_FWU;
    static const uint8_t question[FWU_HEADER_SIZE] = {FWU_GET_VERSION};
    bool old = env->platform->clients & SWME_CLIENTS_FWU_3;
    uint8_t answer[64];
    Channel *channel;
    size_t at = old ? FWU_3_VERSION_OFF_CODE : FWU_VERSION_OFF_CODE;

    if (!opened(env, &guid, &channel)) {
        ck_assert(!(env->platform->clients & (SWME_CLIENTS_FWU | SWME_CLIENTS_FWU_3)));
        return;
    }
    ck_assert_uint_eq(exchange(env, channel, question, sizeof(question), answer, sizeof(answer)),
                      old ? FWU_3_VERSION_ANSWER_SIZE : FWU_VERSION_ANSWER_SIZE);
    ck_assert_uint_eq(swme_get_le16(answer + at), env->platform->version.major);
    ck_assert_uint_eq(swme_get_le16(answer + at + 6), env->platform->version.build);
    channel_close(channel);
}

/* rpc-go: on, read, off; and with it the record, which has the same id. */
static void upid_and_psr_agree_where_they_are(E2eEnv *env)
{
    static const SwmeGuid upid_guid = SWME_GUID_UPID;
    static const SwmeGuid psr_guid = SWME_GUID_PSR;
    static const uint8_t on[] = {0, UPID_STATE_SET, 1, 0, 1}, off[] = {0, UPID_STATE_SET, 1, 0, 0};
    static const uint8_t get[] = {0, UPID_PLATFORM_ID_GET, 0, 0};
    static const uint8_t record[PSR_REQUEST_GET_SIZE] = {PSR_RECORD_GET, 0, PSR_NONCE_SIZE};
    uint8_t id[UPID_PLATFORM_ID_SIZE], small[16], answer[PSR_RECORD_ANSWER_SIZE];
    Channel *upid, *psr;

    if (!opened(env, &upid_guid, &upid)) {
        ck_assert(!(env->platform->clients & SWME_CLIENTS_CSME_15));
        return;
    }
    ck_assert_uint_eq(exchange(env, upid, on, sizeof(on), small, sizeof(small)), UPID_OFF_DATA);
    ck_assert_uint_eq(exchange(env, upid, get, sizeof(get), id, sizeof(id)), UPID_PLATFORM_ID_SIZE);
    if (opened(env, &psr_guid, &psr)) {
        ck_assert_uint_ge(exchange(env, psr, record, sizeof(record), answer, sizeof(answer)),
                          PSR_OFF_GENESIS_DATE);
        ck_assert_mem_eq(answer + PSR_OFF_UPID, id + UPID_PLATFORM_ID_OFF_OEM, 2 * UPID_ID_SIZE);
        channel_close(psr);
    }
    ck_assert_uint_eq(exchange(env, upid, off, sizeof(off), small, sizeof(small)), UPID_OFF_DATA);
    ck_assert_uint_eq(exchange(env, upid, get, sizeof(get), small, sizeof(small)), UPID_OFF_DATA);
    ck_assert_uint_eq(swme_get_le32(small + UPID_OFF_STATUS), UPID_STATUS_INVALID_STATE);
    channel_close(upid);
}

/* The longest message that any client sends, in fragments or through the DMA ring. */
static void the_flash_log_comes_whole(E2eEnv *env)
{
    static const SwmeGuid guid = SWME_GUID_HOTHAM;
    static const uint8_t question[] = {0x06, HOTHAM_LOG_GET, 0, 0};
    static uint8_t answer[HOTHAM_HEADER_SIZE + HOTHAM_LOG_SIZE];
    Channel *channel;

    if (!opened(env, &guid, &channel)) {
        ck_assert(!(env->platform->clients & SWME_CLIENTS_CSME));
        return;
    }
    ck_assert_uint_eq(exchange(env, channel, question, sizeof(question), answer, sizeof(answer)),
                      sizeof(answer));
    ck_assert_uint_eq(answer[1], HOTHAM_CODE_SUCCESS);
    channel_close(channel);
}

/* What takes messages and answers none holds nobody up. */
static void a_client_that_answers_nothing_takes_messages(E2eEnv *env)
{
    static const SwmeGuid guid = SWME_GUID_HDCP;
    uint8_t message[100] = {0};
    size_t received;
    Channel *channel;

    if (!opened(env, &guid, &channel)) {
        ck_assert(!(env->platform->clients & SWME_CLIENTS_CSME));
        return;
    }
    for (unsigned int i = 0; i < 5; i++) {
        MUST_BE(env, channel_write(channel, message, sizeof(message), TIMEOUT_MS), MEI_OK);
    }
    MUST_BE(env, channel_read(channel, message, sizeof(message), &received, 20), MEI_ERR_TIMEOUT);
    channel_close(channel);
}

static void amt_tells_about_itself_where_it_is(E2eEnv *env)
{
    AmthiInfo info;
    SwmeGuid uuid;

    if (!env->platform->amt) {
        MUST_BE(env, amthi_info(env->session, &info), MEI_ERR_NO_CLIENT);
        return;
    }
    MUST_BE(env, amthi_info(env->session, &info), MEI_OK);
    ck_assert(swme_guid_parse(E2E_UUID, &uuid));
    ck_assert(swme_guid_equal(&uuid, &info.uuid));
    ck_assert_str_eq(info.bios_version, env->platform->bios_version);
    ck_assert_uint_eq(info.code_version_count, 10);
    ck_assert_str_eq(info.code_versions[4].description, "Sku");
    ck_assert_str_eq(info.code_versions[4].version, env->platform->amt_sku);
    ck_assert_uint_eq(info.provisioning_state, AMTHI_PROVISIONING_PRE);
    ck_assert_uint_eq(info.control_mode, AMTHI_CONTROL_MODE_NONE);
}

/* In no case has the firmware done anything that made the driver wonder. */
static void nothing_is_out_of_the_ordinary(E2eEnv *env)
{
    const MeiStats *stats = &session_driver(env->session)->stats;
    Channel *channel = must_open(env);

    for (uint32_t i = 0; i < 20; i++) {
        must_echo(env, channel, 1 + i * 400, i);
    }
    channel_close(channel);
    ck_assert_uint_eq(stats->discarded, 0);
    ck_assert_uint_eq(stats->unmatched, 0);
    ck_assert_uint_eq(stats->reset_ignored, 0);
    ck_assert_uint_eq(stats->link_resets, 1);
}

const char *e2e_prepare(E2eEnv *env)
{
    const SwmePlatform *platform = env->platform;

    env->name = platform->name;
    env->gates = platform->power_gating != SWME_PG_NONE;
    env->fixed = (platform->clients & (SWME_CLIENTS_MKHI_FIXED | SWME_CLIENTS_MKHI_FIXED_1)) != 0;
    env->events = platform->hbm_major >= 2;
    env->tags = platform->hbm_major > 2 || (platform->hbm_major == 2 && platform->hbm_minor >= 2);
    return platform->clients & SWME_CLIENTS_CSME ? E2E_FAULT_EVENTS "+" E2E_FAULT_RESET
                                                 : E2E_FAULT_EVENTS;
}

void e2e_fail(const E2eEnv *env, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    ck_abort_msg("%s: %s", env->name, text);
}

const E2eCase e2e_cases[] = {
    {"enumerates as the platform says", enumerates_as_the_platform_says, false},
    {"AMT tells about itself where it is", amt_tells_about_itself_where_it_is, false},
    {"every client can be opened", every_client_can_be_opened, false},
    {"firmware update tells the version", firmware_update_tells_the_version, false},
    {"UPID and PSR agree where they are", upid_and_psr_agree_where_they_are, false},
    {"the flash log comes whole", the_flash_log_comes_whole, false},
    {"a client that answers nothing takes messages", a_client_that_answers_nothing_takes_messages,
     false},
    {"nothing is out of the ordinary", nothing_is_out_of_the_ordinary, false},
};
const unsigned int e2e_case_count = sizeof(e2e_cases) / sizeof(e2e_cases[0]);
