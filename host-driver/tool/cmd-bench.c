/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "host-driver/tool/echo.h"
#include "host-driver/tool/tool.h"

#define COUNT_MAX 10000000u

static int parse(Tool *tool, uint32_t *size, uint32_t *count)
{
    int at = 0;
    int status = TOOL_OK;

    while (status == TOOL_OK && at < tool->argc) {
        const char *argument = tool->argv[at];
        const char *value = NULL;

        if (tool_option(tool, &at, "--size", &value)) {
            status = tool_number("--size", value, 1, CHANNEL_BUFFER_MAX, size);
        } else if (tool_option(tool, &at, "--count", &value)) {
            status = tool_number("--count", value, 1, COUNT_MAX, count);
        } else {
            status = tool_error(TOOL_USAGE, "unknown argument '%s'", argument);
        }
    }
    return status;
}

static int64_t wall_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * MEI_NS_PER_S + now.tv_nsec;
}

typedef struct BenchResult {
    uint32_t size;
    uint32_t count;
    int64_t device_ns; /* of the transport's clock */
    int64_t wall_ns;
} BenchResult;

static MeiError measure(Session *session, BenchResult *result, uint8_t *data)
{
    Channel *channel;
    MeiError error = echo_open(session, &channel);

    if (error) {
        return error;
    }
    echo_fill(data, result->size, 0);
    result->wall_ns = -wall_clock();
    result->device_ns = -session_now(session);
    for (uint32_t i = 0; !error && i < result->count; i++) {
        error = echo_exchange(channel, data, data + result->size, result->size);
    }
    result->device_ns += session_now(session);
    result->wall_ns += wall_clock();
    channel_close(channel);
    return error;
}

static void print(const Tool *tool, const BenchResult *result)
{
    double wall = (double)result->wall_ns / result->count;
    double device = (double)result->device_ns / result->count;

    if (tool->json) {
        JsonOut json;

        json_init(&json, stdout);
        json_begin_object(&json, NULL);
        json_int(&json, "count", result->count);
        json_int(&json, "size", result->size);
        json_double(&json, "wall_ns_per_round_trip", wall);
        json_double(&json, "device_ns_per_round_trip", device);
        json_end_object(&json);
        return;
    }
    printf("%" PRIu32 " round trips of %" PRIu32 " bytes: %.0f ns each on the wall clock, %.0f ns "
           "on the device's\n",
           result->count, result->size, wall, device);
}

int tool_bench(Tool *tool)
{
    BenchResult result = {.size = 64, .count = 1000};
    uint8_t *data;
    int status = parse(tool, &result.size, &result.count);

    if (status == TOOL_OK) {
        status = tool_open(tool);
    }
    if (status != TOOL_OK) {
        return status;
    }
    data = malloc(2 * (size_t)result.size);
    if (!data) {
        return tool_error(TOOL_FAILED, "out of memory");
    }
    if (measure(tool->session, &result, data)) {
        status = tool_failed(tool);
    } else {
        print(tool, &result);
    }
    free(data);
    return status;
}
