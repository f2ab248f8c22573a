/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
/*
 * The register layer: reset and ready handshake, packets on the circular buffers, the interrupt
 * status bits and D0i3. It knows packets as bytes and no messages. The counterpart in Linux is
 * drivers/misc/mei/hw-me.c; the access rules are those of the Intel PCH datasheets, MEI chapters.
 */
#ifndef SWME_HOST_HECI_H
#define SWME_HOST_HECI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host-driver/transport.h"

/* Linux mei/hw.h, in nanoseconds. */
#define MEI_TIMEOUT_HW_READY (2 * MEI_NS_PER_S)
#define MEI_TIMEOUT_D0I3     (5 * MEI_NS_PER_S)
#define MEI_TIMEOUT_PGI      (1 * MEI_NS_PER_S)

/*
 * Interrupts that one call of the library takes before it calls them a storm: a device that
 * interrupts without end, while the clock stands still, must not hang its host.
 */
#define MEI_INTERRUPTS_MAX 65536

/* The least depth of H_CB that takes every host bus message we send (FLOW_CONTROL: 3 slots). */
#define MEI_HW_DEPTH_MIN 4

typedef struct MeiHw {
    const MeiTransportOps *ops;
    void *transport;
    uint8_t depth;   /* slots of H_CB, read once for each start as Linux does */
    bool d0i3;       /* the D0i3 protocol is supported (HFS1 bit 31) */
    bool reset_seen; /* H_RST read back 1 and H_RDY 0 after the last reset */
} MeiHw;

void mei_hw_init(MeiHw *hw, const MeiTransportOps *ops, void *transport);

/*
 * Acknowledges what is left from before, then reads H_CB's depth and whether there is D0i3.
 * MEI_ERR_GONE, or MEI_ERR_HARDWARE for a depth that is not a power of two from 4 to 128.
 */
MeiError mei_hw_config(MeiHw *hw);

/*
 * Asserts H_RST. With interrupts, they are on afterwards and D0i3 has been left; wait for
 * mei_hw_me_ready() with mei_hw_host_ready() false, then release. Without, H_RST is released and
 * D0i3 entered at once, as a driver that goes away does.
 */
MeiError mei_hw_reset(MeiHw *hw, bool interrupts);
void mei_hw_release_reset(MeiHw *hw);
void mei_hw_set_ready(MeiHw *hw);

/* Acknowledges every pending interrupt without looking at why. */
void mei_hw_clear_interrupts(MeiHw *hw);
void mei_hw_enable_interrupts(MeiHw *hw);
void mei_hw_disable_interrupts(MeiHw *hw);
/*
 * The two halves of an interrupt. The first is the hard handler: false when the interrupt is not
 * ours, else interrupts are off and the cause is still readable. The second acknowledges and
 * returns the H_CSR_IS and H_CSR_D0I3C_IS bits that were set; the caller handles them and enables
 * interrupts again. *error is MEI_ERR_GONE or MEI_OK.
 */
bool mei_hw_interrupt_ours(MeiHw *hw, MeiError *error);
uint32_t mei_hw_interrupt_ack(MeiHw *hw);

/* Tells the firmware to look. */
void mei_hw_ring(MeiHw *hw);
bool mei_hw_host_ready(MeiHw *hw);
/* ME_CSR_HA as it reads: all ones when the device is gone. */
uint32_t mei_hw_me_csr(MeiHw *hw);
bool mei_hw_me_ready(MeiHw *hw);

/*
 * Slots, or MEI_ERR_HARDWARE when the pointers are further apart than the buffer is deep. Of those
 * that are free also MEI_ERR_NOT_READY: without H_RDY, nobody reads what is written.
 */
int mei_hw_free_slots(MeiHw *hw);
int mei_hw_filled_slots(MeiHw *hw);

/* Writes one packet of size bytes behind its header and rings. The caller has checked the room;
 * MEI_ERR_NOT_READY when the firmware is no longer there afterwards. */
MeiError mei_hw_write(MeiHw *hw, uint32_t header, const void *data, size_t size);
/* As above, with an extension list of whole slots in front of the data; header counts both. */
MeiError mei_hw_write_extended(MeiHw *hw, uint32_t header, const void *list, size_t list_size,
                               const void *data, size_t size);
/* The next slot; the caller has checked mei_hw_filled_slots(). */
uint32_t mei_hw_read_header(MeiHw *hw);
/* Takes size bytes, whole slots, and rings; data has room for size bytes. Likewise checked. */
void mei_hw_read(MeiHw *hw, void *data, size_t size);

/* True while the function is in D0i3, or said to be. */
bool mei_hw_in_d0i3(MeiHw *hw);
/*
 * Enters or leaves D0i3 and waits for the end of it. *causes collects what other interrupts were
 * acknowledged meanwhile; *deferred says that the transition took its time, so that H_RDY may be
 * lost. Both may be NULL.
 */
MeiError mei_hw_d0i3(MeiHw *hw, bool enter, uint32_t *causes, bool *deferred);

/* Firmware status word index + 1 (0 to 5), from configuration space. */
uint32_t mei_hw_status(MeiHw *hw, unsigned int index);

#endif
