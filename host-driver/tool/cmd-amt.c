/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
#include <inttypes.h>
#include <string.h>

#include "host-driver/tool/amthi.h"
#include "host-driver/tool/tool.h"

static void json_coded(JsonOut *json, const char *name, uint32_t value, const char *word)
{
    json_begin_object(json, name);
    json_int(json, "value", value);
    json_string(json, "name", word);
    json_end_object(json);
}

static void print_json(const AmthiInfo *info, const char *uuid)
{
    JsonOut json;

    json_init(&json, stdout);
    json_begin_object(&json, NULL);
    json_string(&json, "bios_version", info->bios_version);
    json_begin_array(&json, "code_versions");
    for (unsigned int i = 0; i < info->code_version_count; i++) {
        json_begin_object(&json, NULL);
        json_string(&json, "description", info->code_versions[i].description);
        json_string(&json, "version", info->code_versions[i].version);
        json_end_object(&json);
    }
    json_end_array(&json);
    json_string(&json, "uuid", uuid);
    json_coded(&json, "provisioning_state", info->provisioning_state,
               amthi_provisioning_state_name(info->provisioning_state));
    json_coded(&json, "provisioning_mode", info->provisioning_mode,
               amthi_provisioning_mode_name(info->provisioning_mode));
    json_coded(&json, "control_mode", info->control_mode,
               amthi_control_mode_name(info->control_mode));
    json_end_object(&json);
}

static void print_text(const AmthiInfo *info, const char *uuid)
{
    printf("%-20s %s\n", "BIOS version", info->bios_version);
    for (unsigned int i = 0; i < info->code_version_count; i++) {
        printf("%-20s %s\n", info->code_versions[i].description, info->code_versions[i].version);
    }
    printf("%-20s %s\n", "UUID", uuid);
    printf("%-20s %s (%" PRIu32 ")\n", "provisioning state",
           amthi_provisioning_state_name(info->provisioning_state), info->provisioning_state);
    printf("%-20s %s (%" PRIu32 ")\n", "provisioning mode",
           amthi_provisioning_mode_name(info->provisioning_mode), info->provisioning_mode);
    printf("%-20s %s (%" PRIu32 ")\n", "control mode", amthi_control_mode_name(info->control_mode),
           info->control_mode);
}

int tool_amt(Tool *tool)
{
    char uuid[SWME_GUID_STRING_SIZE];
    AmthiInfo info;
    int status;

    if (tool->argc > 1 || (tool->argc == 1 && strcmp(tool->argv[0], "info") != 0)) {
        return tool_error(TOOL_USAGE, "amt knows 'info' only, not '%s'",
                          tool->argv[tool->argc - 1]);
    }
    status = tool_open(tool);
    if (status != TOOL_OK) {
        return status;
    }
    if (amthi_info(tool->session, &info)) {
        return tool_failed(tool);
    }
    swme_guid_format(&info.uuid, uuid);
    if (tool->json) {
        print_json(&info, uuid);
    } else {
        print_text(&info, uuid);
    }
    return TOOL_OK;
}
