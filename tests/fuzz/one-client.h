/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A firmware that has been started, and one of its clients to talk to, for fuzz targets. */
#ifndef SWME_TESTS_ONE_CLIENT_H
#define SWME_TESTS_ONE_CLIENT_H

#include <glib.h>

#include "firmware-sim/clients/clients.h"
#include "firmware-sim/clients/mkhi.h"
#include "firmware-sim/firmware.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/fake-device.h"

#define ONE_CLIENT_REQUEST_MAX 500

typedef struct OneClient {
    FakeDevice device;
    SwmeManualClock *clock;
    SwmeFirmware *firmware;
    const SwmePlatform *platform;
    uint8_t me;
    uint8_t host; /* 0: the client has a fixed address, and there are no credits */
} OneClient;

/* Where the client is on that platform. */
uint8_t one_client_address(const SwmePlatform *platform, const MeClientClass *class, bool amt);

void one_client_open(OneClient *client, const SwmePlatform *platform, bool amt, uint8_t me,
                     uint8_t host);
void one_client_close(OneClient *client);

/* One message and its answer, NULL where none came. With a connection, its credit must come too. */
GByteArray *one_client_ask(OneClient *client, const uint8_t *message, size_t size);

/* A question to MKHI or MCHI into message[ONE_CLIENT_REQUEST_MAX]: mostly one of its commands. */
size_t one_client_mkhi_question(FuzzInput *input, MkhiClient client, uint8_t *message);
/* Header and size of an answer. */
void one_client_check_mkhi(const uint8_t *message, size_t size, const GByteArray *answer);

#endif
