/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of nobody's: what the control socket puts on the link. */
#include "firmware-sim/control/control-internal.h"

#include <string.h>

#include <swme/bytes.h>
#include <swme/heci-regs.h>
#include <swme/mei-header.h>

#include "firmware-sim/error.h"

#define fail(error, ...) swme_error_set(error, SWME_ERROR_ARGUMENT, NULL, __VA_ARGS__)

/* Whole slots of data, no more than the length field and an empty buffer of that depth take. */
static size_t payload_max(const SwmePlatform *platform, gboolean to_host)
{
    size_t ring = (size_t)((to_host ? platform->me_depth : platform->h_depth) - 1) * HECI_SLOT_SIZE;

    return MIN(ring, MEI_HDR_LENGTH_MAX & ~(HECI_SLOT_SIZE - 1u));
}

/* A member in hexadecimal; NULL and an error. */
static GByteArray *bytes_member(JsonObject *request, const char *name, GError **error)
{
    const char *text = control_json_text(request, name, error);
    GByteArray *bytes = text ? control_json_bytes(text) : NULL;

    if (text && !bytes) {
        control_json_must_be(error, name, "bytes in hexadecimal, two digits each");
    }
    return bytes;
}

/* 0 to 255, or what stands for none at all. */
static gboolean address_member(JsonObject *request, const char *name, gint64 otherwise,
                               uint8_t *address, GError **error)
{
    JsonNode *node = json_object_get_member(request, name);
    gint64 number = node ? -1 : otherwise;

    if (node && json_node_get_value_type(node) == G_TYPE_INT64) {
        number = json_node_get_int(node);
    }
    if (number < 0 || number > UINT8_MAX) {
        return control_json_must_be(error, name, "a number from 0 to 255");
    }
    *address = (uint8_t)number;
    return TRUE;
}

/* An ME client by its name, or any address: also one that nobody has. */
static gboolean client_member(const SwmeFirmware *firmware, JsonObject *request, uint8_t *address,
                              GError **error)
{
    JsonNode *node = json_object_get_member(request, "client");
    g_autofree char *shown = NULL;

    if (!node || json_node_get_value_type(node) != G_TYPE_STRING) {
        return address_member(request, "client", -1, address, error);
    }
    *address = swme_firmware_client_address(firmware, json_node_get_string(node));
    if (*address == 0) {
        shown = swme_error_text(json_node_get_string(node));
        return fail(error, "this firmware has no client '%.100s': status lists them", shown);
    }
    return TRUE;
}

static void add_message(GPtrArray *packets, uint8_t me, uint8_t host, const GByteArray *data,
                        size_t most)
{
    size_t at = 0;

    do {
        size_t part = MIN(data->len - at, most);
        g_autofree uint8_t *packet = g_malloc(MEI_HEADER_SIZE + part);

        swme_put_le32(packet, mei_hdr(me, host, (uint16_t)part, at + part == data->len));
        if (part) {
            memcpy(packet + MEI_HEADER_SIZE, data->data + at, part);
        }
        g_ptr_array_add(packets, g_bytes_new(packet, MEI_HEADER_SIZE + part));
        at += part;
    } while (at < data->len);
}

/* "client", "host" and "data": as many packets as the message takes. */
static gboolean message_members(ControlClient *client, JsonObject *request, size_t most,
                                GPtrArray *packets, GError **error)
{
    const SwmeFirmware *firmware = client->control->target.firmware;
    SwmeFirmwareClient info = {0};
    g_autoptr(GByteArray) data = NULL;
    uint8_t me, host;

    if (!client_member(firmware, request, &me, error)) {
        return FALSE;
    }
    /* At a fixed address there are no connections (Linux hbm.c, mei_me_cl_fixed). */
    swme_firmware_client(firmware, me, &info);
    if (!address_member(request, "host", info.fixed || me == 0 ? 0 : -1, &host, error)) {
        return FALSE;
    }
    data = bytes_member(request, "data", error);
    if (!data) {
        return FALSE;
    }
    add_message(packets, me, host, data, most);
    return TRUE;
}

static gboolean packet_member(JsonObject *request, size_t most, GPtrArray *packets, GError **error)
{
    g_autoptr(GByteArray) packet = bytes_member(request, "packet", error);

    if (!packet) {
        return FALSE;
    }
    for (const char *const *name = (const char *const[]){"client", "host", "data", NULL}; *name;
         name++) {
        if (json_object_has_member(request, *name)) {
            return fail(error, "a \"packet\" has its header in it: no \"%s\" beside it", *name);
        }
    }
    if (packet->len > MEI_HEADER_SIZE + most) {
        return fail(error, "a packet of more than %zu bytes never fits into the ring",
                    MEI_HEADER_SIZE + most);
    }
    g_ptr_array_add(packets, g_bytes_new(packet->data, packet->len));
    return TRUE;
}

/* Whoever is to get it must be there: nothing is kept for later. */
static gboolean somebody_listens(const SwmeFirmware *firmware, gboolean to_host, GError **error)
{
    SwmeFirmwareStatus status;

    swme_firmware_status(firmware, &status);
    if (to_host && !status.started) {
        return fail(error, "no host has started the link");
    }
    return status.ready || fail(error, "the firmware is not ready");
}

gboolean control_inject(ControlClient *client, JsonObject *request, JsonBuilder *out,
                        GError **error)
{
    const SwmeControlTarget *target = &client->control->target;
    g_autoptr(GPtrArray) packets = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    const char *way = control_json_text(request, "way", error);
    gboolean to_host = g_strcmp0(way, "to-host") == 0;
    size_t most = payload_max(target->platform, to_host);

    if (!way) {
        return FALSE;
    }
    if (!to_host && !g_str_equal(way, "to-firmware")) {
        return control_json_must_be(error, "way", "to-host or to-firmware");
    }
    if (!(json_object_has_member(request, "packet")
              ? packet_member(request, most, packets, error)
              : message_members(client, request, most, packets, error)) ||
        !somebody_listens(target->firmware, to_host, error) ||
        !swme_faults_inject(target->faults, to_host, packets, error)) {
        return FALSE;
    }
    control_json_number(out, "packets", packets->len);
    return TRUE;
}
