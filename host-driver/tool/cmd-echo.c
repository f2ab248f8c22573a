/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/tool/echo.h"
#include "host-driver/tool/tool.h"

#define COUNT_MAX 1000000u

typedef struct EchoOptions {
    uint32_t size;
    uint32_t count;
    const char *text; /* NULL: a pattern */
} EchoOptions;

static int parse(Tool *tool, EchoOptions *options)
{
    int at = 0;
    bool size_given = false;

    while (at < tool->argc) {
        const char *argument = tool->argv[at];
        const char *value = NULL;
        int status = TOOL_OK;

        if (tool_option(tool, &at, "--size", &value)) {
            size_given = true;
            status = tool_number("--size", value, 1, CHANNEL_BUFFER_MAX, &options->size);
        } else if (tool_option(tool, &at, "--count", &value)) {
            status = tool_number("--count", value, 1, COUNT_MAX, &options->count);
        } else if (tool_option(tool, &at, "--text", &value)) {
            if (!value || *value == '\0') {
                return tool_error(TOOL_USAGE, "--text takes a text of one character at least");
            }
            options->text = value;
        } else {
            status = tool_error(TOOL_USAGE, "unknown argument '%s'", argument);
        }
        if (status != TOOL_OK) {
            return status;
        }
    }
    if (options->text && size_given) {
        return tool_error(TOOL_USAGE, "--text and --size exclude each other");
    }
    if (options->text) {
        options->size = (uint32_t)strlen(options->text);
    }
    return TOOL_OK;
}

static MeiError run(Session *session, const EchoOptions *options, uint8_t *data, uint8_t *returned)
{
    Channel *channel;
    MeiError error = echo_open(session, &channel);

    if (error) {
        return error;
    }
    for (uint32_t i = 0; !error && i < options->count; i++) {
        if (options->text) {
            memcpy(data, options->text, options->size);
        } else {
            echo_fill(data, options->size, i);
        }
        error = echo_exchange(channel, data, returned, options->size);
    }
    channel_close(channel);
    return error;
}

static void print(const Tool *tool, const EchoOptions *options, const uint8_t *returned)
{
    uint64_t bytes = (uint64_t)options->count * options->size;

    if (tool->json) {
        JsonOut json;

        json_init(&json, stdout);
        json_begin_object(&json, NULL);
        json_int(&json, "count", options->count);
        json_int(&json, "size", options->size);
        json_int(&json, "bytes", (int64_t)bytes);
        if (options->text) {
            json_string(&json, "text", options->text); /* compared: this is what came back */
        }
        json_end_object(&json);
        return;
    }
    if (options->text) {
        printf("%.*s\n", (int)options->size, (const char *)returned);
    }
    printf("%" PRIu32 " message%s of %" PRIu32 " bytes came back as sent, %" PRIu64 " bytes\n",
           options->count, options->count == 1 ? "" : "s", options->size, bytes);
}

int tool_echo(Tool *tool)
{
    EchoOptions options = {.size = 64, .count = 1};
    uint8_t *data;
    int status = parse(tool, &options);

    if (status == TOOL_OK) {
        status = tool_open(tool);
    }
    if (status != TOOL_OK) {
        return status;
    }
    data = malloc(2 * (size_t)options.size);
    if (!data) {
        return tool_error(TOOL_FAILED, "out of memory");
    }
    if (run(tool->session, &options, data, data + options.size)) {
        status = tool_failed(tool);
    } else {
        print(tool, &options, data + options.size);
    }
    free(data);
    return status;
}
