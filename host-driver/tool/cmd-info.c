/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
#include "host-driver/tool/tool.h"

/* HFS1's fields as coreboot, fwupd and slimbootloader decode them. */
static const char *working_state(uint32_t hfs1)
{
    static const char *const names[16] = {
        [0] = "reset",       [1] = "initialising", [2] = "recovery", [3] = "test",
        [4] = "disabled",    [5] = "normal",       [6] = "wait",     [7] = "transition",
        [8] = "invalid CPU", [14] = "halt",
    };
    const char *name = names[hfs1 & 0xf];

    return name ? name : "unknown";
}

static const char *operation_mode(uint32_t hfs1)
{
    static const char *const names[16] = {
        [0] = "normal",
        [2] = "debug",
        [3] = "soft temporary disable",
        [4] = "security override jumper",
        [5] = "security override message",
        [7] = "enhanced debug",
        [15] = "SPS",
    };
    const char *name = names[hfs1 >> 16 & 0xf];

    return name ? name : "unknown";
}

#define HFS1_INIT_COMPLETE 0x200u

static const char *const version_names[MKHI_FW_VERSION_BLOCKS_MAX] = {"code", "recovery", "FITC"};

static void version_text(const SessionVersion *version, char *text, size_t size)
{
    snprintf(text, size, "%u:%u.%u.%u.%u", version->platform, version->major, version->minor,
             version->hotfix, version->build);
}

static void print_json(const Tool *tool, const SessionInfo *info)
{
    JsonOut json;
    char text[40];

    json_init(&json, stdout);
    json_begin_object(&json, NULL);
    json_string(&json, "transport", tool->transport);
    json_string(&json, "state", info->state);
    if (info->reason[0]) {
        json_string(&json, "reason", info->reason);
    }
    if (info->kind[0]) {
        json_string(&json, "kind", info->kind);
    }
    if (info->pci_known) {
        snprintf(text, sizeof(text), "%04x:%04x", info->pci_vendor, info->pci_device);
        json_string(&json, "pci_id", text);
    }
    if (info->hbm_known) {
        snprintf(text, sizeof(text), "%u.%u", info->hbm_major, info->hbm_minor);
        json_string(&json, "hbm_version", text);
    }
    json_begin_array(&json, "fw_version");
    for (unsigned int i = 0; i < info->version_count; i++) {
        version_text(&info->version[i], text, sizeof(text));
        json_string(&json, NULL, text);
    }
    json_end_array(&json);
    json_begin_array(&json, "fw_status");
    for (unsigned int i = 0; i < info->status_count; i++) {
        snprintf(text, sizeof(text), "%08x", info->status[i]);
        json_string(&json, NULL, text);
    }
    json_end_array(&json);
    if (info->trc_known) {
        snprintf(text, sizeof(text), "%08x", info->trc);
        json_string(&json, "trc", text);
    }
    json_end_object(&json);
}

static void print_text(const Tool *tool, const SessionInfo *info)
{
    char text[40];

    printf("transport         %s\n", tool->transport);
    printf("state             %s%s%s%s\n", info->state, info->reason[0] ? " (" : "", info->reason,
           info->reason[0] ? ")" : "");
    if (info->kind[0]) {
        printf("kind              %s\n", info->kind);
    }
    if (info->pci_known) {
        printf("PCI id            %04x:%04x\n", info->pci_vendor, info->pci_device);
    }
    if (info->hbm_known) {
        printf("HBM version       %u.%u\n", info->hbm_major, info->hbm_minor);
    }
    if (info->version_count == 0) {
        puts("firmware version  not told");
    }
    for (unsigned int i = 0; i < info->version_count; i++) {
        version_text(&info->version[i], text, sizeof(text));
        printf("%-17s %s (%s)\n", i == 0 ? "firmware version" : "", text, version_names[i]);
    }
    for (unsigned int i = 0; i < info->status_count; i++) {
        printf("firmware status %u %08x", i + 1, info->status[i]);
        if (i == 0) {
            printf(" (state %s, mode %s, init %s)", working_state(info->status[0]),
                   operation_mode(info->status[0]),
                   info->status[0] & HFS1_INIT_COMPLETE ? "complete" : "not complete");
        }
        putchar('\n');
    }
    if (info->trc_known) {
        printf("trace control     %08x\n", info->trc);
    }
}

int tool_info(Tool *tool)
{
    SessionInfo info;
    int status = tool_no_arguments(tool);

    if (status == TOOL_OK) {
        status = tool_open(tool);
    }
    if (status != TOOL_OK) {
        return status;
    }
    if (session_info(tool->session, &info)) {
        return tool_failed(tool);
    }
    if (tool->json) {
        print_json(tool, &info);
    } else {
        print_text(tool, &info);
    }
    /* Whoever asks in a script whether the ME is up reads the exit status. */
    if (info.reason[0]) {
        return tool_error(TOOL_FAILED, "the device did not start: %s", info.reason);
    }
    return TOOL_OK;
}
