/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/heci-model.h"

#include <string.h>

static void empty(ModelBuffer *b)
{
    b->wp = b->rp = 0;
    b->count = 0;
}

static void append(ModelBuffer *b, uint32_t value)
{
    b->values[b->count++] = value;
    b->wp++;
}

static uint32_t take(ModelBuffer *b)
{
    uint32_t value = b->values[0];

    b->count--;
    memmove(b->values, b->values + 1, b->count * sizeof(value));
    b->rp++;
    return value;
}

void model_init(Model *m, unsigned int h_depth, unsigned int me_depth, bool rr)
{
    memset(m, 0, sizeof(*m));
    m->h_cb.depth = h_depth;
    m->me_cb.depth = me_depth;
    m->rr = rr;
}

/* Section 2.7. */
static void line(Model *m)
{
    bool now = (m->is && m->ie) || (m->d0is && m->d0ie);

    if (now && !m->line) {
        m->rises++;
    }
    if (!now && m->line) {
        m->falls++;
    }
    m->line = now;
}

/* Sections 2.2 and 2.6. */
void model_write_csr(Model *m, uint32_t value)
{
    bool rst = value & 0x10;
    bool edge = rst && !m->rst;

    if (value & 0x40) {
        m->d0is = false;
    }
    if (value & 0x02) {
        m->is = false;
    }
    m->d0ie = value & 0x20;
    m->ie = value & 0x01;
    m->rdy = (value & 0x08) && !rst;
    m->rst = rst;
    if (edge) {
        m->me_rdy = false;
        empty(&m->h_cb);
        empty(&m->me_cb);
        m->host_resets++;
    }
    line(m);
    if (value & 0x04) {
        m->doorbells++;
    }
}

void model_write_window(Model *m, uint32_t value)
{
    if (m->me_rdy && m->h_cb.count < m->h_cb.depth) {
        append(&m->h_cb, value);
    }
}

uint32_t model_read_window(Model *m)
{
    return m->me_rdy && m->me_cb.count > 0 ? take(&m->me_cb) : 0xffffffffu;
}

void model_write_d0i3c(Model *m, uint32_t value)
{
    bool i3 = value & 4;

    if (m->cip) {
        m->waits = true;
        m->waiting = value;
        return;
    }
    m->ir = value & 2;
    if (value & 8) {
        m->rr = false;
    }
    if (i3 != m->i3) {
        m->i3 = i3;
        m->cip = true;
        m->d0i3_calls++;
    }
}

void model_write_hpg(Model *m, uint32_t value)
{
    bool pgi = value & 2;
    bool pgihexr = value & 1;

    if ((pgi && !m->pgi) || (pgihexr && !m->pgihexr)) {
        m->pg_calls++;
    }
    m->pgi = pgi;
    m->pgihexr = pgihexr;
}

static uint32_t pointers(const ModelBuffer *b)
{
    return (uint32_t)b->depth << 24 | (uint32_t)b->wp << 16 | (uint32_t)b->rp << 8;
}

uint32_t model_csr(const Model *m)
{
    return pointers(&m->h_cb) | m->d0is * 0x40u | m->d0ie * 0x20u | m->rst * 0x10u |
           m->rdy * 0x08u | m->is * 0x02u | m->ie * 0x01u;
}

uint32_t model_me_csr(const Model *m)
{
    return pointers(&m->me_cb) | 0x40u | m->me_rdy * 0x08u;
}

uint32_t model_d0i3c(const Model *m)
{
    return m->rr * 8u | m->i3 * 4u | m->ir * 2u | m->cip * 1u;
}

uint32_t model_hpg(const Model *m)
{
    return m->pgi * 2u | m->pgihexr * 1u;
}

void model_interrupt(Model *m)
{
    m->is = true;
    line(m);
}

void model_set_ready(Model *m, bool ready)
{
    m->me_rdy = ready;
    if (!ready) {
        empty(&m->h_cb);
        empty(&m->me_cb);
    }
}

int model_receive(Model *m, uint8_t *packet)
{
    unsigned int length;
    unsigned int slots;

    if (!m->rdy || m->h_cb.count == 0) {
        return 0;
    }
    length = m->h_cb.values[0] >> 16 & 0x1ff;
    slots = 1 + (length + 3) / 4;
    if (slots > m->h_cb.depth) {
        return -1;
    }
    if (slots > m->h_cb.count) {
        return 0;
    }
    for (unsigned int i = 0; i < slots; i++) {
        uint32_t value = take(&m->h_cb);

        for (unsigned int byte = 0; byte < 4 && 4 * i + byte < 4 + length; byte++) {
            packet[4 * i + byte] = (uint8_t)(value >> 8 * byte);
        }
    }
    return (int)(4 + length);
}

bool model_send(Model *m, const uint8_t *packet, size_t size)
{
    size_t slots = (size + 3) / 4;

    if (!m->me_rdy || slots > m->me_cb.depth - m->me_cb.count) {
        return false;
    }
    for (size_t i = 0; i < slots; i++) {
        uint32_t value = 0;

        for (unsigned int byte = 0; byte < 4 && 4 * i + byte < size; byte++) {
            value |= (uint32_t)packet[4 * i + byte] << 8 * byte;
        }
        append(&m->me_cb, value);
    }
    return true;
}

void model_d0i3_done(Model *m)
{
    if (m->cip) {
        m->cip = false;
        if (m->ir) {
            m->d0is = true;
        }
        line(m);
        if (m->waits) {
            m->waits = false;
            model_write_d0i3c(m, m->waiting);
        }
    }
}

void model_pg_exit_done(Model *m)
{
    m->pgi = m->pgihexr = false;
}
