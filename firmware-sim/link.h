/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The heci link: the one seam between the device (registers, rings, interrupts) and the firmware.
 * Each side knows the other only by one of these two tables, so the in-process firmware, a firmware
 * on a socket and a test's fake are the same to the device, and QEMU and a test are the same to the
 * firmware.
 *
 * Both sides run on one thread. A call from the device may lead the firmware to call the device
 * back before it returns.
 */
#ifndef SWME_LINK_H
#define SWME_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What receive() says of a ring whose next header can never become a packet that fits. */
#define HECI_LINK_BROKEN (-1)

/* What the firmware may ask of the device. Every entry is mandatory. */
typedef struct HeciDeviceOps {
    /*
     * Takes the next whole packet, header first, off the host's circular buffer. packet has room
     * for MEI_PACKET_MAX bytes. Returns the bytes written (header and length field's bytes, padding
     * left out), 0 when the host is not ready or no packet is complete yet, HECI_LINK_BROKEN as
     * above. Raises no interrupt: the firmware calls interrupt() when it has taken all it wants.
     */
    int (*receive)(void *device, uint8_t *packet);
    /*
     * Puts a whole packet (header first, size bytes, at most MEI_PACKET_MAX) on the ME's circular
     * buffer, or nothing at all: false when there is no room now or the ME is not ready. Raises no
     * interrupt.
     */
    bool (*send)(void *device, const uint8_t *packet, size_t size);
    /* Sets H_IS: something arrived, was drained, or changed state. */
    void (*interrupt)(void *device);
    /* ME_RDY. Taking it away empties both buffers, as when the firmware resets itself. */
    void (*set_ready)(void *device, bool ready);
    /* Firmware status word HFS(index + 1) in configuration space, index 0 to 5. */
    void (*set_status)(void *device, unsigned int index, uint32_t value);
    /* The D0i3 transition that was asked for is over. */
    void (*d0i3_done)(void *device);
    /* The host is out of legacy power-gate isolation. */
    void (*pg_exit_done)(void *device);
    /* Guest memory, as a bus master. False: refused (bus mastering off, no memory there). */
    bool (*dma_read)(void *device, uint64_t address, void *data, size_t size);
    bool (*dma_write)(void *device, uint64_t address, const void *data, size_t size);
} HeciDeviceOps;

/* What the device tells the firmware. Every entry is mandatory. */
typedef struct HeciFirmwareOps {
    /* The host rang H_IG: there may be packets to receive, or room to send. */
    void (*doorbell)(void *firmware);
    /* The host asserted H_RST: ME_RDY is down, the buffers are empty. Comes before the doorbell of
     * the same write. */
    void (*host_reset)(void *firmware);
    /* The platform was reset or powered on: as host_reset, and no host waits for an interrupt. */
    void (*platform_reset)(void *firmware);
    /* The host wrote H_D0I3C.I3; answer with d0i3_done(). */
    void (*d0i3)(void *firmware, bool enter);
    /* The host set (true) or asked to leave (false) legacy isolation; answer the latter with the PG
     * exit exchange and pg_exit_done(). */
    void (*pg_isolation)(void *firmware, bool enter);
} HeciFirmwareOps;

#endif
