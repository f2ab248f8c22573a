/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/* The echo client, from the host's side: what `echo` and `bench` share. */
#ifndef SWME_HOST_ECHO_H
#define SWME_HOST_ECHO_H

#include "host-driver/tool/session.h"

#define ECHO_TIMEOUT_MS 5000

/* Connects; on failure the session has the reason. */
MeiError echo_open(Session *session, Channel **channel);
/* Fills size bytes with a pattern that differs from message to message. */
void echo_fill(uint8_t *data, size_t size, uint32_t seed);
/* Sends data and fails unless the same comes back; returned has room for size bytes. */
MeiError echo_exchange(Channel *channel, const uint8_t *data, uint8_t *returned, size_t size);

#endif
