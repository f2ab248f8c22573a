/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames by hand, with the numbers of docs/link.md and not of the header, and a device that writes
 * down what is asked of it.
 */
#ifndef SWME_TESTS_REMOTE_FIXTURE_H
#define SWME_TESTS_REMOTE_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "firmware-sim/manual-clock.h"
#include "firmware-sim/remote/remote-device.h"
#include "firmware-sim/remote/remote-firmware.h"

typedef struct Wire {
    GByteArray *sent;      /* by the end under test */
    bool blocked;          /* nothing goes out */
    RemoteFirmware *loses; /* who learns, while it writes, that the other end is gone; or NULL */
    unsigned int ends;
    const char *why;
} Wire;

extern const RemoteIo wire_io;

/* "TYPE:HEXPAYLOAD " for each whole frame that was sent, and forgets them. Free with g_free. */
char *wire_frames(Wire *wire);

/* A frame; payload is hex digits. */
GByteArray *frame(uint8_t type, const char *hex);

/* The device's half of the link: a letter for each call. */
typedef struct LogDevice {
    GString *log;
    GQueue ring;       /* GBytes for receive(); an empty one is a broken ring */
    unsigned int room; /* packets that send() takes */
    bool ready;
    RemoteFirmware
        *leaves; /* who is asked for the way out of D0i3 once the way in is over; or NULL */
    uint8_t memory[8192]; /* guest memory from 0 on */
} LogDevice;

extern const HeciDeviceOps log_device_ops;

void log_device_init(LogDevice *device);
void log_device_clear(LogDevice *device);
void log_device_put(LogDevice *device, const char *hex);

#endif
