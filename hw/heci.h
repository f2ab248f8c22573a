/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The HECI register block: BAR 0 of the function, both circular buffers and the interrupt
 * condition. Plain C: the QEMU device, the sim transport, unit tests and fuzzers all build this
 * file unchanged. docs/registers.md is the contract it implements.
 */
#ifndef SWME_HECI_H
#define SWME_HECI_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/heci-ring.h"
#include "firmware-sim/link.h"

typedef struct Heci Heci;

/* What a host does that no sound driver would: counted, told to HeciHostOps.guest_error. */
typedef enum HeciGuestError {
    HECI_BAD_ACCESS,        /* not an aligned 32-bit access */
    HECI_UNKNOWN_REGISTER,  /* an offset where the platform has no register */
    HECI_READ_ONLY,         /* a write to a register that has no writable bit */
    HECI_H_CB_NOT_READY,    /* write window used while ME_RDY is 0 */
    HECI_H_CB_OVERFLOW,     /* write window used while the buffer is full */
    HECI_ME_CB_NOT_READY,   /* read window used while ME_RDY is 0 */
    HECI_ME_CB_UNDERFLOW,   /* read window used while the buffer is empty */
    HECI_D0I3C_IN_PROGRESS, /* H_D0I3C written while CIP is 1 */
    HECI_GUEST_ERROR_COUNT
} HeciGuestError;

/* Short lower-case words for logs; never NULL. */
const char *heci_guest_error_name(HeciGuestError error);

/* What the register block needs from the machine around it. */
typedef struct HeciHostOps {
    /*
     * The interrupt condition, (IS & IE) | (D0I3C_IS & D0I3C_IE), changed to level. INTx follows
     * it; MSI sends one message for each change to true. Never called without a change.
     */
    void (*irq)(void *opaque, bool level);
    /* Firmware wrote a status word (index 0 is HFS1). */
    void (*status)(void *opaque, unsigned int index, uint32_t value);
    /* May be NULL. offset is the register's, or the access's where no register is. */
    void (*guest_error)(void *opaque, HeciGuestError error, uint32_t offset);
    /* Guest memory as a bus master; false when refused. May be NULL: always refused. */
    bool (*dma_read)(void *opaque, uint64_t address, void *data, size_t size);
    bool (*dma_write)(void *opaque, uint64_t address, const void *data, size_t size);
} HeciHostOps;

/* What differs from platform to platform. */
typedef struct HeciConfig {
    uint8_t h_depth;  /* slots of the host's buffer: 2 to 128, a power of two */
    uint8_t me_depth; /* slots of the ME's buffer, likewise */
    bool d0i3;        /* H_D0I3C exists */
    bool pgi;         /* H_HPG_CSR exists, ME_PGIC reads 1 */
    bool trc;         /* ME_TRC exists */
    uint32_t trc_value;
} HeciConfig;

struct Heci {
    HeciConfig config;
    const HeciHostOps *host;
    void *host_opaque;
    const HeciFirmwareOps *firmware;
    void *firmware_opaque;

    HeciRing h_cb;   /* host to ME */
    HeciRing me_cb;  /* ME to host */
    uint32_t h_csr;  /* the RW and W1C bits; depth and pointers are in h_cb */
    uint32_t me_csr; /* likewise of ME_CSR_HA */
    uint32_t hpg_csr;
    uint32_t d0i3c;
    uint32_t d0i3c_next; /* written while CIP was 1, with CIP set in it; 0: nothing was */
    bool irq_level;      /* the condition as last told to the host */

    uint64_t guest_errors[HECI_GUEST_ERROR_COUNT];
    uint64_t resets;     /* H_RST edges */
    uint64_t doorbells;  /* H_IG writes */
    uint64_t interrupts; /* changes of the condition to true */
};

/* The device half of the heci link, for the firmware; its opaque is the Heci. */
extern const HeciDeviceOps heci_device_ops;

/*
 * Puts *heci into its power-on state without telling the firmware. config is copied, the ops tables
 * are kept by reference. Returns false when a depth is not valid.
 */
bool heci_init(Heci *heci, const HeciConfig *config, const HeciHostOps *host, void *host_opaque);
/* Connects the firmware. Must come before the first access. */
void heci_attach(Heci *heci, const HeciFirmwareOps *firmware, void *firmware_opaque);

/* A platform reset: registers to their power-on values, interrupt down, firmware told. */
void heci_platform_reset(Heci *heci);

/* An access of size bytes at offset in BAR 0; any size, any alignment. */
uint64_t heci_read(Heci *heci, uint32_t offset, unsigned int size);
void heci_write(Heci *heci, uint32_t offset, uint64_t value, unsigned int size);

/*
 * True when saved state, once loaded into the fields above, could have come from a Heci with this
 * config: depths are the configured ones, no buffer is more than full, no bit outside its mask.
 */
bool heci_state_valid(const Heci *heci);

#endif
