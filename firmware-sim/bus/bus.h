/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The firmware's side of the MEI bus: packets in from the heci link, host bus messages and client
 * messages out of them, and the way back. Mirrors the Linux driver's layering: hbm.c is its hbm.c,
 * connection.c its client.c, bus.c its interrupt.c.
 *
 * Everything that a host can make grow has a bound here.
 */
#ifndef SWME_BUS_H
#define SWME_BUS_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include <swme/hbm.h>
#include <swme/mei-header.h>

#include "firmware-sim/bus/client.h"
#include "firmware-sim/bus/dma-ring.h"
#include "firmware-sim/clock.h"
#include "firmware-sim/firmware.h"
#include "firmware-sim/latency.h"
#include "firmware-sim/link.h"

#define ME_CLIENT_ADDRESSES 256
#define ME_FIRST_DYNAMIC    32 /* where real firmware begins to count (SPT-H, recorded) */

/* Host bus messages that wait for room on the ring. The host is not listened to while more wait. */
#define ME_CONTROL_MAX 64
/* What handling one packet from the host may add at the most. */
#define ME_CONTROL_PER_PACKET 4

#define ME_TX_MAX     32  /* messages that wait for one host's credits */
#define ME_INBOX_MAX  16  /* messages to a fixed-address client that its latency holds back */
#define ME_CREDIT_MAX 255 /* the driver counts in 8 bits */

typedef struct MeClient {
    const MeClientClass *class;
    MeBus *bus;
    uint8_t me_addr;
    int64_t latency_ns;
    bool present;        /* enumerates and takes connections; else as if it were not there */
    bool owes_add;       /* ADD_CLIENT to send: it appeared after the enumeration */
    MeConnection *fixed; /* the connection of a fixed-address client; else NULL */
    uint8_t *state;      /* the class's state_size bytes */
} MeClient;

/* A message whose time to be handled has not come. */
typedef struct MeInboxItem {
    int64_t due_ns;
    uint8_t vtag;
    GBytes *message;
} MeInboxItem;

/* A message on its way to the host. */
typedef struct MeTxItem {
    uint8_t vtag; /* 0: none */
    GBytes *message;
} MeTxItem;

/* What one packet from the host carries. */
typedef struct MePayload {
    const uint8_t *data; /* NULL: it is in the DMA ring */
    size_t size;
    uint8_t vtag; /* of the packet's extension; 0 where there is none */
    bool complete;
} MePayload;

struct MeConnection {
    MeClient *client;
    uint8_t host_addr; /* 0 for a fixed-address client's */
    bool closing;      /* the firmware asked to disconnect; nothing but the answer counts */
    bool notify;       /* the host wants notifications */

    GByteArray *rx;     /* fragments of the message that is arriving */
    bool rx_open;       /* a first fragment has arrived, the last has not */
    bool rx_discard;    /* the message that is arriving is too long: swallow the rest */
    uint8_t rx_vtag;    /* of the message that is arriving */
    uint8_t vtag;       /* of the message that was handed to the client last */
    uint8_t rx_credits; /* that the host has from us and has not used */
    GQueue inbox;       /* MeInboxItem, oldest first */

    GQueue tx;               /* MeTxItem, oldest first */
    size_t tx_sent;          /* bytes of the head that have left */
    bool tx_open;            /* the head's first packet has left: its credit is spent */
    unsigned int tx_credits; /* that we have from the host */

    GBytes *message; /* that the client has just now; else NULL */
    void *data;      /* the class's own */
    bool held;       /* the client wants no more messages for now */

    bool owes_credit;     /* FLOW_CONTROL to send, once tx is empty for request_reply clients */
    bool owes_disconnect; /* DISCONNECT to send */
    bool owes_notification;
};

typedef struct MeControlMessage {
    uint8_t size;
    uint8_t data[HBM_FIRMWARE_MESSAGE_MAX];
} MeControlMessage;

struct MeBus {
    const HeciDeviceOps *device;
    void *device_opaque;
    SwmeClock *clock;
    const SwmeContext *context;
    SwmeFirmwareStats *stats;
    void (*kick)(void *opaque); /* there is something to do that the host does not know of */
    void *kick_opaque;          /* kick NULL: whoever runs the bus looks by himself */
    SwmeTraceFunc trace;
    void *trace_opaque;

    MeClient *clients[ME_CLIENT_ADDRESSES]; /* by address */
    unsigned int client_end;                /* above the highest address in use */
    MeConnection *fixed[ME_FIRST_DYNAMIC];  /* of the fixed-address clients, all of them */
    unsigned int fixed_count;
    bool adds_owed; /* some client may owe its ADD_CLIENT */

    bool started;  /* START was exchanged */
    uint8_t major; /* the version in force, once started */
    uint8_t minor;
    uint8_t capabilities; /* HBM_CAP_* that were granted */
    bool enumerated;      /* ENUM was answered */
    bool allow_add;       /* the host takes ADD_CLIENT */
    MeDma dma;
    bool broken;        /* the DMA rings are out of step: nothing but a reset helps */
    bool isolated;      /* legacy power gating: the host is gated */
    bool exit_asked;    /* PG_EXIT is with the host */
    GQueue connections; /* MeConnection but for the fixed ones, least recently served first */
    MeControlMessage control[ME_CONTROL_MAX];
    unsigned int control_head;
    unsigned int control_count;
};

/* bus.c */
void me_bus_init(MeBus *bus);
void me_bus_add_client(MeBus *bus, const MeClientClass *class, int64_t latency_ns, bool present);
void me_bus_clear(MeBus *bus); /* frees all that init and add_client made */

/* Forgets the link: no version, no connection, nothing waiting. Clients stay. */
void me_bus_reset(MeBus *bus);

MeClient *me_bus_find_client(const MeBus *bus, const char *name); /* NULL: none */
/* The client comes while the link runs, or goes: its connections are closed. */
void me_bus_set_present(MeBus *bus, MeClient *client, bool present);
/* Raises the notification of all its connections. */
void me_bus_notify(MeBus *bus, MeClient *client);

typedef enum MeBusResult {
    ME_BUS_IDLE,   /* nothing came, nothing went */
    ME_BUS_ACTIVE, /* tell the host: something was taken or sent */
    ME_BUS_BROKEN, /* what the host wrote can never become a packet, or the DMA rings are lost */
} MeBusResult;

/* Takes what the host wrote, handles what is due, sends what fits. */
MeBusResult me_bus_run(MeBus *bus);
/* When a held-back message falls due; INT64_MAX for never. */
int64_t me_bus_next_due(const MeBus *bus);

void me_bus_trace(const MeBus *bus, SwmeTraceKind kind, const char *what, uint8_t me_addr,
                  uint8_t host_addr, const void *data, size_t size);
/* As above for a packet or message of which only the first clear bytes may be seen. */
void me_bus_trace_veiled(const MeBus *bus, SwmeTraceKind kind, const char *what, uint8_t me_addr,
                         uint8_t host_addr, const void *data, size_t size, size_t clear);
static inline void me_bus_note(const MeBus *bus, const char *note)
{
    if (G_UNLIKELY(bus->trace)) {
        me_bus_trace(bus, SWME_TRACE_NOTE, note, 0, 0, NULL, 0);
    }
}

/* hbm.c */
void me_hbm_message(MeBus *bus, const uint8_t *data, size_t size);
/* Asks the host to stop the link. False when there is no link or no room. */
bool me_hbm_stop(MeBus *bus);
/* Queues a host bus message; false when the queue is full. */
bool me_hbm_send(MeBus *bus, const uint8_t *data, size_t size);
/* Sends what connections owe the host, as far as there is room in the queue. */
void me_hbm_pay_debts(MeBus *bus);

/* connection.c */
/* How many bytes may a trace show of a message that begins so? SIZE_MAX: all (client.h). */
size_t me_client_shown(const MeClient *client, const uint8_t *data, size_t size);
MeConnection *me_connection_open(MeClient *client, uint8_t host_addr);
MeConnection *me_connection_find(const MeBus *bus, uint8_t me_addr, uint8_t host_addr);
unsigned int me_connection_count(const MeClient *client); /* closing ones left out */
void me_connection_free(MeConnection *connection);
/* Drops all that waits in either direction. */
void me_connection_drop_data(MeConnection *connection);
/* The firmware disconnects: the host is told, and answers. */
void me_connection_close(MeConnection *connection);
/*
 * How many bytes may a trace show of what the host sends the client at me_addr in a packet?
 * SIZE_MAX: all. payload NULL: one that is not understood.
 */
size_t me_connection_shown(const MeBus *bus, uint8_t me_addr, uint8_t host_addr,
                           const MePayload *payload);
/* One packet's payload from the host. False: it was not taken out of the DMA ring. */
bool me_connection_receive(MeConnection *connection, const MePayload *payload);
/* Hands over held-back messages that are due. */
void me_connection_deliver_due(MeConnection *connection, int64_t now_ns);
/* Sends one packet if there is something to send, a credit and room. False: could not. */
bool me_connection_transmit(MeConnection *connection);
bool me_connection_may_transmit(const MeConnection *connection);

/* state.c */
#define ME_BUS_CONNECTION_TYPE "(yybbbaybyyya(xyay)a(yay)tbubbb)"
#define ME_BUS_STATE_TYPE      "(byyybbbb" ME_DMA_STATE_TYPE "a(ybbay)a" ME_BUS_CONNECTION_TYPE "aay)"
GVariant *me_bus_save(const MeBus *bus); /* floating */
/* Has a connection ended of which the host must be told? So it is where a class ends_on_restore. */
bool me_bus_owes_disconnect(const MeBus *bus);
/* Into a bus that was just reset. False and an error, with the bus reset again, if it cannot be. */
bool me_bus_load(MeBus *bus, GVariant *state, GError **error);

#endif
