/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
#include <inttypes.h>

#include <swme/me-clients.h>

#include "host-driver/tool/tool.h"

/*
 * GUIDs that a host may meet and what they are called. Sources: Linux bus-fixup.c and the drivers
 * on its client bus, intel/lms HECI_if.h, dynamic-application-loader-host-interface.
 */
static const struct {
    SwmeGuid guid;
    const char *name;
} names[] = {
    {SWME_GUID_AMTHI, "AMTHI"},
    {SWME_GUID_MKHI, "MKHI"},
    {SWME_GUID_MKHI_FIXED, "MKHI fixed"},
    {SWME_GUID_ECHO, "echo"},
    {SWME_GUID(0x6733a4db, 0x0476, 0x4e7b, 0xb3, 0xaf, 0xbc, 0xfc, 0x29, 0xbe, 0xe7, 0xa7), "LME"},
    {SWME_GUID(0x05b79a6f, 0x4628, 0x4d7f, 0x89, 0x9d, 0xa9, 0x15, 0x14, 0xcb, 0x32, 0xab),
     "watchdog"},
    {SWME_GUID_FWU, "firmware update"},
    {SWME_GUID(0xdd17041c, 0x09ea, 0x4b17, 0xa2, 0x71, 0x5b, 0x98, 0x98, 0x67, 0xec, 0x65), "MCHI"},
    {SWME_GUID_HOTHAM, "HOTHAM"},
    {SWME_GUID_ICC, "ICC"},
    {SWME_GUID_UPID, "UPID"},
    {SWME_GUID_PSR, "PSR"},
    {SWME_GUID_HDCP, "HDCP"},
    {SWME_GUID_PAVP, "PAVP"},
    {SWME_GUID_DAL, "DAL"},
    {SWME_GUID_DAL_LAUNCHER, "DAL launcher"},
    {SWME_GUID(0x13280904, 0x7792, 0x4fcb, 0xa1, 0xaa, 0x5e, 0x70, 0xcb, 0xb1, 0xe8, 0x65), "WLAN"},
};

const char *tool_client_name(const SwmeGuid *guid)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (swme_guid_equal(guid, &names[i].guid)) {
            return names[i].name;
        }
    }
    return "-";
}

static void json_known(JsonOut *json, const char *name, int value)
{
    if (value == SESSION_UNKNOWN) {
        json_null(json, name);
    } else {
        json_int(json, name, value);
    }
}

static void json_flag(JsonOut *json, const char *name, int value)
{
    if (value == SESSION_UNKNOWN) {
        json_null(json, name);
    } else {
        json_bool(json, name, value != 0);
    }
}

static void print_json(const SessionClient *clients, size_t count)
{
    JsonOut json;

    json_init(&json, stdout);
    json_begin_array(&json, NULL);
    for (size_t i = 0; i < count; i++) {
        char guid[SWME_GUID_STRING_SIZE];

        swme_guid_format(&clients[i].guid, guid);
        json_begin_object(&json, NULL);
        json_known(&json, "id", clients[i].address);
        json_bool(&json, "fixed", clients[i].fixed);
        json_string(&json, "guid", guid);
        json_string(&json, "name", tool_client_name(&clients[i].guid));
        json_known(&json, "version", clients[i].version);
        json_known(&json, "max_connections", clients[i].max_connections);
        json_int(&json, "max_length", clients[i].max_length);
        json_flag(&json, "single_receive_buffer", clients[i].single_receive);
        json_flag(&json, "vtag", clients[i].vtag);
        json_end_object(&json);
    }
    json_end_array(&json);
}

static void column(int value, int width)
{
    if (value == SESSION_UNKNOWN) {
        printf("%*s ", width, "?");
    } else {
        printf("%*d ", width, value);
    }
}

static void print_text(const SessionClient *clients, size_t count)
{
    printf("%3s %5s %3s %4s %7s %-5s %-36s %s\n", "id", "fixed", "ver", "conn", "length", "flags",
           "GUID", "name");
    for (size_t i = 0; i < count; i++) {
        char guid[SWME_GUID_STRING_SIZE];

        swme_guid_format(&clients[i].guid, guid);
        column(clients[i].address, 3);
        printf("%5s ", clients[i].fixed ? "yes" : "no");
        column(clients[i].version, 3);
        column(clients[i].max_connections, 4);
        printf("%7" PRIu32 " %c%c    %s %s\n", clients[i].max_length,
               clients[i].single_receive == 1 ? 's' : '-', clients[i].vtag == 1 ? 'v' : '-', guid,
               tool_client_name(&clients[i].guid));
    }
}

int tool_clients(Tool *tool)
{
    SessionClient clients[SESSION_CLIENTS_MAX];
    size_t count;
    int status = tool_no_arguments(tool);

    if (status == TOOL_OK) {
        status = tool_open(tool);
    }
    if (status != TOOL_OK) {
        return status;
    }
    if (session_clients(tool->session, clients, &count)) {
        return tool_failed(tool);
    }
    if (tool->json) {
        print_json(clients, count);
    } else {
        print_text(clients, count);
    }
    return TOOL_OK;
}
