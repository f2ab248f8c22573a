/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each action of the interposer, as the two ends of the link see it. */
#include "tests/unit/fault-fixture.h"

#include <string.h>

#define MS SWME_NS_PER_MS
#define S  SWME_NS_PER_S

/* One of everything that passes the link. */
static void everything(Rig *rig, bool full)
{
    uint8_t dma[3] = {1, 2, 3};

    rig->firmware->platform_reset(rig->firmware_opaque);
    rig->device->set_status(rig->device_opaque, 0, 0x12345678);
    rig_ready(rig, true);
    rig_interrupt(rig);
    rig_host_hbm(rig, BYTES(1, 0, 2, 2));
    rig_host(rig, mei_hdr(RIG_ECHO, 1, 3, false), "abc", 3);
    rig->firmware->doorbell(rig->firmware_opaque);
    rig_fetch(rig);
    rig_send_hbm(rig, BYTES(0x81, 1, 2, 2));
    rig_send_data(rig, "hello", 5);
    rig_interrupt(rig);
    if (full) {
        rig->room = 0;
        ck_assert(!rig_send_data(rig, "no room", 7));
        rig->room = 5;
    }
    ck_assert(rig->device->dma_read(rig->device_opaque, 5, dma, sizeof(dma)));
    ck_assert(rig->device->dma_write(rig->device_opaque, 5, dma, sizeof(dma)));
    rig->firmware->d0i3(rig->firmware_opaque, true);
    rig->device->d0i3_done(rig->device_opaque);
    rig->firmware->pg_isolation(rig->firmware_opaque, true);
    rig->firmware->pg_isolation(rig->firmware_opaque, false);
    rig->device->pg_exit_done(rig->device_opaque);
    rig_host_reset(rig);
    rig_ready(rig, false);
    rig_advance(rig, 10 * S);
}

START_TEST(without_rules_nothing_changes)
{
    /* Neither with rules that are for others, or spent, or removed. */
    static const char *const rules[] = {NULL, "drop:client=200+delay:type=NOTIFY:time=1s",
                                        "drop:after=1000000", "mutate:prob=0:count=all"};
    g_autoptr(Rig) direct = rig_new_direct();
    g_autoptr(Rig) rig = rig_new(rules[_i]);

    /* A rule that has counted a packet keeps it until there is room. */
    everything(direct, _i < 2);
    everything(rig, _i < 2);
    ck_assert_str_eq(rig->log->str, direct->log->str);
    ck_assert_uint_eq(rig_hits(rig), 0);
    ck_assert_uint_eq(swme_manual_clock_armed(rig->clock), 0);
}
END_TEST

START_TEST(removed_rules_leave_nothing)
{
    g_autoptr(Rig) direct = rig_new_direct();
    g_autoptr(Rig) rig = rig_new("drop:count=all+hang:type=START+start-res-never");

    ck_assert_uint_eq(swme_faults_remove_name(rig->faults, "start-res-never"), 1);
    ck_assert(swme_faults_remove(rig->faults, 1));
    ck_assert(!swme_faults_remove(rig->faults, 1));
    ck_assert(swme_faults_remove(rig->faults, 2));
    ck_assert(swme_faults_untouched(rig->faults));
    everything(direct, true);
    everything(rig, true);
    ck_assert_str_eq(rig->log->str, direct->log->str);
}
END_TEST

START_TEST(drop_loses_as_many_as_it_says)
{
    g_autoptr(Rig) rig = rig_new("drop:type=DATA:dir=to-host:after=1:count=2");

    for (unsigned int i = 0; i < 5; i++) {
        ck_assert(rig_send_data(rig, &(uint8_t){(uint8_t)i}, 1));
    }
    rig_send_hbm(rig, BYTES(1));
    RIG_LOG(rig, "S2201018000 S2201018003 S2201018004 S0000018001");
    ck_assert_uint_eq(rig_hits(rig), 2);
    ck_assert_uint_eq(rig->strikes, 2);
}
END_TEST

START_TEST(drop_on_the_way_in_is_a_drain)
{
    g_autoptr(Rig) rig = rig_new("drop:dir=to-firmware");

    rig_host_hbm(rig, BYTES(1, 0, 2, 2));
    rig_fetch(rig);
    RIG_LOG(rig, "");
    rig_advance(rig, 0);
    RIG_LOG(rig, "I"); /* the packet was taken: the host's next one waits for that word */
    rig_host_hbm(rig, BYTES(2));
    rig_fetch(rig);
    RIG_LOG(rig, "R0000018002");
}
END_TEST

START_TEST(drain_is_told_once)
{
    g_autoptr(Rig) rig = rig_new("drop:dir=to-firmware");

    rig_host_hbm(rig, BYTES(1));
    rig_host_hbm(rig, BYTES(2));
    rig_fetch(rig);
    rig_interrupt(rig); /* the firmware's own, for the second */
    rig_advance(rig, S);
    RIG_LOG(rig, "R0000018002 I");
}
END_TEST

START_TEST(delay_keeps_the_order_of_a_connection)
{
    g_autoptr(Rig) rig = rig_new("delay:time=10ms:client=echo");

    rig_send_data(rig, "a", 1);
    rig_send_data(rig, "b", 1);
    rig_send_hbm(rig, BYTES(1)); /* another's: not held up */
    RIG_LOG(rig, "S0000018001");
    rig_advance(rig, 9 * MS);
    RIG_LOG(rig, "");
    rig_advance(rig, 1 * MS);
    RIG_LOG(rig, "S2201018061 S2201018062 I");
    rig_send_data(rig, "c", 1);
    RIG_LOG(rig, "S2201018063");
}
END_TEST

START_TEST(delay_on_the_way_in)
{
    g_autoptr(Rig) rig = rig_new("delay:time=10ms:dir=to-firmware");

    rig->answer_doorbell = true;
    rig_host_hbm(rig, BYTES(1));
    rig_host_hbm(rig, BYTES(2));
    rig_fetch(rig);
    rig_advance(rig, 10 * MS);
    RIG_LOG(rig, "I D R0000018001 R0000018002");
    ck_assert_uint_eq(swme_manual_clock_armed(rig->clock), 0);
}
END_TEST

START_TEST(duplicate_both_ways)
{
    g_autoptr(Rig) rig = rig_new("duplicate:copies=2:count=2");

    rig_send_data(rig, "a", 1);
    RIG_LOG(rig, "S2201018061");
    rig_advance(rig, 0);
    RIG_LOG(rig, "S2201018061 S2201018061 I");
    rig_host_hbm(rig, BYTES(3));
    rig_fetch(rig);
    RIG_LOG(rig, "R0000018003 R0000018003 R0000018003");
}
END_TEST

START_TEST(reorder_waits_for_the_next)
{
    g_autoptr(Rig) rig = rig_new("reorder:dir=to-host");

    rig_send_data(rig, "a", 1);
    RIG_LOG(rig, "");
    rig_send_data(rig, "b", 1);
    rig_advance(rig, 0);
    RIG_LOG(rig, "S2201018062 S2201018061 I");
}
END_TEST

START_TEST(reorder_does_not_wait_for_ever)
{
    g_autoptr(Rig) rig = rig_new("reorder:time=5ms");

    rig->answer_doorbell = true;
    rig_host_hbm(rig, BYTES(1));
    rig_fetch(rig);
    rig_advance(rig, 5 * MS);
    RIG_LOG(rig, "I D R0000018001");
}
END_TEST

START_TEST(bytes_change_as_told)
{
    static const struct {
        const char *rule;
        const char *log;
    } cases[] = {
        {"truncate:length=2", "S220102806162"},
        {"truncate:length=0", "S22010080"},
        {"truncate:length=4", "S2201048061626364"},
        {"extend:length=2:value=0x1ff", "S2201068061626364ffff"},
        {"corrupt:value=0xff", "S22010480ff626364"},
        {"corrupt:offset=6:length=99:value=0", "S2201048061620000"},
        {"corrupt:offset=3:value=0:mask=0x80", "S2201040061626364"},
        {"corrupt:offset=0:data=00000000", "S0000000061626364"},
        {"corrupt:offset=7:data=aabb", "S22010480616263aa"},
        {"corrupt:offset=8:value=1", "S2201048061626364"},
        {"mutate:offset=99", "S2201048061626364"},
    };
    g_autoptr(Rig) rig = rig_new(cases[_i].rule);

    rig_send_data(rig, "abcd", 4);
    RIG_LOG(rig, cases[_i].log);
}
END_TEST

START_TEST(growth_has_a_bound)
{
    g_autoptr(Rig) rig = rig_new("extend:length=516:count=all");
    uint8_t data[508] = {0};

    rig_send_data(rig, data, 500);
    ck_assert_uint_eq(rig->log->len, 1 + 2 * 512);
    g_string_truncate(rig->log, 0);
    rig_send_data(rig, data, 508); /* as long as may be: nothing to strike */
    ck_assert_uint_eq(rig->log->len, 1 + 2 * 512);
    ck_assert_uint_eq(rig_hits(rig), 1);
}
END_TEST

START_TEST(what_enters_is_as_long_as_its_header)
{
    g_autoptr(Rig) rig = rig_new("mutate:offset=0:length=20:count=all:dir=to-firmware");

    for (unsigned int i = 0; i < 1000; i++) {
        rig_host_hbm(rig, BYTES(1, 2, 3, 4, 5));
        rig_fetch(rig); /* checks it */
        g_string_truncate(rig->log, 0);
    }
    ck_assert_uint_eq(rig_hits(rig), 1000);
}
END_TEST

START_TEST(seeds_repeat)
{
    static const char *const rules[] = {
        "mutate:prob=50:seed=7:count=all:length=3",
        "mutate:prob=50:seed=7:count=all:length=3",
        "mutate:prob=50:seed=8:count=all:length=3",
    };
    g_autofree char *logs[3] = {0};

    for (unsigned int i = 0; i < 3; i++) {
        g_autoptr(Rig) rig = rig_new(rules[i]);

        for (unsigned int j = 0; j < 200; j++) {
            rig_send_data(rig, "abcdefgh", 8);
        }
        ck_assert_uint_gt(rig_hits(rig), 60);
        ck_assert_uint_lt(rig_hits(rig), 140);
        logs[i] = g_strdup(rig->log->str);
    }
    ck_assert_str_eq(logs[0], logs[1]);
    ck_assert_str_ne(logs[0], logs[2]);
    g_free(logs[1]);
    g_free(logs[2]);
}
END_TEST

START_TEST(status_of_answers)
{
    static const struct {
        uint8_t command;
        unsigned int offset;
    } cases[] = {{0x81, 1}, {0x85, 2}, {0x86, 3}, {0x87, 3},
                 {0x90, 3}, {0x92, 1}, {0x94, 1}, {0x95, 1}};
    g_autoptr(Rig) rig = rig_new("set-status:type=HBM:value=9:count=all");
    uint8_t message[8] = {cases[_i].command};
    g_autofree char *expected = NULL;

    rig_send_hbm(rig, message, sizeof(message));
    message[cases[_i].offset] = 9;
    expected = g_strdup_printf("S00000880%02x%02x%02x%02x00000000", message[0], message[1],
                               message[2], message[3]);
    RIG_LOG(rig, expected);
    rig_send_hbm(rig, BYTES(0x84, 0, 0, 0)); /* has no status */
    rig_send_hbm(rig, BYTES(0x81));          /* ends before it */
    ck_assert_uint_eq(rig_hits(rig), 1);
}
END_TEST

START_TEST(refused_connection_never_exists)
{
    g_autoptr(Rig) rig = rig_new("connect-busy");

    rig_host_hbm(rig, BYTES(6, RIG_ECHO, 1, 0));
    rig_host_hbm(rig, BYTES(6, RIG_ECHO, 2, 0));
    rig_fetch(rig);
    RIG_LOG(rig, "R0000048006220200"); /* the firmware sees the second only */
    rig_advance(rig, 0);
    RIG_LOG(rig, "S0000048086220103 I");
}
END_TEST

START_TEST(refused_dma_rings_are_not_set_up)
{
    g_autoptr(Rig) rig = rig_new("dma-setup-refused");
    uint8_t request[40] = {0x12};

    rig_host_hbm(rig, request, sizeof(request));
    rig_fetch(rig);
    RIG_LOG(rig, ""); /* the firmware sees nothing, and so uses no rings */
    rig_advance(rig, 0);
    RIG_LOG(rig, "S0000048092050000 I");
}
END_TEST

START_TEST(credits_starve_and_flood)
{
    g_autoptr(Rig) rig = rig_new("starve-credits:count=1+flood-credits:copies=3");

    rig_send_hbm(rig, BYTES(8, RIG_ECHO, 1, 0, 0, 0, 0, 0));
    rig_host_hbm(rig, BYTES(8, RIG_ECHO, 1, 0, 0, 0, 0, 0)); /* the host's own: not meant */
    rig_fetch(rig);
    RIG_LOG(rig, "R000008800822010000000000");
    rig_send_hbm(rig, BYTES(8, RIG_ECHO, 1, 0, 0, 0, 0, 0));
    rig_advance(rig, 0);
    RIG_LOG(rig, "S000008800822010000000000 S000008800822010000000000 "
                 "S000008800822010000000000 S000008800822010000000000 I");
}
END_TEST

START_TEST(inject_three_ways)
{
    g_autoptr(Rig) rig = rig_new("inject:type=DATA:data=7f000000:copies=2+"
                                 "inject:type=DATA:to=pair:data=11000000+"
                                 "inject:type=DATA:to=connection:data=beef:time=1ms");

    rig_send_data(rig, "a", 1);
    RIG_LOG(rig, "S2201018061");
    rig_advance(rig, 0);
    RIG_LOG(rig, "S000004807f000000 S000004807f000000 S0000048011220100 I");
    rig_advance(rig, MS);
    RIG_LOG(rig, "S22010280beef I");
    rig_add(rig, "inject:type=START:to=pair:data=11000000");
    rig_send_hbm(rig, BYTES(0x81, 1, 2, 2)); /* about no connection: cannot strike */
    ck_assert_uint_eq(rig_hits(rig), 3);
}
END_TEST

START_TEST(hang_ends_with_a_reset_or_in_time)
{
    g_autoptr(Rig) rig = rig_new("hang:type=START+hang:type=CONNECT:time=1s");

    rig_host_hbm(rig, BYTES(1, 0, 2, 2));
    rig_host_hbm(rig, BYTES(2));
    rig_fetch(rig);
    ck_assert(!rig_send_data(rig, "a", 1));
    rig_interrupt(rig);
    rig->firmware->doorbell(rig->firmware_opaque);
    rig->firmware->d0i3(rig->firmware_opaque, true);
    rig->firmware->pg_isolation(rig->firmware_opaque, false);
    rig_advance(rig, 100 * S);
    RIG_LOG(rig, "");
    rig_host_reset(rig);
    rig_fetch(rig);
    RIG_LOG(rig, "H R0000018002");
    rig_host_hbm(rig, BYTES(6, 1, 1, 0));
    rig_fetch(rig);
    ck_assert(!rig_send_data(rig, "a", 1));
    rig_advance(rig, S);
    RIG_LOG(rig, "D");
    ck_assert(rig_send_data(rig, "a", 1));
}
END_TEST

START_TEST(reset_swallows_what_asked_for_more)
{
    g_autoptr(Rig) rig = rig_new("reset:type=ENUM");

    rig_host_hbm(rig, BYTES(4, 3, 0, 0));
    rig_host_hbm(rig, BYTES(5, 1, 0, 0));
    rig_fetch(rig);
    ck_assert(!rig_send_data(rig, "a", 1));
    rig_interrupt(rig);
    RIG_LOG(rig, "");
    rig_advance(rig, 0);
    RIG_LOG(rig, "X N I");
    ck_assert(rig_send_data(rig, "a", 1));
}
END_TEST

START_TEST(reset_later_outlives_a_host_reset)
{
    g_autoptr(Rig) rig = rig_new("reset:type=READY:time=2s");

    rig_ready(rig, true);
    rig_host_reset(rig);
    rig_advance(rig, S);
    RIG_LOG(rig, "Y H");
    rig_advance(rig, S);
    RIG_LOG(rig, "X N I");
}
END_TEST

START_TEST(host_may_be_faster_than_the_reset)
{
    g_autoptr(Rig) rig = rig_new("reset:type=ENUM");

    rig_host_hbm(rig, BYTES(4, 3, 0, 0));
    rig_fetch(rig);
    rig_host_reset(rig);
    rig_advance(rig, S);
    RIG_LOG(rig, "H");
    ck_assert(rig_send_data(rig, "a", 1));
}
END_TEST

START_TEST(ready_refused_or_late)
{
    g_autoptr(Rig) rig = rig_new("refuse-ready+refuse-ready:time=2s");

    rig_ready(rig, true);
    rig_interrupt(rig);
    ck_assert(!rig_send_data(rig, "a", 1));
    rig_host_hbm(rig, BYTES(1));
    rig_fetch(rig);
    rig_advance(rig, 100 * S);
    RIG_LOG(rig, "");
    rig_host_reset(rig);
    rig_ready(rig, true);
    rig_advance(rig, 2 * S - 1);
    RIG_LOG(rig, "H");
    rig_advance(rig, 1);
    RIG_LOG(rig, "Y I");
    rig_host_reset(rig);
    rig_ready(rig, true);
    RIG_LOG(rig, "H Y");
}
END_TEST

START_TEST(client_goes_and_comes_back)
{
    g_autoptr(Rig) rig =
        rig_new("vanish-client:type=CONNECT-RES:time=1s+vanish-client:client=echo");

    rig_send_hbm(rig, BYTES(0x86, 40, 1, 0));
    RIG_LOG(rig, "S0000048086280100"); /* never from inside a call of the firmware's */
    rig_advance(rig, 0);
    RIG_LOG(rig, "-40");
    rig_host_reset(rig);
    rig_advance(rig, S);
    RIG_LOG(rig, "H +40");
    rig_send_data(rig, "a", 1);
    rig_advance(rig, 100 * S);
    RIG_LOG(rig, "-34");
}
END_TEST

/* With one place left the packet gets it, and nobody goes: the firmware would find no room, try the
 * packet again once the client is gone, and have the rule strike again, for ever. */
START_TEST(a_client_goes_only_where_its_packet_can_wait)
{
    for (unsigned int held = 254; held < 256; held++) {
        g_autoptr(Rig) rig = rig_new("delay:type=START-RES:time=10s:count=all");

        for (unsigned int i = 0; i < held; i++) {
            rig_send_hbm(rig, BYTES(0x81, 1, 2, 2));
        }
        rig_add(rig, "vanish-client:type=CONNECT-RES:count=all");
        g_string_truncate(rig->log, 0);
        ck_assert(rig_send_hbm(rig, BYTES(0x86, 40, 1, 0)));
        rig_advance(rig, 0);
        RIG_LOG(rig, held == 254 ? "-40" : "");
        rig_advance(rig, 10 * S);
        ck_assert(strstr(rig->log->str, "S0000048086280100"));
    }
}
END_TEST

START_TEST(interrupts_are_lost)
{
    g_autoptr(Rig) rig = rig_new("lose-interrupt:type=DRAIN");

    rig_ready(rig, true);
    rig_interrupt(rig); /* of the ready, not of a drain */
    rig_send_data(rig, "a", 1);
    rig_interrupt(rig); /* of the data */
    RIG_LOG(rig, "Y I S2201018061 I");
    rig_interrupt(rig);
    RIG_LOG(rig, "");
    rig_interrupt(rig);
    RIG_LOG(rig, "I");
    rig_add(rig, "lose-interrupt+lose-interrupt:type=START-RES");
    rig_interrupt(rig);
    rig_interrupt(rig);
    RIG_LOG(rig, "I");
    rig_send_hbm(rig, BYTES(0x81, 1, 2, 2));
    rig_interrupt(rig);
    rig_interrupt(rig);
    RIG_LOG(rig, "S0000048081010202 I");
}
END_TEST

START_TEST(interrupts_come_unasked)
{
    g_autoptr(Rig) rig = rig_new("spurious-interrupt:copies=3:time=1ms");

    rig_ready(rig, true);
    rig_advance(rig, 2 * MS);
    RIG_LOG(rig, "Y I I");
    rig_advance(rig, 10 * MS);
    RIG_LOG(rig, "I");
    ck_assert_uint_eq(swme_manual_clock_armed(rig->clock), 0);
}
END_TEST

START_TEST(power_gating_is_stuck_or_late)
{
    g_autoptr(Rig) rig = rig_new("stuck-d0i3:type=D0I3-EXIT:time=1s+stuck-pg:time=2s");

    rig->firmware->d0i3(rig->firmware_opaque, true);
    rig->device->d0i3_done(rig->device_opaque);
    rig->firmware->d0i3(rig->firmware_opaque, false);
    rig->device->d0i3_done(rig->device_opaque);
    RIG_LOG(rig, "E Q L");
    rig_advance(rig, S);
    RIG_LOG(rig, "Q");
    rig->firmware->pg_isolation(rig->firmware_opaque, true);
    rig->firmware->pg_isolation(rig->firmware_opaque, false);
    RIG_LOG(rig, "G");
    rig_advance(rig, 2 * S);
    RIG_LOG(rig, "g");
    rig_add(rig, "d0i3-stuck");
    rig->firmware->d0i3(rig->firmware_opaque, true);
    rig->device->d0i3_done(rig->device_opaque);
    rig_advance(rig, 600 * S);
    RIG_LOG(rig, "E");
    swme_faults_clear(rig->faults);
    rig_advance(rig, 0);
    RIG_LOG(rig, "Q");
}
END_TEST

START_TEST(status_words_follow_the_rules)
{
    g_autoptr(Rig) rig = rig_new("status-word:word=1:value=0xf0000:mask=0xf0000");

    rig->device->set_status(rig->device_opaque, 0, 0x12345678);
    rig->device->set_status(rig->device_opaque, 1, 0x12345678);
    RIG_LOG(rig, "W0=123f5678 W1=12345678");
    rig_add(rig, "status-word:word=2:value=1"); /* felt at once, and gone at once */
    RIG_LOG(rig, "W1=00000001");
    ck_assert(swme_faults_remove(rig->faults, 1));
    RIG_LOG(rig, "W0=12345678");
    swme_faults_clear(rig->faults);
    RIG_LOG(rig, "W1=12345678");
    rig_add(rig, "status-word:type=CONNECT:word=1:value=7:mask=0xf:count=1");
    RIG_LOG(rig, "");
    rig_send_hbm(rig, BYTES(0x86, 1, 1, 0));
    RIG_LOG(rig, "W0=12345677 S0000048086010100");
}
END_TEST

START_TEST(full_ring_makes_packets_wait_in_turn)
{
    g_autoptr(Rig) rig = rig_new("corrupt:value=0x58:count=1");

    rig->room = 0;
    ck_assert(rig_send_data(rig, "a", 1)); /* the rule is used up: it must not come by again */
    ck_assert(!rig_send_data(rig, "b", 1));
    rig_advance(rig, S);
    RIG_LOG(rig, "");
    rig->room = 9;
    rig->firmware->doorbell(rig->firmware_opaque);
    RIG_LOG(rig, "S2201018058 I D");
    ck_assert(rig_send_data(rig, "b", 1));
    RIG_LOG(rig, "S2201018062");
}
END_TEST

START_TEST(full_ring_does_not_count_twice)
{
    g_autoptr(Rig) rig = rig_new("drop:type=DATA:after=1:count=1");

    rig->room = 0;
    ck_assert(rig_send_data(rig, "a", 1));
    ck_assert(!rig_send_data(rig, "b", 1));
    rig->room = 9;
    ck_assert(rig_send_data(rig, "b", 1)); /* the second that came: dropped */
    ck_assert(rig_send_data(rig, "c", 1));
    RIG_LOG(rig, "S2201018061 I S2201018063");
}
END_TEST

START_TEST(copies_wait_for_room)
{
    g_autoptr(Rig) rig = rig_new("duplicate:copies=600");
    unsigned int sent = 0;

    rig->room = 100;
    rig_send_data(rig, "a", 1);
    for (unsigned int i = 0; i < 10; i++) {
        rig_advance(rig, MS);
        rig->room = 100;
        rig->firmware->doorbell(rig->firmware_opaque);
    }
    for (const char *at = rig->log->str; (at = strchr(at, 'S')); at++) {
        sent++;
    }
    ck_assert_uint_eq(sent, 601);
    ck_assert_uint_eq(swme_manual_clock_armed(rig->clock), 0);
}
END_TEST

START_TEST(what_is_held_back_has_a_bound)
{
    g_autoptr(Rig) rig = rig_new("delay:time=1s:count=all");

    for (unsigned int i = 0; i < 2000; i++) {
        rig_send(rig, mei_hdr((uint8_t)i, 1, 1, true), "a", 1);
    }
    SwmeFaultInfo info;

    swme_faults_info(rig->faults, 0, &info);
    ck_assert_uint_eq(info.hits, 256);
    rig_advance(rig, S);
    rig_host_reset(rig);
    ck_assert_uint_eq(swme_manual_clock_armed(rig->clock), 0);
}
END_TEST

START_TEST(link_reset_forgets)
{
    g_autoptr(Rig) rig = rig_new("delay:time=1s:count=all");
    bool by_host = _i;

    rig_send_data(rig, "a", 1);
    rig_host_hbm(rig, BYTES(1));
    rig_fetch(rig);
    if (by_host) {
        rig_host_reset(rig);
    } else {
        rig_ready(rig, false);
    }
    rig_advance(rig, 10 * S);
    RIG_LOG(rig, by_host ? "H" : "N");
}
END_TEST

START_TEST(clearing_frees_what_waits)
{
    g_autoptr(Rig) rig = rig_new("delay:time=1000s:type=DATA+hang:type=START");

    rig_send_data(rig, "a", 1);
    swme_faults_clear(rig->faults);
    rig_advance(rig, 0);
    RIG_LOG(rig, "S2201018061 I");
    rig_add(rig, "hang:type=READY");
    rig_ready(rig, true);
    swme_faults_clear(rig->faults);
    rig_advance(rig, 0);
    RIG_LOG(rig, "Y I D");
    ck_assert(swme_faults_untouched(rig->faults));
}
END_TEST

static void bytes_cases(Suite *suite)
{
    TCase *tcase = unit_case(suite, "bytes");

    tcase_add_loop_test(tcase, bytes_change_as_told, 0, 11);
    tcase_add_test(tcase, growth_has_a_bound);
    tcase_add_test(tcase, what_enters_is_as_long_as_its_header);
    tcase_add_test(tcase, seeds_repeat);
    tcase_add_loop_test(tcase, status_of_answers, 0, 8);
    tcase_add_test(tcase, refused_connection_never_exists);
    tcase_add_test(tcase, refused_dma_rings_are_not_set_up);
    tcase_add_test(tcase, credits_starve_and_flood);
    tcase_add_test(tcase, inject_three_ways);
}

static void firmware_cases(Suite *suite)
{
    TCase *tcase = unit_case(suite, "firmware");

    tcase_add_test(tcase, hang_ends_with_a_reset_or_in_time);
    tcase_add_test(tcase, reset_swallows_what_asked_for_more);
    tcase_add_test(tcase, reset_later_outlives_a_host_reset);
    tcase_add_test(tcase, host_may_be_faster_than_the_reset);
    tcase_add_test(tcase, ready_refused_or_late);
    tcase_add_test(tcase, client_goes_and_comes_back);
    tcase_add_test(tcase, a_client_goes_only_where_its_packet_can_wait);
    tcase_add_test(tcase, interrupts_are_lost);
    tcase_add_test(tcase, interrupts_come_unasked);
    tcase_add_test(tcase, power_gating_is_stuck_or_late);
    tcase_add_test(tcase, status_words_follow_the_rules);
}

int main(void)
{
    Suite *suite = suite_create("faults");
    TCase *tcase = unit_case(suite, "through");

    tcase_add_loop_test(tcase, without_rules_nothing_changes, 0, 4);
    tcase_add_test(tcase, removed_rules_leave_nothing);
    tcase = unit_case(suite, "packets");
    tcase_add_test(tcase, drop_loses_as_many_as_it_says);
    tcase_add_test(tcase, drop_on_the_way_in_is_a_drain);
    tcase_add_test(tcase, drain_is_told_once);
    tcase_add_test(tcase, delay_keeps_the_order_of_a_connection);
    tcase_add_test(tcase, delay_on_the_way_in);
    tcase_add_test(tcase, duplicate_both_ways);
    tcase_add_test(tcase, reorder_waits_for_the_next);
    tcase_add_test(tcase, reorder_does_not_wait_for_ever);
    bytes_cases(suite);
    firmware_cases(suite);
    tcase = unit_case(suite, "bounds");
    tcase_add_test(tcase, full_ring_makes_packets_wait_in_turn);
    tcase_add_test(tcase, full_ring_does_not_count_twice);
    tcase_add_test(tcase, copies_wait_for_room);
    tcase_add_test(tcase, what_is_held_back_has_a_bound);
    tcase_add_loop_test(tcase, link_reset_forgets, 0, 2);
    tcase_add_test(tcase, clearing_frees_what_waits);
    return unit_run(suite);
}
