/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/heci-replay.h"

#include <string.h>

#include <swme/bytes.h>
#include <swme/capture.h>

#include "firmware-sim/capture/decode.h"
#include "firmware-sim/capture/pcapng.h"
#include "firmware-sim/capture/setup.h"
#include "firmware-sim/error.h"
#include "firmware-sim/fault/fault.h"
#include "hw/heci-capture.h"
#include "hw/heci-platform.h"

#define PAGE_SIZE  4096u
#define PAGES_MOST 1024u
#define HISTORY    32  /* values of either register: those of some accesses */
#define FIRES_MOST 256 /* timers until what the host read is there: some never stop */

struct SwmeTimer {
    struct Player *player;
    SwmeTimerFunc func;
    void *opaque;
    int64_t when;
    bool armed;
};

/*
 * The machine of the replay. Its device is captured as the recorded one was; what that capture
 * writes is the queue "done", which each recorded thing must be at the head of in its turn.
 */
typedef struct Player {
    SwmeClock clock; /* first: the functions below are handed this */
    int64_t now;
    GPtrArray *timers; /* SwmeTimer, in the order that they were made; NULL: freed */
    SwmeCaptureSetup setup;
    SwmeCapture *capture;
    HeciCapture hooks;
    Heci heci;
    SwmeFaults *faults;
    SwmeFirmware *firmware;
    SwmeServices *services; /* nobody comes to them */
    uint32_t status[HECI_HFS_COUNT];
    GArray *records;    /* SwmePcapngRecord */
    guint at;           /* the record that is played */
    guint dma_at;       /* where to look for the next one of DMA */
    GQueue done;        /* GBytes */
    GArray *history;    /* uint64_t, of an imported log: what its registers read, the latest last */
    GHashTable *memory; /* of an imported log, which has none: page number to bytes */
    HeciReplay *result;
} Player;

static unsigned int record_kind(const SwmePcapngRecord *record)
{
    return record->size > CAPTURE_OFF_KIND ? record->data[CAPTURE_OFF_KIND] : 0;
}

static const SwmePcapngRecord *record_at(const Player *player, guint at)
{
    return &g_array_index(player->records, SwmePcapngRecord, at);
}

/* ---- time ---- */

static int64_t clock_now(SwmeClock *clock)
{
    return ((Player *)clock)->now;
}

static SwmeTimer *timer_new(SwmeClock *clock, SwmeTimerFunc func, void *opaque)
{
    Player *player = (Player *)clock;
    SwmeTimer *timer = g_new0(SwmeTimer, 1);

    timer->player = player;
    timer->func = func;
    timer->opaque = opaque;
    g_ptr_array_add(player->timers, timer);
    return timer;
}

static void timer_arm(SwmeTimer *timer, int64_t when_ns)
{
    timer->armed = true;
    timer->when = when_ns;
}

static void timer_cancel(SwmeTimer *timer)
{
    timer->armed = false;
}

static void timer_free(SwmeTimer *timer)
{
    guint index;

    if (g_ptr_array_find(timer->player->timers, timer, &index)) {
        timer->player->timers->pdata[index] = NULL;
    }
    g_free(timer);
}

/* False: there is none that could fire. */
static bool fire(SwmeTimer *timer)
{
    if (!timer || !timer->armed) {
        return false;
    }
    timer->armed = false;
    timer->func(timer->opaque);
    return true;
}

/* The one that is due next. */
static SwmeTimer *next_timer(const Player *player)
{
    SwmeTimer *next = NULL;

    for (guint i = 0; i < player->timers->len; i++) {
        SwmeTimer *timer = player->timers->pdata[i];

        if (timer && timer->armed && (!next || timer->when < next->when)) {
            next = timer;
        }
    }
    return next;
}

/* ---- the machine around the device ---- */

static void player_irq(void *opaque G_GNUC_UNUSED, bool level G_GNUC_UNUSED)
{
}

static void player_status(void *opaque, unsigned int index, uint32_t value)
{
    ((Player *)opaque)->status[index] = value;
}

/* What the guest's memory answered in the recording. */
static const SwmePcapngRecord *next_dma(Player *player)
{
    for (guint i = MAX(player->dma_at, player->at + 1); i < player->records->len; i++) {
        const SwmePcapngRecord *record = record_at(player, i);
        unsigned int kind = record_kind(record);

        if ((kind == CAPTURE_DMA_READ || kind == CAPTURE_DMA_WRITE) &&
            record->size >= CAPTURE_HEAD_SIZE + 16) {
            player->dma_at = i + 1;
            return record;
        }
    }
    return NULL;
}

/* The guest's memory where none was recorded: what was not written is zeros. */
static uint8_t *memory_page(Player *player, uint64_t address)
{
    const uint64_t page = address / PAGE_SIZE;
    uint8_t *bytes = g_hash_table_lookup(player->memory, &page);

    if (!bytes && g_hash_table_size(player->memory) < PAGES_MOST) {
        bytes = g_malloc0(PAGE_SIZE);
        g_hash_table_insert(player->memory, g_memdup2(&page, sizeof(page)), bytes);
    }
    return bytes;
}

static bool memory_rw(Player *player, uint64_t address, uint8_t *read_to, const uint8_t *write_from,
                      size_t size)
{
    for (size_t i = 0; i < size; i++) {
        uint8_t *page = memory_page(player, address + i);

        if (!page) {
            return false;
        }
        if (read_to) {
            read_to[i] = page[(address + i) % PAGE_SIZE];
        } else {
            page[(address + i) % PAGE_SIZE] = write_from[i];
        }
    }
    return true;
}

static bool player_dma_read(void *opaque, uint64_t address, void *data, size_t size)
{
    Player *player = opaque;
    const SwmePcapngRecord *record = player->memory ? NULL : next_dma(player);
    const size_t head = CAPTURE_HEAD_SIZE + 16;

    if (player->memory) {
        return memory_rw(player, address, data, NULL, size);
    }

    if (!record || record_kind(record) != CAPTURE_DMA_READ || record->size - head < size ||
        !swme_get_le32(record->data + CAPTURE_HEAD_SIZE + 12)) {
        return false;
    }
    memcpy(data, record->data + head, size);
    return true;
}

static bool player_dma_write(void *opaque, uint64_t address, const void *data, size_t size)
{
    Player *player = opaque;
    const SwmePcapngRecord *record = player->memory ? NULL : next_dma(player);

    if (player->memory) {
        return memory_rw(player, address, NULL, data, size);
    }
    return record && record_kind(record) == CAPTURE_DMA_WRITE &&
           swme_get_le32(record->data + CAPTURE_HEAD_SIZE + 12);
}

static const HeciHostOps player_host_ops = {
    .irq = player_irq,
    .status = player_status,
    .dma_read = player_dma_read,
    .dma_write = player_dma_write,
};

/* What the firmware does to the machine shows in the capture, as what the machine then did. */
static void machine_nothing(void *opaque G_GNUC_UNUSED)
{
}

static const SwmeMachineOps player_machine_ops = {
    .reset = machine_nothing,
    .watchdog_expired = machine_nothing,
};

static void player_traced(void *opaque, const SwmeTrace *trace)
{
    swme_capture_trace(((Player *)opaque)->capture, trace);
}

static void player_done(void *opaque, int64_t stamp_ns G_GNUC_UNUSED, const uint8_t *data,
                        size_t size)
{
    g_queue_push_tail(&((Player *)opaque)->done, g_bytes_new(data, size));
}

/* ---- life ---- */

static bool player_build(Player *player, GError **error)
{
    SwmeFirmwareConfig *config = &player->setup.config;
    const HeciConfig registers = heci_platform_config(config->platform);
    SwmeClock *clock;

    player->clock = (SwmeClock){clock_now, timer_new, timer_arm, timer_cancel, timer_free};
    player->timers = g_ptr_array_new();
    if (player->setup.imported) {
        player->history = g_array_new(FALSE, FALSE, sizeof(uint64_t));
        player->memory = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    }
    player->capture = swme_capture_new(player->setup.levels, &player->clock, player_done, player);
    clock = swme_capture_clock(player->capture);
    player->hooks = (HeciCapture){player->capture, &player->heci, &player_host_ops, player};
    player->services = swme_services_new();
    config->services = player->services;
    config->machine = (SwmeMachine){&player_machine_ops, player};
    if (!heci_init(&player->heci, &registers, &heci_capture_host_ops, &player->hooks)) {
        return swme_error_set(error, SWME_ERROR_STATE, NULL, "no such buffers: platform %s",
                              config->platform->name);
    }
    player->faults = swme_faults_new(&heci_device_ops, &player->heci, clock);
    player->firmware =
        swme_firmware_new(config, &swme_faults_device_ops, player->faults, clock, error);
    if (!player->firmware) {
        return false;
    }
    heci_attach(&player->heci, &swme_faults_firmware_ops, player->faults);
    swme_faults_attach(player->faults, &swme_firmware_ops, player->firmware,
                       &swme_firmware_fault_hooks);
    swme_capture_set_firmware(player->capture, player->firmware);
    swme_firmware_set_trace(player->firmware, player_traced, player);
    return !player->setup.fault || swme_faults_start(player->faults, player->setup.fault, error);
}

static void player_free(Player *player)
{
    swme_firmware_free(player->firmware);
    swme_faults_free(player->faults);
    g_clear_pointer(&player->services, swme_services_free);
    swme_capture_free(player->capture);
    g_clear_pointer(&player->timers, g_ptr_array_unref);
    g_queue_clear_full(&player->done, (GDestroyNotify)g_bytes_unref);
    g_clear_pointer(&player->history, g_array_unref);
    g_clear_pointer(&player->memory, g_hash_table_unref);
    swme_capture_setup_clear(&player->setup);
}

/* ---- comparing ---- */

static char *in_words(const void *data, size_t size)
{
    SwmeDecoded decoded;
    char *line;

    swme_decode(&decoded, data, size);
    line = swme_decoded_line(&decoded);
    swme_decoded_clear(&decoded);
    return line;
}

/* Always false: the replay is over. */
static bool differs(Player *player, const SwmePcapngRecord *recorded, GBytes *done)
{
    HeciReplay *result = player->result;

    result->differs = true;
    result->at = player->at + 1;
    result->recorded = recorded ? in_words(recorded->data, recorded->size) : NULL;
    if (done) {
        gsize size;
        const void *data = g_bytes_get_data(done, &size);

        result->replayed = in_words(data, size);
    }
    return false;
}

static bool ends(Player *player, const char *why)
{
    player->result->ended = g_strdup(why);
    player->result->at = player->at + 1;
    return false;
}

static bool compare(Player *player, const SwmePcapngRecord *recorded)
{
    g_autoptr(GBytes) done = g_queue_pop_head(&player->done);
    gsize size;
    const void *data;

    if (!done) {
        return differs(player, recorded, NULL);
    }
    data = g_bytes_get_data(done, &size);
    return (size == recorded->size && !memcmp(data, recorded->data, size)) ||
           differs(player, recorded, done);
}

/* ---- playing ---- */

static uint32_t body32(const SwmePcapngRecord *record, size_t offset)
{
    return swme_get_le32(record->data + CAPTURE_HEAD_SIZE + offset);
}

/* Status words come from the firmware; all else in configuration space is as the machine has it. */
static uint64_t config_value(const Player *player, uint32_t offset, unsigned int size,
                             uint64_t recorded)
{
    static const uint8_t words[HECI_HFS_COUNT] = {
        HECI_CFG_HFS1, HECI_CFG_HFS2, HECI_CFG_HFS3, HECI_CFG_HFS4, HECI_CFG_HFS5, HECI_CFG_HFS6,
    };

    for (unsigned int i = 0; i < player->setup.config.platform->hfs_count; i++) {
        if (size == 4 && offset == words[i]) {
            return player->status[i];
        }
    }
    return recorded;
}

static bool is_access(unsigned int kind)
{
    return kind >= CAPTURE_READ && kind <= CAPTURE_CONFIG_WRITE;
}

static bool is_input(unsigned int kind)
{
    return is_access(kind) || kind == CAPTURE_RESET || kind == CAPTURE_POWER ||
           kind == CAPTURE_TIMER;
}

static void play_access(Player *player, unsigned int kind, const SwmePcapngRecord *record)
{
    uint32_t offset = body32(record, 0);
    uint32_t size = body32(record, 4);
    uint64_t value = swme_get_le64(record->data + CAPTURE_HEAD_SIZE + 8);

    switch (kind) {
    case CAPTURE_READ:
        heci_capture_read(&player->hooks, true, offset, size);
        break;
    case CAPTURE_WRITE:
        heci_capture_write(&player->hooks, true, offset, value, size);
        break;
    default:
        swme_capture_begin(player->capture);
        swme_capture_access(player->capture, kind, 0, offset, size,
                            kind == CAPTURE_CONFIG_READ ? config_value(player, offset, size, value)
                                                        : value);
        swme_capture_end(player->capture);
    }
}

/* False: nothing came of it. */
static bool play(Player *player, unsigned int kind, const SwmePcapngRecord *record)
{
    uint32_t number = record->size >= CAPTURE_HEAD_SIZE + 4 ? body32(record, 0) : 0;

    switch (kind) {
    case CAPTURE_RESET:
        heci_capture_platform_reset(&player->hooks);
        return true;
    case CAPTURE_POWER:
        heci_capture_host_power(&player->hooks, player->firmware, (SwmeHostPower)number);
        return true;
    case CAPTURE_TIMER:
        return number < player->timers->len && fire(player->timers->pdata[number]);
    default:
        play_access(player, kind, record);
        return true;
    }
}

/* Is there enough of it to be played? */
static bool whole(const SwmePcapngRecord *record)
{
    unsigned int kind = record_kind(record);
    size_t body = record->size > CAPTURE_HEAD_SIZE ? record->size - CAPTURE_HEAD_SIZE : 0;

    if (record->size < CAPTURE_HEAD_SIZE || record->data[CAPTURE_OFF_VERSION] != CAPTURE_VERSION) {
        return false;
    }
    if (is_access(kind)) {
        uint32_t size = body >= 16 ? body32(record, 4) : 0;

        return size == 1 || size == 2 || size == 4 || size == 8;
    }
    if (kind == CAPTURE_POWER) {
        return body >= 4 && body32(record, 0) <= SWME_HOST_S5;
    }
    return kind != CAPTURE_TIMER || body >= 4;
}

/* One record, exactly as it was. False: the replay is over. */
static bool step(Player *player, const SwmePcapngRecord *record)
{
    unsigned int kind = record_kind(record);
    unsigned int flags = swme_get_le16(record->data + CAPTURE_OFF_FLAGS);

    player->now = MAX(player->now, record->stamp_ns);
    player->result->veiled += (flags & CAPTURE_VEILED) != 0;
    if (kind == CAPTURE_LOST) {
        return ends(player, "records are missing from here");
    }
    if (kind == CAPTURE_LOADED) {
        return ends(player, "the machine's state was loaded here, and it is not in the capture");
    }
    if (flags & CAPTURE_OUTSIDE) {
        return ends(player, "what happens here came from outside, by the control socket or the "
                            "network, which a capture does not have");
    }
    if (flags & CAPTURE_UNANSWERED) {
        return true; /* neither device nor firmware knew of it */
    }
    if (is_input(kind)) {
        if (!g_queue_is_empty(&player->done)) {
            g_autoptr(GBytes) more = g_queue_pop_head(&player->done);

            return differs(player, record, more);
        }
        if (!play(player, kind, record)) {
            return differs(player, record, NULL);
        }
    }
    return compare(player, record);
}

/*
 * A tracepoint comes after the access that it tells of, and an interrupt may come between: then the
 * log has the handler's accesses before a value that was read before them.
 */
static bool was_so_just_now(const Player *player, uint32_t offset, uint64_t value)
{
    guint from = player->history->len > HISTORY ? player->history->len - HISTORY : 0;

    for (guint i = from; i < player->history->len; i++) {
        if (g_array_index(player->history, uint64_t, i) == ((uint64_t)offset << 32 | value)) {
            return true;
        }
    }
    return false;
}

static void remember(Player *player)
{
    static const uint32_t offsets[] = {HECI_H_CSR, HECI_ME_CSR_HA};

    for (size_t i = 0; i < G_N_ELEMENTS(offsets); i++) {
        uint64_t seen = (uint64_t)offsets[i] << 32 | heci_read(&player->heci, offsets[i], 4);

        g_array_append_val(player->history, seen);
    }
    if (player->history->len > 8 * HISTORY) {
        g_array_remove_range(player->history, 0, player->history->len - HISTORY);
    }
}

/* True: what the host read is what it reads here, now or after the firmware has done more. */
static bool reads_same(Player *player, unsigned int kind, const SwmePcapngRecord *record)
{
    for (unsigned int fired = 0;; fired++) {
        g_autoptr(GBytes) done = g_queue_pop_tail(&player->done);
        SwmeTimer *timer = fired < FIRES_MOST ? next_timer(player) : NULL;
        gsize size;
        const uint8_t *data = g_bytes_get_data(done, &size);

        if (size == record->size &&
            !memcmp(data + CAPTURE_HEAD_SIZE, record->data + CAPTURE_HEAD_SIZE,
                    size - CAPTURE_HEAD_SIZE)) {
            return true;
        }
        /* A doorbell that the firmware has not looked at yet is a matter of time alone. */
        if (kind == CAPTURE_READ && size == record->size && body32(record, 0) == HECI_ME_CSR_HA &&
            !((swme_get_le32(data + CAPTURE_HEAD_SIZE + 8) ^ body32(record, 8)) & ~ME_CSR_IS)) {
            return true;
        }
        if (kind == CAPTURE_READ && was_so_just_now(player, body32(record, 0), body32(record, 8))) {
            return true;
        }
        if (!timer) {
            return differs(player, record, done);
        }
        player->now = MAX(player->now, timer->when);
        fire(timer);
        remember(player);
        play(player, kind, record);
    }
}

/*
 * Of a log that was imported: its firmware took other time over things than ours, and only the
 * registers' values are there. Ours does what it has to do one timer after another, and only where
 * what the host read cannot be seen yet.
 */
static bool step_loosely(Player *player, const SwmePcapngRecord *record)
{
    unsigned int kind = record_kind(record);
    unsigned int flags = swme_get_le16(record->data + CAPTURE_OFF_FLAGS);
    bool same;

    player->now = MAX(player->now, record->stamp_ns);
    if (kind == CAPTURE_WRITE && (flags & CAPTURE_UNKNOWN)) {
        return ends(player, "what the host wrote here is not in the log");
    }
    if (!is_input(kind) || kind == CAPTURE_TIMER) {
        return true;
    }
    play(player, kind, record);
    same = (kind != CAPTURE_READ && kind != CAPTURE_CONFIG_READ) || (flags & CAPTURE_UNKNOWN) ||
           reads_same(player, kind, record);
    remember(player);
    g_queue_clear_full(&player->done, (GDestroyNotify)g_bytes_unref);
    return same;
}

static void run(Player *player)
{
    bool more = true;

    for (player->at = 1; more && player->at < player->records->len; player->at++) {
        const SwmePcapngRecord *record = record_at(player, player->at);

        if (!whole(record)) {
            ends(player, "this record is none that a capture can have");
            return;
        }
        more = player->setup.imported ? step_loosely(player, record) : step(player, record);
        player->result->records += more;
    }
    if (more && !g_queue_is_empty(&player->done)) {
        /* The capture may have been cut off in the middle of an event: then this is its rest. */
        g_queue_clear_full(&player->done, (GDestroyNotify)g_bytes_unref);
    }
}

static bool read_all(Player *player, const void *data, size_t size, GError **error)
{
    SwmePcapngReader reader;
    SwmePcapngRecord record;
    GError *broken = NULL;

    swme_pcapng_reader_init(&reader, data, size);
    while (swme_pcapng_next(&reader, &record, &broken)) {
        g_array_append_val(player->records, record);
    }
    swme_pcapng_reader_clear(&reader);
    if (broken) {
        g_propagate_error(error, broken);
        return false;
    }
    if (!player->records->len || record_kind(record_at(player, 0)) != CAPTURE_SETUP) {
        return swme_error_set(error, SWME_ERROR_STATE, NULL,
                              "the capture does not begin with what was recorded: it is none of "
                              "swme's, or its beginning was cut off");
    }
    return true;
}

bool heci_replay(HeciReplay *replay, const void *data, size_t size, GError **error)
{
    Player player = {
        .records = g_array_new(FALSE, FALSE, sizeof(SwmePcapngRecord)),
        .done = G_QUEUE_INIT,
        .result = replay,
    };
    bool ok;

    memset(replay, 0, sizeof(*replay));
    ok = read_all(&player, data, size, error);
    if (ok) {
        const SwmePcapngRecord *first = record_at(&player, 0);

        player.now = first->stamp_ns;
        replay->total = player.records->len;
        ok = first->size >= CAPTURE_HEAD_SIZE &&
             swme_capture_setup_parse(&player.setup, first->data + CAPTURE_HEAD_SIZE,
                                      first->size - CAPTURE_HEAD_SIZE, error);
        if (ok && player.setup.nvm) {
            ok = swme_error_set(error, SWME_ERROR_STATE, NULL,
                                "the capture's AMT had an NVM file (nvm=), which is not in it");
        }
        if (ok && !(player.setup.levels & SWME_CAPTURE_REGISTERS)) {
            ok = swme_error_set(error, SWME_ERROR_STATE, NULL,
                                "the capture has no registers: record it with "
                                "pcap-levels=registers+…");
        }
    }
    if (ok && player_build(&player, error)) {
        replay->records = 1;
        run(&player);
    } else {
        ok = false;
    }
    player_free(&player);
    g_array_unref(player.records);
    return ok;
}

void heci_replay_clear(HeciReplay *replay)
{
    g_clear_pointer(&replay->recorded, g_free);
    g_clear_pointer(&replay->replayed, g_free);
    g_clear_pointer(&replay->ended, g_free);
}
