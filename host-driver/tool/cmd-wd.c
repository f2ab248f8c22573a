/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/* AMT's watchdog: Linux drivers/watchdog/mei_wdt.c has the messages. */
#include <inttypes.h>
#include <string.h>

#include <swme/bytes.h>
#include <swme/me-clients.h>
#include <swme/watchdog.h>

#include "host-driver/tool/tool.h"

#define WD_WAIT_MS 1000 /* for an acknowledgement; firmware answers in milliseconds */

typedef struct WdAnswer {
    bool acknowledged; /* firmware of version 1 does not */
    uint8_t status;
    bool required;
} WdAnswer;

static MeiError wd_open(Session *session, Channel **channel)
{
    static const SwmeGuid guid = SWME_GUID_WATCHDOG;
    MeiError error = session_open_client(session, &guid, channel);

    if (error == MEI_ERR_NO_CLIENT) {
        return session_fail(session, error,
                            "no watchdog client: this firmware has no AMT, or it is switched off");
    }
    return error;
}

/* Sends a message and takes what comes. Nothing within the time is no error where it may be so. */
static MeiError wd_exchange(Channel *channel, const uint8_t *data, size_t size, uint8_t *answer,
                            size_t room, size_t *received, bool *came)
{
    MeiError error = channel_write(channel, data, size, WD_WAIT_MS);

    if (error) {
        return error;
    }
    error = channel_read(channel, answer, room, received, WD_WAIT_MS);
    *came = !error;
    return error == MEI_ERR_TIMEOUT && channel->client.version < 2 ? MEI_OK : error;
}

static MeiError wd_start(Channel *channel, uint16_t timeout_s, WdAnswer *answer)
{
    uint8_t request[WD_START_SIZE] = {WD_CONTROL, WD_START_SIZE - WD_COUNT_BEGIN, WD_CONTROL_START,
                                      WD_VERSION};
    uint8_t response[WD_START_SIZE];
    size_t size = 0;
    MeiError error;

    swme_put_le16(request + WD_START_OFF_TIMEOUT, timeout_s);
    error = wd_exchange(channel, request, sizeof(request), response, sizeof(response), &size,
                        &answer->acknowledged);
    if (error || !answer->acknowledged) {
        return error;
    }
    if (size < WD_START_RES_SIZE || response[WD_OFF_COMMAND] != WD_CONTROL ||
        response[WD_OFF_SUB] != WD_CONTROL_START_RES || response[WD_OFF_VERSION] != WD_VERSION) {
        return session_fail(channel->session, MEI_ERR_PROTOCOL,
                            "the watchdog's answer of %zu bytes is none to a start", size);
    }
    answer->status = response[WD_START_RES_OFF_STATUS];
    answer->required = !(response[WD_START_RES_OFF_STATE] & WD_START_RES_NOT_REQUIRED);
    return MEI_OK;
}

static MeiError wd_stop(Channel *channel, WdAnswer *answer)
{
    static const uint8_t request[WD_HEADER_SIZE] = {WD_CONTROL, WD_HEADER_SIZE - WD_COUNT_BEGIN,
                                                    WD_CONTROL_STOP, WD_VERSION};
    uint8_t response[WD_START_SIZE];
    size_t size = 0;

    return wd_exchange(channel, request, sizeof(request), response, sizeof(response), &size,
                       &answer->acknowledged);
}

/* ---- start, ping, stop ---- */

static void print_command(const Tool *tool, const char *name, uint32_t timeout_s,
                          const WdAnswer *answer)
{
    JsonOut json;

    if (!tool->json) {
        printf("%s", name);
        if (timeout_s) {
            printf(", %" PRIu32 " s", timeout_s);
        }
        if (!answer->acknowledged) {
            puts(": sent; this firmware acknowledges nothing");
        } else if (timeout_s && !answer->required) {
            puts(": acknowledged, but AMT does not want the watchdog now: it does not run");
        } else {
            puts(": acknowledged");
        }
        return;
    }
    json_init(&json, stdout);
    json_begin_object(&json, NULL);
    json_string(&json, "command", name);
    if (timeout_s) {
        json_int(&json, "timeout_s", timeout_s);
    }
    json_bool(&json, "acknowledged", answer->acknowledged);
    if (timeout_s && answer->acknowledged) {
        json_int(&json, "status", answer->status);
        json_bool(&json, "required", answer->required);
    }
    json_end_object(&json);
}

/* ---- state ---- */

typedef struct WdState {
    int version;
    uint8_t query;
    bool has_info;
    uint32_t info_version;
    uint32_t sku;
    uint32_t mode;
} WdState;

static MeiError read_state(Channel *channel, WdState *state)
{
    static const uint8_t query[WD_HEADER_SIZE] = {WD_STATE, WD_HEADER_SIZE - WD_COUNT_BEGIN,
                                                  WD_STATE_QUERY, WD_VERSION};
    static const uint8_t info[WD_HEADER_SIZE] = {WD_INFO, WD_HEADER_SIZE - WD_COUNT_BEGIN,
                                                 WD_INFO_GET, WD_VERSION};
    uint8_t answer[WD_START_SIZE];
    size_t size = 0;
    MeiError error = channel_write(channel, query, sizeof(query), WD_WAIT_MS);

    state->version = channel->client.version;
    if (!error) {
        error = channel_read(channel, answer, sizeof(answer), &size, WD_WAIT_MS);
    }
    if (!error && size != WD_QUERY_RES_SIZE) {
        error = session_fail(channel->session, MEI_ERR_PROTOCOL,
                             "the answer to IsChangeToAMTEnabled has %zu bytes and not 1", size);
    }
    if (error) {
        return error;
    }
    state->query = answer[0];
    error = channel_write(channel, info, sizeof(info), WD_WAIT_MS);
    if (!error) {
        error = channel_read(channel, answer, sizeof(answer), &size, WD_WAIT_MS);
    }
    /* Not every firmware knows it. */
    state->has_info = !error && size == WD_INFO_RES_SIZE;
    if (state->has_info) {
        state->info_version = swme_get_le32(answer + WD_INFO_RES_OFF_VERSION);
        state->sku = swme_get_le32(answer + WD_INFO_RES_OFF_SKU);
        state->mode = swme_get_le32(answer + WD_INFO_RES_OFF_MODE);
    }
    return error == MEI_ERR_TIMEOUT ? MEI_OK : error;
}

static const char *mode_name(uint32_t mode)
{
    switch (mode) {
    case WD_INFO_MODE_NONE:
        return "none";
    case WD_INFO_MODE_AMT:
        return "AMT";
    default:
        return "another";
    }
}

static const char *yes_no(bool yes)
{
    return yes ? "yes" : "no";
}

static void print_state(const Tool *tool, const WdState *state)
{
    bool new_interface = state->query & WD_QUERY_NEW;
    bool allowed = state->query & WD_QUERY_ALLOWED;
    bool enabled = state->query & WD_QUERY_ENABLED;
    bool tls = state->query & WD_QUERY_TLS_ENFORCED;
    JsonOut json;

    if (tool->json) {
        json_init(&json, stdout);
        json_begin_object(&json, NULL);
        json_int(&json, "protocol_version", state->version);
        json_bool(&json, "change_allowed", allowed);
        if (new_interface) {
            json_bool(&json, "amt_enabled", enabled);
            json_bool(&json, "tls_enforced", tls);
        }
        if (state->has_info) {
            json_int(&json, "sku", state->sku);
            json_int(&json, "mode", state->mode);
        }
        json_end_object(&json);
        return;
    }
    printf("%-20s %d\n", "protocol version", state->version);
    printf("%-20s %s\n", "AMT may be switched", yes_no(allowed));
    if (new_interface) {
        printf("%-20s %s\n", "AMT is switched on", yes_no(enabled));
        printf("%-20s %s\n", "TLS enforced locally", yes_no(tls));
    }
    if (state->has_info) {
        printf("%-20s 0x%08" PRIx32 "\n", "SKU", state->sku);
        printf("%-20s %s (%" PRIu32 ")\n", "manageability", mode_name(state->mode), state->mode);
    }
}

/* timeout_s: 0 stops; the state is asked where there is room for it. */
static int run(Tool *tool, const char *name, uint32_t timeout_s, WdState *state)
{
    WdAnswer answer = {0};
    Channel *channel = NULL;
    int status = tool_open(tool);
    MeiError error;

    if (status != TOOL_OK) {
        return status;
    }
    error = wd_open(tool->session, &channel);
    if (!error) {
        error = state       ? read_state(channel, state)
                : timeout_s ? wd_start(channel, (uint16_t)timeout_s, &answer)
                            : wd_stop(channel, &answer);
        channel_close(channel);
    }
    if (error) {
        return tool_failed(tool);
    }
    if (state) {
        print_state(tool, state);
    } else {
        print_command(tool, name, timeout_s, &answer);
    }
    return TOOL_OK;
}

/* ---- the command line ---- */

int tool_wd(Tool *tool)
{
    const char *name = tool->argc ? tool->argv[0] : "state";
    bool starts = strcmp(name, "start") == 0 || strcmp(name, "ping") == 0;
    uint32_t timeout_s = WD_TIMEOUT_DEFAULT;
    WdState state = {0};
    int at = 1;

    if (!starts && strcmp(name, "stop") != 0 && strcmp(name, "state") != 0) {
        return tool_error(TOOL_USAGE, "wd %s: there are start, ping, stop and state", name);
    }
    while (at < tool->argc) {
        const char *argument = tool->argv[at];
        const char *value = NULL;

        if (!starts || !tool_option(tool, &at, "--timeout", &value)) {
            return tool_error(TOOL_USAGE, "wd %s: unknown argument '%s'", name, argument);
        }
        if (tool_number("--timeout", value, 1, WD_TIMEOUT_MAX, &timeout_s) != TOOL_OK) {
            return TOOL_USAGE;
        }
    }
    return run(tool, name, starts ? timeout_s : 0, strcmp(name, "state") == 0 ? &state : NULL);
}
