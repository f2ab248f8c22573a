/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host driver's link: registers, start, time-outs, recovery, power gating. */
#include <string.h>

#include <swme/hbm.h>
#include <swme/heci-regs.h>

#include "host-driver/mei.h"
#include "tests/unit/host-driver-fake.h"
#include "tests/unit/unit.h"

static Fake fake;
static Mei mei;

static void set_up(void)
{
    fake_init(&fake, &mei);
}

static void tear_down(void)
{
    fake_free(&fake);
}

/* ---- registers ---- */

/* The fact sheet's expected trace (section 14.2), up to the first host bus message. */
START_TEST(start_touches_the_registers_as_linux_does)
{
    static const FakeAccess expected[] = {
        {'R', 0x004, 0x80000000},                           /* nothing left to acknowledge */
        {'R', 0x004, 0x80000000},                           /* the depth */
        {'C', 0x040, 0x10000245},                           /* D0i3? */
        {'R', 0x004, 0x80000000},                           /* the reset acknowledges again */
        {'R', 0x004, 0x80000000}, {'W', 0x004, 0x80000021}, /* interrupts on */
        {'R', 0x004, 0x80000021}, {'W', 0x004, 0x80000077}, /* reset */
        {'R', 0x004, 0x80000031},                           /* seen */
        {'R', 0x004, 0x80000033},                           /* ours */
        {'R', 0x004, 0x80000033}, {'W', 0x004, 0x80000010}, /* off, not acknowledged */
        {'R', 0x004, 0x80000012}, {'W', 0x004, 0x80000012}, /* acknowledged */
        {'R', 0x00c, 0x80000009}, {'R', 0x004, 0x80000010}, /* the ME is ready, we are not */
        {'R', 0x004, 0x80000010}, {'W', 0x004, 0x80000031}, /* interrupts on */
        {'R', 0x004, 0x80000031}, {'W', 0x004, 0x80000025}, /* reset released */
        {'R', 0x004, 0x80000021}, {'W', 0x004, 0x8000002d}, /* ready */
        {'R', 0x004, 0x80000029}, {'R', 0x004, 0x80000029}, /* room */
        {'W', 0x000, 0x80040000}, {'W', 0x000, 0x02020001}, /* START 2.2 */
        {'R', 0x004, 0x80020029}, {'W', 0x004, 0x8002002d}, /* the doorbell */
        {'R', 0x00c, 0x80000009},                           /* still ready */
    };

    fake.tracing = true;
    ck_assert_int_eq(mei_start(&mei), MEI_OK);
    ck_assert_uint_ge(fake.traced, UNIT_COUNT(expected));
    for (size_t i = 0; i < UNIT_COUNT(expected); i++) {
        const FakeAccess *is = &fake.trace[i];

        MUST_MSG(is->kind == expected[i].kind && is->offset == expected[i].offset &&
                     is->value == expected[i].value,
                 "access %zu is %c %03x %08x, not %c %03x %08x", i, is->kind, is->offset, is->value,
                 expected[i].kind, expected[i].offset, expected[i].value);
    }
}
END_TEST

typedef void (*RmwOperation)(MeiHw *hw);

static void write_a_packet(MeiHw *hw)
{
    mei_hw_write(hw, mei_hdr(0, 0, 0, true), NULL, 0);
}

static void read_a_packet(MeiHw *hw)
{
    fake_push(&fake, 0x12345678);
    mei_hw_read(hw, (uint8_t[4]){0}, 4);
}

static void look_at_an_interrupt(MeiHw *hw)
{
    MeiError error;

    ck_assert(mei_hw_interrupt_ours(hw, &error));
}

START_TEST(no_change_of_h_csr_acknowledges_by_accident)
{
    static const RmwOperation operations[] = {
        mei_hw_enable_interrupts,
        mei_hw_disable_interrupts,
        mei_hw_release_reset,
        mei_hw_set_ready,
        mei_hw_ring,
        write_a_packet,
        read_a_packet,
        look_at_an_interrupt,
    };

    fake_start(&fake, &mei);
    fake.h_bits |= 0x42;
    operations[_i](&mei.hw);
    ck_assert_uint_eq(fake.h_bits & 0x42, 0x42);
}
END_TEST

START_TEST(an_interrupt_is_acknowledged_once_and_enabled_again)
{
    fake_start(&fake, &mei);
    fake_interrupt(&fake);
    ck_assert_int_eq(mei_poll(&mei, 0), MEI_OK);
    ck_assert_uint_eq(fake.h_bits, 0x29);
    ck_assert_int_eq(mei_poll(&mei, 0), MEI_ERR_TIMEOUT);
}
END_TEST

START_TEST(me_rst_is_answered_with_a_doorbell)
{
    unsigned int rings;

    fake_start(&fake, &mei);
    rings = fake.rings;
    fake.me_bits |= 0x10;
    fake_interrupt(&fake);
    ck_assert_int_eq(mei_poll(&mei, 0), MEI_OK);
    ck_assert_uint_eq(fake.rings, rings + 1);
}
END_TEST

START_TEST(a_depth_that_is_none_is_refused)
{
    static const uint8_t depths[] = {0, 1, 2, 3, 5, 127, 129, 254, 255};

    fake.h_depth = depths[_i];
    ck_assert_int_eq(mei_start(&mei), MEI_ERR_HARDWARE);
    ck_assert_int_eq(mei.state, MEI_DEVICE_DISABLED);
    ck_assert_uint_eq(fake.resets, 0);
}
END_TEST

START_TEST(an_asserted_reset_is_released_before_the_next)
{
    fake.h_bits = 0x10;
    fake_start(&fake, &mei);
    ck_assert_uint_eq(fake.resets, 1);
}
END_TEST

START_TEST(stop_leaves_interrupts_off_and_the_reset_released)
{
    fake.hfs1 |= 0x80000000;
    fake_start(&fake, &mei);
    mei_stop(&mei);
    ck_assert_uint_eq(fake.resets, 2);
    ck_assert_uint_eq(fake.h_bits & ~H_CSR_D0I3C_IS, 0);
    ck_assert_uint_eq(fake.d0i3c, 0x6); /* D0i3, and its end is kept for the next start */
    ck_assert_int_eq(mei.state, MEI_DEVICE_DISABLED);
    /* And the next start finds it there and leaves it. */
    fake_start(&fake, &mei);
    ck_assert_uint_eq(fake.d0i3c & 0x4, 0);
}
END_TEST

START_TEST(a_device_that_is_gone_is_said_to_be)
{
    fake.gone = true;
    ck_assert_int_eq(mei_start(&mei), MEI_ERR_GONE);
    fake.gone = false;
    fake_start(&fake, &mei);
    fake_interrupt(&fake);
    fake.gone = true;
    ck_assert_int_eq(mei_poll(&mei, 0), MEI_ERR_GONE);
    ck_assert_int_eq(mei.state, MEI_DEVICE_DISABLED);
}
END_TEST

/* ---- start ---- */

typedef struct Version {
    uint8_t answer[3]; /* supported, minor, major */
    int error;
    uint8_t major, minor;
    bool capabilities;
    uint8_t enum_flags;
} Version;

static const Version versions[] = {
    {{1, 2, 2}, MEI_OK, 2, 2, true, 3},
    {{1, 9, 9}, MEI_OK, 2, 2, true, 3}, /* "supported" means ours */
    {{1, 0, 0}, MEI_OK, 2, 2, true, 3},
    {{0, 2, 2}, MEI_OK, 2, 2, true, 3},
    {{0, 1, 2}, MEI_OK, 2, 1, false, 3},
    {{0, 0, 2}, MEI_OK, 2, 0, false, 3},
    {{0, 1, 1}, MEI_OK, 1, 1, false, 0},
    {{0, 0, 1}, MEI_OK, 1, 0, false, 0},
    {{0, 9, 1}, MEI_OK, 1, 9, false, 0},
    {{0, 3, 2}, MEI_ERR_VERSION, 0, 0, false, 0},
    {{0, 0, 3}, MEI_ERR_VERSION, 0, 0, false, 0},
    {{0, 2, 0}, MEI_ERR_VERSION, 0, 0, false, 0},
};

START_TEST(versions_are_negotiated)
{
    const Version *v = &versions[_i];

    memcpy(fake.version, v->answer, 3);
    ck_assert_int_eq(mei_start(&mei), v->error);
    if (v->error) {
        ck_assert_int_eq(mei.state, MEI_DEVICE_DISABLED);
        ck_assert_uint_eq(fake.resets, 1); /* another start would end the same way */
        return;
    }
    ck_assert_uint_eq(mei.hbm_major, v->major);
    ck_assert_uint_eq(mei.hbm_minor, v->minor);
    ck_assert_int_eq(fake_find_hbm(&fake, 0x13, 0) != NULL, v->capabilities);
    ck_assert_uint_eq(fake_find_hbm(&fake, 0x04, 0)->data[1], v->enum_flags);
    ck_assert_ptr_null(fake_find_hbm(&fake, 0x12, 0)); /* we set no DMA ring up */
}
END_TEST

START_TEST(clients_are_listed_and_hidden_ones_are_not)
{
    const MeiClient *single;

    fake_start(&fake, &mei);
    ck_assert_uint_eq(mei.client_count, 3);
    ck_assert_uint_eq(mei_find_client(&mei, &fake_fixed_guid)->fixed_address, FAKE_FIXED);
    ck_assert_uint_eq(mei_find_client(&mei, &fake_plain_guid)->address, FAKE_PLAIN);
    single = mei_find_client(&mei, &fake_single_guid);
    ck_assert_uint_eq(single->address, FAKE_SINGLE);
    ck_assert_uint_eq(single->flags, HBM_PROP_FLAG_SINGLE_RECV);
    ck_assert_uint_eq(single->max_length, 5000);
    ck_assert_uint_eq(single->version, 2);
    ck_assert_uint_eq(single->max_connections, 255);
}
END_TEST

static bool empty_bus(Fake *f, const FakePacket *packet)
{
    uint8_t none[36] = {0x84};

    if (packet->data[0] == 0x04) {
        fake_hbm(f, none, sizeof(none));
    }
    return packet->data[0] == 0x04;
}

START_TEST(a_bus_without_clients_is_legal)
{
    fake.hook = empty_bus;
    fake_start(&fake, &mei);
    ck_assert_uint_eq(mei.client_count, 0);
}
END_TEST

static bool full_bus(Fake *f, const FakePacket *packet)
{
    uint8_t m[36] = {packet->data[0] | 0x80, packet->data[1]};

    if (packet->data[0] == 0x04) {
        memset(m + 4, 0xff, 32);
        m[1] = 0;
        m[4] = 0xfe;
        fake_hbm(f, m, 36);
        return true;
    }
    if (packet->data[0] == 0x05) {
        m[4] = m[1]; /* a GUID for each */
        fake_hbm(f, m, 28);
        return true;
    }
    return false;
}

START_TEST(a_bus_may_be_full)
{
    fake.hook = full_bus;
    fake_start(&fake, &mei);
    ck_assert_uint_eq(mei.client_count, 255);
    ck_assert_uint_eq(mei.clients[254].address, 255);
}
END_TEST

/* ---- a firmware that breaks the rules ---- */

typedef struct Malformed {
    const char *name;
    uint8_t when; /* the request that it answers so */
    uint32_t header;
    uint8_t body[40];
    MeiError error;
} Malformed;

#define HBM(size) (0x80000000u | (uint32_t)(size) << 16)
#define BROKEN    MEI_ERR_PROTOCOL

static const Malformed malformed[] = {
    {"short START", 0x01, HBM(3), {0x81, 1, 2}, BROKEN},
    {"empty message", 0x01, HBM(0), {0}, BROKEN},
    {"START in pieces", 0x01, 0x00040000, {0x81, 1, 2, 2}, BROKEN},
    {"ENUM instead of START", 0x01, HBM(36), {0x84}, BROKEN},
    {"unknown command", 0x01, HBM(4), {0x7f}, BROKEN},
    {"DMA_SETUP that was not asked for", 0x01, HBM(4), {0x92}, BROKEN},
    {"request instead of answer", 0x01, HBM(4), {0x01, 0, 2, 2}, BROKEN},
    {"header 0", 0x01, 0, {0}, BROKEN},
    {"reserved bits", 0x01, HBM(4) | 0x02000000, {0x81, 1, 2, 2}, BROKEN},
    {"DMA ring", 0x01, HBM(4) | 0x20000000, {0x81, 1, 2, 2}, BROKEN},
    {"extension of no bytes", 0x01, HBM(3) | 0x10000000, {0}, BROKEN},
    {"extension beyond the packet", 0x01, HBM(4) | 0x10000000, {1, 1}, BROKEN},
    {"extension of length 0", 0x01, HBM(8) | 0x10000000, {1, 1, 0, 0, 1, 0}, BROKEN},
    {"extension longer than the list", 0x01, HBM(8) | 0x10000000, {1, 1, 0, 0, 1, 2}, BROKEN},
    {"more extensions than bytes", 0x01, HBM(8) | 0x10000000, {9, 1, 0, 0, 1, 1}, BROKEN},
    {"data for nobody", 0x01, 0x80040a20, {1}, BROKEN},
    {"me address 0 with a host address", 0x01, 0x80040100, {0x81, 1, 2, 2}, BROKEN},
    {"short CAPABILITIES", 0x13, HBM(3), {0x93}, BROKEN},
    {"second START", 0x13, HBM(4), {0x81, 1, 2, 2}, BROKEN},
    {"short ENUM", 0x04, HBM(35), {0x84, 0, 0, 0, 0x80}, BROKEN},
    {"ENUM with the bus itself", 0x04, HBM(36), {0x84, 0, 0, 0, 0x01}, BROKEN},
    {"ADD_CLIENT before its time", 0x04, HBM(28), {0x0f, 40}, BROKEN},
    {"short PROPERTIES", 0x05, HBM(27), {0x85, FAKE_FIXED}, BROKEN},
    {"PROPERTIES of another", 0x05, HBM(28), {0x85, FAKE_PLAIN}, BROKEN},
    {"PROPERTIES refused", 0x05, HBM(28), {0x85, FAKE_FIXED, 2}, BROKEN},
    {"PG_ENTRY that was not asked for", 0x05, HBM(4), {0x8a}, BROKEN},
    {"PG_EXIT while up", 0x05, HBM(4), {0x0b}, BROKEN},
    {"STOP that was not asked for", 0x05, HBM(4), {0x82}, BROKEN},
    {"silence", 0x04, 0, {0}, MEI_ERR_TIMEOUT},
};

static const Malformed *misbehaviour;
static unsigned int misbehaved;

static bool misbehave(Fake *f, const FakePacket *packet)
{
    if (packet->data[0] != misbehaviour->when) {
        return false;
    }
    misbehaved++;
    if (misbehaviour->error != MEI_ERR_TIMEOUT) {
        fake_send(f, misbehaviour->header, misbehaviour->body, misbehaviour->header >> 16 & 0x1ff);
    }
    return true;
}

START_TEST(trap10_a_broken_start_is_tried_three_times_then_given_up)
{
    misbehaviour = &malformed[_i];
    misbehaved = 0;
    fake.hook = misbehave;
    MUST_MSG(mei_start(&mei) == misbehaviour->error, "%s: %s", misbehaviour->name, mei.reason);
    ck_assert_uint_eq(misbehaved, 3);
    ck_assert_uint_eq(fake.resets, 3);
    ck_assert_int_eq(mei.state, MEI_DEVICE_DISABLED);
    ck_assert_uint_eq(fake.h_bits & 0x21, 0); /* nobody is left to serve interrupts */
    ck_assert_int_eq(mei_poll(&mei, 0), MEI_ERR_DISABLED);
    ck_assert_int_eq(mei_reset(&mei), MEI_ERR_DISABLED);
    fake.hook = NULL;
    fake_start(&fake, &mei);
    ck_assert_uint_eq(fake.resets, 4);
}
END_TEST

static bool misbehave_once(Fake *f, const FakePacket *packet)
{
    bool handled = misbehave(f, packet);

    if (handled) {
        f->hook = NULL;
    }
    return handled;
}

START_TEST(a_start_that_breaks_once_succeeds_the_second_time)
{
    misbehaviour = &malformed[_i];
    fake.hook = misbehave_once;
    ck_assert_int_eq(mei_start(&mei), MEI_OK);
    ck_assert_uint_eq(fake.resets, 2);
    ck_assert_uint_eq(mei.failed_starts, 0);
}
END_TEST

START_TEST(a_running_link_that_breaks_is_reset)
{
    const Malformed *m = &malformed[_i];

    if (m->error == MEI_ERR_TIMEOUT) {
        return; /* silence is no break while nothing is asked */
    }
    fake_start(&fake, &mei);
    if (m->body[0] == 0x0f) {
        return; /* ADD_CLIENT: now its time has come */
    }
    fake_send(&fake, m->header, m->body, m->header >> 16 & 0x1ff);
    MUST_MSG(mei_poll(&mei, 0) == MEI_ERR_PROTOCOL, "%s: %s", m->name, mei.reason);
    ck_assert_int_eq(mei.state, MEI_DEVICE_ENABLED);
    ck_assert_uint_eq(fake.resets, 2);
    ck_assert_uint_eq(mei.client_count, 3);
}
END_TEST

START_TEST(more_slots_than_the_buffer_has_break_the_link)
{
    fake_start(&fake, &mei);
    fake.me_wp = (uint8_t)(fake.me_rp + 129);
    fake_interrupt(&fake);
    ck_assert_int_eq(mei_poll(&mei, 0), MEI_ERR_HARDWARE);
    ck_assert_int_eq(mei.state, MEI_DEVICE_ENABLED);
    ck_assert_uint_eq(fake.resets, 2);
}
END_TEST

START_TEST(me_rdy_that_drops_is_a_reset)
{
    fake_start(&fake, &mei);
    fake.me_bits &= ~8u;
    fake_interrupt(&fake);
    ck_assert_int_eq(mei_poll(&mei, 0), MEI_ERR_NOT_READY);
    ck_assert_int_eq(mei.state, MEI_DEVICE_ENABLED);
    ck_assert_uint_eq(fake.resets, 2);
}
END_TEST

START_TEST(h_rdy_that_is_lost_is_a_reset)
{
    fake_start(&fake, &mei);
    fake.h_bits &= ~8u;
    fake_interrupt(&fake);
    ck_assert_int_eq(mei_poll(&mei, 0), MEI_ERR_NOT_READY);
    ck_assert_int_eq(mei.state, MEI_DEVICE_ENABLED);
    ck_assert_uint_eq(fake.resets, 2);
}
END_TEST

START_TEST(an_interrupt_storm_ends)
{
    fake_start(&fake, &mei);
    fake.storm = true;
    ck_assert_int_ne(mei_reset(&mei), MEI_OK);
    ck_assert_int_eq(mei.state, MEI_DEVICE_DISABLED);
}
END_TEST

/* Whatever stands on ME_CB, the driver ends up enabled or disabled: no hang, no bad access. */
START_TEST(noise_neither_hangs_nor_crashes)
{
    uint32_t x = (uint32_t)_i * 2654435761u + 1;

    fake_start(&fake, &mei);
    for (unsigned int round = 0; round < 200 && mei.state == MEI_DEVICE_ENABLED; round++) {
        unsigned int slots = 1 + x % 128;

        for (unsigned int i = 0; i < slots; i++) {
            x = x * 1664525u + 1013904223u;
            /* Often a header that is plausible: the interesting paths lie behind it. */
            fake_push(&fake, i == 0 && (x & 0x300) ? (x & 0x90040000) | 0x00080000 : x);
        }
        fake_interrupt(&fake);
        (void)mei_poll(&mei, 0);
        fake_forget(&fake);
    }
    ck_assert(mei.state == MEI_DEVICE_ENABLED || mei.state == MEI_DEVICE_DISABLED);
}
END_TEST

/* ---- time ---- */

static bool silent(Fake *f, const FakePacket *packet)
{
    (void)f;
    return packet->data[0] == misbehaviour->when;
}

typedef struct Deadline {
    uint8_t when;
    int64_t ns;
} Deadline;

static const Deadline deadlines[] = {
    {0x01, 1 * MEI_NS_PER_S},
    {0x13, 30 * MEI_NS_PER_S},
    {0x04, 30 * MEI_NS_PER_S},
    {0x05, 30 * MEI_NS_PER_S},
};

START_TEST(each_step_of_the_start_has_its_time)
{
    const Malformed quiet = {.when = deadlines[_i].when};
    int64_t spent;

    misbehaviour = &quiet;
    fake.hook = silent;
    ck_assert_int_eq(mei_start(&mei), MEI_ERR_TIMEOUT);
    spent = fake.now / 3;
    ck_assert_int_ge(spent, deadlines[_i].ns);
    ck_assert_int_lt(spent, deadlines[_i].ns + MEI_NS_PER_S / 10);
}
END_TEST

START_TEST(me_rdy_has_two_seconds)
{
    fake.never_ready = true;
    ck_assert_int_eq(mei_start(&mei), MEI_ERR_NOT_READY);
    ck_assert_int_eq(fake.now, 3 * 2 * MEI_NS_PER_S);
    ck_assert_uint_eq(fake.resets, 3);
    ck_assert_int_eq(mei.state, MEI_DEVICE_DISABLED);
}
END_TEST

START_TEST(two_failed_starts_are_forgiven)
{
    fake.fail_ready = 2;
    fake_start(&fake, &mei);
    ck_assert_uint_eq(fake.resets, 3);
    /* And the count begins anew: two more are forgiven as well. */
    fake.fail_ready = 2;
    ck_assert_int_eq(mei_reset(&mei), MEI_OK);
    fake.fail_ready = 3;
    ck_assert_int_eq(mei_reset(&mei), MEI_ERR_NOT_READY);
    ck_assert_int_eq(mei.state, MEI_DEVICE_DISABLED);
}
END_TEST

/* ---- stop by the firmware ---- */

START_TEST(the_firmware_may_stop_the_bus)
{
    static const uint8_t stop[4] = {0x03, 0};

    fake_start(&fake, &mei);
    fake_hbm(&fake, stop, sizeof(stop));
    ck_assert_int_eq(mei_poll(&mei, MEI_NS_PER_S), MEI_OK);
    ck_assert_int_eq(mei.hbm_state, MEI_HBM_STOPPED);
    ck_assert_int_eq(mei_poll(&mei, MEI_NS_PER_S), MEI_ERR_DISABLED);
    ck_assert_ptr_nonnull(fake_find_hbm(&fake, 0x02, 0));
    ck_assert_int_eq(mei.state, MEI_DEVICE_DISABLED);
    ck_assert_uint_eq(fake.resets, 2);
}
END_TEST

/* ---- power gating ---- */

static void start_with_d0i3(bool slow)
{
    fake.hfs1 |= 0x80000000;
    fake.slow_d0i3 = slow;
    fake_start(&fake, &mei);
}

START_TEST(d0i3_is_entered_and_left)
{
    start_with_d0i3(_i != 0);
    ck_assert_int_eq(mei_power_gate(&mei), MEI_OK);
    ck_assert_ptr_nonnull(fake_find_hbm(&fake, 0x0a, 0));
    ck_assert_uint_eq(fake.d0i3c, 0x6);
    ck_assert_int_eq(mei_power_gate(&mei), MEI_OK); /* it is already */
    ck_assert_int_eq(mei_power_ungate(&mei), MEI_OK);
    ck_assert_uint_eq(fake.d0i3c, 0x2);
    ck_assert_uint_eq(fake.resets, 1);
    ck_assert_uint_ne(fake.h_bits & 0x8, 0);
}
END_TEST

START_TEST(h_rdy_lost_in_d0i3_is_set_again)
{
    fake.loses_ready = true;
    start_with_d0i3(true);
    ck_assert_int_eq(mei_power_gate(&mei), MEI_OK);
    ck_assert_uint_eq(fake.h_bits & 0x8, 0);
    ck_assert_int_eq(mei_power_ungate(&mei), MEI_OK);
    ck_assert_uint_ne(fake.h_bits & 0x8, 0);
    ck_assert_uint_eq(fake.resets, 1);
}
END_TEST

START_TEST(the_firmware_wakes_the_host)
{
    start_with_d0i3(true);
    ck_assert_int_eq(mei_power_gate(&mei), MEI_OK);
    while (mei_poll(&mei, 0) == MEI_OK) {
    }
    ck_assert_int_eq(mei_power_gate(&mei), MEI_OK);
    ck_assert_uint_ne(fake.d0i3c & 0x4, 0);
    fake_interrupt(&fake);
    ck_assert_int_eq(mei_poll(&mei, MEI_NS_PER_S), MEI_OK);
    ck_assert_uint_eq(fake.d0i3c & 0x4, 0);
}
END_TEST

/* Nothing can be done about it but never to write the register while it is in progress. */
START_TEST(d0i3_that_never_ends_disables_the_device)
{
    int64_t before;

    start_with_d0i3(true);
    fake.stuck_d0i3 = true;
    before = fake.now;
    ck_assert_int_eq(mei_power_gate(&mei), MEI_ERR_TIMEOUT);
    ck_assert_int_ge(fake.now - before, 5 * MEI_NS_PER_S);
    ck_assert_int_eq(mei.state, MEI_DEVICE_DISABLED);
    fake.stuck_d0i3 = false;
    fake_start(&fake, &mei);
    ck_assert_uint_eq(fake.d0i3c & 0x5, 0);
}
END_TEST

START_TEST(power_gating_needs_hbm_1_1)
{
    fake.version[0] = 0;
    fake.version[1] = 0;
    fake.version[2] = 1;
    start_with_d0i3(false);
    ck_assert_int_eq(mei_power_gate(&mei), MEI_ERR_UNSUPPORTED);
    ck_assert_uint_eq(fake.packet_count, 0);
}
END_TEST

START_TEST(an_unanswered_pg_entry_is_a_reset)
{
    const Malformed quiet = {.when = 0x0a};
    int64_t before;

    start_with_d0i3(false);
    misbehaviour = &quiet;
    fake.hook = silent;
    before = fake.now;
    ck_assert_int_eq(mei_power_gate(&mei), MEI_ERR_TIMEOUT);
    ck_assert_int_ge(fake.now - before, MEI_NS_PER_S);
    ck_assert_int_lt(fake.now - before, 2 * MEI_NS_PER_S);
    ck_assert_uint_eq(fake.resets, 2);
    ck_assert_int_eq(mei.state, MEI_DEVICE_ENABLED);
}
END_TEST

/* ---- words ---- */

START_TEST(every_enum_has_its_word)
{
    for (int error = 0; error >= MEI_ERR_CANCELLED; error--) {
        ck_assert_str_ne(mei_error_name((MeiError)error), "unknown error");
        for (int other = error + 1; other <= 0; other++) {
            ck_assert_str_ne(mei_error_name((MeiError)error), mei_error_name((MeiError)other));
        }
    }
    ck_assert_str_eq(mei_error_name((MeiError)(MEI_ERR_CANCELLED - 1)), "unknown error");
    ck_assert_str_eq(mei_device_state_name(MEI_DEVICE_POWER_DOWN), "POWER_DOWN");
    ck_assert_str_eq(mei_device_state_name((MeiDeviceState)(MEI_DEVICE_POWER_DOWN + 1)), "unknown");
    ck_assert_str_eq(mei_hbm_state_name(MEI_HBM_STOPPED), "STOPPED");
    ck_assert_str_eq(mei_hbm_state_name((MeiHbmState)(MEI_HBM_STOPPED + 1)), "unknown");
    ck_assert_str_eq(mei_connection_state_name(MEI_CONNECTION_LOST), "LOST");
    ck_assert_str_eq(mei_connection_state_name((MeiConnectionState)99), "unknown");
}
END_TEST

static TCase *fake_case(Suite *s, const char *name)
{
    TCase *tcase = unit_case(s, name);

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    return tcase;
}

static Suite *suite(void)
{
    Suite *s = suite_create("host-driver");
    TCase *tcase = fake_case(s, "registers");

    tcase_add_test(tcase, start_touches_the_registers_as_linux_does);
    tcase_add_loop_test(tcase, no_change_of_h_csr_acknowledges_by_accident, 0, 8);
    tcase_add_test(tcase, an_interrupt_is_acknowledged_once_and_enabled_again);
    tcase_add_test(tcase, me_rst_is_answered_with_a_doorbell);
    tcase_add_loop_test(tcase, a_depth_that_is_none_is_refused, 0, 9);
    tcase_add_test(tcase, an_asserted_reset_is_released_before_the_next);
    tcase_add_test(tcase, stop_leaves_interrupts_off_and_the_reset_released);
    tcase_add_test(tcase, a_device_that_is_gone_is_said_to_be);

    tcase = fake_case(s, "start");
    tcase_add_loop_test(tcase, versions_are_negotiated, 0, UNIT_COUNT(versions));
    tcase_add_test(tcase, clients_are_listed_and_hidden_ones_are_not);
    tcase_add_test(tcase, a_bus_without_clients_is_legal);
    tcase_add_test(tcase, a_bus_may_be_full);
    tcase_add_loop_test(tcase, each_step_of_the_start_has_its_time, 0, UNIT_COUNT(deadlines));
    tcase_add_test(tcase, me_rdy_has_two_seconds);
    tcase_add_test(tcase, two_failed_starts_are_forgiven);

    tcase = fake_case(s, "recovery");
    tcase_add_loop_test(tcase, trap10_a_broken_start_is_tried_three_times_then_given_up, 0,
                        UNIT_COUNT(malformed));
    tcase_add_loop_test(tcase, a_start_that_breaks_once_succeeds_the_second_time, 0,
                        UNIT_COUNT(malformed));
    tcase_add_loop_test(tcase, a_running_link_that_breaks_is_reset, 0, UNIT_COUNT(malformed));
    tcase_add_test(tcase, more_slots_than_the_buffer_has_break_the_link);
    tcase_add_test(tcase, me_rdy_that_drops_is_a_reset);
    tcase_add_test(tcase, h_rdy_that_is_lost_is_a_reset);
    tcase_add_test(tcase, an_interrupt_storm_ends);
    tcase_add_loop_test(tcase, noise_neither_hangs_nor_crashes, 0, 100);
    tcase_add_test(tcase, the_firmware_may_stop_the_bus);

    tcase = fake_case(s, "power");
    tcase_add_loop_test(tcase, d0i3_is_entered_and_left, 0, 2);
    tcase_add_test(tcase, h_rdy_lost_in_d0i3_is_set_again);
    tcase_add_test(tcase, the_firmware_wakes_the_host);
    tcase_add_test(tcase, d0i3_that_never_ends_disables_the_device);
    tcase_add_test(tcase, power_gating_needs_hbm_1_1);
    tcase_add_test(tcase, an_unanswered_pg_entry_is_a_reset);

    tcase_add_test(unit_case(s, "words"), every_enum_has_its_word);
    return s;
}

int main(void)
{
    return unit_run(suite());
}
