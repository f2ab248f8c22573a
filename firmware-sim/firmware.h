/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The simulated firmware: what stands behind the heci link. One object, no global state; everything
 * it needs from outside (device, clock, identity) is handed in.
 */
#ifndef SWME_FIRMWARE_H
#define SWME_FIRMWARE_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "firmware-sim/clock.h"
#include "firmware-sim/datagrams.h"
#include "firmware-sim/link.h"
#include "firmware-sim/machine.h"
#include "firmware-sim/net/services.h"
#include "firmware-sim/platform/platform.h"

typedef struct SwmeFirmware SwmeFirmware;

#define SWME_UUID_SIZE 16

/* AMT, by the choice of who bought and who owns the machine. */
typedef enum SwmeSwitch {
    SWME_AUTO,     /* as the platform has it; switched on or off as the NVM file says, else on */
    SWME_ON,       /* there, and switched on */
    SWME_OFF,      /* not on this SKU */
    SWME_DISABLED, /* there, and switched off in the MEBx */
} SwmeSwitch;

/* The choice of that name: auto, on, off or disabled. False and a one-line error for any other. */
bool swme_switch_parse(const char *name, SwmeSwitch *choice, GError **error);

typedef struct SwmeFirmwareConfig {
    const SwmePlatform *platform; /* never NULL */
    SwmeSwitch amt;      /* without AMT, or with it switched off, its clients are not there */
    bool echo;           /* the echo client enumerates */
    const char *latency; /* as latency.h says; NULL is the default */
    /*
     * As SMBIOS has it: first three fields little-endian. All zeros is a machine that nobody gave
     * one: the firmware then has one of its own, for clients call zeros invalid.
     */
    uint8_t uuid[SWME_UUID_SIZE];
    SwmeMachine machine; /* what the firmware acts on */
    /* As amt_watchdog_parse() takes them; NULL: as AMT has it. */
    const char *watchdog;
    const char *watchdog_reset;
    SwmeDatagrams datagrams; /* alerts leave by it */
    const char *alert;       /* as amt_alerts_set() takes it; NULL: as AMT has it */
    SwmeServices *services;  /* AMT's, for what leads to them; outlives it; NULL: there are none */
    const char *nvm;         /* file that AMT's state lasts in; NULL: it ends with the firmware */
    bool nvm_later;          /* another firmware has the file, until swme_firmware_own_nvm() */
    int64_t time_s; /* what the machine's clock shows, seconds since 1970; 0: this host's */
} SwmeFirmwareConfig;

/* What the firmware saw that no sound host does, and how much passed. All only ever grow. */
typedef struct SwmeFirmwareStats {
    uint64_t packets_in;
    uint64_t packets_out;
    uint64_t messages_in; /* to clients */
    uint64_t messages_out;
    uint64_t broken_rings;    /* a header that can never become a packet */
    uint64_t bad_packets;     /* reserved bits, unknown addressee, extension that does not parse */
    uint64_t bad_hbm;         /* a host bus message that is short, unknown or out of order */
    uint64_t no_credit;       /* data that no flow-control credit allowed */
    uint64_t too_long;        /* a message over the client's limit */
    uint64_t dma_errors;      /* guest memory refused, or a ring counter that cannot be */
    uint64_t unanswered;      /* messages to clients that only enumerate */
    uint64_t replies_dropped; /* no room in a queue that the host does not empty */
} SwmeFirmwareStats;

typedef enum SwmeTraceKind {
    SWME_TRACE_PACKET_IN, /* data: a packet, MEI header first */
    SWME_TRACE_PACKET_OUT,
    SWME_TRACE_MESSAGE_IN, /* data: a whole client message */
    SWME_TRACE_MESSAGE_OUT,
    SWME_TRACE_NOTE, /* data: none; what says it all */
} SwmeTraceKind;

typedef struct SwmeTrace {
    SwmeTraceKind kind;
    const char *what; /* the client's or HBM command's name, or the note */
    uint8_t me_addr;
    uint8_t host_addr;
    const uint8_t *data; /* only during the call; zeros in place of what is secret */
    size_t size;
    bool secret; /* zeros stand there */
    const uint8_t *whole; /* as data, secrets and all: for whom the user has told to show them */
} SwmeTrace;

typedef void (*SwmeTraceFunc)(void *opaque, const SwmeTrace *trace);

/* The firmware half of the heci link; its opaque is the SwmeFirmware. */
extern const HeciFirmwareOps swme_firmware_ops;

/*
 * A firmware that is powered off: the device's platform_reset() brings it up. config and all in it
 * is copied or, for the platform, lives for ever. device and clock must outlive it. NULL and a
 * one-line error when the latency does not parse or names no client, AMT is to be on where the
 * platform has none, or the NVM file cannot be used.
 */
SwmeFirmware *swme_firmware_new(const SwmeFirmwareConfig *config, const HeciDeviceOps *device,
                                void *device_opaque, SwmeClock *clock, GError **error);
void swme_firmware_free(SwmeFirmware *firmware);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SwmeFirmware, swme_firmware_free)

/* What its clients see, for what serves it out of band; lives as long as the firmware. */
const struct SwmeContext *swme_firmware_context(const SwmeFirmware *firmware);
/* The one AMT, for what serves it out of band; NULL where this firmware has none. */
struct AmtState *swme_firmware_amt(SwmeFirmware *firmware);
/* And its watchdog, likewise. */
struct AmtWatchdog *swme_firmware_watchdog(SwmeFirmware *firmware);
/* And what sends its alerts. */
struct AmtAlerter *swme_firmware_alerter(SwmeFirmware *firmware);

/*
 * A connection to a port of the host itself, through the program there that speaks to LME; 0 is
 * where it takes AMT's events. NULL: there is no such program. Ends with an error if it refuses.
 */
GIOStream *swme_firmware_open_host(SwmeFirmware *firmware, uint16_t port);

/* A firmware that is not told takes the host to be in S0. */
void swme_firmware_host_power(SwmeFirmware *firmware, SwmeHostPower power);

/* Waits until what AMT changed is in the NVM file. False and a one-line error when it is not. */
bool swme_firmware_flush(SwmeFirmware *firmware, GError **error);

/*
 * Lets another firmware have the NVM file, which then has all that AMT changed; or takes it, and
 * saves what AMT is now.
 */
void swme_firmware_own_nvm(SwmeFirmware *firmware, bool own);

/*
 * How many of its first bytes may be shown of a message, either way, of the client at that address
 * that begins so? SIZE_MAX: all. Where that cannot be told yet, what stands before any secret.
 */
size_t swme_firmware_shown(const SwmeFirmware *firmware, uint8_t me_addr, const uint8_t *data,
                           size_t size);

/* The one trace hook; func NULL turns it off, which costs nothing. */
void swme_firmware_set_trace(SwmeFirmware *firmware, SwmeTraceFunc func, void *opaque);

const SwmeFirmwareStats *swme_firmware_stats(const SwmeFirmware *firmware);

/* Where the link stands; all zero while it is down. */
typedef struct SwmeFirmwareStatus {
    bool ready;      /* ME_RDY, as the firmware sets it */
    bool started;    /* START was exchanged */
    bool enumerated; /* the host has the list of clients */
    bool isolated;   /* legacy power gating */
    uint8_t hbm_major;
    uint8_t hbm_minor;
} SwmeFirmwareStatus;

void swme_firmware_status(const SwmeFirmware *firmware, SwmeFirmwareStatus *status);

typedef struct SwmeFirmwareClient {
    const char *name;
    bool present; /* or it may come, by swme_firmware_set_client() */
    bool fixed;   /* at a fixed address: always there, without connections */
    unsigned int connections;
} SwmeFirmwareClient;

/* The client at that address. False: none. */
bool swme_firmware_client(const SwmeFirmware *firmware, uint8_t me_addr,
                          SwmeFirmwareClient *client);
/* The address of the client of that name, present or not; 0: none. */
uint8_t swme_firmware_client_address(const SwmeFirmware *firmware, const char *name);

/* The firmware resets itself: ME_RDY drops until the host has reset the link. */
void swme_firmware_reset(SwmeFirmware *firmware);

/* Asks the host to stop the link (HBM ME_STOP): a sound driver then takes it down. */
void swme_firmware_stop(SwmeFirmware *firmware);

/*
 * A client comes while the link runs, or goes with its connections. name is one of
 * me_client_rows[]'s, fixed-address ones excluded. False and a one-line error for any other.
 */
bool swme_firmware_set_client(SwmeFirmware *firmware, const char *name, bool present,
                              GError **error);
/* Another latency from now on. False and an error as swme_firmware_new() has it. */
bool swme_firmware_set_latency(SwmeFirmware *firmware, const char *latency, GError **error);
/* Raises a client's notification wherever a host asked for it. False and an error as above. */
bool swme_firmware_notify(SwmeFirmware *firmware, const char *name, GError **error);

/*
 * The whole state as bytes, and back. Loading trusts nothing: false, a one-line error and a
 * firmware as after a platform reset when the bytes are not a state that this firmware could have
 * saved.
 */
GBytes *swme_firmware_save(SwmeFirmware *firmware);
bool swme_firmware_load(SwmeFirmware *firmware, const void *data, size_t size, GError **error);

#endif
