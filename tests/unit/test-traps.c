/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Traps of section 11 of the HECI/HBM fact sheet that no other suite has as its own subject; each
 * name has the trap's number. On every platform where the trap could be on any.
 */
#include <string.h>

#include "hw/heci-platform.h"
#include "tests/unit/bench.h"
#include "tests/unit/unit.h"

/* --- 20: data, then pointer, then status: an interrupt never finds a piece of a packet --- */

typedef struct Watch {
    Heci heci;
    SwmeManualClock *clock;
    SwmeFirmware *firmware;
    unsigned int interrupts;
} Watch;

static void watch_irq(void *opaque, bool level)
{
    Watch *watch = opaque;
    unsigned int filled = heci_ring_filled(&watch->heci.me_cb);

    watch->interrupts += level;
    for (unsigned int at = 0; level && at < filled;) {
        at += mei_hdr_slots(heci_ring_peek(&watch->heci.me_cb, at));
        MUST_MSG(at <= filled, "an interrupt with %u slots of a packet that needs %u", filled, at);
    }
}

static void watch_status(void *opaque, unsigned int index, uint32_t value)
{
    (void)opaque;
    (void)index;
    (void)value;
}

static const HeciHostOps watch_ops = {.irq = watch_irq, .status = watch_status};

static void watch_start(Watch *watch, const char *latency)
{
    const SwmePlatform *platform = &swme_platforms[0];
    const HeciConfig registers = heci_platform_config(platform);
    const SwmeFirmwareConfig config = {.platform = platform, .echo = true, .latency = latency};

    ck_assert(heci_init(&watch->heci, &registers, &watch_ops, watch));
    watch->clock = swme_manual_clock_new();
    watch->firmware = swme_firmware_new(&config, &heci_device_ops, &watch->heci,
                                        swme_manual_clock(watch->clock), NULL);
    ck_assert(watch->firmware != NULL);
    heci_attach(&watch->heci, &swme_firmware_ops, watch->firmware);
    heci_platform_reset(&watch->heci);
    fake_clock_settle(watch->clock);
}

static void csr(Watch *watch, uint32_t bits)
{
    heci_write(&watch->heci, HECI_H_CSR, bits, 4);
    fake_clock_settle(watch->clock);
}

/* Acknowledges, reads all that is there, and rings: a driver's interrupt. */
static void service(Watch *watch)
{
    while (watch->heci.irq_level || heci_ring_filled(&watch->heci.me_cb)) {
        csr(watch, H_CSR_RDY | H_CSR_IE | H_CSR_IS);
        while (heci_ring_filled(&watch->heci.me_cb)) {
            heci_read(&watch->heci, HECI_ME_CB_RW, 4);
        }
        csr(watch, H_CSR_RDY | H_CSR_IE | H_CSR_IG);
    }
}

static void put(Watch *watch, uint32_t header, const uint8_t *data)
{
    heci_write(&watch->heci, HECI_H_CB_WW, header, 4);
    for (unsigned int at = 0; at < MEI_HDR_LENGTH(header); at += 4) {
        uint8_t slot[4] = {0};

        memcpy(slot, data + at, MIN(4u, MEI_HDR_LENGTH(header) - at));
        heci_write(&watch->heci, HECI_H_CB_WW, swme_get_le32(slot), 4);
    }
    csr(watch, H_CSR_RDY | H_CSR_IE | H_CSR_IG);
    service(watch);
}

START_TEST(trap20_each_interrupt_finds_whole_packets)
{
    static const char *const latencies[] = {"0", "100us"};
    Watch watch = {0};
    uint8_t data[500];

    watch_start(&watch, latencies[_i]);
    csr(&watch, H_CSR_RST | H_CSR_IE | H_CSR_IG);
    csr(&watch, H_CSR_IE | H_CSR_IS | H_CSR_IG);
    csr(&watch, H_CSR_RDY | H_CSR_IE | H_CSR_IG);
    put(&watch, 0x80040000, (const uint8_t[]){1, 0, 2, 2});
    put(&watch, 0x80040000, (const uint8_t[]){4, 3, 0, 0});
    for (uint8_t address = 0; address < 64; address++) {
        put(&watch, 0x80040000, (const uint8_t[]){5, address, 0, 0});
    }
    put(&watch, 0x80040000, (const uint8_t[]){6, 34, 1, 0});
    for (unsigned int i = 0; i < 20; i++) {
        memset(data, (int)i, sizeof(data));
        put(&watch, 0x80080000, (const uint8_t[]){8, 34, 1, 0, 0, 0, 0, 0});
        for (unsigned int part = 0; part < 8; part++) {
            put(&watch, mei_hdr(34, 1, 500, part == 7), data);
        }
    }
    ck_assert_uint_gt(watch.interrupts, 200);
    swme_firmware_free(watch.firmware);
    swme_manual_clock_free(watch.clock);
}
END_TEST

/* --- 23: credits for all connections at once belong to clients that say so --- */

START_TEST(trap23_no_shared_credit_where_no_client_has_one_buffer)
{
    g_autoptr(Bench) b = bench_up(NULL);
    g_autoptr(GArray) clients = bench_enumerate(b);

    for (guint i = 0; i < clients->len; i++) {
        BenchClient *client = &g_array_index(clients, BenchClient, i);

        ck_assert_uint_eq(client->flags & HBM_PROP_FLAG_SINGLE_RECV, 0);
        if (client->fixed_address == 0) {
            bench_connect(b, client->address, 9); /* fails on a credit for host address 0 */
        }
    }
}
END_TEST

/* --- clients: their GUIDs and properties, on every platform --- */

#define GUID_TEXT_NFC_HCI  "0bb17a78-2a8e-4c50-94d4-50266723775c"
#define GUID_TEXT_NFC_INFO "d2de1625-382d-417d-48a4-efabba8a1206"

static unsigned int platform_count(void)
{
    unsigned int count = 0;

    while (swme_platforms[count].name) {
        count++;
    }
    return count;
}

static Bench *on_platform(int index)
{
    return bench_up(&(BenchOptions){.table = &swme_platforms[index], .latency = "0"});
}

START_TEST(trap25_bus_visibility_follows_the_connections)
{
    g_autoptr(Bench) b = on_platform(_i);
    g_autoptr(GArray) clients = bench_enumerate(b);
    bool tags =
        b->platform->hbm_major > 2 || (b->platform->hbm_major == 2 && b->platform->hbm_minor >= 2);

    for (guint i = 0; i < clients->len; i++) {
        BenchClient *client = &g_array_index(clients, BenchClient, i);

        /* Linux hides what takes several connections, unless it has virtual tags or is HDCP, PAVP
         * or the watchdog (mei_wd); all others that are modelled are on the bus of real machines,
         * but for LME, which was not seen there from AMT 11 on.
         */
        if (!swme_guid_equal(&client->guid, &(SwmeGuid)SWME_GUID_ECHO) &&
            !swme_guid_equal(&client->guid, &(SwmeGuid)SWME_GUID_HDCP) &&
            !swme_guid_equal(&client->guid, &(SwmeGuid)SWME_GUID_WATCHDOG) &&
            !(swme_guid_equal(&client->guid, &(SwmeGuid)SWME_GUID_LME) &&
              b->platform->version.major >= 11) &&
            !swme_guid_equal(&client->guid, &(SwmeGuid)SWME_GUID_PAVP)) {
            ck_assert_uint_le(client->max_connections, 1);
        }
        /* Before HBM 2.2 the bit for tags was reserved: it would put a hidden client on the bus. */
        if (!tags) {
            ck_assert_uint_eq(client->flags, 0);
        }
    }
}
END_TEST

START_TEST(trap27_nfc_comes_as_a_pair_or_not_at_all)
{
    g_autoptr(Bench) b = on_platform(_i);

    ck_assert(bench_has(b, GUID_TEXT_NFC_HCI) == bench_has(b, GUID_TEXT_NFC_INFO));
}
END_TEST

START_TEST(trap28_no_watchdog_that_would_not_answer)
{
    g_autoptr(Bench) b = on_platform(_i);
    BenchClient client;

    if (!bench_has(b, GUID_TEXT_WATCHDOG)) {
        return;
    }
    client = bench_open(b, GUID_TEXT_WATCHDOG, 1);
    /* Linux waits for an answer from version 2, and takes ME 10 and 11 for that (mei_wd). */
    if (client.version < 2 && b->platform->version.major < 10) {
        return;
    }
    bench_grant(b, client.address, 1);
    bench_data(
        b, client.address, 1,
        BYTES(0x02, 21, 0x13, 0x10, 120, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    ck_assert(bench_take_message(b, client.address, 1) != NULL);
}
END_TEST

START_TEST(trap35_both_sides_stay_ready_after_start)
{
    g_autoptr(Bench) b = bench_ready(&(BenchOptions){.table = &swme_platforms[_i]});
    unsigned int edges = b->device.ready_edges;

    bench_start(b);
    fake_clock_settle(b->clock);
    ck_assert(b->device.ready);
    ck_assert(b->device.host_ready);
    ck_assert_uint_eq(b->device.ready_edges, edges);
}
END_TEST

static bool find_mkhi_fixed(Bench *b, BenchClient *client)
{
    if (!bench_has(b, GUID_TEXT_MKHI_FIXED)) {
        return false;
    }
    *client = bench_find(b, GUID_TEXT_MKHI_FIXED);
    return true;
}

START_TEST(trap40_the_version_answer_fits_the_fixed_client)
{
    g_autoptr(Bench) b = on_platform(_i);
    BenchClient client;

    if (find_mkhi_fixed(b, &client)) {
        ck_assert_uint_ge(client.max_length, 28);
    }
}
END_TEST

START_TEST(trap41_the_fixed_client_is_fixed)
{
    g_autoptr(Bench) b = on_platform(_i);
    BenchClient client;

    if (find_mkhi_fixed(b, &client)) {
        ck_assert_uint_eq(client.fixed_address, client.address);
        ck_assert_uint_eq(client.max_connections, 0);
    }
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("traps");
    TCase *tcase = unit_case(suite, "traps");
    int platforms = (int)platform_count();

    tcase_add_loop_test(tcase, trap20_each_interrupt_finds_whole_packets, 0, 2);
    tcase_add_test(tcase, trap23_no_shared_credit_where_no_client_has_one_buffer);
    tcase_add_loop_test(tcase, trap25_bus_visibility_follows_the_connections, 0, platforms);
    tcase_add_loop_test(tcase, trap27_nfc_comes_as_a_pair_or_not_at_all, 0, platforms);
    tcase_add_loop_test(tcase, trap28_no_watchdog_that_would_not_answer, 0, platforms);
    tcase_add_loop_test(tcase, trap35_both_sides_stay_ready_after_start, 0, platforms);
    tcase_add_loop_test(tcase, trap40_the_version_answer_fits_the_fixed_client, 0, platforms);
    tcase_add_loop_test(tcase, trap41_the_fixed_client_is_fixed, 0, platforms);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
