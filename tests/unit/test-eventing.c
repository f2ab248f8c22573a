/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * WS-Eventing: subscribing as MeshCommander does it, what is refused, what a listener is sent, and
 * when it is tried again, on a clock that is moved by hand and with a way out that is ours. Then
 * filters of events and subscribers to traps.
 */
#include <string.h>

#include <libxml/parser.h>

#include "firmware-sim/amt/amt-alerts.h"
#include "firmware-sim/amt/amt-filters.h"
#include "firmware-sim/amt/amt-nvm.h"
#include "firmware-sim/amt/event-text.h"
#include "tests/unit/unit.h"
#include "tests/unit/wsman-fixture.h"

#define EVENTING "http://schemas.xmlsoap.org/ws/2004/08/eventing"
#define ADDRESS  "http://schemas.xmlsoap.org/ws/2004/08/addressing"
#define WITH_ACK "http://schemas.dmtf.org/wbem/wsman/1/wsman/PushWithAck"
#define PUSH     EVENTING "/DeliveryModes/Push"
#define URL      "http://192.0.2.7:8080/events?x=1"

/* ---- a way out ---- */

typedef struct Sent {
    AmtPostFunc done;
    void *opaque;
    AmtUrl url;
    bool local;
    char user[AMT_LOGIN_SIZE];
    char password[AMT_LOGIN_SIZE];
    char *document;
} Sent;

typedef struct Out {
    Sent *now[16]; /* under way */
    unsigned int under_way;
    unsigned int begun;
    unsigned int cancelled;
    char *last; /* document */
    bool closed;
} Out;

static void *begin(void *opaque, const AmtPostTarget *target, const char *document,
                   AmtPostFunc done, void *done_opaque)
{
    Out *out = opaque;
    Sent *sent;

    out->begun++;
    if (out->closed) {
        return NULL;
    }
    sent = g_new0(Sent, 1);
    *sent = (Sent){done, done_opaque, target->url, target->local, "", "", g_strdup(document)};
    g_strlcpy(sent->user, target->user, sizeof(sent->user));
    g_strlcpy(sent->password, target->password, sizeof(sent->password));
    out->now[out->under_way++] = sent;
    g_free(out->last);
    out->last = g_strdup(document);
    return sent;
}

static void forget(Out *out, Sent *sent)
{
    for (unsigned int i = 0; i < out->under_way; i++) {
        if (out->now[i] == sent) {
            out->now[i] = out->now[--out->under_way];
            g_free(sent->document);
            g_free(sent);
            return;
        }
    }
    MUST(false);
}

static void cancel(void *opaque, void *post)
{
    ((Out *)opaque)->cancelled++;
    forget(opaque, post);
}

static const AmtPostOps ops = {begin, cancel};

/* Ends the attempt under way. */
static void answer(Out *out, AmtPostResult result)
{
    Sent *sent;
    AmtPostFunc done;
    void *opaque;

    MUST_EQ(out->under_way, 1);
    sent = out->now[0];
    done = sent->done;
    opaque = sent->opaque;
    forget(out, sent);
    done(opaque, result, "as told");
}

static Desk *desk_out(Out *out)
{
    Desk *desk = desk_new(NULL, true);

    amt_notifier_set_post(desk->notifier, &ops, out);
    return desk;
}

static void done(Desk *desk, Out *out)
{
    amt_notifier_set_post(desk->notifier, NULL, NULL);
    MUST_EQ(out->under_way, 0);
    g_free(out->last);
}

static void pass(Desk *desk, int64_t seconds)
{
    swme_manual_clock_advance(desk->clock, seconds * SWME_NS_PER_S);
}

static void raise_named(Desk *desk, const char *name)
{
    const AmtEventRow *row = amt_event_row_find(name);

    amt_event_raise(desk->amt, &row->event, row->route);
}

/* ---- subscribing ---- */

static const char collection[] = "CIM_FilterCollection";
static const char subscription[] = "CIM_FilterCollectionSubscription";

/* The whole of the body and what comes with it as MeshCommander writes them. */
static const char *subscribe_to(Desk *desk, const char *id, const char *mode, const char *url,
                                const char *inside)
{
    g_autofree char *headers = g_strdup_printf(
        DESK_SELECT("InstanceID", "%s") "%s", id,
        strstr(inside, "Auth")
            ? "<t:IssuedTokens xmlns:t=\"http://schemas.xmlsoap.org/ws/2005/02/trust\" "
              "xmlns:se=\"http://docs.oasis-open.org/wss/2004/01/"
              "oasis-200401-wss-wssecurity-secext-1.0.xsd\"><t:RequestSecurityTokenResponse>"
              "<t:TokenType>x#UsernameToken</t:TokenType><t:RequestedSecurityToken>"
              "<se:UsernameToken><se:Username>bob</se:Username>"
              "<se:Password Type=\"x#PasswordText\">s3cret</se:Password></se:UsernameToken>"
              "</t:RequestedSecurityToken></t:RequestSecurityTokenResponse></t:IssuedTokens>"
            : "");
    g_autofree char *body = g_strdup_printf(
        "<e:Subscribe xmlns:e=\"" EVENTING "\" xmlns:m=\"http://x.com\"><e:Delivery Mode=\"%s\">"
        "<e:NotifyTo><a:Address>%s</a:Address>%s</e:NotifyTo>%s</e:Delivery></e:Subscribe>",
        mode, url,
        strstr(inside, "arg") ? "<a:ReferenceParameters><m:arg>7 &amp; 8</m:arg>"
                                "<m:none/></a:ReferenceParameters>"
                              : "",
        strstr(inside, "Auth") ? "<w:Auth Profile=\"http://schemas.dmtf.org/wbem/wsman/1/wsman/"
                                 "secprofile/http/digest\"/>"
                               : "");

    return desk_ask(desk, EVENTING "/Subscribe", collection, headers, body);
}

static const char *subscribe(Desk *desk, const char *mode, const char *url)
{
    return subscribe_to(desk, "Intel(r) AMT:All", mode, url, "");
}

static const AmtListener *listener(const Desk *desk, unsigned int slot)
{
    return &amt_state_data(desk->amt)->eventing.listener[slot];
}

/* The selectors of the enumeration's only reference. */
static char *only_reference(Desk *desk)
{
    const char *at, *end;

    desk_list(desk, subscription,
              "<EnumerationMode xmlns=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\">"
              "EnumerateEPR</EnumerationMode>");
    at = strstr(desk->body, "<c:SelectorSet>");
    end = strstr(desk->body, "</b:ReferenceParameters></b:EndpointReference></g:Items>");
    MUST(at && end);
    return g_strdup_printf("<x xmlns:c=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\"/>"
                           "<c:SelectorSet xmlns:c=\"http://schemas.dmtf.org/wbem/wsman/1/"
                           "wsman.xsd\" xmlns:b=\"" ADDRESS "\">%.*s",
                           (int)(end - at - (ptrdiff_t)strlen("<c:SelectorSet>")),
                           at + strlen("<c:SelectorSet>"));
}

START_TEST(a_subscription_comes_and_goes)
{
    Out out = {0};
    g_autoptr(Desk) desk = desk_out(&out);
    g_autofree char *selectors = NULL;

    subscribe_to(desk, "Intel(r) AMT:Features", WITH_ACK, URL, "arg Auth");
    MUST_EQ(desk->status, 200);
    MUST(strstr(desk->body, "SubscriptionManager>") && strstr(desk->body, "Expires>"));
    MUST(!strstr(desk->body, "s3cret"));
    ck_assert_str_eq(listener(desk, 0)->url, URL);
    ck_assert_str_eq(listener(desk, 0)->user, "bob");
    ck_assert_str_eq(listener(desk, 0)->password, "s3cret");
    MUST(listener(desk, 0)->acknowledges && !listener(desk, 0)->local);
    MUST_EQ(listener(desk, 0)->collection, AMT_COLLECTION_FEATURES);

    desk_get(desk, "CIM_ListenerDestinationWSManagement", NULL);
    desk_expect(desk, "Destination", URL);
    desk_expect(desk, "DeliveryMode", "3");
    MUST(!strstr(desk->body, "s3cret"));
    selectors = only_reference(desk);
    MUST(strstr(selectors, "Intel(r) AMT:Features") != NULL);
    desk_ask(desk, EVENTING "/Renew", subscription, selectors,
             "<e:Renew xmlns:e=\"" EVENTING "\"/>");
    MUST_EQ(desk->status, 200);
    desk_ask(desk, EVENTING "/Unsubscribe", subscription, selectors,
             "<e:Unsubscribe xmlns:e=\"" EVENTING "\"/>");
    MUST_EQ(desk->status, 200);
    MUST_EQ(listener(desk, 0)->handle, 0);
    desk_ask(desk, EVENTING "/Unsubscribe", subscription, selectors,
             "<e:Unsubscribe xmlns:e=\"" EVENTING "\"/>");
    MUST_EQ(desk->status, 400);
    desk_ask(desk, EVENTING "/Unsubscribe", subscription, NULL,
             "<e:Unsubscribe xmlns:e=\"" EVENTING "\"/>");
    desk_expect_fault(desk, "e:InvalidSelectors");
    done(desk, &out);
}
END_TEST

static const struct {
    const char *mode, *url, *fault;
} refused[] = {
    {"http://schemas.dmtf.org/wbem/wsman/1/wsman/Events", URL,
     "f:DeliveryModeRequestedUnavailable"},
    {PUSH, "", "d:InvalidRepresentation"},
    {PUSH, "192.0.2.7:5000", "d:InvalidRepresentation"},
    {PUSH, "ftp://192.0.2.7/", "d:InvalidRepresentation"},
    {PUSH, "http://u:p@192.0.2.7/", "d:InvalidRepresentation"},
    {PUSH, "http://192.0.2.7:0/", "d:InvalidRepresentation"},
    {PUSH, "http://192.0.2.7:99999/", "d:InvalidRepresentation"},
    {PUSH, "http:///x", "d:InvalidRepresentation"},
    {PUSH, "http://192.0.2.7/a b", "d:InvalidRepresentation"},
    {PUSH, "http://192.0.2.7/&#10;X:y", "d:InvalidRepresentation"},
    {PUSH, "http://192.0.2.7/&quot;", "d:InvalidRepresentation"},
    {PUSH, "http://console.test/", "d:InvalidRepresentation"}, /* not from the host itself */
    {PUSH, "https://localhost/", "d:InvalidRepresentation"},
};

START_TEST(what_is_no_subscription)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);

    subscribe(desk, refused[_i].mode, refused[_i].url);
    desk_expect_fault(desk, refused[_i].fault);
    MUST_EQ(listener(desk, 0)->handle, 0);
}
END_TEST

START_TEST(limits)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);
    g_autofree char *path = g_strnfill(AMT_URL_SIZE, 'a');
    g_autofree char *longest = g_strdup_printf(
        "http://192.0.2.7/%.*s", (int)(AMT_URL_SIZE - 1 - strlen("http://192.0.2.7/")), path);
    g_autofree char *longer = g_strconcat(longest, "a", NULL);
    g_autofree char *arg = g_strnfill(AMT_PARAMETERS_MAX, 'p');
    g_autofree char *body = g_strdup_printf(
        "<e:Subscribe xmlns:e=\"" EVENTING "\"><e:Delivery Mode=\"" PUSH "\"><e:NotifyTo>"
        "<a:Address>" URL "</a:Address><a:ReferenceParameters><a:x>%s</a:x>"
        "</a:ReferenceParameters></e:NotifyTo></e:Delivery></e:Subscribe>",
        arg);

    desk_ask(desk, EVENTING "/Subscribe", collection, NULL, body);
    desk_expect_fault(desk, "d:InvalidRepresentation");
    subscribe(desk, PUSH, longer);
    desk_expect_fault(desk, "d:InvalidRepresentation");
    for (unsigned int i = 0; i < AMT_LISTENERS; i++) {
        subscribe(desk, PUSH, longest);
        MUST_EQ(desk->status, 200);
    }
    subscribe(desk, PUSH, URL);
    desk_expect_fault(desk, "e:QuotaLimit");
    subscribe_to(desk, "Intel(r) AMT:Nothing", PUSH, URL, "");
    desk_expect_fault(desk, "b:DestinationUnreachable");

    /* Filters of WS-Eventing's own, no body, another class. */
    desk_ask(desk, EVENTING "/Subscribe", collection, NULL,
             "<e:Subscribe xmlns:e=\"" EVENTING "\"><e:Delivery><e:NotifyTo><a:Address>" URL
             "</a:Address></e:NotifyTo></e:Delivery><e:Filter/></e:Subscribe>");
    desk_expect_fault(desk, "f:FilteringNotSupported");
    desk_ask(desk, EVENTING "/Subscribe", collection, NULL, NULL);
    desk_expect_fault(desk, "d:InvalidRepresentation");
    desk_ask(desk, EVENTING "/Subscribe", "AMT_GeneralSettings", NULL, NULL);
    desk_expect_fault(desk, "b:ActionNotSupported");
    desk->caller.admin = false;
    desk->caller.realms = ~(uint32_t)(WSMAN_REALM_EVENT_MANAGER | WSMAN_REALM_USER_NOTIFICATION);
    subscribe(desk, PUSH, URL);
    desk_expect_fault(desk, "e:AccessDenied");
}
END_TEST

START_TEST(six_before_amt_6_and_no_tls_before_11)
{
    g_autoptr(Desk) desk = desk_new("ich9-82q35", true);

    MUST(amt_state_at_least(desk->amt, 3, 2) && !amt_state_at_least(desk->amt, 6, 0));
    for (unsigned int i = 0; i < 6; i++) {
        subscribe(desk, PUSH, URL);
        MUST_EQ(desk->status, 200);
    }
    subscribe(desk, PUSH, URL);
    desk_expect_fault(desk, "e:QuotaLimit");
    subscribe(desk, PUSH, "https://192.0.2.7/");
    desk_expect_fault(desk, "d:InvalidRepresentation");
}
END_TEST

/* ---- what a listener is sent ---- */

static bool well_formed(const char *document)
{
    xmlDoc *parsed = xmlReadMemory(document, (int)strlen(document), NULL, NULL, XML_PARSE_NONET);

    xmlFreeDoc(parsed);
    return parsed != NULL;
}

START_TEST(an_event_as_firmware_writes_it)
{
    Out out = {0};
    g_autoptr(Desk) desk = desk_out(&out);

    subscribe_to(desk, "Intel(r) AMT:All", WITH_ACK, URL, "arg Auth");
    raise_named(desk, "bad-passwords");
    MUST_EQ(out.under_way, 1); /* without waiting for the clock */
    ck_assert_str_eq(out.now[0]->url.host, "192.0.2.7");
    MUST_EQ(out.now[0]->url.port, 8080);
    ck_assert_str_eq(out.now[0]->url.path, "/events?x=1");
    ck_assert_str_eq(out.now[0]->user, "bob");
    MUST(well_formed(out.last));
    for (const char *const *part =
             (const char *const[]){
                 "<c:AckRequested></c:AckRequested>", "<b:Action a:mustUnderstand=\"true\">",
                 "<m:arg xmlns:m=\"http://x.com\">7 &amp; 8</m:arg>",
                 "<m:none xmlns:m=\"http://x.com\"></m:none></a:Header>",
                 "<g:IndicationFilterName>Intel(r) AMT:AllEvents<",
                 "<g:IndicationIdentifier>Intel(r):1<", "<h:Datetime>2020-09-13T12:26:40.000Z<",
                 "<g:Message></g:Message>", "<g:MessageArguments>0<", "<g:MessageID>PLAT0032<",
                 "<g:OwningEntity>Intel(r) AMT<", "<g:PerceivedSeverity>6<",
                 "Name=&quot;Intel(r) AMT&quot;<", NULL};
         *part; part++) {
        MUST_MSG(strstr(out.last, *part) != NULL, "%s is not in %s", *part, out.last);
    }
    MUST(!strstr(out.last, "/>"));
    answer(&out, AMT_POST_DONE);
    done(desk, &out);
}
END_TEST

static const struct {
    const char *event, *id, *argument, *features, *platform, *user;
} told[] = {
    {"chassis-opened", "PLAT0004", "0", NULL, "+", NULL},
    {"chassis-closed", "PLAT0005", "0", NULL, "+", NULL},
    {"powered-on", "PLAT0390", "0", NULL, "+", NULL},
    {"heartbeat", "iAMT0037", "0", "+", NULL, NULL},
    {"no-boot-media", "PLAT0286", "0", NULL, "+", NULL},
    {"firmware-error", "PLAT0184", "0", NULL, "+", NULL},
    {"firmware-progress", "PLAT0188", "0", NULL, "+", NULL},
    {"os-hung", "PLAT0322", "0", NULL, "+", NULL},
    {"post-late", "PLAT0368", "0", NULL, "+", NULL},
    {"watchdog-reset", "iAMT0070", "0", "+", NULL, NULL},
    {"agent-presence", "iAMT0005", "0", "+", NULL, NULL},
    {"traffic-filter", "iAMT0001", "0", "+", NULL, NULL},
    {"user-notification", "iAMT0050", "48", "+", NULL, "+"},
    {"set-up", "iAMT0055", "2", "+", NULL, "+"},
    {"firmware-hang", NULL, NULL, NULL, NULL, NULL}, /* by trap alone */
    {"asleep", NULL, NULL, NULL, NULL, NULL},
};

START_TEST(which_collection_has_which_event)
{
    static const char *const ids[] = {"Intel(r) AMT:All", "Intel(r) AMT:Features",
                                      "Intel(r) AMT:Platform", "Intel(r) AMT:User Notification"};
    const char *const wanted[] = {told[_i].id, told[_i].features, told[_i].platform, told[_i].user};

    for (unsigned int i = 0; i < G_N_ELEMENTS(ids); i++) {
        Out out = {0};
        g_autoptr(Desk) desk = desk_out(&out);
        g_autofree char *id = g_strdup_printf("<g:MessageID>%s<", told[_i].id);
        g_autofree char *argument = g_strdup_printf("<g:MessageArguments>%s<", told[_i].argument);

        subscribe_to(desk, ids[i], PUSH, URL, "");
        raise_named(desk, told[_i].event);
        MUST_MSG(out.under_way == (wanted[i] ? 1 : 0), "%s", ids[i]);
        if (wanted[i]) {
            MUST_MSG(strstr(out.last, id) && strstr(out.last, argument), "%s", out.last);
            MUST(!strstr(out.last, "AckRequested"));
        }
        done(desk, &out);
    }
}
END_TEST

START_TEST(an_agent_is_named_by_its_id)
{
    Out out = {0};
    g_autoptr(Desk) desk = desk_out(&out);
    AmtAgents agents = amt_state_data(desk->amt)->agents;
    AmtEvent event = amt_event_row_find("agent-presence")->event;

    for (unsigned int i = 0; i < AMT_AGENT_ID_SIZE; i++) {
        agents.agent[3].id[i] = (uint8_t)(i + 1);
    }
    amt_state_set_agents(desk->amt, &agents);
    memcpy(event.data + 1, agents.agent[3].id, 6);
    subscribe(desk, PUSH, URL);
    amt_event_raise(desk->amt, &event, AMT_EVENT_LOG);
    MUST(strstr(out.last, ">04030201-0605-0807-090A-0B0C0D0E0F10<") != NULL);
    done(desk, &out);
}
END_TEST

/* ---- when ---- */

START_TEST(who_is_down_is_tried_again_for_30_seconds)
{
    static const unsigned int at[] = {0, 2, 6, 14, 30};
    Out out = {.closed = true};
    g_autoptr(Desk) desk = desk_out(&out);
    const AmtNotifyCounters *counters = amt_notifier_counters(desk->notifier);
    unsigned int tries = 0;

    subscribe(desk, WITH_ACK, URL);
    raise_named(desk, "os-hung");
    for (unsigned int second = 0; second < 60; second++) {
        tries += tries < G_N_ELEMENTS(at) && at[tries] == second;
        MUST_MSG(out.begun == tries, "%u tries after %u s", out.begun, second);
        pass(desk, 1);
    }
    MUST_EQ(tries, G_N_ELEMENTS(at));
    MUST_EQ(amt_notifier_waiting(desk->notifier), 0);
    MUST_EQ(counters->lost, 1);
    MUST_EQ(counters->failed, 5);
    MUST_EQ(swme_manual_clock_armed(desk->clock), 0);
    done(desk, &out);
}
END_TEST

START_TEST(who_returns_gets_all_in_order)
{
    Out out = {.closed = true};
    g_autoptr(Desk) desk = desk_out(&out);

    subscribe(desk, WITH_ACK, URL);
    raise_named(desk, "os-hung");
    pass(desk, 1);
    raise_named(desk, "no-boot-media");
    raise_named(desk, "chassis-opened");
    pass(desk, 9);
    MUST_EQ(out.begun, 3); /* one at a time: the first */
    out.closed = false;
    pass(desk, 4);
    MUST(strstr(out.last, "PLAT0322") != NULL);
    answer(&out, AMT_POST_DONE);
    MUST(strstr(out.last, "PLAT0286") != NULL);
    answer(&out, AMT_POST_DONE);
    MUST(strstr(out.last, "PLAT0004") != NULL);
    answer(&out, AMT_POST_DONE);
    MUST_EQ(amt_notifier_counters(desk->notifier)->delivered, 3);
    MUST_EQ(swme_manual_clock_armed(desk->clock), 0);
    done(desk, &out);
}
END_TEST

/* With acknowledgement "no" is tried again; without, any answer ends it. */
START_TEST(a_no_counts_where_an_answer_was_asked_for)
{
    Out out = {0};
    g_autoptr(Desk) desk = desk_out(&out);

    subscribe(desk, _i ? WITH_ACK : PUSH, URL);
    raise_named(desk, "os-hung");
    answer(&out, AMT_POST_ANSWERED);
    MUST_EQ(amt_notifier_waiting(desk->notifier), _i);
    MUST_EQ(amt_notifier_counters(desk->notifier)->refused, 1 - _i);
    pass(desk, 2);
    MUST_EQ(out.under_way, _i);
    done(desk, &out);
}
END_TEST

START_TEST(who_stalls_holds_nobody_up)
{
    Out out = {0};
    g_autoptr(Desk) desk = desk_out(&out);

    subscribe(desk, WITH_ACK, URL);
    subscribe(desk, WITH_ACK, "http://192.0.2.8/");
    raise_named(desk, "os-hung");
    MUST_EQ(out.under_way, 2);
    pass(desk, 10); /* neither says anything */
    MUST_EQ(out.cancelled, 2);
    pass(desk, 2);
    MUST_EQ(out.under_way, 2);
    MUST_EQ(out.begun, 4);
    done(desk, &out);
}
END_TEST

START_TEST(too_many_lose_the_oldest)
{
    Out out = {0};
    g_autoptr(Desk) desk = desk_out(&out);

    subscribe(desk, WITH_ACK, URL);
    for (unsigned int i = 0; i < AMT_NOTICES_MAX + 5; i++) {
        raise_named(desk, "os-hung");
    }
    MUST_EQ(amt_notifier_waiting(desk->notifier), AMT_NOTICES_MAX);
    MUST_EQ(amt_notifier_counters(desk->notifier)->lost, 5);
    MUST_EQ(out.under_way, 1);
    done(desk, &out);
}
END_TEST

/* Unsubscribed, unprovisioned, switched off: it hears no more, and nothing is left. */
START_TEST(nothing_for_who_has_gone)
{
    Out out = {0};
    g_autoptr(Desk) desk = desk_out(&out);
    AmtEventing none = {0};
    AmtSetup off = amt_state_data(desk->amt)->setup;

    subscribe(desk, WITH_ACK, URL);
    raise_named(desk, "os-hung");
    if (_i == 0) {
        amt_state_set_eventing(desk->amt, &none);
    } else if (_i == 1) {
        amt_unprovision(desk->amt, false);
        pass(desk, 1);
        MUST(out.under_way <= 1); /* the host's own hears of that */
        while (out.under_way) {
            answer(&out, AMT_POST_DONE);
        }
    } else {
        off.operational = false;
        amt_state_set_setup(desk->amt, &off);
    }
    MUST(out.cancelled == 1 || _i == 1);
    MUST_EQ(amt_notifier_waiting(desk->notifier), 0);
    MUST_EQ(swme_manual_clock_armed(desk->clock), 0);
    done(desk, &out);
}
END_TEST

START_TEST(without_a_link_it_waits)
{
    Out out = {0};
    g_autoptr(Desk) desk = desk_out(&out);
    AmtNetwork network = amt_state_data(desk->amt)->network;

    subscribe(desk, WITH_ACK, URL);
    network.lan[0].link = false;
    amt_state_set_network(desk->amt, &network);
    raise_named(desk, "os-hung");
    MUST_EQ(out.begun, 0);
    network.lan[0].link = true;
    amt_state_set_network(desk->amt, &network);
    pass(desk, 2);
    MUST_EQ(out.under_way, 1);
    done(desk, &out);
}
END_TEST

/* ---- on the host itself ---- */

START_TEST(the_host_hears_of_amts_own_messages)
{
    Out out = {0};
    g_autoptr(Desk) desk = desk_out(&out);
    AmtAgents agents = amt_state_data(desk->amt)->agents;
    AmtEvent event = amt_event_row_find("agent-presence")->event;

    memset(agents.agent[0].id, 7, AMT_AGENT_ID_SIZE);
    amt_state_set_agents(desk->amt, &agents);
    memcpy(event.data + 1, agents.agent[0].id, 6);
    raise_named(desk, "os-hung"); /* not one of them */
    amt_event_raise(desk->amt, &event, AMT_EVENT_LOG);
    MUST_EQ(out.begun, 0); /* never within the call: the channel may be what raised it */
    pass(desk, 0);
    MUST_EQ(out.under_way, 1);
    MUST(out.now[0]->local && out.now[0]->url.port == 0);
    /* LMS takes no argument of more than two digits. */
    MUST(strstr(out.last, "<g:MessageID>iAMT0005<") && strstr(out.last, "Arguments>0<"));
    answer(&out, AMT_POST_FAILED); /* whoever refuses is not asked again */
    pass(desk, 60);
    MUST_EQ(out.begun, 1);
    MUST_EQ(amt_notifier_waiting(desk->notifier), 0);
    done(desk, &out);
}
END_TEST

START_TEST(a_listener_on_the_host_is_reached_through_the_host)
{
    Out out = {0};
    g_autoptr(Desk) desk = desk_out(&out);

    subscribe(desk, PUSH, "http://127.0.0.1:9999/lms");
    MUST(listener(desk, 0)->local);
    raise_named(desk, "os-hung");
    MUST_EQ(out.begun, 0);
    pass(desk, 0);
    MUST(out.now[0]->local);
    MUST_EQ(out.now[0]->url.port, 9999);
    answer(&out, AMT_POST_DONE);

    /* The same words from the network mean the console's own machine. */
    desk->caller.peer.door = SWME_DOOR_HOST;
    subscribe(desk, PUSH, "http://127.0.0.1:9999/lms");
    MUST(listener(desk, 1)->handle && !listener(desk, 1)->local);
    subscribe(desk, PUSH, "http://console.test/");
    MUST_EQ(desk->status, 200);
    done(desk, &out);
}
END_TEST

/* ---- what lasts ---- */

START_TEST(listeners_are_in_the_nvm)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);
    g_autoptr(Desk) other = desk_new(NULL, true);
    g_autoptr(AmtData) data = amt_data_copy(amt_state_data(other->amt));
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(GError) error = NULL;
    const void *start;
    gsize size;

    subscribe_to(desk, "Intel(r) AMT:Platform", WITH_ACK, URL, "arg Auth");
    subscribe(desk, PUSH, URL);
    bytes = amt_nvm_encode(amt_state_data(desk->amt));
    start = g_bytes_get_data(bytes, &size);
    MUST(amt_nvm_decode(data, start, size, "x", &error));
    MUST(amt_data_equal(data, amt_state_data(desk->amt)) ||
         amt_blob_equal(data->eventing.listener[0].parameters, listener(desk, 0)->parameters));
    ck_assert_str_eq(data->eventing.listener[0].password, "s3cret");
    for (unsigned int i = 0; i < 4; i++) {
        g_autoptr(AmtData) wrong = amt_data_copy(amt_state_data(desk->amt));
        AmtListener *first = wrong->eventing.listener;
        g_autoptr(GBytes) made = NULL;
        g_autoptr(GError) why = NULL;

        if (i == 0) {
            first[0].handle = 0; /* a free slot with something in it */
        } else if (i == 1) {
            first[1].handle = first[0].handle;
        } else if (i == 2) {
            g_strlcpy(first[0].url, "x", sizeof(first[0].url));
        } else {
            first[0].collection = AMT_COLLECTIONS;
        }
        made = amt_nvm_encode(wrong);
        start = g_bytes_get_data(made, &size);
        MUST_MSG(!amt_nvm_decode(data, start, size, "x", &why), "case %u", i);
        MUST_MSG(strstr(why->message, "eventing"), "%s", why->message);
    }
}
END_TEST

START_TEST(what_waits_travels)
{
    Out out = {.closed = true}, there = {0};
    g_autoptr(Desk) desk = desk_out(&out);
    g_autoptr(Desk) other = desk_out(&there);
    g_autoptr(GVariant) saved = NULL;

    subscribe(desk, WITH_ACK, URL);
    raise_named(desk, "os-hung");
    pass(desk, 1);
    raise_named(desk, "chassis-opened");
    saved = g_variant_ref_sink(amt_notifier_save(desk->notifier));
    MUST(!amt_notifier_load(other->notifier, saved)); /* it has no such listener */
    MUST_EQ(amt_notifier_waiting(other->notifier), 0);
    pass(other, 1000);
    amt_state_replace(other->amt, amt_state_data(desk->amt));
    MUST(amt_notifier_load(other->notifier, saved));
    MUST_EQ(amt_notifier_waiting(other->notifier), 2);
    MUST_EQ(there.begun, 0);
    pass(other, 1);
    MUST(strstr(there.last, "PLAT0322") && strstr(there.last, "Intel(r):1<"));
    answer(&there, AMT_POST_DONE);
    answer(&there, AMT_POST_DONE);
    raise_named(other, "os-hung");
    MUST(strstr(there.last, "Intel(r):3<") != NULL);
    done(desk, &out);
    done(other, &there);
}
END_TEST

static const struct {
    const char *text;
    bool good;
} states[] = {
    {"(uint64 0, @a(uuxa(txay)) [])", true},
    {"(uint64 9, [(uint32 1, uint32 1, int64 5, [(uint64 3, int64 0, @ay R)])])", true},
    {"(uint64 9, [(uint32 0, uint32 1, int64 5, [(uint64 3, int64 0, @ay R)])])", false},
    {"(uint64 9, [(uint32 2, uint32 1, int64 5, [(uint64 3, int64 0, @ay R)])])", false},
    {"(uint64 9, [(uint32 1, uint32 1, int64 -1, [(uint64 3, int64 0, @ay R)])])", false},
    {"(uint64 9, [(uint32 1, uint32 1, int64 16000000001, [(uint64 3, int64 0, @ay R)])])", false},
    {"(uint64 9, [(uint32 1, uint32 1, int64 5, [(uint64 0, int64 0, @ay R)])])", false},
    {"(uint64 9, [(uint32 1, uint32 1, int64 5, [(uint64 10, int64 0, @ay R)])])", false},
    {"(uint64 9, [(uint32 1, uint32 1, int64 5, [(uint64 3, int64 -1, @ay R)])])", false},
    {"(uint64 9, [(uint32 1, uint32 1, int64 5, [(uint64 3, int64 999000000000, @ay R)])])", false},
    {"(uint64 9, [(uint32 1, uint32 1, int64 5, [(uint64 3, int64 0, [byte 1])])])", false},
    {"(uint64 9, [(uint32 1, uint32 1, int64 5, @a(txay) [])])", false},
};

START_TEST(saved_states_that_can_and_cannot_be)
{
    static const char record[] = "[byte 1,0,0,0,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21]";
    Out out = {0};
    g_autoptr(Desk) desk = desk_out(&out);
    g_auto(GStrv) parts = g_strsplit(states[_i].text, "R", 2);
    g_autofree char *text = g_strjoinv(record, parts);
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) state =
        g_variant_parse(G_VARIANT_TYPE(AMT_NOTIFY_STATE_TYPE), text, NULL, NULL, &error);

    ck_assert_msg(state != NULL, "%s", error ? error->message : "");
    subscribe(desk, WITH_ACK, URL);
    raise_named(desk, "os-hung");
    ck_assert(amt_notifier_load(desk->notifier, state) == states[_i].good);
    ck_assert_uint_eq(amt_notifier_waiting(desk->notifier), states[_i].good && _i ? 1 : 0);
    ck_assert_uint_eq(out.under_way, 0);
    pass(desk, 20); /* that record has no message: it is not sent, and not kept */
    ck_assert_uint_eq(amt_notifier_waiting(desk->notifier), 0);
    done(desk, &out);
}
END_TEST

/* ---- filters, and subscribers to traps ---- */

#define FILTER(policy, sensor, log, alert)                                                    \
    "<r:EnableFilter>true</r:EnableFilter><r:OEMFilter>false</r:OEMFilter><r:LogOnEvent>" log \
    "</r:LogOnEvent><r:SendAlert>" alert "</r:SendAlert><r:DeviceAddress>255"                 \
    "</r:DeviceAddress><r:EventSensorType>" sensor "</r:EventSensorType><r:EventType>255"     \
    "</r:EventType><r:EventOffset>255</r:EventOffset><r:EventSourceType>255"                  \
    "</r:EventSourceType><r:EventSeverity>255</r:EventSeverity><r:SensorNumber>255"           \
    "</r:SensorNumber><r:Entity>255</r:Entity><r:EntityInstance>255</r:EntityInstance>"       \
    "<r:PolicyID>" policy "</r:PolicyID>"

static const char *create(Desk *desk, const char *class, const char *properties)
{
    g_autofree char *body = g_strdup_printf("<r:%s xmlns:r=\"%s%s\">%s</r:%s>", class,
                                            wsman_class_prefix(class), class, properties, class);

    return desk_ask(desk, "http://schemas.xmlsoap.org/ws/2004/09/transfer/Create", class, NULL,
                    body);
}

static void delete (Desk *desk, const char *class, const char *selectors)
{
    desk_ask(desk, "http://schemas.xmlsoap.org/ws/2004/09/transfer/Delete", class, selectors, NULL);
}

START_TEST(filters_come_and_go)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);
    const char *class = "AMT_PETFilterSetting";

    create(desk, class, FILTER("5", "37", "true", "true"));
    MUST_EQ(desk->status, 200);
    MUST(strstr(desk->body, "Intel(r) AMT:PET Filter 2") != NULL);
    create(desk, class, FILTER("134", "37", "true", "true"));
    desk_expect_fault(desk, "d:InvalidRepresentation"); /* firmware's own policy */
    create(desk, class, FILTER("5", "256", "true", "true"));
    desk_expect_fault(desk, "d:InvalidRepresentation");
    create(desk, class, "<r:PolicyID>5</r:PolicyID>");
    desk_expect_fault(desk, "d:InvalidRepresentation");
    desk_put(desk, class, DESK_SELECT("InstanceID", "Intel(r) AMT:PET Filter 1"),
             "<r:EnableFilter>false</r:EnableFilter>");
    desk_expect_fault(desk, "e:AccessDenied");
    delete (desk, class, DESK_SELECT("InstanceID", "Intel(r) AMT:PET Filter 1"));
    desk_expect_fault(desk, "e:AccessDenied");
    desk_put(desk, class, DESK_SELECT("InstanceID", "Intel(r) AMT:PET Filter 2"),
             "<r:EventSensorType>38</r:EventSensorType>");
    MUST_EQ(desk->status, 200);
    desk_expect(desk, "EventSensorType", "38");
    for (unsigned int i = 2; i < AMT_FILTERS; i++) {
        create(desk, class, FILTER("6", "1", "false", "true"));
        MUST_EQ(desk->status, 200);
    }
    create(desk, class, FILTER("6", "1", "false", "true"));
    desk_expect_fault(desk, "e:QuotaLimit");
    delete (desk, class, DESK_SELECT("InstanceID", "Intel(r) AMT:PET Filter 2"));
    MUST_EQ(desk->status, 200);
    MUST_EQ(amt_state_data(desk->amt)->alerts.filter[1].handle, 0);
}
END_TEST

START_TEST(a_filter_logs_what_is_not_logged_else)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);

    raise_named(desk, "link-up"); /* an alert alone */
    MUST_EQ(amt_log_count(desk->amt), 0);
    create(desk, "AMT_PETFilterSetting", FILTER("5", "39", "true", "false"));
    raise_named(desk, "link-up");
    MUST_EQ(amt_log_count(desk->amt), 1);
    desk_get(desk, "AMT_EventLogEntry", NULL);
    desk_expect(desk, "EventSensorType", "39");
    desk_expect(desk, "RecordID", "1");
    MUST(strstr(desk->body, "2020-09-13T12:26:40Z") != NULL);
}
END_TEST

static const char *community(Desk *desk, unsigned int slot)
{
    return amt_state_data(desk->amt)->alerts.subscriber[slot].community;
}

START_TEST(subscribers_to_traps)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);
    const char *class = "AMT_SNMPEventSubscriber";
    const AmtAlerts *alerts = &amt_state_data(desk->amt)->alerts;

    create(desk, class,
           "<r:AccessInfo>192.0.2.1</r:AccessInfo><r:PolicyID>5</r:PolicyID>"
           "<r:CommunityString>hidden1</r:CommunityString>");
    MUST_EQ(desk->status, 200);
    ck_assert_str_eq(community(desk, 0), "hidden1");
    create(desk, class,
           "<r:AccessInfo>[2001:db8::1]:1162</r:AccessInfo><r:PolicyID>0</r:PolicyID>");
    MUST_EQ(desk->status, 200);
    create(desk, class, "<r:AccessInfo>console.test</r:AccessInfo><r:PolicyID>5</r:PolicyID>");
    desk_expect_fault(desk, "d:InvalidRepresentation");
    create(desk, class, "<r:AccessInfo>192.0.2.1</r:AccessInfo>");
    desk_expect_fault(desk, "d:InvalidRepresentation");
    create(desk, class, "<r:AccessInfo>192.0.2.1</r:AccessInfo><r:PolicyID>256</r:PolicyID>");
    desk_expect_fault(desk, "d:InvalidRepresentation");
    desk_list(desk, class, NULL);
    MUST(strstr(desk->body, ">[2001:db8::1]:1162<") && !strstr(desk->body, "hidden1"));
    desk_put(desk, "AMT_EventManagerService", NULL,
             "<r:DefaultCommunityString>ours</r:DefaultCommunityString>");
    ck_assert_str_eq(amt_alerts_community(desk->amt), "ours");
    desk_put(desk, "AMT_EventManagerService", NULL,
             "<r:DefaultCommunityString>a b</r:DefaultCommunityString>");
    desk_expect_fault(desk, "d:InvalidRepresentation");
    create(desk, "AMT_PETFilterSetting", FILTER("5", "37", "true", "true"));
    desk_list(desk, "AMT_PETFilterForTarget", NULL);
    MUST(strstr(desk->body, "PET Filter ") && strstr(desk->body, "Event Subscriber "));
    delete (desk, class, DESK_SELECT("Name", "Intel(r) AMT:SNMP Event Subscriber 2"));
    MUST_EQ(desk->status, 200);
    MUST_EQ(amt_subscriber_count(alerts), 1);
    ck_assert_str_eq(alerts->subscriber[0].address, "2001:db8::1");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("eventing");
    TCase *tcase = unit_case(suite, "eventing");

    tcase_add_test(tcase, a_subscription_comes_and_goes);
    tcase_add_loop_test(tcase, what_is_no_subscription, 0, G_N_ELEMENTS(refused));
    tcase_add_test(tcase, limits);
    tcase_add_test(tcase, six_before_amt_6_and_no_tls_before_11);
    tcase_add_test(tcase, an_event_as_firmware_writes_it);
    tcase_add_loop_test(tcase, which_collection_has_which_event, 0, G_N_ELEMENTS(told));
    tcase_add_test(tcase, an_agent_is_named_by_its_id);
    tcase_add_test(tcase, who_is_down_is_tried_again_for_30_seconds);
    tcase_add_test(tcase, who_returns_gets_all_in_order);
    tcase_add_loop_test(tcase, a_no_counts_where_an_answer_was_asked_for, 0, 2);
    tcase_add_test(tcase, who_stalls_holds_nobody_up);
    tcase_add_test(tcase, too_many_lose_the_oldest);
    tcase_add_loop_test(tcase, nothing_for_who_has_gone, 0, 3);
    tcase_add_test(tcase, without_a_link_it_waits);
    tcase_add_test(tcase, the_host_hears_of_amts_own_messages);
    tcase_add_test(tcase, a_listener_on_the_host_is_reached_through_the_host);
    tcase_add_test(tcase, listeners_are_in_the_nvm);
    tcase_add_test(tcase, what_waits_travels);
    tcase_add_loop_test(tcase, saved_states_that_can_and_cannot_be, 0, G_N_ELEMENTS(states));
    tcase_add_test(tcase, filters_come_and_go);
    tcase_add_test(tcase, a_filter_logs_what_is_not_logged_else);
    tcase_add_test(tcase, subscribers_to_traps);
    return unit_run(suite);
}
