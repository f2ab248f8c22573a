/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/*
 * The reference host driver: bus and clients. One Mei is one HECI function. There are no threads
 * and no callbacks: a call does its work, handles what interrupts come meanwhile, and returns. The
 * counterpart in Linux is drivers/misc/mei/{init,hbm,client,interrupt}.c.
 *
 * Nothing is allocated: the caller owns the Mei, the transport and each connection's receive
 * buffer. Time-outs are nanoseconds from the time of the call. Nothing that the firmware says is
 * trusted; what breaks the protocol makes the driver reset the link, and after three failed starts
 * in a row it gives the device up.
 */
#ifndef SWME_HOST_MEI_H
#define SWME_HOST_MEI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <swme/guid.h>
#include <swme/mei-header.h>

#include "host-driver/heci.h"

/* Linux mei/hw.h, in nanoseconds. */
#define MEI_TIMEOUT_START      (1 * MEI_NS_PER_S)  /* START's answer */
#define MEI_TIMEOUT_ENUMERATE  (30 * MEI_NS_PER_S) /* each later step of the start */
#define MEI_TIMEOUT_CONNECTION (6 * MEI_NS_PER_S)  /* CONNECT's and DISCONNECT's answer */
#define MEI_TIMEOUT_NOTIFY     (15 * MEI_NS_PER_S)

#define MEI_STARTS_MAX      3 /* failed starts in a row before the device is given up */
#define MEI_CLIENTS_MAX     255
#define MEI_CONNECTIONS_MAX 255

typedef enum MeiDeviceState {
    MEI_DEVICE_DISABLED, /* not started, stopped, or given up */
    MEI_DEVICE_RESETTING,
    MEI_DEVICE_INIT_CLIENTS,
    MEI_DEVICE_ENABLED,
    MEI_DEVICE_POWER_DOWN, /* the firmware asked to stop */
} MeiDeviceState;

typedef enum MeiHbmState {
    MEI_HBM_IDLE, /* what arrives is ignored */
    MEI_HBM_STARTING,
    MEI_HBM_CAP_SETUP,
    MEI_HBM_ENUM_CLIENTS,
    MEI_HBM_CLIENT_PROPERTIES,
    MEI_HBM_STARTED,
    MEI_HBM_STOPPED,
} MeiHbmState;

typedef enum MeiConnectionState {
    MEI_CONNECTION_FREE,
    MEI_CONNECTION_CONNECTING,
    MEI_CONNECTION_CONNECTED,
    MEI_CONNECTION_DISCONNECTING,
    MEI_CONNECTION_LOST, /* ended by the firmware or a link reset; the caller still holds it */
} MeiConnectionState;

/* The words that Linux prints for the states; never NULL. */
const char *mei_device_state_name(MeiDeviceState state);
const char *mei_hbm_state_name(MeiHbmState state);
const char *mei_connection_state_name(MeiConnectionState state);

/* A client as the firmware described it; nothing is checked but that its address is not 0. */
typedef struct MeiClient {
    SwmeGuid guid;
    uint32_t max_length; /* bytes of a message, both directions */
    uint8_t address;
    uint8_t version;
    uint8_t max_connections;
    uint8_t fixed_address; /* not 0: no connection, no flow control */
    uint8_t flags;         /* HBM_PROP_FLAG_... */
    uint8_t credits;       /* shared by all connections; single-receive-buffer clients only */
} MeiClient;

typedef struct Mei Mei;

/* Between mei_connect() and mei_disconnect() the caller holds a pointer to one of these. */
typedef struct MeiConnection {
    Mei *mei;
    MeiConnectionState state;
    MeiClient client;   /* as it was when connected; its credits are not kept up */
    uint8_t host_addr;  /* 0 for a fixed-address client */
    uint8_t credits;    /* messages that the firmware takes */
    uint8_t vtag;       /* in front of each message, both ways; 0: none */
    bool armed;         /* the firmware may send one message */
    bool received;      /* a whole message, or what is left of one, waits in buffer */
    bool wants_events;  /* mei_notify() asked for them */
    bool notified;      /* an event that nobody has fetched yet */
    bool answered;      /* the firmware answered the request that is outstanding */
    uint8_t status;     /* what it said then: HBM_STATUS_... */
    bool start;         /* NOTIFY: which of both requests it answered */
    MeiError rx_error;  /* why the message in buffer cannot be delivered, MEI_OK if it can */
    uint8_t *buffer;    /* the caller's */
    size_t buffer_size; /* bytes */
    size_t filled;      /* bytes */
} MeiConnection;

/* All only ever grow. */
typedef struct MeiStats {
    uint64_t interrupts;
    uint64_t spurious;    /* interrupts without a cause */
    uint64_t packets_in;  /* all that arrived whole, HBM included */
    uint64_t packets_out; /* likewise */
    uint64_t link_resets;
    uint64_t discarded;     /* packets of data that nobody waited for */
    uint64_t unmatched;     /* HBM answers to no question, ignored as Linux does */
    uint64_t reset_ignored; /* H_RST did not read back, or H_RDY stayed */
} MeiStats;

struct Mei {
    MeiHw hw;
    MeiDeviceState state;
    MeiHbmState hbm_state;
    uint8_t hbm_major; /* as negotiated; 0.0 before */
    uint8_t hbm_minor;
    uint8_t hbm_firmware_major; /* as START's answer has it */
    uint8_t hbm_firmware_minor;
    uint8_t capabilities; /* HBM_CAP_... that the firmware granted */
    unsigned int failed_starts;
    const char *reason; /* of the last link reset or failed start; a constant, never NULL */
    MeiStats stats;

    /* The rest is the library's own. */
    bool broken;   /* the link must be reset before anything else */
    bool hw_ready; /* the firmware became ready after a reset */
    bool answered; /* the start-up request that is outstanding has its answer */
    bool power_gated;
    bool pg_waiting;   /* PG_ENTRY's answer is awaited */
    bool pg_exit_seen; /* the firmware asked for PG_EXIT */
    bool irq_seen;     /* legacy power gating: any interrupt ends the exit */
    bool wake;         /* the firmware interrupted while power-gated */
    uint8_t asked;     /* PROPERTIES: the client asked about */
    uint8_t bitmap[32];
    MeiClient clients[MEI_CLIENTS_MAX];
    unsigned int client_count;
    MeiConnection connections[MEI_CONNECTIONS_MAX]; /* host address n is at n - 1 */
    uint32_t rx_header; /* of a packet whose rest has not arrived; 0 for none */
    uint8_t packet[MEI_PACKET_MAX];
};

/* ops and transport are kept by reference. Touches no hardware. */
void mei_init(Mei *mei, const MeiTransportOps *ops, void *transport);

/*
 * Resets the link and enumerates, up to three times. Returns the last failure's error when that
 * does not help; the state then is MEI_DEVICE_DISABLED, and every other call says
 * MEI_ERR_DISABLED until mei_start() is called again. What was connected is lost.
 */
MeiError mei_start(Mei *mei);
/* As mei_start(), for a device that is enabled: a link reset. */
MeiError mei_reset(Mei *mei);
/*
 * Leaves the device as a driver does that is unloaded: reset, interrupts off, D0i3. Before a
 * machine sleeps, too, with mei_start() when it wakes up (Linux pci-me.c). A machine that sleeps
 * without is found out: calls that wait say MEI_ERR_NOT_CONNECTED at their time-out at the latest,
 * and the link is started anew.
 */
void mei_stop(Mei *mei);

/* Handles what interrupts come within timeout; MEI_OK when there was one. */
MeiError mei_poll(Mei *mei, int64_t timeout);

/* NULL when there is none. Valid until the next call that is not const. */
const MeiClient *mei_find_client(const Mei *mei, const SwmeGuid *guid);

/*
 * Connects to the client and hands out a connection that the caller gives back with
 * mei_disconnect(). buffer receives messages and stays the caller's; a message longer than its
 * size bytes is lost. MEI_ERR_NO_CLIENT, _BUSY, _REFUSED and _INVALID are the firmware's answers
 * (or, for a fixed-address client that is already in use, ours).
 */
MeiError mei_connect(Mei *mei, const SwmeGuid *guid, void *buffer, size_t size,
                     MeiConnection **connection);
/*
 * As mei_connect(), for one of several users whom the firmware tells apart by a tag from 1 to 255.
 * MEI_ERR_UNSUPPORTED when the bus (HBM 2.2) or the client has no tags. Each tag takes one of the
 * client's connections, where Linux shares one.
 */
MeiError mei_connect_vtag(Mei *mei, const SwmeGuid *guid, uint8_t vtag, void *buffer, size_t size,
                          MeiConnection **connection);
/* Always gives the connection back, whatever it returns. */
MeiError mei_disconnect(MeiConnection *connection);

/*
 * Sends one message of 1 to max_length bytes, or MEI_ERR_INVALID and MEI_ERR_TOO_LONG: waits for
 * the firmware's credit and for room. A time-out with a part already sent resets the link, for the
 * rest would never make sense again.
 */
MeiError mei_write(MeiConnection *connection, const void *data, size_t size, int64_t timeout);
/* Whether the firmware takes a message now: mei_write() then waits for room on the ring at most. */
bool mei_can_write(const MeiConnection *connection);
/*
 * Receives one message into data. *received is its length in bytes; it may be 0. With
 * MEI_ERR_OVERFLOW that is what size would have had to be: ask again. When the message was longer
 * than the connection's own buffer, *received is 0 and the message is lost.
 */
MeiError mei_read(MeiConnection *connection, void *data, size_t size, size_t *received,
                  int64_t timeout);
/* Lets the firmware send one message, as mei_read() does, without waiting for it. */
MeiError mei_arm(MeiConnection *connection);

/* Asks for events, or for no more; needs HBM 2.0. They show in connection->notified. */
MeiError mei_notify(MeiConnection *connection, bool start);

/*
 * Power-gates the link (D0i3, or legacy isolation), or ungates it; every other call ungates it by
 * itself. MEI_ERR_UNSUPPORTED when the platform or the HBM version has neither.
 */
MeiError mei_power_gate(Mei *mei);
MeiError mei_power_ungate(Mei *mei);

#endif
