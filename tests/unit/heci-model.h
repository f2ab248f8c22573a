/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The register block once more, written from section 2 of the fact sheet and from nothing else: as
 * plain as it can be, each bit a bool, each buffer an array that is shifted. Where the sheet leaves
 * something open the walk that uses this does not go, or takes over what the device did.
 */
#ifndef SWME_TESTS_HECI_MODEL_H
#define SWME_TESTS_HECI_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ModelBuffer {
    unsigned int depth;
    uint8_t wp;
    uint8_t rp;
    uint32_t values[128];
    unsigned int count;
} ModelBuffer;

typedef struct Model {
    ModelBuffer h_cb;
    ModelBuffer me_cb;
    bool ie, is, rdy, rst, d0ie, d0is;
    bool me_rdy;
    bool pgi, pgihexr;
    bool cip, ir, i3, rr;
    bool waits; /* a write that came while cip, and what it was */
    uint32_t waiting;

    bool line;
    unsigned int rises;
    unsigned int falls;
    unsigned int doorbells;
    unsigned int host_resets;
    unsigned int d0i3_calls;
    unsigned int pg_calls;
} Model;

void model_init(Model *m, unsigned int h_depth, unsigned int me_depth, bool rr);

void model_write_csr(Model *m, uint32_t value);
void model_write_window(Model *m, uint32_t value);
uint32_t model_read_window(Model *m);
void model_write_d0i3c(Model *m, uint32_t value);
void model_write_hpg(Model *m, uint32_t value);

uint32_t model_csr(const Model *m);
/* Without ME_IS and ME_IE, whose times are the firmware's. */
uint32_t model_me_csr(const Model *m);
uint32_t model_d0i3c(const Model *m);
uint32_t model_hpg(const Model *m);

void model_interrupt(Model *m);
void model_set_ready(Model *m, bool ready);
int model_receive(Model *m, uint8_t *packet);
bool model_send(Model *m, const uint8_t *packet, size_t size);
void model_d0i3_done(Model *m);
void model_pg_exit_done(Model *m);

#endif
