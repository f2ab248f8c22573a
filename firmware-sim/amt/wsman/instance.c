/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which instance is meant: resource URIs, selectors, references. */
#include <string.h>

#include "firmware-sim/amt/wsman/internal.h"

const char *wsman_class_prefix(const char *name)
{
    if (g_str_has_prefix(name, "AMT_")) {
        return "http://intel.com/wbem/wscim/1/amt-schema/1/";
    }
    if (g_str_has_prefix(name, "IPS_")) {
        return "http://intel.com/wbem/wscim/1/ips-schema/1/";
    }
    return "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/";
}

const WsmanClass *wsman_class_find(const char *name)
{
    for (unsigned int i = 0; wsman_classes[i]; i++) {
        if (strcmp(wsman_classes[i]->name, name) == 0) {
            return wsman_classes[i];
        }
    }
    return NULL;
}

bool wsman_class_is(const WsmanClass *class, const char *name)
{
    for (; class; class = class->above) {
        if (strcmp(class->name, name) == 0 || (class->base && strcmp(class->base, name) == 0)) {
            return true;
        }
    }
    return false;
}

static bool comes_from(const WsmanClass *class, const WsmanClass *base)
{
    while (class && class != base) {
        class = class->above;
    }
    return class != NULL;
}

bool wsman_class_here(const WsmanClass *class, const AmtState *amt)
{
    return amt_state_at_least(amt, class->since_major, class->since_minor) &&
           (!class->until_major || !amt_state_at_least(amt, class->until_major + 1u, 0));
}

bool wsman_instance_here(const WsmanCall *call, const WsmanClass *class, unsigned int slot)
{
    return slot < class->slots && wsman_class_here(class, call->context->amt) &&
           (!class->present || class->present(call, slot));
}

const WsmanClass *wsman_resource_class(const WsmanCall *call, const char *uri)
{
    const char *slash = uri ? strrchr(uri, '/') : NULL;
    const WsmanClass *class = slash ? wsman_class_find(slash + 1) : NULL;
    const char *prefix = class ? wsman_class_prefix(class->name) : "";

    if (!class || strncmp(uri, prefix, strlen(prefix)) != 0 || uri + strlen(prefix) != slash + 1 ||
        !wsman_class_here(class, call->context->amt)) {
        return NULL;
    }
    return class;
}

bool wsman_next_instance(const WsmanCall *call, const WsmanClass *base, unsigned int *class,
                         unsigned int *slot)
{
    for (; wsman_classes[*class]; (*class)++, *slot = 0) {
        const WsmanClass *at = wsman_classes[*class];

        if (!comes_from(at, base)) {
            continue;
        }
        for (; *slot < at->slots; (*slot)++) {
            if (wsman_instance_here(call, at, *slot)) {
                return true;
            }
        }
    }
    return false;
}

/* ---- selectors ---- */

static const WsmanProperty *find_key(const WsmanClass *class, const char *name)
{
    for (const WsmanProperty *p = class->properties; p->name; p++) {
        if ((p->flags & WSMAN_KEY) && strcmp(p->name, name) == 0) {
            return p;
        }
    }
    return NULL;
}

/* The selector's value as a key of the same instance would be written bare; NULL: nothing can. */
static char *selector_value(WsmanCall *call, const WsmanSelector *selector)
{
    const xmlNode *inner = selector->reference;
    const WsmanClass *class;
    unsigned int slot;

    if (!inner) {
        return g_strdup(selector->text);
    }
    if (wsman_node_is(inner, WSMAN_NS_ADDRESSING, "EndpointReference")) {
        return wsman_resolve(call, inner, &class, &slot)
                   ? g_strdup_printf("%s#%u", class->name, slot)
                   : NULL;
    }
    /* Some write what an EndpointReference holds without it. */
    return wsman_resolve(call, inner->parent, &class, &slot)
               ? g_strdup_printf("%s#%u", class->name, slot)
               : NULL;
}

static bool matches(const WsmanCall *call, const WsmanClass *class, unsigned int slot,
                    const WsmanSelector *selectors, char *const *values, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++) {
        const WsmanProperty *key = find_key(class, selectors[i].name);
        g_autoptr(GString) have = g_string_new(NULL);
        WsmanOut out = {.text = have, .mode = WSMAN_OUT_PLAIN};

        wsman_out_property(&out, call, class, key, slot);
        if (!values[i] || strcmp(have->str, values[i]) != 0) {
            return false;
        }
    }
    return true;
}

static bool has_keys(const WsmanClass *class, const WsmanSelector *selectors, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++) {
        if (!find_key(class, selectors[i].name)) {
            return false;
        }
    }
    return true;
}

WsmanFault wsman_find_instance(WsmanCall *call, const WsmanClass *base,
                               const WsmanSelector *selectors, unsigned int count,
                               const WsmanClass **class, unsigned int *slot)
{
    char *values[WSMAN_SELECTORS_MAX] = {NULL};
    WsmanFault fault = WSMAN_FAULT_SELECTORS;
    unsigned int at = 0;

    if (++call->resolving > WSMAN_RESOLVE_MAX) {
        call->resolving--;
        return WSMAN_FAULT_SELECTORS;
    }
    for (unsigned int i = 0; i < count; i++) {
        values[i] = selector_value(call, &selectors[i]);
    }
    *slot = 0;
    while (wsman_next_instance(call, base, &at, slot)) {
        const WsmanClass *candidate = wsman_classes[at];

        if (has_keys(candidate, selectors, count)) {
            fault = WSMAN_FAULT_NO_INSTANCE;
            if (matches(call, candidate, *slot, selectors, values, count)) {
                *class = candidate;
                fault = WSMAN_FINE;
                break;
            }
        }
        (*slot)++;
    }
    if (!count && fault == WSMAN_FAULT_SELECTORS) {
        fault = WSMAN_FAULT_NO_INSTANCE;
    }
    for (unsigned int i = 0; i < count; i++) {
        g_free(values[i]);
    }
    call->resolving--;
    return fault;
}

bool wsman_resolve(WsmanCall *call, const xmlNode *node, const WsmanClass **class,
                   unsigned int *slot)
{
    const xmlNode *parameters = wsman_node_child(node, WSMAN_NS_ADDRESSING, "ReferenceParameters");
    const xmlNode *resource = wsman_node_child(parameters, WSMAN_NS_WSMAN, "ResourceURI");
    WsmanSelector selectors[WSMAN_SELECTORS_MAX];
    const WsmanClass *base;
    unsigned int count;

    if (!resource || !wsman_request_selectors(&call->request, parameters, selectors, &count)) {
        return false;
    }
    base = wsman_resource_class(call, wsman_request_text(&call->request, resource));
    return base && wsman_find_instance(call, base, selectors, count, class, slot) == WSMAN_FINE;
}
