/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers as AMT writes them and as its clients can read them (MeshCentral amt-xml.js): prefixes
 * are declared on the envelope, values have no attributes, and nothing is ever an empty-element
 * tag, for "/>" without a blank in front makes MeshCentral throw the document away.
 */
#include <string.h>

#include "firmware-sim/amt/wsman/internal.h"

/* A reference that is a key of what a reference names, and so on: nothing real goes deeper. */
#define REFERENCE_DEPTH 3

void wsman_append_escaped(GString *text, const char *value)
{
    for (; *value; value++) {
        switch (*value) {
        case '&':
            g_string_append(text, "&amp;");
            break;
        case '<':
            g_string_append(text, "&lt;");
            break;
        case '>':
            g_string_append(text, "&gt;");
            break;
        case '"':
            g_string_append(text, "&quot;");
            break;
        default:
            g_string_append_c(text, *value);
        }
    }
}

/* g to z, then na to nz: more namespaces than there are classes with one base. */
void wsman_names_prefix(WsmanNames *names, const char *uri, char prefix[4])
{
    guint at;

    if (!names->uris) {
        names->uris = g_ptr_array_new_with_free_func(g_free);
    }
    if (!g_ptr_array_find_with_equal_func(names->uris, uri, g_str_equal, &at)) {
        at = names->uris->len;
        g_ptr_array_add(names->uris, g_strdup(uri));
    }
    if (at < 20) {
        g_snprintf(prefix, 4, "%c", 'g' + (int)at);
    } else {
        g_snprintf(prefix, 4, "n%c", 'a' + (int)(at - 20) % 26);
    }
}

/* ---- values ---- */

static void open_value(WsmanOut *out)
{
    if (out->mode == WSMAN_OUT_PROPERTY) {
        g_string_append_printf(out->text, "<%s:%s>", out->prefix, out->name);
    } else if (out->mode == WSMAN_OUT_SELECTOR) {
        g_string_append_printf(out->text, "<c:Selector Name=\"%s\">", out->name);
    }
}

static void close_value(WsmanOut *out)
{
    if (out->mode == WSMAN_OUT_PROPERTY) {
        g_string_append_printf(out->text, "</%s:%s>", out->prefix, out->name);
    } else if (out->mode == WSMAN_OUT_SELECTOR) {
        g_string_append(out->text, "</c:Selector>");
    }
}

void wsman_out_name(WsmanOut *out, const char *name)
{
    out->name = name;
}

void wsman_out_text(WsmanOut *out, const char *text)
{
    open_value(out);
    if (out->mode == WSMAN_OUT_PLAIN) {
        g_string_append(out->text, text);
    } else {
        wsman_append_escaped(out->text, text);
    }
    close_value(out);
}

void wsman_out_number(WsmanOut *out, uint64_t number)
{
    open_value(out);
    g_string_append_printf(out->text, "%" G_GUINT64_FORMAT, number);
    close_value(out);
}

void wsman_out_bool(WsmanOut *out, bool value)
{
    open_value(out);
    g_string_append(out->text, value ? "true" : "false");
    close_value(out);
}

void wsman_out_base64(WsmanOut *out, const void *data, size_t size)
{
    g_autofree char *text = g_base64_encode(data, size);

    open_value(out);
    g_string_append(out->text, text);
    close_value(out);
}

void wsman_out_hex(WsmanOut *out, const void *data, size_t size)
{
    open_value(out);
    for (size_t i = 0; i < size; i++) {
        g_string_append_printf(out->text, "%02X", ((const uint8_t *)data)[i]);
    }
    close_value(out);
}

static void out_common(WsmanOut *out, const char *element, const char *text)
{
    char prefix[4];

    open_value(out);
    if (out->mode == WSMAN_OUT_PLAIN) {
        g_string_append(out->text, text);
    } else {
        wsman_names_prefix(out->names, WSMAN_NS_COMMON, prefix);
        g_string_append_printf(out->text, "<%s:%s>%s</%s:%s>", prefix, element, text, prefix,
                               element);
    }
    close_value(out);
}

void wsman_out_time(WsmanOut *out, int64_t seconds)
{
    g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(seconds);
    g_autofree char *text = date ? g_date_time_format(date, "%Y-%m-%dT%H:%M:%SZ") : NULL;

    out_common(out, "Datetime", text ? text : "1970-01-01T00:00:00Z");
}

void wsman_out_interval(WsmanOut *out, int64_t seconds)
{
    g_autofree char *text =
        g_strdup_printf("P%" G_GINT64_FORMAT "DT%dH%dM%dS", seconds / 86400,
                        (int)(seconds / 3600 % 24), (int)(seconds / 60 % 60), (int)(seconds % 60));

    out_common(out, "Interval", text);
}

void wsman_out_endpoint(WsmanOut *out, const WsmanCall *call, const WsmanClass *class,
                        unsigned int slot)
{
    WsmanOut keys = {
        .text = out->text,
        .names = out->names,
        .mode = WSMAN_OUT_SELECTOR,
        .depth = out->depth + 1,
    };

    g_string_append_printf(out->text,
                           "<b:Address>" WSMAN_ANONYMOUS "</b:Address><b:ReferenceParameters>"
                           "<c:ResourceURI>%s%s</c:ResourceURI><c:SelectorSet>",
                           wsman_class_prefix(class->name), class->name);
    wsman_out_instance(&keys, call, class, slot);
    g_string_append(out->text, "</c:SelectorSet></b:ReferenceParameters>");
}

void wsman_out_reference(WsmanOut *out, const WsmanCall *call, const WsmanClass *class,
                         unsigned int slot)
{
    if (out->mode == WSMAN_OUT_PLAIN || out->depth >= REFERENCE_DEPTH) {
        g_string_append_printf(out->text, "%s#%u", class->name, slot);
        return;
    }
    open_value(out);
    if (out->mode == WSMAN_OUT_SELECTOR) {
        g_string_append(out->text, "<b:EndpointReference>");
    }
    wsman_out_endpoint(out, call, class, slot);
    if (out->mode == WSMAN_OUT_SELECTOR) {
        g_string_append(out->text, "</b:EndpointReference>");
    }
    close_value(out);
}

/* ---- members of AmtData ---- */

static void out_member(WsmanOut *out, const WsmanProperty *property, const uint8_t *at)
{
    size_t length = property->size;

    switch (property->type) {
    case WSMAN_BOOL:
        wsman_out_bool(out, *(const bool *)at);
        break;
    case WSMAN_TEXT:
        wsman_out_text(out, (const char *)at);
        break;
    case WSMAN_BASE64:
        wsman_out_base64(out, at, length);
        break;
    case WSMAN_HEX:
        wsman_out_hex(out, at, length);
        break;
    case WSMAN_TIME:
        wsman_out_time(out, *(const int64_t *)at);
        break;
    default:
        wsman_out_number(out, *(const uint32_t *)at);
        break;
    }
}

void wsman_out_property(WsmanOut *out, const WsmanCall *call, const WsmanClass *class,
                        const WsmanProperty *property, unsigned int slot)
{
    (void)class;
    out->name = property->name;
    if (property->flags & WSMAN_HIDDEN) {
        return;
    }
    if (property->get) {
        property->get(call, slot, out);
    } else if (property->size) {
        out_member(out, property,
                   (const uint8_t *)wsman_data(call) + property->offset + slot * property->stride);
    } else if (property->type == WSMAN_TEXT) {
        wsman_out_text(out, property->text);
    } else if (property->type == WSMAN_BOOL) {
        wsman_out_bool(out, property->number != 0);
    } else {
        wsman_out_number(out, property->number);
    }
}

static int by_name(gconstpointer a, gconstpointer b)
{
    return strcmp((*(const WsmanProperty *const *)a)->name,
                  (*(const WsmanProperty *const *)b)->name);
}

void wsman_out_instance(WsmanOut *out, const WsmanCall *call, const WsmanClass *class,
                        unsigned int slot)
{
    const WsmanProperty *rows[64];
    size_t count = 0;

    for (const WsmanProperty *p = class->properties; p->name && count < G_N_ELEMENTS(rows); p++) {
        if (out->mode == WSMAN_OUT_PROPERTY || (p->flags & WSMAN_KEY)) {
            rows[count++] = p;
        }
    }
    qsort(rows, count, sizeof(rows[0]), by_name); /* as captures have them */
    for (size_t i = 0; i < count; i++) {
        wsman_out_property(out, call, class, rows[i], slot);
    }
}

/* ---- envelopes ---- */

static void append_header(GString *text, const char *relates_to, const char *action,
                          const char *resource, uint64_t number)
{
    g_string_append(text, "<a:Header><b:To>" WSMAN_ANONYMOUS "</b:To>");
    if (relates_to) {
        g_string_append(text, "<b:RelatesTo>");
        wsman_append_escaped(text, relates_to);
        g_string_append(text, "</b:RelatesTo>");
    }
    g_string_append_printf(text,
                           "<b:Action a:mustUnderstand=\"true\">%s</b:Action>"
                           "<b:MessageID>uuid:00000000-8086-8086-8086-%012" G_GINT64_MODIFIER
                           "X</b:MessageID>",
                           action, number & G_GUINT64_CONSTANT(0xffffffffffff));
    if (resource) {
        g_string_append_printf(text, "<c:ResourceURI>%s</c:ResourceURI>", resource);
    }
    g_string_append(text, "</a:Header>");
}

GBytes *wsman_document(const WsmanNames *names, const char *relates_to, const char *action,
                       const char *resource, uint64_t number, const char *body)
{
    GString *text = g_string_sized_new(1024 + strlen(body));

    g_string_append(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
                          "<a:Envelope xmlns:a=\"" WSMAN_NS_SOAP "\" xmlns:b=\"" WSMAN_NS_ADDRESSING
                          "\" xmlns:c=\"" WSMAN_NS_WSMAN "\" xmlns:d=\"" WSMAN_NS_TRUST
                          "\" xmlns:e=\"" WSMAN_NS_SECURITY "\" xmlns:f=\"" WSMAN_NS_BINDING "\"");
    for (guint i = 0; names->uris && i < names->uris->len; i++) {
        char prefix[4];

        wsman_names_prefix((WsmanNames *)names, names->uris->pdata[i], prefix);
        g_string_append_printf(text, " xmlns:%s=\"%s\"", prefix,
                               (const char *)names->uris->pdata[i]);
    }
    g_string_append(text, ">");
    append_header(text, relates_to, action, resource, number);
    g_string_append_printf(text, "<a:Body>%s</a:Body></a:Envelope>", body);
    return g_string_free_to_bytes(text);
}

/* ---- faults: DMTF DSP0226 annex C; AMT answers with 400 whatever is wrong with a request ---- */

#define ADDRESSING_FAULT WSMAN_NS_ADDRESSING "/fault"
#define WSMAN_FAULT_URI  "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"
#define DETAIL(name)     "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/" name

static const WsmanFaultRow faults[WSMAN_FAULT_COUNT] = {
    [WSMAN_FAULT_NO_CLASS] = {"Sender", "b:DestinationUnreachable", ADDRESSING_FAULT,
                              "No route can be determined to reach the destination role defined "
                              "by the WS-Addressing To.",
                              DETAIL("InvalidResourceURI"), 400},
    [WSMAN_FAULT_NO_INSTANCE] = {"Sender", "b:DestinationUnreachable", ADDRESSING_FAULT,
                                 "No route can be determined to reach the destination role "
                                 "defined by the WS-Addressing To.",
                                 NULL, 400},
    [WSMAN_FAULT_NO_ACTION] = {"Sender", "b:ActionNotSupported", ADDRESSING_FAULT,
                               "The action is not supported by the service.", NULL, 400},
    [WSMAN_FAULT_MALFORMED] = {"Sender", "d:InvalidRepresentation", WSMAN_FAULT_URI,
                               "The XML content was invalid.", NULL, 400},
    [WSMAN_FAULT_MISSING_VALUES] = {"Sender", "d:InvalidRepresentation", WSMAN_FAULT_URI,
                                    "The XML content was invalid.", DETAIL("MissingValues"), 400},
    [WSMAN_FAULT_INVALID_VALUES] = {"Sender", "d:InvalidRepresentation", WSMAN_FAULT_URI,
                                    "The XML content was invalid.", DETAIL("InvalidValues"), 400},
    [WSMAN_FAULT_QUOTA] = {"Sender", "e:QuotaLimit", WSMAN_FAULT_URI,
                           "The service is busy servicing other requests.", NULL, 400},
    [WSMAN_FAULT_DENIED] = {"Sender", "e:AccessDenied", WSMAN_FAULT_URI,
                            "The sender was not authorized to access the resource.", NULL, 400},
    [WSMAN_FAULT_SELECTORS] = {"Sender", "e:InvalidSelectors", WSMAN_FAULT_URI,
                               "The selectors for the resource are not valid.", NULL, 400},
    [WSMAN_FAULT_CONTEXT] = {"Receiver", "c:InvalidEnumerationContext",
                             WSMAN_NS_ENUMERATION "/fault",
                             "The supplied enumeration context is invalid.", NULL, 400},
    [WSMAN_FAULT_FILTER] = {"Sender", "c:FilteringNotSupported", WSMAN_NS_ENUMERATION "/fault",
                            "Filtered enumeration is not supported.", NULL, 400},
    [WSMAN_FAULT_IN_USE] = {"Sender", "e:AccessDenied", WSMAN_FAULT_URI,
                            "The sender was not authorized to access the resource.", NULL, 400},
    [WSMAN_FAULT_EXISTS] = {"Sender", "e:AlreadyExists", WSMAN_FAULT_URI,
                            "The sender attempted to create a resource that already exists.", NULL,
                            400},
    [WSMAN_FAULT_NO_HEADER] = {"Sender", "b:MessageInformationHeaderRequired", ADDRESSING_FAULT,
                               "A required header is missing.", NULL, 400},
    [WSMAN_FAULT_NOT_UNDERSTOOD] = {"MustUnderstand", NULL, ADDRESSING_FAULT,
                                    "A header that must be understood is not.", NULL, 400},
    [WSMAN_FAULT_VERSION] = {"VersionMismatch", NULL, ADDRESSING_FAULT,
                             "The envelope is not one of SOAP 1.2.", NULL, 400},
    [WSMAN_FAULT_TOO_LARGE] = {"Sender", "e:EncodingLimit", WSMAN_FAULT_URI,
                               "An internal encoding limit was exceeded in a request.",
                               DETAIL("MaxEnvelopeSizeExceeded"), 400},
    [WSMAN_FAULT_DELIVERY] = {"Sender", "f:DeliveryModeRequestedUnavailable",
                              WSMAN_NS_EVENTING "/fault",
                              "The requested delivery mode is not supported.", NULL, 400},
    [WSMAN_FAULT_EVENT_FILTER] = {"Sender", "f:FilteringNotSupported", WSMAN_NS_EVENTING "/fault",
                                  "Filtering over the event source is not supported.", NULL, 400},
    [WSMAN_FAULT_INTERNAL] = {"Receiver", "e:InternalError", WSMAN_FAULT_URI,
                              "The service cannot comply with the request due to internal "
                              "processing errors.",
                              NULL, 500},
};

const WsmanFaultRow *wsman_fault_row(WsmanFault fault)
{
    return &faults[fault];
}

GBytes *wsman_fault_document(WsmanFault fault, const char *relates_to, uint64_t number)
{
    const WsmanFaultRow *row = &faults[fault];
    GString *text = g_string_sized_new(2048);

    g_string_append(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
                          "<a:Envelope xmlns:a=\"" WSMAN_NS_SOAP "\" xmlns:b=\"" WSMAN_NS_ADDRESSING
                          "\" xmlns:c=\"" WSMAN_NS_ENUMERATION "\" xmlns:d=\"" WSMAN_NS_TRANSFER
                          "\" xmlns:e=\"" WSMAN_NS_WSMAN "\" xmlns:f=\"" WSMAN_NS_EVENTING
                          "\" xmlns:g=\"" WSMAN_NS_BINDING "\">");
    append_header(text, relates_to, row->action, NULL, number);
    g_string_append_printf(text, "<a:Body><a:Fault><a:Code><a:Value>a:%s</a:Value>", row->code);
    if (row->subcode) {
        g_string_append_printf(text, "<a:Subcode><a:Value>%s</a:Value></a:Subcode>", row->subcode);
    }
    g_string_append_printf(text,
                           "</a:Code><a:Reason><a:Text xml:lang=\"en-US\">%s</a:Text></a:Reason>"
                           "<a:Detail>",
                           row->reason);
    if (row->detail) {
        g_string_append_printf(text, "<e:FaultDetail>%s</e:FaultDetail>", row->detail);
    }
    g_string_append(text, "</a:Detail></a:Fault></a:Body></a:Envelope>");
    return g_string_free_to_bytes(text);
}
