/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What real firmware was recorded to answer, byte for byte: one table for every way to a firmware,
 * in this process, on the QEMU device, and through the kernel's driver in a guest.
 */
#ifndef SWME_TESTS_E2E_VECTORS_H
#define SWME_TESTS_E2E_VECTORS_H

#include "host-driver/tool/session.h"

typedef struct Vector {
    const char *name;     /* no blanks: guests print it */
    const char *platform; /* the row that is as the recorded machine; freshly started */
    SwmeGuid client;
    const uint8_t *request; /* NULL: what connecting tells */
    size_t request_size;
    const uint8_t *answer; /* of connecting: what the kernel's ioctl hands out */
    size_t answer_size;
} Vector;

extern const Vector vectors[]; /* those of one platform stand together */
extern const unsigned int vector_count;

/* False, and a line in why[SESSION_MESSAGE_SIZE], when one byte is another. */
bool vector_run(const Vector *vector, Session *session, char *why);
/* Is got what was recorded? why as above. */
bool vector_check(const Vector *vector, const uint8_t *got, size_t size, char *why);

#endif
