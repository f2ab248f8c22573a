/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Host bus messages from the driver's view: start-up, enumeration, and what must never be answered.
 * Section and trap numbers are those of the HECI/HBM fact sheet.
 */
#include <string.h>

#include "tests/unit/bench.h"
#include "tests/unit/unit.h"

static const SwmeFirmwareStats *stats(const Bench *bench)
{
    return swme_firmware_stats(bench->firmware);
}

/* --- START (6.3) --- */

typedef struct StartCase {
    const char *platform;
    uint8_t minor; /* the host's */
    uint8_t major;
    uint8_t supported; /* byte 1 of the answer */
    uint8_t fw_minor;
    uint8_t fw_major;
} StartCase;

static const StartCase start_cases[] = {
    /* section 14.2, rows 16 and 17: 01 00 02 02 -> 81 01 02 02 */
    {"tgp-lp", 2, 2, 1, 2, 2},     {"tgp-lp", 1, 2, 1, 2, 2}, {"tgp-lp", 0, 2, 1, 2, 2},
    {"tgp-lp", 1, 1, 1, 2, 2},     {"tgp-lp", 0, 1, 1, 2, 2}, {"tgp-lp", 3, 2, 0, 2, 2},
    {"tgp-lp", 255, 2, 0, 2, 2},   {"tgp-lp", 0, 3, 0, 2, 2}, {"tgp-lp", 2, 3, 0, 2, 2},
    {"tgp-lp", 255, 255, 0, 2, 2}, {"spt-h", 2, 2, 0, 0, 2},  {"spt-h", 1, 2, 0, 0, 2},
    {"spt-h", 0, 2, 1, 0, 2},      {"spt-h", 1, 1, 1, 0, 2},  {"spt-h", 0, 1, 1, 0, 2},
    {"spt-h", 0, 3, 0, 0, 2},      {"ppt-1", 2, 2, 0, 0, 1},  {"ppt-1", 0, 2, 0, 0, 1},
    {"ppt-1", 1, 1, 0, 0, 1},      {"ppt-1", 0, 1, 1, 0, 1},
};

START_TEST(start_answers_as_the_versions_compare)
{
    const StartCase *c = &start_cases[_i];
    g_autoptr(Bench) b = bench_ready(&(BenchOptions){.platform = c->platform});

    bench_hbm(b, BYTES(0x01, 0x00, c->minor, c->major));
    bench_expect_hbm(b, BYTES(0x81, c->supported, c->fw_minor, c->fw_major));
    bench_expect_nothing(b);
    ck_assert_uint_eq(stats(b)->bad_hbm, 0);
}
END_TEST

START_TEST(trap04_start_right_after_the_reset_is_answered)
{
    g_autoptr(Bench) b = bench_new(NULL);

    bench_power_on(b);
    fake_device_reset(&b->device);
    b->device.host_ready = false;
    swme_firmware_ops.host_reset(b->firmware);
    bench_ring(b);
    ck_assert(b->device.ready);
    /* H_RST=0, H_RDY=1 and the message itself, with no time between and the doorbells late. */
    b->device.host_ready = true;
    bench_put(b, 0x80040000, BYTES(0x01, 0x00, 0x02, 0x02));
    swme_firmware_ops.doorbell(b->firmware);
    swme_firmware_ops.doorbell(b->firmware);
    bench_ring(b);
    bench_expect_hbm(b, BYTES(0x81, 0x01, 0x02, 0x02));
    bench_expect_nothing(b);
}
END_TEST

START_TEST(trap16_supported_never_means_more_than_the_platform_has)
{
    for (const SwmePlatform *p = swme_platforms; p->name; p++) {
        for (unsigned int version = 0x0100; version <= 0x0304; version++) {
            g_autoptr(Bench) b = NULL;
            uint8_t answer[MEI_PACKET_MAX];
            unsigned int own = p->hbm_major << 8 | p->hbm_minor;

            if ((version & 0xff) > 4) {
                continue;
            }
            b = bench_ready(&(BenchOptions){.platform = p->name});
            bench_hbm(b, BYTES(0x01, 0, (uint8_t)version, (uint8_t)(version >> 8)));
            ck_assert_uint_eq(bench_take_hbm(b, answer), 4);
            ck_assert_uint_eq(answer[1], version <= own);
            ck_assert_uint_eq(answer[2], p->hbm_minor);
            ck_assert_uint_eq(answer[3], p->hbm_major);
        }
    }
}
END_TEST

/* The BSD driver: 2.0 first; where refused, again with the firmware's version; flags 0. */
START_TEST(trap39_start_again_with_the_firmwares_version)
{
    g_autoptr(Bench) b = bench_ready(&(BenchOptions){.platform = "ppt-1"});
    uint8_t answer[MEI_PACKET_MAX];

    bench_hbm(b, BYTES(0x01, 0, 0, 2));
    bench_expect_hbm(b, BYTES(0x81, 0, 0, 1));
    bench_hbm(b, BYTES(0x01, 0, 0, 1));
    bench_expect_hbm(b, BYTES(0x81, 1, 0, 1));
    bench_hbm(b, BYTES(0x04, 0, 0, 0));
    ck_assert_uint_eq(bench_take_hbm(b, answer), 36);
    bench_expect_nothing(b);
}
END_TEST

/* --- before START, after STOP --- */

/* Each host command of 6.1 at its full size; address 7 and host 1 where it names a pair. */
typedef struct Command {
    uint8_t code;
    uint8_t size;
    uint8_t answer; /* 0: none */
    uint8_t answer_size;
    unsigned int since; /* HBM version, 0xMMmm */
} Command;

static const Command commands[] = {
    {0x01, 4, 0x81, 4, 0},  {0x02, 4, 0x82, 4, 0},       {0x04, 4, 0x84, 36, 0},
    {0x05, 4, 0x85, 28, 0}, {0x06, 4, 0x86, 4, 0},       {0x07, 4, 0x87, 4, 0},
    {0x08, 8, 0x00, 0, 0},  {0x0a, 4, 0x8a, 4, 0x0101},  {0x10, 4, 0x90, 8, 0x0200},
    {0x0c, 4, 0x8c, 4, 0},  {0x12, 40, 0x92, 4, 0x0201}, {0x13, 4, 0x93, 4, 0x0202},
};

static size_t fill(const Command *command, uint8_t *data)
{
    memset(data, 0, 64);
    data[0] = command->code;
    data[1] = 32;
    data[2] = 1;
    if (command->code == 0x01) {
        data[1] = 0;
        data[2] = 0;
        data[3] = 1;
    }
    return command->size;
}

START_TEST(trap09_nothing_but_start_is_answered_before_start)
{
    const Command *c = &commands[_i];
    g_autoptr(Bench) b = bench_ready(NULL);
    uint8_t data[64];
    size_t size = fill(c, data);

    if (c->code == 0x01) {
        return;
    }
    bench_hbm(b, data, size);
    if (c->code == 0x0c) {
        /* coreboot asks so, straight after a reset; refused, for POST has ended. */
        bench_expect_hbm(b, BYTES(0x8c, 5, 0, 0));
    } else {
        ck_assert_uint_eq(stats(b)->bad_hbm, 1);
    }
    bench_expect_nothing(b);
    ck_assert(b->device.ready);
    bench_check_alive(b);
}
END_TEST

START_TEST(stop_is_answered_and_ends_the_session)
{
    g_autoptr(Bench) b = bench_up(NULL);
    BenchClient echo = bench_open(b, GUID_TEXT_ECHO, 9);

    bench_data(b, echo.address, 9, BYTES(1, 2, 3)); /* waits for a credit */
    bench_expect_nothing(b);
    bench_hbm(b, BYTES(0x02, 0, 0, 0));
    bench_expect_hbm(b, BYTES(0x82, 0, 0, 0));
    bench_grant(b, echo.address, 9);
    bench_hbm(b, BYTES(0x04, 3, 0, 0));
    bench_hbm(b, BYTES(0x05, 7, 0, 0));
    bench_expect_nothing(b);
    bench_check_alive(b);
}
END_TEST

/* "version mismatch - stopping the driver": STOP follows START at once. */
START_TEST(stop_right_after_a_refused_start)
{
    g_autoptr(Bench) b = bench_ready(&(BenchOptions){.platform = "spt-h"});

    bench_hbm(b, BYTES(0x01, 0, 2, 2));
    bench_hbm(b, BYTES(0x02, 0, 0, 0));
    bench_expect_hbm(b, BYTES(0x81, 0, 0, 2));
    bench_expect_hbm(b, BYTES(0x82, 0, 0, 0));
    bench_expect_nothing(b);
}
END_TEST

START_TEST(each_stop_reason_is_answered)
{
    for (unsigned int reason = 0; reason < 256; reason++) {
        g_autoptr(Bench) b = bench_up(NULL);

        bench_hbm(b, BYTES(0x02, (uint8_t)reason, 0, 0));
        bench_expect_hbm(b, BYTES(0x82, 0, 0, 0));
        bench_expect_nothing(b);
    }
}
END_TEST

/* --- ENUM and PROPERTIES (6.4) --- */

/* The list of CSME 11.8.50 on a consumer's board, as recorded. */
#define LAST_RECORDED 41

START_TEST(trap11_bitmap_bit_0_is_clear_and_the_right_bits_are_set)
{
    g_autoptr(Bench) b =
        bench_up(&(BenchOptions){.platform = "spt-h", .amt = SWME_OFF, .no_echo = true});
    uint8_t answer[MEI_PACKET_MAX];
    uint8_t want[36] = {0x84};

    want[4 + 7 / 8] |= 1 << 7 % 8; /* those at fixed addresses; the others from 32 up */
    want[4 + 8 / 8] |= 1 << 8 % 8;
    want[4 + 15 / 8] |= 1 << 15 % 8;
    for (unsigned int address = 32; address <= LAST_RECORDED; address++) {
        want[4 + address / 8] |= (uint8_t)(1 << address % 8);
    }
    bench_hbm(b, BYTES(0x04, 0x03, 0, 0));
    ck_assert_uint_eq(bench_take_hbm(b, answer), 36);
    ck_assert_mem_eq(answer, want, 36);
    bench_expect_nothing(b);
}
END_TEST

START_TEST(enum_answers_whatever_its_flags)
{
    g_autoptr(Bench) b = bench_up(NULL);
    uint8_t first[MEI_PACKET_MAX];
    uint8_t answer[MEI_PACKET_MAX];

    bench_hbm(b, BYTES(0x04, 0, 0, 0));
    ck_assert_uint_eq(bench_take_hbm(b, first), 36);
    for (unsigned int flags = 1; flags < 256; flags++) {
        bench_hbm(b, BYTES(0x04, (uint8_t)flags, 0, 0));
        ck_assert_uint_eq(bench_take_hbm(b, answer), 36);
        ck_assert_mem_eq(answer, first, 36);
    }
    bench_expect_nothing(b);
}
END_TEST

static void check_client(Bench *b, const char *guid, BenchClient want)
{
    BenchClient got = bench_find(b, guid);

    ck_assert_uint_eq(got.version, want.version);
    ck_assert_uint_eq(got.max_connections, want.max_connections);
    ck_assert_uint_eq(got.fixed_address, want.fixed_address);
    ck_assert_uint_eq(got.flags, want.flags);
    ck_assert_uint_eq(got.max_length, want.max_length);
    if (want.fixed_address) {
        ck_assert_uint_eq(got.address, want.fixed_address);
    } else {
        ck_assert_uint_ge(got.address, 32);
    }
}

START_TEST(properties_of_each_known_client)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.platform = "spt-h"});

    check_client(
        b, GUID_TEXT_MKHI_FIXED,
        (BenchClient){.version = 2, .max_connections = 0, .fixed_address = 7, .max_length = 2048});
    check_client(b, GUID_TEXT_MKHI,
                 (BenchClient){.version = 2, .max_connections = 1, .max_length = 2048});
    check_client(b, GUID_TEXT_AMTHI,
                 (BenchClient){.version = 1, .max_connections = 1, .max_length = 5120});
}
END_TEST

START_TEST(properties_of_mkhi_fixed_byte_for_byte)
{
    g_autoptr(Bench) b = bench_up(&(BenchOptions){.platform = "spt-h"});

    bench_hbm(b, BYTES(0x05, 7, 0, 0));
    bench_expect_hbm(b, BYTES(0x85, 7, 0, 0,                      /* address, status */
                              0x84, 0x35, 0x21, 0x55, 0x29, 0x9a, /* GUID */
                              0x16, 0x49, 0xba, 0xdf, 0x0f, 0xb7, /* */
                              0xed, 0x68, 0x2a, 0xeb, 2, 0, 7, 0, /* version to flags */
                              0x00, 0x08, 0x00, 0x00));           /* 2048 */
}
END_TEST

START_TEST(trap37_absent_addresses_get_status_1_and_the_echoed_address)
{
    g_autoptr(Bench) b = bench_up(NULL);
    g_autoptr(GArray) clients = bench_enumerate(b);

    for (unsigned int address = 0; address < 256; address++) {
        uint8_t answer[MEI_PACKET_MAX];
        bool present = false;

        for (guint i = 0; i < clients->len; i++) {
            present |= g_array_index(clients, BenchClient, i).address == address;
        }
        bench_hbm(b, BYTES(0x05, (uint8_t)address, 0, 0));
        ck_assert_uint_eq(bench_take_hbm(b, answer), 28);
        ck_assert_uint_eq(answer[0], 0x85);
        ck_assert_uint_eq(answer[1], address);
        ck_assert_uint_eq(answer[2], present ? 0 : 1);
        ck_assert_uint_eq(answer[3], 0);
        for (unsigned int i = 4; !present && i < 28; i++) {
            ck_assert_uint_eq(answer[i], 0);
        }
        bench_expect_nothing(b);
    }
}
END_TEST

START_TEST(trap24_guids_are_unique_and_no_client_needs_what_is_not_there)
{
    static const char *const unwanted[] = {
        "05b79a6f-4628-4d7f-899d-a91514cb32ab", /* 28: the watchdog expects answers */
        "0bb17a78-2a8e-4c50-94d4-50266723775c", /* 27: NFC HCI, endless wait */
        "d2de1625-382d-417d-48a4-efabba8a1206",
    };

    for (const SwmePlatform *p = swme_platforms; p->name; p++) {
        g_autoptr(Bench) b = bench_up(&(BenchOptions){.platform = p->name});
        g_autoptr(GArray) clients = bench_enumerate(b);

        for (guint i = 0; i < clients->len; i++) {
            BenchClient *client = &g_array_index(clients, BenchClient, i);

            for (guint j = i + 1; j < clients->len; j++) {
                ck_assert(
                    !swme_guid_equal(&client->guid, &g_array_index(clients, BenchClient, j).guid));
            }
            /* 23: credits are per connection here; vtag is not granted. */
            ck_assert_uint_eq(client->flags & ~2u, 0); /* virtual tags, and no other bit */
            ck_assert_uint_eq(client->fixed_address != 0, client->max_connections == 0);
            if (client->fixed_address) {
                ck_assert_uint_eq(client->fixed_address, client->address);
                ck_assert_uint_ge(client->max_length, 28); /* 40 */
            }
        }
        for (guint i = 0; i < G_N_ELEMENTS(unwanted); i++) {
            ck_assert(!bench_has(b, unwanted[i]));
        }
    }
}
END_TEST

START_TEST(amt_and_echo_enumerate_only_where_they_are)
{
    g_autoptr(Bench) without = bench_up(&(BenchOptions){.amt = SWME_OFF, .no_echo = true});
    g_autoptr(Bench) with = bench_up(&(BenchOptions){.amt = SWME_ON});

    ck_assert(!bench_has(without, GUID_TEXT_AMTHI));
    ck_assert(!bench_has(without, GUID_TEXT_ECHO));
    ck_assert(bench_has(without, GUID_TEXT_MKHI));
    ck_assert(bench_has(without, GUID_TEXT_MKHI_FIXED));
    ck_assert(bench_has(with, GUID_TEXT_AMTHI));
    ck_assert(bench_has(with, GUID_TEXT_ECHO));
}
END_TEST

/* --- CAPABILITIES; DMA_SETUP is in test-firmware-dma.c --- */

START_TEST(trap17_capabilities_are_answered_with_what_is_modelled)
{
    g_autoptr(Bench) b = bench_up(NULL);

    bench_hbm(b, BYTES(0x13, 0x01, 0, 0)); /* 5.10 */
    bench_expect_hbm(b, BYTES(0x93, 0x01, 0, 0));
    bench_hbm(b, BYTES(0x13, 0x05, 0, 0)); /* 6.1 */
    bench_expect_hbm(b, BYTES(0x93, 0x05, 0, 0));
    bench_hbm(b, BYTES(0x13, 0x07, 0, 0)); /* 6.12; no GSC headers here */
    bench_expect_hbm(b, BYTES(0x93, 0x05, 0, 0));
    bench_hbm(b, BYTES(0x13, 0xff, 0xff, 0xff));
    bench_expect_hbm(b, BYTES(0x93, 0x05, 0, 0));
    bench_hbm(b, BYTES(0x13, 0x00, 0, 0));
    bench_expect_hbm(b, BYTES(0x93, 0x00, 0, 0));
    bench_expect_nothing(b);
}
END_TEST

/* --- what must be ignored --- */

typedef struct VersionCase {
    uint8_t minor;
    uint8_t major;
} VersionCase;

static const VersionCase versions[] = {{0, 1}, {1, 1}, {0, 2}, {1, 2}, {2, 2}};

/* 6.3: what the negotiated version does not know is not answered, and what it knows is. */
START_TEST(commands_newer_than_the_negotiated_version_are_ignored)
{
    const VersionCase *v = &versions[_i];
    unsigned int version = (unsigned int)v->major << 8 | v->minor;

    for (unsigned int i = 0; i < G_N_ELEMENTS(commands); i++) {
        const Command *c = &commands[i];
        g_autoptr(Bench) b = bench_ready(NULL);
        uint8_t data[MEI_PACKET_MAX];
        size_t size = fill(c, data);

        if (!c->since) {
            continue;
        }
        bench_hbm(b, BYTES(0x01, 0, v->minor, v->major));
        bench_expect_hbm(b, BYTES(0x81, 1, 2, 2));
        bench_hbm(b, data, size);
        if (version < c->since) {
            bench_expect_nothing(b);
            ck_assert_uint_eq(stats(b)->bad_hbm, 1);
        } else {
            ck_assert_uint_eq(bench_take_hbm(b, data), c->answer_size);
            ck_assert_uint_eq(data[0], c->answer);
            bench_expect_nothing(b);
        }
    }
}
END_TEST

START_TEST(commands_newer_than_the_platform_are_ignored)
{
    g_autoptr(Bench) b = bench_ready(&(BenchOptions){.platform = "ppt-1"});
    uint8_t data[64];

    bench_hbm(b, BYTES(0x01, 0, 2, 2));
    bench_expect_hbm(b, BYTES(0x81, 0, 0, 1));
    for (unsigned int i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (commands[i].since) {
            bench_hbm(b, data, fill(&commands[i], data));
            bench_expect_nothing(b);
        }
    }
    bench_check_alive(b);
}
END_TEST

/* Bug class 5: every length below the size of each command. */
START_TEST(short_messages_are_counted_and_ignored)
{
    const Command *c = &commands[_i];

    for (unsigned int size = 0; size < c->size; size++) {
        g_autoptr(Bench) b = bench_up(NULL);
        uint8_t data[64];

        fill(c, data);
        bench_hbm(b, data, size);
        bench_expect_nothing(b);
        ck_assert_uint_eq(stats(b)->bad_hbm, 1);
        ck_assert_uint_eq(swme_manual_clock_armed(b->clock), 0);
        bench_check_alive(b);
    }
}
END_TEST

/* The answer to a whole one has the size of 6.1 exactly (trap 9). */
START_TEST(trap09_each_answer_has_its_full_size_and_comes_once)
{
    const Command *c = &commands[_i];
    g_autoptr(Bench) b = bench_up(NULL);
    uint8_t data[MEI_PACKET_MAX];
    size_t size = fill(c, data);
    uint8_t answer[MEI_PACKET_MAX];

    bench_hbm(b, data, size);
    ck_assert_uint_eq(bench_take_hbm(b, answer), c->answer_size);
    if (c->answer) {
        ck_assert_uint_eq(answer[0], c->answer);
    }
    if (c->code == 0x06) { /* its credit */
        ck_assert_uint_eq(bench_take_hbm(b, answer), 8);
    }
    bench_expect_nothing(b);
    bench_ring(b);
    bench_expect_nothing(b);
}
END_TEST

static bool host_command(unsigned int code)
{
    for (unsigned int i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (commands[i].code == code) {
            return true;
        }
    }
    return false;
}

/* Unknown ones, the firmware's own, and responses that nobody waits for: never an answer. Client
 * DMA is not granted; refusing it with its own response would do as well. */
START_TEST(trap09_every_other_command_is_ignored)
{
    static const uint8_t sizes[] = {4, 8, 16, 28, 36, 40};
    unsigned int code = (unsigned int)_i;

    if (host_command(code)) {
        return;
    }
    for (unsigned int i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autoptr(Bench) b = bench_up(NULL);
        BenchClient echo = bench_open(b, GUID_TEXT_ECHO, 1);
        uint8_t data[40] = {(uint8_t)code, echo.address, 1};
        uint8_t answer[MEI_PACKET_MAX];

        bench_hbm(b, data, sizes[i]);
        if ((code == 0x14 || code == 0x15) && b->device.from_firmware.length) {
            ck_assert_uint_eq(bench_take_hbm(b, answer), 2);
            ck_assert_uint_eq(answer[0], code | 0x80);
            ck_assert_uint_ne(answer[1], 0);
        } else if (!(code & 0x80)) {
            ck_assert_uint_eq(stats(b)->bad_hbm, 1);
        }
        bench_expect_nothing(b);
        /* The connection has not suffered. */
        bench_data(b, echo.address, 1, BYTES(0x42));
        bench_expect_nothing(b);
        bench_grant(b, echo.address, 1);
        bench_expect_message(b, echo.address, 1, BYTES(0x42));
        bench_expect_hbm(b, BYTES(0x08, echo.address, 1, 0, 0, 0, 0, 0));
    }
}
END_TEST

START_TEST(a_host_bus_message_to_an_odd_address_is_no_host_bus_message)
{
    g_autoptr(Bench) b = bench_up(NULL);

    for (unsigned int host = 1; host < 256; host++) {
        bench_put(b, mei_hdr(0, (uint8_t)host, 4, true), BYTES(0x04, 3, 0, 0));
        bench_ring(b);
        bench_expect_nothing(b);
    }
    ck_assert_uint_eq(stats(b)->bad_packets + stats(b)->bad_hbm, 255);
}
END_TEST

/* 4: HBM packets are never split. Half a message must not be taken for a whole one later. */
START_TEST(a_fragment_of_a_host_bus_message_is_ignored)
{
    g_autoptr(Bench) b = bench_up(NULL);

    bench_put(b, mei_hdr(0, 0, 2, false), BYTES(0x04, 3));
    bench_ring(b);
    bench_put(b, mei_hdr(0, 0, 2, true), BYTES(0, 0));
    bench_ring(b);
    bench_expect_nothing(b);
    bench_check_alive(b);
}
END_TEST

START_TEST(reserved_bits_and_bad_extensions_are_counted_and_ignored)
{
    static const struct {
        uint32_t header;
        uint8_t data[8];
        size_t size;
    } cases[] = {
        {0x82040007, {0xff, 2, 0, 0}, 4},            /* reserved bit 25 */
        {0x84040007, {0xff, 2, 0, 0}, 4},            /* 26 */
        {0x88040007, {0xff, 2, 0, 0}, 4},            /* 27 */
        {0x90000007, {0}, 0},                        /* extended, nothing follows */
        {0x90030007, {0, 0, 0}, 3},                  /* extended, half a meta header */
        {0x90040007, {1, 1, 0, 0}, 4},               /* list longer than the packet */
        {0x90080007, {1, 255, 0, 0, 1, 1, 5, 0}, 8}, /* likewise */
        {0x90080007, {1, 1, 0, 0, 1, 0, 5, 0}, 8},   /* TLV of length 0 */
        {0x90080007, {1, 1, 0, 0, 1, 2, 5, 0}, 8},   /* TLV beyond the list */
        {0x90080007, {2, 1, 0, 0, 1, 1, 5, 0}, 8},   /* two said, one there */
        {0xa0000007, {0}, 0},                        /* DMA ring without its length */
        {0xa0040007, {4, 0, 0, 0}, 4},               /* DMA ring that was never set up */
        {0x80040063, {0xff, 2, 0, 0}, 4},            /* no such client */
        {0x80040163, {0xff, 2, 0, 0}, 4},            /* nor such connection */
        {0x80040107, {0xff, 2, 0, 0}, 4},            /* host address for a fixed one */
    };

    for (unsigned int i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Bench) b = bench_up(NULL);

        bench_put(b, cases[i].header, cases[i].data, cases[i].size);
        bench_ring(b);
        ck_assert_msg(b->device.from_firmware.length == 0, "case %u is answered", i);
        ck_assert_msg(stats(b)->bad_packets == 1, "case %u is not counted", i);
        ck_assert_uint_eq(b->device.dma_calls, 0);
        ck_assert_uint_eq(stats(b)->messages_in, 0);
        bench_check_alive(b);
    }
}
END_TEST

START_TEST(trap22_internal_bit_not_copied)
{
    g_autoptr(Bench) b = bench_up(NULL);
    g_autoptr(GByteArray) answer = NULL;

    /* 14.2 row 26: the OS version; the fake aborts on the bit in any packet that comes back. */
    bench_put(b, 0xc0110007, BYTES(3, 6, 0, 0, 0, 0, 0x10, 0, 8, 0, 0, 0, 0, 2, 0, 0, 0));
    bench_ring(b);
    fake_device_drop_all(&b->device);
    bench_put(b, 0xc0040007, BYTES(0xff, 2, 0, 0));
    bench_ring(b);
    answer = bench_take_message(b, 7, 0);
    ck_assert(answer != NULL);
    ck_assert_uint_eq(stats(b)->bad_packets, 0);
    ck_assert_uint_eq(stats(b)->messages_in, 2);
}
END_TEST

START_TEST(trap12_status_words_let_the_driver_bind)
{
    for (const SwmePlatform *p = swme_platforms; p->name; p++) {
        g_autoptr(Bench) b = bench_ready(&(BenchOptions){.platform = p->name});
        const uint32_t *hfs = b->device.status;

        for (unsigned int i = 0; i < p->hfs_count; i++) {
            ck_assert_uint_eq(hfs[i], swme_platform_status(p, i, p->amt));
        }
        if (p->linux_refuses) {
            continue;
        }
        ck_assert_uint_ne(hfs[0] >> 16 & 0xf, 0xf);
        ck_assert_uint_eq(hfs[0] >> 31, p->power_gating == SWME_PG_D0I3);
        if (p->hfs_count > 1 && p->pci_device_id != 0x1e3a) {
            ck_assert_uint_eq(hfs[1] & 0x80, 0); /* trap 34 */
        }
    }
}
END_TEST

START_TEST(a_broken_ring_makes_the_firmware_reset_itself_or_wait)
{
    g_autoptr(Bench) b = bench_up(NULL);
    uint64_t calls;

    fake_device_put_broken(&b->device);
    calls = b->device.calls;
    bench_ring(b);
    ck_assert_uint_eq(stats(b)->broken_rings, 1);
    ck_assert_uint_lt(b->device.calls - calls, 20);
    bench_expect_nothing(b);
    bench_check_alive(b);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("firmware-hbm");
    TCase *start = unit_case(suite, "start");
    TCase *enumeration = unit_case(suite, "enumeration");
    TCase *ignored = unit_case(suite, "ignored");

    tcase_add_loop_test(start, start_answers_as_the_versions_compare, 0, G_N_ELEMENTS(start_cases));
    tcase_add_test(start, trap04_start_right_after_the_reset_is_answered);
    tcase_add_test(start, trap16_supported_never_means_more_than_the_platform_has);
    tcase_add_test(start, trap39_start_again_with_the_firmwares_version);
    tcase_add_loop_test(start, trap09_nothing_but_start_is_answered_before_start, 0,
                        G_N_ELEMENTS(commands));
    tcase_add_test(start, stop_is_answered_and_ends_the_session);
    tcase_add_test(start, stop_right_after_a_refused_start);
    tcase_add_test(start, each_stop_reason_is_answered);
    tcase_add_test(start, trap12_status_words_let_the_driver_bind);

    tcase_add_test(enumeration, trap11_bitmap_bit_0_is_clear_and_the_right_bits_are_set);
    tcase_add_test(enumeration, enum_answers_whatever_its_flags);
    tcase_add_test(enumeration, properties_of_each_known_client);
    tcase_add_test(enumeration, properties_of_mkhi_fixed_byte_for_byte);
    tcase_add_test(enumeration, trap37_absent_addresses_get_status_1_and_the_echoed_address);
    tcase_add_test(enumeration, trap24_guids_are_unique_and_no_client_needs_what_is_not_there);
    tcase_add_test(enumeration, amt_and_echo_enumerate_only_where_they_are);
    tcase_add_test(enumeration, trap17_capabilities_are_answered_with_what_is_modelled);

    tcase_add_loop_test(ignored, commands_newer_than_the_negotiated_version_are_ignored, 0,
                        G_N_ELEMENTS(versions));
    tcase_add_test(ignored, commands_newer_than_the_platform_are_ignored);
    tcase_add_loop_test(ignored, short_messages_are_counted_and_ignored, 0, G_N_ELEMENTS(commands));
    tcase_add_loop_test(ignored, trap09_each_answer_has_its_full_size_and_comes_once, 0,
                        G_N_ELEMENTS(commands));
    tcase_add_loop_test(ignored, trap09_every_other_command_is_ignored, 0, 256);
    tcase_add_test(ignored, a_host_bus_message_to_an_odd_address_is_no_host_bus_message);
    tcase_add_test(ignored, a_fragment_of_a_host_bus_message_is_ignored);
    tcase_add_test(ignored, reserved_bits_and_bad_extensions_are_counted_and_ignored);
    tcase_add_test(ignored, trap22_internal_bit_not_copied);
    tcase_add_test(ignored, a_broken_ring_makes_the_firmware_reset_itself_or_wait);
    return suite;
}

int main(void)
{
    return unit_run(make_suite());
}
