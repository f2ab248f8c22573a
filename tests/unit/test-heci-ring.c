/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The circular buffer against a plain FIFO, in every state that it can have: each read pointer,
 * each fill and each depth; then receive() and send() over the same states with every packet
 * length. (Fact sheet 3.1; bug class 3: pointer wrap, bound on the wrong quantity.)
 */
#include "tests/unit/unit.h"
#include "tests/unit/heci-fixture.h"

#include "hw/heci-ring.h"

/* Depths 2, 4, ... 128: the loop index of a test is the exponent. */
#define DEPTH_EXPONENT_FIRST 1
#define DEPTH_EXPONENT_END   8
#define POINTERS             256
#define SLOTS                128 /* the largest depth there is */
#define PACKET_ROOM          (4 + 512)
#define LENGTH_MAX           511

/* A value that tells its own place in the stream. */
static uint32_t stream(unsigned int n)
{
    return n * 2654435761u + 0x1234567;
}

/* The trivially correct model: an array whose first element is the oldest. */
typedef struct Fifo {
    uint32_t values[SLOTS + 1];
    unsigned int count;
} Fifo;

static void fifo_push(Fifo *fifo, uint32_t value)
{
    fifo->values[fifo->count++] = value;
}

static uint32_t fifo_pop(Fifo *fifo)
{
    uint32_t value = fifo->values[0];

    memmove(fifo->values, fifo->values + 1, --fifo->count * sizeof(value));
    return value;
}

static void same(const HeciRing *ring, const Fifo *fifo, unsigned int depth)
{
    MUST_EQ(heci_ring_filled(ring), fifo->count);
    MUST_EQ(heci_ring_free(ring), depth - fifo->count);
    MUST_EQ(ring->depth, depth);
    for (unsigned int i = 0; i < fifo->count; i++) {
        if (heci_ring_peek(ring, i) != fifo->values[i]) {
            ck_abort_msg("depth %u, rp %u, filled %u: slot %u is wrong", depth, ring->read_pointer,
                         fifo->count, i);
        }
    }
}

/* From (read pointer, fill): push up to full, pop to empty; each state and step on the way. */
static void check_state(unsigned int depth, unsigned int rp, unsigned int fill)
{
    HeciRing ring = {.depth = (uint8_t)depth};
    Fifo fifo = {.count = 0};
    unsigned int n = 0;

    ring.read_pointer = ring.write_pointer = (uint8_t)rp;
    for (; n < fill; n++) {
        heci_ring_push(&ring, stream(n));
        fifo_push(&fifo, stream(n));
    }
    same(&ring, &fifo, depth);
    for (; n < depth; n++) {
        heci_ring_push(&ring, stream(n));
        fifo_push(&fifo, stream(n));
        MUST_EQ(ring.write_pointer, (rp + n + 1) % POINTERS);
        MUST_EQ(heci_ring_filled(&ring), n + 1);
        MUST_EQ(heci_ring_peek(&ring, n), stream(n));
    }
    same(&ring, &fifo, depth);
    for (unsigned int popped = 1; fifo.count > 0; popped++) {
        MUST_EQ(heci_ring_pop(&ring), fifo_pop(&fifo));
        MUST_EQ(ring.read_pointer, (rp + popped) % POINTERS);
        MUST_EQ(heci_ring_filled(&ring), fifo.count);
    }
    MUST_EQ(ring.read_pointer, ring.write_pointer);
}

START_TEST(ring_is_a_fifo_in_every_state)
{
    unsigned int depth = 1u << _i;

    for (unsigned int rp = 0; rp < POINTERS; rp++) {
        for (unsigned int fill = 0; fill <= depth; fill++) {
            check_state(depth, rp, fill);
        }
    }
}
END_TEST

/* Half the states again by push and pop lengths: push n, pop m, push n, pop the rest. */
START_TEST(ring_is_a_fifo_for_every_push_and_pop_length)
{
    unsigned int depth = 1u << _i;

    for (unsigned int pushed = 0; pushed <= depth; pushed++) {
        for (unsigned int popped = 0; popped <= pushed; popped++) {
            HeciRing ring = {.depth = (uint8_t)depth, .read_pointer = 250, .write_pointer = 250};
            unsigned int in = 0;
            unsigned int out = 0;

            while (in < pushed) {
                heci_ring_push(&ring, stream(in++));
            }
            while (out < popped) {
                MUST_EQ(heci_ring_pop(&ring), stream(out++));
            }
            while (heci_ring_free(&ring) > 0) {
                heci_ring_push(&ring, stream(in++));
            }
            MUST_EQ(in - out, depth);
            while (heci_ring_filled(&ring) > 0) {
                MUST_EQ(heci_ring_pop(&ring), stream(out++));
            }
            MUST_EQ(in, out);
        }
    }
}
END_TEST

START_TEST(ring_empty_takes_both_pointers_to_zero)
{
    HeciRing ring = {.depth = 128, .read_pointer = 200, .write_pointer = 10};

    heci_ring_empty(&ring);
    MUST_EQ(ring.read_pointer, 0);
    MUST_EQ(ring.write_pointer, 0);
    MUST_EQ(ring.depth, 128);
    MUST_EQ(heci_ring_filled(&ring), 0);
}
END_TEST

START_TEST(trap05_depths_are_powers_of_two_from_2_to_128)
{
    for (unsigned int depth = 0; depth < 70000; depth++) {
        bool valid = depth == 2 || depth == 4 || depth == 8 || depth == 16 || depth == 32 ||
                     depth == 64 || depth == 128;

        MUST_EQ(heci_ring_depth_valid(depth), valid);
    }
    MUST(!heci_ring_depth_valid(UINT32_MAX));
    MUST(!heci_ring_depth_valid(0x80000000u));
}
END_TEST

START_TEST(trap05_init_refuses_any_other_depth)
{
    for (unsigned int h = 0; h < 256; h++) {
        HeciConfig config = fake_config_full;
        bool valid = h >= 2 && h <= 128 && (h & (h - 1)) == 0;
        Heci heci;

        config.h_depth = (uint8_t)h;
        MUST_EQ(heci_init(&heci, &config, &fake_host_ops, NULL), valid);
        config.h_depth = 128;
        config.me_depth = (uint8_t)h;
        MUST_EQ(heci_init(&heci, &config, &fake_host_ops, NULL), valid);
    }
}
END_TEST

static void setup(Fake *fake, unsigned int depth)
{
    HeciConfig config = fake_config_full;

    config.h_depth = config.me_depth = (uint8_t)depth;
    fake_link_up(fake, &config);
}

/*
 * Lengths worth trying: all of them where that is cheap, else one of each three, which takes each
 * count of slots; and a few that no buffer of this depth can ever hold.
 */
static unsigned int next_length(unsigned int length, unsigned int depth)
{
    return length + (depth <= 32 ? 1 : 3);
}

static unsigned int last_length(unsigned int depth)
{
    return 4 * depth + 8 < LENGTH_MAX ? 4 * depth + 8 : LENGTH_MAX;
}

/* send() in one state: whole packet or nothing, in the right slots and no other. */
static void check_send(Fake *fake, unsigned int rp, unsigned int fill, unsigned int length,
                       const uint8_t *packet)
{
    HeciRing *ring = &fake->heci.me_cb;
    unsigned int depth = ring->depth;
    unsigned int slots = 1 + (length + 3) / 4;
    uint8_t wp = (uint8_t)(rp + fill);
    HeciRing expected;
    bool fits = slots <= depth - fill;

    ring->read_pointer = (uint8_t)rp;
    ring->write_pointer = wp;
    memcpy(&expected, ring, sizeof(expected));
    if (fits) {
        for (unsigned int i = 0; i < slots; i++) {
            uint8_t bytes[4] = {0};
            unsigned int left = 4 + length - 4 * i;

            memcpy(bytes, packet + 4 * i, left < 4 ? left : 4);
            expected.slots[(wp + i) % depth] = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 |
                                               (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
        }
        expected.write_pointer = (uint8_t)(wp + slots);
    }
    if (dev_send(fake, packet, 4 + length) != fits ||
        memcmp(&expected, ring, sizeof(expected)) != 0) {
        ck_abort_msg("send: depth %u, rp %u, filled %u, length %u", depth, rp, fill, length);
    }
}

START_TEST(send_in_every_state_with_every_length)
{
    unsigned int depth = 1u << _i;
    unsigned int limit = last_length(depth);
    Fake fake;

    setup(&fake, depth);
    for (unsigned int length = 0; length <= limit; length = next_length(length, depth)) {
        /* Exactly as long as told: a read past its end is a sanitizer's find. */
        uint8_t *packet = malloc(4 + length);

        MUST(packet != NULL);
        for (unsigned int i = 0; i < 4 + length; i++) {
            packet[i] = (uint8_t)(stream(i + length) >> 11);
        }
        packet[2] = (uint8_t)length;
        packet[3] = (uint8_t)(0x80 | length >> 8);
        for (unsigned int rp = 0; rp < POINTERS; rp++) {
            for (unsigned int fill = 0; fill <= depth; fill++) {
                check_send(&fake, rp, fill, length, packet);
            }
        }
        free(packet);
    }
    ASSERT_LOG(&fake, "");
}
END_TEST

/* receive() in one state; *packet is poisoned where it must not be written. */
static void check_receive(Fake *fake, unsigned int rp, unsigned int fill, unsigned int length,
                          uint8_t *packet)
{
    HeciRing *ring = &fake->heci.h_cb;
    unsigned int depth = ring->depth;
    unsigned int slots = 1 + (length + 3) / 4;
    uint32_t saved = ring->slots[rp % depth];
    uint32_t header = 0x80000507u | length << 16;
    int expected = fill == 0       ? 0
                   : slots > depth ? HECI_LINK_BROKEN
                   : fill < slots  ? 0
                                   : (int)(4 + length);
    int got;

    ring->read_pointer = (uint8_t)rp;
    ring->write_pointer = (uint8_t)(rp + fill);
    if (fill > 0) {
        ring->slots[rp % depth] = header;
    }
    got = dev_receive(fake, packet);
    if (got != expected) {
        ck_abort_msg("receive: depth %u, rp %u, filled %u, length %u: %d, not %d", depth, rp, fill,
                     length, got, expected);
    }
    if (expected > 0) {
        MUST_EQ(ring->read_pointer, (rp + slots) % POINTERS);
        for (unsigned int i = 0; i < 4 + length; i++) {
            uint8_t byte = (uint8_t)(ring->slots[(rp + i / 4) % depth] >> i % 4 * 8);

            if (packet[i] != byte) {
                ck_abort_msg("receive: depth %u, rp %u, filled %u, length %u: byte %u", depth, rp,
                             fill, length, i);
            }
        }
    } else if (expected == 0) {
        MUST_EQ(ring->read_pointer, rp);
    }
    MUST_EQ(ring->depth, depth);
    ring->slots[rp % depth] = saved;
}

START_TEST(receive_in_every_state_with_every_length)
{
    unsigned int depth = 1u << _i;
    uint8_t *packet = malloc(PACKET_ROOM);
    Fake fake;

    MUST(packet != NULL);
    setup(&fake, depth);
    for (unsigned int i = 0; i < depth; i++) {
        fake.heci.h_cb.slots[i] = stream(i);
    }
    for (unsigned int length = 0; length <= last_length(depth);
         length = next_length(length, depth)) {
        for (unsigned int rp = 0; rp < POINTERS; rp++) {
            for (unsigned int fill = 0; fill <= depth; fill++) {
                check_receive(&fake, rp, fill, length, packet);
            }
        }
    }
    free(packet);
    ASSERT_LOG(&fake, "");
}
END_TEST

/* What stands in the packet after the last byte and before the end of its slot is anyone's. */
START_TEST(trap21_receive_counts_bytes_and_writes_no_slot_too_many)
{
    Fake fake;

    setup(&fake, 128);
    for (unsigned int length = 0; length <= 508; length++) {
        unsigned int slots = 1 + (length + 3) / 4;
        uint8_t packet[PACKET_ROOM];

        memset(packet, 0xee, sizeof(packet));
        fake_write(&fake, R_H_CB_WW, 0x80000000u | length << 16);
        for (unsigned int i = 1; i < slots; i++) {
            MUST_EQ(dev_receive(&fake, packet), 0);
            fake_write(&fake, R_H_CB_WW, 0x11111111);
        }
        MUST_EQ(dev_receive(&fake, packet), (int)(4 + length));
        for (unsigned int i = 4; i < sizeof(packet); i++) {
            MUST_EQ(packet[i], i < 4 * slots ? 0x11 : 0xee);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("heci-ring");
    TCase *tcase = unit_case(suite, "ring");

    tcase_add_loop_test(tcase, ring_is_a_fifo_in_every_state, DEPTH_EXPONENT_FIRST,
                        DEPTH_EXPONENT_END);
    tcase_add_loop_test(tcase, ring_is_a_fifo_for_every_push_and_pop_length, DEPTH_EXPONENT_FIRST,
                        DEPTH_EXPONENT_END);
    tcase_add_test(tcase, ring_empty_takes_both_pointers_to_zero);
    tcase_add_test(tcase, trap05_depths_are_powers_of_two_from_2_to_128);
    tcase_add_test(tcase, trap05_init_refuses_any_other_depth);

    tcase = unit_case(suite, "packets");
    tcase_add_loop_test(tcase, send_in_every_state_with_every_length, DEPTH_EXPONENT_FIRST,
                        DEPTH_EXPONENT_END);
    tcase_add_loop_test(tcase, receive_in_every_state_with_every_length, DEPTH_EXPONENT_FIRST,
                        DEPTH_EXPONENT_END);
    tcase_add_test(tcase, trap21_receive_counts_bytes_and_writes_no_slot_too_many);
    return unit_run(suite);
}
