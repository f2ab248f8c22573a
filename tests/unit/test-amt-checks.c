/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a state that is loaded is held against: one value at a time that none can have; and who may
 * log in. */
#include <string.h>

#include "firmware-sim/amt/amt-alerts.h"
#include "firmware-sim/amt/amt-audit.h"
#include "firmware-sim/amt/amt-accounts.h"
#include "tests/unit/unit.h"
#include "tests/unit/wsman-fixture.h"

START_TEST(agents)
{
#define ROW(member, value, good)               \
    {                                          \
        offsetof(AmtData, member), value, good \
    }
    static const struct {
        size_t offset;
        uint32_t value;
        bool good;
    } rows[] = {
        ROW(agents.agent[0].startup_s, 1, true),
        ROW(agents.agent[0].startup_s, 0, false),
        ROW(agents.agent[0].timeout_s, 0, false),
        ROW(agents.action[0].agent, 2, false), /* which agent? */
        ROW(agents.action[0].agent, UINT32_MAX, false),
        ROW(agents.action[0].old_states, 0, false),
        ROW(agents.action[0].old_states, AMT_AGENT_STATES, true),
        ROW(agents.action[0].old_states, AMT_AGENT_STATES + 1, false),
        ROW(agents.action[0].new_states, 0, false),
        ROW(agents.action[0].new_states, AMT_AGENT_STATES + 1, false),
        ROW(live.agent[0].state, 0, true), /* of the NVM */
        ROW(live.agent[0].state, AMT_AGENT_SUSPENDED, true),
        ROW(live.agent[0].state, AMT_AGENT_RUNNING | AMT_AGENT_STOPPED, false),
        ROW(live.agent[0].state, AMT_AGENT_SUSPENDED << 1, false),
        ROW(live.agent[0].before, 0, false),
        ROW(live.agent[0].before, AMT_AGENT_SUSPENDED, false),
    };
    g_autoptr(Desk) desk = desk_new(NULL, true);

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        AmtData *data = amt_data_copy(amt_state_data(desk->amt));

        data->agents.agent[0] = (AmtAgent){.id = {1}, .startup_s = 60, .timeout_s = 60};
        data->agents.action[0] =
            (AmtAgentAction){.agent = 1, .old_states = 1, .new_states = 2, .event = true};
        data->live.agent[0].state = data->live.agent[0].before = AMT_AGENT_RUNNING;
        MUST(amt_agents_sane(data));
        memcpy((uint8_t *)data + rows[i].offset, &rows[i].value, sizeof(rows[i].value));
        MUST_MSG(amt_agents_sane(data) == rows[i].good, "row %zu", i);
        data->live.agent[1].due_s = -1;
        MUST(!amt_agents_sane(data));
        data->live.agent[1].due_s = INT64_MAX;
        MUST(!amt_agents_sane(data));
        amt_data_free(data);
    }
}
END_TEST

START_TEST(subscribers)
{
    static const struct {
        AmtSubscriber subscriber;
        bool good;
    } rows[] = {
        {{.address = ""}, true},
        {{.address = "", .port = 1}, false},
        {{.address = "", .community = "x"}, false},
        {{.address = "", .handle = 1}, false},
        {{.address = "", .policy = 1}, false},
        {{.address = "192.0.2.1", .port = 162, .community = "public"}, true},
        {{.address = "2001:db8::1", .port = 162, .community = "public"}, true},
        {{.address = "2001:DB8::1", .port = 162, .community = "public"}, false}, /* two ways */
        {{.address = "192.0.2", .port = 162, .community = "public"}, false},
        {{.address = "192.0.2.1", .port = 0, .community = "public"}, false},
        {{.address = "192.0.2.1", .port = 162, .community = ""}, false},
        {{.address = "192.0.2.1", .port = 162, .community = "a+b"}, false},
        {{.address = "192.0.2.1", .port = 162, .community = "a b"}, false},
        {{.address = "192.0.2.1", .port = 162, .community = "", .handle = 1}, true}, /* AMT's own */
        {{.address = "192.0.2.1", .port = 162, .community = "a b", .handle = 1}, false},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        MUST_MSG(amt_subscriber_sane(&rows[i].subscriber) == rows[i].good, "row %zu", i);
    }
}
END_TEST

START_TEST(no_more_handles_than_there_are)
{
    AmtAlerts alerts = {.last_handle = UINT32_MAX - 1};
    unsigned int slot;

    MUST(amt_alerts_subscribe(&alerts, "192.0.2.1", NULL, 1, &slot));
    MUST(!amt_alerts_subscribe(&alerts, "192.0.2.2", NULL, 1, &slot)); /* the next would be 0 */
    MUST_EQ(amt_subscriber_count(&alerts), 1);
    amt_alerts_unsubscribe(&alerts, 0);
    MUST_EQ(amt_subscriber_count(&alerts), 0);
}
END_TEST

/* Length, event, who (0: by a digest; 2: on the host), time, where (kind, counted), counted data.
 */
START_TEST(audit_records)
{
#define RECORD(text, good)           \
    {                                \
        text, sizeof(text) - 1, good \
    }
    static const struct {
        const char *bytes;
        size_t size;
        bool good;
    } rows[] = {
        RECORD("\x0e\0\x10\0\0\0\1a\0\0\0\1\0\0\0", true),
        RECORD("\x0c\0\x10\0\0\2\0\0\0\1\0\0\0", true),
        RECORD("\x0c\0\x10\0\0\1\0\0\0\1\0\0\0", false), /* by whom? */
        RECORD("\x0c\0\x10\0\0\2\0\0\0\1\0\0\1", false), /* data behind the end */
        RECORD("\x0c\0\x10\0\0\2\0\0\0\1\0\xff\0", false),
        RECORD("\x0d\0\x10\0\0\2\0\0\0\1\0\0\0\0", false), /* more than there is in it */
        RECORD("\x0d\0\x10\0\0\2\0\0\0\1\0\0\0", false),   /* longer than all */
        RECORD("\x04\0\x10\0\0", false),
        RECORD("\x05\0\x10\0\0\0", false),
        RECORD("\x05\0\x10\0\0\2", false),
        RECORD("\0", false),
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        AmtAudit audit = {.count = 1, .records = amt_blob_new(rows[i].bytes, rows[i].size)};

        MUST_MSG(amt_audit_sane(&audit) == rows[i].good, "row %zu", i);
        audit.count = 2;
        MUST(!amt_audit_sane(&audit));
        amt_blob_take(&audit.records, NULL);
    }
}
END_TEST

START_TEST(audit_of_what_there_is)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);
    const AmtAuditor who = {.user = "joe"};
    const uint8_t *record;
    size_t size;

    MUST(!amt_audit_event_known(AMT_AUDIT_FIRST - 1, 0));
    MUST(!amt_audit_event_known(AMT_AUDIT_FIRST + AMT_AUDIT_APPLICATIONS, 0));
    MUST(!amt_audit_event_known(AMT_AUDIT_FIRST, 31));
    MUST(!amt_audit_event_known(AMT_AUDIT_FIRST, 32));
    amt_audit_add(desk->amt, &who, 9999, NULL, 0); /* no event */
    MUST_EQ(amt_state_data(desk->amt)->audit.count, 0);
    MUST(!amt_audit_get(desk->amt, 0, &record, &size));
    MUST(!amt_audit_get(desk->amt, 1, &record, &size));
    MUST(amt_audit_may(desk->amt, 9999));
}
END_TEST

static void set_local_account(AmtState *amt, bool enabled, const char *password)
{
    AmtData *data = amt_data_copy(amt_state_data(amt));

    data->accounts.lsa_enabled = enabled;
    memset(data->live.lsa_password, 0, sizeof(data->live.lsa_password));
    g_strlcpy(data->live.lsa_password, password, sizeof(data->live.lsa_password));
    amt_state_replace(amt, data);
    amt_data_free(data);
}

static void set_account(AmtState *amt, bool enabled, uint8_t digest, uint32_t access)
{
    AmtData *data = amt_data_copy(amt_state_data(amt));
    AmtAccount *account = &data->accounts.account[1];

    memset(account, 0, sizeof(*account));
    g_strlcpy(account->name, "joe", sizeof(account->name));
    account->enabled = enabled;
    account->digest[0] = digest;
    account->access = access;
    amt_state_replace(amt, data);
    amt_data_free(data);
}

START_TEST(who_may_log_in)
{
    static const struct {
        bool enabled;
        uint8_t digest;  /* its first byte: 0, it has none */
        uint32_t access; /* 0 from the host, 1 from the network, 2 both */
        bool local;
        bool remote;
    } rows[] = {
        {true, 1, 0, true, false},  {true, 1, 1, false, true},   {true, 1, 2, true, true},
        {true, 0, 2, false, false}, {false, 1, 2, false, false},
    };
    g_autoptr(Desk) desk = desk_new(NULL, true);
    AmtLogin login;

    set_local_account(desk->amt, true, "secret");
    MUST(amt_account_find(desk->amt, AMT_LSA_NAME, SWME_DOOR_LOCAL, &login) && login.admin);
    MUST(!amt_account_find(desk->amt, AMT_LSA_NAME, SWME_DOOR_LAN, &login));
    set_local_account(desk->amt, false, "secret");
    MUST(!amt_account_find(desk->amt, AMT_LSA_NAME, SWME_DOOR_LOCAL, &login));
    set_local_account(desk->amt, true, ""); /* nobody has asked for it since the start */
    MUST(!amt_account_find(desk->amt, AMT_LSA_NAME, SWME_DOOR_LOCAL, &login));

    MUST(amt_provision(desk->amt, AMT_PROVISION_ADMIN, "P@ssw0rd", NULL));
    MUST(amt_account_find(desk->amt, "admin", SWME_DOOR_LAN, &login) && login.admin);
    MUST(!amt_account_find(desk->amt, "", SWME_DOOR_LAN, &login)); /* free slots have no name */
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        set_account(desk->amt, rows[i].enabled, rows[i].digest, rows[i].access);
        MUST_MSG(amt_account_find(desk->amt, "joe", SWME_DOOR_LOCAL, &login) == rows[i].local,
                 "row %zu", i);
        MUST_MSG(amt_account_find(desk->amt, "joe", SWME_DOOR_LAN, &login) == rows[i].remote,
                 "row %zu", i);
        MUST(!login.admin);
    }
}
END_TEST

START_TEST(provisioning_that_cannot_be)
{
    static const struct {
        const char *platform;
        AmtProvision first;
        AmtProvision then;
        const char *says; /* NULL: it is done */
    } rows[] = {
        {NULL, AMT_PROVISION_NONE, AMT_PROVISION_CLIENT, NULL},
        {NULL, AMT_PROVISION_CLIENT, AMT_PROVISION_CLIENT, NULL}, /* another password */
        {NULL, AMT_PROVISION_ADMIN, AMT_PROVISION_ADMIN, NULL},
        {NULL, AMT_PROVISION_ADMIN, AMT_PROVISION_CLIENT, "AMT is set up already"},
        {"ich10-2", AMT_PROVISION_NONE, AMT_PROVISION_CLIENT, "has no client control mode"},
        {"ich10-2", AMT_PROVISION_NONE, AMT_PROVISION_ADMIN, NULL},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Desk) desk = desk_new(rows[i].platform, true);
        g_autoptr(GError) error = NULL;

        MUST(amt_provision(desk->amt, rows[i].first, "P@ssw0rd", &error));
        MUST(!amt_provision(desk->amt, AMT_PROVISION_ADMIN, "weak", &error));
        g_clear_error(&error);
        MUST_MSG(amt_provision(desk->amt, rows[i].then, "P@ssw0rd2", &error) == !rows[i].says,
                 "row %zu: %s", i, error ? error->message : "done");
        MUST_MSG(!rows[i].says || strstr(error->message, rows[i].says), "row %zu: %s", i,
                 error ? error->message : "done");
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("amt-checks");
    TCase *tcase = unit_case(suite, "checks");

    tcase_add_test(tcase, agents);
    tcase_add_test(tcase, subscribers);
    tcase_add_test(tcase, no_more_handles_than_there_are);
    tcase_add_test(tcase, audit_records);
    tcase_add_test(tcase, audit_of_what_there_is);
    tcase_add_test(tcase, who_may_log_in);
    tcase_add_test(tcase, provisioning_that_cannot_be);
    return unit_run(suite);
}
