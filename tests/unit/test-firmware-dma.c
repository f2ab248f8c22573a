/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The DMA rings (HBM 2.1) and client DMA buffers (2.2), with guest memory that the test owns. The
 * host's side of a ring is done here as Linux dma-ring.c does it. Section numbers are those of the
 * HECI/HBM fact sheet.
 */
#include <string.h>

#include "tests/unit/bench.h"
#include "tests/unit/unit.h"

#define RING_SIZE   4096u
#define HOST_RING   0x1000u
#define DEVICE_RING 0x3000u
#define CONTROL     0x6000u
#define MEMORY      0x8000u

#define SLOTS (RING_SIZE / 4)

/* A bench whose host has memory. */
static Bench *with_memory(void)
{
    Bench *b = bench_up(&(BenchOptions){.latency = "0"});

    b->device.memory = g_malloc0(MEMORY);
    b->device.memory_size = MEMORY;
    b->device.extensions = true;
    return b;
}

static void done(Bench *b)
{
    g_free(b->device.memory);
    bench_free(b);
}

static void put_descriptor(uint8_t *request, unsigned int n, uint64_t address, uint32_t size)
{
    uint8_t *d = request + 4 + n * 12;

    swme_put_le32(d, (uint32_t)(address >> 32)); /* high dword first */
    swme_put_le32(d + 4, (uint32_t)address);
    swme_put_le32(d + 8, size);
}

static uint8_t setup(Bench *b, uint64_t host, uint32_t host_size, uint64_t device,
                     uint32_t device_size, uint64_t control, uint32_t control_size)
{
    uint8_t request[40] = {0x12};
    uint8_t answer[MEI_PACKET_MAX];

    put_descriptor(request, 0, host, host_size);
    put_descriptor(request, 1, device, device_size);
    put_descriptor(request, 2, control, control_size);
    bench_hbm(b, request, sizeof(request));
    ck_assert_uint_eq(bench_take_hbm(b, answer), 4);
    ck_assert_uint_eq(answer[0], 0x92);
    ck_assert_uint_eq(answer[2], 0);
    ck_assert_uint_eq(answer[3], 0);
    return answer[1];
}

static void setup_good(Bench *b)
{
    ck_assert_uint_eq(setup(b, HOST_RING, RING_SIZE, DEVICE_RING, RING_SIZE, CONTROL, 4096), 0);
}

static uint32_t counter(const Bench *b, unsigned int offset)
{
    return swme_get_le32(b->device.memory + CONTROL + offset);
}

static void set_counter(Bench *b, unsigned int offset, uint32_t value)
{
    swme_put_le32(b->device.memory + CONTROL + offset, value);
}

/* Copies into the host ring and moves the host's counter. */
static void host_write(Bench *b, const uint8_t *data, size_t size)
{
    uint32_t at = counter(b, 0);

    for (size_t i = 0; i < size; i++) {
        b->device.memory[HOST_RING + ((at & (SLOTS - 1)) * 4 + i) % RING_SIZE] = data[i];
    }
    set_counter(b, 0, at + (uint32_t)((size + 3) / 4));
}

/* Sends the packet that says so; extra: flags besides. */
static void dma_packet(Bench *b, uint8_t me, uint8_t host, uint32_t length, bool complete)
{
    uint8_t body[4];

    swme_put_le32(body, length);
    bench_put(b, mei_hdr(me, host, 4, complete) | MEI_HDR_DMA_RING, body, sizeof(body));
    bench_ring(b);
}

/* Takes a packet that points into the device ring, and its bytes. */
static GByteArray *host_read(Bench *b, uint8_t me, uint8_t host)
{
    g_autoptr(GBytes) bytes = fake_device_take(&b->device);
    GByteArray *data = g_byte_array_new();
    uint32_t at = counter(b, 24);
    uint32_t length;
    gsize size;
    const uint8_t *packet;

    ck_assert(bytes != NULL);
    packet = g_bytes_get_data(bytes, &size);
    ck_assert_uint_eq(size, 8);
    ck_assert_uint_eq(swme_get_le32(packet), mei_hdr(me, host, 4, true) | MEI_HDR_DMA_RING);
    length = swme_get_le32(packet + 4);
    for (uint32_t i = 0; i < length; i++) {
        g_byte_array_append(
            data, b->device.memory + DEVICE_RING + ((at & (SLOTS - 1)) * 4 + i) % RING_SIZE, 1);
    }
    set_counter(b, 24, at + (length + 3) / 4);
    bench_ring(b);
    return data;
}

static void expect_credit(Bench *b, uint8_t me, uint8_t host)
{
    bench_expect_hbm(b, BYTES(0x08, me, host, 0, 0, 0, 0, 0));
}

static uint8_t *pattern(size_t size, unsigned int seed)
{
    uint8_t *data = g_malloc(size ? size : 1);

    for (size_t i = 0; i < size; i++) {
        data[i] = (uint8_t)(seed + i * 13 + (i >> 8));
    }
    return data;
}

/* --- set-up, section 6.4 and 8 --- */

START_TEST(trap17_sound_rings_are_taken)
{
    Bench *b = with_memory();

    setup_good(b);
    /* The same rings once more, without a reset between, would lose the place in them. */
    ck_assert_uint_eq(setup(b, HOST_RING, RING_SIZE, DEVICE_RING, RING_SIZE, CONTROL, 4096), 6);
    bench_host_reset(b);
    bench_start(b);
    setup_good(b);
    bench_expect_nothing(b);
    done(b);
}
END_TEST

typedef struct SetupCase {
    uint64_t host, device, control;
    uint32_t host_size, device_size, control_size;
} SetupCase;

static const SetupCase bad_setups[] = {
    {HOST_RING, DEVICE_RING, CONTROL, 0, RING_SIZE, 4096},
    {HOST_RING, DEVICE_RING, CONTROL, RING_SIZE, 0, 4096},
    {HOST_RING, DEVICE_RING, CONTROL, RING_SIZE, RING_SIZE, 0},
    {HOST_RING, DEVICE_RING, CONTROL, RING_SIZE, RING_SIZE, 31},
    {HOST_RING, DEVICE_RING, CONTROL, 3000, RING_SIZE, 4096},
    {HOST_RING, DEVICE_RING, CONTROL, RING_SIZE, 4095, 4096},
    {HOST_RING, DEVICE_RING, CONTROL, 2, RING_SIZE, 4096},
    {HOST_RING + 1, DEVICE_RING, CONTROL, RING_SIZE, RING_SIZE, 4096},
    {HOST_RING, DEVICE_RING + 2, CONTROL, RING_SIZE, RING_SIZE, 4096},
    {HOST_RING, DEVICE_RING, CONTROL + 3, RING_SIZE, RING_SIZE, 4096},
    {UINT64_MAX - 3, DEVICE_RING, CONTROL, RING_SIZE, RING_SIZE, 4096},
    {HOST_RING, UINT64_MAX - 4095, CONTROL, RING_SIZE, RING_SIZE, 4096},
    {HOST_RING, DEVICE_RING, UINT64_MAX - 7, RING_SIZE, RING_SIZE, 4096},
    {HOST_RING, DEVICE_RING, CONTROL, 0x80000000u, RING_SIZE, 4096},
};

START_TEST(rings_that_cannot_be_are_refused)
{
    const SetupCase *c = &bad_setups[_i];
    Bench *b = with_memory();

    ck_assert_uint_eq(
        setup(b, c->host, c->host_size, c->device, c->device_size, c->control, c->control_size), 4);
    ck_assert_uint_eq(b->device.dma_calls, 0);
    setup_good(b); /* nothing of the refused one stayed */
    done(b);
}
END_TEST

START_TEST(no_ring_before_hbm_2_1)
{
    g_autoptr(Bench) b = bench_ready(NULL);
    uint8_t request[40] = {0x12};

    bench_hbm(b, BYTES(0x01, 0, 0, 2)); /* 2.0 */
    bench_expect_hbm(b, BYTES(0x81, 1, 2, 2));
    put_descriptor(request, 0, HOST_RING, RING_SIZE);
    put_descriptor(request, 1, DEVICE_RING, RING_SIZE);
    put_descriptor(request, 2, CONTROL, 4096);
    bench_hbm(b, request, sizeof(request));
    bench_expect_nothing(b);
}
END_TEST

/* --- messages --- */

START_TEST(messages_of_every_size_go_through_the_rings)
{
    static const size_t sizes[] = {0, 1, 3, 4, 5, 508, 509, 1000, 2048, 4093, 4096};
    Bench *b = with_memory();
    BenchClient echo;

    setup_good(b);
    echo = bench_open(b, GUID_TEXT_ECHO, 1);
    /* Over and over: the counters wrap the ring several times. */
    for (unsigned int round = 0; round < 4; round++) {
        for (size_t i = 0; i < UNIT_COUNT(sizes); i++) {
            g_autofree uint8_t *data = pattern(sizes[i], round + (unsigned int)i);

            bench_grant(b, echo.address, 1);
            host_write(b, data, sizes[i]);
            dma_packet(b, echo.address, 1, (uint32_t)sizes[i], true);
            ck_assert_uint_eq(counter(b, 8), counter(b, 0)); /* all taken */
            if (sizes[i] > 508) {
                g_autoptr(GByteArray) back = host_read(b, echo.address, 1);

                ck_assert_uint_eq(back->len, sizes[i]);
                ck_assert_mem_eq(back->data, data, sizes[i]);
                ck_assert_uint_eq(counter(b, 16), counter(b, 24));
            } else {
                /* What one packet holds needs no ring. */
                bench_expect_message(b, echo.address, 1, data, sizes[i]);
            }
            expect_credit(b, echo.address, 1);
            bench_expect_nothing(b);
        }
    }
    ck_assert_uint_eq(swme_firmware_stats(b->firmware)->dma_errors, 0);
    done(b);
}
END_TEST

START_TEST(a_message_may_come_in_parts_by_ring_and_by_window)
{
    Bench *b = with_memory();
    g_autofree uint8_t *data = pattern(1500, 9);
    g_autoptr(GByteArray) back = NULL;
    BenchClient echo;

    setup_good(b);
    echo = bench_open(b, GUID_TEXT_ECHO, 1);
    bench_grant(b, echo.address, 1);
    host_write(b, data, 1000);
    dma_packet(b, echo.address, 1, 1000, false);
    bench_put(b, mei_hdr(echo.address, 1, 500, true), data + 1000, 500);
    bench_ring(b);
    back = host_read(b, echo.address, 1);
    ck_assert_uint_eq(back->len, 1500);
    ck_assert_mem_eq(back->data, data, 1500);
    done(b);
}
END_TEST

START_TEST(a_full_device_ring_leaves_the_window)
{
    Bench *b = with_memory();
    g_autofree uint8_t *data = pattern(3000, 1);
    BenchClient echo;

    setup_good(b);
    echo = bench_open(b, GUID_TEXT_ECHO, 1);
    bench_grant(b, echo.address, 1);
    bench_grant(b, echo.address, 1);
    host_write(b, data, 3000);
    dma_packet(b, echo.address, 1, 3000, true);
    g_bytes_unref(fake_device_take(&b->device)); /* seen, but not yet taken off the device ring */
    expect_credit(b, echo.address, 1);
    host_write(b, data, 3000);
    dma_packet(b, echo.address, 1, 3000, true);
    bench_expect_message(b, echo.address, 1, data, 3000); /* in packets */
    expect_credit(b, echo.address, 1);
    done(b);
}
END_TEST

START_TEST(what_is_dropped_leaves_the_ring_all_the_same)
{
    Bench *b = with_memory();
    g_autofree uint8_t *data = pattern(600, 3);
    g_autoptr(GByteArray) back = NULL;
    BenchClient echo;

    setup_good(b);
    echo = bench_open(b, GUID_TEXT_ECHO, 1);
    host_write(b, data, 200);
    dma_packet(b, echo.address, 77, 200, true); /* no such connection */
    ck_assert_uint_eq(counter(b, 8), 50);
    ck_assert_uint_eq(swme_firmware_stats(b->firmware)->bad_packets, 1);
    bench_grant(b, echo.address, 1);
    host_write(b, data, 600);
    dma_packet(b, echo.address, 1, 600, true);
    back = host_read(b, echo.address, 1);
    ck_assert_mem_eq(back->data, data, 600);
    done(b);
}
END_TEST

/* --- a host that lies: the two sides no longer agree, and only a reset helps --- */

static void expect_reset(Bench *b)
{
    ck_assert_msg(!b->device.ready, "ME_RDY stayed up");
    ck_assert_uint_eq(swme_firmware_stats(b->firmware)->dma_errors, 1);
    bench_check_alive(b);
}

START_TEST(a_length_that_the_host_did_not_write_resets_the_link)
{
    static const uint32_t lengths[] = {201, 4096, 4097, 0x10000, 0x7fffffff, 0xffffffff};
    Bench *b = with_memory();
    g_autofree uint8_t *data = pattern(200, 3);
    BenchClient echo;

    setup_good(b);
    echo = bench_open(b, GUID_TEXT_ECHO, 1);
    host_write(b, data, 200);
    dma_packet(b, echo.address, 1, lengths[_i], true);
    expect_reset(b);
    done(b);
}
END_TEST

START_TEST(a_counter_that_cannot_be_resets_the_link)
{
    static const uint32_t counters[] = {SLOTS + 1, 0x80000000u, 0xffffffffu};
    Bench *b = with_memory();
    BenchClient echo;

    setup_good(b);
    echo = bench_open(b, GUID_TEXT_ECHO, 1);
    set_counter(b, 0, counters[_i]);
    dma_packet(b, echo.address, 1, 8, true);
    expect_reset(b);
    done(b);
}
END_TEST

static void host_that_races(FakeDevice *device, uint64_t address)
{
    if (address == CONTROL) {
        swme_put_le32(device->memory + CONTROL, 0x80000000u);
    } else if (address >= HOST_RING && address < HOST_RING + RING_SIZE) {
        memset(device->memory + HOST_RING, 0xee, RING_SIZE);
    }
}

/* What was checked is what is used, whatever another processor writes there meanwhile. */
START_TEST(a_counter_is_read_once)
{
    Bench *b = with_memory();
    g_autofree uint8_t *data = pattern(200, 5);
    BenchClient echo;

    setup_good(b);
    echo = bench_open(b, GUID_TEXT_ECHO, 1);
    bench_grant(b, echo.address, 1);
    host_write(b, data, 200);
    b->device.racing = host_that_races;
    dma_packet(b, echo.address, 1, 200, true);
    b->device.racing = NULL;
    ck_assert(b->device.ready);
    ck_assert_uint_eq(counter(b, 8), 200 / 4);
    bench_expect_message(b, echo.address, 1, data, 200);
    done(b);
}
END_TEST

START_TEST(a_read_counter_ahead_of_ours_resets_the_link)
{
    Bench *b = with_memory();
    g_autofree uint8_t *data = pattern(600, 3);
    BenchClient echo;

    setup_good(b);
    echo = bench_open(b, GUID_TEXT_ECHO, 1);
    set_counter(b, 24, 1); /* more read than was ever written */
    bench_grant(b, echo.address, 1);
    host_write(b, data, 600);
    dma_packet(b, echo.address, 1, 600, true);
    expect_reset(b);
    done(b);
}
END_TEST

START_TEST(trap33_memory_that_refuses_resets_the_link)
{
    Bench *b = with_memory();
    BenchClient echo;
    size_t size = b->device.memory_size;

    setup_good(b);
    echo = bench_open(b, GUID_TEXT_ECHO, 1);
    b->device.memory_size = 0; /* bus mastering off */
    dma_packet(b, echo.address, 1, 8, true);
    b->device.memory_size = size;
    expect_reset(b);
    done(b);
}
END_TEST

/* Messages that wrap both rings, and the guest's memory refuses once: each access in turn. */
START_TEST(memory_that_refuses_once_resets_the_link)
{
    bool any = true;
    unsigned int refused = 0;

    for (unsigned int call = 1; any; call++) {
        Bench *b = with_memory();
        g_autofree uint8_t *data = pattern(3000, call);
        BenchClient echo;

        setup_good(b);
        echo = bench_open(b, GUID_TEXT_ECHO, 1);
        bench_grant(b, echo.address, 1);
        host_write(b, data, 3000);
        dma_packet(b, echo.address, 1, 3000, true);
        g_byte_array_unref(host_read(b, echo.address, 1));
        expect_credit(b, echo.address, 1);
        bench_grant(b, echo.address, 1);
        host_write(b, data, 3000);
        b->device.dma_fails_at = b->device.dma_calls + call;
        dma_packet(b, echo.address, 1, 3000, true);
        any = b->device.dma_calls >= b->device.dma_fails_at;
        b->device.dma_fails_at = 0;
        if (any) {
            refused++;
            expect_reset(b);
        } else {
            g_autoptr(GByteArray) back = host_read(b, echo.address, 1);

            ck_assert_mem_eq(back->data, data, 3000);
            ck_assert(b->device.ready);
        }
        done(b);
    }
    /* Two counters and two parts of each ring, and the two that it writes. */
    ck_assert_uint_ge(refused, 8);
}
END_TEST

/* A device ring that is smaller than the message: by the window. */
START_TEST(a_device_ring_that_is_too_small_is_left_alone)
{
    Bench *b = with_memory();
    g_autofree uint8_t *data = pattern(3000, 4);
    BenchClient echo;

    ck_assert_uint_eq(setup(b, HOST_RING, RING_SIZE, DEVICE_RING, 2048, CONTROL, 4096), 0);
    echo = bench_open(b, GUID_TEXT_ECHO, 1);
    bench_grant(b, echo.address, 1);
    host_write(b, data, 3000);
    dma_packet(b, echo.address, 1, 3000, true);
    bench_expect_message(b, echo.address, 1, data, 3000);
    expect_credit(b, echo.address, 1);
    ck_assert_uint_eq(counter(b, 16), 0);
    done(b);
}
END_TEST

START_TEST(a_ring_packet_without_a_ring_is_dropped)
{
    Bench *b = with_memory();
    BenchClient echo = bench_open(b, GUID_TEXT_ECHO, 1);

    dma_packet(b, echo.address, 1, 8, true);
    ck_assert(b->device.ready);
    ck_assert_uint_eq(b->device.dma_calls, 0);
    ck_assert_uint_eq(swme_firmware_stats(b->firmware)->bad_packets, 1);
    done(b);
}
END_TEST

START_TEST(a_ring_packet_of_any_other_size_is_dropped)
{
    Bench *b = with_memory();
    uint8_t body[12] = {4};
    BenchClient echo;

    setup_good(b);
    echo = bench_open(b, GUID_TEXT_ECHO, 1);
    for (uint16_t size = 0; size <= 12; size++) {
        if (size != 4) {
            bench_put(b, mei_hdr(echo.address, 1, size, true) | MEI_HDR_DMA_RING, body, size);
            bench_ring(b);
        }
    }
    bench_put(b, mei_hdr(0, 0, 4, true) | MEI_HDR_DMA_RING, body, 4); /* HBM never uses it */
    bench_ring(b);
    ck_assert_uint_eq(swme_firmware_stats(b->firmware)->bad_packets, 13);
    ck_assert(b->device.ready);
    bench_expect_nothing(b);
    done(b);
}
END_TEST

/* --- saved state --- */

START_TEST(trap32_the_place_in_the_rings_is_state)
{
    Bench *b = with_memory();
    Bench *twin = bench_new(&(BenchOptions){.latency = "0"});
    g_autofree uint8_t *data = pattern(900, 3);
    g_autoptr(GByteArray) back = NULL;
    g_autoptr(GBytes) state = NULL;
    GError *error = NULL;
    BenchClient echo;
    gsize size;
    const void *bytes;

    setup_good(b);
    echo = bench_open(b, GUID_TEXT_ECHO, 1);
    bench_grant(b, echo.address, 1);
    host_write(b, data, 900);
    dma_packet(b, echo.address, 1, 900, true);
    g_byte_array_unref(host_read(b, echo.address, 1));
    expect_credit(b, echo.address, 1);

    state = swme_firmware_save(b->firmware);
    bytes = g_bytes_get_data(state, &size);
    fake_device_copy(&twin->device, &b->device);
    ck_assert_msg(swme_firmware_load(twin->firmware, bytes, size, &error), "%s",
                  error ? error->message : "");
    bench_grant(twin, echo.address, 1);
    host_write(twin, data, 900);
    dma_packet(twin, echo.address, 1, 900, true);
    back = host_read(twin, echo.address, 1);
    ck_assert_mem_eq(back->data, data, 900);
    bench_free(twin);
    done(b);
}
END_TEST

/* --- client DMA, section 7.7 --- */

static uint8_t map(Bench *b, uint8_t id, uint64_t address, uint32_t size)
{
    uint8_t request[16] = {0x14, id};
    uint8_t answer[MEI_PACKET_MAX];

    swme_put_le32(request + 4, (uint32_t)address); /* low dword first, unlike the rings */
    swme_put_le32(request + 8, (uint32_t)(address >> 32));
    swme_put_le32(request + 12, size);
    bench_hbm(b, request, sizeof(request));
    ck_assert_uint_eq(bench_take_hbm(b, answer), 2);
    ck_assert_uint_eq(answer[0], 0x94);
    return answer[1];
}

static uint8_t unmap(Bench *b, uint8_t id)
{
    uint8_t answer[MEI_PACKET_MAX];

    bench_hbm(b, BYTES(0x15, 0, id, 0));
    ck_assert_uint_eq(bench_take_hbm(b, answer), 2);
    ck_assert_uint_eq(answer[0], 0x95);
    return answer[1];
}

START_TEST(client_buffers_are_mapped_and_unmapped)
{
    g_autoptr(Bench) b = bench_up(NULL);

    ck_assert_uint_eq(map(b, 1, 0x100000, 4096), 5); /* not granted yet */
    bench_hbm(b, BYTES(0x13, 0x04, 0, 0));
    bench_expect_hbm(b, BYTES(0x93, 0x04, 0, 0));
    ck_assert_uint_eq(map(b, 1, 0x100000, 4096), 0);
    ck_assert_uint_eq(map(b, 1, 0x200000, 4096), 2);
    ck_assert_uint_eq(map(b, 0, 0x200000, 4096), 4);
    ck_assert_uint_eq(map(b, 2, 0x200000, 0), 4);
    ck_assert_uint_eq(map(b, 2, UINT64_MAX - 10, 4096), 4);
    ck_assert_uint_eq(map(b, 255, 0x1234567800000000u, 4096), 0);
    ck_assert_uint_eq(unmap(b, 1), 0);
    ck_assert_uint_eq(unmap(b, 1), 7);
    ck_assert_uint_eq(map(b, 1, 0x200000, 4096), 0);
    ck_assert_uint_eq(b->device.dma_calls, 0);
    bench_host_reset(b); /* forgets them all */
    bench_start(b);
    bench_hbm(b, BYTES(0x13, 0x04, 0, 0));
    bench_expect_hbm(b, BYTES(0x93, 0x04, 0, 0));
    ck_assert_uint_eq(map(b, 1, 0x200000, 4096), 0);
}
END_TEST

START_TEST(client_buffers_are_state)
{
    g_autoptr(Bench) b = bench_up(NULL);
    g_autoptr(Bench) twin = bench_new(NULL);
    g_autoptr(GBytes) state = NULL;
    gsize size;
    const void *bytes;

    bench_hbm(b, BYTES(0x13, 0x04, 0, 0));
    bench_expect_hbm(b, BYTES(0x93, 0x04, 0, 0));
    ck_assert_uint_eq(map(b, 1, 0x100000, 4096), 0);
    ck_assert_uint_eq(map(b, 255, 0x1234567800000000u, 8192), 0);
    state = swme_firmware_save(b->firmware);
    bytes = g_bytes_get_data(state, &size);
    fake_device_copy(&twin->device, &b->device);
    ck_assert(swme_firmware_load(twin->firmware, bytes, size, NULL));
    ck_assert_uint_eq(map(twin, 1, 0x200000, 4096), 2); /* it is */
    ck_assert_uint_eq(unmap(twin, 255), 0);
    ck_assert_uint_eq(unmap(twin, 2), 7);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("firmware-dma");
    TCase *tcase = unit_case(suite, "dma");

    tcase_add_test(tcase, trap17_sound_rings_are_taken);
    tcase_add_loop_test(tcase, rings_that_cannot_be_are_refused, 0, UNIT_COUNT(bad_setups));
    tcase_add_test(tcase, no_ring_before_hbm_2_1);
    tcase_add_test(tcase, messages_of_every_size_go_through_the_rings);
    tcase_add_test(tcase, a_message_may_come_in_parts_by_ring_and_by_window);
    tcase_add_test(tcase, a_full_device_ring_leaves_the_window);
    tcase_add_test(tcase, what_is_dropped_leaves_the_ring_all_the_same);
    tcase_add_loop_test(tcase, a_length_that_the_host_did_not_write_resets_the_link, 0, 6);
    tcase_add_loop_test(tcase, a_counter_that_cannot_be_resets_the_link, 0, 3);
    tcase_add_test(tcase, a_counter_is_read_once);
    tcase_add_test(tcase, a_read_counter_ahead_of_ours_resets_the_link);
    tcase_add_test(tcase, trap33_memory_that_refuses_resets_the_link);
    tcase_add_test(tcase, memory_that_refuses_once_resets_the_link);
    tcase_add_test(tcase, a_device_ring_that_is_too_small_is_left_alone);
    tcase_add_test(tcase, a_ring_packet_without_a_ring_is_dropped);
    tcase_add_test(tcase, a_ring_packet_of_any_other_size_is_dropped);
    tcase_add_test(tcase, trap32_the_place_in_the_rings_is_state);
    tcase_add_test(tcase, client_buffers_are_mapped_and_unmapped);
    tcase_add_test(tcase, client_buffers_are_state);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
