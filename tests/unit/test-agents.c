/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Agent presence: who is alive, who is late, what is told of it, and what time does not count. */
#include <string.h>

#include "firmware-sim/amt/amt-agents.h"
#include "tests/unit/unit.h"
#include "tests/unit/wsman-fixture.h"

#define AGENT    "AMT_AgentPresenceWatchdog"
#define TRANSFER "http://schemas.xmlsoap.org/ws/2004/09/transfer/"
#define ID       "AAECAwQFBgcICQoLDA0ODw=="
#define THIS     DESK_SELECT("DeviceID", ID)

static const char *create(Desk *desk, const char *id, unsigned int startup_s,
                          unsigned int timeout_s)
{
    g_autofree char *body = g_strdup_printf(
        "<g:" AGENT " xmlns:g=\"http://intel.com/wbem/wscim/1/amt-schema/1/" AGENT "\">"
        "<g:CreationClassName>x</g:CreationClassName><g:DeviceID>%s</g:DeviceID>"
        "<g:MonitoredEntityDescription>Scanner</g:MonitoredEntityDescription>"
        "<g:StartupInterval>%u</g:StartupInterval><g:TimeoutInterval>%u</g:TimeoutInterval>"
        "</g:" AGENT ">",
        id, startup_s, timeout_s);

    return desk_ask(desk, TRANSFER "Create", AGENT, NULL, body);
}

/* An agent with 60 s to start and 10 s between signs of life, of which every change is told. */
static Desk *agent_desk(void)
{
    Desk *desk = desk_new(NULL, true);

    create(desk, ID, 60, 10);
    MUST_EQ(desk->status, 200);
    MUST_EQ(desk_call(desk, AGENT, "AddAction", THIS,
                      "<r:OldState>31</r:OldState><r:NewState>31</r:NewState>"
                      "<r:EventOnTransition>true</r:EventOnTransition>"),
            0);
    return desk;
}

static uint32_t state(const Desk *desk)
{
    return amt_state_data(desk->amt)->live.agent[0].state;
}

static void pass(Desk *desk, int64_t seconds)
{
    swme_manual_clock_advance(desk->clock, seconds * SWME_NS_PER_S);
}

static int enters(Desk *desk, uint32_t *sequence)
{
    int status = desk_call(desk, AGENT, "RegisterAgent", THIS, NULL);

    if (status == 0) {
        g_autofree char *text = desk_value(desk, "SessionSequenceNumber");

        *sequence = (uint32_t)g_ascii_strtoull(text, NULL, 10);
        desk_expect(desk, "TimeoutInterval", "10");
    }
    return status;
}

static int says(Desk *desk, const char *method, uint32_t sequence)
{
    g_autofree char *in = g_strdup_printf("<r:SequenceNumber>%u</r:SequenceNumber>", sequence);

    return desk_call(desk, AGENT, method, THIS, in);
}

/* The newest event says that the agent is in that state now. */
static void expect_told(const Desk *desk, unsigned int count, uint8_t new_state)
{
    static const uint8_t id[] = {0xaa, 0, 1, 2, 3, 4, 5};
    AmtEvent event;

    MUST_EQ(amt_log_count(desk->amt), count);
    MUST(amt_log_get(desk->amt, 1, &event));
    MUST(event.sensor_type == 0x12 && event.event_type == 0x0a && event.offset == 0);
    MUST(event.source == 0x58 && event.severity == 1 && event.entity == 0x26);
    MUST(memcmp(event.data, id, sizeof(id)) == 0);
    MUST_EQ(event.data[7], new_state);
}

START_TEST(a_life)
{
    g_autoptr(Desk) desk = agent_desk();
    uint32_t sequence;

    MUST_EQ(state(desk), AMT_AGENT_NOT_STARTED);
    pass(desk, 59);
    MUST_EQ(enters(desk, &sequence), 0);
    expect_told(desk, 1, AMT_AGENT_RUNNING);
    for (unsigned int i = 0; i < 5; i++) {
        pass(desk, 9);
        MUST_EQ(says(desk, "AssertPresence", ++sequence), 0);
    }
    MUST_EQ(says(desk, "AssertPresence", sequence), 36);     /* again */
    MUST_EQ(says(desk, "AssertPresence", sequence + 2), 36); /* one too many */
    desk_get(desk, AGENT, THIS);
    desk_expect(desk, "CurrentState", "4");
    MUST_EQ(amt_log_count(desk->amt), 1); /* that all is well is no news */
    MUST_EQ(says(desk, "AssertShutdown", sequence + 1), 0);
    expect_told(desk, 2, AMT_AGENT_STOPPED);
    pass(desk, 10000);
    MUST_EQ(state(desk), AMT_AGENT_STOPPED);
    MUST_EQ(says(desk, "AssertPresence", sequence + 2), 36);
    MUST_EQ(enters(desk, &sequence), 0);
    expect_told(desk, 3, AMT_AGENT_RUNNING);
}
END_TEST

START_TEST(who_dies_is_reported_after_his_interval)
{
    g_autoptr(Desk) desk = agent_desk();
    uint32_t sequence, again;

    MUST_EQ(enters(desk, &sequence), 0);
    pass(desk, 9);
    MUST_EQ(state(desk), AMT_AGENT_RUNNING);
    pass(desk, 1);
    expect_told(desk, 2, AMT_AGENT_EXPIRED);
    MUST_EQ(says(desk, "AssertPresence", sequence + 1), 36);
    MUST_EQ(enters(desk, &again), 0);
    expect_told(desk, 3, AMT_AGENT_RUNNING);
    pass(desk, 5);
    MUST_EQ(enters(desk, &again), 0); /* a second time: from the beginning, and no news */
    pass(desk, 9);
    MUST_EQ(state(desk), AMT_AGENT_RUNNING);
    MUST_EQ(amt_log_count(desk->amt), 3);
    pass(desk, 1);
    expect_told(desk, 4, AMT_AGENT_EXPIRED);
}
END_TEST

START_TEST(who_does_not_start_is_reported)
{
    g_autoptr(Desk) desk = agent_desk();

    pass(desk, 59);
    MUST_EQ(state(desk), AMT_AGENT_NOT_STARTED);
    pass(desk, 1);
    expect_told(desk, 1, AMT_AGENT_EXPIRED);
}
END_TEST

START_TEST(numbers_wrap)
{
    g_autoptr(Desk) desk = agent_desk();
    AmtLive live;
    uint32_t sequence;

    MUST_EQ(enters(desk, &sequence), 0);
    live = amt_state_data(desk->amt)->live;
    live.agent[0].sequence = UINT32_MAX;
    amt_state_set_live(desk->amt, &live);
    MUST_EQ(says(desk, "AssertPresence", 0), 0);
}
END_TEST

START_TEST(time_stands_still_outside_s0)
{
    g_autoptr(Desk) desk = agent_desk();
    uint32_t sequence;

    MUST_EQ(enters(desk, &sequence), 0);
    pass(desk, 4);
    amt_agents_power(desk->agents, SWME_HOST_S3);
    expect_told(desk, 2, AMT_AGENT_SUSPENDED);
    MUST_EQ(says(desk, "AssertPresence", sequence + 1), 36);
    MUST_EQ(enters(desk, &sequence), 2);
    pass(desk, 100000);
    MUST_EQ(state(desk), AMT_AGENT_SUSPENDED);
    amt_agents_boot(desk->agents); /* a platform reset on the way out of sleep */
    MUST_EQ(state(desk), AMT_AGENT_SUSPENDED);
    amt_agents_power(desk->agents, SWME_HOST_S0);
    expect_told(desk, 3, AMT_AGENT_RUNNING);
    pass(desk, 5);
    MUST_EQ(state(desk), AMT_AGENT_RUNNING);
    pass(desk, 1);
    expect_told(desk, 4, AMT_AGENT_EXPIRED);
    /* Off, and on: it starts anew. */
    amt_agents_power(desk->agents, SWME_HOST_S5);
    expect_told(desk, 5, AMT_AGENT_SUSPENDED);
    pass(desk, 100000);
    amt_agents_boot(desk->agents);
    expect_told(desk, 6, AMT_AGENT_NOT_STARTED);
    pass(desk, 60);
    expect_told(desk, 7, AMT_AGENT_EXPIRED);
}
END_TEST

START_TEST(a_restart_starts_over)
{
    g_autoptr(Desk) desk = agent_desk();
    uint32_t sequence;

    MUST_EQ(enters(desk, &sequence), 0);
    amt_agents_boot(desk->agents);
    expect_told(desk, 3, AMT_AGENT_NOT_STARTED); /* by way of suspended */
    pass(desk, 59);
    MUST_EQ(state(desk), AMT_AGENT_NOT_STARTED);
    amt_agents_boot(desk->agents);
    MUST_EQ(amt_log_count(desk->amt), 3); /* it had not started yet */
    pass(desk, 59);
    MUST_EQ(state(desk), AMT_AGENT_NOT_STARTED);
}
END_TEST

START_TEST(only_what_was_asked_for_is_told)
{
    g_autoptr(Desk) desk = agent_desk();
    uint32_t sequence;

    MUST_EQ(desk_call(desk, AGENT, "DeleteAllActions", THIS, NULL), 0);
    MUST_EQ(desk_call(desk, AGENT, "AddAction", THIS,
                      "<r:OldState>4</r:OldState><r:NewState>8</r:NewState>"
                      "<r:EventOnTransition>true</r:EventOnTransition><r:ActionSd>1</r:ActionSd>"
                      "<r:ActionEac>true</r:ActionEac>"),
            0);
    pass(desk, 60); /* from not started to expired */
    MUST_EQ(amt_log_count(desk->amt), 0);
    MUST_EQ(enters(desk, &sequence), 0);
    pass(desk, 10);
    expect_told(desk, 1, AMT_AGENT_EXPIRED);
    desk_get(desk, "AMT_StateTransitionCondition", NULL);
    desk_expect(desk, "OldState", "4");
    desk_expect(desk, "NewState", "8");
    desk_expect(desk, "PolicyRuleName", ID);
    desk_get(desk, "AMT_AgentPresenceWatchdogAction", NULL);
    desk_expect(desk, "EventOnTransition", "true");
    desk_expect(desk, "ActionSd", "1");
    MUST_EQ(desk_call(desk, "AMT_AgentPresenceWatchdogAction", "GetActionEac", NULL, NULL), 0);
    desk_expect(desk, "ActionEac", "true");
    /* The service has the agent, that the condition, and that the action. */
    desk_list(desk, "CIM_ConcreteDependency", NULL);
    MUST(strstr(desk->body, "AMT_StateTransitionCondition</c:ResourceURI>"));
    MUST(strstr(desk->body, "AMT_AgentPresenceWatchdogAction</c:ResourceURI>"));
    MUST(strstr(desk->body, "AMT_AgentPresenceService</c:ResourceURI>"));
}
END_TEST

START_TEST(what_is_none_is_refused)
{
    g_autoptr(Desk) desk = agent_desk();
    static const char *const wrong[] = {
        "<r:OldState>0</r:OldState><r:NewState>1</r:NewState>",
        "<r:OldState>32</r:OldState><r:NewState>1</r:NewState>",
        "<r:OldState>1</r:OldState><r:NewState>0</r:NewState>",
        "<r:OldState>1</r:OldState>",
    };

    create(desk, ID, 60, 10); /* it is there */
    desk_expect_fault(desk, "d:InvalidRepresentation");
    create(desk, "AAAAAAAAAAAAAAAAAAAAAA==", 60, 10);
    desk_expect_fault(desk, "d:InvalidRepresentation");
    create(desk, "AAECAw==", 60, 10);
    desk_expect_fault(desk, "d:InvalidRepresentation");
    create(desk, "AQECAwQFBgcICQoLDA0ODw==", 0, 10);
    desk_expect_fault(desk, "d:InvalidRepresentation");
    create(desk, "AQECAwQFBgcICQoLDA0ODw==", 60, 65536);
    desk_expect_fault(desk, "d:InvalidRepresentation");
    desk_put(desk, AGENT, THIS, "<r:TimeoutInterval>0</r:TimeoutInterval>");
    desk_expect_fault(desk, "d:InvalidRepresentation");
    desk_put(desk, AGENT, THIS, "<r:TimeoutInterval>20</r:TimeoutInterval>");
    MUST_EQ(desk->status, 200);
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autofree char *in =
            g_strconcat(wrong[i], "<r:EventOnTransition>true</r:EventOnTransition>", NULL);

        MUST_EQ(desk_call(desk, AGENT, "AddAction", THIS, in), 36);
    }
    MUST_EQ(desk_call(desk, AGENT, "RegisterAgent", DESK_SELECT("DeviceID", "x"), NULL), -1);
    desk_expect_fault(desk, "b:DestinationUnreachable");
}
END_TEST

START_TEST(limits)
{
    g_autoptr(Desk) desk = agent_desk();
    unsigned int actions = 1;

    for (unsigned int i = 1; i < AMT_AGENTS; i++) {
        g_autofree char *id = g_strdup_printf("%cQECAwQFBgcICQoLDA0ODw==", 'A' + (int)i);

        create(desk, id, 60, 10);
        MUST_EQ(desk->status, 200);
    }
    create(desk, "zzECAwQFBgcICQoLDA0ODw==", 60, 10);
    desk_expect_fault(desk, "e:QuotaLimit");
    /* Three of its own and what is in the pool, so that each other still has three. */
    while (desk_call(desk, AGENT, "AddAction", THIS,
                     "<r:OldState>1</r:OldState><r:NewState>1</r:NewState>"
                     "<r:EventOnTransition>false</r:EventOnTransition>") == 0) {
        actions++;
    }
    desk_expect(desk, "ReturnValue", "23");
    MUST_EQ(actions, 3 + 16);
    desk_ask(desk, TRANSFER "Delete", AGENT, THIS, NULL);
    MUST_EQ(desk->status, 200);
    desk_get(desk, "AMT_StateTransitionCondition", NULL);
    desk_expect_fault(desk, "b:DestinationUnreachable");
}
END_TEST

START_TEST(realms)
{
    g_autoptr(Desk) desk = agent_desk();
    uint32_t sequence;

    desk->caller = (WsmanCaller){.user = "agent", .realms = 1 << 9};
    MUST_EQ(enters(desk, &sequence), 0);
    MUST_EQ(desk_call(desk, AGENT, "DeleteAllActions", THIS, NULL), -1);
    desk_expect_fault(desk, "e:AccessDenied");
    create(desk, "AQECAwQFBgcICQoLDA0ODw==", 60, 10);
    desk_expect_fault(desk, "e:AccessDenied");
    desk->caller.realms = 1 << 10;
    MUST_EQ(enters(desk, &sequence), -1);
    desk_expect_fault(desk, "e:AccessDenied");
    MUST_EQ(desk_call(desk, AGENT, "DeleteAllActions", THIS, NULL), 0);
}
END_TEST

START_TEST(unprovisioning_forgets_them)
{
    g_autoptr(Desk) desk = agent_desk();

    amt_unprovision(desk->amt, false);
    MUST(!amt_agent_present(amt_state_data(desk->amt), 0));
    pass(desk, 1000);
    MUST_EQ(state(desk), 0);
}
END_TEST

/* The owner said that the end of this one is to reset the host: IPS_WatchDogAction. */
START_TEST(an_end_resets_the_host)
{
    g_autoptr(Desk) desk = agent_desk();
    g_autofree char *reference = desk_reference(AGENT, "DeviceID", ID);
    g_autofree char *in =
        g_strdup_printf("<r:AgentPresenceWatchDog>%s</r:AgentPresenceWatchDog><r:ActionEnable>true"
                        "</r:ActionEnable>",
                        reference);
    uint32_t sequence;

    desk_put(desk, "IPS_WatchDogAction", NULL,
             "<r:AgentPresenceWatchDogExpirationAction>1"
             "</r:AgentPresenceWatchDogExpirationAction><r:Timeout>5</r:Timeout>");
    MUST_EQ(desk->status, 200);
    desk_expect(desk, "ReArmReset", "true");
    MUST_EQ(enters(desk, &sequence), 0);
    pass(desk, 10); /* not this one's */
    pass(desk, 100);
    MUST_EQ(desk->resets, 0);
    MUST_EQ(desk_call(desk, "IPS_WatchDogAction", "ApplyActionOnWatchDog", NULL, in), 0);
    MUST_EQ(enters(desk, &sequence), 0);
    pass(desk, 10);
    pass(desk, 4);
    MUST_EQ(desk->resets, 0);
    MUST_EQ(desk_call(desk, "IPS_WatchDogAction", "CancelRebootAction", NULL, NULL), 0);
    pass(desk, 10);
    MUST_EQ(desk->resets, 0);
    MUST_EQ(desk_call(desk, "IPS_WatchDogAction", "CancelRebootAction", NULL, NULL), 2068);
    MUST_EQ(enters(desk, &sequence), 0);
    pass(desk, 10);
    pass(desk, 5);
    MUST_EQ(desk->resets, 1);
    desk_get(desk, "IPS_WatchDogAction", NULL);
    desk_expect(desk, "ReArmReset", "false");
    MUST_EQ(enters(desk, &sequence), 0); /* once, and no more */
    pass(desk, 100);
    MUST_EQ(desk->resets, 1);
}
END_TEST

START_TEST(what_no_agents_can_be)
{
    g_autoptr(Desk) desk = agent_desk();
    g_autoptr(AmtData) data = amt_data_copy(amt_state_data(desk->amt));

    MUST(amt_agents_sane(data));
    data->live.agent[0].state = 3;
    MUST(!amt_agents_sane(data));
    data->live.agent[0].state = AMT_AGENT_SUSPENDED;
    MUST(amt_agents_sane(data));
    data->live.agent[0].before = AMT_AGENT_SUSPENDED;
    MUST(!amt_agents_sane(data));
    data->live.agent[0].before = AMT_AGENT_RUNNING;
    data->live.agent[0].due_s = INT64_C(1) << 40;
    MUST(!amt_agents_sane(data));
    data->live.agent[0].due_s = 0;
    data->agents.action[1] = (AmtAgentAction){.agent = 9, .old_states = 1, .new_states = 1};
    MUST(!amt_agents_sane(data));
    data->agents.action[1].agent = 1;
    MUST(amt_agents_sane(data));
    data->agents.agent[0].timeout_s = 0;
    MUST(!amt_agents_sane(data));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("agents");
    TCase *tcase = unit_case(suite, "agents");

    tcase_add_test(tcase, a_life);
    tcase_add_test(tcase, who_dies_is_reported_after_his_interval);
    tcase_add_test(tcase, who_does_not_start_is_reported);
    tcase_add_test(tcase, numbers_wrap);
    tcase_add_test(tcase, time_stands_still_outside_s0);
    tcase_add_test(tcase, a_restart_starts_over);
    tcase_add_test(tcase, only_what_was_asked_for_is_told);
    tcase_add_test(tcase, what_is_none_is_refused);
    tcase_add_test(tcase, limits);
    tcase_add_test(tcase, realms);
    tcase_add_test(tcase, unprovisioning_forgets_them);
    tcase_add_test(tcase, an_end_resets_the_host);
    tcase_add_test(tcase, what_no_agents_can_be);
    return unit_run(suite);
}
