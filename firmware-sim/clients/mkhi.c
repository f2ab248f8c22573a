/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MKHI, at its fixed address and as a dynamic client, and MCHI: frames and the table of commands.
 * Layouts: Linux bus-fixup.c and mkhi.h, intel/lms MKHIClient, coreboot cse.h; values as a public
 * capture of ME 11.8.50 has them.
 */
#include "firmware-sim/clients/mkhi.h"

#include <string.h>

#include <swme/bytes.h>
#include <swme/mca.h>
#include <swme/me-clients.h>

#include "firmware-sim/clients/clients.h"

#define MKHI_MAX_LENGTH 2048 /* captured, both clients */
#define MCHI_MAX_LENGTH 4096 /* captured */

/* ---- the commands ---- */

#define CBM(command_)     MKHI_CLIENT_MKHI, MKHI_GROUP_CBM, (command_)
#define FWCAPS(command_)  MKHI_CLIENT_MKHI, MKHI_GROUP_FWCAPS, (command_)
#define HMRFPO(command_)  MKHI_CLIENT_MKHI, MKHI_GROUP_HMRFPO, (command_)
#define BUP(command_)     MKHI_CLIENT_MKHI, MKHI_GROUP_BUP, (command_)
#define GENERAL(command_) MKHI_CLIENT_MKHI, MKHI_GROUP_GENERAL, (command_)
/* The files by name and the version numbers were MKHI's; what came with MCHI is MCHI's. */
#define MKHI_MCA(command_) MKHI_CLIENT_MKHI, MKHI_GROUP_MCA, (command_)
#define MCHI_MCA(command_) MKHI_CLIENT_MCHI, MKHI_GROUP_MCA, (command_)
#define BOTH_MCA(command_) MKHI_CLIENT_MKHI | MKHI_CLIENT_MCHI, MKHI_GROUP_MCA, (command_)

#define HEADER MKHI_HEADER_SIZE
#define ALWAYS 0, 0

/* clang-format off: one command, one or two lines */
const MkhiCommand mkhi_commands[] = {
    {CBM(MKHI_CBM_GLOBAL_RESET), "global reset", MKHI_CBM_GLOBAL_RESET_REQ_SIZE, ALWAYS, "",
     "coreboot, intelmetool", mkhi_after_post},
    {FWCAPS(MKHI_FWCAPS_GET_RULE), "get rule", MKHI_GET_RULE_REQ_SIZE, ALWAYS,
     "u32 rule, u8 4, u32 value", "recorded, intel/lms, coreboot", mkhi_get_rule},
    {FWCAPS(MKHI_FWCAPS_SET_RULE), "set rule", MKHI_SET_RULE_REQ_MIN, ALWAYS, "", "coreboot",
     mkhi_after_post},
    {FWCAPS(MKHI_FWCAPS_SET_OS_VERSION), "set OS version", MKHI_OS_VERSION_SIZE, ALWAYS, "",
     "Linux bus-fixup.c", mkhi_set_os_version},
    {HMRFPO(MKHI_HMRFPO_ENABLE), "HMRFPO enable", MKHI_HMRFPO_ENABLE_REQ_SIZE, ALWAYS, "",
     "coreboot", mkhi_after_post},
    {HMRFPO(MKHI_HMRFPO_LOCK), "HMRFPO lock", HEADER, ALWAYS, "", "coreboot", mkhi_after_post},
    {HMRFPO(MKHI_HMRFPO_STATUS), "HMRFPO status", HEADER, ALWAYS, "u8 status, 3 x 00",
     "recorded, coreboot", mkhi_hmrfpo_status},
    {HMRFPO(MKHI_HMRFPO_LOCK_NO_ANSWER), "HMRFPO lock without an answer", HEADER, ALWAYS, "",
     "coreboot", NULL},
    {MKHI_MCA(MCA_READ_FILE), "read file", MCA_READ_FILE_REQ_SIZE, 11, 0, "u32 size, bytes",
     "fwupd", mca_read_file},
    {MCHI_MCA(MCA_READ_FILE_EX), "read file by number", MCA_READ_FILE_EX_REQ_SIZE, 13, 0,
     "u32 size, bytes", "recorded (fwupd), intel/lms", mca_read_file_ex},
    {MCHI_MCA(MCA_OEM_KEY_STATUS), "OEM key status", HEADER, 15, 0,
     "u8 revocable, u8 keys, u32 kind of hash, 2 x (u8 valid, u8 in use, u8 revoked, hash 64)",
     "slimbootloader", mca_oem_key_status},
    {BOTH_MCA(MCA_ARB_SVN_COMMIT), "commit security versions", MCA_ARB_SVN_COMMIT_REQ_MIN, 15, 0,
     "", "fwupd, slimbootloader", mkhi_after_post},
    {BOTH_MCA(MCA_ARB_SVN_INFO), "security versions", HEADER, 15, 0,
     "u32 count, count x (u8 usage, u8 flags, u8 running, u8 minimum)", "fwupd, slimbootloader",
     mca_arb_svn_info},
    {MCHI_MCA(MCA_OEM_KEY_REVOKE), "revoke OEM key", HEADER, 15, 0, "", "slimbootloader",
     mkhi_after_post},
    {BUP(MKHI_BUP_ME_ENABLE), "ME enable", HEADER, 12, 0, "", "coreboot", mkhi_after_post},
    {BUP(MKHI_BUP_BOOT_PERFORMANCE), "boot performance", HEADER, 16, 0,
     "u32 version, u32 count, 64 x u32 ms", "coreboot", mkhi_boot_performance},
    {BUP(MKHI_BUP_BOOT_PARTITION_INFO), "boot partitions", HEADER, 12, 0, "", "coreboot",
     mkhi_not_lite},
    {BUP(MKHI_BUP_SET_BOOT_PARTITION), "set boot partition", HEADER, 12, 0, "", "coreboot",
     mkhi_not_lite},
    {BUP(MKHI_BUP_CLEAR_DATA), "clear data", HEADER, 12, 0, "", "coreboot", mkhi_not_lite},
    {GENERAL(MKHI_GEN_MKHI_VERSION), "MKHI version", HEADER, ALWAYS, "u16 minor, u16 major",
     "slimbootloader", mkhi_mkhi_version},
    {GENERAL(MKHI_GEN_FW_VERSION), "firmware version", HEADER, ALWAYS,
     "2 or 3 x (u16 minor, u8 major, u8 platform, u16 build, u16 hotfix)",
     "recorded, Linux bus-fixup.c", mkhi_fw_version},
    {GENERAL(MKHI_GEN_BOOT_STATE), "boot state", HEADER, 16, 0, "u32 bits, u32 0", "intel/lms",
     mkhi_boot_state},
    {GENERAL(MKHI_GEN_END_OF_POST), "end of POST", HEADER, ALWAYS, "u32 requested action",
     "coreboot", mkhi_end_of_post},
    {GENERAL(MKHI_GEN_UNCONFIGURE), "unconfigure without password", HEADER, ALWAYS, "",
     "intelmetool", mkhi_after_post},
    {GENERAL(MKHI_GEN_SET_DEBUG_MEMORY), "set debug memory", HEADER, ALWAYS, "", "intelmetool",
     mkhi_after_post},
    {GENERAL(MKHI_GEN_FEATURE_OVERRIDE), "feature override", MKHI_FEATURE_OVERRIDE_REQ_SIZE, 11, 0,
     "u32 status", "coreboot, slimbootloader", mkhi_feature_override},
    {GENERAL(MKHI_GEN_IMAGE_TYPE), "image type", HEADER, 0, 11, "u32 production", "intel/lms",
     mkhi_image_type},
    {GENERAL(MKHI_GEN_EOP_NO_ANSWER), "end of POST without an answer", HEADER, ALWAYS, "",
     "coreboot", NULL},
    {GENERAL(MKHI_GEN_IMAGE_FW_VERSION), "version of a partition", MKHI_IMAGE_FW_VERSION_REQ_SIZE,
     12, 0, "u32 count, count x (name 12, u16 major, minor, hotfix, build, u32 vendor, 64)",
     "intel/lms, coreboot", mkhi_image_fw_version},
    {GENERAL(MKHI_GEN_EOP_STATE), "end of POST state", HEADER, 12, 15, "u8 state, 3 x 00",
     "intel/lms", mkhi_eop_state},
    {GENERAL(MKHI_GEN_MEASURED_BOOT_STATE), "measured boot state", HEADER, 15, 0, "u8 state",
     "intel/lms, slimbootloader", mkhi_measured_boot_state},
    {.name = NULL},
};
/* clang-format on */

static bool is_known(const MkhiCommand *command, const SwmeKernelFacts *facts)
{
    return facts->generation >= command->since &&
           (command->until == 0 || facts->generation <= command->until);
}

bool mkhi_answers(const MkhiCommand *command, const SwmePlatform *platform)
{
    const SwmeKernelFacts *facts = swme_kernel_facts(platform);

    return is_known(command, facts) && command->group != facts->silent_group;
}

/* ---- frames ---- */

/* NULL with the result for a question that this firmware does not know. */
static const MkhiCommand *find_command(const SwmeKernelFacts *facts, MkhiClient client,
                                       const uint8_t *data, uint8_t *result)
{
    *result = MKHI_RESULT_NOT_SUPPORTED;
    for (const MkhiCommand *command = mkhi_commands; command->name; command++) {
        if (!(command->clients & client) || command->group != data[MKHI_OFF_GROUP] ||
            !is_known(command, facts)) {
            continue;
        }
        if (command->command == data[MKHI_OFF_COMMAND]) {
            return command;
        }
        *result = MKHI_RESULT_INVALID_COMMAND;
    }
    return NULL;
}

/* Returns false when nothing is to be sent. */
static bool answer(const MkhiRequest *request, MkhiClient client, GByteArray *reply)
{
    const uint8_t *data = request->data;
    uint8_t result;
    const MkhiCommand *command;
    uint8_t header[MKHI_HEADER_SIZE] = {0};

    if (data[MKHI_OFF_GROUP] == request->facts->silent_group) {
        return false;
    }
    command = find_command(request->facts, client, data, &result);
    if (command && !command->handle) {
        return false;
    }
    header[MKHI_OFF_GROUP] = data[MKHI_OFF_GROUP];
    header[MKHI_OFF_COMMAND] = data[MKHI_OFF_COMMAND] | MKHI_RESPONSE;
    g_byte_array_append(reply, header, sizeof(header));
    if (command) {
        result =
            request->size < command->min_size ? MKHI_RESULT_SIZE : command->handle(request, reply);
    }
    if (result != MKHI_RESULT_SUCCESS) {
        g_byte_array_set_size(reply, MKHI_HEADER_SIZE);
    }
    reply->data[MKHI_OFF_RESULT] = result;
    return true;
}

static void handle_message(MeConnection *connection, MkhiClient client, const uint8_t *data,
                           size_t size)
{
    const SwmeContext *context = me_connection_context(connection);
    MkhiRequest request = {context, swme_kernel_facts(context->platform), data, size};
    g_autoptr(GByteArray) reply = NULL;

    if (size < MKHI_HEADER_SIZE) {
        /* Nothing to answer to: without a header there is no group and no command. An empty message
         * keeps a host that waits for an answer from waiting for ever. */
        me_connection_send(connection, NULL, 0);
        return;
    }
    reply = g_byte_array_new();
    if (answer(&request, client, reply)) {
        me_connection_send(connection, reply->data, reply->len);
    } else {
        me_connection_ignore(connection);
    }
}

static void mkhi_message(MeConnection *connection, const uint8_t *data, size_t size)
{
    handle_message(connection, MKHI_CLIENT_MKHI, data, size);
}

static void mchi_message(MeConnection *connection, const uint8_t *data, size_t size)
{
    handle_message(connection, MKHI_CLIENT_MCHI, data, size);
}

const MeClientClass me_client_mkhi = {
    .name = "mkhi",
    .guid = SWME_GUID_MKHI,
    .protocol_version = 2,
    .max_connections = 1,
    .max_length = MKHI_MAX_LENGTH,
    .request_reply = true,
    .message = mkhi_message,
};

const MeClientClass me_client_mkhi_fixed = {
    .name = "mkhi-fixed",
    .guid = SWME_GUID_MKHI_FIXED,
    .protocol_version = 2,
    .fixed_address = SWME_FIXED_ADDRESS_MKHI,
    .max_length = MKHI_MAX_LENGTH,
    .request_reply = true,
    .message = mkhi_message,
};

/* As a desktop of 2009 lists it. */
const MeClientClass me_client_mkhi_fixed_1 = {
    .name = "mkhi-fixed",
    .guid = SWME_GUID_MKHI_FIXED,
    .protocol_version = 1,
    .fixed_address = SWME_FIXED_ADDRESS_MKHI,
    .max_length = MKHI_MAX_LENGTH,
    .request_reply = true,
    .message = mkhi_message,
};

const MeClientClass me_client_mchi = {
    .name = "mchi",
    .guid = SWME_GUID_MCHI,
    .protocol_version = 1,
    .max_connections = 1,
    .max_length = MCHI_MAX_LENGTH,
    .request_reply = true,
    .message = mchi_message,
};
