/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/amt/web/ask.h"

#include <string.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "firmware-sim/amt/web/page.h"
#include "firmware-sim/amt/wsman/class.h"
#include "firmware-sim/amt/wsman/namespaces.h"

#define ALL "1000" /* instances at once */

/* ---- questions ---- */

static char *class_uri(const char *class)
{
    return g_strconcat(wsman_class_prefix(class), class, NULL);
}

static void append_element(GString *soap, const char *name, const char *text)
{
    g_autofree char *shown = g_markup_escape_text(text, -1);

    g_string_append_printf(soap, "<n:%s>%s</n:%s>", name, shown, name);
}

static void append_selector(GString *soap, const char *key, const char *value)
{
    g_autofree char *shown = g_markup_escape_text(value, -1);

    g_string_append_printf(
        soap, "<w:SelectorSet><w:Selector Name=\"%s\">%s</w:Selector></w:SelectorSet>", key, shown);
}

static void append_input(GString *soap, const WebInput *input)
{
    g_autofree char *uri = NULL;

    if (!input->class) {
        append_element(soap, input->name, input->text);
        return;
    }
    uri = class_uri(input->class);
    g_string_append_printf(soap,
                           "<n:%s><a:Address>" WSMAN_ANONYMOUS
                           "</a:Address><a:ReferenceParameters><w:ResourceURI>%s</w:ResourceURI>",
                           input->name, uri);
    append_selector(soap, "InstanceID", input->text);
    g_string_append_printf(soap, "</a:ReferenceParameters></n:%s>", input->name);
}

static void append_inputs(GString *soap, const WebInput *inputs)
{
    for (; inputs && inputs->name; inputs++) {
        append_input(soap, inputs);
    }
}

static GString *envelope(const WebTarget *target, const char *uri, const char *action)
{
    GString *soap = g_string_new(NULL);

    g_string_append_printf(soap,
                           "<s:Envelope xmlns:s=\"" WSMAN_NS_SOAP
                           "\" xmlns:a=\"" WSMAN_NS_ADDRESSING "\" xmlns:w=\"" WSMAN_NS_WSMAN
                           "\" xmlns:e=\"" WSMAN_NS_ENUMERATION "\" xmlns:n=\"%s\"><s:Header>"
                           "<a:Action>%s</a:Action><a:To>/wsman</a:To>"
                           "<w:ResourceURI>%s</w:ResourceURI><a:MessageID>1</a:MessageID>",
                           uri, action, uri);
    if (target->key) {
        append_selector(soap, target->key, target->value);
    }
    g_string_append(soap, "</s:Header><s:Body>");
    return soap;
}

/* ---- answers ---- */

static xmlNode *child(const xmlNode *node, const char *name)
{
    xmlNode *at = node ? xmlFirstElementChild((xmlNode *)node) : NULL;

    while (at && name && strcmp((const char *)at->name, name) != 0) {
        at = xmlNextElementSibling(at);
    }
    return at;
}

/* Takes soap. The body's element, of *document; NULL: a fault. */
static xmlNode *ask(WebVisit *visit, GString *soap, xmlDoc **document)
{
    /* Not one that waits: for a page nothing is made. */
    WsmanCaller caller = *visit->caller;
    WsmanReply reply = {0};
    xmlNode *body = NULL;
    gsize size;
    const void *data;

    caller.waits = false;
    *document = NULL;
    g_string_append(soap, "</s:Body></s:Envelope>");
    wsman_answer(visit->web->wsman, &caller, soap->str, soap->len, &reply);
    explicit_bzero(soap->str, soap->len); /* a digest may have been in it */
    g_string_free(soap, TRUE);
    if (reply.status == 200) {
        data = g_bytes_get_data(reply.body, &size);
        *document = xmlReadMemory(data, (int)size, NULL, NULL,
                                  XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
        body = child(child(xmlDocGetRootElement(*document), "Body"), NULL);
    }
    if (reply.after) {
        visit->after = reply.after;
        visit->after_opaque = reply.opaque;
    }
    g_bytes_unref(reply.body);
    return body;
}

static WebInstance *instance_of(const xmlNode *node)
{
    WebInstance *instance = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

    for (xmlNode *at = child(node, NULL); at; at = xmlNextElementSibling(at)) {
        xmlChar *text = xmlNodeGetContent(at);
        const char *before = g_hash_table_lookup(instance, at->name);

        g_hash_table_replace(
            instance, g_strdup((const char *)at->name),
            g_strconcat(before ? before : "", before ? ", " : "", (const char *)text, NULL));
        xmlFree(text);
    }
    return instance;
}

const char *web_value(WebInstance *instance, const char *name)
{
    const char *value = g_hash_table_lookup(instance, name);

    return value ? value : "";
}

bool web_value_is(WebInstance *instance, const char *name, const char *value)
{
    return g_str_equal(web_value(instance, name), value);
}

/* ---- the three things that pages do ---- */

static char *enumerate(WebVisit *visit, const WebTarget *target, const char *uri)
{
    GString *soap = envelope(target, uri, WSMAN_NS_ENUMERATION "/Enumerate");
    xmlDoc *document;
    xmlNode *answer;
    xmlNode *context;
    char *name = NULL;

    g_string_append(soap, "<e:Enumerate/>");
    answer = ask(visit, soap, &document);
    context = child(answer, "EnumerationContext");
    if (context) {
        xmlChar *text = xmlNodeGetContent(context);

        name = g_strdup((const char *)text);
        xmlFree(text);
    }
    xmlFreeDoc(document);
    return name;
}

GPtrArray *web_instances(WebVisit *visit, const char *class)
{
    const WebTarget target = {.class = class};
    g_autofree char *uri = class_uri(class);
    g_autofree char *context = enumerate(visit, &target, uri);
    GPtrArray *all;
    xmlDoc *document;
    xmlNode *items;
    GString *soap;

    if (!context) {
        return NULL;
    }
    soap = envelope(&target, uri, WSMAN_NS_ENUMERATION "/Pull");
    g_string_append_printf(soap,
                           "<e:Pull><e:EnumerationContext>%s</e:EnumerationContext>"
                           "<e:MaxElements>" ALL "</e:MaxElements></e:Pull>",
                           context);
    items = child(ask(visit, soap, &document), "Items");
    all = g_ptr_array_new_with_free_func((GDestroyNotify)g_hash_table_unref);
    for (xmlNode *at = child(items, NULL); at; at = xmlNextElementSibling(at)) {
        g_ptr_array_add(all, instance_of(at));
    }
    xmlFreeDoc(document);
    return all;
}

bool web_invoke(WebVisit *visit, const WebTarget *target, const char *method,
                const WebInput *inputs, WebInstance **out)
{
    g_autofree char *uri = class_uri(target->class);
    g_autofree char *action = g_strconcat(uri, "/", method, NULL);
    GString *soap = envelope(target, uri, action);
    g_autoptr(GHashTable) answer = NULL;
    xmlDoc *document;
    bool done;

    g_string_append_printf(soap, "<n:%s_INPUT>", method);
    append_inputs(soap, inputs);
    g_string_append_printf(soap, "</n:%s_INPUT>", method);
    answer = instance_of(ask(visit, soap, &document));
    xmlFreeDoc(document);
    done = web_value_is(answer, "ReturnValue", "0");
    if (out) {
        *out = g_steal_pointer(&answer);
    }
    return done;
}

bool web_put(WebVisit *visit, const WebTarget *target, const WebInput *properties)
{
    g_autofree char *uri = class_uri(target->class);
    GString *soap = envelope(target, uri, WSMAN_NS_TRANSFER "/Put");
    xmlDoc *document;
    bool done;

    g_string_append_printf(soap, "<n:%s>", target->class);
    append_inputs(soap, properties);
    g_string_append_printf(soap, "</n:%s>", target->class);
    done = ask(visit, soap, &document) != NULL;
    xmlFreeDoc(document);
    return done;
}
