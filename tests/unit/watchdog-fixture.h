/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A firmware whose watchdog a driver talks to, in a machine that notes what is done to it. */
#ifndef SWME_TESTS_WATCHDOG_FIXTURE_H
#define SWME_TESTS_WATCHDOG_FIXTURE_H

#include "firmware-sim/amt/amt-watchdog.h"
#include "firmware-sim/amt/event.h"
#include "tests/unit/bench.h"

/* What happened to the machine. */
typedef struct Machine {
    unsigned int resets;
    unsigned int expirations;
} Machine;

extern const SwmeMachineOps machine_ops;

typedef struct Dog {
    Bench *bench;
    Machine machine;
    AmtState *amt;
    AmtWatchdog *watchdog;
    uint8_t address; /* of the client */
    bool acknowledges;
} Dog;

#define DOG_ON (&(BenchOptions){.latency = "0", .watchdog = "on"})

/* Powered on, enumerated, hosts 1 and 2 connected. machine is filled in. */
Dog *dog_new(const BenchOptions *options);
void dog_free(Dog *dog);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Dog, dog_free)

/* A start message as mei_wdt sends it; the answer that the firmware owes is taken and checked. */
void dog_start(Dog *dog, uint8_t host, uint16_t timeout_s);
/* The same, and what its second byte of state says: is it required? */
bool dog_probe(Dog *dog, uint8_t host);
void dog_stop(Dog *dog, uint8_t host);
/* Sends any bytes; the answer, or NULL. */
GByteArray *dog_ask(Dog *dog, uint8_t host, const void *data, size_t size);
void dog_disconnect(Dog *dog, uint8_t host);

void dog_pass(Dog *dog, int64_t ns);
/* Records of that sensor type in the log. */
unsigned int dog_records(const Dog *dog, uint8_t sensor_type);

#define SENSOR_OS_STOP 0x20

#endif
