/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target "saved-state": a link somewhere in a session is saved as the QEMU device saves it
 * (registers, firmware, faults), changed as the input says, and loaded into another machine, which
 * is then used. What was refused must have left a machine that works, what was accepted one whose
 * work is bounded, and which saves what it loads again.
 */
#include <string.h>

#include <glib.h>

#include <swme/bytes.h>
#include <swme/mei-header.h>

#include "firmware-sim/amt/amt-alerts.h"
#include "firmware-sim/amt/amt-notify.h"
#include "firmware-sim/amt/amt-data.h"
#include "firmware-sim/amt/amt-watchdog.h"
#include "firmware-sim/bus/bus.h"
#include "firmware-sim/error.h"
#include "firmware-sim/fault/fault.h"
#include "firmware-sim/firmware.h"
#include "firmware-sim/manual-clock.h"
#include "hw/heci-platform.h"
#include "hw/heci.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/variant-edit.h"

#define CALLS_MAX  2000
#define TIMERS_MAX 3000
#define CHOICES    80                 /* of platform, latency and faults */
#define STATE_MAX  (16 * 1024 * 1024) /* as the QEMU device has it */

/* The host's and the device's ring, then the control page. */
#define MEMORY_SIZE 0x3000

/* What firmware.c and fault-state.c save: a type that is no longer theirs fails at once. */
#define FIRMWARE_TYPE             \
    "(usubbxxx" ME_BUS_STATE_TYPE \
    "x" AMT_DATA_TYPE AMT_WATCHDOG_STATE_TYPE AMT_ALERTS_STATE_TYPE AMT_NOTIFY_STATE_TYPE ")"
#define FAULTS_TYPE "(uusbbbbbbba(bu)a(ussttt)a(yyxuxbbyxay))"

typedef struct Machine {
    Heci heci;
    SwmeManualClock *clock;
    SwmeFirmware *firmware;
    SwmeFaults *faults;
    uint8_t memory[MEMORY_SIZE]; /* the guest's, from address 0 on */
    unsigned int calls;
} Machine;

/* As bytes, as a tree of values, or both. */
typedef struct State {
    GBytes *bytes;
    GVariant *tree;
} State;

typedef struct Saved {
    Heci heci;
    State firmware;
    State faults;
    uint8_t memory[MEMORY_SIZE];
} Saved;

/* ---- the machine ---- */

static void on_irq(void *opaque, bool level)
{
    (void)opaque;
    (void)level;
}

static void on_status(void *opaque, unsigned int index, uint32_t value)
{
    (void)opaque;
    (void)value;
    FUZZ_MUST(index < HECI_HFS_COUNT, "status word %u", index);
}

static bool in_memory(Machine *m, uint64_t address, size_t size)
{
    m->calls++;
    FUZZ_MUST(m->calls < CALLS_MAX, "unbounded work");
    return size <= MEMORY_SIZE && address <= MEMORY_SIZE - size;
}

static bool on_dma_read(void *opaque, uint64_t address, void *data, size_t size)
{
    Machine *m = opaque;
    bool good = in_memory(m, address, size);

    if (good) {
        memcpy(data, m->memory + address, size);
    }
    return good;
}

static bool on_dma_write(void *opaque, uint64_t address, const void *data, size_t size)
{
    Machine *m = opaque;
    bool good = in_memory(m, address, size);

    if (good) {
        memcpy(m->memory + address, data, size);
    }
    return good;
}

static const HeciHostOps host_ops = {
    .irq = on_irq,
    .status = on_status,
    .dma_read = on_dma_read,
    .dma_write = on_dma_write,
};

static void check(Machine *m)
{
    FUZZ_MUST(heci_state_valid(&m->heci), "H_CSR %08x", m->heci.h_csr);
    m->calls = 0;
}

static void pass_time(Machine *m, int64_t ns)
{
    SwmeClock *clock = swme_manual_clock(m->clock);
    int64_t limit = clock->now(clock) + ns;

    for (unsigned int fired = 0; fired < TIMERS_MAX && swme_manual_clock_step(m->clock, limit);
         fired++) {
        check(m);
    }
}

static void wr(Machine *m, uint32_t offset, uint32_t value)
{
    heci_write(&m->heci, offset, value, 4);
    check(m);
}

static uint32_t rd(Machine *m, uint32_t offset)
{
    uint32_t value = (uint32_t)heci_read(&m->heci, offset, 4);

    check(m);
    return value;
}

static void ring_doorbell(Machine *m)
{
    wr(m, HECI_H_CSR, (rd(m, HECI_H_CSR) & ~H_CSR_IS) | H_CSR_IG);
}

static bool link_up(Machine *m)
{
    uint32_t enable = H_CSR_IE | H_CSR_D0I3C_IE;

    wr(m, HECI_H_CSR, 0);
    wr(m, HECI_H_CSR, H_CSR_RST | H_CSR_IG | H_CSR_W1C_MASK | enable);
    pass_time(m, 10 * SWME_NS_PER_S);
    wr(m, HECI_H_CSR, H_CSR_W1C_MASK | H_CSR_RST);
    wr(m, HECI_H_CSR, enable | H_CSR_RDY | H_CSR_IG);
    return rd(m, HECI_ME_CSR_HA) & ME_CSR_RDY;
}

static void put(Machine *m, uint32_t header, const uint8_t *data, size_t size)
{
    uint8_t padded[MEI_PACKET_MAX + 4] = {0};

    memcpy(padded, data, size);
    wr(m, HECI_H_CB_WW, header);
    for (size_t i = 0; i < size; i += 4) {
        wr(m, HECI_H_CB_WW, swme_get_le32(padded + i));
    }
}

#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

static void hbm(Machine *m, const uint8_t *data, size_t size)
{
    put(m, mei_hdr(0, 0, (uint16_t)size, true), data, size);
    ring_doorbell(m);
}

static void data_packet(Machine *m, uint8_t me, uint8_t host, uint16_t size, bool complete)
{
    uint8_t data[MEI_PACKET_MAX];

    memset(data, 0x5a, sizeof(data));
    put(m, mei_hdr(me, host, size, complete), data, size);
    ring_doorbell(m);
}

static unsigned int filled(Machine *m)
{
    uint32_t csr = rd(m, HECI_ME_CSR_HA);

    return (uint8_t)((csr >> ME_CSR_CBWP_SHIFT) - (csr >> ME_CSR_CBRP_SHIFT));
}

static void drain(Machine *m, unsigned int words)
{
    while (words-- && filled(m)) {
        rd(m, HECI_ME_CB_RW);
    }
    ring_doorbell(m);
}

static const char *const fault_sets[] = {
    NULL,
    "delay:time=1s:count=all",
    "hang:type=START:time=2s+duplicate:copies=3:time=5ms:count=all",
    "mutate:prob=30:count=all:seed=7+hfs-sps+lose-interrupt:after=3",
    "vanish-client:client=echo:time=3s:type=CONNECT+refuse-ready:time=3s:after=2+d0i3-late",
};

static Machine *machine_new(const SwmeFirmwareConfig *config, const char *faults)
{
    HeciConfig registers = heci_platform_config(config->platform);
    Machine *m = g_new0(Machine, 1);
    g_autoptr(GError) error = NULL;

    FUZZ_MUST(heci_init(&m->heci, &registers, &host_ops, m), "depths of %s",
              config->platform->name);
    m->clock = swme_manual_clock_new();
    m->faults = swme_faults_new(&heci_device_ops, &m->heci, swme_manual_clock(m->clock));
    m->firmware = swme_firmware_new(config, &swme_faults_device_ops, m->faults,
                                    swme_manual_clock(m->clock), &error);
    FUZZ_MUST(m->firmware, "%s", error->message);
    heci_attach(&m->heci, &swme_faults_firmware_ops, m->faults);
    swme_faults_attach(m->faults, &swme_firmware_ops, m->firmware, &swme_firmware_fault_hooks);
    FUZZ_MUST(!faults || swme_faults_start(m->faults, faults, &error), "%s", error->message);
    heci_platform_reset(&m->heci);
    check(m);
    return m;
}

static void machine_free(Machine *m)
{
    swme_firmware_free(m->firmware);
    swme_faults_free(m->faults);
    swme_manual_clock_free(m->clock);
    g_free(m);
}

/* ---- a session, up to some step ---- */

static void dma_setup(Machine *m)
{
    static const uint32_t rings[] = {0x12, 0, 0, 0x1000, 0, 0x1000, 0x1000, 0, 0x2000, 0x1000};
    uint8_t data[sizeof(rings)];

    for (unsigned int i = 0; i < G_N_ELEMENTS(rings); i++) {
        swme_put_le32(data + i * 4, rings[i]);
    }
    hbm(m, data, sizeof(data));
}

static void session_step(Machine *m, unsigned int step)
{
    uint8_t echo = swme_firmware_client_address(m->firmware, "echo");
    uint8_t amthi = swme_firmware_client_address(m->firmware, "amthi");

    switch (step) {
    case 0:
        link_up(m);
        break;
    case 1:
        hbm(m, BYTES(1, 0, 2, 2));
        pass_time(m, SWME_NS_PER_S);
        hbm(m, BYTES(0x13, 7, 0, 0));
        break;
    case 2:
        dma_setup(m);
        break;
    case 3:
        pass_time(m, SWME_NS_PER_S);
        hbm(m, BYTES(4, 3, 0, 0));
        hbm(m, BYTES(5, echo, 0, 0));
        break;
    case 4:
        drain(m, 3);
        hbm(m, BYTES(6, echo, 1, 0));
        hbm(m, BYTES(6, echo, 2, 0));
        break;
    case 5:
        hbm(m, BYTES(6, amthi, 3, 0));
        hbm(m, BYTES(0x10, echo, 1, 1));
        break;
    case 6:
        data_packet(m, echo, 1, 60, false);
        break;
    case 7:
        data_packet(m, echo, 1, 40, true);
        data_packet(m, echo, 2, 300, true);
        break;
    case 8:
        pass_time(m, 60 * SWME_NS_PER_US);
        put(m, mei_hdr(amthi, 3, 12, true), BYTES(1, 1, 0, 0, 0x1a, 0, 0, 4, 0, 0, 0, 0));
        put(m, mei_hdr(7, 0, 4, true), BYTES(0xff, 2, 0, 0));
        ring_doorbell(m);
        break;
    case 9:
        hbm(m, BYTES(8, echo, 1, 0, 0, 0, 0, 0));
        pass_time(m, SWME_NS_PER_S);
        break;
    case 10: /* half a packet on the ring, no doorbell */
        wr(m, HECI_H_CB_WW, mei_hdr(echo, 1, 40, true));
        wr(m, HECI_H_CB_WW, 0x12345678);
        break;
    case 11:
        swme_firmware_set_client(m->firmware, "echo", false, NULL);
        swme_firmware_set_client(m->firmware, "amthi", true, NULL);
        break;
    case 12:
        hbm(m, BYTES(0x0a, 0, 0, 0));
        pass_time(m, SWME_NS_PER_S);
        wr(m, HECI_H_HPG_CSR, H_HPG_CSR_PGI);
        wr(m, HECI_H_D0I3C, H_D0I3C_I3 | H_D0I3C_IR);
        break;
    case 13:
        pass_time(m, SWME_NS_PER_S);
        wr(m, HECI_H_HPG_CSR, H_HPG_CSR_PGIHEXR);
        wr(m, HECI_H_D0I3C, H_D0I3C_IR);
        break;
    case 14:
        swme_firmware_reset(m->firmware);
        break;
    default:
        wr(m, HECI_H_CSR, H_CSR_RST | H_CSR_IG | H_CSR_IE);
        break;
    }
}

#define SESSION_STEPS 16

/* ---- what becomes of the state ---- */

static void state_clear(State *state)
{
    g_clear_pointer(&state->bytes, g_bytes_unref);
    g_clear_pointer(&state->tree, g_variant_unref);
}

static GVariant *edit_bytes(GVariant *node, FuzzInput *input)
{
    gsize size;
    const uint8_t *data = g_variant_get_fixed_array(node, &size, 1);
    gsize longer = fuzz_u8(input) % 4 == 0 ? fuzz_u16(input) % 9000 : size;
    g_autofree uint8_t *copy = g_malloc0(MAX(longer, size) + 1);

    if (size) {
        memcpy(copy, data, size);
    }
    if (longer) {
        copy[fuzz_u16(input) % longer] = fuzz_u8(input);
    }
    return g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, copy, longer, 1);
}

static GVariant *edit_array(GVariant *node, FuzzInput *input)
{
    gsize count = g_variant_n_children(node);
    uint8_t what = fuzz_u8(input);
    gsize keep = what & 1 ? count : fuzz_u8(input) % (count + 1);
    gsize copies = what & 2 ? fuzz_u8(input) : what >> 6;
    g_autoptr(GPtrArray) children = g_ptr_array_new_with_free_func((GDestroyNotify)g_variant_unref);

    for (gsize i = 0; i < keep; i++) {
        g_ptr_array_add(children, g_variant_get_child_value(node, i));
    }
    for (gsize i = 0; count && i < copies; i++) {
        g_ptr_array_add(children, g_variant_get_child_value(node, what / 4 % count));
    }
    return g_variant_new_array(g_variant_type_element(g_variant_get_type(node)),
                               (GVariant *const *)children->pdata, children->len);
}

/* Small, large, on the edges; else as the input has it. */
static uint64_t some_number(FuzzInput *input)
{
    static const uint64_t likely[] = {
        0,          1,          2,         0x7f,       0x80,       0xff, 0x100, 0x7fffffff,
        0x80000000, UINT32_MAX, INT64_MAX, UINT64_MAX, 1ull << 63, 4096, 65536, 1000000000};
    uint8_t choice = fuzz_u8(input);

    return choice < 0xa0 ? likely[choice % G_N_ELEMENTS(likely)]
                         : fuzz_u32(input) | (uint64_t)fuzz_u8(input) << (choice & 63);
}

static GVariant *edit_node(void *opaque, GVariant *node)
{
    FuzzInput *input = opaque;

    if (g_variant_is_of_type(node, G_VARIANT_TYPE_BYTESTRING)) {
        return edit_bytes(node, input);
    }
    switch (g_variant_classify(node)) {
    case G_VARIANT_CLASS_ARRAY:
        return edit_array(node, input);
    case G_VARIANT_CLASS_BOOLEAN:
        return g_variant_new_boolean(!g_variant_get_boolean(node));
    case G_VARIANT_CLASS_BYTE:
        return g_variant_new_byte((guchar)some_number(input));
    case G_VARIANT_CLASS_UINT32:
        return g_variant_new_uint32((guint32)some_number(input));
    case G_VARIANT_CLASS_INT64:
        return g_variant_new_int64((gint64)some_number(input));
    case G_VARIANT_CLASS_UINT64:
        return g_variant_new_uint64(some_number(input));
    case G_VARIANT_CLASS_STRING:
        return g_variant_new_take_string(g_strdup_printf("%s:%s", g_variant_get_string(node, NULL),
                                                         fuzz_u8(input) & 1 ? "count=all" : ""));
    default:
        return g_variant_ref(node);
    }
}

static GVariant *state_tree(State *state, const char *type)
{
    if (!state->tree) {
        state->tree =
            g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(type), state->bytes, FALSE));
    }
    return state->tree;
}

static GBytes *state_bytes(State *state)
{
    if (!state->bytes) {
        state->bytes = g_variant_get_data_as_bytes(state->tree);
    }
    return state->bytes;
}

/* Another state in normal form. */
static void edit_variant(State *state, const char *type, FuzzInput *input)
{
    guint64 way = fuzz_u32(input);
    GVariant *edited = variant_edit(state_tree(state, type), way, edit_node, input);

    if (edited != state->tree) {
        g_clear_pointer(&state->bytes, g_bytes_unref);
    }
    g_variant_unref(state->tree);
    state->tree = edited;
}

/* Any bytes: one or two changed, or cut short. */
static void edit_raw(State *state, FuzzInput *input)
{
    gsize size;
    const uint8_t *data = g_bytes_get_data(state_bytes(state), &size);
    g_autofree uint8_t *copy = g_memdup2(data, size);
    uint8_t what = fuzz_u8(input);
    gsize at = size ? fuzz_u16(input) % size : 0;

    if (size && what & 1) {
        copy[at] ^= (uint8_t)(fuzz_u8(input) | 1);
    }
    if (size && what & 2) {
        copy[size - 1 - fuzz_u8(input) % MIN(size, 64)] = fuzz_u8(input);
    }
    state_clear(state);
    /* A block of its own, so that ASan sees one byte too far. */
    state->bytes = g_bytes_new(copy, what & 4 ? at : size);
}

static void edit_registers(Heci *heci, FuzzInput *input)
{
    uint32_t *const words[] = {&heci->h_csr,     &heci->me_csr,        &heci->hpg_csr,
                               &heci->d0i3c,     &heci->h_cb.slots[0], &heci->me_cb.slots[1],
                               &heci->d0i3c_next};
    uint8_t *const pointers[] = {&heci->h_cb.write_pointer, &heci->h_cb.read_pointer,
                                 &heci->me_cb.write_pointer, &heci->me_cb.read_pointer};
    uint8_t what = fuzz_u8(input);

    if (what & 1) {
        *words[what / 2 % G_N_ELEMENTS(words)] ^= UINT32_C(1) << fuzz_u8(input) % 32;
    } else if (what & 2) {
        *pointers[what / 4 % G_N_ELEMENTS(pointers)] += fuzz_u8(input);
    } else {
        heci->irq_level ^= 1;
    }
}

static void edit(Saved *saved, FuzzInput *input)
{
    switch (fuzz_u8(input) % 8) {
    case 0:
        edit_registers(&saved->heci, input);
        break;
    case 1:
        edit_raw(&saved->firmware, input);
        break;
    case 2:
        edit_raw(&saved->faults, input);
        break;
    case 3:
        edit_variant(&saved->faults, FAULTS_TYPE, input);
        break;
    default:
        edit_variant(&saved->firmware, FIRMWARE_TYPE, input);
        break;
    }
}

/* ---- load, and go on ---- */

static void save(Machine *m, Saved *saved)
{
    saved->heci = m->heci;
    saved->firmware = (State){swme_firmware_save(m->firmware), NULL};
    saved->faults = (State){swme_faults_save(m->faults), NULL};
}

static void saved_clear(Saved *saved)
{
    state_clear(&saved->firmware);
    state_clear(&saved->faults);
}

static void one_line(const GError *error)
{
    FUZZ_MUST(error && error->domain == SWME_ERROR && !strchr(error->message, '\n'), "%s",
              error ? error->message : "no error");
}

/* In the order in which the QEMU device does it. */
static bool load(Machine *m, Saved *saved, GError **error)
{
    Heci heci = m->heci;
    gsize size, faults_size;
    const void *firmware = g_bytes_get_data(state_bytes(&saved->firmware), &size);
    const void *faults = g_bytes_get_data(state_bytes(&saved->faults), &faults_size);

    heci.h_cb = saved->heci.h_cb;
    heci.me_cb = saved->heci.me_cb;
    heci.h_csr = saved->heci.h_csr;
    heci.me_csr = saved->heci.me_csr;
    heci.hpg_csr = saved->heci.hpg_csr;
    heci.d0i3c = saved->heci.d0i3c;
    heci.d0i3c_next = saved->heci.d0i3c_next;
    heci.irq_level = saved->heci.irq_level;
    if (!heci_state_valid(&heci)) {
        return false;
    }
    m->heci = heci;
    if (swme_firmware_load(m->firmware, firmware, size, error) &&
        swme_faults_load(m->faults, faults, faults_size, error)) {
        FUZZ_MUST(!*error, "%s", (*error)->message);
        return true;
    }
    one_line(*error);
    heci_platform_reset(&m->heci);
    return false;
}

/* What was accepted is a state as good as any. */
static void save_and_load(Machine *m)
{
    g_autoptr(GError) error = NULL;
    Saved saved;

    save(m, &saved);
    FUZZ_MUST(g_bytes_get_size(saved.firmware.bytes) < STATE_MAX, "a state of %zu bytes",
              (size_t)g_bytes_get_size(saved.firmware.bytes));
    FUZZ_MUST(load(m, &saved, &error), "what was just saved is refused: %s",
              error ? error->message : "registers");
    saved_clear(&saved);
}

static void use(Machine *m, FuzzInput *input)
{
    static const uint32_t registers[] = {HECI_H_CB_WW,   HECI_H_CSR,   HECI_ME_CB_RW,
                                         HECI_H_HPG_CSR, HECI_H_D0I3C, HECI_ME_CSR_HA};
    uint8_t op = fuzz_u8(input);
    uint32_t offset = registers[op / 8 % G_N_ELEMENTS(registers)];

    switch (op % 8) {
    case 0:
        wr(m, offset, fuzz_u32(input));
        break;
    case 1:
        rd(m, offset);
        break;
    case 2:
        pass_time(m, INT64_C(1) << fuzz_u8(input) % 36);
        break;
    case 3:
        drain(m, fuzz_u8(input));
        break;
    case 4:
        session_step(m, fuzz_u8(input) % SESSION_STEPS);
        break;
    case 5:
        hbm(m, (const uint8_t[]){8, fuzz_u8(input), op / 8 % 4, 0, 0, 0, 0, 0}, 8);
        break;
    case 6:
        swme_put_le32(m->memory + 0x2000 + op / 8 % 8 * 4, fuzz_u32(input));
        break;
    default:
        ring_doorbell(m);
        break;
    }
}

/* Whatever was done to it: without faults, a driver that starts afresh finds a link that works. */
static void finish(Machine *m)
{
    swme_faults_clear(m->faults);
    heci_platform_reset(&m->heci);
    pass_time(m, 10 * SWME_NS_PER_S);
    FUZZ_MUST(link_up(m), "ME_RDY never came");
    hbm(m, BYTES(1, 0, 0, 1));
    pass_time(m, 10 * SWME_NS_PER_S);
    FUZZ_MUST(rd(m, HECI_ME_CB_RW) == 0x80040000, "START is not answered");
    FUZZ_MUST((rd(m, HECI_ME_CB_RW) & 0xff) == 0x81, "START is not answered");
}

/* Edits replace the containers on their way, which is quick where those are no bytes. */
static void make_tree(State *state, const char *type)
{
    g_autoptr(GVariant) whole =
        g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(type), state->bytes, TRUE));

    state->tree = variant_tree(whole, 2);
}

/* Sessions are the same each time: what is saved at each of their steps is made once. */
static const Saved *session_saved(const SwmeFirmwareConfig *config, unsigned int choice,
                                  unsigned int steps)
{
    static Saved *known[CHOICES][SESSION_STEPS + 1];
    const char *faults = fault_sets[choice / 16 % G_N_ELEMENTS(fault_sets)];
    Saved **saved = &known[choice][steps];
    Machine *m;

    if (!*saved) {
        *saved = g_new0(Saved, 1);
        m = machine_new(config, faults);
        for (unsigned int i = 0; i < steps; i++) {
            session_step(m, i);
        }
        save(m, *saved);
        make_tree(&(*saved)->firmware, FIRMWARE_TYPE);
        make_tree(&(*saved)->faults, FAULTS_TYPE);
        memcpy((*saved)->memory, m->memory, MEMORY_SIZE);
        machine_free(m);
    }
    return *saved;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const platforms[] = {"tgp-lp", "lpt-h", "spt-h", "82q965"};
    static const char *const latencies[] = {"100us", "0", "1ms+echo:3ms", "10us+mkhi:2s"};
    FuzzInput input = {data, MIN(size, FUZZ_INPUT_MAX)};
    uint8_t choice = fuzz_u8(&input) % CHOICES;
    uint8_t steps = fuzz_u8(&input) % (SESSION_STEPS + 1);
    uint8_t edits = fuzz_u8(&input) % 8;
    SwmeFirmwareConfig config = {
        .platform = swme_platform_find(platforms[choice % G_N_ELEMENTS(platforms)], NULL),
        .latency = latencies[choice / 4 % G_N_ELEMENTS(latencies)],
        .amt = choice / 4 % 2 ? SWME_OFF : SWME_AUTO, /* whose part is most of a state */
        .echo = true,
        .time_s = 1600000000,
    };
    const Saved *from = session_saved(&config, choice, steps);
    Machine *m = machine_new(&config, NULL);
    bool twice = fuzz_one_in(16, data, size); /* it costs as much as the rest */
    g_autoptr(GError) error = NULL;
    Saved saved = *from;

    g_bytes_ref(saved.firmware.bytes);
    g_variant_ref(saved.firmware.tree);
    g_bytes_ref(saved.faults.bytes);
    g_variant_ref(saved.faults.tree);
    memcpy(m->memory, from->memory, MEMORY_SIZE);
    while (edits--) {
        edit(&saved, &input);
    }
    if (load(m, &saved, &error) && twice) {
        save_and_load(m);
    }
    while (input.left) {
        use(m, &input);
    }
    if (twice) {
        save_and_load(m);
    }
    finish(m);
    saved_clear(&saved);
    machine_free(m);
    return 0;
}
