/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interposer between a device and a firmware that only write down what they are told, in one
 * log: what passes, in which order, byte for byte.
 */
#ifndef SWME_TESTS_FAULT_FIXTURE_H
#define SWME_TESTS_FAULT_FIXTURE_H

#include <glib.h>

#include <swme/bytes.h>
#include <swme/hbm.h>
#include <swme/mei-header.h>

#include "firmware-sim/fault/fault.h"
#include "firmware-sim/manual-clock.h"
#include "tests/unit/unit.h"

#define RIG_ECHO       34
#define RIG_MKHI       32
#define RIG_MKHI_FIXED 7

typedef struct Rig {
    SwmeManualClock *clock;
    SwmeFaults *faults;
    const HeciDeviceOps *device; /* as the firmware sees it */
    void *device_opaque;
    const HeciFirmwareOps *firmware; /* as the device sees it */
    void *firmware_opaque;
    GString *log;
    GQueue from_host;     /* GBytes: packets that the device has for the firmware */
    unsigned int room;    /* packets that the host's ring still takes */
    bool answer_doorbell; /* the firmware fetches all there is at each doorbell */
    uint32_t status[6];
    unsigned int strikes; /* as told by the trace */
} Rig;

/* Without rules where NULL. */
Rig *rig_new(const char *rules);
/* Device and firmware joined directly: what must not be told from one without rules. */
Rig *rig_new_direct(void);
void rig_free(Rig *rig);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Rig, rig_free)

void rig_add(Rig *rig, const char *rules);
/* The firmware sends; true: it was taken. */
bool rig_send(Rig *rig, uint32_t header, const void *data, size_t size);
bool rig_send_hbm(Rig *rig, const void *data, size_t size);
bool rig_send_data(Rig *rig, const void *data, size_t size); /* echo's, to host client 1 */
/* The host sends; the firmware fetches with rig_fetch(). */
void rig_host(Rig *rig, uint32_t header, const void *data, size_t size);
void rig_host_hbm(Rig *rig, const void *data, size_t size);
void rig_fetch(Rig *rig); /* all there is */
void rig_interrupt(Rig *rig);
void rig_ready(Rig *rig, bool ready);
void rig_host_reset(Rig *rig);
void rig_advance(Rig *rig, int64_t ns);

uint64_t rig_hits(const Rig *rig); /* of all rules */

#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

/*
 * The log since the last look: "S" and hexadecimal for a packet that reached the host, "R" likewise
 * the firmware, "I" an interrupt, "Y" or "N" ME_RDY, "D" a doorbell, "H" a host reset, "P" a
 * platform reset, "Q" D0i3 done, "E" and "L" D0i3 asked for, "G" and "g" isolation, "W" a status
 * word, "X" a reset of the firmware, "-" and "+" a client; separated by spaces.
 */
#define RIG_LOG(rig, expected)                       \
    do {                                             \
        ck_assert_str_eq((rig)->log->str, expected); \
        g_string_truncate((rig)->log, 0);            \
    } while (0)

#endif
