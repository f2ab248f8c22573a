/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
#include "host-driver/tool/tool.h"

int tool_reset(Tool *tool)
{
    int status = tool_no_arguments(tool);

    if (status == TOOL_OK) {
        status = tool_open(tool);
    }
    if (status != TOOL_OK) {
        return status;
    }
    if (session_reset(tool->session)) {
        return tool_failed(tool);
    }
    if (tool->json) {
        JsonOut json;

        json_init(&json, stdout);
        json_begin_object(&json, NULL);
        json_bool(&json, "reset", true);
        json_end_object(&json);
    } else {
        puts("the link was reset and is enabled again");
    }
    return TOOL_OK;
}
