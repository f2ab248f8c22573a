/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/indication.h"

#include <string.h>

#include "firmware-sim/amt/event-text.h"

/* CIM_AlertIndication.AlertType and PerceivedSeverity. */
enum { TYPE_DEVICE = 5, TYPE_ENVIRONMENT = 6, TYPE_SECURITY = 8 };
enum { IS_INFORMATION = 2, IS_DEGRADED = 3, IS_CRITICAL = 6, IS_FATAL = 7 };

#define ANY 0xff /* offset */

/* ---- which message ---- */

typedef struct Row {
    uint8_t sensor_type;
    uint8_t event_type;
    uint8_t offset;
    const char *id;
    bool of_host;
    uint32_t type;
} Row;

/*
 * PLAT: the meanings that MeshCentral and IPMI have in common. A BIOS that hangs (0F/6F/01) is told
 * by trap alone (AMT SDK, "WS-Eventing Event Fields").
 */
static const Row rows[] = {
    {0x05, 0x6f, 0x00, "PLAT0004", true, TYPE_DEVICE},
    {0x05, 0x6f, 0x80, "PLAT0005", true, TYPE_DEVICE},
    {0x06, 0x6f, 0x00, "PLAT0022", false, TYPE_SECURITY},
    {0x06, 0x6f, 0x01, "PLAT0024", false, TYPE_SECURITY},
    {0x06, 0x6f, 0x02, "PLAT0026", false, TYPE_SECURITY},
    {0x06, 0x6f, 0x03, "PLAT0028", false, TYPE_SECURITY},
    {0x06, 0x6f, 0x04, "PLAT0030", false, TYPE_SECURITY},
    {0x06, 0x6f, 0x05, "PLAT0032", false, TYPE_SECURITY},
    {0x0f, 0x6f, 0x00, "PLAT0184", true, TYPE_DEVICE},
    {0x0f, 0x6f, 0x02, "PLAT0188", true, TYPE_DEVICE},
    {0x10, 0x6f, 0x02, "PLAT0200", true, TYPE_DEVICE},
    {0x12, 0x6f, 0x00, "iAMT0055", false, TYPE_ENVIRONMENT}, /* our own record of set-up */
    {0x1e, 0x6f, 0x00, "PLAT0286", true, TYPE_DEVICE},
    {0x20, 0x6f, 0x00, "PLAT0320", true, TYPE_DEVICE},
    {0x20, 0x6f, 0x01, "PLAT0322", true, TYPE_DEVICE},
    {0x20, 0x6f, 0x02, "PLAT0324", true, TYPE_DEVICE},
    {0x20, 0x6f, 0x03, "PLAT0326", true, TYPE_DEVICE},
    {0x20, 0x6f, 0x05, "PLAT0328", true, TYPE_DEVICE},
    {0x23, 0x6f, 0x00, "PLAT0368", true, TYPE_DEVICE},
    {0x23, 0x6f, 0x01, "iAMT0070", true, TYPE_DEVICE}, /* the host was reset for its watchdog */
    {0x23, 0x6f, 0x02, "PLAT0372", true, TYPE_DEVICE},
    {0x23, 0x6f, 0x03, "PLAT0374", true, TYPE_DEVICE},
    {0x23, 0x6f, 0x08, "PLAT0376", true, TYPE_DEVICE},
    {0x24, 0x6f, ANY, "iAMT0001", false, TYPE_SECURITY},
    {0x25, 0x6f, 0x00, "PLAT0390", true, TYPE_DEVICE},
    {0x25, 0x6f, 0x01, "PLAT0392", true, TYPE_DEVICE},
    {0x25, 0x6f, 0x02, "PLAT0394", true, TYPE_DEVICE},
    {0x28, 0x6f, 0x02, "PLAT0402", true, TYPE_DEVICE},
    {0x28, 0x6f, 0x03, "PLAT0404", true, TYPE_DEVICE},
    {0xc0, 0x70, 0x00, "iAMT0050", true, TYPE_ENVIRONMENT},
};

#define ENTITY_CHASSIS 0x17

static const Row *find_row(const AmtEvent *event)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].sensor_type == event->sensor_type && rows[i].event_type == event->event_type &&
            (rows[i].offset == ANY || rows[i].offset == event->offset)) {
            return &rows[i];
        }
    }
    return NULL;
}

static uint32_t severity_of(const AmtEvent *event)
{
    static const struct {
        uint8_t pet;
        uint32_t perceived;
    } pairs[] = {{0x08, IS_DEGRADED}, {0x10, IS_CRITICAL}, {0x20, IS_FATAL}};

    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
        if (event->severity == pairs[i].pet) {
            return pairs[i].perceived;
        }
    }
    return IS_INFORMATION;
}

static void name_agent(const AmtAgents *agents, const AmtEvent *event, AmtMessage *message)
{
    static const uint8_t none[AMT_AGENT_ID_SIZE];

    for (unsigned int i = 0; i < AMT_AGENTS; i++) {
        const uint8_t *id = agents->agent[i].id;

        /* The event has no more of it. */
        if (memcmp(id, none, sizeof(none)) != 0 && memcmp(id, event->data + 1, 6) == 0) {
            g_snprintf(message->argument, sizeof(message->argument),
                       "%02X%02X%02X%02X-%02X%02X-%02X%02X-%02X%02X-%02X%02X%02X%02X%02X%02X",
                       id[3], id[2], id[1], id[0], id[5], id[4], id[7], id[6], id[8], id[9], id[10],
                       id[11], id[12], id[13], id[14], id[15]);
            break;
        }
    }
}

/* iAMT0002 to iAMT0006 by the agent's new state; from AMT 8 on with the agent's id (AMT SDK). */
static bool agent_message(const AmtState *amt, const AmtEvent *event, AmtMessage *message)
{
    static const uint8_t states[] = {1, 2, 4, 8, 16};

    message->type = TYPE_SECURITY;
    if (amt && amt_state_at_least(amt, 8, 0)) {
        name_agent(&amt_state_data(amt)->agents, event, message);
    }
    for (unsigned int i = 0; i < G_N_ELEMENTS(states); i++) {
        if (event->data[7] == states[i]) {
            g_snprintf(message->id, sizeof(message->id), "iAMT%04u", 2 + i);
            return true;
        }
    }
    return false;
}

static void set_argument(AmtMessage *message, unsigned int number)
{
    g_snprintf(message->argument, sizeof(message->argument), "%u", number);
}

bool amt_message_of(const AmtState *amt, const AmtEvent *event, AmtMessage *message)
{
    const Row *row = find_row(event);

    *message = (AmtMessage){.argument = "0", .severity = severity_of(event)};
    if (event->sensor_type == 0x12 && event->event_type == 0x0a) {
        return agent_message(amt, event, message);
    }
    if (!row) {
        return false;
    }
    g_strlcpy(message->id, row->id, sizeof(message->id));
    message->type = row->type;
    message->of_host = row->of_host;
    if (g_str_equal(row->id, "iAMT0050")) {
        set_argument(message, (event->data[1] & 0xf0) | (event->data[2] & 0x0f));
        message->user = true;
    } else if (g_str_equal(row->id, "iAMT0055")) {
        set_argument(message, event->data[1] ? 2 : 3); /* set up; unprovisioning has begun */
        message->user = true;
    } else if (event->sensor_type == 0x25 && event->entity == ENTITY_CHASSIS) {
        g_strlcpy(message->id, "iAMT0037", sizeof(message->id)); /* the engine is there */
        message->of_host = false;
    }
    return true;
}

bool amt_message_in(const AmtMessage *message, AmtCollection collection)
{
    switch (collection) {
    case AMT_COLLECTION_ALL:
        return true;
    case AMT_COLLECTION_FEATURES:
        return g_str_has_prefix(message->id, "iAMT");
    case AMT_COLLECTION_PLATFORM:
        return g_str_has_prefix(message->id, "PLAT");
    case AMT_COLLECTION_USER:
        return message->user;
    default:
        return false;
    }
}

/* ---- the document ---- */

#define ADDRESSING "http://schemas.xmlsoap.org/ws/2004/08/addressing"
#define ANONYMOUS  ADDRESSING "/role/anonymous"
#define WSMAN      "http://schemas.dmtf.org/wbem/wsman/1/"
#define CLASS      "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_AlertIndication"

/* LMS looks for "g:" as a text (intel/lms SoapHandler.cpp), so the prefixes are firmware's own. */
static const char envelope[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
    "<a:Envelope xmlns:a=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:b=\"" ADDRESSING
    "\" xmlns:c=\"" WSMAN "wsman.xsd\" "
    "xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/02/trust\" "
    "xmlns:e=\"http://docs.oasis-open.org/wss/2004/01/"
    "oasis-200401-wss-wssecurity-secext-1.0.xsd\" xmlns:f=\"" WSMAN
    "cimbinding.xsd\" xmlns:g=\"" CLASS
    "\" xmlns:h=\"http://schemas.dmtf.org/wbem/wscim/1/common\" "
    "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">";

static void append(GString *text, const char *name, const char *value)
{
    g_autofree char *escaped = g_markup_escape_text(value, -1);

    g_string_append_printf(text, "<g:%s>%s</g:%s>", name, escaped, name);
}

static void append_number(GString *text, const char *name, uint32_t number)
{
    g_string_append_printf(text, "<g:%s>%u</g:%s>", name, number, name);
}

static void append_header(GString *text, const AmtIndication *indication)
{
    size_t size;
    const uint8_t *parameters = amt_blob_data(indication->parameters, &size);

    g_string_append_printf(text,
                           "<a:Header><b:To>" ANONYMOUS "</b:To><b:ReplyTo><b:Address>" ANONYMOUS
                           "</b:Address></b:ReplyTo>%s<b:Action a:mustUnderstand=\"true\">" WSMAN
                           "wsman/Event</b:Action><b:MessageID>"
                           "uuid:00000000-8086-8086-8086-%012" G_GINT64_MODIFIER
                           "X</b:MessageID><c:ResourceURI>" CLASS "</c:ResourceURI>",
                           indication->acknowledge ? "<c:AckRequested></c:AckRequested>" : "",
                           indication->number & UINT64_C(0xffffffffffff));
    g_string_append_len(text, (const char *)parameters, (gssize)size);
    g_string_append(text, "</a:Header>");
}

char *amt_indication_document(const AmtIndication *indication)
{
    const AmtMessage *message = indication->message;
    const char *name = message->of_host ? "ManagedSystem" : "Intel(r) AMT";
    GString *text = g_string_new(envelope);
    g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(indication->event->time_s);
    g_autofree char *time = g_date_time_format(date, "%Y-%m-%dT%H:%M:%S.000Z");
    g_autofree char *number = g_strdup_printf("Intel(r):%" G_GUINT64_FORMAT, indication->number);
    g_autofree char *words = amt_event_text(indication->event);
    g_autofree char *element = g_strdup_printf(
        "Interop:CIM_ComputerSystem.CreationClassName=\"CIM_ComputerSystem\",Name=\"%s\"", name);
    g_autofree char *argument = g_strdup_printf(
        "Interop:CIM_ComputerSystem.CreationClassName=CIM_ComputerSystem,Name=%s", name);

    append_header(text, indication);
    g_string_append(text, "<a:Body><g:CIM_AlertIndication>");
    append_number(text, "AlertType", message->type);
    append_number(text, "AlertingElementFormat", 2);
    append(text, "AlertingManagedElement", element);
    append(text, "IndicationFilterName", amt_collections[indication->collection].filter);
    append(text, "IndicationIdentifier", number);
    g_string_append_printf(text, "<g:IndicationTime><h:Datetime>%s</h:Datetime></g:IndicationTime>",
                           time);
    /* Of the others firmware says no words (AMT SDK). */
    append(text, "Message",
           strcmp(message->id, "iAMT0050") >= 0 && strcmp(message->id, "iAMT0061") <= 0 ? words
                                                                                        : "");
    append(text, "MessageArguments", message->argument);
    append(text, "MessageArguments", argument);
    append(text, "MessageID", message->id);
    append(text, "OtherAlertingElementFormat", "");
    append(text, "OtherSeverity", "");
    append(text, "OwningEntity", "Intel(r) AMT");
    append_number(text, "PerceivedSeverity", message->severity);
    append_number(text, "ProbableCause", 0);
    append(text, "SystemName", "Intel(r) AMT");
    g_string_append(text, "</g:CIM_AlertIndication></a:Body></a:Envelope>");
    return g_string_free(text, FALSE);
}
