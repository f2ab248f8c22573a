/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A register device with a firmware behind it, for the host driver's tests: it answers, and fails
 * on purpose. Written on its own from the fact sheet, so that driver and hw/heci.c cannot agree on
 * the same mistake. Time moves only while the driver waits.
 */
#ifndef SWME_TESTS_HOST_DRIVER_FAKE_H
#define SWME_TESTS_HOST_DRIVER_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host-driver/mei.h"

#define FAKE_PACKETS_MAX 4096
#define FAKE_TRACE_MAX   256

/* Addresses of the clients that the fake enumerates. */
#define FAKE_FIXED  7  /* fixed address */
#define FAKE_PLAIN  32 /* 5000 bytes, 255 connections */
#define FAKE_HIDDEN 33 /* in the bitmap, but PROPERTIES says "not found" */
#define FAKE_SINGLE 34 /* single receive buffer */

extern const SwmeGuid fake_fixed_guid, fake_plain_guid, fake_single_guid;

typedef struct FakeAccess {
    char kind; /* R, W, or C for a read of configuration space */
    uint32_t offset;
    uint32_t value;
} FakeAccess;

typedef struct FakePacket {
    uint32_t header;
    uint8_t data[512];
} FakePacket;

typedef struct Fake Fake;
/* A host packet has arrived; true when the hook did all that there is to do about it. */
typedef bool (*FakeHook)(Fake *fake, const FakePacket *packet);
/* The driver is about to read (R), or has just written (W), that register. */
typedef void (*FakeAccessHook)(Fake *fake, char kind, uint32_t offset, uint32_t value);

struct Fake {
    /* registers */
    uint32_t h_bits;  /* H_CSR without depth and pointers */
    uint32_t me_bits; /* ME_CSR_HA likewise */
    uint32_t d0i3c;
    uint32_t h_hpg_csr;
    uint32_t hfs1;
    uint32_t h_ring[256];
    uint32_t me_ring[256];
    uint8_t h_depth, h_wp, h_rp;
    uint8_t me_depth, me_wp, me_rp;
    int64_t now;
    bool gone; /* all ones from every read */

    /* what the driver did */
    FakeAccess trace[FAKE_TRACE_MAX];
    size_t traced;
    bool tracing;
    unsigned int resets;
    unsigned int rings;
    unsigned int bad_accesses; /* what no sound driver does */
    FakePacket *packets;       /* of the host, since the last fake_forget() */
    size_t packet_count;

    /* how the firmware behaves */
    FakeHook hook;
    FakeAccessHook on_access;
    MeiError wait_error;     /* what waiting ends with, if anything */
    uint8_t version[3];      /* START's answer: supported, minor, major */
    uint8_t connect_status;  /* of CONNECT's answer */
    uint8_t credits;         /* given after a CONNECT */
    bool never_ready;        /* no ME_RDY after a reset */
    bool mute;               /* takes nothing off H_CB */
    bool slow_d0i3;          /* CIP stays until the driver waits */
    bool stuck_d0i3;         /* and even then */
    bool quiet_d0i3;         /* the interrupt that tells of it is lost */
    bool isolation;          /* legacy power gating, and not D0i3 */
    bool stuck_isolation;    /* and no way out of it */
    bool loses_ready;        /* H_RDY is lost in D0i3 */
    bool storm;              /* interrupts without end and without cause */
    unsigned int fail_ready; /* so many resets stay without ME_RDY */

    /* what is to happen when the driver waits next */
    bool attention;
    bool becoming_ready;
    bool d0i3_ending;
};

extern const MeiTransportOps fake_ops;

void fake_init(Fake *fake, Mei *mei);
void fake_free(Fake *fake);
/* Starts the driver, which must succeed, and forgets what passed. */
void fake_start(Fake *fake, Mei *mei);
/* Forgets packets and trace. */
void fake_forget(Fake *fake);

/* Puts a packet on ME_CB and sets H_IS. data may be NULL when size is 0. */
void fake_send(Fake *fake, uint32_t header, const void *data, size_t size);
/* Likewise a host bus message. */
void fake_hbm(Fake *fake, const void *message, size_t size);
/* Likewise one packet of a client message. */
void fake_data(Fake *fake, uint8_t me, uint8_t host, const void *data, size_t size, bool complete);
/* One slot, no interrupt. */
void fake_push(Fake *fake, uint32_t slot);
void fake_interrupt(Fake *fake);

/* The n-th packet of the host bus with that command; NULL when there are fewer. */
const FakePacket *fake_find_hbm(const Fake *fake, uint8_t command, unsigned int n);

#endif
