/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A real firmware on a fake device and a clock that stands still, with what a driver does to them.
 * Only the driver's view counts here: packets out, packets in, interrupts.
 */
#ifndef SWME_TESTS_BENCH_H
#define SWME_TESTS_BENCH_H

#include <glib.h>

#include <swme/bytes.h>
#include <swme/guid.h>
#include <swme/hbm.h>
#include <swme/me-clients.h>
#include <swme/mei-header.h>

#include "firmware-sim/firmware.h"
#include "tests/unit/fake-device.h"
#include "tests/unit/unit.h"

typedef struct Bench {
    FakeDevice device;
    SwmeManualClock *clock;
    SwmeFirmware *firmware;
    const SwmePlatform *platform;
} Bench;

typedef struct BenchOptions {
    const char *platform;      /* by name; NULL is the default platform */
    const SwmePlatform *table; /* or a row of the test's own */
    const char *latency;
    const char *nvm;
    const uint8_t *uuid; /* NULL: bench_uuid */
    const char *watchdog;
    const char *watchdog_reset;
    SwmeMachine machine;
    bool no_echo;
    SwmeSwitch amt;
    SwmeServices *services; /* must outlive the bench */
} BenchOptions;

/* When each bench's firmware starts: a Sunday, 2020-09-13 12:26:40. */
#define BENCH_TIME_S 1600000000

/* The UUID that each bench's firmware is given. */
extern const uint8_t bench_uuid[SWME_UUID_SIZE];

/* As the driver reads it from PROPERTIES. */
typedef struct BenchClient {
    uint8_t address;
    SwmeGuid guid;
    uint8_t version;
    uint8_t max_connections;
    uint8_t fixed_address;
    uint8_t flags;
    uint32_t max_length;
} BenchClient;

/* Powered off. */
Bench *bench_new(const BenchOptions *options);
/* Powered on, link reset by the host, H_RDY set; START not sent. */
Bench *bench_ready(const BenchOptions *options);
/* And START exchanged, at the platform's own HBM version. */
Bench *bench_up(const BenchOptions *options);
void bench_free(Bench *bench);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Bench, bench_free)

void bench_power_on(Bench *bench);
/* H_RST pulse, wait for ME_RDY, H_RDY: what the driver does. */
void bench_host_reset(Bench *bench);
void bench_start(Bench *bench);

/* Rings the doorbell and lets all time pass that the firmware asks for. */
void bench_ring(Bench *bench);
/* Puts one packet on the ring; the test fails when there is no room. */
void bench_put(Bench *bench, uint32_t header, const void *data, size_t size);
/* Puts a host bus message, then bench_ring. */
void bench_hbm(Bench *bench, const uint8_t *data, size_t size);
/* Puts one complete packet for a client, then bench_ring. */
void bench_data(Bench *bench, uint8_t me, uint8_t host, const void *data, size_t size);
/* A message of any length in fragments that fit the host's ring; rings after each. */
void bench_message(Bench *bench, uint8_t me, uint8_t host, const void *data, size_t size);
void bench_grant(Bench *bench, uint8_t me, uint8_t host);

/* For an array of bytes spelled out: bench_hbm(b, BYTES(4, 3, 0, 0)) */
#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

/* The next packet is this host bus message, byte for byte. Does not ring. */
void bench_expect_hbm(Bench *bench, const uint8_t *data, size_t size);
/* No packet is there. */
void bench_expect_nothing(Bench *bench);
/* Takes the next host bus message into data (room for 508 bytes); its size, 0 when none is. */
size_t bench_take_hbm(Bench *bench, uint8_t *data);
/* Takes fragments until one message for the pair is complete, ringing after each, and fails on any
 * other packet. NULL when nothing is there. */
GByteArray *bench_take_message(Bench *bench, uint8_t me, uint8_t host);
/* The next message for the pair has these bytes. */
void bench_expect_message(Bench *bench, uint8_t me, uint8_t host, const void *data, size_t size);

/*
 * A message to the client and what it says to that, NULL when it says nothing. A connection (host
 * not 0) has its credit given and gets one back; nothing else may be there. To be unreferenced.
 */
GByteArray *bench_ask(Bench *bench, uint8_t me, uint8_t host, const void *question, size_t size);
/* And the answer has these bytes. */
void bench_expect_answer(Bench *bench, uint8_t me, uint8_t host, const void *question,
                         size_t question_size, const void *answer, size_t answer_size);

/* ENUM, then PROPERTIES of each bit; the clients in order of address. */
GArray *bench_enumerate(Bench *bench);
/* The client of that GUID; fails when it is not there. */
BenchClient bench_find(Bench *bench, const char *guid);
bool bench_has(Bench *bench, const char *guid);
/* CONNECT, which must succeed and bring exactly one credit. */
void bench_connect(Bench *bench, uint8_t me, uint8_t host);
/* Enumerates, connects to the client of that GUID as host; its address. */
BenchClient bench_open(Bench *bench, const char *guid, uint8_t host);

/* The link still works: START, ENUM and a question to MKHI's fixed address get their answers. */
void bench_check_alive(Bench *bench);

#define GUID_TEXT_AMTHI      "12f80028-b4b7-4b2d-aca8-46e0ff65814c"
#define GUID_TEXT_LME        "6733a4db-0476-4e7b-b3af-bcfc29bee7a7"
#define GUID_TEXT_MKHI       "8e6a6715-9abc-4043-88ef-9e39c6f63e0f"
#define GUID_TEXT_MKHI_FIXED "55213584-9a29-4916-badf-0fb7ed682aeb"
#define GUID_TEXT_MCHI       "dd17041c-09ea-4b17-a271-5b989867ec65"
#define GUID_TEXT_WATCHDOG   "05b79a6f-4628-4d7f-899d-a91514cb32ab"
#define GUID_TEXT_ECHO       "7e57ec40-5a1d-4c6f-9b3e-2d9041c78a16"

#endif
