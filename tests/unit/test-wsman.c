/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine: envelopes, operations and faults, and what nobody should send. */
#include <string.h>
#include <unistd.h>

#include "tests/unit/unit.h"
#include "tests/unit/wsman-fixture.h"

#define TRANSFER    "http://schemas.xmlsoap.org/ws/2004/09/transfer/"
#define ENUMERATION "http://schemas.xmlsoap.org/ws/2004/09/enumeration"

/* Other prefixes than MeshCentral's, declared on inner elements, and white space everywhere. */
START_TEST(namespaces_count_and_prefixes_do_not)
{
    static const char text[] =
        "\n<s:Envelope\n xmlns:s='http://www.w3.org/2003/05/soap-envelope' >\n <s:Header>"
        "<Action xmlns='http://schemas.xmlsoap.org/ws/2004/08/addressing' "
        "s:mustUnderstand='true'>\n"
        " http://schemas.xmlsoap.org/ws/2004/09/transfer/Get </Action>"
        "<q:ResourceURI xmlns:q='http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd'>"
        "http://intel.com/wbem/wscim/1/amt-schema/1/AMT_GeneralSettings</q:ResourceURI>"
        "<MessageID xmlns='http://schemas.xmlsoap.org/ws/2004/08/addressing'>uuid:&lt;1&amp;&gt;"
        "</MessageID><x:Whatever xmlns:x='urn:x'/></s:Header><s:Body/></s:Envelope>";
    g_autoptr(Desk) desk = desk_new(NULL, false);

    desk_send(desk, text, strlen(text));
    MUST_EQ(desk->status, 200);
    MUST(strstr(desk->body, "<b:RelatesTo>uuid:&lt;1&amp;&gt;</b:RelatesTo>"));
    MUST(strstr(desk->body, "<g:AMT_GeneralSettings>"));
}
END_TEST

START_TEST(identify_needs_no_user)
{
    static const char text[] =
        "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:wsmid=\"http://"
        "schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd\"><s:Header/><s:Body>"
        "<wsmid:Identify/></s:Body></s:Envelope>";
    g_autoptr(Desk) desk = desk_new(NULL, false);

    desk->caller.user = NULL;
    desk->caller.admin = false;
    desk_send(desk, text, strlen(text));
    MUST_EQ(desk->status, 200);
    desk_expect(desk, "ProductVendor", "Intel(r)");
    desk_expect(desk, "ProductVersion", "AMT 15.0.45");
    desk_get(desk, "AMT_GeneralSettings", NULL);
    desk_expect_fault(desk, "e:AccessDenied");
}
END_TEST

START_TEST(what_is_not_there)
{
    g_autoptr(Desk) desk = desk_new(NULL, false);

    desk_get(desk, "AMT_NoSuchClass", NULL);
    desk_expect_fault(desk, "b:DestinationUnreachable");
    MUST(strstr(desk->body, "faultDetail/InvalidResourceURI"));
    /* The right class below the wrong prefix. */
    desk_get(desk, "http://intel.com/wbem/wscim/1/ips-schema/1/AMT_GeneralSettings", NULL);
    desk_expect_fault(desk, "b:DestinationUnreachable");
    desk_get(desk, "AMT_GeneralSettings", DESK_SELECT("InstanceID", "another"));
    desk_expect_fault(desk, "b:DestinationUnreachable");
    desk_get(desk, "AMT_GeneralSettings",
             DESK_SELECT("InstanceID", "Intel(r) AMT: General Settings"));
    MUST_EQ(desk->status, 200);
    MUST_EQ(desk_call(desk, "AMT_GeneralSettings", "NoSuchMethod", NULL, ""), -1);
    desk_expect_fault(desk, "b:ActionNotSupported");
    desk_put(desk, "CIM_SoftwareIdentity", NULL, "");
    desk_expect_fault(desk, "b:ActionNotSupported");
    desk_ask(desk, TRANSFER "Delete", "AMT_GeneralSettings", NULL, NULL);
    desk_expect_fault(desk, "b:ActionNotSupported");
    desk_ask(desk, TRANSFER "Create", "AMT_GeneralSettings", NULL, NULL);
    desk_expect_fault(desk, "b:ActionNotSupported");
    desk_ask(desk, "http://example.test/Nothing", "AMT_GeneralSettings", NULL, NULL);
    desk_expect_fault(desk, "b:ActionNotSupported");
}
END_TEST

/* ---- enumerations ---- */

static char *begin(Desk *desk, const char *class)
{
    desk_ask(desk, ENUMERATION "/Enumerate", class, NULL, "<Enumerate xmlns=\"" ENUMERATION "\"/>");
    MUST_EQ(desk->status, 200);
    return desk_value(desk, "EnumerationContext");
}

static void next(Desk *desk, const char *class, const char *context, const char *more)
{
    g_autofree char *pull = g_strdup_printf("<Pull xmlns=\"" ENUMERATION "\"><EnumerationContext>%s"
                                            "</EnumerationContext>%s</Pull>",
                                            context, more);

    desk_ask(desk, ENUMERATION "/Pull", class, NULL, pull);
}

START_TEST(one_by_one_is_all)
{
    g_autoptr(Desk) desk = desk_new(NULL, false);
    g_autofree char *context = begin(desk, "CIM_SoftwareIdentity");
    unsigned int items = 0;

    for (;;) {
        next(desk, "CIM_SoftwareIdentity", context, "");
        MUST_EQ(desk->status, 200);
        items += strstr(desk->body, "<h:CIM_SoftwareIdentity>") != NULL;
        if (strstr(desk->body, "EndOfSequence")) {
            break;
        }
        desk_expect(desk, "EnumerationContext", context);
        MUST(items < 100);
    }
    MUST_EQ(items, AMT_CODE_VERSION_COUNT + 1);
    next(desk, "CIM_SoftwareIdentity", context, "");
    desk_expect_fault(desk, "c:InvalidEnumerationContext"); /* HTTP 400, as clients want */
}
END_TEST

START_TEST(a_context_is_its_owners_and_ends)
{
    g_autoptr(Desk) desk = desk_new(NULL, false);
    g_autofree char *first = begin(desk, "CIM_SoftwareIdentity");
    g_autofree char *second = NULL;
    g_autofree char *third = NULL;

    desk->caller.user = "other";
    next(desk, "CIM_SoftwareIdentity", first, "");
    desk_expect_fault(desk, "c:InvalidEnumerationContext");
    desk->caller.user = "$$OsAdmin";
    next(desk, "AMT_GeneralSettings", first, "");
    desk_expect_fault(desk, "c:InvalidEnumerationContext");
    next(desk, "CIM_SoftwareIdentity", first, "<MaxElements>0</MaxElements>");
    desk_expect_fault(desk, "d:InvalidRepresentation");
    next(desk, "CIM_SoftwareIdentity", first, "");
    MUST_EQ(desk->status, 200);
    swme_manual_clock_advance(desk->clock, 121 * SWME_NS_PER_S);
    next(desk, "CIM_SoftwareIdentity", first, "");
    desk_expect_fault(desk, "c:InvalidEnumerationContext");
    /* However many begin and never end: the last ones live. */
    for (unsigned int i = 0; i < 1000; i++) {
        g_autofree char *forgotten = begin(desk, "CIM_SoftwareIdentity");

        MUST(forgotten != NULL);
        swme_manual_clock_advance(desk->clock, 1000);
    }
    second = begin(desk, "CIM_SoftwareIdentity");
    swme_manual_clock_advance(desk->clock, 1000);
    third = begin(desk, "CIM_SoftwareIdentity");
    next(desk, "CIM_SoftwareIdentity", second, "");
    MUST_EQ(desk->status, 200);
    {
        g_autofree char *release =
            g_strdup_printf("<Release xmlns=\"" ENUMERATION "\"><EnumerationContext>%s"
                            "</EnumerationContext></Release>",
                            third);

        desk_ask(desk, ENUMERATION "/Release", "CIM_SoftwareIdentity", NULL, release);
        MUST_EQ(desk->status, 200);
        MUST(strstr(desk->body, "<a:Body></a:Body>"));
        desk_ask(desk, ENUMERATION "/Release", "CIM_SoftwareIdentity", NULL, release);
        desk_expect_fault(desk, "c:InvalidEnumerationContext");
    }
    desk_list(desk, "CIM_SoftwareIdentity",
              "<Filter xmlns=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\">x</Filter>");
    desk_expect_fault(desk, "c:FilteringNotSupported");
}
END_TEST

/* ---- hostile ---- */

static void expect_refusal(Desk *desk, const char *text, gsize size)
{
    desk_send(desk, text, size);
    MUST_MSG(desk->status == 400 && strstr(desk->body, "<a:Fault>"), "%.200s", desk->body);
}

START_TEST(what_is_no_soap_is_a_fault)
{
    static const char *const texts[] = {
        "",
        " ",
        "hello",
        "<",
        "<a>",
        "<a/>",
        "<Envelope/>",
        "<Envelope xmlns='http://www.w3.org/2003/05/soap-envelope'/>",
        "<Envelope xmlns='http://www.w3.org/2003/05/soap-envelope'><Body/></Envelope>",
        "<Envelope xmlns='http://schemas.xmlsoap.org/soap/envelope/'><Body/></Envelope>",
        "<e:Envelope xmlns='http://www.w3.org/2003/05/soap-envelope'/>",
        "<?xml version='1.0' encoding='UTF-7'?><a/>",
        "<Envelope xmlns='http://www.w3.org/2003/05/soap-envelope'><?php x?><Header/></Envelope>",
        "<Envelope xmlns='http://www.w3.org/2003/05/soap-envelope'><Header><x:y xmlns:x='urn:x' "
        "xmlns:s='http://www.w3.org/2003/05/soap-envelope' s:mustUnderstand='1'/></Header>"
        "</Envelope>",
        "\xff\xfe<\0a\0/\0>\0",
    };
    g_autoptr(Desk) desk = desk_new(NULL, false);

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        expect_refusal(desk, texts[i], strlen(texts[i]));
    }
    expect_refusal(desk, "a\0b", 3);
}
END_TEST

/* Half a character in UTF-16: libxml2's decoder says so on stderr, whatever its options. */
START_TEST(a_peer_writes_no_output_of_ours)
{
    static const char text[] = "\xff\xfe<\0a\0>\0\0\xd8\0\0<\0";
    g_autoptr(Desk) desk = desk_new(NULL, false);
    FILE *said = tmpfile();
    int before = dup(STDERR_FILENO);

    MUST(said && before >= 0 && dup2(fileno(said), STDERR_FILENO) >= 0);
    expect_refusal(desk, text, sizeof(text) - 1);
    MUST(dup2(before, STDERR_FILENO) >= 0);
    close(before);
    ck_assert_int_eq(lseek(fileno(said), 0, SEEK_END), 0);
    fclose(said);
}
END_TEST

/* No entity has a definition, so none can grow, and nothing outside can be named. */
START_TEST(document_types_are_refused)
{
    static const char *const texts[] = {
        "<!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c "
        "\"&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;\">]>"
        "<Envelope xmlns='http://www.w3.org/2003/05/soap-envelope'><Header>&d;</Header></Envelope>",
        "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><Envelope "
        "xmlns='http://www.w3.org/2003/05/soap-envelope'/>",
        "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><Envelope "
        "xmlns='http://www.w3.org/2003/05/soap-envelope'><Header>&x;</Header></Envelope>",
        "<!DOCTYPE a [<!ENTITY % x SYSTEM \"http://127.0.0.1:1/\"> %x;]><Envelope "
        "xmlns='http://www.w3.org/2003/05/soap-envelope'/>",
    };
    g_autoptr(Desk) desk = desk_new(NULL, false);

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        expect_refusal(desk, texts[i], strlen(texts[i]));
        desk_expect_fault(desk, "d:InvalidRepresentation");
    }
}
END_TEST

START_TEST(size_and_depth_have_bounds)
{
    g_autoptr(Desk) desk = desk_new(NULL, false);
    g_autoptr(GString) deep = g_string_new(NULL);
    g_autoptr(GString) wide = g_string_new(NULL);
    g_autofree char *large = g_strnfill(65537, ' ');

    expect_refusal(desk, large, 65537);
    desk_expect_fault(desk, "e:EncodingLimit");
    for (unsigned int depth = 20; depth < 5000; depth += depth) {
        g_autofree char *body = NULL;

        g_string_truncate(deep, 0);
        for (unsigned int i = 0; i < depth; i++) {
            g_string_append(deep, "<x>");
        }
        for (unsigned int i = 0; i < depth; i++) {
            g_string_append(deep, "</x>");
        }
        desk_get(desk, "AMT_GeneralSettings", NULL);
        body = g_strdup_printf("<Envelope xmlns='http://www.w3.org/2003/05/soap-envelope'><Header>"
                               "%s</Header></Envelope>",
                               deep->str);
        expect_refusal(desk, body, strlen(body));
        MUST((strstr(desk->body, "InvalidRepresentation") != NULL) == (depth > 30));
    }
    g_string_append(wide, "<Envelope xmlns='http://www.w3.org/2003/05/soap-envelope'><Header>");
    for (unsigned int i = 0; i < 5000; i++) {
        g_string_append(wide, "<x/>");
    }
    g_string_append(wide, "</Header></Envelope>");
    expect_refusal(desk, wide->str, wide->len);
    desk_expect_fault(desk, "d:InvalidRepresentation");
}
END_TEST

/* A reference as a key of a reference as a key of ... costs what it is long, and no more. */
START_TEST(references_do_not_nest_for_ever)
{
    g_autoptr(Desk) desk = desk_new(NULL, false);
    g_autofree char *inner = g_strdup("x");

    for (unsigned int i = 0; i < 6; i++) {
        char *more = g_strdup_printf(
            "<a:EndpointReference><a:ReferenceParameters><w:ResourceURI>http://schemas.dmtf.org/"
            "wbem/wscim/1/cim-schema/2/CIM_ElementSettingData</w:ResourceURI><w:SelectorSet>"
            "<w:Selector Name=\"ManagedElement\">%s</w:Selector><w:Selector Name=\"SettingData\">%s"
            "</w:Selector></w:SelectorSet></a:ReferenceParameters></a:EndpointReference>",
            inner, inner);

        g_free(inner);
        inner = more;
    }
    {
        g_autofree char *selectors =
            g_strdup_printf("<w:SelectorSet><w:Selector Name=\"SettingData\">%s</w:Selector>"
                            "</w:SelectorSet>",
                            inner);

        desk_get(desk, "CIM_ElementSettingData", selectors);
        MUST_EQ(desk->status, 400);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("wsman");
    TCase *operations = unit_case(suite, "operations");
    TCase *hostile = unit_case(suite, "hostile");

    tcase_add_test(operations, namespaces_count_and_prefixes_do_not);
    tcase_add_test(operations, identify_needs_no_user);
    tcase_add_test(operations, what_is_not_there);
    tcase_add_test(operations, one_by_one_is_all);
    tcase_add_test(operations, a_context_is_its_owners_and_ends);
    tcase_add_test(hostile, what_is_no_soap_is_a_fault);
    tcase_add_test(hostile, a_peer_writes_no_output_of_ours);
    tcase_add_test(hostile, document_types_are_refused);
    tcase_add_test(hostile, size_and_depth_have_bounds);
    tcase_add_test(hostile, references_do_not_nest_for_ever);
    return unit_run(suite);
}
