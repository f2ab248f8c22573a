/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a call brought, as handlers and setters read it: by name, whatever the namespace. */
#include <string.h>

#include "firmware-sim/amt/wsman/internal.h"

static const xmlNode *nth(const WsmanCall *call, const char *name, unsigned int index)
{
    for (const xmlNode *node = wsman_node_first(call->input); node; node = wsman_node_next(node)) {
        if (wsman_node_is(node, NULL, name) && index-- == 0) {
            return node;
        }
    }
    return NULL;
}

unsigned int wsman_count(const WsmanCall *call, const char *name)
{
    unsigned int count = 0;

    for (const xmlNode *node = wsman_node_first(call->input); node; node = wsman_node_next(node)) {
        count += wsman_node_is(node, NULL, name);
    }
    return count;
}

const char *wsman_text(WsmanCall *call, const char *name, unsigned int index)
{
    const xmlNode *node = nth(call, name, index);

    return node ? wsman_request_text(&call->request, node) : NULL;
}

bool wsman_number(WsmanCall *call, const char *name, unsigned int index, uint64_t max,
                  uint64_t *value)
{
    const char *text = wsman_text(call, name, index);
    guint64 number;

    if (!text || !g_ascii_string_to_unsigned(text, 10, 0, max, &number, NULL)) {
        return false;
    }
    *value = number;
    return true;
}

uint32_t wsman_u32(WsmanCall *call, const char *name)
{
    uint64_t value = 0;

    wsman_number(call, name, 0, UINT32_MAX, &value);
    return (uint32_t)value;
}

static bool is_bool(const char *text, bool *value)
{
    *value = g_str_equal(text, "true") || g_str_equal(text, "1");
    return *value || g_str_equal(text, "false") || g_str_equal(text, "0");
}

bool wsman_bool(WsmanCall *call, const char *name)
{
    const char *text = wsman_text(call, name, 0);
    bool value;

    return text && is_bool(text, &value) && value;
}

static bool is_base64(const char *text)
{
    size_t length = 0;
    size_t padding = 0;

    for (; *text; text++) {
        if (g_ascii_isspace(*text)) {
            continue;
        }
        if (*text == '=') {
            padding++;
        } else if (padding || !(g_ascii_isalnum(*text) || *text == '+' || *text == '/')) {
            return false;
        }
        length++;
    }
    return length % 4 == 0 && padding <= 2;
}

bool wsman_hex(WsmanCall *call, const char *name, uint8_t *out, size_t size)
{
    const char *text = wsman_text(call, name, 0);

    if (!text || strlen(text) != 2 * size) {
        return false;
    }
    for (size_t i = 0; i < 2 * size; i++) {
        if (!g_ascii_isxdigit(text[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < size; i++) {
        out[i] = (uint8_t)(g_ascii_xdigit_value(text[2 * i]) << 4 |
                           g_ascii_xdigit_value(text[2 * i + 1]));
    }
    return true;
}

GBytes *wsman_bytes(WsmanCall *call, const char *name)
{
    const char *text = wsman_text(call, name, 0);
    gsize size;
    guchar *data;

    if (!text || !is_base64(text)) {
        return NULL;
    }
    if (!*text) {
        return g_bytes_new(NULL, 0);
    }
    data = g_base64_decode(text, &size);
    return g_bytes_new_take(data, size);
}

bool wsman_reference_at(WsmanCall *call, const char *name, unsigned int index,
                        const WsmanClass **class, unsigned int *slot)
{
    const xmlNode *node = nth(call, name, index);
    const xmlNode *inner = wsman_node_child(node, WSMAN_NS_ADDRESSING, "EndpointReference");

    return node && wsman_resolve(call, inner ? inner : node, class, slot);
}

bool wsman_reference(WsmanCall *call, const char *name, const WsmanClass **class,
                     unsigned int *slot)
{
    return wsman_reference_at(call, name, 0, class, slot);
}

bool wsman_reference_names(WsmanCall *call, const char *name, const char *value)
{
    const xmlNode *node = nth(call, name, 0);
    const xmlNode *parameters = wsman_node_child(node, WSMAN_NS_ADDRESSING, "ReferenceParameters");
    WsmanSelector selectors[WSMAN_SELECTORS_MAX];
    unsigned int count;

    return parameters && wsman_request_selectors(&call->request, parameters, selectors, &count) &&
           count == 1 && g_strcmp0(selectors[0].text, value) == 0;
}

bool wsman_enter(WsmanCall *call, const char *name)
{
    xmlNode *node = (xmlNode *)nth(call, name, 0);

    if (!node || call->depth == WSMAN_ENTER_MAX) {
        return false;
    }
    call->entered[call->depth++] = call->input;
    call->input = node;
    return true;
}

void wsman_leave(WsmanCall *call)
{
    call->input = call->entered[--call->depth];
}

/* ---- checks that tables ask for ---- */

static uint64_t type_max(WsmanType type, uint64_t max)
{
    switch (type) {
    case WSMAN_U8:
        return max ? max : UINT8_MAX;
    case WSMAN_U16:
        return max ? max : UINT16_MAX;
    case WSMAN_U32:
        return max ? max : UINT32_MAX;
    default:
        return max ? max : UINT64_MAX;
    }
}

static bool is_of_type(WsmanCall *call, const char *name, unsigned int index, WsmanType type,
                       uint64_t max)
{
    const char *text = wsman_text(call, name, index);
    uint64_t number;
    bool value;

    switch (type) {
    case WSMAN_BOOL:
        return is_bool(text, &value);
    case WSMAN_U8:
    case WSMAN_U16:
    case WSMAN_U32:
    case WSMAN_U64:
        return wsman_number(call, name, index, type_max(type, max), &number);
    case WSMAN_BASE64:
        return is_base64(text);
    default:
        return true; /* handlers look closer */
    }
}

bool wsman_check_parameters(WsmanCall *call, const WsmanParameter *parameters)
{
    for (const WsmanParameter *p = parameters; p && p->name; p++) {
        unsigned int count = wsman_count(call, p->name);

        if ((!count && !(p->flags & WSMAN_OPTIONAL)) || (count > 1 && !(p->flags & WSMAN_ARRAY))) {
            return false;
        }
        for (unsigned int i = 0; i < count; i++) {
            if (!is_of_type(call, p->name, i, p->type, p->max)) {
                return false;
            }
        }
    }
    return true;
}

/* ---- Put and Create ---- */

static bool set_text(char *at, size_t size, const char *text)
{
    if (strlen(text) >= size) {
        return false;
    }
    for (const char *c = text; *c; c++) {
        if (!g_ascii_isprint(*c)) {
            return false;
        }
    }
    memset(at, 0, size);
    memcpy(at, text, strlen(text));
    return true;
}

/* It is there, and of its type: wsman_set_all() has looked. */
static bool set_member(WsmanCall *call, const WsmanProperty *property, unsigned int slot)
{
    uint8_t *at = (uint8_t *)wsman_change(call) + property->offset + slot * property->stride;
    uint64_t number;

    switch (property->type) {
    case WSMAN_BOOL:
        *(bool *)at = wsman_bool(call, property->name);
        return true;
    case WSMAN_TEXT:
        return set_text((char *)at, property->size, wsman_text(call, property->name, 0));
    case WSMAN_U8:
    case WSMAN_U16:
    case WSMAN_U32:
        wsman_number(call, property->name, 0, UINT32_MAX, &number);
        *(uint32_t *)at = (uint32_t)number;
        return true;
    default:
        return false; /* such a one has a setter of its own: test-wsman-classes.c looks */
    }
}

WsmanFault wsman_set_all(WsmanCall *call, const WsmanClass *class, unsigned int slot)
{
    for (const WsmanProperty *p = class->properties; p->name; p++) {
        unsigned int count = wsman_count(call, p->name);

        if (!(p->flags & WSMAN_WRITE) || (!count && !(p->flags & WSMAN_CLEARS))) {
            continue;
        }
        if (count > 1 && !(p->flags & WSMAN_ARRAY)) {
            return WSMAN_FAULT_INVALID_VALUES;
        }
        for (unsigned int i = 0; i < count; i++) {
            if (!is_of_type(call, p->name, i, p->type, p->max)) {
                return WSMAN_FAULT_INVALID_VALUES;
            }
        }
        if (!(p->set ? p->set : set_member)(call, p, slot)) {
            return call->fault != WSMAN_FINE ? call->fault : WSMAN_FAULT_INVALID_VALUES;
        }
    }
    return WSMAN_FINE;
}
