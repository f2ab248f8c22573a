/* SPDX-License-Identifier: GPL-2.0-or-later */
/* W3C WS-Enumeration, as AMT has it. */
#include <string.h>

#include "firmware-sim/amt/wsman/internal.h"

typedef enum ItemMode {
    ITEM_OBJECT,
    ITEM_REFERENCE,
    ITEM_BOTH,
} ItemMode;

/* An enumeration under way. */
typedef struct Context {
    uint32_t id; /* 0: free */
    const WsmanClass *base;
    unsigned int class; /* what comes next */
    unsigned int slot;
    ItemMode mode;
    char *user;
    int64_t end_ns;
} Context;

struct WsmanEnumerations {
    Context contexts[WSMAN_CONTEXTS];
    uint32_t last;
};

WsmanEnumerations *wsman_enumerations_new(void)
{
    return g_new0(WsmanEnumerations, 1);
}

static void context_clear(Context *context)
{
    g_free(context->user);
    memset(context, 0, sizeof(*context));
}

void wsman_enumerations_free(WsmanEnumerations *all)
{
    for (unsigned int i = 0; i < WSMAN_CONTEXTS; i++) {
        context_clear(&all->contexts[i]);
    }
    g_free(all);
}

static Context *context_new(WsmanCall *call)
{
    WsmanEnumerations *all = wsman_enumerations(call);
    int64_t now = amt_state_running(call->context->amt);
    Context *best = &all->contexts[0];

    for (unsigned int i = 0; i < WSMAN_CONTEXTS; i++) {
        Context *context = &all->contexts[i];

        if (!context->id || context->end_ns <= now) {
            best = context;
            break;
        }
        if (context->end_ns < best->end_ns) {
            best = context;
        }
    }
    context_clear(best);
    best->id = ++all->last ? all->last : ++all->last;
    best->user = g_strdup(call->caller->user);
    best->end_ns = now + WSMAN_CONTEXT_S * SWME_NS_PER_S;
    return best;
}

/* As captures have it: the number's bytes, lowest first, then zeros. */
static char *context_name(const Context *context)
{
    return g_strdup_printf("%02X%02X%02X%02X-0000-0000-0000-000000000000", context->id & 0xff,
                           context->id >> 8 & 0xff, context->id >> 16 & 0xff, context->id >> 24);
}

WsmanFault wsman_enumerate(WsmanCall *call, WsmanAnswer *answer)
{
    const xmlNode *body = call->request.body;
    const xmlNode *mode = wsman_node_child(body, WSMAN_NS_WSMAN, "EnumerationMode");
    g_autofree char *name = NULL;
    ItemMode item = ITEM_OBJECT;
    Context *context;

    if (!wsman_node_is(body, WSMAN_NS_ENUMERATION, "Enumerate")) {
        return WSMAN_FAULT_MISSING_VALUES;
    }
    if (!wsman_may(call, call->class->read)) {
        return WSMAN_FAULT_DENIED;
    }
    if (wsman_node_child(body, NULL, "Filter")) {
        return WSMAN_FAULT_FILTER;
    }
    if (mode) {
        const char *text = wsman_request_text(&call->request, mode);

        if (g_str_equal(text, "EnumerateEPR")) {
            item = ITEM_REFERENCE;
        } else if (g_str_equal(text, "EnumerateObjectAndEPR")) {
            item = ITEM_BOTH;
        } else {
            return WSMAN_FAULT_INVALID_VALUES;
        }
    }
    context = context_new(call);
    context->base = call->class;
    context->mode = item;
    name = context_name(context);
    wsman_answer_out(answer, WSMAN_NS_ENUMERATION);
    g_string_append_printf(answer->body,
                           "<g:EnumerateResponse><g:EnumerationContext>%s</g:EnumerationContext>"
                           "</g:EnumerateResponse>",
                           name);
    return WSMAN_FINE;
}

/* The context that the body names, if it is this caller's and still lives. */
static Context *context_find(WsmanCall *call)
{
    const xmlNode *node =
        wsman_node_child(call->request.body, WSMAN_NS_ENUMERATION, "EnumerationContext");
    const char *text = node ? wsman_request_text(&call->request, node) : "";
    int64_t now = amt_state_running(call->context->amt);

    for (unsigned int i = 0; i < WSMAN_CONTEXTS; i++) {
        Context *context = &wsman_enumerations(call)->contexts[i];

        if (context->id && context->end_ns > now && context->base == call->class &&
            g_strcmp0(context->user, call->caller->user) == 0) {
            g_autofree char *name = context_name(context);

            if (g_ascii_strcasecmp(name, text) == 0) {
                return context;
            }
        }
    }
    return NULL;
}

static void append_item(WsmanAnswer *answer, const WsmanCall *call, const Context *context)
{
    const WsmanClass *class = wsman_classes[context->class];
    WsmanOut out = {.text = answer->body, .names = &answer->names};

    if (context->mode == ITEM_BOTH) {
        g_string_append(answer->body, "<c:Item>");
    }
    if (context->mode != ITEM_REFERENCE) {
        wsman_answer_instance(answer, call, class, context->slot);
    }
    if (context->mode != ITEM_OBJECT) {
        g_string_append(answer->body, "<b:EndpointReference>");
        wsman_out_endpoint(&out, call, class, context->slot);
        g_string_append(answer->body, "</b:EndpointReference>");
    }
    if (context->mode == ITEM_BOTH) {
        g_string_append(answer->body, "</c:Item>");
    }
}

static bool pull_limit(WsmanCall *call, const char *name, uint64_t fallback, uint64_t *limit)
{
    *limit = fallback;
    return !wsman_has(call, name) ||
           (wsman_number(call, name, 0, UINT32_MAX, limit) && *limit != 0);
}

WsmanFault wsman_pull(WsmanCall *call, WsmanAnswer *answer)
{
    g_autofree char *name = NULL;
    uint64_t elements;
    uint64_t characters;
    Context *context;
    bool more;
    gsize at;

    if (!wsman_node_is(call->request.body, WSMAN_NS_ENUMERATION, "Pull")) {
        return WSMAN_FAULT_MISSING_VALUES;
    }
    if (!wsman_may(call, call->class->read)) {
        return WSMAN_FAULT_DENIED;
    }
    context = context_find(call);
    if (!context) {
        return WSMAN_FAULT_CONTEXT;
    }
    call->input = call->request.body;
    /* WS-Enumeration 3.2: one, unless more is asked for. */
    if (!pull_limit(call, "MaxElements", 1, &elements) ||
        !pull_limit(call, "MaxCharacters", UINT32_MAX, &characters)) {
        return WSMAN_FAULT_INVALID_VALUES;
    }
    wsman_answer_out(answer, WSMAN_NS_ENUMERATION);
    g_string_append(answer->body, "<g:PullResponse>");
    at = answer->body->len;
    g_string_append(answer->body, "<g:Items>");
    while ((more = wsman_next_instance(call, context->base, &context->class, &context->slot)) &&
           elements && answer->body->len < characters) {
        append_item(answer, call, context);
        context->slot++;
        elements--;
    }
    g_string_append(answer->body, "</g:Items>");
    if (more) {
        char *element;

        name = context_name(context);
        element = g_strdup_printf("<g:EnumerationContext>%s</g:EnumerationContext>", name);
        g_string_insert(answer->body, (gssize)at, element);
        g_free(element);
    } else {
        g_string_append(answer->body, "<g:EndOfSequence></g:EndOfSequence>");
        context_clear(context);
    }
    g_string_append(answer->body, "</g:PullResponse>");
    return WSMAN_FINE;
}

WsmanFault wsman_release(WsmanCall *call, WsmanAnswer *answer)
{
    Context *context = context_find(call);

    (void)answer;
    if (!context) {
        return WSMAN_FAULT_CONTEXT;
    }
    context_clear(context);
    return WSMAN_FINE;
}
