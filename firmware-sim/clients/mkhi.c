/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MKHI, at its fixed address and as a dynamic client. Layouts: Linux bus-fixup.c and mkhi.h,
 * intel/lms MKHIClient, coreboot cse.h; values as a public capture of ME 11.8.50 has them.
 */
#include <string.h>

#include <glib.h>

#include <swme/bytes.h>
#include <swme/me-clients.h>
#include <swme/mkhi.h>

#include "firmware-sim/clients/clients.h"

#define MKHI_MAX_LENGTH 2048 /* captured, both clients */

/* An answer under construction: the header is there, bytes follow. */
typedef struct MkhiReply {
    uint8_t data[64];
    size_t size;
} MkhiReply;

typedef struct MkhiRequest {
    const SwmeContext *context;
    const uint8_t *data; /* header first, at least MKHI_HEADER_SIZE */
    size_t size;
} MkhiRequest;

typedef struct MkhiCommand {
    uint8_t group;
    uint8_t command;
    size_t min_size; /* of the request with its header */
    /* Appends to the reply and returns the result code. */
    uint8_t (*handle)(const MkhiRequest *request, MkhiReply *reply);
} MkhiCommand;

static void reply_append(MkhiReply *reply, const void *data, size_t size)
{
    g_assert(size <= sizeof(reply->data) - reply->size);
    memcpy(reply->data + reply->size, data, size);
    reply->size += size;
}

static uint8_t fw_version(const MkhiRequest *request, MkhiReply *reply)
{
    const SwmeFirmwareVersion *v = &request->context->platform->version;
    uint8_t block[MKHI_FW_VERSION_BLOCK_SIZE];

    swme_put_le16(block + MKHI_FW_VERSION_OFF_MINOR, v->minor);
    block[MKHI_FW_VERSION_OFF_MAJOR] = v->major;
    block[MKHI_FW_VERSION_OFF_PLATFORM] = v->platform;
    swme_put_le16(block + MKHI_FW_VERSION_OFF_BUILD, v->build);
    swme_put_le16(block + MKHI_FW_VERSION_OFF_HOTFIX, v->hotfix);
    for (unsigned int i = 0; i < request->context->platform->version_blocks; i++) {
        reply_append(reply, block, sizeof(block));
    }
    return MKHI_RESULT_SUCCESS;
}

static uint32_t features_enabled(const SwmeContext *context)
{
    uint32_t features = MKHI_CAP_PAVP | MKHI_CAP_DAL | MKHI_CAP_PTT;

    if (context->amt) {
        features |= MKHI_CAP_AMT | MKHI_CAP_IPV6 | MKHI_CAP_KVM | MKHI_CAP_TLS;
    }
    return features;
}

static uint32_t platform_type(const SwmeContext *context)
{
    uint32_t image = context->amt ? MKHI_PLATFORM_IMAGE_CORPORATE : MKHI_PLATFORM_IMAGE_CONSUMER;
    uint32_t brand = context->amt ? MKHI_PLATFORM_BRAND_AMT : MKHI_PLATFORM_BRAND_NONE;

    return MKHI_PLATFORM_DESKTOP | MKHI_PLATFORM_PRODUCTION | image << MKHI_PLATFORM_IMAGE_SHIFT |
           brand << MKHI_PLATFORM_BRAND_SHIFT;
}

static uint8_t get_rule(const MkhiRequest *request, MkhiReply *reply)
{
    uint32_t rule = swme_get_le32(request->data + MKHI_RULE_OFF_ID);
    uint8_t data[MKHI_RULE_OFF_DATA - MKHI_RULE_OFF_ID + 4];
    uint32_t value;

    switch (rule) {
    case MKHI_RULE_SKU_CAPABILITIES:
    case MKHI_RULE_FEATURES_ENABLED:
    case MKHI_RULE_FEATURES_AVAILABLE:
        value = features_enabled(request->context);
        break;
    case MKHI_RULE_FW_UPDATE:
        value = 1; /* enabled */
        break;
    case MKHI_RULE_PLATFORM_TYPE:
        value = platform_type(request->context);
        break;
    default:
        return MKHI_RESULT_PARAMETERS;
    }
    swme_put_le32(data, rule);
    data[4] = 4; /* bytes of data */
    swme_put_le32(data + 5, value);
    reply_append(reply, data, sizeof(data));
    return MKHI_RESULT_SUCCESS;
}

/* The rule's own fields say what they carry; the firmware has no use for it beyond the check. */
static uint8_t set_os_version(const MkhiRequest *request, MkhiReply *reply)
{
    (void)reply;
    if (request->data[MKHI_OS_VERSION_OFF_FEATURE] != MKHI_OS_VERSION_FEATURE ||
        request->data[MKHI_OS_VERSION_OFF_LENGTH] != 8) {
        return MKHI_RESULT_PARAMETERS;
    }
    return MKHI_RESULT_SUCCESS;
}

static uint8_t hmrfpo_status(const MkhiRequest *request, MkhiReply *reply)
{
    /* 2: access to the flash region is enabled as the platform's owner left it (captured). */
    static const uint8_t data[MKHI_HMRFPO_STATUS_RES_SIZE - MKHI_HEADER_SIZE] = {2};

    (void)request;
    reply_append(reply, data, sizeof(data));
    return MKHI_RESULT_SUCCESS;
}

static const MkhiCommand commands[] = {
    {MKHI_GROUP_GENERAL, MKHI_GEN_FW_VERSION, MKHI_HEADER_SIZE, fw_version},
    {MKHI_GROUP_FWCAPS, MKHI_FWCAPS_GET_RULE, MKHI_GET_RULE_REQ_SIZE, get_rule},
    {MKHI_GROUP_FWCAPS, MKHI_FWCAPS_SET_OS_VERSION, MKHI_OS_VERSION_SIZE, set_os_version},
    {MKHI_GROUP_HMRFPO, MKHI_HMRFPO_STATUS, MKHI_HEADER_SIZE, hmrfpo_status},
};

static uint8_t dispatch(const MkhiRequest *request, MkhiReply *reply)
{
    bool known_group = false;

    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        const MkhiCommand *command = &commands[i];

        if (command->group != request->data[MKHI_OFF_GROUP]) {
            continue;
        }
        known_group = true;
        if (command->command == request->data[MKHI_OFF_COMMAND]) {
            return request->size < command->min_size ? MKHI_RESULT_SIZE
                                                     : command->handle(request, reply);
        }
    }
    return known_group ? MKHI_RESULT_INVALID_COMMAND : MKHI_RESULT_NOT_SUPPORTED;
}

static void mkhi_message(MeConnection *connection, const uint8_t *data, size_t size)
{
    MkhiReply reply = {.size = MKHI_HEADER_SIZE};
    MkhiRequest request = {me_connection_context(connection), data, size};

    if (size < MKHI_HEADER_SIZE) {
        /* Nothing to answer to: without a header there is no group and no command. An empty message
         * keeps a host that waits for an answer from waiting for ever. */
        me_connection_send(connection, NULL, 0);
        return;
    }
    reply.data[MKHI_OFF_GROUP] = data[MKHI_OFF_GROUP];
    reply.data[MKHI_OFF_COMMAND] = data[MKHI_OFF_COMMAND] | MKHI_RESPONSE;
    reply.data[MKHI_OFF_RESULT] = dispatch(&request, &reply);
    if (reply.data[MKHI_OFF_RESULT] != MKHI_RESULT_SUCCESS) {
        reply.size = MKHI_HEADER_SIZE;
    }
    me_connection_send(connection, reply.data, reply.size);
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
