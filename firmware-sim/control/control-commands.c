/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may be asked at the control socket: one row and one function for each command. */
#include "firmware-sim/control/control-internal.h"

#include <string.h>

#include "firmware-sim/error.h"
#include "firmware-sim/suggest.h"

typedef struct Command {
    const char *name;
    const char *members[6]; /* besides "do" and "id" */
    const char *help;
    /* Adds members to the object that is returned. */
    gboolean (*run)(ControlClient *client, JsonObject *request, JsonBuilder *out, GError **error);
} Command;

#define fail(error, ...) swme_error_set(error, SWME_ERROR_ARGUMENT, NULL, __VA_ARGS__)

/* ---- looking ---- */

static void add_clients(SwmeFirmware *firmware, JsonBuilder *out)
{
    json_builder_set_member_name(out, "clients");
    json_builder_begin_array(out);
    for (unsigned int address = 1; address <= UINT8_MAX; address++) {
        SwmeFirmwareClient client;

        if (swme_firmware_client(firmware, (uint8_t)address, &client)) {
            json_builder_begin_object(out);
            control_json_string(out, "name", client.name);
            control_json_number(out, "address", address);
            control_json_bool(out, "present", client.present);
            control_json_bool(out, "fixed", client.fixed);
            control_json_number(out, "connections", client.connections);
            json_builder_end_object(out);
        }
    }
    json_builder_end_array(out);
}

static unsigned int subscribers(const SwmeControl *control)
{
    unsigned int count = 0;

    for (guint i = 0; i < control->clients->len; i++) {
        const ControlClient *client = g_ptr_array_index(control->clients, i);

        count += client->events != 0;
    }
    return count;
}

static gboolean do_status(ControlClient *client, JsonObject *request G_GNUC_UNUSED,
                          JsonBuilder *out, GError **error G_GNUC_UNUSED)
{
    const SwmeControlTarget *target = &client->control->target;
    SwmeFirmwareStatus status;
    g_autofree char *hbm = NULL;

    swme_firmware_status(target->firmware, &status);
    hbm = g_strdup_printf("%u.%u", status.hbm_major, status.hbm_minor);
    control_json_string(out, "platform", target->platform->name);
    control_json_number(out, "time_ns", (guint64)target->clock->now(target->clock));
    control_json_bool(out, "ready", status.ready);
    control_json_bool(out, "started", status.started);
    control_json_bool(out, "enumerated", status.enumerated);
    control_json_bool(out, "isolated", status.isolated);
    json_builder_set_member_name(out, "hbm");
    if (status.started) {
        json_builder_add_string_value(out, hbm);
    } else {
        json_builder_add_null_value(out);
    }
    add_clients(target->firmware, out);
    control_json_number(out, "faults", swme_faults_count(target->faults));
    control_json_number(out, "control_clients", client->control->clients->len);
    control_json_number(out, "control_subscribers", subscribers(client->control));
    return TRUE;
}

static void add_counter(void *opaque, const char *name, uint64_t value)
{
    control_json_number(opaque, name, value);
}

static gboolean do_statistics(ControlClient *client, JsonObject *request G_GNUC_UNUSED,
                              JsonBuilder *out, GError **error G_GNUC_UNUSED)
{
    const SwmeControlTarget *target = &client->control->target;
    const SwmeFirmwareStats *stats = swme_firmware_stats(target->firmware);

    json_builder_set_member_name(out, "firmware");
    json_builder_begin_object(out);
    control_json_number(out, "packets_in", stats->packets_in);
    control_json_number(out, "packets_out", stats->packets_out);
    control_json_number(out, "messages_in", stats->messages_in);
    control_json_number(out, "messages_out", stats->messages_out);
    control_json_number(out, "broken_rings", stats->broken_rings);
    control_json_number(out, "bad_packets", stats->bad_packets);
    control_json_number(out, "bad_hbm", stats->bad_hbm);
    control_json_number(out, "no_credit", stats->no_credit);
    control_json_number(out, "too_long", stats->too_long);
    control_json_number(out, "dma_errors", stats->dma_errors);
    control_json_number(out, "unanswered", stats->unanswered);
    control_json_number(out, "replies_dropped", stats->replies_dropped);
    json_builder_end_object(out);
    json_builder_set_member_name(out, "device");
    json_builder_begin_object(out);
    if (target->counters) {
        target->counters(target->opaque, add_counter, out);
    }
    json_builder_end_object(out);
    return TRUE;
}

/* ---- faults ---- */

static gboolean do_fault_add(ControlClient *client, JsonObject *request, JsonBuilder *out,
                             GError **error)
{
    const char *text = control_json_text(request, "fault", error);
    uint32_t first = 0, last = 0;

    if (!text || !swme_faults_add(client->control->target.faults, text, &first, &last, error)) {
        return FALSE;
    }
    json_builder_set_member_name(out, "faults");
    json_builder_begin_array(out);
    for (uint32_t id = first; id <= last; id++) {
        json_builder_add_int_value(out, id);
    }
    json_builder_end_array(out);
    return TRUE;
}

static gboolean do_fault_list(ControlClient *client, JsonObject *request G_GNUC_UNUSED,
                              JsonBuilder *out, GError **error G_GNUC_UNUSED)
{
    const SwmeFaults *faults = client->control->target.faults;

    json_builder_set_member_name(out, "faults");
    json_builder_begin_array(out);
    for (unsigned int i = 0; i < swme_faults_count(faults); i++) {
        SwmeFaultInfo info;

        swme_faults_info(faults, i, &info);
        json_builder_begin_object(out);
        control_json_number(out, "fault", info.id);
        control_json_string(out, "name", info.name);
        control_json_string(out, "rule", info.rule);
        control_json_number(out, "matches", info.matches);
        control_json_number(out, "hits", info.hits);
        control_json_bool(out, "spent", info.spent);
        json_builder_end_object(out);
    }
    json_builder_end_array(out);
    return TRUE;
}

static gboolean do_fault_names(ControlClient *client G_GNUC_UNUSED,
                               JsonObject *request G_GNUC_UNUSED, JsonBuilder *out,
                               GError **error G_GNUC_UNUSED)
{
    json_builder_set_member_name(out, "names");
    json_builder_begin_array(out);
    for (const SwmeFaultPreset *preset = swme_fault_presets; preset->name; preset++) {
        json_builder_add_string_value(out, preset->name);
    }
    json_builder_end_array(out);
    return TRUE;
}

static unsigned int remove_faults(SwmeFaults *faults, JsonNode *which)
{
    const char *name = json_node_get_string(which);
    unsigned int count = swme_faults_count(faults);
    char *end = NULL;
    guint64 id;

    if (json_node_get_value_type(which) == G_TYPE_INT64) {
        gint64 number = json_node_get_int(which);

        return number > 0 && number <= UINT32_MAX && swme_faults_remove(faults, (uint32_t)number);
    }
    if (g_str_equal(name, "all")) {
        swme_faults_clear(faults);
        return count;
    }
    /* As a command line has it. */
    id = g_ascii_strtoull(name, &end, 10);
    if (g_ascii_isdigit(*name) && *end == '\0') {
        return id <= UINT32_MAX && swme_faults_remove(faults, (uint32_t)id);
    }
    return swme_faults_remove_name(faults, name);
}

static gboolean do_fault_remove(ControlClient *client, JsonObject *request, JsonBuilder *out,
                                GError **error)
{
    JsonNode *which = json_object_get_member(request, "fault");
    GType type = which ? json_node_get_value_type(which) : G_TYPE_INVALID;
    unsigned int removed;

    if (type != G_TYPE_INT64 && type != G_TYPE_STRING) {
        return fail(error, "\"fault\" must be a number from fault-list, a name, or \"all\"");
    }
    removed = remove_faults(client->control->target.faults, which);
    if (removed == 0 &&
        !(type == G_TYPE_STRING && g_str_equal(json_node_get_string(which), "all"))) {
        return fail(error, "no such fault is set: fault-list tells which are");
    }
    control_json_number(out, "removed", removed);
    return TRUE;
}

/* ---- the firmware ---- */

static gboolean do_firmware_reset(ControlClient *client, JsonObject *request G_GNUC_UNUSED,
                                  JsonBuilder *out G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
    swme_firmware_reset(client->control->target.firmware);
    return TRUE;
}

static gboolean do_firmware_stop(ControlClient *client, JsonObject *request G_GNUC_UNUSED,
                                 JsonBuilder *out G_GNUC_UNUSED, GError **error)
{
    SwmeFirmwareStatus status;

    swme_firmware_status(client->control->target.firmware, &status);
    if (!status.started) {
        return fail(error, "no host has started the link");
    }
    swme_firmware_stop(client->control->target.firmware);
    return TRUE;
}

static gboolean set_client(ControlClient *client, JsonObject *request, bool present, GError **error)
{
    const char *name = control_json_text(request, "client", error);

    return name && swme_firmware_set_client(client->control->target.firmware, name, present, error);
}

static gboolean do_client_add(ControlClient *client, JsonObject *request,
                              JsonBuilder *out G_GNUC_UNUSED, GError **error)
{
    return set_client(client, request, true, error);
}

static gboolean do_client_remove(ControlClient *client, JsonObject *request,
                                 JsonBuilder *out G_GNUC_UNUSED, GError **error)
{
    return set_client(client, request, false, error);
}

static gboolean do_notify(ControlClient *client, JsonObject *request,
                          JsonBuilder *out G_GNUC_UNUSED, GError **error)
{
    const char *name = control_json_text(request, "client", error);

    return name && swme_firmware_notify(client->control->target.firmware, name, error);
}

static gboolean do_latency(ControlClient *client, JsonObject *request,
                           JsonBuilder *out G_GNUC_UNUSED, GError **error)
{
    const char *text = control_json_text(request, "latency", error);

    return text && swme_firmware_set_latency(client->control->target.firmware, text, error);
}

/* ---- events ---- */

static const struct {
    const char *name;
    ControlEvent event;
} event_names[] = {
    {"messages", CONTROL_MESSAGES}, {"packets", CONTROL_PACKETS}, {"notes", CONTROL_NOTES},
    {"faults", CONTROL_FAULTS},     {"amt", CONTROL_AMT},
};

unsigned int control_event_find(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(event_names); i++) {
        if (g_str_equal(name, event_names[i].name)) {
            return event_names[i].event;
        }
    }
    return 0;
}

/* The member "events": names, or what stands for none at all. 0 and an error when it is wrong. */
static unsigned int events_member(JsonObject *request, unsigned int otherwise, GError **error)
{
    JsonNode *node = json_object_get_member(request, "events");
    unsigned int events = 0;
    JsonArray *names;

    if (!node) {
        return otherwise;
    }
    names = JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
    for (guint i = 0; names && i < json_array_get_length(names); i++) {
        JsonNode *name = json_array_get_element(names, i);
        unsigned int event = json_node_get_value_type(name) == G_TYPE_STRING
                                 ? control_event_find(json_node_get_string(name))
                                 : 0;

        if (!event) {
            events = 0;
            break;
        }
        events |= event;
    }
    if (!events) {
        fail(error, "\"events\" must be a list of some of messages, packets, notes, faults, amt");
    }
    return events;
}

static void add_events(const ControlClient *client, JsonBuilder *out)
{
    json_builder_set_member_name(out, "events");
    json_builder_begin_array(out);
    for (size_t i = 0; i < G_N_ELEMENTS(event_names); i++) {
        if (client->events & event_names[i].event) {
            json_builder_add_string_value(out, event_names[i].name);
        }
    }
    json_builder_end_array(out);
}

static gboolean do_subscribe(ControlClient *client, JsonObject *request, JsonBuilder *out,
                             GError **error)
{
    unsigned int events = events_member(
        request, CONTROL_MESSAGES | CONTROL_NOTES | CONTROL_FAULTS | CONTROL_AMT, error);

    client->events |= events;
    add_events(client, out);
    return events != 0;
}

static gboolean do_unsubscribe(ControlClient *client, JsonObject *request, JsonBuilder *out,
                               GError **error)
{
    unsigned int events = events_member(request, ~0u, error);

    client->events &= ~events;
    add_events(client, out);
    return events != 0;
}

static gboolean do_help(ControlClient *client, JsonObject *request, JsonBuilder *out,
                        GError **error);

/* ---- the table ---- */

static const Command commands[] = {
    {"help", {0}, "these lines", do_help},
    {"status", {0}, "where the link stands, and the clients", do_status},
    {"statistics", {0}, "what passed, and what no sound host does", do_statistics},
    {"fault-add", {"fault"}, "RULE[+RULE...], as docs/faults.md has them", do_fault_add},
    {"fault-list", {0}, "the rules in force, with their hits", do_fault_list},
    {"fault-names", {0}, "the named faults that there are", do_fault_names},
    {"fault-remove", {"fault"}, "by number, by name, or \"all\"", do_fault_remove},
    {"firmware-reset", {0}, "the firmware resets itself", do_firmware_reset},
    {"firmware-stop", {0}, "the firmware asks the host to stop the link", do_firmware_stop},
    {"client-add", {"client"}, "an ME client comes", do_client_add},
    {"client-remove", {"client"}, "an ME client goes, its connections with it", do_client_remove},
    {"notify", {"client"}, "an ME client raises its notification", do_notify},
    {"latency", {"latency"}, "how long the firmware takes from now on", do_latency},
    {"inject",
     {"way", "packet", "client", "host", "data"},
     "a packet or a message that neither side sent, to-host or to-firmware",
     control_inject},
    {"amt", {"name"}, "AMT's values: all, one, or a group of them", control_amt},
    {"amt-set", {"values"}, "AMT's values become these", control_amt_set},
    {"watchdog", {0}, "AMT's watchdog: timers, policy, the reset that is due", control_watchdog},
    {"watchdog-set",
     {"watchdog", "reset"},
     "auto, on or off; seconds to the reset, or \"off\"",
     control_watchdog_set},
    {"watchdog-cancel", {0}, "a reset that is due is not done", control_watchdog_cancel},
    {"log", {0}, "AMT's event log, newest record first", control_log},
    {"log-freeze", {"frozen"}, "true or false: whether the log takes records", control_log_freeze},
    {"log-clear", {0}, "empties the log", control_log_clear},
    {"alerts", {0}, "who gets AMT's alerts, and what was sent", control_alerts},
    {"listeners", {0}, "who hears of AMT's events over HTTP, and what was sent", control_listeners},
    {"alert-add", {"alert"}, "ADDRESS[:PORT[:COMMUNITY]] gets alerts", control_alert_add},
    {"alert-remove", {"alert"}, "gets none any more; or \"all\"", control_alert_remove},
    {"alert-set",
     {"sends", "interval_s"},
     "how often an alert is sent, and the seconds between",
     control_alert_set},
    {"event-raise", {"event"}, "one of 'swme events --list' happens now", control_event_raise},
    {"subscribe", {"events"}, "have messages, packets, notes, faults or amt told", do_subscribe},
    {"unsubscribe", {"events"}, "have them no longer told", do_unsubscribe},
};

static gboolean do_help(ControlClient *client G_GNUC_UNUSED, JsonObject *request G_GNUC_UNUSED,
                        JsonBuilder *out, GError **error G_GNUC_UNUSED)
{
    json_builder_set_member_name(out, "commands");
    json_builder_begin_array(out);
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        json_builder_begin_object(out);
        control_json_string(out, "do", commands[i].name);
        json_builder_set_member_name(out, "members");
        json_builder_begin_array(out);
        for (const char *const *member = commands[i].members; *member; member++) {
            json_builder_add_string_value(out, *member);
        }
        json_builder_end_array(out);
        control_json_string(out, "help", commands[i].help);
        json_builder_end_object(out);
    }
    json_builder_end_array(out);
    return TRUE;
}

/* ---- requests ---- */

static const Command *find_command(JsonObject *request, GError **error)
{
    const char *name = control_json_text(request, "do", error);
    SwmeSuggestion rows[G_N_ELEMENTS(commands)];
    g_autofree char *near = NULL;
    g_autofree char *shown = NULL;

    for (size_t i = 0; name && i < G_N_ELEMENTS(commands); i++) {
        if (g_str_equal(name, commands[i].name)) {
            return &commands[i];
        }
        rows[i] = (SwmeSuggestion){commands[i].name, commands[i].name};
    }
    if (name) {
        near = swme_suggest(name, rows, G_N_ELEMENTS(commands));
        shown = swme_error_text(name);
        fail(error, "no command '%.100s'%s%s: \"help\" lists them", shown, near ? ", near is " : "",
             near ? near : "");
    }
    return NULL;
}

/* A member that no command looks at is a typing error. */
static gboolean members_are_known(const Command *command, JsonObject *request, GError **error)
{
    g_autoptr(GList) names = json_object_get_members(request);

    for (const GList *l = names; l; l = l->next) {
        if (!g_str_equal(l->data, "do") && !g_str_equal(l->data, "id") &&
            !g_strv_contains(command->members, l->data)) {
            g_autofree char *shown = swme_error_text(l->data);

            return fail(error, "%s takes no \"%.100s\"", command->name, shown);
        }
    }
    return TRUE;
}

/* NULL when there is none; *good is whether it is a number or short text, if there is. */
static JsonNode *id_of(JsonObject *request, gboolean *good)
{
    JsonNode *id = json_object_get_member(request, "id");
    GType type = id ? json_node_get_value_type(id) : G_TYPE_INT64;

    *good = type == G_TYPE_INT64 ||
            (type == G_TYPE_STRING && strlen(json_node_get_string(id)) <= CONTROL_ID_MAX);
    return *good ? id : NULL;
}

static void add_id(JsonBuilder *builder, JsonNode *id)
{
    if (id) {
        json_builder_set_member_name(builder, "id");
        json_builder_add_value(builder, json_node_copy(id));
    }
}

GBytes *control_error_line(JsonNode *id, const char *message)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    add_id(builder, id);
    control_json_string(builder, "error", message);
    json_builder_end_object(builder);
    return control_json_line(builder);
}

static GBytes *run(ControlClient *client, JsonObject *request, JsonNode *id, GError **error)
{
    const Command *command = find_command(request, error);
    g_autoptr(JsonBuilder) builder = NULL;

    if (!command || !members_are_known(command, request, error)) {
        return NULL;
    }
    builder = json_builder_new();
    json_builder_begin_object(builder);
    add_id(builder, id);
    json_builder_set_member_name(builder, "return");
    json_builder_begin_object(builder);
    if (!command->run(client, request, builder, error)) {
        return NULL;
    }
    json_builder_end_object(builder);
    json_builder_end_object(builder);
    return control_json_line(builder);
}

GBytes *control_request(ControlClient *client, const char *line, gsize size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonNode) root = control_json_parse(line, size, &error);
    JsonObject *request;
    JsonNode *id;
    gboolean good;
    GBytes *reply;

    if (!root) {
        return control_error_line(NULL, error->message);
    }
    request = json_node_get_object(root);
    id = id_of(request, &good);
    if (!good) {
        return control_error_line(NULL, "\"id\" must be a number or at most 128 bytes of text");
    }
    reply = run(client, request, id, &error);
    return reply ? reply : control_error_line(id, error->message);
}

GBytes *control_greeting(SwmeControl *control)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "swme");
    json_builder_begin_object(builder);
    control_json_number(builder, "control", SWME_CONTROL_VERSION);
    control_json_string(builder, "version", control->target.version);
    control_json_string(builder, "platform", control->target.platform->name);
    json_builder_end_object(builder);
    json_builder_end_object(builder);
    return control_json_line(builder);
}
