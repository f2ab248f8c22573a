/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control socket, from its clients' side. */
#include "tests/unit/control-fixture.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include <swme/mei-header.h>

#define ECHO_ADDR swme_firmware_client_address(ctl->firmware, "echo")

static gint64 number(JsonObject *object, const char *name)
{
    return json_object_get_int_member(object, name);
}

/* ---- the socket ---- */

START_TEST(only_the_owner_may_open_it_and_it_goes_with_its_end)
{
    Ctl *ctl = ctl_new();
    g_autofree char *path = g_strdup(ctl->path);
    struct stat status;

    ck_assert_int_eq(lstat(path, &status), 0);
    ck_assert(S_ISSOCK(status.st_mode));
    ck_assert_uint_eq(status.st_mode & 0777, 0600);
    ctl_free(ctl);
    ck_assert_int_ne(lstat(path, &status), 0);
}
END_TEST

START_TEST(another_s_socket_is_left_alone)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(CtlClient) client = NULL;
    g_autofree char *file = g_build_filename(ctl->folder, "file", NULL);
    g_autofree char *nowhere = g_build_filename(ctl->folder, "no", "socket", NULL);
    g_autofree char *longest = g_strnfill(108, 'x');
    const struct {
        const char *path;
        const char *told;
    } cases[] = {{ctl->path, "somebody listens there already"},
                 {file, "there is something that is no socket"},
                 {nowhere, "No such file"},
                 {longest, "1 to 107 bytes"},
                 {"", "1 to 107 bytes"}};

    ck_assert(g_file_set_contents(file, "precious", -1, NULL));
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        ck_assert_ptr_null(ctl_listen(ctl, cases[i].path, &error));
        MUST_MSG(strstr(error->message, cases[i].told), "%s", error->message);
        ck_assert_ptr_null(strchr(error->message, '\n'));
        g_clear_error(&error);
    }
    ctl_turn();
    client = ctl_connect(ctl); /* the first one still answers */
    ck_assert(g_file_test(file, G_FILE_TEST_IS_REGULAR));
    g_unlink(file);
}
END_TEST

START_TEST(a_dead_socket_is_replaced)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autofree char *path = g_build_filename(ctl->folder, "dead", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(CtlClient) client = NULL;
    SwmeControl *control = ctl_listen(ctl, path, &error);
    g_autofree char *line = NULL;
    g_autofree char *aside = g_build_filename(ctl->folder, "aside", NULL);

    /* As a process that was killed leaves it: the file stays, nobody listens. */
    ck_assert_int_eq(g_rename(path, aside), 0);
    swme_control_free(control);
    ck_assert_int_eq(g_rename(aside, path), 0);
    control = ctl_listen(ctl, path, &error);
    MUST_MSG(control, "%s", error->message);
    client = ctl_connect_raw(path);
    line = ctl_line(client);
    ck_assert_ptr_nonnull(strstr(line, "\"swme\""));
    swme_control_free(control);
    ck_assert(!g_file_test(path, G_FILE_TEST_EXISTS));
}
END_TEST

START_TEST(there_is_a_most_of_clients)
{
    g_autoptr(Ctl) ctl = ctl_new();
    CtlClient *clients[16];
    g_autoptr(CtlClient) extra = NULL;
    g_autoptr(JsonObject) refused = NULL;
    g_autoptr(CtlClient) next = NULL;

    for (size_t i = 0; i < UNIT_COUNT(clients); i++) {
        clients[i] = ctl_connect(ctl);
    }
    extra = ctl_connect_raw(ctl->path);
    refused = ctl_object(extra);
    ck_assert_str_eq(json_object_get_string_member(refused, "error"), "too many control clients");
    ck_assert_ptr_null(ctl_line(extra));
    ck_assert(extra->ended);
    for (size_t i = 0; i < UNIT_COUNT(clients); i++) {
        ctl_client_free(clients[i]);
    }
    ctl_turn();
    next = ctl_connect(ctl);
}
END_TEST

/* ---- requests ---- */

START_TEST(commands_return_what_the_schema_says)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) client = ctl_connect(ctl);
    static const char *const cases[][2] = {
        {"help", NULL},
        {"status", NULL},
        {"statistics", NULL},
        {"fault-add", "{\"do\":\"fault-add\",\"fault\":\"hfs-sps+drop:count=all:type=NOTIFY\"}"},
        {"fault-list", NULL},
        {"fault-names", NULL},
        {"fault-remove", "{\"do\":\"fault-remove\",\"fault\":3}"},
        {"fault-remove", "{\"do\":\"fault-remove\",\"fault\":\"2\"}"},
        {"fault-remove", "{\"do\":\"fault-remove\",\"fault\":\"hfs-sps\"}"},
        {"fault-remove", "{\"do\":\"fault-remove\",\"fault\":\"all\"}"},
        {"firmware-reset", NULL},
        {"client-remove", "{\"do\":\"client-remove\",\"client\":\"echo\"}"},
        {"client-add", "{\"do\":\"client-add\",\"client\":\"echo\"}"},
        {"notify", "{\"do\":\"notify\",\"client\":\"echo\"}"},
        {"latency", "{\"do\":\"latency\",\"latency\":\"1ms+echo:2ms\"}"},
        {"watchdog", NULL},
        {"watchdog-set", "{\"do\":\"watchdog-set\",\"watchdog\":\"on\",\"reset\":30}"},
        {"watchdog-set", "{\"do\":\"watchdog-set\",\"reset\":\"off\"}"},
        {"watchdog", NULL},
        {"watchdog-cancel", NULL},
        {"log", NULL},
        {"log-clear", NULL},
        {"log-freeze", "{\"do\":\"log-freeze\",\"frozen\":true}"},
        {"alert-add", "{\"do\":\"alert-add\",\"alert\":\"127.0.0.1:1162:me\"}"},
        {"alert-set", "{\"do\":\"alert-set\",\"sends\":2}"},
        {"event-raise", "{\"do\":\"event-raise\",\"event\":\"bad-passwords\"}"},
        {"alerts", NULL},
        {"listeners", NULL},
        {"alert-remove", "{\"do\":\"alert-remove\",\"alert\":\"all\"}"},
        {"subscribe", NULL},
        {"subscribe", "{\"do\":\"subscribe\",\"events\":[\"packets\"]}"},
        {"unsubscribe", "{\"do\":\"unsubscribe\",\"events\":[\"notes\",\"notes\"]}"},
        {"unsubscribe", NULL},
    };

    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        json_object_unref(ctl_do(client, cases[i][0], cases[i][1]));
    }
    ctl_host_up(ctl);
    json_object_unref(ctl_do(client, "firmware-stop", NULL));
    json_object_unref(ctl_do(client, "status", NULL));
}
END_TEST

START_TEST(every_command_has_a_shape_in_the_schema)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) client = ctl_connect(ctl);
    g_autoptr(JsonObject) help = ctl_do(client, "help", NULL);
    g_autoptr(JsonParser) parser = json_parser_new();
    JsonArray *commands = json_object_get_array_member(help, "commands");
    JsonObject *shapes;

    ck_assert(json_parser_load_from_file(parser, ctl_schema_path, NULL));
    shapes = json_object_get_object_member(json_node_get_object(json_parser_get_root(parser)),
                                           "definitions");
    shapes = json_object_get_object_member(shapes, "return");
    ck_assert_uint_eq(json_array_get_length(commands), json_object_get_size(shapes));
    for (guint i = 0; i < json_array_get_length(commands); i++) {
        JsonObject *command = json_array_get_object_element(commands, i);

        ck_assert(json_object_has_member(shapes, json_object_get_string_member(command, "do")));
    }
}
END_TEST

static const struct {
    const char *line;
    const char *told;
} bad_lines[] = {
    {"nonsense", "not JSON"},
    {"{", "not JSON"},
    {"{\"do\":\"status\"} trailing", "not JSON"},
    {"[]", "an object"},
    {"1", "an object"},
    {"null", "an object"},
    {"\"status\"", "an object"},
    {"{}", "\"do\" must be there"},
    {"{\"do\":1}", "\"do\" must be there and be a string"},
    {"{\"do\":null}", "\"do\" must be"},
    {"{\"do\":[\"status\"]}", "\"do\" must be"},
    {"{\"do\":\"stauts\"}", "near is status"},
    {"{\"do\":\"\"}", "no command ''"},
    {"{\"do\":\"xyzzy\\nxyzzy\"}", "no command 'xyzzy\\nxyzzy'"},
    {"{\"do\":\"status\",\"id\":{}}", "\"id\" must be"},
    {"{\"do\":\"status\",\"id\":null}", "\"id\" must be"},
    {"{\"do\":\"status\",\"id\":1.5}", "\"id\" must be"},
    {"{\"do\":\"status\",\"verbose\":true}", "takes no \"verbose\""},
    {"{\"do\":\"fault-add\"}", "\"fault\" must be there"},
    {"{\"do\":\"fault-add\",\"fault\":7}", "\"fault\" must be there and be a string"},
    {"{\"do\":\"fault-add\",\"fault\":\"nix\"}", "unknown name 'nix'"},
    {"{\"do\":\"fault-remove\"}", "must be a number"},
    {"{\"do\":\"fault-remove\",\"fault\":1}", "no such fault"},
    {"{\"do\":\"fault-remove\",\"fault\":-1}", "no such fault"},
    {"{\"do\":\"fault-remove\",\"fault\":4294967297}", "no such fault"},
    {"{\"do\":\"fault-remove\",\"fault\":\"4294967297\"}", "no such fault"},
    {"{\"do\":\"fault-remove\",\"fault\":\"never-ready\"}", "no such fault"},
    {"{\"do\":\"fault-remove\",\"fault\":true}", "must be a number"},
    {"{\"do\":\"firmware-stop\"}", "no host has started"},
    {"{\"do\":\"client-add\",\"client\":\"mkhi-fixed\"}", "not an ME client"},
    {"{\"do\":\"client-remove\",\"client\":\"nix\"}", "not an ME client"},
    {"{\"do\":\"watchdog-set\",\"watchdog\":\"maybe\"}", "watchdog is auto, on or off"},
    {"{\"do\":\"watchdog-set\",\"reset\":86401}", "seconds from 0 to 86400"},
    {"{\"do\":\"watchdog-set\",\"reset\":[]}", "must be a string or a number"},
    {"{\"do\":\"log-freeze\"}", "must be true or false"},
    {"{\"do\":\"alert-add\"}", "\"alert\" must be there"},
    {"{\"do\":\"alert-add\",\"alert\":\"localhost\"}", "an address in figures"},
    {"{\"do\":\"alert-remove\",\"alert\":\"10.0.0.1\"}", "10.0.0.1:162:public is not subscribed"},
    {"{\"do\":\"alert-set\",\"sends\":0}", "\"sends\" must be a number from 1 on"},
    {"{\"do\":\"alert-set\",\"sends\":\"2\"}", "\"sends\" must be a number from 1 on"},
    {"{\"do\":\"alert-set\",\"sends\":11}", "1 to 10 times"},
    {"{\"do\":\"alert-set\",\"interval_s\":3601}", "1 to 3600 seconds"},
    {"{\"do\":\"event-raise\"}", "\"event\" must be there"},
    {"{\"do\":\"event-raise\",\"event\":\"os-hang\"}", "an event is a name"},
    {"{\"do\":\"event-raise\",\"event\":\"ff066f056810ff2661aa0a0000000000\"}", "the 17 bytes"},
    {"{\"do\":\"notify\",\"client\":\"nix\"}", "not an ME client"},
    {"{\"do\":\"latency\",\"latency\":\"fast\"}", "not a time"},
    {"{\"do\":\"latency\",\"latency\":\"1s+nix:1s\"}", "unknown client"},
    {"{\"do\":\"subscribe\",\"events\":[]}", "some of"},
    {"{\"do\":\"subscribe\",\"events\":\"notes\"}", "some of"},
    {"{\"do\":\"subscribe\",\"events\":[\"notes\",1]}", "some of"},
    {"{\"do\":\"subscribe\",\"events\":[\"news\"]}", "some of"},
    {"{\"do\":\"alert-set\",\"sends\":4294967296}", "\"sends\" must be a number from 1 on"},
    {"{\"do\":\"alert-set\",\"interval_s\":true}", "\"interval_s\" must be a number from 1 on"},
    {"{\"do\":\"alert-add\",\"alert\":7}", "\"alert\" must be there and be a string"},
    {"{\"do\":\"alert-remove\"}", "\"alert\" must be there and be a string"},
    {"{\"do\":\"event-raise\",\"event\":\"ff066f056810ff2661aa0a000000000000x\"}", "the 17 bytes"},
    {"{\"do\":\"latency\"}", "\"latency\" must be there"},
    {"{\"do\":\"notify\",\"client\":7}", "\"client\" must be there and be a string"},
    {"{\"do\":\"client-add\"}", "\"client\" must be there"},
    {"{\"do\":\"fault-remove\",\"fault\":\"1x\"}", "no such fault"},
    {"{\"do\":\"fault-remove\",\"fault\":\"7\"}", "no such fault"},
    {"{\"do\":\"fault-remove\",\"fault\":\"\"}", "no such fault"},
    {"\xff\xfe{}", "no UTF-8"},
};

START_TEST(what_is_wrong_is_told_and_life_goes_on)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) client = ctl_connect(ctl);
    g_autoptr(JsonObject) reply = ctl_ask(client, bad_lines[_i].line);
    const char *told;

    ck_assert(json_object_has_member(reply, "error"));
    told = json_object_get_string_member(reply, "error");
    MUST_MSG(strstr(told, bad_lines[_i].told), "%s: %s", bad_lines[_i].line, told);
    ck_assert_ptr_null(strchr(told, '\n'));
    json_object_unref(ctl_do(client, "status", NULL));
    ck_assert_uint_eq(swme_faults_count(ctl->faults), 0);
}
END_TEST

START_TEST(ids_come_back_as_they_were)
{
    static const char *const ids[] = {"7", "-1", "\"x\"", "\"\\u00e9\\\"\"", "9223372036854775807"};
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) client = ctl_connect(ctl);

    for (size_t i = 0; i < UNIT_COUNT(ids); i++) {
        g_autofree char *good = g_strdup_printf("{\"id\":%s,\"do\":\"fault-names\"}", ids[i]);
        g_autofree char *bad = g_strdup_printf("{\"id\":%s,\"do\":\"nix\"}", ids[i]);
        g_autoptr(JsonNode) id = json_from_string(ids[i], NULL);
        g_autoptr(JsonObject) returned = ctl_ask(client, good);
        g_autoptr(JsonObject) refused = ctl_ask(client, bad);

        ck_assert(json_object_has_member(returned, "return"));
        ck_assert(json_node_equal(json_object_get_member(returned, "id"), id));
        ck_assert(json_object_has_member(refused, "error"));
        ck_assert(json_node_equal(json_object_get_member(refused, "id"), id));
    }
}
END_TEST

START_TEST(an_id_has_a_most)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) client = ctl_connect(ctl);

    for (size_t length = 128; length <= 129; length++) {
        g_autofree char *id = g_strnfill(length, 'i');
        g_autofree char *line = g_strdup_printf("{\"id\":\"%s\",\"do\":\"fault-list\"}", id);
        g_autoptr(JsonObject) reply = ctl_ask(client, line);

        ck_assert_int_eq(json_object_has_member(reply, "return"), length == 128);
        ck_assert_int_eq(json_object_has_member(reply, "id"), length == 128);
    }
}
END_TEST

START_TEST(lines_may_come_in_any_pieces)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) client = ctl_connect(ctl);
    static const char text[] =
        "{\"id\":1,\"do\":\"fault-list\"}\r\n\n\r\n{\"id\":2,\"do\":\"nix\"}\n";
    g_autoptr(JsonObject) first = NULL;
    g_autoptr(JsonObject) second = NULL;

    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        ctl_write(client, text + i, 1);
        ctl_turn();
    }
    first = ctl_object(client);
    second = ctl_object(client);
    ck_assert_int_eq(number(first, "id"), 1);
    ck_assert_int_eq(number(second, "id"), 2);
    ck_assert_ptr_null(ctl_line(client)); /* empty lines are none */
}
END_TEST

START_TEST(a_line_has_a_most)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) client = ctl_connect(ctl);
    static const size_t lengths[] = {65537, 66000, 70000, 1000000};
    size_t length = lengths[_i];
    g_autofree char *text = g_strnfill(length, ' ');
    g_autoptr(JsonObject) reply = NULL;

    for (size_t done = 0; done < length;) {
        done += ctl_write(client, text + done, length - done);
        ctl_turn();
    }
    ctl_write(client, "\n", 1);
    reply = ctl_object(client);
    ck_assert_ptr_nonnull(reply);
    ck_assert_str_eq(json_object_get_string_member(reply, "error"),
                     "the line is longer than 65536 bytes");
    json_object_unref(ctl_do(client, "fault-list", NULL));
    ck_assert_ptr_null(ctl_line(client)); /* told once */
}
END_TEST

/* The newline comes with the bytes that are too many, and another request behind it. */
START_TEST(a_long_line_may_come_with_its_end)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) client = ctl_connect(ctl);
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(JsonObject) first = NULL;
    g_autoptr(JsonObject) second = NULL;

    for (unsigned int i = 0; i < 66000; i++) {
        g_string_append_c(text, ' ');
    }
    g_string_append(text, "\n{\"do\":\"fault-list\"}\n");
    ck_assert_uint_eq(ctl_write(client, text->str, text->len), text->len);
    first = ctl_object(client);
    ck_assert_str_eq(json_object_get_string_member(first, "error"),
                     "the line is longer than 65536 bytes");
    second = ctl_object(client);
    ck_assert(json_object_has_member(second, "return"));
}
END_TEST

START_TEST(a_line_may_be_as_long_as_that)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) client = ctl_connect(ctl);
    g_autoptr(GString) text = g_string_new("{\"do\":\"fault-list\"}");
    g_autoptr(JsonObject) reply = NULL;

    while (text->len < 65536) {
        g_string_append_c(text, ' ');
    }
    reply = ctl_ask(client, text->str);
    ck_assert(json_object_has_member(reply, "return"));
}
END_TEST

START_TEST(brackets_do_not_take_the_stack)
{
    static const char *const units[] = {"[", "{\"a\":", "'\"'[", "[\"\\\\\"", "{'x':["};
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) client = ctl_connect(ctl);
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(JsonObject) reply = NULL;

    while (text->len < 60000) {
        g_string_append(text, units[_i]);
    }
    reply = ctl_ask(client, text->str);
    ck_assert_str_eq(json_object_get_string_member(reply, "error"),
                     "not a request: nested too deeply");
}
END_TEST

/* ---- what it is for ---- */

START_TEST(faults_come_and_go_while_running)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) client = ctl_connect(ctl);
    g_autoptr(JsonObject) list = NULL;
    g_autoptr(JsonObject) status = NULL;
    g_autoptr(JsonObject) added = ctl_do(
        client, "fault-add", "{\"do\":\"fault-add\",\"fault\":\"connect-busy+reply-dropped\"}");
    JsonObject *rule;

    ck_assert_uint_eq(json_array_get_length(json_object_get_array_member(added, "faults")), 2);
    ctl_host_up(ctl);
    ctl_host_hbm(ctl, (const uint8_t[]){6, ECHO_ADDR, 1, 0}, 4);
    list = ctl_do(client, "fault-list", NULL);
    rule = json_array_get_object_element(json_object_get_array_member(list, "faults"), 0);
    ck_assert_str_eq(json_object_get_string_member(rule, "name"), "connect-busy");
    ck_assert_int_eq(number(rule, "hits"), 1);
    ck_assert(json_object_get_boolean_member(rule, "spent"));
    status = ctl_do(client, "status", NULL);
    ck_assert_str_eq(json_object_get_string_member(status, "hbm"), "2.2");
    ck_assert_int_eq(number(status, "faults"), 2);
    json_object_unref(
        ctl_do(client, "fault-remove", "{\"do\":\"fault-remove\",\"fault\":\"all\"}"));
    ck_assert(swme_faults_untouched(ctl->faults));
}
END_TEST

START_TEST(firmware_does_as_told)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) client = ctl_connect(ctl);
    SwmeFirmwareClient echo;

    ctl_host_up(ctl);
    json_object_unref(
        ctl_do(client, "client-remove", "{\"do\":\"client-remove\",\"client\":\"echo\"}"));
    ck_assert(swme_firmware_client(ctl->firmware, ECHO_ADDR, &echo));
    ck_assert(!echo.present);
    json_object_unref(ctl_do(client, "client-add", "{\"do\":\"client-add\",\"client\":\"echo\"}"));
    swme_firmware_client(ctl->firmware, ECHO_ADDR, &echo);
    ck_assert(echo.present);
    json_object_unref(ctl_do(client, "firmware-reset", NULL));
    ck_assert(!ctl->device.ready);
}
END_TEST

START_TEST(events_go_to_those_who_want_them)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) all = ctl_connect(ctl);
    g_autoptr(CtlClient) packets = ctl_connect(ctl);
    g_autoptr(CtlClient) none = ctl_connect(ctl);
    g_autoptr(CtlClient) faults = ctl_connect(ctl);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    JsonObject *event;

    json_object_unref(ctl_do(all, "subscribe", NULL));
    json_object_unref(
        ctl_do(packets, "subscribe", "{\"do\":\"subscribe\",\"events\":[\"packets\"]}"));
    json_object_unref(
        ctl_do(faults, "subscribe", "{\"do\":\"subscribe\",\"events\":[\"faults\"]}"));
    event = ctl_do(none, "status", NULL);
    ck_assert_int_eq(number(event, "control_clients"), 4);
    ck_assert_int_eq(number(event, "control_subscribers"), 3);
    json_object_unref(event);
    ck_assert(swme_faults_add(ctl->faults, "mkhi-version-garbage", NULL, NULL, NULL));
    ctl_host_up(ctl);
    ctl_host_data(ctl, 7, 0, (const uint8_t[]){0xff, 2, 0, 0}, 4);
    while ((event = ctl_object(all))) {
        g_hash_table_add(seen, g_strdup(json_object_get_string_member(event, "event")));
        if (g_str_equal(json_object_get_string_member(event, "event"), "message")) {
            ck_assert_int_eq(number(event, "me"), 7);
            ck_assert_int_eq(number(event, "size") * 2,
                             (gint64)strlen(json_object_get_string_member(event, "data")));
        }
        json_object_unref(event);
    }
    ck_assert(g_hash_table_contains(seen, "message"));
    ck_assert(g_hash_table_contains(seen, "note"));
    ck_assert(g_hash_table_contains(seen, "fault"));
    ck_assert(!g_hash_table_contains(seen, "packet"));
    event = ctl_object(packets);
    ck_assert_str_eq(json_object_get_string_member(event, "event"), "packet");
    ck_assert_str_eq(json_object_get_string_member(event, "data"), "0000048001000202");
    json_object_unref(event);
    ck_assert_ptr_null(ctl_line(none));
    event = ctl_object(faults);
    ck_assert_str_eq(json_object_get_string_member(event, "name"), "mkhi-version-garbage");
    json_object_unref(event);
    ck_assert_ptr_null(ctl_line(faults));
}
END_TEST

/* ---- clients that behave badly ---- */

static void much_happens(Ctl *ctl, unsigned int times)
{
    uint8_t data[8192] = {0};
    SwmeTrace trace = {SWME_TRACE_MESSAGE_IN, "echo", ECHO_ADDR, 1, data,
                       sizeof(data),          false,  data};

    for (unsigned int i = 0; i < times; i++) {
        swme_control_trace(ctl->control, &trace);
    }
}

START_TEST(who_does_not_read_loses_events_and_is_told)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) slow = ctl_connect(ctl);
    g_autoptr(CtlClient) quick = ctl_connect(ctl);
    gint64 told = 0, lost = 0;
    JsonObject *event;

    json_object_unref(ctl_do(slow, "subscribe", NULL));
    much_happens(ctl, 500);
    ctl_turn();
    much_happens(ctl, 500);
    json_object_unref(ctl_do(quick, "status", NULL)); /* nobody else notices */
    while ((event = ctl_object(slow))) {
        if (json_object_has_member(event, "count")) {
            lost += number(event, "count");
        } else {
            told++;
        }
        json_object_unref(event);
    }
    ck_assert_int_gt(lost, 0);
    ck_assert_int_gt(told, 20);
    ck_assert_int_eq(told + lost, 1000);
    much_happens(ctl, 1); /* and from then on all is well */
    event = ctl_object(slow);
    ck_assert_str_eq(json_object_get_string_member(event, "event"), "message");
    json_object_unref(event);
}
END_TEST

START_TEST(who_does_not_read_replies_is_not_read)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) client = ctl_connect(ctl);
    static const char request[] = "{\"do\":\"fault-names\"}\n";
    unsigned int asked = 0, answered = 0, full = 0;
    size_t part = 0;
    char *line;

    /* Until nobody takes any more, however often the server is asked to. */
    while (full < 100 && asked < 1000000) {
        size_t sent = ctl_write(client, request + part, sizeof(request) - 1 - part);

        part += sent;
        full = sent ? 0 : full + 1;
        if (part == sizeof(request) - 1) {
            part = 0;
            asked++;
        }
        ctl_turn();
    }
    ck_assert_uint_eq(full, 100);
    while ((line = ctl_line(client))) {
        answered++;
        g_free(line);
    }
    ck_assert_uint_eq(answered, asked);
    if (part > 0) {
        ctl_write(client, request + part, sizeof(request) - 1 - part);
        line = ctl_line(client);
        ck_assert_ptr_nonnull(line);
        g_free(line);
    }
}
END_TEST

START_TEST(half_closed_clients_get_their_replies)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) client = ctl_connect(ctl);
    static const char request[] =
        "{\"id\":1,\"do\":\"status\"}\n{\"id\":2,\"do\":\"fault-names\"}\n{\"id\":";
    g_autoptr(JsonObject) first = NULL;
    g_autoptr(JsonObject) second = NULL;

    ctl_write(client, request, sizeof(request) - 1);
    shutdown(client->fd, SHUT_WR);
    first = ctl_object(client);
    second = ctl_object(client);
    ck_assert_int_eq(number(first, "id"), 1);
    ck_assert_int_eq(number(second, "id"), 2);
    ck_assert_ptr_null(ctl_line(client));
    ck_assert(client->ended);
}
END_TEST

START_TEST(clients_may_go_at_any_moment)
{
    static const char text[] =
        "{\"do\":\"subscribe\"}\n{\"do\":\"fault-names\"}\n{\"do\":\"firmware-reset\"}\n";
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) witness = ctl_connect(ctl);
    CtlClient *client = ctl_connect_raw(ctl->path);

    ctl_client_free(client); /* before it was even accepted */
    for (size_t length = 0; length < sizeof(text); length++) {
        for (unsigned int turns = 0; turns < 4; turns++) {
            client = ctl_connect_raw(ctl->path);
            ctl_write(client, text, length);
            for (unsigned int i = 0; i < turns; i++) {
                g_main_context_iteration(NULL, FALSE);
            }
            ctl_client_free(client);
            much_happens(ctl, 3);
        }
        ctl_turn();
    }
    json_object_unref(ctl_do(witness, "status", NULL));
    {
        g_autoptr(JsonObject) status = ctl_do(witness, "status", NULL);

        ck_assert_int_eq(number(status, "control_clients"), 1);
    }
}
END_TEST

START_TEST(the_socket_may_go_with_clients_at_it)
{
    Ctl *ctl = ctl_new();
    g_autoptr(CtlClient) busy = ctl_connect(ctl);
    g_autoptr(CtlClient) idle = ctl_connect(ctl);
    CtlClient *waiting = ctl_connect_raw(ctl->path); /* not accepted yet */
    char *line;

    json_object_unref(ctl_do(busy, "subscribe", NULL));
    much_happens(ctl, 100);
    ctl_write(idle, "{\"do\":", 6);
    ctl_free(ctl);
    while ((line = ctl_line(idle))) {
        g_free(line);
    }
    ck_assert(idle->ended);
    ctl_client_free(waiting);
}
END_TEST

START_TEST(random_bytes_are_harmless)
{
    static const char alphabet[] = "{}[]\",:\\'/ \n\r\tdostatu1.-efnrl\x80\xff";
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) client = ctl_connect(ctl);
    g_autoptr(GRand) random = g_rand_new_with_seed((guint32)_i);

    for (unsigned int i = 0; i < 3000; i++) {
        char data[64];
        gint32 length = g_rand_int_range(random, 1, sizeof(data) + 1);

        for (gint32 j = 0; j < length; j++) {
            data[j] = _i % 2 ? (char)g_rand_int(random)
                             : alphabet[g_rand_int_range(random, 0, sizeof(alphabet) - 1)];
        }
        ctl_write(client, data, (size_t)length);
        ctl_turn();
        while (memchr(client->input->str, '\n', client->input->len)) {
            JsonObject *reply = ctl_object(client); /* each fits the schema */

            MUST(json_object_has_member(reply, "error"));
            json_object_unref(reply);
        }
        if (i % 16 == 0) {
            g_free(ctl_line(client));
        }
    }
    ctl_write(client, "\n", 1);
    while (true) {
        g_autofree char *line = ctl_line(client);

        if (!line) {
            break;
        }
    }
    json_object_unref(ctl_do(client, "status", NULL));
}
END_TEST

static void bad_cases(Suite *suite)
{
    TCase *tcase = unit_case(suite, "bad clients");

    tcase_add_test(tcase, who_does_not_read_loses_events_and_is_told);
    tcase_add_test(tcase, who_does_not_read_replies_is_not_read);
    tcase_add_test(tcase, half_closed_clients_get_their_replies);
    tcase_add_test(tcase, clients_may_go_at_any_moment);
    tcase_add_test(tcase, the_socket_may_go_with_clients_at_it);
    tcase_add_loop_test(tcase, random_bytes_are_harmless, 0, 6);
}

int main(int argc, char **argv)
{
    Suite *suite = suite_create("control");
    TCase *tcase = unit_case(suite, "socket");

    ctl_schema_path = argc > 1 ? argv[1] : "docs/control.schema.json";
    tcase_add_test(tcase, only_the_owner_may_open_it_and_it_goes_with_its_end);
    tcase_add_test(tcase, another_s_socket_is_left_alone);
    tcase_add_test(tcase, a_dead_socket_is_replaced);
    tcase_add_test(tcase, there_is_a_most_of_clients);
    tcase = unit_case(suite, "requests");
    tcase_add_test(tcase, commands_return_what_the_schema_says);
    tcase_add_test(tcase, every_command_has_a_shape_in_the_schema);
    tcase_add_loop_test(tcase, what_is_wrong_is_told_and_life_goes_on, 0,
                        (int)UNIT_COUNT(bad_lines));
    tcase_add_test(tcase, ids_come_back_as_they_were);
    tcase_add_test(tcase, an_id_has_a_most);
    tcase_add_test(tcase, lines_may_come_in_any_pieces);
    tcase_add_test(tcase, a_long_line_may_come_with_its_end);
    tcase_add_loop_test(tcase, a_line_has_a_most, 0, 4);
    tcase_add_test(tcase, a_line_may_be_as_long_as_that);
    tcase_add_loop_test(tcase, brackets_do_not_take_the_stack, 0, 5);
    tcase = unit_case(suite, "use");
    tcase_add_test(tcase, faults_come_and_go_while_running);
    tcase_add_test(tcase, firmware_does_as_told);
    tcase_add_test(tcase, events_go_to_those_who_want_them);
    bad_cases(suite);
    return unit_run(suite);
}
