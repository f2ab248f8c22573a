/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/heci-fixture.h"

const HeciConfig fake_config_full = {
    .h_depth = 128,
    .me_depth = 128,
    .d0i3 = true,
    .pgi = true,
    .trc = true,
    .trc_value = 0x12345678,
};

const HeciConfig fake_config_plain = {
    .h_depth = 128,
    .me_depth = 128,
};

static void note(Fake *fake, char letter)
{
    MUST_MSG(fake->log_length + 1 < sizeof(fake->log), "the log is full: %s", fake->log);
    fake->log[fake->log_length++] = letter;
    fake->log[fake->log_length] = '\0';
}

static void call(Fake *fake, FakeHook hook)
{
    if (hook != NULL && fake->hook_budget > 0) {
        fake->hook_budget--;
        hook(fake);
    }
}

static void on_doorbell(void *firmware)
{
    Fake *fake = firmware;

    note(fake, L_DOORBELL);
    call(fake, fake->on_doorbell);
}

static void on_host_reset(void *firmware)
{
    Fake *fake = firmware;

    note(fake, L_HOST_RESET);
    call(fake, fake->on_host_reset);
}

static void on_platform_reset(void *firmware)
{
    Fake *fake = firmware;

    note(fake, L_PLATFORM_RESET);
    call(fake, fake->on_platform_reset);
}

static void on_d0i3(void *firmware, bool enter)
{
    Fake *fake = firmware;

    note(fake, enter ? L_D0I3_ENTER : L_D0I3_LEAVE);
    call(fake, fake->on_d0i3);
}

static void on_pg(void *firmware, bool enter)
{
    Fake *fake = firmware;

    note(fake, enter ? L_PG_ENTER : L_PG_LEAVE);
    call(fake, fake->on_pg);
}

const HeciFirmwareOps fake_firmware_ops = {
    .doorbell = on_doorbell,
    .host_reset = on_host_reset,
    .platform_reset = on_platform_reset,
    .d0i3 = on_d0i3,
    .pg_isolation = on_pg,
};

static void on_irq(void *opaque, bool level)
{
    Fake *fake = opaque;

    MUST_MSG(level != fake->irq, "irq(%d) without a change, after \"%s\"", level, fake->log);
    fake->irq = level;
    fake->irq_rises += level;
    note(fake, level ? L_IRQ_UP : L_IRQ_DOWN);
    call(fake, fake->on_irq);
}

static void on_status(void *opaque, unsigned int index, uint32_t value)
{
    Fake *fake = opaque;

    fake->status_calls++;
    fake->status_index = index;
    fake->status_value = value;
}

static void on_guest_error(void *opaque, HeciGuestError error, uint32_t offset)
{
    Fake *fake = opaque;

    MUST(error < HECI_GUEST_ERROR_COUNT);
    fake->errors[error]++;
    fake->error_offset = offset;
}

const HeciHostOps fake_host_ops = {
    .irq = on_irq,
    .status = on_status,
    .guest_error = on_guest_error,
};

void fake_clear_log(Fake *fake)
{
    fake->log_length = 0;
    fake->log[0] = '\0';
}

unsigned int letter_count(const Fake *fake, char letter)
{
    unsigned int n = 0;

    for (size_t i = 0; i < fake->log_length; i++) {
        n += fake->log[i] == letter;
    }
    return n;
}

void fake_init(Fake *fake, const HeciConfig *config)
{
    /* Poison: nothing may rely on memory that was zero by luck. */
    memset(fake, 0xa5, sizeof(*fake));
    memset((char *)fake + sizeof(Heci), 0, sizeof(*fake) - sizeof(Heci));
    fake->config = *config;
    fake->hook_budget = 1000;
    MUST(heci_init(&fake->heci, &fake->config, &fake_host_ops, fake));
    heci_attach(&fake->heci, &fake_firmware_ops, fake);
    fake_clear_log(fake);
}

uint32_t fake_read(Fake *fake, uint32_t offset)
{
    uint64_t value = heci_read(&fake->heci, offset, 4);

    MUST_MSG(value >> 32 == 0, "a 32-bit read of 0x%x has more bits: 0x%llx", offset,
             (unsigned long long)value);
    return (uint32_t)value;
}

void fake_write(Fake *fake, uint32_t offset, uint32_t value)
{
    heci_write(&fake->heci, offset, value, 4);
}

void fake_csr_set(Fake *fake, uint32_t set, uint32_t clear)
{
    uint32_t value = fake_read(fake, R_H_CSR) & ~(uint32_t)(B_IS | B_D0IS);

    fake_write(fake, R_H_CSR, (value & ~clear) | set);
}

void fake_link_up(Fake *fake, const HeciConfig *config)
{
    fake_init(fake, config);
    fake_csr_set(fake, B_IE | B_D0IE, 0);
    fake_csr_set(fake, B_RST | B_IG | B_IS | B_D0IS, 0);
    dev_set_ready(fake, true);
    dev_interrupt(fake);
    fake_write(fake, R_H_CSR, fake_read(fake, R_H_CSR));
    fake_csr_set(fake, B_IG, B_RST);
    fake_csr_set(fake, B_IG | B_RDY | B_IE | B_D0IE, 0);
    MUST_EQ(fake_read(fake, R_H_CSR) & 0x7f, B_RDY | B_IE | B_D0IE);
    MUST(!fake->irq);
    fake_clear_log(fake);
    fake->irq_rises = 0;
}

unsigned int fake_errors(const Fake *fake)
{
    unsigned int sum = 0;

    for (int i = 0; i < HECI_GUEST_ERROR_COUNT; i++) {
        sum += fake->errors[i];
    }
    return sum;
}

void fake_snapshot(const Fake *fake, Heci *snapshot)
{
    /* memcpy and not assignment: padding must be equal when nothing happened. */
    memcpy(snapshot, &fake->heci, sizeof(*snapshot));
    memset(snapshot->guest_errors, 0, sizeof(snapshot->guest_errors));
    snapshot->resets = 0;
    snapshot->doorbells = 0;
    snapshot->interrupts = 0;
}

bool fake_unchanged(const Fake *fake, const Heci *snapshot)
{
    Heci now;

    fake_snapshot(fake, &now);
    return memcmp(&now, snapshot, sizeof(now)) == 0;
}
