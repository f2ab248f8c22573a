/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An event as a Platform Event Trap: one SNMPv1 trap, in BER. Formats: IPMI Platform Event Trap
 * Format 1.0; RFC 1157 4.1.6; DMTF DSP0136 (ASF 2.0) 3.1 for what an alerting device fills in.
 */
#ifndef SWME_AMT_PET_H
#define SWME_AMT_PET_H

#include <stddef.h>
#include <stdint.h>

#include "firmware-sim/amt/event.h"

#define AMT_PET_GUID_SIZE 16
/* More than any trap with a community of AMT_COMMUNITY_SIZE. */
#define AMT_PET_MAX 192

/* Trap source type, table 3 of the PET format: a network card, as ASF 3.1.4 has it. */
#define AMT_PET_SOURCE_NIC 0x50

typedef struct AmtPet {
    const AmtEvent *event;
    const char *community;
    uint8_t agent[4];                /* IPv4 address of the managed machine, zeros: not known */
    uint32_t uptime_cs;              /* hundredths of a second */
    uint8_t guid[AMT_PET_GUID_SIZE]; /* in the order of RFC 4122 */
    uint16_t sequence;
    uint8_t source;        /* of the trap; the event has its own */
    uint32_t manufacturer; /* IANA's number */
    uint16_t system_id;    /* the manufacturer's */
} AmtPet;

/* The size, at most AMT_PET_MAX; 0: it does not fit, for the community is too long. */
size_t amt_pet_encode(const AmtPet *pet, uint8_t *out);

#endif
