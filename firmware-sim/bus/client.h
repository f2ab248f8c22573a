/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an ME client is. A client is one file under clients/ that defines an MeClientClass, and one
 * row in clients/clients.c; the bus does connections, credits, fragments and time for it.
 */
#ifndef SWME_BUS_CLIENT_H
#define SWME_BUS_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include <swme/guid.h>

#include "firmware-sim/clock.h"
#include "firmware-sim/context.h"

/* A host's connection to a client; for a fixed-address client the one that is always there. */
typedef struct MeConnection MeConnection;

typedef struct MeClientClass {
    const char *name; /* one short word, as traces, latency and faults name it */
    SwmeGuid guid;
    uint8_t protocol_version;
    uint8_t max_connections; /* 0 exactly where fixed_address is not 0 */
    uint8_t fixed_address;   /* the client's address, or 0: given one from 32 up */
    uint32_t max_length;     /* bytes of one message, either way */
    bool vtag;               /* several users of one connection, told apart by virtual tags */
    /*
     * The host gets its next credit only once the answer has left, as firmware that serves one
     * request at a time does. Otherwise as soon as the message has been taken.
     */
    bool request_reply;
    /*
     * What its connections are about is not saved: after a restore the firmware ends them, as after
     * a power event, and the host connects again.
     */
    bool ends_on_restore;
    /*
     * Bytes that the client keeps for as long as there is the firmware, zeros at first; saved with
     * it. state_good judges saved ones, and is there where they are.
     */
    uint8_t state_size;
    bool (*state_good)(const uint8_t *state);
    /*
     * May be NULL: all. How many of its first bytes may a trace show of a message that begins so,
     * either way? SIZE_MAX: all. Where that cannot be told yet, what stands before any secret.
     */
    size_t (*shown)(const uint8_t *data, size_t size);
    /* May be NULL: there is a new connection. What is sent now leaves once the host lets it. */
    void (*opened)(MeConnection *connection);
    /* A whole message of at most max_length bytes; data is the client's only during the call. */
    void (*message)(MeConnection *connection, const uint8_t *data, size_t size);
    /* May be NULL: a message has left, and there is room for another. */
    void (*sent)(MeConnection *connection);
    /* May be NULL: the connection is gone, whatever ended it. */
    void (*closed)(MeConnection *connection);
} MeClientClass;

const SwmeContext *me_connection_context(const MeConnection *connection);
/* The host's address: no two connections of a client have the same. */
uint8_t me_connection_host(const MeConnection *connection);

/* What the client keeps; state_size bytes. */
uint8_t *me_connection_state(MeConnection *connection);
/* What another client of the same firmware keeps; NULL: this firmware has it not. */
const uint8_t *me_connection_other_state(const MeConnection *connection,
                                         const MeClientClass *class);

/*
 * Sends one message of at most the class's max_length bytes (more is a defect of the client). It
 * leaves when the host has given a credit. Where the host takes nothing and the queue is full, the
 * connection is closed; a fixed-address client's message is dropped. Both are counted. The message
 * carries the virtual tag of the one that was handed over last.
 */
void me_connection_send(MeConnection *connection, const void *data, size_t size);
/* The same without a copy; takes the reference. */
void me_connection_send_bytes(MeConnection *connection, GBytes *message);
/* How many messages wait to leave; 0 for a connection that is being ended. */
unsigned int me_connection_waiting(const MeConnection *connection);
/* Does it still take messages? False: it is being ended. */
bool me_connection_is_open(const MeConnection *connection);
/* What was sent from outside of the class's functions leaves soon, and not with the host's next
 * message. */
void me_connection_kick(MeConnection *connection);

/* The message that message() has, to be kept without a copy; NULL outside of it. */
GBytes *me_connection_message(const MeConnection *connection);
/* The host gets no further credit until it is let go on: it may have one still. */
void me_connection_hold(MeConnection *connection, bool hold);
/* The firmware ends the connection; what waits to leave is dropped. */
void me_connection_end(MeConnection *connection);

/* The class's own, from opened() to closed(). */
void me_connection_set_data(MeConnection *connection, void *data);
void *me_connection_data(const MeConnection *connection);
SwmeClock *me_connection_clock(const MeConnection *connection);
/* A line for the trace. */
void me_connection_note(const MeConnection *connection, const char *text);

/* The message that was handed over last gets no answer: counted and traced. */
void me_connection_ignore(MeConnection *connection);

/* Raises the client's notification where the host asked for it. */
void me_connection_notify(MeConnection *connection);

#endif
