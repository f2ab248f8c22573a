/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A request's envelope, by namespaces and never by prefixes: inner elements declare their own.
 * Nothing is fetched, no entity can be defined, size and depth have bounds.
 */
#include <string.h>

#include <libxml/parser.h>

#include "firmware-sim/amt/wsman/internal.h"

/* ---- the tree ---- */

bool wsman_node_is(const xmlNode *node, const char *uri, const char *name)
{
    return node && node->type == XML_ELEMENT_NODE &&
           (!uri ||
            (node->ns && node->ns->href && strcmp((const char *)node->ns->href, uri) == 0)) &&
           strcmp((const char *)node->name, name) == 0;
}

static xmlNode *element_from(xmlNode *node)
{
    while (node && node->type != XML_ELEMENT_NODE) {
        node = node->next;
    }
    return node;
}

xmlNode *wsman_node_first(const xmlNode *node)
{
    return node ? element_from(node->children) : NULL;
}

xmlNode *wsman_node_next(const xmlNode *node)
{
    return element_from(node->next);
}

xmlNode *wsman_node_child(const xmlNode *node, const char *uri, const char *name)
{
    xmlNode *child = wsman_node_first(node);

    while (child && !wsman_node_is(child, uri, name)) {
        child = wsman_node_next(child);
    }
    return child;
}

/* ---- parsing ---- */

static void refuse_dtd(void *opaque, const xmlChar *name, const xmlChar *public_id,
                       const xmlChar *system_id)
{
    (void)name;
    (void)public_id;
    (void)system_id;
    /* SOAP 1.2 part 1, 5: none may be there. Without one, no entity has a definition. */
    xmlStopParser(opaque);
}

/* libxml2 allows 256 levels by itself; without recursion, for the tree is a stranger's. */
static bool has_bounds(const xmlNode *root)
{
    const xmlNode *node = root;
    unsigned int depth = 1;
    unsigned int elements = 0;

    while (node) {
        const xmlNode *next = NULL;

        if (node->type == XML_ENTITY_REF_NODE || node->type == XML_PI_NODE) {
            return false; /* SOAP 1.2 part 1, 5: no processing instructions */
        }
        if (node->type == XML_ELEMENT_NODE) {
            next = node->children;
            if (++elements > WSMAN_ELEMENTS_MAX) {
                return false;
            }
        }
        if (next) {
            if (++depth > WSMAN_DEPTH_MAX) {
                return false;
            }
        } else {
            while (node != root && !node->next) {
                node = node->parent;
                depth--;
            }
            next = node == root ? NULL : node->next;
        }
        node = next;
    }
    return true;
}

/* Of what libxml2's decoders say, its options say nothing: a peer would fill QEMU's output. */
static void say_nothing(void *opaque, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void say_nothing(void *opaque G_GNUC_UNUSED, const char *format G_GNUC_UNUSED, ...)
{
}

static xmlDoc *parse_document(const void *data, size_t size)
{
    xmlParserCtxt *context = xmlNewParserCtxt();
    xmlGenericErrorFunc before = xmlGenericError;
    void *before_opaque = xmlGenericErrorContext;
    xmlDoc *document;

    if (!context) {
        return NULL;
    }
    xmlSetGenericErrorFunc(NULL, say_nothing);
    context->sax->internalSubset = refuse_dtd;
    document = xmlCtxtReadMemory(context, data, (int)size, NULL, NULL,
                                 XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                                     XML_PARSE_NOCDATA | XML_PARSE_COMPACT);
    xmlFreeParserCtxt(context);
    xmlSetGenericErrorFunc(before_opaque, before);
    return document;
}

const char *wsman_request_text(WsmanRequest *request, const xmlNode *node)
{
    xmlChar *content = xmlNodeGetContent(node);
    char *text = g_strstrip(g_strdup(content ? (const char *)content : ""));

    xmlFree(content);
    g_ptr_array_add(request->texts, text);
    return text;
}

const char *wsman_request_attribute(WsmanRequest *request, const xmlNode *node, const char *name)
{
    xmlChar *value = xmlGetNoNsProp(node, (const xmlChar *)name);
    char *text = value ? g_strstrip(g_strdup((const char *)value)) : NULL;

    xmlFree(value);
    if (text) {
        g_ptr_array_add(request->texts, text);
    }
    return text;
}

bool wsman_request_selectors(WsmanRequest *request, const xmlNode *parent,
                             WsmanSelector selectors[WSMAN_SELECTORS_MAX], unsigned int *count)
{
    const xmlNode *set = wsman_node_child(parent, WSMAN_NS_WSMAN, "SelectorSet");

    *count = 0;
    for (xmlNode *node = wsman_node_first(set); node; node = wsman_node_next(node)) {
        WsmanSelector *selector = &selectors[*count];
        xmlNode *inner = wsman_node_first(node);

        if (!wsman_node_is(node, WSMAN_NS_WSMAN, "Selector") || *count == WSMAN_SELECTORS_MAX) {
            return false;
        }
        selector->name = wsman_request_attribute(request, node, "Name");
        selector->reference = inner;
        selector->text = inner ? NULL : wsman_request_text(request, node);
        if (!selector->name) {
            return false;
        }
        (*count)++;
    }
    return true;
}

/* What this service knows the meaning of, or may leave aside. */
static bool is_understood(const xmlNode *node)
{
    static const char *const known[] = {WSMAN_NS_ADDRESSING, WSMAN_NS_WSMAN, WSMAN_NS_TRUST,
                                        WSMAN_NS_EVENTING, WSMAN_NS_BINDING};
    xmlChar *must =
        xmlGetNsProp(node, (const xmlChar *)"mustUnderstand", (const xmlChar *)WSMAN_NS_SOAP);
    bool asked = must && (xmlStrEqual(must, (const xmlChar *)"true") ||
                          xmlStrEqual(must, (const xmlChar *)"1"));

    xmlFree(must);
    for (size_t i = 0; asked && i < G_N_ELEMENTS(known); i++) {
        if (node->ns && xmlStrEqual(node->ns->href, (const xmlChar *)known[i])) {
            return true;
        }
    }
    return !asked;
}

static WsmanFault parse_header(WsmanRequest *request, const xmlNode *header)
{
    WsmanFault fault = WSMAN_FINE;

    for (xmlNode *node = wsman_node_first(header); node; node = wsman_node_next(node)) {
        if (wsman_node_is(node, WSMAN_NS_ADDRESSING, "Action")) {
            request->action = wsman_request_text(request, node);
        } else if (wsman_node_is(node, WSMAN_NS_ADDRESSING, "MessageID")) {
            request->message_id = wsman_request_text(request, node);
        } else if (wsman_node_is(node, WSMAN_NS_WSMAN, "ResourceURI")) {
            request->resource = wsman_request_text(request, node);
        } else if (!is_understood(node)) {
            fault = WSMAN_FAULT_NOT_UNDERSTOOD;
        }
    }
    if (!wsman_request_selectors(request, header, request->selectors, &request->selector_count)) {
        fault = WSMAN_FAULT_SELECTORS;
    }
    return fault;
}

WsmanFault wsman_request_parse(WsmanRequest *request, const void *data, size_t size)
{
    WsmanFault fault;
    const xmlNode *envelope;

    memset(request, 0, sizeof(*request));
    request->texts = g_ptr_array_new_with_free_func(g_free);
    if (size > WSMAN_REQUEST_MAX) {
        return WSMAN_FAULT_TOO_LARGE;
    }
    request->document = parse_document(data, size);
    envelope = request->document ? xmlDocGetRootElement(request->document) : NULL;
    if (!envelope || request->document->intSubset || !has_bounds(envelope)) {
        return WSMAN_FAULT_MALFORMED;
    }
    if (!wsman_node_is(envelope, WSMAN_NS_SOAP, "Envelope")) {
        return strcmp((const char *)envelope->name, "Envelope") == 0 ? WSMAN_FAULT_VERSION
                                                                     : WSMAN_FAULT_MALFORMED;
    }
    request->header = wsman_node_child(envelope, WSMAN_NS_SOAP, "Header");
    fault = parse_header(request, request->header);
    request->body = wsman_node_first(wsman_node_child(envelope, WSMAN_NS_SOAP, "Body"));
    return fault;
}

static void forget(gpointer text, gpointer unused)
{
    (void)unused;
    explicit_bzero(text, strlen(text)); /* it may have been a password */
}

void wsman_request_clear(WsmanRequest *request)
{
    if (request->texts) {
        g_ptr_array_foreach(request->texts, forget, NULL);
        g_ptr_array_unref(request->texts);
    }
    xmlFreeDoc(request->document);
    memset(request, 0, sizeof(*request));
}
