/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/e2e/cases.h"

#include <string.h>

#include <check.h>

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

#define ECHO_MAX         8192 /* bytes: the echo client's limit */
#define ECHO_CONNECTIONS 16
#define TIMEOUT_MS       5000

static const SwmeGuid mkhi_fixed = SWME_GUID_MKHI_FIXED;

#define MUST_BE(env, got, expected)                                                     \
    do {                                                                                \
        int must_got_ = (int)(got);                                                     \
                                                                                        \
        ck_assert_msg(must_got_ == (int)(expected), "%s: %s is %s, not %s (%s)",        \
                      (env)->platform->name, #got, mei_error_name((MeiError)must_got_), \
                      mei_error_name((MeiError)(expected)), (env)->session->message);   \
    } while (0)

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

/* ---- connections ---- */

static void an_unknown_guid_is_not_found(E2eEnv *env)
{
    static const SwmeGuid unknown = {{0x13, 0x37}};
    Channel *channel;

    MUST_BE(env, session_open_client(env->session, &unknown, &channel), MEI_ERR_NO_CLIENT);
    ck_assert_ptr_null(channel);
    channel = must_open(env);
    must_echo(env, channel, 16, 1);
    channel_close(channel);
}

static void connections_are_limited(E2eEnv *env)
{
    Channel *channels[ECHO_CONNECTIONS];
    Channel *beyond;

    for (unsigned int i = 0; i < ECHO_CONNECTIONS; i++) {
        channels[i] = must_open(env);
    }
    MUST_BE(env, echo_open(env->session, &beyond), MEI_ERR_BUSY);
    for (unsigned int i = 0; i < ECHO_CONNECTIONS; i++) {
        must_echo(env, channels[i], 100 + i, i);
    }
    channel_close(channels[1]);
    channels[1] = must_open(env);
    must_echo(env, channels[1], 200, 7);
    for (unsigned int i = 0; i < ECHO_CONNECTIONS; i++) {
        channel_close(channels[i]);
    }
}

static void a_fixed_client_has_one_user(E2eEnv *env)
{
    Channel *first;
    Channel *second;

    if (!(env->platform->clients & (SWME_CLIENTS_MKHI_FIXED | SWME_CLIENTS_MKHI_FIXED_1))) {
        MUST_BE(env, session_open_client(env->session, &mkhi_fixed, &first), MEI_ERR_NO_CLIENT);
        return;
    }
    MUST_BE(env, session_open_client(env->session, &mkhi_fixed, &first), MEI_OK);
    MUST_BE(env, session_open_client(env->session, &mkhi_fixed, &second), MEI_ERR_BUSY);
    channel_close(first);
    MUST_BE(env, session_open_client(env->session, &mkhi_fixed, &second), MEI_OK);
    channel_close(second);
}

static void connect_and_disconnect_again_and_again(E2eEnv *env)
{
    for (unsigned int i = 0; i < env->rounds; i++) {
        Channel *channel = must_open(env);

        if (i % 2 == 0) {
            must_echo(env, channel, 1 + i % 600, i);
        }
        channel_close(channel);
    }
}

static void an_unread_answer_dies_with_its_connection(E2eEnv *env)
{
    static const uint8_t stale[] = "stale";
    Channel *channel = must_open(env);

    MUST_BE(env, channel_write(channel, stale, sizeof(stale), TIMEOUT_MS), MEI_OK);
    channel_close(channel);
    channel = must_open(env);
    must_echo(env, channel, 64, 3);
    channel_close(channel);
}

/* ---- messages ---- */

static void every_interesting_size_comes_back(E2eEnv *env)
{
    /* Around a slot, a packet of 508 bytes, two of them, and the client's limit. */
    static const uint16_t sizes[] = {1,    2,    3,    4,    5,    7,    8,    63,   64,
                                     507,  508,  509,  511,  512,  513,  1015, 1016, 1017,
                                     1024, 4095, 4096, 4097, 8128, 8129, 8191, 8192};
    Channel *channel = must_open(env);

    ck_assert_uint_eq(channel->client.max_length, ECHO_MAX);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        must_echo(env, channel, sizes[i], (uint32_t)i);
    }
    channel_close(channel);
}

static void sizes_out_of_range_are_refused(E2eEnv *env)
{
    static uint8_t data[ECHO_MAX + 1];
    Channel *channel = must_open(env);

    MUST_BE(env, channel_write(channel, data, 0, TIMEOUT_MS), MEI_ERR_INVALID);
    MUST_BE(env, channel_write(channel, data, sizeof(data), TIMEOUT_MS), MEI_ERR_TOO_LONG);
    must_echo(env, channel, 32, 5);
    channel_close(channel);
}

static void two_connections_do_not_mix(E2eEnv *env)
{
    static uint8_t a[2000], b[1500], back[ECHO_MAX];
    Channel *first = must_open(env);
    Channel *second = must_open(env);
    size_t received;

    for (uint32_t i = 0; i < 10; i++) {
        echo_fill(a, sizeof(a), 2 * i);
        echo_fill(b, sizeof(b), 2 * i + 1);
        MUST_BE(env, channel_write(first, a, sizeof(a), TIMEOUT_MS), MEI_OK);
        MUST_BE(env, channel_write(second, b, sizeof(b), TIMEOUT_MS), MEI_OK);
        MUST_BE(env, channel_read(second, back, sizeof(back), &received, TIMEOUT_MS), MEI_OK);
        ck_assert_uint_eq(received, sizeof(b));
        ck_assert_mem_eq(back, b, sizeof(b));
        MUST_BE(env, channel_read(first, back, sizeof(back), &received, TIMEOUT_MS), MEI_OK);
        ck_assert_uint_eq(received, sizeof(a));
        ck_assert_mem_eq(back, a, sizeof(a));
    }
    channel_close(first);
    channel_close(second);
}

static void a_read_with_nothing_to_read_times_out(E2eEnv *env)
{
    Channel *channel = must_open(env);
    uint8_t byte;
    size_t received;

    MUST_BE(env, channel_read(channel, &byte, 1, &received, 20), MEI_ERR_TIMEOUT);
    must_echo(env, channel, 1, 9);
    channel_close(channel);
}

/* ---- resets and power ---- */

/* Traffic in every state that a reset can meet: nothing sent, sent, answered, half read. */
static void make_traffic(E2eEnv *env, Channel *channel, Channel *other, unsigned int round)
{
    static uint8_t data[ECHO_MAX];
    size_t received;

    echo_fill(data, sizeof(data), round);
    if (round % 4 > 0) {
        MUST_BE(env, channel_write(channel, data, 1 + round * 37 % 3000, TIMEOUT_MS), MEI_OK);
    }
    if (round % 4 > 1) {
        /* The answer may be there, or on its way: both are fine. */
        (void)channel_read(channel, data, sizeof(data), &received, 0);
        MUST_BE(env, channel_write(other, data, 1 + round % 700, TIMEOUT_MS), MEI_OK);
    }
    if (round % 4 > 2) {
        MUST_BE(env, channel_read(other, data, sizeof(data), &received, TIMEOUT_MS), MEI_OK);
    }
}

static void resets_under_traffic_lose_nothing_after(E2eEnv *env)
{
    SessionClient before[SESSION_CLIENTS_MAX];
    SessionClient after[SESSION_CLIENTS_MAX];
    size_t count_before;
    size_t count_after;
    uint8_t byte = 0;
    size_t received;

    MUST_BE(env, session_clients(env->session, before, &count_before), MEI_OK);
    for (unsigned int i = 0; i < env->rounds; i++) {
        Channel *channel = must_open(env);
        Channel *other = must_open(env);

        make_traffic(env, channel, other, i);
        MUST_BE(env, session_reset(env->session), MEI_OK);
        MUST_BE(env, channel_write(channel, &byte, 1, TIMEOUT_MS), MEI_ERR_NOT_CONNECTED);
        MUST_BE(env, channel_read(other, &byte, 1, &received, TIMEOUT_MS), MEI_ERR_NOT_CONNECTED);
        channel_close(channel);
        channel_close(other);
        channel = must_open(env);
        must_echo(env, channel, 1 + i % 1200, i);
        channel_close(channel);
    }
    MUST_BE(env, session_clients(env->session, after, &count_after), MEI_OK);
    ck_assert_uint_eq(count_after, count_before);
    for (size_t i = 0; i < count_before; i++) {
        ck_assert(swme_guid_equal(&before[i].guid, &after[i].guid));
    }
}

static void power_gating_keeps_connections(E2eEnv *env)
{
    Mei *mei = session_driver(env->session);
    bool gates = env->platform->power_gating != SWME_PG_NONE;
    Channel *channel = must_open(env);
    uint64_t resets = mei->stats.link_resets;

    for (unsigned int i = 0; i < 20; i++) {
        MUST_BE(env, mei_power_gate(mei), gates ? MEI_OK : MEI_ERR_UNSUPPORTED);
        if (i % 2 == 0) {
            MUST_BE(env, mei_power_ungate(mei), MEI_OK);
        }
        must_echo(env, channel, 1 + i * 61, i);
    }
    ck_assert_uint_eq(mei->stats.link_resets, resets);
    channel_close(channel);
}

static void a_stopped_driver_starts_again(E2eEnv *env)
{
    Mei *mei = session_driver(env->session);

    for (unsigned int i = 0; i < 5; i++) {
        Channel *channel;

        mei_stop(mei);
        MUST_BE(env, echo_open(env->session, &channel), MEI_ERR_DISABLED);
        MUST_BE(env, mei_start(mei), MEI_OK);
        channel = must_open(env);
        must_echo(env, channel, 100, i);
        channel_close(channel);
    }
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

const E2eCase e2e_cases[] = {
    {"enumerates as the platform says", enumerates_as_the_platform_says},
    {"AMT tells about itself where it is", amt_tells_about_itself_where_it_is},
    {"every client can be opened", every_client_can_be_opened},
    {"firmware update tells the version", firmware_update_tells_the_version},
    {"UPID and PSR agree where they are", upid_and_psr_agree_where_they_are},
    {"the flash log comes whole", the_flash_log_comes_whole},
    {"a client that answers nothing takes messages", a_client_that_answers_nothing_takes_messages},
    {"an unknown GUID is not found", an_unknown_guid_is_not_found},
    {"connections are limited", connections_are_limited},
    {"a fixed client has one user", a_fixed_client_has_one_user},
    {"connect and disconnect again and again", connect_and_disconnect_again_and_again},
    {"an unread answer dies with its connection", an_unread_answer_dies_with_its_connection},
    {"every interesting size comes back", every_interesting_size_comes_back},
    {"sizes out of range are refused", sizes_out_of_range_are_refused},
    {"two connections do not mix", two_connections_do_not_mix},
    {"a read with nothing to read times out", a_read_with_nothing_to_read_times_out},
    {"resets under traffic lose nothing after", resets_under_traffic_lose_nothing_after},
    {"power gating keeps connections", power_gating_keeps_connections},
    {"a stopped driver starts again", a_stopped_driver_starts_again},
    {"nothing is out of the ordinary", nothing_is_out_of_the_ordinary},
};
const unsigned int e2e_case_count = sizeof(e2e_cases) / sizeof(e2e_cases[0]);
