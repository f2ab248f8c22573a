/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The device's end of an external firmware (docs/link.md), with the firmware made by hand. */
#include <string.h>

#include "tests/unit/remote-fixture.h"
#include "tests/unit/unit.h"

#define HELLO "53574c4b010020000f000000"

typedef struct End {
    Wire wire;
    LogDevice device;
    SwmeManualClock *clock;
    RemoteFirmware *remote;
    GString *actions; /* of the machine */
    SwmeHostPower power;
} End;

static void machine_reset(void *opaque)
{
    g_string_append(((End *)opaque)->actions, "w");
}

static void machine_expired(void *opaque)
{
    g_string_append(((End *)opaque)->actions, "x");
}

static SwmeHostPower machine_power(void *opaque)
{
    return ((End *)opaque)->power;
}

static unsigned int machine_actions(void *opaque)
{
    (void)opaque;
    return 1u << SWME_POWER_RESET | 1u << SWME_POWER_OFF;
}

static bool machine_act(void *opaque, SwmePowerAction action)
{
    g_string_append_printf(((End *)opaque)->actions, "%d", action);
    return true;
}

static const SwmeMachineOps machine_ops = {
    .reset = machine_reset,
    .watchdog_expired = machine_expired,
    .power = machine_power,
    .actions = machine_actions,
    .act = machine_act,
};

static End *end_with(const SwmeMachineOps *machine)
{
    End *end = g_new0(End, 1);
    RemoteFirmwareConfig config = {
        .platform = swme_platform_find("tgp-lp", NULL),
        .device = &log_device_ops,
        .machine = {machine, end},
        .io = &wire_io,
        .io_opaque = &end->wire,
    };

    end->wire.sent = g_byte_array_new();
    end->clock = swme_manual_clock_new();
    end->actions = g_string_new(NULL);
    log_device_init(&end->device);
    config.device_opaque = &end->device;
    config.clock = swme_manual_clock(end->clock);
    end->remote = remote_firmware_new(&config);
    return end;
}

static End *end_new(void)
{
    return end_with(&machine_ops);
}

static void end_free(End *end)
{
    remote_firmware_free(end->remote);
    swme_manual_clock_free(end->clock);
    log_device_clear(&end->device);
    g_byte_array_unref(end->wire.sent);
    g_string_free(end->actions, TRUE);
    g_free(end);
}

/* A frame of the firmware's, a byte at a time: nothing may depend on how they come. */
static void say(End *end, uint8_t type, const char *hex)
{
    g_autoptr(GByteArray) bytes = frame(type, hex);

    for (guint i = 0; i < bytes->len; i++) {
        remote_firmware_input(end->remote, bytes->data + i, 1);
    }
}

static void must_log(End *end, const char *expected)
{
    ck_assert_str_eq(end->device.log->str, expected);
    g_string_truncate(end->device.log, 0);
}

static void must_send(End *end, const char *expected)
{
    g_autofree char *frames = wire_frames(&end->wire);

    ck_assert_str_eq(frames, expected);
}

/* Connected, greeted, the first reset answered. */
static End *end_greeted(const char *hello)
{
    End *end = end_new();

    remote_firmware_connected(end->remote);
    must_send(end, "01:53574c4b010020000f000000e0a000007467702d6c70 ");
    say(end, 0x01, hello);
    g_free(wire_frames(&end->wire));
    say(end, 0x20, "");
    MUST(remote_firmware_present(end->remote));
    return end;
}

/* And ready, for a host that has reset. */
static End *end_up(void)
{
    End *end = end_greeted(HELLO);

    remote_firmware_ops.host_reset(end->remote);
    must_send(end, "10:02 ");
    say(end, 0x20, "");
    say(end, 0x21, "01");
    say(end, 0x22, "");
    must_log(end, "RI");
    return end;
}

START_TEST(greets_and_asks_for_a_reset)
{
    End *end = end_new();

    remote_firmware_ops.platform_reset(end->remote);
    remote_firmware_ops.doorbell(end->remote);
    must_send(end, "");
    remote_firmware_connected(end->remote);
    must_send(end, "01:53574c4b010020000f000000e0a000007467702d6c70 ");
    say(end, 0x01, HELLO);
    must_send(end, "10:01 15:00 ");
    say(end, 0x23, "0000000045020090");
    say(end, 0x21, "01"); /* before RESET_DONE: of a time that is over */
    say(end, 0x20, "");
    must_log(end, "S0=90000245;");
    say(end, 0x21, "01");
    must_log(end, "R"); /* and nobody waits for an interrupt */
    end_free(end);
}
END_TEST

START_TEST(a_host_that_waited_is_told_of)
{
    End *end = end_new();

    remote_firmware_ops.host_reset(end->remote);
    remote_firmware_connected(end->remote);
    say(end, 0x01, HELLO);
    g_free(wire_frames(&end->wire));
    say(end, 0x20, "");
    must_send(end, "10:02 ");
    end_free(end);
}
END_TEST

START_TEST(packets_pass_within_the_window)
{
    End *end = end_up();

    for (unsigned int i = 0; i < 40; i++) {
        log_device_put(&end->device, "0000048001020304");
    }
    remote_firmware_ops.doorbell(end->remote);
    MUST_EQ(end->wire.sent->len, 32 * 12);
    MUST_EQ(end->device.ring.length, 8);
    g_byte_array_set_size(end->wire.sent, 0);
    say(end, 0x03, "0200");
    must_send(end, "02:0000048001020304 02:0000048001020304 ");
    say(end, 0x02, "0000048081000000");
    must_log(end, "<0000048081000000>");
    must_send(end, "03:0100 ");
    end_free(end);
}
END_TEST

START_TEST(a_full_ring_holds_packets_back)
{
    End *end = end_up();

    end->device.room = 1;
    say(end, 0x02, "00000080");
    say(end, 0x02, "01000080");
    say(end, 0x02, "02000080");
    say(end, 0x22, "");
    must_log(end, "<00000080>I");
    must_send(end, "03:0100 ");
    end->device.room = 1;
    remote_firmware_ops.doorbell(end->remote);
    must_log(end, "<01000080>I");
    must_send(end, "03:0100 ");
    say(end, 0x21, "00"); /* what waited goes with the rings */
    must_log(end, "r");
    must_send(end, "03:0100 ");
    end_free(end);
}
END_TEST

START_TEST(a_broken_ring_is_told_once)
{
    End *end = end_up();

    log_device_put(&end->device, "");
    remote_firmware_ops.doorbell(end->remote);
    remote_firmware_ops.doorbell(end->remote);
    must_send(end, "11: ");
    end_free(end);
}
END_TEST

START_TEST(one_reset_at_a_time)
{
    End *end = end_up();

    for (unsigned int i = 0; i < 1000; i++) {
        remote_firmware_ops.host_reset(end->remote);
        remote_firmware_ops.d0i3(end->remote, i & 1);
        remote_firmware_ops.pg_isolation(end->remote, i & 1);
    }
    must_send(end, "10:02 ");
    say(end, 0x02, "00000080");
    say(end, 0x21, "01");
    say(end, 0x22, "");
    say(end, 0x03, "ffff");
    must_log(end, "");
    say(end, 0x20, "");
    must_send(end, "10:02 ");
    say(end, 0x20, "");
    must_send(end, "12:01 13:01 ");
    end_free(end);
}
END_TEST

START_TEST(transitions_are_asked_and_answered)
{
    End *end = end_up();

    remote_firmware_ops.d0i3(end->remote, true);
    say(end, 0x24, "");
    remote_firmware_ops.pg_isolation(end->remote, true);
    remote_firmware_ops.pg_isolation(end->remote, false);
    say(end, 0x25, "");
    say(end, 0x25, "");
    must_log(end, "DP");
    must_send(end, "12:01 13:01 13:00 ");
    end_free(end);
}
END_TEST

/* From inside the call that says so: what waited for that. */
START_TEST(d0i3_is_left_as_soon_as_it_is_reached)
{
    End *end = end_up();

    for (unsigned int lost = 0; lost < 2; lost++) {
        end->device.leaves = end->remote;
        remote_firmware_ops.d0i3(end->remote, true);
        must_send(end, "12:01 ");
        if (lost) {
            remote_firmware_disconnected(end->remote);
        } else {
            say(end, 0x24, "");
            must_send(end, "12:00 ");
            must_log(end, "D");
            say(end, 0x24, "");
            must_log(end, "D");
        }
    }
    ck_assert(g_str_has_prefix(end->device.log->str, "DD")); /* who is gone is not waited for */
    must_send(end, "");
    end_free(end);
}
END_TEST

START_TEST(a_firmware_without_capabilities_is_not_asked)
{
    End *end = end_greeted("53574c4b0100010000000000");

    remote_firmware_ops.d0i3(end->remote, true);
    remote_firmware_ops.pg_isolation(end->remote, true);
    remote_firmware_ops.pg_isolation(end->remote, false);
    remote_firmware_host_power(end->remote, SWME_HOST_S3);
    must_log(end, "DP");
    must_send(end, "");
    say(end, 0x26,
        "01000000"
        "04000000"
        "0000000000000000");
    MUST_EQ(end->wire.ends, 1);
    end_free(end);
}
END_TEST

START_TEST(memory_is_read_and_written)
{
    End *end = end_up();

    say(end, 0x27,
        "07000000"
        "00000000"
        "1000000000000000"
        "aabbccdd");
    say(end, 0x26,
        "08000000"
        "06000000"
        "0f00000000000000");
    say(end, 0x26,
        "09000000"
        "01000000"
        "ffffffffffffffff");
    must_send(end, "14:0700000001000000 14:080000000100000000aabbccdd00 14:0900000000000000 ");
    remote_firmware_ops.host_reset(end->remote);
    say(end, 0x26,
        "0a000000"
        "01000000"
        "0000000000000000");
    must_send(end, "10:02 14:0a00000000000000 ");
    end_free(end);
}
END_TEST

START_TEST(the_machine_does_what_it_can)
{
    End *end = end_up();

    for (unsigned int i = 0; i < 8; i++) {
        g_autofree char *hex = g_strdup_printf("%02x", i);

        say(end, 0x28, hex);
    }
    ck_assert_str_eq(end->actions->str, "13wx");
    remote_firmware_host_power(end->remote, SWME_HOST_S3);
    remote_firmware_host_power(end->remote, SWME_HOST_S5);
    must_send(end, "15:03 15:05 ");
    end_free(end);
}
END_TEST

START_TEST(a_loss_is_a_reset_of_the_firmware)
{
    End *end = end_up();

    remote_firmware_ops.d0i3(end->remote, true);
    remote_firmware_ops.pg_isolation(end->remote, false);
    g_free(wire_frames(&end->wire));
    remote_firmware_disconnected(end->remote);
    must_log(end, "DPrI");
    remote_firmware_disconnected(end->remote);
    must_log(end, "");
    /* Back before the host has done anything: it must not miss that its connections are gone. */
    remote_firmware_connected(end->remote);
    say(end, 0x01, HELLO);
    say(end, 0x20, "");
    say(end, 0x21, "01");
    say(end, 0x22, "");
    must_log(end, "");
    g_free(wire_frames(&end->wire));
    remote_firmware_ops.host_reset(end->remote);
    must_send(end, "10:02 ");
    say(end, 0x20, "");
    say(end, 0x21, "01");
    say(end, 0x22, "");
    must_log(end, "RI");
    end_free(end);
}
END_TEST

/* QEMU's sockets tell of their end from inside a write. */
START_TEST(a_loss_may_be_noticed_in_a_write)
{
    End *end = end_up();

    remote_firmware_connected(end->remote); /* it is */
    must_send(end, "");
    end->wire.loses = end->remote;
    remote_firmware_ops.d0i3(end->remote, true);
    must_log(end, "DrI");
    MUST_EQ(remote_firmware_stats(end->remote)->losses, 1);
    MUST_EQ(end->wire.ends, 0);
    remote_firmware_connected(end->remote);
    must_send(end, "01:53574c4b010020000f000000e0a000007467702d6c70 ");
    end_free(end);
}
END_TEST

/* A machine that can do nothing, and none at all. */
START_TEST(a_machine_may_lack_everything)
{
    static const SwmeMachineOps nothing = {0};
    static const SwmeMachineOps blind = {.act = machine_act};

    for (unsigned int which = 0; which < 3; which++) {
        const SwmeMachineOps *ops[] = {NULL, &nothing, &blind};
        End *end = end_with(ops[which]);

        remote_firmware_connected(end->remote);
        say(end, 0x01, HELLO);
        g_free(wire_frames(&end->wire));
        say(end, 0x20, "");
        for (unsigned int i = 0; i < 8; i++) {
            g_autofree char *hex = g_strdup_printf("%02x", i);

            say(end, 0x28, hex);
        }
        ck_assert_str_eq(end->actions->str, "");
        MUST_EQ(end->wire.ends, 0);
        say(end, 0x28, "08");
        ck_assert_str_eq(end->wire.why, "asked the machine for what it does not know");
        end_free(end);
    }
}
END_TEST

/* All at once, and more than may wait. */
START_TEST(more_than_can_be_waiting)
{
    End *end = end_up();
    g_autofree uint8_t *many = g_malloc0(256 * 1024 + 1);

    remote_firmware_input(end->remote, many, 256 * 1024 + 1);
    ck_assert_str_eq(end->wire.why, "sent more than can be waiting");
    MUST_EQ(remote_firmware_stats(end->remote)->violations, 1);
    end_free(end);
}
END_TEST

START_TEST(patience_ends)
{
    End *end = end_new();

    remote_firmware_connected(end->remote);
    swme_manual_clock_advance(end->clock, REMOTE_PATIENCE_NS - 1);
    MUST_EQ(end->wire.ends, 0);
    swme_manual_clock_advance(end->clock, 1);
    MUST_EQ(end->wire.ends, 1);
    end_free(end);
    end = end_up();
    swme_manual_clock_advance(end->clock, 100 * REMOTE_PATIENCE_NS);
    MUST_EQ(end->wire.ends, 0);
    remote_firmware_ops.host_reset(end->remote);
    swme_manual_clock_advance(end->clock, REMOTE_PATIENCE_NS / 2);
    remote_firmware_ops.host_reset(end->remote); /* is not one more chance */
    swme_manual_clock_advance(end->clock, REMOTE_PATIENCE_NS / 2 + 1);
    MUST_EQ(end->wire.ends, 1);
    MUST_EQ(remote_firmware_stats(end->remote)->stalls, 1);
    end_free(end);
}
END_TEST

/* A guest that does what it likes, and a firmware that reads nothing. */
START_TEST(who_does_not_read_is_gone)
{
    End *end = end_up();

    end->wire.blocked = true;
    for (unsigned int i = 0; i < 100000 && !end->wire.ends; i++) {
        remote_firmware_ops.pg_isolation(end->remote, i & 1);
    }
    MUST_EQ(end->wire.ends, 1);
    ck_assert_str_eq(end->wire.why, "does not read");
    end_free(end);
}
END_TEST

static const struct {
    const char *bytes; /* type, and payload */
    const char *why;
} breaches[] = {
    {"02000000", "sent a packet that no ring holds"},
    {"030100", "took more packets than there were"},
    {"20", "answered a reset that there was not"},
    {"2101ff", "sent a frame of a wrong size"},
    {"23060000000000000000", "sent a frame of a wrong size"},
    {"230600000000000000", "set a status word that there is not"},
    {"2601000000011000000000000000000000", "asked for more memory than a frame has"},
    {"2808", "asked the machine for what it does not know"},
    {"01" HELLO, "sent a frame of an unknown type"},
    {"00", "sent a frame of an unknown type"},
    {"10", "sent a frame of an unknown type"},
    {"7f", "sent a frame of an unknown type"},
};

START_TEST(a_breach_ends_the_connection)
{
    End *end = end_up();
    const char *hex = breaches[_i].bytes;
    uint8_t type = (uint8_t)(g_ascii_xdigit_value(hex[0]) << 4 | g_ascii_xdigit_value(hex[1]));

    say(end, type, hex + 2);
    MUST_EQ(end->wire.ends, 1);
    ck_assert_str_eq(end->wire.why, breaches[_i].why);
    must_log(end, "DrI");
    say(end, 0x21, "01"); /* still arriving */
    must_log(end, "");
    MUST_EQ(remote_firmware_stats(end->remote)->violations, 1);
    end_free(end);
}
END_TEST

START_TEST(a_flood_is_one)
{
    End *end = end_up();

    end->device.room = 0;
    for (unsigned int i = 0; i < 32; i++) {
        say(end, 0x02, "00000080");
    }
    MUST_EQ(end->wire.ends, 0);
    say(end, 0x02, "00000080");
    ck_assert_str_eq(end->wire.why, "sent more packets than its window");
    end_free(end);
}
END_TEST

static const struct {
    const char *bytes;
    const char *why;
} beginnings[] = {
    {"0c000100"
     "53574c4b020020000f000000",
     "speaks another version of the link than 1"},
    {"0c000100"
     "53574c4b010000000f000000",
     "takes no packets at all"},
    {"0c000100"
     "53574c4c010020000f000000",
     "did not begin with a HELLO"},
    {"0b000100"
     "53574c4b010020000f0000",
     "did not begin with a HELLO"},
    {"01002100"
     "01",
     "did not begin with a HELLO"},
    {"00000001", "sent what is no frame"},
    {"11100200", "sent what is no frame"},
    {"474554202f20485454502f312e310d0a", "sent what is no frame"}, /* GET / HTTP/1.1 */
};

START_TEST(other_beginnings_are_refused)
{
    End *end = end_new();
    g_autoptr(GByteArray) bytes = frame(0, beginnings[_i].bytes);

    remote_firmware_connected(end->remote);
    remote_firmware_input(end->remote, bytes->data + 4, bytes->len - 4);
    MUST_EQ(end->wire.ends, 1);
    ck_assert_str_eq(end->wire.why, beginnings[_i].why);
    must_log(end, "D");
    end_free(end);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("external firmware, the device's end");
    TCase *tcase = unit_case(suite, "link");

    tcase_add_test(tcase, greets_and_asks_for_a_reset);
    tcase_add_test(tcase, a_host_that_waited_is_told_of);
    tcase_add_test(tcase, packets_pass_within_the_window);
    tcase_add_test(tcase, a_full_ring_holds_packets_back);
    tcase_add_test(tcase, a_broken_ring_is_told_once);
    tcase_add_test(tcase, one_reset_at_a_time);
    tcase_add_test(tcase, transitions_are_asked_and_answered);
    tcase_add_test(tcase, d0i3_is_left_as_soon_as_it_is_reached);
    tcase_add_test(tcase, a_firmware_without_capabilities_is_not_asked);
    tcase_add_test(tcase, memory_is_read_and_written);
    tcase_add_test(tcase, the_machine_does_what_it_can);
    tcase_add_test(tcase, a_loss_is_a_reset_of_the_firmware);
    tcase_add_test(tcase, a_loss_may_be_noticed_in_a_write);
    tcase_add_test(tcase, a_machine_may_lack_everything);
    tcase_add_test(tcase, more_than_can_be_waiting);
    tcase_add_test(tcase, patience_ends);
    tcase_add_test(tcase, who_does_not_read_is_gone);
    tcase_add_loop_test(tcase, a_breach_ends_the_connection, 0, UNIT_COUNT(breaches));
    tcase_add_test(tcase, a_flood_is_one);
    tcase_add_loop_test(tcase, other_beginnings_are_refused, 0, UNIT_COUNT(beginnings));
    return unit_run(suite);
}
