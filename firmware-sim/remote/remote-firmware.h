/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A firmware in another process, as the device sees it: its half of the heci link, made of frames
 * (docs/link.md). Where the other process is not there, does not answer or breaks the protocol, the
 * host sees a firmware that reset itself and is not ready.
 */
#ifndef SWME_REMOTE_FIRMWARE_H
#define SWME_REMOTE_FIRMWARE_H

#include "firmware-sim/clock.h"
#include "firmware-sim/link.h"
#include "firmware-sim/machine.h"
#include "firmware-sim/platform/platform.h"
#include "firmware-sim/remote/channel.h"

/* A firmware that has not answered a HELLO or a RESET for so long is gone. The driver gives up
 * after three resets of two seconds each (Linux hw-me.c): the next connection may still be in time.
 */
#define REMOTE_PATIENCE_NS (3 * SWME_NS_PER_S)

typedef struct RemoteFirmware RemoteFirmware;

/* The opaque is the RemoteFirmware. */
extern const HeciFirmwareOps remote_firmware_ops;

typedef struct RemoteFirmwareConfig {
    const SwmePlatform *platform;
    const HeciDeviceOps *device;
    void *device_opaque;
    SwmeClock *clock;
    SwmeMachine machine; /* ops may be NULL: there is none */
    const RemoteIo *io;
    void *io_opaque;
    /* What happened to the connection, one line; error: by a mistake of the peer's. May be NULL. */
    void (*note)(void *opaque, const char *what, bool error);
    void *note_opaque;
} RemoteFirmwareConfig;

/* Not connected. What config refers to outlives it. */
RemoteFirmware *remote_firmware_new(const RemoteFirmwareConfig *config);
void remote_firmware_free(RemoteFirmware *remote);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RemoteFirmware, remote_firmware_free)

/* What the connection does. */
void remote_firmware_connected(RemoteFirmware *remote);
void remote_firmware_disconnected(RemoteFirmware *remote);
void remote_firmware_input(RemoteFirmware *remote, const uint8_t *data, size_t size);
void remote_firmware_writable(RemoteFirmware *remote);

/* The machine went to that power state. */
void remote_firmware_host_power(RemoteFirmware *remote, SwmeHostPower power);

/* HELLOs were exchanged, and it has answered the last reset. */
bool remote_firmware_present(const RemoteFirmware *remote);

typedef struct RemoteFirmwareStats {
    uint64_t connections;
    uint64_t losses;     /* of any kind */
    uint64_t violations; /* of these, those by a breach of the protocol */
    uint64_t stalls;     /* and those where it did not answer or did not read */
    uint64_t packets_in; /* to the firmware */
    uint64_t packets_out;
} RemoteFirmwareStats;

const RemoteFirmwareStats *remote_firmware_stats(const RemoteFirmware *remote);

#endif
