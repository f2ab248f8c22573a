/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device whose registers, packets and interrupts are the input's: sound where a driver would
 * otherwise never get beyond its start, and in turn lying, late or gone.
 */
#ifndef SWME_TESTS_HOSTILE_DEVICE_H
#define SWME_TESTS_HOSTILE_DEVICE_H

#include "host-driver/transport.h"
#include "tests/fuzz/fuzz.h"

#define HOSTILE_SLOTS 128

typedef struct Hostile {
    FuzzInput input;
    bool honest;    /* answers the start, and connects */
    bool lies;      /* now and then any register reads as the input says */
    bool slow_d0i3; /* a transition takes until the input says */
    bool legacy;    /* isolation instead of D0i3 */
    bool stuck;     /* nothing acknowledges an interrupt */
    uint8_t depth;  /* of H_CB */
    uint32_t h_bits, me_bits, d0i3c, hpg;
    uint32_t ring[HOSTILE_SLOTS];
    uint8_t me_wp, me_rp, h_wp, h_rp;
    uint32_t packet[HOSTILE_SLOTS]; /* what the host writes */
    unsigned int packet_slots;
    unsigned int accesses;
    unsigned int sound_reads; /* left until the next lie */
    int64_t now;
    int64_t begun;   /* when the call began */
    int64_t allowed; /* what the steps of starts in it may take */
} Hostile;

extern const MeiTransportOps hostile_ops;

/* kind is the first byte of the input: what sort of device this is. */
void hostile_init(Hostile *h, FuzzInput input, uint8_t kind);

/* The registers read ones from now on: the input had its share of accesses. */
bool hostile_gone(const Hostile *h);

/* Around each call: it must have ended in limit, and what the steps of starts may take. */
void hostile_begin(Hostile *h);
void hostile_end(const Hostile *h, int64_t limit);

#endif
