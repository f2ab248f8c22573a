/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/wsman-fixture.h"

#include <string.h>

#include "tests/unit/unit.h"

static const uint8_t uuid[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

static SwmeHostPower machine_power(void *opaque)
{
    return ((Desk *)opaque)->power;
}

static unsigned int machine_actions(void *opaque)
{
    return ((Desk *)opaque)->actions;
}

static bool machine_act(void *opaque, SwmePowerAction action)
{
    Desk *desk = opaque;

    desk->acted++;
    desk->last = action;
    return true;
}

static void machine_reset(void *opaque)
{
    ((Desk *)opaque)->resets++;
}

static void machine_watchdog_expired(void *opaque)
{
    (void)opaque;
}

static void watchdog_wanted(void *opaque)
{
    (void)opaque;
}

static const SwmeMachineOps machine_ops = {
    .reset = machine_reset,
    .watchdog_expired = machine_watchdog_expired,
    .power = machine_power,
    .actions = machine_actions,
    .act = machine_act,
};

SwmeMachine desk_machine(Desk *desk)
{
    return (SwmeMachine){&machine_ops, desk};
}

static void note(void *opaque, const char *text)
{
    (void)opaque;
    (void)text;
}

Desk *desk_new(const char *platform, bool machine)
{
    Desk *desk = g_new0(Desk, 1);
    SwmeMachine where = {machine ? &machine_ops : NULL, desk};

    desk->clock = swme_manual_clock_new();
    desk->context.platform = swme_platform_find(platform, NULL);
    desk->amt =
        amt_state_new(desk->context.platform, uuid, swme_manual_clock(desk->clock), 1600000000);
    desk->context.amt = desk->amt;
    memcpy(desk->context.uuid, uuid, sizeof(uuid));
    desk->watchdog =
        amt_watchdog_new(desk->amt, swme_manual_clock(desk->clock), &where, watchdog_wanted, desk);
    desk->agents = amt_agents_new(desk->amt, swme_manual_clock(desk->clock), desk->watchdog);
    desk->notifier = amt_notifier_new(desk->amt, swme_manual_clock(desk->clock), note, desk);
    desk->context.notifier = desk->notifier;
    desk->context.watchdog = desk->watchdog;
    desk->context.agents = desk->agents;
    desk->breaker = amt_breaker_new(desk->amt, swme_manual_clock(desk->clock));
    desk->context.breaker = desk->breaker;
    desk->wsman = wsman_new(&desk->context, &where);
    desk->caller = (WsmanCaller){.user = "$$OsAdmin", .admin = true, .realms = UINT32_MAX};
    desk->caller.peer.door = SWME_DOOR_LOCAL;
    return desk;
}

static void drop_answer(Desk *desk)
{
    g_clear_pointer(&desk->reply.body, g_bytes_unref);
    g_clear_pointer(&desk->body, g_free);
}

void desk_free(Desk *desk)
{
    drop_answer(desk);
    wsman_free(desk->wsman);
    amt_notifier_free(desk->notifier);
    amt_breaker_free(desk->breaker);
    amt_agents_free(desk->agents);
    amt_watchdog_free(desk->watchdog);
    amt_state_free(desk->amt);
    swme_manual_clock_free(desk->clock);
    g_free(desk);
}

/* What MeshCentral's parser and the others' cannot read (amt-xml.js): for every answer. */
static void lint(const char *text)
{
    MUST(g_utf8_validate(text, -1, NULL));
    MUST_MSG(strstr(text, "/>") == NULL || strstr(text, "/>") == strstr(text, " />") + 1, "%s",
             text);
    MUST(!strstr(text, "<!--") && !strstr(text, "<![CDATA[") && !strstr(text, "<!DOCTYPE"));
    for (const char *c = strchr(text + 5, '<'); c; c = strchr(c + 1, '<')) {
        const char *end = strchr(c, '>');
        const char *blank = memchr(c, ' ', (size_t)(end - c));

        MUST(end != NULL);
        if (!blank || c[1] == '/') {
            continue;
        }
        /* Attributes: on what is the protocol's, and on no value. */
        MUST_MSG(g_str_has_prefix(c, "<a:Envelope ") || g_str_has_prefix(c, "<b:Action a:must") ||
                     g_str_has_prefix(c, "<c:Selector Name=\"") ||
                     g_str_has_prefix(c, "<a:Text xml:lang="),
                 "%.60s", c);
    }
}

const char *desk_send(Desk *desk, const char *document, size_t size)
{
    gsize length;
    const char *data;

    drop_answer(desk);
    wsman_answer(desk->wsman, &desk->caller, document, size, &desk->reply);
    data = g_bytes_get_data(desk->reply.body, &length);
    desk->status = desk->reply.status;
    desk->body = g_strndup(data, length);
    MUST_EQ(strlen(desk->body), length);
    lint(desk->body);
    return desk->body;
}

const char *desk_ask(Desk *desk, const char *action, const char *class, const char *selectors,
                     const char *body)
{
    g_autofree char *uri = class && !strchr(class, '/')
                               ? g_strconcat(wsman_class_prefix(class), class, NULL)
                               : g_strdup(class ? class : "");
    g_autofree char *full =
        g_str_has_prefix(action, "http") ? g_strdup(action) : g_strconcat(uri, "/", action, NULL);
    g_autofree char *text = g_strdup_printf(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><Envelope xmlns:xsi=\"http://www.w3.org/2001/"
        "XMLSchema-instance\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" "
        "xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" "
        "xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\" "
        "xmlns=\"http://www.w3.org/2003/05/soap-envelope\"><Header><a:Action>%s</a:Action>"
        "<a:To>/wsman</a:To><w:ResourceURI>%s</w:ResourceURI><a:MessageID>7</a:MessageID>"
        "<a:ReplyTo><a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
        "</a:Address></a:ReplyTo><w:OperationTimeout>PT60S</w:OperationTimeout>%s</Header>"
        "<Body>%s</Body></Envelope>",
        full, uri, selectors ? selectors : "", body ? body : "");

    desk_send(desk, text, strlen(text));
    MUST(strstr(desk->body, "<b:RelatesTo>7</b:RelatesTo>") != NULL);
    if (desk->status == 200) {
        g_autofree char *resource = g_strdup_printf("<c:ResourceURI>%s</c:ResourceURI>", uri);
        g_autofree char *response = g_strdup_printf(">%sResponse</b:Action>", full);

        MUST(strstr(desk->body, resource) != NULL);
        MUST(strstr(desk->body, response) != NULL);
    } else {
        MUST(strstr(desk->body, "<a:Fault>") != NULL);
    }
    return desk->body;
}

const char *desk_get(Desk *desk, const char *class, const char *selectors)
{
    return desk_ask(desk, "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get", class, selectors,
                    NULL);
}

const char *desk_put(Desk *desk, const char *class, const char *selectors, const char *properties)
{
    g_autofree char *body = g_strdup_printf("<r:%s xmlns:r=\"%s%s\">%s</r:%s>", class,
                                            wsman_class_prefix(class), class, properties, class);

    return desk_ask(desk, "http://schemas.xmlsoap.org/ws/2004/09/transfer/Put", class, selectors,
                    body);
}

int desk_call(Desk *desk, const char *class, const char *method, const char *selectors,
              const char *parameters)
{
    g_autofree char *body =
        g_strdup_printf("<r:%s_INPUT xmlns:r=\"%s%s\">%s</r:%s_INPUT>", method,
                        wsman_class_prefix(class), class, parameters ? parameters : "", method);
    g_autofree char *value = NULL;

    desk_ask(desk, method, class, selectors, body);
    if (desk->status != 200) {
        return -1;
    }
    value = desk_value(desk, "ReturnValue");
    MUST(value != NULL);
    return atoi(value);
}

const char *desk_list(Desk *desk, const char *class, const char *options)
{
    g_autofree char *enumerate = g_strdup_printf(
        "<Enumerate xmlns=\"http://schemas.xmlsoap.org/ws/2004/09/enumeration\">%s</Enumerate>",
        options ? options : "");
    g_autofree char *context = NULL;
    g_autofree char *pull = NULL;

    desk_ask(desk, "http://schemas.xmlsoap.org/ws/2004/09/enumeration/Enumerate", class, NULL,
             enumerate);
    if (desk->status != 200) {
        return desk->body;
    }
    context = desk_value(desk, "EnumerationContext");
    MUST(context != NULL);
    pull = g_strdup_printf("<Pull xmlns=\"http://schemas.xmlsoap.org/ws/2004/09/enumeration\">"
                           "<EnumerationContext>%s</EnumerationContext>"
                           "<MaxElements>999</MaxElements><MaxCharacters>99999</MaxCharacters>"
                           "</Pull>",
                           context);
    desk_ask(desk, "http://schemas.xmlsoap.org/ws/2004/09/enumeration/Pull", class, NULL, pull);
    MUST_EQ(desk->status, 200);
    MUST(strstr(desk->body, "<g:EndOfSequence>") != NULL);
    return desk->body;
}

static char *with_words(const char *text, const char *const *words)
{
    GString *out = g_string_new(NULL);

    for (; text && *text; text++) {
        if (words && *text == '$' && g_ascii_isdigit(text[1])) {
            g_string_append(out, words[*++text - '0']);
        } else {
            g_string_append_c(out, *text);
        }
    }
    return g_string_free(out, FALSE);
}

static void create(Desk *desk, const char *class, const char *properties)
{
    g_autofree char *body = g_strdup_printf("<r:%s xmlns:r=\"%s%s\">%s</r:%s>", class,
                                            wsman_class_prefix(class), class, properties, class);

    desk_ask(desk, "http://schemas.xmlsoap.org/ws/2004/09/transfer/Create", class, NULL, body);
}

void desk_steps(Desk *desk, const DeskStep *steps, size_t count, const char *const *words)
{
    for (size_t i = 0; i < count; i++) {
        const DeskStep *s = &steps[i];
        g_autofree char *input = with_words(s->input, words);
        g_autofree char *selectors = s->selectors ? with_words(s->selectors, words) : NULL;
        const char *says = s->says ? s->says : "";
        int result = 0;

        if (g_str_equal(s->method, "Get")) {
            desk_get(desk, s->class, selectors);
        } else if (g_str_equal(s->method, "Put")) {
            desk_put(desk, s->class, selectors, input);
        } else if (g_str_equal(s->method, "Create")) {
            create(desk, s->class, input);
        } else if (g_str_equal(s->method, "Delete")) {
            desk_ask(desk, "http://schemas.xmlsoap.org/ws/2004/09/transfer/Delete", s->class,
                     selectors, NULL);
        } else if (g_str_equal(s->method, "List")) {
            desk_list(desk, s->class, input);
        } else {
            result = desk_call(desk, s->class, s->method, selectors, input);
        }
        result = desk->status == 200 ? result : DESK_FAULT;
        MUST_MSG(result == s->result &&
                     (*says == '!' ? !strstr(desk->body, says + 1) : !!strstr(desk->body, says)),
                 "step %zu, %s.%s: %d, not %d with '%s': %s", i, s->class, s->method, result,
                 s->result, says, desk->body);
    }
}

char *desk_value(const Desk *desk, const char *name)
{
    g_autofree char *mark = g_strdup_printf(":%s>", name);
    const char *at = strstr(desk->body, mark);
    const char *end;

    if (!at) {
        return NULL;
    }
    at += strlen(mark);
    end = strchr(at, '<');
    return g_strndup(at, (size_t)(end - at));
}

void desk_expect(Desk *desk, const char *name, const char *text)
{
    g_autofree char *value = desk_value(desk, name);

    MUST_MSG(g_strcmp0(value, text) == 0, "%s is '%s', not '%s', in %s", name,
             value ? value : "absent", text ? text : "absent", desk->body);
}

void desk_expect_fault(Desk *desk, const char *subcode)
{
    g_autofree char *mark =
        g_strdup_printf("<a:Subcode><a:Value>%s</a:Value></a:Subcode>", subcode);

    MUST_MSG(desk->status == 400 && strstr(desk->body, mark), "no %s: %u, %s", subcode,
             desk->status, desk->body);
}

void desk_after(Desk *desk)
{
    MUST(desk->reply.after != NULL);
    desk->reply.after(desk->reply.opaque);
}

char *desk_reference(const char *class, const char *key, const char *value)
{
    /* Each element with a default namespace of its own, as MeshCentral has it. */
    return g_strdup_printf(
        "<Address xmlns=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\">http://"
        "schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</Address><ReferenceParameters "
        "xmlns=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\"><ResourceURI "
        "xmlns=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\">%s%s</ResourceURI><SelectorSet "
        "xmlns=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\"><Selector Name=\"%s\">%s"
        "</Selector></SelectorSet></ReferenceParameters>",
        wsman_class_prefix(class), class, key, value);
}
