/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/control-fixture.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "tests/unit/json-schema.h"

const char *ctl_schema_path;

/* ---- firmware ---- */

static void traced(void *opaque, const SwmeTrace *trace)
{
    Ctl *ctl = opaque;

    if (ctl->control) {
        swme_control_trace(ctl->control, trace);
    }
}

static void struck(void *opaque, uint32_t id, const char *name)
{
    Ctl *ctl = opaque;

    if (ctl->control) {
        swme_control_fault(ctl->control, id, name);
    }
}

static void counters(void *opaque, SwmeControlCounterFunc add, void *add_opaque)
{
    Ctl *ctl = opaque;

    add(add_opaque, "interrupts", ctl->device.interrupts);
    add(add_opaque, "greatest", UINT64_MAX);
}

SwmeControl *ctl_listen(Ctl *ctl, const char *path, GError **error)
{
    const SwmeControlTarget target = {
        .firmware = ctl->firmware,
        .faults = ctl->faults,
        .platform = &swme_platforms[0],
        .clock = swme_manual_clock(ctl->manual),
        .version = "1.2.3",
        .counters = counters,
        .opaque = ctl,
    };

    return swme_control_new(path, &target, error);
}

Ctl *ctl_new_with(SwmeSwitch amt)
{
    Ctl *ctl = g_new0(Ctl, 1);
    SwmeFirmwareConfig config = {.platform = &swme_platforms[0], .amt = amt, .echo = true};
    g_autoptr(GError) error = NULL;

    fake_device_init(&ctl->device, config.platform->h_depth, config.platform->me_depth);
    ctl->manual = swme_manual_clock_new();
    ctl->faults = swme_faults_new(&fake_device_ops, &ctl->device, swme_manual_clock(ctl->manual));
    ctl->firmware = swme_firmware_new(&config, &swme_faults_device_ops, ctl->faults,
                                      swme_manual_clock(ctl->manual), &error);
    ck_assert_ptr_nonnull(ctl->firmware);
    swme_faults_attach(ctl->faults, &swme_firmware_ops, ctl->firmware, &swme_firmware_fault_hooks);
    swme_firmware_set_trace(ctl->firmware, traced, ctl);
    swme_faults_set_trace(ctl->faults, struck, ctl);
    ctl->folder = g_dir_make_tmp("swme-control-XXXXXX", NULL);
    ctl->path = g_build_filename(ctl->folder, "socket", NULL);
    ctl->control = ctl_listen(ctl, ctl->path, &error);
    MUST_MSG(ctl->control, "%s", error->message);
    swme_faults_firmware_ops.platform_reset(ctl->faults);
    fake_clock_settle(ctl->manual);
    return ctl;
}

Ctl *ctl_new(void)
{
    return ctl_new_with(SWME_ON);
}

void ctl_free(Ctl *ctl)
{
    swme_control_free(g_steal_pointer(&ctl->control));
    swme_firmware_free(ctl->firmware);
    swme_faults_free(ctl->faults);
    swme_manual_clock_free(ctl->manual);
    fake_device_clear(&ctl->device);
    g_rmdir(ctl->folder);
    g_free(ctl->folder);
    g_free(ctl->path);
    g_free(ctl);
}

static void put(Ctl *ctl, uint32_t header, const void *data, size_t size)
{
    ck_assert(fake_device_put(&ctl->device, header, data, size));
    swme_faults_firmware_ops.doorbell(ctl->faults);
    fake_clock_settle(ctl->manual);
    fake_device_drop_all(&ctl->device);
}

void ctl_host_hbm(Ctl *ctl, const uint8_t *message, size_t size)
{
    put(ctl, mei_hdr(0, 0, (uint16_t)size, true), message, size);
}

void ctl_host_data(Ctl *ctl, uint8_t me, uint8_t host, const void *data, size_t size)
{
    put(ctl, mei_hdr(me, host, (uint16_t)size, true), data, size);
}

void ctl_host_up(Ctl *ctl)
{
    static const uint8_t start[] = {1, 0, 2, 2}, enumerate[] = {4, 3, 0, 0};

    fake_device_reset(&ctl->device);
    swme_faults_firmware_ops.host_reset(ctl->faults);
    fake_clock_settle(ctl->manual);
    ctl->device.host_ready = true;
    ctl_host_hbm(ctl, start, sizeof(start));
    ctl_host_hbm(ctl, enumerate, sizeof(enumerate));
}

/* ---- clients ---- */

void ctl_turn(void)
{
    while (g_main_context_iteration(NULL, FALSE)) {
    }
}

CtlClient *ctl_connect_raw(const char *path)
{
    CtlClient *client = g_new0(CtlClient, 1);
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    client->input = g_string_new(NULL);
    client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
    ck_assert_int_eq(connect(client->fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return client;
}

CtlClient *ctl_connect(Ctl *ctl)
{
    CtlClient *client = ctl_connect_raw(ctl->path);
    g_autoptr(JsonObject) greeting = NULL;

    ctl_turn();
    greeting = ctl_object(client);
    MUST(greeting && json_object_has_member(greeting, "swme"));
    return client;
}

void ctl_client_free(CtlClient *client)
{
    close(client->fd);
    g_string_free(client->input, TRUE);
    g_free(client);
}

size_t ctl_write(CtlClient *client, const void *data, size_t size)
{
    ssize_t sent = send(client->fd, data, size, MSG_NOSIGNAL);

    return sent > 0 ? (size_t)sent : 0;
}

/* The client reads once. */
static void take(CtlClient *client)
{
    char data[65536];
    ssize_t got = recv(client->fd, data, sizeof(data), 0);

    if (got > 0) {
        g_string_append_len(client->input, data, got);
    } else if (got == 0 || errno == ECONNRESET) {
        client->ended = true;
    }
}

char *ctl_line(CtlClient *client)
{
    for (unsigned int tries = 0; tries < 50; tries++) {
        char *end = memchr(client->input->str, '\n', client->input->len);

        if (end) {
            gsize size = (gsize)(end - client->input->str);
            char *line = g_strndup(client->input->str, size);

            MUST(strlen(line) == size);
            g_string_erase(client->input, 0, (gssize)size + 1);
            return line;
        }
        ctl_turn();
        take(client);
    }
    return NULL;
}

JsonObject *ctl_object(CtlClient *client)
{
    g_autofree char *line = ctl_line(client);
    g_autoptr(JsonNode) node = NULL;
    g_autofree char *why = NULL;

    if (!line) {
        return NULL;
    }
    node = json_from_string(line, NULL);
    MUST_MSG(node, "no JSON: %s", line);
    why = json_schema_check_file(ctl_schema_path, NULL, node);
    MUST_MSG(!why, "%s in %s", why, line);
    return json_object_ref(json_node_get_object(node));
}

JsonObject *ctl_ask(CtlClient *client, const char *request)
{
    JsonObject *reply;

    ck_assert_uint_eq(ctl_write(client, request, strlen(request)), strlen(request));
    ck_assert_uint_eq(ctl_write(client, "\n", 1), 1);
    while ((reply = ctl_object(client)) && json_object_has_member(reply, "event")) {
        json_object_unref(reply);
    }
    MUST_MSG(reply, "no reply to %s", request);
    return reply;
}

JsonObject *ctl_do(CtlClient *client, const char *command, const char *request)
{
    g_autofree char *built = g_strdup_printf("{\"do\":\"%s\"}", command);
    g_autoptr(JsonObject) reply = ctl_ask(client, request ? request : built);
    g_autofree char *place = g_strdup_printf("#/definitions/return/%s", command);
    g_autofree char *why = NULL;

    MUST_MSG(json_object_has_member(reply, "return"), "%s: %s", command,
             json_object_get_string_member_with_default(reply, "error", "?"));
    why = json_schema_check_file(ctl_schema_path, place, json_object_get_member(reply, "return"));
    MUST_MSG(!why, "%s: %s", command, why);
    return json_object_ref(json_object_get_object_member(reply, "return"));
}
