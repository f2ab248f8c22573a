/* SPDX-License-Identifier: GPL-2.0-or-later */
/* swme events: AMT's events in words, as they happen or as the log has them. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>

#include "firmware-sim/amt/amt-nvm.h"
#include "firmware-sim/amt/event-text.h"
#include "firmware-sim/amt/indication.h"
#include "firmware-sim/control/control-internal.h"
#include "tools/swme/events.h"
#include "tools/swme/swme.h"
#include "tools/swme/talk.h"

typedef struct Options {
    const char *path; /* of a control socket, or of an NVM */
    bool json;
    bool log;
    guint64 count; /* events that are still to come; 0: no end */
    SwmeEventsForm form;
    const char *out;  /* where to, unless the form is words */
    const char *erst; /* a guest's store to read instead */
    GArray *events;   /* AmtEvent, newest first: of the log, for a form of others */
} Options;

/* ---- one event ---- */

static bool decode_record(JsonObject *object, AmtEvent *event)
{
    JsonNode *node = json_object_get_member(object, "record");
    const char *hex = node ? json_node_get_string(node) : NULL;
    uint8_t record[AMT_RECORD_SIZE];

    if (!hex || strlen(hex) != 2 * AMT_RECORD_SIZE ||
        strspn(hex, "0123456789abcdefABCDEF") != strlen(hex)) {
        return false;
    }
    for (unsigned int i = 0; i < AMT_RECORD_SIZE; i++) {
        record[i] =
            (uint8_t)(g_ascii_xdigit_value(hex[2 * i]) << 4 | g_ascii_xdigit_value(hex[2 * i + 1]));
    }
    amt_event_decode(event, record);
    return true;
}

static void print_words(const AmtEvent *event)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(event->time_s);
    g_autofree char *stamp = g_date_time_format(time, "%F %T");
    g_autofree char *text = amt_event_text(event);

    printf("%s  %-15s  %s, %s: %s\n", stamp, amt_event_severity_name(event->severity),
           amt_event_sensor_name(event->sensor_type), amt_event_entity_name(event->entity), text);
}

/* False: nobody is reading our output any more. */
static bool print_object(const Options *options, JsonObject *object)
{
    AmtEvent event;

    if (options->json) {
        g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), object);
        g_autofree char *line = json_to_string(node, FALSE);

        puts(line);
    } else if (decode_record(object, &event)) {
        print_words(&event);
    } else if (json_object_has_member(object, "count")) {
        printf("(%" G_GINT64_FORMAT " events were lost: they came faster than they were read)\n",
               json_object_get_int_member(object, "count"));
    }
    return fflush(stdout) == 0;
}

static bool on_event(void *opaque, JsonObject *event)
{
    Options *options = opaque;

    return print_object(options, event) && (!options->count || --options->count);
}

/* One record of the log. */
static bool take_object(const Options *options, JsonObject *object)
{
    AmtEvent event;

    if (options->form == SWME_EVENTS_WORDS) {
        return print_object(options, object);
    }
    if (decode_record(object, &event)) {
        g_array_append_val(options->events, event);
    }
    return true;
}

static bool on_log(void *opaque, JsonNode *contents)
{
    const Options *options = opaque;
    JsonArray *records = json_object_get_array_member(json_node_get_object(contents), "records");

    for (guint i = 0; records && i < json_array_get_length(records); i++) {
        if (!take_object(options, json_array_get_object_element(records, i))) {
            return false;
        }
    }
    return true;
}

/* ---- the log of a firmware that is not running ---- */

/* As the control socket has it. */
static JsonNode *event_node(const AmtEvent *event)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    control_add_event(builder, event);
    json_builder_end_object(builder);
    return json_builder_get_root(builder);
}

static int read_nvm(const Options *options)
{
    static const uint8_t no_uuid[SWME_UUID_SIZE];
    g_autofree AmtData *data = g_new0(AmtData, 1);
    g_autofree char *bytes = NULL;
    g_autoptr(GError) error = NULL;
    gsize size;
    bool good, open = true;
    AmtEvent event;

    amt_data_init(data, no_uuid);
    good = g_file_get_contents(options->path, &bytes, &size, &error) &&
           amt_nvm_decode(data, bytes, size, options->path, &error);
    for (unsigned int i = 1; good && open && amt_log_read(&data->log, i, &event); i++) {
        g_autoptr(JsonNode) node = event_node(&event);

        open = take_object(options, json_node_get_object(node));
    }
    amt_data_clear(data);
    if (!good) {
        return swme_fail("events: %s", error->message);
    }
    return open ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- the catalogue ---- */

static void print_list(void)
{
    for (const AmtEventRow *row = amt_event_rows; row->name; row++) {
        printf("%-18s %s\n", row->name, row->text);
    }
}

static const char *route_text(unsigned int route)
{
    static const char *const texts[] = {
        "",
        "logged",
        "alert",
        "logged, alert",
    };

    return texts[route & (AMT_EVENT_LOG | AMT_EVENT_ALERT)];
}

static void print_message(const AmtEvent *event)
{
    AmtMessage message;
    bool told = amt_message_of(NULL, event, &message);
    bool says = told && !g_str_equal(message.argument, "0");

    printf("%s%s%s", told ? message.id : "", says ? " " : "", says ? message.argument : "");
}

static void print_markdown(void)
{
    puts("# AMT's events\n"
         "\n"
         "What `swme events --list` lists and `swme ctl SOCKET event-raise NAME` lets happen. This "
         "page is printed by\n"
         "`swme events --markdown`; a test compares. [alerts.md](alerts.md) says how events become "
         "alerts.\n"
         "\n"
         "Bytes are hexadecimal: sensor type, event type, offset, event source, severity, sensor "
         "number, entity, instance, event\n"
         "data (zeros at the end left out; of what varies, an example). The sensor device is "
         "always FF, none. The message\n"
         "is what [listeners](alerts.md#listeners) are told, with its first argument where that "
         "is not 0.\n"
         "\n"
         "| event | bytes | in words | goes to | message | bytes from |\n"
         "| --- | --- | --- | --- | --- | --- |");
    for (const AmtEventRow *row = amt_event_rows; row->name; row++) {
        const AmtEvent *event = &row->event;
        unsigned int used = AMT_EVENT_DATA_SIZE;
        g_autofree char *text = amt_event_text(event);

        printf("| `%s` | `%02X %02X %02X %02X %02X %02X %02X %02X", row->name, event->sensor_type,
               event->event_type, event->offset, event->source, event->severity,
               event->sensor_number, event->entity, event->entity_instance);
        while (used && !event->data[used - 1]) {
            used--;
        }
        for (unsigned int i = 0; i < used; i++) {
            printf("%s%02X", i ? " " : " - ", event->data[i]);
        }
        printf("` | %s | %s | ", text, route_text(row->route));
        print_message(event);
        printf(" | %s |\n", row->known);
    }
}

/* ---- the command ---- */

static const char help[] =
    "Usage: swme events SOCKET [--json] [--log | --count N]\n"
    "       swme events NVM --log [--json]\n"
    "       swme events SOCKET|NVM --sel FILE | --cper FILE | --bert DIR\n"
    "       swme events SOCKET --erst FILE\n"
    "       swme events --list | --markdown\n"
    "\n"
    "Prints AMT's events in words as they happen: UTC time, severity, sensor, entity, and what it\n"
    "says. SOCKET is that of -device intel-mei,control=SOCKET, NVM the file of nvm=.\n"
    "\n"
    "  --json      one JSON object a line instead, as docs/control.md has them\n"
    "  --log       what is in the event log, newest first, and end\n"
    "  --count N   end after N events\n"
    "  --sel FILE  write the log as records of IPMI's event log, oldest first\n"
    "  --cper FILE write it as UEFI's common platform error records\n"
    "  --bert DIR  write what in it tells of an error as an ACPI boot error record table, and say\n"
    "              what QEMU and a kernel have to be told ('scripts/guest --bert' does)\n"
    "  --erst FILE an experiment: log what a guest has stored by QEMU's acpi-erst in FILE\n"
    "  --list      the events that there are: names for 'swme ctl SOCKET event-raise NAME'\n"
    "  --markdown  the same as docs/events.md";

/* Options that say where to, and as what. */
static const struct {
    const char *name;
    SwmeEventsForm form;
} forms[] = {
    {"--sel", SWME_EVENTS_SEL},
    {"--cper", SWME_EVENTS_CPER},
    {"--bert", SWME_EVENTS_BERT},
};

/* Where the value of an option goes that has one; NULL: it is none of those. */
static const char **value_of(Options *options, const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
        if (g_str_equal(name, forms[i].name)) {
            options->form = forms[i].form;
            return &options->out;
        }
    }
    return g_str_equal(name, "--erst") ? &options->erst : NULL;
}

/* EXIT_SUCCESS, or an error that was told. */
static int parse(Options *options, int argc, char **argv)
{
    const char **value;

    for (int i = 1; i < argc; i++) {
        if (g_str_equal(argv[i], "--json")) {
            options->json = true;
        } else if (g_str_equal(argv[i], "--log")) {
            options->log = true;
        } else if (g_str_equal(argv[i], "--count")) {
            const char *number = ++i < argc ? argv[i] : "";

            if (!g_ascii_string_to_unsigned(number, 10, 1, UINT32_MAX, &options->count, NULL)) {
                return swme_fail("events: --count takes a number from 1 on, not '%s'", number);
            }
        } else if ((value = value_of(options, argv[i]))) {
            if (*value || i + 1 == argc) {
                return swme_fail("events: one %s, with a path behind it", argv[i]);
            }
            *value = argv[++i];
        } else if (*argv[i] == '-') {
            return swme_fail("events: no option '%s': 'swme events --help' lists them", argv[i]);
        } else if (options->path) {
            return swme_fail("events: one SOCKET, not '%s' too", argv[i]);
        } else {
            options->path = argv[i];
        }
    }
    if (!options->path || options->log + !!options->count + !!options->out + !!options->erst > 1 ||
        (options->json && (options->out || options->erst))) {
        return swme_fail("events: SOCKET [--json] [--log | --count N]: 'swme events --help' "
                         "explains");
    }
    return EXIT_SUCCESS;
}

static int ask_socket(Options *options)
{
    bool log = options->log || options->out;
    g_autoptr(JsonObject) request = json_object_new();

    json_object_set_string_member(request, "do", log ? "log" : "subscribe");
    if (!log) {
        JsonArray *names = json_array_new();

        json_array_add_string_element(names, "amt");
        json_object_set_array_member(request, "events", names);
    }
    return swme_talk(&(SwmeTalk){
        .command = "events",
        .path = options->path,
        .request = request,
        .reply = on_log,
        .event = log ? NULL : on_event,
        .opaque = options,
    });
}

/* A file that is there and no socket is an NVM. */
static bool is_nvm(const char *path)
{
    GStatBuf found;

    return g_stat(path, &found) == 0 && S_ISREG(found.st_mode);
}

static int run(Options *options)
{
    g_autoptr(GArray) events = g_array_new(FALSE, FALSE, sizeof(AmtEvent));
    int status;

    options->events = events;
    if (is_nvm(options->path)) {
        if (!options->log && !options->out) {
            return swme_fail("events: %s is a file: its log can be read, and for the rest 'swme "
                             "serve --nvm FILE --control SOCKET' runs it",
                             options->path);
        }
        status = read_nvm(options);
    } else if (options->erst) {
        return swme_events_import_erst(options->erst, options->path);
    } else {
        status = ask_socket(options);
    }
    if (status != EXIT_SUCCESS || !options->out) {
        return status;
    }
    return swme_events_export(options->form, options->out, events);
}

int command_events(int argc, char **argv)
{
    Options options = {0};
    int status;

    if (argc == 2 && (g_str_equal(argv[1], "--help") || g_str_equal(argv[1], "-h"))) {
        puts(help);
        return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
    }
    if (argc == 2 && (g_str_equal(argv[1], "--list") || g_str_equal(argv[1], "--markdown"))) {
        if (g_str_equal(argv[1], "--list")) {
            print_list();
        } else {
            print_markdown();
        }
        return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
    }
    status = parse(&options, argc, argv);
    return status == EXIT_SUCCESS ? run(&options) : status;
}
