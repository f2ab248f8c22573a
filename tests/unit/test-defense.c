/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System Defense: what a console may set up, which policy is in force, what passes, what is told.
 */
#include <string.h>

#include "firmware-sim/net/lan/lan-packet.h"
#include "tests/unit/unit.h"
#include "tests/unit/wsman-fixture.h"

#define AMT      "http://intel.com/wbem/wscim/1/amt-schema/1/"
#define TRANSFER "http://schemas.xmlsoap.org/ws/2004/09/transfer/"
#define IP       "AMT_IPHeadersFilter"
#define ETHERNET "AMT_Hdr8021Filter"
#define POLICY   "AMT_SystemDefensePolicy"
#define PORT     "AMT_NetworkPortSystemDefensePolicy"
#define DEFAULT  "AMT_NetworkPortDefaultSystemDefensePolicy"
#define AGENTS   "AMT_AgentPresenceInterfacePolicy"
#define SENT     AMT_DEFENSE_SENT
#define RECEIVED AMT_DEFENSE_RECEIVED
#define SYN      0x02

static Desk *remote_desk(void)
{
    Desk *desk = desk_new(NULL, true);

    desk->caller.peer.door = SWME_DOOR_LAN;
    return desk;
}

static unsigned int create(Desk *desk, const char *class, const char *properties)
{
    g_autofree char *body =
        g_strdup_printf("<g:%s xmlns:g=\"" AMT "%s\">%s</g:%s>", class, class, properties, class);

    desk_ask(desk, TRANSFER "Create", class, NULL, body);
    return desk->status;
}

/* The handle of what was just created. */
static unsigned int handle(const Desk *desk)
{
    const char *at = strstr(desk->body, "\"InstanceID\"");

    MUST(at);
    at = strchr(at, '>');
    MUST(at);
    return (unsigned int)g_ascii_strtoull(at + 1, NULL, 10);
}

static unsigned int ip_filter(Desk *desk, const char *match, unsigned int profile,
                              unsigned int direction)
{
    g_autofree char *properties =
        g_strdup_printf("<g:Name>f</g:Name>%s<g:FilterProfile>%u</g:FilterProfile>"
                        "<g:FilterDirection>%u</g:FilterDirection>"
                        "<g:ActionEventOnMatch>true</g:ActionEventOnMatch>"
                        "<g:FilterProfileData>3</g:FilterProfileData>",
                        match, profile, direction);

    MUST_EQ(create(desk, IP, properties), 200);
    return handle(desk);
}

/* defaults: "true" drops what no filter matches. Up to two filters. */
static unsigned int make_policy(Desk *desk, unsigned int precedence, const char *drop,
                                unsigned int one, unsigned int two)
{
    g_autoptr(GString) properties = g_string_new("<g:InstanceID>x</g:InstanceID>"
                                                 "<g:PolicyName>P</g:PolicyName>");
    unsigned int filters[] = {one, two};

    g_string_append_printf(properties,
                           "<g:PolicyPrecedence>%u</g:PolicyPrecedence>"
                           "<g:TxDefaultDrop>%s</g:TxDefaultDrop>"
                           "<g:TxDefaultMatchEvent>false</g:TxDefaultMatchEvent>"
                           "<g:TxDefaultCount>true</g:TxDefaultCount>"
                           "<g:RxDefaultDrop>%s</g:RxDefaultDrop>"
                           "<g:RxDefaultMatchEvent>false</g:RxDefaultMatchEvent>"
                           "<g:RxDefaultCount>true</g:RxDefaultCount>",
                           precedence, drop, drop);
    for (size_t i = 0; i < 2 && filters[i]; i++) {
        g_string_append_printf(properties, "<g:FilterCreationHandles>%u</g:FilterCreationHandles>",
                               filters[i]);
    }
    MUST_EQ(create(desk, POLICY, properties->str), 200);
    return handle(desk);
}

/* What an element of that name refers to. */
static char *refer(const char *name, const char *class, const char *key, const char *value)
{
    g_autofree char *reference = desk_reference(class, key, value);

    return g_strdup_printf("<g:%s>%s</g:%s>", name, reference, name);
}

static char *port_and_policy(unsigned int policy)
{
    g_autofree char *number = g_strdup_printf("%u", policy);
    g_autofree char *port =
        refer("Antecedent", "CIM_EthernetPort", "DeviceID", "Intel(r) AMT Ethernet Port 0");
    g_autofree char *of = refer("Dependent", POLICY, "InstanceID", number);

    return g_strconcat(port, of, NULL);
}

static unsigned int bind(Desk *desk, const char *class, unsigned int policy)
{
    g_autofree char *properties = port_and_policy(policy);

    return create(desk, class, properties);
}

/* ---- frames ---- */

static uint8_t frame[100];

static size_t tcp4(uint32_t source, uint32_t destination, uint16_t from, uint16_t to, uint8_t flags)
{
    uint8_t *ip = frame + ETH_SIZE;
    uint8_t *tcp = ip + IP_SIZE;

    memset(frame, 0, sizeof(frame));
    lan_put16(frame + ETH_OFF_TYPE, ETH_TYPE_IPV4);
    ip[0] = 0x45;
    ip[IP_OFF_PROTOCOL] = IP_TCP;
    lan_put32(ip + IP_OFF_SOURCE, source);
    lan_put32(ip + IP_OFF_DESTINATION, destination);
    lan_put16(tcp, from);
    lan_put16(tcp + 2, to);
    tcp[TCP_OFF_FLAGS] = flags;
    return ETH_SIZE + IP_SIZE + TCP_SIZE;
}

static bool passes(Desk *desk, unsigned int way, size_t size)
{
    g_autofree uint8_t *exact = g_memdup2(frame, size);

    return amt_breaker_pass(desk->breaker, way, exact, size);
}

static bool passes_to(Desk *desk, unsigned int way, uint16_t port)
{
    return passes(desk, way, tcp4(0xc0000207, 0xc0000202, 40000, port, SYN));
}

static AmtBreakerCounter counter(const Desk *desk, unsigned int index)
{
    AmtBreakerCounter counter;

    MUST(amt_breaker_counter(desk->breaker, index, &counter));
    return counter;
}

#define PROTOCOL_TCP "<g:HdrProtocolID>6</g:HdrProtocolID>"
#define PORT_80                                                \
    PROTOCOL_TCP "<g:HdrDestPortStart>80</g:HdrDestPortStart>" \
                 "<g:HdrDestPortEnd>80</g:HdrDestPortEnd>"

/* ---- tests ---- */

START_TEST(a_policy_drops_and_passes)
{
    g_autoptr(Desk) desk = remote_desk();
    unsigned int filter = ip_filter(desk, PORT_80, AMT_DEFENSE_DROP_COUNT, RECEIVED);
    unsigned int of = make_policy(desk, 1, "false", filter, 0);
    AmtEvent event;

    MUST(passes_to(desk, RECEIVED, 80)); /* nothing is in force */
    MUST(!amt_defense_on(amt_state_data(desk->amt)));
    MUST_EQ(bind(desk, PORT, of), 200);
    MUST(amt_defense_on(amt_state_data(desk->amt)));
    MUST_EQ(amt_breaker_active(desk->breaker), of);
    for (unsigned int i = 0; i < 3; i++) {
        MUST(!passes_to(desk, RECEIVED, 80));
        MUST(passes_to(desk, RECEIVED, 81));
        MUST(passes_to(desk, SENT, 80));
    }
    MUST_EQ(amt_log_count(desk->amt), 1); /* told once */
    MUST(amt_log_get(desk->amt, 1, &event));
    MUST(event.sensor_type == 0x24 && event.data[0] == 0xaa && event.data[4] == filter);

    MUST_EQ(counter(desk, 0).count, 0); /* as of the last update */
    amt_breaker_update(desk->breaker, false);
    MUST_EQ(counter(desk, 0).count, 3);
    MUST(counter(desk, 0).matched);
    MUST_EQ(counter(desk, AMT_DEFENSE_EACH + RECEIVED).count, 3);
    MUST_EQ(counter(desk, AMT_DEFENSE_EACH + SENT).count, 3);
    MUST(!amt_breaker_counter(desk->breaker, 1, &(AmtBreakerCounter){0}));
    MUST(!passes_to(desk, RECEIVED, 80));
    MUST_EQ(amt_log_count(desk->amt), 2); /* may be told anew */
    amt_breaker_update(desk->breaker, true);
    MUST_EQ(counter(desk, 0).count, 4);
    amt_breaker_update(desk->breaker, true);
    MUST_EQ(counter(desk, 0).count, 0);
    MUST(!counter(desk, 0).matched);
}
END_TEST

START_TEST(statistics_over_the_wire)
{
    g_autoptr(Desk) desk = remote_desk();
    unsigned int filter = ip_filter(desk, PORT_80, AMT_DEFENSE_PASS_COUNT, RECEIVED);
    unsigned int of = make_policy(desk, 1, "false", filter, 0);
    g_autofree char *this = g_strdup_printf(DESK_SELECT("InstanceID", "%u"), of);
    g_autofree char *port =
        desk_reference("CIM_EthernetPort", "DeviceID", "Intel(r) AMT Ethernet Port 0");
    g_autofree char *in = g_strdup_printf("<r:NetworkInterface>%s</r:NetworkInterface>"
                                          "<r:ResetOnRead>false</r:ResetOnRead>",
                                          port);

    MUST_EQ(desk_call(desk, POLICY, "UpdateStatistics", this, in), 2068); /* not in force */
    MUST_EQ(bind(desk, PORT, of), 200);
    passes_to(desk, RECEIVED, 80);
    passes_to(desk, RECEIVED, 80);
    MUST_EQ(desk_call(desk, POLICY, "UpdateStatistics", this, in), 0);
    desk_list(desk, "AMT_ActiveFilterStatistics", NULL);
    desk_expect(desk, "ReadCount", "2");
    desk_expect(desk, "FilterMatched", "true");
    MUST(strstr(desk->body, "AMT_FilterInSystemDefensePolicy"));
    desk_list(desk, "AMT_FilterInSystemDefensePolicy", NULL);
    MUST(strstr(desk->body, IP) && strstr(desk->body, "AMT_NetworkFilter"));
    desk_list(desk, PORT, NULL);
    desk_expect(desk, "Active", "true");
    MUST_EQ(desk_call(desk, POLICY, "SetTimeout", this, "<r:Timeout>5</r:Timeout>"), 0);
    MUST_EQ(desk_call(desk, POLICY, "GetTimeout", this, NULL), 0);
    desk_expect(desk, "Timeout", "5");
}
END_TEST

typedef struct Match {
    const char *match;
    uint32_t source;
    uint16_t from, to;
    uint8_t flags;
    bool matched;
} Match;

/* Each drops what it matches. */
START_TEST(what_filters_match)
{
    static const Match rows[] = {
        {"", 1, 1, 1, 0, true}, /* any IP */
        {"<g:HdrIPVersion>4</g:HdrIPVersion>", 1, 1, 1, 0, true},
        {"<g:HdrIPVersion>6</g:HdrIPVersion>", 1, 1, 1, 0, false},
        {PROTOCOL_TCP, 1, 1, 1, 0, true},
        {"<g:HdrProtocolID>17</g:HdrProtocolID>", 1, 1, 1, 0, false},
        {PORT_80, 1, 1, 80, 0, true},
        {PORT_80, 1, 80, 81, 0, false},
        {PROTOCOL_TCP "<g:HdrSrcPortStart>10</g:HdrSrcPortStart>", 1, 10, 1, 0, true},
        {PROTOCOL_TCP "<g:HdrSrcPortStart>10</g:HdrSrcPortStart>", 1, 9, 1, 0, false},
        {PROTOCOL_TCP "<g:HdrSrcPortEnd>10</g:HdrSrcPortEnd>", 1, 10, 1, 0, true},
        {PROTOCOL_TCP "<g:HdrSrcPortEnd>10</g:HdrSrcPortEnd>", 1, 11, 1, 0, false},
        {PROTOCOL_TCP "<g:TCPFlagsOn>1</g:TCPFlagsOn>", 1, 1, 1, SYN, true},
        {PROTOCOL_TCP "<g:TCPFlagsOn>1</g:TCPFlagsOn>", 1, 1, 1, 0x10, false},
        {PROTOCOL_TCP "<g:TCPFlagsOn>1</g:TCPFlagsOn><g:TCPFlagsOff>4</g:TCPFlagsOff>", 1, 1, 1,
         0x12, false},
        {PROTOCOL_TCP "<g:TCPFlagsOn>1</g:TCPFlagsOn><g:TCPFlagsOff>4</g:TCPFlagsOff>", 1, 1, 1,
         SYN, true},
#define FROM "<g:HdrIPVersion>4</g:HdrIPVersion><g:HdrSrcAddress>C0000200</g:HdrSrcAddress>"
        {FROM, 0xc0000200, 1, 1, 0, true},
        {FROM, 0xc0000201, 1, 1, 0, false},
        {FROM "<g:HdrSrcMask>FFFFFF00</g:HdrSrcMask>", 0xc00002ff, 1, 1, 0, true},
        {FROM "<g:HdrSrcMask>FFFFFF00</g:HdrSrcMask>", 0xc0000300, 1, 1, 0, false},
        {FROM "<g:HdrSrcAddressEndOfRange>C0000209</g:HdrSrcAddressEndOfRange>", 0xc0000209, 1, 1,
         0, true},
        {FROM "<g:HdrSrcAddressEndOfRange>C0000209</g:HdrSrcAddressEndOfRange>", 0xc000020a, 1, 1,
         0, false},
        {"<g:HdrIPVersion>4</g:HdrIPVersion><g:HdrDestAddress>C0000202</g:HdrDestAddress>", 1, 1, 1,
         0, true},
        {"<g:HdrIPVersion>4</g:HdrIPVersion><g:HdrDestAddress>C0000203</g:HdrDestAddress>", 1, 1, 1,
         0, false},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Desk) desk = remote_desk();
        unsigned int filter = ip_filter(desk, rows[i].match, AMT_DEFENSE_DROP, SENT);
        size_t size;

        MUST_EQ(bind(desk, PORT, make_policy(desk, 1, "false", filter, 0)), 200);
        size = tcp4(rows[i].source, 0xc0000202, rows[i].from, rows[i].to, rows[i].flags);
        ck_assert_msg(passes(desk, SENT, size) != rows[i].matched, "row %zu", i);
    }
}
END_TEST

/* Nothing is read behind their ends, and what cannot be seen does not match. */
START_TEST(malformed_frames)
{
    g_autoptr(Desk) desk = remote_desk();
    unsigned int filter = ip_filter(desk, PORT_80, AMT_DEFENSE_DROP, SENT);
    size_t size;
    uint8_t *ip = frame + ETH_SIZE;

    MUST_EQ(bind(desk, PORT, make_policy(desk, 1, "false", filter, 0)), 200);
    size = tcp4(1, 2, 3, 80, 0);
    for (size_t cut = 0; cut <= size; cut++) {
        MUST_EQ(passes(desk, SENT, cut), cut < ETH_SIZE + IP_SIZE + 4);
    }
    lan_put16(ip + IP_OFF_FRAGMENT, 1); /* not the first: what looks like ports is none */
    MUST(passes(desk, SENT, size));
    lan_put16(ip + IP_OFF_FRAGMENT, 0x2000);
    MUST(!passes(desk, SENT, size));
    ip[0] = 0x4f; /* options beyond the end */
    MUST(passes(desk, SENT, size));
    ip[0] = 0x44;
    MUST(passes(desk, SENT, size));
    ip[0] = 0x65;
    MUST(passes(desk, SENT, size));

    /* Tagged, once and twice. */
    size = tcp4(1, 2, 3, 80, 0);
    for (unsigned int tags = 1; tags <= 2; tags++) {
        memmove(frame + ETH_OFF_TYPE + 4, frame + ETH_OFF_TYPE, size - ETH_OFF_TYPE);
        lan_put16(frame + ETH_OFF_TYPE, tags == 1 ? 0x8100 : 0x88a8);
        size += 4;
        MUST(!passes(desk, SENT, size));
    }
    for (size_t cut = 0; cut < 24; cut++) {
        MUST(passes(desk, SENT, cut));
    }
}
END_TEST

static size_t tcp6(uint8_t first, size_t extension)
{
    uint8_t *ip = frame + ETH_SIZE;

    memset(frame, 0, sizeof(frame));
    lan_put16(frame + ETH_OFF_TYPE, 0x86dd);
    ip[0] = 0x60;
    ip[6] = first;
    ip[40] = IP_TCP;
    lan_put16(ip + 40 + extension + 2, 80);
    return ETH_SIZE + 40 + extension + TCP_SIZE;
}

START_TEST(ipv6)
{
    g_autoptr(Desk) desk = remote_desk();
    unsigned int filter =
        ip_filter(desk, "<g:HdrIPVersion>6</g:HdrIPVersion>" PORT_80, AMT_DEFENSE_DROP, RECEIVED);
    size_t size;

    MUST_EQ(bind(desk, PORT, make_policy(desk, 1, "false", filter, 0)), 200);
    size = tcp6(IP_TCP, 0);
    frame[ETH_SIZE + 40] = 0;
    MUST(!passes(desk, RECEIVED, size));
    size = tcp6(0, 8); /* hop by hop */
    for (size_t cut = 0; cut <= size; cut++) {
        MUST_EQ(passes(desk, RECEIVED, cut), cut < ETH_SIZE + 52);
    }
    size = tcp6(44, 8); /* a fragment: the first, and a later one */
    MUST(!passes(desk, RECEIVED, size));
    lan_put16(frame + ETH_SIZE + 42, 8);
    MUST(passes(desk, RECEIVED, size));
    size = tcp6(0, 8);
    frame[ETH_SIZE + 41] = 255; /* beyond the end */
    MUST(passes(desk, RECEIVED, size));
    memset(frame + ETH_SIZE + 40, 0, 40); /* options without end */
    MUST(passes(desk, RECEIVED, ETH_SIZE + 80));
}
END_TEST

START_TEST(by_ethernet_type_and_default)
{
    g_autoptr(Desk) desk = remote_desk();
    unsigned int arp;

    MUST_EQ(create(desk, ETHERNET,
                   "<g:HdrProtocolID8021>2054</g:HdrProtocolID8021>"
                   "<g:FilterProfile>3</g:FilterProfile><g:FilterDirection>0</g:FilterDirection>"
                   "<g:ActionEventOnMatch>false</g:ActionEventOnMatch>"),
            200);
    arp = handle(desk);
    MUST_EQ(bind(desk, PORT, make_policy(desk, 1, "true", arp, 0)), 200);
    MUST(!passes(desk, SENT, tcp4(1, 2, 3, 4, 0)));
    lan_put16(frame + ETH_OFF_TYPE, ETH_TYPE_ARP);
    MUST(passes(desk, SENT, 60)); /* all is dropped but that */
    MUST(!passes(desk, RECEIVED, 60));
    MUST_EQ(amt_log_count(desk->amt), 0);
}
END_TEST

START_TEST(any_filter_that_drops_decides)
{
    g_autoptr(Desk) desk = remote_desk();
    unsigned int all = ip_filter(desk, "", AMT_DEFENSE_PASS_COUNT, RECEIVED);
    unsigned int web = ip_filter(desk, PORT_80, AMT_DEFENSE_DROP, RECEIVED);

    MUST_EQ(bind(desk, PORT, make_policy(desk, 1, "true", all, web)), 200);
    MUST(!passes_to(desk, RECEIVED, 80));
    MUST(passes_to(desk, RECEIVED, 81));
    amt_breaker_update(desk->breaker, false);
    MUST_EQ(counter(desk, 0).count, 2);
    MUST_EQ(counter(desk, 1).count, 0); /* this profile does not count */
    MUST(counter(desk, 1).matched);
}
END_TEST

START_TEST(so_many_a_second)
{
    g_autoptr(Desk) desk = remote_desk();
    unsigned int filter = ip_filter(desk, PORT_80, AMT_DEFENSE_LIMIT, RECEIVED);

    MUST_EQ(bind(desk, PORT, make_policy(desk, 1, "false", filter, 0)), 200);
    for (unsigned int second = 0; second < 3; second++) {
        for (unsigned int i = 0; i < 10; i++) {
            MUST_EQ(passes_to(desk, RECEIVED, 80), i < 3);
        }
        MUST(passes_to(desk, RECEIVED, 81));
        swme_manual_clock_advance(desk->clock, SWME_NS_PER_S);
    }
}
END_TEST

START_TEST(spoofed_senders)
{
    g_autoptr(Desk) desk = remote_desk();
    unsigned int of = make_policy(desk, 1, "false", 0, 0);
    g_autofree char *this = g_strdup_printf(DESK_SELECT("InstanceID", "%u"), of);
    AmtNetwork network = amt_state_data(desk->amt)->network;

    network.lan[0].address = 0xc0000202;
    amt_state_set_network(desk->amt, &network);
    MUST_EQ(bind(desk, PORT, of), 200);
    MUST(passes(desk, SENT, tcp4(0xc0000203, 1, 2, 3, 0)));
    desk_put(desk, POLICY, this, "<r:AntiSpoofingSupport>1</r:AntiSpoofingSupport>");
    MUST_EQ(desk->status, 200);
    MUST(!passes(desk, SENT, tcp4(0xc0000203, 1, 2, 3, 0)));
    MUST(!passes(desk, SENT, tcp4(0xc0000203, 1, 2, 3, 0)));
    MUST(passes(desk, SENT, tcp4(0xc0000202, 1, 2, 3, 0)));
    MUST(passes(desk, SENT, tcp4(0, 1, 2, 3, 0))); /* who has no address yet */
    MUST(passes(desk, RECEIVED, tcp4(0xc0000203, 1, 2, 3, 0)));
    MUST_EQ(amt_log_count(desk->amt), 1);
}
END_TEST

START_TEST(precedence_default_and_time)
{
    g_autoptr(Desk) desk = remote_desk();
    unsigned int low = make_policy(desk, 1, "false", 0, 0);
    unsigned int high = make_policy(desk, 3, "true", 0, 0);
    unsigned int rest = make_policy(desk, 9, "true", 0, 0);
    g_autofree char *this = g_strdup_printf(DESK_SELECT("InstanceID", "%u"), high);
    AmtLive live;

    MUST_EQ(bind(desk, DEFAULT, rest), 200);
    MUST_EQ(bind(desk, DEFAULT, rest), 400); /* it is there */
    MUST_EQ(amt_breaker_active(desk->breaker), rest);
    MUST_EQ(bind(desk, PORT, low), 200);
    MUST_EQ(amt_breaker_active(desk->breaker), low); /* the default's precedence is of no matter */
    MUST_EQ(bind(desk, AGENTS, high), 200);
    MUST_EQ(amt_breaker_active(desk->breaker), low);
    MUST_EQ(desk_call(desk, POLICY, "SetTimeout", this, "<r:Timeout>2</r:Timeout>"), 0);
    live = amt_state_data(desk->amt)->live;
    live.defense_by_agent = true;
    amt_state_set_live(desk->amt, &live);
    MUST_EQ(amt_breaker_active(desk->breaker), high);
    swme_manual_clock_advance(desk->clock, 119 * SWME_NS_PER_S);
    MUST_EQ(amt_breaker_active(desk->breaker), high);
    swme_manual_clock_advance(desk->clock, SWME_NS_PER_S);
    MUST_EQ(amt_breaker_active(desk->breaker), low);
    live.defense_by_agent = false;
    amt_state_set_live(desk->amt, &live);
    live.defense_by_agent = true; /* enabled anew */
    amt_state_set_live(desk->amt, &live);
    MUST_EQ(amt_breaker_active(desk->breaker), high);
}
END_TEST

/* ActionSd of an agent's action: 0 enables the policy, 1 ends that. */
START_TEST(an_agent_that_dies)
{
    static const char agent[] = "<g:CreationClassName>x</g:CreationClassName>"
                                "<g:DeviceID>AAECAwQFBgcICQoLDA0ODw==</g:DeviceID>"
                                "<g:StartupInterval>10</g:StartupInterval>"
                                "<g:TimeoutInterval>10</g:TimeoutInterval>";
    static const char this[] = DESK_SELECT("DeviceID", "AAECAwQFBgcICQoLDA0ODw==");
    g_autoptr(Desk) desk = remote_desk();
    unsigned int of = make_policy(desk, 1, "true", 0, 0);

    MUST_EQ(bind(desk, AGENTS, of), 200);
    MUST_EQ(create(desk, "AMT_AgentPresenceWatchdog", agent), 200);
    MUST_EQ(desk_call(desk, "AMT_AgentPresenceWatchdog", "AddAction", this,
                      "<r:OldState>31</r:OldState><r:NewState>8</r:NewState>"
                      "<r:EventOnTransition>false</r:EventOnTransition><r:ActionSd>0</r:ActionSd>"),
            0);
    MUST_EQ(desk_call(desk, "AMT_AgentPresenceWatchdog", "AddAction", this,
                      "<r:OldState>8</r:OldState><r:NewState>4</r:NewState>"
                      "<r:EventOnTransition>false</r:EventOnTransition><r:ActionSd>1</r:ActionSd>"),
            0);
    MUST(passes_to(desk, RECEIVED, 80));
    swme_manual_clock_advance(desk->clock, 11 * SWME_NS_PER_S);
    MUST(!passes_to(desk, RECEIVED, 80));
    desk->caller.peer.door = SWME_DOOR_LOCAL;
    MUST_EQ(desk_call(desk, "AMT_AgentPresenceWatchdog", "RegisterAgent", this, NULL), 0);
    MUST(passes_to(desk, RECEIVED, 80));
}
END_TEST

START_TEST(limits)
{
    g_autoptr(Desk) desk = remote_desk();
    AmtData *data;

    for (unsigned int i = 0; i < AMT_DEFENSE_FILTERS; i++) {
        ip_filter(desk, "", AMT_DEFENSE_PASS, i % 2);
    }
    MUST_EQ(create(desk, ETHERNET,
                   "<g:HdrProtocolID8021>2054</g:HdrProtocolID8021>"
                   "<g:FilterProfile>3</g:FilterProfile><g:FilterDirection>0</g:FilterDirection>"
                   "<g:ActionEventOnMatch>false</g:ActionEventOnMatch>"),
            400);
    desk_expect_fault(desk, "e:QuotaLimit");
    for (unsigned int i = 0; i < AMT_DEFENSE_POLICIES; i++) {
        make_policy(desk, i, "false", 1, 2);
    }
    MUST_EQ(create(desk, POLICY, ""), 400);

    /* 31 each way. */
    data = amt_data_copy(amt_state_data(desk->amt));
    for (unsigned int i = 0; i < AMT_DEFENSE_EACH; i++) {
        data->defense.policy[0].filter[i] = (uint8_t)(i + 1);
    }
    MUST(amt_defense_sane(&data->defense));
    data->defense.policy[0].filter[61] = 63; /* one more of those that receive than may be */
    MUST(!amt_defense_sane(&data->defense));
    data->defense.policy[0].filter[61] = 1; /* twice */
    MUST(!amt_defense_sane(&data->defense));
    data->defense.policy[0].filter[61] = 255; /* none */
    MUST(!amt_defense_sane(&data->defense));
    amt_data_free(data);
}
END_TEST

START_TEST(what_is_refused)
{
    static const char *const filters[] = {
        "<g:HdrIPVersion>5</g:HdrIPVersion>",
        "<g:HdrSrcAddress>C0000200</g:HdrSrcAddress>", /* of which version? */
        "<g:HdrIPVersion>6</g:HdrIPVersion><g:HdrSrcAddress>C0000200</g:HdrSrcAddress>",
        "<g:HdrIPVersion>4</g:HdrIPVersion><g:HdrSrcMask>FFFFFF00</g:HdrSrcMask>",
        FROM "<g:HdrSrcMask>FFFFFF00</g:HdrSrcMask>"
             "<g:HdrSrcAddressEndOfRange>C0000209</g:HdrSrcAddressEndOfRange>",
        FROM "<g:HdrSrcMask>nonsense</g:HdrSrcMask>",
        "<g:HdrDestPortStart>80</g:HdrDestPortStart>", /* of which protocol? */
        "<g:HdrProtocolID>1</g:HdrProtocolID><g:HdrDestPortStart>80</g:HdrDestPortStart>",
        PROTOCOL_TCP "<g:HdrDestPortStart>80</g:HdrDestPortStart>"
                     "<g:HdrDestPortEnd>79</g:HdrDestPortEnd>",
        PROTOCOL_TCP "<g:HdrDestPortStart>65536</g:HdrDestPortStart>",
        PROTOCOL_TCP "<g:TCPFlagsOn>6</g:TCPFlagsOn>",
        "<g:HdrProtocolID>17</g:HdrProtocolID><g:TCPFlagsOn>1</g:TCPFlagsOn>",
        "<g:HdrDSCP>1</g:HdrDSCP>",
        "<g:HdrFlowLabel>00</g:HdrFlowLabel>",
    };
    g_autoptr(Desk) desk = remote_desk();
    unsigned int filter = ip_filter(desk, "", AMT_DEFENSE_DROP, RECEIVED);
    unsigned int of = make_policy(desk, 1, "false", filter, 0);
    g_autofree char *this_filter = g_strdup_printf(DESK_SELECT("InstanceID", "%u"), filter);
    g_autofree char *this = g_strdup_printf(DESK_SELECT("InstanceID", "%u"), of);

    for (size_t i = 0; i < G_N_ELEMENTS(filters); i++) {
        g_autofree char *properties = g_strconcat(
            filters[i],
            "<g:FilterProfile>4</g:FilterProfile><g:FilterDirection>0</g:FilterDirection>"
            "<g:ActionEventOnMatch>false</g:ActionEventOnMatch>",
            NULL);

        ck_assert_msg(create(desk, IP, properties) != 200, "row %zu", i);
    }
    MUST(create(desk, IP,
                "<g:FilterProfile>5</g:FilterProfile><g:FilterDirection>0"
                "</g:FilterDirection><g:ActionEventOnMatch>true</g:ActionEventOnMatch>") != 200);
    MUST(create(desk, IP, /* a limit of what? */
                "<g:FilterProfile>2</g:FilterProfile><g:FilterDirection>0</g:FilterDirection>"
                "<g:ActionEventOnMatch>true</g:ActionEventOnMatch>") != 200);
    MUST(bind(desk, PORT, 200) != 200); /* no policy */

    /* What is in use stays. */
    desk_ask(desk, TRANSFER "Delete", IP, this_filter, "");
    MUST(desk->status != 200);
    MUST_EQ(bind(desk, PORT, of), 200);
    desk_ask(desk, TRANSFER "Delete", POLICY, this, "");
    MUST(desk->status != 200);
    MUST_EQ(amt_breaker_active(desk->breaker), of);

    /* The host itself, and who has not the realm. */
    desk->caller.peer.door = SWME_DOOR_LOCAL;
    desk_put(desk, POLICY, this, "<r:RxDefaultDrop>true</r:RxDefaultDrop>");
    MUST(desk->status != 200);
    MUST_EQ(desk_call(desk, POLICY, "SetTimeout", this, "<r:Timeout>1</r:Timeout>"), 16);
    desk->caller.peer.door = SWME_DOOR_LAN;
    desk->caller.admin = false;
    desk->caller.realms = ~(uint32_t)WSMAN_REALM_CIRCUIT_BREAKER;
    desk_get(desk, POLICY, this);
    MUST(desk->status != 200);
    desk->caller.realms = WSMAN_REALM_CIRCUIT_BREAKER;
    desk_get(desk, POLICY, this);
    MUST_EQ(desk->status, 200);
}
END_TEST

START_TEST(removal)
{
    g_autoptr(Desk) desk = remote_desk();
    unsigned int filter = ip_filter(desk, "", AMT_DEFENSE_DROP, RECEIVED);
    unsigned int of = make_policy(desk, 1, "false", filter, 0);
    g_autofree char *this_filter = g_strdup_printf(DESK_SELECT("InstanceID", "%u"), filter);
    g_autofree char *this = g_strdup_printf(DESK_SELECT("InstanceID", "%u"), of);
    g_autofree char *number = g_strdup_printf("%u", of);
    g_autofree char *reference = desk_reference(POLICY, "InstanceID", number);
    g_autofree char *that = g_strdup_printf(
        "<w:SelectorSet><w:Selector Name=\"Dependent\"><a:EndpointReference "
        "xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\">%s</a:EndpointReference>"
        "</w:Selector></w:SelectorSet>",
        reference);

    MUST_EQ(bind(desk, PORT, of), 200);
    MUST(!passes_to(desk, RECEIVED, 1));
    desk_put(desk, PORT, that, "<r:Enabled>false</r:Enabled>");
    MUST_EQ(desk->status, 200);
    MUST(passes_to(desk, RECEIVED, 1));
    desk_put(desk, PORT, that, "<r:Enabled>true</r:Enabled>");
    MUST(!passes_to(desk, RECEIVED, 1));
    desk_ask(desk, TRANSFER "Delete", PORT, that, "");
    MUST_EQ(desk->status, 200);
    MUST(passes_to(desk, RECEIVED, 1));
    desk_ask(desk, TRANSFER "Delete", POLICY, this, "");
    MUST_EQ(desk->status, 200);
    desk_ask(desk, TRANSFER "Delete", IP, this_filter, "");
    MUST_EQ(desk->status, 200);
    desk_list(desk, "AMT_FilterEntryBase", NULL);
    MUST(!strstr(desk->body, IP));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("defense");
    TCase *tcase = unit_case(suite, "defense");

    tcase_add_test(tcase, a_policy_drops_and_passes);
    tcase_add_test(tcase, statistics_over_the_wire);
    tcase_add_test(tcase, what_filters_match);
    tcase_add_test(tcase, malformed_frames);
    tcase_add_test(tcase, ipv6);
    tcase_add_test(tcase, by_ethernet_type_and_default);
    tcase_add_test(tcase, any_filter_that_drops_decides);
    tcase_add_test(tcase, so_many_a_second);
    tcase_add_test(tcase, spoofed_senders);
    tcase_add_test(tcase, precedence_default_and_time);
    tcase_add_test(tcase, an_agent_that_dies);
    tcase_add_test(tcase, limits);
    tcase_add_test(tcase, what_is_refused);
    tcase_add_test(tcase, removal);
    return unit_run(suite);
}
