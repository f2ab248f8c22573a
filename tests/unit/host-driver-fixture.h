/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One driver on one fake device, with what tests of connections do again and again. */
#ifndef SWME_TESTS_HOST_DRIVER_FIXTURE_H
#define SWME_TESTS_HOST_DRIVER_FIXTURE_H

#include "host-driver/mei.h"
#include "tests/unit/host-driver-fake.h"
#include "tests/unit/unit.h"

extern Fake fake;
extern Mei mei;
extern uint8_t buffer[5000]; /* for a connection to receive into */
extern uint8_t buffer2[5000];
extern uint8_t data[8000]; /* a pattern */
extern uint8_t read_data[8000];
extern size_t received;

/* A test case whose tests each begin with a fresh fake that the driver has not started. */
TCase *fixture_case(Suite *s, const char *name);
/* Connects, which must succeed, and forgets what passed. into has the size of buffer. */
MeiConnection *connect_to(const SwmeGuid *guid, uint8_t *into);
/* Handles interrupts until there are no more. */
void settle(void);

#endif
