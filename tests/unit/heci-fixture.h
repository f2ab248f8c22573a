/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A register block between a fake firmware and a fake host, both of which only write down what
 * they are told. The register numbers here are taken from the fact sheet (section 2), not from
 * <swme/heci-regs.h>: a wrong constant there must not hide itself.
 */
#ifndef SWME_TESTS_HECI_FIXTURE_H
#define SWME_TESTS_HECI_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "hw/heci.h"

enum {
    R_H_CB_WW = 0x000,
    R_H_CSR = 0x004,
    R_ME_CB_RW = 0x008,
    R_ME_CSR_HA = 0x00c,
    R_H_HPG_CSR = 0x010,
    R_ME_TRC = 0x030,
    R_H_D0I3C = 0x800,
    R_END = 0x1000,
};

/* H_CSR and, where the bit exists there, ME_CSR_HA */
enum {
    B_IE = 0x01,
    B_IS = 0x02,
    B_IG = 0x04,
    B_RDY = 0x08,
    B_RST = 0x10,
    B_D0IE = 0x20,
    B_D0IS = 0x40,
    B_PGIC = 0x40, /* ME_CSR_HA only */
};

/* H_HPG_CSR and H_D0I3C */
enum {
    B_PGIHEXR = 1,
    B_PGI = 2,
    B_CIP = 1,
    B_IR = 2,
    B_I3 = 4,
    B_RR = 8,
};

#define ALL_ONES 0xffffffffu

/* Letters of Fake.log, in the order of the calls. */
#define L_DOORBELL       'D'
#define L_HOST_RESET     'R'
#define L_PLATFORM_RESET 'P'
#define L_D0I3_ENTER     'E'
#define L_D0I3_LEAVE     'e'
#define L_PG_ENTER       'G'
#define L_PG_LEAVE       'g'
#define L_IRQ_UP         'I'
#define L_IRQ_DOWN       'i'

typedef struct Fake Fake;
typedef void (*FakeHook)(Fake *fake);

struct Fake {
    Heci heci;
    HeciConfig config;

    char log[256];
    size_t log_length;

    bool irq; /* the level last told */
    unsigned int irq_rises;
    unsigned int errors[HECI_GUEST_ERROR_COUNT];
    uint32_t error_offset;
    unsigned int status_calls;
    unsigned int status_index;
    uint32_t status_value;

    /* What the firmware or the host does when it is called; NULL: nothing. */
    FakeHook on_doorbell;
    FakeHook on_host_reset;
    FakeHook on_platform_reset;
    FakeHook on_d0i3;
    FakeHook on_pg;
    FakeHook on_irq;
    int hook_budget; /* for hooks that might call themselves for ever */
};

/* Depth 128 both ways, everything present that can be. */
extern const HeciConfig fake_config_full;
extern const HeciConfig fake_config_plain; /* no D0i3, no PGI, no TRC */

extern const HeciFirmwareOps fake_firmware_ops;
extern const HeciHostOps fake_host_ops;

/* Power-on state, firmware attached, log empty. */
void fake_init(Fake *fake, const HeciConfig *config);
/* What a host does to get from there to a link that is up; log empty afterwards. */
void fake_link_up(Fake *fake, const HeciConfig *config);
void fake_clear_log(Fake *fake);
unsigned int letter_count(const Fake *fake, char letter);

uint32_t fake_read(Fake *fake, uint32_t offset);
void fake_write(Fake *fake, uint32_t offset, uint32_t value);
/* The write that Linux does: read, set and clear, IS bits masked so as not to acknowledge. */
void fake_csr_set(Fake *fake, uint32_t set, uint32_t clear);

unsigned int fake_errors(const Fake *fake);

/*
 * Everything in the Heci that a guest could ever see again, counters left out: two snapshots are
 * equal exactly when nothing happened between them.
 */
void fake_snapshot(const Fake *fake, Heci *snapshot);
bool fake_unchanged(const Fake *fake, const Heci *snapshot);

/* The link's device half, as a firmware calls it. */
static inline void dev_interrupt(Fake *fake)
{
    heci_device_ops.interrupt(&fake->heci);
}

static inline void dev_set_ready(Fake *fake, bool ready)
{
    heci_device_ops.set_ready(&fake->heci, ready);
}

static inline int dev_receive(Fake *fake, uint8_t *packet)
{
    return heci_device_ops.receive(&fake->heci, packet);
}

static inline bool dev_send(Fake *fake, const uint8_t *packet, size_t size)
{
    return heci_device_ops.send(&fake->heci, packet, size);
}

static inline void dev_d0i3_done(Fake *fake)
{
    heci_device_ops.d0i3_done(&fake->heci);
}

static inline void dev_pg_exit_done(Fake *fake)
{
    heci_device_ops.pg_exit_done(&fake->heci);
}

#define ASSERT_LOG(fake, expected)                 \
    do {                                           \
        ck_assert_str_eq((fake)->log, (expected)); \
        fake_clear_log(fake);                      \
    } while (0)

#endif
