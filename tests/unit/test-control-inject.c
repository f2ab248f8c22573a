/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the control socket puts on the link, and what it reads and sets of AMT. */
#include "tests/unit/control-fixture.h"

#include <string.h>

#include <swme/bytes.h>
#include <swme/mei-header.h>
#include <swme/watchdog.h>

#include "firmware-sim/amt/amt-state.h"

#define ECHO_ADDR swme_firmware_client_address(ctl->firmware, "echo")

/* "{...}" with 'x' for "x": requests that can be read. */
static char *quoted(const char *text)
{
    return g_strdelimit(g_strdup(text), "'", '"');
}

static JsonObject *do_it(CtlClient *client, const char *command, const char *text)
{
    g_autofree char *request = quoted(text);

    return ctl_do(client, command, request);
}

static gint64 packets_of(CtlClient *client, const char *text)
{
    g_autoptr(JsonObject) reply = do_it(client, "inject", text);

    return json_object_get_int_member(reply, "packets");
}

static void must_refuse(CtlClient *client, const char *text, const char *told)
{
    g_autofree char *request = quoted(text);
    g_autoptr(JsonObject) reply = ctl_ask(client, request);
    const char *error = json_object_get_string_member_with_default(reply, "error", "");

    MUST_MSG(strstr(error, told), "%s: '%s'", text, error);
    ck_assert_ptr_null(strchr(error, '\n'));
}

/* ---- to the host ---- */

START_TEST(a_message_reaches_the_host_in_as_many_packets_as_it_takes)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) client = ctl_connect(ctl);
    g_autofree char *digits = g_strnfill(2 * 1000, 'a');
    g_autofree char *request = g_strdup_printf(
        "{'do':'inject','way':'to-host','client':'echo','host':3,'data':'%s'}", digits);
    unsigned int packets = 0, bytes = 0;
    bool complete = false;
    GBytes *packet;
    gint64 told;

    ctl_host_up(ctl);
    told = packets_of(client, request);
    fake_clock_settle(ctl->manual);
    ck_assert_uint_gt(ctl->device.interrupts, 0);
    do {
        /* A ring holds less than all of it: the rest comes as the host makes room. */
        while ((packet = fake_device_take(&ctl->device))) {
            uint32_t header = swme_get_le32(g_bytes_get_data(packet, NULL));

            ck_assert(!complete);
            ck_assert_uint_eq(MEI_HDR_ME_ADDR(header), ECHO_ADDR);
            ck_assert_uint_eq(MEI_HDR_HOST_ADDR(header), 3);
            bytes += MEI_HDR_LENGTH(header);
            complete = header & MEI_HDR_COMPLETE;
            packets++;
            g_bytes_unref(packet);
        }
        swme_faults_firmware_ops.doorbell(ctl->faults);
        fake_clock_settle(ctl->manual);
    } while (fake_device_peek(&ctl->device, NULL));
    ck_assert(complete);
    ck_assert_uint_eq(bytes, 1000);
    ck_assert_int_eq(packets, told);
    ck_assert_uint_eq(ctl->device.never_fits, 0);
}
END_TEST

START_TEST(a_packet_reaches_the_host_as_it_is)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) client = ctl_connect(ctl);
    g_autoptr(GBytes) packet = NULL;
    static const uint8_t notify[] = {0, 0, 2, 0x80, 0x87, 0x20};

    ctl_host_up(ctl);
    ck_assert_int_eq(packets_of(client, "{'do':'inject','way':'to-host','packet':'000002808720'}"),
                     1);
    fake_clock_settle(ctl->manual);
    packet = fake_device_take(&ctl->device);
    ck_assert_ptr_nonnull(packet);
    ck_assert_uint_eq(g_bytes_get_size(packet), sizeof(notify));
    ck_assert_mem_eq(g_bytes_get_data(packet, NULL), notify, sizeof(notify));
}
END_TEST

/* ---- to the firmware ---- */

START_TEST(the_firmware_takes_it_for_the_host_s)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) client = ctl_connect(ctl);
    SwmeFirmwareStatus status;
    uint64_t in;

    /* START, as a host bus message: the link comes up though no host said so. */
    ck_assert_int_eq(packets_of(client, "{'do':'inject','way':'to-firmware','client':0,"
                                        "'data':'01000202'}"),
                     1);
    fake_clock_settle(ctl->manual);
    swme_firmware_status(ctl->firmware, &status);
    ck_assert(status.started);
    ck_assert_uint_eq(status.hbm_major, 2);
    /* MKHI's version, at its fixed address 7: no connection, so no host address is needed. */
    ctl_host_up(ctl);
    in = swme_firmware_stats(ctl->firmware)->messages_in;
    ck_assert_int_eq(packets_of(client, "{'do':'inject','way':'to-firmware','client':7,"
                                        "'data':'ff020000'}"),
                     1);
    fake_clock_settle(ctl->manual);
    ck_assert_uint_eq(swme_firmware_stats(ctl->firmware)->messages_in, in + 1);
    ck_assert_ptr_nonnull(fake_device_peek(&ctl->device, NULL)); /* and answers */
}
END_TEST

START_TEST(what_is_seen_of_it_is_a_packet_like_any_other)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) client = ctl_connect(ctl);
    g_autoptr(CtlClient) watcher = ctl_connect(ctl);
    g_autoptr(JsonObject) event = NULL;

    ctl_host_up(ctl);
    json_object_unref(do_it(watcher, "subscribe", "{'do':'subscribe','events':['messages']}"));
    packets_of(client, "{'do':'inject','way':'to-firmware','client':7,'data':'ff020000'}");
    fake_clock_settle(ctl->manual);
    event = ctl_object(watcher);
    ck_assert_str_eq(json_object_get_string_member(event, "way"), "to-firmware");
    ck_assert_str_eq(json_object_get_string_member(event, "data"), "ff020000");
}
END_TEST

START_TEST(who_takes_nothing_is_not_sent_without_end)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) client = ctl_connect(ctl);
    g_autofree char *digits = g_strnfill(2 * 24000, '0');
    g_autofree char *big = g_strdup_printf(
        "{'do':'inject','way':'to-host','client':'echo','host':1,'data':'%s'}", digits);
    unsigned int done = 0;

    ctl_host_up(ctl);
    for (bool more = true; more && done < 100; done++) {
        g_autofree char *request = quoted(big);
        g_autoptr(JsonObject) reply = ctl_ask(client, request);

        more = json_object_has_member(reply, "return");
        fake_clock_settle(ctl->manual);
    }
    ck_assert_uint_gt(done, 2);
    ck_assert_uint_lt(done, 10);
    must_refuse(client, big, "the other side takes nothing");
    /* A reset of the link ends all of it. */
    ctl_host_up(ctl);
    ck_assert_int_gt(packets_of(client, big), 1);
}
END_TEST

START_TEST(a_message_of_nothing_is_one_packet)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) client = ctl_connect(ctl);
    g_autoptr(GBytes) packet = NULL;

    ctl_host_up(ctl);
    ck_assert_int_eq(
        packets_of(client, "{'do':'inject','way':'to-host','client':'echo','host':1,'data':''}"),
        1);
    fake_clock_settle(ctl->manual);
    packet = fake_device_take(&ctl->device);
    ck_assert_uint_eq(g_bytes_get_size(packet), MEI_HEADER_SIZE);
    ck_assert(swme_get_le32(g_bytes_get_data(packet, NULL)) & MEI_HDR_COMPLETE);
}
END_TEST

START_TEST(rules_do_not_strike_it)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) client = ctl_connect(ctl);
    SwmeFaultInfo info;

    ctl_host_up(ctl);
    ck_assert(swme_faults_add(ctl->faults, "drop:count=all:type=DATA", NULL, NULL, NULL));
    packets_of(client, "{'do':'inject','way':'to-host','client':'echo','host':1,'data':'00'}");
    fake_clock_settle(ctl->manual);
    ck_assert_ptr_nonnull(fake_device_peek(&ctl->device, NULL));
    swme_faults_info(ctl->faults, 0, &info);
    ck_assert_uint_eq(info.matches, 0);
}
END_TEST

static const struct {
    const char *line;
    const char *told;
} bad_injections[] = {
    {"{'do':'inject'}", "\"way\" must be there"},
    {"{'do':'inject','way':'up','data':''}", "\"way\" must be to-host or to-firmware"},
    {"{'do':'inject','way':'to-host'}", "\"client\" must be a number from 0 to 255"},
    {"{'do':'inject','way':'to-host','client':256,'host':1,'data':''}", "\"client\" must be"},
    {"{'do':'inject','way':'to-host','client':'nix','host':1,'data':''}", "no client 'nix'"},
    {"{'do':'inject','way':'to-host','client':'echo','data':''}", "\"host\" must be a number"},
    {"{'do':'inject','way':'to-host','client':'echo','host':-1,'data':''}", "\"host\" must be"},
    {"{'do':'inject','way':'to-host','client':'echo','host':'1','data':''}", "\"host\" must be"},
    {"{'do':'inject','way':'to-host','client':'echo','host':1}", "\"data\" must be there"},
    {"{'do':'inject','way':'to-host','client':'echo','host':1,'data':'abc'}", "hexadecimal"},
    {"{'do':'inject','way':'to-host','client':'echo','host':1,'data':'0x00'}", "hexadecimal"},
    {"{'do':'inject','way':'to-host','packet':''}", "no host has started"},
    {"{'do':'inject','way':'to-firmware','packet':'000002'}", "a packet is a header and"},
    {"{'do':'inject','way':'to-firmware','packet':'0000028001'}", "a packet is a header and"},
    {"{'do':'inject','way':'to-firmware','packet':'00000080','host':1}", "no \"host\" beside it"},
    {"{'do':'inject','way':'to-firmware','packet':7}", "\"packet\" must be there and be a string"},
};

START_TEST(what_cannot_be_injected_is_told)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) client = ctl_connect(ctl);

    must_refuse(client, bad_injections[_i].line, bad_injections[_i].told);
    ck_assert(swme_faults_untouched(ctl->faults));
}
END_TEST

START_TEST(a_packet_never_outgrows_the_ring)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) client = ctl_connect(ctl);
    g_autofree char *digits = g_strnfill(2 * 600, '0');
    g_autofree char *request =
        g_strdup_printf("{'do':'inject','way':'to-firmware','packet':'%s'}", digits);

    must_refuse(client, request, "never fits into the ring");
    json_object_unref(ctl_do(client, "firmware-reset", NULL));
    must_refuse(client, "{'do':'inject','way':'to-firmware','packet':'00000080'}",
                "the firmware is not ready");
}
END_TEST

/* ---- AMT ---- */

START_TEST(all_of_amt_is_there_but_its_secrets)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) client = ctl_connect(ctl);
    g_autoptr(JsonObject) all = do_it(client, "amt", "{'do':'amt'}");
    JsonObject *values = json_object_get_object_member(all, "values");
    static const char *const secrets[] = {"alerts.subscriber.community",
                                          "setup.otp",
                                          "accounts.account.digest",
                                          "tls.key",
                                          "redirection.rfb_password",
                                          "boot.rse_password",
                                          "credentials.key.der",
                                          "live.lsa_password",
                                          "live.consent_code"};

    for (size_t i = 0; i < UNIT_COUNT(secrets); i++) {
        ck_assert(json_object_has_member(values, secrets[i]));
        ck_assert(json_object_get_null_member(values, secrets[i]));
    }
    ck_assert(json_object_get_boolean_member(values, "setup.operational"));
    ck_assert_int_eq(json_object_get_int_member(values, "setup.server_port"), 9971);
    ck_assert_uint_eq(strlen(json_object_get_string_member(values, "identity.uuid")), 32);
    ck_assert_uint_eq(
        json_array_get_length(json_object_get_array_member(values, "network.inside_suffix")), 4);
}
END_TEST

START_TEST(a_group_or_one_value_may_be_asked_for)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) client = ctl_connect(ctl);
    static const struct {
        const char *name;
        guint least, most;
    } cases[] = {
        {"host.name", 1, 1}, {"host", 5, 20}, {"network.lan[1]", 10, 30}, {"network.lan", 20, 60}};

    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        g_autofree char *request = g_strdup_printf("{'do':'amt','name':'%s'}", cases[i].name);
        g_autoptr(JsonObject) reply = do_it(client, "amt", request);
        guint count = json_object_get_size(json_object_get_object_member(reply, "values"));

        MUST_MSG(count >= cases[i].least && count <= cases[i].most, "%s: %u", cases[i].name, count);
    }
    must_refuse(client, "{'do':'amt','name':'host.nam'}", "no value 'host.nam', near are");
    must_refuse(client, "{'do':'amt','name':1}", "\"name\" must be there and be a string");
}
END_TEST

START_TEST(what_is_set_is_amt_s_from_then_on)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) client = ctl_connect(ctl);
    const AmtData *data = amt_state_data(swme_firmware_amt(ctl->firmware));
    static const uint8_t mac[] = {2, 0, 0, 1, 2, 3};

    json_object_unref(do_it(client, "amt-set",
                            "{'do':'amt-set','values':{'host.name':'me','host.ping':false,"
                            "'setup.server_port':4711,'clock.offset_s':-5,"
                            "'network.host_mac':'020000010203',"
                            "'network.inside_suffix':['a.example','b.example','',''],"
                            "'setup.otp':'sesame12'}}"));
    ck_assert_str_eq(data->host.name, "me");
    ck_assert(!data->host.ping);
    ck_assert_uint_eq(data->setup.server_port, 4711);
    ck_assert_int_eq(data->clock.offset_s, -5);
    ck_assert_mem_eq(data->network.host_mac, mac, sizeof(mac));
    ck_assert_str_eq(data->network.inside_suffix[1], "b.example");
    ck_assert_str_eq(data->setup.otp, "sesame12");
    /* What has no fixed size, too, and again. */
    for (unsigned int i = 0; i < 2; i++) {
        g_autoptr(JsonObject) reply = NULL;
        JsonObject *values;

        json_object_unref(
            do_it(client, "amt-set", "{'do':'amt-set','values':{'boot.uefi':'3003020101'}}"));
        reply = do_it(client, "amt", "{'do':'amt','name':'boot.uefi'}");
        values = json_object_get_object_member(reply, "values");
        ck_assert_str_eq(json_object_get_string_member(values, "boot.uefi"), "3003020101");
    }
}
END_TEST

/* What else follows: clients of AMT's come when it is switched on, as by its owner. */
START_TEST(whoever_looks_at_amt_is_told_of_the_change)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) client = ctl_connect(ctl);
    SwmeFirmwareClient amthi;
    uint8_t address = swme_firmware_client_address(ctl->firmware, "amthi");

    json_object_unref(
        do_it(client, "amt-set", "{'do':'amt-set','values':{'setup.operational':false}}"));
    swme_faults_firmware_ops.platform_reset(ctl->faults);
    ck_assert(swme_firmware_client(ctl->firmware, address, &amthi));
    ck_assert(!amthi.present);
    json_object_unref(
        do_it(client, "amt-set", "{'do':'amt-set','values':{'setup.operational':true}}"));
    ck_assert(swme_firmware_client(ctl->firmware, address, &amthi));
    ck_assert(amthi.present);
}
END_TEST

static const struct {
    const char *values;
    const char *told;
} bad_values[] = {
    {"7", "\"values\" must be an object"},
    {"{'host.nam':'x'}", "no value 'host.nam', near are"},
    {"{'host.name':7}", "\"host.name\" must be a string"},
    {"{'host.ping':1}", "\"host.ping\" must be true or false"},
    {"{'setup.server_port':-1}", "\"setup.server_port\" must be a number from 0"},
    {"{'setup.server_port':4294967296}", "\"setup.server_port\" must be a number from 0"},
    {"{'setup.server_port':65536}", "no AMT can have such a value of setup.server_port"},
    {"{'clock.offset_s':'now'}", "\"clock.offset_s\" must be a number"},
    {"{'network.host_mac':'0g'}", "\"network.host_mac\" must be bytes in hexadecimal"},
    {"{'network.host_mac':'00'}", "no AMT can have such a value of network.host_mac"},
    {"{'network.inside_suffix':'x'}", "\"network.inside_suffix\" must be a list"},
    {"{'network.inside_suffix':[1,2,3,4]}", "\"network.inside_suffix\" must be a list"},
    {"{'network.inside_suffix':['x']}", "no AMT can have such a value of network.inside_suffix"},
    {"{'host.name':['x']}", "\"host.name\" must be a string"},
    {"{'setup.server_port':'x'}", "\"setup.server_port\" must be a number from 0"},
    {"{'network.host_mac':7}", "\"network.host_mac\" must be bytes in hexadecimal"},
    {"{'network.host_mac':[2,0,0,1,2,3]}", "\"network.host_mac\" must be bytes in hexadecimal"},
    {"{'network.inside_suffix':{}}", "\"network.inside_suffix\" must be a list"},
    {"{'setup.state':0,'setup.control_mode':2}", "such a value of setup.control_mode"},
};

START_TEST(what_no_amt_can_be_is_refused_and_nothing_changes)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) client = ctl_connect(ctl);
    g_autoptr(AmtData) before = amt_data_copy(amt_state_data(swme_firmware_amt(ctl->firmware)));
    g_autofree char *request =
        g_strdup_printf("{'do':'amt-set','values':%s}", bad_values[_i].values);

    must_refuse(client, request, bad_values[_i].told);
    ck_assert(amt_data_equal(before, amt_state_data(swme_firmware_amt(ctl->firmware))));
}
END_TEST

/* ---- AMT's watchdog and log ---- */

START_TEST(a_watchdog_that_runs_is_shown)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) client = ctl_connect(ctl);
    uint8_t address = swme_firmware_client_address(ctl->firmware, "watchdog");
    /* START with a time-out of 120 s, as Linux' mei_wdt.c sends it. */
    static const uint8_t start[WD_START_SIZE] = {WD_CONTROL, WD_START_SIZE - 2, WD_CONTROL_START,
                                                 WD_VERSION, 120};
    g_autoptr(JsonObject) idle = NULL;
    g_autoptr(JsonObject) runs = NULL;
    JsonArray *timers;

    json_object_unref(
        do_it(client, "watchdog-set", "{'do':'watchdog-set','watchdog':'on','reset':30}"));
    ctl_host_up(ctl);
    idle = do_it(client, "watchdog", "{'do':'watchdog'}");
    ck_assert_int_eq(json_object_get_int_member(idle, "reset_after_s"), 30);
    ck_assert(json_object_get_null_member(idle, "reset_in_ns"));
    ctl_host_hbm(ctl, (const uint8_t[]){6, address, 1, 0}, 4);
    ctl_host_hbm(ctl, (const uint8_t[]){8, address, 1, 0, 0, 0, 0, 0}, 8);
    ctl_host_data(ctl, address, 1, start, sizeof(start));
    runs = do_it(client, "watchdog", "{'do':'watchdog'}");
    timers = json_object_get_array_member(runs, "timers");
    ck_assert_uint_eq(json_array_get_length(timers), 1);
    ck_assert_int_eq(
        json_object_get_int_member(json_array_get_object_element(timers, 0), "timeout_s"), 120);
}
END_TEST

/* Without a ping a timer runs out, and the reset that follows is announced with the time left. */
START_TEST(a_reset_that_is_due_is_shown_and_called_off)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) client = ctl_connect(ctl);
    uint8_t address = swme_firmware_client_address(ctl->firmware, "watchdog");
    static const uint8_t start[WD_START_SIZE] = {WD_CONTROL, WD_START_SIZE - 2, WD_CONTROL_START,
                                                 WD_VERSION, 120};
    g_autoptr(JsonObject) due = NULL;
    g_autoptr(JsonObject) first = NULL;
    g_autoptr(JsonObject) second = NULL;

    json_object_unref(
        do_it(client, "watchdog-set", "{'do':'watchdog-set','watchdog':'on','reset':'30'}"));
    ctl_host_up(ctl);
    ctl_host_hbm(ctl, (const uint8_t[]){6, address, 1, 0}, 4);
    ctl_host_hbm(ctl, (const uint8_t[]){8, address, 1, 0, 0, 0, 0, 0}, 8);
    ctl_host_data(ctl, address, 1, start, sizeof(start));
    swme_manual_clock_advance(ctl->manual, 130 * SWME_NS_PER_S);
    due = do_it(client, "watchdog", "{'do':'watchdog'}");
    ck_assert_int_eq(json_object_get_int_member(due, "expirations"), 1);
    ck_assert_int_gt(json_object_get_int_member(due, "reset_in_ns"), 15 * SWME_NS_PER_S);
    ck_assert_int_le(json_object_get_int_member(due, "reset_in_ns"), 30 * SWME_NS_PER_S);
    first = do_it(client, "watchdog-cancel", "{'do':'watchdog-cancel'}");
    second = do_it(client, "watchdog-cancel", "{'do':'watchdog-cancel'}");
    ck_assert(json_object_get_boolean_member(first, "cancelled"));
    ck_assert(!json_object_get_boolean_member(second, "cancelled"));
}
END_TEST

static const char *const of_amt[] = {
    "{'do':'amt'}",
    "{'do':'amt-set','values':{}}",
    "{'do':'watchdog'}",
    "{'do':'watchdog-set','watchdog':'on'}",
    "{'do':'watchdog-cancel'}",
    "{'do':'log'}",
    "{'do':'log-freeze','frozen':true}",
    "{'do':'log-clear'}",
    "{'do':'alerts'}",
    "{'do':'listeners'}",
    "{'do':'alert-add','alert':'127.0.0.1'}",
    "{'do':'alert-remove','alert':'all'}",
    "{'do':'alert-set','sends':2}",
    "{'do':'event-raise','event':'bad-passwords'}",
};

/* A firmware that has none says so to each command of AMT's. */
START_TEST(without_amt_nothing_of_it_can_be_asked)
{
    g_autoptr(Ctl) ctl = ctl_new_with(SWME_OFF);
    g_autoptr(CtlClient) client = ctl_connect(ctl);

    for (size_t i = 0; i < UNIT_COUNT(of_amt); i++) {
        must_refuse(client, of_amt[i], "this firmware has no AMT");
    }
    json_object_unref(ctl_do(client, "status", NULL));
}
END_TEST

static guint log_length(CtlClient *client)
{
    g_autoptr(JsonObject) log = do_it(client, "log", "{'do':'log'}");

    return json_array_get_length(json_object_get_array_member(log, "records"));
}

START_TEST(an_amt_that_is_switched_off_has_no_events)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) client = ctl_connect(ctl);
    guint before;

    json_object_unref(
        do_it(client, "amt-set", "{'do':'amt-set','values':{'setup.operational':false}}"));
    before = log_length(client);
    must_refuse(client, "{'do':'event-raise','event':'bad-passwords'}", "AMT is switched off");
    ck_assert_uint_eq(log_length(client), before);
}
END_TEST

START_TEST(a_frozen_log_is_not_cleared)
{
    g_autoptr(Ctl) ctl = ctl_new();
    g_autoptr(CtlClient) client = ctl_connect(ctl);

    /* As a command line has it, too. */
    json_object_unref(do_it(client, "log-freeze", "{'do':'log-freeze','frozen':'true'}"));
    must_refuse(client, "{'do':'log-clear'}", "the log is frozen");
    json_object_unref(do_it(client, "log-freeze", "{'do':'log-freeze','frozen':'false'}"));
    json_object_unref(do_it(client, "log-clear", "{'do':'log-clear'}"));
    must_refuse(client, "{'do':'log-freeze','frozen':'maybe'}", "must be true or false");
    must_refuse(client, "{'do':'log-freeze','frozen':1}", "must be true or false");
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("control, inject and AMT");
    TCase *tcase = unit_case(suite, "inject");

    ctl_schema_path = argc > 1 ? argv[1] : "docs/control.schema.json";
    tcase_add_test(tcase, a_message_reaches_the_host_in_as_many_packets_as_it_takes);
    tcase_add_test(tcase, a_packet_reaches_the_host_as_it_is);
    tcase_add_test(tcase, the_firmware_takes_it_for_the_host_s);
    tcase_add_test(tcase, what_is_seen_of_it_is_a_packet_like_any_other);
    tcase_add_test(tcase, who_takes_nothing_is_not_sent_without_end);
    tcase_add_test(tcase, a_message_of_nothing_is_one_packet);
    tcase_add_test(tcase, rules_do_not_strike_it);
    tcase_add_loop_test(tcase, what_cannot_be_injected_is_told, 0, (int)UNIT_COUNT(bad_injections));
    tcase_add_test(tcase, a_packet_never_outgrows_the_ring);
    tcase = unit_case(suite, "AMT");
    tcase_add_test(tcase, all_of_amt_is_there_but_its_secrets);
    tcase_add_test(tcase, a_group_or_one_value_may_be_asked_for);
    tcase_add_test(tcase, what_is_set_is_amt_s_from_then_on);
    tcase_add_test(tcase, whoever_looks_at_amt_is_told_of_the_change);
    tcase_add_loop_test(tcase, what_no_amt_can_be_is_refused_and_nothing_changes, 0,
                        (int)UNIT_COUNT(bad_values));
    tcase_add_test(tcase, a_watchdog_that_runs_is_shown);
    tcase_add_test(tcase, a_reset_that_is_due_is_shown_and_called_off);
    tcase_add_test(tcase, without_amt_nothing_of_it_can_be_asked);
    tcase_add_test(tcase, an_amt_that_is_switched_off_has_no_events);
    tcase_add_test(tcase, a_frozen_log_is_not_cleared);
    return unit_run(suite);
}
