/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System Defense: all that a filter and a policy show again, and each thing that is refused. */
#include <string.h>

#include "firmware-sim/amt/amt-defense.h"
#include "tests/unit/unit.h"
#include "tests/unit/wsman-fixture.h"

#define IP               "AMT_IPHeadersFilter"
#define ETHERNET         "AMT_Hdr8021Filter"
#define POLICY           "AMT_SystemDefensePolicy"
#define BOUND            "AMT_NetworkPortSystemDefensePolicy"
#define DEFAULT          "AMT_NetworkPortDefaultSystemDefensePolicy"
#define AGENTS           "AMT_AgentPresenceInterfacePolicy"
#define LONG_32          "thirty-three letters are too many"
#define INVALID          "d:InvalidRepresentation"
#define DENIED           "e:AccessDenied"
#define IS               DESK_IS
#define SELECT(n)        DESK_SELECT("InstanceID", n)
#define RUN(desk, steps) desk_steps(desk, steps, G_N_ELEMENTS(steps), NULL)

#define ACTION  IS("FilterProfile", "0") IS("FilterDirection", "1") IS("ActionEventOnMatch", "true")
#define NAMED   IS("Name", "f") ACTION
#define TCP     IS("HdrProtocolID", "6")
#define V4      IS("HdrIPVersion", "4")
#define MADE(n) "\"InstanceID\">" n "<"
#define REFUSED(class, more)                                   \
    {                                                          \
        class, "Create", NULL, NAMED more, DESK_FAULT, INVALID \
    }

static Desk *remote_desk(void)
{
    Desk *desk = desk_new(NULL, true);

    desk->caller.peer.door = SWME_DOOR_LAN;
    return desk;
}

static const DeskStep filters[] = {
    {IP, "Create", NULL,
     NAMED V4 TCP IS("HdrSrcAddress", "C0000201") IS("HdrSrcAddressEndOfRange", "C0000209")
         IS("HdrDestAddress", "C0000300") IS("HdrDestMask", "FFFFFF00") IS("HdrSrcPortStart", "10")
             IS("HdrSrcPortEnd", "20") IS("HdrDestPortStart", "30") IS("HdrDestPortEnd", "40")
                 IS("TCPFlagsOn", "1") IS("TCPFlagsOn", "3") IS("TCPFlagsOff", "5")
                     IS("FilterProfileData", "7"),
     0, MADE("1")},
    {IP, "Create", NULL,
     NAMED V4 IS("HdrSrcAddress", "C0000200") IS("HdrSrcMask", "FFFFFF00")
         IS("HdrDestAddress", "C0000301") IS("HdrDestAddressEndOfRange", "C0000309"),
     0, MADE("2")},
    {ETHERNET, "Create", NULL, ACTION IS("HdrProtocolID8021", "2054"), 0, MADE("3")},
};

START_TEST(what_filters_show)
{
    static const DeskStep steps[] = {
        {IP, "Get", SELECT("1"), "", 0, ":HdrIPVersion>4<"},
        {IP, "Get", SELECT("1"), "", 0, ":HdrProtocolID>6<"},
        {IP, "Get", SELECT("1"), "", 0, ":HdrSrcAddress>C0000201<"},
        {IP, "Get", SELECT("1"), "", 0, ":HdrSrcAddressEndOfRange>C0000209<"},
        {IP, "Get", SELECT("1"), "", 0, "!:HdrSrcMask>"},
        {IP, "Get", SELECT("1"), "", 0, ":HdrDestAddress>C0000300<"},
        {IP, "Get", SELECT("1"), "", 0, "!:HdrDestAddressEndOfRange>"},
        {IP, "Get", SELECT("1"), "", 0, ":HdrDestMask>FFFFFF00<"},
        {IP, "Get", SELECT("1"), "", 0, ":HdrSrcPortStart>10<"},
        {IP, "Get", SELECT("1"), "", 0, ":HdrSrcPortEnd>20<"},
        {IP, "Get", SELECT("1"), "", 0, ":HdrDestPortStart>30<"},
        {IP, "Get", SELECT("1"), "", 0, ":HdrDestPortEnd>40<"},
        {IP, "Get", SELECT("1"), "", 0, ":TCPFlagsOn>3<"},
        {IP, "Get", SELECT("1"), "", 0, ":TCPFlagsOff>5<"},
        {IP, "Get", SELECT("1"), "", 0, ":FilterProfileData>7<"},
        {IP, "Get", SELECT("2"), "", 0, ":HdrSrcMask>FFFFFF00<"},
        {IP, "Get", SELECT("2"), "", 0, ":HdrDestAddressEndOfRange>C0000309<"},
        {IP, "Get", SELECT("2"), "", 0, "!:TCPFlagsO"},
        {IP, "Get", SELECT("2"), "", 0, "!Port"},
        {IP, "Get", SELECT("3"), "", DESK_FAULT, NULL}, /* of another class */
        {ETHERNET, "Get", SELECT("3"), "", 0, ":HdrProtocolID8021>2054<"},
        {ETHERNET, "Get", SELECT("3"), "", 0, "!:FilterProfileData>"},
        {ETHERNET, "Get", SELECT("1"), "", DESK_FAULT, NULL},
    };
    g_autoptr(Desk) desk = remote_desk();

    RUN(desk, filters);
    RUN(desk, steps);
}
END_TEST

START_TEST(filters_that_cannot_be)
{
    static const DeskStep steps[] = {
        {IP, "Create", NULL, IS("Name", LONG_32) ACTION, DESK_FAULT, INVALID},
        {IP, "Create", NULL, IS("Name", "Caf&#233;") ACTION, DESK_FAULT, INVALID},
        {IP, "Create", NULL, IS("FilterProfile", "0") IS("FilterDirection", "1"), DESK_FAULT,
         INVALID},
        {IP, "Create", NULL, IS("FilterDirection", "1") IS("ActionEventOnMatch", "true"),
         DESK_FAULT, INVALID},
        {IP, "Create", NULL,
         IS("FilterProfile", "0") IS("FilterDirection", "2") IS("ActionEventOnMatch", "true"),
         DESK_FAULT, INVALID},
        REFUSED(IP, TCP IS("TCPFlagsOff", "6")),
        REFUSED(IP, TCP IS("HdrSrcPortStart", "9") IS("HdrSrcPortEnd", "8")),
        REFUSED(IP, IS("HdrProtocolID", "256")),
        REFUSED(IP, V4 IS("HdrSrcAddress", "C0000201") IS("HdrSrcAddressEndOfRange", "C00002")),
        REFUSED(ETHERNET, ""),
        REFUSED(ETHERNET, IS("HdrProtocolID8021", "65536")),
        REFUSED(ETHERNET, IS("HdrProtocolID8021", "2048") IS("HdrVLANID8021", "5")),
        REFUSED(ETHERNET, IS("HdrProtocolID8021", "2048") IS("HdrSrcMACAddr8021", "001122334455")),
    };
    static const DeskStep local[] = {
        {IP, "Create", NULL, NAMED, DESK_FAULT, DENIED},
        {IP, "Delete", SELECT("1"), "", DESK_FAULT, DENIED},
        {ETHERNET, "Create", NULL, ACTION IS("HdrProtocolID8021", "2054"), DESK_FAULT, DENIED},
        {ETHERNET, "Delete", SELECT("3"), "", DESK_FAULT, DENIED},
        {IP, "List", NULL, "", 0, ":InstanceID>1<"},
    };
    g_autoptr(Desk) desk = remote_desk();

    RUN(desk, steps);
    MUST_EQ(amt_state_data(desk->amt)->defense.filter[0].handle, 0);
    RUN(desk, filters);
    desk->caller.peer.door = SWME_DOOR_LOCAL;
    RUN(desk, local);
}
END_TEST

#define COUNTS                                                                                   \
    IS("TxDefaultMatchEvent", "false")                                                           \
    IS("TxDefaultCount", "true") IS("RxDefaultDrop", "false") IS("RxDefaultMatchEvent", "false") \
        IS("RxDefaultCount", "true")
#define DEFAULTS IS("TxDefaultDrop", "false") COUNTS
#define FIRST    IS("PolicyPrecedence", "1")
#define HOLDS(n) IS("FilterCreationHandles", n)
#define PORT                                                          \
    DESK_REFER("Antecedent", DESK_CIM "CIM_EthernetPort", "DeviceID", \
               "Intel(r) AMT Ethernet Port 0")
#define THIS(name, n) DESK_REFER(name, DESK_AMT POLICY, "InstanceID", n)
#define OF(n)         DESK_SELECT_REFER("Dependent", DESK_AMT POLICY, "InstanceID", n)

/* 4: with all filters; 5: with none and no name. */
static const DeskStep policies[] = {
    {POLICY, "Create", NULL,
     DEFAULTS FIRST IS("PolicyName", "P") IS("AntiSpoofingSupport", "2") HOLDS("1") HOLDS("3"), 0,
     MADE("4")},
    {POLICY, "Create", NULL, DEFAULTS IS("PolicyPrecedence", "2"), 0, MADE("5")},
};

START_TEST(policies_that_cannot_be)
{
    static const DeskStep steps[] = {
        {POLICY, "Create", NULL, COUNTS FIRST, DESK_FAULT, INVALID},
        {POLICY, "Create", NULL, DEFAULTS, DESK_FAULT, INVALID},
        {POLICY, "Create", NULL, DEFAULTS IS("PolicyPrecedence", "-1"), DESK_FAULT, INVALID},
        {POLICY, "Create", NULL, DEFAULTS FIRST IS("PolicyName", "seventeen letters"), DESK_FAULT,
         INVALID},
        {POLICY, "Create", NULL, DEFAULTS FIRST IS("PolicyName", "Caf&#233;"), DESK_FAULT, INVALID},
        {POLICY, "Create", NULL, DEFAULTS FIRST IS("AntiSpoofingSupport", "5"), DESK_FAULT,
         INVALID},
        {POLICY, "Create", NULL, DEFAULTS FIRST HOLDS("0"), DESK_FAULT, INVALID},
        {POLICY, "Create", NULL, DEFAULTS FIRST HOLDS("256"), DESK_FAULT, INVALID},
        {POLICY, "Create", NULL, DEFAULTS FIRST HOLDS("99"), DESK_FAULT, INVALID},
        {POLICY, "Create", NULL, DEFAULTS FIRST HOLDS("1") HOLDS("1"), DESK_FAULT, INVALID},
        {POLICY, "Put", SELECT("4"), HOLDS("99"), DESK_FAULT, INVALID},
        {POLICY, "Put", SELECT("4"), IS("AntiSpoofingSupport", "5"), DESK_FAULT, INVALID},
        {POLICY, "Put", SELECT("4"), HOLDS("2") IS("RxDefaultDrop", "true"), 0, NULL},
        {POLICY, "Get", SELECT("4"), "", 0, ":FilterCreationHandles>2<"},
        {POLICY, "Get", SELECT("4"), "", 0, "!:FilterCreationHandles>1<"},
        {POLICY, "Get", SELECT("4"), "", 0, ":RxDefaultDrop>true<"},
        {POLICY, "Get", SELECT("4"), "", 0, ":AntiSpoofingSupport>2<"},
        {POLICY, "Put", SELECT("4"), HOLDS("1") HOLDS("3"), 0, NULL},
        {"AMT_FilterInSystemDefensePolicy", "List", NULL, "", 0, ETHERNET},
        {"AMT_SystemDefensePolicyInService", "List", NULL, "", 0, "AMT_SystemDefenseService"},
        {POLICY, "SetTimeout", SELECT("4"), IS("Timeout", "65536"), 36, NULL},
        {POLICY, "UpdateStatistics", SELECT("4"),
         IS("ResetOnRead", "true") THIS("NetworkInterface", "4"), 36, NULL},
        {POLICY, "UpdateStatistics", SELECT("4"),
         IS("ResetOnRead", "true") THIS("NetworkInterface", "99"), 36, NULL},
    };
    static const DeskStep local[] = {
        {POLICY, "Create", NULL, DEFAULTS FIRST, DESK_FAULT, DENIED},
        {POLICY, "Delete", SELECT("4"), "", DESK_FAULT, DENIED},
    };
    g_autoptr(Desk) desk = remote_desk();
    g_autoptr(GString) many = g_string_new(DEFAULTS FIRST);
    DeskStep more = {POLICY, "Create", NULL, NULL, DESK_FAULT, INVALID};

    RUN(desk, filters);
    RUN(desk, policies);
    RUN(desk, steps);
    for (unsigned int i = 0; i <= AMT_DEFENSE_EACH; i++) {
        g_string_append_printf(many, HOLDS("%u"), i + 1);
    }
    more.input = many->str;
    desk_steps(desk, &more, 1, NULL);
    desk->caller.peer.door = SWME_DOOR_LOCAL;
    RUN(desk, local);
}
END_TEST

START_TEST(what_is_bound)
{
    static const DeskStep steps[] = {
        {BOUND, "Create", NULL, THIS("Dependent", "4"), DESK_FAULT, INVALID},
        {BOUND, "Create", NULL, THIS("Antecedent", "4") THIS("Dependent", "4"), DESK_FAULT,
         INVALID},
        {BOUND, "Create", NULL, PORT, DESK_FAULT, INVALID},
        {BOUND, "Create", NULL, PORT THIS("Dependent", "99"), DESK_FAULT, INVALID},
        {BOUND, "Create", NULL, PORT DESK_REFER("Dependent", DESK_AMT IP, "InstanceID", "1"),
         DESK_FAULT, INVALID},
        {BOUND, "Create", NULL, PORT THIS("Dependent", "4") IS("Enabled", "false"), 0, NULL},
        {BOUND, "Create", NULL, PORT THIS("Dependent", "4"), DESK_FAULT, "e:AlreadyExists"},
        {BOUND, "Get", OF("4"), "", 0, ":Enabled>false<"},
        {BOUND, "Create", NULL, PORT THIS("Dependent", "5") IS("Enabled", "true"), 0, NULL},
        {BOUND, "Get", OF("5"), "", 0, ":Active>true<"},
        {BOUND, "Put", OF("4"), IS("Enabled", "true"), 0, NULL},
        {BOUND, "Get", OF("5"), "", 0, ":Enabled>false<"}, /* one of all */
        {BOUND, "Get", OF("4"), "", 0, ":Active>true<"},
        /* Counted from now on: the time is there. */
        {"AMT_ActiveFilterStatistics", "List", NULL, "", 0, "!:LastResetTime>"},
        {POLICY, "UpdateStatistics", SELECT("4"),
         IS("ResetOnRead", "true") DESK_REFER("NetworkInterface", DESK_CIM "CIM_EthernetPort",
                                              "DeviceID", "Intel(r) AMT Ethernet Port 0"),
         0, NULL},
        {"AMT_ActiveFilterStatistics", "List", NULL, "", 0, ":LastResetTime>"},
        {BOUND, "Delete", OF("5"), "", 0, NULL},

        {DEFAULT, "Create", NULL, PORT THIS("Dependent", "5"), 0, NULL},
        {DEFAULT, "Create", NULL, PORT THIS("Dependent", "5"), DESK_FAULT, "e:AlreadyExists"},
        {DEFAULT, "Create", NULL, PORT THIS("Dependent", "4"), DESK_FAULT, "e:QuotaLimit"},
        {DEFAULT, "Get", OF("5"), "", 0, ":Active>false<"},
        {DEFAULT, "Get", OF("4"), "", DESK_FAULT, NULL},
        {POLICY, "Delete", SELECT("5"), "", DESK_FAULT, DENIED}, /* in use */
        {AGENTS, "Create", NULL, PORT THIS("Dependent", "4"), 0, NULL},
        {AGENTS, "Create", NULL, PORT THIS("Dependent", "5"), DESK_FAULT, "e:QuotaLimit"},
        {AGENTS, "Get", OF("4"), "", 0, ":Enabled>false<"},
        {BOUND, "Delete", OF("4"), "", 0, NULL},
        {POLICY, "Delete", SELECT("4"), "", DESK_FAULT, DENIED}, /* the agents' */
    };
    static const DeskStep local[] = {
        {BOUND, "Create", NULL, PORT THIS("Dependent", "5"), DESK_FAULT, DENIED},
        {BOUND, "Put", OF("4"), IS("Enabled", "false"), DESK_FAULT, NULL},
        {DEFAULT, "Delete", OF("5"), "", DESK_FAULT, DENIED},
        {AGENTS, "Delete", OF("4"), "", DESK_FAULT, DENIED},
    };
    static const DeskStep remote[] = {
        {DEFAULT, "Delete", OF("5"), "", 0, NULL},
        {AGENTS, "Delete", OF("4"), "", 0, NULL},
        {DEFAULT, "List", NULL, "", 0, "<g:Items></g:Items>"},
        {AGENTS, "List", NULL, "", 0, "<g:Items></g:Items>"},
        {POLICY, "Delete", SELECT("5"), "", 0, NULL},
        {BOUND, "Create", NULL, PORT THIS("Dependent", "4"), 0, NULL},
    };
    static const DeskStep last[] = {
        {BOUND, "Put", OF("4"), IS("Enabled", "false"), DESK_FAULT, DENIED},
        {BOUND, "Delete", OF("4"), "", DESK_FAULT, DENIED},
        {BOUND, "Get", OF("4"), "", 0, ":Enabled>true<"},
    };
    g_autoptr(Desk) desk = remote_desk();

    RUN(desk, filters);
    RUN(desk, policies);
    RUN(desk, steps);
    desk->caller.peer.door = SWME_DOOR_LOCAL;
    RUN(desk, local);
    desk->caller.peer.door = SWME_DOOR_LAN;
    RUN(desk, remote);
    desk->caller.peer.door = SWME_DOOR_LOCAL;
    RUN(desk, last);
}
END_TEST

START_TEST(no_more_policies_than_there_are)
{
    static const DeskStep one = {POLICY, "Create", NULL, DEFAULTS FIRST, 0, NULL};
    static const DeskStep more = {POLICY,         "Create",   NULL,
                                  DEFAULTS FIRST, DESK_FAULT, "e:QuotaLimit"};
    g_autoptr(Desk) desk = remote_desk();

    for (unsigned int i = 0; i < AMT_DEFENSE_POLICIES; i++) {
        desk_steps(desk, &one, 1, NULL);
    }
    desk_steps(desk, &more, 1, NULL);
}
END_TEST

/* One number of what a console set, as a damaged NVM would have it. */
START_TEST(what_no_defense_can_be)
{
#define ROW(member, value)                  \
    {                                       \
        offsetof(AmtDefense, member), value \
    }
    static const struct {
        size_t offset;
        uint32_t value;
    } rows[] = {
        ROW(filter[0].handle, 256),
        ROW(filter[0].handle, 2), /* the second's */
        ROW(filter[0].version, 7),
        ROW(filter[0].protocol, 256),
        ROW(filter[0].source_until, 65536),
        ROW(filter[0].destination_until, 65536),
        ROW(filter[0].source_from, 21),
        ROW(filter[0].destination_from, 41),
        ROW(filter[0].flags_on, 64),
        ROW(filter[0].profile, AMT_DEFENSE_PROFILES),
        ROW(filter[0].direction, AMT_DEFENSE_WAYS),
        ROW(filter[2].type, 65536),
        ROW(filter[2].given, AMT_DEFENSE_PROTOCOL),
        ROW(policy[0].handle, 256),
        ROW(policy[0].handle, 2),
        ROW(policy[0].spoofing, AMT_DEFENSE_SPOOFING_MAX + 1),
        ROW(last_handle, 256),
        ROW(default_policy, 1), /* a filter's */
        ROW(agent_policy, 99),
    };
    g_autoptr(Desk) desk = remote_desk();
    AmtDefense good;

    RUN(desk, filters);
    RUN(desk, policies);
    good = amt_state_data(desk->amt)->defense;
    MUST(amt_defense_sane(&good));
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        AmtDefense bad = good;

        memcpy((uint8_t *)&bad + rows[i].offset, &rows[i].value, sizeof(rows[i].value));
        MUST_MSG(!amt_defense_sane(&bad), "row %zu", i);
    }
    good.policy[0].enabled = true; /* where? */
    MUST(!amt_defense_sane(&good));
    good.policy[0].bound = true;
    MUST(amt_defense_sane(&good));
    good.policy[1].bound = good.policy[1].enabled = true;
    MUST(!amt_defense_sane(&good)); /* one of all */
}
END_TEST

/* A handle that was free a moment ago may be known to somebody: all others come first. */
START_TEST(handles_go_round)
{
    static const DeskStep steps[] = {
        {IP, "Create", NULL, NAMED, 0, MADE("255")},
        {IP, "Create", NULL, NAMED, 0, MADE("6")}, /* 1 to 5 are in use */
    };
    g_autoptr(Desk) desk = remote_desk();
    AmtData *data;

    RUN(desk, filters);
    RUN(desk, policies);
    data = amt_data_copy(amt_state_data(desk->amt));
    data->defense.last_handle = 254;
    amt_state_replace(desk->amt, data);
    amt_data_free(data);
    RUN(desk, steps);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("defense-refusals");
    TCase *tcase = unit_case(suite, "refusals");

    tcase_add_test(tcase, what_filters_show);
    tcase_add_test(tcase, filters_that_cannot_be);
    tcase_add_test(tcase, policies_that_cannot_be);
    tcase_add_test(tcase, what_is_bound);
    tcase_add_test(tcase, no_more_policies_than_there_are);
    tcase_add_test(tcase, what_no_defense_can_be);
    tcase_add_test(tcase, handles_go_round);
    return unit_run(suite);
}
