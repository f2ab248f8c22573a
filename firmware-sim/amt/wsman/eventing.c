/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * WS-Eventing as AMT has it: AMT SDK, "Subscribe for Events"; DMTF DSP0226 10; what MeshCommander
 * sends. A subscription does not end by itself.
 */
#include <string.h>

#include <libxml/xmlsave.h>

#include "firmware-sim/amt/amt-listeners.h"
#include "firmware-sim/amt/wsman/classes.h"
#include "firmware-sim/amt/wsman/internal.h"

#define PUSH          WSMAN_NS_EVENTING "/DeliveryModes/Push"
#define PUSH_WITH_ACK "http://schemas.dmtf.org/wbem/wsman/1/wsman/PushWithAck"
#define NEVER_ENDS    "PT0.000000S"
#define LISTENERS_OLD 6 /* before AMT 6 (AMT SDK, "WS-Eventing") */

/* ---- what comes with a subscription ---- */

/* False: it is not printable, or too long. */
static bool take_text(char *out, size_t size, const char *text)
{
    for (const char *c = text; *c; c++) {
        if (!g_ascii_isprint(*c)) {
            return false;
        }
    }
    return g_strlcpy(out, text, size) < size;
}

/* WS-Trust's user name and password, which AMT logs in with at the listener. */
static bool take_login(WsmanCall *call, AmtListener *listener)
{
    static const char *const path[] = {"IssuedTokens", "RequestSecurityTokenResponse",
                                       "RequestedSecurityToken", "UsernameToken"};
    const xmlNode *node = call->request.header;
    const xmlNode *user, *password;

    for (unsigned int i = 0; node && i < G_N_ELEMENTS(path); i++) {
        node = wsman_node_child(node, NULL, path[i]);
    }
    if (!node) {
        return true;
    }
    user = wsman_node_child(node, NULL, "Username");
    password = wsman_node_child(node, NULL, "Password");
    return user && password &&
           take_text(listener->user, sizeof(listener->user),
                     wsman_request_text(&call->request, user)) &&
           take_text(listener->password, sizeof(listener->password),
                     wsman_request_text(&call->request, password));
}

/* As each child is, for itself: with the namespaces that it needs. MeshCentral's parser takes no
 * empty-element tags. */
static void dump(GString *text, const xmlNode *node)
{
    xmlDoc *document = xmlNewDoc((const xmlChar *)"1.0");
    xmlNode *copy = xmlDocCopyNode((xmlNode *)node, document, 1);
    xmlBuffer *buffer = xmlBufferCreate();
    xmlSaveCtxt *save =
        xmlSaveToBuffer(buffer, "UTF-8", XML_SAVE_NO_EMPTY | XML_SAVE_NO_DECL | XML_SAVE_AS_XML);

    xmlDocSetRootElement(document, copy);
    xmlSaveTree(save, copy);
    xmlSaveClose(save);
    g_string_append(text, (const char *)xmlBufferContent(buffer));
    xmlBufferFree(buffer);
    xmlFreeDoc(document);
}

/* False: there are more than are kept. */
static bool take_parameters(const xmlNode *to, AmtListener *listener)
{
    const xmlNode *parameters = wsman_node_child(to, WSMAN_NS_ADDRESSING, "ReferenceParameters");
    g_autoptr(GString) text = g_string_new(NULL);

    for (const xmlNode *node = wsman_node_first(parameters); node; node = wsman_node_next(node)) {
        dump(text, node);
        if (text->len > AMT_PARAMETERS_MAX) {
            return false;
        }
    }
    listener->parameters = amt_blob_new(text->str, text->len);
    return true;
}

/* Whoever is on the host itself reaches this host's network by no name: what stands for that is
 * somebody else's to say. */
static bool take_url(WsmanCall *call, const char *text, AmtListener *listener)
{
    bool here = call->caller->peer.door == SWME_DOOR_LOCAL;
    AmtUrl url;

    if (!amt_url_parse(text, &url) || (url.tls && !amt_state_at_least(call->context->amt, 11, 0))) {
        return false;
    }
    listener->local = here && amt_url_is_local(&url);
    g_strlcpy(listener->url, text, sizeof(listener->url));
    return listener->local ? !url.tls : url.port && (!here || g_hostname_is_ip_address(url.host));
}

static bool is_digest(WsmanRequest *request, const xmlNode *delivery)
{
    const xmlNode *auth = wsman_node_child(delivery, WSMAN_NS_WSMAN, "Auth");
    const char *profile = auth ? wsman_request_attribute(request, auth, "Profile") : NULL;

    return !auth || (profile && g_str_has_suffix(profile, "/digest"));
}

static WsmanFault take_listener(WsmanCall *call, AmtListener *listener)
{
    WsmanRequest *request = &call->request;
    const xmlNode *delivery = wsman_node_child(request->body, WSMAN_NS_EVENTING, "Delivery");
    const xmlNode *to = wsman_node_child(delivery, WSMAN_NS_EVENTING, "NotifyTo");
    const xmlNode *address = wsman_node_child(to, WSMAN_NS_ADDRESSING, "Address");
    const char *mode = delivery ? wsman_request_attribute(request, delivery, "Mode") : NULL;

    if (!wsman_node_is(request->body, WSMAN_NS_EVENTING, "Subscribe") || !address) {
        return WSMAN_FAULT_MISSING_VALUES;
    }
    if (wsman_node_child(request->body, NULL, "Filter")) {
        return WSMAN_FAULT_EVENT_FILTER;
    }
    listener->acknowledges = mode && strcmp(mode, PUSH_WITH_ACK) == 0;
    if ((mode && !listener->acknowledges && strcmp(mode, PUSH) != 0) ||
        !is_digest(request, delivery)) {
        return WSMAN_FAULT_DELIVERY;
    }
    if (!take_url(call, wsman_request_text(request, address), listener) ||
        !take_login(call, listener) || !take_parameters(to, listener)) {
        return WSMAN_FAULT_INVALID_VALUES;
    }
    return WSMAN_FINE;
}

/* ---- the operations ---- */

WsmanFault wsman_subscribe(WsmanCall *call, WsmanAnswer *answer)
{
    unsigned int max = amt_state_at_least(call->context->amt, 6, 0) ? AMT_LISTENERS : LISTENERS_OLD;
    AmtListener listener = {0};
    const WsmanClass *class;
    unsigned int slot;
    WsmanFault fault;

    if (call->class != &wsman_CIM_FilterCollection) {
        return WSMAN_FAULT_NO_ACTION;
    }
    if (!wsman_may(call, call->class->write)) {
        return WSMAN_FAULT_DENIED;
    }
    fault = wsman_find_instance(call, call->class, call->request.selectors,
                                call->request.selector_count, &class, &slot);
    if (fault == WSMAN_FINE) {
        fault = take_listener(call, &listener);
    }
    listener.collection = slot;
    if (fault == WSMAN_FINE &&
        !amt_listener_add(&wsman_change(call)->eventing, &listener, max, &slot)) {
        fault = WSMAN_FAULT_QUOTA;
    }
    g_bytes_unref(listener.parameters);
    explicit_bzero(&listener, sizeof(listener));
    if (fault == WSMAN_FINE) {
        WsmanOut out = wsman_answer_out(answer, WSMAN_NS_EVENTING);

        g_string_append(answer->body, "<g:SubscribeResponse><g:SubscriptionManager>");
        wsman_out_endpoint(&out, call, &wsman_CIM_FilterCollectionSubscription, slot);
        g_string_append(answer->body, "</g:SubscriptionManager><g:Expires>" NEVER_ENDS
                                      "</g:Expires></g:SubscribeResponse>");
    }
    return fault;
}

/* The subscription that the selectors name. */
static WsmanFault find_subscription(WsmanCall *call, unsigned int *slot)
{
    const WsmanClass *class;

    if (call->class != &wsman_CIM_FilterCollectionSubscription) {
        return WSMAN_FAULT_NO_ACTION;
    }
    if (!wsman_may(call, call->class->write)) {
        return WSMAN_FAULT_DENIED;
    }
    if (!call->request.selector_count) {
        return WSMAN_FAULT_SELECTORS;
    }
    return wsman_find_instance(call, call->class, call->request.selectors,
                               call->request.selector_count, &class, slot);
}

WsmanFault wsman_renew(WsmanCall *call, WsmanAnswer *answer)
{
    unsigned int slot;
    WsmanFault fault = find_subscription(call, &slot);

    if (fault == WSMAN_FINE) {
        wsman_answer_out(answer, WSMAN_NS_EVENTING);
        g_string_append(answer->body,
                        "<g:RenewResponse><g:Expires>" NEVER_ENDS "</g:Expires></g:RenewResponse>");
    }
    return fault;
}

WsmanFault wsman_unsubscribe(WsmanCall *call, WsmanAnswer *answer)
{
    unsigned int slot;
    WsmanFault fault = find_subscription(call, &slot);

    (void)answer;
    if (fault == WSMAN_FINE) {
        amt_listener_remove(&wsman_change(call)->eventing, slot);
    }
    return fault;
}
