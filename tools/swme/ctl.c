/* SPDX-License-Identifier: GPL-2.0-or-later */
/* swme ctl: one command to a control socket, and what comes back. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <json-glib/json-glib.h>

#include "tools/swme/swme.h"
#include "tools/swme/talk.h"

/* Which member a command's one argument is; the rest is for JSON to say. */
static const char *const arguments[][2] = {
    {"fault-add", "fault"},       {"fault-remove", "fault"}, {"client-add", "client"},
    {"client-remove", "client"},  {"notify", "client"},      {"latency", "latency"},
    {"watchdog-set", "watchdog"}, {"log-freeze", "frozen"},  {"subscribe", "events"},
    {"unsubscribe", "events"},    {"alert-add", "alert"},    {"alert-remove", "alert"},
    {"event-raise", "event"},     {"amt", "name"},           {"amt-set", "values"},
};

static const char *member_of(const char *command)
{
    for (size_t i = 0; i < G_N_ELEMENTS(arguments); i++) {
        if (g_str_equal(command, arguments[i][0])) {
            return arguments[i][1];
        }
    }
    return NULL;
}

/* NAME=VALUE; a value that is no JSON stands for itself. */
static void set_values(JsonObject *request, const char *member, const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, "=", 2);
    JsonObject *values = json_object_new();
    JsonNode *value = parts[0] && parts[1] ? json_from_string(parts[1], NULL) : NULL;

    if (!value) {
        value = json_node_init_string(json_node_alloc(), parts[0] && parts[1] ? parts[1] : "");
    }
    json_object_set_member(values, parts[0] ? parts[0] : "", value);
    json_object_set_object_member(request, member, values);
}

static void set_member(JsonObject *request, const char *member, const char *text)
{
    g_auto(GStrv) names = NULL;
    JsonArray *array;

    if (g_str_equal(member, "values")) {
        set_values(request, member, text);
        return;
    }
    if (!g_str_equal(member, "events")) {
        json_object_set_string_member(request, member, text);
        return;
    }
    array = json_array_new();
    names = g_strsplit(text, ",", -1);
    for (char **name = names; *name; name++) {
        json_array_add_string_element(array, *name);
    }
    json_object_set_array_member(request, member, array);
}

/* The command's one argument, or an object with all members. NULL: told why. */
static JsonObject *build_request(const char *command, const char *argument)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    JsonObject *request = json_object_new();

    if (argument && *argument == '{') {
        if (!json_parser_load_from_data(parser, argument, -1, NULL) ||
            !JSON_NODE_HOLDS_OBJECT(json_parser_get_root(parser))) {
            json_object_unref(request);
            swme_fail("ctl: '%s' is no JSON object", argument);
            return NULL;
        }
        json_object_unref(request);
        request = json_object_ref(json_node_get_object(json_parser_get_root(parser)));
    } else if (argument) {
        const char *member = member_of(command);

        if (!member) {
            json_object_unref(request);
            swme_fail("ctl: %s takes no argument", command);
            return NULL;
        }
        set_member(request, member, argument);
    }
    json_object_set_string_member(request, "do", command);
    json_object_set_int_member(request, "id", 1);
    return request;
}

static char *line_of(JsonObject *object)
{
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);
    g_autofree char *text = NULL;

    json_node_set_object(node, object);
    text = json_to_string(node, FALSE);
    return g_strconcat(text, "\n", NULL);
}

/* The next line as an object; NULL at the end, and with *error set where it is no end. */
static JsonObject *next_object(GDataInputStream *input, GError **error)
{
    g_autofree char *line = g_data_input_stream_read_line(input, NULL, NULL, error);
    g_autoptr(JsonParser) parser = json_parser_new();
    JsonNode *root;

    if (!line || !json_parser_load_from_data(parser, line, -1, error)) {
        return NULL;
    }
    root = json_parser_get_root(parser);
    if (!root || !JSON_NODE_HOLDS_OBJECT(root)) {
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "no JSON object");
        return NULL;
    }
    return json_object_ref(json_node_get_object(root));
}

/* False: nobody is reading our output any more. */
static bool print_line(JsonNode *node, bool pretty)
{
    g_autofree char *text = json_to_string(node, pretty);

    puts(text);
    return fflush(stdout) == 0;
}

/* The reply's contents. */
static bool print_reply(void *opaque, JsonNode *contents)
{
    (void)opaque;
    return print_line(contents, true);
}

static int print_error(const SwmeTalk *talk, JsonObject *reply)
{
    fprintf(stderr, "swme: %s: %s\n", talk->command, json_object_get_string_member(reply, "error"));
    return EXIT_FAILURE;
}

/* Events, one a line, until either end has enough. */
static bool print_event(void *opaque, JsonObject *event)
{
    g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), event);

    (void)opaque;
    return print_line(node, false);
}

static int lost(const SwmeTalk *talk, const GError *error)
{
    return swme_fail("%s: %s: %s", talk->command, talk->path,
                     error ? error->message : "the connection ended");
}

static int follow(const SwmeTalk *talk, GDataInputStream *input)
{
    for (;;) {
        g_autoptr(GError) error = NULL;
        g_autoptr(JsonObject) event = next_object(input, &error);

        if (!event) {
            return error ? swme_fail("%s: %s", talk->command, error->message) : EXIT_SUCCESS;
        }
        if (!talk->event(talk->opaque, event)) {
            return ferror(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
        }
    }
}

/* Greeting, request, reply; then events, where they were asked for. */
static int converse(const SwmeTalk *talk, GIOStream *stream)
{
    g_autoptr(GDataInputStream) input =
        g_data_input_stream_new(g_io_stream_get_input_stream(stream));
    GOutputStream *output = g_io_stream_get_output_stream(stream);
    g_autofree char *line = line_of(talk->request);
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonObject) reply = next_object(input, &error);

    if (reply && json_object_has_member(reply, "error")) {
        return print_error(talk, reply); /* turned away */
    }
    if (!reply || !json_object_has_member(reply, "swme")) {
        return reply ? swme_fail("%s: %s: no control socket of swme", talk->command, talk->path)
                     : lost(talk, error);
    }
    if (!g_output_stream_write_all(output, line, strlen(line), NULL, NULL, &error)) {
        return lost(talk, error);
    }
    do {
        g_clear_pointer(&reply, json_object_unref);
        reply = next_object(input, &error);
    } while (reply && json_object_has_member(reply, "event"));
    if (!reply) {
        return lost(talk, error);
    }
    if (json_object_has_member(reply, "error")) {
        return print_error(talk, reply);
    }
    if (!talk->event) {
        return talk->reply(talk->opaque, json_object_get_member(reply, "return")) ? EXIT_SUCCESS
                                                                                  : EXIT_FAILURE;
    }
    return follow(talk, input);
}

int swme_talk(const SwmeTalk *talk)
{
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_autoptr(GSocketConnection) connection = NULL;
    g_autoptr(GSocketAddress) address = g_unix_socket_address_new(talk->path);
    g_autoptr(GError) error = NULL;

    connection = g_socket_client_connect(client, G_SOCKET_CONNECTABLE(address), NULL, &error);
    return connection ? converse(talk, G_IO_STREAM(connection)) : lost(talk, error);
}

int command_ctl(int argc, char **argv)
{
    g_autoptr(JsonObject) request = NULL;

    if (argc == 2 && (g_str_equal(argv[1], "--help") || g_str_equal(argv[1], "-h"))) {
        puts("Usage: swme ctl SOCKET COMMAND [ARGUMENT|JSON]\n"
             "\n"
             "Sends one command to -device intel-mei,control=SOCKET and prints what it returns;\n"
             "'swme ctl SOCKET help' lists the commands, docs/control.md explains them.\n"
             "subscribe [messages,packets,notes,faults,amt] prints events until interrupted;\n"
             "amt-set takes NAME=VALUE.");
        return EXIT_SUCCESS;
    }
    if (argc < 3 || argc > 4) {
        return swme_fail("ctl: SOCKET COMMAND [ARGUMENT|JSON]: 'swme ctl --help' explains");
    }
    request = build_request(argv[2], argc > 3 ? argv[3] : NULL);
    if (!request) {
        return SWME_EXIT_USAGE;
    }
    return swme_talk(&(SwmeTalk){
        .command = "ctl",
        .path = argv[1],
        .request = request,
        .reply = print_reply,
        .event = g_str_equal(argv[2], "subscribe") ? print_event : NULL,
    });
}
