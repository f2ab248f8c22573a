/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AMTHI over time: what one command does to the answers of others, and what no trace shows. */
#define _GNU_SOURCE
#include <string.h>
#include <unistd.h>

#include "tests/unit/amthi-fixture.h"
#include "tests/unit/unit.h"

static const uint8_t digest[16] = {0xd1, 0x6e, 0x57};

static uint32_t status_of(Bench *b, uint32_t command, const void *data, size_t size)
{
    g_autoptr(GByteArray) got = amthi_ask(b, command, data, size);

    return amthi_check_answer(got, command);
}

static uint32_t value_of(Bench *b, uint32_t command)
{
    g_autoptr(GByteArray) got = amthi_ask(b, command, NULL, 0);

    ck_assert_uint_eq(amthi_check_answer(got, command), 0);
    return swme_get_le32(got->data + 16);
}

/* G.2: fresh, by the host to client mode, back, and remote configuration started and stopped. */
START_TEST(there_and_back)
{
    g_autoptr(Bench) b = amthi_bench(NULL);
    AmtState *amt = swme_firmware_amt(b->firmware);

    ck_assert_int_eq(amt_set_up_client(amt, digest), AMT_SETUP_OK);
    ck_assert_int_eq(amt_set_up_client(amt, digest), AMT_SETUP_INVALID_STATE);
    ck_assert_uint_eq(value_of(b, 0x0400006b), 1);
    ck_assert_uint_eq(status_of(b, 0x04000010, "\0\0\0", 4), 0);
    ck_assert_uint_eq(value_of(b, 0x0400006b), 0);
    ck_assert_uint_eq(value_of(b, 0x04000011), 0);
    ck_assert_uint_eq(value_of(b, 0x04000058), 0);
    ck_assert_uint_eq(status_of(b, 0x04000029, NULL, 0), 0);
    ck_assert(amt_state_data(amt)->setup.hello);
    ck_assert_uint_eq(value_of(b, 0x04000011), 1);
    ck_assert_uint_eq(status_of(b, 0x04000010, "\0\0\0", 4), 0);
    ck_assert_uint_eq(status_of(b, 0x0400005e, NULL, 0), 0);
    ck_assert(!amt_state_data(amt)->setup.hello);
    ck_assert_uint_eq(value_of(b, 0x04000011), 0);
    ck_assert_uint_ne(status_of(b, 0x0400005e, NULL, 0), 0);
}
END_TEST

START_TEST(remote_configuration_ends_after_255_hours)
{
    g_autoptr(Bench) b = amthi_bench(NULL);

    ck_assert_uint_eq(status_of(b, 0x04000029, NULL, 0), 0);
    ck_assert_uint_eq(swme_manual_clock_armed(b->clock), 0);
    swme_manual_clock_advance(b->clock, (255 * 3600 - 10) * SWME_NS_PER_S);
    ck_assert_uint_eq(value_of(b, 0x04000011), 1);
    swme_manual_clock_advance(b->clock, 10 * SWME_NS_PER_S);
    ck_assert_uint_eq(value_of(b, 0x04000011), 0);
    ck_assert_uint_eq(status_of(b, 0x04000029, NULL, 0), 0);
}
END_TEST

START_TEST(a_seed_takes_its_time)
{
    g_autoptr(Bench) b = amthi_bench(NULL);

    ck_assert_uint_eq(status_of(b, 0x04000028, NULL, 0), 0);
    ck_assert_uint_eq(status_of(b, 0x04000028, NULL, 0), 0x2f);
    ck_assert_uint_eq(value_of(b, 0x0400002e), 1);
    ck_assert_uint_eq(status_of(b, 0x04000029, NULL, 0), 0x30);
    swme_manual_clock_advance(b->clock, 2 * SWME_NS_PER_S);
    ck_assert_uint_eq(value_of(b, 0x0400002e), 0);
    ck_assert_uint_eq(status_of(b, 0x04000029, NULL, 0), 0);
}
END_TEST

/* G.5, first column; trap 31. */
START_TEST(trap31_switched_off_it_answers_with_nothing)
{
    g_autoptr(Bench) b = amthi_bench(NULL);
    g_autoptr(GByteArray) got = NULL;

    ck_assert_uint_eq(status_of(b, 0x04000088, NULL, 0), 0);
    got = amthi_ask(b, 0x04000011, NULL, 0);
    ck_assert(got != NULL);
    ck_assert_uint_eq(got->len, 0);
    ck_assert_uint_eq(amt_set_operational(swme_firmware_amt(b->firmware), true), 0);
    ck_assert_uint_eq(value_of(b, 0x04000011), 0);
}
END_TEST

/* Part 6: what was asked by one who left is not told to the next, and one is served at a time. */
START_TEST(the_answer_goes_to_the_asker)
{
    g_autoptr(Bench) b = amthi_bench(&(BenchOptions){.latency = "0+amthi:900ms"});
    uint8_t state[12] = {1, 1, 0, 0, 0x11, 0, 0, 4};
    uint8_t uuid[12] = {1, 1, 0, 0, 0x5c, 0, 0, 4};
    g_autoptr(GByteArray) got = NULL;

    bench_grant(b, amthi_address, 1);
    bench_put(b, mei_hdr(amthi_address, 1, 12, true), state, 12);
    swme_firmware_ops.doorbell(b->firmware);
    /* A second asker meanwhile. */
    bench_put(b, mei_hdr(0, 0, 4, true), (uint8_t[]){0x06, amthi_address, 2, 0}, 4);
    swme_firmware_ops.doorbell(b->firmware);
    bench_expect_hbm(b, BYTES(0x86, amthi_address, 2, 3)); /* out of resources: EBUSY */
    /* The first leaves before its answer came, and another comes. */
    bench_put(b, mei_hdr(0, 0, 4, true), (uint8_t[]){0x07, amthi_address, 1, 0}, 4);
    swme_firmware_ops.doorbell(b->firmware);
    bench_expect_hbm(b, BYTES(0x87, amthi_address, 1, 0));
    bench_connect(b, amthi_address, 2);
    fake_clock_settle(b->clock);
    bench_expect_nothing(b);
    bench_grant(b, amthi_address, 2);
    bench_data(b, amthi_address, 2, uuid, 12);
    got = bench_take_message(b, amthi_address, 2);
    ck_assert_uint_eq(amthi_check_answer(got, 0x0400005c), 0);
    ck_assert_uint_eq(got->len, 32);
}
END_TEST

/* A user's UUID is the machine's from then on; without one it is what the NVM file says. */
START_TEST(the_uuid_goes_with_the_nvm_file)
{
    static const uint8_t none[SWME_UUID_SIZE];
    static const uint8_t other[SWME_UUID_SIZE] = {0xaa, 1, 2, 3, 4, 5};
    static const struct {
        const uint8_t *given;
        const uint8_t *is;
    } starts[] = {{bench_uuid, bench_uuid}, {none, bench_uuid}, {none, bench_uuid},
                  {other, other},           {none, other},      {bench_uuid, bench_uuid}};
    g_autofree char *directory = g_dir_make_tmp("swme-uuid-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(directory, "amt.nvm", NULL);
    g_autoptr(Bench) fresh = amthi_bench(&(BenchOptions){.uuid = none});
    g_autoptr(GByteArray) own = amthi_ask(fresh, 0x0400005c, NULL, 0);

    for (size_t i = 0; i < UNIT_COUNT(starts); i++) {
        g_autoptr(Bench) b = amthi_bench(&(BenchOptions){.nvm = path, .uuid = starts[i].given});
        g_autoptr(GByteArray) got = amthi_ask(b, 0x0400005c, NULL, 0);

        ck_assert_uint_eq(amthi_check_answer(got, 0x0400005c), 0);
        ck_assert_uint_eq(got->len, 32);
        ck_assert_msg(memcmp(got->data + 16, starts[i].is, 16) == 0, "start %zu", i);
        ck_assert_mem_ne(got->data + 16, own->data + 16, 16);
        /* Unprovisioned, a machine is still that machine. */
        amt_unprovision(swme_firmware_amt(b->firmware), false);
        ck_assert_mem_eq(amt_state_uuid(swme_firmware_amt(b->firmware)), starts[i].is, 16);
    }
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(rmdir(directory), 0);
}
END_TEST

/* ---- the user's tunnel ---- */

static void set_remote(AmtState *amt, bool user, const char *mps)
{
    AmtRemote remote = amt_state_data(amt)->remote;

    remote.user_initiated = user;
    remote.interfaces = 2; /* the operating system's */
    g_strlcpy(remote.mps, mps, sizeof(remote.mps));
    amt_state_set_remote(amt, &remote);
}

static void set_tunnel(AmtState *amt, uint32_t tunnel, uint32_t trigger)
{
    AmtLive live = amt_state_data(amt)->live;

    live.tunnel = tunnel;
    live.trigger = trigger;
    amt_state_set_live(amt, &live);
}

static void set_links(AmtState *amt, bool wired, bool wireless)
{
    AmtNetwork network = amt_state_data(amt)->network;

    network.lan[0].link = wired;
    network.lan[1].present = wireless;
    network.lan[1].link = wireless;
    amt_state_set_network(amt, &network);
}

#define OPEN   0x04000044
#define CLOSE  0x04000045
#define STATUS 0x04000046

/* Each thing that is missing has its own status, and nothing starts before all are there. */
START_TEST(a_user_calls_for_help)
{
    g_autoptr(Bench) b = amthi_bench(NULL);
    AmtState *amt = swme_firmware_amt(b->firmware);
    const AmtData *data = amt_state_data(amt);
    g_autoptr(GByteArray) got = NULL;

    ck_assert_uint_eq(status_of(b, OPEN, NULL, 0), 3); /* not set up */
    ck_assert_int_eq(amt_set_up_client(amt, digest), AMT_SETUP_OK);
    ck_assert_uint_eq(status_of(b, OPEN, NULL, 0), 0x10);
    set_remote(amt, true, "");
    ck_assert_uint_eq(status_of(b, OPEN, NULL, 0), 0x809); /* no server */
    set_remote(amt, true, "mps.test");
    set_links(amt, false, false);
    ck_assert_uint_eq(status_of(b, OPEN, NULL, 0), 2);
    ck_assert_uint_eq(data->live.tunnel, 0);
    set_links(amt, false, true);
    ck_assert_uint_eq(status_of(b, OPEN, NULL, 0), 0);
    ck_assert_uint_eq(data->live.tunnel, 1); /* connecting */
    ck_assert_uint_eq(data->live.trigger, 0);
    ck_assert_int_eq(data->remote.attempt_s, amt_state_time(amt));
    got = amthi_ask(b, STATUS, NULL, 0);
    ck_assert_uint_eq(amthi_check_answer(got, STATUS), 0);
    ck_assert_uint_eq(swme_get_le32(got->data + 20), 1);
    ck_assert_uint_eq(status_of(b, OPEN, NULL, 0), 0); /* it is at it */
    ck_assert_uint_eq(status_of(b, CLOSE, NULL, 0), 0);
    ck_assert_uint_eq(data->live.tunnel, 0);
    ck_assert_int_eq(data->remote.closed_s, 0); /* it never was open */
    ck_assert_uint_eq(status_of(b, CLOSE, NULL, 0), 1);
    set_tunnel(amt, 2, 1); /* an alert's */
    ck_assert_uint_eq(status_of(b, CLOSE, NULL, 0), 0x10);
    set_tunnel(amt, 2, 0);
    ck_assert_uint_eq(status_of(b, CLOSE, NULL, 0), 0);
    ck_assert_int_eq(data->remote.closed_s, amt_state_time(amt));
    set_remote(amt, false, "mps.test");
    ck_assert_uint_eq(status_of(b, OPEN, NULL, 0), 0x10);
}
END_TEST

/* The agent's word on the VPN, given and taken back; who is told of DDNS has it. */
START_TEST(a_host_at_home_by_vpn)
{
    g_autoptr(Bench) b = amthi_bench(NULL);
    AmtState *amt = swme_firmware_amt(b->firmware);
    const AmtData *data = amt_state_data(amt);
    uint8_t request[18] = {0};
    AmtRemote remote;
    AmtHost host;

    ck_assert_int_eq(amt_set_up_client(amt, digest), AMT_SETUP_OK);
    request[17] = 1;
    ck_assert_uint_eq(status_of(b, 0x0400003f, request, 18), 0x201);
    remote = data->remote;
    remote.host_vpn_allowed = true;
    amt_state_set_remote(amt, &remote);
    host = data->host;
    host.ddns = true;
    amt_state_set_host(amt, &host);
    ck_assert_uint_eq(status_of(b, 0x0400003f, request, 18), 0x203);
    ck_assert_uint_eq(data->live.environment, 1);
    request[17] = 0;
    ck_assert_uint_eq(status_of(b, 0x0400003f, request, 18), 0);
    ck_assert_uint_eq(data->live.environment, 2);
    ck_assert_uint_eq(status_of(b, 0x0400003f, request, 18), 0); /* nothing to take back */
    ck_assert_uint_eq(data->live.environment, 2);
    request[0] = 2;
    ck_assert_uint_eq(status_of(b, 0x0400003f, request, 18), 0x24);
}
END_TEST

/* The word counts where set-up is done, whatever the switches say before. */
START_TEST(switches_count_once_it_is_set_up)
{
    g_autoptr(Bench) b = amthi_bench(NULL);
    AmtState *amt = swme_firmware_amt(b->firmware);

    for (unsigned int on = 0; on < 2; on++) {
        for (unsigned int round = 0; round < 2; round++) {
            AmtRedirection redirection = amt_state_data(amt)->redirection;
            AmtTls tls = amt_state_data(amt)->tls;
            g_autoptr(GByteArray) got = NULL;
            g_autoptr(GByteArray) web = NULL;
            uint32_t shown = on && round;

            redirection.sol = redirection.ider = redirection.kvm = redirection.web_ui = on;
            tls.enabled = on;
            amt_state_set_redirection(amt, &redirection);
            amt_state_set_tls(amt, &tls);
            got = amthi_ask(b, 0x0400001b, NULL, 0);
            ck_assert_uint_eq(amthi_check_answer(got, 0x0400001b), 0);
            ck_assert_uint_eq(swme_get_le32(got->data + 16 + 4 * 1), shown);
            ck_assert_uint_eq(swme_get_le32(got->data + 16 + 4 * 5), shown);
            ck_assert_uint_eq(swme_get_le32(got->data + 16 + 4 * 6), shown);
            ck_assert_uint_eq(swme_get_le32(got->data + 16 + 4 * 9), shown);
            web = amthi_ask(b, 0x04000049, "\2\0\0", 4);
            ck_assert_uint_eq(amthi_check_answer(web, 0x04000049), 0);
            ck_assert_uint_eq(swme_get_le32(web->data + 20), shown);
            if (round == 0) {
                ck_assert_int_eq(amt_set_up_client(amt, digest), AMT_SETUP_OK);
            } else {
                amt_unprovision(amt, false);
            }
        }
    }
}
END_TEST

/* A client says what hash its certificate has; the answer is AMT's own of that kind. */
START_TEST(host_based_set_up_with_either_hash)
{
    static const struct {
        uint8_t algorithm;
        size_t size;
    } kinds[] = {{2, 32}, {3, 48}};

    for (size_t i = 0; i < UNIT_COUNT(kinds); i++) {
        g_autoptr(Bench) b = amthi_bench(&(BenchOptions){.platform = "adp-s"});
        const AmtTls *tls = &amt_state_data(swme_firmware_amt(b->firmware))->tls;
        const uint8_t *own = i ? tls->sha384 : tls->sha256;
        uint8_t request[390] = {kinds[i].algorithm, 0xcd};
        static const uint8_t zeros[64];
        g_autoptr(GByteArray) got = amthi_ask(b, 0x0400008b, request, sizeof(request));

        ck_assert_uint_eq(amthi_check_answer(got, 0x0400008b), 0);
        ck_assert_uint_eq(got->len, 16 + 65);
        ck_assert_uint_eq(got->data[16], kinds[i].algorithm);
        ck_assert_mem_eq(got->data + 17, own, kinds[i].size);
        ck_assert(memcmp(got->data + 17 + kinds[i].size, zeros, 64 - kinds[i].size) == 0);
        ck_assert(memcmp(own, zeros, kinds[i].size) != 0);
    }
}
END_TEST

/* Of what a platform or AMT's switch leaves no room for, the reason is told. */
START_TEST(what_no_firmware_can_be_made_with)
{
    static const struct {
        SwmeFirmwareConfig config;
        const char *platform;
        const char *told;
    } cases[] = {
        {{.amt = SWME_ON}, "ich8-82q963", "has no AMT to turn on"},
        {{.amt = SWME_DISABLED}, "ich8-82q963", "has no AMT to disable: amt=off is what it is"},
        {{.amt = SWME_OFF, .alert = "127.0.0.1"}, "tgp-lp", "alerts are AMT's"},
        {{.amt = SWME_OFF, .watchdog = "on"}, "tgp-lp", "the watchdog is AMT's"},
        {{.amt = SWME_OFF, .watchdog_reset = "30"}, "tgp-lp", "the watchdog is AMT's"},
        {{.amt = SWME_OFF, .nvm = "/nowhere"}, "tgp-lp", "an NVM file is AMT's"},
        {{.nvm = "/nowhere/at/all"}, "tgp-lp", "/nowhere/at/all"},
        {{.watchdog = "perhaps"}, "tgp-lp", "watchdog is auto, on or off"},
        {{.alert = "nobody"}, "tgp-lp", "nobody"},
        {{.latency = "soon"}, "tgp-lp", "not a time"},
        {{.latency = "1ms+nobody:1ms"}, "tgp-lp", "unknown client"},
    };

    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        g_autoptr(SwmeManualClock) clock = swme_manual_clock_new();
        g_autoptr(GError) error = NULL;
        SwmeFirmwareConfig config = cases[i].config;
        FakeDevice device;

        config.platform = swme_platform_find(cases[i].platform, NULL);
        if (!config.platform) { /* the first row without AMT */
            config.platform = swme_platforms;
            while (config.platform->amt) {
                config.platform++;
            }
        }
        fake_device_init(&device, config.platform->h_depth, config.platform->me_depth);
        ck_assert_ptr_null(swme_firmware_new(&config, &fake_device_ops, &device,
                                             swme_manual_clock(clock), &error));
        MUST_MSG(strstr(error->message, cases[i].told), "case %zu: %s", i, error->message);
        ck_assert_ptr_null(strchr(error->message, '\n'));
        fake_device_clear(&device);
    }
}
END_TEST

/* ---- secrets ---- */

static void record(void *opaque, const SwmeTrace *trace)
{
    g_byte_array_append(opaque, (const guint8 *)trace->what, (guint)strlen(trace->what));
    g_byte_array_append(opaque, trace->data, (guint)trace->size);
}

static bool contains(const GByteArray *where, const char *what)
{
    return memmem(where->data, where->len, what, strlen(what)) != NULL;
}

START_TEST(no_trace_shows_a_secret)
{
    g_autoptr(Bench) b = amthi_bench(NULL);
    g_autoptr(GByteArray) trace = g_byte_array_new();
    g_autoptr(GByteArray) lsa = NULL;
    uint8_t otp[20] = {18, 0, 'T', 'o', 'p', 'S', 'e', 'c', 'r', 'e', 't', 'O', 't', 'p'};
    uint8_t split[34] = {1, 1, 0, 0, 0x2a, 0, 0, 4};
    uint8_t zeros[40] = {0};

    swme_firmware_set_trace(b->firmware, record, trace);
    memset(otp + 14, 'x', 6);
    ck_assert_uint_eq(status_of(b, 0x0400002a, otp, sizeof(otp)), 0);
    memcpy(split + 12, otp, 20);
    bench_grant(b, amthi_address, 1);
    bench_put(b, mei_hdr(amthi_address, 1, 13, false), split, 13);
    bench_put(b, mei_hdr(amthi_address, 1, 21, true), split + 13, 21);
    bench_ring(b);
    g_byte_array_unref(bench_take_message(b, amthi_address, 1));
    bench_ring(b);
    bench_take_hbm(b, (uint8_t[508]){0});
    lsa = amthi_ask(b, 0x04000067, zeros, 40);
    ck_assert_uint_eq(value_of(b, 0x0400002e), 0);
    ck_assert_str_eq(amt_state_data(swme_firmware_amt(b->firmware))->setup.otp,
                     "TopSecretOtpxxxxxx");
    ck_assert(contains(trace, "amthi"));
    ck_assert(contains(trace, "\x2e\x00\x80\x04")); /* what is no secret is shown */
    ck_assert(!contains(trace, "Secret"));
    ck_assert(!contains(trace, (char *)lsa->data + 49));
    ck_assert(!contains(trace, "$$OsAdmin"));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("amthi-stories");
    TCase *stories = unit_case(suite, "stories");

    tcase_add_test(stories, there_and_back);
    tcase_add_test(stories, remote_configuration_ends_after_255_hours);
    tcase_add_test(stories, a_seed_takes_its_time);
    tcase_add_test(stories, trap31_switched_off_it_answers_with_nothing);
    tcase_add_test(stories, the_answer_goes_to_the_asker);
    tcase_add_test(stories, the_uuid_goes_with_the_nvm_file);
    tcase_add_test(stories, a_user_calls_for_help);
    tcase_add_test(stories, a_host_at_home_by_vpn);
    tcase_add_test(stories, switches_count_once_it_is_set_up);
    tcase_add_test(stories, host_based_set_up_with_either_hash);
    tcase_add_test(stories, what_no_firmware_can_be_made_with);
    tcase_add_test(stories, no_trace_shows_a_secret);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
