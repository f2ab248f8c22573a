/* SPDX-License-Identifier: GPL-2.0-or-later */
/* swme serve: the firmware without a machine, for those who write what talks to AMT. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gio/gio.h>
#include <glib-unix.h>
#include <json-glib/json-glib.h>

#include <swme/guid.h>

#include "firmware-sim/error.h"
#include "firmware-sim/glib-clock.h"
#include "firmware-sim/net/listen.h"
#include "tools/swme/instance.h"
#include "tools/swme/swme.h"

#define INSTANCES_MAX 4096

typedef struct Serve {
    char *listen;
    char *platform;
    char *nvm;
    char *provision;
    char *password_file;
    char *control;
    char *link;
    char *latency;
    gboolean echo;
    char *amt;
    char *uuid;
    char *quirk;
    char *alert;
    int instances;
    int connections;

    GMainLoop *loop;
    SwmeClock *clock;
    char *password;
    SwmeListenAddress address;
    const SwmePlatform *row;
    SwmeSwitch amt_choice;
    SwmeGuid guid;
    GPtrArray *running;
} Serve;

/* ---- the command line ---- */

static bool parse(Serve *serve, int argc, char **argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"listen", 0, 0, G_OPTION_ARG_STRING, &serve->listen,
         "where AMT's ports are; PORT stands for 16992, the next three for 16993 to 16995; 0 is "
         "any that are free (default: 127.0.0.1:16992)",
         "ADDR[:PORT]"},
        {"platform", 0, 0, G_OPTION_ARG_STRING, &serve->platform,
         "generation to be, as 'swme platforms' lists them", "NAME"},
        {"nvm", 0, 0, G_OPTION_ARG_FILENAME, &serve->nvm,
         "file that AMT's state lasts in (default: it ends with this)", "FILE"},
        {"provision", 0, 0, G_OPTION_ARG_STRING, &serve->provision,
         "none, as the NVM has it; client or admin: AMT is set up to that control mode "
         "(default: none)",
         "MODE"},
        {"password-file", 0, 0, G_OPTION_ARG_FILENAME, &serve->password_file,
         "its first line is the password of 'admin'", "FILE"},
        {"control", 0, 0, G_OPTION_ARG_FILENAME, &serve->control,
         "Unix socket to watch and control the firmware by, for 'swme ctl'", "SOCKET"},
        {"link", 0, 0, G_OPTION_ARG_FILENAME, &serve->link,
         "Unix socket at which a device finds this firmware, as docs/link.md says", "SOCKET"},
        {"echo", 0, 0, G_OPTION_ARG_NONE, &serve->echo,
         "list a client that answers each message with the same, as the device's echo=", NULL},
        {"latency", 0, 0, G_OPTION_ARG_STRING, &serve->latency,
         "how long the firmware takes, as the device's latency=", "TIME"},
        {"amt", 0, 0, G_OPTION_ARG_STRING, &serve->amt,
         "auto, on, off or disabled, as the device's amt= (default: auto)", "CHOICE"},
        {"uuid", 0, 0, G_OPTION_ARG_STRING, &serve->uuid,
         "the machine's UUID; each further instance has the next one", "UUID"},
        {"alert", 0, 0, G_OPTION_ARG_STRING, &serve->alert,
         "who gets AMT's alerts, as the device's alert=", "WHO"},
        {"instances", 0, 0, G_OPTION_ARG_INT, &serve->instances,
         "so many machines, each on the next four ports; with more than one, FILE and SOCKETs get "
         ".0, .1 ... behind them (default: 1)",
         "N"},
        {"connections", 0, 0, G_OPTION_ARG_INT, &serve->connections,
         "at once, to each instance's web server (default: 64)", "N"},
        {"quirk", 0, 0, G_OPTION_ARG_STRING, &serve->quirk,
         "a mistake of real firmware, for those who test for it: cve-2017-5689 takes an empty "
         "digest for a right one",
         "NAME"},
        {NULL, 0, 0, (GOptionArg)0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("- an AMT without a machine");

    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_description(
        context, "One line of JSON on standard output says when, and where, it listens. Ends with "
                 "SIGINT or SIGTERM.");
    if (!g_option_context_parse(context, &argc, &argv, error)) {
        return false;
    }
    if (argc > 1) {
        g_autofree char *shown = swme_error_text(argv[1]);

        return swme_error_set(error, SWME_ERROR_ARGUMENT, NULL,
                              "no argument '%s': 'swme serve --help' lists the options", shown);
    }
    return true;
}

static bool read_password(Serve *serve, GError **error)
{
    gsize size;

    if (!serve->password_file) {
        return true;
    }
    if (!g_file_get_contents(serve->password_file, &serve->password, &size, error)) {
        return false;
    }
    serve->password[strcspn(serve->password, "\r\n")] = '\0';
    return true;
}

static bool check_count(const Serve *serve, GError **error)
{
    if (serve->instances < 1 || serve->instances > INSTANCES_MAX) {
        return swme_error_set(error, SWME_ERROR_ARGUMENT, NULL,
                              "--instances is a number from 1 to %d", INSTANCES_MAX);
    }
    if (serve->address.port &&
        serve->address.port + serve->instances * SWME_LISTEN_PORTS > UINT16_MAX + 1) {
        return swme_error_set(error, SWME_ERROR_ARGUMENT, NULL,
                              "%d instances from port %u on would need ports above %u",
                              serve->instances, serve->address.port, UINT16_MAX);
    }
    if (serve->connections < 0) {
        return swme_error_set(error, SWME_ERROR_ARGUMENT, NULL,
                              "--connections is a number from 1 on");
    }
    return true;
}

static bool check(Serve *serve, GError **error)
{
    serve->row = swme_platform_find(serve->platform, error);
    if (!serve->row || (serve->amt && !swme_switch_parse(serve->amt, &serve->amt_choice, error)) ||
        !swme_listen_parse(serve->listen ? serve->listen : "127.0.0.1", &serve->address, error)) {
        return false;
    }
    if (serve->uuid && !swme_guid_parse(serve->uuid, &serve->guid)) {
        g_autofree char *shown = swme_error_text(serve->uuid);

        return swme_error_set(error, SWME_ERROR_ARGUMENT, NULL,
                              "'%s' is no UUID: it is 8-4-4-4-12 hexadecimal digits", shown);
    }
    return check_count(serve, error) && read_password(serve, error);
}

/* ---- instances ---- */

/* Further machines are further ones of the same kind: their UUIDs follow the first one's. */
static void uuid_of(const Serve *serve, unsigned int index, uint8_t *uuid)
{
    static const SwmeGuid own =
        SWME_GUID(0x5e4e5d3a, 0x61c8, 0x4f0b, 0x9a, 0x27, 0x90, 0x1c, 0x00, 0x00, 0x00, 0x00);
    const SwmeGuid *first = serve->uuid ? &serve->guid : &own;
    unsigned int carry = index;

    if (!serve->uuid && index == 0) {
        return; /* the firmware's own, or the NVM's */
    }
    memcpy(uuid, first->bytes, SWME_UUID_SIZE);
    for (unsigned int i = SWME_UUID_SIZE; i-- > 8 && carry;) {
        carry += uuid[i];
        uuid[i] = (uint8_t)carry;
        carry >>= 8;
    }
}

static char *numbered(const Serve *serve, const char *path, unsigned int index)
{
    return !path || serve->instances == 1 ? g_strdup(path) : g_strdup_printf("%s.%u", path, index);
}

static SwmeInstance *start_one(const Serve *serve, unsigned int index, GError **error)
{
    const SwmeListenAddress *where = &serve->address;
    bool ipv6 = strchr(where->address, ':') != NULL;
    g_autofree char *nvm = numbered(serve, serve->nvm, index);
    g_autofree char *control = numbered(serve, serve->control, index);
    g_autofree char *link_path = numbered(serve, serve->link, index);
    g_autofree char *listen =
        g_strdup_printf("%s%s%s:%u", ipv6 ? "[" : "", where->address, ipv6 ? "]" : "",
                        where->port ? where->port + index * SWME_LISTEN_PORTS : 0);
    SwmeInstanceConfig config = {
        .firmware = {.platform = serve->row,
                     .amt = serve->amt_choice,
                     .alert = serve->alert,
                     .echo = serve->echo,
                     .latency = serve->latency,
                     .nvm = nvm},
        .server = {.listen = listen,
                   .provision = serve->provision,
                   .password = serve->password,
                   .quirks = serve->quirk,
                   .connections = (unsigned int)serve->connections},
        .control = control,
        .link = link_path,
    };

    uuid_of(serve, index, config.firmware.uuid);
    return swme_instance_new(&config, serve->clock, error);
}

static bool start(Serve *serve, GError **error)
{
    for (unsigned int i = 0; i < (unsigned int)serve->instances; i++) {
        SwmeInstance *instance = start_one(serve, i, error);

        if (!instance) {
            return false;
        }
        g_ptr_array_add(serve->running, instance);
    }
    return true;
}

/* Who started this waits for that line, and reads from it what it let be chosen. */
static bool say_ready(const Serve *serve)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(JsonNode) root = NULL;
    g_autofree char *text = NULL;

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "address");
    json_builder_add_string_value(builder, serve->address.address);
    json_builder_set_member_name(builder, "instances");
    json_builder_begin_array(builder);
    for (guint i = 0; i < serve->running->len; i++) {
        SwmeInstance *instance = serve->running->pdata[i];
        char uuid[SWME_GUID_STRING_SIZE];

        swme_instance_uuid(instance, uuid);
        json_builder_begin_object(builder);
        json_builder_set_member_name(builder, "port");
        json_builder_add_int_value(builder, swme_instance_port(instance));
        json_builder_set_member_name(builder, "uuid");
        json_builder_add_string_value(builder, uuid);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    text = json_to_string(root, FALSE);
    return puts(text) >= 0 && fflush(stdout) == 0;
}

static gboolean end(gpointer opaque)
{
    g_main_loop_quit(((Serve *)opaque)->loop);
    return G_SOURCE_REMOVE;
}

static int flush(const Serve *serve)
{
    int status = EXIT_SUCCESS;

    for (guint i = 0; i < serve->running->len; i++) {
        g_autoptr(GError) error = NULL;

        if (!swme_instance_flush(serve->running->pdata[i], &error)) {
            swme_fail("serve: %s", error->message);
            status = EXIT_FAILURE;
        }
    }
    return status;
}

static int run(Serve *serve)
{
    g_autoptr(GError) error = NULL;

    serve->clock = swme_glib_clock_new(NULL);
    serve->running = g_ptr_array_new_with_free_func((GDestroyNotify)swme_instance_free);
    if (!start(serve, &error)) {
        return swme_fail("serve: %s", error->message);
    }
    serve->loop = g_main_loop_new(NULL, FALSE);
    g_unix_signal_add(SIGINT, end, serve);
    g_unix_signal_add(SIGTERM, end, serve);
    if (!say_ready(serve)) {
        return swme_fail("serve: standard output: nobody reads it");
    }
    g_main_loop_run(serve->loop);
    return flush(serve);
}

static void clear(Serve *serve)
{
    g_clear_pointer(&serve->running, g_ptr_array_unref);
    swme_glib_clock_free(serve->clock);
    g_clear_pointer(&serve->loop, g_main_loop_unref);
    if (serve->password) {
        explicit_bzero(serve->password, strlen(serve->password));
    }
    g_free(serve->password);
    g_free(serve->listen);
    g_free(serve->platform);
    g_free(serve->nvm);
    g_free(serve->provision);
    g_free(serve->password_file);
    g_free(serve->control);
    g_free(serve->link);
    g_free(serve->latency);
    g_free(serve->amt);
    g_free(serve->uuid);
    g_free(serve->quirk);
    g_free(serve->alert);
}

int command_serve(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    Serve serve = {.instances = 1};
    int status;

    if (parse(&serve, argc, argv, &error) && check(&serve, &error)) {
        status = run(&serve);
    } else {
        status = swme_fail("serve: %s", error->message);
    }
    clear(&serve);
    return status;
}
