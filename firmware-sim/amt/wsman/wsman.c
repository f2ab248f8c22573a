/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The operations: DMTF DSP0226 (WS-Management), W3C WS-Transfer and WS-Enumeration, as AMT has
 * them.
 */
#include <string.h>

#include "firmware-sim/amt/event.h"
#include "firmware-sim/amt/wsman/classes/boot.h"
#include "firmware-sim/amt/wsman/crypto.h"
#include "firmware-sim/amt/wsman/internal.h"
#include "firmware-sim/amt/wsman/keys.h"

struct Wsman {
    SwmeContext context;
    SwmeMachine machine;
    WsmanSession session;
    WsmanKeys *keys;
    WsmanEnumerations *enumerations;
    WsmanReadyFunc ready; /* NULL: nobody waits */
    void *ready_opaque;
    uint64_t messages;
    void (*after)(Wsman *wsman); /* once the answer has left */
    unsigned int events;         /* subscription */
};

/* Each start of the host uses up what was set for it, and is remote control's or is not. */
static void on_event(void *opaque, AmtState *amt, const AmtEvent *event, unsigned int route)
{
    (void)opaque;
    (void)route;
    if (amt_event_is(event, AMT_EVENT_POWERED_ON) || amt_event_is(event, AMT_EVENT_RESET)) {
        AmtPower power = amt_state_data(amt)->power;
        AmtLive live = amt_state_data(amt)->live;

        power.reset_remote = live.remote_start;
        live.remote_start = false;
        amt_state_set_power(amt, &power);
        amt_state_set_live(amt, &live);
        explicit_bzero(&live, sizeof(live));
        wsman_boot_consumed(amt);
    }
}

static void on_key(void *opaque)
{
    const Wsman *wsman = opaque;

    if (wsman->ready) {
        wsman->ready(wsman->ready_opaque);
    }
}

void wsman_on_ready(Wsman *wsman, WsmanReadyFunc ready, void *opaque)
{
    wsman->ready = ready;
    wsman->ready_opaque = opaque;
}

Wsman *wsman_new(const SwmeContext *context, const SwmeMachine *machine)
{
    Wsman *wsman = g_new0(Wsman, 1);

    wsman->context = *context;
    wsman->machine = *machine;
    wsman_session_init(&wsman->session);
    wsman->enumerations = wsman_enumerations_new();
    wsman->keys = wsman_keys_new(on_key, wsman);
    wsman->events = amt_event_subscribe(context->amt, on_event, wsman);
    return wsman;
}

void wsman_free(Wsman *wsman)
{
    if (wsman) {
        amt_event_unsubscribe(wsman->context.amt, wsman->events);
        wsman_enumerations_free(wsman->enumerations);
        wsman_keys_free(wsman->keys);
        wsman_session_clear(&wsman->session);
        g_free(wsman);
    }
}

const SwmeContext *wsman_own_context(Wsman *wsman)
{
    return &wsman->context;
}

/* ---- what handlers use ---- */

AmtState *wsman_amt(const WsmanCall *call)
{
    return call->context->amt;
}

const SwmeMachine *wsman_machine(const WsmanCall *call)
{
    return call->machine;
}

const WsmanCaller *wsman_caller(const WsmanCall *call)
{
    return call->caller;
}

const SwmeContext *wsman_context(const WsmanCall *call)
{
    return call->context;
}

WsmanSession *wsman_session(const WsmanCall *call)
{
    return call->session;
}

const AmtData *wsman_data(const WsmanCall *call)
{
    return call->changes ? call->changes : amt_state_data(call->context->amt);
}

AmtData *wsman_change(WsmanCall *call)
{
    if (!call->changes) {
        call->changes = amt_data_copy(amt_state_data(call->context->amt));
    }
    return call->changes;
}

void wsman_fail(WsmanCall *call, WsmanFault fault)
{
    call->fault = fault;
}

void wsman_do_after(WsmanCall *call, void (*func)(Wsman *wsman))
{
    call->after = func;
}

uint32_t wsman_make_key(WsmanCall *call, unsigned int bits, GBytes **key)
{
    if (!call->caller->waits || !call->wsman->ready) {
        *key = wsman_key_generate(bits);
        return *key ? WSMAN_PT_SUCCESS : WSMAN_PT_INTERNAL;
    }
    switch (wsman_keys_take(call->wsman->keys, bits, key)) {
    case WSMAN_KEYS_MADE:
        return WSMAN_PT_SUCCESS;
    case WSMAN_KEYS_STARTED:
        call->wait = true;
        return WSMAN_PT_GENERATING;
    case WSMAN_KEYS_BUSY:
        return WSMAN_PT_GENERATING;
    case WSMAN_KEYS_FAILED:
    default:
        return WSMAN_PT_INTERNAL;
    }
}

WsmanEnumerations *wsman_enumerations(const WsmanCall *call)
{
    return call->wsman->enumerations;
}

/* ---- a call's way to its answer ---- */

WsmanOut wsman_answer_out(WsmanAnswer *answer, const char *uri)
{
    WsmanOut out = {.text = answer->body, .names = &answer->names};

    wsman_names_prefix(&answer->names, uri, out.prefix);
    return out;
}

bool wsman_may(const WsmanCall *call, int32_t realms)
{
    return call->caller->admin || realms == WSMAN_REALM_ANY ||
           (call->caller->realms & (uint32_t)realms) != 0;
}

void wsman_answer_instance(WsmanAnswer *answer, const WsmanCall *call, const WsmanClass *class,
                           unsigned int slot)
{
    g_autofree char *uri = g_strconcat(wsman_class_prefix(class->name), class->name, NULL);
    WsmanOut out = wsman_answer_out(answer, uri);

    g_string_append_printf(answer->body, "<%s:%s>", out.prefix, class->name);
    wsman_out_instance(&out, call, class, slot);
    g_string_append_printf(answer->body, "</%s:%s>", out.prefix, class->name);
}

static WsmanFault identify(WsmanCall *call, WsmanAnswer *answer)
{
    const SwmeFirmwareVersion *version = &call->context->platform->version;
    WsmanOut out = wsman_answer_out(answer, WSMAN_NS_IDENTITY);

    g_string_append_printf(answer->body,
                           "<g:IdentifyResponse><g:ProtocolVersion>" WSMAN_NS_WSMAN
                           "</g:ProtocolVersion><g:ProductVendor>Intel(r)</g:ProductVendor>"
                           "<%s:ProductVersion>AMT %u.%u.%u</g:ProductVersion>"
                           "<g:SecurityProfiles><g:SecurityProfileName>"
                           "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/http/digest"
                           "</g:SecurityProfileName></g:SecurityProfiles></g:IdentifyResponse>",
                           out.prefix, version->major, version->minor, version->hotfix);
    answer->action = WSMAN_NS_IDENTITY "/IdentifyResponse";
    return WSMAN_FINE;
}

static WsmanFault selected(WsmanCall *call, const WsmanClass **class, unsigned int *slot)
{
    return wsman_find_instance(call, call->class, call->request.selectors,
                               call->request.selector_count, class, slot);
}

static WsmanFault do_get(WsmanCall *call, WsmanAnswer *answer)
{
    const WsmanClass *class;
    unsigned int slot;
    WsmanFault fault;

    if (!wsman_may(call, call->class->read)) {
        return WSMAN_FAULT_DENIED;
    }
    fault = selected(call, &class, &slot);
    if (fault == WSMAN_FINE) {
        wsman_answer_instance(answer, call, class, slot);
    }
    return fault;
}

/* Without selectors the keys in the body say which. */
static WsmanFault put_target(WsmanCall *call, unsigned int *slot)
{
    WsmanSelector keys[WSMAN_SELECTORS_MAX];
    const WsmanClass *class = call->class;
    unsigned int count = 0;

    if (call->request.selector_count || call->class->slots < 2) {
        return selected(call, &class, slot);
    }
    for (const WsmanProperty *p = class->properties; p->name && count < WSMAN_SELECTORS_MAX; p++) {
        if ((p->flags & WSMAN_KEY) && p->type == WSMAN_TEXT && wsman_has(call, p->name)) {
            keys[count++] = (WsmanSelector){p->name, wsman_text(call, p->name, 0), NULL};
        }
    }
    return wsman_find_instance(call, call->class, keys, count, &class, slot);
}

static WsmanFault do_put(WsmanCall *call, WsmanAnswer *answer)
{
    unsigned int slot;
    WsmanFault fault;
    bool writable = call->class->put != NULL;

    for (const WsmanProperty *p = call->class->properties; p->name; p++) {
        writable |= (p->flags & WSMAN_WRITE) != 0;
    }
    if (!writable) {
        return WSMAN_FAULT_NO_ACTION;
    }
    if (!wsman_may(call, call->class->write)) {
        return WSMAN_FAULT_DENIED;
    }
    if (!wsman_node_is(call->request.body, NULL, call->class->name)) {
        return WSMAN_FAULT_MISSING_VALUES;
    }
    call->input = call->request.body;
    fault = put_target(call, &slot);
    if (fault == WSMAN_FINE) {
        fault = wsman_set_all(call, call->class, slot);
    }
    if (fault == WSMAN_FINE && call->class->put) {
        fault = call->class->put(call, slot);
    }
    if (fault == WSMAN_FINE) {
        wsman_answer_instance(answer, call, call->class, slot);
    }
    return fault;
}

static WsmanFault do_create(WsmanCall *call, WsmanAnswer *answer)
{
    unsigned int slot;
    WsmanFault fault;
    WsmanOut out;

    if (!call->class->create) {
        return WSMAN_FAULT_NO_ACTION;
    }
    if (!wsman_may(call, call->class->write)) {
        return WSMAN_FAULT_DENIED;
    }
    if (!wsman_node_is(call->request.body, NULL, call->class->name)) {
        return WSMAN_FAULT_MISSING_VALUES;
    }
    call->input = call->request.body;
    fault = call->class->create(call, &slot);
    if (fault == WSMAN_FINE) {
        out = wsman_answer_out(answer, WSMAN_NS_TRANSFER);
        g_string_append(answer->body, "<g:ResourceCreated>");
        wsman_out_endpoint(&out, call, call->class, slot);
        g_string_append(answer->body, "</g:ResourceCreated>");
    }
    return fault;
}

static WsmanFault do_delete(WsmanCall *call, WsmanAnswer *answer)
{
    const WsmanClass *class;
    unsigned int slot;
    WsmanFault fault;

    (void)answer;
    if (!call->class->remove) {
        return WSMAN_FAULT_NO_ACTION;
    }
    if (!wsman_may(call, call->class->write)) {
        return WSMAN_FAULT_DENIED;
    }
    /* Never "the first": what is deleted is named. */
    if (!call->request.selector_count) {
        return WSMAN_FAULT_SELECTORS;
    }
    fault = selected(call, &class, &slot);
    return fault == WSMAN_FINE ? class->remove(call, slot) : fault;
}

/* ---- methods ---- */

static const WsmanMethod *find_method(const WsmanClass *class, const char *name)
{
    for (const WsmanMethod *m = class->methods; m && m->name; m++) {
        if (strcmp(m->name, name) == 0) {
            return m;
        }
    }
    return NULL;
}

static bool is_input_of(const WsmanCall *call, const WsmanMethod *method)
{
    g_autofree char *name = g_strconcat(method->name, "_INPUT", NULL);

    return wsman_node_is(call->request.body, NULL, name);
}

static WsmanFault invoke(WsmanCall *call, const WsmanMethod *method, WsmanAnswer *answer)
{
    const WsmanClass *class;
    unsigned int slot;
    uint32_t result;
    WsmanFault fault;
    WsmanOut out;

    if (!wsman_may(call, method->realms)) {
        return WSMAN_FAULT_DENIED;
    }
    if (method->local && call->caller->peer.door != SWME_DOOR_LOCAL) {
        return WSMAN_FAULT_DENIED;
    }
    if (!is_input_of(call, method)) {
        return WSMAN_FAULT_MISSING_VALUES;
    }
    fault = selected(call, &class, &slot);
    if (fault != WSMAN_FINE) {
        return fault;
    }
    call->input = call->request.body;
    out = wsman_answer_out(answer, call->request.resource);
    g_string_append_printf(answer->body, "<g:%s_OUTPUT>", method->name);
    if (!wsman_check_parameters(call, method->in)) {
        result = method->invalid;
    } else if (!wsman_audit_may(call)) {
        result = WSMAN_PT_AUDIT_FAIL;
    } else {
        result = method->func(call, slot, &out);
    }
    call->result = result;
    g_string_append_printf(answer->body, "<g:ReturnValue>%u</g:ReturnValue></g:%s_OUTPUT>", result,
                           method->name);
    if (result != 0 && call->changes) {
        g_clear_pointer(&call->changes, amt_data_free);
    }
    return call->fault;
}

/* ---- which operation ---- */

typedef WsmanFault (*OperationFunc)(WsmanCall *call, WsmanAnswer *answer);

static const struct {
    const char *action;
    OperationFunc func;
} operations[] = {
    {WSMAN_NS_TRANSFER "/Get", do_get},
    {WSMAN_NS_TRANSFER "/Put", do_put},
    {WSMAN_NS_TRANSFER "/Create", do_create},
    {WSMAN_NS_TRANSFER "/Delete", do_delete},
    {WSMAN_NS_ENUMERATION "/Enumerate", wsman_enumerate},
    {WSMAN_NS_ENUMERATION "/Pull", wsman_pull},
    {WSMAN_NS_ENUMERATION "/Release", wsman_release},
    {WSMAN_NS_EVENTING "/Subscribe", wsman_subscribe},
    {WSMAN_NS_EVENTING "/Renew", wsman_renew},
    {WSMAN_NS_EVENTING "/Unsubscribe", wsman_unsubscribe},
};

/* A method's action is the resource URI, a slash and its name. */
static const WsmanMethod *action_method(const WsmanCall *call)
{
    const WsmanRequest *request = &call->request;
    size_t length = strlen(request->resource);

    if (strncmp(request->action, request->resource, length) != 0 ||
        request->action[length] != '/') {
        return NULL;
    }
    return find_method(call->class, request->action + length + 1);
}

static WsmanFault operate(WsmanCall *call, WsmanAnswer *answer)
{
    const WsmanRequest *request = &call->request;
    const WsmanMethod *method;

    if (!request->action && wsman_node_is(request->body, WSMAN_NS_IDENTITY, "Identify")) {
        return identify(call, answer);
    }
    if (!call->caller->user) {
        return WSMAN_FAULT_DENIED;
    }
    if (!request->action || !request->resource) {
        return WSMAN_FAULT_NO_HEADER;
    }
    amt_state_expire(call->context->amt);
    call->class = wsman_resource_class(call, request->resource);
    if (!call->class) {
        return WSMAN_FAULT_NO_CLASS;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(operations); i++) {
        if (strcmp(operations[i].action, request->action) == 0) {
            return wsman_audit_may(call) ? operations[i].func(call, answer) : WSMAN_FAULT_DENIED;
        }
    }
    method = action_method(call);
    return method ? invoke(call, method, answer) : WSMAN_FAULT_NO_ACTION;
}

static void run_after(void *opaque)
{
    Wsman *wsman = opaque;
    void (*after)(Wsman *) = g_steal_pointer(&wsman->after);

    if (after) {
        after(wsman);
    }
}

static void finish(WsmanCall *call, WsmanFault fault, WsmanAnswer *answer, WsmanReply *reply)
{
    WsmanRequest *request = &call->request;

    WsmanAuditNotes notes;

    if (fault != WSMAN_FINE) {
        if (fault == WSMAN_FAULT_DENIED) {
            wsman_audit_refused(call);
        }
        reply->status = wsman_fault_row(fault)->status;
        reply->body = wsman_fault_document(fault, request->message_id, ++call->wsman->messages);
        return;
    }
    if (!answer->action) {
        answer->action = g_strconcat(request->action, "Response", NULL);
        g_ptr_array_add(request->texts, (gpointer)answer->action);
    }
    reply->status = 200;
    reply->body = wsman_document(&answer->names, request->message_id, answer->action,
                                 call->class ? request->resource : NULL, ++call->wsman->messages,
                                 answer->body->str);
    wsman_audit_prepare(call, &notes);
    if (call->changes) {
        amt_state_replace(call->context->amt, call->changes);
    }
    wsman_audit_write(call, &notes);
    if (call->after) {
        call->wsman->after = call->after;
        reply->after = run_after;
        reply->opaque = call->wsman;
    }
}

void wsman_answer(Wsman *wsman, const WsmanCaller *caller, const void *request, size_t size,
                  WsmanReply *reply)
{
    WsmanCall call = {
        .wsman = wsman,
        .context = &wsman->context,
        .machine = &wsman->machine,
        .caller = caller,
        .session = &wsman->session,
    };
    WsmanAnswer answer = {.body = g_string_sized_new(2048)};
    WsmanFault fault = wsman_request_parse(&call.request, request, size);

    memset(reply, 0, sizeof(*reply));
    wsman->session.inventory.fresh = false;
    if (fault == WSMAN_FINE) {
        fault = operate(&call, &answer);
    }
    reply->wait = call.wait;
    if (!call.wait) {
        finish(&call, fault, &answer, reply);
    }
    amt_data_free(call.changes);
    g_string_free(answer.body, TRUE);
    g_clear_pointer(&answer.names.uris, g_ptr_array_unref);
    wsman_request_clear(&call.request);
}
