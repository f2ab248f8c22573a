/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/* What the files of the bus layer share; no part of the library's interface. */
#ifndef SWME_HOST_MEI_INTERNAL_H
#define SWME_HOST_MEI_INTERNAL_H

#include "host-driver/mei.h"

/* How long a call may still take, and how often it may be interrupted. */
typedef struct MeiWait {
    int64_t deadline;
    unsigned int interrupts;
} MeiWait;

/* ---- mei.c ---- */

MeiWait mei_wait_until(Mei *mei, int64_t timeout);
/* Waits for one interrupt and handles it. */
MeiError mei_step(Mei *mei, MeiWait *wait);
/* Marks the link as one that must be reset; returns error. reason is a constant. */
MeiError mei_broken(Mei *mei, MeiError error, const char *reason);
/*
 * A machine that slept, or a platform reset, takes H_RDY and the interrupt with it: whoever would
 * otherwise wait for ever asks here. MEI_ERR_NOT_READY when it is gone; the link is then broken.
 */
MeiError mei_check_ready(Mei *mei);
/* What every call starts with: enabled, ungated. */
MeiError mei_enter(Mei *mei);
/* What every call ends with: a broken link is reset. Returns error. */
MeiError mei_leave(Mei *mei, MeiError error);
/* Takes and handles every packet that has arrived. */
MeiError mei_receive(Mei *mei);
/* Takes the receive buffers' contents and all connections away. */
void mei_forget(Mei *mei);

/* ---- hbm.c ---- */

/* What it means that mei_hw_free_slots() returned that error. */
MeiError mei_ring_broken(Mei *mei, int error);
/* Sends the host bus message if there is room for it now; a link without room is broken. */
MeiError mei_hbm_send(Mei *mei, const uint8_t *message, size_t size);
/* As above, but waits for room. */
MeiError mei_hbm_send_wait(Mei *mei, const uint8_t *message, size_t size, MeiWait *wait);
/* Handles a host bus message of size bytes. */
MeiError mei_hbm_receive(Mei *mei, const uint8_t *message, size_t size);
/* START to the last PROPERTIES, with the firmware ready and nothing sent yet. */
MeiError mei_hbm_start(Mei *mei);
MeiClient *mei_client_at(Mei *mei, uint8_t address);
void mei_client_remove(Mei *mei, uint8_t address);

/* ---- connection.c ---- */

/* The connection of that pair, in any state but free; NULL when there is none. */
MeiConnection *mei_connection_at(Mei *mei, uint8_t me_addr, uint8_t host_addr);
/* Throws away the message that waits in the connection's buffer. */
void mei_discard(MeiConnection *connection);
/*
 * Handles a packet of data. vtag is the tag of its extension list, or MEI_NO_TAG; extension is not
 * MEI_OK when that list holds what no message to us has.
 */
#define MEI_NO_TAG (-1)
MeiError mei_data_receive(Mei *mei, uint32_t header, const uint8_t *data, size_t size, int vtag,
                          MeiError extension);

#endif
