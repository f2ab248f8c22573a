/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every case on every platform, in this process: host driver, registers, firmware, one manual
 * clock. Twice: with the default latency and with none, which is what exposes races.
 */
#include <swme/me-clients.h>

#include "firmware-sim/platform/platform.h"
#include "host-driver/transports/sim.h"
#include "tests/e2e/cases.h"
#include "tests/e2e/vectors.h"
#include "tests/unit/unit.h"

static const char *const latencies[] = {"", ",latency=0", ",latency=3ms"};

static Session *open_sim(const SwmePlatform *platform, const char *options,
                         RegisterTransport *transport)
{
    char message[SESSION_MESSAGE_SIZE] = "";
    char text[400];

    snprintf(text, sizeof(text), "sim:platform=%s,echo=on,uuid=%s%s", platform->name, E2E_UUID,
             options);
    ck_assert_msg(sim_open_registers(text, transport, message), "%s", message);
    return session_new_registers(transport);
}

static void run(const E2eCase *e2e, const SwmePlatform *platform, const char *latency,
                unsigned int rounds)
{
    RegisterTransport transport;
    E2eEnv env = {.platform = platform, .rounds = rounds};

    e2e_prepare(&env);
    env.session = open_sim(platform, latency, &transport);
    e2e->run(&env);
    /* A sound driver on a sound device: no access that the device counts as an error. */
    ck_assert_msg(sim_guest_errors(&transport) == 0, "%s: %s: bad accesses", platform->name,
                  e2e->name);
    session_close(env.session);
}

START_TEST(on_every_platform)
{
    for (const SwmePlatform *platform = swme_platforms; platform->name; platform++) {
        for (size_t i = 0; i < UNIT_COUNT(latencies); i++) {
            run(&e2e_cases[_i], platform, latencies[i], 8);
        }
    }
}
END_TEST

START_TEST(a_thousand_times)
{
    run(&e2e_cases[_i], &swme_platforms[0], "", 1000);
}
END_TEST

/* As above, with faults: the device must not count what the driver does as its errors then. */
static void conform(const E2eCase *e2e, const SwmePlatform *platform, const char *latency,
                    unsigned int rounds)
{
    RegisterTransport transport;
    E2eEnv env = {.platform = platform, .rounds = rounds};
    char options[300];

    snprintf(options, sizeof(options), ",fault=%s%s", e2e_prepare(&env), latency);
    env.session = open_sim(platform, options, &transport);
    e2e->run(&env);
    session_close(env.session);
}

START_TEST(conformance_on_every_platform)
{
    for (const SwmePlatform *platform = swme_platforms; platform->name; platform++) {
        for (size_t i = 0; i < UNIT_COUNT(latencies); i++) {
            conform(&conformance_cases[_i], platform, latencies[i], 8);
        }
    }
}
END_TEST

START_TEST(conformance_a_thousand_times)
{
    conform(&conformance_cases[_i], &swme_platforms[0], "", 1000);
}
END_TEST

/* For valgrind, which takes its time: each case once. */
START_TEST(conformance_once)
{
    conform(&conformance_cases[_i], &swme_platforms[0], "", 1);
}
END_TEST

/* ME client fact sheet, section I. */
START_TEST(answers_are_as_recorded_on_real_firmware)
{
    const Vector *vector = &vectors[_i];
    const SwmePlatform *platform = swme_platform_find(vector->platform, NULL);
    char why[SESSION_MESSAGE_SIZE] = "";
    RegisterTransport transport;
    Session *session;

    ck_assert_ptr_nonnull(platform);
    session = open_sim(platform, "", &transport);
    ck_assert_msg(vector_run(vector, session, why), "%s: %s", vector->name, why);
    session_close(session);
}
END_TEST

START_TEST(options_that_do_not_exist_are_refused)
{
    static const char *const texts[] = {
        "sim:platform=nope", "sim:amt=maybe", "sim:echo=", "sim:latency=fast",   "sim:uuid=1234",
        "sim:colour=red",    "sim:platform",  "simulator", "sim:latency=1s+x:1s"};
    char message[SESSION_MESSAGE_SIZE] = "";

    ck_assert_ptr_null(sim_open(texts[_i], message));
    ck_assert_str_ne(message, "");
    ck_assert_ptr_null(strchr(message, '\n'));
}
END_TEST

static size_t count_clients(const char *text, bool *amthi)
{
    static const SwmeGuid guid = SWME_GUID_AMTHI;
    SessionClient clients[SESSION_CLIENTS_MAX];
    char message[SESSION_MESSAGE_SIZE] = "";
    Session *session = sim_open(text, message);
    size_t count;

    ck_assert_msg(session != NULL, "%s", message);
    ck_assert_int_eq(session_clients(session, clients, &count), MEI_OK);
    *amthi = false;
    for (size_t i = 0; i < count; i++) {
        *amthi |= swme_guid_equal(&clients[i].guid, &guid);
    }
    session_close(session);
    return count;
}

/* A consumer's machine has no AMT; an owner may switch it off, and a few clients stay. */
START_TEST(amt_can_be_switched_off)
{
    bool with, without, disabled;
    size_t count_with = count_clients("sim:amt=on", &with);
    size_t count_without = count_clients("sim:amt=off", &without);
    size_t count_disabled = count_clients("sim:amt=disabled", &disabled);

    ck_assert(with && !without && !disabled);
    ck_assert_uint_gt(count_with, count_disabled);
    ck_assert_uint_gt(count_disabled, count_without);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("e2e-sim");
    TCase *tcase = unit_case(s, "cases");

    tcase_add_loop_test(tcase, on_every_platform, 0, (int)e2e_case_count);
    tcase_add_loop_test(tcase, a_thousand_times, 0, (int)e2e_case_count);

    tcase = unit_case(s, "conformance");
    tcase_add_loop_test(tcase, conformance_on_every_platform, 0, (int)conformance_case_count);
    tcase_add_loop_test(tcase, conformance_a_thousand_times, 0, (int)conformance_case_count);

    tcase = unit_case(s, "once");
    tcase_add_loop_test(tcase, conformance_once, 0, (int)conformance_case_count);

    tcase = unit_case(s, "vectors");
    tcase_add_loop_test(tcase, answers_are_as_recorded_on_real_firmware, 0, (int)vector_count);

    tcase = unit_case(s, "options");
    tcase_add_loop_test(tcase, options_that_do_not_exist_are_refused, 0, 9);
    tcase_add_test(tcase, amt_can_be_switched_off);
    return s;
}

int main(void)
{
    return unit_run(suite());
}
