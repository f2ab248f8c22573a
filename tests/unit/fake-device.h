/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fake for the device half of the heci link: what the firmware sees of registers, rings and
 * interrupts, without any of them. It refuses what a real ring would refuse and aborts on what no
 * firmware may ever put on one, so that each test checks that too. Knows no test framework: the
 * fuzzers use it as well.
 */
#ifndef SWME_TESTS_FAKE_DEVICE_H
#define SWME_TESTS_FAKE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include <swme/heci-regs.h>
#include <swme/mei-header.h>

#include "firmware-sim/link.h"
#include "firmware-sim/manual-clock.h"

typedef struct FakeDevice {
    GQueue to_firmware;    /* GBytes: whole packets; an empty one stands for a broken ring */
    GQueue from_firmware;  /* GBytes: whole packets */
    unsigned int h_depth;  /* slots */
    unsigned int h_used;   /* slots */
    unsigned int me_depth; /* slots */
    unsigned int me_used;  /* slots */
    bool host_ready;       /* H_RDY */
    bool ready;            /* ME_RDY */
    uint32_t status[HECI_HFS_COUNT];

    unsigned int interrupts;
    unsigned int ready_edges; /* changes of ME_RDY that the firmware made */
    unsigned int d0i3_done;
    unsigned int pg_exit_done;
    uint64_t calls;      /* of any operation: the work done */
    uint64_t taken;      /* packets that receive() gave out */
    uint64_t refused;    /* send() without room or not ready */
    uint64_t never_fits; /* send() of a packet larger than the whole ring */
    bool unannounced;    /* something was sent or taken since the last interrupt */
    uint64_t dma_calls;
    uint64_t dma_fails_at; /* the so-manieth of them is refused; 0: none */
    /* Somebody else writes to the memory: called behind each read by the firmware. May be NULL. */
    void (*racing)(struct FakeDevice *device, uint64_t address);
    bool extensions; /* the host has agreed to virtual tags or to DMA rings */
    bool damage;     /* somebody puts anything on the link on purpose: packets are not judged */
    uint8_t *memory; /* guest memory from address 0 on, the test's own; NULL: none */
    size_t memory_size;
} FakeDevice;

extern const HeciDeviceOps fake_device_ops;

void fake_device_init(FakeDevice *device, unsigned int h_depth, unsigned int me_depth);
void fake_device_clear(FakeDevice *device);
/* *to becomes a second device in the same state. to must not hold anything. */
void fake_device_copy(FakeDevice *to, const FakeDevice *from);

/* As the H_RST edge does: not ready, both rings empty. */
void fake_device_reset(FakeDevice *device);

/* The host writes a packet; data is what follows the header. False: no room on its ring. */
bool fake_device_put(FakeDevice *device, uint32_t header, const void *data, size_t size);
/* The next receive() finds a header that can never become a packet. */
void fake_device_put_broken(FakeDevice *device);

/* The host reads the next packet, or NULL; unref it. */
GBytes *fake_device_take(FakeDevice *device);
/* The next packet without taking it, or NULL. */
const uint8_t *fake_device_peek(const FakeDevice *device, size_t *size);
/* The host reads all that is there, unseen. */
unsigned int fake_device_drop_all(FakeDevice *device);

/* Fires timers until none is left that is due so soon. Aborts when that takes over 100,000. */
#define FAKE_SETTLED_NS SWME_NS_PER_S
void fake_clock_settle(SwmeManualClock *clock);

#endif
