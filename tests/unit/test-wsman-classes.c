/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every class: its table, and how it answers; then what each P0 class is for. */
#include <string.h>

#include "firmware-sim/amt/amt-alarms.h"
#include "tests/unit/unit.h"
#include "tests/unit/wsman-fixture.h"

/* ---- all tables ---- */

START_TEST(tables_are_sound)
{
    for (unsigned int i = 0; wsman_classes[i]; i++) {
        const WsmanClass *class = wsman_classes[i];
        unsigned int keys = 0;
        unsigned int count = 0;

        MUST(g_str_has_prefix(class->name, "AMT_") || g_str_has_prefix(class->name, "CIM_") ||
             g_str_has_prefix(class->name, "IPS_"));
        MUST(wsman_class_find(class->name) == class);
        MUST_MSG(!class->base || (!class->above && !wsman_class_find(class->base)),
                 "%s.base is one of ours, or not alone: what it comes from is .above", class->name);
        MUST(class->read != 0);
        for (const WsmanProperty *p = class->properties; p->name; p++, count++) {
            MUST_MSG(p->get || p->size || p->text || p->type <= WSMAN_U64 ||
                         (p->flags & WSMAN_HIDDEN),
                     "%s.%s has no value", class->name, p->name);
            MUST_MSG(!p->size || p->get ||
                         p->size == (p->type == WSMAN_BOOL   ? sizeof(bool)
                                     : p->type <= WSMAN_U32  ? sizeof(uint32_t)
                                     : p->type == WSMAN_TEXT ? p->size
                                                             : sizeof(int64_t)),
                     "%s.%s is no member of its type", class->name, p->name);
            if (p->flags & WSMAN_WRITE) {
                MUST_MSG(p->set || (p->size && p->type <= WSMAN_TEXT && p->type != WSMAN_U64),
                         "%s.%s cannot be set", class->name, p->name);
                MUST_MSG(class->write != 0, "%s is nobody's to write", class->name);
            }
            MUST_MSG(p->set || !(p->flags & WSMAN_CLEARS), "who clears %s.%s?", class->name,
                     p->name);
            keys += (p->flags & WSMAN_KEY) != 0;
            for (const WsmanProperty *q = class->properties; q != p; q++) {
                MUST_MSG(strcmp(p->name, q->name) != 0, "%s.%s twice", class->name, p->name);
            }
        }
        MUST(keys > 0 && count <= 64);
        for (const WsmanMethod *m = class->methods; m && m->name; m++) {
            MUST(m->func && m->realms && m->invalid);
        }
    }
}
END_TEST

/* Is an instance of it, or of a class that comes from it, in the answer? */
static bool answered_by(const Desk *desk, const WsmanClass *class)
{
    for (unsigned int i = 0; wsman_classes[i]; i++) {
        g_autofree char *element = g_strdup_printf(":%s>", wsman_classes[i]->name);

        if ((wsman_classes[i] == class || wsman_class_is(wsman_classes[i], class->name)) &&
            strstr(desk->body, element)) {
            return true;
        }
    }
    return false;
}

/* Get, Enumerate by object, by reference and by both, on every platform with AMT; desk_send looks
 * at the form of each answer. */
START_TEST(each_class_answers)
{
    for (const SwmePlatform *p = swme_platforms; p->name; p++) {
        g_autoptr(Desk) desk = p->amt ? desk_new(p->name, true) : NULL;

        for (unsigned int i = 0; desk && wsman_classes[i]; i++) {
            const WsmanClass *class = wsman_classes[i];
            bool one = false;

            desk_get(desk, class->name, NULL);
            if (!wsman_class_here(class, desk->amt)) {
                desk_expect_fault(desk, "b:DestinationUnreachable");
                desk_list(desk, class->name, NULL);
                desk_expect_fault(desk, "b:DestinationUnreachable");
                continue;
            }
            one = desk->status == 200;
            if (!one) {
                desk_expect_fault(desk, "b:DestinationUnreachable");
            } else {
                MUST(answered_by(desk, class));
            }
            MUST(!strstr(desk->body, "></") || one || desk->status == 400);
            desk_list(desk, class->name, NULL);
            MUST_EQ(desk->status, 200);
            MUST(one == (strstr(desk->body, "<g:Items></g:Items>") == NULL));
            desk_list(desk, class->name,
                      "<EnumerationMode xmlns=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\">"
                      "EnumerateEPR</EnumerationMode>");
            MUST_EQ(desk->status, 200);
            MUST(!one || strstr(desk->body, "<b:EndpointReference><b:Address>"));
            desk_list(desk, class->name,
                      "<EnumerationMode xmlns=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\">"
                      "EnumerateObjectAndEPR</EnumerationMode>");
            MUST(!one || strstr(desk->body, "<c:Item><"));
        }
    }
}
END_TEST

static void first_reference(const char *items, GString *selectors)
{
    const char *start = strstr(items, "<c:SelectorSet>");
    const char *end = strstr(start, "</c:SelectorSet></b:ReferenceParameters></b:EndpointReference>"
                                    "</g:Items>");

    /* The last one's end when there are several: take the first whole one then. */
    if (!end || strstr(start + 1, "</b:EndpointReference><b:EndpointReference>")) {
        end = strstr(start, "</c:SelectorSet></b:ReferenceParameters></b:EndpointReference>"
                            "<b:EndpointReference>");
    }
    MUST(end != NULL);
    g_string_append(selectors, "<c:SelectorSet xmlns:c=\"http://schemas.dmtf.org/wbem/wsman/1/"
                               "wsman.xsd\" xmlns:b=\"http://schemas.xmlsoap.org/ws/2004/08/"
                               "addressing\">");
    g_string_append_len(selectors, start + strlen("<c:SelectorSet>"),
                        end - start - (gssize)strlen("<c:SelectorSet>"));
    g_string_append(selectors, "</c:SelectorSet>");
}

/* What an enumeration names can be got by that name, associations too. */
START_TEST(each_reference_leads_back)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);

    for (unsigned int i = 0; wsman_classes[i]; i++) {
        g_autoptr(GString) selectors = g_string_new(NULL);

        if (!wsman_class_here(wsman_classes[i], desk->amt)) {
            continue;
        }
        desk_list(desk, wsman_classes[i]->name,
                  "<EnumerationMode xmlns=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\">"
                  "EnumerateEPR</EnumerationMode>");
        if (!strstr(desk->body, "<g:Items></g:Items>")) {
            first_reference(desk->body, selectors);
            desk_get(desk, wsman_classes[i]->name, selectors->str);
            MUST_MSG(desk->status == 200, "%s: %s", selectors->str, desk->body);
        }
        desk_get(desk, wsman_classes[i]->name, DESK_SELECT("NoSuchKey", "1"));
        desk_expect_fault(desk, "e:InvalidSelectors");
    }
}
END_TEST

/* A Put of what a Get gave changes nothing, and is an answer with the same instance. */
START_TEST(what_was_read_can_be_written)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);

    for (unsigned int i = 0; wsman_classes[i]; i++) {
        const WsmanClass *class = wsman_classes[i];
        g_autofree char *open = g_strdup_printf("<g:%s>", class->name);
        g_autofree char *close = g_strdup_printf("</g:%s>", class->name);
        g_autoptr(AmtData) before = amt_data_copy(amt_state_data(desk->amt));
        g_autofree char *properties = NULL;
        g_autofree char *first = NULL;
        const char *at;
        bool writable = class->put != NULL;

        for (const WsmanProperty *p = class->properties; p->name; p++) {
            writable |= (p->flags & WSMAN_WRITE) != 0;
        }
        desk_get(desk, class->name, NULL);
        if (!writable || desk->status != 200) {
            continue;
        }
        first = g_strdup(desk->body);
        at = strstr(first, open) + strlen(open);
        properties = g_strndup(at, (gsize)(strstr(at, close) - at));
        {
            g_autofree char *body = g_strdup_printf("<g:%s xmlns:g=\"%s%s\">%s</g:%s>", class->name,
                                                    wsman_class_prefix(class->name), class->name,
                                                    properties, class->name);

            desk_ask(desk, "http://schemas.xmlsoap.org/ws/2004/09/transfer/Put", class->name, NULL,
                     body);
        }
        /* DHCP's addresses are the exception that the SDK makes, and there are none here. */
        MUST_MSG(desk->status == 200, "%s: %s", class->name, desk->body);
        MUST_MSG(strstr(desk->body, properties) != NULL, "%s", desk->body);
        amt_data_set(before, offsetof(AmtData, audit), sizeof(before->audit),
                     &amt_state_data(desk->amt)->audit); /* it was done, and that is noted */
        MUST(amt_data_equal(before, amt_state_data(desk->amt)));
    }
}
END_TEST

/* Whoever has no realm of a class's is refused, whatever the operation. */
START_TEST(realms_are_asked_for)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);

    desk->caller = (WsmanCaller){.user = "joe", .realms = 0};
    desk->caller.peer.door = SWME_DOOR_LOCAL;
    for (unsigned int i = 0; wsman_classes[i]; i++) {
        const WsmanClass *class = wsman_classes[i];

        if (!wsman_class_here(class, desk->amt)) {
            continue;
        }
        if (class->read != WSMAN_REALM_ANY) {
            desk_get(desk, class->name, NULL);
            desk_expect_fault(desk, "e:AccessDenied");
            desk_list(desk, class->name, NULL);
            desk_expect_fault(desk, "e:AccessDenied");
        }
        desk_put(desk, class->name, NULL, "");
        MUST_EQ(desk->status, 400);
        MUST(strstr(desk->body, "e:AccessDenied") || strstr(desk->body, "b:ActionNotSupported"));
        for (const WsmanMethod *m = class->methods; m && m->name; m++) {
            if (m->realms != WSMAN_REALM_ANY) {
                MUST_EQ(desk_call(desk, class->name, m->name, NULL, NULL), -1);
                desk_expect_fault(desk, "e:AccessDenied");
                /* And with it, not. */
                desk->caller.realms = (uint32_t)m->realms;
                if (!m->in || (m->in[0].flags & WSMAN_OPTIONAL) == 0) {
                    desk_call(desk, class->name, m->name, NULL, m->in ? NULL : "");
                    if (m->in && desk->status == 200) {
                        g_autofree char *value = desk_value(desk, "ReturnValue");

                        MUST_EQ(atoi(value), m->invalid);
                    }
                    MUST(!strstr(desk->body, "e:AccessDenied"));
                }
                desk->caller.realms = 0;
            }
        }
    }
}
END_TEST

START_TEST(set_up_is_local)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);

    desk->caller.peer.door = SWME_DOOR_LAN;
    MUST_EQ(desk_call(desk, "IPS_HostBasedSetupService", "Setup", NULL,
                      "<r:NetAdminPassEncryptionType>2</r:NetAdminPassEncryptionType>"
                      "<r:NetworkAdminPassword>00112233445566778899aabbccddeeff"
                      "</r:NetworkAdminPassword>"),
            -1);
    desk_expect_fault(desk, "e:AccessDenied");
    MUST(!amt_state_is_set_up(desk->amt));
}
END_TEST

/* ---- one by one ---- */

START_TEST(general_settings)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);
    char realm[AMT_REALM_SIZE];

    amt_state_realm(desk->amt, realm);
    desk_get(desk, "AMT_GeneralSettings", NULL);
    desk_expect(desk, "DigestRealm", realm);
    desk_expect(desk, "IdleWakeTimeout", "1");
    desk_put(desk, "AMT_GeneralSettings", NULL,
             "<r:HostName>box</r:HostName><r:DomainName>lab.test</r:DomainName>"
             "<r:DigestRealm>mine</r:DigestRealm><r:IdleWakeTimeout>65535</r:IdleWakeTimeout>");
    MUST_EQ(desk->status, 200);
    ck_assert_str_eq(amt_state_data(desk->amt)->host.name, "box");
    desk_expect(desk, "DigestRealm", realm);
    desk_expect(desk, "PingResponseEnabled", "true"); /* not in the Put: stays */
    /* Nothing of a Put that is wrong somewhere. */
    desk_put(desk, "AMT_GeneralSettings", NULL,
             "<r:HostName>other</r:HostName><r:IdleWakeTimeout>65536</r:IdleWakeTimeout>");
    desk_expect_fault(desk, "d:InvalidRepresentation");
    ck_assert_str_eq(amt_state_data(desk->amt)->host.name, "box");
}
END_TEST

START_TEST(software_identity)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);

    desk_list(desk, "CIM_SoftwareIdentity", NULL);
    MUST(strstr(desk->body, "<h:InstanceID>AMT FW Core Version</h:InstanceID>"));
    desk_get(desk, "CIM_SoftwareIdentity", DESK_SELECT("InstanceID", "VendorID"));
    desk_expect(desk, "VersionString", "8086");
}
END_TEST

START_TEST(the_clock_can_be_set)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);

    MUST_EQ(
        desk_call(desk, "AMT_TimeSynchronizationService", "GetLowAccuracyTimeSynch", NULL, NULL),
        0);
    desk_expect(desk, "Ta0", "1600000000");
    MUST_EQ(desk_call(desk, "AMT_TimeSynchronizationService", "SetHighAccuracyTimeSynch", NULL,
                      "<r:Ta0>1600000000</r:Ta0><r:Tm1>1600000100</r:Tm1><r:Tm2>1600000100"
                      "</r:Tm2>"),
            0);
    MUST_EQ(amt_state_time(desk->amt), 1600000100);
    MUST_EQ(desk_call(desk, "AMT_TimeSynchronizationService", "SetHighAccuracyTimeSynch", NULL,
                      "<r:Ta0>4294967295</r:Ta0><r:Tm1>0</r:Tm1><r:Tm2>0</r:Tm2>"),
            36);
    MUST_EQ(desk_call(desk, "AMT_TimeSynchronizationService", "SetHighAccuracyTimeSynch", NULL,
                      "<r:Ta0>1600000000</r:Ta0>"),
            36);
}
END_TEST

START_TEST(accounts_come_and_go)
{
    static const char joe[] = "<r:DigestUsername>joe</r:DigestUsername><r:DigestPassword>"
                              "AAECAwQFBgcICQoLDA0ODw==</r:DigestPassword><r:AccessPermission>2"
                              "</r:AccessPermission><r:Realms>2</r:Realms><r:Realms>5</r:Realms>";
    g_autoptr(Desk) desk = desk_new(NULL, true);
    const AmtAccounts *accounts = &amt_state_data(desk->amt)->accounts;
    const char *service = "AMT_AuthorizationService";

    MUST_EQ(desk_call(desk, service, "AddUserAclEntryEx", NULL, joe), 0);
    desk_expect(desk, "Handle", "1");
    ck_assert_str_eq(accounts->account[1].name, "joe");
    MUST_EQ(accounts->account[1].realms, 1 << 2 | 1 << 5);
    MUST_EQ(accounts->account[1].digest[15], 15);
    MUST_EQ(desk_call(desk, service, "AddUserAclEntryEx", NULL, joe), 2058);
    MUST_EQ(
        desk_call(desk, service, "EnumerateUserAclEntries", NULL, "<r:StartIndex>1</r:StartIndex>"),
        0);
    desk_expect(desk, "TotalCount", "1");
    desk_expect(desk, "Handles", "1");
    MUST_EQ(desk_call(desk, service, "GetUserAclEntryEx", NULL, "<r:Handle>1</r:Handle>"), 0);
    desk_expect(desk, "DigestUsername", "joe");
    MUST(!strstr(desk->body, "DigestPassword"));
    MUST_EQ(desk_call(desk, service, "GetUserAclEntryEx", NULL, "<r:Handle>0</r:Handle>"), 2053);
    MUST_EQ(desk_call(desk, service, "SetAclEnabledState", NULL,
                      "<r:Handle>1</r:Handle><r:Enabled>false</r:Enabled>"),
            0);
    MUST(!accounts->account[1].enabled);
    MUST_EQ(desk_call(desk, service, "UpdateUserAclEntryEx", NULL,
                      "<r:Handle>1</r:Handle><r:AccessPermission>0</r:AccessPermission>"
                      "<r:Realms>24</r:Realms>"),
            2055);
    MUST_EQ(accounts->account[1].realms, 1 << 2 | 1 << 5); /* undone */
    MUST_EQ(desk_call(desk, service, "RemoveUserAclEntry", NULL, "<r:Handle>1</r:Handle>"), 0);
    MUST_EQ(accounts->account[1].name[0], 0);
    MUST_EQ(
        desk_call(desk, service, "SetAdminAclEntryEx", NULL,
                  "<r:Username>admin</r:Username><r:DigestPassword>AAECAw==</r:DigestPassword>"),
        2054);
    MUST_EQ(desk_call(desk, service, "GetAdminAclEntryStatus", NULL, NULL), 0);
    desk_expect(desk, "IsDefault", "true");
}
END_TEST

START_TEST(ethernet_port)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);
    const char *class = "AMT_EthernetPortSettings";

    desk_get(desk, class, NULL);
    desk_expect(desk, "IPAddress", NULL); /* not known: not there */
    desk_expect(desk, "DHCPEnabled", "true");
    desk_put(desk, class, DESK_SELECT("InstanceID", "Intel(r) AMT Ethernet Port Settings 0"),
             "<r:DHCPEnabled>true</r:DHCPEnabled><r:IPAddress>192.0.2.9</r:IPAddress>");
    desk_expect_fault(desk, "d:InvalidRepresentation");
    desk_put(desk, class, NULL, "<r:DHCPEnabled>false</r:DHCPEnabled>");
    desk_expect_fault(desk, "d:InvalidRepresentation");
    desk_put(desk, class, NULL,
             "<r:InstanceID>Intel(r) AMT Ethernet Port Settings 0</r:InstanceID>"
             "<r:DHCPEnabled>false</r:DHCPEnabled><r:IPAddress>192.0.2.9</r:IPAddress>"
             "<r:SubnetMask>255.255.255.0</r:SubnetMask><r:LinkPolicy>1</r:LinkPolicy>");
    MUST_EQ(desk->status, 200);
    desk_expect(desk, "IPAddress", "192.0.2.9");
    MUST_EQ(amt_state_data(desk->amt)->network.lan[0].address, 0xc0000209);
    MUST_EQ(amt_state_data(desk->amt)->network.lan[0].link_policy, AMT_LINK_S0_AC);
    desk_put(desk, class, NULL, "<r:SubnetMask>255.0.255.0</r:SubnetMask>");
    desk_expect_fault(desk, "d:InvalidRepresentation");
}
END_TEST

START_TEST(the_event_log_is_read_to_its_end)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);
    const char *log = "AMT_MessageLog";
    unsigned int pages = 0;
    g_autofree char *at = g_strdup("1");

    MUST_EQ(desk_call(desk, log, "PositionToFirstRecord", NULL, ""), 2); /* there is none */
    MUST_EQ(desk_call(desk, log, "GetRecords", NULL,
                      "<r:IterationIdentifier>1</r:IterationIdentifier>"
                      "<r:MaxReadRecords>390</r:MaxReadRecords>"),
            0);
    desk_expect(desk, "NoMoreRecords", "true");
    for (unsigned int i = 0; i < 500; i++) {
        amt_event_raise_kind(desk->amt, AMT_EVENT_RESET);
    }
    MUST_EQ(desk_call(desk, log, "PositionToFirstRecord", NULL, ""), 0);
    for (bool more = true; more; pages++) {
        g_autofree char *parameters =
            g_strdup_printf("<r:IterationIdentifier>%s</r:IterationIdentifier>"
                            "<r:MaxReadRecords>100</r:MaxReadRecords>",
                            at);
        g_autofree char *last = NULL;

        MUST_EQ(desk_call(desk, log, "GetRecords", NULL, parameters), 0);
        last = desk_value(desk, "NoMoreRecords");
        more = g_str_equal(last, "false");
        g_free(at);
        at = desk_value(desk, "IterationIdentifier");
    }
    MUST_EQ(pages, 4);
    ck_assert_str_eq(at, "391");
    /* 1600000000 little-endian, FF 1D 6F 01 68 ... */
    desk_expect(desk, "RecordArray", "ABBeX/8dbwFoAf8iAAAAAAAAAAAA");
    MUST_EQ(desk_call(desk, log, "PositionAtRecord", NULL,
                      "<r:IterationIdentifier>1</r:IterationIdentifier><r:MoveAbsolute>false"
                      "</r:MoveAbsolute><r:RecordNumber>389</r:RecordNumber>"),
            0);
    desk_expect(desk, "RecordNumber", "390");
    MUST_EQ(desk_call(desk, log, "GetRecord", NULL,
                      "<r:IterationIdentifier>390</r:IterationIdentifier>"
                      "<r:PositionToNext>true</r:PositionToNext>"),
            0);
    desk_expect(desk, "RecordNumber", "390");
    MUST_EQ(desk_call(desk, log, "PositionAtRecord", NULL,
                      "<r:IterationIdentifier>1</r:IterationIdentifier><r:MoveAbsolute>true"
                      "</r:MoveAbsolute><r:RecordNumber>391</r:RecordNumber>"),
            3);
    MUST_EQ(desk_call(desk, log, "CancelIteration", NULL,
                      "<r:IterationIdentifier>390</r:IterationIdentifier>"),
            0);
    MUST_EQ(
        desk_call(desk, log, "RequestStateChange", NULL, "<r:RequestedState>3</r:RequestedState>"),
        1);
    MUST_EQ(desk_call(desk, log, "FreezeLog", NULL, "<r:Freeze>true</r:Freeze>"), 0);
    MUST_EQ(desk_call(desk, log, "ClearLog", NULL, ""), 2059);
    MUST_EQ(desk_call(desk, log, "FreezeLog", NULL, "<r:Freeze>false</r:Freeze>"), 0);
    MUST_EQ(desk_call(desk, log, "ClearLog", NULL, ""), 0);
    desk_get(desk, log, NULL);
    desk_expect(desk, "CurrentNumberOfRecords", "0");
}
END_TEST

static char *alarm_of(const char *id, const char *time, const char *interval, bool once)
{
    return g_strdup_printf("<r:AlarmTemplate><s:InstanceID xmlns:s=\"x\">%s</s:InstanceID>"
                           "<s:ElementName xmlns:s=\"x\">Wake %s</s:ElementName>"
                           "<s:StartTime xmlns:s=\"x\"><p:Datetime xmlns:p=\"y\">%s</p:Datetime>"
                           "</s:StartTime><s:Interval xmlns:s=\"x\"><p:Interval xmlns:p=\"y\">%s"
                           "</p:Interval></s:Interval><s:DeleteOnCompletion xmlns:s=\"x\">%s"
                           "</s:DeleteOnCompletion></r:AlarmTemplate>",
                           id, id, time, interval, once ? "true" : "false");
}

static int add_alarm(Desk *desk, const char *id, const char *time, const char *interval, bool once)
{
    g_autofree char *input = alarm_of(id, time, interval, once);

    return desk_call(desk, "AMT_AlarmClockService", "AddAlarm", NULL, input);
}

/* 1600000000 is 2020-09-13T12:26:40Z. */
START_TEST(alarms_switch_the_host_on)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);
    SwmeMachine machine;
    AmtAlarmClock *alarms;

    machine = desk_machine(desk);
    alarms = amt_alarm_clock_new(desk->amt, swme_manual_clock(desk->clock), &machine);
    desk->power = SWME_HOST_S5;
    MUST_EQ(add_alarm(desk, "one", "2020-09-13T12:27:40Z", "PT0S", true), 0);
    MUST(strstr(desk->body, "<c:Selector Name=\"InstanceID\">one</c:Selector>"));
    MUST_EQ(add_alarm(desk, "again", "2020-09-13T12:28:40Z", "P1DT1H", false), 0);
    MUST_EQ(add_alarm(desk, "one", "2020-09-14T00:00:00Z", "PT0S", true), -1);
    desk_expect_fault(desk, "d:InvalidRepresentation");
    desk_get(desk, "AMT_AlarmClockService", NULL);
    desk_expect(desk, "Datetime", "2020-09-13T12:27:40Z");
    swme_manual_clock_advance(desk->clock, 59 * SWME_NS_PER_S);
    MUST_EQ(desk->acted, 0);
    swme_manual_clock_advance(desk->clock, SWME_NS_PER_S);
    MUST_EQ(desk->acted, 1);
    MUST_EQ(desk->last, SWME_POWER_ON);
    desk_list(desk, "IPS_AlarmClockOccurrence", NULL);
    MUST(!strstr(desk->body, ">one<") && strstr(desk->body, ">Wake again<"));
    desk->power = SWME_HOST_S0;
    swme_manual_clock_advance(desk->clock, 60 * SWME_NS_PER_S);
    MUST_EQ(desk->acted, 1); /* it is on */
    desk_get(desk, "AMT_AlarmClockService", NULL);
    desk_expect(desk, "Datetime", "2020-09-14T13:28:40Z");
    desk_expect(desk, "Interval", "P1DT1H0M0S");
    /* Setting the clock brings it nearer. */
    desk->power = SWME_HOST_S3;
    MUST_EQ(desk_call(desk, "AMT_TimeSynchronizationService", "SetHighAccuracyTimeSynch", NULL,
                      "<r:Ta0>0</r:Ta0><r:Tm1>90000</r:Tm1><r:Tm2>90000</r:Tm2>"),
            0);
    swme_manual_clock_advance(desk->clock, SWME_NS_PER_S);
    swme_manual_clock_advance(desk->clock, 2 * SWME_NS_PER_S);
    desk_ask(desk, "http://schemas.xmlsoap.org/ws/2004/09/transfer/Delete",
             "IPS_AlarmClockOccurrence", DESK_SELECT("InstanceID", "again"), NULL);
    MUST_EQ(desk->status, 200);
    MUST(!amt_alarm_next(desk->amt));
    for (unsigned int i = 0; i < AMT_ALARMS; i++) {
        g_autofree char *id = g_strdup_printf("a%u", i);

        MUST_EQ(add_alarm(desk, id, "2030-01-01T00:00:00Z", "PT0S", true), 0);
    }
    MUST_EQ(add_alarm(desk, "more", "2030-01-01T00:00:00Z", "PT0S", true), -1);
    desk_expect_fault(desk, "e:QuotaLimit");
    MUST_EQ(add_alarm(desk, "bad", "tomorrow", "PT0S", true), -1);
    desk_expect_fault(desk, "d:InvalidRepresentation");
    MUST_EQ(add_alarm(desk, "bad", "2030-01-01T00:00:00Z", "P1X", true), -1);
    amt_alarm_clock_free(alarms);
}
END_TEST

START_TEST(where_amt_is_at_home)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);
    const char *class = "AMT_EnvironmentDetectionSettingData";

    desk_put(desk, class, NULL,
             "<r:DetectionStrings>a.test</r:DetectionStrings><r:DetectionStrings>b.test"
             "</r:DetectionStrings>");
    MUST_EQ(desk->status, 200);
    ck_assert_str_eq(amt_state_data(desk->amt)->network.inside_suffix[1], "b.test");
    desk_put(desk, class, NULL, ""); /* the array is gone: it is empty */
    MUST_EQ(amt_state_data(desk->amt)->network.inside_suffix[0][0], 0);
    desk_get(desk, "CIM_ComputerSystemPackage", NULL);
    desk_expect(desk, "PlatformGUID", "0102030405060708090A0B0C0D0E0F10");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("wsman-classes");
    TCase *all = unit_case(suite, "all");
    TCase *each = unit_case(suite, "each");

    tcase_add_test(all, tables_are_sound);
    tcase_add_test(all, each_class_answers);
    tcase_add_test(all, each_reference_leads_back);
    tcase_add_test(all, what_was_read_can_be_written);
    tcase_add_test(all, realms_are_asked_for);
    tcase_add_test(all, set_up_is_local);
    tcase_add_test(each, general_settings);
    tcase_add_test(each, software_identity);
    tcase_add_test(each, the_clock_can_be_set);
    tcase_add_test(each, accounts_come_and_go);
    tcase_add_test(each, ethernet_port);
    tcase_add_test(each, the_event_log_is_read_to_its_end);
    tcase_add_test(each, alarms_switch_the_host_on);
    tcase_add_test(each, where_amt_is_at_home);
    return unit_run(suite);
}
