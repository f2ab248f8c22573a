/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <time.h>

#include "firmware-sim/amt/event-text.h"
#include "firmware-sim/amt/web/page.h"

static const WebTarget log_service = {.class = "AMT_MessageLog"};

static void show_record(GString *page, unsigned int number, const char *base64)
{
    gsize size;
    g_autofree guchar *record = g_base64_decode(base64, &size);
    g_autofree char *text = NULL;
    char when[32] = "";
    struct tm parts;
    AmtEvent event;
    time_t time;

    if (size != AMT_RECORD_SIZE) {
        return;
    }
    amt_event_decode(&event, record);
    text = amt_event_text(&event);
    time = event.time_s;
    if (gmtime_r(&time, &parts)) {
        strftime(when, sizeof(when), "%m/%d/%Y %I:%M:%S %p", &parts);
    }
    web_append(page,
               "<tr><td class=\"r1\">%u</td><td class=\"r1\">%s</td><td class=\"r1\">%s</td>"
               "<td class=\"r1\">%s</td><td class=\"r1\">%s</td></tr>\n",
               number, when, amt_event_entity_name(event.entity), text,
               amt_event_severity_name(event.severity));
}

static void show_records(GString *page, WebInstance *answer)
{
    g_auto(GStrv) records = g_strsplit(web_value(answer, "RecordArray"), ", ", -1);

    g_string_append(page, "<table class=\"log events\"><thead><tr><th>Event</th><th>Time</th>"
                          "<th>Source</th><th>Description</th><th>Severity</th></tr></thead>\n");
    for (unsigned int i = 0; records[i]; i++) {
        show_record(page, i + 1, records[i]);
    }
    g_string_append(page, "</table>\n");
}

static void button(WebVisit *visit, GString *page, const char *command, const char *label)
{
    web_form_begin(visit, page, "/eventsform");
    web_append(page, "<input type=\"hidden\" name=\"command\" value=\"%s\">", command);
    web_form_end(page, label);
}

void web_show_events(WebVisit *visit, GString *page)
{
    static const WebInput all[] = {
        {"IterationIdentifier", "1", NULL},
        {"MaxReadRecords", G_STRINGIFY(AMT_LOG_RECORDS), NULL},
        {NULL, NULL, NULL},
    };
    g_autoptr(GPtrArray) logs = web_instances(visit, log_service.class);
    g_autoptr(GHashTable) answer = NULL;
    bool frozen;

    if (!logs || logs->len == 0) {
        web_refused(page);
        return;
    }
    frozen = web_value_is(g_ptr_array_index(logs, 0), "IsFrozen", "true");
    web_append(page, "<p>%s events%s.</p>\n",
               web_value(g_ptr_array_index(logs, 0), "CurrentNumberOfRecords"),
               frozen ? "; the log is stopped" : "");
    if (frozen) {
        button(visit, page, "start", "Start Log");
    } else {
        button(visit, page, "clear", "Clear Log");
        button(visit, page, "stop", "Stop Log");
    }
    if (web_invoke(visit, &log_service, "GetRecords", all, &answer)) {
        show_records(page, answer);
    } else {
        web_refused(page);
    }
}

WebResult web_submit_events(WebVisit *visit)
{
    const WebInput freeze[] = {
        {"Freeze", web_field_is(visit, "command", "stop") ? "true" : "false", NULL},
        {NULL, NULL, NULL},
    };
    bool done;

    if (web_field_is(visit, "command", "clear")) {
        done = web_invoke(visit, &log_service, "ClearLog", NULL, NULL);
    } else if (web_field_is(visit, "command", "stop") || web_field_is(visit, "command", "start")) {
        done = web_invoke(visit, &log_service, "FreezeLog", freeze, NULL);
    } else {
        return WEB_INVALID;
    }
    return done ? WEB_DONE : WEB_REFUSED;
}
