/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's side of the bus as an oracle for the target "hbm": it is told of each packet that the
 * host writes and reads, and aborts on one that a sound driver could not survive. Each bound holds
 * whatever the host did before: where the host's own order leaves doubt, it allows more.
 */
#ifndef SWME_TESTS_HOST_MODEL_H
#define SWME_TESTS_HOST_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct HostPair {
    uint16_t key;             /* ME address << 8 | host address */
    bool connected;           /* as the packets that were read say */
    unsigned int grants;      /* FLOW_CONTROL written since the link came up */
    unsigned int messages;    /* complete ones read since then */
    bool closing;             /* DISCONNECT, START or STOP was written */
    unsigned int void_grants; /* grants that stood then */
    unsigned int written;     /* complete messages written since the link came up */
    unsigned int credits;     /* FLOW_CONTROL read since CONNECT was last answered */
} HostPair;

/* An input names fewer than it has bytes. */
#define HOST_MODEL_PAIRS 2048

typedef struct HostModel {
    HostPair pairs[HOST_MODEL_PAIRS]; /* those that were ever named, in that order */
    unsigned int pair_count;
    unsigned int asked[32];         /* requests without an answer, by command */
    unsigned int asked_me[32][256]; /* likewise, by command and ME address */
    uint32_t touched;               /* the rows of asked_me that are not all 0 */
    unsigned int pg_exits; /* 0x0B that may still come: one for each time in and out of isolation */
    unsigned int fixed_questions[256]; /* complete messages to a fixed address */
} HostModel;

/* The link went down: whatever stood between the two is void. A new one is all zeroes. */
void host_model_reset(HostModel *model);
/* Packets from the header on. */
void host_model_written(HostModel *model, const uint8_t *packet, size_t size);
void host_model_read(HostModel *model, const uint8_t *packet, size_t size);

#endif
