/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * APF from a host's program down: reference driver, registers, bus, LME, a service. Each public
 * client's way, on a platform of each kind, with transfers in parallel and resets under load.
 */
#include <string.h>

#include <glib.h>

#include <swme/me-clients.h>

#include "firmware-sim/platform/platform.h"
#include "host-driver/transports/sim.h"
#include "tests/unit/apf-host.h"
#include "tests/unit/unit.h"

#define QUIET_MS 2000

static const SwmeGuid lme_guid = SWME_GUID_LME;

typedef struct E2e {
    RegisterTransport transport;
    Session *session;
    Channel *channel;
    EchoService echo;
    ApfHost host;
} E2e;

static void host_sends(void *opaque, const void *data, size_t size)
{
    E2e *e2e = opaque;
    MeiError error = channel_write(e2e->channel, data, size, 5000);

    ck_assert_msg(error == MEI_OK, "%s", e2e->session->message);
}

static void lme_open(E2e *e2e, ApfHostKind kind)
{
    MeiError error = session_open_client(e2e->session, &lme_guid, &e2e->channel);

    ck_assert_msg(error == MEI_OK, "%s", e2e->session->message);
    apf_host_init(&e2e->host, kind, e2e->channel->client.max_length, host_sends, e2e);
    apf_host_connected(&e2e->host);
}

static E2e *e2e_new(const char *platform, const char *options)
{
    char message[SESSION_MESSAGE_SIZE] = "";
    g_autofree char *text = g_strdup_printf("sim:platform=%s%s", platform, options);
    E2e *e2e = g_new0(E2e, 1);

    ck_assert_msg(sim_open_registers(text, &e2e->transport, message), "%s", message);
    swme_services_add(sim_services(&e2e->transport), 16992, echo_service_take, &e2e->echo);
    swme_services_add(sim_services(&e2e->transport), 16993, echo_service_take, &e2e->echo);
    e2e->session = session_new_registers(&e2e->transport);
    return e2e;
}

static void lme_close(E2e *e2e)
{
    channel_close(e2e->channel);
    apf_host_clear(&e2e->host);
}

static void e2e_free(E2e *e2e)
{
    session_close(e2e->session);
    while (g_main_context_iteration(NULL, FALSE)) {
    }
    ck_assert_uint_eq(e2e->echo.open, 0);
    g_free(e2e);
}

/* One message from the firmware; false: none in so much time of the clock's. */
static bool take(E2e *e2e, int timeout_ms)
{
    static uint8_t data[1 << 15];
    size_t size;
    MeiError error = channel_read(e2e->channel, data, sizeof(data), &size, timeout_ms);

    if (error == MEI_ERR_TIMEOUT) {
        return false;
    }
    ck_assert_msg(error == MEI_OK, "%s", e2e->session->message);
    apf_host_message(&e2e->host, data, size);
    return true;
}

static void run(E2e *e2e)
{
    bool again;

    do {
        again = apf_host_send_data(&e2e->host);
        again |= take(e2e, QUIET_MS);
    } while (again);
}

static void transfer(E2e *e2e, unsigned int count, size_t size)
{
    for (unsigned int i = 0; i < count; i++) {
        apf_host_open(&e2e->host, apf_host_channel(&e2e->host, 16992, size + i));
    }
    for (unsigned int rounds = 0; apf_host_count(&e2e->host, HOST_CLOSED) < count; rounds++) {
        ck_assert_uint_lt(rounds, count);
        run(e2e);
        for (unsigned int i = 0; i < count; i++) {
            HostChannel *channel = g_ptr_array_index(e2e->host.channels, i);

            if (channel->state == HOST_FAILED) {
                ck_assert_uint_eq(channel->failure, 4);
                apf_host_open(&e2e->host, channel);
            }
        }
    }
    for (unsigned int i = 0; i < count; i++) {
        ck_assert(apf_host_echoed(g_ptr_array_index(e2e->host.channels, i)));
    }
}

static const char *const platforms[] = {"ibxpk-1", "lpt-h", "spt-h", "tgp-lp", "mtl-m"};
static const char *const latencies[] = {"", ",latency=0", ",latency=1ms"};

START_TEST(each_client_on_each_kind_of_platform)
{
    for (size_t p = 0; p < UNIT_COUNT(platforms); p++) {
        for (size_t l = 0; l < UNIT_COUNT(latencies); l++) {
            E2e *e2e = e2e_new(platforms[p], latencies[l]);

            e2e->echo.hang_up = _i == HOST_RPC_GO;
            lme_open(e2e, _i);
            run(e2e);
            ck_assert_uint_eq(e2e->host.forwards, 2);
            transfer(e2e, 1, _i == HOST_RPC_GO ? 2000 : 40000);
            lme_close(e2e);
            ck_assert_uint_eq(sim_guest_errors(&e2e->transport), 0);
            e2e_free(e2e);
        }
    }
}
END_TEST

START_TEST(twenty_transfers_with_tiny_windows)
{
    E2e *e2e = e2e_new(platforms[_i], "");

    lme_open(e2e, HOST_LMS);
    e2e->host.window = 1 + 3 * (uint32_t)_i;
    e2e->host.lazy = true;
    run(e2e);
    transfer(e2e, 20, 300);
    ck_assert_uint_eq(e2e->echo.connections, 20);
    ck_assert_uint_gt(e2e->host.failures, 0);
    lme_close(e2e);
    e2e_free(e2e);
}
END_TEST

START_TEST(a_reset_under_load_and_all_works_again)
{
    E2e *e2e = e2e_new("tgp-lp", "");

    for (unsigned int round = 0; round < 10; round++) {
        lme_open(e2e, round % HOST_COUNT);
        run(e2e);
        for (unsigned int i = 0; i < 8; i++) {
            HostChannel *channel = apf_host_channel(&e2e->host, 16992, 3000);

            channel->keep = true;
            apf_host_open(&e2e->host, channel);
        }
        run(e2e);
        ck_assert_uint_eq(e2e->echo.open, 8);
        for (unsigned int i = 0; i < 8; i++) {
            ((HostChannel *)g_ptr_array_index(e2e->host.channels, i))->to_send += 900;
        }
        apf_host_send_data(&e2e->host);
        ck_assert_int_eq(session_reset(e2e->session), MEI_OK);
        while (g_main_context_iteration(NULL, FALSE)) {
        }
        ck_assert_uint_eq(e2e->echo.open, 0);
        lme_close(e2e);
    }
    lme_open(e2e, HOST_LMS);
    run(e2e);
    transfer(e2e, 3, 20000);
    lme_close(e2e);
    e2e_free(e2e);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("lme");
    TCase *tcase = unit_case(suite, "lme");

    tcase_add_loop_test(tcase, each_client_on_each_kind_of_platform, 0, HOST_COUNT);
    tcase_add_loop_test(tcase, twenty_transfers_with_tiny_windows, 0, UNIT_COUNT(platforms));
    tcase_add_test(tcase, a_reset_under_load_and_all_works_again);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
