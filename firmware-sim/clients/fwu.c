/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The firmware update client, as far as it tells: versions and states. An update itself ends before
 * it begins, as not available. Layouts: intel/lms FWUpdateClient, lms8 FWULCommand.h; the latter
 * also has the one of AMT 3. What no source gives a meaning, the chipset's numbers and SKUs, is
 * zero.
 */
#include <string.h>

#include <glib.h>

#include <swme/bytes.h>
#include <swme/fwu.h>
#include <swme/heci-regs.h>
#include <swme/me-clients.h>

#include "firmware-sim/clients/clients.h"

#define FWU_MAX_LENGTH 4096 /* recorded */
#define ANSWER_MAX     MAX(FWU_VERSION_ANSWER_SIZE, FWU_INFO_ANSWER_SIZE)

static void put_version(uint8_t *at, const SwmeContext *context)
{
    const SwmeFirmwareVersion *version = &context->platform->version;

    swme_put_le16(at, version->major);
    swme_put_le16(at + 2, version->minor);
    swme_put_le16(at + 4, version->hotfix);
    swme_put_le16(at + 6, version->build);
}

static size_t get_version(const SwmeContext *context, uint8_t *answer)
{
    swme_put_le32(answer + FWU_VERSION_OFF_VENDOR, HECI_PCI_VENDOR_ID);
    put_version(answer + FWU_VERSION_OFF_CODE, context);
    if (context->amt) {
        put_version(answer + FWU_VERSION_OFF_AMT, context);
    }
    return FWU_VERSION_ANSWER_SIZE;
}

static size_t get_info(const SwmeContext *context, uint8_t *answer)
{
    uint32_t flags = FWU_FLAG_CRYPTO_FUSE | FWU_FLAG_FLASH_PROTECTION;

    put_version(answer + FWU_INFO_OFF_MEBX, context);
    if (context->amt) {
        flags |= (uint32_t)amt_state_data(context->amt)->live.me_reset_reason
                 << FWU_FLAG_RESET_REASON_SHIFT;
    }
    swme_put_le32(answer + FWU_INFO_OFF_MODE,
                  swme_context_amt_on(context) ? FWU_MODE_AMT : FWU_MODE_NONE);
    swme_put_le32(answer + FWU_INFO_OFF_FLAGS, flags);
    g_strlcpy((char *)answer + FWU_INFO_OFF_BIOS, context->platform->bios_version,
              FWU_INFO_BIOS_SIZE);
    return FWU_INFO_ANSWER_SIZE;
}

static size_t get_version_3(const SwmeContext *context, uint8_t *answer)
{
    swme_put_le32(answer + FWU_3_VERSION_OFF_VENDOR, HECI_PCI_VENDOR_ID);
    put_version(answer + FWU_3_VERSION_OFF_CODE, context);
    put_version(answer + FWU_3_VERSION_OFF_RECOVERY, context);
    return FWU_3_VERSION_ANSWER_SIZE;
}

/* NULL: the firmware knows the request, and has nothing for it. */
typedef size_t FwuHandler(const SwmeContext *context, uint8_t *answer);

typedef struct FwuCommand {
    uint32_t id;
    FwuHandler *handle;
    FwuHandler *handle_3;
} FwuCommand;

static const FwuCommand commands[] = {
    {FWU_GET_VERSION, get_version, get_version_3},
    {FWU_START, NULL, NULL},
    {FWU_DATA, NULL, NULL},
    {FWU_END, NULL, NULL},
    {FWU_GET_INFO, get_info, NULL},
};

/* NULL: not a request that any public client sends. */
static const FwuCommand *find_command(uint32_t id)
{
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (commands[i].id == id) {
            return &commands[i];
        }
    }
    return NULL;
}

static void fwu_message(MeConnection *connection, const uint8_t *data, size_t size)
{
    uint8_t answer[ANSWER_MAX] = {0};
    size_t answer_size = FWU_ANSWER_SIZE;
    const FwuCommand *command;

    if (size < FWU_HEADER_SIZE) {
        me_connection_send(connection, NULL, 0); /* as MKHI does: nothing to answer to */
        return;
    }
    command = find_command(swme_get_le32(data));
    if (command && command->handle) {
        answer_size = command->handle(me_connection_context(connection), answer);
    } else {
        swme_put_le32(answer + FWU_OFF_STATUS, FWU_STATUS_NOT_AVAILABLE);
    }
    swme_put_le32(answer, swme_get_le32(data) + 1);
    me_connection_send(connection, answer, answer_size);
}

/* A request's id is a u32 as ever; of an answer's, only one byte is left. */
static void fwu_3_message(MeConnection *connection, const uint8_t *data, size_t size)
{
    uint8_t answer[FWU_3_VERSION_ANSWER_SIZE] = {0};
    size_t answer_size = FWU_3_ANSWER_SIZE;
    const FwuCommand *command;

    if (size < FWU_HEADER_SIZE) {
        me_connection_send(connection, NULL, 0);
        return;
    }
    command = find_command(swme_get_le32(data));
    if (command && command->handle_3) {
        answer_size = command->handle_3(me_connection_context(connection), answer);
    } else {
        swme_put_le32(answer + FWU_3_OFF_STATUS, FWU_STATUS_NOT_AVAILABLE);
    }
    answer[0] = (uint8_t)(data[0] + 1);
    me_connection_send(connection, answer, answer_size);
}

const MeClientClass me_client_fwu = {
    .name = "fwu",
    .guid = SWME_GUID_FWU,
    .protocol_version = 1,
    .max_connections = 1,
    .max_length = FWU_MAX_LENGTH,
    .request_reply = true,
    .message = fwu_message,
};

const MeClientClass me_client_fwu_3 = {
    .name = "fwu",
    .guid = SWME_GUID_FWU,
    .protocol_version = 1,
    .max_connections = 1,
    .max_length = FWU_MAX_LENGTH,
    .request_reply = true,
    .message = fwu_3_message,
};
