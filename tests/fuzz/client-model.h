/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One ME client on a bus of its own, for fuzzing what it does with messages: no registers, no HBM,
 * no platform reset for each input. What is between client and host has targets of its own.
 */
#ifndef SWME_TESTS_CLIENT_MODEL_H
#define SWME_TESTS_CLIENT_MODEL_H

#include "firmware-sim/bus/bus.h"

typedef struct ClientModel ClientModel;

/* A factory-fresh firmware of that platform; made once, for a reset is cheap. */
ClientModel *client_model_new(const SwmePlatform *platform, const MeClientClass *class);
/* As new, with the clock back at its start. */
void client_model_reset(ClientModel *model);

/* The client has the message. What it sent for it is then taken with client_model_take(). */
void client_model_message(ClientModel *model, const void *data, size_t size);
/* The oldest message that the client sent; NULL: there is none. */
GBytes *client_model_take(ClientModel *model);

void client_model_advance(ClientModel *model, int64_t ns);
AmtState *client_model_amt(ClientModel *model); /* NULL where the platform has no AMT */
/* Is AMT's state another one than after a reset? */
bool client_model_changed(const ClientModel *model);

#endif
