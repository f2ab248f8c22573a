/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests that are SOAP and yet not what the operation wants: bodies, headers, references, types.
 */
#include <string.h>

#include "tests/unit/unit.h"
#include "tests/unit/wsman-fixture.h"

#define TRANSFER    "http://schemas.xmlsoap.org/ws/2004/09/transfer/"
#define ENUMERATION "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
#define EVENTING    "http://schemas.xmlsoap.org/ws/2004/08/eventing"
#define GENERAL     "AMT_GeneralSettings"
#define AGENT       "AMT_AgentPresenceWatchdog"
#define FILTERS     "CIM_FilterCollection"
#define OURS        "CIM_FilterCollectionSubscription"
#define IS          DESK_IS

#define INVALID   "d:InvalidRepresentation"
#define DENIED    "e:AccessDenied"
#define SELECTORS "e:InvalidSelectors"
#define CONTEXT   "c:InvalidEnumerationContext"
#define NO_ACTION "b:ActionNotSupported"
#define NOT_THERE "b:DestinationUnreachable"

typedef struct Row {
    const char *action; /* of a class, or a URI */
    const char *class;
    const char *headers;
    const char *body;
    const char *fault; /* NULL: it is answered */
} Row;

static void ask(Desk *desk, const Row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const Row *r = &rows[i];

        desk_ask(desk, r->action, r->class, r->headers, r->body);
        MUST_MSG(r->fault ? strstr(desk->body, r->fault) != NULL : desk->status == 200,
                 "row %zu: %u, not %s: %s", i, desk->status, r->fault ? r->fault : "an answer",
                 desk->body);
    }
}

#define ASK(desk, rows) ask(desk, rows, G_N_ELEMENTS(rows))

/* ---- bodies ---- */

START_TEST(bodies_of_something_else)
{
    static const Row rows[] = {
        {TRANSFER "Put", GENERAL, NULL, "<x/>", INVALID},
        {TRANSFER "Put", GENERAL, NULL, "", INVALID},
        {TRANSFER "Create", AGENT, NULL, "<x/>", INVALID},
        {TRANSFER "Create", AGENT, NULL, "", INVALID},
        {"GetLowAccuracyTimeSynch", "AMT_TimeSynchronizationService", NULL, "<x/>", INVALID},
        {"GetLowAccuracyTimeSynch", "AMT_TimeSynchronizationService", NULL, "", INVALID},
        {ENUMERATION "/Enumerate", GENERAL, NULL, "<x/>", INVALID},
        {ENUMERATION "/Enumerate", GENERAL, NULL, "<Enumerate/>", INVALID}, /* of what? */
        {ENUMERATION "/Pull", GENERAL, NULL, "<x/>", INVALID},
        {ENUMERATION "/Pull", GENERAL, NULL, "<Pull xmlns=\"" ENUMERATION "\"/>", CONTEXT},
        {ENUMERATION "/Release", GENERAL, NULL, "", CONTEXT},
        {EVENTING "/Subscribe", FILTERS, NULL, "<x/>", INVALID},
        {EVENTING "/Subscribe", FILTERS, NULL, "<Subscribe xmlns=\"" EVENTING "\"/>", INVALID},
        {EVENTING "/Renew", GENERAL, NULL, "", NO_ACTION},
        {EVENTING "/Unsubscribe", FILTERS, NULL, "", NO_ACTION},
        {EVENTING "/Unsubscribe", OURS, NULL, "", SELECTORS},
        {EVENTING "/Subscribe", GENERAL, NULL, "", NO_ACTION},
        /* An action that begins as the class's do. */
        {DESK_AMT GENERAL "X", GENERAL, NULL, "", NO_ACTION},
        {DESK_AMT GENERAL, GENERAL, NULL, "", NO_ACTION},
        {TRANSFER "Get", DESK_AMT "sub/" GENERAL, NULL, "", NOT_THERE},
        {TRANSFER "Get", "x/" GENERAL, NULL, "", NOT_THERE},
        {TRANSFER "Delete", AGENT, NULL, "", SELECTORS}, /* never "the first" */
        {TRANSFER "Delete", AGENT, DESK_SELECT("DeviceID", "AAAA"), "", SELECTORS}, /* of none */
    };
    g_autoptr(Desk) desk = desk_new(NULL, true);

    ASK(desk, rows);
}
END_TEST

START_TEST(whoever_has_no_realm)
{
    static const Row rows[] = {
        {TRANSFER "Create", AGENT, NULL, "<x/>", DENIED},
        {TRANSFER "Delete", AGENT, DESK_SELECT("DeviceID", "AAAA"), "", DENIED},
        {ENUMERATION "/Pull", AGENT, NULL, "<Pull xmlns=\"" ENUMERATION "\"/>", DENIED},
        {EVENTING "/Renew", OURS, NULL, "", DENIED},
        {EVENTING "/Unsubscribe", OURS, NULL, "", DENIED},
        {EVENTING "/Subscribe", FILTERS, NULL, "", DENIED},
    };
    g_autoptr(Desk) desk = desk_new(NULL, true);

    desk->caller = (WsmanCaller){.user = "joe"};
    ASK(desk, rows);
}
END_TEST

#define MODE(mode)                                                                         \
    "<Enumerate xmlns=\"" ENUMERATION "\"><w:EnumerationMode>" mode "</w:EnumerationMode>" \
    "</Enumerate>"

START_TEST(enumerations)
{
    static const Row rows[] = {
        {ENUMERATION "/Enumerate", GENERAL, NULL, MODE("EnumerateEPR"), NULL},
        {ENUMERATION "/Enumerate", GENERAL, NULL, MODE("EnumerateObjectAndEPR"), NULL},
        {ENUMERATION "/Enumerate", GENERAL, NULL, MODE("EnumerateAll"), INVALID},
        {ENUMERATION "/Enumerate", GENERAL, NULL, MODE(""), INVALID},
    };
    static const struct {
        const char *limits;
        const char *fault;
        bool items;
    } pulls[] = {
        {"<MaxElements>x</MaxElements>", INVALID, false},
        {"<MaxCharacters>0</MaxCharacters>", INVALID, false},
        {"<MaxCharacters>4294967296</MaxCharacters>", INVALID, false},
        {"<MaxCharacters>1</MaxCharacters>", NULL, false}, /* no object is that short */
        {"<MaxElements>1</MaxElements><MaxCharacters>99999</MaxCharacters>", NULL, true},
    };
    g_autoptr(Desk) desk = desk_new(NULL, true);
    g_autofree char *context = NULL;

    ASK(desk, rows);
    desk_ask(desk, ENUMERATION "/Enumerate", "CIM_SoftwareIdentity", NULL,
             "<Enumerate xmlns=\"" ENUMERATION "\"/>");
    context = desk_value(desk, "EnumerationContext");
    for (size_t i = 0; i < G_N_ELEMENTS(pulls); i++) {
        g_autofree char *body = g_strdup_printf("<Pull xmlns=\"" ENUMERATION "\">"
                                                "<EnumerationContext>%s</EnumerationContext>%s"
                                                "</Pull>",
                                                context, pulls[i].limits);
        const Row row = {ENUMERATION "/Pull", "CIM_SoftwareIdentity", NULL, body, pulls[i].fault};

        ask(desk, &row, 1);
        MUST_EQ(strstr(desk->body, "<h:CIM_SoftwareIdentity>") != NULL, pulls[i].items);
    }
}
END_TEST

/* ---- headers ---- */

#define S16(name)                                                                             \
    name("1") name("2") name("3") name("4") name("5") name("6") name("7") name("8") name("9") \
        name("10") name("11") name("12") name("13") name("14") name("15") name("16")
#define ONE(n)  "<w:Selector Name=\"InstanceID\">" n "</w:Selector>"
#define SET(of) "<w:SelectorSet>" of "</w:SelectorSet>"
#define SOAP    "xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\""

START_TEST(selectors_and_headers)
{
    static const Row rows[] = {
        {TRANSFER "Get", GENERAL, SET("<w:Other Name=\"InstanceID\">x</w:Other>"), "", SELECTORS},
        {TRANSFER "Get", GENERAL, SET("<w:Selector>x</w:Selector>"), "", SELECTORS},
        {TRANSFER "Get", GENERAL, SET(S16(ONE)), "", NOT_THERE},
        {TRANSFER "Get", GENERAL, SET(S16(ONE) ONE("17")), "", SELECTORS},
        {TRANSFER "Get", GENERAL, SET(""), "", NULL},
        {TRANSFER "Get", GENERAL, "<x " SOAP " s:mustUnderstand=\"true\"/>", "",
         "<a:Value>a:MustUnderstand</a:Value>"},
        {TRANSFER "Get", GENERAL, "<y:x xmlns:y=\"urn:y\" " SOAP " s:mustUnderstand=\"1\"/>", "",
         "<a:Value>a:MustUnderstand</a:Value>"},
        {TRANSFER "Get", GENERAL, "<y:x xmlns:y=\"urn:y\" " SOAP " s:mustUnderstand=\"0\"/>", "",
         NULL},
        {TRANSFER "Get", GENERAL, "<y:x xmlns:y=\"urn:y\" " SOAP " s:mustUnderstand=\"\"/>", "",
         NULL},
        {TRANSFER "Get", GENERAL, "<w:Locale " SOAP " s:mustUnderstand=\"true\"/>", "", NULL},
    };
    g_autoptr(Desk) desk = desk_new(NULL, true);

    ASK(desk, rows);
}
END_TEST

/* A key that is an instance: named with and without an EndpointReference around it. */
START_TEST(references)
{
#define KEY(name, of) SET("<w:Selector Name=\"" name "\">" of "</w:Selector>")
#define TO(uri, key, value)                                              \
    "<a:ReferenceParameters><w:ResourceURI>" uri "</w:ResourceURI>" SET( \
        "<w:Selector Name=\"" key "\">" value "</w:Selector>") "</a:ReferenceParameters>"
#define EPR(of) "<a:EndpointReference><a:Address>x</a:Address>" of "</a:EndpointReference>"
#define HOST    TO(DESK_CIM "CIM_ComputerSystem", "Name", "ManagedSystem")
#define CLASS   "CIM_ComputerSystemPackage"
    static const Row rows[] = {
        {TRANSFER "Get", CLASS, KEY("Dependent", EPR(HOST)), "", NULL},
        {TRANSFER "Get", CLASS, KEY("Dependent", HOST), "", NULL},
        {TRANSFER "Get", CLASS, KEY("Dependent", "<a:ReferenceParameters/>"), "", NOT_THERE},
        {TRANSFER "Get", CLASS, KEY("Dependent", EPR("")), "", NOT_THERE},
        {TRANSFER "Get", CLASS,
         KEY("Dependent", EPR(TO(DESK_CIM "CIM_ComputerSystem", "Name", "other"))), "", NOT_THERE},
        {TRANSFER "Get", CLASS, KEY("Dependent", EPR(TO("none", "Name", "ManagedSystem"))), "",
         NOT_THERE},
        {TRANSFER "Get", CLASS, KEY("Dependent", EPR(TO("", "Name", "ManagedSystem"))), "",
         NOT_THERE},
        {TRANSFER "Get", CLASS,
         KEY("Dependent", EPR("<a:ReferenceParameters><w:ResourceURI>" DESK_CIM "CIM_ComputerSystem"
                              "</w:ResourceURI>" SET("<w:Other/>") "</a:ReferenceParameters>")),
         "", NOT_THERE},
    };
    g_autoptr(Desk) desk = desk_new(NULL, true);

    ASK(desk, rows);
}
END_TEST

/* ---- types ---- */

START_TEST(values_of_another_type)
{
#define RULES "AMT_RemoteAccessService"
#define ACL   "AMT_AuthorizationService"
#define TLS   "AMT_TLSSettingData"
#define TLS_0 IS("InstanceID", "Intel(r) AMT 802.3 TLS Settings")
    static const DeskStep steps[] = {
        {GENERAL, "Put", NULL, IS("PingResponseEnabled", "1"), 0, ":PingResponseEnabled>true<"},
        {GENERAL, "Put", NULL, IS("PingResponseEnabled", "0"), 0, ":PingResponseEnabled>false<"},
        {GENERAL, "Put", NULL, IS("PingResponseEnabled", "yes"), DESK_FAULT, INVALID},
        {GENERAL, "Put", NULL, IS("PingResponseEnabled", "1") IS("PingResponseEnabled", "1"),
         DESK_FAULT, INVALID},
        {GENERAL, "Put", NULL, IS("HostName", "caf&#233;"), DESK_FAULT, INVALID},
        {GENERAL, "Put", NULL, IS("IdleWakeTimeout", "-1"), DESK_FAULT, INVALID},
        {GENERAL, "Put", NULL, IS("IdleWakeTimeout", ""), DESK_FAULT, INVALID},
        {ACL, "GetUserAclEntryEx", NULL, IS("Handle", "1") IS("Handle", "1"), 36, NULL},
        {RULES, "AddRemoteAccessPolicyRule", NULL,
         IS("Trigger", "0") IS("TunnelLifeTime", "0") IS("ExtendedData", "A==="), 36, NULL},
        {RULES, "AddRemoteAccessPolicyRule", NULL,
         IS("Trigger", "0") IS("TunnelLifeTime", "0") IS("ExtendedData", "A=AA"), 36, NULL},
        {RULES, "AddRemoteAccessPolicyRule", NULL,
         IS("Trigger", "0") IS("TunnelLifeTime", "0") IS("ExtendedData", "AA-A"), 36, NULL},
        /* Keys in the body say which; a number is none of those that can. */
        {TLS, "Put", NULL, TLS_0 IS("Enabled", "true"), 0, ":Enabled>true<"},
        {TLS, "Put", NULL, IS("InstanceID", "none") IS("Enabled", "true"), DESK_FAULT, NOT_THERE},
        {"AMT_SystemDefensePolicy", "Put", NULL, IS("InstanceID", "9"), DESK_FAULT, NOT_THERE},
        {TLS, "Put", NULL, TLS_0 IS("TrustedCN", "a b"), DESK_FAULT, INVALID},
        {TLS, "Put", NULL,
         TLS_0 IS("TrustedCN", "a.test") IS("TrustedCN", "b.test") IS("TrustedCN", "c.test")
             IS("TrustedCN", "d.test") IS("TrustedCN", "e.test"),
         DESK_FAULT, INVALID},
        {TLS, "Put", NULL, TLS_0 IS("TrustedCN", "a.test"), 0, ":TrustedCN>a.test<"},
        {TLS, "Put", NULL, TLS_0, 0, "!:TrustedCN>"},
        {TLS, "Put", NULL,
         IS("InstanceID", "Intel(r) AMT LMS TLS Settings") IS("TrustedCN", "a.test"), DESK_FAULT,
         INVALID},
    };
    g_autofree char *name = g_strnfill(AMT_NAME_SIZE, 'a');
    g_autofree char *host = g_strdup_printf(IS("HostName", "%s"), name);
    g_autofree char *trusted = g_strdup_printf(TLS_0 IS("TrustedCN", "%s"), name);
    const DeskStep longer[] = {
        {GENERAL, "Put", NULL, host, DESK_FAULT, INVALID},
        {TLS, "Put", NULL, trusted, DESK_FAULT, INVALID},
    };
    g_autoptr(Desk) desk = desk_new(NULL, true);

    desk_steps(desk, steps, G_N_ELEMENTS(steps), NULL);
    desk_steps(desk, longer, G_N_ELEMENTS(longer), NULL);
}
END_TEST

/* ---- subscriptions ---- */

#define SUBSCRIBE(delivery, auth)                                             \
    "<e:Subscribe xmlns:e=\"" EVENTING "\"><e:Delivery" delivery              \
    "><e:NotifyTo><a:Address>http://192.0.2.7/</a:Address></e:NotifyTo>" auth \
    "</e:Delivery></e:Subscribe>"
#define DIGEST "<w:Auth Profile=\"http://x/http/digest\"/>"
#define TOKEN(of)                                                              \
    "<IssuedTokens xmlns=\"http://schemas.xmlsoap.org/ws/2005/02/trust\">"     \
    "<RequestSecurityTokenResponse><RequestedSecurityToken><UsernameToken>" of \
    "</UsernameToken></RequestedSecurityToken></RequestSecurityTokenResponse></IssuedTokens>"

START_TEST(subscriptions)
{
    static const Row rows[] = {
        {EVENTING "/Subscribe", FILTERS, NULL, SUBSCRIBE(" Mode=\"x\"", ""),
         "f:DeliveryModeRequestedUnavailable"},
        {EVENTING "/Subscribe", FILTERS, NULL, SUBSCRIBE("", "<w:Auth/>"),
         "f:DeliveryModeRequestedUnavailable"},
        {EVENTING "/Subscribe", FILTERS, NULL, SUBSCRIBE("", "<w:Auth Profile=\"x/basic\"/>"),
         "f:DeliveryModeRequestedUnavailable"},
        {EVENTING "/Subscribe", FILTERS, TOKEN("<Username>bob</Username>"), SUBSCRIBE("", DIGEST),
         INVALID},
        {EVENTING "/Subscribe", FILTERS, TOKEN("<Password>secret</Password>"),
         SUBSCRIBE("", DIGEST), INVALID},
        {EVENTING "/Subscribe", FILTERS,
         TOKEN("<Username>b&#233;b</Username><Password>secret</Password>"), SUBSCRIBE("", DIGEST),
         INVALID},
        {EVENTING "/Subscribe", FILTERS,
         TOKEN("<Username>bob</Username><Password>secret</Password>"), SUBSCRIBE("", DIGEST), NULL},
        {EVENTING "/Subscribe", FILTERS, NULL, SUBSCRIBE("", ""), NULL},
        {EVENTING "/Subscribe", FILTERS, DESK_SELECT("InstanceID", "none"), SUBSCRIBE("", ""),
         NOT_THERE},
        {EVENTING "/Renew", OURS, DESK_SELECT("None", "x"), "", SELECTORS},
    };
    g_autoptr(Desk) desk = desk_new(NULL, true);

    ASK(desk, rows);
    ck_assert_str_eq(amt_state_data(desk->amt)->eventing.listener[0].user, "bob");
    MUST_EQ(amt_state_data(desk->amt)->eventing.listener[1].user[0], 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("wsman-requests");
    TCase *tcase = unit_case(suite, "requests");

    tcase_add_test(tcase, bodies_of_something_else);
    tcase_add_test(tcase, whoever_has_no_realm);
    tcase_add_test(tcase, enumerations);
    tcase_add_test(tcase, selectors_and_headers);
    tcase_add_test(tcase, references);
    tcase_add_test(tcase, values_of_another_type);
    tcase_add_test(tcase, subscriptions);
    return unit_run(suite);
}
